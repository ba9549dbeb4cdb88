// SPDX-License-Identifier: MIT
/* Leaves a block of pool behind. */
#include <ntddk.h>

static PVOID Forgotten;

static VOID LeakyUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = LeakyUnload;
    Forgotten = ExAllocatePool2(POOL_FLAG_NON_PAGED, 100, 0x6B61654C);
    return Forgotten != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}
