// SPDX-License-Identifier: MIT
/* A control device that keeps what is written to it, and answers control codes. */
#include <ntddk.h>

#define STORE_SIZE 64
#define IOCTL_REVERSE CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_FILL CTL_CODE(FILE_DEVICE_UNKNOWN, 0x802, METHOD_OUT_DIRECT, FILE_ANY_ACCESS)
#define IOCTL_WAIT CTL_CODE(FILE_DEVICE_UNKNOWN, 0x803, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_CLEAR CTL_CODE(FILE_DEVICE_UNKNOWN, 0x804, METHOD_BUFFERED, FILE_WRITE_ACCESS)
#define IOCTL_TOO_SMALL CTL_CODE(FILE_DEVICE_UNKNOWN, 0x805, METHOD_BUFFERED, FILE_ANY_ACCESS)

static UCHAR Store[STORE_SIZE];
static DRIVER_DISPATCH StoreDispatch;
static DRIVER_UNLOAD StoreUnload;
static DRIVER_CANCEL StoreCancel;
DRIVER_INITIALIZE DriverEntry;

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static VOID StoreCancel(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    DbgPrint("a wait was cancelled\n");
    Complete(Irp, STATUS_CANCELLED, 0);
}

static NTSTATUS Wait(PIRP Irp)
{
    KIRQL Irql;

    IoMarkIrpPending(Irp);
    DbgPrint("waiting\n");
    IoAcquireCancelSpinLock(&Irql);
    BOOLEAN Cancelled = Irp->Cancel;
    if (!Cancelled)
    {
        IoSetCancelRoutine(Irp, StoreCancel);
    }
    IoReleaseCancelSpinLock(Irql);
    if (Cancelled)
    {
        DbgPrint("a wait was cancelled\n");
        Complete(Irp, STATUS_CANCELLED, 0);
    }
    return STATUS_PENDING;
}

static NTSTATUS Control(PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PUCHAR Buffer = Irp->AssociatedIrp.SystemBuffer;
    ULONG In = Stack->Parameters.DeviceIoControl.InputBufferLength;
    ULONG Out = Stack->Parameters.DeviceIoControl.OutputBufferLength;

    switch (Stack->Parameters.DeviceIoControl.IoControlCode)
    {
    case IOCTL_REVERSE:
        for (ULONG Index = 0; Index < In / 2; Index++)
        {
            UCHAR First = Buffer[Index];
            Buffer[Index] = Buffer[In - 1 - Index];
            Buffer[In - 1 - Index] = First;
        }
        return Complete(Irp, In > Out ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS, min(In, Out));
    case IOCTL_FILL:
        if (In == 0 || Out == 0)
        {
            return Complete(Irp, STATUS_INVALID_PARAMETER, 0);
        }
        RtlFillMemory(MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority), Out, Buffer[0]);
        return Complete(Irp, STATUS_SUCCESS, Out);
    case IOCTL_WAIT:
        return Wait(Irp);
    case IOCTL_CLEAR:
        RtlZeroMemory(Store, sizeof(Store));
        return Complete(Irp, STATUS_SUCCESS, 0);
    case IOCTL_TOO_SMALL:
        return Complete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    default:
        return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static NTSTATUS Transfer(PIRP Irp, ULONGLONG Offset, ULONG Length, BOOLEAN Write)
{
    if (Offset >= STORE_SIZE)
    {
        return Complete(Irp, STATUS_END_OF_FILE, 0);
    }
    Length = (ULONG)min(Length, STORE_SIZE - Offset);
    if (Length != 0)
    {
        PUCHAR Buffer = Irp->AssociatedIrp.SystemBuffer;
        RtlCopyMemory(Write ? Store + Offset : Buffer, Write ? Buffer : Store + Offset, Length);
    }
    return Complete(Irp, STATUS_SUCCESS, Length);
}

static NTSTATUS StoreDispatch(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);

    UNREFERENCED_PARAMETER(DeviceObject);
    switch (Stack->MajorFunction)
    {
    case IRP_MJ_DEVICE_CONTROL:
        return Control(Irp, Stack);
    case IRP_MJ_READ:
        return Transfer(Irp, (ULONGLONG)Stack->Parameters.Read.ByteOffset.QuadPart, Stack->Parameters.Read.Length, FALSE);
    case IRP_MJ_WRITE:
        return Transfer(Irp, (ULONGLONG)Stack->Parameters.Write.ByteOffset.QuadPart, Stack->Parameters.Write.Length,
                        TRUE);
    case IRP_MJ_CLOSE:
        DbgPrint("closed\n");
        return Complete(Irp, STATUS_SUCCESS, 0);
    default:
        return Complete(Irp, STATUS_SUCCESS, 0);
    }
}

static UNICODE_STRING DeviceName = RTL_CONSTANT_STRING(L"\\Device\\Store");
static UNICODE_STRING LinkName = RTL_CONSTANT_STRING(L"\\DosDevices\\Store");

static VOID StoreUnload(PDRIVER_OBJECT DriverObject)
{
    IoDeleteSymbolicLink(&LinkName);
    IoDeleteDevice(DriverObject->DeviceObject);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PDEVICE_OBJECT Device;

    UNREFERENCED_PARAMETER(RegistryPath);
    NTSTATUS Status =
        IoCreateDevice(DriverObject, 0, &DeviceName, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN, FALSE, &Device);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    Device->Flags |= DO_BUFFERED_IO;
    Status = IoCreateSymbolicLink(&LinkName, &DeviceName);
    if (!NT_SUCCESS(Status))
    {
        IoDeleteDevice(Device);
        return Status;
    }
    DriverObject->MajorFunction[IRP_MJ_CREATE] = StoreDispatch;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = StoreDispatch;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = StoreDispatch;
    DriverObject->MajorFunction[IRP_MJ_READ] = StoreDispatch;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = StoreDispatch;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = StoreDispatch;
    DriverObject->DriverUnload = StoreUnload;
    return STATUS_SUCCESS;
}
