// SPDX-License-Identifier: MIT
/*
 * Callback objects: a list of routines under a name, called by whoever notifies.
 * A routine that is being unregistered is waited for, so that its memory may go.
 */
#include "nt/hostcall.h"
#include "nt/iop.h"
#include "nt/ntp.h"

/*
 * A routine in the list.
 * Owner: who registered it, until ExUnregisterCallback. Lock: the object's.
 */
typedef struct _EXP_REGISTRATION
{
    LIST_ENTRY Link;
    struct _CALLBACK_OBJECT *Object; /* with a reference */
    PCALLBACK_FUNCTION Function;     /* immutable */
    PVOID Context;                   /* immutable */
    ULONG Running;                   /* calls that are inside it */
    PKEVENT Idle;                    /* the unregistering thread's, set when Running is 0 again */
} EXP_REGISTRATION, *PEXP_REGISTRATION;

typedef struct _CALLBACK_OBJECT
{
    HC_LOCK Lock;
    LIST_ENTRY Registrations; /* Lock; in the order they were made */
    BOOLEAN Multiple;         /* immutable */
} CALLBACK_OBJECT;

static VOID ExpDestroyCallback(PVOID Body)
{
    ObpRemoveName(Body);
}

static OBJECT_TYPE ExpCallbackType = {.Name = "Callback", .Destroy = ExpDestroyCallback};

/* The object of that name, or with Create a new one, which lasts as long as it is
 * referenced; the caller gives it back with ObDereferenceObject. PASSIVE_LEVEL.
 * STATUS_UNSUCCESSFUL: no name; STATUS_OBJECT_NAME_NOT_FOUND and the others of
 * names. Page: nf-wdm-excreatecallback. */
NTSTATUS NTAPI ExCreateCallback(PCALLBACK_OBJECT *CallbackObject, POBJECT_ATTRIBUTES ObjectAttributes, BOOLEAN Create,
                                BOOLEAN AllowMultipleCallbacks)
{
    PVOID Body;

    KI_IRQL_MAX(PASSIVE_LEVEL);
    *CallbackObject = NULL;
    if (ObjectAttributes == NULL || ObjectAttributes->ObjectName == NULL)
    {
        return STATUS_UNSUCCESSFUL;
    }
    NTSTATUS Status = ObpCheckAttributes(ObjectAttributes);
    while (NT_SUCCESS(Status))
    {
        Status = ObpReferenceName(ObjectAttributes->ObjectName, &ExpCallbackType, &Body, NULL);
        if (Status != STATUS_OBJECT_NAME_NOT_FOUND || !Create)
        {
            *CallbackObject = Body;
            return Status;
        }
        PCALLBACK_OBJECT Object = ObpCreateObject(&ExpCallbackType, sizeof(CALLBACK_OBJECT));
        if (Object == NULL)
        {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        InitializeListHead(&Object->Registrations);
        Object->Multiple = AllowMultipleCallbacks;
        Status = ObpInsertName(ObjectAttributes->ObjectName, Object, IopFindDriver(__builtin_return_address(0)));
        if (NT_SUCCESS(Status))
        {
            *CallbackObject = Object;
            return STATUS_SUCCESS;
        }
        ObfDereferenceObject(Object);
        if (Status == STATUS_OBJECT_NAME_COLLISION)
        {
            Status = STATUS_SUCCESS; /* somebody else was faster: open that one */
        }
    }
    return Status;
}

/* A registration for ExUnregisterCallback; NULL when the object allows one only and
 * has it, or memory is short. IRQL <= APC_LEVEL. Page: nf-wdm-exregistercallback. */
PVOID NTAPI ExRegisterCallback(PCALLBACK_OBJECT CallbackObject, PCALLBACK_FUNCTION CallbackFunction,
                               PVOID CallbackContext)
{
    KI_IRQL_MAX(APC_LEVEL);
    PEXP_REGISTRATION Registration = HcAllocateZero(sizeof(EXP_REGISTRATION));
    if (Registration == NULL)
    {
        return NULL;
    }
    ObfReferenceObject(CallbackObject);
    Registration->Object = CallbackObject;
    Registration->Function = CallbackFunction;
    Registration->Context = CallbackContext;
    HcAcquireLock(&CallbackObject->Lock);
    BOOLEAN Taken = !CallbackObject->Multiple && !IsListEmpty(&CallbackObject->Registrations);
    if (!Taken)
    {
        InsertTailList(&CallbackObject->Registrations, &Registration->Link);
    }
    HcReleaseLock(&CallbackObject->Lock);
    if (Taken)
    {
        ObfDereferenceObject(CallbackObject);
        HcFree(Registration);
        return NULL;
    }
    return Registration;
}

/* Takes a routine out, and waits until no call is inside it: so it is not called from
 * the routine itself. IRQL <= APC_LEVEL. Page: nf-wdm-exunregistercallback. */
VOID NTAPI ExUnregisterCallback(PVOID CallbackRegistration)
{
    PEXP_REGISTRATION Registration = CallbackRegistration;
    PCALLBACK_OBJECT Object = Registration->Object;
    KEVENT Idle;

    KI_IRQL_MAX(APC_LEVEL);
    KeInitializeEvent(&Idle, NotificationEvent, FALSE);
    HcAcquireLock(&Object->Lock);
    BOOLEAN Wait = Registration->Running != 0;
    if (Wait)
    {
        Registration->Idle = &Idle;
    }
    else
    {
        RemoveEntryList(&Registration->Link);
    }
    HcReleaseLock(&Object->Lock);
    if (Wait)
    {
        KeWaitForSingleObject(&Idle, Executive, KernelMode, FALSE, NULL);
    }
    HcFree(Registration);
    ObfDereferenceObject(Object);
}

/* Calls the registered routines, in the order of their registration, at the caller's
 * IRQL, which is <= DISPATCH_LEVEL. Page: nf-wdm-exnotifycallback. */
VOID NTAPI ExNotifyCallback(PVOID CallbackObject, PVOID Argument1, PVOID Argument2)
{
    PCALLBACK_OBJECT Object = CallbackObject;

    KI_IRQL_MAX(DISPATCH_LEVEL);
    HcAcquireLock(&Object->Lock);
    for (PLIST_ENTRY Link = Object->Registrations.Flink, Next; Link != &Object->Registrations; Link = Next)
    {
        PEXP_REGISTRATION Registration = CONTAINING_RECORD(Link, EXP_REGISTRATION, Link);
        PKEVENT Idle = NULL;
        if (Registration->Idle != NULL)
        {
            Next = Link->Flink; /* it is on its way out */
            continue;
        }
        Registration->Running++;
        HcReleaseLock(&Object->Lock);
        Registration->Function(Registration->Context, Argument1, Argument2);
        HcAcquireLock(&Object->Lock);
        Next = Link->Flink;
        if (--Registration->Running == 0 && Registration->Idle != NULL)
        {
            Idle = Registration->Idle;
            RemoveEntryList(Link);
        }
        if (Idle != NULL)
        {
            KeSetEvent(Idle, IO_NO_INCREMENT, FALSE);
        }
    }
    HcReleaseLock(&Object->Lock);
}
