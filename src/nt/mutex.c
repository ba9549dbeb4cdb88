// SPDX-License-Identifier: MIT
/*
 * Mutexes (KMUTEX, which is a KMUTANT): owned by a thread, recursive, and holding
 * one keeps normal kernel APCs away.
 */
#include "nt/kip.h"

/* Mutex is the caller's, in memory that stays while anybody uses it. Level is
 * ignored, as on Windows. Any IRQL. Page: nf-wdm-keinitializemutex. */
VOID NTAPI KeInitializeMutex(PRKMUTEX Mutex, ULONG Level)
{
    UNREFERENCED_PARAMETER(Level);
    RtlZeroMemory(Mutex, sizeof(*Mutex));
    KiInitializeHeader(&Mutex->Header, KiMutant, sizeof(*Mutex), 1);
    Mutex->ApcDisable = 1;
}

/* Gives the mutex up once for each time it was taken; returns the previous state,
 * zero when that was the last time. Only its owner may: on Windows the exception
 * STATUS_MUTANT_NOT_OWNED ends there in a bugcheck too. IRQL <= DISPATCH_LEVEL.
 * Page: nf-wdm-kereleasemutex. */
LONG NTAPI KeReleaseMutex(PRKMUTEX Mutex, BOOLEAN Wait)
{
    PKTHREAD Thread = KiCurrentThread();
    PHC_LOCK Lock = KiDispatcherLock(Mutex);
    KI_WAKE Wake;

    KI_IRQL_MAX(Wait ? APC_LEVEL : DISPATCH_LEVEL);
    KiBeginWake(&Wake);
    HcAcquireLock(Lock);
    PKTHREAD Owner = Mutex->OwnerThread;
    if (Owner != Thread)
    {
        CHAR Name[128] = "nobody";
        if (Owner != NULL)
        {
            KiDescribeThread(Owner, Name, sizeof(Name));
        }
        HcReleaseLock(Lock);
        KiBugCheck(KMODE_EXCEPTION_NOT_HANDLED, __builtin_return_address(0), NULL,
                   "KeReleaseMutex of mutex %p, which this thread does not own (STATUS_MUTANT_NOT_OWNED); its owner is %s",
                   (PVOID)Mutex, Name);
    }
    LONG Previous = Mutex->Header.SignalState++;
    if (Mutex->Header.SignalState == 1)
    {
        Mutex->OwnerThread = NULL;
        Thread->MutexesHeld--;
        Thread->KernelApcDisable = (SHORT)(Thread->KernelApcDisable + Mutex->ApcDisable);
        KiSignalObject(&Mutex->Header, &Wake);
    }
    HcReleaseLock(Lock);
    KiFinishWake(&Wake);
    return Previous;
}

/* 1 when free. IRQL <= DISPATCH_LEVEL. Page: nf-wdm-kereadstatemutex. */
LONG NTAPI KeReadStateMutex(PRKMUTEX Mutex)
{
    PHC_LOCK Lock = KiDispatcherLock(Mutex);

    KI_IRQL_MAX(DISPATCH_LEVEL);
    HcAcquireLock(Lock);
    LONG State = Mutex->Header.SignalState;
    HcReleaseLock(Lock);
    return State;
}
