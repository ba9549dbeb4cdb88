// SPDX-License-Identifier: MIT
/*
 * WskGetNameInfo: from an address to names, as GetNameInfoW does it.
 * Requirements NAME-20..30, AMB-51.
 */
#include "wsk/names.h"

#define WSKP_NI_KNOWN (NI_NOFQDN | NI_NUMERICHOST | NI_NAMEREQD | NI_NUMERICSERV | NI_DGRAM)

/* ---- the result ------------------------------------------------------------------------- */

/* How many bytes the text takes without its terminator; FALSE: it does not fit. */
static BOOLEAN Fits(const UNICODE_STRING *To, PCSTR Text, PULONG Length)
{
    (VOID)RtlUTF8ToUnicodeN(NULL, 0, Length, Text, (ULONG)strlen(Text));
    return *Length + sizeof(WCHAR) <= To->MaximumLength;
}

static VOID PutText(PUNICODE_STRING To, PCSTR Text, ULONG Length)
{
    (VOID)RtlUTF8ToUnicodeN(To->Buffer, Length, NULL, Text, (ULONG)strlen(Text));
    To->Buffer[Length / sizeof(WCHAR)] = 0;
    To->Length = (USHORT)Length;
}

/* The address as text: the host's name when it has no other. */
static VOID FormatNumeric(const WSKP_ADDRESS *Address, PSTR Text, ULONG Size)
{
    if (Address->Base.sa_family == AF_INET)
    {
        (VOID)RtlIpv4AddressToStringExA(&Address->V4.sin_addr, 0, Text, &Size);
        return;
    }
    (VOID)RtlIpv6AddressToStringExA(&Address->V6.sin6_addr, Address->V6.sin6_scope_id, 0, Text, &Size);
}

/* The first label of a local host's name. */
static VOID CutDomain(PSTR Name)
{
    for (; *Name != 0; Name++)
    {
        if (*Name == '.')
        {
            *Name = 0;
            return;
        }
    }
}

static NTSTATUS FindNodeText(PWSKP_LOOKUP Lookup, CHAR Node[WSKP_NAME_SIZE])
{
    if (NT_SUCCESS(Lookup->Status) && !(Lookup->Names.Flags & NI_NUMERICHOST))
    {
        HcFormat(Node, WSKP_NAME_SIZE, "%s", WskpCanonicalName(Lookup));
        if (Lookup->Names.Local)
        {
            CutDomain(Node);
        }
        return STATUS_SUCCESS;
    }
    if (Lookup->Names.Flags & NI_NAMEREQD)
    {
        return NT_SUCCESS(Lookup->Status) ? STATUS_NOT_FOUND : Lookup->Status;
    }
    FormatNumeric(&Lookup->Address, Node, WSKP_NAME_SIZE);
    return STATUS_SUCCESS;
}

static NTSTATUS FinishNameInfo(PWSKP_LOOKUP Lookup)
{
    PUNICODE_STRING NodeName = Lookup->Names.NodeName;
    PUNICODE_STRING ServiceName = Lookup->Names.ServiceName;
    CHAR Node[WSKP_NAME_SIZE];
    ULONG NodeLength = 0, ServiceLength = 0;
    NTSTATUS Status;

    if (NodeName != NULL)
    {
        Status = FindNodeText(Lookup, Node);
        if (!NT_SUCCESS(Status))
        {
            return Status;
        }
    }
    /* Nothing is written unless all of it can be. */
    if ((NodeName != NULL && !Fits(NodeName, Node, &NodeLength)) ||
        (ServiceName != NULL && !Fits(ServiceName, Lookup->Names.Service, &ServiceLength)))
    {
        return STATUS_BUFFER_TOO_SMALL;
    }
    if (NodeName != NULL)
    {
        PutText(NodeName, Node, NodeLength);
    }
    if (ServiceName != NULL)
    {
        PutText(ServiceName, Lookup->Names.Service, ServiceLength);
    }
    return STATUS_SUCCESS;
}

/* ---- the question -------------------------------------------------------------------------- */

static NTSTATUS CaptureSockAddr(const SOCKADDR *SockAddr, ULONG Length, PWSKP_ADDRESS Address)
{
    if (SockAddr == NULL || Length > sizeof(SOCKADDR_STORAGE) || Length < sizeof(SockAddr->sa_family) ||
        (SockAddr->sa_family != AF_INET && SockAddr->sa_family != AF_INET6) ||
        Length < WskpAddressSize(SockAddr->sa_family))
    {
        return STATUS_INVALID_PARAMETER;
    }
    return WskpCopyAddress(SockAddr->sa_family, SockAddr, Address);
}

static BOOLEAN IsUsable(const UNICODE_STRING *Text)
{
    return Text == NULL || Text->Buffer != NULL || Text->MaximumLength == 0;
}

/* ::ffff:a.b.c.d is the host a.b.c.d. */
static VOID UnmapAddress(PWSKP_ADDRESS Address)
{
    static const UCHAR Prefix[12] = {[10] = 0xFF, [11] = 0xFF};
    WSKP_ADDRESS V4 = {.V4.sin_family = AF_INET};

    if (Address->Base.sa_family == AF_INET6 && RtlEqualMemory(&Address->V6.sin6_addr, Prefix, sizeof(Prefix)))
    {
        V4.V4.sin_port = Address->V6.sin6_port;
        RtlCopyMemory(&V4.V4.sin_addr, &Address->V6.sin6_addr.s6_addr[12], 4);
        *Address = V4;
    }
}

static VOID FindServiceText(PWSKP_LOOKUP Lookup)
{
    USHORT Port = RtlUshortByteSwap(Lookup->Address.V4.sin_port); /* where sin6_port is, too */

    if ((Lookup->Names.Flags & NI_NUMERICSERV) ||
        !NT_SUCCESS(WskpServiceName(Port, (Lookup->Names.Flags & NI_DGRAM) != 0, Lookup->Names.Service,
                                    sizeof(Lookup->Names.Service))))
    {
        HcFormat(Lookup->Names.Service, sizeof(Lookup->Names.Service), "%u", Port);
    }
}

static NTSTATUS GetNameInfo(PWSKP_CALL Call, PWSKP_LOOKUP Lookup)
{
    WskpLowerForFiles(Call);
    if (Lookup->Names.ServiceName != NULL)
    {
        FindServiceText(Lookup);
    }
    if (Lookup->Names.NodeName == NULL || (Lookup->Names.Flags & NI_NUMERICHOST))
    {
        return WskpEndSearch(Call, Lookup, STATUS_SUCCESS);
    }
    UnmapAddress(&Lookup->Address);
    Lookup->Names.Local = (Lookup->Names.Flags & NI_NOFQDN) && WskpIsOwnAddress(&Lookup->Address);
    return WskpSearch(Call, Lookup);
}

/*
 * Finds the name of a host and of a service by address and port. SockAddr is not
 * used after the call; NodeName and ServiceName (NULL: not wanted) and their
 * buffers are until completion, which sets Length, without the terminator that
 * is written too. A host without a name, or a port, is given as a number.
 * Cancellable while DNS is asked. PASSIVE_LEVEL, blocks for local files only.
 * OwningProcess and OwningThread are not looked at (DIV-10). STATUS_PENDING,
 * then STATUS_SUCCESS, STATUS_NOT_FOUND and STATUS_IO_TIMEOUT (NI_NAMEREQD only),
 * STATUS_BUFFER_TOO_SMALL (nothing was written), STATUS_CANCELLED; or
 * STATUS_INVALID_PARAMETER, STATUS_INVALID_HANDLE (NULL client),
 * STATUS_INSUFFICIENT_RESOURCES at once. Page: PFN_WSK_GET_NAME_INFO.
 */
NTSTATUS WSKAPI WskpGetNameInfo(PWSK_CLIENT Client, PSOCKADDR SockAddr, ULONG SockAddrLength,
                                PUNICODE_STRING NodeName, PUNICODE_STRING ServiceName, ULONG Flags,
                                PEPROCESS OwningProcess, PETHREAD OwningThread, PIRP Irp)
{
    PVOID Caller = __builtin_return_address(0);
    PWSKP_LOOKUP Lookup;
    WSKP_ADDRESS Address;
    WSKP_CALL Call;
    NTSTATUS Status;

    WSKP_IRQL_MAX(PASSIVE_LEVEL, "WskGetNameInfo");
    if (!WskpBeginClientCall(&Call, Client, Irp, WskpKindNameInfo, Caller, &Status))
    {
        return Status;
    }
    Status = CaptureSockAddr(SockAddr, SockAddrLength, &Address);
    if (!NT_SUCCESS(Status) || (NodeName == NULL && ServiceName == NULL) || !IsUsable(NodeName) ||
        !IsUsable(ServiceName) || (Flags & ~WSKP_NI_KNOWN) != 0 || (OwningThread != NULL && OwningProcess == NULL))
    {
        return WskpEndCall(&Call, STATUS_INVALID_PARAMETER);
    }
    Lookup = WskpCreateLookup(&Call, Caller);
    if (Lookup == NULL)
    {
        return WskpEndCall(&Call, STATUS_INSUFFICIENT_RESOURCES);
    }
    Lookup->Finish = FinishNameInfo;
    Lookup->Address = Address;
    Lookup->Names.NodeName = NodeName;
    Lookup->Names.ServiceName = ServiceName;
    Lookup->Names.Flags = Flags;
    return GetNameInfo(&Call, Lookup);
}
