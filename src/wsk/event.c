// SPDX-License-Identifier: MIT
/*
 * SO_WSK_EVENT_CALLBACK: enabling and disabling event callbacks. WskAcceptEvent
 * is the one there is; masks that name others are refused as a whole.
 * Requirements EVT-01..29, AMB-19..22.
 */
#include "wsk/request.h"

#define WSKP_KNOWN_EVENTS \
    (WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE_FROM | WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT | WSK_EVENT_SEND_BACKLOG)

NTSTATUS WskpCheckEventControl(const WSK_EVENT_CALLBACK_CONTROL *Control)
{
    ULONG Events = Control->EventMask & ~WSK_EVENT_DISABLE;

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
    if ((Events & ~WSK_EVENT_ACCEPT) != 0)
    {
        return STATUS_NOT_SUPPORTED; /* connection and datagram events, and their inheritance */
    }
    return STATUS_SUCCESS;
}

VOID WskpCallbackReturned(PWSKP_SOCKET Socket)
{
    if (Socket->CallbacksRunning != 0)
    {
        return;
    }
    while (!IsListEmpty(&Socket->DisableIrps))
    {
        WskpCompleteLater(WskpIrpFromLink(RemoveHeadList(&Socket->DisableIrps)), STATUS_SUCCESS, 0);
    }
}

/* The socket's lock is held; drops it at the end of a disable. */
static NTSTATUS DisableAccept(PWSKP_SOCKET Socket, PIRP Irp)
{
    NTSTATUS Status = STATUS_SUCCESS;

    Socket->Events &= ~WSK_EVENT_ACCEPT;
    if (Socket->CallbacksRunning != 0)
    {
        Status = STATUS_EVENT_PENDING; /* EVT-19 */
        if (Irp != NULL)
        {
            IoMarkIrpPending(Irp);
            InsertTailList(&Socket->DisableIrps, &Irp->Tail.Overlay.ListEntry);
            Status = STATUS_PENDING; /* EVT-18 */
        }
    }
    WskpCancelUnwantedAccept(Socket);
    return Status;
}

NTSTATUS WskpControlEvents(PWSKP_SOCKET Socket, const WSK_EVENT_CALLBACK_CONTROL *Control, PIRP Irp)
{
    NTSTATUS Status = WskpCheckEventControl(Control);

    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    if (Socket->Category != WskpCategoryListen && Socket->Category != WskpCategoryStream)
    {
        return STATUS_INVALID_DEVICE_REQUEST; /* EVT-01..04, AMB-19 */
    }
    WskpLockSocket(Socket);
    if (Socket->StaticEvents & WSK_EVENT_ACCEPT)
    {
        Status = STATUS_INVALID_DEVICE_REQUEST; /* EVT-25, AMB-21 */
    }
    else if (Socket->State != WskpStateListening)
    {
        Status = Socket->State < WskpStateListening ? STATUS_INVALID_DEVICE_STATE : WskpStateStatus(Socket);
    }
    else if (Control->EventMask & WSK_EVENT_DISABLE)
    {
        Status = DisableAccept(Socket, Irp);
    }
    else if (WskpAcceptCallback(Socket) == NULL)
    {
        Status = STATUS_INVALID_PARAMETER; /* AMB-20 */
    }
    else
    {
        Socket->Events |= WSK_EVENT_ACCEPT;
        WskpKickDirection(&Socket->In);
    }
    WskpUnlockSocket(Socket);
    return Status;
}
