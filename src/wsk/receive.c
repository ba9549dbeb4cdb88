// SPDX-License-Identifier: MIT
/*
 * WskReceive: validates and queues; Prepare arms the engine for the oldest
 * request; Ended books what came. At most one receive is at the engine, however
 * many IRPs are queued. With none queued the direction serves the events, which
 * indicate.c tells of.
 * Requirements CONN-26..40, AMB-36, AMB-37, AMB-53.
 */
#include "wsk/indicate.h"

#define WSKP_DISCARD_AT_ONCE (1024 * 1024)

/* ---- the direction -------------------------------------------------------------- */

/* Moves bytes between the request's buffer, from Skip on, and Other. */
static VOID MoveBytes(PIRP Irp, SIZE_T Skip, PUCHAR Other, SIZE_T Length, BOOLEAN ToRequest)
{
    WSKP_SEGMENT Segment;

    while (Length != 0 && WskpMapData(Irp, Skip, Length, &Segment, 1) != 0)
    {
        if (ToRequest)
        {
            RtlCopyMemory(Segment.Base, Other, Segment.Length);
        }
        else
        {
            RtlCopyMemory(Other, Segment.Base, Segment.Length);
        }
        Skip += Segment.Length;
        Other += Segment.Length;
        Length -= Segment.Length;
    }
}

/* AMB-53, DIV-6: bytes that a cancelled WAITALL has taken stay for the next receive;
 * without memory to keep them they are delivered after all. */
static VOID FinishCancelled(PWSKP_DIRECTION Direction, PIRP Irp)
{
    PWSKP_SOCKET Socket = Direction->Socket;
    SIZE_T Done = WskpData(Irp)->Done;

    if (Done != 0)
    {
        PWSKP_INDICATION Buffer = Done <= MAXLONG ? WskpNewIndication(Socket, Done) : NULL;

        if (Buffer == NULL)
        {
            WskpFinishRequest(Direction, Irp, STATUS_SUCCESS, Done);
            return;
        }
        MoveBytes(Irp, 0, Buffer->Data, Done, FALSE);
        Buffer->End = Done;
        InsertHeadList(&Socket->Undelivered, &Buffer->Link);
    }
    WskpFinishRequest(Direction, Irp, STATUS_CANCELLED, 0);
}

/* TRUE: the request is finished with bytes that nobody took before. */
static BOOLEAN ServeUndelivered(PWSKP_DIRECTION Direction, PIRP Irp)
{
    PWSKP_SOCKET Socket = Direction->Socket;
    PWSKP_DATA Data = WskpData(Irp);

    if (Data->Flags & WSK_FLAG_DRAIN)
    {
        WskpDiscardUndelivered(Socket);
        return FALSE;
    }
    while (!IsListEmpty(&Socket->Undelivered) && Data->Done < Data->Length)
    {
        PWSKP_INDICATION First = CONTAINING_RECORD(Socket->Undelivered.Flink, WSKP_INDICATION, Link);
        SIZE_T Part = min(First->End - First->Start, Data->Length - Data->Done);

        MoveBytes(Irp, Data->Done, First->Data + First->Start, Part, TRUE);
        Data->Done += Part;
        WskpConsumeIndications(Socket, &Socket->Undelivered, Part);
    }
    if ((Data->Flags & WSK_FLAG_WAITALL) && Data->Done < Data->Length)
    {
        return FALSE;
    }
    WskpFinishRequest(Direction, Irp, STATUS_SUCCESS, Data->Done);
    return TRUE;
}

static WSKP_PREPARED PrepareReceive(PWSKP_DIRECTION Direction)
{
    PWSKP_SOCKET Socket = Direction->Socket;
    PIRP Irp = Direction->Active;
    PWSKP_DATA Data;

    if (Irp == NULL)
    {
        if (IsListEmpty(&Direction->Waiting))
        {
            return WskpPrepareIndication(Direction);
        }
        Irp = WskpIrpFromLink(RemoveHeadList(&Direction->Waiting));
        Direction->Active = Irp;
    }
    Data = WskpData(Irp);
    if (WskpRequest(Irp)->Flags & WSKP_REQUEST_CANCEL_SEEN)
    {
        FinishCancelled(Direction, Irp);
        return WskpPreparedProgress;
    }
    if (Socket->State == WskpStateAborted)
    {
        WskpFinishRequest(Direction, Irp, STATUS_CONNECTION_ABORTED, 0);
        return WskpPreparedProgress;
    }
    if (!IsListEmpty(&Socket->Undelivered) && ServeUndelivered(Direction, Irp))
    {
        return WskpPreparedProgress;
    }
    if (Socket->ReceiveEnded)
    {
        /* STATUS_SUCCESS after a graceful end: CONN-29, CONN-30, AMB-36. */
        WskpFinishRequest(Direction, Irp, Socket->BreakStatus, Data->Done);
        return WskpPreparedProgress;
    }
    Direction->Op->Kind = Data->Flags & WSK_FLAG_DRAIN ? WskpOpDiscard : WskpOpReceive;
    Direction->Op->Length = Data->Flags & WSK_FLAG_DRAIN ? WSKP_DISCARD_AT_ONCE : Data->Length - Data->Done;
    return WskpPreparedOp;
}

VOID WskpPeerEnded(PWSKP_SOCKET Socket)
{
    Socket->ReceiveEnded = TRUE;
    /* A reset that a send has seen first reads as an end here: BROKEN stays. */
    if (Socket->State == WskpStateConnected)
    {
        WskpSetState(Socket, WskpStateRemoteEnded);
    }
    else if (Socket->State == WskpStateLocalEnded)
    {
        WskpSetState(Socket, WskpStateDisconnected);
    }
}

static VOID ReceiveFailed(PWSKP_DIRECTION Direction, PIRP Irp)
{
    PWSKP_SOCKET Socket = Direction->Socket;

    if (Socket->State >= WskpStateClosing)
    {
        WskpFinishRequest(Direction, Irp, STATUS_CANCELLED, 0);
    }
    else if (Socket->State == WskpStateAborted)
    {
        WskpFinishRequest(Direction, Irp, STATUS_CONNECTION_ABORTED, 0);
    }
    else if (WskpIsCancelled(Direction->Op->Err))
    {
        FinishCancelled(Direction, Irp);
    }
    else
    {
        WskpBreakConnection(Socket, WskpStatusFromErrno(WskpFamilyReceive, Direction->Op->Err));
        Socket->ReceiveEnded = TRUE; /* Prepare finishes them all */
    }
}

static VOID ReceiveEnded(PWSKP_DIRECTION Direction)
{
    PIRP Irp = Direction->Active;
    PWSKP_OP Op = Direction->Op;

    Direction->TryNext = Op->MoreKnown;
    if (Op->Kind == WskpOpIndicate)
    {
        WskpIndicationEnded(Direction);
    }
    else if (Op->Err != 0)
    {
        ReceiveFailed(Direction, Irp);
    }
    else if (Op->Bytes == 0)
    {
        WskpPeerEnded(Direction->Socket);
    }
    else if (Op->Kind == WskpOpReceive)
    {
        PWSKP_DATA Data = WskpData(Irp);

        Data->Done += Op->Bytes;
        if (Data->Done == Data->Length || !(Data->Flags & WSK_FLAG_WAITALL))
        {
            WskpFinishRequest(Direction, Irp, STATUS_SUCCESS, Data->Done);
        }
    }
}

const WSKP_WORK WskpReceiveWork = {
    .Prepare = PrepareReceive,
    .Ended = ReceiveEnded,
    .WantsCallback = WskpWantsIndication,
    .Callback = WskpIndicate,
};

/* ---- WskReceive ----------------------------------------------------------------------- */

static NTSTATUS CheckReceive(PWSK_BUF Buffer, ULONG Flags)
{
    if ((Flags & ~(WSK_FLAG_WAITALL | WSK_FLAG_DRAIN)) != 0 || Flags == (WSK_FLAG_WAITALL | WSK_FLAG_DRAIN))
    {
        return STATUS_INVALID_PARAMETER; /* CONN-36, AMB-05, AMB-15 */
    }
    if (Buffer == NULL || ((Flags & WSK_FLAG_DRAIN) && Buffer->Length != 0))
    {
        return STATUS_INVALID_PARAMETER; /* CONN-35 */
    }
    return STATUS_SUCCESS;
}

/* CONN-46, CONN-48, CONN-49: any WskReceive lets a suspended receive event resume. */
static VOID ResumeEvents(PWSKP_SOCKET Socket)
{
    Socket->Suspended = FALSE;
    Socket->Resumed = TRUE;
}

static NTSTATUS QueueReceive(PWSKP_SOCKET Socket, PIRP Irp)
{
    NTSTATUS Status = STATUS_PENDING;

    WskpLockSocket(Socket);
    WskpCheckSocket(Socket);
    if (!WskpMayReceive(Socket->State))
    {
        Status = WskpStateStatus(Socket);
    }
    else if (WskpData(Irp)->Length == 0 && !(WskpData(Irp)->Flags & WSK_FLAG_DRAIN))
    {
        Status = STATUS_SUCCESS; /* AMB-37 */
        ResumeEvents(Socket);
        WskpKickDirection(&Socket->In);
    }
    else
    {
        Status = WskpAllocateOp(&Socket->In);
        if (NT_SUCCESS(Status))
        {
            ResumeEvents(Socket);
            WskpQueueRequest(&Socket->In, Irp);
            WskpRunDirection(&Socket->In); /* unlocks */
            return STATUS_PENDING;
        }
    }
    WskpUnlockSocket(Socket);
    return Status;
}

static NTSTATUS Receive(PWSK_SOCKET Socket, PWSK_BUF Buffer, ULONG Flags, PULONG ControlInfoLength,
                        PULONG ControlFlags, PIRP Irp, PVOID Caller)
{
    WSKP_CALL Call;
    NTSTATUS Status;

    if (!WskpBeginSocketCall(&Call, Socket, Irp, WskpKindReceive, Caller, &Status))
    {
        return Status;
    }
    Status = CheckReceive(Buffer, Flags);
    if (NT_SUCCESS(Status))
    {
        Status = WskpCaptureBuffer(Irp, Buffer, Flags);
    }
    if (NT_SUCCESS(Status))
    {
        /* There never is control data on TCP: told now, while the variables are ours (AMB-46). */
        if (ControlInfoLength != NULL)
        {
            *ControlInfoLength = 0;
        }
        if (ControlFlags != NULL)
        {
            *ControlFlags = 0;
        }
        Status = QueueReceive(WSKP_FROM_PUBLIC(Socket), Irp);
    }
    return WskpEndCall(&Call, Status);
}

/*
 * Receives into Buffer (as WskSend's), after everything received before;
 * Information is the byte count, 0 with success when the peer has ended its half.
 * Flags: 0, WSK_FLAG_WAITALL (all of Length, unless the connection ends first) or
 * WSK_FLAG_DRAIN (throws everything away until the connection ends; Length 0).
 * A Length of 0 completes at once. Any call lets a WskReceiveEvent resume that the
 * client suspended; what the event did not take is received first. Bytes that a cancelled WAITALL had stored
 * go to the next receive. IRQL <= DISPATCH_LEVEL, does not
 * block. STATUS_PENDING, or completed with: STATUS_INVALID_PARAMETER,
 * STATUS_INVALID_DEVICE_STATE (not connected), STATUS_CONNECTION_RESET and the
 * like, STATUS_CONNECTION_ABORTED (by us), STATUS_CANCELLED.
 * Page: PFN_WSK_RECEIVE.
 */
NTSTATUS WSKAPI WskpReceive(PWSK_SOCKET Socket, PWSK_BUF Buffer, ULONG Flags, PIRP Irp)
{
    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskReceive");
    return Receive(Socket, Buffer, Flags, NULL, NULL, Irp, __builtin_return_address(0));
}

/* As WskReceive; control information never comes on TCP: its length and flags
 * become 0 (AMB-46). Reserved member of the tables, no page. */
NTSTATUS WSKAPI WskpReceiveEx(PWSK_SOCKET Socket, PWSK_BUF Buffer, ULONG Flags, PULONG ControlInfoLength,
                              PCMSGHDR ControlInfo, PULONG ControlFlags, PIRP Irp)
{
    UNREFERENCED_PARAMETER(ControlInfo);
    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskReceiveEx");
    return Receive(Socket, Buffer, Flags, ControlInfoLength, ControlFlags, Irp, __builtin_return_address(0));
}
