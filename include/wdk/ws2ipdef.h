// SPDX-License-Identifier: MIT
#pragma once
/*
 * TCP/IP addresses and options. Numbers are Windows', not Linux'. Sources behind
 * each group: M = mingw-w64 (ws2ipdef.h, ws2tcpip.h), R = Microsoft's windows-rs
 * bindings, W = Wine (ws2ipdef.h).
 */
#include <ws2def.h>
#include <in6addr.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- IPv6 socket address -------------------------------------------------- */

/* The last member is a union whose first name takes a plain number, so that
 * {AF_INET6, port, 0, IN6ADDR_ANY_INIT, 0} works. */
typedef struct sockaddr_in6
{
    ADDRESS_FAMILY sin6_family;
    USHORT sin6_port; /* network byte order */
    ULONG sin6_flowinfo;
    IN6_ADDR sin6_addr;
    union {
        ULONG sin6_scope_id;
        SCOPE_ID sin6_scope_struct;
    };
} SOCKADDR_IN6_LH, *PSOCKADDR_IN6_LH, *LPSOCKADDR_IN6_LH;

typedef SOCKADDR_IN6_LH SOCKADDR_IN6;
typedef SOCKADDR_IN6_LH *PSOCKADDR_IN6, *LPSOCKADDR_IN6;

typedef union _SOCKADDR_INET
{
    SOCKADDR_IN Ipv4;
    SOCKADDR_IN6 Ipv6;
    ADDRESS_FAMILY si_family;
} SOCKADDR_INET, *PSOCKADDR_INET;

typedef struct _sockaddr_in6_pair
{
    PSOCKADDR_IN6 SourceAddress;
    PSOCKADDR_IN6 DestinationAddress;
} SOCKADDR_IN6_PAIR, *PSOCKADDR_IN6_PAIR;

#define SS_PORT(ssp) (((PSOCKADDR_IN)(ssp))->sin_port)

#define INET_ADDRSTRLEN 22  /* M R */
#define INET6_ADDRSTRLEN 65 /* M R */
#define IPV6_ADDRESS_BITS 128

#define IN6ADDR_ANY_INIT {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}}}
#define IN6ADDR_LOOPBACK_INIT {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}}
#define IN6ADDR_ALLNODESONNODE_INIT {{{0xff, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}}    /* RFC 4291 */
#define IN6ADDR_ALLNODESONLINK_INIT {{{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}}    /* RFC 4291 */
#define IN6ADDR_ALLROUTERSONLINK_INIT {{{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}}}  /* RFC 4291 */
#define IN6ADDR_V4MAPPEDPREFIX_INIT {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0}}}    /* RFC 4291 */

#define IN6ADDR_LINKLOCALPREFIX_LENGTH 64 /* R */
#define IN6ADDR_MULTICASTPREFIX_LENGTH 8  /* R */
#define IN6ADDR_V4MAPPEDPREFIX_LENGTH 96  /* R */

/* Defined by the kernel's network library. */
extern CONST IN6_ADDR in6addr_any;
extern CONST IN6_ADDR in6addr_loopback;

/* ---- classification (RFC 4291) -------------------------------------------- */

FORCEINLINE BOOLEAN IN6_ADDR_EQUAL(CONST IN6_ADDR *x, CONST IN6_ADDR *y)
{
    return (BOOLEAN)(__builtin_memcmp(x, y, sizeof(*x)) == 0);
}
#define IN6_ARE_ADDR_EQUAL IN6_ADDR_EQUAL

FORCEINLINE BOOLEAN IN6_IS_ADDR_UNSPECIFIED(CONST IN6_ADDR *a)
{
    return (BOOLEAN)((a->s6_words[0] | a->s6_words[1] | a->s6_words[2] | a->s6_words[3] | a->s6_words[4] |
                      a->s6_words[5] | a->s6_words[6] | a->s6_words[7]) == 0);
}

FORCEINLINE BOOLEAN IN6_IS_ADDR_LOOPBACK(CONST IN6_ADDR *a)
{
    return (BOOLEAN)((a->s6_words[0] | a->s6_words[1] | a->s6_words[2] | a->s6_words[3] | a->s6_words[4] |
                      a->s6_words[5] | a->s6_words[6]) == 0 &&
                     a->s6_words[7] == 0x0100);
}

FORCEINLINE BOOLEAN IN6_IS_ADDR_MULTICAST(CONST IN6_ADDR *a)
{
    return (BOOLEAN)(a->s6_bytes[0] == 0xff);
}

FORCEINLINE BOOLEAN IN6_IS_ADDR_LINKLOCAL(CONST IN6_ADDR *a)
{
    return (BOOLEAN)(a->s6_bytes[0] == 0xfe && (a->s6_bytes[1] & 0xc0) == 0x80);
}

FORCEINLINE BOOLEAN IN6_IS_ADDR_SITELOCAL(CONST IN6_ADDR *a)
{
    return (BOOLEAN)(a->s6_bytes[0] == 0xfe && (a->s6_bytes[1] & 0xc0) == 0xc0);
}

FORCEINLINE BOOLEAN IN6_IS_ADDR_V4MAPPED(CONST IN6_ADDR *a)
{
    return (BOOLEAN)((a->s6_words[0] | a->s6_words[1] | a->s6_words[2] | a->s6_words[3] | a->s6_words[4]) == 0 &&
                     a->s6_words[5] == 0xffff);
}

FORCEINLINE BOOLEAN IN6_IS_ADDR_V4COMPAT(CONST IN6_ADDR *a)
{
    return (BOOLEAN)((a->s6_words[0] | a->s6_words[1] | a->s6_words[2] | a->s6_words[3] | a->s6_words[4] |
                      a->s6_words[5]) == 0 &&
                     !(a->s6_words[6] == 0 && a->s6_bytes[14] == 0 && a->s6_bytes[15] <= 1));
}

FORCEINLINE BOOLEAN IN6_IS_ADDR_MC_NODELOCAL(CONST IN6_ADDR *a)
{
    return (BOOLEAN)(IN6_IS_ADDR_MULTICAST(a) && (a->s6_bytes[1] & 0xf) == 1);
}

FORCEINLINE BOOLEAN IN6_IS_ADDR_MC_LINKLOCAL(CONST IN6_ADDR *a)
{
    return (BOOLEAN)(IN6_IS_ADDR_MULTICAST(a) && (a->s6_bytes[1] & 0xf) == 2);
}

FORCEINLINE BOOLEAN IN6_IS_ADDR_MC_SITELOCAL(CONST IN6_ADDR *a)
{
    return (BOOLEAN)(IN6_IS_ADDR_MULTICAST(a) && (a->s6_bytes[1] & 0xf) == 5);
}

FORCEINLINE BOOLEAN IN6_IS_ADDR_MC_ORGLOCAL(CONST IN6_ADDR *a)
{
    return (BOOLEAN)(IN6_IS_ADDR_MULTICAST(a) && (a->s6_bytes[1] & 0xf) == 8);
}

FORCEINLINE BOOLEAN IN6_IS_ADDR_MC_GLOBAL(CONST IN6_ADDR *a)
{
    return (BOOLEAN)(IN6_IS_ADDR_MULTICAST(a) && (a->s6_bytes[1] & 0xf) == 0xe);
}

FORCEINLINE VOID IN6_SET_ADDR_UNSPECIFIED(IN6_ADDR *a)
{
    __builtin_memset(a, 0, sizeof(*a));
}

FORCEINLINE VOID IN6_SET_ADDR_LOOPBACK(IN6_ADDR *a)
{
    __builtin_memset(a, 0, sizeof(*a));
    a->s6_bytes[15] = 1;
}

FORCEINLINE VOID IN6ADDR_SETANY(PSOCKADDR_IN6 a)
{
    __builtin_memset(a, 0, sizeof(*a));
    a->sin6_family = AF_INET6;
}

FORCEINLINE VOID IN6ADDR_SETLOOPBACK(PSOCKADDR_IN6 a)
{
    IN6ADDR_SETANY(a);
    a->sin6_addr.s6_bytes[15] = 1;
}

FORCEINLINE BOOLEAN IN6ADDR_ISANY(CONST SOCKADDR_IN6 *a)
{
    return (BOOLEAN)(a->sin6_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&a->sin6_addr));
}

FORCEINLINE BOOLEAN IN6ADDR_ISLOOPBACK(CONST SOCKADDR_IN6 *a)
{
    return (BOOLEAN)(a->sin6_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&a->sin6_addr));
}

/* ---- options at IPPROTO_IP ------------------------------------------------ */

#define IP_OPTIONS 1                 /* M R W */
#define IP_HDRINCL 2                 /* M R W */
#define IP_TOS 3                     /* M R W */
#define IP_TTL 4                     /* M R W */
#define IP_MULTICAST_IF 9            /* M R W */
#define IP_MULTICAST_TTL 10          /* M R W */
#define IP_MULTICAST_LOOP 11         /* M R W */
#define IP_ADD_MEMBERSHIP 12         /* M R W */
#define IP_DROP_MEMBERSHIP 13        /* M R W */
#define IP_DONTFRAGMENT 14           /* M R W */
#define IP_ADD_SOURCE_MEMBERSHIP 15  /* M R W */
#define IP_DROP_SOURCE_MEMBERSHIP 16 /* M R W */
#define IP_BLOCK_SOURCE 17           /* M R W */
#define IP_UNBLOCK_SOURCE 18         /* M R W */
#define IP_PKTINFO 19                /* M R W */
#define IP_HOPLIMIT 21               /* M R W */
#define IP_RECVTTL 21                /* M R W */
#define IP_RECEIVE_BROADCAST 22      /* M R W */
#define IP_RECVIF 24                 /* M R W */
#define IP_RECVDSTADDR 25            /* M R W */
#define IP_IFLIST 28                 /* M R W */
#define IP_ADD_IFLIST 29             /* M R W */
#define IP_DEL_IFLIST 30             /* M R W */
#define IP_UNICAST_IF 31             /* M R W */
#define IP_RTHDR 32                  /* M R W */
#define IP_GET_IFLIST 33             /* M R W */
#define IP_RECVRTHDR 38              /* M R W */
#define IP_TCLASS 39                 /* M R W */
#define IP_RECVTCLASS 40             /* M R W */
#define IP_RECVTOS 40                /* M R W */
#define IP_ORIGINAL_ARRIVAL_IF 47    /* M R W */
#define IP_ECN 50                    /* M R W */
#define IP_RECVECN 50                /* R */
#define IP_PKTINFO_EX 51             /* M R W */
#define IP_WFP_REDIRECT_RECORDS 60   /* M R W */
#define IP_WFP_REDIRECT_CONTEXT 70   /* M R W */
#define IP_MTU_DISCOVER 71           /* M R W */
#define IP_MTU 73                    /* M R W */
#define IP_NRT_INTERFACE 74          /* M R W */
#define IP_RECVERR 75                /* M R W */
#define IP_USER_MTU 76               /* M R W */

#define IP_UNSPECIFIED_TYPE_OF_SERVICE -1
#define IP_UNSPECIFIED_HOP_LIMIT -1
#define IP_PROTECTION_LEVEL IPV6_PROTECTION_LEVEL

/* ---- options at IPPROTO_IPV6 ---------------------------------------------- */

#define IPV6_HOPOPTS 1                   /* M R W */
#define IPV6_HDRINCL 2                   /* M R W */
#define IPV6_UNICAST_HOPS 4              /* M R W */
#define IPV6_MULTICAST_IF 9              /* M R W */
#define IPV6_MULTICAST_HOPS 10           /* M R W */
#define IPV6_MULTICAST_LOOP 11           /* M R W */
#define IPV6_ADD_MEMBERSHIP 12           /* M R W */
#define IPV6_JOIN_GROUP IPV6_ADD_MEMBERSHIP
#define IPV6_DROP_MEMBERSHIP 13          /* M R W */
#define IPV6_LEAVE_GROUP IPV6_DROP_MEMBERSHIP
#define IPV6_DONTFRAG 14                 /* M R W */
#define IPV6_PKTINFO 19                  /* M R W */
#define IPV6_HOPLIMIT 21                 /* M R W */
#define IPV6_PROTECTION_LEVEL 23         /* M R W */
#define IPV6_RECVIF 24                   /* M R W */
#define IPV6_RECVDSTADDR 25              /* M R W */
#define IPV6_CHECKSUM 26                 /* M R W */
#define IPV6_V6ONLY 27                   /* M R W */
#define IPV6_IFLIST 28                   /* M R W */
#define IPV6_ADD_IFLIST 29               /* M R W */
#define IPV6_DEL_IFLIST 30               /* M R W */
#define IPV6_UNICAST_IF 31               /* M R W */
#define IPV6_RTHDR 32                    /* M R W */
#define IPV6_GET_IFLIST 33               /* M R W */
#define IPV6_RECVRTHDR 38                /* M R W */
#define IPV6_TCLASS 39                   /* M R W */
#define IPV6_RECVTCLASS 40               /* M R W */
#define IPV6_ECN 50                      /* M W */
#define IPV6_RECVECN 50                  /* R */
#define IPV6_PKTINFO_EX 51               /* M R W */
#define IPV6_WFP_REDIRECT_RECORDS 60     /* M R W */
#define IPV6_WFP_REDIRECT_CONTEXT 70     /* M R W */
#define IPV6_MTU_DISCOVER 71             /* M R W */
#define IPV6_MTU 72                      /* M R W */
#define IPV6_NRT_INTERFACE 74            /* M R W */
#define IPV6_RECVERR 75                  /* M R W */
#define IPV6_USER_MTU 76                 /* M R W */

#define PROTECTION_LEVEL_UNRESTRICTED 10    /* M R */
#define PROTECTION_LEVEL_EDGERESTRICTED 20  /* M R */
#define PROTECTION_LEVEL_RESTRICTED 30      /* M R */
#define PROTECTION_LEVEL_DEFAULT ((UINT)-1) /* M R */

/* ---- options at IPPROTO_TCP and IPPROTO_UDP ------------------------------- */

#define TCP_OFFLOAD_NO_PREFERENCE 0 /* R W */
#define TCP_OFFLOAD_NOT_PREFERRED 1 /* R W */
#define TCP_OFFLOAD_PREFERRED 2     /* R W */

/* TCP_NODELAY (1) is in ws2def.h */
#define TCP_EXPEDITED_1122 0x0002          /* M R W */
#define TCP_KEEPALIVE 3                    /* R W */
#define TCP_KEEPIDLE TCP_KEEPALIVE         /* R */
#define TCP_MAXSEG 4                       /* R W */
#define TCP_MAXRT 5                        /* R W */
#define TCP_STDURG 6                       /* R W */
#define TCP_NOURG 7                        /* R W */
#define TCP_ATMARK 8                       /* R W */
#define TCP_NOSYNRETRIES 9                 /* R W */
#define TCP_TIMESTAMPS 10                  /* R W */
#define TCP_OFFLOAD_PREFERENCE 11          /* R W */
#define TCP_CONGESTION_ALGORITHM 12        /* R W */
#define TCP_DELAY_FIN_ACK 13               /* R W */
#define TCP_MAXRTMS 14                     /* R */
#define TCP_FASTOPEN 15                    /* R */
#define TCP_KEEPCNT 16                     /* R */
#define TCP_KEEPINTVL 17                   /* R */
#define TCP_FAIL_CONNECT_ON_ICMP_ERROR 18  /* R */
#define TCP_ICMP_ERROR_INFO 19             /* R */
#define TCP_BSDURGENT 0x7000               /* M (mswsock.h) */

#define UDP_NOCHECKSUM 1              /* M R */
#define UDP_SEND_MSG_SIZE 2           /* R */
#define UDP_RECV_MAX_COALESCED_SIZE 3 /* R */
#define UDP_COALESCED_INFO 3          /* R */
#define UDP_CHECKSUM_COVERAGE 20      /* M R */

/* ---- control data and option structures ----------------------------------- */

typedef struct in_pktinfo
{
    IN_ADDR ipi_addr;
    ULONG ipi_ifindex;
} IN_PKTINFO, *PIN_PKTINFO;

typedef struct in6_pktinfo
{
    IN6_ADDR ipi6_addr;
    ULONG ipi6_ifindex;
} IN6_PKTINFO, *PIN6_PKTINFO;

typedef struct in_pktinfo_ex
{
    IN_PKTINFO pkt_info;
    SCOPE_ID scope_id;
} IN_PKTINFO_EX, *PIN_PKTINFO_EX;

typedef struct in6_pktinfo_ex
{
    IN6_PKTINFO pkt_info;
    SCOPE_ID scope_id;
} IN6_PKTINFO_EX, *PIN6_PKTINFO_EX;

typedef struct in_recverr
{
    IPPROTO protocol;
    ULONG info;
    UINT8 type;
    UINT8 code;
} IN_RECVERR, *PIN_RECVERR;

typedef struct icmp_error_info
{
    SOCKADDR_INET srcaddress;
    IPPROTO protocol;
    UINT8 type;
    UINT8 code;
} ICMP_ERROR_INFO, *PICMP_ERROR_INFO;

typedef enum _PMTUD_STATE /* M R */
{
    IP_PMTUDISC_NOT_SET,
    IP_PMTUDISC_DO,
    IP_PMTUDISC_DONT,
    IP_PMTUDISC_PROBE,
    IP_PMTUDISC_MAX
} PMTUD_STATE, *PPMTUD_STATE;

#define MCAST_JOIN_GROUP 41         /* M R */
#define MCAST_LEAVE_GROUP 42        /* M R */
#define MCAST_BLOCK_SOURCE 43       /* M R */
#define MCAST_UNBLOCK_SOURCE 44     /* M R */
#define MCAST_JOIN_SOURCE_GROUP 45  /* M R */
#define MCAST_LEAVE_SOURCE_GROUP 46 /* M R */

typedef enum /* M R */
{
    MCAST_INCLUDE = 0,
    MCAST_EXCLUDE
} MULTICAST_MODE_TYPE;

typedef struct ip_mreq
{
    IN_ADDR imr_multiaddr;
    IN_ADDR imr_interface;
} IP_MREQ, *PIP_MREQ;

typedef struct ip_mreq_source
{
    IN_ADDR imr_multiaddr;
    IN_ADDR imr_sourceaddr;
    IN_ADDR imr_interface;
} IP_MREQ_SOURCE, *PIP_MREQ_SOURCE;

typedef struct ipv6_mreq
{
    IN6_ADDR ipv6mr_multiaddr;
    ULONG ipv6mr_interface;
} IPV6_MREQ, *PIPV6_MREQ;

typedef struct group_req
{
    ULONG gr_interface;
    SOCKADDR_STORAGE gr_group;
} GROUP_REQ, *PGROUP_REQ;

typedef struct group_source_req
{
    ULONG gsr_interface;
    SOCKADDR_STORAGE gsr_group;
    SOCKADDR_STORAGE gsr_source;
} GROUP_SOURCE_REQ, *PGROUP_SOURCE_REQ;

#define SIO_IDEAL_SEND_BACKLOG_QUERY _IOR('t', 123, ULONG) /* R W */
#define SIO_IDEAL_SEND_BACKLOG_CHANGE _IO('t', 122)        /* R W */

#ifdef __cplusplus
}
#endif
