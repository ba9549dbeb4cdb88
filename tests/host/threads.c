// SPDX-License-Identifier: MIT
/* Threads and parking: started and adopted ones, their data, permits. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "host/host.h"
#include "support/test.h"

#define NS_PER_S 1000000000ull
#define NS_PER_MS 1000000ull
#define SET(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define GET(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)

/* ---- identity ------------------------------------------------------------------ */

struct seen {
	struct host_thread *self, *again;
	uint32_t id;
	sigset_t blocked;
	char name[32];
};

static void look(void *arg)
{
	struct seen *s = arg;

	s->self = host_thread_self();
	s->again = host_thread_self();
	s->id = host_thread_id();
	pthread_sigmask(SIG_BLOCK, NULL, &s->blocked);
	pthread_getname_np(pthread_self(), s->name, sizeof(s->name));
}

TEST(HOST, a_started_thread_knows_itself)
{
	struct host_thread *t = NULL;
	struct seen s;

	memset(&s, 0xee, sizeof(s));
	CHECK_EQ(host_thread_start("a name longer than the kernel's", look, &s, &t), 0);
	host_thread_ref(t);
	host_thread_join(t);
	CHECK(s.self == t && s.again == t);
	host_unpark(t); /* allowed on a thread that is gone, by the reference */
	host_thread_unref(t);
	CHECK(s.id != host_thread_id());
	CHECK_STR(s.name, "a name longer t");
	/* Signals are the program's business; faults are the thread's own. */
	CHECK(sigismember(&s.blocked, SIGTERM) && sigismember(&s.blocked, SIGINT));
	CHECK(sigismember(&s.blocked, SIGPIPE) && sigismember(&s.blocked, SIGUSR1));
	CHECK(!sigismember(&s.blocked, SIGSEGV) && !sigismember(&s.blocked, SIGBUS));
	/* The starter's own mask is as it was. */
	pthread_sigmask(SIG_BLOCK, NULL, &s.blocked);
	CHECK(!sigismember(&s.blocked, SIGTERM));
	CHECK(host_cpu_count() >= 1);
}

/* ---- data and exit ---------------------------------------------------------------- */

struct exit_record {
	struct host_thread *self, *at_exit;
	int destroyed;
	void *data;
};

static void destroy_data(void *data)
{
	struct exit_record *x = data;

	x->at_exit = host_thread_self();
	x->data = host_thread_data();
	/* The first time, leave something behind again. */
	if (x->destroyed++ == 0)
		host_thread_set_data(x, destroy_data);
}

static void *foreign(void *arg)
{
	struct exit_record *x = arg;

	x->self = host_thread_ref(host_thread_self());
	host_thread_set_data(x, destroy_data);
	x->data = host_thread_data();
	return NULL;
}

static void started(void *arg)
{
	foreign(arg);
}

TEST(HOST, thread_data_is_destroyed_at_exit)
{
	for (int adopted = 0; adopted < 2; adopted++) {
		struct exit_record x = {0};
		struct host_thread *t;
		pthread_t handle;

		if (adopted) {
			CHECK_EQ(pthread_create(&handle, NULL, foreign, &x), 0);
			CHECK_EQ(pthread_join(handle, NULL), 0);
		} else {
			CHECK_EQ(host_thread_start("data", started, &x, &t), 0);
			host_thread_join(t);
		}
		CHECK_EQ(x.destroyed, 2);
		CHECK(x.self == x.at_exit);
		CHECK(x.data == NULL);
		host_thread_unref(x.self);
	}
	CHECK(host_thread_data() == NULL);
}

/* ---- parking ------------------------------------------------------------------------ */

TEST(HOST, a_permit_is_taken_once)
{
	uint64_t before = host_now_ns();

	host_unpark(host_thread_self());
	host_unpark(host_thread_self()); /* they do not add up */
	CHECK_EQ(host_park(HOST_NO_DEADLINE), 0);
	CHECK_EQ(host_park(0), -ETIMEDOUT);
	CHECK_EQ(host_park(before + 5 * NS_PER_MS), -ETIMEDOUT);
	CHECK(host_now_ns() >= before + 5 * NS_PER_MS);
}

#define TURNS 5000

struct pair {
	struct host_thread *threads[2];
	uint32_t turn; /* atomic */
	unsigned int payload; /* plain: the turn's */
};

static void take_turns(struct pair *p, uint32_t me)
{
	for (uint32_t i = me; i < TURNS; i += 2) {
		while (GET(&p->turn) != i)
			host_park(HOST_NO_DEADLINE);
		p->payload++;
		SET(&p->turn, i + 1);
		host_unpark(p->threads[!me]);
	}
}

static void second(void *arg)
{
	take_turns(arg, 1);
}

TEST(HOST, unpark_is_never_lost)
{
	struct pair p = {.threads = {host_thread_self()}};

	/* The second starts when it is let. */
	p.turn = UINT32_MAX;
	CHECK_EQ(host_thread_start("second", second, &p, &p.threads[1]), 0);
	SET(&p.turn, 0);
	take_turns(&p, 0);
	host_thread_join(p.threads[1]);
	CHECK_EQ(p.payload, TURNS);
}

/* What was written before an unpark is seen after the park that took it. */
struct message {
	struct host_thread *receiver;
	int text; /* plain */
};

static void deliver(void *arg)
{
	struct message *m = arg;

	m->text = 42;
	host_unpark(m->receiver);
}

TEST(HOST, unpark_happens_before_park_returns)
{
	for (int i = 0; i < 200; i++) {
		struct message m = {host_thread_self(), 0};
		struct host_thread *t;

		while (host_park(0) == 0)
			; /* a permit from an earlier test */
		CHECK_EQ(host_thread_start("deliver", deliver, &m, &t), 0);
		CHECK_EQ(host_park(HOST_NO_DEADLINE), 0);
		CHECK_EQ(m.text, 42);
		host_thread_join(t);
	}
}

/* A deadline that races with the unpark: the permit is either taken or left. */
struct racer {
	struct host_thread *sleeper;
	uint32_t go; /* atomic */
};

static void race(void *arg)
{
	struct racer *r = arg;

	for (uint32_t i = 1; i <= 300; i++) {
		while (GET(&r->go) != i)
			host_yield();
		host_unpark(r->sleeper);
	}
}

TEST(HOST, a_deadline_races_an_unpark)
{
	struct racer r = {host_thread_self(), 0};
	struct host_thread *t;
	unsigned int late = 0;

	CHECK_EQ(host_thread_start("racer", race, &r, &t), 0);
	for (uint32_t i = 1; i <= 300; i++) {
		SET(&r.go, i);
		if (host_park(host_now_ns() + i * 100) == -ETIMEDOUT) {
			late++;
			CHECK_EQ(host_park(HOST_NO_DEADLINE), 0);
		}
		CHECK_EQ(host_park(0), -ETIMEDOUT);
	}
	host_thread_join(t);
	print_message("%u of 300 deadlines came first\n", late);
}
