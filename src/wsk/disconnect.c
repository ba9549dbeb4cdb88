// SPDX-License-Identifier: MIT
/*
 * WskDisconnect, and the two sudden ends of a connection: lost, or reset by us.
 * A graceful disconnect is the last request of the outgoing direction: behind
 * all sends it sends its own data, then our end, and is over when the peer has
 * acknowledged that (AMB-35). Requirements CONN-57..66.
 */
#include "wsk/request.h"

VOID WskpBreakConnection(PWSKP_SOCKET Socket, NTSTATUS Status)
{
    if (Socket->State >= WskpStateConnected && Socket->State <= WskpStateDisconnected)
    {
        Socket->BreakStatus = Status;
        WskpSetState(Socket, WskpStateBroken);
        if (Socket->Events & WSKP_CONNECTION_EVENTS)
        {
            WskpKickDirection(&Socket->In); /* its events tell */
        }
    }
}

VOID WskpAbortConnection(PWSKP_SOCKET Socket)
{
    if (Socket->State == WskpStateAborted || !WskpEnterEngine(Socket))
    {
        return;
    }
    WskpSetState(Socket, WskpStateAborted);
    WskpFlushDirection(&Socket->Out, STATUS_CANCELLED);
    WskpFlushDirection(&Socket->In, STATUS_CONNECTION_ABORTED);
    WskpUnlockSocket(Socket);

    WskpEngineAbort(Socket->Engine); /* ends what is in flight */

    WskpLockSocket(Socket);
    WskpLeaveEngine(Socket);
}

/* ---- the direction -------------------------------------------------------------- */

WSKP_PREPARED WskpPrepareDisconnect(PWSKP_DIRECTION Direction, PIRP Irp)
{
    PWSKP_SOCKET Socket = Direction->Socket;

    if (WskpIsLost(Socket->State))
    {
        WskpFinishRequest(Direction, Irp, WskpLostStatus(Socket, STATUS_CONNECTION_ABORTED), 0);
        return WskpPreparedProgress;
    }
    if (WskpData(Irp)->Done < WskpData(Irp)->Length)
    {
        return WskpPrepareSendOp(Direction, Irp);
    }
    Direction->Op->Kind = WskpOpShutdown;
    return WskpPreparedOp;
}

VOID WskpDisconnectEnded(PWSKP_DIRECTION Direction, PIRP Irp)
{
    PWSKP_SOCKET Socket = Direction->Socket;
    PWSKP_OP Op = Direction->Op;
    NTSTATUS Status = STATUS_SUCCESS;

    if (Op->Kind == WskpOpSend)
    {
        if (!WskpBookSend(Direction, Irp, &Status))
        {
            WskpFinishRequest(Direction, Irp, Status, 0);
        }
        return; /* else Prepare goes on with our end */
    }
    if (Op->Err == 0)
    {
        Socket->ShutdownDone = TRUE;
    }
    else if (Socket->State == WskpStateAborted)
    {
        Status = STATUS_CONNECTION_ABORTED;
    }
    else if (Socket->State >= WskpStateClosing || WskpIsCancelled(Op->Err))
    {
        Status = STATUS_CANCELLED;
    }
    else
    {
        Status = WskpStatusFromErrno(WskpFamilyDisconnect, Op->Err);
        WskpBreakConnection(Socket, Status);
        Status = Socket->BreakStatus;
    }
    WskpFinishRequest(Direction, Irp, Status, 0);
}

/* ---- WskDisconnect ----------------------------------------------------------------- */

static NTSTATUS QueueDisconnect(PWSKP_SOCKET Socket, PIRP Irp)
{
    NTSTATUS Status = STATUS_SUCCESS;

    WskpLockSocket(Socket);
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
    /* From this call on sends are refused, though the end goes out behind those
     * that are queued. */
    WskpSetState(Socket, Socket->State == WskpStateConnected ? WskpStateLocalEnded : WskpStateDisconnected);
    WskpQueueRequest(&Socket->Out, Irp);
    WskpRunDirection(&Socket->Out); /* unlocks */
    return STATUS_PENDING;
}

/* DIV-14: done when the reset is out; what it ends completes in its own order. */
static NTSTATUS Abort(PWSKP_SOCKET Socket)
{
    NTSTATUS Status = STATUS_SUCCESS;

    WskpLockSocket(Socket);
    if (!WskpMayReceive(Socket->State))
    {
        Status = WskpStateStatus(Socket);
    }
    else
    {
        WskpAbortConnection(Socket);
    }
    WskpUnlockSocket(Socket);
    return Status;
}

/*
 * Ends a connection. Flags 0: gracefully, after all sends and the optional
 * Buffer (as WskSend's); receiving goes on; completes when the peer has
 * acknowledged our end. WSK_FLAG_ABORTIVE: at once, with a reset; pending sends
 * end with STATUS_CANCELLED, receives and a pending graceful disconnect with
 * STATUS_CONNECTION_ABORTED; Buffer is NULL. The socket stays to be closed.
 * Cancelling a graceful disconnect resets the connection (DIV-5).
 * IRQL <= DISPATCH_LEVEL, does not block. STATUS_PENDING, or completed with:
 * STATUS_INVALID_PARAMETER, STATUS_INVALID_DEVICE_STATE (not connected, or
 * disconnected already), STATUS_CONNECTION_RESET and the like.
 * Page: PFN_WSK_DISCONNECT.
 */
NTSTATUS WSKAPI WskpDisconnect(PWSK_SOCKET Socket, PWSK_BUF Buffer, ULONG Flags, PIRP Irp)
{
    WSKP_CALL Call;
    NTSTATUS Status = STATUS_SUCCESS;

    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskDisconnect");
    if (!WskpBeginSocketCall(&Call, Socket, Irp, WskpKindDisconnect, __builtin_return_address(0), &Status))
    {
        return Status;
    }
    if ((Flags & ~WSK_FLAG_ABORTIVE) != 0 || (Flags != 0 && Buffer != NULL))
    {
        Status = STATUS_INVALID_PARAMETER; /* AMB-05, AMB-16 */
    }
    else if (Flags & WSK_FLAG_ABORTIVE)
    {
        Status = Abort(WSKP_FROM_PUBLIC(Socket));
    }
    else
    {
        Status = Buffer != NULL ? WskpCaptureBuffer(Irp, Buffer, Flags) : STATUS_SUCCESS;
        if (NT_SUCCESS(Status))
        {
            Status = QueueDisconnect(WSKP_FROM_PUBLIC(Socket), Irp);
        }
    }
    return WskpEndCall(&Call, Status);
}
