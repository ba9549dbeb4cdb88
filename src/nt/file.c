// SPDX-License-Identifier: MIT
/*
 * File objects: what an open device is to its drivers. Opening, the end of the last
 * handle and the end of the last reference are requests: IRP_MJ_CREATE,
 * IRP_MJ_CLEANUP and IRP_MJ_CLOSE.
 */
#include "nt/expp.h"
#include "nt/iop.h"
#include "nt/ntp.h"

static VOID IopDestroyFile(PVOID Body);
static VOID IopQueryFileName(PVOID Body, PWSTR Buffer, ULONG Capacity, PULONG Length);

OBJECT_TYPE IopFileType = {.Name = "File",
                           .Destroy = IopDestroyFile,
                           .PassiveDestroy = TRUE,
                           .Close = IopCleanupFile,
                           .Waitable = TRUE,
                           .WaitOffset = FIELD_OFFSET(FILE_OBJECT, Event),
                           .QueryName = IopQueryFileName};
static POBJECT_TYPE IopFileTypePointer = &IopFileType;
POBJECT_TYPE *IoFileObjectType = &IopFileTypePointer;

#define IOP_READ_RIGHTS (FILE_READ_DATA | FILE_EXECUTE | GENERIC_READ | GENERIC_EXECUTE | GENERIC_ALL | MAXIMUM_ALLOWED)
#define IOP_WRITE_RIGHTS (FILE_WRITE_DATA | FILE_APPEND_DATA | GENERIC_WRITE | GENERIC_ALL | MAXIMUM_ALLOWED)

/* ---- the requests ----------------------------------------------------------------------- */

static PIRP IopAllocateFileIrp(PFILE_OBJECT FileObject, PDEVICE_OBJECT Top, UCHAR MajorFunction, PVOID Caller)
{
    PIRP Irp = IopAllocateIrp(Top->StackSize, "IoBuildRequest", Caller);

    if (Irp != NULL)
    {
        PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);
        Irp->RequestorMode = KernelMode;
        Irp->Flags = IRP_SYNCHRONOUS_API;
        Irp->Tail.Overlay.OriginalFileObject = FileObject;
        Irp->Tail.Overlay.Thread = PsGetCurrentThread();
        Stack->MajorFunction = MajorFunction;
        Stack->FileObject = FileObject;
    }
    return Irp;
}

/* Cleanup and close cannot be refused: their status goes nowhere. */
static VOID IopTellDriver(PFILE_OBJECT FileObject, UCHAR MajorFunction)
{
    PDEVICE_OBJECT Top = IoGetAttachedDeviceReference(FileObject->DeviceObject);
    PIRP Irp = IopAllocateFileIrp(FileObject, Top, MajorFunction, NULL);

    if (Irp != NULL)
    {
        Irp->Flags |= MajorFunction == IRP_MJ_CLOSE ? IRP_CLOSE_OPERATION : 0;
        IopSendIrp(Top, Irp, NULL);
        IopFinishIrp(Irp, 0, NULL);
    }
    ObfDereferenceObject(Top);
}

/* The driver is not gone from under it (which takes an unload by force). */
static BOOLEAN IopIsOpen(PFILE_OBJECT FileObject)
{
    return (FileObject->Flags & FO_FILE_OPEN) != 0 && FileObject->DeviceObject->DriverObject->DriverSection != NULL;
}

VOID IopCleanupFile(PVOID FileObject)
{
    if (IopIsOpen(FileObject))
    {
        IopTellDriver(FileObject, IRP_MJ_CLEANUP);
    }
}

static VOID IopDestroyFile(PVOID Body)
{
    PFILE_OBJECT FileObject = Body;

    if (IopIsOpen(FileObject))
    {
        IopTellDriver(FileObject, IRP_MJ_CLOSE);
    }
    if (FileObject->FileName.Buffer != NULL)
    {
        ExFreePool(FileObject->FileName.Buffer);
    }
    IopCloseDeviceObject(FileObject->DeviceObject);
    ObfDereferenceObject(FileObject->DeviceObject);
}

/* The device's name and what was opened below it. */
static VOID IopQueryFileName(PVOID Body, PWSTR Buffer, ULONG Capacity, PULONG Length)
{
    PFILE_OBJECT FileObject = Body;

    ObpQueryName(FileObject->DeviceObject, Buffer, Capacity, Length);
    if (*Length < Capacity)
    {
        RtlCopyMemory(Buffer + *Length / sizeof(WCHAR), FileObject->FileName.Buffer,
                      min((ULONG)FileObject->FileName.Length, Capacity - *Length));
    }
    *Length += FileObject->FileName.Length;
}

static NTSTATUS IopSendCreate(PFILE_OBJECT FileObject, PIOP_OPEN Open)
{
    IO_SECURITY_CONTEXT Security = {
        .SecurityQos = NULL, .AccessState = NULL, .DesiredAccess = Open->DesiredAccess, .FullCreateOptions = Open->Options};
    PDEVICE_OBJECT Top = IoGetAttachedDeviceReference(FileObject->DeviceObject);
    PIRP Irp = IopAllocateFileIrp(FileObject, Top, IRP_MJ_CREATE, Open->Caller);
    NTSTATUS Status = STATUS_INSUFFICIENT_RESOURCES;

    if (Irp != NULL)
    {
        PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);
        Irp->RequestorMode = Open->Mode;
        Irp->Flags |= IRP_CREATE_OPERATION;
        Irp->AssociatedIrp.SystemBuffer = Open->EaBuffer;
        Irp->Overlay.AllocationSize = Open->AllocationSize;
        Stack->Parameters.Create.SecurityContext = &Security;
        Stack->Parameters.Create.Options = Open->Disposition << 24 | (Open->Options & 0xFFFFFF);
        Stack->Parameters.Create.FileAttributes = (USHORT)Open->FileAttributes;
        Stack->Parameters.Create.ShareAccess = (USHORT)Open->ShareAccess;
        Stack->Parameters.Create.EaLength = Open->EaLength;
        Status = IopSendIrp(Top, Irp, NULL);
        Open->Information = Irp->IoStatus.Information;
        IopFinishIrp(Irp, 0, Open->Caller);
    }
    ObfDereferenceObject(Top);
    return Status;
}

/* ---- opening ------------------------------------------------------------------------------- */

/* Takes over the reference to Device, its count of openings, and Rest. */
static PFILE_OBJECT IopCreateFileObject(PDEVICE_OBJECT Device, PUNICODE_STRING Rest, const IOP_OPEN *Open)
{
    PFILE_OBJECT File = ObpCreateObject(&IopFileType, sizeof(FILE_OBJECT));

    if (File == NULL)
    {
        return NULL;
    }
    File->Type = IO_TYPE_FILE;
    File->Size = sizeof(FILE_OBJECT);
    File->DeviceObject = Device;
    File->FileName = *Rest;
    File->ReadAccess = (Open->DesiredAccess & IOP_READ_RIGHTS) != 0;
    File->WriteAccess = (Open->DesiredAccess & IOP_WRITE_RIGHTS) != 0;
    File->DeleteAccess = (Open->DesiredAccess & (DELETE | GENERIC_ALL)) != 0;
    File->SharedRead = (Open->ShareAccess & FILE_SHARE_READ) != 0;
    File->SharedWrite = (Open->ShareAccess & FILE_SHARE_WRITE) != 0;
    File->SharedDelete = (Open->ShareAccess & FILE_SHARE_DELETE) != 0;
    if ((Open->Options & (FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT)) != 0)
    {
        File->Flags |= FO_SYNCHRONOUS_IO;
        File->Flags |= (Open->Options & FILE_SYNCHRONOUS_IO_ALERT) != 0 ? FO_ALERTABLE_IO : 0;
    }
    KeInitializeEvent(&File->Lock, SynchronizationEvent, TRUE);
    KeInitializeEvent(&File->Event, NotificationEvent, FALSE);
    InitializeListHead(&File->IrpList);
    return File;
}

/* What Open wants of a device's descriptor; nothing for the kernel. */
static UCHAR IopUserRights(const IOP_OPEN *Open)
{
    if (Open->Mode == KernelMode)
    {
        return 0;
    }
    return IOP_USER_OPEN | ((Open->DesiredAccess & IOP_READ_RIGHTS) != 0 ? IOP_USER_READ : 0) |
           ((Open->DesiredAccess & IOP_WRITE_RIGHTS) != 0 ? IOP_USER_WRITE : 0);
}

NTSTATUS IopOpenFile(PCUNICODE_STRING Name, PIOP_OPEN Open, PFILE_OBJECT *FileObject)
{
    UNICODE_STRING Rest;
    PVOID Device;

    *FileObject = NULL;
    NTSTATUS Status = ObpReferenceName(Name, &IopDeviceObjectType, &Device, &Rest);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    Status = IopOpenDeviceObject(Device, IopUserRights(Open));
    if (!NT_SUCCESS(Status))
    {
        goto cleanupReference;
    }
    PFILE_OBJECT File = IopCreateFileObject(Device, &Rest, Open);
    if (File == NULL)
    {
        Status = STATUS_INSUFFICIENT_RESOURCES;
        goto cleanupOpening;
    }
    Status = IopSendCreate(File, Open);
    if (!NT_SUCCESS(Status))
    {
        ObfDereferenceObject(File);
        return Status;
    }
    File->Flags |= FO_FILE_OPEN;
    *FileObject = File;
    return STATUS_SUCCESS;

cleanupOpening:
    IopCloseDeviceObject(Device);
cleanupReference:
    ObfDereferenceObject(Device);
    if (Rest.Buffer != NULL)
    {
        ExFreePool(Rest.Buffer);
    }
    return Status;
}

/* Opens the named device. *FileObject has a reference the caller gives back with
 * ObDereferenceObject, which closes it and ends the use of *DeviceObject, the top
 * of its stack. PASSIVE_LEVEL. STATUS_OBJECT_NAME_NOT_FOUND,
 * STATUS_OBJECT_TYPE_MISMATCH, STATUS_NO_SUCH_DEVICE (its DriverEntry has not
 * returned), or what the device's driver says. Page:
 * nf-wdm-iogetdeviceobjectpointer. */
NTSTATUS NTAPI IoGetDeviceObjectPointer(PUNICODE_STRING ObjectName, ACCESS_MASK DesiredAccess, PFILE_OBJECT *FileObject,
                                        PDEVICE_OBJECT *DeviceObject)
{
    IOP_OPEN Open = {.Mode = KernelMode,
                     .DesiredAccess = DesiredAccess,
                     .ShareAccess = FILE_SHARE_READ | FILE_SHARE_WRITE,
                     .Disposition = FILE_OPEN,
                     .Options = FILE_NON_DIRECTORY_FILE,
                     .Caller = __builtin_return_address(0)};

    KI_IRQL_MAX(PASSIVE_LEVEL);
    *DeviceObject = NULL;
    NTSTATUS Status = IopOpenFile(ObjectName, &Open, FileObject);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    IopCleanupFile(*FileObject); /* Windows opens a handle for it and closes that again */
    *DeviceObject = IoGetAttachedDevice((*FileObject)->DeviceObject);
    return STATUS_SUCCESS;
}

/* The top device of the stack that FileObject was opened on. IRQL <=
 * DISPATCH_LEVEL. Page: nf-ntifs-iogetrelateddeviceobject. */
PDEVICE_OBJECT NTAPI IoGetRelatedDeviceObject(PFILE_OBJECT FileObject)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    return IoGetAttachedDevice(FileObject->DeviceObject);
}

/* What the generic rights mean for files; constant. Any IRQL. Page:
 * nf-wdm-iogetfileobjectgenericmapping. */
PGENERIC_MAPPING NTAPI IoGetFileObjectGenericMapping(VOID)
{
    static GENERIC_MAPPING Mapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE, FILE_ALL_ACCESS};
    return &Mapping;
}

/* ---- who asks: always this process, a 64-bit one ---------------------------------- */

/* Page: nf-ntifs-iogetrequestorprocess. */
PEPROCESS NTAPI IoGetRequestorProcess(PIRP Irp)
{
    return Irp->Tail.Overlay.Thread != NULL ? IoGetCurrentProcess() : NULL;
}

/* Page: nf-ntifs-iogetrequestorprocessid. */
ULONG NTAPI IoGetRequestorProcessId(PIRP Irp)
{
    return Irp->Tail.Overlay.Thread != NULL ? (ULONG)(ULONG_PTR)PsGetCurrentProcessId() : 0;
}

/* Page: nf-wdm-iois32bitprocess. */
BOOLEAN NTAPI IoIs32bitProcess(PIRP Irp)
{
    UNREFERENCED_PARAMETER(Irp);
    return FALSE;
}
