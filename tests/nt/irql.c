// SPDX-License-Identifier: MIT
/* Raising, lowering, owning processors, deferred routines. Two processors. */
#include <nt/init.h>
#include "kernel_test.h"

#define THREADS 8
#define ROUNDS 20000

/* Given PASSIVE_LEVEL. Then each raise returns the level before it, and lowering restores it. */
TEST(KE, raise_and_lower_return_the_old_level)
{
    KIRQL Irql = 0xEE;

    CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KeRaiseIrql(APC_LEVEL, &Irql);
    CHECK_EQ(Irql, PASSIVE_LEVEL);
    CHECK_EQ(KeRaiseIrqlToDpcLevel(), APC_LEVEL);
    CHECK_EQ(KeGetCurrentIrql(), DISPATCH_LEVEL);
    KeRaiseIrql(HIGH_LEVEL, &Irql);
    CHECK_EQ(Irql, DISPATCH_LEVEL);
    KeLowerIrql(DISPATCH_LEVEL);
    CHECK_EQ(KeGetCurrentIrql(), DISPATCH_LEVEL);
    KeLowerIrql(APC_LEVEL);
    CHECK_EQ(KeGetCurrentIrql(), APC_LEVEL);
    KeLowerIrql(PASSIVE_LEVEL);
    CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

/* One per processor; only its owner touches Rounds, so a race shows under TSan. */
static struct
{
    LONG Occupied;
    ULONG Rounds;
} Slots[2];
static LONG Wrong;

static VOID NTAPI RaiseOften(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    for (ULONG Round = 0; Round < ROUNDS; Round++)
    {
        KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
        ULONG Index = KeGetCurrentProcessorNumberEx(NULL);
        if (InterlockedExchange(&Slots[Index].Occupied, 1) != 0)
        {
            InterlockedIncrement(&Wrong);
        }
        Slots[Index].Rounds++;
        if (KeGetCurrentProcessorNumberEx(NULL) != Index)
        {
            InterlockedIncrement(&Wrong);
        }
        InterlockedExchange(&Slots[Index].Occupied, 0);
        KeLowerIrql(OldIrql);
    }
}

/* Given 8 threads on 2 processors. Then all get their turns and no two are on one processor. */
TEST(KE, a_processor_at_dispatch_level_is_owned_by_one_thread)
{
    PVOID Threads[THREADS];

    Slots[0].Rounds = Slots[1].Rounds = 0;
    Wrong = 0;
    for (ULONG Index = 0; Index < THREADS; Index++)
    {
        Threads[Index] = StartThread(RaiseOften, NULL);
    }
    for (ULONG Index = 0; Index < THREADS; Index++)
    {
        JoinThread(Threads[Index]);
    }
    CHECK_EQ(Wrong, 0);
    CHECK_EQ(Slots[0].Rounds + Slots[1].Rounds, THREADS * ROUNDS);
}

/* ---- deferred routines ------------------------------------------------------------ */

typedef struct _WORK
{
    KI_DEFERRED Deferred;
    ULONG Number;
    struct _WORK *Another; /* queued by the routine */
} WORK;

static ULONG Order[8];
static ULONG Ran;
static ULONG Depth, DeepestDepth;
static KIRQL IrqlSeen;

static VOID RunWork(KI_DEFERRED *Deferred)
{
    WORK *Work = CONTAINING_RECORD(Deferred, WORK, Deferred);

    Depth++;
    DeepestDepth = Depth > DeepestDepth ? Depth : DeepestDepth;
    IrqlSeen = KeGetCurrentIrql();
    Order[Ran++] = Work->Number;
    if (Work->Another != NULL)
    {
        KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
        KiQueueDeferred(&Work->Another->Deferred);
        KeLowerIrql(OldIrql); /* back to DISPATCH_LEVEL: nothing may run here */
    }
    Depth--;
}

/* Given routines queued at DISPATCH_LEVEL, one of which queues another.
 * Then none runs before the lowering, all run in it, in order, one after the other. */
TEST(KE, deferred_routines_run_in_order_and_never_nested)
{
    WORK Third = {{NULL, RunWork}, 3, NULL};
    WORK First = {{NULL, RunWork}, 1, &Third};
    WORK Second = {{NULL, RunWork}, 2, NULL};

    Ran = Depth = DeepestDepth = 0;
    IrqlSeen = 0xEE;
    KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
    KiQueueDeferred(&First.Deferred);
    KiQueueDeferred(&Second.Deferred);
    KIRQL Again = KeRaiseIrqlToDpcLevel();
    KeLowerIrql(Again);
    ULONG Early = Ran;
    KeLowerIrql(OldIrql);
    CHECK_EQ(Early, 0);
    CHECK_EQ(Ran, 3);
    CHECK_EQ(Order[0], 1);
    CHECK_EQ(Order[1], 2);
    CHECK_EQ(Order[2], 3);
    CHECK_EQ(DeepestDepth, 1);
    CHECK_EQ(IrqlSeen, DISPATCH_LEVEL);
    CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

#define CHAIN 20000
#define CHAIN_THREADS 4

/* Where the chain has run: a lowering thread leaves the rest of a long one to host threads. */
static struct
{
    PKTHREAD Thread;
    ULONG_PTR Low, High;
} Stacks[CHAIN_THREADS];
static ULONG ChainLeft;
static KEVENT ChainEnd;

static VOID RunChain(KI_DEFERRED *Deferred)
{
    ULONG_PTR Here = (ULONG_PTR)__builtin_frame_address(0);

    for (ULONG Index = 0; Index < CHAIN_THREADS; Index++)
    {
        if (Stacks[Index].Thread == NULL)
        {
            Stacks[Index].Thread = KeGetCurrentThread();
            Stacks[Index].Low = Stacks[Index].High = Here;
        }
        if (Stacks[Index].Thread == KeGetCurrentThread())
        {
            Stacks[Index].Low = Here < Stacks[Index].Low ? Here : Stacks[Index].Low;
            Stacks[Index].High = Here > Stacks[Index].High ? Here : Stacks[Index].High;
            break;
        }
    }
    if (--ChainLeft != 0)
    {
        KiQueueDeferred(Deferred);
    }
    else
    {
        KeSetEvent(&ChainEnd, IO_NO_INCREMENT, FALSE);
    }
}

/* Given a routine that queues itself 20,000 times. Then it runs as often, and no stack grows with it. */
TEST(KE, a_chain_of_deferred_routines_needs_no_stack)
{
    KI_DEFERRED Deferred = {NULL, RunChain};

    ChainLeft = CHAIN;
    __builtin_memset(Stacks, 0, sizeof(Stacks));
    KeInitializeEvent(&ChainEnd, NotificationEvent, FALSE);
    KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
    KiQueueDeferred(&Deferred);
    KeLowerIrql(OldIrql);
    CHECK_STATUS(KeWaitForSingleObject(&ChainEnd, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK_EQ(ChainLeft, 0);
    for (ULONG Index = 0; Index < CHAIN_THREADS; Index++)
    {
        CHECK(Stacks[Index].High - Stacks[Index].Low < 1024);
    }
}

/* ---- processors by name --------------------------------------------------------------- */

/* Given an affinity for one processor. Then every raise owns that one. */
TEST(KE, affinity_chooses_the_processor)
{
    for (ULONG Index = 0; Index < 2; Index++)
    {
        PROCESSOR_NUMBER Number = {0xEE, 0xEE, 0xEE};
        GROUP_AFFINITY Old, Affinity = {.Mask = (KAFFINITY)1 << Index, .Group = 0};

        CHECK_STATUS(KeGetProcessorNumberFromIndex(Index, &Number), STATUS_SUCCESS);
        CHECK_EQ(Number.Group, 0);
        CHECK_EQ(Number.Number, Index);
        KeSetSystemGroupAffinityThread(&Affinity, &Old);
        CHECK_EQ(Old.Mask, 0);
        CHECK_EQ(KeGetCurrentProcessorNumberEx(NULL), Index);
        KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
        ULONG Owned = KeGetCurrentProcessorNumberEx(&Number);
        KeLowerIrql(OldIrql);
        CHECK_EQ(Owned, Index);
        CHECK_EQ(Number.Number, Index);
        KeRevertToUserGroupAffinityThread(&Old);
    }
    CHECK_EQ(KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS), 2);
    CHECK_EQ(KeQueryActiveProcessorCountEx(1), 0);
    CHECK_STATUS(KeGetProcessorNumberFromIndex(2, &(PROCESSOR_NUMBER){0}), STATUS_INVALID_PARAMETER);
}

/* ---- what ends in a report ---------------------------------------------------------------- */

TEST(KE, lowering_to_a_higher_level_is_a_bugcheck)
{
    if (t_is_child("KE_lowering_to_a_higher_level_is_a_bugcheck"))
    {
        KeLowerIrql(DISPATCH_LEVEL);
        return;
    }
    CHECK_BUGCHECK("KE_lowering_to_a_higher_level_is_a_bugcheck", "IRQL_NOT_LESS_OR_EQUAL", "KeLowerIrql to DISPATCH_LEVEL",
                   "at PASSIVE_LEVEL");
}

TEST(KE, raising_to_a_lower_level_is_a_bugcheck)
{
    KIRQL Irql;

    if (t_is_child("KE_raising_to_a_lower_level_is_a_bugcheck"))
    {
        KeRaiseIrql(DISPATCH_LEVEL, &Irql);
        KeRaiseIrql(APC_LEVEL, &Irql);
        return;
    }
    CHECK_BUGCHECK("KE_raising_to_a_lower_level_is_a_bugcheck", "IRQL_NOT_GREATER_OR_EQUAL", "KeRaiseIrql to APC_LEVEL",
                   "at DISPATCH_LEVEL on processor");
}

static VOID LowerTooFar(KI_DEFERRED *Deferred)
{
    UNREFERENCED_PARAMETER(Deferred);
    KeLowerIrql(PASSIVE_LEVEL);
}

TEST(KE, a_completion_that_lowers_too_far_is_a_bugcheck)
{
    KI_DEFERRED Deferred = {NULL, LowerTooFar};

    if (t_is_child("KE_a_completion_that_lowers_too_far_is_a_bugcheck"))
    {
        KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
        KiQueueDeferred(&Deferred);
        KeLowerIrql(OldIrql);
        return;
    }
    CHECK_BUGCHECK("KE_a_completion_that_lowers_too_far_is_a_bugcheck", "IRQL_NOT_LESS_OR_EQUAL",
                   "restore the level the routine was called at");
}

TEST(KE, a_deferred_routine_at_passive_level_is_a_bugcheck)
{
    KI_DEFERRED Deferred = {NULL, RunWork};

    if (t_is_child("KE_a_deferred_routine_at_passive_level_is_a_bugcheck"))
    {
        KiQueueDeferred(&Deferred);
        return;
    }
    CHECK_BUGCHECK("KE_a_deferred_routine_at_passive_level_is_a_bugcheck", "IRQL_UNEXPECTED_VALUE");
}

/* Not static: the report names it. */
KSTART_ROUTINE StayRaised;
VOID NTAPI StayRaised(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    KeRaiseIrqlToDpcLevel();
}

TEST(KE, a_thread_that_ends_raised_is_a_bugcheck)
{
    if (t_is_child("KE_a_thread_that_ends_raised_is_a_bugcheck"))
    {
        JoinThread(StartThread(StayRaised, NULL));
        return;
    }
    CHECK_BUGCHECK("KE_a_thread_that_ends_raised_is_a_bugcheck", "IRQL_GT_ZERO_AT_SYSTEM_SERVICE",
                   "a system thread ends at DISPATCH_LEVEL", "StayRaised", "system thread");
}

/* ---- stopping -------------------------------------------------------------------------------- */

/* Given a system that is up. Then it can be stopped and started again, with another count. */
TEST(KE, the_system_can_be_stopped_and_started_again)
{
    CHECK_STATUS(KiStartSystem(2, NULL), STATUS_INVALID_DEVICE_STATE);
    for (ULONG Count = 1; Count <= 4; Count++)
    {
        KiStopSystem();
        CHECK_STATUS(KiStartSystem(Count, NULL), STATUS_SUCCESS);
        CHECK_EQ(KeQueryActiveProcessorCountEx(0), Count);
        KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
        KeLowerIrql(OldIrql);
    }
    KiStopSystem();
    CHECK_STATUS(KiStartSystem(2, NULL), STATUS_SUCCESS);
}
