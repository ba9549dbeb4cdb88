// SPDX-License-Identifier: MIT
/* WskGetAddressInfo and WskFreeAddressInfo. */
#include "support/wsknames.h"

static ADDRINFOEXW Hints(int Flags, int Family, int Type, int Protocol)
{
    ADDRINFOEXW Made = {.ai_flags = Flags, .ai_family = Family, .ai_socktype = Type, .ai_protocol = Protocol};

    return Made;
}

/* ---- parameters ------------------------------------------------------------------- */

TEST(NAME_08, null_irp_starts_nothing)
{
    NAMES Names = OpenNames(AF_INET, "");
    UNICODE_STRING Node = RTL_CONSTANT_STRING(L"host.test");
    PADDRINFOEXW Result = POISON_RESULT;

    COVERS("IRP-16");
    CHECK_STATUS(Names.Client->Npi.Dispatch->WskGetAddressInfo(Names.Client->Npi.Client, &Node, NULL, NS_ALL, NULL,
                                                               NULL, &Result, NULL, NULL, NULL),
                 STATUS_INVALID_PARAMETER);
    CHECK(Result == POISON_RESULT);
    CHECK_EQ(dnspeer_asked(Names.Dns, NULL), 0);
    CloseNames(&Names);
}

static NTSTATUS Raw(NAMES *Names, PUNICODE_STRING Node, PUNICODE_STRING Service, PADDRINFOEXW Wanted,
                    PADDRINFOEXW *Result, PEPROCESS Process, PETHREAD Thread)
{
    WC_OP *Op = WcOp(Names->Client, "WskGetAddressInfo");

    Op->Returned = Names->Client->Npi.Dispatch->WskGetAddressInfo(Names->Client->Npi.Client, Node, Service, NS_ALL,
                                                                  NULL, Wanted, Result, Process, Thread, Op->Irp);
    return WcWait(Op);
}

TEST(NAME_07, invalid_parameters_complete_the_irp)
{
    NAMES Names = OpenNames(AF_INET, "");
    UNICODE_STRING Good = RTL_CONSTANT_STRING(L"127.0.0.1");
    UNICODE_STRING Odd = {3, 4, L"ab"}, NoBuffer = {4, 4, NULL};
    WCHAR NulText[] = {'a', 0, 'b'}, LoneText[] = {'a', 0xD800, 'b'};
    UNICODE_STRING Nul = {sizeof(NulText), sizeof(NulText), NulText};
    UNICODE_STRING Lone = {sizeof(LoneText), sizeof(LoneText), LoneText};
    PUNICODE_STRING Bad[] = {&Odd, &NoBuffer, &Nul, &Lone};
    PADDRINFOEXW Result = POISON_RESULT;

    CHECK_STATUS(Raw(&Names, NULL, NULL, NULL, &Result, NULL, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Raw(&Names, &Good, NULL, NULL, NULL, NULL, NULL), STATUS_INVALID_PARAMETER);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Bad); i++)
    {
        CHECK_STATUS(Raw(&Names, Bad[i], NULL, NULL, &Result, NULL, NULL), STATUS_INVALID_PARAMETER);
        CHECK_STATUS(Raw(&Names, &Good, Bad[i], NULL, &Result, NULL, NULL), STATUS_INVALID_PARAMETER);
    }
    CHECK(Result == POISON_RESULT);
    CloseNames(&Names);
}

TEST(NAME_15, owning_thread_needs_an_owning_process)
{
    NAMES Names = OpenNames(AF_INET, "");
    UNICODE_STRING Node = RTL_CONSTANT_STRING(L"127.0.0.1");
    PADDRINFOEXW Result = POISON_RESULT;

    COVERS("NAME-14", "NAME-16");
    CHECK_STATUS(Raw(&Names, &Node, NULL, NULL, &Result, NULL, PsGetCurrentThread()), STATUS_INVALID_PARAMETER);
    CHECK(Result == POISON_RESULT);
    /* With one they change nothing: there is one account and no impersonation (DIV-10). */
    CHECK_STATUS(Raw(&Names, &Node, NULL, NULL, &Result, PsGetCurrentProcess(), PsGetCurrentThread()), STATUS_SUCCESS);
    FreeInfo(&Names, Result);
    CHECK_STATUS(Raw(&Names, &Node, NULL, NULL, &Result, PsGetCurrentProcess(), NULL), STATUS_SUCCESS);
    FreeInfo(&Names, Result);
    CloseNames(&Names);
}

TEST(NAME_05, hints_that_cannot_be)
{
    NAMES Names = OpenNames(AF_INET, "");
    SOCKADDR Address = {0};
    WCHAR Text[] = L"x";
    ADDRINFOEXW Bad[] = {
        Hints(0, 99, 0, 0),
        Hints(0, AF_INET, 99, 0),
        Hints(0, AF_INET, SOCK_STREAM, IPPROTO_UDP),
        Hints(0, AF_INET, SOCK_DGRAM, IPPROTO_TCP),
        Hints((int)AI_EXTENDED, AF_INET, 0, 0),
        Hints(AI_REQUIRE_SECURE, AF_INET, 0, 0),
        Hints(AI_RETURN_TTL, AF_INET, 0, 0),
        Hints(AI_CANONNAME | AI_FQDN, AF_INET, 0, 0),
        {.ai_addrlen = 1},
        {.ai_canonname = Text},
        {.ai_addr = &Address},
        {.ai_next = &Bad[0]},
    };
    ADDRINFOEXW Canonical = Hints(AI_CANONNAME, AF_INET, 0, 0);
    PADDRINFOEXW Result;

    for (ULONG i = 0; i < RTL_NUMBER_OF(Bad); i++)
    {
        CHECK_STATUS(Info(&Names, L"127.0.0.1", L"1", &Bad[i], &Result), STATUS_INVALID_PARAMETER);
    }
    CHECK_STATUS(Info(&Names, NULL, L"1", &Canonical, &Result), STATUS_INVALID_PARAMETER);
    CloseNames(&Names);
}

/* ---- numbers ------------------------------------------------------------------------ */

TEST(NAME_12, numeric_host_and_service)
{
    NAMES Names = OpenNames(AF_INET, "");
    PADDRINFOEXW Result;

    COVERS("NAME-06", "NAME-09", "NAME-10", "AMB-02");
    CHECK_STATUS(Info(&Names, L"127.0.0.1", L"12345", NULL, &Result), STATUS_SUCCESS);
    CHECK_EQ(CountInfo(Result), 1);
    CHECK(IsV4(Result, 0x7F000001, 12345));
    CHECK(Result->ai_canonname == NULL);
    FreeInfo(&Names, Result);
    CHECK_EQ(dnspeer_asked(Names.Dns, NULL), 0);
    CloseNames(&Names);
}

TEST(NAME_03, numeric_forms)
{
    NAMES Names = OpenNames(AF_INET, "");
    ADDRINFOEXW Numeric = Hints(AI_NUMERICHOST | AI_NUMERICSERV, AF_UNSPEC, SOCK_STREAM, 0);
    PADDRINFOEXW Result;

    CHECK_STATUS(Info(&Names, L"fd00::7", L"80", &Numeric, &Result), STATUS_SUCCESS);
    CHECK_EQ(CountInfo(Result), 1);
    CHECK(IsV6(Result, 0xFD, 7, 80));
    FreeInfo(&Names, Result);
    CHECK_STATUS(Info(&Names, L"fe80::9%3", NULL, &Numeric, &Result), STATUS_SUCCESS);
    CHECK_EQ(((PSOCKADDR_IN6)Result->ai_addr)->sin6_scope_id, 3);
    FreeInfo(&Names, Result);
    CHECK_STATUS(Info(&Names, L"127.1", L"0", &Numeric, &Result), STATUS_SUCCESS); /* as inet_aton reads it */
    CHECK(IsV4(Result, 0x7F000001, 0));
    FreeInfo(&Names, Result);
    CHECK_STATUS(Info(&Names, L"host.test", L"80", &Numeric, &Result), STATUS_NOT_FOUND);
    CHECK_STATUS(Info(&Names, L"127.0.0.1", L"http", &Numeric, &Result), STATUS_NOT_FOUND);
    CHECK_STATUS(Info(&Names, L"127.0.0.1", L"65536", &Numeric, &Result), STATUS_NOT_FOUND);
    CHECK_STATUS(Info(&Names, L"127.0.0.1 ", L"1", &Numeric, &Result), STATUS_NOT_FOUND);
    CHECK_STATUS(Info(&Names, L"[::1]", L"1", &Numeric, &Result), STATUS_NOT_FOUND);
    CHECK_STATUS(Info(&Names, L"127.0.0.1", L"99999999999999999999", &Numeric, &Result), STATUS_NOT_FOUND);
    CHECK_EQ(dnspeer_asked(Names.Dns, NULL), 0);
    CloseNames(&Names);
}

TEST(NAME_02, without_a_node_the_loopback_or_the_wildcard)
{
    NAMES Names = OpenNames(AF_INET, "");
    ADDRINFOEXW Passive = Hints(AI_PASSIVE, AF_UNSPEC, SOCK_STREAM, 0), OnlyV4 = Hints(0, AF_INET, SOCK_DGRAM, 0),
                OnlyV6 = Hints(AI_PASSIVE, AF_INET6, SOCK_DGRAM, 0);
    PADDRINFOEXW Result;

    CHECK_STATUS(Info(&Names, NULL, L"7", NULL, &Result), STATUS_SUCCESS);
    CHECK_EQ(CountInfo(Result), 2);
    CHECK(IsV6(Result, 0, 1, 7));
    CHECK(IsV4(Result->ai_next, 0x7F000001, 7));
    FreeInfo(&Names, Result);
    CHECK_STATUS(Info(&Names, NULL, L"7", &Passive, &Result), STATUS_SUCCESS);
    CHECK_EQ(CountInfo(Result), 2);
    CHECK(IsV6(Result, 0, 0, 7));
    CHECK(IsV4(Result->ai_next, 0, 7));
    FreeInfo(&Names, Result);
    CHECK_STATUS(Info(&Names, NULL, L"7", &OnlyV4, &Result), STATUS_SUCCESS);
    CHECK_EQ(CountInfo(Result), 1);
    CHECK(IsV4(Result, 0x7F000001, 7));
    FreeInfo(&Names, Result);
    CHECK_STATUS(Info(&Names, NULL, L"7", &OnlyV6, &Result), STATUS_SUCCESS);
    CHECK_EQ(CountInfo(Result), 1);
    CHECK(IsV6(Result, 0, 0, 7));
    FreeInfo(&Names, Result);
    CloseNames(&Names);
}

/* An empty name means this machine. */
TEST(NAME_02, an_empty_node_is_this_machine)
{
    NAMES Names = OpenNames(AF_INET, "");
    PADDRINFOEXW Result;

    CHECK_STATUS(Info(&Names, L"", L"7", NULL, &Result), STATUS_SUCCESS);
    CHECK(CountInfo(Result) >= 1);
    FreeInfo(&Names, Result);
    CHECK_EQ(dnspeer_asked(Names.Dns, NULL), 0);
    CloseNames(&Names);
}

/* ---- kinds of socket and services ------------------------------------------------------ */

TEST(NAME_05, hints_choose_the_kind_of_socket)
{
    static const struct
    {
        int Type, Protocol, GivenType, GivenProtocol;
    } Cases[] = {{0, 0, 0, 0},
                 {SOCK_STREAM, 0, SOCK_STREAM, IPPROTO_TCP},
                 {0, IPPROTO_UDP, SOCK_DGRAM, IPPROTO_UDP},
                 {SOCK_DGRAM, IPPROTO_UDP, SOCK_DGRAM, IPPROTO_UDP},
                 {SOCK_RAW, IPPROTO_ICMP, SOCK_RAW, IPPROTO_ICMP}};
    NAMES Names = OpenNames(AF_INET, "");
    PADDRINFOEXW Result;

    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++)
    {
        ADDRINFOEXW Wanted = Hints(0, AF_UNSPEC, Cases[i].Type, Cases[i].Protocol);

        CHECK_STATUS(Info(&Names, L"127.0.0.1", L"80", &Wanted, &Result), STATUS_SUCCESS);
        CHECK_EQ(CountInfo(Result), 1);
        CHECK_EQ(Result->ai_socktype, Cases[i].GivenType);
        CHECK_EQ(Result->ai_protocol, Cases[i].GivenProtocol);
        FreeInfo(&Names, Result);
    }
    CloseNames(&Names);
}

TEST(NAME_03, services_by_name)
{
    NAMES Names = OpenNames(AF_INET, "");
    ADDRINFOEXW Stream = Hints(0, AF_INET, SOCK_STREAM, 0), Datagram = Hints(0, AF_INET, SOCK_DGRAM, 0),
                RawKind = Hints(0, AF_INET, SOCK_RAW, 0);
    PADDRINFOEXW Result;

    CHECK_STATUS(Info(&Names, L"127.0.0.1", L"http", &Stream, &Result), STATUS_SUCCESS);
    CHECK_EQ(CountInfo(Result), 1);
    CHECK(IsV4(Result, 0x7F000001, 80));
    CHECK_EQ(Result->ai_socktype, SOCK_STREAM);
    FreeInfo(&Names, Result);
    CHECK_STATUS(Info(&Names, L"127.0.0.1", L"ntp", &Datagram, &Result), STATUS_SUCCESS);
    CHECK(IsV4(Result, 0x7F000001, 123));
    FreeInfo(&Names, Result);
    /* Known for both: one entry each. */
    CHECK_STATUS(Info(&Names, L"127.0.0.1", L"domain", NULL, &Result), STATUS_SUCCESS);
    CHECK_EQ(CountInfo(Result), 2);
    CHECK_EQ(Result->ai_socktype, SOCK_STREAM);
    CHECK_EQ(Result->ai_next->ai_socktype, SOCK_DGRAM);
    CHECK(IsV4(Result, 0x7F000001, 53) && IsV4(Result->ai_next, 0x7F000001, 53));
    FreeInfo(&Names, Result);
    CHECK_STATUS(Info(&Names, L"127.0.0.1", L"no-such-service", NULL, &Result), STATUS_NOT_FOUND);
    CHECK_STATUS(Info(&Names, L"127.0.0.1", L"ntp", &Stream, &Result), STATUS_NOT_FOUND);
    CHECK_STATUS(Info(&Names, L"127.0.0.1", L"http", &RawKind, &Result), STATUS_NOT_FOUND);
    CloseNames(&Names);
}

/* ---- families ------------------------------------------------------------------------------ */

TEST(NAME_05, families_and_mapped_addresses)
{
    NAMES Names = OpenNames(AF_INET, "127.0.0.4 four.test both.test\n"
                                     "fd00::6 six.test both.test\n");
    ADDRINFOEXW V4 = Hints(0, AF_INET, 0, 0), V6 = Hints(0, AF_INET6, 0, 0),
                Mapped = Hints(AI_V4MAPPED, AF_INET6, 0, 0), All = Hints(AI_V4MAPPED | AI_ALL, AF_INET6, 0, 0);
    static const UCHAR MappedFour[16] = {[10] = 0xFF, [11] = 0xFF, [12] = 127, [15] = 4};
    PADDRINFOEXW Result;

    CHECK_STATUS(Info(&Names, L"both.test", NULL, NULL, &Result), STATUS_SUCCESS);
    CHECK_EQ(CountInfo(Result), 2);
    FreeInfo(&Names, Result);
    CHECK_STATUS(Info(&Names, L"both.test", NULL, &V4, &Result), STATUS_SUCCESS);
    CHECK_EQ(CountInfo(Result), 1);
    CHECK(IsV4(Result, 0x7F000004, 0));
    FreeInfo(&Names, Result);
    CHECK_STATUS(Info(&Names, L"both.test", NULL, &Mapped, &Result), STATUS_SUCCESS);
    CHECK_EQ(CountInfo(Result), 1); /* it has an IPv6 address */
    CHECK(IsV6(Result, 0xFD, 6, 0));
    FreeInfo(&Names, Result);
    CHECK_STATUS(Info(&Names, L"both.test", NULL, &All, &Result), STATUS_SUCCESS);
    CHECK_EQ(CountInfo(Result), 2);
    CHECK_EQ(Result->ai_next->ai_family, AF_INET6);
    FreeInfo(&Names, Result);
    CHECK_STATUS(Info(&Names, L"four.test", L"9", &Mapped, &Result), STATUS_SUCCESS);
    CHECK_EQ(CountInfo(Result), 1);
    CHECK_MEM(&((PSOCKADDR_IN6)Result->ai_addr)->sin6_addr, MappedFour, 16);
    CHECK_EQ(((PSOCKADDR_IN6)Result->ai_addr)->sin6_port, RtlUshortByteSwap(9));
    FreeInfo(&Names, Result);
    CHECK_STATUS(Info(&Names, L"127.0.0.4", NULL, &Mapped, &Result), STATUS_SUCCESS);
    CHECK_MEM(&((PSOCKADDR_IN6)Result->ai_addr)->sin6_addr, MappedFour, 16);
    FreeInfo(&Names, Result);
    CHECK_STATUS(Info(&Names, L"four.test", NULL, &V6, &Result), STATUS_NOT_FOUND);
    CHECK_STATUS(Info(&Names, L"127.0.0.4", NULL, &V6, &Result), STATUS_NOT_FOUND);
    CHECK_STATUS(Info(&Names, L"::1", NULL, &V4, &Result), STATUS_NOT_FOUND);
    CloseNames(&Names);
}

TEST(NAME_05, only_families_the_machine_has)
{
    NAMES Names = OpenNames(AF_INET, "127.0.0.4 both.test\nfd00::6 both.test\n");
    ADDRINFOEXW Configured = Hints(AI_ADDRCONFIG, AF_UNSPEC, 0, 0);
    int V4 = dnspeer_machine_has(4), V6 = dnspeer_machine_has(6);
    PADDRINFOEXW Result;

    CHECK_STATUS(Info(&Names, L"both.test", NULL, &Configured, &Result), STATUS_SUCCESS);
    CHECK_EQ(CountInfo(Result), V4 == V6 ? 2 : 1);
    CHECK(V4 == V6 || Result->ai_family == (V4 ? AF_INET : AF_INET6));
    FreeInfo(&Names, Result);
    /* Not asked of text that is an address. */
    CHECK_STATUS(Info(&Names, L"::1", NULL, &Configured, &Result), STATUS_SUCCESS);
    FreeInfo(&Names, Result);
    CHECK_STATUS(Info(&Names, L"127.0.0.1", NULL, &Configured, &Result), STATUS_SUCCESS);
    FreeInfo(&Names, Result);
    CloseNames(&Names);
}

/* ---- names ------------------------------------------------------------------------------------ */

TEST_BOTH(NAME_03, names_from_dns)
{
    NAMES Names = OpenNames(Family, "");
    ADDRINFOEXW Wanted = Hints(0, Family, SOCK_STREAM, IPPROTO_TCP);
    PADDRINFOEXW Result;

    COVERS("NAME-07", "NAME-33");
    dnspeer_add(Names.Dns, "host.test", "A", "127.0.0.8");
    dnspeer_add(Names.Dns, "host.test", "A", "127.0.0.7");
    dnspeer_add(Names.Dns, "host.test", "AAAA", "fd00::8");
    CHECK_STATUS(Info(&Names, L"Host.Test", L"443", &Wanted, &Result), STATUS_SUCCESS);
    if (Family == AF_INET)
    {
        CHECK_EQ(CountInfo(Result), 2); /* the server's order */
        CHECK(IsV4(Result, 0x7F000008, 443));
        CHECK(IsV4(Result->ai_next, 0x7F000007, 443));
    }
    else
    {
        CHECK_EQ(CountInfo(Result), 1);
        CHECK(IsV6(Result, 0xFD, 8, 443));
    }
    CHECK_EQ(Result->ai_socktype, SOCK_STREAM);
    CHECK_EQ(Result->ai_protocol, IPPROTO_TCP);
    FreeInfo(&Names, Result);
    CHECK_STATUS(Info(&Names, L"host.test.", NULL, NULL, &Result), STATUS_SUCCESS);
    CHECK_EQ(CountInfo(Result), 3);
    FreeInfo(&Names, Result);
    CloseNames(&Names);
}

TEST_BOTH(NAME_11, unresolvable_names)
{
    NAMES Names = OpenNames(Family, "");
    ADDRINFOEXW Wanted = Hints(0, Family, 0, 0);
    WCHAR Long[300];
    PADDRINFOEXW Result;

    COVERS("AMB-03", "NAME-10");
    dnspeer_add(Names.Dns, "other.test", Family == AF_INET ? "AAAA" : "A", Family == AF_INET ? "::1" : "127.0.0.1");
    dnspeer_add(Names.Dns, "failing.test", "FAIL", NULL);
    CHECK_STATUS(Info(&Names, L"no.test", NULL, NULL, &Result), STATUS_NOT_FOUND);
    CHECK_STATUS(Info(&Names, L"other.test", NULL, &Wanted, &Result), STATUS_NOT_FOUND);
    CHECK_STATUS(Info(&Names, L"failing.test", NULL, &Wanted, &Result), STATUS_NOT_FOUND);
    CHECK_STATUS(Info(&Names, L"two..dots", NULL, NULL, &Result), STATUS_NOT_FOUND);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Long); i++)
    {
        Long[i] = 'a';
    }
    Long[299] = 0;
    CHECK_STATUS(Info(&Names, Long, NULL, NULL, &Result), STATUS_NOT_FOUND);
    CHECK_STATUS(Info(&Names, L"127.0.0.1", Long, NULL, &Result), STATUS_NOT_FOUND);
    Long[70] = 0; /* too long for one label */
    CHECK_STATUS(Info(&Names, Long, NULL, NULL, &Result), STATUS_NOT_FOUND);
    CloseNames(&Names);
}

extern unsigned int res_timeout_ms; /* of the resolver, whose header is of the other world */

TEST_BOTH(NAME_07, a_silent_server)
{
    NAMES Names = OpenNames(Family, "");
    unsigned int Before = res_timeout_ms;
    PADDRINFOEXW Result;

    dnspeer_add(Names.Dns, "silent.test", "SILENT", NULL);
    res_timeout_ms = 10;
    CHECK_STATUS(Info(&Names, L"silent.test", NULL, NULL, &Result), STATUS_IO_TIMEOUT); /* DIV-18 */
    res_timeout_ms = Before;
    CloseNames(&Names);
}

TEST(NAME_03, names_from_the_hosts_file)
{
    NAMES Names = OpenNames(AF_INET, "127.0.0.6 file.test alias\n");
    ADDRINFOEXW DnsOnly = Hints(AI_DNS_ONLY, AF_INET, 0, 0);
    PADDRINFOEXW Result;

    dnspeer_add(Names.Dns, "file.test", "A", "127.0.0.9");
    CHECK_STATUS(Info(&Names, L"FILE.test", NULL, NULL, &Result), STATUS_SUCCESS);
    CHECK_EQ(CountInfo(Result), 1);
    CHECK(IsV4(Result, 0x7F000006, 0));
    FreeInfo(&Names, Result);
    CHECK_EQ(dnspeer_asked(Names.Dns, NULL), 0);
    CHECK_STATUS(Info(&Names, L"file.test", NULL, &DnsOnly, &Result), STATUS_SUCCESS);
    CHECK(IsV4(Result, 0x7F000009, 0));
    FreeInfo(&Names, Result);
    /* Needs no file and no server. */
    CHECK_STATUS(Info(&Names, L"localhost", NULL, NULL, &Result), STATUS_SUCCESS);
    CHECK_EQ(CountInfo(Result), 2);
    FreeInfo(&Names, Result);
    CHECK_EQ(dnspeer_asked(Names.Dns, "localhost"), 0);
    CloseNames(&Names);
}

TEST(NAME_04, namespaces_and_providers)
{
    static const GUID TcpIp = {0x22059D40, 0x7E9E, 0x11CF, {0xAE, 0x5A, 0x00, 0xAA, 0x00, 0xA7, 0x11, 0x2B}};
    static const struct
    {
        ULONG NameSpace;
        BOOLEAN Provider;
        UCHAR First; /* of that provider's GUID */
        PCWSTR Node;
        NTSTATUS Status;
    } Cases[] = {
        {NS_ALL, FALSE, 0, L"file.test", STATUS_SUCCESS},
        {NS_ALL, TRUE, 0x40, L"dns.test", STATUS_SUCCESS},
        {NS_ALL, TRUE, 0x41, L"dns.test", STATUS_NOT_FOUND},
        {NS_DNS, FALSE, 0, L"dns.test", STATUS_SUCCESS},
        {NS_TCPIP_HOSTS, FALSE, 0, L"file.test", STATUS_SUCCESS},
        {NS_TCPIP_HOSTS, FALSE, 0, L"dns.test", STATUS_NOT_FOUND},
        {NS_BTH, FALSE, 0, L"file.test", STATUS_NOT_FOUND},
        {12345, FALSE, 0, L"file.test", STATUS_NOT_FOUND},
    };
    NAMES Names = OpenNames(AF_INET, "127.0.0.6 file.test\n");

    dnspeer_add(Names.Dns, "dns.test", "A", "127.0.0.9");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++)
    {
        WC_OP *Op = WcOp(Names.Client, "WskGetAddressInfo");
        PADDRINFOEXW Result = POISON_RESULT;
        UNICODE_STRING Node;
        GUID Provider = TcpIp;

        *(UCHAR *)&Provider = Cases[i].First;
        RtlInitUnicodeString(&Node, Cases[i].Node);
        Op->Returned = Names.Client->Npi.Dispatch->WskGetAddressInfo(
            Names.Client->Npi.Client, &Node, NULL, Cases[i].NameSpace, Cases[i].Provider ? &Provider : NULL, NULL,
            &Result, NULL, NULL, Op->Irp);
        CHECK_STATUS(WcWait(Op), Cases[i].Status);
        if (NT_SUCCESS(Op->Status))
        {
            CHECK_EQ(CountInfo(Result), 1);
            FreeInfo(&Names, Result);
        }
    }
    CloseNames(&Names);
}

TEST(NAME_05, canonical_names)
{
    NAMES Names = OpenNames(AF_INET, "127.0.0.6 file.test alias\n");
    ADDRINFOEXW Canonical = Hints(AI_CANONNAME, AF_INET, 0, 0), Full = Hints(AI_FQDN, AF_INET, 0, 0);
    PADDRINFOEXW Result;

    dnspeer_add(Names.Dns, "www.test", "CNAME", "second.test");
    dnspeer_add(Names.Dns, "second.test", "CNAME", "real.test");
    dnspeer_add(Names.Dns, "real.test", "A", "127.0.0.8");
    dnspeer_add(Names.Dns, "real.test", "A", "127.0.0.9");
    CHECK_STATUS(Info(&Names, L"www.test", NULL, &Canonical, &Result), STATUS_SUCCESS);
    CHECK_EQ(CountInfo(Result), 2);
    CHECK(SameText(Result->ai_canonname, L"real.test"));
    CHECK(Result->ai_next->ai_canonname == NULL); /* the first entry alone has it */
    FreeInfo(&Names, Result);
    CHECK_STATUS(Info(&Names, L"www.test", NULL, &Full, &Result), STATUS_SUCCESS);
    CHECK(SameText(Result->ai_canonname, L"www.test"));
    FreeInfo(&Names, Result);
    CHECK_STATUS(Info(&Names, L"alias", NULL, &Canonical, &Result), STATUS_SUCCESS);
    CHECK(SameText(Result->ai_canonname, L"file.test"));
    FreeInfo(&Names, Result);
    CHECK_STATUS(Info(&Names, L"127.0.0.1", NULL, &Canonical, &Result), STATUS_SUCCESS);
    CHECK(SameText(Result->ai_canonname, L"127.0.0.1"));
    FreeInfo(&Names, Result);
    CloseNames(&Names);
}

TEST(NAME_03, names_in_other_letters)
{
    NAMES Names = OpenNames(AF_INET, "");
    static const struct
    {
        PCWSTR Name;
        const char *Asked;
    } Cases[] = {{L"b\x00FC" L"cher.test", "xn--bcher-kva.test"},
                 {L"\x65E5\x672C\x8A9E\x3002test", "xn--wgv71a119e.test"},
                 {L"a.ma\x00F1" L"ana.test", "a.xn--maana-pta.test"},
                 {L"B\x00DC" L"CHER.example", "xn--bcher-kva.example"}};
    ADDRINFOEXW Plain = Hints(AI_DISABLE_IDN_ENCODING, AF_INET, 0, 0), V4 = Hints(0, AF_INET, 0, 0);
    PADDRINFOEXW Result;

    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++)
    {
        dnspeer_add(Names.Dns, Cases[i].Asked, "A", "127.0.0.8");
        CHECK_STATUS(Info(&Names, Cases[i].Name, NULL, &V4, &Result), STATUS_SUCCESS);
        FreeInfo(&Names, Result);
        CHECK_STATUS(Info(&Names, Cases[i].Name, NULL, &Plain, &Result), STATUS_NOT_FOUND);
    }
    CloseNames(&Names);
}

/* ---- asynchrony -------------------------------------------------------------------------------- */

/* The strings, the hints and the structures around them may go after the call. */
TEST_BOTH(AMB_59, nothing_is_needed_after_the_call)
{
    NAMES Names = OpenNames(Family, "");
    WCHAR NodeText[] = L"held.test", ServiceText[] = L"77";
    UNICODE_STRING Node, Service;
    ADDRINFOEXW Wanted = Hints(AI_CANONNAME, AF_INET, SOCK_STREAM, 0);
    PADDRINFOEXW Result = POISON_RESULT;
    WC_OP *Op = WcOp(Names.Client, "WskGetAddressInfo");

    COVERS("NAME-13", "NAME-09");
    dnspeer_add(Names.Dns, "held.test", "HOLD", NULL);
    dnspeer_add(Names.Dns, "held.test", "A", "127.0.0.8");
    RtlInitUnicodeString(&Node, NodeText);
    RtlInitUnicodeString(&Service, ServiceText);
    Op->Returned = Names.Client->Npi.Dispatch->WskGetAddressInfo(Names.Client->Npi.Client, &Node, &Service, NS_ALL,
                                                                 NULL, &Wanted, &Result, NULL, NULL, Op->Irp);
    CHECK_STATUS(Op->Returned, STATUS_PENDING);
    CHECK(!WcIsDone(Op));
    WcPoison(NodeText, sizeof(NodeText));
    WcPoison(ServiceText, sizeof(ServiceText));
    WcPoison(&Node, sizeof(Node));
    WcPoison(&Service, sizeof(Service));
    WcPoison(&Wanted, sizeof(Wanted));
    CHECK(dnspeer_await(Names.Dns, "held.test"));
    dnspeer_release(Names.Dns);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(CountInfo(Result), 1);
    CHECK(IsV4(Result, 0x7F000008, 77));
    CHECK(SameText(Result->ai_canonname, L"held.test"));
    FreeInfo(&Names, Result);
    CloseNames(&Names);
}

typedef struct _LOOKED_AT
{
    PADDRINFOEXW Result;
    ULONG Port;
    ULONG Count;
} LOOKED_AT;

static VOID LookAtResult(WC_OP *Op)
{
    LOOKED_AT *Seen = Op->Context;

    for (PADDRINFOEXW Entry = Seen->Result; Entry; Entry = Entry->ai_next)
    {
        Seen->Count++;
        Seen->Port = RtlUshortByteSwap(((PSOCKADDR_IN)Entry->ai_addr)->sin_port);
    }
    WcSignal(Op);
}

TEST(NAME_17, results_in_the_completion_routine)
{
    NAMES Names = OpenNames(AF_INET, "");
    PCWSTR Nodes[] = {L"127.0.0.1", L"host.test"};

    dnspeer_add(Names.Dns, "host.test", "A", "127.0.0.8");
    for (ULONG i = 0; i < 2; i++)
    {
        LOOKED_AT Seen = {POISON_RESULT, 0, 0};
        WC_OP *Op = WcOp(Names.Client, "WskGetAddressInfo");

        Op->Then = LookAtResult;
        Op->Context = &Seen;
        IssueInfo(Op, Nodes[i], L"99", NULL, &Seen.Result);
        CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
        CHECK_EQ(Seen.Count, 1);
        CHECK_EQ(Seen.Port, 99);
        FreeInfo(&Names, Seen.Result);
    }
    CloseNames(&Names);
}

TEST_BOTH(NAME_31, a_look_up_can_be_cancelled)
{
    NAMES Names = OpenNames(Family, "");
    PADDRINFOEXW Result = POISON_RESULT, Other;
    WC_OP *Op = WcKeptOp(Names.Client, "WskGetAddressInfo");

    COVERS("IRP-20");
    dnspeer_add(Names.Dns, "silent.test", "SILENT", NULL);
    dnspeer_add(Names.Dns, "host.test", "A", "127.0.0.8");
    IssueInfo(Op, L"silent.test", NULL, NULL, &Result);
    CHECK_STATUS(Op->Returned, STATUS_PENDING);
    CHECK(dnspeer_await(Names.Dns, "silent.test"));
    /* Others are not held up. */
    CHECK_STATUS(Info(&Names, L"host.test", NULL, NULL, &Other), STATUS_SUCCESS);
    FreeInfo(&Names, Other);
    CHECK(!WcIsDone(Op));
    WcCancel(Op);
    CHECK_STATUS(WcWait(Op), STATUS_CANCELLED);
    CHECK(Result == NULL);
    /* An IRP that is cancelled before the call. */
    WcReuse(Op);
    WcCancel(Op);
    Result = POISON_RESULT;
    IssueInfo(Op, L"silent.test", NULL, NULL, &Result);
    CHECK_STATUS(WcWait(Op), STATUS_CANCELLED);
    CHECK(Result == NULL);
    CloseNames(&Names);
}

static void Deregister(void *Context)
{
    WskDeregister(&((WC_CLIENT *)Context)->Registration);
}

TEST_BOTH(NAME_31, a_pending_look_up_holds_up_deregistration)
{
    NAMES Names = OpenNames(Family, "");
    WC_CLIENT *Client = Names.Client;
    PADDRINFOEXW Result = POISON_RESULT;
    WC_OP *Op = WcKeptOp(Client, "WskGetAddressInfo");
    WC_THREAD Thread;

    dnspeer_add(Names.Dns, "silent.test", "SILENT", NULL);
    IssueInfo(Op, L"silent.test", NULL, NULL, &Result);
    CHECK_STATUS(Op->Returned, STATUS_PENDING);
    WskReleaseProviderNPI(&Client->Registration);
    Client->Released = TRUE;
    WcRun(&Thread, Deregister, Client, "WskDeregister to return");
    CHECK(WcStays(Thread.Object));
    WcCancel(Op);
    CHECK_STATUS(WcWait(Op), STATUS_CANCELLED);
    WcJoin(&Thread);
    Client->Deregistered = TRUE;
    CloseNames(&Names);
}

#define CROWD 64

static VOID CancelAll(PVOID Context)
{
    WC_OP **Ops = Context;

    for (ULONG i = 0; i < CROWD; i++)
    {
        if (i % 3 != 0)
        {
            WcCancel(Ops[i]);
        }
    }
}

/* Started and cancelled by different threads, answered meanwhile. */
TEST_BOTH(NAME_31, many_look_ups_cancelled_at_any_moment)
{
    NAMES Names = OpenNames(Family, "127.0.0.6 file.test\n");
    PCWSTR Nodes[] = {L"host.test", L"silent.test", L"no.test", L"file.test"};
    static PADDRINFOEXW Results[CROWD];
    static WC_OP *Ops[CROWD];
    WC_THREAD Thread;

    dnspeer_add(Names.Dns, "silent.test", "SILENT", NULL);
    dnspeer_add(Names.Dns, "host.test", "A", "127.0.0.8");
    for (ULONG Round = 0; Round < 4; Round++)
    {
        for (ULONG i = 0; i < CROWD; i++)
        {
            Ops[i] = WcKeptOp(Names.Client, "WskGetAddressInfo");
            Results[i] = POISON_RESULT;
        }
        WcRun(&Thread, CancelAll, Ops, "the thread that cancels");
        for (ULONG i = 0; i < CROWD; i++)
        {
            IssueInfo(Ops[i], Nodes[i % 4], NULL, NULL, &Results[i]);
        }
        WcJoin(&Thread);
        CancelAll(Ops);
        for (ULONG i = 0; i < CROWD; i++)
        {
            NTSTATUS Status;

            if (i % 3 == 0 && i % 4 == 1)
            {
                WcCancel(Ops[i]);
            }
            Status = WcWait(Ops[i]);
            CHECK(Status == STATUS_SUCCESS || Status == STATUS_CANCELLED || Status == STATUS_NOT_FOUND);
            CHECK(i % 4 != 1 || Status == STATUS_CANCELLED);
            CHECK(i % 4 != 3 || Status == STATUS_SUCCESS); /* answered in the call */
            CHECK(i % 12 != 0 || Status == STATUS_SUCCESS);
            CHECK(NT_SUCCESS(Status) == (Results[i] != NULL));
            FreeInfo(&Names, Results[i]);
        }
    }
    CloseNames(&Names);
}

/* ---- freeing --------------------------------------------------------------------------------------- */

static volatile LONG LeakLines, MisuseLines;

static BOOLEAN Holds(const char *Line, const char *Word)
{
    for (; *Line; Line++)
    {
        ULONG n = 0;

        while (Word[n] && Line[n] == Word[n])
        {
            n++;
        }
        if (!Word[n])
        {
            return TRUE;
        }
    }
    return FALSE;
}

static void Listen(void *Context, int Level, const char *Line)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Level);
    InterlockedExchangeAdd(&LeakLines, Holds(Line, "leaked an address list"));
    InterlockedExchangeAdd(&MisuseLines, Holds(Line, "not the head of a list"));
}

TEST(NAME_18, only_lists_of_this_client_are_freed)
{
    NAMES Names = OpenNames(AF_INET, "");
    WC_CLIENT *Second = WcOpen();
    ADDRINFOEXW Own = {0};
    PADDRINFOEXW Result;

    COVERS("NAME-19");
    CHECK_STATUS(Info(&Names, NULL, L"7", NULL, &Result), STATUS_SUCCESS);
    host_log_set_sink(Listen, NULL);
    FreeInfo(&Names, NULL);
    CHECK_EQ(MisuseLines, 0);
    FreeInfo(&Names, &Own);
    FreeInfo(&Names, Result->ai_next); /* not the head */
    Second->Npi.Dispatch->WskFreeAddressInfo(Second->Npi.Client, Result);
    Second->Npi.Dispatch->WskFreeAddressInfo(NULL, Result);
    host_log_set_sink(NULL, NULL);
    CHECK(MisuseLines >= 1); /* told once per caller */
    CHECK_EQ(CountInfo(Result), 2);
    FreeInfo(&Names, Result);
    FreeInfo(&Names, Result); /* freed already: left alone */
    WcClose(Second);
    CloseNames(&Names);
}

TEST(NAME_18, a_list_left_behind_is_reported_at_deregistration)
{
    NAMES Names = OpenNames(AF_INET, "");
    PADDRINFOEXW Result;

    CHECK_STATUS(Info(&Names, NULL, L"7", NULL, &Result), STATUS_SUCCESS);
    CHECK_STATUS(Info(&Names, NULL, L"7", NULL, &Result), STATUS_SUCCESS);
    FreeInfo(&Names, Result);
    host_log_set_sink(Listen, NULL);
    CloseNames(&Names);
    host_log_set_sink(NULL, NULL);
    CHECK_EQ(LeakLines, 1);
}

/* ---- levels ------------------------------------------------------------------------------------------- */

#define SIGABRT_STATUS 6

static void AtDispatchLevel(const char *Test, const char *Function, void (*Deed)(WC_CLIENT *Client))
{
    static char Report[65536];
    KIRQL Irql;
    int Status;

    if (t_is_child(Test))
    {
        WC_CLIENT *Client = WcOpen();

        KeRaiseIrql(DISPATCH_LEVEL, &Irql);
        Deed(Client);
    }
    Status = t_run_child(Test, Report, sizeof(Report));
    CHECK_EQ(Status & 0x7F, SIGABRT_STATUS);
    CHECK(Holds(Report, Function));
}

static void FreeDeed(WC_CLIENT *Client)
{
    Client->Npi.Dispatch->WskFreeAddressInfo(Client->Npi.Client, NULL);
}

TEST(NAME_18, freeing_at_dispatch_level)
{
    AtDispatchLevel("NAME_18_freeing_at_dispatch_level", "WskFreeAddressInfo is called at DISPATCH_LEVEL", FreeDeed);
}

static void NameDeed(WC_CLIENT *Client)
{
    WC_ADDR Address = WcLoopback(AF_INET, 7);

    Client->Npi.Dispatch->WskGetNameInfo(Client->Npi.Client, &Address.Sa, sizeof(Address.V4), NULL, NULL, 0, NULL,
                                         NULL, WcOp(Client, "WskGetNameInfo")->Irp);
}

TEST(NAME_20, name_info_at_dispatch_level)
{
    AtDispatchLevel("NAME_20_name_info_at_dispatch_level", "WskGetNameInfo is called at DISPATCH_LEVEL", NameDeed);
}

/* ---- where names come from ----------------------------------------------------------------------------- */

TEST(WSKP, name_sources_that_cannot_be)
{
    NAMES Names = OpenNames(AF_INET, "127.0.0.6 file.test\n");
    PADDRINFOEXW Result;
    static char Long[2000];

    for (ULONG i = 0; i + 1 < sizeof(Long); i++)
    {
        Long[i] = 'a';
    }
    CHECK_STATUS(WskpSetNameSources(NULL, "dns.test"), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WskpSetNameSources(NULL, "127.0.0.1:"), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WskpSetNameSources(NULL, "127.0.0.1:65536"), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WskpSetNameSources(NULL, ""), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WskpSetNameSources("/no/such/file", NULL), STATUS_NO_SUCH_FILE);
    CHECK_STATUS(WskpSetNameSources(Long, NULL), STATUS_NAME_TOO_LONG);
    /* They changed nothing. */
    CHECK_STATUS(Info(&Names, L"file.test", NULL, NULL, &Result), STATUS_SUCCESS);
    FreeInfo(&Names, Result);
    CHECK_STATUS(Info(&Names, L"no.test", NULL, NULL, &Result), STATUS_NOT_FOUND);
    CHECK(dnspeer_asked(Names.Dns, "no.test") != 0);
    CHECK_STATUS(WskpSetNameSources(NULL, "127.0.0.1"), STATUS_SUCCESS);
    CHECK_STATUS(WskpSetNameSources(NULL, "::1"), STATUS_SUCCESS);
    CHECK_STATUS(WskpSetNameSources(NULL, "[::1]:53"), STATUS_SUCCESS);
    CloseNames(&Names);
}
