// SPDX-License-Identifier: MIT
/*
 * WskDisconnectEvent: graceful and abortive ends, their order with data and with
 * requests, and the receive event without data (areas CONN and EVT).
 */
#include "support/wskevents.h"

#define BOTH (WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT)
#define LARGE ((SIZE_T)100000) /* several buffers of the provider */

TEST_BOTH(CONN_68, a_graceful_end_is_told_after_all_data)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, LARGE);
    WC_SOCK *Socket;
    struct peer *Peer;
    char Byte = 0;

    COVERS("CONN-67", "CONN-69", "EVT-43", "EVT-11", "EVT-04");
    EvInit(&Ev, Client, LARGE);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    CHECK_STATUS(WcSetEvents(Socket, BOTH), STATUS_SUCCESS);
    CHECK_EQ(peer_send_all(Peer, Data, LARGE), 0);
    peer_shutdown(Peer);
    EvWaitDisconnects(&Ev, 1);
    CHECK_EQ(Ev.DisconnectFlags[0], 0);
    CHECK_EQ(Ev.DisconnectLength, LARGE);
    EvCheckStream(&Ev, LARGE);
    WcSendData(Socket, "y", 1);
    CHECK_EQ(peer_recv_all(Peer, &Byte, 1), 1);
    CHECK_EQ(Byte, 'y');
    WcExpectEnd(Socket);
    CHECK(EvStaysQuiet(&Ev));
    CHECK_EQ(Ev.Disconnects, 1);
    CHECK_EQ(Ev.Deads, 0);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_70, a_reset_is_told_with_the_abortive_flag)
{
    static const ULONG Masks[] = {BOTH, WSK_EVENT_DISCONNECT};
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("CONN-68", "CONN-67", "EVT-30");
    for (ULONG i = 0; i < RTL_NUMBER_OF(Masks); i++)
    {
        EvInit(&Ev, Client, 16);
        EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
        CHECK_STATUS(WcSetEvents(Socket, Masks[i]), STATUS_SUCCESS);
        peer_reset(Peer);
        EvWaitDisconnects(&Ev, 1);
        CHECK_EQ(Ev.DisconnectFlags[0], WSK_FLAG_ABORTIVE);
        CHECK_STATUS(WcWait(WcStartSend(Socket, WcBuffer(Client, 1)->Buf, 0)), STATUS_CONNECTION_RESET);
        CHECK_STATUS(WcWait(WcStartReceive(Socket, WcBuffer(Client, 1)->Buf, 0)), STATUS_CONNECTION_RESET);
        CHECK(EvStaysQuiet(&Ev));
        CHECK_EQ(Ev.Disconnects, 1);
        CHECK_EQ(Ev.Deads, 0);
        EvCheckStream(&Ev, 0);
        WcCloseSocket(Socket);
    }
    WcClose(Client);
}

/* Given refused data and an end behind it, then the end is told when the data is
 * taken: by the event again, or by a request. */
TEST_BOTH(AMB_57, a_graceful_end_waits_for_refused_data)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, LARGE), *Taken = EvBytes(Client, LARGE);
    WSK_BUF Nothing = {NULL, 0, 0};
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("EVT-43", "CONN-48", "CONN-51");
    for (int ByRequest = 0; ByRequest < 2; ByRequest++)
    {
        EvInit(&Ev, Client, LARGE);
        EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
        CHECK_STATUS(WcSetEvents(Socket, BOTH), STATUS_SUCCESS);
        EvAnswer(&Ev, STATUS_DATA_NOT_ACCEPTED, EV_TAKE_ALL, ByRequest ? -1 : 1);
        CHECK_EQ(peer_send_all(Peer, Data, LARGE), 0);
        peer_shutdown(Peer);
        EvWaitReceives(&Ev, 1);
        CHECK(EvStaysQuiet(&Ev));
        if (ByRequest)
        {
            /* Also when all of it but the end has been taken. */
            WcPoison(Taken, LARGE);
            WcReceiveData(Socket, Taken, LARGE - 1);
            CHECK_EQ(EvRead(&Ev, &Ev.Disconnects), 0);
            WcReceiveData(Socket, Taken + LARGE - 1, 1);
            CHECK(WcIsFilled(Taken, LARGE, 0));
        }
        else
        {
            CHECK_STATUS(WcWait(WcStartReceive(Socket, Nothing, 0)), STATUS_SUCCESS);
        }
        EvWaitDisconnects(&Ev, 1);
        CHECK_EQ(Ev.DisconnectFlags[0], 0);
        EvCheckStream(&Ev, ByRequest ? 0 : LARGE);
        peer_close(Peer);
        WcCloseSocket(Socket);
    }
    WcClose(Client);
}

/* Given only the disconnect event and data that nobody takes, then the end is
 * told when requests have taken all of it. */
TEST_BOTH(AMB_57, a_graceful_end_waits_for_data_that_only_requests_take)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, LARGE), *Taken = EvBytes(Client, LARGE);
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("EVT-43", "EVT-23");
    EvInit(&Ev, Client, 1);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_DISCONNECT), STATUS_SUCCESS);
    CHECK_EQ(peer_send_all(Peer, Data, LARGE), 0);
    peer_shutdown(Peer);
    WcPoison(Taken, LARGE);
    for (SIZE_T Got = 0; Got < LARGE; Got += LARGE / 10)
    {
        CHECK(Got % (LARGE / 2) != 0 || EvStaysQuiet(&Ev));
        WcReceiveData(Socket, Taken + Got, LARGE / 10);
    }
    CHECK(WcIsFilled(Taken, LARGE, 0));
    EvWaitDisconnects(&Ev, 1);
    CHECK_EQ(Ev.DisconnectFlags[0], 0);
    EvCheckStream(&Ev, 0);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(AMB_57, a_reset_is_told_at_once_and_discards_what_was_refused)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("CONN-68", "CONN-70");
    EvInit(&Ev, Client, 1);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    CHECK_STATUS(WcSetEvents(Socket, BOTH), STATUS_SUCCESS);
    EvAnswer(&Ev, STATUS_DATA_NOT_ACCEPTED, EV_TAKE_ALL, -1);
    CHECK_EQ(peer_send_all(Peer, "refused", 7), 0);
    EvWaitReceives(&Ev, 1);
    peer_reset(Peer);
    EvWaitDisconnects(&Ev, 1);
    CHECK_EQ(Ev.DisconnectFlags[0], WSK_FLAG_ABORTIVE);
    CHECK_STATUS(WcWait(WcStartReceive(Socket, WcBuffer(Client, 7)->Buf, 0)), STATUS_CONNECTION_RESET);
    CHECK(EvStaysQuiet(&Ev));
    CHECK_EQ(Ev.Receives, 1);
    EvCheckStream(&Ev, 0);
    WcClose(Client);
}

/* Given a list retained, then ends are told, and the list stays whole. */
TEST_BOTH(AMB_57, ends_do_not_wait_for_retained_lists)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, 100);
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("CONN-47");
    for (int Reset = 0; Reset < 2; Reset++)
    {
        EvInit(&Ev, Client, 100);
        EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
        CHECK_STATUS(WcSetEvents(Socket, BOTH), STATUS_SUCCESS);
        EvAnswer(&Ev, STATUS_PENDING, EV_TAKE_ALL, -1);
        CHECK_EQ(peer_send_all(Peer, Data, 100), 0);
        EvWaitLength(&Ev, 100);
        (Reset ? peer_reset : peer_shutdown)(Peer);
        EvWaitDisconnects(&Ev, 1);
        CHECK_EQ(Ev.DisconnectFlags[0], Reset ? WSK_FLAG_ABORTIVE : 0);
        CHECK(WcIsFilled((PUCHAR)Ev.Lists[0]->Buffer.Mdl->MappedSystemVa + Ev.Lists[0]->Buffer.Offset,
                         Ev.Lists[0]->Buffer.Length, 0));
        CHECK(EvReleaseAll(&Ev, Socket->Wsk) >= 1);
        EvCheckStream(&Ev, 100);
        if (!Reset)
        {
            peer_close(Peer);
        }
        WcCloseSocket(Socket);
    }
    WcClose(Client);
}

/* ---- order with requests ------------------------------------------------------------- */

typedef struct _QUEUED
{
    WC_OP *Ops[3];
    volatile LONG DoneAtDisconnect;
} QUEUED;

static VOID CountDone(EV *Ev)
{
    QUEUED *Queued = Ev->HookContext;

    for (ULONG i = 0; i < RTL_NUMBER_OF(Queued->Ops); i++)
    {
        Queued->DoneAtDisconnect += WcIsDone(Queued->Ops[i]);
    }
}

TEST_BOTH(AMB_56, queued_receives_complete_before_the_disconnect_event)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    QUEUED Queued = {.DoneAtDisconnect = 0};
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("EVT-36", "CONN-40");
    EvInit(&Ev, Client, 1);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    for (int i = 0; i < 3; i++)
    {
        Queued.Ops[i] = WcKeptOp(Client, "a queued receive");
    }
    Ev.DisconnectHook = CountDone;
    Ev.HookContext = &Queued;
    CHECK_STATUS(WcSetEvents(Socket, BOTH), STATUS_SUCCESS);
    for (int i = 0; i < 3; i++)
    {
        WcIssueReceive(Queued.Ops[i], Socket, WcBuffer(Client, 10)->Buf, 0);
    }
    peer_shutdown(Peer);
    EvWaitDisconnects(&Ev, 1);
    CHECK_EQ(Queued.DoneAtDisconnect, 3);
    for (int i = 0; i < 3; i++)
    {
        CHECK_STATUS(WcWait(Queued.Ops[i]), STATUS_SUCCESS);
        CHECK_EQ(Queued.Ops[i]->Information, 0);
    }
    CHECK_EQ(Ev.DisconnectFlags[0], 0);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_68, the_peers_end_is_told_after_our_own_disconnect)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("CONN-69");
    EvInit(&Ev, Client, 1);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    CHECK_STATUS(WcSetEvents(Socket, BOTH), STATUS_SUCCESS);
    CHECK_STATUS(WcDisconnect(Socket, NULL, 0), STATUS_SUCCESS);
    CHECK(EvStaysQuiet(&Ev)); /* our own end is no event */
    CHECK_EQ(peer_expect_end(Peer), 0);
    peer_close(Peer);
    EvWaitDisconnects(&Ev, 1);
    CHECK_EQ(Ev.DisconnectFlags[0], 0);
    WcClose(Client);
}

TEST_BOTH(CONN_71, our_own_reset_is_no_event)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;

    EvInit(&Ev, Client, 1);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    CHECK_STATUS(WcSetEvents(Socket, BOTH), STATUS_SUCCESS);
    CHECK_STATUS(WcDisconnect(Socket, NULL, WSK_FLAG_ABORTIVE), STATUS_SUCCESS);
    CHECK_EQ(peer_expect_reset(Peer), 0);
    CHECK(EvStaysQuiet(&Ev));
    CHECK_EQ(Ev.Order, 0);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_DISCONNECT | WSK_EVENT_DISABLE), STATUS_SUCCESS);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_DISCONNECT), STATUS_CONNECTION_ABORTED);
    peer_close(Peer);
    WcClose(Client);
}

/* Given an end while the event is off, then it is told when the event is turned
 * on, once. */
TEST_BOTH(CONN_71, an_end_is_told_only_while_enabled)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("EVT-14");
    EvInit(&Ev, Client, 1);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    peer_shutdown(Peer);
    WcExpectEnd(Socket);
    CHECK(EvStaysQuiet(&Ev));
    CHECK_EQ(Ev.Order, 0);
    for (int i = 0; i < 2; i++)
    {
        CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_DISCONNECT), STATUS_SUCCESS);
        EvWaitDisconnects(&Ev, 1);
        CHECK_STATUS(WcWait(EvStartControl(Socket, WSK_EVENT_DISCONNECT | WSK_EVENT_DISABLE)), STATUS_SUCCESS);
    }
    CHECK_EQ(Ev.Disconnects, 1);
    peer_close(Peer);
    WcClose(Client);
}

/* Given only the receive event, then a reset is told by it, without data, once. */
TEST_BOTH(CONN_44, a_reset_without_the_disconnect_event_is_a_receive_event_without_data)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, 50);
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("EVT-38", "EVT-40");
    EvInit(&Ev, Client, 50);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    CHECK_EQ(peer_send_all(Peer, Data, 50), 0);
    EvWaitLength(&Ev, 50);
    peer_reset(Peer);
    EvWaitDeads(&Ev, 1);
    CHECK(EvStaysQuiet(&Ev));
    CHECK_EQ(Ev.Deads, 1);
    CHECK_EQ(Ev.Disconnects, 0);
    EvCheckStream(&Ev, 50);
    WcClose(Client);
}
