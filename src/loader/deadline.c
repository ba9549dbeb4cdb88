// SPDX-License-Identifier: MIT
/*
 * A test's time limit: a thread that, when the time has passed, writes to the log
 * what everything waits for, and has somebody do something about it. It shares no
 * lock with loading and unloading, which may be what does not end.
 */
#include "loader/ldrp.h"
#include "nt/waits.h"
#include "wsk/waits.h"

#define NANOSECONDS 1000000000ULL

/*
 * Lock: Lock, for all of it but the thread's own work.
 */
static struct
{
    HC_LOCK Lock;
    BOOLEAN Open;       /* the kernel is up */
    BOOLEAN Ending;     /* the thread is to return */
    ULONG Seconds;      /* the limit as it was set */
    ULONGLONG Deadline; /* HcNow time, or HC_NO_DEADLINE */
    PHC_THREAD Thread;  /* from the first limit on */
    LDRP_EXPIRED_ROUTINE Expired;
    PVOID Context;
} Limit;

BOOLEAN LdrpLogWaits(VOID)
{
    BOOLEAN Open;

    HcAcquireLock(&Limit.Lock);
    Open = Limit.Open;
    HcReleaseLock(&Limit.Lock);
    if (Open)
    {
        KiLogWaits();
        WskpLogWaits();
    }
    return Open;
}

static VOID Expire(ULONG Seconds, LDRP_EXPIRED_ROUTINE Expired, PVOID Context)
{
    HcLog(HcLogError, "the time limit of %u s has passed; what everything waits for:", Seconds);
    LdrpLogWaits();
    if (Expired)
    {
        Expired(Context);
        return;
    }
    HcLog(HcLogError, "nobody handles the end of the time limit, so the process ends here");
    HcAbort();
}

static VOID WatchTime(PVOID Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    HcAcquireLock(&Limit.Lock);
    while (!Limit.Ending)
    {
        ULONGLONG Deadline = Limit.Deadline;
        ULONG Seconds = Limit.Seconds;
        LDRP_EXPIRED_ROUTINE Expired = Limit.Expired;
        PVOID Context = Limit.Context;
        BOOLEAN Passed = HcNow() >= Deadline;

        if (Passed)
        {
            Limit.Deadline = HC_NO_DEADLINE;
        }
        HcReleaseLock(&Limit.Lock);
        if (Passed)
        {
            Expire(Seconds, Expired, Context);
        }
        else
        {
            HcPark(Deadline);
        }
        HcAcquireLock(&Limit.Lock);
    }
    HcReleaseLock(&Limit.Lock);
}

/* Lock is held. */
static int StartThread(VOID)
{
    if (Limit.Thread || NT_SUCCESS(HcStartThread("time limit", WatchTime, NULL, &Limit.Thread)))
    {
        return 0;
    }
    HcLog(HcLogError, "no thread left to watch the time limit");
    return -HOST_ENOMEM;
}

int LdrpSetTimeLimit(ULONG Seconds)
{
    int Err = -HOST_EINVAL;

    HcAcquireLock(&Limit.Lock);
    if (Limit.Open)
    {
        Limit.Seconds = Seconds;
        Limit.Deadline = Seconds ? HcNow() + Seconds * NANOSECONDS : HC_NO_DEADLINE;
        Err = Seconds ? StartThread() : 0;
        if (Limit.Thread)
        {
            HcUnpark(Limit.Thread);
        }
    }
    HcReleaseLock(&Limit.Lock);
    return Err;
}

VOID LdrpOpenTimeLimit(LDRP_EXPIRED_ROUTINE Expired, PVOID Context)
{
    HcAcquireLock(&Limit.Lock);
    Limit.Open = TRUE;
    Limit.Ending = FALSE;
    Limit.Deadline = HC_NO_DEADLINE;
    Limit.Expired = Expired;
    Limit.Context = Context;
    HcReleaseLock(&Limit.Lock);
}

VOID LdrpCloseTimeLimit(VOID)
{
    PHC_THREAD Thread;

    HcAcquireLock(&Limit.Lock);
    Limit.Open = FALSE;
    Limit.Ending = TRUE;
    Thread = Limit.Thread;
    Limit.Thread = NULL;
    if (Thread)
    {
        HcUnpark(Thread);
    }
    HcReleaseLock(&Limit.Lock);
    if (Thread)
    {
        HcJoinThread(Thread);
    }
}
