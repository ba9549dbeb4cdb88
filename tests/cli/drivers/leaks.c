// SPDX-License-Identifier: MIT
/* Leaves pool memory and an IRP behind. */
#include <ntddk.h>

static DECLSPEC_NOINLINE PVOID LoseMemory(VOID)
{
    return ExAllocatePool2(POOL_FLAG_NON_PAGED, 123, 'kaeL');
}

static VOID LeaksUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    volatile PVOID Lost = LoseMemory();

    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = LeaksUnload;
    Lost = IoAllocateIrp(1, FALSE);
    return Lost ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}
