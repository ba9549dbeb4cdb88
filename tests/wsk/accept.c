// SPDX-License-Identifier: MIT
/*
 * WskAccept and WskAcceptEvent (area LISTEN, rows 34 to 58).
 */
#include "support/wskclient.h"

TEST_BOTH(LISTEN_36, a_waiting_connection_is_taken)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL), *Accepted;
    struct peer *Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listener));
    WC_ADDR Local, Remote, Expected, Seen;
    SIZE_T Size = Family == AF_INET6 ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN);
    WC_OP *Op;

    COVERS("LISTEN-34", "LISTEN-35", "LISTEN-39", "LISTEN-40", "LISTEN-32", "LISTEN-47", "LISTEN-48", "IRP-19",
           "IRP-35", "CONN-16");
    CHECK(Peer != NULL);
    WcPoison(&Local, sizeof(Local));
    WcPoison(&Remote, sizeof(Remote));
    Op = WcStartAccept(Listener, NULL, NULL, &Local, &Remote);
    CHECK(Op->Returned == STATUS_SUCCESS || Op->Returned == STATUS_PENDING);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    Accepted = WcAdopt(Client, Op->Information, WSK_FLAG_CONNECTION_SOCKET, Family);
    Expected = WcLoopback(Family, WcPort(Listener));
    CHECK(WcSameAddress(&Local, &Expected));
    CHECK_STATUS(WcGetLocal(Accepted, &Seen), STATUS_SUCCESS);
    CHECK(WcSameAddress(&Seen, &Expected));
    Expected = WcLoopback(Family, peer_port(Peer));
    CHECK(WcSameAddress(&Remote, &Expected));
    CHECK_STATUS(WcGetRemote(Accepted, &Seen), STATUS_SUCCESS);
    CHECK(WcSameAddress(&Seen, &Expected));
    CHECK(WcIsPoison(Local.Raw + Size, sizeof(Local) - Size));
    CHECK(WcIsPoison(Remote.Raw + Size, sizeof(Remote) - Size));
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(LISTEN_37, without_one_the_request_is_queued)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL), *Accepted;
    WC_ADDR Local, Remote, Expected;
    struct peer *Peer;
    WC_OP *Op;
    char Byte;

    COVERS("LISTEN-39", "LISTEN-40", "IRP-22");
    WcPoison(&Local, sizeof(Local));
    WcPoison(&Remote, sizeof(Remote));
    Op = WcStartAccept(Listener, NULL, NULL, &Local, &Remote);
    CHECK_STATUS(Op->Returned, STATUS_PENDING);
    CHECK(!WcIsDone(Op));
    CHECK(WcIsPoison(&Local, sizeof(Local)) && WcIsPoison(&Remote, sizeof(Remote)));
    Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listener));
    CHECK(Peer != NULL);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK(Op->PendingReturned);
    Accepted = WcAdopt(Client, Op->Information, WSK_FLAG_CONNECTION_SOCKET, Family);
    Expected = WcLoopback(Family, peer_port(Peer));
    CHECK(WcSameAddress(&Remote, &Expected));
    /* Ready for data in both directions. */
    WcSendData(Accepted, "a", 1);
    CHECK_EQ(peer_recv_all(Peer, &Byte, 1), 1);
    CHECK_EQ(peer_send_all(Peer, "b", 1), 0);
    WcReceiveData(Accepted, &Byte, 1);
    CHECK_EQ(Byte, 'b');
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(LISTEN_40, each_address_is_optional)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL);
    struct peer *One = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listener));
    struct peer *Two = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listener));
    WC_ADDR Local, Remote, Expected;
    WC_OP *Op;

    CHECK(One != NULL && Two != NULL);
    WcPoison(&Local, sizeof(Local));
    Op = WcStartAccept(Listener, NULL, NULL, &Local, NULL);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    WcAdopt(Client, Op->Information, WSK_FLAG_CONNECTION_SOCKET, Family);
    Expected = WcLoopback(Family, WcPort(Listener));
    CHECK(WcSameAddress(&Local, &Expected));
    WcPoison(&Remote, sizeof(Remote));
    Op = WcStartAccept(Listener, NULL, NULL, NULL, &Remote);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    WcAdopt(Client, Op->Information, WSK_FLAG_CONNECTION_SOCKET, Family);
    Expected = WcLoopback(Family, peer_port(Two));
    CHECK(WcSameAddress(&Remote, &Expected));
    peer_close(One);
    peer_close(Two);
    WcClose(Client);
}

TEST_BOTH(LISTEN_45, queued_accepts_are_served_in_order)
{
    enum { Many = 40 };
    static WC_OP *Ops[Many];
    static WC_ADDR Remotes[Many];
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL);
    struct peer *Peers[Many];

    COVERS("LISTEN-37", "AMB-12", "CONN-39");
    for (int i = 0; i < Many; i++)
    {
        Ops[i] = WcStartAccept(Listener, NULL, NULL, NULL, &Remotes[i]);
        CHECK_STATUS(Ops[i]->Returned, STATUS_PENDING);
    }
    for (int i = 0; i < Many; i++)
    {
        Peers[i] = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listener));
        CHECK(Peers[i] != NULL);
    }
    for (int i = 0; i < Many; i++)
    {
        CHECK_STATUS(WcWait(Ops[i]), STATUS_SUCCESS);
        WcAdopt(Client, Ops[i]->Information, WSK_FLAG_CONNECTION_SOCKET, Family);
        CHECK_EQ(WcPortOf(&Remotes[i]), peer_port(Peers[i]));
        peer_close(Peers[i]);
    }
    WcClose(Client);
}

TEST_BOTH(AMB_13, connections_wait_for_their_accept)
{
    enum { Many = 60 };
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL);
    struct peer *Peers[Many];
    WC_ADDR Remote;

    COVERS("LISTEN-36", "LISTEN-45");
    for (int i = 0; i < Many; i++)
    {
        Peers[i] = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listener));
        CHECK(Peers[i] != NULL);
    }
    for (int i = 0; i < Many; i++)
    {
        CHECK_STATUS(WcGetRemote(WcAccept(Listener), &Remote), STATUS_SUCCESS);
        CHECK_EQ(WcPortOf(&Remote), peer_port(Peers[i]));
        peer_close(Peers[i]);
    }
    WcClose(Client);
}

TEST_BOTH(LISTEN_35, accept_needs_a_bound_listener)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Unbound = WcSocket(Client, Family, WSK_FLAG_LISTEN_SOCKET, NULL, NULL);
    WC_SOCK *Fresh = WcSocket(Client, Family, WSK_FLAG_STREAM_SOCKET, NULL, NULL);
    WC_SOCK *Bound = WcStream(Client, Family, FALSE);

    COVERS("AMB-18", "LISTEN-38", "STREAM-14");
    CHECK_STATUS(WcWait(WcStartAccept(Unbound, NULL, NULL, NULL, NULL)), STATUS_INVALID_DEVICE_STATE);
    CHECK_STATUS(WcWait(WcStartAccept(Fresh, NULL, NULL, NULL, NULL)), STATUS_INVALID_DEVICE_STATE);
    CHECK_STATUS(WcWait(WcStartAccept(Bound, NULL, NULL, NULL, NULL)), STATUS_INVALID_DEVICE_STATE);
    WcClose(Client);
}

TEST_BOTH(LISTEN_34, reserved_flags_must_be_zero_and_the_irp_given)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL);
    WC_OP *Op = WcOp(Client, "WskAccept with flags");

    COVERS("AMB-05", "IRP-16", "LISTEN-38");
    Op->Returned = WcListenTable(Listener)->WskAccept(Listener->Wsk, 1, NULL, NULL, NULL, NULL, Op->Irp);
    CHECK_STATUS(Op->Returned, STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WcWait(Op), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WcListenTable(Listener)->WskAccept(Listener->Wsk, 0, NULL, NULL, NULL, NULL, NULL),
                 STATUS_INVALID_PARAMETER);
    WcClose(Client);
}

TEST_BOTH(AMB_61, connections_already_reset_are_not_handed_out)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL);
    struct peer *Dead, *Alive;
    WC_ADDR Remote;

    for (int i = 0; i < 5; i++)
    {
        Dead = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listener));
        CHECK(Dead != NULL);
        peer_reset(Dead);
    }
    Alive = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listener));
    CHECK(Alive != NULL);
    CHECK_STATUS(WcGetRemote(WcAccept(Listener), &Remote), STATUS_SUCCESS);
    CHECK_EQ(WcPortOf(&Remote), peer_port(Alive));
    peer_close(Alive);
    WcClose(Client);
}

TEST_BOTH(LISTEN_36, data_sent_before_the_accept_is_not_lost)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL), *Accepted;
    struct peer *Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listener));
    char Text[5];

    CHECK(Peer != NULL);
    CHECK_EQ(peer_send_all(Peer, "early", 5), 0);
    peer_shutdown(Peer);
    Accepted = WcAccept(Listener);
    WcReceiveData(Accepted, Text, 5);
    CHECK_MEM(Text, "early", 5);
    WcExpectEnd(Accepted);
    peer_close(Peer);
    WcClose(Client);
}

/* ---- WskAcceptEvent ------------------------------------------------------------------ */

enum { SeenMax = 64 };

/* What the callback saw; one per listener. */
typedef struct _LISTENING
{
    WC_SOCK *Listener;
    NTSTATUS Answer;
    volatile LONG Calls, NullCalls, BadContext;
    PWSK_SOCKET Sockets[SeenMax];
    WC_ADDR Local[SeenMax], Remote[SeenMax];
    ULONG Flags[SeenMax];
    KIRQL Irql[SeenMax];
    KSEMAPHORE Arrived;
    WC_OP *SendFirst; /* sent on the new socket from inside the callback */
    WSK_BUF Greeting;
} LISTENING;

static int ContextOfAccepted;

static NTSTATUS WSKAPI AcceptEvent(PVOID SocketContext, ULONG Flags, PSOCKADDR LocalAddress, PSOCKADDR RemoteAddress,
                                   PWSK_SOCKET AcceptSocket, PVOID *AcceptSocketContext,
                                   CONST WSK_CLIENT_CONNECTION_DISPATCH **AcceptSocketDispatch)
{
    static const WSK_CLIENT_CONNECTION_DISPATCH NoCallbacks = {NULL, NULL, NULL};
    LISTENING *Listening = SocketContext;
    SIZE_T Size = LocalAddress && LocalAddress->sa_family == AF_INET6 ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN);
    LONG Index;

    if (!AcceptSocket)
    {
        InterlockedIncrement(&Listening->NullCalls);
        return STATUS_REQUEST_NOT_ACCEPTED;
    }
    Index = InterlockedIncrement(&Listening->Calls) - 1;
    if (Index < SeenMax)
    {
        Listening->Sockets[Index] = AcceptSocket;
        RtlCopyMemory(&Listening->Local[Index], LocalAddress, Size);
        RtlCopyMemory(&Listening->Remote[Index], RemoteAddress, Size);
        Listening->Flags[Index] = Flags;
        Listening->Irql[Index] = KeGetCurrentIrql();
    }
    if (Listening->SendFirst)
    {
        Listening->SendFirst->Returned =
            ((const WSK_PROVIDER_CONNECTION_DISPATCH *)AcceptSocket->Dispatch)
                ->WskSend(AcceptSocket, &Listening->Greeting, 0, Listening->SendFirst->Irp);
    }
    *AcceptSocketContext = &ContextOfAccepted;
    *AcceptSocketDispatch = &NoCallbacks;
    KeReleaseSemaphore(&Listening->Arrived, IO_NO_INCREMENT, 1, FALSE);
    return Listening->Answer;
}

static const WSK_CLIENT_LISTEN_DISPATCH AcceptDispatch = {AcceptEvent, NULL, NULL};

static LISTENING *Listen(WC_CLIENT *Client, ADDRESS_FAMILY Family, NTSTATUS Answer)
{
    static LISTENING Listening;

    RtlZeroMemory(&Listening, sizeof(Listening));
    KeInitializeSemaphore(&Listening.Arrived, 0, SeenMax);
    Listening.Answer = Answer;
    Listening.Listener = WcListener(Client, Family, &Listening, &AcceptDispatch);
    return &Listening;
}

static void AwaitArrival(LISTENING *Listening)
{
    BOOLEAN Came = WcAwait(&Listening->Arrived, "WskAcceptEvent");

    CHECK(Came);
}

TEST_BOTH(CLI_31, static_accept_events_begin_with_bind)
{
    WC_CLIENT *Client = WcOpen();
    LISTENING *Listening;
    struct peer *Peers[8];
    WC_ADDR Expected;

    COVERS("LISTEN-49", "LISTEN-50", "LISTEN-51", "LISTEN-52", "LISTEN-53", "LISTEN-55", "LISTEN-56", "CLI-26",
           "CLI-28", "CLI-29", "CLI-30", "EVT-02", "EVT-30", "EVT-31", "EVT-32", "SOCK-07", "SOCK-13", "SOCK-19",
           "SOCK-22");
    CHECK_STATUS(WcSetStatic(Client, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    Listening = Listen(Client, Family, STATUS_SUCCESS);
    for (int i = 0; i < 8; i++)
    {
        WC_SOCK *Accepted;
        char Byte = 0;

        Peers[i] = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listening->Listener));
        CHECK(Peers[i] != NULL);
        AwaitArrival(Listening);
        CHECK_EQ(Listening->Calls, i + 1);
        Accepted = WcAdopt(Client, (ULONG_PTR)Listening->Sockets[i], WSK_FLAG_CONNECTION_SOCKET, Family);
        Expected = WcLoopback(Family, WcPort(Listening->Listener));
        CHECK(WcSameAddress(&Listening->Local[i], &Expected));
        Expected = WcLoopback(Family, peer_port(Peers[i]));
        CHECK(WcSameAddress(&Listening->Remote[i], &Expected));
        CHECK_EQ(Listening->Flags[i] & ~WSK_FLAG_AT_DISPATCH_LEVEL, 0);
        CHECK(Listening->Irql[i] <= DISPATCH_LEVEL);
        if (Listening->Flags[i] & WSK_FLAG_AT_DISPATCH_LEVEL)
        {
            CHECK_EQ(Listening->Irql[i], DISPATCH_LEVEL);
        }
        CHECK_EQ(peer_send_all(Peers[i], "q", 1), 0);
        WcReceiveData(Accepted, &Byte, 1);
        CHECK_EQ(Byte, 'q');
    }
    CHECK_EQ(Listening->NullCalls, 0);
    for (int i = 0; i < 8; i++)
    {
        peer_close(Peers[i]);
    }
    WcClose(Client);
}

TEST_BOTH(LISTEN_56, refused_connections_are_closed_by_the_provider)
{
    WC_CLIENT *Client = WcOpen();
    LISTENING *Listening;

    COVERS("AMB-54", "EVT-39");
    CHECK_STATUS(WcSetStatic(Client, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    Listening = Listen(Client, Family, STATUS_REQUEST_NOT_ACCEPTED);
    for (int i = 0; i < 10; i++)
    {
        /* Not waited for: it may be over before the peer looks. */
        struct peer *Peer = peer_connect_start(WC_PEER_FAMILY(Family), WcPort(Listening->Listener));

        CHECK(Peer != NULL);
        AwaitArrival(Listening);
        CHECK_EQ(peer_expect_reset(Peer), 0);
        peer_close(Peer);
    }
    CHECK_EQ(Listening->Calls, 10);
    /* Deregistration would wait for a refused socket left open. */
    WcClose(Client);
}

TEST_BOTH(LISTEN_43, a_queued_accept_wins_over_the_event)
{
    WC_CLIENT *Client = WcOpen();
    LISTENING *Listening;
    struct peer *Peers[6];
    WC_OP *Ops[3];
    ULONG ByIrp = 0;

    COVERS("EVT-36", "LISTEN-44", "LISTEN-52");
    CHECK_STATUS(WcSetStatic(Client, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    Listening = Listen(Client, Family, STATUS_SUCCESS);
    for (int i = 0; i < 3; i++)
    {
        Ops[i] = WcStartAccept(Listening->Listener, NULL, NULL, NULL, NULL);
        CHECK_STATUS(Ops[i]->Returned, STATUS_PENDING);
    }
    for (int i = 0; i < 6; i++)
    {
        Peers[i] = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listening->Listener));
        CHECK(Peers[i] != NULL);
    }
    for (int i = 0; i < 3; i++)
    {
        CHECK_STATUS(WcWait(Ops[i]), STATUS_SUCCESS);
        WcAdopt(Client, Ops[i]->Information, WSK_FLAG_CONNECTION_SOCKET, Family);
        ByIrp++;
    }
    for (int i = 0; i < 3; i++)
    {
        AwaitArrival(Listening);
        WcAdopt(Client, (ULONG_PTR)Listening->Sockets[i], WSK_FLAG_CONNECTION_SOCKET, Family);
        /* The requests took the earliest ones. */
        CHECK_EQ(WcPortOf(&Listening->Remote[i]), peer_port(Peers[3 + i]));
    }
    CHECK_EQ(ByIrp, 3);
    CHECK_EQ(Listening->Calls, 3);
    for (int i = 0; i < 6; i++)
    {
        peer_close(Peers[i]);
    }
    WcClose(Client);
}

TEST_BOTH(LISTEN_58, the_new_socket_may_be_used_inside_the_callback)
{
    WC_CLIENT *Client = WcOpen();
    WC_BUF *Greeting = WcBuffer(Client, 5);
    LISTENING *Listening;
    struct peer *Peer;
    char Text[5];

    COVERS("EVT-33", "EVT-34", "IRP-45");
    CHECK_STATUS(WcSetStatic(Client, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    Listening = Listen(Client, Family, STATUS_SUCCESS);
    WcPut(Greeting, 0, "hello", 5);
    Listening->Greeting = Greeting->Buf;
    Listening->SendFirst = WcOp(Client, "WskSend from the accept callback");
    Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listening->Listener));
    CHECK(Peer != NULL);
    CHECK_EQ(peer_recv_all(Peer, Text, 5), 5);
    CHECK_MEM(Text, "hello", 5);
    AwaitArrival(Listening);
    CHECK_STATUS(WcWait(Listening->SendFirst), STATUS_SUCCESS);
    WcAdopt(Client, (ULONG_PTR)Listening->Sockets[0], WSK_FLAG_CONNECTION_SOCKET, Family);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(EVT_09, accept_events_enabled_on_one_socket)
{
    WC_CLIENT *Client = WcOpen();
    LISTENING *Listening = Listen(Client, Family, STATUS_SUCCESS);
    struct peer *Early = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listening->Listener)), *Late;
    WC_SOCK *Unbound = WcSocket(Client, Family, WSK_FLAG_LISTEN_SOCKET, NULL, &AcceptDispatch);

    COVERS("EVT-07", "EVT-10", "EVT-12", "EVT-14", "SOCK-07", "LISTEN-17", "BASIC-29", "LISTEN-52", "AMB-19");
    CHECK(Early != NULL);
    CHECK_EQ(Listening->Calls, 0);
    CHECK_STATUS(WcSetEvents(Unbound, WSK_EVENT_ACCEPT), STATUS_INVALID_DEVICE_STATE);
    CHECK_STATUS(WcSetEvents(Listening->Listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    /* One that waited before is indicated without a new arrival. */
    AwaitArrival(Listening);
    WcAdopt(Client, (ULONG_PTR)Listening->Sockets[0], WSK_FLAG_CONNECTION_SOCKET, Family);
    CHECK_EQ(WcPortOf(&Listening->Remote[0]), peer_port(Early));
    Late = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listening->Listener));
    CHECK(Late != NULL);
    AwaitArrival(Listening);
    WcAdopt(Client, (ULONG_PTR)Listening->Sockets[1], WSK_FLAG_CONNECTION_SOCKET, Family);
    peer_close(Early);
    peer_close(Late);
    WcClose(Client);
}

TEST_BOTH(EVT_17, a_disabled_accept_event_leaves_connections_waiting)
{
    WC_CLIENT *Client = WcOpen();
    LISTENING *Listening = Listen(Client, Family, STATUS_SUCCESS);
    struct peer *Peer;

    COVERS("EVT-15", "EVT-16", "EVT-21", "EVT-23", "LISTEN-44", "EVT-14");
    CHECK_STATUS(WcSetEvents(Listening->Listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    CHECK_STATUS(WcSetEvents(Listening->Listener, WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE), STATUS_SUCCESS);
    Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listening->Listener));
    CHECK(Peer != NULL);
    WcAccept(Listening->Listener);
    CHECK_EQ(Listening->Calls, 0);
    peer_close(Peer);
    CHECK_STATUS(WcSetEvents(Listening->Listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listening->Listener));
    CHECK(Peer != NULL);
    AwaitArrival(Listening);
    WcAdopt(Client, (ULONG_PTR)Listening->Sockets[0], WSK_FLAG_CONNECTION_SOCKET, Family);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(AMB_20, enabling_needs_a_function_and_known_flags)
{
    WC_CLIENT *Client = WcOpen();
    LISTENING *Listening = Listen(Client, Family, STATUS_SUCCESS);
    WC_SOCK *NoTable = WcListener(Client, Family, NULL, NULL);
    WC_SOCK *Basic = WcSocket(Client, Family, WSK_FLAG_BASIC_SOCKET, NULL, NULL);
    struct peer *Peer;

    COVERS("AMB-21", "EVT-01", "EVT-15", "EVT-11");
    CHECK_STATUS(WcSetEvents(NoTable, WSK_EVENT_ACCEPT), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WcSetEvents(Listening->Listener, 0x00001000), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WcSetEvents(Listening->Listener, WSK_EVENT_ACCEPT | 0x00001000), STATUS_INVALID_PARAMETER);
    CHECK(!NT_SUCCESS(WcSetEvents(Basic, WSK_EVENT_ACCEPT)));
    /* Nothing was enabled by these. */
    Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listening->Listener));
    CHECK(Peer != NULL);
    WcAccept(Listening->Listener);
    CHECK_EQ(Listening->Calls, 0);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(EVT_41, no_callback_starts_after_close)
{
    WC_CLIENT *Client = WcOpen();
    LISTENING *Listening;
    LONG Calls;
    struct peer *Peers[20];

    COVERS("BASIC-65", "BASIC-66", "LISTEN-54");
    CHECK_STATUS(WcSetStatic(Client, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    Listening = Listen(Client, Family, STATUS_REQUEST_NOT_ACCEPTED);
    for (int i = 0; i < 20; i++)
    {
        Peers[i] = peer_connect_start(WC_PEER_FAMILY(Family), WcPort(Listening->Listener));
        CHECK(Peers[i] != NULL);
    }
    WcCloseSocket(Listening->Listener);
    Calls = Listening->Calls;
    for (int i = 0; i < 20; i++)
    {
        CHECK_EQ(peer_expect_reset(Peers[i]), 0);
        peer_close(Peers[i]);
    }
    CHECK_EQ(Listening->Calls, Calls);
    CHECK(Listening->NullCalls <= 1);
    WcClose(Client);
}
