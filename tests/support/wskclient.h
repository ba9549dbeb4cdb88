// SPDX-License-Identifier: MIT
#pragma once
/*
 * A WSK client for tests: registration, requests whose completion is recorded
 * and counted, bounded waits, addresses, buffers. NT world.
 *
 * A WC_OP is one IRP of the client's own: armed by WcOp, given to a WSK function,
 * waited for with WcWait, which also checks what holds for every request
 * (completed exactly once, return value and completion agree, Information 0 on
 * failure, PendingReturned exactly when the call said STATUS_PENDING). Its IRP
 * is freed inside the completion routine, as drivers do, so that a provider
 * touching it afterwards is caught by the address sanitizer; ops made with
 * WcKeptOp keep it, for reuse and cancelling.
 *
 * Everything belongs to a WC_CLIENT and is freed by WcClose, which also checks
 * that deregistration ends within the bound (nothing was left open), that every
 * IRP was completed exactly as often as it was started, and (with the last client
 * of the test) that as many pool blocks, IRPs and MDLs are there as at the start.
 *
 * Functions that check leave the test by longjmp: they are for the test's own
 * thread. Failures are reported at the caller's line.
 */
#include <ntddk.h>
#include <wsk.h>

#include "peer.h"
#include "test.h"

/* Long enough for a sanitized build on a loaded machine; reaching it is a failure. */
#define WC_WAIT_MS 20000

#define WC_POISON_BYTE 0xA5
#define WC_POISON_STATUS ((NTSTATUS)0xA5A5A5A5)
#define WC_POISON_SIZE ((ULONG_PTR)0xA5A5A5A5A5A5A5A5ULL)
#define WC_TAG 'tcsW'

/* First statement of a test that cannot do without IPv6. */
#define WC_NEEDS_IPV6()                                                                                   \
    do                                                                                                    \
    {                                                                                                     \
        if (!peer_has_family(6))                                                                          \
        {                                                                                                 \
            SKIP("this machine has no IPv6 loopback address");                                            \
        }                                                                                                 \
    } while (0)

/* One test for each address family: the body takes ADDRESS_FAMILY Family. */
#define TEST_BOTH(id, what)                                                                               \
    static void id##_##what##_body(ADDRESS_FAMILY Family);                                                \
    TEST(id, what##_ipv4)                                                                                 \
    {                                                                                                     \
        id##_##what##_body(AF_INET);                                                                      \
    }                                                                                                     \
    TEST(id, what##_ipv6)                                                                                 \
    {                                                                                                     \
        WC_NEEDS_IPV6();                                                                                  \
        id##_##what##_body(AF_INET6);                                                                     \
    }                                                                                                     \
    static void id##_##what##_body(ADDRESS_FAMILY Family)

#define WC_PEER_FAMILY(Family) ((Family) == AF_INET6 ? 6 : 4)

typedef union _WC_ADDR
{
    SOCKADDR Sa;
    SOCKADDR_IN V4;
    SOCKADDR_IN6 V6;
    UCHAR Raw[128];
} WC_ADDR;

typedef struct _WC_CLIENT
{
    WSK_REGISTRATION Registration;
    WSK_CLIENT_DISPATCH Dispatch;
    WSK_PROVIDER_NPI Npi;
    volatile LONG Events; /* calls of WskClientEvent: never any (REG-50) */
    LIST_ENTRY Ops;       /* test thread only */
    LIST_ENTRY Sockets;
    LIST_ENTRY Buffers;
    BOOLEAN Released;     /* the test gave the NPI back itself */
    BOOLEAN Deregistered; /* the test deregistered itself */
} WC_CLIENT;

typedef struct _WC_OP WC_OP;
typedef VOID WC_THEN(WC_OP *Op);

struct _WC_OP
{
    LIST_ENTRY Link;
    WC_CLIENT *Client;
    const char *What;
    PIRP Irp; /* NULL once freed */
    BOOLEAN Keep;
    NTSTATUS Returned; /* what the WSK function returned; test thread */
    volatile LONG Started;
    volatile LONG Completions;
    /* Recorded by the completion routine. */
    NTSTATUS Status;
    ULONG_PTR Information;
    BOOLEAN PendingReturned;
    BOOLEAN Cancel;
    PDEVICE_OBJECT DeviceObject;
    KIRQL Irql;
    PKTHREAD Thread;
    LONG Order; /* rank among all completions of the program */
    /* Runs as the end of the completion routine; when set, it (or what it
     * starts) calls WcSignal to let waiters go. */
    WC_THEN *Then;
    PVOID Context;
    KEVENT Done;
};

typedef struct _WC_SOCK
{
    LIST_ENTRY Link;
    WC_CLIENT *Client;
    PWSK_SOCKET Wsk; /* NULL once closed */
    ULONG Category;  /* WSK_FLAG_*_SOCKET */
    ADDRESS_FAMILY Family;
} WC_SOCK;

/* Non-paged memory described by one MDL or a chain, guard bytes around each piece. */
typedef struct _WC_BUF
{
    LIST_ENTRY Link;
    WSK_BUF Buf; /* all of it */
    SIZE_T Length;
    ULONG Count; /* pieces */
    PUCHAR Memory;
    SIZE_T MemorySize;
} WC_BUF;

/* ---- the client ---------------------------------------------------------- */

WC_CLIENT *WcOpen(void);             /* registered for version 1.0, NPI captured */
WC_CLIENT *WcRegisterOnly(USHORT Version); /* registered, nothing captured */
void WcClose(WC_CLIENT *Client);     /* closes sockets left open, then as said above */
/* WskDeregister on a thread of its own, bounded. */
void WcDeregister(WC_CLIENT *Client);

/* ---- requests ------------------------------------------------------------ */

WC_OP *WcOp(WC_CLIENT *Client, const char *What);
WC_OP *WcKeptOp(WC_CLIENT *Client, const char *What);
/* An op over an IRP and memory of the test's own; kept, and not on the client's list. */
void WcInitOp(WC_OP *Op, PIRP Irp, const char *What);
/* Re-arms a kept, completed op: IoReuseIrp, poison, completion routine. It need
 * not be used again. */
void WcReuse(WC_OP *Op);
NTSTATUS WcWait(WC_OP *Op); /* the final status */
/* True when it has completed; does not wait. */
BOOLEAN WcIsDone(WC_OP *Op);
void WcSignal(WC_OP *Op);
void WcCancel(WC_OP *Op); /* IoCancelIrp on a kept op's IRP, completed or not */
/* Waits for any event with the bound; What is printed when it passes. */
void WcWaitEvent(PKEVENT Event, const char *What);
/* The same without leaving the test: FALSE when the bound passed. Any thread. */
BOOLEAN WcAwait(PVOID Object, const char *What);
/* TRUE when the object is still not signalled after a moment: evidence that
 * something waits. Never a synchronisation: passes at once when it is wrong. */
BOOLEAN WcStays(PVOID Object);
/* Completion routine of WC_OPs, for IRPs a test makes otherwise. */
NTSTATUS NTAPI WcCompleted(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context);

/* ---- sockets: WcStart* returns the op, the others wait and return the status - */

WC_OP *WcStartSocket(WC_CLIENT *Client, ADDRESS_FAMILY Family, USHORT Type, ULONG Protocol, ULONG Flags,
                     PVOID Context, const VOID *Dispatch);
/* A TCP (or, for the datagram category, UDP) socket; must succeed. */
WC_SOCK *WcSocket(WC_CLIENT *Client, ADDRESS_FAMILY Family, ULONG Category, PVOID Context, const VOID *Dispatch);
/* Takes charge of a socket got otherwise. Wsk must not be NULL or poison. */
WC_SOCK *WcAdopt(WC_CLIENT *Client, ULONG_PTR Wsk, ULONG Category, ADDRESS_FAMILY Family);

WC_OP *WcStartSocketConnect(WC_CLIENT *Client, const WC_ADDR *Local, const WC_ADDR *Remote, PVOID Context,
                            const WSK_CLIENT_CONNECTION_DISPATCH *Dispatch);
WC_OP *WcStartBind(WC_SOCK *Socket, const WC_ADDR *Address);
WC_OP *WcStartListen(WC_SOCK *Socket);
WC_OP *WcStartAccept(WC_SOCK *Socket, PVOID Context, const WSK_CLIENT_CONNECTION_DISPATCH *Dispatch,
                     WC_ADDR *Local, WC_ADDR *Remote);
WC_OP *WcStartConnect(WC_SOCK *Socket, const WC_ADDR *Remote);
WC_OP *WcStartSend(WC_SOCK *Socket, WSK_BUF Buffer, ULONG Flags);
WC_OP *WcStartReceive(WC_SOCK *Socket, WSK_BUF Buffer, ULONG Flags);
WC_OP *WcStartDisconnect(WC_SOCK *Socket, const WSK_BUF *Buffer, ULONG Flags);
WC_OP *WcStartClose(WC_SOCK *Socket); /* the WC_SOCK may not be used for calls afterwards */
WC_OP *WcStartControl(WC_SOCK *Socket, WSK_CONTROL_SOCKET_TYPE Type, ULONG Code, ULONG Level, SIZE_T InputSize,
                      PVOID Input, SIZE_T OutputSize, PVOID Output);
/* The same four as bare calls on an op the test made, for kept and reused ones. */
void WcIssueAccept(WC_OP *Op, WC_SOCK *Socket);
void WcIssueConnect(WC_OP *Op, WC_SOCK *Socket, const WC_ADDR *Remote);
void WcIssueSend(WC_OP *Op, WC_SOCK *Socket, WSK_BUF Buffer, ULONG Flags);
void WcIssueReceive(WC_OP *Op, WC_SOCK *Socket, WSK_BUF Buffer, ULONG Flags);
void WcIssueDisconnect(WC_OP *Op, WC_SOCK *Socket, const WSK_BUF *Buffer, ULONG Flags);

NTSTATUS WcBind(WC_SOCK *Socket, const WC_ADDR *Address);
NTSTATUS WcListen(WC_SOCK *Socket);
NTSTATUS WcConnect(WC_SOCK *Socket, const WC_ADDR *Remote);
NTSTATUS WcDisconnect(WC_SOCK *Socket, const WSK_BUF *Buffer, ULONG Flags);
NTSTATUS WcGetLocal(WC_SOCK *Socket, WC_ADDR *Address);
NTSTATUS WcGetRemote(WC_SOCK *Socket, WC_ADDR *Address);
/* A ULONG option; WcGetOption poisons *Value first. */
NTSTATUS WcSetOption(WC_SOCK *Socket, ULONG Level, ULONG Option, ULONG Value);
NTSTATUS WcGetOption(WC_SOCK *Socket, ULONG Level, ULONG Option, ULONG *Value);
NTSTATUS WcSetStatic(WC_CLIENT *Client, ULONG EventMask); /* WSK_SET_STATIC_EVENT_CALLBACKS */
NTSTATUS WcSetEvents(WC_SOCK *Socket, ULONG EventMask);   /* SO_WSK_EVENT_CALLBACK without an IRP */
WC_SOCK *WcAccept(WC_SOCK *Socket);                       /* must succeed */
void WcCloseSocket(WC_SOCK *Socket);                      /* must succeed */

/* Must succeed: data in and out through buffers of their own. */
void WcSendData(WC_SOCK *Socket, const VOID *Data, SIZE_T Length);
/* Exactly Length bytes, with WSK_FLAG_WAITALL; checks Information. */
void WcReceiveData(WC_SOCK *Socket, PVOID Data, SIZE_T Length);
/* The next receive completes with success and no byte. */
void WcExpectEnd(WC_SOCK *Socket);
/* Position-coded bytes, so that loss, doubling and reordering show. */
void WcFill(PVOID Data, SIZE_T Length, SIZE_T StreamOffset);
BOOLEAN WcIsFilled(const VOID *Data, SIZE_T Length, SIZE_T StreamOffset);
void WcPoison(PVOID Data, SIZE_T Length);
BOOLEAN WcIsPoison(const VOID *Data, SIZE_T Length);

/* ---- common set-ups (all must succeed) ------------------------------------- */

WC_ADDR WcAny(ADDRESS_FAMILY Family, USHORT Port); /* port in host order */
WC_ADDR WcLoopback(ADDRESS_FAMILY Family, USHORT Port);
USHORT WcPortOf(const WC_ADDR *Address);
BOOLEAN WcSameAddress(const WC_ADDR *A, const WC_ADDR *B); /* family, address, port */
USHORT WcPort(WC_SOCK *Socket); /* its local port */
/* A listening socket on the loopback address and a port of the system's choice. */
WC_SOCK *WcListener(WC_CLIENT *Client, ADDRESS_FAMILY Family, PVOID Context,
                    const WSK_CLIENT_LISTEN_DISPATCH *Dispatch);
/* A stream socket, bound to loopback, listening when said. */
WC_SOCK *WcStream(WC_CLIENT *Client, ADDRESS_FAMILY Family, BOOLEAN Listen);
/* A connection-oriented socket bound to the wildcard address and port 0. */
WC_SOCK *WcBoundConnection(WC_CLIENT *Client, ADDRESS_FAMILY Family);
WC_SOCK *WcSocketConnect(WC_CLIENT *Client, ADDRESS_FAMILY Family, USHORT Port);
/* Both ends are WSK sockets / the other end is a Linux peer. */
void WcPair(WC_CLIENT *Client, ADDRESS_FAMILY Family, WC_SOCK **Connected, WC_SOCK **Accepted);
void WcPeerPair(WC_CLIENT *Client, ADDRESS_FAMILY Family, WC_SOCK **Socket, struct peer **Peer);
/* The same with tiny socket buffers on the peer's side, and the socket accepted
 * by a listener. */
void WcSmallPeerPair(WC_CLIENT *Client, ADDRESS_FAMILY Family, WC_SOCK **Socket, struct peer **Peer);
/* A send of WC_STUCK_BYTES position-coded bytes: more than both ends can buffer,
 * so it is pending for as long as the peer does not read. The op is kept. */
#define WC_STUCK_BYTES ((SIZE_T)8 << 20)
WC_OP *WcStuckSend(WC_SOCK *Socket);

/* ---- buffers --------------------------------------------------------------- */

WC_BUF *WcBuffer(WC_CLIENT *Client, SIZE_T Length); /* poisoned, one MDL */
WC_BUF *WcChain(WC_CLIENT *Client, const SIZE_T *Lengths, ULONG Count);
WSK_BUF WcPart(WC_BUF *Buffer, ULONG Offset, SIZE_T Length); /* Offset within the first piece */
/* Copies to or from the chain as one run of bytes. */
void WcPut(WC_BUF *Buffer, SIZE_T Offset, const VOID *Data, SIZE_T Length);
void WcGet(WC_BUF *Buffer, SIZE_T Offset, PVOID Data, SIZE_T Length);
BOOLEAN WcGuardsIntact(WC_BUF *Buffer); /* nothing was written outside the pieces */

/* ---- threads --------------------------------------------------------------- */

typedef struct _WC_THREAD
{
    PVOID Object;
    VOID (*Routine)(PVOID Context);
    PVOID Context;
    const char *What;
} WC_THREAD;
void WcRun(WC_THREAD *Thread, VOID (*Routine)(PVOID Context), PVOID Context, const char *What);
void WcJoin(WC_THREAD *Thread); /* bounded */

/* A small repeatable generator; the seed is what a failure prints. */
ULONG WcRandom(ULONG *State);

/* Dispatch tables by category. */
#define WcListenTable(S) ((const WSK_PROVIDER_LISTEN_DISPATCH *)(S)->Wsk->Dispatch)
#define WcConnTable(S) ((const WSK_PROVIDER_CONNECTION_DISPATCH *)(S)->Wsk->Dispatch)
#define WcStreamTable(S) ((const WSK_PROVIDER_STREAM_DISPATCH *)(S)->Wsk->Dispatch)
#define WcDgramTable(S) ((const WSK_PROVIDER_DATAGRAM_DISPATCH *)(S)->Wsk->Dispatch)
#define WcBasicTable(S) ((const WSK_PROVIDER_BASIC_DISPATCH *)(S)->Wsk->Dispatch)

/* Failures inside the helpers are reported at the line that called them. */
void WcAt(const char *File, int Line);
void WcMust(BOOLEAN Condition, const char *What);
#ifndef WC_IMPLEMENTATION
#define WC_SITE(Call) (WcAt(__FILE__, __LINE__), Call)
#define WcOpen() WC_SITE(WcOpen())
#define WcRegisterOnly(v) WC_SITE(WcRegisterOnly(v))
#define WcClose(c) WC_SITE(WcClose(c))
#define WcDeregister(c) WC_SITE(WcDeregister(c))
#define WcWait(o) WC_SITE(WcWait(o))
#define WcWaitEvent(e, w) WC_SITE(WcWaitEvent(e, w))
#define WcSocket(...) WC_SITE(WcSocket(__VA_ARGS__))
#define WcAdopt(...) WC_SITE(WcAdopt(__VA_ARGS__))
#define WcBind(...) WC_SITE(WcBind(__VA_ARGS__))
#define WcListen(s) WC_SITE(WcListen(s))
#define WcConnect(...) WC_SITE(WcConnect(__VA_ARGS__))
#define WcDisconnect(...) WC_SITE(WcDisconnect(__VA_ARGS__))
#define WcGetLocal(...) WC_SITE(WcGetLocal(__VA_ARGS__))
#define WcGetRemote(...) WC_SITE(WcGetRemote(__VA_ARGS__))
#define WcSetOption(...) WC_SITE(WcSetOption(__VA_ARGS__))
#define WcGetOption(...) WC_SITE(WcGetOption(__VA_ARGS__))
#define WcAccept(s) WC_SITE(WcAccept(s))
#define WcCloseSocket(s) WC_SITE(WcCloseSocket(s))
#define WcSendData(...) WC_SITE(WcSendData(__VA_ARGS__))
#define WcReceiveData(...) WC_SITE(WcReceiveData(__VA_ARGS__))
#define WcExpectEnd(s) WC_SITE(WcExpectEnd(s))
#define WcPort(s) WC_SITE(WcPort(s))
#define WcListener(...) WC_SITE(WcListener(__VA_ARGS__))
#define WcStream(...) WC_SITE(WcStream(__VA_ARGS__))
#define WcBoundConnection(...) WC_SITE(WcBoundConnection(__VA_ARGS__))
#define WcSocketConnect(...) WC_SITE(WcSocketConnect(__VA_ARGS__))
#define WcPair(...) WC_SITE(WcPair(__VA_ARGS__))
#define WcPeerPair(...) WC_SITE(WcPeerPair(__VA_ARGS__))
#define WcSmallPeerPair(...) WC_SITE(WcSmallPeerPair(__VA_ARGS__))
#define WcStuckSend(s) WC_SITE(WcStuckSend(s))
#define WcRun(...) WC_SITE(WcRun(__VA_ARGS__))
#define WcJoin(t) WC_SITE(WcJoin(t))
#endif
