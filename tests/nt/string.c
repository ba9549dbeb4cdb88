// SPDX-License-Identifier: MIT
/* Counted strings, conversions, addresses, numbers, times, bit maps. */
#include <ip2string.h>
#include <string.h>
#include <wchar.h>

#include "kernel_test.h"

#define POISON 0xEE

static UNICODE_STRING U(PCWSTR Text)
{
    UNICODE_STRING String;
    RtlInitUnicodeString(&String, Text);
    return String;
}

TEST(RTL, init_describes_without_copying)
{
    UNICODE_STRING Wide;
    ANSI_STRING Narrow;
    __builtin_memset(&Wide, POISON, sizeof(Wide));
    RtlInitUnicodeString(&Wide, L"abc");
    CHECK_EQ(Wide.Length, 6);
    CHECK_EQ(Wide.MaximumLength, 8);
    RtlInitUnicodeString(&Wide, NULL);
    CHECK_EQ(Wide.Length, 0);
    CHECK_EQ(Wide.MaximumLength, 0);
    CHECK(Wide.Buffer == NULL);
    RtlInitAnsiString(&Narrow, "abc");
    CHECK_EQ(Narrow.Length, 3);
    CHECK_EQ(Narrow.MaximumLength, 4);
}

/* Given texts around the longest a counted string can hold. Then Init cuts, InitEx
 * refuses. */
TEST(RTL, init_knows_the_longest_string)
{
    static WCHAR Long[32769];
    UNICODE_STRING Wide;
    for (ULONG Index = 0; Index < 32768; Index++)
    {
        Long[Index] = 'x';
    }
    Long[32767] = 0;
    CHECK_STATUS(RtlInitUnicodeStringEx(&Wide, Long), STATUS_NAME_TOO_LONG);
    RtlInitUnicodeString(&Wide, Long);
    CHECK_EQ(Wide.Length, 65532);
    CHECK_EQ(Wide.MaximumLength, 65534);
    Long[32766] = 0;
    CHECK_STATUS(RtlInitUnicodeStringEx(&Wide, Long), STATUS_SUCCESS);
    CHECK_EQ(Wide.Length, 65532);
}

TEST(RTL, copy_takes_what_fits)
{
    WCHAR Buffer[4];
    UNICODE_STRING Target = {0, 6, Buffer};
    UNICODE_STRING Source = U(L"abcdef");
    __builtin_memset(Buffer, POISON, sizeof(Buffer));
    RtlCopyUnicodeString(&Target, &Source);
    CHECK_EQ(Target.Length, 6);
    CHECK_EQ(Buffer[2], 'c');
    CHECK_EQ(Buffer[3], 0xEEEE);
    Source = U(L"z");
    RtlCopyUnicodeString(&Target, &Source);
    CHECK_EQ(Target.Length, 2);
    CHECK_EQ(Buffer[1], 0);
    RtlCopyUnicodeString(&Target, NULL);
    CHECK_EQ(Target.Length, 0);
}

TEST(RTL, append_is_all_or_nothing)
{
    WCHAR Buffer[6];
    UNICODE_STRING Target = {0, 10, Buffer};
    UNICODE_STRING Source = U(L"ab");
    CHECK_STATUS(RtlAppendUnicodeStringToString(&Target, &Source), STATUS_SUCCESS);
    CHECK_STATUS(RtlAppendUnicodeToString(&Target, L"cd"), STATUS_SUCCESS);
    CHECK_EQ(Target.Length, 8);
    CHECK_EQ(Buffer[4], 0);
    CHECK_STATUS(RtlAppendUnicodeToString(&Target, L"ef"), STATUS_BUFFER_TOO_SMALL);
    CHECK_EQ(Target.Length, 8);
    CHECK_STATUS(RtlAppendUnicodeToString(&Target, L"e"), STATUS_SUCCESS);
    CHECK_STATUS(RtlAppendUnicodeToString(&Target, NULL), STATUS_SUCCESS);
    CHECK_EQ(Target.Length, 10);
    CHAR Narrow[4];
    ANSI_STRING NarrowTarget = {0, 4, Narrow};
    ANSI_STRING NarrowSource;
    RtlInitAnsiString(&NarrowSource, "xyz");
    CHECK_STATUS(RtlAppendStringToString(&NarrowTarget, &NarrowSource), STATUS_SUCCESS);
    CHECK_STATUS(RtlAppendStringToString(&NarrowTarget, &NarrowSource), STATUS_BUFFER_TOO_SMALL);
}

TEST(RTL, comparison_knows_case)
{
    UNICODE_STRING A = U(L"\\Device\\\u00e4");
    UNICODE_STRING B = U(L"\\DEVICE\\\u00c4");
    UNICODE_STRING C = U(L"\\device");
    CHECK(RtlEqualUnicodeString(&A, &B, TRUE));
    CHECK(!RtlEqualUnicodeString(&A, &B, FALSE));
    CHECK_EQ(RtlCompareUnicodeString(&A, &B, TRUE), 0);
    CHECK(RtlCompareUnicodeString(&A, &B, FALSE) > 0);
    CHECK(RtlCompareUnicodeString(&C, &A, TRUE) < 0);
    CHECK(RtlPrefixUnicodeString(&C, &A, TRUE));
    CHECK(!RtlPrefixUnicodeString(&C, &A, FALSE));
    CHECK(!RtlPrefixUnicodeString(&A, &C, TRUE));
    ANSI_STRING D;
    ANSI_STRING E;
    RtlInitAnsiString(&D, "AbC");
    RtlInitAnsiString(&E, "abCd");
    CHECK(!RtlEqualString(&D, &E, TRUE));
    CHECK(RtlPrefixString(&D, &E, TRUE));
    CHECK(RtlCompareString(&D, &E, TRUE) < 0);
    ULONG Hash1 = 0;
    ULONG Hash2 = 1;
    CHECK_STATUS(RtlHashUnicodeString(&A, TRUE, HASH_STRING_ALGORITHM_DEFAULT, &Hash1), STATUS_SUCCESS);
    CHECK_STATUS(RtlHashUnicodeString(&B, TRUE, HASH_STRING_ALGORITHM_X65599, &Hash2), STATUS_SUCCESS);
    CHECK_EQ(Hash1, Hash2);
    CHECK_STATUS(RtlHashUnicodeString(&B, TRUE, 7, &Hash2), STATUS_INVALID_PARAMETER);
}

/* Given every unit. Then what has an upper case comes back in lower case, but for
 * final sigma, and nothing has two. */
TEST(RTL, case_maps_there_and_back)
{
    for (ULONG Character = 0; Character < 0x10000; Character++)
    {
        WCHAR Upper = RtlUpcaseUnicodeChar((WCHAR)Character);
        if (Upper != Character && Character != 0x3C2)
        {
            CHECK_EQ(RtlDowncaseUnicodeChar(Upper), Character);
            CHECK_EQ(RtlUpcaseUnicodeChar(Upper), Upper);
        }
    }
    CHECK_EQ(RtlUpcaseUnicodeChar('z'), 'Z');
    CHECK_EQ(RtlUpcaseUnicodeChar(0xFF), 0x178);
    CHECK_EQ(RtlUpcaseUnicodeChar(0xF7), 0xF7);
    CHECK_EQ(RtlUpcaseUnicodeChar(0x436), 0x416);
    CHECK_EQ(RtlUpcaseUnicodeChar(0x3C9), 0x3A9);
}

TEST(RTL, ansi_is_utf8)
{
    UNICODE_STRING Wide;
    ANSI_STRING Narrow;
    ANSI_STRING Source;
    RtlInitAnsiString(&Source, "x\xE2\x82\xAC\xF0\x9F\x98\x80");
    __builtin_memset(&Wide, POISON, sizeof(Wide));
    CHECK_STATUS(RtlAnsiStringToUnicodeString(&Wide, &Source, TRUE), STATUS_SUCCESS);
    CHECK_EQ(Wide.Length, 8);
    CHECK_EQ(Wide.Buffer[1], 0x20AC);
    CHECK_EQ(Wide.Buffer[4], 0);
    CHECK_EQ(RtlAnsiStringToUnicodeSize(&Source), 10);
    CHECK_EQ(RtlUnicodeStringToAnsiSize(&Wide), 9);
    CHECK_STATUS(RtlUnicodeStringToAnsiString(&Narrow, &Wide, TRUE), STATUS_SUCCESS);
    CHECK(RtlEqualString(&Narrow, &Source, FALSE));
    CHECK_EQ(Narrow.Buffer[Narrow.Length], 0);
    RtlFreeAnsiString(&Narrow);
    CHECK(Narrow.Buffer == NULL);
    CHAR Room[9];
    ANSI_STRING Small = {0, 8, Room};
    CHECK_STATUS(RtlUnicodeStringToAnsiString(&Small, &Wide, FALSE), STATUS_BUFFER_OVERFLOW);
    Small.MaximumLength = 9;
    CHECK_STATUS(RtlUnicodeStringToAnsiString(&Small, &Wide, FALSE), STATUS_SUCCESS);
    CHECK_EQ(Small.Length, 8);
    RtlFreeUnicodeString(&Wide);
    RtlFreeUnicodeString(&Wide); /* an empty one is fine */
}

typedef struct _UTF
{
    PCSTR Utf8;
    ULONG Length;
    NTSTATUS Status;
    WCHAR Utf16[4];
    ULONG Units;
} UTF;

TEST(RTL, utf8_is_decoded_by_the_book)
{
    static const UTF Cases[] = {
        {"a\0b", 3, STATUS_SUCCESS, {'a', 0, 'b'}, 3},
        {"\xC3\xA4", 2, STATUS_SUCCESS, {0xE4}, 1},
        {"\xF0\x9F\x98\x80", 4, STATUS_SUCCESS, {0xD83D, 0xDE00}, 2},
        {"\xC0\xAF", 2, STATUS_SOME_NOT_MAPPED, {0xFFFD, 0xFFFD}, 2},         /* overlong */
        {"\xED\xA0\x80", 3, STATUS_SOME_NOT_MAPPED, {0xFFFD, 0xFFFD, 0xFFFD}, 3}, /* a surrogate */
        {"\xE2\x82z", 3, STATUS_SOME_NOT_MAPPED, {0xFFFD, 'z'}, 2},           /* cut short */
        {"\xE2\x82", 2, STATUS_SOME_NOT_MAPPED, {0xFFFD}, 1},
        {"\xF4\x90\x80\x80", 4, STATUS_SOME_NOT_MAPPED, {0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD}, 4},
    };
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Cases); Index++)
    {
        const UTF *Case = &Cases[Index];
        WCHAR Out[8];
        ULONG Bytes = POISON;
        __builtin_memset(Out, POISON, sizeof(Out));
        CHECK_STATUS(RtlUTF8ToUnicodeN(Out, sizeof(Out), &Bytes, Case->Utf8, Case->Length), Case->Status);
        CHECK_EQ(Bytes, Case->Units * sizeof(WCHAR));
        CHECK_MEM(Out, Case->Utf16, Bytes);
        CHECK_EQ(Out[Case->Units], 0xEEEE);
        CHECK_STATUS(RtlUTF8ToUnicodeN(NULL, 0, &Bytes, Case->Utf8, Case->Length), Case->Status);
        CHECK_EQ(Bytes, Case->Units * sizeof(WCHAR));
    }
}

TEST(RTL, utf_conversions_report_what_is_wrong)
{
    WCHAR Wide[2];
    CHAR Narrow[8];
    ULONG Bytes = POISON;
    CHECK_STATUS(RtlUTF8ToUnicodeN(Wide, sizeof(Wide), &Bytes, "a\xF0\x9F\x98\x80", 5), STATUS_BUFFER_TOO_SMALL);
    CHECK_EQ(Bytes, 2); /* half a pair is not written */
    CHECK_STATUS(RtlUTF8ToUnicodeN(NULL, 0, NULL, "a", 1), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlUTF8ToUnicodeN(NULL, 0, &Bytes, NULL, 1), STATUS_INVALID_PARAMETER_4);
    CHECK_STATUS(RtlUnicodeToUTF8N(Narrow, sizeof(Narrow), &Bytes, L"a", 3), STATUS_INVALID_PARAMETER_5);
    CHECK_STATUS(RtlUnicodeToUTF8N(Narrow, 3, &Bytes, L"a\u20ac", 4), STATUS_BUFFER_TOO_SMALL);
    CHECK_EQ(Bytes, 1);
    CHECK_STATUS(RtlUnicodeToUTF8N(Narrow, 8, &Bytes, L"\xDC00x", 4), STATUS_SOME_NOT_MAPPED);
    CHECK_EQ(Bytes, 4);
    CHECK_MEM(Narrow, "\xEF\xBF\xBDx", 4);
}

TEST(RTL, numbers_and_guids_become_strings)
{
    WCHAR Buffer[40];
    UNICODE_STRING Text = {0, sizeof(Buffer), Buffer};
    ULONG Value = 0;
    CHECK_STATUS(RtlIntegerToUnicodeString(0xBEEF, 16, &Text), STATUS_SUCCESS);
    UNICODE_STRING Expected = U(L"BEEF");
    CHECK(RtlEqualUnicodeString(&Text, &Expected, FALSE));
    CHECK_STATUS(RtlUnicodeStringToInteger(&Text, 16, &Value), STATUS_SUCCESS);
    CHECK_EQ(Value, 0xBEEF);
    CHECK_STATUS(RtlIntegerToUnicodeString(1, 7, &Text), STATUS_INVALID_PARAMETER);
    Text.MaximumLength = 4;
    CHECK_STATUS(RtlIntegerToUnicodeString(123, 0, &Text), STATUS_BUFFER_OVERFLOW);
    Text = U(L"  -0x10z");
    CHECK_STATUS(RtlUnicodeStringToInteger(&Text, 0, &Value), STATUS_SUCCESS);
    CHECK_EQ(Value, (ULONG)-16);
    GUID Guid = {0x12345678, 0x9ABC, 0xDEF0, {1, 2, 3, 4, 5, 6, 7, 8}};
    GUID Back;
    CHECK_STATUS(RtlStringFromGUID(&Guid, &Text), STATUS_SUCCESS);
    Expected = U(L"{12345678-9ABC-DEF0-0102-030405060708}");
    CHECK(RtlEqualUnicodeString(&Text, &Expected, FALSE));
    CHECK_STATUS(RtlGUIDFromString(&Text, &Back), STATUS_SUCCESS);
    CHECK_MEM(&Guid, &Back, sizeof(Guid));
    Text.Buffer[9] = '+';
    CHECK_STATUS(RtlGUIDFromString(&Text, &Back), STATUS_INVALID_PARAMETER);
    RtlFreeUnicodeString(&Text);
}

/* ---- addresses ----------------------------------------------------------------------- */

typedef struct _IP6
{
    PCSTR In;
    PCSTR Out; /* canonical; NULL: refused */
} IP6;

TEST(RTL, ipv6_addresses_as_text)
{
    static const IP6 Cases[] = {
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"},
        {"fe80::0001:2", "fe80::1:2"},
        {"::ffff:1.2.3.4", "::ffff:1.2.3.4"},
        {"::1.2.3.4", "::1.2.3.4"},
        {"fe80::5efe:1.2.3.4", "fe80::5efe:1.2.3.4"},
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
        {"1:2:3:4:5:6:7", NULL},
        {"1:2:3:4:5:6:7:8:9", NULL},
        {"1::2::3", NULL},
        {"12345::", NULL},
        {":1", NULL},
        {"1:", NULL},
        {"1:2:3:4:5:6:7:1.2.3.4", NULL},
        {"::1.2.3", NULL},
        {"", NULL},
    };
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Cases); Index++)
    {
        IN6_ADDR Address;
        ULONG Scope = POISON;
        USHORT Port = POISON;
        CHAR Text[46];
        __builtin_memset(&Address, POISON, sizeof(Address));
        NTSTATUS Status = RtlIpv6StringToAddressExA(Cases[Index].In, &Address, &Scope, &Port);
        CHECK_STATUS(Status, Cases[Index].Out != NULL ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER);
        if (NT_SUCCESS(Status))
        {
            CHECK_EQ(Scope, 0);
            CHECK_EQ(Port, 0);
            CHECK(RtlIpv6AddressToStringA(&Address, Text) == Text + strlen(Cases[Index].Out));
            CHECK_STR(Text, Cases[Index].Out);
        }
    }
}

TEST(RTL, ipv6_addresses_with_scope_and_port)
{
    IN6_ADDR Address;
    ULONG Scope = 0;
    USHORT Port = 0;
    CHAR Text[65];
    WCHAR Wide[65];
    ULONG Length = sizeof(Text);
    PCSTR End = NULL;

    CHECK_STATUS(RtlIpv6StringToAddressExA("[fe80::1%12]:8080", &Address, &Scope, &Port), STATUS_SUCCESS);
    CHECK_EQ(Scope, 12);
    CHECK_EQ(Port, RtlUshortByteSwap(8080));
    CHECK_STATUS(RtlIpv6AddressToStringExA(&Address, Scope, Port, Text, &Length), STATUS_SUCCESS);
    CHECK_STR(Text, "[fe80::1%12]:8080");
    CHECK_EQ(Length, 18);
    Length = 17;
    CHECK_STATUS(RtlIpv6AddressToStringExA(&Address, Scope, Port, Text, &Length), STATUS_INVALID_PARAMETER);
    CHECK_EQ(Length, 18);
    Length = 65;
    CHECK_STATUS(RtlIpv6AddressToStringExW(&Address, 0, 0, Wide, &Length), STATUS_SUCCESS);
    CHECK_EQ(wcscmp(Wide, L"fe80::1"), 0);
    CHECK_STATUS(RtlIpv6StringToAddressExW(L"fe80::1%3", &Address, &Scope, &Port), STATUS_SUCCESS);
    CHECK_EQ(Scope, 3);
    CHECK_STATUS(RtlIpv6StringToAddressExA("[fe80::1]:65536", &Address, &Scope, &Port), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlIpv6StringToAddressExA("[fe80::1", &Address, &Scope, &Port), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlIpv6StringToAddressA("::1%5", &End, &Address), STATUS_SUCCESS);
    CHECK_STR(End, "%5");
}

TEST(RTL, ipv4_addresses_as_text)
{
    IN_ADDR Address;
    USHORT Port = 0;
    CHAR Text[22];
    PCSTR End = NULL;
    ULONG Length = sizeof(Text);

    CHECK_STATUS(RtlIpv4StringToAddressA("192.168.0.255 x", TRUE, &End, &Address), STATUS_SUCCESS);
    CHECK_STR(End, " x");
    CHECK_EQ(Address.S_un.S_addr, 0xFF00A8C0);
    CHECK(RtlIpv4AddressToStringA(&Address, Text) == Text + 13);
    CHECK_STR(Text, "192.168.0.255");
    CHECK_STATUS(RtlIpv4StringToAddressA("1.2.3", TRUE, &End, &Address), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlIpv4StringToAddressA("1.2.3.04", TRUE, &End, &Address), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlIpv4StringToAddressA("1.2.3.256", TRUE, &End, &Address), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlIpv4StringToAddressA("1.2.3", FALSE, &End, &Address), STATUS_SUCCESS);
    CHECK_EQ(Address.S_un.S_addr, 0x03000201);
    CHECK_STATUS(RtlIpv4StringToAddressA("0x7f.1", FALSE, &End, &Address), STATUS_SUCCESS);
    CHECK_EQ(Address.S_un.S_addr, 0x0100007F);
    CHECK_STATUS(RtlIpv4StringToAddressA("010", FALSE, &End, &Address), STATUS_SUCCESS);
    CHECK_EQ(Address.S_un.S_addr, 0x08000000);
    CHECK_STATUS(RtlIpv4StringToAddressExA("10.0.0.1:80", TRUE, &Address, &Port), STATUS_SUCCESS);
    CHECK_EQ(Port, RtlUshortByteSwap(80));
    CHECK_STATUS(RtlIpv4AddressToStringExA(&Address, Port, Text, &Length), STATUS_SUCCESS);
    CHECK_STR(Text, "10.0.0.1:80");
    CHECK_EQ(Length, 12);
    CHECK_STATUS(RtlIpv4StringToAddressExA("10.0.0.1:", TRUE, &Address, &Port), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlIpv4StringToAddressExW(L"10.0.0.1x", TRUE, &Address, &Port), STATUS_INVALID_PARAMETER);
}

/* ---- the rest ---------------------------------------------------------------------------- */

/* Given every day from 1601 to 2500. Then fields and times agree, and the weekday
 * goes round. */
TEST(RTL, times_have_calendar_fields)
{
    LARGE_INTEGER Time = {.QuadPart = 0};
    TIME_FIELDS Fields;
    CSHORT Weekday = 1;
    for (ULONG Day = 0; Day < 328500; Day++)
    {
        LARGE_INTEGER Back;
        __builtin_memset(&Fields, POISON, sizeof(Fields));
        RtlTimeToTimeFields(&Time, &Fields);
        if (Fields.Weekday != Weekday || Fields.Hour != 0 || !RtlTimeFieldsToTime(&Fields, &Back) ||
            Back.QuadPart != Time.QuadPart)
        {
            CHECK_EQ(Day, -1);
        }
        Weekday = (CSHORT)((Weekday + 1) % 7);
        Time.QuadPart += 864000000000LL;
    }
    RtlSecondsSince1970ToTime(951782400, &Time); /* 2000-02-29 */
    Time.QuadPart += 86399 * 10000000LL + 9990000;
    RtlTimeToTimeFields(&Time, &Fields);
    CHECK_EQ(Fields.Year, 2000);
    CHECK_EQ(Fields.Month, 2);
    CHECK_EQ(Fields.Day, 29);
    CHECK_EQ(Fields.Hour, 23);
    CHECK_EQ(Fields.Second, 59);
    CHECK_EQ(Fields.Milliseconds, 999);
    ULONG Seconds = 0;
    CHECK(RtlTimeToSecondsSince1970(&Time, &Seconds));
    CHECK_EQ(Seconds, 951782400 + 86399);
    Fields.Year = 1900;
    CHECK(!RtlTimeFieldsToTime(&Fields, &Time));
}

TEST(RTL, small_things)
{
    ULONG Seed1 = 42;
    ULONG Seed2 = 42;
    for (ULONG Index = 0; Index < 100; Index++)
    {
        ULONG Random = RtlRandomEx(&Seed1);
        CHECK(Random < MAXLONG);
        CHECK_EQ(Random, RtlRandomEx(&Seed2));
    }
    CHECK(Seed1 != 42);
    CHECK_EQ(RtlCompareMemory("abcX", "abcY", 4), 3);
    CHECK_EQ(RtlComputeCrc32(0, "123456789", 9), 0xCBF43926);
    CHECK_EQ(RtlUshortByteSwap(0x1234), 0x3412);
    CHECK_EQ(RtlUlongByteSwap(0x12345678), 0x78563412);
    RTL_OSVERSIONINFOEXW Version;
    Version.dwOSVersionInfoSize = sizeof(Version);
    CHECK_STATUS(RtlGetVersion((PRTL_OSVERSIONINFOW)&Version), STATUS_SUCCESS);
    CHECK_EQ(Version.dwMajorVersion, 10);
    ULONGLONG Mask = 0;
    VER_SET_CONDITION(Mask, VER_MAJORVERSION, VER_GREATER_EQUAL);
    VER_SET_CONDITION(Mask, VER_MINORVERSION, VER_GREATER_EQUAL);
    Version.dwMajorVersion = 6;
    Version.dwMinorVersion = 3;
    CHECK_STATUS(RtlVerifyVersionInfo(&Version, VER_MAJORVERSION | VER_MINORVERSION, Mask), STATUS_SUCCESS);
    Version.dwMajorVersion = 10;
    CHECK_STATUS(RtlVerifyVersionInfo(&Version, VER_MAJORVERSION | VER_MINORVERSION, Mask),
                 STATUS_REVISION_MISMATCH);
    Version.dwOSVersionInfoSize = 7;
    CHECK_STATUS(RtlGetVersion((PRTL_OSVERSIONINFOW)&Version), STATUS_INVALID_PARAMETER);
    PVOID Frames[16];
    CHECK(RtlCaptureStackBackTrace(0, 16, Frames, NULL) >= 2);
}

TEST(RTL, bit_maps_find_runs)
{
    ULONG Bits[2] = {0, 0};
    RTL_BITMAP Map;
    RtlInitializeBitMap(&Map, Bits, 40);
    RtlSetBits(&Map, 3, 10);
    CHECK_EQ(RtlNumberOfSetBits(&Map), 10);
    CHECK_EQ(RtlNumberOfClearBits(&Map), 30);
    CHECK(RtlAreBitsSet(&Map, 3, 10));
    CHECK(!RtlAreBitsSet(&Map, 3, 11));
    CHECK(RtlAreBitsClear(&Map, 13, 27));
    CHECK(!RtlAreBitsClear(&Map, 13, 28)); /* beyond the map */
    CHECK_EQ(RtlFindClearBits(&Map, 4, 0), 13);
    CHECK_EQ(RtlFindClearBits(&Map, 3, 20), 20);
    CHECK_EQ(RtlFindClearBits(&Map, 3, 39), 0);
    CHECK_EQ(RtlFindClearBits(&Map, 28, 0), 0xFFFFFFFF);
    CHECK_EQ(RtlFindClearBitsAndSet(&Map, 27, 0), 13);
    CHECK_EQ(RtlFindSetBits(&Map, 37, 0), 3);
    RtlClearBit(&Map, 5);
    CHECK(!RtlTestBit(&Map, 5));
    CHECK_EQ(RtlFindMostSignificantBit(0x80), 7);
    CHECK_EQ(RtlFindLeastSignificantBit(0x80), 7);
    CHECK_EQ(RtlFindLeastSignificantBit(0), -1);
}
