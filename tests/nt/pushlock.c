// SPDX-License-Identifier: MIT
/* Push locks: sharing, exclusion, and releases in the wrong way. */
#include "kernel_test.h"

#define THREADS 6
#define ROUNDS 5000

static EX_PUSH_LOCK Lock;
static ULONG Counter, Copy; /* Lock */
static LONG Wrong;

static VOID NTAPI ReadAndWrite(PVOID Context)
{
    for (ULONG Round = 0; Round < ROUNDS; Round++)
    {
        KeEnterCriticalRegion();
        if (Context == NULL)
        {
            ExAcquirePushLockExclusive(&Lock);
            Counter++;
            Copy++;
            ExReleasePushLockExclusive(&Lock);
        }
        else
        {
            ExAcquirePushLockShared(&Lock);
            if (Counter != Copy)
            {
                InterlockedIncrement(&Wrong);
            }
            ExReleasePushLockShared(&Lock);
        }
        KeLeaveCriticalRegion();
    }
}

/* Given readers and writers. Then readers see whole updates and no update is lost. */
TEST(KE, a_push_lock_excludes_writers_from_readers)
{
    PVOID Threads[THREADS];

    ExInitializePushLock(&Lock);
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
    CHECK_EQ(Lock, 0);
}

static KEVENT Inside, Leave;

static VOID NTAPI HoldShared(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    KeEnterCriticalRegion();
    ExAcquirePushLockShared(&Lock);
    KeSetEvent(&Inside, IO_NO_INCREMENT, FALSE);
    KeWaitForSingleObject(&Leave, Executive, KernelMode, FALSE, NULL);
    ExReleasePushLockShared(&Lock);
    KeLeaveCriticalRegion();
}

/* Given a holder of shared access. Then another one gets it too. */
TEST(KE, a_push_lock_is_shared)
{
    ExInitializePushLock(&Lock);
    KeInitializeEvent(&Inside, NotificationEvent, FALSE);
    KeInitializeEvent(&Leave, NotificationEvent, FALSE);
    PVOID Thread = StartThread(HoldShared, NULL);
    KeWaitForSingleObject(&Inside, Executive, KernelMode, FALSE, NULL);
    KeEnterCriticalRegion();
    ExAcquirePushLockShared(&Lock);
    ExReleasePushLockShared(&Lock);
    KeLeaveCriticalRegion();
    KeSetEvent(&Leave, IO_NO_INCREMENT, FALSE);
    JoinThread(Thread);
    CHECK_EQ(Lock, 0);
}

TEST(KE, releasing_a_push_lock_the_wrong_way_is_a_bugcheck)
{
    if (t_is_child("KE_releasing_a_push_lock_the_wrong_way_is_a_bugcheck"))
    {
        ExInitializePushLock(&Lock);
        KeEnterCriticalRegion();
        ExAcquirePushLockShared(&Lock);
        ExReleasePushLockExclusive(&Lock);
        return;
    }
    CHECK_BUGCHECK("KE_releasing_a_push_lock_the_wrong_way_is_a_bugcheck", "RESOURCE_NOT_OWNED", "push lock");
}
