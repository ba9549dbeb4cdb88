// SPDX-License-Identifier: MIT
#pragma once
/*
 * Private side of debug printing. Callers: driver.c, init.c.
 */
#include <ntdef.h>

/* Prints the lines that Driver (NULL: anybody) has begun and not ended. Any IRQL. */
VOID DbgpFlushLines(PCSTR Driver);
