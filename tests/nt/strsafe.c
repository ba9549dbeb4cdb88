// SPDX-License-Identifier: MIT
/*
 * The inline string functions of ntstrsafe.h and integer functions of
 * ntintsafe.h: exact fits, one too many, impossible sizes.
 */
#include <ntddk.h>
#include <ntstrsafe.h>
#include <ntintsafe.h>

#include "support/test.h"

static CHAR Text[8];
static WCHAR Wide[8];

static VOID Poison(VOID)
{
    RtlFillMemory(Text, sizeof(Text), 0xA5);
    RtlFillMemory(Wide, sizeof(Wide), 0xA5);
}

TEST(STRSAFE, copy_fits_exactly_or_is_cut)
{
    Poison();
    CHECK_STATUS(RtlStringCbCopyA(Text, sizeof(Text), "1234567"), STATUS_SUCCESS);
    CHECK_STR(Text, "1234567");
    Poison();
    CHECK_STATUS(RtlStringCbCopyA(Text, sizeof(Text), "12345678"), STATUS_BUFFER_OVERFLOW);
    CHECK_STR(Text, "1234567");
    Poison();
    CHECK_STATUS(RtlStringCchCopyNA(Text, 8, "123456789", 3), STATUS_SUCCESS);
    CHECK_STR(Text, "123");
    CHECK_STATUS(RtlStringCchCopyA(Text, 0, "1"), STATUS_INVALID_PARAMETER);
    CHECK_STR(Text, "123");
    CHECK_STATUS(RtlStringCchCopyA(Text, (size_t)NTSTRSAFE_MAX_CCH + 1, "1"), STATUS_INVALID_PARAMETER);
}

TEST(STRSAFE, wide_sizes_count_bytes_or_characters)
{
    Poison();
    CHECK_STATUS(RtlStringCbCopyW(Wide, sizeof(Wide), L"1234567"), STATUS_SUCCESS);
    CHECK_MEM(Wide, L"1234567", sizeof(Wide));
    Poison();
    CHECK_STATUS(RtlStringCbCopyW(Wide, 7, L"1234567"), STATUS_BUFFER_OVERFLOW); /* three characters */
    CHECK_MEM(Wide, L"12", 6);
    CHECK_EQ(Wide[3], 0xA5A5);
    CHECK_STATUS(RtlStringCbCopyW(Wide, 1, L"1"), STATUS_INVALID_PARAMETER);
}

TEST(STRSAFE, cat_needs_a_terminated_destination)
{
    Poison();
    CHECK_STATUS(RtlStringCchCatA(Text, sizeof(Text), "x"), STATUS_INVALID_PARAMETER);
    RtlStringCchCopyA(Text, sizeof(Text), "12");
    CHECK_STATUS(RtlStringCchCatA(Text, sizeof(Text), "34567"), STATUS_SUCCESS);
    CHECK_STR(Text, "1234567");
    CHECK_STATUS(RtlStringCchCatA(Text, sizeof(Text), "8"), STATUS_BUFFER_OVERFLOW);
    CHECK_STR(Text, "1234567");
}

TEST(STRSAFE, printf_cuts_and_terminates)
{
    Poison();
    CHECK_STATUS(RtlStringCbPrintfA(Text, sizeof(Text), "%s-%lu", "abc", 123), STATUS_SUCCESS);
    CHECK_STR(Text, "abc-123");
    Poison();
    CHECK_STATUS(RtlStringCbPrintfA(Text, sizeof(Text), "%s-%lu", "abcd", 123), STATUS_BUFFER_OVERFLOW);
    CHECK_STR(Text, "abcd-12");
    Poison();
    CHECK_STATUS(RtlStringCchPrintfW(Wide, 8, L"%ws%d", L"abc", -4), STATUS_SUCCESS);
    CHECK_MEM(Wide, L"abc-4", 12);
}

TEST(STRSAFE, length_wants_the_end_inside)
{
    size_t Length = 77;

    CHECK_STATUS(RtlStringCchLengthA("123", 4, &Length), STATUS_SUCCESS);
    CHECK_EQ(Length, 3);
    Length = 77;
    CHECK_STATUS(RtlStringCchLengthA("123", 3, &Length), STATUS_INVALID_PARAMETER);
    CHECK_EQ(Length, 0);
    Length = 77;
    CHECK_STATUS(RtlStringCbLengthW(L"123", 8, &Length), STATUS_SUCCESS);
    CHECK_EQ(Length, 6);
    CHECK_STATUS(RtlStringCchLengthA(NULL, 3, &Length), STATUS_INVALID_PARAMETER);
}

TEST(STRSAFE, ex_reports_the_end_and_obeys_flags)
{
    NTSTRSAFE_PSTR End = NULL;
    size_t Left = 77;

    Poison();
    CHECK_STATUS(RtlStringCbPrintfExA(Text, sizeof(Text), &End, &Left, 0, "%d", 42), STATUS_SUCCESS);
    CHECK(End == Text + 2);
    CHECK_EQ(Left, 6);
    Poison();
    CHECK_STATUS(RtlStringCbCatExA(strcpy(Text, "12"), sizeof(Text), "345678", &End, &Left, STRSAFE_NO_TRUNCATION),
                 STATUS_BUFFER_OVERFLOW);
    CHECK_STR(Text, "");
    CHECK_STATUS(RtlStringCbCopyExA(Text, sizeof(Text), NULL, NULL, NULL, STRSAFE_IGNORE_NULLS | STRSAFE_FILL_BYTE(7)),
                 STATUS_SUCCESS);
    CHECK_MEM(Text, "\0\7\7\7\7\7\7\7", 8);
}

TEST(STRSAFE, counted_strings_need_no_terminator)
{
    UNICODE_STRING String;
    DECLARE_CONST_UNICODE_STRING(Source, L"abcdef");

    Poison();
    RtlInitEmptyUnicodeString(&String, Wide, 4 * sizeof(WCHAR));
    CHECK_STATUS(RtlUnicodeStringPrintf(&String, L"%d", 1234), STATUS_SUCCESS);
    CHECK_EQ(String.Length, 8);
    CHECK_MEM(Wide, L"1234", 8);
    CHECK_EQ(Wide[4], 0xA5A5);
    CHECK_STATUS(RtlUnicodeStringPrintf(&String, L"%d", 12345), STATUS_BUFFER_OVERFLOW);
    CHECK_EQ(String.Length, 8);
    CHECK_STATUS(RtlUnicodeStringCopy(&String, &Source), STATUS_BUFFER_OVERFLOW);
    CHECK_MEM(Wide, L"abcd", 8);
    String.Length = 2;
    CHECK_STATUS(RtlUnicodeStringCatString(&String, L"xyz"), STATUS_SUCCESS);
    CHECK_MEM(Wide, L"axyz", 8);
    String.Length = 3;
    CHECK_STATUS(RtlUnicodeStringCopyString(&String, L"x"), STATUS_INVALID_PARAMETER);
}

TEST(INTSAFE, overflow_is_an_error_and_all_ones)
{
    ULONG Sum = 0x77;
    SIZE_T Product = 0x77;
    USHORT Short = 0x77;
    LONG Signed = 0x77;

    CHECK_STATUS(RtlULongAdd(0xFFFFFFF0, 0xF, &Sum), STATUS_SUCCESS);
    CHECK_EQ(Sum, 0xFFFFFFFF);
    Sum = 0x77;
    CHECK_STATUS(RtlULongAdd(0xFFFFFFF0, 0x10, &Sum), STATUS_INTEGER_OVERFLOW);
    CHECK_EQ(Sum, MAXULONG);
    CHECK_STATUS(RtlSIZETMult((SIZE_T)1 << 40, (SIZE_T)1 << 24, &Product), STATUS_INTEGER_OVERFLOW);
    CHECK_EQ(Product, MAXSIZE_T);
    CHECK_STATUS(RtlULongSub(1, 2, &Sum), STATUS_INTEGER_OVERFLOW);
    CHECK_STATUS(RtlULongToUShort(0x10000, &Short), STATUS_INTEGER_OVERFLOW);
    CHECK_EQ(Short, 0xFFFF);
    CHECK_STATUS(RtlSIZETToULong(0x12345678, &Sum), STATUS_SUCCESS);
    CHECK_EQ(Sum, 0x12345678);
    CHECK_STATUS(RtlULongToLong(0x80000000, &Signed), STATUS_INTEGER_OVERFLOW);
    CHECK_EQ(Signed, -1);
}
