// SPDX-License-Identifier: MIT
/*
 * Files by handle. The only files are drivers' devices: no file system is below
 * them, so a path that leads to none is not found. A handle opened for synchronous
 * use waits for each request, one at a time; another returns STATUS_PENDING.
 */
#include "nt/hostcall.h"
#include "nt/iop.h"
#include "nt/ntp.h"

#define IOP_SYNCHRONOUS (FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT)
#define IOP_CREATE_OPTIONS 0x00FFFFFF

/* ---- opening --------------------------------------------------------------------------- */

static NTSTATUS IopCreateByName(PHANDLE FileHandle, POBJECT_ATTRIBUTES ObjectAttributes, PIO_STATUS_BLOCK IoStatusBlock,
                                PIOP_OPEN Open)
{
    PFILE_OBJECT File;

    NTSTATUS Status = ObpCheckAttributes(ObjectAttributes);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    if (Open->Disposition > FILE_MAXIMUM_DISPOSITION || (Open->Options & ~(ULONG)IOP_CREATE_OPTIONS) != 0 ||
        (Open->ShareAccess & ~(ULONG)FILE_SHARE_VALID_FLAGS) != 0 || (Open->Options & IOP_SYNCHRONOUS) == IOP_SYNCHRONOUS ||
        ((Open->Options & IOP_SYNCHRONOUS) != 0 && (Open->DesiredAccess & (SYNCHRONIZE | GENERIC_ALL | GENERIC_READ |
                                                                           GENERIC_WRITE | GENERIC_EXECUTE)) == 0))
    {
        return STATUS_INVALID_PARAMETER;
    }
    Status = IopOpenFile(ObjectAttributes->ObjectName, Open, &File);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    Status = ObpInsertHandleFor(File, FileHandle, Open->Caller);
    if (NT_SUCCESS(Status))
    {
        File->Flags |= FO_HANDLE_CREATED;
        IoStatusBlock->Status = STATUS_SUCCESS;
        IoStatusBlock->Information = Open->Information;
    }
    else
    {
        IopCleanupFile(File);
    }
    ObfDereferenceObject(File);
    return Status;
}

/* Opens a device by name, as CreateDisposition and CreateOptions tell its driver,
 * which alone gives them a meaning. PASSIVE_LEVEL. STATUS_OBJECT_NAME_NOT_FOUND,
 * STATUS_OBJECT_PATH_NOT_FOUND, STATUS_NO_SUCH_DEVICE, STATUS_INVALID_PARAMETER, or
 * what the driver says. Page: nf-ntifs-zwcreatefile. */
NTSTATUS NTAPI ZwCreateFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
                            PIO_STATUS_BLOCK IoStatusBlock, PLARGE_INTEGER AllocationSize, ULONG FileAttributes,
                            ULONG ShareAccess, ULONG CreateDisposition, ULONG CreateOptions, PVOID EaBuffer,
                            ULONG EaLength)
{
    IOP_OPEN Open = {.Mode = KernelMode,
                     .DesiredAccess = DesiredAccess,
                     .ShareAccess = ShareAccess,
                     .Disposition = CreateDisposition,
                     .Options = CreateOptions,
                     .FileAttributes = FileAttributes,
                     .EaBuffer = EaBuffer,
                     .EaLength = EaLength,
                     .Caller = __builtin_return_address(0)};

    KI_IRQL_MAX(PASSIVE_LEVEL);
    Open.AllocationSize.QuadPart = AllocationSize != NULL ? AllocationSize->QuadPart : 0;
    return IopCreateByName(FileHandle, ObjectAttributes, IoStatusBlock, &Open);
}

/* As ZwCreateFile with FILE_OPEN. Page: nf-ntifs-zwopenfile. */
NTSTATUS NTAPI ZwOpenFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
                          PIO_STATUS_BLOCK IoStatusBlock, ULONG ShareAccess, ULONG OpenOptions)
{
    IOP_OPEN Open = {.Mode = KernelMode,
                     .DesiredAccess = DesiredAccess,
                     .ShareAccess = ShareAccess,
                     .Disposition = FILE_OPEN,
                     .Options = OpenOptions,
                     .Caller = __builtin_return_address(0)};

    KI_IRQL_MAX(PASSIVE_LEVEL);
    return IopCreateByName(FileHandle, ObjectAttributes, IoStatusBlock, &Open);
}

/* ---- requests ------------------------------------------------------------------------------ */

/* Whom a request tells of its end, besides its status. */
typedef struct _IOP_TELL
{
    HANDLE Event; /* may be NULL */
    PIO_APC_ROUTINE Apc;
    PIO_STATUS_BLOCK IoStatusBlock;
} IOP_TELL;

/* One at a time on a synchronous file. */
static NTSTATUS IopRequestInTurn(PFILE_OBJECT File, PIOP_REQUEST Request, const LARGE_INTEGER *ByteOffset,
                                 PIO_STATUS_BLOCK IoStatusBlock, PKEVENT Event)
{
    IO_STATUS_BLOCK IoStatus = {.Status = STATUS_PENDING};

    KeWaitForSingleObject(&File->Lock, Executive, KernelMode, FALSE, NULL);
    Request->Offset = ByteOffset != NULL ? *ByteOffset : File->CurrentByteOffset;
    NTSTATUS Status = IopRequestAndWait(File, Request, NULL, &IoStatus);
    KeSetEvent(&File->Lock, IO_NO_INCREMENT, FALSE);
    if (IoStatus.Status != STATUS_PENDING)
    {
        *IoStatusBlock = IoStatus;
    }
    if (Event != NULL)
    {
        KeSetEvent(Event, IO_NO_INCREMENT, FALSE);
        ObfDereferenceObject(Event);
    }
    return Status;
}

static NTSTATUS IopAsk(HANDLE FileHandle, PIOP_REQUEST Request, const LARGE_INTEGER *ByteOffset, const IOP_TELL *Tell)
{
    BOOLEAN Transfer = Request->MajorFunction == IRP_MJ_READ || Request->MajorFunction == IRP_MJ_WRITE;
    PVOID Body;
    PVOID Event = NULL;

    if (Tell->Apc != NULL)
    {
        return STATUS_NOT_SUPPORTED; /* there are no APCs to call it from */
    }
    NTSTATUS Status = ObpReferenceHandle(FileHandle, &IopFileType, &Body);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    PFILE_OBJECT File = Body;
    if (Tell->Event != NULL)
    {
        Status = ObpReferenceHandle(Tell->Event, *ExEventObjectType, &Event);
        if (!NT_SUCCESS(Status))
        {
            goto cleanupFile;
        }
        KeClearEvent(Event);
    }
    if ((File->Flags & FO_SYNCHRONOUS_IO) != 0)
    {
        Status = IopRequestInTurn(File, Request, ByteOffset, Tell->IoStatusBlock, Event);
    }
    else if (Transfer && ByteOffset == NULL)
    {
        Status = STATUS_INVALID_PARAMETER;
        if (Event != NULL)
        {
            ObfDereferenceObject(Event);
        }
    }
    else
    {
        Request->Offset.QuadPart = ByteOffset != NULL ? ByteOffset->QuadPart : 0;
        Status = IopRequest(File, Request, Tell->IoStatusBlock, Event);
    }
cleanupFile:
    ObfDereferenceObject(File);
    return Status;
}

/* Reads from a device. Buffer and *IoStatusBlock are the caller's and stay until the
 * request is completed, which sets Event (may be NULL) or else the file.
 * ByteOffset may be NULL for synchronous files. ApcRoutine is NULL (DIV-40)
 * (STATUS_NOT_SUPPORTED). PASSIVE_LEVEL. STATUS_PENDING, STATUS_INVALID_HANDLE,
 * STATUS_OBJECT_TYPE_MISMATCH, STATUS_INVALID_PARAMETER, or the driver's. Page:
 * nf-ntifs-zwreadfile. */
NTSTATUS NTAPI ZwReadFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                          PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer, ULONG Length, PLARGE_INTEGER ByteOffset,
                          PULONG Key)
{
    IOP_REQUEST Request = {.MajorFunction = IRP_MJ_READ,
                           .Output = Buffer,
                           .OutputLength = Length,
                           .Caller = __builtin_return_address(0)};
    IOP_TELL Tell = {Event, ApcRoutine, IoStatusBlock};

    UNREFERENCED_PARAMETER(ApcContext);
    UNREFERENCED_PARAMETER(Key);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    return IopAsk(FileHandle, &Request, ByteOffset, &Tell);
}

/* Writes to a device; otherwise as ZwReadFile. Page: nf-ntifs-zwwritefile. */
NTSTATUS NTAPI ZwWriteFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                           PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer, ULONG Length, PLARGE_INTEGER ByteOffset,
                           PULONG Key)
{
    IOP_REQUEST Request = {.MajorFunction = IRP_MJ_WRITE,
                           .Input = Buffer,
                           .InputLength = Length,
                           .Caller = __builtin_return_address(0)};
    IOP_TELL Tell = {Event, ApcRoutine, IoStatusBlock};

    UNREFERENCED_PARAMETER(ApcContext);
    UNREFERENCED_PARAMETER(Key);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    return IopAsk(FileHandle, &Request, ByteOffset, &Tell);
}

/* Sends a control code; otherwise as ZwReadFile. Page: nf-ntifs-zwdeviceiocontrolfile. */
NTSTATUS NTAPI ZwDeviceIoControlFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                                     PIO_STATUS_BLOCK IoStatusBlock, ULONG IoControlCode, PVOID InputBuffer,
                                     ULONG InputBufferLength, PVOID OutputBuffer, ULONG OutputBufferLength)
{
    IOP_REQUEST Request = {.MajorFunction = IRP_MJ_DEVICE_CONTROL,
                           .ControlCode = IoControlCode,
                           .Input = InputBuffer,
                           .InputLength = InputBufferLength,
                           .Output = OutputBuffer,
                           .OutputLength = OutputBufferLength,
                           .Caller = __builtin_return_address(0)};
    IOP_TELL Tell = {Event, ApcRoutine, IoStatusBlock};

    UNREFERENCED_PARAMETER(ApcContext);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    return IopAsk(FileHandle, &Request, NULL, &Tell);
}

/* The same with IRP_MJ_FILE_SYSTEM_CONTROL. Page: nf-ntifs-zwfscontrolfile. */
NTSTATUS NTAPI ZwFsControlFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                               PIO_STATUS_BLOCK IoStatusBlock, ULONG FsControlCode, PVOID InputBuffer,
                               ULONG InputBufferLength, PVOID OutputBuffer, ULONG OutputBufferLength)
{
    IOP_REQUEST Request = {.MajorFunction = IRP_MJ_FILE_SYSTEM_CONTROL,
                           .ControlCode = FsControlCode,
                           .Input = InputBuffer,
                           .InputLength = InputBufferLength,
                           .Output = OutputBuffer,
                           .OutputLength = OutputBufferLength,
                           .Caller = __builtin_return_address(0)};
    IOP_TELL Tell = {Event, ApcRoutine, IoStatusBlock};

    UNREFERENCED_PARAMETER(ApcContext);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    return IopAsk(FileHandle, &Request, NULL, &Tell);
}

/* Those that always wait. */
static NTSTATUS IopAskAndWait(HANDLE FileHandle, PIOP_REQUEST Request, PIO_STATUS_BLOCK IoStatusBlock)
{
    PVOID Body;

    NTSTATUS Status = ObpReferenceHandle(FileHandle, &IopFileType, &Body);
    if (NT_SUCCESS(Status))
    {
        Status = IopRequestInTurn(Body, Request, NULL, IoStatusBlock, NULL);
        ObfDereferenceObject(Body);
    }
    return Status;
}

/* Sends IRP_MJ_FLUSH_BUFFERS and waits. PASSIVE_LEVEL. Page: nf-ntifs-zwflushbuffersfile. */
NTSTATUS NTAPI ZwFlushBuffersFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock)
{
    IOP_REQUEST Request = {.MajorFunction = IRP_MJ_FLUSH_BUFFERS, .Caller = __builtin_return_address(0)};

    KI_IRQL_MAX(PASSIVE_LEVEL);
    return IopAskAndWait(FileHandle, &Request, IoStatusBlock);
}

/* Asks the driver (IRP_MJ_QUERY_INFORMATION) and waits. PASSIVE_LEVEL. Page:
 * nf-ntifs-zwqueryinformationfile. */
NTSTATUS NTAPI ZwQueryInformationFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock, PVOID FileInformation,
                                      ULONG Length, FILE_INFORMATION_CLASS FileInformationClass)
{
    IOP_REQUEST Request = {.MajorFunction = IRP_MJ_QUERY_INFORMATION,
                           .Output = FileInformation,
                           .OutputLength = Length,
                           .InformationClass = FileInformationClass,
                           .Caller = __builtin_return_address(0)};

    KI_IRQL_MAX(PASSIVE_LEVEL);
    return IopAskAndWait(FileHandle, &Request, IoStatusBlock);
}

/* Tells the driver (IRP_MJ_SET_INFORMATION) and waits. PASSIVE_LEVEL. Page:
 * nf-ntifs-zwsetinformationfile. */
NTSTATUS NTAPI ZwSetInformationFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock, PVOID FileInformation,
                                    ULONG Length, FILE_INFORMATION_CLASS FileInformationClass)
{
    IOP_REQUEST Request = {.MajorFunction = IRP_MJ_SET_INFORMATION,
                           .Input = FileInformation,
                           .InputLength = Length,
                           .InformationClass = FileInformationClass,
                           .Caller = __builtin_return_address(0)};

    KI_IRQL_MAX(PASSIVE_LEVEL);
    return IopAskAndWait(FileHandle, &Request, IoStatusBlock);
}
