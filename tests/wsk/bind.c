// SPDX-License-Identifier: MIT
/*
 * WskBind and WskGetLocalAddress (area LISTEN, rows 1 to 17 and 29 to 33).
 */
#include "support/wskclient.h"

static const ULONG Bindable[] = {WSK_FLAG_LISTEN_SOCKET, WSK_FLAG_CONNECTION_SOCKET, WSK_FLAG_STREAM_SOCKET,
                                 WSK_FLAG_DATAGRAM_SOCKET};

static PFN_WSK_BIND BindOf(WC_SOCK *Socket)
{
    switch (Socket->Category)
    {
    case WSK_FLAG_LISTEN_SOCKET:
        return WcListenTable(Socket)->WskBind;
    case WSK_FLAG_STREAM_SOCKET:
        return WcStreamTable(Socket)->WskBind;
    case WSK_FLAG_DATAGRAM_SOCKET:
        return WcDgramTable(Socket)->WskBind;
    default:
        return WcConnTable(Socket)->WskBind;
    }
}

TEST_BOTH(LISTEN_02, each_category_binds_to_wildcard_and_loopback)
{
    WC_CLIENT *Client = WcOpen();
    WC_ADDR Addresses[2] = {WcAny(Family, 0), WcLoopback(Family, 0)}, Seen;

    COVERS("LISTEN-01", "LISTEN-11", "LISTEN-12", "LISTEN-29", "LISTEN-32", "LISTEN-33", "IRP-20", "AMB-50",
           "STREAM-05", "STREAM-13");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Bindable); i++)
    {
        for (int j = 0; j < 2; j++)
        {
            WC_SOCK *Socket = WcSocket(Client, Family, Bindable[i], NULL, NULL);
            WC_ADDR Expected = Addresses[j];

            CHECK_STATUS(WcBind(Socket, &Addresses[j]), STATUS_SUCCESS);
            CHECK_STATUS(WcGetLocal(Socket, &Seen), STATUS_SUCCESS);
            CHECK(WcPortOf(&Seen) != 0);
            Expected.V4.sin_port = Seen.V4.sin_port; /* same place in both families */
            CHECK(WcSameAddress(&Seen, &Expected));
        }
    }
    WcClose(Client);
}

TEST_BOTH(LISTEN_31, the_local_address_is_written_no_further_than_its_type)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket = WcListener(Client, Family, NULL, NULL);
    SIZE_T Size = Family == AF_INET6 ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN);
    PUCHAR Exact = ExAllocatePoolWithTag(NonPagedPoolNx, Size, WC_TAG);
    WC_ADDR Seen;
    WC_OP *Op = WcOp(Client, "WskGetLocalAddress");

    COVERS("IRP-35", "LISTEN-03");
    CHECK(Exact != NULL);
    CHECK_STATUS(WcGetLocal(Socket, &Seen), STATUS_SUCCESS);
    CHECK(WcIsPoison(Seen.Raw + Size, sizeof(Seen) - Size));
    WcPoison(Exact, Size);
    Op->Returned = WcListenTable(Socket)->WskGetLocalAddress(Socket->Wsk, (PSOCKADDR)Exact, Op->Irp);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_MEM(Exact, &Seen, Size);
    if (Family == AF_INET)
    {
        UCHAR Zero[8] = {0};

        CHECK_MEM(Seen.V4.sin_zero, Zero, 8);
    }
    else
    {
        CHECK_EQ(Seen.V6.sin6_flowinfo, 0);
        CHECK_EQ(Seen.V6.sin6_scope_id, 0);
    }
    ExFreePoolWithTag(Exact, WC_TAG);
    WcClose(Client);
}

TEST_BOTH(LISTEN_30, an_unbound_socket_has_no_local_address)
{
    WC_CLIENT *Client = WcOpen();
    WC_ADDR Seen, Wrong = WcLoopback(Family == AF_INET ? AF_INET6 : AF_INET, 0);

    COVERS("SOCK-08");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Bindable); i++)
    {
        WC_SOCK *Socket = WcSocket(Client, Family, Bindable[i], NULL, NULL);

        CHECK_STATUS(WcGetLocal(Socket, &Seen), STATUS_INVALID_DEVICE_STATE);
        /* A failed bind does not bind. */
        CHECK(!NT_SUCCESS(WcBind(Socket, &Wrong)));
        CHECK_STATUS(WcGetLocal(Socket, &Seen), STATUS_INVALID_DEVICE_STATE);
    }
    WcClose(Client);
}

TEST_BOTH(LISTEN_05, binding_a_listening_socket_starts_listening)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL);
    struct peer *Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listener));

    /* No accept was needed for the connection to come about. */
    CHECK(Peer != NULL);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(STREAM_05, binding_a_stream_or_connection_socket_does_not_listen)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Stream = WcStream(Client, Family, FALSE);
    WC_SOCK *Connection = WcSocket(Client, Family, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
    WC_ADDR Address = WcLoopback(Family, 0);

    COVERS("LISTEN-09", "LISTEN-10");
    CHECK_STATUS(WcBind(Connection, &Address), STATUS_SUCCESS);
    CHECK(peer_connect(WC_PEER_FAMILY(Family), WcPort(Stream)) == NULL);
    CHECK(peer_connect(WC_PEER_FAMILY(Family), WcPort(Connection)) == NULL);
    WcClose(Client);
}

TEST_BOTH(LISTEN_06, a_wildcard_listener_accepts_on_all_addresses)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcSocket(Client, Family, WSK_FLAG_LISTEN_SOCKET, NULL, NULL), *Accepted;
    WC_ADDR Any = WcAny(Family, 0), Seen, Expected;
    struct peer *Peer;

    COVERS("LISTEN-05", "LISTEN-32");
    CHECK_STATUS(WcBind(Listener, &Any), STATUS_SUCCESS);
    Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listener));
    CHECK(Peer != NULL);
    Accepted = WcAccept(Listener);
    CHECK_STATUS(WcGetLocal(Accepted, &Seen), STATUS_SUCCESS);
    Expected = WcLoopback(Family, WcPort(Listener));
    CHECK(WcSameAddress(&Seen, &Expected));
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(LISTEN_09, a_wildcard_bound_connection_gets_its_address_at_connect)
{
    WC_CLIENT *Client = WcOpen();
    USHORT Port = 0, Bound;
    struct peer *Listener = peer_listen(WC_PEER_FAMILY(Family), &Port), *Peer;
    WC_SOCK *Socket = WcBoundConnection(Client, Family);
    WC_ADDR Remote = WcLoopback(Family, Port), Seen, Expected;

    COVERS("LISTEN-11", "LISTEN-33", "AMB-50");
    Bound = WcPort(Socket);
    CHECK_STATUS(WcConnect(Socket, &Remote), STATUS_SUCCESS);
    CHECK_STATUS(WcGetLocal(Socket, &Seen), STATUS_SUCCESS);
    Expected = WcLoopback(Family, Bound);
    CHECK(WcSameAddress(&Seen, &Expected));
    Peer = peer_accept(Listener);
    CHECK(Peer != NULL);
    CHECK_EQ(peer_remote_port(Peer), Bound);
    peer_close(Peer);
    peer_close(Listener);
    WcClose(Client);
}

TEST_BOTH(AMB_18, a_second_bind_fails)
{
    WC_CLIENT *Client = WcOpen();
    WC_ADDR Address = WcLoopback(Family, 0);

    COVERS("LISTEN-15");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Bindable); i++)
    {
        WC_SOCK *Socket = WcSocket(Client, Family, Bindable[i], NULL, NULL);
        USHORT Port;

        CHECK_STATUS(WcBind(Socket, &Address), STATUS_SUCCESS);
        Port = WcPort(Socket);
        CHECK_STATUS(WcBind(Socket, &Address), STATUS_INVALID_DEVICE_STATE);
        CHECK_EQ(WcPort(Socket), Port);
    }
    WcClose(Client);
}

TEST_BOTH(LISTEN_01, reserved_flags_must_be_zero)
{
    WC_CLIENT *Client = WcOpen();
    WC_ADDR Address = WcLoopback(Family, 0);

    COVERS("AMB-05");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Bindable); i++)
    {
        WC_SOCK *Socket = WcSocket(Client, Family, Bindable[i], NULL, NULL);
        WC_OP *Op = WcOp(Client, "WskBind with flags");

        Op->Returned = BindOf(Socket)(Socket->Wsk, &Address.Sa, 1, Op->Irp);
        CHECK_STATUS(Op->Returned, STATUS_INVALID_PARAMETER);
        CHECK_STATUS(WcWait(Op), STATUS_INVALID_PARAMETER);
        CHECK_STATUS(WcBind(Socket, &Address), STATUS_SUCCESS);
    }
    WcClose(Client);
}

TEST_BOTH(LISTEN_03, addresses_of_another_family_fail)
{
    WC_CLIENT *Client = WcOpen();
    WC_ADDR Other = WcLoopback(Family == AF_INET ? AF_INET6 : AF_INET, 0), Unknown = WcLoopback(Family, 0);
    WC_ADDR Right = WcLoopback(Family, 0);

    COVERS("LISTEN-02", "STRUCT-67");
    Unknown.Sa.sa_family = 10;
    for (ULONG i = 0; i < RTL_NUMBER_OF(Bindable); i++)
    {
        WC_SOCK *Socket = WcSocket(Client, Family, Bindable[i], NULL, NULL);
        WC_OP *Op = WcOp(Client, "WskBind without an address");

        CHECK(!NT_SUCCESS(WcBind(Socket, &Other)));
        CHECK(!NT_SUCCESS(WcBind(Socket, &Unknown)));
        Op->Returned = BindOf(Socket)(Socket->Wsk, NULL, 0, Op->Irp);
        CHECK(!NT_SUCCESS(WcWait(Op)));
        CHECK_STATUS(BindOf(Socket)(Socket->Wsk, &Right.Sa, 0, NULL), STATUS_INVALID_PARAMETER);
        /* The socket is none the worse for it. */
        CHECK_STATUS(WcBind(Socket, &Right), STATUS_SUCCESS);
    }
    WcClose(Client);
}

TEST_BOTH(AMB_08, the_address_is_copied_by_the_call)
{
    WC_CLIENT *Client = WcOpen();
    SIZE_T Size = Family == AF_INET6 ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN);
    WC_ADDR Address = WcLoopback(Family, 0);

    COVERS("LISTEN-03");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Bindable); i++)
    {
        WC_SOCK *Socket = WcSocket(Client, Family, Bindable[i], NULL, NULL);
        PUCHAR Exact = ExAllocatePoolWithTag(NonPagedPoolNx, Size, WC_TAG);
        WC_OP *Op = WcOp(Client, "WskBind");

        CHECK(Exact != NULL);
        RtlCopyMemory(Exact, &Address, Size);
        Op->Returned = BindOf(Socket)(Socket->Wsk, (PSOCKADDR)Exact, 0, Op->Irp);
        ExFreePoolWithTag(Exact, WC_TAG);
        CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    }
    WcClose(Client);
}

/* ---- conflicts -------------------------------------------------------------------- */

TEST_BOTH(AMB_55, a_port_held_by_another_program_exists_already)
{
    WC_CLIENT *Client = WcOpen();
    USHORT Port = 0;
    struct peer *Foreign = peer_listen(WC_PEER_FAMILY(Family), &Port);
    WC_ADDR Address = WcLoopback(Family, Port), Free = WcLoopback(Family, 0);
    static const ULONG Tcp[] = {WSK_FLAG_LISTEN_SOCKET, WSK_FLAG_CONNECTION_SOCKET, WSK_FLAG_STREAM_SOCKET};

    COVERS("AMB-11", "LISTEN-02", "LISTEN-18", "STREAM-11");
    CHECK(Foreign != NULL);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Tcp); i++)
    {
        WC_SOCK *Socket = WcSocket(Client, Family, Tcp[i], NULL, NULL);

        CHECK_STATUS(WcBind(Socket, &Address), STATUS_ADDRESS_ALREADY_EXISTS);
        CHECK_STATUS(WcBind(Socket, &Free), STATUS_SUCCESS);
    }
    peer_close(Foreign);
    WcClose(Client);
}

TEST_BOTH(LISTEN_18, a_port_held_by_another_socket_exists_already)
{
    WC_CLIENT *Client = WcOpen(), *Other = WcOpen();
    WC_SOCK *First = WcListener(Client, Family, NULL, NULL);
    WC_SOCK *Second = WcSocket(Client, Family, WSK_FLAG_LISTEN_SOCKET, NULL, NULL);
    WC_SOCK *Third = WcSocket(Other, Family, WSK_FLAG_LISTEN_SOCKET, NULL, NULL);
    WC_ADDR Address = WcLoopback(Family, WcPort(First));

    COVERS("LISTEN-20", "LISTEN-28", "AMB-11");
    CHECK_STATUS(WcBind(Second, &Address), STATUS_ADDRESS_ALREADY_EXISTS);
    CHECK_STATUS(WcBind(Third, &Address), STATUS_ADDRESS_ALREADY_EXISTS);
    WcCloseSocket(First);
    CHECK_STATUS(WcBind(Second, &Address), STATUS_SUCCESS);
    WcClose(Other);
    WcClose(Client);
}

TEST_BOTH(LISTEN_15, a_port_is_free_again_after_close)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL);
    WC_ADDR Address = WcLoopback(Family, WcPort(Listener));

    COVERS("LISTEN-13");
    for (int i = 0; i < 20; i++)
    {
        WcCloseSocket(Listener);
        Listener = WcSocket(Client, Family, WSK_FLAG_LISTEN_SOCKET, NULL, NULL);
        CHECK_STATUS(WcBind(Listener, &Address), STATUS_SUCCESS);
    }
    WcClose(Client);
}

TEST_BOTH(AMB_55, a_listener_restarts_over_time_wait)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL), *Accepted;
    WC_ADDR Address = WcLoopback(Family, WcPort(Listener));
    struct peer *Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listener));

    COVERS("AMB-11", "LISTEN-13");
    CHECK(Peer != NULL);
    Accepted = WcAccept(Listener);
    /* This side finishes first, so that TIME_WAIT stays on its port. */
    CHECK_STATUS(WcDisconnect(Accepted, NULL, 0), STATUS_SUCCESS);
    CHECK_EQ(peer_expect_end(Peer), 0);
    peer_close(Peer);
    WcExpectEnd(Accepted);
    WcCloseSocket(Accepted);
    WcCloseSocket(Listener);
    Listener = WcSocket(Client, Family, WSK_FLAG_LISTEN_SOCKET, NULL, NULL);
    CHECK_STATUS(WcBind(Listener, &Address), STATUS_SUCCESS);
    Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listener));
    CHECK(Peer != NULL);
    WcAccept(Listener);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(LISTEN_02, an_address_of_no_interface_fails)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket = WcSocket(Client, Family, WSK_FLAG_LISTEN_SOCKET, NULL, NULL);
    WC_ADDR Foreign = WcLoopback(Family, 0);

    /* 192.0.2.1 and 2001:db8::1 are for documentation only (RFC 5737, 3849). */
    if (Family == AF_INET)
    {
        ((PUCHAR)&Foreign.V4.sin_addr)[0] = 192;
        ((PUCHAR)&Foreign.V4.sin_addr)[2] = 2;
    }
    else
    {
        ((PUCHAR)&Foreign.V6.sin6_addr)[0] = 0x20;
        ((PUCHAR)&Foreign.V6.sin6_addr)[1] = 0x01;
        ((PUCHAR)&Foreign.V6.sin6_addr)[2] = 0x0d;
        ((PUCHAR)&Foreign.V6.sin6_addr)[3] = 0xb8;
    }
    CHECK(!NT_SUCCESS(WcBind(Socket, &Foreign)));
    WcClose(Client);
}
