// SPDX-License-Identifier: MIT
/* The formatter: the NT dialect, into 8-bit and 16-bit text, and DbgPrint's lines. */
#include <stdio.h>

#include "nt/dbgp.h"
#include "nt/hostcall.h"
#include "nt/init.h"
#include "nt/rtlp.h"
#include "kernel_test.h"

static CHAR Text[512];
static WCHAR WideText[512];
static CHAR WideAsNarrow[512];

static VOID NTAPI Format(PCSTR Pattern, ...)
{
    NT_VA_LIST Arguments;
    RTLP_OUTPUT Output = {.Buffer = Text, .Capacity = sizeof(Text) - 1, .Length = 0, .Wide = FALSE};
    __builtin_memset(Text, 0xEE, sizeof(Text));
    NT_VA_START(Arguments, Pattern);
    RtlpFormat(&Output, Pattern, Arguments);
    NT_VA_END(Arguments);
    Text[Output.Length] = 0;
}

static VOID NTAPI FormatWide(PCWSTR Pattern, ...)
{
    NT_VA_LIST Arguments;
    RTLP_OUTPUT Output = {.Buffer = WideText, .Capacity = RTL_NUMBER_OF(WideText) - 1, .Length = 0, .Wide = TRUE};
    __builtin_memset(WideText, 0xEE, sizeof(WideText));
    NT_VA_START(Arguments, Pattern);
    RtlpFormat(&Output, Pattern, Arguments);
    NT_VA_END(Arguments);
    WideText[Output.Length] = 0;
    ULONG Written = 0;
    (VOID) RtlUnicodeToUTF8N(WideAsNarrow, sizeof(WideAsNarrow), &Written, WideText,
                             (ULONG)(Output.Length + 1) * sizeof(WCHAR));
}

/* The same format and arguments in both widths, with the same result. */
#define BOTH(Expected, Pattern, ...)        \
    do                                      \
    {                                       \
        Format(Pattern, ##__VA_ARGS__);     \
        CHECK_STR(Text, Expected);          \
        FormatWide(L##Pattern, ##__VA_ARGS__); \
        CHECK_STR(WideAsNarrow, Expected);  \
    } while (0)

TEST(FORMAT, integers_have_windows_sizes)
{
    BOTH("-5 5 4294967291", "%d %i %u", -5, 5, -5);
    BOTH("ffffffff FFFFFFFF 37777777777", "%x %X %o", -1, -1, -1);
    /* long has 32 bits: the upper half of the argument is not looked at */
    BOTH("1 -1 2", "%lu %ld %lx", 0xAAAAAAAA00000001ULL, 0xAAAAAAAAFFFFFFFFULL, 0xBBBBBBBB00000002ULL);
    BOTH("65535 -1 ffff", "%hu %hd %hx", -1, 0xFFFF, -1);
    BOTH("255 -1", "%hhu %hhd", -1, 0xFF);
    BOTH("18446744073709551615 -1", "%I64u %I64d", ~0ULL, ~0ULL);
    BOTH("123456789abcdef 123456789ABCDEF", "%I64x %llX", 0x123456789abcdefULL, 0x123456789abcdefULL);
    BOTH("4294967295", "%I32u", ~0ULL);
    BOTH("18446744073709551615 18446744073709551614", "%Iu %zu", ~0ULL, ~0ULL - 1);
    BOTH("-9223372036854775808", "%I64d", (LONGLONG)(1ULL << 63));
    BOTH("1 2 3 4 5 6 7 8 9 10", "%d %d %I64d %d %d %d %I64d %d %d %d", 1, 2, 3LL, 4, 5, 6, 7LL, 8, 9, 10);
}

TEST(FORMAT, widths_and_flags)
{
    BOTH("[    5][5    ][00005][   +5][ 5]", "[%5d][%-5d][%05d][%+5d][% d]", 5, 5, 5, 5, 5);
    BOTH("[  005][005  ][-0005]", "[%5.3d][%-5.3d][%05d]", 5, 5, -5);
    BOTH("[   12][12   ]", "[%*d][%*d]", 5, 12, -5, 12);
    BOTH("[00012][12]", "[%.*d][%.*d]", 5, 12, -1, 12);
    BOTH("[0x1f][0X1F][017][0]", "[%#x][%#X][%#o][%#x]", 31, 31, 15, 0);
    BOTH("[0x001f][  0x1f]", "[%#06x][%#6x]", 31, 31);
    BOTH("[][0]", "[%.0d][%d]", 0, 0);
    BOTH("100%", "%d%%", 100);
}

TEST(FORMAT, pointers_are_sixteen_digits)
{
    BOTH("0000000000001ABC 0000000000000000", "%p %p", (PVOID)0x1abc, NULL);
}

TEST(FORMAT, texts_of_both_widths)
{
    /* %s follows the format, %S opposes it, hs and ls (ws) are fixed */
    Format("%s %S %hs %ls %ws %hS", "one", L"two", "three", L"four", L"five", "six");
    CHECK_STR(Text, "one two three four five six");
    FormatWide(L"%s %S %hs %ls %ws %hS", L"one", "two", "three", L"four", L"five", "six");
    CHECK_STR(WideAsNarrow, "one two three four five six");
    Format("%c%C%hc%lc%wc", 'a', L'b', 'c', L'd', L'e');
    CHECK_STR(Text, "abcde");
    FormatWide(L"%c%C%hc%lc", L'a', 'b', 'c', L'd');
    CHECK_STR(WideAsNarrow, "abcd");
    Format("[%5s][%-5s][%.2s][%5.1s]", "abc", "abc", "abc", "abc");
    CHECK_STR(Text, "[  abc][abc  ][ab][    a]");
    Format("%s %S %ws", NULL, NULL, NULL);
    CHECK_STR(Text, "(null) (null) (null)");
    /* no terminator where the precision ends the text */
    static const CHAR Bare[3] = {'x', 'y', 'z'};
    Format("%.3s", Bare);
    CHECK_STR(Text, "xyz");
}

TEST(FORMAT, counted_strings)
{
    WCHAR Letters[] = {'W', 'i', 'd', 'e', 'X'};
    UNICODE_STRING Wide = {8, 10, Letters};
    ANSI_STRING Narrow = {3, 3, "abcdef"};
    UNICODE_STRING Empty = {0, 0, NULL};

    BOTH("<Wide> <abc> <(null)> <(null)>", "<%wZ> <%Z> <%wZ> <%Z>", &Wide, &Narrow, &Empty, NULL);
    BOTH("<  Wide> <Wi> <Wide  >", "<%6wZ> <%.2wZ> <%-6wZ>", &Wide, &Wide, &Wide);
}

TEST(FORMAT, text_is_converted_between_utf8_and_utf16)
{
    Format("%ws", L"gr\u00fc\u00df \u20ac \xD83D\xDE00");
    CHECK_STR(Text, "gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x98\x80");
    FormatWide(L"%S", "\xE2\x82\xAC\xF0\x9F\x98\x80");
    CHECK_EQ(WideText[0], 0x20AC);
    CHECK_EQ(WideText[1], 0xD83D);
    CHECK_EQ(WideText[2], 0xDE00);
    CHECK_EQ(WideText[3], 0);
    Format("%ws", L"a\xD800z"); /* half a pair */
    CHECK_STR(Text, "a\xEF\xBF\xBDz");
    Format("%.2ws", L"\u20ac"); /* three bytes do not fit in two */
    CHECK_STR(Text, "");
}

/* Floating point is none of the kernel's; what follows keeps its own argument. */
TEST(FORMAT, what_the_kernel_does_not_know_is_copied)
{
    BOTH("%f 7", "%f %d", 1.5, 7);
    BOTH("%q", "%q");
    BOTH("5", "%d%", 5);
    BOTH("%n1", "%n%d", &Text, 1);
}

/* Given a full buffer. Then nothing is written behind it, and the length counts on. */
TEST(FORMAT, a_full_buffer_counts_on)
{
    CHAR Small[8];
    __builtin_memset(Small, 0xEE, sizeof(Small));
    CHECK_EQ(snprintf(Small, 4, "%s-%5000d", "abcdef", 1), 5007);
    CHECK_STR(Small, "abc");
    CHECK_EQ((UCHAR)Small[4], 0xEE);
}

/* ---- DbgPrint ----------------------------------------------------------------------- */

/* Given parts of lines. Then the log gets whole lines with the driver's name. */
TEST(DBG, text_goes_to_the_log_by_lines)
{
    if (t_is_child("DBG_text_goes_to_the_log_by_lines"))
    {
        DbgPrint("one");
        DbgPrint(" %s", "two");
        DbgPrint(" three\nfour\r\nfi");
        DbgPrint("ve\n");
        DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "bad %wZ\n", NULL);
        DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_TRACE_LEVEL, "hidden\n");
        DbgPrint("unfinished");
        DbgpFlushLines(NULL);
        HcAbort();
    }
    static char Report[16384];
    CHECK(t_run_child("DBG_text_goes_to_the_log_by_lines", Report, sizeof(Report)) != 0);
    CHECK(Contains(Report, "host: one two three\n"));
    CHECK(Contains(Report, "host: four\n"));
    CHECK(Contains(Report, "host: five\n"));
    CHECK(Contains(Report, "error: host: bad (null)\n"));
    CHECK(Contains(Report, "host: unfinished\n"));
    CHECK(!Contains(Report, "hidden"));
}

/* ---- status names -------------------------------------------------------------------- */

TEST(RTL, status_names_are_sorted_and_unique)
{
    NTSTATUS Previous;
    CHECK(RtlpStatusNameAt(0, &Previous) != NULL);
    for (ULONG Index = 1; Index < RtlpStatusNameCount(); Index++)
    {
        NTSTATUS Status;
        PCSTR Name = RtlpStatusNameAt(Index, &Status);
        CHECK((ULONG)Previous < (ULONG)Status);
        CHECK(RtlpStatusName(Status) == Name);
        Previous = Status;
    }
    CHECK_STR(RtlpStatusName(STATUS_SUCCESS), "STATUS_SUCCESS");
    CHECK_STR(RtlpStatusName(STATUS_PENDING), "STATUS_PENDING");
    CHECK_STR(RtlpStatusName(STATUS_FILE_FORCED_CLOSED), "STATUS_FILE_FORCED_CLOSED");
    CHECK_STR(RtlpStatusName((NTSTATUS)0xFFFFFFEA), "0xFFFFFFEA");
}
