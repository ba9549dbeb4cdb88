// SPDX-License-Identifier: MIT
/* Calls what kernel code does not have, and what nobody has. */
#include <ntddk.h>

int puts(const char *Text);
NTSTATUS Misspelt(VOID);

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    return puts("") + Misspelt();
}
