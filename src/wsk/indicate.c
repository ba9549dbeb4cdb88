// SPDX-License-Identifier: MIT
/*
 * WskReceiveEvent and WskDisconnectEvent: what the incoming direction of a
 * connection does while no WskReceive waits. All of it happens in the turn, so
 * the callbacks of a socket are serial and keep the order of the stream.
 *
 *   Prepare   arms a receive into a buffer of ours
 *   Ended     puts what came behind what is undelivered
 *   Indicate  lends it to the client, whose answer decides:
 *               all taken     the buffer is used again
 *               retained      WskRelease brings it back
 *               the rest, or all of it, not taken: it stays undelivered and the
 *                             socket is Suspended until a WskReceive, which is
 *                             served from it first
 *
 * A socket has at most WSKP_INDICATIONS_MAX buffers, whatever the client does
 * with them; then bytes stay in the kernel, whose window stops the peer. While
 * nothing is armed, Watch waits for the peer's end, which is told once what came
 * before it has been taken. That may be in the kernel: to find out, one buffer is
 * read ahead. A reset is told at once (AMB-57).
 * Requirements CONN-41..56, CONN-67..71, AMB-38, AMB-39, AMB-56..58.
 */
#include "wsk/indicate.h"

const WSK_CLIENT_CONNECTION_DISPATCH *WskpConnectionCallbacks(PWSKP_SOCKET Socket)
{
    const WSK_CLIENT_STREAM_DISPATCH *Stream = Socket->ClientDispatch;

    switch (Socket->Category)
    {
    case WskpCategoryConnection:
        return Socket->ClientDispatch;
    case WskpCategoryStream:
        return Stream != NULL ? Stream->Connect : NULL;
    default:
        return NULL;
    }
}

static BOOLEAN IsReceiveOn(PWSKP_SOCKET Socket)
{
    const WSK_CLIENT_CONNECTION_DISPATCH *Table = WskpConnectionCallbacks(Socket);

    return (Socket->Events & WSK_EVENT_RECEIVE) && Table != NULL && Table->WskReceiveEvent != NULL;
}

static BOOLEAN IsDisconnectOn(PWSKP_SOCKET Socket)
{
    const WSK_CLIENT_CONNECTION_DISPATCH *Table = WskpConnectionCallbacks(Socket);

    return (Socket->Events & WSK_EVENT_DISCONNECT) && Table != NULL && Table->WskDisconnectEvent != NULL;
}

/* ---- the watch ---------------------------------------------------------------------- */

static VOID WatchEnded(PWSKP_SOCKET Socket, PWSKP_OP Op)
{
    Socket->EndSeen = TRUE;
    if (Op->Err != 0 && !WskpIsCancelled(Op->Err))
    {
        WskpBreakConnection(Socket, WskpStatusFromErrno(WskpFamilyReceive, Op->Err));
    }
}

/* On the loop's thread; the engine's reference keeps the socket. */
static VOID WatchDone(PWSKP_OP Op)
{
    PWSKP_SOCKET Socket = Op->Socket;

    WskpLockSocket(Socket);
    WatchEnded(Socket, Op);
    WskpKickDirection(&Socket->In);
    WskpUnlockSocket(Socket);
}

/* Once for each socket: it lasts until the peer's end, or the socket's. Without
 * memory for it the next receive tells. Drops the lock. */
static WSKP_PREPARED StartWatch(PWSKP_SOCKET Socket)
{
    PWSKP_OP Op = HcAllocateZero(sizeof(*Op));

    if (Op == NULL || !WskpEnterEngine(Socket))
    {
        if (Op != NULL)
        {
            HcFree(Op);
        }
        return WskpPreparedNothing;
    }
    Op->Socket = Socket;
    Op->Kind = WskpOpPeerEnd;
    Op->Done = WatchDone;
    Socket->Watch = Op;
    WskpUnlockSocket(Socket);
    if (WskpSubmitOp(Socket->Engine, Op, TRUE) == STATUS_PENDING)
    {
        WskpLockSocket(Socket);
    }
    else
    {
        WskpLockSocket(Socket);
        WatchEnded(Socket, Op);
    }
    WskpLeaveEngine(Socket);
    return WskpPreparedProgress;
}

/* ---- the receive ---------------------------------------------------------------------- */

/* No memory, and no list that will come back: nobody would try again. */
static WSKP_PREPARED OutOfMemory(PWSKP_SOCKET Socket)
{
    if (Socket->Indications != 0)
    {
        return WskpPreparedNothing;
    }
    HcLog(HcLogError, "%s: socket %u: no memory to receive for its events; it is given up",
          WskpClientName(Socket->Client), Socket->Number);
    WskpBreakConnection(Socket, STATUS_INSUFFICIENT_RESOURCES);
    Socket->ReceiveEnded = TRUE;
    return WskpPreparedProgress;
}

static WSKP_PREPARED ArmReceive(PWSKP_DIRECTION Direction)
{
    PWSKP_SOCKET Socket = Direction->Socket;
    PWSKP_INDICATION Buffer;

    if (!NT_SUCCESS(WskpAllocateOp(Direction)))
    {
        return OutOfMemory(Socket);
    }
    Buffer = WskpNewIndication(Socket, WSKP_INDICATION_BYTES);
    if (Buffer == NULL)
    {
        return OutOfMemory(Socket);
    }
    Socket->Arming = Buffer;
    Direction->Op->Kind = WskpOpIndicate;
    Direction->Op->Buffer = Buffer->Data;
    Direction->Op->Length = Buffer->Capacity;
    return WskpPreparedOp;
}

WSKP_PREPARED WskpPrepareIndication(PWSKP_DIRECTION Direction)
{
    PWSKP_SOCKET Socket = Direction->Socket;
    BOOLEAN Receives = IsReceiveOn(Socket) && !Socket->Suspended;
    BOOLEAN TellsEnd = IsDisconnectOn(Socket);

    if ((!Receives && !TellsEnd) || Socket->ReceiveEnded || !WskpMayReceive(Socket->State))
    {
        return WskpPreparedNothing;
    }
    if (!IsListEmpty(&Socket->Undelivered))
    {
        if (Receives)
        {
            return WskpPreparedNothing; /* it is about to be indicated */
        }
    }
    else if (Socket->Indications < WSKP_INDICATIONS_MAX && (Receives || Socket->EndSeen))
    {
        return ArmReceive(Direction);
    }
    return TellsEnd && Socket->Watch == NULL ? StartWatch(Socket) : WskpPreparedNothing;
}

VOID WskpIndicationEnded(PWSKP_DIRECTION Direction)
{
    PWSKP_SOCKET Socket = Direction->Socket;
    PWSKP_INDICATION Buffer = Socket->Arming;
    PWSKP_OP Op = Direction->Op;

    Socket->Arming = NULL;
    if (Op->Err == 0 && Op->Bytes != 0 && !Socket->ReceiveEnded && WskpMayReceive(Socket->State))
    {
        Buffer->End = Op->Bytes;
        InsertTailList(&Socket->Undelivered, &Buffer->Link);
        return;
    }
    WskpFreeIndication(Socket, Buffer);
    if (!WskpMayReceive(Socket->State) || WskpIsCancelled(Op->Err) || Op->Bytes != 0)
    {
        return;
    }
    if (Op->Err == 0)
    {
        WskpPeerEnded(Socket);
        return;
    }
    WskpBreakConnection(Socket, WskpStatusFromErrno(WskpFamilyReceive, Op->Err));
    Socket->ReceiveEnded = TRUE;
}

/* ---- what the client is told ------------------------------------------------------------ */

typedef enum _WSKP_DUE
{
    WskpDueNothing,
    WskpDueReset, /* WskDisconnectEvent, abortive */
    WskpDueData,
    WskpDueEnd,   /* WskDisconnectEvent, graceful */
    WskpDueDead   /* WskReceiveEvent without data: nobody else tells of the break */
} WSKP_DUE;

static WSKP_DUE WhatIsDue(PWSKP_DIRECTION Direction)
{
    PWSKP_SOCKET Socket = Direction->Socket;
    BOOLEAN Broken = Socket->State == WskpStateBroken;
    BOOLEAN TellsEnd = IsDisconnectOn(Socket);

    if (!WskpMayReceive(Socket->State) || Socket->BreakTold)
    {
        return WskpDueNothing;
    }
    if (Broken && TellsEnd)
    {
        return WskpDueReset;
    }
    if (Direction->Active != NULL || !IsListEmpty(&Direction->Waiting))
    {
        return WskpDueNothing; /* requests come first: CONN-40, AMB-56 */
    }
    if (!IsListEmpty(&Socket->Undelivered))
    {
        return IsReceiveOn(Socket) && !Socket->Suspended ? WskpDueData : WskpDueNothing;
    }
    if (!Socket->ReceiveEnded)
    {
        return WskpDueNothing;
    }
    if (!Broken)
    {
        return TellsEnd && !Socket->EndTold ? WskpDueEnd : WskpDueNothing;
    }
    return IsReceiveOn(Socket) ? WskpDueDead : WskpDueNothing;
}

BOOLEAN WskpWantsIndication(PWSKP_DIRECTION Direction)
{
    return WhatIsDue(Direction) != WskpDueNothing;
}

static VOID TellDisconnect(PWSKP_SOCKET Socket, ULONG Flags)
{
    PFN_WSK_DISCONNECT_EVENT Callback = WskpConnectionCallbacks(Socket)->WskDisconnectEvent;
    NTSTATUS Status;

    WskpCallbackBegins(Socket, WskpEventDisconnect);
    WskpUnlockSocket(Socket);
    Status = Callback(Socket->Context, Flags | WSK_FLAG_AT_DISPATCH_LEVEL);
    if (Status != STATUS_SUCCESS)
    {
        KiReportMisuse((PVOID)Callback, "WskDisconnectEvent", "answered %s: only STATUS_SUCCESS means something",
                       RtlpStatusName(Status));
    }
    WskpLockSocket(Socket);
    WskpCallbackReturned(Socket, WskpEventDisconnect);
}

static VOID TellDead(PWSKP_SOCKET Socket)
{
    PFN_WSK_RECEIVE_EVENT Callback = WskpConnectionCallbacks(Socket)->WskReceiveEvent;
    SIZE_T Accepted = 0;

    WskpCallbackBegins(Socket, WskpEventReceive);
    WskpUnlockSocket(Socket);
    (VOID)Callback(Socket->Context, WSK_FLAG_AT_DISPATCH_LEVEL, NULL, 0, &Accepted); /* DIV-34 */
    WskpLockSocket(Socket);
    WskpCallbackReturned(Socket, WskpEventReceive);
}

static BOOLEAN IsAnswer(NTSTATUS Status)
{
    return Status == STATUS_SUCCESS || Status == STATUS_PENDING || Status == STATUS_DATA_NOT_ACCEPTED;
}

/* The list is ours again: what was not taken of it stays first in the stream. */
static VOID Settle(PWSKP_SOCKET Socket, PLIST_ENTRY List, NTSTATUS Status, SIZE_T Taken)
{
    if (NT_SUCCESS(Status))
    {
        WskpConsumeIndications(Socket, List, Taken);
    }
    if (IsListEmpty(List))
    {
        return;
    }
    /* A WskReceive that the callback has called itself counts (AMB-58). */
    Socket->Suspended = !Socket->Resumed;
    while (!IsListEmpty(List))
    {
        InsertHeadList(&Socket->Undelivered, RemoveTailList(List));
    }
    if (!WskpMayReceive(Socket->State))
    {
        WskpDiscardUndelivered(Socket); /* closed, or reset by us, meanwhile */
    }
}

static VOID IndicateData(PWSKP_SOCKET Socket)
{
    PFN_WSK_RECEIVE_EVENT Callback = WskpConnectionCallbacks(Socket)->WskReceiveEvent;
    PWSKP_INDICATION Head;
    LIST_ENTRY List;
    SIZE_T Total, Accepted;
    ULONG Flags = WSK_FLAG_AT_DISPATCH_LEVEL;
    NTSTATUS Status;

    InitializeListHead(&List);
    while (!IsListEmpty(&Socket->Undelivered))
    {
        InsertTailList(&List, RemoveHeadList(&Socket->Undelivered));
    }
    Head = CONTAINING_RECORD(List.Flink, WSKP_INDICATION, Link);
    Total = Accepted = WskpLinkIndications(&List);
    if (Socket->Indications > WSKP_INDICATIONS_MAX / 2)
    {
        Flags |= WSK_FLAG_RELEASE_ASAP;
    }
    Socket->Resumed = FALSE;
    WskpCallbackBegins(Socket, WskpEventReceive);
    WskpUnlockSocket(Socket);

    WskpBeginLoan(&Head->Loan, Socket, &Head->Public);
    Status = Callback(Socket->Context, Flags, &Head->Public, Total, &Accepted); /* DIV-27: never ENTIRE_MESSAGE */
    if (!IsAnswer(Status) || (Status == STATUS_SUCCESS && Accepted > Total))
    {
        KiReportMisuse((PVOID)Callback, "WskReceiveEvent", "answered %s and accepted %zu of %zu bytes",
                       RtlpStatusName(Status), (size_t)Accepted, (size_t)Total);
    }
    if (WskpEndLoan(&Head->Loan, Status == STATUS_PENDING))
    {
        WskpLockSocket(Socket);
        Settle(Socket, &List, Status, Status == STATUS_SUCCESS ? Accepted : Total);
    }
    else
    {
        WskpLockSocket(Socket); /* retained, and perhaps released already */
    }
    WskpCallbackReturned(Socket, WskpEventReceive);
}

VOID WskpIndicate(PWSKP_DIRECTION Direction)
{
    PWSKP_SOCKET Socket = Direction->Socket;

    switch (WhatIsDue(Direction))
    {
    case WskpDueReset:
        Socket->BreakTold = Socket->ReceiveEnded = TRUE;
        WskpDiscardUndelivered(Socket);
        TellDisconnect(Socket, WSK_FLAG_ABORTIVE);
        break;
    case WskpDueData:
        IndicateData(Socket);
        break;
    case WskpDueEnd:
        Socket->EndTold = TRUE; /* DIV-33: told once */
        TellDisconnect(Socket, 0);
        break;
    case WskpDueDead:
        Socket->BreakTold = TRUE;
        TellDead(Socket);
        break;
    default:
        break;
    }
}

VOID WskpStartConnectionEvents(PWSKP_SOCKET Socket)
{
    WskpLockSocket(Socket);
    if (Socket->Events & (WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT))
    {
        WskpKickDirection(&Socket->In);
    }
    WskpBacklogMayChange(Socket);
    WskpUnlockSocket(Socket);
}

/* ---- WskRelease ------------------------------------------------------------------------------ */

static VOID FreeReleased(PWSKP_LOAN Loan)
{
    PWSKP_INDICATION Indication = CONTAINING_RECORD(Loan, WSKP_INDICATION, Loan), Next;
    PWSKP_SOCKET Socket = Loan->Socket;

    WskpLockSocket(Socket);
    for (; Indication != NULL; Indication = Next)
    {
        Next = Indication->Chain;
        WskpFreeIndication(Socket, Indication);
    }
    if (Socket->State < WskpStateClosing)
    {
        WskpKickDirection(&Socket->In); /* it may have had as many as it may have */
    }
    WskpUnlockSocket(Socket);
    WskpDereferenceSocket(Socket, WSKP_REF_INDICATION);
}

/*
 * Gives back a list that WskReceiveEvent retained with STATUS_PENDING: its head,
 * as indicated. Its buffers are the provider's from this call on, which another
 * thread may make before the callback has returned. Works after WskCloseSocket
 * too, against the rules, until the last list is back (AMB-39).
 * IRQL <= DISPATCH_LEVEL, does not block. STATUS_SUCCESS; STATUS_INVALID_PARAMETER:
 * Socket has not lent this list.
 * Page: PFN_WSK_RELEASE_DATA_INDICATION_LIST.
 */
NTSTATUS WSKAPI WskpRelease(PWSK_SOCKET Socket, PWSK_DATA_INDICATION DataIndication)
{
    PWSKP_LOAN Loan;
    KIRQL OldIrql;
    NTSTATUS Status;

    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskRelease");
    KeRaiseIrql(DISPATCH_LEVEL, &OldIrql);
    Status = WskpReleaseLoan(Socket, DataIndication, &Loan);
    if (!NT_SUCCESS(Status))
    {
        KiReportMisuse(__builtin_return_address(0), "WskRelease",
                       "this list is not lent by a receive event of this socket, or is released already");
    }
    else if (Loan != NULL)
    {
        FreeReleased(Loan);
    }
    KeLowerIrql(OldIrql);
    return Status;
}
