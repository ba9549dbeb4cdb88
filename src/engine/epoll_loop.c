// SPDX-License-Identifier: MIT
/*
 * The loop: waits for edges and for work queued by other threads, attempts the
 * armed operations an edge may serve, and is the only place that calls `done`.
 * The order of a round is: events, then queued work. A socket is freed only as
 * queued work, so an event that names it was handled before.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "engine/epollp.h"

#define EVENTS_MAX 128 /* per round, so that a batch stays short */
#define ACCEPTS_MAX 64 /* per listener and round */
#define NS_PER_S 1000000000ull
#define NS_PER_MS 1000000ull

/* ---- queued work ------------------------------------------------------------ */

static void wake(struct epoll_loop *l)
{
	static const uint64_t one = 1;

	if (!__atomic_load_n(&l->sleeping, __ATOMIC_SEQ_CST) ||
	    !__atomic_exchange_n(&l->sleeping, 0, __ATOMIC_SEQ_CST))
		return;
	__atomic_fetch_add(&l->e->base.counters[l->index].c.wakes, 1, __ATOMIC_RELAXED);
	/* It fails only when the counter is full, and then it is readable. */
	if (write(l->eventfd, &one, sizeof(one)) < 0)
		return;
}

static void post(struct epoll_loop *l, struct epoll_work *w)
{
	w->next = __atomic_load_n(&l->work, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&l->work, &w->next, w, true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		;
	wake(l);
}

void epoll_post_op(struct epoll_sock *s, struct eng_op *op)
{
	post(epoll_loop_of(s), &epoll_op(op)->work);
}

void epoll_kick(struct epoll_sock *s)
{
	if (!__atomic_exchange_n(&s->kicked, true, __ATOMIC_ACQ_REL))
		post(epoll_loop_of(s), &s->kick);
}

void epoll_post_left(struct epoll_sock *s)
{
	post(epoll_loop_of(s), &s->left);
}

void epoll_wake(struct eng *base, unsigned int loop)
{
	struct epoll_loop *l = &((struct epoll_eng *)base)->loops[loop];

	__atomic_store_n(&l->woken, 1, __ATOMIC_SEQ_CST);
	wake(l);
}

/* ---- delivery --------------------------------------------------------------- */

static void deliver(struct epoll_loop *l, struct eng_op *op)
{
	const struct eng_config *cfg = &l->e->base.cfg;

	if (!l->in_batch) {
		l->in_batch = true;
		if (cfg->batch_begin)
			cfg->batch_begin(cfg->ctx, l->index);
	}
	op->done(op);
}

/* Attempts the oldest armed op of a kind. Returns its result, when it is done
 * with, or ENG_AGAIN. */
static int64_t serve(struct epoll_loop *l, struct epoll_sock *s, enum eng_op_kind kind)
{
	struct epoll_side *side = epoll_side_of(s, kind);
	struct epoll_op *x;
	struct eng_op *op;
	uint32_t edges;
	bool drained, cancelled;
	int64_t r;

	host_lock_acquire(&s->lock);
	op = s->armed[kind].head;
	if (op)
		epoll_op(op)->flags |= EPOLL_OP_BUSY;
	edges = side->edges;
	host_lock_release(&s->lock);
	if (!op)
		return ENG_AGAIN;

	r = epoll_attempt(s, op, &drained);

	x = epoll_op(op);
	host_lock_acquire(&s->lock);
	if (drained)
		ENG_STORE(&side->seen, edges);
	x->flags &= ~(uint32_t)EPOLL_OP_BUSY;
	cancelled = x->flags & EPOLL_OP_CANCEL;
	if (r == ENG_AGAIN && !cancelled) {
		host_lock_release(&s->lock);
		return ENG_AGAIN;
	}
	epoll_unlink(s, op);
	s->inflight--;
	host_lock_release(&s->lock);
	if (r == ENG_AGAIN) {
		if (kind == ENG_OP_CONNECT)
			eng_reset_now(&s->base);
		r = -ECANCELED;
	}
	op->res = r;
	deliver(l, op);
	return r;
}

static void serve_accepts(struct epoll_loop *l, struct epoll_sock *s)
{
	for (int i = 0; i < ACCEPTS_MAX; i++) {
		/* Out of descriptors is told once, not to everyone who waits; the
		 * connection stays for the next submit. */
		if (serve(l, s, ENG_OP_ACCEPT) != 0)
			return;
	}
	/* Other sockets' turn; this edge will not be reported again. */
	epoll_kick(s);
}

/* One that is submitted again while there is something to read is queued, not
 * armed: this ends. */
static void serve_polls(struct epoll_loop *l, struct epoll_sock *s)
{
	while (serve(l, s, ENG_OP_POLL) == 0)
		;
}

static void on_event(struct epoll_loop *l, struct epoll_sock *s, uint32_t ev)
{
	bool broken = ev & (EPOLLHUP | EPOLLERR), end = broken || (ev & EPOLLRDHUP);
	uint32_t armed = 0;

	host_lock_acquire(&s->lock);
	if (end || (ev & (EPOLLIN | EPOLLPRI)))
		ENG_STORE(&s->in.edges, s->in.edges + 1);
	if (broken || (ev & EPOLLOUT))
		ENG_STORE(&s->out.edges, s->out.edges + 1);
	if (end) {
		ENG_STORE(&s->end.edges, s->end.edges + 1);
		ENG_STORE(&s->in_end, true);
	}
	if (ev & EPOLLPRI)
		ENG_STORE(&s->urgent, true);
	for (int kind = 0; kind < ENG_OP_CLOSE; kind++)
		armed |= s->armed[kind].head ? 1u << kind : 0;
	host_lock_release(&s->lock);

	if ((armed & (1u << ENG_OP_CONNECT)) && (broken || (ev & EPOLLOUT)))
		serve(l, s, ENG_OP_CONNECT);
	if ((armed & (1u << ENG_OP_SEND)) && (broken || (ev & EPOLLOUT)))
		serve(l, s, ENG_OP_SEND);
	if ((armed & (1u << ENG_OP_SENDTO)) && (broken || (ev & EPOLLOUT)))
		serve(l, s, ENG_OP_SENDTO);
	if ((armed & (1u << ENG_OP_RECVFROM)) && (end || (ev & EPOLLIN)))
		serve(l, s, ENG_OP_RECVFROM);
	if ((armed & (1u << ENG_OP_RECV)) && (end || (ev & (EPOLLIN | EPOLLPRI))))
		serve(l, s, ENG_OP_RECV);
	if (armed & (1u << ENG_OP_ACCEPT))
		serve_accepts(l, s);
	if (armed & (1u << ENG_OP_POLL))
		serve_polls(l, s);
	if ((armed & (1u << ENG_OP_SHUTDOWN)))
		serve(l, s, ENG_OP_SHUTDOWN);
	if ((armed & (1u << ENG_OP_PEER_END)) && end)
		serve(l, s, ENG_OP_PEER_END);
}

/* ---- close ------------------------------------------------------------------ */

/* Ends the socket if nothing of it is left; else what is left leads here again. */
static void try_finish_close(struct epoll_loop *l, struct epoll_sock *s)
{
	struct eng_op *op;
	bool empty;

	if (!eng_users_alone(&s->users, 0) || ENG_LOAD(&s->kicked))
		return;
	host_lock_acquire(&s->lock);
	op = s->closing;
	empty = s->inflight == 0; /* a cancel may have queued its op behind us */
	host_lock_release(&s->lock);
	if (!empty)
		return;
	epoll_sock_free(s);
	deliver(l, op);
}

static void on_kick(struct epoll_loop *l, struct epoll_sock *s)
{
	ENG_STORE(&s->kicked, false);
	serve_accepts(l, s);
	serve_polls(l, s);
	if (s->close_reached)
		try_finish_close(l, s);
}

static void on_left(struct epoll_loop *l, struct epoll_sock *s)
{
	eng_users_posted(&s->users);
	/* Those that were unsure of the error, see epoll_attempt. */
	serve(l, s, ENG_OP_SHUTDOWN);
	serve(l, s, ENG_OP_PEER_END);
	if (s->close_reached)
		try_finish_close(l, s);
}

static void on_op(struct epoll_loop *l, struct eng_op *op)
{
	struct epoll_sock *s = epoll_op(op)->sock;

	if (op->kind == ENG_OP_CLOSE) {
		s->close_reached = true;
		try_finish_close(l, s);
		return;
	}
	host_lock_acquire(&s->lock);
	s->inflight--;
	host_lock_release(&s->lock);
	deliver(l, op);
	if (s->close_reached)
		try_finish_close(l, s);
}

/* One round's worth: what is queued meanwhile waits for the next. */
static void drain_work(struct epoll_loop *l)
{
	struct epoll_work *w = __atomic_exchange_n(&l->work, NULL, __ATOMIC_SEQ_CST), *oldest = NULL, *next;

	for (; w; w = next) {
		next = w->next;
		w->next = oldest;
		oldest = w;
	}
	for (w = oldest; w; w = next) {
		next = w->next;
		switch (w->what) {
		case EPOLL_WORK_OP:
			on_op(l, (struct eng_op *)((char *)w - offsetof(struct eng_op, engine_private)));
			break;
		case EPOLL_WORK_KICK:
			on_kick(l, (struct epoll_sock *)((char *)w - offsetof(struct epoll_sock, kick)));
			break;
		case EPOLL_WORK_LEFT:
			on_left(l, (struct epoll_sock *)((char *)w - offsetof(struct epoll_sock, left)));
			break;
		}
	}
}

/* ---- waiting ---------------------------------------------------------------- */

static int wait_ns(struct epoll_loop *l, struct epoll_event *events, const struct timespec *timeout)
{
	static bool no_pwait2;
	uint64_t ms;
	int n;

	if (!__atomic_load_n(&no_pwait2, __ATOMIC_RELAXED)) {
		n = (int)syscall(SYS_epoll_pwait2, l->epfd, events, EVENTS_MAX, timeout, NULL, 0);
		if (n >= 0 || (errno != ENOSYS && errno != EPERM))
			return n;
		__atomic_store_n(&no_pwait2, true, __ATOMIC_RELAXED); /* before 5.11, or filtered */
	}
	if (!timeout)
		return epoll_wait(l->epfd, events, EVENTS_MAX, -1);
	ms = (uint64_t)timeout->tv_sec * 1000 + ((uint64_t)timeout->tv_nsec + NS_PER_MS - 1) / NS_PER_MS;
	return epoll_wait(l->epfd, events, EVENTS_MAX, ms > 3600000 ? 3600000 : (int)ms);
}

/* The one place where an engine's thread sleeps. */
static int wait_events(struct epoll_loop *l, struct epoll_event *events, uint64_t deadline_ns)
{
	struct timespec ts = {0, 0}, *timeout = &ts;
	int n;

	if (deadline_ns) {
		__atomic_store_n(&l->sleeping, 1, __ATOMIC_SEQ_CST);
		/* Whoever queued before that store did not see it. */
		if (__atomic_load_n(&l->work, __ATOMIC_SEQ_CST) || __atomic_load_n(&l->woken, __ATOMIC_SEQ_CST)) {
			deadline_ns = 0;
		} else if (deadline_ns == HOST_NO_DEADLINE) {
			timeout = NULL;
		} else {
			uint64_t now = host_now_ns(), left = deadline_ns > now ? deadline_ns - now : 0;

			ts.tv_sec = (time_t)(left / NS_PER_S);
			ts.tv_nsec = (long)(left % NS_PER_S);
		}
	}
	__atomic_fetch_add(&l->e->base.counters[l->index].c.waits, 1, __ATOMIC_RELAXED);
	n = wait_ns(l, events, timeout);
	__atomic_store_n(&l->sleeping, 0, __ATOMIC_SEQ_CST);
	__atomic_load_n(&l->registered, __ATOMIC_ACQUIRE); /* pairs with register_fd */
	return n;
}

void epoll_run(struct eng *base, unsigned int loop, uint64_t deadline_ns)
{
	struct epoll_loop *l = &((struct epoll_eng *)base)->loops[loop];
	const struct eng_config *cfg = &base->cfg;
	struct epoll_event events[EVENTS_MAX];

	for (;;) {
		bool woken = __atomic_exchange_n(&l->woken, 0, __ATOMIC_SEQ_CST);
		int n = wait_events(l, events, woken ? 0 : deadline_ns);

		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr)
				on_event(l, events[i].data.ptr, events[i].events);
		}
		drain_work(l);
		if (l->in_batch) {
			l->in_batch = false;
			if (cfg->batch_end)
				cfg->batch_end(cfg->ctx, loop);
			return;
		}
		if (woken || __atomic_exchange_n(&l->woken, 0, __ATOMIC_SEQ_CST))
			return;
		if (deadline_ns != HOST_NO_DEADLINE && host_now_ns() >= deadline_ns)
			return;
	}
}
