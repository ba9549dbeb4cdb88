// SPDX-License-Identifier: MIT
/*
 * How connections end: law 7 (abort on the wire), our FIN and its
 * acknowledgement, the peer's end, and the error of a broken connection, which
 * every operation must see although the kernel tells it once.
 */
#include "rig.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- 7: abort -------------------------------------------------------------------- */

enum armed { NOTHING, RECEIVE, SEND, EVERYTHING };

/* Nobody runs the loop between the abort and the peer's look at the wire. */
static void abort_with(struct rig *r, enum armed armed, bool by_close)
{
	size_t big = 8 << 20;
	unsigned char byte, *data = calloc(1, big);
	struct t_op recv, send, end, close, after;
	struct peer *peer;
	struct eng_sock *s = connected(r, &peer);

	t_init(&recv, r, ENG_OP_RECV, &byte, 1);
	t_init(&send, r, ENG_OP_SEND, data, big);
	t_init(&end, r, ENG_OP_PEER_END, NULL, 0);
	t_init(&close, r, ENG_OP_CLOSE, NULL, 0);
	t_init(&after, r, ENG_OP_RECV, &byte, 1);
	if (armed == RECEIVE || armed == EVERYTHING)
		CHECK_EQ(t_submit(s, &recv), 0);
	if (armed == SEND || armed == EVERYTHING)
		CHECK_EQ(t_submit(s, &send), 0);
	if (armed == EVERYTHING)
		CHECK_EQ(t_submit(s, &end), 0);
	if (by_close) {
		close.op.abort = true;
		CHECK_EQ(t_submit(s, &close), 0);
	} else {
		t_abort(s);
	}
	CHECK_EQ(peer_expect_reset(peer), 0);
	CHECK_EQ(recv.dones + send.dones + end.dones, 0);
	if (!by_close) {
		t_abort(s); /* a second one finds nothing to do */
		CHECK_EQ(t_submit(s, &after), ENG_FINISHED);
		CHECK_EQ(after.res, -ECANCELED);
		CHECK_EQ(t_submit(s, &close), 0);
	}
	CHECK_EQ(t_wait(&close), 0);
	if (armed == RECEIVE || armed == EVERYTHING)
		CHECK_EQ(recv.res, -ECANCELED);
	if (armed == SEND || armed == EVERYTHING)
		CHECK_EQ(send.res, -ECANCELED);
	if (armed == EVERYTHING)
		CHECK_EQ(end.res, -ECANCELED);
	peer_close(peer);
	free(data);
}

static void abort_resets(struct rig *r)
{
	for (int armed = NOTHING; armed <= EVERYTHING; armed++) {
		abort_with(r, (enum armed)armed, false);
		abort_with(r, (enum armed)armed, true);
	}
}

TEST(ENG, abort_resets_before_it_returns) { for_each(abort_resets, BY_HAND, 1); }

/* The same against a loop that is receiving all the while. */
static void abort_races(struct rig *r)
{
	for (int i = 0; i < 150; i++) {
		unsigned char byte = 0;
		struct t_op recv;
		struct peer *peer;
		struct eng_sock *s = connected(r, &peer);

		t_init(&recv, r, ENG_OP_RECV, &byte, 1);
		CHECK_EQ(t_submit(s, &recv), 0);
		if (i % 2)
			CHECK_EQ(peer_send_all(peer, "x", 1), 0);
		t_abort(s);
		CHECK_EQ(peer_expect_reset(peer), 0);
		CHECK(t_wait(&recv) == -ECANCELED || (i % 2 && recv.res == 1 && byte == 'x'));
		CHECK_EQ(recv.dones, 1);
		close_sock(r, s, false);
		peer_close(peer);
	}
}

TEST(ENG, abort_races_completion) { for_each(abort_races, BY_THREADS, 1); }

static void abort_listener(struct rig *r)
{
	uint16_t port;
	struct eng_sock *listener = open_listener(r, 0, &port);
	struct peer *waiting = peer_connect(rig_peer_family(r), port);
	struct t_op t;

	CHECK(waiting);
	t_abort(listener);
	CHECK_EQ(peer_expect_reset(waiting), 0);
	t_init(&t, r, ENG_OP_ACCEPT, NULL, 0);
	CHECK_EQ(t_do(listener, &t), -ECANCELED);
	CHECK(!peer_connect(rig_peer_family(r), port));
	close_sock(r, listener, false);
	peer_close(waiting);
}

TEST(ENG, abort_of_a_listener_resets_its_queue) { for_each(abort_listener, BY_HAND, 1); }

/* A connect that is under way, or just about to start, does not survive. */
static void abort_connect(struct rig *r)
{
	uint16_t port;
	struct peer *full = peer_listen_backlog(rig_peer_family(r), &port, 0);
	struct peer *filler[4];
	struct eng_sock *s = open_stream(r, 0);
	struct eng_addr addr;
	struct t_op t;

	for (size_t i = 0; i < 4; i++)
		CHECK((filler[i] = peer_connect_start(rig_peer_family(r), port)));
	t_init(&t, r, ENG_OP_CONNECT, NULL, 0);
	t.op.addr = loopback(r, port);
	CHECK_EQ(t_submit(s, &t), 0);
	t_abort(s);
	CHECK_EQ(t_wait(&t), -ECANCELED);
	t_init(&t, r, ENG_OP_CONNECT, NULL, 0);
	t.op.addr = loopback(r, port);
	CHECK_EQ(t_do(s, &t), -ECANCELED);
	CHECK_EQ(eng_peer_addr(s, &addr), -ENOTCONN);
	close_sock(r, s, true);
	for (size_t i = 0; i < 4; i++)
		peer_close(filler[i]);
	peer_close(full);
}

TEST(ENG, abort_ends_a_connect_attempt) { for_each(abort_connect, BY_HAND, 1); }

/* ---- shutdown ---------------------------------------------------------------------- */

/* A peer with a small window that does not read: the FIN stays behind the data. */
static struct eng_sock *connected_small(struct rig *r, struct peer **peer)
{
	uint16_t port;
	struct peer *listener = peer_listen_small(rig_peer_family(r), &port);
	struct eng_sock *s = open_stream(r, 0);
	struct t_op t;

	CHECK(listener);
	t_init(&t, r, ENG_OP_CONNECT, NULL, 0);
	t.op.addr = loopback(r, port);
	CHECK_EQ(t_do(s, &t), 0);
	CHECK((*peer = peer_accept(listener)));
	peer_close(listener);
	return s;
}

#define UNREAD (200 << 10)

static void send_unread(struct rig *r, struct eng_sock *s)
{
	unsigned char *data = calloc(1, UNREAD);
	struct t_op send;

	CHECK_EQ(eng_setopt(s, ENG_OPT_SNDBUF, 4 * UNREAD), 0);
	t_init(&send, r, ENG_OP_SEND, data, UNREAD);
	CHECK_EQ(t_submit(s, &send), ENG_FINISHED);
	CHECK_EQ(send.res, UNREAD);
	free(data);
}

static void shutdown_waits(struct rig *r)
{
	struct peer *peer;
	struct eng_sock *s = connected_small(r, &peer);
	struct t_op t;
	unsigned char sink[4096];
	size_t left = 0;
	long got = 0;

	send_unread(r, s);
	t_init(&t, r, ENG_OP_SHUTDOWN, NULL, 0);
	CHECK_EQ(t_submit(s, &t), 0);
	rig_turn(r);
	CHECK_EQ(eng_send_backlog(s, &left), 0);
	CHECK(left > 0);
	CHECK(!GET(&t.finished));
	/* A finished peer is no acknowledgement: simultaneous close. */
	peer_shutdown(peer);
	rig_turn(r);
	CHECK(!GET(&t.finished));
	while (!GET(&t.finished) && got < UNREAD) {
		long n = peer_recv_some(peer, sink, sizeof(sink));

		CHECK(n > 0);
		got += n;
		rig_turn(r);
	}
	/* The peer's kernel has it all, its program need not have read it. */
	CHECK_EQ(t_wait(&t), 0);
	CHECK_EQ(eng_send_backlog(s, &left), 0);
	CHECK_EQ(left, 0);
	CHECK_EQ(peer_drain(peer), UNREAD - got);
	close_sock(r, s, false);
	peer_close(peer);
}

TEST(ENG, shutdown_is_done_when_the_peer_acknowledged)
{
	COVERS("AMB-35");
	for_each(shutdown_waits, BY_HAND, 1);
}

static void shutdown_endings(struct rig *r)
{
	struct peer *peer;
	struct eng_sock *s = connected_small(r, &peer);
	unsigned char byte;
	struct t_op t, recv;

	/* Reset while it waits. */
	send_unread(r, s);
	t_init(&t, r, ENG_OP_SHUTDOWN, NULL, 0);
	CHECK_EQ(t_submit(s, &t), 0);
	peer_reset(peer);
	CHECK_EQ(t_wait(&t), -ECONNRESET);
	/* The kernel told it to the shutdown; the receive knows it too. */
	t_init(&recv, r, ENG_OP_RECV, &byte, 1);
	CHECK_EQ(t_do(s, &recv), -ECONNRESET);
	close_sock(r, s, false);

	/* Cancelled: the FIN stays sent. */
	s = connected_small(r, &peer);
	send_unread(r, s);
	t_init(&t, r, ENG_OP_SHUTDOWN, NULL, 0);
	CHECK_EQ(t_submit(s, &t), 0);
	t_cancel(s, &t);
	CHECK_EQ(t_wait(&t), -ECANCELED);
	CHECK_EQ(peer_drain(peer), UNREAD);
	/* And a later one finds it acknowledged. */
	t_init(&t, r, ENG_OP_SHUTDOWN, NULL, 0);
	CHECK_EQ(t_do(s, &t), 0);
	/* The other half still works. */
	CHECK_EQ(peer_send_all(peer, "y", 1), 0);
	t_init(&recv, r, ENG_OP_RECV, &byte, 1);
	CHECK_EQ(t_do(s, &recv), 1);
	/* Then the peer closes: the stream ends in order. */
	peer_close(peer);
	t_init(&recv, r, ENG_OP_RECV, &byte, 1);
	CHECK_EQ(t_do(s, &recv), 0);
	t_init(&recv, r, ENG_OP_RECV, &byte, 1);
	CHECK_EQ(t_do(s, &recv), 0);
	close_sock(r, s, false);

	s = open_stream(r, 0);
	t_init(&t, r, ENG_OP_SHUTDOWN, NULL, 0);
	CHECK_EQ(t_do(s, &t), -ENOTCONN);
	close_sock(r, s, false);
}

TEST(ENG, shutdown_reset_cancelled_repeated)
{
	for_each(shutdown_endings, BY_THREADS, 1);
	for_each(shutdown_endings, BY_HAND, 1);
}

/* ---- the peer's end ------------------------------------------------------------------ */

static void peer_end(struct rig *r)
{
	struct peer *peer;
	struct eng_sock *s = connected(r, &peer);
	unsigned char in[8];
	struct t_op end, recv;

	/* Data is not an end, and watching does not read it. */
	t_init(&end, r, ENG_OP_PEER_END, NULL, 0);
	CHECK_EQ(t_submit(s, &end), 0);
	CHECK_EQ(peer_send_all(peer, "abc", 3), 0);
	await_backlog(s, 3);
	CHECK(!GET(&end.finished));
	peer_shutdown(peer);
	CHECK_EQ(t_wait(&end), 0);
	await_backlog(s, 3);
	/* Told again, with and without a try. */
	t_init(&end, r, ENG_OP_PEER_END, NULL, 0);
	CHECK_EQ(t_do(s, &end), 0);
	t_init(&end, r, ENG_OP_PEER_END, NULL, 0);
	t_submit_flags(s, &end, ENG_NO_TRY);
	CHECK_EQ(t_wait(&end), 0);
	/* The watch did not make the data forgotten. */
	t_init(&recv, r, ENG_OP_RECV, in, sizeof(in));
	t_submit_flags(s, &recv, ENG_NO_TRY);
	CHECK_EQ(t_wait(&recv), 3);
	t_init(&recv, r, ENG_OP_RECV, in, sizeof(in));
	t_submit_flags(s, &recv, ENG_NO_TRY);
	CHECK_EQ(t_wait(&recv), 0);
	close_sock(r, s, false);
	peer_close(peer);

	s = connected(r, &peer);
	t_init(&end, r, ENG_OP_PEER_END, NULL, 0);
	CHECK_EQ(t_submit(s, &end), 0);
	peer_reset(peer);
	CHECK_EQ(t_wait(&end), -ECONNRESET);
	t_init(&recv, r, ENG_OP_RECV, in, sizeof(in));
	CHECK_EQ(t_do(s, &recv), -ECONNRESET);
	close_sock(r, s, false);
}

TEST(ENG, peer_end_is_told_without_reading)
{
	for_each(peer_end, BY_THREADS, 1);
	for_each(peer_end, BY_HAND, 1);
}

/* A watch armed while data waits unread must not make them look drained. */
static void watch_beside_data(struct rig *r)
{
	struct peer *peer;
	struct eng_sock *s = connected(r, &peer);
	unsigned char in[8] = {0};
	struct t_op end, recv;

	t_init(&recv, r, ENG_OP_RECV, in, 2);
	CHECK_EQ(t_submit(s, &recv), 0);
	CHECK_EQ(peer_send_all(peer, "abc", 3), 0);
	CHECK_EQ(t_wait(&recv), 2);
	CHECK(recv.op.more_known);
	t_init(&end, r, ENG_OP_PEER_END, NULL, 0);
	CHECK_EQ(t_submit(s, &end), 0);
	t_init(&recv, r, ENG_OP_RECV, in, 2);
	CHECK_EQ(t_submit_flags(s, &recv, ENG_NO_TRY), ENG_FINISHED);
	CHECK_EQ(recv.res, 1);
	CHECK_EQ(in[0], 'c');
	close_sock(r, s, true);
	CHECK_EQ(end.res, -ECANCELED);
	peer_close(peer);
}

TEST(ENG, a_watch_leaves_the_data_known) { for_each(watch_beside_data, BY_HAND, 1); }

/* ---- the last bytes and the error ------------------------------------------------------ */

/* Bytes and FIN in one event: the end is not lost behind the short read. */
static void data_and_end(struct rig *r)
{
	struct peer *peer;
	struct eng_sock *s = connected(r, &peer);
	unsigned char in[16];
	struct t_op recv;

	t_init(&recv, r, ENG_OP_RECV, in, sizeof(in));
	CHECK_EQ(t_submit(s, &recv), 0);
	CHECK_EQ(peer_send_all(peer, "last", 4), 0);
	peer_close(peer);
	await_backlog(s, 4);
	CHECK_EQ(t_wait(&recv), 4);
	CHECK(recv.op.more_known);
	t_init(&recv, r, ENG_OP_RECV, in, sizeof(in));
	t_submit_flags(s, &recv, ENG_NO_TRY);
	CHECK_EQ(t_wait(&recv), 0);
	close_sock(r, s, false);
}

TEST(ENG, the_end_after_a_short_read) { for_each(data_and_end, BY_HAND, 1); }

/* The send takes the kernel's error; the receive must not see an orderly end. */
static void error_for_both(struct rig *r)
{
	struct peer *peer;
	struct eng_sock *s = connected(r, &peer);
	unsigned char byte = 0;
	struct t_op send, recv, end;
	int err = 0;

	t_init(&end, r, ENG_OP_PEER_END, NULL, 0);
	CHECK_EQ(peer_send_all(peer, "z", 1), 0);
	await_backlog(s, 1);
	peer_reset(peer);
	for (int i = 0; i < 2; i++) {
		t_init(&send, r, ENG_OP_SEND, &byte, 1);
		CHECK_EQ(t_do(s, &send), -ECONNRESET);
	}
	t_init(&recv, r, ENG_OP_RECV, &byte, 1);
	CHECK_EQ(t_do(s, &recv), 1); /* Linux keeps what came before */
	for (int i = 0; i < 2; i++) {
		t_init(&recv, r, ENG_OP_RECV, &byte, 1);
		CHECK_EQ(t_do(s, &recv), -ECONNRESET);
	}
	CHECK_EQ(t_do(s, &end), -ECONNRESET);
	CHECK_EQ(eng_getopt(s, ENG_OPT_ERROR, &err), 0);
	CHECK_EQ(err, ECONNRESET);
	t_init(&send, r, ENG_OP_SHUTDOWN, NULL, 0);
	CHECK_EQ(t_do(s, &send), -ECONNRESET);
	close_sock(r, s, false);
}

TEST(ENG, a_reset_is_told_to_everyone)
{
	COVERS("AMB-17");
	for_each(error_for_both, BY_HAND, 1);
}

/* The caller alone knows that its shutdown comes before this send. */
static void send_after_shutdown(struct rig *r)
{
	struct peer *peer;
	struct eng_sock *s = connected(r, &peer);
	unsigned char byte = 0;
	struct t_op t;

	t_init(&t, r, ENG_OP_SHUTDOWN, NULL, 0);
	CHECK_EQ(t_do(s, &t), 0);
	t_init(&t, r, ENG_OP_SEND, &byte, 1);
	CHECK_EQ(t_do(s, &t), -EPIPE); /* and no SIGPIPE */
	close_sock(r, s, false);
	peer_close(peer);
}

TEST(ENG, send_after_shutdown_raises_no_signal) { for_each(send_after_shutdown, BY_HAND, 1); }

/* Urgent data ends a read early although more is there. */
static void urgent(struct rig *r)
{
	struct eng_addr a;
	struct sockaddr_storage ss;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&ss;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&ss;
	bool six = r->family == ENG_INET6;
	uint16_t port;
	struct eng_sock *listener = open_listener(r, 0, &port);
	int fd = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
	unsigned char in[16];
	char got[16] = {0};
	size_t have = 0;
	struct t_op t;

	memset(&ss, 0, sizeof(ss));
	if (six) {
		v6->sin6_family = AF_INET6;
		v6->sin6_addr = in6addr_loopback;
		v6->sin6_port = htons(port);
	} else {
		v4->sin_family = AF_INET;
		v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		v4->sin_port = htons(port);
	}
	CHECK_EQ(connect(fd, (struct sockaddr *)&ss, six ? sizeof(*v6) : sizeof(*v4)), 0);
	t_init(&t, r, ENG_OP_ACCEPT, NULL, 0);
	CHECK_EQ(t_do(listener, &t), 0);
	close_sock(r, listener, false);
	listener = t.op.accepted;
	CHECK_EQ(eng_local_addr(listener, &a), 0);
	t_init(&t, r, ENG_OP_RECV, in, sizeof(in));
	CHECK_EQ(t_submit(listener, &t), 0);
	CHECK_EQ(send(fd, "abc", 3, 0), 3);
	CHECK_EQ(send(fd, "!", 1, MSG_OOB), 1);
	CHECK_EQ(send(fd, "def", 3, 0), 3);
	await_backlog(listener, 3); /* the kernel counts to the mark only */
	while (have < 6) {
		CHECK(t_wait(&t) > 0);
		memcpy(got + have, in, (size_t)t.res);
		have += (size_t)t.res;
		t_init(&t, r, ENG_OP_RECV, in, sizeof(in));
		t_submit_flags(listener, &t, ENG_NO_TRY);
	}
	CHECK_STR(got, "abcdef");
	close_sock(r, listener, true);
	close(fd);
}

TEST(ENG, urgent_data_does_not_stall_the_stream) { for_each(urgent, BY_HAND, 1); }
