// SPDX-License-Identifier: MIT
/*
 * ENG_OP_POLL: a descriptor that is no socket, given to a loop. The laws of
 * engine.h hold for it, with an eventfd and with an epoll set inside the loop's.
 */
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/rig.h"

struct source {
	struct eng_sock *s;
	int event; /* written to make it readable */
	int fd;    /* what the engine polls: the eventfd, or a set that holds it */
	uint32_t rounds, ended; /* of `again` */
};

static void raise_event(struct source *x)
{
	uint64_t one = 1;

	CHECK_EQ(write(x->event, &one, sizeof(one)), sizeof(one));
}

static void lower_event(struct source *x)
{
	uint64_t count;

	CHECK_EQ(read(x->event, &count, sizeof(count)), sizeof(count));
}

static void open_source(struct rig *r, struct source *x, bool nested)
{
	struct epoll_event ev = {.events = EPOLLIN};

	memset(x, 0, sizeof(*x));
	x->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	CHECK(x->event >= 0);
	x->fd = x->event;
	if (nested) {
		x->fd = epoll_create1(EPOLL_CLOEXEC);
		CHECK(x->fd >= 0);
		CHECK_EQ(epoll_ctl(x->fd, EPOLL_CTL_ADD, x->event, &ev), 0);
	} else {
		/* The engine's own; the test keeps one to write to. */
		x->fd = dup(x->event);
	}
	CHECK_EQ(eng_fd_open(r->e, x->fd, r->loops - 1, &x->s), 0);
	CHECK_EQ(eng_sock_loop(x->s), r->loops - 1);
}

static void close_source(struct rig *r, struct source *x)
{
	char path[64];

	close_sock(r, x->s, false);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", x->fd);
	CHECK(access(path, F_OK)); /* the engine closed it */
	close(x->event);
}

static void before_and_after(struct rig *r, bool nested)
{
	struct source x;
	struct t_op t;

	open_source(r, &x, nested);
	/* Readable later, and again while it stays so, and after it was read. */
	for (int i = 0; i < 3; i++) {
		t_init(&t, r, ENG_OP_POLL, NULL, 0);
		CHECK_EQ(t_submit(x.s, &t), 0);
		if (r->mode == BY_HAND) {
			rig_turn(r);
			CHECK_EQ(t.dones, 0);
		}
		raise_event(&x);
		CHECK_EQ(t_wait(&t), 0);
		CHECK_EQ(t.dones, 1);
		t_init(&t, r, ENG_OP_POLL, NULL, 0);
		CHECK_EQ(t_submit_flags(x.s, &t, i == 1 ? ENG_NO_TRY : 0), 0); /* never ENG_FINISHED */
		CHECK_EQ(t_wait(&t), 0);
		lower_event(&x);
	}
	close_source(r, &x);
}

static void readable(struct rig *r)
{
	before_and_after(r, false);
	before_and_after(r, true);
}
TEST(ENG, poll_ends_when_readable) { for_each(readable, BY_THREADS, 2); }
TEST(ENG, poll_ends_when_readable_by_hand) { for_each(readable, BY_HAND, 1); }

/* Submitted anew by its own done, as a resolver does. */
static void again(struct t_op *t)
{
	struct source *x = t->ctx;
	uint64_t count;

	if (t->op.res) {
		SET(&x->ended, 1);
		return;
	}
	if (read(x->event, &count, sizeof(count)) != sizeof(count))
		rig_fault(t->r, "POLL told of nothing");
	SET(&t->flying, 1);
	if (eng_submit(x->s, &t->op, 0))
		rig_fault(t->r, "POLL not accepted");
	SET(&x->rounds, x->rounds + 1);
}

static void await(struct rig *r, uint32_t *word, uint32_t value)
{
	uint64_t until = host_now_ns() + RIG_DEADLINE_NS;

	while (GET(word) != value) {
		CHECK(host_now_ns() < until);
		if (r->mode == BY_HAND)
			rig_turn(r);
		else
			host_yield();
	}
}

static void resubmitted(struct rig *r)
{
	for (int nested = 0; nested < 2; nested++) {
		struct source x;
		struct t_op t;

		open_source(r, &x, nested);
		t_init(&t, r, ENG_OP_POLL, NULL, 0);
		t.then = again;
		t.ctx = &x;
		CHECK_EQ(t_submit(x.s, &t), 0);
		for (uint32_t i = 1; i <= 200; i++) {
			raise_event(&x);
			await(r, &x.rounds, i);
		}
		t_cancel(x.s, &t);
		await(r, &x.ended, 1);
		CHECK_EQ(t.op.res, -ECANCELED);
		close_source(r, &x);
		CHECK_EQ(t.dones, 201);
	}
}
TEST(ENG, poll_submitted_by_its_own_done) { for_each(resubmitted, BY_THREADS, 1); }
TEST(ENG, poll_submitted_by_its_own_done_by_hand) { for_each(resubmitted, BY_HAND, 1); }

static void several(struct rig *r)
{
	struct source x;
	struct t_op t[3];
	uint32_t live = 0;

	open_source(r, &x, true);
	for (int i = 0; i < 3; i++) {
		t_init(&t[i], r, ENG_OP_POLL, NULL, 0);
		t[i].live = &live;
		CHECK_EQ(t_submit(x.s, &t[i]), 0);
	}
	t_cancel(x.s, &t[1]);
	CHECK_EQ(t_wait(&t[1]), -ECANCELED);
	raise_event(&x);
	CHECK_EQ(t_wait(&t[0]), 0);
	CHECK_EQ(t_wait(&t[2]), 0);
	lower_event(&x);
	/* Those that wait when it is closed. */
	for (int i = 0; i < 3; i++) {
		t_init(&t[i], r, ENG_OP_POLL, NULL, 0);
		t[i].live = &live;
		CHECK_EQ(t_submit(x.s, &t[i]), 0);
	}
	close_source(r, &x);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(t_wait(&t[i]), -ECANCELED);
}
TEST(ENG, poll_any_number_cancelled_and_closed) { for_each(several, BY_THREADS, 2); }

static void nothing_else(struct rig *r)
{
	static const enum eng_op_kind kinds[] = {ENG_OP_ACCEPT, ENG_OP_CONNECT, ENG_OP_SEND,    ENG_OP_RECV,
						 ENG_OP_SHUTDOWN, ENG_OP_PEER_END, ENG_OP_SENDTO, ENG_OP_RECVFROM};
	struct source x;
	struct t_op t;
	char c;

	CHECK_EQ(eng_fd_open(r->e, 0, r->loops, &x.s), -EINVAL);
	open_source(r, &x, false);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		t_init(&t, r, kinds[i], &c, 1);
		CHECK_EQ(t_submit(x.s, &t), -EOPNOTSUPP);
	}
	close_source(r, &x);
}
TEST(ENG, poll_sources_know_nothing_else) { for_each(nothing_else, BY_HAND, 1); }
