// SPDX-License-Identifier: MIT
/* The drivers' C run-time: return values and terminations are Microsoft's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "kernel_test.h"

#define POISON 0xEE

static CHAR Buffer[16];
static WCHAR WideBuffer[16];

static VOID Poison(VOID)
{
    __builtin_memset(Buffer, POISON, sizeof(Buffer));
    __builtin_memset(WideBuffer, POISON, sizeof(WideBuffer));
}

/* The old functions: cut without a terminator, -1. */
TEST(CRT, snprintf_of_old_does_not_terminate_when_full)
{
    Poison();
    CHECK_EQ(_snprintf(Buffer, 8, "%s", "abc"), 3);
    CHECK_STR(Buffer, "abc");
    Poison();
    CHECK_EQ(_snprintf(Buffer, 3, "%s", "abc"), 3);
    CHECK_MEM(Buffer, "abc\xEE", 4);
    Poison();
    CHECK_EQ(_snprintf(Buffer, 2, "%s", "abc"), -1);
    CHECK_MEM(Buffer, "ab\xEE", 3);
    CHECK_EQ(_snprintf(NULL, 0, "%s", "abc"), 3);
    Poison();
    CHECK_EQ(_snwprintf(WideBuffer, 2, L"%s", L"abc"), -1);
    CHECK_EQ(WideBuffer[1], 'b');
    CHECK_EQ(WideBuffer[2], 0xEEEE);
    CHECK_EQ(_snwprintf(WideBuffer, 8, L"%d%s", 1, L"x"), 2);
    CHECK_EQ(WideBuffer[2], 0);
    CHECK_EQ(_scprintf("%d", 12345), 5);
}

/* C99's: always terminated, the full length. */
TEST(CRT, snprintf_terminates)
{
    Poison();
    CHECK_EQ(snprintf(Buffer, 3, "%s", "abc"), 3);
    CHECK_STR(Buffer, "ab");
    Poison();
    CHECK_EQ(snprintf(Buffer, 0, "%s", "abc"), 3);
    CHECK_EQ((UCHAR)Buffer[0], POISON);
    CHECK_EQ(sprintf(Buffer, "%d-%s", 7, "x"), 3);
    CHECK_STR(Buffer, "7-x");
    CHECK_EQ(swprintf(WideBuffer, L"%d", 7), 1);
    CHECK_EQ(WideBuffer[1], 0);
}

/* The secure ones: terminated; empty when they would overrun; _TRUNCATE cuts. */
TEST(CRT, secure_printf_empties_or_cuts)
{
    Poison();
    CHECK_EQ(sprintf_s(Buffer, 4, "%s", "abc"), 3);
    CHECK_STR(Buffer, "abc");
    CHECK_EQ(sprintf_s(Buffer, 3, "%s", "abc"), -1);
    CHECK_STR(Buffer, "");
    Poison();
    CHECK_EQ(_snprintf_s(Buffer, 3, _TRUNCATE, "%s", "abc"), -1);
    CHECK_STR(Buffer, "ab");
    Poison();
    CHECK_EQ(_snprintf_s(Buffer, 8, 2, "%s", "abc"), -1);
    CHECK_STR(Buffer, "ab");
    CHECK_EQ(_snprintf_s(Buffer, 8, 5, "%s", "abc"), 3);
    CHECK_STR(Buffer, "abc");
    CHECK_EQ(_snprintf_s(Buffer, 3, 5, "%s", "abc"), -1);
    CHECK_STR(Buffer, "");
    CHECK_EQ(_snprintf_s(NULL, 3, 5, "%s", "abc"), -1);
    CHECK_EQ(_snwprintf_s(WideBuffer, 3, _TRUNCATE, L"%s", L"abc"), -1);
    CHECK_EQ(WideBuffer[2], 0);
    CHECK_EQ(swprintf_s(WideBuffer, 3, L"%s", L"abc"), -1);
    CHECK_EQ(WideBuffer[0], 0);
}

TEST(CRT, numbers_have_a_32_bit_long)
{
    char *End = NULL;
    CHECK_EQ(strtoul("4294967295x", &End, 10), 4294967295U);
    CHECK_STR(End, "x");
    CHECK_EQ(strtoul("4294967296", NULL, 10), 4294967295U);
    CHECK_EQ(strtoul("-1", NULL, 10), 4294967295U);
    CHECK_EQ(strtol("2147483648", NULL, 10), 2147483647);
    CHECK_EQ(strtol("-2147483649", NULL, 10), -2147483647 - 1);
    CHECK_EQ(strtol(" \t-0x1F", &End, 0), -31);
    CHECK_EQ(strtol("077", NULL, 0), 63);
    CHECK_EQ(strtol("0xg", &End, 16), 0);
    CHECK_STR(End, "xg");
    static const char None[] = "  none";
    CHECK_EQ(strtol(None, &End, 10), 0);
    CHECK(End == None);
    CHECK(_strtoui64("18446744073709551616", NULL, 10) == ~0ULL);
    CHECK(_strtoi64("-9223372036854775808", NULL, 10) == MINLONGLONG);
    CHECK_EQ(atoi("12abc"), 12);
    CHECK_EQ(_wtoi(L"-7"), -7);
    CHECK_EQ(wcstoul(L"ffffffff", NULL, 16), 0xFFFFFFFFU);
}

TEST(CRT, numbers_become_text)
{
    CHECK_STR(_itoa(-255, Buffer, 10), "-255");
    CHECK_STR(_itoa(-1, Buffer, 16), "ffffffff");
    CHECK_STR(_ultoa(5, Buffer, 2), "101");
    CHECK_STR(_i64toa(-1, Buffer, 10), "-1");
    CHECK_EQ(_itoa_s(1234, Buffer, 5, 10), 0);
    CHECK_STR(Buffer, "1234");
    CHECK_EQ(_itoa_s(1234, Buffer, 4, 10), 34);
    CHECK_STR(Buffer, "");
    CHECK_EQ(_itoa_s(1, Buffer, 4, 1), 22);
    CHECK_STR(_itoa(MINLONG, Buffer, 10), "-2147483648");
}

TEST(CRT, secure_copies_refuse_to_overrun)
{
    Poison();
    CHECK_EQ(strcpy_s(Buffer, 4, "abc"), 0);
    CHECK_STR(Buffer, "abc");
    CHECK_EQ(strcpy_s(Buffer, 3, "abc"), 34);
    CHECK_STR(Buffer, "");
    CHECK_EQ(strcpy_s(Buffer, 3, NULL), 22);
    CHECK_EQ(strncpy_s(Buffer, 4, "abcdef", 3), 0);
    CHECK_STR(Buffer, "abc");
    CHECK_EQ(strncpy_s(Buffer, 4, "abcdef", _TRUNCATE), 80);
    CHECK_STR(Buffer, "abc");
    CHECK_EQ(strncpy_s(Buffer, 4, "abcdef", 4), 34);
    strcpy_s(Buffer, 8, "abc");
    CHECK_EQ(strcat_s(Buffer, 8, "defg"), 0);
    CHECK_STR(Buffer, "abcdefg");
    CHECK_EQ(strcat_s(Buffer, 8, "h"), 34);
    CHECK_EQ(memcpy_s(Buffer, 2, "abc", 3), 34);
    CHECK_EQ(Buffer[0], 0);
    CHECK_EQ(wcscpy_s(WideBuffer, 4, L"abc"), 0);
    CHECK_EQ(wcscat_s(WideBuffer, 4, L"d"), 34);
    CHECK_EQ(WideBuffer[0], 0);
    char Words[] = ",a,,b";
    char *Context = NULL;
    CHECK_STR(strtok_s(Words, ",", &Context), "a");
    CHECK_STR(strtok_s(NULL, ",", &Context), "b");
    CHECK(strtok_s(NULL, ",", &Context) == NULL);
}

TEST(CRT, strings_compare_without_case)
{
    CHECK_EQ(_stricmp("HeLLo", "hEllO"), 0);
    CHECK(_stricmp("a", "B") < 0);
    CHECK_EQ(_strnicmp("abcX", "ABCy", 3), 0);
    CHECK_EQ(_wcsicmp(L"HeLLo", L"hEllO"), 0);
    CHECK(_wcsnicmp(L"abd", L"ABC", 3) > 0);
    char Case[] = "aBc";
    CHECK_STR(_strupr(Case), "ABC");
    CHECK_STR(_strlwr(Case), "abc");
    CHECK_STR(_strrev(Case), "cba");
}

TEST(CRT, wide_strings_have_16_bit_characters)
{
    WCHAR Copy[8];
    CHECK_EQ(sizeof(WCHAR), 2);
    CHECK_EQ(wcslen(L"abc"), 3);
    CHECK_EQ(wcsnlen(L"abc", 2), 2);
    CHECK(wcscmp(L"abc", L"abd") < 0);
    CHECK_EQ(wcsncmp(L"abc", L"abd", 2), 0);
    CHECK_EQ(wcscmp(wcscpy(Copy, L"xyz"), L"xyz"), 0);
    CHECK_EQ(wcscmp(wcscat(Copy, L"!"), L"xyz!"), 0);
    CHECK(wcschr(Copy, 'z') == Copy + 2);
    CHECK(wcschr(Copy, 0) == Copy + 4);
    CHECK(wcsrchr(Copy, 'q') == NULL);
    CHECK(wcsstr(Copy, L"yz") == Copy + 1);
    CHECK(wcsstr(Copy, L"zy") == NULL);
    CHECK_EQ(wcsspn(L"aab", L"a"), 2);
    CHECK_EQ(wcscspn(L"aab", L"b"), 2);
    wcsncpy(Copy, L"a", 8);
    CHECK_EQ(Copy[7], 0);
    CHECK_EQ(towupper(0xE4), 0xC4);
    CHECK(iswdigit('5') && !iswdigit('x') && iswxdigit('f') && iswspace('\t') && iswalpha('q'));
}

TEST(CRT, sscanf_reads_integers_and_text)
{
    int A = 0;
    unsigned int B = 0;
    long long C = 0;
    USHORT D = 0;
    char Word[8];
    char Rest[8];

    CHECK_EQ(sscanf("-12 0x1F,99999999999 70000", "%d %x,%I64d %hu", &A, &B, &C, &D), 4);
    CHECK_EQ(A, -12);
    CHECK_EQ(B, 31);
    CHECK(C == 99999999999LL);
    CHECK_EQ(D, 70000 - 65536);
    CHECK_EQ(sscanf("10.0.0.1", "%d.%*d.%u", &A, &B), 2);
    CHECK_EQ(A, 10);
    CHECK_EQ(B, 0);
    CHECK_EQ(sscanf("key=value", "%7[^=]=%7s", Word, Rest), 2);
    CHECK_STR(Word, "key");
    CHECK_STR(Rest, "value");
    CHECK_EQ(sscanf_s("longword", "%s", Word, 4U), 0);
    CHECK_EQ(sscanf_s("word", "%s%n", Word, 8U, &A), 1);
    CHECK_EQ(A, 4);
    CHECK_EQ(sscanf("", "%d", &A), -1);
    CHECK_EQ(sscanf("x", "%d", &A), 0);
}

static int NTAPI Order(const void *A, const void *B)
{
    int Left = *(const int *)A;
    int Right = *(const int *)B;
    return Left < Right ? -1 : Left > Right;
}

TEST(CRT, sorting_and_searching)
{
    int Numbers[100];
    srand(1);
    CHECK_EQ(rand(), 41);
    CHECK_EQ(rand(), 18467); /* Microsoft's sequence */
    for (ULONG Index = 0; Index < 100; Index++)
    {
        Numbers[Index] = rand();
    }
    qsort(Numbers, 100, sizeof(int), Order);
    for (ULONG Index = 1; Index < 100; Index++)
    {
        CHECK(Numbers[Index - 1] <= Numbers[Index]);
    }
    int Key = Numbers[37];
    int *Found = bsearch(&Key, Numbers, 100, sizeof(int), Order);
    CHECK(Found != NULL && *Found == Key);
    Key = -1;
    CHECK(bsearch(&Key, Numbers, 100, sizeof(int), Order) == NULL);
}
