// SPDX-License-Identifier: MIT
/*
 * Remove locks: holders keep a device from being removed; the removal waits for
 * them. IoCount starts at one, which the removal gives back.
 */
#include "nt/kip.h"

/* Only what follows the common part differs in checked builds; it is not used. */
static IO_REMOVE_LOCK_COMMON_BLOCK *IopCommon(PIO_REMOVE_LOCK Lock)
{
    return &Lock->Common;
}

static VOID IopReleaseRemoveLock(PIO_REMOVE_LOCK Lock, PVOID Caller)
{
    LONG Left = KiAdd(&IopCommon(Lock)->IoCount, -1);

    if (Left < 0)
    {
        KiBugCheck(REFERENCE_BY_POINTER, Caller, NULL, "remove lock %p is released more often than acquired",
                   (PVOID)Lock);
    }
    if (Left == 0)
    {
        KeSetEvent(&IopCommon(Lock)->RemoveEvent, IO_NO_INCREMENT, FALSE);
    }
}

/* Lock is the caller's, in the device extension. The limits for checked builds are
 * ignored. PASSIVE_LEVEL. Page: nf-wdm-ioinitializeremovelock. */
VOID NTAPI IoInitializeRemoveLockEx(PIO_REMOVE_LOCK Lock, ULONG AllocateTag, ULONG MaxLockedMinutes,
                                    ULONG HighWatermark, ULONG RemlockSize)
{
    UNREFERENCED_PARAMETER(AllocateTag);
    UNREFERENCED_PARAMETER(MaxLockedMinutes);
    UNREFERENCED_PARAMETER(HighWatermark);
    UNREFERENCED_PARAMETER(RemlockSize);
    IopCommon(Lock)->Removed = FALSE;
    IopCommon(Lock)->IoCount = 1;
    KeInitializeEvent(&IopCommon(Lock)->RemoveEvent, SynchronizationEvent, FALSE);
}

/* STATUS_SUCCESS, or STATUS_DELETE_PENDING when the removal has begun and nothing
 * was acquired. IRQL <= DISPATCH_LEVEL. Page: nf-wdm-ioacquireremovelock. */
NTSTATUS NTAPI IoAcquireRemoveLockEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, PCSTR File, ULONG Line, ULONG RemlockSize)
{
    UNREFERENCED_PARAMETER(Tag);
    UNREFERENCED_PARAMETER(File);
    UNREFERENCED_PARAMETER(Line);
    UNREFERENCED_PARAMETER(RemlockSize);
    KI_IRQL_MAX(DISPATCH_LEVEL);
    KiAdd(&IopCommon(RemoveLock)->IoCount, 1);
    if (KiLoad(&IopCommon(RemoveLock)->Removed))
    {
        IopReleaseRemoveLock(RemoveLock, __builtin_return_address(0));
        return STATUS_DELETE_PENDING;
    }
    return STATUS_SUCCESS;
}

/* IRQL <= DISPATCH_LEVEL. Page: nf-wdm-ioreleaseremovelock. */
VOID NTAPI IoReleaseRemoveLockEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, ULONG RemlockSize)
{
    UNREFERENCED_PARAMETER(Tag);
    UNREFERENCED_PARAMETER(RemlockSize);
    KI_IRQL_MAX(DISPATCH_LEVEL);
    IopReleaseRemoveLock(RemoveLock, __builtin_return_address(0));
}

/* Releases the caller's hold, refuses new ones and returns when all are given
 * back. PASSIVE_LEVEL; blocks. Page: nf-wdm-ioreleaseremovelockandwait. */
VOID NTAPI IoReleaseRemoveLockAndWaitEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, ULONG RemlockSize)
{
    UNREFERENCED_PARAMETER(Tag);
    UNREFERENCED_PARAMETER(RemlockSize);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    KiStore(&IopCommon(RemoveLock)->Removed, TRUE);
    IopReleaseRemoveLock(RemoveLock, __builtin_return_address(0));
    if (KiAdd(&IopCommon(RemoveLock)->IoCount, -1) > 0)
    {
        KeWaitForSingleObject(&IopCommon(RemoveLock)->RemoveEvent, Executive, KernelMode, FALSE, NULL);
    }
}
