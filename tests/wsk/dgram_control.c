// SPDX-License-Identifier: MIT
/*
 * Control data of datagrams, in Windows' layout: received as options ask for it,
 * sent, malformed, truncated.
 */
#include "support/wskdgram.h"

typedef struct _RIG
{
    WC_CLIENT *Client;
    WC_SOCK *Socket;
    struct udp *Peer;
    WC_ADDR At; /* the peer's */
    USHORT Port;
    ULONG Level;
    BOOLEAN Six;
} RIG;

static void SetUp(RIG *Rig, ADDRESS_FAMILY Family)
{
    unsigned short Port;

    Rig->Client = WcOpen();
    Rig->Socket = DgSocket(Rig->Client, Family, NULL, NULL);
    Rig->Port = WcPort(Rig->Socket);
    Rig->Peer = udp_open(WC_PEER_FAMILY(Family), &Port);
    CHECK(Rig->Peer != NULL);
    Rig->At = WcLoopback(Family, Port);
    Rig->Six = Family == AF_INET6;
    Rig->Level = Rig->Six ? IPPROTO_IPV6 : IPPROTO_IP;
}

static void TearDown(RIG *Rig)
{
    udp_close(Rig->Peer);
    WcClose(Rig->Client);
}

static void Turn(RIG *Rig, ULONG Option, ULONG Value)
{
    ULONG Read;

    CHECK_STATUS(WcSetOption(Rig->Socket, Rig->Level, Option, Value), STATUS_SUCCESS);
    CHECK_STATUS(WcGetOption(Rig->Socket, Rig->Level, Option, &Read), STATUS_SUCCESS);
    CHECK_EQ(Read, Value);
}

static void Receive(RIG *Rig, DG_RECEIVE *R)
{
    CHECK_EQ(udp_send(Rig->Peer, Rig->Port, "data", 4), 0);
    DgStartReceive(R, Rig->Socket, 16);
    DgCheck(R, "data", 4);
}

/* The object of that type among what came; its data's length is checked. */
static const UCHAR *Find(RIG *Rig, const UCHAR *Control, ULONG Length, INT Type, SIZE_T Size)
{
    ULONG At = 0;

    while (At + sizeof(CMSGHDR) <= Length)
    {
        const CMSGHDR *Header = (const CMSGHDR *)(const VOID *)(Control + At);

        CHECK(Header->cmsg_len >= WSA_CMSG_LEN(0) && Header->cmsg_len <= Length - At);
        CHECK_EQ(Header->cmsg_level, Rig->Level);
        if (Header->cmsg_type == Type)
        {
            CHECK_EQ(Header->cmsg_len, WSA_CMSG_LEN(Size));
            return Control + At + WSA_CMSG_LEN(0);
        }
        At += (ULONG)WSA_CMSGHDR_ALIGN(Header->cmsg_len);
    }
    return NULL;
}

static INT NumberOf(RIG *Rig, DG_RECEIVE *R, INT Type)
{
    const UCHAR *Data = Find(Rig, R->Control, R->ControlLength, Type, sizeof(INT));
    INT Number;

    CHECK(Data != NULL);
    RtlCopyMemory(&Number, Data, sizeof(Number));
    return Number;
}

static void CheckPacketInfo(RIG *Rig, const UCHAR *Control, ULONG Length)
{
    WC_ADDR Own = WcLoopback(Rig->Socket->Family, 0);
    const UCHAR *Data = Find(Rig, Control, Length, IP_PKTINFO, Rig->Six ? sizeof(IN6_PKTINFO) : sizeof(IN_PKTINFO));
    SIZE_T Size = Rig->Six ? sizeof(IN6_ADDR) : sizeof(IN_ADDR);
    ULONG Interface;

    CHECK(Data != NULL);
    CHECK_MEM(Data, Rig->Six ? (PVOID)&Own.V6.sin6_addr : (PVOID)&Own.V4.sin_addr, Size);
    RtlCopyMemory(&Interface, Data + Size, sizeof(Interface));
    CHECK(Interface != 0);
}

TEST_BOTH(STRUCT_33, packet_information_is_received)
{
    ULONG Space = Family == AF_INET6 ? WSA_CMSG_SPACE(sizeof(IN6_PKTINFO)) : WSA_CMSG_SPACE(sizeof(IN_PKTINFO));
    DG_RECEIVE R;
    RIG Rig;

    COVERS("DGRAM-22");
    SetUp(&Rig, Family);
    Turn(&Rig, IP_PKTINFO, 1);
    Receive(&Rig, &R);
    CHECK_EQ(R.ControlLength, Space);
    CHECK_EQ(R.Flags, 0);
    CheckPacketInfo(&Rig, R.Control, R.ControlLength);
    CHECK(WcIsPoison(R.Control + R.ControlLength, sizeof(R.Control) - R.ControlLength));
    Turn(&Rig, IP_PKTINFO, 0);
    Receive(&Rig, &R);
    CHECK_EQ(R.ControlLength, 0);
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_22, service_ecn_and_hops_are_received)
{
    INT Service = Family == AF_INET6 ? IPV6_TCLASS : IP_TOS;
    DG_RECEIVE R;
    RIG Rig;

    COVERS("STRUCT-33");
    SetUp(&Rig, Family);
    udp_mark(Rig.Peer, 0x2a, 77);
    Turn(&Rig, IP_RECVTOS, 1);
    Receive(&Rig, &R);
    CHECK_EQ(R.ControlLength, WSA_CMSG_SPACE(sizeof(INT)));
    CHECK_EQ(NumberOf(&Rig, &R, Service), 0x2a);
    Turn(&Rig, IP_RECVECN, 1);
    Turn(&Rig, IP_HOPLIMIT, 1);
    Turn(&Rig, IP_PKTINFO, 1);
    Receive(&Rig, &R);
    CHECK_EQ(NumberOf(&Rig, &R, Service), 0x2a);
    CHECK_EQ(NumberOf(&Rig, &R, IP_ECN), 2);
    CHECK_EQ(NumberOf(&Rig, &R, IP_HOPLIMIT), 77);
    CheckPacketInfo(&Rig, R.Control, R.ControlLength);
    Turn(&Rig, IP_RECVTOS, 0);
    Receive(&Rig, &R);
    CHECK(Find(&Rig, R.Control, R.ControlLength, Service, sizeof(INT)) == NULL);
    CHECK_EQ(NumberOf(&Rig, &R, IP_ECN), 2);
    TearDown(&Rig);
}

static void ReceiveInto(RIG *Rig, DG_RECEIVE *R, ULONG Room, PVOID Control)
{
    WSK_BUF Buffer;

    CHECK_EQ(udp_send(Rig->Peer, Rig->Port, "data", 4), 0);
    WcPoison(R, sizeof(*R));
    R->Buffer = WcBuffer(Rig->Client, 16);
    Buffer = R->Buffer->Buf;
    R->ControlLength = Room;
    R->Op = WcOp(Rig->Client, "WskReceiveFrom");
    R->Op->Returned = WcDgramTable(Rig->Socket)
                          ->WskReceiveFrom(Rig->Socket->Wsk, &Buffer, 0, NULL, &R->ControlLength, Control, &R->Flags,
                                           R->Op->Irp);
    DgCheck(R, "data", 4);
}

TEST_BOTH(AMB_32, control_data_that_does_not_fit)
{
    ULONG Packet = Family == AF_INET6 ? WSA_CMSG_SPACE(sizeof(IN6_PKTINFO)) : WSA_CMSG_SPACE(sizeof(IN_PKTINFO));
    ULONG All = Packet + WSA_CMSG_SPACE(sizeof(INT));
    DG_RECEIVE R;
    RIG Rig;

    COVERS("DGRAM-28", "DGRAM-25", "DGRAM-23", "DGRAM-24");
    SetUp(&Rig, Family);
    Turn(&Rig, IP_PKTINFO, 1);
    Turn(&Rig, IP_RECVTOS, 1);
    for (ULONG Room = 0; Room <= All; Room++)
    {
        ULONG Fits = Room < Packet ? 0 : Room < All ? Packet : All;

        ReceiveInto(&Rig, &R, Room, R.Control);
        CHECK_EQ(R.ControlLength, Fits);
        CHECK_EQ(R.Flags, Room < All ? MSG_CTRUNC : 0);
        CHECK(WcIsPoison(R.Control + Fits, sizeof(R.Control) - Fits));
    }
    ReceiveInto(&Rig, &R, 100, NULL);
    CHECK_EQ(R.ControlLength, 0);
    CHECK_EQ(R.Flags, MSG_CTRUNC);
    TearDown(&Rig);
}

/* ---- sending ---------------------------------------------------------------------- */

/* One object appended; returns the new length. */
static ULONG Append(RIG *Rig, PUCHAR Control, ULONG At, INT Type, const VOID *Data, SIZE_T Length)
{
    PCMSGHDR Header = (PCMSGHDR)(PVOID)(Control + At);

    RtlZeroMemory(Header, WSA_CMSG_SPACE(Length));
    Header->cmsg_len = WSA_CMSG_LEN(Length);
    Header->cmsg_level = (INT)Rig->Level;
    Header->cmsg_type = Type;
    RtlCopyMemory(WSA_CMSG_DATA(Header), Data, Length);
    return At + (ULONG)WSA_CMSG_SPACE(Length);
}

static NTSTATUS SendWith(RIG *Rig, PVOID Control, ULONG Length)
{
    WC_BUF *Buffer = WcBuffer(Rig->Client, 1);
    WC_OP *Op = WcOp(Rig->Client, "WskSendTo with control data");

    WcPut(Buffer, 0, "c", 1);
    Op->Returned = WcDgramTable(Rig->Socket)
                       ->WskSendTo(Rig->Socket->Wsk, &Buffer->Buf, 0, &Rig->At.Sa, Length, Control, Op->Irp);
    return WcWait(Op);
}

TEST_BOTH(DGRAM_08, service_and_hops_are_sent)
{
    DECLSPEC_ALIGN(16) UCHAR Control[128];
    INT Service = 0x28, Hops = 33, Ecn = 1, Tos = -1, Ttl = -1;
    char Byte;
    ULONG Length;
    RIG Rig;

    SetUp(&Rig, Family);
    Length = Append(&Rig, Control, 0, Rig.Six ? IPV6_TCLASS : IP_TOS, &Service, sizeof(Service));
    Length = Append(&Rig, Control, Length, IP_HOPLIMIT, &Hops, sizeof(Hops));
    Length = Append(&Rig, Control, Length, IP_ECN, &Ecn, sizeof(Ecn));
    CHECK_STATUS(SendWith(&Rig, Control, Length), STATUS_SUCCESS);
    CHECK_EQ(udp_receive(Rig.Peer, &Byte, 1, NULL, &Tos, &Ttl), 1);
    CHECK_EQ(Tos, 0x29);
    CHECK_EQ(Ttl, 33);
    /* For that datagram only. */
    DgSend(Rig.Socket, "p", 1, &Rig.At);
    CHECK_EQ(udp_receive(Rig.Peer, &Byte, 1, NULL, &Tos, &Ttl), 1);
    CHECK_EQ(Tos, 0);
    CHECK(Ttl != 33);
    TearDown(&Rig);
}

TEST(DGRAM_08, the_source_address_is_chosen)
{
    static const UCHAR Source[4] = {127, 0, 0, 9};
    DECLSPEC_ALIGN(16) UCHAR Control[64];
    WC_ADDR Any = WcAny(AF_INET, 0);
    WC_SOCK *To;
    IN_PKTINFO Info;
    DG_RECEIVE R;
    ULONG Length;
    RIG Rig;

    SetUp(&Rig, AF_INET);
    To = DgSocket(Rig.Client, AF_INET, NULL, NULL);
    Rig.At = DgAddress(To);
    Rig.Socket = WcSocket(Rig.Client, AF_INET, WSK_FLAG_DATAGRAM_SOCKET, NULL, NULL);
    CHECK_STATUS(WcBind(Rig.Socket, &Any), STATUS_SUCCESS);
    RtlCopyMemory(&Info.ipi_addr, Source, sizeof(Source));
    Info.ipi_ifindex = 0;
    Length = Append(&Rig, Control, 0, IP_PKTINFO, &Info, sizeof(Info));
    CHECK_STATUS(SendWith(&Rig, Control, Length), STATUS_SUCCESS);
    DgStartReceive(&R, To, 8);
    DgCheck(&R, "c", 1);
    CHECK_MEM(&R.From.V4.sin_addr, Source, sizeof(Source));
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_08, packet_information_is_sent)
{
    DECLSPEC_ALIGN(16) UCHAR Control[64];
    WC_ADDR Own = WcLoopback(Family, 0);
    IN_PKTINFO Four = {Own.V4.sin_addr, 0};
    IN6_PKTINFO Six = {Own.V6.sin6_addr, 0};
    char Byte;
    ULONG Length;
    RIG Rig;

    SetUp(&Rig, Family);
    Length = Append(&Rig, Control, 0, IP_PKTINFO, Rig.Six ? (PVOID)&Six : (PVOID)&Four,
                    Rig.Six ? sizeof(Six) : sizeof(Four));
    CHECK_STATUS(SendWith(&Rig, Control, Length), STATUS_SUCCESS);
    CHECK_EQ(udp_receive(Rig.Peer, &Byte, 1, NULL, NULL, NULL), 1);
    Four.ipi_ifindex = Six.ipi6_ifindex = 0x7ffffff0; /* no such interface */
    Length = Append(&Rig, Control, 0, IP_PKTINFO, Rig.Six ? (PVOID)&Six : (PVOID)&Four,
                    Rig.Six ? sizeof(Six) : sizeof(Four));
    CHECK(!NT_SUCCESS(SendWith(&Rig, Control, Length)));
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_16, control_data_goes_with_each_message)
{
    DECLSPEC_ALIGN(16) UCHAR Control[64];
    WSK_BUF_LIST List[3];
    INT Hops = 21;
    ULONG Length;
    WC_BUF *Buffer;
    WC_OP *Op;
    RIG Rig;

    SetUp(&Rig, Family);
    Length = Append(&Rig, Control, 0, IP_HOPLIMIT, &Hops, sizeof(Hops));
    Buffer = WcBuffer(Rig.Client, 3);
    for (ULONG i = 0; i < 3; i++)
    {
        List[i].Next = i < 2 ? &List[i + 1] : NULL;
        List[i].Buffer = WcPart(Buffer, i, 1);
    }
    Op = WcOp(Rig.Client, "WskSendMessages");
    Op->Returned = WcDgramTable(Rig.Socket)
                       ->WskSendMessages(Rig.Socket->Wsk, List, 0, &Rig.At.Sa, Length, (PCMSGHDR)(PVOID)Control,
                                         Op->Irp);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    for (int i = 0; i < 3; i++)
    {
        int Ttl = -1;
        char Byte;

        CHECK_EQ(udp_receive(Rig.Peer, &Byte, 1, NULL, NULL, &Ttl), 1);
        CHECK_EQ(Ttl, 21);
    }
    TearDown(&Rig);
}

/* The control data may change when the call has returned. */
TEST_BOTH(AMB_08, control_data_is_copied)
{
    DECLSPEC_ALIGN(16) UCHAR Control[64];
    INT Hops;
    WC_OP *Ops[2];
    RIG Rig;

    COVERS("DGRAM-09");
    SetUp(&Rig, Family);
    udp_hold_sends(1);
    for (int i = 0; i < 2; i++)
    {
        WC_BUF *Buffer = WcBuffer(Rig.Client, 1);
        ULONG Length;

        Hops = 41 + i;
        Length = Append(&Rig, Control, 0, IP_HOPLIMIT, &Hops, sizeof(Hops));
        Ops[i] = WcOp(Rig.Client, "WskSendTo");
        Ops[i]->Returned = WcDgramTable(Rig.Socket)
                               ->WskSendTo(Rig.Socket->Wsk, &Buffer->Buf, 0, &Rig.At.Sa, Length,
                                           (PCMSGHDR)(PVOID)Control, Ops[i]->Irp);
        WcPoison(Control, sizeof(Control));
    }
    udp_hold_sends(0);
    CHECK_EQ(udp_send(Rig.Peer, Rig.Port, "n", 1), 0); /* an event, after which the engine tries again */
    for (int i = 0; i < 2; i++)
    {
        int Ttl = -1;
        char Byte;

        CHECK_STATUS(WcWait(Ops[i]), STATUS_SUCCESS);
        CHECK_EQ(udp_receive(Rig.Peer, &Byte, 1, NULL, NULL, &Ttl), 1);
        CHECK_EQ(Ttl, 41 + i);
    }
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_16, bad_control_data_is_refused)
{
    DECLSPEC_ALIGN(16) UCHAR Control[128];
    PCMSGHDR Header = (PCMSGHDR)(PVOID)Control;
    INT Number = 5;
    ULONG Length;
    RIG Rig;

    COVERS("DGRAM-08", "STRUCT-33");
    SetUp(&Rig, Family);
    Length = Append(&Rig, Control, 0, IP_HOPLIMIT, &Number, sizeof(Number));
    /* Cut anywhere. */
    for (ULONG Cut = 1; Cut < WSA_CMSG_LEN(sizeof(INT)); Cut++)
    {
        CHECK_STATUS(SendWith(&Rig, Control, Cut), STATUS_INVALID_PARAMETER);
    }
    Header->cmsg_len = WSA_CMSG_LEN(0) - 1;
    CHECK_STATUS(SendWith(&Rig, Control, Length), STATUS_INVALID_PARAMETER);
    Header->cmsg_len = ~(SIZE_T)0;
    CHECK_STATUS(SendWith(&Rig, Control, Length), STATUS_INVALID_PARAMETER);
    Header->cmsg_len = WSA_CMSG_LEN(2);
    CHECK_STATUS(SendWith(&Rig, Control, Length), STATUS_INVALID_PARAMETER);
    Header->cmsg_len = WSA_CMSG_LEN(sizeof(INT));
    Header->cmsg_type = IP_PKTINFO;
    CHECK_STATUS(SendWith(&Rig, Control, Length), STATUS_INVALID_PARAMETER);
    Header->cmsg_type = 12345;
    CHECK_STATUS(SendWith(&Rig, Control, Length), STATUS_NOT_SUPPORTED);
    Header->cmsg_type = IP_HOPLIMIT;
    Header->cmsg_level = SOL_SOCKET;
    CHECK_STATUS(SendWith(&Rig, Control, Length), STATUS_NOT_SUPPORTED);
    Number = 256;
    Length = Append(&Rig, Control, 0, IP_HOPLIMIT, &Number, sizeof(Number));
    CHECK_STATUS(SendWith(&Rig, Control, Length), STATUS_INVALID_PARAMETER);
    Number = 4;
    Length = Append(&Rig, Control, 0, IP_ECN, &Number, sizeof(Number));
    CHECK_STATUS(SendWith(&Rig, Control, Length), STATUS_INVALID_PARAMETER);
    CHECK(udp_is_empty(Rig.Peer));
    TearDown(&Rig);
}

/* ---- the options and the event ------------------------------------------------------- */

TEST_BOTH(AMB_19, the_options_belong_to_datagram_sockets_of_their_family)
{
    ULONG Options[] = {IP_PKTINFO, IP_HOPLIMIT, IP_RECVTOS, IP_RECVECN};
    WC_SOCK *Listener;
    RIG Rig;

    SetUp(&Rig, Family);
    Listener = WcListener(Rig.Client, Family, NULL, NULL);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Options); i++)
    {
        ULONG Other = Rig.Six ? IPPROTO_IP : IPPROTO_IPV6;

        CHECK_STATUS(WcSetOption(Listener, Rig.Level, Options[i], 1), STATUS_INVALID_DEVICE_REQUEST);
        CHECK_STATUS(WcSetOption(Rig.Socket, Other, Options[i], 1), STATUS_INVALID_DEVICE_REQUEST);
    }
    TearDown(&Rig);
}

typedef struct _INDICATED
{
    UCHAR Control[128];
    ULONG ControlLength;
    KEVENT Came;
} INDICATED;

static NTSTATUS WSKAPI Note(PVOID SocketContext, ULONG Flags, PWSK_DATAGRAM_INDICATION DataIndication)
{
    INDICATED *Indicated = SocketContext;

    UNREFERENCED_PARAMETER(Flags);
    Indicated->ControlLength = DataIndication->ControlInfoLength;
    RtlCopyMemory(Indicated->Control, DataIndication->ControlInfo, DataIndication->ControlInfoLength);
    KeSetEvent(&Indicated->Came, IO_NO_INCREMENT, FALSE);
    return STATUS_SUCCESS;
}

TEST_BOTH(DGRAM_37, indications_carry_control_data)
{
    static const WSK_CLIENT_DATAGRAM_DISPATCH Table = {Note};
    static INDICATED Indicated;
    RIG Rig;

    COVERS("STRUCT-33");
    RtlZeroMemory(&Indicated, sizeof(Indicated));
    KeInitializeEvent(&Indicated.Came, NotificationEvent, FALSE);
    SetUp(&Rig, Family);
    Rig.Socket = DgSocket(Rig.Client, Family, &Indicated, &Table);
    Turn(&Rig, IP_PKTINFO, 1);
    Turn(&Rig, IP_RECVTOS, 1);
    Turn(&Rig, IP_RECVECN, 1);
    Turn(&Rig, IP_HOPLIMIT, 1);
    CHECK_STATUS(WcSetEvents(Rig.Socket, WSK_EVENT_RECEIVE_FROM), STATUS_SUCCESS);
    CHECK_EQ(udp_send(Rig.Peer, WcPort(Rig.Socket), "x", 1), 0);
    WcWaitEvent(&Indicated.Came, "the callback");
    CheckPacketInfo(&Rig, Indicated.Control, Indicated.ControlLength);
    CHECK(Find(&Rig, Indicated.Control, Indicated.ControlLength, IP_HOPLIMIT, sizeof(INT)) != NULL);
    TearDown(&Rig);
}
