// SPDX-License-Identifier: MIT
/* Handles: events with names, waits, names of objects, files by handle. */
#include "nt/iop.h"
#include "nt/obp.h"
#include "kernel_test.h"

extern CHAR __executable_start[];
extern CHAR end[];

static OBJECT_ATTRIBUTES Attributes;
static UNICODE_STRING AttributesName;

static POBJECT_ATTRIBUTES Named(PCWSTR Text, ULONG Flags)
{
    RtlInitUnicodeString(&AttributesName, Text);
    InitializeObjectAttributes(&Attributes, &AttributesName, Flags | OBJ_KERNEL_HANDLE, NULL, NULL);
    return &Attributes;
}

static LARGE_INTEGER Zero;

/* Given an event without a name. Then it is set, reset and waited for by its handle. */
TEST(ZW, an_event_by_handle)
{
    HANDLE Handle = NULL;
    LONG Previous = 77;
    PVOID Event = NULL;

    CHECK_STATUS(ZwCreateEvent(&Handle, EVENT_ALL_ACCESS, NULL, SynchronizationEvent, FALSE), STATUS_SUCCESS);
    CHECK_STATUS(ZwWaitForSingleObject(Handle, FALSE, &Zero), STATUS_TIMEOUT);
    CHECK_STATUS(ZwSetEvent(Handle, &Previous), STATUS_SUCCESS);
    CHECK_EQ(Previous, 0);
    CHECK_STATUS(ZwSetEvent(Handle, &Previous), STATUS_SUCCESS);
    CHECK_EQ(Previous, 1);
    CHECK_STATUS(ZwWaitForSingleObject(Handle, FALSE, NULL), STATUS_SUCCESS);
    CHECK_STATUS(ZwWaitForSingleObject(Handle, FALSE, &Zero), STATUS_TIMEOUT);
    CHECK_STATUS(ObReferenceObjectByHandle(Handle, EVENT_MODIFY_STATE, *ExEventObjectType, KernelMode, &Event, NULL),
                 STATUS_SUCCESS);
    KeSetEvent(Event, IO_NO_INCREMENT, FALSE);
    CHECK_STATUS(ZwResetEvent(Handle, &Previous), STATUS_SUCCESS);
    CHECK_EQ(Previous, 1);
    CHECK_STATUS(ZwClearEvent(Handle), STATUS_SUCCESS);
    CHECK_EQ(KeReadStateEvent(Event), 0);
    ObDereferenceObject(Event);
    CHECK_STATUS(ZwClose(Handle), STATUS_SUCCESS);
    CHECK_STATUS(ZwSetEvent(Handle, NULL), STATUS_INVALID_HANDLE);
    CHECK_STATUS(ZwCreateEvent(&Handle, EVENT_ALL_ACCESS, NULL, (EVENT_TYPE)2, FALSE), STATUS_INVALID_PARAMETER);
    CHECK_EQ((*ExEventObjectType)->ObjectCount, 0);
}

/* Given a name. Then it leads to one event until its last handle is closed. */
TEST(ZW, named_events)
{
    HANDLE One = NULL;
    HANDLE Two = NULL;
    HANDLE Three = NULL;

    PCWSTR Name = L"\\BaseNamedObjects\\Bell";
    CHECK_STATUS(ZwOpenEvent(&Two, EVENT_ALL_ACCESS, Named(Name, 0)), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(ZwCreateEvent(&One, EVENT_ALL_ACCESS, Named(Name, 0), NotificationEvent, TRUE), STATUS_SUCCESS);
    CHECK_STATUS(ZwCreateEvent(&Two, EVENT_ALL_ACCESS, Named(Name, 0), NotificationEvent, TRUE),
                 STATUS_OBJECT_NAME_COLLISION);
    CHECK_STATUS(ZwCreateEvent(&Two, EVENT_ALL_ACCESS, Named(L"\\basenamedobjects\\BELL", OBJ_OPENIF), NotificationEvent,
                               FALSE),
                 STATUS_OBJECT_NAME_EXISTS);
    CHECK_STATUS(ZwOpenEvent(&Three, EVENT_ALL_ACCESS, Named(Name, OBJ_CASE_INSENSITIVE)), STATUS_SUCCESS);
    CHECK_STATUS(ZwResetEvent(Two, NULL), STATUS_SUCCESS);
    CHECK_STATUS(ZwWaitForSingleObject(Three, FALSE, &Zero), STATUS_TIMEOUT);
    CHECK_STATUS(ZwSetEvent(One, NULL), STATUS_SUCCESS);
    CHECK_STATUS(ZwWaitForSingleObject(Three, FALSE, &Zero), STATUS_SUCCESS);
    CHECK_STATUS(ZwClose(One), STATUS_SUCCESS);
    CHECK_STATUS(ZwClose(Two), STATUS_SUCCESS);
    CHECK_STATUS(ZwOpenEvent(&One, EVENT_ALL_ACCESS, Named(Name, 0)), STATUS_SUCCESS);
    CHECK_STATUS(ZwClose(One), STATUS_SUCCESS);
    CHECK_STATUS(ZwClose(Three), STATUS_SUCCESS);
    CHECK_STATUS(ZwOpenEvent(&One, EVENT_ALL_ACCESS, Named(Name, 0)), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(ZwCreateEvent(&One, EVENT_ALL_ACCESS, Named(L"\\Nowhere\\Bell", 0), NotificationEvent, TRUE),
                 STATUS_OBJECT_PATH_NOT_FOUND);
    CHECK_STATUS(ZwOpenEvent(&One, EVENT_ALL_ACCESS, NULL), STATUS_INVALID_PARAMETER);
}

TEST(ZW, events_of_the_io_manager)
{
    UNICODE_STRING Name;
    HANDLE One = NULL;
    HANDLE Two = NULL;

    RtlInitUnicodeString(&Name, L"\\BaseNamedObjects\\Shared");
    PKEVENT First = IoCreateNotificationEvent(&Name, &One);
    CHECK(First != NULL);
    CHECK_EQ(KeReadStateEvent(First), 1);
    KeClearEvent(First);
    PKEVENT Second = IoCreateNotificationEvent(&Name, &Two);
    CHECK(Second == First);
    CHECK_EQ(KeReadStateEvent(Second), 0);
    CHECK_STATUS(ZwClose(One), STATUS_SUCCESS);
    CHECK_STATUS(ZwClose(Two), STATUS_SUCCESS);
    PKEVENT Synchronization = IoCreateSynchronizationEvent(&Name, &One);
    CHECK_STATUS(KeWaitForSingleObject(Synchronization, Executive, KernelMode, FALSE, &Zero), STATUS_SUCCESS);
    CHECK_STATUS(KeWaitForSingleObject(Synchronization, Executive, KernelMode, FALSE, &Zero), STATUS_TIMEOUT);
    CHECK_STATUS(ZwClose(One), STATUS_SUCCESS);
    RtlInitUnicodeString(&Name, L"\\Nowhere\\Shared");
    CHECK(IoCreateSynchronizationEvent(&Name, &One) == NULL);
}

static VOID NTAPI Nothing(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
}

/* Given handles of several kinds. Then all can be waited for that can be signalled. */
TEST(ZW, waits_for_handles)
{
    HANDLE Handles[3] = {NULL, NULL, NULL};

    CHECK_STATUS(PsCreateSystemThread(&Handles[0], THREAD_ALL_ACCESS, NULL, NULL, NULL, Nothing, NULL), STATUS_SUCCESS);
    CHECK_STATUS(ZwWaitForSingleObject(Handles[0], FALSE, NULL), STATUS_SUCCESS);
    CHECK_STATUS(ZwCreateEvent(&Handles[1], EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE), STATUS_SUCCESS);
    CHECK_STATUS(ZwCreateEvent(&Handles[2], EVENT_ALL_ACCESS, NULL, NotificationEvent, TRUE), STATUS_SUCCESS);
    CHECK_STATUS(ZwWaitForMultipleObjects(2, Handles + 1, WaitAny, FALSE, NULL), STATUS_WAIT_1);
    CHECK_STATUS(ZwWaitForMultipleObjects(3, Handles, WaitAll, FALSE, &Zero), STATUS_TIMEOUT);
    CHECK_STATUS(ZwSetEvent(Handles[1], NULL), STATUS_SUCCESS);
    CHECK_STATUS(ZwWaitForMultipleObjects(3, Handles, WaitAll, FALSE, &Zero), STATUS_SUCCESS);
    CHECK_STATUS(ZwWaitForMultipleObjects(0, Handles, WaitAll, FALSE, &Zero), STATUS_INVALID_PARAMETER_1);
    CHECK_STATUS(ZwWaitForMultipleObjects(65, Handles, WaitAll, FALSE, &Zero), STATUS_INVALID_PARAMETER_1);
    CHECK_STATUS(ZwClose(Handles[2]), STATUS_SUCCESS);
    CHECK_STATUS(ZwWaitForMultipleObjects(3, Handles, WaitAll, FALSE, &Zero), STATUS_INVALID_HANDLE);
    CHECK_STATUS(ZwWaitForSingleObject(Handles[2], FALSE, &Zero), STATUS_INVALID_HANDLE);
    CHECK_STATUS(ZwClose(Handles[1]), STATUS_SUCCESS);
    CHECK_STATUS(ZwClose(Handles[0]), STATUS_SUCCESS);
}

TEST(OBJ, handles_by_pointer_and_names_by_object)
{
    union
    {
        OBJECT_NAME_INFORMATION Info;
        UCHAR Bytes[128];
    } Name;
    UNICODE_STRING Expected;
    HANDLE One = NULL;
    HANDLE Two = NULL;
    PVOID Event = NULL;
    ULONG Needed = 0;

    CHECK_STATUS(ZwCreateEvent(&One, EVENT_ALL_ACCESS, Named(L"\\BaseNamedObjects\\N", 0), NotificationEvent, FALSE),
                 STATUS_SUCCESS);
    CHECK_STATUS(ObReferenceObjectByHandle(One, 0, *ExEventObjectType, KernelMode, &Event, NULL), STATUS_SUCCESS);
    CHECK_STATUS(ObOpenObjectByPointer(Event, OBJ_KERNEL_HANDLE, NULL, 0, *PsThreadType, KernelMode, &Two),
                 STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(ObOpenObjectByPointer(Event, 1, NULL, 0, NULL, KernelMode, &Two), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(ObOpenObjectByPointer(Event, OBJ_KERNEL_HANDLE, NULL, 0, *ExEventObjectType, KernelMode, &Two),
                 STATUS_SUCCESS);
    CHECK_STATUS(ZwSetEvent(Two, NULL), STATUS_SUCCESS);
    CHECK_EQ(KeReadStateEvent(Event), 1);
    CHECK_STATUS(ObCloseHandle(Two, KernelMode), STATUS_SUCCESS);

    RtlInitUnicodeString(&Expected, L"\\BaseNamedObjects\\N");
    __builtin_memset(&Name, 0xEE, sizeof(Name));
    CHECK_STATUS(ObQueryNameString(Event, &Name.Info, sizeof(Name), &Needed), STATUS_SUCCESS);
    CHECK_EQ(Needed, sizeof(Name.Info) + Expected.Length + 2);
    CHECK(RtlEqualUnicodeString(&Name.Info.Name, &Expected, FALSE));
    CHECK_EQ(Name.Info.Name.MaximumLength, Expected.Length + 2);
    CHECK_EQ(Name.Info.Name.Buffer[Expected.Length / 2], 0);
    CHECK_STATUS(ObQueryNameString(Event, &Name.Info, Needed - 1, &Needed), STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(ZwClose(One), STATUS_SUCCESS);
    CHECK_STATUS(ObQueryNameString(Event, &Name.Info, sizeof(Name), &Needed), STATUS_SUCCESS);
    CHECK(Name.Info.Name.Length == 0 && Name.Info.Name.Buffer == NULL);
    CHECK_STATUS(ObQueryNameString(Event, &Name.Info, 0, &Needed), STATUS_INFO_LENGTH_MISMATCH);
    CHECK_EQ(Needed, sizeof(Name.Info));
    ObDereferenceObject(Event);
}

/* ---- files ---------------------------------------------------------------------------- */

static PIRP Pended;
static ULONG Majors[IRP_MJ_MAXIMUM_FUNCTION + 1];
static ULONG SeenOptions;
static LONGLONG SeenOffset;
static ULONG SeenClass;

#define IOCTL_PEND CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_ANSWER CTL_CODE(FILE_DEVICE_UNKNOWN, 0x802, METHOD_BUFFERED, FILE_ANY_ACCESS)

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS NTAPI Dispatch(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Major = Stack->MajorFunction;

    UNREFERENCED_PARAMETER(DeviceObject);
    Majors[Major]++;
    switch (Major)
    {
    case IRP_MJ_CREATE:
        SeenOptions = Stack->Parameters.Create.Options;
        return Complete(Irp, STATUS_SUCCESS, FILE_OPENED);
    case IRP_MJ_READ:
        SeenOffset = Stack->Parameters.Read.ByteOffset.QuadPart;
        __builtin_memset(Irp->AssociatedIrp.SystemBuffer, 'r', Stack->Parameters.Read.Length);
        return Complete(Irp, STATUS_SUCCESS, Stack->Parameters.Read.Length);
    case IRP_MJ_WRITE:
        SeenOffset = Stack->Parameters.Write.ByteOffset.QuadPart;
        return Complete(Irp, STATUS_SUCCESS, Stack->Parameters.Write.Length);
    case IRP_MJ_QUERY_INFORMATION:
        SeenClass = Stack->Parameters.QueryFile.FileInformationClass;
        __builtin_memset(Irp->AssociatedIrp.SystemBuffer, 'q', Stack->Parameters.QueryFile.Length);
        return Complete(Irp, STATUS_SUCCESS, Stack->Parameters.QueryFile.Length);
    case IRP_MJ_SET_INFORMATION:
        SeenClass = Stack->Parameters.SetFile.FileInformationClass;
        SeenOffset = *(UCHAR *)Irp->AssociatedIrp.SystemBuffer;
        return Complete(Irp, STATUS_SUCCESS, 0);
    case IRP_MJ_DEVICE_CONTROL:
    case IRP_MJ_FILE_SYSTEM_CONTROL:
        if (Stack->Parameters.DeviceIoControl.IoControlCode == IOCTL_PEND)
        {
            IoMarkIrpPending(Irp);
            Pended = Irp;
            return STATUS_PENDING;
        }
        *(PULONG)Irp->AssociatedIrp.SystemBuffer = Major;
        return Complete(Irp, STATUS_SUCCESS, sizeof(ULONG));
    default:
        return Complete(Irp, STATUS_SUCCESS, 0);
    }
}

static NTSTATUS NTAPI Entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PDEVICE_OBJECT Device;
    UNICODE_STRING Name;

    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG Index = 0; Index <= IRP_MJ_MAXIMUM_FUNCTION; Index++)
    {
        DriverObject->MajorFunction[Index] = Dispatch;
    }
    RtlInitUnicodeString(&Name, L"\\Device\\Filed");
    NTSTATUS Status = IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &Device);
    if (NT_SUCCESS(Status))
    {
        Device->Flags |= DO_BUFFERED_IO;
    }
    return Status;
}

static PIOP_DRIVER Load(VOID)
{
    PIOP_DRIVER Driver = NULL;
    __builtin_memset(Majors, 0, sizeof(Majors));
    CHECK_STATUS(IopCreateDriver("filed", __executable_start, (SIZE_T)(end - __executable_start), Entry, &Driver),
                 STATUS_SUCCESS);
    return Driver;
}

static HANDLE OpenFile(ULONG Options)
{
    IO_STATUS_BLOCK IoStatus = {.Information = 77};
    HANDLE Handle = NULL;
    CHECK_STATUS(ZwCreateFile(&Handle, FILE_GENERIC_READ | FILE_GENERIC_WRITE, Named(L"\\Device\\Filed\\Sub", 0),
                              &IoStatus, NULL, FILE_ATTRIBUTE_NORMAL, FILE_SHARE_READ, FILE_OPEN_IF, Options, NULL, 0),
                 STATUS_SUCCESS);
    CHECK_EQ(IoStatus.Information, FILE_OPENED);
    CHECK_EQ(SeenOptions, FILE_OPEN_IF << 24 | Options);
    return Handle;
}

/* Given a synchronous handle. Then each request is done when the call returns. */
TEST(ZW, a_synchronous_file)
{
    union
    {
        OBJECT_NAME_INFORMATION Info;
        UCHAR Bytes[128];
    } Name;
    UNICODE_STRING Expected;
    IO_STATUS_BLOCK IoStatus = {.Information = 77};
    LARGE_INTEGER Offset = {.QuadPart = 12};
    UCHAR Buffer[8] = {0};
    PVOID File = NULL;
    ULONG Answer = 0;
    ULONG Needed;

    PIOP_DRIVER Driver = Load();
    HANDLE Handle = OpenFile(FILE_SYNCHRONOUS_IO_NONALERT);
    CHECK_STATUS(ZwReadFile(Handle, NULL, NULL, NULL, &IoStatus, Buffer, 4, &Offset, NULL), STATUS_SUCCESS);
    CHECK(IoStatus.Information == 4 && Buffer[3] == 'r' && Buffer[4] == 0 && SeenOffset == 12);
    CHECK_STATUS(ZwWriteFile(Handle, NULL, NULL, NULL, &IoStatus, Buffer, 8, NULL, NULL), STATUS_SUCCESS);
    CHECK(IoStatus.Information == 8 && SeenOffset == 0);
    CHECK_STATUS(ZwDeviceIoControlFile(Handle, NULL, NULL, NULL, &IoStatus, IOCTL_ANSWER, NULL, 0, &Answer, 4),
                 STATUS_SUCCESS);
    CHECK_EQ(Answer, IRP_MJ_DEVICE_CONTROL);
    CHECK_STATUS(ZwFsControlFile(Handle, NULL, NULL, NULL, &IoStatus, IOCTL_ANSWER, NULL, 0, &Answer, 4),
                 STATUS_SUCCESS);
    CHECK_EQ(Answer, IRP_MJ_FILE_SYSTEM_CONTROL);
    CHECK_STATUS(ZwFlushBuffersFile(Handle, &IoStatus), STATUS_SUCCESS);
    CHECK_EQ(Majors[IRP_MJ_FLUSH_BUFFERS], 1);
    CHECK_STATUS(ZwQueryInformationFile(Handle, &IoStatus, Buffer, 3, FileStandardInformation), STATUS_SUCCESS);
    CHECK(SeenClass == FileStandardInformation && Buffer[2] == 'q' && Buffer[3] == 'r' && IoStatus.Information == 3);
    Buffer[0] = 42;
    CHECK_STATUS(ZwSetInformationFile(Handle, &IoStatus, Buffer, 1, FileEndOfFileInformation), STATUS_SUCCESS);
    CHECK(SeenClass == FileEndOfFileInformation && SeenOffset == 42);
    CHECK_STATUS(ZwReadFile(Handle, NULL, (PIO_APC_ROUTINE)(ULONG_PTR)Nothing, NULL, &IoStatus, Buffer, 4, NULL, NULL),
                 STATUS_NOT_SUPPORTED);
    CHECK_STATUS(ObReferenceObjectByHandle(Handle, 0, *IoFileObjectType, KernelMode, &File, NULL), STATUS_SUCCESS);
    RtlInitUnicodeString(&Expected, L"\\Device\\Filed\\Sub");
    CHECK_STATUS(ObQueryNameString(File, &Name.Info, sizeof(Name), &Needed), STATUS_SUCCESS);
    CHECK(RtlEqualUnicodeString(&Name.Info.Name, &Expected, FALSE));
    CHECK_STATUS(ZwClose(Handle), STATUS_SUCCESS);
    CHECK_EQ(Majors[IRP_MJ_CLEANUP], 1);
    CHECK_EQ(Majors[IRP_MJ_CLOSE], 0);
    ObDereferenceObject(File);
    CHECK_EQ(Majors[IRP_MJ_CLOSE], 1);
    IopDeleteDriver(Driver);
}

/* Given an asynchronous handle. Then a pending request ends with its event, or the
 * file, and after its handle if that is closed first. */
TEST(ZW, an_asynchronous_file)
{
    IO_STATUS_BLOCK IoStatus = {.Information = 77};
    HANDLE Event = NULL;
    ULONG Answer = 0;

    PIOP_DRIVER Driver = Load();
    HANDLE Handle = OpenFile(0);
    CHECK_STATUS(ZwCreateEvent(&Event, EVENT_ALL_ACCESS, NULL, NotificationEvent, TRUE), STATUS_SUCCESS);
    IoStatus.Status = STATUS_UNSUCCESSFUL;
    CHECK_STATUS(ZwDeviceIoControlFile(Handle, Event, NULL, NULL, &IoStatus, IOCTL_PEND, NULL, 0, &Answer, 4),
                 STATUS_PENDING);
    CHECK_STATUS(ZwWaitForSingleObject(Event, FALSE, &Zero), STATUS_TIMEOUT);
    *(PULONG)Pended->AssociatedIrp.SystemBuffer = 0x1234;
    Complete(Pended, STATUS_SUCCESS, 4);
    CHECK_STATUS(ZwWaitForSingleObject(Event, FALSE, &Zero), STATUS_SUCCESS);
    CHECK(Answer == 0x1234 && IoStatus.Status == STATUS_SUCCESS && IoStatus.Information == 4);

    CHECK_STATUS(ZwDeviceIoControlFile(Handle, NULL, NULL, NULL, &IoStatus, IOCTL_PEND, NULL, 0, NULL, 0),
                 STATUS_PENDING);
    CHECK_STATUS(ZwWaitForSingleObject(Handle, FALSE, &Zero), STATUS_TIMEOUT);
    Complete(Pended, STATUS_UNSUCCESSFUL, 0);
    CHECK_STATUS(ZwWaitForSingleObject(Handle, FALSE, &Zero), STATUS_SUCCESS);
    CHECK_STATUS(IoStatus.Status, STATUS_UNSUCCESSFUL);

    CHECK_STATUS(ZwReadFile(Handle, NULL, NULL, NULL, &IoStatus, &Answer, 4, NULL, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(ZwReadFile(Handle, Handle, NULL, NULL, &IoStatus, &Answer, 4, &Zero, NULL), STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(ZwReadFile(Event, NULL, NULL, NULL, &IoStatus, &Answer, 4, &Zero, NULL), STATUS_OBJECT_TYPE_MISMATCH);

    CHECK_STATUS(ZwDeviceIoControlFile(Handle, Event, NULL, NULL, &IoStatus, IOCTL_PEND, NULL, 0, NULL, 0),
                 STATUS_PENDING);
    CHECK_STATUS(ZwClose(Handle), STATUS_SUCCESS);
    CHECK_STATUS(ZwClose(Event), STATUS_SUCCESS);
    CHECK_EQ(Majors[IRP_MJ_CLEANUP], 1);
    CHECK_EQ(Majors[IRP_MJ_CLOSE], 0);
    Complete(Pended, STATUS_CANCELLED, 0);
    CHECK_EQ(Majors[IRP_MJ_CLOSE], 1);
    CHECK_STATUS(IoStatus.Status, STATUS_CANCELLED);
    CHECK_EQ((*ExEventObjectType)->ObjectCount, 0);
    IopDeleteDriver(Driver);
}

TEST(ZW, files_that_are_not_opened)
{
    IO_STATUS_BLOCK IoStatus;
    HANDLE Handle = NULL;

    PIOP_DRIVER Driver = Load();
    CHECK_STATUS(ZwOpenFile(&Handle, FILE_GENERIC_READ, Named(L"\\??\\C:\\Windows\\file.txt", 0), &IoStatus, 0, 0),
                 STATUS_OBJECT_PATH_NOT_FOUND);
    CHECK_STATUS(ZwOpenFile(&Handle, FILE_GENERIC_READ, Named(L"\\Device\\None", 0), &IoStatus, 0, 0),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(ZwOpenFile(&Handle, FILE_GENERIC_READ, Named(L"\\Device\\Filed", 0), &IoStatus, 8, 0),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(ZwOpenFile(&Handle, FILE_READ_DATA, Named(L"\\Device\\Filed", 0), &IoStatus, 0,
                            FILE_SYNCHRONOUS_IO_NONALERT),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(ZwOpenFile(&Handle, FILE_GENERIC_READ, Named(L"\\Device\\Filed", 0), &IoStatus, 0, 0), STATUS_SUCCESS);
    CHECK_STATUS(ZwClose(Handle), STATUS_SUCCESS);
    IopDeleteDriver(Driver);
}
