// SPDX-License-Identifier: MIT
/*
 * How many buffers one socket may have lent, and that nobody else notices; what
 * a deregistration says of lists that are not back.
 */
#include "support/wskevents.h"
#include "wsk/wskp.h"

#define EACH 100

void host_log_set_sink(void (*sink)(void *ctx, int level, const char *line), void *ctx);

/* Retains pieces one by one until Lists are out. */
static void Retain(EV *Ev, struct peer *Peer, UCHAR *Data, int Lists)
{
    EvAnswer(Ev, STATUS_PENDING, EV_TAKE_ALL, -1);
    for (int i = 0; i < Lists; i++)
    {
        CHECK_EQ(peer_send_all(Peer, Data + EACH * i, EACH), 0);
        EvWaitReceives(Ev, i + 1);
    }
}

/* Given N - 1 and N lists retained, then data is indicated, with RELEASE_ASAP from
 * past the half on; the N+1st waits for a release, and so does nothing else. */
TEST_BOTH(AMB_38, a_socket_lends_so_many_buffers_and_no_more)
{
    enum { N = WSKP_INDICATIONS_MAX };
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, EACH * (N + 2));
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("CONN-43", "CONN-47", "CONN-53");
    EvInit(&Ev, Client, EACH * (N + 2));
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    Retain(&Ev, Peer, Data, N / 2);
    CHECK(!(Ev.AllFlags & WSK_FLAG_RELEASE_ASAP));
    EvAnswer(&Ev, STATUS_PENDING, EV_TAKE_ALL, -1);
    for (int i = N / 2; i < N; i++)
    {
        CHECK_EQ(peer_send_all(Peer, Data + EACH * i, EACH), 0);
        EvWaitReceives(&Ev, i + 1);
        CHECK(Ev.Flags & WSK_FLAG_RELEASE_ASAP);
    }
    EvCheckStream(&Ev, EACH * N);
    CHECK_EQ(peer_send_all(Peer, Data + EACH * N, EACH), 0);
    CHECK(EvStaysQuiet(&Ev));
    CHECK_STATUS(WcConnTable(Socket)->WskRelease(Socket->Wsk, Ev.Lists[--Ev.ListCount]), STATUS_SUCCESS);
    EvWaitLength(&Ev, EACH * (N + 1));
    CHECK_EQ(peer_send_all(Peer, Data + EACH * (N + 1), EACH), 0);
    CHECK(EvStaysQuiet(&Ev));
    EvAnswer(&Ev, STATUS_SUCCESS, EV_TAKE_ALL, -1);
    CHECK_EQ(EvReleaseAll(&Ev, Socket->Wsk), N);
    EvWaitLength(&Ev, EACH * (N + 2));
    EvCheckStream(&Ev, EACH * (N + 2));
    peer_close(Peer);
    WcClose(Client);
}

/* At the limit requests still receive, into their own memory. */
TEST_BOTH(AMB_38, requests_receive_at_the_limit)
{
    enum { N = WSKP_INDICATIONS_MAX };
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, EACH * (N + 1)), Taken[EACH];
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("CONN-40");
    EvInit(&Ev, Client, EACH * N);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    Retain(&Ev, Peer, Data, N);
    CHECK_EQ(peer_send_all(Peer, Data + EACH * N, EACH), 0);
    WcReceiveData(Socket, Taken, EACH);
    CHECK(WcIsFilled(Taken, EACH, EACH * N));
    EvCheckStream(&Ev, EACH * N);
    CHECK_EQ(EvReleaseAll(&Ev, Socket->Wsk), N);
    peer_close(Peer);
    WcClose(Client);
}

/* Given a client that retains for ever, then TCP stops its peer, and another
 * client echoes, closes and deregisters as if it were alone. */
TEST_BOTH(AMB_38, who_retains_for_ever_harms_nobody_else)
{
    enum { N = WSKP_INDICATIONS_MAX, Large = 300000 };
    static EV Ev, OtherEv;
    WC_CLIENT *Client = WcOpen(), *Other = WcOpen();
    UCHAR *Data = EvBytes(Client, Large), *Echo = EvBytes(Client, Large);
    WC_SOCK *Socket, *OtherSocket;
    struct peer *Peer, *OtherPeer;
    long Sent;

    EvInit(&Ev, Client, 16 * 1024 * 1024);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT), STATUS_SUCCESS);
    EvAnswer(&Ev, STATUS_PENDING, EV_TAKE_ALL, -1);
    do
    {
        Sent = peer_send_now(Peer, Data, Large);
        CHECK(Sent >= 0);
    } while (EvRead(&Ev, &Ev.ListCount) < N || Sent != 0);
    CHECK_EQ(EvRead(&Ev, &Ev.ListCount), N);

    EvInit(&OtherEv, Other, Large);
    EvPeerPair(Other, Family, &OtherEv, &OtherSocket, &OtherPeer);
    CHECK_STATUS(WcSetEvents(OtherSocket, WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT), STATUS_SUCCESS);
    CHECK_EQ(peer_send_all(OtherPeer, Data, Large), 0);
    EvWaitLength(&OtherEv, Large);
    EvCheckStream(&OtherEv, Large);
    WcPoison(Echo, Large);
    WcSendData(OtherSocket, OtherEv.Stream, 65536);
    CHECK_EQ(peer_recv_all(OtherPeer, Echo, 65536), 65536);
    CHECK(WcIsFilled(Echo, 65536, 0));
    peer_shutdown(OtherPeer);
    EvWaitDisconnects(&OtherEv, 1);
    WcCloseSocket(OtherSocket);
    peer_close(OtherPeer);
    WcClose(Other);

    EvAnswer(&Ev, STATUS_SUCCESS, EV_TAKE_ALL, -1);
    CHECK_EQ(EvReleaseAll(&Ev, Socket->Wsk), N);
    peer_close(Peer);
    WcClose(Client);
}

/* ---- deregistration ---------------------------------------------------------------------- */

static KEVENT Named;

static void Look(void *ctx, int level, const char *line)
{
    static const char Wanted[] = "(closed): INDICATION x1 (the driver has not called WskRelease)";

    UNREFERENCED_PARAMETER(ctx);
    UNREFERENCED_PARAMETER(level);
    for (; *line; line++)
    {
        ULONG n = 0;

        while (Wanted[n] && line[n] == Wanted[n])
        {
            n++;
        }
        if (!Wanted[n])
        {
            KeSetEvent(&Named, IO_NO_INCREMENT, FALSE);
        }
    }
}

static void Deregister(void *Context)
{
    WskDeregister(Context);
}

TEST_BOTH(AMB_39, a_deregistration_waits_for_retained_lists_and_says_so)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, EACH);
    ULONG Before = WskpFirstReportMs;
    PWSK_SOCKET Wsk;
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_THREAD Thread;

    COVERS("REG-41", "CONN-55");
    KeInitializeEvent(&Named, NotificationEvent, FALSE);
    EvInit(&Ev, Client, EACH);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    Wsk = Socket->Wsk;
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    Retain(&Ev, Peer, Data, 1);
    WcCloseSocket(Socket);
    WskReleaseProviderNPI(&Client->Registration);
    Client->Released = TRUE;
    WskpFirstReportMs = 20;
    host_log_set_sink(Look, NULL);
    WcRun(&Thread, Deregister, &Client->Registration, "WskDeregister");
    WcWaitEvent(&Named, "the line that names the retained list");
    CHECK(WcStays(Thread.Object));
    CHECK_EQ(EvReleaseAll(&Ev, Wsk), 1);
    WcJoin(&Thread);
    Client->Deregistered = TRUE;
    host_log_set_sink(NULL, NULL);
    WskpFirstReportMs = Before;
    peer_close(Peer);
    WcClose(Client);
}
