// SPDX-License-Identifier: MIT
/* Smaller parts: random numbers, callback objects, security, Plug and Play's absence,
 * facts about threads and processors. */
#include <bcrypt.h>
#include <wdmsec.h>

#include "nt/iop.h"
#include "nt/kip.h"
#include "nt/obp.h"
#include "kernel_test.h"

extern CHAR __executable_start[];
extern CHAR end[];

/* ---- random numbers ---------------------------------------------------------------------- */

TEST(RNG, numbers_differ)
{
    BCRYPT_ALG_HANDLE Algorithm = (BCRYPT_ALG_HANDLE)1;
    UCHAR One[32] = {0};
    UCHAR Two[32] = {0};
    KIRQL OldIrql;

    CHECK_STATUS(BCryptOpenAlgorithmProvider(&Algorithm, L"AES", NULL, 0), STATUS_NOT_FOUND);
    CHECK(Algorithm == NULL);
    CHECK_STATUS(BCryptOpenAlgorithmProvider(&Algorithm, BCRYPT_RNG_ALGORITHM, NULL, 0x100), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(BCryptOpenAlgorithmProvider(&Algorithm, BCRYPT_RNG_ALGORITHM, NULL, BCRYPT_PROV_DISPATCH),
                 STATUS_SUCCESS);
    CHECK_STATUS(BCryptGenRandom(Algorithm, One, sizeof(One), 0), STATUS_SUCCESS);
    KeRaiseIrql(DISPATCH_LEVEL, &OldIrql);
    CHECK_STATUS(BCryptGenRandom(Algorithm, Two, sizeof(Two), 0), STATUS_SUCCESS);
    CHECK(__builtin_memcmp(One, Two, sizeof(One)) != 0);
    CHECK_STATUS(BCryptGenRandom(NULL, One, 16, BCRYPT_USE_SYSTEM_PREFERRED_RNG), STATUS_SUCCESS);
    KeLowerIrql(OldIrql);
    CHECK_STATUS(BCryptGenRandom(Algorithm, One, 16, BCRYPT_USE_SYSTEM_PREFERRED_RNG), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(BCryptGenRandom(NULL, One, 16, 0), STATUS_INVALID_HANDLE);
    CHECK_STATUS(BCryptGenRandom(Algorithm, NULL, 16, 0), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(BCryptGenRandom(Algorithm, One, 16, 0x80), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(BCryptCloseAlgorithmProvider(Algorithm, 1), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(BCryptCloseAlgorithmProvider(Algorithm, 0), STATUS_SUCCESS);
    CHECK_STATUS(BCryptCloseAlgorithmProvider(NULL, 0), STATUS_INVALID_HANDLE);
}

TEST(RNG, a_passive_handle_stays_passive)
{
    if (t_is_child("RNG_a_passive_handle_stays_passive"))
    {
        BCRYPT_ALG_HANDLE Algorithm = NULL;
        UCHAR Byte;
        KIRQL OldIrql;
        BCryptOpenAlgorithmProvider(&Algorithm, BCRYPT_RNG_ALGORITHM, NULL, 0);
        KeRaiseIrql(DISPATCH_LEVEL, &OldIrql);
        BCryptGenRandom(Algorithm, &Byte, 1, 0);
    }
    CHECK_BUGCHECK("RNG_a_passive_handle_stays_passive", "BCryptGenRandom", "DISPATCH_LEVEL");
}

/* ---- callback objects -------------------------------------------------------------------------- */

static ULONG Order[8];
static ULONG Called;
static KIRQL CalledIrql;

static VOID NTAPI Count(PVOID CallbackContext, PVOID Argument1, PVOID Argument2)
{
    CHECK(Argument1 == &Called && Argument2 == NULL);
    Order[Called++ % 8] = (ULONG)(ULONG_PTR)CallbackContext;
    CalledIrql = KeGetCurrentIrql();
}

static NTSTATUS MakeCallback(PCWSTR Text, BOOLEAN Create, BOOLEAN Multiple, PCALLBACK_OBJECT *Object)
{
    OBJECT_ATTRIBUTES Attributes;
    UNICODE_STRING Name;
    RtlInitUnicodeString(&Name, Text);
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    return ExCreateCallback(Object, &Attributes, Create, Multiple);
}

TEST(CB, routines_are_called_in_order)
{
    PCALLBACK_OBJECT Object = NULL;
    PCALLBACK_OBJECT Same = NULL;
    PCALLBACK_OBJECT Single = NULL;
    KIRQL OldIrql;

    CHECK_STATUS(MakeCallback(L"\\Callback\\Ring", FALSE, FALSE, &Object), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(MakeCallback(L"\\Callback\\Ring", TRUE, TRUE, &Object), STATUS_SUCCESS);
    CHECK_STATUS(MakeCallback(L"\\callback\\RING", TRUE, FALSE, &Same), STATUS_SUCCESS);
    CHECK(Object == Same);
    ObDereferenceObject(Same);
    CHECK_STATUS(ExCreateCallback(&Same, NULL, TRUE, TRUE), STATUS_UNSUCCESSFUL);
    CHECK_STATUS(MakeCallback(L"\\Nowhere\\Ring", TRUE, TRUE, &Same), STATUS_OBJECT_PATH_NOT_FOUND);
    PVOID First = ExRegisterCallback(Object, Count, (PVOID)1);
    PVOID Second = ExRegisterCallback(Object, Count, (PVOID)2);
    CHECK(First != NULL && Second != NULL);
    Called = 0;
    KeRaiseIrql(DISPATCH_LEVEL, &OldIrql);
    ExNotifyCallback(Object, &Called, NULL);
    KeLowerIrql(OldIrql);
    CHECK(Called == 2 && Order[0] == 1 && Order[1] == 2 && CalledIrql == DISPATCH_LEVEL);
    ExUnregisterCallback(First);
    ExNotifyCallback(Object, &Called, NULL);
    CHECK(Called == 3 && Order[2] == 2);
    ExUnregisterCallback(Second);
    ExNotifyCallback(Object, &Called, NULL);
    CHECK_EQ(Called, 3);
    ObDereferenceObject(Object);
    CHECK_STATUS(MakeCallback(L"\\Callback\\Ring", FALSE, FALSE, &Object), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(MakeCallback(L"\\Callback\\One", TRUE, FALSE, &Single), STATUS_SUCCESS);
    First = ExRegisterCallback(Single, Count, (PVOID)1);
    CHECK(ExRegisterCallback(Single, Count, (PVOID)2) == NULL);
    ExUnregisterCallback(First);
    ObDereferenceObject(Single);
}

static KEVENT Inside;
static KEVENT GoOn;

static VOID NTAPI Linger(PVOID CallbackContext, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    KeSetEvent(&Inside, IO_NO_INCREMENT, FALSE);
    KeWaitForSingleObject(&GoOn, Executive, KernelMode, FALSE, NULL);
    __atomic_store_n((PULONG)CallbackContext, 1, __ATOMIC_RELEASE);
}

static VOID NTAPI Notifier(PVOID Context)
{
    ExNotifyCallback(Context, NULL, NULL);
}

static VOID NTAPI Releaser(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    KeSetEvent(&GoOn, IO_NO_INCREMENT, FALSE);
}

/* Given a call inside a routine. Then unregistering waits for it. */
TEST(CB, unregistering_waits)
{
    PCALLBACK_OBJECT Object = NULL;
    ULONG Done = 0;

    KeInitializeEvent(&Inside, NotificationEvent, FALSE);
    KeInitializeEvent(&GoOn, NotificationEvent, FALSE);
    CHECK_STATUS(MakeCallback(L"\\Callback\\Slow", TRUE, TRUE, &Object), STATUS_SUCCESS);
    PVOID Registration = ExRegisterCallback(Object, Linger, &Done);
    PVOID Caller = StartThread(Notifier, Object);
    KeWaitForSingleObject(&Inside, Executive, KernelMode, FALSE, NULL);
    PVOID Helper = StartThread(Releaser, NULL);
    ExUnregisterCallback(Registration);
    CHECK_EQ(__atomic_load_n(&Done, __ATOMIC_ACQUIRE), 1);
    JoinThread(Caller);
    JoinThread(Helper);
    ObDereferenceObject(Object);
}

/* ---- security ----------------------------------------------------------------------------------------- */

TEST(SE, the_subject_is_the_system)
{
    SECURITY_SUBJECT_CONTEXT Subject;

    __builtin_memset(&Subject, 0xEE, sizeof(Subject));
    SeCaptureSubjectContext(&Subject);
    CHECK(Subject.ClientToken == NULL && Subject.PrimaryToken != NULL);
    SeLockSubjectContext(&Subject);
    CHECK(SeTokenIsAdmin(Subject.PrimaryToken));
    SeUnlockSubjectContext(&Subject);
    PACCESS_TOKEN Token = PsReferencePrimaryToken(PsInitialSystemProcess);
    CHECK(Token == Subject.PrimaryToken);
    PsDereferencePrimaryToken(Token);
    SeReleaseSubjectContext(&Subject);
    CHECK(Subject.PrimaryToken == NULL);
    CHECK_EQ((*SeTokenObjectType)->ObjectCount, 1);
}

static NTSTATUS NTAPI Succeed(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI Entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->MajorFunction[IRP_MJ_CREATE] = Succeed;
    return STATUS_SUCCESS;
}

static NTSTATUS MayOpen(KPROCESSOR_MODE Mode, ACCESS_MASK Access)
{
    IOP_OPEN Open = {.Mode = Mode, .DesiredAccess = Access | SYNCHRONIZE, .Disposition = FILE_OPEN};
    UNICODE_STRING Name;
    PFILE_OBJECT File;

    RtlInitUnicodeString(&Name, L"\\Device\\Guarded");
    NTSTATUS Status = IopOpenFile(&Name, &Open, &File);
    if (NT_SUCCESS(Status))
    {
        ObDereferenceObject(File);
    }
    return Status;
}

#define OPENS STATUS_SUCCESS
#define NO STATUS_ACCESS_DENIED

/* Given a descriptor. Then a host program may do what an administrator may. */
TEST(SE, a_secure_device_opens_as_its_descriptor_says)
{
    static const struct
    {
        PCWSTR Sddl;
        NTSTATUS Open, Read, Write;
    } Rows[] = {
        {L"D:P", NO, NO, NO},
        {L"D:P(A;;GA;;;SY)", NO, NO, NO},
        {L"D:P(A;;GA;;;SY)(A;;GA;;;BA)", OPENS, OPENS, OPENS},
        {L"D:P(A;;GA;;;SY)(A;;GRGX;;;BA)", OPENS, OPENS, NO},
        {L"D:(A;;GW;;;WD)", OPENS, NO, OPENS},
        {L"D:P(D;;GW;;;WD)(A;;GA;;;BA)", NO, OPENS, NO},
        {L"D:P(A;;0x80000000;;;S-1-1-0)", OPENS, OPENS, NO},
        {L"D:P(A;OICI;GX;;;AU)", OPENS, NO, NO},
    };
    static const PCWSTR Bad[] = {L"", L"O:SY", L"D:P(", L"D:P(A;;GA;;;SY", L"D:P(A;;XX;;;SY)", L"D:P(A;;GA;;;)",
                                 L"D:P(B;;GA;;;SY)", L"D:P(A;;0xZ;;;SY)", L"D:P(A;GA;;SY)", L"D:P(A;;GA;;;SY)x"};
    PIOP_DRIVER Driver = NULL;
    PDEVICE_OBJECT Device = NULL;
    UNICODE_STRING Name;
    UNICODE_STRING Sddl;

    CHECK_STATUS(IopCreateDriver("guard", __executable_start, (SIZE_T)(end - __executable_start), Entry, &Driver),
                 STATUS_SUCCESS);
    RtlInitUnicodeString(&Name, L"\\Device\\Guarded");
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Rows); Index++)
    {
        RtlInitUnicodeString(&Sddl, Rows[Index].Sddl);
        CHECK_STATUS(IoCreateDeviceSecure(Driver->DriverObject, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &Sddl, NULL,
                                          &Device),
                     STATUS_SUCCESS);
        Device->Flags &= ~DO_DEVICE_INITIALIZING;
        /* GENERIC deny rights also deny opening at all, being part of it. */
        CHECK_STATUS(MayOpen(UserMode, 0), Rows[Index].Open);
        CHECK_STATUS(MayOpen(UserMode, FILE_GENERIC_READ), Rows[Index].Open == OPENS ? Rows[Index].Read : NO);
        CHECK_STATUS(MayOpen(UserMode, FILE_GENERIC_WRITE), Rows[Index].Write);
        CHECK_STATUS(MayOpen(KernelMode, FILE_GENERIC_READ | FILE_GENERIC_WRITE), OPENS);
        IoDeleteDevice(Device);
    }
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Bad); Index++)
    {
        RtlInitUnicodeString(&Sddl, Bad[Index]);
        Device = (PDEVICE_OBJECT)1;
        CHECK_STATUS(IoCreateDeviceSecure(Driver->DriverObject, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &Sddl, NULL,
                                          &Device),
                     STATUS_INVALID_PARAMETER);
        CHECK(Device == NULL);
    }
    CHECK_STATUS(IoCreateDeviceSecure(Driver->DriverObject, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE,
                                      &SDDL_DEVOBJ_SYS_ALL_ADM_RWX_WORLD_RWX_RES_RWX, NULL, &Device),
                 STATUS_SUCCESS);
    IoDeleteDevice(Device);
    IopDeleteDriver(Driver);
}

/* ---- Plug and Play -------------------------------------------------------------------------------------- */

TEST(IRP, there_is_no_plug_and_play)
{
    static const GUID Class = {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
    DEVICE_OBJECT Device = {.Type = IO_TYPE_DEVICE};
    UNICODE_STRING Link = {1, 1, (PWCH)1};
    PZZWSTR List = NULL;
    ULONG Length = 77;

    CHECK_STATUS(IoRegisterDeviceInterface(&Device, &Class, NULL, &Link), STATUS_INVALID_DEVICE_REQUEST);
    CHECK(Link.Buffer == NULL && Link.Length == 0);
    RtlInitUnicodeString(&Link, L"\\??\\nothing");
    CHECK_STATUS(IoSetDeviceInterfaceState(&Link, TRUE), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(IoGetDeviceInterfaces(&Class, NULL, 0, &List), STATUS_SUCCESS);
    CHECK_EQ(*List, 0);
    ExFreePool(List);
    CHECK_STATUS(IoGetDeviceProperty(&Device, DevicePropertyHardwareID, 0, NULL, &Length), STATUS_INVALID_DEVICE_REQUEST);
    CHECK_EQ(Length, 0);
}

/* ---- threads and processors -------------------------------------------------------------------------------- */

static CHAR Described[256];

static VOID NTAPI NamedThread(PVOID Context)
{
    THREAD_NAME_INFORMATION Name;
    UNREFERENCED_PARAMETER(Context);
    RtlInitUnicodeString(&Name.ThreadName, L"pump \u00E9");
    if (NT_SUCCESS(ZwSetInformationThread(ZwCurrentThread(), ThreadNameInformation, &Name, sizeof(Name))))
    {
        KiDescribeThread(KeGetCurrentThread(), Described, sizeof(Described));
    }
}

TEST(KE, a_thread_is_told_facts)
{
    LONG Priority = 12;

    CHECK_STATUS(ZwSetInformationThread(ZwCurrentThread(), ThreadPriority, &Priority, sizeof(Priority)), STATUS_SUCCESS);
    CHECK_EQ(KeQueryPriorityThread(KeGetCurrentThread()), 12);
    Priority = 99;
    CHECK_STATUS(ZwSetInformationThread(ZwCurrentThread(), ThreadPriority, &Priority, sizeof(Priority)),
                 STATUS_INVALID_PARAMETER);
    Priority = 1;
    CHECK_STATUS(ZwSetInformationThread(ZwCurrentThread(), ThreadBasePriority, &Priority, sizeof(Priority)),
                 STATUS_SUCCESS);
    CHECK_STATUS(ZwSetInformationThread(ZwCurrentThread(), ThreadPriority, &Priority, 3), STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(ZwSetInformationThread(ZwCurrentThread(), ThreadTimes, &Priority, 4), STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(ZwSetInformationThread(NULL, ThreadPriority, &Priority, 4), STATUS_INVALID_HANDLE);
    CHECK_STATUS(ZwYieldExecution(), STATUS_SUCCESS);
    JoinThread(StartThread(NamedThread, NULL));
    CHECK(Contains(Described, "(pump \xC3\xA9) of host"));
}

TEST(KE, processors_and_their_relations)
{
    union
    {
        SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX Info;
        UCHAR Bytes[1024];
    } Buffer;
    PROCESSOR_NUMBER One = {.Group = 0, .Number = 1};
    ULONG Length = 0;

    CHECK_STATUS(KeQueryLogicalProcessorRelationship(NULL, RelationAll, NULL, &Length), STATUS_INFO_LENGTH_MISMATCH);
    /* Two cores, a package, a node, a group. */
    CHECK_EQ(Length, 48 * 2 + 48 + 48 + 80);
    ULONG Short = Length - 1;
    CHECK_STATUS(KeQueryLogicalProcessorRelationship(NULL, RelationAll, &Buffer.Info, &Short), STATUS_INFO_LENGTH_MISMATCH);
    CHECK_EQ(Short, Length);
    CHECK_STATUS(KeQueryLogicalProcessorRelationship(NULL, RelationAll, &Buffer.Info, &Length), STATUS_SUCCESS);
    Length = sizeof(Buffer);
    CHECK_STATUS(KeQueryLogicalProcessorRelationship(NULL, RelationGroup, &Buffer.Info, &Length), STATUS_SUCCESS);
    CHECK(Length == 80 && Buffer.Info.Size == 80 && Buffer.Info.Relationship == RelationGroup);
    CHECK(Buffer.Info.Group.ActiveGroupCount == 1 && Buffer.Info.Group.GroupInfo[0].ActiveProcessorCount == 2);
    Length = sizeof(Buffer);
    CHECK_STATUS(KeQueryLogicalProcessorRelationship(&One, RelationProcessorCore, &Buffer.Info, &Length), STATUS_SUCCESS);
    CHECK(Length == 48 && Buffer.Info.Processor.GroupCount == 1 && Buffer.Info.Processor.GroupMask[0].Mask == 2);
    Length = sizeof(Buffer);
    CHECK_STATUS(KeQueryLogicalProcessorRelationship(NULL, RelationCache, &Buffer.Info, &Length), STATUS_SUCCESS);
    CHECK_EQ(Length, 0);
    One.Number = 2;
    CHECK_STATUS(KeQueryLogicalProcessorRelationship(&One, RelationProcessorCore, &Buffer.Info, &Length),
                 STATUS_INVALID_PARAMETER);
}
