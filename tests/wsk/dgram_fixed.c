// SPDX-License-Identifier: MIT
/*
 * The fixed remote and send-to addresses of a datagram socket.
 */
#include "support/wskdgram.h"

typedef struct _RIG
{
    WC_CLIENT *Client;
    WC_SOCK *Socket;
    struct udp *Friend, *Stranger;
    WC_ADDR FriendAt, StrangerAt;
    USHORT Port;
} RIG;

static void SetUp(RIG *Rig, ADDRESS_FAMILY Family)
{
    unsigned short Port;

    Rig->Client = WcOpen();
    Rig->Socket = DgSocket(Rig->Client, Family, NULL, NULL);
    Rig->Port = WcPort(Rig->Socket);
    Rig->Friend = udp_open(WC_PEER_FAMILY(Family), &Port);
    CHECK(Rig->Friend != NULL);
    Rig->FriendAt = WcLoopback(Family, Port);
    Rig->Stranger = udp_open(WC_PEER_FAMILY(Family), &Port);
    CHECK(Rig->Stranger != NULL);
    Rig->StrangerAt = WcLoopback(Family, Port);
}

static void TearDown(RIG *Rig)
{
    udp_close(Rig->Friend);
    udp_close(Rig->Stranger);
    WcClose(Rig->Client);
}

static void Says(RIG *Rig, struct udp *Who, const char *Text)
{
    CHECK_EQ(udp_send(Who, Rig->Port, Text, strlen(Text)), 0);
}

static void Hears(struct udp *Who, const char *Text)
{
    char Got[64];

    CHECK_EQ(udp_receive(Who, Got, sizeof(Got), NULL, NULL, NULL), strlen(Text));
    CHECK_MEM(Got, Text, strlen(Text));
    CHECK(udp_is_empty(Who));
}

TEST_BOTH(DGRAM_51, a_fixed_remote_is_written_to_and_heard_alone)
{
    DG_RECEIVE R;
    RIG Rig;

    COVERS("DGRAM-33", "DGRAM-50", "DGRAM-05", "AMB-33");
    SetUp(&Rig, Family);
    Says(&Rig, Rig.Stranger, "early"); /* in the kernel's buffer already */
    CHECK_STATUS(DgFix(Rig.Socket, SIO_WSK_SET_REMOTE_ADDRESS, &Rig.FriendAt), STATUS_SUCCESS);
    DgSend(Rig.Socket, "to you", 6, NULL);
    Hears(Rig.Friend, "to you");
    Says(&Rig, Rig.Stranger, "noise");
    Says(&Rig, Rig.Friend, "answer");
    DgStartReceive(&R, Rig.Socket, 64);
    DgCheck(&R, "answer", 6);
    CHECK(WcSameAddress(&R.From, &Rig.FriendAt));
    /* A request that waits is not woken by strangers either. */
    DgStartReceive(&R, Rig.Socket, 64);
    Says(&Rig, Rig.Stranger, "noise");
    Says(&Rig, Rig.Stranger, "noise");
    CHECK(WcStays(&R.Op->Done));
    Says(&Rig, Rig.Friend, "at last");
    DgCheck(&R, "at last", 7);
    TearDown(&Rig);
}

/* Same port, another address: only the whole transport address counts. */
TEST(AMB_33, the_remote_address_is_compared_too)
{
    struct udp *Twin;
    unsigned short Port;
    RIG Rig;

    COVERS("DGRAM-33");
    SetUp(&Rig, AF_INET);
    Port = WcPortOf(&Rig.FriendAt);
    Twin = udp_open_at(2, &Port);
    CHECK(Twin != NULL);
    CHECK_STATUS(DgFix(Rig.Socket, SIO_WSK_SET_REMOTE_ADDRESS, &Rig.FriendAt), STATUS_SUCCESS);
    Says(&Rig, Twin, "almost");
    Says(&Rig, Rig.Friend, "me");
    DgExpect(Rig.Socket, "me", 2);
    udp_close(Twin);
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_52, an_overriding_send_does_not_widen_reception)
{
    RIG Rig;

    COVERS("DGRAM-06");
    SetUp(&Rig, Family);
    CHECK_STATUS(DgFix(Rig.Socket, SIO_WSK_SET_REMOTE_ADDRESS, &Rig.FriendAt), STATUS_SUCCESS);
    DgSend(Rig.Socket, "once", 4, &Rig.StrangerAt);
    Hears(Rig.Stranger, "once");
    DgSend(Rig.Socket, "again", 5, NULL);
    Hears(Rig.Friend, "again");
    Says(&Rig, Rig.Stranger, "reply");
    Says(&Rig, Rig.Friend, "reply of a friend");
    DgExpect(Rig.Socket, "reply of a friend", 17);
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_53, a_send_to_address_leaves_reception_open)
{
    RIG Rig;

    COVERS("DGRAM-05", "DGRAM-06");
    SetUp(&Rig, Family);
    CHECK_STATUS(DgFix(Rig.Socket, SIO_WSK_SET_SENDTO_ADDRESS, &Rig.FriendAt), STATUS_SUCCESS);
    DgSend(Rig.Socket, "a", 1, NULL);
    Hears(Rig.Friend, "a");
    DgSend(Rig.Socket, "b", 1, &Rig.StrangerAt);
    Hears(Rig.Stranger, "b");
    Says(&Rig, Rig.Stranger, "still heard");
    DgExpect(Rig.Socket, "still heard", 11);
    TearDown(&Rig);
}

TEST_BOTH(AMB_34, the_address_set_last_wins)
{
    RIG Rig;

    SetUp(&Rig, Family);
    CHECK_STATUS(DgFix(Rig.Socket, SIO_WSK_SET_REMOTE_ADDRESS, &Rig.FriendAt), STATUS_SUCCESS);
    CHECK_STATUS(DgFix(Rig.Socket, SIO_WSK_SET_SENDTO_ADDRESS, &Rig.StrangerAt), STATUS_SUCCESS);
    DgSend(Rig.Socket, "a", 1, NULL);
    Hears(Rig.Stranger, "a");
    CHECK_STATUS(DgFix(Rig.Socket, SIO_WSK_SET_REMOTE_ADDRESS, &Rig.FriendAt), STATUS_SUCCESS);
    DgSend(Rig.Socket, "b", 1, NULL);
    Hears(Rig.Friend, "b");
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_54, fixed_addresses_are_cleared)
{
    WC_BUF *Buffer;
    RIG Rig;

    COVERS("AMB-34");
    SetUp(&Rig, Family);
    Buffer = WcBuffer(Rig.Client, 1);
    CHECK_STATUS(DgFix(Rig.Socket, SIO_WSK_SET_SENDTO_ADDRESS, &Rig.StrangerAt), STATUS_SUCCESS);
    CHECK_STATUS(DgFix(Rig.Socket, SIO_WSK_SET_REMOTE_ADDRESS, &Rig.FriendAt), STATUS_SUCCESS);
    CHECK_STATUS(DgFix(Rig.Socket, SIO_WSK_SET_REMOTE_ADDRESS, NULL), STATUS_SUCCESS);
    DgSend(Rig.Socket, "c", 1, NULL); /* the other one is left */
    Hears(Rig.Stranger, "c");
    Says(&Rig, Rig.Stranger, "heard again");
    DgExpect(Rig.Socket, "heard again", 11);
    CHECK_STATUS(DgFix(Rig.Socket, SIO_WSK_SET_SENDTO_ADDRESS, NULL), STATUS_SUCCESS);
    CHECK_STATUS(WcWait(DgStartSend(Rig.Socket, Buffer->Buf, NULL)), STATUS_INVALID_PARAMETER);
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_15, messages_go_to_the_fixed_address)
{
    WSK_BUF_LIST List[2];
    WC_BUF *Buffer;
    WC_OP *Op;
    RIG Rig;

    SetUp(&Rig, Family);
    Buffer = WcBuffer(Rig.Client, 2);
    WcPut(Buffer, 0, "xy", 2);
    List[0].Buffer = WcPart(Buffer, 0, 1);
    List[0].Next = &List[1];
    List[1].Buffer = WcPart(Buffer, 1, 1);
    List[1].Next = NULL;
    CHECK_STATUS(DgFix(Rig.Socket, SIO_WSK_SET_SENDTO_ADDRESS, &Rig.FriendAt), STATUS_SUCCESS);
    Op = WcOp(Rig.Client, "WskSendMessages");
    Op->Returned = WcDgramTable(Rig.Socket)->WskSendMessages(Rig.Socket->Wsk, List, 0, NULL, 0, NULL, Op->Irp);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 2);
    CHECK_EQ(udp_receive(Rig.Friend, &Op, 1, NULL, NULL, NULL), 1);
    Hears(Rig.Friend, "y");
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_50, the_controls_check_their_arguments)
{
    static const ULONG Codes[] = {SIO_WSK_SET_REMOTE_ADDRESS, SIO_WSK_SET_SENDTO_ADDRESS};
    WC_ADDR Wrong = WcLoopback(Family == AF_INET ? AF_INET6 : AF_INET, 9);
    SIZE_T Size = Family == AF_INET6 ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN);
    WC_SOCK *Unbound, *Listener;
    ULONG Output;
    RIG Rig;

    COVERS("DGRAM-54", "AMB-18", "AMB-19", "AMB-22");
    SetUp(&Rig, Family);
    Unbound = WcSocket(Rig.Client, Family, WSK_FLAG_DATAGRAM_SOCKET, NULL, NULL);
    Listener = WcListener(Rig.Client, Family, NULL, NULL);
    for (int i = 0; i < 2; i++)
    {
        CHECK_STATUS(DgFix(Unbound, Codes[i], &Rig.FriendAt), STATUS_INVALID_DEVICE_STATE);
        CHECK_STATUS(DgFix(Unbound, Codes[i], NULL), STATUS_INVALID_DEVICE_STATE);
        CHECK_STATUS(DgFix(Listener, Codes[i], &Rig.FriendAt), STATUS_INVALID_DEVICE_REQUEST);
        CHECK_STATUS(WcWait(WcStartControl(Rig.Socket, WskIoctl, Codes[i], 0, Size, &Wrong, 0, NULL)),
                     STATUS_INVALID_PARAMETER);
        CHECK_STATUS(WcWait(WcStartControl(Rig.Socket, WskIoctl, Codes[i], 0, Size - 1, &Rig.FriendAt, 0, NULL)),
                     STATUS_INVALID_PARAMETER);
        CHECK_STATUS(WcWait(WcStartControl(Rig.Socket, WskIoctl, Codes[i], 0, Size, &Rig.FriendAt, sizeof(Output),
                                           &Output)),
                     STATUS_INVALID_PARAMETER);
        CHECK_STATUS(WcBasicTable(Rig.Socket)->WskControlSocket(Rig.Socket->Wsk, WskIoctl, Codes[i], 0, Size,
                                                                &Rig.FriendAt, 0, NULL, NULL, NULL),
                     STATUS_INVALID_PARAMETER);
        CHECK_STATUS(WcBasicTable(Rig.Socket)->WskControlSocket(Rig.Socket->Wsk, WskIoctl, Codes[i], 0, 0, NULL, 0,
                                                                NULL, NULL, NULL),
                     STATUS_INVALID_PARAMETER);
    }
    Says(&Rig, Rig.Stranger, "open"); /* nothing of it took effect */
    DgExpect(Rig.Socket, "open", 4);
    TearDown(&Rig);
}
