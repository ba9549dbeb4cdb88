// SPDX-License-Identifier: MIT
/*
 * The C run-time of drivers: the printf family over the formatter of
 * rtl_printf.c, with the return values and terminations of Microsoft's.
 */
#include <stdio.h>

#include "nt/ntp.h"
#include "nt/rtlp.h"

#define CRT_UNLIMITED ((SIZE_T)-1)

static SIZE_T CrtFormat(PVOID Buffer, SIZE_T Capacity, BOOLEAN Wide, const VOID *Format, NT_VA_LIST Arguments)
{
    RTLP_OUTPUT Output = {.Buffer = Buffer, .Capacity = Capacity, .Length = 0, .Wide = Wide};
    RtlpFormat(&Output, Format, Arguments);
    return Output.Length;
}

static VOID CrtTerminate(PVOID Buffer, BOOLEAN Wide, SIZE_T Index)
{
    if (Wide)
    {
        ((PWCHAR)Buffer)[Index] = 0;
    }
    else
    {
        ((PCHAR)Buffer)[Index] = 0;
    }
}

/* sprintf: the buffer is large enough. */
static int CrtFormatUnlimited(PVOID Buffer, BOOLEAN Wide, const VOID *Format, NT_VA_LIST Arguments)
{
    SIZE_T Length = CrtFormat(Buffer, CRT_UNLIMITED, Wide, Format, Arguments);
    CrtTerminate(Buffer, Wide, Length);
    return (int)Length;
}

/* _snprintf: Count characters at most, terminated only if there is room; -1 when
 * they are more. No buffer: the length. */
static int CrtFormatOld(PVOID Buffer, SIZE_T Count, BOOLEAN Wide, const VOID *Format, NT_VA_LIST Arguments)
{
    SIZE_T Length = CrtFormat(Buffer, Buffer != NULL ? Count : 0, Wide, Format, Arguments);
    if (Buffer == NULL)
    {
        return Count == 0 ? (int)Length : -1;
    }
    if (Length < Count)
    {
        CrtTerminate(Buffer, Wide, Length);
    }
    return Length <= Count ? (int)Length : -1;
}

/* snprintf of C99: always terminated; the length there would be. */
static int CrtFormatC99(PVOID Buffer, SIZE_T Count, BOOLEAN Wide, const VOID *Format, NT_VA_LIST Arguments)
{
    SIZE_T Length = CrtFormat(Buffer, Count, Wide, Format, Arguments);
    if (Count != 0)
    {
        CrtTerminate(Buffer, Wide, Length < Count ? Length : Count - 1);
    }
    return (int)Length;
}

/* _snprintf_s: Count characters at most, or as many as fit with _TRUNCATE; -1 when
 * cut; a buffer that Count could overrun is emptied: -1. */
static int CrtFormatSecure(PVOID Buffer, SIZE_T Size, SIZE_T Count, BOOLEAN Wide, const VOID *Format,
                           NT_VA_LIST Arguments)
{
    if (Buffer == NULL || Size == 0 || Format == NULL)
    {
        return -1;
    }
    SIZE_T Room = Count < Size ? Count : Size - 1;
    SIZE_T Length = CrtFormat(Buffer, Room, Wide, Format, Arguments);
    if (Length <= Room)
    {
        CrtTerminate(Buffer, Wide, Length);
        return (int)Length;
    }
    CrtTerminate(Buffer, Wide, Count < Size || Count == _TRUNCATE ? Room : 0);
    return -1;
}

/* sprintf_s: what does not fit empties the buffer. */
#define CRT_ALL ((SIZE_T)-2)

/* ---- 8-bit -------------------------------------------------------------------------------- */

#define CRT_CALL(Expression)              \
    NT_VA_LIST Arguments;                 \
    NT_VA_START(Arguments, Format);       \
    int Result = (Expression);            \
    NT_VA_END(Arguments);                 \
    return Result

int NTAPI sprintf(char *Buffer, const char *Format, ...)
{
    CRT_CALL(CrtFormatUnlimited(Buffer, FALSE, Format, Arguments));
}

int NTAPI vsprintf(char *Buffer, const char *Format, NT_VA_LIST Arguments)
{
    return CrtFormatUnlimited(Buffer, FALSE, Format, Arguments);
}

int NTAPI snprintf(char *Buffer, size_t Count, const char *Format, ...)
{
    CRT_CALL(CrtFormatC99(Buffer, Count, FALSE, Format, Arguments));
}

int NTAPI vsnprintf(char *Buffer, size_t Count, const char *Format, NT_VA_LIST Arguments)
{
    return CrtFormatC99(Buffer, Count, FALSE, Format, Arguments);
}

int NTAPI _snprintf(char *Buffer, size_t Count, const char *Format, ...)
{
    CRT_CALL(CrtFormatOld(Buffer, Count, FALSE, Format, Arguments));
}

int NTAPI _vsnprintf(char *Buffer, size_t Count, const char *Format, NT_VA_LIST Arguments)
{
    return CrtFormatOld(Buffer, Count, FALSE, Format, Arguments);
}

int NTAPI _scprintf(const char *Format, ...)
{
    CRT_CALL((int)CrtFormat(NULL, 0, FALSE, Format, Arguments));
}

int NTAPI _vscprintf(const char *Format, NT_VA_LIST Arguments)
{
    return (int)CrtFormat(NULL, 0, FALSE, Format, Arguments);
}

int NTAPI sprintf_s(char *Buffer, size_t Size, const char *Format, ...)
{
    CRT_CALL(CrtFormatSecure(Buffer, Size, CRT_ALL, FALSE, Format, Arguments));
}

int NTAPI vsprintf_s(char *Buffer, size_t Size, const char *Format, NT_VA_LIST Arguments)
{
    return CrtFormatSecure(Buffer, Size, CRT_ALL, FALSE, Format, Arguments);
}

int NTAPI _snprintf_s(char *Buffer, size_t Size, size_t Count, const char *Format, ...)
{
    CRT_CALL(CrtFormatSecure(Buffer, Size, Count, FALSE, Format, Arguments));
}

int NTAPI _vsnprintf_s(char *Buffer, size_t Size, size_t Count, const char *Format, NT_VA_LIST Arguments)
{
    return CrtFormatSecure(Buffer, Size, Count, FALSE, Format, Arguments);
}

/* ---- 16-bit ------------------------------------------------------------------------------- */

int NTAPI swprintf(WCHAR *Buffer, const WCHAR *Format, ...)
{
    CRT_CALL(CrtFormatUnlimited(Buffer, TRUE, Format, Arguments));
}

int NTAPI _snwprintf(WCHAR *Buffer, size_t Count, const WCHAR *Format, ...)
{
    CRT_CALL(CrtFormatOld(Buffer, Count, TRUE, Format, Arguments));
}

int NTAPI _vsnwprintf(WCHAR *Buffer, size_t Count, const WCHAR *Format, NT_VA_LIST Arguments)
{
    return CrtFormatOld(Buffer, Count, TRUE, Format, Arguments);
}

int NTAPI swprintf_s(WCHAR *Buffer, size_t Size, const WCHAR *Format, ...)
{
    CRT_CALL(CrtFormatSecure(Buffer, Size, CRT_ALL, TRUE, Format, Arguments));
}

int NTAPI vswprintf_s(WCHAR *Buffer, size_t Size, const WCHAR *Format, NT_VA_LIST Arguments)
{
    return CrtFormatSecure(Buffer, Size, CRT_ALL, TRUE, Format, Arguments);
}

int NTAPI _snwprintf_s(WCHAR *Buffer, size_t Size, size_t Count, const WCHAR *Format, ...)
{
    CRT_CALL(CrtFormatSecure(Buffer, Size, Count, TRUE, Format, Arguments));
}

int NTAPI _vsnwprintf_s(WCHAR *Buffer, size_t Size, size_t Count, const WCHAR *Format, NT_VA_LIST Arguments)
{
    return CrtFormatSecure(Buffer, Size, Count, TRUE, Format, Arguments);
}
