// SPDX-License-Identifier: MIT
/*
 * The ideal send backlog, asked for with SIO_WSK_QUERY_IDEAL_SEND_BACKLOG or told
 * by WskSendBacklogEvent. It is the kernel's send buffer, which the kernel grows
 * with the path (DIV-11). What is told stays the answer until it is off by a
 * quarter, so that an event and a query that follows agree (AMB-41). The event is
 * a callback of the outgoing direction; sends are what makes the buffer grow.
 * Requirements CONN-72..74.
 */
#include "wsk/request.h"

#define WSKP_BACKLOG_LEAST 65536 /* bytes of sends worth keeping outstanding on any connection */
#define WSKP_BACKLOG_STEP 4      /* a change of less than one part in so many is none */

static BOOLEAN IsBacklogOn(PWSKP_SOCKET Socket)
{
    const WSK_CLIENT_CONNECTION_DISPATCH *Table = WskpConnectionCallbacks(Socket);

    return (Socket->Events & WSK_EVENT_SEND_BACKLOG) && Table != NULL && Table->WskSendBacklogEvent != NULL &&
           Socket->State >= WskpStateConnected && Socket->State <= WskpStateDisconnected;
}

VOID WskpBacklogMayChange(PWSKP_SOCKET Socket)
{
    if (IsBacklogOn(Socket))
    {
        Socket->BacklogCheck = TRUE;
        WskpKickDirection(&Socket->Out);
    }
}

BOOLEAN WskpWantsBacklog(PWSKP_DIRECTION Direction)
{
    PWSKP_SOCKET Socket = Direction->Socket;

    return (Socket->BacklogCheck || Socket->BacklogTell) && IsBacklogOn(Socket);
}

/* The lock is held. */
static VOID NoteBacklog(PWSKP_SOCKET Socket, SIZE_T Bytes)
{
    SIZE_T Change = Bytes > Socket->IdealBacklog ? Bytes - Socket->IdealBacklog : Socket->IdealBacklog - Bytes;

    if (Change < Socket->IdealBacklog / WSKP_BACKLOG_STEP)
    {
        return;
    }
    if (Socket->IdealBacklog != 0 && Change != 0 && IsBacklogOn(Socket))
    {
        Socket->BacklogTell = TRUE;
        WskpKickDirection(&Socket->Out);
    }
    Socket->IdealBacklog = Bytes;
}

NTSTATUS WskpQueryIdealBacklog(PWSKP_SOCKET Socket, SIZE_T *Bytes)
{
    LONG Buffer = 0;
    NTSTATUS Status;

    WskpLockSocket(Socket);
    if (!WskpEnterEngine(Socket))
    {
        WskpUnlockSocket(Socket);
        return STATUS_FILE_FORCED_CLOSED;
    }
    WskpUnlockSocket(Socket);
    Status = WskpEngineGetOption(Socket->Engine, WskpOptionSendBuffer, &Buffer);
    WskpLockSocket(Socket);
    if (NT_SUCCESS(Status))
    {
        NoteBacklog(Socket, max((SIZE_T)Buffer, WSKP_BACKLOG_LEAST));
    }
    *Bytes = Socket->IdealBacklog;
    WskpLeaveEngine(Socket);
    WskpUnlockSocket(Socket);
    return Status;
}

VOID WskpBacklogCallback(PWSKP_DIRECTION Direction)
{
    PWSKP_SOCKET Socket = Direction->Socket;
    PFN_WSK_SEND_BACKLOG_EVENT Callback = WskpConnectionCallbacks(Socket)->WskSendBacklogEvent;
    SIZE_T Bytes;
    NTSTATUS Status;

    if (Socket->BacklogCheck)
    {
        Socket->BacklogCheck = FALSE;
        WskpUnlockSocket(Socket);
        (VOID)WskpQueryIdealBacklog(Socket, &Bytes);
        WskpLockSocket(Socket);
        return; /* what it found out is told next */
    }
    Socket->BacklogTell = FALSE;
    Bytes = Socket->IdealBacklog;
    WskpCallbackBegins(Socket, WskpEventSendBacklog);
    WskpUnlockSocket(Socket);
    Status = Callback(Socket->Context, Bytes);
    if (Status != STATUS_SUCCESS)
    {
        KiReportMisuse((PVOID)Callback, "WskSendBacklogEvent", "answered %s: only STATUS_SUCCESS means something",
                       RtlpStatusName(Status));
    }
    WskpLockSocket(Socket);
    WskpCallbackReturned(Socket, WskpEventSendBacklog);
}
