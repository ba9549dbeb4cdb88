// SPDX-License-Identifier: MIT
/*
 * Everything at once, for the sanitizers: conversations over two loops whose
 * sends come from foreign threads, receives from the loops, with cancels,
 * aborts and closes at random moments. The laws are checked at every done.
 */
#include "rig.h"

#define PAIRS 24
#define LIVES 12 /* connections that each pair goes through */
#define MESSAGE 3000

/*
 * One end of a connection.
 * Owner: its worker thread; `received` and `broken` are the loop's until the
 * receive has ended for good.
 */
struct end {
	struct rig *r;
	struct eng_sock *s;
	struct t_op recv, send, close;
	unsigned char in[512], out[MESSAGE];
	uint32_t live;
	size_t received;
	unsigned int seed; /* of the pattern that comes in */
	bool wrong;
	uint32_t stopped; /* atomic: no receive is posted again */
};

static void next_recv(struct end *e, uint32_t flags);

static void took(struct end *e, int64_t n)
{
	for (int64_t i = 0; i < n; i++) {
		unsigned char want = (unsigned char)(((e->received % MESSAGE) * 2654435761u + e->seed) >> 13);

		e->wrong |= e->in[i] != want;
		e->received++;
	}
}

static void recv_done(struct t_op *t)
{
	struct end *e = t->ctx;

	if (t->res > 0) {
		took(e, t->res);
		next_recv(e, t->op.more_known ? 0 : ENG_NO_TRY);
		return;
	}
	SET(&e->stopped, 1);
	host_unpark(t->waiter);
}

/* Receives until it has to wait or the stream ends. */
static void next_recv(struct end *e, uint32_t flags)
{
	for (;;) {
		struct host_thread *waiter = e->recv.waiter;

		t_init(&e->recv, e->r, ENG_OP_RECV, e->in, sizeof(e->in));
		e->recv.piece = 100;
		e->recv.waiter = waiter;
		e->recv.ctx = e;
		e->recv.then = recv_done;
		e->recv.live = &e->live;
		if (t_submit_flags(e->s, &e->recv, flags) == 0)
			return;
		if (e->recv.res <= 0)
			break;
		took(e, e->recv.res);
		flags = 0;
	}
	SET(&e->stopped, 1);
	host_unpark(e->recv.waiter);
}

static uint32_t dice(uint32_t *state, uint32_t sides)
{
	*state = *state * 1664525u + 1013904223u;
	return (*state >> 8) % sides;
}

static void await_flag(uint32_t *flag)
{
	uint64_t until = host_now_ns() + RIG_DEADLINE_NS;

	while (!GET(flag)) {
		if (host_now_ns() >= until) {
			fprintf(stderr, "stress: an operation never ended\n");
			abort();
		}
		host_park(until);
	}
}

static void end_open(struct end *e, struct rig *r, struct eng_sock *s, unsigned int seed)
{
	memset(e, 0, sizeof(*e));
	e->r = r;
	e->s = s;
	e->seed = seed;
	fill_pattern(e->out, MESSAGE, seed);
	e->recv.waiter = host_thread_self();
	next_recv(e, 0);
}

/* Sends a message; false when the connection is broken, as it may be. */
static bool end_send(struct end *e, uint32_t *state)
{
	t_init(&e->send, e->r, ENG_OP_SEND, e->out, MESSAGE);
	e->send.piece = 1 + dice(state, 200);
	e->send.live = &e->live;
	e->send.op.nodelay = dice(state, 2);
	if (t_submit(e->s, &e->send) == 0)
		await_flag(&e->send.finished);
	return e->send.res == MESSAGE;
}

static void end_close(struct end *e, uint32_t *state)
{
	if (dice(state, 4) == 0)
		t_abort(e->s);
	t_init(&e->close, e->r, ENG_OP_CLOSE, NULL, 0);
	e->close.op.abort = dice(state, 2);
	e->close.live = &e->live;
	/* A receive that the loop posts anew at this moment is refused. */
	if (t_submit(e->s, &e->close) == 0)
		await_flag(&e->close.finished);
	await_flag(&e->stopped);
}

struct worker {
	struct rig *r;
	struct eng_sock *listener;
	uint16_t port;
	uint32_t state;
	uint32_t failed; /* atomic */
};

static bool live_once(struct worker *w, struct end ends[2])
{
	struct t_op accept, connect;
	struct eng_sock *s;
	bool whole = dice(&w->state, 2);

	if (eng_sock_open(w->r->e, w->r->family, ENG_STREAM, 0, dice(&w->state, 2), &s))
		return false;
	t_init(&accept, w->r, ENG_OP_ACCEPT, NULL, 0);
	t_submit(w->listener, &accept);
	t_init(&connect, w->r, ENG_OP_CONNECT, NULL, 0);
	connect.op.addr = loopback(w->r, w->port);
	t_submit(s, &connect);
	await_flag(&connect.finished);
	await_flag(&accept.finished);
	if (connect.res || accept.res) {
		fprintf(stderr, "connect %d accept %d\n", (int)connect.res, (int)accept.res);
		return false;
	}
	end_open(&ends[0], w->r, s, 1);
	end_open(&ends[1], w->r, accept.op.accepted, 1);
	for (int i = 0; i < 4; i++) {
		end_send(&ends[i % 2], &w->state);
		if (!whole && dice(&w->state, 3) == 0)
			break;
		if (dice(&w->state, 3) == 0)
			t_cancel(ends[0].s, &ends[0].send); /* past its end: nothing happens */
	}
	end_close(&ends[0], &w->state);
	end_close(&ends[1], &w->state);
	return !ends[0].wrong && !ends[1].wrong;
}

static void work(void *arg)
{
	struct worker *w = arg;
	struct end *ends = malloc(2 * sizeof(*ends));

	for (int i = 0; i < PAIRS / 4 * LIVES; i++) {
		if (!live_once(w, ends))
			__atomic_fetch_add(&w->failed, 1, __ATOMIC_ACQ_REL);
	}
	free(ends);
}

static void everything(struct rig *r)
{
	struct worker workers[4];
	struct host_thread *threads[4];

	for (uint32_t i = 0; i < 4; i++) {
		workers[i] = (struct worker){.r = r, .state = i + 1};
		workers[i].listener = open_listener(r, i % 2, &workers[i].port);
		CHECK_EQ(host_thread_start("worker", work, &workers[i], &threads[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		host_thread_join(threads[i]);
		CHECK_EQ(workers[i].failed, 0);
		close_sock(r, workers[i].listener, false);
	}
}

TEST(ENG, conversations_with_cancels_aborts_and_closes) { for_each(everything, BY_THREADS, 2); }

/* Many threads cancel, abort and close one busy socket at the same moment. */
struct attack {
	struct eng_sock *s;
	struct t_op *op;
	int how;
	uint32_t *go, *ready;
};

static void attacker(void *arg)
{
	struct attack *a = arg;

	__atomic_fetch_add(a->ready, 1, __ATOMIC_ACQ_REL);
	while (!GET(a->go))
		host_yield();
	if (a->how == 0)
		t_abort(a->s);
	else
		t_submit(a->s, a->op);
}

static void torn_apart(struct rig *r)
{
	for (int i = 0; i < 60; i++) {
		unsigned char byte[2];
		uint32_t go = 0, ready = 0;
		struct t_op recv, end, late, close;
		struct peer *peer;
		struct eng_sock *s = connected(r, &peer);
		struct attack attacks[] = {{s, NULL, 0, &go, &ready}, {s, &late, 1, &go, &ready}};
		struct host_thread *threads[2];

		t_init(&recv, r, ENG_OP_RECV, &byte[0], 1);
		t_init(&end, r, ENG_OP_PEER_END, NULL, 0);
		t_init(&late, r, ENG_OP_SHUTDOWN, NULL, 0);
		t_init(&close, r, ENG_OP_CLOSE, NULL, 0);
		CHECK_EQ(t_submit(s, &recv), 0);
		CHECK_EQ(t_submit(s, &end), 0);
		for (int k = 0; k < 2; k++)
			CHECK_EQ(host_thread_start("attack", attacker, &attacks[k], &threads[k]), 0);
		while (GET(&ready) < 2)
			host_yield();
		SET(&go, 1);
		if (i % 2)
			peer_reset(peer);
		else
			peer_shutdown(peer);
		for (int k = 0; k < 2; k++)
			host_thread_join(threads[k]);
		t_wait(&recv);
		t_wait(&end);
		t_wait(&late);
		CHECK(recv.dones == 1 && end.dones == 1 && late.dones <= 1);
		CHECK_EQ(t_submit(s, &close), 0);
		CHECK_EQ(t_wait(&close), 0);
		if (i % 2 == 0)
			peer_close(peer);
	}
}

TEST(ENG, one_socket_torn_apart_by_threads) { for_each(torn_apart, BY_THREADS, 1); }

/* A cancel against a close: the canceller holds a lock that done takes too, which
 * is how it knows that the op is in flight; the socket's end waits for both. */
struct canceller {
	struct host_lock lock;
	struct t_op *op;
	struct eng_sock *s;
	bool over; /* lock */
	uint32_t *go;
};

static void mark_over(struct t_op *t)
{
	struct canceller *c = t->ctx;

	host_lock_acquire(&c->lock);
	c->over = true;
	host_lock_release(&c->lock);
}

static void cancel_when_told(void *arg)
{
	struct canceller *c = arg;

	while (!GET(c->go))
		host_cpu_relax();
	host_lock_acquire(&c->lock);
	if (!c->over)
		t_cancel(c->s, c->op);
	host_lock_release(&c->lock);
}

static void cancel_against_close(struct rig *r)
{
	for (int i = 0; i < 300; i++) {
		uint32_t go = 0, live = 0;
		struct t_op accept, close;
		struct eng_sock *s;
		uint16_t port;
		struct canceller c = {.op = &accept, .go = &go};
		struct host_thread *thread;

		s = open_listener(r, 0, &port);
		c.s = s;
		t_init(&accept, r, ENG_OP_ACCEPT, NULL, 0);
		accept.ctx = &c;
		accept.then = mark_over;
		accept.live = &live;
		t_init(&close, r, ENG_OP_CLOSE, NULL, 0);
		close.live = &live;
		CHECK_EQ(t_submit(s, &accept), 0);
		CHECK_EQ(host_thread_start("cancel", cancel_when_told, &c, &thread), 0);
		SET(&go, 1);
		for (int spin = 0; spin < i % 60 * 10; spin++)
			host_cpu_relax();
		CHECK_EQ(t_submit(s, &close), 0);
		CHECK_EQ(t_wait(&close), 0);
		CHECK_EQ(accept.dones, 1);
		CHECK_EQ(accept.res, -ECANCELED);
		host_thread_join(thread);
	}
}

TEST(ENG, cancel_against_close) { for_each(cancel_against_close, BY_THREADS, 1); }
