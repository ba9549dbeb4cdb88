// SPDX-License-Identifier: MIT
#pragma once
/*
 * Private to src/host: the thread structure and the futex calls that every
 * blocking function is made of.
 */
#include <pthread.h>

#include "host/host.h"

/*
 * Owner: the running thread. Memory: the last reference (`refs`).
 * Lock: none; `permit` and `refs` are atomic, the rest belongs to the thread
 * itself (`handle` to the starter).
 */
struct host_thread {
	uint32_t permit; /* enum host_permit */
	uint32_t refs;
	uint32_t id;     /* kernel thread id, 0 until asked for */
	pthread_t handle; /* of started threads, for the join */
	host_thread_fn fn;
	void *arg;
	char name[16];
	void *data; /* the NT layer's */
	void (*data_destroy)(void *data);
};

/* One word tells everything, so park and unpark meet in one atomic operation. */
enum host_permit { HOST_PERMIT_NONE = 0, HOST_PERMIT_GIVEN = 1, HOST_PERMIT_PARKED = 2 };

/* FUTEX_WAIT until an absolute host_now_ns time: 0, -ETIMEDOUT, -EAGAIN, -EINTR. */
int host_futex_wait(const uint32_t *word, uint32_t expected, uint64_t deadline_ns);
void host_futex_wake(const uint32_t *word, int n);
