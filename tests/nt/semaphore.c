// SPDX-License-Identifier: MIT
/* Semaphores: counting, limits, and handing counts to waiters. */
#include "kernel_test.h"

static NTSTATUS Poll(PVOID Object)
{
    LARGE_INTEGER Zero = {.QuadPart = 0};

    return KeWaitForSingleObject(Object, Executive, KernelMode, FALSE, &Zero);
}

/* Given a semaphore of two. Then two waits pass, the third does not, and a release tells the count before. */
TEST(KE, a_semaphore_counts)
{
    KSEMAPHORE Semaphore;

    __builtin_memset(&Semaphore, 0xEE, sizeof(Semaphore));
    KeInitializeSemaphore(&Semaphore, 2, 3);
    CHECK_STATUS(Poll(&Semaphore), STATUS_SUCCESS);
    CHECK_STATUS(Poll(&Semaphore), STATUS_SUCCESS);
    CHECK_STATUS(Poll(&Semaphore), STATUS_TIMEOUT);
    CHECK_EQ(KeReleaseSemaphore(&Semaphore, IO_NO_INCREMENT, 2, FALSE), 0);
    CHECK_EQ(KeReleaseSemaphore(&Semaphore, IO_NO_INCREMENT, 1, FALSE), 2);
    CHECK_EQ(KeReadStateSemaphore(&Semaphore), 3);
}

/* Given a release past the limit. Then the exception is raised and the count stays. */
TEST(KE, a_release_past_the_limit_raises)
{
    KSEMAPHORE Semaphore;
    volatile NTSTATUS Code = 0;

    KeInitializeSemaphore(&Semaphore, 1, 2);
    __try
    {
        KeReleaseSemaphore(&Semaphore, IO_NO_INCREMENT, 2, FALSE);
    }
    __except (EXCEPTION_EXECUTE_HANDLER)
    {
        Code = GetExceptionCode();
    }
    CHECK_STATUS(Code, STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    CHECK_EQ(KeReadStateSemaphore(&Semaphore), 1);
    CHECK_EQ(KeReleaseSemaphore(&Semaphore, IO_NO_INCREMENT, 1, FALSE), 1);
}

#define PRODUCERS 2
#define CONSUMERS 3
#define ITEMS 6000

static KSEMAPHORE Items;
static KSPIN_LOCK ItemsLock;
static LONG Produced; /* ItemsLock */
static LONG Taken;

static VOID NTAPI Produce(PVOID Context)
{
    KIRQL OldIrql;

    UNREFERENCED_PARAMETER(Context);
    for (ULONG Index = 0; Index < ITEMS; Index++)
    {
        KeAcquireSpinLock(&ItemsLock, &OldIrql);
        Produced++;
        KeReleaseSpinLock(&ItemsLock, OldIrql);
        KeReleaseSemaphore(&Items, IO_NO_INCREMENT, 1, FALSE);
    }
}

static VOID NTAPI Consume(PVOID Context)
{
    KIRQL OldIrql;

    UNREFERENCED_PARAMETER(Context);
    for (ULONG Index = 0; Index < PRODUCERS * ITEMS / CONSUMERS; Index++)
    {
        KeWaitForSingleObject(&Items, Executive, KernelMode, FALSE, NULL);
        KeAcquireSpinLock(&ItemsLock, &OldIrql);
        Produced--;
        KeReleaseSpinLock(&ItemsLock, OldIrql);
        InterlockedIncrement(&Taken);
    }
}

/* Given producers and consumers. Then each count is taken exactly once. */
TEST(KE, each_count_lets_one_waiter_through)
{
    PVOID Threads[PRODUCERS + CONSUMERS];

    Produced = Taken = 0;
    KeInitializeSpinLock(&ItemsLock);
    KeInitializeSemaphore(&Items, 0, MAXLONG);
    for (ULONG Index = 0; Index < PRODUCERS + CONSUMERS; Index++)
    {
        Threads[Index] = StartThread(Index < CONSUMERS ? Consume : Produce, NULL);
    }
    for (ULONG Index = 0; Index < PRODUCERS + CONSUMERS; Index++)
    {
        JoinThread(Threads[Index]);
    }
    CHECK_EQ(Taken, PRODUCERS * ITEMS);
    CHECK_EQ(Produced, 0);
    CHECK_EQ(KeReadStateSemaphore(&Items), 0);
}
