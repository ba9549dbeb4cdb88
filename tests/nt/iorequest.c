// SPDX-License-Identifier: MIT
/* Requests about open files: what a driver sees of each kind, and what comes back. */
#include "nt/iop.h"
#include "nt/obp.h"
#include "kernel_test.h"

extern CHAR __executable_start[];
extern CHAR end[];

#define CODE(Number, Method) CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + (Number), (Method), FILE_ANY_ACCESS)
#define IOCTL_ECHO CODE(1, METHOD_BUFFERED)
#define IOCTL_IN CODE(2, METHOD_IN_DIRECT)
#define IOCTL_OUT CODE(3, METHOD_OUT_DIRECT)
#define IOCTL_NEITHER CODE(4, METHOD_NEITHER)
#define IOCTL_OVERFLOW CODE(5, METHOD_BUFFERED)
#define IOCTL_FAIL CODE(6, METHOD_BUFFERED)
#define IOCTL_PEND CODE(7, METHOD_BUFFERED)
#define IOCTL_LIE CODE(8, METHOD_BUFFERED)

/* What the driver saw last; the test looks at it afterwards. */
static struct
{
    UCHAR Major;
    KPROCESSOR_MODE Mode;
    PFILE_OBJECT File;
    PVOID SystemBuffer;
    PVOID UserBuffer;
    PMDL Mdl;
    PVOID Type3;
    ULONG Length;
    LONGLONG Offset;
    ULONG Counts[IRP_MJ_MAXIMUM_FUNCTION + 1];
} Seen;

static PIRP Pended;      /* IOCTL_PEND's */
static KEVENT PendEvent; /* it is there */
static UCHAR Store[64];

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static VOID NTAPI CancelPended(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    Complete(Irp, STATUS_CANCELLED, 0);
}

static NTSTATUS Pend(PIRP Irp)
{
    IoMarkIrpPending(Irp);
    Pended = Irp;
    IoSetCancelRoutine(Irp, CancelPended);
    if (Irp->Cancel && IoSetCancelRoutine(Irp, NULL) != NULL)
    {
        Complete(Irp, STATUS_CANCELLED, 0);
    }
    KeSetEvent(&PendEvent, IO_NO_INCREMENT, FALSE);
    return STATUS_PENDING;
}

static NTSTATUS Control(PIRP Irp, PIO_STACK_LOCATION Stack)
{
    PUCHAR Buffer = Irp->AssociatedIrp.SystemBuffer;
    ULONG In = Stack->Parameters.DeviceIoControl.InputBufferLength;
    ULONG Out = Stack->Parameters.DeviceIoControl.OutputBufferLength;

    Seen.Type3 = Stack->Parameters.DeviceIoControl.Type3InputBuffer;
    switch (Stack->Parameters.DeviceIoControl.IoControlCode)
    {
    case IOCTL_ECHO:
        return Complete(Irp, STATUS_SUCCESS, min(In, Out));
    case IOCTL_IN:
    {
        PUCHAR Direct = MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority);
        __builtin_memcpy(Store, Buffer, In);
        __builtin_memcpy(Store + In, Direct, MmGetMdlByteCount(Irp->MdlAddress));
        return Complete(Irp, STATUS_SUCCESS, 0);
    }
    case IOCTL_OUT:
    {
        PUCHAR Direct = MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority);
        __builtin_memset(Direct, Buffer[0], Out);
        return Complete(Irp, STATUS_SUCCESS, Out);
    }
    case IOCTL_NEITHER:
        __builtin_memcpy(Irp->UserBuffer, Seen.Type3, min(In, Out));
        return Complete(Irp, STATUS_SUCCESS, min(In, Out));
    case IOCTL_OVERFLOW:
        Buffer[0] = 0x55;
        return Complete(Irp, STATUS_BUFFER_OVERFLOW, 1);
    case IOCTL_FAIL:
        Buffer[0] = 0x66;
        return Complete(Irp, STATUS_UNSUCCESSFUL, 1);
    case IOCTL_PEND:
        return Pend(Irp);
    case IOCTL_LIE:
        return Complete(Irp, STATUS_SUCCESS, 4096);
    default:
        return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static NTSTATUS Transfer(PIRP Irp, PIO_STACK_LOCATION Stack, BOOLEAN Write)
{
    PUCHAR Data = Irp->MdlAddress != NULL ? MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority)
                  : Irp->AssociatedIrp.SystemBuffer != NULL ? Irp->AssociatedIrp.SystemBuffer
                                                            : Irp->UserBuffer;
    Seen.Length = Write ? Stack->Parameters.Write.Length : Stack->Parameters.Read.Length;
    Seen.Offset = Write ? Stack->Parameters.Write.ByteOffset.QuadPart : Stack->Parameters.Read.ByteOffset.QuadPart;
    ULONG Length = min(Seen.Length, (ULONG)sizeof(Store));
    if (Length != 0)
    {
        __builtin_memcpy(Write ? Store : Data, Write ? Data : Store, Length);
    }
    return Complete(Irp, STATUS_SUCCESS, Length);
}

static NTSTATUS NTAPI Dispatch(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);

    UNREFERENCED_PARAMETER(DeviceObject);
    Seen.Major = Stack->MajorFunction;
    Seen.Counts[Seen.Major]++;
    Seen.Mode = Irp->RequestorMode;
    Seen.File = Stack->FileObject;
    Seen.SystemBuffer = Irp->AssociatedIrp.SystemBuffer;
    Seen.UserBuffer = Irp->UserBuffer;
    Seen.Mdl = Irp->MdlAddress;
    switch (Seen.Major)
    {
    case IRP_MJ_DEVICE_CONTROL:
        return Control(Irp, Stack);
    case IRP_MJ_READ:
    case IRP_MJ_WRITE:
        return Transfer(Irp, Stack, Seen.Major == IRP_MJ_WRITE);
    default:
        return Complete(Irp, STATUS_SUCCESS, Seen.Major == IRP_MJ_CREATE ? FILE_OPENED : 0);
    }
}

static PDEVICE_OBJECT Device;
static PIOP_DRIVER Driver;

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNICODE_STRING Link;

    RtlInitUnicodeString(&Link, L"\\DosDevices\\Global\\Asked");
    IoDeleteSymbolicLink(&Link);
    IoDeleteDevice(DriverObject->DeviceObject);
}

static NTSTATUS NTAPI Entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    static const UCHAR Handled[] = {IRP_MJ_CREATE, IRP_MJ_CLEANUP, IRP_MJ_CLOSE,
                                    IRP_MJ_DEVICE_CONTROL, IRP_MJ_READ, IRP_MJ_WRITE};
    UNICODE_STRING Name;
    UNICODE_STRING Link;

    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Handled); Index++)
    {
        DriverObject->MajorFunction[Handled[Index]] = Dispatch;
    }
    DriverObject->DriverUnload = Unload;
    RtlInitUnicodeString(&Name, L"\\Device\\Asked");
    RtlInitUnicodeString(&Link, L"\\??\\Asked");
    NTSTATUS Status = IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &Device);
    return NT_SUCCESS(Status) ? IoCreateSymbolicLink(&Link, &Name) : Status;
}

static VOID Load(VOID)
{
    Driver = NULL;
    __builtin_memset(&Seen, 0xEE, sizeof(Seen));
    __builtin_memset(Seen.Counts, 0, sizeof(Seen.Counts));
    KeInitializeEvent(&PendEvent, SynchronizationEvent, FALSE);
    CHECK_STATUS(IopCreateDriver("asked", __executable_start, (SIZE_T)(end - __executable_start), Entry, &Driver),
                 STATUS_SUCCESS);
}

static VOID Leave(VOID)
{
    CHECK_STATUS(IopUnloadDriver(Driver), STATUS_SUCCESS);
    CHECK_EQ(IopReportDriverLeaks(Driver), 0);
    IopDeleteDriver(Driver);
}

static NTSTATUS TryOpen(PCWSTR Text, PFILE_OBJECT *File)
{
    IOP_OPEN Open = {.Mode = UserMode, .DesiredAccess = FILE_GENERIC_READ, .Disposition = FILE_OPEN};
    UNICODE_STRING Name;

    *File = (PFILE_OBJECT)1;
    RtlInitUnicodeString(&Name, Text);
    return IopOpenFile(&Name, &Open, File);
}

static PFILE_OBJECT Open(VOID)
{
    PFILE_OBJECT File;
    CHECK_STATUS(TryOpen(L"\\DosDevices\\asked", &File), STATUS_SUCCESS);
    return File;
}

static VOID Close(PFILE_OBJECT File)
{
    IopCleanupFile(File);
    ObDereferenceObject(File);
}

static NTSTATUS Ask(PFILE_OBJECT File, ULONG Code, PVOID In, ULONG InLength, PVOID Out, ULONG OutLength,
                    PIO_STATUS_BLOCK IoStatus)
{
    IOP_REQUEST Request = {.MajorFunction = IRP_MJ_DEVICE_CONTROL, .Mode = UserMode, .ControlCode = Code, .Input = In,
                           .InputLength = InLength, .Output = Out, .OutputLength = OutLength};
    __builtin_memset(IoStatus, 0xEE, sizeof(*IoStatus));
    return IopRequestAndWait(File, &Request, NULL, IoStatus);
}

/* Given each way to name a device. Then it is found, or the right status says why not. */
TEST(OBJ, names_lead_to_devices)
{
    static const PCWSTR Good[] = {L"\\Device\\Asked", L"\\DEVICE\\asked", L"\\??\\Asked", L"\\DosDevices\\Asked",
                                  L"\\GLOBAL??\\asked", L"\\DosDevices\\Global\\Asked"};
    PFILE_OBJECT File;
    UNICODE_STRING Rest;

    Load();
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Good); Index++)
    {
        CHECK_STATUS(TryOpen(Good[Index], &File), STATUS_SUCCESS);
        CHECK(File->DeviceObject == Device);
        CHECK_EQ(File->FileName.Length, 0);
        CHECK_EQ(Device->ReferenceCount, 1);
        Close(File);
        CHECK_EQ(Device->ReferenceCount, 0);
    }
    CHECK_STATUS(TryOpen(L"\\??\\Asked\\Below\\It", &File), STATUS_SUCCESS);
    RtlInitUnicodeString(&Rest, L"\\Below\\It");
    CHECK(RtlEqualUnicodeString(&File->FileName, &Rest, FALSE));
    Close(File);
    CHECK_STATUS(TryOpen(L"\\Device\\Nobody", &File), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK(File == NULL);
    CHECK_STATUS(TryOpen(L"\\Device\\AskedAlmost", &File), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(TryOpen(L"\\Nowhere\\Nobody", &File), STATUS_OBJECT_PATH_NOT_FOUND);
    CHECK_STATUS(TryOpen(L"Device\\Asked", &File), STATUS_OBJECT_PATH_SYNTAX_BAD);
    CHECK_STATUS(TryOpen(L"", &File), STATUS_OBJECT_NAME_INVALID);
    Leave();
}

TEST(OBJ, a_circle_of_links_leads_nowhere)
{
    UNICODE_STRING One;
    UNICODE_STRING Two;
    PFILE_OBJECT File;

    RtlInitUnicodeString(&One, L"\\??\\One");
    RtlInitUnicodeString(&Two, L"\\DosDevices\\Two");
    CHECK_STATUS(IoCreateSymbolicLink(&One, &Two), STATUS_SUCCESS);
    CHECK_STATUS(IoCreateSymbolicLink(&Two, &One), STATUS_SUCCESS);
    CHECK_STATUS(TryOpen(L"\\??\\One", &File), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(IoDeleteSymbolicLink(&One), STATUS_SUCCESS);
    CHECK_STATUS(IoDeleteSymbolicLink(&Two), STATUS_SUCCESS);
    CHECK_EQ(ObpLinkType.ObjectCount, 0);
}

/* Given a device that is not ready, or exclusive and open. Then it does not open. */
TEST(IRP, a_device_that_must_not_be_opened)
{
    PFILE_OBJECT File;
    PFILE_OBJECT Second;

    Load();
    Device->Flags |= DO_DEVICE_INITIALIZING;
    CHECK_STATUS(TryOpen(L"\\Device\\Asked", &File), STATUS_NO_SUCH_DEVICE);
    Device->Flags &= ~DO_DEVICE_INITIALIZING;
    Device->Flags |= DO_EXCLUSIVE;
    File = Open();
    CHECK_STATUS(TryOpen(L"\\Device\\Asked", &Second), STATUS_ACCESS_DENIED);
    CHECK_EQ(Seen.Counts[IRP_MJ_CREATE], 1);
    Close(File);
    CHECK_EQ(Seen.Counts[IRP_MJ_CLOSE], 1);
    Leave();
}

/* Given an open device. Then its driver is not unloaded, and is once it is closed. */
TEST(DRV, an_open_device_keeps_its_driver)
{
    Load();
    PFILE_OBJECT File = Open();
    CHECK_STATUS(IopUnloadDriver(Driver), STATUS_DEVICE_BUSY);
    CHECK_EQ(Seen.Mode, UserMode);
    Close(File);
    CHECK_EQ(Seen.Counts[IRP_MJ_CLEANUP], 1);
    Leave();
}

/* Given METHOD_BUFFERED. Then the driver sees a copy, and Information bytes come back. */
TEST(IRP, buffered_control)
{
    UCHAR In[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    UCHAR Out[12];
    IO_STATUS_BLOCK IoStatus;

    Load();
    PFILE_OBJECT File = Open();
    __builtin_memset(Out, 0xEE, sizeof(Out));
    CHECK_STATUS(Ask(File, IOCTL_ECHO, In, 8, Out, 5, &IoStatus), STATUS_SUCCESS);
    CHECK_STATUS(IoStatus.Status, STATUS_SUCCESS);
    CHECK_EQ(IoStatus.Information, 5);
    CHECK_MEM(Out, In, 5);
    CHECK_EQ(Out[5], 0xEE);
    CHECK(Seen.SystemBuffer != NULL && Seen.SystemBuffer != In && Seen.SystemBuffer != Out);
    CHECK(Seen.File == File && Seen.Mdl == NULL);
    CHECK_EQ(Seen.Mode, UserMode);
    CHECK_STATUS(Ask(File, IOCTL_ECHO, NULL, 0, NULL, 0, &IoStatus), STATUS_SUCCESS);
    CHECK(Seen.SystemBuffer == NULL);
    __builtin_memset(Out, 0xEE, sizeof(Out));
    CHECK_STATUS(Ask(File, IOCTL_OVERFLOW, In, 8, Out, 12, &IoStatus), STATUS_BUFFER_OVERFLOW);
    CHECK_EQ(Out[0], 0x55);
    CHECK_EQ(Out[1], 0xEE);
    __builtin_memset(Out, 0xEE, sizeof(Out));
    CHECK_STATUS(Ask(File, IOCTL_FAIL, In, 8, Out, 12, &IoStatus), STATUS_UNSUCCESSFUL);
    CHECK_EQ(Out[0], 0xEE);
    CHECK_STATUS(Ask(File, CODE(99, METHOD_BUFFERED), In, 8, Out, 12, &IoStatus), STATUS_INVALID_DEVICE_REQUEST);
    Close(File);
    Leave();
}

/* Given Information beyond the buffer. Then no byte beyond it is touched. */
TEST(IRP, more_information_than_buffer_is_cut)
{
    UCHAR Out[8];
    IO_STATUS_BLOCK IoStatus;

    Load();
    PFILE_OBJECT File = Open();
    __builtin_memset(Out, 0xEE, sizeof(Out));
    CHECK_STATUS(Ask(File, IOCTL_LIE, Out, 8, Out, 4, &IoStatus), STATUS_SUCCESS);
    CHECK_EQ(Out[4], 0xEE);
    Close(File);
    Leave();
}

/* Given the direct methods. Then the second buffer comes as a locked MDL, both ways. */
TEST(IRP, direct_control)
{
    UCHAR In[3] = {7, 8, 9};
    UCHAR Direct[4] = {1, 2, 3, 4};
    UCHAR Sevens[4] = {7, 7, 7, 7};
    UCHAR Both[7] = {7, 8, 9, 1, 2, 3, 4};
    IO_STATUS_BLOCK IoStatus;

    Load();
    PFILE_OBJECT File = Open();
    CHECK_STATUS(Ask(File, IOCTL_IN, In, 3, Direct, 4, &IoStatus), STATUS_SUCCESS);
    CHECK_MEM(Store, Both, 7);
    CHECK(Seen.Mdl != NULL);
    CHECK_STATUS(Ask(File, IOCTL_OUT, In, 3, Direct, 4, &IoStatus), STATUS_SUCCESS);
    CHECK_EQ(IoStatus.Information, 4);
    CHECK_MEM(Direct, Sevens, 4);
    CHECK_STATUS(Ask(File, IOCTL_NEITHER, In, 3, Direct, 4, &IoStatus), STATUS_SUCCESS);
    CHECK(Seen.Type3 == In && Seen.UserBuffer == Direct && Seen.SystemBuffer == NULL && Seen.Mdl == NULL);
    CHECK_MEM(Direct, In, 3);
    Close(File);
    Leave();
}

/* Given memory that is not there. Then user mode is told, and the driver not asked. */
TEST(IRP, user_buffers_are_checked)
{
    static const UCHAR Constant[4] = {1, 2, 3, 4};
    PVOID Nowhere = (PVOID)(ULONG_PTR)0x1000;
    UCHAR Here[4];
    IO_STATUS_BLOCK IoStatus;

    Load();
    PFILE_OBJECT File = Open();
    CHECK_STATUS(Ask(File, IOCTL_ECHO, Nowhere, 4, Here, 4, &IoStatus), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(Ask(File, IOCTL_OUT, Here, 4, Nowhere, 4, &IoStatus), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(Ask(File, IOCTL_OUT, Here, 4, (PVOID)(ULONG_PTR)Constant, 4, &IoStatus), STATUS_ACCESS_VIOLATION);
    CHECK_EQ(Seen.Counts[IRP_MJ_DEVICE_CONTROL], 0);
    CHECK_STATUS(Ask(File, IOCTL_IN, Here, 4, (PVOID)(ULONG_PTR)Constant, 4, &IoStatus), STATUS_SUCCESS);
    Close(File);
    Leave();
}

/* Given each kind of device. Then reads and writes carry their data its way. */
TEST(IRP, reads_and_writes)
{
    static const ULONG Kinds[] = {DO_BUFFERED_IO, DO_DIRECT_IO, 0};
    IO_STATUS_BLOCK IoStatus;

    Load();
    for (ULONG Kind = 0; Kind < RTL_NUMBER_OF(Kinds); Kind++)
    {
        UCHAR Data[16];
        UCHAR Back[16];
        Device->Flags = (Device->Flags & ~(DO_BUFFERED_IO | DO_DIRECT_IO)) | Kinds[Kind];
        PFILE_OBJECT File = Open();
        __builtin_memset(Data, (int)(0x40 + Kind), sizeof(Data));
        __builtin_memset(Back, 0xEE, sizeof(Back));
        IOP_REQUEST Write = {.MajorFunction = IRP_MJ_WRITE, .Mode = UserMode, .Input = Data, .InputLength = 16,
                             .Offset = {.QuadPart = 5000000000}};
        CHECK_STATUS(IopRequestAndWait(File, &Write, NULL, &IoStatus), STATUS_SUCCESS);
        CHECK_EQ(IoStatus.Information, 16);
        CHECK_EQ(Seen.Length, 16);
        CHECK(Seen.Offset == 5000000000);
        CHECK_EQ(Seen.SystemBuffer != NULL, Kinds[Kind] == DO_BUFFERED_IO);
        CHECK_EQ(Seen.Mdl != NULL, Kinds[Kind] == DO_DIRECT_IO);
        IOP_REQUEST Read = {.MajorFunction = IRP_MJ_READ, .Mode = UserMode, .Output = Back, .OutputLength = 10};
        CHECK_STATUS(IopRequestAndWait(File, &Read, NULL, &IoStatus), STATUS_SUCCESS);
        CHECK_EQ(IoStatus.Information, 10);
        CHECK_MEM(Back, Data, 10);
        CHECK_EQ(Back[10], 0xEE);
        Read.OutputLength = 0;
        CHECK_STATUS(IopRequestAndWait(File, &Read, NULL, &IoStatus), STATUS_SUCCESS);
        CHECK_EQ(IoStatus.Information, 0);
        Close(File);
    }
    Leave();
}

/* Given a request that stays. Then it is cancelled when its time is over. */
TEST(IRP, a_request_is_cancelled_at_its_timeout)
{
    IOP_REQUEST Request = {.MajorFunction = IRP_MJ_DEVICE_CONTROL, .Mode = UserMode, .ControlCode = IOCTL_PEND};
    LARGE_INTEGER Timeout = Milliseconds(20);
    IO_STATUS_BLOCK IoStatus;

    Load();
    PFILE_OBJECT File = Open();
    CHECK_STATUS(IopRequestAndWait(File, &Request, &Timeout, &IoStatus), STATUS_CANCELLED);
    CHECK_STATUS(IoStatus.Status, STATUS_CANCELLED);
    Close(File);
    Leave();
}

static NTSTATUS WaiterStatus;

static VOID NTAPI Waiter(PVOID Context)
{
    IO_STATUS_BLOCK IoStatus;
    WaiterStatus = Ask(Context, IOCTL_PEND, NULL, 0, NULL, 0, &IoStatus);
}

/* Given a thread that waits. Then another one cancels the file, whose later requests
 * are refused; and a completed request is not cancelled. */
TEST(IRP, a_file_is_cancelled)
{
    IO_STATUS_BLOCK IoStatus;

    Load();
    for (ULONG Cancel = 0; Cancel < 2; Cancel++)
    {
        PFILE_OBJECT File = Open();
        WaiterStatus = STATUS_UNSUCCESSFUL;
        PVOID Thread = StartThread(Waiter, File);
        CHECK_STATUS(KeWaitForSingleObject(&PendEvent, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
        if (Cancel)
        {
            IopCancelFile(File);
        }
        else
        {
            CHECK(IoSetCancelRoutine(Pended, NULL) != NULL);
            Complete(Pended, STATUS_SUCCESS, 0);
        }
        JoinThread(Thread);
        CHECK_STATUS(WaiterStatus, Cancel ? STATUS_CANCELLED : STATUS_SUCCESS);
        CHECK_STATUS(Ask(File, IOCTL_ECHO, NULL, 0, NULL, 0, &IoStatus), Cancel ? STATUS_CANCELLED : STATUS_SUCCESS);
        Close(File);
        CHECK_EQ(Seen.Counts[IRP_MJ_CLOSE], Cancel + 1);
    }
    Leave();
}

/* Given a function the driver leaves alone. Then it is an invalid device request. */
TEST(IRP, unhandled_functions_are_invalid)
{
    IOP_REQUEST Request = {.MajorFunction = IRP_MJ_FLUSH_BUFFERS, .Mode = UserMode};
    IO_STATUS_BLOCK IoStatus = {.Information = 77};

    Load();
    PFILE_OBJECT File = Open();
    CHECK_STATUS(IopRequestAndWait(File, &Request, NULL, &IoStatus), STATUS_INVALID_DEVICE_REQUEST);
    CHECK_EQ(IoStatus.Information, 0);
    Close(File);
    Leave();
}

/* Given a driver whose own device was attached on top. Then requests come to the top. */
TEST(IRP, requests_go_to_the_top_of_the_stack)
{
    PDEVICE_OBJECT Filter = NULL;
    UCHAR Out[4] = {0};
    IO_STATUS_BLOCK IoStatus;

    Load();
    CHECK_STATUS(IoCreateDevice(Driver->DriverObject, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &Filter), STATUS_SUCCESS);
    Filter->Flags |= Device->Flags & (DO_BUFFERED_IO | DO_DIRECT_IO);
    CHECK(IoAttachDeviceToDeviceStack(Filter, Device) == Device);
    PFILE_OBJECT File = Open();
    CHECK(IoGetRelatedDeviceObject(File) == Filter);
    CHECK(File->DeviceObject == Device);
    CHECK_STATUS(Ask(File, IOCTL_ECHO, Out, 4, Out, 4, &IoStatus), STATUS_SUCCESS);
    Close(File);
    IoDetachDevice(Device);
    IoDeleteDevice(Filter);
    Leave();
}

/* Where links lead. */
TEST(ZW, a_symbolic_link_is_asked)
{
    OBJECT_ATTRIBUTES Attributes;
    UNICODE_STRING Name;
    UNICODE_STRING Target;
    UNICODE_STRING Expected;
    WCHAR Buffer[32];
    HANDLE Handle = (HANDLE)1;
    ULONG Length = 99;

    Load();
    RtlInitUnicodeString(&Name, L"\\DosDevices\\Asked");
    RtlInitUnicodeString(&Expected, L"\\Device\\Asked");
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL, NULL);
    CHECK_STATUS(ZwOpenSymbolicLinkObject(&Handle, SYMBOLIC_LINK_QUERY, &Attributes), STATUS_SUCCESS);
    RtlInitEmptyUnicodeString(&Target, Buffer, sizeof(Buffer));
    CHECK_STATUS(ZwQuerySymbolicLinkObject(Handle, &Target, &Length), STATUS_SUCCESS);
    CHECK(RtlEqualUnicodeString(&Target, &Expected, FALSE));
    CHECK_EQ(Length, Expected.Length + 2u);
    RtlInitEmptyUnicodeString(&Target, Buffer, Expected.Length);
    CHECK_STATUS(ZwQuerySymbolicLinkObject(Handle, &Target, NULL), STATUS_SUCCESS);
    RtlInitEmptyUnicodeString(&Target, Buffer, (USHORT)(Expected.Length - 2));
    CHECK_STATUS(ZwQuerySymbolicLinkObject(Handle, &Target, &Length), STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(ZwClose(Handle), STATUS_SUCCESS);
    CHECK_STATUS(ZwQuerySymbolicLinkObject(Handle, &Target, &Length), STATUS_INVALID_HANDLE);
    RtlInitUnicodeString(&Name, L"\\Device\\Asked");
    CHECK_STATUS(ZwOpenSymbolicLinkObject(&Handle, SYMBOLIC_LINK_QUERY, &Attributes), STATUS_OBJECT_TYPE_MISMATCH);
    RtlInitUnicodeString(&Name, L"\\??\\Nobody");
    CHECK_STATUS(ZwOpenSymbolicLinkObject(&Handle, SYMBOLIC_LINK_QUERY, &Attributes), STATUS_OBJECT_NAME_NOT_FOUND);
    Leave();
}
