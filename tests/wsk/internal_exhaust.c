// SPDX-License-Identifier: MIT
/*
 * Out of file descriptors: accept requests are told, a listener that only has
 * its callback waits without spinning and goes on when a socket closes.
 */
#include "support/wskclient.h"

/* Two functions and a constant of the C library, whose headers are of the other world. */
struct limit
{
    unsigned long soft, hard;
};
#define LIMIT_DESCRIPTORS 7
int getrlimit(int what, struct limit *limit);
int setrlimit(int what, const struct limit *limit);
int dup(int fd);
int close(int fd);

static struct limit Original;
static int LastUsed;

/* From now on no descriptor is to be had. */
static void Exhaust(void)
{
    struct limit Limit;
    int Fd = dup(1);

    getrlimit(LIMIT_DESCRIPTORS, &Original);
    Limit = Original;
    Limit.soft = (unsigned long)Fd; /* the lowest free one is beyond the limit */
    LastUsed = Fd;
    close(Fd);
    setrlimit(LIMIT_DESCRIPTORS, &Limit);
}

/* Count more can be had. */
static void Relieve(int Count)
{
    struct limit Limit = Original;

    Limit.soft = (unsigned long)(LastUsed + Count);
    setrlimit(LIMIT_DESCRIPTORS, &Limit);
}

static void Restore(void)
{
    setrlimit(LIMIT_DESCRIPTORS, &Original);
}

/* Given a connection that waits and no descriptor for it, then WskAccept fails with
 * STATUS_INSUFFICIENT_RESOURCES; once there is one, the next WskAccept gets that
 * connection. */
TEST_BOTH(WSKP, accept_requests_are_told_of_exhaustion)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL);
    struct peer *Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listener));
    WC_OP *Op;
    WC_SOCK *Accepted;
    NTSTATUS Status, Created;

    CHECK(Peer != NULL);
    Exhaust();
    Op = WcStartAccept(Listener, NULL, NULL, NULL, NULL);
    Status = WcWait(Op);
    Created = WcWait(WcStartSocket(Client, Family, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_BASIC_SOCKET, NULL, NULL));
    Restore();
    CHECK_STATUS(Status, STATUS_INSUFFICIENT_RESOURCES);
    CHECK_STATUS(Created, STATUS_INSUFFICIENT_RESOURCES);
    Accepted = WcAccept(Listener);
    CHECK_EQ(peer_send_all(Peer, "x", 1), 0);
    UCHAR Byte;
    WcReceiveData(Accepted, &Byte, 1);
    peer_close(Peer);
    WcClose(Client);
}

typedef struct _ARRIVALS
{
    volatile LONG Count;
    PWSK_SOCKET Sockets[4];
    KEVENT Event;
} ARRIVALS;

static NTSTATUS WSKAPI NoteArrival(PVOID SocketContext, ULONG Flags, PSOCKADDR LocalAddress, PSOCKADDR RemoteAddress,
                                   PWSK_SOCKET AcceptSocket, PVOID *AcceptSocketContext,
                                   const WSK_CLIENT_CONNECTION_DISPATCH **AcceptSocketDispatch)
{
    ARRIVALS *Arrivals = SocketContext;

    UNREFERENCED_PARAMETER(Flags);
    UNREFERENCED_PARAMETER(LocalAddress);
    UNREFERENCED_PARAMETER(RemoteAddress);
    UNREFERENCED_PARAMETER(AcceptSocketContext);
    UNREFERENCED_PARAMETER(AcceptSocketDispatch);
    Arrivals->Sockets[InterlockedIncrement(&Arrivals->Count) - 1] = AcceptSocket;
    KeSetEvent(&Arrivals->Event, IO_NO_INCREMENT, FALSE);
    return STATUS_SUCCESS;
}

/* Given a listener with its callback only and no descriptor, then no callback comes;
 * when a socket of ours closes, the connection that waited is delivered. */
TEST_BOTH(WSKP, a_stalled_listener_goes_on_when_a_socket_closes)
{
    static const WSK_CLIENT_LISTEN_DISPATCH Dispatch = {NoteArrival, NULL, NULL};
    static ARRIVALS Arrivals;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Listener, *Spare;
    struct peer *Peer;
    BOOLEAN Stayed;

    RtlZeroMemory(&Arrivals, sizeof(Arrivals));
    KeInitializeEvent(&Arrivals.Event, SynchronizationEvent, FALSE);
    Listener = WcListener(Client, Family, &Arrivals, &Dispatch);
    Spare = WcSocket(Client, Family, WSK_FLAG_BASIC_SOCKET, NULL, NULL);
    Peer = peer_connect(WC_PEER_FAMILY(Family), WcPort(Listener));
    CHECK(Peer != NULL);
    Exhaust();
    CHECK_STATUS(WcSetEvents(Listener, WSK_EVENT_ACCEPT), STATUS_SUCCESS);
    Stayed = WcStays(&Arrivals.Event);
    WcCloseSocket(Spare); /* its descriptor is below the limit */
    Relieve(0);
    WcWaitEvent(&Arrivals.Event, "the connection that waited");
    Restore();
    CHECK(Stayed);
    CHECK_EQ(Arrivals.Count, 1);
    WcAdopt(Client, (ULONG_PTR)Arrivals.Sockets[0], WSK_FLAG_CONNECTION_SOCKET, Family);
    peer_close(Peer);
    WcClose(Client);
}
