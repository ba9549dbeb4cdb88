// SPDX-License-Identifier: MIT
#pragma once
/*
 * Private side of the run-time library: the one formatter behind DbgPrint, the
 * printf family and the safe string functions, and the UTF conversions behind
 * every ANSI/Unicode pair. The system's ANSI code page is UTF-8 (65001).
 * Callers: src/nt. Any IRQL; nothing here blocks or allocates.
 */
#include <ntddk.h>

/*
 * Where formatted text goes.
 * Owner: the caller's stack. Length counts on past Capacity, without storing, so
 * that it says what would have been needed. Nothing is terminated.
 */
typedef struct _RTLP_OUTPUT
{
    PVOID Buffer;     /* CHAR, or WCHAR when Wide */
    SIZE_T Capacity;  /* in characters of that size */
    SIZE_T Length;
    BOOLEAN Wide;
} RTLP_OUTPUT, *PRTLP_OUTPUT;

/* Formats in the NT dialect (rtl_printf.c says what that is). Format's characters
 * are as wide as Output's. Arguments is not changed for the caller. */
VOID RtlpFormat(PRTLP_OUTPUT Output, const VOID *Format, NT_VA_LIST Arguments);

/* Next code point of UTF-8, at most *Length > 0 bytes; advances both. An invalid
 * byte gives U+FFFD and *Invalid becomes TRUE (may be NULL). */
ULONG RtlpDecodeUtf8(const CHAR **Text, SIZE_T *Length, BOOLEAN *Invalid);
/* Next code point of UTF-16, at most *Length > 0 units; as RtlpDecodeUtf8 for a
 * surrogate without its other half. */
ULONG RtlpDecodeUtf16(const WCHAR **Text, SIZE_T *Length, BOOLEAN *Invalid);
/* Writes the code point; returns the count, 1-4 bytes or 1-2 units. */
ULONG RtlpEncodeUtf8(ULONG CodePoint, CHAR Buffer[4]);
ULONG RtlpEncodeUtf16(ULONG CodePoint, WCHAR Buffer[2]);

/* Digits of Value in Base 2-36; returns the length. Buffer holds 64; not terminated. */
ULONG RtlpFormatInteger(ULONGLONG Value, ULONG Base, BOOLEAN UpperCase, CHAR Buffer[64]);

/* The table behind RtlpStatusName, for its test. */
ULONG RtlpStatusNameCount(VOID);
PCSTR RtlpStatusNameAt(ULONG Index, NTSTATUS *Status);
