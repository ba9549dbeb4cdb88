// SPDX-License-Identifier: MIT
/*
 * The calls that any thread may make: submit, cancel, abort, and close as a
 * kind of submit. They attempt, arm or queue; `done` is the loop's alone.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "engine/epollp.h"

/* ---- being inside a socket -------------------------------------------------- */

static void enter(struct epoll_sock *s)
{
	eng_users_enter(&s->users);
}

static void leave(struct epoll_sock *s)
{
	if (eng_users_leave(&s->users))
		epoll_post_left(s);
}

/* ---- lists of armed operations (under the lock) ------------------------------ */

static void append(struct epoll_sock *s, struct eng_op *op)
{
	struct epoll_op *x = epoll_op(op);
	struct eng_op *tail = s->armed[op->kind].tail;

	x->next = NULL;
	x->prev = tail;
	if (tail)
		epoll_op(tail)->next = op;
	else
		s->armed[op->kind].head = op;
	s->armed[op->kind].tail = op;
	s->inflight++;
}

void epoll_unlink(struct epoll_sock *s, struct eng_op *op)
{
	struct epoll_op *x = epoll_op(op);

	if (x->prev)
		epoll_op(x->prev)->next = x->next;
	else
		s->armed[op->kind].head = x->next;
	if (x->next)
		epoll_op(x->next)->prev = x->prev;
	else
		s->armed[op->kind].tail = x->prev;
}

/* Takes every armed op that the loop is not just attempting; those it is will
 * see the flag. Returns a chain by `next`. */
static struct eng_op *take_all(struct epoll_sock *s)
{
	struct eng_op *first = NULL, **end = &first;

	for (int kind = 0; kind < ENG_OP_CLOSE; kind++) {
		struct eng_op *op, *next;

		for (op = s->armed[kind].head; op; op = next) {
			next = epoll_op(op)->next;
			if (epoll_op(op)->flags & EPOLL_OP_BUSY) {
				epoll_op(op)->flags |= EPOLL_OP_CANCEL;
				continue;
			}
			epoll_unlink(s, op);
			epoll_op(op)->next = NULL;
			*end = op;
			end = &epoll_op(op)->next;
		}
	}
	return first;
}

static void post_cancelled(struct epoll_sock *s, struct eng_op *op)
{
	while (op) {
		struct eng_op *next = epoll_op(op)->next;

		op->res = -ECANCELED;
		epoll_post_op(s, op);
		op = next;
	}
}

/* ---- attempts --------------------------------------------------------------- */

static int64_t attempt_accept(struct epoll_sock *s, struct eng_op *op, bool *drained)
{
	struct eng_sock *accepted;
	int fd;

	/* Made before the connection is taken, so that none is lost. */
	if (epoll_sock_new(s->base.e, -1, s->base.family, s->base.type, s->base.loop, &accepted))
		return -ENOMEM;
	fd = eng_try_accept(&s->base, &op->addr);
	if (fd < 0) {
		*drained = fd == ENG_AGAIN;
		epoll_sock_free(epoll_of(accepted));
		return fd;
	}
	accepted->fd = fd;
	eng_sock_inherit(accepted, &s->base);
	op->accepted = accepted;
	return 0;
}

static int64_t attempt_connect(struct epoll_sock *s, struct eng_op *op)
{
	bool first = !epoll_op(op)->started;
	int64_t r = eng_try_connect(&s->base, &op->addr, first);

	/* An abort that came before this call had nothing to reset. */
	if (ENG_LOAD(&s->aborted)) {
		eng_reset_now(&s->base);
		return -ECANCELED;
	}
	return r;
}

/* The kernel gives an error to one call only, and another thread inside the
 * socket may hold it and not have noted it yet: look again when it has left. */
static int64_t be_sure(struct epoll_sock *s, int64_t r, uint32_t own_users)
{
	if (r != ENG_UNSURE)
		return r;
	if (!eng_users_alone(&s->users, own_users))
		return ENG_AGAIN;
	return ENG_LOAD(&s->base.error) ? -ENG_LOAD(&s->base.error) : 0;
}

static int64_t attempt(struct epoll_sock *s, struct eng_op *op, bool *drained, uint32_t own_users)
{
	bool first = !epoll_op(op)->started, ends = false;
	int64_t r;

	*drained = false;
	switch (op->kind) {
	case ENG_OP_RECV:
		r = eng_try_recv(&s->base, op, drained);
		if (ENG_LOAD(&s->urgent) && r != ENG_AGAIN)
			*drained = false;
		op->more_known = r > 0 && (!*drained || ENG_LOAD(&s->in_end));
		ends = r == 0 && op->length;
		break;
	case ENG_OP_SEND:
		r = eng_try_send(&s->base, op);
		break;
	case ENG_OP_SENDTO:
		r = eng_try_sendto(&s->base, op);
		break;
	case ENG_OP_RECVFROM:
		r = eng_try_recvfrom(&s->base, op, drained);
		op->more_known = !*drained;
		break;
	case ENG_OP_ACCEPT:
		r = attempt_accept(s, op, drained);
		break;
	case ENG_OP_CONNECT:
		r = attempt_connect(s, op);
		break;
	case ENG_OP_SHUTDOWN:
		r = be_sure(s, eng_try_shutdown(&s->base, first), own_users);
		ends = true;
		break;
	case ENG_OP_PEER_END:
		r = be_sure(s, eng_try_peer_end(&s->base), own_users);
		ends = true;
		break;
	case ENG_OP_POLL:
		r = epoll_try_poll(s);
		break;
	default:
		r = -EOPNOTSUPP;
		break;
	}
	if (r == ENG_AGAIN)
		*drained = true;
	else if (ENG_LOAD(&s->aborted) && (r < 0 || ends))
		r = -ECANCELED; /* our own doing looks like the peer's */
	return r;
}

int64_t epoll_attempt(struct epoll_sock *s, struct eng_op *op, bool *drained)
{
	return attempt(s, op, drained, 0);
}

/* ---- submit ----------------------------------------------------------------- */

static bool ready(struct epoll_sock *s, struct epoll_side *side)
{
	return ENG_LOAD(&side->edges) != ENG_LOAD(&side->seen) || (side != &s->out && ENG_LOAD(&s->in_end));
}

static int register_fd(struct epoll_sock *s)
{
	struct epoll_event ev = {
		.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET,
		.data.ptr = s,
	};

	if (s->registered)
		return 0;
	eng_count(&s->base, other_calls);
	/* The loop learns of the socket through the kernel, which is no memory
	 * barrier on paper; this word is. */
	__atomic_fetch_add(&epoll_loop_of(s)->registered, 1, __ATOMIC_RELEASE);
	if (epoll_ctl(epoll_loop_of(s)->epfd, EPOLL_CTL_ADD, s->base.fd, &ev))
		return -errno;
	s->registered = true;
	return 0;
}

/* Arms op if nothing happened since `edges` was read. 0, ENG_AGAIN for "attempt
 * again", or -errno. `tried`: an attempt found nothing. */
static int64_t arm(struct epoll_sock *s, struct eng_op *op, uint32_t edges, bool tried)
{
	struct epoll_side *side = epoll_side_of(s, op->kind);
	bool behind, kick = false;
	int64_t r = 0;

	host_lock_acquire(&s->lock);
	behind = s->armed[op->kind].head != NULL;
	if (ENG_LOAD(&s->aborted) || ENG_LOAD(&s->closing)) {
		r = -ECANCELED;
	} else if (behind) {
		/* In line; when something is there, it is the first one's. */
		kick = ready(s, side);
	} else if (tried ? side->edges != edges : ready(s, side)) {
		r = ENG_AGAIN;
	} else {
		if (tried)
			ENG_STORE(&side->seen, edges);
		r = register_fd(s);
	}
	if (r == 0)
		append(s, op);
	host_lock_release(&s->lock);
	if (kick)
		epoll_kick(s);
	return r;
}

static void start_close(struct epoll_sock *s, struct eng_op *op)
{
	struct eng_op *cancelled;

	host_lock_acquire(&s->lock);
	ENG_STORE(&s->closing, op);
	if (op->abort)
		ENG_STORE(&s->aborted, true);
	cancelled = take_all(s);
	host_lock_release(&s->lock);
	if (op->abort)
		eng_reset_now(&s->base);
	post_cancelled(s, cancelled);
	op->res = 0;
	epoll_post_op(s, op);
}

static void prepare(struct epoll_sock *s, struct eng_op *op)
{
	struct epoll_op *x = epoll_op(op);

	memset(x, 0, sizeof(*x));
	x->sock = s;
	x->work.what = EPOLL_WORK_OP;
	op->res = 0;
	op->transferred = 0;
	op->accepted = NULL;
	op->more_known = false;
	if (op->kind == ENG_OP_CONNECT) {
		/* What an earlier, failed attempt on this socket left behind. */
		ENG_STORE(&s->base.error, 0);
		ENG_STORE(&s->in_end, false);
	}
}

/* Attempts and arms until one of them holds. 0: armed. */
static int attempt_or_arm(struct epoll_sock *s, struct eng_op *op, uint32_t flags)
{
	struct epoll_side *side = epoll_side_of(s, op->kind);
	bool starts = op->kind == ENG_OP_CONNECT || op->kind == ENG_OP_SHUTDOWN;
	bool try = starts || !(flags & ENG_NO_TRY) || ready(s, side);

	if (try && op->kind == ENG_OP_ACCEPT) {
		/* Others wait already: it is not this one's turn. */
		host_lock_acquire(&s->lock);
		try = !s->armed[ENG_OP_ACCEPT].head;
		host_lock_release(&s->lock);
	}
	for (;;) {
		uint32_t edges = ENG_LOAD(&side->edges);
		int64_t r;

		if (try) {
			bool drained;

			r = attempt(s, op, &drained, 1);
			if (r != ENG_AGAIN) {
				if (drained)
					ENG_STORE(&side->seen, edges);
				op->res = r;
				return ENG_FINISHED;
			}
			epoll_op(op)->started = true;
		}
		r = arm(s, op, edges, try);
		if (r == 0)
			return 0;
		if (r != ENG_AGAIN) {
			op->res = r;
			return ENG_FINISHED;
		}
		try = true;
	}
}

int epoll_submit(struct eng_sock *base, struct eng_op *op, uint32_t flags)
{
	struct epoll_sock *s = epoll_of(base);
	int r = 0;

	enter(s);
	if (ENG_LOAD(&s->closing)) {
		r = -EBADF;
	} else {
		prepare(s, op);
		if (op->kind == ENG_OP_CLOSE) {
			start_close(s, op);
		} else if (ENG_LOAD(&s->aborted)) {
			op->res = -ECANCELED;
			r = ENG_FINISHED;
		} else {
			r = attempt_or_arm(s, op, flags);
		}
		if (r == ENG_FINISHED && op->kind == ENG_OP_POLL) {
			epoll_poll_ended(s, op);
			r = 0;
		}
	}
	leave(s);
	return r;
}

/* ---- cancel, abort ------------------------------------------------------------ */

static bool is_armed(struct epoll_sock *s, struct eng_op *op)
{
	/* Only addresses are compared: op may be past its done. */
	for (int kind = 0; kind < ENG_OP_CLOSE; kind++) {
		for (struct eng_op *o = s->armed[kind].head; o; o = epoll_op(o)->next) {
			if (o == op)
				return true;
		}
	}
	return false;
}

void epoll_cancel(struct eng_sock *base, struct eng_op *op)
{
	struct epoll_sock *s = epoll_of(base);
	bool mine = false;

	enter(s);
	host_lock_acquire(&s->lock);
	if (is_armed(s, op)) {
		epoll_op(op)->flags |= EPOLL_OP_CANCEL;
		mine = !(epoll_op(op)->flags & EPOLL_OP_BUSY);
		if (mine)
			epoll_unlink(s, op);
	}
	host_lock_release(&s->lock);
	if (mine) {
		/* The kernel would go on connecting. */
		if (op->kind == ENG_OP_CONNECT)
			eng_reset_now(base);
		op->res = -ECANCELED;
		epoll_post_op(s, op);
	}
	leave(s);
}

void epoll_abort(struct eng_sock *base)
{
	struct epoll_sock *s = epoll_of(base);
	struct eng_op *cancelled;

	enter(s);
	host_lock_acquire(&s->lock);
	ENG_STORE(&s->aborted, true);
	cancelled = take_all(s);
	host_lock_release(&s->lock);
	eng_reset_now(base);
	post_cancelled(s, cancelled);
	leave(s);
}
