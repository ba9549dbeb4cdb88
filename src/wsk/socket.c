// SPDX-License-Identifier: MIT
/*
 * WskSocket, and the life of a socket's memory: its references, its engine
 * socket, its place on the client's list. Requirements SOCK-01..43.
 */
#include "wsk/datagram.h"

static LONG LastNumber; /* interlocked */

/* ---- references ---------------------------------------------------------------------- */

PCSTR WskpReferenceName(WSKP_REF Reference)
{
    static const PCSTR Names[WSKP_REF_MAX] = {"CLIENT",     "REQUEST",      "ENGINE_OP", "CALLBACK",
                                              "INDICATION", "ACCEPT_QUEUE", "TURN"};

    return Names[Reference];
}

VOID WskpReferenceSocket(PWSKP_SOCKET Socket, WSKP_REF Reference)
{
    InterlockedIncrement(&Socket->References[Reference]);
    InterlockedIncrement(Reference == WSKP_REF_INDICATION ? &Socket->MemoryReferences : &Socket->TotalReferences);
}

/* Nobody needs the memory any more; runs as a deferred routine. */
static VOID MemoryGone(KI_DEFERRED *Deferred)
{
    PWSKP_SOCKET Socket = CONTAINING_RECORD(Deferred, WSKP_SOCKET, In.Deferred);
    PWSKP_CLIENT Client = Socket->Client;

    KeAcquireSpinLockAtDpcLevel(&Client->Lock);
    RemoveEntryList(&Socket->ClientLink);
    Client->Sockets--;
    WskpCheckClientIdle(Client);
    KeReleaseSpinLockFromDpcLevel(&Client->Lock);
    WskpFreeSocket(Socket);
}

/* The caller may hold locks, and completions never run in place: not here. */
static VOID DeferEnd(PWSKP_SOCKET Socket, VOID (*Routine)(KI_DEFERRED *))
{
    Socket->In.Deferred.Routine = Routine;
    KiQueueDeferred(&Socket->In.Deferred);
}

static VOID DereferenceMemory(PWSKP_SOCKET Socket)
{
    if (InterlockedDecrement(&Socket->MemoryReferences) == 0)
    {
        DeferEnd(Socket, MemoryGone);
    }
}

/* Nobody refers to the socket any more, but for lists that the client retains
 * against the rules (AMB-39); runs as a deferred routine. */
static VOID SocketGone(KI_DEFERRED *Deferred)
{
    PWSKP_SOCKET Socket = CONTAINING_RECORD(Deferred, WSKP_SOCKET, In.Deferred);
    PWSKP_CLIENT Client = Socket->Client;

    if (Socket->Counted && Client->Driver != NULL)
    {
        InterlockedDecrement(&Client->Driver->SocketsOpen);
        InterlockedIncrement(&Client->Driver->SocketsClosed);
    }
    if (Socket->CloseIrp != NULL)
    {
        /* The request's reference to the socket was given up when it became CloseIrp. */
        WskpRequest(Socket->CloseIrp)->Flags &= ~WSKP_REQUEST_OF_SOCKET;
        WskpCompleteRequest(Socket->CloseIrp, Socket->CloseStatus, 0);
    }
    KeAcquireSpinLockAtDpcLevel(&Client->Lock);
    if (Socket->Security != NULL)
    {
        WskpDereferenceSecurity(Client, Socket->Security);
    }
    KeReleaseSpinLockFromDpcLevel(&Client->Lock);
    DereferenceMemory(Socket);
}

VOID WskpDereferenceSocket(PWSKP_SOCKET Socket, WSKP_REF Reference)
{
    LONG Left = InterlockedDecrement(&Socket->References[Reference]);

    NT_ASSERT(Left >= 0);
    UNREFERENCED_PARAMETER(Left);
    if (Reference == WSKP_REF_INDICATION)
    {
        DereferenceMemory(Socket);
    }
    else if (InterlockedDecrement(&Socket->TotalReferences) == 0)
    {
        DeferEnd(Socket, SocketGone);
    }
}

/* ---- memory ------------------------------------------------------------------------------ */

static const WSKP_WORK *InboundWork(WSKP_CATEGORY Category)
{
    return Category == WskpCategoryListen     ? &WskpAcceptWork
           : Category == WskpCategoryDatagram ? &WskpReceiveFromWork
                                              : &WskpReceiveWork;
}

PWSKP_SOCKET WskpAllocateSocket(PWSKP_CLIENT Client, WSKP_CATEGORY Category)
{
    PWSKP_SOCKET Socket = HcAllocateZero(sizeof(*Socket));

    if (Socket == NULL)
    {
        return NULL;
    }
    if (Category == WskpCategoryDatagram)
    {
        Socket->Datagram = WskpAllocateDatagramSocket();
        if (Socket->Datagram == NULL)
        {
            HcFree(Socket);
            return NULL;
        }
    }
    Socket->Public.Dispatch = WskpSocketDispatch[Category];
    KeInitializeSpinLock(&Socket->Lock);
    Socket->Category = Category;
    Socket->Client = Client;
    Socket->Number = (ULONG)InterlockedIncrement(&LastNumber);
    Socket->References[WSKP_REF_CLIENT] = 1;
    Socket->TotalReferences = 1;
    Socket->MemoryReferences = 1;
    Socket->CloseOp.Socket = Socket;
    InitializeListHead(&Socket->AcceptQueue);
    InitializeListHead(&Socket->Undelivered);
    for (ULONG Event = 0; Event < WskpEventMax; Event++)
    {
        InitializeListHead(&Socket->DisableIrps[Event]);
    }
    WskpInitializeDirection(&Socket->Out, Socket,
                            Category == WskpCategoryDatagram ? &WskpSendToWork : &WskpOutWork);
    WskpInitializeDirection(&Socket->In, Socket, InboundWork(Category));
    return Socket;
}

VOID WskpFreeSocket(PWSKP_SOCKET Socket)
{
    NT_ASSERT(Socket->Engine == NULL);
    if (Socket->Out.Op != NULL)
    {
        HcFree(Socket->Out.Op);
    }
    if (Socket->In.Op != NULL)
    {
        HcFree(Socket->In.Op);
    }
    if (Socket->Datagram != NULL)
    {
        WskpFreeDatagramSocket(Socket->Datagram);
    }
    if (Socket->Spare != NULL)
    {
        WskpFreeSocket(Socket->Spare);
    }
    WskpDiscardUndelivered(Socket);
    if (Socket->SpareBuffer != NULL)
    {
        HcFree(Socket->SpareBuffer);
    }
    if (Socket->Watch != NULL)
    {
        HcFree(Socket->Watch);
    }
    HcFree(Socket);
}

VOID WskpAdoptEngineSocket(PWSKP_SOCKET Socket, PWSKP_ENGINE_SOCKET Engine)
{
    PWSKP_CLIENT Client = Socket->Client;

    Socket->Engine = Engine;
    WskpReferenceSocket(Socket, WSKP_REF_ENGINE_OP);
    KeAcquireSpinLockAtDpcLevel(&Client->Lock);
    InsertTailList(&Client->SocketList, &Socket->ClientLink);
    Client->Sockets++;
    Socket->Events = Socket->StaticEvents = Client->StaticEvents & WskpEventsOfCategory(Socket->Category);
    KeReleaseSpinLockFromDpcLevel(&Client->Lock);
}

NTSTATUS WskpCreateSocket(PWSKP_CLIENT Client, WSKP_CATEGORY Category, ADDRESS_FAMILY Family, USHORT Type,
                          ULONG Protocol, PWSKP_SOCKET *Socket)
{
    PWSKP_ENGINE_SOCKET Engine;
    NTSTATUS Status;

    *Socket = WskpAllocateSocket(Client, Category);
    if (*Socket == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Status = WskpOpenEngineSocket(Family, Type, Protocol, &Engine);
    if (!NT_SUCCESS(Status))
    {
        WskpFreeSocket(*Socket);
        *Socket = NULL;
        return Status;
    }
    (*Socket)->Family = Family;
    (*Socket)->Type = Type;
    (*Socket)->Protocol = Protocol;
    KeAcquireSpinLockAtDpcLevel(&Client->Lock);
    Client->SocketCreated = TRUE;
    KeReleaseSpinLockFromDpcLevel(&Client->Lock);
    WskpAdoptEngineSocket(*Socket, Engine);
    return STATUS_SUCCESS;
}

VOID WskpHandOutSocket(PWSKP_SOCKET Socket)
{
    Socket->Counted = TRUE;
    if (Socket->Client->Driver != NULL)
    {
        InterlockedIncrement(&Socket->Client->Driver->SocketsOpen);
    }
}

NTSTATUS WskpSetSocketSecurity(PWSKP_SOCKET Socket, PSECURITY_DESCRIPTOR Descriptor)
{
    PWSKP_CLIENT Client = Socket->Client;
    PWSKP_SECURITY Security, Old;

    Security = WskpFindSecurity(Client, Descriptor);
    if (Security == NULL)
    {
        return STATUS_INVALID_PARAMETER;
    }
    KeAcquireSpinLockAtDpcLevel(&Client->Lock);
    Old = Socket->Security;
    Socket->Security = Security;
    if (Old != NULL)
    {
        WskpDereferenceSecurity(Client, Old);
    }
    KeReleaseSpinLockFromDpcLevel(&Client->Lock);
    return STATUS_SUCCESS;
}

/* ---- engine calls ------------------------------------------------------------------------- */

BOOLEAN WskpEnterEngine(PWSKP_SOCKET Socket)
{
    if (Socket->State >= WskpStateClosing)
    {
        return FALSE;
    }
    Socket->EngineUsers++;
    return TRUE;
}

VOID WskpLeaveEngine(PWSKP_SOCKET Socket)
{
    NT_ASSERT(Socket->EngineUsers > 0);
    Socket->EngineUsers--;
    WskpSubmitCloseIfDue(Socket);
}

/* ---- WskSocket ------------------------------------------------------------------------------ */

static NTSTATUS CategoryFromFlags(ULONG Flags, WSKP_CATEGORY *Category)
{
    switch (Flags)
    {
    case WSK_FLAG_BASIC_SOCKET:
        *Category = WskpCategoryBasic;
        return STATUS_SUCCESS;
    case WSK_FLAG_LISTEN_SOCKET:
        *Category = WskpCategoryListen;
        return STATUS_SUCCESS;
    case WSK_FLAG_DATAGRAM_SOCKET:
        *Category = WskpCategoryDatagram;
        return STATUS_SUCCESS;
    case WSK_FLAG_CONNECTION_SOCKET:
        *Category = WskpCategoryConnection;
        return STATUS_SUCCESS;
    case WSK_FLAG_STREAM_SOCKET:
        *Category = WskpCategoryStream;
        return STATUS_SUCCESS;
    default:
        return STATUS_INVALID_PARAMETER; /* SOCK-10, AMB-06 */
    }
}

/* SOCK-24..31, AMB-06. */
static NTSTATUS CheckTriple(WSKP_CATEGORY Category, ADDRESS_FAMILY Family, USHORT Type, ULONG Protocol)
{
    BOOLEAN Tcp = Type == SOCK_STREAM && Protocol == IPPROTO_TCP;
    BOOLEAN Udp = Type == SOCK_DGRAM && Protocol == IPPROTO_UDP;
    BOOLEAN Raw = Type == SOCK_RAW;
    BOOLEAN Supported = FALSE;

    if (Family != AF_INET && Family != AF_INET6)
    {
        return STATUS_NOT_SUPPORTED;
    }
    switch (Category)
    {
    case WskpCategoryBasic:
        Supported = Tcp || Udp || Raw;
        break;
    case WskpCategoryListen:
        Supported = Tcp || Udp; /* SOCK-31: refused by its bind only */
        break;
    case WskpCategoryDatagram:
        Supported = Udp || Raw;
        break;
    case WskpCategoryConnection:
    case WskpCategoryStream:
        Supported = Tcp;
        break;
    }
    return Supported ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
}

static NTSTATUS CreateForClient(PWSKP_CALL Call, WSKP_CATEGORY Category, ADDRESS_FAMILY AddressFamily,
                                USHORT SocketType, ULONG Protocol, PVOID SocketContext, const VOID *Dispatch,
                                PSECURITY_DESCRIPTOR SecurityDescriptor)
{
    PWSKP_SOCKET Socket;
    NTSTATUS Status;

    Status = CheckTriple(Category, AddressFamily, SocketType, Protocol);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    Status = WskpCreateSocket(Call->Client, Category, AddressFamily, SocketType, Protocol, &Socket);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    Socket->Context = SocketContext;
    Socket->ClientDispatch = Dispatch;
    if (SecurityDescriptor != NULL)
    {
        Status = WskpSetSocketSecurity(Socket, SecurityDescriptor);
        if (!NT_SUCCESS(Status))
        {
            WskpStartClose(Socket, NULL, STATUS_SUCCESS);
            return Status;
        }
    }
    WskpHandOutSocket(Socket);
    Call->Information = (ULONG_PTR)&Socket->Public;
    return STATUS_SUCCESS;
}

/*
 * Creates a socket; Information of the completed IRP is the PWSK_SOCKET, the
 * client's until WskCloseSocket. Dispatch stays the client's, valid for the
 * socket's life; SecurityDescriptor is one from WSK_CACHE_SD. Nothing is bound.
 * IRQL <= DISPATCH_LEVEL, does not block. STATUS_PENDING, or completed with:
 * STATUS_INVALID_PARAMETER (flags, descriptor; NULL IRP: nothing completed),
 * STATUS_INVALID_HANDLE (NULL client), STATUS_NOT_SUPPORTED (no such triple for
 * the category), STATUS_ACCESS_DENIED (raw sockets),
 * STATUS_INSUFFICIENT_RESOURCES. OwningProcess and OwningThread only matter for
 * sharing addresses, where the one process there is owns everything (DIV-10).
 * Page: PFN_WSK_SOCKET.
 */
NTSTATUS WSKAPI WskpSocket(PWSK_CLIENT Client, ADDRESS_FAMILY AddressFamily, USHORT SocketType, ULONG Protocol,
                           ULONG Flags, PVOID SocketContext, const VOID *Dispatch, PEPROCESS OwningProcess,
                           PETHREAD OwningThread, PSECURITY_DESCRIPTOR SecurityDescriptor, PIRP Irp)
{
    WSKP_CATEGORY Category;
    WSKP_CALL Call;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(OwningProcess);
    UNREFERENCED_PARAMETER(OwningThread);
    WSKP_IRQL_MAX(DISPATCH_LEVEL, "WskSocket");
    if (!WskpBeginClientCall(&Call, Client, Irp, WskpKindSocket, __builtin_return_address(0), &Status))
    {
        return Status;
    }
    Status = CategoryFromFlags(Flags, &Category);
    if (NT_SUCCESS(Status))
    {
        Status = CreateForClient(&Call, Category, AddressFamily, SocketType, Protocol, SocketContext, Dispatch,
                                 SecurityDescriptor);
    }
    return WskpEndCall(&Call, Status);
}
