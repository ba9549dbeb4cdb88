// SPDX-License-Identifier: MIT
#pragma once
/*
 * Received bytes that are the provider's: taken from the kernel for
 * WskReceiveEvent, or by a WAITALL receive that was cancelled. The buffers are in
 * indicate_buffer.c, what becomes of them in indicate.c, their way to WskReceive
 * in receive.c. Callers: those three.
 */
#include "wsk/request.h"

/*
 * One buffer, and what a client sees of it.
 * Owner: the socket: Arming, Undelivered or SpareBuffer; the client while lent.
 * Lock:  the socket's; while lent nobody but the loan touches it.
 */
struct _WSKP_INDICATION
{
    WSK_DATA_INDICATION Public; /* rebuilt for each callback; a client may write it */
    LIST_ENTRY Link;            /* Undelivered */
    PWSKP_INDICATION Chain;     /* the rest of a lent list */
    WSKP_LOAN Loan;             /* the head's */
    PMDL Mdl;                   /* immutable; describes Data up to End */
    PUCHAR Data;                /* immutable */
    SIZE_T Capacity;            /* immutable */
    SIZE_T Start;               /* bytes that are taken already */
    SIZE_T End;
};

/* Lock held. Counted in Indications; NULL without memory. */
PWSKP_INDICATION WskpNewIndication(PWSKP_SOCKET Socket, SIZE_T Capacity);
VOID WskpFreeIndication(PWSKP_SOCKET Socket, PWSKP_INDICATION Indication);
/* Makes a client's list of the buffers on List; returns its bytes. */
SIZE_T WskpLinkIndications(PLIST_ENTRY List);
/* Takes Bytes from the front of List; buffers that are used up are freed. Lock held. */
VOID WskpConsumeIndications(PWSKP_SOCKET Socket, PLIST_ENTRY List, SIZE_T Bytes);

/* The incoming direction of a connection with no request waiting. Lock held, may be
 * dropped. */
WSKP_PREPARED WskpPrepareIndication(PWSKP_DIRECTION Direction);
VOID WskpIndicationEnded(PWSKP_DIRECTION Direction);
BOOLEAN WskpWantsIndication(PWSKP_DIRECTION Direction);
VOID WskpIndicate(PWSKP_DIRECTION Direction);

/* receive.c: nothing more comes in, in order. Lock held. */
VOID WskpPeerEnded(PWSKP_SOCKET Socket);
