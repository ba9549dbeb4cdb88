// SPDX-License-Identifier: MIT
#pragma once
/*
 * A client of connection events for tests: its callbacks record what they are
 * told, check what holds for every indication, and answer as the test says. An
 * EV is the context of one socket at a time. NT world.
 */
#include "wskclient.h"

#define EV_LISTS_MAX 64
#define EV_TAKE_ALL ((SIZE_T)-1) /* *BytesAccepted is left as it came */

typedef struct _EV EV;
/* Runs inside the receive (or disconnect) callback, before it answers. */
typedef VOID EV_HOOK(EV *Ev);

struct _EV
{
    /* The receive callback's answer, so many times (-1: always), then STATUS_SUCCESS
     * to everything. Set by the test while no event can come, or by the hook. */
    NTSTATUS Answer;
    SIZE_T Take; /* with STATUS_SUCCESS: the most it accepts */
    LONG Times;
    EV_HOOK *Hook;
    EV_HOOK *DisconnectHook;
    PVOID HookContext;

    /* What came. Lock, but for Changed. */
    KSPIN_LOCK Lock;
    KEVENT Changed; /* after each callback */
    const char *Bad; /* what was wrong with a call, or NULL */
    LONG Inside;     /* receive callbacks running: at most one */
    LONG Receives, Disconnects, Backlogs, Deads;
    LONG Order; /* counts all calls */
    PWSK_DATA_INDICATION Current; /* for the hook: what is being indicated */
    PUCHAR Stream; /* what was accepted, in order */
    SIZE_T StreamSize, Length;
    ULONG Flags, AllFlags;  /* of the last receive, of all */
    SIZE_T Indicated;       /* bytes of the last receive */
    ULONG Buffers;          /* ... and its number of indications */
    ULONG DisconnectFlags[4];
    SIZE_T DisconnectLength; /* Length at the last disconnect */
    SIZE_T Backlog;
    PWSK_DATA_INDICATION Lists[EV_LISTS_MAX]; /* retained, oldest first */
    LONG ListCount;
};

extern const WSK_CLIENT_CONNECTION_DISPATCH EvTable;

/* Its memory is the client's. It accepts all. */
void EvInit(EV *Ev, WC_CLIENT *Client, SIZE_T StreamSize);
void EvAnswer(EV *Ev, NTSTATUS Answer, SIZE_T Take, LONG Times);
/* A socket with Ev as its context, connected to a Linux peer. No event is on. */
void EvPeerPair(WC_CLIENT *Client, ADDRESS_FAMILY Family, EV *Ev, WC_SOCK **Socket, struct peer **Peer);
/* The same with Table and Context of the test's own. */
WC_SOCK *EvConnect(WC_CLIENT *Client, ADDRESS_FAMILY Family, USHORT Port, PVOID Context,
                   const WSK_CLIENT_CONNECTION_DISPATCH *Table);
/* Bounded waits until at least so much has come. */
void EvWaitLength(EV *Ev, SIZE_T Length);
void EvWaitReceives(EV *Ev, LONG Count);
void EvWaitDisconnects(EV *Ev, LONG Count);
void EvWaitBacklogs(EV *Ev, LONG Count);
void EvWaitDeads(EV *Ev, LONG Count);
/* Nothing more comes now: the count of all calls stays. Evidence, not a synchronisation. */
BOOLEAN EvStaysQuiet(EV *Ev);
/* What every test of events checks: nothing Bad; and the stream position-coded. */
void EvCheckCalls(EV *Ev);
void EvCheckStream(EV *Ev, SIZE_T Length);
LONG EvRead(EV *Ev, LONG *Counter);
/* Releases the lists retained; how many. */
LONG EvReleaseAll(EV *Ev, PWSK_SOCKET Socket);
/* Position-coded bytes for a peer to send, from 0 on; the client's. */
UCHAR *EvBytes(WC_CLIENT *Client, SIZE_T Length);
/* SO_WSK_EVENT_CALLBACK with an IRP. */
WC_OP *EvStartControl(WC_SOCK *Socket, ULONG EventMask);

#ifndef WC_IMPLEMENTATION
#define EvBytes(...) WC_SITE(EvBytes(__VA_ARGS__))
#define EvInit(...) WC_SITE(EvInit(__VA_ARGS__))
#define EvPeerPair(...) WC_SITE(EvPeerPair(__VA_ARGS__))
#define EvConnect(...) WC_SITE(EvConnect(__VA_ARGS__))
#define EvWaitLength(...) WC_SITE(EvWaitLength(__VA_ARGS__))
#define EvWaitReceives(...) WC_SITE(EvWaitReceives(__VA_ARGS__))
#define EvWaitDisconnects(...) WC_SITE(EvWaitDisconnects(__VA_ARGS__))
#define EvWaitBacklogs(...) WC_SITE(EvWaitBacklogs(__VA_ARGS__))
#define EvWaitDeads(...) WC_SITE(EvWaitDeads(__VA_ARGS__))
#define EvCheckCalls(e) WC_SITE(EvCheckCalls(e))
#define EvCheckStream(...) WC_SITE(EvCheckStream(__VA_ARGS__))
#define EvReleaseAll(...) WC_SITE(EvReleaseAll(__VA_ARGS__))
#endif
