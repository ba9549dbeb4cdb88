// SPDX-License-Identifier: MIT
/*
 * Control data of datagrams in Windows' layout: objects that begin with a
 * CMSGHDR, header and data on 8-byte boundaries. What is not known here is
 * refused, not dropped. Requirements DGRAM-08, DGRAM-16, DGRAM-22..28,
 * STRUCT-33, AMB-32.
 */
#include "wsk/datagram.h"

#define ECN_BITS 0x3

static ULONG LevelOf(ADDRESS_FAMILY Family)
{
    return Family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
}

/* The numbers of both families are the same where both have them. */
C_ASSERT(IP_PKTINFO == IPV6_PKTINFO && IP_HOPLIMIT == IPV6_HOPLIMIT && IP_ECN == IPV6_ECN);
C_ASSERT(IP_RECVTOS == IPV6_RECVTCLASS && IP_RECVECN == IPV6_RECVECN);

ULONG WskpTellOfOption(ULONG Level, ULONG Code)
{
    if (Level != IPPROTO_IP && Level != IPPROTO_IPV6)
    {
        return 0;
    }
    switch (Code)
    {
    case IP_PKTINFO:
        return WSKP_TELL_PACKET;
    case IP_HOPLIMIT:
        return WSKP_TELL_HOPS;
    case IP_RECVTOS:
        return WSKP_TELL_TOS;
    case IP_RECVECN:
        return WSKP_TELL_ECN;
    default:
        return 0;
    }
}

/* ---- from the client ------------------------------------------------------------ */

static NTSTATUS ReadNumber(const UCHAR *Data, SIZE_T Length, LONG Maximum, PLONG Number)
{
    if (Length != sizeof(*Number))
    {
        return STATUS_INVALID_PARAMETER;
    }
    RtlCopyMemory(Number, Data, sizeof(*Number));
    return *Number < 0 || *Number > Maximum ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}

static NTSTATUS ReadPacketInfo(ADDRESS_FAMILY Family, const UCHAR *Data, SIZE_T Length, PWSKP_ANCILLARY Ancillary)
{
    BOOLEAN Six = Family == AF_INET6;

    if (Length != (Six ? sizeof(IN6_PKTINFO) : sizeof(IN_PKTINFO)))
    {
        return STATUS_INVALID_PARAMETER;
    }
    RtlCopyMemory(Ancillary->Ip, Data, Six ? sizeof(IN6_ADDR) : sizeof(IN_ADDR));
    RtlCopyMemory(&Ancillary->InterfaceIndex, Data + (Six ? sizeof(IN6_ADDR) : sizeof(IN_ADDR)), sizeof(ULONG));
    Ancillary->Have |= WSKP_ANCILLARY_PACKET;
    return STATUS_SUCCESS;
}

static NTSTATUS ReadObject(ADDRESS_FAMILY Family, const CMSGHDR *Header, const UCHAR *Data, SIZE_T Length,
                           PWSKP_ANCILLARY Ancillary)
{
    NTSTATUS Status;
    LONG Number = 0;

    if ((ULONG)Header->cmsg_level != LevelOf(Family))
    {
        return STATUS_NOT_SUPPORTED; /* DIV-28 */
    }
    if (Header->cmsg_type == IP_PKTINFO)
    {
        return ReadPacketInfo(Family, Data, Length, Ancillary);
    }
    if (Header->cmsg_type == IP_HOPLIMIT || (Family == AF_INET && Header->cmsg_type == IP_TTL))
    {
        Status = ReadNumber(Data, Length, 255, &Ancillary->Hops);
        Ancillary->Have |= WSKP_ANCILLARY_HOPS;
        return Status;
    }
    if (Header->cmsg_type == IP_ECN)
    {
        Status = ReadNumber(Data, Length, ECN_BITS, &Number);
        Ancillary->TypeOfService = (Ancillary->TypeOfService & ~ECN_BITS) | Number;
    }
    else if (Header->cmsg_type == (Family == AF_INET ? IP_TOS : IPV6_TCLASS))
    {
        Status = ReadNumber(Data, Length, 255, &Number);
        Ancillary->TypeOfService |= Number; /* its ECN bits may have been given before */
    }
    else
    {
        return STATUS_NOT_SUPPORTED;
    }
    Ancillary->Have |= WSKP_ANCILLARY_TOS;
    return Status;
}

NTSTATUS WskpReadControlData(ADDRESS_FAMILY Family, const VOID *Data, SIZE_T Length, PWSKP_ANCILLARY Ancillary)
{
    NTSTATUS Status = STATUS_SUCCESS;
    SIZE_T At = 0;

    RtlZeroMemory(Ancillary, sizeof(*Ancillary));
    if ((Length == 0) != (Data == NULL))
    {
        return STATUS_INVALID_PARAMETER;
    }
    while (NT_SUCCESS(Status) && At < Length)
    {
        const UCHAR *Object = (const UCHAR *)Data + At;
        CMSGHDR Header;

        if (Length - At < sizeof(Header))
        {
            return STATUS_INVALID_PARAMETER;
        }
        RtlCopyMemory(&Header, Object, sizeof(Header));
        if (Header.cmsg_len < WSA_CMSG_LEN(0) || Header.cmsg_len > Length - At)
        {
            return STATUS_INVALID_PARAMETER;
        }
        Status = ReadObject(Family, &Header, Object + WSA_CMSG_LEN(0), Header.cmsg_len - WSA_CMSG_LEN(0), Ancillary);
        At += WSA_CMSGHDR_ALIGN(Header.cmsg_len);
    }
    return Status;
}

/* ---- for the client ---------------------------------------------------------------- */

typedef struct _WRITER
{
    ADDRESS_FAMILY Family;
    PUCHAR Data;
    ULONG Size;
    ULONG Used;
    BOOLEAN Truncated;
} WRITER;

static VOID WriteObject(WRITER *Writer, INT Type, const VOID *Data, SIZE_T Length)
{
    PCMSGHDR Header = (PCMSGHDR)(PVOID)(Writer->Data + Writer->Used);

    if (Writer->Truncated || Writer->Size - Writer->Used < WSA_CMSG_SPACE(Length))
    {
        Writer->Truncated = TRUE;
        return;
    }
    RtlZeroMemory(Header, WSA_CMSG_SPACE(Length));
    Header->cmsg_len = WSA_CMSG_LEN(Length);
    Header->cmsg_level = (INT)LevelOf(Writer->Family);
    Header->cmsg_type = Type;
    RtlCopyMemory(WSA_CMSG_DATA(Header), Data, Length);
    Writer->Used += (ULONG)WSA_CMSG_SPACE(Length);
}

static VOID WritePacketInfo(WRITER *Writer, const WSKP_ANCILLARY *Ancillary)
{
    IN_PKTINFO Four;
    IN6_PKTINFO Six;

    if (Writer->Family == AF_INET6)
    {
        RtlCopyMemory(&Six.ipi6_addr, Ancillary->Ip, sizeof(Six.ipi6_addr));
        Six.ipi6_ifindex = Ancillary->InterfaceIndex;
        WriteObject(Writer, IPV6_PKTINFO, &Six, sizeof(Six));
        return;
    }
    RtlCopyMemory(&Four.ipi_addr, Ancillary->Ip, sizeof(Four.ipi_addr));
    Four.ipi_ifindex = Ancillary->InterfaceIndex;
    WriteObject(Writer, IP_PKTINFO, &Four, sizeof(Four));
}

ULONG WskpWriteControlData(ADDRESS_FAMILY Family, ULONG Tell, const WSKP_ANCILLARY *Ancillary, PVOID Data, ULONG Size,
                           PBOOLEAN Truncated)
{
    WRITER Writer = {Family, Data, Data != NULL ? Size : 0, 0, FALSE};
    INT Ecn = Ancillary->TypeOfService & ECN_BITS;

    if ((Tell & WSKP_TELL_PACKET) && (Ancillary->Have & WSKP_ANCILLARY_PACKET))
    {
        WritePacketInfo(&Writer, Ancillary);
    }
    if ((Tell & WSKP_TELL_TOS) && (Ancillary->Have & WSKP_ANCILLARY_TOS))
    {
        WriteObject(&Writer, Family == AF_INET ? IP_TOS : IPV6_TCLASS, &Ancillary->TypeOfService, sizeof(INT));
    }
    if ((Tell & WSKP_TELL_ECN) && (Ancillary->Have & WSKP_ANCILLARY_TOS))
    {
        WriteObject(&Writer, IP_ECN, &Ecn, sizeof(Ecn));
    }
    if ((Tell & WSKP_TELL_HOPS) && (Ancillary->Have & WSKP_ANCILLARY_HOPS))
    {
        WriteObject(&Writer, IP_HOPLIMIT, &Ancillary->Hops, sizeof(INT));
    }
    *Truncated = Writer.Truncated;
    return Writer.Used;
}
