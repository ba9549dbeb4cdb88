// SPDX-License-Identifier: MIT
/*
 * Spin locks. KSPIN_LOCK's low half is a lock word that is spun on shortly and
 * then slept on; its high half names the thread that holds it, so that a thread
 * that takes a lock twice gets a report instead of a hang. Zeroed memory is a free
 * lock. Whoever holds one owns a processor, so holders always run.
 */
#include "nt/kip.h"
#include "nt/waits.h"

enum
{
    KiLockFree = 0,
    KiLockHeld = 1,
    KiLockContended = 2 /* held, and somebody may sleep on it */
};

#define KI_SPINS 64

/* KSPIN_LOCK as its two halves; a register-sized integer to drivers. */
typedef struct _KI_SPIN_WORDS
{
    ULONG State;  /* atomic */
    ULONG Holder; /* atomic: KTHREAD.Id, written by the holder only */
} KI_SPIN_WORDS;

C_ASSERT(sizeof(KI_SPIN_WORDS) == sizeof(KSPIN_LOCK));

static KI_SPIN_WORDS *KiWords(PKSPIN_LOCK SpinLock)
{
    return (KI_SPIN_WORDS *)(PVOID)SpinLock;
}

static BOOLEAN KiTrySpinLock(KI_SPIN_WORDS *Words, PKTHREAD Thread)
{
    if (KiLoadRelaxed(&Words->State) != KiLockFree)
    {
        return FALSE;
    }
    ULONG Free = KiLockFree;
    if (!__atomic_compare_exchange_n(&Words->State, &Free, KiLockHeld, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
    {
        return FALSE;
    }
    KiStoreRelaxed(&Words->Holder, Thread->Id);
    return TRUE;
}

static VOID KiAcquireSpinLock(PKSPIN_LOCK SpinLock, PKTHREAD Thread, PVOID Caller)
{
    KI_SPIN_WORDS *Words = KiWords(SpinLock);

    if (KiTrySpinLock(Words, Thread))
    {
        return;
    }
    if (KiLoadRelaxed(&Words->State) != KiLockFree && KiLoadRelaxed(&Words->Holder) == Thread->Id)
    {
        KiBugCheck(SPIN_LOCK_ALREADY_OWNED, Caller, NULL,
                   "spin lock %p is acquired by the thread that holds it already: it would wait for itself for ever",
                   (PVOID)SpinLock);
    }
    for (ULONG Spin = 0; Spin < KI_SPINS; Spin++)
    {
        HcRelax();
        if (KiTrySpinLock(Words, Thread))
        {
            return;
        }
    }
    if (__atomic_exchange_n(&Words->State, KiLockContended, __ATOMIC_ACQUIRE) != KiLockFree)
    {
        KiNoteWait(Thread, "a spin lock", SpinLock, Caller);
        do
        {
            HcWaitWord(&Words->State, KiLockContended, HC_NO_DEADLINE);
        } while (__atomic_exchange_n(&Words->State, KiLockContended, __ATOMIC_ACQUIRE) != KiLockFree);
        KiNoteWaitEnd(Thread);
    }
    KiStoreRelaxed(&Words->Holder, Thread->Id);
}

static VOID KiReleaseSpinLock(PKSPIN_LOCK SpinLock, PKTHREAD Thread, PVOID Caller)
{
    KI_SPIN_WORDS *Words = KiWords(SpinLock);

    if (KiLoadRelaxed(&Words->State) == KiLockFree || KiLoadRelaxed(&Words->Holder) != Thread->Id)
    {
        KiBugCheck(SPIN_LOCK_NOT_OWNED, Caller, NULL, "spin lock %p is released by a thread that does not hold it",
                   (PVOID)SpinLock);
    }
    KiStoreRelaxed(&Words->Holder, 0);
    /* The lock may be freed by its next holder from here on; a wake of its
     * address then wakes nobody. */
    if (__atomic_exchange_n(&Words->State, KiLockFree, __ATOMIC_RELEASE) == KiLockContended)
    {
        HcWakeWord(&Words->State, 1);
    }
}

/* ---- for reports (waits.h) --------------------------------------------------------- */

#define KI_REPORT_PATIENCE 1000000000ULL /* ns */

BOOLEAN KiTryLockForReport(PKSPIN_LOCK SpinLock)
{
    ULONGLONG Deadline = HcNow() + KI_REPORT_PATIENCE;

    while (!KiTrySpinLock(KiWords(SpinLock), KiCurrentThread()))
    {
        if (HcNow() > Deadline)
        {
            return FALSE;
        }
        HcYield();
    }
    return TRUE;
}

VOID KiUnlockForReport(PKSPIN_LOCK SpinLock)
{
    KiReleaseSpinLock(SpinLock, KiCurrentThread(), __builtin_return_address(0));
}

/* ---- the functions ------------------------------------------------------------------- */

/* Any IRQL. Zeroing does as well. Page: nf-wdm-keinitializespinlock. */
VOID NTAPI KeInitializeSpinLock(PKSPIN_LOCK SpinLock)
{
    *SpinLock = 0;
}

/* Raises to DISPATCH_LEVEL and acquires; returns the old level for
 * KeReleaseSpinLock. IRQL <= DISPATCH_LEVEL. SpinLock is the caller's. Page:
 * nf-wdm-keacquirespinlockraisetodpc. */
KIRQL NTAPI KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
    PKTHREAD Thread = KiCurrentThread();
    KiStoreRelaxed(&Thread->IrqlCaller, __builtin_return_address(0));
    KiAcquireSpinLock(SpinLock, Thread, __builtin_return_address(0));
    return OldIrql;
}

/* Releases and lowers to NewIrql. The caller holds it, at DISPATCH_LEVEL. Page:
 * nf-wdm-kereleasespinlock. */
VOID NTAPI KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    KiReleaseSpinLock(SpinLock, KiCurrentThread(), __builtin_return_address(0));
    KeLowerIrql(NewIrql);
}

/* Acquires without touching the IRQL. IRQL >= DISPATCH_LEVEL. Page:
 * nf-wdm-keacquirespinlockatdpclevel. */
VOID NTAPI KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    KiAcquireSpinLock(SpinLock, KiCurrentThread(), __builtin_return_address(0));
}

/* Releases without touching the IRQL. IRQL >= DISPATCH_LEVEL. Page:
 * nf-wdm-kereleasespinlockfromdpclevel. */
VOID NTAPI KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    KiReleaseSpinLock(SpinLock, KiCurrentThread(), __builtin_return_address(0));
}

/* Acquires if the lock is free. IRQL >= DISPATCH_LEVEL. Page:
 * nf-wdm-ketrytoacquirespinlockatdpclevel. */
BOOLEAN NTAPI KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    return KiTrySpinLock(KiWords(SpinLock), KiCurrentThread());
}

/* TRUE when the lock is free now. IRQL >= DISPATCH_LEVEL. Page:
 * nf-wdm-ketestspinlock. */
BOOLEAN NTAPI KeTestSpinLock(PKSPIN_LOCK SpinLock)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    return KiLoadAcquire(&KiWords(SpinLock)->State) == KiLockFree;
}

/* Acquires at DISPATCH_LEVEL whatever the level was; *OldIrql takes the level for
 * KeReleaseSpinLockForDpc. IRQL <= DISPATCH_LEVEL; for threaded DPCs. Page:
 * nf-wdm-keacquirespinlockfordpc. */
KIRQL NTAPI KeAcquireSpinLockForDpc(PKSPIN_LOCK SpinLock)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
    KiAcquireSpinLock(SpinLock, KiCurrentThread(), __builtin_return_address(0));
    return OldIrql;
}

/* Releases what KeAcquireSpinLockForDpc acquired. IRQL = DISPATCH_LEVEL. Page:
 * nf-wdm-kereleasespinlockfordpc. */
VOID NTAPI KeReleaseSpinLockForDpc(PKSPIN_LOCK SpinLock, KIRQL OldIrql)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    KiReleaseSpinLock(SpinLock, KiCurrentThread(), __builtin_return_address(0));
    KeLowerIrql(OldIrql);
}

/* ---- in-stack queued -------------------------------------------------------------- */

/* The same locks: what the queue adds on Windows, fairness and a word per waiter,
 * a lock that sleeps does not need. The handle carries the lock and the level. */

static VOID KiAcquireQueued(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle, KIRQL OldIrql, PVOID Caller)
{
    LockHandle->LockQueue.Next = NULL;
    LockHandle->LockQueue.Lock = SpinLock;
    LockHandle->OldIrql = OldIrql;
    KiAcquireSpinLock(SpinLock, KiCurrentThread(), Caller);
}

/* Raises to DISPATCH_LEVEL and acquires. LockHandle is the caller's until the
 * release. IRQL <= DISPATCH_LEVEL. Page: nf-wdm-keacquireinstackqueuedspinlock. */
VOID NTAPI KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
    KiAcquireQueued(SpinLock, LockHandle, OldIrql, __builtin_return_address(0));
}

/* Releases and lowers to the level before the acquire. IRQL = DISPATCH_LEVEL.
 * Page: nf-wdm-kereleaseinstackqueuedspinlock. */
VOID NTAPI KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE LockHandle)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    KIRQL OldIrql = LockHandle->OldIrql;
    KiReleaseSpinLock(LockHandle->LockQueue.Lock, KiCurrentThread(), __builtin_return_address(0));
    KeLowerIrql(OldIrql);
}

/* As KeAcquireInStackQueuedSpinLock, IRQL >= DISPATCH_LEVEL. Page:
 * nf-wdm-keacquireinstackqueuedspinlockatdpclevel. */
VOID NTAPI KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    KiAcquireQueued(SpinLock, LockHandle, DISPATCH_LEVEL, __builtin_return_address(0));
}

/* As KeReleaseInStackQueuedSpinLock, leaving the level. Page:
 * nf-wdm-kereleaseinstackqueuedspinlockfromdpclevel. */
VOID NTAPI KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE LockHandle)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    KiReleaseSpinLock(LockHandle->LockQueue.Lock, KiCurrentThread(), __builtin_return_address(0));
}

/* As KeAcquireInStackQueuedSpinLock; for threaded DPCs. Page:
 * nf-wdm-keacquireinstackqueuedspinlockfordpc. */
VOID NTAPI KeAcquireInStackQueuedSpinLockForDpc(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
    KiAcquireQueued(SpinLock, LockHandle, OldIrql, __builtin_return_address(0));
}

/* As KeReleaseInStackQueuedSpinLock; for threaded DPCs. Page:
 * nf-wdm-kereleaseinstackqueuedspinlockfordpc. */
VOID NTAPI KeReleaseInStackQueuedSpinLockForDpc(PKLOCK_QUEUE_HANDLE LockHandle)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    KIRQL OldIrql = LockHandle->OldIrql;
    KiReleaseSpinLock(LockHandle->LockQueue.Lock, KiCurrentThread(), __builtin_return_address(0));
    KeLowerIrql(OldIrql);
}
