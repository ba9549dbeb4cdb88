// SPDX-License-Identifier: MIT
/*
 * What things cost in system calls, exactly, and the options. A count that
 * grows is a regression even when every result stays right.
 */
#include "rig.h"

static struct eng_counters since(struct rig *r, const struct eng_counters *before)
{
	struct eng_counters c;

	eng_counters(r->e, &c);
	c.waits -= before->waits;
	c.wakes -= before->wakes;
	c.recv_calls -= before->recv_calls;
	c.send_calls -= before->send_calls;
	c.accept_calls -= before->accept_calls;
	c.other_calls -= before->other_calls;
	c.ring_calls -= before->ring_calls;
	c.ring_ops -= before->ring_ops;
	return c;
}

#define ROUNDS 50

/* System calls for each request of an otherwise idle client. epoll: wait, recv,
 * send. uring: a wait that also hands over the receive, and a send. */
static void echo_round_trips(struct rig *r)
{
	bool ring = rig_is_uring(r);
	struct peer *peer;
	struct eng_sock *s = connected(r, &peer);
	struct eng_counters before = {0}, c;
	unsigned char in[64], back;
	struct t_op recv, send;

	t_init(&recv, r, ENG_OP_RECV, in, sizeof(in));
	CHECK_EQ(t_submit_flags(s, &recv, ENG_NO_TRY), 0);
	for (int i = -1; i < ROUNDS; i++) {
		if (i == 0) /* the first round registered the descriptor */
			eng_counters(r->e, &before);
		CHECK_EQ(peer_send_all(peer, "e", 1), 0);
		CHECK_EQ(t_wait(&recv), 1);
		CHECK(!recv.op.more_known);
		t_init(&send, r, ENG_OP_SEND, in, 1);
		CHECK_EQ(t_submit(s, &send), ENG_FINISHED);
		CHECK_EQ(send.res, 1);
		t_init(&recv, r, ENG_OP_RECV, in, sizeof(in));
		CHECK_EQ(t_submit_flags(s, &recv, ENG_NO_TRY), 0);
		CHECK_EQ(peer_recv_all(peer, &back, 1), 1);
	}
	c = since(r, &before);
	CHECK_EQ(c.waits, ROUNDS);
	CHECK_EQ(c.recv_calls, ring ? 0 : ROUNDS);
	CHECK_EQ(c.send_calls, ROUNDS);
	CHECK_EQ(c.ring_calls, ring ? ROUNDS : 0);
	CHECK_EQ(c.ring_ops, ring ? ROUNDS : 0);
	CHECK_EQ(c.accept_calls, 0);
	CHECK_EQ(c.other_calls, 0);
	CHECK_EQ(c.wakes, 0);
	close_sock(r, s, true);
	peer_close(peer);
}

TEST(ENG, echo_costs_exactly_so_many_calls) { for_each(echo_round_trips, BY_HAND, 1); }

/* Work queued for a loop that does not sleep needs no system call. */
static void queued_work(struct rig *r)
{
	struct peer *peer;
	struct eng_sock *s = connected(r, &peer);
	struct eng_counters before, c;
	unsigned char byte;
	struct t_op recv;

	t_init(&recv, r, ENG_OP_RECV, &byte, 1);
	CHECK_EQ(t_submit(s, &recv), 0);
	eng_counters(r->e, &before);
	t_cancel(s, &recv);
	c = since(r, &before);
	CHECK_EQ(c.wakes + c.waits + c.recv_calls + c.other_calls + c.ring_calls, 0);
	CHECK_EQ(t_wait(&recv), -ECANCELED);
	/* Arming again: registered once is enough. */
	eng_counters(r->e, &before);
	t_init(&recv, r, ENG_OP_RECV, &byte, 1);
	CHECK_EQ(t_submit_flags(s, &recv, ENG_NO_TRY), 0);
	c = since(r, &before);
	CHECK_EQ(c.recv_calls + c.other_calls + c.ring_calls, 0);
	close_sock(r, s, true);
	peer_close(peer);
}

TEST(ENG, queued_work_wakes_only_a_sleeper) { for_each(queued_work, BY_HAND, 1); }

/* ---- one batch, many answers ------------------------------------------------------ */

#define PEERS 5

struct echo {
	struct t_op recv, send;
	struct eng_sock *s;
	struct peer *peer;
	unsigned char byte;
	int answer; /* what eng_submit said */
};

static void answer(struct t_op *t)
{
	struct echo *x = t->ctx;

	t_init(&x->send, t->r, ENG_OP_SEND, &x->byte, 1);
	x->answer = t_submit(x->s, &x->send);
}

static void await_echoes(struct rig *r, struct echo *echoes, int count)
{
	for (int i = 0; i < count; i++) {
		struct echo *x = &echoes[i];

		t_init(&x->recv, r, ENG_OP_RECV, &x->byte, 1);
		x->recv.ctx = x;
		x->recv.then = answer;
		CHECK_EQ(t_submit_flags(x->s, &x->recv, ENG_NO_TRY), 0);
	}
	rig_turn(r); /* the kernel has them all */
	for (int i = 0; i < count; i++)
		CHECK_EQ(peer_send_all(echoes[i].peer, "b", 1), 0);
}

/* Answers from within one batch: epoll sends each; uring hands them over together,
 * but a single one is sent at once there too. */
static void batches(struct rig *r)
{
	static struct echo echoes[PEERS];
	struct eng_counters before, c;
	bool ring = rig_is_uring(r);
	unsigned char back;

	for (int i = 0; i < PEERS; i++)
		echoes[i].s = connected(r, &echoes[i].peer);
	for (int count = PEERS; count >= 1; count -= PEERS - 1) {
		bool together = ring && count > 1;

		await_echoes(r, echoes, count);
		eng_counters(r->e, &before);
		eng_run(r->e, 0, HOST_NO_DEADLINE);
		for (int i = 0; i < count; i++) {
			CHECK_EQ(echoes[i].answer, together ? 0 : ENG_FINISHED);
			CHECK_EQ(t_wait(&echoes[i].send), 1);
		}
		c = since(r, &before);
		CHECK_EQ(c.send_calls, together ? 0 : count);
		CHECK_EQ(c.ring_ops, together ? count : 0);
		CHECK_EQ(c.ring_calls, together ? 2 : ring);
		CHECK_EQ(c.waits, together ? 2 : 1);
		CHECK_EQ(c.recv_calls, ring ? 0 : count);
		CHECK_EQ(c.other_calls, 0);
		for (int i = 0; i < count; i++)
			CHECK_EQ(peer_recv_all(echoes[i].peer, &back, 1), 1);
	}
	for (int i = 0; i < PEERS; i++) {
		close_sock(r, echoes[i].s, true);
		peer_close(echoes[i].peer);
	}
}

TEST(ENG, sends_of_one_batch_share_a_call) { for_each(batches, BY_HAND, 1); }

static void send_nodelay(struct rig *r, struct eng_sock *s, bool nodelay, uint64_t switches)
{
	struct eng_counters before, c;
	unsigned char byte = 1;
	struct t_op t;

	eng_counters(r->e, &before);
	t_init(&t, r, ENG_OP_SEND, &byte, 1);
	t.op.nodelay = nodelay;
	CHECK_EQ(t_submit(s, &t), ENG_FINISHED);
	c = since(r, &before);
	CHECK_EQ(c.other_calls, switches);
	CHECK_EQ(c.send_calls, 1);
}

/* Per-send "no delay" turns the kernel's switch when it differs, and hides it. */
static void nodelay(struct rig *r)
{
	struct peer *peer;
	struct eng_sock *s = connected(r, &peer);
	int value = -1;

	send_nodelay(r, s, false, 0);
	send_nodelay(r, s, true, 1);
	send_nodelay(r, s, true, 0);
	CHECK_EQ(eng_getopt(s, ENG_OPT_TCP_NODELAY, &value), 0);
	CHECK_EQ(value, 0);
	send_nodelay(r, s, false, 1);
	CHECK_EQ(eng_setopt(s, ENG_OPT_TCP_NODELAY, 7), 0);
	CHECK_EQ(eng_getopt(s, ENG_OPT_TCP_NODELAY, &value), 0);
	CHECK_EQ(value, 1);
	send_nodelay(r, s, true, 0);
	send_nodelay(r, s, false, 0);
	close_sock(r, s, true);
	peer_close(peer);
}

TEST(ENG, nodelay_switches_only_on_change) { for_each(nodelay, BY_HAND, 1); }

/* ---- options ------------------------------------------------------------------------- */

static void round_trip(struct eng_sock *s, enum eng_opt opt, int set, int expected)
{
	int value = -77;

	CHECK_EQ(eng_setopt(s, opt, set), 0);
	CHECK_EQ(eng_getopt(s, opt, &value), 0);
	CHECK_EQ(value, expected);
}

static void options(struct rig *r)
{
	struct eng_sock *s = open_stream(r, 0);
	int value = 0;

	round_trip(s, ENG_OPT_REUSEADDR, 1, 1);
	round_trip(s, ENG_OPT_REUSEPORT, 5, 1);
	round_trip(s, ENG_OPT_KEEPALIVE, 1, 1);
	round_trip(s, ENG_OPT_KEEPALIVE, 0, 0);
	round_trip(s, ENG_OPT_RCVBUF, 30000, 30000); /* Linux itself says 60000 */
	round_trip(s, ENG_OPT_SNDBUF, 1, 1);
	round_trip(s, ENG_OPT_BROADCAST, 1, 1);
	round_trip(s, ENG_OPT_TCP_KEEPIDLE, 11, 11);
	round_trip(s, ENG_OPT_TCP_KEEPINTVL, 12, 12);
	round_trip(s, ENG_OPT_TCP_KEEPCNT, 13, 13);
	round_trip(s, ENG_OPT_TCP_MAXRT, 14, 14);
	round_trip(s, ENG_OPT_TCP_MAXRT, -1, -1);
	round_trip(s, ENG_OPT_TCP_MAXRT, 0, 0);
	round_trip(s, ENG_OPT_TCP_NODELAY, 1, 1);
	round_trip(s, ENG_OPT_TCP_FASTOPEN, 1, 1);
	round_trip(s, ENG_OPT_TCP_FASTOPEN, 0, 0);
	if (r->family == ENG_INET6) {
		CHECK_EQ(eng_getopt(s, ENG_OPT_V6ONLY, &value), 0);
		CHECK_EQ(value, 1);
		round_trip(s, ENG_OPT_V6ONLY, 0, 0);
		round_trip(s, ENG_OPT_V6_UNICAST_HOPS, 15, 15);
		round_trip(s, ENG_OPT_V6_TCLASS, 16, 16);
		round_trip(s, ENG_OPT_V6_DONTFRAG, 1, 1);
		round_trip(s, ENG_OPT_V6_UNICAST_IF, 1, 1);
	} else {
		round_trip(s, ENG_OPT_IP_TTL, 17, 17);
		round_trip(s, ENG_OPT_IP_TOS, 0x20, 0x20);
		round_trip(s, ENG_OPT_IP_DONTFRAG, 1, 1);
		round_trip(s, ENG_OPT_IP_DONTFRAG, 0, 0);
		round_trip(s, ENG_OPT_IP_UNICAST_IF, 1, 1);
		CHECK_EQ(eng_setopt(s, ENG_OPT_V6ONLY, 1), -ENOPROTOOPT);
	}
	CHECK_EQ(eng_setopt(s, ENG_OPT_TCP_TIMESTAMPS, 1), -ENOPROTOOPT);
	CHECK_EQ(eng_getopt(s, ENG_OPT_TCP_TIMESTAMPS, &value), -ENOPROTOOPT);
	CHECK_EQ(eng_setopt(s, ENG_OPT_ERROR, 0), -ENOPROTOOPT);
	CHECK_EQ(eng_getopt(s, ENG_OPT_ERROR, &value), 0);
	CHECK_EQ(value, 0);
	CHECK_EQ(eng_setopt(s, ENG_OPT_COUNT, 0), -ENOPROTOOPT);
	CHECK_EQ(eng_setopt(s, ENG_OPT_TCP_MAXRT, -2), -EINVAL);
	CHECK_EQ(eng_setopt(s, ENG_OPT_RCVBUF, -1), -EINVAL);
	close_sock(r, s, false);
}

TEST(ENG, options_read_back_as_set) { for_each(options, BY_HAND, 1); }

static void inherited(struct rig *r)
{
	uint16_t port;
	struct eng_sock *listener = open_listener(r, 0, &port), *s;
	struct peer *peer;
	struct t_op t;
	int value = 0;

	CHECK_EQ(eng_getopt(listener, ENG_OPT_RCVBUF, &value), 0);
	CHECK(value > 0); /* the system's default */
	CHECK_EQ(eng_setopt(listener, ENG_OPT_RCVBUF, 12345), 0);
	CHECK_EQ(eng_setopt(listener, ENG_OPT_TCP_NODELAY, 1), 0);
	CHECK((peer = peer_connect(rig_peer_family(r), port)));
	t_init(&t, r, ENG_OP_ACCEPT, NULL, 0);
	CHECK_EQ(t_do(listener, &t), 0);
	s = t.op.accepted;
	CHECK_EQ(eng_getopt(s, ENG_OPT_RCVBUF, &value), 0);
	CHECK_EQ(value, 12345);
	CHECK_EQ(eng_getopt(s, ENG_OPT_TCP_NODELAY, &value), 0);
	CHECK_EQ(value, 1);
	send_nodelay(r, s, true, 0);
	send_nodelay(r, s, false, 0); /* the socket's option stays */
	close_sock(r, s, false);
	close_sock(r, listener, false);
	peer_close(peer);
}

TEST(ENG, accepted_sockets_inherit) { for_each(inherited, BY_HAND, 1); }

static void other_types(struct rig *r)
{
	struct eng_addr a = loopback(r, 0), b;
	struct eng_sock *s;
	struct t_op t;

	CHECK_EQ(eng_sock_open(r->e, (enum eng_family)9, ENG_STREAM, 0, 0, &s), -EINVAL);
	CHECK_EQ(eng_sock_open(r->e, r->family, ENG_STREAM, 0, 1, &s), -EINVAL);
	CHECK_EQ(eng_sock_open(r->e, r->family, ENG_STREAM, 17, 0, &s), -EPROTONOSUPPORT);
	CHECK_EQ(eng_sock_open(r->e, r->family, ENG_DGRAM, 0, 0, &s), 0);
	CHECK_EQ(eng_bind(s, &a), 0);
	CHECK_EQ(eng_local_addr(s, &b), 0);
	CHECK(b.port != 0);
	CHECK_MEM(a.ip, b.ip, sizeof(a.ip));
	CHECK_EQ(eng_peer_addr(s, &b), -ENOTCONN);
	CHECK_EQ(eng_listen(s), -EOPNOTSUPP);
	t_init(&t, r, ENG_OP_RECV, &b, sizeof(b));
	CHECK_EQ(t_submit(s, &t), -EOPNOTSUPP);
	close_sock(r, s, true);
}

TEST(ENG, other_socket_types) { for_each(other_types, BY_HAND, 1); }
