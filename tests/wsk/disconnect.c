// SPDX-License-Identifier: MIT
/*
 * WskDisconnect, graceful and abortive (area CONN, rows 57 to 66).
 */
#include "support/wskclient.h"

static PUCHAR Memory(SIZE_T Length)
{
    PUCHAR Data = ExAllocatePoolWithTag(NonPagedPoolNx, Length, WC_TAG);

    CHECK(Data != NULL);
    return Data;
}

TEST_BOTH(CONN_57, graceful_disconnect_ends_the_stream)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    char Text[6];
    WC_OP *Op;

    COVERS("CONN-58", "CONN-62", "CONN-65", "AMB-35");
    WcPeerPair(Client, Family, &Socket, &Peer);
    WcSendData(Socket, "before", 6);
    /* Not read yet by the program, but taken by its system: that is enough. */
    Op = WcStartDisconnect(Socket, NULL, 0);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 0);
    CHECK_EQ(peer_recv_all(Peer, Text, 6), 6);
    CHECK_MEM(Text, "before", 6);
    CHECK_EQ(peer_expect_end(Peer), 0);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_59, last_data_goes_before_the_end)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *First = WcBuffer(Client, 100000), *Last = WcBuffer(Client, 50000);
    PUCHAR Got = Memory(150001);
    WC_OP *Send, *Op;

    COVERS("CONN-60", "AMB-59", "IRP-32");
    WcPeerPair(Client, Family, &Socket, &Peer);
    WcFill(MmGetSystemAddressForMdlSafe(First->Buf.Mdl, NormalPagePriority), 100000, 0);
    WcFill(MmGetSystemAddressForMdlSafe(Last->Buf.Mdl, NormalPagePriority), 50000, 100000);
    Send = WcStartSend(Socket, First->Buf, 0);
    Op = WcStartDisconnect(Socket, &Last->Buf, 0);
    CHECK_EQ(peer_recv_all(Peer, Got, 150001), 150000);
    CHECK(WcIsFilled(Got, 150000, 0));
    CHECK_STATUS(WcWait(Send), STATUS_SUCCESS);
    CHECK_EQ(Send->Information, 100000);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK(Send->Order < Op->Order);
    ExFreePoolWithTag(Got, WC_TAG);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_60, graceful_disconnect_waits_for_outstanding_sends)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    PUCHAR Got = Memory(WC_STUCK_BYTES + 1);
    WC_OP *Send, *Op;

    COVERS("CONN-62", "CONN-20");
    WcSmallPeerPair(Client, Family, &Socket, &Peer);
    Send = WcStuckSend(Socket);
    Op = WcStartDisconnect(Socket, NULL, 0);
    CHECK_STATUS(Op->Returned, STATUS_PENDING);
    CHECK(WcStays(&Op->Done));
    CHECK(!WcIsDone(Send));
    peer_grow(Peer);
    CHECK_EQ(peer_recv_all(Peer, Got, WC_STUCK_BYTES + 1), (long)WC_STUCK_BYTES);
    CHECK(WcIsFilled(Got, WC_STUCK_BYTES, 0));
    CHECK_STATUS(WcWait(Send), STATUS_SUCCESS);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK(Send->Order < Op->Order);
    ExFreePoolWithTag(Got, WC_TAG);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_62, graceful_disconnect_completes_only_when_acknowledged)
{
    enum { Bytes = 200000 };
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, Bytes);
    PUCHAR Got = Memory(Bytes + 1);
    WC_OP *Send, *Op;

    COVERS("AMB-35", "AMB-62");
    /* More than the peer's receive buffer, less than what our side may hold:
     * whether or not the send has completed, our FIN cannot be acknowledged. */
    WcSmallPeerPair(Client, Family, &Socket, &Peer);
    WcFill(MmGetSystemAddressForMdlSafe(Buffer->Buf.Mdl, NormalPagePriority), Bytes, 0);
    Send = WcStartSend(Socket, Buffer->Buf, 0);
    Op = WcStartDisconnect(Socket, NULL, 0);
    CHECK_STATUS(Op->Returned, STATUS_PENDING);
    CHECK(WcStays(&Op->Done));
    CHECK_EQ(peer_recv_all(Peer, Got, Bytes + 1), Bytes);
    CHECK(WcIsFilled(Got, Bytes, 0));
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_STATUS(WcWait(Send), STATUS_SUCCESS);
    ExFreePoolWithTag(Got, WC_TAG);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_61, receiving_continues_after_a_graceful_disconnect)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 5);
    char Text[5];
    WC_OP *Early;

    COVERS("CONN-25", "CONN-66", "CONN-29");
    WcPeerPair(Client, Family, &Socket, &Peer);
    Early = WcStartReceive(Socket, Buffer->Buf, WSK_FLAG_WAITALL);
    CHECK_STATUS(WcDisconnect(Socket, NULL, 0), STATUS_SUCCESS);
    CHECK_EQ(peer_expect_end(Peer), 0);
    CHECK(!WcIsDone(Early));
    CHECK_EQ(peer_send_all(Peer, "earlylater", 10), 0);
    CHECK_STATUS(WcWait(Early), STATUS_SUCCESS);
    CHECK_EQ(Early->Information, 5);
    WcReceiveData(Socket, Text, 5);
    CHECK_MEM(Text, "later", 5);
    peer_shutdown(Peer);
    WcExpectEnd(Socket);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_66, both_sides_disconnect_gracefully)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *One, *Two;
    WC_BUF *Buffer = WcBuffer(Client, 16);
    WC_OP *Receive[2], *Disconnect[2];

    COVERS("CONN-30", "CONN-61", "BASIC-69");
    WcPair(Client, Family, &One, &Two);
    Receive[0] = WcStartReceive(One, Buffer->Buf, 0);
    Receive[1] = WcStartReceive(Two, Buffer->Buf, 0);
    Disconnect[0] = WcStartDisconnect(One, NULL, 0);
    Disconnect[1] = WcStartDisconnect(Two, NULL, 0);
    for (int i = 0; i < 2; i++)
    {
        CHECK_STATUS(WcWait(Disconnect[i]), STATUS_SUCCESS);
        CHECK_STATUS(WcWait(Receive[i]), STATUS_SUCCESS);
        CHECK_EQ(Receive[i]->Information, 0);
    }
    WcCloseSocket(One);
    WcCloseSocket(Two);
    WcClose(Client);
}

/* ---- abortive ------------------------------------------------------------------------ */

TEST_BOTH(CONN_64, abortive_disconnect_cancels_and_resets)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 16);
    WC_OP *Stuck, *Behind, *Receive, *Op;

    COVERS("CONN-58", "CONN-65", "CONN-66", "AMB-17", "CONN-32");
    WcSmallPeerPair(Client, Family, &Socket, &Peer);
    Stuck = WcStuckSend(Socket);
    Behind = WcStartSend(Socket, Buffer->Buf, 0);
    Receive = WcStartReceive(Socket, Buffer->Buf, WSK_FLAG_WAITALL);
    Op = WcStartDisconnect(Socket, NULL, WSK_FLAG_ABORTIVE);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_STATUS(WcWait(Stuck), STATUS_CANCELLED);
    CHECK_STATUS(WcWait(Behind), STATUS_CANCELLED);
    CHECK(!NT_SUCCESS(WcWait(Receive)));
    CHECK_EQ(peer_expect_reset(Peer), 0);
    CHECK(!NT_SUCCESS(WcWait(WcStartSend(Socket, Buffer->Buf, 0))));
    CHECK(!NT_SUCCESS(WcWait(WcStartReceive(Socket, Buffer->Buf, 0))));
    WcCloseSocket(Socket);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_64, abortive_disconnect_of_an_idle_connection_resets)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("CONN-58");
    WcPeerPair(Client, Family, &Socket, &Peer);
    CHECK_STATUS(WcDisconnect(Socket, NULL, WSK_FLAG_ABORTIVE), STATUS_SUCCESS);
    CHECK_EQ(peer_expect_reset(Peer), 0);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_63, an_abortive_disconnect_forces_a_stuck_graceful_one)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_OP *Stuck, *Graceful, *Abortive;

    COVERS("CONN-62", "CONN-64");
    WcSmallPeerPair(Client, Family, &Socket, &Peer);
    Stuck = WcStuckSend(Socket);
    Graceful = WcStartDisconnect(Socket, NULL, 0);
    CHECK(!WcIsDone(Graceful));
    Abortive = WcStartDisconnect(Socket, NULL, WSK_FLAG_ABORTIVE);
    CHECK_STATUS(WcWait(Abortive), STATUS_SUCCESS);
    WcWait(Graceful);
    CHECK_STATUS(WcWait(Stuck), STATUS_CANCELLED);
    CHECK_EQ(peer_expect_reset(Peer), 0);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_63, an_abortive_disconnect_forces_one_whose_end_is_not_acknowledged)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 200000);
    WC_OP *Send, *Graceful;

    COVERS("CONN-62", "AMB-35");
    WcSmallPeerPair(Client, Family, &Socket, &Peer);
    Send = WcStartSend(Socket, Buffer->Buf, 0);
    Graceful = WcStartDisconnect(Socket, NULL, 0);
    CHECK(WcStays(&Graceful->Done));
    CHECK_STATUS(WcDisconnect(Socket, NULL, WSK_FLAG_ABORTIVE), STATUS_SUCCESS);
    WcWait(Graceful);
    WcWait(Send);
    CHECK_EQ(peer_expect_reset(Peer), 0);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(AMB_16, an_abortive_disconnect_takes_no_data)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 4);
    char Byte = 0;
    WC_OP *Op;

    COVERS("CONN-59");
    WcPeerPair(Client, Family, &Socket, &Peer);
    Op = WcStartDisconnect(Socket, &Buffer->Buf, WSK_FLAG_ABORTIVE);
    CHECK_STATUS(Op->Returned, STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WcWait(Op), STATUS_INVALID_PARAMETER);
    /* The connection is untouched. */
    WcSendData(Socket, "u", 1);
    CHECK_EQ(peer_recv_all(Peer, &Byte, 1), 1);
    CHECK_EQ(Byte, 'u');
    peer_close(Peer);
    WcClose(Client);
}

/* ---- the rest --------------------------------------------------------------------------- */

TEST_BOTH(AMB_18, an_unconnected_socket_cannot_disconnect)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Sockets[4] = {
        WcSocket(Client, Family, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL),
        WcBoundConnection(Client, Family),
        WcSocket(Client, Family, WSK_FLAG_STREAM_SOCKET, NULL, NULL),
        WcStream(Client, Family, FALSE),
    };

    COVERS("CONN-57");
    for (int i = 0; i < 4; i++)
    {
        CHECK_STATUS(WcDisconnect(Sockets[i], NULL, 0), STATUS_INVALID_DEVICE_STATE);
        CHECK_STATUS(WcDisconnect(Sockets[i], NULL, WSK_FLAG_ABORTIVE), STATUS_INVALID_DEVICE_STATE);
    }
    WcClose(Client);
}

TEST_BOTH(CONN_57, arguments_are_checked)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("IRP-16");
    WcPeerPair(Client, Family, &Socket, &Peer);
    CHECK_STATUS(WcConnTable(Socket)->WskDisconnect(Socket->Wsk, NULL, 0, NULL), STATUS_INVALID_PARAMETER);
    CHECK(!NT_SUCCESS(WcDisconnect(Socket, NULL, 0x40000000)));
    CHECK(!peer_is_ended(Peer));
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_65, a_disconnect_from_a_peer_that_reset_completes)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 16);
    WC_OP *Receive, *Stuck, *Graceful;

    COVERS("CONN-70");
    WcPeerPair(Client, Family, &Socket, &Peer);
    Receive = WcStartReceive(Socket, Buffer->Buf, 0);
    peer_reset(Peer);
    CHECK(!NT_SUCCESS(WcWait(Receive)));
    WcDisconnect(Socket, NULL, 0);
    WcDisconnect(Socket, NULL, WSK_FLAG_ABORTIVE);

    /* A reset while one is waiting ends it. */
    WcSmallPeerPair(Client, Family, &Socket, &Peer);
    Stuck = WcStuckSend(Socket);
    Graceful = WcStartDisconnect(Socket, NULL, 0);
    peer_reset(Peer);
    CHECK(!NT_SUCCESS(WcWait(Graceful)));
    CHECK(!NT_SUCCESS(WcWait(Stuck)));
    WcClose(Client);
}
