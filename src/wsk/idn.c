// SPDX-License-Identifier: MIT
/*
 * Names with letters beyond ASCII, in the form that DNS has: each such label
 * becomes "xn--" and Punycode (RFC 3492). Letters become small, but composed and
 * compatible forms are not sought, as IDNA would.
 */
#include "wsk/names.h"

#include "nt/rtlp.h"

#define LABEL_MAX 63

/* RFC 3492 section 5. */
#define BASE 36
#define TMIN 1
#define TMAX 26
#define SKEW 38
#define DAMP 700
#define INITIAL_BIAS 72
#define INITIAL_N 128

static CHAR Digit(ULONG Value)
{
    return (CHAR)(Value < 26 ? 'a' + Value : '0' + (Value - 26));
}

static ULONG Adapt(ULONG Delta, ULONG Points, BOOLEAN First)
{
    ULONG k = 0;

    Delta = First ? Delta / DAMP : Delta / 2;
    Delta += Delta / Points;
    for (; Delta > (BASE - TMIN) * TMAX / 2; k += BASE)
    {
        Delta /= BASE - TMIN;
    }
    return k + (BASE - TMIN + 1) * Delta / (Delta + SKEW);
}

/* Writes Delta as a variable-length integer; FALSE: the label is full. */
static BOOLEAN PutDelta(PSTR Out, PULONG Length, ULONG Delta, ULONG Bias)
{
    for (ULONG k = BASE;; k += BASE)
    {
        ULONG t = k <= Bias ? TMIN : k >= Bias + TMAX ? TMAX : k - Bias;

        if (*Length == LABEL_MAX)
        {
            return FALSE;
        }
        if (Delta < t)
        {
            Out[(*Length)++] = Digit(Delta);
            return TRUE;
        }
        Out[(*Length)++] = Digit(t + (Delta - t) % (BASE - t));
        Delta = (Delta - t) / (BASE - t);
    }
}

/* Appends the code points that are no ASCII, in order of their value. A label has
 * at most 255 of them below 0x110000: no sum overflows 32 bits. */
static BOOLEAN PutOthers(const ULONG *Points, ULONG Count, ULONG Basic, PSTR Out, PULONG Length)
{
    ULONG n = INITIAL_N, Delta = 0, Bias = INITIAL_BIAS;

    for (ULONG Handled = Basic; Handled < Count; Delta++, n++)
    {
        ULONG Next = ~0u;

        for (ULONG i = 0; i < Count; i++)
        {
            Next = Points[i] >= n && Points[i] < Next ? Points[i] : Next;
        }
        Delta += (Next - n) * (Handled + 1);
        n = Next;
        for (ULONG i = 0; i < Count; i++)
        {
            Delta += Points[i] < n;
            if (Points[i] == n)
            {
                if (!PutDelta(Out, Length, Delta, Bias))
                {
                    return FALSE;
                }
                Bias = Adapt(Delta, Handled + 1, Handled == Basic);
                Delta = 0;
                Handled++;
            }
        }
    }
    return TRUE;
}

/* One label in LABEL_MAX characters at most; FALSE: it does not fit. */
static BOOLEAN EncodeLabel(ULONG *Points, ULONG Count, PSTR Out, PULONG Length)
{
    ULONG Basic = 0, Have = 0;

    for (ULONG i = 0; i < Count; i++)
    {
        Basic += Points[i] < 0x80;
    }
    if (Basic < Count)
    {
        for (ULONG i = 0; i < Count; i++)
        {
            Points[i] = Points[i] < 0x10000 ? RtlDowncaseUnicodeChar((WCHAR)Points[i]) : Points[i];
        }
        RtlCopyMemory(Out, "xn--", 4);
        Have = 4;
    }
    for (ULONG i = 0; i < Count; i++)
    {
        if (Points[i] < 0x80)
        {
            if (Have == LABEL_MAX)
            {
                return FALSE;
            }
            Out[Have++] = (CHAR)Points[i];
        }
    }
    if (Basic < Count && Basic != 0)
    {
        if (Have == LABEL_MAX)
        {
            return FALSE;
        }
        Out[Have++] = '-';
    }
    *Length = Have;
    return PutOthers(Points, Count, Basic, Out, Length);
}

/* U+3002, U+FF0E and U+FF61 separate labels as the full stop does. */
static BOOLEAN IsDot(ULONG Point)
{
    return Point == '.' || Point == 0x3002 || Point == 0xFF0E || Point == 0xFF61;
}

NTSTATUS WskpNameToAscii(PCSTR Name, CHAR Ascii[WSKP_NAME_SIZE])
{
    ULONG Points[WSKP_NAME_SIZE];
    ULONG Count = 0, Have = 0;
    SIZE_T Left = strlen(Name);
    BOOLEAN Invalid = FALSE;

    for (BOOLEAN More = TRUE; More;)
    {
        CHAR Label[LABEL_MAX];
        ULONG Length, Point = 0;

        More = Left > 0;
        if (More)
        {
            Point = RtlpDecodeUtf8(&Name, &Left, &Invalid);
            if (!IsDot(Point))
            {
                Points[Count++] = Point;
                continue;
            }
        }
        if (!EncodeLabel(Points, Count, Label, &Length) || Have + Length + 2 > WSKP_NAME_SIZE)
        {
            return STATUS_NOT_FOUND;
        }
        RtlCopyMemory(Ascii + Have, Label, Length);
        Have += Length;
        if (More)
        {
            Ascii[Have++] = '.';
        }
        Count = 0;
    }
    Ascii[Have] = 0;
    return Invalid ? STATUS_NOT_FOUND : STATUS_SUCCESS;
}
