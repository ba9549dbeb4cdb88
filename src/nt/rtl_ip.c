// SPDX-License-Identifier: MIT
/*
 * IP addresses to text and back. Written once over a text of either width; the
 * A and W functions at the end are its two faces. Any IRQL here; PASSIVE_LEVEL on
 * Windows. Pages: ip2string.h of the Windows SDK.
 */
#include <ip2string.h>

#include "nt/ntp.h"
#include "nt/rtlp.h"

/* A terminated text of either width and the place in it. */
typedef struct _RTLP_TEXT
{
    const VOID *Text;
    SIZE_T Index;
    BOOLEAN Wide;
} RTLP_TEXT, *PRTLP_TEXT;

#define RTLP_IPV4_TEXT 22 /* "255.255.255.255:65535" */
#define RTLP_IPV6_TEXT 65 /* with brackets, scope and port */

static ULONG RtlpAt(const RTLP_TEXT *Text)
{
    return Text->Wide ? ((const WCHAR *)Text->Text)[Text->Index] : ((const UCHAR *)Text->Text)[Text->Index];
}

static ULONG RtlpDigitOf(ULONG Character)
{
    if (Character >= '0' && Character <= '9')
    {
        return Character - '0';
    }
    if ((Character | 0x20) >= 'a' && (Character | 0x20) <= 'f' && Character < 0x80)
    {
        return (Character | 0x20) - 'a' + 10;
    }
    return MAXULONG;
}

static USHORT RtlpSwap16(USHORT Value)
{
    return (USHORT)(Value << 8 | Value >> 8);
}

/* ---- to text ------------------------------------------------------------------------------- */

static PSTR RtlpPutDecimal(PSTR At, ULONG Value)
{
    CHAR Digits[64];
    ULONG Count = RtlpFormatInteger(Value, 10, FALSE, Digits);
    for (ULONG Index = 0; Index < Count; Index++)
    {
        *At++ = Digits[Index];
    }
    return At;
}

static PSTR RtlpPutIpv4(PSTR At, const UCHAR Bytes[4])
{
    for (ULONG Index = 0; Index < 4; Index++)
    {
        if (Index != 0)
        {
            *At++ = '.';
        }
        At = RtlpPutDecimal(At, Bytes[Index]);
    }
    return At;
}

static BOOLEAN RtlpZeroWords(const USHORT *Words, ULONG Count)
{
    for (ULONG Index = 0; Index < Count; Index++)
    {
        if (Words[Index] != 0)
        {
            return FALSE;
        }
    }
    return TRUE;
}

/* Addresses whose last 32 bits are written as an IPv4 address: mapped, compatible,
 * translated, and ISATAP ones. Words are in host order. */
static BOOLEAN RtlpEndsInIpv4(const USHORT Words[8])
{
    if (RtlpZeroWords(Words, 4) && Words[6] != 0)
    {
        if ((Words[4] == 0 && (Words[5] == 0 || Words[5] == 0xFFFF)) || (Words[4] == 0xFFFF && Words[5] == 0))
        {
            return TRUE;
        }
    }
    return (Words[4] & 0xFDFF) == 0 && Words[5] == 0x5EFE;
}

/* The first of the longest runs of at least two zero words in Words[0..Count). */
static VOID RtlpLongestRun(const USHORT *Words, ULONG Count, ULONG *Start, ULONG *Length)
{
    *Start = 0;
    *Length = 0;
    for (ULONG Index = 0; Index < Count;)
    {
        ULONG Run = 0;
        while (Index + Run < Count && Words[Index + Run] == 0)
        {
            Run++;
        }
        if (Run > *Length && Run > 1)
        {
            *Start = Index;
            *Length = Run;
        }
        Index += Run + 1;
    }
}

static PSTR RtlpPutIpv6(PSTR At, const UCHAR Bytes[16])
{
    USHORT Words[8];
    CHAR Digits[64];
    ULONG Start;
    ULONG Length;

    for (ULONG Index = 0; Index < 8; Index++)
    {
        Words[Index] = (USHORT)(Bytes[2 * Index] << 8 | Bytes[2 * Index + 1]);
    }
    BOOLEAN Ipv4 = RtlpEndsInIpv4(Words);
    ULONG Count = Ipv4 ? 6 : 8;
    RtlpLongestRun(Words, Count, &Start, &Length);
    for (ULONG Index = 0; Index < Count; Index++)
    {
        if (Length != 0 && Index == Start)
        {
            *At++ = ':';
            *At++ = ':';
            Index += Length - 1;
            continue;
        }
        if (Index != 0 && !(Length != 0 && Index == Start + Length))
        {
            *At++ = ':';
        }
        ULONG DigitCount = RtlpFormatInteger(Words[Index], 16, FALSE, Digits);
        for (ULONG Digit = 0; Digit < DigitCount; Digit++)
        {
            *At++ = Digits[Digit];
        }
    }
    if (Ipv4)
    {
        if (At[-1] != ':')
        {
            *At++ = ':';
        }
        At = RtlpPutIpv4(At, Bytes + 12);
    }
    return At;
}

/* Copies out with the terminator; the address of that. */
static PSTR RtlpCopyNarrow(PSTR To, PCSTR From, SIZE_T Length)
{
    RtlCopyMemory(To, From, Length);
    To[Length] = 0;
    return To + Length;
}

static PWSTR RtlpCopyWide(PWSTR To, PCSTR From, SIZE_T Length)
{
    for (SIZE_T Index = 0; Index < Length; Index++)
    {
        To[Index] = (UCHAR)From[Index];
    }
    To[Length] = 0;
    return To + Length;
}

static SIZE_T RtlpFormatIpv4Ex(CHAR Text[RTLP_IPV4_TEXT], const IN_ADDR *Address, USHORT Port)
{
    PSTR At = RtlpPutIpv4(Text, (const UCHAR *)Address);
    if (Port != 0)
    {
        *At++ = ':';
        At = RtlpPutDecimal(At, RtlpSwap16(Port));
    }
    return (SIZE_T)(At - Text);
}

static SIZE_T RtlpFormatIpv6Ex(CHAR Text[RTLP_IPV6_TEXT], const IN6_ADDR *Address, ULONG ScopeId, USHORT Port)
{
    PSTR At = Text;
    if (Port != 0)
    {
        *At++ = '[';
    }
    At = RtlpPutIpv6(At, (const UCHAR *)Address);
    if (ScopeId != 0)
    {
        *At++ = '%';
        At = RtlpPutDecimal(At, ScopeId);
    }
    if (Port != 0)
    {
        *At++ = ']';
        *At++ = ':';
        At = RtlpPutDecimal(At, RtlpSwap16(Port));
    }
    return (SIZE_T)(At - Text);
}

/* TRUE when Length characters and a zero fit; *Available becomes what is needed. */
static BOOLEAN RtlpFits(PULONG Available, SIZE_T Length)
{
    BOOLEAN Fits = *Available >= Length + 1;
    *Available = (ULONG)(Length + 1);
    return Fits;
}

/* ---- from text -------------------------------------------------------------------------------- */

/* Digits in the base their prefix says (0x, 0), or in decimal when Strict, where a
 * leading zero stands alone. FALSE: no number, or more than Maximum. */
static BOOLEAN RtlpParseNumberOf(PRTLP_TEXT Text, BOOLEAN Strict, ULONGLONG Maximum, ULONGLONG *Value)
{
    ULONG Base = 10;
    SIZE_T Digits = 0;
    ULONGLONG Number = 0;

    if (RtlpAt(Text) == '0')
    {
        Text->Index++;
        Digits = 1;
        if (Strict ? RtlpDigitOf(RtlpAt(Text)) < 10 : FALSE)
        {
            return FALSE;
        }
        if (!Strict)
        {
            Base = (RtlpAt(Text) | 0x20) == 'x' ? 16 : 8;
            if (Base == 16)
            {
                Text->Index++;
                Digits = 0;
            }
        }
    }
    for (; RtlpDigitOf(RtlpAt(Text)) < Base; Text->Index++, Digits++)
    {
        Number = Number * Base + RtlpDigitOf(RtlpAt(Text));
        if (Number > Maximum)
        {
            return FALSE;
        }
    }
    *Value = Number;
    return Digits != 0;
}

/* Up to four parts, the last of which fills the rest of the 32 bits; exactly four
 * when Strict. Text stops behind what was read, or where the mistake is. */
static NTSTATUS RtlpParseIpv4(PRTLP_TEXT Text, BOOLEAN Strict, UCHAR Bytes[4])
{
    ULONGLONG Parts[4];
    ULONG Count = 0;
    ULONGLONG Address = 0;

    for (;;)
    {
        if (!RtlpParseNumberOf(Text, Strict, Strict ? 255 : MAXULONG, &Parts[Count]))
        {
            return STATUS_INVALID_PARAMETER;
        }
        Count++;
        if (Count == 4 || RtlpAt(Text) != '.')
        {
            break;
        }
        Text->Index++;
    }
    if (Strict && Count != 4)
    {
        return STATUS_INVALID_PARAMETER;
    }
    for (ULONG Index = 0; Index + 1 < Count; Index++)
    {
        if (Parts[Index] > 255)
        {
            return STATUS_INVALID_PARAMETER;
        }
        Address |= Parts[Index] << (24 - 8 * Index);
    }
    if (Parts[Count - 1] > (0xFFFFFFFFULL >> (8 * (Count - 1))))
    {
        return STATUS_INVALID_PARAMETER;
    }
    Address |= Parts[Count - 1];
    for (ULONG Index = 0; Index < 4; Index++)
    {
        Bytes[Index] = (UCHAR)(Address >> (24 - 8 * Index));
    }
    return STATUS_SUCCESS;
}

/* One group of hexadecimal digits; FALSE: none, or more than four. */
static BOOLEAN RtlpParseGroup(PRTLP_TEXT Text, ULONG *Value)
{
    ULONG Digits = 0;
    *Value = 0;
    for (; RtlpDigitOf(RtlpAt(Text)) < 16 && Digits < 5; Text->Index++, Digits++)
    {
        *Value = *Value << 4 | RtlpDigitOf(RtlpAt(Text));
    }
    return Digits != 0 && Digits < 5;
}

/* Whether a dotted IPv4 address begins here: decimal digits, then a dot. */
static BOOLEAN RtlpIpv4Ahead(const RTLP_TEXT *Text)
{
    RTLP_TEXT Ahead = *Text;
    ULONG Digits = 0;
    while (RtlpDigitOf(RtlpAt(&Ahead)) < 10 && Digits < 4)
    {
        Ahead.Index++;
        Digits++;
    }
    return Digits > 0 && Digits < 4 && RtlpAt(&Ahead) == '.';
}

/* Moves what stood behind "::" to the end. */
static NTSTATUS RtlpFinishIpv6(const UCHAR Parsed[16], ULONG Length, ULONG Gap, UCHAR Bytes[16])
{
    if (Gap == MAXULONG)
    {
        if (Length != 16)
        {
            return STATUS_INVALID_PARAMETER;
        }
        Gap = 16;
    }
    else if (Length == 16)
    {
        return STATUS_INVALID_PARAMETER; /* "::" stands for one group at least */
    }
    RtlZeroMemory(Bytes, 16);
    RtlCopyMemory(Bytes, Parsed, Gap < Length ? Gap : Length);
    if (Gap < Length)
    {
        RtlCopyMemory(Bytes + 16 - (Length - Gap), Parsed + Gap, Length - Gap);
    }
    return STATUS_SUCCESS;
}

static NTSTATUS RtlpParseIpv6(PRTLP_TEXT Text, UCHAR Bytes[16])
{
    UCHAR Parsed[16];
    ULONG Length = 0;
    ULONG Gap = MAXULONG; /* where "::" stood */
    ULONG Group;

    if (RtlpAt(Text) == ':')
    {
        Text->Index++;
        if (RtlpAt(Text) != ':')
        {
            return STATUS_INVALID_PARAMETER;
        }
        Text->Index++;
        Gap = 0;
    }
    while (RtlpDigitOf(RtlpAt(Text)) < 16)
    {
        if (RtlpIpv4Ahead(Text))
        {
            if (Length > 12 || !NT_SUCCESS(RtlpParseIpv4(Text, TRUE, Parsed + Length)))
            {
                return STATUS_INVALID_PARAMETER;
            }
            Length += 4;
            break;
        }
        if (Length == 16 || !RtlpParseGroup(Text, &Group))
        {
            return STATUS_INVALID_PARAMETER;
        }
        Parsed[Length++] = (UCHAR)(Group >> 8);
        Parsed[Length++] = (UCHAR)Group;
        if (RtlpAt(Text) != ':' || Length == 16)
        {
            break;
        }
        Text->Index++;
        if (RtlpAt(Text) == ':')
        {
            if (Gap != MAXULONG)
            {
                return STATUS_INVALID_PARAMETER;
            }
            Text->Index++;
            Gap = Length;
        }
        else if (RtlpDigitOf(RtlpAt(Text)) > 15)
        {
            return STATUS_INVALID_PARAMETER; /* a lone colon at the end */
        }
    }
    return RtlpFinishIpv6(Parsed, Length, Gap, Bytes);
}

/* ":port" or nothing; *Port in network order. */
static BOOLEAN RtlpParsePort(PRTLP_TEXT Text, PUSHORT Port)
{
    ULONGLONG Value = 0;
    *Port = 0;
    if (RtlpAt(Text) != ':')
    {
        return TRUE;
    }
    Text->Index++;
    if (!RtlpParseNumberOf(Text, FALSE, MAXUSHORT, &Value))
    {
        return FALSE;
    }
    *Port = RtlpSwap16((USHORT)Value);
    return TRUE;
}

static NTSTATUS RtlpParseIpv4Ex(PRTLP_TEXT Text, BOOLEAN Strict, IN_ADDR *Address, PUSHORT Port)
{
    UCHAR Bytes[4];
    USHORT ParsedPort;
    if (Text->Text == NULL || Address == NULL || Port == NULL ||
        !NT_SUCCESS(RtlpParseIpv4(Text, Strict, Bytes)) || !RtlpParsePort(Text, &ParsedPort) || RtlpAt(Text) != 0)
    {
        return STATUS_INVALID_PARAMETER;
    }
    RtlCopyMemory(Address, Bytes, sizeof(Bytes));
    *Port = ParsedPort;
    return STATUS_SUCCESS;
}

static NTSTATUS RtlpParseIpv6Ex(PRTLP_TEXT Text, IN6_ADDR *Address, PULONG ScopeId, PUSHORT Port)
{
    UCHAR Bytes[16];
    ULONGLONG Scope = 0;
    USHORT ParsedPort = 0;

    if (Text->Text == NULL || Address == NULL || ScopeId == NULL || Port == NULL)
    {
        return STATUS_INVALID_PARAMETER;
    }
    BOOLEAN Bracket = RtlpAt(Text) == '[';
    Text->Index += Bracket;
    if (!NT_SUCCESS(RtlpParseIpv6(Text, Bytes)))
    {
        return STATUS_INVALID_PARAMETER;
    }
    if (RtlpAt(Text) == '%')
    {
        Text->Index++;
        if (!RtlpParseNumberOf(Text, TRUE, MAXULONG, &Scope))
        {
            return STATUS_INVALID_PARAMETER;
        }
    }
    if (Bracket)
    {
        if (RtlpAt(Text) != ']')
        {
            return STATUS_INVALID_PARAMETER;
        }
        Text->Index++;
        if (!RtlpParsePort(Text, &ParsedPort))
        {
            return STATUS_INVALID_PARAMETER;
        }
    }
    if (RtlpAt(Text) != 0)
    {
        return STATUS_INVALID_PARAMETER;
    }
    RtlCopyMemory(Address, Bytes, sizeof(Bytes));
    *ScopeId = (ULONG)Scope;
    *Port = ParsedPort;
    return STATUS_SUCCESS;
}

/* ---- the exported functions: to text ------------------------------------------------------------- */

/* "1.2.3.4" into S, 16 characters; returns the address of the terminator. */
PSTR NTAPI RtlIpv4AddressToStringA(CONST IN_ADDR *Addr, PSTR S)
{
    CHAR Text[RTLP_IPV4_TEXT];
    return RtlpCopyNarrow(S, Text, RtlpFormatIpv4Ex(Text, Addr, 0));
}

/* As RtlIpv4AddressToStringA. */
PWSTR NTAPI RtlIpv4AddressToStringW(CONST IN_ADDR *Addr, PWSTR S)
{
    CHAR Text[RTLP_IPV4_TEXT];
    return RtlpCopyWide(S, Text, RtlpFormatIpv4Ex(Text, Addr, 0));
}

/* "fe80::1" into S, 46 characters; returns the address of the terminator. */
PSTR NTAPI RtlIpv6AddressToStringA(CONST IN6_ADDR *Addr, PSTR S)
{
    CHAR Text[RTLP_IPV6_TEXT];
    return RtlpCopyNarrow(S, Text, RtlpFormatIpv6Ex(Text, Addr, 0, 0));
}

/* As RtlIpv6AddressToStringA. */
PWSTR NTAPI RtlIpv6AddressToStringW(CONST IN6_ADDR *Addr, PWSTR S)
{
    CHAR Text[RTLP_IPV6_TEXT];
    return RtlpCopyWide(S, Text, RtlpFormatIpv6Ex(Text, Addr, 0, 0));
}

/* "1.2.3.4:80"; Port in network order, left out when 0. *AddressStringLength counts
 * characters with the terminator and becomes what is needed.
 * STATUS_INVALID_PARAMETER: too small. */
NTSTATUS NTAPI RtlIpv4AddressToStringExA(CONST IN_ADDR *Address, USHORT Port, PSTR AddressString,
                                         PULONG AddressStringLength)
{
    CHAR Text[RTLP_IPV4_TEXT];
    if (Address == NULL || AddressString == NULL || AddressStringLength == NULL)
    {
        return STATUS_INVALID_PARAMETER;
    }
    SIZE_T Length = RtlpFormatIpv4Ex(Text, Address, Port);
    if (!RtlpFits(AddressStringLength, Length))
    {
        return STATUS_INVALID_PARAMETER;
    }
    RtlpCopyNarrow(AddressString, Text, Length);
    return STATUS_SUCCESS;
}

/* As RtlIpv4AddressToStringExA. */
NTSTATUS NTAPI RtlIpv4AddressToStringExW(CONST IN_ADDR *Address, USHORT Port, PWSTR AddressString,
                                         PULONG AddressStringLength)
{
    CHAR Text[RTLP_IPV4_TEXT];
    if (Address == NULL || AddressString == NULL || AddressStringLength == NULL)
    {
        return STATUS_INVALID_PARAMETER;
    }
    SIZE_T Length = RtlpFormatIpv4Ex(Text, Address, Port);
    if (!RtlpFits(AddressStringLength, Length))
    {
        return STATUS_INVALID_PARAMETER;
    }
    RtlpCopyWide(AddressString, Text, Length);
    return STATUS_SUCCESS;
}

/* "[fe80::1%3]:80"; scope and port are left out when 0. As RtlIpv4AddressToStringExA. */
NTSTATUS NTAPI RtlIpv6AddressToStringExA(CONST IN6_ADDR *Address, ULONG ScopeId, USHORT Port, PSTR AddressString,
                                         PULONG AddressStringLength)
{
    CHAR Text[RTLP_IPV6_TEXT];
    if (Address == NULL || AddressString == NULL || AddressStringLength == NULL)
    {
        return STATUS_INVALID_PARAMETER;
    }
    SIZE_T Length = RtlpFormatIpv6Ex(Text, Address, ScopeId, Port);
    if (!RtlpFits(AddressStringLength, Length))
    {
        return STATUS_INVALID_PARAMETER;
    }
    RtlpCopyNarrow(AddressString, Text, Length);
    return STATUS_SUCCESS;
}

/* As RtlIpv6AddressToStringExA. */
NTSTATUS NTAPI RtlIpv6AddressToStringExW(CONST IN6_ADDR *Address, ULONG ScopeId, USHORT Port, PWSTR AddressString,
                                         PULONG AddressStringLength)
{
    CHAR Text[RTLP_IPV6_TEXT];
    if (Address == NULL || AddressString == NULL || AddressStringLength == NULL)
    {
        return STATUS_INVALID_PARAMETER;
    }
    SIZE_T Length = RtlpFormatIpv6Ex(Text, Address, ScopeId, Port);
    if (!RtlpFits(AddressStringLength, Length))
    {
        return STATUS_INVALID_PARAMETER;
    }
    RtlpCopyWide(AddressString, Text, Length);
    return STATUS_SUCCESS;
}

/* ---- the exported functions: from text -------------------------------------------------------------- */

/* Reads an IPv4 address; *Terminator is where reading stopped, on failure too.
 * Strict: four decimal parts, else one to four in C notation.
 * STATUS_INVALID_PARAMETER. */
NTSTATUS NTAPI RtlIpv4StringToAddressA(PCSTR S, BOOLEAN Strict, PCSTR *Terminator, IN_ADDR *Addr)
{
    RTLP_TEXT Text = {.Text = S, .Index = 0, .Wide = FALSE};
    UCHAR Bytes[4];
    NTSTATUS Status = RtlpParseIpv4(&Text, Strict, Bytes);
    *Terminator = S + Text.Index;
    if (NT_SUCCESS(Status))
    {
        RtlCopyMemory(Addr, Bytes, sizeof(Bytes));
    }
    return Status;
}

/* As RtlIpv4StringToAddressA. */
NTSTATUS NTAPI RtlIpv4StringToAddressW(PCWSTR S, BOOLEAN Strict, PCWSTR *Terminator, IN_ADDR *Addr)
{
    RTLP_TEXT Text = {.Text = S, .Index = 0, .Wide = TRUE};
    UCHAR Bytes[4];
    NTSTATUS Status = RtlpParseIpv4(&Text, Strict, Bytes);
    *Terminator = S + Text.Index;
    if (NT_SUCCESS(Status))
    {
        RtlCopyMemory(Addr, Bytes, sizeof(Bytes));
    }
    return Status;
}

/* Reads an IPv6 address without scope, as RtlIpv4StringToAddressA. */
NTSTATUS NTAPI RtlIpv6StringToAddressA(PCSTR S, PCSTR *Terminator, IN6_ADDR *Addr)
{
    RTLP_TEXT Text = {.Text = S, .Index = 0, .Wide = FALSE};
    UCHAR Bytes[16];
    NTSTATUS Status = RtlpParseIpv6(&Text, Bytes);
    *Terminator = S + Text.Index;
    if (NT_SUCCESS(Status))
    {
        RtlCopyMemory(Addr, Bytes, sizeof(Bytes));
    }
    return Status;
}

/* As RtlIpv6StringToAddressA. */
NTSTATUS NTAPI RtlIpv6StringToAddressW(PCWSTR S, PCWSTR *Terminator, IN6_ADDR *Addr)
{
    RTLP_TEXT Text = {.Text = S, .Index = 0, .Wide = TRUE};
    UCHAR Bytes[16];
    NTSTATUS Status = RtlpParseIpv6(&Text, Bytes);
    *Terminator = S + Text.Index;
    if (NT_SUCCESS(Status))
    {
        RtlCopyMemory(Addr, Bytes, sizeof(Bytes));
    }
    return Status;
}

/* Reads all of "1.2.3.4" or "1.2.3.4:80"; *Port in network order, 0 without one.
 * STATUS_INVALID_PARAMETER leaves the outputs alone. */
NTSTATUS NTAPI RtlIpv4StringToAddressExA(PCSTR AddressString, BOOLEAN Strict, IN_ADDR *Address, PUSHORT Port)
{
    RTLP_TEXT Text = {.Text = AddressString, .Index = 0, .Wide = FALSE};
    return RtlpParseIpv4Ex(&Text, Strict, Address, Port);
}

/* As RtlIpv4StringToAddressExA. */
NTSTATUS NTAPI RtlIpv4StringToAddressExW(PCWSTR AddressString, BOOLEAN Strict, IN_ADDR *Address, PUSHORT Port)
{
    RTLP_TEXT Text = {.Text = AddressString, .Index = 0, .Wide = TRUE};
    return RtlpParseIpv4Ex(&Text, Strict, Address, Port);
}

/* Reads all of "fe80::1%3", "[fe80::1%3]" or "[fe80::1%3]:80". As
 * RtlIpv4StringToAddressExA. */
NTSTATUS NTAPI RtlIpv6StringToAddressExA(PCSTR AddressString, IN6_ADDR *Address, PULONG ScopeId, PUSHORT Port)
{
    RTLP_TEXT Text = {.Text = AddressString, .Index = 0, .Wide = FALSE};
    return RtlpParseIpv6Ex(&Text, Address, ScopeId, Port);
}

/* As RtlIpv6StringToAddressExA. */
NTSTATUS NTAPI RtlIpv6StringToAddressExW(PCWSTR AddressString, IN6_ADDR *Address, PULONG ScopeId, PUSHORT Port)
{
    RTLP_TEXT Text = {.Text = AddressString, .Index = 0, .Wide = TRUE};
    return RtlpParseIpv6Ex(&Text, Address, ScopeId, Port);
}
