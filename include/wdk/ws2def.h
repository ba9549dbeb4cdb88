// SPDX-License-Identifier: MIT
#pragma once
/*
 * Winsock types and numbers shared by user mode and WSK drivers: families,
 * socket options, addresses, control messages, name resolution.
 *
 * The numbers are Windows' and differ from Linux' (AF_INET6 is 23, SOL_SOCKET
 * 0xFFFF). Sources, named behind each group: M = mingw-w64 (winsock2.h,
 * ws2tcpip.h, ws2def.h), R = Microsoft's windows-rs bindings (Networking.WinSock),
 * O = ReactOS (psdk/ws2def.h, public domain), W = Wine (ws2def.h). Two letters:
 * the sources agree.
 */
#include <ntdef.h>
#include <inaddr.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- address families and socket types ----------------------------------- */

typedef USHORT ADDRESS_FAMILY;

#define AF_UNSPEC 0      /* M R */
#define AF_UNIX 1        /* M R */
#define AF_INET 2        /* M R */
#define AF_IMPLINK 3     /* M R */
#define AF_PUP 4         /* M R */
#define AF_CHAOS 5       /* M R */
#define AF_NS 6          /* M R */
#define AF_IPX AF_NS     /* M R */
#define AF_ISO 7         /* M R */
#define AF_OSI AF_ISO    /* M R */
#define AF_ECMA 8        /* M R */
#define AF_DATAKIT 9     /* M R */
#define AF_CCITT 10      /* M R */
#define AF_SNA 11        /* M R */
#define AF_DECnet 12     /* M R */
#define AF_DLI 13        /* M R */
#define AF_LAT 14        /* M R */
#define AF_HYLINK 15     /* M R */
#define AF_APPLETALK 16  /* M R */
#define AF_NETBIOS 17    /* M R */
#define AF_VOICEVIEW 18  /* M R */
#define AF_FIREFOX 19    /* M R */
#define AF_UNKNOWN1 20   /* M R */
#define AF_BAN 21        /* M R */
#define AF_ATM 22        /* M R */
#define AF_INET6 23      /* M R */
#define AF_CLUSTER 24    /* M R */
#define AF_12844 25      /* M R */
#define AF_IRDA 26       /* M R */
#define AF_NETDES 28     /* M R */
#define AF_TCNPROCESS 29 /* M R */
#define AF_TCNMESSAGE 30 /* M R */
#define AF_ICLFXBM 31    /* M R */
#define AF_BTH 32        /* M R */
#define AF_LINK 33       /* R O */
#define AF_HYPERV 34     /* R */
#define AF_MAX 35        /* R (Windows 10; older headers end earlier) */

#define SOCK_STREAM 1    /* M R */
#define SOCK_DGRAM 2     /* M R */
#define SOCK_RAW 3       /* M R */
#define SOCK_RDM 4       /* M R */
#define SOCK_SEQPACKET 5 /* M R */

/* ---- socket options ------------------------------------------------------- */

#define SOL_SOCKET 0xffff         /* M R */
#define SOL_IP (SOL_SOCKET - 4)   /* R */
#define SOL_IPV6 (SOL_SOCKET - 5) /* R */

#define SO_DEBUG 0x0001                             /* M R */
#define SO_ACCEPTCONN 0x0002                        /* M R */
#define SO_REUSEADDR 0x0004                         /* M R */
#define SO_KEEPALIVE 0x0008                         /* M R */
#define SO_DONTROUTE 0x0010                         /* M R */
#define SO_BROADCAST 0x0020                         /* M R */
#define SO_USELOOPBACK 0x0040                       /* M R */
#define SO_LINGER 0x0080                            /* M R */
#define SO_OOBINLINE 0x0100                         /* M R */
#define SO_DONTLINGER ((int)(~SO_LINGER))           /* M R */
#define SO_EXCLUSIVEADDRUSE ((int)(~SO_REUSEADDR))  /* M R */
#define SO_SNDBUF 0x1001                            /* M R */
#define SO_RCVBUF 0x1002                            /* M R */
#define SO_SNDLOWAT 0x1003                          /* M R */
#define SO_RCVLOWAT 0x1004                          /* M R */
#define SO_SNDTIMEO 0x1005                          /* M R */
#define SO_RCVTIMEO 0x1006                          /* M R */
#define SO_ERROR 0x1007                             /* M R */
#define SO_TYPE 0x1008                              /* M R */
#define SO_BSP_STATE 0x1009                         /* R O */
#define SO_GROUP_ID 0x2001                          /* M R */
#define SO_GROUP_PRIORITY 0x2002                    /* M R */
#define SO_MAX_MSG_SIZE 0x2003                      /* M R */
#define SO_CONDITIONAL_ACCEPT 0x3002                /* M R */
#define SO_PAUSE_ACCEPT 0x3003                      /* R O */
#define SO_COMPARTMENT_ID 0x3004                    /* R O */
#define SO_RANDOMIZE_PORT 0x3005                    /* R O */
#define SO_PORT_SCALABILITY 0x3006                  /* R O */
#define SO_REUSE_UNICASTPORT 0x3007                 /* R W */
#define SO_REUSE_MULTICASTPORT 0x3008               /* R W */
#define SO_ORIGINAL_DST 0x300F                      /* R */
#define IP6T_SO_ORIGINAL_DST SO_ORIGINAL_DST        /* R */
#define WSK_SO_BASE 0x4000                          /* R O */

#define TCP_NODELAY 0x0001 /* M R */

/* ---- I/O control codes ---------------------------------------------------- */

#define IOCPARM_MASK 0x7f         /* M R */
#define IOC_VOID 0x20000000       /* M R */
#define IOC_OUT 0x40000000        /* M R */
#define IOC_IN 0x80000000         /* M R */
#define IOC_INOUT (IOC_IN | IOC_OUT)
#define IOC_UNIX 0x00000000       /* M R */
#define IOC_WS2 0x08000000        /* M R */
#define IOC_PROTOCOL 0x10000000   /* M R */
#define IOC_VENDOR 0x18000000     /* M R */
#define IOC_WSK (IOC_WS2 | 0x07000000) /* R O */

#define _IO(x, y) (IOC_VOID | ((x) << 8) | (y))
#define _IOR(x, y, t) (IOC_OUT | (((LONG)sizeof(t) & IOCPARM_MASK) << 16) | ((x) << 8) | (y))
#define _IOW(x, y, t) (IOC_IN | (((LONG)sizeof(t) & IOCPARM_MASK) << 16) | ((x) << 8) | (y))
#define _WSAIO(x, y) (IOC_VOID | (x) | (y))
#define _WSAIOR(x, y) (IOC_OUT | (x) | (y))
#define _WSAIOW(x, y) (IOC_IN | (x) | (y))
#define _WSAIORW(x, y) (IOC_INOUT | (x) | (y))

#define FIONREAD _IOR('f', 127, ULONG) /* M */
#define FIONBIO _IOW('f', 126, ULONG)  /* M */

#define SIO_ASSOCIATE_HANDLE _WSAIOW(IOC_WS2, 1)                         /* M R */
#define SIO_ENABLE_CIRCULAR_QUEUEING _WSAIO(IOC_WS2, 2)                  /* M R */
#define SIO_FIND_ROUTE _WSAIOR(IOC_WS2, 3)                               /* M R */
#define SIO_FLUSH _WSAIO(IOC_WS2, 4)                                     /* M R */
#define SIO_GET_BROADCAST_ADDRESS _WSAIOR(IOC_WS2, 5)                    /* M R */
#define SIO_GET_EXTENSION_FUNCTION_POINTER _WSAIORW(IOC_WS2, 6)          /* M R */
#define SIO_GET_QOS _WSAIORW(IOC_WS2, 7)                                 /* M R */
#define SIO_GET_GROUP_QOS _WSAIORW(IOC_WS2, 8)                           /* M R */
#define SIO_MULTIPOINT_LOOPBACK _WSAIOW(IOC_WS2, 9)                      /* M R */
#define SIO_MULTICAST_SCOPE _WSAIOW(IOC_WS2, 10)                         /* M R */
#define SIO_SET_QOS _WSAIOW(IOC_WS2, 11)                                 /* M R */
#define SIO_SET_GROUP_QOS _WSAIOW(IOC_WS2, 12)                           /* M R */
#define SIO_TRANSLATE_HANDLE _WSAIORW(IOC_WS2, 13)                       /* M R */
#define SIO_ROUTING_INTERFACE_QUERY _WSAIORW(IOC_WS2, 20)                /* M R */
#define SIO_ROUTING_INTERFACE_CHANGE _WSAIOW(IOC_WS2, 21)                /* M R */
#define SIO_ADDRESS_LIST_QUERY _WSAIOR(IOC_WS2, 22)                      /* M R */
#define SIO_ADDRESS_LIST_CHANGE _WSAIO(IOC_WS2, 23)                      /* M R */
#define SIO_QUERY_TARGET_PNP_HANDLE _WSAIOR(IOC_WS2, 24)                 /* M R */
#define SIO_QUERY_RSS_PROCESSOR_INFO _WSAIOR(IOC_WS2, 37)                /* R */
#define SIO_ADDRESS_LIST_SORT _WSAIORW(IOC_WS2, 25)                      /* M R */
#define SIO_RESERVED_1 _WSAIOW(IOC_WS2, 26)                              /* R O */
#define SIO_RESERVED_2 _WSAIOW(IOC_WS2, 33)                              /* R O */
#define SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER _WSAIORW(IOC_WS2, 36) /* R */

/* ---- protocols and ports -------------------------------------------------- */

#define IPPROTO_IP 0 /* M R */

typedef enum IPPROTO /* M R */
{
    IPPROTO_HOPOPTS = 0,
    IPPROTO_ICMP = 1,
    IPPROTO_IGMP = 2,
    IPPROTO_GGP = 3,
    IPPROTO_IPV4 = 4,
    IPPROTO_ST = 5,
    IPPROTO_TCP = 6,
    IPPROTO_CBT = 7,
    IPPROTO_EGP = 8,
    IPPROTO_IGP = 9,
    IPPROTO_PUP = 12,
    IPPROTO_UDP = 17,
    IPPROTO_IDP = 22,
    IPPROTO_RDP = 27,
    IPPROTO_IPV6 = 41,
    IPPROTO_ROUTING = 43,
    IPPROTO_FRAGMENT = 44,
    IPPROTO_ESP = 50,
    IPPROTO_AH = 51,
    IPPROTO_ICMPV6 = 58,
    IPPROTO_NONE = 59,
    IPPROTO_DSTOPTS = 60,
    IPPROTO_ND = 77,
    IPPROTO_ICLFXBM = 78,
    IPPROTO_PIM = 103,
    IPPROTO_PGM = 113,
    IPPROTO_L2TP = 115,
    IPPROTO_SCTP = 132,
    IPPROTO_RAW = 255,
    IPPROTO_MAX = 256,
    IPPROTO_RESERVED_RAW = 257,          /* R O */
    IPPROTO_RESERVED_IPSEC = 258,        /* R O */
    IPPROTO_RESERVED_IPSECOFFLOAD = 259, /* R O */
    IPPROTO_RESERVED_WNV = 260,          /* R */
    IPPROTO_RESERVED_MAX = 261           /* R */
} IPPROTO, *PIPROTO;

#define IPPORT_ECHO 7            /* M R */
#define IPPORT_DISCARD 9         /* M R */
#define IPPORT_DAYTIME 13        /* M R */
#define IPPORT_CHARGEN 19        /* R O */
#define IPPORT_FTP 21            /* M R */
#define IPPORT_TELNET 23         /* M R */
#define IPPORT_SMTP 25           /* M R */
#define IPPORT_NAMESERVER 42     /* M R */
#define IPPORT_TFTP 69           /* M R */
#define IPPORT_HTTPS 443         /* R O */
#define IPPORT_RESERVED 1024     /* M R */
#define IPPORT_REGISTERED_MIN IPPORT_RESERVED /* R O */
#define IPPORT_REGISTERED_MAX 0xbfff          /* R O */
#define IPPORT_DYNAMIC_MIN 0xc000             /* R O */
#define IPPORT_DYNAMIC_MAX 0xffff             /* R O */

/* ---- IPv4 addresses, host byte order -------------------------------------- */

#define INADDR_ANY ((ULONG)0x00000000)       /* M R */
#define INADDR_LOOPBACK 0x7f000001           /* M R */
#define INADDR_BROADCAST ((ULONG)0xffffffff) /* M R */
#define INADDR_NONE 0xffffffff               /* M R */

#define IN_CLASSA(i) (((LONG)(i) & 0x80000000) == 0)
#define IN_CLASSA_NET 0xff000000
#define IN_CLASSA_NSHIFT 24
#define IN_CLASSA_HOST 0x00ffffff
#define IN_CLASSA_MAX 128
#define IN_CLASSB(i) (((LONG)(i) & 0xc0000000) == 0x80000000)
#define IN_CLASSB_NET 0xffff0000
#define IN_CLASSB_NSHIFT 16
#define IN_CLASSB_HOST 0x0000ffff
#define IN_CLASSB_MAX 65536
#define IN_CLASSC(i) (((LONG)(i) & 0xe0000000) == 0xc0000000)
#define IN_CLASSC_NET 0xffffff00
#define IN_CLASSC_NSHIFT 8
#define IN_CLASSC_HOST 0x000000ff
#define IN_CLASSD(i) (((LONG)(i) & 0xf0000000) == 0xe0000000)
#define IN_CLASSD_NET 0xf0000000
#define IN_CLASSD_NSHIFT 28
#define IN_CLASSD_HOST 0x0fffffff
#define IN_MULTICAST(i) IN_CLASSD(i)

/* ---- socket addresses ----------------------------------------------------- */

typedef struct sockaddr
{
    ADDRESS_FAMILY sa_family;
    CHAR sa_data[14];
} SOCKADDR, *PSOCKADDR, *LPSOCKADDR;

typedef struct sockaddr_in
{
    ADDRESS_FAMILY sin_family;
    USHORT sin_port; /* network byte order */
    IN_ADDR sin_addr;
    CHAR sin_zero[8];
} SOCKADDR_IN, *PSOCKADDR_IN, *LPSOCKADDR_IN;

typedef struct sockaddr_dl
{
    ADDRESS_FAMILY sdl_family;
    UCHAR sdl_data[8];
    UCHAR sdl_zero[4];
} SOCKADDR_DL, *PSOCKADDR_DL;

#define _SS_MAXSIZE 128 /* M R */
#define _SS_ALIGNSIZE (sizeof(LONGLONG))
#define _SS_PAD1SIZE (_SS_ALIGNSIZE - sizeof(USHORT))
#define _SS_PAD2SIZE (_SS_MAXSIZE - (sizeof(USHORT) + _SS_PAD1SIZE + _SS_ALIGNSIZE))

typedef struct sockaddr_storage
{
    ADDRESS_FAMILY ss_family;
    CHAR __ss_pad1[_SS_PAD1SIZE];
    LONGLONG __ss_align;
    CHAR __ss_pad2[_SS_PAD2SIZE];
} SOCKADDR_STORAGE_LH, *PSOCKADDR_STORAGE_LH, *LPSOCKADDR_STORAGE_LH;

typedef SOCKADDR_STORAGE_LH SOCKADDR_STORAGE;
typedef SOCKADDR_STORAGE *PSOCKADDR_STORAGE, *LPSOCKADDR_STORAGE;

typedef struct _SOCKET_ADDRESS
{
    LPSOCKADDR lpSockaddr;
    INT iSockaddrLength;
} SOCKET_ADDRESS, *PSOCKET_ADDRESS, *LPSOCKET_ADDRESS;

/* Output of SIO_ADDRESS_LIST_QUERY; the SOCKADDRs follow in the same buffer. */
typedef struct _SOCKET_ADDRESS_LIST
{
    INT iAddressCount;
    SOCKET_ADDRESS Address[1];
} SOCKET_ADDRESS_LIST, *PSOCKET_ADDRESS_LIST, *LPSOCKET_ADDRESS_LIST;

#define SIZEOF_SOCKET_ADDRESS_LIST(AddressCount) \
    (FIELD_OFFSET(SOCKET_ADDRESS_LIST, Address) + (AddressCount) * sizeof(SOCKET_ADDRESS))

typedef struct _CSADDR_INFO
{
    SOCKET_ADDRESS LocalAddr;
    SOCKET_ADDRESS RemoteAddr;
    INT iSocketType;
    INT iProtocol;
} CSADDR_INFO, *PCSADDR_INFO, *LPCSADDR_INFO;

typedef enum /* M R */
{
    ScopeLevelInterface = 1,
    ScopeLevelLink = 2,
    ScopeLevelSubnet = 3,
    ScopeLevelAdmin = 4,
    ScopeLevelSite = 5,
    ScopeLevelOrganization = 8,
    ScopeLevelGlobal = 14,
    ScopeLevelCount = 16
} SCOPE_LEVEL;

typedef struct
{
    union {
        struct
        {
            ULONG Zone : 28;
            ULONG Level : 4;
        };
        ULONG Value;
    };
} SCOPE_ID, *PSCOPE_ID;

#define SCOPEID_UNSPECIFIED_INIT {0}

/* ---- messages and control data -------------------------------------------- */

#define MSG_OOB 0x1              /* M R */
#define MSG_PEEK 0x2             /* M R */
#define MSG_DONTROUTE 0x4        /* M R */
#define MSG_WAITALL 0x8          /* M R */
#define MSG_INTERRUPT 0x10       /* M R */
#define MSG_PUSH_IMMEDIATE 0x20  /* M R */
#define MSG_TRUNC 0x0100         /* R O */
#define MSG_CTRUNC 0x0200        /* R O */
#define MSG_BCAST 0x0400         /* R O */
#define MSG_MCAST 0x0800         /* R O */
#define MSG_ERRQUEUE 0x1000      /* R */
#define MSG_PARTIAL 0x8000       /* M R */
#define MSG_MAXIOVLEN 16         /* M R */

typedef struct _WSABUF
{
    ULONG len;
    CHAR *buf;
} WSABUF, *LPWSABUF;

typedef struct _WSAMSG
{
    LPSOCKADDR name;
    INT namelen;
    LPWSABUF lpBuffers;
    ULONG dwBufferCount;
    WSABUF Control;
    ULONG dwFlags;
} WSAMSG, *PWSAMSG, *LPWSAMSG;

/* cmsg_len counts header, alignment and data, without trailing padding. */
typedef struct cmsghdr
{
    SIZE_T cmsg_len;
    INT cmsg_level;
    INT cmsg_type;
} WSACMSGHDR, *PWSACMSGHDR, *LPWSACMSGHDR;

typedef WSACMSGHDR CMSGHDR, *PCMSGHDR;

/* x64: a header is aligned like SIZE_T, data like the largest natural type; both 8. */
#define WSA_CMSGHDR_ALIGN(length) (((length) + sizeof(SIZE_T) - 1) & ~(sizeof(SIZE_T) - 1))
#define WSA_CMSGDATA_ALIGN(length) (((length) + 8 - 1) & ~((SIZE_T)8 - 1))

#define WSA_CMSG_DATA(cmsg) ((PUCHAR)(cmsg) + WSA_CMSGDATA_ALIGN(sizeof(WSACMSGHDR)))
#define WSA_CMSG_SPACE(length) (WSA_CMSGDATA_ALIGN(sizeof(WSACMSGHDR) + WSA_CMSGHDR_ALIGN(length)))
#define WSA_CMSG_LEN(length) (WSA_CMSGDATA_ALIGN(sizeof(WSACMSGHDR)) + (length))

#define WSA_CMSG_FIRSTHDR(msg) \
    ((msg)->Control.len >= sizeof(WSACMSGHDR) ? (LPWSACMSGHDR)(PVOID)(msg)->Control.buf : (LPWSACMSGHDR)NULL)
/* The next header, or NULL when no whole header is left; the first for a NULL cmsg. */
#define WSA_CMSG_NXTHDR(msg, cmsg)                                                                    \
    ((cmsg) == NULL ? WSA_CMSG_FIRSTHDR(msg)                                                          \
     : (PUCHAR)(cmsg) + WSA_CMSGHDR_ALIGN((cmsg)->cmsg_len) + sizeof(WSACMSGHDR) >                    \
               (PUCHAR)(msg)->Control.buf + (msg)->Control.len                                        \
         ? (LPWSACMSGHDR)NULL                                                                         \
         : (LPWSACMSGHDR)(PVOID)((PUCHAR)(cmsg) + WSA_CMSGHDR_ALIGN((cmsg)->cmsg_len)))

#define CMSGHDR_ALIGN WSA_CMSGHDR_ALIGN
#define CMSGDATA_ALIGN WSA_CMSGDATA_ALIGN
#define CMSG_FIRSTHDR WSA_CMSG_FIRSTHDR
#define CMSG_NXTHDR WSA_CMSG_NXTHDR
#define CMSG_SPACE WSA_CMSG_SPACE
#define CMSG_LEN WSA_CMSG_LEN

/* ---- name resolution ------------------------------------------------------ */

#define AI_PASSIVE 0x00000001                /* M R */
#define AI_CANONNAME 0x00000002              /* M R */
#define AI_NUMERICHOST 0x00000004            /* M R */
#define AI_NUMERICSERV 0x00000008            /* M R */
#define AI_DNS_ONLY 0x00000010               /* R W */
#define AI_FORCE_CLEAR_TEXT 0x00000020       /* R */
#define AI_BYPASS_DNS_CACHE 0x00000040       /* R */
#define AI_RETURN_TTL 0x00000080             /* R */
#define AI_ALL 0x00000100                    /* M R */
#define AI_ADDRCONFIG 0x00000400             /* M R */
#define AI_V4MAPPED 0x00000800               /* M R */
#define AI_NON_AUTHORITATIVE 0x00004000      /* M R */
#define AI_SECURE 0x00008000                 /* M R */
#define AI_RETURN_PREFERRED_NAMES 0x00010000 /* M R */
#define AI_FQDN 0x00020000                   /* M R */
#define AI_FILESERVER 0x00040000             /* M R */
#define AI_DISABLE_IDN_ENCODING 0x00080000   /* M R */
#define AI_SECURE_WITH_FALLBACK 0x00100000   /* R */
#define AI_EXCLUSIVE_CUSTOM_SERVERS 0x00200000 /* R */
#define AI_RETURN_RESPONSE_FLAGS 0x10000000  /* R */
#define AI_REQUIRE_SECURE 0x20000000         /* R */
#define AI_RESOLUTION_HANDLE 0x40000000      /* R */
#define AI_EXTENDED 0x80000000               /* R */

#define NI_NOFQDN 0x01      /* M R */
#define NI_NUMERICHOST 0x02 /* M R */
#define NI_NAMEREQD 0x04    /* M R */
#define NI_NUMERICSERV 0x08 /* M R */
#define NI_DGRAM 0x10       /* M R */
#define NI_MAXHOST 1025     /* M R */
#define NI_MAXSERV 32       /* M R */

#define NS_ALL 0          /* R O */
#define NS_SAP 1          /* R O */
#define NS_NDS 2          /* R O */
#define NS_PEER_BROWSE 3  /* R O */
#define NS_SLP 5          /* R O */
#define NS_DHCP 6         /* R O */
#define NS_TCPIP_LOCAL 10 /* R O */
#define NS_TCPIP_HOSTS 11 /* R O */
#define NS_DNS 12         /* R O */
#define NS_NETBT 13       /* R O */
#define NS_WINS 14        /* R O */
#define NS_NLA 15         /* R O */
#define NS_BTH 16         /* R O */
#define NS_NBP 20         /* R O */
#define NS_MS 30          /* R O */
#define NS_STDA 31        /* R O */
#define NS_NTDS 32        /* R O */
#define NS_EMAIL 37       /* R O */
#define NS_PNRPNAME 38    /* R O */
#define NS_PNRPCLOUD 39   /* R O */
#define NS_X500 40        /* R O */
#define NS_NIS 41         /* R O */
#define NS_NISPLUS 42     /* R O */
#define NS_WRQ 50         /* R O */
#define NS_NETDES 60      /* R O */

typedef struct addrinfo
{
    int ai_flags;
    int ai_family;
    int ai_socktype;
    int ai_protocol;
    SIZE_T ai_addrlen;
    CHAR *ai_canonname;
    struct sockaddr *ai_addr;
    struct addrinfo *ai_next;
} ADDRINFOA, *PADDRINFOA, ADDRINFO, *LPADDRINFO;

typedef struct addrinfoW
{
    int ai_flags;
    int ai_family;
    int ai_socktype;
    int ai_protocol;
    SIZE_T ai_addrlen;
    PWSTR ai_canonname;
    struct sockaddr *ai_addr;
    struct addrinfoW *ai_next;
} ADDRINFOW, *PADDRINFOW;

typedef struct addrinfoexA
{
    int ai_flags;
    int ai_family;
    int ai_socktype;
    int ai_protocol;
    SIZE_T ai_addrlen;
    CHAR *ai_canonname;
    struct sockaddr *ai_addr;
    void *ai_blob;
    SIZE_T ai_bloblen;
    GUID *ai_provider;
    struct addrinfoexA *ai_next;
} ADDRINFOEXA, *PADDRINFOEXA, *LPADDRINFOEXA;

/* What WskGetAddressInfo returns: a list owned by the provider until
 * WskFreeAddressInfo. Strings have 16-bit characters. */
typedef struct addrinfoexW
{
    int ai_flags;
    int ai_family;
    int ai_socktype;
    int ai_protocol;
    SIZE_T ai_addrlen;
    PWSTR ai_canonname;
    struct sockaddr *ai_addr;
    void *ai_blob;
    SIZE_T ai_bloblen;
    GUID *ai_provider;
    struct addrinfoexW *ai_next;
} ADDRINFOEXW, *PADDRINFOEXW, *LPADDRINFOEXW;

#ifdef __cplusplus
}
#endif
