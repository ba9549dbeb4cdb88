// SPDX-License-Identifier: MIT
/* Deferred procedure calls. Two processors. */
#include "kernel_test.h"

typedef struct _SEEN
{
    ULONG Count;
    KIRQL Irql;
    ULONG Processor;
    PVOID Argument1, Argument2;
    KEVENT Event;
} SEEN;

static VOID NTAPI RecordDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    SEEN *Seen = Context;

    UNREFERENCED_PARAMETER(Dpc);
    Seen->Count++;
    Seen->Irql = KeGetCurrentIrql();
    Seen->Processor = KeGetCurrentProcessorNumberEx(NULL);
    Seen->Argument1 = Argument1;
    Seen->Argument2 = Argument2;
    KeSetEvent(&Seen->Event, IO_NO_INCREMENT, FALSE);
}

/* Given a DPC queued at DISPATCH_LEVEL. Then a second queueing says FALSE, and it runs in the lowering. */
TEST(KE, a_dpc_runs_once_when_its_processor_is_given_up)
{
    SEEN Seen = {.Irql = 0xEE, .Processor = 0xEE};
    KDPC Dpc;

    KeInitializeEvent(&Seen.Event, NotificationEvent, FALSE);
    KeInitializeDpc(&Dpc, RecordDpc, &Seen);
    KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
    BOOLEAN First = KeInsertQueueDpc(&Dpc, (PVOID)1, (PVOID)2);
    BOOLEAN Second = KeInsertQueueDpc(&Dpc, (PVOID)3, (PVOID)4);
    ULONG Early = Seen.Count;
    ULONG Here = KeGetCurrentProcessorNumberEx(NULL);
    KeLowerIrql(OldIrql);
    CHECK(First);
    CHECK(!Second);
    CHECK_EQ(Early, 0);
    CHECK_EQ(Seen.Count, 1);
    CHECK_EQ(Seen.Irql, DISPATCH_LEVEL);
    CHECK_EQ(Seen.Processor, Here);
    CHECK(Seen.Argument1 == (PVOID)1 && Seen.Argument2 == (PVOID)2);
    CHECK(KeInsertQueueDpc(&Dpc, NULL, NULL));
    CHECK_EQ(Seen.Count, 2);
}

/* Given a queued DPC. Then removing it says TRUE once, and it does not run. */
TEST(KE, a_removed_dpc_does_not_run)
{
    SEEN Seen = {0};
    KDPC Dpc;

    KeInitializeEvent(&Seen.Event, NotificationEvent, FALSE);
    KeInitializeDpc(&Dpc, RecordDpc, &Seen);
    CHECK(!KeRemoveQueueDpc(&Dpc));
    KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
    KeInsertQueueDpc(&Dpc, NULL, NULL);
    BOOLEAN First = KeRemoveQueueDpc(&Dpc);
    BOOLEAN Second = KeRemoveQueueDpc(&Dpc);
    KeLowerIrql(OldIrql);
    CHECK(First);
    CHECK(!Second);
    CHECK_EQ(Seen.Count, 0);
}

static ULONG Order[3];
static ULONG Ran;

static VOID NTAPI RecordOrder(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    Order[Ran++] = (ULONG)(ULONG_PTR)Context;
}

/* Given three queued DPCs, the last of high importance. Then that one is first. */
TEST(KE, high_importance_goes_first)
{
    KDPC Dpcs[3];

    Ran = 0;
    for (ULONG Index = 0; Index < 3; Index++)
    {
        KeInitializeDpc(&Dpcs[Index], RecordOrder, (PVOID)(ULONG_PTR)(Index + 1));
    }
    KeSetImportanceDpc(&Dpcs[2], HighImportance);
    KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
    for (ULONG Index = 0; Index < 3; Index++)
    {
        KeInsertQueueDpc(&Dpcs[Index], NULL, NULL);
    }
    KeLowerIrql(OldIrql);
    CHECK_EQ(Ran, 3);
    CHECK_EQ(Order[0], 3);
    CHECK_EQ(Order[1], 1);
    CHECK_EQ(Order[2], 2);
}

/* Given a target nobody owns. Then its host thread runs the DPC there. */
TEST(KE, an_idle_processor_runs_the_dpcs_aimed_at_it)
{
    for (ULONG Index = 0; Index < 2; Index++)
    {
        SEEN Seen = {.Irql = 0xEE, .Processor = 0xEE};
        PROCESSOR_NUMBER Number = {.Number = (UCHAR)Index};
        KDPC Dpc;

        KeInitializeEvent(&Seen.Event, NotificationEvent, FALSE);
        KeInitializeDpc(&Dpc, RecordDpc, &Seen);
        CHECK_STATUS(KeSetTargetProcessorDpcEx(&Dpc, &Number), STATUS_SUCCESS);
        CHECK(KeInsertQueueDpc(&Dpc, NULL, NULL));
        CHECK_STATUS(KeWaitForSingleObject(&Seen.Event, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
        KeFlushQueuedDpcs(); /* its KeSetEvent has returned too */
        CHECK_EQ(Seen.Processor, Index);
        CHECK_EQ(Seen.Irql, DISPATCH_LEVEL);
    }
    CHECK_STATUS(KeSetTargetProcessorDpcEx(&(KDPC){0}, &(PROCESSOR_NUMBER){.Number = 2}), STATUS_INVALID_PARAMETER);
}

static VOID NTAPI FreeSelf(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    ExFreePoolWithTag(Dpc, 'cpDT');
    InterlockedIncrement((LONG *)Context);
}

/* Given DPCs in pool whose routine frees them. Then nothing touches them afterwards (ASan). */
TEST(KE, a_dpc_may_be_freed_by_its_routine)
{
    LONG Freed = 0;

    for (ULONG Index = 0; Index < 100; Index++)
    {
        PKDPC Dpc = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(KDPC), 'cpDT');
        CHECK(Dpc != NULL);
        KeInitializeDpc(Dpc, FreeSelf, &Freed);
        KeSetTargetProcessorDpc(Dpc, (CCHAR)(Index & 1));
        KeInsertQueueDpc(Dpc, NULL, NULL);
    }
    KeFlushQueuedDpcs();
    CHECK_EQ(Freed, 100);
}

/* ---- never overlapping ----------------------------------------------------------------- */

#define ROUNDS 3000
#define THREADS 4

static struct
{
    LONG Occupied;
    ULONG Touched; /* by the owner only: races show under TSan */
} Slots[2];
static LONG Wrong, DpcRuns, Queued, Stop;

static VOID Occupy(VOID)
{
    ULONG Index = KeGetCurrentProcessorNumberEx(NULL);

    if (InterlockedExchange(&Slots[Index].Occupied, 1) != 0)
    {
        InterlockedIncrement(&Wrong);
    }
    Slots[Index].Touched++;
    if (InterlockedExchange(&Slots[Index].Occupied, 0) != 1)
    {
        InterlockedIncrement(&Wrong);
    }
}

static VOID NTAPI OccupyDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    if (KeGetCurrentProcessorNumberEx(NULL) != (ULONG)(ULONG_PTR)Context)
    {
        InterlockedIncrement(&Wrong);
    }
    Occupy();
    InterlockedIncrement(&DpcRuns);
}

static VOID NTAPI OccupyOften(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    while (InterlockedCompareExchange(&Stop, 0, 0) == 0)
    {
        KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
        Occupy();
        KeLowerIrql(OldIrql);
    }
}

/* Given threads that raise all the time and DPCs aimed at both processors.
 * Then no DPC overlaps an owner of its processor, and each queued one runs. */
TEST(KE, a_targeted_dpc_never_overlaps_a_thread_at_dispatch_level)
{
    PVOID Threads[THREADS];
    KDPC Dpcs[2];

    Wrong = DpcRuns = Queued = Stop = 0;
    for (ULONG Index = 0; Index < 2; Index++)
    {
        KeInitializeDpc(&Dpcs[Index], OccupyDpc, (PVOID)(ULONG_PTR)Index);
        KeSetTargetProcessorDpc(&Dpcs[Index], (CCHAR)Index);
    }
    for (ULONG Index = 0; Index < THREADS; Index++)
    {
        Threads[Index] = StartThread(OccupyOften, NULL);
    }
    for (ULONG Round = 0; Round < ROUNDS; Round++)
    {
        Queued += KeInsertQueueDpc(&Dpcs[Round & 1], NULL, NULL);
        if (Round % 16 == 0)
        {
            KeFlushQueuedDpcs();
        }
    }
    KeFlushQueuedDpcs();
    LONG RunsAfterFlush = InterlockedCompareExchange(&DpcRuns, 0, 0);
    InterlockedExchange(&Stop, 1);
    for (ULONG Index = 0; Index < THREADS; Index++)
    {
        JoinThread(Threads[Index]);
    }
    CHECK_EQ(Wrong, 0);
    CHECK(Queued >= ROUNDS / 16);
    CHECK_EQ(RunsAfterFlush, Queued);
}

/* ---- never left behind --------------------------------------------------------------------- */

#define MEETINGS 20000

static LONG Raised;  /* processor + 1 that the other thread owns now */
static KEVENT Again; /* it may raise again */

static VOID NTAPI RaiseOnRequest(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    for (ULONG Round = 0; Round < MEETINGS; Round++)
    {
        KeWaitForSingleObject(&Again, Executive, KernelMode, FALSE, NULL);
        KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
        InterlockedExchange(&Raised, (LONG)KeGetCurrentProcessorNumberEx(NULL) + 1);
        for (ULONG Pause = 0; Pause < Round % 32; Pause++)
        {
            YieldProcessor();
        }
        KeLowerIrql(OldIrql);
    }
}

/* Given DPCs queued just when the owner of their processor lowers. Then each runs without anybody raising again. */
TEST(KE, a_dpc_that_meets_the_lowering_is_not_left_behind)
{
    SEEN Seen = {0};
    KDPC Dpc;
    LARGE_INTEGER Long = Milliseconds(20000);

    KeInitializeEvent(&Seen.Event, SynchronizationEvent, FALSE);
    KeInitializeEvent(&Again, SynchronizationEvent, FALSE);
    KeInitializeDpc(&Dpc, RecordDpc, &Seen);
    PVOID Thread = StartThread(RaiseOnRequest, NULL);
    for (ULONG Round = 0; Round < MEETINGS; Round++)
    {
        LONG Owned;
        KeSetEvent(&Again, IO_NO_INCREMENT, FALSE);
        while ((Owned = InterlockedExchange(&Raised, 0)) == 0)
        {
            YieldProcessor();
        }
        KeSetTargetProcessorDpc(&Dpc, (CCHAR)(Owned - 1));
        CHECK(KeInsertQueueDpc(&Dpc, NULL, NULL));
        CHECK_STATUS(KeWaitForSingleObject(&Seen.Event, Executive, KernelMode, FALSE, &Long), STATUS_SUCCESS);
        CHECK_EQ(Seen.Processor, Owned - 1);
    }
    JoinThread(Thread);
    KeFlushQueuedDpcs();
}

/* ---- what ends in a report ---------------------------------------------------------------- */

/* Not static: the report names it. */
KDEFERRED_ROUTINE ForgetToLower;
VOID NTAPI ForgetToLower(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    KIRQL OldIrql;

    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    KeRaiseIrql(HIGH_LEVEL, &OldIrql);
}

TEST(KE, a_dpc_that_returns_at_another_level_is_a_bugcheck)
{
    KDPC Dpc;

    if (t_is_child("KE_a_dpc_that_returns_at_another_level_is_a_bugcheck"))
    {
        KeInitializeDpc(&Dpc, ForgetToLower, NULL);
        KeInsertQueueDpc(&Dpc, NULL, NULL);
        return;
    }
    CHECK_BUGCHECK("KE_a_dpc_that_returns_at_another_level_is_a_bugcheck", "IRQL_UNEXPECTED_VALUE", "a DPC",
                   "returned at HIGH_LEVEL", "ForgetToLower");
}
