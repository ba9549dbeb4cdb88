// SPDX-License-Identifier: MIT
/*
 * WskSend, and the outgoing direction that connects, sends and disconnects
 * share: WskpSend validates and queues; Prepare hands the oldest request's data
 * to the engine; Ended books what was sent. Requirements CONN-17..25, CONN-75.
 */
#include "wsk/request.h"

/* ---- the direction -------------------------------------------------------------- */

WSKP_PREPARED WskpPrepareSendOp(PWSKP_DIRECTION Direction, PIRP Irp)
{
    PWSKP_DATA Data = WskpData(Irp);
    PWSKP_OP Op = Direction->Op;

    Op->Kind = WskpOpSend;
    Op->Length = Data->Length - Data->Done;
    Op->NoDelay = WskpRequest(Irp)->Kind == WskpKindSend && (Data->Flags & WSK_FLAG_NODELAY) != 0;
    return WskpPreparedOp;
}

BOOLEAN WskpBookSend(PWSKP_DIRECTION Direction, PIRP Irp, NTSTATUS *Status)
{
    PWSKP_SOCKET Socket = Direction->Socket;
    PWSKP_DATA Data = WskpData(Irp);
    PWSKP_OP Op = Direction->Op;

    Data->Done += Op->Bytes;
    if (Op->Err == 0)
    {
        return TRUE;
    }
    if (Socket->State == WskpStateAborted || Socket->State >= WskpStateClosing)
    {
        *Status = STATUS_CANCELLED; /* CONN-64 */
    }
    else if (WskpIsCancelled(Op->Err))
    {
        *Status = STATUS_CANCELLED;
        if (Data->Done != 0)
        {
            /* Half a request is on the wire: what followed would be taken for the
             * rest of it. Windows resets the connection in this case too. */
            WskpAbortConnection(Socket);
        }
    }
    else
    {
        *Status = WskpStatusFromErrno(WskpFamilySend, Op->Err);
        WskpBreakConnection(Socket, *Status);
        *Status = Socket->State == WskpStateBroken ? Socket->BreakStatus : *Status;
    }
    return FALSE;
}

static WSKP_PREPARED PrepareSend(PWSKP_DIRECTION Direction, PIRP Irp)
{
    PWSKP_SOCKET Socket = Direction->Socket;

    if (WskpIsLost(Socket->State))
    {
        WskpFinishRequest(Direction, Irp, WskpLostStatus(Socket, STATUS_CANCELLED), 0); /* CONN-64 */
        return WskpPreparedProgress;
    }
    if (WskpData(Irp)->Length == 0)
    {
        WskpFinishRequest(Direction, Irp, STATUS_SUCCESS, 0);
        return WskpPreparedProgress;
    }
    return WskpPrepareSendOp(Direction, Irp);
}

static WSKP_PREPARED PrepareOut(PWSKP_DIRECTION Direction)
{
    PIRP Irp = Direction->Active;

    if (Irp == NULL)
    {
        if (IsListEmpty(&Direction->Waiting))
        {
            return WskpPreparedNothing;
        }
        Irp = WskpIrpFromLink(RemoveHeadList(&Direction->Waiting));
        Direction->Active = Irp;
    }
    switch (WskpRequest(Irp)->Kind)
    {
    case WskpKindSend:
        return PrepareSend(Direction, Irp);
    case WskpKindDisconnect:
        return WskpPrepareDisconnect(Direction, Irp);
    default:
        return WskpPrepareConnect(Direction, Irp);
    }
}

static VOID OutEnded(PWSKP_DIRECTION Direction)
{
    PIRP Irp = Direction->Active;
    NTSTATUS Status = STATUS_SUCCESS;

    switch (WskpRequest(Irp)->Kind)
    {
    case WskpKindSend:
        (VOID)WskpBookSend(Direction, Irp, &Status);
        WskpBacklogMayChange(Direction->Socket);
        WskpFinishRequest(Direction, Irp, Status, WskpData(Irp)->Done);
        break;
    case WskpKindDisconnect:
        WskpDisconnectEnded(Direction, Irp);
        break;
    default:
        WskpConnectEnded(Direction, Irp);
        break;
    }
}

/* What a failed request leaves to be done besides its completion. */
static BOOLEAN BeforeOutDelivery(PWSKP_DIRECTION Direction, PIRP Irp)
{
    PWSKP_SOCKET Socket = Direction->Socket;
    PWSKP_REQUEST Request = WskpRequest(Irp);

    if (NT_SUCCESS(Request->Status) && Request->Kind != WskpKindSend && Request->Kind != WskpKindDisconnect)
    {
        /* Connected: the client learns of the connection before its events. */
        WskpCompleteRequest(Irp, Request->Status, Request->Information);
        WskpStartConnectionEvents(Socket);
        return FALSE;
    }
    if (Request->Kind == WskpKindSocketConnect && !NT_SUCCESS(Request->Status))
    {
        /* CONN1-05: the client never sees the socket; its IRP completes when it is gone. */
        return !WskpStartClose(Socket, Irp, Request->Status);
    }
    if (Request->Kind == WskpKindDisconnect && Request->Status == STATUS_CANCELLED)
    {
        WskpLockSocket(Socket);
        if (Socket->State == WskpStateLocalEnded || Socket->State == WskpStateDisconnected)
        {
            WskpAbortConnection(Socket); /* our end may not have gone out, and never will */
        }
        WskpUnlockSocket(Socket);
    }
    return TRUE;
}

const WSKP_WORK WskpOutWork = {
    .Prepare = PrepareOut,
    .Ended = OutEnded,
    .BeforeDelivery = BeforeOutDelivery,
    .WantsCallback = WskpWantsBacklog,
    .Callback = WskpBacklogCallback,
};

/* ---- WskSend ----------------------------------------------------------------------- */

static NTSTATUS QueueSend(PWSKP_SOCKET Socket, PIRP Irp)
{
    NTSTATUS Status = STATUS_PENDING;

    WskpLockSocket(Socket);
    WskpCheckSocket(Socket);
    if (!WskpMaySend(Socket->State))
    {
        Status = WskpStateStatus(Socket);
    }
    else
    {
        Status = WskpAllocateOp(&Socket->Out);
    }
    if (!NT_SUCCESS(Status))
    {
        WskpUnlockSocket(Socket);
        return Status;
    }
    WskpQueueRequest(&Socket->Out, Irp);
    WskpRunDirection(&Socket->Out); /* unlocks */
    return STATUS_PENDING;
}

static NTSTATUS Send(PWSK_SOCKET Socket, PWSK_BUF Buffer, ULONG Flags, BOOLEAN Refuse, PIRP Irp, PVOID Caller)
{
    WSKP_CALL Call;
    NTSTATUS Status;

    if (!WskpBeginSocketCall(&Call, Socket, Irp, WskpKindSend, Caller, &Status))
    {
        return Status;
    }
    if ((Flags & ~WSK_FLAG_NODELAY) != 0)
    {
        Status = STATUS_INVALID_PARAMETER;
    }
    else if (Refuse)
    {
        Status = STATUS_NOT_SUPPORTED;
    }
    else
    {
        Status = WskpCaptureBuffer(Irp, Buffer, Flags);
    }
    if (NT_SUCCESS(Status))
    {
        Status = QueueSend(WSKP_FROM_PUBLIC(Socket), Irp);
    }
    return WskpEndCall(&Call, Status);
}

/*
 * Sends all bytes of Buffer over a connection, after everything sent before.
 * The WSK_BUF is copied, its MDL chain is the provider's until the IRP
 * completes; Information is then Length. The kernel has taken the data at
 * completion, the peer may not have (DIV-1). Flags: 0 or WSK_FLAG_NODELAY.
 * IRQL <= DISPATCH_LEVEL, does not block; may be called with a lock held that
 * the completion routine takes. STATUS_PENDING, or completed with:
 * STATUS_INVALID_PARAMETER (flags, buffer beyond its chain),
 * STATUS_INVALID_DEVICE_STATE (not connected, or disconnected by us),
 * STATUS_CONNECTION_RESET and the like, STATUS_CANCELLED. A send that is
 * cancelled when some of it is on the wire resets the connection.
 * Page: PFN_WSK_SEND.
 */
NTSTATUS WSKAPI WskpSend(PWSK_SOCKET Socket, PWSK_BUF Buffer, ULONG Flags, PIRP Irp)
{
    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskSend");
    return Send(Socket, Buffer, Flags, FALSE, Irp, __builtin_return_address(0));
}

/*
 * As WskSend; control information is not supported on TCP (AMB-46):
 * STATUS_NOT_SUPPORTED. Reserved member of the tables, no page.
 */
NTSTATUS WSKAPI WskpSendEx(PWSK_SOCKET Socket, PWSK_BUF Buffer, ULONG Flags, ULONG ControlInfoLength,
                           PCMSGHDR ControlInfo, PIRP Irp)
{
    UNREFERENCED_PARAMETER(ControlInfo);
    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskSendEx");
    return Send(Socket, Buffer, Flags, ControlInfoLength != 0, Irp, __builtin_return_address(0));
}
