// SPDX-License-Identifier: MIT
/*
 * WskReceiveFromEvent: what it is called with, what its answers do, and how it is
 * turned on and off. Retained lists are in dgram_retain.c.
 */
#include "support/wskdgram.h"

#define LOG_MOST 256

/* What the callback saw and what it is to answer; the lock-free log is written by
 * callbacks, which are serial, and read by the test after an event or a count. */
typedef struct _EARS
{
    NTSTATUS Answer;
    volatile LONG Calls;
    volatile LONG Datagrams;
    volatile LONG Wanted; /* Heard is set when Datagrams reaches it */
    ULONG Flags[LOG_MOST];       /* of the call */
    ULONG CallOf[LOG_MOST];      /* which call */
    SIZE_T Length[LOG_MOST];
    UCHAR Data[LOG_MOST][16];
    UCHAR Last; /* byte of the latest one */
    WC_ADDR From[LOG_MOST];
    ULONG ControlLength[LOG_MOST];
    PVOID Context;
    volatile LONG Wrong;
    KEVENT Heard;
    KEVENT Called;
    VOID (*Then)(struct _EARS *Ears);
    PVOID ThenContext;
} EARS;

static EARS Ears;

static NTSTATUS WSKAPI Hear(PVOID SocketContext, ULONG Flags, PWSK_DATAGRAM_INDICATION DataIndication)
{
    EARS *Mine = SocketContext;
    NTSTATUS Answer = Mine->Answer;
    LONG Call = InterlockedIncrement(&Mine->Calls) - 1;

    Mine->Wrong += KeGetCurrentIrql() != DISPATCH_LEVEL || !(Flags & WSK_FLAG_AT_DISPATCH_LEVEL) || !DataIndication;
    for (; DataIndication != NULL; DataIndication = DataIndication->Next)
    {
        LONG At = InterlockedAdd(&Mine->Datagrams, 0);
        SIZE_T Length = DataIndication->Buffer.Length;
        PUCHAR Data = MmGetSystemAddressForMdlSafe(DataIndication->Buffer.Mdl, NormalPagePriority);

        if (At < LOG_MOST)
        {
            Mine->Flags[At] = Flags;
            Mine->CallOf[At] = (ULONG)Call;
            Mine->Length[At] = Length;
            Mine->Wrong += MmGetMdlByteCount(DataIndication->Buffer.Mdl) != Length;
            Mine->Last = Length != 0 ? Data[DataIndication->Buffer.Offset + Length - 1] : 0;
            RtlCopyMemory(Mine->Data[At], Data + DataIndication->Buffer.Offset, min(Length, (SIZE_T)16));
            RtlCopyMemory(&Mine->From[At], DataIndication->RemoteAddress,
                          DataIndication->RemoteAddress->sa_family == AF_INET6 ? sizeof(SOCKADDR_IN6)
                                                                               : sizeof(SOCKADDR_IN));
            Mine->ControlLength[At] = DataIndication->ControlInfoLength;
            Mine->Wrong += (DataIndication->ControlInfo != NULL) != (DataIndication->ControlInfoLength != 0);
        }
        InterlockedIncrement(&Mine->Datagrams);
    }
    if (Mine->Then != NULL)
    {
        Mine->Then(Mine);
    }
    if (InterlockedAdd(&Mine->Datagrams, 0) >= InterlockedAdd(&Mine->Wanted, 0))
    {
        KeSetEvent(&Mine->Heard, IO_NO_INCREMENT, FALSE);
    }
    KeSetEvent(&Mine->Called, IO_NO_INCREMENT, FALSE);
    return Answer;
}

static const WSK_CLIENT_DATAGRAM_DISPATCH Table = {Hear};

typedef struct _RIG
{
    WC_CLIENT *Client;
    WC_SOCK *Socket;
    struct udp *Peer;
    WC_ADDR From;
    USHORT Port;
} RIG;

static void SetUpEars(NTSTATUS Answer, LONG Wanted)
{
    RtlZeroMemory(&Ears, sizeof(Ears));
    Ears.Answer = Answer;
    Ears.Wanted = Wanted;
    KeInitializeEvent(&Ears.Heard, NotificationEvent, FALSE);
    KeInitializeEvent(&Ears.Called, NotificationEvent, FALSE);
}

static void SetUpOn(RIG *Rig, WC_CLIENT *Client, ADDRESS_FAMILY Family)
{
    unsigned short Port;

    Rig->Client = Client;
    Rig->Socket = DgSocket(Rig->Client, Family, &Ears, &Table);
    Rig->Port = WcPort(Rig->Socket);
    Rig->Peer = udp_open(WC_PEER_FAMILY(Family), &Port);
    CHECK(Rig->Peer != NULL);
    Rig->From = WcLoopback(Family, Port);
}

static void SetUp(RIG *Rig, ADDRESS_FAMILY Family, NTSTATUS Answer, LONG Wanted)
{
    SetUpEars(Answer, Wanted);
    SetUpOn(Rig, WcOpen(), Family);
}

static void TearDown(RIG *Rig)
{
    udp_close(Rig->Peer);
    WcClose(Rig->Client);
    CHECK_EQ(Ears.Wrong, 0);
}

static void PeerSends(RIG *Rig, const char *Text)
{
    CHECK_EQ(udp_send(Rig->Peer, Rig->Port, Text, strlen(Text)), 0);
}

/* Waits until the callback has heard Count datagrams in all. */
static void AwaitHeard(LONG Count)
{
    InterlockedExchange(&Ears.Wanted, Count);
    for (KeClearEvent(&Ears.Heard); InterlockedAdd(&Ears.Datagrams, 0) < Count; KeClearEvent(&Ears.Heard))
    {
        WcWaitEvent(&Ears.Heard, "datagrams in the callback"); /* or a late signal of an earlier wait's */
    }
}

static NTSTATUS Turn(WC_SOCK *Socket, BOOLEAN On)
{
    return WcSetEvents(Socket, WSK_EVENT_RECEIVE_FROM | (On ? 0 : WSK_EVENT_DISABLE));
}

TEST_BOTH(DGRAM_34, a_datagram_is_indicated)
{
    RIG Rig;

    COVERS("DGRAM-37", "DGRAM-38", "EVT-03", "EVT-09", "EVT-10", "EVT-30", "EVT-31", "EVT-32", "DGRAM-35");
    SetUp(&Rig, Family, STATUS_SUCCESS, 1);
    CHECK_STATUS(Turn(Rig.Socket, TRUE), STATUS_SUCCESS);
    PeerSends(&Rig, "hello");
    AwaitHeard(1);
    CHECK_EQ(Ears.Length[0], 5);
    CHECK_MEM(Ears.Data[0], "hello", 5);
    CHECK_EQ(Ears.Flags[0], WSK_FLAG_AT_DISPATCH_LEVEL);
    CHECK(WcSameAddress(&Ears.From[0], &Rig.From));
    CHECK_EQ(Ears.ControlLength[0], 0);
    PeerSends(&Rig, "");
    PeerSends(&Rig, "again");
    AwaitHeard(3);
    CHECK_EQ(Ears.Length[1], 0);
    CHECK_MEM(Ears.Data[2], "again", 5);
    TearDown(&Rig);
}

/* Given datagrams that wait, then enabling the event brings them, as lists in order. */
TEST_BOTH(DGRAM_36, waiting_datagrams_come_as_a_list_in_order)
{
    enum { Count = 40 };
    RIG Rig;

    COVERS("EVT-14", "EVT-42", "DGRAM-38");
    SetUp(&Rig, Family, STATUS_SUCCESS, Count);
    for (UCHAR i = 0; i < Count; i++)
    {
        CHECK_EQ(udp_send(Rig.Peer, Rig.Port, &i, 1), 0);
    }
    CHECK_STATUS(Turn(Rig.Socket, TRUE), STATUS_SUCCESS);
    AwaitHeard(Count);
    for (UCHAR i = 0; i < Count; i++)
    {
        CHECK_EQ(Ears.Length[i], 1);
        CHECK_EQ(Ears.Data[i][0], i);
    }
    CHECK_EQ(Ears.CallOf[0], Ears.CallOf[1]);
    CHECK(InterlockedAdd(&Ears.Calls, 0) < Count);
    TearDown(&Rig);
}

/* The largest there is arrives whole. */
TEST_BOTH(DGRAM_37, long_datagrams_are_whole)
{
    static UCHAR Long[65527];
    SIZE_T Longest = Family == AF_INET ? 65507 : 65527;
    WC_BUF *Buffer;
    WC_SOCK *From;
    WC_ADDR To;
    RIG Rig;

    SetUp(&Rig, Family, STATUS_SUCCESS, 1);
    From = DgSocket(Rig.Client, Family, NULL, NULL);
    To = DgAddress(Rig.Socket);
    Buffer = WcBuffer(Rig.Client, Longest);
    WcFill(Long, Longest, 0);
    WcPut(Buffer, 0, Long, Longest);
    CHECK_STATUS(Turn(Rig.Socket, TRUE), STATUS_SUCCESS);
    CHECK_STATUS(WcWait(DgStartSend(From, Buffer->Buf, &To)), STATUS_SUCCESS);
    AwaitHeard(1);
    CHECK_EQ(Ears.Length[0], Longest);
    CHECK_EQ(Ears.Last, Long[Longest - 1]);
    TearDown(&Rig);
}

TEST(DGRAM_35, kinds_are_indicated_apart)
{
    WC_ADDR Any = WcAny(AF_INET, 0);
    WC_SOCK *Socket;
    USHORT Port;
    RIG Rig;

    COVERS("DGRAM-26", "DGRAM-36");
    SetUp(&Rig, AF_INET, STATUS_SUCCESS, 5);
    Socket = WcSocket(Rig.Client, AF_INET, WSK_FLAG_DATAGRAM_SOCKET, &Ears, &Table);
    CHECK_STATUS(WcBind(Socket, &Any), STATUS_SUCCESS);
    Port = WcPort(Socket);
    CHECK_EQ(udp_send(Rig.Peer, Port, "1", 1), 0);
    CHECK_EQ(udp_send(Rig.Peer, Port, "2", 1), 0);
    CHECK_EQ(udp_broadcast(Rig.Peer, Port, "3", 1), 0);
    CHECK_EQ(udp_multicast(Rig.Peer, Port, "4", 1), 0);
    CHECK_EQ(udp_send(Rig.Peer, Port, "5", 1), 0);
    CHECK_STATUS(Turn(Socket, TRUE), STATUS_SUCCESS);
    AwaitHeard(5);
    CHECK_EQ(InterlockedAdd(&Ears.Calls, 0), 4);
    for (int i = 0; i < 5; i++)
    {
        CHECK_EQ(Ears.Data[i][0], '1' + i);
        CHECK_EQ(Ears.Flags[i], WSK_FLAG_AT_DISPATCH_LEVEL | (i == 2 ? MSG_BCAST : i == 3 ? MSG_MCAST : 0));
    }
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_33, strangers_are_not_indicated)
{
    unsigned short Port;
    struct udp *Stranger = udp_open(WC_PEER_FAMILY(Family), &Port);
    RIG Rig;

    COVERS("DGRAM-51");
    CHECK(Stranger != NULL);
    SetUp(&Rig, Family, STATUS_SUCCESS, 2);
    CHECK_STATUS(DgFix(Rig.Socket, SIO_WSK_SET_REMOTE_ADDRESS, &Rig.From), STATUS_SUCCESS);
    PeerSends(&Rig, "1");
    CHECK_EQ(udp_send(Stranger, Rig.Port, "x", 1), 0);
    PeerSends(&Rig, "2");
    CHECK_STATUS(Turn(Rig.Socket, TRUE), STATUS_SUCCESS);
    AwaitHeard(2);
    CHECK_EQ(udp_send(Stranger, Rig.Port, "x", 1), 0);
    PeerSends(&Rig, "3");
    AwaitHeard(3);
    CHECK_EQ(Ears.Data[1][0], '2');
    CHECK_EQ(Ears.Data[2][0], '3');
    udp_close(Stranger);
    TearDown(&Rig);
}

/* ---- refusing --------------------------------------------------------------------- */

TEST_BOTH(DGRAM_40, refused_datagrams_wait_for_the_event_to_be_enabled_again)
{
    RIG Rig;

    COVERS("DGRAM-41", "EVT-23");
    SetUp(&Rig, Family, STATUS_DATA_NOT_ACCEPTED, 1);
    CHECK_STATUS(Turn(Rig.Socket, TRUE), STATUS_SUCCESS);
    PeerSends(&Rig, "1");
    WcWaitEvent(&Ears.Called, "the refusing callback");
    PeerSends(&Rig, "2");
    PeerSends(&Rig, "3");
    KeClearEvent(&Ears.Called);
    CHECK(WcStays(&Ears.Called));
    CHECK_EQ(InterlockedAdd(&Ears.Calls, 0), 1);
    Ears.Answer = STATUS_SUCCESS;
    CHECK_STATUS(Turn(Rig.Socket, TRUE), STATUS_SUCCESS);
    AwaitHeard(4);
    CHECK_EQ(Ears.Data[1][0], '1'); /* the refused one first */
    CHECK_EQ(Ears.Data[2][0], '2');
    CHECK_EQ(Ears.Data[3][0], '3');
    PeerSends(&Rig, "4");
    AwaitHeard(5);
    TearDown(&Rig);
}

TEST_BOTH(DGRAM_40, refused_datagrams_serve_requests_in_order)
{
    RIG Rig;
    DG_RECEIVE R;

    COVERS("EVT-23", "EVT-42", "DGRAM-27");
    SetUp(&Rig, Family, STATUS_DATA_NOT_ACCEPTED, 1);
    PeerSends(&Rig, "one");
    PeerSends(&Rig, "two");
    PeerSends(&Rig, "three");
    CHECK_STATUS(Turn(Rig.Socket, TRUE), STATUS_SUCCESS);
    WcWaitEvent(&Ears.Called, "the refusing callback");
    PeerSends(&Rig, "four");
    DgStartReceive(&R, Rig.Socket, 64);
    DgCheck(&R, "one", 3);
    CHECK(WcSameAddress(&R.From, &Rig.From));
    CHECK_EQ(R.Flags, 0);
    DgStartReceive(&R, Rig.Socket, 2);
    DgCheck(&R, "tw", 2);
    CHECK_EQ(R.Flags, MSG_TRUNC);
    DgExpect(Rig.Socket, "three", 5);
    DgExpect(Rig.Socket, "four", 4);
    TearDown(&Rig);
}

static VOID EnableInside(EARS *Mine)
{
    static WSK_EVENT_CALLBACK_CONTROL Control = {&NPI_WSK_INTERFACE_ID, WSK_EVENT_RECEIVE_FROM};
    PWSK_SOCKET Wsk = Mine->ThenContext;

    Mine->Then = NULL;
    Mine->Wrong += ((const WSK_PROVIDER_BASIC_DISPATCH *)Wsk->Dispatch)
                       ->WskControlSocket(Wsk, WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET, sizeof(Control),
                                          &Control, 0, NULL, NULL, NULL) != STATUS_SUCCESS;
    Mine->Answer = STATUS_SUCCESS; /* from the next call on */
}

/* The refusing callback has had the event enabled before it returned: whoever did
 * that must not be forgotten. */
TEST_BOTH(DGRAM_41, enabling_before_the_refusal_has_returned)
{
    RIG Rig;

    SetUp(&Rig, Family, STATUS_DATA_NOT_ACCEPTED, 2);
    Ears.Then = EnableInside;
    Ears.ThenContext = Rig.Socket->Wsk;
    CHECK_STATUS(Turn(Rig.Socket, TRUE), STATUS_SUCCESS);
    PeerSends(&Rig, "1");
    AwaitHeard(2);
    CHECK_EQ(Ears.Data[1][0], '1');
    TearDown(&Rig);
}

static void SetUpStatic(RIG *Rig, ADDRESS_FAMILY Family, NTSTATUS Answer)
{
    WC_CLIENT *Client = WcOpen();

    SetUpEars(Answer, 1);
    CHECK_STATUS(WcSetStatic(Client, WSK_EVENT_RECEIVE_FROM), STATUS_SUCCESS);
    SetUpOn(Rig, Client, Family);
}

TEST_BOTH(DGRAM_42, a_static_callback_is_not_disabled_by_refusing)
{
    RIG Rig;

    COVERS("EVT-25");
    SetUpStatic(&Rig, Family, STATUS_DATA_NOT_ACCEPTED);
    PeerSends(&Rig, "1");
    AwaitHeard(1);
    PeerSends(&Rig, "2");
    AwaitHeard(2);
    CHECK_EQ(Ears.Data[0][0], '1');
    CHECK_EQ(Ears.Data[1][0], '2');
    CHECK_STATUS(Turn(Rig.Socket, FALSE), STATUS_INVALID_DEVICE_REQUEST);
    CHECK_STATUS(Turn(Rig.Socket, TRUE), STATUS_INVALID_DEVICE_REQUEST);
    PeerSends(&Rig, "3");
    AwaitHeard(3);
    TearDown(&Rig);
}

TEST_BOTH(AMB_20, static_callbacks_without_a_function_are_skipped)
{
    static const WSK_CLIENT_DATAGRAM_DISPATCH Empty = {NULL};
    const WSK_CLIENT_DATAGRAM_DISPATCH *const Tables[] = {NULL, &Empty};
    WC_CLIENT *Client = WcOpen();
    unsigned short Port;
    struct udp *Peer = udp_open(WC_PEER_FAMILY(Family), &Port);

    CHECK(Peer != NULL);
    CHECK_STATUS(WcSetStatic(Client, WSK_EVENT_RECEIVE_FROM), STATUS_SUCCESS);
    for (int i = 0; i < 2; i++)
    {
        WC_SOCK *Socket = DgSocket(Client, Family, NULL, Tables[i]);

        CHECK_EQ(udp_send(Peer, WcPort(Socket), "x", 1), 0);
        DgExpect(Socket, "x", 1);
    }
    udp_close(Peer);
    WcClose(Client);
}

/* ---- requests and the event ------------------------------------------------------------- */

TEST_BOTH(DGRAM_32, requests_come_before_the_event)
{
    enum { Count = 3 };
    DG_RECEIVE R[Count];
    RIG Rig;

    COVERS("DGRAM-43", "EVT-36", "EVT-42");
    SetUp(&Rig, Family, STATUS_SUCCESS, 1);
    CHECK_STATUS(Turn(Rig.Socket, TRUE), STATUS_SUCCESS); /* and armed for the callback */
    for (int i = 0; i < Count; i++)
    {
        DgStartReceive(&R[i], Rig.Socket, 8);
    }
    for (char i = 0; i < Count + 1; i++)
    {
        CHECK_EQ(udp_send(Rig.Peer, Rig.Port, &i, 1), 0);
    }
    for (char i = 0; i < Count; i++)
    {
        DgCheck(&R[(int)i], &i, 1);
    }
    AwaitHeard(1);
    CHECK_EQ(Ears.Data[0][0], Count);
    CHECK_EQ(InterlockedAdd(&Ears.Datagrams, 0), 1);
    TearDown(&Rig);
}

/* ---- on and off --------------------------------------------------------------------------- */

TEST_BOTH(EVT_12, the_event_is_enabled_after_bind_only)
{
    static const WSK_CLIENT_DATAGRAM_DISPATCH Empty = {NULL};
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Unbound, *NoTable, *NoFunction, *Listener, *Bound;

    COVERS("EVT-08", "AMB-19", "AMB-20", "EVT-07");
    SetUpEars(STATUS_SUCCESS, 1);
    Unbound = WcSocket(Client, Family, WSK_FLAG_DATAGRAM_SOCKET, &Ears, &Table);
    NoTable = DgSocket(Client, Family, NULL, NULL);
    NoFunction = DgSocket(Client, Family, NULL, &Empty);
    Bound = DgSocket(Client, Family, &Ears, &Table);
    Listener = WcListener(Client, Family, NULL, NULL);
    CHECK_STATUS(Turn(Unbound, TRUE), STATUS_INVALID_DEVICE_STATE);
    CHECK_STATUS(Turn(NoTable, TRUE), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Turn(NoFunction, TRUE), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(Turn(Listener, TRUE), STATUS_INVALID_DEVICE_REQUEST);
    CHECK_STATUS(WcSetEvents(Bound, WSK_EVENT_ACCEPT), STATUS_INVALID_DEVICE_REQUEST);
    CHECK_STATUS(WcSetEvents(Bound, WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE_FROM), STATUS_INVALID_DEVICE_REQUEST);
    CHECK_STATUS(Turn(Bound, FALSE), STATUS_SUCCESS);
    WcClose(Client);
}

TEST_BOTH(EVT_23, disabled_means_kept_for_later)
{
    RIG Rig;

    COVERS("EVT-17", "EVT-21", "EVT-15", "EVT-14");
    SetUp(&Rig, Family, STATUS_SUCCESS, 1);
    CHECK_STATUS(Turn(Rig.Socket, TRUE), STATUS_SUCCESS);
    PeerSends(&Rig, "1");
    AwaitHeard(1);
    while (Turn(Rig.Socket, FALSE) == STATUS_EVENT_PENDING) /* the callback is about to return */
    {
        YieldProcessor();
    }
    PeerSends(&Rig, "2");
    PeerSends(&Rig, "3");
    KeClearEvent(&Ears.Called);
    CHECK(WcStays(&Ears.Called));
    DgExpect(Rig.Socket, "2", 1);
    CHECK_STATUS(Turn(Rig.Socket, TRUE), STATUS_SUCCESS);
    AwaitHeard(2);
    CHECK_EQ(Ears.Data[1][0], '3');
    TearDown(&Rig);
}

/* Each datagram is heard once, by the callback or by a request, whatever the moment
 * at which the event goes off. */
TEST_BOTH(EVT_21, disabling_is_exact)
{
    enum { Rounds = 100 };
    LONG ByRequest = 0;
    RIG Rig;

    COVERS("EVT-18", "EVT-17", "EVT-16");
    SetUp(&Rig, Family, STATUS_SUCCESS, MAXLONG);
    for (LONG i = 0; i < Rounds; i++)
    {
        WSK_EVENT_CALLBACK_CONTROL Control = {&NPI_WSK_INTERFACE_ID, WSK_EVENT_RECEIVE_FROM | WSK_EVENT_DISABLE};
        WC_OP *Op;
        LONG Heard;

        CHECK_STATUS(Turn(Rig.Socket, TRUE), STATUS_SUCCESS);
        PeerSends(&Rig, "x");
        Op = WcStartControl(Rig.Socket, WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET, sizeof(Control), &Control, 0,
                            NULL);
        CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
        Heard = InterlockedAdd(&Ears.Datagrams, 0);
        if (Heard + ByRequest == i)
        {
            DgExpect(Rig.Socket, "x", 1);
            ByRequest++;
        }
        CHECK_EQ(InterlockedAdd(&Ears.Datagrams, 0), Heard);
        CHECK_EQ(Heard + ByRequest, i + 1);
    }
    TearDown(&Rig);
}

static VOID DisableInside(EARS *Mine)
{
    static WSK_EVENT_CALLBACK_CONTROL Control = {&NPI_WSK_INTERFACE_ID, WSK_EVENT_RECEIVE_FROM | WSK_EVENT_DISABLE};
    PWSK_SOCKET Wsk = Mine->ThenContext;

    Mine->Wrong += ((const WSK_PROVIDER_BASIC_DISPATCH *)Wsk->Dispatch)
                       ->WskControlSocket(Wsk, WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET, sizeof(Control),
                                          &Control, 0, NULL, NULL, NULL) != STATUS_EVENT_PENDING;
}

TEST_BOTH(EVT_22, disabling_inside_the_callback)
{
    RIG Rig;

    COVERS("EVT-19", "EVT-34");
    SetUp(&Rig, Family, STATUS_SUCCESS, 1);
    Ears.Then = DisableInside;
    Ears.ThenContext = Rig.Socket->Wsk;
    CHECK_STATUS(Turn(Rig.Socket, TRUE), STATUS_SUCCESS);
    PeerSends(&Rig, "1");
    AwaitHeard(1);
    PeerSends(&Rig, "2");
    DgExpect(Rig.Socket, "2", 1);
    CHECK_EQ(InterlockedAdd(&Ears.Calls, 0), 1);
    TearDown(&Rig);
}

/* ---- close ---------------------------------------------------------------------------------- */

static VOID CloseInside(EARS *Mine)
{
    WC_OP *Op = Mine->ThenContext;
    WC_SOCK *Socket = Op->Context;
    PWSK_SOCKET Wsk = Socket->Wsk;

    Mine->Then = NULL;
    Socket->Wsk = NULL;
    Op->Returned = ((const WSK_PROVIDER_BASIC_DISPATCH *)Wsk->Dispatch)->WskCloseSocket(Wsk, Op->Irp);
    Mine->Wrong += WcIsDone(Op);
}

TEST_BOTH(EVT_41, closing_inside_the_callback)
{
    WC_OP *Op;
    RIG Rig;

    COVERS("EVT-33");
    SetUp(&Rig, Family, STATUS_SUCCESS, 1);
    PeerSends(&Rig, "1");
    PeerSends(&Rig, "2");
    Op = WcOp(Rig.Client, "WskCloseSocket in the callback");
    Op->Context = Rig.Socket;
    Ears.Then = CloseInside;
    Ears.ThenContext = Op;
    CHECK_STATUS(Turn(Rig.Socket, TRUE), STATUS_SUCCESS);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(InterlockedAdd(&Ears.Calls, 0), 1);
    TearDown(&Rig);
}

TEST_BOTH(EVT_41, closing_with_refused_datagrams)
{
    RIG Rig;

    COVERS("BASIC-64");
    SetUp(&Rig, Family, STATUS_DATA_NOT_ACCEPTED, 1);
    PeerSends(&Rig, "1");
    PeerSends(&Rig, "2");
    CHECK_STATUS(Turn(Rig.Socket, TRUE), STATUS_SUCCESS);
    WcWaitEvent(&Ears.Called, "the refusing callback");
    WcCloseSocket(Rig.Socket);
    TearDown(&Rig);
}

TEST_BOTH(EVT_41, closing_while_armed_for_the_callback)
{
    RIG Rig;

    SetUp(&Rig, Family, STATUS_SUCCESS, 1);
    CHECK_STATUS(Turn(Rig.Socket, TRUE), STATUS_SUCCESS);
    WcCloseSocket(Rig.Socket);
    CHECK_EQ(InterlockedAdd(&Ears.Calls, 0), 0);
    TearDown(&Rig);
}
