// SPDX-License-Identifier: MIT
/*
 * The C run-time of drivers: sscanf. Integers, text and sets, in Microsoft's
 * dialect (long has 32 bits, %I64); no floating point, as in the kernel. In
 * sscanf_s each text argument is followed by the size of its buffer.
 */
#include <stdio.h>

#include "nt/ntp.h"
#include "nt/rtlp.h"

typedef struct _CRT_SCAN
{
    const UCHAR *Input;
    const UCHAR *Start;
    NT_VA_LIST Arguments;
    BOOLEAN Secure;
    int Assigned;
} CRT_SCAN, *PCRT_SCAN;

/* One conversion of the format. */
typedef struct _CRT_DIRECTIVE
{
    BOOLEAN Suppress;
    SIZE_T Width; /* 0: none given */
    ULONG Bytes;  /* size of an integer */
    BOOLEAN Wide;
    UCHAR Conversion;
    UCHAR Set[32]; /* of %[: a bit per character */
} CRT_DIRECTIVE, *PCRT_DIRECTIVE;

static BOOLEAN CrtIsSpace(UCHAR Character)
{
    return Character == ' ' || (Character >= 9 && Character <= 13);
}

static ULONG CrtScanDigit(UCHAR Character)
{
    if (Character >= '0' && Character <= '9')
    {
        return Character - '0';
    }
    Character |= 0x20;
    return Character >= 'a' && Character <= 'f' ? Character - 'a' + 10U : MAXULONG;
}

/* ---- the format ----------------------------------------------------------------------- */

static const UCHAR *CrtParseSet(const UCHAR *Format, UCHAR Set[32])
{
    BOOLEAN Invert = *Format == '^';
    const UCHAR *First = Format + Invert;

    memset(Set, 0, 32);
    for (Format = First; *Format != 0 && (*Format != ']' || Format == First); Format++)
    {
        ULONG Low = *Format;
        ULONG High = Low;
        if (Format[1] == '-' && Format[2] != ']' && Format[2] != 0)
        {
            High = Format[2];
            Format += 2;
        }
        for (ULONG Character = Low; Character <= High; Character++)
        {
            Set[Character / 8] |= (UCHAR)(1 << (Character % 8));
        }
    }
    for (ULONG Index = 0; Invert && Index < 32; Index++)
    {
        Set[Index] = (UCHAR)~Set[Index];
    }
    return *Format == ']' ? Format + 1 : Format;
}

static const UCHAR *CrtParseSize(const UCHAR *Format, PCRT_DIRECTIVE Directive)
{
    for (;; Format++)
    {
        switch (*Format)
        {
        case 'h':
            Directive->Bytes = Directive->Bytes == 2 ? 1 : 2;
            break;
        case 'l':
            Directive->Bytes = Directive->Wide ? 8 : 4;
            Directive->Wide = TRUE;
            break;
        case 'w':
            Directive->Wide = TRUE;
            break;
        case 'L':
        case 'j':
        case 'z':
        case 't':
            Directive->Bytes = 8;
            break;
        case 'I':
            Directive->Bytes = Format[1] == '3' && Format[2] == '2' ? 4 : 8;
            Format += (Format[1] == '3' && Format[2] == '2') || (Format[1] == '6' && Format[2] == '4') ? 2 : 0;
            break;
        default:
            return Format;
        }
    }
}

/* Behind the '%'; returns what follows the conversion. */
static const UCHAR *CrtParseDirective(const UCHAR *Format, PCRT_DIRECTIVE Directive)
{
    memset(Directive, 0, sizeof(*Directive));
    Directive->Bytes = 4;
    if (*Format == '*')
    {
        Directive->Suppress = TRUE;
        Format++;
    }
    while (CrtScanDigit(*Format) < 10)
    {
        Directive->Width = Directive->Width * 10 + CrtScanDigit(*Format++);
    }
    Format = CrtParseSize(Format, Directive);
    Directive->Conversion = *Format;
    if (*Format != 0)
    {
        Format++;
    }
    if (Directive->Conversion == 'S' || Directive->Conversion == 'C')
    {
        Directive->Wide = TRUE;
        Directive->Conversion |= 0x20;
    }
    return Directive->Conversion == '[' ? CrtParseSet(Format, Directive->Set) : Format;
}

/* ---- conversions ------------------------------------------------------------------------- */

static VOID CrtStore(PVOID Target, ULONG Bytes, ULONGLONG Value)
{
    memcpy(Target, &Value, Bytes); /* little endian: the low bytes come first */
}

static BOOLEAN CrtScanInteger(PCRT_SCAN Scan, const CRT_DIRECTIVE *Directive, ULONG Base)
{
    SIZE_T Left = Directive->Width != 0 ? Directive->Width : (SIZE_T)-1;
    const UCHAR *At = Scan->Input;
    BOOLEAN Negative = FALSE;
    BOOLEAN Digits = FALSE;
    ULONGLONG Value = 0;

    if (Left > 0 && (*At == '-' || *At == '+'))
    {
        Negative = *At++ == '-';
        Left--;
    }
    if ((Base == 0 || Base == 16) && Left > 2 && At[0] == '0' && (At[1] | 0x20) == 'x' && CrtScanDigit(At[2]) < 16)
    {
        At += 2;
        Left -= 2;
        Base = 16;
    }
    Base = Base != 0 ? Base : *At == '0' ? 8 : 10;
    for (; Left > 0 && CrtScanDigit(*At) < Base; At++, Left--)
    {
        Value = Value * Base + CrtScanDigit(*At);
        Digits = TRUE;
    }
    if (!Digits)
    {
        return FALSE;
    }
    Scan->Input = At;
    if (!Directive->Suppress)
    {
        CrtStore(NT_VA_ARG(Scan->Arguments, PVOID), Directive->Conversion == 'p' ? 8 : Directive->Bytes,
                 Negative ? 0 - Value : Value);
        Scan->Assigned++;
    }
    return TRUE;
}

static BOOLEAN CrtTakes(const CRT_DIRECTIVE *Directive, UCHAR Character)
{
    switch (Directive->Conversion)
    {
    case 's':
        return !CrtIsSpace(Character);
    case '[':
        return (Directive->Set[Character / 8] >> (Character % 8) & 1) != 0;
    default:
        return TRUE;
    }
}

/* %s, %c and %[. A text too long for its sscanf_s buffer leaves it empty and ends
 * the scan. */
static BOOLEAN CrtScanText(PCRT_SCAN Scan, const CRT_DIRECTIVE *Directive)
{
    BOOLEAN Terminate = Directive->Conversion != 'c';
    SIZE_T Limit = Directive->Width != 0 ? Directive->Width : Terminate ? (SIZE_T)-1 : 1;
    SIZE_T Count = 0;

    while (Count < Limit && Scan->Input[Count] != 0 && CrtTakes(Directive, Scan->Input[Count]))
    {
        Count++;
    }
    if (Count == 0 || (!Terminate && Count < Limit))
    {
        return FALSE;
    }
    if (!Directive->Suppress)
    {
        PVOID Target = NT_VA_ARG(Scan->Arguments, PVOID);
        SIZE_T Size = Scan->Secure ? NT_VA_ARG(Scan->Arguments, UINT) : (SIZE_T)-1;
        ULONG Unit = Directive->Wide ? sizeof(WCHAR) : sizeof(CHAR);
        BOOLEAN Fits = Count + Terminate <= Size;
        for (SIZE_T Index = 0; Fits && Index < Count; Index++)
        {
            CrtStore((PUCHAR)Target + Index * Unit, Unit, Scan->Input[Index]);
        }
        if (Terminate && Size != 0)
        {
            CrtStore((PUCHAR)Target + (Fits ? Count : 0) * Unit, Unit, 0);
        }
        if (!Fits)
        {
            return FALSE;
        }
        Scan->Assigned++;
    }
    Scan->Input += Count;
    return TRUE;
}

static BOOLEAN CrtConvert(PCRT_SCAN Scan, const CRT_DIRECTIVE *Directive)
{
    switch (Directive->Conversion)
    {
    case 'd':
    case 'u':
        return CrtScanInteger(Scan, Directive, 10);
    case 'i':
        return CrtScanInteger(Scan, Directive, 0);
    case 'o':
        return CrtScanInteger(Scan, Directive, 8);
    case 'x':
    case 'X':
    case 'p':
        return CrtScanInteger(Scan, Directive, 16);
    case 's':
    case 'c':
    case '[':
        return CrtScanText(Scan, Directive);
    case 'n':
        if (!Directive->Suppress)
        {
            CrtStore(NT_VA_ARG(Scan->Arguments, PVOID), Directive->Bytes, (ULONGLONG)(Scan->Input - Scan->Start));
        }
        return TRUE;
    case '%':
        return *Scan->Input == '%' ? (Scan->Input++, TRUE) : FALSE;
    default:
        return FALSE;
    }
}

/* -1: the input ended before the first conversion. */
static int CrtScanAll(PCRT_SCAN Scan, const UCHAR *Format)
{
    BOOLEAN Converted = FALSE;

    while (*Format != 0)
    {
        CRT_DIRECTIVE Directive;
        if (CrtIsSpace(*Format))
        {
            while (CrtIsSpace(*Scan->Input))
            {
                Scan->Input++;
            }
            Format++;
            continue;
        }
        if (*Format != '%')
        {
            if (*Scan->Input != *Format)
            {
                break;
            }
            Scan->Input++;
            Format++;
            continue;
        }
        Format = CrtParseDirective(Format + 1, &Directive);
        if (Directive.Conversion != 'c' && Directive.Conversion != '[' && Directive.Conversion != 'n')
        {
            while (CrtIsSpace(*Scan->Input))
            {
                Scan->Input++;
            }
        }
        if (*Scan->Input == 0 && Directive.Conversion != 'n')
        {
            return Converted ? Scan->Assigned : -1;
        }
        if (!CrtConvert(Scan, &Directive))
        {
            break;
        }
        Converted = Converted || Directive.Conversion != 'n';
    }
    return Scan->Assigned;
}

/* Reads String by Format; returns the number of values stored, -1 when String ends
 * before the first. Any IRQL that the memory allows. */
int NTAPI sscanf(const char *String, const char *Format, ...)
{
    CRT_SCAN Scan = {.Input = (const UCHAR *)String, .Start = (const UCHAR *)String};
    NT_VA_START(Scan.Arguments, Format);
    int Result = CrtScanAll(&Scan, (const UCHAR *)Format);
    NT_VA_END(Scan.Arguments);
    return Result;
}

int NTAPI sscanf_s(const char *String, const char *Format, ...)
{
    CRT_SCAN Scan = {.Input = (const UCHAR *)String, .Start = (const UCHAR *)String, .Secure = TRUE};
    NT_VA_START(Scan.Arguments, Format);
    int Result = CrtScanAll(&Scan, (const UCHAR *)Format);
    NT_VA_END(Scan.Arguments);
    return Result;
}
