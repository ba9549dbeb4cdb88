// SPDX-License-Identifier: MIT
/*
 * File objects: an opened device, as IoGetDeviceObjectPointer gives it to another
 * driver. Opening and closing are requests to the device's driver.
 */
#include "nt/iop.h"
#include "nt/ntp.h"

static VOID IopDestroyFile(PVOID Body);

static OBJECT_TYPE IopFileType = {.Name = "File", .Destroy = IopDestroyFile, .PassiveDestroy = TRUE};
static POBJECT_TYPE IopFileTypePointer = &IopFileType;
POBJECT_TYPE *IoFileObjectType = &IopFileTypePointer;

/* Sends a request about FileObject to its device's stack and waits. */
static NTSTATUS IopSendFileRequest(PFILE_OBJECT FileObject, UCHAR MajorFunction, PVOID Caller)
{
    IO_SECURITY_CONTEXT Security = {0};
    PDEVICE_OBJECT Top = IoGetAttachedDeviceReference(FileObject->DeviceObject);
    PIRP Irp = IopAllocateIrp(Top->StackSize, "IoGetDeviceObjectPointer", Caller);
    NTSTATUS Status = STATUS_INSUFFICIENT_RESOURCES;

    if (Irp != NULL)
    {
        PIO_STACK_LOCATION Stack = IoGetNextIrpStackLocation(Irp);
        Irp->RequestorMode = KernelMode;
        Irp->Tail.Overlay.OriginalFileObject = FileObject;
        Irp->Tail.Overlay.Thread = PsGetCurrentThread();
        Stack->MajorFunction = MajorFunction;
        Stack->FileObject = FileObject;
        if (MajorFunction == IRP_MJ_CREATE)
        {
            Stack->Parameters.Create.SecurityContext = &Security;
            Stack->Parameters.Create.Options = FILE_OPEN << 24;
            Stack->Parameters.Create.ShareAccess = FILE_SHARE_READ | FILE_SHARE_WRITE;
        }
        Status = IoSynchronousCallDriver(Top, Irp);
        IoFreeIrp(Irp);
    }
    ObfDereferenceObject(Top);
    return Status;
}

static VOID IopDestroyFile(PVOID Body)
{
    PFILE_OBJECT FileObject = Body;
    if ((FileObject->Flags & FO_FILE_OPEN) != 0)
    {
        (VOID) IopSendFileRequest(FileObject, IRP_MJ_CLOSE, NULL);
    }
    ObfDereferenceObject(FileObject->DeviceObject);
}

/* Opens the named device. *FileObject has a reference the caller gives back with
 * ObDereferenceObject, which closes it and ends the use of *DeviceObject, the top
 * of its stack. PASSIVE_LEVEL. STATUS_OBJECT_NAME_NOT_FOUND, or what the device's
 * driver says. Page: nf-wdm-iogetdeviceobjectpointer. */
NTSTATUS NTAPI IoGetDeviceObjectPointer(PUNICODE_STRING ObjectName, ACCESS_MASK DesiredAccess, PFILE_OBJECT *FileObject,
                                        PDEVICE_OBJECT *DeviceObject)
{
    PVOID Caller = __builtin_return_address(0);
    PDEVICE_OBJECT Device;

    UNREFERENCED_PARAMETER(DesiredAccess); /* no security here */
    KI_IRQL_MAX(PASSIVE_LEVEL);
    *FileObject = NULL;
    *DeviceObject = NULL;
    NTSTATUS Status = IopReferenceDevice(ObjectName, &Device);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    PFILE_OBJECT File = ObpCreateObject(&IopFileType, sizeof(FILE_OBJECT));
    if (File == NULL)
    {
        ObfDereferenceObject(Device);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    File->Type = IO_TYPE_FILE;
    File->Size = sizeof(FILE_OBJECT);
    File->DeviceObject = Device; /* with its reference */
    Status = IopSendFileRequest(File, IRP_MJ_CREATE, Caller);
    if (!NT_SUCCESS(Status))
    {
        ObfDereferenceObject(File);
        return Status;
    }
    File->Flags |= FO_FILE_OPEN;
    /* Windows opens a handle for it and closes that again. */
    (VOID) IopSendFileRequest(File, IRP_MJ_CLEANUP, Caller);
    *FileObject = File;
    *DeviceObject = IoGetAttachedDevice(Device);
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
