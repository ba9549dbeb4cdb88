// SPDX-License-Identifier: MIT
/*
 * SO_WSK_EVENT_CALLBACK: enabling and disabling event callbacks. What differs
 * from event to event is a row of a table; a mask that names an event without a
 * row is refused as a whole. Requirements EVT-01..29, AMB-19..22.
 */
#include "wsk/request.h"

#define WSKP_KNOWN_EVENTS \
    (WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE_FROM | WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT | WSK_EVENT_SEND_BACKLOG)

/* All are called with the socket's lock held. */
typedef struct _WSKP_EVENT_ENTRY
{
    ULONG Mask;       /* WSK_EVENT_*; 0: this event is not supported */
    ULONG Categories; /* on which sockets, bits of WSKP_CATEGORY */
    BOOLEAN (*HasCallback)(PWSKP_SOCKET Socket);
    NTSTATUS (*CheckState)(PWSKP_SOCKET Socket, BOOLEAN Enable); /* may it be turned on or off now? */
    VOID (*Enabled)(PWSKP_SOCKET Socket);
    VOID (*Disabled)(PWSKP_SOCKET Socket); /* or NULL; may drop the lock meanwhile */
} WSKP_EVENT_ENTRY;

/* ---- the events ------------------------------------------------------------------ */

static BOOLEAN HasAcceptCallback(PWSKP_SOCKET Socket)
{
    return WskpAcceptCallback(Socket) != NULL;
}

static NTSTATUS CheckListening(PWSKP_SOCKET Socket, BOOLEAN Enable)
{
    UNREFERENCED_PARAMETER(Enable);
    if (Socket->State == WskpStateListening)
    {
        return STATUS_SUCCESS;
    }
    return Socket->State < WskpStateListening ? STATUS_INVALID_DEVICE_STATE : WskpStateStatus(Socket);
}

static BOOLEAN HasReceiveFromCallback(PWSKP_SOCKET Socket)
{
    return WskpReceiveFromCallbackOf(Socket) != NULL;
}

static NTSTATUS CheckBoundDatagram(PWSKP_SOCKET Socket, BOOLEAN Enable)
{
    UNREFERENCED_PARAMETER(Enable);
    return Socket->State == WskpStateBound ? WskpReserveDatagram(Socket) : WskpStateStatus(Socket); /* EVT-12 */
}

static VOID KickIn(PWSKP_SOCKET Socket)
{
    WskpKickDirection(&Socket->In);
}

/* On a listener the events of connections are those that the connections it
 * accepts start with; their callbacks come with each (EVT-26). */
static NTSTATUS CheckConnection(PWSKP_SOCKET Socket, BOOLEAN Enable)
{
    if (Socket->State == WskpStateListening)
    {
        return Enable ? STATUS_SUCCESS : STATUS_INVALID_DEVICE_REQUEST; /* EVT-28 */
    }
    if (Socket->State < WskpStateConnected || Socket->State >= WskpStateClosing)
    {
        return WskpStateStatus(Socket); /* EVT-12, EVT-13, AMB-28 */
    }
    return Enable && WskpIsLost(Socket->State) ? WskpStateStatus(Socket) : STATUS_SUCCESS;
}

static BOOLEAN HasConnectionCallback(PWSKP_SOCKET Socket, SIZE_T Offset)
{
    const WSK_CLIENT_CONNECTION_DISPATCH *Table = WskpConnectionCallbacks(Socket);

    if (Socket->State == WskpStateListening || Socket->Offered)
    {
        return TRUE; /* looked at when it is known */
    }
    return Table != NULL && *(PVOID *)((PUCHAR)Table + Offset) != NULL;
}

static BOOLEAN HasReceiveCallback(PWSKP_SOCKET Socket)
{
    return HasConnectionCallback(Socket, FIELD_OFFSET(WSK_CLIENT_CONNECTION_DISPATCH, WskReceiveEvent));
}

static BOOLEAN HasDisconnectCallback(PWSKP_SOCKET Socket)
{
    return HasConnectionCallback(Socket, FIELD_OFFSET(WSK_CLIENT_CONNECTION_DISPATCH, WskDisconnectEvent));
}

static BOOLEAN HasBacklogCallback(PWSKP_SOCKET Socket)
{
    return HasConnectionCallback(Socket, FIELD_OFFSET(WSK_CLIENT_CONNECTION_DISPATCH, WskSendBacklogEvent));
}

#define ON_ACCEPTED ((1u << WskpCategoryConnection) | (1u << WskpCategoryStream) | (1u << WskpCategoryListen))

static const WSKP_EVENT_ENTRY Entries[WskpEventMax] = {
    [WskpEventAccept] = {WSK_EVENT_ACCEPT, (1u << WskpCategoryListen) | (1u << WskpCategoryStream), HasAcceptCallback,
                         CheckListening, KickIn, WskpCancelUnwantedAccept},
    [WskpEventReceiveFrom] = {WSK_EVENT_RECEIVE_FROM, 1u << WskpCategoryDatagram, HasReceiveFromCallback,
                              CheckBoundDatagram, WskpReceiveFromEnabled, WskpReceiveFromDisabled},
    [WskpEventReceive] = {WSK_EVENT_RECEIVE, ON_ACCEPTED, HasReceiveCallback, CheckConnection, KickIn, NULL},
    [WskpEventDisconnect] = {WSK_EVENT_DISCONNECT, ON_ACCEPTED, HasDisconnectCallback, CheckConnection, KickIn, NULL},
    [WskpEventSendBacklog] = {WSK_EVENT_SEND_BACKLOG, ON_ACCEPTED, HasBacklogCallback, CheckConnection,
                              WskpBacklogMayChange, NULL},
};

/* ---- masks ------------------------------------------------------------------------ */

NTSTATUS WskpCheckEventControl(const WSK_EVENT_CALLBACK_CONTROL *Control)
{
    ULONG Events = Control->EventMask & ~WSK_EVENT_DISABLE;
    ULONG Supported = 0;

    if (Control->NpiId == NULL || Events == 0 || (Events & ~WSKP_KNOWN_EVENTS) != 0)
    {
        return STATUS_INVALID_PARAMETER; /* AMB-21 */
    }
    if ((Control->EventMask & WSK_EVENT_DISABLE) && (Events & (Events - 1)) != 0)
    {
        return STATUS_INVALID_PARAMETER; /* EVT-15: one at a time */
    }
    if (!RtlEqualMemory(Control->NpiId, &NPI_WSK_INTERFACE_ID, sizeof(NPIID)))
    {
        return STATUS_NOT_SUPPORTED; /* an extension's: there is none (EXT-06) */
    }
    for (ULONG Event = 0; Event < WskpEventMax; Event++)
    {
        Supported |= Entries[Event].Mask;
    }
    return (Events & ~Supported) != 0 ? STATUS_NOT_SUPPORTED : STATUS_SUCCESS;
}

ULONG WskpEventsOfCategory(WSKP_CATEGORY Category)
{
    ULONG Events = 0;

    for (ULONG Event = 0; Event < WskpEventMax; Event++)
    {
        if (Entries[Event].Categories & (1u << Category))
        {
            Events |= Entries[Event].Mask;
        }
    }
    return Events;
}

/* ---- callbacks that run -------------------------------------------------------------- */

VOID WskpCallbackBegins(PWSKP_SOCKET Socket, WSKP_EVENT Event)
{
    Socket->CallbacksRunning[Event]++;
    WskpReferenceSocket(Socket, WSKP_REF_CALLBACK);
}

VOID WskpCallbackReturned(PWSKP_SOCKET Socket, WSKP_EVENT Event)
{
    PLIST_ENTRY Irps = &Socket->DisableIrps[Event];

    if (--Socket->CallbacksRunning[Event] == 0)
    {
        while (!IsListEmpty(Irps))
        {
            WskpCompleteLater(WskpIrpFromLink(RemoveHeadList(Irps)), STATUS_SUCCESS, 0);
        }
    }
    WskpDereferenceSocket(Socket, WSKP_REF_CALLBACK);
}

/* ---- enable, disable ------------------------------------------------------------------ */

static NTSTATUS DisableEvent(PWSKP_SOCKET Socket, WSKP_EVENT Event, PIRP Irp)
{
    NTSTATUS Status = STATUS_SUCCESS;

    Socket->Events &= ~Entries[Event].Mask;
    if (Socket->CallbacksRunning[Event] != 0)
    {
        Status = STATUS_EVENT_PENDING; /* EVT-19 */
        if (Irp != NULL)
        {
            IoMarkIrpPending(Irp);
            InsertTailList(&Socket->DisableIrps[Event], &Irp->Tail.Overlay.ListEntry);
            Status = STATUS_PENDING; /* EVT-18 */
        }
    }
    if (Entries[Event].Disabled != NULL)
    {
        Entries[Event].Disabled(Socket);
    }
    return Status;
}

/* The lock is held. Nothing is changed unless all of the mask can be. */
static NTSTATUS CheckEvents(PWSKP_SOCKET Socket, ULONG EventMask)
{
    BOOLEAN Enable = !(EventMask & WSK_EVENT_DISABLE);
    NTSTATUS Status = STATUS_SUCCESS;

    if (Socket->StaticEvents & EventMask)
    {
        return STATUS_INVALID_DEVICE_REQUEST; /* EVT-25, AMB-21 */
    }
    for (ULONG Event = 0; NT_SUCCESS(Status) && Event < WskpEventMax; Event++)
    {
        if (!(Entries[Event].Mask & EventMask))
        {
            continue;
        }
        Status = Entries[Event].CheckState(Socket, Enable);
        if (NT_SUCCESS(Status) && Enable && !Entries[Event].HasCallback(Socket))
        {
            Status = STATUS_INVALID_PARAMETER; /* AMB-20 */
        }
    }
    return Status;
}

static NTSTATUS ChangeEvents(PWSKP_SOCKET Socket, ULONG EventMask, PIRP Irp)
{
    NTSTATUS Status = STATUS_SUCCESS;

    for (ULONG Event = 0; Event < WskpEventMax; Event++)
    {
        if (!(Entries[Event].Mask & EventMask))
        {
            continue;
        }
        if (EventMask & WSK_EVENT_DISABLE)
        {
            return DisableEvent(Socket, Event, Irp);
        }
        Socket->Events |= Entries[Event].Mask;
        Entries[Event].Enabled(Socket);
    }
    return Status;
}

NTSTATUS WskpControlEvents(PWSKP_SOCKET Socket, const WSK_EVENT_CALLBACK_CONTROL *Control, PIRP Irp)
{
    NTSTATUS Status = WskpCheckEventControl(Control);

    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    if (Control->EventMask & ~WSK_EVENT_DISABLE & ~WskpEventsOfCategory(Socket->Category))
    {
        return STATUS_INVALID_DEVICE_REQUEST; /* EVT-01..04, AMB-19 */
    }
    WskpLockSocket(Socket);
    Status = CheckEvents(Socket, Control->EventMask);
    if (NT_SUCCESS(Status))
    {
        Status = ChangeEvents(Socket, Control->EventMask, Irp);
    }
    WskpUnlockSocket(Socket);
    return Status;
}
