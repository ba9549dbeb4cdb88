// SPDX-License-Identifier: MIT
/*
 * What can be seen of wsk.h and the network headers only by using them: both
 * spellings of the dispatch tables, initialisers drivers write, the arithmetic of
 * the control-message and version macros, address classification. Layouts and
 * numbers are in tests/abi and src/nt/abi_x64*.c.
 */
#include <wsk.h>
#include "support/test.h"

static NTSTATUS WSKAPI SomeClose(PWSK_SOCKET Socket, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Socket);
    UNREFERENCED_PARAMETER(Irp);
    return STATUS_NOT_IMPLEMENTED;
}

static NTSTATUS WSKAPI SomeControl(PWSK_SOCKET Socket, WSK_CONTROL_SOCKET_TYPE RequestType, ULONG ControlCode,
                                   ULONG Level, SIZE_T InputSize, PVOID InputBuffer, SIZE_T OutputSize,
                                   PVOID OutputBuffer, SIZE_T *OutputSizeReturned, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Socket);
    UNREFERENCED_PARAMETER(RequestType);
    UNREFERENCED_PARAMETER(ControlCode);
    UNREFERENCED_PARAMETER(Level);
    UNREFERENCED_PARAMETER(InputSize);
    UNREFERENCED_PARAMETER(InputBuffer);
    UNREFERENCED_PARAMETER(OutputSize);
    UNREFERENCED_PARAMETER(OutputBuffer);
    UNREFERENCED_PARAMETER(OutputSizeReturned);
    UNREFERENCED_PARAMETER(Irp);
    return STATUS_NOT_IMPLEMENTED;
}

static NTSTATUS WSKAPI SomeBind(PWSK_SOCKET Socket, PSOCKADDR LocalAddress, ULONG Flags, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Socket);
    UNREFERENCED_PARAMETER(LocalAddress);
    UNREFERENCED_PARAMETER(Flags);
    UNREFERENCED_PARAMETER(Irp);
    return STATUS_NOT_IMPLEMENTED;
}

TEST(STRUCT_15, tables_take_both_spellings)
{
    COVERS("STRUCT-11", "STRUCT-12", "STRUCT-13", "STRUCT-14");
    static const WSK_PROVIDER_LISTEN_DISPATCH Listen = {.WskCloseSocket = SomeClose, .WskBind = SomeBind};
    static const WSK_PROVIDER_DATAGRAM_DISPATCH Datagram = {.Basic = {SomeControl, SomeClose}, .WskBind = SomeBind};
    static const WSK_PROVIDER_CONNECTION_DISPATCH Connection = {{{SomeControl, SomeClose}}, SomeBind, .WskSend = NULL};
    static const WSK_PROVIDER_STREAM_DISPATCH Stream = {.WskControlSocket = SomeControl, .WskCloseSocket = SomeClose};

    CHECK(Listen.Basic.WskCloseSocket == SomeClose && Listen.WskCloseSocket == SomeClose);
    CHECK(Listen.Basic.WskControlSocket == NULL && Listen.WskBind == SomeBind);
    CHECK(Datagram.WskControlSocket == SomeControl && Datagram.WskCloseSocket == SomeClose);
    CHECK(Connection.Basic.WskControlSocket == SomeControl && Connection.WskCloseSocket == SomeClose);
    CHECK(Connection.WskBind == SomeBind);
    CHECK(Stream.Basic.WskControlSocket == SomeControl && Stream.Basic.WskCloseSocket == SomeClose);
}

TEST(STRUCT_16, every_table_begins_with_the_basic_one)
{
    COVERS("STRUCT-09", "STRUCT-10");
    static const WSK_PROVIDER_STREAM_DISPATCH Stream = {.WskControlSocket = SomeControl, .WskCloseSocket = SomeClose};
    WSK_SOCKET Socket = {&Stream};
    const WSK_PROVIDER_BASIC_DISPATCH *Basic = (const WSK_PROVIDER_BASIC_DISPATCH *)Socket.Dispatch;

    CHECK(Basic->WskControlSocket == SomeControl);
    CHECK(Basic->WskCloseSocket == SomeClose);
}

TEST(STRUCT_53, versions_have_the_major_number_in_the_high_byte)
{
    CHECK_EQ(MAKE_WSK_VERSION(1, 0), 0x0100);
    CHECK_EQ(MAKE_WSK_VERSION(2, 0x1FF), 0x02FF);
    CHECK_EQ(WSK_MAJOR_VERSION(MAKE_WSK_VERSION(3, 7)), 3);
    CHECK_EQ(WSK_MINOR_VERSION(MAKE_WSK_VERSION(3, 7)), 7);
}

TEST(STRUCT_53, the_interface_has_its_identity)
{
    COVERS("STRUCT-26", "STRUCT-43");
    static const UCHAR Bytes[16] = {0x03, 0xE8, 0x27, 0x22, 0x8B, 0x8D, 0xD4, 0x11,
                                    0xAB, 0xAD, 0x00, 0x90, 0x27, 0x71, 0x9E, 0x09};
    WSK_EVENT_CALLBACK_CONTROL Control = {&NPI_WSK_INTERFACE_ID, WSK_EVENT_ACCEPT};

    CHECK_MEM(Control.NpiId, Bytes, sizeof(Bytes));
}

TEST(STRUCT_60, an_ipv6_address_takes_the_usual_initialisers)
{
    SOCKADDR_IN6 Braced = {AF_INET6, 0x479c, 0, IN6ADDR_ANY_INIT, {0}};
    SOCKADDR_IN6 Loopback = {AF_INET6, 0, 0, IN6ADDR_LOOPBACK_INIT, {5}};
    SOCKADDR_IN Inet = {AF_INET, 0x479c, IN4ADDR_LOOPBACK_INIT, {0}};

    CHECK_EQ(Braced.sin6_family, 23);
    CHECK_EQ(Braced.sin6_port, 0x479c);
    CHECK(IN6ADDR_ISANY(&Braced));
    CHECK(IN6ADDR_ISLOOPBACK(&Loopback));
    CHECK_EQ(Loopback.sin6_scope_id, 5);
    CHECK_EQ(Loopback.sin6_scope_struct.Zone, 5);
    CHECK_EQ(Inet.sin_addr.s_addr, IN4ADDR_LOOPBACK);
    CHECK(IN4_IS_ADDR_LOOPBACK(&Inet.sin_addr));
    CHECK_EQ(Inet.sin_addr.s_net, 127);
    Loopback.sin6_scope_struct.Level = ScopeLevelLink;
    CHECK_EQ(Loopback.sin6_scope_id, 0x20000005);
}

TEST(STRUCT_60, addresses_are_classified)
{
    IN6_ADDR Address = IN6ADDR_ALLNODESONLINK_INIT;
    IN_ADDR Inet = IN4ADDR_LOOPBACK_INIT;

    CHECK(IN6_IS_ADDR_MULTICAST(&Address) && IN6_IS_ADDR_MC_LINKLOCAL(&Address));
    CHECK(!IN6_IS_ADDR_LOOPBACK(&Address) && !IN6_IS_ADDR_UNSPECIFIED(&Address));
    IN6_SET_ADDR_V4MAPPED(&Address, &Inet);
    CHECK(IN6_IS_ADDR_V4MAPPED(&Address) && IN6_IS_ADDR_V4MAPPED_LOOPBACK(&Address));
    CHECK_MEM(IN6_GET_ADDR_V4MAPPED(&Address), &Inet, sizeof(Inet));
    IN6_SET_ADDR_LOOPBACK(&Address);
    CHECK(IN6_ADDR_EQUAL(&Address, &in6addr_loopback) && !IN6_ADDR_EQUAL(&Address, &in6addr_any));
    CHECK(IN6_IS_ADDR_LOOPBACK(&in6addr_loopback) && IN6_IS_ADDR_UNSPECIFIED(&in6addr_any));
    Address.s6_addr[0] = 0xfe;
    Address.s6_addr[1] = 0x80;
    CHECK(IN6_IS_ADDR_LINKLOCAL(&Address) && !IN6_IS_ADDR_SITELOCAL(&Address));
}

TEST(STRUCT_33, control_messages_are_spaced_by_eight)
{
    COVERS("STRUCT-24");
    union {
        CMSGHDR Align;
        CHAR Bytes[64];
    } Buffer = {.Bytes = {0}};
    WSAMSG Message = {.Control = {WSA_CMSG_SPACE(sizeof(IN_PKTINFO)) + WSA_CMSG_SPACE(5), Buffer.Bytes}};
    PCMSGHDR Header = WSA_CMSG_FIRSTHDR(&Message);

    CHECK_EQ(WSA_CMSG_LEN(5), 21);
    CHECK_EQ(WSA_CMSG_SPACE(5), 24);
    CHECK_EQ(WSA_CMSG_SPACE(8), 24);
    CHECK_EQ(WSA_CMSG_SPACE(9), 32);
    CHECK((PVOID)Header == (PVOID)Buffer.Bytes);
    Header->cmsg_len = WSA_CMSG_LEN(sizeof(IN_PKTINFO));
    CHECK(WSA_CMSG_DATA(Header) == (PUCHAR)Buffer.Bytes + 16);
    Header = WSA_CMSG_NXTHDR(&Message, Header);
    CHECK((PVOID)Header == (PVOID)(Buffer.Bytes + 24));
    Header->cmsg_len = WSA_CMSG_LEN(5);
    CHECK(WSA_CMSG_NXTHDR(&Message, Header) == NULL);
    Header = NULL;
    CHECK((PVOID)WSA_CMSG_NXTHDR(&Message, Header) == (PVOID)Buffer.Bytes);
    Message.Control.len = sizeof(CMSGHDR) - 1;
    CHECK(WSA_CMSG_FIRSTHDR(&Message) == NULL);
}

TEST(STRUCT_36, an_address_list_counts_its_pairs)
{
    CHECK_EQ(SIZEOF_SOCKET_ADDRESS_LIST(0), 8);
    CHECK_EQ(SIZEOF_SOCKET_ADDRESS_LIST(3), 8 + 3 * sizeof(SOCKET_ADDRESS));
}

TEST(STRUCT_57, exclusive_use_is_the_complement_of_reuse)
{
    CHECK_EQ((ULONG)SO_EXCLUSIVEADDRUSE, 0xFFFFFFFB);
    CHECK_EQ(SO_EXCLUSIVEADDRUSE, -5);
}

TEST(STRUCT_61, a_warning_is_no_success)
{
    CHECK(NT_SUCCESS(STATUS_PENDING));
    CHECK(NT_SUCCESS(STATUS_EVENT_PENDING));
    CHECK(!NT_SUCCESS(STATUS_BUFFER_OVERFLOW));
    CHECK(!NT_ERROR(STATUS_BUFFER_OVERFLOW));
    CHECK(NT_ERROR(STATUS_FILE_FORCED_CLOSED));
}

TEST(STRUCT_65, widths_are_windows)
{
    COVERS("STRUCT-32", "STRUCT-37");
    CHECK_EQ(sizeof(WCHAR), 2);
    CHECK_EQ(sizeof(L'x'), 2);
    CHECK_EQ(sizeof(ULONG), 4);
    CHECK_EQ(sizeof(SIZE_T), 8);
    CHECK_EQ(sizeof(ADDRESS_FAMILY), 2);
    CHECK_EQ(sizeof(WSK_CONTROL_SOCKET_TYPE), 4);
    CHECK_EQ(sizeof(WSK_INSPECT_ACTION), 4);
}
