// SPDX-License-Identifier: MIT
/*
 * Fast mutexes and guarded mutexes: one structure, two ways to keep APCs away. Not
 * recursive. Count is 1 when free, 0 when held, and goes down by one per waiter;
 * drivers initialize the structure inline, so these values are fixed.
 */
#include "nt/kip.h"

static VOID KiInitializeFastMutex(PFAST_MUTEX FastMutex)
{
    RtlZeroMemory(FastMutex, sizeof(*FastMutex));
    FastMutex->Count = FM_LOCK_BIT;
    KeInitializeEvent(&FastMutex->Event, SynchronizationEvent, FALSE);
}

static VOID KiAcquireFastMutex(PFAST_MUTEX FastMutex, PVOID Caller)
{
    PKTHREAD Thread = KiCurrentThread();

    if (KiLoadRelaxed(&FastMutex->Owner) == (PVOID)Thread)
    {
        KiBugCheck(MUTEX_ALREADY_OWNED, Caller, NULL,
                   "fast or guarded mutex %p is acquired by the thread that holds it already: it would wait for itself",
                   (PVOID)FastMutex);
    }
    if (__atomic_sub_fetch(&FastMutex->Count, 1, __ATOMIC_ACQUIRE) != 0)
    {
        __atomic_add_fetch(&FastMutex->Contention, 1, __ATOMIC_RELAXED);
        KeWaitForSingleObject(&FastMutex->Event, WrFastMutex, KernelMode, FALSE, NULL);
    }
    KiStoreRelaxed(&FastMutex->Owner, (PVOID)Thread);
}

static BOOLEAN KiTryFastMutex(PFAST_MUTEX FastMutex)
{
    LONG Free = FM_LOCK_BIT;

    if (!__atomic_compare_exchange_n(&FastMutex->Count, &Free, 0, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
    {
        return FALSE;
    }
    KiStoreRelaxed(&FastMutex->Owner, (PVOID)KiCurrentThread());
    return TRUE;
}

static VOID KiReleaseFastMutex(PFAST_MUTEX FastMutex, PVOID Caller)
{
    if (KiLoadRelaxed(&FastMutex->Owner) != (PVOID)KiCurrentThread())
    {
        KiBugCheck(RESOURCE_NOT_OWNED, Caller, NULL,
                   "fast or guarded mutex %p is released by a thread that does not hold it", (PVOID)FastMutex);
    }
    KiStoreRelaxed(&FastMutex->Owner, NULL);
    /* Free now: unless somebody waits, the mutex may be gone. */
    if (__atomic_add_fetch(&FastMutex->Count, 1, __ATOMIC_RELEASE) <= 0)
    {
        KeSetEvent(&FastMutex->Event, IO_NO_INCREMENT, FALSE);
    }
}

/* For the Unsafe kind: the caller has switched APCs off itself. */
static VOID KiCheckApcsOff(PCSTR Function, PVOID Caller)
{
    PKTHREAD Thread = KiCurrentThread();

    if (Thread->Irql < APC_LEVEL && Thread->KernelApcDisable == 0 && Thread->SpecialApcDisable == 0)
    {
        KiReportMisuse(Caller, Function, "is called with APCs on: at APC_LEVEL or inside a critical region only");
    }
}

/* ---- fast mutexes ------------------------------------------------------------------ */

#undef ExInitializeFastMutex
/* FastMutex is the caller's, in memory that stays while anybody uses it. IRQL <=
 * DISPATCH_LEVEL. Page: nf-wdm-exinitializefastmutex. */
VOID NTAPI ExInitializeFastMutex(PFAST_MUTEX FastMutex)
{
    KiInitializeFastMutex(FastMutex);
}

/* Acquires and raises to APC_LEVEL; blocks. IRQL <= APC_LEVEL. Page:
 * nf-wdm-exacquirefastmutex. */
VOID NTAPI ExAcquireFastMutex(PFAST_MUTEX FastMutex)
{
    KIRQL OldIrql;

    KI_IRQL_MAX(APC_LEVEL);
    KeRaiseIrql(APC_LEVEL, &OldIrql);
    KiAcquireFastMutex(FastMutex, __builtin_return_address(0));
    FastMutex->OldIrql = OldIrql;
}

/* Acquires and raises to APC_LEVEL if nobody holds it. IRQL <= APC_LEVEL. Page:
 * nf-wdm-extrytoacquirefastmutex. */
BOOLEAN NTAPI ExTryToAcquireFastMutex(PFAST_MUTEX FastMutex)
{
    KIRQL OldIrql;

    KI_IRQL_MAX(APC_LEVEL);
    KeRaiseIrql(APC_LEVEL, &OldIrql);
    if (!KiTryFastMutex(FastMutex))
    {
        KeLowerIrql(OldIrql);
        return FALSE;
    }
    FastMutex->OldIrql = OldIrql;
    return TRUE;
}

/* Releases and lowers to the level before the acquire. IRQL = APC_LEVEL. Page:
 * nf-wdm-exreleasefastmutex. */
VOID NTAPI ExReleaseFastMutex(PFAST_MUTEX FastMutex)
{
    KIRQL OldIrql = (KIRQL)FastMutex->OldIrql;

    KI_IRQL_MAX(APC_LEVEL);
    KiReleaseFastMutex(FastMutex, __builtin_return_address(0));
    KeLowerIrql(OldIrql);
}

/* Acquires, leaving the level; blocks. At APC_LEVEL or inside a critical region.
 * Page: nf-wdm-exacquirefastmutexunsafe. */
VOID NTAPI ExAcquireFastMutexUnsafe(PFAST_MUTEX FastMutex)
{
    KI_IRQL_MAX(APC_LEVEL);
    KiCheckApcsOff(__func__, __builtin_return_address(0));
    KiAcquireFastMutex(FastMutex, __builtin_return_address(0));
}

/* Releases, leaving the level. Page: nf-wdm-exreleasefastmutexunsafe. */
VOID NTAPI ExReleaseFastMutexUnsafe(PFAST_MUTEX FastMutex)
{
    KI_IRQL_MAX(APC_LEVEL);
    KiReleaseFastMutex(FastMutex, __builtin_return_address(0));
}

/* ---- guarded mutexes ------------------------------------------------------------------ */

/* As ExInitializeFastMutex. Page: nf-wdm-keinitializeguardedmutex. */
VOID NTAPI KeInitializeGuardedMutex(PKGUARDED_MUTEX Mutex)
{
    KiInitializeFastMutex(Mutex);
}

/* Enters a guarded region and acquires; blocks. IRQL <= APC_LEVEL. Page:
 * nf-wdm-keacquireguardedmutex. */
VOID NTAPI KeAcquireGuardedMutex(PKGUARDED_MUTEX Mutex)
{
    KI_IRQL_MAX(APC_LEVEL);
    KeEnterGuardedRegion();
    KiAcquireFastMutex(Mutex, __builtin_return_address(0));
}

/* As KeAcquireGuardedMutex if nobody holds it; otherwise nothing is done. Page:
 * nf-wdm-ketrytoacquireguardedmutex. */
BOOLEAN NTAPI KeTryToAcquireGuardedMutex(PKGUARDED_MUTEX Mutex)
{
    KI_IRQL_MAX(APC_LEVEL);
    KeEnterGuardedRegion();
    if (!KiTryFastMutex(Mutex))
    {
        KeLeaveGuardedRegion();
        return FALSE;
    }
    return TRUE;
}

/* Releases and leaves the guarded region. IRQL <= APC_LEVEL. Page:
 * nf-wdm-kereleaseguardedmutex. */
VOID NTAPI KeReleaseGuardedMutex(PKGUARDED_MUTEX Mutex)
{
    KI_IRQL_MAX(APC_LEVEL);
    KiReleaseFastMutex(Mutex, __builtin_return_address(0));
    KeLeaveGuardedRegion();
}

/* Acquires; blocks. At APC_LEVEL or inside a guarded region. Page:
 * nf-wdm-keacquireguardedmutexunsafe. */
VOID NTAPI KeAcquireGuardedMutexUnsafe(PKGUARDED_MUTEX Mutex)
{
    KI_IRQL_MAX(APC_LEVEL);
    KiCheckApcsOff(__func__, __builtin_return_address(0));
    KiAcquireFastMutex(Mutex, __builtin_return_address(0));
}

/* Releases what KeAcquireGuardedMutexUnsafe acquired. Page:
 * nf-wdm-kereleaseguardedmutexunsafe. */
VOID NTAPI KeReleaseGuardedMutexUnsafe(PKGUARDED_MUTEX Mutex)
{
    KI_IRQL_MAX(APC_LEVEL);
    KiReleaseFastMutex(Mutex, __builtin_return_address(0));
}
