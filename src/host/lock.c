// SPDX-License-Identifier: MIT
/*
 * The lock word: 0 free, 1 held, 2 held and perhaps someone sleeps. Only an
 * unlock of a 2 costs a system call.
 */
#include "host/hostp.h"

enum { FREE = 0, HELD = 1, CONTENDED = 2 };

/* A holder that runs lets go within this; one that was preempted does not, and
 * spinning for it would take its processor. */
#define SPINS 64

bool host_lock_try(struct host_lock *l)
{
	uint32_t seen = FREE;

	return __atomic_compare_exchange_n(&l->word, &seen, HELD, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static void acquire_slow(struct host_lock *l)
{
	for (int i = 0; i < SPINS; i++) {
		if (__atomic_load_n(&l->word, __ATOMIC_RELAXED) == FREE && host_lock_try(l))
			return;
		host_cpu_relax();
	}
	/* Taken as CONTENDED, since others may sleep behind us. */
	while (__atomic_exchange_n(&l->word, CONTENDED, __ATOMIC_ACQUIRE) != FREE)
		host_futex_wait(&l->word, CONTENDED, HOST_NO_DEADLINE);
}

void host_lock_acquire(struct host_lock *l)
{
	if (!host_lock_try(l))
		acquire_slow(l);
}

void host_lock_release(struct host_lock *l)
{
	if (__atomic_exchange_n(&l->word, FREE, __ATOMIC_RELEASE) == CONTENDED)
		host_futex_wake(&l->word, 1);
}
