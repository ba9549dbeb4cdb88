// SPDX-License-Identifier: MIT
/* MDLs: what they describe, chains, locking, mapping, parts. */
#include "kernel_test.h"

#define POISON 0xEE

static UCHAR *Pages(SIZE_T Count)
{
    UCHAR *Memory = ExAllocatePool2(POOL_FLAG_NON_PAGED, Count * PAGE_SIZE, 'tseT');
    CHECK(Memory != NULL);
    return Memory;
}

/* Given an odd buffer across pages. Then the MDL describes exactly it. */
TEST(IRP_58, an_mdl_describes_its_buffer)
{
    COVERS("IRP-61", "IRP-63", "IRP-65");
    UCHAR *Memory = Pages(4);
    PMDL Mdl = IoAllocateMdl(Memory + 100, 2 * PAGE_SIZE, FALSE, FALSE, NULL);
    CHECK(Mdl != NULL);
    CHECK(Mdl->Next == NULL);
    CHECK_EQ(MmGetMdlByteCount(Mdl), 2 * PAGE_SIZE);
    CHECK_EQ(MmGetMdlByteOffset(Mdl), 100);
    CHECK(MmGetMdlVirtualAddress(Mdl) == Memory + 100);
    CHECK_EQ(Mdl->Size, sizeof(MDL) + 3 * sizeof(PFN_NUMBER));
    MmBuildMdlForNonPagedPool(Mdl);
    CHECK(MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority) == Memory + 100);
    CHECK(MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority) == Memory + 100);
    for (ULONG Page = 0; Page < 3; Page++)
    {
        CHECK_EQ(MmGetMdlPfnArray(Mdl)[Page], ((ULONG_PTR)Memory >> PAGE_SHIFT) + Page);
    }
    IoFreeMdl(Mdl);
    ExFreePoolWithTag(Memory, 'tseT');
}

/* Given lengths at the edge. Then 4 GiB less a page is the most. */
TEST(IRP_59, an_mdl_has_a_largest_size)
{
    CHECK(IoAllocateMdl((PVOID)0x10000, 0xFFFFF001U, FALSE, FALSE, NULL) == NULL);
    PMDL Mdl = IoAllocateMdl((PVOID)0x10000, 0xFFFFF000U, FALSE, FALSE, NULL);
    CHECK(Mdl != NULL);
    CHECK_EQ(MmGetMdlByteCount(Mdl), 0xFFFFF000U);
    IoFreeMdl(Mdl);
    Mdl = IoAllocateMdl((PVOID)0x10000, 0, FALSE, FALSE, NULL);
    CHECK(Mdl != NULL);
    MmBuildMdlForNonPagedPool(Mdl);
    IoFreeMdl(Mdl);
}

/* Given an IRP. Then its first MDL is set, and secondary ones go to the chain's end. */
TEST(IRP_58, mdls_chain_to_an_irp)
{
    COVERS("IRP-60");
    UCHAR Buffer[64];
    PIRP Irp = IoAllocateIrp(1, FALSE);
    PMDL First = IoAllocateMdl(Buffer, 10, FALSE, FALSE, Irp);
    PMDL Second = IoAllocateMdl(Buffer + 10, 10, TRUE, FALSE, Irp);
    PMDL Third = IoAllocateMdl(Buffer + 20, 10, TRUE, FALSE, Irp);
    CHECK(Irp->MdlAddress == First);
    CHECK(First->Next == Second);
    CHECK(Second->Next == Third);
    CHECK(Third->Next == NULL);
    IoFreeMdl(Third); /* frees it alone */
    CHECK(Second->Next == Third);
    IoFreeMdl(Second);
    IoFreeMdl(First);
    IoFreeIrp(Irp);
}

/* Given memory that can be written. Then it is locked, mapped once and unlocked. */
TEST(IRP_62, pages_are_locked_and_unlocked)
{
    COVERS("IRP-63", "IRP-64");
    UCHAR Buffer[3 * PAGE_SIZE];
    PMDL Mdl = IoAllocateMdl(Buffer + 5, sizeof(Buffer) - 5, FALSE, FALSE, NULL);
    for (ULONG Round = 0; Round < 2; Round++)
    {
        MmProbeAndLockPages(Mdl, KernelMode, IoModifyAccess);
        CHECK((Mdl->MdlFlags & MDL_PAGES_LOCKED) != 0);
        CHECK((Mdl->MdlFlags & MDL_WRITE_OPERATION) != 0);
        PVOID Address = MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority);
        CHECK(Address == Buffer + 5);
        CHECK((Mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) != 0);
        CHECK(MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority) == Address);
        if (Round == 0)
        {
            MmUnmapLockedPages(Address, Mdl);
            CHECK_EQ(Mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA, 0);
        }
        MmUnlockPages(Mdl);
        CHECK_EQ(Mdl->MdlFlags, 0);
    }
    MmProbeAndLockPages(Mdl, KernelMode, IoReadAccess);
    CHECK_EQ(Mdl->MdlFlags & MDL_WRITE_OPERATION, 0);
    MmUnlockPages(Mdl);
    IoFreeMdl(Mdl);
}

static const UCHAR ReadOnly[16] = {1};

static NTSTATUS TryLock(PMDL Mdl, LOCK_OPERATION Operation)
{
    volatile NTSTATUS Status = STATUS_SUCCESS;
    __try
    {
        MmProbeAndLockPages(Mdl, KernelMode, Operation);
    }
    __except (EXCEPTION_EXECUTE_HANDLER)
    {
        Status = GetExceptionCode();
    }
    return Status;
}

/* Given memory that is not there, or only readable. Then locking raises. */
TEST(IRP_62, locking_what_cannot_be_accessed_raises)
{
    PMDL Mdl = IoAllocateMdl((PVOID)0x10, 16, FALSE, FALSE, NULL);
    CHECK_STATUS(TryLock(Mdl, IoReadAccess), STATUS_ACCESS_VIOLATION);
    CHECK_EQ(Mdl->MdlFlags, 0);
    IoFreeMdl(Mdl);
    Mdl = IoAllocateMdl((PVOID)(ULONG_PTR)ReadOnly, sizeof(ReadOnly), FALSE, FALSE, NULL);
    CHECK_STATUS(TryLock(Mdl, IoReadAccess), STATUS_SUCCESS);
    MmUnlockPages(Mdl);
    CHECK_STATUS(TryLock(Mdl, IoWriteAccess), STATUS_ACCESS_VIOLATION);
    CHECK_EQ(Mdl->MdlFlags, 0);
    IoFreeMdl(Mdl);
}

/* Given a source, built or locked, mapped or not. Then a partial MDL describes its
 * part and can be read. */
TEST(IRP_66, a_partial_mdl_describes_a_part)
{
    UCHAR *Memory = Pages(3);
    for (ULONG Kind = 0; Kind < 3; Kind++)
    {
        PMDL Source = IoAllocateMdl(Memory + 10, 2 * PAGE_SIZE, FALSE, FALSE, NULL);
        if (Kind == 0)
        {
            MmBuildMdlForNonPagedPool(Source);
        }
        else
        {
            MmProbeAndLockPages(Source, KernelMode, IoReadAccess);
        }
        if (Kind == 2)
        {
            CHECK(MmGetSystemAddressForMdlSafe(Source, NormalPagePriority) != NULL);
        }
        UCHAR *Part = Memory + PAGE_SIZE + 7;
        PMDL Target = IoAllocateMdl(Part, PAGE_SIZE, FALSE, FALSE, NULL);
        IoBuildPartialMdl(Source, Target, Part, 100);
        CHECK_EQ(MmGetMdlByteCount(Target), 100);
        CHECK_EQ(MmGetMdlByteOffset(Target), 7);
        CHECK(MmGetSystemAddressForMdlSafe(Target, NormalPagePriority) == Part);
        CHECK_EQ(MmGetMdlPfnArray(Target)[0], ((ULONG_PTR)Memory >> PAGE_SHIFT) + 1);
        MmPrepareMdlForReuse(Target);
        IoBuildPartialMdl(Source, Target, Part, 0); /* to the end */
        CHECK_EQ(MmGetMdlByteCount(Target), PAGE_SIZE + 3);
        CHECK(MmGetSystemAddressForMdlSafe(Target, NormalPagePriority) == Part);
        IoFreeMdl(Target);
        if (Kind != 0)
        {
            MmUnlockPages(Source);
        }
        IoFreeMdl(Source);
    }
    ExFreePool(Memory);
}

/* Given a driver's own memory. Then an MDL lives in it, within MmSizeOfMdl bytes. */
TEST(MDL, an_mdl_lives_in_the_drivers_own_memory)
{
    UCHAR *Memory = Pages(2);
    DECLSPEC_ALIGN(8) UCHAR Own[128];
    SIZE_T Size = MmSizeOfMdl(Memory + 1, 2 * PAGE_SIZE - 1);
    CHECK_EQ(Size, sizeof(MDL) + 2 * sizeof(PFN_NUMBER));
    __builtin_memset(Own, POISON, sizeof(Own));
    PMDL Mdl = (PMDL)Own;
    MmInitializeMdl(Mdl, Memory + 1, 2 * PAGE_SIZE - 1);
    MmBuildMdlForNonPagedPool(Mdl);
    CHECK(MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority) == Memory + 1);
    CHECK_EQ(Own[Size], POISON);
    CHECK(MmCreateMdl((PMDL)Own, Memory, 10) == Mdl);
    CHECK_EQ(MmGetMdlByteCount(Mdl), 10);
    Mdl = MmCreateMdl(NULL, Memory, 10);
    CHECK(Mdl != NULL);
    ExFreePool(Mdl);
    ExFreePool(Memory);
}

/* Given pages of their own. Then they are zeroed, mappable and freed apart from
 * their MDL. */
TEST(MDL, pages_without_an_address_are_mapped)
{
    PHYSICAL_ADDRESS Low = {.QuadPart = 0};
    PHYSICAL_ADDRESS High = {.QuadPart = -1};
    PMDL Mdl = MmAllocatePagesForMdlEx(Low, High, Low, PAGE_SIZE + 1, MmCached, 0);
    CHECK(Mdl != NULL);
    CHECK_EQ(MmGetMdlByteCount(Mdl), 2 * PAGE_SIZE);
    UCHAR *Address = MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority);
    CHECK(Address != NULL);
    CHECK_EQ((ULONG_PTR)Address % PAGE_SIZE, 0);
    ULONG Sum = 0;
    for (ULONG Index = 0; Index < 2 * PAGE_SIZE; Index++)
    {
        Sum |= Address[Index];
        Address[Index] = POISON;
    }
    CHECK_EQ(Sum, 0);
    MmUnmapLockedPages(Address, Mdl);
    MmFreePagesFromMdl(Mdl);
    ExFreePool(Mdl);
    CHECK(MmAllocatePagesForMdl(Low, High, Low, 0) == NULL);
}

TEST(MDL, an_address_is_valid_or_not)
{
    UCHAR Byte = 0;
    CHECK(MmIsAddressValid(&Byte));
    CHECK(!MmIsAddressValid((PVOID)0x10));
    CHECK(!MmIsAddressValid((PVOID)0xFFFF800000000000));
}

TEST(MDL, freeing_a_locked_mdl_is_a_bugcheck)
{
    if (t_is_child("MDL_freeing_a_locked_mdl_is_a_bugcheck"))
    {
        UCHAR Buffer[16];
        PMDL Mdl = IoAllocateMdl(Buffer, sizeof(Buffer), FALSE, FALSE, NULL);
        MmProbeAndLockPages(Mdl, KernelMode, IoModifyAccess);
        IoFreeMdl(Mdl);
        return;
    }
    CHECK_BUGCHECK("MDL_freeing_a_locked_mdl_is_a_bugcheck", "freed with its pages locked");
}

TEST(MDL, locking_twice_is_a_bugcheck)
{
    if (t_is_child("MDL_locking_twice_is_a_bugcheck"))
    {
        UCHAR Buffer[16];
        PMDL Mdl = IoAllocateMdl(Buffer, sizeof(Buffer), FALSE, FALSE, NULL);
        MmProbeAndLockPages(Mdl, KernelMode, IoModifyAccess);
        MmProbeAndLockPages(Mdl, KernelMode, IoModifyAccess);
        return;
    }
    CHECK_BUGCHECK("MDL_locking_twice_is_a_bugcheck", "is locked again");
}

TEST(MDL, unlocking_what_is_not_locked_is_a_bugcheck)
{
    if (t_is_child("MDL_unlocking_what_is_not_locked_is_a_bugcheck"))
    {
        UCHAR Buffer[16];
        PMDL Mdl = IoAllocateMdl(Buffer, sizeof(Buffer), FALSE, FALSE, NULL);
        MmUnlockPages(Mdl);
        return;
    }
    CHECK_BUGCHECK("MDL_unlocking_what_is_not_locked_is_a_bugcheck", "was not locked");
}

TEST(MDL, a_target_too_small_is_a_bugcheck)
{
    if (t_is_child("MDL_a_target_too_small_is_a_bugcheck"))
    {
        UCHAR *Memory = Pages(2);
        PMDL Source = IoAllocateMdl(Memory, 2 * PAGE_SIZE, FALSE, FALSE, NULL);
        PMDL Target = IoAllocateMdl(Memory, PAGE_SIZE, FALSE, FALSE, NULL);
        MmBuildMdlForNonPagedPool(Source);
        IoBuildPartialMdl(Source, Target, Memory, 0);
        return;
    }
    CHECK_BUGCHECK("MDL_a_target_too_small_is_a_bugcheck", "no room for 2 page");
}
