// SPDX-License-Identifier: MIT
/*
 * Calls that meet each other and the network at the wrong moment: closing under
 * arriving data and connections, sends from several threads, captures against
 * deregistration, ends from both sides, bytes held for later. Bounded loops.
 */
#include "support/wskclient.h"

static void Spin(ULONG Count)
{
    for (ULONG i = 0; i < Count; i++)
    {
        YieldProcessor();
    }
}

TEST_BOTH(BASIC_63, closing_while_data_arrives)
{
    enum { Rounds = 150 };
    WC_CLIENT *Client = WcOpen();
    WC_BUF *Buffers[3] = {WcBuffer(Client, 100), WcBuffer(Client, 100), WcBuffer(Client, 100)};
    UCHAR Data[250];
    WC_OP *Ops[3];

    COVERS("BASIC-64", "BASIC-66", "IRP-30", "IRP-37");
    WcFill(Data, sizeof(Data), 0);
    for (ULONG i = 0; i < Rounds; i++)
    {
        SIZE_T Offset = 0;
        WC_SOCK *Socket;
        struct peer *Peer;
        WC_OP *Close;

        WcPeerPair(Client, Family, &Socket, &Peer);
        for (int j = 0; j < 3; j++)
        {
            WcPoison(MmGetSystemAddressForMdlSafe(Buffers[j]->Buf.Mdl, NormalPagePriority), 100);
            Ops[j] = WcStartReceive(Socket, Buffers[j]->Buf, i % 3 ? 0 : WSK_FLAG_WAITALL);
        }
        CHECK_EQ(peer_send_all(Peer, Data, sizeof(Data)), 0);
        if (i % 5 == 0)
        {
            peer_shutdown(Peer);
        }
        Spin(i % 73 * 10);
        Close = WcStartClose(Socket);
        CHECK_STATUS(WcWait(Close), STATUS_SUCCESS);
        for (int j = 0; j < 3; j++)
        {
            PUCHAR Got = MmGetSystemAddressForMdlSafe(Buffers[j]->Buf.Mdl, NormalPagePriority);

            CHECK_EQ(Ops[j]->Completions, 1);
            CHECK(Ops[j]->Order < Close->Order);
            if (WcWait(Ops[j]) == STATUS_SUCCESS)
            {
                CHECK(WcIsFilled(Got, Ops[j]->Information, Offset));
                Offset += Ops[j]->Information;
            }
            else
            {
                CHECK_STATUS(Ops[j]->Status, STATUS_CANCELLED);
            }
        }
        peer_close(Peer);
    }
    WcClose(Client);
}

TEST_BOTH(LISTEN_46, closing_while_connections_arrive)
{
    enum { Rounds = 80 };
    WC_CLIENT *Client = WcOpen();

    COVERS("BASIC-64", "BASIC-66", "LISTEN-37", "LISTEN-48");
    for (ULONG i = 0; i < Rounds; i++)
    {
        WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL);
        USHORT Port = WcPort(Listener);
        struct peer *Peers[2];
        WC_OP *Ops[4], *Close;

        for (int j = 0; j < 4; j++)
        {
            Ops[j] = WcStartAccept(Listener, NULL, NULL, NULL, NULL);
        }
        Peers[0] = peer_connect_start(WC_PEER_FAMILY(Family), Port);
        Peers[1] = peer_connect_start(WC_PEER_FAMILY(Family), Port);
        Spin(i % 73 * 10);
        Close = WcStartClose(Listener);
        CHECK_STATUS(WcWait(Close), STATUS_SUCCESS);
        for (int j = 0; j < 4; j++)
        {
            CHECK_EQ(Ops[j]->Completions, 1);
            CHECK(Ops[j]->Order < Close->Order);
            if (WcWait(Ops[j]) == STATUS_SUCCESS)
            {
                CHECK(j < 2);
                WcCloseSocket(WcAdopt(Client, Ops[j]->Information, WSK_FLAG_CONNECTION_SOCKET, Family));
            }
            else
            {
                CHECK_STATUS(Ops[j]->Status, STATUS_CANCELLED);
            }
        }
        peer_close(Peers[0]);
        peer_close(Peers[1]);
    }
    WcClose(Client);
}

/* ---- sends of several threads ---------------------------------------------------- */

enum { Senders = 4, Each = 120, MessageBytes = 3000 };

typedef struct _SENDER
{
    WC_THREAD Thread;
    WC_SOCK *Socket;
    UCHAR Number;
    WC_OP *Ops[Each];
    WC_BUF *Buffers[Each];
} SENDER;

static VOID SendAll(PVOID Context)
{
    SENDER *Sender = Context;

    for (int i = 0; i < Each; i++)
    {
        WcIssueSend(Sender->Ops[i], Sender->Socket, Sender->Buffers[i]->Buf, 0);
    }
}

TEST_BOTH(CONN_23, sends_of_several_threads_do_not_mix)
{
    static SENDER Sender[Senders];
    static UCHAR Message[MessageBytes];
    ULONG Next[Senders] = {0};
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("CONN-20", "IRP-39");
    WcSmallPeerPair(Client, Family, &Socket, &Peer);
    peer_grow(Peer);
    for (int i = 0; i < Senders; i++)
    {
        Sender[i].Socket = Socket;
        for (int j = 0; j < Each; j++)
        {
            Sender[i].Ops[j] = WcKeptOp(Client, "a send of one of several threads");
            Sender[i].Buffers[j] = WcBuffer(Client, MessageBytes);
            RtlFillMemory(Message, MessageBytes, (UCHAR)(i * 64));
            Message[0] = (UCHAR)i;
            Message[1] = (UCHAR)j;
            WcPut(Sender[i].Buffers[j], 0, Message, MessageBytes);
        }
    }
    for (int i = 0; i < Senders; i++)
    {
        WcRun(&Sender[i].Thread, SendAll, &Sender[i], "a sending thread");
    }
    for (int i = 0; i < Senders * Each; i++)
    {
        CHECK_EQ(peer_recv_all(Peer, Message, MessageBytes), MessageBytes);
        CHECK(Message[0] < Senders);
        CHECK_EQ(Message[1], Next[Message[0]]);
        Next[Message[0]]++;
        for (int j = 2; j < MessageBytes; j++)
        {
            if (Message[j] != Message[0] * 64)
            {
                CHECK_EQ(Message[j], Message[0] * 64);
            }
        }
    }
    for (int i = 0; i < Senders; i++)
    {
        WcJoin(&Sender[i].Thread);
        for (int j = 0; j < Each; j++)
        {
            CHECK_STATUS(WcWait(Sender[i].Ops[j]), STATUS_SUCCESS);
            CHECK_EQ(Sender[i].Ops[j]->Information, MessageBytes);
        }
    }
    peer_close(Peer);
    WcClose(Client);
}

/* ---- one request, many threads ------------------------------------------------------- */

enum { Workers = 4, WorkerRounds = 60 };

typedef struct _WORKER
{
    WC_THREAD Thread;
    WC_CLIENT *Client; /* a registration of its own */
    NTSTATUS Failure;
    ULONG Seed;
} WORKER;

/* Whole registrations, one after the other, while others do the same. */
static VOID RegisterAndGo(PVOID Context)
{
    static const WSK_CLIENT_DISPATCH Dispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};
    WORKER *Worker = Context;
    WSK_CLIENT_NPI ClientNpi = {NULL, &Dispatch};

    for (int i = 0; i < WorkerRounds && NT_SUCCESS(Worker->Failure); i++)
    {
        WSK_REGISTRATION Registration;
        WSK_PROVIDER_NPI Npi;
        WC_OP Op;
        PIRP Irp = IoAllocateIrp(1, FALSE);
        PWSK_SOCKET Socket;

        Worker->Failure = WskRegister(&ClientNpi, &Registration);
        Worker->Failure = Worker->Failure ? Worker->Failure
                                          : WskCaptureProviderNPI(&Registration, WSK_INFINITE_WAIT, &Npi);
        if (!NT_SUCCESS(Worker->Failure))
        {
            return;
        }
        WcInitOp(&Op, Irp, "WskSocket");
        Npi.Dispatch->WskSocket(Npi.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL,
                                NULL, NULL, NULL, Irp);
        WskReleaseProviderNPI(&Registration);
        if (!WcAwait(&Op.Done, "WskSocket") || !NT_SUCCESS(Op.Status))
        {
            Worker->Failure = STATUS_UNSUCCESSFUL;
            return;
        }
        Socket = (PWSK_SOCKET)Op.Information;
        IoReuseIrp(Irp, STATUS_SUCCESS);
        WcInitOp(&Op, Irp, "WskCloseSocket");
        ((const WSK_PROVIDER_BASIC_DISPATCH *)Socket->Dispatch)->WskCloseSocket(Socket, Irp);
        WskDeregister(&Registration);
        if (!WcAwait(&Op.Done, "WskCloseSocket") || !NT_SUCCESS(Op.Status))
        {
            Worker->Failure = STATUS_UNSUCCESSFUL;
        }
        IoFreeIrp(Irp);
    }
}

TEST(REG_08, registrations_come_and_go_in_parallel)
{
    static WORKER Worker[Workers];

    COVERS("REG-32", "REG-40", "REG-43", "REG-44");
    RtlZeroMemory(Worker, sizeof(Worker));
    for (int i = 0; i < Workers; i++)
    {
        WcRun(&Worker[i].Thread, RegisterAndGo, &Worker[i], "a registering thread");
    }
    for (int i = 0; i < Workers; i++)
    {
        WcJoin(&Worker[i].Thread);
        CHECK_STATUS(Worker[i].Failure, STATUS_SUCCESS);
    }
}

/* Captures and releases until told that the registration is over. */
static VOID CaptureUntilOver(PVOID Context)
{
    WORKER *Worker = Context;
    WSK_PROVIDER_NPI Npi;

    for (;;)
    {
        NTSTATUS Status = WskCaptureProviderNPI(&Worker->Client->Registration,
                                                WcRandom(&Worker->Seed) & 1 ? WSK_NO_WAIT : WSK_INFINITE_WAIT, &Npi);

        if (Status != STATUS_SUCCESS)
        {
            Worker->Failure = Status;
            return;
        }
        WskReleaseProviderNPI(&Worker->Client->Registration);
    }
}

TEST(REG_34, captures_racing_with_deregister)
{
    static WORKER Worker[Workers];

    COVERS("REG-32", "REG-33", "REG-41");
    for (int Round = 0; Round < 20; Round++)
    {
        WC_CLIENT *Client = WcRegisterOnly(MAKE_WSK_VERSION(1, 0));

        for (int i = 0; i < Workers; i++)
        {
            Worker[i].Client = Client;
            Worker[i].Seed = (ULONG)(Round * Workers + i);
            WcRun(&Worker[i].Thread, CaptureUntilOver, &Worker[i], "a capturing thread");
        }
        Spin((ULONG)Round * 200);
        WcDeregister(Client);
        for (int i = 0; i < Workers; i++)
        {
            WcJoin(&Worker[i].Thread);
            CHECK_STATUS(Worker[i].Failure, STATUS_DEVICE_NOT_READY);
        }
        WcClose(Client);
    }
}

/* Cancels what deregistration is about to cancel as well. */
static VOID CancelOps(PVOID Context)
{
    WC_OP **Ops = Context;

    for (int i = 0; i < 8; i++)
    {
        WcCancel(Ops[i]);
    }
}

TEST(REG_44, deregister_waits_for_requests_being_cancelled)
{
    COVERS("REG-45", "REG-46", "CLI-17", "IRP-31");
    for (ULONG Round = 0; Round < 40; Round++)
    {
        WC_CLIENT *Client = WcOpen();
        WC_OP *Ops[8];
        WC_THREAD Thread;

        for (int i = 0; i < 8; i++)
        {
            Ops[i] = WcKeptOp(Client, "WSK_TRANSPORT_LIST_CHANGE");
            Ops[i]->Returned = Client->Npi.Dispatch->WskControlClient(Client->Npi.Client, WSK_TRANSPORT_LIST_CHANGE, 0,
                                                                      NULL, 0, NULL, NULL, Ops[i]->Irp);
            CHECK_STATUS(Ops[i]->Returned, STATUS_PENDING);
        }
        WcRun(&Thread, CancelOps, Ops, "the cancelling thread");
        Spin(Round * 50);
        WcDeregister(Client);
        for (int i = 0; i < 8; i++)
        {
            CHECK_EQ(Ops[i]->Completions, 1); /* by now, not soon */
        }
        WcJoin(&Thread);
        for (int i = 0; i < 8; i++)
        {
            CHECK_STATUS(WcWait(Ops[i]), STATUS_CANCELLED);
        }
        WcClose(Client);
    }
}

/* ---- ends from both sides --------------------------------------------------------------- */

TEST_BOTH(CONN_65, disconnects_racing_with_the_peers_end)
{
    enum { Rounds = 120 };
    WC_CLIENT *Client = WcOpen();
    WC_BUF *Buffer = WcBuffer(Client, 1000);

    COVERS("CONN-57", "CONN-58", "CONN-66", "CONN-30");
    for (ULONG i = 0; i < Rounds; i++)
    {
        WC_SOCK *Socket;
        struct peer *Peer;
        WC_OP *Receive, *Send, *Disconnect;

        WcPeerPair(Client, Family, &Socket, &Peer);
        Receive = WcStartReceive(Socket, WcPart(Buffer, 0, 100), 0);
        Send = WcStartSend(Socket, WcPart(Buffer, 100, 900), 0);
        if (i % 3 == 0)
        {
            peer_shutdown(Peer);
        }
        else if (i % 3 == 1)
        {
            peer_reset(Peer);
            Peer = NULL;
        }
        else
        {
            peer_close(Peer); /* unread data: a reset after the end */
            Peer = NULL;
        }
        Spin(i % 31 * 20);
        Disconnect = WcStartDisconnect(Socket, NULL, i % 2 ? WSK_FLAG_ABORTIVE : 0);
        WcWait(Disconnect);
        WcWait(Send);
        if (i % 3 == 0 && i % 2 == 0)
        {
            CHECK_STATUS(Disconnect->Status, STATUS_SUCCESS);
            CHECK_STATUS(WcWait(Receive), STATUS_SUCCESS);
            CHECK_EQ(Receive->Information, 0);
        }
        else
        {
            WcWait(Receive);
        }
        WcCloseSocket(Socket);
        peer_close(Peer);
    }
    WcClose(Client);
}

/* ---- bytes held for later ------------------------------------------------------------------ */

/* What a cancelled WAITALL receive had taken: in the request (success), or kept
 * for the next receives in order, counted as waiting, whatever they are. */
TEST_BOTH(AMB_53, what_a_cancelled_waitall_had_comes_next)
{
    static const UCHAR Text[] = "0123456789ABCDEFGHIJ";
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Buffer = WcBuffer(Client, 100);
    UCHAR Got[20];
    ULONG Have = 0;
    SIZE_T Backlog = WC_POISON_SIZE;
    WC_OP *Op = WcKeptOp(Client, "WskReceive");

    COVERS("CONN-32", "CONN-39", "BASIC-39", "CONN-38", "CONN-33");
    WcPeerPair(Client, Family, &Socket, &Peer);
    for (int i = 0; i < 2; i++)
    {
        /* The second time with what was kept the first time, and more. */
        WcIssueReceive(Op, Socket, Buffer->Buf, WSK_FLAG_WAITALL);
        CHECK_EQ(peer_send_all(Peer, Text + i * 5, 5), 0);
        CHECK(WcStays(&Op->Done));
        WcCancel(Op);
        if (WcWait(Op) == STATUS_SUCCESS)
        {
            WcGet(Buffer, 0, Got + Have, Op->Information);
            Have += (ULONG)Op->Information;
        }
        WcReuse(Op);
    }
    CHECK_STATUS(WcWait(WcStartControl(Socket, WskIoctl, SIO_WSK_QUERY_RECEIVE_BACKLOG, 0, 0, NULL, sizeof(Backlog),
                                       &Backlog)),
                 STATUS_SUCCESS);
    CHECK_EQ(Backlog, 10 - Have);
    WcIssueReceive(Op, Socket, WcPart(Buffer, 0, 0), 0);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 0);
    if (Have < 10)
    {
        WcReceiveData(Socket, Got + Have, 1);
        Have++;
    }
    CHECK_EQ(peer_send_all(Peer, Text + 10, 10), 0);
    peer_shutdown(Peer);
    WcReuse(Op);
    WcIssueReceive(Op, Socket, Buffer->Buf, WSK_FLAG_WAITALL);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 20 - Have);
    WcGet(Buffer, 0, Got + Have, 20 - Have);
    CHECK_MEM(Got, Text, 20);
    WcExpectEnd(Socket);
    peer_close(Peer);
    WcClose(Client);
}

/* Kept bytes do not outlive the stream they belong to. */
TEST_BOTH(AMB_53, kept_bytes_and_the_end)
{
    WC_CLIENT *Client = WcOpen();
    WC_BUF *Buffer = WcBuffer(Client, 100);

    COVERS("CONN-34", "CONN-64", "BASIC-64");
    for (int How = 0; How < 4; How++)
    {
        WC_OP *Op = WcKeptOp(Client, "WskReceive"), *Drain;
        WC_SOCK *Socket;
        struct peer *Peer;

        WcPeerPair(Client, Family, &Socket, &Peer);
        WcIssueReceive(Op, Socket, Buffer->Buf, WSK_FLAG_WAITALL);
        CHECK_EQ(peer_send_all(Peer, "kept", 4), 0);
        CHECK(WcStays(&Op->Done));
        WcCancel(Op);
        WcWait(Op);
        switch (How)
        {
        case 0: /* drained */
            Drain = WcStartReceive(Socket, WcPart(Buffer, 0, 0), WSK_FLAG_DRAIN);
            peer_shutdown(Peer);
            CHECK_STATUS(WcWait(Drain), STATUS_SUCCESS);
            WcExpectEnd(Socket);
            break;
        case 1: /* aborted */
            CHECK_STATUS(WcDisconnect(Socket, NULL, WSK_FLAG_ABORTIVE), STATUS_SUCCESS);
            CHECK(!NT_SUCCESS(WcWait(WcStartReceive(Socket, Buffer->Buf, 0))));
            break;
        case 2: /* closed */
            WcCloseSocket(Socket);
            CHECK_EQ(peer_expect_reset(Peer), 0);
            break;
        default: /* ended in order: still there */
            peer_shutdown(Peer);
            if (!NT_SUCCESS(Op->Status))
            {
                UCHAR Text[4];

                WcReceiveData(Socket, Text, 4);
                CHECK_MEM(Text, "kept", 4);
            }
            WcExpectEnd(Socket);
            break;
        }
        peer_close(Peer);
    }
    WcClose(Client);
}
