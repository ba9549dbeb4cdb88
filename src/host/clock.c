// SPDX-License-Identifier: MIT
/* The clock: the only place where wskhost learns the time. */
#include <time.h>

#include "host/host.h"

#define NS_PER_S 1000000000ull

static uint64_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

uint64_t host_now_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t host_wall_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t host_utc_offset_s(uint64_t wall_ns)
{
	time_t t = (time_t)(wall_ns / NS_PER_S);
	struct tm tm;

	/* localtime_r need not read TZ, localtime does; drivers may be loaded
	 * before anybody called that one. */
	tzset();
	return localtime_r(&t, &tm) ? tm.tm_gmtoff : 0;
}
