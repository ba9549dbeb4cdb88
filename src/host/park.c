// SPDX-License-Identifier: MIT
/*
 * Parking: where threads block. Futexes on private words; everything another
 * thread must see is published by an atomic operation on the word itself, so
 * that happens-before follows from the word and not from the system call.
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "host/hostp.h"

#define NS_PER_S 1000000000ull

int host_futex_wait(const uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
	struct timespec ts, *until = NULL;

	if (deadline_ns != HOST_NO_DEADLINE) {
		ts.tv_sec = (time_t)(deadline_ns / NS_PER_S);
		ts.tv_nsec = (long)(deadline_ns % NS_PER_S);
		until = &ts;
	}
	/* WAIT_BITSET takes an absolute CLOCK_MONOTONIC time, WAIT a relative one. */
	if (syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected, until, NULL,
		    FUTEX_BITSET_MATCH_ANY) == 0)
		return 0;
	return -errno;
}

void host_futex_wake(const uint32_t *word, int n)
{
	/* The word's memory may be gone by now (its owner saw the new value and
	 * left); a private futex wake of such an address is harmless. */
	syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, n, NULL, NULL, 0);
}

void host_word_wait(const uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
	host_futex_wait(word, expected, deadline_ns);
}

void host_word_wake(const uint32_t *word, int n)
{
	host_futex_wake(word, n);
}

int host_park(uint64_t deadline_ns)
{
	struct host_thread *self = host_thread_self();
	uint32_t seen = HOST_PERMIT_GIVEN;

	if (__atomic_compare_exchange_n(&self->permit, &seen, HOST_PERMIT_NONE, false,
					__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return 0;
	seen = HOST_PERMIT_NONE;
	if (!__atomic_compare_exchange_n(&self->permit, &seen, HOST_PERMIT_PARKED, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
		/* Given in between. Nobody else takes it, so an exchange is enough. */
		__atomic_exchange_n(&self->permit, HOST_PERMIT_NONE, __ATOMIC_ACQUIRE);
		return 0;
	}
	for (;;) {
		int err = host_futex_wait(&self->permit, HOST_PERMIT_PARKED, deadline_ns);

		if (__atomic_load_n(&self->permit, __ATOMIC_RELAXED) == HOST_PERMIT_GIVEN ||
		    err == -ETIMEDOUT)
			break;
	}
	/* An unpark that races with the deadline wins: its permit is taken. */
	if (__atomic_exchange_n(&self->permit, HOST_PERMIT_NONE, __ATOMIC_ACQUIRE) ==
	    HOST_PERMIT_GIVEN)
		return 0;
	return -ETIMEDOUT;
}

void host_unpark(struct host_thread *t)
{
	if (__atomic_exchange_n(&t->permit, HOST_PERMIT_GIVEN, __ATOMIC_RELEASE) ==
	    HOST_PERMIT_PARKED)
		host_futex_wake(&t->permit, 1);
}
