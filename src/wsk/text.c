// SPDX-License-Identifier: MIT
/*
 * Addresses for people: "127.0.0.1:40007", "[::1]:40007".
 */
#include "wsk/wskp.h"

static PSTR PutNumber(PSTR To, ULONG Value, ULONG Base)
{
    CHAR Digits[12];
    ULONG Count = 0;

    do
    {
        Digits[Count++] = "0123456789abcdef"[Value % Base];
        Value /= Base;
    } while (Value != 0);
    while (Count != 0)
    {
        *To++ = Digits[--Count];
    }
    return To;
}

static ULONG GroupAt(const UCHAR *Bytes, ULONG Index)
{
    return (ULONG)Bytes[2 * Index] << 8 | Bytes[2 * Index + 1];
}

/* The longest run of two or more zero groups becomes "::" (RFC 5952). */
static PSTR PutIpv6(PSTR To, const UCHAR *Bytes)
{
    ULONG BestStart = 8, BestLength = 1;

    for (ULONG Start = 0; Start < 8; Start++)
    {
        ULONG Length = 0;

        while (Start + Length < 8 && GroupAt(Bytes, Start + Length) == 0)
        {
            Length++;
        }
        if (Length > BestLength)
        {
            BestStart = Start;
            BestLength = Length;
        }
    }
    for (ULONG Index = 0; Index < 8; Index++)
    {
        if (Index == BestStart)
        {
            *To++ = ':';
            if (Index == 0)
            {
                *To++ = ':';
            }
            Index += BestLength - 1;
            continue;
        }
        To = PutNumber(To, GroupAt(Bytes, Index), 16);
        if (Index != 7)
        {
            *To++ = ':';
        }
    }
    return To;
}

VOID WskpFormatAddress(const WSKP_ADDRESS *Address, CHAR Text[WSKP_ADDRESS_TEXT])
{
    PSTR To = Text;

    if (Address->Base.sa_family == AF_INET6)
    {
        *To++ = '[';
        To = PutIpv6(To, (const UCHAR *)&Address->V6.sin6_addr);
        if (Address->V6.sin6_scope_id != 0)
        {
            *To++ = '%';
            To = PutNumber(To, Address->V6.sin6_scope_id, 10);
        }
        *To++ = ']';
    }
    else
    {
        const UCHAR *Bytes = (const UCHAR *)&Address->V4.sin_addr;

        for (ULONG Index = 0; Index < 4; Index++)
        {
            To = PutNumber(To, Bytes[Index], 10);
            *To++ = '.';
        }
        To--;
    }
    *To++ = ':';
    To = PutNumber(To, RtlUshortByteSwap(Address->V4.sin_port), 10);
    *To = 0;
}
