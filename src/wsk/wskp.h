// SPDX-License-Identifier: MIT
#pragma once
/*
 * The WSK provider's private structures: a client's registration, a socket, the
 * two directions of a socket, an engine operation. Callers: src/wsk.
 * All of it runs at DISPATCH_LEVEL: a public function raises on entry and
 * lowers on return; engine callbacks and deferred routines come that way.
 *
 * Lock order: a client's lock, then a socket's. Neither is held across an
 * engine call, an IRP completion or a client's callback.
 */
#include <ntddk.h>
#include <wsk.h>

#include "nt/hostcall.h"
#include "nt/init.h"
#include "wsk/wsk_init.h"

typedef struct _WSKP_CLIENT WSKP_CLIENT, *PWSKP_CLIENT;
typedef struct _WSKP_SOCKET WSKP_SOCKET, *PWSKP_SOCKET;
typedef struct _WSKP_DIRECTION WSKP_DIRECTION, *PWSKP_DIRECTION;
typedef struct _WSKP_OP WSKP_OP, *PWSKP_OP;
typedef struct _WSKP_DATAGRAM_SOCKET WSKP_DATAGRAM_SOCKET, *PWSKP_DATAGRAM_SOCKET; /* datagram.h */
typedef struct _WSKP_INDICATION WSKP_INDICATION, *PWSKP_INDICATION; /* indicate.h */
typedef struct _WSKP_ENGINE_SOCKET *PWSKP_ENGINE_SOCKET; /* struct eng_sock */

#define WSKP_VERSION_LOWEST MAKE_WSK_VERSION(1, 0)
#define WSKP_VERSION_HIGHEST MAKE_WSK_VERSION(1, 1)

/* What one run of a direction does before it lets others go: completions
 * delivered, and operations tried on this thread (then the loop's thread works on). */
#define WSKP_DELIVERIES_PER_RUN 16
#define WSKP_TRIES_PER_RUN 64
#define WSKP_CONNECT_DATA_MAX 65535 /* CONN-09 */
/* Buffers for received datagrams that one socket may hold: lent, refused or about
 * to be filled. Past half of them callbacks carry WSK_FLAG_RELEASE_ASAP; without
 * one left datagrams wait in the kernel's buffer, and are dropped when that is full. */
#define WSKP_DATAGRAM_BUFFERS_MAX 256
#define WSKP_DATAGRAM_BATCH_MAX 16 /* received at once, for one callback */

/* Buffers of received bytes that one connection may have armed, undelivered or
 * lent (AMB-38, DIV-32): beyond, TCP stops the peer. Past half of them, lists carry
 * WSK_FLAG_RELEASE_ASAP. */
#define WSKP_INDICATIONS_MAX 16
#define WSKP_INDICATION_BYTES 16384

/* First statement of a function in a dispatch table: reports name it as clients do. */
#define WSKP_IRQL_MAX(Level, Name) KiCheckIrqlMax((Level), (Name), __builtin_return_address(0))

typedef union _WSKP_ADDRESS
{
    SOCKADDR Base;
    SOCKADDR_IN V4;
    SOCKADDR_IN6 V6;
} WSKP_ADDRESS, *PWSKP_ADDRESS;

#define WSKP_ADDRESS_TEXT 64 /* "[ffff:...:255.255.255.255%4294967295]:65535" */

/* ---- states (state.c has the picture) -------------------------------------- */

typedef enum _WSKP_STATE
{
    WskpStateCreated,      /* no local address */
    WskpStateBinding,      /* a WskBind is at work */
    WskpStateBound,        /* local address, no role yet */
    WskpStateStarting,     /* a WskListen is at work */
    WskpStateListening,
    WskpStateConnecting,
    WskpStateConnected,
    WskpStateLocalEnded,   /* our half is (being) shut; receiving goes on */
    WskpStateRemoteEnded,  /* the peer's end was received; sending goes on */
    WskpStateDisconnected, /* both */
    WskpStateBroken,       /* the connection was lost; BreakStatus says how */
    WskpStateAborted,      /* we reset it */
    WskpStateClosing,
    WskpStateClosed,
    WskpStateMax
} WSKP_STATE;

/* ---- references -------------------------------------------------------------- */

typedef enum _WSKP_REF
{
    WSKP_REF_CLIENT,       /* the client may use the pointer; ends with WskCloseSocket */
    WSKP_REF_REQUEST,      /* an IRP, until its completion routine has returned */
    WSKP_REF_ENGINE_OP,    /* the engine's descriptor, until its close is done */
    WSKP_REF_CALLBACK,     /* an event callback is running */
    WSKP_REF_INDICATION,   /* a list the client retains: keeps the memory only */
    WSKP_REF_ACCEPT_QUEUE, /* accepted, waiting for an IRP or callback */
    WSKP_REF_TURN,         /* a thread works on a direction, or is about to */
    WSKP_REF_MAX
} WSKP_REF;

/* ---- engine operations --------------------------------------------------------- */

typedef enum _WSKP_OP_KIND
{
    WskpOpAccept,
    WskpOpConnect,
    WskpOpSend,
    WskpOpReceive,
    WskpOpDiscard, /* receive and throw away */
    WskpOpSendTo,
    WskpOpReceiveFrom,
    WskpOpIndicate, /* receive into Buffer */
    WskpOpPeerEnd,
    WskpOpShutdown,
    WskpOpClose
} WSKP_OP_KIND;

#define WSKP_OP_ENGINE_WORDS 28

/*
 * One operation of the engine (struct eng_op lies in Engine).
 * Owner: the direction (or socket, for Close) that holds it; the engine from
 *        WskpSubmitOp's STATUS_PENDING until Done.
 */
struct _WSKP_OP
{
    ULONGLONG Engine[WSKP_OP_ENGINE_WORDS];
    PWSKP_SOCKET Socket;
    PWSKP_DIRECTION Direction; /* NULL for Close */
    VOID (*Done)(PWSKP_OP Op); /* on the loop's thread, at DISPATCH_LEVEL */

    /* The submitter's, for one submit. */
    WSKP_OP_KIND Kind;
    BOOLEAN NoDelay;
    BOOLEAN Abort;
    PUCHAR Buffer; /* Indicate */
    SIZE_T Length; /* bytes; of SendTo and ReceiveFrom: datagrams */

    /* Results. */
    int Err;            /* 0 or -errno; for people and WskpStatusFromErrno only */
    SIZE_T Bytes;       /* what Send or Receive moved; SendTo, ReceiveFrom: datagrams */
    BOOLEAN MoreKnown;  /* Receive, ReceiveFrom: data is known to wait */
    PWSKP_ENGINE_SOCKET Accepted;
};

/* ---- directions ------------------------------------------------------------------ */

typedef enum _WSKP_PREPARED
{
    WskpPreparedNothing,  /* nothing to do now */
    WskpPreparedProgress, /* requests were finished without the engine; ask again */
    WskpPreparedOp        /* Direction->Op is filled in: submit it */
} WSKP_PREPARED;

/* What a direction does. All are called by the holder of the turn with the
 * socket's lock held; those marked so may drop it meanwhile. */
typedef struct _WSKP_WORK
{
    WSKP_PREPARED (*Prepare)(PWSKP_DIRECTION Direction);
    VOID (*Ended)(PWSKP_DIRECTION Direction);                  /* an op's results are in Op; may drop */
    /* Or NULL. Called without the lock; FALSE: it has taken the IRP over. */
    BOOLEAN (*BeforeDelivery)(PWSKP_DIRECTION Direction, PIRP Irp);
    BOOLEAN (*WantsCallback)(PWSKP_DIRECTION Direction);       /* or NULL */
    VOID (*Callback)(PWSKP_DIRECTION Direction);               /* drops */
} WSKP_WORK;

/*
 * One direction of a socket: what goes out (connect, send, disconnect) or comes
 * in (accept, receive). Its turn is Busy: who has it may call the engine and
 * delivers what came out, in order. Only a deferred routine delivers, so no
 * client code runs under a caller of ours; whoever pumps without delivering
 * leaves Finished to the deferred routine (Queued).
 * Owner: the socket it lies in. Lock: the socket's.
 */
struct _WSKP_DIRECTION
{
    PWSKP_SOCKET Socket; /* immutable */
    const WSKP_WORK *Work;
    LIST_ENTRY Waiting;  /* IRPs nobody works on, oldest first */
    LIST_ENTRY Finished; /* IRPs with their result, oldest first */
    PIRP Active;         /* the IRP the op works for; NULL for accepts */
    PWSKP_OP Op;         /* allocated on first use; at most one in flight */
    KI_DEFERRED Deferred;
    BOOLEAN Busy;         /* somebody has the turn */
    BOOLEAN Queued;       /* Deferred is on a processor's queue */
    BOOLEAN InFlight;     /* Op is the engine's */
    BOOLEAN Submitting;   /* the holder of the turn is inside the submit */
    BOOLEAN OpEnded;      /* Op has results nobody looked at yet */
    BOOLEAN CancelWanted; /* cancel once the submit has returned */
    BOOLEAN Cancelling;   /* somebody is inside the engine's cancel */
    BOOLEAN EndHeld;      /* Op ended meanwhile; the canceller passes it on */
    BOOLEAN TryNext;      /* worth a direct try: nothing says that it would find nothing */
};

/* ---- sockets ------------------------------------------------------------------------ */

typedef enum _WSKP_CATEGORY
{
    WskpCategoryBasic,
    WskpCategoryListen,
    WskpCategoryDatagram,
    WskpCategoryConnection,
    WskpCategoryStream
} WSKP_CATEGORY;

typedef enum _WSKP_EVENT
{
    WskpEventAccept,
    WskpEventReceiveFrom,
    WskpEventReceive,
    WskpEventDisconnect,
    WskpEventSendBacklog,
    WskpEventMax
} WSKP_EVENT;

/*
 * A security descriptor cached for a client (WSK_CACHE_SD).
 * Owner: the client's list and each socket that uses it, one reference each.
 * Lock: the client's for Link and References; the descriptor is immutable.
 */
typedef struct _WSKP_SECURITY
{
    LIST_ENTRY Link;
    LONG References;
    LONG ClientReferences; /* WSK_RELEASE_SD owed */
    DECLSPEC_ALIGN(16) UCHAR Descriptor[]; /* self-relative; what the client holds a pointer to */
} WSKP_SECURITY, *PWSKP_SECURITY;

/*
 * The events of a connection, and received bytes that are the provider's.
 * Owner: the socket it lies in. Lock: the socket's.
 */
struct _WSKP_INDICATING
{
    LIST_ENTRY Undelivered;       /* nobody took them yet: served first, oldest first */
    PWSKP_INDICATION Arming;      /* the buffer of the receive in flight */
    PWSKP_INDICATION SpareBuffer;
    ULONG Indications;            /* buffers in use: in flight, undelivered, lent */
    PWSKP_OP Watch;               /* waits for the peer's end, or has */
    BOOLEAN EndSeen;              /* it has: the end comes behind what the kernel holds */
    BOOLEAN Suspended;            /* the client did not take everything: no receive event */
    BOOLEAN Resumed;              /* a WskReceive came since the callback began */
    BOOLEAN EndTold;              /* WskDisconnectEvent, graceful, was called */
    BOOLEAN BreakTold;            /* ... abortive, or WskReceiveEvent without data */
    BOOLEAN Offered;              /* WskAcceptEvent decides about it: its callbacks are not known */

    /* WskSendBacklogEvent (backlog.c). */
    SIZE_T IdealBacklog;          /* what was told last; 0: nobody asked */
    BOOLEAN BacklogCheck;         /* it may have changed */
    BOOLEAN BacklogTell;          /* it has */
};

/*
 * A socket the client created or accepted.
 * Owner:  the client, from its completion to WskCloseSocket's completion; an
 *         accepted one that waits belongs to its listener.
 * Memory: until the last reference; holders are WSKP_REF_*.
 * Lock:   Lock, for every field not marked otherwise.
 */
struct _WSKP_SOCKET
{
    WSK_SOCKET Public; /* first; the client holds &Public; Dispatch is immutable */
    KSPIN_LOCK Lock;
    WSKP_STATE State;           /* written by WskpSetState only */
    WSKP_CATEGORY Category;     /* immutable, as are the next seven */
    ADDRESS_FAMILY Family;
    USHORT Type;
    ULONG Protocol;
    ULONG Number;               /* for people: "socket 3" */
    PWSKP_CLIENT Client;
    PWSKP_ENGINE_SOCKET Engine; /* immutable until Closed */
    PVOID Context;              /* the client's; before the socket is handed out, then immutable */
    const VOID *ClientDispatch; /* likewise */

    LONG References[WSKP_REF_MAX]; /* interlocked */
    LONG TotalReferences;          /* interlocked; all but INDICATION: the close waits for them */
    LONG MemoryReferences;         /* interlocked; INDICATION, and one for all the others */
    LIST_ENTRY ClientLink;         /* client's lock */

    WSKP_DIRECTION Out;
    WSKP_DIRECTION In;

    LONG EngineUsers;        /* threads inside an engine call on Engine */
    WSKP_OP CloseOp;
    BOOLEAN CloseSubmitted;
    BOOLEAN Counted;         /* in the driver's SocketsOpen */
    NTSTATUS CloseStatus;    /* result of CloseIrp */
    PIRP CloseIrp;           /* completed last; NULL when the provider closes for itself */

    NTSTATUS BreakStatus;      /* why the connection was lost; STATUS_SUCCESS: it was not */
    BOOLEAN ReceiveEnded;      /* nothing more comes in: the peer's end or the break was read */
    BOOLEAN ShutdownDone;      /* the peer acknowledged our end */
    BOOLEAN ReuseAddress;      /* SO_REUSEADDR, SO_EXCLUSIVEADDRUSE: as the client set them */
    BOOLEAN ExclusiveAddress;
    BOOLEAN KeepAlive;
    BOOLEAN DualFamily;        /* IPV6_V6ONLY is 0 */
    WSKP_ADDRESS RemoteAddress; /* of a connect under way; family 0: none */
    PWSKP_SECURITY Security;
    PWSKP_DATAGRAM_SOCKET Datagram; /* immutable; NULL in other categories */

    /* Sharing of local addresses (share.c; its lock). */
    LIST_ENTRY ShareLink;       /* Flink NULL: not in the table */
    WSKP_ADDRESS ShareAddress;

    ULONG Events;               /* WSK_EVENT_*: enabled */
    ULONG StaticEvents;         /* ... for ever */
    LONG CallbacksRunning[WskpEventMax];
    LIST_ENTRY DisableIrps[WskpEventMax]; /* complete when none of its callbacks runs */

    struct _WSKP_INDICATING; /* its members are the socket's */

    /* Listening only. */
    LIST_ENTRY AcceptQueue;     /* accepted sockets by QueueLink, oldest first */
    LIST_ENTRY QueueLink;       /* the listener's lock */
    LIST_ENTRY StallLink;       /* accept.c's lock; Flink NULL: not stalled */
    PWSKP_SOCKET Spare;         /* memory for the next accepted socket */
    BOOLEAN Stalled;            /* out of descriptors; resumes when a socket closes */
    BOOLEAN StallTold;          /* the log has it */
    BOOLEAN ListenerDead;       /* the engine refuses to accept for good */
    BOOLEAN DeadReported;
};

/* ---- clients --------------------------------------------------------------------------- */

/*
 * A registration instance; what PWSK_CLIENT points to.
 * Owner:  WskRegister's caller through its WSK_REGISTRATION, until WskDeregister
 *         returns, which waits for everything below to become zero.
 * Lock:   Lock.
 */
struct _WSKP_CLIENT
{
    KSPIN_LOCK Lock;
    LIST_ENTRY Link;                     /* list of clients; its lock */
    PVOID Context;                       /* immutable, as are the next four */
    const WSK_CLIENT_DISPATCH *Dispatch;
    USHORT Version;
    PIOP_DRIVER Driver;
    PVOID Caller;                        /* of WskRegister, for messages */
    LONG Captures;                       /* provider NPIs not released */
    LONG Calls;                          /* threads inside a function of ours */
    LONG Requests;                       /* IRPs of WSK_PROVIDER_DISPATCH functions */
    LONG Sockets;                        /* members of SocketList */
    LIST_ENTRY SocketList;
    LIST_ENTRY ListChangeIrps;
    LIST_ENTRY SecurityList;
    LIST_ENTRY AddressLists;             /* of WskGetAddressInfo, not freed yet */
    ULONG StaticEvents;
    BOOLEAN SocketCreated;
    BOOLEAN Deregistering;
    KEVENT DeregisterEvent; /* wakes captures that wait */
    KEVENT IdleEvent;       /* wakes WskDeregister; set under Lock */
};

/* ---- register.c --------------------------------------------------------------------------- */

/* Each counter of a client, for WskpReferenceClient. */
#define WSKP_CLIENT_CALL FIELD_OFFSET(WSKP_CLIENT, Calls)
#define WSKP_CLIENT_REQUEST FIELD_OFFSET(WSKP_CLIENT, Requests)
#define WSKP_CLIENT_CAPTURE FIELD_OFFSET(WSKP_CLIENT, Captures)
VOID WskpReferenceClient(PWSKP_CLIENT Client, SIZE_T Counter);
VOID WskpDereferenceClient(PWSKP_CLIENT Client, SIZE_T Counter);
/* Client's lock held: wakes WskDeregister when nothing is left. */
VOID WskpCheckClientIdle(PWSKP_CLIENT Client);
PCSTR WskpClientName(PWSKP_CLIENT Client);
VOID WskpInitializeRegistration(VOID);
/* When WskDeregister first says what it waits for; tests do not have three seconds. */
extern ULONG WskpFirstReportMs;
/* How long after a wait of Ms it says so again: twice as long, up to a minute. */
ULONG WskpNextReportMs(ULONG Ms);
/* Number of clients that are still registered. */
ULONG WskpCountClients(VOID);

/* ---- state.c ---------------------------------------------------------------------------------- */

/* The socket's lock is held; a pair the table does not list is a bugcheck. */
VOID WskpSetState(PWSKP_SOCKET Socket, WSKP_STATE State);
BOOLEAN WskpIsTransition(WSKP_STATE From, WSKP_STATE To);
PCSTR WskpStateName(WSKP_STATE State);
/* The socket's lock is held: what must be true in its state is. */
VOID WskpCheckSocket(PWSKP_SOCKET Socket);
/* Connected, and in which ways the connection can be used. */
BOOLEAN WskpMaySend(WSKP_STATE State);
BOOLEAN WskpMayReceive(WSKP_STATE State);
/* The status for a data call in a state that does not allow it. */
NTSTATUS WskpStateStatus(PWSKP_SOCKET Socket);
/* BROKEN or ABORTED. */
BOOLEAN WskpIsLost(WSKP_STATE State);
/* What a request that was accepted before ends with in these. */
NTSTATUS WskpLostStatus(PWSKP_SOCKET Socket, NTSTATUS WhenAborted);

/* ---- socket.c --------------------------------------------------------------------------------- */

#define WSKP_FROM_PUBLIC(PublicSocket) CONTAINING_RECORD((PublicSocket), WSKP_SOCKET, Public)

VOID WskpReferenceSocket(PWSKP_SOCKET Socket, WSKP_REF Reference);
VOID WskpDereferenceSocket(PWSKP_SOCKET Socket, WSKP_REF Reference);
PCSTR WskpReferenceName(WSKP_REF Reference);
/* Memory with one CLIENT reference and no engine socket; unknown to the client. */
PWSKP_SOCKET WskpAllocateSocket(PWSKP_CLIENT Client, WSKP_CATEGORY Category);
/* For one that never got an engine socket. */
VOID WskpFreeSocket(PWSKP_SOCKET Socket);
/* Gives it its engine socket (ENGINE_OP reference) and puts it on the client's list. */
VOID WskpAdoptEngineSocket(PWSKP_SOCKET Socket, PWSKP_ENGINE_SOCKET Engine);
/* A socket with its engine socket, not yet handed to the client. */
NTSTATUS WskpCreateSocket(PWSKP_CLIENT Client, WSKP_CATEGORY Category, ADDRESS_FAMILY Family, USHORT Type,
                          ULONG Protocol, PWSKP_SOCKET *Socket);
/* Counts it for its driver: it now is the client's. */
VOID WskpHandOutSocket(PWSKP_SOCKET Socket);
NTSTATUS WskpSetSocketSecurity(PWSKP_SOCKET Socket, PSECURITY_DESCRIPTOR Descriptor);

/* Brackets of every engine call on a socket, with its lock held. Enter fails
 * when the socket is closing; Leave may drop the lock to submit the close. */
BOOLEAN WskpEnterEngine(PWSKP_SOCKET Socket);
VOID WskpLeaveEngine(PWSKP_SOCKET Socket);
#define WskpLockSocket(Socket) KeAcquireSpinLockAtDpcLevel(&(Socket)->Lock)
#define WskpUnlockSocket(Socket) KeReleaseSpinLockFromDpcLevel(&(Socket)->Lock)

/* ---- turn.c -------------------------------------------------------------------------------------- */

VOID WskpInitializeDirection(PWSKP_DIRECTION Direction, PWSKP_SOCKET Socket, const WSKP_WORK *Work);
/* All with the socket's lock held. */
NTSTATUS WskpAllocateOp(PWSKP_DIRECTION Direction);
/* Marks the IRP pending and cancelable and queues it. */
VOID WskpQueueRequest(PWSKP_DIRECTION Direction, PIRP Irp);
/* Records a result; the IRP is delivered in its turn. It is on no list. */
VOID WskpFinishRequest(PWSKP_DIRECTION Direction, PIRP Irp, NTSTATUS Status, ULONG_PTR Information);
/* Works on this thread if the turn is free. Returns with the lock released; the
 * caller's IRP may be gone. */
VOID WskpRunDirection(PWSKP_DIRECTION Direction);
/* Has a deferred routine work soon, if the turn is free. */
VOID WskpKickDirection(PWSKP_DIRECTION Direction);
/* Takes the turn of a direction nobody knows yet, and gives it back. */
VOID WskpHoldDirection(PWSKP_DIRECTION Direction);
VOID WskpReleaseDirection(PWSKP_DIRECTION Direction);
/* Finishes everything that waits; what is active ends by the state it finds. */
VOID WskpFlushDirection(PWSKP_DIRECTION Direction, NTSTATUS Status);
/* Asks the engine to end the op in flight (drops the lock meanwhile). */
VOID WskpCancelOp(PWSKP_DIRECTION Direction);
VOID WskpOpDone(PWSKP_OP Op);

/* ---- the operations ------------------------------------------------------------------------------- */

extern const WSKP_WORK WskpOutWork;     /* send.c */
extern const WSKP_WORK WskpReceiveWork; /* receive.c */
extern const WSKP_WORK WskpAcceptWork;  /* accept.c */

/* connect.c, disconnect.c: their part of WskpOutWork, same rules. */
WSKP_PREPARED WskpPrepareConnect(PWSKP_DIRECTION Direction, PIRP Irp);
VOID WskpConnectEnded(PWSKP_DIRECTION Direction, PIRP Irp);
WSKP_PREPARED WskpPrepareDisconnect(PWSKP_DIRECTION Direction, PIRP Irp);
VOID WskpDisconnectEnded(PWSKP_DIRECTION Direction, PIRP Irp);
/* send.c: fills Op with the rest of the IRP's data. */
WSKP_PREPARED WskpPrepareSendOp(PWSKP_DIRECTION Direction, PIRP Irp);
/* Books the result of a Send op; TRUE: all is sent, FALSE: *Status is the end. */
BOOLEAN WskpBookSend(PWSKP_DIRECTION Direction, PIRP Irp, NTSTATUS *Status);

/* bind.c. The socket's lock is not held. The address is checked and copied. */
NTSTATUS WskpCopyAddress(ADDRESS_FAMILY Family, const SOCKADDR *From, PWSKP_ADDRESS To);
NTSTATUS WskpBindSocket(PWSKP_SOCKET Socket, const WSKP_ADDRESS *Address);
/* The lock is held (and dropped): Binding or Starting to Listening. */
VOID WskpLogListening(PWSKP_SOCKET Socket);

/* The connection is lost or reset; the socket's lock is held. */
VOID WskpBreakConnection(PWSKP_SOCKET Socket, NTSTATUS Status);
/* disconnect.c: resets it now (drops the lock); everything pending ends. */
VOID WskpAbortConnection(PWSKP_SOCKET Socket);

/* close.c. Lock not held. Irp (or NULL), marked pending, completes with Status when
 * all is over. FALSE: the socket is closing already, Irp was not taken. */
BOOLEAN WskpStartClose(PWSKP_SOCKET Socket, PIRP Irp, NTSTATUS Status);
/* Lock held, may drop it. */
VOID WskpSubmitCloseIfDue(PWSKP_SOCKET Socket);

/* accept.c */
PFN_WSK_ACCEPT_EVENT WskpAcceptCallback(PWSKP_SOCKET Socket);
VOID WskpRetryStalledListeners(VOID);
VOID WskpForgetStalled(PWSKP_SOCKET Socket);
/* Lock held, may be dropped: ends the accept in flight when nobody waits for one. */
VOID WskpCancelUnwantedAccept(PWSKP_SOCKET Socket);

/* datagram_address.c */
PWSKP_DATAGRAM_SOCKET WskpAllocateDatagramSocket(VOID);
VOID WskpFreeDatagramSocket(PWSKP_DATAGRAM_SOCKET Datagram);
/* SIO_WSK_SET_REMOTE_ADDRESS, SIO_WSK_SET_SENDTO_ADDRESS; Address NULL clears. */
NTSTATUS WskpSetFixedAddress(PWSKP_SOCKET Socket, BOOLEAN Remote, const SOCKADDR *Address, SIZE_T Size);
/* datagram_event.c. Lock held. */
PFN_WSK_RECEIVE_FROM_EVENT WskpReceiveFromCallbackOf(PWSKP_SOCKET Socket);
/* Sees to it that datagrams can be received for the callback at all. */
NTSTATUS WskpReserveDatagram(PWSKP_SOCKET Socket);
VOID WskpReceiveFromEnabled(PWSKP_SOCKET Socket);
VOID WskpReceiveFromDisabled(PWSKP_SOCKET Socket); /* may drop the lock */

/* event.c: SO_WSK_EVENT_CALLBACK. Lock not held. */
NTSTATUS WskpControlEvents(PWSKP_SOCKET Socket, const WSK_EVENT_CALLBACK_CONTROL *Control, PIRP Irp);
NTSTATUS WskpCheckEventControl(const WSK_EVENT_CALLBACK_CONTROL *Control);
/* The events that the category's sockets can have. */
ULONG WskpEventsOfCategory(WSKP_CATEGORY Category);
/* Brackets of every callback, lock held: they count it and hold its reference. */
VOID WskpCallbackBegins(PWSKP_SOCKET Socket, WSKP_EVENT Event);
VOID WskpCallbackReturned(PWSKP_SOCKET Socket, WSKP_EVENT Event);

/* loan.c. Lists that are lent to clients: found again by their address alone. */
typedef enum _WSKP_LOAN_STATE
{
    WskpLoanIndicated, /* the callback runs */
    WskpLoanGivenBack, /* ... and WskRelease came first */
    WskpLoanRetained   /* holds an INDICATION reference */
} WSKP_LOAN_STATE;

/*
 * Lies in the first buffer of a list.
 * Owner: whoever owns that buffer. Lock: loan.c's, from Begin to End or Release.
 */
typedef struct _WSKP_LOAN
{
    LIST_ENTRY Link;
    PVOID List; /* what the client was given */
    PWSKP_SOCKET Socket;
    WSKP_LOAN_STATE State;
} WSKP_LOAN, *PWSKP_LOAN;

/* Before the callback. No lock is needed. */
VOID WskpBeginLoan(PWSKP_LOAN Loan, PWSKP_SOCKET Socket, PVOID List);
/* After it. TRUE: the list is the provider's again; FALSE: it is retained. */
BOOLEAN WskpEndLoan(PWSKP_LOAN Loan, BOOLEAN Retain);
/* For WskRelease. STATUS_INVALID_PARAMETER: not lent by this socket. Else *Loan is
 * the caller's, with its INDICATION reference, or NULL while the callback runs. */
NTSTATUS WskpReleaseLoan(PWSK_SOCKET Socket, PVOID List, PWSKP_LOAN *Loan);

/* indicate.c */
#define WSKP_CONNECTION_EVENTS (WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT | WSK_EVENT_SEND_BACKLOG)
/* The callbacks of a socket's connection role, or NULL. */
const WSK_CLIENT_CONNECTION_DISPATCH *WskpConnectionCallbacks(PWSKP_SOCKET Socket);
/* Its events are in force from now on. Lock not held. */
VOID WskpStartConnectionEvents(PWSKP_SOCKET Socket);
/* indicate_buffer.c: bytes that were received and that nobody took. Lock held. */
SIZE_T WskpUndeliveredBytes(PWSKP_SOCKET Socket);
VOID WskpDiscardUndelivered(PWSKP_SOCKET Socket);

/* backlog.c: WskSendBacklogEvent, a callback of the outgoing direction. */
BOOLEAN WskpWantsBacklog(PWSKP_DIRECTION Direction);
VOID WskpBacklogCallback(PWSKP_DIRECTION Direction);
/* The ideal send backlog; an event follows when it has changed. Lock not held. */
NTSTATUS WskpQueryIdealBacklog(PWSKP_SOCKET Socket, SIZE_T *Bytes);
/* Something happened that may have changed it. Lock held. */
VOID WskpBacklogMayChange(PWSKP_SOCKET Socket);

/* share.c: LISTEN-18..28 for this process. */
NTSTATUS WskpShareAddress(PWSKP_SOCKET Socket, const WSKP_ADDRESS *Address);
VOID WskpUnshareAddress(PWSKP_SOCKET Socket);
BOOLEAN WskpIsWildcard(const WSKP_ADDRESS *Address);
VOID WskpAddressShared(PWSKP_SOCKET Socket, const WSKP_ADDRESS *Address);

/* client.c. PASSIVE_LEVEL. */
VOID WskpCancelListChanges(PWSKP_CLIENT Client);

/* security.c: WSK_CACHE_SD, WSK_RELEASE_SD. */
NTSTATUS WskpCacheSecurity(PWSKP_CLIENT Client, PSECURITY_DESCRIPTOR Source, PSECURITY_DESCRIPTOR *Cached);
NTSTATUS WskpReleaseSecurity(PWSKP_CLIENT Client, PSECURITY_DESCRIPTOR Cached);
/* The cached copy the client names, with a reference; NULL: not one of its own. */
PWSKP_SECURITY WskpFindSecurity(PWSKP_CLIENT Client, PSECURITY_DESCRIPTOR Cached);
/* Both with the client's lock held. */
PSECURITY_DESCRIPTOR WskpLendSecurity(PWSKP_SECURITY Security); /* one more WSK_RELEASE_SD is owed */
VOID WskpDereferenceSecurity(PWSKP_CLIENT Client, PWSKP_SECURITY Security);
/* Does the descriptor let another socket of this process share the address? */
BOOLEAN WskpSecurityGrants(const WSKP_SECURITY *Security);
VOID WskpFreeSecurity(PWSKP_CLIENT Client);

/* addrinfo.c. WskDeregister: reports and frees the lists that the client has left. */
VOID WskpFreeAddressLists(PWSKP_CLIENT Client);
/* nameseam.c. PASSIVE_LEVEL; no client is left that may ask. */
VOID WskpStopResolver(VOID);

/* ---- dispatch.c -------------------------------------------------------------------------------------- */

extern const WSK_PROVIDER_DISPATCH WskpProviderDispatch;
extern const VOID *const WskpSocketDispatch[]; /* by WSKP_CATEGORY */

/* ---- seam.c -------------------------------------------------------------------------------------------- */

typedef enum _WSKP_FAMILY /* of operations, for statuses */
{
    WskpFamilyCreate,
    WskpFamilyBind,
    WskpFamilyConnect,
    WskpFamilyAccept,
    WskpFamilySend,
    WskpFamilyReceive,
    WskpFamilyDisconnect,
    WskpFamilyControl
} WSKP_FAMILY;

NTSTATUS WskpStatusFromErrno(WSKP_FAMILY Family, int Err);
BOOLEAN WskpIsOutOfDescriptors(int Err);
BOOLEAN WskpIsTransientAcceptError(int Err);
BOOLEAN WskpIsCancelled(int Err);

typedef enum _WSKP_OPTION
{
    WskpOptionReuseAddress,
    WskpOptionReusePort,
    WskpOptionKeepAlive,
    WskpOptionReceiveBuffer,
    WskpOptionSendBuffer,
    WskpOptionBroadcast,
    WskpOptionV6Only,
    WskpOptionNoDelay,
    WskpOptionKeepIdle,
    WskpOptionKeepInterval,
    WskpOptionKeepCount,
    WskpOptionMaximumRetransmission,
    WskpOptionIpTtl,
    WskpOptionIpTos,
    WskpOptionV6Hops,
    WskpOptionV6TrafficClass,
    WskpOptionIpDontFragment,
    WskpOptionV6DontFragment,
    WskpOptionIpUnicastInterface,
    WskpOptionV6UnicastInterface,
    WskpOptionFastOpen,
    WskpOptionTimestamps,
    WskpOptionError,
    WskpOptionReceiveTos,
    WskpOptionReceiveHops,
    WskpOptionMax
} WSKP_OPTION;

/* Engine calls; the caller is between WskpEnterEngine and WskpLeaveEngine and
 * holds no lock. */
NTSTATUS WskpOpenEngineSocket(ADDRESS_FAMILY Family, USHORT Type, ULONG Protocol, PWSKP_ENGINE_SOCKET *Engine);
NTSTATUS WskpEngineBind(PWSKP_ENGINE_SOCKET Engine, const WSKP_ADDRESS *Address);
NTSTATUS WskpEngineListen(PWSKP_ENGINE_SOCKET Engine);
NTSTATUS WskpEngineLocalAddress(PWSKP_ENGINE_SOCKET Engine, PWSKP_ADDRESS Address);
NTSTATUS WskpEnginePeerAddress(PWSKP_ENGINE_SOCKET Engine, PWSKP_ADDRESS Address);
NTSTATUS WskpEngineSetOption(PWSKP_ENGINE_SOCKET Engine, WSKP_OPTION Option, LONG Value);
NTSTATUS WskpEngineGetOption(PWSKP_ENGINE_SOCKET Engine, WSKP_OPTION Option, PLONG Value);
NTSTATUS WskpEngineBacklog(PWSKP_ENGINE_SOCKET Engine, BOOLEAN Receive, SIZE_T *Bytes);
VOID WskpEngineAbort(PWSKP_ENGINE_SOCKET Engine);
VOID WskpEngineCancel(PWSKP_ENGINE_SOCKET Engine, PWSKP_OP Op);
/* STATUS_PENDING: Done follows. STATUS_SUCCESS: ended, the results are in Op. */
NTSTATUS WskpSubmitOp(PWSKP_ENGINE_SOCKET Engine, PWSKP_OP Op, BOOLEAN Try);
/* Remembers where a Connect goes, and tells where an Accept came from. */
VOID WskpSetOpAddress(PWSKP_OP Op, const WSKP_ADDRESS *Address);
VOID WskpGetOpAddress(PWSKP_OP Op, PWSKP_ADDRESS Address);
VOID WskpFormatAddress(const WSKP_ADDRESS *Address, CHAR Text[WSKP_ADDRESS_TEXT]);
SIZE_T WskpAddressSize(ADDRESS_FAMILY Family);
