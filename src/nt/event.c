// SPDX-License-Identifier: MIT
/*
 * Events. A notification event stays signalled until it is reset; a
 * synchronization event lets one waiter through and is reset by that.
 */
#include "nt/kip.h"

/* Event is the caller's, in memory that stays until nobody waits for or sets it
 * any more; a waiter may free it when its wait returns, even while KeSetEvent has
 * not returned yet. Any IRQL. Page: nf-wdm-keinitializeevent. */
VOID NTAPI KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State)
{
    KiInitializeHeader(&Event->Header, Type == NotificationEvent ? KiNotificationEvent : KiSynchronizationEvent,
                       sizeof(*Event), State != FALSE);
}

/* Signals, and hands the event to those who wait; returns the previous state.
 * IRQL <= DISPATCH_LEVEL. Wait announces a wait that follows, which needs nothing
 * here. Page: nf-wdm-kesetevent. */
LONG NTAPI KeSetEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait)
{
    PHC_LOCK Lock = KiDispatcherLock(Event);
    KI_WAKE Wake;

    UNREFERENCED_PARAMETER(Increment);
    KI_IRQL_MAX(Wait ? APC_LEVEL : DISPATCH_LEVEL);
    KiBeginWake(&Wake);
    HcAcquireLock(Lock);
    LONG Previous = Event->Header.SignalState;
    Event->Header.SignalState = 1;
    KiSignalObject(&Event->Header, &Wake);
    HcReleaseLock(Lock);
    KiFinishWake(&Wake);
    return Previous;
}

/* Signals for those who wait now and resets at once; returns the previous state.
 * IRQL <= DISPATCH_LEVEL. Page: nf-ntddk-kepulseevent. */
LONG NTAPI KePulseEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait)
{
    PHC_LOCK Lock = KiDispatcherLock(Event);
    KI_WAKE Wake;

    UNREFERENCED_PARAMETER(Increment);
    KI_IRQL_MAX(Wait ? APC_LEVEL : DISPATCH_LEVEL);
    KiBeginWake(&Wake);
    HcAcquireLock(Lock);
    LONG Previous = Event->Header.SignalState;
    Event->Header.SignalState = 1;
    KiSignalObject(&Event->Header, &Wake);
    Event->Header.SignalState = 0;
    HcReleaseLock(Lock);
    KiFinishWake(&Wake);
    return Previous;
}

static LONG KiReset(PRKEVENT Event)
{
    PHC_LOCK Lock = KiDispatcherLock(Event);

    HcAcquireLock(Lock);
    LONG Previous = Event->Header.SignalState;
    Event->Header.SignalState = 0;
    HcReleaseLock(Lock);
    return Previous;
}

/* Resets; returns the previous state. IRQL <= DISPATCH_LEVEL. Page:
 * nf-wdm-keresetevent. */
LONG NTAPI KeResetEvent(PRKEVENT Event)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    return KiReset(Event);
}

/* Resets. IRQL <= DISPATCH_LEVEL. Page: nf-wdm-keclearevent. */
VOID NTAPI KeClearEvent(PRKEVENT Event)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    KiReset(Event);
}

/* Nonzero when signalled. IRQL <= DISPATCH_LEVEL. Page: nf-wdm-kereadstateevent. */
LONG NTAPI KeReadStateEvent(PRKEVENT Event)
{
    PHC_LOCK Lock = KiDispatcherLock(Event);

    KI_IRQL_MAX(DISPATCH_LEVEL);
    HcAcquireLock(Lock);
    LONG State = Event->Header.SignalState;
    HcReleaseLock(Lock);
    return State;
}
