// SPDX-License-Identifier: MIT
/*
 * Where events of connections come from: listeners that accepted them, the static
 * callbacks of a client, the roles of stream sockets (areas EVT, LISTEN, STREAM, CLI).
 */
#include "support/wskevents.h"

#define CONNECTION_EVENTS (WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT | WSK_EVENT_SEND_BACKLOG)

/* A listener whose callback takes one connection as the test says. */
typedef struct _TAKING
{
    PVOID Context;
    const WSK_CLIENT_CONNECTION_DISPATCH *Table;
    VOID (*Inside)(struct _TAKING *Taking, PWSK_SOCKET Socket);
    NTSTATUS Result; /* what Inside got */
    volatile LONG Returning;
    PWSK_SOCKET Accepted;
    KEVENT Called;
} TAKING;

static NTSTATUS WSKAPI TakeConnection(PVOID SocketContext, ULONG Flags, PSOCKADDR LocalAddress,
                                      PSOCKADDR RemoteAddress, PWSK_SOCKET AcceptSocket, PVOID *AcceptSocketContext,
                                      CONST WSK_CLIENT_CONNECTION_DISPATCH **AcceptSocketDispatch)
{
    TAKING *Taking = SocketContext;

    UNREFERENCED_PARAMETER(Flags);
    UNREFERENCED_PARAMETER(LocalAddress);
    UNREFERENCED_PARAMETER(RemoteAddress);
    if (AcceptSocket == NULL)
    {
        return STATUS_REQUEST_NOT_ACCEPTED;
    }
    if (Taking->Inside != NULL)
    {
        Taking->Inside(Taking, AcceptSocket);
    }
    Taking->Accepted = AcceptSocket;
    *AcceptSocketContext = Taking->Context;
    *AcceptSocketDispatch = Taking->Table;
    InterlockedExchange(&Taking->Returning, 1);
    KeSetEvent(&Taking->Called, IO_NO_INCREMENT, FALSE);
    return STATUS_SUCCESS;
}

static const WSK_CLIENT_LISTEN_DISPATCH TakingTable = {TakeConnection, NULL, NULL};

static WC_SOCK *Listen(WC_CLIENT *Client, ADDRESS_FAMILY Family, TAKING *Taking, PVOID Context,
                       const WSK_CLIENT_CONNECTION_DISPATCH *Table)
{
    RtlZeroMemory(Taking, sizeof(*Taking));
    KeInitializeEvent(&Taking->Called, SynchronizationEvent, FALSE);
    Taking->Context = Context;
    Taking->Table = Table;
    return WcListener(Client, Family, Taking, &TakingTable);
}

static WC_SOCK *Taken(WC_CLIENT *Client, TAKING *Taking, ADDRESS_FAMILY Family)
{
    WcWaitEvent(&Taking->Called, "the accept callback");
    return WcAdopt(Client, (ULONG_PTR)Taking->Accepted, WSK_FLAG_CONNECTION_SOCKET, Family);
}

static struct peer *ConnectTo(WC_SOCK *Listener)
{
    struct peer *Peer = peer_connect(WC_PEER_FAMILY(Listener->Family), WcPort(Listener));

    CHECK(Peer != NULL);
    return Peer;
}

/* ---- inheritance ------------------------------------------------------------------------- */

static volatile LONG TooEarly;

static VOID CheckReturned(EV *Ev)
{
    TAKING *Taking = Ev->HookContext;

    InterlockedExchange(&TooEarly, !InterlockedCompareExchange(&Taking->Returning, 0, 0));
}

/* Given connection events on the listener, then a connection that its callback
 * takes has them when the callback returns, and not before. */
TEST_BOTH(LISTEN_57, accepted_connections_inherit_events)
{
    static EV Ev;
    static TAKING Taking;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = Listen(Client, Family, &Taking, &Ev, &EvTable), *Socket;
    UCHAR *Data = EvBytes(Client, 500);
    struct peer *Peer;

    COVERS("EVT-26", "EVT-11", "EVT-30", "EVT-31");
    EvInit(&Ev, Client, 500);
    Ev.Hook = CheckReturned;
    Ev.HookContext = &Taking;
    Peer = ConnectTo(Listener);
    CHECK_EQ(peer_send_all(Peer, Data, 500), 0); /* waits while nobody accepts */
    peer_shutdown(Peer);
    CHECK_STATUS(WcSetEvents(Listener, WSK_EVENT_ACCEPT | CONNECTION_EVENTS), STATUS_SUCCESS);
    Socket = Taken(Client, &Taking, Family);
    EvWaitDisconnects(&Ev, 1);
    CHECK_EQ(Ev.DisconnectFlags[0], 0);
    CHECK_EQ(TooEarly, 0);
    EvCheckStream(&Ev, 500);
    /* What is inherited is the connection's own, and can be turned off. */
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE), STATUS_SUCCESS);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(EVT_27, accepted_by_request_nothing_is_inherited)
{
    static EV Ev;
    static TAKING Taking;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = Listen(Client, Family, &Taking, &Ev, &EvTable), *Socket;
    struct peer *Peer;
    char Byte = 0;
    WC_OP *Op;

    COVERS("LISTEN-42");
    EvInit(&Ev, Client, 1);
    CHECK_STATUS(WcSetEvents(Listener, CONNECTION_EVENTS), STATUS_SUCCESS);
    Op = WcStartAccept(Listener, &Ev, &EvTable, NULL, NULL);
    Peer = ConnectTo(Listener);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    Socket = WcAdopt(Client, Op->Information, WSK_FLAG_CONNECTION_SOCKET, Family);
    CHECK_EQ(peer_send_all(Peer, "d", 1), 0);
    WcReceiveData(Socket, &Byte, 1);
    peer_close(Peer);
    CHECK(EvStaysQuiet(&Ev));
    CHECK_EQ(Ev.Order, 0);
    CHECK_EQ(Byte, 'd');
    WcClose(Client);
}

TEST_BOTH(EVT_28, inheritance_cannot_be_turned_off)
{
    static const ULONG Masks[] = {WSK_EVENT_RECEIVE, WSK_EVENT_DISCONNECT, WSK_EVENT_SEND_BACKLOG};
    static EV Ev;
    static TAKING Taking;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = Listen(Client, Family, &Taking, &Ev, &EvTable);
    UCHAR *Data = EvBytes(Client, 10);
    struct peer *Peer;

    COVERS("EVT-29", "EVT-26");
    EvInit(&Ev, Client, 10);
    CHECK_STATUS(WcSetEvents(Listener, WSK_EVENT_ACCEPT | CONNECTION_EVENTS), STATUS_SUCCESS);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Masks); i++)
    {
        CHECK_STATUS(WcSetEvents(Listener, Masks[i] | WSK_EVENT_DISABLE), STATUS_INVALID_DEVICE_REQUEST);
    }
    CHECK_STATUS(WcSetEvents(Listener, WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE), STATUS_SUCCESS);
    CHECK_STATUS(WcSetEvents(Listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    Peer = ConnectTo(Listener);
    Taken(Client, &Taking, Family);
    CHECK_EQ(peer_send_all(Peer, Data, 10), 0);
    EvWaitLength(&Ev, 10);
    EvCheckStream(&Ev, 10);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(AMB_20, inherited_events_without_callbacks_stay_off)
{
    static const WSK_CLIENT_CONNECTION_DISPATCH Empty = {NULL, NULL, NULL};
    static TAKING Taking;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = Listen(Client, Family, &Taking, NULL, NULL), *Socket;
    struct peer *Peer;
    char Byte;

    CHECK_STATUS(WcSetEvents(Listener, WSK_EVENT_ACCEPT | CONNECTION_EVENTS), STATUS_SUCCESS);
    for (int i = 0; i < 2; i++)
    {
        Taking.Table = i ? &Empty : NULL;
        Peer = ConnectTo(Listener);
        Socket = Taken(Client, &Taking, Family);
        CHECK_EQ(peer_send_all(Peer, "d", 1), 0);
        Byte = 0;
        WcReceiveData(Socket, &Byte, 1);
        CHECK_EQ(Byte, 'd');
        peer_close(Peer);
        WcExpectEnd(Socket);
    }
    WcClose(Client);
}

static VOID EnableInside(TAKING *Taking, PWSK_SOCKET Socket)
{
    WSK_EVENT_CALLBACK_CONTROL Control = {&NPI_WSK_INTERFACE_ID, WSK_EVENT_RECEIVE};

    Taking->Result = ((const WSK_PROVIDER_BASIC_DISPATCH *)Socket->Dispatch)
                         ->WskControlSocket(Socket, WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET, sizeof(Control),
                                            &Control, 0, NULL, NULL, NULL);
}

TEST_BOTH(LISTEN_58, events_can_be_enabled_inside_the_accept_callback)
{
    static EV Ev;
    static TAKING Taking;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = Listen(Client, Family, &Taking, &Ev, &EvTable);
    UCHAR *Data = EvBytes(Client, 10);
    struct peer *Peer;

    COVERS("EVT-33", "LISTEN-57");
    EvInit(&Ev, Client, 10);
    Ev.Hook = CheckReturned;
    Ev.HookContext = &Taking;
    Taking.Inside = EnableInside;
    Peer = ConnectTo(Listener);
    CHECK_EQ(peer_send_all(Peer, Data, 10), 0);
    CHECK_STATUS(WcSetEvents(Listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    Taken(Client, &Taking, Family);
    EvWaitLength(&Ev, 10);
    CHECK_STATUS(Taking.Result, STATUS_SUCCESS);
    CHECK_EQ(TooEarly, 0);
    EvCheckStream(&Ev, 10);
    peer_close(Peer);
    WcClose(Client);
}

/* ---- static callbacks -------------------------------------------------------------------- */

/* Given every event static, then each socket has those of its category from the
 * begin, however it came to be, and they cannot be changed. */
TEST_BOTH(CLI_28, static_callbacks_of_every_category)
{
    static EV Ev[3];
    static TAKING Taking;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, 20);
    WC_SOCK *Listener, *Sockets[3];
    struct peer *Peers[3];
    WC_OP *Op;

    COVERS("CLI-26", "CLI-29", "EVT-25", "AMB-21");
    CHECK_STATUS(WcSetStatic(Client, WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE_FROM | CONNECTION_EVENTS), STATUS_SUCCESS);
    for (int i = 0; i < 3; i++)
    {
        EvInit(&Ev[i], Client, 20);
    }
    EvPeerPair(Client, Family, &Ev[0], &Sockets[0], &Peers[0]);
    Listener = Listen(Client, Family, &Taking, &Ev[1], &EvTable);
    Peers[1] = ConnectTo(Listener);
    Sockets[1] = Taken(Client, &Taking, Family);
    Op = WcStartAccept(Listener, &Ev[2], &EvTable, NULL, NULL);
    Peers[2] = ConnectTo(Listener);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    Sockets[2] = WcAdopt(Client, Op->Information, WSK_FLAG_CONNECTION_SOCKET, Family);
    for (int i = 0; i < 3; i++)
    {
        CHECK_EQ(peer_send_all(Peers[i], Data, 20), 0);
        peer_shutdown(Peers[i]);
        EvWaitDisconnects(&Ev[i], 1);
        EvCheckStream(&Ev[i], 20);
        CHECK_STATUS(WcSetEvents(Sockets[i], WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE), STATUS_INVALID_DEVICE_REQUEST);
        CHECK_STATUS(WcSetEvents(Sockets[i], WSK_EVENT_DISCONNECT), STATUS_INVALID_DEVICE_REQUEST);
        peer_close(Peers[i]);
    }
    WcClose(Client);
}

TEST_BOTH(CLI_28, static_callbacks_without_a_table_are_skipped)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    char Byte = 0;

    COVERS("AMB-20");
    CHECK_STATUS(WcSetStatic(Client, CONNECTION_EVENTS), STATUS_SUCCESS);
    WcPeerPair(Client, Family, &Socket, &Peer);
    CHECK_EQ(peer_send_all(Peer, "d", 1), 0);
    WcReceiveData(Socket, &Byte, 1);
    CHECK_EQ(Byte, 'd');
    peer_close(Peer);
    WcClose(Client);
}

/* ---- stream sockets ----------------------------------------------------------------------- */

static WC_SOCK *BoundStream(WC_CLIENT *Client, ADDRESS_FAMILY Family, PVOID Context,
                            const WSK_CLIENT_STREAM_DISPATCH *Table)
{
    WC_SOCK *Socket = WcSocket(Client, Family, WSK_FLAG_STREAM_SOCKET, Context, Table);
    WC_ADDR Address = WcLoopback(Family, 0);

    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_ACCEPT), STATUS_INVALID_DEVICE_STATE);
    CHECK_STATUS(WcBind(Socket, &Address), STATUS_SUCCESS);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_ACCEPT), STATUS_INVALID_DEVICE_STATE);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE), STATUS_INVALID_DEVICE_STATE);
    return Socket;
}

TEST_BOTH(STREAM_15, a_connected_stream_socket_has_the_connect_table)
{
    static EV Ev;
    static const WSK_CLIENT_STREAM_DISPATCH Table = {.Listen = &TakingTable, .Connect = &EvTable};
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket = BoundStream(Client, Family, &Ev, &Table);
    UCHAR *Data = EvBytes(Client, 100);
    USHORT Port = 0;
    struct peer *Listener = peer_listen(WC_PEER_FAMILY(Family), &Port), *Peer;
    WC_ADDR Remote = WcLoopback(Family, Port);

    COVERS("AMB-28", "STREAM-02", "STREAM-12");
    EvInit(&Ev, Client, 100);
    CHECK_STATUS(WcConnect(Socket, &Remote), STATUS_SUCCESS);
    Peer = peer_accept(Listener);
    CHECK(Peer != NULL);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_ACCEPT), STATUS_INVALID_DEVICE_STATE);
    CHECK_STATUS(WcSetEvents(Socket, CONNECTION_EVENTS), STATUS_SUCCESS);
    EvAnswer(&Ev, STATUS_PENDING, EV_TAKE_ALL, -1);
    CHECK_EQ(peer_send_all(Peer, Data, 100), 0);
    EvWaitLength(&Ev, 100);
    for (; Ev.ListCount; Ev.ListCount--)
    {
        CHECK_STATUS(WcStreamTable(Socket)->WskRelease(Socket->Wsk, Ev.Lists[Ev.ListCount - 1]), STATUS_SUCCESS);
    }
    peer_shutdown(Peer);
    EvWaitDisconnects(&Ev, 1);
    EvCheckStream(&Ev, 100);
    peer_close(Peer);
    peer_close(Listener);
    WcClose(Client);
}

TEST_BOTH(STREAM_15, a_listening_stream_socket_has_the_listen_table)
{
    static EV Ev;
    static TAKING Taking;
    static const WSK_CLIENT_STREAM_DISPATCH Table = {.Listen = &TakingTable, .Connect = NULL};
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = BoundStream(Client, Family, &Taking, &Table);
    UCHAR *Data = EvBytes(Client, 100);
    struct peer *Peer;

    COVERS("AMB-28", "STREAM-09", "EVT-26");
    EvInit(&Ev, Client, 100);
    RtlZeroMemory(&Taking, sizeof(Taking));
    KeInitializeEvent(&Taking.Called, SynchronizationEvent, FALSE);
    Taking.Context = &Ev;
    Taking.Table = &EvTable;
    CHECK_STATUS(WcListen(Listener), STATUS_SUCCESS);
    CHECK_STATUS(WcSetEvents(Listener, WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    Peer = ConnectTo(Listener);
    Taken(Client, &Taking, Family);
    CHECK_EQ(peer_send_all(Peer, Data, 100), 0);
    EvWaitLength(&Ev, 100);
    EvCheckStream(&Ev, 100);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(AMB_28, static_callbacks_of_a_stream_socket_wait_for_its_role)
{
    static EV Ev;
    static const WSK_CLIENT_STREAM_DISPATCH Table = {.Listen = NULL, .Connect = &EvTable};
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, 100);
    USHORT Port = 0;
    struct peer *Listener = peer_listen(WC_PEER_FAMILY(Family), &Port), *Peer;
    WC_ADDR Any = WcLoopback(Family, 0), Remote = WcLoopback(Family, Port);
    WC_SOCK *Socket;

    COVERS("CLI-28", "STREAM-15");
    CHECK_STATUS(WcSetStatic(Client, WSK_EVENT_ACCEPT | CONNECTION_EVENTS), STATUS_SUCCESS);
    EvInit(&Ev, Client, 100);
    Socket = WcSocket(Client, Family, WSK_FLAG_STREAM_SOCKET, &Ev, &Table);
    CHECK_STATUS(WcBind(Socket, &Any), STATUS_SUCCESS);
    CHECK_STATUS(WcConnect(Socket, &Remote), STATUS_SUCCESS);
    Peer = peer_accept(Listener);
    CHECK(Peer != NULL);
    CHECK_EQ(peer_send_all(Peer, Data, 100), 0);
    peer_shutdown(Peer);
    EvWaitDisconnects(&Ev, 1);
    EvCheckStream(&Ev, 100);
    peer_close(Peer);
    peer_close(Listener);
    WcClose(Client);
}
