// SPDX-License-Identifier: MIT
/*
 * IoCancelIrp before, after and in a race with completion (rows IRP-26 to 31,
 * AMB-53): exactly one completion, and no byte and no connection lost.
 * WcReuse and WcClose count the completions of each IRP.
 */
#include "support/wskclient.h"

/* Lets a varying small time pass, so that the cancel meets every stage. */
static void Spin(ULONG Count)
{
    for (ULONG i = 0; i < Count; i++)
    {
        YieldProcessor();
    }
}

TEST_BOTH(IRP_27, cancel_of_a_pending_request_ends_it)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL);
    WC_OP *Op = WcKeptOp(Client, "WskAccept");

    COVERS("IRP-26", "IRP-29", "IRP-31");
    WcIssueAccept(Op, Listener);
    CHECK_STATUS(Op->Returned, STATUS_PENDING);
    CHECK(IoCancelIrp(Op->Irp));
    CHECK_STATUS(WcWait(Op), STATUS_CANCELLED);
    CHECK_EQ(Op->Information, 0);
    CHECK(Op->Cancel);
    /* Once completed there is nothing left to cancel. */
    CHECK(!IoCancelIrp(Op->Irp));
    CHECK_EQ(Op->Completions, 1);
    WcClose(Client);
}

TEST_BOTH(IRP_28, a_request_cancelled_before_the_call_ends_or_succeeds)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL), *Socket;
    WC_BUF *Buffer = WcBuffer(Client, 8);
    struct peer *Peer;
    WC_OP *Op = WcKeptOp(Client, "a request cancelled in advance");
    char Byte = 0;

    COVERS("IRP-27", "AMB-53");
    CHECK(!IoCancelIrp(Op->Irp));
    WcIssueAccept(Op, Listener);
    /* Nothing is there to accept, so it cannot succeed. */
    CHECK_STATUS(WcWait(Op), STATUS_CANCELLED);

    WcPeerPair(Client, Family, &Socket, &Peer);
    WcReuse(Op);
    CHECK(!IoCancelIrp(Op->Irp));
    WcIssueReceive(Op, Socket, Buffer->Buf, 0);
    CHECK_STATUS(WcWait(Op), STATUS_CANCELLED);

    WcReuse(Op);
    CHECK(!IoCancelIrp(Op->Irp));
    WcIssueSend(Op, Socket, WcPart(Buffer, 0, 1), 0);
    if (NT_SUCCESS(WcWait(Op)))
    {
        CHECK_EQ(Op->Information, 1);
        CHECK_EQ(peer_recv_all(Peer, &Byte, 1), 1);
    }
    else
    {
        CHECK_STATUS(Op->Status, STATUS_CANCELLED);
    }
    WcSendData(Socket, "!", 1);
    CHECK_EQ(peer_recv_all(Peer, &Byte, 1), 1);
    CHECK_EQ(Byte, '!');
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(IRP_26, one_of_several_receives)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 50);
    WC_OP *Ops[5];
    ULONG Offset = 0;

    COVERS("CONN-39", "CONN-32", "AMB-53");
    WcPeerPair(Client, Family, &Socket, &Peer);
    for (ULONG i = 0; i < 5; i++)
    {
        Ops[i] = WcKeptOp(Client, "WskReceive");
        WcIssueReceive(Ops[i], Socket, WcPart(Buffer, i * 10, 10), WSK_FLAG_WAITALL);
    }
    WcCancel(Ops[2]);
    WcCancel(Ops[0]);
    CHECK_STATUS(WcWait(Ops[2]), STATUS_CANCELLED);
    CHECK_STATUS(WcWait(Ops[0]), STATUS_CANCELLED);
    CHECK_EQ(peer_send_all(Peer, "0123456789abcdefghijABCDEFGHIJ", 30), 0);
    for (ULONG i = 0; i < 5; i++)
    {
        UCHAR Part[10];

        if (i != 0 && i != 2)
        {
            CHECK_STATUS(WcWait(Ops[i]), STATUS_SUCCESS);
            CHECK_EQ(Ops[i]->Information, 10);
            WcGet(Buffer, i * 10, Part, 10);
            CHECK_MEM(Part, &"0123456789abcdefghijABCDEFGHIJ"[Offset], 10);
            Offset += 10;
        }
    }
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(IRP_26, waitall_and_drain)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 100);
    WC_OP *Op = WcKeptOp(Client, "WskReceive to drain or for all");
    UCHAR Text[4];
    ULONG Have = 0;

    COVERS("CONN-32", "CONN-34", "AMB-53");
    WcPeerPair(Client, Family, &Socket, &Peer);
    WcIssueReceive(Op, Socket, Buffer->Buf, WSK_FLAG_WAITALL);
    WcCancel(Op);
    CHECK_STATUS(WcWait(Op), STATUS_CANCELLED);
    /* With a part of its data there: the part is in the request, or stays. */
    WcReuse(Op);
    WcIssueReceive(Op, Socket, Buffer->Buf, WSK_FLAG_WAITALL);
    CHECK_EQ(peer_send_all(Peer, "kept", 4), 0);
    CHECK(WcStays(&Op->Done));
    WcCancel(Op);
    if (NT_SUCCESS(WcWait(Op)))
    {
        Have = (ULONG)Op->Information;
        CHECK(Have >= 1 && Have <= 4);
        WcGet(Buffer, 0, Text, Have);
    }
    else
    {
        CHECK_STATUS(Op->Status, STATUS_CANCELLED);
    }
    if (Have < 4)
    {
        WcReceiveData(Socket, Text + Have, 4 - Have);
    }
    CHECK_MEM(Text, "kept", 4);
    WcReuse(Op);
    WcIssueReceive(Op, Socket, WcPart(Buffer, 0, 0), WSK_FLAG_DRAIN);
    CHECK_EQ(peer_send_all(Peer, "gone", 4), 0);
    WcCancel(Op);
    CHECK_STATUS(WcWait(Op), STATUS_CANCELLED);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(IRP_26, a_queued_send_that_had_not_begun_sends_nothing)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 200);
    PUCHAR Got = ExAllocatePoolWithTag(NonPagedPoolNx, WC_STUCK_BYTES + 201, WC_TAG);
    WC_OP *Stuck, *Never, *Last;

    COVERS("IRP-29", "CONN-23", "AMB-53");
    CHECK(Got != NULL);
    WcSmallPeerPair(Client, Family, &Socket, &Peer);
    Stuck = WcStuckSend(Socket);
    Never = WcKeptOp(Client, "a send behind a stuck one");
    WcIssueSend(Never, Socket, WcPart(Buffer, 0, 100), 0);
    WcFill((PUCHAR)MmGetSystemAddressForMdlSafe(Buffer->Buf.Mdl, NormalPagePriority) + 100, 100, WC_STUCK_BYTES);
    Last = WcStartSend(Socket, WcPart(Buffer, 100, 100), 0);
    WcCancel(Never);
    CHECK_STATUS(WcWait(Never), STATUS_CANCELLED);
    CHECK(!WcIsDone(Stuck));
    peer_grow(Peer);
    CHECK_EQ(peer_recv_all(Peer, Got, WC_STUCK_BYTES + 100), (long)WC_STUCK_BYTES + 100);
    CHECK(WcIsFilled(Got, WC_STUCK_BYTES + 100, 0));
    CHECK_STATUS(WcWait(Stuck), STATUS_SUCCESS);
    CHECK_STATUS(WcWait(Last), STATUS_SUCCESS);
    ExFreePoolWithTag(Got, WC_TAG);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(IRP_26, a_send_under_way_and_a_waiting_disconnect)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_OP *Stuck, *Disconnect;

    COVERS("IRP-29");
    WcSmallPeerPair(Client, Family, &Socket, &Peer);
    Stuck = WcStuckSend(Socket);
    Disconnect = WcKeptOp(Client, "WskDisconnect");
    WcIssueDisconnect(Disconnect, Socket, NULL, 0);
    CHECK(!WcIsDone(Disconnect));
    WcCancel(Disconnect);
    CHECK_STATUS(WcWait(Disconnect), STATUS_CANCELLED);
    WcCancel(Stuck);
    CHECK_STATUS(WcWait(Stuck), STATUS_CANCELLED);
    CHECK_EQ(Stuck->Information, 0);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(IRP_26, a_pending_connect)
{
    WC_CLIENT *Client = WcOpen();
    USHORT Port = 0;
    struct peer *Full = peer_listen_backlog(WC_PEER_FAMILY(Family), &Port, 0);
    struct peer *First = peer_connect(WC_PEER_FAMILY(Family), Port);
    WC_SOCK *Socket = WcBoundConnection(Client, Family);
    WC_ADDR Remote = WcLoopback(Family, Port);
    WC_OP *Op = WcKeptOp(Client, "WskConnect");

    COVERS("CONN-05");
    CHECK(Full != NULL && First != NULL);
    WcIssueConnect(Op, Socket, &Remote);
    CHECK_STATUS(Op->Returned, STATUS_PENDING);
    WcCancel(Op);
    CHECK_STATUS(WcWait(Op), STATUS_CANCELLED);
    WcCloseSocket(Socket);
    peer_close(First);
    peer_close(Full);
    WcClose(Client);
}

/* ---- races ------------------------------------------------------------------------- */

TEST_BOTH(AMB_53, receives_racing_with_data_lose_no_byte)
{
    enum { Rounds = 1500 };
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 4);
    WC_OP *Op = WcKeptOp(Client, "WskReceive");
    UCHAR Byte = 0, Got;
    ULONG Cancelled = 0;

    COVERS("IRP-26", "IRP-27", "IRP-31");
    WcPeerPair(Client, Family, &Socket, &Peer);
    for (ULONG i = 0; i < Rounds; i++, Byte++)
    {
        WcIssueReceive(Op, Socket, Buffer->Buf, i & 1 ? WSK_FLAG_WAITALL : 0);
        CHECK_EQ(peer_send_all(Peer, &Byte, 1), 0);
        Spin(i % 97 * 8);
        WcCancel(Op);
        if (WcWait(Op) == STATUS_SUCCESS)
        {
            /* A WAITALL request, too, may end with the part it had. */
            CHECK_EQ(Op->Information, 1);
            WcGet(Buffer, 0, &Got, 1);
        }
        else
        {
            CHECK_STATUS(Op->Status, STATUS_CANCELLED);
            Cancelled++;
            WcReuse(Op);
            WcIssueReceive(Op, Socket, WcPart(Buffer, 0, 1), 0);
            CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
            CHECK_EQ(Op->Information, 1);
            WcGet(Buffer, 0, &Got, 1);
        }
        CHECK_EQ(Got, Byte);
        WcReuse(Op);
    }
    print_message("%u of %u cancelled\n", (unsigned int)Cancelled, (unsigned int)Rounds);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(AMB_53, accepts_racing_with_arrivals_lose_no_connection)
{
    enum { Rounds = 200 };
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL), *Accepted;
    USHORT Port = WcPort(Listener);
    WC_OP *Op = WcKeptOp(Client, "WskAccept");
    WC_ADDR Remote;

    COVERS("IRP-26", "LISTEN-37");
    for (ULONG i = 0; i < Rounds; i++)
    {
        struct peer *Peer;

        WcIssueAccept(Op, Listener);
        Peer = peer_connect(WC_PEER_FAMILY(Family), Port);
        CHECK(Peer != NULL);
        Spin(i % 97 * 8);
        WcCancel(Op);
        if (WcWait(Op) != STATUS_SUCCESS)
        {
            CHECK_STATUS(Op->Status, STATUS_CANCELLED);
            WcReuse(Op);
            WcIssueAccept(Op, Listener);
            CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
        }
        Accepted = WcAdopt(Client, Op->Information, WSK_FLAG_CONNECTION_SOCKET, Family);
        CHECK_STATUS(WcGetRemote(Accepted, &Remote), STATUS_SUCCESS);
        CHECK_EQ(WcPortOf(&Remote), peer_port(Peer));
        WcCloseSocket(Accepted);
        peer_close(Peer);
        WcReuse(Op);
    }
    WcClose(Client);
}

TEST_BOTH(AMB_53, connects_racing_with_success)
{
    enum { Rounds = 200 };
    WC_CLIENT *Client = WcOpen();
    USHORT Port = 0;
    struct peer *Listener = peer_listen(WC_PEER_FAMILY(Family), &Port);
    WC_ADDR Remote = WcLoopback(Family, Port), Any = WcAny(Family, 0);
    WC_OP *Op = WcKeptOp(Client, "WskConnect");
    BOOLEAN Whole = FALSE;

    COVERS("IRP-26", "CONN1-16");
    CHECK(Listener != NULL);
    for (ULONG i = 0; i < Rounds; i++, Whole = !Whole)
    {
        WC_SOCK *Socket = Whole ? NULL : WcBoundConnection(Client, Family);

        if (Whole)
        {
            Op->Returned = Client->Npi.Dispatch->WskSocketConnect(Client->Npi.Client, SOCK_STREAM, IPPROTO_TCP,
                                                                  &Any.Sa, &Remote.Sa, 0, NULL, NULL, NULL, NULL, NULL,
                                                                  Op->Irp);
        }
        else
        {
            WcIssueConnect(Op, Socket, &Remote);
        }
        Spin(i % 97 * 8);
        WcCancel(Op);
        if (NT_SUCCESS(WcWait(Op)))
        {
            Socket = Whole ? WcAdopt(Client, Op->Information, WSK_FLAG_CONNECTION_SOCKET, Family) : Socket;
            CHECK_STATUS(WcGetRemote(Socket, &Any), STATUS_SUCCESS);
            Any = WcAny(Family, 0);
        }
        else
        {
            CHECK_STATUS(Op->Status, STATUS_CANCELLED);
        }
        if (Socket)
        {
            WcCloseSocket(Socket);
        }
        WcReuse(Op);
    }
    peer_close(Listener);
    WcClose(Client);
}

TEST_BOTH(AMB_53, sends_racing_with_their_cancel_are_whole_or_absent)
{
    enum { Rounds = 800 };
    static BOOLEAN Sent[Rounds];
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, sizeof(ULONG));
    WC_OP *Op = WcKeptOp(Client, "WskSend");
    ULONG Number;

    COVERS("IRP-26", "CONN-20");
    WcPeerPair(Client, Family, &Socket, &Peer);
    for (ULONG i = 0; i < Rounds; i++)
    {
        KIRQL Irql;

        WcPut(Buffer, 0, &i, sizeof(i));
        /* At DISPATCH_LEVEL, so that the cancel comes before the completion routine. */
        KeRaiseIrql(DISPATCH_LEVEL, &Irql);
        WcIssueSend(Op, Socket, Buffer->Buf, 0);
        Spin(i % 53);
        WcCancel(Op);
        KeLowerIrql(Irql);
        Sent[i] = WcWait(Op) == STATUS_SUCCESS;
        if (Sent[i])
        {
            CHECK_EQ(Op->Information, sizeof(ULONG));
        }
        else
        {
            CHECK_STATUS(Op->Status, STATUS_CANCELLED);
        }
        WcReuse(Op);
    }
    WcPut(Buffer, 0, "end!", 4);
    WcIssueSend(Op, Socket, Buffer->Buf, 0);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    for (ULONG i = 0; i < Rounds; i++)
    {
        if (Sent[i])
        {
            CHECK_EQ(peer_recv_all(Peer, &Number, sizeof(Number)), sizeof(Number));
            CHECK_EQ(Number, i);
        }
    }
    CHECK_EQ(peer_recv_all(Peer, &Number, sizeof(Number)), sizeof(Number));
    CHECK_MEM(&Number, "end!", 4);
    peer_close(Peer);
    WcClose(Client);
}

/* Cancels from another thread while this one closes. */
typedef struct _CANCELLER
{
    PIRP Irps[8];
    KEVENT Go;
} CANCELLER;

static VOID CancelAll(PVOID Context)
{
    CANCELLER *Canceller = Context;

    if (WcAwait(&Canceller->Go, "the start of the race"))
    {
        for (int i = 0; i < 8; i++)
        {
            IoCancelIrp(Canceller->Irps[i]);
        }
    }
}

TEST_BOTH(AMB_53, cancels_racing_with_close)
{
    enum { Rounds = 40 };
    WC_CLIENT *Client = WcOpen();
    WC_BUF *Buffer = WcBuffer(Client, 16);
    WC_OP *Ops[8];

    COVERS("BASIC-64", "IRP-30", "IRP-31");
    for (int i = 0; i < 8; i++)
    {
        Ops[i] = WcKeptOp(Client, "WskReceive or WskAccept");
    }
    for (ULONG Round = 0; Round < Rounds; Round++)
    {
        CANCELLER Canceller;
        WC_THREAD Thread;
        WC_SOCK *Socket, *Other = NULL;
        WC_OP *Close;

        if (Round & 1)
        {
            Socket = WcListener(Client, Family, NULL, NULL);
        }
        else
        {
            WcPair(Client, Family, &Socket, &Other);
        }
        KeInitializeEvent(&Canceller.Go, NotificationEvent, FALSE);
        for (int i = 0; i < 8; i++)
        {
            Canceller.Irps[i] = Ops[i]->Irp;
            if (Round & 1)
            {
                WcIssueAccept(Ops[i], Socket);
            }
            else
            {
                WcIssueReceive(Ops[i], Socket, Buffer->Buf, 0);
            }
        }
        WcRun(&Thread, CancelAll, &Canceller, "the cancelling thread");
        KeSetEvent(&Canceller.Go, IO_NO_INCREMENT, FALSE);
        Spin(Round * 30);
        Close = WcStartClose(Socket);
        CHECK_STATUS(WcWait(Close), STATUS_SUCCESS);
        WcJoin(&Thread);
        for (int i = 0; i < 8; i++)
        {
            CHECK_STATUS(WcWait(Ops[i]), STATUS_CANCELLED);
            WcReuse(Ops[i]);
        }
        if (Other)
        {
            WcCloseSocket(Other);
        }
    }
    WcClose(Client);
}
