// SPDX-License-Identifier: MIT
/*
 * WskSocket: categories, families, contexts, refused combinations (area SOCK).
 */
#include "support/wskclient.h"

/* Every slot of a table is a function: members are never NULL (AMB-46, 47). */
static void CheckTable(const VOID *Table, SIZE_T Size)
{
    PVOID const *Slots = Table;

    for (SIZE_T i = 0; i < Size / sizeof(PVOID); i++)
    {
        CHECK(Slots[i] != NULL);
    }
}

TEST_BOTH(SOCK_06, each_category_has_its_table)
{
    WC_CLIENT *Client = WcOpen();
    static const struct
    {
        ULONG Category;
        SIZE_T TableSize;
    } Categories[] = {
        {WSK_FLAG_BASIC_SOCKET, sizeof(WSK_PROVIDER_BASIC_DISPATCH)},
        {WSK_FLAG_LISTEN_SOCKET, sizeof(WSK_PROVIDER_LISTEN_DISPATCH)},
        {WSK_FLAG_DATAGRAM_SOCKET, sizeof(WSK_PROVIDER_DATAGRAM_DISPATCH)},
        {WSK_FLAG_CONNECTION_SOCKET, sizeof(WSK_PROVIDER_CONNECTION_DISPATCH)},
        {WSK_FLAG_STREAM_SOCKET, sizeof(WSK_PROVIDER_STREAM_DISPATCH)},
    };

    COVERS("SOCK-02", "SOCK-03", "SOCK-09", "SOCK-12", "SOCK-13", "SOCK-14", "SOCK-15", "SOCK-16", "SOCK-17",
           "SOCK-20", "SOCK-21", "SOCK-24", "SOCK-25", "SOCK-27", "SOCK-28", "SOCK-29", "SOCK-30", "STREAM-01",
           "STREAM-03", "STREAM-04", "STRUCT-16", "AMB-46");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Categories); i++)
    {
        WC_SOCK *Socket = WcSocket(Client, Family, Categories[i].Category, NULL, NULL);

        CheckTable(Socket->Wsk->Dispatch, Categories[i].TableSize);
        WcCloseSocket(Socket);
    }
    WcClose(Client);
}

TEST_BOTH(SOCK_11, no_category_flag_makes_a_basic_socket)
{
    WC_CLIENT *Client = WcOpen();
    WC_OP *Tcp = WcStartSocket(Client, Family, SOCK_STREAM, IPPROTO_TCP, 0, NULL, NULL);
    WC_OP *Udp = WcStartSocket(Client, Family, SOCK_DGRAM, IPPROTO_UDP, 0, NULL, NULL);

    COVERS("SOCK-12", "SOCK-26");
    CHECK_STATUS(WcWait(Tcp), STATUS_SUCCESS);
    CHECK_STATUS(WcWait(Udp), STATUS_SUCCESS);
    WcAdopt(Client, Tcp->Information, WSK_FLAG_BASIC_SOCKET, Family);
    WcAdopt(Client, Udp->Information, WSK_FLAG_BASIC_SOCKET, Family);
    WcClose(Client);
}

TEST_BOTH(SOCK_26, raw_sockets_are_tried)
{
    static const ULONG Categories[] = {WSK_FLAG_BASIC_SOCKET, WSK_FLAG_DATAGRAM_SOCKET};
    WC_CLIENT *Client = WcOpen();

    COVERS("SOCK-28", "SOCK-32", "SOCK-33", "AMB-49");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Categories); i++)
    {
        WC_OP *Op = WcStartSocket(Client, Family, SOCK_RAW, Family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP,
                                  Categories[i], NULL, NULL);
        NTSTATUS Status = WcWait(Op);

        /* Raw sockets need a privilege that the tests may lack. */
        CHECK(Status == STATUS_SUCCESS || Status == STATUS_ACCESS_DENIED);
        if (NT_SUCCESS(Status))
        {
            WcAdopt(Client, Op->Information, Categories[i], Family);
        }
    }
    WcClose(Client);
}

TEST(SOCK_10, several_category_flags_are_refused)
{
    WC_CLIENT *Client = WcOpen();

    COVERS("AMB-06");
    for (ULONG First = 1; First <= 8; First <<= 1)
    {
        for (ULONG Second = First << 1; Second <= 8; Second <<= 1)
        {
            CHECK_STATUS(
                WcWait(WcStartSocket(Client, AF_INET, SOCK_STREAM, IPPROTO_TCP, First | Second, NULL, NULL)),
                STATUS_INVALID_PARAMETER);
        }
    }
    CHECK(!NT_SUCCESS(WcWait(WcStartSocket(Client, AF_INET, SOCK_STREAM, IPPROTO_TCP, 0x40000000, NULL, NULL))));
    WcClose(Client);
}

TEST_BOTH(AMB_06, wrong_combinations_are_not_supported)
{
    static const struct
    {
        USHORT Type;
        ULONG Protocol, Category;
    } Cases[] = {
        {SOCK_STREAM, IPPROTO_UDP, WSK_FLAG_CONNECTION_SOCKET}, {SOCK_DGRAM, IPPROTO_TCP, WSK_FLAG_DATAGRAM_SOCKET},
        {SOCK_DGRAM, IPPROTO_UDP, WSK_FLAG_CONNECTION_SOCKET},  {SOCK_DGRAM, IPPROTO_UDP, WSK_FLAG_STREAM_SOCKET},
        {SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_DATAGRAM_SOCKET},   {SOCK_RAW, IPPROTO_ICMP, WSK_FLAG_LISTEN_SOCKET},
        {77, IPPROTO_TCP, WSK_FLAG_CONNECTION_SOCKET},          {SOCK_STREAM, IPPROTO_UDP, WSK_FLAG_BASIC_SOCKET},
        {SOCK_STREAM, 0xFFFF, WSK_FLAG_LISTEN_SOCKET},
    };
    WC_CLIENT *Client = WcOpen();

    COVERS("SOCK-02", "SOCK-03", "SOCK-25", "SOCK-27", "SOCK-28", "SOCK-29", "SOCK-30");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++)
    {
        WC_OP *Op = WcStartSocket(Client, Family, Cases[i].Type, Cases[i].Protocol, Cases[i].Category, NULL, NULL);

        CHECK_STATUS(WcWait(Op), STATUS_NOT_SUPPORTED);
    }
    WcClose(Client);
}

TEST(SOCK_24, unknown_families_are_not_supported)
{
    static const ADDRESS_FAMILY Families[] = {0, 1, 10 /* AF_INET6 on Linux */, 99, 0xFFFF};
    WC_CLIENT *Client = WcOpen();

    COVERS("AMB-06", "STRUCT-60");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Families); i++)
    {
        CHECK_STATUS(WcWait(WcStartSocket(Client, Families[i], SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_CONNECTION_SOCKET,
                                          NULL, NULL)),
                     STATUS_NOT_SUPPORTED);
    }
    WcClose(Client);
}

TEST(SOCK_04, null_irp_is_seen_before_a_null_client)
{
    WC_CLIENT *Client = WcOpen();
    PFN_WSK_SOCKET Socket = Client->Npi.Dispatch->WskSocket;

    COVERS("IRP-16", "IRP-17");
    CHECK_STATUS(Socket(Client->Npi.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET, NULL, NULL,
                        NULL, NULL, NULL, NULL),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Socket(NULL, AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET, NULL, NULL, NULL, NULL, NULL,
                        NULL),
                 STATUS_INVALID_PARAMETER);
    WcClose(Client);
}

static NTSTATUS NTAPI HoldIrp(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    InterlockedIncrement(Context);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

TEST(SOCK_05, null_client_is_an_invalid_handle_and_the_irp_stays_usable)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, AF_INET, NULL, NULL);
    volatile LONG Calls = 0;
    PIRP Irp = IoAllocateIrp(1, FALSE);
    WC_ADDR Address;
    WC_OP Op;

    COVERS("IRP-17", "AMB-04");
    IoSetCompletionRoutine(Irp, HoldIrp, (PVOID)(ULONG_PTR)&Calls, TRUE, TRUE, TRUE);
    CHECK_STATUS(Client->Npi.Dispatch->WskSocket(NULL, AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET,
                                                 NULL, NULL, NULL, NULL, NULL, Irp),
                 STATUS_INVALID_HANDLE);
    CHECK(Calls <= 1);
    IoReuseIrp(Irp, STATUS_SUCCESS);
    WcInitOp(&Op, Irp, "WskGetLocalAddress");
    Op.Returned = WcListenTable(Listener)->WskGetLocalAddress(Listener->Wsk, &Address.Sa, Irp);
    CHECK_STATUS(WcWait(&Op), STATUS_SUCCESS);
    IoFreeIrp(Irp);
    WcClose(Client);
}

TEST_BOTH(SOCK_08, creation_binds_nothing)
{
    static const ULONG Categories[] = {WSK_FLAG_LISTEN_SOCKET, WSK_FLAG_DATAGRAM_SOCKET, WSK_FLAG_CONNECTION_SOCKET,
                                       WSK_FLAG_STREAM_SOCKET};
    WC_CLIENT *Client = WcOpen();
    WC_ADDR Address;

    COVERS("LISTEN-30", "LISTEN-32");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Categories); i++)
    {
        WC_SOCK *Socket = WcSocket(Client, Family, Categories[i], NULL, NULL);

        CHECK_STATUS(WcGetLocal(Socket, &Address), STATUS_INVALID_DEVICE_STATE);
    }
    WcClose(Client);
}

TEST_BOTH(SOCK_31, listening_udp_socket_is_created_but_cannot_be_bound)
{
    WC_CLIENT *Client = WcOpen();
    WC_OP *Op = WcStartSocket(Client, Family, SOCK_DGRAM, IPPROTO_UDP, WSK_FLAG_LISTEN_SOCKET, NULL, NULL);
    WC_ADDR Address = WcLoopback(Family, 0);
    WC_SOCK *Socket;

    COVERS("LISTEN-14", "AMB-06");
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    Socket = WcAdopt(Client, Op->Information, WSK_FLAG_LISTEN_SOCKET, Family);
    CHECK_STATUS(WcBind(Socket, &Address), STATUS_NOT_IMPLEMENTED);
    WcCloseSocket(Socket);
    WcClose(Client);
}

TEST_BOTH(SOCK_23, listener_with_an_all_null_table_works_by_accept)
{
    static const WSK_CLIENT_LISTEN_DISPATCH Empty = {NULL, NULL, NULL};
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, NULL, &Empty), *Accepted;
    struct peer *Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listener));
    char Text[5];

    COVERS("SOCK-19", "SOCK-20", "SOCK-22", "LISTEN-41");
    CHECK(Peer != NULL);
    Accepted = WcAccept(Listener);
    WcSendData(Accepted, "hello", 5);
    CHECK_EQ(peer_recv_all(Peer, Text, 5), 5);
    CHECK_MEM(Text, "hello", 5);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(SOCK_19, context_may_be_any_value)
{
    WC_CLIENT *Client = WcOpen();

    COVERS("IRP-38", "SOCK-18");
    /* Never dereferenced. */
    WcSocket(Client, Family, WSK_FLAG_LISTEN_SOCKET, (PVOID)1, NULL);
    WcSocket(Client, Family, WSK_FLAG_CONNECTION_SOCKET, (PVOID)WC_POISON_SIZE, NULL);
    WcClose(Client);
}

TEST(SOCK_37, owning_process_and_thread_may_be_named)
{
    WC_CLIENT *Client = WcOpen();
    WC_OP *Op = WcOp(Client, "WskSocket with an owner");

    COVERS("SOCK-38", "SOCK-39", "SOCK-41", "AMB-43");
    Op->Returned = Client->Npi.Dispatch->WskSocket(Client->Npi.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
                                                   WSK_FLAG_LISTEN_SOCKET, NULL, NULL, PsGetCurrentProcess(),
                                                   PsGetCurrentThread(), NULL, Op->Irp);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    WcAdopt(Client, Op->Information, WSK_FLAG_LISTEN_SOCKET, AF_INET);
    WcClose(Client);
}

TEST(SOCK_36, ipv6_listener_serves_one_or_both_families)
{
    WC_NEEDS_IPV6();

    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Dual = WcSocket(Client, AF_INET6, WSK_FLAG_LISTEN_SOCKET, NULL, NULL);
    WC_SOCK *Single = NULL;
    WC_ADDR Any = WcAny(AF_INET6, 0), Remote;
    struct peer *V4, *V6, *Held = NULL;
    NTSTATUS Status = WC_POISON_STATUS;
    WC_OP *Op;

    COVERS("BASIC-31", "LISTEN-06", "LISTEN-47", "LISTEN-16");
    CHECK_STATUS(WcSetOption(Dual, IPPROTO_IPV6, IPV6_V6ONLY, 0), STATUS_SUCCESS);
    CHECK_STATUS(WcBind(Dual, &Any), STATUS_SUCCESS);
    V4 = peer_connect(4, WcPort(Dual));
    CHECK(V4 != NULL);
    WcPoison(&Remote, sizeof(Remote));
    Op = WcStartAccept(Dual, NULL, NULL, NULL, &Remote);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    WcAdopt(Client, Op->Information, WSK_FLAG_CONNECTION_SOCKET, AF_INET6);
    CHECK_EQ(Remote.Sa.sa_family, AF_INET6);
    CHECK_EQ(WcPortOf(&Remote), peer_port(V4));
    V6 = peer_connect(6, WcPort(Dual));
    CHECK(V6 != NULL);
    WcAccept(Dual);
    peer_close(V6);
    peer_close(V4);

    /* The peer keeps the IPv4 port, so that nobody else can listen there; the
     * IPv6 one of that number may be taken, then another is tried. */
    for (int i = 0; i < 10 && Status != STATUS_SUCCESS; i++)
    {
        USHORT Port = 0;

        peer_close(Held);
        Held = peer_hold_port(4, &Port);
        CHECK(Held != NULL);
        Any = WcAny(AF_INET6, Port);
        Single = WcSocket(Client, AF_INET6, WSK_FLAG_LISTEN_SOCKET, NULL, NULL);
        Status = WcBind(Single, &Any);
    }
    CHECK_STATUS(Status, STATUS_SUCCESS);
    CHECK(peer_connect(4, WcPort(Single)) == NULL);
    V6 = peer_connect(6, WcPort(Single));
    CHECK(V6 != NULL);
    WcAccept(Single);
    peer_close(V6);
    peer_close(Held);
    WcClose(Client);
}

TEST(SOCK_03, many_sockets_at_once)
{
    enum { Many = 300 };
    WC_CLIENT *Client = WcOpen();
    static WC_OP *Ops[Many];
    static WC_SOCK *Sockets[Many];

    COVERS("SOCK-06", "BASIC-67");
    for (int i = 0; i < Many; i++)
    {
        Ops[i] = WcStartSocket(Client, i & 1 ? AF_INET : AF_INET6, SOCK_STREAM, IPPROTO_TCP,
                               WSK_FLAG_CONNECTION_SOCKET, NULL, NULL);
    }
    for (int i = 0; i < Many; i++)
    {
        CHECK_STATUS(WcWait(Ops[i]), STATUS_SUCCESS);
        Sockets[i] = WcAdopt(Client, Ops[i]->Information, WSK_FLAG_CONNECTION_SOCKET, i & 1 ? AF_INET : AF_INET6);
    }
    for (int i = 0; i < Many; i++)
    {
        Ops[i] = WcStartClose(Sockets[i]);
    }
    for (int i = 0; i < Many; i++)
    {
        CHECK_STATUS(WcWait(Ops[i]), STATUS_SUCCESS);
    }
    WcClose(Client);
}
