// SPDX-License-Identifier: MIT
/*
 * Events that meet disabling, closing and releasing on another thread, in bounded
 * loops (areas EVT and CONN).
 */
#include "support/wskevents.h"

#define ROUNDS 100

/* A peer that sends position-coded bytes from a thread of its own. */
typedef struct _SENDER
{
    struct peer *Peer;
    UCHAR *Data;
    SIZE_T Length;
} SENDER;

static void Send(void *Context)
{
    SENDER *Sender = Context;

    (void)peer_send_all(Sender->Peer, Sender->Data, Sender->Length);
}

/* Given the event turned on and off while data comes, then after each disable no
 * callback comes, and every byte is taken once, by the event or by a request. */
TEST_BOTH(EVT_21, disabling_a_receive_event_is_exact)
{
    enum { Each = 3 };
    static EV Ev;
    static UCHAR Whole[ROUNDS * Each];
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, sizeof(Whole));
    ULONG ByEvent = 0;
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("EVT-17", "EVT-18", "EVT-23", "EVT-42");
    EvInit(&Ev, Client, Each);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    for (SIZE_T Got = 0; Got < sizeof(Whole); Got += Each)
    {
        CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
        CHECK_EQ(peer_send_all(Peer, Data + Got, Each), 0);
        CHECK_STATUS(WcWait(EvStartControl(Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE)), STATUS_SUCCESS);
        /* From here on the stream stands still; the rest waits for a request. */
        RtlCopyMemory(Whole + Got, Ev.Stream, Ev.Length);
        ByEvent += Ev.Length != 0;
        WcReceiveData(Socket, Whole + Got + Ev.Length, Each - Ev.Length);
        Ev.Length = 0;
    }
    CHECK(WcIsFilled(Whole, sizeof(Whole), 0));
    EvCheckCalls(&Ev);
    CHECK_EQ(Ev.Receives >= (LONG)ByEvent, 1);
    peer_close(Peer);
    WcClose(Client);
}

/* Given a close while callbacks run, then none runs or starts once it has completed. */
TEST_BOTH(EVT_41, closing_while_data_is_indicated)
{
    enum { Length = 200000 };
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    SENDER Sender = {.Data = EvBytes(Client, Length), .Length = Length};
    ULONG Seed = 7;
    WC_SOCK *Socket;
    WC_THREAD Thread;

    COVERS("AMB-40", "EVT-34");
    for (int i = 0; i < ROUNDS; i++)
    {
        LONG Order;

        EvInit(&Ev, Client, Length);
        EvAnswer(&Ev, i % 3 == 0 ? STATUS_DATA_NOT_ACCEPTED : STATUS_SUCCESS, WcRandom(&Seed) % 1000, -(i % 2));
        EvPeerPair(Client, Family, &Ev, &Socket, &Sender.Peer);
        CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT), STATUS_SUCCESS);
        WcRun(&Thread, Send, &Sender, "a sending peer");
        if (i % 4)
        {
            EvWaitReceives(&Ev, i % 4 == 1 ? 1 : i % 2);
        }
        WcCloseSocket(Socket);
        Order = EvRead(&Ev, &Ev.Order);
        CHECK_EQ(Ev.Inside, 0);
        WcJoin(&Thread);
        CHECK_EQ(EvRead(&Ev, &Ev.Order), Order);
        EvCheckCalls(&Ev);
        peer_close(Sender.Peer);
    }
    WcClose(Client);
}

/* ---- release ------------------------------------------------------------------------------ */

/* A thread that releases lists as they come. */
typedef struct _RELEASER
{
    PWSK_SOCKET Socket;
    const WSK_PROVIDER_CONNECTION_DISPATCH *Table;
    PVOID volatile List; /* handed over by the callback, before it returns */
    volatile LONG Stop, Released, Failed;
} RELEASER;

static void Release(void *Context)
{
    RELEASER *Releaser = Context;

    for (;;)
    {
        BOOLEAN Stop = InterlockedCompareExchange(&Releaser->Stop, 0, 0) != 0;
        PVOID List = InterlockedExchangePointer(&Releaser->List, NULL);

        if (List != NULL)
        {
            InterlockedIncrement(
                NT_SUCCESS(Releaser->Table->WskRelease(Releaser->Socket, List)) ? &Releaser->Released : &Releaser->Failed);
        }
        else if (Stop)
        {
            return;
        }
        YieldProcessor();
    }
}

/* Hands the list to the thread, or keeps it when that has one still. */
static VOID HandOver(EV *Ev)
{
    RELEASER *Releaser = Ev->HookContext;

    Ev->Answer = InterlockedCompareExchangePointer(&Releaser->List, Ev->Current, NULL) == NULL ? STATUS_PENDING
                                                                                               : STATUS_SUCCESS;
    Ev->Times = -1;
}

/* Given lists that another thread releases, often before the callback returned,
 * while data comes and until after a close, then each is released once. */
TEST_BOTH(CONN_53, releasing_on_another_thread)
{
    enum { Length = 400000 };
    static EV Ev;
    static RELEASER Releaser;
    WC_CLIENT *Client = WcOpen();
    SENDER Sender = {.Data = EvBytes(Client, Length), .Length = Length};
    WC_SOCK *Socket;
    WC_THREAD Sending, Releasing;

    COVERS("CONN-47", "AMB-39", "CONN-55");
    for (int i = 0; i < 10; i++)
    {
        RtlZeroMemory(&Releaser, sizeof(Releaser));
        EvInit(&Ev, Client, Length);
        Ev.Hook = HandOver;
        Ev.HookContext = &Releaser;
        EvPeerPair(Client, Family, &Ev, &Socket, &Sender.Peer);
        Releaser.Socket = Socket->Wsk;
        Releaser.Table = WcConnTable(Socket);
        WcRun(&Releasing, Release, &Releaser, "a releasing thread");
        CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
        WcRun(&Sending, Send, &Sender, "a sending peer");
        if (i % 2)
        {
            EvWaitLength(&Ev, Length);
            EvCheckStream(&Ev, Length);
        }
        else
        {
            EvWaitReceives(&Ev, 1);
        }
        WcCloseSocket(Socket);
        InterlockedExchange(&Releaser.Stop, 1);
        WcJoin(&Releasing);
        WcJoin(&Sending);
        CHECK_EQ(Releaser.Failed, 0);
        CHECK_EQ(Releaser.Released, Ev.ListCount);
        peer_close(Sender.Peer);
    }
    WcClose(Client);
}

/* Given several lists that are released while the socket is closed. */
TEST_BOTH(AMB_39, releasing_while_closing)
{
    enum { Lists = 6 };
    static EV Ev;
    static RELEASER Releaser;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, Lists);
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_THREAD Thread;

    COVERS("CONN-53", "CONN-54");
    for (int i = 0; i < ROUNDS / 2; i++)
    {
        WC_OP *Op;

        RtlZeroMemory(&Releaser, sizeof(Releaser));
        EvInit(&Ev, Client, Lists);
        EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
        EvAnswer(&Ev, STATUS_PENDING, EV_TAKE_ALL, -1);
        CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
        for (int n = 0; n < Lists; n++)
        {
            CHECK_EQ(peer_send_all(Peer, Data + n, 1), 0);
            EvWaitReceives(&Ev, n + 1);
        }
        Releaser.Socket = Socket->Wsk;
        Releaser.Table = WcConnTable(Socket);
        WcRun(&Thread, Release, &Releaser, "a releasing thread");
        Op = WcStartClose(Socket);
        for (int n = 0; n < Lists; n++)
        {
            while (InterlockedCompareExchangePointer(&Releaser.List, Ev.Lists[n], NULL) != NULL)
            {
                YieldProcessor();
            }
        }
        CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
        InterlockedExchange(&Releaser.Stop, 1);
        WcJoin(&Thread);
        CHECK_EQ(Releaser.Released, Lists);
        CHECK_EQ(Releaser.Failed, 0);
        EvCheckStream(&Ev, Lists);
        peer_close(Peer);
    }
    WcClose(Client);
}

/* ---- the peer's end ------------------------------------------------------------ */

/* Given ends and resets that race data and closes, then each round ends. */
TEST_BOTH(EVT_43, ends_race_data_requests_and_closes)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, 5000);
    ULONG Seed = 99;
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("AMB-56", "AMB-57", "CONN-68");
    for (int i = 0; i < ROUNDS; i++)
    {
        WC_OP *Op = NULL;
        BOOLEAN Reset = WcRandom(&Seed) % 2;
        BOOLEAN Closing = WcRandom(&Seed) % 3 == 0;

        EvInit(&Ev, Client, 5000);
        EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
        CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT), STATUS_SUCCESS);
        CHECK_EQ(peer_send_all(Peer, Data, 1 + WcRandom(&Seed) % 5000), 0);
        if (WcRandom(&Seed) % 2)
        {
            Op = WcStartReceive(Socket, WcBuffer(Client, 100)->Buf, 0);
        }
        (Reset ? peer_reset : peer_shutdown)(Peer);
        if (!Closing)
        {
            EvWaitDisconnects(&Ev, 1);
            CHECK_EQ(Ev.DisconnectFlags[0], Reset ? WSK_FLAG_ABORTIVE : 0);
        }
        WcCloseSocket(Socket);
        if (Op)
        {
            WcWait(Op);
        }
        EvCheckCalls(&Ev);
        CHECK(Ev.Disconnects <= 1);
        if (!Reset)
        {
            peer_close(Peer);
        }
    }
    WcClose(Client);
}
