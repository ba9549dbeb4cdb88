// SPDX-License-Identifier: MIT
/* Fast and guarded mutexes: exclusion, levels and regions, misuse. */
#include "kernel_test.h"

#define THREADS 4
#define ROUNDS 5000

static FAST_MUTEX Fast;
static KGUARDED_MUTEX Guarded;
static ULONG Counter; /* under the mutex tried */

static VOID NTAPI CountFast(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    for (ULONG Round = 0; Round < ROUNDS; Round++)
    {
        ExAcquireFastMutex(&Fast);
        Counter++;
        ExReleaseFastMutex(&Fast);
    }
}

static VOID NTAPI CountGuarded(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    for (ULONG Round = 0; Round < ROUNDS; Round++)
    {
        KeAcquireGuardedMutex(&Guarded);
        Counter++;
        KeReleaseGuardedMutex(&Guarded);
    }
}

static ULONG CountWith(PKSTART_ROUTINE Routine)
{
    PVOID Threads[THREADS];

    Counter = 0;
    for (ULONG Index = 0; Index < THREADS; Index++)
    {
        Threads[Index] = StartThread(Routine, NULL);
    }
    for (ULONG Index = 0; Index < THREADS; Index++)
    {
        JoinThread(Threads[Index]);
    }
    return Counter;
}

/* Given four threads that count under each kind. Then no count is lost. */
TEST(KE, fast_and_guarded_mutexes_exclude)
{
    ExInitializeFastMutex(&Fast);
    KeInitializeGuardedMutex(&Guarded);
    CHECK_EQ(CountWith(CountFast), THREADS * ROUNDS);
    CHECK_EQ(CountWith(CountGuarded), THREADS * ROUNDS);
    CHECK_EQ(Fast.Count, FM_LOCK_BIT);
}

/* Given a mutex held. Then the level or region is as documented, and restored by the release. */
TEST(KE, fast_mutexes_raise_and_guarded_ones_enter_a_region)
{
    ExInitializeFastMutex(&Fast);
    ExAcquireFastMutex(&Fast);
    CHECK_EQ(KeGetCurrentIrql(), APC_LEVEL);
    CHECK(!ExTryToAcquireFastMutex(&Fast));
    CHECK_EQ(KeGetCurrentIrql(), APC_LEVEL);
    ExReleaseFastMutex(&Fast);
    CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK(ExTryToAcquireFastMutex(&Fast));
    ExReleaseFastMutex(&Fast);
    CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);

    KeInitializeGuardedMutex(&Guarded);
    CHECK(KeTryToAcquireGuardedMutex(&Guarded));
    CHECK(KeAreAllApcsDisabled());
    CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK(!KeTryToAcquireGuardedMutex(&Guarded));
    KeReleaseGuardedMutex(&Guarded);
    CHECK(!KeAreAllApcsDisabled());
}

TEST(KE, taking_a_fast_mutex_twice_is_a_bugcheck)
{
    if (t_is_child("KE_taking_a_fast_mutex_twice_is_a_bugcheck"))
    {
        ExInitializeFastMutex(&Fast);
        ExAcquireFastMutex(&Fast);
        ExAcquireFastMutex(&Fast);
        return;
    }
    CHECK_BUGCHECK("KE_taking_a_fast_mutex_twice_is_a_bugcheck", "MUTEX_ALREADY_OWNED", "wait for itself");
}

TEST(KE, releasing_a_fast_mutex_not_held_is_a_bugcheck)
{
    if (t_is_child("KE_releasing_a_fast_mutex_not_held_is_a_bugcheck"))
    {
        ExInitializeFastMutex(&Fast);
        ExReleaseFastMutex(&Fast);
        return;
    }
    CHECK_BUGCHECK("KE_releasing_a_fast_mutex_not_held_is_a_bugcheck", "RESOURCE_NOT_OWNED");
}
