// SPDX-License-Identifier: MIT
#pragma once
/*
 * Winsock Kernel: everything a WSK driver declares, as in Microsoft's wsk.h for
 * Windows 10 version 1703 and later (stream sockets included).
 *
 * Structures and prototypes follow the DDI pages named at each group. Numbers
 * that the pages leave out carry their source: O = ReactOS wsk.h (public
 * domain), W = Wine wsk.h, N = the Native Template Library's winsock header;
 * several letters: they agree.
 *
 * Held by every function that takes an IRP, and not repeated below: callable at
 * IRQL <= DISPATCH_LEVEL and never blocks (name resolution: PASSIVE_LEVEL); the
 * IRP is the caller's, has one free stack location with a completion routine,
 * and is completed exactly once whatever the function returns; STATUS_PENDING
 * says that it is queued (and can be cancelled), another status that it has been
 * completed with that status. Addresses are of the socket's own family and are
 * copied by the call; result variables and MDL chains stay valid until the IRP
 * completes, WSK_BUF structures only during the call. STATUS_FILE_FORCED_CLOSED:
 * the socket is dead, close it. Pages using-irps-with-winsock-kernel-functions,
 * using-mdls.
 */
#include <wdm.h>
#include <netioddk.h>
#include <ws2def.h>
#include <ws2ipdef.h>
#include <mstcpip.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WSKAPI NTAPI

/* ---- versions, waiting, identity (pages WSK_CLIENT_DISPATCH, WskCaptureProviderNPI) -- */

#define MAKE_WSK_VERSION(Mj, Mn) ((USHORT)((Mj) << 8) | (USHORT)((Mn) & 0xff)) /* O W */
#define WSK_MAJOR_VERSION(V) ((UCHAR)((V) >> 8))                               /* O */
#define WSK_MINOR_VERSION(V) ((UCHAR)(V))                                      /* O */

#define WSK_NO_WAIT 0                /* O W */
#define WSK_INFINITE_WAIT 0xffffffff /* O W */

/* {2227E803-8D8B-11D4-ABAD-009027719E09}; value as in LINBIT's WinDRBD, single
 * source. Defined by the kernel's network library. */
extern CONST NPIID NPI_WSK_INTERFACE_ID;

/* ---- flags ---------------------------------------------------------------- */

/* WskSocket: exactly one category (page PFN_WSK_SOCKET). */
#define WSK_FLAG_BASIC_SOCKET 0x00000000      /* O W N */
#define WSK_FLAG_LISTEN_SOCKET 0x00000001     /* O W N */
#define WSK_FLAG_CONNECTION_SOCKET 0x00000002 /* O W N */
#define WSK_FLAG_DATAGRAM_SOCKET 0x00000004   /* O W N */
#define WSK_FLAG_STREAM_SOCKET 0x00000008     /* W */

#define WSK_FLAG_NODELAY 0x00000002  /* WskSend: O */
#define WSK_FLAG_WAITALL 0x00000002  /* WskReceive: O */
#define WSK_FLAG_DRAIN 0x00000004    /* WskReceive: O */
#define WSK_FLAG_ABORTIVE 0x00000001 /* WskDisconnect: O */

/* What a callback is told (page PFN_WSK_RECEIVE_EVENT). */
#define WSK_FLAG_RELEASE_ASAP 0x00000002      /* O */
#define WSK_FLAG_ENTIRE_MESSAGE 0x00000004    /* O */
#define WSK_FLAG_AT_DISPATCH_LEVEL 0x00000008 /* O */

/* SO_WSK_EVENT_CALLBACK and WSK_SET_STATIC_EVENT_CALLBACKS (page so-wsk-event-callback). */
#define WSK_EVENT_SEND_BACKLOG 0x00000010 /* O */
#define WSK_EVENT_RECEIVE 0x00000040      /* O */
#define WSK_EVENT_DISCONNECT 0x00000080   /* O */
#define WSK_EVENT_RECEIVE_FROM 0x00000100 /* O */
#define WSK_EVENT_ACCEPT 0x00000200       /* O */
#define WSK_EVENT_DISABLE 0x80000000      /* O */

/* ---- control codes -------------------------------------------------------- */

/* WskControlClient (pages wsk-transport-list-query ... wsk-tdi-behavior). */
#define WSK_TRANSPORT_LIST_QUERY 2            /* O N */
#define WSK_TRANSPORT_LIST_CHANGE 3           /* O N */
#define WSK_CACHE_SD 4                        /* O N */
#define WSK_RELEASE_SD 5                      /* O N */
#define WSK_TDI_DEVICENAME_MAPPING 6          /* O N */
#define WSK_SET_STATIC_EVENT_CALLBACKS 7      /* O N */
#define WSK_TDI_BEHAVIOR 8                    /* O N */
#define WSK_TDI_BEHAVIOR_BYPASS_TDI 0x00000001 /* O */

/* WskControlSocket, options at SOL_SOCKET (pages so-wsk-security, so-wsk-event-callback). */
#define SO_WSK_SECURITY (WSK_SO_BASE + 1)       /* O */
#define SO_WSK_EVENT_CALLBACK (WSK_SO_BASE + 2) /* O */

/* WskControlSocket, WskIoctl (pages sio-wsk-*). */
#define SIO_WSK_SET_REMOTE_ADDRESS _WSAIOW(IOC_WSK, 0x1)      /* O */
#define SIO_WSK_REGISTER_EXTENSION _WSAIORW(IOC_WSK, 0x2)     /* O */
#define SIO_WSK_QUERY_IDEAL_SEND_BACKLOG _WSAIOR(IOC_WSK, 0x3) /* O */
#define SIO_WSK_QUERY_RECEIVE_BACKLOG _WSAIOR(IOC_WSK, 0x4)   /* O */
#define SIO_WSK_QUERY_INSPECT_ID _WSAIOR(IOC_WSK, 0x5)        /* O */
#define SIO_WSK_SET_SENDTO_ADDRESS _WSAIOW(IOC_WSK, 0x6)      /* O */
/* Takes no data. Number from a public quotation of the WDK, single source; no free
 * header has it. */
#define SIO_WSK_SET_TCP_SILENT_MODE _WSAIO(IOC_WSK, 0x7)

/* ---- enumerations --------------------------------------------------------- */

typedef enum /* O N; W for the first two */
{
    WskInspectReject,
    WskInspectAccept,
    WskInspectPend, /* decided later with WskInspectComplete */
    WskInspectMax
} WSK_INSPECT_ACTION, *PWSK_INSPECT_ACTION;

typedef enum /* O W */
{
    WskSetOption,
    WskGetOption,
    WskIoctl,
    WskControlMax
} WSK_CONTROL_SOCKET_TYPE, *PWSK_CONTROL_SOCKET_TYPE;

/* ---- objects and data ----------------------------------------------------- */

typedef PVOID PWSK_CLIENT; /* opaque; page wsk-client */

/* A socket. The table's type follows from the category; every table begins with
 * the basic one. Owner: the client from the creating call until WskCloseSocket's
 * IRP completes; provider state lies behind it. */
typedef struct _WSK_SOCKET
{
    CONST VOID *Dispatch;
} WSK_SOCKET, *PWSK_SOCKET;

/* Length bytes, Offset bytes into an MDL chain. */
typedef struct _WSK_BUF
{
    PMDL Mdl;
    ULONG Offset; /* within the first MDL */
    SIZE_T Length;
} WSK_BUF, *PWSK_BUF;

typedef struct _WSK_BUF_LIST
{
    struct _WSK_BUF_LIST *Next;
    WSK_BUF Buffer;
} WSK_BUF_LIST, *PWSK_BUF_LIST;

/* Received stream data. Owner: the provider; lent during WskReceiveEvent, or
 * until WskRelease when that callback answers STATUS_PENDING. */
typedef struct _WSK_DATA_INDICATION
{
    struct _WSK_DATA_INDICATION *Next;
    WSK_BUF Buffer;
} WSK_DATA_INDICATION, *PWSK_DATA_INDICATION;

/* A received datagram, lent likewise by WskReceiveFromEvent. */
typedef struct _WSK_DATAGRAM_INDICATION
{
    struct _WSK_DATAGRAM_INDICATION *Next;
    WSK_BUF Buffer;
    PCMSGHDR ControlInfo;
    ULONG ControlInfoLength;
    PSOCKADDR RemoteAddress;
} WSK_DATAGRAM_INDICATION, *PWSK_DATAGRAM_INDICATION;

/* Names a connection request under inspection; copied by the client. */
typedef struct _WSK_INSPECT_ID
{
    ULONG_PTR Key;
    ULONG SerialNumber;
} WSK_INSPECT_ID, *PWSK_INSPECT_ID;

typedef struct _WSK_EVENT_CALLBACK_CONTROL
{
    PNPIID NpiId; /* &NPI_WSK_INTERFACE_ID, or an extension's */
    ULONG EventMask;
} WSK_EVENT_CALLBACK_CONTROL, *PWSK_EVENT_CALLBACK_CONTROL;

typedef struct _WSK_EXTENSION_CONTROL_IN
{
    PNPIID NpiId;
    PVOID ClientContext;
    CONST VOID *ClientDispatch;
} WSK_EXTENSION_CONTROL_IN, *PWSK_EXTENSION_CONTROL_IN;

typedef struct _WSK_EXTENSION_CONTROL_OUT
{
    PVOID ProviderContext;
    CONST VOID *ProviderDispatch;
} WSK_EXTENSION_CONTROL_OUT, *PWSK_EXTENSION_CONTROL_OUT;

typedef struct _WSK_TRANSPORT
{
    USHORT Version;
    USHORT SocketType;
    ULONG Protocol;
    ADDRESS_FAMILY AddressFamily;
    GUID ProviderId;
} WSK_TRANSPORT, *PWSK_TRANSPORT;

typedef struct _WSK_TDI_MAP
{
    USHORT SocketType;
    ADDRESS_FAMILY AddressFamily;
    ULONG Protocol;
    PCWSTR TdiDeviceName;
} WSK_TDI_MAP, *PWSK_TDI_MAP;

typedef struct _WSK_TDI_MAP_INFO
{
    ULONG ElementCount;
    CONST WSK_TDI_MAP *Map;
} WSK_TDI_MAP_INFO, *PWSK_TDI_MAP_INFO;

/* ---- event callbacks, written by the client ------------------------------- */

/*
 * Called at IRQL <= DISPATCH_LEVEL, at DISPATCH_LEVEL for certain when Flags has
 * WSK_FLAG_AT_DISPATCH_LEVEL; must not wait. SocketContext is the client's own.
 */

/* Part of a client registration, not of a socket; STATUS_SUCCESS or an error.
 * Page PFN_WSK_CLIENT_EVENT. */
typedef NTSTATUS(WSKAPI *PFN_WSK_CLIENT_EVENT)(_In_opt_ PVOID ClientContext, _In_ ULONG EventType,
                                               _In_reads_bytes_opt_(InformationLength) PVOID Information,
                                               _In_ SIZE_T InformationLength);

/* New data. STATUS_SUCCESS: *BytesAccepted bytes taken (preset to all);
 * STATUS_PENDING: all kept until WskRelease; STATUS_DATA_NOT_ACCEPTED: nothing
 * taken. DataIndication NULL: the socket is dead. Page PFN_WSK_RECEIVE_EVENT. */
typedef NTSTATUS(WSKAPI *PFN_WSK_RECEIVE_EVENT)(_In_opt_ PVOID SocketContext, _In_ ULONG Flags,
                                                _In_opt_ PWSK_DATA_INDICATION DataIndication,
                                                _In_ SIZE_T BytesIndicated, _Inout_ SIZE_T *BytesAccepted);

/* The peer disconnected, abortively when Flags has WSK_FLAG_ABORTIVE. Answers
 * STATUS_SUCCESS. Page PFN_WSK_DISCONNECT_EVENT. */
typedef NTSTATUS(WSKAPI *PFN_WSK_DISCONNECT_EVENT)(_In_opt_ PVOID SocketContext, _In_ ULONG Flags);

/* The ideal send backlog changed. Answers STATUS_SUCCESS.
 * Page PFN_WSK_SEND_BACKLOG_EVENT. */
typedef NTSTATUS(WSKAPI *PFN_WSK_SEND_BACKLOG_EVENT)(_In_opt_ PVOID SocketContext, _In_ SIZE_T IdealBacklogSize);

/* A list of datagrams: STATUS_SUCCESS, STATUS_PENDING (kept until WskRelease) or
 * STATUS_DATA_NOT_ACCEPTED. NULL: the socket is dead. Page PFN_WSK_RECEIVE_FROM_EVENT. */
typedef NTSTATUS(WSKAPI *PFN_WSK_RECEIVE_FROM_EVENT)(_In_opt_ PVOID SocketContext, _In_ ULONG Flags,
                                                     _In_opt_ PWSK_DATAGRAM_INDICATION DataIndication);

typedef struct _WSK_CLIENT_CONNECTION_DISPATCH
{
    PFN_WSK_RECEIVE_EVENT WskReceiveEvent;
    PFN_WSK_DISCONNECT_EVENT WskDisconnectEvent;
    PFN_WSK_SEND_BACKLOG_EVENT WskSendBacklogEvent;
} WSK_CLIENT_CONNECTION_DISPATCH, *PWSK_CLIENT_CONNECTION_DISPATCH;

/* A connection: AcceptSocket becomes the client's with STATUS_SUCCESS, which also
 * sets its context and table; STATUS_REQUEST_NOT_ACCEPTED drops it. The addresses
 * are lent for the call. NULL AcceptSocket: the listener is dead.
 * Page PFN_WSK_ACCEPT_EVENT. */
typedef NTSTATUS(WSKAPI *PFN_WSK_ACCEPT_EVENT)(
    _In_opt_ PVOID SocketContext, _In_ ULONG Flags, _In_ PSOCKADDR LocalAddress, _In_ PSOCKADDR RemoteAddress,
    _In_opt_ PWSK_SOCKET AcceptSocket, _Outptr_result_maybenull_ PVOID *AcceptSocketContext,
    _Outptr_result_maybenull_ CONST WSK_CLIENT_CONNECTION_DISPATCH **AcceptSocketDispatch);

/* Conditional accept: what to do with a request. NULL InspectID: the listener is
 * dead. Page PFN_WSK_INSPECT_EVENT. */
typedef WSK_INSPECT_ACTION(WSKAPI *PFN_WSK_INSPECT_EVENT)(_In_opt_ PVOID SocketContext, _In_ PSOCKADDR LocalAddress,
                                                          _In_ PSOCKADDR RemoteAddress,
                                                          _In_opt_ PWSK_INSPECT_ID InspectID);

/* An inspected request was dropped before it was established. Answers
 * STATUS_SUCCESS. Page PFN_WSK_ABORT_EVENT. */
typedef NTSTATUS(WSKAPI *PFN_WSK_ABORT_EVENT)(_In_opt_ PVOID SocketContext, _In_ PWSK_INSPECT_ID InspectID);

/* Client tables: constant, valid while the socket (or the registration) lives;
 * NULL for a callback that is not used. */
typedef struct _WSK_CLIENT_LISTEN_DISPATCH
{
    PFN_WSK_ACCEPT_EVENT WskAcceptEvent;
    PFN_WSK_INSPECT_EVENT WskInspectEvent;
    PFN_WSK_ABORT_EVENT WskAbortEvent;
} WSK_CLIENT_LISTEN_DISPATCH, *PWSK_CLIENT_LISTEN_DISPATCH;

typedef struct _WSK_CLIENT_DATAGRAM_DISPATCH
{
    PFN_WSK_RECEIVE_FROM_EVENT WskReceiveFromEvent;
} WSK_CLIENT_DATAGRAM_DISPATCH, *PWSK_CLIENT_DATAGRAM_DISPATCH;

typedef struct _WSK_CLIENT_STREAM_DISPATCH
{
    CONST WSK_CLIENT_LISTEN_DISPATCH *Listen;
    CONST WSK_CLIENT_CONNECTION_DISPATCH *Connect;
} WSK_CLIENT_STREAM_DISPATCH, *PWSK_CLIENT_STREAM_DISPATCH;

typedef struct _WSK_CLIENT_DISPATCH
{
    USHORT Version;  /* MAKE_WSK_VERSION */
    USHORT Reserved; /* 0 */
    PFN_WSK_CLIENT_EVENT WskClientEvent;
} WSK_CLIENT_DISPATCH, *PWSK_CLIENT_DISPATCH;

/* ---- functions of sockets ------------------------------------------------- */

/* Options and I/O controls. Irp may be NULL where the control's page says so;
 * without it the call itself does the work. OutputSizeReturned receives SIZE_T.
 * Page PFN_WSK_CONTROL_SOCKET. */
typedef NTSTATUS(WSKAPI *PFN_WSK_CONTROL_SOCKET)(_In_ PWSK_SOCKET Socket, _In_ WSK_CONTROL_SOCKET_TYPE RequestType,
                                                 _In_ ULONG ControlCode, _In_ ULONG Level, _In_ SIZE_T InputSize,
                                                 _In_reads_bytes_opt_(InputSize) PVOID InputBuffer,
                                                 _In_ SIZE_T OutputSize,
                                                 _Out_writes_bytes_opt_(OutputSize) PVOID OutputBuffer,
                                                 _Out_opt_ SIZE_T *OutputSizeReturned, _Inout_opt_ PIRP Irp);

/* Ends the socket: cancels its IRPs, waits for its callbacks, aborts a
 * connection that is not shut down; when the IRP completes nothing refers to it.
 * May not race other calls on the socket. Page PFN_WSK_CLOSE_SOCKET. */
typedef NTSTATUS(WSKAPI *PFN_WSK_CLOSE_SOCKET)(_In_ PWSK_SOCKET Socket, _Inout_ PIRP Irp);

/* A listening socket starts to listen here. STATUS_ADDRESS_ALREADY_EXISTS when
 * in use. Page PFN_WSK_BIND. */
typedef NTSTATUS(WSKAPI *PFN_WSK_BIND)(_In_ PWSK_SOCKET Socket, _In_ PSOCKADDR LocalAddress, _Reserved_ ULONG Flags,
                                       _Inout_ PIRP Irp);

/* Information = the new PWSK_SOCKET. The address variables are filled at
 * completion. Page PFN_WSK_ACCEPT. */
typedef NTSTATUS(WSKAPI *PFN_WSK_ACCEPT)(_In_ PWSK_SOCKET ListenSocket, _Reserved_ ULONG Flags,
                                         _In_opt_ PVOID AcceptSocketContext,
                                         _In_opt_ CONST WSK_CLIENT_CONNECTION_DISPATCH *AcceptSocketDispatch,
                                         _Out_opt_ PSOCKADDR LocalAddress, _Out_opt_ PSOCKADDR RemoteAddress,
                                         _Inout_ PIRP Irp);

/* Decides a pended inspection. Page PFN_WSK_INSPECT_COMPLETE. */
typedef NTSTATUS(WSKAPI *PFN_WSK_INSPECT_COMPLETE)(_In_ PWSK_SOCKET ListenSocket, _In_ PWSK_INSPECT_ID InspectID,
                                                   _In_ WSK_INSPECT_ACTION Action, _Inout_ PIRP Irp);

/* Pages PFN_WSK_GET_LOCAL_ADDRESS, PFN_WSK_GET_REMOTE_ADDRESS (connected only:
 * STATUS_INVALID_DEVICE_STATE otherwise). */
typedef NTSTATUS(WSKAPI *PFN_WSK_GET_LOCAL_ADDRESS)(_In_ PWSK_SOCKET Socket, _Out_ PSOCKADDR LocalAddress,
                                                    _Inout_ PIRP Irp);
typedef NTSTATUS(WSKAPI *PFN_WSK_GET_REMOTE_ADDRESS)(_In_ PWSK_SOCKET Socket, _Out_ PSOCKADDR RemoteAddress,
                                                     _Inout_ PIRP Irp);

/* After bind. STATUS_CONNECTION_REFUSED, STATUS_IO_TIMEOUT, ... Page PFN_WSK_CONNECT. */
typedef NTSTATUS(WSKAPI *PFN_WSK_CONNECT)(_In_ PWSK_SOCKET Socket, _In_ PSOCKADDR RemoteAddress,
                                          _Reserved_ ULONG Flags, _Inout_ PIRP Irp);

/* Connects and sends up to 65535 bytes with or after the handshake.
 * Page PFN_WSK_CONNECT_EX. */
typedef NTSTATUS(WSKAPI *PFN_WSK_CONNECT_EX)(_In_ PWSK_SOCKET Socket, _In_ PSOCKADDR RemoteAddress,
                                             _In_opt_ PWSK_BUF Buffer, _Reserved_ ULONG Flags, _Inout_ PIRP Irp);

/* Stream socket: becomes a listener. Page PFN_WSK_LISTEN. */
typedef NTSTATUS(WSKAPI *PFN_WSK_LISTEN)(_In_ PWSK_SOCKET Socket, _Inout_ PIRP Irp);

/* All bytes or an error; Information = bytes sent. Flags: WSK_FLAG_NODELAY.
 * Page PFN_WSK_SEND. */
typedef NTSTATUS(WSKAPI *PFN_WSK_SEND)(_In_ PWSK_SOCKET Socket, _In_ PWSK_BUF Buffer, _In_ ULONG Flags,
                                       _Inout_ PIRP Irp);

/* Information = bytes received, 0 with success: the peer closed gracefully.
 * Flags: WSK_FLAG_WAITALL, WSK_FLAG_DRAIN. Page PFN_WSK_RECEIVE. */
typedef NTSTATUS(WSKAPI *PFN_WSK_RECEIVE)(_In_ PWSK_SOCKET Socket, _In_ PWSK_BUF Buffer, _In_ ULONG Flags,
                                          _Inout_ PIRP Irp);

/* The same with control information. Reserved: the pages no longer show them;
 * prototypes as in virtio-win's WSK provider for vsock (BSD). */
typedef NTSTATUS(WSKAPI *PFN_WSK_SEND_EX)(_In_ PWSK_SOCKET Socket, _In_ PWSK_BUF Buffer, _In_ ULONG Flags,
                                          _In_ ULONG ControlInfoLength,
                                          _In_reads_bytes_opt_(ControlInfoLength) PCMSGHDR ControlInfo,
                                          _Inout_ PIRP Irp);
typedef NTSTATUS(WSKAPI *PFN_WSK_RECEIVE_EX)(_In_ PWSK_SOCKET Socket, _In_ PWSK_BUF Buffer, _In_ ULONG Flags,
                                             _Inout_opt_ PULONG ControlInfoLength,
                                             _Out_writes_bytes_opt_(*ControlInfoLength) PCMSGHDR ControlInfo,
                                             _Reserved_ PULONG ControlFlags, _Inout_ PIRP Irp);

/* Graceful, with optional last data, or WSK_FLAG_ABORTIVE (Buffer NULL).
 * Page PFN_WSK_DISCONNECT. */
typedef NTSTATUS(WSKAPI *PFN_WSK_DISCONNECT)(_In_ PWSK_SOCKET Socket, _In_opt_ PWSK_BUF Buffer, _In_ ULONG Flags,
                                             _Inout_ PIRP Irp);

/* Give back lists that an event callback kept; no IRP, STATUS_SUCCESS. Pages
 * PFN_WSK_RELEASE_DATA_INDICATION_LIST, PFN_WSK_RELEASE_DATAGRAM_INDICATION_LIST. */
typedef NTSTATUS(WSKAPI *PFN_WSK_RELEASE_DATA_INDICATION_LIST)(_In_ PWSK_SOCKET Socket,
                                                               _In_ PWSK_DATA_INDICATION DataIndication);
typedef NTSTATUS(WSKAPI *PFN_WSK_RELEASE_DATAGRAM_INDICATION_LIST)(_In_ PWSK_SOCKET Socket,
                                                                   _In_ PWSK_DATAGRAM_INDICATION DatagramIndication);

/* One datagram; RemoteAddress NULL uses the fixed one. Page PFN_WSK_SEND_TO. */
typedef NTSTATUS(WSKAPI *PFN_WSK_SEND_TO)(_In_ PWSK_SOCKET Socket, _In_ PWSK_BUF Buffer, _Reserved_ ULONG Flags,
                                          _In_opt_ PSOCKADDR RemoteAddress, _In_ ULONG ControlInfoLength,
                                          _In_reads_bytes_opt_(ControlInfoLength) PCMSGHDR ControlInfo,
                                          _Inout_ PIRP Irp);

/* One datagram per list entry, all to one address. Page PFN_WSK_SEND_MESSAGES. */
typedef NTSTATUS(WSKAPI *PFN_WSK_SEND_MESSAGES)(_In_ PWSK_SOCKET Socket, _In_ PWSK_BUF_LIST BufferList,
                                                _Reserved_ ULONG Flags, _In_opt_ PSOCKADDR RemoteAddress,
                                                _In_ ULONG ControlInfoLength,
                                                _In_reads_bytes_opt_(ControlInfoLength) PCMSGHDR ControlInfo,
                                                _Inout_ PIRP Irp);

/* Information = bytes stored; *ControlFlags: MSG_TRUNC, MSG_CTRUNC, MSG_BCAST,
 * MSG_MCAST. Page PFN_WSK_RECEIVE_FROM. */
typedef NTSTATUS(WSKAPI *PFN_WSK_RECEIVE_FROM)(_In_ PWSK_SOCKET Socket, _In_ PWSK_BUF Buffer, _Reserved_ ULONG Flags,
                                               _Out_opt_ PSOCKADDR RemoteAddress, _Inout_ PULONG ControlLength,
                                               _Out_writes_bytes_opt_(*ControlLength) PCMSGHDR ControlInfo,
                                               _Out_opt_ PULONG ControlFlags, _Inout_ PIRP Irp);

/* ---- provider tables: one per category ------------------------------------ */

typedef struct _WSK_PROVIDER_BASIC_DISPATCH
{
    PFN_WSK_CONTROL_SOCKET WskControlSocket;
    PFN_WSK_CLOSE_SOCKET WskCloseSocket;
} WSK_PROVIDER_BASIC_DISPATCH, *PWSK_PROVIDER_BASIC_DISPATCH;

/* C drivers write Dispatch->WskCloseSocket, C++ ones Dispatch->Basic.WskCloseSocket
 * (and some C ones too): both name the same slot in both languages. */
#define WSK_PROVIDER_BASIC_MEMBERS_                \
    union {                                        \
        WSK_PROVIDER_BASIC_DISPATCH Basic;         \
        struct                                     \
        {                                          \
            PFN_WSK_CONTROL_SOCKET WskControlSocket; \
            PFN_WSK_CLOSE_SOCKET WskCloseSocket;   \
        };                                         \
    }

typedef struct _WSK_PROVIDER_LISTEN_DISPATCH
{
    WSK_PROVIDER_BASIC_MEMBERS_;
    PFN_WSK_BIND WskBind;
    PFN_WSK_ACCEPT WskAccept;
    PFN_WSK_INSPECT_COMPLETE WskInspectComplete;
    PFN_WSK_GET_LOCAL_ADDRESS WskGetLocalAddress;
} WSK_PROVIDER_LISTEN_DISPATCH, *PWSK_PROVIDER_LISTEN_DISPATCH;

typedef struct _WSK_PROVIDER_DATAGRAM_DISPATCH
{
    WSK_PROVIDER_BASIC_MEMBERS_;
    PFN_WSK_BIND WskBind;
    PFN_WSK_SEND_TO WskSendTo;
    PFN_WSK_RECEIVE_FROM WskReceiveFrom;
    PFN_WSK_RELEASE_DATAGRAM_INDICATION_LIST WskRelease;
    PFN_WSK_GET_LOCAL_ADDRESS WskGetLocalAddress;
    PFN_WSK_SEND_MESSAGES WskSendMessages;
} WSK_PROVIDER_DATAGRAM_DISPATCH, *PWSK_PROVIDER_DATAGRAM_DISPATCH;

typedef struct _WSK_PROVIDER_CONNECTION_DISPATCH
{
    WSK_PROVIDER_BASIC_MEMBERS_;
    PFN_WSK_BIND WskBind;
    PFN_WSK_CONNECT WskConnect;
    PFN_WSK_GET_LOCAL_ADDRESS WskGetLocalAddress;
    PFN_WSK_GET_REMOTE_ADDRESS WskGetRemoteAddress;
    PFN_WSK_SEND WskSend;
    PFN_WSK_RECEIVE WskReceive;
    PFN_WSK_DISCONNECT WskDisconnect;
    PFN_WSK_RELEASE_DATA_INDICATION_LIST WskRelease;
    PFN_WSK_CONNECT_EX WskConnectEx;
    PFN_WSK_SEND_EX WskSendEx;
    PFN_WSK_RECEIVE_EX WskReceiveEx;
} WSK_PROVIDER_CONNECTION_DISPATCH, *PWSK_PROVIDER_CONNECTION_DISPATCH;

typedef struct _WSK_PROVIDER_STREAM_DISPATCH
{
    WSK_PROVIDER_BASIC_MEMBERS_;
    PFN_WSK_BIND WskBind;
    PFN_WSK_ACCEPT WskAccept;
    PFN_WSK_CONNECT WskConnect;
    PFN_WSK_LISTEN WskListen;
    PFN_WSK_SEND WskSend;
    PFN_WSK_RECEIVE WskReceive;
    PFN_WSK_DISCONNECT WskDisconnect;
    PFN_WSK_RELEASE_DATA_INDICATION_LIST WskRelease;
    PFN_WSK_GET_LOCAL_ADDRESS WskGetLocalAddress;
    PFN_WSK_GET_REMOTE_ADDRESS WskGetRemoteAddress;
    PFN_WSK_CONNECT_EX WskConnectEx;
    PFN_WSK_SEND_EX WskSendEx;
    PFN_WSK_RECEIVE_EX WskReceiveEx;
} WSK_PROVIDER_STREAM_DISPATCH, *PWSK_PROVIDER_STREAM_DISPATCH;

/* ---- functions of the client object --------------------------------------- */

/* Information = the new PWSK_SOCKET. Flags: one category. Dispatch: the client
 * table of that category. Page PFN_WSK_SOCKET. */
typedef NTSTATUS(WSKAPI *PFN_WSK_SOCKET)(_In_ PWSK_CLIENT Client, _In_ ADDRESS_FAMILY AddressFamily,
                                         _In_ USHORT SocketType, _In_ ULONG Protocol, _In_ ULONG Flags,
                                         _In_opt_ PVOID SocketContext, _In_opt_ CONST VOID *Dispatch,
                                         _In_opt_ PEPROCESS OwningProcess, _In_opt_ PETHREAD OwningThread,
                                         _In_opt_ PSECURITY_DESCRIPTOR SecurityDescriptor, _Inout_ PIRP Irp);

/* Create, bind and connect in one call. Page PFN_WSK_SOCKET_CONNECT. */
typedef NTSTATUS(WSKAPI *PFN_WSK_SOCKET_CONNECT)(_In_ PWSK_CLIENT Client, _In_ USHORT SocketType,
                                                 _In_ ULONG Protocol, _In_ PSOCKADDR LocalAddress,
                                                 _In_ PSOCKADDR RemoteAddress, _Reserved_ ULONG Flags,
                                                 _In_opt_ PVOID SocketContext,
                                                 _In_opt_ CONST WSK_CLIENT_CONNECTION_DISPATCH *Dispatch,
                                                 _In_opt_ PEPROCESS OwningProcess, _In_opt_ PETHREAD OwningThread,
                                                 _In_opt_ PSECURITY_DESCRIPTOR SecurityDescriptor, _Inout_ PIRP Irp);

/* Level and IRP per control code's page. Page PFN_WSK_CONTROL_CLIENT. */
typedef NTSTATUS(WSKAPI *PFN_WSK_CONTROL_CLIENT)(_In_ PWSK_CLIENT Client, _In_ ULONG ControlCode,
                                                 _In_ SIZE_T InputSize,
                                                 _In_reads_bytes_opt_(InputSize) PVOID InputBuffer,
                                                 _In_ SIZE_T OutputSize,
                                                 _Out_writes_bytes_opt_(OutputSize) PVOID OutputBuffer,
                                                 _Out_opt_ SIZE_T *OutputSizeReturned, _Inout_opt_ PIRP Irp);

/* PASSIVE_LEVEL. *Result is the caller's until WskFreeAddressInfo.
 * Page PFN_WSK_GET_ADDRESS_INFO. */
typedef NTSTATUS(WSKAPI *PFN_WSK_GET_ADDRESS_INFO)(_In_ PWSK_CLIENT Client, _In_opt_ PUNICODE_STRING NodeName,
                                                   _In_opt_ PUNICODE_STRING ServiceName, _In_opt_ ULONG NameSpace,
                                                   _In_opt_ GUID *Provider, _In_opt_ PADDRINFOEXW Hints,
                                                   _Outptr_ PADDRINFOEXW *Result, _In_opt_ PEPROCESS OwningProcess,
                                                   _In_opt_ PETHREAD OwningThread, _Inout_ PIRP Irp);

/* PASSIVE_LEVEL. Page PFN_WSK_FREE_ADDRESS_INFO. */
typedef VOID(WSKAPI *PFN_WSK_FREE_ADDRESS_INFO)(_In_ PWSK_CLIENT Client, _In_ PADDRINFOEXW AddrInfo);

/* PASSIVE_LEVEL. STATUS_BUFFER_TOO_SMALL. Page PFN_WSK_GET_NAME_INFO. */
typedef NTSTATUS(WSKAPI *PFN_WSK_GET_NAME_INFO)(_In_ PWSK_CLIENT Client, _In_ PSOCKADDR SockAddr,
                                                _In_ ULONG SockAddrLength, _Out_opt_ PUNICODE_STRING NodeName,
                                                _Out_opt_ PUNICODE_STRING ServiceName, _In_ ULONG Flags,
                                                _In_opt_ PEPROCESS OwningProcess, _In_opt_ PETHREAD OwningThread,
                                                _Inout_ PIRP Irp);

typedef struct _WSK_PROVIDER_DISPATCH
{
    USHORT Version;
    USHORT Reserved;
    PFN_WSK_SOCKET WskSocket;
    PFN_WSK_SOCKET_CONNECT WskSocketConnect;
    PFN_WSK_CONTROL_CLIENT WskControlClient;
    PFN_WSK_GET_ADDRESS_INFO WskGetAddressInfo;
    PFN_WSK_FREE_ADDRESS_INFO WskFreeAddressInfo;
    PFN_WSK_GET_NAME_INFO WskGetNameInfo;
} WSK_PROVIDER_DISPATCH, *PWSK_PROVIDER_DISPATCH;

/* ---- registration --------------------------------------------------------- */

typedef struct _WSK_CLIENT_NPI
{
    PVOID ClientContext;
    CONST WSK_CLIENT_DISPATCH *Dispatch; /* valid until WskDeregister returns */
} WSK_CLIENT_NPI, *PWSK_CLIENT_NPI;

typedef struct _WSK_PROVIDER_NPI
{
    PWSK_CLIENT Client;
    CONST WSK_PROVIDER_DISPATCH *Dispatch;
} WSK_PROVIDER_NPI, *PWSK_PROVIDER_NPI;

/* Owner: the client allocates it, the provider uses its fields until
 * WskDeregister returns. */
typedef struct _WSK_REGISTRATION
{
    ULONGLONG ReservedRegistrationState;
    PVOID ReservedRegistrationContext;
    KSPIN_LOCK ReservedRegistrationLock;
} WSK_REGISTRATION, *PWSK_REGISTRATION;

typedef struct _WSK_PROVIDER_CHARACTERISTICS
{
    USHORT HighestVersion; /* MAKE_WSK_VERSION */
    USHORT LowestVersion;
} WSK_PROVIDER_CHARACTERISTICS, *PWSK_PROVIDER_CHARACTERISTICS;

/* PASSIVE_LEVEL. WskClientNpi is copied, its Dispatch is not. Owes a
 * WskDeregister exactly when it succeeds. Page WskRegister. */
NTSTATUS WSKAPI WskRegister(_In_ PWSK_CLIENT_NPI WskClientNpi, _Out_ PWSK_REGISTRATION WskRegistration);

/* PASSIVE_LEVEL. Blocks until every capture is released, every call has returned
 * and every socket is closed; ends waiting captures. Page WskDeregister. */
VOID WSKAPI WskDeregister(_In_ PWSK_REGISTRATION WskRegistration);

/* PASSIVE_LEVEL; <= DISPATCH_LEVEL with WSK_NO_WAIT. Blocks up to WaitTimeout ms
 * for the provider. STATUS_DEVICE_NOT_READY (not ready in time, or being
 * deregistered), STATUS_NOINTERFACE (version). Page WskCaptureProviderNPI. */
NTSTATUS WSKAPI WskCaptureProviderNPI(_In_ PWSK_REGISTRATION WskRegistration, _In_ ULONG WaitTimeout,
                                      _Out_ PWSK_PROVIDER_NPI WskProviderNpi);

/* <= DISPATCH_LEVEL. Undoes one capture; sockets may stay open.
 * Page WskReleaseProviderNPI. */
VOID WSKAPI WskReleaseProviderNPI(_In_ PWSK_REGISTRATION WskRegistration);

/* <= DISPATCH_LEVEL. STATUS_DEVICE_NOT_READY before the provider is there.
 * Page WskQueryProviderCharacteristics. */
NTSTATUS WSKAPI WskQueryProviderCharacteristics(_In_ PWSK_REGISTRATION WskRegistration,
                                                _Out_ PWSK_PROVIDER_CHARACTERISTICS WskProviderCharacteristics);

#ifdef __cplusplus
}
#endif
