// SPDX-License-Identifier: MIT
#pragma once
/*
 * A request is its IRP: what the provider needs to know of one lies in the 80
 * bytes of an IRP that are the called driver's while it holds it, so that no
 * call allocates a request. Callers: src/wsk.
 *
 *   Tail.Overlay.DriverContext (32 bytes)   WSKP_REQUEST, the same for all
 *   Parameters, DeviceObject, FileObject    one of the structs below (48 bytes)
 *     of the provider's stack location
 *   Tail.Overlay.ListEntry (16 bytes)       the queue the request is on, or the
 *                                           deferred routine that completes it
 * CompletionRoutine, Context and Control of the location are the client's.
 */
#include "wsk/wskp.h"

typedef enum _WSKP_KIND
{
    WskpKindSocket,
    WskpKindSocketConnect,
    WskpKindControlClient,
    WskpKindAddressInfo,
    WskpKindNameInfo,
    WskpKindControl,
    WskpKindClose,
    WskpKindBind,
    WskpKindListen,
    WskpKindAccept,
    WskpKindInspectComplete,
    WskpKindConnect,
    WskpKindConnectEx,
    WskpKindSend,
    WskpKindReceive,
    WskpKindDisconnect,
    WskpKindGetLocal,
    WskpKindGetRemote,
    WskpKindSendTo,
    WskpKindSendMessages,
    WskpKindReceiveFrom,
    WskpKindMax
} WSKP_KIND;

#define WSKP_REQUEST_OF_SOCKET 0x01   /* Socket is valid and holds a REQUEST reference for it */
#define WSKP_REQUEST_OF_CLIENT 0x02   /* Client likewise */
#define WSKP_REQUEST_CANCELABLE 0x04  /* a cancel routine was set */
#define WSKP_REQUEST_CANCEL_SEEN 0x08 /* ... and has run (or was replaced: nobody runs it) */
#define WSKP_REQUEST_CANCEL_BUSY 0x10 /* finished while the cancel routine is on its way here */
#define WSKP_REQUEST_SECOND_PHASE 0x20 /* connected; its data is being sent */

/*
 * Owner: the provider, from the call to the completion.
 * Lock:  the socket's (or client's) while it is on a list of it; Flags likewise.
 */
typedef struct _WSKP_REQUEST
{
    union
    {
        PWSKP_SOCKET Socket;
        PWSKP_CLIENT Client;
    };
    ULONG_PTR Information; /* valid once finished */
    PVOID Caller;          /* return address in the driver */
    NTSTATUS Status;       /* valid once finished */
    UCHAR Kind;            /* WSKP_KIND */
    UCHAR Flags;           /* WSKP_REQUEST_* */
    UCHAR Inbound;         /* on Socket->In, not Out; immutable once queued */
    UCHAR Reserved;
} WSKP_REQUEST, *PWSKP_REQUEST;

/* Send, receive, disconnect and connect with data. The WSK_BUF is copied; the
 * MDL chain stays the client's and is there until completion. */
typedef struct _WSKP_DATA
{
    PMDL CursorMdl;     /* an MDL of the chain at or before Done ... */
    SIZE_T CursorStart; /* ... and how many of the data's bytes lie before it */
    SIZE_T Done;        /* bytes moved so far */
    SIZE_T Length;
    PMDL Mdl; /* lies over DeviceObject, which IoCancelIrp reads: never written again */
    ULONG Offset;
    ULONG Flags; /* WSK_FLAG_* */
} WSKP_DATA, *PWSKP_DATA;

typedef struct _WSKP_ACCEPT
{
    PSOCKADDR LocalAddress;
    PSOCKADDR RemoteAddress;
    PVOID Context;
    const WSK_CLIENT_CONNECTION_DISPATCH *Dispatch;
} WSKP_ACCEPT, *PWSKP_ACCEPT;

#define WSKP_PARAMETERS_SIZE (FIELD_OFFSET(IO_STACK_LOCATION, CompletionRoutine) - FIELD_OFFSET(IO_STACK_LOCATION, Parameters))
C_ASSERT(WSKP_PARAMETERS_SIZE == 48);
C_ASSERT(sizeof(((PIRP)0)->Tail.Overlay.DriverContext) == 32);
C_ASSERT(sizeof(WSKP_REQUEST) == 32);
C_ASSERT(sizeof(WSKP_DATA) <= WSKP_PARAMETERS_SIZE);
C_ASSERT(FIELD_OFFSET(IO_STACK_LOCATION, Parameters) + FIELD_OFFSET(WSKP_DATA, Mdl) ==
         FIELD_OFFSET(IO_STACK_LOCATION, DeviceObject));
C_ASSERT(sizeof(WSKP_ACCEPT) <= WSKP_PARAMETERS_SIZE);
C_ASSERT(sizeof(KI_DEFERRED) <= sizeof(((PIRP)0)->Tail.Overlay.ListEntry));

static inline PWSKP_REQUEST WskpRequest(PIRP Irp)
{
    return (PWSKP_REQUEST)Irp->Tail.Overlay.DriverContext;
}
static inline PVOID WskpParameters(PIRP Irp)
{
    return &IoGetCurrentIrpStackLocation(Irp)->Parameters;
}
static inline PWSKP_DATA WskpData(PIRP Irp)
{
    return (PWSKP_DATA)WskpParameters(Irp);
}
static inline PWSKP_ACCEPT WskpAcceptData(PIRP Irp)
{
    return (PWSKP_ACCEPT)WskpParameters(Irp);
}
static inline PIRP WskpIrpFromLink(PLIST_ENTRY Link)
{
    return CONTAINING_RECORD(Link, IRP, Tail.Overlay.ListEntry);
}

/* IoCancelIrp may set it at this very moment. */
static inline BOOLEAN WskpIsIrpCancelled(PIRP Irp)
{
    return __atomic_load_n(&Irp->Cancel, __ATOMIC_RELAXED);
}

/*
 * A call of a public function, from its entry to its return.
 * Lives on that function's stack.
 */
typedef struct _WSKP_CALL
{
    KIRQL OldIrql;
    PIRP Irp;
    ULONG_PTR Information; /* for a call that ends at once with success */
    PWSKP_CLIENT Client;   /* in a function of WSK_PROVIDER_DISPATCH */
} WSKP_CALL, *PWSKP_CALL;

/* Raises to DISPATCH_LEVEL, makes the IRP ours (its next stack location, zeroed
 * request), takes the references. FALSE: *Status is what to return, nothing was
 * begun: a NULL IRP. A NULL socket or client ends with an IRP that is completed:
 * also FALSE. */
BOOLEAN WskpBeginSocketCall(PWSKP_CALL Call, PWSK_SOCKET Socket, PIRP Irp, WSKP_KIND Kind, PVOID Caller,
                            NTSTATUS *Status);
BOOLEAN WskpBeginClientCall(PWSKP_CALL Call, PWSK_CLIENT Client, PIRP Irp, WSKP_KIND Kind, PVOID Caller,
                            NTSTATUS *Status);
/* Status STATUS_PENDING: the IRP is marked pending and somebody's. Success: it
 * is completed with Call->Information, STATUS_PENDING returned (AMB-07). An
 * error: completed with it and returned. Lowers the IRQL. */
NTSTATUS WskpEndCall(PWSKP_CALL Call, NTSTATUS Status);

/* The only caller of IoCompleteRequest. From a deferred routine, no lock held;
 * drops the request's reference after the completion routine has returned. */
VOID WskpCompleteRequest(PIRP Irp, NTSTATUS Status, ULONG_PTR Information);
/* Has a deferred routine do that. The IRP is on no list and not cancelable. */
VOID WskpCompleteLater(PIRP Irp, NTSTATUS Status, ULONG_PTR Information);

PCSTR WskpKindName(WSKP_KIND Kind);

/* Checks a WSK_BUF and maps every MDL of it, so that WskpMapData cannot fail. */
NTSTATUS WskpCheckBuffer(PIRP Irp, const WSK_BUF *Buffer);
/* The same, and copies it into the request. */
NTSTATUS WskpCaptureBuffer(PIRP Irp, PWSK_BUF Buffer, ULONG Flags);

typedef struct _WSKP_SEGMENT /* struct eng_seg */
{
    PVOID Base;
    SIZE_T Length;
} WSKP_SEGMENT, *PWSKP_SEGMENT;
/* The memory of the request's data from Skip on; returns the count. */
SIZE_T WskpMapData(PIRP Irp, SIZE_T Skip, SIZE_T Length, PWSKP_SEGMENT Segments, SIZE_T Maximum);
