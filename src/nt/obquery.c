// SPDX-License-Identifier: MIT
/*
 * What can be done with any object through its pointer or handle: handles made and
 * closed, names asked for, waits.
 */
#include "nt/hostcall.h"
#include "nt/iop.h"
#include "nt/ntp.h"

/* A handle to Object, which the caller closes with ZwClose. HandleAttributes and
 * access rights change nothing. PASSIVE_LEVEL. STATUS_OBJECT_TYPE_MISMATCH,
 * STATUS_INSUFFICIENT_RESOURCES. Page: nf-ntifs-obopenobjectbypointer. */
NTSTATUS NTAPI ObOpenObjectByPointer(PVOID Object, ULONG HandleAttributes, PVOID PassedAccessState,
                                     ACCESS_MASK DesiredAccess, POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode,
                                     PHANDLE Handle)
{
    UNREFERENCED_PARAMETER(PassedAccessState);
    UNREFERENCED_PARAMETER(DesiredAccess);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    if ((HandleAttributes & ~(ULONG)OBJ_VALID_ATTRIBUTES) != 0)
    {
        return STATUS_INVALID_PARAMETER;
    }
    NTSTATUS Status = ObReferenceObjectByPointer(Object, DesiredAccess, ObjectType, AccessMode);
    if (NT_SUCCESS(Status))
    {
        Status = ObpInsertHandleFor(Object, Handle, __builtin_return_address(0));
        ObfDereferenceObject(Object);
    }
    return Status;
}

/* As ZwClose. Page: nf-ntifs-obclosehandle. */
NTSTATUS NTAPI ObCloseHandle(HANDLE Handle, KPROCESSOR_MODE PreviousMode)
{
    UNREFERENCED_PARAMETER(PreviousMode);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    return ZwClose(Handle);
}

/* The object's full name, its characters behind the structure and terminated; an
 * object without one gives an empty string. *ReturnLength is what is needed, in
 * either case. PASSIVE_LEVEL. STATUS_INFO_LENGTH_MISMATCH. Page:
 * nf-ntifs-obquerynamestring. */
NTSTATUS NTAPI ObQueryNameString(PVOID Object, POBJECT_NAME_INFORMATION ObjectNameInfo, ULONG Length,
                                 PULONG ReturnLength)
{
    POBJECT_TYPE Type = ObpGetObjectType(Object);
    PWSTR Text = (PWSTR)(ObjectNameInfo + 1);
    ULONG Room = Length > sizeof(*ObjectNameInfo) ? Length - (ULONG)sizeof(*ObjectNameInfo) : 0;
    ULONG Bytes;

    KI_IRQL_MAX(PASSIVE_LEVEL);
    (Type->QueryName != NULL ? Type->QueryName : ObpQueryName)(Object, Text, Room, &Bytes);
    *ReturnLength = (ULONG)sizeof(*ObjectNameInfo) + (Bytes != 0 ? Bytes + (ULONG)sizeof(WCHAR) : 0);
    if (Length < *ReturnLength)
    {
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    ObjectNameInfo->Name.Length = (USHORT)Bytes;
    ObjectNameInfo->Name.MaximumLength = Bytes != 0 ? (USHORT)(Bytes + sizeof(WCHAR)) : 0;
    ObjectNameInfo->Name.Buffer = Bytes != 0 ? Text : NULL;
    if (Bytes != 0)
    {
        Text[Bytes / sizeof(WCHAR)] = 0;
    }
    return STATUS_SUCCESS;
}

/* ---- waiting for handles -------------------------------------------------------------- */

/* The body behind a handle with a reference, and in it what can be waited for. */
static NTSTATUS ObpReferenceWaitable(HANDLE Handle, PVOID *Body, PVOID *Header)
{
    NTSTATUS Status = ObpReferenceHandle(Handle, NULL, Body);

    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    POBJECT_TYPE Type = ObpGetObjectType(*Body);
    if (!Type->Waitable)
    {
        ObfDereferenceObject(*Body);
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    *Header = (PUCHAR)*Body + Type->WaitOffset;
    return STATUS_SUCCESS;
}

/* Waits for an event, a thread or a file. Nothing alerts a thread here. IRQL:
 * PASSIVE_LEVEL. STATUS_TIMEOUT, STATUS_INVALID_HANDLE,
 * STATUS_OBJECT_TYPE_MISMATCH. Page: nf-ntifs-zwwaitforsingleobject. */
NTSTATUS NTAPI ZwWaitForSingleObject(HANDLE Handle, BOOLEAN Alertable, PLARGE_INTEGER Timeout)
{
    PVOID Body;
    PVOID Header;

    KI_IRQL_MAX(PASSIVE_LEVEL);
    NTSTATUS Status = ObpReferenceWaitable(Handle, &Body, &Header);
    if (NT_SUCCESS(Status))
    {
        Status = KeWaitForSingleObject(Header, UserRequest, KernelMode, Alertable, Timeout);
        ObfDereferenceObject(Body);
    }
    return Status;
}

/* As ZwWaitForSingleObject for several handles; with WaitAny the status says which.
 * PASSIVE_LEVEL. STATUS_INVALID_PARAMETER_1: none, or more than 64. Page:
 * nf-ntifs-zwwaitformultipleobjects. */
NTSTATUS NTAPI ZwWaitForMultipleObjects(ULONG Count, HANDLE Handles[], WAIT_TYPE WaitType, BOOLEAN Alertable,
                                        PLARGE_INTEGER Timeout)
{
    PVOID Bodies[MAXIMUM_WAIT_OBJECTS];
    PVOID Headers[MAXIMUM_WAIT_OBJECTS];
    KWAIT_BLOCK Blocks[MAXIMUM_WAIT_OBJECTS];
    NTSTATUS Status = STATUS_SUCCESS;
    ULONG Held = 0;

    KI_IRQL_MAX(PASSIVE_LEVEL);
    if (Count == 0 || Count > MAXIMUM_WAIT_OBJECTS)
    {
        return STATUS_INVALID_PARAMETER_1;
    }
    while (Held < Count && NT_SUCCESS(Status))
    {
        Status = ObpReferenceWaitable(Handles[Held], &Bodies[Held], &Headers[Held]);
        Held += NT_SUCCESS(Status);
    }
    if (NT_SUCCESS(Status))
    {
        Status = KeWaitForMultipleObjects(Count, Headers, WaitType, UserRequest, KernelMode, Alertable, Timeout, Blocks);
    }
    while (Held != 0)
    {
        ObfDereferenceObject(Bodies[--Held]);
    }
    return Status;
}
