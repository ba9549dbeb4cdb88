// SPDX-License-Identifier: MIT
/*
 * The C run-time of drivers: numbers from and to text with Windows' 32-bit long,
 * pseudo-random numbers, sorting. Any IRQL that the memory allows.
 */
#include <stdlib.h>

#include "nt/ntp.h"
#include "nt/rtlp.h"

#ifdef __clang__
#pragma GCC diagnostic ignored "-Wincompatible-library-redeclaration"
#else
#pragma GCC diagnostic ignored "-Wbuiltin-declaration-mismatch"
#endif

#define CRT_EINVAL 22
#define CRT_ERANGE 34

/* ---- from text ---------------------------------------------------------------------------- */

/* What a text of either width says. */
typedef struct _CRT_NUMBER
{
    ULONGLONG Value;  /* amount, or its type's largest when Overflow */
    SIZE_T Length;    /* characters read; 0: no number */
    BOOLEAN Negative;
    BOOLEAN Overflow; /* more than 64 bits */
} CRT_NUMBER;

static ULONG CrtAt(const VOID *Text, BOOLEAN Wide, SIZE_T Index)
{
    return Wide ? ((const WCHAR *)Text)[Index] : ((const UCHAR *)Text)[Index];
}

static ULONG CrtDigit(ULONG Character)
{
    if (Character >= '0' && Character <= '9')
    {
        return Character - '0';
    }
    Character |= 0x20;
    return Character >= 'a' && Character <= 'z' ? Character - 'a' + 10 : MAXULONG;
}

static CRT_NUMBER CrtParse(const VOID *Text, BOOLEAN Wide, ULONG Base)
{
    CRT_NUMBER Number = {0, 0, FALSE, FALSE};
    SIZE_T Index = 0;

    if (Base == 1 || Base > 36)
    {
        return Number;
    }
    while (CrtAt(Text, Wide, Index) == ' ' || (CrtAt(Text, Wide, Index) >= 9 && CrtAt(Text, Wide, Index) <= 13))
    {
        Index++;
    }
    if (CrtAt(Text, Wide, Index) == '-' || CrtAt(Text, Wide, Index) == '+')
    {
        Number.Negative = CrtAt(Text, Wide, Index++) == '-';
    }
    if ((Base == 0 || Base == 16) && CrtAt(Text, Wide, Index) == '0' && (CrtAt(Text, Wide, Index + 1) | 0x20) == 'x' &&
        CrtDigit(CrtAt(Text, Wide, Index + 2)) < 16)
    {
        Index += 2;
        Base = 16;
    }
    else if (Base == 0)
    {
        Base = CrtAt(Text, Wide, Index) == '0' ? 8 : 10;
    }
    for (; CrtDigit(CrtAt(Text, Wide, Index)) < Base; Index++)
    {
        ULONG Digit = CrtDigit(CrtAt(Text, Wide, Index));
        Number.Overflow = Number.Overflow || __builtin_mul_overflow(Number.Value, (ULONGLONG)Base, &Number.Value) ||
                          __builtin_add_overflow(Number.Value, (ULONGLONG)Digit, &Number.Value);
        Number.Length = Index + 1;
    }
    return Number;
}

static LONGLONG CrtSigned(CRT_NUMBER Number, ULONGLONG Largest)
{
    if (Number.Negative)
    {
        return Number.Overflow || Number.Value > Largest + 1 ? -(LONGLONG)Largest - 1
                                                             : (LONGLONG)(0 - Number.Value);
    }
    return Number.Overflow || Number.Value > Largest ? (LONGLONG)Largest : (LONGLONG)Number.Value;
}

static ULONGLONG CrtUnsigned(CRT_NUMBER Number, ULONGLONG Largest)
{
    if (Number.Overflow || Number.Value > Largest)
    {
        return Largest;
    }
    return Number.Negative ? (0 - Number.Value) & Largest : Number.Value;
}

static CRT_NUMBER CrtParseNarrow(const char *String, char **End, int Base)
{
    CRT_NUMBER Number = CrtParse(String, FALSE, (ULONG)Base);
    if (End != NULL)
    {
        *End = (char *)(ULONG_PTR)String + Number.Length;
    }
    return Number;
}

static CRT_NUMBER CrtParseWide(const WCHAR *String, WCHAR **End, int Base)
{
    CRT_NUMBER Number = CrtParse(String, TRUE, (ULONG)Base);
    if (End != NULL)
    {
        *End = (WCHAR *)(ULONG_PTR)String + Number.Length;
    }
    return Number;
}

int NTAPI strtol(const char *String, char **End, int Base)
{
    return (int)CrtSigned(CrtParseNarrow(String, End, Base), MAXLONG);
}

unsigned int NTAPI strtoul(const char *String, char **End, int Base)
{
    return (unsigned int)CrtUnsigned(CrtParseNarrow(String, End, Base), MAXULONG);
}

long long NTAPI _strtoi64(const char *String, char **End, int Base)
{
    return CrtSigned(CrtParseNarrow(String, End, Base), MAXLONGLONG);
}

unsigned long long NTAPI _strtoui64(const char *String, char **End, int Base)
{
    return CrtUnsigned(CrtParseNarrow(String, End, Base), MAXULONGLONG);
}

int NTAPI atoi(const char *String)
{
    return strtol(String, NULL, 10);
}

int NTAPI atol(const char *String)
{
    return strtol(String, NULL, 10);
}

long long NTAPI _atoi64(const char *String)
{
    return _strtoi64(String, NULL, 10);
}

int NTAPI wcstol(const WCHAR *String, WCHAR **End, int Base)
{
    return (int)CrtSigned(CrtParseWide(String, End, Base), MAXLONG);
}

unsigned int NTAPI wcstoul(const WCHAR *String, WCHAR **End, int Base)
{
    return (unsigned int)CrtUnsigned(CrtParseWide(String, End, Base), MAXULONG);
}

unsigned long long NTAPI _wcstoui64(const WCHAR *String, WCHAR **End, int Base)
{
    return CrtUnsigned(CrtParseWide(String, End, Base), MAXULONGLONG);
}

int NTAPI _wtoi(const WCHAR *String)
{
    return wcstol(String, NULL, 10);
}

/* ---- to text -------------------------------------------------------------------------------- */

/* Length without the terminator; 0: it needs more than Size. */
static SIZE_T CrtPrintNumber(ULONGLONG Value, BOOLEAN Negative, char *Buffer, SIZE_T Size, int Radix)
{
    CHAR Digits[64];
    ULONG Count = RtlpFormatInteger(Negative ? 0 - Value : Value, (ULONG)Radix, FALSE, Digits);
    SIZE_T Length = (SIZE_T)Count + Negative;

    if (Length >= Size)
    {
        return 0;
    }
    Buffer[0] = '-';
    memcpy(Buffer + Negative, Digits, Count);
    Buffer[Length] = 0;
    return Length;
}

static BOOLEAN CrtValidRadix(int Radix)
{
    return Radix >= 2 && Radix <= 36;
}

static char *CrtToText(ULONGLONG Value, BOOLEAN Negative, char *Buffer, int Radix)
{
    if (CrtValidRadix(Radix))
    {
        CrtPrintNumber(Value, Negative, Buffer, (SIZE_T)-1, Radix);
    }
    else
    {
        Buffer[0] = 0;
    }
    return Buffer;
}

static errno_t CrtToTextSecure(ULONGLONG Value, BOOLEAN Negative, char *Buffer, SIZE_T Size, int Radix)
{
    if (Buffer == NULL || Size == 0)
    {
        return CRT_EINVAL;
    }
    if (!CrtValidRadix(Radix))
    {
        Buffer[0] = 0;
        return CRT_EINVAL;
    }
    if (CrtPrintNumber(Value, Negative, Buffer, Size, Radix) == 0)
    {
        Buffer[0] = 0;
        return CRT_ERANGE;
    }
    return 0;
}

/* A minus sign is written in decimal only; other radices show the bits. */
char *NTAPI _itoa(int Value, char *Buffer, int Radix)
{
    BOOLEAN Negative = Radix == 10 && Value < 0;
    return CrtToText(Negative ? (ULONGLONG)(LONGLONG)Value : (ULONG)Value, Negative, Buffer, Radix);
}

char *NTAPI _ltoa(int Value, char *Buffer, int Radix)
{
    return _itoa(Value, Buffer, Radix);
}

char *NTAPI _ultoa(unsigned int Value, char *Buffer, int Radix)
{
    return CrtToText(Value, FALSE, Buffer, Radix);
}

char *NTAPI _i64toa(long long Value, char *Buffer, int Radix)
{
    return CrtToText((ULONGLONG)Value, Radix == 10 && Value < 0, Buffer, Radix);
}

char *NTAPI _ui64toa(unsigned long long Value, char *Buffer, int Radix)
{
    return CrtToText(Value, FALSE, Buffer, Radix);
}

errno_t NTAPI _itoa_s(int Value, char *Buffer, size_t Size, int Radix)
{
    BOOLEAN Negative = Radix == 10 && Value < 0;
    return CrtToTextSecure(Negative ? (ULONGLONG)(LONGLONG)Value : (ULONG)Value, Negative, Buffer, Size, Radix);
}

errno_t NTAPI _ultoa_s(unsigned int Value, char *Buffer, size_t Size, int Radix)
{
    return CrtToTextSecure(Value, FALSE, Buffer, Size, Radix);
}

/* ---- the rest ---------------------------------------------------------------------------------- */

int NTAPI labs(int Value)
{
    return Value < 0 ? -Value : Value;
}

static ULONG RandomSeed = 1; /* atomic */

/* Microsoft's sequence: 15 bits, the same from the same seed. */
int NTAPI rand(void)
{
    ULONG Old = __atomic_load_n(&RandomSeed, __ATOMIC_RELAXED);
    ULONG New;
    do
    {
        New = Old * 214013 + 2531011;
    } while (!__atomic_compare_exchange_n(&RandomSeed, &Old, New, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    return (int)(New >> 16 & 0x7FFF);
}

void NTAPI srand(unsigned int Seed)
{
    __atomic_store_n(&RandomSeed, Seed, __ATOMIC_RELAXED);
}

static VOID CrtSwap(UCHAR *A, UCHAR *B, SIZE_T Size)
{
    for (SIZE_T Index = 0; Index < Size; Index++)
    {
        UCHAR Saved = A[Index];
        A[Index] = B[Index];
        B[Index] = Saved;
    }
}

/* Lets the element at Root sink in the heap of Count elements. */
static VOID CrtSink(UCHAR *Base, SIZE_T Root, SIZE_T Count, SIZE_T Size,
                    int(NTAPI *Compare)(const void *, const void *))
{
    for (SIZE_T Child; (Child = 2 * Root + 1) < Count; Root = Child)
    {
        if (Child + 1 < Count && Compare(Base + Child * Size, Base + (Child + 1) * Size) < 0)
        {
            Child++;
        }
        if (Compare(Base + Root * Size, Base + Child * Size) >= 0)
        {
            return;
        }
        CrtSwap(Base + Root * Size, Base + Child * Size, Size);
    }
}

/* A heap sort: a kernel stack has no room for recursion. */
void NTAPI qsort(void *Base, size_t Count, size_t Size, int(NTAPI *Compare)(const void *, const void *))
{
    UCHAR *Bytes = Base;
    for (SIZE_T Root = Count / 2; Root > 0; Root--)
    {
        CrtSink(Bytes, Root - 1, Count, Size, Compare);
    }
    for (SIZE_T Last = Count; Last > 1; Last--)
    {
        CrtSwap(Bytes, Bytes + (Last - 1) * Size, Size);
        CrtSink(Bytes, 0, Last - 1, Size, Compare);
    }
}

void *NTAPI bsearch(const void *Key, const void *Base, size_t Count, size_t Size,
                    int(NTAPI *Compare)(const void *, const void *))
{
    const UCHAR *Low = Base;
    while (Count > 0)
    {
        const UCHAR *Middle = Low + Count / 2 * Size;
        int Order = Compare(Key, Middle);
        if (Order == 0)
        {
            return (void *)(ULONG_PTR)Middle;
        }
        if (Order > 0)
        {
            Low = Middle + Size;
            Count -= Count / 2 + 1;
        }
        else
        {
            Count /= 2;
        }
    }
    return NULL;
}
