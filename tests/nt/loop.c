// SPDX-License-Identifier: MIT
/*
 * The host threads of processors with an event loop under them, as the WSK layer
 * uses them: what they are told, and what wakes them. Also starting and stopping
 * with things left behind.
 */
#include <nt/hostcall.h>
#include <nt/init.h>
#include "kernel_test.h"

#define PROCESSORS 2

/* A loop that parks, and delivers events when told to. */
static struct
{
    PHC_THREAD Host;      /* atomic; set by the first Run */
    ULONG Runs;           /* atomic */
    ULONG Strangers;      /* atomic; Runs by another thread than the first */
    ULONGLONG Deadline;   /* atomic; of the last Run */
    ULONGLONG Told;       /* atomic; the last one that had an end: a late reader must not miss it */
    ULONG Events;         /* atomic; to be delivered by Run */
    KIRQL Irql;           /* in the last batch */
    ULONG Processor;      /* owned in the last batch */
    KEVENT Delivered;
} Loops[PROCESSORS];
static ULONG Wakes;

static VOID RunLoop(PVOID Context, ULONG Index, ULONGLONG DeadlineNs)
{
    PHC_THREAD Self = HcCurrentThread();
    PHC_THREAD Host = __atomic_load_n(&Loops[Index].Host, __ATOMIC_SEQ_CST);

    UNREFERENCED_PARAMETER(Context);
    if (Host == NULL)
    {
        __atomic_store_n(&Loops[Index].Host, Self, __ATOMIC_SEQ_CST);
    }
    else if (Host != Self)
    {
        __atomic_add_fetch(&Loops[Index].Strangers, 1, __ATOMIC_SEQ_CST);
    }
    __atomic_store_n(&Loops[Index].Deadline, DeadlineNs, __ATOMIC_SEQ_CST);
    if (DeadlineNs != HC_NO_DEADLINE)
    {
        __atomic_store_n(&Loops[Index].Told, DeadlineNs, __ATOMIC_SEQ_CST);
    }
    __atomic_add_fetch(&Loops[Index].Runs, 1, __ATOMIC_SEQ_CST);
    HcPark(DeadlineNs);
    if (__atomic_exchange_n(&Loops[Index].Events, 0, __ATOMIC_SEQ_CST) != 0)
    {
        KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
        Loops[Index].Irql = KeGetCurrentIrql();
        Loops[Index].Processor = KiCurrentProcessor();
        KeSetEvent(&Loops[Index].Delivered, IO_NO_INCREMENT, FALSE);
        KeLowerIrql(OldIrql);
    }
}

static VOID WakeLoop(PVOID Context, ULONG Index)
{
    UNREFERENCED_PARAMETER(Context);
    __atomic_add_fetch(&Wakes, 1, __ATOMIC_SEQ_CST);
    PHC_THREAD Host = __atomic_load_n(&Loops[Index].Host, __ATOMIC_SEQ_CST);
    if (Host != NULL)
    {
        HcUnpark(Host);
    }
}

static VOID StartLoops(VOID)
{
    KI_PROCESSOR_LOOP Loop = {.Run = RunLoop, .Wake = WakeLoop, .Context = NULL};

    KiStopSystem();
    __builtin_memset(Loops, 0, sizeof(Loops));
    for (ULONG Index = 0; Index < PROCESSORS; Index++)
    {
        KeInitializeEvent(&Loops[Index].Delivered, SynchronizationEvent, FALSE);
    }
    CHECK_STATUS(KiStartSystem(PROCESSORS, &Loop), STATUS_SUCCESS);
    for (ULONG Index = 0; Index < PROCESSORS; Index++)
    {
        while (__atomic_load_n(&Loops[Index].Runs, __ATOMIC_SEQ_CST) == 0)
        {
            HcYield();
        }
    }
}

static VOID StopLoops(VOID)
{
    KiStopSystem();
    CHECK_EQ(Loops[0].Strangers + Loops[1].Strangers, 0);
    CHECK_STATUS(KiStartSystem(PROCESSORS, NULL), STATUS_SUCCESS);
}

static VOID NTAPI SignalDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument2);
    *(ULONG *)Argument1 = KiCurrentProcessor();
    KeSetEvent(Context, IO_NO_INCREMENT, FALSE);
}

/* Given loops that wait for events. Then each runs on one thread, delivers owning its processor, and is woken for
 * DPCs aimed at it. */
TEST(KE, event_loops_are_woken_for_dpcs_and_own_their_processor)
{
    StartLoops();
    for (ULONG Index = 0; Index < PROCESSORS; Index++)
    {
        KEVENT Ran;
        KDPC Dpc;
        ULONG Processor = 0xEE;

        __atomic_store_n(&Loops[Index].Events, 1, __ATOMIC_SEQ_CST);
        HcUnpark(Loops[Index].Host);
        CHECK_STATUS(KeWaitForSingleObject(&Loops[Index].Delivered, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
        CHECK_EQ(Loops[Index].Irql, DISPATCH_LEVEL);
        CHECK_EQ(Loops[Index].Processor, Index);

        KeInitializeEvent(&Ran, NotificationEvent, FALSE);
        KeInitializeDpc(&Dpc, SignalDpc, &Ran);
        KeSetTargetProcessorDpc(&Dpc, (CCHAR)Index);
        CHECK(KeInsertQueueDpc(&Dpc, &Processor, NULL));
        CHECK_STATUS(KeWaitForSingleObject(&Ran, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
        CHECK_EQ(Processor, Index);
    }
    StopLoops();
}

/* Given a loop that waits without end. Then setting a timer wakes processor 0's, which is then told the deadline and
 * fires the timer; the other's deadline stays without end. */
TEST(KE, the_first_loop_is_told_when_the_next_timer_is_due)
{
    KTIMER Timer;

    StartLoops();
    CHECK(Loops[0].Deadline == HC_NO_DEADLINE);
    KeInitializeTimer(&Timer);
    ULONGLONG Before = HcNow();
    KeSetTimer(&Timer, Milliseconds(20), NULL);
    ULONGLONG After = HcNow();
    while (__atomic_load_n(&Loops[0].Told, __ATOMIC_SEQ_CST) == 0)
    {
        HcYield();
    }
    ULONGLONG Deadline = __atomic_load_n(&Loops[0].Told, __ATOMIC_SEQ_CST);
    CHECK(Deadline >= Before + 20000000 && Deadline <= After + 20000000);
    CHECK_STATUS(KeWaitForSingleObject(&Timer, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK(HcNow() >= Deadline);
    CHECK(__atomic_load_n(&Loops[1].Deadline, __ATOMIC_SEQ_CST) == HC_NO_DEADLINE);

    /* A timer set later and later, as keep-alives are, wakes the loop once. */
    KeSetTimer(&Timer, Milliseconds(60000), NULL);
    ULONG WakesBefore = __atomic_load_n(&Wakes, __ATOMIC_SEQ_CST);
    for (ULONG Round = 0; Round < 1000; Round++)
    {
        KeSetTimer(&Timer, Milliseconds(60000), NULL);
    }
    CHECK(__atomic_load_n(&Wakes, __ATOMIC_SEQ_CST) - WakesBefore <= 1);
    CHECK(KeCancelTimer(&Timer));
    StopLoops();
}

/* ---- what is left behind ---------------------------------------------------------------- */

static KEVENT Never;

KSTART_ROUTINE StayForEver;
VOID NTAPI StayForEver(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    KeWaitForSingleObject(&Never, Executive, KernelMode, FALSE, NULL);
}

/* Given a thread that never ends. Then stopping names it and goes on. */
TEST(KE, a_thread_left_running_is_reported_by_the_stop)
{
    char Report[4096] = "";

    if (t_is_child("KE_a_thread_left_running_is_reported_by_the_stop"))
    {
        KeInitializeEvent(&Never, NotificationEvent, FALSE);
        PsCreateSystemThread(NULL, 0, NULL, NULL, NULL, StayForEver, NULL);
        KiStopSystem();
        return;
    }
    CHECK_EQ(t_run_child("KE_a_thread_left_running_is_reported_by_the_stop", Report, sizeof(Report)), 0);
    CHECK(Contains(Report, "still running while the system stops: system thread"));
    CHECK(Contains(Report, "StayForEver"));
}

static VOID ExitRaised(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    KeRaiseIrqlToDpcLevel();
}

/* Given a thread of the host program that ends at DISPATCH_LEVEL. Then that is a bugcheck. */
TEST(KE, a_host_thread_that_ends_raised_is_a_bugcheck)
{
    if (t_is_child("KE_a_host_thread_that_ends_raised_is_a_bugcheck"))
    {
        PHC_THREAD Thread;
        HcStartThread("raised", ExitRaised, NULL, &Thread);
        HcJoinThread(Thread);
        return;
    }
    CHECK_BUGCHECK("KE_a_host_thread_that_ends_raised_is_a_bugcheck", "IRQL_GT_ZERO_AT_SYSTEM_SERVICE",
                   "a thread exits at DISPATCH_LEVEL", "of the host program");
}

static VOID TouchKernel(PVOID Context)
{
    KIRQL OldIrql = KeRaiseIrqlToDpcLevel();

    *(PKTHREAD *)Context = KeGetCurrentThread();
    ObReferenceObject(KeGetCurrentThread());
    KeLowerIrql(OldIrql);
}

/* Given a thread of the host program that has ended. Then its object lives as long as it is referenced. */
TEST(KE, a_host_threads_object_may_outlive_it)
{
    PHC_THREAD Thread = NULL;
    PKTHREAD Object = NULL;

    CHECK_STATUS(HcStartThread("visitor", TouchKernel, &Object, &Thread), STATUS_SUCCESS);
    HcJoinThread(Thread);
    CHECK(Object != NULL && Object != KeGetCurrentThread());
    CHECK(PsGetThreadId((PETHREAD)Object) != PsGetCurrentThreadId());
    ObDereferenceObject(Object);
}
