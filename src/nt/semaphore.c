// SPDX-License-Identifier: MIT
/*
 * Semaphores: a count, signalled while it is above zero; a wait takes one.
 */
#include "nt/kip.h"

/* Semaphore is the caller's, in memory that stays while anybody uses it. Any IRQL.
 * Page: nf-wdm-keinitializesemaphore. */
VOID NTAPI KeInitializeSemaphore(PRKSEMAPHORE Semaphore, LONG Count, LONG Limit)
{
    KiInitializeHeader(&Semaphore->Header, KiSemaphore, sizeof(*Semaphore), Count);
    Semaphore->Limit = Limit;
}

/* Adds Adjustment (> 0) to the count and lets as many waiters through; returns the
 * previous count. Raises STATUS_SEMAPHORE_LIMIT_EXCEEDED, the count unchanged.
 * IRQL <= DISPATCH_LEVEL. Page: nf-wdm-kereleasesemaphore. */
LONG NTAPI KeReleaseSemaphore(PRKSEMAPHORE Semaphore, KPRIORITY Increment, LONG Adjustment, BOOLEAN Wait)
{
    PHC_LOCK Lock = KiDispatcherLock(Semaphore);
    KI_WAKE Wake;

    UNREFERENCED_PARAMETER(Increment);
    KI_IRQL_MAX(Wait ? APC_LEVEL : DISPATCH_LEVEL);
    KiBeginWake(&Wake);
    HcAcquireLock(Lock);
    LONG Previous = Semaphore->Header.SignalState;
    LONGLONG Count = (LONGLONG)Previous + Adjustment;
    if (Adjustment <= 0 || Count > Semaphore->Limit)
    {
        HcReleaseLock(Lock);
        ExRaiseStatus(STATUS_SEMAPHORE_LIMIT_EXCEEDED);
        return Previous;
    }
    Semaphore->Header.SignalState = (LONG)Count;
    KiSignalObject(&Semaphore->Header, &Wake);
    HcReleaseLock(Lock);
    KiFinishWake(&Wake);
    return Previous;
}

/* The count. IRQL <= DISPATCH_LEVEL. Page: nf-wdm-kereadstatesemaphore. */
LONG NTAPI KeReadStateSemaphore(PRKSEMAPHORE Semaphore)
{
    PHC_LOCK Lock = KiDispatcherLock(Semaphore);

    KI_IRQL_MAX(DISPATCH_LEVEL);
    HcAcquireLock(Lock);
    LONG State = Semaphore->Header.SignalState;
    HcReleaseLock(Lock);
    return State;
}
