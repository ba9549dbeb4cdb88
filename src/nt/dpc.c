// SPDX-License-Identifier: MIT
/*
 * Deferred procedure calls. A DPC sits in the queue of one processor and is run
 * by whoever owns that processor when they lower below DISPATCH_LEVEL, or by the
 * processor's host thread when nobody owns it. The object may be queued anew,
 * reused or freed as soon as its routine has been entered.
 */
#include "nt/kip.h"

/* KDPC.Number: 0 = where it is queued, else this plus the processor's index. */
#define KI_DPC_TARGET 0x500

/* The two words of KDPC between Number and DeferredRoutine. */
static PLIST_ENTRY KiDpcLink(PKDPC Dpc)
{
    return (PLIST_ENTRY)(PVOID)&Dpc->DpcListEntry;
}

static VOID KiInitializeDpc(PKDPC Dpc, UCHAR Type, PKDEFERRED_ROUTINE Routine, PVOID Context)
{
    RtlZeroMemory(Dpc, sizeof(*Dpc));
    Dpc->Type = Type;
    Dpc->Importance = MediumImportance;
    Dpc->DeferredRoutine = Routine;
    Dpc->DeferredContext = Context;
}

/* Any IRQL. The caller keeps Dpc until it is neither queued nor running. Page:
 * nf-wdm-keinitializedpc. */
VOID NTAPI KeInitializeDpc(PKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine, PVOID DeferredContext)
{
    KiInitializeDpc(Dpc, KiDpc, DeferredRoutine, DeferredContext);
}

/* As KeInitializeDpc; its routine must do at PASSIVE_LEVEL and DISPATCH_LEVEL and
 * is run at the latter here. Page: nf-wdm-keinitializethreadeddpc. */
VOID NTAPI KeInitializeThreadedDpc(PKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine, PVOID DeferredContext)
{
    KiInitializeDpc(Dpc, KiThreadedDpc, DeferredRoutine, DeferredContext);
}

/* HighImportance goes to the head of the queue. Any IRQL; before it is queued.
 * Page: nf-wdm-kesetimportancedpc. */
VOID NTAPI KeSetImportanceDpc(PKDPC Dpc, KDPC_IMPORTANCE Importance)
{
    Dpc->Importance = (UCHAR)Importance;
}

/* Queues on processor Number from now on. Any IRQL; before it is queued. Page:
 * nf-wdm-kesettargetprocessordpc. */
VOID NTAPI KeSetTargetProcessorDpc(PKDPC Dpc, CCHAR Number)
{
    if (Number < 0 || (ULONG)Number >= KiProcessorCount)
    {
        KiBugCheck(MULTIPROCESSOR_CONFIGURATION_NOT_SUPPORTED, __builtin_return_address(0), NULL,
                   "KeSetTargetProcessorDpc names processor %d; there are %u", Number, (unsigned)KiProcessorCount);
    }
    Dpc->Number = (USHORT)(KI_DPC_TARGET + Number);
}

/* As KeSetTargetProcessorDpc. STATUS_INVALID_PARAMETER: no such processor. Page:
 * nf-wdm-kesettargetprocessordpcex. */
NTSTATUS NTAPI KeSetTargetProcessorDpcEx(PKDPC Dpc, PPROCESSOR_NUMBER ProcNumber)
{
    if (ProcNumber->Group != 0 || ProcNumber->Number >= KiProcessorCount || ProcNumber->Reserved != 0)
    {
        return STATUS_INVALID_PARAMETER;
    }
    Dpc->Number = (USHORT)(KI_DPC_TARGET + ProcNumber->Number);
    return STATUS_SUCCESS;
}

/* ---- queueing -------------------------------------------------------------------- */

static BOOLEAN KiIsTargeted(const KDPC *Dpc)
{
    return Dpc->Number >= KI_DPC_TARGET && Dpc->Number < KI_DPC_TARGET + KiLoadRelaxed(&KiProcessorCount);
}

BOOLEAN KiQueueDpc(PKDPC Dpc, ULONG Index, PVOID Argument1, PVOID Argument2, ULONG *WakeIndex)
{
    PKI_PROCESSOR Processor = &KiProcessors[KiIsTargeted(Dpc) ? (ULONG)(Dpc->Number - KI_DPC_TARGET) : Index];

    *WakeIndex = KI_PROCESSORS_MAX;
    HcAcquireLock(&Processor->DpcLock);
    /* Two threads may queue the same DPC on two processors: DpcData decides. */
    if (!KiSwapIf((PVOID *)&Dpc->DpcData, NULL, (PVOID)Processor))
    {
        HcReleaseLock(&Processor->DpcLock);
        return FALSE;
    }
    Dpc->SystemArgument1 = Argument1;
    Dpc->SystemArgument2 = Argument2;
    if (Dpc->Importance == HighImportance)
    {
        InsertHeadList(&Processor->Dpcs, KiDpcLink(Dpc));
    }
    else
    {
        InsertTailList(&Processor->Dpcs, KiDpcLink(Dpc));
    }
    KiAdd(&Processor->DpcCount, 1);
    HcReleaseLock(&Processor->DpcLock);
    if (KiLoad(&Processor->Owner) == NULL)
    {
        *WakeIndex = Processor->Index;
    }
    return TRUE;
}

/* Queues Dpc to run on its target processor, else on the caller's, which runs it
 * before this returns when the caller is below DISPATCH_LEVEL. FALSE when it is
 * queued already, and then nothing is done. Any IRQL. The arguments are handed to
 * the routine. Page: nf-wdm-keinsertqueuedpc. */
BOOLEAN NTAPI KeInsertQueueDpc(PKDPC Dpc, PVOID SystemArgument1, PVOID SystemArgument2)
{
    PKTHREAD Thread = KiCurrentThread();
    KIRQL OldIrql = Thread->Irql;
    BOOLEAN Raise = OldIrql < DISPATCH_LEVEL && !KiIsTargeted(Dpc);
    ULONG WakeIndex;

    if (Raise)
    {
        KeRaiseIrqlToDpcLevel();
    }
    ULONG Index = Thread->Processor != NULL ? Thread->Processor->Index : 0;
    BOOLEAN Queued = KiQueueDpc(Dpc, Index, SystemArgument1, SystemArgument2, &WakeIndex);
    if (WakeIndex != KI_PROCESSORS_MAX)
    {
        KiWakeProcessor(WakeIndex);
    }
    if (Raise)
    {
        KeLowerIrql(OldIrql);
    }
    return Queued;
}

/* Takes Dpc out of the queue. FALSE: it was not queued, and may be running now.
 * Any IRQL. Page: nf-wdm-keremovequeuedpc. */
BOOLEAN NTAPI KeRemoveQueueDpc(PKDPC Dpc)
{
    for (;;)
    {
        PKI_PROCESSOR Processor = KiLoad((PVOID *)&Dpc->DpcData);
        if (Processor == NULL)
        {
            return FALSE;
        }
        HcAcquireLock(&Processor->DpcLock);
        if (KiLoad((PVOID *)&Dpc->DpcData) == (PVOID)Processor)
        {
            RemoveEntryList(KiDpcLink(Dpc));
            KiAdd(&Processor->DpcCount, -1);
            KiStore((PVOID *)&Dpc->DpcData, NULL);
            HcReleaseLock(&Processor->DpcLock);
            return TRUE;
        }
        HcReleaseLock(&Processor->DpcLock);
    }
}

/* ---- running ---------------------------------------------------------------------- */

BOOLEAN KiRunDpc(PKTHREAD Thread, PKI_PROCESSOR Processor)
{
    if (KiLoad(&Processor->DpcCount) == 0)
    {
        return FALSE;
    }
    HcAcquireLock(&Processor->DpcLock);
    if (IsListEmpty(&Processor->Dpcs))
    {
        HcReleaseLock(&Processor->DpcLock);
        return FALSE;
    }
    PKDPC Dpc = CONTAINING_RECORD(RemoveHeadList(&Processor->Dpcs), KDPC, DpcListEntry);
    PKDEFERRED_ROUTINE Routine = Dpc->DeferredRoutine;
    PVOID Context = Dpc->DeferredContext;
    PVOID Argument1 = Dpc->SystemArgument1;
    PVOID Argument2 = Dpc->SystemArgument2;
    KiAdd(&Processor->DpcCount, -1);
    /* From here on it may be queued again, by anybody. */
    KiStore((PVOID *)&Dpc->DpcData, NULL);
    HcReleaseLock(&Processor->DpcLock);

    Routine(Dpc, Context, Argument1, Argument2);
    if (Thread->Irql != DISPATCH_LEVEL)
    {
        KiBugCheck(IRQL_UNEXPECTED_VALUE, (PVOID)Routine, NULL, "a DPC was called at DISPATCH_LEVEL and returned at %s",
                   KiIrqlName(Thread->Irql));
    }
    return TRUE;
}

/* ---- flushing ----------------------------------------------------------------------- */

typedef struct _KI_FLUSH
{
    LONG Left; /* atomic: barriers that have not run */
    KEVENT Done;
} KI_FLUSH;

static VOID NTAPI KiFlushBarrier(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    KI_FLUSH *Flush = Context;

    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    if (KiAdd(&Flush->Left, -1) == 0)
    {
        KeSetEvent(&Flush->Done, IO_NO_INCREMENT, FALSE);
    }
}

/* Returns when every DPC queued before the call, on any processor, has returned.
 * PASSIVE_LEVEL; blocks. Page: nf-wdm-keflushqueueddpcs. */
VOID NTAPI KeFlushQueuedDpcs(VOID)
{
    KDPC Barriers[KI_PROCESSORS_MAX];
    KI_FLUSH Flush;

    KI_IRQL_MAX(PASSIVE_LEVEL);
    Flush.Left = (LONG)KiProcessorCount;
    KeInitializeEvent(&Flush.Done, NotificationEvent, FALSE);
    for (ULONG Index = 0; Index < KiProcessorCount; Index++)
    {
        KeInitializeDpc(&Barriers[Index], KiFlushBarrier, &Flush);
        KeSetTargetProcessorDpc(&Barriers[Index], (CCHAR)Index);
        KeInsertQueueDpc(&Barriers[Index], NULL, NULL);
    }
    KeWaitForSingleObject(&Flush.Done, Executive, KernelMode, FALSE, NULL);
}
