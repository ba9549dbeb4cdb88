// SPDX-License-Identifier: MIT
/* DriverUnload waits for an event that nobody sets. */
#include <ntddk.h>

static DECLSPEC_NOINLINE VOID WaitForNobody(VOID)
{
    KEVENT Never;

    KeInitializeEvent(&Never, NotificationEvent, FALSE);
    KeWaitForSingleObject(&Never, Executive, KernelMode, FALSE, NULL);
    DbgPrint("not reached\n");
}

static VOID HangsUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    WaitForNobody();
    DbgPrint("not reached\n");
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = HangsUnload;
    return STATUS_SUCCESS;
}
