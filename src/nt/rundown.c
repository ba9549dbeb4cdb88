// SPDX-License-Identifier: MIT
/*
 * Rundown protection: many hold an object alive; one waits until all have let go,
 * and from then on nobody gets it any more. Zero means nobody holds it.
 *
 * Count is twice the number of holders, or, once somebody waits, the address of
 * the waiter's KI_RUNDOWN_WAIT plus EX_RUNDOWN_ACTIVE; EX_RUNDOWN_ACTIVE alone is
 * run down.
 */
#include "nt/kip.h"

/* Owner: the waiter's stack; alive until the last holder has counted Left to 0. */
typedef struct _KI_RUNDOWN_WAIT
{
    LONG_PTR Left; /* atomic */
    KEVENT Done;
} KI_RUNDOWN_WAIT;

/* One count does for all processors: what differs on Windows is speed. */
struct _EX_RUNDOWN_REF_CACHE_AWARE
{
    EX_RUNDOWN_REF Reference;
};

static BOOLEAN ExpSwapCount(PEX_RUNDOWN_REF RunRef, ULONG_PTR Old, ULONG_PTR New)
{
    return __atomic_compare_exchange_n(&RunRef->Count, &Old, New, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static BOOLEAN ExpAcquireRundown(PEX_RUNDOWN_REF RunRef, ULONG Count)
{
    for (;;)
    {
        ULONG_PTR Seen = KiLoadAcquire(&RunRef->Count);
        if ((Seen & EX_RUNDOWN_ACTIVE) != 0)
        {
            return FALSE;
        }
        if (ExpSwapCount(RunRef, Seen, Seen + (ULONG_PTR)Count * EX_RUNDOWN_COUNT_INC))
        {
            return TRUE;
        }
    }
}

static VOID ExpReleaseRundown(PEX_RUNDOWN_REF RunRef, ULONG Count, PVOID Caller)
{
    ULONG_PTR Seen = KiLoadAcquire(&RunRef->Count);

    while ((Seen & EX_RUNDOWN_ACTIVE) == 0)
    {
        ULONG_PTR Units = (ULONG_PTR)Count * EX_RUNDOWN_COUNT_INC;
        if (Seen < Units)
        {
            KiBugCheck(REFERENCE_BY_POINTER, Caller, NULL,
                       "rundown protection %p is released more often than acquired", (PVOID)RunRef);
        }
        if (ExpSwapCount(RunRef, Seen, Seen - Units))
        {
            return;
        }
        Seen = KiLoadAcquire(&RunRef->Count);
    }
    KI_RUNDOWN_WAIT *Wait = (KI_RUNDOWN_WAIT *)(Seen & ~(ULONG_PTR)EX_RUNDOWN_ACTIVE);
    if (Wait == NULL)
    {
        KiBugCheck(REFERENCE_BY_POINTER, Caller, NULL, "rundown protection %p is released after it was run down",
                   (PVOID)RunRef);
    }
    if (KiAdd(&Wait->Left, -(LONG_PTR)Count) == 0)
    {
        KeSetEvent(&Wait->Done, IO_NO_INCREMENT, FALSE);
    }
}

static VOID ExpWaitForRundown(PEX_RUNDOWN_REF RunRef, PVOID Caller)
{
    KI_RUNDOWN_WAIT Wait;
    ULONG_PTR Seen;

    KeInitializeEvent(&Wait.Done, SynchronizationEvent, FALSE);
    do
    {
        Seen = KiLoadAcquire(&RunRef->Count);
        if (Seen == EX_RUNDOWN_ACTIVE || (Seen == 0 && ExpSwapCount(RunRef, 0, EX_RUNDOWN_ACTIVE)))
        {
            return;
        }
        if ((Seen & EX_RUNDOWN_ACTIVE) != 0)
        {
            KiBugCheck(REFERENCE_BY_POINTER, Caller, NULL, "two threads wait for the rundown of %p at the same time",
                       (PVOID)RunRef);
        }
        Wait.Left = (LONG_PTR)(Seen >> EX_RUNDOWN_COUNT_SHIFT);
    } while (Seen == 0 || !ExpSwapCount(RunRef, Seen, (ULONG_PTR)&Wait | EX_RUNDOWN_ACTIVE));
    KeWaitForSingleObject(&Wait.Done, Executive, KernelMode, FALSE, NULL);
    KiStoreRelease(&RunRef->Count, (ULONG_PTR)EX_RUNDOWN_ACTIVE);
}

/* RunRef is the caller's, in memory that stays while anybody uses it. Any IRQL.
 * Page: nf-wdm-exinitializerundownprotection. */
VOID NTAPI ExInitializeRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    RunRef->Count = 0;
}

/* Makes one that was run down usable again. IRQL <= DISPATCH_LEVEL. Page:
 * nf-wdm-exreinitializerundownprotection. */
VOID NTAPI ExReInitializeRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    KiStoreRelease(&RunRef->Count, (ULONG_PTR)0);
}

/* Keeps the object alive until the release; FALSE when it is being run down, and
 * then it must not be touched. IRQL <= DISPATCH_LEVEL. Page:
 * nf-wdm-exacquirerundownprotection. */
BOOLEAN NTAPI ExAcquireRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    return ExpAcquireRundown(RunRef, 1);
}

/* Count acquires in one. Page: nf-wdm-exacquirerundownprotectionex. */
BOOLEAN NTAPI ExAcquireRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    return ExpAcquireRundown(RunRef, Count);
}

/* IRQL <= DISPATCH_LEVEL. Page: nf-wdm-exreleaserundownprotection. */
VOID NTAPI ExReleaseRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    ExpReleaseRundown(RunRef, 1, __builtin_return_address(0));
}

/* Count releases in one. Page: nf-wdm-exreleaserundownprotectionex. */
VOID NTAPI ExReleaseRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    ExpReleaseRundown(RunRef, Count, __builtin_return_address(0));
}

/* Refuses new acquires and returns when all holders have let go; one caller at a
 * time. IRQL <= APC_LEVEL; blocks. Page:
 * nf-wdm-exwaitforrundownprotectionrelease. */
VOID NTAPI ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF RunRef)
{
    KI_IRQL_MAX(APC_LEVEL);
    ExpWaitForRundown(RunRef, __builtin_return_address(0));
}

/* Marks as run down, after the wait. IRQL <= DISPATCH_LEVEL. Page:
 * nf-wdm-exrundowncompleted. */
VOID NTAPI ExRundownCompleted(PEX_RUNDOWN_REF RunRef)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    KiStoreRelease(&RunRef->Count, (ULONG_PTR)EX_RUNDOWN_ACTIVE);
}

/* ---- the cache-aware kind ------------------------------------------------------------ */

/* Bytes for ExInitializeRundownProtectionCacheAware. Any IRQL. Page:
 * nf-wdm-exsizeofrundownprotectioncacheaware. */
SIZE_T NTAPI ExSizeOfRundownProtectionCacheAware(VOID)
{
    return sizeof(struct _EX_RUNDOWN_REF_CACHE_AWARE);
}

/* In the caller's memory of RunRefSize bytes. Page:
 * nf-wdm-exinitializerundownprotectioncacheaware. */
VOID NTAPI ExInitializeRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware, SIZE_T RunRefSize)
{
    UNREFERENCED_PARAMETER(RunRefSize);
    RunRefCacheAware->Reference.Count = 0;
}

/* In pool memory with PoolTag, the caller's until
 * ExFreeCacheAwareRundownProtection; NULL when exhausted. IRQL <= DISPATCH_LEVEL.
 * Page: nf-wdm-exallocatecacheawarerundownprotection. */
PEX_RUNDOWN_REF_CACHE_AWARE NTAPI ExAllocateCacheAwareRundownProtection(POOL_TYPE PoolType, ULONG PoolTag)
{
    PEX_RUNDOWN_REF_CACHE_AWARE RunRef = ExAllocatePoolWithTag(PoolType, sizeof(*RunRef), PoolTag);

    if (RunRef != NULL)
    {
        RunRef->Reference.Count = 0;
    }
    return RunRef;
}

/* IRQL <= DISPATCH_LEVEL. Page: nf-wdm-exfreecacheawarerundownprotection. */
VOID NTAPI ExFreeCacheAwareRundownProtection(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware)
{
    ExFreePool(RunRefCacheAware);
}

/* As the plain function of the same name without CacheAware. */
BOOLEAN NTAPI ExAcquireRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    return ExpAcquireRundown(&RunRefCacheAware->Reference, 1);
}

/* As the plain function of the same name without CacheAware. */
BOOLEAN NTAPI ExAcquireRundownProtectionCacheAwareEx(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware, ULONG Count)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    return ExpAcquireRundown(&RunRefCacheAware->Reference, Count);
}

/* As the plain function of the same name without CacheAware. */
VOID NTAPI ExReleaseRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    ExpReleaseRundown(&RunRefCacheAware->Reference, 1, __builtin_return_address(0));
}

/* As the plain function of the same name without CacheAware. */
VOID NTAPI ExReleaseRundownProtectionCacheAwareEx(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware, ULONG Count)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    ExpReleaseRundown(&RunRefCacheAware->Reference, Count, __builtin_return_address(0));
}

/* As the plain function of the same name without CacheAware. */
VOID NTAPI ExWaitForRundownProtectionReleaseCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware)
{
    KI_IRQL_MAX(APC_LEVEL);
    ExpWaitForRundown(&RunRefCacheAware->Reference, __builtin_return_address(0));
}

/* As the plain function of the same name without CacheAware. */
VOID NTAPI ExRundownCompletedCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware)
{
    ExRundownCompleted(&RunRefCacheAware->Reference);
}

/* As the plain function of the same name without CacheAware. */
VOID NTAPI ExReInitializeRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware)
{
    ExReInitializeRundownProtection(&RunRefCacheAware->Reference);
}
