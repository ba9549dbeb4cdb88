// SPDX-License-Identifier: MIT
/*
 * The system's error log: entries a driver writes become warnings in the host's.
 */
#include "nt/expp.h"
#include "nt/hostcall.h"
#include "nt/ntp.h"

#define IOP_ERROR_LOG_TAG 'lErE'
#define IOP_ERROR_LOG_BYTES_MAX 240 /* Windows' limit of a whole entry */

/* A zeroed entry for IoWriteErrorLogEntry, with EntrySize bytes. IRQL <=
 * DISPATCH_LEVEL. NULL: exhausted, or too large. Page: nf-wdm-ioallocateerrorlogentry. */
PVOID NTAPI IoAllocateErrorLogEntry(PVOID IoObject, UCHAR EntrySize)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    if (IoObject == NULL || EntrySize < sizeof(IO_ERROR_LOG_PACKET) || EntrySize > IOP_ERROR_LOG_BYTES_MAX)
    {
        return NULL;
    }
    PVOID Entry = ExpAllocateBlock(ExpKindPool, EntrySize, IOP_ERROR_LOG_TAG, 0, __builtin_return_address(0));
    if (Entry != NULL)
    {
        RtlZeroMemory(Entry, EntrySize);
    }
    return Entry;
}

/* Writes the entry to the log and frees it. IRQL <= DISPATCH_LEVEL. Page:
 * nf-wdm-iowriteerrorlogentry. */
VOID NTAPI IoWriteErrorLogEntry(PVOID ElEntry)
{
    PIO_ERROR_LOG_PACKET Packet = ElEntry;
    PVOID Caller = __builtin_return_address(0);

    KI_IRQL_MAX(DISPATCH_LEVEL);
    HcLog(HcLogWarning, "%s: error log: event 0x%08X, value %u, final status 0x%08X", IopDriverName(Caller),
          (unsigned)Packet->ErrorCode, (unsigned)Packet->UniqueErrorValue, (unsigned)Packet->FinalStatus);
    ExpFreePoolFor(ElEntry, Caller);
}

/* Frees an entry without writing it. IRQL <= DISPATCH_LEVEL. Page:
 * nf-ntddk-iofreeerrorlogentry. */
VOID NTAPI IoFreeErrorLogEntry(PVOID ElEntry)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    ExpFreePoolFor(ElEntry, __builtin_return_address(0));
}
