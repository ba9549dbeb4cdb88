// SPDX-License-Identifier: MIT
/*
 * MDLs. There is one address space and nothing is ever paged out, so an MDL's
 * page array holds the page numbers of its virtual addresses, locking is
 * checking, and mapping gives the address back. The flags are kept as Windows
 * keeps them, because drivers and the WDK's inline functions read them.
 */
#include "nt/expp.h"
#include "nt/hostcall.h"
#include "nt/iop.h"
#include "nt/ntp.h"

#define MI_MDL_TAG ' ldM'
#define MI_PAGES_TAG 'sgPM'
/* Flags that say where the MDL's own memory came from; set-up keeps them. */
#define MI_MDL_ORIGIN (MDL_ALLOCATED_FIXED_SIZE | MDL_ALLOCATED_MUST_SUCCEED)
#define MI_MDL_SIZE_LARGE 0x7FF8 /* the field has 15 bits: this or more */
#define MI_MDL_BYTES_MAX (0xFFFFFFFFULL - PAGE_SIZE + 1) /* 4 GiB less a page */

static SIZE_T MiMdlSize(PVOID Base, SIZE_T Length)
{
    return sizeof(MDL) + ADDRESS_AND_SIZE_TO_SPAN_PAGES(Base, Length) * sizeof(PFN_NUMBER);
}

static VOID MiInitializeMdl(PMDL Mdl, PVOID Base, SIZE_T Length)
{
    Mdl->Next = NULL;
    SIZE_T Size = MiMdlSize(Base, Length);
    Mdl->Size = Size < MI_MDL_SIZE_LARGE ? (CSHORT)Size : MI_MDL_SIZE_LARGE;
    Mdl->MdlFlags = 0;
    Mdl->Process = NULL;
    Mdl->MappedSystemVa = NULL;
    Mdl->StartVa = PAGE_ALIGN(Base);
    Mdl->ByteOffset = BYTE_OFFSET(Base);
    Mdl->ByteCount = (ULONG)Length;
}

static VOID MiFillPages(PMDL Mdl)
{
    PPFN_NUMBER Pages = MmGetMdlPfnArray(Mdl);
    ULONG_PTR First = (ULONG_PTR)Mdl->StartVa >> PAGE_SHIFT;
    SIZE_T Count = ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(Mdl), Mdl->ByteCount);
    for (SIZE_T Index = 0; Index < Count; Index++)
    {
        Pages[Index] = First + Index;
    }
}

static DECLSPEC_NORETURN VOID MiBadMdl(PMDL Mdl, PCSTR What, PCSTR Advice, PVOID Caller)
{
    KiBugCheck(DRIVER_VERIFIER_DETECTED_VIOLATION, Caller, NULL, "MDL %p (flags 0x%x, %u bytes) %s; %s", Mdl,
               (unsigned)(USHORT)Mdl->MdlFlags, (unsigned)Mdl->ByteCount, What, Advice);
}

/* ---- allocation -------------------------------------------------------------------- */

static VOID MiAttachToIrp(PMDL Mdl, BOOLEAN SecondaryBuffer, PIRP Irp, PVOID Caller)
{
    if (!SecondaryBuffer)
    {
        Irp->MdlAddress = Mdl;
        return;
    }
    PMDL *Link = &Irp->MdlAddress;
    if (*Link == NULL)
    {
        KiReportMisuse(Caller, "IoAllocateMdl", "SecondaryBuffer is TRUE, but the IRP has no first MDL yet");
    }
    while (*Link != NULL)
    {
        Link = &(*Link)->Next;
    }
    *Link = Mdl;
}

/* An MDL for Length bytes from VirtualAddress, which it does not touch. With an
 * Irp it becomes its MdlAddress, or with SecondaryBuffer the end of that chain.
 * The caller owns it until IoFreeMdl. NULL: exhausted, or above 4 GiB less a page.
 * IRQL <= DISPATCH_LEVEL. Page: nf-wdm-ioallocatemdl. */
PMDL NTAPI IoAllocateMdl(PVOID VirtualAddress, ULONG Length, BOOLEAN SecondaryBuffer, BOOLEAN ChargeQuota, PIRP Irp)
{
    PVOID Caller = __builtin_return_address(0);
    UNREFERENCED_PARAMETER(ChargeQuota);
    KI_IRQL_MAX(DISPATCH_LEVEL);
    if (Length > MI_MDL_BYTES_MAX)
    {
        return NULL;
    }
    PMDL Mdl = ExpAllocateBlock(ExpKindMdl, MiMdlSize(VirtualAddress, Length), MI_MDL_TAG, 0, Caller);
    if (Mdl == NULL)
    {
        return NULL;
    }
    MiInitializeMdl(Mdl, VirtualAddress, Length);
    if (Irp != NULL)
    {
        MiAttachToIrp(Mdl, SecondaryBuffer, Irp, Caller);
    }
    else if (SecondaryBuffer)
    {
        KiReportMisuse(Caller, __func__, "SecondaryBuffer is TRUE without an IRP");
    }
    return Mdl;
}

/* Frees one MDL from IoAllocateMdl, not what its Next leads to; the memory it
 * describes stays. Locked pages were unlocked before. IRQL <= DISPATCH_LEVEL.
 * Page: nf-wdm-iofreemdl. */
VOID NTAPI IoFreeMdl(PMDL Mdl)
{
    PVOID Caller = __builtin_return_address(0);
    KI_IRQL_MAX(DISPATCH_LEVEL);
    if (ExpFindBlock(Mdl, ExpKindMdl) == NULL)
    {
        BOOLEAN Freed = ExpFindFreedBlock(Mdl, ExpKindMdl) != NULL;
        KiBugCheck(BAD_POOL_CALLER, Caller, NULL, "IoFreeMdl: %p %s", Mdl,
                   Freed ? "is freed a second time" : "did not come from IoAllocateMdl, or was freed before");
    }
    if ((Mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_PARTIAL)) == MDL_PAGES_LOCKED)
    {
        MiBadMdl(Mdl, "is freed with its pages locked", "call MmUnlockPages first", Caller);
    }
    ExpFreeBlock(Mdl, Caller);
}

/* Bytes of an MDL for that memory. Any IRQL. Page: nf-wdm-mmsizeofmdl. */
SIZE_T NTAPI MmSizeOfMdl(PVOID Base, SIZE_T Length)
{
    return MiMdlSize(Base, Length);
}

/* Sets up an MDL in MemoryDescriptorList, or in pool that the caller gives back
 * with ExFreePool when that is NULL. IRQL <= DISPATCH_LEVEL. Page:
 * nf-ntddk-mmcreatemdl. */
PMDL NTAPI MmCreateMdl(PMDL MemoryDescriptorList, PVOID Base, SIZE_T Length)
{
    PMDL Mdl = MemoryDescriptorList;
    KI_IRQL_MAX(DISPATCH_LEVEL);
    if (Mdl == NULL && Length <= MI_MDL_BYTES_MAX)
    {
        Mdl = ExpAllocateBlock(ExpKindPool, MiMdlSize(Base, Length), MI_MDL_TAG, 0, __builtin_return_address(0));
    }
    if (Mdl != NULL)
    {
        MiInitializeMdl(Mdl, Base, Length);
    }
    return Mdl;
}

/* ---- locking -------------------------------------------------------------------------- */

/* Completes an MDL over non-paged memory, in place; it is neither locked nor
 * unlocked. IRQL <= DISPATCH_LEVEL. Page: nf-wdm-mmbuildmdlfornonpagedpool. */
VOID NTAPI MmBuildMdlForNonPagedPool(PMDL MemoryDescriptorList)
{
    PVOID Caller = __builtin_return_address(0);
    PMDL Mdl = MemoryDescriptorList;

    KI_IRQL_MAX(DISPATCH_LEVEL);
    if ((Mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_PARTIAL)) != 0)
    {
        MiBadMdl(Mdl, "is locked or partial and built for non-paged pool", "it is complete already", Caller);
    }
    Mdl->Process = NULL;
    Mdl->MappedSystemVa = MmGetMdlVirtualAddress(Mdl);
    Mdl->MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL;
    MiFillPages(Mdl);
}

/* Checks that the memory can be accessed as Operation says, else raises
 * STATUS_ACCESS_VIOLATION, and marks it locked until MmUnlockPages (DIV-24). IRQL <=
 * APC_LEVEL for pageable memory, else DISPATCH_LEVEL. Page:
 * nf-wdm-mmprobeandlockpages. */
VOID NTAPI MmProbeAndLockPages(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode, LOCK_OPERATION Operation)
{
    PVOID Caller = __builtin_return_address(0);
    PMDL Mdl = MemoryDescriptorList;

    UNREFERENCED_PARAMETER(AccessMode); /* one address space: no user half to keep out of */
    KI_IRQL_MAX(DISPATCH_LEVEL);
    if ((Mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_PARTIAL | MDL_SOURCE_IS_NONPAGED_POOL)) != 0)
    {
        MiBadMdl(Mdl, "is locked again", "it is locked, partial or of non-paged pool already", Caller);
    }
    if (!HcMemoryOk(MmGetMdlVirtualAddress(Mdl), Mdl->ByteCount, Operation != IoReadAccess))
    {
        ExRaiseStatus(STATUS_ACCESS_VIOLATION);
    }
    MiFillPages(Mdl);
    Mdl->Process = NULL;
    Mdl->MdlFlags |= MDL_PAGES_LOCKED;
    if (Operation != IoReadAccess)
    {
        Mdl->MdlFlags |= MDL_WRITE_OPERATION;
    }
}

/* Ends the lock of MmProbeAndLockPages, and a system mapping with it. IRQL <=
 * DISPATCH_LEVEL. Page: nf-wdm-mmunlockpages. */
VOID NTAPI MmUnlockPages(PMDL MemoryDescriptorList)
{
    PVOID Caller = __builtin_return_address(0);
    PMDL Mdl = MemoryDescriptorList;

    KI_IRQL_MAX(DISPATCH_LEVEL);
    if ((Mdl->MdlFlags & MDL_PAGES_LOCKED) == 0 || (Mdl->MdlFlags & (MDL_PARTIAL | MDL_SOURCE_IS_NONPAGED_POOL)) != 0)
    {
        MiBadMdl(Mdl, "is unlocked but was not locked",
                 "each MmUnlockPages needs its own MmProbeAndLockPages, and non-paged pool needs neither", Caller);
    }
    Mdl->MdlFlags &= ~(MDL_PAGES_LOCKED | MDL_WRITE_OPERATION | MDL_MAPPED_TO_SYSTEM_VA);
    Mdl->MappedSystemVa = NULL;
}

/* ---- mapping --------------------------------------------------------------------------- */

/* From the page array, which some drivers fill by hand. */
static PVOID MiAddress(PMDL Mdl)
{
    if (Mdl->ByteCount == 0)
    {
        return MmGetMdlVirtualAddress(Mdl);
    }
    return (PUCHAR)(MmGetMdlPfnArray(Mdl)[0] << PAGE_SHIFT) + Mdl->ByteOffset;
}

static PVOID MiMap(PMDL Mdl, KPROCESSOR_MODE AccessMode, PCSTR Function, PVOID Caller)
{
    KiCheckIrqlMax(AccessMode == KernelMode ? DISPATCH_LEVEL : APC_LEVEL, Function, Caller);
    if ((Mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_PARTIAL | MDL_SOURCE_IS_NONPAGED_POOL)) == 0)
    {
        MiBadMdl(Mdl, "is mapped, but its pages are not locked", "call MmProbeAndLockPages first", Caller);
    }
    PVOID Address = MiAddress(Mdl);
    if (AccessMode != KernelMode)
    {
        return Address; /* the MDL keeps no note of user mappings */
    }
    if ((Mdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL)) != 0)
    {
        MiBadMdl(Mdl, "is mapped twice", "use MmGetSystemAddressForMdlSafe, which finds the mapping there is", Caller);
    }
    Mdl->MappedSystemVa = Address;
    Mdl->MdlFlags |= MDL_MAPPED_TO_SYSTEM_VA;
    if ((Mdl->MdlFlags & MDL_PARTIAL) != 0)
    {
        Mdl->MdlFlags |= MDL_PARTIAL_HAS_BEEN_MAPPED;
    }
    return Address;
}

/* An address at which the locked pages of an MDL can be used: always the one they
 * have. A wish for another (RequestedAddress with UserMode) raises
 * STATUS_CONFLICTING_ADDRESSES. IRQL <= DISPATCH_LEVEL, UserMode <= APC_LEVEL.
 * Page: nf-wdm-mmmaplockedpagesspecifycache. */
PVOID NTAPI MmMapLockedPagesSpecifyCache(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode,
                                         MEMORY_CACHING_TYPE CacheType, PVOID RequestedAddress,
                                         ULONG BugCheckOnFailure, ULONG Priority)
{
    UNREFERENCED_PARAMETER(CacheType);
    UNREFERENCED_PARAMETER(BugCheckOnFailure);
    UNREFERENCED_PARAMETER(Priority);
    if (AccessMode != KernelMode && RequestedAddress != NULL &&
        PAGE_ALIGN(RequestedAddress) != MemoryDescriptorList->StartVa)
    {
        ExRaiseStatus(STATUS_CONFLICTING_ADDRESSES);
    }
    return MiMap(MemoryDescriptorList, AccessMode, __func__, __builtin_return_address(0));
}

/* The old form of MmMapLockedPagesSpecifyCache. Page: nf-wdm-mmmaplockedpages. */
PVOID NTAPI MmMapLockedPages(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode)
{
    return MiMap(MemoryDescriptorList, AccessMode, __func__, __builtin_return_address(0));
}

/* Ends a mapping of MmMapLockedPagesSpecifyCache. IRQL <= DISPATCH_LEVEL. Page:
 * nf-wdm-mmunmaplockedpages. */
VOID NTAPI MmUnmapLockedPages(PVOID BaseAddress, PMDL MemoryDescriptorList)
{
    PVOID Caller = __builtin_return_address(0);
    PMDL Mdl = MemoryDescriptorList;

    KI_IRQL_MAX(DISPATCH_LEVEL);
    if ((Mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) == 0 || BaseAddress != Mdl->MappedSystemVa)
    {
        /* A user mapping is not noted in the MDL; anything else is a mistake. */
        if (BaseAddress != MiAddress(Mdl))
        {
            MiBadMdl(Mdl, "is unmapped at an address it is not mapped at", "pass the address the mapping gave", Caller);
        }
        return;
    }
    Mdl->MdlFlags &= ~(MDL_MAPPED_TO_SYSTEM_VA | MDL_PARTIAL_HAS_BEEN_MAPPED);
    Mdl->MappedSystemVa = NULL;
}

/* ---- parts of other MDLs ------------------------------------------------------------------ */

/* Makes TargetMdl describe Length bytes (0: the rest) from VirtualAddress of the
 * memory that SourceMdl describes. The caller owns both; the target must not
 * outlive the source's lock. IRQL <= DISPATCH_LEVEL. Page: nf-wdm-iobuildpartialmdl. */
VOID NTAPI IoBuildPartialMdl(PMDL SourceMdl, PMDL TargetMdl, PVOID VirtualAddress, ULONG Length)
{
    PVOID Caller = __builtin_return_address(0);
    PUCHAR SourceStart = MmGetMdlVirtualAddress(SourceMdl);
    SIZE_T Delta = (SIZE_T)((PUCHAR)VirtualAddress - SourceStart);

    KI_IRQL_MAX(DISPATCH_LEVEL);
    if ((PUCHAR)VirtualAddress < SourceStart || Delta > SourceMdl->ByteCount || Length > SourceMdl->ByteCount - Delta)
    {
        MiBadMdl(SourceMdl, "is the source of a partial MDL that reaches beyond it",
                 "VirtualAddress and Length must lie inside what the source describes", Caller);
    }
    if (Length == 0)
    {
        Length = SourceMdl->ByteCount - (ULONG)Delta;
    }
    SIZE_T Pages = ADDRESS_AND_SIZE_TO_SPAN_PAGES(VirtualAddress, Length);
    SIZE_T Needed = sizeof(MDL) + Pages * sizeof(PFN_NUMBER);
    if (TargetMdl->Size >= 0 && TargetMdl->Size < MI_MDL_SIZE_LARGE && (SIZE_T)TargetMdl->Size < Needed)
    {
        KiBugCheck(TARGET_MDL_TOO_SMALL, Caller, NULL,
                   "IoBuildPartialMdl: the target MDL has no room for %zu page(s); allocate it for the same bytes",
                   (size_t)Pages);
    }
    TargetMdl->Process = SourceMdl->Process;
    TargetMdl->StartVa = PAGE_ALIGN(VirtualAddress);
    TargetMdl->ByteOffset = BYTE_OFFSET(VirtualAddress);
    TargetMdl->ByteCount = Length;
    TargetMdl->MdlFlags = (CSHORT)((TargetMdl->MdlFlags & MI_MDL_ORIGIN) | MDL_PARTIAL |
                                   (SourceMdl->MdlFlags & (MDL_SOURCE_IS_NONPAGED_POOL | MDL_MAPPED_TO_SYSTEM_VA)));
    TargetMdl->MappedSystemVa = SourceMdl->MappedSystemVa != NULL ? (PUCHAR)SourceMdl->MappedSystemVa + Delta : NULL;

    SIZE_T FirstPage = ((ULONG_PTR)TargetMdl->StartVa - (ULONG_PTR)SourceMdl->StartVa) >> PAGE_SHIFT;
    RtlCopyMemory(MmGetMdlPfnArray(TargetMdl), MmGetMdlPfnArray(SourceMdl) + FirstPage, Pages * sizeof(PFN_NUMBER));
}

/* ---- pages without an address ---------------------------------------------------------------- */

static PMDL MiAllocatePages(SIZE_T TotalBytes, BOOLEAN Zero, PVOID Caller)
{
    SIZE_T Bytes = ROUND_TO_PAGES(TotalBytes);
    if (Bytes == 0 || Bytes < TotalBytes || Bytes > MI_MDL_BYTES_MAX)
    {
        return NULL;
    }
    PVOID Memory = ExpAllocateBlock(ExpKindPool, Bytes, MI_PAGES_TAG, 0, Caller);
    if (Memory == NULL)
    {
        return NULL;
    }
    PMDL Mdl = ExpAllocateBlock(ExpKindPool, MiMdlSize(Memory, Bytes), MI_MDL_TAG, 0, Caller);
    if (Mdl == NULL)
    {
        ExpFreeBlock(Memory, Caller);
        return NULL;
    }
    if (Zero)
    {
        RtlZeroMemory(Memory, Bytes);
    }
    MiInitializeMdl(Mdl, Memory, Bytes);
    MiFillPages(Mdl);
    Mdl->MdlFlags |= MDL_PAGES_LOCKED;
    return Mdl;
}

/* Zeroed pages behind a new MDL, not mapped yet. The address limits mean nothing
 * here: any memory of the process satisfies them. The caller gives the pages back
 * with MmFreePagesFromMdl, then the MDL with ExFreePool. NULL when exhausted. IRQL
 * <= DISPATCH_LEVEL. Page: nf-wdm-mmallocatepagesformdl. */
PMDL NTAPI MmAllocatePagesForMdl(PHYSICAL_ADDRESS LowAddress, PHYSICAL_ADDRESS HighAddress,
                                 PHYSICAL_ADDRESS SkipBytes, SIZE_T TotalBytes)
{
    UNREFERENCED_PARAMETER(LowAddress);
    UNREFERENCED_PARAMETER(HighAddress);
    UNREFERENCED_PARAMETER(SkipBytes);
    KI_IRQL_MAX(DISPATCH_LEVEL);
    return MiAllocatePages(TotalBytes, TRUE, __builtin_return_address(0));
}

/* As MmAllocatePagesForMdl; MM_DONT_ZERO_ALLOCATION is honoured, the other flags
 * are met by nature. Page: nf-wdm-mmallocatepagesformdlex. */
PMDL NTAPI MmAllocatePagesForMdlEx(PHYSICAL_ADDRESS LowAddress, PHYSICAL_ADDRESS HighAddress,
                                   PHYSICAL_ADDRESS SkipBytes, SIZE_T TotalBytes, MEMORY_CACHING_TYPE CacheType,
                                   ULONG Flags)
{
    UNREFERENCED_PARAMETER(LowAddress);
    UNREFERENCED_PARAMETER(HighAddress);
    UNREFERENCED_PARAMETER(SkipBytes);
    UNREFERENCED_PARAMETER(CacheType);
    KI_IRQL_MAX(DISPATCH_LEVEL);
    return MiAllocatePages(TotalBytes, (Flags & MM_DONT_ZERO_ALLOCATION) == 0, __builtin_return_address(0));
}

/* Frees the pages of an MDL from MmAllocatePagesForMdl(Ex), not the MDL. IRQL <=
 * DISPATCH_LEVEL. Page: nf-wdm-mmfreepagesfrommdl. */
VOID NTAPI MmFreePagesFromMdl(PMDL MemoryDescriptorList)
{
    PVOID Caller = __builtin_return_address(0);
    PMDL Mdl = MemoryDescriptorList;

    KI_IRQL_MAX(DISPATCH_LEVEL);
    PEXP_BLOCK Block = ExpFindBlock(Mdl->StartVa, ExpKindPool);
    if ((Mdl->MdlFlags & MDL_PAGES_LOCKED) == 0 || Block == NULL || Block->Tag != MI_PAGES_TAG)
    {
        MiBadMdl(Mdl, "has no pages to free", "it did not come from MmAllocatePagesForMdl, or they were freed before",
                 Caller);
    }
    Mdl->MdlFlags &= ~(MDL_PAGES_LOCKED | MDL_MAPPED_TO_SYSTEM_VA);
    Mdl->MappedSystemVa = NULL;
    ExpFreeBlock(Mdl->StartVa, Caller);
}

/* ---- addresses ---------------------------------------------------------------------------------- */

/* Whether a read of VirtualAddress would succeed now. IRQL <= DISPATCH_LEVEL.
 * Page: nf-ntddk-mmisaddressvalid. */
BOOLEAN NTAPI MmIsAddressValid(PVOID VirtualAddress)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    return HcMemoryOk(VirtualAddress, 1, FALSE);
}
