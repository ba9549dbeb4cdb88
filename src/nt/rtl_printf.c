// SPDX-License-Identifier: MIT
/*
 * The formatter. Its dialect is that of the NT kernel's printf family: long has
 * 32 bits; %I64 %I32 %I set sizes, as do h hh l ll z t j; %p is 16 upper-case
 * digits; in narrow formats %s is narrow and %S wide, in wide formats the other
 * way round; %hs and %ls (%ws) are narrow and wide in both; %Z takes a
 * PANSI_STRING, %wZ a PUNICODE_STRING. Text of the other width is converted
 * between UTF-8 and UTF-16. Floating-point and %n conversions are not known to
 * the kernel: they are copied as they stand.
 */
#include "nt/rtlp.h"

/* Read sizes of an integer argument. */
typedef enum _RTLP_SIZE
{
    RtlpSizeDefault,
    RtlpSizeByte,
    RtlpSizeShort,
    RtlpSizeLong, /* 32 bits, and "wide" before s, c and Z */
    RtlpSize64
} RTLP_SIZE;

typedef struct _RTLP_SPEC
{
    BOOLEAN Left;
    BOOLEAN Plus;
    BOOLEAN Space;
    BOOLEAN Alternate;
    BOOLEAN Zero;
    BOOLEAN HasPrecision;
    SIZE_T Width;
    SIZE_T Precision;
    RTLP_SIZE Size;
} RTLP_SPEC, *PRTLP_SPEC;

/* A struct, so that it can be passed by address whatever NT_VA_LIST is. */
typedef struct _RTLP_ARGUMENTS
{
    NT_VA_LIST List;
} RTLP_ARGUMENTS, *PRTLP_ARGUMENTS;

/* A format text of either width. */
typedef struct _RTLP_CURSOR
{
    const VOID *Text;
    SIZE_T Index;
    BOOLEAN Wide;
} RTLP_CURSOR, *PRTLP_CURSOR;

#define RTLP_FIELD_MAX 0x7FFFFFFF /* widths beyond are a corrupt format, not a wish */

static ULONG RtlpPeek(const RTLP_CURSOR *Cursor, SIZE_T Ahead)
{
    SIZE_T Index = Cursor->Index + Ahead;
    return Cursor->Wide ? ((const WCHAR *)Cursor->Text)[Index] : ((const UCHAR *)Cursor->Text)[Index];
}

static VOID RtlpPut(PRTLP_OUTPUT Output, ULONG Unit)
{
    if (Output->Length < Output->Capacity)
    {
        if (Output->Wide)
        {
            ((PWCHAR)Output->Buffer)[Output->Length] = (WCHAR)Unit;
        }
        else
        {
            ((PCHAR)Output->Buffer)[Output->Length] = (CHAR)Unit;
        }
    }
    Output->Length++;
}

static VOID RtlpPutRepeated(PRTLP_OUTPUT Output, ULONG Unit, SIZE_T Count)
{
    while (Count > 0 && Output->Length < Output->Capacity)
    {
        RtlpPut(Output, Unit);
        Count--;
    }
    Output->Length += Count;
}

ULONG RtlpFormatInteger(ULONGLONG Value, ULONG Base, BOOLEAN UpperCase, CHAR Buffer[64])
{
    const CHAR *Digits = UpperCase ? "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" : "0123456789abcdefghijklmnopqrstuvwxyz";
    CHAR Reversed[64];
    ULONG Count = 0;

    do
    {
        Reversed[Count++] = Digits[Value % Base];
        Value /= Base;
    } while (Value != 0);
    for (ULONG Index = 0; Index < Count; Index++)
    {
        Buffer[Index] = Reversed[Count - 1 - Index];
    }
    return Count;
}

/* ---- text arguments ---------------------------------------------------------------- */

/*
 * One text argument, converted as it is read. Run once to count and once to write.
 * Limit is the precision: the number of output characters; a character that does
 * not fit in whole is left out.
 */
static SIZE_T RtlpEmitText(PRTLP_OUTPUT Output, BOOLEAN WideOutput, const VOID *Text, BOOLEAN WideText, SIZE_T Length,
                           SIZE_T Limit)
{
    SIZE_T Written = 0;

    while (Length > 0 && Written < Limit)
    {
        ULONG Units[4];
        ULONG Count = 1;

        if (WideText == WideOutput)
        {
            Units[0] = WideText ? *(const WCHAR *)Text : *(const UCHAR *)Text;
            Text = (const UCHAR *)Text + (WideText ? sizeof(WCHAR) : sizeof(CHAR));
            Length--;
        }
        else if (WideText)
        {
            const WCHAR *Source = Text;
            CHAR Bytes[4];
            Count = RtlpEncodeUtf8(RtlpDecodeUtf16(&Source, &Length, NULL), Bytes);
            for (ULONG Index = 0; Index < Count; Index++)
            {
                Units[Index] = (UCHAR)Bytes[Index];
            }
            Text = Source;
        }
        else
        {
            const CHAR *Source = Text;
            WCHAR Wide[2];
            Count = RtlpEncodeUtf16(RtlpDecodeUtf8(&Source, &Length, NULL), Wide);
            Units[0] = Wide[0];
            Units[1] = Wide[1];
            Text = Source;
        }
        if (Written + Count > Limit)
        {
            break;
        }
        for (ULONG Index = 0; Output != NULL && Index < Count; Index++)
        {
            RtlpPut(Output, Units[Index]);
        }
        Written += Count;
    }
    return Written;
}

static VOID RtlpPutText(PRTLP_OUTPUT Output, const RTLP_SPEC *Spec, const VOID *Text, BOOLEAN Wide, SIZE_T Length)
{
    SIZE_T Limit = Spec->HasPrecision ? Spec->Precision : (SIZE_T)-1;
    SIZE_T Written = RtlpEmitText(NULL, Output->Wide, Text, Wide, Length, Limit);
    SIZE_T Padding = Spec->Width > Written ? Spec->Width - Written : 0;

    if (!Spec->Left)
    {
        RtlpPutRepeated(Output, Spec->Zero ? '0' : ' ', Padding);
    }
    RtlpEmitText(Output, Output->Wide, Text, Wide, Length, Limit);
    if (Spec->Left)
    {
        RtlpPutRepeated(Output, ' ', Padding);
    }
}

/* A text need not be terminated when the precision ends it: reads no further than
 * the precision could use. */
static SIZE_T RtlpTextLength(const RTLP_SPEC *Spec, const VOID *Text, BOOLEAN Wide)
{
    SIZE_T Maximum = Spec->HasPrecision ? Spec->Precision : (SIZE_T)-1;
    SIZE_T Length = 0;

    while (Length < Maximum && (Wide ? ((const WCHAR *)Text)[Length] : ((const CHAR *)Text)[Length]) != 0)
    {
        Length++;
    }
    return Length;
}

/* Whether s, c or Z means wide text. Opposite: S and C. */
static BOOLEAN RtlpTextIsWide(const RTLP_SPEC *Spec, BOOLEAN WideFormat, BOOLEAN Opposite)
{
    if (Spec->Size == RtlpSizeShort || Spec->Size == RtlpSizeByte)
    {
        return FALSE;
    }
    if (Spec->Size == RtlpSizeLong || Spec->Size == RtlpSize64)
    {
        return TRUE;
    }
    return Opposite ? !WideFormat : WideFormat;
}

static VOID RtlpPutString(PRTLP_OUTPUT Output, const RTLP_SPEC *Spec, const VOID *Text, BOOLEAN Wide)
{
    if (Text == NULL)
    {
        Text = "(null)";
        Wide = FALSE;
    }
    RtlpPutText(Output, Spec, Text, Wide, RtlpTextLength(Spec, Text, Wide));
}

static VOID RtlpPutCharacter(PRTLP_OUTPUT Output, RTLP_SPEC Spec, INT Character, BOOLEAN Wide)
{
    CHAR Narrow = (CHAR)Character;
    WCHAR Unit = (WCHAR)Character;

    Spec.HasPrecision = FALSE;
    RtlpPutText(Output, &Spec, Wide ? (const VOID *)&Unit : (const VOID *)&Narrow, Wide, 1);
}

static VOID RtlpPutCountedString(PRTLP_OUTPUT Output, const RTLP_SPEC *Spec, const VOID *String)
{
    BOOLEAN Wide = Spec->Size == RtlpSizeLong || Spec->Size == RtlpSize64;
    const STRING *Counted = String; /* a UNICODE_STRING has the same layout */

    if (Counted == NULL || Counted->Buffer == NULL)
    {
        RtlpPutString(Output, Spec, NULL, FALSE);
        return;
    }
    RtlpPutText(Output, Spec, Counted->Buffer, Wide, Wide ? Counted->Length / sizeof(WCHAR) : Counted->Length);
}

/* ---- integers --------------------------------------------------------------------------- */

static VOID RtlpPutInteger(PRTLP_OUTPUT Output, const RTLP_SPEC *Spec, ULONGLONG Value, ULONG Base, BOOLEAN UpperCase,
                           CHAR Sign)
{
    CHAR Digits[64];
    CHAR Prefix[3];
    SIZE_T PrefixLength = 0;
    ULONG Count = Value == 0 && Spec->HasPrecision && Spec->Precision == 0
                      ? 0
                      : RtlpFormatInteger(Value, Base, UpperCase, Digits);
    SIZE_T Zeroes = Spec->HasPrecision && Spec->Precision > Count ? Spec->Precision - Count : 0;

    if (Sign != 0)
    {
        Prefix[PrefixLength++] = Sign;
    }
    if (Spec->Alternate && Base == 16 && Value != 0)
    {
        Prefix[PrefixLength++] = '0';
        Prefix[PrefixLength++] = UpperCase ? 'X' : 'x';
    }
    if (Spec->Alternate && Base == 8 && Zeroes == 0 && (Count == 0 || Digits[0] != '0'))
    {
        Zeroes = 1;
    }
    SIZE_T Length = PrefixLength + Zeroes + Count;
    SIZE_T Padding = Spec->Width > Length ? Spec->Width - Length : 0;
    if (Spec->Zero && !Spec->Left && !Spec->HasPrecision)
    {
        Zeroes += Padding;
        Padding = 0;
    }
    if (!Spec->Left)
    {
        RtlpPutRepeated(Output, ' ', Padding);
    }
    for (SIZE_T Index = 0; Index < PrefixLength; Index++)
    {
        RtlpPut(Output, (ULONG)Prefix[Index]);
    }
    RtlpPutRepeated(Output, '0', Zeroes);
    for (ULONG Index = 0; Index < Count; Index++)
    {
        RtlpPut(Output, (ULONG)Digits[Index]);
    }
    if (Spec->Left)
    {
        RtlpPutRepeated(Output, ' ', Padding);
    }
}

static VOID RtlpPutSigned(PRTLP_OUTPUT Output, const RTLP_SPEC *Spec, PRTLP_ARGUMENTS Arguments)
{
    LONGLONG Value = Spec->Size == RtlpSize64 ? NT_VA_ARG(Arguments->List, LONGLONG) : NT_VA_ARG(Arguments->List, INT);
    if (Spec->Size == RtlpSizeShort)
    {
        Value = (SHORT)Value;
    }
    else if (Spec->Size == RtlpSizeByte)
    {
        Value = (signed char)Value;
    }
    CHAR Sign = Value < 0 ? '-' : Spec->Plus ? '+' : Spec->Space ? ' ' : 0;
    RtlpPutInteger(Output, Spec, Value < 0 ? 0 - (ULONGLONG)Value : (ULONGLONG)Value, 10, FALSE, Sign);
}

static VOID RtlpPutUnsigned(PRTLP_OUTPUT Output, const RTLP_SPEC *Spec, PRTLP_ARGUMENTS Arguments, ULONG Base,
                            BOOLEAN UpperCase)
{
    ULONGLONG Value =
        Spec->Size == RtlpSize64 ? NT_VA_ARG(Arguments->List, ULONGLONG) : NT_VA_ARG(Arguments->List, UINT);
    if (Spec->Size == RtlpSizeShort)
    {
        Value = (USHORT)Value;
    }
    else if (Spec->Size == RtlpSizeByte)
    {
        Value = (UCHAR)Value;
    }
    RtlpPutInteger(Output, Spec, Value, Base, UpperCase, 0);
}

static VOID RtlpPutPointer(PRTLP_OUTPUT Output, const RTLP_SPEC *Spec, PRTLP_ARGUMENTS Arguments)
{
    RTLP_SPEC Pointer = *Spec;
    Pointer.HasPrecision = TRUE;
    Pointer.Precision = 2 * sizeof(PVOID);
    RtlpPutInteger(Output, &Pointer, (ULONG_PTR)NT_VA_ARG(Arguments->List, PVOID), 16, TRUE, 0);
}

/* ---- the format -------------------------------------------------------------------------- */

static BOOLEAN RtlpParseFlag(ULONG Character, PRTLP_SPEC Spec)
{
    switch (Character)
    {
    case '-':
        Spec->Left = TRUE;
        return TRUE;
    case '+':
        Spec->Plus = TRUE;
        return TRUE;
    case ' ':
        Spec->Space = TRUE;
        return TRUE;
    case '#':
        Spec->Alternate = TRUE;
        return TRUE;
    case '0':
        Spec->Zero = TRUE;
        return TRUE;
    default:
        return FALSE;
    }
}

/* Digits or '*', which may be negative: *Value is its amount. */
static VOID RtlpParseNumber(PRTLP_CURSOR Cursor, PRTLP_ARGUMENTS Arguments, SIZE_T *Value, PBOOLEAN Negative)
{
    SIZE_T Number = 0;

    *Negative = FALSE;
    if (RtlpPeek(Cursor, 0) == '*')
    {
        INT Argument = NT_VA_ARG(Arguments->List, INT);
        Cursor->Index++;
        *Negative = Argument < 0;
        *Value = Argument < 0 ? 0 - (SIZE_T)Argument : (SIZE_T)Argument;
        return;
    }
    while (RtlpPeek(Cursor, 0) >= '0' && RtlpPeek(Cursor, 0) <= '9')
    {
        Number = Number * 10 + (RtlpPeek(Cursor, 0) - '0');
        Number = Number > RTLP_FIELD_MAX ? RTLP_FIELD_MAX : Number;
        Cursor->Index++;
    }
    *Value = Number;
}

static VOID RtlpParseSize(PRTLP_CURSOR Cursor, PRTLP_SPEC Spec)
{
    for (;; Cursor->Index++)
    {
        switch (RtlpPeek(Cursor, 0))
        {
        case 'h':
            Spec->Size = Spec->Size == RtlpSizeShort ? RtlpSizeByte : RtlpSizeShort;
            break;
        case 'l':
            Spec->Size = Spec->Size == RtlpSizeLong ? RtlpSize64 : RtlpSizeLong;
            break;
        case 'w':
            Spec->Size = RtlpSizeLong;
            break;
        case 'z':
        case 't':
        case 'j':
            Spec->Size = RtlpSize64;
            break;
        case 'I':
            Spec->Size = RtlpSize64; /* %Iu: as wide as a pointer */
            if (RtlpPeek(Cursor, 1) == '6' && RtlpPeek(Cursor, 2) == '4')
            {
                Cursor->Index += 2;
            }
            else if (RtlpPeek(Cursor, 1) == '3' && RtlpPeek(Cursor, 2) == '2')
            {
                Spec->Size = RtlpSizeLong;
                Cursor->Index += 2;
            }
            break;
        default:
            return;
        }
    }
}

static VOID RtlpParseSpec(PRTLP_CURSOR Cursor, PRTLP_ARGUMENTS Arguments, PRTLP_SPEC Spec)
{
    BOOLEAN Negative;

    RtlZeroMemory(Spec, sizeof(*Spec));
    while (RtlpParseFlag(RtlpPeek(Cursor, 0), Spec))
    {
        Cursor->Index++;
    }
    RtlpParseNumber(Cursor, Arguments, &Spec->Width, &Negative);
    Spec->Left = Spec->Left || Negative;
    if (RtlpPeek(Cursor, 0) == '.')
    {
        Cursor->Index++;
        RtlpParseNumber(Cursor, Arguments, &Spec->Precision, &Negative);
        Spec->HasPrecision = !Negative;
    }
    RtlpParseSize(Cursor, Spec);
}

/* FALSE: Conversion is none that the kernel knows. */
static BOOLEAN RtlpConvert(PRTLP_OUTPUT Output, const RTLP_SPEC *Spec, ULONG Conversion, PRTLP_ARGUMENTS Arguments)
{
    switch (Conversion)
    {
    case 'd':
    case 'i':
        RtlpPutSigned(Output, Spec, Arguments);
        return TRUE;
    case 'u':
        RtlpPutUnsigned(Output, Spec, Arguments, 10, FALSE);
        return TRUE;
    case 'o':
        RtlpPutUnsigned(Output, Spec, Arguments, 8, FALSE);
        return TRUE;
    case 'x':
    case 'X':
        RtlpPutUnsigned(Output, Spec, Arguments, 16, Conversion == 'X');
        return TRUE;
    case 'p':
        RtlpPutPointer(Output, Spec, Arguments);
        return TRUE;
    case 'c':
    case 'C':
        RtlpPutCharacter(Output, *Spec, NT_VA_ARG(Arguments->List, INT),
                         RtlpTextIsWide(Spec, Output->Wide, Conversion == 'C'));
        return TRUE;
    case 's':
    case 'S':
        RtlpPutString(Output, Spec, NT_VA_ARG(Arguments->List, PVOID),
                      RtlpTextIsWide(Spec, Output->Wide, Conversion == 'S'));
        return TRUE;
    case 'Z':
        RtlpPutCountedString(Output, Spec, NT_VA_ARG(Arguments->List, PVOID));
        return TRUE;
    case '%':
        RtlpPut(Output, '%');
        return TRUE;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
    case 'a':
    case 'A':
        (VOID) NT_VA_ARG(Arguments->List, double); /* so that the next conversion gets its own */
        return FALSE;
    case 'n':
        (VOID) NT_VA_ARG(Arguments->List, PVOID);
        return FALSE;
    default:
        return FALSE;
    }
}

VOID RtlpFormat(PRTLP_OUTPUT Output, const VOID *Format, NT_VA_LIST Arguments)
{
    RTLP_CURSOR Cursor = {.Text = Format, .Index = 0, .Wide = Output->Wide};
    RTLP_ARGUMENTS Copy;
    ULONG Character;

    NT_VA_COPY(Copy.List, Arguments);
    while ((Character = RtlpPeek(&Cursor, 0)) != 0)
    {
        SIZE_T Start = Cursor.Index++;
        if (Character != '%')
        {
            RtlpPut(Output, Character);
            continue;
        }
        RTLP_SPEC Spec;
        RtlpParseSpec(&Cursor, &Copy, &Spec);
        ULONG Conversion = RtlpPeek(&Cursor, 0);
        if (Conversion == 0)
        {
            break; /* the format ends inside a conversion */
        }
        Cursor.Index++;
        if (!RtlpConvert(Output, &Spec, Conversion, &Copy))
        {
            for (SIZE_T Index = Start; Index < Cursor.Index; Index++)
            {
                RtlpPut(Output, Cursor.Wide ? ((const WCHAR *)Format)[Index] : ((const UCHAR *)Format)[Index]);
            }
        }
    }
    NT_VA_END(Copy.List);
}
