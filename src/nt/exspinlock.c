// SPDX-License-Identifier: MIT
/*
 * Reader-writer spin locks (EX_SPIN_LOCK, 32 bits, zero is free), on the words of
 * rwword.c. An exclusive request that waits keeps new readers out.
 */
#include "nt/kip.h"

static ULONG *ExpWord(PEX_SPIN_LOCK SpinLock)
{
    return (ULONG *)(PVOID)SpinLock;
}

static VOID ExpRelease(BOOLEAN WasHeld, PEX_SPIN_LOCK SpinLock, PVOID Caller)
{
    if (!WasHeld)
    {
        KiBugCheck(SPIN_LOCK_NOT_OWNED, Caller, NULL,
                   "reader-writer spin lock %p is released in a way it is not held in", (PVOID)SpinLock);
    }
}

/* Raises to DISPATCH_LEVEL and acquires for reading; returns the old level.
 * SpinLock is the caller's. Not recursive. IRQL <= DISPATCH_LEVEL. Page:
 * nf-wdm-exacquirespinlockshared. */
KIRQL NTAPI ExAcquireSpinLockShared(PEX_SPIN_LOCK SpinLock)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
    KiLockWordShared(ExpWord(SpinLock));
    return OldIrql;
}

/* As ExAcquireSpinLockShared, for writing. Page: nf-wdm-exacquirespinlockexclusive. */
KIRQL NTAPI ExAcquireSpinLockExclusive(PEX_SPIN_LOCK SpinLock)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
    KiLockWordExclusive(ExpWord(SpinLock));
    return OldIrql;
}

/* Acquires for reading. IRQL >= DISPATCH_LEVEL. Page:
 * nf-wdm-exacquirespinlocksharedatdpclevel. */
VOID NTAPI ExAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    KiLockWordShared(ExpWord(SpinLock));
}

/* Acquires for writing. IRQL >= DISPATCH_LEVEL. Page:
 * nf-wdm-exacquirespinlockexclusiveatdpclevel. */
VOID NTAPI ExAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    KiLockWordExclusive(ExpWord(SpinLock));
}

/* Acquires for reading unless a writer holds or waits. IRQL >= DISPATCH_LEVEL.
 * Page: nf-wdm-extryacquirespinlocksharedatdpclevel. */
LOGICAL NTAPI ExTryAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    return KiTryLockWordShared(ExpWord(SpinLock));
}

/* Acquires for writing when nobody holds it. IRQL >= DISPATCH_LEVEL. Page:
 * nf-wdm-extryacquirespinlockexclusiveatdpclevel. */
LOGICAL NTAPI ExTryAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    return KiTryLockWordExclusive(ExpWord(SpinLock));
}

/* Turns the caller's shared hold into an exclusive one when it is the only one.
 * IRQL >= DISPATCH_LEVEL. Page: nf-wdm-extryconvertsharedspinlockexclusive. */
LOGICAL NTAPI ExTryConvertSharedSpinLockExclusive(PEX_SPIN_LOCK SpinLock)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    return KiTryConvertWord(ExpWord(SpinLock));
}

/* Releases and lowers to OldIrql. IRQL = DISPATCH_LEVEL. Page:
 * nf-wdm-exreleasespinlockshared. */
VOID NTAPI ExReleaseSpinLockShared(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    ExpRelease(KiUnlockWordShared(ExpWord(SpinLock)), SpinLock, __builtin_return_address(0));
    KeLowerIrql(OldIrql);
}

/* Releases and lowers to OldIrql. IRQL = DISPATCH_LEVEL. Page:
 * nf-wdm-exreleasespinlockexclusive. */
VOID NTAPI ExReleaseSpinLockExclusive(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    ExpRelease(KiUnlockWordExclusive(ExpWord(SpinLock)), SpinLock, __builtin_return_address(0));
    KeLowerIrql(OldIrql);
}

/* Releases, leaving the level. IRQL >= DISPATCH_LEVEL. Page:
 * nf-wdm-exreleasespinlocksharedfromdpclevel. */
VOID NTAPI ExReleaseSpinLockSharedFromDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    ExpRelease(KiUnlockWordShared(ExpWord(SpinLock)), SpinLock, __builtin_return_address(0));
}

/* Releases, leaving the level. IRQL >= DISPATCH_LEVEL. Page:
 * nf-wdm-exreleasespinlockexclusivefromdpclevel. */
VOID NTAPI ExReleaseSpinLockExclusiveFromDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    ExpRelease(KiUnlockWordExclusive(ExpWord(SpinLock)), SpinLock, __builtin_return_address(0));
}
