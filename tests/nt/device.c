// SPDX-License-Identifier: MIT
/* Opening another driver's device, and the error log. */
#include "nt/iop.h"
#include "nt/obp.h"
#include "kernel_test.h"

extern CHAR __executable_start[];
extern CHAR end[];

static ULONG Requests[IRP_MJ_MAXIMUM_FUNCTION + 1];
static PFILE_OBJECT SeenFile;
static NTSTATUS CreateStatus;
static KIRQL CloseIrql;
static KEVENT Closed;

static NTSTATUS NTAPI Dispatch(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    UNREFERENCED_PARAMETER(DeviceObject);
    Requests[Stack->MajorFunction]++;
    Irp->IoStatus.Status = STATUS_SUCCESS;
    if (Stack->MajorFunction == IRP_MJ_CREATE)
    {
        SeenFile = Stack->FileObject;
        Irp->IoStatus.Status = CreateStatus;
    }
    BOOLEAN Close = Stack->MajorFunction == IRP_MJ_CLOSE;
    CloseIrql = KeGetCurrentIrql();
    NTSTATUS Status = Irp->IoStatus.Status;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    if (Close)
    {
        KeSetEvent(&Closed, IO_NO_INCREMENT, FALSE);
    }
    return Status;
}

static NTSTATUS NTAPI Entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG Index = 0; Index <= IRP_MJ_MAXIMUM_FUNCTION; Index++)
    {
        DriverObject->MajorFunction[Index] = Dispatch;
    }
    return STATUS_SUCCESS;
}

static PIOP_DRIVER Load(PDEVICE_OBJECT *Device)
{
    PIOP_DRIVER Driver = NULL;
    UNICODE_STRING Name;
    UNICODE_STRING Link;
    __builtin_memset(Requests, 0, sizeof(Requests));
    KeInitializeEvent(&Closed, NotificationEvent, FALSE);
    CHECK_STATUS(IopCreateDriver("opened", __executable_start, (SIZE_T)(end - __executable_start), Entry, &Driver),
                 STATUS_SUCCESS);
    RtlInitUnicodeString(&Name, L"\\Device\\Opened");
    RtlInitUnicodeString(&Link, L"\\DosDevices\\Opened");
    CHECK_STATUS(IoCreateDevice(Driver->DriverObject, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, Device),
                 STATUS_SUCCESS);
    CHECK_STATUS(IoCreateSymbolicLink(&Link, &Name), STATUS_SUCCESS);
    (*Device)->Flags &= ~DO_DEVICE_INITIALIZING; /* made after DriverEntry, so it is the driver's to do */
    return Driver;
}

/* Given a named device, reached through a link. Then its driver sees it opened, and
 * closed with the last reference: at PASSIVE_LEVEL, wherever that is given back. */
TEST(IRP, a_device_is_opened_by_name)
{
    for (KIRQL Irql = PASSIVE_LEVEL; Irql <= DISPATCH_LEVEL; Irql += DISPATCH_LEVEL)
    {
        PDEVICE_OBJECT Device = NULL;
        PDEVICE_OBJECT Found = NULL;
        PFILE_OBJECT File = NULL;
        UNICODE_STRING Link;
        KIRQL OldIrql;

        PIOP_DRIVER Driver = Load(&Device);
        CreateStatus = STATUS_SUCCESS;
        RtlInitUnicodeString(&Link, L"\\DOSDEVICES\\Opened");
        CHECK_STATUS(IoGetDeviceObjectPointer(&Link, FILE_READ_DATA, &File, &Found), STATUS_SUCCESS);
        CHECK(Found == Device);
        CHECK(File != NULL && File == SeenFile);
        CHECK(File->DeviceObject == Device);
        CHECK(IoGetRelatedDeviceObject(File) == Device);
        CHECK_EQ(Requests[IRP_MJ_CREATE], 1);
        CHECK_EQ(Requests[IRP_MJ_CLEANUP], 1);
        CHECK_EQ(Requests[IRP_MJ_CLOSE], 0);
        KeRaiseIrql(Irql, &OldIrql);
        ObDereferenceObject(File);
        KeLowerIrql(OldIrql);
        KeWaitForSingleObject(&Closed, Executive, KernelMode, FALSE, NULL);
        CHECK_EQ(Requests[IRP_MJ_CLOSE], 1);
        CHECK_EQ(CloseIrql, PASSIVE_LEVEL);
        IopDeleteDriver(Driver);
    }
}

/* Given a name nobody has, or a driver that refuses. Then there is no file. */
TEST(IRP, a_device_that_cannot_be_opened)
{
    PDEVICE_OBJECT Device = NULL;
    PDEVICE_OBJECT Found = (PDEVICE_OBJECT)1;
    PFILE_OBJECT File = (PFILE_OBJECT)1;
    UNICODE_STRING Name;

    PIOP_DRIVER Driver = Load(&Device);
    RtlInitUnicodeString(&Name, L"\\Device\\Nobody");
    CHECK_STATUS(IoGetDeviceObjectPointer(&Name, FILE_READ_DATA, &File, &Found), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK(File == NULL && Found == NULL);
    CreateStatus = STATUS_ACCESS_DENIED;
    RtlInitUnicodeString(&Name, L"\\Device\\Opened");
    CHECK_STATUS(IoGetDeviceObjectPointer(&Name, FILE_READ_DATA, &File, &Found), STATUS_ACCESS_DENIED);
    CHECK(File == NULL && Found == NULL);
    CHECK_EQ(Requests[IRP_MJ_CLOSE], 0);
    IopDeleteDriver(Driver);
}

TEST(IRP, the_error_log_goes_to_the_log)
{
    PDEVICE_OBJECT Device = NULL;
    PIOP_DRIVER Driver = Load(&Device);
    CHECK(IoAllocateErrorLogEntry(Device, sizeof(IO_ERROR_LOG_PACKET) - 1) == NULL);
    CHECK(IoAllocateErrorLogEntry(Device, 241) == NULL);
    PIO_ERROR_LOG_PACKET Packet = IoAllocateErrorLogEntry(Device, sizeof(IO_ERROR_LOG_PACKET));
    CHECK(Packet != NULL);
    CHECK_EQ(Packet->ErrorCode, 0);
    Packet->ErrorCode = STATUS_UNSUCCESSFUL;
    IoWriteErrorLogEntry(Packet);
    Packet = IoAllocateErrorLogEntry(Device, 240);
    IoFreeErrorLogEntry(Packet);
    CHECK_EQ(IopReportDriverLeaks(Driver), 2); /* device and link */
    IopDeleteDriver(Driver);
}
