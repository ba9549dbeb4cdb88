// SPDX-License-Identifier: MIT
#pragma once
/*
 * Private to the io_uring engine: its structures and what its files share.
 *
 *   uring.c         the engine and its sockets, made and destroyed
 *   uring_submit.c  calls from any thread: submit, cancel, abort, close
 *   uring_ring.c    requests to the kernel, and waiting
 *   uring_loop.c    the loop: completions, queued work, delivery of done
 *
 * A ring belongs to its loop's thread; nobody else touches it. Other threads
 * attempt the operation themselves, and if it has to wait they put it on the
 * socket's list and kick the socket: its loop then tends it, which means to hand
 * what waits to the kernel, to cancel there what is to end, and to deliver what
 * ended. Sends and receives become requests that move the data themselves. All
 * other operations wait for a poll of their kind (a watch) and are then attempted.
 * EDGES. Each watch counts its reports. Who attempts something reads the count
 * first; it may be put on the list only if, under the lock, no further report was
 * counted. A report counted later finds it there. A kick is needed only when no
 * watch is live.
 */
#include <liburing.h>

#include "engine/engp.h"
#include "engine/probe.h"
#include "engine/users.h"

#define URING_REQUESTS 256     /* prepared at once */
#define URING_COMPLETIONS 4096 /* beyond that the kernel keeps them elsewhere */
#define URING_SEGMENTS 1024    /* of prepared requests, until the kernel has copied them */

/* What a completion is about, in the low bits of user_data. */
enum uring_about {
	URING_ABOUT_WAKE,   /* the loop's eventfd; no socket */
	URING_ABOUT_OP,     /* the socket's first op of that kind */
	URING_ABOUT_WATCH,  /* its watch of that kind */
	URING_ABOUT_CANCEL, /* the wish to end one of these two */
};
#define URING_SOCK_ALIGN 64 /* leaves six bits: two for that, four for the kind */
_Static_assert(ENG_OP_CLOSE < 16, "a kind has four bits");

/* Something for a loop to do. Lock: none; queued by compare-exchange. */
struct uring_work {
	struct uring_work *next;
	enum uring_what { URING_WORK_TEND, URING_WORK_LEFT } what;
};

enum uring_op_flags {
	URING_OP_BUSY = 1,   /* the loop attempts or prepares it at this moment */
	URING_OP_CANCEL = 2, /* to end with -ECANCELED unless it succeeds now */
	URING_OP_KERNEL = 4, /* a request is out for it; ends when that does */
	URING_OP_ASKED = 8,  /* the kernel was asked to cancel that */
	URING_OP_UNSURE = 16, /* its attempt was ENG_UNSURE: another's end leads on, no report */
};

/*
 * Lies over eng_op.engine_private.
 * Lock: the socket's, from submit until done is called.
 */
struct uring_op {
	struct eng_op *prev, *next; /* in its kind's list, or the ended */
	uint32_t flags;
	bool started;  /* attempted once; the submitter's, then the loop's */
	size_t wanted; /* bytes asked for by the request that is out; the loop's */
};
_Static_assert(sizeof(struct uring_op) <= sizeof(((struct eng_op *)0)->engine_private), "too big");

struct uring_list {
	struct eng_op *head, *tail;
};

/* A poll of the socket for one kind of op. Lock: the socket's; written by the loop,
 * `edges` is also read without it. */
struct uring_watch {
	uint32_t edges; /* reports so far */
	bool live;      /* prepared or out; its last completion was not seen yet */
	bool ending;    /* the kernel was asked to cancel it */
};

/*
 * Owner: the engine. `work`, `sleeping` and `woken` are atomics for everyone; what
 * comes after them belongs to the loop's thread; the rest is immutable.
 */
struct uring_loop {
	struct uring_eng *e;
	unsigned int index;
	int eventfd;
	struct uring_work *work; /* newest first */
	uint32_t sleeping;       /* it waits or is about to: write the eventfd */
	uint32_t woken;          /* eng_run is to return */

	struct io_uring ring;
	bool enabled;        /* the ring has its issuer */
	bool wake_watched;   /* a poll of the eventfd is out */
	bool in_batch;
	unsigned int events; /* completions of this round that may lead to a done */
	unsigned int segs_used, msgs_used;
	struct eng_seg segs[URING_SEGMENTS];
	struct msghdr msgs[URING_REQUESTS];
} __attribute__((aligned(64)));

/* features: as used. Immutable. */
struct uring_eng {
	struct eng base;
	uint32_t features;
	struct uring_loop *loops;
};

/*
 * Owner: the caller, from open or accept to close's done.
 * Memory: freed by the loop just before close's done; it waits for `users`,
 * `inflight`, `pending` and `kicked`.
 * Lock: `lock`; held across no system call.
 */
struct uring_sock {
	struct eng_sock base;
	struct host_lock lock;
	uint32_t users; /* atomic; users.h */
	struct uring_list armed[ENG_OP_CLOSE]; /* lock; by kind, oldest first */
	struct uring_list ended;               /* lock; res is set, done is to be called */
	struct uring_watch watch[ENG_OP_CLOSE];
	uint32_t accept_seen; /* lock; up to which report the listener's queue was emptied */
	uint32_t inflight;    /* lock; accepted ops whose done is not called yet */
	uint32_t pending;     /* the loop's; requests whose last completion has not come */
	struct eng_op *closing; /* atomic, set under lock */
	bool aborted;           /* atomic, set under lock */
	bool known;             /* atomic; the last receive left something behind */
	bool unsure;            /* lock; some op is URING_OP_UNSURE because a request is out */
	bool kicked;            /* atomic; tend is queued */
	struct uring_work tend; /* look at the socket */
	struct uring_work left; /* the last one left */
} __attribute__((aligned(URING_SOCK_ALIGN)));

static inline struct uring_sock *uring_of(struct eng_sock *s)
{
	return (struct uring_sock *)s; /* base is first */
}

static inline struct uring_op *uring_op(struct eng_op *op)
{
	return (struct uring_op *)op->engine_private;
}

static inline struct uring_loop *uring_loop_of(struct uring_sock *s)
{
	return &((struct uring_eng *)s->base.e)->loops[s->base.loop];
}

/* The kernel moves this one's data itself. */
static inline bool uring_moves_data(const struct eng_op *op)
{
	return op->kind == ENG_OP_SEND || (op->kind == ENG_OP_RECV && !(op->flags & ENG_RECV_DISCARD));
}

/* A watch of this kind reports every change, not only the first state. */
static inline bool uring_watch_stays(enum eng_op_kind kind)
{
	return kind == ENG_OP_ACCEPT || kind == ENG_OP_SHUTDOWN;
}

#define uring_count(l, field)                                                                                \
	__atomic_fetch_add(&(l)->e->base.counters[(l)->index].c.field, 1, __ATOMIC_RELAXED)

/* uring.c */
int uring_sock_new(struct eng *e, int fd, enum eng_family f, enum eng_type t, unsigned int loop,
		   struct eng_sock **out);
void uring_sock_free(struct uring_sock *s); /* closes the descriptor */

/* uring_submit.c */
int uring_submit(struct eng_sock *s, struct eng_op *op, uint32_t flags);
void uring_cancel(struct eng_sock *s, struct eng_op *op);
void uring_abort(struct eng_sock *s);
/* One attempt: a result for op->res, ENG_AGAIN or ENG_UNSURE. */
int64_t uring_attempt(struct uring_sock *s, struct eng_op *op, bool *drained, uint32_t own_users);
/* Data, the peer's end, or what else a read would not wait for. */
bool uring_readable(struct uring_sock *s);
/* Under the lock. */
void uring_append(struct uring_list *list, struct eng_op *op);
void uring_unlink(struct uring_list *list, struct eng_op *op);

/* uring_ring.c; on the loop's thread. */
int uring_ring_init(struct uring_loop *l, uint32_t features);
void uring_ring_fini(struct uring_loop *l);
/* Makes the calling thread the ring's only user. */
void uring_enable(struct uring_loop *l);
/* Prepares a request. -EBUSY: no room, not even after handing over what there is.
 * -EFAULT: the op describes less data than its length. */
int uring_request_data(struct uring_loop *l, struct uring_sock *s, struct eng_op *op);
int uring_request_watch(struct uring_loop *l, struct uring_sock *s, enum eng_op_kind kind);
int uring_request_cancel(struct uring_loop *l, struct uring_sock *s, enum eng_op_kind kind, enum uring_about what);
/* Hands over what is prepared and, until the deadline, waits for a completion. */
void uring_enter(struct uring_loop *l, uint64_t deadline_ns);

/* uring_loop.c */
void uring_run(struct eng *e, unsigned int loop, uint64_t deadline_ns);
void uring_wake(struct eng *e, unsigned int loop);
/* Makes the loop tend the socket. From inside the socket, or the loop. */
void uring_kick(struct uring_sock *s);
/* The last one left while the loop waited for that. */
void uring_post_left(struct uring_sock *s);
/* True while the calling thread runs that loop's eng_run. */
bool uring_on_loop(const struct uring_loop *l);
