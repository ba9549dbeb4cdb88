// SPDX-License-Identifier: MIT
/*
 * wskclient.h, second half: the calls on sockets and the common set-ups, each
 * by the dispatch table of the socket's category. NT world.
 */
#define WC_IMPLEMENTATION
#include "wskclient.h"

/* The line is the caller's, set by WcAt. */
#define MUST(Status, Expected) MustBe((Status), (Expected), #Status)
static void MustBe(NTSTATUS Status, NTSTATUS Expected, const char *What)
{
    if (Status != Expected)
    {
        print_message("%s gave %08x, not %08x\n", What, (unsigned int)Status, (unsigned int)Expected);
    }
    WcMust(Status == Expected, What);
}

/* ---- creation ------------------------------------------------------------------ */

WC_OP *WcStartSocket(WC_CLIENT *Client, ADDRESS_FAMILY Family, USHORT Type, ULONG Protocol, ULONG Flags,
                     PVOID Context, const VOID *Dispatch)
{
    WC_OP *Op = WcOp(Client, "WskSocket");

    Op->Returned = Client->Npi.Dispatch->WskSocket(Client->Npi.Client, Family, Type, Protocol, Flags, Context,
                                                   Dispatch, NULL, NULL, NULL, Op->Irp);
    return Op;
}

WC_SOCK *WcAdopt(WC_CLIENT *Client, ULONG_PTR Wsk, ULONG Category, ADDRESS_FAMILY Family)
{
    WC_SOCK *Socket = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Socket), WC_TAG);

    WcMust(Socket != NULL, "memory for a WC_SOCK");
    WcMust(Wsk != 0 && Wsk != WC_POISON_SIZE, "a socket in Information");
    Socket->Client = Client;
    Socket->Wsk = (PWSK_SOCKET)Wsk;
    Socket->Category = Category;
    Socket->Family = Family;
    WcMust(Socket->Wsk->Dispatch != NULL, "a dispatch table in the socket");
    InsertTailList(&Client->Sockets, &Socket->Link);
    return Socket;
}

WC_SOCK *WcSocket(WC_CLIENT *Client, ADDRESS_FAMILY Family, ULONG Category, PVOID Context, const VOID *Dispatch)
{
    BOOLEAN Datagram = Category == WSK_FLAG_DATAGRAM_SOCKET;
    WC_OP *Op = WcStartSocket(Client, Family, Datagram ? SOCK_DGRAM : SOCK_STREAM,
                              Datagram ? IPPROTO_UDP : IPPROTO_TCP, Category, Context, Dispatch);

    MUST(WcWait(Op), STATUS_SUCCESS);
    return WcAdopt(Client, Op->Information, Category, Family);
}

WC_OP *WcStartSocketConnect(WC_CLIENT *Client, const WC_ADDR *Local, const WC_ADDR *Remote, PVOID Context,
                            const WSK_CLIENT_CONNECTION_DISPATCH *Dispatch)
{
    WC_OP *Op = WcOp(Client, "WskSocketConnect");

    Op->Returned = Client->Npi.Dispatch->WskSocketConnect(
        Client->Npi.Client, SOCK_STREAM, IPPROTO_TCP, (PSOCKADDR)&Local->Sa, (PSOCKADDR)&Remote->Sa, 0, Context,
        Dispatch, NULL, NULL, NULL, Op->Irp);
    return Op;
}

/* ---- asynchronous calls ------------------------------------------------------------ */

static BOOLEAN IsStream(WC_SOCK *Socket)
{
    return Socket->Category == WSK_FLAG_STREAM_SOCKET;
}

static PFN_WSK_BIND BindSlot(WC_SOCK *Socket)
{
    switch (Socket->Category)
    {
    case WSK_FLAG_LISTEN_SOCKET:
        return WcListenTable(Socket)->WskBind;
    case WSK_FLAG_DATAGRAM_SOCKET:
        return WcDgramTable(Socket)->WskBind;
    case WSK_FLAG_STREAM_SOCKET:
        return WcStreamTable(Socket)->WskBind;
    default:
        return WcConnTable(Socket)->WskBind;
    }
}

static PFN_WSK_GET_LOCAL_ADDRESS LocalSlot(WC_SOCK *Socket)
{
    switch (Socket->Category)
    {
    case WSK_FLAG_LISTEN_SOCKET:
        return WcListenTable(Socket)->WskGetLocalAddress;
    case WSK_FLAG_DATAGRAM_SOCKET:
        return WcDgramTable(Socket)->WskGetLocalAddress;
    case WSK_FLAG_STREAM_SOCKET:
        return WcStreamTable(Socket)->WskGetLocalAddress;
    default:
        return WcConnTable(Socket)->WskGetLocalAddress;
    }
}

WC_OP *WcStartBind(WC_SOCK *Socket, const WC_ADDR *Address)
{
    WC_OP *Op = WcOp(Socket->Client, "WskBind");

    Op->Returned = BindSlot(Socket)(Socket->Wsk, (PSOCKADDR)&Address->Sa, 0, Op->Irp);
    return Op;
}

WC_OP *WcStartListen(WC_SOCK *Socket)
{
    WC_OP *Op = WcOp(Socket->Client, "WskListen");

    Op->Returned = WcStreamTable(Socket)->WskListen(Socket->Wsk, Op->Irp);
    return Op;
}

WC_OP *WcStartAccept(WC_SOCK *Socket, PVOID Context, const WSK_CLIENT_CONNECTION_DISPATCH *Dispatch,
                     WC_ADDR *Local, WC_ADDR *Remote)
{
    WC_OP *Op = WcOp(Socket->Client, "WskAccept");
    PFN_WSK_ACCEPT Accept = IsStream(Socket) ? WcStreamTable(Socket)->WskAccept : WcListenTable(Socket)->WskAccept;

    Op->Returned = Accept(Socket->Wsk, 0, Context, Dispatch, (PSOCKADDR)Local, (PSOCKADDR)Remote, Op->Irp);
    return Op;
}

void WcIssueAccept(WC_OP *Op, WC_SOCK *Socket)
{
    PFN_WSK_ACCEPT Accept = IsStream(Socket) ? WcStreamTable(Socket)->WskAccept : WcListenTable(Socket)->WskAccept;

    Op->Returned = Accept(Socket->Wsk, 0, NULL, NULL, NULL, NULL, Op->Irp);
}

void WcIssueConnect(WC_OP *Op, WC_SOCK *Socket, const WC_ADDR *Remote)
{
    PFN_WSK_CONNECT Connect = IsStream(Socket) ? WcStreamTable(Socket)->WskConnect : WcConnTable(Socket)->WskConnect;

    Op->Returned = Connect(Socket->Wsk, (PSOCKADDR)&Remote->Sa, 0, Op->Irp);
}

WC_OP *WcStartConnect(WC_SOCK *Socket, const WC_ADDR *Remote)
{
    WC_OP *Op = WcOp(Socket->Client, "WskConnect");

    WcIssueConnect(Op, Socket, Remote);
    return Op;
}

void WcIssueSend(WC_OP *Op, WC_SOCK *Socket, WSK_BUF Buffer, ULONG Flags)
{
    PFN_WSK_SEND Send = IsStream(Socket) ? WcStreamTable(Socket)->WskSend : WcConnTable(Socket)->WskSend;

    Op->Returned = Send(Socket->Wsk, &Buffer, Flags, Op->Irp);
    /* The structure may die with this frame (IRP-32). */
    WcPoison(&Buffer, sizeof(Buffer));
}

WC_OP *WcStartSend(WC_SOCK *Socket, WSK_BUF Buffer, ULONG Flags)
{
    WC_OP *Op = WcOp(Socket->Client, "WskSend");

    WcIssueSend(Op, Socket, Buffer, Flags);
    return Op;
}

void WcIssueReceive(WC_OP *Op, WC_SOCK *Socket, WSK_BUF Buffer, ULONG Flags)
{
    PFN_WSK_RECEIVE Receive = IsStream(Socket) ? WcStreamTable(Socket)->WskReceive : WcConnTable(Socket)->WskReceive;

    Op->Returned = Receive(Socket->Wsk, &Buffer, Flags, Op->Irp);
    WcPoison(&Buffer, sizeof(Buffer));
}

WC_OP *WcStartReceive(WC_SOCK *Socket, WSK_BUF Buffer, ULONG Flags)
{
    WC_OP *Op = WcOp(Socket->Client, "WskReceive");

    WcIssueReceive(Op, Socket, Buffer, Flags);
    return Op;
}

void WcIssueDisconnect(WC_OP *Op, WC_SOCK *Socket, const WSK_BUF *Buffer, ULONG Flags)
{
    PFN_WSK_DISCONNECT Disconnect =
        IsStream(Socket) ? WcStreamTable(Socket)->WskDisconnect : WcConnTable(Socket)->WskDisconnect;
    WSK_BUF Copy;

    if (Buffer)
    {
        Copy = *Buffer;
    }
    Op->Returned = Disconnect(Socket->Wsk, Buffer ? &Copy : NULL, Flags, Op->Irp);
    WcPoison(&Copy, sizeof(Copy));
}

WC_OP *WcStartDisconnect(WC_SOCK *Socket, const WSK_BUF *Buffer, ULONG Flags)
{
    WC_OP *Op = WcOp(Socket->Client, "WskDisconnect");

    WcIssueDisconnect(Op, Socket, Buffer, Flags);
    return Op;
}

WC_OP *WcStartClose(WC_SOCK *Socket)
{
    WC_OP *Op = WcOp(Socket->Client, "WskCloseSocket");
    PWSK_SOCKET Wsk = Socket->Wsk;

    Socket->Wsk = NULL;
    Op->Returned = ((const WSK_PROVIDER_BASIC_DISPATCH *)Wsk->Dispatch)->WskCloseSocket(Wsk, Op->Irp);
    return Op;
}

WC_OP *WcStartControl(WC_SOCK *Socket, WSK_CONTROL_SOCKET_TYPE Type, ULONG Code, ULONG Level, SIZE_T InputSize,
                      PVOID Input, SIZE_T OutputSize, PVOID Output)
{
    WC_OP *Op = WcOp(Socket->Client, "WskControlSocket");

    Op->Returned = WcBasicTable(Socket)->WskControlSocket(Socket->Wsk, Type, Code, Level, InputSize, Input,
                                                          OutputSize, Output, NULL, Op->Irp);
    return Op;
}

/* ---- synchronous calls --------------------------------------------------------------- */

NTSTATUS WcBind(WC_SOCK *Socket, const WC_ADDR *Address)
{
    WC_OP *Op = WcStartBind(Socket, Address);
    NTSTATUS Status = WcWait(Op);

    WcMust(Op->Information == 0, "Information 0 from WskBind");
    return Status;
}

NTSTATUS WcListen(WC_SOCK *Socket)
{
    return WcWait(WcStartListen(Socket));
}

NTSTATUS WcConnect(WC_SOCK *Socket, const WC_ADDR *Remote)
{
    WC_OP *Op = WcStartConnect(Socket, Remote);
    NTSTATUS Status = WcWait(Op);

    WcMust(Op->Information == 0, "Information 0 from WskConnect");
    return Status;
}

NTSTATUS WcDisconnect(WC_SOCK *Socket, const WSK_BUF *Buffer, ULONG Flags)
{
    return WcWait(WcStartDisconnect(Socket, Buffer, Flags));
}

NTSTATUS WcGetLocal(WC_SOCK *Socket, WC_ADDR *Address)
{
    WC_OP *Op = WcOp(Socket->Client, "WskGetLocalAddress");

    WcPoison(Address, sizeof(*Address));
    Op->Returned = LocalSlot(Socket)(Socket->Wsk, &Address->Sa, Op->Irp);
    return WcWait(Op);
}

NTSTATUS WcGetRemote(WC_SOCK *Socket, WC_ADDR *Address)
{
    WC_OP *Op = WcOp(Socket->Client, "WskGetRemoteAddress");
    PFN_WSK_GET_REMOTE_ADDRESS Get = IsStream(Socket) ? WcStreamTable(Socket)->WskGetRemoteAddress
                                                      : WcConnTable(Socket)->WskGetRemoteAddress;

    WcPoison(Address, sizeof(*Address));
    Op->Returned = Get(Socket->Wsk, &Address->Sa, Op->Irp);
    return WcWait(Op);
}

NTSTATUS WcSetOption(WC_SOCK *Socket, ULONG Level, ULONG Option, ULONG Value)
{
    WC_OP *Op = WcStartControl(Socket, WskSetOption, Option, Level, sizeof(Value), &Value, 0, NULL);
    NTSTATUS Status = WcWait(Op);

    WcMust(Op->Information == 0, "Information 0 from setting an option");
    return Status;
}

NTSTATUS WcGetOption(WC_SOCK *Socket, ULONG Level, ULONG Option, ULONG *Value)
{
    WC_OP *Op;
    NTSTATUS Status;

    WcPoison(Value, sizeof(*Value));
    Op = WcStartControl(Socket, WskGetOption, Option, Level, 0, NULL, sizeof(*Value), Value);
    Status = WcWait(Op);
    if (NT_SUCCESS(Status))
    {
        WcMust(Op->Information == sizeof(*Value), "Information sizeof(ULONG) from getting an option");
    }
    return Status;
}

NTSTATUS WcSetStatic(WC_CLIENT *Client, ULONG EventMask)
{
    WSK_EVENT_CALLBACK_CONTROL Control = {.NpiId = &NPI_WSK_INTERFACE_ID, .EventMask = EventMask};

    return Client->Npi.Dispatch->WskControlClient(Client->Npi.Client, WSK_SET_STATIC_EVENT_CALLBACKS,
                                                  sizeof(Control), &Control, 0, NULL, NULL, NULL);
}

NTSTATUS WcSetEvents(WC_SOCK *Socket, ULONG EventMask)
{
    WSK_EVENT_CALLBACK_CONTROL Control = {.NpiId = &NPI_WSK_INTERFACE_ID, .EventMask = EventMask};

    return WcBasicTable(Socket)->WskControlSocket(Socket->Wsk, WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET,
                                                  sizeof(Control), &Control, 0, NULL, NULL, NULL);
}

WC_SOCK *WcAccept(WC_SOCK *Socket)
{
    WC_OP *Op = WcStartAccept(Socket, NULL, NULL, NULL, NULL);

    MUST(WcWait(Op), STATUS_SUCCESS);
    return WcAdopt(Socket->Client, Op->Information, WSK_FLAG_CONNECTION_SOCKET, Socket->Family);
}

void WcCloseSocket(WC_SOCK *Socket)
{
    WC_OP *Op = WcStartClose(Socket);

    MUST(WcWait(Op), STATUS_SUCCESS);
    WcMust(Op->Information == 0, "Information 0 from WskCloseSocket");
}

void WcSendData(WC_SOCK *Socket, const VOID *Data, SIZE_T Length)
{
    WC_BUF *Buffer = WcBuffer(Socket->Client, Length);
    WC_OP *Op;

    WcPut(Buffer, 0, Data, Length);
    Op = WcStartSend(Socket, Buffer->Buf, 0);
    MUST(WcWait(Op), STATUS_SUCCESS);
    WcMust(Op->Information == Length, "all bytes sent");
}

void WcReceiveData(WC_SOCK *Socket, PVOID Data, SIZE_T Length)
{
    WC_BUF *Buffer = WcBuffer(Socket->Client, Length);
    WC_OP *Op = WcStartReceive(Socket, Buffer->Buf, WSK_FLAG_WAITALL);

    MUST(WcWait(Op), STATUS_SUCCESS);
    WcMust(Op->Information == Length, "all bytes received");
    WcGet(Buffer, 0, Data, Length);
}

void WcExpectEnd(WC_SOCK *Socket)
{
    WC_BUF *Buffer = WcBuffer(Socket->Client, 16);
    WC_OP *Op = WcStartReceive(Socket, Buffer->Buf, 0);

    MUST(WcWait(Op), STATUS_SUCCESS);
    WcMust(Op->Information == 0, "the end of the stream");
    WcMust(WcIsPoison(Buffer->Memory, Buffer->MemorySize), "an untouched buffer");
}

/* ---- addresses -------------------------------------------------------------------------- */

static USHORT Swap(USHORT Port)
{
    return (USHORT)(Port << 8 | Port >> 8);
}

WC_ADDR WcAny(ADDRESS_FAMILY Family, USHORT Port)
{
    WC_ADDR Address;

    RtlZeroMemory(&Address, sizeof(Address));
    Address.Sa.sa_family = Family;
    if (Family == AF_INET6)
    {
        Address.V6.sin6_port = Swap(Port);
    }
    else
    {
        Address.V4.sin_port = Swap(Port);
    }
    return Address;
}

WC_ADDR WcLoopback(ADDRESS_FAMILY Family, USHORT Port)
{
    WC_ADDR Address = WcAny(Family, Port);

    if (Family == AF_INET6)
    {
        ((PUCHAR)&Address.V6.sin6_addr)[15] = 1;
    }
    else
    {
        ((PUCHAR)&Address.V4.sin_addr)[0] = 127;
        ((PUCHAR)&Address.V4.sin_addr)[3] = 1;
    }
    return Address;
}

USHORT WcPortOf(const WC_ADDR *Address)
{
    return Swap(Address->Sa.sa_family == AF_INET6 ? Address->V6.sin6_port : Address->V4.sin_port);
}

BOOLEAN WcSameAddress(const WC_ADDR *A, const WC_ADDR *B)
{
    if (A->Sa.sa_family != B->Sa.sa_family || WcPortOf(A) != WcPortOf(B))
    {
        return FALSE;
    }
    if (A->Sa.sa_family == AF_INET6)
    {
        return RtlCompareMemory(&A->V6.sin6_addr, &B->V6.sin6_addr, 16) == 16;
    }
    return RtlCompareMemory(&A->V4.sin_addr, &B->V4.sin_addr, 4) == 4;
}

USHORT WcPort(WC_SOCK *Socket)
{
    WC_ADDR Address;

    MUST(WcGetLocal(Socket, &Address), STATUS_SUCCESS);
    WcMust(WcPortOf(&Address) != 0, "a port in the local address");
    return WcPortOf(&Address);
}

/* ---- set-ups ------------------------------------------------------------------------------- */

WC_SOCK *WcListener(WC_CLIENT *Client, ADDRESS_FAMILY Family, PVOID Context,
                    const WSK_CLIENT_LISTEN_DISPATCH *Dispatch)
{
    WC_SOCK *Socket = WcSocket(Client, Family, WSK_FLAG_LISTEN_SOCKET, Context, Dispatch);
    WC_ADDR Address = WcLoopback(Family, 0);

    MUST(WcBind(Socket, &Address), STATUS_SUCCESS);
    return Socket;
}

WC_SOCK *WcStream(WC_CLIENT *Client, ADDRESS_FAMILY Family, BOOLEAN Listen)
{
    WC_SOCK *Socket = WcSocket(Client, Family, WSK_FLAG_STREAM_SOCKET, NULL, NULL);
    WC_ADDR Address = WcLoopback(Family, 0);

    MUST(WcBind(Socket, &Address), STATUS_SUCCESS);
    if (Listen)
    {
        MUST(WcListen(Socket), STATUS_SUCCESS);
    }
    return Socket;
}

WC_SOCK *WcBoundConnection(WC_CLIENT *Client, ADDRESS_FAMILY Family)
{
    WC_SOCK *Socket = WcSocket(Client, Family, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
    WC_ADDR Address = WcAny(Family, 0);

    MUST(WcBind(Socket, &Address), STATUS_SUCCESS);
    return Socket;
}

WC_SOCK *WcSocketConnect(WC_CLIENT *Client, ADDRESS_FAMILY Family, USHORT Port)
{
    WC_ADDR Local = WcAny(Family, 0), Remote = WcLoopback(Family, Port);
    WC_OP *Op = WcStartSocketConnect(Client, &Local, &Remote, NULL, NULL);

    MUST(WcWait(Op), STATUS_SUCCESS);
    return WcAdopt(Client, Op->Information, WSK_FLAG_CONNECTION_SOCKET, Family);
}

void WcPair(WC_CLIENT *Client, ADDRESS_FAMILY Family, WC_SOCK **Connected, WC_SOCK **Accepted)
{
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL);

    *Connected = WcSocketConnect(Client, Family, WcPort(Listener));
    *Accepted = WcAccept(Listener);
    WcCloseSocket(Listener);
}

void WcPeerPair(WC_CLIENT *Client, ADDRESS_FAMILY Family, WC_SOCK **Socket, struct peer **Peer)
{
    USHORT Port = 0;
    struct peer *Listener = peer_listen(WC_PEER_FAMILY(Family), &Port);

    WcMust(Listener != NULL, "a listening peer");
    *Socket = WcSocketConnect(Client, Family, Port);
    *Peer = peer_accept(Listener);
    WcMust(*Peer != NULL, "an accepting peer");
    peer_close(Listener);
}

void WcSmallPeerPair(WC_CLIENT *Client, ADDRESS_FAMILY Family, WC_SOCK **Socket, struct peer **Peer)
{
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL);

    *Peer = peer_connect_small(WC_PEER_FAMILY(Family), WcPort(Listener));
    WcMust(*Peer != NULL, "a connected peer");
    *Socket = WcAccept(Listener);
    WcCloseSocket(Listener);
}

WC_OP *WcStuckSend(WC_SOCK *Socket)
{
    WC_BUF *Buffer = WcBuffer(Socket->Client, WC_STUCK_BYTES);
    WC_OP *Op = WcKeptOp(Socket->Client, "a send that the peer does not take");

    WcFill(MmGetSystemAddressForMdlSafe(Buffer->Buf.Mdl, NormalPagePriority), WC_STUCK_BYTES, 0);
    WcIssueSend(Op, Socket, Buffer->Buf, 0);
    WcMust(Op->Returned == STATUS_PENDING, "a pending send");
    WcMust(!WcIsDone(Op), "a send that stays pending");
    return Op;
}
