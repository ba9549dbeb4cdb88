// SPDX-License-Identifier: MIT
/*
 * Reader-writer spin locks (EX_SPIN_LOCK, 32 bits, zero is free). An exclusive
 * request that waits keeps new readers out. Spun on shortly, then slept on.
 */
#include "nt/kip.h"

#define EXP_EXCLUSIVE 0x80000000u /* held exclusively, once the readers are gone */
#define EXP_SLEEPERS 0x40000000u  /* somebody sleeps on the word */
#define EXP_READERS 0x3FFFFFFFu

#define EXP_SPINS 64

static ULONG *ExpWord(PEX_SPIN_LOCK SpinLock)
{
    return (ULONG *)(PVOID)SpinLock;
}

static BOOLEAN ExpSwap(ULONG *Word, ULONG Old, ULONG New, int Order)
{
    return __atomic_compare_exchange_n(Word, &Old, New, 0, Order, __ATOMIC_RELAXED);
}

/* Waits for Word to differ from Seen, which the caller could not do with. */
static VOID ExpPause(ULONG *Word, ULONG Seen, ULONG *Spins)
{
    if ((*Spins)++ < EXP_SPINS)
    {
        HcRelax();
        return;
    }
    if ((Seen & EXP_SLEEPERS) != 0 || ExpSwap(Word, Seen, Seen | EXP_SLEEPERS, __ATOMIC_RELAXED))
    {
        HcWaitWord(Word, Seen | EXP_SLEEPERS, HC_NO_DEADLINE);
    }
}

static VOID ExpAcquireShared(ULONG *Word)
{
    for (ULONG Spins = 0;;)
    {
        ULONG Seen = KiLoadRelaxed(Word);
        if ((Seen & EXP_EXCLUSIVE) != 0)
        {
            ExpPause(Word, Seen, &Spins);
        }
        else if (ExpSwap(Word, Seen, Seen + 1, __ATOMIC_ACQUIRE))
        {
            return;
        }
    }
}

static VOID ExpAcquireExclusive(ULONG *Word)
{
    ULONG Spins = 0;

    for (;;) /* among writers */
    {
        ULONG Seen = KiLoadRelaxed(Word);
        if ((Seen & EXP_EXCLUSIVE) != 0)
        {
            ExpPause(Word, Seen, &Spins);
        }
        else if (ExpSwap(Word, Seen, Seen | EXP_EXCLUSIVE, __ATOMIC_ACQUIRE))
        {
            break;
        }
    }
    for (;;) /* for the readers to leave */
    {
        ULONG Seen = KiLoadAcquire(Word);
        if ((Seen & EXP_READERS) == 0)
        {
            return;
        }
        ExpPause(Word, Seen, &Spins);
    }
}

static VOID ExpReleaseShared(ULONG *Word, PVOID Caller)
{
    for (;;)
    {
        ULONG Seen = KiLoadRelaxed(Word);
        if ((Seen & EXP_READERS) == 0)
        {
            KiBugCheck(SPIN_LOCK_NOT_OWNED, Caller, NULL, "shared spin lock %p is released but nobody holds it shared",
                       (PVOID)Word);
        }
        /* The last reader wakes the writer that waits, and whoever else sleeps. */
        ULONG New = Seen - 1;
        BOOLEAN Wake = (New & EXP_READERS) == 0 && (Seen & EXP_SLEEPERS) != 0;
        if (ExpSwap(Word, Seen, Wake ? New & ~EXP_SLEEPERS : New, __ATOMIC_RELEASE))
        {
            if (Wake)
            {
                HcWakeWord(Word, MAXLONG);
            }
            return;
        }
    }
}

static VOID ExpReleaseExclusive(ULONG *Word, PVOID Caller)
{
    ULONG Seen = __atomic_exchange_n(Word, 0, __ATOMIC_RELEASE);

    if ((Seen & EXP_EXCLUSIVE) == 0 || (Seen & EXP_READERS) != 0)
    {
        KiBugCheck(SPIN_LOCK_NOT_OWNED, Caller, NULL, "spin lock %p is released but is not held exclusively",
                   (PVOID)Word);
    }
    if ((Seen & EXP_SLEEPERS) != 0)
    {
        HcWakeWord(Word, MAXLONG);
    }
}

/* Raises to DISPATCH_LEVEL and acquires for reading; returns the old level.
 * SpinLock is the caller's. Not recursive. IRQL <= DISPATCH_LEVEL. Page:
 * nf-wdm-exacquirespinlockshared. */
KIRQL NTAPI ExAcquireSpinLockShared(PEX_SPIN_LOCK SpinLock)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
    ExpAcquireShared(ExpWord(SpinLock));
    return OldIrql;
}

/* As ExAcquireSpinLockShared, for writing. Page: nf-wdm-exacquirespinlockexclusive. */
KIRQL NTAPI ExAcquireSpinLockExclusive(PEX_SPIN_LOCK SpinLock)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
    ExpAcquireExclusive(ExpWord(SpinLock));
    return OldIrql;
}

/* Acquires for reading. IRQL >= DISPATCH_LEVEL. Page:
 * nf-wdm-exacquirespinlocksharedatdpclevel. */
VOID NTAPI ExAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    ExpAcquireShared(ExpWord(SpinLock));
}

/* Acquires for writing. IRQL >= DISPATCH_LEVEL. Page:
 * nf-wdm-exacquirespinlockexclusiveatdpclevel. */
VOID NTAPI ExAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    ExpAcquireExclusive(ExpWord(SpinLock));
}

/* Acquires for reading unless a writer holds or waits. IRQL >= DISPATCH_LEVEL.
 * Page: nf-wdm-extryacquirespinlocksharedatdpclevel. */
LOGICAL NTAPI ExTryAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    ULONG *Word = ExpWord(SpinLock);

    KI_IRQL_MIN(DISPATCH_LEVEL);
    for (;;)
    {
        ULONG Seen = KiLoadRelaxed(Word);
        if ((Seen & EXP_EXCLUSIVE) != 0)
        {
            return FALSE;
        }
        if (ExpSwap(Word, Seen, Seen + 1, __ATOMIC_ACQUIRE))
        {
            return TRUE;
        }
    }
}

/* Acquires for writing when nobody holds it. IRQL >= DISPATCH_LEVEL. Page:
 * nf-wdm-extryacquirespinlockexclusiveatdpclevel. */
LOGICAL NTAPI ExTryAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    return ExpSwap(ExpWord(SpinLock), 0, EXP_EXCLUSIVE, __ATOMIC_ACQUIRE);
}

/* Turns the caller's shared hold into an exclusive one when it is the only one.
 * IRQL >= DISPATCH_LEVEL. Page: nf-wdm-extryconvertsharedspinlockexclusive. */
LOGICAL NTAPI ExTryConvertSharedSpinLockExclusive(PEX_SPIN_LOCK SpinLock)
{
    ULONG *Word = ExpWord(SpinLock);

    KI_IRQL_MIN(DISPATCH_LEVEL);
    for (;;)
    {
        ULONG Seen = KiLoadRelaxed(Word);
        if ((Seen & ~EXP_SLEEPERS) != 1)
        {
            return FALSE;
        }
        if (ExpSwap(Word, Seen, EXP_EXCLUSIVE | (Seen & EXP_SLEEPERS), __ATOMIC_ACQUIRE))
        {
            return TRUE;
        }
    }
}

/* Releases and lowers to OldIrql. IRQL = DISPATCH_LEVEL. Page:
 * nf-wdm-exreleasespinlockshared. */
VOID NTAPI ExReleaseSpinLockShared(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    ExpReleaseShared(ExpWord(SpinLock), __builtin_return_address(0));
    KeLowerIrql(OldIrql);
}

/* Releases and lowers to OldIrql. IRQL = DISPATCH_LEVEL. Page:
 * nf-wdm-exreleasespinlockexclusive. */
VOID NTAPI ExReleaseSpinLockExclusive(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    ExpReleaseExclusive(ExpWord(SpinLock), __builtin_return_address(0));
    KeLowerIrql(OldIrql);
}

/* Releases, leaving the level. IRQL >= DISPATCH_LEVEL. Page:
 * nf-wdm-exreleasespinlocksharedfromdpclevel. */
VOID NTAPI ExReleaseSpinLockSharedFromDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    ExpReleaseShared(ExpWord(SpinLock), __builtin_return_address(0));
}

/* Releases, leaving the level. IRQL >= DISPATCH_LEVEL. Page:
 * nf-wdm-exreleasespinlockexclusivefromdpclevel. */
VOID NTAPI ExReleaseSpinLockExclusiveFromDpcLevel(PEX_SPIN_LOCK SpinLock)
{
    KI_IRQL_MIN(DISPATCH_LEVEL);
    ExpReleaseExclusive(ExpWord(SpinLock), __builtin_return_address(0));
}
