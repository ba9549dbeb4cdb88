// SPDX-License-Identifier: MIT
/*
 * Bit maps over the caller's ULONGs. The caller serialises. Any IRQL its memory
 * allows. Pages: nf-wdm-rtl...bit... .
 */
#include "nt/ntp.h"

#define RTLP_NOT_FOUND MAXULONG

static BOOLEAN RtlpBit(const RTL_BITMAP *Map, ULONG Index)
{
    return (Map->Buffer[Index / 32] >> (Index % 32) & 1) != 0;
}

static VOID RtlpPutBit(PRTL_BITMAP Map, ULONG Index, BOOLEAN Set)
{
    ULONG Mask = 1U << (Index % 32);
    Map->Buffer[Index / 32] = Set ? Map->Buffer[Index / 32] | Mask : Map->Buffer[Index / 32] & ~Mask;
}

/* Makes the header describe SizeOfBitMap bits at BitMapBuffer, unchanged. */
VOID NTAPI RtlInitializeBitMap(PRTL_BITMAP BitMapHeader, PULONG BitMapBuffer, ULONG SizeOfBitMap)
{
    BitMapHeader->SizeOfBitMap = SizeOfBitMap;
    BitMapHeader->Buffer = BitMapBuffer;
}

VOID NTAPI RtlClearBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    RtlpPutBit(BitMapHeader, BitNumber, FALSE);
}

VOID NTAPI RtlSetBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    RtlpPutBit(BitMapHeader, BitNumber, TRUE);
}

BOOLEAN NTAPI RtlTestBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    return RtlpBit(BitMapHeader, BitNumber);
}

/* Whole ULONGs are written, bits behind the last one included, as on Windows. */
VOID NTAPI RtlClearAllBits(PRTL_BITMAP BitMapHeader)
{
    memset(BitMapHeader->Buffer, 0, ((SIZE_T)BitMapHeader->SizeOfBitMap + 31) / 32 * sizeof(ULONG));
}

VOID NTAPI RtlSetAllBits(PRTL_BITMAP BitMapHeader)
{
    memset(BitMapHeader->Buffer, 0xFF, ((SIZE_T)BitMapHeader->SizeOfBitMap + 31) / 32 * sizeof(ULONG));
}

VOID NTAPI RtlClearBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToClear)
{
    for (ULONG Count = 0; Count < NumberToClear; Count++)
    {
        RtlpPutBit(BitMapHeader, StartingIndex + Count, FALSE);
    }
}

VOID NTAPI RtlSetBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToSet)
{
    for (ULONG Count = 0; Count < NumberToSet; Count++)
    {
        RtlpPutBit(BitMapHeader, StartingIndex + Count, TRUE);
    }
}

static BOOLEAN RtlpAre(const RTL_BITMAP *Map, ULONG Start, ULONG Length, BOOLEAN Set)
{
    if (Length > Map->SizeOfBitMap || Start > Map->SizeOfBitMap - Length)
    {
        return FALSE;
    }
    for (ULONG Count = 0; Count < Length; Count++)
    {
        if (RtlpBit(Map, Start + Count) != Set)
        {
            return FALSE;
        }
    }
    return TRUE;
}

BOOLEAN NTAPI RtlAreBitsClear(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG Length)
{
    return Length != 0 && RtlpAre(BitMapHeader, StartingIndex, Length, FALSE);
}

BOOLEAN NTAPI RtlAreBitsSet(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG Length)
{
    return Length != 0 && RtlpAre(BitMapHeader, StartingIndex, Length, TRUE);
}

/* First run of Number such bits that starts in [From, To). */
static ULONG RtlpFindFrom(const RTL_BITMAP *Map, ULONG Number, ULONG From, ULONG To, BOOLEAN Set)
{
    ULONG Run = 0;
    for (ULONG Index = From; Index < Map->SizeOfBitMap && Index - Run < To; Index++)
    {
        Run = RtlpBit(Map, Index) == Set ? Run + 1 : 0;
        if (Run == Number)
        {
            return Index + 1 - Number;
        }
    }
    return RTLP_NOT_FOUND;
}

/* From the hint to the end, then from the start. */
static ULONG RtlpFind(const RTL_BITMAP *Map, ULONG Number, ULONG Hint, BOOLEAN Set)
{
    Hint = Hint >= Map->SizeOfBitMap ? 0 : Hint;
    if (Number == 0)
    {
        return Hint & ~7U;
    }
    ULONG Found = RtlpFindFrom(Map, Number, Hint, Map->SizeOfBitMap, Set);
    return Found != RTLP_NOT_FOUND || Hint == 0 ? Found : RtlpFindFrom(Map, Number, 0, Hint, Set);
}

/* Start of a run of NumberToFind clear bits at or behind HintIndex, else anywhere;
 * 0xFFFFFFFF: none. */
ULONG NTAPI RtlFindClearBits(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    return RtlpFind(BitMapHeader, NumberToFind, HintIndex, FALSE);
}

ULONG NTAPI RtlFindSetBits(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    return RtlpFind(BitMapHeader, NumberToFind, HintIndex, TRUE);
}

ULONG NTAPI RtlFindClearBitsAndSet(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    ULONG Found = RtlpFind(BitMapHeader, NumberToFind, HintIndex, FALSE);
    if (Found != RTLP_NOT_FOUND)
    {
        RtlSetBits(BitMapHeader, Found, NumberToFind);
    }
    return Found;
}

ULONG NTAPI RtlFindSetBitsAndClear(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    ULONG Found = RtlpFind(BitMapHeader, NumberToFind, HintIndex, TRUE);
    if (Found != RTLP_NOT_FOUND)
    {
        RtlClearBits(BitMapHeader, Found, NumberToFind);
    }
    return Found;
}

ULONG NTAPI RtlNumberOfSetBits(PRTL_BITMAP BitMapHeader)
{
    ULONG Count = 0;
    for (ULONG Index = 0; Index < BitMapHeader->SizeOfBitMap; Index++)
    {
        Count += RtlpBit(BitMapHeader, Index);
    }
    return Count;
}

ULONG NTAPI RtlNumberOfClearBits(PRTL_BITMAP BitMapHeader)
{
    return BitMapHeader->SizeOfBitMap - RtlNumberOfSetBits(BitMapHeader);
}

/* Index of the highest set bit, -1: none. */
CCHAR NTAPI RtlFindMostSignificantBit(ULONGLONG Set)
{
    return Set == 0 ? -1 : (CCHAR)(63 - __builtin_clzll(Set));
}

/* Index of the lowest set bit, -1: none. */
CCHAR NTAPI RtlFindLeastSignificantBit(ULONGLONG Set)
{
    return Set == 0 ? -1 : (CCHAR)__builtin_ctzll(Set);
}
