// SPDX-License-Identifier: MIT
/*
 * Two hundred connections at once against an echo server made of completion
 * routines only, as drivers write them: data is checked byte by byte while
 * receives are cancelled, connections are reset, closed and ended in order at
 * random. The random numbers follow from SEED, printed by each run that fails.
 */
#include "support/wskclient.h"

enum { Connections = 200, ClientThreads = 4, PerThread = Connections / ClientThreads, BufferBytes = 4096 };

/* ---- the server ------------------------------------------------------------------ */

/* One echo connection; a receive, then its send, then the next receive.
 * Owner: the chain of its completion routines, until the close has completed. */
typedef struct _ECHO
{
    KSPIN_LOCK Lock;
    BOOLEAN Receiving; /* Lock: Irp is in WskReceive and may be cancelled */
    BOOLEAN Used;      /* written before the server's count goes up */
    PWSK_SOCKET Socket;
    const WSK_PROVIDER_CONNECTION_DISPATCH *Table;
    PIRP Irp;
    PMDL Mdl;
    UCHAR Data[BufferBytes];
} ECHO;

typedef struct _SERVER
{
    ECHO Echoes[Connections];
    volatile LONG Accepted, Closed, Cancelled, Wrong;
    PWSK_SOCKET Listener;
    PIRP AcceptIrp;
    KEVENT AcceptEnded, AllClosed;
} SERVER;

static SERVER Server;

static IO_COMPLETION_ROUTINE OnReceived, OnSent, OnDisconnected, OnClosed, OnAccepted;

static void Arm(PIRP Irp, PIO_COMPLETION_ROUTINE Routine, PVOID Context)
{
    IoReuseIrp(Irp, STATUS_UNSUCCESSFUL);
    IoSetCompletionRoutine(Irp, Routine, Context, TRUE, TRUE, TRUE);
}

static void CloseEcho(ECHO *Echo)
{
    Arm(Echo->Irp, OnClosed, Echo);
    Echo->Table->WskCloseSocket(Echo->Socket, Echo->Irp);
}

static void ReceiveNext(ECHO *Echo)
{
    WSK_BUF Buffer = {Echo->Mdl, 0, BufferBytes};
    KIRQL Irql;

    KeAcquireSpinLock(&Echo->Lock, &Irql);
    Arm(Echo->Irp, OnReceived, Echo);
    Echo->Receiving = TRUE;
    Echo->Table->WskReceive(Echo->Socket, &Buffer, 0, Echo->Irp);
    KeReleaseSpinLock(&Echo->Lock, Irql);
}

static NTSTATUS NTAPI OnReceived(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    ECHO *Echo = Context;
    NTSTATUS Status = Irp->IoStatus.Status;
    ULONG_PTR Bytes = Irp->IoStatus.Information;
    WSK_BUF Buffer = {Echo->Mdl, 0, Bytes};
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    KeAcquireSpinLock(&Echo->Lock, &Irql);
    if (!Echo->Receiving)
    {
        InterlockedIncrement(&Server.Wrong);
    }
    Echo->Receiving = FALSE;
    KeReleaseSpinLock(&Echo->Lock, Irql);
    if (Status == STATUS_CANCELLED)
    {
        InterlockedIncrement(&Server.Cancelled);
        ReceiveNext(Echo);
    }
    else if (!NT_SUCCESS(Status))
    {
        CloseEcho(Echo);
    }
    else if (Bytes == 0)
    {
        Arm(Irp, OnDisconnected, Echo);
        Echo->Table->WskDisconnect(Echo->Socket, NULL, 0, Irp);
    }
    else
    {
        Arm(Irp, OnSent, Echo);
        Echo->Table->WskSend(Echo->Socket, &Buffer, 0, Irp);
    }
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS NTAPI OnSent(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    if (NT_SUCCESS(Irp->IoStatus.Status))
    {
        ReceiveNext(Context);
    }
    else
    {
        CloseEcho(Context);
    }
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS NTAPI OnDisconnected(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    CloseEcho(Context);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS NTAPI OnClosed(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    ECHO *Echo = Context;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (Irp->IoStatus.Status != STATUS_SUCCESS)
    {
        InterlockedIncrement(&Server.Wrong);
    }
    IoFreeIrp(Irp);
    IoFreeMdl(Echo->Mdl);
    if (InterlockedIncrement(&Server.Closed) == Connections)
    {
        KeSetEvent(&Server.AllClosed, IO_NO_INCREMENT, FALSE);
    }
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static void AcceptNext(void)
{
    Arm(Server.AcceptIrp, OnAccepted, NULL);
    ((const WSK_PROVIDER_LISTEN_DISPATCH *)Server.Listener->Dispatch)
        ->WskAccept(Server.Listener, 0, NULL, NULL, NULL, NULL, Server.AcceptIrp);
}

static NTSTATUS NTAPI OnAccepted(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    LONG Index = InterlockedCompareExchange(&Server.Accepted, 0, 0);
    ECHO *Echo;

    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Context);
    if (!NT_SUCCESS(Irp->IoStatus.Status) || Index == Connections)
    {
        KeSetEvent(&Server.AcceptEnded, IO_NO_INCREMENT, FALSE);
        return STATUS_MORE_PROCESSING_REQUIRED;
    }
    Echo = &Server.Echoes[Index];
    Echo->Socket = (PWSK_SOCKET)Irp->IoStatus.Information;
    Echo->Table = Echo->Socket->Dispatch;
    Echo->Irp = IoAllocateIrp(1, FALSE);
    Echo->Mdl = IoAllocateMdl(Echo->Data, BufferBytes, FALSE, FALSE, NULL);
    MmBuildMdlForNonPagedPool(Echo->Mdl);
    KeInitializeSpinLock(&Echo->Lock);
    Echo->Used = TRUE;
    InterlockedIncrement(&Server.Accepted);
    ReceiveNext(Echo);
    AcceptNext();
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* Cancels some connection's receive, if it is in one. */
static void CancelOne(ULONG Random)
{
    LONG Count = InterlockedCompareExchange(&Server.Accepted, 0, 0);
    ECHO *Echo;
    KIRQL Irql;

    if (!Count)
    {
        return;
    }
    Echo = &Server.Echoes[Random % (ULONG)Count];
    KeAcquireSpinLock(&Echo->Lock, &Irql);
    if (Echo->Receiving)
    {
        IoCancelIrp(Echo->Irp);
    }
    KeReleaseSpinLock(&Echo->Lock, Irql);
}

/* ---- the clients: ordinary programs, one thread for fifty -------------------------------- */

typedef struct _CONNECTION
{
    struct peer *Peer;
    SIZE_T Sent, Received;
    ULONG Steps; /* left */
} CONNECTION;

typedef struct _CLIENT_THREAD
{
    WC_THREAD Thread;
    int Family;
    USHORT Port;
    ULONG Seed;
    SIZE_T Bytes;
    const char *Failure;
    CONNECTION Connection[PerThread];
    UCHAR Out[BufferBytes * 2], In[BufferBytes * 2];
} CLIENT_THREAD;

static BOOLEAN TakeBack(CLIENT_THREAD *Client, CONNECTION *Connection, SIZE_T Length)
{
    if (peer_recv_all(Connection->Peer, Client->In, Length) != (long)Length)
    {
        Client->Failure = "echoed data";
        return FALSE;
    }
    if (!WcIsFilled(Client->In, Length, Connection->Received))
    {
        Client->Failure = "unchanged data";
        return FALSE;
    }
    Connection->Received += Length;
    Client->Bytes += Length;
    return TRUE;
}

/* Never more than two buffers are under way, so that neither side has to wait. */
static BOOLEAN Step(CLIENT_THREAD *Client, CONNECTION *Connection)
{
    SIZE_T Length = 1 + WcRandom(&Client->Seed) % BufferBytes;

    if (WcRandom(&Client->Seed) % 4 == 0)
    {
        CancelOne(WcRandom(&Client->Seed));
    }
    if (Connection->Sent - Connection->Received + Length > sizeof(Client->Out) || WcRandom(&Client->Seed) % 3 == 0)
    {
        SIZE_T Waiting = Connection->Sent - Connection->Received;

        return TakeBack(Client, Connection, Waiting ? 1 + WcRandom(&Client->Seed) % Waiting : 0);
    }
    WcFill(Client->Out, Length, Connection->Sent);
    if (peer_send_all(Connection->Peer, Client->Out, Length))
    {
        Client->Failure = "a send";
        return FALSE;
    }
    Connection->Sent += Length;
    return TRUE;
}

static BOOLEAN Finish(CLIENT_THREAD *Client, CONNECTION *Connection)
{
    ULONG How = WcRandom(&Client->Seed) % 8;

    /* One that was never served may be gone before it is accepted (AMB-61). */
    if (Connection->Received == 0)
    {
        How = 2;
    }
    if (How == 0)
    {
        peer_reset(Connection->Peer);
    }
    else if (How == 1)
    {
        peer_close(Connection->Peer); /* a reset, too, while data is unread */
    }
    else
    {
        peer_shutdown(Connection->Peer);
        if (!TakeBack(Client, Connection, Connection->Sent - Connection->Received))
        {
            return FALSE;
        }
        if (peer_expect_end(Connection->Peer))
        {
            Client->Failure = "the end after the echo";
            return FALSE;
        }
        peer_close(Connection->Peer);
    }
    Connection->Peer = NULL;
    return TRUE;
}

static VOID RunClients(PVOID Context)
{
    CLIENT_THREAD *Client = Context;
    ULONG Left = PerThread;

    for (int i = 0; i < PerThread; i++)
    {
        Client->Connection[i].Peer = peer_connect(Client->Family, Client->Port);
        Client->Connection[i].Steps = 10 + WcRandom(&Client->Seed) % 60;
        if (!Client->Connection[i].Peer)
        {
            Client->Failure = "a connection";
            return;
        }
    }
    while (Left)
    {
        CONNECTION *Connection = &Client->Connection[WcRandom(&Client->Seed) % PerThread];

        if (Connection->Peer)
        {
            BOOLEAN Last = Connection->Steps-- == 0;

            if (Last ? !Finish(Client, Connection) : !Step(Client, Connection))
            {
                return;
            }
            Left -= Last;
        }
    }
}

static void Stress(ADDRESS_FAMILY Family, ULONG Seed)
{
    static CLIENT_THREAD Threads[ClientThreads];
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL);
    BOOLEAN Failed = FALSE;
    SIZE_T Bytes = 0;

    RtlZeroMemory(&Server, sizeof(Server));
    RtlZeroMemory(Threads, sizeof(Threads));
    KeInitializeEvent(&Server.AcceptEnded, NotificationEvent, FALSE);
    KeInitializeEvent(&Server.AllClosed, NotificationEvent, FALSE);
    Server.Listener = Listener->Wsk;
    Server.AcceptIrp = IoAllocateIrp(1, FALSE);
    CHECK(Server.AcceptIrp != NULL);
    AcceptNext();
    for (int i = 0; i < ClientThreads; i++)
    {
        Threads[i].Family = WC_PEER_FAMILY(Family);
        Threads[i].Port = WcPort(Listener);
        Threads[i].Seed = Seed + (ULONG)i;
        WcRun(&Threads[i].Thread, RunClients, &Threads[i], "a thread of clients");
    }
    for (int i = 0; i < ClientThreads; i++)
    {
        WcJoin(&Threads[i].Thread);
        Bytes += Threads[i].Bytes;
        if (Threads[i].Failure)
        {
            print_message("SEED=%u: thread %d missed %s\n", (unsigned int)Seed, i, Threads[i].Failure);
            Failed = TRUE;
        }
    }
    CHECK(!Failed);
    WcWaitEvent(&Server.AllClosed, "all connections of the server to close");
    CHECK_EQ(Server.Accepted, Connections);
    CHECK_EQ(Server.Closed, Connections);
    CHECK_EQ(Server.Wrong, 0);
    print_message("%llu bytes echoed, %d receives cancelled\n", (unsigned long long)Bytes, (int)Server.Cancelled);
    WcCloseSocket(Listener);
    WcWaitEvent(&Server.AcceptEnded, "the last accept to be cancelled");
    IoFreeIrp(Server.AcceptIrp);
    WcClose(Client);
}

TEST_BOTH(BASIC_64, two_hundred_connections_with_cancels_resets_and_ends)
{
    COVERS("AMB-53", "CONN-20", "CONN-23", "CONN-28", "CONN-29", "CONN-39", "CONN-62", "LISTEN-37", "IRP-09",
           "IRP-10", "IRP-56");
    Stress(Family, 20240601);
}

/* ---- the server goes away in the middle of it ------------------------------------------------ */

/* Everything is closed with data in flight: by the deregistration that follows,
 * nothing is left, and every request has been completed. */
TEST_BOTH(BASIC_66, everything_is_closed_under_load)
{
    enum { Pairs = 40 };
    static WC_SOCK *Ends[Pairs][2];
    static WC_OP *Ops[Pairs][2][4];
    static WC_OP *Closes[Pairs][2];
    WC_CLIENT *Client = WcOpen();
    WC_BUF *Big = WcBuffer(Client, 1 << 20);
    ULONG Seed = 66;

    COVERS("BASIC-64", "BASIC-65", "IRP-30", "REG-43", "REG-46");
    for (int i = 0; i < Pairs; i++)
    {
        WcPair(Client, Family, &Ends[i][0], &Ends[i][1]);
        for (int j = 0; j < 2; j++)
        {
            for (int k = 0; k < 2; k++)
            {
                Ops[i][j][2 * k] = WcStartSend(Ends[i][j], WcPart(Big, 0, 1 + WcRandom(&Seed) % (1 << 20)), 0);
                Ops[i][j][2 * k + 1] =
                    WcStartReceive(Ends[i][j], WcBuffer(Client, 1 + WcRandom(&Seed) % 100000)->Buf,
                                   k ? WSK_FLAG_WAITALL : 0);
            }
        }
    }
    for (int i = 0; i < Pairs; i++)
    {
        int First = (int)(WcRandom(&Seed) % 2);

        Closes[i][0] = WcStartClose(Ends[i][First]);
        Closes[i][1] = WcStartClose(Ends[i][1 - First]);
    }
    for (int i = 0; i < Pairs; i++)
    {
        for (int j = 0; j < 2; j++)
        {
            CHECK_STATUS(WcWait(Closes[i][j]), STATUS_SUCCESS);
        }
    }
    for (int i = 0; i < Pairs; i++)
    {
        for (int j = 0; j < 2; j++)
        {
            for (int k = 0; k < 4; k++)
            {
                CHECK_EQ(Ops[i][j][k]->Completions, 1);
                WcWait(Ops[i][j][k]);
            }
        }
    }
    WcClose(Client);
}
