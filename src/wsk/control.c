// SPDX-License-Identifier: MIT
/*
 * WskControlSocket: options, by a table that says where each applies and what
 * the engine calls it; I/O controls are in ioctl.c, event callbacks in event.c.
 * Requirements BASIC-01..37, AMB-10, AMB-19, AMB-22.
 */
#include "wsk/control.h"
#include "wsk/datagram.h"

/* Categories an option applies to. */
#define ON_BASIC (1u << WskpCategoryBasic)
#define ON_LISTEN ((1u << WskpCategoryListen) | (1u << WskpCategoryStream))
#define ON_DATAGRAM (1u << WskpCategoryDatagram)
#define ON_CONNECTION ((1u << WskpCategoryConnection) | (1u << WskpCategoryStream))
#define ON_TCP (ON_BASIC | ON_LISTEN | ON_CONNECTION)
#define ON_ALL (ON_TCP | ON_DATAGRAM)

#define BEFORE_BIND 0x1
#define BOOLEAN_VALUE 0x2 /* 0 or 1; protocols take a one-byte BOOLEAN too, as in Winsock */
#define BYTE_VALUE 0x4         /* 0 to 255; the kernel would cut more off */
#define ONE_NOT_SUPPORTED 0x8  /* can be read, and set to its 0 */
#define CONTROL_DATA 0x10      /* turns a kind of control data on; once on, the engine goes on telling it */
#define NETWORK_ORDER 0x20     /* is set in network byte order, and read in host order */

typedef struct _WSKP_OPTION_ENTRY
{
    ULONG Level;
    ULONG Code;
    USHORT Categories;
    USHORT Flags;
    ADDRESS_FAMILY Family; /* AF_UNSPEC: both */
    UCHAR Option;          /* WSKP_OPTION; WskpOptionMax: kept in the socket only */
} WSKP_OPTION_ENTRY;

static const WSKP_OPTION_ENTRY Options[] = {
    {SOL_SOCKET, SO_BROADCAST, ON_DATAGRAM, BOOLEAN_VALUE, AF_UNSPEC, WskpOptionBroadcast},
    {SOL_SOCKET, SO_CONDITIONAL_ACCEPT, ON_LISTEN, BEFORE_BIND | BOOLEAN_VALUE | ONE_NOT_SUPPORTED, AF_UNSPEC,
     WskpOptionMax},
    {SOL_SOCKET, (ULONG)SO_EXCLUSIVEADDRUSE, ON_LISTEN | ON_DATAGRAM | ON_CONNECTION, BEFORE_BIND | BOOLEAN_VALUE,
     AF_UNSPEC, WskpOptionMax},
    {SOL_SOCKET, SO_REUSEADDR, ON_LISTEN | ON_DATAGRAM | ON_CONNECTION, BEFORE_BIND | BOOLEAN_VALUE, AF_UNSPEC,
     WskpOptionMax},
    {SOL_SOCKET, SO_KEEPALIVE, ON_LISTEN | ON_CONNECTION, BOOLEAN_VALUE, AF_UNSPEC, WskpOptionKeepAlive},
    {SOL_SOCKET, SO_RCVBUF, ON_LISTEN | ON_DATAGRAM | ON_CONNECTION, 0, AF_UNSPEC, WskpOptionReceiveBuffer},
    {SOL_SOCKET, SO_SNDBUF, ON_LISTEN | ON_DATAGRAM | ON_CONNECTION, 0, AF_UNSPEC, WskpOptionSendBuffer},
    {IPPROTO_TCP, TCP_NODELAY, ON_TCP, BOOLEAN_VALUE, AF_UNSPEC, WskpOptionNoDelay},
    {IPPROTO_TCP, TCP_KEEPIDLE, ON_TCP, 0, AF_UNSPEC, WskpOptionKeepIdle},
    {IPPROTO_TCP, TCP_KEEPINTVL, ON_TCP, 0, AF_UNSPEC, WskpOptionKeepInterval},
    {IPPROTO_TCP, TCP_KEEPCNT, ON_TCP, 0, AF_UNSPEC, WskpOptionKeepCount},
    {IPPROTO_TCP, TCP_MAXRT, ON_TCP, 0, AF_UNSPEC, WskpOptionMaximumRetransmission},
    {IPPROTO_TCP, TCP_TIMESTAMPS, ON_TCP, BOOLEAN_VALUE, AF_UNSPEC, WskpOptionTimestamps},
    {IPPROTO_TCP, TCP_FASTOPEN, ON_TCP, BOOLEAN_VALUE, AF_UNSPEC, WskpOptionFastOpen}, /* DIV-15 */
    {IPPROTO_IP, IP_TTL, ON_ALL, 0, AF_INET, WskpOptionIpTtl},
    {IPPROTO_IP, IP_TOS, ON_ALL, BYTE_VALUE, AF_INET, WskpOptionIpTos},
    {IPPROTO_IP, IP_DONTFRAGMENT, ON_ALL, BOOLEAN_VALUE, AF_INET, WskpOptionIpDontFragment},
    {IPPROTO_IP, IP_UNICAST_IF, ON_ALL, NETWORK_ORDER, AF_INET, WskpOptionIpUnicastInterface},
    {IPPROTO_IP, IP_PKTINFO, ON_DATAGRAM, BOOLEAN_VALUE | CONTROL_DATA, AF_INET, WskpOptionMax},
    {IPPROTO_IP, IP_HOPLIMIT, ON_DATAGRAM, BOOLEAN_VALUE | CONTROL_DATA, AF_INET, WskpOptionReceiveHops},
    {IPPROTO_IP, IP_RECVTOS, ON_DATAGRAM, BOOLEAN_VALUE | CONTROL_DATA, AF_INET, WskpOptionReceiveTos},
    {IPPROTO_IP, IP_RECVECN, ON_DATAGRAM, BOOLEAN_VALUE | CONTROL_DATA, AF_INET, WskpOptionReceiveTos},
    {IPPROTO_IPV6, IPV6_PKTINFO, ON_DATAGRAM, BOOLEAN_VALUE | CONTROL_DATA, AF_INET6, WskpOptionMax},
    {IPPROTO_IPV6, IPV6_HOPLIMIT, ON_DATAGRAM, BOOLEAN_VALUE | CONTROL_DATA, AF_INET6, WskpOptionReceiveHops},
    {IPPROTO_IPV6, IPV6_RECVTCLASS, ON_DATAGRAM, BOOLEAN_VALUE | CONTROL_DATA, AF_INET6, WskpOptionReceiveTos},
    {IPPROTO_IPV6, IPV6_RECVECN, ON_DATAGRAM, BOOLEAN_VALUE | CONTROL_DATA, AF_INET6, WskpOptionReceiveTos},
    {IPPROTO_IPV6, IPV6_V6ONLY, ON_ALL, BEFORE_BIND | BOOLEAN_VALUE, AF_INET6, WskpOptionV6Only},
    {IPPROTO_IPV6, IPV6_UNICAST_HOPS, ON_ALL, 0, AF_INET6, WskpOptionV6Hops},
    {IPPROTO_IPV6, IPV6_TCLASS, ON_ALL, 0, AF_INET6, WskpOptionV6TrafficClass},
    {IPPROTO_IPV6, IPV6_DONTFRAG, ON_ALL, BOOLEAN_VALUE, AF_INET6, WskpOptionV6DontFragment},
    {IPPROTO_IPV6, IPV6_UNICAST_IF, ON_ALL, 0, AF_INET6, WskpOptionV6UnicastInterface},
};

static const WSKP_OPTION_ENTRY *FindOption(ULONG Level, ULONG Code)
{
    for (ULONG i = 0; i < RTL_NUMBER_OF(Options); i++)
    {
        if (Options[i].Level == Level && Options[i].Code == Code)
        {
            return &Options[i];
        }
    }
    return NULL;
}

/* What is wrong with the option on this socket. The socket's lock is held. */
static NTSTATUS CheckOption(PWSKP_SOCKET Socket, const WSKP_OPTION_ENTRY *Entry, const WSKP_CONTROL *Control)
{
    BOOLEAN Tcp = Socket->Type == SOCK_STREAM;

    if (!(Entry->Categories & (1u << Socket->Category)) ||
        (Entry->Family != AF_UNSPEC && Entry->Family != Socket->Family) || (Entry->Level == IPPROTO_TCP && !Tcp))
    {
        return STATUS_INVALID_DEVICE_REQUEST; /* AMB-19 */
    }
    if (Entry->Level == SOL_SOCKET && Control->Irp == NULL)
    {
        return STATUS_INVALID_PARAMETER; /* AMB-22 */
    }
    if (Socket->State >= WskpStateClosing)
    {
        return STATUS_FILE_FORCED_CLOSED;
    }
    if (Control->Type == WskSetOption && (Entry->Flags & BEFORE_BIND) && Socket->State != WskpStateCreated)
    {
        return STATUS_INVALID_DEVICE_STATE; /* LISTEN-16 */
    }
    return STATUS_SUCCESS;
}

/* ---- set ---------------------------------------------------------------------------- */

static NTSTATUS ReadValue(const WSKP_OPTION_ENTRY *Entry, const WSKP_CONTROL *Control, PULONG Value)
{
    if (Control->InputBuffer == NULL || Control->OutputSize != 0)
    {
        return STATUS_INVALID_PARAMETER;
    }
    if (Control->InputSize == sizeof(ULONG))
    {
        RtlCopyMemory(Value, Control->InputBuffer, sizeof(ULONG));
    }
    else if (Control->InputSize == sizeof(BOOLEAN) && (Entry->Flags & BOOLEAN_VALUE) && Entry->Level != SOL_SOCKET)
    {
        *Value = *(PUCHAR)Control->InputBuffer;
    }
    else
    {
        return STATUS_INVALID_PARAMETER;
    }
    if (Entry->Flags & BOOLEAN_VALUE)
    {
        *Value = *Value != 0;
    }
    if ((Entry->Flags & BYTE_VALUE) && *Value > MAXUCHAR)
    {
        return STATUS_INVALID_PARAMETER;
    }
    if (Entry->Flags & NETWORK_ORDER)
    {
        *Value = RtlUlongByteSwap(*Value);
    }
    return STATUS_SUCCESS;
}

/* The socket's own note of a value; before the engine is told. Lock held. */
static NTSTATUS NoteValue(PWSKP_SOCKET Socket, const WSKP_OPTION_ENTRY *Entry, ULONG Value)
{
    if ((Entry->Flags & ONE_NOT_SUPPORTED) && Value != 0)
    {
        return STATUS_NOT_SUPPORTED;
    }
    if (Entry->Flags & CONTROL_DATA)
    {
        Socket->Datagram->Tell &= ~WskpTellOfOption(Entry->Level, Entry->Code);
        Socket->Datagram->Tell |= Value ? WskpTellOfOption(Entry->Level, Entry->Code) : 0;
    }
    else if (Entry->Level == SOL_SOCKET && Entry->Code == SO_REUSEADDR)
    {
        if (Value && Socket->ExclusiveAddress)
        {
            return STATUS_INVALID_PARAMETER; /* the two exclude each other, as in Winsock */
        }
        Socket->ReuseAddress = (BOOLEAN)Value;
    }
    else if (Entry->Level == SOL_SOCKET && Entry->Code == (ULONG)SO_EXCLUSIVEADDRUSE)
    {
        if (Value && Socket->ReuseAddress)
        {
            return STATUS_INVALID_PARAMETER;
        }
        Socket->ExclusiveAddress = (BOOLEAN)Value;
    }
    else if (Entry->Option == WskpOptionKeepAlive)
    {
        Socket->KeepAlive = (BOOLEAN)Value;
    }
    else if (Entry->Option == WskpOptionV6Only)
    {
        Socket->DualFamily = !Value;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS SetOption(PWSKP_SOCKET Socket, const WSKP_OPTION_ENTRY *Entry, const WSKP_CONTROL *Control)
{
    ULONG Value;
    NTSTATUS Status = ReadValue(Entry, Control, &Value);

    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    WskpLockSocket(Socket);
    Status = CheckOption(Socket, Entry, Control);
    if (NT_SUCCESS(Status))
    {
        Status = NoteValue(Socket, Entry, Value);
    }
    if (NT_SUCCESS(Status) && Entry->Option != WskpOptionMax && (Value || !(Entry->Flags & CONTROL_DATA)) &&
        WskpEnterEngine(Socket))
    {
        WskpUnlockSocket(Socket);
        Status = WskpEngineSetOption(Socket->Engine, Entry->Option, (LONG)Value);
        WskpLockSocket(Socket);
        if (Entry->Option == WskpOptionSendBuffer)
        {
            WskpBacklogMayChange(Socket);
        }
        WskpLeaveEngine(Socket);
    }
    WskpUnlockSocket(Socket);
    return Status;
}

/* ---- get ---------------------------------------------------------------------------- */

static ULONG KeptValue(PWSKP_SOCKET Socket, const WSKP_OPTION_ENTRY *Entry)
{
    if (Entry->Flags & CONTROL_DATA)
    {
        return (Socket->Datagram->Tell & WskpTellOfOption(Entry->Level, Entry->Code)) != 0;
    }
    switch (Entry->Code)
    {
    case SO_REUSEADDR:
        return Socket->ReuseAddress;
    case (ULONG)SO_EXCLUSIVEADDRUSE:
        return Socket->ExclusiveAddress;
    default:
        return 0; /* SO_CONDITIONAL_ACCEPT */
    }
}

static NTSTATUS GetOption(PWSKP_SOCKET Socket, const WSKP_OPTION_ENTRY *Entry, PWSKP_CONTROL Control)
{
    LONG Value = 0;
    NTSTATUS Status;

    if (Control->OutputBuffer == NULL || Control->InputSize != 0)
    {
        return STATUS_INVALID_PARAMETER;
    }
    if (Control->OutputSize < sizeof(ULONG))
    {
        return STATUS_BUFFER_TOO_SMALL;
    }
    WskpLockSocket(Socket);
    Status = CheckOption(Socket, Entry, Control);
    if (NT_SUCCESS(Status) && (Entry->Option == WskpOptionMax || (Entry->Flags & CONTROL_DATA)))
    {
        Value = (LONG)KeptValue(Socket, Entry);
    }
    else if (NT_SUCCESS(Status) && WskpEnterEngine(Socket))
    {
        WskpUnlockSocket(Socket);
        Status = WskpEngineGetOption(Socket->Engine, Entry->Option, &Value);
        WskpLockSocket(Socket);
        WskpLeaveEngine(Socket);
    }
    WskpUnlockSocket(Socket);
    if (NT_SUCCESS(Status))
    {
        if (Entry->Flags & BOOLEAN_VALUE)
        {
            Value = Value != 0;
        }
        RtlCopyMemory(Control->OutputBuffer, &Value, sizeof(ULONG));
        Control->Written = sizeof(ULONG);
    }
    return Status;
}

/* ---- SO_WSK_SECURITY ------------------------------------------------------------------- */

static NTSTATUS ControlSecurity(PWSKP_SOCKET Socket, PWSKP_CONTROL Control)
{
    BOOLEAN Set = Control->Type == WskSetOption;
    WSKP_STATE State;

    if (Control->Irp == NULL ||
        (Set ? Control->InputSize != sizeof(PSECURITY_DESCRIPTOR) || Control->InputBuffer == NULL
             : Control->OutputSize != sizeof(PSECURITY_DESCRIPTOR) || Control->OutputBuffer == NULL))
    {
        return STATUS_INVALID_PARAMETER;
    }
    if (Socket->Category == WskpCategoryBasic)
    {
        return STATUS_INVALID_DEVICE_REQUEST; /* BASIC-28 */
    }
    WskpLockSocket(Socket);
    State = Socket->State;
    WskpUnlockSocket(Socket);
    if (Set)
    {
        return State != WskpStateCreated
                   ? STATUS_INVALID_DEVICE_STATE
                   : WskpSetSocketSecurity(Socket, *(PSECURITY_DESCRIPTOR *)Control->InputBuffer);
    }
    /* NULL stands for the default descriptor, which needs no release. */
    KeAcquireSpinLockAtDpcLevel(&Socket->Client->Lock);
    *(PSECURITY_DESCRIPTOR *)Control->OutputBuffer =
        Socket->Security != NULL ? WskpLendSecurity(Socket->Security) : NULL;
    KeReleaseSpinLockFromDpcLevel(&Socket->Client->Lock);
    Control->Written = sizeof(PSECURITY_DESCRIPTOR);
    return STATUS_SUCCESS;
}

/* ---- WskControlSocket ------------------------------------------------------------------ */

static NTSTATUS ControlOption(PWSKP_SOCKET Socket, PWSKP_CONTROL Control)
{
    const WSKP_OPTION_ENTRY *Entry;

    if (Control->Level == SOL_SOCKET && Control->Code == SO_WSK_EVENT_CALLBACK)
    {
        if (Control->Type != WskSetOption || Control->InputBuffer == NULL ||
            Control->InputSize != sizeof(WSK_EVENT_CALLBACK_CONTROL) || Control->OutputSize != 0)
        {
            return STATUS_INVALID_PARAMETER; /* BASIC-29 */
        }
        return WskpControlEvents(Socket, Control->InputBuffer, Control->Irp);
    }
    if (Control->Level == SOL_SOCKET && Control->Code == SO_WSK_SECURITY)
    {
        return ControlSecurity(Socket, Control);
    }
    Entry = FindOption(Control->Level, Control->Code);
    if (Entry == NULL)
    {
        return STATUS_NOT_SUPPORTED; /* BASIC-13 */
    }
    return Control->Type == WskSetOption ? SetOption(Socket, Entry, Control) : GetOption(Socket, Entry, Control);
}

static NTSTATUS ControlSocket(PWSKP_SOCKET Socket, PWSKP_CONTROL Control)
{
    if ((Control->InputSize == 0) != (Control->InputBuffer == NULL) ||
        (Control->OutputSize == 0) != (Control->OutputBuffer == NULL))
    {
        return STATUS_INVALID_PARAMETER; /* BASIC-12 */
    }
    switch (Control->Type)
    {
    case WskSetOption:
    case WskGetOption:
        return ControlOption(Socket, Control);
    case WskIoctl:
        return WskpControlIoctl(Socket, Control);
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

/*
 * Options and I/O controls. Input is read and output written during the call;
 * Information, or *OutputSizeReturned without an IRP, is the size of the output.
 * Whether an IRP is needed follows from the control. IRQL <= DISPATCH_LEVEL
 * (PASSIVE_LEVEL for the controls the page lists), does not block.
 * STATUS_SUCCESS without an IRP, STATUS_PENDING with one; STATUS_EVENT_PENDING
 * (event.c); STATUS_INVALID_PARAMETER (also: IRP missing or not allowed),
 * STATUS_INVALID_DEVICE_REQUEST (not on this category), STATUS_INVALID_DEVICE_STATE
 * (too early or late), STATUS_NOT_SUPPORTED, STATUS_BUFFER_TOO_SMALL,
 * STATUS_FILE_FORCED_CLOSED. Page: PFN_WSK_CONTROL_SOCKET.
 */
NTSTATUS WSKAPI WskpControlSocket(PWSK_SOCKET Socket, WSK_CONTROL_SOCKET_TYPE RequestType, ULONG ControlCode,
                                  ULONG Level, SIZE_T InputSize, PVOID InputBuffer, SIZE_T OutputSize,
                                  PVOID OutputBuffer, SIZE_T *OutputSizeReturned, PIRP Irp)
{
    WSKP_CONTROL Control = {RequestType, ControlCode,  Level,              InputSize, InputBuffer,
                            OutputSize,  OutputBuffer, OutputSizeReturned, Irp,       0};
    PVOID Caller = __builtin_return_address(0);
    KIRQL OldIrql;
    WSKP_CALL Call;
    NTSTATUS Status;

    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskControlSocket");
    if (RequestType == WskIoctl && WskpIsPassiveIoctl(ControlCode))
    {
        KiCheckIrqlMax(PASSIVE_LEVEL, "WskControlSocket with this I/O control", Caller);
    }
    if (Irp != NULL)
    {
        if (!WskpBeginSocketCall(&Call, Socket, Irp, WskpKindControl, Caller, &Status))
        {
            return Status;
        }
        Status = ControlSocket(WSKP_FROM_PUBLIC(Socket), &Control);
        Call.Information = Control.Written;
        if (OutputSizeReturned != NULL && NT_SUCCESS(Status))
        {
            *OutputSizeReturned = Control.Written;
        }
        return WskpEndCall(&Call, Status);
    }
    if (Socket == NULL)
    {
        KiReportMisuse(Caller, "WskControlSocket", "the socket is NULL");
        return STATUS_INVALID_HANDLE;
    }
    KeRaiseIrql(DISPATCH_LEVEL, &OldIrql);
    WskpReferenceSocket(WSKP_FROM_PUBLIC(Socket), WSKP_REF_REQUEST);
    Status = ControlSocket(WSKP_FROM_PUBLIC(Socket), &Control);
    WskpDereferenceSocket(WSKP_FROM_PUBLIC(Socket), WSKP_REF_REQUEST);
    KeLowerIrql(OldIrql);
    if (OutputSizeReturned != NULL && NT_SUCCESS(Status))
    {
        *OutputSizeReturned = Control.Written;
    }
    return Status;
}
