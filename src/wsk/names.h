// SPDX-License-Identifier: MIT
#pragma once
/*
 * What the two name functions share: a look-up, which is an IRP's question from
 * the call to the completion. Callers: src/wsk.
 *
 *   lookup.c    its life: local sources first, then DNS; cancelling; the end
 *   addrinfo.c  WskGetAddressInfo, WskFreeAddressInfo
 *   nameinfo.c  WskGetNameInfo
 *   idn.c       names with other letters than DNS has
 *   nameseam.c  the door to the resolver (engine/resolver.h)
 */
#include "wsk/request.h"

#define WSKP_NAME_SIZE 256 /* bytes of UTF-8 with the terminator */
#define WSKP_SERVICE_SIZE 64

/* Families, as a mask. */
#define WSKP_WANT_V4 1
#define WSKP_WANT_V6 2

typedef struct _WSKP_LOOKUP WSKP_LOOKUP, *PWSKP_LOOKUP;

/* The kinds of socket that a service and the hints lead to. */
typedef struct _WSKP_SOCKET_KIND
{
    int Type;
    int Protocol;
    USHORT Port; /* host order */
} WSKP_SOCKET_KIND;

/*
 * Owner: the call, then (once started) whoever is the last of Holders.
 * The client lives as long as the IRP's reference. All fields are set before
 * the query starts, but for Status, which its end sets, and Holders.
 */
struct _WSKP_LOOKUP
{
    PIRP Irp;
    PWSKP_CLIENT Client;
    PVOID Caller;
    LONG Holders;   /* interlocked: the query's end, and a cancel routine that was called */
    NTSTATUS Status; /* of the search: STATUS_SUCCESS and there is an answer */
    /* At DISPATCH_LEVEL: hands the answer to the client, returns the IRP's status. */
    NTSTATUS (*Finish)(PWSKP_LOOKUP Lookup);
    PVOID Question; /* nameseam.c's: the query and the answer */

    /* The question: a name, or (Name is empty) an address. */
    CHAR Name[WSKP_NAME_SIZE]; /* as DNS knows it */
    ULONG Wanted;
    BOOLEAN SkipHosts; /* AI_DNS_ONLY */
    BOOLEAN SkipDns;   /* NS_TCPIP_HOSTS */
    WSKP_ADDRESS Address;

    union
    {
        struct
        {
            PADDRINFOEXW *Result;
            int Flags; /* AI_* */
            ADDRESS_FAMILY Family;
            ULONG KindCount;
            WSKP_SOCKET_KIND Kinds[2];
        } Info;
        struct
        {
            PUNICODE_STRING NodeName;
            PUNICODE_STRING ServiceName;
            ULONG Flags;   /* NI_* */
            BOOLEAN Local; /* NI_NOFQDN, and the host is this machine */
            CHAR Service[WSKP_SERVICE_SIZE];
        } Names;
    };
};

/* ---- lookup.c ------------------------------------------------------------------- */

/* PASSIVE_LEVEL, between begin and end of a client call, which has raised the
 * IRQL: lowers it, so that files can be read without a processor's being held;
 * and raises it again. */
VOID WskpLowerForFiles(PWSKP_CALL Call);
VOID WskpRaiseAfterFiles(PWSKP_CALL Call);
PWSKP_LOOKUP WskpCreateLookup(PWSKP_CALL Call, PVOID Caller);
VOID WskpFreeLookup(PWSKP_LOOKUP Lookup);
/* Each takes the lookup over; STATUS_PENDING is returned, and the IRP completes
 * with what Finish says. End: the search is over, with that status. */
NTSTATUS WskpSearch(PWSKP_CALL Call, PWSKP_LOOKUP Lookup);
NTSTATUS WskpEndSearch(PWSKP_CALL Call, PWSKP_LOOKUP Lookup, NTSTATUS Status);
/* nameseam.c calls it at DISPATCH_LEVEL when the query is over. */
VOID WskpQueryEnded(PWSKP_LOOKUP Lookup, NTSTATUS Status);
/* A client's name as UTF-8 in Buffer. STATUS_INVALID_PARAMETER: not a well-formed
 * string; STATUS_NOT_FOUND: longer than any name. */
NTSTATUS WskpNameFromClient(const UNICODE_STRING *Text, PSTR Buffer, SIZE_T Size);

/* ---- idn.c ------------------------------------------------------------------------ */

/* Name, UTF-8, in the form that DNS has (RFC 3492, label by label). A name of
 * ASCII letters stays. STATUS_NOT_FOUND: it cannot be one. */
NTSTATUS WskpNameToAscii(PCSTR Name, CHAR Ascii[WSKP_NAME_SIZE]);

/* ---- nameseam.c -------------------------------------------------------------------- */

BOOLEAN WskpCreateQuestion(PWSKP_LOOKUP Lookup);
VOID WskpFreeQuestion(PWSKP_LOOKUP Lookup);
/* Local sources; PASSIVE_LEVEL, as files are read. STATUS_SUCCESS: there is an
 * answer. STATUS_NOT_FOUND; STATUS_INSUFFICIENT_RESOURCES. */
NTSTATUS WskpFindHost(PWSKP_LOOKUP Lookup, PCSTR Name);
NTSTATUS WskpFindOwnAddresses(PWSKP_LOOKUP Lookup);
BOOLEAN WskpIsOwnName(PCSTR Name);
NTSTATUS WskpFindHostName(PWSKP_LOOKUP Lookup);
NTSTATUS WskpServicePort(PCSTR Name, BOOLEAN Udp, PUSHORT Port);
NTSTATUS WskpServiceName(USHORT Port, BOOLEAN Udp, PSTR Name, SIZE_T Size);
/* Families of which the machine has an address that is not a loopback one. */
ULONG WskpOwnFamilies(VOID);
BOOLEAN WskpIsOwnAddress(const WSKP_ADDRESS *Address);
/* DNS. Prepare: PASSIVE_LEVEL; a prepared query is started or dropped. After a
 * Start with STATUS_SUCCESS follows WskpQueryEnded, otherwise it is dropped. */
NTSTATUS WskpPrepareQuery(PWSKP_LOOKUP Lookup);
NTSTATUS WskpStartQuery(PWSKP_LOOKUP Lookup);
VOID WskpDropQuery(PWSKP_LOOKUP Lookup);
VOID WskpCancelQuery(PWSKP_LOOKUP Lookup);

/* The answer. */
NTSTATUS WskpAddAnswer(PWSKP_LOOKUP Lookup, const WSKP_ADDRESS *Address);
ULONG WskpAnswerCount(PWSKP_LOOKUP Lookup);
VOID WskpGetAnswer(PWSKP_LOOKUP Lookup, ULONG Index, PWSKP_ADDRESS Address);
PCSTR WskpCanonicalName(PWSKP_LOOKUP Lookup); /* of a name look-up: the name */
PCSTR WskpFullName(PWSKP_LOOKUP Lookup);
VOID WskpSetCanonicalName(PWSKP_LOOKUP Lookup, PCSTR Name);
