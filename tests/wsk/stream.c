// SPDX-License-Identifier: MIT
/*
 * Stream sockets: one category, two roles (area STREAM).
 */
#include "support/wskclient.h"

TEST_BOTH(STREAM_06, listen_makes_a_listener)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Stream = WcStream(Client, Family, FALSE), *Accepted;
    struct peer *Peer;
    char Byte = 0;
    WC_OP *Op;

    COVERS("STREAM-07", "STREAM-09", "STREAM-13", "LISTEN-35", "AMB-29", "STREAM-02");
    Op = WcStartListen(Stream);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 0);
    Op = WcStartAccept(Stream, NULL, NULL, NULL, NULL);
    CHECK_STATUS(Op->Returned, STATUS_PENDING);
    Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Stream));
    CHECK(Peer != NULL);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    Accepted = WcAdopt(Client, Op->Information, WSK_FLAG_CONNECTION_SOCKET, Family);
    WcSendData(Accepted, "s", 1);
    CHECK_EQ(peer_recv_all(Peer, &Byte, 1), 1);
    CHECK_EQ(Byte, 's');
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(STREAM_06, listen_needs_a_bound_socket_and_an_irp)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Stream = WcSocket(Client, Family, WSK_FLAG_STREAM_SOCKET, NULL, NULL);
    WC_ADDR Address = WcLoopback(Family, 0);

    COVERS("AMB-18", "IRP-16", "STREAM-11", "STREAM-05");
    CHECK_STATUS(WcListen(Stream), STATUS_INVALID_DEVICE_STATE);
    CHECK_STATUS(WcBind(Stream, &Address), STATUS_SUCCESS);
    CHECK_STATUS(WcStreamTable(Stream)->WskListen(Stream->Wsk, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WcListen(Stream), STATUS_SUCCESS);
    CHECK(!NT_SUCCESS(WcListen(Stream)));
    WcClose(Client);
}

TEST_BOTH(STREAM_08, the_listening_role_refuses_connection_functions)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Stream = WcStream(Client, Family, TRUE);
    WC_ADDR Remote = WcLoopback(Family, WcPort(Stream)), Seen;
    WC_BUF *Buffer = WcBuffer(Client, 4);
    WC_OP *Op = WcOp(Client, "WskConnectEx");
    struct peer *Peer;

    COVERS("STREAM-14", "STREAM-13");
    CHECK(!NT_SUCCESS(WcConnect(Stream, &Remote)));
    Op->Returned = WcStreamTable(Stream)->WskConnectEx(Stream->Wsk, &Remote.Sa, NULL, 0, Op->Irp);
    CHECK(!NT_SUCCESS(WcWait(Op)));
    CHECK(!NT_SUCCESS(WcWait(WcStartSend(Stream, Buffer->Buf, 0))));
    CHECK(!NT_SUCCESS(WcWait(WcStartReceive(Stream, Buffer->Buf, 0))));
    CHECK(!NT_SUCCESS(WcDisconnect(Stream, NULL, 0)));
    CHECK(!NT_SUCCESS(WcDisconnect(Stream, NULL, WSK_FLAG_ABORTIVE)));
    CHECK_STATUS(WcGetRemote(Stream, &Seen), STATUS_INVALID_DEVICE_STATE);
    /* Still a listener. */
    Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Stream));
    CHECK(Peer != NULL);
    WcAccept(Stream);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(STREAM_10, the_connection_role_refuses_listening)
{
    WC_CLIENT *Client = WcOpen();
    USHORT Port = 0;
    struct peer *Listener = peer_listen(WC_PEER_FAMILY(Family), &Port), *Peer;
    WC_SOCK *Stream = WcStream(Client, Family, FALSE);
    WC_ADDR Remote = WcLoopback(Family, Port), Seen;
    char Text[4];

    COVERS("STREAM-12", "STREAM-13", "STREAM-14", "CONN-01", "CONN-14");
    CHECK_STATUS(WcGetRemote(Stream, &Seen), STATUS_INVALID_DEVICE_STATE);
    CHECK_STATUS(WcConnect(Stream, &Remote), STATUS_SUCCESS);
    Peer = peer_accept(Listener);
    CHECK(Peer != NULL);
    CHECK(!NT_SUCCESS(WcListen(Stream)));
    CHECK(!NT_SUCCESS(WcWait(WcStartAccept(Stream, NULL, NULL, NULL, NULL))));
    CHECK_STATUS(WcGetRemote(Stream, &Seen), STATUS_SUCCESS);
    CHECK(WcSameAddress(&Seen, &Remote));
    CHECK_EQ(WcPort(Stream), peer_remote_port(Peer));
    WcSendData(Stream, "ping", 4);
    CHECK_EQ(peer_recv_all(Peer, Text, 4), 4);
    CHECK_EQ(peer_send_all(Peer, "pong", 4), 0);
    WcReceiveData(Stream, Text, 4);
    CHECK_MEM(Text, "pong", 4);
    CHECK_STATUS(WcDisconnect(Stream, NULL, 0), STATUS_SUCCESS);
    CHECK_EQ(peer_expect_end(Peer), 0);
    peer_shutdown(Peer);
    WcExpectEnd(Stream);
    peer_close(Peer);
    peer_close(Listener);
    WcClose(Client);
}

TEST_BOTH(STREAM_11, a_failed_connect_does_not_commit)
{
    WC_CLIENT *Client = WcOpen();
    USHORT Port = 0;
    struct peer *Held = peer_hold_port(WC_PEER_FAMILY(Family), &Port), *Peer;
    WC_SOCK *Stream = WcStream(Client, Family, FALSE);
    WC_ADDR Remote = WcLoopback(Family, Port);

    COVERS("STREAM-06", "STREAM-09");
    CHECK(Held != NULL);
    CHECK(!NT_SUCCESS(WcConnect(Stream, &Remote)));
    CHECK_STATUS(WcListen(Stream), STATUS_SUCCESS);
    Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Stream));
    CHECK(Peer != NULL);
    WcAccept(Stream);
    peer_close(Peer);
    peer_close(Held);
    WcClose(Client);
}

TEST_BOTH(STREAM_04, basic_functions_work_in_every_role)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Fresh = WcSocket(Client, Family, WSK_FLAG_STREAM_SOCKET, NULL, NULL);
    WC_SOCK *Bound = WcStream(Client, Family, FALSE), *Listening = WcStream(Client, Family, TRUE);
    WC_SOCK *Connected = WcStream(Client, Family, FALSE), *All[4];
    WC_ADDR Remote = WcLoopback(Family, WcPort(Listening));
    ULONG Value;

    COVERS("BASIC-05", "STREAM-02");
    CHECK_STATUS(WcConnect(Connected, &Remote), STATUS_SUCCESS);
    All[0] = Fresh, All[1] = Bound, All[2] = Listening, All[3] = Connected;
    for (int i = 0; i < 4; i++)
    {
        CHECK_STATUS(WcSetOption(All[i], SOL_SOCKET, SO_KEEPALIVE, 1), STATUS_SUCCESS);
        CHECK_STATUS(WcGetOption(All[i], SOL_SOCKET, SO_KEEPALIVE, &Value), STATUS_SUCCESS);
        CHECK_EQ(Value, 1);
        WcCloseSocket(All[i]);
    }
    WcClose(Client);
}

TEST_BOTH(AMB_27, conditional_accept_is_not_supported)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Stream = WcSocket(Client, Family, WSK_FLAG_STREAM_SOCKET, NULL, NULL);

    CHECK_STATUS(WcSetOption(Stream, SOL_SOCKET, SO_CONDITIONAL_ACCEPT, 1), STATUS_NOT_SUPPORTED);
    WcClose(Client);
}

/* ---- events by the stream client table --------------------------------------------- */

typedef struct _ARRIVAL
{
    PWSK_SOCKET Socket;
    KEVENT Came;
} ARRIVAL;

static NTSTATUS WSKAPI NoteArrival(PVOID SocketContext, ULONG Flags, PSOCKADDR LocalAddress, PSOCKADDR RemoteAddress,
                                   PWSK_SOCKET AcceptSocket, PVOID *AcceptSocketContext,
                                   CONST WSK_CLIENT_CONNECTION_DISPATCH **AcceptSocketDispatch)
{
    ARRIVAL *Arrival = SocketContext;

    UNREFERENCED_PARAMETER(Flags);
    UNREFERENCED_PARAMETER(LocalAddress);
    UNREFERENCED_PARAMETER(RemoteAddress);
    if (!AcceptSocket)
    {
        return STATUS_REQUEST_NOT_ACCEPTED;
    }
    *AcceptSocketContext = NULL;
    *AcceptSocketDispatch = NULL;
    Arrival->Socket = AcceptSocket;
    KeSetEvent(&Arrival->Came, IO_NO_INCREMENT, FALSE);
    return STATUS_SUCCESS;
}

static const WSK_CLIENT_LISTEN_DISPATCH ListenTable = {NoteArrival, NULL, NULL};
static const WSK_CLIENT_STREAM_DISPATCH StreamTable = {&ListenTable, NULL};

TEST_BOTH(STREAM_15, accept_events_come_from_the_listen_table)
{
    static ARRIVAL Arrival;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Stream;
    WC_ADDR Address = WcLoopback(Family, 0);
    struct peer *Peer;

    COVERS("STREAM-02", "AMB-28", "CLI-28", "SOCK-16");
    KeInitializeEvent(&Arrival.Came, NotificationEvent, FALSE);
    CHECK_STATUS(WcSetStatic(Client, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    Stream = WcSocket(Client, Family, WSK_FLAG_STREAM_SOCKET, &Arrival, &StreamTable);
    CHECK_STATUS(WcBind(Stream, &Address), STATUS_SUCCESS);
    CHECK_STATUS(WcListen(Stream), STATUS_SUCCESS);
    Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Stream));
    CHECK(Peer != NULL);
    WcWaitEvent(&Arrival.Came, "the accept event of a stream socket");
    WcAdopt(Client, (ULONG_PTR)Arrival.Socket, WSK_FLAG_CONNECTION_SOCKET, Family);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(AMB_28, events_are_enabled_only_once_the_role_is_taken)
{
    static ARRIVAL Arrival;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Stream = WcSocket(Client, Family, WSK_FLAG_STREAM_SOCKET, &Arrival, &StreamTable);
    WC_ADDR Address = WcLoopback(Family, 0);
    struct peer *Peer;

    COVERS("STREAM-15", "EVT-12");
    KeInitializeEvent(&Arrival.Came, NotificationEvent, FALSE);
    CHECK(!NT_SUCCESS(WcSetEvents(Stream, WSK_EVENT_ACCEPT)));
    CHECK_STATUS(WcBind(Stream, &Address), STATUS_SUCCESS);
    CHECK(!NT_SUCCESS(WcSetEvents(Stream, WSK_EVENT_ACCEPT)));
    CHECK_STATUS(WcListen(Stream), STATUS_SUCCESS);
    CHECK_STATUS(WcSetEvents(Stream, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Stream));
    CHECK(Peer != NULL);
    WcWaitEvent(&Arrival.Came, "the accept event of a stream socket");
    WcAdopt(Client, (ULONG_PTR)Arrival.Socket, WSK_FLAG_CONNECTION_SOCKET, Family);
    peer_close(Peer);
    WcClose(Client);
}
