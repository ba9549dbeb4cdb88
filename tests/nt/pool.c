// SPDX-License-Identifier: MIT
/* Pool: alignment, contents, flags, accounting, and what must not be done. */
#include "nt/expp.h"
#include "kernel_test.h"

#define TAG 'tseT'
#define POISON 0xEE

static const SIZE_T Sizes[] = {0, 1, 15, 16, 17, 100, 2048, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1, 100000};

/* Given sizes around the edges. Then small blocks are 16-byte aligned, those from a
 * page on page-aligned, and all can be written in full. */
TEST(POOL, blocks_are_aligned)
{
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Sizes); Index++)
    {
        PUCHAR Block = ExAllocatePoolWithTag(NonPagedPoolNx, Sizes[Index], TAG);
        CHECK(Block != NULL);
        CHECK_EQ((ULONG_PTR)Block & (Sizes[Index] >= PAGE_SIZE ? PAGE_SIZE - 1 : 15), 0);
        __builtin_memset(Block, POISON, Sizes[Index]);
        ExFreePoolWithTag(Block, TAG);
    }
}

/* Given a size that no machine has. Then there is NULL, or an exception where asked. */
TEST(POOL, exhaustion_is_reported)
{
    CHECK(ExAllocatePoolWithTag(NonPagedPoolNx, (SIZE_T)-1, TAG) == NULL);
    CHECK(ExAllocatePoolWithTag(NonPagedPoolNx, (SIZE_T)-1 - PAGE_SIZE / 2, TAG) == NULL);
    CHECK(ExAllocatePool2(POOL_FLAG_PAGED, (SIZE_T)-1, TAG) == NULL);
    volatile NTSTATUS Status = STATUS_SUCCESS;
    __try
    {
        ExAllocatePool2(POOL_FLAG_PAGED | POOL_FLAG_RAISE_ON_FAILURE, (SIZE_T)-1, TAG);
    }
    __except (EXCEPTION_EXECUTE_HANDLER)
    {
        Status = GetExceptionCode();
    }
    CHECK_STATUS(Status, STATUS_INSUFFICIENT_RESOURCES);
    Status = STATUS_SUCCESS;
    __try
    {
        ExAllocatePoolWithQuotaTag(NonPagedPool, (SIZE_T)-1, TAG);
    }
    __except (EXCEPTION_EXECUTE_HANDLER)
    {
        Status = GetExceptionCode();
    }
    CHECK_STATUS(Status, STATUS_INSUFFICIENT_RESOURCES);
    CHECK(ExAllocatePoolWithQuotaTag(NonPagedPool | POOL_QUOTA_FAIL_INSTEAD_OF_RAISE, (SIZE_T)-1, TAG) == NULL);
}

static ULONG Sum(const UCHAR *Block, SIZE_T Size)
{
    ULONG Result = 0;
    for (SIZE_T Index = 0; Index < Size; Index++)
    {
        Result += Block[Index];
    }
    return Result;
}

/* Given memory that was used before. Then ExAllocatePool2 zeroes it by default. */
TEST(POOL, pool2_zeroes)
{
    for (ULONG Round = 0; Round < 8; Round++)
    {
        PUCHAR Block = ExAllocatePool2(Round & 1 ? POOL_FLAG_PAGED : POOL_FLAG_NON_PAGED, 500, TAG);
        CHECK(Block != NULL);
        CHECK_EQ(Sum(Block, 500), 0);
        __builtin_memset(Block, POISON, 500);
        ExFreePool(Block);
        Block = ExAllocatePoolWithTag((POOL_TYPE)(NonPagedPoolNx | POOL_ZERO_ALLOCATION), 500, TAG);
        CHECK_EQ(Sum(Block, 500), 0);
        __builtin_memset(Block, POISON, 500);
        ExFreePool(Block);
        Block = ExAllocatePoolZero(NonPagedPoolNx, 500, TAG);
        CHECK_EQ(Sum(Block, 500), 0);
        __builtin_memset(Block, POISON, 500);
        ExFreePool(Block);
    }
}

/* Given flags that are wrong. Then ExAllocatePool2 refuses. */
TEST(POOL, pool2_refuses_wrong_flags)
{
    CHECK(ExAllocatePool2(0, 16, TAG) == NULL);
    CHECK(ExAllocatePool2(POOL_FLAG_PAGED | POOL_FLAG_NON_PAGED, 16, TAG) == NULL);
    CHECK(ExAllocatePool2(POOL_FLAG_NON_PAGED | 0x10000, 16, TAG) == NULL);
    CHECK(ExAllocatePool2(POOL_FLAG_NON_PAGED, 16, 0) == NULL);
    /* unknown optional flags are ignored */
    PVOID Block = ExAllocatePool2(POOL_FLAG_NON_PAGED | 0x4000000000000000ULL, 16, TAG);
    CHECK(Block != NULL);
    ExFreePool(Block);
}

/* Given blocks in use. Then they are counted where they were allocated, until freed. */
TEST(POOL, blocks_are_counted)
{
    SIZE_T BytesBefore;
    SIZE_T Bytes;
    SIZE_T Before = ExpCountBlocks(NULL, ExpKindPool, &BytesBefore);
    PVOID Blocks[10];
    for (ULONG Index = 0; Index < 10; Index++)
    {
        Blocks[Index] = ExAllocatePoolWithTag(NonPagedPoolNx, 100 + Index, TAG);
    }
    CHECK_EQ(ExpCountBlocks(NULL, ExpKindPool, &Bytes), Before + 10);
    CHECK_EQ(Bytes, BytesBefore + 1045);
    for (ULONG Index = 0; Index < 10; Index++)
    {
        ExFreePoolWithTag(Blocks[Index], Index & 1 ? TAG : 0);
    }
    CHECK_EQ(ExpCountBlocks(NULL, ExpKindPool, &Bytes), Before);
    CHECK_EQ(Bytes, BytesBefore);
}

#define THREADS 3
#define ROUNDS 3000

static VOID NTAPI Churn(PVOID Context)
{
    PVOID Kept[16] = {0};
    ULONG Seed = (ULONG)(ULONG_PTR)Context;
    for (ULONG Round = 0; Round < ROUNDS; Round++)
    {
        ULONG Slot = RtlRandomEx(&Seed) % 16;
        if (Kept[Slot] != NULL)
        {
            ExFreePoolWithTag(Kept[Slot], TAG);
        }
        Kept[Slot] = ExAllocatePool2(POOL_FLAG_NON_PAGED, 1 + RtlRandomEx(&Seed) % 300, TAG);
    }
    for (ULONG Slot = 0; Slot < 16; Slot++)
    {
        if (Kept[Slot] != NULL)
        {
            ExFreePoolWithTag(Kept[Slot], TAG);
        }
    }
}

/* Given several threads. Then the count is exact at the end. */
TEST(POOL, threads_allocate_at_once)
{
    SIZE_T Before = ExpCountBlocks(NULL, ExpKindPool, NULL);
    PVOID Threads[THREADS];
    for (ULONG Index = 0; Index < THREADS; Index++)
    {
        Threads[Index] = StartThread(Churn, (PVOID)(ULONG_PTR)(Index + 1));
    }
    for (ULONG Index = 0; Index < THREADS; Index++)
    {
        JoinThread(Threads[Index]);
    }
    CHECK_EQ(ExpCountBlocks(NULL, ExpKindPool, NULL), Before);
}

TEST(POOL, paged_pool_at_dispatch_level_is_a_bugcheck)
{
    if (t_is_child("POOL_paged_pool_at_dispatch_level_is_a_bugcheck"))
    {
        KIRQL OldIrql;
        KeRaiseIrql(DISPATCH_LEVEL, &OldIrql);
        ExAllocatePoolWithTag(PagedPool, 16, TAG);
        return;
    }
    CHECK_BUGCHECK("POOL_paged_pool_at_dispatch_level_is_a_bugcheck", "ExAllocatePoolWithTag", "DISPATCH_LEVEL");
}

TEST(POOL, freeing_with_another_tag_is_a_bugcheck)
{
    if (t_is_child("POOL_freeing_with_another_tag_is_a_bugcheck"))
    {
        ExFreePoolWithTag(ExAllocatePool2(POOL_FLAG_NON_PAGED, 16, 'eerF'), 'gnrW');
        return;
    }
    CHECK_BUGCHECK("POOL_freeing_with_another_tag_is_a_bugcheck", "BAD_POOL_CALLER", "'Free'", "'Wrng'");
}

TEST(POOL, freeing_the_middle_of_a_block_is_a_bugcheck)
{
    if (t_is_child("POOL_freeing_the_middle_of_a_block_is_a_bugcheck"))
    {
        PUCHAR Block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 256, TAG);
        ExFreePool(Block + 128);
        return;
    }
    CHECK_BUGCHECK("POOL_freeing_the_middle_of_a_block_is_a_bugcheck", "BAD_POOL_CALLER", "no block of pool");
}

/* A checking heap reports the double free before we can; elsewhere we do. */
TEST(POOL, freeing_twice_is_noticed)
{
    if (t_is_child("POOL_freeing_twice_is_noticed"))
    {
        PVOID Block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 256, 'eciT');
        ExFreePool(Block);
        ExFreePool(Block);
        return;
    }
    static char Report[16384];
    int Status = t_run_child("POOL_freeing_twice_is_noticed", Report, sizeof(Report));
    CHECK(Status != 0);
    CHECK(Contains(Report, "freed a second time") || Contains(Report, "heap-use-after-free"));
}

/* Given a test that forgets a block. Then its program fails, and says which. */
TEST(POOL, a_block_left_by_a_test_fails_its_program)
{
    static char Report[16384];

    if (t_is_child("POOL_a_block_left_by_a_test_fails_its_program"))
    {
        CHECK(ExAllocatePoolWithTag(NonPagedPoolNx, 40, TAG) != NULL);
        return;
    }
    CHECK(t_run_child("POOL_a_block_left_by_a_test_fails_its_program", Report, sizeof(Report)) != 0);
    CHECK(Contains(Report, "0 pool blocks, IRPs and MDLs before the tests, 1 after"));
    CHECK(Contains(Report, "leaked 1 pool block, 40 bytes, tag 'Test'"));
}
