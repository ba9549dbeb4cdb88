// SPDX-License-Identifier: MIT
#pragma once
/*
 * What the tests of the name functions share: a client whose names come from a
 * DNS server and a hosts file of the test's own. NT world.
 */
#include "dnspeer.h"
#include "wskclient.h"

NTSTATUS WskpSetNameSources(PCSTR Hosts, PCSTR ServerAddress);
/* The host's log, whose header is of the other world. */
void host_log_set_sink(void (*sink)(void *ctx, int level, const char *line), void *ctx);

#define UNUSED __attribute__((unused))

typedef struct _NAMES
{
    WC_CLIENT *Client;
    struct dnspeer *Dns;
    char Hosts[64];
} NAMES;

static UNUSED void AppendNumber(char *Text, ULONG Number)
{
    char Digits[12];
    ULONG Count = 0;

    while (*Text)
    {
        Text++;
    }
    do
    {
        Digits[Count++] = (char)('0' + Number % 10);
        Number /= 10;
    } while (Number);
    while (Count)
    {
        *Text++ = Digits[--Count];
    }
    *Text = 0;
}

/* The server listens on the loopback address of that family. */
static UNUSED NAMES OpenNames(ADDRESS_FAMILY Family, const char *Hosts)
{
    char Server[32] = "127.0.0.1:";
    NAMES Names;
    unsigned short Port;

    if (Family == AF_INET6)
    {
        RtlCopyMemory(Server, "[::1]:", 7);
    }
    Names.Dns = dnspeer_open(WC_PEER_FAMILY(Family), &Port);
    CHECK(Names.Dns != NULL);
    AppendNumber(Server, Port);
    dnspeer_write_hosts(Names.Hosts, Hosts);
    CHECK_STATUS(WskpSetNameSources(Names.Hosts, Server), STATUS_SUCCESS);
    Names.Client = WcOpen();
    return Names;
}

static UNUSED void CloseNames(NAMES *Names)
{
    WcClose(Names->Client);
    CHECK_STATUS(WskpSetNameSources(NULL, NULL), STATUS_SUCCESS);
    dnspeer_remove_hosts(Names->Hosts);
    dnspeer_close(Names->Dns);
}

#define POISON_RESULT ((PADDRINFOEXW)WC_POISON_SIZE)

/* Node and Service may be NULL. */
static UNUSED void IssueInfo(WC_OP *Op, PCWSTR Node, PCWSTR Service, PADDRINFOEXW Hints, PADDRINFOEXW *Result)
{
    UNICODE_STRING NodeName, ServiceName;

    RtlInitUnicodeString(&NodeName, Node);
    RtlInitUnicodeString(&ServiceName, Service);
    Op->Returned = Op->Client->Npi.Dispatch->WskGetAddressInfo(
        Op->Client->Npi.Client, Node ? &NodeName : NULL, Service ? &ServiceName : NULL, NS_ALL, NULL, Hints, Result,
        NULL, NULL, Op->Irp);
}

/* NAME-09, NAME-10 hold for every one. */
static UNUSED NTSTATUS Info(NAMES *Names, PCWSTR Node, PCWSTR Service, PADDRINFOEXW Hints, PADDRINFOEXW *Result)
{
    WC_OP *Op = WcOp(Names->Client, "WskGetAddressInfo");
    NTSTATUS Status;

    *Result = POISON_RESULT;
    IssueInfo(Op, Node, Service, Hints, Result);
    Status = WcWait(Op);
    CHECK_EQ(Op->Information, 0);
    if (Status != STATUS_INVALID_PARAMETER)
    {
        CHECK_STATUS(Op->Returned, STATUS_PENDING);
    }
    CHECK(NT_SUCCESS(Status) ? *Result != NULL && *Result != POISON_RESULT
                             : *Result == NULL || *Result == POISON_RESULT);
    return Status;
}

static UNUSED void FreeInfo(NAMES *Names, PADDRINFOEXW Result)
{
    Names->Client->Npi.Dispatch->WskFreeAddressInfo(Names->Client->Npi.Client, Result);
}

static UNUSED ULONG CountInfo(const ADDRINFOEXW *List)
{
    ULONG Count = 0;

    for (; List; List = List->ai_next)
    {
        CHECK(List->ai_family == AF_INET || List->ai_family == AF_INET6);
        CHECK_EQ(List->ai_addrlen, List->ai_family == AF_INET ? sizeof(SOCKADDR_IN) : sizeof(SOCKADDR_IN6));
        CHECK_EQ(List->ai_addr->sa_family, List->ai_family);
        CHECK(List->ai_blob == NULL && List->ai_bloblen == 0);
        Count++;
    }
    return Count;
}

/* The entry is that address: "127.0.0.1:80" in its two parts. */
static UNUSED BOOLEAN IsV4(const ADDRINFOEXW *Entry, ULONG HostOrder, USHORT Port)
{
    const SOCKADDR_IN *Address = (const SOCKADDR_IN *)Entry->ai_addr;

    return Entry->ai_family == AF_INET && Address->sin_addr.s_addr == RtlUlongByteSwap(HostOrder) &&
           Address->sin_port == RtlUshortByteSwap(Port);
}

/* The entry's address has that first byte, that last byte and zeros between. */
static UNUSED BOOLEAN IsV6(const ADDRINFOEXW *Entry, UCHAR First, UCHAR Last, USHORT Port)
{
    const SOCKADDR_IN6 *Address = (const SOCKADDR_IN6 *)Entry->ai_addr;
    IN6_ADDR Wanted = {.s6_addr = {[0] = First, [15] = Last}};

    return Entry->ai_family == AF_INET6 && RtlEqualMemory(&Address->sin6_addr, &Wanted, sizeof(Wanted)) &&
           Address->sin6_port == RtlUshortByteSwap(Port);
}

static UNUSED BOOLEAN SameText(PCWSTR A, PCWSTR B)
{
    while (*A && *A == *B)
    {
        A++;
        B++;
    }
    return *A == *B;
}
