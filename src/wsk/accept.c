// SPDX-License-Identifier: MIT
/*
 * Accepting: the incoming direction of a listener. Accepted connections wait in
 * AcceptQueue for the oldest WskAccept or, with none queued, for WskAcceptEvent;
 * the kernel is asked for one only while somebody wants one, so that all others
 * wait in its backlog (AMB-13). Requirements LISTEN-34..58.
 */
#include "wsk/request.h"

/* Listeners that ran out of descriptors with no IRP to tell it to. */
static KSPIN_LOCK StallLock;
static LIST_ENTRY StalledListeners = {&StalledListeners, &StalledListeners};
static LONG StalledCount; /* interlocked; 0 keeps the lock out of every close */

static BOOLEAN IsEventOn(PWSKP_SOCKET Socket)
{
    return (Socket->Events & WSK_EVENT_ACCEPT) && WskpAcceptCallback(Socket) != NULL &&
           Socket->State == WskpStateListening;
}

PFN_WSK_ACCEPT_EVENT WskpAcceptCallback(PWSKP_SOCKET Socket)
{
    const WSK_CLIENT_LISTEN_DISPATCH *Dispatch = Socket->ClientDispatch;

    if (Socket->Category == WskpCategoryStream && Dispatch != NULL)
    {
        Dispatch = ((const WSK_CLIENT_STREAM_DISPATCH *)Socket->ClientDispatch)->Listen;
    }
    return Dispatch != NULL ? Dispatch->WskAcceptEvent : NULL;
}

/* ---- running out of descriptors ---------------------------------------------------- */

static VOID StallListener(PWSKP_SOCKET Socket)
{
    if (!Socket->StallTold)
    {
        HcLog(HcLogWarning,
              "%s: socket %u cannot accept: out of file descriptors (raise the limit with ulimit -n) or memory; "
              "connections wait until a socket is closed",
              WskpClientName(Socket->Client), Socket->Number);
    }
    Socket->Stalled = Socket->StallTold = TRUE;
    KeAcquireSpinLockAtDpcLevel(&StallLock);
    if (Socket->StallLink.Flink == NULL)
    {
        InsertTailList(&StalledListeners, &Socket->StallLink);
        InterlockedIncrement(&StalledCount);
    }
    KeReleaseSpinLockFromDpcLevel(&StallLock);
}

/* StallLock held. */
static VOID UnlinkStalled(PWSKP_SOCKET Socket)
{
    if (Socket->StallLink.Flink != NULL)
    {
        RemoveEntryList(&Socket->StallLink);
        Socket->StallLink.Flink = NULL;
        InterlockedDecrement(&StalledCount);
    }
}

VOID WskpForgetStalled(PWSKP_SOCKET Socket)
{
    KeAcquireSpinLockAtDpcLevel(&StallLock);
    UnlinkStalled(Socket);
    KeReleaseSpinLockFromDpcLevel(&StallLock);
}

VOID WskpRetryStalledListeners(VOID)
{
    PWSKP_SOCKET Socket;

    while (InterlockedAdd(&StalledCount, 0) != 0)
    {
        KeAcquireSpinLockAtDpcLevel(&StallLock);
        if (IsListEmpty(&StalledListeners))
        {
            KeReleaseSpinLockFromDpcLevel(&StallLock);
            return;
        }
        Socket = CONTAINING_RECORD(StalledListeners.Flink, WSKP_SOCKET, StallLink);
        UnlinkStalled(Socket);
        WskpReferenceSocket(Socket, WSKP_REF_TURN); /* its close takes it off the list first */
        KeReleaseSpinLockFromDpcLevel(&StallLock);
        WskpLockSocket(Socket);
        Socket->Stalled = FALSE;
        WskpKickDirection(&Socket->In);
        WskpUnlockSocket(Socket);
        WskpDereferenceSocket(Socket, WSKP_REF_TURN);
    }
}

/* ---- the direction -------------------------------------------------------------------- */

VOID WskpCancelUnwantedAccept(PWSKP_SOCKET Socket)
{
    PWSKP_DIRECTION In = &Socket->In;

    if (In->Work == &WskpAcceptWork && IsListEmpty(&In->Waiting) && !IsEventOn(Socket))
    {
        WskpCancelOp(In);
    }
}

static VOID FinishAllAccepts(PWSKP_DIRECTION Direction, NTSTATUS Status)
{
    while (!IsListEmpty(&Direction->Waiting))
    {
        WskpFinishRequest(Direction, WskpIrpFromLink(RemoveHeadList(&Direction->Waiting)), Status, 0);
    }
}

/* Gives a waiting connection to the oldest waiting IRP. */
static VOID MatchOne(PWSKP_DIRECTION Direction)
{
    PWSKP_SOCKET Accepted = CONTAINING_RECORD(RemoveHeadList(&Direction->Socket->AcceptQueue), WSKP_SOCKET, QueueLink);
    PIRP Irp = WskpIrpFromLink(RemoveHeadList(&Direction->Waiting));

    Accepted->Context = WskpAcceptData(Irp)->Context;
    Accepted->ClientDispatch = WskpAcceptData(Irp)->Dispatch;
    WskpHandOutSocket(Accepted);
    WskpFinishRequest(Direction, Irp, STATUS_SUCCESS, (ULONG_PTR)&Accepted->Public);
}

static WSKP_PREPARED PrepareAccept(PWSKP_DIRECTION Direction)
{
    PWSKP_SOCKET Socket = Direction->Socket;

    if (Socket->State != WskpStateListening)
    {
        return WskpPreparedNothing;
    }
    if (!IsListEmpty(&Socket->AcceptQueue))
    {
        if (IsListEmpty(&Direction->Waiting))
        {
            return WskpPreparedNothing; /* for the callback, or for a later request */
        }
        MatchOne(Direction);
        return WskpPreparedProgress;
    }
    if (Socket->ListenerDead && !IsListEmpty(&Direction->Waiting))
    {
        FinishAllAccepts(Direction, STATUS_FILE_FORCED_CLOSED);
        return WskpPreparedProgress;
    }
    if (Socket->ListenerDead || Socket->Stalled || (IsListEmpty(&Direction->Waiting) && !IsEventOn(Socket)))
    {
        return WskpPreparedNothing;
    }
    if (Socket->Spare == NULL)
    {
        Socket->Spare = WskpAllocateSocket(Socket->Client, WskpCategoryConnection);
    }
    if (Socket->Spare == NULL || !NT_SUCCESS(WskpAllocateOp(Direction)))
    {
        FinishAllAccepts(Direction, STATUS_INSUFFICIENT_RESOURCES);
        if (IsEventOn(Socket))
        {
            StallListener(Socket);
        }
        return WskpPreparedProgress;
    }
    Direction->Op->Kind = WskpOpAccept;
    return WskpPreparedOp;
}

/* Makes a socket of what the engine accepted. The turn is ours, the lock is not held. */
static VOID SetUpAccepted(PWSKP_SOCKET Listener, PWSKP_SOCKET Accepted, PWSKP_OP Op)
{
    LONG Error = 0;

    Accepted->Family = Listener->Family;
    Accepted->Type = Listener->Type;
    Accepted->Protocol = Listener->Protocol;
    WskpAdoptEngineSocket(Accepted, Op->Accepted);
    Op->Accepted = NULL;
    WskpGetOpAddress(Op, &Accepted->RemoteAddress);
    WskpReferenceSocket(Accepted, WSKP_REF_ACCEPT_QUEUE);
    if (Listener->KeepAlive)
    {
        (VOID)WskpEngineSetOption(Accepted->Engine, WskpOptionKeepAlive, 1); /* BASIC-20 */
        Accepted->KeepAlive = TRUE;
    }
    /* AMB-61: Linux hands out connections that were reset while they waited. */
    (VOID)WskpEngineGetOption(Accepted->Engine, WskpOptionError, &Error);
    WskpLockSocket(Accepted);
    WskpSetState(Accepted, WskpStateConnected);
    if (Error != 0)
    {
        WskpBreakConnection(Accepted, STATUS_CONNECTION_RESET);
    }
    WskpUnlockSocket(Accepted);
}

/* The provider closes a connection nobody wanted. */
static VOID DropAccepted(PWSKP_SOCKET Accepted)
{
    WskpStartClose(Accepted, NULL, STATUS_SUCCESS);
    WskpDereferenceSocket(Accepted, WSKP_REF_ACCEPT_QUEUE);
}

static VOID AcceptFailed(PWSKP_DIRECTION Direction)
{
    PWSKP_SOCKET Socket = Direction->Socket;
    int Err = Direction->Op->Err;

    if (WskpIsCancelled(Err) || WskpIsTransientAcceptError(Err) || Socket->State >= WskpStateClosing)
    {
        return;
    }
    if (WskpIsOutOfDescriptors(Err))
    {
        if (!IsListEmpty(&Direction->Waiting))
        {
            FinishAllAccepts(Direction, STATUS_INSUFFICIENT_RESOURCES);
        }
        if (IsEventOn(Socket))
        {
            StallListener(Socket);
        }
        return;
    }
    HcLog(HcLogError, "%s: socket %u: the engine stopped accepting: %s", WskpClientName(Socket->Client),
          Socket->Number, RtlpStatusName(WskpStatusFromErrno(WskpFamilyAccept, Err)));
    Socket->ListenerDead = TRUE;
}

static VOID AcceptEnded(PWSKP_DIRECTION Direction)
{
    PWSKP_SOCKET Socket = Direction->Socket;
    PWSKP_SOCKET Accepted;

    if (Direction->Op->Err != 0)
    {
        AcceptFailed(Direction);
        return;
    }
    Accepted = Socket->Spare;
    Socket->Spare = NULL;
    WskpUnlockSocket(Socket);
    SetUpAccepted(Socket, Accepted, Direction->Op);
    WskpLockSocket(Socket);
    if (Socket->State == WskpStateListening && Accepted->State == WskpStateConnected)
    {
        InsertTailList(&Socket->AcceptQueue, &Accepted->QueueLink);
        return;
    }
    WskpUnlockSocket(Socket);
    DropAccepted(Accepted);
    WskpLockSocket(Socket);
}

/* Fills in the address variables, which the client keeps until now. */
static BOOLEAN BeforeAcceptDelivery(PWSKP_DIRECTION Direction, PIRP Irp)
{
    PWSKP_REQUEST Request = WskpRequest(Irp);
    PWSKP_ACCEPT Accept = WskpAcceptData(Irp);
    SIZE_T Size = WskpAddressSize(Direction->Socket->Family);
    PWSKP_SOCKET Accepted;
    WSKP_ADDRESS Local;

    if (Request->Kind != WskpKindAccept || !NT_SUCCESS(Request->Status))
    {
        return TRUE;
    }
    Accepted = WSKP_FROM_PUBLIC((PWSK_SOCKET)Request->Information);
    if (Accept->LocalAddress != NULL && NT_SUCCESS(WskpEngineLocalAddress(Accepted->Engine, &Local)))
    {
        RtlCopyMemory(Accept->LocalAddress, &Local, Size);
    }
    if (Accept->RemoteAddress != NULL)
    {
        RtlCopyMemory(Accept->RemoteAddress, &Accepted->RemoteAddress, Size);
    }
    WskpCompleteRequest(Irp, Request->Status, Request->Information);
    WskpStartConnectionEvents(Accepted); /* static ones; after the client knows the socket */
    WskpDereferenceSocket(Accepted, WSKP_REF_ACCEPT_QUEUE);
    return FALSE;
}

/* ---- WskAcceptEvent ------------------------------------------------------------------------ */

static BOOLEAN WantsAcceptCallback(PWSKP_DIRECTION Direction)
{
    PWSKP_SOCKET Socket = Direction->Socket;

    return IsListEmpty(&Direction->Waiting) && IsEventOn(Socket) &&
           (!IsListEmpty(&Socket->AcceptQueue) || (Socket->ListenerDead && !Socket->DeadReported));
}

/* Nothing of the new socket is delivered until the callback has returned: its
 * turns are taken meanwhile. No lock is held. */
static VOID OfferConnection(PWSKP_SOCKET Listener, PWSKP_SOCKET Accepted, ULONG Inherited)
{
    const WSK_CLIENT_CONNECTION_DISPATCH *Dispatch = NULL;
    WSKP_ADDRESS Local, Remote = Accepted->RemoteAddress;
    PVOID Context = NULL;
    NTSTATUS Status;

    WskpLockSocket(Accepted);
    WskpHoldDirection(&Accepted->Out);
    WskpHoldDirection(&Accepted->In);
    Accepted->Offered = TRUE;
    WskpUnlockSocket(Accepted);
    if (!NT_SUCCESS(WskpEngineLocalAddress(Accepted->Engine, &Local)))
    {
        RtlZeroMemory(&Local, sizeof(Local));
        Local.Base.sa_family = Listener->Family;
    }
    Status = WskpAcceptCallback(Listener)(Listener->Context, WSK_FLAG_AT_DISPATCH_LEVEL, &Local.Base, &Remote.Base,
                                          &Accepted->Public, &Context, &Dispatch);
    if (Status == STATUS_REQUEST_NOT_ACCEPTED)
    {
        WskpStartClose(Accepted, NULL, STATUS_SUCCESS); /* AMB-54, DIV-2 */
    }
    else
    {
        if (Status != STATUS_SUCCESS)
        {
            KiReportMisuse((PVOID)WskpAcceptCallback(Listener), "WskAcceptEvent",
                           "answered %s: only STATUS_SUCCESS and STATUS_REQUEST_NOT_ACCEPTED mean something",
                           RtlpStatusName(Status));
        }
        WskpLockSocket(Accepted);
        Accepted->Context = Context;
        Accepted->ClientDispatch = Dispatch;
        Accepted->Offered = FALSE;
        Accepted->Events |= Inherited; /* LISTEN-57, EVT-26 */
        WskpBacklogMayChange(Accepted);
        WskpUnlockSocket(Accepted);
        WskpHandOutSocket(Accepted);
    }
    WskpReleaseDirection(&Accepted->Out);
    WskpReleaseDirection(&Accepted->In);
    WskpDereferenceSocket(Accepted, WSKP_REF_ACCEPT_QUEUE);
}

static VOID AcceptCallback(PWSKP_DIRECTION Direction)
{
    PWSKP_SOCKET Socket = Direction->Socket;
    ULONG Inherited = Socket->Events & WSKP_CONNECTION_EVENTS;
    PWSKP_SOCKET Accepted = NULL;

    if (IsListEmpty(&Socket->AcceptQueue))
    {
        Socket->DeadReported = TRUE; /* LISTEN-54 */
    }
    else
    {
        Accepted = CONTAINING_RECORD(RemoveHeadList(&Socket->AcceptQueue), WSKP_SOCKET, QueueLink);
    }
    WskpCallbackBegins(Socket, WskpEventAccept);
    WskpUnlockSocket(Socket);
    if (Accepted != NULL)
    {
        OfferConnection(Socket, Accepted, Inherited);
    }
    else
    {
        (VOID)WskpAcceptCallback(Socket)(Socket->Context, WSK_FLAG_AT_DISPATCH_LEVEL, NULL, NULL, NULL, NULL, NULL);
    }
    WskpLockSocket(Socket);
    WskpCallbackReturned(Socket, WskpEventAccept);
}

const WSKP_WORK WskpAcceptWork = {
    .Prepare = PrepareAccept,
    .Ended = AcceptEnded,
    .BeforeDelivery = BeforeAcceptDelivery,
    .WantsCallback = WantsAcceptCallback,
    .Callback = AcceptCallback,
};

/* ---- WskAccept ------------------------------------------------------------------------------- */

static NTSTATUS QueueAccept(PWSKP_SOCKET Socket, PIRP Irp)
{
    NTSTATUS Status;

    WskpLockSocket(Socket);
    if (Socket->State != WskpStateListening || Socket->ListenerDead)
    {
        Status = Socket->ListenerDead ? STATUS_FILE_FORCED_CLOSED : WskpStateStatus(Socket);
        WskpUnlockSocket(Socket);
        return Status;
    }
    Socket->Stalled = FALSE; /* somebody asks: try again, and tell him if it fails */
    WskpQueueRequest(&Socket->In, Irp);
    WskpRunDirection(&Socket->In); /* unlocks */
    return STATUS_PENDING;
}

/*
 * Takes the oldest connection that waits, or the next to come; any number may be
 * queued and are served in order, before WskAcceptEvent. Information is the new
 * connection-oriented PWSK_SOCKET, the client's to close. The address variables
 * (may be NULL) are filled before completion. Flags is 0.
 * IRQL <= DISPATCH_LEVEL, does not block. STATUS_PENDING, or completed with:
 * STATUS_INVALID_PARAMETER, STATUS_INVALID_DEVICE_STATE (not listening),
 * STATUS_INSUFFICIENT_RESOURCES (no file descriptor left), STATUS_CANCELLED,
 * STATUS_FILE_FORCED_CLOSED. Page: PFN_WSK_ACCEPT.
 */
NTSTATUS WSKAPI WskpAccept(PWSK_SOCKET ListenSocket, ULONG Flags, PVOID AcceptSocketContext,
                           const WSK_CLIENT_CONNECTION_DISPATCH *AcceptSocketDispatch, PSOCKADDR LocalAddress,
                           PSOCKADDR RemoteAddress, PIRP Irp)
{
    PWSKP_ACCEPT Accept;
    WSKP_CALL Call;
    NTSTATUS Status;

    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskAccept");
    if (!WskpBeginSocketCall(&Call, ListenSocket, Irp, WskpKindAccept, __builtin_return_address(0), &Status))
    {
        return Status;
    }
    if (Flags != 0)
    {
        return WskpEndCall(&Call, STATUS_INVALID_PARAMETER);
    }
    Accept = WskpAcceptData(Irp);
    Accept->LocalAddress = LocalAddress;
    Accept->RemoteAddress = RemoteAddress;
    Accept->Context = AcceptSocketContext;
    Accept->Dispatch = AcceptSocketDispatch;
    return WskpEndCall(&Call, QueueAccept(WSKP_FROM_PUBLIC(ListenSocket), Irp));
}

/*
 * Decides an inspection that was pended. Conditional accept cannot be turned on
 * yet, so no inspection is pending. IRQL <= DISPATCH_LEVEL. Completed with:
 * STATUS_INVALID_PARAMETER (action, NULL), STATUS_NOT_SUPPORTED.
 * Page: PFN_WSK_INSPECT_COMPLETE.
 */
NTSTATUS WSKAPI WskpInspectComplete(PWSK_SOCKET ListenSocket, PWSK_INSPECT_ID InspectID, WSK_INSPECT_ACTION Action,
                                    PIRP Irp)
{
    WSKP_CALL Call;
    NTSTATUS Status;

    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskInspectComplete");
    if (!WskpBeginSocketCall(&Call, ListenSocket, Irp, WskpKindInspectComplete, __builtin_return_address(0), &Status))
    {
        return Status;
    }
    if (InspectID == NULL || (Action != WskInspectAccept && Action != WskInspectReject))
    {
        return WskpEndCall(&Call, STATUS_INVALID_PARAMETER); /* LISTEN-69, AMB-26 */
    }
    return WskpEndCall(&Call, STATUS_NOT_SUPPORTED);
}
