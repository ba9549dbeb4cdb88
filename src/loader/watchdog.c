// SPDX-License-Identifier: MIT
/*
 * Watches a DriverUnload: a thread that logs, every few seconds, that it has
 * not returned. What exactly is waited for is said by the function that waits
 * (WskDeregister names its sockets); this is for everything else, such as a
 * driver waiting for an event that nobody sets.
 */
#include "loader/ldrp.h"

#define WATCHDOG_FIRST_SECONDS 3u
#define NANOSECONDS 1000000000ULL

static LDRP_STUCK_ROUTINE StuckRoutine; /* set while no driver is being unloaded */
static PVOID StuckContext;

VOID LdrpSetStuckRoutine(LDRP_STUCK_ROUTINE Routine, PVOID Context)
{
    StuckRoutine = Routine;
    StuckContext = Context;
}

static VOID Watch(PVOID Argument)
{
    LDRP_WATCHDOG *Watchdog = Argument;
    ULONGLONG Start = HcNow();
    ULONG Seconds = WATCHDOG_FIRST_SECONDS;

    while (!__atomic_load_n(&Watchdog->Stopped, __ATOMIC_ACQUIRE))
    {
        if (HcPark(Start + Seconds * NANOSECONDS) || HcNow() < Start + Seconds * NANOSECONDS)
        {
            continue;
        }
        HcLog(HcLogWarning, "%s: DriverUnload has not returned for %u s", Watchdog->DriverName, Seconds);
        if (StuckRoutine)
        {
            StuckRoutine(StuckContext, Watchdog->DriverName, Watchdog->ThreadId, Seconds);
        }
        Seconds *= 2;
    }
}

VOID LdrpStartWatchdog(LDRP_WATCHDOG *Watchdog, PCSTR DriverName)
{
    Watchdog->DriverName = DriverName;
    Watchdog->ThreadId = HcCurrentThreadId();
    Watchdog->Stopped = 0;
    Watchdog->Thread = NULL;
    if (!NT_SUCCESS(HcStartThread("watchdog", Watch, Watchdog, &Watchdog->Thread)))
    {
        HcLog(HcLogWarning, "%s: no thread left to watch its DriverUnload", DriverName);
    }
}

VOID LdrpStopWatchdog(LDRP_WATCHDOG *Watchdog)
{
    if (!Watchdog->Thread)
    {
        return;
    }
    __atomic_store_n(&Watchdog->Stopped, 1, __ATOMIC_RELEASE);
    HcUnpark(Watchdog->Thread);
    HcJoinThread(Watchdog->Thread);
}
