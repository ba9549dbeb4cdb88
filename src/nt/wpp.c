// SPDX-License-Identifier: MIT
/*
 * WPP trace messages (include/wdk/wskhost/wpp.h): their formats made DbgPrint's.
 * A name between exclamation marks, as in %!STATUS!, is a type or something the
 * message's place supplies.
 */
#include <wskhost/wpp.h>

#define WPP_FORMAT_MAX 1024

static __thread CHAR Converted[WPP_FORMAT_MAX];

typedef struct _RTLP_TRACE_TYPE
{
    PCSTR Name;
    PCSTR Format; /* how its argument is printed */
} RTLP_TRACE_TYPE;

static const RTLP_TRACE_TYPE Types[] = {
    {"STATUS", "0x%08x"}, {"HRESULT", "0x%08x"}, {"WINERROR", "%u"},   {"NDIS_STATUS", "0x%08x"},
    {"bool", "%u"},       {"BOOLEAN", "%u"},     {"IPADDR", "0x%08x"}, {"PORT", "%u"},
    {"irql", "%u"},       {"SRB", "%p"},         {"IRP", "%p"},        {"TIMESTAMP", "%I64d"},
    {"TIME", "%I64d"},    {"DATE", "%I64d"},     {"delta", "%I64d"},   {"UINT64", "%I64u"},
    {"ULONG", "%u"},      {"s", "%s"},
};

static BOOLEAN RtlpTraceNameIs(PCSTR Name, SIZE_T Length, PCSTR Known)
{
    return strlen(Known) == Length && memcmp(Name, Known, Length) == 0;
}

/* Appends at *Used, doubling percent signs when Text is not a format itself. */
static VOID RtlpTraceAppend(SIZE_T *Used, PCSTR Text, BOOLEAN IsFormat)
{
    for (; *Text != 0 && *Used + 3 < WPP_FORMAT_MAX; Text++)
    {
        Converted[(*Used)++] = *Text;
        if (*Text == '%' && !IsFormat)
        {
            Converted[(*Used)++] = '%';
        }
    }
}

static VOID RtlpTraceAppendNumber(SIZE_T *Used, ULONG Value)
{
    CHAR Digits[11];
    ULONG Index = sizeof(Digits) - 1;

    Digits[Index] = 0;
    do
    {
        Digits[--Index] = (CHAR)('0' + Value % 10);
        Value /= 10;
    } while (Value != 0);
    RtlpTraceAppend(Used, &Digits[Index], FALSE);
}

static VOID RtlpTraceAppendNamed(SIZE_T *Used, PCSTR Name, SIZE_T Length, PCSTR Function, PCSTR File, ULONG Line)
{
    if (RtlpTraceNameIs(Name, Length, "FUNC"))
    {
        RtlpTraceAppend(Used, Function, FALSE);
        return;
    }
    if (RtlpTraceNameIs(Name, Length, "FILE"))
    {
        RtlpTraceAppend(Used, File, FALSE);
        return;
    }
    if (RtlpTraceNameIs(Name, Length, "LINE"))
    {
        RtlpTraceAppendNumber(Used, Line);
        return;
    }
    if (RtlpTraceNameIs(Name, Length, "LEVEL") || RtlpTraceNameIs(Name, Length, "FLAGS") ||
        RtlpTraceNameIs(Name, Length, "COMPNAME") || RtlpTraceNameIs(Name, Length, "STDPREFIX"))
    {
        return; /* supplied by the trace, without an argument */
    }
    for (SIZE_T Index = 0; Index < RTL_NUMBER_OF(Types); Index++)
    {
        if (RtlpTraceNameIs(Name, Length, Types[Index].Name))
        {
            RtlpTraceAppend(Used, Types[Index].Format, TRUE);
            return;
        }
    }
    RtlpTraceAppend(Used, "%p", TRUE); /* other types are pointers or fit one */
}

PCSTR NtpHdr_TraceFormat(PCSTR Format, PCSTR Function, PCSTR File, ULONG Line)
{
    SIZE_T Used = 0;

    while (*Format != 0 && Used + 3 < WPP_FORMAT_MAX)
    {
        PCSTR End = Format[0] == '%' && Format[1] == '!' ? strchr(Format + 2, '!') : NULL;

        if (End != NULL)
        {
            RtlpTraceAppendNamed(&Used, Format + 2, (SIZE_T)(End - Format - 2), Function, File, Line);
            Format = End + 1;
        }
        else
        {
            if (Format[0] == '%' && Format[1] == '%')
            {
                Converted[Used++] = *Format++;
            }
            Converted[Used++] = *Format++;
        }
    }
    if (Used == 0 || Converted[Used - 1] != '\n')
    {
        Converted[Used++] = '\n';
    }
    Converted[Used] = 0;
    return Converted;
}
