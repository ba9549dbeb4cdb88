// SPDX-License-Identifier: MIT
/*
 * Enabling and disabling the accept event while it is being delivered (area EVT).
 * The plain cases are in accept.c.
 */
#include "support/wskclient.h"

/* A listener whose callback disables itself. */
typedef struct _SELF
{
    PWSK_SOCKET Listener;
    WC_OP *Op; /* for the disabling call, or NULL for one without an IRP */
    ULONG Mask;
    volatile LONG Calls, InCallback, CompletedInCallback;
    NTSTATUS Returned;
    PWSK_SOCKET Accepted;
    KEVENT Called;
} SELF;

static NTSTATUS Disable(PWSK_SOCKET Socket, ULONG Mask, PIRP Irp)
{
    WSK_EVENT_CALLBACK_CONTROL Control = {&NPI_WSK_INTERFACE_ID, Mask};

    return ((const WSK_PROVIDER_BASIC_DISPATCH *)Socket->Dispatch)
        ->WskControlSocket(Socket, WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET, sizeof(Control), &Control, 0, NULL,
                           NULL, Irp);
}

static NTSTATUS WSKAPI DisableInside(PVOID SocketContext, ULONG Flags, PSOCKADDR LocalAddress,
                                     PSOCKADDR RemoteAddress, PWSK_SOCKET AcceptSocket, PVOID *AcceptSocketContext,
                                     CONST WSK_CLIENT_CONNECTION_DISPATCH **AcceptSocketDispatch)
{
    SELF *Self = SocketContext;

    UNREFERENCED_PARAMETER(Flags);
    UNREFERENCED_PARAMETER(LocalAddress);
    UNREFERENCED_PARAMETER(RemoteAddress);
    if (!AcceptSocket)
    {
        return STATUS_REQUEST_NOT_ACCEPTED;
    }
    InterlockedExchange(&Self->InCallback, 1);
    InterlockedIncrement(&Self->Calls);
    Self->Accepted = AcceptSocket;
    *AcceptSocketContext = NULL;
    *AcceptSocketDispatch = NULL;
    Self->Returned = Disable(Self->Listener, Self->Mask, Self->Op ? Self->Op->Irp : NULL);
    if (Self->Op)
    {
        Self->Op->Returned = Self->Returned;
    }
    InterlockedExchange(&Self->InCallback, 0);
    KeSetEvent(&Self->Called, IO_NO_INCREMENT, FALSE);
    return STATUS_SUCCESS;
}

static VOID NoteInCallback(WC_OP *Op)
{
    SELF *Self = Op->Context;

    InterlockedExchange(&Self->CompletedInCallback, InterlockedCompareExchange(&Self->InCallback, 0, 0));
    WcSignal(Op);
}

static const WSK_CLIENT_LISTEN_DISPATCH DisablingTable = {DisableInside, NULL, NULL};

static void CheckDisabled(SELF *Self, WC_SOCK *Listener)
{
    struct peer *Late = peer_connect(WC_PEER_FAMILY(Listener->Family), WcPort(Listener));

    CHECK(Late != NULL);
    WcAccept(Listener);
    CHECK_EQ(Self->Calls, 1);
    peer_close(Late);
}

static struct peer *RunDisable(SELF *Self, WC_SOCK *Listener)
{
    struct peer *Peer;

    Self->Listener = Listener->Wsk;
    CHECK_STATUS(WcSetEvents(Listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    Peer = peer_connect(WC_PEER_FAMILY(Listener->Family), WcPort(Listener));
    CHECK(Peer != NULL);
    WcWaitEvent(&Self->Called, "the accept callback");
    WcAdopt(Listener->Client, (ULONG_PTR)Self->Accepted, WSK_FLAG_CONNECTION_SOCKET, Listener->Family);
    return Peer;
}

TEST_BOTH(EVT_19, disabling_inside_the_callback_without_an_irp)
{
    static SELF Self;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, &Self, &DisablingTable);
    struct peer *Peer;

    COVERS("EVT-20", "EVT-22", "EVT-21", "EVT-16", "BASIC-08", "EVT-34");
    CHECK(NT_SUCCESS(STATUS_EVENT_PENDING));
    RtlZeroMemory(&Self, sizeof(Self));
    KeInitializeEvent(&Self.Called, NotificationEvent, FALSE);
    Self.Mask = WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE;
    Peer = RunDisable(&Self, Listener);
    CHECK_STATUS(Self.Returned, STATUS_EVENT_PENDING);
    CheckDisabled(&Self, Listener);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(EVT_18, disabling_inside_the_callback_with_an_irp)
{
    static SELF Self;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, &Self, &DisablingTable);
    struct peer *Peer;

    COVERS("EVT-22", "EVT-21", "EVT-16");
    RtlZeroMemory(&Self, sizeof(Self));
    KeInitializeEvent(&Self.Called, NotificationEvent, FALSE);
    Self.Mask = WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE;
    Self.Op = WcOp(Client, "the disabling of the accept event");
    Self.Op->Then = NoteInCallback;
    Self.Op->Context = &Self;
    Peer = RunDisable(&Self, Listener);
    CHECK_STATUS(Self.Returned, STATUS_PENDING);
    CHECK_STATUS(WcWait(Self.Op), STATUS_SUCCESS);
    CHECK_EQ(Self.CompletedInCallback, 0);
    CheckDisabled(&Self, Listener);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(EVT_17, disabling_with_an_irp_while_nothing_runs)
{
    static SELF Self;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, &Self, &DisablingTable);
    WC_OP *Op = WcOp(Client, "the disabling of the accept event");
    struct peer *Peer;

    COVERS("EVT-21", "EVT-23");
    RtlZeroMemory(&Self, sizeof(Self));
    CHECK_STATUS(WcSetEvents(Listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    Op->Returned = Disable(Listener->Wsk, WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE, Op->Irp);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listener));
    CHECK(Peer != NULL);
    WcAccept(Listener);
    CHECK_EQ(Self.Calls, 0);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(EVT_15, one_event_is_disabled_at_a_time)
{
    static SELF Self;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, &Self, &DisablingTable);

    COVERS("AMB-21");
    CHECK_STATUS(WcSetEvents(Listener, WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WcSetEvents(Listener, WSK_EVENT_DISABLE), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WcSetEvents(Listener, 0x1000 | WSK_EVENT_DISABLE), STATUS_INVALID_PARAMETER);
    WcClose(Client);
}

TEST_BOTH(AMB_22, enabling_with_an_irp_is_tolerated)
{
    static SELF Self;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, &Self, &DisablingTable);
    WC_OP *Op = WcOp(Client, "the enabling of the accept event");

    COVERS("EVT-09");
    Op->Returned = Disable(Listener->Wsk, WSK_EVENT_ACCEPT, Op->Irp);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 0);
    WcClose(Client);
}

/* The listener's callback goes on and off while connections keep coming: each
 * is seen once, by a callback or by a request. */
typedef struct _COUNTING
{
    WC_CLIENT *Client;
    volatile LONG Calls;
    volatile PWSK_SOCKET Sockets[200];
} COUNTING;

static NTSTATUS WSKAPI CountAccept(PVOID SocketContext, ULONG Flags, PSOCKADDR LocalAddress, PSOCKADDR RemoteAddress,
                                   PWSK_SOCKET AcceptSocket, PVOID *AcceptSocketContext,
                                   CONST WSK_CLIENT_CONNECTION_DISPATCH **AcceptSocketDispatch)
{
    COUNTING *Counting = SocketContext;

    UNREFERENCED_PARAMETER(Flags);
    UNREFERENCED_PARAMETER(LocalAddress);
    UNREFERENCED_PARAMETER(RemoteAddress);
    if (AcceptSocket)
    {
        *AcceptSocketContext = NULL;
        *AcceptSocketDispatch = NULL;
        Counting->Sockets[InterlockedIncrement(&Counting->Calls) - 1] = AcceptSocket;
    }
    return STATUS_SUCCESS;
}

TEST_BOTH(EVT_21, disabling_is_exact)
{
    enum { Rounds = 100 };
    static const WSK_CLIENT_LISTEN_DISPATCH Table = {CountAccept, NULL, NULL};
    static COUNTING Counting;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, &Counting, &Table);
    struct peer *Peers[Rounds];
    LONG ByRequest = 0;

    COVERS("EVT-17", "EVT-18", "EVT-23", "EVT-14", "LISTEN-43");
    RtlZeroMemory(&Counting, sizeof(Counting));
    for (int i = 0; i < Rounds; i++)
    {
        WC_OP *Op = WcOp(Client, "the disabling of the accept event");
        LONG Calls;

        CHECK_STATUS(WcSetEvents(Listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
        Peers[i] = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listener));
        CHECK(Peers[i] != NULL);
        Op->Returned = Disable(Listener->Wsk, WSK_EVENT_ACCEPT | WSK_EVENT_DISABLE, Op->Irp);
        CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
        /* From here on the count stands still, and the connection is somewhere. */
        Calls = InterlockedCompareExchange(&Counting.Calls, 0, 0);
        if (Calls + ByRequest == i)
        {
            WcAccept(Listener);
            ByRequest++;
        }
        CHECK_EQ(InterlockedCompareExchange(&Counting.Calls, 0, 0), Calls);
        CHECK_EQ(Calls + ByRequest, i + 1);
    }
    for (LONG i = 0; i < Counting.Calls; i++)
    {
        WcAdopt(Client, (ULONG_PTR)Counting.Sockets[i], WSK_FLAG_CONNECTION_SOCKET, Family);
    }
    for (int i = 0; i < Rounds; i++)
    {
        peer_close(Peers[i]);
    }
    WcClose(Client);
}
