// SPDX-License-Identifier: MIT
/* Lookaside lists of the three kinds. */
#include "nt/expp.h"
#include "nt/iop.h"
#include "kernel_test.h"

#define TAG 'kooL'
#define POISON 0xEE

static ULONG Allocations;
static ULONG Frees;
static POOL_TYPE LastType;
static PLOOKASIDE_LIST_EX LastList;

static PVOID NTAPI AllocateEx(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag, PLOOKASIDE_LIST_EX Lookaside)
{
    Allocations++;
    LastType = PoolType;
    LastList = Lookaside;
    return ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag);
}

static VOID NTAPI FreeEx(PVOID Buffer, PLOOKASIDE_LIST_EX Lookaside)
{
    Frees++;
    LastList = Lookaside;
    ExFreePoolWithTag(Buffer, TAG);
}

/* Given a list of the newest kind. Then entries can be written, many at once, and the
 * end leaves nothing behind. */
TEST(KE, an_ex_lookaside_list_gives_and_takes)
{
    LOOKASIDE_LIST_EX List;
    PVOID Entries[50];
    SIZE_T Before = ExpCountBlocks(NULL, ExpKindPool, NULL);

    __builtin_memset(&List, POISON, sizeof(List));
    CHECK_STATUS(ExInitializeLookasideListEx(&List, NULL, NULL, NonPagedPoolNx, 0, 40, TAG, 0), STATUS_SUCCESS);
    CHECK_EQ(IopChargedToDriver(NULL, IopChargeLookaside), 1);
    for (ULONG Round = 0; Round < 3; Round++)
    {
        for (ULONG Index = 0; Index < RTL_NUMBER_OF(Entries); Index++)
        {
            Entries[Index] = ExAllocateFromLookasideListEx(&List);
            CHECK(Entries[Index] != NULL);
            CHECK_EQ((ULONG_PTR)Entries[Index] & 15, 0);
            __builtin_memset(Entries[Index], POISON, 40);
        }
        for (ULONG Index = 0; Index < RTL_NUMBER_OF(Entries); Index++)
        {
            ExFreeToLookasideListEx(&List, Entries[Index]);
        }
    }
    CHECK_EQ(List.L.TotalAllocates, 150);
    CHECK_EQ(List.L.TotalFrees, 150);
    CHECK_EQ(List.L.TotalAllocates - List.L.AllocateMisses, List.L.Depth == 0 ? 0 : 100);
    ExFlushLookasideListEx(&List);
    CHECK_EQ(ExpCountBlocks(NULL, ExpKindPool, NULL), Before);
    ExDeleteLookasideListEx(&List);
    CHECK_EQ(IopChargedToDriver(NULL, IopChargeLookaside), 0);
}

/* Given a driver's own routines. Then they are called with the list's type, size and
 * tag, as often to free as to allocate. */
TEST(KE, a_lookaside_list_calls_the_drivers_routines)
{
    LOOKASIDE_LIST_EX List;
    Allocations = Frees = 0;
    CHECK_STATUS(ExInitializeLookasideListEx(&List, AllocateEx, FreeEx, PagedPool,
                                             EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL, 8, TAG, 0),
                 STATUS_SUCCESS);
    PVOID One = ExAllocateFromLookasideListEx(&List);
    PVOID Two = ExAllocateFromLookasideListEx(&List);
    CHECK(One != NULL && Two != NULL && One != Two);
    CHECK_EQ(Allocations, 2);
    CHECK_EQ(LastType, PagedPool | POOL_RAISE_IF_ALLOCATION_FAILURE);
    CHECK(LastList == &List);
    LastList = NULL;
    ExFreeToLookasideListEx(&List, One);
    ExFreeToLookasideListEx(&List, Two);
    ExDeleteLookasideListEx(&List);
    CHECK_EQ(Frees, 2);
    CHECK(LastList == &List);
}

TEST(KE, a_lookaside_list_refuses_wrong_parameters)
{
    LOOKASIDE_LIST_EX List;
    CHECK_STATUS(ExInitializeLookasideListEx(&List, NULL, NULL, (POOL_TYPE)77, 0, 8, TAG, 0),
                 STATUS_INVALID_PARAMETER_4);
    CHECK_STATUS(ExInitializeLookasideListEx(&List, NULL, NULL, NonPagedPool, 3, 8, TAG, 0),
                 STATUS_INVALID_PARAMETER_5);
}

/* Given the older kinds. Then they work alike, paged ones below DISPATCH_LEVEL. */
TEST(KE, older_lookaside_lists_give_and_take)
{
    NPAGED_LOOKASIDE_LIST NonPaged;
    PAGED_LOOKASIDE_LIST Paged;
    KIRQL OldIrql;

    ExInitializeNPagedLookasideList(&NonPaged, NULL, NULL, POOL_NX_ALLOCATION, 100, TAG, 0);
    KeRaiseIrql(DISPATCH_LEVEL, &OldIrql);
    PVOID Entry = ExAllocateFromNPagedLookasideList(&NonPaged);
    if (Entry != NULL)
    {
        __builtin_memset(Entry, POISON, 100);
        ExFreeToNPagedLookasideList(&NonPaged, Entry);
    }
    KeLowerIrql(OldIrql);
    CHECK(Entry != NULL);
    ExDeleteNPagedLookasideList(&NonPaged);
    ExInitializePagedLookasideList(&Paged, NULL, NULL, 0, 1, TAG, 0);
    Entry = ExAllocateFromPagedLookasideList(&Paged);
    CHECK(Entry != NULL);
    ExFreeToPagedLookasideList(&Paged, Entry);
    ExDeletePagedLookasideList(&Paged);
}

TEST(KE, a_paged_lookaside_list_at_dispatch_level_is_a_bugcheck)
{
    if (t_is_child("KE_a_paged_lookaside_list_at_dispatch_level_is_a_bugcheck"))
    {
        PAGED_LOOKASIDE_LIST Paged;
        KIRQL OldIrql;
        ExInitializePagedLookasideList(&Paged, NULL, NULL, 0, 16, TAG, 0);
        KeRaiseIrql(DISPATCH_LEVEL, &OldIrql);
        ExAllocateFromPagedLookasideList(&Paged);
        return;
    }
    CHECK_BUGCHECK("KE_a_paged_lookaside_list_at_dispatch_level_is_a_bugcheck", "ExAllocateFromPagedLookasideList");
}
