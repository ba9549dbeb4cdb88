// SPDX-License-Identifier: MIT
/*
 * WskSend (area CONN, rows 17 to 25, and 75).
 */
#include "support/wskclient.h"

static PUCHAR Memory(SIZE_T Length)
{
    PUCHAR Data = ExAllocatePoolWithTag(NonPagedPoolNx, Length, WC_TAG);

    CHECK(Data != NULL);
    return Data;
}

TEST_BOTH(CONN_20, a_send_completes_with_its_full_length)
{
    static const SIZE_T Lengths[] = {1, 2, 1447, 1448, 4096, 65536, 1000000};
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    SIZE_T Offset = 0;

    COVERS("CONN-17", "CONN-19", "IRP-19", "IRP-33");
    WcPeerPair(Client, Family, &Socket, &Peer);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Lengths); i++)
    {
        WC_BUF *Buffer = WcBuffer(Client, Lengths[i]);
        PUCHAR Sent = MmGetSystemAddressForMdlSafe(Buffer->Buf.Mdl, NormalPagePriority), Got = Memory(Lengths[i]);
        WC_OP *Op;

        WcFill(Sent, Lengths[i], Offset);
        Op = WcStartSend(Socket, Buffer->Buf, 0);
        CHECK_EQ(peer_recv_all(Peer, Got, Lengths[i]), (long)Lengths[i]);
        CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
        CHECK_EQ(Op->Information, Lengths[i]);
        CHECK(WcIsFilled(Got, Lengths[i], Offset));
        CHECK(WcIsFilled(Sent, Lengths[i], Offset)); /* not written to */
        Offset += Lengths[i];
        ExFreePoolWithTag(Got, WC_TAG);
    }
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_23, queued_sends_reach_the_peer_in_call_order)
{
    enum { Many = 400 };
    static WC_OP *Ops[Many];
    static SIZE_T Lengths[Many];
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    SIZE_T Total = 0;
    ULONG Seed = 23;
    PUCHAR Got;

    COVERS("CONN-20", "CONN-21");
    WcSmallPeerPair(Client, Family, &Socket, &Peer);
    for (int i = 0; i < Many; i++)
    {
        WC_BUF *Buffer;

        Lengths[i] = 1 + WcRandom(&Seed) % 9000;
        Buffer = WcBuffer(Client, Lengths[i]);
        WcFill(MmGetSystemAddressForMdlSafe(Buffer->Buf.Mdl, NormalPagePriority), Lengths[i], Total);
        Ops[i] = WcStartSend(Socket, Buffer->Buf, i % 3 ? 0 : WSK_FLAG_NODELAY);
        Total += Lengths[i];
    }
    Got = Memory(Total);
    peer_grow(Peer);
    CHECK_EQ(peer_recv_all(Peer, Got, Total), (long)Total);
    CHECK(WcIsFilled(Got, Total, 0));
    for (int i = 0; i < Many; i++)
    {
        CHECK_STATUS(WcWait(Ops[i]), STATUS_SUCCESS);
        CHECK_EQ(Ops[i]->Information, Lengths[i]);
        CHECK(i == 0 || Ops[i - 1]->Order < Ops[i]->Order);
    }
    ExFreePoolWithTag(Got, WC_TAG);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_21, a_send_is_pending_until_the_peer_takes_it)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    PUCHAR Got = Memory(WC_STUCK_BYTES);
    WC_OP *Op;

    COVERS("CONN-20", "CONN-22");
    WcSmallPeerPair(Client, Family, &Socket, &Peer);
    Op = WcStuckSend(Socket);
    CHECK(WcStays(&Op->Done));
    peer_grow(Peer);
    CHECK_EQ(peer_recv_all(Peer, Got, WC_STUCK_BYTES), (long)WC_STUCK_BYTES);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, WC_STUCK_BYTES);
    CHECK(WcIsFilled(Got, WC_STUCK_BYTES, 0));
    ExFreePoolWithTag(Got, WC_TAG);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_18, nodelay_is_the_only_flag)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 3);
    char Text[3];
    WC_OP *Op;

    COVERS("CONN-19");
    WcPeerPair(Client, Family, &Socket, &Peer);
    WcPut(Buffer, 0, "now", 3);
    Op = WcStartSend(Socket, Buffer->Buf, WSK_FLAG_NODELAY);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 3);
    CHECK(!NT_SUCCESS(WcWait(WcStartSend(Socket, Buffer->Buf, 0x40000000))));
    CHECK_EQ(peer_recv_all(Peer, Text, 3), 3);
    CHECK_MEM(Text, "now", 3);
    /* The refused one sent nothing. */
    CHECK_STATUS(WcDisconnect(Socket, NULL, 0), STATUS_SUCCESS);
    CHECK_EQ(peer_expect_end(Peer), 0);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(IRP_69, a_send_of_nothing_succeeds)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WSK_BUF Nothing = {NULL, 12345, 0};
    WC_OP *Op;

    COVERS("IRP-67", "IRP-70");
    WcPeerPair(Client, Family, &Socket, &Peer);
    Op = WcStartSend(Socket, Nothing, 0);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 0);
    CHECK_STATUS(WcDisconnect(Socket, NULL, 0), STATUS_SUCCESS);
    CHECK_EQ(peer_expect_end(Peer), 0);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(AMB_18, an_unconnected_socket_sends_nothing)
{
    WC_CLIENT *Client = WcOpen();
    WC_BUF *Buffer = WcBuffer(Client, 4);
    WC_SOCK *Sockets[4] = {
        WcSocket(Client, Family, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL),
        WcBoundConnection(Client, Family),
        WcSocket(Client, Family, WSK_FLAG_STREAM_SOCKET, NULL, NULL),
        WcStream(Client, Family, FALSE),
    };

    COVERS("CONN-17");
    for (int i = 0; i < 4; i++)
    {
        WC_OP *Op = WcStartSend(Sockets[i], Buffer->Buf, 0);

        CHECK_STATUS(Op->Returned, STATUS_INVALID_DEVICE_STATE);
        CHECK_STATUS(WcWait(Op), STATUS_INVALID_DEVICE_STATE);
    }
    WcClose(Client);
}

TEST_BOTH(CONN_24, sends_after_a_local_disconnect_fail)
{
    WC_CLIENT *Client = WcOpen();
    WC_BUF *Buffer = WcBuffer(Client, 4);
    WC_SOCK *Graceful, *Aborted;
    struct peer *One, *Two;

    COVERS("AMB-17", "CONN-61", "CONN-64");
    WcPeerPair(Client, Family, &Graceful, &One);
    CHECK_STATUS(WcDisconnect(Graceful, NULL, 0), STATUS_SUCCESS);
    CHECK(!NT_SUCCESS(WcWait(WcStartSend(Graceful, Buffer->Buf, 0))));
    WcPeerPair(Client, Family, &Aborted, &Two);
    CHECK_STATUS(WcDisconnect(Aborted, NULL, WSK_FLAG_ABORTIVE), STATUS_SUCCESS);
    CHECK(!NT_SUCCESS(WcWait(WcStartSend(Aborted, Buffer->Buf, 0))));
    CHECK_EQ(peer_expect_end(One), 0);
    peer_close(One);
    peer_close(Two);
    WcClose(Client);
}

TEST_BOTH(CONN_25, sending_works_after_the_peer_finished)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    PUCHAR Data = Memory(300000);

    COVERS("CONN-69", "CONN-29");
    WcPeerPair(Client, Family, &Socket, &Peer);
    peer_shutdown(Peer);
    WcExpectEnd(Socket);
    WcFill(Data, 100000, 0);
    WcSendData(Socket, Data, 100000);
    CHECK_STATUS(WcDisconnect(Socket, NULL, 0), STATUS_SUCCESS);
    CHECK_EQ(peer_recv_all(Peer, Data, 300000), 100000);
    CHECK(WcIsFilled(Data, 100000, 0));
    ExFreePoolWithTag(Data, WC_TAG);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_19, sends_to_a_peer_that_reset_fail)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 4);
    WC_OP *Receive, *Stuck;

    COVERS("AMB-17", "CONN-70");
    WcPeerPair(Client, Family, &Socket, &Peer);
    Receive = WcStartReceive(Socket, Buffer->Buf, 0);
    peer_reset(Peer);
    CHECK(!NT_SUCCESS(WcWait(Receive)));
    CHECK(!NT_SUCCESS(WcWait(WcStartSend(Socket, Buffer->Buf, 0))));
    CHECK(!NT_SUCCESS(WcWait(WcStartSend(Socket, Buffer->Buf, 0))));
    /* One under way ends, too, and so do those behind it. */
    WcSmallPeerPair(Client, Family, &Socket, &Peer);
    Stuck = WcStuckSend(Socket);
    Receive = WcStartSend(Socket, Buffer->Buf, 0);
    peer_reset(Peer);
    CHECK(!NT_SUCCESS(WcWait(Stuck)));
    CHECK(!NT_SUCCESS(WcWait(Receive)));
    WcClose(Client);
}

TEST_BOTH(CONN_17, arguments_are_checked)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 4);
    WC_OP *Op = WcOp(Client, "WskSend without a WSK_BUF");

    COVERS("IRP-16", "IRP-13");
    WcPeerPair(Client, Family, &Socket, &Peer);
    Op->Returned = WcConnTable(Socket)->WskSend(Socket->Wsk, NULL, 0, Op->Irp);
    CHECK(!NT_SUCCESS(WcWait(Op)));
    CHECK_STATUS(WcConnTable(Socket)->WskSend(Socket->Wsk, &Buffer->Buf, 0, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WcDisconnect(Socket, NULL, 0), STATUS_SUCCESS);
    CHECK_EQ(peer_expect_end(Peer), 0);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_75, send_ex_without_control_data_is_a_send)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 6);
    CMSGHDR Header = {sizeof(CMSGHDR), IPPROTO_TCP, 1};
    char Text[6];
    WC_OP *Op = WcOp(Client, "WskSendEx");

    COVERS("AMB-46");
    WcPeerPair(Client, Family, &Socket, &Peer);
    WcPut(Buffer, 0, "sendex", 6);
    Op->Returned = WcConnTable(Socket)->WskSendEx(Socket->Wsk, &Buffer->Buf, 0, 0, NULL, Op->Irp);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 6);
    CHECK_EQ(peer_recv_all(Peer, Text, 6), 6);
    CHECK_MEM(Text, "sendex", 6);
    Op = WcOp(Client, "WskSendEx with control data");
    Op->Returned =
        WcConnTable(Socket)->WskSendEx(Socket->Wsk, &Buffer->Buf, 0, sizeof(Header), &Header, Op->Irp);
    CHECK_STATUS(WcWait(Op), STATUS_NOT_SUPPORTED);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_31, both_directions_at_once)
{
    enum { Bytes = 1 << 20 };
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *One, *Two;
    WC_BUF *Send[2] = {WcBuffer(Client, Bytes), WcBuffer(Client, Bytes)};
    WC_BUF *Receive[2] = {WcBuffer(Client, Bytes), WcBuffer(Client, Bytes)};
    WC_OP *Ops[4];

    COVERS("CONN-32", "CONN-20");
    WcPair(Client, Family, &One, &Two);
    for (int i = 0; i < 2; i++)
    {
        WcFill(MmGetSystemAddressForMdlSafe(Send[i]->Buf.Mdl, NormalPagePriority), Bytes, 77u * (ULONG)i);
    }
    Ops[0] = WcStartReceive(One, Receive[0]->Buf, WSK_FLAG_WAITALL);
    Ops[1] = WcStartReceive(Two, Receive[1]->Buf, WSK_FLAG_WAITALL);
    Ops[2] = WcStartSend(One, Send[1]->Buf, 0);
    Ops[3] = WcStartSend(Two, Send[0]->Buf, 0);
    for (int i = 0; i < 4; i++)
    {
        CHECK_STATUS(WcWait(Ops[i]), STATUS_SUCCESS);
        CHECK_EQ(Ops[i]->Information, Bytes);
    }
    for (int i = 0; i < 2; i++)
    {
        CHECK(WcIsFilled(MmGetSystemAddressForMdlSafe(Receive[i]->Buf.Mdl, NormalPagePriority), Bytes,
                         77u * (ULONG)i));
    }
    WcClose(Client);
}
