// SPDX-License-Identifier: MIT
/* The smallest driver. */
#include <ntddk.h>

static VOID HelloUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    DbgPrint("good bye\n");
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    DbgPrint("at %wZ\n", RegistryPath);
    DriverObject->DriverUnload = HelloUnload;
    return STATUS_SUCCESS;
}
