// SPDX-License-Identifier: MIT
/* Mutexes: ownership, recursion, exclusion, and releases by the wrong thread. */
#include "kernel_test.h"

static NTSTATUS Poll(PVOID Object)
{
    LARGE_INTEGER Zero = {.QuadPart = 0};

    return KeWaitForSingleObject(Object, Executive, KernelMode, FALSE, &Zero);
}

typedef struct _TRY
{
    KMUTEX *Mutex;
    NTSTATUS Status;
} TRY;

static VOID NTAPI TryMutex(PVOID Context)
{
    TRY *Try = Context;

    Try->Status = Poll(Try->Mutex);
    if (Try->Status == STATUS_SUCCESS)
    {
        KeReleaseMutex(Try->Mutex, FALSE);
    }
}

static NTSTATUS TryElsewhere(KMUTEX *Mutex)
{
    TRY Try = {Mutex, (NTSTATUS)0xEEEEEEEE};

    JoinThread(StartThread(TryMutex, &Try));
    return Try.Status;
}

/* Given a mutex taken twice. Then others get it only after two releases, and APCs are off meanwhile. */
TEST(KE, a_mutex_is_recursive_for_its_owner)
{
    KMUTEX Mutex;

    __builtin_memset(&Mutex, 0xEE, sizeof(Mutex));
    KeInitializeMutex(&Mutex, 0);
    CHECK_EQ(KeReadStateMutex(&Mutex), 1);
    CHECK(!KeAreApcsDisabled());
    CHECK_STATUS(Poll(&Mutex), STATUS_SUCCESS);
    CHECK_STATUS(KeWaitForMutexObject(&Mutex, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK(KeAreApcsDisabled());
    CHECK_STATUS(TryElsewhere(&Mutex), STATUS_TIMEOUT);
    CHECK(KeReleaseMutex(&Mutex, FALSE) != 0);
    CHECK_STATUS(TryElsewhere(&Mutex), STATUS_TIMEOUT);
    CHECK_EQ(KeReleaseMutex(&Mutex, FALSE), 0);
    CHECK_STATUS(TryElsewhere(&Mutex), STATUS_SUCCESS);
    CHECK(!KeAreApcsDisabled());
    CHECK_EQ(KeReadStateMutex(&Mutex), 1);
}

#define THREADS 4
#define ROUNDS 5000

static KMUTEX Guard;
static ULONG Counter; /* Guard */

static VOID NTAPI Count(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    for (ULONG Round = 0; Round < ROUNDS; Round++)
    {
        KeWaitForSingleObject(&Guard, Executive, KernelMode, FALSE, NULL);
        Counter++;
        KeReleaseMutex(&Guard, FALSE);
    }
}

/* Given four threads that count under a mutex. Then no count is lost (and TSan sees the order). */
TEST(KE, a_mutex_excludes)
{
    PVOID Threads[THREADS];

    Counter = 0;
    KeInitializeMutex(&Guard, 0);
    for (ULONG Index = 0; Index < THREADS; Index++)
    {
        Threads[Index] = StartThread(Count, NULL);
    }
    for (ULONG Index = 0; Index < THREADS; Index++)
    {
        JoinThread(Threads[Index]);
    }
    CHECK_EQ(Counter, THREADS * ROUNDS);
}

/* Not static: the reports name them. */
KSTART_ROUTINE ReleaseForeign, KeepMutex;

VOID NTAPI ReleaseForeign(PVOID Context)
{
    KeReleaseMutex(Context, FALSE);
}

TEST(KE, releasing_a_foreign_mutex_is_a_bugcheck)
{
    KMUTEX Mutex;

    if (t_is_child("KE_releasing_a_foreign_mutex_is_a_bugcheck"))
    {
        KeInitializeMutex(&Mutex, 0);
        Poll(&Mutex);
        JoinThread(StartThread(ReleaseForeign, &Mutex));
        return;
    }
    CHECK_BUGCHECK("KE_releasing_a_foreign_mutex_is_a_bugcheck", "STATUS_MUTANT_NOT_OWNED", "ReleaseForeign",
                   "its owner is thread", "of the host program");
}

VOID NTAPI KeepMutex(PVOID Context)
{
    KeWaitForSingleObject(Context, Executive, KernelMode, FALSE, NULL);
}

TEST(KE, ending_a_thread_that_holds_a_mutex_is_a_bugcheck)
{
    KMUTEX Mutex;

    if (t_is_child("KE_ending_a_thread_that_holds_a_mutex_is_a_bugcheck"))
    {
        KeInitializeMutex(&Mutex, 0);
        JoinThread(StartThread(KeepMutex, &Mutex));
        return;
    }
    CHECK_BUGCHECK("KE_ending_a_thread_that_holds_a_mutex_is_a_bugcheck", "THREAD_TERMINATE_HELD_MUTEX", "KeepMutex");
}
