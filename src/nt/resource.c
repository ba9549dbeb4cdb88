// SPDX-License-Identifier: MIT
/*
 * Executive resources: recursive reader-writer locks that know their owners. The
 * exclusive owner is in OwnerEntry, shared owners in OwnerTable, those who wait in
 * two lists of nodes on their stacks. Who releases passes the resource on: to all
 * that wait for shared access after an exclusive owner, to the first that waits
 * for exclusive access after shared owners.
 */
#include "nt/kip.h"

#define EXP_FIRST_OWNERS 4

/* How a shared request meets those who wait for exclusive access. */
typedef enum _EXP_SHARED
{
    ExpSharedFair,    /* behind them, unless it holds the resource already */
    ExpSharedStarve,  /* ahead of them */
    ExpSharedPolite   /* behind them in any case */
} EXP_SHARED;

/* On the waiter's stack; linked and granted under the resource's lock. */
typedef struct _EXP_RESOURCE_WAIT
{
    struct _EXP_RESOURCE_WAIT *Next;
    ERESOURCE_THREAD Thread;
    KEVENT Granted;
} EXP_RESOURCE_WAIT;

/* The low half of SpinLock; nothing is waited for under it. */
static PHC_LOCK ExpResourceLock(PERESOURCE Resource)
{
    return (PHC_LOCK)(PVOID)&Resource->SpinLock;
}

/* ---- owners, under the lock --------------------------------------------------------- */

static BOOLEAN ExpIsExclusive(PERESOURCE Resource)
{
    return (Resource->Flag & ResourceOwnedExclusive) != 0;
}

/* OwnerTable[0] holds the table's size; owners are the entries after it. */
static ULONG ExpTableSize(PERESOURCE Resource)
{
    return Resource->OwnerTable != NULL ? Resource->OwnerTable[0].TableSize : 0;
}

/* The entry of a shared owner, an unused one for OwnerThread 0, or NULL. */
static POWNER_ENTRY ExpFindOwner(PERESOURCE Resource, ERESOURCE_THREAD Thread)
{
    for (ULONG Index = 1; Index < ExpTableSize(Resource); Index++)
    {
        if (Resource->OwnerTable[Index].OwnerThread == Thread)
        {
            return &Resource->OwnerTable[Index];
        }
    }
    return NULL;
}

/* Room for one shared owner more, besides those that wait. */
static BOOLEAN ExpReserveOwner(PERESOURCE Resource)
{
    ULONG Size = ExpTableSize(Resource);
    ULONG Needed = 1 + Resource->ActiveEntries + Resource->NumberOfSharedWaiters + 1;

    if (Needed <= Size)
    {
        return TRUE;
    }
    ULONG NewSize = Size != 0 ? Size * 2 : 1 + EXP_FIRST_OWNERS;
    POWNER_ENTRY Table = HcAllocateZero(NewSize * sizeof(OWNER_ENTRY));
    if (Table == NULL)
    {
        return FALSE;
    }
    if (Size != 0)
    {
        RtlCopyMemory(Table, Resource->OwnerTable, Size * sizeof(OWNER_ENTRY));
        HcFree(Resource->OwnerTable);
    }
    Table[0].TableSize = NewSize;
    Resource->OwnerTable = Table;
    return TRUE;
}

static VOID ExpGrantExclusive(PERESOURCE Resource, ERESOURCE_THREAD Thread)
{
    Resource->Flag |= ResourceOwnedExclusive;
    Resource->OwnerEntry.OwnerThread = Thread;
    Resource->OwnerEntry.OwnerCount = 1;
    Resource->ActiveEntries = 1;
    Resource->ActiveCount = 1;
}

/* Room is there. */
static VOID ExpGrantShared(PERESOURCE Resource, ERESOURCE_THREAD Thread)
{
    POWNER_ENTRY Entry = ExpFindOwner(Resource, Thread);

    if (Entry == NULL)
    {
        Entry = ExpFindOwner(Resource, 0);
        Entry->OwnerThread = Thread;
        Entry->OwnerCount = 0;
        Resource->ActiveEntries++;
        Resource->ActiveCount = (SHORT)Resource->ActiveEntries;
    }
    Entry->OwnerCount++;
}

/* ---- those who wait, under the lock --------------------------------------------------- */

static VOID ExpAppend(PVOID *Head, EXP_RESOURCE_WAIT *Wait)
{
    EXP_RESOURCE_WAIT **Link = (EXP_RESOURCE_WAIT **)Head;

    while (*Link != NULL)
    {
        Link = &(*Link)->Next;
    }
    *Link = Wait;
}

static EXP_RESOURCE_WAIT *ExpGrantAllShared(PERESOURCE Resource)
{
    EXP_RESOURCE_WAIT *Granted = Resource->SharedWaiters;

    Resource->SharedWaiters = NULL;
    for (EXP_RESOURCE_WAIT *Wait = Granted; Wait != NULL; Wait = Wait->Next)
    {
        Resource->NumberOfSharedWaiters--;
        ExpGrantShared(Resource, Wait->Thread);
    }
    return Granted;
}

static EXP_RESOURCE_WAIT *ExpGrantOneExclusive(PERESOURCE Resource)
{
    EXP_RESOURCE_WAIT *Granted = Resource->ExclusiveWaiters;

    if (Granted != NULL)
    {
        Resource->ExclusiveWaiters = Granted->Next;
        Granted->Next = NULL;
        Resource->NumberOfExclusiveWaiters--;
        ExpGrantExclusive(Resource, Granted->Thread);
    }
    return Granted;
}

/* Without the lock; each node is gone once its event is set. */
static VOID ExpWakeGranted(EXP_RESOURCE_WAIT *Granted)
{
    while (Granted != NULL)
    {
        EXP_RESOURCE_WAIT *Next = Granted->Next;
        KeSetEvent(&Granted->Granted, IO_NO_INCREMENT, FALSE);
        Granted = Next;
    }
}

/* The lock is held and dropped. */
static VOID ExpWaitForGrant(PERESOURCE Resource, PVOID *Head, ULONG *Waiters, ERESOURCE_THREAD Thread)
{
    EXP_RESOURCE_WAIT Wait = {.Thread = Thread};

    KeInitializeEvent(&Wait.Granted, SynchronizationEvent, FALSE);
    ExpAppend(Head, &Wait);
    (*Waiters)++;
    Resource->ContentionCount++;
    HcReleaseLock(ExpResourceLock(Resource));
    KeWaitForSingleObject(&Wait.Granted, WrResource, KernelMode, FALSE, NULL);
}

/* ---- life ------------------------------------------------------------------------------- */

/* Resource is the caller's, in memory that stays until ExDeleteResourceLite. IRQL
 * <= APC_LEVEL. STATUS_SUCCESS. Page: nf-wdm-exinitializeresourcelite. */
NTSTATUS NTAPI ExInitializeResourceLite(PERESOURCE Resource)
{
    KI_IRQL_MAX(APC_LEVEL);
    RtlZeroMemory(Resource, sizeof(*Resource));
    return STATUS_SUCCESS;
}

/* As new again; nobody holds it. IRQL <= APC_LEVEL. Page:
 * nf-wdm-exreinitializeresourcelite. */
NTSTATUS NTAPI ExReinitializeResourceLite(PERESOURCE Resource)
{
    KI_IRQL_MAX(APC_LEVEL);
    HcFree(Resource->OwnerTable);
    RtlZeroMemory(Resource, sizeof(*Resource));
    return STATUS_SUCCESS;
}

/* Nobody holds it or waits for it; its memory may be freed then. IRQL <=
 * DISPATCH_LEVEL. STATUS_SUCCESS. Page: nf-wdm-exdeleteresourcelite. */
NTSTATUS NTAPI ExDeleteResourceLite(PERESOURCE Resource)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    HcAcquireLock(ExpResourceLock(Resource));
    BOOLEAN Owned = Resource->ActiveEntries != 0;
    POWNER_ENTRY Table = Resource->OwnerTable;
    Resource->OwnerTable = NULL;
    HcReleaseLock(ExpResourceLock(Resource));
    if (Owned)
    {
        KiBugCheck(RESOURCE_OWNER_POINTER_INVALID, __builtin_return_address(0), NULL,
                   "resource %p is deleted while it is held", (PVOID)Resource);
    }
    HcFree(Table);
    return STATUS_SUCCESS;
}

/* ---- acquiring ----------------------------------------------------------------------------- */

static VOID ExpCheckRegion(PERESOURCE Resource, PCSTR Function, PVOID Caller)
{
    PKTHREAD Thread = KiCurrentThread();

    KiCheckIrqlMax(APC_LEVEL, Function, Caller);
    if (Thread->Irql < APC_LEVEL && Thread->KernelApcDisable == 0 && Thread->SpecialApcDisable == 0)
    {
        KiReportMisuse(Caller, Function, "resource %p is acquired outside a critical region (KeEnterCriticalRegion)",
                       (PVOID)Resource);
    }
}

static BOOLEAN ExpAcquireExclusive(PERESOURCE Resource, BOOLEAN Wait, PVOID Caller)
{
    ERESOURCE_THREAD Thread = ExGetCurrentResourceThread();
    BOOLEAN Acquired = TRUE;

    HcAcquireLock(ExpResourceLock(Resource));
    if (Resource->ActiveEntries == 0)
    {
        ExpGrantExclusive(Resource, Thread);
    }
    else if (ExpIsExclusive(Resource) && Resource->OwnerEntry.OwnerThread == Thread)
    {
        Resource->OwnerEntry.OwnerCount++;
    }
    else if (!Wait)
    {
        Acquired = FALSE;
    }
    else
    {
        if (!ExpIsExclusive(Resource) && ExpFindOwner(Resource, Thread) != NULL)
        {
            HcReleaseLock(ExpResourceLock(Resource));
            KiBugCheck(RESOURCE_NOT_OWNED, Caller, NULL,
                       "resource %p is acquired exclusively by a thread that holds it shared: it would wait for itself",
                       (PVOID)Resource);
        }
        ExpWaitForGrant(Resource, &Resource->ExclusiveWaiters, &Resource->NumberOfExclusiveWaiters, Thread);
        return TRUE;
    }
    HcReleaseLock(ExpResourceLock(Resource));
    return Acquired;
}

static BOOLEAN ExpAcquireSharedResource(PERESOURCE Resource, BOOLEAN Wait, EXP_SHARED Kind)
{
    ERESOURCE_THREAD Thread = ExGetCurrentResourceThread();
    BOOLEAN Acquired = TRUE;

    HcAcquireLock(ExpResourceLock(Resource));
    if (ExpIsExclusive(Resource) && Resource->OwnerEntry.OwnerThread == Thread)
    {
        Resource->OwnerEntry.OwnerCount++;
        HcReleaseLock(ExpResourceLock(Resource));
        return TRUE;
    }
    if (!ExpReserveOwner(Resource))
    {
        HcReleaseLock(ExpResourceLock(Resource));
        ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
        return FALSE;
    }
    BOOLEAN Behind = Kind != ExpSharedStarve && Resource->ExclusiveWaiters != NULL &&
                     (Kind == ExpSharedPolite || ExpFindOwner(Resource, Thread) == NULL);
    if (!ExpIsExclusive(Resource) && !Behind)
    {
        ExpGrantShared(Resource, Thread);
    }
    else if (!Wait)
    {
        Acquired = FALSE;
    }
    else
    {
        ExpWaitForGrant(Resource, &Resource->SharedWaiters, &Resource->NumberOfSharedWaiters, Thread);
        return TRUE;
    }
    HcReleaseLock(ExpResourceLock(Resource));
    return Acquired;
}

/* FALSE only when Wait is FALSE and it is not to be had now; recursive. Inside a
 * critical region, IRQL <= APC_LEVEL. Page: nf-wdm-exacquireresourceexclusivelite. */
BOOLEAN NTAPI ExAcquireResourceExclusiveLite(PERESOURCE Resource, BOOLEAN Wait)
{
    ExpCheckRegion(Resource, __func__, __builtin_return_address(0));
    return ExpAcquireExclusive(Resource, Wait, __builtin_return_address(0));
}

/* As above, for shared access; behind those who wait for exclusive access unless
 * the caller holds it already. Page: nf-wdm-exacquireresourcesharedlite. */
BOOLEAN NTAPI ExAcquireResourceSharedLite(PERESOURCE Resource, BOOLEAN Wait)
{
    ExpCheckRegion(Resource, __func__, __builtin_return_address(0));
    return ExpAcquireSharedResource(Resource, Wait, ExpSharedFair);
}

/* As above, ahead of those who wait. Page: nf-wdm-exacquiresharedstarveexclusive. */
BOOLEAN NTAPI ExAcquireSharedStarveExclusive(PERESOURCE Resource, BOOLEAN Wait)
{
    ExpCheckRegion(Resource, __func__, __builtin_return_address(0));
    return ExpAcquireSharedResource(Resource, Wait, ExpSharedStarve);
}

/* As above, behind them in any case. Page: nf-wdm-exacquiresharedwaitforexclusive. */
BOOLEAN NTAPI ExAcquireSharedWaitForExclusive(PERESOURCE Resource, BOOLEAN Wait)
{
    ExpCheckRegion(Resource, __func__, __builtin_return_address(0));
    return ExpAcquireSharedResource(Resource, Wait, ExpSharedPolite);
}

/* ---- releasing --------------------------------------------------------------------------------- */

static VOID ExpReleaseResource(PERESOURCE Resource, ERESOURCE_THREAD Thread, PVOID Caller)
{
    EXP_RESOURCE_WAIT *Granted = NULL;

    HcAcquireLock(ExpResourceLock(Resource));
    POWNER_ENTRY Entry = ExpIsExclusive(Resource) ? &Resource->OwnerEntry : ExpFindOwner(Resource, Thread);
    if (Entry == NULL || Entry->OwnerThread != Thread || Thread == 0)
    {
        HcReleaseLock(ExpResourceLock(Resource));
        KiBugCheck(RESOURCE_NOT_OWNED, Caller, NULL, "resource %p is released for a thread that does not hold it",
                   (PVOID)Resource);
    }
    if (--Entry->OwnerCount == 0)
    {
        Entry->OwnerThread = 0;
        Resource->ActiveEntries--;
        Resource->ActiveCount = (SHORT)Resource->ActiveEntries;
    }
    if (Resource->ActiveEntries == 0)
    {
        BOOLEAN SharedFirst = ExpIsExclusive(Resource) && Resource->SharedWaiters != NULL;
        Resource->Flag &= (USHORT)~ResourceOwnedExclusive;
        Granted = SharedFirst ? NULL : ExpGrantOneExclusive(Resource);
        Granted = Granted != NULL ? Granted : ExpGrantAllShared(Resource);
    }
    HcReleaseLock(ExpResourceLock(Resource));
    ExpWakeGranted(Granted);
}

/* Releases one acquire of the calling thread. IRQL <= DISPATCH_LEVEL. Page:
 * nf-wdm-exreleaseresourcelite. */
VOID NTAPI ExReleaseResourceLite(PERESOURCE Resource)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    ExpReleaseResource(Resource, ExGetCurrentResourceThread(), __builtin_return_address(0));
}

/* Releases one acquire of that thread. IRQL <= DISPATCH_LEVEL. Page:
 * nf-wdm-exreleaseresourceforthreadlite. */
VOID NTAPI ExReleaseResourceForThreadLite(PERESOURCE Resource, ERESOURCE_THREAD ResourceThreadId)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    ExpReleaseResource(Resource, ResourceThreadId, __builtin_return_address(0));
}

/* Exclusive access becomes shared; those who wait for shared access get it. IRQL <=
 * DISPATCH_LEVEL. Raises STATUS_INSUFFICIENT_RESOURCES. Page:
 * nf-wdm-exconvertexclusivetosharedlite. */
VOID NTAPI ExConvertExclusiveToSharedLite(PERESOURCE Resource)
{
    ERESOURCE_THREAD Thread = ExGetCurrentResourceThread();

    KI_IRQL_MAX(DISPATCH_LEVEL);
    HcAcquireLock(ExpResourceLock(Resource));
    if (!ExpIsExclusive(Resource) || Resource->OwnerEntry.OwnerThread != Thread)
    {
        HcReleaseLock(ExpResourceLock(Resource));
        KiBugCheck(RESOURCE_NOT_OWNED, __builtin_return_address(0), NULL,
                   "resource %p is converted by a thread that does not hold it exclusively", (PVOID)Resource);
    }
    if (!ExpReserveOwner(Resource))
    {
        HcReleaseLock(ExpResourceLock(Resource));
        ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
        return;
    }
    ULONG Count = Resource->OwnerEntry.OwnerCount;
    Resource->OwnerEntry.OwnerThread = 0;
    Resource->OwnerEntry.OwnerCount = 0;
    Resource->Flag &= (USHORT)~ResourceOwnedExclusive;
    Resource->ActiveEntries = 0;
    ExpGrantShared(Resource, Thread);
    ExpFindOwner(Resource, Thread)->OwnerCount = Count;
    EXP_RESOURCE_WAIT *Granted = ExpGrantAllShared(Resource);
    HcReleaseLock(ExpResourceLock(Resource));
    ExpWakeGranted(Granted);
}

/* ---- asking ---------------------------------------------------------------------------------------- */

/* TRUE when the calling thread holds it exclusively. IRQL <= DISPATCH_LEVEL. Page:
 * nf-wdm-exisresourceacquiredexclusivelite. */
BOOLEAN NTAPI ExIsResourceAcquiredExclusiveLite(PERESOURCE Resource)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    HcAcquireLock(ExpResourceLock(Resource));
    BOOLEAN Held = ExpIsExclusive(Resource) && Resource->OwnerEntry.OwnerThread == ExGetCurrentResourceThread();
    HcReleaseLock(ExpResourceLock(Resource));
    return Held;
}

/* How often the calling thread holds it, either way. IRQL <= DISPATCH_LEVEL. Page:
 * nf-wdm-exisresourceacquiredsharedlite. */
ULONG NTAPI ExIsResourceAcquiredSharedLite(PERESOURCE Resource)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    HcAcquireLock(ExpResourceLock(Resource));
    POWNER_ENTRY Entry = ExpIsExclusive(Resource) ? &Resource->OwnerEntry
                                                  : ExpFindOwner(Resource, ExGetCurrentResourceThread());
    ULONG Count = Entry != NULL && Entry->OwnerThread == ExGetCurrentResourceThread() ? Entry->OwnerCount : 0;
    HcReleaseLock(ExpResourceLock(Resource));
    return Count;
}

/* How many wait for exclusive access. IRQL <= DISPATCH_LEVEL. Page:
 * nf-wdm-exgetexclusivewaitercount. */
ULONG NTAPI ExGetExclusiveWaiterCount(PERESOURCE Resource)
{
    HcAcquireLock(ExpResourceLock(Resource));
    ULONG Count = Resource->NumberOfExclusiveWaiters;
    HcReleaseLock(ExpResourceLock(Resource));
    return Count;
}

/* How many wait for shared access. IRQL <= DISPATCH_LEVEL. Page:
 * nf-wdm-exgetsharedwaitercount. */
ULONG NTAPI ExGetSharedWaiterCount(PERESOURCE Resource)
{
    HcAcquireLock(ExpResourceLock(Resource));
    ULONG Count = Resource->NumberOfSharedWaiters;
    HcReleaseLock(ExpResourceLock(Resource));
    return Count;
}

/* ---- together with a critical region ------------------------------------------------------------- */

/* KeEnterCriticalRegion and an exclusive acquire that waits. The result means
 * nothing to drivers. IRQL <= APC_LEVEL. Page:
 * nf-ntddk-exentercriticalregionandacquireresourceexclusive. */
PVOID NTAPI ExEnterCriticalRegionAndAcquireResourceExclusive(PERESOURCE Resource)
{
    KeEnterCriticalRegion();
    ExpAcquireExclusive(Resource, TRUE, __builtin_return_address(0));
    return NULL;
}

/* As above, for shared access. Page:
 * nf-ntddk-exentercriticalregionandacquireresourceshared. */
PVOID NTAPI ExEnterCriticalRegionAndAcquireResourceShared(PERESOURCE Resource)
{
    KeEnterCriticalRegion();
    ExpAcquireSharedResource(Resource, TRUE, ExpSharedFair);
    return NULL;
}

/* Releases and leaves the region. IRQL <= APC_LEVEL. Page:
 * nf-ntddk-exreleaseresourceandleavecriticalregion. */
VOID NTAPI ExReleaseResourceAndLeaveCriticalRegion(PERESOURCE Resource)
{
    KI_IRQL_MAX(APC_LEVEL);
    ExpReleaseResource(Resource, ExGetCurrentResourceThread(), __builtin_return_address(0));
    KeLeaveCriticalRegion();
}
