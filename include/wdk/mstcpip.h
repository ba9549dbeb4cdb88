// SPDX-License-Identifier: MIT
#pragma once
/*
 * Microsoft's extensions to TCP/IP: vendor I/O controls with their structures,
 * and IPv4 counterparts of the IN6_ macros. Sources: M = mingw-w64 (mstcpip.h),
 * R = Microsoft's windows-rs bindings.
 */
#include <ws2def.h>
#include <ws2ipdef.h>
#include <ip2string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- I/O controls --------------------------------------------------------- */

#define SIO_RCVALL _WSAIOW(IOC_VENDOR, 1)                     /* M */
#define SIO_RCVALL_MCAST _WSAIOW(IOC_VENDOR, 2)               /* M */
#define SIO_RCVALL_IGMPMCAST _WSAIOW(IOC_VENDOR, 3)           /* M */
#define SIO_KEEPALIVE_VALS _WSAIOW(IOC_VENDOR, 4)             /* M R */
#define SIO_ABSORB_RTRALERT _WSAIOW(IOC_VENDOR, 5)            /* M */
#define SIO_UCAST_IF _WSAIOW(IOC_VENDOR, 6)                   /* M */
#define SIO_LIMIT_BROADCASTS _WSAIOW(IOC_VENDOR, 7)           /* M R */
#define SIO_INDEX_BIND _WSAIOW(IOC_VENDOR, 8)                 /* M */
#define SIO_INDEX_MCASTIF _WSAIOW(IOC_VENDOR, 9)              /* M R */
#define SIO_INDEX_ADD_MCAST _WSAIOW(IOC_VENDOR, 10)           /* M */
#define SIO_INDEX_DEL_MCAST _WSAIOW(IOC_VENDOR, 11)           /* M */
#define SIO_UDP_CONNRESET _WSAIOW(IOC_VENDOR, 12)             /* M (mswsock.h) */
#define SIO_LOOPBACK_FAST_PATH _WSAIOW(IOC_VENDOR, 16)        /* M R */
#define SIO_TCP_INITIAL_RTO _WSAIOW(IOC_VENDOR, 17)           /* M */
#define SIO_APPLY_TRANSPORT_SETTING _WSAIOW(IOC_VENDOR, 19)   /* M */
#define SIO_QUERY_TRANSPORT_SETTING _WSAIOW(IOC_VENDOR, 20)   /* M R */
#define SIO_CPU_AFFINITY _WSAIOW(IOC_VENDOR, 21)              /* M */
#define SIO_TCP_SET_ICW _WSAIOW(IOC_VENDOR, 22)               /* M */
#define SIO_TCP_SET_ACK_FREQUENCY _WSAIOW(IOC_VENDOR, 23)     /* M */
#define SIO_SET_PRIORITY_HINT _WSAIOW(IOC_VENDOR, 24)         /* M */
#define SIO_TCP_INFO _WSAIORW(IOC_VENDOR, 39)                 /* M */
#define SIO_ACQUIRE_PORT_RESERVATION _WSAIOW(IOC_VENDOR, 100) /* M */
#define SIO_RELEASE_PORT_RESERVATION _WSAIOW(IOC_VENDOR, 101) /* M */
#define SIO_ASSOCIATE_PORT_RESERVATION _WSAIOW(IOC_VENDOR, 102) /* M */
#define SIO_QUERY_WFP_ALE_ENDPOINT_HANDLE _WSAIOR(IOC_VENDOR, 205) /* R */
#define SIO_QUERY_RSS_SCALABILITY_INFO _WSAIOR(IOC_VENDOR, 210) /* R */
#define SIO_QUERY_WFP_CONNECTION_REDIRECT_RECORDS _WSAIOW(IOC_VENDOR, 220) /* R */
#define SIO_QUERY_WFP_CONNECTION_REDIRECT_CONTEXT _WSAIOW(IOC_VENDOR, 221) /* R */
#define SIO_SET_WFP_CONNECTION_REDIRECT_RECORDS _WSAIOW(IOC_VENDOR, 222)   /* R */

struct tcp_keepalive
{
    ULONG onoff;
    ULONG keepalivetime;     /* ms */
    ULONG keepaliveinterval; /* ms */
};

typedef struct _RSS_SCALABILITY_INFO
{
    BOOLEAN RssEnabled;
} RSS_SCALABILITY_INFO, *PRSS_SCALABILITY_INFO;

typedef struct _TCP_INITIAL_RTO_PARAMETERS
{
    USHORT Rtt; /* ms */
    UCHAR MaxSynRetransmissions;
} TCP_INITIAL_RTO_PARAMETERS, *PTCP_INITIAL_RTO_PARAMETERS;

typedef struct _INET_PORT_RANGE
{
    USHORT StartPort; /* network byte order */
    USHORT NumberOfPorts;
} INET_PORT_RANGE, *PINET_PORT_RANGE;

typedef struct _INET_PORT_RANGE INET_PORT_RESERVATION, *PINET_PORT_RESERVATION;

typedef enum _TCPSTATE /* M */
{
    TCPSTATE_CLOSED,
    TCPSTATE_LISTEN,
    TCPSTATE_SYN_SENT,
    TCPSTATE_SYN_RCVD,
    TCPSTATE_ESTABLISHED,
    TCPSTATE_FIN_WAIT_1,
    TCPSTATE_FIN_WAIT_2,
    TCPSTATE_CLOSE_WAIT,
    TCPSTATE_CLOSING,
    TCPSTATE_LAST_ACK,
    TCPSTATE_TIME_WAIT,
    TCPSTATE_MAX
} TCPSTATE;

typedef struct _TCP_INFO_v0
{
    TCPSTATE State;
    ULONG Mss;
    ULONG64 ConnectionTimeMs;
    BOOLEAN TimestampsEnabled;
    ULONG RttUs;
    ULONG MinRttUs;
    ULONG BytesInFlight;
    ULONG Cwnd;
    ULONG SndWnd;
    ULONG RcvWnd;
    ULONG RcvBuf;
    ULONG64 BytesOut;
    ULONG64 BytesIn;
    ULONG BytesReordered;
    ULONG BytesRetrans;
    ULONG FastRetrans;
    ULONG DupAcksIn;
    ULONG TimeoutEpisodes;
    UCHAR SynRetrans;
} TCP_INFO_v0, *PTCP_INFO_v0;

/* ---- IPv4 addresses, network byte order ----------------------------------- */

#define IN4ADDR_ANY INADDR_ANY
#define IN4ADDR_LOOPBACK 0x0100007f   /* R */
#define IN4ADDR_BROADCAST INADDR_BROADCAST
#define IN4ADDR_NONE INADDR_NONE

#define IN4ADDR_ANY_INIT {{{0, 0, 0, 0}}}
#define IN4ADDR_LOOPBACK_INIT {{{0x7f, 0, 0, 1}}}
#define IN4ADDR_BROADCAST_INIT {{{0xff, 0xff, 0xff, 0xff}}}

#define IN4ADDR_LOOPBACKPREFIX_LENGTH 8   /* R */
#define IN4ADDR_LINKLOCALPREFIX_LENGTH 16 /* R */
#define IN4ADDR_MULTICASTPREFIX_LENGTH 4  /* RFC 1112 */

/* Defined by the kernel's network library. */
extern CONST IN_ADDR in4addr_any;
extern CONST IN_ADDR in4addr_loopback;
extern CONST IN_ADDR in4addr_broadcast;

FORCEINLINE BOOLEAN IN4_ADDR_EQUAL(CONST IN_ADDR *a, CONST IN_ADDR *b)
{
    return (BOOLEAN)(a->s_addr == b->s_addr);
}

FORCEINLINE BOOLEAN IN4_IS_ADDR_UNSPECIFIED(CONST IN_ADDR *a)
{
    return (BOOLEAN)(a->s_addr == IN4ADDR_ANY);
}

FORCEINLINE BOOLEAN IN4_IS_ADDR_LOOPBACK(CONST IN_ADDR *a)
{
    return (BOOLEAN)(a->s_net == 0x7f);
}

FORCEINLINE BOOLEAN IN4_IS_ADDR_BROADCAST(CONST IN_ADDR *a)
{
    return (BOOLEAN)(a->s_addr == IN4ADDR_BROADCAST);
}

FORCEINLINE BOOLEAN IN4_IS_ADDR_MULTICAST(CONST IN_ADDR *a)
{
    return (BOOLEAN)((a->s_net & 0xf0) == 0xe0);
}

FORCEINLINE BOOLEAN IN4_IS_ADDR_LINKLOCAL(CONST IN_ADDR *a)
{
    return (BOOLEAN)(a->s_net == 169 && a->s_host == 254);
}

FORCEINLINE BOOLEAN IN6_IS_ADDR_V4MAPPED_LOOPBACK(CONST IN6_ADDR *a)
{
    return (BOOLEAN)(IN6_IS_ADDR_V4MAPPED(a) && a->s6_bytes[12] == 0x7f);
}

FORCEINLINE CONST UCHAR *IN6_GET_ADDR_V4MAPPED(CONST IN6_ADDR *Ipv6Address)
{
    return &Ipv6Address->s6_bytes[12];
}

FORCEINLINE VOID IN6_SET_ADDR_V4MAPPED(PIN6_ADDR a6, CONST IN_ADDR *a4)
{
    __builtin_memset(a6, 0, 10);
    a6->s6_bytes[10] = 0xff;
    a6->s6_bytes[11] = 0xff;
    __builtin_memcpy(&a6->s6_bytes[12], a4, sizeof(*a4));
}

/* ---- generic over the family ---------------------------------------------- */

FORCEINLINE SIZE_T INET_ADDR_LENGTH(ADDRESS_FAMILY af)
{
    return af == AF_INET ? sizeof(IN_ADDR) : af == AF_INET6 ? sizeof(IN6_ADDR) : 0;
}

FORCEINLINE SIZE_T INET_SOCKADDR_LENGTH(ADDRESS_FAMILY af)
{
    return af == AF_INET ? sizeof(SOCKADDR_IN) : af == AF_INET6 ? sizeof(SOCKADDR_IN6) : 0;
}

FORCEINLINE BOOLEAN INET_ADDR_EQUAL(ADDRESS_FAMILY af, CONST VOID *a, CONST VOID *b)
{
    return (BOOLEAN)(__builtin_memcmp(a, b, INET_ADDR_LENGTH(af)) == 0);
}

FORCEINLINE BOOLEAN INETADDR_ISANY(CONST SOCKADDR *a)
{
    return a->sa_family == AF_INET ? IN4_IS_ADDR_UNSPECIFIED(&((CONST SOCKADDR_IN *)a)->sin_addr)
                                   : IN6_IS_ADDR_UNSPECIFIED(&((CONST SOCKADDR_IN6 *)a)->sin6_addr);
}

FORCEINLINE BOOLEAN INETADDR_ISLOOPBACK(CONST SOCKADDR *a)
{
    return a->sa_family == AF_INET ? IN4_IS_ADDR_LOOPBACK(&((CONST SOCKADDR_IN *)a)->sin_addr)
                                   : IN6_IS_ADDR_LOOPBACK(&((CONST SOCKADDR_IN6 *)a)->sin6_addr);
}

FORCEINLINE VOID INETADDR_SETANY(PSOCKADDR a)
{
    if (a->sa_family == AF_INET)
    {
        PSOCKADDR_IN In = (PSOCKADDR_IN)(PVOID)a;
        __builtin_memset(In, 0, sizeof(*In));
        In->sin_family = AF_INET;
    }
    else
    {
        IN6ADDR_SETANY((PSOCKADDR_IN6)(PVOID)a);
    }
}

FORCEINLINE VOID INETADDR_SETLOOPBACK(PSOCKADDR a)
{
    INETADDR_SETANY(a);
    if (a->sa_family == AF_INET)
    {
        ((PSOCKADDR_IN)(PVOID)a)->sin_addr.s_addr = IN4ADDR_LOOPBACK;
    }
    else
    {
        ((PSOCKADDR_IN6)(PVOID)a)->sin6_addr.s6_bytes[15] = 1;
    }
}

/* Both families keep the port at the same place. */
FORCEINLINE USHORT INETADDR_PORT(CONST SOCKADDR *a)
{
    return ((CONST SOCKADDR_IN *)a)->sin_port;
}

FORCEINLINE VOID INETADDR_SET_PORT(PSOCKADDR a, USHORT Port)
{
    ((PSOCKADDR_IN)(PVOID)a)->sin_port = Port;
}

FORCEINLINE PUCHAR INETADDR_ADDRESS(CONST SOCKADDR *a)
{
    return a->sa_family == AF_INET6 ? (PUCHAR) & ((PSOCKADDR_IN6)(PVOID)a)->sin6_addr
                                    : (PUCHAR) & ((PSOCKADDR_IN)(PVOID)a)->sin_addr;
}

#ifdef __cplusplus
}
#endif
