// SPDX-License-Identifier: MIT
/*
 * WskSocketConnect: create, bind and connect in one call (area CONN1).
 */
#include "support/wskclient.h"

static NTSTATUS Call(WC_CLIENT *Client, USHORT Type, ULONG Protocol, const WC_ADDR *Local, const WC_ADDR *Remote,
                     ULONG Flags, PIRP Irp)
{
    return Client->Npi.Dispatch->WskSocketConnect(Client->Npi.Client, Type, Protocol, (PSOCKADDR)Local,
                                                  (PSOCKADDR)Remote, Flags, NULL, NULL, NULL, NULL, NULL, Irp);
}

/* A listener whose queue is full: connects to it stay pending. */
typedef struct _FULL
{
    struct peer *Listener, *First;
    USHORT Port;
} FULL;

static void MakeFull(FULL *Full, ADDRESS_FAMILY Family)
{
    Full->Listener = peer_listen_backlog(WC_PEER_FAMILY(Family), &Full->Port, 0);
    CHECK(Full->Listener != NULL);
    Full->First = peer_connect(WC_PEER_FAMILY(Family), Full->Port);
    CHECK(Full->First != NULL);
}

static void CloseFull(FULL *Full)
{
    peer_close(Full->First);
    peer_close(Full->Listener);
}

TEST_BOTH(CONN1_02, connects_and_carries_data_both_ways)
{
    WC_CLIENT *Client = WcOpen();
    USHORT Port = 0;
    struct peer *Listener = peer_listen(WC_PEER_FAMILY(Family), &Port), *Peer;
    WC_ADDR Local = WcAny(Family, 0), Remote = WcLoopback(Family, Port), Seen, Expected;
    WC_OP *Op = WcStartSocketConnect(Client, &Local, &Remote, NULL, NULL);
    WC_SOCK *Socket;
    char Text[8];

    COVERS("CONN1-01", "CONN1-03", "CONN1-04", "CONN1-06", "CONN1-10", "CONN1-14", "CONN1-15", "LISTEN-32",
           "CONN-16");
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    Socket = WcAdopt(Client, Op->Information, WSK_FLAG_CONNECTION_SOCKET, Family);
    Peer = peer_accept(Listener);
    CHECK(Peer != NULL);
    CHECK_STATUS(WcGetLocal(Socket, &Seen), STATUS_SUCCESS);
    Expected = WcLoopback(Family, peer_remote_port(Peer));
    CHECK(WcSameAddress(&Seen, &Expected));
    CHECK_STATUS(WcGetRemote(Socket, &Seen), STATUS_SUCCESS);
    CHECK(WcSameAddress(&Seen, &Remote));
    WcSendData(Socket, "ping", 4);
    CHECK_EQ(peer_recv_all(Peer, Text, 4), 4);
    CHECK_MEM(Text, "ping", 4);
    CHECK_EQ(peer_send_all(Peer, "pong", 4), 0);
    WcReceiveData(Socket, Text, 4);
    CHECK_MEM(Text, "pong", 4);
    peer_close(Peer);
    peer_close(Listener);
    WcClose(Client);
}

TEST_BOTH(CONN1_05, refused_connection_leaves_nothing)
{
    WC_CLIENT *Client = WcOpen();
    USHORT Port = 0;
    struct peer *Held = peer_hold_port(WC_PEER_FAMILY(Family), &Port);
    WC_ADDR Local = WcAny(Family, 0), Remote = WcLoopback(Family, Port);

    COVERS("CONN1-02", "CONN1-03", "AMB-17");
    CHECK(Held != NULL);
    for (int i = 0; i < 20; i++)
    {
        CHECK(!NT_SUCCESS(WcWait(WcStartSocketConnect(Client, &Local, &Remote, NULL, NULL))));
    }
    peer_close(Held);
    /* Deregistration would wait for a socket left behind. */
    WcClose(Client);
}

TEST_BOTH(CONN1_05, local_address_in_use_leaves_nothing)
{
    WC_CLIENT *Client = WcOpen();
    USHORT Port = 0, Used = 0;
    struct peer *Listener = peer_listen(WC_PEER_FAMILY(Family), &Port);
    struct peer *Held = peer_hold_port(WC_PEER_FAMILY(Family), &Used);
    WC_ADDR Local = WcLoopback(Family, Used), Remote = WcLoopback(Family, Port);

    COVERS("CONN1-07");
    CHECK(Listener != NULL && Held != NULL);
    CHECK(!NT_SUCCESS(WcWait(WcStartSocketConnect(Client, &Local, &Remote, NULL, NULL))));
    peer_close(Held);
    peer_close(Listener);
    WcClose(Client);
}

TEST_BOTH(CONN1_07, specific_local_address_and_port)
{
    WC_CLIENT *Client = WcOpen();
    USHORT Port = 0;
    struct peer *Listener = peer_listen(WC_PEER_FAMILY(Family), &Port), *Peer;
    WC_SOCK *Reserve = WcSocket(Client, Family, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL), *Socket;
    WC_ADDR Local = WcLoopback(Family, 0), Remote = WcLoopback(Family, Port), Seen;
    WC_OP *Op;

    /* A port nobody has: the one a bound socket just gave up. */
    CHECK_STATUS(WcBind(Reserve, &Local), STATUS_SUCCESS);
    CHECK_STATUS(WcGetLocal(Reserve, &Seen), STATUS_SUCCESS);
    Local = WcLoopback(Family, WcPortOf(&Seen));
    WcCloseSocket(Reserve);
    Op = WcStartSocketConnect(Client, &Local, &Remote, NULL, NULL);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    Socket = WcAdopt(Client, Op->Information, WSK_FLAG_CONNECTION_SOCKET, Family);
    CHECK_STATUS(WcGetLocal(Socket, &Seen), STATUS_SUCCESS);
    CHECK(WcSameAddress(&Seen, &Local));
    Peer = peer_accept(Listener);
    CHECK(Peer != NULL);
    CHECK_EQ(peer_remote_port(Peer), WcPortOf(&Local));
    peer_close(Peer);
    peer_close(Listener);
    WcClose(Client);
}

TEST_BOTH(AMB_08, addresses_are_copied_by_the_call)
{
    WC_CLIENT *Client = WcOpen();
    USHORT Port = 0;
    struct peer *Listener = peer_listen(WC_PEER_FAMILY(Family), &Port), *Peer;
    SIZE_T Size = Family == AF_INET6 ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN);
    /* Exactly as large as the family needs: reading further is an overrun. */
    PUCHAR Local = ExAllocatePoolWithTag(NonPagedPoolNx, Size, WC_TAG);
    PUCHAR Remote = ExAllocatePoolWithTag(NonPagedPoolNx, Size, WC_TAG);
    WC_ADDR From = WcAny(Family, 0), To = WcLoopback(Family, Port);
    WC_OP *Op = WcOp(Client, "WskSocketConnect");

    COVERS("CONN1-07", "LISTEN-03", "CONN-06");
    CHECK(Local != NULL && Remote != NULL);
    RtlCopyMemory(Local, &From, Size);
    RtlCopyMemory(Remote, &To, Size);
    Op->Returned = Client->Npi.Dispatch->WskSocketConnect(Client->Npi.Client, SOCK_STREAM, IPPROTO_TCP,
                                                          (PSOCKADDR)Local, (PSOCKADDR)Remote, 0, NULL, NULL, NULL,
                                                          NULL, NULL, Op->Irp);
    ExFreePoolWithTag(Local, WC_TAG);
    ExFreePoolWithTag(Remote, WC_TAG);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    WcAdopt(Client, Op->Information, WSK_FLAG_CONNECTION_SOCKET, Family);
    Peer = peer_accept(Listener);
    CHECK(Peer != NULL);
    peer_close(Peer);
    peer_close(Listener);
    WcClose(Client);
}

TEST(CONN1_06, the_two_addresses_are_of_one_family)
{
    WC_CLIENT *Client = WcOpen();
    WC_ADDR V4 = WcLoopback(AF_INET, 9), V6 = WcLoopback(AF_INET6, 9), Unknown = WcLoopback(AF_INET, 9);
    WC_ADDR Any4 = WcAny(AF_INET, 0), Any6 = WcAny(AF_INET6, 0);

    COVERS("CONN1-05", "CONN1-07");
    CHECK(!NT_SUCCESS(WcWait(WcStartSocketConnect(Client, &Any4, &V6, NULL, NULL))));
    CHECK(!NT_SUCCESS(WcWait(WcStartSocketConnect(Client, &Any6, &V4, NULL, NULL))));
    Unknown.Sa.sa_family = 99;
    CHECK(!NT_SUCCESS(WcWait(WcStartSocketConnect(Client, &Unknown, &Unknown, NULL, NULL))));
    WcClose(Client);
}

TEST_BOTH(CONN1_07, both_addresses_are_required)
{
    WC_CLIENT *Client = WcOpen();
    WC_ADDR Any = WcAny(Family, 0), Remote = WcLoopback(Family, 9);
    WC_OP *Op = WcOp(Client, "WskSocketConnect without a remote address");

    COVERS("CONN1-03");
    Op->Returned = Call(Client, SOCK_STREAM, IPPROTO_TCP, &Any, NULL, 0, Op->Irp);
    CHECK(!NT_SUCCESS(WcWait(Op)));
    Op = WcOp(Client, "WskSocketConnect without a local address");
    Op->Returned = Call(Client, SOCK_STREAM, IPPROTO_TCP, NULL, &Remote, 0, Op->Irp);
    CHECK(!NT_SUCCESS(WcWait(Op)));
    WcClose(Client);
}

TEST_BOTH(CONN1_08, flags_must_be_zero)
{
    static const ULONG Flags[] = {WSK_FLAG_CONNECTION_SOCKET, 1, 0x80000000};
    WC_CLIENT *Client = WcOpen();
    WC_ADDR Any = WcAny(Family, 0), Remote = WcLoopback(Family, 9);

    COVERS("AMB-05");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Flags); i++)
    {
        WC_OP *Op = WcOp(Client, "WskSocketConnect with flags");

        Op->Returned = Call(Client, SOCK_STREAM, IPPROTO_TCP, &Any, &Remote, Flags[i], Op->Irp);
        CHECK_STATUS(Op->Returned, STATUS_INVALID_PARAMETER);
        CHECK_STATUS(WcWait(Op), STATUS_INVALID_PARAMETER);
    }
    WcClose(Client);
}

TEST_BOTH(CONN1_09, only_tcp_connects)
{
    WC_CLIENT *Client = WcOpen();
    WC_ADDR Any = WcAny(Family, 0), Remote = WcLoopback(Family, 9);
    WC_OP *Op = WcOp(Client, "WskSocketConnect for UDP");

    COVERS("AMB-06");
    Op->Returned = Call(Client, SOCK_DGRAM, IPPROTO_UDP, &Any, &Remote, 0, Op->Irp);
    CHECK_STATUS(WcWait(Op), STATUS_NOT_SUPPORTED);
    Op = WcOp(Client, "WskSocketConnect for raw IP");
    Op->Returned = Call(Client, SOCK_RAW, IPPROTO_ICMP, &Any, &Remote, 0, Op->Irp);
    CHECK_STATUS(WcWait(Op), STATUS_NOT_SUPPORTED);
    WcClose(Client);
}

TEST(IRP_17, null_irp_is_seen_before_a_null_client)
{
    WC_CLIENT *Client = WcOpen();
    WC_ADDR Any = WcAny(AF_INET, 0), Remote = WcLoopback(AF_INET, 9);

    COVERS("IRP-16", "CONN1-01");
    CHECK_STATUS(Call(Client, SOCK_STREAM, IPPROTO_TCP, &Any, &Remote, 0, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Client->Npi.Dispatch->WskSocketConnect(NULL, SOCK_STREAM, IPPROTO_TCP, &Any.Sa, &Remote.Sa, 0, NULL,
                                                        NULL, NULL, NULL, NULL, NULL),
                 STATUS_INVALID_PARAMETER);
    WcClose(Client);
}

TEST_BOTH(CONN1_16, cancelling_abandons_the_creation)
{
    WC_CLIENT *Client = WcOpen();
    WC_OP *Op = WcKeptOp(Client, "WskSocketConnect to a full listener");
    WC_ADDR Any = WcAny(Family, 0), Remote;
    FULL Full;

    COVERS("IRP-26", "IRP-29", "CONN1-05");
    MakeFull(&Full, Family);
    Remote = WcLoopback(Family, Full.Port);
    Op->Returned = Call(Client, SOCK_STREAM, IPPROTO_TCP, &Any, &Remote, 0, Op->Irp);
    CHECK_STATUS(Op->Returned, STATUS_PENDING);
    CHECK(!WcIsDone(Op));
    WcCancel(Op);
    CHECK_STATUS(WcWait(Op), STATUS_CANCELLED);
    CHECK_EQ(Op->Information, 0);
    CloseFull(&Full);
    WcClose(Client);
}

TEST_BOTH(CONN1_02, many_at_once)
{
    enum { Many = 100 };
    static WC_OP *Ops[Many];
    WC_CLIENT *Client = WcOpen();
    USHORT Port = 0;
    struct peer *Listener = peer_listen(WC_PEER_FAMILY(Family), &Port), *Peers[Many];
    WC_ADDR Any = WcAny(Family, 0), Remote = WcLoopback(Family, Port);

    COVERS("CONN1-03");
    for (int i = 0; i < Many; i++)
    {
        Ops[i] = WcStartSocketConnect(Client, &Any, &Remote, NULL, NULL);
    }
    for (int i = 0; i < Many; i++)
    {
        Peers[i] = peer_accept(Listener);
        CHECK(Peers[i] != NULL);
        CHECK_STATUS(WcWait(Ops[i]), STATUS_SUCCESS);
        WcAdopt(Client, Ops[i]->Information, WSK_FLAG_CONNECTION_SOCKET, Family);
    }
    for (int i = 0; i < Many; i++)
    {
        peer_close(Peers[i]);
    }
    peer_close(Listener);
    WcClose(Client);
}
