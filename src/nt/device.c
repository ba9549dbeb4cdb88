// SPDX-License-Identifier: MIT
/*
 * Devices and symbolic links: the objects and their names, so that drivers which
 * make a control device in DriverEntry run and are told what they left at
 * unload. No request reaches a device but through IoCallDriver.
 */
#include "nt/hostcall.h"
#include "nt/iop.h"
#include "nt/ntp.h"

static VOID IopDestroyDevice(PVOID Body);
static VOID IopDestroyLink(PVOID Body);

OBJECT_TYPE IopDeviceObjectType = {.Name = "Device", .Destroy = IopDestroyDevice};
static OBJECT_TYPE IopLinkObjectType = {.Name = "SymbolicLink", .Destroy = IopDestroyLink};

/*
 * An entry of the object namespace, a flat one: whole paths, compared without case.
 * Owner: NameList. Lock: NameLock.
 */
typedef struct _IOP_NAME
{
    LIST_ENTRY Link;
    PVOID Object;
    PIOP_DRIVER Driver;
    UNICODE_STRING Name;
    WCHAR Text[];
} IOP_NAME, *PIOP_NAME;

/* Body of a symbolic link. */
typedef struct _IOP_LINK
{
    UNICODE_STRING Target;
    WCHAR Text[];
} IOP_LINK, *PIOP_LINK;

/*
 * Body of a device; the driver's extension follows.
 * Owner: its driver until IoDeleteDevice, then the references left.
 */
typedef struct _IOP_DEVICE
{
    DEVICE_OBJECT Public; /* first */
    DEVOBJ_EXTENSION Extension;
    PIOP_DRIVER Driver; /* charged */
    BOOLEAN Deleted;
} IOP_DEVICE, *PIOP_DEVICE;

static HC_LOCK NameLock;
static LIST_ENTRY NameList = {&NameList, &NameList};
static ULONG NextAutomaticName; /* NameLock */

/* ---- names ---------------------------------------------------------------------------- */

/* NameLock held. */
static PIOP_NAME IopFindName(PCUNICODE_STRING Name)
{
    for (PLIST_ENTRY Link = NameList.Flink; Link != &NameList; Link = Link->Flink)
    {
        PIOP_NAME Entry = CONTAINING_RECORD(Link, IOP_NAME, Link);
        if (RtlEqualUnicodeString(&Entry->Name, Name, TRUE))
        {
            return Entry;
        }
    }
    return NULL;
}

static NTSTATUS IopInsertName(PCUNICODE_STRING Name, PVOID Object, PIOP_DRIVER Driver)
{
    if (Name->Buffer == NULL || Name->Length < sizeof(WCHAR) || (Name->Length & 1) != 0)
    {
        return STATUS_OBJECT_NAME_INVALID;
    }
    if (Name->Buffer[0] != L'\\')
    {
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    }
    PIOP_NAME Entry = HcAllocate(sizeof(IOP_NAME) + Name->Length);
    if (Entry == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Entry->Object = Object;
    Entry->Driver = Driver;
    Entry->Name.Buffer = Entry->Text;
    Entry->Name.Length = Name->Length;
    Entry->Name.MaximumLength = Name->Length;
    RtlCopyMemory(Entry->Text, Name->Buffer, Name->Length);

    HcAcquireLock(&NameLock);
    BOOLEAN Taken = IopFindName(Name) != NULL;
    if (!Taken)
    {
        InsertTailList(&NameList, &Entry->Link);
    }
    HcReleaseLock(&NameLock);
    if (Taken)
    {
        HcFree(Entry);
        return STATUS_OBJECT_NAME_COLLISION;
    }
    return STATUS_SUCCESS;
}

static VOID IopRemoveNameOf(PVOID Object)
{
    HcAcquireLock(&NameLock);
    for (PLIST_ENTRY Link = NameList.Flink; Link != &NameList; Link = Link->Flink)
    {
        PIOP_NAME Entry = CONTAINING_RECORD(Link, IOP_NAME, Link);
        if (Entry->Object == Object)
        {
            RemoveEntryList(&Entry->Link);
            HcFree(Entry);
            break;
        }
    }
    HcReleaseLock(&NameLock);
}

/* ---- devices ------------------------------------------------------------------------------ */

static VOID IopDestroyDevice(PVOID Body)
{
    PIOP_DEVICE Device = Body;
    PDRIVER_OBJECT DriverObject = Device->Public.DriverObject;
    IopChargeDriver(Device->Driver, IopChargeDevice, -1);
    ObfDereferenceObject(DriverObject);
}

static PIOP_DEVICE IopAllocateDevice(PDRIVER_OBJECT DriverObject, ULONG ExtensionSize, DEVICE_TYPE Type,
                                     ULONG Characteristics, BOOLEAN Exclusive)
{
    PIOP_DEVICE Device = ObpCreateObject(&IopDeviceObjectType, sizeof(IOP_DEVICE) + ExtensionSize);
    if (Device == NULL)
    {
        return NULL;
    }
    PDEVICE_OBJECT Public = &Device->Public;
    Public->Type = IO_TYPE_DEVICE;
    Public->Size = (USHORT)(sizeof(DEVICE_OBJECT) + ExtensionSize);
    Public->DriverObject = DriverObject;
    Public->Flags = DO_DEVICE_INITIALIZING | (Exclusive ? DO_EXCLUSIVE : 0);
    Public->Characteristics = Characteristics;
    Public->DeviceExtension = ExtensionSize != 0 ? Device + 1 : NULL;
    Public->DeviceType = Type;
    Public->StackSize = 1;
    Public->AlignmentRequirement = FILE_BYTE_ALIGNMENT;
    Public->DeviceObjectExtension = &Device->Extension;
    Device->Extension.Type = IO_TYPE_DEVICE_OBJECT_EXTENSION;
    Device->Extension.DeviceObject = Public;
    KeInitializeEvent(&Public->DeviceLock, SynchronizationEvent, TRUE);
    ObfReferenceObject(DriverObject);
    Device->Driver = DriverObject->DriverSection;
    IopChargeDriver(Device->Driver, IopChargeDevice, 1);
    return Device;
}

static NTSTATUS IopNameDevice(PIOP_DEVICE Device, PUNICODE_STRING DeviceName, ULONG Characteristics)
{
    WCHAR Text[24];
    UNICODE_STRING Automatic;

    if ((Characteristics & FILE_AUTOGENERATED_DEVICE_NAME) != 0)
    {
        static const WCHAR Pattern[] = L"\\Device\\00000000";
        ULONG Number = __atomic_fetch_add(&NextAutomaticName, 1, __ATOMIC_RELAXED);
        RtlCopyMemory(Text, Pattern, sizeof(Pattern));
        for (ULONG Digit = 0; Digit < 8; Digit++, Number >>= 4)
        {
            Text[RTL_NUMBER_OF(Pattern) - 2 - Digit] = L"0123456789abcdef"[Number & 15];
        }
        RtlInitUnicodeString(&Automatic, Text);
        DeviceName = &Automatic;
    }
    if (DeviceName == NULL)
    {
        return STATUS_SUCCESS;
    }
    Device->Public.Flags |= DO_DEVICE_HAS_NAME;
    return IopInsertName(DeviceName, Device, Device->Driver);
}

/* A device of DriverObject, with DeviceExtensionSize zeroed bytes of its own behind
 * it; the driver deletes it with IoDeleteDevice. DeviceName (may be NULL) is
 * copied. PASSIVE_LEVEL. STATUS_OBJECT_NAME_COLLISION (…_EXISTS on old systems),
 * STATUS_OBJECT_NAME_INVALID, STATUS_INSUFFICIENT_RESOURCES. Page:
 * nf-wdm-iocreatedevice. */
NTSTATUS NTAPI IoCreateDevice(PDRIVER_OBJECT DriverObject, ULONG DeviceExtensionSize, PUNICODE_STRING DeviceName,
                              DEVICE_TYPE DeviceType, ULONG DeviceCharacteristics, BOOLEAN Exclusive,
                              PDEVICE_OBJECT *DeviceObject)
{
    KI_IRQL_MAX(APC_LEVEL);
    *DeviceObject = NULL;
    if (DeviceExtensionSize > MAXUSHORT - sizeof(DEVICE_OBJECT) - sizeof(DEVOBJ_EXTENSION))
    {
        return STATUS_INVALID_PARAMETER; /* the size is kept in 16 bits */
    }
    PIOP_DEVICE Device =
        IopAllocateDevice(DriverObject, DeviceExtensionSize, DeviceType, DeviceCharacteristics, Exclusive);
    if (Device == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    NTSTATUS Status = IopNameDevice(Device, DeviceName, DeviceCharacteristics);
    if (!NT_SUCCESS(Status))
    {
        ObfDereferenceObject(Device);
        return Status;
    }
    HcAcquireLock(&NameLock);
    Device->Public.NextDevice = DriverObject->DeviceObject;
    DriverObject->DeviceObject = &Device->Public;
    HcReleaseLock(&NameLock);
    *DeviceObject = &Device->Public;
    return STATUS_SUCCESS;
}

/* NameLock held. TRUE when it was there. */
static BOOLEAN IopUnlinkDevice(PIOP_DEVICE Device)
{
    PDEVICE_OBJECT *Link = &Device->Public.DriverObject->DeviceObject;
    while (*Link != NULL && *Link != &Device->Public)
    {
        Link = &(*Link)->NextDevice;
    }
    if (*Link == NULL)
    {
        return FALSE;
    }
    *Link = Device->Public.NextDevice;
    return TRUE;
}

static VOID IopDeleteDevice(PDEVICE_OBJECT DeviceObject, PVOID Caller)
{
    PIOP_DEVICE Device = CONTAINING_RECORD(DeviceObject, IOP_DEVICE, Public);
    HcAcquireLock(&NameLock);
    BOOLEAN Linked = IopUnlinkDevice(Device);
    HcReleaseLock(&NameLock);
    if (!Linked)
    {
        KiBugCheck(REFERENCE_BY_POINTER, Caller, NULL, "device %p is deleted twice", DeviceObject);
    }
    IopRemoveNameOf(Device);
    ObfDereferenceObject(Device);
}

/* Takes a device and its name away; its memory goes with the last reference.
 * PASSIVE_LEVEL. Page: nf-wdm-iodeletedevice. */
VOID NTAPI IoDeleteDevice(PDEVICE_OBJECT DeviceObject)
{
    KI_IRQL_MAX(APC_LEVEL);
    IopDeleteDevice(DeviceObject, __builtin_return_address(0));
}

VOID IopReadyDevices(PDRIVER_OBJECT DriverObject)
{
    HcAcquireLock(&NameLock);
    for (PDEVICE_OBJECT Device = DriverObject->DeviceObject; Device != NULL; Device = Device->NextDevice)
    {
        Device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    }
    HcReleaseLock(&NameLock);
}

NTSTATUS NTAPI IopInvalidDeviceRequest(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    Irp->IoStatus.Status = STATUS_INVALID_DEVICE_REQUEST;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return STATUS_INVALID_DEVICE_REQUEST;
}

/* ---- device stacks ---------------------------------------------------------------------------- */

/* NameLock held. */
static PDEVICE_OBJECT IopTopDevice(PDEVICE_OBJECT DeviceObject)
{
    while (DeviceObject->AttachedDevice != NULL)
    {
        DeviceObject = DeviceObject->AttachedDevice;
    }
    return DeviceObject;
}

/* Puts SourceDevice on top of TargetDevice's stack; returns the device that was the
 * top one, to which the caller sends what it passes down. IRQL <= DISPATCH_LEVEL.
 * Page: nf-wdm-ioattachdevicetodevicestack. */
PDEVICE_OBJECT NTAPI IoAttachDeviceToDeviceStack(PDEVICE_OBJECT SourceDevice, PDEVICE_OBJECT TargetDevice)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    HcAcquireLock(&NameLock);
    PDEVICE_OBJECT Top = IopTopDevice(TargetDevice);
    if (Top == SourceDevice)
    {
        HcReleaseLock(&NameLock);
        return NULL;
    }
    Top->AttachedDevice = SourceDevice;
    SourceDevice->StackSize = (CCHAR)(Top->StackSize + 1);
    SourceDevice->AlignmentRequirement = Top->AlignmentRequirement;
    SourceDevice->SectorSize = Top->SectorSize;
    HcReleaseLock(&NameLock);
    return Top;
}

/* Takes off what is attached to TargetDevice. PASSIVE_LEVEL. Page:
 * nf-wdm-iodetachdevice. */
VOID NTAPI IoDetachDevice(PDEVICE_OBJECT TargetDevice)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    HcAcquireLock(&NameLock);
    TargetDevice->AttachedDevice = NULL;
    HcReleaseLock(&NameLock);
}

/* The top of DeviceObject's stack, without a reference. IRQL <= DISPATCH_LEVEL.
 * Page: nf-ntifs-iogetattacheddevice. */
PDEVICE_OBJECT NTAPI IoGetAttachedDevice(PDEVICE_OBJECT DeviceObject)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    HcAcquireLock(&NameLock);
    PDEVICE_OBJECT Top = IopTopDevice(DeviceObject);
    HcReleaseLock(&NameLock);
    return Top;
}

/* The same, with a reference the caller owns. Page: nf-wdm-iogetattacheddevicereference. */
PDEVICE_OBJECT NTAPI IoGetAttachedDeviceReference(PDEVICE_OBJECT DeviceObject)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    HcAcquireLock(&NameLock);
    PDEVICE_OBJECT Top = IopTopDevice(DeviceObject);
    ObfReferenceObject(Top);
    HcReleaseLock(&NameLock);
    return Top;
}

/* ---- symbolic links ------------------------------------------------------------------------------ */

static VOID IopDestroyLink(PVOID Body)
{
    UNREFERENCED_PARAMETER(Body);
}

static NTSTATUS IopCreateLink(PUNICODE_STRING SymbolicLinkName, PUNICODE_STRING DeviceName, PVOID Caller)
{
    PIOP_LINK Link = ObpCreateObject(&IopLinkObjectType, sizeof(IOP_LINK) + DeviceName->Length);
    PIOP_DRIVER Driver = IopFindDriver(Caller);
    if (Link == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Link->Target.Buffer = Link->Text;
    Link->Target.Length = DeviceName->Length;
    Link->Target.MaximumLength = DeviceName->Length;
    RtlCopyMemory(Link->Text, DeviceName->Buffer, DeviceName->Length);
    NTSTATUS Status = IopInsertName(SymbolicLinkName, Link, Driver);
    if (!NT_SUCCESS(Status))
    {
        ObfDereferenceObject(Link);
        return Status;
    }
    IopChargeDriver(Driver, IopChargeSymbolicLink, 1);
    return STATUS_SUCCESS;
}

/* Makes SymbolicLinkName another name of DeviceName, which need not exist; both are
 * copied. PASSIVE_LEVEL. STATUS_OBJECT_NAME_COLLISION. Page: nf-wdm-iocreatesymboliclink. */
NTSTATUS NTAPI IoCreateSymbolicLink(PUNICODE_STRING SymbolicLinkName, PUNICODE_STRING DeviceName)
{
    KI_IRQL_MAX(PASSIVE_LEVEL);
    return IopCreateLink(SymbolicLinkName, DeviceName, __builtin_return_address(0));
}

/* The same; there is no protection to leave out. Page: nf-ntddk-iocreateunprotectedsymboliclink. */
NTSTATUS NTAPI IoCreateUnprotectedSymbolicLink(PUNICODE_STRING SymbolicLinkName, PUNICODE_STRING DeviceName)
{
    KI_IRQL_MAX(PASSIVE_LEVEL);
    return IopCreateLink(SymbolicLinkName, DeviceName, __builtin_return_address(0));
}

/* Takes a symbolic link away. PASSIVE_LEVEL. STATUS_OBJECT_NAME_NOT_FOUND,
 * STATUS_OBJECT_TYPE_MISMATCH. Page: nf-wdm-iodeletesymboliclink. */
NTSTATUS NTAPI IoDeleteSymbolicLink(PUNICODE_STRING SymbolicLinkName)
{
    NTSTATUS Status = STATUS_SUCCESS;

    KI_IRQL_MAX(PASSIVE_LEVEL);
    HcAcquireLock(&NameLock);
    PIOP_NAME Entry = IopFindName(SymbolicLinkName);
    if (Entry == NULL)
    {
        Status = STATUS_OBJECT_NAME_NOT_FOUND;
    }
    else if (ObpGetObjectType(Entry->Object) != &IopLinkObjectType)
    {
        Status = STATUS_OBJECT_TYPE_MISMATCH;
    }
    else
    {
        RemoveEntryList(&Entry->Link);
    }
    HcReleaseLock(&NameLock);
    if (NT_SUCCESS(Status))
    {
        IopChargeDriver(Entry->Driver, IopChargeSymbolicLink, -1);
        ObfDereferenceObject(Entry->Object);
        HcFree(Entry);
    }
    return Status;
}

#define IOP_LINK_DEPTH 16 /* links to links beyond are a circle */

NTSTATUS IopReferenceDevice(PCUNICODE_STRING Name, PDEVICE_OBJECT *DeviceObject)
{
    NTSTATUS Status = STATUS_OBJECT_NAME_NOT_FOUND;

    *DeviceObject = NULL;
    HcAcquireLock(&NameLock);
    for (ULONG Depth = 0; Depth < IOP_LINK_DEPTH; Depth++)
    {
        PIOP_NAME Entry = IopFindName(Name);
        if (Entry == NULL)
        {
            break;
        }
        if (ObpGetObjectType(Entry->Object) == &IopDeviceObjectType)
        {
            *DeviceObject = Entry->Object;
            ObfReferenceObject(*DeviceObject);
            Status = STATUS_SUCCESS;
            break;
        }
        Name = &((PIOP_LINK)Entry->Object)->Target;
    }
    HcReleaseLock(&NameLock);
    return Status;
}

/* ---- at unload -------------------------------------------------------------------------------------- */

static VOID IopLogName(PCSTR DriverName, const IOP_NAME *Entry)
{
    CHAR Text[128];
    SIZE_T Length = 0;
    for (ULONG Index = 0; Index < Entry->Name.Length / sizeof(WCHAR) && Length + 1 < sizeof(Text); Index++)
    {
        WCHAR Character = Entry->Text[Index];
        Text[Length++] = Character >= 0x20 && Character < 0x7F ? (CHAR)Character : '?';
    }
    Text[Length] = 0;
    HcLog(HcLogWarning, "%s: leaked %s %s", DriverName,
          ObpGetObjectType(Entry->Object) == &IopLinkObjectType ? "symbolic link" : "device", Text);
}

SIZE_T IopReportDevices(PIOP_DRIVER Driver)
{
    SIZE_T Total = (SIZE_T)IopChargedToDriver(Driver, IopChargeDevice) +
                   (SIZE_T)IopChargedToDriver(Driver, IopChargeSymbolicLink);
    SIZE_T Named = 0;

    HcAcquireLock(&NameLock);
    for (PLIST_ENTRY Link = NameList.Flink; Link != &NameList; Link = Link->Flink)
    {
        PIOP_NAME Entry = CONTAINING_RECORD(Link, IOP_NAME, Link);
        if (Entry->Driver == Driver)
        {
            IopLogName(Driver->Name, Entry);
            Named++;
        }
    }
    HcReleaseLock(&NameLock);
    if (Total > Named)
    {
        HcLog(HcLogWarning, "%s: leaked %zu device(s) without a name", Driver->Name, (size_t)(Total - Named));
    }
    return Total;
}

/* Any entry that still names Driver, taken out; NULL when there is none. */
static PIOP_NAME IopTakeName(PIOP_DRIVER Driver)
{
    PIOP_NAME Found = NULL;
    HcAcquireLock(&NameLock);
    for (PLIST_ENTRY Link = NameList.Flink; Link != &NameList && Found == NULL; Link = Link->Flink)
    {
        PIOP_NAME Entry = CONTAINING_RECORD(Link, IOP_NAME, Link);
        if (Entry->Driver == Driver)
        {
            RemoveEntryList(&Entry->Link);
            Found = Entry;
        }
    }
    HcReleaseLock(&NameLock);
    return Found;
}

VOID IopForgetDevices(PIOP_DRIVER Driver)
{
    for (PIOP_NAME Entry; (Entry = IopTakeName(Driver)) != NULL; HcFree(Entry))
    {
        if (ObpGetObjectType(Entry->Object) == &IopLinkObjectType)
        {
            IopChargeDriver(Driver, IopChargeSymbolicLink, -1);
            ObfDereferenceObject(Entry->Object);
        }
    }
    while (Driver->DriverObject->DeviceObject != NULL)
    {
        IopDeleteDevice(Driver->DriverObject->DeviceObject, NULL);
    }
}
