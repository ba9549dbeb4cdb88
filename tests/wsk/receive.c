// SPDX-License-Identifier: MIT
/*
 * WskReceive (area CONN, rows 26 to 40, and 75).
 */
#include "support/wskclient.h"

static PUCHAR DataOf(WC_BUF *Buffer)
{
    return MmGetSystemAddressForMdlSafe(Buffer->Buf.Mdl, NormalPagePriority);
}

static void PeerSends(struct peer *Peer, SIZE_T Offset, SIZE_T Length)
{
    PUCHAR Data = ExAllocatePoolWithTag(NonPagedPoolNx, Length, WC_TAG);

    CHECK(Data != NULL);
    WcFill(Data, Length, Offset);
    CHECK_EQ(peer_send_all(Peer, Data, Length), 0);
    ExFreePoolWithTag(Data, WC_TAG);
}

TEST_BOTH(CONN_28, some_data_is_enough)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 1000);
    WC_OP *Op;

    COVERS("CONN-26", "CONN-27", "IRP-19", "IRP-37", "IRP-70");
    WcPeerPair(Client, Family, &Socket, &Peer);
    /* Before the data ... */
    Op = WcStartReceive(Socket, Buffer->Buf, 0);
    CHECK_STATUS(Op->Returned, STATUS_PENDING);
    CHECK(!WcIsDone(Op));
    PeerSends(Peer, 0, 10);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 10);
    CHECK(WcIsFilled(DataOf(Buffer), 10, 0));
    CHECK(WcIsPoison(DataOf(Buffer) + 10, 990));
    /* ... and after it, in parts no larger than asked for. */
    PeerSends(Peer, 10, 50);
    Op = WcStartReceive(Socket, WcPart(Buffer, 0, 1), WSK_FLAG_WAITALL);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    WcPoison(DataOf(Buffer), 1000);
    Op = WcStartReceive(Socket, WcPart(Buffer, 100, 20), 0);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 20);
    CHECK(WcIsFilled(DataOf(Buffer) + 100, 20, 11));
    CHECK(WcIsPoison(DataOf(Buffer), 100) && WcIsPoison(DataOf(Buffer) + 120, 880));
    Op = WcStartReceive(Socket, Buffer->Buf, 0);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 29);
    CHECK(WcIsFilled(DataOf(Buffer), 29, 31));
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_39, queued_receives_are_filled_in_call_order)
{
    enum { Many = 300 };
    static WC_OP *Ops[Many];
    static WC_BUF *Buffers[Many];
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    SIZE_T Total = 0, Offset = 0;
    ULONG Seed = 39;

    COVERS("CONN-28", "CONN-32");
    WcPeerPair(Client, Family, &Socket, &Peer);
    for (int i = 0; i < Many; i++)
    {
        SIZE_T Length = 1 + WcRandom(&Seed) % 3000;

        Buffers[i] = WcBuffer(Client, Length);
        Ops[i] = WcStartReceive(Socket, Buffers[i]->Buf, i % 2 ? WSK_FLAG_WAITALL : 0);
        CHECK_STATUS(Ops[i]->Returned, STATUS_PENDING);
        Total += Length;
    }
    PeerSends(Peer, 0, Total);
    peer_shutdown(Peer);
    for (int i = 0; i < Many; i++)
    {
        CHECK_STATUS(WcWait(Ops[i]), STATUS_SUCCESS);
        CHECK(Ops[i]->Information <= Buffers[i]->Length);
        CHECK(WcIsFilled(DataOf(Buffers[i]), Ops[i]->Information, Offset));
        CHECK(WcIsPoison(DataOf(Buffers[i]) + Ops[i]->Information, Buffers[i]->Length - Ops[i]->Information));
        CHECK(i == 0 || Ops[i - 1]->Order < Ops[i]->Order);
        Offset += Ops[i]->Information;
    }
    /* What is left when plain receives took less than they could have. */
    for (;;)
    {
        WC_BUF *Rest = WcBuffer(Client, 65536);
        WC_OP *Op = WcStartReceive(Socket, Rest->Buf, 0);

        CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
        if (Op->Information == 0)
        {
            break;
        }
        CHECK(WcIsFilled(DataOf(Rest), Op->Information, Offset));
        Offset += Op->Information;
    }
    CHECK_EQ(Offset, Total);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_29, the_end_of_the_stream_is_zero_bytes)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 100);
    WC_OP *Ops[5];

    COVERS("CONN-30", "CONN-69");
    WcPeerPair(Client, Family, &Socket, &Peer);
    for (int i = 0; i < 5; i++)
    {
        Ops[i] = WcStartReceive(Socket, WcPart(Buffer, (ULONG)i * 20, 20), i == 3 ? WSK_FLAG_WAITALL : 0);
        CHECK_STATUS(Ops[i]->Returned, STATUS_PENDING);
    }
    peer_shutdown(Peer);
    for (int i = 0; i < 5; i++)
    {
        CHECK_STATUS(WcWait(Ops[i]), STATUS_SUCCESS);
        CHECK_EQ(Ops[i]->Information, 0);
        CHECK(i == 0 || Ops[i - 1]->Order < Ops[i]->Order);
    }
    CHECK(WcIsPoison(Buffer->Memory, Buffer->MemorySize));
    /* And again, for later ones. */
    WcExpectEnd(Socket);
    WcExpectEnd(Socket);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_30, data_before_the_end_comes_first)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 300);
    WC_OP *Ops[3];

    COVERS("CONN-29", "CONN-39");
    WcPeerPair(Client, Family, &Socket, &Peer);
    for (int i = 0; i < 3; i++)
    {
        Ops[i] = WcStartReceive(Socket, WcPart(Buffer, (ULONG)i * 100, 100), WSK_FLAG_WAITALL);
    }
    PeerSends(Peer, 0, 150);
    peer_shutdown(Peer);
    CHECK_STATUS(WcWait(Ops[0]), STATUS_SUCCESS);
    CHECK_EQ(Ops[0]->Information, 100);
    CHECK_STATUS(WcWait(Ops[1]), STATUS_SUCCESS);
    CHECK_EQ(Ops[1]->Information, 50);
    CHECK_STATUS(WcWait(Ops[2]), STATUS_SUCCESS);
    CHECK_EQ(Ops[2]->Information, 0);
    CHECK(WcIsFilled(DataOf(Buffer), 150, 0));
    CHECK(WcIsPoison(DataOf(Buffer) + 150, 150));
    peer_close(Peer);
    WcClose(Client);
}

/* ---- WSK_FLAG_WAITALL -------------------------------------------------------------- */

TEST_BOTH(CONN_32, waitall_waits_for_all)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 1000);
    WC_OP *Op;

    COVERS("CONN-37");
    WcPeerPair(Client, Family, &Socket, &Peer);
    Op = WcStartReceive(Socket, Buffer->Buf, WSK_FLAG_WAITALL);
    for (SIZE_T i = 0; i < 10; i++)
    {
        CHECK(!WcIsDone(Op));
        PeerSends(Peer, i * 100, i == 9 ? 99 : 100);
    }
    CHECK(WcStays(&Op->Done));
    PeerSends(Peer, 999, 1);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 1000);
    CHECK(WcIsFilled(DataOf(Buffer), 1000, 0));
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_33, waitall_ends_early_at_a_graceful_disconnect)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 1000);
    WC_OP *Op;

    COVERS("AMB-36", "CONN-32");
    WcPeerPair(Client, Family, &Socket, &Peer);
    Op = WcStartReceive(Socket, Buffer->Buf, WSK_FLAG_WAITALL);
    PeerSends(Peer, 0, 321);
    peer_shutdown(Peer);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 321);
    CHECK(WcIsFilled(DataOf(Buffer), 321, 0));
    CHECK(WcIsPoison(DataOf(Buffer) + 321, 679));
    WcExpectEnd(Socket);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_32, waitall_and_drain_end_at_an_abortive_disconnect)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 1000);
    WC_OP *Op;

    COVERS("CONN-34", "AMB-17", "CONN-70", "CONN-64");
    /* The peer's ... */
    for (int i = 0; i < 2; i++)
    {
        WcPeerPair(Client, Family, &Socket, &Peer);
        Op = WcStartReceive(Socket, WcPart(Buffer, 0, i ? 0 : 1000), i ? WSK_FLAG_DRAIN : WSK_FLAG_WAITALL);
        PeerSends(Peer, 0, 5);
        peer_reset(Peer);
        CHECK(!NT_SUCCESS(WcWait(Op)));
    }
    /* ... or our own. */
    for (int i = 0; i < 2; i++)
    {
        WcPeerPair(Client, Family, &Socket, &Peer);
        Op = WcStartReceive(Socket, WcPart(Buffer, 0, i ? 0 : 1000), i ? WSK_FLAG_DRAIN : WSK_FLAG_WAITALL);
        CHECK_STATUS(WcDisconnect(Socket, NULL, WSK_FLAG_ABORTIVE), STATUS_SUCCESS);
        CHECK(!NT_SUCCESS(WcWait(Op)));
        peer_close(Peer);
    }
    WcClose(Client);
}

/* ---- WSK_FLAG_DRAIN ------------------------------------------------------------------ */

TEST_BOTH(CONN_34, drain_discards_until_the_end)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 64);
    WSK_BUF Nothing = {NULL, 0, 0};
    WC_OP *Op;

    COVERS("CONN-35", "CONN-37", "IRP-69");
    for (int i = 0; i < 2; i++)
    {
        WcPeerPair(Client, Family, &Socket, &Peer);
        Op = WcStartReceive(Socket, i ? Nothing : WcPart(Buffer, 0, 0), WSK_FLAG_DRAIN);
        CHECK_STATUS(Op->Returned, STATUS_PENDING);
        PeerSends(Peer, 0, 3 << 20);
        CHECK(WcStays(&Op->Done));
        peer_shutdown(Peer);
        CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
        CHECK_EQ(Op->Information, 0);
        CHECK(WcIsPoison(Buffer->Memory, Buffer->MemorySize));
        WcExpectEnd(Socket);
        peer_close(Peer);
    }
    WcClose(Client);
}

TEST_BOTH(CONN_36, drain_and_waitall_exclude_each_other)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 64);
    UCHAR Byte = 0;
    WC_OP *Op;

    COVERS("CONN-35", "AMB-15");
    WcPeerPair(Client, Family, &Socket, &Peer);
    Op = WcStartReceive(Socket, WcPart(Buffer, 0, 0), WSK_FLAG_DRAIN | WSK_FLAG_WAITALL);
    CHECK_STATUS(WcWait(Op), STATUS_INVALID_PARAMETER);
    Op = WcStartReceive(Socket, Buffer->Buf, WSK_FLAG_DRAIN | WSK_FLAG_WAITALL);
    CHECK_STATUS(WcWait(Op), STATUS_INVALID_PARAMETER);
    Op = WcStartReceive(Socket, Buffer->Buf, WSK_FLAG_DRAIN);
    CHECK_STATUS(WcWait(Op), STATUS_INVALID_PARAMETER);
    CHECK(!NT_SUCCESS(WcWait(WcStartReceive(Socket, Buffer->Buf, 0x40000000))));
    CHECK_EQ(peer_send_all(Peer, "k", 1), 0);
    WcReceiveData(Socket, &Byte, 1);
    CHECK_EQ(Byte, 'k');
    peer_close(Peer);
    WcClose(Client);
}

/* ---- the rest --------------------------------------------------------------------------- */

TEST_BOTH(CONN_38, a_receive_of_nothing_completes_at_once_and_takes_nothing)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 64);
    WSK_BUF Nothing = {NULL, 99, 0};
    UCHAR Text[3];
    WC_OP *Op;

    COVERS("AMB-37", "IRP-69");
    WcPeerPair(Client, Family, &Socket, &Peer);
    Op = WcStartReceive(Socket, Nothing, 0);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 0);
    CHECK_EQ(peer_send_all(Peer, "abc", 3), 0);
    Op = WcStartReceive(Socket, WcPart(Buffer, 0, 0), 0);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 0);
    WcReceiveData(Socket, Text, 3);
    CHECK_MEM(Text, "abc", 3);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_27, a_reset_fails_all_receives)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 64);
    WC_OP *Ops[4];

    COVERS("AMB-17", "CONN-70");
    WcPeerPair(Client, Family, &Socket, &Peer);
    for (int i = 0; i < 4; i++)
    {
        Ops[i] = WcStartReceive(Socket, Buffer->Buf, 0);
    }
    peer_reset(Peer);
    for (int i = 0; i < 4; i++)
    {
        CHECK(!NT_SUCCESS(WcWait(Ops[i])));
        CHECK_EQ(Ops[i]->Information, 0);
    }
    CHECK(!NT_SUCCESS(WcWait(WcStartReceive(Socket, Buffer->Buf, 0))));
    CHECK(!NT_SUCCESS(WcWait(WcStartReceive(Socket, Buffer->Buf, WSK_FLAG_WAITALL))));
    CHECK(WcIsPoison(Buffer->Memory, Buffer->MemorySize));
    WcClose(Client);
}

TEST_BOTH(AMB_18, an_unconnected_socket_receives_nothing)
{
    WC_CLIENT *Client = WcOpen();
    WC_BUF *Buffer = WcBuffer(Client, 4);
    WC_SOCK *Sockets[4] = {
        WcSocket(Client, Family, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL),
        WcBoundConnection(Client, Family),
        WcSocket(Client, Family, WSK_FLAG_STREAM_SOCKET, NULL, NULL),
        WcStream(Client, Family, FALSE),
    };

    COVERS("CONN-26");
    for (int i = 0; i < 4; i++)
    {
        WC_OP *Op = WcStartReceive(Sockets[i], Buffer->Buf, 0);

        CHECK_STATUS(Op->Returned, STATUS_INVALID_DEVICE_STATE);
        CHECK_STATUS(WcWait(Op), STATUS_INVALID_DEVICE_STATE);
    }
    WcClose(Client);
}

TEST_BOTH(CONN_26, arguments_are_checked)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 4);
    WC_OP *Op = WcOp(Client, "WskReceive without a WSK_BUF");

    COVERS("IRP-16", "CONN-35");
    WcPeerPair(Client, Family, &Socket, &Peer);
    Op->Returned = WcConnTable(Socket)->WskReceive(Socket->Wsk, NULL, 0, Op->Irp);
    CHECK(!NT_SUCCESS(WcWait(Op)));
    Op = WcOp(Client, "WskReceive to drain without a WSK_BUF");
    Op->Returned = WcConnTable(Socket)->WskReceive(Socket->Wsk, NULL, WSK_FLAG_DRAIN, Op->Irp);
    CHECK(!NT_SUCCESS(WcWait(Op)));
    CHECK_STATUS(WcConnTable(Socket)->WskReceive(Socket->Wsk, &Buffer->Buf, 0, NULL), STATUS_INVALID_PARAMETER);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_75, receive_ex_without_control_data_is_a_receive)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 6);
    ULONG ControlLength = sizeof(CMSGHDR) + 8, ControlFlags = 0xA5A5A5A5;
    UCHAR Control[sizeof(CMSGHDR) + 8] __attribute__((aligned(8)));
    WC_OP *Op = WcOp(Client, "WskReceiveEx");

    COVERS("AMB-46");
    WcPeerPair(Client, Family, &Socket, &Peer);
    Op->Returned = WcConnTable(Socket)->WskReceiveEx(Socket->Wsk, &Buffer->Buf, 0, NULL, NULL, NULL, Op->Irp);
    CHECK_EQ(peer_send_all(Peer, "abcdef", 6), 0);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 6);
    Op = WcOp(Client, "WskReceiveEx with room for control data");
    Op->Returned = WcConnTable(Socket)->WskReceiveEx(Socket->Wsk, &Buffer->Buf, 0, &ControlLength, (PCMSGHDR)Control,
                                                     &ControlFlags, Op->Irp);
    CHECK_EQ(peer_send_all(Peer, "ghijkl", 6), 0);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 6);
    CHECK_EQ(ControlLength, 0);
    CHECK_EQ(ControlFlags, 0);
    CHECK_MEM(DataOf(Buffer), "ghijkl", 6);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_39, a_long_stream_arrives_whole)
{
    enum { Total = 6 << 20, Ahead = 8, Each = 40000 };
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket, *Sender;
    WC_BUF *Send = WcBuffer(Client, Total), *Receive = WcBuffer(Client, Ahead * Each);
    WC_OP *Ops[Ahead], *SendOp;
    SIZE_T Offset = 0;
    ULONG Next = 0;

    COVERS("CONN-23", "CONN-28", "IRP-09");
    WcPair(Client, Family, &Sender, &Socket);
    WcFill(DataOf(Send), Total, 0);
    for (ULONG i = 0; i < Ahead; i++)
    {
        Ops[i] = WcKeptOp(Client, "WskReceive");
        WcIssueReceive(Ops[i], Socket, WcPart(Receive, i * Each, Each), 0);
    }
    SendOp = WcStartSend(Sender, Send->Buf, 0);
    while (Offset < Total)
    {
        CHECK_STATUS(WcWait(Ops[Next]), STATUS_SUCCESS);
        CHECK(Ops[Next]->Information > 0 && Ops[Next]->Information <= Each);
        CHECK(WcIsFilled(DataOf(Receive) + Next * Each, Ops[Next]->Information, Offset));
        Offset += Ops[Next]->Information;
        WcReuse(Ops[Next]);
        WcIssueReceive(Ops[Next], Socket, WcPart(Receive, Next * Each, Each), 0);
        Next = (Next + 1) % Ahead;
    }
    CHECK_EQ(Offset, Total);
    CHECK_STATUS(WcWait(SendOp), STATUS_SUCCESS);
    CHECK_EQ(SendOp->Information, Total);
    CHECK_STATUS(WcDisconnect(Sender, NULL, 0), STATUS_SUCCESS);
    for (ULONG i = 0; i < Ahead; i++)
    {
        CHECK_STATUS(WcWait(Ops[i]), STATUS_SUCCESS);
        CHECK_EQ(Ops[i]->Information, 0);
    }
    WcClose(Client);
}
