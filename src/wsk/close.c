// SPDX-License-Identifier: MIT
/*
 * WskCloseSocket, and every other end of a socket. The close ends all that is
 * pending, hands the descriptor to the engine's close, and completes last: when
 * no request, callback or engine operation refers to the socket any more.
 * Requirements BASIC-61..73, AMB-40.
 */
#include "wsk/request.h"

/* ---- the engine's part -------------------------------------------------------------- */

/* On the loop's thread, after the done of everything else (law 5). */
static VOID CloseDone(PWSKP_OP Op)
{
    PWSKP_SOCKET Socket = Op->Socket;

    WskpLockSocket(Socket);
    Socket->Engine = NULL;
    WskpSetState(Socket, WskpStateClosed);
    WskpUnlockSocket(Socket);
    WskpUnshareAddress(Socket);
    WskpRetryStalledListeners();
    WskpDereferenceSocket(Socket, WSKP_REF_ENGINE_OP);
}

VOID WskpSubmitCloseIfDue(PWSKP_SOCKET Socket)
{
    if (Socket->State != WskpStateClosing || Socket->EngineUsers != 0 || Socket->CloseSubmitted)
    {
        return;
    }
    Socket->CloseSubmitted = TRUE;
    Socket->CloseOp.Kind = WskpOpClose;
    Socket->CloseOp.Done = CloseDone;
    WskpUnlockSocket(Socket);
    if (WskpSubmitOp(Socket->Engine, &Socket->CloseOp, TRUE) != STATUS_PENDING)
    {
        CloseDone(&Socket->CloseOp);
    }
    WskpLockSocket(Socket);
}

/* BASIC-68: a connection that is not shut in both directions is reset. */
static BOOLEAN ClosesAbortively(PWSKP_SOCKET Socket)
{
    switch (Socket->State)
    {
    case WskpStateConnecting:
    case WskpStateConnected:
    case WskpStateLocalEnded:
    case WskpStateRemoteEnded:
        return TRUE;
    case WskpStateDisconnected:
        return !Socket->ShutdownDone;
    default:
        return FALSE;
    }
}

BOOLEAN WskpStartClose(PWSKP_SOCKET Socket, PIRP Irp, NTSTATUS Status)
{
    LIST_ENTRY Accepted;

    InitializeListHead(&Accepted);
    WskpLockSocket(Socket);
    if (Socket->State >= WskpStateClosing)
    {
        WskpUnlockSocket(Socket);
        return FALSE;
    }
    Socket->CloseOp.Abort = ClosesAbortively(Socket);
    Socket->CloseIrp = Irp;
    Socket->CloseStatus = Status;
    WskpSetState(Socket, WskpStateClosing);
    WskpFlushDirection(&Socket->Out, STATUS_CANCELLED);
    WskpFlushDirection(&Socket->In, STATUS_CANCELLED);
    WskpForgetStalled(Socket);
    while (!IsListEmpty(&Socket->AcceptQueue))
    {
        InsertTailList(&Accepted, RemoveHeadList(&Socket->AcceptQueue));
    }
    WskpSubmitCloseIfDue(Socket);
    WskpUnlockSocket(Socket);
    while (!IsListEmpty(&Accepted))
    {
        PWSKP_SOCKET Connection = CONTAINING_RECORD(RemoveHeadList(&Accepted), WSKP_SOCKET, QueueLink);

        WskpStartClose(Connection, NULL, STATUS_SUCCESS);
        WskpDereferenceSocket(Connection, WSKP_REF_ACCEPT_QUEUE);
    }
    if (Irp != NULL)
    {
        WskpDereferenceSocket(Socket, WSKP_REF_REQUEST); /* it waits for the references, and is none */
    }
    WskpDereferenceSocket(Socket, WSKP_REF_CLIENT);
    return TRUE;
}

/* ---- WskCloseSocket --------------------------------------------------------------------- */

/*
 * Closes a socket; the pointer is dead from this call on. All pending requests
 * end with STATUS_CANCELLED; a connection not shut in both directions is reset.
 * The IRP completes last, with STATUS_SUCCESS, when no callback of the socket
 * runs and nothing refers to it or its context. May be called in the socket's own
 * callback or completion routine, which must not wait for it. No other call on
 * the socket may be in progress. IRQL <= DISPATCH_LEVEL, does not block.
 * STATUS_PENDING; a socket that is being closed: STATUS_FILE_FORCED_CLOSED in the
 * IRP. Page: PFN_WSK_CLOSE_SOCKET.
 */
NTSTATUS WSKAPI WskpCloseSocket(PWSK_SOCKET Socket, PIRP Irp)
{
    PVOID Caller = __builtin_return_address(0);
    WSKP_CALL Call;
    NTSTATUS Status;

    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskCloseSocket");
    if (!WskpBeginSocketCall(&Call, Socket, Irp, WskpKindClose, Caller, &Status))
    {
        return Status;
    }
    IoMarkIrpPending(Irp);
    if (!WskpStartClose(WSKP_FROM_PUBLIC(Socket), Irp, STATUS_SUCCESS))
    {
        KiReportMisuse(Caller, "WskCloseSocket", "the socket is closed already");
        WskpCompleteLater(Irp, STATUS_FILE_FORCED_CLOSED, 0);
    }
    return WskpEndCall(&Call, STATUS_PENDING);
}
