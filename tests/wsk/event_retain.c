// SPDX-License-Identifier: MIT
/*
 * Lists of received data that a client retains, and WskRelease (area CONN). How
 * many there may be is in internal_retain.c.
 */
#include "support/wskevents.h"

static PUCHAR DataOf(PWSK_DATA_INDICATION List)
{
    return (PUCHAR)MmGetSystemAddressForMdlSafe(List->Buffer.Mdl, NormalPagePriority) + List->Buffer.Offset;
}

/* Given lists retained, then more is indicated meanwhile, and each keeps its bytes
 * until it is released, in any order. */
TEST_BOTH(CONN_47, retained_lists_keep_their_bytes)
{
    enum { Lists = 5, Each = 1000 };
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, Each * 20);
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("CONN-52", "CONN-53", "CONN-54", "CONN-56");
    EvInit(&Ev, Client, Each * 20);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    EvAnswer(&Ev, STATUS_PENDING, 1, Lists); /* the 1 does not count: CONN-50 */
    for (int i = 0; i < Lists; i++)
    {
        CHECK_EQ(peer_send_all(Peer, Data + Each * i, Each), 0);
        EvWaitReceives(&Ev, i + 1);
    }
    CHECK_EQ(peer_send_all(Peer, Data + Each * Lists, Each * (20 - Lists)), 0);
    EvWaitReceives(&Ev, Lists + 1);
    for (int i = 0, Order[Lists] = {3, 0, 4, 1, 2}; i < Lists; i++)
    {
        PWSK_DATA_INDICATION List = Ev.Lists[Order[i]];

        CHECK(WcIsFilled(DataOf(List), List->Buffer.Length, Each * Order[i]));
        CHECK_STATUS(WcConnTable(Socket)->WskRelease(Socket->Wsk, List), STATUS_SUCCESS);
    }
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_54, only_what_this_socket_has_lent_can_be_released)
{
    static EV Ev, Other;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, 10);
    WSK_DATA_INDICATION Own = {NULL, {NULL, 0, 0}};
    WC_SOCK *Socket, *OtherSocket;
    struct peer *Peer, *OtherPeer;
    PWSK_DATA_INDICATION List;

    EvInit(&Ev, Client, 10);
    EvInit(&Other, Client, 10);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    EvPeerPair(Client, Family, &Other, &OtherSocket, &OtherPeer);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    EvAnswer(&Ev, STATUS_PENDING, EV_TAKE_ALL, 1);
    CHECK_EQ(peer_send_all(Peer, Data, 10), 0);
    EvWaitReceives(&Ev, 1);
    List = Ev.Lists[0];
    CHECK_STATUS(WcConnTable(Socket)->WskRelease(Socket->Wsk, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WcConnTable(Socket)->WskRelease(Socket->Wsk, &Own), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WcConnTable(Socket)->WskRelease(NULL, List), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(WcConnTable(Socket)->WskRelease(OtherSocket->Wsk, List), STATUS_INVALID_PARAMETER);
    CHECK(WcIsFilled(DataOf(List), 10, 0));
    CHECK_STATUS(WcConnTable(Socket)->WskRelease(Socket->Wsk, List), STATUS_SUCCESS);
    CHECK_STATUS(WcConnTable(Socket)->WskRelease(Socket->Wsk, List), STATUS_INVALID_PARAMETER);
    EvCheckStream(&Ev, 10);
    peer_close(Peer);
    peer_close(OtherPeer);
    WcClose(Client);
}

/* A list that was not retained is no longer lent. */
static VOID NoteList(EV *Ev)
{
    Ev->HookContext = Ev->Current;
}

TEST_BOTH(CONN_56, accepted_lists_are_not_released)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, 10);
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("CONN-54");
    EvInit(&Ev, Client, 10);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    Ev.Hook = NoteList;
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    CHECK_EQ(peer_send_all(Peer, Data, 10), 0);
    EvWaitLength(&Ev, 10);
    CHECK_STATUS(WcWait(EvStartControl(Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISABLE)), STATUS_SUCCESS);
    CHECK(Ev.HookContext != NULL);
    CHECK_STATUS(WcConnTable(Socket)->WskRelease(Socket->Wsk, Ev.HookContext), STATUS_INVALID_PARAMETER);
    peer_close(Peer);
    WcClose(Client);
}

/* A client that hands the list to another thread may see it released before its
 * callback has returned STATUS_PENDING. */
typedef struct _EARLY
{
    WC_SOCK *Socket;
    NTSTATUS First, Second;
} EARLY;

static VOID ReleaseNow(EV *Ev)
{
    EARLY *Early = Ev->HookContext;
    const WSK_PROVIDER_CONNECTION_DISPATCH *Table = WcConnTable(Early->Socket);

    Early->First = Table->WskRelease(Early->Socket->Wsk, Ev->Current);
    Early->Second = Table->WskRelease(Early->Socket->Wsk, Ev->Current);
}

TEST_BOTH(CONN_53, a_list_may_be_released_before_the_callback_returns)
{
    static EV Ev;
    static EARLY Early;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, 400);
    struct peer *Peer;

    COVERS("CONN-47", "CONN-54", "EVT-33");
    EvInit(&Ev, Client, 400);
    EvPeerPair(Client, Family, &Ev, &Early.Socket, &Peer);
    Ev.Hook = ReleaseNow;
    Ev.HookContext = &Early;
    EvAnswer(&Ev, STATUS_PENDING, EV_TAKE_ALL, -1);
    CHECK_STATUS(WcSetEvents(Early.Socket, WSK_EVENT_RECEIVE), STATUS_SUCCESS);
    for (int i = 0; i < 40; i++) /* more than a socket may retain */
    {
        CHECK_EQ(peer_send_all(Peer, Data + 10 * i, 10), 0);
        EvWaitLength(&Ev, 10 * (i + 1));
        CHECK_STATUS(Early.First, STATUS_SUCCESS);
        CHECK_STATUS(Early.Second, STATUS_INVALID_PARAMETER);
    }
    EvCheckStream(&Ev, 400);
    peer_close(Peer);
    WcClose(Client);
}

/* ---- close ------------------------------------------------------------------------------ */

/* Given a list retained against the rules, then the close completes, and the list
 * stays whole and can be released until the deregistration, which waits for it. */
TEST_BOTH(AMB_39, a_close_does_not_wait_for_retained_lists)
{
    static EV Ev;
    WC_CLIENT *Client = WcOpen();
    UCHAR *Data = EvBytes(Client, 100);
    const WSK_PROVIDER_CONNECTION_DISPATCH *Table;
    PWSK_SOCKET Wsk;
    WC_SOCK *Socket;
    struct peer *Peer;

    COVERS("CONN-55", "CONN-53");
    EvInit(&Ev, Client, 100);
    EvPeerPair(Client, Family, &Ev, &Socket, &Peer);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT), STATUS_SUCCESS);
    EvAnswer(&Ev, STATUS_PENDING, EV_TAKE_ALL, -1);
    CHECK_EQ(peer_send_all(Peer, Data, 50), 0);
    EvWaitLength(&Ev, 50);
    CHECK_EQ(peer_send_all(Peer, Data + 50, 50), 0);
    EvWaitLength(&Ev, 100);
    Wsk = Socket->Wsk;
    Table = WcConnTable(Socket);
    WcCloseSocket(Socket);
    CHECK_EQ(peer_expect_reset(Peer), 0);
    CHECK(WcIsFilled(DataOf(Ev.Lists[0]), Ev.Lists[0]->Buffer.Length, 0));
    CHECK_STATUS(Table->WskRelease(Wsk, Ev.Lists[0]), STATUS_SUCCESS);
    CHECK_STATUS(Table->WskRelease(Wsk, Ev.Lists[0]), STATUS_INVALID_PARAMETER);
    Ev.Lists[0] = Ev.Lists[--Ev.ListCount];
    EvCheckStream(&Ev, 100);
    CHECK(EvReleaseAll(&Ev, Wsk) >= 1);
    peer_close(Peer);
    WcClose(Client);
}
