// SPDX-License-Identifier: MIT
/*
 * IRPs the I/O manager makes for drivers that send requests to other devices.
 * Synchronous ones go away by themselves when their completion reaches the top
 * (irp.c); asynchronous ones are the driver's.
 */
#include "nt/expp.h"
#include "nt/iop.h"
#include "nt/ntp.h"

#define IOP_BUFFER_TAG 'fuBI'

PIRP IopAbandonIrp(PIRP Irp, PVOID Caller)
{
    if (Irp->AssociatedIrp.SystemBuffer != NULL && (Irp->Flags & IRP_DEALLOCATE_BUFFER) != 0)
    {
        ExpFreeBlock(Irp->AssociatedIrp.SystemBuffer, Caller);
    }
    if (Irp->MdlAddress != NULL)
    {
        if ((Irp->MdlAddress->MdlFlags & MDL_PAGES_LOCKED) != 0)
        {
            MmUnlockPages(Irp->MdlAddress);
        }
        IoFreeMdl(Irp->MdlAddress);
    }
    IoFreeIrp(Irp);
    return NULL;
}

/* FALSE: exhausted. Copies Input, if any, to the front. */
static BOOLEAN IopAttachSystemBuffer(PIRP Irp, PVOID Input, ULONG InputLength, ULONG Size, PVOID Caller)
{
    if (Size == 0)
    {
        return TRUE;
    }
    Irp->AssociatedIrp.SystemBuffer = ExpAllocateBlock(ExpKindPool, Size, IOP_BUFFER_TAG, 0, Caller);
    if (Irp->AssociatedIrp.SystemBuffer == NULL)
    {
        return FALSE;
    }
    Irp->Flags |= IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER;
    if (InputLength != 0)
    {
        RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, Input, InputLength);
    }
    return TRUE;
}

/* FALSE: exhausted. The memory is the caller's and resident; locking checks it. */
static BOOLEAN IopAttachMdl(PIRP Irp, PVOID Buffer, ULONG Length, LOCK_OPERATION Operation)
{
    if (Buffer == NULL || Length == 0)
    {
        return TRUE;
    }
    if (IoAllocateMdl(Buffer, Length, FALSE, FALSE, Irp) == NULL)
    {
        return FALSE;
    }
    MmProbeAndLockPages(Irp->MdlAddress, KernelMode, Operation);
    return TRUE;
}

static PIRP IopAllocateRequest(PDEVICE_OBJECT DeviceObject, UCHAR MajorFunction, PIO_STATUS_BLOCK IoStatusBlock,
                               PVOID Caller)
{
    PIRP Irp = IopAllocateIrp(DeviceObject->StackSize, "IoBuildRequest", Caller);
    if (Irp != NULL)
    {
        Irp->UserIosb = IoStatusBlock;
        Irp->Tail.Overlay.Thread = PsGetCurrentThread();
        IoGetNextIrpStackLocation(Irp)->MajorFunction = MajorFunction;
    }
    return Irp;
}

BOOLEAN IopAttachControlBuffers(PIRP Irp, ULONG Method, PVOID Input, ULONG InputLength, PVOID Output,
                                ULONG OutputLength, PVOID Caller)
{
    switch (Method)
    {
    case METHOD_BUFFERED:
        if (OutputLength != 0)
        {
            Irp->Flags |= IRP_INPUT_OPERATION; /* results go back to UserBuffer */
            Irp->UserBuffer = Output;
        }
        return IopAttachSystemBuffer(Irp, Input, InputLength, max(InputLength, OutputLength), Caller);
    case METHOD_IN_DIRECT:
    case METHOD_OUT_DIRECT:
        return IopAttachSystemBuffer(Irp, Input, InputLength, InputLength, Caller) &&
               IopAttachMdl(Irp, Output, OutputLength, Method == METHOD_OUT_DIRECT ? IoWriteAccess : IoReadAccess);
    default:
        Irp->UserBuffer = Output;
        IoGetNextIrpStackLocation(Irp)->Parameters.DeviceIoControl.Type3InputBuffer = Input;
        return TRUE;
    }
}

BOOLEAN IopAttachTransferBuffer(PIRP Irp, PDEVICE_OBJECT DeviceObject, PVOID Buffer, ULONG Length, PVOID Caller)
{
    BOOLEAN Write = IoGetNextIrpStackLocation(Irp)->MajorFunction == IRP_MJ_WRITE;

    if ((DeviceObject->Flags & DO_BUFFERED_IO) != 0)
    {
        Irp->Flags |= Write ? 0 : IRP_INPUT_OPERATION;
        Irp->UserBuffer = Write ? NULL : Buffer;
        return IopAttachSystemBuffer(Irp, Buffer, Write ? Length : 0, Length, Caller);
    }
    if ((DeviceObject->Flags & DO_DIRECT_IO) != 0)
    {
        return IopAttachMdl(Irp, Buffer, Length, Write ? IoReadAccess : IoWriteAccess);
    }
    Irp->UserBuffer = Buffer;
    return TRUE;
}

/* A device-control request for IoCallDriver; on completion *IoStatusBlock is
 * written, Event set, and the IRP freed. The buffers stay the caller's and valid
 * until then. PASSIVE_LEVEL. NULL: exhausted. Page:
 * nf-wdm-iobuilddeviceiocontrolrequest. */
PIRP NTAPI IoBuildDeviceIoControlRequest(ULONG IoControlCode, PDEVICE_OBJECT DeviceObject, PVOID InputBuffer,
                                         ULONG InputBufferLength, PVOID OutputBuffer, ULONG OutputBufferLength,
                                         BOOLEAN InternalDeviceIoControl, PKEVENT Event, PIO_STATUS_BLOCK IoStatusBlock)
{
    PVOID Caller = __builtin_return_address(0);

    KI_IRQL_MAX(PASSIVE_LEVEL);
    PIRP Irp = IopAllocateRequest(DeviceObject,
                                  InternalDeviceIoControl ? IRP_MJ_INTERNAL_DEVICE_CONTROL : IRP_MJ_DEVICE_CONTROL,
                                  IoStatusBlock, Caller);
    if (Irp == NULL)
    {
        return NULL;
    }
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);
    Stack->Parameters.DeviceIoControl.IoControlCode = IoControlCode;
    Stack->Parameters.DeviceIoControl.InputBufferLength = InputBufferLength;
    Stack->Parameters.DeviceIoControl.OutputBufferLength = OutputBufferLength;
    if (!IopAttachControlBuffers(Irp, IoControlCode & 3, InputBuffer, InputBufferLength, OutputBuffer,
                                 OutputBufferLength, Caller))
    {
        return IopAbandonIrp(Irp, Caller);
    }
    Irp->UserEvent = Event;
    Irp->AllocationFlags |= IOP_IRP_BUILT;
    return Irp;
}

static PIRP IopBuildFsdRequest(ULONG MajorFunction, PDEVICE_OBJECT DeviceObject, PVOID Buffer, ULONG Length,
                               PLARGE_INTEGER StartingOffset, PIO_STATUS_BLOCK IoStatusBlock, PVOID Caller)
{
    PIRP Irp = IopAllocateRequest(DeviceObject, (UCHAR)MajorFunction, IoStatusBlock, Caller);
    if (Irp == NULL)
    {
        return NULL;
    }
    if (MajorFunction != IRP_MJ_READ && MajorFunction != IRP_MJ_WRITE)
    {
        return Irp;
    }
    BOOLEAN Write = MajorFunction == IRP_MJ_WRITE;
    if (!IopAttachTransferBuffer(Irp, DeviceObject, Buffer, Length, Caller))
    {
        return IopAbandonIrp(Irp, Caller);
    }
    PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);
    LONGLONG Offset = StartingOffset != NULL ? StartingOffset->QuadPart : 0;
    if (Write)
    {
        Stack->Parameters.Write.Length = Length;
        Stack->Parameters.Write.ByteOffset.QuadPart = Offset;
    }
    else
    {
        Stack->Parameters.Read.Length = Length;
        Stack->Parameters.Read.ByteOffset.QuadPart = Offset;
    }
    return Irp;
}

/* A read, write, flush, shutdown or PnP request for IoCallDriver, finished as
 * IoBuildDeviceIoControlRequest says. PASSIVE_LEVEL. NULL: exhausted. Page:
 * nf-wdm-iobuildsynchronousfsdrequest. */
PIRP NTAPI IoBuildSynchronousFsdRequest(ULONG MajorFunction, PDEVICE_OBJECT DeviceObject, PVOID Buffer, ULONG Length,
                                        PLARGE_INTEGER StartingOffset, PKEVENT Event, PIO_STATUS_BLOCK IoStatusBlock)
{
    KI_IRQL_MAX(PASSIVE_LEVEL);
    PIRP Irp = IopBuildFsdRequest(MajorFunction, DeviceObject, Buffer, Length, StartingOffset, IoStatusBlock,
                                  __builtin_return_address(0));
    if (Irp != NULL)
    {
        Irp->UserEvent = Event;
        Irp->AllocationFlags |= IOP_IRP_BUILT;
    }
    return Irp;
}

/* The same without an event: the driver's completion routine frees the IRP and
 * what is attached to it. IRQL <= APC_LEVEL. NULL: exhausted. Page:
 * nf-wdm-iobuildasynchronousfsdrequest. */
PIRP NTAPI IoBuildAsynchronousFsdRequest(ULONG MajorFunction, PDEVICE_OBJECT DeviceObject, PVOID Buffer, ULONG Length,
                                         PLARGE_INTEGER StartingOffset, PIO_STATUS_BLOCK IoStatusBlock)
{
    KI_IRQL_MAX(APC_LEVEL);
    return IopBuildFsdRequest(MajorFunction, DeviceObject, Buffer, Length, StartingOffset, IoStatusBlock,
                              __builtin_return_address(0));
}

/* IoSetCompletionRoutine with a status. Windows holds the driver in memory until the
 * routine ran; here nothing unmaps a driver but its host, after its DriverUnload,
 * which must have waited for its requests. IRQL <= DISPATCH_LEVEL. Page:
 * nf-wdm-iosetcompletionroutineex. */
NTSTATUS NTAPI IoSetCompletionRoutineEx(PDEVICE_OBJECT DeviceObject, PIRP Irp, PIO_COMPLETION_ROUTINE CompletionRoutine,
                                        PVOID Context, BOOLEAN InvokeOnSuccess, BOOLEAN InvokeOnError,
                                        BOOLEAN InvokeOnCancel)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    KI_IRQL_MAX(DISPATCH_LEVEL);
    IoSetCompletionRoutine(Irp, CompletionRoutine, Context, InvokeOnSuccess, InvokeOnError, InvokeOnCancel);
    return STATUS_SUCCESS;
}

/* ---- sending and waiting --------------------------------------------------------------- */

static NTSTATUS NTAPI IopSignalRoutine(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent(Context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS IopCallAndWait(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    KEVENT Event;

    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    IoSetCompletionRoutine(Irp, IopSignalRoutine, &Event, TRUE, TRUE, TRUE);
    IofCallDriver(DeviceObject, Irp);
    KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, NULL);
    return Irp->IoStatus.Status;
}

/* Sends Irp, whose next stack location is set up, and waits; the caller owns it
 * again. IRQL <= APC_LEVEL. */
NTSTATUS NTAPI IoSynchronousCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    KI_IRQL_MAX(APC_LEVEL);
    return IopCallAndWait(DeviceObject, Irp);
}

/* Sends a copy of the current stack location down and waits; the caller completes
 * Irp then. FALSE: no stack location is left. IRQL <= APC_LEVEL. Page:
 * nf-wdm-ioforwardirpsynchronously. */
BOOLEAN NTAPI IoForwardIrpSynchronously(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    KI_IRQL_MAX(APC_LEVEL);
    if (Irp->CurrentLocation <= 1)
    {
        return FALSE;
    }
    IoCopyCurrentIrpStackLocationToNext(Irp);
    (VOID) IopCallAndWait(DeviceObject, Irp);
    return TRUE;
}
