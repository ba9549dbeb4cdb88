// SPDX-License-Identifier: MIT
/*
 * Sharing a local address: the outcome of a second bind to the same port (area
 * LISTEN, rows 18 to 28, and SO_WSK_SECURITY, rows BASIC-25 to 28).
 */
#include "support/wskclient.h"

/* Columns and rows of the table: what a socket set before its bind. */
typedef enum _KIND
{
    DefaultWildcard,
    DefaultSpecific,
    ReuseWildcard,
    ReuseSpecific,
    ExclusiveWildcard,
    ExclusiveSpecific,
    Kinds
} KIND;

#define OK STATUS_SUCCESS
#define USED STATUS_ADDRESS_ALREADY_EXISTS
#define DENY STATUS_ACCESS_DENIED
/* The access check of the default descriptor never grants (LISTEN-26). */
#define TEST_ACCESS STATUS_ACCESS_DENIED

static const NTSTATUS Expected[Kinds][Kinds] = {
    /* second socket: by the first one, in the order above */
    [DefaultWildcard] = {USED, OK, USED, OK, USED, OK},
    [DefaultSpecific] = {TEST_ACCESS, USED, TEST_ACCESS, DENY, DENY, USED},
    [ReuseWildcard] = {DENY, OK, OK, OK, DENY, OK},
    [ReuseSpecific] = {TEST_ACCESS, DENY, OK, OK, DENY, DENY},
    [ExclusiveWildcard] = {USED, USED, USED, USED, USED, USED},
    [ExclusiveSpecific] = {TEST_ACCESS, USED, TEST_ACCESS, USED, DENY, USED},
};

static WC_SOCK *Prepare(WC_CLIENT *Client, ADDRESS_FAMILY Family, ULONG Category, KIND Kind)
{
    WC_SOCK *Socket = WcSocket(Client, Family, Category, NULL, NULL);

    if (Kind == ReuseWildcard || Kind == ReuseSpecific)
    {
        CHECK_STATUS(WcSetOption(Socket, SOL_SOCKET, SO_REUSEADDR, 1), STATUS_SUCCESS);
    }
    if (Kind == ExclusiveWildcard || Kind == ExclusiveSpecific)
    {
        CHECK_STATUS(WcSetOption(Socket, SOL_SOCKET, (ULONG)SO_EXCLUSIVEADDRUSE, 1), STATUS_SUCCESS);
    }
    return Socket;
}

static WC_ADDR AddressOf(ADDRESS_FAMILY Family, KIND Kind, USHORT Port)
{
    BOOLEAN Wildcard = Kind == DefaultWildcard || Kind == ReuseWildcard || Kind == ExclusiveWildcard;

    return Wildcard ? WcAny(Family, Port) : WcLoopback(Family, Port);
}

static void CheckTable(ADDRESS_FAMILY Family, ULONG Category)
{
    WC_CLIENT *Client = WcOpen();
    BOOLEAN Failed = FALSE;

    for (KIND First = 0; First < Kinds; First++)
    {
        for (KIND Second = 0; Second < Kinds; Second++)
        {
            WC_SOCK *Holder = Prepare(Client, Family, Category, First);
            WC_SOCK *Other = Prepare(Client, Family, Category, Second);
            WC_ADDR Address = AddressOf(Family, First, 0);
            NTSTATUS Status;

            CHECK_STATUS(WcBind(Holder, &Address), STATUS_SUCCESS);
            Address = AddressOf(Family, Second, WcPort(Holder));
            Status = WcBind(Other, &Address);
            if (Status != Expected[Second][First])
            {
                print_message("first %d, second %d: %08x, not %08x\n", (int)First, (int)Second, (unsigned int)Status,
                              (unsigned int)Expected[Second][First]);
                Failed = TRUE;
            }
            WcCloseSocket(Other);
            WcCloseSocket(Holder);
        }
    }
    CHECK(!Failed);
    WcClose(Client);
}

TEST_BOTH(LISTEN_19, the_table_of_second_binds_for_listeners)
{
    COVERS("LISTEN-18", "LISTEN-20", "LISTEN-21", "LISTEN-22", "LISTEN-23", "LISTEN-24", "LISTEN-26", "LISTEN-28",
           "SOCK-41", "AMB-55", "AMB-43", "BASIC-17", "BASIC-18");
    CheckTable(Family, WSK_FLAG_LISTEN_SOCKET);
}

TEST_BOTH(LISTEN_19, the_table_of_second_binds_for_datagram_sockets)
{
    COVERS("LISTEN-18", "LISTEN-20", "LISTEN-21", "LISTEN-22", "LISTEN-23", "LISTEN-24", "LISTEN-26", "LISTEN-28");
    CheckTable(Family, WSK_FLAG_DATAGRAM_SOCKET);
}

TEST(LISTEN_27, different_specific_addresses_never_conflict)
{
    WC_CLIENT *Client = WcOpen();

    for (KIND First = DefaultSpecific; First < Kinds; First += 2)
    {
        for (KIND Second = DefaultSpecific; Second < Kinds; Second += 2)
        {
            WC_SOCK *Holder = Prepare(Client, AF_INET, WSK_FLAG_LISTEN_SOCKET, First);
            WC_SOCK *Other = Prepare(Client, AF_INET, WSK_FLAG_LISTEN_SOCKET, Second);
            WC_ADDR Address = WcLoopback(AF_INET, 0);

            CHECK_STATUS(WcBind(Holder, &Address), STATUS_SUCCESS);
            Address = WcLoopback(AF_INET, WcPort(Holder));
            ((PUCHAR)&Address.V4.sin_addr)[2] = 77; /* 127.0.77.1 */
            CHECK_STATUS(WcBind(Other, &Address), STATUS_SUCCESS);
            WcCloseSocket(Other);
            WcCloseSocket(Holder);
        }
    }
    WcClose(Client);
}

TEST_BOTH(LISTEN_21, the_more_specific_listener_gets_the_connection)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Specific = WcListener(Client, Family, NULL, NULL);
    WC_SOCK *Wildcard = WcSocket(Client, Family, WSK_FLAG_LISTEN_SOCKET, NULL, NULL);
    WC_ADDR Any = WcAny(Family, WcPort(Specific));
    struct peer *Peer;

    COVERS("LISTEN-19", "LISTEN-06");
    CHECK_STATUS(WcBind(Wildcard, &Any), STATUS_SUCCESS);
    Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Specific));
    CHECK(Peer != NULL);
    WcAccept(Specific);
    peer_close(Peer);
    /* When it is gone, the wildcard one serves its address. */
    WcCloseSocket(Specific);
    Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Wildcard));
    CHECK(Peer != NULL);
    WcAccept(Wildcard);
    peer_close(Peer);
    WcClose(Client);
}

/* ---- SO_WSK_SECURITY ---------------------------------------------------------------- */

static PSECURITY_DESCRIPTOR CacheDescriptor(WC_CLIENT *Client)
{
    /* Self-relative, with no owner, group or lists. */
    __attribute__((aligned(16))) UCHAR Source[20] = {1, 0, 0, 0x80};
    PSECURITY_DESCRIPTOR Pointer = Source, Cached = NULL;

    CHECK_STATUS(Client->Npi.Dispatch->WskControlClient(Client->Npi.Client, WSK_CACHE_SD, sizeof(Pointer), &Pointer,
                                                        sizeof(Cached), &Cached, NULL, NULL),
                 STATUS_SUCCESS);
    CHECK(Cached != NULL);
    return Cached;
}

static void Release(WC_CLIENT *Client, PSECURITY_DESCRIPTOR Cached)
{
    CHECK_STATUS(Client->Npi.Dispatch->WskControlClient(Client->Npi.Client, WSK_RELEASE_SD, sizeof(Cached), &Cached, 0,
                                                        NULL, NULL, NULL),
                 STATUS_SUCCESS);
}

static NTSTATUS SetSecurity(WC_SOCK *Socket, PSECURITY_DESCRIPTOR Cached)
{
    return WcWait(WcStartControl(Socket, WskSetOption, SO_WSK_SECURITY, SOL_SOCKET, sizeof(Cached), &Cached, 0, NULL));
}

TEST_BOTH(BASIC_25, a_descriptor_can_be_set_before_bind)
{
    static const ULONG Categories[] = {WSK_FLAG_LISTEN_SOCKET, WSK_FLAG_DATAGRAM_SOCKET, WSK_FLAG_CONNECTION_SOCKET};
    WC_CLIENT *Client = WcOpen();
    PSECURITY_DESCRIPTOR One = CacheDescriptor(Client), Two = CacheDescriptor(Client);
    WC_ADDR Address = WcLoopback(Family, 0);

    COVERS("BASIC-26", "BASIC-28", "SOCK-43", "CLI-20", "CLI-22", "CLI-24", "LISTEN-16", "AMB-19", "AMB-22");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Categories); i++)
    {
        WC_SOCK *Socket = WcSocket(Client, Family, Categories[i], NULL, NULL);

        CHECK_STATUS(SetSecurity(Socket, One), STATUS_SUCCESS);
        CHECK_STATUS(SetSecurity(Socket, Two), STATUS_SUCCESS);
        CHECK_STATUS(WcBasicTable(Socket)->WskControlSocket(Socket->Wsk, WskSetOption, SO_WSK_SECURITY, SOL_SOCKET,
                                                            sizeof(One), &One, 0, NULL, NULL, NULL),
                     STATUS_INVALID_PARAMETER);
        CHECK_STATUS(WcBind(Socket, &Address), STATUS_SUCCESS);
        CHECK_STATUS(SetSecurity(Socket, One), STATUS_INVALID_DEVICE_STATE);
    }
    Release(Client, One);
    Release(Client, Two);
    WcClose(Client);
}

TEST_BOTH(BASIC_27, reading_the_descriptor_gives_a_copy_to_release)
{
    WC_CLIENT *Client = WcOpen();
    PSECURITY_DESCRIPTOR Cached = CacheDescriptor(Client), Read = (PSECURITY_DESCRIPTOR)WC_POISON_SIZE;
    WC_SOCK *Socket = WcSocket(Client, Family, WSK_FLAG_LISTEN_SOCKET, NULL, NULL);
    WC_OP *Op;

    COVERS("CLI-22", "BASIC-28");
    CHECK_STATUS(SetSecurity(Socket, Cached), STATUS_SUCCESS);
    Release(Client, Cached);
    Op = WcStartControl(Socket, WskGetOption, SO_WSK_SECURITY, SOL_SOCKET, 0, NULL, sizeof(Read), &Read);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, sizeof(Read));
    CHECK(Read != NULL && (ULONG_PTR)Read != WC_POISON_SIZE);
    WcCloseSocket(Socket);
    Release(Client, Read);
    WcClose(Client);
}
