// SPDX-License-Identifier: MIT
#pragma once
/*
 * What drivers may call: the kernel's own functions and data, as listed by the
 * build (cmake/exports.cmake writes the table), and the C-library names whose
 * meaning is the same in both worlds. Read by the loader before it maps a
 * driver. Immutable.
 */
#include <ntdef.h>

typedef struct _LDRP_EXPORT
{
    PCSTR Name;
    PVOID Address;
} LDRP_EXPORT;

/* Sorted by name in byte order. */
extern const LDRP_EXPORT LdrpExports[];
extern const SIZE_T LdrpExportCount;

/* NULL when the kernel has no such name. Any IRQL. */
const LDRP_EXPORT *LdrpFindExport(PCSTR Name);
/* A C-library or compiler name that drivers may use as it is. */
BOOLEAN LdrpIsPassThrough(PCSTR Name);
