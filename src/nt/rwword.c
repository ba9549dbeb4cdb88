// SPDX-License-Identifier: MIT
/*
 * Reader-writer lock words: what EX_SPIN_LOCK and EX_PUSH_LOCK are made of. 32
 * bits, zero is free, no record of who holds it. Spun on shortly, then slept on.
 * Nothing touches the word after the operation that releases it.
 */
#include "nt/kip.h"

#define KI_WORD_EXCLUSIVE 0x80000000u /* held exclusively, once the readers are gone */
#define KI_WORD_SLEEPERS 0x40000000u  /* somebody sleeps on the word */
#define KI_WORD_READERS 0x3FFFFFFFu

#define KI_WORD_SPINS 64

static BOOLEAN KiSwapWord(ULONG *Word, ULONG Old, ULONG New, int Order)
{
    return __atomic_compare_exchange_n(Word, &Old, New, 0, Order, __ATOMIC_RELAXED);
}

/* Waits for Word to differ from Seen, which the caller could not do with. */
static VOID KiPauseOnWord(ULONG *Word, ULONG Seen, ULONG *Spins)
{
    if ((*Spins)++ < KI_WORD_SPINS)
    {
        HcRelax();
        return;
    }
    if ((Seen & KI_WORD_SLEEPERS) != 0 || KiSwapWord(Word, Seen, Seen | KI_WORD_SLEEPERS, __ATOMIC_RELAXED))
    {
        PKTHREAD Thread = KiCurrentThread();
        KiNoteWait(Thread, "a push lock or reader-writer spin lock", Word,
                   KiFindDriverCaller(Thread, __builtin_return_address(0)));
        HcWaitWord(Word, Seen | KI_WORD_SLEEPERS, HC_NO_DEADLINE);
        KiNoteWaitEnd(Thread);
    }
}

VOID KiLockWordShared(ULONG *Word)
{
    for (ULONG Spins = 0;;)
    {
        ULONG Seen = KiLoadRelaxed(Word);
        if ((Seen & KI_WORD_EXCLUSIVE) != 0)
        {
            KiPauseOnWord(Word, Seen, &Spins);
        }
        else if (KiSwapWord(Word, Seen, Seen + 1, __ATOMIC_ACQUIRE))
        {
            return;
        }
    }
}

VOID KiLockWordExclusive(ULONG *Word)
{
    ULONG Spins = 0;

    for (;;) /* among writers */
    {
        ULONG Seen = KiLoadRelaxed(Word);
        if ((Seen & KI_WORD_EXCLUSIVE) != 0)
        {
            KiPauseOnWord(Word, Seen, &Spins);
        }
        else if (KiSwapWord(Word, Seen, Seen | KI_WORD_EXCLUSIVE, __ATOMIC_ACQUIRE))
        {
            break;
        }
    }
    for (;;) /* for the readers to leave */
    {
        ULONG Seen = KiLoadAcquire(Word);
        if ((Seen & KI_WORD_READERS) == 0)
        {
            return;
        }
        KiPauseOnWord(Word, Seen, &Spins);
    }
}

BOOLEAN KiTryLockWordShared(ULONG *Word)
{
    for (;;)
    {
        ULONG Seen = KiLoadRelaxed(Word);
        if ((Seen & KI_WORD_EXCLUSIVE) != 0)
        {
            return FALSE;
        }
        if (KiSwapWord(Word, Seen, Seen + 1, __ATOMIC_ACQUIRE))
        {
            return TRUE;
        }
    }
}

BOOLEAN KiTryLockWordExclusive(ULONG *Word)
{
    ULONG Seen = KiLoadRelaxed(Word);

    return (Seen & ~KI_WORD_SLEEPERS) == 0 && KiSwapWord(Word, Seen, Seen | KI_WORD_EXCLUSIVE, __ATOMIC_ACQUIRE);
}

BOOLEAN KiTryConvertWord(ULONG *Word)
{
    for (;;)
    {
        ULONG Seen = KiLoadRelaxed(Word);
        if ((Seen & ~KI_WORD_SLEEPERS) != 1)
        {
            return FALSE;
        }
        if (KiSwapWord(Word, Seen, KI_WORD_EXCLUSIVE | (Seen & KI_WORD_SLEEPERS), __ATOMIC_ACQUIRE))
        {
            return TRUE;
        }
    }
}

BOOLEAN KiUnlockWordShared(ULONG *Word)
{
    for (;;)
    {
        ULONG Seen = KiLoadRelaxed(Word);
        if ((Seen & KI_WORD_READERS) == 0)
        {
            return FALSE;
        }
        /* The last reader wakes the writer that waits, and whoever else sleeps. */
        ULONG New = Seen - 1;
        BOOLEAN Wake = (New & KI_WORD_READERS) == 0 && (Seen & KI_WORD_SLEEPERS) != 0;
        if (KiSwapWord(Word, Seen, Wake ? New & ~KI_WORD_SLEEPERS : New, __ATOMIC_RELEASE))
        {
            if (Wake)
            {
                HcWakeWord(Word, MAXLONG);
            }
            return TRUE;
        }
    }
}

BOOLEAN KiUnlockWordExclusive(ULONG *Word)
{
    ULONG Seen = KiLoadRelaxed(Word);

    if ((Seen & KI_WORD_EXCLUSIVE) == 0 || (Seen & KI_WORD_READERS) != 0)
    {
        return FALSE;
    }
    if ((__atomic_exchange_n(Word, 0, __ATOMIC_RELEASE) & KI_WORD_SLEEPERS) != 0)
    {
        HcWakeWord(Word, MAXLONG);
    }
    return TRUE;
}
