// SPDX-License-Identifier: MIT
/*
 * DbgPrint and its relatives. Text goes to the host's log line by line, each
 * line with the name of the driver that wrote it. Every component and level is
 * shown: on Windows a registry value chooses, here the log's own level does.
 */
#include "nt/dbgp.h"
#include "nt/hostcall.h"
#include "nt/ntp.h"
#include "nt/rtlp.h"

#define DBGP_CALL_MAX 1024 /* characters of one call; Windows keeps 512 */
#define DBGP_LINE_MAX 1024
#define DBGP_PARTIAL_LINES 32

/*
 * A line that some thread has begun and not ended.
 * Owner: this file. Lock: PartialLock. Free when Length is 0.
 */
typedef struct _DBGP_PARTIAL
{
    ULONG ThreadId;
    HC_LOG_LEVEL Level;
    CHAR Driver[64];
    SIZE_T Length;
    CHAR Text[DBGP_LINE_MAX];
} DBGP_PARTIAL, *PDBGP_PARTIAL;

static HC_LOCK PartialLock;
static DBGP_PARTIAL Partials[DBGP_PARTIAL_LINES];

/* Levels are numbers below 32, or else masks of 1 << level. */
static HC_LOG_LEVEL DbgpLogLevel(ULONG Level)
{
    ULONG Mask = Level < 32 ? 1U << Level : Level;
    if ((Mask & (1U << DPFLTR_ERROR_LEVEL)) != 0)
    {
        return HcLogError;
    }
    if ((Mask & (1U << DPFLTR_WARNING_LEVEL)) != 0)
    {
        return HcLogWarning;
    }
    return (Mask & (1U << DPFLTR_TRACE_LEVEL)) != 0 ? HcLogDebug : HcLogInfo;
}

static SIZE_T DbgpCopyName(PCSTR Name, CHAR Buffer[64])
{
    SIZE_T Length = 0;
    while (Length < 63 && Name[Length] != 0)
    {
        Buffer[Length] = Name[Length];
        Length++;
    }
    Buffer[Length] = 0;
    return Length;
}

static BOOLEAN DbgpSameName(PCSTR A, PCSTR B)
{
    while (*A != 0 && *A == *B)
    {
        A++;
        B++;
    }
    return *A == *B;
}

/* Takes out the line this thread has begun, if there is one. */
static BOOLEAN DbgpTakePartial(ULONG ThreadId, PDBGP_PARTIAL Line)
{
    BOOLEAN Found = FALSE;
    HcAcquireLock(&PartialLock);
    for (ULONG Index = 0; Index < DBGP_PARTIAL_LINES && !Found; Index++)
    {
        if (Partials[Index].Length != 0 && Partials[Index].ThreadId == ThreadId)
        {
            RtlCopyMemory(Line, &Partials[Index], FIELD_OFFSET(DBGP_PARTIAL, Text) + Partials[Index].Length);
            Partials[Index].Length = 0;
            Found = TRUE;
        }
    }
    HcReleaseLock(&PartialLock);
    return Found;
}

/* FALSE when too many threads have one: it is then printed as it is. */
static BOOLEAN DbgpKeepPartial(const DBGP_PARTIAL *Line)
{
    BOOLEAN Kept = FALSE;
    HcAcquireLock(&PartialLock);
    for (ULONG Index = 0; Index < DBGP_PARTIAL_LINES && !Kept; Index++)
    {
        if (Partials[Index].Length == 0)
        {
            RtlCopyMemory(&Partials[Index], Line, FIELD_OFFSET(DBGP_PARTIAL, Text) + Line->Length);
            Kept = TRUE;
        }
    }
    HcReleaseLock(&PartialLock);
    return Kept;
}

static VOID DbgpPrintLine(PDBGP_PARTIAL Line)
{
    HcLog(Line->Level, "%s: %.*s", Line->Driver, (int)Line->Length, Line->Text);
    Line->Length = 0;
}

static VOID DbgpWrite(HC_LOG_LEVEL Level, PCSTR Driver, PCSTR Text, SIZE_T Length)
{
    DBGP_PARTIAL Line;
    ULONG ThreadId = HcCurrentThreadId();

    if (DbgpTakePartial(ThreadId, &Line))
    {
        if (!DbgpSameName(Line.Driver, Driver))
        {
            DbgpPrintLine(&Line);
        }
    }
    else
    {
        Line.Length = 0;
    }
    Line.ThreadId = ThreadId;
    Line.Level = Line.Length != 0 && Line.Level < Level ? Line.Level : Level;
    DbgpCopyName(Driver, Line.Driver);

    for (SIZE_T Index = 0; Index < Length; Index++)
    {
        if (Text[Index] == '\n')
        {
            DbgpPrintLine(&Line);
            Line.Level = Level;
        }
        else if (Text[Index] != '\r')
        {
            if (Line.Length == DBGP_LINE_MAX)
            {
                DbgpPrintLine(&Line);
            }
            Line.Text[Line.Length++] = Text[Index] != 0 ? Text[Index] : ' ';
        }
    }
    if (Line.Length != 0 && !DbgpKeepPartial(&Line))
    {
        DbgpPrintLine(&Line);
    }
}

VOID DbgpFlushLines(PCSTR Driver)
{
    DBGP_PARTIAL Line;
    for (ULONG Index = 0; Index < DBGP_PARTIAL_LINES; Index++)
    {
        HcAcquireLock(&PartialLock);
        BOOLEAN Take = Partials[Index].Length != 0 && (Driver == NULL || DbgpSameName(Partials[Index].Driver, Driver));
        if (Take)
        {
            RtlCopyMemory(&Line, &Partials[Index], sizeof(Line));
            Partials[Index].Length = 0;
        }
        HcReleaseLock(&PartialLock);
        if (Take)
        {
            DbgpPrintLine(&Line);
        }
    }
}

static ULONG DbgpPrint(PCSTR Prefix, ULONG Level, PCSTR Format, NT_VA_LIST Arguments, PVOID Caller)
{
    CHAR Text[DBGP_CALL_MAX];
    RTLP_OUTPUT Output = {.Buffer = Text, .Capacity = sizeof(Text), .Length = 0, .Wide = FALSE};

    if (!HcLogWants(DbgpLogLevel(Level)))
    {
        return (ULONG)STATUS_SUCCESS;
    }
    while (*Prefix != 0 && Output.Length < Output.Capacity)
    {
        Text[Output.Length++] = *Prefix++;
    }
    RtlpFormat(&Output, Format, Arguments);
    if (Output.Length > sizeof(Text))
    {
        Output.Length = sizeof(Text);
        RtlCopyMemory(&Text[sizeof(Text) - 4], "...\n", 4);
    }
    DbgpWrite(DbgpLogLevel(Level), IopDriverName(Caller), Text, Output.Length);
    return (ULONG)STATUS_SUCCESS;
}

/* Writes a line or a part of one to the log. Any IRQL here; DIRQL at most on
 * Windows. Page: nf-wdm-dbgprint. */
ULONG NTAPI DbgPrint(PCSTR Format, ...)
{
    NT_VA_LIST Arguments;
    NT_VA_START(Arguments, Format);
    ULONG Status = DbgpPrint("", DPFLTR_INFO_LEVEL, Format, Arguments, __builtin_return_address(0));
    NT_VA_END(Arguments);
    return Status;
}

/* As DbgPrint with a level that the log knows as well. Page: nf-wdm-dbgprintex. */
ULONG NTAPI DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...)
{
    NT_VA_LIST Arguments;
    UNREFERENCED_PARAMETER(ComponentId);
    NT_VA_START(Arguments, Format);
    ULONG Status = DbgpPrint("", Level, Format, Arguments, __builtin_return_address(0));
    NT_VA_END(Arguments);
    return Status;
}

/* As DbgPrintEx. Page: nf-wdm-vdbgprintex. */
ULONG NTAPI vDbgPrintEx(ULONG ComponentId, ULONG Level, PCCH Format, NT_VA_LIST arglist)
{
    UNREFERENCED_PARAMETER(ComponentId);
    return DbgpPrint("", Level, Format, arglist, __builtin_return_address(0));
}

/* As vDbgPrintEx with Prefix in front. Page: nf-wdm-vdbgprintexwithprefix. */
ULONG NTAPI vDbgPrintExWithPrefix(PCCH Prefix, ULONG ComponentId, ULONG Level, PCCH Format, NT_VA_LIST arglist)
{
    UNREFERENCED_PARAMETER(ComponentId);
    return DbgpPrint(Prefix, Level, Format, arglist, __builtin_return_address(0));
}

/* TRUE when text of that component and level is shown. Any IRQL. */
NTSTATUS NTAPI DbgQueryDebugFilterState(ULONG ComponentId, ULONG Level)
{
    UNREFERENCED_PARAMETER(ComponentId);
    return HcLogWants(DbgpLogLevel(Level)) ? TRUE : FALSE;
}

/* The log's level decides alone here: refused. Any IRQL. */
NTSTATUS NTAPI DbgSetDebugFilterState(ULONG ComponentId, ULONG Level, BOOLEAN State)
{
    UNREFERENCED_PARAMETER(ComponentId);
    UNREFERENCED_PARAMETER(Level);
    UNREFERENCED_PARAMETER(State);
    return STATUS_NOT_SUPPORTED;
}

/* Stops in the debugger; without one the process ends, as Windows does then. Any
 * IRQL. Page: nf-wdm-dbgbreakpoint. */
VOID NTAPI DbgBreakPoint(VOID)
{
    CHAR Where[160];
    HcDescribeAddress(__builtin_return_address(0), Where, sizeof(Where));
    HcLog(HcLogError, "%s: breakpoint at %s", IopDriverName(__builtin_return_address(0)), Where);
    __asm__ volatile("int3");
}

/* As DbgBreakPoint, with a number for the debugger. Page:
 * nf-wdm-dbgbreakpointwithstatus. */
VOID NTAPI DbgBreakPointWithStatus(ULONG Status)
{
    CHAR Where[160];
    HcDescribeAddress(__builtin_return_address(0), Where, sizeof(Where));
    HcLog(HcLogError, "%s: breakpoint 0x%08X at %s", IopDriverName(__builtin_return_address(0)), (unsigned)Status,
          Where);
    __asm__ volatile("int3");
}
