// SPDX-License-Identifier: MIT
/*
 * WskControlSocket: options and I/O controls (area BASIC, first part).
 */
#include "support/wskclient.h"

/* STATUS of a control whose result does not fit the usual helper. */
static NTSTATUS Control(WC_SOCK *Socket, WSK_CONTROL_SOCKET_TYPE Type, ULONG Code, ULONG Level, SIZE_T InputSize,
                        PVOID Input, SIZE_T OutputSize, PVOID Output)
{
    return WcWait(WcStartControl(Socket, Type, Code, Level, InputSize, Input, OutputSize, Output));
}

static NTSTATUS Bare(WC_SOCK *Socket, WSK_CONTROL_SOCKET_TYPE Type, ULONG Code, ULONG Level, SIZE_T InputSize,
                     PVOID Input, SIZE_T OutputSize, PVOID Output, SIZE_T *Returned)
{
    return WcBasicTable(Socket)->WskControlSocket(Socket->Wsk, Type, Code, Level, InputSize, Input, OutputSize,
                                                  Output, Returned, NULL);
}

/* Default 0, then 1, then 0 again. */
static void CheckSwitch(WC_SOCK *Socket, ULONG Level, ULONG Option)
{
    ULONG Value;

    CHECK_STATUS(WcGetOption(Socket, Level, Option, &Value), STATUS_SUCCESS);
    CHECK_EQ(Value, 0);
    CHECK_STATUS(WcSetOption(Socket, Level, Option, 1), STATUS_SUCCESS);
    CHECK_STATUS(WcGetOption(Socket, Level, Option, &Value), STATUS_SUCCESS);
    CHECK_EQ(Value, 1);
    CHECK_STATUS(WcSetOption(Socket, Level, Option, 0), STATUS_SUCCESS);
    CHECK_STATUS(WcGetOption(Socket, Level, Option, &Value), STATUS_SUCCESS);
    CHECK_EQ(Value, 0);
}

TEST_BOTH(BASIC_14, switches_default_to_zero_and_keep_what_is_set)
{
    static const ULONG Categories[] = {WSK_FLAG_LISTEN_SOCKET, WSK_FLAG_CONNECTION_SOCKET};
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Datagram = WcSocket(Client, Family, WSK_FLAG_DATAGRAM_SOCKET, NULL, NULL);

    COVERS("BASIC-02", "BASIC-03", "BASIC-05", "BASIC-06", "BASIC-07", "BASIC-12", "BASIC-15", "BASIC-17", "BASIC-18",
           "BASIC-19", "BASIC-24", "LISTEN-28", "STRUCT-56", "STRUCT-57");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Categories); i++)
    {
        WC_SOCK *Socket = WcSocket(Client, Family, Categories[i], NULL, NULL);

        CheckSwitch(Socket, SOL_SOCKET, SO_KEEPALIVE);
        CheckSwitch(Socket, SOL_SOCKET, SO_REUSEADDR);
        CheckSwitch(Socket, SOL_SOCKET, SO_EXCLUSIVEADDRUSE);
    }
    CheckSwitch(Datagram, SOL_SOCKET, SO_BROADCAST);
    CheckSwitch(Datagram, SOL_SOCKET, SO_REUSEADDR);
    CheckSwitch(Datagram, SOL_SOCKET, SO_EXCLUSIVEADDRUSE);
    WcClose(Client);
}

TEST_BOTH(BASIC_22, receive_buffer_size)
{
    static const ULONG Categories[] = {WSK_FLAG_LISTEN_SOCKET, WSK_FLAG_CONNECTION_SOCKET, WSK_FLAG_DATAGRAM_SOCKET};
    WC_CLIENT *Client = WcOpen();
    ULONG Value;

    COVERS("BASIC-24");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Categories); i++)
    {
        WC_SOCK *Socket = WcSocket(Client, Family, Categories[i], NULL, NULL);

        CHECK_STATUS(WcGetOption(Socket, SOL_SOCKET, SO_RCVBUF, &Value), STATUS_SUCCESS);
        CHECK(Value > 0);
        CHECK_STATUS(WcSetOption(Socket, SOL_SOCKET, SO_RCVBUF, 50000), STATUS_SUCCESS);
        CHECK_STATUS(WcGetOption(Socket, SOL_SOCKET, SO_RCVBUF, &Value), STATUS_SUCCESS);
        CHECK_EQ(Value, 50000);
    }
    WcClose(Client);
}

TEST_BOTH(BASIC_20, accepted_sockets_inherit_and_may_override)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL), *Accepted, *Other;
    struct peer *One, *Two;
    ULONG Value;

    COVERS("BASIC-23", "BASIC-19", "BASIC-21", "BASIC-22");
    CHECK_STATUS(WcSetOption(Listener, SOL_SOCKET, SO_KEEPALIVE, 1), STATUS_SUCCESS);
    CHECK_STATUS(WcSetOption(Listener, SOL_SOCKET, SO_RCVBUF, 40000), STATUS_SUCCESS);
    One = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listener));
    CHECK(One != NULL);
    Accepted = WcAccept(Listener);
    CHECK_STATUS(WcGetOption(Accepted, SOL_SOCKET, SO_KEEPALIVE, &Value), STATUS_SUCCESS);
    CHECK_EQ(Value, 1);
    CHECK_STATUS(WcGetOption(Accepted, SOL_SOCKET, SO_RCVBUF, &Value), STATUS_SUCCESS);
    CHECK_EQ(Value, 40000);
    CHECK_STATUS(WcSetOption(Accepted, SOL_SOCKET, SO_KEEPALIVE, 0), STATUS_SUCCESS);
    CHECK_STATUS(WcSetOption(Accepted, SOL_SOCKET, SO_RCVBUF, 30000), STATUS_SUCCESS);
    CHECK_STATUS(WcGetOption(Accepted, SOL_SOCKET, SO_KEEPALIVE, &Value), STATUS_SUCCESS);
    CHECK_EQ(Value, 0);
    CHECK_STATUS(WcGetOption(Accepted, SOL_SOCKET, SO_RCVBUF, &Value), STATUS_SUCCESS);
    CHECK_EQ(Value, 30000);
    /* The listener's own values did not change, and the next one inherits them. */
    CHECK_STATUS(WcGetOption(Listener, SOL_SOCKET, SO_KEEPALIVE, &Value), STATUS_SUCCESS);
    CHECK_EQ(Value, 1);
    Two = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listener));
    CHECK(Two != NULL);
    Other = WcAccept(Listener);
    CHECK_STATUS(WcGetOption(Other, SOL_SOCKET, SO_KEEPALIVE, &Value), STATUS_SUCCESS);
    CHECK_EQ(Value, 1);
    peer_close(One);
    peer_close(Two);
    WcClose(Client);
}

TEST_BOTH(BASIC_14, wrong_lengths_fail)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket = WcSocket(Client, Family, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
    UCHAR Small[4];
    ULONG Value = 1;

    COVERS("BASIC-10", "BASIC-12");
    for (SIZE_T Size = 0; Size < sizeof(ULONG); Size++)
    {
        CHECK(!NT_SUCCESS(
            Control(Socket, WskSetOption, SO_KEEPALIVE, SOL_SOCKET, Size, Size ? &Value : NULL, 0, NULL)));
        WcPoison(Small, sizeof(Small));
        CHECK(!NT_SUCCESS(
            Control(Socket, WskGetOption, SO_KEEPALIVE, SOL_SOCKET, 0, NULL, Size, Size ? Small : NULL)));
        CHECK(WcIsPoison(Small, sizeof(Small)));
    }
    CHECK(!NT_SUCCESS(Control(Socket, WskSetOption, SO_KEEPALIVE, SOL_SOCKET, sizeof(Value), NULL, 0, NULL)));
    CHECK(!NT_SUCCESS(Control(Socket, WskGetOption, SO_KEEPALIVE, SOL_SOCKET, 0, NULL, sizeof(Value), NULL)));
    CHECK_STATUS(WcGetOption(Socket, SOL_SOCKET, SO_KEEPALIVE, &Value), STATUS_SUCCESS);
    CHECK_EQ(Value, 0);
    WcClose(Client);
}

TEST_BOTH(BASIC_13, unknown_options_and_controls_fail)
{
    static const ULONG Levels[] = {SOL_SOCKET, IPPROTO_TCP, IPPROTO_IP, IPPROTO_IPV6, 0x1234};
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket = WcSocket(Client, Family, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
    WC_OP *Op;
    ULONG Value;

    COVERS("BASIC-10", "BASIC-04");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Levels); i++)
    {
        CHECK(!NT_SUCCESS(WcSetOption(Socket, Levels[i], 0x7654, 1)));
        CHECK(!NT_SUCCESS(WcGetOption(Socket, Levels[i], 0x7654, &Value)));
        CHECK(WcIsPoison(&Value, sizeof(Value)));
    }
    Op = WcStartControl(Socket, WskIoctl, 0x12345678, 0, 0, NULL, 0, NULL);
    CHECK(!NT_SUCCESS(WcWait(Op)));
    CHECK(!NT_SUCCESS(Bare(Socket, WskIoctl, 0x12345678, 0, 0, NULL, 0, NULL, NULL)));
    Op = WcStartControl(Socket, (WSK_CONTROL_SOCKET_TYPE)17, SO_KEEPALIVE, SOL_SOCKET, 0, NULL, sizeof(Value), &Value);
    CHECK(!NT_SUCCESS(WcWait(Op)));
    WcClose(Client);
}

TEST_BOTH(AMB_19, options_of_another_category_are_invalid_requests)
{
    static const struct
    {
        ULONG Category, Option;
    } Cases[] = {
        {WSK_FLAG_LISTEN_SOCKET, SO_BROADCAST},           {WSK_FLAG_CONNECTION_SOCKET, SO_BROADCAST},
        {WSK_FLAG_CONNECTION_SOCKET, SO_CONDITIONAL_ACCEPT}, {WSK_FLAG_DATAGRAM_SOCKET, SO_CONDITIONAL_ACCEPT},
        {WSK_FLAG_DATAGRAM_SOCKET, SO_KEEPALIVE},
    };
    WC_CLIENT *Client = WcOpen();
    ULONG Value;

    COVERS("BASIC-15", "BASIC-16", "BASIC-19");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++)
    {
        WC_SOCK *Socket = WcSocket(Client, Family, Cases[i].Category, NULL, NULL);

        CHECK_STATUS(WcSetOption(Socket, SOL_SOCKET, Cases[i].Option, 1), STATUS_INVALID_DEVICE_REQUEST);
        CHECK_STATUS(WcGetOption(Socket, SOL_SOCKET, Cases[i].Option, &Value), STATUS_INVALID_DEVICE_REQUEST);
    }
    WcClose(Client);
}

TEST_BOTH(LISTEN_16, options_that_must_precede_bind)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Bound[2] = {WcListener(Client, Family, NULL, NULL), WcBoundConnection(Client, Family)};

    COVERS("BASIC-17", "BASIC-18", "AMB-19");
    for (int i = 0; i < 2; i++)
    {
        CHECK_STATUS(WcSetOption(Bound[i], SOL_SOCKET, SO_REUSEADDR, 1), STATUS_INVALID_DEVICE_STATE);
        CHECK_STATUS(WcSetOption(Bound[i], SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1), STATUS_INVALID_DEVICE_STATE);
        if (Family == AF_INET6)
        {
            CHECK_STATUS(WcSetOption(Bound[i], IPPROTO_IPV6, IPV6_V6ONLY, 0), STATUS_INVALID_DEVICE_STATE);
        }
        /* These may be set at any time. */
        CHECK_STATUS(WcSetOption(Bound[i], SOL_SOCKET, SO_KEEPALIVE, 1), STATUS_SUCCESS);
    }
    WcClose(Client);
}

TEST(BASIC_31, v6only_is_on_by_default)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket = WcSocket(Client, AF_INET6, WSK_FLAG_LISTEN_SOCKET, NULL, NULL);
    ULONG Value;

    COVERS("SOCK-36");
    CHECK_STATUS(WcGetOption(Socket, IPPROTO_IPV6, IPV6_V6ONLY, &Value), STATUS_SUCCESS);
    CHECK_EQ(Value, 1);
    CHECK_STATUS(WcSetOption(Socket, IPPROTO_IPV6, IPV6_V6ONLY, 0), STATUS_SUCCESS);
    CHECK_STATUS(WcGetOption(Socket, IPPROTO_IPV6, IPV6_V6ONLY, &Value), STATUS_SUCCESS);
    CHECK_EQ(Value, 0);
    WcClose(Client);
}

TEST_BOTH(BASIC_34, tcp_options)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket = WcSocket(Client, Family, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
    ULONG Value;

    COVERS("SOCK-34", "BASIC-03");
    CheckSwitch(Socket, IPPROTO_TCP, TCP_NODELAY);
    CHECK_STATUS(WcSetOption(Socket, IPPROTO_TCP, TCP_KEEPCNT, 7), STATUS_SUCCESS);
    CHECK_STATUS(WcGetOption(Socket, IPPROTO_TCP, TCP_KEEPCNT, &Value), STATUS_SUCCESS);
    CHECK_EQ(Value, 7);
    CHECK(!NT_SUCCESS(WcSetOption(Socket, IPPROTO_TCP, TCP_KEEPCNT, 256)));
    CHECK_STATUS(WcGetOption(Socket, IPPROTO_TCP, TCP_KEEPCNT, &Value), STATUS_SUCCESS);
    CHECK_EQ(Value, 7);
    WcClose(Client);
}

TEST_BOTH(BASIC_33, hop_limit_of_the_family)
{
    ULONG Level = Family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
    ULONG Option = Family == AF_INET6 ? IPV6_UNICAST_HOPS : IP_TTL;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket = WcSocket(Client, Family, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
    ULONG Value;

    CHECK_STATUS(WcGetOption(Socket, Level, Option, &Value), STATUS_SUCCESS);
    CHECK(Value > 0 && Value < 256);
    CHECK_STATUS(WcSetOption(Socket, Level, Option, 33), STATUS_SUCCESS);
    CHECK_STATUS(WcGetOption(Socket, Level, Option, &Value), STATUS_SUCCESS);
    CHECK_EQ(Value, 33);
    WcClose(Client);
}

/* IPv4's is set like an address, in network byte order, and read in host order;
 * IPv6's is in host order both ways. Interface 1 is the loopback. */
TEST_BOTH(BASIC_33, interface_index_in_the_byte_order_of_the_family)
{
    ULONG Level = Family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
    ULONG Option = Family == AF_INET6 ? IPV6_UNICAST_IF : IP_UNICAST_IF;
    ULONG One = Family == AF_INET6 ? 1 : RtlUlongByteSwap(1);
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket = WcSocket(Client, Family, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
    ULONG Value;

    CHECK_STATUS(WcGetOption(Socket, Level, Option, &Value), STATUS_SUCCESS);
    CHECK_EQ(Value, 0);
    CHECK_STATUS(WcSetOption(Socket, Level, Option, One), STATUS_SUCCESS);
    CHECK_STATUS(WcGetOption(Socket, Level, Option, &Value), STATUS_SUCCESS);
    CHECK_EQ(Value, 1);
    CHECK(!NT_SUCCESS(WcSetOption(Socket, Level, Option, RtlUlongByteSwap(One))));
    CHECK_STATUS(WcSetOption(Socket, Level, Option, 0), STATUS_SUCCESS);
    CHECK_STATUS(WcGetOption(Socket, Level, Option, &Value), STATUS_SUCCESS);
    CHECK_EQ(Value, 0);
    WcClose(Client);
}

TEST_BOTH(BASIC_33, a_traffic_class_is_one_byte)
{
    ULONG Level = Family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
    ULONG Option = Family == AF_INET6 ? IPV6_TCLASS : IP_TOS;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket = WcSocket(Client, Family, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
    ULONG Value;

    CHECK_STATUS(WcSetOption(Socket, Level, Option, 0x28), STATUS_SUCCESS);
    CHECK_STATUS(WcSetOption(Socket, Level, Option, 0x140), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WcGetOption(Socket, Level, Option, &Value), STATUS_SUCCESS);
    CHECK_EQ(Value, 0x28);
    WcClose(Client);
}

TEST_BOTH(AMB_10, option_input_is_copied_by_the_call)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket = WcSocket(Client, Family, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
    PULONG Input = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(ULONG), WC_TAG);
    WC_OP *Op;
    ULONG Value;

    COVERS("IRP-34");
    CHECK(Input != NULL);
    *Input = 1;
    Op = WcStartControl(Socket, WskSetOption, SO_KEEPALIVE, SOL_SOCKET, sizeof(ULONG), Input, 0, NULL);
    ExFreePoolWithTag(Input, WC_TAG);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_STATUS(WcGetOption(Socket, SOL_SOCKET, SO_KEEPALIVE, &Value), STATUS_SUCCESS);
    CHECK_EQ(Value, 1);
    WcClose(Client);
}

/* ---- I/O controls ------------------------------------------------------------ */

TEST_BOTH(BASIC_39, receive_backlog_counts_the_bytes_waiting)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    SIZE_T Backlog = WC_POISON_SIZE;
    UCHAR Data[1000];
    WC_OP *Op;

    COVERS("STRUCT-66", "BASIC-07");
    WcPeerPair(Client, Family, &Socket, &Peer);
    Op = WcStartControl(Socket, WskIoctl, SIO_WSK_QUERY_RECEIVE_BACKLOG, 0, 0, NULL, sizeof(Backlog), &Backlog);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, sizeof(SIZE_T));
    CHECK_EQ(Backlog, 0);
    WcFill(Data, sizeof(Data), 0);
    CHECK_EQ(peer_send_all(Peer, Data, sizeof(Data)), 0);
    /* One segment: when its first byte is here, so are the others. */
    WcReceiveData(Socket, Data, 1);
    Backlog = WC_POISON_SIZE;
    CHECK_STATUS(Control(Socket, WskIoctl, SIO_WSK_QUERY_RECEIVE_BACKLOG, 0, 0, NULL, sizeof(Backlog), &Backlog),
                 STATUS_SUCCESS);
    CHECK_EQ(Backlog, 999);
    WcReceiveData(Socket, Data, 999);
    CHECK(WcIsFilled(Data, 999, 1));
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(BASIC_38, ideal_send_backlog_is_told)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    SIZE_T Ideal = WC_POISON_SIZE;
    WC_OP *Op;

    COVERS("CONN-73", "CONN-74", "AMB-41", "STRUCT-66");
    WcPeerPair(Client, Family, &Socket, &Peer);
    Op = WcStartControl(Socket, WskIoctl, SIO_WSK_QUERY_IDEAL_SEND_BACKLOG, 0, 0, NULL, sizeof(Ideal), &Ideal);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, sizeof(SIZE_T));
    CHECK(Ideal > 0 && Ideal != WC_POISON_SIZE);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(BASIC_38, backlog_queries_need_an_irp_a_connection_and_room)
{
    static const ULONG Codes[] = {SIO_WSK_QUERY_IDEAL_SEND_BACKLOG, SIO_WSK_QUERY_RECEIVE_BACKLOG};
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket, *Bound = WcBoundConnection(Client, Family);
    struct peer *Peer;
    SIZE_T Value;

    COVERS("BASIC-39", "AMB-22", "AMB-19", "BASIC-10");
    WcPeerPair(Client, Family, &Socket, &Peer);
    for (int i = 0; i < 2; i++)
    {
        Value = WC_POISON_SIZE;
        CHECK_STATUS(Bare(Socket, WskIoctl, Codes[i], 0, 0, NULL, sizeof(Value), &Value, NULL),
                     STATUS_INVALID_PARAMETER);
        CHECK_STATUS(Control(Bound, WskIoctl, Codes[i], 0, 0, NULL, sizeof(Value), &Value),
                     STATUS_INVALID_DEVICE_STATE);
        CHECK(!NT_SUCCESS(Control(Socket, WskIoctl, Codes[i], 0, 0, NULL, sizeof(ULONG), &Value)));
        CHECK_EQ(Value, WC_POISON_SIZE);
    }
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(BASIC_41, inspect_id_exists_only_for_inspected_connections)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL), *Socket, *Accepted;
    WSK_INSPECT_ID Id;
    SIZE_T Size = WC_POISON_SIZE;

    COVERS("BASIC-40");
    WcPair(Client, Family, &Socket, &Accepted);
    WcPoison(&Id, sizeof(Id));
    CHECK_STATUS(Bare(Listener, WskIoctl, SIO_WSK_QUERY_INSPECT_ID, 0, 0, NULL, sizeof(Id), &Id, &Size),
                 STATUS_INVALID_DEVICE_REQUEST);
    CHECK_STATUS(Bare(Socket, WskIoctl, SIO_WSK_QUERY_INSPECT_ID, 0, 0, NULL, sizeof(Id), &Id, &Size),
                 STATUS_INVALID_DEVICE_REQUEST);
    CHECK_STATUS(Bare(Accepted, WskIoctl, SIO_WSK_QUERY_INSPECT_ID, 0, 0, NULL, sizeof(Id), &Id, &Size),
                 STATUS_INVALID_DEVICE_REQUEST);
    CHECK(WcIsPoison(&Id, sizeof(Id)));
    WcClose(Client);
}

TEST(EXT_03, no_extension_interface_exists)
{
    static const GUID Unknown = {0x01020304, 5, 6, {7, 8, 9, 10, 11, 12, 13, 14}};
    static const ULONG Categories[] = {WSK_FLAG_BASIC_SOCKET, WSK_FLAG_LISTEN_SOCKET, WSK_FLAG_DATAGRAM_SOCKET,
                                       WSK_FLAG_CONNECTION_SOCKET, WSK_FLAG_STREAM_SOCKET};
    WC_CLIENT *Client = WcOpen();
    WSK_EXTENSION_CONTROL_IN In = {&Unknown, NULL, NULL};
    WSK_EXTENSION_CONTROL_OUT Out;

    COVERS("EXT-01", "EXT-02", "EXT-06", "EXT-09", "BASIC-42");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Categories); i++)
    {
        WC_SOCK *Socket = WcSocket(Client, AF_INET, Categories[i], NULL, NULL);

        CHECK_STATUS(Bare(Socket, WskIoctl, SIO_WSK_REGISTER_EXTENSION, 0, sizeof(In), &In, sizeof(Out), &Out, NULL),
                     STATUS_NOT_SUPPORTED);
    }
    WcClose(Client);
}

TEST_BOTH(BASIC_44, silent_mode_is_refused_on_loopback)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket, *Bound = WcBoundConnection(Client, Family);
    struct peer *Peer;

    COVERS("AMB-42", "AMB-22");
    WcPeerPair(Client, Family, &Socket, &Peer);
    CHECK_STATUS(Control(Socket, WskIoctl, SIO_WSK_SET_TCP_SILENT_MODE, 0, 0, NULL, 0, NULL), STATUS_NOT_SUPPORTED);
    CHECK_STATUS(Bare(Socket, WskIoctl, SIO_WSK_SET_TCP_SILENT_MODE, 0, 0, NULL, 0, NULL, NULL),
                 STATUS_INVALID_PARAMETER);
    CHECK(!NT_SUCCESS(Control(Bound, WskIoctl, SIO_WSK_SET_TCP_SILENT_MODE, 0, 0, NULL, 0, NULL)));
    /* The connection is as it was. */
    WcSendData(Socket, "x", 1);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(BASIC_55, loopback_fast_path_is_a_hint_on_tcp)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket = WcSocket(Client, Family, WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
    WC_SOCK *Listener = WcSocket(Client, Family, WSK_FLAG_LISTEN_SOCKET, NULL, NULL);
    ULONG On = 1;

    COVERS("BASIC-53", "BASIC-54", "AMB-42");
    CHECK_STATUS(Control(Socket, WskIoctl, SIO_LOOPBACK_FAST_PATH, 0, sizeof(On), &On, 0, NULL), STATUS_SUCCESS);
    CHECK_STATUS(Control(Listener, WskIoctl, SIO_LOOPBACK_FAST_PATH, 0, sizeof(On), &On, 0, NULL), STATUS_SUCCESS);
    CHECK_STATUS(Control(Socket, WskIoctl, SIO_LOOPBACK_FAST_PATH, 0, 0, NULL, 0, NULL), STATUS_INVALID_BUFFER_SIZE);
    WcClose(Client);
}

TEST(BASIC_59, no_connection_was_redirected)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    UCHAR Records[64];

    COVERS("BASIC-57", "BASIC-60", "AMB-42");
    WcPeerPair(Client, AF_INET, &Socket, &Peer);
    CHECK_STATUS(Control(Socket, WskIoctl, SIO_QUERY_WFP_CONNECTION_REDIRECT_RECORDS, 0, 0, NULL, sizeof(Records),
                         Records),
                 STATUS_NOT_FOUND);
    CHECK_STATUS(Control(Socket, WskIoctl, SIO_QUERY_WFP_CONNECTION_REDIRECT_CONTEXT, 0, 0, NULL, sizeof(Records),
                         Records),
                 STATUS_NOT_FOUND);
    RtlZeroMemory(Records, sizeof(Records));
    CHECK_STATUS(Control(Socket, WskIoctl, SIO_SET_WFP_CONNECTION_REDIRECT_RECORDS, 0, sizeof(Records), Records, 0,
                         NULL),
                 STATUS_ACCESS_DENIED);
    peer_close(Peer);
    WcClose(Client);
}
