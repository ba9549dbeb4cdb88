// SPDX-License-Identifier: MIT
/*
 * Cancelling IRPs: the system's cancel spin lock and IoCancelIrp. The cancel
 * routine itself is swapped by IoSetCancelRoutine, which the headers make one
 * interlocked exchange.
 */
#include "nt/iop.h"
#include "nt/ntp.h"

static KSPIN_LOCK CancelLock;

/* Takes the system's cancel lock, raising to DISPATCH_LEVEL; the old IRQL goes to
 * *Irql. IRQL <= DISPATCH_LEVEL. Page: nf-wdm-ioacquirecancelspinlock. */
VOID NTAPI IoAcquireCancelSpinLock(PKIRQL Irql)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    KeAcquireSpinLock(&CancelLock, Irql);
}

/* Releases the cancel lock and lowers to Irql, the value the acquire gave or, in a
 * cancel routine, Irp->CancelIrql. IRQL = DISPATCH_LEVEL. Page:
 * nf-wdm-ioreleasecancelspinlock. */
VOID NTAPI IoReleaseCancelSpinLock(KIRQL Irql)
{
    KeReleaseSpinLock(&CancelLock, Irql);
}

/* Marks Irp cancelled and calls its cancel routine, if set, with the cancel lock
 * held; the routine releases it. TRUE when a routine was called. The caller makes
 * sure that Irp exists for the call. IRQL <= DISPATCH_LEVEL. Page:
 * nf-wdm-iocancelirp. */
BOOLEAN NTAPI IoCancelIrp(PIRP Irp)
{
    PVOID Caller = __builtin_return_address(0);
    KIRQL OldIrql;

    KI_IRQL_MAX(DISPATCH_LEVEL);
    if (Irp->Type != IO_TYPE_IRP)
    {
        KiBugCheck(CANCEL_STATE_IN_COMPLETED_IRP, Caller, NULL, "IoCancelIrp: %p is no IRP, or was freed", Irp);
    }
    KeAcquireSpinLock(&CancelLock, &OldIrql);
    __atomic_store_n(&Irp->Cancel, TRUE, __ATOMIC_RELAXED);
    PDRIVER_CANCEL Routine = IoSetCancelRoutine(Irp, NULL);
    if (Routine == NULL)
    {
        KeReleaseSpinLock(&CancelLock, OldIrql);
        return FALSE;
    }
    if (Irp->CurrentLocation < 1 || Irp->CurrentLocation > Irp->StackCount)
    {
        KiBugCheck(CANCEL_STATE_IN_COMPLETED_IRP, Caller, Irp,
                   "IoCancelIrp: IRP %p has a cancel routine, but was completed", Irp);
    }
    Irp->CancelIrql = OldIrql;
    Routine(IoGetCurrentIrpStackLocation(Irp)->DeviceObject, Irp);
    return TRUE;
}
