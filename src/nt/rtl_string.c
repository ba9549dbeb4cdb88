// SPDX-License-Identifier: MIT
/*
 * Counted strings: setting up, copying, appending, comparing. Nothing here
 * allocates; conversions that do are in rtl_convert.c. What Windows keeps in
 * pageable code may be called at APC_LEVEL or below.
 */
#include "nt/ntp.h"
#include "nt/rtlp.h"

static SIZE_T RtlpNarrowLength(PCSTR Text)
{
    SIZE_T Length = 0;
    while (Text[Length] != 0)
    {
        Length++;
    }
    return Length;
}

static SIZE_T RtlpWideLength(PCWSTR Text)
{
    SIZE_T Length = 0;
    while (Text[Length] != 0)
    {
        Length++;
    }
    return Length;
}

/* ---- setting up ------------------------------------------------------------------------ */

static NTSTATUS RtlpInitString(PSTRING Destination, PCSZ Source)
{
    Destination->Length = 0;
    Destination->MaximumLength = 0;
    Destination->Buffer = (PCHAR)(ULONG_PTR)Source;
    if (Source != NULL)
    {
        SIZE_T Length = RtlpNarrowLength(Source);
        if (Length > MAXUSHORT - 1)
        {
            return STATUS_NAME_TOO_LONG;
        }
        Destination->Length = (USHORT)Length;
        Destination->MaximumLength = (USHORT)(Length + 1);
    }
    return STATUS_SUCCESS;
}

/* Makes DestinationString describe SourceString, which is not copied; a text too
 * long for its 16-bit length is cut. Any IRQL. Page: nf-wdm-rtlinitstring. */
VOID NTAPI RtlInitString(PSTRING DestinationString, PCSZ SourceString)
{
    if (!NT_SUCCESS(RtlpInitString(DestinationString, SourceString)))
    {
        DestinationString->Length = MAXUSHORT - 1;
        DestinationString->MaximumLength = MAXUSHORT;
    }
}

/* As RtlInitString. Page: nf-wdm-rtlinitansistring. */
VOID NTAPI RtlInitAnsiString(PANSI_STRING DestinationString, PCSZ SourceString)
{
    RtlInitString(DestinationString, SourceString);
}

/* As RtlInitString, with STATUS_NAME_TOO_LONG instead of a cut. */
NTSTATUS NTAPI RtlInitStringEx(PSTRING DestinationString, PCSZ SourceString)
{
    return RtlpInitString(DestinationString, SourceString);
}

/* As RtlInitStringEx. */
NTSTATUS NTAPI RtlInitAnsiStringEx(PANSI_STRING DestinationString, PCSZ SourceString)
{
    return RtlpInitString(DestinationString, SourceString);
}

/* As RtlInitString for UTF-8. Page: nf-wdm-rtlinitutf8string. */
VOID NTAPI RtlInitUTF8String(PUTF8_STRING DestinationString, PCSZ SourceString)
{
    RtlInitString(DestinationString, SourceString);
}

/* As RtlInitString for UTF-16, cut at UNICODE_STRING_MAX_CHARS - 1. Any IRQL. Page:
 * nf-wdm-rtlinitunicodestring. */
VOID NTAPI RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString)
{
    DestinationString->Length = 0;
    DestinationString->MaximumLength = 0;
    DestinationString->Buffer = (PWCH)(ULONG_PTR)SourceString;
    if (SourceString != NULL)
    {
        SIZE_T Length = RtlpWideLength(SourceString);
        Length = Length > UNICODE_STRING_MAX_CHARS - 1 ? UNICODE_STRING_MAX_CHARS - 1 : Length;
        DestinationString->Length = (USHORT)(Length * sizeof(WCHAR));
        DestinationString->MaximumLength = (USHORT)((Length + 1) * sizeof(WCHAR));
    }
}

/* As RtlInitUnicodeString, with STATUS_NAME_TOO_LONG instead of a cut. Any IRQL. */
NTSTATUS NTAPI RtlInitUnicodeStringEx(PUNICODE_STRING DestinationString, PCWSTR SourceString)
{
    if (SourceString != NULL && RtlpWideLength(SourceString) > UNICODE_STRING_MAX_CHARS - 1)
    {
        RtlZeroMemory(DestinationString, sizeof(*DestinationString));
        DestinationString->Buffer = (PWCH)(ULONG_PTR)SourceString;
        return STATUS_NAME_TOO_LONG;
    }
    RtlInitUnicodeString(DestinationString, SourceString);
    return STATUS_SUCCESS;
}

/* ---- copying and appending ---------------------------------------------------------------- */

/* Copies as much as fits into DestinationString's buffer; NULL empties it. IRQL <=
 * DISPATCH_LEVEL, as its memory allows. Page: nf-wdm-rtlcopystring. */
VOID NTAPI RtlCopyString(PSTRING DestinationString, const STRING *SourceString)
{
    USHORT Length = SourceString != NULL ? SourceString->Length : 0;
    Length = Length > DestinationString->MaximumLength ? DestinationString->MaximumLength : Length;
    if (Length != 0)
    {
        RtlMoveMemory(DestinationString->Buffer, SourceString->Buffer, Length);
    }
    DestinationString->Length = Length;
}

/* As RtlCopyString for UTF-16, terminated when there is room. Page:
 * nf-wdm-rtlcopyunicodestring. */
VOID NTAPI RtlCopyUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString)
{
    USHORT Length = SourceString != NULL ? SourceString->Length : 0;
    Length = Length > DestinationString->MaximumLength ? DestinationString->MaximumLength : Length;
    Length &= (USHORT)~1;
    if (Length != 0)
    {
        RtlMoveMemory(DestinationString->Buffer, SourceString->Buffer, Length);
    }
    DestinationString->Length = Length;
    if (Length + sizeof(WCHAR) <= DestinationString->MaximumLength)
    {
        DestinationString->Buffer[Length / sizeof(WCHAR)] = 0;
    }
}

static NTSTATUS RtlpAppendWide(PUNICODE_STRING Destination, PCWCH Source, SIZE_T Bytes)
{
    if (Bytes > (SIZE_T)(Destination->MaximumLength - Destination->Length))
    {
        return STATUS_BUFFER_TOO_SMALL;
    }
    if (Bytes != 0)
    {
        RtlMoveMemory((PUCHAR)Destination->Buffer + Destination->Length, Source, Bytes);
        Destination->Length = (USHORT)(Destination->Length + Bytes);
        if (Destination->Length + sizeof(WCHAR) <= Destination->MaximumLength)
        {
            Destination->Buffer[Destination->Length / sizeof(WCHAR)] = 0;
        }
    }
    return STATUS_SUCCESS;
}

/* Appends Source, or nothing and STATUS_BUFFER_TOO_SMALL. IRQL as the memory
 * allows. Page: nf-wdm-rtlappendunicodestringtostring. */
NTSTATUS NTAPI RtlAppendUnicodeStringToString(PUNICODE_STRING Destination, PCUNICODE_STRING Source)
{
    return RtlpAppendWide(Destination, Source->Buffer, Source->Length);
}

/* As above for a terminated text; NULL appends nothing. Page:
 * nf-wdm-rtlappendunicodetostring. */
NTSTATUS NTAPI RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source)
{
    return Source == NULL ? STATUS_SUCCESS : RtlpAppendWide(Destination, Source, RtlpWideLength(Source) * sizeof(WCHAR));
}

static NTSTATUS RtlpAppendNarrow(PSTRING Destination, PCCH Source, SIZE_T Bytes)
{
    if (Bytes > (SIZE_T)(Destination->MaximumLength - Destination->Length))
    {
        return STATUS_BUFFER_TOO_SMALL;
    }
    if (Bytes != 0)
    {
        RtlMoveMemory(Destination->Buffer + Destination->Length, Source, Bytes);
        Destination->Length = (USHORT)(Destination->Length + Bytes);
    }
    return STATUS_SUCCESS;
}

/* As RtlAppendUnicodeStringToString for ANSI. Page: nf-ntifs-rtlappendstringtostring. */
NTSTATUS NTAPI RtlAppendStringToString(PSTRING Destination, const STRING *Source)
{
    return RtlpAppendNarrow(Destination, Source->Buffer, Source->Length);
}

/* ---- comparing ------------------------------------------------------------------------------ */

static LONG RtlpCompareWide(PCWCH String1, SIZE_T Length1, PCWCH String2, SIZE_T Length2, BOOLEAN CaseInSensitive)
{
    for (SIZE_T Index = 0; Index < Length1 && Index < Length2; Index++)
    {
        WCHAR A = String1[Index];
        WCHAR B = String2[Index];
        if (A != B && CaseInSensitive)
        {
            A = RtlUpcaseUnicodeChar(A);
            B = RtlUpcaseUnicodeChar(B);
        }
        if (A != B)
        {
            return (LONG)A - (LONG)B;
        }
    }
    return Length1 < Length2 ? -1 : Length1 > Length2;
}

/* Order of two strings: < 0, 0, > 0. IRQL <= APC_LEVEL. Page:
 * nf-wdm-rtlcompareunicodestring. */
LONG NTAPI RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2, BOOLEAN CaseInSensitive)
{
    KI_IRQL_MAX(APC_LEVEL);
    return RtlpCompareWide(String1->Buffer, String1->Length / sizeof(WCHAR), String2->Buffer,
                           String2->Length / sizeof(WCHAR), CaseInSensitive);
}

/* Whether two strings are the same. IRQL <= APC_LEVEL. Page:
 * nf-wdm-rtlequalunicodestring. */
BOOLEAN NTAPI RtlEqualUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2, BOOLEAN CaseInSensitive)
{
    KI_IRQL_MAX(APC_LEVEL);
    return String1->Length == String2->Length &&
           RtlpCompareWide(String1->Buffer, String1->Length / sizeof(WCHAR), String2->Buffer,
                           String2->Length / sizeof(WCHAR), CaseInSensitive) == 0;
}

/* Whether String2 begins with String1. IRQL <= APC_LEVEL. Page:
 * nf-ntddk-rtlprefixunicodestring. */
BOOLEAN NTAPI RtlPrefixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2, BOOLEAN CaseInSensitive)
{
    KI_IRQL_MAX(APC_LEVEL);
    return String1->Length <= String2->Length &&
           RtlpCompareWide(String1->Buffer, String1->Length / sizeof(WCHAR), String2->Buffer,
                           String1->Length / sizeof(WCHAR), CaseInSensitive) == 0;
}

static LONG RtlpCompareNarrow(const STRING *String1, const STRING *String2, SIZE_T Limit, BOOLEAN CaseInSensitive)
{
    for (SIZE_T Index = 0; Index < Limit; Index++)
    {
        UCHAR A = (UCHAR)String1->Buffer[Index];
        UCHAR B = (UCHAR)String2->Buffer[Index];
        if (A != B && CaseInSensitive)
        {
            A = (UCHAR)RtlUpperChar((CHAR)A);
            B = (UCHAR)RtlUpperChar((CHAR)B);
        }
        if (A != B)
        {
            return (LONG)A - (LONG)B;
        }
    }
    return 0;
}

/* As RtlCompareUnicodeString for ANSI. Page: nf-wdm-rtlcomparestring. */
LONG NTAPI RtlCompareString(const STRING *String1, const STRING *String2, BOOLEAN CaseInSensitive)
{
    SIZE_T Limit = String1->Length < String2->Length ? String1->Length : String2->Length;
    LONG Order = RtlpCompareNarrow(String1, String2, Limit, CaseInSensitive);
    return Order != 0 ? Order : (LONG)String1->Length - (LONG)String2->Length;
}

/* As RtlEqualUnicodeString for ANSI. Page: nf-wdm-rtlequalstring. */
BOOLEAN NTAPI RtlEqualString(const STRING *String1, const STRING *String2, BOOLEAN CaseInSensitive)
{
    return String1->Length == String2->Length &&
           RtlpCompareNarrow(String1, String2, String1->Length, CaseInSensitive) == 0;
}

/* As RtlPrefixUnicodeString for ANSI. Page: nf-ntddk-rtlprefixstring. */
BOOLEAN NTAPI RtlPrefixString(const STRING *String1, const STRING *String2, BOOLEAN CaseInSensitive)
{
    return String1->Length <= String2->Length &&
           RtlpCompareNarrow(String1, String2, String1->Length, CaseInSensitive) == 0;
}

/* Copies in upper case as much as fits. Page: nf-ntddk-rtlupperstring. */
VOID NTAPI RtlUpperString(PSTRING DestinationString, const STRING *SourceString)
{
    RtlCopyString(DestinationString, SourceString);
    for (USHORT Index = 0; Index < DestinationString->Length; Index++)
    {
        DestinationString->Buffer[Index] = RtlUpperChar(DestinationString->Buffer[Index]);
    }
}

/* A hash of the string: x65599 over its characters, in upper case if
 * CaseInSensitive. IRQL <= APC_LEVEL. STATUS_INVALID_PARAMETER. Page:
 * nf-wdm-rtlhashunicodestring. */
NTSTATUS NTAPI RtlHashUnicodeString(PCUNICODE_STRING String, BOOLEAN CaseInSensitive, ULONG HashAlgorithm,
                                    PULONG HashValue)
{
    ULONG Hash = 0;

    KI_IRQL_MAX(APC_LEVEL);
    if (String == NULL || HashValue == NULL || HashAlgorithm > HASH_STRING_ALGORITHM_X65599)
    {
        return STATUS_INVALID_PARAMETER;
    }
    for (SIZE_T Index = 0; Index < String->Length / sizeof(WCHAR); Index++)
    {
        WCHAR Character = String->Buffer[Index];
        Hash = Hash * 65599 + (CaseInSensitive ? RtlUpcaseUnicodeChar(Character) : Character);
    }
    *HashValue = Hash;
    return STATUS_SUCCESS;
}
