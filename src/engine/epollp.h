// SPDX-License-Identifier: MIT
#pragma once
/*
 * Private to the epoll engine: its structures and what its files share.
 *
 *   epoll.c         the engine and its sockets, made and destroyed
 *   epoll_submit.c  calls from any thread: submit, cancel, abort, close
 *   epoll_poll.c    ENG_OP_POLL, for descriptors that are no sockets
 *   epoll_loop.c    the loop: events, queued work, delivery of done
 *
 * A descriptor is registered once, edge-triggered for everything, when its
 * first operation has to wait; after that no epoll_ctl until it is closed.
 * EDGES. Each direction counts the edges reported (`edges`) and remembers up to
 * which one its data were drained (`seen`). Who attempts something reads `edges`
 * first; EAGAIN (or a short read) then drains that edge, and the operation may
 * be armed if, under the lock, no further edge was counted. An edge counted
 * later finds it armed. So none is lost, and no lock is held over a system call.
 */
#include "engine/engp.h"
#include "engine/users.h"

/* Something for a loop to do. Lock: none; queued by compare-exchange. */
struct epoll_work {
	struct epoll_work *next;
	enum epoll_what { EPOLL_WORK_OP, EPOLL_WORK_KICK, EPOLL_WORK_LEFT } what;
};

enum epoll_op_flags {
	EPOLL_OP_BUSY = 1,   /* the loop attempts it at this moment */
	EPOLL_OP_CANCEL = 2, /* to end with -ECANCELED unless that attempt succeeds */
};

/*
 * Lies over eng_op.engine_private.
 * Lock: the socket's, from submit until the op is queued or delivered.
 */
struct epoll_op {
	struct epoll_work work;
	struct eng_op *prev, *next; /* in its kind's list */
	struct epoll_sock *sock;
	uint32_t flags;
	bool started; /* attempted once; the submitter's, then whoever attempts reads it */
};
_Static_assert(sizeof(struct epoll_op) <= sizeof(((struct eng_op *)0)->engine_private), "too big");

/*
 * Owner: the engine. `work`, `sleeping` and `woken` are atomics for everyone;
 * `in_batch` belongs to the loop's thread; the rest is immutable.
 */
struct epoll_loop {
	struct epoll_eng *e;
	unsigned int index;
	int epfd, eventfd;
	struct epoll_work *work; /* newest first */
	uint32_t sleeping;       /* it waits or is about to: write the eventfd */
	uint32_t woken;          /* eng_run is to return */
	uint32_t registered;     /* counts registrations, see register_fd */
	bool in_batch;
} __attribute__((aligned(64)));

struct epoll_eng {
	struct eng base;
	struct epoll_loop *loops;
};

/* Lock: `edges` is counted by the loop under the socket's lock; both are read
 * anywhere, `seen` is written by whoever drained. */
struct epoll_side {
	uint32_t edges, seen;
};

/*
 * Owner: the caller, from open or accept to close's done.
 * Memory: freed by the loop just before close's done; it waits for `users`
 * (threads inside a call), `inflight` and `kicked`.
 * Lock: `lock`; held across no system call but the one epoll_ctl.
 */
struct epoll_sock {
	struct eng_sock base;
	struct host_lock lock;
	uint32_t users; /* atomic; users.h */
	struct epoll_side in, out, end; /* receive and accept; send; the peer's end */
	bool registered; /* lock */
	bool in_end;     /* atomic; an end was reported: readable for ever */
	bool urgent;     /* atomic; TCP urgent data came: a short read proves nothing */
	bool aborted;    /* atomic, set under lock */
	uint32_t inflight;      /* lock; accepted ops whose done is not called yet */
	struct eng_op *closing; /* atomic, set under lock */
	bool close_reached;     /* the loop's; its CLOSE was taken from the queue */
	struct {
		struct eng_op *head, *tail;
	} armed[ENG_OP_CLOSE]; /* lock; by kind, oldest first */
	struct epoll_work left; /* the last one left */
	struct epoll_work kick; /* look at the accepts again */
	bool kicked;            /* atomic; kick is queued */
};

static inline struct epoll_sock *epoll_of(struct eng_sock *s)
{
	return (struct epoll_sock *)s; /* base is first */
}

static inline struct epoll_op *epoll_op(struct eng_op *op)
{
	return (struct epoll_op *)op->engine_private;
}

static inline struct epoll_loop *epoll_loop_of(struct epoll_sock *s)
{
	return &((struct epoll_eng *)s->base.e)->loops[s->base.loop];
}

static inline struct epoll_side *epoll_side_of(struct epoll_sock *s, enum eng_op_kind kind)
{
	if (kind == ENG_OP_CONNECT || kind == ENG_OP_SEND || kind == ENG_OP_SENDTO || kind == ENG_OP_SHUTDOWN)
		return &s->out;
	return kind == ENG_OP_PEER_END ? &s->end : &s->in;
}

/* epoll.c */
int epoll_sock_new(struct eng *e, int fd, enum eng_family f, enum eng_type t, unsigned int loop,
		   struct eng_sock **out);
void epoll_sock_free(struct epoll_sock *s); /* closes the descriptor */

/* epoll_submit.c */
int epoll_submit(struct eng_sock *s, struct eng_op *op, uint32_t flags);
void epoll_cancel(struct eng_sock *s, struct eng_op *op);
void epoll_abort(struct eng_sock *s);
/* One attempt: a result for op->res, or ENG_AGAIN. *drained also without it. */
int64_t epoll_attempt(struct epoll_sock *s, struct eng_op *op, bool *drained);
/* Under the lock. */
void epoll_unlink(struct epoll_sock *s, struct eng_op *op);

/* epoll_poll.c */
int64_t epoll_try_poll(struct epoll_sock *s);
/* A POLL that submit found ended, its res set: queued, as engine.h promises. */
void epoll_poll_ended(struct epoll_sock *s, struct eng_op *op);

/* epoll_loop.c */
void epoll_run(struct eng *e, unsigned int loop, uint64_t deadline_ns);
void epoll_wake(struct eng *e, unsigned int loop);
/* Queues op, its res set, for done on its loop. */
void epoll_post_op(struct epoll_sock *s, struct eng_op *op);
/* Makes the loop look at the accepts again. From inside the socket, or the loop. */
void epoll_kick(struct epoll_sock *s);
/* The last one left while the loop waited for that. */
void epoll_post_left(struct epoll_sock *s);
