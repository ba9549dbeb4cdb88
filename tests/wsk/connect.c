// SPDX-License-Identifier: MIT
/*
 * WskConnect, WskConnectEx and WskGetRemoteAddress (area CONN, rows 1 to 16).
 */
#include "support/wskclient.h"

static struct peer *Listen(ADDRESS_FAMILY Family, USHORT *Port)
{
    struct peer *Listener = peer_listen(WC_PEER_FAMILY(Family), Port);

    CHECK(Listener != NULL);
    return Listener;
}

TEST_BOTH(CONN_05, a_bound_socket_connects)
{
    WC_CLIENT *Client = WcOpen();
    USHORT Port = 0;
    struct peer *Listener = Listen(Family, &Port), *Peer;
    WC_SOCK *Socket = WcBoundConnection(Client, Family);
    WC_ADDR Remote = WcLoopback(Family, Port), Seen;
    SIZE_T Size = Family == AF_INET6 ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN);
    char Text[4];

    COVERS("CONN-01", "CONN-02", "CONN-14", "CONN-15", "CONN-16", "LISTEN-12", "IRP-20", "IRP-35");
    CHECK_STATUS(WcGetRemote(Socket, &Seen), STATUS_INVALID_DEVICE_STATE);
    CHECK_STATUS(WcConnect(Socket, &Remote), STATUS_SUCCESS);
    Peer = peer_accept(Listener);
    CHECK(Peer != NULL);
    CHECK_STATUS(WcGetRemote(Socket, &Seen), STATUS_SUCCESS);
    CHECK(WcSameAddress(&Seen, &Remote));
    CHECK(WcIsPoison(Seen.Raw + Size, sizeof(Seen) - Size));
    WcSendData(Socket, "abcd", 4);
    CHECK_EQ(peer_recv_all(Peer, Text, 4), 4);
    CHECK_EQ(peer_send_all(Peer, "efgh", 4), 0);
    WcReceiveData(Socket, Text, 4);
    CHECK_MEM(Text, "efgh", 4);
    peer_close(Peer);
    peer_close(Listener);
    WcClose(Client);
}

TEST_BOTH(CONN_03, an_unbound_socket_does_not_connect_until_bound)
{
    WC_CLIENT *Client = WcOpen();
    USHORT Port = 0;
    struct peer *Listener = Listen(Family, &Port);
    WC_SOCK *Socket = WcSocket(Client, Family, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
    WC_ADDR Remote = WcLoopback(Family, Port), Any = WcAny(Family, 0);
    WC_OP *Op = WcStartConnect(Socket, &Remote);

    COVERS("CONN-02", "CONN-04", "LISTEN-09");
    CHECK_STATUS(Op->Returned, STATUS_INVALID_DEVICE_STATE);
    CHECK_STATUS(WcWait(Op), STATUS_INVALID_DEVICE_STATE);
    CHECK_EQ(Op->Information, 0);
    CHECK_STATUS(WcBind(Socket, &Any), STATUS_SUCCESS);
    CHECK_STATUS(WcConnect(Socket, &Remote), STATUS_SUCCESS);
    peer_close(Listener);
    WcClose(Client);
}

TEST_BOTH(CONN_05, a_refused_connection_fails)
{
    WC_CLIENT *Client = WcOpen();
    USHORT Port = 0;
    struct peer *Held = peer_hold_port(WC_PEER_FAMILY(Family), &Port);
    WC_SOCK *Socket = WcBoundConnection(Client, Family);
    WC_ADDR Remote = WcLoopback(Family, Port), Seen;

    COVERS("AMB-17", "CONN-15");
    CHECK(Held != NULL);
    CHECK(!NT_SUCCESS(WcConnect(Socket, &Remote)));
    CHECK_STATUS(WcGetRemote(Socket, &Seen), STATUS_INVALID_DEVICE_STATE);
    peer_close(Held);
    WcClose(Client);
}

TEST_BOTH(AMB_18, a_second_connect_fails_and_harms_nothing)
{
    WC_CLIENT *Client = WcOpen();
    USHORT Port = 0;
    struct peer *Listener = Listen(Family, &Port), *Peer;
    WC_SOCK *Socket = WcBoundConnection(Client, Family), *Accepted;
    WC_ADDR Remote = WcLoopback(Family, Port);
    char Byte = 0;

    COVERS("CONN-05");
    CHECK_STATUS(WcConnect(Socket, &Remote), STATUS_SUCCESS);
    Peer = peer_accept(Listener);
    CHECK(Peer != NULL);
    CHECK_STATUS(WcConnect(Socket, &Remote), STATUS_INVALID_DEVICE_STATE);
    WcSendData(Socket, "x", 1);
    CHECK_EQ(peer_recv_all(Peer, &Byte, 1), 1);
    peer_close(Peer);
    WcPair(Client, Family, &Socket, &Accepted);
    CHECK_STATUS(WcConnect(Accepted, &Remote), STATUS_INVALID_DEVICE_STATE);
    peer_close(Listener);
    WcClose(Client);
}

TEST_BOTH(CONN_05, a_connect_while_one_is_pending_fails)
{
    WC_CLIENT *Client = WcOpen();
    USHORT Port = 0;
    struct peer *Full = peer_listen_backlog(WC_PEER_FAMILY(Family), &Port, 0);
    struct peer *First = peer_connect(WC_PEER_FAMILY(Family), Port);
    WC_SOCK *Socket = WcBoundConnection(Client, Family);
    WC_ADDR Remote = WcLoopback(Family, Port);
    WC_OP *Pending, *Send, *Receive, *Disconnect;
    WC_BUF *Buffer = WcBuffer(Client, 4);

    COVERS("AMB-18", "CONN-17", "CONN-26", "CONN-57");
    CHECK(Full != NULL && First != NULL);
    Pending = WcKeptOp(Client, "WskConnect to a full listener");
    WcIssueConnect(Pending, Socket, &Remote);
    CHECK_STATUS(Pending->Returned, STATUS_PENDING);
    CHECK(!NT_SUCCESS(WcConnect(Socket, &Remote)));
    /* Not connected yet: no data calls either. */
    Send = WcStartSend(Socket, Buffer->Buf, 0);
    Receive = WcStartReceive(Socket, Buffer->Buf, 0);
    Disconnect = WcStartDisconnect(Socket, NULL, 0);
    CHECK_STATUS(WcWait(Send), STATUS_INVALID_DEVICE_STATE);
    CHECK_STATUS(WcWait(Receive), STATUS_INVALID_DEVICE_STATE);
    CHECK_STATUS(WcWait(Disconnect), STATUS_INVALID_DEVICE_STATE);
    CHECK(!WcIsDone(Pending));
    WcCancel(Pending);
    CHECK_STATUS(WcWait(Pending), STATUS_CANCELLED);
    peer_close(First);
    peer_close(Full);
    WcClose(Client);
}

TEST_BOTH(CONN_01, bad_arguments_fail)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket = WcBoundConnection(Client, Family);
    WC_ADDR Remote = WcLoopback(Family, 9), Other = WcLoopback(Family == AF_INET ? AF_INET6 : AF_INET, 9);
    WC_OP *Op = WcOp(Client, "WskConnect with flags");

    COVERS("AMB-05", "CONN-06", "IRP-16", "CONN-05");
    Op->Returned = WcConnTable(Socket)->WskConnect(Socket->Wsk, &Remote.Sa, 1, Op->Irp);
    CHECK_STATUS(Op->Returned, STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WcWait(Op), STATUS_INVALID_PARAMETER);
    CHECK(!NT_SUCCESS(WcConnect(Socket, &Other)));
    Op = WcOp(Client, "WskConnect without an address");
    Op->Returned = WcConnTable(Socket)->WskConnect(Socket->Wsk, NULL, 0, Op->Irp);
    CHECK(!NT_SUCCESS(WcWait(Op)));
    CHECK_STATUS(WcConnTable(Socket)->WskConnect(Socket->Wsk, &Remote.Sa, 0, NULL), STATUS_INVALID_PARAMETER);
    WcClose(Client);
}

TEST_BOTH(AMB_08, the_address_is_copied_by_the_call)
{
    WC_CLIENT *Client = WcOpen();
    USHORT Port = 0;
    struct peer *Listener = Listen(Family, &Port), *Peer;
    SIZE_T Size = Family == AF_INET6 ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN);
    PUCHAR Exact = ExAllocatePoolWithTag(NonPagedPoolNx, Size, WC_TAG);
    WC_SOCK *Socket = WcBoundConnection(Client, Family);
    WC_ADDR Remote = WcLoopback(Family, Port);
    WC_OP *Op = WcOp(Client, "WskConnect");

    COVERS("CONN-06");
    CHECK(Exact != NULL);
    RtlCopyMemory(Exact, &Remote, Size);
    Op->Returned = WcConnTable(Socket)->WskConnect(Socket->Wsk, (PSOCKADDR)Exact, 0, Op->Irp);
    ExFreePoolWithTag(Exact, WC_TAG);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    Peer = peer_accept(Listener);
    CHECK(Peer != NULL);
    peer_close(Peer);
    peer_close(Listener);
    WcClose(Client);
}

/* ---- WskConnectEx ----------------------------------------------------------------- */

static WC_OP *StartConnectEx(WC_SOCK *Socket, const WC_ADDR *Remote, const WSK_BUF *Buffer, ULONG Flags)
{
    WC_OP *Op = WcOp(Socket->Client, "WskConnectEx");
    WSK_BUF Copy = Buffer ? *Buffer : (WSK_BUF){NULL, 0, 0};
    PFN_WSK_CONNECT_EX Connect = Socket->Category == WSK_FLAG_STREAM_SOCKET ? WcStreamTable(Socket)->WskConnectEx
                                                                            : WcConnTable(Socket)->WskConnectEx;

    Op->Returned = Connect(Socket->Wsk, (PSOCKADDR)&Remote->Sa, Buffer ? &Copy : NULL, Flags, Op->Irp);
    return Op;
}

TEST_BOTH(CONN_10, connect_ex_without_data_is_a_connect)
{
    WC_CLIENT *Client = WcOpen();
    USHORT Port = 0;
    struct peer *Listener = Listen(Family, &Port), *Peer;
    WC_ADDR Remote = WcLoopback(Family, Port);
    WC_SOCK *Unbound = WcSocket(Client, Family, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
    WC_SOCK *Sockets[2] = {WcBoundConnection(Client, Family), WcStream(Client, Family, FALSE)};

    COVERS("CONN-07", "CONN-13", "STREAM-10");
    CHECK_STATUS(WcWait(StartConnectEx(Unbound, &Remote, NULL, 0)), STATUS_INVALID_DEVICE_STATE);
    for (int i = 0; i < 2; i++)
    {
        WC_OP *Op = StartConnectEx(Sockets[i], &Remote, NULL, 0);
        char Byte = 0;

        CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
        CHECK_EQ(Op->Information, 0);
        Peer = peer_accept(Listener);
        CHECK(Peer != NULL);
        WcSendData(Sockets[i], "m", 1);
        CHECK_EQ(peer_recv_all(Peer, &Byte, 1), 1);
        peer_close(Peer);
    }
    peer_close(Listener);
    WcClose(Client);
}

TEST_BOTH(CONN_09, connect_ex_takes_up_to_65535_bytes)
{
    static const SIZE_T Lengths[] = {1, 1000, 65535};
    WC_CLIENT *Client = WcOpen();
    USHORT Port = 0;
    struct peer *Listener = Listen(Family, &Port), *Peer;
    WC_ADDR Remote = WcLoopback(Family, Port);
    PUCHAR Data = ExAllocatePoolWithTag(NonPagedPoolNx, 65536 + 4, WC_TAG);
    WC_BUF *Buffer = WcBuffer(Client, 65536);
    WC_SOCK *Socket;

    COVERS("CONN-07", "CONN-11", "STRUCT-56");
    CHECK(Data != NULL);
    WcFill(Data, 65540, 0);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Lengths); i++)
    {
        WSK_BUF Part = WcPart(Buffer, 0, Lengths[i]);

        Socket = WcBoundConnection(Client, Family);
        WcPut(Buffer, 0, Data, Lengths[i]);
        CHECK_STATUS(WcWait(StartConnectEx(Socket, &Remote, &Part, 0)), STATUS_SUCCESS);
        /* The memory is the client's again. */
        WcPoison(MmGetSystemAddressForMdlSafe(Buffer->Buf.Mdl, NormalPagePriority), 65536);
        Peer = peer_accept(Listener);
        CHECK(Peer != NULL);
        WcSendData(Socket, Data + Lengths[i], 4);
        RtlZeroMemory(Data, Lengths[i]);
        CHECK_EQ(peer_recv_all(Peer, Data, Lengths[i] + 4), (long)Lengths[i] + 4);
        CHECK(WcIsFilled(Data, Lengths[i] + 4, 0));
        peer_close(Peer);
    }
    Socket = WcBoundConnection(Client, Family);
    CHECK_STATUS(WcWait(StartConnectEx(Socket, &Remote, &Buffer->Buf, 0)), STATUS_BUFFER_OVERFLOW);
    CHECK_STATUS(WcConnect(Socket, &Remote), STATUS_SUCCESS);
    ExFreePoolWithTag(Data, WC_TAG);
    peer_close(Listener);
    WcClose(Client);
}

TEST_BOTH(CONN_08, connect_ex_flags_must_be_zero)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket = WcBoundConnection(Client, Family);
    WC_ADDR Remote = WcLoopback(Family, 9);
    WC_OP *Op = StartConnectEx(Socket, &Remote, NULL, 1);

    COVERS("AMB-05");
    CHECK_STATUS(Op->Returned, STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WcWait(Op), STATUS_INVALID_PARAMETER);
    WcClose(Client);
}
