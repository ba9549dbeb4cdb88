// SPDX-License-Identifier: MIT
/*
 * Symbolic links: names that stand for other names. A link's object belongs to its
 * name; handles to it are for those who ask where it leads.
 */
#include "nt/hostcall.h"
#include "nt/iop.h"
#include "nt/ntp.h"

static VOID ObpDestroyLink(PVOID Body)
{
    IopChargeDriver(((POBP_LINK)Body)->Driver, IopChargeSymbolicLink, -1);
}

OBJECT_TYPE ObpLinkType = {.Name = "SymbolicLink", .Destroy = ObpDestroyLink};

static NTSTATUS IopCreateLink(PUNICODE_STRING SymbolicLinkName, PUNICODE_STRING DeviceName, PVOID Caller)
{
    PIOP_DRIVER Driver = IopFindDriver(Caller);
    POBP_LINK Link = ObpCreateObject(&ObpLinkType, sizeof(OBP_LINK) + DeviceName->Length);

    if (Link == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Link->Driver = Driver;
    IopChargeDriver(Driver, IopChargeSymbolicLink, 1);
    Link->Target.Buffer = Link->Text;
    Link->Target.Length = DeviceName->Length;
    Link->Target.MaximumLength = DeviceName->Length;
    RtlCopyMemory(Link->Text, DeviceName->Buffer, DeviceName->Length);
    NTSTATUS Status = ObpInsertName(SymbolicLinkName, Link, Driver);
    if (!NT_SUCCESS(Status))
    {
        ObfDereferenceObject(Link);
    }
    return Status;
}

/* Makes SymbolicLinkName another name of DeviceName, which need not exist; both are
 * copied. PASSIVE_LEVEL. STATUS_OBJECT_NAME_COLLISION. Page: nf-wdm-iocreatesymboliclink. */
NTSTATUS NTAPI IoCreateSymbolicLink(PUNICODE_STRING SymbolicLinkName, PUNICODE_STRING DeviceName)
{
    KI_IRQL_MAX(PASSIVE_LEVEL);
    return IopCreateLink(SymbolicLinkName, DeviceName, __builtin_return_address(0));
}

/* The same; there is no protection to leave out. Page: nf-ntddk-iocreateunprotectedsymboliclink. */
NTSTATUS NTAPI IoCreateUnprotectedSymbolicLink(PUNICODE_STRING SymbolicLinkName, PUNICODE_STRING DeviceName)
{
    KI_IRQL_MAX(PASSIVE_LEVEL);
    return IopCreateLink(SymbolicLinkName, DeviceName, __builtin_return_address(0));
}

/* Takes a symbolic link away. PASSIVE_LEVEL. STATUS_OBJECT_NAME_NOT_FOUND,
 * STATUS_OBJECT_TYPE_MISMATCH. Page: nf-wdm-iodeletesymboliclink. */
NTSTATUS NTAPI IoDeleteSymbolicLink(PUNICODE_STRING SymbolicLinkName)
{
    PVOID Link;

    KI_IRQL_MAX(PASSIVE_LEVEL);
    NTSTATUS Status = ObpReferenceName(SymbolicLinkName, &ObpLinkType, &Link, NULL);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    if (ObpRemoveName(Link))
    {
        ObfDereferenceObject(Link); /* the name's */
    }
    ObfDereferenceObject(Link);
    return STATUS_SUCCESS;
}

/* A handle to the link itself, for ZwQuerySymbolicLinkObject. PASSIVE_LEVEL.
 * STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_TYPE_MISMATCH. Page:
 * nf-wdm-zwopensymboliclinkobject. */
NTSTATUS NTAPI ZwOpenSymbolicLinkObject(PHANDLE LinkHandle, ACCESS_MASK DesiredAccess,
                                        POBJECT_ATTRIBUTES ObjectAttributes)
{
    PVOID Link;

    UNREFERENCED_PARAMETER(DesiredAccess);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    NTSTATUS Status = ObpCheckAttributes(ObjectAttributes);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    Status = ObpReferenceName(ObjectAttributes->ObjectName, &ObpLinkType, &Link, NULL);
    if (NT_SUCCESS(Status))
    {
        Status = ObpInsertHandleFor(Link, LinkHandle, __builtin_return_address(0));
        ObfDereferenceObject(Link);
    }
    return Status;
}

/* Where a link leads, into the caller's LinkTarget->Buffer. *ReturnedLength (may be
 * NULL) counts a terminating zero, which is stored where there is room for it.
 * PASSIVE_LEVEL. STATUS_BUFFER_TOO_SMALL. Page: nf-wdm-zwquerysymboliclinkobject. */
NTSTATUS NTAPI ZwQuerySymbolicLinkObject(HANDLE LinkHandle, PUNICODE_STRING LinkTarget, PULONG ReturnedLength)
{
    PVOID Body;

    KI_IRQL_MAX(PASSIVE_LEVEL);
    NTSTATUS Status = ObpReferenceHandle(LinkHandle, &ObpLinkType, &Body);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    PUNICODE_STRING Target = &((POBP_LINK)Body)->Target;
    USHORT Needed = Target->Length + (USHORT)(ReturnedLength != NULL ? sizeof(WCHAR) : 0);
    if (ReturnedLength != NULL)
    {
        *ReturnedLength = Target->Length + (ULONG)sizeof(WCHAR);
    }
    if (LinkTarget->MaximumLength < Needed)
    {
        Status = STATUS_BUFFER_TOO_SMALL;
    }
    else
    {
        RtlCopyUnicodeString(LinkTarget, Target);
    }
    ObfDereferenceObject(Body);
    return Status;
}
