// SPDX-License-Identifier: MIT
/*
 * WskGetAddressInfo and WskFreeAddressInfo: from a name to addresses, as
 * GetAddrInfoW does it. Requirements NAME-01..19, NAME-31..33.
 */
#include "wsk/names.h"

/* What a client of Windows passes with these has no meaning here, or none but
 * what happens anyway: no cache is bypassed, no registry of file servers asked. */
#define WSKP_AI_HARMLESS                                                                                        \
    (AI_FORCE_CLEAR_TEXT | AI_BYPASS_DNS_CACHE | AI_NON_AUTHORITATIVE | AI_SECURE | AI_RETURN_PREFERRED_NAMES | \
     AI_FILESERVER | AI_SECURE_WITH_FALLBACK)
#define WSKP_AI_KNOWN                                                                                      \
    (AI_PASSIVE | AI_CANONNAME | AI_NUMERICHOST | AI_NUMERICSERV | AI_DNS_ONLY | AI_ALL | AI_ADDRCONFIG | \
     AI_V4MAPPED | AI_FQDN | AI_DISABLE_IDN_ENCODING | WSKP_AI_HARMLESS)

/* The one namespace provider there is: the name service of TCP/IP. */
static const GUID TcpIpProvider = {0x22059D40, 0x7E9E, 0x11CF, {0xAE, 0x5A, 0x00, 0xAA, 0x00, 0xA7, 0x11, 0x2B}};

/*
 * A result: one block of memory. The client sees the first entry's Info.
 * Owner: the client, until WskFreeAddressInfo, or WskDeregister.
 * Lock:  the client's, for Link.
 */
typedef struct _WSKP_ADDRESS_ENTRY
{
    ADDRINFOEXW Info;
    WSKP_ADDRESS Address;
} WSKP_ADDRESS_ENTRY;

typedef struct _WSKP_ADDRESS_LIST
{
    LIST_ENTRY Link;
    PVOID Caller; /* of WskGetAddressInfo */
    ULONG Count;
    WSKP_ADDRESS_ENTRY Entries[];
} WSKP_ADDRESS_LIST, *PWSKP_ADDRESS_LIST;

/* ---- the result ------------------------------------------------------------------------ */

static VOID MapToV6(PWSKP_ADDRESS Address)
{
    IN_ADDR V4 = Address->V4.sin_addr;

    RtlZeroMemory(Address, sizeof(*Address));
    Address->V6.sin6_family = AF_INET6;
    Address->V6.sin6_addr.s6_addr[10] = Address->V6.sin6_addr.s6_addr[11] = 0xFF;
    RtlCopyMemory(&Address->V6.sin6_addr.s6_addr[12], &V4, sizeof(V4));
}

/* How many of the answer's addresses the client is told; with a list they are
 * put there, each once for every kind of socket. */
static ULONG PutAddresses(PWSKP_LOOKUP Lookup, PWSKP_ADDRESS_LIST List)
{
    ULONG Total = WskpAnswerCount(Lookup);
    BOOLEAN HasV6 = FALSE;
    ULONG Count = 0;
    WSKP_ADDRESS Address;

    for (ULONG i = 0; i < Total && !HasV6; i++)
    {
        WskpGetAnswer(Lookup, i, &Address);
        HasV6 = Address.Base.sa_family == AF_INET6;
    }
    for (ULONG i = 0; i < Total; i++)
    {
        WskpGetAnswer(Lookup, i, &Address);
        if (Lookup->Info.Family == AF_INET6 && Address.Base.sa_family == AF_INET)
        {
            if (HasV6 && !(Lookup->Info.Flags & AI_ALL))
            {
                continue;
            }
            MapToV6(&Address);
        }
        for (ULONG Kind = 0; Kind < Lookup->Info.KindCount; Kind++, Count++)
        {
            if (List != NULL)
            {
                const WSKP_SOCKET_KIND *Wanted = &Lookup->Info.Kinds[Kind];
                WSKP_ADDRESS_ENTRY *Entry = &List->Entries[Count];

                Address.V4.sin_port = RtlUshortByteSwap(Wanted->Port); /* where sin6_port is, too */
                Entry->Address = Address;
                Entry->Info.ai_family = Address.Base.sa_family;
                Entry->Info.ai_socktype = Wanted->Type;
                Entry->Info.ai_protocol = Wanted->Protocol;
                Entry->Info.ai_addrlen = WskpAddressSize(Address.Base.sa_family);
                Entry->Info.ai_addr = &Entry->Address.Base;
            }
        }
    }
    return Count;
}

static NTSTATUS BuildList(PWSKP_LOOKUP Lookup, PWSKP_ADDRESS_LIST *Result)
{
    PCSTR Canonical = Lookup->Info.Flags & AI_FQDN         ? WskpFullName(Lookup)
                      : Lookup->Info.Flags & AI_CANONNAME ? WskpCanonicalName(Lookup)
                                                          : NULL;
    ULONG Count = PutAddresses(Lookup, NULL);
    SIZE_T Size = FIELD_OFFSET(WSKP_ADDRESS_LIST, Entries) + Count * sizeof(WSKP_ADDRESS_ENTRY);
    ULONG NameSize = 0;
    PWSKP_ADDRESS_LIST List;

    if (Count == 0)
    {
        return STATUS_NOT_FOUND; /* NAME-33 */
    }
    if (Canonical != NULL)
    {
        (VOID)RtlUTF8ToUnicodeN(NULL, 0, &NameSize, Canonical, (ULONG)strlen(Canonical) + 1);
    }
    List = HcAllocateZero(Size + NameSize);
    if (List == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    List->Caller = Lookup->Caller;
    List->Count = PutAddresses(Lookup, List);
    for (ULONG i = 0; i + 1 < Count; i++)
    {
        List->Entries[i].Info.ai_next = &List->Entries[i + 1].Info;
    }
    if (Canonical != NULL)
    {
        PWSTR Name = (PWSTR)((PUCHAR)List + Size);

        (VOID)RtlUTF8ToUnicodeN(Name, NameSize, NULL, Canonical, (ULONG)strlen(Canonical) + 1);
        List->Entries[0].Info.ai_canonname = Name;
    }
    *Result = List;
    return STATUS_SUCCESS;
}

static NTSTATUS FinishAddressInfo(PWSKP_LOOKUP Lookup)
{
    PWSKP_CLIENT Client = Lookup->Client;
    PWSKP_ADDRESS_LIST List = NULL;
    NTSTATUS Status = Lookup->Status;

    if (NT_SUCCESS(Status))
    {
        Status = BuildList(Lookup, &List);
    }
    if (NT_SUCCESS(Status))
    {
        KeAcquireSpinLockAtDpcLevel(&Client->Lock);
        InsertTailList(&Client->AddressLists, &List->Link);
        KeReleaseSpinLockFromDpcLevel(&Client->Lock);
        *Lookup->Info.Result = &List->Entries[0].Info;
    }
    return Status;
}

VOID WskpFreeAddressLists(PWSKP_CLIENT Client)
{
    while (!IsListEmpty(&Client->AddressLists))
    {
        PWSKP_ADDRESS_LIST List = CONTAINING_RECORD(RemoveHeadList(&Client->AddressLists), WSKP_ADDRESS_LIST, Link);
        CHAR Where[160];

        HcDescribeAddress(List->Caller, Where, sizeof(Where));
        HcLog(HcLogWarning, "%s: leaked an address list of %u entries: WskGetAddressInfo was called at %s, and "
                            "WskFreeAddressInfo never",
              WskpClientName(Client), List->Count, Where);
        HcFree(List);
    }
}

/* ---- the question ---------------------------------------------------------------------- */

/* Fills in what the other of the two implies; FALSE: they do not go together. */
static BOOLEAN CompleteKind(WSKP_SOCKET_KIND *Kind)
{
    if (Kind->Type == 0 && (Kind->Protocol == IPPROTO_TCP || Kind->Protocol == IPPROTO_UDP))
    {
        Kind->Type = Kind->Protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM;
    }
    if (Kind->Type == SOCK_STREAM || Kind->Type == SOCK_DGRAM)
    {
        int Protocol = Kind->Type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;

        if (Kind->Protocol != 0 && Kind->Protocol != Protocol)
        {
            return FALSE;
        }
        Kind->Protocol = Protocol;
        return TRUE;
    }
    return Kind->Type == 0 || Kind->Type == SOCK_RAW;
}

static NTSTATUS CheckHints(PWSKP_LOOKUP Lookup, const ADDRINFOEXW *Hints, BOOLEAN HasNode)
{
    int Flags = Hints->ai_flags;

    if (Hints->ai_addrlen != 0 || Hints->ai_canonname != NULL || Hints->ai_addr != NULL || Hints->ai_next != NULL ||
        (Flags & ~WSKP_AI_KNOWN) != 0 || (Flags & (AI_CANONNAME | AI_FQDN)) == (AI_CANONNAME | AI_FQDN) ||
        ((Flags & (AI_CANONNAME | AI_FQDN)) && !HasNode))
    {
        return STATUS_INVALID_PARAMETER;
    }
    if (Hints->ai_family != AF_UNSPEC && Hints->ai_family != AF_INET && Hints->ai_family != AF_INET6)
    {
        return STATUS_INVALID_PARAMETER;
    }
    Lookup->Info.Flags = Flags;
    Lookup->Info.Family = (ADDRESS_FAMILY)Hints->ai_family;
    Lookup->Info.Kinds[0].Type = Hints->ai_socktype;
    Lookup->Info.Kinds[0].Protocol = Hints->ai_protocol;
    return CompleteKind(&Lookup->Info.Kinds[0]) ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

static BOOLEAN ParsePort(PCSTR Text, PUSHORT Port)
{
    ULONG Value = 0;

    for (; *Text >= '0' && *Text <= '9' && Value <= 0xFFFF; Text++)
    {
        Value = Value * 10 + (ULONG)(*Text - '0');
    }
    *Port = (USHORT)Value;
    return *Text == 0 && Value <= 0xFFFF;
}

/* The port, or the ports and kinds of socket, that the service is. */
static NTSTATUS FindService(PWSKP_LOOKUP Lookup, PCSTR Service)
{
    WSKP_SOCKET_KIND *Kinds = Lookup->Info.Kinds;
    int Type = Kinds[0].Type;
    ULONG Count = 0;

    Lookup->Info.KindCount = 1;
    if (Service[0] == 0 || ParsePort(Service, &Kinds[0].Port))
    {
        return STATUS_SUCCESS;
    }
    if (Lookup->Info.Flags & AI_NUMERICSERV)
    {
        return STATUS_NOT_FOUND;
    }
    if ((Type == 0 || Type == SOCK_STREAM) && NT_SUCCESS(WskpServicePort(Service, FALSE, &Kinds[Count].Port)))
    {
        Kinds[Count].Type = SOCK_STREAM;
        Kinds[Count++].Protocol = IPPROTO_TCP;
    }
    if ((Type == 0 || Type == SOCK_DGRAM) && NT_SUCCESS(WskpServicePort(Service, TRUE, &Kinds[Count].Port)))
    {
        Kinds[Count].Type = SOCK_DGRAM;
        Kinds[Count++].Protocol = IPPROTO_UDP;
    }
    Lookup->Info.KindCount = Count;
    return Count != 0 ? STATUS_SUCCESS : STATUS_NOT_FOUND;
}

/* ---- the node ---------------------------------------------------------------------------- */

/* The wildcard or loopback addresses, for a call without a node. */
static NTSTATUS AddFixed(PWSKP_LOOKUP Lookup)
{
    BOOLEAN Passive = (Lookup->Info.Flags & AI_PASSIVE) != 0;
    NTSTATUS Status = STATUS_SUCCESS;
    WSKP_ADDRESS Address;

    if (Lookup->Info.Family != AF_INET)
    {
        RtlZeroMemory(&Address, sizeof(Address));
        Address.V6.sin6_family = AF_INET6;
        Address.V6.sin6_addr.s6_addr[15] = Passive ? 0 : 1;
        Status = WskpAddAnswer(Lookup, &Address);
    }
    if (NT_SUCCESS(Status) && Lookup->Info.Family != AF_INET6)
    {
        RtlZeroMemory(&Address, sizeof(Address));
        Address.V4.sin_family = AF_INET;
        Address.V4.sin_addr.s_addr = Passive ? 0 : RtlUlongByteSwap(0x7F000001);
        Status = WskpAddAnswer(Lookup, &Address);
    }
    return Status;
}

static BOOLEAN ParseAddress(PCSTR Text, PWSKP_ADDRESS Address)
{
    PCSTR End;
    USHORT Port;

    RtlZeroMemory(Address, sizeof(*Address));
    if (NT_SUCCESS(RtlIpv4StringToAddressA(Text, FALSE, &End, &Address->V4.sin_addr)) && *End == 0)
    {
        Address->V4.sin_family = AF_INET;
        return TRUE;
    }
    RtlZeroMemory(Address, sizeof(*Address));
    if (Text[0] != '[' &&
        NT_SUCCESS(RtlIpv6StringToAddressExA(Text, &Address->V6.sin6_addr, &Address->V6.sin6_scope_id, &Port)))
    {
        Address->V6.sin6_family = AF_INET6;
        return TRUE;
    }
    return FALSE;
}

/* STATUS_SUCCESS: an answer; STATUS_PENDING: a name, to be searched for. */
static NTSTATUS FindNode(PWSKP_LOOKUP Lookup, BOOLEAN HasNode, PCSTR Node)
{
    ULONG Families = Lookup->Info.Family == AF_INET    ? WSKP_WANT_V4
                     : Lookup->Info.Family == AF_INET6 ? WSKP_WANT_V6
                                                       : WSKP_WANT_V4 | WSKP_WANT_V6;
    WSKP_ADDRESS Address;
    ULONG Own;

    if (!HasNode)
    {
        return AddFixed(Lookup);
    }
    if (Lookup->Info.Family == AF_INET6 && (Lookup->Info.Flags & AI_V4MAPPED))
    {
        Families |= WSKP_WANT_V4;
    }
    Lookup->Wanted = Families;
    if (Node[0] == 0)
    {
        return WskpFindOwnAddresses(Lookup); /* as GetAddrInfoW understands an empty name */
    }
    if (ParseAddress(Node, &Address))
    {
        WskpSetCanonicalName(Lookup, Node);
        return Families & (Address.Base.sa_family == AF_INET ? WSKP_WANT_V4 : WSKP_WANT_V6)
                   ? WskpAddAnswer(Lookup, &Address)
                   : STATUS_NOT_FOUND;
    }
    if (Lookup->Info.Flags & AI_NUMERICHOST)
    {
        return STATUS_NOT_FOUND;
    }
    Own = Lookup->Info.Flags & AI_ADDRCONFIG ? WskpOwnFamilies() : 0;
    if (Own != 0) /* DIV-17: a machine of loopback addresses alone still resolves */
    {
        Lookup->Wanted &= Own;
    }
    Lookup->SkipHosts = (Lookup->Info.Flags & AI_DNS_ONLY) != 0;
    return Lookup->Wanted != 0 ? STATUS_PENDING : STATUS_NOT_FOUND;
}

/* ---- WskGetAddressInfo ----------------------------------------------------------------------- */

typedef struct _WSKP_INFO_QUESTION
{
    const UNICODE_STRING *NodeName;
    const UNICODE_STRING *ServiceName;
    ULONG NameSpace;
    const GUID *Provider;
    const ADDRINFOEXW *Hints;
    CHAR Node[WSKP_NAME_SIZE];
    CHAR Service[WSKP_SERVICE_SIZE];
} WSKP_INFO_QUESTION;

/* Nothing of the client's but *Result is used afterwards (AMB-59). Errors are
 * STATUS_INVALID_PARAMETER; *Unknown: nothing can have such a name. */
static NTSTATUS Capture(PWSKP_LOOKUP Lookup, WSKP_INFO_QUESTION *Question, BOOLEAN *Unknown)
{
    NTSTATUS Node = WskpNameFromClient(Question->NodeName, Question->Node, sizeof(Question->Node));
    NTSTATUS Service = WskpNameFromClient(Question->ServiceName, Question->Service, sizeof(Question->Service));
    NTSTATUS Status = STATUS_SUCCESS;

    *Unknown = Node == STATUS_NOT_FOUND || Service == STATUS_NOT_FOUND;
    if (Node == STATUS_INVALID_PARAMETER || Service == STATUS_INVALID_PARAMETER)
    {
        return STATUS_INVALID_PARAMETER;
    }
    if (Question->Hints != NULL)
    {
        Status = CheckHints(Lookup, Question->Hints, Question->NodeName != NULL);
    }
    if (Question->Provider != NULL && !RtlEqualMemory(Question->Provider, &TcpIpProvider, sizeof(GUID)))
    {
        *Unknown = TRUE; /* no such provider has an answer */
    }
    if (Question->NameSpace == NS_TCPIP_HOSTS)
    {
        Lookup->SkipDns = TRUE;
    }
    else if (Question->NameSpace != NS_ALL && Question->NameSpace != NS_DNS)
    {
        /* DIV-19: no other namespace provider exists. */
        *Unknown = TRUE;
    }
    return Status;
}

/* Files may be read. STATUS_PENDING: Lookup->Name is to be searched for. */
static NTSTATUS Begin(PWSKP_LOOKUP Lookup, WSKP_INFO_QUESTION *Question)
{
    NTSTATUS Status = FindService(Lookup, Question->Service);

    if (NT_SUCCESS(Status))
    {
        Status = FindNode(Lookup, Question->NodeName != NULL, Question->Node);
    }
    if (Status != STATUS_PENDING)
    {
        return Status;
    }
    if (Lookup->Info.Flags & AI_DISABLE_IDN_ENCODING)
    {
        RtlCopyMemory(Lookup->Name, Question->Node, sizeof(Lookup->Name));
        return STATUS_PENDING;
    }
    Status = WskpNameToAscii(Question->Node, Lookup->Name);
    return NT_SUCCESS(Status) ? STATUS_PENDING : Status;
}

static NTSTATUS GetAddressInfo(PWSKP_CALL Call, WSKP_INFO_QUESTION *Question, PADDRINFOEXW *Result, PVOID Caller)
{
    PWSKP_LOOKUP Lookup = WskpCreateLookup(Call, Caller);
    BOOLEAN Unknown = FALSE;
    NTSTATUS Status;

    if (Lookup == NULL)
    {
        return WskpEndCall(Call, STATUS_INSUFFICIENT_RESOURCES);
    }
    Lookup->Finish = FinishAddressInfo;
    Lookup->Info.Result = Result;
    Status = Capture(Lookup, Question, &Unknown);
    if (!NT_SUCCESS(Status))
    {
        WskpFreeLookup(Lookup);
        return WskpEndCall(Call, Status);
    }
    *Result = NULL;
    WskpLowerForFiles(Call);
    Status = Unknown ? STATUS_NOT_FOUND : Begin(Lookup, Question);
    return Status == STATUS_PENDING ? WskpSearch(Call, Lookup) : WskpEndSearch(Call, Lookup, Status);
}

/*
 * Finds the addresses of a host and the port of a service; each may be text of a
 * number. Nothing the pointers lead to is used after the call but *Result, which
 * is the client's list once the IRP has completed with success, to be freed by
 * WskFreeAddressInfo. Cancellable while DNS is asked. PASSIVE_LEVEL, blocks for
 * local files only. OwningProcess and OwningThread are not looked at (DIV-10).
 * STATUS_PENDING, then STATUS_SUCCESS, STATUS_NOT_FOUND (no such host, service,
 * family of addresses, namespace), STATUS_IO_TIMEOUT (no DNS server answered),
 * STATUS_CANCELLED, STATUS_INSUFFICIENT_RESOURCES; or STATUS_INVALID_PARAMETER,
 * STATUS_INVALID_HANDLE (NULL client) at once. Page: PFN_WSK_GET_ADDRESS_INFO.
 */
NTSTATUS WSKAPI WskpGetAddressInfo(PWSK_CLIENT Client, PUNICODE_STRING NodeName, PUNICODE_STRING ServiceName,
                                   ULONG NameSpace, GUID *Provider, PADDRINFOEXW Hints, PADDRINFOEXW *Result,
                                   PEPROCESS OwningProcess, PETHREAD OwningThread, PIRP Irp)
{
    WSKP_INFO_QUESTION Question = {.NodeName = NodeName,
                                   .ServiceName = ServiceName,
                                   .NameSpace = NameSpace,
                                   .Provider = Provider,
                                   .Hints = Hints};
    PVOID Caller = __builtin_return_address(0);
    WSKP_CALL Call;
    NTSTATUS Status;

    WSKP_IRQL_MAX(PASSIVE_LEVEL, "WskGetAddressInfo");
    if (!WskpBeginClientCall(&Call, Client, Irp, WskpKindAddressInfo, Caller, &Status))
    {
        return Status;
    }
    if (Result == NULL || (NodeName == NULL && ServiceName == NULL) || (OwningThread != NULL && OwningProcess == NULL))
    {
        return WskpEndCall(&Call, STATUS_INVALID_PARAMETER); /* NAME-15 */
    }
    return GetAddressInfo(&Call, &Question, Result, Caller);
}

/*
 * Frees a list of WskGetAddressInfo; AddrInfo is its head, Client the client
 * that asked. NULL is ignored; anything else is reported and left alone.
 * PASSIVE_LEVEL, does not block. Page: PFN_WSK_FREE_ADDRESS_INFO.
 */
VOID WSKAPI WskpFreeAddressInfo(PWSK_CLIENT Client, PADDRINFOEXW AddrInfo)
{
    PWSKP_CLIENT Mine = (PWSKP_CLIENT)Client;
    PWSKP_ADDRESS_LIST Found = NULL;
    KIRQL OldIrql;

    WSKP_IRQL_MAX(PASSIVE_LEVEL, "WskFreeAddressInfo");
    if (AddrInfo == NULL)
    {
        return;
    }
    if (Mine != NULL)
    {
        KeAcquireSpinLock(&Mine->Lock, &OldIrql);
        for (PLIST_ENTRY Link = Mine->AddressLists.Flink; Link != &Mine->AddressLists && Found == NULL;
             Link = Link->Flink)
        {
            PWSKP_ADDRESS_LIST List = CONTAINING_RECORD(Link, WSKP_ADDRESS_LIST, Link);

            if (&List->Entries[0].Info == AddrInfo)
            {
                RemoveEntryList(Link);
                Found = List;
            }
        }
        KeReleaseSpinLock(&Mine->Lock, OldIrql);
    }
    if (Found == NULL)
    {
        KiReportMisuse(__builtin_return_address(0), "WskFreeAddressInfo",
                       "this is not the head of a list that WskGetAddressInfo gave this client, or it is freed already");
        return;
    }
    HcFree(Found);
}
