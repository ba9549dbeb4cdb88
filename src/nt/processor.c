// SPDX-License-Identifier: MIT
/*
 * Virtual processors: how a thread gets one when it raises to DISPATCH_LEVEL,
 * what happens when it gives it up (deferred routines, DPCs, the next in line),
 * and the host threads that serve processors nobody owns.
 *
 *     free --- raise: compare-exchange -------------------> owned
 *     owned -- lower: queues run empty ------------------> free
 *     owned -- lower, somebody parked: handed over ------> owned
 *
 * Whoever adds work to a processor, or parks for one, first publishes that and
 * then looks at Owner; whoever gives a processor up first clears Owner and then
 * looks for work and parked threads. All four are sequentially consistent, so one
 * of the two sees the other.
 */
#include "nt/kip.h"
#include "nt/sehp.h"

KI_PROCESSOR KiProcessors[KI_PROCESSORS_MAX];
ULONG KiProcessorCount;

static KI_PROCESSOR_LOOP Loop; /* Run is NULL: plain parking. Immutable while up */
static ULONG Stopping;         /* atomic */

/* Threads that want a processor, in order of arrival. */
static HC_LOCK RaiserLock;
static LIST_ENTRY Raisers = {&Raisers, &Raisers}; /* RaiserLock */
static LONG RaiserCount;                          /* written under RaiserLock */

/* ---- taking one ------------------------------------------------------------------ */

static BOOLEAN KiMayRunOn(PKTHREAD Thread, ULONG Index)
{
    return Thread->Affinity == 0 || (Thread->Affinity >> Index & 1) != 0;
}

static VOID KiSetProcessor(PKTHREAD Thread, PKI_PROCESSOR Processor)
{
    Thread->Processor = Processor;
    if (!Thread->PinnedHome)
    {
        Thread->LastProcessor = Processor->Index;
    }
}

static BOOLEAN KiTryTake(PKTHREAD Thread, PKI_PROCESSOR Processor)
{
    if (KiLoad(&Processor->Owner) != NULL || !KiSwapIf(&Processor->Owner, NULL, Thread))
    {
        return FALSE;
    }
    KiSetProcessor(Thread, Processor);
    return TRUE;
}

static BOOLEAN KiTryTakeAny(PKTHREAD Thread)
{
    ULONG Count = KiLoadRelaxed(&KiProcessorCount);
    ULONG Index = Thread->LastProcessor < Count ? Thread->LastProcessor : 0;

    for (ULONG Tried = 0; Tried < Count; Tried++)
    {
        if (KiMayRunOn(Thread, Index) && KiTryTake(Thread, &KiProcessors[Index]))
        {
            return TRUE;
        }
        Index = Index + 1 == Count ? 0 : Index + 1;
    }
    return FALSE;
}

VOID KiTakeProcessor(PKTHREAD Thread, PVOID Caller)
{
    if (KiTryTakeAny(Thread))
    {
        return;
    }
    if (KiLoadRelaxed(&KiProcessorCount) == 0)
    {
        KiBugCheck(PHASE0_INITIALIZATION_FAILED, Caller, NULL,
                   "the IRQL is raised to DISPATCH_LEVEL while the NT layer is not started: there are no processors");
    }
    HcAcquireLock(&RaiserLock);
    KiStore(&Thread->Granted, 0);
    InsertTailList(&Raisers, &Thread->RaiserLink);
    KiAdd(&RaiserCount, 1);
    if (KiTryTakeAny(Thread))
    {
        RemoveEntryList(&Thread->RaiserLink);
        KiAdd(&RaiserCount, -1);
        HcReleaseLock(&RaiserLock);
        return;
    }
    HcReleaseLock(&RaiserLock);
    KiNoteWait(Thread, "a processor, to raise to DISPATCH_LEVEL", NULL, Caller);
    while (KiLoadAcquire(&Thread->Granted) == 0)
    {
        HcPark(HC_NO_DEADLINE);
    }
    KiNoteWaitEnd(Thread);
}

/* Gives Processor, whose Owner is Expected, to the first parked thread that may
 * run on it. */
static BOOLEAN KiHandOver(PKI_PROCESSOR Processor, PKTHREAD Expected)
{
    PHC_THREAD Host = NULL;

    HcAcquireLock(&RaiserLock);
    for (PLIST_ENTRY Link = Raisers.Flink; Link != &Raisers; Link = Link->Flink)
    {
        PKTHREAD Raiser = CONTAINING_RECORD(Link, KTHREAD, RaiserLink);
        if (!KiMayRunOn(Raiser, Processor->Index))
        {
            continue;
        }
        if (KiSwapIf(&Processor->Owner, Expected, Raiser))
        {
            RemoveEntryList(Link);
            KiAdd(&RaiserCount, -1);
            KiSetProcessor(Raiser, Processor);
            Host = HcReferenceThread(Raiser->Host);
            KiStoreRelease(&Raiser->Granted, 1);
        }
        break;
    }
    HcReleaseLock(&RaiserLock);
    if (Host == NULL)
    {
        return FALSE;
    }
    HcUnpark(Host);
    HcDereferenceThread(Host);
    return TRUE;
}

/* ---- deferred routines -------------------------------------------------------------- */

VOID KiQueueDeferred(KI_DEFERRED *Deferred)
{
    PKTHREAD Thread = KiCurrentThread();

    if (Thread->Irql != DISPATCH_LEVEL)
    {
        KiBugCheck(IRQL_UNEXPECTED_VALUE, __builtin_return_address(0), NULL,
                   "a deferred routine is queued at %s instead of DISPATCH_LEVEL", KiIrqlName(Thread->Irql));
    }
    PKI_PROCESSOR Processor = Thread->Processor;
    Deferred->Next = NULL;
    *Processor->DeferredTail = Deferred;
    Processor->DeferredTail = &Deferred->Next;
}

static BOOLEAN KiRunDeferred(PKTHREAD Thread, PKI_PROCESSOR Processor)
{
    KI_DEFERRED *Deferred = Processor->DeferredHead;

    if (Deferred == NULL)
    {
        return FALSE;
    }
    Processor->DeferredHead = Deferred->Next;
    if (Deferred->Next == NULL)
    {
        Processor->DeferredTail = &Processor->DeferredHead;
    }
    VOID (*Routine)(KI_DEFERRED *) = Deferred->Routine;
    Routine(Deferred);
    if (Thread->Irql != DISPATCH_LEVEL)
    {
        KiBugCheck(IRQL_UNEXPECTED_VALUE, (PVOID)Routine, NULL,
                   "a completion was called at DISPATCH_LEVEL and returned at %s", KiIrqlName(Thread->Irql));
    }
    return TRUE;
}

/* ---- giving it up --------------------------------------------------------------------- */

/* Routines may queue each other for ever; whoever lowers must get out. What is
 * left after so many is the host thread's, which sees to its events in between. */
#define KI_DRAIN_MAX 4096
#define KI_DRAIN_MAX_HOST 512
static ULONG DrainLeft[KI_PROCESSORS_MAX]; /* atomic; KiDrain left something behind */

/* One of each kind in turn, so that neither starves the other. */
static VOID KiDrain(PKTHREAD Thread, PKI_PROCESSOR Processor)
{
    ULONG Maximum = Thread->PinnedHome ? KI_DRAIN_MAX_HOST : KI_DRAIN_MAX;
    BOOLEAN Ran = TRUE;

    /* An exception in a routine is not for a __try that the lowering code is in. */
    PVOID Chain = KiSehDetachChain();
    Thread->Draining = TRUE;
    for (ULONG Count = 0; Ran && Count < Maximum; Count++)
    {
        Ran = KiRunDeferred(Thread, Processor);
        Ran |= KiRunDpc(Thread, Processor);
    }
    KiStore(&DrainLeft[Processor->Index], Ran);
    Thread->Draining = FALSE;
    KiSehAttachChain(Chain);
}

VOID KiGiveUpProcessor(PKTHREAD Thread, PVOID Caller)
{
    PKI_PROCESSOR Processor = Thread->Processor;

    if (Thread->Draining)
    {
        KiBugCheck(IRQL_NOT_LESS_OR_EQUAL, Caller, NULL,
                   "a routine called at DISPATCH_LEVEL (a DPC, a completion routine or an event callback) lowers the "
                   "IRQL below it; restore the level the routine was called at");
    }
    Thread->Irql = DISPATCH_LEVEL;
    for (;;)
    {
        KiDrain(Thread, Processor);
        Thread->Processor = NULL;
        if (KiLoad(&RaiserCount) != 0 && KiHandOver(Processor, Thread))
        {
            return;
        }
        KiStore(&Processor->Owner, NULL);
        if (KiLoad(&RaiserCount) != 0 && KiHandOver(Processor, NULL))
        {
            return;
        }
        if (KiLoad(&DrainLeft[Processor->Index]) != 0)
        {
            KiWakeProcessor(Processor->Index);
            return;
        }
        if (KiLoad(&Processor->DpcCount) == 0 || !KiSwapIf(&Processor->Owner, NULL, Thread))
        {
            return;
        }
        Thread->Processor = Processor;
    }
}

/* ---- host threads ------------------------------------------------------------------------ */

VOID KiWakeProcessor(ULONG Index)
{
    PKTHREAD Thread = KiCurrentThread();

    if (Thread->PinnedHome && Thread->LastProcessor == Index)
    {
        return; /* the host thread itself: it looks for work before it waits again */
    }
    if (Loop.Run != NULL)
    {
        Loop.Wake(Loop.Context, Index);
        return;
    }
    /* A host thread that has not said who it is yet looks for work after that. */
    PHC_THREAD Host = KiLoad(&KiProcessors[Index].Host);
    if (Host != NULL)
    {
        HcUnpark(Host);
    }
}

static VOID KiServeTimers(VOID)
{
    while (KiNextTimer() <= HcNow())
    {
        KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
        KiExpireTimers();
        KeLowerIrql(OldIrql);
    }
}

static VOID KiServeProcessor(PKTHREAD Thread, PKI_PROCESSOR Processor)
{
    /* Somebody else's processor is drained by that somebody. */
    if ((KiLoad(&Processor->DpcCount) != 0 || KiLoad(&DrainLeft[Processor->Index]) != 0) &&
        KiTryTake(Thread, Processor))
    {
        KiGiveUpProcessor(Thread, NULL);
        Thread->Irql = PASSIVE_LEVEL;
    }
}

static VOID KiProcessorThread(PVOID Context)
{
    PKI_PROCESSOR Processor = Context;
    PKTHREAD Thread = KiCurrentThread();

    Thread->LastProcessor = Processor->Index;
    Thread->PinnedHome = TRUE;
    KiStore(&Processor->Host, Thread->Host);
    while (KiLoad(&Stopping) == 0)
    {
        if (Processor->Index == 0)
        {
            KiServeTimers();
        }
        /* Last before parking: raising above may have eaten a wake-up's permit. */
        KiServeProcessor(Thread, Processor);
        ULONGLONG Deadline = Processor->Index == 0 ? KiNextTimer() : HC_NO_DEADLINE;
        if (KiLoad(&DrainLeft[Processor->Index]) != 0)
        {
            Deadline = 0; /* more is left: only see to the events in between */
        }
        if (Loop.Run != NULL)
        {
            Loop.Run(Loop.Context, Processor->Index, Deadline);
        }
        else
        {
            HcPark(Deadline);
        }
    }
    do
    {
        KiServeProcessor(Thread, Processor);
    } while (KiLoad(&DrainLeft[Processor->Index]) != 0);
}

/* ---- start and stop ------------------------------------------------------------------------ */

NTSTATUS KiInitializeProcessors(ULONG Count, const KI_PROCESSOR_LOOP *ProcessorLoop)
{
    if (Count == 0)
    {
        Count = HcCpuCount();
    }
    Count = Count < KI_PROCESSORS_MAX ? Count : KI_PROCESSORS_MAX;
    Loop = ProcessorLoop != NULL ? *ProcessorLoop : (KI_PROCESSOR_LOOP){0};
    KiStore(&Stopping, 0);
    for (ULONG Index = 0; Index < Count; Index++)
    {
        PKI_PROCESSOR Processor = &KiProcessors[Index];
        RtlZeroMemory(Processor, sizeof(*Processor));
        Processor->Index = Index;
        Processor->DeferredTail = &Processor->DeferredHead;
        InitializeListHead(&Processor->Dpcs);
    }
    KiStore(&KiProcessorCount, Count);
    return STATUS_SUCCESS;
}

VOID KiUninitializeProcessors(VOID)
{
    for (ULONG Index = 0; Index < KiProcessorCount; Index++)
    {
        PKTHREAD Owner = KiLoad(&KiProcessors[Index].Owner);
        if (Owner != NULL)
        {
            HcLog(HcLogError, "processor %u is still owned by a thread at DISPATCH_LEVEL while the system stops",
                  (unsigned)Index);
        }
    }
    KiStore(&KiProcessorCount, 0);
}

NTSTATUS KiStartProcessors(VOID)
{
    for (ULONG Index = 0; Index < KiProcessorCount; Index++)
    {
        CHAR Name[16];
        HcFormat(Name, sizeof(Name), "wsk-cpu%u", (unsigned)Index);
        NTSTATUS Status = KiStartThread(Name, KiProcessorThread, &KiProcessors[Index], &KiProcessors[Index].HostThread);
        if (!NT_SUCCESS(Status))
        {
            KiStopProcessors();
            return Status;
        }
    }
    return STATUS_SUCCESS;
}

VOID KiStopProcessors(VOID)
{
    KiStore(&Stopping, 1);
    for (ULONG Index = 0; Index < KiProcessorCount; Index++)
    {
        PKI_PROCESSOR Processor = &KiProcessors[Index];
        if (Processor->HostThread != NULL)
        {
            KiWakeProcessor(Index);
            KiJoinThread(Processor->HostThread);
            Processor->HostThread = NULL;
            KiStore(&Processor->Host, NULL);
        }
    }
}

ULONG KiCurrentProcessor(VOID)
{
    PKTHREAD Thread = KiCurrentThread();

    if (Thread->Processor != NULL)
    {
        return Thread->Processor->Index;
    }
    return Thread->LastProcessor < KiLoadRelaxed(&KiProcessorCount) ? Thread->LastProcessor : 0;
}
