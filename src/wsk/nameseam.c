// SPDX-License-Identifier: MIT
/*
 * The name functions' door to the resolver: the one file besides seam.c that
 * sees both worlds. Owns the resolver, which is opened by the first question
 * that no local source answers. Compiled freestanding, as seam.c is.
 */
#include "engine/resolver.h"

#include "wsk/names.h"
#include "wsk/seamp.h"

#define PATH_SIZE 1024
#define SERVER_SIZE 128
#define DNS_PORT 53

C_ASSERT(WSKP_NAME_SIZE == RES_NAME_SIZE);
C_ASSERT(WSKP_WANT_V4 == RES_V4 && WSKP_WANT_V6 == RES_V6);

typedef struct _WSKP_QUESTION
{
    struct res_query Query; /* first */
    PWSKP_LOOKUP Lookup;
} WSKP_QUESTION, *PWSKP_QUESTION;

/* Held at PASSIVE_LEVEL, across no wait. Guards all four. */
static HC_LOCK Lock;
static struct res *Resolver;
static CHAR HostsFile[PATH_SIZE]; /* empty: the system's */
static CHAR Server[SERVER_SIZE];  /* empty: the system's */

static struct res_query *Query(PWSKP_LOOKUP Lookup)
{
    return &((PWSKP_QUESTION)Lookup->Question)->Query;
}

/* Numbers of the Linux ABI, as in seam.c. */
static NTSTATUS StatusFromResolver(int Err)
{
    switch (Err)
    {
    case 0:
        return STATUS_SUCCESS;
    case -12:  /* ENOMEM */
    case -23:  /* ENFILE */
    case -24:  /* EMFILE */
    case -105: /* ENOBUFS */
        return STATUS_INSUFFICIENT_RESOURCES;
    case -95: /* EOPNOTSUPP: the engine cannot poll */
        return STATUS_NOT_SUPPORTED;
    case -110: /* ETIMEDOUT: no server answered */
        return STATUS_IO_TIMEOUT; /* DIV-18 */
    case -125: /* ECANCELED */
        return STATUS_CANCELLED;
    default:
        return STATUS_NOT_FOUND; /* AMB-03 */
    }
}

/* ---- where answers come from --------------------------------------------------------- */

/* In the one form that c-ares is sure to read: with a port, and IPv6 in brackets. */
static BOOLEAN NormalizeServer(PCSTR Text, PSTR Out, ULONG Size)
{
    USHORT Port = 0;
    ULONG Scope = 0;
    IN6_ADDR V6;
    IN_ADDR V4;

    if (NT_SUCCESS(RtlIpv4StringToAddressExA(Text, TRUE, &V4, &Port)))
    {
        Port = Port != 0 ? Port : RtlUshortByteSwap(DNS_PORT);
        return NT_SUCCESS(RtlIpv4AddressToStringExA(&V4, Port, Out, &Size));
    }
    if (NT_SUCCESS(RtlIpv6StringToAddressExA(Text, &V6, &Scope, &Port)))
    {
        Port = Port != 0 ? Port : RtlUshortByteSwap(DNS_PORT);
        return NT_SUCCESS(RtlIpv6AddressToStringExA(&V6, Scope, Port, Out, &Size));
    }
    return FALSE;
}

NTSTATUS WskpSetNameSources(PCSTR Hosts, PCSTR ServerAddress)
{
    CHAR NewServer[SERVER_SIZE] = "";

    if (ServerAddress != NULL && !NormalizeServer(ServerAddress, NewServer, sizeof(NewServer)))
    {
        return STATUS_INVALID_PARAMETER;
    }
    if (Hosts != NULL && strlen(Hosts) >= sizeof(HostsFile))
    {
        return STATUS_NAME_TOO_LONG;
    }
    if (Hosts != NULL && !res_hosts_readable(Hosts))
    {
        return STATUS_NO_SUCH_FILE;
    }
    HcAcquireLock(&Lock);
    HcFormat(HostsFile, sizeof(HostsFile), "%s", Hosts != NULL ? Hosts : "");
    RtlCopyMemory(Server, NewServer, sizeof(Server));
    HcReleaseLock(&Lock);
    return STATUS_SUCCESS;
}

/* Path has PATH_SIZE bytes; NULL: the system's file. */
static PCSTR CopyHostsPath(PSTR Path)
{
    HcAcquireLock(&Lock);
    RtlCopyMemory(Path, HostsFile, PATH_SIZE);
    HcReleaseLock(&Lock);
    return Path[0] != 0 ? Path : NULL;
}

static VOID ResolverClosed(void *Context)
{
    KeSetEvent(Context, IO_NO_INCREMENT, FALSE);
}

VOID WskpStopResolver(VOID)
{
    struct res *Closing;
    KEVENT Closed;

    HcAcquireLock(&Lock);
    Closing = Resolver;
    Resolver = NULL;
    HcReleaseLock(&Lock);
    if (Closing != NULL)
    {
        KeInitializeEvent(&Closed, NotificationEvent, FALSE);
        res_close(Closing, ResolverClosed, &Closed);
        KeWaitForSingleObject(&Closed, Executive, KernelMode, FALSE, NULL);
    }
}

/* ---- questions ------------------------------------------------------------------------ */

BOOLEAN WskpCreateQuestion(PWSKP_LOOKUP Lookup)
{
    PWSKP_QUESTION Question = HcAllocateZero(sizeof(*Question));

    Lookup->Question = Question;
    if (Question == NULL)
    {
        return FALSE;
    }
    Question->Lookup = Lookup;
    return TRUE;
}

VOID WskpFreeQuestion(PWSKP_LOOKUP Lookup)
{
    if (Lookup->Question != NULL)
    {
        res_answer_free(&Query(Lookup)->answer);
        HcFree(Lookup->Question);
    }
}

NTSTATUS WskpFindHost(PWSKP_LOOKUP Lookup, PCSTR Name)
{
    struct res_answer *Answer = &Query(Lookup)->answer;
    CHAR Path[PATH_SIZE];
    int Err = res_hosts_find(CopyHostsPath(Path), Name, Lookup->Wanted, Answer);

    if (Err == -2 /* ENOENT */ && res_is_localhost(Name))
    {
        Err = res_localhost(Name, Lookup->Wanted, Answer);
    }
    return StatusFromResolver(Err);
}

NTSTATUS WskpFindOwnAddresses(PWSKP_LOOKUP Lookup)
{
    struct res_query *Raw = Query(Lookup);
    int Err = res_own_addrs(Lookup->Wanted, false, &Raw->answer);

    if (Err == -2 /* ENOENT */)
    {
        Err = res_own_addrs(Lookup->Wanted, true, &Raw->answer);
    }
    res_own_name(Raw->answer.canonical, sizeof(Raw->answer.canonical));
    res_own_name(Raw->answer.full, sizeof(Raw->answer.full));
    return StatusFromResolver(Err);
}

BOOLEAN WskpIsOwnName(PCSTR Name)
{
    CHAR Own[WSKP_NAME_SIZE];

    res_own_name(Own, sizeof(Own));
    return Own[0] != 0 && res_same_name(Own, Name);
}

NTSTATUS WskpFindHostName(PWSKP_LOOKUP Lookup)
{
    struct res_query *Raw = Query(Lookup);
    CHAR Path[PATH_SIZE];

    WskpAddressToEngine(&Lookup->Address, &Raw->addr);
    return StatusFromResolver(
        res_hosts_name(CopyHostsPath(Path), &Raw->addr, Raw->answer.canonical, sizeof(Raw->answer.canonical)));
}

NTSTATUS WskpServicePort(PCSTR Name, BOOLEAN Udp, PUSHORT Port)
{
    return StatusFromResolver(res_service_port(Name, Udp, Port));
}

NTSTATUS WskpServiceName(USHORT Port, BOOLEAN Udp, PSTR Name, SIZE_T Size)
{
    return StatusFromResolver(res_service_name(Port, Udp, Name, Size));
}

ULONG WskpOwnFamilies(VOID)
{
    ULONG Families = 0;

    for (ULONG Family = RES_V4; Family <= RES_V6; Family <<= 1)
    {
        struct res_answer Answer = {0};

        if (res_own_addrs(Family, false, &Answer) == 0)
        {
            Families |= Family;
        }
        res_answer_free(&Answer);
    }
    return Families;
}

BOOLEAN WskpIsOwnAddress(const WSKP_ADDRESS *Address)
{
    struct res_answer Answer = {0};
    struct eng_addr Wanted;
    BOOLEAN Own = FALSE;

    WskpAddressToEngine(Address, &Wanted);
    (void)res_own_addrs(RES_V4 | RES_V6, true, &Answer);
    for (size_t i = 0; i < Answer.count && !Own; i++)
    {
        Own = Answer.addrs[i].family == Wanted.family && RtlEqualMemory(Answer.addrs[i].ip, Wanted.ip, 16);
    }
    res_answer_free(&Answer);
    return Own;
}

/* ---- DNS ---------------------------------------------------------------------------------- */

static void QueryDone(struct res_query *Raw)
{
    WskpQueryEnded(((PWSKP_QUESTION)Raw)->Lookup, StatusFromResolver(Raw->res));
}

NTSTATUS WskpPrepareQuery(PWSKP_LOOKUP Lookup)
{
    struct res_query *Raw = Query(Lookup);
    CHAR Address[SERVER_SIZE];
    struct res *Open;
    int Err = 0;

    HcAcquireLock(&Lock);
    if (Resolver == NULL)
    {
        Err = res_open(WskpEngine(), 0, &Resolver);
    }
    Open = Resolver;
    RtlCopyMemory(Address, Server, sizeof(Address));
    HcReleaseLock(&Lock);
    if (Err != 0)
    {
        return StatusFromResolver(Err);
    }
    Raw->kind = Lookup->Name[0] != 0 ? RES_ADDRESSES : RES_NAME;
    RtlCopyMemory(Raw->name, Lookup->Name, sizeof(Raw->name));
    Raw->families = Lookup->Wanted;
    Raw->done = QueryDone;
    return StatusFromResolver(res_prepare(Open, Raw, Address[0] != 0 ? Address : NULL));
}

NTSTATUS WskpStartQuery(PWSKP_LOOKUP Lookup)
{
    int Err = res_start(Query(Lookup));

    if (Err != 0)
    {
        res_drop(Query(Lookup));
        return STATUS_UNSUCCESSFUL;
    }
    return STATUS_SUCCESS;
}

VOID WskpDropQuery(PWSKP_LOOKUP Lookup)
{
    res_drop(Query(Lookup));
}

VOID WskpCancelQuery(PWSKP_LOOKUP Lookup)
{
    res_cancel(Query(Lookup));
}

/* ---- answers --------------------------------------------------------------------------------- */

NTSTATUS WskpAddAnswer(PWSKP_LOOKUP Lookup, const WSKP_ADDRESS *Address)
{
    struct eng_addr Added;

    WskpAddressToEngine(Address, &Added);
    return StatusFromResolver(res_answer_add(&Query(Lookup)->answer, &Added));
}

ULONG WskpAnswerCount(PWSKP_LOOKUP Lookup)
{
    return (ULONG)Query(Lookup)->answer.count;
}

VOID WskpGetAnswer(PWSKP_LOOKUP Lookup, ULONG Index, PWSKP_ADDRESS Address)
{
    WskpAddressFromEngine(&Query(Lookup)->answer.addrs[Index], Address);
}

PCSTR WskpCanonicalName(PWSKP_LOOKUP Lookup)
{
    return Query(Lookup)->answer.canonical;
}

PCSTR WskpFullName(PWSKP_LOOKUP Lookup)
{
    return Query(Lookup)->answer.full;
}

VOID WskpSetCanonicalName(PWSKP_LOOKUP Lookup, PCSTR Name)
{
    struct res_answer *Answer = &Query(Lookup)->answer;

    HcFormat(Answer->canonical, sizeof(Answer->canonical), "%s", Name);
    HcFormat(Answer->full, sizeof(Answer->full), "%s", Name);
}
