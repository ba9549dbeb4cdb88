// SPDX-License-Identifier: MIT
/* Rundown protection and remove locks: nobody holds what was run down. */
#include "kernel_test.h"

#define THREADS 4
#define ROUNDS 60

/* What is protected: freed when run down, so a holder that is still there shows (ASan, TSan). */
typedef struct _TARGET
{
    LONG Alive;
    EX_RUNDOWN_REF Protection;
} TARGET;

static TARGET *volatile Target;
static EX_RUNDOWN_REF Protection;
static LONG Stop, Held, Refused;

static VOID NTAPI HoldOften(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    while (InterlockedCompareExchange(&Stop, 0, 0) == 0)
    {
        if (ExAcquireRundownProtection(&Protection))
        {
            TARGET *Seen = __atomic_load_n(&Target, __ATOMIC_RELAXED);
            if (Seen->Alive == 1)
            {
                InterlockedIncrement(&Held);
            }
            ExReleaseRundownProtection(&Protection);
        }
        else
        {
            InterlockedIncrement(&Refused);
            LARGE_INTEGER Zero = {.QuadPart = 0};
            KeDelayExecutionThread(KernelMode, FALSE, &Zero);
        }
    }
}

/* Given threads that hold an object now and then. Then each rundown ends with nobody holding it. */
TEST(KE, a_rundown_waits_for_all_who_hold)
{
    PVOID Threads[THREADS];

    Stop = Held = Refused = 0;
    Target = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(TARGET), 'nuRT');
    Target->Alive = 1;
    ExInitializeRundownProtection(&Protection);
    for (ULONG Index = 0; Index < THREADS; Index++)
    {
        Threads[Index] = StartThread(HoldOften, NULL);
    }
    for (ULONG Round = 0; Round < ROUNDS; Round++)
    {
        ExWaitForRundownProtectionRelease(&Protection);
        TARGET *Old = Target;
        Old->Alive = 0;
        ExFreePoolWithTag(Old, 'nuRT');
        ExRundownCompleted(&Protection);
        TARGET *New = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(TARGET), 'nuRT');
        New->Alive = 1;
        __atomic_store_n(&Target, New, __ATOMIC_RELAXED);
        ExReInitializeRundownProtection(&Protection);
        LONG Before = InterlockedCompareExchange(&Held, 0, 0);
        while (InterlockedCompareExchange(&Held, 0, 0) == Before)
        {
            LARGE_INTEGER Zero = {.QuadPart = 0};
            KeDelayExecutionThread(KernelMode, FALSE, &Zero);
        }
    }
    InterlockedExchange(&Stop, 1);
    for (ULONG Index = 0; Index < THREADS; Index++)
    {
        JoinThread(Threads[Index]);
    }
    CHECK(Held >= ROUNDS);
    ExFreePoolWithTag(Target, 'nuRT');
}

/* Given counts. Then acquires and releases of several at once add up, and a run-down one refuses. */
TEST(KE, rundown_protection_counts)
{
    EX_RUNDOWN_REF Reference = {.Count = 0xEE};
    PEX_RUNDOWN_REF_CACHE_AWARE Aware = ExAllocateCacheAwareRundownProtection(NonPagedPoolNx, 'nuRT');

    ExInitializeRundownProtection(&Reference);
    CHECK(ExAcquireRundownProtectionEx(&Reference, 3));
    ExReleaseRundownProtection(&Reference);
    ExReleaseRundownProtectionEx(&Reference, 2);
    ExWaitForRundownProtectionRelease(&Reference);
    ExWaitForRundownProtectionRelease(&Reference);
    CHECK(!ExAcquireRundownProtection(&Reference));
    ExReInitializeRundownProtection(&Reference);
    CHECK(ExAcquireRundownProtection(&Reference));
    ExReleaseRundownProtection(&Reference);

    CHECK(Aware != NULL);
    CHECK(ExAcquireRundownProtectionCacheAware(Aware));
    ExReleaseRundownProtectionCacheAware(Aware);
    ExWaitForRundownProtectionReleaseCacheAware(Aware);
    CHECK(!ExAcquireRundownProtectionCacheAware(Aware));
    ExFreeCacheAwareRundownProtection(Aware);
}

TEST(KE, one_rundown_release_too_many_is_a_bugcheck)
{
    EX_RUNDOWN_REF Reference;

    if (t_is_child("KE_one_rundown_release_too_many_is_a_bugcheck"))
    {
        ExInitializeRundownProtection(&Reference);
        ExReleaseRundownProtection(&Reference);
        return;
    }
    CHECK_BUGCHECK("KE_one_rundown_release_too_many_is_a_bugcheck", "REFERENCE_BY_POINTER", "more often than acquired");
}

/* ---- remove locks ------------------------------------------------------------------------ */

static IO_REMOVE_LOCK RemoveLock;
static KEVENT Acquired, Go;
static LONG Released;

static VOID NTAPI HoldRemoveLock(PVOID Context)
{
    NTSTATUS *Status = Context;

    *Status = IoAcquireRemoveLock(&RemoveLock, Context);
    KeSetEvent(&Acquired, IO_NO_INCREMENT, FALSE);
    KeWaitForSingleObject(&Go, Executive, KernelMode, FALSE, NULL);
    InterlockedExchange(&Released, 1);
    IoReleaseRemoveLock(&RemoveLock, Context);
}

static VOID NTAPI LetGoWhenRemoving(PVOID Context)
{
    NTSTATUS *Status = Context;

    /* Until the removal has begun. */
    while ((*Status = IoAcquireRemoveLock(&RemoveLock, NULL)) == STATUS_SUCCESS)
    {
        LARGE_INTEGER Zero = {.QuadPart = 0};
        IoReleaseRemoveLock(&RemoveLock, NULL);
        KeDelayExecutionThread(KernelMode, FALSE, &Zero);
    }
    KeSetEvent(&Go, IO_NO_INCREMENT, FALSE);
}

/* Given a holder. Then the removal waits for it and new acquires are refused meanwhile. */
TEST(KE, a_removal_waits_for_holders_and_refuses_new_ones)
{
    NTSTATUS Status = (NTSTATUS)0xEEEEEEEE, Late = (NTSTATUS)0xEEEEEEEE;

    IoInitializeRemoveLock(&RemoveLock, 'kcLT', 0, 0);
    KeInitializeEvent(&Acquired, NotificationEvent, FALSE);
    KeInitializeEvent(&Go, NotificationEvent, FALSE);
    Released = 0;
    PVOID Holder = StartThread(HoldRemoveLock, &Status);
    KeWaitForSingleObject(&Acquired, Executive, KernelMode, FALSE, NULL);
    CHECK_STATUS(Status, STATUS_SUCCESS);
    PVOID Watcher = StartThread(LetGoWhenRemoving, &Late);
    CHECK_STATUS(IoAcquireRemoveLock(&RemoveLock, NULL), STATUS_SUCCESS);
    IoReleaseRemoveLockAndWait(&RemoveLock, NULL);
    CHECK_EQ(InterlockedCompareExchange(&Released, 0, 0), 1);
    JoinThread(Holder);
    JoinThread(Watcher);
    CHECK_STATUS(Late, STATUS_DELETE_PENDING);
    CHECK_STATUS(IoAcquireRemoveLock(&RemoveLock, NULL), STATUS_DELETE_PENDING);
}
