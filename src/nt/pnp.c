// SPDX-License-Identifier: MIT
/*
 * Plug and Play, of which there is none: no bus reports devices, AddDevice is never
 * called, so no device object is a physical one. These functions say so, as Windows
 * does to a driver that passes them a device of its own.
 */
#include "nt/expp.h"
#include "nt/ntp.h"

#define IOP_INTERFACES_TAG 'fIoI'

/* STATUS_INVALID_DEVICE_REQUEST: PhysicalDeviceObject is no physical device object.
 * PASSIVE_LEVEL. Page: nf-wdm-ioregisterdeviceinterface. */
NTSTATUS NTAPI IoRegisterDeviceInterface(PDEVICE_OBJECT PhysicalDeviceObject, const GUID *InterfaceClassGuid,
                                         PUNICODE_STRING ReferenceString, PUNICODE_STRING SymbolicLinkName)
{
    UNREFERENCED_PARAMETER(PhysicalDeviceObject);
    UNREFERENCED_PARAMETER(InterfaceClassGuid);
    UNREFERENCED_PARAMETER(ReferenceString);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    RtlZeroMemory(SymbolicLinkName, sizeof(*SymbolicLinkName));
    return STATUS_INVALID_DEVICE_REQUEST; /* DIV-42 */
}

/* STATUS_OBJECT_NAME_NOT_FOUND: no interface is registered under that name.
 * PASSIVE_LEVEL. Page: nf-wdm-iosetdeviceinterfacestate. */
NTSTATUS NTAPI IoSetDeviceInterfaceState(PUNICODE_STRING SymbolicLinkName, BOOLEAN Enable)
{
    UNREFERENCED_PARAMETER(SymbolicLinkName);
    UNREFERENCED_PARAMETER(Enable);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    return STATUS_OBJECT_NAME_NOT_FOUND;
}

/* An empty list, one zero character, which the caller frees with ExFreePool.
 * PASSIVE_LEVEL. STATUS_INSUFFICIENT_RESOURCES. Page: nf-wdm-iogetdeviceinterfaces. */
NTSTATUS NTAPI IoGetDeviceInterfaces(const GUID *InterfaceClassGuid, PDEVICE_OBJECT PhysicalDeviceObject, ULONG Flags,
                                     PZZWSTR *SymbolicLinkList)
{
    UNREFERENCED_PARAMETER(InterfaceClassGuid);
    UNREFERENCED_PARAMETER(PhysicalDeviceObject);
    UNREFERENCED_PARAMETER(Flags);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    *SymbolicLinkList = ExpAllocateBlock(ExpKindPool, sizeof(WCHAR), IOP_INTERFACES_TAG, EXP_BLOCK_PAGED,
                                         __builtin_return_address(0));
    if (*SymbolicLinkList == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    **SymbolicLinkList = 0;
    return STATUS_SUCCESS;
}

/* STATUS_INVALID_DEVICE_REQUEST: DeviceObject is no physical device object.
 * PASSIVE_LEVEL. Page: nf-wdm-iogetdeviceproperty. */
NTSTATUS NTAPI IoGetDeviceProperty(PDEVICE_OBJECT DeviceObject, DEVICE_REGISTRY_PROPERTY DeviceProperty,
                                   ULONG BufferLength, PVOID PropertyBuffer, PULONG ResultLength)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(DeviceProperty);
    UNREFERENCED_PARAMETER(BufferLength);
    UNREFERENCED_PARAMETER(PropertyBuffer);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    *ResultLength = 0;
    return STATUS_INVALID_DEVICE_REQUEST;
}
