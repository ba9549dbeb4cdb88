// SPDX-License-Identifier: MIT
/* Uses a null pointer, on a thread of the kernel's, two calls deep. */
#include <ntddk.h>

static KDPC Dpc;

static DECLSPEC_NOINLINE VOID WriteThrough(volatile ULONG *Pointer)
{
    *Pointer = 1;
}

static VOID CrashingDpc(PKDPC Self, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Self);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    WriteThrough(Context);
    DbgPrint("not reached\n");
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeDpc(&Dpc, CrashingDpc, (PVOID)0x18);
    KeInsertQueueDpc(&Dpc, NULL, NULL);
    return STATUS_SUCCESS;
}
