// SPDX-License-Identifier: MIT
/* Waiting for one, any and all; time-outs, races, and waits that are refused. */
#include "kernel_test.h"

static NTSTATUS WaitFor(ULONG Count, PVOID *Objects, WAIT_TYPE Type, PLARGE_INTEGER Timeout, PKWAIT_BLOCK Blocks)
{
    return KeWaitForMultipleObjects(Count, Objects, Type, Executive, KernelMode, FALSE, Timeout, Blocks);
}

/* ---- time-outs ------------------------------------------------------------------------ */

/* Given nothing signalled. Then a relative and an absolute time-out end the wait no earlier than asked. */
TEST(KE, a_wait_times_out_when_its_time_has_come)
{
    KEVENT Event;
    LARGE_INTEGER Timeout = Milliseconds(20);

    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    ULONGLONG Start = KeQueryInterruptTime();
    CHECK_STATUS(KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, &Timeout), STATUS_TIMEOUT);
    CHECK(KeQueryInterruptTime() - Start >= 200000 - 1);

    KeQuerySystemTime(&Timeout);
    Timeout.QuadPart += 200000;
    Start = KeQueryInterruptTime();
    CHECK_STATUS(KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, &Timeout), STATUS_TIMEOUT);
    CHECK(KeQueryInterruptTime() - Start >= 100000);

    KeQuerySystemTime(&Timeout);
    Timeout.QuadPart -= 10000000; /* a second ago */
    CHECK_STATUS(KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, &Timeout), STATUS_TIMEOUT);
    CHECK(IsListEmpty(&Event.Header.WaitListHead));
}

/* Given DISPATCH_LEVEL. Then polling is allowed and tells the state. */
TEST(KE, polling_is_allowed_at_dispatch_level)
{
    KEVENT Event;
    LARGE_INTEGER Zero = {.QuadPart = 0};

    KeInitializeEvent(&Event, SynchronizationEvent, TRUE);
    KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
    NTSTATUS First = KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, &Zero);
    NTSTATUS Second = KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, &Zero);
    KeLowerIrql(OldIrql);
    CHECK_STATUS(First, STATUS_SUCCESS);
    CHECK_STATUS(Second, STATUS_TIMEOUT);
}

TEST(KE, a_delay_lasts_as_long_as_asked)
{
    LARGE_INTEGER Time = Milliseconds(10);
    ULONGLONG Start = KeQueryInterruptTime();

    CHECK_STATUS(KeDelayExecutionThread(KernelMode, FALSE, &Time), STATUS_SUCCESS);
    CHECK(KeQueryInterruptTime() - Start >= 100000 - 1);
}

/* ---- several objects -------------------------------------------------------------------- */

/* Given several objects of which some are signalled. Then WaitAny takes the first of them only. */
TEST(KE, wait_any_takes_the_first_that_is_signalled)
{
    KEVENT Events[3];
    PVOID Objects[3] = {&Events[0], &Events[1], &Events[2]};
    LARGE_INTEGER Zero = {.QuadPart = 0};

    for (ULONG Index = 0; Index < 3; Index++)
    {
        KeInitializeEvent(&Events[Index], SynchronizationEvent, Index != 0);
    }
    CHECK_STATUS(WaitFor(3, Objects, WaitAny, NULL, NULL), STATUS_WAIT_1);
    CHECK_EQ(KeReadStateEvent(&Events[1]), 0);
    CHECK_EQ(KeReadStateEvent(&Events[2]), 1);
    CHECK_STATUS(WaitFor(3, Objects, WaitAny, &Zero, NULL), STATUS_WAIT_2);
    CHECK_STATUS(WaitFor(3, Objects, WaitAny, &Zero, NULL), STATUS_TIMEOUT);
}

/* Given not all signalled. Then WaitAll takes none; with all signalled it takes all. */
TEST(KE, wait_all_takes_all_or_none)
{
    KEVENT Event;
    KSEMAPHORE Semaphore;
    PVOID Objects[2] = {&Event, &Semaphore};
    LARGE_INTEGER Zero = {.QuadPart = 0}, Short = Milliseconds(5);

    KeInitializeEvent(&Event, SynchronizationEvent, TRUE);
    KeInitializeSemaphore(&Semaphore, 0, 5);
    CHECK_STATUS(WaitFor(2, Objects, WaitAll, &Zero, NULL), STATUS_TIMEOUT);
    CHECK_STATUS(WaitFor(2, Objects, WaitAll, &Short, NULL), STATUS_TIMEOUT);
    CHECK_EQ(KeReadStateEvent(&Event), 1);
    CHECK(IsListEmpty(&Event.Header.WaitListHead));
    CHECK(IsListEmpty(&Semaphore.Header.WaitListHead));
    KeReleaseSemaphore(&Semaphore, IO_NO_INCREMENT, 2, FALSE);
    CHECK_STATUS(WaitFor(2, Objects, WaitAll, NULL, NULL), STATUS_SUCCESS);
    CHECK_EQ(KeReadStateEvent(&Event), 0);
    CHECK_EQ(KeReadStateSemaphore(&Semaphore), 1);
}

/* Given 64 objects and an array of wait blocks. Then the last one is found. */
TEST(KE, sixty_four_objects_can_be_waited_for)
{
    KEVENT Events[MAXIMUM_WAIT_OBJECTS];
    PVOID Objects[MAXIMUM_WAIT_OBJECTS];
    KWAIT_BLOCK Blocks[MAXIMUM_WAIT_OBJECTS];
    LARGE_INTEGER Short = Milliseconds(5);

    for (ULONG Index = 0; Index < MAXIMUM_WAIT_OBJECTS; Index++)
    {
        KeInitializeEvent(&Events[Index], NotificationEvent, FALSE);
        Objects[Index] = &Events[Index];
    }
    CHECK_STATUS(WaitFor(MAXIMUM_WAIT_OBJECTS, Objects, WaitAny, &Short, Blocks), STATUS_TIMEOUT);
    for (ULONG Index = 0; Index < MAXIMUM_WAIT_OBJECTS; Index++)
    {
        CHECK(IsListEmpty(&Events[Index].Header.WaitListHead));
    }
    KeSetEvent(&Events[MAXIMUM_WAIT_OBJECTS - 1], IO_NO_INCREMENT, FALSE);
    CHECK_STATUS(WaitFor(MAXIMUM_WAIT_OBJECTS, Objects, WaitAny, NULL, Blocks),
                 STATUS_WAIT_0 + MAXIMUM_WAIT_OBJECTS - 1);
}

/* ---- races -------------------------------------------------------------------------------- */

#define ROUNDS 5000

typedef struct _RACE
{
    KEVENT Events[3];
    KEVENT Turn;  /* the waiter is about to wait */
    KEVENT Reply; /* the setter is done with this round's events */
    WAIT_TYPE Type;
    ULONG Signals; /* events set per round */
} RACE;

static VOID NTAPI SetSome(PVOID Context)
{
    RACE *Race = Context;

    for (ULONG Round = 0; Round < ROUNDS; Round++)
    {
        KeWaitForSingleObject(&Race->Turn, Executive, KernelMode, FALSE, NULL);
        for (ULONG Index = 0; Index < Race->Signals; Index++)
        {
            KeSetEvent(&Race->Events[(Round + Index) % 3], IO_NO_INCREMENT, FALSE);
        }
        KeSetEvent(&Race->Reply, IO_NO_INCREMENT, FALSE);
    }
}

static VOID InitializeRace(RACE *Race, WAIT_TYPE Type, ULONG Signals)
{
    for (ULONG Index = 0; Index < 3; Index++)
    {
        KeInitializeEvent(&Race->Events[Index], SynchronizationEvent, FALSE);
    }
    KeInitializeEvent(&Race->Turn, SynchronizationEvent, FALSE);
    KeInitializeEvent(&Race->Reply, SynchronizationEvent, FALSE);
    Race->Type = Type;
    Race->Signals = Signals;
}

/* Given two of three events set by another thread in each round. Then WaitAny takes each signal exactly once. */
TEST(KE, wait_any_loses_and_doubles_no_signal)
{
    RACE Race;
    PVOID Objects[3] = {&Race.Events[0], &Race.Events[1], &Race.Events[2]};
    LARGE_INTEGER Zero = {.QuadPart = 0};

    InitializeRace(&Race, WaitAny, 2);
    PVOID Setter = StartThread(SetSome, &Race);
    for (ULONG Round = 0; Round < ROUNDS; Round++)
    {
        KeSetEvent(&Race.Turn, IO_NO_INCREMENT, FALSE);
        NTSTATUS First = WaitFor(3, Objects, WaitAny, NULL, NULL);
        NTSTATUS Second = WaitFor(3, Objects, WaitAny, NULL, NULL);
        KeWaitForSingleObject(&Race.Reply, Executive, KernelMode, FALSE, NULL);
        CHECK(First != Second);
        CHECK((ULONG)First == Round % 3 || (ULONG)First == (Round + 1) % 3);
        CHECK((ULONG)Second == Round % 3 || (ULONG)Second == (Round + 1) % 3);
        CHECK_STATUS(WaitFor(3, Objects, WaitAny, &Zero, NULL), STATUS_TIMEOUT);
    }
    JoinThread(Setter);
}

/* Given three events set one by one by another thread in each round. Then WaitAll returns once per round. */
TEST(KE, wait_all_returns_once_for_all)
{
    RACE Race;
    PVOID Objects[3] = {&Race.Events[0], &Race.Events[1], &Race.Events[2]};
    LARGE_INTEGER Zero = {.QuadPart = 0};

    InitializeRace(&Race, WaitAll, 3);
    PVOID Setter = StartThread(SetSome, &Race);
    for (ULONG Round = 0; Round < ROUNDS; Round++)
    {
        KeSetEvent(&Race.Turn, IO_NO_INCREMENT, FALSE);
        CHECK_STATUS(WaitFor(3, Objects, WaitAll, NULL, NULL), STATUS_SUCCESS);
        KeWaitForSingleObject(&Race.Reply, Executive, KernelMode, FALSE, NULL);
        CHECK_STATUS(WaitFor(3, Objects, WaitAny, &Zero, NULL), STATUS_TIMEOUT);
    }
    JoinThread(Setter);
}

/* Given time-outs as short as the setter's delay. Then a signal is either taken or still there, never both or lost. */
TEST(KE, a_signal_that_meets_the_deadline_is_taken_or_left)
{
    RACE Race;
    PVOID Objects[2] = {&Race.Events[0], &Race.Events[1]};
    ULONG Taken = 0, Left = 0;

    InitializeRace(&Race, WaitAny, 1);
    PVOID Setter = StartThread(SetSome, &Race);
    for (ULONG Round = 0; Round < ROUNDS; Round++)
    {
        LARGE_INTEGER Tiny = {.QuadPart = -(LONGLONG)(Round % 500)};
        LARGE_INTEGER Zero = {.QuadPart = 0};
        KeSetEvent(&Race.Turn, IO_NO_INCREMENT, FALSE);
        NTSTATUS Status = Round % 2 ? WaitFor(2, Objects, WaitAny, &Tiny, NULL)
                                    : KeWaitForSingleObject(&Race.Events[Round % 3], Executive, KernelMode, FALSE, &Tiny);
        KeWaitForSingleObject(&Race.Reply, Executive, KernelMode, FALSE, NULL);
        NTSTATUS After = KeWaitForSingleObject(&Race.Events[Round % 3], Executive, KernelMode, FALSE, &Zero);
        Taken += Status != STATUS_TIMEOUT;
        Left += After != STATUS_TIMEOUT;
    }
    JoinThread(Setter);
    CHECK_EQ(Taken + Left, ROUNDS);
}

static KEVENT Often; /* set all the time */
static LONG Enough;

static VOID NTAPI SetOften(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    while (InterlockedCompareExchange(&Enough, 0, 0) == 0)
    {
        KeSetEvent(&Often, IO_NO_INCREMENT, FALSE);
    }
}

static __attribute__((noinline)) NTSTATUS WaitForBothShortly(LONGLONG Ticks)
{
    KEVENT Seldom;
    PVOID Objects[2] = {&Often, &Seldom};
    LARGE_INTEGER Timeout = {.QuadPart = -Ticks};

    KeInitializeEvent(&Seldom, SynchronizationEvent, FALSE);
    return WaitFor(2, Objects, WaitAll, &Timeout, NULL);
}

/* FALSE when something else writes where the wait's frames have been. */
static __attribute__((noinline)) BOOLEAN StackIsOurs(VOID)
{
    volatile UCHAR Frame[1024];
    BOOLEAN Ours = TRUE;

    for (ULONG Index = 0; Index < sizeof(Frame); Index++)
    {
        Frame[Index] = 0xFF;
    }
    for (ULONG Index = 0; Index < sizeof(Frame); Index++)
    {
        Ours = Ours && Frame[Index] == 0xFF;
    }
    return Ours;
}

/* Given a WaitAll that times out while one of its objects is being set. Then the setter is out of the waiter's wait
 * blocks and objects before the wait returns (TSan, and the frame stays ours). */
TEST(KE, a_wait_all_that_times_out_leaves_nothing_behind)
{
    BOOLEAN Ours = TRUE;
    NTSTATUS Status = STATUS_TIMEOUT;

    Enough = 0;
    KeInitializeEvent(&Often, NotificationEvent, FALSE);
    PVOID Setter = StartThread(SetOften, NULL);
    for (ULONG Round = 0; Round < ROUNDS && Ours && Status == STATUS_TIMEOUT; Round++)
    {
        Status = WaitForBothShortly(1 + Round % 50);
        Ours = StackIsOurs();
    }
    InterlockedExchange(&Enough, 1);
    JoinThread(Setter);
    CHECK_STATUS(Status, STATUS_TIMEOUT);
    CHECK(Ours);
}

#define HANDS 4

/* Philosophers: two semaphores each by WaitAll, in clashing order. */
static KSEMAPHORE Forks[HANDS];
static LONG Meals;

static VOID NTAPI Dine(PVOID Context)
{
    ULONG Seat = (ULONG)(ULONG_PTR)Context;
    PVOID Objects[2] = {&Forks[Seat], &Forks[(Seat + 1) % HANDS]};

    for (ULONG Meal = 0; Meal < 2000; Meal++)
    {
        WaitFor(2, Objects, WaitAll, NULL, NULL);
        InterlockedIncrement(&Meals);
        KeReleaseSemaphore(&Forks[Seat], IO_NO_INCREMENT, 1, FALSE);
        KeReleaseSemaphore(&Forks[(Seat + 1) % HANDS], IO_NO_INCREMENT, 1, FALSE);
    }
}

/* Given four threads that each need both neighbours' semaphores. Then all get to the end and no count is lost. */
TEST(KE, wait_all_of_many_threads_makes_progress)
{
    PVOID Threads[HANDS];

    Meals = 0;
    for (ULONG Seat = 0; Seat < HANDS; Seat++)
    {
        KeInitializeSemaphore(&Forks[Seat], 1, 1);
    }
    for (ULONG Seat = 0; Seat < HANDS; Seat++)
    {
        Threads[Seat] = StartThread(Dine, (PVOID)(ULONG_PTR)Seat);
    }
    for (ULONG Seat = 0; Seat < HANDS; Seat++)
    {
        JoinThread(Threads[Seat]);
    }
    CHECK_EQ(Meals, HANDS * 2000);
    for (ULONG Seat = 0; Seat < HANDS; Seat++)
    {
        CHECK_EQ(KeReadStateSemaphore(&Forks[Seat]), 1);
    }
}

/* ---- what ends in a report ------------------------------------------------------------------ */

TEST(KE, a_wait_at_dispatch_level_is_a_bugcheck)
{
    KEVENT Event;

    if (t_is_child("KE_a_wait_at_dispatch_level_is_a_bugcheck"))
    {
        KeInitializeEvent(&Event, NotificationEvent, FALSE);
        KeRaiseIrqlToDpcLevel();
        KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, NULL);
        return;
    }
    CHECK_BUGCHECK("KE_a_wait_at_dispatch_level_is_a_bugcheck", "IRQL_NOT_LESS_OR_EQUAL",
                   "KeWaitForSingleObject is called at DISPATCH_LEVEL", "driver: host, at ",
                   "stack:");
}

TEST(KE, a_delay_at_dispatch_level_is_a_bugcheck)
{
    LARGE_INTEGER Time = Milliseconds(1);

    if (t_is_child("KE_a_delay_at_dispatch_level_is_a_bugcheck"))
    {
        KeRaiseIrqlToDpcLevel();
        KeDelayExecutionThread(KernelMode, FALSE, &Time);
        return;
    }
    CHECK_BUGCHECK("KE_a_delay_at_dispatch_level_is_a_bugcheck", "KeDelayExecutionThread is called at DISPATCH_LEVEL",
                   "APC_LEVEL or below");
}

TEST(KE, more_than_three_objects_without_wait_blocks_is_a_bugcheck)
{
    KEVENT Events[4];
    PVOID Objects[4];

    if (t_is_child("KE_more_than_three_objects_without_wait_blocks_is_a_bugcheck"))
    {
        for (ULONG Index = 0; Index < 4; Index++)
        {
            KeInitializeEvent(&Events[Index], NotificationEvent, TRUE);
            Objects[Index] = &Events[Index];
        }
        WaitFor(4, Objects, WaitAny, NULL, NULL);
        return;
    }
    CHECK_BUGCHECK("KE_more_than_three_objects_without_wait_blocks_is_a_bugcheck", "MAXIMUM_WAIT_OBJECTS_EXCEEDED",
                   "4 objects");
}

TEST(KE, waiting_for_something_else_is_a_bugcheck)
{
    ULONG Words[16];

    if (t_is_child("KE_waiting_for_something_else_is_a_bugcheck"))
    {
        __builtin_memset(Words, 0x5A, sizeof(Words));
        KeWaitForSingleObject(Words, Executive, KernelMode, FALSE, NULL);
        return;
    }
    CHECK_BUGCHECK("KE_waiting_for_something_else_is_a_bugcheck", "no initialized event");
}

TEST(KE, an_event_that_was_never_initialized_is_a_bugcheck)
{
    KEVENT Event = {0};

    if (t_is_child("KE_an_event_that_was_never_initialized_is_a_bugcheck"))
    {
        KeSetEvent(&Event, IO_NO_INCREMENT, FALSE);
        return;
    }
    CHECK_BUGCHECK("KE_an_event_that_was_never_initialized_is_a_bugcheck", "was never initialized");
}
