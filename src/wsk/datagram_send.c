// SPDX-License-Identifier: MIT
/*
 * WskSendTo and WskSendMessages. A request that finds nothing before it leaves
 * its destination in the socket; one that has to wait takes memory for it, the
 * only allocation on a data path. Prepare hands all datagrams of the oldest
 * request to the engine, which sends several in a call. Requirements
 * DGRAM-01..17, AMB-08, AMB-18, AMB-30, AMB-34, AMB-59.
 */
#include "wsk/datagram.h"

/* ---- the data ------------------------------------------------------------------- */

/* The list entry of datagram Index, which is not the first. */
static PWSK_BUF_LIST EntryAt(PWSKP_SEND_TO Send, SIZE_T Index)
{
    if (Send->CursorIndex == 0 || Index < Send->CursorIndex)
    {
        Send->CursorIndex = 1;
        Send->Cursor = Send->Next;
    }
    while (Send->CursorIndex < Index)
    {
        Send->Cursor = Send->Cursor->Next;
        Send->CursorIndex++;
    }
    return Send->Cursor;
}

SIZE_T WskpSendToSegments(PWSKP_OP Op, SIZE_T Index, SIZE_T Skip, PWSKP_SEGMENT Segments, SIZE_T Maximum,
                          SIZE_T *Length)
{
    PWSKP_SEND_TO Send = WskpSendToData(Op->Direction->Active);
    PMDL Mdl = Send->Mdl;
    SIZE_T Offset = Send->Offset;

    *Length = Send->Length;
    if (Index != 0)
    {
        const WSK_BUF *Buffer = &EntryAt(Send, Index)->Buffer;

        Mdl = Buffer->Mdl;
        Offset = Buffer->Offset;
        *Length = Buffer->Length;
    }
    return Skip < *Length ? WskpMapChain(Mdl, Offset + Skip, *Length - Skip, Segments, Maximum) : 0;
}

static ULONG_PTR AllBytes(PWSKP_SEND_TO Send)
{
    ULONG_PTR Bytes = Send->Length;

    for (PWSK_BUF_LIST Entry = Send->Next; Entry != NULL; Entry = Entry->Next)
    {
        Bytes += Entry->Buffer.Length;
    }
    return Bytes;
}

/* ---- the direction ----------------------------------------------------------------- */

static WSKP_PREPARED PrepareSendTo(PWSKP_DIRECTION Direction)
{
    PIRP Irp = Direction->Active;
    PWSKP_SEND_TO Send;

    if (Irp == NULL)
    {
        if (IsListEmpty(&Direction->Waiting))
        {
            return WskpPreparedNothing;
        }
        Irp = WskpIrpFromLink(RemoveHeadList(&Direction->Waiting));
        Direction->Active = Irp;
    }
    if (WskpRequest(Irp)->Flags & WSKP_REQUEST_CANCEL_SEEN)
    {
        WskpFinishRequest(Direction, Irp, STATUS_CANCELLED, 0);
        return WskpPreparedProgress;
    }
    Send = WskpSendToData(Irp);
    WskpSetOpDestination(Direction->Op, Send->Destination != NULL ? Send->Destination
                                                                  : &Direction->Socket->Datagram->Direct);
    Direction->Op->Kind = WskpOpSendTo;
    Direction->Op->Length = Send->Count;
    return WskpPreparedOp;
}

static VOID SendToEnded(PWSKP_DIRECTION Direction)
{
    PIRP Irp = Direction->Active;
    int Err = Direction->Op->Err;

    if (Err == 0)
    {
        WskpFinishRequest(Direction, Irp, STATUS_SUCCESS, AllBytes(WskpSendToData(Irp)));
        return;
    }
    /* Nothing that the network says about one datagram ends the socket. */
    WskpFinishRequest(Direction, Irp,
                      Direction->Socket->State >= WskpStateClosing ? STATUS_CANCELLED
                                                                   : WskpStatusFromErrno(WskpFamilySend, Err),
                      0);
}

static BOOLEAN BeforeSendToDelivery(PWSKP_DIRECTION Direction, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Direction);
    if (WskpSendToData(Irp)->Destination != NULL)
    {
        HcFree(WskpSendToData(Irp)->Destination);
    }
    return TRUE;
}

const WSKP_WORK WskpSendToWork = {
    .Prepare = PrepareSendTo, .Ended = SendToEnded, .BeforeDelivery = BeforeSendToDelivery};

/* ---- WskSendTo, WskSendMessages -------------------------------------------------------- */

/* What the two calls have in common; lives on the caller's stack. */
typedef struct _WSKP_SEND_CALL
{
    const WSK_BUF *First;
    PWSK_BUF_LIST Next;
    ULONG Flags;
    const SOCKADDR *RemoteAddress;
    ULONG ControlLength;
    const VOID *ControlInfo;
} WSKP_SEND_CALL;

/* Checks every buffer and lays the request over the IRP. */
static NTSTATUS CaptureSend(PIRP Irp, const WSKP_SEND_CALL *Arguments)
{
    PWSKP_SEND_TO Send = WskpSendToData(Irp);
    ULONG Count = 1;
    NTSTATUS Status;

    Status = WskpCheckBuffer(Irp, Arguments->First);
    for (PWSK_BUF_LIST Entry = Arguments->Next; NT_SUCCESS(Status) && Entry != NULL; Entry = Entry->Next)
    {
        Status = WskpCheckBuffer(Irp, &Entry->Buffer);
        Count++;
    }
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    Send->Next = Arguments->Next;
    Send->Count = Count;
    Send->Mdl = Arguments->First->Mdl;
    Send->Offset = Arguments->First->Offset;
    Send->Length = (ULONG)min(Arguments->First->Length, (SIZE_T)MAXULONG);
    return STATUS_SUCCESS;
}

/* Where it goes. The socket's lock is held. */
static NTSTATUS ChooseAddress(PWSKP_SOCKET Socket, const SOCKADDR *Address, PWSKP_ADDRESS To)
{
    PWSKP_DATAGRAM_SOCKET Datagram = Socket->Datagram;
    const WSKP_ADDRESS *Remote = &Datagram->FixedRemote, *SendTo = &Datagram->FixedSendTo;

    if (Address != NULL)
    {
        return WskpCopyAddress(Socket->Family, Address, To);
    }
    /* AMB-34: the last one set. */
    if (Remote->Base.sa_family != AF_UNSPEC && (Datagram->RemoteIsLast || SendTo->Base.sa_family == AF_UNSPEC))
    {
        *To = *Remote;
        return STATUS_SUCCESS;
    }
    *To = *SendTo;
    return SendTo->Base.sa_family != AF_UNSPEC ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

/* Would a request queued now be the next at the engine? */
static BOOLEAN IsIdle(PWSKP_DIRECTION Out)
{
    return !Out->Busy && Out->Active == NULL && !Out->InFlight && !Out->OpEnded && IsListEmpty(&Out->Waiting);
}

static NTSTATUS QueueSendTo(PWSKP_SOCKET Socket, PIRP Irp, const WSKP_SEND_CALL *Arguments,
                            PWSKP_DESTINATION Destination)
{
    PWSKP_SEND_TO Send = WskpSendToData(Irp);
    NTSTATUS Status;

    if (Socket->State != WskpStateBound)
    {
        return WskpStateStatus(Socket);
    }
    Status = ChooseAddress(Socket, Arguments->RemoteAddress, &Destination->Address);
    if (NT_SUCCESS(Status))
    {
        Status = WskpAllocateOp(&Socket->Out);
    }
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    if (IsIdle(&Socket->Out))
    {
        Socket->Datagram->Direct = *Destination; /* read before the lock is dropped */
    }
    else
    {
        Send->Destination = HcAllocate(sizeof(*Destination));
        if (Send->Destination == NULL)
        {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        *Send->Destination = *Destination;
    }
    WskpQueueRequest(&Socket->Out, Irp);
    return STATUS_PENDING;
}

static NTSTATUS Send(PWSK_SOCKET Socket, const WSKP_SEND_CALL *Arguments, WSKP_KIND Kind, PIRP Irp, PVOID Caller)
{
    PWSKP_SOCKET Mine = WSKP_FROM_PUBLIC(Socket);
    WSKP_DESTINATION Destination;
    WSKP_CALL Call;
    NTSTATUS Status;

    if (!WskpBeginSocketCall(&Call, Socket, Irp, Kind, Caller, &Status))
    {
        return Status;
    }
    if (Arguments->First == NULL || Arguments->Flags != 0)
    {
        return WskpEndCall(&Call, STATUS_INVALID_PARAMETER);
    }
    Status = CaptureSend(Irp, Arguments);
    if (NT_SUCCESS(Status))
    {
        Status = WskpReadControlData(Mine->Family, Arguments->ControlInfo, Arguments->ControlLength,
                                     &Destination.Ancillary);
    }
    if (NT_SUCCESS(Status))
    {
        WskpLockSocket(Mine);
        WskpCheckSocket(Mine);
        Status = QueueSendTo(Mine, Irp, Arguments, &Destination);
        if (Status == STATUS_PENDING)
        {
            WskpRunDirection(&Mine->Out); /* unlocks */
            return WskpEndCall(&Call, STATUS_PENDING);
        }
        WskpUnlockSocket(Mine);
    }
    return WskpEndCall(&Call, Status);
}

/*
 * Sends all of Buffer as one datagram to RemoteAddress or, if that is NULL, to
 * the fixed remote or send-to address, whichever was set last. The WSK_BUF, the
 * address and the control data are copied, the MDL chain is the provider's until
 * the IRP completes; Information is then Length. The kernel has taken the
 * datagram at completion (DIV-1). ControlInfo: packet information, type of
 * service or traffic class, ECN, hop limit. Flags is 0.
 * IRQL <= DISPATCH_LEVEL, does not block. STATUS_PENDING, or completed with:
 * STATUS_INVALID_PARAMETER (flags, buffer beyond its chain, address of another
 * family or none at all, malformed control data), STATUS_NOT_SUPPORTED (control
 * data of another kind), STATUS_INVALID_DEVICE_STATE (not bound),
 * STATUS_INVALID_BUFFER_SIZE (too long for a datagram), STATUS_ACCESS_DENIED
 * (broadcast without SO_BROADCAST), STATUS_NETWORK_UNREACHABLE and the like,
 * STATUS_INSUFFICIENT_RESOURCES, STATUS_CANCELLED, STATUS_FILE_FORCED_CLOSED.
 * Page: PFN_WSK_SEND_TO.
 */
NTSTATUS WSKAPI WskpSendTo(PWSK_SOCKET Socket, PWSK_BUF Buffer, ULONG Flags, PSOCKADDR RemoteAddress,
                           ULONG ControlInfoLength, PCMSGHDR ControlInfo, PIRP Irp)
{
    WSKP_SEND_CALL Arguments = {Buffer, NULL, Flags, RemoteAddress, ControlInfoLength, ControlInfo};

    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskSendTo");
    return Send(Socket, &Arguments, WskpKindSendTo, Irp, __builtin_return_address(0));
}

/*
 * As WskSendTo, for each entry of BufferList in order, all to one address with
 * the same control data. The first entry is copied, the others are the
 * provider's until the IRP completes; Information is then the sum of all
 * lengths. It stops at the first that fails and completes with its status
 * (AMB-30); those before it are sent. IRQL <= DISPATCH_LEVEL, does not block.
 * Statuses as WskSendTo's. Page: PFN_WSK_SEND_MESSAGES.
 */
NTSTATUS WSKAPI WskpSendMessages(PWSK_SOCKET Socket, PWSK_BUF_LIST BufferList, ULONG Flags, PSOCKADDR RemoteAddress,
                                 ULONG ControlInfoLength, PCMSGHDR ControlInfo, PIRP Irp)
{
    WSKP_SEND_CALL Arguments = {NULL, NULL, Flags, RemoteAddress, ControlInfoLength, ControlInfo};

    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskSendMessages");
    if (BufferList != NULL)
    {
        Arguments.First = &BufferList->Buffer;
        Arguments.Next = BufferList->Next;
    }
    return Send(Socket, &Arguments, WskpKindSendMessages, Irp, __builtin_return_address(0));
}
