// SPDX-License-Identifier: MIT
/*
 * What the threads wait for. Each thread notes a wait in its KTHREAD before it
 * parks, by relaxed stores: whoever reads that at the same moment may see half of
 * it, which a report can live with.
 */
#include "nt/kip.h"
#include "nt/waits.h"

#define KI_FRAMES_MAX 16
#define NANOSECONDS 1000000000ULL

/* ---- lines --------------------------------------------------------------------------- */

typedef struct _KI_LINE
{
    struct _KI_LINE *Next;
    CHAR Text[512];
} KI_LINE;

VOID KiAddLine(PKI_LINES Lines, PCSTR Format, ...)
{
    KI_LINE *Line = HcAllocate(sizeof(*Line));
    __builtin_va_list Arguments;

    if (Line == NULL)
    {
        return; /* a shorter report */
    }
    Line->Next = NULL;
    __builtin_va_start(Arguments, Format);
    HcVFormat(Line->Text, sizeof(Line->Text), Format, Arguments);
    __builtin_va_end(Arguments);
    if (Lines->Last != NULL)
    {
        Lines->Last->Next = Line;
    }
    else
    {
        Lines->First = Line;
    }
    Lines->Last = Line;
}

VOID KiLogLines(PKI_LINES Lines)
{
    while (Lines->First != NULL)
    {
        KI_LINE *Line = Lines->First;
        Lines->First = Line->Next;
        HcLog(HcLogError, "%s", Line->Text);
        HcFree(Line);
    }
    Lines->Last = NULL;
}

/* ---- noting ---------------------------------------------------------------------------- */

PVOID KiFindDriverCaller(PKTHREAD Thread, PVOID Caller)
{
    PVOID Frames[KI_FRAMES_MAX];

    if (Thread->PrivateRoutine != NULL || IopFindDriver(Caller) != NULL)
    {
        return Caller;
    }
    SIZE_T Count = HcBacktrace(Frames, KI_FRAMES_MAX);
    for (SIZE_T Index = 0; Index < Count; Index++)
    {
        if (IopFindDriver(Frames[Index]) != NULL)
        {
            return Frames[Index];
        }
    }
    return Caller;
}

VOID KiNoteWait(PKTHREAD Thread, PCSTR What, PVOID Object, PVOID Caller)
{
    KiStoreRelaxed(&Thread->NoteObject, Object);
    KiStoreRelaxed(&Thread->NoteCaller, Caller);
    KiStoreRelaxed(&Thread->NoteSince, HcNow());
    KiStoreRelease(&Thread->NoteWhat, What);
}

VOID KiNoteWaitEnd(PKTHREAD Thread)
{
    KiStoreRelaxed(&Thread->NoteWhat, (PCSTR)NULL);
}

PCSTR KiObjectKind(const DISPATCHER_HEADER *Header)
{
    switch (Header->Type & 0x7F)
    {
    case KiNotificationEvent:
    case KiSynchronizationEvent:
        return "an event";
    case KiMutant:
        return "a mutex";
    case KiProcess:
        return "a process";
    case KiSemaphore:
        return "a semaphore";
    case KiThread:
        return "a thread to end";
    case KiNotificationTimer:
    case KiSynchronizationTimer:
        return "a timer";
    default:
        return "an object";
    }
}

/* ---- reporting --------------------------------------------------------------------------- */

/* FALSE: it is one of ours, and has nothing to do. */
static BOOLEAN KiAddThread(PKI_LINES Lines, PKTHREAD Thread)
{
    PCSTR What = KiLoadAcquire(&Thread->NoteWhat);
    PVOID Busy = KiLoadRelaxed(&Thread->Busy);
    CHAR Name[256], Where[256];

    if (Thread->PrivateRoutine != NULL && Busy == NULL)
    {
        return FALSE;
    }
    KiDescribeThread(Thread, Name, sizeof(Name));
    if (Busy != NULL)
    {
        HcDescribeAddress(Busy, Where, sizeof(Where));
        KiAddLine(Lines, "  %s: runs %s of %s", Name, Where, IopDriverName(Busy));
    }
    if (What != NULL)
    {
        PVOID Caller = KiLoadRelaxed(&Thread->NoteCaller);
        HcDescribeAddress(Caller, Where, sizeof(Where));
        KiAddLine(Lines, "  %s: waits for %s (%p) since %llu s, called by %s at %s", Name, What,
                  KiLoadRelaxed(&Thread->NoteObject),
                  (unsigned long long)((HcNow() - KiLoadRelaxed(&Thread->NoteSince)) / NANOSECONDS),
                  IopDriverName(Caller), Where);
    }
    else if (Busy == NULL)
    {
        KiAddLine(Lines, "  %s: waits for nothing of wskhost's; it runs, or is in a call of the host's", Name);
    }
    return TRUE;
}

static VOID KiAddProcessors(PKI_LINES Lines)
{
    for (ULONG Index = 0; Index < KiLoadRelaxed(&KiProcessorCount); Index++)
    {
        PKTHREAD Owner = KiLoadAcquire(&KiProcessors[Index].Owner);
        CHAR Name[256], Where[256];

        /* The threads' lock is held: those that are on its list exist. */
        if (Owner == NULL || !KiIsListedThread(Owner))
        {
            continue;
        }
        PVOID Caller = KiLoadRelaxed(&Owner->IrqlCaller);
        KiDescribeThread(Owner, Name, sizeof(Name));
        HcDescribeAddress(Caller, Where, sizeof(Where));
        KiAddLine(Lines, "  processor %u: at DISPATCH_LEVEL, %s, raised by %s", (unsigned)Index, Name,
                  Caller != NULL ? Where : "wskhost");
    }
}

VOID KiLogWaits(VOID)
{
    KI_LINES Lines = {0};
    ULONG Idle = 0;

    KiLockThreadList();
    for (PKTHREAD Thread = KiNextListedThread(NULL); Thread != NULL; Thread = KiNextListedThread(Thread))
    {
        Idle += !KiAddThread(&Lines, Thread);
    }
    KiAddProcessors(&Lines);
    KiUnlockThreadList();
    KiAddLine(&Lines, "  %u of wskhost's own threads have nothing to do", (unsigned)Idle);
    KiLogLines(&Lines);
}
