// SPDX-License-Identifier: MIT
/* Timers: once and periodic, with DPCs, cancelled, and freed at the first moment allowed. */
#include "kernel_test.h"

typedef struct _BEATS
{
    LONG Count;
    LONG Wanted;
    KIRQL Irql;
    KEVENT Enough;
} BEATS;

static VOID NTAPI Beat(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    BEATS *Beats = Context;

    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    Beats->Irql = KeGetCurrentIrql();
    if (InterlockedIncrement(&Beats->Count) == Beats->Wanted)
    {
        KeSetEvent(&Beats->Enough, IO_NO_INCREMENT, FALSE);
    }
}

static VOID InitializeBeats(BEATS *Beats, LONG Wanted)
{
    Beats->Count = 0;
    Beats->Wanted = Wanted;
    Beats->Irql = 0xEE;
    KeInitializeEvent(&Beats->Enough, NotificationEvent, FALSE);
}

/* Given a timer with a DPC. Then it is signalled no earlier than set, and its DPC runs once. */
TEST(KE, a_timer_fires_once_and_queues_its_dpc)
{
    KTIMER Timer;
    KDPC Dpc;
    BEATS Beats;

    __builtin_memset(&Timer, 0xEE, sizeof(Timer));
    InitializeBeats(&Beats, 1);
    KeInitializeTimer(&Timer);
    KeInitializeDpc(&Dpc, Beat, &Beats);
    CHECK(!KeReadStateTimer(&Timer));
    ULONGLONG Start = KeQueryInterruptTime();
    CHECK(!KeSetTimer(&Timer, Milliseconds(10), &Dpc));
    CHECK_STATUS(KeWaitForSingleObject(&Timer, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK(KeQueryInterruptTime() - Start >= 100000 - 1);
    KeFlushQueuedDpcs();
    CHECK_EQ(Beats.Count, 1);
    CHECK_EQ(Beats.Irql, DISPATCH_LEVEL);
    CHECK(KeReadStateTimer(&Timer));
    CHECK(!KeCancelTimer(&Timer));
}

/* Given a due time that has passed. Then the timer is signalled, and its DPC has run, on return. */
TEST(KE, a_timer_that_is_due_fires_at_once)
{
    KTIMER Timer;
    KDPC Dpc;
    BEATS Beats;
    LARGE_INTEGER Due = {.QuadPart = 0};

    InitializeBeats(&Beats, 1);
    KeInitializeTimerEx(&Timer, SynchronizationTimer);
    KeInitializeDpc(&Dpc, Beat, &Beats);
    CHECK(!KeSetTimer(&Timer, Due, &Dpc));
    CHECK_EQ(Beats.Count, 1);
    CHECK_STATUS(KeWaitForSingleObject(&Timer, Executive, KernelMode, FALSE, &Due), STATUS_SUCCESS);
    CHECK_STATUS(KeWaitForSingleObject(&Timer, Executive, KernelMode, FALSE, &Due), STATUS_TIMEOUT);
    KeQuerySystemTime(&Due);
    CHECK(!KeSetTimer(&Timer, Due, &Dpc));
    CHECK_EQ(Beats.Count, 2);
}

/* Given a periodic timer. Then it beats until cancelled, and not after. */
TEST(KE, a_periodic_timer_beats_until_cancelled)
{
    KTIMER Timer;
    KDPC Dpc;
    BEATS Beats;

    InitializeBeats(&Beats, 5);
    KeInitializeTimerEx(&Timer, SynchronizationTimer);
    KeInitializeDpc(&Dpc, Beat, &Beats);
    CHECK(!KeSetTimerEx(&Timer, Milliseconds(2), 2, &Dpc));
    CHECK_STATUS(KeWaitForSingleObject(&Timer, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK_STATUS(KeWaitForSingleObject(&Timer, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK_STATUS(KeWaitForSingleObject(&Beats.Enough, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK(KeCancelTimer(&Timer));
    CHECK(!KeCancelTimer(&Timer));
    KeFlushQueuedDpcs();
    LONG Count = Beats.Count;
    LARGE_INTEGER Long = Milliseconds(10);
    KeDelayExecutionThread(KernelMode, FALSE, &Long);
    CHECK_EQ(Beats.Count, Count);
}

/* Given timers set in disorder. Then they fire in the order of their due times; setting again says TRUE. */
static ULONG Order[4];
static LONG Fired;

static VOID NTAPI RecordOrder(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    Order[Fired++] = (ULONG)(ULONG_PTR)Context;
}

TEST(KE, timers_fire_in_the_order_of_their_due_times)
{
    static const LONG Due[4] = {40, 10, 30, 20};
    KTIMER Timers[4];
    KDPC Dpcs[4];
    PVOID Objects[4];
    KWAIT_BLOCK Blocks[4];

    Fired = 0;
    for (ULONG Index = 0; Index < 4; Index++)
    {
        KeInitializeTimer(&Timers[Index]);
        KeInitializeDpc(&Dpcs[Index], RecordOrder, (PVOID)(ULONG_PTR)Due[Index]);
        KeSetTargetProcessorDpc(&Dpcs[Index], 0);
        Objects[Index] = &Timers[Index];
        CHECK(!KeSetTimer(&Timers[Index], Milliseconds(10000), &Dpcs[Index]));
    }
    for (ULONG Index = 0; Index < 4; Index++)
    {
        CHECK(KeSetTimer(&Timers[Index], Milliseconds(Due[Index]), &Dpcs[Index]));
    }
    CHECK_STATUS(KeWaitForMultipleObjects(4, Objects, WaitAll, Executive, KernelMode, FALSE, NULL, Blocks),
                 STATUS_SUCCESS);
    KeFlushQueuedDpcs();
    CHECK_EQ(Fired, 4);
    for (ULONG Index = 0; Index < 4; Index++)
    {
        CHECK_EQ(Order[Index], (Index + 1) * 10);
    }
}

/* Given a timer in the stack frame of its waiter. Then nothing touches it after the wait (TSan, crash). */
static __attribute__((noinline)) VOID WaitForShortTimer(LONG Microseconds)
{
    KTIMER Timer;
    LARGE_INTEGER Due = {.QuadPart = -10LL * Microseconds};

    KeInitializeTimer(&Timer);
    KeSetTimer(&Timer, Due, NULL);
    KeWaitForSingleObject(&Timer, Executive, KernelMode, FALSE, NULL);
    __builtin_memset(&Timer, 0xA5, sizeof(Timer));
    __asm__ volatile("" : : "r"(&Timer) : "memory");
}

TEST(KE, a_timer_may_die_when_its_wait_returns)
{
    for (LONG Index = 0; Index < 2000; Index++)
    {
        WaitForShortTimer(Index % 100);
    }
}

/* Given a timer about to fire, cancelled and flushed. Then timer and DPC may be freed: nothing runs later (ASan). */
TEST(KE, a_cancelled_and_flushed_timer_may_be_freed)
{
    typedef struct _ARMED
    {
        KTIMER Timer;
        KDPC Dpc;
        BEATS Beats;
    } ARMED;
    ULONG Cancelled = 0, Ran = 0;

    for (LONG Index = 0; Index < 1000; Index++)
    {
        ARMED *Armed = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Armed), 'miTT');
        LARGE_INTEGER Due = {.QuadPart = -10LL * (Index % 60)};
        InitializeBeats(&Armed->Beats, 1);
        KeInitializeTimer(&Armed->Timer);
        KeInitializeDpc(&Armed->Dpc, Beat, &Armed->Beats);
        KeSetTimer(&Armed->Timer, Due, &Armed->Dpc);
        BOOLEAN Stopped = KeCancelTimer(&Armed->Timer);
        KeFlushQueuedDpcs();
        CHECK(Armed->Beats.Count == (Stopped ? 0 : 1));
        Cancelled += Stopped;
        Ran += !Stopped;
        ExFreePoolWithTag(Armed, 'miTT');
    }
    CHECK_EQ(Cancelled + Ran, 1000);
}
