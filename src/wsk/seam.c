// SPDX-License-Identifier: MIT
/*
 * The WSK provider's door to the engine: the one file that sees both. Addresses,
 * options, data segments and statuses change worlds here, and nowhere else.
 * Compiled freestanding, so that the compiler's own stdint.h serves.
 */
#include "engine/engine.h"

#include "wsk/datagram.h"
#include "wsk/request.h"
#include "wsk/seamp.h"

C_ASSERT(sizeof(struct eng_op) <= sizeof(((PWSKP_OP)0)->Engine));
C_ASSERT(sizeof(WSKP_SEGMENT) == sizeof(struct eng_seg));

static struct eng *Engine;
static ULONG LoopCount;
static LONG NextLoop; /* interlocked: sockets go round the processors */

static struct eng_sock *EngineSocket(PWSKP_ENGINE_SOCKET Socket)
{
    return (struct eng_sock *)Socket;
}

static struct eng_op *EngineOp(PWSKP_OP Op)
{
    return (struct eng_op *)Op->Engine;
}

/* ---- statuses ---------------------------------------------------------------------- */

/* Numbers of the Linux ABI (asm-generic/errno*.h); no C library header is on the path. */
enum
{
    LINUX_EPERM = 1,
    LINUX_EBADF = 9,
    LINUX_ENOMEM = 12,
    LINUX_EACCES = 13,
    LINUX_EFAULT = 14,
    LINUX_ENODEV = 19,
    LINUX_EINVAL = 22,
    LINUX_ENFILE = 23,
    LINUX_EMFILE = 24,
    LINUX_EPIPE = 32,
    LINUX_EPROTO = 71,
    LINUX_EMSGSIZE = 90,
    LINUX_ENOPROTOOPT = 92,
    LINUX_EPROTONOSUPPORT = 93,
    LINUX_ESOCKTNOSUPPORT = 94,
    LINUX_EOPNOTSUPP = 95,
    LINUX_EAFNOSUPPORT = 97,
    LINUX_EADDRINUSE = 98,
    LINUX_EADDRNOTAVAIL = 99,
    LINUX_ENETDOWN = 100,
    LINUX_ENETUNREACH = 101,
    LINUX_ECONNABORTED = 103,
    LINUX_ECONNRESET = 104,
    LINUX_ENOBUFS = 105,
    LINUX_EISCONN = 106,
    LINUX_ENOTCONN = 107,
    LINUX_ETIMEDOUT = 110,
    LINUX_ECONNREFUSED = 111,
    LINUX_EHOSTDOWN = 112,
    LINUX_EHOSTUNREACH = 113,
    LINUX_EALREADY = 114,
    LINUX_ECANCELED = 125
};

typedef struct _WSKP_STATUS_ENTRY
{
    int Err;
    NTSTATUS Status;
} WSKP_STATUS_ENTRY;

/* What an errno means whatever the operation (AMB-17). */
static const WSKP_STATUS_ENTRY Statuses[] = {
    {LINUX_ECANCELED, STATUS_CANCELLED},
    {LINUX_ENOMEM, STATUS_INSUFFICIENT_RESOURCES},
    {LINUX_ENOBUFS, STATUS_INSUFFICIENT_RESOURCES},
    {LINUX_EMFILE, STATUS_INSUFFICIENT_RESOURCES},
    {LINUX_ENFILE, STATUS_INSUFFICIENT_RESOURCES},
    {LINUX_EPERM, STATUS_ACCESS_DENIED},
    {LINUX_EACCES, STATUS_ACCESS_DENIED},
    {LINUX_EINVAL, STATUS_INVALID_PARAMETER},
    {LINUX_ENODEV, STATUS_INVALID_PARAMETER},
    {LINUX_EFAULT, STATUS_ACCESS_VIOLATION},
    {LINUX_EBADF, STATUS_FILE_FORCED_CLOSED},
    {LINUX_EMSGSIZE, STATUS_INVALID_BUFFER_SIZE},
    {LINUX_EADDRINUSE, STATUS_ADDRESS_ALREADY_EXISTS},
    {LINUX_EADDRNOTAVAIL, STATUS_INVALID_ADDRESS_COMPONENT},
    {LINUX_EAFNOSUPPORT, STATUS_NOT_SUPPORTED},
    {LINUX_EPROTONOSUPPORT, STATUS_NOT_SUPPORTED},
    {LINUX_ESOCKTNOSUPPORT, STATUS_NOT_SUPPORTED},
    {LINUX_EOPNOTSUPP, STATUS_NOT_SUPPORTED},
    {LINUX_ENOPROTOOPT, STATUS_NOT_SUPPORTED},
    {LINUX_ECONNREFUSED, STATUS_CONNECTION_REFUSED},
    {LINUX_ENETDOWN, STATUS_NETWORK_UNREACHABLE},
    {LINUX_ENETUNREACH, STATUS_NETWORK_UNREACHABLE},
    {LINUX_EHOSTDOWN, STATUS_HOST_UNREACHABLE},
    {LINUX_EHOSTUNREACH, STATUS_HOST_UNREACHABLE},
    {LINUX_ETIMEDOUT, STATUS_IO_TIMEOUT},
    {LINUX_ECONNRESET, STATUS_CONNECTION_RESET},
    {LINUX_EPIPE, STATUS_CONNECTION_RESET},
    {LINUX_ECONNABORTED, STATUS_CONNECTION_ABORTED},
    {LINUX_EPROTO, STATUS_CONNECTION_ABORTED},
    {LINUX_ENOTCONN, STATUS_INVALID_DEVICE_STATE},
    {LINUX_EISCONN, STATUS_INVALID_DEVICE_STATE},
    {LINUX_EALREADY, STATUS_INVALID_DEVICE_STATE},
};

NTSTATUS WskpStatusFromErrno(WSKP_FAMILY Family, int Err)
{
    if (Err >= 0)
    {
        return STATUS_SUCCESS;
    }
    /* Where the same errno means something else. */
    if (Family == WskpFamilyConnect && Err == -LINUX_EADDRNOTAVAIL)
    {
        return STATUS_TOO_MANY_ADDRESSES; /* no local port is left */
    }
    if ((Family == WskpFamilySend || Family == WskpFamilyReceive || Family == WskpFamilyDisconnect) &&
        Err == -LINUX_ENOTCONN)
    {
        return STATUS_CONNECTION_DISCONNECTED; /* it was connected once */
    }
    for (ULONG i = 0; i < RTL_NUMBER_OF(Statuses); i++)
    {
        if (Statuses[i].Err == -Err)
        {
            return Statuses[i].Status;
        }
    }
    HcLog(HcLogDebug, "errno %d has no NTSTATUS of its own", -Err);
    return STATUS_UNSUCCESSFUL;
}

BOOLEAN WskpIsOutOfDescriptors(int Err)
{
    return Err == -LINUX_EMFILE || Err == -LINUX_ENFILE || Err == -LINUX_ENOMEM || Err == -LINUX_ENOBUFS;
}

BOOLEAN WskpIsTransientAcceptError(int Err)
{
    return Err == -LINUX_ECONNABORTED || Err == -LINUX_ECONNRESET || Err == -LINUX_EPROTO || Err == -LINUX_EPERM;
}

BOOLEAN WskpIsCancelled(int Err)
{
    return Err == -LINUX_ECANCELED;
}

/* ---- addresses ------------------------------------------------------------------------ */

SIZE_T WskpAddressSize(ADDRESS_FAMILY Family)
{
    return Family == AF_INET6 ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN);
}

static void AddressToEngine(const WSKP_ADDRESS *From, struct eng_addr *To)
{
    RtlZeroMemory(To, sizeof(*To));
    if (From->Base.sa_family == AF_INET6)
    {
        To->family = ENG_INET6;
        RtlCopyMemory(To->ip, &From->V6.sin6_addr, 16);
        To->port = RtlUshortByteSwap(From->V6.sin6_port);
        To->scope_id = From->V6.sin6_scope_id;
        To->flowinfo = From->V6.sin6_flowinfo;
        return;
    }
    To->family = ENG_INET;
    RtlCopyMemory(To->ip, &From->V4.sin_addr, 4);
    To->port = RtlUshortByteSwap(From->V4.sin_port);
}

static void AddressFromEngine(const struct eng_addr *From, PWSKP_ADDRESS To)
{
    RtlZeroMemory(To, sizeof(*To));
    if (From->family == ENG_INET6)
    {
        To->V6.sin6_family = AF_INET6;
        RtlCopyMemory(&To->V6.sin6_addr, From->ip, 16);
        To->V6.sin6_port = RtlUshortByteSwap(From->port);
        To->V6.sin6_scope_id = From->scope_id;
        To->V6.sin6_flowinfo = From->flowinfo;
        return;
    }
    To->V4.sin_family = AF_INET;
    RtlCopyMemory(&To->V4.sin_addr, From->ip, 4);
    To->V4.sin_port = RtlUshortByteSwap(From->port);
}

/* ---- for nameseam.c ---------------------------------------------------------------------- */

struct eng *WskpEngine(VOID)
{
    return Engine;
}

VOID WskpAddressToEngine(const WSKP_ADDRESS *From, struct eng_addr *To)
{
    AddressToEngine(From, To);
}

VOID WskpAddressFromEngine(const struct eng_addr *From, PWSKP_ADDRESS To)
{
    AddressFromEngine(From, To);
}

/* ---- immediate calls --------------------------------------------------------------------- */

NTSTATUS WskpOpenEngineSocket(ADDRESS_FAMILY Family, USHORT Type, ULONG Protocol, PWSKP_ENGINE_SOCKET *Socket)
{
    enum eng_type Kind = Type == SOCK_STREAM ? ENG_STREAM : Type == SOCK_DGRAM ? ENG_DGRAM : ENG_RAW;
    ULONG Loop = (ULONG)InterlockedIncrement(&NextLoop) % LoopCount;
    struct eng_sock *New = NULL;
    int Err;

    Err = eng_sock_open(Engine, Family == AF_INET6 ? ENG_INET6 : ENG_INET, Kind, (int)Protocol, Loop, &New);
    *Socket = (PWSKP_ENGINE_SOCKET)New;
    return WskpStatusFromErrno(WskpFamilyCreate, Err);
}

NTSTATUS WskpEngineBind(PWSKP_ENGINE_SOCKET Socket, const WSKP_ADDRESS *Address)
{
    struct eng_addr Local;
    int Err;

    AddressToEngine(Address, &Local);
    Err = eng_bind(EngineSocket(Socket), &Local);
    return WskpStatusFromErrno(WskpFamilyBind, Err);
}

NTSTATUS WskpEngineListen(PWSKP_ENGINE_SOCKET Socket)
{
    int Err = eng_listen(EngineSocket(Socket));

    return WskpStatusFromErrno(WskpFamilyBind, Err);
}

NTSTATUS WskpEngineLocalAddress(PWSKP_ENGINE_SOCKET Socket, PWSKP_ADDRESS Address)
{
    struct eng_addr Local;
    int Err = eng_local_addr(EngineSocket(Socket), &Local);

    if (Err == 0)
    {
        AddressFromEngine(&Local, Address);
    }
    return WskpStatusFromErrno(WskpFamilyControl, Err);
}

NTSTATUS WskpEnginePeerAddress(PWSKP_ENGINE_SOCKET Socket, PWSKP_ADDRESS Address)
{
    struct eng_addr Peer;
    int Err = eng_peer_addr(EngineSocket(Socket), &Peer);

    if (Err == 0)
    {
        AddressFromEngine(&Peer, Address);
    }
    return WskpStatusFromErrno(WskpFamilyControl, Err);
}

static const enum eng_opt EngineOptions[WskpOptionMax] = {
    [WskpOptionReuseAddress] = ENG_OPT_REUSEADDR,
    [WskpOptionReusePort] = ENG_OPT_REUSEPORT,
    [WskpOptionKeepAlive] = ENG_OPT_KEEPALIVE,
    [WskpOptionReceiveBuffer] = ENG_OPT_RCVBUF,
    [WskpOptionSendBuffer] = ENG_OPT_SNDBUF,
    [WskpOptionBroadcast] = ENG_OPT_BROADCAST,
    [WskpOptionV6Only] = ENG_OPT_V6ONLY,
    [WskpOptionNoDelay] = ENG_OPT_TCP_NODELAY,
    [WskpOptionKeepIdle] = ENG_OPT_TCP_KEEPIDLE,
    [WskpOptionKeepInterval] = ENG_OPT_TCP_KEEPINTVL,
    [WskpOptionKeepCount] = ENG_OPT_TCP_KEEPCNT,
    [WskpOptionMaximumRetransmission] = ENG_OPT_TCP_MAXRT,
    [WskpOptionIpTtl] = ENG_OPT_IP_TTL,
    [WskpOptionIpTos] = ENG_OPT_IP_TOS,
    [WskpOptionV6Hops] = ENG_OPT_V6_UNICAST_HOPS,
    [WskpOptionV6TrafficClass] = ENG_OPT_V6_TCLASS,
    [WskpOptionIpDontFragment] = ENG_OPT_IP_DONTFRAG,
    [WskpOptionV6DontFragment] = ENG_OPT_V6_DONTFRAG,
    [WskpOptionIpUnicastInterface] = ENG_OPT_IP_UNICAST_IF,
    [WskpOptionV6UnicastInterface] = ENG_OPT_V6_UNICAST_IF,
    [WskpOptionFastOpen] = ENG_OPT_TCP_FASTOPEN,
    [WskpOptionTimestamps] = ENG_OPT_TCP_TIMESTAMPS,
    [WskpOptionError] = ENG_OPT_ERROR,
    [WskpOptionReceiveTos] = ENG_OPT_RECV_TOS,
    [WskpOptionReceiveHops] = ENG_OPT_RECV_HOPS,
};

NTSTATUS WskpEngineSetOption(PWSKP_ENGINE_SOCKET Socket, WSKP_OPTION Option, LONG Value)
{
    int Err = eng_setopt(EngineSocket(Socket), EngineOptions[Option], Value);

    return WskpStatusFromErrno(WskpFamilyControl, Err);
}

NTSTATUS WskpEngineGetOption(PWSKP_ENGINE_SOCKET Socket, WSKP_OPTION Option, PLONG Value)
{
    int Result = 0;
    int Err = eng_getopt(EngineSocket(Socket), EngineOptions[Option], &Result);

    *Value = Result;
    return WskpStatusFromErrno(WskpFamilyControl, Err);
}

NTSTATUS WskpEngineBacklog(PWSKP_ENGINE_SOCKET Socket, BOOLEAN Receive, SIZE_T *Bytes)
{
    size_t Result = 0;
    int Err = Receive ? eng_recv_backlog(EngineSocket(Socket), &Result) : eng_send_backlog(EngineSocket(Socket), &Result);

    *Bytes = Result;
    return WskpStatusFromErrno(WskpFamilyControl, Err);
}

VOID WskpEngineAbort(PWSKP_ENGINE_SOCKET Socket)
{
    eng_abort(EngineSocket(Socket));
}

/* ---- operations ------------------------------------------------------------------------------ */

static size_t OpSegments(struct eng_op *Raw, size_t Offset, struct eng_seg *Segments, size_t Maximum)
{
    PWSKP_OP Op = CONTAINING_RECORD((PVOID)Raw, WSKP_OP, Engine);
    PIRP Irp;

    if (Op->Kind == WskpOpIndicate)
    {
        Segments[0].base = Op->Buffer + Offset;
        Segments[0].len = Raw->length - Offset;
        return 1;
    }
    Irp = Op->Direction->Active;
    return WskpMapData(Irp, WskpData(Irp)->Done + Offset, Raw->length - Offset, (PWSKP_SEGMENT)Segments, Maximum);
}

static size_t OpDatagram(struct eng_op *Raw, size_t Index, size_t Offset, struct eng_seg *Segments, size_t Maximum,
                         size_t *Length)
{
    PWSKP_OP Op = CONTAINING_RECORD((PVOID)Raw, WSKP_OP, Engine);
    SIZE_T Whole, Count;

    Count = (Op->Kind == WskpOpSendTo ? WskpSendToSegments : WskpReceiveFromSegments)(
        Op, Index, Offset, (PWSKP_SEGMENT)Segments, Maximum, &Whole);
    *Length = Whole;
    return Count;
}

static void OpReceived(struct eng_op *Raw, size_t Index, const struct eng_datagram *Datagram)
{
    WSKP_ARRIVAL Arrival;

    RtlZeroMemory(&Arrival, sizeof(Arrival));
    AddressFromEngine(&Datagram->from, &Arrival.From);
    Arrival.Bytes = Datagram->bytes;
    Arrival.Flags = (Datagram->flags & ENG_DGRAM_TRUNCATED ? MSG_TRUNC : 0) |
                    (Datagram->flags & ENG_DGRAM_BROADCAST ? MSG_BCAST : 0) |
                    (Datagram->flags & ENG_DGRAM_MULTICAST ? MSG_MCAST : 0);
    Arrival.Ancillary.Have = Datagram->control.have; /* the same bits, see below */
    RtlCopyMemory(Arrival.Ancillary.Ip, Datagram->control.ip, sizeof(Arrival.Ancillary.Ip));
    Arrival.Ancillary.InterfaceIndex = Datagram->control.ifindex;
    Arrival.Ancillary.TypeOfService = Datagram->control.tos;
    Arrival.Ancillary.Hops = Datagram->control.hops;
    WskpDatagramArrived(CONTAINING_RECORD((PVOID)Raw, WSKP_OP, Engine), Index, &Arrival);
}

C_ASSERT(WSKP_ANCILLARY_PACKET == ENG_CTL_PKTINFO && WSKP_ANCILLARY_TOS == ENG_CTL_TOS &&
         WSKP_ANCILLARY_HOPS == ENG_CTL_HOPS);

VOID WskpSetOpDestination(PWSKP_OP Op, const WSKP_DESTINATION *Destination)
{
    struct eng_control *Control = &EngineOp(Op)->control;

    AddressToEngine(&Destination->Address, &EngineOp(Op)->addr);
    Control->have = Destination->Ancillary.Have;
    RtlCopyMemory(Control->ip, Destination->Ancillary.Ip, sizeof(Control->ip));
    Control->ifindex = Destination->Ancillary.InterfaceIndex;
    Control->tos = Destination->Ancillary.TypeOfService;
    Control->hops = Destination->Ancillary.Hops;
}

static void TakeResults(PWSKP_OP Op)
{
    struct eng_op *Raw = EngineOp(Op);

    Op->Err = Raw->res < 0 ? (int)Raw->res : 0;
    Op->Bytes = 0;
    switch (Op->Kind)
    {
    case WskpOpSend:
        Op->Bytes = Raw->res < 0 ? Raw->transferred : (SIZE_T)Raw->res;
        break;
    case WskpOpReceive:
    case WskpOpDiscard:
    case WskpOpIndicate:
        Op->Bytes = Raw->res < 0 ? 0 : (SIZE_T)Raw->res;
        Op->MoreKnown = Raw->more_known;
        break;
    case WskpOpReceiveFrom:
        Op->Bytes = Raw->res < 0 ? 0 : (SIZE_T)Raw->res;
        Op->MoreKnown = Raw->more_known;
        break;
    case WskpOpAccept:
        Op->Accepted = Raw->res < 0 ? NULL : (PWSKP_ENGINE_SOCKET)Raw->accepted;
        break;
    default:
        break;
    }
}

static void OpDone(struct eng_op *Raw)
{
    PWSKP_OP Op = CONTAINING_RECORD((PVOID)Raw, WSKP_OP, Engine);

    TakeResults(Op);
    Op->Done(Op);
}

static const enum eng_op_kind EngineKinds[] = {
    [WskpOpAccept] = ENG_OP_ACCEPT,   [WskpOpConnect] = ENG_OP_CONNECT,   [WskpOpSend] = ENG_OP_SEND,
    [WskpOpReceive] = ENG_OP_RECV,    [WskpOpDiscard] = ENG_OP_RECV,      [WskpOpShutdown] = ENG_OP_SHUTDOWN,
    [WskpOpClose] = ENG_OP_CLOSE,     [WskpOpSendTo] = ENG_OP_SENDTO,   [WskpOpReceiveFrom] = ENG_OP_RECVFROM,
    [WskpOpIndicate] = ENG_OP_RECV,   [WskpOpPeerEnd] = ENG_OP_PEER_END,
};

NTSTATUS WskpSubmitOp(PWSKP_ENGINE_SOCKET Socket, PWSKP_OP Op, BOOLEAN Try)
{
    struct eng_op *Raw = EngineOp(Op);
    int Err;

    Raw->kind = EngineKinds[Op->Kind];
    Raw->flags = Op->Kind == WskpOpDiscard ? ENG_RECV_DISCARD : 0;
    Raw->done = OpDone;
    Raw->segments = OpSegments;
    Raw->datagram = OpDatagram;
    Raw->received = OpReceived;
    Raw->length = Op->Length;
    Raw->abort = Op->Abort;
    Raw->nodelay = Op->NoDelay;
    Err = eng_submit(EngineSocket(Socket), Raw, Try ? 0 : ENG_NO_TRY);
    if (Err == 0)
    {
        return STATUS_PENDING; /* from here on it may be done already */
    }
    if (Err < 0)
    {
        Raw->res = Err;
        Raw->transferred = 0;
    }
    TakeResults(Op);
    return STATUS_SUCCESS;
}

VOID WskpEngineCancel(PWSKP_ENGINE_SOCKET Socket, PWSKP_OP Op)
{
    eng_cancel(EngineSocket(Socket), EngineOp(Op));
}

VOID WskpSetOpAddress(PWSKP_OP Op, const WSKP_ADDRESS *Address)
{
    AddressToEngine(Address, &EngineOp(Op)->addr);
}

VOID WskpGetOpAddress(PWSKP_OP Op, PWSKP_ADDRESS Address)
{
    AddressFromEngine(&EngineOp(Op)->addr, Address);
}

/* ---- the system --------------------------------------------------------------------------------- */

static void RunLoop(PVOID Context, ULONG Index, ULONGLONG DeadlineNs)
{
    UNREFERENCED_PARAMETER(Context);
    eng_run(Engine, Index, DeadlineNs);
}

static void WakeLoop(PVOID Context, ULONG Index)
{
    UNREFERENCED_PARAMETER(Context);
    eng_wake(Engine, Index);
}

static void BatchBegin(void *Context, unsigned int Loop)
{
    KIRQL OldIrql;

    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Loop);
    KeRaiseIrql(DISPATCH_LEVEL, &OldIrql);
    NT_ASSERT(OldIrql == PASSIVE_LEVEL);
}

static void BatchEnd(void *Context, unsigned int Loop)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Loop);
    KeLowerIrql(PASSIVE_LEVEL); /* runs what the batch has deferred */
}

NTSTATUS WskpStartSystem(PCSTR EngineName, ULONG ProcessorCount)
{
    static const KI_PROCESSOR_LOOP Loop = {RunLoop, WakeLoop, NULL};
    struct eng_config Config = {.batch_begin = BatchBegin, .batch_end = BatchEnd};
    NTSTATUS Status;
    int Err;

    if (Engine != NULL)
    {
        return STATUS_INVALID_DEVICE_STATE;
    }
    LoopCount = ProcessorCount != 0 ? ProcessorCount : HcCpuCount();
    Config.loops = LoopCount;
    Err = eng_open(EngineName, &Config, &Engine);
    if (Err != 0)
    {
        Engine = NULL;
        return Err == -2 /* ENOENT */ ? STATUS_NOT_FOUND : WskpStatusFromErrno(WskpFamilyCreate, Err);
    }
    Status = KiStartSystem(LoopCount, &Loop);
    if (!NT_SUCCESS(Status))
    {
        eng_close(Engine);
        Engine = NULL;
        return Status;
    }
    WskpInitializeRegistration();
    WskpSetProviderReady(TRUE);
    return STATUS_SUCCESS;
}

VOID WskpStopSystem(VOID)
{
    ULONG Clients;

    if (Engine == NULL)
    {
        return;
    }
    Clients = WskpCountClients();
    if (Clients != 0)
    {
        HcLog(HcLogError, "the WSK provider stops with %u clients still registered", Clients);
    }
    WskpStopResolver();
    KiStopSystem();
    eng_close(Engine);
    Engine = NULL;
}
