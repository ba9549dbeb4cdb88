// SPDX-License-Identifier: MIT
/* WskGetNameInfo. */
#include "support/wsknames.h"

/* Room for both texts, poisoned, and the strings around it. */
typedef struct _ROOM
{
    WCHAR Node[NI_MAXHOST], Service[NI_MAXSERV];
    UNICODE_STRING NodeName, ServiceName;
} ROOM;

static void Prepare(ROOM *Room, SIZE_T NodeChars, SIZE_T ServiceChars)
{
    WcPoison(Room, sizeof(*Room));
    Room->NodeName = (UNICODE_STRING){0xA5A4, (USHORT)(NodeChars * sizeof(WCHAR)), Room->Node};
    Room->ServiceName = (UNICODE_STRING){0xA5A4, (USHORT)(ServiceChars * sizeof(WCHAR)), Room->Service};
}

static NTSTATUS Ask(NAMES *Names, const WC_ADDR *Address, ULONG Length, PUNICODE_STRING Node, PUNICODE_STRING Service,
                    ULONG Flags)
{
    WC_OP *Op = WcOp(Names->Client, "WskGetNameInfo");
    WC_ADDR Given = *Address;
    NTSTATUS Status;

    Op->Returned = Names->Client->Npi.Dispatch->WskGetNameInfo(Names->Client->Npi.Client, &Given.Sa, Length, Node,
                                                               Service, Flags, NULL, NULL, Op->Irp);
    WcPoison(&Given, sizeof(Given)); /* it was copied */
    Status = WcWait(Op);
    CHECK_EQ(Op->Information, 0);
    if (Status != STATUS_INVALID_PARAMETER)
    {
        CHECK_STATUS(Op->Returned, STATUS_PENDING);
    }
    return Status;
}

/* Must succeed; the node's text is then that. */
static void ExpectNode(NAMES *Names, const WC_ADDR *Address, ULONG Flags, PCWSTR Text)
{
    ULONG Length = Address->Sa.sa_family == AF_INET6 ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN);
    ROOM Room;
    ULONG Chars = 0;

    Prepare(&Room, NI_MAXHOST, NI_MAXSERV);
    CHECK_STATUS(Ask(Names, Address, Length, &Room.NodeName, NULL, Flags), STATUS_SUCCESS);
    while (Text[Chars])
    {
        Chars++;
    }
    CHECK(SameText(Room.Node, Text)); /* and is terminated */
    CHECK_EQ(Room.NodeName.Length, Chars * sizeof(WCHAR));
    CHECK(WcIsPoison(Room.Service, sizeof(Room.Service)));
}

static void ExpectService(NAMES *Names, USHORT Port, ULONG Flags, PCWSTR Text)
{
    WC_ADDR Address = WcLoopback(AF_INET, Port);
    ROOM Room;

    Prepare(&Room, NI_MAXHOST, NI_MAXSERV);
    CHECK_STATUS(Ask(Names, &Address, sizeof(SOCKADDR_IN), NULL, &Room.ServiceName, Flags), STATUS_SUCCESS);
    CHECK(SameText(Room.Service, Text));
    CHECK(WcIsPoison(Room.Node, sizeof(Room.Node)));
}

/* 127.0.0.Last or fd00::Last. */
static WC_ADDR Host(ADDRESS_FAMILY Family, UCHAR Last)
{
    WC_ADDR Address = WcLoopback(Family, 80);

    if (Family == AF_INET6)
    {
        Address.V6.sin6_addr.s6_addr[0] = 0xFD;
        Address.V6.sin6_addr.s6_addr[15] = Last;
    }
    else
    {
        Address.V4.sin_addr.s_addr = RtlUlongByteSwap(0x7F000000u + Last);
    }
    return Address;
}

static const char *TextOf(ADDRESS_FAMILY Family, const char *V4, const char *V6)
{
    return Family == AF_INET6 ? V6 : V4;
}

/* ---- parameters ---------------------------------------------------------------------- */

TEST(NAME_29, invalid_parameters_complete_the_irp)
{
    NAMES Names = OpenNames(AF_INET, "");
    WC_ADDR Good = WcLoopback(AF_INET, 80), Six = WcLoopback(AF_INET6, 80), Strange = Good;
    WC_OP *Op = WcOp(Names.Client, "WskGetNameInfo");
    ROOM Room;

    COVERS("NAME-22", "NAME-23", "AMB-51");
    Prepare(&Room, NI_MAXHOST, NI_MAXSERV);
    Strange.Sa.sa_family = 99;
    CHECK_STATUS(Ask(&Names, &Good, sizeof(SOCKADDR_IN), NULL, NULL, 0), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Ask(&Names, &Good, sizeof(SOCKADDR_STORAGE) + 1, &Room.NodeName, NULL, 0), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Ask(&Names, &Good, sizeof(SOCKADDR_IN) - 1, &Room.NodeName, NULL, 0), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Ask(&Names, &Good, 0, &Room.NodeName, NULL, 0), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Ask(&Names, &Six, sizeof(SOCKADDR_IN), &Room.NodeName, NULL, 0), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Ask(&Names, &Strange, sizeof(SOCKADDR_IN), &Room.NodeName, NULL, 0), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Ask(&Names, &Good, sizeof(SOCKADDR_IN), &Room.NodeName, NULL, 0x100), STATUS_INVALID_PARAMETER);
    Room.NodeName.Buffer = NULL;
    CHECK_STATUS(Ask(&Names, &Good, sizeof(SOCKADDR_IN), &Room.NodeName, NULL, 0), STATUS_INVALID_PARAMETER);
    Op->Returned = Names.Client->Npi.Dispatch->WskGetNameInfo(Names.Client->Npi.Client, NULL, sizeof(SOCKADDR_IN),
                                                              &Room.ServiceName, NULL, 0, NULL, NULL, Op->Irp);
    CHECK_STATUS(WcWait(Op), STATUS_INVALID_PARAMETER);
    CHECK(WcIsPoison(Room.Node, sizeof(Room.Node)) && WcIsPoison(Room.Service, sizeof(Room.Service)));
    /* A length beyond the family's own is fine. */
    CHECK_STATUS(Ask(&Names, &Good, sizeof(SOCKADDR_STORAGE), NULL, &Room.ServiceName, NI_NUMERICSERV), STATUS_SUCCESS);
    CHECK_STATUS(Names.Client->Npi.Dispatch->WskGetNameInfo(Names.Client->Npi.Client, &Good.Sa, sizeof(SOCKADDR_IN),
                                                            NULL, &Room.ServiceName, 0, NULL, NULL, NULL),
                 STATUS_INVALID_PARAMETER);
    CloseNames(&Names);
}

TEST(NAME_30, owning_thread_needs_an_owning_process)
{
    NAMES Names = OpenNames(AF_INET, "");
    WC_ADDR Address = WcLoopback(AF_INET, 80);
    PEPROCESS Processes[] = {NULL, PsGetCurrentProcess()};
    ROOM Room;

    Prepare(&Room, NI_MAXHOST, NI_MAXSERV);
    for (ULONG i = 0; i < 2; i++)
    {
        WC_OP *Op = WcOp(Names.Client, "WskGetNameInfo");

        Op->Returned = Names.Client->Npi.Dispatch->WskGetNameInfo(
            Names.Client->Npi.Client, &Address.Sa, sizeof(SOCKADDR_IN), NULL, &Room.ServiceName, 0, Processes[i],
            PsGetCurrentThread(), Op->Irp);
        CHECK_STATUS(WcWait(Op), i ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER);
    }
    CloseNames(&Names);
}

/* ---- hosts ------------------------------------------------------------------------------- */

TEST_BOTH(NAME_25, host_names_from_dns_and_the_hosts_file)
{
    NAMES Names = OpenNames(Family, "127.0.0.6 file.test alias\nfd00::6 file.test\n");
    WC_ADDR InDns = Host(Family, 8), InFile = Host(Family, 6);

    COVERS("NAME-20", "NAME-21", "NAME-24");
    dnspeer_add(Names.Dns, TextOf(Family, "127.0.0.8", "fd00::8"), "PTR", "deep.host.test");
    ExpectNode(&Names, &InDns, 0, L"deep.host.test");
    ExpectNode(&Names, &InDns, NI_NAMEREQD, L"deep.host.test");
    CHECK_EQ(dnspeer_asked(Names.Dns, TextOf(Family, "127.0.0.6", "fd00::6")), 0);
    ExpectNode(&Names, &InFile, 0, L"file.test");
    CHECK_EQ(dnspeer_asked(Names.Dns, TextOf(Family, "127.0.0.6", "fd00::6")), 0);
    CloseNames(&Names);
}

TEST_BOTH(NAME_26, numeric_hosts)
{
    NAMES Names = OpenNames(Family, "127.0.0.6 file.test\nfd00::6 file.test\n");
    WC_ADDR Unknown = Host(Family, 9), InFile = Host(Family, 6);
    PCWSTR Six = Family == AF_INET6 ? L"fd00::6" : L"127.0.0.6", Nine = Family == AF_INET6 ? L"fd00::9" : L"127.0.0.9";

    ExpectNode(&Names, &InFile, NI_NUMERICHOST, Six);
    CHECK_EQ(dnspeer_asked(Names.Dns, NULL), 0);
    ExpectNode(&Names, &Unknown, 0, Nine); /* it has no name */
    CHECK_EQ(dnspeer_asked(Names.Dns, TextOf(Family, "127.0.0.9", "fd00::9")), 1);
    CloseNames(&Names);
}

TEST(NAME_26, scopes_and_mapped_addresses)
{
    NAMES Names = OpenNames(AF_INET, "127.0.0.6 file.test\n");
    WC_ADDR Scoped = Host(AF_INET6, 9), Mapped = WcAny(AF_INET6, 80);

    Scoped.V6.sin6_addr.s6_addr[0] = 0xFE;
    Scoped.V6.sin6_addr.s6_addr[1] = 0x80;
    Scoped.V6.sin6_scope_id = 3;
    ExpectNode(&Names, &Scoped, NI_NUMERICHOST, L"fe80::9%3");
    Mapped.V6.sin6_addr.s6_addr[10] = Mapped.V6.sin6_addr.s6_addr[11] = 0xFF;
    Mapped.V6.sin6_addr.s6_addr[12] = 127;
    Mapped.V6.sin6_addr.s6_addr[15] = 6;
    ExpectNode(&Names, &Mapped, 0, L"file.test");
    CloseNames(&Names);
}

TEST(NAME_26, local_hosts_without_their_domain)
{
    NAMES Names = OpenNames(AF_INET, "127.0.0.1 own.host.test\n127.0.0.6 other.host.test\n");
    WC_ADDR Own = WcLoopback(AF_INET, 80), Other = Host(AF_INET, 6);

    ExpectNode(&Names, &Own, 0, L"own.host.test");
    ExpectNode(&Names, &Own, NI_NOFQDN, L"own");
    ExpectNode(&Names, &Other, NI_NOFQDN, L"other.host.test");
    CloseNames(&Names);
}

TEST_BOTH(NAME_27, a_name_is_required)
{
    NAMES Names = OpenNames(Family, "127.0.0.6 file.test\nfd00::6 file.test\n");
    ULONG Length = Family == AF_INET6 ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN);
    WC_ADDR Unknown = Host(Family, 9), InFile = Host(Family, 6);
    ROOM Room;

    COVERS("AMB-03");
    Prepare(&Room, NI_MAXHOST, NI_MAXSERV);
    CHECK_STATUS(Ask(&Names, &Unknown, Length, &Room.NodeName, &Room.ServiceName, NI_NAMEREQD), STATUS_NOT_FOUND);
    CHECK_STATUS(Ask(&Names, &InFile, Length, &Room.NodeName, NULL, NI_NAMEREQD | NI_NUMERICHOST), STATUS_NOT_FOUND);
    CHECK(WcIsPoison(Room.Node, sizeof(Room.Node)) && WcIsPoison(Room.Service, sizeof(Room.Service)));
    CHECK_EQ(Room.NodeName.Length, 0xA5A4);
    CloseNames(&Names);
}

/* ---- services ------------------------------------------------------------------------------- */

TEST(NAME_28, services)
{
    NAMES Names = OpenNames(AF_INET, "");

    COVERS("NAME-23");
    ExpectService(&Names, 80, 0, L"http");
    ExpectService(&Names, 80, NI_NUMERICSERV, L"80");
    ExpectService(&Names, 123, NI_DGRAM, L"ntp");
    ExpectService(&Names, 69, 0, L"69"); /* tftp is there for UDP alone */
    ExpectService(&Names, 69, NI_DGRAM, L"tftp");
    ExpectService(&Names, 65535, 0, L"65535");
    ExpectService(&Names, 0, 0, L"0");
    CHECK_EQ(dnspeer_asked(Names.Dns, NULL), 0); /* the host was not wanted */
    CloseNames(&Names);
}

/* ---- buffers ----------------------------------------------------------------------------------- */

TEST(AMB_51, short_buffers)
{
    NAMES Names = OpenNames(AF_INET, "127.0.0.6 file.test\n");
    WC_ADDR Address = Host(AF_INET, 6);
    static const struct
    {
        SIZE_T Node, Service;
        NTSTATUS Status;
    } Cases[] = {{10, 5, STATUS_SUCCESS},          {9, 5, STATUS_BUFFER_TOO_SMALL}, {10, 4, STATUS_BUFFER_TOO_SMALL},
                 {0, 5, STATUS_BUFFER_TOO_SMALL}, {10, 0, STATUS_BUFFER_TOO_SMALL}};

    COVERS("NAME-24");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++)
    {
        ROOM Room;

        Prepare(&Room, Cases[i].Node, Cases[i].Service);
        CHECK_STATUS(Ask(&Names, &Address, sizeof(SOCKADDR_IN), &Room.NodeName, &Room.ServiceName, 0), Cases[i].Status);
        if (NT_SUCCESS(Cases[i].Status))
        {
            CHECK(SameText(Room.Node, L"file.test") && SameText(Room.Service, L"http"));
            CHECK_EQ(Room.NodeName.Length, 18);
            CHECK_EQ(Room.ServiceName.Length, 8);
            CHECK(WcIsPoison(&Room.Node[10], sizeof(Room.Node) - 20));
            CHECK(WcIsPoison(&Room.Service[5], sizeof(Room.Service) - 10));
        }
        else
        {
            CHECK(WcIsPoison(Room.Node, sizeof(Room.Node)) && WcIsPoison(Room.Service, sizeof(Room.Service)));
            CHECK_EQ(Room.NodeName.Length, 0xA5A4);
        }
    }
    CloseNames(&Names);
}

/* ---- cancelling ----------------------------------------------------------------------------------- */

TEST_BOTH(NAME_31, a_search_for_a_name_can_be_cancelled)
{
    NAMES Names = OpenNames(Family, "");
    WC_ADDR Address = Host(Family, 9);
    WC_OP *Op = WcKeptOp(Names.Client, "WskGetNameInfo");
    ROOM Room;

    Prepare(&Room, NI_MAXHOST, NI_MAXSERV);
    dnspeer_add(Names.Dns, TextOf(Family, "127.0.0.9", "fd00::9"), "SILENT", NULL);
    Op->Returned = Names.Client->Npi.Dispatch->WskGetNameInfo(Names.Client->Npi.Client, &Address.Sa, sizeof(Address),
                                                              &Room.NodeName, NULL, 0, NULL, NULL, Op->Irp);
    CHECK_STATUS(Op->Returned, STATUS_PENDING);
    CHECK(dnspeer_await(Names.Dns, TextOf(Family, "127.0.0.9", "fd00::9")));
    WcCancel(Op);
    CHECK_STATUS(WcWait(Op), STATUS_CANCELLED);
    CHECK(WcIsPoison(Room.Node, sizeof(Room.Node)));
    CloseNames(&Names);
}
