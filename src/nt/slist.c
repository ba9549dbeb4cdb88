// SPDX-License-Identifier: MIT
/*
 * Sequenced singly linked lists, and the Ex lists that bring their own spin
 * lock. A lock-free pop reads the link of an entry that another thread may have
 * taken out and freed; the kernel survives that, a process with a checking heap
 * does not. So each SLIST_HEADER carries a lock word, in bits that Windows uses
 * for its sequence number.
 */
#include "nt/hostcall.h"
#include "nt/ntp.h"

/*
 * SLIST_HEADER as it is used here; zeroed memory is an empty list.
 * Lock: Lock guards Next and writes of Depth; Depth may be read without.
 */
typedef struct _EXP_SLIST
{
    USHORT Depth;
    USHORT Reserved;
    HC_LOCK Lock;
    PSLIST_ENTRY Next;
} EXP_SLIST, *PEXP_SLIST;

C_ASSERT(sizeof(EXP_SLIST) == sizeof(SLIST_HEADER));

static PEXP_SLIST ExpLockSList(PSLIST_HEADER Header)
{
    PEXP_SLIST List = (PEXP_SLIST)Header;
    HcAcquireLock(&List->Lock);
    return List;
}

static VOID ExpSetDepth(PEXP_SLIST List, ULONG Depth)
{
    __atomic_store_n(&List->Depth, (USHORT)Depth, __ATOMIC_RELAXED);
}

/* Makes the list empty. Any IRQL. Page: nf-wdm-initializeslisthead. */
VOID NTAPI InitializeSListHead(PSLIST_HEADER SListHead)
{
    if (((ULONG_PTR)SListHead & 15) != 0)
    {
        KiReportMisuse(__builtin_return_address(0), __func__, "an SLIST_HEADER is 16-byte aligned; Windows raises here");
    }
    RtlZeroMemory(SListHead, sizeof(*SListHead));
}

/* Puts ListEntry, which the list owns until it is popped, in front; returns the
 * entry that was first, or NULL. Any IRQL. Page:
 * nf-wdm-exinterlockedpushentryslist. */
PSLIST_ENTRY NTAPI InterlockedPushEntrySList(PSLIST_HEADER ListHead, PSLIST_ENTRY ListEntry)
{
    if (((ULONG_PTR)ListEntry & 15) != 0)
    {
        KiReportMisuse(__builtin_return_address(0), __func__, "an SLIST_ENTRY is 16-byte aligned; Windows breaks here");
    }
    PEXP_SLIST List = ExpLockSList(ListHead);
    PSLIST_ENTRY First = List->Next;
    ListEntry->Next = First;
    List->Next = ListEntry;
    ExpSetDepth(List, List->Depth + 1U);
    HcReleaseLock(&List->Lock);
    return First;
}

/* Takes the first entry, or NULL. Any IRQL. Page: nf-wdm-exinterlockedpopentryslist. */
PSLIST_ENTRY NTAPI InterlockedPopEntrySList(PSLIST_HEADER ListHead)
{
    PEXP_SLIST List = ExpLockSList(ListHead);
    PSLIST_ENTRY First = List->Next;
    if (First != NULL)
    {
        List->Next = First->Next;
        ExpSetDepth(List, List->Depth - 1U);
    }
    HcReleaseLock(&List->Lock);
    return First;
}

/* Takes all entries as a chain. Any IRQL. Page: nf-wdm-exinterlockedflushslist. */
PSLIST_ENTRY NTAPI InterlockedFlushSList(PSLIST_HEADER ListHead)
{
    PEXP_SLIST List = ExpLockSList(ListHead);
    PSLIST_ENTRY First = List->Next;
    List->Next = NULL;
    ExpSetDepth(List, 0);
    HcReleaseLock(&List->Lock);
    return First;
}

/* Puts a chain of Count entries in front; returns the entry that was first. Any
 * IRQL. */
PSLIST_ENTRY NTAPI InterlockedPushListSListEx(PSLIST_HEADER ListHead, PSLIST_ENTRY List, PSLIST_ENTRY ListEnd,
                                              ULONG Count)
{
    PEXP_SLIST Head = ExpLockSList(ListHead);
    PSLIST_ENTRY First = Head->Next;
    ListEnd->Next = First;
    Head->Next = List;
    ExpSetDepth(Head, Head->Depth + Count);
    HcReleaseLock(&Head->Lock);
    return First;
}

/* Number of entries, modulo 65536. Any IRQL. Page: nf-wdm-exquerydepthslist. */
USHORT NTAPI ExQueryDepthSList(PSLIST_HEADER SListHead)
{
    return __atomic_load_n(&((PEXP_SLIST)SListHead)->Depth, __ATOMIC_RELAXED);
}

/* The first entry, left where it is; for lists nobody else changes meanwhile. */
PSLIST_ENTRY NTAPI FirstEntrySList(const SLIST_HEADER *SListHead)
{
    PEXP_SLIST List = ExpLockSList((PSLIST_HEADER)(ULONG_PTR)SListHead);
    PSLIST_ENTRY First = List->Next;
    HcReleaseLock(&List->Lock);
    return First;
}

/* ---- lists under a caller's spin lock ------------------------------------------------- */

/* Windows masks interrupts for these, so that any IRQL is allowed. There are no
 * interrupts here: the lock's own rule (DISPATCH_LEVEL while held) is enough. */
static KIRQL ExpLockList(PKSPIN_LOCK Lock)
{
    KIRQL OldIrql = KeGetCurrentIrql();
    if (OldIrql >= DISPATCH_LEVEL)
    {
        KeAcquireSpinLockAtDpcLevel(Lock);
    }
    else
    {
        KeAcquireSpinLock(Lock, &OldIrql);
    }
    return OldIrql;
}

static VOID ExpUnlockList(PKSPIN_LOCK Lock, KIRQL OldIrql)
{
    if (OldIrql >= DISPATCH_LEVEL)
    {
        KeReleaseSpinLockFromDpcLevel(Lock);
    }
    else
    {
        KeReleaseSpinLock(Lock, OldIrql);
    }
}

/* Inserts at the head under Lock; returns the entry that was first, or NULL. Any
 * IRQL. Page: nf-wdm-exinterlockedinsertheadlist. */
PLIST_ENTRY NTAPI ExInterlockedInsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry, PKSPIN_LOCK Lock)
{
    KIRQL OldIrql = ExpLockList(Lock);
    PLIST_ENTRY First = IsListEmpty(ListHead) ? NULL : ListHead->Flink;
    InsertHeadList(ListHead, ListEntry);
    ExpUnlockList(Lock, OldIrql);
    return First;
}

/* Inserts at the tail under Lock; returns the entry that was last, or NULL. Any
 * IRQL. Page: nf-wdm-exinterlockedinserttaillist. */
PLIST_ENTRY NTAPI ExInterlockedInsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry, PKSPIN_LOCK Lock)
{
    KIRQL OldIrql = ExpLockList(Lock);
    PLIST_ENTRY Last = IsListEmpty(ListHead) ? NULL : ListHead->Blink;
    InsertTailList(ListHead, ListEntry);
    ExpUnlockList(Lock, OldIrql);
    return Last;
}

/* Takes the first entry under Lock, or NULL. Any IRQL. Page:
 * nf-wdm-exinterlockedremoveheadlist. */
PLIST_ENTRY NTAPI ExInterlockedRemoveHeadList(PLIST_ENTRY ListHead, PKSPIN_LOCK Lock)
{
    KIRQL OldIrql = ExpLockList(Lock);
    PLIST_ENTRY First = IsListEmpty(ListHead) ? NULL : RemoveHeadList(ListHead);
    ExpUnlockList(Lock, OldIrql);
    return First;
}

/* Pops under Lock, or NULL. Any IRQL. Page: nf-wdm-exinterlockedpopentrylist. */
PSINGLE_LIST_ENTRY NTAPI ExInterlockedPopEntryList(PSINGLE_LIST_ENTRY ListHead, PKSPIN_LOCK Lock)
{
    KIRQL OldIrql = ExpLockList(Lock);
    PSINGLE_LIST_ENTRY First = PopEntryList(ListHead);
    ExpUnlockList(Lock, OldIrql);
    return First;
}

/* Pushes under Lock; returns the entry that was first, or NULL. Any IRQL. Page:
 * nf-wdm-exinterlockedpushentrylist. */
PSINGLE_LIST_ENTRY NTAPI ExInterlockedPushEntryList(PSINGLE_LIST_ENTRY ListHead, PSINGLE_LIST_ENTRY ListEntry,
                                                    PKSPIN_LOCK Lock)
{
    KIRQL OldIrql = ExpLockList(Lock);
    PSINGLE_LIST_ENTRY First = ListHead->Next;
    PushEntryList(ListHead, ListEntry);
    ExpUnlockList(Lock, OldIrql);
    return First;
}

/* Adds under Lock; returns the value before. Any IRQL. Page:
 * nf-wdm-exinterlockedaddulong. */
ULONG NTAPI ExInterlockedAddUlong(PULONG Addend, ULONG Increment, PKSPIN_LOCK Lock)
{
    KIRQL OldIrql = ExpLockList(Lock);
    ULONG Before = *Addend;
    *Addend = Before + Increment;
    ExpUnlockList(Lock, OldIrql);
    return Before;
}

/* Adds under Lock; returns the value before. Any IRQL. Page:
 * nf-wdm-exinterlockedaddlargeinteger. */
LARGE_INTEGER NTAPI ExInterlockedAddLargeInteger(PLARGE_INTEGER Addend, LARGE_INTEGER Increment, PKSPIN_LOCK Lock)
{
    KIRQL OldIrql = ExpLockList(Lock);
    LARGE_INTEGER Before = *Addend;
    Addend->QuadPart = Before.QuadPart + Increment.QuadPart;
    ExpUnlockList(Lock, OldIrql);
    return Before;
}
