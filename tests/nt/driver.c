// SPDX-License-Identifier: MIT
/* Drivers: entry, unload, what they are charged for, devices. */
#include "nt/init.h"
#include "nt/iop.h"
#include "nt/obp.h"
#include "kernel_test.h"

/* This program's own code plays the driver. */
extern CHAR __executable_start[];
extern CHAR end[];
#define IMAGE __executable_start, (SIZE_T)(end - __executable_start)

static PDRIVER_OBJECT SeenDriver;
static WCHAR SeenPath[128];
static ULONG Unloads;
static NTSTATUS EntryStatus;

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    Unloads += DriverObject == SeenDriver;
}

static NTSTATUS NTAPI Entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    SeenDriver = DriverObject;
    __builtin_memset(SeenPath, 0, sizeof(SeenPath));
    __builtin_memcpy(SeenPath, RegistryPath->Buffer, RegistryPath->Length);
    DriverObject->DriverUnload = Unload;
    return EntryStatus;
}

static PIOP_DRIVER Load(PCSTR Name)
{
    PIOP_DRIVER Driver = (PIOP_DRIVER)1;
    EntryStatus = STATUS_SUCCESS;
    CHECK_STATUS(IopCreateDriver(Name, IMAGE, Entry, &Driver), STATUS_SUCCESS);
    CHECK(Driver != NULL);
    return Driver;
}

/* Given a DriverEntry that succeeds. Then it saw its object and registry path, and
 * its code is known by its name until it is deleted. */
TEST(DRV, a_driver_is_entered_and_unloaded)
{
    UNICODE_STRING Path;
    UNICODE_STRING Expected;

    Unloads = 0;
    CHECK(IopFindDriver(__builtin_return_address(0)) == NULL);
    PIOP_DRIVER Driver = Load("sample");
    CHECK(Driver->DriverObject == SeenDriver);
    CHECK_STR(Driver->Name, "sample");
    CHECK(IopFindDriver((PVOID)(ULONG_PTR)Entry) == Driver);
    CHECK_STR(IopDriverName((PVOID)(ULONG_PTR)Entry), "sample");
    CHECK_STR(IopDriverName(&Path), "host");
    RtlInitUnicodeString(&Path, SeenPath);
    RtlInitUnicodeString(&Expected, L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\sample");
    CHECK(RtlEqualUnicodeString(&Path, &Expected, TRUE));
    RtlInitUnicodeString(&Expected, L"\\Driver\\sample");
    CHECK(RtlEqualUnicodeString(&SeenDriver->DriverName, &Expected, FALSE));
    RtlInitUnicodeString(&Expected, L"sample");
    CHECK(RtlEqualUnicodeString(&SeenDriver->DriverExtension->ServiceKeyName, &Expected, FALSE));
    CHECK_EQ(SeenDriver->Type, 4);
    CHECK(SeenDriver->DriverStart == (PVOID)__executable_start);
    CHECK_STATUS(IopUnloadDriver(Driver), STATUS_SUCCESS);
    CHECK_EQ(Unloads, 1);
    CHECK_EQ(IopReportDriverLeaks(Driver), 0);
    IopDeleteDriver(Driver);
    CHECK(IopFindDriver((PVOID)(ULONG_PTR)Entry) == NULL);
    CHECK_EQ(IopDriverObjectType.ObjectCount, 0);
}

/* Given a DriverEntry that fails. Then the status comes back and nothing is left. */
TEST(DRV, a_failing_entry_leaves_no_driver)
{
    PIOP_DRIVER Driver = (PIOP_DRIVER)1;
    EntryStatus = STATUS_DEVICE_CONFIGURATION_ERROR;
    CHECK_STATUS(IopCreateDriver("bad", IMAGE, Entry, &Driver), STATUS_DEVICE_CONFIGURATION_ERROR);
    CHECK(Driver == NULL);
    CHECK(IopFindDriver((PVOID)(ULONG_PTR)Entry) == NULL);
    CHECK_EQ(IopDriverObjectType.ObjectCount, 0);
}

TEST(DRV, a_driver_without_unload_stays)
{
    PIOP_DRIVER Driver = Load("stays");
    Driver->DriverObject->DriverUnload = NULL;
    CHECK_STATUS(IopUnloadDriver(Driver), STATUS_NOT_SUPPORTED);
    IopDeleteDriver(Driver);
}

/* Given things of every kind that a driver did not give back. Then each is counted,
 * and again none once they were. */
TEST(DRV, leaks_are_counted)
{
    LOOKASIDE_LIST_EX List;
    PDEVICE_OBJECT Device = NULL;
    UNICODE_STRING Name;
    UNICODE_STRING LinkName;
    UCHAR Buffer[8];

    PIOP_DRIVER Driver = Load("leaky");
    PVOID Pool1 = ExAllocatePool2(POOL_FLAG_NON_PAGED, 100, 'kaeL');
    PVOID Pool2 = ExAllocatePool2(POOL_FLAG_PAGED, 10, 'kaeL');
    PIRP Irp = IoAllocateIrp(1, FALSE);
    PMDL Mdl = IoAllocateMdl(Buffer, sizeof(Buffer), FALSE, FALSE, NULL);
    CHECK_STATUS(ExInitializeLookasideListEx(&List, NULL, NULL, NonPagedPoolNx, 0, 32, 'kooL', 0), STATUS_SUCCESS);
    RtlInitUnicodeString(&Name, L"\\Device\\Leaky");
    RtlInitUnicodeString(&LinkName, L"\\??\\Leaky");
    CHECK_STATUS(IoCreateDevice(Driver->DriverObject, 64, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &Device),
                 STATUS_SUCCESS);
    CHECK_STATUS(IoCreateSymbolicLink(&LinkName, &Name), STATUS_SUCCESS);
    CHECK_EQ(IopReportDriverLeaks(Driver), 7);
    ExFreePool(Pool1);
    ExFreePool(Pool2);
    IoFreeIrp(Irp);
    IoFreeMdl(Mdl);
    ExDeleteLookasideListEx(&List);
    CHECK_EQ(IopReportDriverLeaks(Driver), 2);
    CHECK_STATUS(IoDeleteSymbolicLink(&LinkName), STATUS_SUCCESS);
    CHECK_STATUS(IoDeleteSymbolicLink(&LinkName), STATUS_OBJECT_NAME_NOT_FOUND);
    IoDeleteDevice(Device);
    CHECK_EQ(IopReportDriverLeaks(Driver), 0);
    IopDeleteDriver(Driver);
}

/* One call site, whatever the compiler does to the loop around it. */
static DECLSPEC_NOINLINE VOID LeakIrp(VOID)
{
    PIRP Irp = IoAllocateIrp(1, FALSE);
    __asm__ volatile("" : : "r"(Irp));
}

/* Given a child that leaks. Then the report names tag, size and place. */
TEST(DRV, the_leak_report_names_the_place)
{
    if (t_is_child("DRV_the_leak_report_names_the_place"))
    {
        PIOP_DRIVER Driver = Load("leaky");
        (VOID) ExAllocatePool2(POOL_FLAG_NON_PAGED, 40, 'kaeL');
        for (ULONG Index = 0; Index < 3; Index++)
        {
            LeakIrp();
        }
        IopReportDriverLeaks(Driver);
        KeBugCheck(MANUALLY_INITIATED_CRASH);
    }
    CHECK_BUGCHECK("DRV_the_leak_report_names_the_place", "leaky: leaked 1 pool block, 40 bytes, tag 'Leak'",
                   "leaky: leaked 3 IRPs allocated at ");
}

/* Given a driver that is gone with its blocks. Then freeing them later is harmless,
 * and the next driver is not blamed. */
TEST(DRV, blocks_outlive_their_driver)
{
    LOOKASIDE_LIST_EX List;
    PIOP_DRIVER Driver = Load("first");
    PVOID Block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 100, 'kaeL');
    CHECK_STATUS(ExInitializeLookasideListEx(&List, NULL, NULL, NonPagedPoolNx, 0, 32, 'kooL', 0), STATUS_SUCCESS);
    IopDeleteDriver(Driver);
    Driver = Load("second");
    CHECK_EQ(IopReportDriverLeaks(Driver), 0);
    ExFreePool(Block);
    ExDeleteLookasideListEx(&List);
    CHECK_EQ(IopReportDriverLeaks(Driver), 0);
    IopDeleteDriver(Driver);
}

/* Given devices. Then their names are taken once, and they are chained to the driver. */
TEST(DRV, devices_have_names)
{
    PIOP_DRIVER Driver = Load("devices");
    PDEVICE_OBJECT One = NULL;
    PDEVICE_OBJECT Two = (PDEVICE_OBJECT)1;
    UNICODE_STRING Name;

    RtlInitUnicodeString(&Name, L"\\Device\\One");
    CHECK_STATUS(IoCreateDevice(Driver->DriverObject, 40, &Name, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN, TRUE,
                                &One),
                 STATUS_SUCCESS);
    CHECK(One->DeviceExtension != NULL);
    __builtin_memset(One->DeviceExtension, 0xEE, 40);
    CHECK(One->DriverObject == Driver->DriverObject);
    CHECK_EQ(One->StackSize, 1);
    CHECK((One->Flags & DO_DEVICE_INITIALIZING) != 0);
    CHECK((One->Flags & DO_EXCLUSIVE) != 0);
    CHECK((One->Flags & DO_DEVICE_HAS_NAME) != 0);
    RtlInitUnicodeString(&Name, L"\\device\\ONE");
    CHECK_STATUS(IoCreateDevice(Driver->DriverObject, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &Two),
                 STATUS_OBJECT_NAME_COLLISION);
    CHECK(Two == NULL);
    CHECK_STATUS(IoCreateDevice(Driver->DriverObject, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &Two), STATUS_SUCCESS);
    CHECK(Driver->DriverObject->DeviceObject == Two);
    CHECK(Two->NextDevice == One);
    CHECK(Two->DeviceExtension == NULL);
    CHECK(IoAttachDeviceToDeviceStack(Two, One) == One);
    CHECK_EQ(Two->StackSize, 2);
    CHECK(IoGetAttachedDevice(One) == Two);
    IoDetachDevice(One);
    IoDeleteDevice(Two);
    CHECK(Driver->DriverObject->DeviceObject == One);
    IopDeleteDriver(Driver); /* takes the rest along */
    CHECK_EQ(IopDeviceObjectType.ObjectCount, 0);
}

/* Given a driver that set no dispatch routine. Then a request is refused. */
TEST(DRV, requests_nobody_handles_are_refused)
{
    PIOP_DRIVER Driver = Load("refuses");
    PDEVICE_OBJECT Device = NULL;
    KEVENT Event;
    IO_STATUS_BLOCK Iosb = {.Information = 7};
    CHECK_STATUS(IoCreateDevice(Driver->DriverObject, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &Device),
                 STATUS_SUCCESS);
    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    PIRP Irp = IoBuildDeviceIoControlRequest(CTL_CODE(0x22, 0x800, METHOD_NEITHER, 0), Device, NULL, 0, NULL, 0,
                                             FALSE, &Event, &Iosb);
    CHECK_STATUS(IoCallDriver(Device, Irp), STATUS_INVALID_DEVICE_REQUEST);
    CHECK_STATUS(Iosb.Status, STATUS_INVALID_DEVICE_REQUEST);
    CHECK_EQ(Iosb.Information, 0);
    CHECK_EQ(IopReportDriverLeaks(Driver), 1);
    IopDeleteDriver(Driver);
}

static NTSTATUS NTAPI RaisingEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    KIRQL OldIrql;
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeRaiseIrql(DISPATCH_LEVEL, &OldIrql);
    return STATUS_SUCCESS;
}

TEST(DRV, an_entry_that_returns_raised_is_a_bugcheck)
{
    if (t_is_child("DRV_an_entry_that_returns_raised_is_a_bugcheck"))
    {
        PIOP_DRIVER Driver;
        IopCreateDriver("raising", IMAGE, RaisingEntry, &Driver);
        return;
    }
    CHECK_BUGCHECK("DRV_an_entry_that_returns_raised_is_a_bugcheck", "DriverEntry returned", "DISPATCH_LEVEL");
}
