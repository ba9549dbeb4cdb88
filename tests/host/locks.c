// SPDX-License-Identifier: MIT
/* The lock word and the words that other locks are built from. */
#include "host/host.h"
#include "support/test.h"

#define NS_PER_MS 1000000ull
#define THREADS 4
#define ROUNDS 20000

struct shared {
	struct host_lock lock;
	unsigned long count; /* plain: the lock guards it */
	unsigned int inside; /* plain */
	int collisions;
	bool slow;
};

static void hammer(void *arg)
{
	struct shared *s = arg;
	int rounds = s->slow ? 200 : ROUNDS;

	for (int i = 0; i < rounds; i++) {
		host_lock_acquire(&s->lock);
		if (s->inside++)
			s->collisions++;
		s->count++;
		/* Held across a switch, so that others sleep and not only spin. */
		if (s->slow)
			host_yield();
		s->inside--;
		host_lock_release(&s->lock);
	}
}

static void contend(bool slow, unsigned long expected)
{
	struct shared s = {.slow = slow};
	struct host_thread *threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(host_thread_start("hammer", hammer, &s, &threads[i]), 0);
	for (int i = 0; i < THREADS; i++)
		host_thread_join(threads[i]);
	CHECK_EQ(s.count, expected);
	CHECK_EQ(s.collisions, 0);
	CHECK_EQ(s.lock.word, 0); /* zeroed memory is an unlocked lock, again */
}

TEST(HOST, a_contended_lock_excludes)
{
	contend(false, (unsigned long)THREADS * ROUNDS);
	contend(true, THREADS * 200ul);
}

TEST(HOST, a_try_does_not_wait)
{
	struct host_lock l = {0};

	CHECK(host_lock_try(&l));
	CHECK(!host_lock_try(&l));
	host_lock_release(&l);
	host_lock_acquire(&l);
	CHECK(!host_lock_try(&l));
	host_lock_release(&l);
	CHECK(host_lock_try(&l));
}

struct gate {
	uint32_t word, passed;
};

static void pass(void *arg)
{
	struct gate *g = arg;

	while (__atomic_load_n(&g->word, __ATOMIC_ACQUIRE) == 0)
		host_word_wait(&g->word, 0, HOST_NO_DEADLINE);
	__atomic_fetch_add(&g->passed, 1, __ATOMIC_ACQ_REL);
}

TEST(HOST, word_wait_returns_at_change_deadline_and_wake)
{
	struct gate g = {0, 0};
	struct host_thread *threads[THREADS];
	uint64_t then = host_now_ns() + 3 * NS_PER_MS;

	host_word_wait(&g.word, 1, HOST_NO_DEADLINE); /* it is not 1 */
	while (host_now_ns() < then)
		host_word_wait(&g.word, 0, then);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(host_thread_start("gate", pass, &g, &threads[i]), 0);
	__atomic_store_n(&g.word, 1, __ATOMIC_RELEASE);
	host_word_wake(&g.word, THREADS);
	for (int i = 0; i < THREADS; i++)
		host_thread_join(threads[i]);
	CHECK_EQ(g.passed, THREADS);
}
