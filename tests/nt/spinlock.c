// SPDX-License-Identifier: MIT
/* Spin locks of all kinds: exclusion, levels, and misuse that would hang. */
#include "kernel_test.h"

#define THREADS 6
#define ROUNDS 4000

static KSPIN_LOCK Lock;
static EX_SPIN_LOCK ReadWriteLock;
static ULONG Counter, Copy; /* under the lock tried */
static LONG Wrong;

static VOID RunThreads(PKSTART_ROUTINE Routine, ULONG_PTR Kinds)
{
    PVOID Threads[THREADS];

    Counter = Copy = 0;
    Wrong = 0;
    Lock = 0;
    ReadWriteLock = 0;
    for (ULONG_PTR Index = 0; Index < THREADS; Index++)
    {
        Threads[Index] = StartThread(Routine, (PVOID)(Index % Kinds));
    }
    for (ULONG Index = 0; Index < THREADS; Index++)
    {
        JoinThread(Threads[Index]);
    }
}

static VOID NTAPI CountUnderSpinLock(PVOID Context)
{
    for (ULONG Round = 0; Round < ROUNDS; Round++)
    {
        KIRQL OldIrql;
        KLOCK_QUEUE_HANDLE Handle;
        switch ((ULONG_PTR)Context)
        {
        case 0:
            KeAcquireSpinLock(&Lock, &OldIrql);
            Counter++;
            KeReleaseSpinLock(&Lock, OldIrql);
            break;
        case 1:
            KeAcquireInStackQueuedSpinLock(&Lock, &Handle);
            Counter++;
            KeReleaseInStackQueuedSpinLock(&Handle);
            break;
        default:
            OldIrql = KeRaiseIrqlToDpcLevel();
            while (!KeTryToAcquireSpinLockAtDpcLevel(&Lock))
            {
                YieldProcessor();
            }
            Counter++;
            KeReleaseSpinLockFromDpcLevel(&Lock);
            KeLowerIrql(OldIrql);
            break;
        }
    }
}

/* Given one lock taken in three ways by 6 threads on 2 processors. Then no count is lost. */
TEST(KE, a_spin_lock_excludes_however_it_is_taken)
{
    RunThreads(CountUnderSpinLock, 3);
    CHECK_EQ(Counter, THREADS * ROUNDS);
    CHECK_EQ(Lock, 0);
}

static VOID NTAPI ReadAndWrite(PVOID Context)
{
    for (ULONG Round = 0; Round < ROUNDS; Round++)
    {
        if (Context == NULL)
        {
            KIRQL OldIrql = ExAcquireSpinLockExclusive(&ReadWriteLock);
            Counter++;
            Copy++;
            ExReleaseSpinLockExclusive(&ReadWriteLock, OldIrql);
            continue;
        }
        KIRQL OldIrql = ExAcquireSpinLockShared(&ReadWriteLock);
        if (Counter != Copy)
        {
            InterlockedIncrement(&Wrong);
        }
        ExReleaseSpinLockShared(&ReadWriteLock, OldIrql);
    }
}

/* Given readers and writers. Then readers see whole updates and no update is lost. */
TEST(KE, a_reader_writer_spin_lock_excludes)
{
    RunThreads(ReadAndWrite, 3);
    CHECK_EQ(Wrong, 0);
    CHECK_EQ(Counter, THREADS / 3 * ROUNDS);
    CHECK_EQ(ReadWriteLock, 0);
}

/* Given a lock held shared. Then sharing works, exclusion does not, and a lone holder can convert. */
TEST(KE, shared_holds_share_and_convert)
{
    EX_SPIN_LOCK Shared = 0;
    KIRQL OldIrql = ExAcquireSpinLockShared(&Shared);
    BOOLEAN Second = ExTryAcquireSpinLockSharedAtDpcLevel(&Shared) != FALSE;
    BOOLEAN Exclusive = ExTryAcquireSpinLockExclusiveAtDpcLevel(&Shared) != FALSE;
    BOOLEAN ConvertedTwo = ExTryConvertSharedSpinLockExclusive(&Shared) != FALSE;
    ExReleaseSpinLockSharedFromDpcLevel(&Shared);
    BOOLEAN ConvertedOne = ExTryConvertSharedSpinLockExclusive(&Shared) != FALSE;
    BOOLEAN Third = ExTryAcquireSpinLockSharedAtDpcLevel(&Shared) != FALSE;
    ExReleaseSpinLockExclusive(&Shared, OldIrql);

    CHECK(Second);
    CHECK(!Exclusive);
    CHECK(!ConvertedTwo);
    CHECK(ConvertedOne);
    CHECK(!Third);
    CHECK_EQ(Shared, 0);
    CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

/* Given a lock held. Then testing and trying say so, and the level is as documented. */
TEST(KE, a_held_spin_lock_is_seen_as_held)
{
    KSPIN_LOCK Held = 0;
    KIRQL OldIrql = 0xEE;

    KeAcquireSpinLock(&Held, &OldIrql);
    KIRQL Irql = KeGetCurrentIrql();
    BOOLEAN Free = KeTestSpinLock(&Held);
    BOOLEAN Again = KeTryToAcquireSpinLockAtDpcLevel(&Held);
    KeReleaseSpinLockFromDpcLevel(&Held);
    BOOLEAN FreeAfter = KeTestSpinLock(&Held);
    KeLowerIrql(OldIrql);
    CHECK_EQ(Irql, DISPATCH_LEVEL);
    CHECK_EQ(OldIrql, PASSIVE_LEVEL);
    CHECK(!Free);
    CHECK(!Again);
    CHECK(FreeAfter);
}

/* ---- what ends in a report ---------------------------------------------------------------- */

TEST(KE, taking_a_spin_lock_twice_is_a_bugcheck)
{
    KSPIN_LOCK Twice = 0;
    KIRQL OldIrql;

    if (t_is_child("KE_taking_a_spin_lock_twice_is_a_bugcheck"))
    {
        KeAcquireSpinLock(&Twice, &OldIrql);
        KeAcquireSpinLock(&Twice, &OldIrql);
        return;
    }
    CHECK_BUGCHECK("KE_taking_a_spin_lock_twice_is_a_bugcheck", "SPIN_LOCK_ALREADY_OWNED",
                   "by the thread that holds it already", "driver: host, at ");
}

TEST(KE, releasing_a_free_spin_lock_is_a_bugcheck)
{
    KSPIN_LOCK Free = 0;

    if (t_is_child("KE_releasing_a_free_spin_lock_is_a_bugcheck"))
    {
        KeRaiseIrqlToDpcLevel();
        KeReleaseSpinLock(&Free, PASSIVE_LEVEL);
        return;
    }
    CHECK_BUGCHECK("KE_releasing_a_free_spin_lock_is_a_bugcheck", "SPIN_LOCK_NOT_OWNED");
}

TEST(KE, an_at_dpc_level_acquire_below_it_is_a_bugcheck)
{
    KSPIN_LOCK Low = 0;

    if (t_is_child("KE_an_at_dpc_level_acquire_below_it_is_a_bugcheck"))
    {
        KeAcquireSpinLockAtDpcLevel(&Low);
        return;
    }
    CHECK_BUGCHECK("KE_an_at_dpc_level_acquire_below_it_is_a_bugcheck", "IRQL_NOT_GREATER_OR_EQUAL",
                   "KeAcquireSpinLockAtDpcLevel is called at PASSIVE_LEVEL");
}
