// SPDX-License-Identifier: MIT
/* Runs out of stack. */
#include <ntddk.h>

static DECLSPEC_NOINLINE ULONG Deeper(volatile ULONG *Level)
{
    volatile ULONG Here[64];

    Here[0] = *Level + 1;
    return Deeper(Here) + Here[1];
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    volatile ULONG Start = 0;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    return Deeper(&Start) ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
