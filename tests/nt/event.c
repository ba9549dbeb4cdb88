// SPDX-License-Identifier: MIT
/* Events: both kinds, and an event that dies the moment its waiter returns. */
#include "nt/kip.h"
#include "kernel_test.h"

static NTSTATUS Poll(PVOID Object)
{
    LARGE_INTEGER Zero = {.QuadPart = 0};

    return KeWaitForSingleObject(Object, Executive, KernelMode, FALSE, &Zero);
}

/* Given a notification event. Then it lets everybody through until it is reset. */
TEST(KE, a_notification_event_stays_signalled)
{
    KEVENT Event;

    __builtin_memset(&Event, 0xEE, sizeof(Event));
    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    CHECK_STATUS(Poll(&Event), STATUS_TIMEOUT);
    CHECK_EQ(KeSetEvent(&Event, IO_NO_INCREMENT, FALSE), 0);
    CHECK_EQ(KeSetEvent(&Event, IO_NO_INCREMENT, FALSE), 1);
    CHECK_STATUS(Poll(&Event), STATUS_SUCCESS);
    CHECK_STATUS(Poll(&Event), STATUS_SUCCESS);
    CHECK_EQ(KeReadStateEvent(&Event), 1);
    CHECK_EQ(KeResetEvent(&Event), 1);
    CHECK_EQ(KeResetEvent(&Event), 0);
    CHECK_STATUS(Poll(&Event), STATUS_TIMEOUT);
    KeInitializeEvent(&Event, NotificationEvent, TRUE);
    CHECK_STATUS(Poll(&Event), STATUS_SUCCESS);
    KeClearEvent(&Event);
    CHECK_EQ(KeReadStateEvent(&Event), 0);
}

/* Given a synchronization event. Then each signal lets one waiter through. */
TEST(KE, a_synchronization_event_lets_one_through)
{
    KEVENT Event;

    KeInitializeEvent(&Event, SynchronizationEvent, TRUE);
    CHECK_STATUS(Poll(&Event), STATUS_SUCCESS);
    CHECK_STATUS(Poll(&Event), STATUS_TIMEOUT);
    KeSetEvent(&Event, IO_NO_INCREMENT, FALSE);
    KeSetEvent(&Event, IO_NO_INCREMENT, FALSE);
    CHECK_STATUS(Poll(&Event), STATUS_SUCCESS);
    CHECK_STATUS(Poll(&Event), STATUS_TIMEOUT);
}

#define WAITERS 4

static KEVENT Gate;
static KSEMAPHORE Passed;

static VOID NTAPI PassGate(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    KeWaitForSingleObject(&Gate, Executive, KernelMode, FALSE, NULL);
    KeReleaseSemaphore(&Passed, IO_NO_INCREMENT, 1, FALSE);
}

/* Until so many threads wait for the object; there is no event for that. */
static VOID AwaitWaiters(PKEVENT Event, ULONG Count)
{
    ULONG Linked;

    do
    {
        LARGE_INTEGER Zero = {.QuadPart = 0};
        KeDelayExecutionThread(KernelMode, FALSE, &Zero);
        Linked = 0;
        HcAcquireLock(KiDispatcherLock(Event));
        for (PLIST_ENTRY Link = Event->Header.WaitListHead.Flink; Link != &Event->Header.WaitListHead;
             Link = Link->Flink)
        {
            Linked++;
        }
        HcReleaseLock(KiDispatcherLock(Event));
    } while (Linked < Count);
}

/* Given threads that wait. Then set and at-once reset still lets all of them go
 * (notification), or exactly one (synchronization). */
TEST(KE, a_reset_right_after_a_set_does_not_hold_back_who_waited)
{
    PVOID Threads[WAITERS];
    LARGE_INTEGER Long = Milliseconds(30000), None = {.QuadPart = 0};

    KeInitializeSemaphore(&Passed, 0, WAITERS);
    KeInitializeEvent(&Gate, NotificationEvent, FALSE);
    for (ULONG Index = 0; Index < WAITERS; Index++)
    {
        Threads[Index] = StartThread(PassGate, NULL);
    }
    AwaitWaiters(&Gate, WAITERS);
    KeSetEvent(&Gate, IO_NO_INCREMENT, FALSE);
    KeResetEvent(&Gate);
    for (ULONG Index = 0; Index < WAITERS; Index++)
    {
        JoinThread(Threads[Index]);
    }
    CHECK_EQ(KeReadStateSemaphore(&Passed), WAITERS);

    KeInitializeSemaphore(&Passed, 0, WAITERS);
    KeInitializeEvent(&Gate, SynchronizationEvent, FALSE);
    for (ULONG Index = 0; Index < WAITERS; Index++)
    {
        Threads[Index] = StartThread(PassGate, NULL);
    }
    AwaitWaiters(&Gate, WAITERS);
    for (ULONG Index = 0; Index < WAITERS; Index++)
    {
        KeSetEvent(&Gate, IO_NO_INCREMENT, FALSE);
        CHECK_EQ(KeResetEvent(&Gate), 0); /* handed over, not left behind */
        CHECK_STATUS(KeWaitForSingleObject(&Passed, Executive, KernelMode, FALSE, &Long), STATUS_SUCCESS);
        CHECK_STATUS(KeWaitForSingleObject(&Passed, Executive, KernelMode, FALSE, &None), STATUS_TIMEOUT);
    }
    for (ULONG Index = 0; Index < WAITERS; Index++)
    {
        JoinThread(Threads[Index]);
    }
}

/* Given threads that wait. Then a pulse lets them go and leaves the event reset. */
TEST(KE, a_pulse_lets_go_who_waits_now)
{
    PVOID Threads[WAITERS];

    KeInitializeSemaphore(&Passed, 0, WAITERS);
    KeInitializeEvent(&Gate, NotificationEvent, FALSE);
    for (ULONG Index = 0; Index < WAITERS; Index++)
    {
        Threads[Index] = StartThread(PassGate, NULL);
    }
    AwaitWaiters(&Gate, WAITERS);
    CHECK_EQ(KePulseEvent(&Gate, IO_NO_INCREMENT, FALSE), 0);
    CHECK_EQ(KeReadStateEvent(&Gate), 0);
    for (ULONG Index = 0; Index < WAITERS; Index++)
    {
        JoinThread(Threads[Index]);
    }
}

/* ---- a million events on the stack --------------------------------------------------- */

#define EVENTS 1000000

/* What one side asks the other to set; the other never touches it after KeSetEvent. */
static PKEVENT volatile Wanted;
static LONG Finished;

static VOID NTAPI SetWhatIsWanted(PVOID Context)
{
    ULONG Idle = 0;

    UNREFERENCED_PARAMETER(Context);
    while (__atomic_load_n(&Finished, __ATOMIC_ACQUIRE) == 0)
    {
        PKEVENT Event = InterlockedExchangePointer((PVOID volatile *)&Wanted, NULL);
        if (Event == NULL)
        {
            if (++Idle % 64 == 0)
            {
                LARGE_INTEGER Zero = {.QuadPart = 0};
                KeDelayExecutionThread(KernelMode, FALSE, &Zero);
            }
            YieldProcessor();
            continue;
        }
        KeSetEvent(Event, IO_NO_INCREMENT, FALSE);
    }
}

static __attribute__((noinline)) BOOLEAN WaitOnTheStack(EVENT_TYPE Type)
{
    KEVENT Event;

    KeInitializeEvent(&Event, Type, FALSE);
    __atomic_store_n(&Wanted, &Event, __ATOMIC_RELEASE);
    NTSTATUS Status = KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, NULL);
    __builtin_memset(&Event, 0xA5, sizeof(Event));
    __asm__ volatile("" : : "r"(&Event) : "memory");
    return Status == STATUS_SUCCESS;
}

/* Given a million events on the stack, each set by another thread and scribbled over as soon as the wait
 * returns. Then none is touched after that (crash, TSan) and no wake-up is lost (hang). */
TEST(KE, a_million_events_die_the_moment_their_wait_returns)
{
    BOOLEAN Good = TRUE;

    Finished = 0;
    PVOID Setter = StartThread(SetWhatIsWanted, NULL);
    for (ULONG Count = 0; Count < EVENTS && Good; Count++)
    {
        Good = WaitOnTheStack(Count & 1 ? NotificationEvent : SynchronizationEvent);
    }
    __atomic_store_n(&Finished, 1, __ATOMIC_RELEASE);
    JoinThread(Setter);
    CHECK(Good);
}
