// SPDX-License-Identifier: MIT
/*
 * Wrong arguments, function by function: an error status, the IRP completed with
 * it where there is one, no output touched, nothing leaked, the socket as good
 * as before. Cases that belong to one function's own tests are there.
 */
#include "support/wskclient.h"

/* A connected socket, its peer and what else the cases need. */
typedef struct _RIG
{
    WC_CLIENT *Client;
    WC_SOCK *Listener, *Socket, *Stream, *Datagram, *Basic;
    struct peer *Peer;
    WC_BUF *Buffer;
    WC_ADDR Address;
} RIG;

static void SetUp(RIG *Rig, ADDRESS_FAMILY Family)
{
    Rig->Client = WcOpen();
    Rig->Listener = WcListener(Rig->Client, Family, NULL, NULL);
    Rig->Stream = WcStream(Rig->Client, Family, FALSE);
    Rig->Datagram = WcSocket(Rig->Client, Family, WSK_FLAG_DATAGRAM_SOCKET, NULL, NULL);
    Rig->Basic = WcSocket(Rig->Client, Family, WSK_FLAG_BASIC_SOCKET, NULL, NULL);
    Rig->Buffer = WcBuffer(Rig->Client, 64);
    Rig->Address = WcLoopback(Family, 9);
    WcPeerPair(Rig->Client, Family, &Rig->Socket, &Rig->Peer);
}

static void TearDown(RIG *Rig)
{
    char Byte = 0;

    /* Whatever was refused: the connection works and carries nothing else. */
    WcSendData(Rig->Socket, "e", 1);
    CHECK_EQ(peer_recv_all(Rig->Peer, &Byte, 1), 1);
    CHECK_EQ(Byte, 'e');
    CHECK_EQ(peer_send_all(Rig->Peer, "f", 1), 0);
    WcReceiveData(Rig->Socket, &Byte, 1);
    CHECK_EQ(Byte, 'f');
    CHECK(WcIsPoison(Rig->Buffer->Memory, Rig->Buffer->MemorySize));
    peer_close(Rig->Peer);
    WcClose(Rig->Client);
}

TEST_BOTH(IRP_16, every_mandatory_irp)
{
    RIG Rig;
    const WSK_PROVIDER_LISTEN_DISPATCH *Listen;
    const WSK_PROVIDER_CONNECTION_DISPATCH *Conn;
    const WSK_PROVIDER_STREAM_DISPATCH *Stream;
    const WSK_PROVIDER_DATAGRAM_DISPATCH *Dgram;
    PWSK_SOCKET Wsk;
    PWSK_BUF Buf;
    PSOCKADDR Address;
    ULONG Length = 0, Flags = 0;
    WSK_INSPECT_ID Id = {1, 1};
    WSK_BUF_LIST List = {NULL, {NULL, 0, 0}};

    COVERS("AMB-22", "LISTEN-30", "CONN-15", "CONN-75");
    SetUp(&Rig, Family);
    Buf = &Rig.Buffer->Buf;
    Address = &Rig.Address.Sa;
    Listen = WcListenTable(Rig.Listener);
    Wsk = Rig.Listener->Wsk;
    CHECK_STATUS(Listen->WskBind(Wsk, Address, 0, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Listen->WskAccept(Wsk, 0, NULL, NULL, NULL, NULL, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Listen->WskInspectComplete(Wsk, &Id, WskInspectAccept, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Listen->WskGetLocalAddress(Wsk, Address, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Listen->WskCloseSocket(Wsk, NULL), STATUS_INVALID_PARAMETER);
    Conn = WcConnTable(Rig.Socket);
    Wsk = Rig.Socket->Wsk;
    CHECK_STATUS(Conn->WskBind(Wsk, Address, 0, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Conn->WskConnect(Wsk, Address, 0, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Conn->WskGetLocalAddress(Wsk, Address, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Conn->WskGetRemoteAddress(Wsk, Address, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Conn->WskSend(Wsk, Buf, 0, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Conn->WskReceive(Wsk, Buf, 0, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Conn->WskDisconnect(Wsk, NULL, WSK_FLAG_ABORTIVE, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Conn->WskConnectEx(Wsk, Address, NULL, 0, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Conn->WskSendEx(Wsk, Buf, 0, 0, NULL, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Conn->WskReceiveEx(Wsk, Buf, 0, NULL, NULL, NULL, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Conn->WskCloseSocket(Wsk, NULL), STATUS_INVALID_PARAMETER);
    Stream = WcStreamTable(Rig.Stream);
    Wsk = Rig.Stream->Wsk;
    CHECK_STATUS(Stream->WskListen(Wsk, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Stream->WskAccept(Wsk, 0, NULL, NULL, NULL, NULL, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Stream->WskConnect(Wsk, Address, 0, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Stream->WskConnectEx(Wsk, Address, NULL, 0, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Stream->WskSend(Wsk, Buf, 0, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Stream->WskReceive(Wsk, Buf, 0, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Stream->WskDisconnect(Wsk, NULL, 0, NULL), STATUS_INVALID_PARAMETER);
    Dgram = WcDgramTable(Rig.Datagram);
    Wsk = Rig.Datagram->Wsk;
    CHECK(!NT_SUCCESS(Dgram->WskSendTo(Wsk, Buf, 0, Address, 0, NULL, NULL)));
    CHECK(!NT_SUCCESS(Dgram->WskSendMessages(Wsk, &List, 0, Address, 0, NULL, NULL)));
    CHECK(!NT_SUCCESS(Dgram->WskReceiveFrom(Wsk, Buf, 0, Address, &Length, NULL, &Flags, NULL)));
    CHECK_STATUS(WcBasicTable(Rig.Basic)->WskCloseSocket(Rig.Basic->Wsk, NULL), STATUS_INVALID_PARAMETER);
    TearDown(&Rig);
}

TEST_BOTH(IRP_13, missing_output_addresses)
{
    RIG Rig;
    WC_OP *Op;

    COVERS("IRP-15", "LISTEN-30", "CONN-15");
    SetUp(&Rig, Family);
    Op = WcOp(Rig.Client, "WskGetLocalAddress without a buffer");
    Op->Returned = WcConnTable(Rig.Socket)->WskGetLocalAddress(Rig.Socket->Wsk, NULL, Op->Irp);
    CHECK(!NT_SUCCESS(WcWait(Op)));
    Op = WcOp(Rig.Client, "WskGetRemoteAddress without a buffer");
    Op->Returned = WcConnTable(Rig.Socket)->WskGetRemoteAddress(Rig.Socket->Wsk, NULL, Op->Irp);
    CHECK(!NT_SUCCESS(WcWait(Op)));
    Op = WcOp(Rig.Client, "WskGetLocalAddress of a listener without a buffer");
    Op->Returned = WcListenTable(Rig.Listener)->WskGetLocalAddress(Rig.Listener->Wsk, NULL, Op->Irp);
    CHECK(!NT_SUCCESS(WcWait(Op)));
    TearDown(&Rig);
}

TEST_BOTH(IRP_13, inspection_without_conditional_accept)
{
    static const WSK_INSPECT_ACTION Actions[] = {WskInspectAccept, WskInspectReject, WskInspectPend, WskInspectMax};
    RIG Rig;

    COVERS("LISTEN-68", "LISTEN-69", "LISTEN-70", "AMB-26");
    SetUp(&Rig, Family);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Actions); i++)
    {
        WSK_INSPECT_ID Id = {i, i};
        WC_OP *Op = WcOp(Rig.Client, "WskInspectComplete");

        Op->Returned =
            WcListenTable(Rig.Listener)->WskInspectComplete(Rig.Listener->Wsk, &Id, Actions[i], Op->Irp);
        CHECK(!NT_SUCCESS(WcWait(Op)));
    }
    TearDown(&Rig);
}

TEST_BOTH(CONN_54, release_of_nothing)
{
    RIG Rig;

    COVERS("DGRAM-46");
    SetUp(&Rig, Family);
    CHECK_STATUS(WcConnTable(Rig.Socket)->WskRelease(Rig.Socket->Wsk, NULL), STATUS_INVALID_PARAMETER);
    CHECK(!NT_SUCCESS(WcStreamTable(Rig.Stream)->WskRelease(Rig.Stream->Wsk, NULL)));
    CHECK(!NT_SUCCESS(WcDgramTable(Rig.Datagram)->WskRelease(Rig.Datagram->Wsk, NULL)));
    TearDown(&Rig);
}

TEST_BOTH(BASIC_10, event_control_arguments)
{
    static const GUID OtherInterface = {0x12345678, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
    RIG Rig;
    WSK_EVENT_CALLBACK_CONTROL Control = {&NPI_WSK_INTERFACE_ID, WSK_EVENT_ACCEPT};
    PFN_WSK_CONTROL_SOCKET Call;
    PWSK_SOCKET Wsk;

    COVERS("BASIC-29", "EVT-07", "EVT-10", "AMB-20");
    SetUp(&Rig, Family);
    Call = WcBasicTable(Rig.Listener)->WskControlSocket;
    Wsk = Rig.Listener->Wsk;
    for (SIZE_T Size = 0; Size < sizeof(Control); Size++)
    {
        CHECK(!NT_SUCCESS(Call(Wsk, WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET, Size, Size ? &Control : NULL, 0,
                               NULL, NULL, NULL)));
    }
    CHECK(!NT_SUCCESS(Call(Wsk, WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET, sizeof(Control), NULL, 0, NULL, NULL,
                           NULL)));
    /* It is set-only. */
    CHECK(!NT_SUCCESS(Call(Wsk, WskGetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET, 0, NULL, sizeof(Control), &Control,
                           NULL, NULL)));
    Control.NpiId = &OtherInterface;
    CHECK(!NT_SUCCESS(Call(Wsk, WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET, sizeof(Control), &Control, 0, NULL,
                           NULL, NULL)));
    Control.NpiId = NULL;
    CHECK(!NT_SUCCESS(Call(Wsk, WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET, sizeof(Control), &Control, 0, NULL,
                           NULL, NULL)));
    TearDown(&Rig);
}

TEST_BOTH(AMB_05, reserved_flags_of_stream_functions)
{
    RIG Rig;
    WC_OP *Op;

    SetUp(&Rig, Family);
    Op = WcOp(Rig.Client, "WskConnect of a stream socket with flags");
    Op->Returned = WcStreamTable(Rig.Stream)->WskConnect(Rig.Stream->Wsk, &Rig.Address.Sa, 4, Op->Irp);
    CHECK_STATUS(WcWait(Op), STATUS_INVALID_PARAMETER);
    Op = WcOp(Rig.Client, "WskConnectEx of a stream socket with flags");
    Op->Returned = WcStreamTable(Rig.Stream)->WskConnectEx(Rig.Stream->Wsk, &Rig.Address.Sa, NULL, 4, Op->Irp);
    CHECK_STATUS(WcWait(Op), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WcListen(Rig.Stream), STATUS_SUCCESS);
    Op = WcOp(Rig.Client, "WskAccept of a stream socket with flags");
    Op->Returned = WcStreamTable(Rig.Stream)->WskAccept(Rig.Stream->Wsk, 4, NULL, NULL, NULL, NULL, Op->Irp);
    CHECK_STATUS(WcWait(Op), STATUS_INVALID_PARAMETER);
    TearDown(&Rig);
}

/* Failing calls by the thousand leave no more behind than one does: the pool and
 * IRP accounting of the sanitized build sees what the loop would leak. */
TEST_BOTH(IRP_47, thousands_of_refused_calls)
{
    RIG Rig;

    COVERS("IRP-13", "IRP-46");
    SetUp(&Rig, Family);
    for (int i = 0; i < 1000; i++)
    {
        WC_OP *Op = WcKeptOp(Rig.Client, "refused calls");

        Op->Returned = WcConnTable(Rig.Socket)->WskConnect(Rig.Socket->Wsk, NULL, 0, Op->Irp);
        CHECK(!NT_SUCCESS(WcWait(Op)));
        WcReuse(Op);
        WcIssueSend(Op, Rig.Socket, WcPart(Rig.Buffer, 0, 65), 0);
        CHECK_STATUS(WcWait(Op), STATUS_INVALID_PARAMETER);
        WcReuse(Op);
        WcIssueReceive(Op, Rig.Socket, WcPart(Rig.Buffer, 64, 1), WSK_FLAG_WAITALL);
        CHECK_STATUS(WcWait(Op), STATUS_INVALID_PARAMETER);
        WcReuse(Op);
        WcIssueAccept(Op, Rig.Stream);
        CHECK_STATUS(WcWait(Op), STATUS_INVALID_DEVICE_STATE);
    }
    TearDown(&Rig);
}
