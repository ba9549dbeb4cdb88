// SPDX-License-Identifier: MIT
/*
 * NT time (100-nanosecond units since 1601-01-01) and calendar fields. Any IRQL.
 */
#include "nt/ntp.h"

#define RTLP_TICKS_PER_MILLISECOND 10000LL
#define RTLP_MILLISECONDS_PER_DAY (24LL * 60 * 60 * 1000)
#define RTLP_SECONDS_TO_1970 11644473600LL
#define RTLP_DAYS_PER_400_YEARS 146097LL

/* Days from 1601-01-01 to the first of March of Year. Counting years from March
 * puts the leap day last; Year >= 1600. */
static LONGLONG RtlpDaysToMarch(LONGLONG Year)
{
    LONGLONG Years = Year - 1600;
    return Years * 365 + Years / 4 - Years / 100 + Years / 400 - 306;
}

/* Days from the first of March to the first of the month, March = 0. */
static LONGLONG RtlpDaysInMonths(LONGLONG Months)
{
    return (153 * Months + 2) / 5;
}

/* Splits a time. Page: nf-wdm-rtltimetotimefields. */
VOID NTAPI RtlTimeToTimeFields(PLARGE_INTEGER Time, PTIME_FIELDS TimeFields)
{
    LONGLONG Milliseconds = Time->QuadPart / RTLP_TICKS_PER_MILLISECOND;
    LONGLONG Days = Milliseconds / RTLP_MILLISECONDS_PER_DAY;
    LONGLONG Rest = Milliseconds % RTLP_MILLISECONDS_PER_DAY;
    LONGLONG Year = 1601 + Days * 400 / RTLP_DAYS_PER_400_YEARS;

    /* The division may be a year off at its ends. */
    while (RtlpDaysToMarch(Year + 1) <= Days)
    {
        Year++;
    }
    while (RtlpDaysToMarch(Year) > Days)
    {
        Year--;
    }
    LONGLONG Day = Days - RtlpDaysToMarch(Year);
    LONGLONG Month = (5 * Day + 2) / 153;
    TimeFields->Day = (CSHORT)(Day - RtlpDaysInMonths(Month) + 1);
    TimeFields->Month = (CSHORT)(Month < 10 ? Month + 3 : Month - 9);
    TimeFields->Year = (CSHORT)(Month < 10 ? Year : Year + 1);
    TimeFields->Hour = (CSHORT)(Rest / 3600000);
    TimeFields->Minute = (CSHORT)(Rest / 60000 % 60);
    TimeFields->Second = (CSHORT)(Rest / 1000 % 60);
    TimeFields->Milliseconds = (CSHORT)(Rest % 1000);
    TimeFields->Weekday = (CSHORT)((Days + 1) % 7); /* 1601-01-01 was a Monday */
}

static BOOLEAN RtlpValidFields(const TIME_FIELDS *Fields)
{
    static const CSHORT Days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    BOOLEAN Leap = (Fields->Year % 4 == 0 && Fields->Year % 100 != 0) || Fields->Year % 400 == 0;

    if (Fields->Year < 1601 || Fields->Year > 30827 || Fields->Month < 1 || Fields->Month > 12 || Fields->Day < 1)
    {
        return FALSE;
    }
    if (Fields->Day > Days[Fields->Month - 1] + (Fields->Month == 2 && Leap))
    {
        return FALSE;
    }
    return Fields->Hour >= 0 && Fields->Hour < 24 && Fields->Minute >= 0 && Fields->Minute < 60 &&
           Fields->Second >= 0 && Fields->Second < 60 && Fields->Milliseconds >= 0 && Fields->Milliseconds < 1000;
}

/* Joins fields; Weekday is not looked at. FALSE: there is no such moment. Page:
 * nf-wdm-rtltimefieldstotime. */
BOOLEAN NTAPI RtlTimeFieldsToTime(PTIME_FIELDS TimeFields, PLARGE_INTEGER Time)
{
    if (!RtlpValidFields(TimeFields))
    {
        return FALSE;
    }
    LONGLONG Month = TimeFields->Month > 2 ? TimeFields->Month - 3 : TimeFields->Month + 9;
    LONGLONG Year = TimeFields->Month > 2 ? TimeFields->Year : TimeFields->Year - 1;
    LONGLONG Days = RtlpDaysToMarch(Year) + RtlpDaysInMonths(Month) + TimeFields->Day - 1;
    LONGLONG Seconds = (LONGLONG)TimeFields->Hour * 3600 + TimeFields->Minute * 60 + TimeFields->Second;
    Time->QuadPart = (Days * RTLP_MILLISECONDS_PER_DAY + Seconds * 1000 + TimeFields->Milliseconds) *
                     RTLP_TICKS_PER_MILLISECOND;
    return TRUE;
}

/* FALSE: before 1970 or more than 32 bits of seconds after. Page:
 * nf-ntifs-rtltimetosecondssince1970. */
BOOLEAN NTAPI RtlTimeToSecondsSince1970(PLARGE_INTEGER Time, PULONG ElapsedSeconds)
{
    LONGLONG Seconds = Time->QuadPart / (1000 * RTLP_TICKS_PER_MILLISECOND) - RTLP_SECONDS_TO_1970;
    if (Seconds < 0 || Seconds > (LONGLONG)MAXULONG)
    {
        return FALSE;
    }
    *ElapsedSeconds = (ULONG)Seconds;
    return TRUE;
}

/* Page: nf-ntifs-rtlsecondssince1970totime. */
VOID NTAPI RtlSecondsSince1970ToTime(ULONG ElapsedSeconds, PLARGE_INTEGER Time)
{
    Time->QuadPart = (ElapsedSeconds + RTLP_SECONDS_TO_1970) * 1000 * RTLP_TICKS_PER_MILLISECOND;
}
