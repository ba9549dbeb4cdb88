// SPDX-License-Identifier: MIT
/* Cancelling IRPs: the routine, its lock and IRQL, and the race with completion. */
#include "nt/iop.h"
#include "kernel_test.h"

typedef struct _SEEN
{
    ULONG Cancels;
    KIRQL CancelIrql;
    KIRQL IrqlInside;
    BOOLEAN CancelSet;
    PDEVICE_OBJECT DeviceObject;
    ULONG Completions;
    NTSTATUS Status;
} SEEN;

static SEEN Seen;

static NTSTATUS NTAPI Completed(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Context);
    Seen.Completions++;
    Seen.Status = Irp->IoStatus.Status;
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static VOID NTAPI Cancelled(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    Seen.Cancels++;
    Seen.IrqlInside = KeGetCurrentIrql();
    Seen.CancelIrql = Irp->CancelIrql;
    Seen.CancelSet = Irp->Cancel && Irp->CancelRoutine == NULL;
    Seen.DeviceObject = DeviceObject;
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    Irp->IoStatus.Status = STATUS_CANCELLED;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
}

static PIRP Pending(PDEVICE_OBJECT DeviceObject, PDRIVER_CANCEL Routine)
{
    PIRP Irp = IoAllocateIrp(1, FALSE);
    IoSetCompletionRoutine(Irp, Completed, NULL, TRUE, TRUE, TRUE);
    IoSetNextIrpStackLocation(Irp);
    IoGetCurrentIrpStackLocation(Irp)->DeviceObject = DeviceObject;
    IoMarkIrpPending(Irp);
    (VOID) IoSetCancelRoutine(Irp, Routine);
    __builtin_memset(&Seen, 0, sizeof(Seen));
    return Irp;
}

/* Given a cancel routine. Then it is called with the lock held at DISPATCH_LEVEL, the
 * old IRQL in the IRP, the cancel bit set and itself taken out. */
TEST(IRP_27, a_cancel_routine_is_called)
{
    COVERS("IRP-26", "IRP-29", "IRP-31");
    for (KIRQL Irql = PASSIVE_LEVEL; Irql <= DISPATCH_LEVEL; Irql++)
    {
        DEVICE_OBJECT Device;
        KIRQL OldIrql;
        PIRP Irp = Pending(&Device, Cancelled);
        KeRaiseIrql(Irql, &OldIrql);
        BOOLEAN Result = IoCancelIrp(Irp);
        KIRQL After = KeGetCurrentIrql();
        KeLowerIrql(OldIrql);
        CHECK_EQ(Result, TRUE);
        CHECK_EQ(After, Irql);
        CHECK_EQ(Seen.Cancels, 1);
        CHECK_EQ(Seen.IrqlInside, DISPATCH_LEVEL);
        CHECK_EQ(Seen.CancelIrql, Irql);
        CHECK(Seen.CancelSet);
        CHECK(Seen.DeviceObject == &Device);
        CHECK_EQ(Seen.Completions, 1);
        CHECK_STATUS(Seen.Status, STATUS_CANCELLED);
        IoFreeIrp(Irp);
    }
}

/* Given no cancel routine. Then the bit is set all the same, and the IRP may still
 * end well. */
TEST(IRP_28, without_a_routine_only_the_bit_is_set)
{
    COVERS("IRP-27");
    PIRP Irp = Pending(NULL, NULL);
    CHECK_EQ(IoCancelIrp(Irp), FALSE);
    CHECK_EQ(Irp->Cancel, TRUE);
    CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    CHECK_STATUS(Seen.Status, STATUS_SUCCESS);
    IoFreeIrp(Irp);
}

/* Given a routine that was taken out. Then it is not called any more. */
TEST(IRP_31, a_routine_taken_out_is_not_called)
{
    PIRP Irp = Pending(NULL, Cancelled);
    CHECK(IoSetCancelRoutine(Irp, NULL) == Cancelled);
    CHECK(IoSetCancelRoutine(Irp, NULL) == NULL);
    CHECK_EQ(IoCancelIrp(Irp), FALSE);
    CHECK_EQ(Seen.Cancels, 0);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    IoFreeIrp(Irp);
}

#define ROUNDS 2000

typedef struct _RACE
{
    KSEMAPHORE Go;
    KEVENT Done;
    PIRP Irp;
    ULONG Winner; /* interlocked: who took the routine */
} RACE, *PRACE;

static VOID NTAPI LostRace(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    PRACE Race = Irp->Tail.Overlay.DriverContext[0];
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    __atomic_add_fetch(&Race->Winner, 1, __ATOMIC_RELAXED);
}

static VOID NTAPI Canceller(PVOID Context)
{
    PRACE Race = Context;
    for (ULONG Round = 0; Round < ROUNDS; Round++)
    {
        KeWaitForSingleObject(&Race->Go, Executive, KernelMode, FALSE, NULL);
        IoCancelIrp(Race->Irp);
        KeSetEvent(&Race->Done, IO_NO_INCREMENT, FALSE);
    }
}

/* Given a completer and a canceller at once. Then exactly one of them gets the
 * routine, each time. */
TEST(IRP_31, completion_and_cancel_race_for_the_routine)
{
    RACE Race = {0};
    KeInitializeSemaphore(&Race.Go, 0, 1);
    KeInitializeEvent(&Race.Done, SynchronizationEvent, FALSE);
    PVOID Thread = StartThread(Canceller, &Race);
    ULONG Bad = 0;
    for (ULONG Round = 0; Round < ROUNDS; Round++)
    {
        Race.Irp = Pending(NULL, NULL);
        Race.Irp->Tail.Overlay.DriverContext[0] = &Race;
        Race.Winner = 0;
        (VOID) IoSetCancelRoutine(Race.Irp, LostRace);
        KeReleaseSemaphore(&Race.Go, IO_NO_INCREMENT, 1, FALSE);
        if (IoSetCancelRoutine(Race.Irp, NULL) != NULL)
        {
            __atomic_add_fetch(&Race.Winner, 1, __ATOMIC_RELAXED);
        }
        KeWaitForSingleObject(&Race.Done, Executive, KernelMode, FALSE, NULL);
        Bad += Race.Winner != 1 || !Race.Irp->Cancel;
        Race.Irp->IoStatus.Status = STATUS_CANCELLED;
        IoCompleteRequest(Race.Irp, IO_NO_INCREMENT);
        IoFreeIrp(Race.Irp);
    }
    JoinThread(Thread);
    CHECK_EQ(Bad, 0);
}

TEST(IRP, completing_with_a_cancel_routine_is_a_bugcheck)
{
    if (t_is_child("IRP_completing_with_a_cancel_routine_is_a_bugcheck"))
    {
        PIRP Irp = Pending(NULL, Cancelled);
        Irp->IoStatus.Status = STATUS_SUCCESS;
        IoCompleteRequest(Irp, IO_NO_INCREMENT);
        return;
    }
    CHECK_BUGCHECK("IRP_completing_with_a_cancel_routine_is_a_bugcheck", "cancel routine still set");
}

TEST(IRP, freeing_a_queued_irp_is_a_bugcheck)
{
    if (t_is_child("IRP_freeing_a_queued_irp_is_a_bugcheck"))
    {
        IoFreeIrp(Pending(NULL, Cancelled));
        return;
    }
    CHECK_BUGCHECK("IRP_freeing_a_queued_irp_is_a_bugcheck", "still queued");
}
