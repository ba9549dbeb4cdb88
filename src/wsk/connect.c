// SPDX-License-Identifier: MIT
/*
 * WskConnect, WskConnectEx and WskSocketConnect: a request on the outgoing
 * direction with two phases, the connection and then its data, if any.
 * Requirements CONN-01..13, CONN1-01..16.
 */
#include "wsk/request.h"

/* ---- the direction -------------------------------------------------------------- */

WSKP_PREPARED WskpPrepareConnect(PWSKP_DIRECTION Direction, PIRP Irp)
{
    PWSKP_SOCKET Socket = Direction->Socket;
    PWSKP_REQUEST Request = WskpRequest(Irp);

    if (Request->Flags & WSKP_REQUEST_SECOND_PHASE)
    {
        if (WskpIsLost(Socket->State))
        {
            WskpFinishRequest(Direction, Irp, WskpLostStatus(Socket, STATUS_CONNECTION_ABORTED), 0);
            return WskpPreparedProgress;
        }
        return WskpPrepareSendOp(Direction, Irp);
    }
    WskpSetState(Socket, WskpStateConnecting);
    Direction->Op->Kind = WskpOpConnect;
    return WskpPreparedOp;
}

static VOID FinishConnected(PWSKP_DIRECTION Direction, PIRP Irp)
{
    PWSKP_SOCKET Socket = Direction->Socket;
    ULONG_PTR Information = 0;

    if (WskpRequest(Irp)->Kind == WskpKindSocketConnect)
    {
        WskpHandOutSocket(Socket);
        Information = (ULONG_PTR)&Socket->Public;
    }
    WskpFinishRequest(Direction, Irp, STATUS_SUCCESS, Information);
}

VOID WskpConnectEnded(PWSKP_DIRECTION Direction, PIRP Irp)
{
    PWSKP_SOCKET Socket = Direction->Socket;
    PWSKP_REQUEST Request = WskpRequest(Irp);
    PWSKP_OP Op = Direction->Op;
    NTSTATUS Status = STATUS_SUCCESS;

    if (Request->Flags & WSKP_REQUEST_SECOND_PHASE)
    {
        if (WskpBookSend(Direction, Irp, &Status))
        {
            FinishConnected(Direction, Irp);
            return;
        }
    }
    else if (Socket->State >= WskpStateClosing)
    {
        Status = STATUS_CANCELLED;
    }
    else if (Op->Err == 0)
    {
        WskpSetState(Socket, WskpStateConnected);
        if (WskpData(Irp)->Length == 0)
        {
            FinishConnected(Direction, Irp);
        }
        else
        {
            Request->Flags |= WSKP_REQUEST_SECOND_PHASE;
        }
        return;
    }
    else if (WskpIsCancelled(Op->Err))
    {
        /* The handshake may be under way: it is not left to succeed unseen (DIV-7). */
        Status = STATUS_CANCELLED;
        WskpAbortConnection(Socket);
    }
    else
    {
        Status = WskpStatusFromErrno(WskpFamilyConnect, Op->Err);
        Socket->RemoteAddress.Base.sa_family = AF_UNSPEC;
        WskpSetState(Socket, WskpStateBound);
    }
    WskpFinishRequest(Direction, Irp, Status, 0);
}

/* Linux takes the wildcard for this machine, and port 0 for one that refuses;
 * for Windows neither is an address to connect to (DIV-12). */
static NTSTATUS CheckRemote(const WSKP_ADDRESS *Address)
{
    BOOLEAN Wildcard = WskpIsWildcard(Address);

    return Wildcard || Address->V4.sin_port == 0 ? STATUS_INVALID_ADDRESS_COMPONENT : STATUS_SUCCESS;
}

/* ---- WskConnect ------------------------------------------------------------------- */

static NTSTATUS QueueConnect(PWSKP_SOCKET Socket, const WSKP_ADDRESS *Address, PIRP Irp)
{
    PWSKP_DIRECTION Out = &Socket->Out;
    NTSTATUS Status = STATUS_SUCCESS;

    WskpLockSocket(Socket);
    if (Socket->State != WskpStateBound)
    {
        Status = WskpStateStatus(Socket);
    }
    else if (Out->Active != NULL || !IsListEmpty(&Out->Waiting))
    {
        Status = STATUS_INVALID_DEVICE_STATE; /* another connect is about to start */
    }
    else
    {
        Status = WskpAllocateOp(Out);
    }
    if (!NT_SUCCESS(Status))
    {
        WskpUnlockSocket(Socket);
        return Status;
    }
    Socket->RemoteAddress = *Address;
    WskpSetOpAddress(Out->Op, Address);
    WskpQueueRequest(Out, Irp);
    WskpRunDirection(Out); /* unlocks */
    return STATUS_PENDING;
}

static NTSTATUS Connect(PWSK_SOCKET Socket, PSOCKADDR RemoteAddress, PWSK_BUF Buffer, ULONG Flags, PIRP Irp,
                        WSKP_KIND Kind, PVOID Caller)
{
    WSKP_ADDRESS Address;
    PWSKP_SOCKET Mine;
    WSKP_CALL Call;
    NTSTATUS Status;

    if (!WskpBeginSocketCall(&Call, Socket, Irp, Kind, Caller, &Status))
    {
        return Status;
    }
    Mine = WSKP_FROM_PUBLIC(Socket);
    Status = WskpCopyAddress(Mine->Family, RemoteAddress, &Address);
    if (NT_SUCCESS(Status))
    {
        Status = Flags != 0 ? STATUS_INVALID_PARAMETER : CheckRemote(&Address);
    }
    if (NT_SUCCESS(Status) && Buffer != NULL)
    {
        Status = Buffer->Length > WSKP_CONNECT_DATA_MAX ? STATUS_BUFFER_OVERFLOW : WskpCaptureBuffer(Irp, Buffer, 0);
    }
    if (NT_SUCCESS(Status))
    {
        Status = QueueConnect(Mine, &Address, Irp);
    }
    return WskpEndCall(&Call, Status);
}

/*
 * Connects a bound socket to RemoteAddress (copied; of the socket's family).
 * IRQL <= DISPATCH_LEVEL, does not block. STATUS_PENDING, or completed with:
 * STATUS_INVALID_PARAMETER, STATUS_INVALID_ADDRESS_COMPONENT (the wildcard, or
 * port 0), STATUS_INVALID_DEVICE_STATE (not bound, or connected already), STATUS_CONNECTION_REFUSED, STATUS_NETWORK_UNREACHABLE,
 * STATUS_HOST_UNREACHABLE, STATUS_IO_TIMEOUT, STATUS_CANCELLED. After a failure
 * the socket is still bound; after a cancel it can only be closed.
 * Page: PFN_WSK_CONNECT.
 */
NTSTATUS WSKAPI WskpConnect(PWSK_SOCKET Socket, PSOCKADDR RemoteAddress, ULONG Flags, PIRP Irp)
{
    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskConnect");
    return Connect(Socket, RemoteAddress, NULL, Flags, Irp, WskpKindConnect, __builtin_return_address(0));
}

/*
 * As WskConnect, and sends up to 65535 bytes of Buffer (may be NULL) once
 * connected; the IRP completes when the kernel has them, and their MDL chain is
 * the provider's until then. STATUS_BUFFER_OVERFLOW: more bytes.
 * Page: PFN_WSK_CONNECT_EX.
 */
NTSTATUS WSKAPI WskpConnectEx(PWSK_SOCKET Socket, PSOCKADDR RemoteAddress, PWSK_BUF Buffer, ULONG Flags, PIRP Irp)
{
    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskConnectEx");
    return Connect(Socket, RemoteAddress, Buffer, Flags, Irp, WskpKindConnectEx, __builtin_return_address(0));
}

/* ---- WskSocketConnect ----------------------------------------------------------------- */

static NTSTATUS CheckAddresses(USHORT SocketType, ULONG Protocol, PSOCKADDR Local, PSOCKADDR Remote, ULONG Flags,
                               PWSKP_ADDRESS LocalCopy, PWSKP_ADDRESS RemoteCopy)
{
    if (Flags != 0 || Local == NULL || Remote == NULL)
    {
        return STATUS_INVALID_PARAMETER;
    }
    if ((Local->sa_family != AF_INET && Local->sa_family != AF_INET6) || SocketType != SOCK_STREAM ||
        Protocol != IPPROTO_TCP)
    {
        return STATUS_NOT_SUPPORTED;
    }
    (VOID)WskpCopyAddress(Local->sa_family, Local, LocalCopy);
    if (!NT_SUCCESS(WskpCopyAddress(Local->sa_family, Remote, RemoteCopy)))
    {
        return STATUS_INVALID_PARAMETER;
    }
    return CheckRemote(RemoteCopy);
}

/* From here on a failure closes Socket again, which the client never saw. */
static NTSTATUS BindAndConnect(PWSKP_SOCKET Socket, const WSKP_ADDRESS *Local, const WSKP_ADDRESS *Remote,
                               PSECURITY_DESCRIPTOR SecurityDescriptor, PIRP Irp)
{
    PWSKP_CLIENT Client = Socket->Client;
    NTSTATUS Status = STATUS_SUCCESS;

    if (SecurityDescriptor != NULL)
    {
        Status = WskpSetSocketSecurity(Socket, SecurityDescriptor);
    }
    if (NT_SUCCESS(Status))
    {
        Status = WskpBindSocket(Socket, Local);
    }
    if (NT_SUCCESS(Status))
    {
        /* The IRP becomes a request of the new socket. */
        WskpReferenceSocket(Socket, WSKP_REF_REQUEST);
        WskpRequest(Irp)->Socket = Socket;
        WskpRequest(Irp)->Flags = WSKP_REQUEST_OF_SOCKET;
        Status = QueueConnect(Socket, Remote, Irp);
        if (NT_SUCCESS(Status))
        {
            WskpDereferenceClient(Client, WSKP_CLIENT_REQUEST);
            return Status;
        }
        WskpRequest(Irp)->Client = Client;
        WskpRequest(Irp)->Flags = WSKP_REQUEST_OF_CLIENT;
        WskpDereferenceSocket(Socket, WSKP_REF_REQUEST);
    }
    WskpStartClose(Socket, NULL, STATUS_SUCCESS);
    return Status;
}

/*
 * Creates a connection-oriented socket, binds it to LocalAddress and connects it
 * to RemoteAddress (both copied, both of LocalAddress's family). Information is
 * the PWSK_SOCKET once connected; on any failure there is none. Arguments
 * otherwise as WskSocket's; Flags is 0.
 * IRQL <= DISPATCH_LEVEL, does not block. STATUS_PENDING, or completed with the
 * statuses of WskSocket, WskBind and WskConnect. Page: PFN_WSK_SOCKET_CONNECT.
 */
NTSTATUS WSKAPI WskpSocketConnect(PWSK_CLIENT Client, USHORT SocketType, ULONG Protocol, PSOCKADDR LocalAddress,
                                  PSOCKADDR RemoteAddress, ULONG Flags, PVOID SocketContext,
                                  const WSK_CLIENT_CONNECTION_DISPATCH *Dispatch, PEPROCESS OwningProcess,
                                  PETHREAD OwningThread, PSECURITY_DESCRIPTOR SecurityDescriptor, PIRP Irp)
{
    WSKP_ADDRESS Local, Remote;
    PWSKP_SOCKET Socket;
    WSKP_CALL Call;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(OwningProcess);
    UNREFERENCED_PARAMETER(OwningThread);
    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskSocketConnect");
    if (!WskpBeginClientCall(&Call, Client, Irp, WskpKindSocketConnect, __builtin_return_address(0), &Status))
    {
        return Status;
    }
    Status = CheckAddresses(SocketType, Protocol, LocalAddress, RemoteAddress, Flags, &Local, &Remote);
    if (NT_SUCCESS(Status))
    {
        Status = WskpCreateSocket(Call.Client, WskpCategoryConnection, Local.Base.sa_family, SocketType, Protocol,
                                  &Socket);
    }
    if (NT_SUCCESS(Status))
    {
        Socket->Context = SocketContext;
        Socket->ClientDispatch = Dispatch;
        Status = BindAndConnect(Socket, &Local, &Remote, SecurityDescriptor, Irp);
    }
    return WskpEndCall(&Call, Status);
}
