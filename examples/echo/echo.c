// SPDX-License-Identifier: MIT
/*
 * A TCP echo server as a kernel driver, on Winsock Kernel (WSK).
 *
 *     wskhost run examples/echo          then, elsewhere:  nc localhost 40007
 *
 * This is the flow of the page "Creating Sockets" of Microsoft's WSK
 * documentation, carried to a complete driver; the function names are those of
 * the pages. It includes nothing but WDK headers and builds with the WDK too.
 *
 * How WSK works, in four sentences. A driver registers, captures the provider,
 * and gets a table of functions. Every operation on a socket takes an IRP (an I/O
 * request packet) that the driver allocates; the call returns at once, and when
 * the operation is over, the IRP's completion routine is called: always, exactly
 * once, whatever the call returned. That routine may run on any processor, at
 * DISPATCH_LEVEL, where nothing may wait. It ends by returning
 * STATUS_MORE_PROCESSING_REQUIRED, which means: the IRP is mine again.
 *
 * Read from the bottom up for the order of events, or from the top down for the
 * pieces: sockets in general, a connection's life, the listener, the driver.
 */
#include <ntddk.h>
#include <wsk.h>

/* Another port: -DECHO_PORT=4711; 0 lets the system choose one. */
#ifndef ECHO_PORT
#define ECHO_PORT 40007
#endif

#define ECHO_TAG 'ohcE'
#define ECHO_ACCEPTS 4   /* accepts waiting at any time, so that clients arriving together are taken together */
#define ECHO_BUFFERS 4   /* per connection: one receiving while others are being sent */
#define ECHO_BUFFER_SIZE 4096

/* ---- a socket of this driver -------------------------------------------------------- */

/*
 * What listener and connections have in common.
 *
 * The rule it serves: WskCloseSocket may be called while IRPs are pending (they
 * are then cancelled), but not while another thread is inside a function of the
 * same socket. So each call is bracketed by EnterSocket and LeaveSocket, and
 * whoever leaves last issues the close that somebody wanted in between.
 *
 * The memory goes when References falls to zero: one for the open socket, one
 * for each IRP on its way.
 */
typedef struct _ECHO_SOCKET
{
    PWSK_SOCKET Socket;
    PIRP CloseIrp; /* allocated early, so that closing cannot fail for want of memory */
    volatile LONG References;
    KSPIN_LOCK Lock;
    ULONG CallsInProgress; /* Lock */
    BOOLEAN CloseWanted;   /* Lock */
    VOID (*Gone)(struct _ECHO_SOCKET *Self); /* the last reference is gone */
} ECHO_SOCKET, *PECHO_SOCKET;

static IO_COMPLETION_ROUTINE CloseSocketComplete;

static BOOLEAN InitializeSocketContext(PECHO_SOCKET Self, VOID (*Gone)(PECHO_SOCKET))
{
    RtlZeroMemory(Self, sizeof(*Self));
    KeInitializeSpinLock(&Self->Lock);
    Self->References = 1;
    Self->Gone = Gone;
    Self->CloseIrp = IoAllocateIrp(1, FALSE);
    return Self->CloseIrp != NULL;
}

static VOID DereferenceSocket(PECHO_SOCKET Self)
{
    if (InterlockedDecrement(&Self->References) == 0)
    {
        Self->Gone(Self);
    }
}

static VOID IssueClose(PECHO_SOCKET Self)
{
    CONST WSK_PROVIDER_BASIC_DISPATCH *Dispatch = (CONST WSK_PROVIDER_BASIC_DISPATCH *)Self->Socket->Dispatch;

    IoSetCompletionRoutine(Self->CloseIrp, CloseSocketComplete, Self, TRUE, TRUE, TRUE);
    Dispatch->WskCloseSocket(Self->Socket, Self->CloseIrp);
}

static NTSTATUS CloseSocketComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);

    IoFreeIrp(Irp);
    DereferenceSocket((PECHO_SOCKET)Context);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* TRUE: the socket's functions may be called, until LeaveSocket; the context
 * stays. FALSE: the socket is being closed. */
static BOOLEAN EnterSocket(PECHO_SOCKET Self)
{
    BOOLEAN Entered;
    KIRQL Irql;

    KeAcquireSpinLock(&Self->Lock, &Irql);
    Entered = !Self->CloseWanted;
    if (Entered)
    {
        Self->CallsInProgress++;
        InterlockedIncrement(&Self->References);
    }
    KeReleaseSpinLock(&Self->Lock, Irql);
    return Entered;
}

static VOID LeaveSocket(PECHO_SOCKET Self)
{
    BOOLEAN CloseNow;
    KIRQL Irql;

    KeAcquireSpinLock(&Self->Lock, &Irql);
    Self->CallsInProgress--;
    CloseNow = Self->CloseWanted && Self->CallsInProgress == 0;
    KeReleaseSpinLock(&Self->Lock, Irql);
    if (CloseNow)
    {
        IssueClose(Self);
    }
    DereferenceSocket(Self);
}

/* May be called by anyone who holds a reference, any number of times. */
static VOID CloseSocket(PECHO_SOCKET Self)
{
    BOOLEAN CloseNow;
    KIRQL Irql;

    KeAcquireSpinLock(&Self->Lock, &Irql);
    CloseNow = !Self->CloseWanted && Self->CallsInProgress == 0;
    Self->CloseWanted = TRUE;
    KeReleaseSpinLock(&Self->Lock, Irql);
    if (CloseNow)
    {
        IssueClose(Self);
    }
}

/* An IRP whose completion will call Routine; it holds a reference to Self, which
 * that routine gives back. NULL when memory is short. */
static PIRP NewRequest(PECHO_SOCKET Self, PIO_COMPLETION_ROUTINE Routine, PVOID Context)
{
    PIRP Irp = IoAllocateIrp(1, FALSE);

    if (Irp)
    {
        InterlockedIncrement(&Self->References);
        IoSetCompletionRoutine(Irp, Routine, Context, TRUE, TRUE, TRUE);
    }
    return Irp;
}

/* ---- a connection -------------------------------------------------------------------- */

/* A piece of data on its way from receive to send. */
typedef struct _ECHO_BUFFER
{
    SINGLE_LIST_ENTRY Link; /* while free */
    struct _ECHO_CONNECTION *Connection;
    WSK_BUF WskBuf; /* what WSK is given: an MDL, an offset and a length */
    UCHAR Data[ECHO_BUFFER_SIZE];
} ECHO_BUFFER, *PECHO_BUFFER;

/*
 * One client. At most one receive is on its way, so data arrives in order; each
 * piece is handed to WskSend before the next receive is posted, so it leaves in
 * order. When every buffer is being sent, receiving pauses until one is back: a
 * client that does not read what it gets is not read from either.
 */
typedef struct _ECHO_CONNECTION
{
    ECHO_SOCKET Base; /* first */
    LIST_ENTRY Link;  /* Echo.Lock */
    SINGLE_LIST_ENTRY FreeBuffers; /* Base.Lock */
    ULONG SendsPending;            /* Base.Lock */
    BOOLEAN ReceivePaused;         /* Base.Lock: no buffer was free */
    BOOLEAN PeerFinished;          /* Base.Lock: the client will send no more */
    ECHO_BUFFER Buffers[ECHO_BUFFERS];
} ECHO_CONNECTION, *PECHO_CONNECTION;

/* The driver's one set of globals. */
static struct
{
    WSK_REGISTRATION Registration;
    WSK_PROVIDER_NPI Provider;
    ECHO_SOCKET Listener;
    NTSTATUS ListenStatus;  /* how setting up the listener went; valid after ListenReady */
    KEVENT ListenReady;
    KEVENT ListenerGone;
    KEVENT ConnectionsGone; /* set once no connection is left and none can come */
    KSPIN_LOCK Lock;
    LIST_ENTRY Connections;  /* Lock: the open ones */
    LONG ConnectionCount;    /* Lock: those whose memory exists, plus one until unload */
    ULONG AcceptsMissing;    /* Lock: accepts that failed and wait for a connection to end */
    volatile LONG Served;
    volatile LONG64 Bytes;
} Echo;

static IO_COMPLETION_ROUTINE ReceiveComplete;
static IO_COMPLETION_ROUTINE SendComplete;
static IO_COMPLETION_ROUTINE DisconnectComplete;
static IO_COMPLETION_ROUTINE AcceptComplete;
static VOID AcceptConnection(VOID);

static CONST WSK_PROVIDER_CONNECTION_DISPATCH *ConnectionDispatch(PECHO_CONNECTION Connection)
{
    return (CONST WSK_PROVIDER_CONNECTION_DISPATCH *)Connection->Base.Socket->Dispatch;
}

static PECHO_BUFFER TakeFreeBuffer(PECHO_CONNECTION Connection)
{
    PSINGLE_LIST_ENTRY Entry;
    KIRQL Irql;

    KeAcquireSpinLock(&Connection->Base.Lock, &Irql);
    Entry = PopEntryList(&Connection->FreeBuffers);
    Connection->ReceivePaused = Entry == NULL;
    KeReleaseSpinLock(&Connection->Base.Lock, Irql);
    return Entry ? CONTAINING_RECORD(Entry, ECHO_BUFFER, Link) : NULL;
}

static VOID ReceiveData(PECHO_CONNECTION Connection)
{
    PECHO_BUFFER Buffer;
    PIRP Irp;

    if (!EnterSocket(&Connection->Base))
    {
        return;
    }
    Buffer = TakeFreeBuffer(Connection);
    if (Buffer)
    {
        Irp = NewRequest(&Connection->Base, ReceiveComplete, Buffer);
        if (Irp)
        {
            Buffer->WskBuf.Length = ECHO_BUFFER_SIZE;
            /* The result is not looked at: the completion routine gets it. */
            ConnectionDispatch(Connection)->WskReceive(Connection->Base.Socket, &Buffer->WskBuf, 0, Irp);
        }
        else
        {
            CloseSocket(&Connection->Base);
        }
    }
    LeaveSocket(&Connection->Base);
}

static VOID SendData(PECHO_CONNECTION Connection, PECHO_BUFFER Buffer, SIZE_T Length)
{
    PIRP Irp;
    KIRQL Irql;

    if (!EnterSocket(&Connection->Base))
    {
        return;
    }
    Irp = NewRequest(&Connection->Base, SendComplete, Buffer);
    if (Irp)
    {
        KeAcquireSpinLock(&Connection->Base.Lock, &Irql);
        Connection->SendsPending++;
        KeReleaseSpinLock(&Connection->Base.Lock, Irql);
        Buffer->WskBuf.Length = Length;
        ConnectionDispatch(Connection)->WskSend(Connection->Base.Socket, &Buffer->WskBuf, 0, Irp);
    }
    else
    {
        CloseSocket(&Connection->Base);
    }
    LeaveSocket(&Connection->Base);
}

/* Says good-bye: everything sent arrives, then the client sees the end. */
static VOID Disconnect(PECHO_CONNECTION Connection)
{
    PIRP Irp;

    if (!EnterSocket(&Connection->Base))
    {
        return;
    }
    Irp = NewRequest(&Connection->Base, DisconnectComplete, Connection);
    if (Irp)
    {
        ConnectionDispatch(Connection)->WskDisconnect(Connection->Base.Socket, NULL, 0, Irp);
    }
    else
    {
        CloseSocket(&Connection->Base);
    }
    LeaveSocket(&Connection->Base);
}

static NTSTATUS ReceiveComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PECHO_BUFFER Buffer = (PECHO_BUFFER)Context;
    PECHO_CONNECTION Connection = Buffer->Connection;
    NTSTATUS Status = Irp->IoStatus.Status;
    SIZE_T Length = Irp->IoStatus.Information;
    BOOLEAN AllSent = FALSE;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    IoFreeIrp(Irp);
    if (!NT_SUCCESS(Status))
    {
        /* The client reset the connection, or we are closing it. */
        CloseSocket(&Connection->Base);
    }
    else if (Length == 0)
    {
        KeAcquireSpinLock(&Connection->Base.Lock, &Irql);
        Connection->PeerFinished = TRUE;
        AllSent = Connection->SendsPending == 0;
        KeReleaseSpinLock(&Connection->Base.Lock, Irql);
        if (AllSent)
        {
            Disconnect(Connection);
        }
    }
    else
    {
        InterlockedAdd64(&Echo.Bytes, (LONG64)Length);
        SendData(Connection, Buffer, Length);
        ReceiveData(Connection);
    }
    DereferenceSocket(&Connection->Base);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS SendComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PECHO_BUFFER Buffer = (PECHO_BUFFER)Context;
    PECHO_CONNECTION Connection = Buffer->Connection;
    NTSTATUS Status = Irp->IoStatus.Status;
    BOOLEAN Resume, LastSent;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    IoFreeIrp(Irp);
    KeAcquireSpinLock(&Connection->Base.Lock, &Irql);
    PushEntryList(&Connection->FreeBuffers, &Buffer->Link);
    Connection->SendsPending--;
    Resume = Connection->ReceivePaused;
    Connection->ReceivePaused = FALSE;
    LastSent = Connection->PeerFinished && Connection->SendsPending == 0;
    KeReleaseSpinLock(&Connection->Base.Lock, Irql);
    if (!NT_SUCCESS(Status))
    {
        CloseSocket(&Connection->Base);
    }
    else if (LastSent)
    {
        Disconnect(Connection);
    }
    else if (Resume)
    {
        ReceiveData(Connection);
    }
    DereferenceSocket(&Connection->Base);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS DisconnectComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PECHO_CONNECTION Connection = (PECHO_CONNECTION)Context;

    UNREFERENCED_PARAMETER(DeviceObject);
    IoFreeIrp(Irp);
    /* Both directions are finished now, so this close resets nothing. */
    CloseSocket(&Connection->Base);
    DereferenceSocket(&Connection->Base);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* ---- a connection's memory -------------------------------------------------------------- */

static VOID FreeConnection(PECHO_CONNECTION Connection)
{
    for (ULONG i = 0; i < ECHO_BUFFERS; i++)
    {
        if (Connection->Buffers[i].WskBuf.Mdl)
        {
            IoFreeMdl(Connection->Buffers[i].WskBuf.Mdl);
        }
    }
    ExFreePoolWithTag(Connection, ECHO_TAG);
}

/* One less; the last one wakes EchoUnload. */
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

static VOID ConnectionGone(PECHO_SOCKET Self)
{
    PECHO_CONNECTION Connection = CONTAINING_RECORD(Self, ECHO_CONNECTION, Base);
    BOOLEAN AcceptAgain;
    KIRQL Irql;

    KeAcquireSpinLock(&Echo.Lock, &Irql);
    RemoveEntryList(&Connection->Link);
    AcceptAgain = Echo.AcceptsMissing > 0;
    if (AcceptAgain)
    {
        Echo.AcceptsMissing--;
    }
    KeReleaseSpinLock(&Echo.Lock, Irql);
    FreeConnection(Connection);
    if (AcceptAgain)
    {
        AcceptConnection();
    }
    ReleaseConnectionCount();
}

static PECHO_CONNECTION NewConnection(VOID)
{
    /* Not paged: the network reads and writes it at DISPATCH_LEVEL. Zeroed. */
    PECHO_CONNECTION Connection = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*Connection), ECHO_TAG);

    if (!Connection)
    {
        return NULL;
    }
    for (ULONG i = 0; i < ECHO_BUFFERS; i++)
    {
        PECHO_BUFFER Buffer = &Connection->Buffers[i];

        Buffer->Connection = Connection;
        Buffer->WskBuf.Mdl = IoAllocateMdl(Buffer->Data, ECHO_BUFFER_SIZE, FALSE, FALSE, NULL);
        if (!Buffer->WskBuf.Mdl)
        {
            FreeConnection(Connection);
            return NULL;
        }
        MmBuildMdlForNonPagedPool(Buffer->WskBuf.Mdl);
        PushEntryList(&Connection->FreeBuffers, &Buffer->Link);
    }
    if (!InitializeSocketContext(&Connection->Base, ConnectionGone))
    {
        FreeConnection(Connection);
        return NULL;
    }
    InitializeListHead(&Connection->Link);
    return Connection;
}

/* ---- the listener ------------------------------------------------------------------------- */

static CONST WSK_PROVIDER_LISTEN_DISPATCH *ListenDispatch(VOID)
{
    return (CONST WSK_PROVIDER_LISTEN_DISPATCH *)Echo.Listener.Socket->Dispatch;
}

/* The context that an accept fills; it exists before the client does, so that a
 * client which got through is never turned away for want of memory. */
static VOID AcceptConnection(VOID)
{
    PECHO_CONNECTION Connection;
    PIRP Irp = NULL;
    KIRQL Irql;

    if (!EnterSocket(&Echo.Listener))
    {
        return;
    }
    Connection = NewConnection();
    if (Connection)
    {
        Irp = NewRequest(&Echo.Listener, AcceptComplete, Connection);
    }
    if (Irp)
    {
        ListenDispatch()->WskAccept(Echo.Listener.Socket, 0, NULL, NULL, NULL, NULL, Irp);
    }
    else
    {
        KeAcquireSpinLock(&Echo.Lock, &Irql);
        Echo.AcceptsMissing++;
        KeReleaseSpinLock(&Echo.Lock, Irql);
        if (Connection)
        {
            IoFreeIrp(Connection->Base.CloseIrp);
            FreeConnection(Connection);
        }
    }
    LeaveSocket(&Echo.Listener);
}

/* An accept that brought nothing: the listener is being closed, or the system
 * is short of something. In that case the accept is made again when a
 * connection has ended, not at once, which would only spin. */
static VOID AcceptFailed(PECHO_CONNECTION Connection, NTSTATUS Status)
{
    KIRQL Irql;

    IoFreeIrp(Connection->Base.CloseIrp);
    FreeConnection(Connection);
    if (Status != STATUS_CANCELLED)
    {
        DbgPrint("an accept failed with status 0x%08X\n", Status);
        KeAcquireSpinLock(&Echo.Lock, &Irql);
        Echo.AcceptsMissing++;
        KeReleaseSpinLock(&Echo.Lock, Irql);
    }
}

static NTSTATUS AcceptComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PECHO_CONNECTION Connection = (PECHO_CONNECTION)Context;
    NTSTATUS Status = Irp->IoStatus.Status;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (NT_SUCCESS(Status))
    {
        Connection->Base.Socket = (PWSK_SOCKET)Irp->IoStatus.Information;
        KeAcquireSpinLock(&Echo.Lock, &Irql);
        InsertTailList(&Echo.Connections, &Connection->Link);
        Echo.ConnectionCount++;
        KeReleaseSpinLock(&Echo.Lock, Irql);
        InterlockedIncrement(&Echo.Served);
        IoFreeIrp(Irp);
        ReceiveData(Connection);
        AcceptConnection();
    }
    else
    {
        IoFreeIrp(Irp);
        AcceptFailed(Connection, Status);
    }
    DereferenceSocket(&Echo.Listener);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* The last step: the listener listens, or why it does not. */
static VOID ListenerReady(NTSTATUS Status)
{
    Echo.ListenStatus = Status;
    KeSetEvent(&Echo.ListenReady, IO_NO_INCREMENT, FALSE);
}

static NTSTATUS BindComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    NTSTATUS Status = Irp->IoStatus.Status;

    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Context);
    IoFreeIrp(Irp);
    if (NT_SUCCESS(Status))
    {
        /* A listening socket listens as soon as it is bound. */
        for (ULONG i = 0; i < ECHO_ACCEPTS; i++)
        {
            AcceptConnection();
        }
    }
    ListenerReady(Status);
    DereferenceSocket(&Echo.Listener);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static VOID BindListeningSocket(ADDRESS_FAMILY Family)
{
    SOCKADDR_STORAGE Address;
    PIRP Irp = NewRequest(&Echo.Listener, BindComplete, NULL);

    if (!Irp)
    {
        ListenerReady(STATUS_INSUFFICIENT_RESOURCES);
        return;
    }
    /* All zeros is the address "any". WSK has copied it when the call returns. */
    RtlZeroMemory(&Address, sizeof(Address));
    Address.ss_family = Family;
    if (Family == AF_INET6)
    {
        ((PSOCKADDR_IN6)&Address)->sin6_port = RtlUshortByteSwap((USHORT)ECHO_PORT);
    }
    else
    {
        ((PSOCKADDR_IN)&Address)->sin_port = RtlUshortByteSwap((USHORT)ECHO_PORT);
    }
    ListenDispatch()->WskBind(Echo.Listener.Socket, (PSOCKADDR)&Address, 0, Irp);
}

static NTSTATUS DualStackComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    NTSTATUS Status = Irp->IoStatus.Status;

    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Context);
    IoFreeIrp(Irp);
    if (NT_SUCCESS(Status))
    {
        BindListeningSocket(AF_INET6);
    }
    else
    {
        ListenerReady(Status);
    }
    DereferenceSocket(&Echo.Listener);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* Lets an IPv6 listener take IPv4 clients too. */
static VOID EnableDualStack(VOID)
{
    static ULONG Off = 0; /* read until the IRP completes */
    PIRP Irp = NewRequest(&Echo.Listener, DualStackComplete, NULL);

    if (!Irp)
    {
        ListenerReady(STATUS_INSUFFICIENT_RESOURCES);
        return;
    }
    ListenDispatch()->WskControlSocket(Echo.Listener.Socket, WskSetOption, IPV6_V6ONLY, IPPROTO_IPV6, sizeof(Off), &Off,
                                       0, NULL, NULL, Irp);
}

/* Context: the address family, which the next step depends on. */
static NTSTATUS CreateListeningSocketComplete(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    ADDRESS_FAMILY Family = (ADDRESS_FAMILY)(ULONG_PTR)Context;
    NTSTATUS Status = Irp->IoStatus.Status;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (NT_SUCCESS(Status))
    {
        Echo.Listener.Socket = (PWSK_SOCKET)Irp->IoStatus.Information;
    }
    IoFreeIrp(Irp);
    if (!NT_SUCCESS(Status))
    {
        ListenerReady(Status);
    }
    else if (Family == AF_INET6)
    {
        EnableDualStack();
    }
    else
    {
        BindListeningSocket(Family);
    }
    DereferenceSocket(&Echo.Listener);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static VOID CreateListeningSocket(ADDRESS_FAMILY Family)
{
    PIRP Irp = NewRequest(&Echo.Listener, CreateListeningSocketComplete, (PVOID)(ULONG_PTR)Family);

    if (!Irp)
    {
        ListenerReady(STATUS_INSUFFICIENT_RESOURCES);
        return;
    }
    Echo.Provider.Dispatch->WskSocket(Echo.Provider.Client, Family, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET,
                                      NULL, NULL, NULL, NULL, NULL, Irp);
}

static VOID ListenerGone(PECHO_SOCKET Self)
{
    UNREFERENCED_PARAMETER(Self);
    KeSetEvent(&Echo.ListenerGone, IO_NO_INCREMENT, FALSE);
}

/* PASSIVE_LEVEL. Returns when nothing of the listener is left. */
static VOID CloseListener(VOID)
{
    if (Echo.Listener.Socket)
    {
        CloseSocket(&Echo.Listener);
    }
    else
    {
        /* There never was a socket: what is there to give back is its context. */
        IoFreeIrp(Echo.Listener.CloseIrp);
        DereferenceSocket(&Echo.Listener);
    }
    KeWaitForSingleObject(&Echo.ListenerGone, Executive, KernelMode, FALSE, NULL);
}

/* PASSIVE_LEVEL. Listens, or leaves nothing behind. */
static NTSTATUS OpenListener(ADDRESS_FAMILY Family)
{
    KeInitializeEvent(&Echo.ListenReady, NotificationEvent, FALSE);
    KeInitializeEvent(&Echo.ListenerGone, NotificationEvent, FALSE);
    if (!InitializeSocketContext(&Echo.Listener, ListenerGone))
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    CreateListeningSocket(Family);
    KeWaitForSingleObject(&Echo.ListenReady, Executive, KernelMode, FALSE, NULL);
    if (!NT_SUCCESS(Echo.ListenStatus))
    {
        CloseListener();
    }
    return Echo.ListenStatus;
}

/* ---- the driver ----------------------------------------------------------------------------- */

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
    /* Off the list, its entry points to itself, so that ConnectionGone may
     * remove it once more. */
    Connection = CONTAINING_RECORD(RemoveHeadList(&Echo.Connections), ECHO_CONNECTION, Link);
    InitializeListHead(&Connection->Link);
    /* With no reference left, ConnectionGone is waiting for Echo.Lock to free it. */
    Alive = InterlockedIncrement(&Connection->Base.References) > 1;
    if (!Alive)
    {
        InterlockedDecrement(&Connection->Base.References);
    }
    KeReleaseSpinLock(&Echo.Lock, Irql);
    if (Alive)
    {
        CloseSocket(&Connection->Base);
        DereferenceSocket(&Connection->Base);
    }
    return TRUE;
}

/* Everything DriverEntry did, undone in reverse order. The order matters: with the
 * listener gone no connection can appear; with the connections gone no routine
 * of this driver can run any more. */
static VOID EchoUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);

    CloseListener();
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

    Status = WskRegister(&ClientNpi, &Echo.Registration);
    if (!NT_SUCCESS(Status))
    {
        return Status;
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
    return Status;
}
