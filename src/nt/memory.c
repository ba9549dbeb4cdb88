// SPDX-License-Identifier: MIT
/*
 * Questions about memory: probing, copying what may not be there, whether the
 * verifier watches, pageable sections. Everything is resident and there is one
 * address space, so that probing means looking whether memory is mapped.
 */
#include "nt/hostcall.h"
#include "nt/ntp.h"

static VOID MiProbe(const volatile VOID *Address, SIZE_T Length, ULONG Alignment, BOOLEAN Writable)
{
    if (Length == 0)
    {
        return;
    }
    if (Alignment == 0 || (Alignment & (Alignment - 1)) != 0 || Alignment > 16)
    {
        KiReportMisuse(__builtin_return_address(0), Writable ? "ProbeForWrite" : "ProbeForRead",
                       "the alignment is 1, 2, 4, 8 or 16, not %u", (unsigned)Alignment);
    }
    else if (((ULONG_PTR)Address & (Alignment - 1)) != 0)
    {
        ExRaiseDatatypeMisalignment();
    }
    if (!HcMemoryOk((const VOID *)(ULONG_PTR)Address, Length, Writable))
    {
        ExRaiseAccessViolation();
    }
}

/* Raises STATUS_ACCESS_VIOLATION unless the memory can be read, or
 * STATUS_DATATYPE_MISALIGNMENT. IRQL <= APC_LEVEL. Page: nf-wdm-probeforread. */
VOID NTAPI ProbeForRead(const volatile VOID *Address, SIZE_T Length, ULONG Alignment)
{
    KI_IRQL_MAX(APC_LEVEL);
    MiProbe(Address, Length, Alignment, FALSE);
}

/* As ProbeForRead for memory that can be written. Page: nf-wdm-probeforwrite. */
VOID NTAPI ProbeForWrite(volatile VOID *Address, SIZE_T Length, ULONG Alignment)
{
    KI_IRQL_MAX(APC_LEVEL);
    MiProbe(Address, Length, Alignment, TRUE);
}

/* Copies from memory that may be missing; *NumberOfBytesTransferred tells how much.
 * Virtual addresses only. IRQL <= APC_LEVEL. STATUS_ACCESS_VIOLATION,
 * STATUS_INVALID_PARAMETER, STATUS_NOT_SUPPORTED. Page: nf-ntddk-mmcopymemory. */
NTSTATUS NTAPI MmCopyMemory(PVOID TargetAddress, MM_COPY_ADDRESS SourceAddress, SIZE_T NumberOfBytes, ULONG Flags,
                            PSIZE_T NumberOfBytesTransferred)
{
    PUCHAR Source = SourceAddress.VirtualAddress;
    PUCHAR Target = TargetAddress;
    SIZE_T Done = 0;

    KI_IRQL_MAX(APC_LEVEL);
    *NumberOfBytesTransferred = 0;
    if (Flags == MM_COPY_MEMORY_PHYSICAL)
    {
        return STATUS_NOT_SUPPORTED;
    }
    if (Flags != MM_COPY_MEMORY_VIRTUAL)
    {
        return STATUS_INVALID_PARAMETER;
    }
    while (Done < NumberOfBytes)
    {
        SIZE_T Part = PAGE_SIZE - BYTE_OFFSET(Source + Done);
        Part = min(Part, NumberOfBytes - Done);
        if (!HcMemoryOk(Source + Done, Part, FALSE))
        {
            break;
        }
        RtlCopyMemory(Target + Done, Source + Done, Part);
        Done += Part;
    }
    *NumberOfBytesTransferred = Done;
    return Done == NumberOfBytes ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION;
}

/* ---- the verifier ------------------------------------------------------------------- */

/* No driver verifier runs; the checks that are always on do not count as one. Any
 * IRQL. Pages: nf-ntddk-mmisverifierenabled, nf-ntddk-mmisdriververifying(byaddress). */
NTSTATUS NTAPI MmIsVerifierEnabled(PULONG VerifierFlags)
{
    *VerifierFlags = 0;
    return STATUS_SUCCESS;
}

LOGICAL NTAPI MmIsDriverVerifying(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    return FALSE;
}

LOGICAL NTAPI MmIsDriverVerifyingByAddress(PVOID AddressWithinSection)
{
    UNREFERENCED_PARAMETER(AddressWithinSection);
    return FALSE;
}

/* ---- pageable sections ----------------------------------------------------------------- */

/* Code and data are always resident: the handle of a section is its page. IRQL <=
 * APC_LEVEL. Page: nf-ntddk-mmlockpagabledatasection. */
PVOID NTAPI MmLockPagableDataSection(PVOID AddressWithinSection)
{
    KI_IRQL_MAX(APC_LEVEL);
    return PAGE_ALIGN(AddressWithinSection);
}

/* Page: nf-ntddk-mmunlockpagableimagesection. */
VOID NTAPI MmUnlockPagableImageSection(PVOID ImageSectionHandle)
{
    UNREFERENCED_PARAMETER(ImageSectionHandle);
    KI_IRQL_MAX(APC_LEVEL);
}

/* All of a driver may be paged, and never is. Pages: nf-ntddk-mmpageentiredriver,
 * nf-ntddk-mmresetdriverpaging. */
PVOID NTAPI MmPageEntireDriver(PVOID AddressWithinSection)
{
    KI_IRQL_MAX(APC_LEVEL);
    return PAGE_ALIGN(AddressWithinSection);
}

VOID NTAPI MmResetDriverPaging(PVOID AddressWithinSection)
{
    UNREFERENCED_PARAMETER(AddressWithinSection);
    KI_IRQL_MAX(APC_LEVEL);
}
