// SPDX-License-Identifier: MIT
/*
 * Push locks: reader-writer locks of one register-sized word whose waiters block.
 * Zero is free. The low half is a word of rwword.c; the high half stays zero.
 */
#include "nt/kip.h"

static ULONG *ExpPushWord(PEX_PUSH_LOCK PushLock)
{
    return (ULONG *)(PVOID)PushLock;
}

/* The caller must keep normal kernel APCs away, as Windows demands of it. */
static VOID ExpCheckPushLock(PEX_PUSH_LOCK PushLock, PCSTR Function, PVOID Caller)
{
    PKTHREAD Thread = KiCurrentThread();

    KiCheckIrqlMax(APC_LEVEL, Function, Caller);
    if (Thread->KernelApcDisable == 0 && Thread->SpecialApcDisable == 0 && Thread->Irql < APC_LEVEL)
    {
        KiReportMisuse(Caller, Function, "push lock %p is taken outside a critical region (KeEnterCriticalRegion)",
                       (PVOID)PushLock);
    }
}

/* PushLock is the caller's, in memory that stays while anybody uses it. Any IRQL.
 * Page: nf-wdm-exinitializepushlock. */
VOID NTAPI ExInitializePushLock(PEX_PUSH_LOCK PushLock)
{
    *PushLock = 0;
}

/* Acquires for writing; blocks. Not recursive. Inside a critical region, IRQL <=
 * APC_LEVEL. Flags is ignored. Page: nf-wdm-exacquirepushlockexclusive. */
VOID NTAPI ExAcquirePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    ExpCheckPushLock(PushLock, __func__, __builtin_return_address(0));
    KiLockWordExclusive(ExpPushWord(PushLock));
}

/* Acquires for reading; blocks, also behind a writer that waits. Not recursive.
 * Inside a critical region, IRQL <= APC_LEVEL. Page:
 * nf-wdm-exacquirepushlockshared. */
VOID NTAPI ExAcquirePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    ExpCheckPushLock(PushLock, __func__, __builtin_return_address(0));
    KiLockWordShared(ExpPushWord(PushLock));
}

static VOID ExpReleasePushLock(BOOLEAN WasHeld, PEX_PUSH_LOCK PushLock, PVOID Caller)
{
    if (!WasHeld)
    {
        KiBugCheck(RESOURCE_NOT_OWNED, Caller, NULL, "push lock %p is released in a way it is not held in",
                   (PVOID)PushLock);
    }
}

/* Releases what ExAcquirePushLockExclusive acquired. IRQL <= APC_LEVEL. Page:
 * nf-wdm-exreleasepushlockexclusive. */
VOID NTAPI ExReleasePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    KI_IRQL_MAX(APC_LEVEL);
    ExpReleasePushLock(KiUnlockWordExclusive(ExpPushWord(PushLock)), PushLock, __builtin_return_address(0));
}

/* Releases what ExAcquirePushLockShared acquired. IRQL <= APC_LEVEL. Page:
 * nf-wdm-exreleasepushlockshared. */
VOID NTAPI ExReleasePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    KI_IRQL_MAX(APC_LEVEL);
    ExpReleasePushLock(KiUnlockWordShared(ExpPushWord(PushLock)), PushLock, __builtin_return_address(0));
}
