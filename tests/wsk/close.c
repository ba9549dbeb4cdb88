// SPDX-License-Identifier: MIT
/*
 * WskCloseSocket with each kind of request pending, in each state, from
 * callbacks and completion routines (area BASIC, second part).
 */
#include "support/wskclient.h"

/* Every op ended cancelled, and before the close did. */
static void CheckCancelledBefore(WC_OP **Ops, ULONG Count, WC_OP *Close)
{
    CHECK_STATUS(WcWait(Close), STATUS_SUCCESS);
    CHECK_EQ(Close->Information, 0);
    for (ULONG i = 0; i < Count; i++)
    {
        /* Complete by now: the close said that nothing is outstanding. */
        CHECK_EQ(Ops[i]->Completions, 1);
        CHECK_STATUS(WcWait(Ops[i]), STATUS_CANCELLED);
        CHECK(Ops[i]->Order < Close->Order);
    }
}

TEST_BOTH(BASIC_64, close_cancels_accepts)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL);
    WC_OP *Ops[5];

    COVERS("LISTEN-46", "IRP-30", "IRP-29", "BASIC-61", "BASIC-62", "BASIC-66");
    for (int i = 0; i < 5; i++)
    {
        Ops[i] = WcStartAccept(Listener, NULL, NULL, NULL, NULL);
        CHECK_STATUS(Ops[i]->Returned, STATUS_PENDING);
    }
    CheckCancelledBefore(Ops, 5, WcStartClose(Listener));
    WcClose(Client);
}

TEST_BOTH(BASIC_64, close_cancels_a_connect)
{
    WC_CLIENT *Client = WcOpen();
    USHORT Port = 0;
    struct peer *Full = peer_listen_backlog(WC_PEER_FAMILY(Family), &Port, 0);
    struct peer *First = peer_connect(WC_PEER_FAMILY(Family), Port);
    WC_SOCK *Socket = WcBoundConnection(Client, Family);
    WC_ADDR Remote = WcLoopback(Family, Port);
    WC_OP *Op;

    COVERS("IRP-30", "BASIC-66");
    CHECK(Full != NULL && First != NULL);
    Op = WcStartConnect(Socket, &Remote);
    CHECK_STATUS(Op->Returned, STATUS_PENDING);
    CHECK(!WcIsDone(Op));
    CheckCancelledBefore(&Op, 1, WcStartClose(Socket));
    peer_close(First);
    peer_close(Full);
    WcClose(Client);
}

TEST_BOTH(BASIC_64, close_cancels_receives)
{
    static const ULONG Flags[] = {0, WSK_FLAG_WAITALL, 0, 0, WSK_FLAG_WAITALL, WSK_FLAG_DRAIN};
    WC_CLIENT *Client = WcOpen();
    WC_BUF *Buffer = WcBuffer(Client, 600);
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_OP *Ops[6];

    COVERS("IRP-30", "BASIC-66", "IRP-37");
    WcPeerPair(Client, Family, &Socket, &Peer);
    for (ULONG i = 0; i < 6; i++)
    {
        Ops[i] = WcStartReceive(Socket, WcPart(Buffer, i * 100, Flags[i] == WSK_FLAG_DRAIN ? 0 : 100), Flags[i]);
        CHECK_STATUS(Ops[i]->Returned, STATUS_PENDING);
    }
    CheckCancelledBefore(Ops, 6, WcStartClose(Socket));
    CHECK(WcIsPoison(Buffer->Memory, Buffer->MemorySize));
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(BASIC_64, close_cancels_sends)
{
    WC_CLIENT *Client = WcOpen();
    WC_BUF *Buffer = WcBuffer(Client, 100);
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_OP *Ops[4];

    COVERS("IRP-30", "BASIC-66", "BASIC-68");
    WcSmallPeerPair(Client, Family, &Socket, &Peer);
    Ops[0] = WcStuckSend(Socket);
    for (int i = 1; i < 4; i++)
    {
        Ops[i] = WcStartSend(Socket, Buffer->Buf, 0);
        CHECK_STATUS(Ops[i]->Returned, STATUS_PENDING);
    }
    CheckCancelledBefore(Ops, 4, WcStartClose(Socket));
    CHECK_EQ(peer_expect_reset(Peer), 0);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(BASIC_71, close_ends_a_stuck_disconnect)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_OP *Ops[2], *Close;

    COVERS("CONN-63", "BASIC-64", "BASIC-66");
    WcSmallPeerPair(Client, Family, &Socket, &Peer);
    Ops[0] = WcStuckSend(Socket);
    Ops[1] = WcStartDisconnect(Socket, NULL, 0);
    CHECK_STATUS(Ops[1]->Returned, STATUS_PENDING);
    CHECK(!WcIsDone(Ops[1]));
    Close = WcStartClose(Socket);
    CheckCancelledBefore(Ops, 1, Close);
    CHECK_EQ(Ops[1]->Completions, 1);
    CHECK(Ops[1]->Order < Close->Order);
    CHECK(!NT_SUCCESS(WcWait(Ops[1])));
    CHECK_EQ(peer_expect_reset(Peer), 0);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(BASIC_66, close_with_everything_pending_on_one_socket)
{
    WC_CLIENT *Client = WcOpen();
    WC_BUF *Buffer = WcBuffer(Client, 100);
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_OP *Ops[12], *Disconnect, *Close;

    COVERS("BASIC-64");
    WcSmallPeerPair(Client, Family, &Socket, &Peer);
    Ops[0] = WcStuckSend(Socket);
    for (int i = 1; i < 12; i++)
    {
        Ops[i] = i % 2 ? WcStartReceive(Socket, Buffer->Buf, 0) : WcStartSend(Socket, Buffer->Buf, 0);
    }
    Disconnect = WcStartDisconnect(Socket, NULL, 0);
    Close = WcStartClose(Socket);
    CheckCancelledBefore(Ops, 12, Close);
    CHECK(!NT_SUCCESS(WcWait(Disconnect)));
    CHECK(Disconnect->Order < Close->Order);
    peer_close(Peer);
    WcClose(Client);
}

/* ---- what the peer sees ---------------------------------------------------------- */

TEST_BOTH(BASIC_68, closing_a_connection_resets_it)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Idle, *Armed, *HalfClosed;
    struct peer *PeerOfIdle, *PeerOfArmed, *PeerOfHalf;
    WC_BUF *Buffer = WcBuffer(Client, 10);
    WC_OP *Receive;

    COVERS("BASIC-69");
    WcPeerPair(Client, Family, &Idle, &PeerOfIdle);
    WcCloseSocket(Idle);
    CHECK_EQ(peer_expect_reset(PeerOfIdle), 0);
    peer_close(PeerOfIdle);

    WcPeerPair(Client, Family, &Armed, &PeerOfArmed);
    Receive = WcStartReceive(Armed, Buffer->Buf, 0);
    WcCloseSocket(Armed);
    CHECK_STATUS(WcWait(Receive), STATUS_CANCELLED);
    CHECK_EQ(peer_expect_reset(PeerOfArmed), 0);
    peer_close(PeerOfArmed);

    /* The peer finished, this side did not. */
    WcPeerPair(Client, Family, &HalfClosed, &PeerOfHalf);
    peer_shutdown(PeerOfHalf);
    WcExpectEnd(HalfClosed);
    WcCloseSocket(HalfClosed);
    CHECK_EQ(peer_expect_reset(PeerOfHalf), 0);
    peer_close(PeerOfHalf);
    WcClose(Client);
}

TEST_BOTH(BASIC_69, closing_after_both_sides_finished_resets_nothing)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    char Text[4];

    COVERS("BASIC-68", "CONN-66");
    WcPeerPair(Client, Family, &Socket, &Peer);
    WcSendData(Socket, "last", 4);
    peer_shutdown(Peer);
    WcExpectEnd(Socket);
    CHECK_STATUS(WcDisconnect(Socket, NULL, 0), STATUS_SUCCESS);
    WcCloseSocket(Socket);
    CHECK_EQ(peer_recv_all(Peer, Text, 4), 4);
    CHECK_EQ(peer_expect_end(Peer), 0);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(BASIC_62, close_succeeds_in_every_state)
{
    static const ULONG Categories[] = {WSK_FLAG_BASIC_SOCKET, WSK_FLAG_LISTEN_SOCKET, WSK_FLAG_DATAGRAM_SOCKET,
                                       WSK_FLAG_CONNECTION_SOCKET, WSK_FLAG_STREAM_SOCKET};
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket, *Accepted;
    struct peer *Peer;
    WC_ADDR Address = WcLoopback(Family, 0);
    USHORT Port = 0;

    COVERS("BASIC-67", "IRP-24");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Categories); i++)
    {
        WcCloseSocket(WcSocket(Client, Family, Categories[i], NULL, NULL));
        if (Categories[i] != WSK_FLAG_BASIC_SOCKET)
        {
            Socket = WcSocket(Client, Family, Categories[i], NULL, NULL);
            CHECK_STATUS(WcBind(Socket, &Address), STATUS_SUCCESS);
            WcCloseSocket(Socket);
        }
    }
    WcCloseSocket(WcStream(Client, Family, TRUE));
    /* After a refused connect. */
    Peer = peer_hold_port(WC_PEER_FAMILY(Family), &Port);
    Address = WcLoopback(Family, Port);
    Socket = WcBoundConnection(Client, Family);
    CHECK(!NT_SUCCESS(WcConnect(Socket, &Address)));
    WcCloseSocket(Socket);
    peer_close(Peer);
    /* After the peer reset the connection, after an abortive disconnect. */
    WcPeerPair(Client, Family, &Socket, &Peer);
    peer_reset(Peer);
    WcCloseSocket(Socket);
    WcPair(Client, Family, &Socket, &Accepted);
    CHECK_STATUS(WcDisconnect(Socket, NULL, WSK_FLAG_ABORTIVE), STATUS_SUCCESS);
    WcCloseSocket(Socket);
    WcCloseSocket(Accepted);
    /* With data that nobody took. */
    WcPeerPair(Client, Family, &Socket, &Peer);
    CHECK_EQ(peer_send_all(Peer, "unread", 6), 0);
    WcCloseSocket(Socket);
    CHECK_EQ(peer_expect_reset(Peer), 0);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(BASIC_61, close_needs_an_irp)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL);

    COVERS("IRP-16", "AMB-22");
    CHECK_STATUS(WcListenTable(Listener)->WskCloseSocket(Listener->Wsk, NULL), STATUS_INVALID_PARAMETER);
    CHECK(WcPort(Listener) != 0);
    WcClose(Client);
}

TEST_BOTH(LISTEN_48, closing_a_listener_leaves_accepted_sockets_alone)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL), *Accepted;
    struct peer *Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listener));
    struct peer *Waiting = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listener));
    char Byte = 0;

    COVERS("LISTEN-05");
    CHECK(Peer != NULL && Waiting != NULL);
    Accepted = WcAccept(Listener);
    WcCloseSocket(Listener);
    WcSendData(Accepted, "z", 1);
    CHECK_EQ(peer_recv_all(Peer, &Byte, 1), 1);
    CHECK_EQ(Byte, 'z');
    /* One not yet accepted goes with the listener. */
    CHECK_EQ(peer_expect_reset(Waiting), 0);
    peer_close(Waiting);
    peer_close(Peer);
    WcClose(Client);
}

/* ---- from inside callbacks and completion routines --------------------------------- */

typedef struct _CLOSER
{
    WC_SOCK *Socket;
    PIRP Irp;
    WC_OP Op;
    volatile LONG Calls, InCallback, CompletedInCallback;
    NTSTATUS Returned;
    KEVENT Called;
    PWSK_SOCKET Accepted;
    WC_OP AcceptedOp;
} CLOSER;

static VOID NoteCallbackOver(WC_OP *Op)
{
    CLOSER *Closer = Op->Context;

    InterlockedExchange(&Closer->CompletedInCallback, Closer->InCallback);
    WcSignal(Op);
}

/* Closes the listener that it is called for, and the connection it is offered. */
static NTSTATUS WSKAPI CloseInAccept(PVOID SocketContext, ULONG Flags, PSOCKADDR LocalAddress,
                                     PSOCKADDR RemoteAddress, PWSK_SOCKET AcceptSocket, PVOID *AcceptSocketContext,
                                     CONST WSK_CLIENT_CONNECTION_DISPATCH **AcceptSocketDispatch)
{
    CLOSER *Closer = SocketContext;
    PWSK_SOCKET Wsk;

    UNREFERENCED_PARAMETER(Flags);
    UNREFERENCED_PARAMETER(LocalAddress);
    UNREFERENCED_PARAMETER(RemoteAddress);
    if (!AcceptSocket || InterlockedIncrement(&Closer->Calls) > 1)
    {
        return STATUS_REQUEST_NOT_ACCEPTED;
    }
    *AcceptSocketContext = NULL;
    *AcceptSocketDispatch = NULL;
    InterlockedExchange(&Closer->InCallback, 1);
    Wsk = Closer->Socket->Wsk;
    Closer->Socket->Wsk = NULL;
    Closer->Returned = ((const WSK_PROVIDER_LISTEN_DISPATCH *)Wsk->Dispatch)->WskCloseSocket(Wsk, Closer->Irp);
    Closer->AcceptedOp.Returned =
        ((const WSK_PROVIDER_CONNECTION_DISPATCH *)AcceptSocket->Dispatch)
            ->WskCloseSocket(AcceptSocket, Closer->AcceptedOp.Irp);
    InterlockedExchange(&Closer->InCallback, 0);
    KeSetEvent(&Closer->Called, IO_NO_INCREMENT, FALSE);
    return STATUS_SUCCESS;
}

TEST_BOTH(AMB_40, sockets_may_be_closed_from_the_accept_callback)
{
    static const WSK_CLIENT_LISTEN_DISPATCH Dispatch = {CloseInAccept, NULL, NULL};
    static CLOSER Closer;
    WC_CLIENT *Client = WcOpen();
    struct peer *Peer;

    COVERS("BASIC-65", "EVT-41", "LISTEN-58", "EVT-33", "EVT-34");
    RtlZeroMemory(&Closer, sizeof(Closer));
    KeInitializeEvent(&Closer.Called, NotificationEvent, FALSE);
    Closer.Irp = IoAllocateIrp(1, FALSE);
    WcInitOp(&Closer.Op, Closer.Irp, "WskCloseSocket of the listener");
    Closer.Op.Then = NoteCallbackOver;
    Closer.Op.Context = &Closer;
    WcInitOp(&Closer.AcceptedOp, IoAllocateIrp(1, FALSE), "WskCloseSocket of the accepted socket");
    CHECK_STATUS(WcSetStatic(Client, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    /* The callback waits for nothing, so the port is known before it can run. */
    Closer.Socket = WcListener(Client, Family, &Closer, &Dispatch);
    /* Not waited for: it may be over before the peer looks. */
    Peer = peer_connect_start(WC_PEER_FAMILY(Family), WcPort(Closer.Socket));
    CHECK(Peer != NULL);
    WcWaitEvent(&Closer.Called, "the accept callback");
    CHECK_STATUS(Closer.Returned, STATUS_PENDING);
    CHECK_STATUS(WcWait(&Closer.Op), STATUS_SUCCESS);
    CHECK_EQ(Closer.CompletedInCallback, 0); /* only after the callback had returned */
    CHECK_STATUS(WcWait(&Closer.AcceptedOp), STATUS_SUCCESS);
    CHECK_EQ(peer_expect_reset(Peer), 0);
    IoFreeIrp(Closer.Irp);
    IoFreeIrp(Closer.AcceptedOp.Irp);
    peer_close(Peer);
    WcClose(Client);
}

static VOID CloseAfterReceive(WC_OP *Op)
{
    CLOSER *Closer = Op->Context;
    PWSK_SOCKET Wsk = Closer->Socket->Wsk;

    Closer->Socket->Wsk = NULL;
    Closer->Op.Returned = ((const WSK_PROVIDER_CONNECTION_DISPATCH *)Wsk->Dispatch)->WskCloseSocket(Wsk, Closer->Irp);
    WcSignal(Op);
}

TEST_BOTH(BASIC_63, a_socket_may_be_closed_from_a_completion_routine)
{
    static CLOSER Closer;
    WC_CLIENT *Client = WcOpen();
    WC_BUF *Buffer = WcBuffer(Client, 20);
    WC_OP *First = WcKeptOp(Client, "the first WskReceive"), *Second;
    struct peer *Peer;

    COVERS("IRP-10", "BASIC-64");
    RtlZeroMemory(&Closer, sizeof(Closer));
    Closer.Irp = IoAllocateIrp(1, FALSE);
    WcInitOp(&Closer.Op, Closer.Irp, "WskCloseSocket from a completion routine");
    WcPeerPair(Client, Family, &Closer.Socket, &Peer);
    First->Then = CloseAfterReceive;
    First->Context = &Closer;
    WcIssueReceive(First, Closer.Socket, WcPart(Buffer, 0, 10), 0);
    Second = WcStartReceive(Closer.Socket, WcPart(Buffer, 10, 10), WSK_FLAG_WAITALL);
    CHECK_EQ(peer_send_all(Peer, "abc", 3), 0);
    CHECK_STATUS(WcWait(First), STATUS_SUCCESS);
    CHECK_STATUS(WcWait(&Closer.Op), STATUS_SUCCESS);
    CHECK_STATUS(WcWait(Second), STATUS_CANCELLED);
    IoFreeIrp(Closer.Irp);
    peer_close(Peer);
    WcClose(Client);
}
