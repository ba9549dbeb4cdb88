// SPDX-License-Identifier: MIT
#pragma once
/*
 * Identifiers of network modules for the Network Module Registrar, and the IP
 * headers drivers parse. Facts: DDI pages NPI_REGISTRATION_INSTANCE,
 * initializing-nmr-data-structures; windows-rs for NPI_MODULEID.
 */
#include <ntdef.h>
#include <guiddef.h>
#include <ifdef.h>
#include <inaddr.h>
#include <in6addr.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef GUID NPIID;
typedef CONST NPIID *PNPIID;

typedef enum _NPI_MODULEID_TYPE
{
    MIT_GUID = 1, /* windows-rs */
    MIT_IF_LUID
} NPI_MODULEID_TYPE;

typedef struct _NPI_MODULEID
{
    USHORT Length; /* sizeof(NPI_MODULEID) */
    NPI_MODULEID_TYPE Type;
    union {
        GUID Guid;   /* MIT_GUID */
        LUID IfLuid; /* MIT_IF_LUID */
    };
} NPI_MODULEID;
typedef CONST NPI_MODULEID *PNPI_MODULEID;

FORCEINLINE BOOLEAN NmrIsEqualNpiModuleId(PNPI_MODULEID ModuleId1, PNPI_MODULEID ModuleId2)
{
    if (ModuleId1->Type != ModuleId2->Type)
    {
        return FALSE;
    }
    if (ModuleId1->Type == MIT_GUID)
    {
        return (BOOLEAN)(__builtin_memcmp(&ModuleId1->Guid, &ModuleId2->Guid, sizeof(GUID)) == 0);
    }
    return (BOOLEAN)(ModuleId1->IfLuid.LowPart == ModuleId2->IfLuid.LowPart &&
                     ModuleId1->IfLuid.HighPart == ModuleId2->IfLuid.HighPart);
}

/* ---- headers on the wire (RFC 791, 8200, 768), fields in network byte order -- */

typedef struct _IPV4_HEADER
{
    union {
        UINT8 VersionAndHeaderLength;
        struct
        {
            UINT8 HeaderLength : 4; /* in 4-byte units */
            UINT8 Version : 4;
        };
    };
    union {
        UINT8 TypeOfServiceAndEcnField;
        struct
        {
            UINT8 EcnField : 2;
            UINT8 TypeOfService : 6;
        };
    };
    UINT16 TotalLength;
    UINT16 Identification;
    union {
        UINT16 FlagsAndOffset;
        struct
        {
            UINT16 DontUse1 : 5;
            UINT16 MoreFragments : 1;
            UINT16 DontFragment : 1;
            UINT16 Reserved : 1;
            UINT16 DontUse2 : 8;
        };
    };
    UINT8 TimeToLive;
    UINT8 Protocol;
    UINT16 HeaderChecksum;
    IN_ADDR SourceAddress;
    IN_ADDR DestinationAddress;
} IPV4_HEADER, *PIPV4_HEADER;

typedef struct _IPV6_HEADER
{
    union {
        UINT32 VersionClassFlow;
        struct
        {
            UINT32 DontUse1 : 4;
            UINT32 Version : 4;
            UINT32 DontUse2 : 24;
        };
    };
    UINT16 PayloadLength;
    UINT8 NextHeader;
    UINT8 HopLimit;
    IN6_ADDR SourceAddress;
    IN6_ADDR DestinationAddress;
} IPV6_HEADER, *PIPV6_HEADER;

typedef struct _UDP_HDR
{
    UINT16 uh_sport;
    UINT16 uh_dport;
    UINT16 uh_ulen;
    UINT16 uh_sum;
} UDP_HDR, *PUDP_HDR;

#define IPV4_VERSION 4 /* RFC 791 */
#define IPV6_VERSION 6 /* RFC 8200 */

#ifdef __cplusplus
}
#endif
