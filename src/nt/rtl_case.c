// SPDX-License-Identifier: MIT
/*
 * Upper and lower case of single UTF-16 units, by the simple one-to-one mapping
 * NT's file and object names use: Latin, Greek, Cyrillic, Armenian, and the
 * letters of the width and number forms.
 */
#include "nt/ntp.h"
#include "nt/rtlp.h"

/*
 * Lower-case letters [First, Last] whose upper case is Delta away. Step 2: every
 * second unit is one, the others are upper case. Sorted by First, no overlap.
 */
typedef struct _RTLP_CASE
{
    WCHAR First;
    WCHAR Last;
    SHORT Delta;
    USHORT Step;
} RTLP_CASE;

static const RTLP_CASE Cases[] = {
    {0x0061, 0x007A, -32, 1},   {0x00E0, 0x00F6, -32, 1},   {0x00F8, 0x00FE, -32, 1},   {0x00FF, 0x00FF, 121, 1},
    {0x0101, 0x012F, -1, 2},    {0x0133, 0x0137, -1, 2},    {0x013A, 0x0148, -1, 2},    {0x014B, 0x0177, -1, 2},
    {0x017A, 0x017E, -1, 2},    {0x0183, 0x0185, -1, 2},    {0x01A1, 0x01A5, -1, 2},    {0x01CE, 0x01DC, -1, 2},
    {0x01DF, 0x01EF, -1, 2},    {0x01F9, 0x021F, -1, 2},    {0x0223, 0x0233, -1, 2},    {0x03AC, 0x03AC, -38, 1},
    {0x03AD, 0x03AF, -37, 1},   {0x03B1, 0x03C1, -32, 1},   {0x03C2, 0x03C2, -31, 1},   {0x03C3, 0x03CB, -32, 1},
    {0x03CC, 0x03CC, -64, 1},   {0x03CD, 0x03CE, -63, 1},   {0x03D9, 0x03EF, -1, 2},    {0x0430, 0x044F, -32, 1},
    {0x0450, 0x045F, -80, 1},   {0x0461, 0x0481, -1, 2},    {0x048B, 0x04BF, -1, 2},    {0x04C2, 0x04CE, -1, 2},
    {0x04D1, 0x052F, -1, 2},    {0x0561, 0x0586, -48, 1},   {0x1E01, 0x1E95, -1, 2},    {0x1EA1, 0x1EFF, -1, 2},
    {0x2170, 0x217F, -16, 1},   {0x24D0, 0x24E9, -26, 1},   {0xFF41, 0xFF5A, -32, 1},
};

/* The upper case of a unit, itself when it has none. Any IRQL here; PASSIVE_LEVEL
 * on Windows. Page: nf-ntifs-rtlupcaseunicodechar. */
WCHAR NTAPI RtlUpcaseUnicodeChar(WCHAR SourceCharacter)
{
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Cases) && SourceCharacter >= Cases[Index].First; Index++)
    {
        const RTLP_CASE *Case = &Cases[Index];
        if (SourceCharacter <= Case->Last && (SourceCharacter - Case->First) % Case->Step == 0)
        {
            return (WCHAR)(SourceCharacter + Case->Delta);
        }
    }
    return SourceCharacter;
}

/* The lower case of a unit, itself when it has none. As RtlUpcaseUnicodeChar. */
WCHAR NTAPI RtlDowncaseUnicodeChar(WCHAR SourceCharacter)
{
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Cases); Index++)
    {
        const RTLP_CASE *Case = &Cases[Index];
        WCHAR Lower = (WCHAR)(SourceCharacter - Case->Delta);
        /* Final sigma shares its upper case with sigma, which it maps back to. */
        if (Lower >= Case->First && Lower <= Case->Last && (Lower - Case->First) % Case->Step == 0 && Lower != 0x03C2)
        {
            return Lower;
        }
    }
    return SourceCharacter;
}

/* The upper case of an ANSI character; of one byte, so of ASCII only, since the
 * code page is UTF-8. Any IRQL. Page: nf-wdm-rtlupperchar. */
CHAR NTAPI RtlUpperChar(CHAR Character)
{
    return Character >= 'a' && Character <= 'z' ? (CHAR)(Character - 32) : Character;
}
