// SPDX-License-Identifier: MIT
/*
 * The seven laws of engine.h, one body each, for every engine and family.
 * Endings (shutdown, peer's end, abort) are in endings.c.
 */
#include "rig.h"

#include <sys/resource.h>

/* ---- 4: results ---------------------------------------------------------------- */

static void accept_connect_send_recv(struct rig *r)
{
	struct t_op accept, connect, send, recv;
	unsigned char out[] = "over the wire", in[64];
	struct eng_addr local, remote;
	struct eng_sock *listener, *client, *server;
	uint16_t port;

	listener = open_listener(r, 0, &port);
	t_init(&accept, r, ENG_OP_ACCEPT, NULL, 0);
	CHECK_EQ(t_submit(listener, &accept), 0);
	client = open_stream(r, 0);
	t_init(&connect, r, ENG_OP_CONNECT, NULL, 0);
	connect.op.addr = loopback(r, port);
	CHECK_EQ(t_do(client, &connect), 0);
	CHECK_EQ(t_wait(&accept), 0);
	server = accept.op.accepted;
	CHECK_EQ(eng_local_addr(client, &local), 0);
	CHECK_EQ(eng_peer_addr(server, &remote), 0);
	CHECK_MEM(&local, &remote, sizeof(local));
	CHECK_MEM(&local, &accept.op.addr, sizeof(local));

	memset(in, 0xee, sizeof(in));
	t_init(&recv, r, ENG_OP_RECV, in, sizeof(in));
	CHECK_EQ(t_submit(server, &recv), 0);
	t_init(&send, r, ENG_OP_SEND, out, sizeof(out));
	CHECK_EQ(t_do(client, &send), sizeof(out));
	CHECK_EQ(send.op.transferred, sizeof(out));
	CHECK_EQ(t_wait(&recv), sizeof(out));
	CHECK_MEM(in, out, sizeof(out));
	CHECK_EQ(in[sizeof(out)], 0xee);

	close_sock(r, client, false);
	t_init(&recv, r, ENG_OP_RECV, in, sizeof(in));
	CHECK_EQ(t_do(server, &recv), 0);
	close_sock(r, server, false);
	close_sock(r, listener, false);
}

TEST(ENG, results_of_a_conversation)
{
	for_each(accept_connect_send_recv, BY_THREADS, 1);
	for_each(accept_connect_send_recv, BY_HAND, 1);
}

static void connect_refused(struct rig *r)
{
	struct t_op t;
	struct eng_sock *s = open_stream(r, 0);
	uint16_t port;
	struct peer *held = peer_hold_port(rig_peer_family(r), &port), *listener;

	CHECK(held);
	t_init(&t, r, ENG_OP_CONNECT, NULL, 0);
	t.op.addr = loopback(r, port);
	CHECK_EQ(t_do(s, &t), -ECONNREFUSED);
	/* The same socket may try again. */
	listener = peer_listen(rig_peer_family(r), &port);
	CHECK(listener);
	t_init(&t, r, ENG_OP_CONNECT, NULL, 0);
	t.op.addr = loopback(r, port);
	CHECK_EQ(t_do(s, &t), 0);
	t_init(&t, r, ENG_OP_CONNECT, NULL, 0);
	t.op.addr = loopback(r, port);
	CHECK_EQ(t_do(s, &t), -EISCONN);
	close_sock(r, s, false);
	peer_close(listener);
	peer_close(held);
}

TEST(ENG, connect_refused_and_again) { for_each(connect_refused, BY_THREADS, 1); }

static void refusals(struct rig *r)
{
	static const enum eng_op_kind later[] = {ENG_OP_SENDTO, ENG_OP_RECVFROM, ENG_OP_POLL};
	struct eng_sock *s = open_stream(r, 0);
	struct eng_addr nowhere = {0};
	struct t_op t, c;

	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		t_init(&t, r, later[i], NULL, 0);
		CHECK_EQ(t_submit(s, &t), -EOPNOTSUPP);
	}
	CHECK_EQ(eng_bind(s, &nowhere), -EAFNOSUPPORT);
	t_init(&t, r, ENG_OP_RECV, &c, sizeof(c));
	CHECK_EQ(t_do(s, &t), -ENOTCONN);
	t_init(&c, r, ENG_OP_CLOSE, NULL, 0);
	CHECK_EQ(t_submit(s, &c), 0);
	t_init(&t, r, ENG_OP_RECV, &t, sizeof(t));
	CHECK_EQ(t_submit(s, &t), -EBADF);
	CHECK_EQ(t_wait(&c), 0);
	CHECK_EQ(t.dones, 0);
}

TEST(ENG, refused_submits_bring_no_done) { for_each(refusals, BY_HAND, 1); }

/* ---- 1: exactly once, under races of cancel and completion ---------------------- */

#define RACES 1500

static void cancel_races_data(struct rig *r)
{
	unsigned int cancelled = 0, received = 0, sent = 0;
	struct peer *peer;
	struct eng_sock *s = connected(r, &peer);
	struct t_op t;

	for (unsigned int i = 0; i < RACES; i++) {
		unsigned char byte = 0;
		int64_t res;

		t_init(&t, r, ENG_OP_RECV, &byte, 1);
		t_submit_flags(s, &t, i % 2 ? ENG_NO_TRY : 0);
		if (i % 3) {
			CHECK_EQ(peer_send_all(peer, &(unsigned char){(unsigned char)sent}, 1), 0);
			sent++;
		}
		if (!GET(&t.finished) && i % 3 != 1)
			t_cancel(s, &t);
		res = t_wait(&t);
		CHECK(t.dones <= 1);
		if (res == -ECANCELED) {
			cancelled++;
			continue;
		}
		/* AMB-53: no byte is lost to a cancelled receive. */
		CHECK_EQ(res, 1);
		CHECK_EQ(byte, received & 0xff);
		received++;
	}
	while (received < sent) {
		unsigned char byte = 0;

		t_init(&t, r, ENG_OP_RECV, &byte, 1);
		CHECK_EQ(t_do(s, &t), 1);
		CHECK_EQ(byte, received & 0xff);
		received++;
	}
	CHECK(cancelled > 0 && received > 0);
	close_sock(r, s, true);
	peer_close(peer);
}

TEST(ENG, done_exactly_once_when_cancel_races_data)
{
	COVERS("AMB-53");
	for_each(cancel_races_data, BY_THREADS, 1);
}

static void cancel_each_kind(struct rig *r)
{
	unsigned char byte, *big = calloc(1, 8 << 20);
	struct t_op accept, recv, send, end;
	struct peer *peer;
	struct eng_sock *s = connected(r, &peer), *listener;
	uint16_t port;

	listener = open_listener(r, 0, &port);
	t_init(&accept, r, ENG_OP_ACCEPT, NULL, 0);
	t_init(&recv, r, ENG_OP_RECV, &byte, 1);
	t_init(&send, r, ENG_OP_SEND, big, 8 << 20);
	t_init(&end, r, ENG_OP_PEER_END, NULL, 0);
	CHECK_EQ(eng_setopt(s, ENG_OPT_SNDBUF, 4096), 0);
	CHECK_EQ(t_submit(listener, &accept), 0);
	CHECK_EQ(t_submit(s, &recv), 0);
	CHECK_EQ(t_submit(s, &send), 0);
	CHECK_EQ(t_submit(s, &end), 0);
	t_cancel(listener, &accept);
	t_cancel(s, &recv);
	t_cancel(s, &send);
	t_cancel(s, &end);
	CHECK_EQ(t_wait(&accept), -ECANCELED);
	CHECK_EQ(t_wait(&recv), -ECANCELED);
	CHECK_EQ(t_wait(&send), -ECANCELED);
	CHECK_EQ(t_wait(&end), -ECANCELED);
	CHECK(send.op.transferred > 0 && send.op.transferred < 8 << 20);
	/* An op that is past its end is not there to be cancelled. */
	t_cancel(s, &recv);
	CHECK_EQ(recv.dones, 1);
	close_sock(r, s, true);
	close_sock(r, listener, false);
	peer_close(peer);
	free(big);
}

TEST(ENG, cancel_ends_each_kind)
{
	for_each(cancel_each_kind, BY_THREADS, 1);
	for_each(cancel_each_kind, BY_HAND, 1);
}

/* A listener whose queue is full lets a connect wait for ever. */
static void cancel_connect(struct rig *r)
{
	uint16_t port;
	struct peer *full = peer_listen_backlog(rig_peer_family(r), &port, 0);
	struct peer *filler[4], *listener;
	struct eng_sock *s = open_stream(r, 0);
	struct t_op t;
	size_t n;

	for (n = 0; n < 4; n++) {
		filler[n] = peer_connect_start(rig_peer_family(r), port);
		CHECK(filler[n]);
	}
	t_init(&t, r, ENG_OP_CONNECT, NULL, 0);
	t.op.addr = loopback(r, port);
	CHECK_EQ(t_submit(s, &t), 0);
	t_cancel(s, &t);
	CHECK_EQ(t_wait(&t), -ECANCELED);
	/* The attempt is over: the socket can connect elsewhere. */
	listener = peer_listen(rig_peer_family(r), &port);
	t_init(&t, r, ENG_OP_CONNECT, NULL, 0);
	t.op.addr = loopback(r, port);
	CHECK_EQ(t_do(s, &t), 0);
	close_sock(r, s, false);
	while (n-- > 0)
		peer_close(filler[n]);
	peer_close(full);
	peer_close(listener);
}

TEST(ENG, cancel_ends_a_connect_attempt) { for_each(cancel_connect, BY_THREADS, 1); }

/* ---- 5: close comes last --------------------------------------------------------- */

static void close_is_last(struct rig *r)
{
	unsigned char byte, *big = calloc(1, 8 << 20);
	struct t_op ops[3], close, accepts[50];
	uint32_t live = 0;
	struct peer *peer;
	struct eng_sock *s = connected(r, &peer), *listener;
	uint16_t port;

	t_init(&ops[0], r, ENG_OP_RECV, &byte, 1);
	t_init(&ops[1], r, ENG_OP_SEND, big, 8 << 20);
	t_init(&ops[2], r, ENG_OP_PEER_END, NULL, 0);
	t_init(&close, r, ENG_OP_CLOSE, NULL, 0);
	for (int i = 0; i < 3; i++) {
		ops[i].live = &live;
		CHECK_EQ(t_submit(s, &ops[i]), 0);
	}
	close.live = &live;
	CHECK_EQ(t_submit(s, &close), 0);
	CHECK_EQ(t_wait(&close), 0);
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(ops[i].dones, 1);
		CHECK_EQ(ops[i].res, -ECANCELED);
		CHECK(ops[i].order < close.order);
	}
	peer_close(peer);
	free(big);

	listener = open_listener(r, 0, &port);
	for (int i = 0; i < 50; i++) {
		t_init(&accepts[i], r, ENG_OP_ACCEPT, NULL, 0);
		accepts[i].live = &live;
		CHECK_EQ(t_submit(listener, &accepts[i]), 0);
	}
	t_init(&close, r, ENG_OP_CLOSE, NULL, 0);
	close.live = &live;
	CHECK_EQ(t_submit(listener, &close), 0);
	CHECK_EQ(t_wait(&close), 0);
	for (int i = 0; i < 50; i++) {
		CHECK_EQ(accepts[i].res, -ECANCELED);
		CHECK(!i || accepts[i - 1].order < accepts[i].order);
	}
	CHECK(!peer_connect(rig_peer_family(r), port));
}

TEST(ENG, close_is_done_last)
{
	for_each(close_is_last, BY_THREADS, 1);
	for_each(close_is_last, BY_HAND, 1);
}

/* Close while the loop is busy with the op it ends. */
static void close_races_data(struct rig *r)
{
	for (int i = 0; i < 100; i++) {
		unsigned char byte = 0;
		uint32_t live = 0;
		struct t_op recv, close;
		struct peer *peer;
		struct eng_sock *s = connected(r, &peer);

		t_init(&recv, r, ENG_OP_RECV, &byte, 1);
		recv.live = &live;
		t_init(&close, r, ENG_OP_CLOSE, NULL, 0);
		close.live = &live;
		close.op.abort = i % 2;
		CHECK_EQ(t_submit(s, &recv), 0);
		CHECK_EQ(peer_send_all(peer, "x", 1), 0);
		CHECK_EQ(t_submit(s, &close), 0);
		CHECK_EQ(t_wait(&close), 0);
		CHECK_EQ(recv.dones, 1);
		CHECK(recv.res == -ECANCELED || (recv.res == 1 && byte == 'x'));
		peer_close(peer);
	}
}

TEST(ENG, close_races_completion) { for_each(close_races_data, BY_THREADS, 1); }

/* ---- 6: data, in pieces ------------------------------------------------------------ */

struct reader {
	struct peer *peer;
	unsigned char *data;
	size_t length;
	long got;
};

static void read_all(void *arg)
{
	struct reader *rd = arg;

	rd->got = peer_recv_all(rd->peer, rd->data, rd->length);
}

/* Partial sends, chains longer than one call takes, and waits between. */
static void long_send(struct rig *r, size_t length, size_t piece, int sndbuf)
{
	unsigned char *out = malloc(length), *in = malloc(length);
	struct peer *peer;
	struct eng_sock *s = connected(r, &peer);
	struct reader rd = {peer, in, length, 0};
	struct host_thread *thread;
	struct t_op t;

	CHECK_EQ(eng_setopt(s, ENG_OPT_SNDBUF, sndbuf), 0);
	fill_pattern(out, length, (unsigned int)piece);
	memset(in, 0xee, length);
	t_init(&t, r, ENG_OP_SEND, out, length);
	t.piece = piece;
	CHECK_EQ(t_submit(s, &t), 0); /* it cannot fit */
	CHECK_EQ(host_thread_start("reader", read_all, &rd, &thread), 0);
	CHECK_EQ(t_wait(&t), length);
	CHECK_EQ(t.op.transferred, length);
	host_thread_join(thread);
	CHECK_EQ(rd.got, length);
	CHECK(!memcmp(in, out, length));
	close_sock(r, s, false);
	peer_close(peer);
	free(out);
	free(in);
}

static void long_sends(struct rig *r)
{
	long_send(r, (1 << 20) - 7, 1009, 16384); /* 1040 segments */
	long_send(r, 1 << 20, 1 << 20, 16384);
	long_send(r, 96 << 10, 1 << 20, 2048); /* the least the kernel allows */
	long_send(r, 96 << 10, 64, 2048);
}

TEST(ENG, long_sends_in_pieces) { for_each(long_sends, BY_THREADS, 1); }

static void long_receives(struct rig *r)
{
	size_t length = 1000 * 7, got = 0;
	unsigned char out[7000], in[7000];
	struct peer *peer;
	struct eng_sock *s = connected(r, &peer);
	struct t_op t;

	fill_pattern(out, length, 5);
	memset(in, 0xee, length);
	CHECK_EQ(peer_send_all(peer, out, length), 0);
	await_backlog(s, length);
	/* All at once, though it takes 1000 segments. */
	t_init(&t, r, ENG_OP_RECV, in, length);
	t.piece = 7;
	CHECK_EQ(t_submit(s, &t), ENG_FINISHED);
	CHECK_EQ(t.res, length);
	CHECK_MEM(in, out, length);

	/* In bits, without a try: what is left behind must not be forgotten. */
	memset(in, 0xee, length);
	CHECK_EQ(peer_send_all(peer, out, length), 0);
	while (got < length) {
		t_init(&t, r, ENG_OP_RECV, in + got, 700);
		t_submit_flags(s, &t, ENG_NO_TRY);
		CHECK(t_wait(&t) > 0);
		got += (size_t)t.res;
	}
	CHECK_MEM(in, out, length);

	CHECK_EQ(peer_send_all(peer, out, length), 0);
	await_backlog(s, length);
	t_init(&t, r, ENG_OP_RECV, NULL, length - 10);
	t.op.flags = ENG_RECV_DISCARD;
	CHECK_EQ(t_do(s, &t), length - 10);
	CHECK(t.op.more_known);
	t_init(&t, r, ENG_OP_RECV, in, length);
	CHECK_EQ(t_do(s, &t), 10);
	CHECK(!t.op.more_known);
	CHECK_MEM(in, out + length - 10, 10);
	t_init(&t, r, ENG_OP_RECV, in, 0);
	CHECK_EQ(t_submit(s, &t), ENG_FINISHED);
	CHECK_EQ(t.res, 0);
	close_sock(r, s, false);
	peer_close(peer);
}

TEST(ENG, receives_in_pieces) { for_each(long_receives, BY_THREADS, 1); }

/* ---- accept ------------------------------------------------------------------------ */

static void accept_drops_the_dead(struct rig *r)
{
	uint16_t port;
	struct eng_sock *listener = open_listener(r, 0, &port);
	struct peer *dead, *alive;
	struct t_op t;

	dead = peer_connect(rig_peer_family(r), port);
	CHECK(dead);
	peer_reset(dead);
	alive = peer_connect(rig_peer_family(r), port);
	CHECK(alive);
	t_init(&t, r, ENG_OP_ACCEPT, NULL, 0);
	CHECK_EQ(t_submit(listener, &t), ENG_FINISHED);
	CHECK_EQ(t.res, 0);
	CHECK_EQ(t.op.addr.port, peer_port(alive));
	close_sock(r, t.op.accepted, false);
	/* Only dead ones: the accept goes on waiting. */
	peer_close(alive);
	dead = peer_connect(rig_peer_family(r), port);
	peer_reset(dead);
	t_init(&t, r, ENG_OP_ACCEPT, NULL, 0);
	CHECK_EQ(t_submit(listener, &t), 0);
	rig_turn(r);
	CHECK(!GET(&t.finished));
	close_sock(r, listener, false);
	CHECK_EQ(t.res, -ECANCELED);
}

TEST(ENG, accept_drops_connections_already_reset)
{
	COVERS("AMB-61");
	for_each(accept_drops_the_dead, BY_HAND, 1);
}

static void accept_without_descriptors(struct rig *r)
{
	struct rlimit before, none;
	uint16_t port;
	struct eng_sock *listener = open_listener(r, 0, &port);
	struct t_op first, second;
	struct peer *peer;
	struct eng_counters a, b;

	CHECK_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
	t_init(&first, r, ENG_OP_ACCEPT, NULL, 0);
	t_init(&second, r, ENG_OP_ACCEPT, NULL, 0);
	CHECK_EQ(t_submit(listener, &first), 0);
	CHECK_EQ(t_submit(listener, &second), 0);
	peer = peer_connect(rig_peer_family(r), port);
	CHECK(peer);
	none = before;
	none.rlim_cur = 0;
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
	/* One is told; the engine neither spins nor asks the next one. */
	t_wait(&first);
	eng_counters(r->e, &a);
	rig_turn(r);
	eng_counters(r->e, &b);
	setrlimit(RLIMIT_NOFILE, &before);
	CHECK_EQ(first.res, -EMFILE);
	CHECK(!GET(&second.finished));
	CHECK_EQ(b.accept_calls, a.accept_calls);
	/* The connection is still there for whoever asks next. */
	CHECK_EQ(t_submit(listener, &first), 0);
	CHECK_EQ(t_wait(&second), 0);
	CHECK_EQ(second.op.addr.port, peer_port(peer));
	close_sock(r, second.op.accepted, false);
	close_sock(r, listener, false);
	CHECK_EQ(first.res, -ECANCELED);
	peer_close(peer);
}

TEST(ENG, accept_without_descriptors_neither_spins_nor_loses) { for_each(accept_without_descriptors, BY_HAND, 1); }

static void many_accepts(struct rig *r)
{
	enum { COUNT = 200 };
	static struct t_op accepts[COUNT];
	struct peer *peers[COUNT];
	uint16_t port;
	struct eng_sock *listener = open_listener(r, 0, &port);

	for (int i = 0; i < COUNT; i++) {
		t_init(&accepts[i], r, ENG_OP_ACCEPT, NULL, 0);
		CHECK_EQ(t_submit(listener, &accepts[i]), 0);
	}
	for (int i = 0; i < COUNT; i++)
		CHECK((peers[i] = peer_connect(rig_peer_family(r), port)));
	for (int i = 0; i < COUNT; i++) {
		CHECK_EQ(t_wait(&accepts[i]), 0);
		CHECK_EQ(accepts[i].op.addr.port, peer_port(peers[i])); /* first come */
		close_sock(r, accepts[i].op.accepted, true);
		peer_close(peers[i]);
	}
	close_sock(r, listener, false);
}

TEST(ENG, accepts_are_served_in_order) { for_each(many_accepts, BY_HAND, 1); }

/* A listener closed by the done of its nth accept, with more of both waiting. */
enum { CROWD = 66 };

struct crowd {
	struct t_op accepts[CROWD], close;
	struct eng_sock *listener;
	unsigned int served, closer;
};

static void served(struct t_op *t)
{
	struct crowd *c = t->ctx;

	if (t->res == 0 && ++c->served == c->closer)
		t_submit(c->listener, &c->close);
}

static void close_within_accepts(struct rig *r)
{
	static const unsigned int closers[] = {1, 32, 63, 64, 65};
	struct crowd *c = malloc(sizeof(*c));
	struct peer *peers[CROWD];

	for (size_t k = 0; k < sizeof(closers) / sizeof(closers[0]); k++) {
		uint32_t live = 0;
		uint16_t port;

		memset(c, 0, sizeof(*c));
		c->closer = closers[k];
		c->listener = open_listener(r, 0, &port);
		t_init(&c->close, r, ENG_OP_CLOSE, NULL, 0);
		c->close.live = &live;
		for (int i = 0; i < CROWD; i++) {
			t_init(&c->accepts[i], r, ENG_OP_ACCEPT, NULL, 0);
			c->accepts[i].ctx = c;
			c->accepts[i].then = served;
			c->accepts[i].live = &live;
			CHECK_EQ(t_submit(c->listener, &c->accepts[i]), 0);
		}
		for (int i = 0; i < CROWD; i++)
			CHECK((peers[i] = peer_connect(rig_peer_family(r), port)));
		while (!GET(&c->close.finished))
			eng_run(r->e, 0, HOST_NO_DEADLINE);
		CHECK_EQ(c->served, c->closer);
		for (int i = 0; i < CROWD; i++) {
			CHECK_EQ(c->accepts[i].dones, 1);
			if (c->accepts[i].res == 0)
				close_sock(r, c->accepts[i].op.accepted, true);
			CHECK_EQ(peer_expect_reset(peers[i]), 0);
			peer_close(peers[i]);
		}
	}
	free(c);
}

TEST(ENG, a_listener_closed_by_its_own_accept) { for_each(close_within_accepts, BY_HAND, 1); }

/* ---- 3: loops and wakes -------------------------------------------------------------- */

static void two_loops(struct rig *r)
{
	uint16_t port;
	struct eng_sock *listener = open_listener(r, 1, &port);
	unsigned char a = 0, b = 0;
	struct t_op accept, recv[2];
	struct peer *peer0, *peer1;
	struct eng_sock *s0 = connected_on(r, 0, &peer0);

	CHECK(r->thread_id[0] != r->thread_id[1]);
	t_init(&accept, r, ENG_OP_ACCEPT, NULL, 0);
	CHECK_EQ(t_submit(listener, &accept), 0);
	peer1 = peer_connect(rig_peer_family(r), port);
	CHECK_EQ(t_wait(&accept), 0);
	CHECK_EQ(eng_sock_loop(accept.op.accepted), 1);
	t_init(&recv[0], r, ENG_OP_RECV, &a, 1);
	t_init(&recv[1], r, ENG_OP_RECV, &b, 1);
	CHECK_EQ(t_submit(s0, &recv[0]), 0);
	CHECK_EQ(t_submit(accept.op.accepted, &recv[1]), 0);
	CHECK_EQ(peer_send_all(peer0, "0", 1), 0);
	CHECK_EQ(peer_send_all(peer1, "1", 1), 0);
	CHECK_EQ(t_wait(&recv[0]), 1); /* t_done checks the threads */
	CHECK_EQ(t_wait(&recv[1]), 1);
	CHECK(a == '0' && b == '1');
	close_sock(r, s0, false);
	close_sock(r, accept.op.accepted, false);
	close_sock(r, listener, false);
	peer_close(peer0);
	peer_close(peer1);
}

TEST(ENG, done_runs_on_the_loop_of_the_socket) { for_each(two_loops, BY_THREADS, 2); }

/* More waits at once than a ring holds requests, and more segments. */
enum { LISTENERS = 300, CHAINS = 24, LINKS = 64 };

static void crowded(struct rig *r)
{
	static struct t_op accepts[LISTENERS], recvs[CHAINS];
	static unsigned char in[CHAINS][LINKS * 3], out[LINKS * 3];
	struct eng_sock *listeners[LISTENERS], *socks[CHAINS];
	struct peer *peers[CHAINS], *visitor;
	uint16_t ports[LISTENERS];

	fill_pattern(out, sizeof(out), 9);
	for (int i = 0; i < LISTENERS; i++) {
		listeners[i] = open_listener(r, 0, &ports[i]);
		t_init(&accepts[i], r, ENG_OP_ACCEPT, NULL, 0);
		CHECK_EQ(t_submit(listeners[i], &accepts[i]), 0);
	}
	for (int i = 0; i < CHAINS; i++) {
		socks[i] = connected(r, &peers[i]);
		memset(in[i], 0xee, sizeof(in[i]));
		t_init(&recvs[i], r, ENG_OP_RECV, in[i], sizeof(in[i]));
		recvs[i].piece = 3;
		CHECK_EQ(t_submit(socks[i], &recvs[i]), 0);
	}
	rig_turn(r);
	for (int i = 0; i < CHAINS; i++)
		CHECK_EQ(peer_send_all(peers[i], out, sizeof(out)), 0);
	for (int i = 0; i < CHAINS; i++) {
		CHECK_EQ(t_wait(&recvs[i]), sizeof(out));
		CHECK_MEM(in[i], out, sizeof(out));
		close_sock(r, socks[i], true);
		peer_close(peers[i]);
	}
	for (int i = 0; i < LISTENERS; i += 100) {
		CHECK((visitor = peer_connect(rig_peer_family(r), ports[i])));
		CHECK_EQ(t_wait(&accepts[i]), 0);
		close_sock(r, accepts[i].op.accepted, true);
		peer_close(visitor);
	}
	for (int i = 0; i < LISTENERS; i++) {
		t_cancel(listeners[i], &accepts[i]);
		close_sock(r, listeners[i], false);
		CHECK_EQ(t_wait(&accepts[i]), i % 100 ? -ECANCELED : 0);
	}
}

TEST(ENG, more_waits_than_a_ring_holds) { for_each(crowded, BY_HAND, 1); }

static void waker(void *arg)
{
	eng_wake(arg, 0);
}

static void run_returns(struct rig *r)
{
	struct host_thread *t;
	uint64_t then = host_now_ns() + 3000000;

	eng_run(r->e, 0, then); /* by the deadline, not before */
	CHECK(host_now_ns() >= then);
	eng_run(r->e, 0, 0);
	eng_wake(r->e, 0); /* a wake before the run is not lost */
	eng_run(r->e, 0, HOST_NO_DEADLINE);
	for (int i = 0; i < 300; i++) {
		CHECK_EQ(host_thread_start("waker", waker, r->e, &t), 0);
		eng_run(r->e, 0, HOST_NO_DEADLINE);
		host_thread_join(t);
	}
	CHECK_EQ(r->batches, 0);
}

TEST(ENG, run_returns_by_deadline_and_wake) { for_each(run_returns, BY_HAND, 1); }

TEST(ENG, unknown_engines_are_refused)
{
	struct eng_config cfg = {.loops = 1};
	struct eng *e = NULL;

	CHECK_EQ(eng_open("no such", &cfg, &e), -ENOENT);
	cfg.loops = 0;
	CHECK_EQ(eng_open(NULL, &cfg, &e), -EINVAL);
	cfg.loops = 1;
	CHECK_EQ(eng_open("epol", &cfg, &e), -ENOENT);
	CHECK_EQ(eng_open("epoll:-coop", &cfg, &e), -EINVAL);
	CHECK_EQ(eng_open("epoll", &cfg, &e), 0);
	CHECK_STR(eng_name(e), "epoll");
	CHECK_EQ(eng_caps(e), ENG_CAP_DATAGRAM);
	eng_close(e);
}
