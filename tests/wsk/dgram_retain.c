// SPDX-License-Identifier: MIT
/*
 * Lists of datagrams that the client retains: unchanged until WskRelease, each
 * given back once, as many as a socket may hold, and of no concern to others.
 */
#include "support/wskdgram.h"
#include "wsk/wskp.h"

/* A client that keeps every list. Written by callbacks, which are serial. */
typedef struct _KEEPER
{
    PWSK_SOCKET Wsk;
    BOOLEAN ReleaseInside; /* before the callback returns */
    volatile LONG Lists;
    volatile LONG Datagrams;
    volatile LONG Wanted;
    volatile LONG Wrong;
    PWSK_DATAGRAM_INDICATION Kept[WSKP_DATAGRAM_BUFFERS_MAX + 8];
    ULONG Flags[WSKP_DATAGRAM_BUFFERS_MAX + 8];
    KEVENT Reached;
} KEEPER;

static NTSTATUS WSKAPI Keep(PVOID SocketContext, ULONG Flags, PWSK_DATAGRAM_INDICATION DataIndication)
{
    KEEPER *Keeper = SocketContext;
    LONG At = InterlockedAdd(&Keeper->Lists, 0);

    if (DataIndication == NULL || At >= (LONG)RTL_NUMBER_OF(Keeper->Kept))
    {
        InterlockedIncrement(&Keeper->Wrong);
        return STATUS_SUCCESS;
    }
    Keeper->Kept[At] = DataIndication;
    Keeper->Flags[At] = Flags;
    InterlockedIncrement(&Keeper->Lists);
    for (PWSK_DATAGRAM_INDICATION Each = DataIndication; Each != NULL; Each = Each->Next)
    {
        InterlockedIncrement(&Keeper->Datagrams);
    }
    if (Keeper->ReleaseInside)
    {
        const WSK_PROVIDER_DATAGRAM_DISPATCH *Table = Keeper->Wsk->Dispatch;

        InterlockedAdd(&Keeper->Wrong, Table->WskRelease(Keeper->Wsk, DataIndication) != STATUS_SUCCESS);
        InterlockedAdd(&Keeper->Wrong, Table->WskRelease(Keeper->Wsk, DataIndication) != STATUS_INVALID_PARAMETER);
    }
    if (InterlockedAdd(&Keeper->Datagrams, 0) >= InterlockedAdd(&Keeper->Wanted, 0))
    {
        KeSetEvent(&Keeper->Reached, IO_NO_INCREMENT, FALSE);
    }
    return STATUS_PENDING;
}

static const WSK_CLIENT_DATAGRAM_DISPATCH Table = {Keep};

typedef struct _RIG
{
    WC_CLIENT *Client;
    WC_SOCK *Socket;
    struct udp *Peer;
    USHORT Port;
    KEEPER *Keeper;
} RIG;

static void SetUp(RIG *Rig, ADDRESS_FAMILY Family)
{
    static KEEPER Keeper;
    unsigned short Port;

    RtlZeroMemory(&Keeper, sizeof(Keeper));
    KeInitializeEvent(&Keeper.Reached, NotificationEvent, FALSE);
    Rig->Keeper = &Keeper;
    Rig->Client = WcOpen();
    Rig->Socket = DgSocket(Rig->Client, Family, &Keeper, &Table);
    Rig->Port = WcPort(Rig->Socket);
    Keeper.Wsk = Rig->Socket->Wsk;
    Rig->Peer = udp_open(WC_PEER_FAMILY(Family), &Port);
    CHECK(Rig->Peer != NULL);
    CHECK_STATUS(WcSetEvents(Rig->Socket, WSK_EVENT_RECEIVE_FROM), STATUS_SUCCESS);
}

static void TearDown(RIG *Rig)
{
    udp_close(Rig->Peer);
    WcClose(Rig->Client);
    CHECK_EQ(Rig->Keeper->Wrong, 0);
}

static void Await(KEEPER *Keeper, LONG Datagrams)
{
    InterlockedExchange(&Keeper->Wanted, Datagrams);
    for (KeClearEvent(&Keeper->Reached); InterlockedAdd(&Keeper->Datagrams, 0) < Datagrams;
         KeClearEvent(&Keeper->Reached))
    {
        WcWaitEvent(&Keeper->Reached, "retained datagrams"); /* or a late signal of an earlier wait's */
    }
}

/* Sends datagram number Index and waits until it is retained: a list of one each. */
static void KeepOne(RIG *Rig, LONG Index)
{
    CHECK_EQ(udp_send(Rig->Peer, Rig->Port, &Index, sizeof(Index)), 0);
    Await(Rig->Keeper, Index + 1);
    CHECK_EQ(InterlockedAdd(&Rig->Keeper->Lists, 0), Index + 1);
}

/* Every callback so far has returned. */
static void Quiesce(RIG *Rig)
{
    WSK_EVENT_CALLBACK_CONTROL Control = {&NPI_WSK_INTERFACE_ID, WSK_EVENT_RECEIVE_FROM | WSK_EVENT_DISABLE};

    CHECK_STATUS(WcWait(WcStartControl(Rig->Socket, WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET, sizeof(Control),
                                       &Control, 0, NULL)),
                 STATUS_SUCCESS);
    CHECK_STATUS(WcSetEvents(Rig->Socket, WSK_EVENT_RECEIVE_FROM), STATUS_SUCCESS);
}

static LONG NumberIn(PWSK_DATAGRAM_INDICATION Indication)
{
    LONG Number;

    CHECK_EQ(Indication->Buffer.Length, sizeof(Number));
    RtlCopyMemory(&Number, (PUCHAR)MmGetSystemAddressForMdlSafe(Indication->Buffer.Mdl, NormalPagePriority) +
                               Indication->Buffer.Offset,
                  sizeof(Number));
    return Number;
}

static NTSTATUS Release(WC_SOCK *Socket, PWSK_DATAGRAM_INDICATION List)
{
    return WcDgramTable(Socket)->WskRelease(Socket->Wsk, List);
}

TEST_BOTH(DGRAM_39, retained_lists_stay_as_they_are)
{
    enum { Count = 20 };
    RIG Rig;

    COVERS("DGRAM-44", "DGRAM-46", "DGRAM-48", "DGRAM-49");
    SetUp(&Rig, Family);
    for (LONG i = 0; i < Count; i++)
    {
        KeepOne(&Rig, i);
    }
    for (LONG i = 0; i < Count; i++)
    {
        CHECK_EQ(NumberIn(Rig.Keeper->Kept[i]), i);
        CHECK(Rig.Keeper->Kept[i]->Next == NULL);
    }
    /* In another order than they came. */
    for (LONG i = Count - 1; i >= 0; i--)
    {
        CHECK_STATUS(Release(Rig.Socket, Rig.Keeper->Kept[i]), STATUS_SUCCESS);
    }
    KeepOne(&Rig, Count);
    CHECK_EQ(NumberIn(Rig.Keeper->Kept[Count]), Count);
    CHECK_STATUS(Release(Rig.Socket, Rig.Keeper->Kept[Count]), STATUS_SUCCESS);
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_45, a_list_is_given_back_as_a_whole)
{
    enum { Count = 10 };
    PWSK_DATAGRAM_INDICATION First;
    RIG Rig;

    COVERS("DGRAM-46", "DGRAM-47");
    SetUp(&Rig, Family);
    CHECK_STATUS(WcSetEvents(Rig.Socket, WSK_EVENT_RECEIVE_FROM | WSK_EVENT_DISABLE), STATUS_SUCCESS);
    for (LONG i = 0; i < Count; i++)
    {
        CHECK_EQ(udp_send(Rig.Peer, Rig.Port, &i, sizeof(i)), 0);
    }
    CHECK_STATUS(WcSetEvents(Rig.Socket, WSK_EVENT_RECEIVE_FROM), STATUS_SUCCESS);
    Await(Rig.Keeper, Count);
    First = Rig.Keeper->Kept[0];
    CHECK(First->Next != NULL);
    CHECK_STATUS(Release(Rig.Socket, First->Next), STATUS_INVALID_PARAMETER); /* not the head */
    for (LONG i = 0; i < InterlockedAdd(&Rig.Keeper->Lists, 0); i++)
    {
        CHECK_STATUS(Release(Rig.Socket, Rig.Keeper->Kept[i]), STATUS_SUCCESS);
        CHECK_STATUS(Release(Rig.Socket, Rig.Keeper->Kept[i]), STATUS_INVALID_PARAMETER); /* twice */
    }
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_46, foreign_lists_are_refused)
{
    WSK_DATAGRAM_INDICATION Own = {0};
    WC_SOCK *Other;
    RIG Rig;

    SetUp(&Rig, Family);
    Other = DgSocket(Rig.Client, Family, NULL, NULL);
    KeepOne(&Rig, 0);
    CHECK_STATUS(Release(Rig.Socket, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Release(Rig.Socket, &Own), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Release(Other, Rig.Keeper->Kept[0]), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Release(Rig.Socket, Rig.Keeper->Kept[0]), STATUS_SUCCESS);
    TearDown(&Rig);
}

/* A worker of the client's may be faster than its callback's return. */
TEST_BOTH(DGRAM_39, releasing_before_the_callback_has_returned)
{
    enum { Count = 30 };
    RIG Rig;

    COVERS("DGRAM-44");
    SetUp(&Rig, Family);
    Rig.Keeper->ReleaseInside = TRUE;
    for (LONG i = 0; i < Count; i++)
    {
        KeepOne(&Rig, i);
    }
    TearDown(&Rig);
}

/* One less than a socket may hold, as many, and one more. */
TEST_BOTH(DGRAM_49, a_socket_holds_so_many_and_no_more)
{
    LONG Most = WSKP_DATAGRAM_BUFFERS_MAX, Next;
    RIG Rig;

    COVERS("DGRAM-39", "DGRAM-48");
    SetUp(&Rig, Family);
    for (LONG i = 0; i < Most; i++)
    {
        KeepOne(&Rig, i);
        CHECK_EQ(Rig.Keeper->Flags[i] & WSK_FLAG_RELEASE_ASAP, i + 1 > Most / 2 ? WSK_FLAG_RELEASE_ASAP : 0);
    }
    Quiesce(&Rig);
    /* The kernel keeps what comes now. */
    KeClearEvent(&Rig.Keeper->Reached);
    CHECK_EQ(udp_send(Rig.Peer, Rig.Port, &Most, sizeof(Most)), 0);
    Next = Most + 1;
    CHECK_EQ(udp_send(Rig.Peer, Rig.Port, &Next, sizeof(Next)), 0);
    CHECK(WcStays(&Rig.Keeper->Reached));
    CHECK_EQ(InterlockedAdd(&Rig.Keeper->Datagrams, 0), Most);
    /* A request needs no buffer. */
    DgExpect(Rig.Socket, &Most, sizeof(Most));
    CHECK_STATUS(Release(Rig.Socket, Rig.Keeper->Kept[7]), STATUS_SUCCESS);
    Await(Rig.Keeper, Most + 1);
    CHECK_EQ(NumberIn(Rig.Keeper->Kept[Most]), Next);
    for (LONG i = 0; i <= Most; i++)
    {
        if (i != 7) /* given back; its memory is the newest one's */
        {
            CHECK_STATUS(Release(Rig.Socket, Rig.Keeper->Kept[i]), STATUS_SUCCESS);
        }
    }
    Next = Most + 1;
    KeepOne(&Rig, Next);
    CHECK_STATUS(Release(Rig.Socket, Rig.Keeper->Kept[Next]), STATUS_SUCCESS);
    TearDown(&Rig);
}

/* While one client retains all it can for ever, another one of another client works,
 * closes and deregisters. */
TEST_BOTH(DGRAM_49, who_retains_for_ever_harms_no_other)
{
    WC_CLIENT *Other;
    WC_SOCK *Echo;
    RIG Rig;

    COVERS("DGRAM-39");
    SetUp(&Rig, Family);
    for (LONG i = 0; i < WSKP_DATAGRAM_BUFFERS_MAX; i++)
    {
        KeepOne(&Rig, i);
    }
    Other = WcOpen();
    Echo = DgSocket(Other, Family, NULL, NULL);
    for (int i = 0; i < 50; i++)
    {
        CHECK_EQ(udp_send(Rig.Peer, WcPort(Echo), &i, sizeof(i)), 0);
        DgExpect(Echo, &i, sizeof(i));
    }
    WcCloseSocket(Echo);
    WcClose(Other); /* deregisters, bounded */
    CHECK_EQ(NumberIn(Rig.Keeper->Kept[0]), 0);
    for (LONG i = 0; i < WSKP_DATAGRAM_BUFFERS_MAX; i++)
    {
        CHECK_STATUS(Release(Rig.Socket, Rig.Keeper->Kept[i]), STATUS_SUCCESS);
    }
    TearDown(&Rig);
}

/* Against the rules: the socket is closed, the list given back later. */
TEST_BOTH(AMB_39, close_does_not_wait_for_retained_lists)
{
    PWSK_SOCKET Wsk;
    const WSK_PROVIDER_DATAGRAM_DISPATCH *Functions;
    RIG Rig;

    COVERS("DGRAM-47", "DGRAM-48");
    SetUp(&Rig, Family);
    KeepOne(&Rig, 0);
    KeepOne(&Rig, 1);
    Wsk = Rig.Socket->Wsk;
    Functions = WcDgramTable(Rig.Socket);
    WcCloseSocket(Rig.Socket);
    CHECK_EQ(NumberIn(Rig.Keeper->Kept[0]), 0);
    CHECK_EQ(NumberIn(Rig.Keeper->Kept[1]), 1);
    CHECK_STATUS(Functions->WskRelease(Wsk, Rig.Keeper->Kept[0]), STATUS_SUCCESS);
    CHECK_EQ(NumberIn(Rig.Keeper->Kept[1]), 1);
    CHECK_STATUS(Functions->WskRelease(Wsk, Rig.Keeper->Kept[1]), STATUS_SUCCESS);
    CHECK_STATUS(Functions->WskRelease(Wsk, Rig.Keeper->Kept[1]), STATUS_INVALID_PARAMETER);
    TearDown(&Rig);
}

/* Two threads: one releases what the callback keeps, as fast as it can. */
typedef struct _RELEASER
{
    RIG *Rig;
    LONG Count;
} RELEASER;

static VOID ReleaseAll(PVOID Context)
{
    RELEASER *Releaser = Context;
    KEEPER *Keeper = Releaser->Rig->Keeper;
    LONG Done = 0;

    while (InterlockedAdd(&Keeper->Datagrams, 0) < Releaser->Count || Done < InterlockedAdd(&Keeper->Lists, 0))
    {
        if (Done < InterlockedAdd(&Keeper->Lists, 0))
        {
            if (!NT_SUCCESS(Release(Releaser->Rig->Socket, Keeper->Kept[Done])))
            {
                InterlockedIncrement(&Keeper->Wrong);
            }
            Done++;
        }
    }
}

TEST_BOTH(DGRAM_44, releasing_from_another_thread_as_they_come)
{
    enum { Count = 200 };
    RELEASER Releaser;
    WC_THREAD Thread;
    RIG Rig;

    SetUp(&Rig, Family);
    Releaser.Rig = &Rig;
    Releaser.Count = Count;
    WcRun(&Thread, ReleaseAll, &Releaser, "the releasing thread");
    for (LONG i = 0; i < Count; i++)
    {
        CHECK_EQ(udp_send(Rig.Peer, Rig.Port, &i, sizeof(i)), 0);
        if (i % 50 == 49)
        {
            Await(Rig.Keeper, i + 1); /* the kernel's buffer has a bound */
        }
    }
    WcJoin(&Thread);
    TearDown(&Rig);
}
