// SPDX-License-Identifier: MIT
/*
 * Timers: one queue in order of due time, served by processor 0's host thread.
 * Taking a timer out of the queue, signalling it and queueing its DPC is one step
 * under the queue's lock: when KeCancelTimer says FALSE the timer may be freed,
 * and after KeFlushQueuedDpcs its DPC too.
 *
 * KTIMER.DueTime holds HcNow nanoseconds while the timer is queued.
 */
#include "nt/kip.h"

static HC_LOCK TimerLock;
static LIST_ENTRY Timers = {&Timers, &Timers}; /* TimerLock */
static ULONGLONG NextDue = HC_NO_DEADLINE;     /* written under TimerLock */

NTSTATUS KiInitializeTimers(VOID)
{
    InitializeListHead(&Timers);
    KiStore(&NextDue, HC_NO_DEADLINE);
    return STATUS_SUCCESS;
}

VOID KiUninitializeTimers(VOID)
{
    ULONG Left = 0;

    HcAcquireLock(&TimerLock);
    for (PLIST_ENTRY Link = Timers.Flink; Link != &Timers; Link = Link->Flink)
    {
        Left++;
    }
    InitializeListHead(&Timers);
    KiStore(&NextDue, HC_NO_DEADLINE);
    HcReleaseLock(&TimerLock);
    if (Left != 0)
    {
        HcLog(HcLogWarning, "%u timers are still set while the system stops; they will not fire", (unsigned)Left);
    }
}

ULONGLONG KiNextTimer(VOID)
{
    return KiLoad(&NextDue);
}

/* ---- the queue, under TimerLock ---------------------------------------------------- */

static PKTIMER KiTimerAt(PLIST_ENTRY Link)
{
    return CONTAINING_RECORD(Link, KTIMER, TimerListEntry);
}

static VOID KiUpdateNextDue(VOID)
{
    KiStore(&NextDue, IsListEmpty(&Timers) ? HC_NO_DEADLINE : KiTimerAt(Timers.Flink)->DueTime.QuadPart);
}

static VOID KiInsertTimer(PKTIMER Timer)
{
    /* From the end: most timers are set for later than those that wait. */
    PLIST_ENTRY After = Timers.Blink;
    while (After != &Timers && KiTimerAt(After)->DueTime.QuadPart > Timer->DueTime.QuadPart)
    {
        After = After->Blink;
    }
    InsertHeadList(After, &Timer->TimerListEntry);
    KiUpdateNextDue();
}

/* FALSE when it was not queued. */
static BOOLEAN KiRemoveTimer(PKTIMER Timer)
{
    if (Timer->TimerListEntry.Flink == NULL)
    {
        return FALSE;
    }
    RemoveEntryList(&Timer->TimerListEntry);
    Timer->TimerListEntry.Flink = NULL;
    KiUpdateNextDue();
    return TRUE;
}

/* Signals a timer that is due and out of the queue; puts a periodic one back. Its
 * waiters are woken by KiFinishWake, the processors in *WakeMask by the caller.
 * Processor is the caller's. */
static VOID KiFireTimer(PKTIMER Timer, ULONG Processor, PKI_WAKE Wake, ULONGLONG *WakeMask)
{
    PKDPC Dpc = Timer->Dpc;
    PHC_LOCK Lock = KiDispatcherLock(Timer);
    ULONG WakeIndex = KI_PROCESSORS_MAX;

    if (Timer->Period != 0)
    {
        ULONGLONG Period = Timer->Period * 1000000ULL;
        ULONGLONG Now = HcNow();
        Timer->DueTime.QuadPart += Period;
        if (Timer->DueTime.QuadPart <= Now)
        {
            Timer->DueTime.QuadPart = Now + Period; /* beats that were missed are not made up for */
        }
        KiInsertTimer(Timer);
    }
    HcAcquireLock(Lock);
    Timer->Header.SignalState = 1;
    KiSignalObject(&Timer->Header, Wake);
    /* Under the lock, so that who sees the timer signalled can flush the DPC; and
     * last, because its routine may free the timer. */
    if (Dpc != NULL)
    {
        KiQueueDpc(Dpc, Processor, NULL, NULL, &WakeIndex);
    }
    HcReleaseLock(Lock);
    if (WakeIndex != KI_PROCESSORS_MAX)
    {
        *WakeMask |= 1ULL << WakeIndex;
    }
}

static VOID KiWakeProcessors(ULONGLONG Mask)
{
    for (; Mask != 0; Mask &= Mask - 1)
    {
        KiWakeProcessor((ULONG)__builtin_ctzll(Mask));
    }
}

VOID KiExpireTimers(VOID)
{
    ULONG Processor = KiCurrentProcessor();
    ULONGLONG WakeMask = 0;
    KI_WAKE Wake;

    KiBeginWake(&Wake);
    HcAcquireLock(&TimerLock);
    ULONGLONG Now = HcNow();
    while (!IsListEmpty(&Timers) && KiTimerAt(Timers.Flink)->DueTime.QuadPart <= Now)
    {
        PKTIMER Timer = KiTimerAt(Timers.Flink);
        KiRemoveTimer(Timer);
        KiFireTimer(Timer, Processor, &Wake, &WakeMask);
    }
    HcReleaseLock(&TimerLock);
    KiFinishWake(&Wake);
    KiWakeProcessors(WakeMask);
}

/* ---- the functions -------------------------------------------------------------------- */

/* Timer is the caller's, in memory that stays until it is neither set nor waited
 * for. Any IRQL. Page: nf-wdm-keinitializetimerex. */
VOID NTAPI KeInitializeTimerEx(PKTIMER Timer, TIMER_TYPE Type)
{
    RtlZeroMemory(Timer, sizeof(*Timer));
    KiInitializeHeader(&Timer->Header, Type == NotificationTimer ? KiNotificationTimer : KiSynchronizationTimer,
                       sizeof(*Timer), 0);
}

/* KeInitializeTimerEx(NotificationTimer). Page: nf-wdm-keinitializetimer. */
VOID NTAPI KeInitializeTimer(PKTIMER Timer)
{
    KeInitializeTimerEx(Timer, NotificationTimer);
}

static BOOLEAN KiSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, LONG Period, PKDPC Dpc)
{
    ULONGLONG Due = KiDeadline(&DueTime);
    PHC_LOCK Lock = KiDispatcherLock(Timer);
    KIRQL OldIrql = KeGetCurrentIrql();
    ULONGLONG WakeMask = 0;
    KI_WAKE Wake;
    BOOLEAN AtOnce = Due <= HcNow();

    if (AtOnce && OldIrql < DISPATCH_LEVEL)
    {
        KeRaiseIrqlToDpcLevel(); /* its DPC runs on a processor of ours, before we return */
    }
    KiBeginWake(&Wake);
    HcAcquireLock(&TimerLock);
    ULONGLONG FormerNext = KiLoad(&NextDue); /* the host thread wakes by then anyway */
    BOOLEAN WasSet = KiRemoveTimer(Timer);
    HcAcquireLock(Lock);
    Timer->Header.SignalState = 0;
    HcReleaseLock(Lock);
    Timer->DueTime.QuadPart = Due;
    Timer->Period = (ULONG)Period;
    Timer->Dpc = Dpc;
    if (AtOnce)
    {
        KiFireTimer(Timer, KiCurrentProcessor(), &Wake, &WakeMask);
    }
    else
    {
        KiInsertTimer(Timer);
    }
    BOOLEAN Earlier = KiLoad(&NextDue) < FormerNext;
    HcReleaseLock(&TimerLock);
    KiFinishWake(&Wake);
    KiWakeProcessors(WakeMask | (Earlier ? 1 : 0));
    if (AtOnce && OldIrql < DISPATCH_LEVEL)
    {
        KeLowerIrql(OldIrql);
    }
    return WasSet;
}

/* Sets the timer anew: at DueTime (negative: from now, positive: system time, in
 * 100 ns), then every Period milliseconds when that is not 0, it is signalled and
 * Dpc, if given, queued; an absolute time is converted when it is set and does not
 * follow later changes of the clock. TRUE when it was set before. IRQL <=
 * DISPATCH_LEVEL. Page: nf-wdm-kesettimerex. */
BOOLEAN NTAPI KeSetTimerEx(PKTIMER Timer, LARGE_INTEGER DueTime, LONG Period, PKDPC Dpc)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    return KiSetTimer(Timer, DueTime, Period, Dpc);
}

/* KeSetTimerEx without a period. Page: nf-wdm-kesettimer. */
BOOLEAN NTAPI KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, PKDPC Dpc)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    return KiSetTimer(Timer, DueTime, 0, Dpc);
}

/* KeSetTimerEx that may be up to TolerableDelay milliseconds late; it is not.
 * Page: nf-wdm-kesetcoalescabletimer. */
BOOLEAN NTAPI KeSetCoalescableTimer(PKTIMER Timer, LARGE_INTEGER DueTime, ULONG Period, ULONG TolerableDelay, PKDPC Dpc)
{
    UNREFERENCED_PARAMETER(TolerableDelay);
    KI_IRQL_MAX(DISPATCH_LEVEL);
    return KiSetTimer(Timer, DueTime, (LONG)Period, Dpc);
}

/* Takes the timer out of the queue; TRUE when it was in it. A DPC it has queued
 * stays queued. IRQL <= DISPATCH_LEVEL. Page: nf-wdm-kecanceltimer. */
BOOLEAN NTAPI KeCancelTimer(PKTIMER Timer)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    HcAcquireLock(&TimerLock);
    BOOLEAN WasSet = KiRemoveTimer(Timer);
    HcReleaseLock(&TimerLock);
    return WasSet;
}

/* TRUE when signalled. IRQL <= DISPATCH_LEVEL. Page: nf-wdm-kereadstatetimer. */
BOOLEAN NTAPI KeReadStateTimer(PKTIMER Timer)
{
    PHC_LOCK Lock = KiDispatcherLock(Timer);

    KI_IRQL_MAX(DISPATCH_LEVEL);
    HcAcquireLock(Lock);
    BOOLEAN State = Timer->Header.SignalState != 0;
    HcReleaseLock(Lock);
    return State;
}
