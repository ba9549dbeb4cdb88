// SPDX-License-Identifier: MIT
/*
 * WskReceiveEvent: full, partial and refused data, its order with WskReceive
 * (areas CONN and EVT). Retained lists are in event_retain.c.
 */
#include "support/wskevents.h"

#define BULK ((SIZE_T)1 << 20)

TEST_BOTH(CONN_41, data_is_indicated)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, 1000);
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("CONN-44", "CONN-45", "CONN-43", "EVT-04", "EVT-10", "EVT-30", "EVT-31", "EVT-32", "EVT-13");
    EvInit(&Ev, Client, 1000);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    CHECK_EQ(peer_send_all(Peer, Data, 100), 0);
    EvWaitLength(&Ev, 100);
    CHECK_EQ(Ev.Buffers, 1);
    CHECK(Ev.Flags & WSK_FLAG_AT_DISPATCH_LEVEL);
    CHECK(!(Ev.AllFlags & (WSK_FLAG_RELEASE_ASAP | WSK_FLAG_ENTIRE_MESSAGE)));
    CHECK_EQ(peer_send_all(Peer, Data + 100, 900), 0);
    EvWaitLength(&Ev, 1000);
    EvCheckStream(&Ev, 1000);
    CHECK_EQ(Ev.Disconnects + Ev.Backlogs + Ev.Deads, 0);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_42, callbacks_are_serial_and_in_order)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, BULK);
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("EVT-35", "CONN-43");
    EvInit(&Ev, Client, BULK);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    CHECK_EQ(peer_send_all(Peer, Data, BULK), 0);
    EvWaitLength(&Ev, BULK);
    EvCheckStream(&Ev, BULK);
    CHECK(Ev.Receives > 1);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(EVT_14, enabling_with_data_waiting_indicates_it)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, 64);
    ULONG Waiting = 0;
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("EVT-23");
    EvInit(&Ev, Client, 64);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    CHECK_EQ(peer_send_all(Peer, Data, 64), 0);
    for (SIZE_T Backlog = 0; Backlog < 64; Waiting++)
    {
        CHECK_STATUS(WcWait(WcStartControl(Socket, WskIoctl, SIO_WSK_QUERY_RECEIVE_BACKLOG, 0, 0, NULL,
                                           sizeof(Backlog), &Backlog)),
                     STATUS_SUCCESS);
    }
    CHECK_EQ(Ev.Order, 0);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    EvWaitLength(&Ev, 64);
    EvCheckStream(&Ev, 64);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(EVT_23, data_that_comes_while_disabled_waits_for_receives_and_for_enabling)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, 400), Taken[100];
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("EVT-17", "EVT-21", "EVT-42");
    EvInit(&Ev, Client, 400);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    CHECK_EQ(peer_send_all(Peer, Data, 100), 0);
    EvWaitLength(&Ev, 100);
    /* A receive for the event is armed now: what it brings is nobody's yet. */
    CHECK_STATUS(WcWait(EvStartControl(Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE)), STATUS_SUCCESS);
    CHECK_EQ(peer_send_all(Peer, Data + 100, 300), 0);
    CHECK(EvStaysQuiet(&Ev));
    WcReceiveData(Socket, Taken, 100);
    CHECK(WcIsFilled(Taken, 100, 100));
    RtlCopyMemory(Ev.Stream + 100, Taken, 100);
    Ev.Length = 200;
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    EvWaitLength(&Ev, 400);
    EvCheckStream(&Ev, 400);
    peer_close(Peer);
    WcClose(Client);
}

/* Given half of the data taken, then nothing more comes until a WskReceive, which
 * gets the following bytes, and then the event comes with the rest. */
TEST_BOTH(CONN_46, what_was_not_taken_is_received_next)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, 300), Taken[50];
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("CONN-51", "EVT-42", "AMB-58");
    EvInit(&Ev, Client, 300);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    EvAnswer(&Ev, STATUS_SUCCESS, 40, 1);
    CHECK_EQ(peer_send_all(Peer, Data, 100), 0);
    EvWaitReceives(&Ev, 1);
    CHECK_EQ(Ev.Length, 40);
    CHECK_EQ(peer_send_all(Peer, Data + 100, 200), 0);
    CHECK(EvStaysQuiet(&Ev));
    WcReceiveData(Socket, Taken, 50);
    CHECK(WcIsFilled(Taken, 50, 40));
    EvWaitLength(&Ev, 250); /* 40 before, 210 after the receive's 50 */
    CHECK(WcIsFilled(Ev.Stream, 40, 0));
    CHECK(WcIsFilled(Ev.Stream + 40, 210, 90));
    EvCheckCalls(&Ev);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_48, refused_data_comes_again_after_a_receive)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, 300), Taken[300];
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("CONN-50", "CONN-51", "AMB-37");
    EvInit(&Ev, Client, 300);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    EvAnswer(&Ev, STATUS_DATA_NOT_ACCEPTED, 7, 2); /* the 7 does not count */
    CHECK_EQ(peer_send_all(Peer, Data, 100), 0);
    EvWaitReceives(&Ev, 1);
    CHECK_EQ(peer_send_all(Peer, Data + 100, 200), 0);
    CHECK(EvStaysQuiet(&Ev));
    WcReceiveData(Socket, Taken, 10);
    CHECK(WcIsFilled(Taken, 10, 0));
    EvWaitReceives(&Ev, 2); /* resumed with the rest, and refused again */
    CHECK_EQ(Ev.Length, 0);
    CHECK(EvStaysQuiet(&Ev));
    WcReceiveData(Socket, Taken + 10, 290);
    CHECK(WcIsFilled(Taken, 300, 0));
    EvCheckCalls(&Ev);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_49, an_empty_receive_resumes_events_and_takes_nothing)
{
    static const struct
    {
        NTSTATUS Answer;
        SIZE_T Take;
    } Cases[] = {{STATUS_DATA_NOT_ACCEPTED, EV_TAKE_ALL}, {STATUS_SUCCESS, 30}, {STATUS_SUCCESS, 0}};
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, 300);
    WSK_BUF Nothing = {NULL, 0, 0};
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("CONN-38", "CONN-46", "CONN-48", "AMB-37");
    EvInit(&Ev, Client, 300);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Cases); i++)
    {
        LONG Before = EvRead(&Ev, &Ev.Receives);
        WC_OP *Op;

        EvAnswer(&Ev, Cases[i].Answer, Cases[i].Take, 1);
        CHECK_EQ(peer_send_all(Peer, Data + 100 * i, 100), 0);
        EvWaitReceives(&Ev, Before + 1);
        CHECK(EvStaysQuiet(&Ev));
        Op = WcStartReceive(Socket, Nothing, 0);
        CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
        CHECK_EQ(Op->Information, 0);
        EvWaitLength(&Ev, 100 * (i + 1));
        EvCheckStream(&Ev, 100 * (i + 1));
    }
    peer_close(Peer);
    WcClose(Client);
}

/* ---- WskReceive inside the callback --------------------------------------------------- */

typedef struct _INSIDE
{
    WC_SOCK *Socket;
    WC_OP *Op;
    WSK_BUF Buffer;
} INSIDE;

static VOID ReceiveOnce(EV *Ev)
{
    INSIDE *Inside = Ev->HookContext;

    Ev->Hook = NULL;
    WcIssueReceive(Inside->Op, Inside->Socket, Inside->Buffer, 0);
}

TEST_BOTH(AMB_58, a_receive_inside_the_callback_gets_what_it_refuses)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, 200);
    WC_BUF *Buffer = WcBuffer(Client, 60);
    INSIDE Inside = {.Op = WcKeptOp(Client, "a receive inside the callback"), .Buffer = Buffer->Buf};
    UCHAR Taken[60];
    struct peer *Peer;

    COVERS("CONN-48", "CONN-51", "EVT-33", "EVT-34", "EVT-42");
    EvInit(&Ev, Client, 200);
    EvPeerPair(Client, Family, &Ev, &Inside.Socket, &Peer);
    Ev.Hook = ReceiveOnce;
    Ev.HookContext = &Inside;
    EvAnswer(&Ev, STATUS_DATA_NOT_ACCEPTED, EV_TAKE_ALL, 1);
    CHECK_EQ(peer_send_all(Peer, Data, 100), 0);
    CHECK_STATUS(WcSetEvents(Inside.Socket, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    EvWaitReceives(&Ev, 1);
    CHECK_STATUS(WcWait(Inside.Op), STATUS_SUCCESS);
    CHECK_EQ(Inside.Op->Information, 60);
    WcGet(Buffer, 0, Taken, 60);
    CHECK(WcIsFilled(Taken, 60, 0));
    /* The receive also lets events resume: with what it did not take. */
    EvWaitLength(&Ev, 40);
    CHECK(WcIsFilled(Ev.Stream, 40, 60));
    CHECK_EQ(peer_send_all(Peer, Data + 100, 100), 0);
    EvWaitLength(&Ev, 140);
    CHECK(WcIsFilled(Ev.Stream, 140, 60));
    EvCheckCalls(&Ev);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_40, a_pending_receive_comes_before_the_event)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, 200), Taken[100];
    WC_BUF *Buffer = WcBuffer(Client, 100);
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_OP *Op;

    COVERS("EVT-36", "EVT-42");
    EvInit(&Ev, Client, 200);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    /* The receive for the event is armed, or not: the request comes first all the same. */
    for (int i = 0; i < 2; i++)
    {
        Op = WcStartReceive(Socket, Buffer->Buf, WSK_FLAG_WAITALL);
        CHECK_STATUS(Op->Returned, STATUS_PENDING);
        CHECK_EQ(peer_send_all(Peer, Data + 100 * i, 50), 0);
        CHECK(EvStaysQuiet(&Ev));
        CHECK_EQ(peer_send_all(Peer, Data + 100 * i + 50, 50), 0);
        CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
        CHECK_EQ(Op->Information, 100);
        WcGet(Buffer, 0, Taken, 100);
        CHECK(WcIsFilled(Taken, 100, 100 * i));
    }
    CHECK_EQ(Ev.Order, 0);
    peer_close(Peer);
    WcClose(Client);
}

/* Given receives and events at random, then every byte comes once and in order. */
TEST_BOTH(EVT_42, receives_and_events_share_one_stream)
{
    static EV Ev;
    static UCHAR Whole[65536];
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, sizeof(Whole));
    ULONG Seed = 42;
    SIZE_T Sent = 0, Got = 0;
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("CONN-39", "CONN-51");
    EvInit(&Ev, Client, sizeof(Whole));
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    while (Got < sizeof(Whole))
    {
        SIZE_T Piece = 1 + WcRandom(&Seed) % 3000;
        BOOLEAN Event = WcRandom(&Seed) % 2;

        Piece = min(Piece, sizeof(Whole) - Sent);
        EvAnswer(&Ev, WcRandom(&Seed) % 2 ? STATUS_SUCCESS : STATUS_DATA_NOT_ACCEPTED, WcRandom(&Seed) % 100, 1);
        if (Event)
        {
            CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
        }
        CHECK_EQ(peer_send_all(Peer, Data + Sent, Piece), 0);
        Sent += Piece;
        if (Event)
        {
            /* One answer that leaves something behind, or not: then the event is off. */
            EvWaitReceives(&Ev, 1);
            CHECK_STATUS(WcWait(EvStartControl(Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE)), STATUS_SUCCESS);
            RtlCopyMemory(Whole + Got, Ev.Stream, Ev.Length);
            Got += Ev.Length;
            Ev.Length = 0;
            Ev.Receives = 0;
        }
        WcReceiveData(Socket, Whole + Got, Sent - Got);
        Got = Sent;
    }
    CHECK(WcIsFilled(Whole, sizeof(Whole), 0));
    EvCheckCalls(&Ev);
    peer_close(Peer);
    WcClose(Client);
}
