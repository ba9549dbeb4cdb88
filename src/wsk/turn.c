// SPDX-License-Identifier: MIT
/*
 * The turn of a direction: who may call the engine, in which order results
 * reach the client, and how a cancelled request leaves. One file, because these
 * three must agree about every moment of a request:
 *
 *    Waiting ----> Active ----> Finished ----> completed
 *       |  the turn   | the engine's   ^  the turn, from a
 *       |  takes it   | op ended       |  deferred routine
 *       +-------------+----------------+
 *          cancel, flush (abort, close)
 *
 * A thread that wants work done links it under the lock and, if nobody is Busy,
 * does it; else the one who is Busy sees it before leaving. Done of an op only
 * notes the result and has a deferred routine look at it.
 *
 * Cancel. While a request waits or is active its cancel routine is set. Whoever
 * takes the routine out decides: Finish does so under the lock, and finding it
 * gone without CANCEL_SEEN knows that WskpCancel is on its way to that lock and
 * will read the request: delivery then stops in front of it (CANCEL_BUSY) until
 * WskpCancel has come. So results stay in order and the IRP stays ours until
 * nobody looks at it any more.
 */
#include "wsk/request.h"

static VOID DirectionDeferred(KI_DEFERRED *Deferred);

VOID WskpInitializeDirection(PWSKP_DIRECTION Direction, PWSKP_SOCKET Socket, const WSKP_WORK *Work)
{
    Direction->Socket = Socket;
    Direction->Work = Work;
    Direction->Deferred.Routine = DirectionDeferred;
    Direction->TryNext = TRUE;
    InitializeListHead(&Direction->Waiting);
    InitializeListHead(&Direction->Finished);
}

NTSTATUS WskpAllocateOp(PWSKP_DIRECTION Direction)
{
    if (Direction->Op == NULL)
    {
        PWSKP_OP Op = HcAllocateZero(sizeof(WSKP_OP));

        if (Op == NULL)
        {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        Op->Socket = Direction->Socket;
        Op->Direction = Direction;
        Op->Done = WskpOpDone;
        Direction->Op = Op;
    }
    return STATUS_SUCCESS;
}

/* ---- results ------------------------------------------------------------------- */

VOID WskpFinishRequest(PWSKP_DIRECTION Direction, PIRP Irp, NTSTATUS Status, ULONG_PTR Information)
{
    PWSKP_REQUEST Request = WskpRequest(Irp);

    if (Direction->Active == Irp)
    {
        Direction->Active = NULL;
    }
    Request->Status = Status;
    Request->Information = Information;
    if ((Request->Flags & WSKP_REQUEST_CANCELABLE) && IoSetCancelRoutine(Irp, NULL) == NULL &&
        !(Request->Flags & WSKP_REQUEST_CANCEL_SEEN))
    {
        Request->Flags |= WSKP_REQUEST_CANCEL_BUSY;
    }
    InsertTailList(&Direction->Finished, &Irp->Tail.Overlay.ListEntry);
}

static BOOLEAN MayDeliver(PWSKP_DIRECTION Direction)
{
    PIRP Irp;

    if (IsListEmpty(&Direction->Finished))
    {
        return FALSE;
    }
    Irp = WskpIrpFromLink(Direction->Finished.Flink);
    return !(WskpRequest(Irp)->Flags & WSKP_REQUEST_CANCEL_BUSY);
}

static BOOLEAN WantsCallback(PWSKP_DIRECTION Direction)
{
    return Direction->Work->WantsCallback != NULL && IsListEmpty(&Direction->Finished) &&
           Direction->Work->WantsCallback(Direction);
}

/* Drops the lock around the client's code. */
static BOOLEAN DeliverOne(PWSKP_DIRECTION Direction)
{
    PWSKP_SOCKET Socket = Direction->Socket;
    PIRP Irp;

    if (MayDeliver(Direction))
    {
        Irp = WskpIrpFromLink(RemoveHeadList(&Direction->Finished));
        WskpUnlockSocket(Socket);
        if (Direction->Work->BeforeDelivery == NULL || Direction->Work->BeforeDelivery(Direction, Irp))
        {
            WskpCompleteRequest(Irp, WskpRequest(Irp)->Status, WskpRequest(Irp)->Information);
        }
        WskpLockSocket(Socket);
        return TRUE;
    }
    if (WantsCallback(Direction))
    {
        Direction->Work->Callback(Direction);
        return TRUE;
    }
    return FALSE;
}

/* ---- the turn ---------------------------------------------------------------------- */

/* FALSE: there is nothing to start. Drops the lock across the engine call. */
static BOOLEAN StartOne(PWSKP_DIRECTION Direction, ULONG *Tries)
{
    PWSKP_SOCKET Socket = Direction->Socket;
    WSKP_PREPARED Prepared;
    BOOLEAN Try;
    NTSTATUS Status;

    if (Direction->InFlight)
    {
        return FALSE;
    }
    if (Socket->State >= WskpStateClosing)
    {
        if (Direction->Active == NULL)
        {
            return FALSE;
        }
        WskpFinishRequest(Direction, Direction->Active, STATUS_CANCELLED, 0); /* between two ops when the close came */
        return TRUE;
    }
    Prepared = Direction->Work->Prepare(Direction);
    if (Prepared != WskpPreparedOp)
    {
        return Prepared == WskpPreparedProgress;
    }
    if (!WskpEnterEngine(Socket))
    {
        return TRUE; /* no engine socket any more: see above */
    }
    Direction->InFlight = Direction->Submitting = TRUE;
    Direction->CancelWanted = FALSE;
    Try = Direction->TryNext && *Tries < WSKP_TRIES_PER_RUN;
    ++*Tries;
    WskpUnlockSocket(Socket);

    Status = WskpSubmitOp(Socket->Engine, Direction->Op, Try);

    WskpLockSocket(Socket);
    Direction->Submitting = FALSE;
    if (Status != STATUS_PENDING)
    {
        Direction->InFlight = FALSE;
        Direction->OpEnded = TRUE;
    }
    else if (Direction->CancelWanted && Direction->InFlight)
    {
        WskpCancelOp(Direction);
    }
    WskpLeaveEngine(Socket);
    return TRUE;
}

static VOID QueueDirection(PWSKP_DIRECTION Direction)
{
    Direction->Queued = TRUE;
    WskpReferenceSocket(Direction->Socket, WSKP_REF_TURN);
    KiQueueDeferred(&Direction->Deferred);
}

static VOID RunTurn(PWSKP_DIRECTION Direction, BOOLEAN Deliver)
{
    ULONG Deliveries = 0;
    ULONG Tries = 0;

    NT_ASSERT(!Direction->Busy);
    Direction->Busy = TRUE;
    if (!Deliver)
    {
        Direction->TryNext = TRUE; /* a call from outside: nothing is known yet */
    }
    for (;;)
    {
        if (Direction->OpEnded)
        {
            Direction->OpEnded = FALSE;
            Direction->Work->Ended(Direction);
            continue;
        }
        if (Deliver && Deliveries < WSKP_DELIVERIES_PER_RUN && DeliverOne(Direction))
        {
            Deliveries++;
            continue;
        }
        if (StartOne(Direction, &Tries))
        {
            continue;
        }
        break;
    }
    Direction->Busy = FALSE;
    WskpCheckSocket(Direction->Socket);
    if (!Direction->Queued && (MayDeliver(Direction) || WantsCallback(Direction)))
    {
        QueueDirection(Direction);
    }
}

static VOID DirectionDeferred(KI_DEFERRED *Deferred)
{
    PWSKP_DIRECTION Direction = CONTAINING_RECORD(Deferred, WSKP_DIRECTION, Deferred);
    PWSKP_SOCKET Socket = Direction->Socket;

    WskpLockSocket(Socket);
    Direction->Queued = FALSE;
    if (!Direction->Busy)
    {
        RunTurn(Direction, TRUE);
    }
    WskpUnlockSocket(Socket);
    WskpDereferenceSocket(Socket, WSKP_REF_TURN);
}

VOID WskpRunDirection(PWSKP_DIRECTION Direction)
{
    /* The caller's request keeps the socket, but that may be completed and gone
     * before the turn is given back. */
    if (!Direction->Busy)
    {
        WskpReferenceSocket(Direction->Socket, WSKP_REF_TURN);
        RunTurn(Direction, FALSE);
        WskpUnlockSocket(Direction->Socket);
        WskpDereferenceSocket(Direction->Socket, WSKP_REF_TURN);
        return;
    }
    WskpUnlockSocket(Direction->Socket);
}

VOID WskpKickDirection(PWSKP_DIRECTION Direction)
{
    if (!Direction->Busy && !Direction->Queued)
    {
        QueueDirection(Direction);
    }
}

VOID WskpHoldDirection(PWSKP_DIRECTION Direction)
{
    NT_ASSERT(!Direction->Busy && !Direction->Queued);
    Direction->Busy = TRUE;
    WskpReferenceSocket(Direction->Socket, WSKP_REF_TURN);
}

VOID WskpReleaseDirection(PWSKP_DIRECTION Direction)
{
    PWSKP_SOCKET Socket = Direction->Socket;

    WskpLockSocket(Socket);
    Direction->Busy = FALSE;
    WskpKickDirection(Direction);
    WskpUnlockSocket(Socket);
    WskpDereferenceSocket(Socket, WSKP_REF_TURN);
}

/* On the loop's thread. The ENGINE_OP reference keeps the socket: its close is
 * done later on this very thread. */
VOID WskpOpDone(PWSKP_OP Op)
{
    PWSKP_DIRECTION Direction = Op->Direction;
    PWSKP_SOCKET Socket = Direction->Socket;

    WskpLockSocket(Socket);
    NT_ASSERT(Direction->InFlight && !Direction->OpEnded);
    if (Direction->Cancelling)
    {
        Direction->EndHeld = TRUE;
    }
    else
    {
        Direction->InFlight = FALSE;
        Direction->OpEnded = TRUE;
        WskpKickDirection(Direction);
    }
    WskpUnlockSocket(Socket);
}

/* ---- cancel ---------------------------------------------------------------------------- */

VOID WskpCancelOp(PWSKP_DIRECTION Direction)
{
    PWSKP_SOCKET Socket = Direction->Socket;

    if (!Direction->InFlight || Direction->Cancelling)
    {
        return;
    }
    if (Direction->Submitting)
    {
        Direction->CancelWanted = TRUE; /* the engine may not know it yet */
        return;
    }
    if (!WskpEnterEngine(Socket))
    {
        return; /* the close ends it */
    }
    Direction->Cancelling = TRUE;
    WskpUnlockSocket(Socket);

    WskpEngineCancel(Socket->Engine, Direction->Op);

    WskpLockSocket(Socket);
    Direction->Cancelling = FALSE;
    if (Direction->EndHeld)
    {
        Direction->EndHeld = FALSE;
        Direction->InFlight = FALSE;
        Direction->OpEnded = TRUE;
        WskpKickDirection(Direction);
    }
    WskpLeaveEngine(Socket);
}

/* Takes a request out of Waiting. Lock held, may be dropped at the end. */
static VOID CancelWaiting(PWSKP_DIRECTION Direction, PIRP Irp)
{
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
    WskpFinishRequest(Direction, Irp, STATUS_CANCELLED, 0);
    WskpKickDirection(Direction);
    if (Direction->Work == &WskpAcceptWork)
    {
        WskpCancelUnwantedAccept(Direction->Socket);
    }
}

static VOID NTAPI WskpCancel(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PWSKP_REQUEST Request = WskpRequest(Irp);
    PWSKP_SOCKET Socket = Request->Socket;
    PWSKP_DIRECTION Direction = Request->Inbound ? &Socket->In : &Socket->Out;
    KIRQL OldIrql;

    UNREFERENCED_PARAMETER(DeviceObject);
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    KeRaiseIrql(DISPATCH_LEVEL, &OldIrql);
    WskpLockSocket(Socket);
    /* The request's reference goes with its delivery, which may begin as soon as
     * the lock is dropped. */
    WskpReferenceSocket(Socket, WSKP_REF_TURN);
    Request->Flags |= WSKP_REQUEST_CANCEL_SEEN;
    if (Request->Flags & WSKP_REQUEST_CANCEL_BUSY)
    {
        Request->Flags &= ~WSKP_REQUEST_CANCEL_BUSY;
        WskpKickDirection(Direction);
    }
    else if (Direction->Active != Irp)
    {
        CancelWaiting(Direction, Irp);
    }
    else if (Direction->InFlight)
    {
        WskpCancelOp(Direction);
    }
    else
    {
        WskpKickDirection(Direction); /* Prepare looks at CANCEL_SEEN */
    }
    WskpUnlockSocket(Socket);
    WskpDereferenceSocket(Socket, WSKP_REF_TURN);
    KeLowerIrql(OldIrql);
}

VOID WskpQueueRequest(PWSKP_DIRECTION Direction, PIRP Irp)
{
    PWSKP_REQUEST Request = WskpRequest(Irp);

    IoMarkIrpPending(Irp);
    Request->Flags |= WSKP_REQUEST_CANCELABLE;
    Request->Inbound = Direction == &Direction->Socket->In;
    InsertTailList(&Direction->Waiting, &Irp->Tail.Overlay.ListEntry);
    IoSetCancelRoutine(Irp, WskpCancel);
    if (WskpIsIrpCancelled(Irp) && IoSetCancelRoutine(Irp, NULL) != NULL)
    {
        /* Cancelled before it could be: nobody else will come. */
        Request->Flags |= WSKP_REQUEST_CANCEL_SEEN;
        CancelWaiting(Direction, Irp);
    }
}

VOID WskpFlushDirection(PWSKP_DIRECTION Direction, NTSTATUS Status)
{
    /* An active request is the engine's or the turn's, who see the state. */
    while (!IsListEmpty(&Direction->Waiting))
    {
        WskpFinishRequest(Direction, WskpIrpFromLink(RemoveHeadList(&Direction->Waiting)), Status, 0);
    }
    if (!IsListEmpty(&Direction->Finished))
    {
        WskpKickDirection(Direction);
    }
}
