// SPDX-License-Identifier: MIT
/* Reads its settings from the registry, as drivers do, and counts its starts there. */
#include <ntddk.h>

static DRIVER_UNLOAD SettingsUnload;
DRIVER_INITIALIZE DriverEntry;

static VOID SettingsUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

static ULONG ReadNumber(HANDLE Key, PCWSTR Text, ULONG Default)
{
    UCHAR Buffer[sizeof(KEY_VALUE_PARTIAL_INFORMATION) + sizeof(ULONG)];
    PKEY_VALUE_PARTIAL_INFORMATION Info = (PKEY_VALUE_PARTIAL_INFORMATION)Buffer;
    UNICODE_STRING Name;
    ULONG Length;

    RtlInitUnicodeString(&Name, Text);
    if (!NT_SUCCESS(ZwQueryValueKey(Key, &Name, KeyValuePartialInformation, Info, sizeof(Buffer), &Length)) ||
        Info->Type != REG_DWORD)
    {
        return Default;
    }
    return *(PULONG)Info->Data;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING Text = {0, 0, NULL};
    RTL_QUERY_REGISTRY_TABLE Table[2] = {
        {.Flags = RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_TYPECHECK, .Name = L"Greeting", .EntryContext = &Text,
         .DefaultType = (REG_SZ << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT) | REG_SZ, .DefaultData = L"none"}};
    OBJECT_ATTRIBUTES Attributes;
    UNICODE_STRING Name;
    HANDLE Service, Parameters;

    DriverObject->DriverUnload = SettingsUnload;
    InitializeObjectAttributes(&Attributes, RegistryPath, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, NULL, NULL);
    NTSTATUS Status = ZwOpenKey(&Service, KEY_READ, &Attributes);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    RtlInitUnicodeString(&Name, L"Parameters");
    InitializeObjectAttributes(&Attributes, &Name, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, Service, NULL);
    Status = ZwOpenKey(&Parameters, KEY_ALL_ACCESS, &Attributes);
    ZwClose(Service);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    ULONG Starts = ReadNumber(Parameters, L"Starts", 0) + 1;
    RtlInitUnicodeString(&Name, L"Starts");
    Status = ZwSetValueKey(Parameters, &Name, 0, REG_DWORD, &Starts, sizeof(Starts));
    if (NT_SUCCESS(Status))
    {
        Status = RtlQueryRegistryValues(RTL_REGISTRY_HANDLE, (PCWSTR)Parameters, Table, NULL, NULL);
    }
    if (NT_SUCCESS(Status))
    {
        DbgPrint("start %u, greeting \"%wZ\", depth %u\n", ReadNumber(Parameters, L"Starts", 0), &Text,
                 ReadNumber(Parameters, L"Depth", 1));
        RtlFreeUnicodeString(&Text);
    }
    ZwClose(Parameters);
    return Status;
}
