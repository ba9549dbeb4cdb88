// SPDX-License-Identifier: MIT
/*
 * WskControlClient: control operations on a registration. Requirements
 * CLI-01..37, AMB-22, AMB-23, AMB-42, AMB-48.
 */
#include "wsk/request.h"

typedef struct _WSKP_CLIENT_CONTROL
{
    SIZE_T InputSize;
    PVOID InputBuffer;
    SIZE_T OutputSize;
    PVOID OutputBuffer;
    SIZE_T *OutputSizeReturned;
    PIRP Irp;
} WSKP_CLIENT_CONTROL, *PWSKP_CLIENT_CONTROL;

static BOOLEAN HasNoOutput(const WSKP_CLIENT_CONTROL *Control)
{
    return Control->OutputSize == 0 && Control->OutputBuffer == NULL;
}

static BOOLEAN HasInput(const WSKP_CLIENT_CONTROL *Control, SIZE_T Size)
{
    return Control->InputSize == Size && (Size == 0) == (Control->InputBuffer == NULL);
}

/* AMB-23: these come before the first socket. */
static BOOLEAN HadSocket(PWSKP_CLIENT Client)
{
    BOOLEAN Had;

    KeAcquireSpinLockAtDpcLevel(&Client->Lock);
    Had = Client->SocketCreated;
    KeReleaseSpinLockFromDpcLevel(&Client->Lock);
    return Had;
}

/* ---- transports ---------------------------------------------------------------------- */

/* One for all entries, as they are one transport: {6C3B5F2E-9D0A-4B57-8F7C-2E1B54C86A31}. */
#define WSKP_PROVIDER_GUID {0x6C3B5F2E, 0x9D0A, 0x4B57, {0x8F, 0x7C, 0x2E, 0x1B, 0x54, 0xC8, 0x6A, 0x31}}

/* DIV-9: raw sockets are not among them. */
static const WSK_TRANSPORT Transports[] = {
    {0, SOCK_STREAM, IPPROTO_TCP, AF_INET, WSKP_PROVIDER_GUID},
    {0, SOCK_STREAM, IPPROTO_TCP, AF_INET6, WSKP_PROVIDER_GUID},
    {0, SOCK_DGRAM, IPPROTO_UDP, AF_INET, WSKP_PROVIDER_GUID},
    {0, SOCK_DGRAM, IPPROTO_UDP, AF_INET6, WSKP_PROVIDER_GUID},
};

static NTSTATUS QueryTransports(PWSKP_CLIENT_CONTROL Control)
{
    if (!HasInput(Control, 0) || Control->OutputSizeReturned == NULL ||
        (Control->OutputSize == 0) != (Control->OutputBuffer == NULL))
    {
        return STATUS_INVALID_PARAMETER;
    }
    *Control->OutputSizeReturned = sizeof(Transports);
    if (Control->OutputSize < sizeof(Transports))
    {
        return STATUS_BUFFER_OVERFLOW;
    }
    RtlCopyMemory(Control->OutputBuffer, Transports, sizeof(Transports));
    return STATUS_SUCCESS;
}

/* A list change never comes (CLI-18): the request waits to be cancelled. */
static VOID NTAPI CancelListChange(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PWSKP_CLIENT Client = WskpRequest(Irp)->Client;
    KIRQL OldIrql;

    UNREFERENCED_PARAMETER(DeviceObject);
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    KeAcquireSpinLock(&Client->Lock, &OldIrql);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
    KeReleaseSpinLockFromDpcLevel(&Client->Lock);
    WskpCompleteLater(Irp, STATUS_CANCELLED, 0);
    KeLowerIrql(OldIrql);
}

/* The lock is held. TRUE: it is nobody else's to complete; taken off the list. */
static BOOLEAN TakeListChange(PIRP Irp)
{
    if (IoSetCancelRoutine(Irp, NULL) == NULL)
    {
        return FALSE; /* CancelListChange waits for the lock */
    }
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
    return TRUE;
}

static NTSTATUS WaitForListChange(PWSKP_CLIENT Client, PWSKP_CLIENT_CONTROL Control)
{
    PIRP Irp = Control->Irp;
    BOOLEAN Taken = FALSE;

    if (Irp == NULL || !HasInput(Control, 0) || !HasNoOutput(Control) || Control->OutputSizeReturned != NULL)
    {
        return STATUS_INVALID_PARAMETER;
    }
    IoMarkIrpPending(Irp);
    KeAcquireSpinLockAtDpcLevel(&Client->Lock);
    InsertTailList(&Client->ListChangeIrps, &Irp->Tail.Overlay.ListEntry);
    IoSetCancelRoutine(Irp, CancelListChange);
    if (WskpIsIrpCancelled(Irp) || Client->Deregistering)
    {
        Taken = TakeListChange(Irp);
    }
    KeReleaseSpinLockFromDpcLevel(&Client->Lock);
    if (Taken)
    {
        WskpCompleteLater(Irp, STATUS_CANCELLED, 0);
    }
    return STATUS_PENDING;
}

VOID WskpCancelListChanges(PWSKP_CLIENT Client)
{
    PLIST_ENTRY Link, Next;
    KIRQL OldIrql;

    KeAcquireSpinLock(&Client->Lock, &OldIrql);
    for (Link = Client->ListChangeIrps.Flink; Link != &Client->ListChangeIrps; Link = Next)
    {
        Next = Link->Flink;
        if (TakeListChange(WskpIrpFromLink(Link)))
        {
            WskpCompleteLater(WskpIrpFromLink(Link), STATUS_CANCELLED, 0); /* REG-45 */
        }
    }
    KeReleaseSpinLock(&Client->Lock, OldIrql);
}

/* ---- the other codes -------------------------------------------------------------------- */

static NTSTATUS SetStaticCallbacks(PWSKP_CLIENT Client, PWSKP_CLIENT_CONTROL Control)
{
    const WSK_EVENT_CALLBACK_CONTROL *Events = Control->InputBuffer;
    NTSTATUS Status;

    if (!HasInput(Control, sizeof(*Events)) || !HasNoOutput(Control))
    {
        return STATUS_INVALID_PARAMETER;
    }
    /* An empty mask takes an earlier one back. */
    Status = Events->EventMask & WSK_EVENT_DISABLE              ? STATUS_INVALID_PARAMETER
             : Events->EventMask == 0 && Events->NpiId != NULL ? STATUS_SUCCESS
                                                               : WskpCheckEventControl(Events);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    KeAcquireSpinLockAtDpcLevel(&Client->Lock);
    if (Client->SocketCreated)
    {
        Status = STATUS_INVALID_DEVICE_STATE; /* CLI-27 */
    }
    else
    {
        Client->StaticEvents = Events->EventMask; /* the last one wins */
    }
    KeReleaseSpinLockFromDpcLevel(&Client->Lock);
    return Status;
}

static NTSTATUS CacheSecurity(PWSKP_CLIENT Client, PWSKP_CLIENT_CONTROL Control)
{
    if (!HasInput(Control, sizeof(PSECURITY_DESCRIPTOR)) || Control->OutputSize != sizeof(PSECURITY_DESCRIPTOR) ||
        Control->OutputBuffer == NULL)
    {
        return STATUS_INVALID_PARAMETER;
    }
    return WskpCacheSecurity(Client, *(PSECURITY_DESCRIPTOR *)Control->InputBuffer,
                             (PSECURITY_DESCRIPTOR *)Control->OutputBuffer);
}

static NTSTATUS ReleaseSecurity(PWSKP_CLIENT Client, PWSKP_CLIENT_CONTROL Control)
{
    if (!HasInput(Control, sizeof(PSECURITY_DESCRIPTOR)) || !HasNoOutput(Control))
    {
        return STATUS_INVALID_PARAMETER;
    }
    return WskpReleaseSecurity(Client, *(PSECURITY_DESCRIPTOR *)Control->InputBuffer);
}

/* There is no TDI to map to or to bypass (CLI-37, AMB-42, DIV-3, DIV-4). */
static NTSTATUS ControlTdi(PWSKP_CLIENT Client, ULONG ControlCode, PWSKP_CLIENT_CONTROL Control)
{
    BOOLEAN Mapping = ControlCode == WSK_TDI_DEVICENAME_MAPPING;

    if (!HasInput(Control, Mapping ? sizeof(WSK_TDI_MAP_INFO) : sizeof(ULONG)) || !HasNoOutput(Control))
    {
        return STATUS_INVALID_PARAMETER;
    }
    if (HadSocket(Client))
    {
        return STATUS_INVALID_DEVICE_STATE;
    }
    if (Mapping)
    {
        return STATUS_NOT_SUPPORTED;
    }
    if (*(PULONG)Control->InputBuffer & ~WSK_TDI_BEHAVIOR_BYPASS_TDI)
    {
        return STATUS_INVALID_PARAMETER;
    }
    HcLog(HcLogDebug, "%s: WSK_TDI_BEHAVIOR has no effect: there are no TDI filters", WskpClientName(Client));
    return STATUS_SUCCESS;
}

static NTSTATUS ControlClient(PWSKP_CLIENT Client, ULONG ControlCode, PWSKP_CLIENT_CONTROL Control)
{
    if (ControlCode == WSK_TRANSPORT_LIST_CHANGE)
    {
        return WaitForListChange(Client, Control);
    }
    if (Control->Irp != NULL)
    {
        return STATUS_INVALID_PARAMETER; /* CLI-03, AMB-22 */
    }
    switch (ControlCode)
    {
    case WSK_TRANSPORT_LIST_QUERY:
        return QueryTransports(Control);
    case WSK_CACHE_SD:
        return CacheSecurity(Client, Control);
    case WSK_RELEASE_SD:
        return ReleaseSecurity(Client, Control);
    case WSK_SET_STATIC_EVENT_CALLBACKS:
        return SetStaticCallbacks(Client, Control);
    case WSK_TDI_DEVICENAME_MAPPING:
    case WSK_TDI_BEHAVIOR:
        return ControlTdi(Client, ControlCode, Control);
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

/*
 * Control operations on the whole registration. WSK_TRANSPORT_LIST_CHANGE takes
 * an IRP (and pends until cancelled or deregistered), all others none and end in
 * the call; buffers are the client's. IRQL <= DISPATCH_LEVEL, does not block.
 * STATUS_SUCCESS, STATUS_PENDING; STATUS_BUFFER_OVERFLOW (*OutputSizeReturned
 * says what is needed), STATUS_INVALID_PARAMETER (also: an unknown code),
 * STATUS_INVALID_HANDLE (NULL client), STATUS_INVALID_DEVICE_STATE (too late:
 * a socket was created), STATUS_NOT_SUPPORTED. Page: PFN_WSK_CONTROL_CLIENT.
 */
NTSTATUS WSKAPI WskpControlClient(PWSK_CLIENT Client, ULONG ControlCode, SIZE_T InputSize, PVOID InputBuffer,
                                  SIZE_T OutputSize, PVOID OutputBuffer, SIZE_T *OutputSizeReturned, PIRP Irp)
{
    WSKP_CLIENT_CONTROL Control = {InputSize, InputBuffer, OutputSize, OutputBuffer, OutputSizeReturned, Irp};
    PWSKP_CLIENT Mine = (PWSKP_CLIENT)Client;
    WSKP_CALL Call;
    NTSTATUS Status;

    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskControlClient");
    if (Irp != NULL)
    {
        if (!WskpBeginClientCall(&Call, Client, Irp, WskpKindControlClient, __builtin_return_address(0), &Status))
        {
            return Status;
        }
        return WskpEndCall(&Call, ControlClient(Mine, ControlCode, &Control));
    }
    if (Mine == NULL)
    {
        return STATUS_INVALID_HANDLE;
    }
    KeRaiseIrql(DISPATCH_LEVEL, &Call.OldIrql);
    WskpReferenceClient(Mine, WSKP_CLIENT_CALL);
    Status = ControlClient(Mine, ControlCode, &Control);
    WskpDereferenceClient(Mine, WSKP_CLIENT_CALL);
    KeLowerIrql(Call.OldIrql);
    return Status;
}
