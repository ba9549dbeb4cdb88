// SPDX-License-Identifier: MIT
/*
 * Conversions between strings: ANSI (which is UTF-8 here, DIV-23) and UTF-16, upper
 * case, numbers and GUIDs. Strings made here come from pool and go back with
 * RtlFreeXxxString. Pageable on Windows: IRQL <= APC_LEVEL.
 */
#include "nt/expp.h"
#include "nt/ntp.h"
#include "nt/rtlp.h"

#define RTLP_STRING_TAG 'grtS'

static PVOID RtlpAllocate(SIZE_T Bytes, PVOID Caller)
{
    return ExpAllocateBlock(ExpKindPool, Bytes, RTLP_STRING_TAG, EXP_BLOCK_PAGED, Caller);
}

/* ---- freeing --------------------------------------------------------------------------- */

static VOID RtlpFreeBuffer(PVOID Buffer, PVOID String, SIZE_T Size, PVOID Caller)
{
    if (Buffer != NULL)
    {
        ExpFreePoolFor(Buffer, Caller);
        RtlZeroMemory(String, Size);
    }
}

/* Frees the buffer and empties the string, unless it is empty. IRQL <= APC_LEVEL.
 * Page: nf-wdm-rtlfreeunicodestring. */
VOID NTAPI RtlFreeUnicodeString(PUNICODE_STRING UnicodeString)
{
    KI_IRQL_MAX(APC_LEVEL);
    RtlpFreeBuffer(UnicodeString->Buffer, UnicodeString, sizeof(*UnicodeString), __builtin_return_address(0));
}

/* As RtlFreeUnicodeString. Page: nf-wdm-rtlfreeansistring. */
VOID NTAPI RtlFreeAnsiString(PANSI_STRING AnsiString)
{
    KI_IRQL_MAX(APC_LEVEL);
    RtlpFreeBuffer(AnsiString->Buffer, AnsiString, sizeof(*AnsiString), __builtin_return_address(0));
}

/* As RtlFreeUnicodeString. Page: nf-wdm-rtlfreeutf8string. */
VOID NTAPI RtlFreeUTF8String(PUTF8_STRING Utf8String)
{
    KI_IRQL_MAX(APC_LEVEL);
    RtlpFreeBuffer(Utf8String->Buffer, Utf8String, sizeof(*Utf8String), __builtin_return_address(0));
}

/* ---- ANSI and UTF-16 --------------------------------------------------------------------- */

static ULONG RtlpWideSize(PCCH Text, ULONG Bytes)
{
    ULONG Size = 0;
    if (Bytes != 0)
    {
        (VOID) RtlUTF8ToUnicodeN(NULL, 0, &Size, Text, Bytes);
    }
    return Size;
}

static ULONG RtlpNarrowSize(PCWCH Text, ULONG Bytes)
{
    ULONG Size = 0;
    if (Bytes != 0)
    {
        (VOID) RtlUnicodeToUTF8N(NULL, 0, &Size, Text, Bytes & ~1U);
    }
    return Size;
}

static NTSTATUS RtlpToUnicode(PUNICODE_STRING Destination, const STRING *Source, BOOLEAN Allocate, PVOID Caller)
{
    ULONG Size = RtlpWideSize(Source->Buffer, Source->Length);
    if (Size + sizeof(WCHAR) > UNICODE_STRING_MAX_BYTES)
    {
        return STATUS_INVALID_PARAMETER_2;
    }
    if (Allocate)
    {
        Destination->Buffer = RtlpAllocate(Size + sizeof(WCHAR), Caller);
        Destination->MaximumLength = (USHORT)(Size + sizeof(WCHAR));
        if (Destination->Buffer == NULL)
        {
            return STATUS_NO_MEMORY;
        }
    }
    else if (Size > Destination->MaximumLength)
    {
        return STATUS_BUFFER_OVERFLOW;
    }
    Destination->Length = (USHORT)Size;
    if (Size != 0)
    {
        (VOID) RtlUTF8ToUnicodeN(Destination->Buffer, Size, NULL, Source->Buffer, Source->Length);
    }
    if (Size + sizeof(WCHAR) <= Destination->MaximumLength)
    {
        Destination->Buffer[Size / sizeof(WCHAR)] = 0;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS RtlpToNarrow(PSTRING Destination, PCUNICODE_STRING Source, BOOLEAN Allocate, PVOID Caller)
{
    ULONG Size = RtlpNarrowSize(Source->Buffer, Source->Length);
    if (Size + 1 > MAXUSHORT)
    {
        return STATUS_INVALID_PARAMETER_2;
    }
    if (Allocate)
    {
        Destination->Buffer = RtlpAllocate(Size + 1, Caller);
        Destination->MaximumLength = (USHORT)(Size + 1);
        if (Destination->Buffer == NULL)
        {
            return STATUS_NO_MEMORY;
        }
    }
    else if (Size >= Destination->MaximumLength)
    {
        return STATUS_BUFFER_OVERFLOW; /* the terminator must fit */
    }
    Destination->Length = (USHORT)Size;
    if (Size != 0)
    {
        (VOID) RtlUnicodeToUTF8N(Destination->Buffer, Size, NULL, Source->Buffer, Source->Length & ~1U);
    }
    Destination->Buffer[Size] = 0;
    return STATUS_SUCCESS;
}

/* Converts; with AllocateDestinationString into a new buffer that RtlFreeUnicodeString
 * frees. IRQL <= APC_LEVEL. STATUS_NO_MEMORY, STATUS_BUFFER_OVERFLOW,
 * STATUS_INVALID_PARAMETER_2. Page: nf-wdm-rtlansistringtounicodestring. */
NTSTATUS NTAPI RtlAnsiStringToUnicodeString(PUNICODE_STRING DestinationString, const STRING *SourceString,
                                            BOOLEAN AllocateDestinationString)
{
    KI_IRQL_MAX(APC_LEVEL);
    return RtlpToUnicode(DestinationString, SourceString, AllocateDestinationString, __builtin_return_address(0));
}

/* As RtlAnsiStringToUnicodeString. Page: nf-wdm-rtlutf8stringtounicodestring. */
NTSTATUS NTAPI RtlUTF8StringToUnicodeString(PUNICODE_STRING DestinationString, const STRING *SourceString,
                                            BOOLEAN AllocateDestinationString)
{
    KI_IRQL_MAX(APC_LEVEL);
    return RtlpToUnicode(DestinationString, SourceString, AllocateDestinationString, __builtin_return_address(0));
}

/* As above, the other way; freed with RtlFreeAnsiString. The result is terminated.
 * Page: nf-wdm-rtlunicodestringtoansistring. */
NTSTATUS NTAPI RtlUnicodeStringToAnsiString(PANSI_STRING DestinationString, PCUNICODE_STRING SourceString,
                                            BOOLEAN AllocateDestinationString)
{
    KI_IRQL_MAX(APC_LEVEL);
    return RtlpToNarrow(DestinationString, SourceString, AllocateDestinationString, __builtin_return_address(0));
}

/* As RtlUnicodeStringToAnsiString. Page: nf-wdm-rtlunicodestringtoutf8string. */
NTSTATUS NTAPI RtlUnicodeStringToUTF8String(PUTF8_STRING DestinationString, PCUNICODE_STRING SourceString,
                                            BOOLEAN AllocateDestinationString)
{
    KI_IRQL_MAX(APC_LEVEL);
    return RtlpToNarrow(DestinationString, SourceString, AllocateDestinationString, __builtin_return_address(0));
}

/* Bytes RtlAnsiStringToUnicodeString needs, with the terminator. IRQL <= APC_LEVEL.
 * Page: nf-wdm-rtlxansistringtounicodesize. */
ULONG NTAPI RtlxAnsiStringToUnicodeSize(const STRING *AnsiString)
{
    KI_IRQL_MAX(APC_LEVEL);
    return RtlpWideSize(AnsiString->Buffer, AnsiString->Length) + sizeof(WCHAR);
}

/* Bytes RtlUnicodeStringToAnsiString needs, with the terminator. Page:
 * nf-wdm-rtlxunicodestringtoansisize. */
ULONG NTAPI RtlxUnicodeStringToAnsiSize(PCUNICODE_STRING UnicodeString)
{
    KI_IRQL_MAX(APC_LEVEL);
    return RtlpNarrowSize(UnicodeString->Buffer, UnicodeString->Length) + 1;
}

/* Converts as much as fits; nothing is terminated. IRQL <= APC_LEVEL. Page:
 * nf-ntifs-rtlmultibytetounicoden. */
NTSTATUS NTAPI RtlMultiByteToUnicodeN(PWCH UnicodeString, ULONG MaxBytesInUnicodeString, PULONG BytesInUnicodeString,
                                      const CHAR *MultiByteString, ULONG BytesInMultiByteString)
{
    ULONG Written = 0;
    KI_IRQL_MAX(APC_LEVEL);
    (VOID) RtlUTF8ToUnicodeN(UnicodeString, MaxBytesInUnicodeString, &Written, MultiByteString, BytesInMultiByteString);
    if (BytesInUnicodeString != NULL)
    {
        *BytesInUnicodeString = Written;
    }
    return STATUS_SUCCESS;
}

/* Converts as much as fits; nothing is terminated. IRQL <= APC_LEVEL. Page:
 * nf-ntifs-rtlunicodetomultibyten. */
NTSTATUS NTAPI RtlUnicodeToMultiByteN(PCHAR MultiByteString, ULONG MaxBytesInMultiByteString,
                                      PULONG BytesInMultiByteString, PCWCH UnicodeString, ULONG BytesInUnicodeString)
{
    ULONG Written = 0;
    KI_IRQL_MAX(APC_LEVEL);
    (VOID) RtlUnicodeToUTF8N(MultiByteString, MaxBytesInMultiByteString, &Written, UnicodeString,
                             BytesInUnicodeString & ~1U);
    if (BytesInMultiByteString != NULL)
    {
        *BytesInMultiByteString = Written;
    }
    return STATUS_SUCCESS;
}

/* Copies a string into a new buffer that RtlFreeUnicodeString frees, terminated if
 * Flags say so. IRQL <= APC_LEVEL. STATUS_NO_MEMORY, STATUS_INVALID_PARAMETER,
 * STATUS_NAME_TOO_LONG. Page: nf-ntifs-rtlduplicateunicodestring. */
NTSTATUS NTAPI RtlDuplicateUnicodeString(ULONG Flags, PCUNICODE_STRING StringIn, PUNICODE_STRING StringOut)
{
    BOOLEAN Terminate = (Flags & RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE) != 0;
    BOOLEAN Always = (Flags & RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING) != 0;
    SIZE_T Bytes = StringIn != NULL ? StringIn->Length : 0;

    KI_IRQL_MAX(APC_LEVEL);
    if (StringOut == NULL || Flags > 3 || (Always && !Terminate))
    {
        return STATUS_INVALID_PARAMETER;
    }
    RtlZeroMemory(StringOut, sizeof(*StringOut));
    if (Terminate && Bytes + sizeof(WCHAR) > UNICODE_STRING_MAX_BYTES)
    {
        return STATUS_NAME_TOO_LONG;
    }
    if (Bytes == 0 && !Always)
    {
        return STATUS_SUCCESS;
    }
    SIZE_T Size = Bytes + (Terminate ? sizeof(WCHAR) : 0);
    StringOut->Buffer = RtlpAllocate(Size, __builtin_return_address(0));
    if (StringOut->Buffer == NULL)
    {
        return STATUS_NO_MEMORY;
    }
    if (Bytes != 0)
    {
        RtlCopyMemory(StringOut->Buffer, StringIn->Buffer, Bytes);
    }
    if (Terminate)
    {
        StringOut->Buffer[Bytes / sizeof(WCHAR)] = 0;
    }
    StringOut->Length = (USHORT)Bytes;
    StringOut->MaximumLength = (USHORT)Size;
    return STATUS_SUCCESS;
}

/* ---- case ------------------------------------------------------------------------------------ */

static NTSTATUS RtlpMapCase(PUNICODE_STRING Destination, PCUNICODE_STRING Source, BOOLEAN Allocate,
                            WCHAR(NTAPI *Map)(WCHAR), PVOID Caller)
{
    if (Allocate)
    {
        Destination->Buffer = RtlpAllocate(Source->Length, Caller);
        Destination->MaximumLength = Source->Length;
        if (Destination->Buffer == NULL)
        {
            return STATUS_NO_MEMORY;
        }
    }
    else if (Source->Length > Destination->MaximumLength)
    {
        return STATUS_BUFFER_OVERFLOW;
    }
    for (SIZE_T Index = 0; Index < Source->Length / sizeof(WCHAR); Index++)
    {
        Destination->Buffer[Index] = Map(Source->Buffer[Index]);
    }
    Destination->Length = Source->Length;
    return STATUS_SUCCESS;
}

/* Copies in upper case; with AllocateDestinationString into a new buffer. IRQL <=
 * APC_LEVEL. STATUS_NO_MEMORY, STATUS_BUFFER_OVERFLOW. Page:
 * nf-wdm-rtlupcaseunicodestring. */
NTSTATUS NTAPI RtlUpcaseUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString,
                                      BOOLEAN AllocateDestinationString)
{
    KI_IRQL_MAX(APC_LEVEL);
    return RtlpMapCase(DestinationString, SourceString, AllocateDestinationString, RtlUpcaseUnicodeChar,
                       __builtin_return_address(0));
}

/* Copies in lower case, as RtlUpcaseUnicodeString. Page: nf-wdm-rtldowncaseunicodestring. */
NTSTATUS NTAPI RtlDowncaseUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString,
                                        BOOLEAN AllocateDestinationString)
{
    KI_IRQL_MAX(APC_LEVEL);
    return RtlpMapCase(DestinationString, SourceString, AllocateDestinationString, RtlDowncaseUnicodeChar,
                       __builtin_return_address(0));
}

/* ---- numbers ------------------------------------------------------------------------------------ */

static NTSTATUS RtlpNumberToString(ULONGLONG Value, ULONG Base, PUNICODE_STRING String)
{
    CHAR Digits[64];

    if (Base == 0)
    {
        Base = 10;
    }
    if (Base != 2 && Base != 8 && Base != 10 && Base != 16)
    {
        return STATUS_INVALID_PARAMETER;
    }
    ULONG Count = RtlpFormatInteger(Value, Base, TRUE, Digits);
    if (Count * sizeof(WCHAR) > String->MaximumLength)
    {
        return STATUS_BUFFER_OVERFLOW;
    }
    for (ULONG Index = 0; Index < Count; Index++)
    {
        String->Buffer[Index] = (UCHAR)Digits[Index];
    }
    String->Length = (USHORT)(Count * sizeof(WCHAR));
    if (String->Length + sizeof(WCHAR) <= String->MaximumLength)
    {
        String->Buffer[Count] = 0;
    }
    return STATUS_SUCCESS;
}

/* Value in base 2, 8, 10 (or 0) or 16 into the string's buffer. IRQL <= APC_LEVEL.
 * STATUS_BUFFER_OVERFLOW, STATUS_INVALID_PARAMETER. Page: nf-wdm-rtlintegertounicodestring. */
NTSTATUS NTAPI RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String)
{
    KI_IRQL_MAX(APC_LEVEL);
    return RtlpNumberToString(Value, Base, String);
}

/* As RtlIntegerToUnicodeString. Page: nf-wdm-rtlint64tounicodestring. */
NTSTATUS NTAPI RtlInt64ToUnicodeString(ULONGLONG Value, ULONG Base, PUNICODE_STRING String)
{
    KI_IRQL_MAX(APC_LEVEL);
    return RtlpNumberToString(Value, Base, String);
}

static ULONG RtlpDigit(WCHAR Character)
{
    if (Character >= '0' && Character <= '9')
    {
        return (ULONG)(Character - '0');
    }
    if (Character >= 'A' && Character <= 'Z')
    {
        return (ULONG)(Character - 'A') + 10;
    }
    if (Character >= 'a' && Character <= 'z')
    {
        return (ULONG)(Character - 'a') + 10;
    }
    return MAXULONG;
}

/* Base 0: 0b, 0o and 0x in front of the digits choose it, else it is 10. */
static ULONG RtlpBaseFromPrefix(PCWCH Text, SIZE_T Length, SIZE_T *Index)
{
    if (Length - *Index >= 2 && Text[*Index] == '0')
    {
        WCHAR Letter = Text[*Index + 1];
        ULONG Base = Letter == 'x' ? 16 : Letter == 'o' ? 8 : Letter == 'b' ? 2 : 0;
        if (Base != 0)
        {
            *Index += 2;
            return Base;
        }
    }
    return 10;
}

/* Blanks, sign, digits; *End counts the characters read. Wraps at 64 bits. FALSE:
 * Base is none of 0, 2, 8, 10, 16. */
static BOOLEAN RtlpReadNumber(PCWCH Text, SIZE_T Length, ULONG Base, ULONGLONG *Value, SIZE_T *End)
{
    SIZE_T Index = 0;
    ULONGLONG Number = 0;
    BOOLEAN Negative = FALSE;

    while (Index < Length && Text[Index] != 0 && Text[Index] <= ' ')
    {
        Index++;
    }
    if (Index < Length && (Text[Index] == '-' || Text[Index] == '+'))
    {
        Negative = Text[Index++] == '-';
    }
    if (Base == 0)
    {
        Base = RtlpBaseFromPrefix(Text, Length, &Index);
    }
    else if (Base != 2 && Base != 8 && Base != 10 && Base != 16)
    {
        return FALSE;
    }
    for (; Index < Length && RtlpDigit(Text[Index]) < Base; Index++)
    {
        Number = Number * Base + RtlpDigit(Text[Index]);
    }
    *Value = Negative ? 0 - Number : Number;
    *End = Index;
    return TRUE;
}

/* Reads a number after blanks and a sign, up to the first character that is no
 * digit; no digit at all gives 0. Wraps at 32 bits. IRQL <= APC_LEVEL.
 * STATUS_INVALID_PARAMETER: Base. Page: nf-wdm-rtlunicodestringtointeger. */
NTSTATUS NTAPI RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base, PULONG Value)
{
    ULONGLONG Number;
    SIZE_T End;

    KI_IRQL_MAX(APC_LEVEL);
    if (!RtlpReadNumber(String->Buffer, String->Length / sizeof(WCHAR), Base, &Number, &End))
    {
        return STATUS_INVALID_PARAMETER;
    }
    *Value = (ULONG)Number;
    return STATUS_SUCCESS;
}

/* As above with 64 bits; *EndPointer (may be NULL) is where reading stopped. Page:
 * nf-wdm-rtlunicodestringtoint64. */
NTSTATUS NTAPI RtlUnicodeStringToInt64(PCUNICODE_STRING String, ULONG Base, PLONG64 Number, PWSTR *EndPointer)
{
    ULONGLONG Value;
    SIZE_T End;

    KI_IRQL_MAX(APC_LEVEL);
    if (!RtlpReadNumber(String->Buffer, String->Length / sizeof(WCHAR), Base, &Value, &End))
    {
        return STATUS_INVALID_PARAMETER;
    }
    *Number = (LONG64)Value;
    if (EndPointer != NULL)
    {
        *EndPointer = String->Buffer + End;
    }
    return STATUS_SUCCESS;
}

/* As RtlUnicodeStringToInteger for a terminated ANSI text. Page:
 * nf-ntifs-rtlchartointeger. */
NTSTATUS NTAPI RtlCharToInteger(PCSZ String, ULONG Base, PULONG Value)
{
    WCHAR Text[80]; /* blanks aside, the longest number has 35 characters */
    SIZE_T Length = 0;
    ULONGLONG Number;
    SIZE_T End;

    KI_IRQL_MAX(APC_LEVEL);
    while (*String != 0 && (UCHAR)*String <= ' ')
    {
        String++;
    }
    for (; Length < RTL_NUMBER_OF(Text) && String[Length] != 0; Length++)
    {
        Text[Length] = (UCHAR)String[Length];
    }
    if (!RtlpReadNumber(Text, Length, Base, &Number, &End))
    {
        return STATUS_INVALID_PARAMETER;
    }
    *Value = (ULONG)Number;
    return STATUS_SUCCESS;
}

/* ---- GUIDs ------------------------------------------------------------------------------------------ */

#define RTLP_GUID_CHARS 38

/* "{...}" in a new buffer that RtlFreeUnicodeString frees. IRQL <= APC_LEVEL.
 * STATUS_NO_MEMORY. Page: nf-wdm-rtlstringfromguid. */
NTSTATUS NTAPI RtlStringFromGUID(REFGUID Guid, PUNICODE_STRING GuidString)
{
    static const CHAR Pattern[] = "{33221100-5544-7766-8899-AABBCCDDEEFF}";
    const UCHAR *Bytes = (const UCHAR *)Guid;

    KI_IRQL_MAX(APC_LEVEL);
    GuidString->Length = RTLP_GUID_CHARS * sizeof(WCHAR);
    GuidString->MaximumLength = (RTLP_GUID_CHARS + 1) * sizeof(WCHAR);
    GuidString->Buffer = RtlpAllocate(GuidString->MaximumLength, __builtin_return_address(0));
    if (GuidString->Buffer == NULL)
    {
        return STATUS_NO_MEMORY;
    }
    /* The pattern's hexadecimal digits number the bytes of the GUID. */
    for (ULONG Index = 0, Half = 0; Index <= RTLP_GUID_CHARS; Index++)
    {
        ULONG Digit = RtlpDigit((UCHAR)Pattern[Index]);
        if (Digit > 15)
        {
            GuidString->Buffer[Index] = (UCHAR)Pattern[Index];
            continue;
        }
        UCHAR Nibble = Half == 0 ? Bytes[Digit] >> 4 : Bytes[Digit] & 15;
        GuidString->Buffer[Index] = (WCHAR) "0123456789ABCDEF"[Nibble];
        Half ^= 1;
    }
    return STATUS_SUCCESS;
}

/* Reads "{...}". IRQL <= APC_LEVEL. STATUS_INVALID_PARAMETER. Page:
 * nf-wdm-rtlguidfromstring. */
NTSTATUS NTAPI RtlGUIDFromString(PCUNICODE_STRING GuidString, GUID *Guid)
{
    static const CHAR Pattern[] = "{33221100-5544-7766-8899-AABBCCDDEEFF}";
    UCHAR Bytes[16] = {0};

    KI_IRQL_MAX(APC_LEVEL);
    if (GuidString->Length < RTLP_GUID_CHARS * sizeof(WCHAR))
    {
        return STATUS_INVALID_PARAMETER;
    }
    for (ULONG Index = 0; Index < RTLP_GUID_CHARS; Index++)
    {
        ULONG Place = RtlpDigit((UCHAR)Pattern[Index]);
        ULONG Digit = RtlpDigit(GuidString->Buffer[Index]);
        if (Place > 15 ? GuidString->Buffer[Index] != (UCHAR)Pattern[Index] : Digit > 15)
        {
            return STATUS_INVALID_PARAMETER;
        }
        if (Place <= 15)
        {
            Bytes[Place] = (UCHAR)(Bytes[Place] << 4 | Digit);
        }
    }
    RtlCopyMemory(Guid, Bytes, sizeof(Bytes));
    return STATUS_SUCCESS;
}
