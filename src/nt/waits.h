// SPDX-License-Identifier: MIT
#pragma once
/*
 * Telling what everything waits for, when something does not come to its end:
 * a test's time limit, for one. Callers: src/nt's waits, src/wsk, src/loader.
 * Nothing here raises the IRQL or waits for a processor, which a driver that does
 * not come back may hold.
 */
#include "nt/init.h"

/* Lines that are found under locks and logged once these are dropped.
 * Owner: the stack of who reports. Zeroed memory is an empty one. */
typedef struct _KI_LINES
{
    struct _KI_LINE *First, *Last;
} KI_LINES, *PKI_LINES;

VOID KiAddLine(PKI_LINES Lines, PCSTR Format, ...) __attribute__((format(printf, 2, 3)));
/* Logs them at level error and forgets them. No lock is held. */
VOID KiLogLines(PKI_LINES Lines);

/* Every thread that the NT layer knows, and what it waits for; every processor
 * that is owned. */
VOID KiLogWaits(VOID);

/* A spin lock for such a report: without a processor, FALSE when the lock is not
 * free within a second. PASSIVE_LEVEL; no other lock is waited for meanwhile. */
BOOLEAN KiTryLockForReport(PKSPIN_LOCK SpinLock);
VOID KiUnlockForReport(PKSPIN_LOCK SpinLock);
