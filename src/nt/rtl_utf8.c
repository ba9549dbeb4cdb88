// SPDX-License-Identifier: MIT
/*
 * UTF-8 and UTF-16: code points in and out, and the two conversion functions
 * built on them. Invalid input becomes U+FFFD, one for each longest beginning
 * of a valid sequence, as Windows and the Unicode standard recommend.
 */
#include "nt/ntp.h"
#include "nt/rtlp.h"

#define RTLP_REPLACEMENT 0xFFFD

/* Count of further bytes, and the range the first of them must be in (which keeps
 * out overlong forms, surrogates and what lies beyond U+10FFFF); 0 = no lead byte. */
static ULONG RtlpUtf8Trail(UCHAR Lead, UCHAR *Low, UCHAR *High)
{
    *Low = 0x80;
    *High = 0xBF;
    if (Lead >= 0xC2 && Lead <= 0xDF)
    {
        return 1;
    }
    if (Lead >= 0xE0 && Lead <= 0xEF)
    {
        *Low = Lead == 0xE0 ? 0xA0 : 0x80;
        *High = Lead == 0xED ? 0x9F : 0xBF;
        return 2;
    }
    if (Lead >= 0xF0 && Lead <= 0xF4)
    {
        *Low = Lead == 0xF0 ? 0x90 : 0x80;
        *High = Lead == 0xF4 ? 0x8F : 0xBF;
        return 3;
    }
    return 0;
}

ULONG RtlpDecodeUtf8(const CHAR **Text, SIZE_T *Length, BOOLEAN *Invalid)
{
    UCHAR Low;
    UCHAR High;
    UCHAR Lead = (UCHAR) * (*Text)++;

    (*Length)--;
    if (Lead < 0x80)
    {
        return Lead;
    }
    ULONG Trail = RtlpUtf8Trail(Lead, &Low, &High);
    ULONG CodePoint = Lead & (0x3F >> Trail);
    for (ULONG Left = Trail; Left > 0; Left--)
    {
        if (*Length == 0 || (UCHAR)**Text < Low || (UCHAR)**Text > High)
        {
            Trail = 0;
            break;
        }
        CodePoint = (CodePoint << 6) | ((UCHAR)**Text & 0x3F);
        (*Text)++;
        (*Length)--;
        Low = 0x80;
        High = 0xBF;
    }
    if (Trail == 0)
    {
        if (Invalid != NULL)
        {
            *Invalid = TRUE;
        }
        return RTLP_REPLACEMENT;
    }
    return CodePoint;
}

ULONG RtlpDecodeUtf16(const WCHAR **Text, SIZE_T *Length, BOOLEAN *Invalid)
{
    WCHAR First = *(*Text)++;

    (*Length)--;
    if (First < 0xD800 || First > 0xDFFF)
    {
        return First;
    }
    if (First < 0xDC00 && *Length > 0 && **Text >= 0xDC00 && **Text <= 0xDFFF)
    {
        ULONG CodePoint = 0x10000 + (((ULONG)First - 0xD800) << 10) + ((ULONG) * *Text - 0xDC00);
        (*Text)++;
        (*Length)--;
        return CodePoint;
    }
    if (Invalid != NULL)
    {
        *Invalid = TRUE;
    }
    return RTLP_REPLACEMENT;
}

ULONG RtlpEncodeUtf8(ULONG CodePoint, CHAR Buffer[4])
{
    if (CodePoint < 0x80)
    {
        Buffer[0] = (CHAR)CodePoint;
        return 1;
    }
    if (CodePoint < 0x800)
    {
        Buffer[0] = (CHAR)(0xC0 | (CodePoint >> 6));
        Buffer[1] = (CHAR)(0x80 | (CodePoint & 0x3F));
        return 2;
    }
    if (CodePoint < 0x10000)
    {
        Buffer[0] = (CHAR)(0xE0 | (CodePoint >> 12));
        Buffer[1] = (CHAR)(0x80 | ((CodePoint >> 6) & 0x3F));
        Buffer[2] = (CHAR)(0x80 | (CodePoint & 0x3F));
        return 3;
    }
    Buffer[0] = (CHAR)(0xF0 | (CodePoint >> 18));
    Buffer[1] = (CHAR)(0x80 | ((CodePoint >> 12) & 0x3F));
    Buffer[2] = (CHAR)(0x80 | ((CodePoint >> 6) & 0x3F));
    Buffer[3] = (CHAR)(0x80 | (CodePoint & 0x3F));
    return 4;
}

ULONG RtlpEncodeUtf16(ULONG CodePoint, WCHAR Buffer[2])
{
    if (CodePoint < 0x10000)
    {
        Buffer[0] = (WCHAR)CodePoint;
        return 1;
    }
    Buffer[0] = (WCHAR)(0xD800 + ((CodePoint - 0x10000) >> 10));
    Buffer[1] = (WCHAR)(0xDC00 + ((CodePoint - 0x10000) & 0x3FF));
    return 2;
}

/* Converts UTF-8 to UTF-16, or counts (no destination). Terminated only if the
 * source is. IRQL <= DISPATCH_LEVEL. STATUS_SOME_NOT_MAPPED,
 * STATUS_BUFFER_TOO_SMALL (as much as fits is written), STATUS_INVALID_PARAMETER(_4).
 * Page: nf-ntifs-rtlutf8tounicoden. */
NTSTATUS NTAPI RtlUTF8ToUnicodeN(PWSTR UnicodeStringDestination, ULONG UnicodeStringMaxByteCount,
                                 PULONG UnicodeStringActualByteCount, PCCH UTF8StringSource, ULONG UTF8StringByteCount)
{
    SIZE_T Left = UTF8StringByteCount;
    SIZE_T Room = UnicodeStringMaxByteCount / sizeof(WCHAR);
    SIZE_T Written = 0;
    BOOLEAN Invalid = FALSE;
    BOOLEAN Full = FALSE;

    if (UnicodeStringDestination == NULL && UnicodeStringActualByteCount == NULL)
    {
        return STATUS_INVALID_PARAMETER;
    }
    if (UTF8StringSource == NULL)
    {
        return STATUS_INVALID_PARAMETER_4;
    }
    while (Left > 0 && !Full)
    {
        WCHAR Units[2];
        ULONG Count = RtlpEncodeUtf16(RtlpDecodeUtf8(&UTF8StringSource, &Left, &Invalid), Units);
        Full = UnicodeStringDestination != NULL && Count > Room - Written;
        if (!Full)
        {
            for (ULONG Index = 0; Index < Count; Index++, Written++)
            {
                if (UnicodeStringDestination != NULL)
                {
                    UnicodeStringDestination[Written] = Units[Index];
                }
            }
        }
    }
    if (UnicodeStringActualByteCount != NULL)
    {
        *UnicodeStringActualByteCount = (ULONG)(Written * sizeof(WCHAR));
    }
    return Full ? STATUS_BUFFER_TOO_SMALL : Invalid ? STATUS_SOME_NOT_MAPPED : STATUS_SUCCESS;
}

/* Converts UTF-16 to UTF-8, or counts (no destination). Terminated only if the
 * source is. IRQL <= DISPATCH_LEVEL. STATUS_SOME_NOT_MAPPED,
 * STATUS_BUFFER_TOO_SMALL (as much as fits is written),
 * STATUS_INVALID_PARAMETER(_4, _5). Page: nf-ntifs-rtlunicodetoutf8n. */
NTSTATUS NTAPI RtlUnicodeToUTF8N(PCHAR UTF8StringDestination, ULONG UTF8StringMaxByteCount,
                                 PULONG UTF8StringActualByteCount, PCWCH UnicodeStringSource,
                                 ULONG UnicodeStringByteCount)
{
    SIZE_T Left = UnicodeStringByteCount / sizeof(WCHAR);
    SIZE_T Written = 0;
    BOOLEAN Invalid = FALSE;
    BOOLEAN Full = FALSE;

    if (UTF8StringDestination == NULL && UTF8StringActualByteCount == NULL)
    {
        return STATUS_INVALID_PARAMETER;
    }
    if (UnicodeStringSource == NULL)
    {
        return STATUS_INVALID_PARAMETER_4;
    }
    if (UnicodeStringByteCount % sizeof(WCHAR) != 0)
    {
        return STATUS_INVALID_PARAMETER_5;
    }
    while (Left > 0 && !Full)
    {
        CHAR Bytes[4];
        ULONG Count = RtlpEncodeUtf8(RtlpDecodeUtf16(&UnicodeStringSource, &Left, &Invalid), Bytes);
        Full = UTF8StringDestination != NULL && Count > UTF8StringMaxByteCount - Written;
        if (!Full)
        {
            for (ULONG Index = 0; Index < Count; Index++, Written++)
            {
                if (UTF8StringDestination != NULL)
                {
                    UTF8StringDestination[Written] = Bytes[Index];
                }
            }
        }
    }
    if (UTF8StringActualByteCount != NULL)
    {
        *UTF8StringActualByteCount = (ULONG)Written;
    }
    return Full ? STATUS_BUFFER_TOO_SMALL : Invalid ? STATUS_SOME_NOT_MAPPED : STATUS_SUCCESS;
}
