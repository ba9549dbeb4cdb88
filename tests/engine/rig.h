// SPDX-License-Identifier: MIT
#pragma once
/*
 * What the engine's tests share: an engine with a thread per loop (or none, for
 * tests that run the loop by hand), operations that know what happened to them,
 * and the laws checked at every `done` (rig_finish tells the verdict). Each law's
 * body is written once and run for every engine and address family.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/probe.h"
#include "host/host.h"
#include "support/peer.h"
#include "support/test.h"

#define LOOPS_MAX 2
#define NS_PER_S 1000000000ull
/* Reaching it is a failure, never a result. */
#define RIG_DEADLINE_NS ((uint64_t)PEER_SECONDS * NS_PER_S)

#define UNUSED __attribute__((unused))
#define GET(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define SET(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)

enum rig_mode { BY_THREADS, BY_HAND };

struct rig {
	struct eng *e;
	const char *engine;
	enum eng_family family;
	enum rig_mode mode;
	unsigned int loops;
	struct host_thread *thread[LOOPS_MAX];
	uint32_t thread_id[LOOPS_MAX];
	uint32_t in_batch[LOOPS_MAX];
	uint32_t stop;
	uint32_t faults;   /* laws broken, reported by rig_finish */
	uint32_t sequence; /* orders the dones */
	uint32_t batches;
};

/* An operation and what happened to it. The test's from t_init on; the engine
 * holds it from t_submit to its end, so it outlives that. */
struct t_op {
	struct eng_op op; /* first */
	struct rig *r;
	unsigned int loop;
	struct host_thread *waiter;
	void (*then)(struct t_op *t); /* in done, before the waiter is told */
	void *ctx;
	uint32_t *live;      /* ops in flight on its socket, if the test counts (law 5) */
	unsigned char *data; /* cut into segments of `piece` bytes */
	size_t piece;
	uint32_t flying;   /* atomic: between submit and done */
	uint32_t dones;    /* calls of done since t_init */
	uint32_t finished; /* atomic: ended, by done or at once */
	uint32_t order;    /* rig.sequence at done */
	int64_t res;       /* a copy, poisoned before */
};

#define POISON INT64_MIN

/* How deep this thread is inside submit, cancel or abort (law 2). */
static __thread int inside_call UNUSED;

static UNUSED void rig_fault(struct rig *r, const char *what)
{
	fprintf(stderr, "law broken: %s\n", what);
	__atomic_fetch_add(&r->faults, 1, __ATOMIC_ACQ_REL);
}

/* ---- operations ------------------------------------------------------------- */

static UNUSED void t_done(struct eng_op *op)
{
	struct t_op *t = (struct t_op *)op;
	struct rig *r = t->r;
	struct host_thread *waiter = t->waiter;

	if (inside_call)
		rig_fault(r, "2: done inside a call");
	if (GET(&r->thread_id[t->loop]) != host_thread_id())
		rig_fault(r, "3: done on another thread than the loop's");
	if (!GET(&r->in_batch[t->loop]))
		rig_fault(r, "3: done outside a batch");
	if (!__atomic_exchange_n(&t->flying, 0, __ATOMIC_ACQ_REL))
		rig_fault(r, "1: done without or after the end of a submit");
	if (t->live && __atomic_sub_fetch(t->live, 1, __ATOMIC_ACQ_REL) && op->kind == ENG_OP_CLOSE)
		rig_fault(r, "5: close done before another op");
	__atomic_fetch_add(&t->dones, 1, __ATOMIC_ACQ_REL);
	t->order = __atomic_add_fetch(&r->sequence, 1, __ATOMIC_ACQ_REL);
	t->res = op->res;
	if (t->then)
		t->then(t);
	if (waiter)
		host_thread_ref(waiter);
	/* From here on the test may drop it, and its thread may end. */
	SET(&t->finished, 1);
	if (waiter) {
		host_unpark(waiter);
		host_thread_unref(waiter);
	}
}

/* Law 6: the data is asked for between submit and done only. */
static UNUSED size_t t_segments(struct eng_op *op, size_t offset, struct eng_seg *segs, size_t max)
{
	struct t_op *t = (struct t_op *)op;
	size_t n = 0;

	if (!GET(&t->flying))
		rig_fault(t->r, "6: segments asked for outside submit and done");
	while (n < max && offset < op->length) {
		size_t len = t->piece - offset % t->piece;

		if (len > op->length - offset)
			len = op->length - offset;
		segs[n].base = t->data + offset;
		segs[n].len = len;
		offset += len;
		n++;
	}
	return n;
}

/* An op of any kind; data and length for SEND and RECV. */
static UNUSED void t_init(struct t_op *t, struct rig *r, enum eng_op_kind kind, void *data, size_t length)
{
	memset(t, 0, sizeof(*t));
	t->r = r;
	t->waiter = host_thread_self();
	t->data = data;
	t->piece = length ? length : 1;
	t->op.kind = kind;
	t->op.length = length;
	t->op.done = t_done;
	t->op.segments = t_segments;
}

/* What eng_submit says; on ENG_FINISHED the op is ended. */
static UNUSED int t_submit_flags(struct eng_sock *s, struct t_op *t, uint32_t flags)
{
	int r;

	t->loop = eng_sock_loop(s);
	t->finished = 0;
	t->res = POISON;
	t->op.res = POISON;
	t->op.transferred = ~(size_t)0;
	t->op.accepted = (struct eng_sock *)~(uintptr_t)0;
	if (t->live)
		__atomic_fetch_add(t->live, 1, __ATOMIC_ACQ_REL);
	SET(&t->flying, 1);
	inside_call++;
	r = eng_submit(s, &t->op, flags);
	inside_call--;
	if (r != 0) {
		if (!__atomic_exchange_n(&t->flying, 0, __ATOMIC_ACQ_REL))
			rig_fault(t->r, "2: done called and submit did not say 0");
		if (t->live)
			__atomic_fetch_sub(t->live, 1, __ATOMIC_ACQ_REL);
		t->res = r == ENG_FINISHED ? t->op.res : r;
		SET(&t->finished, 1);
	}
	return r;
}

static UNUSED int t_submit(struct eng_sock *s, struct t_op *t)
{
	return t_submit_flags(s, t, 0);
}

static UNUSED void t_cancel(struct eng_sock *s, struct t_op *t)
{
	inside_call++;
	eng_cancel(s, &t->op);
	inside_call--;
}

static UNUSED void t_abort(struct eng_sock *s)
{
	inside_call++;
	eng_abort(s);
	inside_call--;
}

/* Waits for the end of the op and returns its result. */
static UNUSED int64_t t_wait(struct t_op *t)
{
	uint64_t until = host_now_ns() + RIG_DEADLINE_NS;

	while (!GET(&t->finished)) {
		CHECK(host_now_ns() < until);
		if (t->r->mode == BY_HAND)
			eng_run(t->r->e, t->loop, until);
		else
			host_park(until);
	}
	return t->res;
}

static UNUSED int64_t t_do(struct eng_sock *s, struct t_op *t)
{
	t_submit(s, t);
	return t_wait(t);
}

/* ---- the rig ------------------------------------------------------------------ */

static UNUSED void batch_begin(void *ctx, unsigned int loop)
{
	struct rig *r = ctx;

	__atomic_fetch_add(&r->batches, 1, __ATOMIC_ACQ_REL);
	if (__atomic_exchange_n(&r->in_batch[loop], 1, __ATOMIC_ACQ_REL))
		rig_fault(r, "3: a batch inside a batch");
}

static UNUSED void batch_end(void *ctx, unsigned int loop)
{
	struct rig *r = ctx;

	if (!__atomic_exchange_n(&r->in_batch[loop], 0, __ATOMIC_ACQ_REL))
		rig_fault(r, "3: a batch ends that did not begin");
}

struct rig_loop_arg {
	struct rig *r;
	unsigned int loop;
	uint32_t up;
	struct host_thread *starter;
};

static UNUSED void rig_thread(void *arg)
{
	struct rig_loop_arg *a = arg;
	struct rig *r = a->r;
	unsigned int loop = a->loop;
	struct host_thread *starter = a->starter;

	SET(&r->thread_id[loop], host_thread_id());
	SET(&a->up, 1);
	host_unpark(starter);
	while (!GET(&r->stop))
		eng_run(r->e, loop, HOST_NO_DEADLINE);
}

static UNUSED void rig_start(struct rig *r, const char *engine, enum eng_family family, enum rig_mode mode,
			     unsigned int loops)
{
	struct eng_config cfg = {.loops = loops, .batch_begin = batch_begin, .batch_end = batch_end, .ctx = r};

	memset(r, 0, sizeof(*r));
	r->engine = engine;
	r->family = family;
	r->mode = mode;
	r->loops = loops;
	CHECK_EQ(eng_open(engine, &cfg, &r->e), 0);
	for (unsigned int i = 0; i < loops; i++) {
		struct rig_loop_arg arg = {r, i, 0, host_thread_self()};

		if (mode == BY_HAND) {
			r->thread_id[i] = host_thread_id();
			continue;
		}
		CHECK_EQ(host_thread_start("loop", rig_thread, &arg, &r->thread[i]), 0);
		while (!GET(&arg.up))
			host_park(HOST_NO_DEADLINE);
	}
}

static UNUSED void rig_finish(struct rig *r)
{
	SET(&r->stop, 1);
	for (unsigned int i = 0; r->mode == BY_THREADS && i < r->loops; i++) {
		eng_wake(r->e, i);
		host_thread_join(r->thread[i]);
	}
	eng_close(r->e);
	CHECK_EQ(r->faults, 0);
}

/* Lets a hand-run loop deliver what is there now, without waiting. */
static UNUSED void rig_turn(struct rig *r)
{
	for (int i = 0; i < 4; i++)
		eng_run(r->e, 0, 0);
}

typedef void (*law_body)(struct rig *r);

static const char *const rig_engines[] UNUSED = {"epoll", "uring"};
static const enum eng_family rig_families[] UNUSED = {ENG_INET, ENG_INET6};

/* Where engines differ on purpose: what they cost. */
static UNUSED bool rig_is_uring(struct rig *r)
{
	return !strncmp(r->engine, "uring", 5);
}

static UNUSED int rig_peer_family(struct rig *r)
{
	return r->family == ENG_INET6 ? 6 : 4;
}

static UNUSED void for_families(const char *engine, law_body body, enum rig_mode mode, unsigned int loops)
{
	char why[160];
	uint32_t features;

	if (!strncmp(engine, "uring", 5) && uring_probe(&features, why, sizeof(why))) {
		print_message("SKIP: no io_uring: %s\n", why);
		return;
	}
	for (size_t f = 0; f < sizeof(rig_families) / sizeof(rig_families[0]); f++) {
		struct rig r;

		rig_start(&r, engine, rig_families[f], mode, loops);
		body(&r);
		rig_finish(&r);
	}
}

/* A law, for every engine (or the one that WSKHOST_ENGINE names) and family. */
static UNUSED void for_each(law_body body, enum rig_mode mode, unsigned int loops)
{
	const char *only = getenv("WSKHOST_ENGINE");

	if (only) {
		for_families(only, body, mode, loops);
		return;
	}
	for (size_t i = 0; i < sizeof(rig_engines) / sizeof(rig_engines[0]); i++)
		for_families(rig_engines[i], body, mode, loops);
}

/* ---- sockets ------------------------------------------------------------------ */

static UNUSED struct eng_addr loopback(struct rig *r, uint16_t port)
{
	struct eng_addr a = {.family = (uint8_t)r->family, .port = port};

	if (r->family == ENG_INET6)
		a.ip[15] = 1;
	else
		memcpy(a.ip, "\x7f\0\0\1", 4);
	return a;
}

static UNUSED struct eng_sock *open_stream(struct rig *r, unsigned int loop)
{
	struct eng_sock *s;

	CHECK_EQ(eng_sock_open(r->e, r->family, ENG_STREAM, 0, loop, &s), 0);
	return s;
}

static UNUSED struct eng_sock *open_listener(struct rig *r, unsigned int loop, uint16_t *port)
{
	struct eng_sock *s = open_stream(r, loop);
	struct eng_addr a = loopback(r, 0);

	CHECK_EQ(eng_bind(s, &a), 0);
	CHECK_EQ(eng_listen(s), 0);
	CHECK_EQ(eng_local_addr(s, &a), 0);
	*port = a.port;
	return s;
}

static UNUSED void close_sock(struct rig *r, struct eng_sock *s, bool abort)
{
	struct t_op t;

	t_init(&t, r, ENG_OP_CLOSE, NULL, 0);
	t.op.abort = abort;
	CHECK_EQ(t_submit(s, &t), 0);
	CHECK_EQ(t_wait(&t), 0);
}

/* A connection of the engine's on `loop`, and the ordinary program it talks to. */
static UNUSED struct eng_sock *connected_on(struct rig *r, unsigned int loop, struct peer **peer)
{
	uint16_t port;
	struct peer *listener = peer_listen(rig_peer_family(r), &port);
	struct eng_sock *s = open_stream(r, loop);
	struct t_op t;

	CHECK(listener);
	t_init(&t, r, ENG_OP_CONNECT, NULL, 0);
	t.op.addr = loopback(r, port);
	CHECK_EQ(t_do(s, &t), 0);
	*peer = peer_accept(listener);
	CHECK(*peer);
	peer_close(listener);
	return s;
}

static UNUSED struct eng_sock *connected(struct rig *r, struct peer **peer)
{
	return connected_on(r, 0, peer);
}

/* Waits until the socket's kernel buffer holds that many bytes. The bytes are on
 * their way over loopback already; this only yields until they are there. */
static UNUSED void await_backlog(struct eng_sock *s, size_t bytes)
{
	uint64_t until = host_now_ns() + RIG_DEADLINE_NS;
	size_t have = 0;

	while (eng_recv_backlog(s, &have) == 0 && have < bytes) {
		CHECK(host_now_ns() < until);
		host_yield();
	}
	CHECK_EQ(have, bytes);
}

static UNUSED void fill_pattern(unsigned char *p, size_t n, unsigned int seed)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)((i * 2654435761u + seed) >> 13);
}
