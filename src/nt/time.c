// SPDX-License-Identifier: MIT
/*
 * Clocks: system time (100 ns since 1601, UTC), interrupt time (100 ns, monotonic),
 * the performance counter, ticks.
 */
#include "nt/kip.h"

#define KI_TIME_1970 116444736000000000LL /* 1970-01-01 in 100 ns since 1601-01-01 */
#define KI_TICK 156250                    /* 100 ns in a tick: 64 per second, as Windows on x64 */
#define KI_COUNTER_HZ 10000000            /* what Windows reports with its usual time source */

/* ---- since 1601 ----------------------------------------------------------------- */

static VOID KiQuerySystemTime(PLARGE_INTEGER CurrentTime)
{
    CurrentTime->QuadPart = (LONGLONG)(HcWallClock() / 100) + KI_TIME_1970;
}

#undef KeQuerySystemTime
/* UTC in 100 ns since 1601. Any IRQL. Page: nf-wdm-kequerysystemtime-r1. */
VOID NTAPI KeQuerySystemTime(PLARGE_INTEGER CurrentTime)
{
    KiQuerySystemTime(CurrentTime);
}

/* As KeQuerySystemTime. Page: nf-wdm-kequerysystemtimeprecise. */
VOID NTAPI KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime)
{
    KiQuerySystemTime(CurrentTime);
}

static LONGLONG KiLocalOffset(LONGLONG SystemTime)
{
    LONGLONG SinceEpoch = SystemTime - KI_TIME_1970;

    return HcUtcOffset(SinceEpoch > 0 ? (ULONGLONG)SinceEpoch * 100 : 0) * 10000000;
}

/* Adds the time zone of this machine. Any IRQL. Page:
 * nf-wdm-exsystemtimetolocaltime. */
VOID NTAPI ExSystemTimeToLocalTime(PLARGE_INTEGER SystemTime, PLARGE_INTEGER LocalTime)
{
    LocalTime->QuadPart = SystemTime->QuadPart + KiLocalOffset(SystemTime->QuadPart);
}

/* Takes it away again. Any IRQL. Page: nf-wdm-exlocaltimetosystemtime. */
VOID NTAPI ExLocalTimeToSystemTime(PLARGE_INTEGER LocalTime, PLARGE_INTEGER SystemTime)
{
    /* The offset that holds at the answer, approached in one step from the local
     * time taken as UTC: wrong at most within the hour of a change. */
    LONGLONG Guess = LocalTime->QuadPart - KiLocalOffset(LocalTime->QuadPart);
    SystemTime->QuadPart = LocalTime->QuadPart - KiLocalOffset(Guess);
}

/* ---- since the machine started ----------------------------------------------------- */

#undef KeQueryInterruptTime
/* 100 ns, monotonic. Any IRQL. Page: nf-wdm-kequeryinterrupttime. */
ULONGLONG NTAPI KeQueryInterruptTime(VOID)
{
    return HcNow() / 100;
}

/* As KeQueryInterruptTime; *QpcTimeStamp, the counter at the same moment. Page:
 * nf-wdm-kequeryinterrupttimeprecise. */
ULONGLONG NTAPI KeQueryInterruptTimePrecise(PULONG64 QpcTimeStamp)
{
    ULONGLONG Now = HcNow() / 100;

    *QpcTimeStamp = Now;
    return Now;
}

/* As KeQueryInterruptTime: no time is spent asleep that it would not count. Page:
 * nf-wdm-kequeryunbiasedinterrupttime. */
ULONGLONG NTAPI KeQueryUnbiasedInterruptTime(VOID)
{
    return HcNow() / 100;
}

#undef KeQueryTickCount
/* Ticks of KeQueryTimeIncrement. Any IRQL. Page: nf-wdm-kequerytickcount-r1. */
VOID NTAPI KeQueryTickCount(PLARGE_INTEGER CurrentCount)
{
    CurrentCount->QuadPart = (LONGLONG)(HcNow() / 100 / KI_TICK);
}

/* 100 ns per tick. Any IRQL. Page: nf-wdm-kequerytimeincrement. */
ULONG NTAPI KeQueryTimeIncrement(VOID)
{
    return KI_TICK;
}

/* Timers here are exact to the host's clock; the tick drivers see does not change.
 * All three get 100 ns per tick. PASSIVE_LEVEL. Page:
 * nf-wdm-exquerytimerresolution. */
VOID NTAPI ExQueryTimerResolution(PULONG MaximumTime, PULONG MinimumTime, PULONG CurrentTime)
{
    KI_IRQL_MAX(PASSIVE_LEVEL);
    *MaximumTime = KI_TICK;
    *MinimumTime = KI_TICK;
    *CurrentTime = KI_TICK;
}

/* Changes nothing; returns the resolution there is. PASSIVE_LEVEL. Page:
 * nf-wdm-exsettimerresolution. */
ULONG NTAPI ExSetTimerResolution(ULONG DesiredTime, BOOLEAN SetResolution)
{
    UNREFERENCED_PARAMETER(DesiredTime);
    UNREFERENCED_PARAMETER(SetResolution);
    KI_IRQL_MAX(APC_LEVEL);
    return KI_TICK;
}

/* The counter; its rate goes to *PerformanceFrequency when asked for. Any IRQL.
 * Page: nf-wdm-kequeryperformancecounter. */
LARGE_INTEGER NTAPI KeQueryPerformanceCounter(PLARGE_INTEGER PerformanceFrequency)
{
    LARGE_INTEGER Counter;

    if (PerformanceFrequency != NULL)
    {
        PerformanceFrequency->QuadPart = KI_COUNTER_HZ;
    }
    Counter.QuadPart = (LONGLONG)(HcNow() / (1000000000 / KI_COUNTER_HZ));
    return Counter;
}

/* Spins that long. Any IRQL; keep it under 50 microseconds. Page:
 * nf-wdm-kestallexecutionprocessor. */
VOID NTAPI KeStallExecutionProcessor(ULONG MicroSeconds)
{
    ULONGLONG End = HcNow() + MicroSeconds * 1000ULL;

    while (HcNow() < End)
    {
        HcRelax();
    }
}
