// SPDX-License-Identifier: MIT
/*
 * The loop: tends the sockets that were kicked, hands their requests over, waits,
 * and takes what completed. It is the only place that calls `done`.
 * A socket is freed when nothing is out for it, nothing of it is queued and nobody
 * is inside, so a completion that names it finds it there.
 */
#include <errno.h>
#include <unistd.h>

#include "engine/tsan.h"
#include "engine/uringp.h"

#define COMPLETIONS_MAX 128 /* per round, so that a batch stays short */
#define ACCEPTS_MAX 64      /* per listener and round */

static __thread const struct uring_loop *running; /* the loop whose eng_run this thread is in */

bool uring_on_loop(const struct uring_loop *l)
{
	return running == l;
}

/* ---- queued work ------------------------------------------------------------ */

static void wake(struct uring_loop *l)
{
	static const uint64_t one = 1;

	if (!__atomic_load_n(&l->sleeping, __ATOMIC_SEQ_CST) ||
	    !__atomic_exchange_n(&l->sleeping, 0, __ATOMIC_SEQ_CST))
		return;
	uring_count(l, wakes);
	/* It fails only when the counter is full, after more writes than there can be. */
	if (write(l->eventfd, &one, sizeof(one)) < 0)
		return;
}

static void post(struct uring_loop *l, struct uring_work *w)
{
	w->next = __atomic_load_n(&l->work, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&l->work, &w->next, w, true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		;
	wake(l);
}

void uring_kick(struct uring_sock *s)
{
	if (!__atomic_exchange_n(&s->kicked, true, __ATOMIC_ACQ_REL))
		post(uring_loop_of(s), &s->tend);
}

void uring_post_left(struct uring_sock *s)
{
	post(uring_loop_of(s), &s->left);
}

void uring_wake(struct eng *base, unsigned int loop)
{
	struct uring_loop *l = &((struct uring_eng *)base)->loops[loop];

	__atomic_store_n(&l->woken, 1, __ATOMIC_SEQ_CST);
	wake(l);
}

/* ---- delivery --------------------------------------------------------------- */

static void deliver(struct uring_loop *l, struct eng_op *op)
{
	const struct eng_config *cfg = &l->e->base.cfg;

	if (!l->in_batch) {
		l->in_batch = true;
		if (cfg->batch_begin)
			cfg->batch_begin(cfg->ctx, l->index);
	}
	op->done(op);
}

/* The first op of a kind, if it is to be handed to the kernel (data) or attempted
 * here, marked busy, so that nobody takes it away. */
static struct eng_op *begin(struct uring_sock *s, enum eng_op_kind kind, bool data)
{
	struct eng_op *op;

	host_lock_acquire(&s->lock);
	op = s->armed[kind].head;
	if (op && ((uring_op(op)->flags & URING_OP_KERNEL) || uring_moves_data(op) != data))
		op = NULL;
	if (op)
		uring_op(op)->flags |= URING_OP_BUSY;
	host_lock_release(&s->lock);
	return op;
}

/* Under the lock: op is done with. */
static void retire(struct uring_sock *s, struct eng_op *op)
{
	uring_unlink(&s->armed[op->kind], op);
	s->inflight--;
}

/* Attempts the oldest armed op of a kind. Returns its result, when it is done
 * with, or ENG_AGAIN. */
static int64_t serve(struct uring_loop *l, struct uring_sock *s, enum eng_op_kind kind)
{
	uint32_t edges = s->watch[kind].edges; /* written by this thread */
	struct eng_op *op = begin(s, kind, false);
	struct uring_op *x;
	bool drained, cancelled, waits;
	int64_t r;

	if (!op)
		return ENG_AGAIN;
	r = uring_attempt(s, op, &drained, 0);

	x = uring_op(op);
	host_lock_acquire(&s->lock);
	if (kind == ENG_OP_ACCEPT && drained)
		s->accept_seen = edges;
	x->flags &= ~(uint32_t)(URING_OP_BUSY | URING_OP_UNSURE);
	if (r == ENG_UNSURE)
		x->flags |= URING_OP_UNSURE;
	waits = r == ENG_AGAIN || r == ENG_UNSURE;
	cancelled = x->flags & URING_OP_CANCEL;
	if (!waits || cancelled)
		retire(s, op);
	host_lock_release(&s->lock);
	if (waits && !cancelled)
		return ENG_AGAIN;
	if (waits) {
		if (kind == ENG_OP_CONNECT)
			eng_reset_now(&s->base);
		r = -ECANCELED;
	}
	op->res = r;
	deliver(l, op);
	return r;
}

static void serve_accepts(struct uring_loop *l, struct uring_sock *s)
{
	for (int i = 0; i < ACCEPTS_MAX; i++) {
		/* Out of descriptors is told once, not to everyone who waits; the
		 * connection stays for the next submit. */
		if (serve(l, s, ENG_OP_ACCEPT) != 0)
			return;
	}
	/* Other sockets' turn; the watch will not report these again. */
	uring_kick(s);
}

static void serve_watched(struct uring_loop *l, struct uring_sock *s, enum eng_op_kind kind)
{
	if (kind == ENG_OP_ACCEPT)
		serve_accepts(l, s);
	else
		serve(l, s, kind);
}

/* ---- tending ---------------------------------------------------------------- */

static void deliver_ended(struct uring_loop *l, struct uring_sock *s)
{
	for (;;) {
		struct eng_op *op;

		host_lock_acquire(&s->lock);
		op = s->ended.head;
		if (op) {
			uring_unlink(&s->ended, op);
			s->inflight--;
		}
		host_lock_release(&s->lock);
		if (!op)
			return;
		deliver(l, op);
	}
}

/* Hands a send or a receive to the kernel. */
static void arm_data(struct uring_loop *l, struct uring_sock *s, enum eng_op_kind kind)
{
	struct eng_op *op = begin(s, kind, true);
	bool cancelled;
	int err;

	if (!op)
		return;
	err = uring_request_data(l, s, op);
	host_lock_acquire(&s->lock);
	uring_op(op)->flags &= ~(uint32_t)URING_OP_BUSY;
	cancelled = uring_op(op)->flags & URING_OP_CANCEL;
	if (!err)
		uring_op(op)->flags |= URING_OP_KERNEL;
	else if (err != -EBUSY || cancelled)
		retire(s, op);
	host_lock_release(&s->lock);
	if (!err)
		return; /* if cancelled, it is asked for next */
	if (err == -EBUSY && !cancelled) {
		uring_kick(s);
		return;
	}
	op->res = cancelled ? -ECANCELED : err;
	deliver(l, op);
}

static bool wanted(struct uring_sock *s, enum eng_op_kind kind)
{
	bool some;

	host_lock_acquire(&s->lock);
	some = s->armed[kind].head;
	host_lock_release(&s->lock);
	return some;
}

/* Sees to it that a watch is live for an op that waits for one. */
static void arm_watch(struct uring_loop *l, struct uring_sock *s, enum eng_op_kind kind)
{
	struct eng_op *op;
	bool start;

	host_lock_acquire(&s->lock);
	op = s->armed[kind].head;
	start = op && !uring_moves_data(op) && !(uring_op(op)->flags & URING_OP_UNSURE) && !s->watch[kind].live;
	if (start)
		s->watch[kind].live = true;
	host_lock_release(&s->lock);
	if (start && uring_request_watch(l, s, kind)) {
		host_lock_acquire(&s->lock);
		s->watch[kind].live = false;
		host_lock_release(&s->lock);
		uring_kick(s);
	}
}

static void arm(struct uring_loop *l, struct uring_sock *s, enum eng_op_kind kind)
{
	struct eng_op *op;
	bool data, again;

	host_lock_acquire(&s->lock);
	op = s->armed[kind].head;
	data = op && uring_moves_data(op);
	again = kind == ENG_OP_ACCEPT && s->watch[kind].live && s->watch[kind].edges != s->accept_seen;
	host_lock_release(&s->lock);
	if (data)
		arm_data(l, s, kind);
	else if (op && again)
		serve_accepts(l, s);
	else if (op)
		arm_watch(l, s, kind);
}

/* Asks the kernel to give back a request whose op was cancelled. */
static void cancel_data(struct uring_loop *l, struct uring_sock *s, enum eng_op_kind kind)
{
	static const uint32_t all = URING_OP_CANCEL | URING_OP_KERNEL | URING_OP_ASKED;
	struct eng_op *op;
	bool ask;

	host_lock_acquire(&s->lock);
	op = s->armed[kind].head;
	ask = op && (uring_op(op)->flags & all) == (URING_OP_CANCEL | URING_OP_KERNEL);
	if (ask)
		uring_op(op)->flags |= URING_OP_ASKED;
	host_lock_release(&s->lock);
	if (ask && uring_request_cancel(l, s, kind, URING_ABOUT_OP)) {
		host_lock_acquire(&s->lock);
		uring_op(op)->flags &= ~(uint32_t)URING_OP_ASKED;
		host_lock_release(&s->lock);
		uring_kick(s);
	}
}

static void cancel_watch(struct uring_loop *l, struct uring_sock *s, enum eng_op_kind kind)
{
	struct uring_watch *w = &s->watch[kind];

	if (!w->live || w->ending)
		return;
	w->ending = uring_request_cancel(l, s, kind, URING_ABOUT_WATCH) == 0;
	if (!w->ending)
		uring_kick(s);
}

/* ---- close ------------------------------------------------------------------ */

/* Ends the socket if nothing of it is left; else what is left leads here again. */
static void try_finish_close(struct uring_loop *l, struct uring_sock *s)
{
	struct eng_op *op = ENG_LOAD(&s->closing);
	bool empty;

	if (!op || s->pending || !eng_users_alone(&s->users, 0) || ENG_LOAD(&s->kicked))
		return;
	host_lock_acquire(&s->lock);
	empty = s->inflight == 0;
	host_lock_release(&s->lock);
	if (!empty)
		return;
	uring_sock_free(s);
	deliver(l, op);
}

static void tend(struct uring_loop *l, struct uring_sock *s)
{
	bool closing;

	/* Who kicks from here on means something this turn may not see. */
	(void)__atomic_exchange_n(&s->kicked, false, __ATOMIC_ACQ_REL);
	closing = ENG_LOAD(&s->closing) != NULL;
	deliver_ended(l, s);
	for (int kind = 0; kind < ENG_OP_CLOSE; kind++) {
		if (!closing)
			arm(l, s, (enum eng_op_kind)kind);
		cancel_data(l, s, (enum eng_op_kind)kind);
		if (closing)
			cancel_watch(l, s, (enum eng_op_kind)kind);
	}
	try_finish_close(l, s);
}

static void on_left(struct uring_loop *l, struct uring_sock *s)
{
	eng_users_posted(&s->users);
	/* Those that were unsure of the error, see be_sure. */
	serve(l, s, ENG_OP_SHUTDOWN);
	serve(l, s, ENG_OP_PEER_END);
	try_finish_close(l, s);
}

/* One round's worth: what is queued meanwhile waits for the next. */
static void drain_work(struct uring_loop *l)
{
	struct uring_work *w = __atomic_exchange_n(&l->work, NULL, __ATOMIC_SEQ_CST), *oldest = NULL, *next;

	for (; w; w = next) {
		next = w->next;
		w->next = oldest;
		oldest = w;
	}
	for (w = oldest; w; w = next) {
		next = w->next;
		if (w->what == URING_WORK_TEND)
			tend(l, (struct uring_sock *)((char *)w - offsetof(struct uring_sock, tend)));
		else
			on_left(l, (struct uring_sock *)((char *)w - offsetof(struct uring_sock, left)));
	}
}

/* ---- completions ------------------------------------------------------------ */

/* What a receive's completion means for op->res; ENG_AGAIN: ask once more. */
static int64_t recv_result(struct uring_loop *l, struct uring_sock *s, struct eng_op *op, int res, uint32_t flags)
{
	if (res > 0) {
		if (l->e->features & URING_NONEMPTY)
			op->more_known = flags & IORING_CQE_F_SOCK_NONEMPTY;
		else
			op->more_known = (size_t)res == uring_op(op)->wanted || uring_readable(s);
		ENG_STORE(&s->known, op->more_known);
		return res;
	}
	ENG_STORE(&s->known, false);
	if (res == 0)
		return eng_end_of_stream(&s->base);
	if (res == -EINTR || res == -EAGAIN)
		return ENG_AGAIN;
	return eng_recv_failed(&s->base, -res);
}

static int64_t send_result(struct uring_sock *s, struct eng_op *op, int res)
{
	if (res >= 0) {
		op->transferred += (size_t)res;
		return op->transferred == op->length ? (int64_t)op->length : ENG_AGAIN;
	}
	if (res == -EINTR || res == -EAGAIN)
		return ENG_AGAIN;
	return eng_send_failed(&s->base, -res);
}

/* Those that waited for this request's error look again. */
static void now_sure(struct uring_loop *l, struct uring_sock *s)
{
	bool unsure;

	host_lock_acquire(&s->lock);
	unsure = s->unsure;
	s->unsure = false;
	if (unsure) {
		s->watch[ENG_OP_SHUTDOWN].edges++;
		s->watch[ENG_OP_PEER_END].edges++;
	}
	host_lock_release(&s->lock);
	if (unsure) {
		serve(l, s, ENG_OP_SHUTDOWN);
		serve(l, s, ENG_OP_PEER_END);
	}
}

static void on_data(struct uring_loop *l, struct uring_sock *s, enum eng_op_kind kind, int res, uint32_t flags)
{
	struct eng_op *op = s->armed[kind].head; /* it is out, so it stays first */
	int64_t r;
	bool cancelled;

	if (kind == ENG_OP_RECV && res >= 0)
		eng_tsan_received(s->base.fd);
	if (res == -ECANCELED)
		r = -ECANCELED;
	else if (kind == ENG_OP_RECV)
		r = recv_result(l, s, op, res, flags);
	else
		r = send_result(s, op, res);
	if (ENG_LOAD(&s->aborted) && r <= 0)
		r = -ECANCELED; /* our own doing looks like the peer's */

	host_lock_acquire(&s->lock);
	cancelled = uring_op(op)->flags & URING_OP_CANCEL;
	uring_op(op)->flags &= ~(uint32_t)(URING_OP_KERNEL | URING_OP_ASKED);
	if (r == ENG_AGAIN && cancelled)
		r = -ECANCELED;
	if (r != ENG_AGAIN)
		retire(s, op);
	host_lock_release(&s->lock);
	if (r == ENG_AGAIN) {
		arm_data(l, s, kind);
	} else {
		op->res = r;
		deliver(l, op);
	}
	now_sure(l, s);
}

/* The kernel does not watch, which leaves its first op without an end. */
static void watch_failed(struct uring_loop *l, struct uring_sock *s, enum eng_op_kind kind, int res)
{
	struct eng_op *op = begin(s, kind, false);

	if (!op)
		return;
	host_lock_acquire(&s->lock);
	retire(s, op);
	host_lock_release(&s->lock);
	op->res = res;
	deliver(l, op);
}

static void on_watch(struct uring_loop *l, struct uring_sock *s, enum eng_op_kind kind, int res, uint32_t flags)
{
	struct uring_watch *w = &s->watch[kind];
	bool over = !(flags & IORING_CQE_F_MORE);

	host_lock_acquire(&s->lock);
	ENG_STORE(&w->edges, w->edges + 1);
	if (over)
		w->live = w->ending = false;
	host_lock_release(&s->lock);
	if (over)
		s->pending--;
	if (res >= 0)
		serve_watched(l, s, kind);
	else if (res != -ECANCELED)
		watch_failed(l, s, kind, res);
	if (ENG_LOAD(&s->closing)) {
		cancel_watch(l, s, kind);
		return;
	}
	arm_watch(l, s, kind);
	/* One that stays and that nobody needs would go on reporting. */
	if (kind == ENG_OP_SHUTDOWN && !wanted(s, kind))
		cancel_watch(l, s, kind);
}

/* The wish came too early or too late: if it is still wanted, once more. */
static void on_cancel(struct uring_sock *s, enum eng_op_kind kind, int res)
{
	struct eng_op *op;
	bool again = false;

	s->pending--;
	if (res >= 0)
		return;
	host_lock_acquire(&s->lock);
	op = s->armed[kind].head;
	if (op && (uring_op(op)->flags & URING_OP_ASKED)) {
		uring_op(op)->flags &= ~(uint32_t)URING_OP_ASKED;
		again = true;
	}
	if (s->watch[kind].ending) {
		s->watch[kind].ending = false;
		again = true;
	}
	host_lock_release(&s->lock);
	if (again)
		uring_kick(s);
}

static void on_completion(struct uring_loop *l, const struct io_uring_cqe *cqe)
{
	struct uring_sock *s = (struct uring_sock *)(uintptr_t)(cqe->user_data & ~(uint64_t)(URING_SOCK_ALIGN - 1));
	enum eng_op_kind kind = (enum eng_op_kind)(cqe->user_data >> 2 & 15);

	switch ((enum uring_about)(cqe->user_data & 3)) {
	case URING_ABOUT_WAKE:
		l->wake_watched = cqe->flags & IORING_CQE_F_MORE;
		return;
	case URING_ABOUT_OP:
		s->pending--;
		on_data(l, s, kind, cqe->res, cqe->flags);
		break;
	case URING_ABOUT_WATCH:
		on_watch(l, s, kind, cqe->res, cqe->flags);
		break;
	case URING_ABOUT_CANCEL:
		on_cancel(s, kind, cqe->res);
		break;
	}
	try_finish_close(l, s);
}

static void take_completions(struct uring_loop *l)
{
	struct io_uring_cqe taken[COMPLETIONS_MAX], *cqe;
	unsigned int head, n = 0;

	l->events = 0;
	io_uring_for_each_cqe(&l->ring, head, cqe) {
		enum uring_about about = (enum uring_about)(cqe->user_data & 3);

		taken[n++] = *cqe;
		l->events += about == URING_ABOUT_OP || about == URING_ABOUT_WATCH;
		if (n == COMPLETIONS_MAX)
			break;
	}
	io_uring_cq_advance(&l->ring, n);
	for (unsigned int i = 0; i < n; i++)
		on_completion(l, &taken[i]);
}

/* ---- running ---------------------------------------------------------------- */

static void end_batch(struct uring_loop *l)
{
	const struct eng_config *cfg = &l->e->base.cfg;

	l->in_batch = false;
	if (cfg->batch_end)
		cfg->batch_end(cfg->ctx, l->index);
}

void uring_run(struct eng *base, unsigned int loop, uint64_t deadline_ns)
{
	struct uring_loop *l = &((struct uring_eng *)base)->loops[loop];
	bool over = false;

	running = l;
	uring_enable(l);
	while (!over) {
		bool woken = __atomic_exchange_n(&l->woken, 0, __ATOMIC_SEQ_CST);

		l->events = 0;
		drain_work(l);
		/* What has ended is not to wait for what has not. */
		if (!l->in_batch || io_uring_sq_ready(&l->ring))
			uring_enter(l, woken || l->in_batch ? 0 : deadline_ns);
		take_completions(l);
		if (l->in_batch) {
			end_batch(l);
			over = true;
		} else if (woken || __atomic_exchange_n(&l->woken, 0, __ATOMIC_SEQ_CST)) {
			over = true;
		} else if (deadline_ns != HOST_NO_DEADLINE && host_now_ns() >= deadline_ns) {
			over = true;
		}
	}
	l->events = 0;
	running = NULL;
}
