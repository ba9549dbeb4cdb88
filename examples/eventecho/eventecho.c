// SPDX-License-Identifier: MIT
/*
 * A TCP echo server that is driven by event callbacks, as a kernel driver on
 * Winsock Kernel (WSK).
 *
 *     wskhost run examples/eventecho     then, elsewhere:  nc localhost 40009
 *
 * echo/ asks for everything with an IRP: accept, receive. Here WSK calls the
 * driver when a client connects, sends, or leaves; only what the driver does
 * itself (send, disconnect, close) takes IRPs. Read echo/ first; the WDK headers
 * and the order of a driver's life are explained there.
 *
 * Nothing is copied. WskReceiveEvent lends the driver a list of buffers; it
 * answers STATUS_PENDING, which keeps the list, sends those very buffers back, and
 * returns the list with WskRelease when they are sent. A client that does not
 * read thereby stops itself: its lists stay out, WSK asks for them back
 * (WSK_FLAG_RELEASE_ASAP), the driver then refuses more (STATUS_DATA_NOT_ACCEPTED),
 * and TCP holds the client up. When the lists are back, an empty WskReceive tells
 * WSK to go on.
 *
 * Two rules shape the rest. Retained lists go back before WskCloseSocket is
 * called; and no other thread may be inside a function of the socket then.
 */
#include <ntddk.h>
#include <wsk.h>

/* Another port: -DECHO_PORT=4711; 0 lets the system choose one. */
#ifndef ECHO_PORT
#define ECHO_PORT 40009
#endif

#define ECHO_TAG 'ohcE'

/* ---- a connection --------------------------------------------------------------------- */

/*
 * One client; the context of its socket's callbacks.
 * The memory goes with the last reference: one until the socket is closed, one
 * for each IRP on its way.
 */
typedef struct _ECHO_CONNECTION
{
    PWSK_SOCKET Socket;
    PIRP CloseIrp; /* allocated early, so that closing cannot fail for want of memory */
    LIST_ENTRY Link; /* Echo.Lock */
    volatile LONG References;
    KSPIN_LOCK Lock;      /* guards all of the following */
    ULONG Calls;          /* threads inside a function of the socket, or about to be */
    ULONG Lists;          /* retained: being sent */
    BOOLEAN Refused;      /* the receive event waits for an empty WskReceive */
    BOOLEAN PeerFinished; /* the client sends no more */
    BOOLEAN EndSent;      /* ... and we have said good-bye too */
    BOOLEAN CloseWanted;
} ECHO_CONNECTION, *PECHO_CONNECTION;

/* A retained list on its way back to the client. */
typedef struct _ECHO_LIST
{
    PECHO_CONNECTION Connection;
    PWSK_DATA_INDICATION Indications;
    volatile LONG Sends; /* not complete */
} ECHO_LIST, *PECHO_LIST;

/* The driver's one set of globals. */
static struct
{
    WSK_REGISTRATION Registration;
    WSK_PROVIDER_NPI Provider;
    PWSK_SOCKET Listener;
    PIRP ListenerIrp; /* for the listener's requests, one at a time; kept for its close */
    KEVENT ConnectionsGone;
    KSPIN_LOCK Lock;
    LIST_ENTRY Connections; /* Lock */
    LONG ConnectionCount;   /* Lock: those whose memory exists, plus one until unload */
    volatile LONG Served;
    volatile LONG64 Bytes;
} Echo;

static IO_COMPLETION_ROUTINE SendComplete;
static IO_COMPLETION_ROUTINE DisconnectComplete;
static IO_COMPLETION_ROUTINE ResumeComplete;
static IO_COMPLETION_ROUTINE CloseComplete;

static CONST WSK_PROVIDER_CONNECTION_DISPATCH *DispatchOf(PECHO_CONNECTION Connection)
{
    return (CONST WSK_PROVIDER_CONNECTION_DISPATCH *)Connection->Socket->Dispatch;
}

static VOID ReleaseConnectionCount(VOID)
{
    BOOLEAN Last;
    KIRQL Irql;

    KeAcquireSpinLock(&Echo.Lock, &Irql);
    Last = --Echo.ConnectionCount == 0;
    KeReleaseSpinLock(&Echo.Lock, Irql);
    if (Last)
    {
        KeSetEvent(&Echo.ConnectionsGone, IO_NO_INCREMENT, FALSE);
    }
}

static VOID DereferenceConnection(PECHO_CONNECTION Connection)
{
    KIRQL Irql;

    if (InterlockedDecrement(&Connection->References) == 0)
    {
        KeAcquireSpinLock(&Echo.Lock, &Irql);
        RemoveEntryList(&Connection->Link);
        KeReleaseSpinLock(&Echo.Lock, Irql);
        ExFreePoolWithTag(Connection, ECHO_TAG);
        ReleaseConnectionCount();
    }
}

/* An IRP whose completion will call Routine, which gives its reference back. */
static PIRP NewRequest(PECHO_CONNECTION Connection, PIO_COMPLETION_ROUTINE Routine, PVOID Context)
{
    PIRP Irp = IoAllocateIrp(1, FALSE);

    if (Irp)
    {
        InterlockedIncrement(&Connection->References);
        IoSetCompletionRoutine(Irp, Routine, Context, TRUE, TRUE, TRUE);
    }
    return Irp;
}

/* ---- calls and their end ------------------------------------------------------------------ */

static VOID WantClose(PECHO_CONNECTION Connection);

/* TRUE: the socket's functions may be called until LeaveConnection. */
static BOOLEAN EnterConnection(PECHO_CONNECTION Connection)
{
    BOOLEAN Entered;
    KIRQL Irql;

    KeAcquireSpinLock(&Connection->Lock, &Irql);
    Entered = !Connection->CloseWanted;
    if (Entered)
    {
        Connection->Calls++;
    }
    KeReleaseSpinLock(&Connection->Lock, Irql);
    return Entered;
}

static VOID SendEnd(PECHO_CONNECTION Connection)
{
    PIRP Irp = NewRequest(Connection, DisconnectComplete, Connection);

    if (Irp)
    {
        DispatchOf(Connection)->WskDisconnect(Connection->Socket, NULL, 0, Irp);
    }
    else
    {
        WantClose(Connection);
    }
}

static VOID ResumeReceiving(PECHO_CONNECTION Connection)
{
    WSK_BUF Nothing = {NULL, 0, 0};
    PIRP Irp = NewRequest(Connection, ResumeComplete, Connection);

    if (Irp)
    {
        DispatchOf(Connection)->WskReceive(Connection->Socket, &Nothing, 0, Irp);
    }
    else
    {
        WantClose(Connection);
    }
}

/* The one place that decides what comes next. Whoever has changed something is
 * inside (Calls), and does it on the way out. */
static VOID LeaveConnection(PECHO_CONNECTION Connection)
{
    enum { Nothing, End, Resume, Close } Next;
    KIRQL Irql;

    do
    {
        KeAcquireSpinLock(&Connection->Lock, &Irql);
        if (Connection->CloseWanted)
        {
            Next = Connection->Calls == 1 && Connection->Lists == 0 ? Close : Nothing;
        }
        else if (Connection->Lists == 0 && Connection->Refused)
        {
            Connection->Refused = FALSE;
            Next = Resume;
        }
        else if (Connection->Lists == 0 && Connection->PeerFinished && !Connection->EndSent)
        {
            Connection->EndSent = TRUE;
            Next = End;
        }
        else
        {
            Next = Nothing;
        }
        if (Next == Nothing || Next == Close)
        {
            Connection->Calls--;
        }
        KeReleaseSpinLock(&Connection->Lock, Irql);
        if (Next == End)
        {
            SendEnd(Connection);
        }
        else if (Next == Resume)
        {
            ResumeReceiving(Connection);
        }
    } while (Next == End || Next == Resume);
    if (Next == Close)
    {
        IoSetCompletionRoutine(Connection->CloseIrp, CloseComplete, Connection, TRUE, TRUE, TRUE);
        DispatchOf(Connection)->Basic.WskCloseSocket(Connection->Socket, Connection->CloseIrp);
    }
}

/* Lists that are being sent come back at once when the connection is reset. */
static VOID Reset(PECHO_CONNECTION Connection)
{
    PIRP Irp = NewRequest(Connection, ResumeComplete, Connection);

    if (Irp) /* else the sends end when they can */
    {
        DispatchOf(Connection)->WskDisconnect(Connection->Socket, NULL, WSK_FLAG_ABORTIVE, Irp);
    }
}

/* Closes the socket as soon as that is allowed. Any number of times, by anyone who
 * holds a reference or is a callback of the socket. */
static VOID WantClose(PECHO_CONNECTION Connection)
{
    BOOLEAN First, Abort;
    KIRQL Irql;

    KeAcquireSpinLock(&Connection->Lock, &Irql);
    First = !Connection->CloseWanted;
    Connection->CloseWanted = TRUE;
    Abort = First && Connection->Lists != 0;
    if (First)
    {
        Connection->Calls++;
    }
    KeReleaseSpinLock(&Connection->Lock, Irql);
    if (Abort)
    {
        Reset(Connection);
    }
    if (First)
    {
        LeaveConnection(Connection);
    }
}

static NTSTATUS CloseComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    IoFreeIrp(Irp);
    DereferenceConnection((PECHO_CONNECTION)Context);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS DisconnectComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    IoFreeIrp(Irp);
    /* Both directions are finished now, so this close resets nothing. */
    WantClose((PECHO_CONNECTION)Context);
    DereferenceConnection((PECHO_CONNECTION)Context);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS ResumeComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    IoFreeIrp(Irp);
    DereferenceConnection((PECHO_CONNECTION)Context);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* ---- echoing ----------------------------------------------------------------------------------- */

static NTSTATUS SendComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PECHO_LIST List = (PECHO_LIST)Context;
    PECHO_CONNECTION Connection = List->Connection;
    NTSTATUS Status = Irp->IoStatus.Status;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    InterlockedAdd64(&Echo.Bytes, (LONG64)Irp->IoStatus.Information);
    IoFreeIrp(Irp);
    if (!NT_SUCCESS(Status))
    {
        WantClose(Connection);
    }
    if (InterlockedDecrement(&List->Sends) == 0)
    {
        /* Lists, which still counts this one, keeps the socket open. */
        DispatchOf(Connection)->WskRelease(Connection->Socket, List->Indications);
        ExFreePoolWithTag(List, ECHO_TAG);
        KeAcquireSpinLock(&Connection->Lock, &Irql);
        Connection->Lists--;
        Connection->Calls++;
        KeReleaseSpinLock(&Connection->Lock, Irql);
        LeaveConnection(Connection);
    }
    DereferenceConnection(Connection);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* IRPs for all indications of the list, linked by their ListEntry, which is the
 * driver's while it owns the IRP; or none. */
static BOOLEAN AllocateSends(PECHO_LIST List, PLIST_ENTRY Irps)
{
    PWSK_DATA_INDICATION Indication;

    InitializeListHead(Irps);
    for (Indication = List->Indications; Indication; Indication = Indication->Next)
    {
        PIRP Irp = NewRequest(List->Connection, SendComplete, List);

        if (!Irp)
        {
            break;
        }
        List->Sends++;
        InsertTailList(Irps, &Irp->Tail.Overlay.ListEntry);
    }
    while (Indication && !IsListEmpty(Irps))
    {
        IoFreeIrp(CONTAINING_RECORD(RemoveHeadList(Irps), IRP, Tail.Overlay.ListEntry));
        DereferenceConnection(List->Connection);
    }
    return Indication == NULL;
}

/* FALSE: no memory, nothing was sent. The list may be back before this returns. */
static BOOLEAN SendList(PECHO_CONNECTION Connection, PWSK_DATA_INDICATION Indication)
{
    PECHO_LIST List = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*List), ECHO_TAG);
    LIST_ENTRY Irps;
    KIRQL Irql;

    if (!List)
    {
        return FALSE;
    }
    List->Connection = Connection;
    List->Indications = Indication;
    if (!AllocateSends(List, &Irps))
    {
        ExFreePoolWithTag(List, ECHO_TAG);
        return FALSE;
    }
    KeAcquireSpinLock(&Connection->Lock, &Irql);
    Connection->Lists++;
    KeReleaseSpinLock(&Connection->Lock, Irql);
    while (!IsListEmpty(&Irps))
    {
        PIRP Irp = CONTAINING_RECORD(RemoveHeadList(&Irps), IRP, Tail.Overlay.ListEntry);
        PWSK_DATA_INDICATION Next = Indication->Next; /* the last send may take the list away */

        DispatchOf(Connection)->WskSend(Connection->Socket, &Indication->Buffer, 0, Irp);
        Indication = Next;
    }
    return TRUE;
}

/* WSK asks for lists back: no more until those that are out have been sent. */
static BOOLEAN Refuse(PECHO_CONNECTION Connection)
{
    KIRQL Irql;

    KeAcquireSpinLock(&Connection->Lock, &Irql);
    Connection->Refused = Connection->Lists != 0;
    KeReleaseSpinLock(&Connection->Lock, Irql);
    return Connection->Refused;
}

static NTSTATUS WSKAPI EchoReceiveEvent(PVOID SocketContext, ULONG Flags, PWSK_DATA_INDICATION DataIndication,
                                        SIZE_T BytesIndicated, SIZE_T *BytesAccepted)
{
    PECHO_CONNECTION Connection = (PECHO_CONNECTION)SocketContext;
    NTSTATUS Status = STATUS_DATA_NOT_ACCEPTED;

    UNREFERENCED_PARAMETER(BytesIndicated);
    UNREFERENCED_PARAMETER(BytesAccepted);
    if (!DataIndication)
    {
        WantClose(Connection); /* the socket is of no use any more */
        return STATUS_SUCCESS;
    }
    if (!EnterConnection(Connection))
    {
        return STATUS_DATA_NOT_ACCEPTED;
    }
    if (!(Flags & WSK_FLAG_RELEASE_ASAP) || !Refuse(Connection))
    {
        if (SendList(Connection, DataIndication))
        {
            Status = STATUS_PENDING;
        }
        else
        {
            WantClose(Connection);
        }
    }
    LeaveConnection(Connection);
    return Status;
}

static NTSTATUS WSKAPI EchoDisconnectEvent(PVOID SocketContext, ULONG Flags)
{
    PECHO_CONNECTION Connection = (PECHO_CONNECTION)SocketContext;
    KIRQL Irql;

    if (Flags & WSK_FLAG_ABORTIVE)
    {
        WantClose(Connection);
    }
    else if (EnterConnection(Connection))
    {
        KeAcquireSpinLock(&Connection->Lock, &Irql);
        Connection->PeerFinished = TRUE;
        KeReleaseSpinLock(&Connection->Lock, Irql);
        LeaveConnection(Connection);
    }
    return STATUS_SUCCESS;
}

/* ---- accepting ------------------------------------------------------------------------------------ */

static NTSTATUS WSKAPI EchoAcceptEvent(PVOID SocketContext, ULONG Flags, PSOCKADDR LocalAddress,
                                       PSOCKADDR RemoteAddress, PWSK_SOCKET AcceptSocket, PVOID *AcceptSocketContext,
                                       CONST WSK_CLIENT_CONNECTION_DISPATCH **AcceptSocketDispatch)
{
    static CONST WSK_CLIENT_CONNECTION_DISPATCH ConnectionCallbacks = {EchoReceiveEvent, EchoDisconnectEvent, NULL};
    PECHO_CONNECTION Connection;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(SocketContext);
    UNREFERENCED_PARAMETER(Flags);
    UNREFERENCED_PARAMETER(LocalAddress);
    UNREFERENCED_PARAMETER(RemoteAddress);
    if (!AcceptSocket)
    {
        return STATUS_REQUEST_NOT_ACCEPTED; /* the listener is of no use any more: closed on unload */
    }
    Connection = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*Connection), ECHO_TAG);
    if (!Connection)
    {
        return STATUS_REQUEST_NOT_ACCEPTED;
    }
    Connection->CloseIrp = IoAllocateIrp(1, FALSE);
    if (!Connection->CloseIrp)
    {
        ExFreePoolWithTag(Connection, ECHO_TAG);
        return STATUS_REQUEST_NOT_ACCEPTED;
    }
    Connection->Socket = AcceptSocket;
    Connection->References = 1;
    KeInitializeSpinLock(&Connection->Lock);
    KeAcquireSpinLock(&Echo.Lock, &Irql);
    InsertTailList(&Echo.Connections, &Connection->Link);
    Echo.ConnectionCount++;
    KeReleaseSpinLock(&Echo.Lock, Irql);
    InterlockedIncrement(&Echo.Served);
    /* From this return on the connection's events come. */
    *AcceptSocketContext = Connection;
    *AcceptSocketDispatch = &ConnectionCallbacks;
    return STATUS_SUCCESS;
}

/* ---- the listener: one request after the other, at PASSIVE_LEVEL ---------------------------- */

static NTSTATUS RequestComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* Makes the IRP ready for a call, which is followed by WaitFor. */
static PIRP Prepare(PKEVENT Done)
{
    IoReuseIrp(Echo.ListenerIrp, STATUS_UNSUCCESSFUL);
    KeInitializeEvent(Done, NotificationEvent, FALSE);
    IoSetCompletionRoutine(Echo.ListenerIrp, RequestComplete, Done, TRUE, TRUE, TRUE);
    return Echo.ListenerIrp;
}

static NTSTATUS WaitFor(PKEVENT Done)
{
    KeWaitForSingleObject(Done, Executive, KernelMode, FALSE, NULL);
    return Echo.ListenerIrp->IoStatus.Status;
}

static VOID CloseListener(VOID)
{
    KEVENT Done;

    ((CONST WSK_PROVIDER_BASIC_DISPATCH *)Echo.Listener->Dispatch)->WskCloseSocket(Echo.Listener, Prepare(&Done));
    WaitFor(&Done);
    Echo.Listener = NULL;
}

/* Dual stack where there is IPv6, and bound to ECHO_PORT of every address. */
static NTSTATUS BindListener(ADDRESS_FAMILY Family)
{
    CONST WSK_PROVIDER_LISTEN_DISPATCH *Dispatch = (CONST WSK_PROVIDER_LISTEN_DISPATCH *)Echo.Listener->Dispatch;
    ULONG Off = 0;
    SOCKADDR_STORAGE Address;
    KEVENT Done;
    NTSTATUS Status;

    RtlZeroMemory(&Address, sizeof(Address));
    Address.ss_family = Family;
    ((PSOCKADDR_IN)&Address)->sin_port = RtlUshortByteSwap((USHORT)ECHO_PORT); /* at the same place in both */
    if (Family == AF_INET6)
    {
        Dispatch->WskControlSocket(Echo.Listener, WskSetOption, IPV6_V6ONLY, IPPROTO_IPV6, sizeof(Off), &Off, 0, NULL,
                                   NULL, Prepare(&Done));
        Status = WaitFor(&Done);
        if (!NT_SUCCESS(Status))
        {
            return Status;
        }
    }
    Dispatch->WskBind(Echo.Listener, (PSOCKADDR)&Address, 0, Prepare(&Done));
    return WaitFor(&Done);
}

/* On a listener the events of connections are those that its connections start
 * with. From here on clients are served. */
static NTSTATUS EnableEvents(VOID)
{
    WSK_EVENT_CALLBACK_CONTROL Control = {&NPI_WSK_INTERFACE_ID,
                                          WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT};

    return ((CONST WSK_PROVIDER_BASIC_DISPATCH *)Echo.Listener->Dispatch)
        ->WskControlSocket(Echo.Listener, WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET, sizeof(Control), &Control, 0,
                           NULL, NULL, NULL);
}

static NTSTATUS OpenListener(ADDRESS_FAMILY Family)
{
    static CONST WSK_CLIENT_LISTEN_DISPATCH ListenCallbacks = {EchoAcceptEvent, NULL, NULL};
    KEVENT Done;
    NTSTATUS Status;

    Echo.Provider.Dispatch->WskSocket(Echo.Provider.Client, Family, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET,
                                      NULL, &ListenCallbacks, NULL, NULL, NULL, Prepare(&Done));
    Status = WaitFor(&Done);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    Echo.Listener = (PWSK_SOCKET)Echo.ListenerIrp->IoStatus.Information;
    Status = BindListener(Family);
    if (NT_SUCCESS(Status))
    {
        Status = EnableEvents();
    }
    if (!NT_SUCCESS(Status))
    {
        CloseListener();
    }
    return Status;
}

/* ---- the driver -------------------------------------------------------------------------------------- */

/* Closes one listed connection; FALSE when none is listed. */
static BOOLEAN CloseOneConnection(VOID)
{
    PECHO_CONNECTION Connection;
    BOOLEAN Alive;
    KIRQL Irql;

    KeAcquireSpinLock(&Echo.Lock, &Irql);
    if (IsListEmpty(&Echo.Connections))
    {
        KeReleaseSpinLock(&Echo.Lock, Irql);
        return FALSE;
    }
    /* Off the list, its entry points to itself, so that it may be removed once more. */
    Connection = CONTAINING_RECORD(RemoveHeadList(&Echo.Connections), ECHO_CONNECTION, Link);
    InitializeListHead(&Connection->Link);
    /* With no reference left, somebody waits for Echo.Lock to free it. */
    Alive = InterlockedIncrement(&Connection->References) > 1;
    if (!Alive)
    {
        InterlockedDecrement(&Connection->References);
    }
    KeReleaseSpinLock(&Echo.Lock, Irql);
    if (Alive)
    {
        WantClose(Connection);
        DereferenceConnection(Connection);
    }
    return TRUE;
}

/* With the listener gone no connection can appear; with the connections gone no
 * routine of this driver can run any more. */
static VOID EchoUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    CloseListener();
    IoFreeIrp(Echo.ListenerIrp);
    while (CloseOneConnection())
    {
    }
    ReleaseConnectionCount();
    KeWaitForSingleObject(&Echo.ConnectionsGone, Executive, KernelMode, FALSE, NULL);
    WskReleaseProviderNPI(&Echo.Registration);
    WskDeregister(&Echo.Registration);
    DbgPrint("served %d connections, echoed %I64d bytes\n", Echo.Served, Echo.Bytes);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    static CONST WSK_CLIENT_DISPATCH ClientDispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};
    WSK_CLIENT_NPI ClientNpi = {NULL, &ClientDispatch};
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeSpinLock(&Echo.Lock);
    KeInitializeEvent(&Echo.ConnectionsGone, NotificationEvent, FALSE);
    InitializeListHead(&Echo.Connections);
    Echo.ConnectionCount = 1; /* until EchoUnload gives it back */
    Echo.ListenerIrp = IoAllocateIrp(1, FALSE);
    if (!Echo.ListenerIrp)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Status = WskRegister(&ClientNpi, &Echo.Registration);
    if (!NT_SUCCESS(Status))
    {
        goto cleanupIrp;
    }
    Status = WskCaptureProviderNPI(&Echo.Registration, WSK_INFINITE_WAIT, &Echo.Provider);
    if (!NT_SUCCESS(Status))
    {
        goto cleanupRegistration;
    }
    Status = OpenListener(AF_INET6);
    if (!NT_SUCCESS(Status) && Status != STATUS_ADDRESS_ALREADY_EXISTS)
    {
        Status = OpenListener(AF_INET); /* a machine without IPv6 */
    }
    if (!NT_SUCCESS(Status))
    {
        goto cleanupProvider;
    }
    DriverObject->DriverUnload = EchoUnload;
    return STATUS_SUCCESS;

cleanupProvider:
    WskReleaseProviderNPI(&Echo.Registration);
cleanupRegistration:
    WskDeregister(&Echo.Registration);
cleanupIrp:
    IoFreeIrp(Echo.ListenerIrp);
    return Status;
}
