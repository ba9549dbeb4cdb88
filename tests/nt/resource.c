// SPDX-License-Identifier: MIT
/* Executive resources: recursion, sharing, who goes first, conversion, misuse. */
#include "kernel_test.h"

#define THREADS 6
#define ROUNDS 3000

static ERESOURCE Resource;
static ULONG Counter, Copy; /* Resource */
static LONG Wrong;

/* Given one thread. Then both kinds nest, the counts say so, and trying never waits. */
TEST(KE, a_resource_is_recursive)
{
    CHECK_STATUS(ExInitializeResourceLite(&Resource), STATUS_SUCCESS);
    KeEnterCriticalRegion();
    CHECK(ExAcquireResourceExclusiveLite(&Resource, FALSE));
    CHECK(ExAcquireResourceExclusiveLite(&Resource, TRUE));
    CHECK(ExAcquireResourceSharedLite(&Resource, TRUE));
    CHECK(ExIsResourceAcquiredExclusiveLite(&Resource));
    CHECK_EQ(ExIsResourceAcquiredSharedLite(&Resource), 3);
    ExReleaseResourceLite(&Resource);
    ExReleaseResourceLite(&Resource);
    ExConvertExclusiveToSharedLite(&Resource);
    CHECK(!ExIsResourceAcquiredExclusiveLite(&Resource));
    CHECK_EQ(ExIsResourceAcquiredSharedLite(&Resource), 1);
    CHECK(!ExAcquireResourceExclusiveLite(&Resource, FALSE));
    CHECK(ExAcquireResourceSharedLite(&Resource, FALSE));
    ExReleaseResourceForThreadLite(&Resource, ExGetCurrentResourceThread());
    ExReleaseResourceLite(&Resource);
    CHECK_EQ(ExIsResourceAcquiredSharedLite(&Resource), 0);
    KeLeaveCriticalRegion();
    CHECK_STATUS(ExDeleteResourceLite(&Resource), STATUS_SUCCESS);
}

static VOID NTAPI ReadAndWrite(PVOID Context)
{
    for (ULONG Round = 0; Round < ROUNDS; Round++)
    {
        if (Context == NULL)
        {
            ExEnterCriticalRegionAndAcquireResourceExclusive(&Resource);
            Counter++;
            Copy++;
            if (Round % 3 == 0)
            {
                ExConvertExclusiveToSharedLite(&Resource);
            }
            ExReleaseResourceAndLeaveCriticalRegion(&Resource);
            continue;
        }
        ExEnterCriticalRegionAndAcquireResourceShared(&Resource);
        ExAcquireResourceSharedLite(&Resource, TRUE); /* recursion must not meet the writers */
        if (Counter != Copy)
        {
            InterlockedIncrement(&Wrong);
        }
        ExReleaseResourceLite(&Resource);
        ExReleaseResourceAndLeaveCriticalRegion(&Resource);
    }
}

/* Given readers that recurse and writers that convert. Then all get to the end, and readers see whole updates. */
TEST(KE, a_resource_excludes_writers_from_readers)
{
    PVOID Threads[THREADS];

    ExInitializeResourceLite(&Resource);
    Counter = Copy = 0;
    Wrong = 0;
    for (ULONG_PTR Index = 0; Index < THREADS; Index++)
    {
        Threads[Index] = StartThread(ReadAndWrite, (PVOID)(Index % 3));
    }
    for (ULONG Index = 0; Index < THREADS; Index++)
    {
        JoinThread(Threads[Index]);
    }
    CHECK_EQ(Wrong, 0);
    CHECK_EQ(Counter, THREADS / 3 * ROUNDS);
    CHECK_EQ(ExGetExclusiveWaiterCount(&Resource), 0);
    CHECK_EQ(ExGetSharedWaiterCount(&Resource), 0);
    ExDeleteResourceLite(&Resource);
}

static VOID NTAPI WriteOnce(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    ExEnterCriticalRegionAndAcquireResourceExclusive(&Resource);
    Counter++;
    ExReleaseResourceAndLeaveCriticalRegion(&Resource);
}

static VOID NTAPI TryShared(PVOID Context)
{
    BOOLEAN *Got = Context;

    KeEnterCriticalRegion();
    Got[0] = ExAcquireResourceSharedLite(&Resource, FALSE);
    Got[1] = ExAcquireSharedWaitForExclusive(&Resource, FALSE);
    Got[2] = ExAcquireSharedStarveExclusive(&Resource, FALSE);
    if (Got[2])
    {
        ExReleaseResourceLite(&Resource);
    }
    KeLeaveCriticalRegion();
}

/* Given a shared holder and a writer that waits. Then newcomers stay behind the writer unless they starve it, and
 * the holder may recurse unless it is polite. */
TEST(KE, shared_requests_meet_a_waiting_writer_as_documented)
{
    BOOLEAN Got[3] = {0xEE, 0xEE, 0xEE};

    ExInitializeResourceLite(&Resource);
    Counter = 0;
    KeEnterCriticalRegion();
    ExAcquireResourceSharedLite(&Resource, TRUE);
    PVOID Writer = StartThread(WriteOnce, NULL);
    while (ExGetExclusiveWaiterCount(&Resource) == 0)
    {
        LARGE_INTEGER Zero = {.QuadPart = 0};
        KeDelayExecutionThread(KernelMode, FALSE, &Zero);
    }
    JoinThread(StartThread(TryShared, Got));
    CHECK(!Got[0]);
    CHECK(!Got[1]);
    CHECK(Got[2]);
    CHECK(ExAcquireResourceSharedLite(&Resource, FALSE));
    CHECK(!ExAcquireSharedWaitForExclusive(&Resource, FALSE));
    CHECK_EQ(Counter, 0);
    ExReleaseResourceLite(&Resource);
    ExReleaseResourceLite(&Resource);
    KeLeaveCriticalRegion();
    JoinThread(Writer);
    CHECK_EQ(Counter, 1);
    ExDeleteResourceLite(&Resource);
}

TEST(KE, exclusive_on_top_of_shared_is_a_bugcheck)
{
    if (t_is_child("KE_exclusive_on_top_of_shared_is_a_bugcheck"))
    {
        ExInitializeResourceLite(&Resource);
        KeEnterCriticalRegion();
        ExAcquireResourceSharedLite(&Resource, TRUE);
        ExAcquireResourceExclusiveLite(&Resource, TRUE);
        return;
    }
    CHECK_BUGCHECK("KE_exclusive_on_top_of_shared_is_a_bugcheck", "holds it shared", "wait for itself");
}

TEST(KE, releasing_a_resource_not_held_is_a_bugcheck)
{
    if (t_is_child("KE_releasing_a_resource_not_held_is_a_bugcheck"))
    {
        ExInitializeResourceLite(&Resource);
        ExReleaseResourceLite(&Resource);
        return;
    }
    CHECK_BUGCHECK("KE_releasing_a_resource_not_held_is_a_bugcheck", "RESOURCE_NOT_OWNED");
}
