// SPDX-License-Identifier: MIT
/* Catches its own access fault; locals that the handler reads are volatile. */
#include <ntddk.h>

static VOID GuardUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    volatile NTSTATUS Caught = STATUS_SUCCESS;

    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = GuardUnload;
    __try
    {
        *(volatile ULONG *)0x18 = 1;
    }
    __except (EXCEPTION_EXECUTE_HANDLER)
    {
        Caught = GetExceptionCode();
    }
    DbgPrint("caught 0x%08X\n", Caught);
    return Caught == STATUS_ACCESS_VIOLATION ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
