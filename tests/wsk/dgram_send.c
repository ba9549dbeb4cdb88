// SPDX-License-Identifier: MIT
/*
 * WskSendTo and WskSendMessages: what is sent, where to, in which order, and
 * what is refused.
 */
#include "support/wskdgram.h"

/* One sender and an ordinary program that receives. */
typedef struct _RIG
{
    WC_CLIENT *Client;
    WC_SOCK *Socket;
    struct udp *Peer;
    WC_ADDR To;
} RIG;

static void SetUp(RIG *Rig, ADDRESS_FAMILY Family)
{
    unsigned short Port;

    Rig->Client = WcOpen();
    Rig->Socket = DgSocket(Rig->Client, Family, NULL, NULL);
    Rig->Peer = udp_open(WC_PEER_FAMILY(Family), &Port);
    CHECK(Rig->Peer != NULL);
    Rig->To = WcLoopback(Family, Port);
}

static void TearDown(RIG *Rig)
{
    udp_close(Rig->Peer);
    WcClose(Rig->Client);
}

static void PeerExpects(RIG *Rig, const char *Text)
{
    char Got[256];
    unsigned short From = 0;
    long Length = udp_receive(Rig->Peer, Got, sizeof(Got), &From, NULL, NULL);

    CHECK_EQ(Length, strlen(Text));
    CHECK_MEM(Got, Text, (unsigned long)Length);
    CHECK_EQ(From, WcPort(Rig->Socket));
}

static WSK_BUF TextBuffer(RIG *Rig, const char *Text)
{
    WC_BUF *Buffer = WcBuffer(Rig->Client, strlen(Text));

    WcPut(Buffer, 0, Text, strlen(Text));
    return Buffer->Buf;
}

TEST_BOTH(DGRAM_03, a_datagram_is_sent_and_counted)
{
    RIG Rig;
    WC_OP *Op;

    COVERS("DGRAM-01", "DGRAM-08", "DGRAM-10", "LISTEN-08");
    SetUp(&Rig, Family);
    Op = DgStartSend(Rig.Socket, TextBuffer(&Rig, "one"), &Rig.To);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 3);
    PeerExpects(&Rig, "one");
    CHECK(udp_is_empty(Rig.Peer));
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_03, an_empty_datagram_is_sent)
{
    RIG Rig;

    SetUp(&Rig, Family);
    DgSend(Rig.Socket, "", 0, &Rig.To);
    PeerExpects(&Rig, "");
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_01, sending_at_dispatch_level)
{
    RIG Rig;
    WC_OP *Op;
    WSK_BUF Buffer;
    KIRQL OldIrql;

    SetUp(&Rig, Family);
    Op = WcOp(Rig.Client, "WskSendTo");
    Buffer = TextBuffer(&Rig, "high");
    KeRaiseIrql(DISPATCH_LEVEL, &OldIrql);
    Op->Returned = WcDgramTable(Rig.Socket)->WskSendTo(Rig.Socket->Wsk, &Buffer, 0, &Rig.To.Sa, 0, NULL, Op->Irp);
    CHECK(!WcIsDone(Op));
    KeLowerIrql(OldIrql);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    PeerExpects(&Rig, "high");
    TearDown(&Rig);
}

/* 3 pieces are segments of one call, 100 are more than a call takes. */
TEST_BOTH(DGRAM_02, a_chain_is_gathered_into_one_datagram)
{
    static const ULONG Counts[] = {3, 100};
    SIZE_T Lengths[100];
    UCHAR Data[100 * 7], Got[sizeof(Data)];
    RIG Rig;

    SetUp(&Rig, Family);
    for (ULONG i = 0; i < 100; i++)
    {
        Lengths[i] = 7;
    }
    WcFill(Data, sizeof(Data), 0);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Counts); i++)
    {
        WC_BUF *Chain = WcChain(Rig.Client, Lengths, Counts[i]);
        SIZE_T Length = Counts[i] * 7 - 5;
        WC_OP *Op;

        WcPut(Chain, 0, Data, Counts[i] * 7);
        Op = DgStartSend(Rig.Socket, WcPart(Chain, 3, Length), &Rig.To);
        CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
        CHECK_EQ(Op->Information, Length);
        CHECK_EQ(udp_receive(Rig.Peer, Got, sizeof(Got), NULL, NULL, NULL), Length);
        CHECK_MEM(Got, Data + 3, Length);
    }
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_02, the_longest_datagram_and_one_byte_more)
{
    SIZE_T Longest = Family == AF_INET ? 65507 : 65527;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *From = DgSocket(Client, Family, NULL, NULL), *To = DgSocket(Client, Family, NULL, NULL);
    WC_BUF *Buffer = WcBuffer(Client, Longest + 1), *Got = WcBuffer(Client, Longest + 1);
    WC_ADDR Address = DgAddress(To);
    WC_OP *Op, *Receive;

    COVERS("DGRAM-03");
    WcPut(Buffer, Longest - 1, "z", 1);
    Op = DgStartSend(From, WcPart(Buffer, 0, Longest), &Address);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    Receive = WcOp(Client, "WskReceiveFrom");
    Receive->Returned =
        WcDgramTable(To)->WskReceiveFrom(To->Wsk, &Got->Buf, 0, NULL, NULL, NULL, NULL, Receive->Irp);
    CHECK_STATUS(WcWait(Receive), STATUS_SUCCESS);
    CHECK_EQ(Receive->Information, Longest);
    CHECK_MEM(Got->Memory, Buffer->Memory, Longest);

    Op = DgStartSend(From, WcPart(Buffer, 0, Longest + 1), &Address);
    CHECK_STATUS(WcWait(Op), STATUS_INVALID_BUFFER_SIZE);
    WcClose(Client);
}

TEST_BOTH(DGRAM_04, addresses_of_the_other_family_are_refused)
{
    ADDRESS_FAMILY Other = Family == AF_INET ? AF_INET6 : AF_INET;
    WC_ADDR Wrong = WcLoopback(Other, 9);
    RIG Rig;

    COVERS("DGRAM-15");
    SetUp(&Rig, Family);
    CHECK_STATUS(WcWait(DgStartSend(Rig.Socket, TextBuffer(&Rig, "x"), &Wrong)), STATUS_INVALID_PARAMETER);
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_05, no_address_and_none_fixed)
{
    RIG Rig;

    COVERS("AMB-34");
    SetUp(&Rig, Family);
    CHECK_STATUS(WcWait(DgStartSend(Rig.Socket, TextBuffer(&Rig, "x"), NULL)), STATUS_INVALID_PARAMETER);
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_07, sending_before_bind_is_refused)
{
    RIG Rig;
    WSK_BUF_LIST List = {NULL, {NULL, 0, 0}};
    WC_SOCK *Unbound;
    WC_OP *Op;

    COVERS("DGRAM-30", "LISTEN-08", "AMB-18");
    SetUp(&Rig, Family);
    Unbound = WcSocket(Rig.Client, Family, WSK_FLAG_DATAGRAM_SOCKET, NULL, NULL);
    CHECK_STATUS(WcWait(DgStartSend(Unbound, TextBuffer(&Rig, "x"), &Rig.To)), STATUS_INVALID_DEVICE_STATE);
    Op = WcOp(Rig.Client, "WskSendMessages");
    Op->Returned = WcDgramTable(Unbound)->WskSendMessages(Unbound->Wsk, &List, 0, &Rig.To.Sa, 0, NULL, Op->Irp);
    CHECK_STATUS(WcWait(Op), STATUS_INVALID_DEVICE_STATE);
    CHECK(udp_is_empty(Rig.Peer));
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_01, arguments_are_checked)
{
    RIG Rig;
    WSK_BUF Buffer, Beyond, NoMdl = {NULL, 0, 5};
    WC_OP *Ops[6];

    COVERS("DGRAM-08", "DGRAM-12", "AMB-30");
    SetUp(&Rig, Family);
    const WSK_PROVIDER_DATAGRAM_DISPATCH *Table = WcDgramTable(Rig.Socket);
    PWSK_SOCKET Wsk = Rig.Socket->Wsk;
    UCHAR Control[16] = {0};

    Beyond = Buffer = TextBuffer(&Rig, "x");
    Beyond.Length = 2;
    for (int i = 0; i < 6; i++)
    {
        Ops[i] = WcOp(Rig.Client, "a send with a bad argument");
    }
    Ops[0]->Returned = Table->WskSendTo(Wsk, &Buffer, 1, &Rig.To.Sa, 0, NULL, Ops[0]->Irp);
    Ops[1]->Returned = Table->WskSendTo(Wsk, NULL, 0, &Rig.To.Sa, 0, NULL, Ops[1]->Irp);
    Ops[2]->Returned = Table->WskSendTo(Wsk, &Beyond, 0, &Rig.To.Sa, 0, NULL, Ops[2]->Irp);
    Ops[3]->Returned = Table->WskSendTo(Wsk, &NoMdl, 0, &Rig.To.Sa, 0, NULL, Ops[3]->Irp);
    Ops[4]->Returned = Table->WskSendTo(Wsk, &Buffer, 0, &Rig.To.Sa, 16, NULL, Ops[4]->Irp);
    Ops[5]->Returned = Table->WskSendTo(Wsk, &Buffer, 0, &Rig.To.Sa, 0, (PCMSGHDR)(PVOID)Control, Ops[5]->Irp);
    for (int i = 0; i < 6; i++)
    {
        CHECK_STATUS(WcWait(Ops[i]), STATUS_INVALID_PARAMETER);
    }
    CHECK_STATUS(Table->WskSendTo(Wsk, &Buffer, 0, &Rig.To.Sa, 0, NULL, NULL), STATUS_INVALID_PARAMETER);
    CHECK(udp_is_empty(Rig.Peer));
    TearDown(&Rig);
}

TEST(DGRAM_11, broadcast_needs_its_option)
{
    RIG Rig;
    WC_ADDR Everyone;
    WC_SOCK *Hears;
    WC_ADDR Any = WcAny(AF_INET, 0);

    SetUp(&Rig, AF_INET);
    Hears = WcSocket(Rig.Client, AF_INET, WSK_FLAG_DATAGRAM_SOCKET, NULL, NULL);
    CHECK_STATUS(WcBind(Hears, &Any), STATUS_SUCCESS);
    Everyone = WcLoopback(AF_INET, WcPort(Hears));
    Everyone.V4.sin_addr.s_addr |= 0xffffff00u; /* 127.255.255.255 */
    CHECK_STATUS(WcWait(DgStartSend(Rig.Socket, TextBuffer(&Rig, "all"), &Everyone)), STATUS_ACCESS_DENIED);
    CHECK_STATUS(WcSetOption(Rig.Socket, SOL_SOCKET, SO_BROADCAST, 1), STATUS_SUCCESS);
    DgSend(Rig.Socket, "all", 3, &Everyone);
    DgExpect(Hears, "all", 3);
    TearDown(&Rig);
}

/* ---- WskSendMessages --------------------------------------------------------------- */

/* Count entries, each with a buffer of the text "m<index>". */
static void MakeList(RIG *Rig, PWSK_BUF_LIST List, char (*Texts)[8], ULONG Count)
{
    for (ULONG i = 0; i < Count; i++)
    {
        Texts[i][0] = 'm';
        Texts[i][1] = (char)('0' + i / 100);
        Texts[i][2] = (char)('0' + i / 10 % 10);
        Texts[i][3] = (char)('0' + i % 10);
        Texts[i][4] = 0;
        List[i].Buffer = TextBuffer(Rig, Texts[i]);
        List[i].Next = i + 1 < Count ? &List[i + 1] : NULL;
    }
}

static WC_OP *StartMessages(RIG *Rig, PWSK_BUF_LIST List, const WC_ADDR *To)
{
    WC_OP *Op = WcOp(Rig->Client, "WskSendMessages");

    Op->Returned = WcDgramTable(Rig->Socket)
                       ->WskSendMessages(Rig->Socket->Wsk, List, 0, To ? (PSOCKADDR)&To->Sa : NULL, 0, NULL, Op->Irp);
    return Op;
}

/* 1 call, several calls, and a list of one. */
TEST_BOTH(DGRAM_13, messages_go_out_in_list_order)
{
    enum { Most = 40 };
    static const ULONG Counts[] = {1, 2, 16, 17, Most};
    WSK_BUF_LIST List[Most];
    char Texts[Most][8];
    RIG Rig;

    COVERS("DGRAM-12", "DGRAM-14", "DGRAM-17", "AMB-59");
    SetUp(&Rig, Family);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Counts); i++)
    {
        WC_OP *Op;

        MakeList(&Rig, List, Texts, Counts[i]);
        Op = StartMessages(&Rig, List, &Rig.To);
        CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
        CHECK_EQ(Op->Information, 4 * Counts[i]);
        for (ULONG j = 0; j < Counts[i]; j++)
        {
            PeerExpects(&Rig, Texts[j]);
        }
        CHECK(udp_is_empty(Rig.Peer));
    }
    TearDown(&Rig);
}

TEST_BOTH(AMB_30, messages_stop_at_the_first_failure)
{
    enum { Count = 5 };
    WSK_BUF_LIST List[Count];
    char Texts[Count][8];
    RIG Rig;

    COVERS("DGRAM-17");
    SetUp(&Rig, Family);
    MakeList(&Rig, List, Texts, Count);
    List[2].Buffer = WcBuffer(Rig.Client, 66000)->Buf;
    CHECK_STATUS(WcWait(StartMessages(&Rig, List, &Rig.To)), STATUS_INVALID_BUFFER_SIZE);
    PeerExpects(&Rig, Texts[0]);
    PeerExpects(&Rig, Texts[1]);
    CHECK(udp_is_empty(Rig.Peer));
    TearDown(&Rig);
}

TEST_BOTH(AMB_30, bad_lists_send_nothing)
{
    WSK_BUF_LIST List[2];
    char Texts[2][8];
    WC_OP *Op;
    RIG Rig;

    COVERS("DGRAM-12", "DGRAM-15");
    SetUp(&Rig, Family);
    MakeList(&Rig, List, Texts, 2);
    CHECK_STATUS(WcWait(StartMessages(&Rig, NULL, &Rig.To)), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WcWait(StartMessages(&Rig, List, NULL)), STATUS_INVALID_PARAMETER);
    Op = WcOp(Rig.Client, "WskSendMessages");
    Op->Returned =
        WcDgramTable(Rig.Socket)->WskSendMessages(Rig.Socket->Wsk, List, 4, &Rig.To.Sa, 0, NULL, Op->Irp);
    CHECK_STATUS(WcWait(Op), STATUS_INVALID_PARAMETER);
    List[1].Buffer.Length = 5;
    CHECK_STATUS(WcWait(StartMessages(&Rig, List, &Rig.To)), STATUS_INVALID_PARAMETER);
    CHECK(udp_is_empty(Rig.Peer));
    TearDown(&Rig);
}

/* ---- sends that wait -------------------------------------------------------------------- */

/* An edge on the socket's descriptor, after which the engine tries again. */
static void Nudge(RIG *Rig)
{
    CHECK_EQ(udp_send(Rig->Peer, WcPort(Rig->Socket), "n", 1), 0);
}

/* What the client hands over may change when the call has returned. */
TEST_BOTH(AMB_08, waiting_sends_keep_what_they_were_given)
{
    enum { Count = 4 };
    static const char *const Texts[] = {"first", "second", "third", "fourth"};
    WSK_BUF_LIST List;
    WC_OP *Ops[Count];
    WC_ADDR To;
    RIG Rig;

    COVERS("DGRAM-09", "DGRAM-03", "DGRAM-10", "AMB-59");
    SetUp(&Rig, Family);
    udp_hold_sends(1);
    for (int i = 0; i < Count; i++)
    {
        WSK_BUF Buffer = TextBuffer(&Rig, Texts[i]);

        To = Rig.To;
        List.Next = NULL;
        List.Buffer = Buffer;
        Ops[i] = i < 3 ? DgStartSend(Rig.Socket, Buffer, &To) : StartMessages(&Rig, &List, &To);
        WcPoison(&To, sizeof(To));
        WcPoison(&List, sizeof(List));
    }
    for (int i = 0; i < Count; i++)
    {
        CHECK_STATUS(Ops[i]->Returned, STATUS_PENDING);
        CHECK(!WcIsDone(Ops[i]));
    }
    udp_hold_sends(0);
    Nudge(&Rig);
    for (int i = 0; i < Count; i++)
    {
        CHECK_STATUS(WcWait(Ops[i]), STATUS_SUCCESS);
        PeerExpects(&Rig, Texts[i]);
        CHECK(i == 0 || Ops[i]->Order > Ops[i - 1]->Order);
    }
    TearDown(&Rig);
}

TEST_BOTH(IRP_26, waiting_sends_are_cancelled)
{
    enum { Count = 4 };
    WC_OP *Ops[Count];
    RIG Rig;

    SetUp(&Rig, Family);
    udp_hold_sends(1);
    for (int i = 0; i < Count; i++)
    {
        WSK_BUF Buffer = TextBuffer(&Rig, "x");

        Ops[i] = WcKeptOp(Rig.Client, "WskSendTo");
        Ops[i]->Returned =
            WcDgramTable(Rig.Socket)->WskSendTo(Rig.Socket->Wsk, &Buffer, 0, &Rig.To.Sa, 0, NULL, Ops[i]->Irp);
    }
    for (int i = 2; i >= 0; i--) /* the first one is at the engine */
    {
        WcCancel(Ops[i]);
        CHECK_STATUS(WcWait(Ops[i]), STATUS_CANCELLED);
    }
    CHECK(!WcIsDone(Ops[3]));
    udp_hold_sends(0);
    Nudge(&Rig);
    CHECK_STATUS(WcWait(Ops[3]), STATUS_SUCCESS);
    PeerExpects(&Rig, "x");
    CHECK(udp_is_empty(Rig.Peer));
    TearDown(&Rig);
}

TEST_BOTH(BASIC_64, close_cancels_waiting_sends)
{
    enum { Count = 3 };
    WC_OP *Ops[Count], *Close;
    RIG Rig;

    SetUp(&Rig, Family);
    udp_hold_sends(1);
    for (int i = 0; i < Count; i++)
    {
        Ops[i] = DgStartSend(Rig.Socket, TextBuffer(&Rig, "x"), &Rig.To);
    }
    Close = WcStartClose(Rig.Socket);
    for (int i = 0; i < Count; i++)
    {
        CHECK_STATUS(WcWait(Ops[i]), STATUS_CANCELLED);
        CHECK(!WcIsDone(Close) || Close->Order > Ops[i]->Order);
    }
    CHECK_STATUS(WcWait(Close), STATUS_SUCCESS);
    udp_hold_sends(0);
    CHECK(udp_is_empty(Rig.Peer));
    TearDown(&Rig);
}
