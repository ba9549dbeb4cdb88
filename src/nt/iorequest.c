// SPDX-License-Identifier: MIT
/*
 * Requests about open files: an IRP is made, sent to the top of the file's device
 * stack, waited for, and its results given back. This is what lies behind the
 * host program's calls on a device and behind ZwDeviceIoControlFile and its kin.
 */
#include "nt/expp.h"
#include "nt/hostcall.h"
#include "nt/iop.h"
#include "nt/ntp.h"

#define IOP_PATIENCE_SECONDS 3 /* how often a cancelled request that stays is told of */

/* ---- making one ------------------------------------------------------------------------ */

/* What a user's pointers must allow. Not called for METHOD_NEITHER: checking those
 * is the driver's task. */
static BOOLEAN IopProbe(const IOP_REQUEST *Request)
{
    BOOLEAN OutputIsInput =
        Request->MajorFunction == IRP_MJ_DEVICE_CONTROL && (Request->ControlCode & 3) == METHOD_IN_DIRECT;

    if (Request->InputLength != 0 && !HcMemoryOk(Request->Input, Request->InputLength, FALSE))
    {
        return FALSE;
    }
    return Request->OutputLength == 0 || HcMemoryOk(Request->Output, Request->OutputLength, !OutputIsInput);
}

static BOOLEAN IopIsNeither(const IOP_REQUEST *Request, PDEVICE_OBJECT Top)
{
    switch (Request->MajorFunction)
    {
    case IRP_MJ_DEVICE_CONTROL:
    case IRP_MJ_FILE_SYSTEM_CONTROL:
        return (Request->ControlCode & 3) == METHOD_NEITHER;
    case IRP_MJ_READ:
    case IRP_MJ_WRITE:
        return (Top->Flags & (DO_BUFFERED_IO | DO_DIRECT_IO)) == 0;
    default:
        return FALSE;
    }
}

static BOOLEAN IopDescribeRequest(PIRP Irp, PDEVICE_OBJECT Top, const IOP_REQUEST *Request)
{
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);

    switch (Request->MajorFunction)
    {
    case IRP_MJ_DEVICE_CONTROL:
    case IRP_MJ_FILE_SYSTEM_CONTROL: /* the same layout */
        Stack->Parameters.DeviceIoControl.IoControlCode = Request->ControlCode;
        Stack->Parameters.DeviceIoControl.InputBufferLength = Request->InputLength;
        Stack->Parameters.DeviceIoControl.OutputBufferLength = Request->OutputLength;
        return IopAttachControlBuffers(Irp, Request->ControlCode & 3, Request->Input, Request->InputLength,
                                       Request->Output, Request->OutputLength, Request->Caller);
    case IRP_MJ_READ:
        Irp->Flags |= IRP_READ_OPERATION;
        Stack->Parameters.Read.Length = Request->OutputLength;
        Stack->Parameters.Read.ByteOffset = Request->Offset;
        return IopAttachTransferBuffer(Irp, Top, Request->Output, Request->OutputLength, Request->Caller);
    case IRP_MJ_WRITE:
        Irp->Flags |= IRP_WRITE_OPERATION;
        Stack->Parameters.Write.Length = Request->InputLength;
        Stack->Parameters.Write.ByteOffset = Request->Offset;
        return IopAttachTransferBuffer(Irp, Top, Request->Input, Request->InputLength, Request->Caller);
    case IRP_MJ_QUERY_INFORMATION:
        Stack->Parameters.QueryFile.Length = Request->OutputLength;
        Stack->Parameters.QueryFile.FileInformationClass = (FILE_INFORMATION_CLASS)Request->InformationClass;
        return IopAttachControlBuffers(Irp, METHOD_BUFFERED, NULL, 0, Request->Output, Request->OutputLength,
                                       Request->Caller);
    case IRP_MJ_SET_INFORMATION:
        Stack->Parameters.SetFile.Length = Request->InputLength;
        Stack->Parameters.SetFile.FileInformationClass = (FILE_INFORMATION_CLASS)Request->InformationClass;
        return IopAttachControlBuffers(Irp, METHOD_BUFFERED, Request->Input, Request->InputLength, NULL, 0,
                                       Request->Caller);
    default:
        return TRUE;
    }
}

static NTSTATUS IopMakeRequest(PFILE_OBJECT FileObject, PDEVICE_OBJECT Top, const IOP_REQUEST *Request, PIRP *Result)
{
    *Result = NULL;
    if (Request->Mode == UserMode && !IopIsNeither(Request, Top) && !IopProbe(Request))
    {
        return STATUS_ACCESS_VIOLATION;
    }
    PIRP Irp = IopAllocateIrp(Top->StackSize, "IoBuildRequest", Request->Caller);
    if (Irp == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);
    Irp->RequestorMode = Request->Mode;
    Irp->Tail.Overlay.OriginalFileObject = FileObject;
    Irp->Tail.Overlay.Thread = PsGetCurrentThread();
    Stack->MajorFunction = Request->MajorFunction;
    Stack->FileObject = FileObject;
    if (!IopDescribeRequest(Irp, Top, Request))
    {
        IopAbandonIrp(Irp, Request->Caller);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *Result = Irp;
    return STATUS_SUCCESS;
}

/* ---- sending and waiting ------------------------------------------------------------------ */

static VOID IopAwaitCancelled(PDEVICE_OBJECT Top, PIRP Irp, PKEVENT Event)
{
    LARGE_INTEGER Patience;

    Patience.QuadPart = -(LONGLONG)IOP_PATIENCE_SECONDS * 10000000;
    for (ULONG Seconds = IOP_PATIENCE_SECONDS;
         KeWaitForSingleObject(Event, Executive, KernelMode, FALSE, &Patience) == STATUS_TIMEOUT;
         Seconds += IOP_PATIENCE_SECONDS)
    {
        HcLog(HcLogWarning, "%s: IRP %p was cancelled %u s ago and is not completed yet",
              IopDriverName((PVOID)(ULONG_PTR)Top->DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL]), Irp,
              (unsigned)Seconds);
    }
}

/* Whom a report on the handling of a request is about. */
static PVOID IopRoutine(PDEVICE_OBJECT Top, UCHAR MajorFunction)
{
    return (PVOID)(ULONG_PTR)Top->DriverObject->MajorFunction[MajorFunction];
}

/* A driver returns STATUS_PENDING if and only if it marked the IRP so. */
static VOID IopCheckReturn(PDEVICE_OBJECT Top, UCHAR MajorFunction, PIRP Irp, NTSTATUS Returned)
{
    PVOID Routine = IopRoutine(Top, MajorFunction);

    if (Returned == STATUS_PENDING && !Irp->PendingReturned)
    {
        KiReportMisuse(Routine, "dispatch routine", "it returned STATUS_PENDING for an IRP it had not marked with "
                       "IoMarkIrpPending (major function 0x%x)", MajorFunction);
    }
    else if (Returned != STATUS_PENDING && Irp->PendingReturned)
    {
        KiReportMisuse(Routine, "dispatch routine", "it marked an IRP pending, but returned 0x%08x instead of "
                       "STATUS_PENDING (major function 0x%x)", (ULONG)Returned, MajorFunction);
    }
    else if (Returned != STATUS_PENDING && Returned != Irp->IoStatus.Status)
    {
        KiReportMisuse(Routine, "dispatch routine", "it returned 0x%08x, but completed the IRP with 0x%08x (major "
                       "function 0x%x)", (ULONG)Returned, (ULONG)Irp->IoStatus.Status, MajorFunction);
    }
}

NTSTATUS IopSendIrp(PDEVICE_OBJECT Top, PIRP Irp, PLARGE_INTEGER Timeout)
{
    UCHAR MajorFunction = IoGetNextIrpStackLocation(Irp)->MajorFunction;
    KEVENT Done;

    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    Irp->UserEvent = &Done;
    Irp->AllocationFlags |= IOP_IRP_HELD;
    NTSTATUS Status = IofCallDriver(Top, Irp);
    if (Status != STATUS_PENDING && !KeReadStateEvent(&Done))
    {
        KiReportMisuse(IopRoutine(Top, MajorFunction), "dispatch routine",
                       "it returned 0x%08x, but has not completed the IRP (major function 0x%x)", (ULONG)Status,
                       MajorFunction);
    }
    if (KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, Timeout) == STATUS_TIMEOUT)
    {
        IoCancelIrp(Irp);
        IopAwaitCancelled(Top, Irp, &Done);
    }
    IopCheckReturn(Top, MajorFunction, Irp, Status);
    return Status == STATUS_PENDING ? Irp->IoStatus.Status : Status;
}

/* FALSE: the file was cancelled, and takes no further requests. */
static BOOLEAN IopListIrp(PFILE_OBJECT FileObject, PIRP Irp)
{
    KIRQL OldIrql;

    KeAcquireSpinLock(&FileObject->IrpListLock, &OldIrql);
    BOOLEAN Cancelled = (FileObject->Flags & IOP_FO_CANCELLED) != 0;
    if (!Cancelled)
    {
        InsertTailList(&FileObject->IrpList, &Irp->ThreadListEntry);
    }
    KeReleaseSpinLock(&FileObject->IrpListLock, OldIrql);
    return !Cancelled;
}

static VOID IopUnlistIrp(PFILE_OBJECT FileObject, PIRP Irp)
{
    KIRQL OldIrql;

    KeAcquireSpinLock(&FileObject->IrpListLock, &OldIrql);
    RemoveEntryList(&Irp->ThreadListEntry);
    KeReleaseSpinLock(&FileObject->IrpListLock, OldIrql);
}

VOID IopCancelFile(PFILE_OBJECT FileObject)
{
    KIRQL OldIrql;

    /* While an IRP is in the list, who waits for it does not free it. */
    KeAcquireSpinLock(&FileObject->IrpListLock, &OldIrql);
    FileObject->Flags |= IOP_FO_CANCELLED;
    for (PLIST_ENTRY Link = FileObject->IrpList.Flink; Link != &FileObject->IrpList; Link = Link->Flink)
    {
        IoCancelIrp(CONTAINING_RECORD(Link, IRP, ThreadListEntry));
    }
    KeReleaseSpinLock(&FileObject->IrpListLock, OldIrql);
}

NTSTATUS IopRequestAndWait(PFILE_OBJECT FileObject, const IOP_REQUEST *Request, PLARGE_INTEGER Timeout,
                           PIO_STATUS_BLOCK IoStatus)
{
    PDEVICE_OBJECT Top = IoGetAttachedDeviceReference(FileObject->DeviceObject);
    PIRP Irp;

    ObfReferenceObject(FileObject);
    NTSTATUS Status = IopMakeRequest(FileObject, Top, Request, &Irp);
    if (NT_SUCCESS(Status) && !IopListIrp(FileObject, Irp))
    {
        IopAbandonIrp(Irp, Request->Caller);
        Status = STATUS_CANCELLED;
    }
    if (NT_SUCCESS(Status))
    {
        Irp->Flags |= IRP_SYNCHRONOUS_API;
        Status = IopSendIrp(Top, Irp, Timeout);
        IopUnlistIrp(FileObject, Irp);
        *IoStatus = Irp->IoStatus;
        IopFinishIrp(Irp, Request->OutputLength, IopRoutine(Top, Request->MajorFunction));
    }
    ObfDereferenceObject(FileObject);
    ObfDereferenceObject(Top);
    return Status;
}

NTSTATUS IopRequest(PFILE_OBJECT FileObject, const IOP_REQUEST *Request, PIO_STATUS_BLOCK UserIosb, PKEVENT Event)
{
    PDEVICE_OBJECT Top = IoGetAttachedDeviceReference(FileObject->DeviceObject);
    PIRP Irp;

    KeClearEvent(&FileObject->Event);
    NTSTATUS Status = IopMakeRequest(FileObject, Top, Request, &Irp);
    if (!NT_SUCCESS(Status))
    {
        if (Event != NULL)
        {
            ObfDereferenceObject(Event);
        }
        ObfDereferenceObject(Top);
        return Status;
    }
    ObfReferenceObject(FileObject);
    Irp->UserIosb = UserIosb;
    Irp->UserEvent = Event;
    Irp->AllocationFlags |= IOP_IRP_BUILT | IOP_IRP_FILE;
    Status = IofCallDriver(Top, Irp);
    ObfDereferenceObject(Top);
    return Status;
}
