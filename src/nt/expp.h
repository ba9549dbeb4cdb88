// SPDX-License-Identifier: MIT
#pragma once
/*
 * Accounted memory: every pool block, IRP and MDL a driver gets has a hidden
 * header in front of it that says whose it is, so that an unload can list what
 * was left. Callers: pool.c, irp.c, mdl.c, lookaside.c, driver.c.
 */
#include "nt/init.h"

typedef enum _EXP_KIND
{
    ExpKindPool = 1,
    ExpKindIrp,
    ExpKindMdl
} EXP_KIND;

#define EXP_BLOCK_PAGED 0x1 /* pageable pool: freed at APC_LEVEL or below */

/*
 * The header in front of an accounted block.
 * Owner:  whoever holds the body; ExpFreeBlock ends it.
 * Lock:   Link by its shard's lock (pool.c); the rest is immutable until freed.
 * Layout: what is read after a free, to say "freed twice", lies behind the 32
 *         bytes that heap implementations overwrite first.
 */
typedef struct DECLSPEC_ALIGN(16) _EXP_BLOCK
{
    LIST_ENTRY Link;
    PVOID Memory;       /* what the host's heap gave */
    PIOP_DRIVER Driver; /* NULL: the host. Written under the shard's lock */
    ULONG_PTR Cookie;   /* address of this header, changed by what state it is in */
    PVOID Caller;       /* who allocated it; after a free, who freed it */
    SIZE_T Size;
    ULONG Tag;
    USHORT Kind;
    USHORT Flags;
} EXP_BLOCK, *PEXP_BLOCK;

NTSTATUS ExpInitialize(VOID);
VOID ExpUninitialize(VOID);

/* A block of exactly Size bytes charged to the driver that Caller lies in;
 * page-aligned from PAGE_SIZE on, else 16-byte aligned; contents undefined.
 * NULL when exhausted. IRQL <= DISPATCH_LEVEL. */
PVOID ExpAllocateBlock(EXP_KIND Kind, SIZE_T Size, ULONG Tag, USHORT Flags, PVOID Caller);
/* Body is live and of the kind its caller expects (ExpFindBlock). */
VOID ExpFreeBlock(PVOID Body, PVOID Caller);
/* The header when Body is a live block of that kind, or NULL. Reads the 64 bytes
 * in front of Body. */
PEXP_BLOCK ExpFindBlock(PVOID Body, EXP_KIND Kind);
/* The header when Body was such a block and its memory was not used again since,
 * for the text of a double free; or NULL. */
PEXP_BLOCK ExpFindFreedBlock(PVOID Body, EXP_KIND Kind);

/* ExFreePool on behalf of Caller. */
VOID ExpFreePoolFor(PVOID P, PVOID Caller);

/* Logs what Driver holds, one line per tag and call site; returns the number of
 * blocks. */
SIZE_T ExpReportBlocks(PIOP_DRIVER Driver);
/* Driver goes away: what it holds belongs to the host from now on. */
VOID ExpOrphanBlocks(PIOP_DRIVER Driver);
/* Blocks and bytes of one kind charged to Driver (NULL: the host). */
SIZE_T ExpCountBlocks(PIOP_DRIVER Driver, EXP_KIND Kind, SIZE_T *Bytes);

/* "Fred" for 'derF'; unprintable characters become dots. Buffer holds 5. */
PCSTR ExpTagName(ULONG Tag, CHAR Buffer[5]);
