// SPDX-License-Identifier: MIT
/*
 * Lookaside lists: blocks of one size, kept for the next allocation instead of
 * going back to the pool at once. The three kinds share one layout and one
 * implementation.
 */
#include "nt/expp.h"
#include "nt/hostcall.h"
#include "nt/iop.h"
#include "nt/ntp.h"

/* Kept blocks hide uses after free from a checking heap, so none are kept there (DIV-25). */
#if defined(__SANITIZE_ADDRESS__)
#define EXP_LOOKASIDE_DEPTH 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EXP_LOOKASIDE_DEPTH 0
#endif
#endif
#ifndef EXP_LOOKASIDE_DEPTH
#define EXP_LOOKASIDE_DEPTH 256
#endif
#define EXP_LOOKASIDE_DEPTH_LARGE (EXP_LOOKASIDE_DEPTH / 16) /* blocks of a page or more */

/* Marks lists without routines of the driver's own. Never called: the caller's
 * return address must reach the pool for the leak report. */
static PVOID NTAPI ExpPoolAllocateEx(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag, PLOOKASIDE_LIST_EX Lookaside)
{
    UNREFERENCED_PARAMETER(Lookaside);
    return ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag);
}

static VOID NTAPI ExpPoolFreeEx(PVOID Buffer, PLOOKASIDE_LIST_EX Lookaside)
{
    UNREFERENCED_PARAMETER(Lookaside);
    ExFreePool(Buffer);
}

/* How a list's routines are called. */
typedef enum _EXP_LOOKASIDE_KIND
{
    ExpLookasideEx, /* routines take the list */
    ExpLookasideOld
} EXP_LOOKASIDE_KIND;

C_ASSERT(sizeof(((PGENERAL_LOOKASIDE_POOL)0)->Future) >= sizeof(PIOP_DRIVER));

static PIOP_DRIVER ExpLookasideDriver(const GENERAL_LOOKASIDE_POOL *L)
{
    PIOP_DRIVER Driver;
    RtlCopyMemory(&Driver, L->Future, sizeof(Driver));
    return Driver;
}

static VOID ExpInitializeLookaside(PGENERAL_LOOKASIDE_POOL L, PVOID Allocate, PVOID Free, POOL_TYPE Type, SIZE_T Size,
                                   ULONG Tag, PVOID Caller)
{
    PIOP_DRIVER Driver = IopFindDriver(Caller);

    RtlZeroMemory(L, sizeof(*L));
    InitializeSListHead(&L->ListHead);
    L->Depth = Size >= PAGE_SIZE ? EXP_LOOKASIDE_DEPTH_LARGE : EXP_LOOKASIDE_DEPTH;
    L->MaximumDepth = EX_MAXIMUM_LOOKASIDE_DEPTH_BASE;
    L->Type = Type;
    L->Tag = Tag;
    L->Size = Size < sizeof(SLIST_ENTRY) ? sizeof(SLIST_ENTRY) : (ULONG)Size;
    L->AllocateEx = Allocate != NULL ? (PALLOCATE_FUNCTION_EX)(ULONG_PTR)Allocate : ExpPoolAllocateEx;
    L->FreeEx = Free != NULL ? (PFREE_FUNCTION_EX)(ULONG_PTR)Free : ExpPoolFreeEx;
    InitializeListHead(&L->ListEntry);
    RtlCopyMemory(L->Future, &Driver, sizeof(Driver));
    IopChargeDriver(Driver, IopChargeLookaside, 1);
}

static KIRQL ExpLookasideIrql(const GENERAL_LOOKASIDE_POOL *L)
{
    return (L->Type & PagedPool) != 0 ? APC_LEVEL : DISPATCH_LEVEL;
}

static PVOID ExpAllocateFromLookaside(PGENERAL_LOOKASIDE_POOL L, EXP_LOOKASIDE_KIND Kind, PCSTR Function, PVOID Caller)
{
    KiCheckIrqlMax(ExpLookasideIrql(L), Function, Caller);
    __atomic_fetch_add(&L->TotalAllocates, 1, __ATOMIC_RELAXED);
    PVOID Entry = InterlockedPopEntrySList(&L->ListHead);
    if (Entry != NULL)
    {
        return Entry;
    }
    __atomic_fetch_add(&L->AllocateMisses, 1, __ATOMIC_RELAXED);
    if (L->AllocateEx != ExpPoolAllocateEx)
    {
        return Kind == ExpLookasideEx
                   ? L->AllocateEx(L->Type, L->Size, L->Tag, CONTAINING_RECORD(L, LOOKASIDE_LIST_EX, L))
                   : L->Allocate(L->Type, L->Size, L->Tag);
    }
    Entry = ExpAllocateBlock(ExpKindPool, L->Size, L->Tag, (L->Type & PagedPool) != 0 ? EXP_BLOCK_PAGED : 0, Caller);
    if (Entry == NULL && (L->Type & POOL_RAISE_IF_ALLOCATION_FAILURE) != 0)
    {
        ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
    }
    return Entry;
}

static VOID ExpFreeEntry(PGENERAL_LOOKASIDE_POOL L, EXP_LOOKASIDE_KIND Kind, PVOID Entry, PVOID Caller)
{
    if (L->FreeEx == ExpPoolFreeEx)
    {
        ExpFreePoolFor(Entry, Caller);
    }
    else if (Kind == ExpLookasideEx)
    {
        L->FreeEx(Entry, CONTAINING_RECORD(L, LOOKASIDE_LIST_EX, L));
    }
    else
    {
        L->Free(Entry);
    }
}

static VOID ExpFreeToLookaside(PGENERAL_LOOKASIDE_POOL L, EXP_LOOKASIDE_KIND Kind, PVOID Entry, PCSTR Function,
                               PVOID Caller)
{
    KiCheckIrqlMax(ExpLookasideIrql(L), Function, Caller);
    __atomic_fetch_add(&L->TotalFrees, 1, __ATOMIC_RELAXED);
    if (ExQueryDepthSList(&L->ListHead) < L->Depth)
    {
        InterlockedPushEntrySList(&L->ListHead, Entry);
        return;
    }
    __atomic_fetch_add(&L->FreeMisses, 1, __ATOMIC_RELAXED);
    ExpFreeEntry(L, Kind, Entry, Caller);
}

static VOID ExpFlushLookaside(PGENERAL_LOOKASIDE_POOL L, EXP_LOOKASIDE_KIND Kind, PVOID Caller)
{
    PSLIST_ENTRY Next;
    for (PSLIST_ENTRY Entry = InterlockedFlushSList(&L->ListHead); Entry != NULL; Entry = Next)
    {
        Next = Entry->Next;
        ExpFreeEntry(L, Kind, Entry, Caller);
    }
}

static VOID ExpDeleteLookaside(PGENERAL_LOOKASIDE_POOL L, EXP_LOOKASIDE_KIND Kind, PVOID Caller)
{
    ExpFlushLookaside(L, Kind, Caller);
    IopChargeDriver(ExpLookasideDriver(L), IopChargeLookaside, -1);
    RtlZeroMemory(L->Future, sizeof(L->Future));
}

/* ---- LOOKASIDE_LIST_EX -------------------------------------------------------------- */

/* Sets up a list in the caller's non-paged memory; Allocate and Free (NULL: pool)
 * are called when it is empty or full. The driver ends it with
 * ExDeleteLookasideListEx. IRQL <= DISPATCH_LEVEL. STATUS_INVALID_PARAMETER_4, _5.
 * Page: nf-wdm-exinitializelookasidelistex. */
NTSTATUS NTAPI ExInitializeLookasideListEx(PLOOKASIDE_LIST_EX Lookaside, PALLOCATE_FUNCTION_EX Allocate,
                                           PFREE_FUNCTION_EX Free, POOL_TYPE PoolType, ULONG Flags, SIZE_T Size,
                                           ULONG Tag, USHORT Depth)
{
    ULONG Type = (ULONG)PoolType;

    UNREFERENCED_PARAMETER(Depth);
    KI_IRQL_MAX(DISPATCH_LEVEL);
    if ((Type & ~(ULONG)(NonPagedPoolNx | POOL_COLD_ALLOCATION | POOL_ZERO_ALLOCATION)) >= MaxPoolType)
    {
        return STATUS_INVALID_PARAMETER_4;
    }
    if (Flags > EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE)
    {
        return STATUS_INVALID_PARAMETER_5;
    }
    if (Flags == EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL)
    {
        Type |= POOL_RAISE_IF_ALLOCATION_FAILURE;
    }
    else if (Flags == EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE)
    {
        Type |= POOL_QUOTA_FAIL_INSTEAD_OF_RAISE;
    }
    ExpInitializeLookaside(&Lookaside->L, (PVOID)(ULONG_PTR)Allocate, (PVOID)(ULONG_PTR)Free, (POOL_TYPE)Type, Size,
                           Tag, __builtin_return_address(0));
    return STATUS_SUCCESS;
}

/* Frees what the list keeps and ends it; entries still in use stay the driver's.
 * IRQL <= DISPATCH_LEVEL, paged APC_LEVEL. Page: nf-wdm-exdeletelookasidelistex. */
VOID NTAPI ExDeleteLookasideListEx(PLOOKASIDE_LIST_EX Lookaside)
{
    KI_IRQL_MAX(ExpLookasideIrql(&Lookaside->L));
    ExpDeleteLookaside(&Lookaside->L, ExpLookasideEx, __builtin_return_address(0));
}

/* Frees what the list keeps. IRQL as above. Page: nf-wdm-exflushlookasidelistex. */
VOID NTAPI ExFlushLookasideListEx(PLOOKASIDE_LIST_EX Lookaside)
{
    KI_IRQL_MAX(ExpLookasideIrql(&Lookaside->L));
    ExpFlushLookaside(&Lookaside->L, ExpLookasideEx, __builtin_return_address(0));
}

/* An entry, kept or newly allocated; the caller owns it until
 * ExFreeToLookasideListEx. NULL (or an exception) when exhausted. IRQL as above.
 * Page: nf-wdm-exallocatefromlookasidelistex. */
PVOID NTAPI ExAllocateFromLookasideListEx(PLOOKASIDE_LIST_EX Lookaside)
{
    return ExpAllocateFromLookaside(&Lookaside->L, ExpLookasideEx, __func__, __builtin_return_address(0));
}

/* Gives an entry back. IRQL as above. Page: nf-wdm-exfreetolookasidelistex. */
VOID NTAPI ExFreeToLookasideListEx(PLOOKASIDE_LIST_EX Lookaside, PVOID Entry)
{
    ExpFreeToLookaside(&Lookaside->L, ExpLookasideEx, Entry, __func__, __builtin_return_address(0));
}

/* ---- NPAGED_LOOKASIDE_LIST and PAGED_LOOKASIDE_LIST ------------------------------------ */

/* Both are a GENERAL_LOOKASIDE, which differs from what the functions above take in
 * its alignment only. */
#define EXP_GENERAL(Lookaside) ((PGENERAL_LOOKASIDE_POOL)(Lookaside))

/* As ExInitializeLookasideListEx for non-paged entries. Flags: POOL_NX_ALLOCATION,
 * POOL_RAISE_IF_ALLOCATION_FAILURE. Page: nf-wdm-exinitializenpagedlookasidelist. */
VOID NTAPI ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside, PALLOCATE_FUNCTION Allocate,
                                           PFREE_FUNCTION Free, ULONG Flags, SIZE_T Size, ULONG Tag, USHORT Depth)
{
    UNREFERENCED_PARAMETER(Depth);
    KI_IRQL_MAX(DISPATCH_LEVEL);
    ExpInitializeLookaside(EXP_GENERAL(Lookaside), (PVOID)(ULONG_PTR)Allocate, (PVOID)(ULONG_PTR)Free,
                           (POOL_TYPE)(NonPagedPool | Flags), Size, Tag, __builtin_return_address(0));
}

/* As ExDeleteLookasideListEx. IRQL <= DISPATCH_LEVEL. Page:
 * nf-wdm-exdeletenpagedlookasidelist. */
VOID NTAPI ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    ExpDeleteLookaside(EXP_GENERAL(Lookaside), ExpLookasideOld, __builtin_return_address(0));
}

/* As ExAllocateFromLookasideListEx. IRQL <= DISPATCH_LEVEL. Page:
 * nf-wdm-exallocatefromnpagedlookasidelist. */
PVOID NTAPI ExAllocateFromNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside)
{
    return ExpAllocateFromLookaside(EXP_GENERAL(Lookaside), ExpLookasideOld, __func__, __builtin_return_address(0));
}

/* As ExFreeToLookasideListEx. IRQL <= DISPATCH_LEVEL. Page:
 * nf-wdm-exfreetonpagedlookasidelist. */
VOID NTAPI ExFreeToNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside, PVOID Entry)
{
    ExpFreeToLookaside(EXP_GENERAL(Lookaside), ExpLookasideOld, Entry, __func__, __builtin_return_address(0));
}

/* As ExInitializeNPagedLookasideList for paged entries. IRQL <= APC_LEVEL. Page:
 * nf-wdm-exinitializepagedlookasidelist. */
VOID NTAPI ExInitializePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside, PALLOCATE_FUNCTION Allocate,
                                          PFREE_FUNCTION Free, ULONG Flags, SIZE_T Size, ULONG Tag, USHORT Depth)
{
    UNREFERENCED_PARAMETER(Depth);
    KI_IRQL_MAX(APC_LEVEL);
    ExpInitializeLookaside(EXP_GENERAL(Lookaside), (PVOID)(ULONG_PTR)Allocate, (PVOID)(ULONG_PTR)Free,
                           (POOL_TYPE)(PagedPool | Flags), Size, Tag, __builtin_return_address(0));
}

/* As ExDeleteLookasideListEx. IRQL <= APC_LEVEL. Page:
 * nf-wdm-exdeletepagedlookasidelist. */
VOID NTAPI ExDeletePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside)
{
    KI_IRQL_MAX(APC_LEVEL);
    ExpDeleteLookaside(EXP_GENERAL(Lookaside), ExpLookasideOld, __builtin_return_address(0));
}

/* As ExAllocateFromLookasideListEx. IRQL <= APC_LEVEL. Page:
 * nf-wdm-exallocatefrompagedlookasidelist. */
PVOID NTAPI ExAllocateFromPagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside)
{
    return ExpAllocateFromLookaside(EXP_GENERAL(Lookaside), ExpLookasideOld, __func__, __builtin_return_address(0));
}

/* As ExFreeToLookasideListEx. IRQL <= APC_LEVEL. Page:
 * nf-wdm-exfreetopagedlookasidelist. */
VOID NTAPI ExFreeToPagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside, PVOID Entry)
{
    ExpFreeToLookaside(EXP_GENERAL(Lookaside), ExpLookasideOld, Entry, __func__, __builtin_return_address(0));
}
