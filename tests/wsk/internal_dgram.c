// SPDX-License-Identifier: MIT
/*
 * A datagram socket that the engine cannot receive on any more: requests and the
 * event are told, once, and it closes like any other.
 */
#include "support/wskdgram.h"

/* Functions and a constant of the C library, whose headers are of the other world. */
int open(const char *path, int flags, ...);
int dup2(int from, int to);
int close(int fd);
int getsockname(int fd, void *address, unsigned int *length);
#define DESCRIPTORS_MOST 256

/* Puts something that is no socket in the place of the one bound to Port. */
static void Break(USHORT Port)
{
    int Null = open("/dev/null", 0);

    for (int Fd = 0; Fd < DESCRIPTORS_MOST; Fd++)
    {
        UCHAR Name[64] = {0};
        unsigned int Length = sizeof(Name);

        if (getsockname(Fd, Name, &Length) == 0 && Name[2] == Port >> 8 && Name[3] == (Port & 0xff))
        {
            CHECK_EQ(dup2(Null, Fd), Fd);
            close(Null);
            return;
        }
    }
    CHECK(!"the socket's descriptor was found");
}

typedef struct _NOTICE
{
    volatile LONG Calls;
    volatile LONG Dead;
    KEVENT Called;
} NOTICE;

static NTSTATUS WSKAPI Hear(PVOID SocketContext, ULONG Flags, PWSK_DATAGRAM_INDICATION DataIndication)
{
    NOTICE *Notice = SocketContext;

    InterlockedIncrement(&Notice->Calls);
    InterlockedAdd(&Notice->Dead, DataIndication == NULL && Flags == WSK_FLAG_AT_DISPATCH_LEVEL);
    KeSetEvent(&Notice->Called, IO_NO_INCREMENT, FALSE);
    return STATUS_DATA_NOT_ACCEPTED; /* means nothing here (EVT-40) */
}

TEST_BOTH(DGRAM_36, the_event_tells_of_a_dead_socket_once)
{
    static const WSK_CLIENT_DATAGRAM_DISPATCH Table = {Hear};
    static NOTICE Notice;
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket = DgSocket(Client, Family, &Notice, &Table);
    DG_RECEIVE R;

    COVERS("EVT-38", "EVT-40", "DGRAM-20");
    RtlZeroMemory(&Notice, sizeof(Notice));
    KeInitializeEvent(&Notice.Called, NotificationEvent, FALSE);
    Break(WcPort(Socket));
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE_FROM), STATUS_SUCCESS);
    WcWaitEvent(&Notice.Called, "the notice");
    KeClearEvent(&Notice.Called);
    DgStartReceive(&R, Socket, 8);
    CHECK_STATUS(WcWait(R.Op), STATUS_FILE_FORCED_CLOSED);
    CHECK_STATUS(WcSetEvents(Socket, WSK_EVENT_RECEIVE_FROM), STATUS_SUCCESS);
    CHECK(WcStays(&Notice.Called));
    CHECK_EQ(InterlockedAdd(&Notice.Calls, 0), 1);
    CHECK_EQ(InterlockedAdd(&Notice.Dead, 0), 1);
    WcCloseSocket(Socket);
    WcClose(Client);
}

TEST_BOTH(DGRAM_20, requests_on_a_dead_socket_fail)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket = DgSocket(Client, Family, NULL, NULL);
    DG_RECEIVE R;

    Break(WcPort(Socket));
    for (int i = 0; i < 3; i++)
    {
        DgStartReceive(&R, Socket, 8);
        CHECK_STATUS(WcWait(R.Op), STATUS_FILE_FORCED_CLOSED);
    }
    WcCloseSocket(Socket);
    WcClose(Client);
}
