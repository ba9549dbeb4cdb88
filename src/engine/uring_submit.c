// SPDX-License-Identifier: MIT
/*
 * The calls that any thread may make: submit, cancel, abort, and close as a
 * kind of submit. They attempt, put on the socket's list or take off it; the
 * kernel's requests and `done` are the loop's alone.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "engine/uringp.h"

/* ---- being inside a socket -------------------------------------------------- */

static void enter(struct uring_sock *s)
{
	eng_users_enter(&s->users);
}

static void leave(struct uring_sock *s)
{
	if (eng_users_leave(&s->users))
		uring_post_left(s);
}

/* ---- lists of operations (under the lock) ------------------------------------ */

void uring_append(struct uring_list *list, struct eng_op *op)
{
	struct uring_op *x = uring_op(op);

	x->next = NULL;
	x->prev = list->tail;
	if (list->tail)
		uring_op(list->tail)->next = op;
	else
		list->head = op;
	list->tail = op;
}

void uring_unlink(struct uring_list *list, struct eng_op *op)
{
	struct uring_op *x = uring_op(op);

	if (x->prev)
		uring_op(x->prev)->next = x->next;
	else
		list->head = x->next;
	if (x->next)
		uring_op(x->next)->prev = x->prev;
	else
		list->tail = x->prev;
}

/* Takes op off its list unless the loop or the kernel has it at this moment; then
 * the flag makes them end it. True: taken. */
static bool take(struct uring_sock *s, struct eng_op *op)
{
	struct uring_op *x = uring_op(op);

	x->flags |= URING_OP_CANCEL;
	if (x->flags & (URING_OP_BUSY | URING_OP_KERNEL))
		return false;
	uring_unlink(&s->armed[op->kind], op);
	return true;
}

static void end(struct uring_sock *s, struct eng_op *op)
{
	op->res = -ECANCELED;
	uring_append(&s->ended, op);
}

static void end_all(struct uring_sock *s)
{
	for (int kind = 0; kind < ENG_OP_CLOSE; kind++) {
		struct eng_op *op, *next;

		for (op = s->armed[kind].head; op; op = next) {
			next = uring_op(op)->next;
			if (take(s, op))
				end(s, op);
		}
	}
}

/* ---- attempts --------------------------------------------------------------- */

static int64_t attempt_accept(struct uring_sock *s, struct eng_op *op, bool *drained)
{
	struct eng_sock *accepted;
	int fd;

	/* Made before the connection is taken, so that none is lost. */
	if (uring_sock_new(s->base.e, -1, s->base.family, s->base.type, s->base.loop, &accepted))
		return -ENOMEM;
	fd = eng_try_accept(&s->base, &op->addr);
	if (fd < 0) {
		*drained = fd == ENG_AGAIN;
		uring_sock_free(uring_of(accepted));
		return fd;
	}
	accepted->fd = fd;
	eng_sock_inherit(accepted, &s->base);
	op->accepted = accepted;
	return 0;
}

static int64_t attempt_connect(struct uring_sock *s, struct eng_op *op)
{
	bool first = !uring_op(op)->started;
	int64_t r = eng_try_connect(&s->base, &op->addr, first);

	/* An abort that came before this call had nothing to reset. */
	if (ENG_LOAD(&s->aborted)) {
		eng_reset_now(&s->base);
		return -ECANCELED;
	}
	return r;
}

static bool out_for_data(struct uring_sock *s, enum eng_op_kind kind)
{
	struct eng_op *op = s->armed[kind].head;

	return op && (uring_op(op)->flags & URING_OP_KERNEL);
}

/* The kernel gives an error to one call only. Another thread inside the socket may
 * hold it and not have noted it yet, and so may a request of ours: look again when
 * those are over. */
static int64_t be_sure(struct uring_sock *s, int64_t r, uint32_t own_users)
{
	bool out;

	if (r != ENG_UNSURE)
		return r;
	host_lock_acquire(&s->lock);
	out = out_for_data(s, ENG_OP_RECV) || out_for_data(s, ENG_OP_SEND);
	s->unsure |= out;
	host_lock_release(&s->lock);
	if (!eng_users_alone(&s->users, own_users) || out)
		return ENG_UNSURE;
	return ENG_LOAD(&s->base.error) ? -ENG_LOAD(&s->base.error) : 0;
}

bool uring_readable(struct uring_sock *s)
{
	struct pollfd p = {.fd = s->base.fd, .events = POLLIN | POLLRDHUP};

	eng_count(&s->base, other_calls);
	return poll(&p, 1, 0) > 0;
}

static int64_t attempt_recv(struct uring_sock *s, struct eng_op *op, bool *drained)
{
	bool stream = op->kind == ENG_OP_RECV;
	int64_t r = stream ? eng_try_recv(&s->base, op, drained) : eng_try_recvfrom(&s->base, op, drained);

	op->more_known = r > 0 && !*drained;
	ENG_STORE(&s->known, op->more_known);
	return r;
}

int64_t uring_attempt(struct uring_sock *s, struct eng_op *op, bool *drained, uint32_t own_users)
{
	bool first = !uring_op(op)->started, ends = false;
	int64_t r;

	*drained = false;
	switch (op->kind) {
	case ENG_OP_RECV:
		r = attempt_recv(s, op, drained);
		ends = r == 0 && op->length;
		break;
	case ENG_OP_RECVFROM:
		r = attempt_recv(s, op, drained);
		break;
	case ENG_OP_SEND:
		r = eng_try_send(&s->base, op);
		break;
	case ENG_OP_SENDTO:
		r = eng_try_sendto(&s->base, op);
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
		r = uring_readable(s) ? 0 : ENG_AGAIN;
		break;
	default:
		r = -EOPNOTSUPP;
		break;
	}
	if (r != ENG_AGAIN && r != ENG_UNSURE && ENG_LOAD(&s->aborted) && (r < 0 || ends))
		r = -ECANCELED; /* our own doing looks like the peer's */
	return r;
}

/* ---- submit ----------------------------------------------------------------- */

/* Connections are waiting, as far as the watch told. Under the lock. */
static bool accept_ready(struct uring_sock *s)
{
	struct uring_watch *w = &s->watch[ENG_OP_ACCEPT];

	return w->live && w->edges != s->accept_seen;
}

/* Puts op on its list if nothing happened since `edges` was read; r: what the
 * attempt before that said, 0 if there was none. 0, ENG_AGAIN for "attempt
 * again", or -errno. */
static int64_t arm(struct uring_sock *s, struct eng_op *op, uint32_t edges, int64_t r)
{
	struct uring_watch *w = &s->watch[op->kind];
	bool tried = r != 0, kick = false;

	host_lock_acquire(&s->lock);
	if (ENG_LOAD(&s->aborted) || ENG_LOAD(&s->closing)) {
		r = -ECANCELED;
	} else if (s->armed[op->kind].head) {
		/* In line; when something is there, it is the first one's. */
		kick = !w->live || accept_ready(s);
		r = 0;
	} else if (tried ? w->edges != edges : op->kind == ENG_OP_ACCEPT && accept_ready(s)) {
		r = ENG_AGAIN;
	} else {
		if (tried && op->kind == ENG_OP_ACCEPT)
			s->accept_seen = edges;
		if (r == ENG_UNSURE)
			uring_op(op)->flags |= URING_OP_UNSURE;
		else
			kick = uring_moves_data(op) || !w->live;
		r = 0;
	}
	if (r == 0) {
		uring_append(&s->armed[op->kind], op);
		s->inflight++;
	}
	host_lock_release(&s->lock);
	if (kick)
		uring_kick(s);
	return r;
}

static void start_close(struct uring_sock *s, struct eng_op *op)
{
	host_lock_acquire(&s->lock);
	ENG_STORE(&s->closing, op);
	if (op->abort)
		ENG_STORE(&s->aborted, true);
	end_all(s);
	host_lock_release(&s->lock);
	if (op->abort)
		eng_reset_now(&s->base);
	op->res = 0;
	uring_kick(s);
}

static void prepare(struct uring_sock *s, struct eng_op *op)
{
	memset(uring_op(op), 0, sizeof(struct uring_op));
	op->res = 0;
	op->transferred = 0;
	op->accepted = NULL;
	op->more_known = false;
	if (op->kind == ENG_OP_CONNECT) {
		/* What an earlier, failed attempt on this socket left behind. */
		ENG_STORE(&s->base.error, 0);
		ENG_STORE(&s->known, false);
	}
}

/* Whether an attempt right now is worth its system call. */
static bool worth_a_try(struct uring_sock *s, struct eng_op *op, uint32_t flags)
{
	bool here = uring_on_loop(uring_loop_of(s)), ready;

	switch (op->kind) {
	case ENG_OP_RECV:
		/* On the loop's thread the request that waits costs nothing more, and
		 * finds what is there. */
		return !op->length || ENG_LOAD(&s->known) || (!here && !(flags & ENG_NO_TRY));
	case ENG_OP_SEND:
		/* Several sends of one batch share a call; a single one is cheaper alone. */
		return !op->length || (!(flags & ENG_NO_TRY) && !(here && uring_loop_of(s)->events > 1));
	case ENG_OP_RECVFROM:
		return ENG_LOAD(&s->known) || !(flags & ENG_NO_TRY);
	case ENG_OP_ACCEPT:
		host_lock_acquire(&s->lock);
		ready = accept_ready(s) || !(flags & ENG_NO_TRY);
		/* Others wait already: it is not this one's turn. */
		ready = ready && !s->armed[ENG_OP_ACCEPT].head;
		host_lock_release(&s->lock);
		return ready;
	case ENG_OP_PEER_END:
	case ENG_OP_SENDTO:
		return !(flags & ENG_NO_TRY);
	case ENG_OP_POLL: /* each in its turn, by the watch */
		return false;
	default: /* the attempt is what starts it */
		return true;
	}
}

/* Attempts and arms until one of them holds. 0: armed. */
static int attempt_or_arm(struct uring_sock *s, struct eng_op *op, uint32_t flags)
{
	bool try = worth_a_try(s, op, flags);

	if (!try && op->kind == ENG_OP_SEND)
		eng_set_nodelay(&s->base, op);
	for (;;) {
		uint32_t edges = ENG_LOAD(&s->watch[op->kind].edges);
		int64_t r = 0;
		bool drained;

		if (try) {
			r = uring_attempt(s, op, &drained, 1);
			if (r != ENG_AGAIN && r != ENG_UNSURE) {
				op->res = r;
				return ENG_FINISHED;
			}
			uring_op(op)->started = true;
		}
		r = arm(s, op, edges, r);
		if (r == 0)
			return 0;
		if (r != ENG_AGAIN) {
			op->res = r;
			return ENG_FINISHED;
		}
		try = true;
	}
}

int uring_submit(struct eng_sock *base, struct eng_op *op, uint32_t flags)
{
	struct uring_sock *s = uring_of(base);
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
	}
	leave(s);
	return r;
}

/* ---- cancel, abort ------------------------------------------------------------ */

static bool is_armed(struct uring_sock *s, struct eng_op *op)
{
	/* Only addresses are compared: op may be past its done. */
	for (int kind = 0; kind < ENG_OP_CLOSE; kind++) {
		for (struct eng_op *o = s->armed[kind].head; o; o = uring_op(o)->next) {
			if (o == op)
				return true;
		}
	}
	return false;
}

void uring_cancel(struct eng_sock *base, struct eng_op *op)
{
	struct uring_sock *s = uring_of(base);
	bool found, mine;

	enter(s);
	host_lock_acquire(&s->lock);
	found = is_armed(s, op);
	mine = found && take(s, op);
	host_lock_release(&s->lock);
	if (mine) {
		/* The kernel would go on connecting. */
		if (op->kind == ENG_OP_CONNECT)
			eng_reset_now(base);
		host_lock_acquire(&s->lock);
		end(s, op);
		host_lock_release(&s->lock);
	}
	if (found)
		uring_kick(s);
	leave(s);
}

void uring_abort(struct eng_sock *base)
{
	struct uring_sock *s = uring_of(base);

	enter(s);
	host_lock_acquire(&s->lock);
	ENG_STORE(&s->aborted, true);
	end_all(s);
	host_lock_release(&s->lock);
	eng_reset_now(base);
	uring_kick(s);
	leave(s);
}
