// SPDX-License-Identifier: MIT
/*
 * Drivers: their table, their DRIVER_OBJECT, the calls of DriverEntry and
 * DriverUnload, what they are charged for, and the report on what they left.
 */
#include "nt/cmp.h"
#include "nt/dbgp.h"
#include "nt/expp.h"
#include "nt/hostcall.h"
#include "nt/iop.h"
#include "nt/ntp.h"

#define IOP_DRIVERS_MAX 64

/*
 * What is behind PIOP_DRIVER.
 * Owner: the loader's reference (until IopDeleteDriver) and one per charge, so
 *        that a thing given back after its driver's end finds its account.
 */
typedef struct _IOP_DRIVER_RECORD
{
    IOP_DRIVER Public;                       /* first */
    volatile LONG Charges[IopChargeMaximum]; /* interlocked */
    volatile LONG References;                /* interlocked */
    WCHAR DriverName[96];                    /* \Driver\Name */
    WCHAR ServiceName[64];
} IOP_DRIVER_RECORD, *PIOP_DRIVER_RECORD;

/*
 * Where drivers lie, for look-ups on every allocation.
 * Lock: TableLock to write. Readers take none: they read TableVersion before and
 * after (odd: being written), and start again when it moved.
 */
typedef struct _IOP_RANGE
{
    ULONG_PTR Base;
    ULONG_PTR Limit; /* 0: free */
    PIOP_DRIVER Driver;
} IOP_RANGE;

static HC_LOCK TableLock;
static LIST_ENTRY Drivers = {&Drivers, &Drivers}; /* TableLock */
static IOP_RANGE Ranges[IOP_DRIVERS_MAX];
static ULONG RangeCount; /* slots ever used */
static ULONG TableVersion;

static volatile LONG HostCharges[IopChargeMaximum];

OBJECT_TYPE IopDriverObjectType = {.Name = "Driver"};

#define IOP_SERVICES L"\\REGISTRY\\MACHINE\\SYSTEM\\CurrentControlSet\\Services\\"
static const WCHAR HardwareDatabaseName[] = L"\\REGISTRY\\MACHINE\\HARDWARE\\DESCRIPTION\\SYSTEM";
static UNICODE_STRING HardwareDatabase = {sizeof(HardwareDatabaseName) - sizeof(WCHAR), sizeof(HardwareDatabaseName),
                                          (PWCH)HardwareDatabaseName};

NTSTATUS IopInitialize(VOID)
{
    return STATUS_SUCCESS;
}

VOID IopUninitialize(VOID)
{
    DbgpFlushLines(NULL);
}

/* ---- which driver an address is in ------------------------------------------------ */

#define IopLoad(Pointer) __atomic_load_n((Pointer), __ATOMIC_ACQUIRE)
#define IopStore(Pointer, Value) __atomic_store_n((Pointer), (Value), __ATOMIC_RELEASE)

PIOP_DRIVER IopFindDriver(PVOID Address)
{
    for (;;)
    {
        ULONG Version = IopLoad(&TableVersion);
        PIOP_DRIVER Found = NULL;
        ULONG Count = IopLoad(&RangeCount);
        for (ULONG Index = 0; Index < Count && Found == NULL; Index++)
        {
            if ((ULONG_PTR)Address >= IopLoad(&Ranges[Index].Base) && (ULONG_PTR)Address < IopLoad(&Ranges[Index].Limit))
            {
                Found = IopLoad(&Ranges[Index].Driver);
            }
        }
        if ((Version & 1) == 0 && IopLoad(&TableVersion) == Version)
        {
            return Found;
        }
        HcRelax();
    }
}

PCSTR IopDriverName(PVOID Address)
{
    PIOP_DRIVER Driver = IopFindDriver(Address);
    return Driver != NULL ? Driver->Name : "host";
}

static NTSTATUS IopInsertRange(PIOP_DRIVER Driver)
{
    NTSTATUS Status = STATUS_INSUFFICIENT_RESOURCES;

    HcAcquireLock(&TableLock);
    for (ULONG Index = 0; Index < IOP_DRIVERS_MAX; Index++)
    {
        if (Ranges[Index].Driver != NULL)
        {
            continue;
        }
        __atomic_add_fetch(&TableVersion, 1, __ATOMIC_SEQ_CST);
        IopStore(&Ranges[Index].Base, (ULONG_PTR)Driver->ImageBase);
        IopStore(&Ranges[Index].Limit, (ULONG_PTR)Driver->ImageBase + Driver->ImageSize);
        IopStore(&Ranges[Index].Driver, Driver);
        if (Index >= RangeCount)
        {
            IopStore(&RangeCount, Index + 1);
        }
        __atomic_add_fetch(&TableVersion, 1, __ATOMIC_SEQ_CST);
        InsertTailList(&Drivers, &Driver->Link);
        Status = STATUS_SUCCESS;
        break;
    }
    HcReleaseLock(&TableLock);
    return Status;
}

static VOID IopRemoveRange(PIOP_DRIVER Driver)
{
    HcAcquireLock(&TableLock);
    RemoveEntryList(&Driver->Link);
    for (ULONG Index = 0; Index < IOP_DRIVERS_MAX; Index++)
    {
        if (Ranges[Index].Driver == Driver)
        {
            __atomic_add_fetch(&TableVersion, 1, __ATOMIC_SEQ_CST);
            IopStore(&Ranges[Index].Limit, 0);
            IopStore(&Ranges[Index].Base, 0);
            IopStore(&Ranges[Index].Driver, NULL);
            __atomic_add_fetch(&TableVersion, 1, __ATOMIC_SEQ_CST);
        }
    }
    HcReleaseLock(&TableLock);
}

/* ---- charges ------------------------------------------------------------------------ */

static VOID IopDereferenceRecord(PIOP_DRIVER_RECORD Record)
{
    if (InterlockedDecrement(&Record->References) == 0)
    {
        HcFree(Record);
    }
}

VOID IopChargeDriver(PIOP_DRIVER Driver, IOP_CHARGE Charge, LONG Delta)
{
    if (Driver == NULL)
    {
        InterlockedExchangeAdd(&HostCharges[Charge], Delta);
        return;
    }
    PIOP_DRIVER_RECORD Record = CONTAINING_RECORD(Driver, IOP_DRIVER_RECORD, Public);
    if (Delta > 0)
    {
        InterlockedExchangeAdd(&Record->References, Delta);
    }
    InterlockedExchangeAdd(&Record->Charges[Charge], Delta);
    for (; Delta < 0; Delta++)
    {
        IopDereferenceRecord(Record);
    }
}

LONG IopChargedToDriver(PIOP_DRIVER Driver, IOP_CHARGE Charge)
{
    volatile LONG *Charges =
        Driver != NULL ? CONTAINING_RECORD(Driver, IOP_DRIVER_RECORD, Public)->Charges : HostCharges;
    return __atomic_load_n(&Charges[Charge], __ATOMIC_ACQUIRE);
}

SIZE_T IopReportDriverLeaks(PIOP_DRIVER Driver)
{
    static const PCSTR Names[IopChargeMaximum] = {
        [IopChargeThread] = "system thread(s) still running",
        [IopChargeWorkItem] = "work item(s) not freed (IoFreeWorkItem)",
        [IopChargeTimer] = "timer(s) still set (KeCancelTimer)",
        [IopChargeHandle] = "kernel handle(s) not closed (ZwClose)",
        [IopChargeLookaside] = "lookaside list(s) not deleted (ExDeleteLookasideListEx)",
    };
    DbgpFlushLines(Driver->Name);
    SIZE_T Total = ExpReportBlocks(Driver) + IopReportDevices(Driver);
    for (ULONG Charge = 0; Charge < IopChargeMaximum; Charge++)
    {
        LONG Count = IopChargedToDriver(Driver, (IOP_CHARGE)Charge);
        if (Names[Charge] != NULL && Count > 0)
        {
            HcLog(HcLogWarning, "%s: leaked %d %s", Driver->Name, Count, Names[Charge]);
            Total += (SIZE_T)Count;
        }
    }
    return Total;
}

/* ---- life ------------------------------------------------------------------------------ */

/* Appends Text to what Buffer holds, as far as its Capacity goes. */
static VOID IopAppendText(PWSTR Buffer, SIZE_T Capacity, PCSTR Text)
{
    SIZE_T Length = 0;
    while (Buffer[Length] != 0)
    {
        Length++;
    }
    while (Length + 1 < Capacity && *Text != 0)
    {
        Buffer[Length++] = (UCHAR)*Text++;
    }
    Buffer[Length] = 0;
}

static PDRIVER_OBJECT IopCreateDriverObject(PIOP_DRIVER_RECORD Record, PDRIVER_INITIALIZE Entry)
{
    PDRIVER_OBJECT DriverObject =
        ObpCreateObject(&IopDriverObjectType, sizeof(DRIVER_OBJECT) + sizeof(DRIVER_EXTENSION));
    if (DriverObject == NULL)
    {
        return NULL;
    }
    DriverObject->Type = IO_TYPE_DRIVER;
    DriverObject->Size = sizeof(DRIVER_OBJECT);
    DriverObject->DriverStart = Record->Public.ImageBase;
    DriverObject->DriverSize = (ULONG)Record->Public.ImageSize;
    DriverObject->DriverSection = Record;
    DriverObject->DriverExtension = (PDRIVER_EXTENSION)(DriverObject + 1);
    DriverObject->DriverExtension->DriverObject = DriverObject;
    RtlInitUnicodeString(&DriverObject->DriverExtension->ServiceKeyName, Record->ServiceName);
    RtlInitUnicodeString(&DriverObject->DriverName, Record->DriverName);
    DriverObject->HardwareDatabase = &HardwareDatabase;
    DriverObject->DriverInit = Entry;
    for (ULONG Index = 0; Index <= IRP_MJ_MAXIMUM_FUNCTION; Index++)
    {
        DriverObject->MajorFunction[Index] = IopInvalidDeviceRequest;
    }
    return DriverObject;
}

static NTSTATUS IopCreateRecord(PCSTR Name, PVOID ImageBase, SIZE_T ImageSize, PDRIVER_INITIALIZE Entry,
                                PIOP_DRIVER_RECORD *Result)
{
    PIOP_DRIVER_RECORD Record = HcAllocateZero(sizeof(IOP_DRIVER_RECORD));
    if (Record == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Record->References = 1;
    for (ULONG Index = 0; Index + 1 < sizeof(Record->Public.Name) && Name[Index] != 0; Index++)
    {
        Record->Public.Name[Index] = Name[Index];
    }
    Record->Public.ImageBase = ImageBase;
    Record->Public.ImageSize = ImageSize;
    IopAppendText(Record->DriverName, RTL_NUMBER_OF(Record->DriverName), "\\Driver\\");
    IopAppendText(Record->DriverName, RTL_NUMBER_OF(Record->DriverName), Record->Public.Name);
    IopAppendText(Record->ServiceName, RTL_NUMBER_OF(Record->ServiceName), Record->Public.Name);
    Record->Public.DriverObject = IopCreateDriverObject(Record, Entry);
    NTSTATUS Status = Record->Public.DriverObject != NULL ? IopInsertRange(&Record->Public)
                                                          : STATUS_INSUFFICIENT_RESOURCES;
    if (!NT_SUCCESS(Status))
    {
        if (Record->Public.DriverObject != NULL)
        {
            ObfDereferenceObject(Record->Public.DriverObject);
        }
        IopDereferenceRecord(Record);
        return Status;
    }
    *Result = Record;
    return STATUS_SUCCESS;
}

/* The RegistryPath is the driver's for the call only, as on Windows: it is freed
 * afterwards, so that one kept without a copy is noticed. */
static NTSTATUS IopCallEntry(PIOP_DRIVER Driver, PDRIVER_INITIALIZE Entry)
{
    SIZE_T Capacity = RTL_NUMBER_OF(IOP_SERVICES) + sizeof(Driver->Name);
    PWSTR Path = HcAllocateZero(Capacity * sizeof(WCHAR));
    UNICODE_STRING RegistryPath;

    if (Path == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlCopyMemory(Path, IOP_SERVICES, sizeof(IOP_SERVICES));
    IopAppendText(Path, Capacity, Driver->Name);
    RtlInitUnicodeString(&RegistryPath, Path);
    NTSTATUS Status = CmpCreateServiceKey(&RegistryPath);
    if (NT_SUCCESS(Status))
    {
        Status = Entry(Driver->DriverObject, &RegistryPath);
        KiAssertPassive("DriverEntry returned", (PVOID)(ULONG_PTR)Entry);
    }
    HcFree(Path);
    return Status;
}

NTSTATUS IopCreateDriver(PCSTR Name, PVOID ImageBase, SIZE_T ImageSize, PDRIVER_INITIALIZE Entry, PIOP_DRIVER *Driver)
{
    PIOP_DRIVER_RECORD Record;

    *Driver = NULL;
    KI_IRQL_MAX(PASSIVE_LEVEL);
    NTSTATUS Status = IopCreateRecord(Name, ImageBase, ImageSize, Entry, &Record);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    Status = IopCallEntry(&Record->Public, Entry);
    if (!NT_SUCCESS(Status))
    {
        IopReportDriverLeaks(&Record->Public);
        IopDeleteDriver(&Record->Public);
        return Status;
    }
    IopReadyDevices(Record->Public.DriverObject);
    *Driver = &Record->Public;
    return Status;
}

NTSTATUS IopUnloadDriver(PIOP_DRIVER Driver)
{
    PDRIVER_UNLOAD Unload = Driver->DriverObject->DriverUnload;

    KI_IRQL_MAX(PASSIVE_LEVEL);
    if (Unload == NULL)
    {
        return STATUS_NOT_SUPPORTED;
    }
    if (!IopBeginUnload(Driver->DriverObject))
    {
        return STATUS_DEVICE_BUSY; /* DIV-44 */
    }
    Unload(Driver->DriverObject);
    KiAssertPassive("DriverUnload returned", (PVOID)(ULONG_PTR)Unload);
    DbgpFlushLines(Driver->Name);
    return STATUS_SUCCESS;
}

VOID IopDeleteDriver(PIOP_DRIVER Driver)
{
    DbgpFlushLines(Driver->Name);
    IopForgetDevices(Driver);
    Driver->DriverObject->DriverSection = NULL; /* files left open send nothing there any more */
    IopRemoveRange(Driver);
    ExpOrphanBlocks(Driver);
    KiForgetMisuse(Driver);
    ObfDereferenceObject(Driver->DriverObject);
    Driver->DriverObject = NULL;
    IopDereferenceRecord(CONTAINING_RECORD(Driver, IOP_DRIVER_RECORD, Public));
}
