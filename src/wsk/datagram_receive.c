// SPDX-License-Identifier: MIT
/*
 * WskReceiveFrom, and the incoming direction of a datagram socket: requests are
 * served first from what is held, then one datagram each by the engine, straight
 * into their own memory; with none waiting the direction receives for the
 * callback (datagram_event.c). At most one receive is at the engine.
 * Requirements DGRAM-18..33, AMB-09, AMB-31..33, AMB-60.
 */
#include "wsk/datagram.h"

/* ---- the data ------------------------------------------------------------------- */

SIZE_T WskpMapChain(PMDL Mdl, SIZE_T Position, SIZE_T Length, PWSKP_SEGMENT Segments, SIZE_T Maximum)
{
    SIZE_T Count = 0;

    for (; Length != 0 && Count < Maximum && Mdl != NULL; Mdl = Mdl->Next)
    {
        SIZE_T Size = MmGetMdlByteCount(Mdl);

        if (Position >= Size)
        {
            Position -= Size;
            continue;
        }
        Segments[Count].Base = (PUCHAR)MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority) + Position;
        Segments[Count].Length = min(Size - Position, Length);
        Length -= Segments[Count].Length;
        Position = 0;
        Count++;
    }
    return Count;
}

static SIZE_T RequestSegments(PIRP Irp, SIZE_T Skip, PWSKP_SEGMENT Segments, SIZE_T Maximum, SIZE_T *Length)
{
    PWSKP_RECEIVE_FROM Receive = WskpReceiveFromData(Irp);

    *Length = Receive->Length;
    return Skip < *Length
               ? WskpMapChain(Receive->Mdl, Receive->Offset + Skip, *Length - Skip, Segments, Maximum)
               : 0;
}

SIZE_T WskpReceiveFromSegments(PWSKP_OP Op, SIZE_T Index, SIZE_T Skip, PWSKP_SEGMENT Segments, SIZE_T Maximum,
                               SIZE_T *Length)
{
    PWSKP_DIRECTION Direction = Op->Direction;

    if (Direction->Active != NULL)
    {
        return RequestSegments(Direction->Active, Skip, Segments, Maximum, Length);
    }
    *Length = WSKP_DATAGRAM_BYTES_MAX;
    if (Skip >= *Length || Maximum == 0)
    {
        return 0;
    }
    Segments[0].Base = Direction->Socket->Datagram->Batch[Index]->Data + Skip;
    Segments[0].Length = *Length - Skip;
    return 1;
}

VOID WskpDatagramArrived(PWSKP_OP Op, SIZE_T Index, const WSKP_ARRIVAL *Arrival)
{
    PWSKP_DIRECTION Direction = Op->Direction;
    PWSKP_DATAGRAM_SOCKET Datagram = Direction->Socket->Datagram;

    if (Direction->Active != NULL)
    {
        Datagram->Arrival = *Arrival;
    }
    else
    {
        Datagram->Batch[Index]->Arrival = *Arrival;
    }
}

BOOLEAN WskpIsFromRemote(PWSKP_SOCKET Socket, const WSKP_ADDRESS *From)
{
    const WSKP_ADDRESS *Remote = &Socket->Datagram->FixedRemote;

    if (Remote->Base.sa_family == AF_UNSPEC)
    {
        return TRUE;
    }
    if (Remote->V4.sin_port != From->V4.sin_port)
    {
        return FALSE;
    }
    if (Socket->Family == AF_INET)
    {
        return Remote->V4.sin_addr.s_addr == From->V4.sin_addr.s_addr;
    }
    return RtlEqualMemory(&Remote->V6.sin6_addr, &From->V6.sin6_addr, sizeof(IN6_ADDR)) &&
           Remote->V6.sin6_scope_id == From->V6.sin6_scope_id;
}

/* ---- the direction ----------------------------------------------------------------- */

/* Tells the client all about its datagram, whose data is in place. */
static VOID FinishReceive(PWSKP_DIRECTION Direction, PIRP Irp, const WSKP_ARRIVAL *Arrival, SIZE_T Bytes, ULONG Flags)
{
    PWSKP_RECEIVE_FROM Receive = WskpReceiveFromData(Irp);
    PWSKP_SOCKET Socket = Direction->Socket;
    BOOLEAN Truncated;

    if (Receive->RemoteAddress != NULL)
    {
        RtlCopyMemory(Receive->RemoteAddress, &Arrival->From, WskpAddressSize(Socket->Family));
    }
    if (Receive->ControlLength != NULL)
    {
        *Receive->ControlLength = WskpWriteControlData(Socket->Family, Socket->Datagram->Tell, &Arrival->Ancillary,
                                                       Receive->ControlInfo, *Receive->ControlLength, &Truncated);
        Flags |= Truncated ? MSG_CTRUNC : 0;
    }
    if (Receive->ControlFlags != NULL)
    {
        *Receive->ControlFlags = Flags;
    }
    WskpFinishRequest(Direction, Irp, STATUS_SUCCESS, Bytes);
}

static VOID ServeHeld(PWSKP_DIRECTION Direction, PIRP Irp, PWSKP_DATAGRAM Datagram)
{
    ULONG Flags = Datagram->Arrival.Flags;
    SIZE_T Done = 0, Length = 0;
    WSKP_SEGMENT Segment;

    while (Done < Datagram->Arrival.Bytes && RequestSegments(Irp, Done, &Segment, 1, &Length) != 0)
    {
        SIZE_T Part = min(Segment.Length, Datagram->Arrival.Bytes - Done);

        RtlCopyMemory(Segment.Base, Datagram->Data + Done, Part);
        Done += Part;
    }
    Flags |= Done < Datagram->Arrival.Bytes ? MSG_TRUNC : 0;
    FinishReceive(Direction, Irp, &Datagram->Arrival, Done, Flags);
    WskpRecycleDatagram(Direction->Socket, Datagram);
}

static WSKP_PREPARED PrepareReceiveFrom(PWSKP_DIRECTION Direction)
{
    PIRP Irp = Direction->Active;
    PWSKP_DATAGRAM Held;

    if (Irp == NULL)
    {
        if (IsListEmpty(&Direction->Waiting))
        {
            return WskpPrepareBatch(Direction);
        }
        Irp = WskpIrpFromLink(RemoveHeadList(&Direction->Waiting));
        Direction->Active = Irp;
    }
    if (WskpRequest(Irp)->Flags & WSKP_REQUEST_CANCEL_SEEN)
    {
        WskpFinishRequest(Direction, Irp, STATUS_CANCELLED, 0);
        return WskpPreparedProgress;
    }
    Held = WskpTakeHeld(Direction->Socket);
    if (Held != NULL)
    {
        ServeHeld(Direction, Irp, Held);
        return WskpPreparedProgress;
    }
    if (Direction->Socket->Datagram->Dead)
    {
        WskpFinishRequest(Direction, Irp, STATUS_FILE_FORCED_CLOSED, 0);
        return WskpPreparedProgress;
    }
    Direction->Op->Kind = WskpOpReceiveFrom;
    Direction->Op->Length = 1;
    return WskpPreparedOp;
}

static VOID ReceiveFromFailed(PWSKP_DIRECTION Direction, PIRP Irp, int Err)
{
    PWSKP_SOCKET Socket = Direction->Socket;

    if (WskpIsCancelled(Err) || Socket->State >= WskpStateClosing)
    {
        if (Irp != NULL)
        {
            WskpFinishRequest(Direction, Irp, STATUS_CANCELLED, 0);
        }
    }
    else if (Irp != NULL && WskpIsOutOfDescriptors(Err))
    {
        WskpFinishRequest(Direction, Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    }
    else
    {
        HcLog(HcLogError, "%s: socket %u: the engine stopped receiving: %s", WskpClientName(Socket->Client),
              Socket->Number, RtlpStatusName(WskpStatusFromErrno(WskpFamilyReceive, Err)));
        Socket->Datagram->Dead = TRUE; /* Prepare finishes them all */
    }
}

static VOID ReceiveFromEnded(PWSKP_DIRECTION Direction)
{
    PWSKP_SOCKET Socket = Direction->Socket;
    const WSKP_ARRIVAL *Arrival = &Socket->Datagram->Arrival;
    PIRP Irp = Direction->Active;

    Direction->TryNext = Direction->Op->MoreKnown;
    if (Irp == NULL)
    {
        WskpBatchEnded(Direction);
    }
    if (Direction->Op->Err != 0)
    {
        ReceiveFromFailed(Direction, Irp, Direction->Op->Err);
    }
    else if (Irp != NULL && WskpIsFromRemote(Socket, &Arrival->From))
    {
        FinishReceive(Direction, Irp, Arrival, Arrival->Bytes, Arrival->Flags);
    }
}

const WSKP_WORK WskpReceiveFromWork = {
    .Prepare = PrepareReceiveFrom,
    .Ended = ReceiveFromEnded,
    .WantsCallback = WskpWantsReceiveFromCallback,
    .Callback = WskpReceiveFromCallback,
};

/* ---- WskReceiveFrom ------------------------------------------------------------------- */

static NTSTATUS QueueReceiveFrom(PWSKP_SOCKET Socket, PIRP Irp)
{
    NTSTATUS Status;

    WskpLockSocket(Socket);
    WskpCheckSocket(Socket);
    Status = Socket->State != WskpStateBound ? WskpStateStatus(Socket)
             : Socket->Datagram->Dead        ? STATUS_FILE_FORCED_CLOSED
                                             : WskpAllocateOp(&Socket->In);
    if (!NT_SUCCESS(Status))
    {
        WskpUnlockSocket(Socket);
        return Status;
    }
    WskpQueueRequest(&Socket->In, Irp);
    WskpRunDirection(&Socket->In); /* unlocks */
    return STATUS_PENDING;
}

/*
 * Receives one datagram into Buffer (as WskSend's), the oldest there is or the
 * next to come; requests are served in order, before WskReceiveFromEvent.
 * Information is the byte count, 0 for an empty datagram. What does not fit is
 * lost: success with MSG_TRUNC (AMB-31). RemoteAddress, *ControlLength,
 * ControlInfo and *ControlFlags (each may be NULL) are the client's until
 * completion, and written then; control data is what options have asked for, as
 * many whole objects as fit, MSG_CTRUNC when not all did (AMB-32). Flags is 0.
 * IRQL <= DISPATCH_LEVEL, does not block. STATUS_PENDING, or completed with:
 * STATUS_INVALID_PARAMETER, STATUS_INVALID_DEVICE_STATE (not bound),
 * STATUS_INSUFFICIENT_RESOURCES, STATUS_CANCELLED, STATUS_FILE_FORCED_CLOSED.
 * Page: PFN_WSK_RECEIVE_FROM.
 */
NTSTATUS WSKAPI WskpReceiveFrom(PWSK_SOCKET Socket, PWSK_BUF Buffer, ULONG Flags, PSOCKADDR RemoteAddress,
                                PULONG ControlLength, PCMSGHDR ControlInfo, PULONG ControlFlags, PIRP Irp)
{
    PWSKP_RECEIVE_FROM Receive;
    WSKP_CALL Call;
    NTSTATUS Status;

    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskReceiveFrom");
    if (!WskpBeginSocketCall(&Call, Socket, Irp, WskpKindReceiveFrom, __builtin_return_address(0), &Status))
    {
        return Status;
    }
    Status = Buffer == NULL || Flags != 0 ? STATUS_INVALID_PARAMETER : WskpCheckBuffer(Irp, Buffer);
    if (NT_SUCCESS(Status))
    {
        Receive = WskpReceiveFromData(Irp);
        Receive->RemoteAddress = RemoteAddress;
        Receive->ControlLength = ControlLength;
        Receive->ControlInfo = ControlInfo;
        Receive->ControlFlags = ControlFlags;
        Receive->Mdl = Buffer->Mdl;
        Receive->Offset = Buffer->Offset;
        Receive->Length = (ULONG)min(Buffer->Length, (SIZE_T)MAXULONG);
        Status = QueueReceiveFrom(WSKP_FROM_PUBLIC(Socket), Irp);
    }
    return WskpEndCall(&Call, Status);
}
