// SPDX-License-Identifier: MIT
/*
 * WskReceiveFrom: one datagram for each request, in order, with what is told
 * about it.
 */
#include "support/wskdgram.h"

typedef struct _RIG
{
    WC_CLIENT *Client;
    WC_SOCK *Socket;
    struct udp *Peer;
    WC_ADDR From; /* the peer's address */
    USHORT Port;  /* the socket's */
} RIG;

static void SetUp(RIG *Rig, ADDRESS_FAMILY Family)
{
    unsigned short Port;

    Rig->Client = WcOpen();
    Rig->Socket = DgSocket(Rig->Client, Family, NULL, NULL);
    Rig->Peer = udp_open(WC_PEER_FAMILY(Family), &Port);
    CHECK(Rig->Peer != NULL);
    Rig->From = WcLoopback(Family, Port);
    Rig->Port = WcPort(Rig->Socket);
}

static void TearDown(RIG *Rig)
{
    udp_close(Rig->Peer);
    WcClose(Rig->Client);
}

static void PeerSends(RIG *Rig, const char *Text)
{
    CHECK_EQ(udp_send(Rig->Peer, Rig->Port, Text, strlen(Text)), 0);
}

TEST_BOTH(DGRAM_19, a_request_receives_one_datagram)
{
    DG_RECEIVE R;
    RIG Rig;

    COVERS("DGRAM-18", "DGRAM-20", "DGRAM-21", "DGRAM-22", "AMB-09");
    SetUp(&Rig, Family);
    PeerSends(&Rig, "one");
    PeerSends(&Rig, "and two");
    DgStartReceive(&R, Rig.Socket, 64);
    DgCheck(&R, "one", 3);
    CHECK(WcSameAddress(&R.From, &Rig.From));
    CHECK_EQ(R.ControlLength, 0);
    CHECK_EQ(R.Flags, 0);
    /* Not a byte more than the family's address was written. */
    CHECK(WcIsPoison(R.From.Raw + (Family == AF_INET6 ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN)), 16));
    DgStartReceive(&R, Rig.Socket, 64);
    DgCheck(&R, "and two", 7);
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_20, a_request_waits_for_its_datagram)
{
    DG_RECEIVE R;
    RIG Rig;

    COVERS("DGRAM-29", "AMB-09");
    SetUp(&Rig, Family);
    DgStartReceive(&R, Rig.Socket, 64);
    CHECK_STATUS(R.Op->Returned, STATUS_PENDING);
    CHECK(WcStays(&R.Op->Done));
    CHECK(WcIsPoison(&R.From, sizeof(R.From)));
    PeerSends(&Rig, "late");
    DgCheck(&R, "late", 4);
    CHECK(WcSameAddress(&R.From, &Rig.From));
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_31, queued_requests_are_served_in_order)
{
    enum { Count = 40 };
    DG_RECEIVE R[Count];
    RIG Rig;

    SetUp(&Rig, Family);
    for (int i = 0; i < Count; i++)
    {
        DgStartReceive(&R[i], Rig.Socket, 4);
    }
    for (UCHAR i = 0; i < Count; i++)
    {
        CHECK_EQ(udp_send(Rig.Peer, Rig.Port, &i, 1), 0);
    }
    for (UCHAR i = 0; i < Count; i++)
    {
        DgCheck(&R[i], &i, 1);
        CHECK(i == 0 || R[i].Op->Order > R[i - 1].Op->Order);
    }
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_21, every_output_is_optional)
{
    WC_BUF *Buffer;
    WC_OP *Op;
    RIG Rig;

    COVERS("DGRAM-23", "DGRAM-25");
    SetUp(&Rig, Family);
    Buffer = WcBuffer(Rig.Client, 8);
    PeerSends(&Rig, "longer than eight");
    Op = WcOp(Rig.Client, "WskReceiveFrom");
    Op->Returned = WcDgramTable(Rig.Socket)
                       ->WskReceiveFrom(Rig.Socket->Wsk, &Buffer->Buf, 0, NULL, NULL, NULL, NULL, Op->Irp);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 8);
    CHECK_MEM(Buffer->Memory + (Buffer->MemorySize - 8) / 2, "longer t", 8);
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_01, receive_arguments_are_checked)
{
    WSK_BUF Beyond;
    WC_BUF *Buffer;
    WC_OP *Ops[3];
    RIG Rig;

    COVERS("DGRAM-18", "DGRAM-20");
    SetUp(&Rig, Family);
    Buffer = WcBuffer(Rig.Client, 8);
    Beyond = Buffer->Buf;
    Beyond.Length = 9;
    const WSK_PROVIDER_DATAGRAM_DISPATCH *Table = WcDgramTable(Rig.Socket);
    for (int i = 0; i < 3; i++)
    {
        Ops[i] = WcOp(Rig.Client, "WskReceiveFrom with a bad argument");
    }
    Ops[0]->Returned = Table->WskReceiveFrom(Rig.Socket->Wsk, NULL, 0, NULL, NULL, NULL, NULL, Ops[0]->Irp);
    Ops[1]->Returned = Table->WskReceiveFrom(Rig.Socket->Wsk, &Buffer->Buf, 2, NULL, NULL, NULL, NULL, Ops[1]->Irp);
    Ops[2]->Returned = Table->WskReceiveFrom(Rig.Socket->Wsk, &Beyond, 0, NULL, NULL, NULL, NULL, Ops[2]->Irp);
    for (int i = 0; i < 3; i++)
    {
        CHECK_STATUS(WcWait(Ops[i]), STATUS_INVALID_PARAMETER);
    }
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_30, receiving_before_bind_is_refused)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Unbound = WcSocket(Client, Family, WSK_FLAG_DATAGRAM_SOCKET, NULL, NULL);
    DG_RECEIVE R;

    COVERS("LISTEN-08", "AMB-18");
    DgStartReceive(&R, Unbound, 8);
    CHECK_STATUS(WcWait(R.Op), STATUS_INVALID_DEVICE_STATE);
    WcClose(Client);
}

TEST_BOTH(DGRAM_27, what_does_not_fit_is_lost)
{
    DG_RECEIVE R;
    RIG Rig;

    COVERS("AMB-31", "DGRAM-19");
    SetUp(&Rig, Family);
    for (ULONG Size = 0; Size < 6; Size++)
    {
        PeerSends(&Rig, "12345");
        DgStartReceive(&R, Rig.Socket, Size);
        DgCheck(&R, "12345", Size);
        CHECK_EQ(R.Flags, Size < 5 ? MSG_TRUNC : 0);
    }
    PeerSends(&Rig, "next"); /* whole, and not the rest of the one before */
    DgStartReceive(&R, Rig.Socket, 64);
    DgCheck(&R, "next", 4);
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_19, empty_datagrams_are_datagrams)
{
    DG_RECEIVE R;
    RIG Rig;

    SetUp(&Rig, Family);
    DgStartReceive(&R, Rig.Socket, 8);
    PeerSends(&Rig, "");
    DgCheck(&R, "", 0);
    CHECK_EQ(R.Flags, 0);
    CHECK(WcSameAddress(&R.From, &Rig.From));
    PeerSends(&Rig, "");
    PeerSends(&Rig, "x");
    DgExpect(Rig.Socket, "", 0);
    DgExpect(Rig.Socket, "x", 1);
    TearDown(&Rig);
}

/* 3 pieces, and more than one system call takes. */
TEST_BOTH(DGRAM_19, a_chain_is_filled_in_order)
{
    static const ULONG Counts[] = {3, 100};
    SIZE_T Lengths[100];
    UCHAR Data[700], Got[700];
    RIG Rig;

    SetUp(&Rig, Family);
    WcFill(Data, sizeof(Data), 0);
    for (ULONG i = 0; i < 100; i++)
    {
        Lengths[i] = 7;
    }
    for (ULONG i = 0; i < RTL_NUMBER_OF(Counts); i++)
    {
        WC_BUF *Chain = WcChain(Rig.Client, Lengths, Counts[i]);
        WSK_BUF Buffer = WcPart(Chain, 2, Counts[i] * 7 - 4);
        WC_OP *Op = WcOp(Rig.Client, "WskReceiveFrom");

        CHECK_EQ(udp_send(Rig.Peer, Rig.Port, Data, Counts[i] * 7 - 5), 0);
        Op->Returned = WcDgramTable(Rig.Socket)
                           ->WskReceiveFrom(Rig.Socket->Wsk, &Buffer, 0, NULL, NULL, NULL, NULL, Op->Irp);
        CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
        CHECK_EQ(Op->Information, Counts[i] * 7 - 5);
        WcGet(Chain, 2, Got, Counts[i] * 7 - 4);
        CHECK_MEM(Got, Data, Counts[i] * 7 - 5);
        CHECK(WcIsPoison(Got + Counts[i] * 7 - 5, 1));
        CHECK(WcGuardsIntact(Chain));
    }
    TearDown(&Rig);
}

/* ---- what kind of datagram ------------------------------------------------------------ */

static WC_SOCK *BoundToAny(RIG *Rig, ADDRESS_FAMILY Family)
{
    WC_SOCK *Socket = WcSocket(Rig->Client, Family, WSK_FLAG_DATAGRAM_SOCKET, NULL, NULL);
    WC_ADDR Any = WcAny(Family, 0);

    CHECK_STATUS(WcBind(Socket, &Any), STATUS_SUCCESS);
    return Socket;
}

TEST(DGRAM_26, broadcasts_are_told)
{
    DG_RECEIVE R;
    WC_SOCK *Socket;
    RIG Rig;

    COVERS("DGRAM-25");
    SetUp(&Rig, AF_INET);
    Socket = BoundToAny(&Rig, AF_INET);
    CHECK_EQ(udp_broadcast(Rig.Peer, WcPort(Socket), "all of you", 10), 0);
    DgStartReceive(&R, Socket, 3);
    DgCheck(&R, "all", 3);
    CHECK_EQ(R.Flags, MSG_BCAST | MSG_TRUNC);
    CHECK_EQ(udp_send(Rig.Peer, WcPort(Socket), "you", 3), 0);
    DgStartReceive(&R, Socket, 3);
    DgCheck(&R, "you", 3);
    CHECK_EQ(R.Flags, 0);
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_26, multicasts_are_told)
{
    DG_RECEIVE R;
    WC_SOCK *Socket;
    RIG Rig;

    COVERS("DGRAM-25");
    SetUp(&Rig, Family);
    Socket = BoundToAny(&Rig, Family);
    if (udp_multicast(Rig.Peer, WcPort(Socket), "group", 5) != 0)
    {
        TearDown(&Rig);
        SKIP("this machine has no multicast on its loopback interface");
    }
    DgStartReceive(&R, Socket, 16);
    DgCheck(&R, "group", 5);
    CHECK_EQ(R.Flags, MSG_MCAST);
    TearDown(&Rig);
}

TEST_BOTH(LISTEN_07, the_wildcard_hears_all_addresses)
{
    WC_SOCK *Socket;
    unsigned short Port = 0;
    struct udp *Other = NULL;
    WC_ADDR Self, Loopback;
    RIG Rig;

    SetUp(&Rig, Family);
    Socket = BoundToAny(&Rig, Family);
    CHECK_EQ(udp_send(Rig.Peer, WcPort(Socket), "one", 3), 0);
    DgExpect(Socket, "one", 3);
    if (Family == AF_INET)
    {
        /* Sent from 127.0.0.2 to 127.0.0.1; the reply comes from where routing says. */
        Other = udp_open_at(2, &Port);
        CHECK(Other != NULL);
        CHECK_EQ(udp_send(Other, WcPort(Socket), "two", 3), 0);
        DgExpect(Socket, "two", 3);
        udp_close(Other);
    }
    Loopback = WcLoopback(Family, WcPortOf(&Rig.From));
    DgSend(Socket, "back", 4, &Loopback);
    CHECK_EQ(udp_receive(Rig.Peer, &Self, sizeof(Self), &Port, NULL, NULL), 4);
    CHECK_EQ(Port, WcPort(Socket));
    TearDown(&Rig);
}

/* ---- ends ----------------------------------------------------------------------------------- */

TEST_BOTH(IRP_26, waiting_receives_are_cancelled)
{
    enum { Count = 4 };
    DG_RECEIVE R[Count];
    RIG Rig;

    COVERS("IRP-29");
    SetUp(&Rig, Family);
    for (int i = 0; i < Count; i++)
    {
        DgStartReceive(&R[i], Rig.Socket, 8);
    }
    for (int i = 2; i >= 0; i--) /* the first one is at the engine */
    {
        WcCancel(R[i].Op);
        CHECK_STATUS(WcWait(R[i].Op), STATUS_CANCELLED);
        CHECK(WcIsPoison(&R[i].From, sizeof(R[i].From)));
    }
    CHECK(!WcIsDone(R[3].Op));
    PeerSends(&Rig, "stays");
    DgCheck(&R[3], "stays", 5);
    TearDown(&Rig);
}

TEST_BOTH(BASIC_64, close_cancels_waiting_receives)
{
    enum { Count = 3 };
    DG_RECEIVE R[Count];
    WC_OP *Close;
    RIG Rig;

    COVERS("IRP-30");
    SetUp(&Rig, Family);
    for (int i = 0; i < Count; i++)
    {
        DgStartReceive(&R[i], Rig.Socket, 8);
    }
    Close = WcStartClose(Rig.Socket);
    for (int i = 0; i < Count; i++)
    {
        CHECK_STATUS(WcWait(R[i].Op), STATUS_CANCELLED);
    }
    CHECK_STATUS(WcWait(Close), STATUS_SUCCESS);
    for (int i = 0; i < Count; i++)
    {
        CHECK(Close->Order > R[i].Op->Order);
    }
    TearDown(&Rig);
}

/* Datagrams that nobody hears come back as ICMP errors: no receive's business. */
TEST_BOTH(AMB_60, icmp_errors_end_no_receive)
{
    unsigned short Port;
    struct udp *Gone = udp_open(WC_PEER_FAMILY(Family), &Port);
    DG_RECEIVE R;
    WC_ADDR Nobody;
    RIG Rig;

    CHECK(Gone != NULL);
    Nobody = WcLoopback(Family, Port);
    udp_close(Gone);
    SetUp(&Rig, Family);
    CHECK_STATUS(DgFix(Rig.Socket, SIO_WSK_SET_SENDTO_ADDRESS, &Nobody), STATUS_SUCCESS);
    DgStartReceive(&R, Rig.Socket, 64);
    for (int i = 0; i < 3; i++)
    {
        DgSend(Rig.Socket, "anyone?", 7, NULL);
    }
    PeerSends(&Rig, "me");
    DgCheck(&R, "me", 2);
    CHECK(WcSameAddress(&R.From, &Rig.From));
    TearDown(&Rig);
}
