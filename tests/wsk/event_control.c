// SPDX-License-Identifier: MIT
/*
 * SO_WSK_EVENT_CALLBACK on connections: what it refuses, disabling while the
 * callback runs, and the send backlog event (area EVT). For listeners: event.c.
 */
#include "support/wskevents.h"

#define ALL (WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT | WSK_EVENT_SEND_BACKLOG)

static NTSTATUS Control(PWSK_SOCKET Socket, ULONG Mask, PIRP Irp)
{
    WSK_EVENT_CALLBACK_CONTROL Input = {&NPI_WSK_INTERFACE_ID, Mask};

    return ((const WSK_PROVIDER_BASIC_DISPATCH *)Socket->Dispatch)
        ->WskControlSocket(Socket, WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET, sizeof(Input), &Input, 0, NULL,
                           NULL, Irp);
}

/* ---- what is refused ---------------------------------------------------------------------- */

TEST_BOTH(EVT_13, events_of_connections_need_a_connection)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket = WcSocket(Client, Family, WSK_FLAG_CONNECTION_SOCKET, &Ev, &EvTable);
    WC_SOCK *Unbound = WcSocket(Client, Family, WSK_FLAG_LISTEN_SOCKET, NULL, NULL);
    WC_ADDR Address = WcAny(Family, 0);

    COVERS("EVT-12", "AMB-19");
    EvInit(&Ev, Client, 1);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE), STATUS_INVALID_DEVICE_STATE);
    CHECK_STATUS(WcSetEvents(Unbound, WSK_EVENT_RECEIVE), STATUS_INVALID_DEVICE_STATE);
    CHECK_STATUS(WcBind(Socket, &Address), STATUS_SUCCESS);
    CHECK_STATUS(WcSetEvents(Socket, ALL), STATUS_INVALID_DEVICE_STATE);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE), STATUS_INVALID_DEVICE_STATE);
    WcClose(Client);
}

TEST_BOTH(EVT_04, events_of_other_categories_are_refused)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("EVT-02", "EVT-03", "EVT-08", "AMB-19", "AMB-21", "EVT-15");
    EvInit(&Ev, Client, 1);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_ACCEPT), STATUS_INVALID_DEVICE_REQUEST);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE_FROM), STATUS_INVALID_DEVICE_REQUEST);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE | WSK_EVENT_ACCEPT), STATUS_INVALID_DEVICE_REQUEST);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE | 0x1000), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WcSetEvents(Socket, 0), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WcSetEvents(Socket, ALL | WSK_EVENT_DISABLE), STATUS_INVALID_PARAMETER);
    CHECK_EQ(peer_send_all(Peer, "x", 1), 0); /* nothing was changed */
    CHECK(EvStaysQuiet(&Ev));
    CHECK_EQ(Ev.Order, 0);
    peer_close(Peer);
    WcClose(Client);
}

/* Given a table with one callback missing, then its event is refused, alone and
 * among others, and nothing is changed. */
TEST_BOTH(AMB_20, an_event_without_a_callback_is_refused)
{
    static const ULONG Masks[] = {WSK_EVENT_RECEIVE, WSK_EVENT_DISCONNECT, WSK_EVENT_SEND_BACKLOG};
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    USHORT Port = 0;
    struct peer *Listener = peer_listen(WC_PEER_FAMILY(Family), &Port);

    COVERS("EVT-11");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Masks); i++)
    {
        WSK_CLIENT_CONNECTION_DISPATCH Table = EvTable;
        WC_SOCK *Socket = EvConnect(Client, Family, Port, NULL, NULL);
        struct peer *Peer = peer_accept(Listener);

        CHECK_STATUS(WcSetEvents(Socket, Masks[i]), STATUS_INVALID_PARAMETER);
        WcCloseSocket(Socket);
        peer_close(Peer);
        EvInit(&Ev, Client, 10);
        ((PVOID *)&Table)[i] = NULL;
        Socket = EvConnect(Client, Family, Port, &Ev, &Table);
        Peer = peer_accept(Listener);
        CHECK_STATUS(WcSetEvents(Socket, Masks[i]), STATUS_INVALID_PARAMETER);
        CHECK_STATUS(WcSetEvents(Socket, ALL), STATUS_INVALID_PARAMETER);
        CHECK_STATUS(WcSetEvents(Socket, ALL & ~Masks[i]), STATUS_SUCCESS);
        CHECK_STATUS(WcSetEvents(Socket, Masks[i] | WSK_EVENT_DISABLE), STATUS_SUCCESS);
        WcCloseSocket(Socket);
        peer_close(Peer);
    }
    peer_close(Listener);
    WcClose(Client);
}

TEST_BOTH(AMB_22, enabling_connection_events_with_an_irp_is_tolerated)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, 5);
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("EVT-09");
    EvInit(&Ev, Client, 5);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    CHECK_STATUS(WcWait(EvStartControl(Socket, ALL)), STATUS_SUCCESS);
    CHECK_EQ(peer_send_all(Peer, Data, 5), 0);
    EvWaitLength(&Ev, 5);
    peer_close(Peer);
    WcClose(Client);
}

/* ---- disabling while the callback runs -------------------------------------------------- */

typedef struct _SELF
{
    PWSK_SOCKET Socket;
    WC_OP *Op; /* NULL: without an IRP */
    ULONG Mask;
    NTSTATUS Returned;
    volatile LONG InCallback, CompletedInCallback;
} SELF;

static VOID DisableInside(EV *Ev)
{
    SELF *Self = Ev->HookContext;

    InterlockedExchange(&Self->InCallback, 1);
    Self->Returned = Control(Self->Socket, Self->Mask, Self->Op ? Self->Op->Irp : NULL);
    if (Self->Op)
    {
        Self->Op->Returned = Self->Returned;
    }
    InterlockedExchange(&Self->InCallback, 0);
}

static VOID NoteInCallback(WC_OP *Op)
{
    SELF *Self = Op->Context;

    InterlockedExchange(&Self->CompletedInCallback, InterlockedCompareExchange(&Self->InCallback, 0, 0));
    WcSignal(Op);
}

static void TryDisableInside(ADDRESS_FAMILY Family, ULONG Event, BOOLEAN WithIrp)
{
    static EV Ev;
    static SELF Self;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;

    RtlZeroMemory(&Self, sizeof(Self));
    EvInit(&Ev, Client, 16);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    Self.Socket = Socket->Wsk;
    Self.Mask = Event | WSK_EVENT_DISABLE;
    if (WithIrp)
    {
        Self.Op = WcOp(Client, "disabling inside the callback");
        Self.Op->Then = NoteInCallback;
        Self.Op->Context = &Self;
    }
    Ev.HookContext = &Self;
    *(Event == WSK_EVENT_RECEIVE ? &Ev.Hook : &Ev.DisconnectHook) = DisableInside;
    CHECK_STATUS(WcSetEvents(Socket, Event), STATUS_SUCCESS);
    if (Event == WSK_EVENT_RECEIVE)
    {
        CHECK_EQ(peer_send_all(Peer, "a", 1), 0);
        EvWaitReceives(&Ev, 1);
    }
    else
    {
        peer_shutdown(Peer);
        EvWaitDisconnects(&Ev, 1);
    }
    CHECK_STATUS(Self.Returned, WithIrp ? STATUS_PENDING : STATUS_EVENT_PENDING);
    if (WithIrp)
    {
        CHECK_STATUS(WcWait(Self.Op), STATUS_SUCCESS);
        CHECK_EQ(Self.CompletedInCallback, 0);
    }
    if (Event == WSK_EVENT_RECEIVE)
    {
        char Byte = 0;

        CHECK_EQ(peer_send_all(Peer, "b", 1), 0);
        CHECK(EvStaysQuiet(&Ev));
        WcReceiveData(Socket, &Byte, 1);
        CHECK_EQ(Byte, 'b');
    }
    CHECK_EQ(Ev.Order, 1);
    EvCheckCalls(&Ev);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(EVT_19, disabling_a_receive_event_inside_it_without_an_irp)
{
    COVERS("EVT-20", "EVT-22", "EVT-21", "EVT-16");
    TryDisableInside(Family, WSK_EVENT_RECEIVE, FALSE);
}

TEST_BOTH(EVT_18, disabling_a_receive_event_inside_it_with_an_irp)
{
    COVERS("EVT-22", "EVT-21", "EVT-16");
    TryDisableInside(Family, WSK_EVENT_RECEIVE, TRUE);
}

TEST_BOTH(EVT_19, disabling_a_disconnect_event_inside_it_without_an_irp)
{
    COVERS("EVT-22");
    TryDisableInside(Family, WSK_EVENT_DISCONNECT, FALSE);
}

TEST_BOTH(EVT_18, disabling_a_disconnect_event_inside_it_with_an_irp)
{
    COVERS("EVT-22");
    TryDisableInside(Family, WSK_EVENT_DISCONNECT, TRUE);
}

/* Another event than the one whose callback runs is disabled at once. */
static VOID DisableOther(EV *Ev)
{
    SELF *Self = Ev->HookContext;

    Self->Returned = Control(Self->Socket, WSK_EVENT_DISCONNECT | WSK_EVENT_DISABLE, NULL);
}

TEST_BOTH(EVT_17, disabling_another_event_inside_a_callback)
{
    static EV Ev;
    static SELF Self;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;

    RtlZeroMemory(&Self, sizeof(Self));
    EvInit(&Ev, Client, 1);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    Self.Socket = Socket->Wsk;
    Ev.Hook = DisableOther;
    Ev.HookContext = &Self;
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT), STATUS_SUCCESS);
    CHECK_EQ(peer_send_all(Peer, "a", 1), 0);
    EvWaitReceives(&Ev, 1);
    CHECK_STATUS(Self.Returned, STATUS_SUCCESS);
    peer_shutdown(Peer);
    WcExpectEnd(Socket);
    CHECK(EvStaysQuiet(&Ev));
    CHECK_EQ(Ev.Disconnects, 0);
    peer_close(Peer);
    WcClose(Client);
}

/* ---- closing inside a callback ---------------------------------------------------------- */

typedef struct _CLOSING
{
    PWSK_SOCKET Socket;
    WC_OP *Op;
    volatile LONG Inside, CompletedInside;
} CLOSING;

static VOID CloseInside(EV *Ev)
{
    CLOSING *Closing = Ev->HookContext;

    InterlockedExchange(&Closing->Inside, 1);
    Closing->Op->Returned = ((const WSK_PROVIDER_BASIC_DISPATCH *)Closing->Socket->Dispatch)
                                ->WskCloseSocket(Closing->Socket, Closing->Op->Irp);
    InterlockedExchange(&Closing->Inside, 0);
}

static VOID NoteInside(WC_OP *Op)
{
    CLOSING *Closing = Op->Context;

    InterlockedExchange(&Closing->CompletedInside, InterlockedCompareExchange(&Closing->Inside, 0, 0));
    WcSignal(Op);
}

/* Given a close inside a callback, whatever that answers, then it completes after
 * the callback's return, and no further one comes. */
TEST_BOTH(AMB_40, closing_inside_a_receive_callback)
{
    static const NTSTATUS Answers[] = {STATUS_SUCCESS, STATUS_DATA_NOT_ACCEPTED, STATUS_PENDING};
    static EV Ev;
    static CLOSING Closing;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, 100000);
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("EVT-41", "EVT-33", "AMB-39");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Answers); i++)
    {
        RtlZeroMemory(&Closing, sizeof(Closing));
        EvInit(&Ev, Client, 100000);
        EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
        Closing.Socket = Socket->Wsk;
        Closing.Op = WcOp(Client, "closing inside the callback");
        Closing.Op->Then = NoteInside;
        Closing.Op->Context = &Closing;
        Ev.Hook = CloseInside;
        Ev.HookContext = &Closing;
        EvAnswer(&Ev, Answers[i], EV_TAKE_ALL, -1);
        CHECK_EQ(peer_send_all(Peer, Data, 100000), 0);
        CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT), STATUS_SUCCESS);
        EvWaitReceives(&Ev, 1);
        CHECK_STATUS(Closing.Op->Returned, STATUS_PENDING);
        CHECK_STATUS(WcWait(Closing.Op), STATUS_SUCCESS);
        CHECK_EQ(Closing.CompletedInside, 0);
        CHECK(EvStaysQuiet(&Ev));
        CHECK_EQ(Ev.Order, 1);
        EvCheckCalls(&Ev);
        EvReleaseAll(&Ev, Closing.Socket);
        Socket->Wsk = NULL;
        CHECK_EQ(peer_expect_reset(Peer), 0);
        peer_close(Peer);
    }
    WcClose(Client);
}

/* ---- WskSendBacklogEvent -------------------------------------------------------------------- */

static SIZE_T QueryBacklog(WC_SOCK *Socket)
{
    SIZE_T Bytes = WC_POISON_SIZE;

    CHECK_STATUS(WcWait(WcStartControl(Socket, WskIoctl, SIO_WSK_QUERY_IDEAL_SEND_BACKLOG, 0, 0, NULL, sizeof(Bytes),
                                       &Bytes)),
                 STATUS_SUCCESS);
    return Bytes;
}

/* Given a send buffer that grows, then the event tells the value that a query gives. */
TEST_BOTH(CONN_73, the_backlog_event_tells_what_a_query_gives)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    SIZE_T First;

    COVERS("CONN-72", "CONN-74", "AMB-41");
    EvInit(&Ev, Client, 1);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    CHECK_STATUS(WcSetOption(Socket, SOL_SOCKET, SO_SNDBUF, 70000), STATUS_SUCCESS);
    First = QueryBacklog(Socket);
    CHECK(First >= 65536);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_SEND_BACKLOG), STATUS_SUCCESS);
    CHECK_STATUS(WcSetOption(Socket, SOL_SOCKET, SO_SNDBUF, 71000), STATUS_SUCCESS);
    CHECK(EvStaysQuiet(&Ev)); /* not worth an event, and the answer is the same */
    CHECK_EQ(QueryBacklog(Socket), First);
    CHECK_EQ(Ev.Order, 0);
    CHECK_STATUS(WcSetOption(Socket, SOL_SOCKET, SO_SNDBUF, 200000), STATUS_SUCCESS);
    EvWaitBacklogs(&Ev, 1);
    CHECK(Ev.Backlog > First);
    CHECK_EQ(QueryBacklog(Socket), Ev.Backlog);
    CHECK_STATUS(WcWait(EvStartControl(Socket, WSK_EVENT_SEND_BACKLOG | WSK_EVENT_DISABLE)), STATUS_SUCCESS);
    CHECK_STATUS(WcSetOption(Socket, SOL_SOCKET, SO_SNDBUF, 70000), STATUS_SUCCESS);
    CHECK(EvStaysQuiet(&Ev));
    CHECK_EQ(QueryBacklog(Socket), First);
    CHECK_EQ(Ev.Backlogs, 1);
    peer_close(Peer);
    WcClose(Client);
}
