// SPDX-License-Identifier: MIT
/*
 * Events with handles, and with names if wanted: KEVENTs that are objects. A named
 * one keeps its name until its last handle is closed.
 */
#include "nt/hostcall.h"
#include "nt/iop.h"
#include "nt/ntp.h"

static VOID ExpUnnameEvent(PVOID Body)
{
    ObpRemoveName(Body);
}

static OBJECT_TYPE ExpEventType = {
    .Name = "Event", .Destroy = ExpUnnameEvent, .Close = ExpUnnameEvent, .Waitable = TRUE, .WaitOffset = 0};
static POBJECT_TYPE ExpEventTypePointer = &ExpEventType;
POBJECT_TYPE *ExEventObjectType = &ExpEventTypePointer;

/* ---- making and opening ---------------------------------------------------------------- */

/* A handle to a new event, or with OpenIf to the one of that name
 * (STATUS_OBJECT_NAME_EXISTS). *Event is what the handle keeps alive. */
static NTSTATUS ExpMakeEvent(PUNICODE_STRING Name, BOOLEAN OpenIf, EVENT_TYPE Type, BOOLEAN State, PHANDLE Handle,
                             PKEVENT *Event, PVOID Caller)
{
    PVOID Body = ObpCreateObject(&ExpEventType, sizeof(KEVENT));
    NTSTATUS Status = STATUS_SUCCESS;

    if (Body == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    KeInitializeEvent(Body, Type, State);
    if (Name != NULL)
    {
        Status = ObpInsertName(Name, Body, IopFindDriver(Caller));
    }
    if (Status == STATUS_OBJECT_NAME_COLLISION && OpenIf)
    {
        ObfDereferenceObject(Body);
        Status = ObpReferenceName(Name, &ExpEventType, &Body, NULL);
        if (!NT_SUCCESS(Status))
        {
            return Status;
        }
        Status = STATUS_OBJECT_NAME_EXISTS;
    }
    if (NT_SUCCESS(Status))
    {
        NTSTATUS Inserted = ObpInsertHandleFor(Body, Handle, Caller);
        Status = NT_SUCCESS(Inserted) ? Status : Inserted;
    }
    *Event = Body;
    ObfDereferenceObject(Body);
    return Status;
}

/* A handle to a new event, or to the one of that name when ObjectAttributes (may be
 * NULL) say OBJ_OPENIF. PASSIVE_LEVEL. STATUS_OBJECT_NAME_EXISTS (a success),
 * STATUS_OBJECT_NAME_COLLISION, STATUS_OBJECT_PATH_NOT_FOUND,
 * STATUS_INVALID_PARAMETER. Page: nf-ntifs-zwcreateevent. */
NTSTATUS NTAPI ZwCreateEvent(PHANDLE EventHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
                             EVENT_TYPE EventType, BOOLEAN InitialState)
{
    PUNICODE_STRING Name = NULL;
    PKEVENT Event;

    UNREFERENCED_PARAMETER(DesiredAccess);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    if (EventType != NotificationEvent && EventType != SynchronizationEvent)
    {
        return STATUS_INVALID_PARAMETER;
    }
    if (ObjectAttributes != NULL && ObjectAttributes->ObjectName != NULL)
    {
        NTSTATUS Status = ObpCheckAttributes(ObjectAttributes);
        if (!NT_SUCCESS(Status))
        {
            return Status;
        }
        Name = ObjectAttributes->ObjectName;
    }
    return ExpMakeEvent(Name, Name != NULL && (ObjectAttributes->Attributes & OBJ_OPENIF) != 0, EventType,
                        InitialState, EventHandle, &Event, __builtin_return_address(0));
}

/* A handle to the event of that name. PASSIVE_LEVEL. STATUS_OBJECT_NAME_NOT_FOUND,
 * STATUS_OBJECT_TYPE_MISMATCH. Page: nf-ntddk-zwopenevent. */
NTSTATUS NTAPI ZwOpenEvent(PHANDLE EventHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes)
{
    PVOID Body;

    UNREFERENCED_PARAMETER(DesiredAccess);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    NTSTATUS Status = ObpCheckAttributes(ObjectAttributes);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    Status = ObpReferenceName(ObjectAttributes->ObjectName, &ExpEventType, &Body, NULL);
    if (NT_SUCCESS(Status))
    {
        Status = ObpInsertHandleFor(Body, EventHandle, __builtin_return_address(0));
        ObfDereferenceObject(Body);
    }
    return Status;
}

static PKEVENT ExpCreateNamed(PUNICODE_STRING Name, EVENT_TYPE Type, PHANDLE Handle, PVOID Caller)
{
    PKEVENT Event = NULL;
    return NT_SUCCESS(ExpMakeEvent(Name, TRUE, Type, TRUE, Handle, &Event, Caller)) ? Event : NULL;
}

/* The event of that name, made signalled if it is new; valid until *EventHandle is
 * closed. NULL on failure. PASSIVE_LEVEL. Page: nf-wdm-iocreatenotificationevent. */
PKEVENT NTAPI IoCreateNotificationEvent(PUNICODE_STRING EventName, PHANDLE EventHandle)
{
    KI_IRQL_MAX(PASSIVE_LEVEL);
    return ExpCreateNamed(EventName, NotificationEvent, EventHandle, __builtin_return_address(0));
}

/* The same. Page: nf-wdm-iocreatesynchronizationevent. */
PKEVENT NTAPI IoCreateSynchronizationEvent(PUNICODE_STRING EventName, PHANDLE EventHandle)
{
    KI_IRQL_MAX(PASSIVE_LEVEL);
    return ExpCreateNamed(EventName, SynchronizationEvent, EventHandle, __builtin_return_address(0));
}

/* ---- by handle --------------------------------------------------------------------------- */

static NTSTATUS ExpChangeEvent(HANDLE Handle, PLONG PreviousState, BOOLEAN Set)
{
    PVOID Body;

    NTSTATUS Status = ObpReferenceHandle(Handle, &ExpEventType, &Body);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    LONG Previous = Set ? KeSetEvent(Body, IO_NO_INCREMENT, FALSE) : KeResetEvent(Body);
    if (PreviousState != NULL)
    {
        *PreviousState = Previous;
    }
    ObfDereferenceObject(Body);
    return STATUS_SUCCESS;
}

/* Sets the event to signalled. PASSIVE_LEVEL. STATUS_INVALID_HANDLE,
 * STATUS_OBJECT_TYPE_MISMATCH. Page: nf-ntifs-zwsetevent. */
NTSTATUS NTAPI ZwSetEvent(HANDLE EventHandle, PLONG PreviousState)
{
    KI_IRQL_MAX(PASSIVE_LEVEL);
    return ExpChangeEvent(EventHandle, PreviousState, TRUE);
}

/* The opposite of ZwSetEvent. */
NTSTATUS NTAPI ZwResetEvent(HANDLE EventHandle, PLONG PreviousState)
{
    KI_IRQL_MAX(PASSIVE_LEVEL);
    return ExpChangeEvent(EventHandle, PreviousState, FALSE);
}

/* As ZwResetEvent. */
NTSTATUS NTAPI ZwClearEvent(HANDLE EventHandle)
{
    KI_IRQL_MAX(PASSIVE_LEVEL);
    return ExpChangeEvent(EventHandle, NULL, FALSE);
}
