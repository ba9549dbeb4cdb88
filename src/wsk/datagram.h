// SPDX-License-Identifier: MIT
#pragma once
/*
 * Datagram sockets: their part of a socket, their requests, and what their files
 * share. Callers: datagram_*.c, cmsg.c, seam.c; control.c and ioctl.c for the
 * settings.
 */
#include "wsk/request.h"

/* ---- control data ------------------------------------------------------------ */

#define WSKP_ANCILLARY_PACKET 0x1 /* where it went and came in, where it is to come from and go out */
#define WSKP_ANCILLARY_TOS 0x2
#define WSKP_ANCILLARY_HOPS 0x4

/* What travels beside the data, in no system's layout. */
typedef struct _WSKP_ANCILLARY
{
    ULONG Have; /* WSKP_ANCILLARY_* */
    UCHAR Ip[16];
    ULONG InterfaceIndex;
    LONG TypeOfService; /* or traffic class, with the ECN bits */
    LONG Hops;
} WSKP_ANCILLARY, *PWSKP_ANCILLARY;

/* Which control data objects the client has asked for. */
#define WSKP_TELL_PACKET 0x1
#define WSKP_TELL_TOS 0x2
#define WSKP_TELL_ECN 0x4
#define WSKP_TELL_HOPS 0x8

/* Room for all of them: an address with its interface, and three numbers. */
#define WSKP_CONTROL_BYTES_MAX (WSA_CMSG_SPACE(sizeof(IN6_PKTINFO)) + 3 * WSA_CMSG_SPACE(sizeof(INT)))

/* cmsg.c. The client's objects; STATUS_INVALID_PARAMETER, STATUS_NOT_SUPPORTED. */
NTSTATUS WskpReadControlData(ADDRESS_FAMILY Family, const VOID *Data, SIZE_T Length, PWSKP_ANCILLARY Ancillary);
/* Stores what Tell names and Ancillary has, as many whole objects as Size admits;
 * returns the bytes stored. */
ULONG WskpWriteControlData(ADDRESS_FAMILY Family, ULONG Tell, const WSKP_ANCILLARY *Ancillary, PVOID Data, ULONG Size,
                           PBOOLEAN Truncated);
/* The WSKP_TELL_* bit that an option turns on; 0: none. */
ULONG WskpTellOfOption(ULONG Level, ULONG Code);

/* ---- requests -------------------------------------------------------------------- */

typedef struct _WSKP_DESTINATION
{
    WSKP_ADDRESS Address;
    WSKP_ANCILLARY Ancillary;
} WSKP_DESTINATION, *PWSKP_DESTINATION;

/*
 * WskSendTo and WskSendMessages, over a request's Parameters. The first WSK_BUF
 * is copied, further list entries and all MDL chains stay the client's (AMB-59).
 * Owner: as WSKP_REQUEST.
 */
typedef struct _WSKP_SEND_TO
{
    PWSK_BUF_LIST Next;            /* entries after the first */
    PWSKP_DESTINATION Destination; /* memory of our own while it waits; NULL: the socket has it */
    PWSK_BUF_LIST Cursor;          /* entry CursorIndex, if that is not 0 */
    ULONG CursorIndex;
    ULONG Count; /* datagrams */
    PMDL Mdl;    /* as WSKP_DATA's */
    ULONG Offset;
    ULONG Length;
} WSKP_SEND_TO, *PWSKP_SEND_TO;

/* WskReceiveFrom. All of it is the client's until completion. */
typedef struct _WSKP_RECEIVE_FROM
{
    PSOCKADDR RemoteAddress;
    PULONG ControlLength;
    PVOID ControlInfo;
    PULONG ControlFlags;
    PMDL Mdl;
    ULONG Offset;
    ULONG Length;
} WSKP_RECEIVE_FROM, *PWSKP_RECEIVE_FROM;

C_ASSERT(sizeof(WSKP_SEND_TO) <= WSKP_PARAMETERS_SIZE);
C_ASSERT(sizeof(WSKP_RECEIVE_FROM) <= WSKP_PARAMETERS_SIZE);
C_ASSERT(FIELD_OFFSET(WSKP_SEND_TO, Mdl) == FIELD_OFFSET(WSKP_DATA, Mdl));
C_ASSERT(FIELD_OFFSET(WSKP_RECEIVE_FROM, Mdl) == FIELD_OFFSET(WSKP_DATA, Mdl));

static inline PWSKP_SEND_TO WskpSendToData(PIRP Irp)
{
    return (PWSKP_SEND_TO)WskpParameters(Irp);
}
static inline PWSKP_RECEIVE_FROM WskpReceiveFromData(PIRP Irp)
{
    return (PWSKP_RECEIVE_FROM)WskpParameters(Irp);
}

/* ---- received datagrams ------------------------------------------------------------- */

/* What the engine tells of one that it has stored. */
typedef struct _WSKP_ARRIVAL
{
    WSKP_ADDRESS From;
    SIZE_T Bytes;
    ULONG Flags; /* MSG_TRUNC, MSG_BCAST, MSG_MCAST */
    WSKP_ANCILLARY Ancillary;
} WSKP_ARRIVAL, *PWSKP_ARRIVAL;

#define WSKP_DATAGRAM_BYTES_MAX 65536 /* no datagram is longer */
#define WSKP_DATAGRAM_PAGES (WSKP_DATAGRAM_BYTES_MAX / PAGE_SIZE + 1)

/*
 * A buffer for one datagram. Its pages are touched only as far as datagrams reach.
 * Owner: the socket's list of free ones, its op, Held, or the client it is lent to.
 * Lock:  the socket's, except while it is the op's or lent.
 */
typedef struct _WSKP_DATAGRAM
{
    WSK_DATAGRAM_INDICATION Indication; /* the client's view, while lent */
    LIST_ENTRY Link;
    WSKP_LOAN Loan; /* of the list that begins here */
    WSKP_ARRIVAL Arrival;
    DECLSPEC_ALIGN(16) UCHAR Control[WSKP_CONTROL_BYTES_MAX];
    MDL Mdl;
    PFN_NUMBER Pages[WSKP_DATAGRAM_PAGES + 1];
    DECLSPEC_ALIGN(16) UCHAR Data[WSKP_DATAGRAM_BYTES_MAX];
} WSKP_DATAGRAM, *PWSKP_DATAGRAM;

C_ASSERT(FIELD_OFFSET(WSKP_DATAGRAM, Pages) == FIELD_OFFSET(WSKP_DATAGRAM, Mdl) + sizeof(MDL));

/*
 * What only a datagram socket has.
 * Owner: its socket. Lock: the socket's, for every field not marked otherwise.
 */
struct _WSKP_DATAGRAM_SOCKET
{
    WSKP_ADDRESS FixedRemote; /* family 0: none */
    WSKP_ADDRESS FixedSendTo;
    BOOLEAN RemoteIsLast;     /* of the two, FixedRemote was set later */
    ULONG Tell;               /* WSKP_TELL_* */
    WSKP_DESTINATION Direct;  /* of a send that found nothing before it */

    WSKP_ARRIVAL Arrival;     /* of a datagram received for a request; the op's */
    PWSKP_DATAGRAM Batch[WSKP_DATAGRAM_BATCH_MAX]; /* the op's, of a receive for the callback */
    ULONG BatchCount;
    LIST_ENTRY Free;
    LIST_ENTRY Held;          /* received and nobody's yet, oldest first */
    ULONG FreeCount;
    ULONG InUse;              /* all but the free ones; at most WSKP_DATAGRAM_BUFFERS_MAX */
    ULONG LentCount;
    BOOLEAN EnabledAgain;     /* while the callback ran */
    BOOLEAN Dead;             /* the engine refuses to receive for good */
    BOOLEAN DeadReported;
};

/* datagram_send.c */
extern const WSKP_WORK WskpSendToWork;
/* datagram_receive.c */
extern const WSKP_WORK WskpReceiveFromWork;
/* Is it from whom the client wants to hear? */
BOOLEAN WskpIsFromRemote(PWSKP_SOCKET Socket, const WSKP_ADDRESS *From);

/* datagram_event.c: the callback's part of WskpReceiveFromWork, same rules. */
BOOLEAN WskpIsReceiveFromOn(PWSKP_SOCKET Socket);
WSKP_PREPARED WskpPrepareBatch(PWSKP_DIRECTION Direction);
VOID WskpBatchEnded(PWSKP_DIRECTION Direction);
BOOLEAN WskpWantsReceiveFromCallback(PWSKP_DIRECTION Direction);
VOID WskpReceiveFromCallback(PWSKP_DIRECTION Direction);
/* The oldest held datagram, which the caller recycles; NULL: none. Lock held. */
PWSKP_DATAGRAM WskpTakeHeld(PWSKP_SOCKET Socket);
VOID WskpRecycleDatagram(PWSKP_SOCKET Socket, PWSKP_DATAGRAM Datagram);

/* For seam.c: the memory of datagram Index of the op, and what came into it. No lock. */
SIZE_T WskpSendToSegments(PWSKP_OP Op, SIZE_T Index, SIZE_T Skip, PWSKP_SEGMENT Segments, SIZE_T Maximum,
                          SIZE_T *Length);
SIZE_T WskpReceiveFromSegments(PWSKP_OP Op, SIZE_T Index, SIZE_T Skip, PWSKP_SEGMENT Segments, SIZE_T Maximum,
                               SIZE_T *Length);
VOID WskpDatagramArrived(PWSKP_OP Op, SIZE_T Index, const WSKP_ARRIVAL *Arrival);
/* datagram_receive.c: the memory of a chain from Position on. */
SIZE_T WskpMapChain(PMDL Mdl, SIZE_T Position, SIZE_T Length, PWSKP_SEGMENT Segments, SIZE_T Maximum);
/* seam.c */
VOID WskpSetOpDestination(PWSKP_OP Op, const WSKP_DESTINATION *Destination);
