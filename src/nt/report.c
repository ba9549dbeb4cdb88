// SPDX-License-Identifier: MIT
/*
 * Reports on drivers that go on running: a mistake that was refused with a
 * status is told once per driver, function and kind, so that a mistake made per
 * packet does not drown the log.
 */
#include "nt/hostcall.h"
#include "nt/ntp.h"
#include "nt/rtlp.h"

#define KI_MISUSE_SLOTS 256 /* kinds told; later ones are not told twice, but not at all */

typedef struct _KI_MISUSE
{
    PIOP_DRIVER Driver;
    PCSTR Function;
    PCSTR Format; /* NULL: the slot is free */
} KI_MISUSE;

/* Slots are only ever filled. A driver loaded later at the address of a deleted
 * one could be taken for it; KiForgetMisuse prevents that. Lock: MisuseLock. */
static HC_LOCK MisuseLock;
static KI_MISUSE Misuses[KI_MISUSE_SLOTS];

static BOOLEAN KiSameText(PCSTR A, PCSTR B)
{
    while (*A != 0 && *A == *B)
    {
        A++;
        B++;
    }
    return *A == *B;
}

static BOOLEAN KiFirstMisuse(PIOP_DRIVER Driver, PCSTR Function, PCSTR Format)
{
    BOOLEAN First = FALSE;
    HcAcquireLock(&MisuseLock);
    for (ULONG Index = 0; Index < KI_MISUSE_SLOTS; Index++)
    {
        if (Misuses[Index].Format == NULL)
        {
            Misuses[Index].Driver = Driver;
            Misuses[Index].Function = Function;
            Misuses[Index].Format = Format;
            First = TRUE;
            break;
        }
        if (Misuses[Index].Driver == Driver && KiSameText(Misuses[Index].Function, Function) &&
            KiSameText(Misuses[Index].Format, Format))
        {
            break;
        }
    }
    HcReleaseLock(&MisuseLock);
    return First;
}

VOID KiForgetMisuse(PIOP_DRIVER Driver)
{
    HcAcquireLock(&MisuseLock);
    ULONG Kept = 0;
    for (ULONG Index = 0; Index < KI_MISUSE_SLOTS && Misuses[Index].Format != NULL; Index++)
    {
        if (Misuses[Index].Driver != Driver)
        {
            Misuses[Kept++] = Misuses[Index];
        }
    }
    RtlZeroMemory(&Misuses[Kept], (KI_MISUSE_SLOTS - Kept) * sizeof(Misuses[0]));
    HcReleaseLock(&MisuseLock);
}

VOID NTAPI KiReportMisuse(PVOID Caller, PCSTR Function, PCSTR Format, ...)
{
    CHAR Text[512];
    CHAR Where[160];
    RTLP_OUTPUT Output = {.Buffer = Text, .Capacity = sizeof(Text) - 1, .Length = 0, .Wide = FALSE};
    NT_VA_LIST Arguments;

    if (!KiFirstMisuse(IopFindDriver(Caller), Function, Format))
    {
        return;
    }
    NT_VA_START(Arguments, Format);
    RtlpFormat(&Output, Format, Arguments);
    NT_VA_END(Arguments);
    Text[Output.Length < sizeof(Text) ? Output.Length : sizeof(Text) - 1] = 0;
    HcDescribeAddress(Caller, Where, sizeof(Where));
    HcLog(HcLogWarning, "%s: %s: %s (called from %s; told once)", IopDriverName(Caller), Function, Text, Where);
}
