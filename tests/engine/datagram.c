// SPDX-License-Identifier: MIT
/*
 * ENG_OP_SENDTO and ENG_OP_RECVFROM, for every engine: the laws, batches, what is
 * told about each datagram, and how many system calls it takes.
 */
#include "engine/rig.h"
#include "support/udp.h"

#define MOST 64
#define ROOM 32 /* bytes for each datagram received */

/* An op over MOST small datagrams, and what came into them. */
struct d_op {
	struct t_op t; /* first */
	unsigned char data[MOST][ROOM];
	size_t len[MOST]; /* SENDTO: lengths; RECVFROM: room */
	size_t piece;     /* bytes in a segment */
	struct eng_datagram got[MOST];
	size_t told;
};

static size_t segments_of(struct eng_op *op, size_t index, size_t offset, struct eng_seg *segs, size_t max, size_t *len)
{
	struct d_op *d = (struct d_op *)op;
	size_t n = 0;

	if (!GET(&d->t.flying))
		rig_fault(d->t.r, "6: segments asked for outside submit and done");
	*len = d->len[index];
	for (; offset < *len && n < max; n++) {
		segs[n].base = d->data[index] + offset;
		segs[n].len = *len - offset < d->piece ? *len - offset : d->piece;
		offset += segs[n].len;
	}
	return n;
}

static void received(struct eng_op *op, size_t index, const struct eng_datagram *g)
{
	struct d_op *d = (struct d_op *)op;

	if (!GET(&d->t.flying) || index != d->told)
		rig_fault(d->t.r, "a datagram told out of order, or too late");
	d->told++;
	d->got[index] = *g;
}

static void d_init(struct d_op *d, struct rig *r, enum eng_op_kind kind, size_t count)
{
	memset(d->data, 0xa5, sizeof(d->data));
	t_init(&d->t, r, kind, NULL, count);
	d->t.op.datagram = segments_of;
	d->t.op.received = received;
	d->piece = ROOM;
	d->told = 0;
	for (size_t i = 0; i < MOST; i++) {
		d->len[i] = kind == ENG_OP_SENDTO ? 2 : ROOM;
		if (kind == ENG_OP_SENDTO) {
			d->data[i][0] = 'd';
			d->data[i][1] = (unsigned char)i;
		}
	}
}

static struct eng_sock *open_bound(struct rig *r, struct eng_addr *at)
{
	struct eng_sock *s;

	*at = loopback(r, 0);
	CHECK_EQ(eng_sock_open(r->e, r->family, ENG_DGRAM, 0, 0, &s), 0);
	CHECK_EQ(eng_bind(s, at), 0);
	CHECK_EQ(eng_local_addr(s, at), 0);
	return s;
}

static void send_some(struct rig *r, struct eng_sock *s, const struct eng_addr *to, size_t count)
{
	static struct d_op d;

	d_init(&d, r, ENG_OP_SENDTO, count);
	d.t.op.addr = *to;
	CHECK_EQ(t_do(s, &d.t), count);
}

static bool same_addr(const struct eng_addr *a, const struct eng_addr *b)
{
	return a->family == b->family && a->port == b->port && !memcmp(a->ip, b->ip, sizeof(a->ip));
}

static void check_got(struct d_op *d, size_t count, const struct eng_addr *from)
{
	CHECK_EQ(d->told, count);
	for (size_t i = 0; i < count; i++) {
		CHECK_EQ(d->got[i].bytes, 2);
		CHECK_EQ(d->got[i].flags, 0);
		CHECK_EQ(d->data[i][1], i);
		CHECK(same_addr(&d->got[i].from, from));
		CHECK(d->got[i].control.have & ENG_CTL_PKTINFO);
		CHECK(d->got[i].control.ifindex != 0);
	}
}

/* ---- transfer --------------------------------------------------------------- */

static void there_already(struct rig *r)
{
	struct eng_addr a, b;
	struct eng_sock *from = open_bound(r, &a), *to = open_bound(r, &b);
	static struct d_op d;

	send_some(r, from, &b, 40);
	d_init(&d, r, ENG_OP_RECVFROM, MOST);
	CHECK_EQ(t_do(to, &d.t), 40); /* what is there, without waiting for more */
	check_got(&d, 40, &a);
	CHECK_MEM(d.got[0].control.ip, b.ip, r->family == ENG_INET6 ? 16 : 4);
	send_some(r, from, &b, 5);
	d_init(&d, r, ENG_OP_RECVFROM, 3);
	CHECK_EQ(t_do(to, &d.t), 3);
	CHECK(d.t.op.more_known);
	check_got(&d, 3, &a);
	d_init(&d, r, ENG_OP_RECVFROM, 3);
	CHECK_EQ(t_do(to, &d.t), 2);
	CHECK_EQ(d.data[1][1], 4);
	close_sock(r, from, false);
	close_sock(r, to, false);
}

TEST(ENG, datagrams_that_are_there_come_in_one_op) { for_each(there_already, BY_THREADS, 1); }

static void armed(struct rig *r)
{
	struct eng_addr a, b;
	struct eng_sock *from = open_bound(r, &a), *to = open_bound(r, &b);
	static struct d_op d;

	for (int i = 0; i < 20; i++) {
		d_init(&d, r, ENG_OP_RECVFROM, 8);
		CHECK_EQ(t_submit_flags(to, &d.t, i % 2 ? ENG_NO_TRY : 0), 0);
		send_some(r, from, &b, 1);
		CHECK_EQ(t_wait(&d.t), 1);
		CHECK_EQ(d.t.dones, 1);
		check_got(&d, 1, &a);
	}
	close_sock(r, from, false);
	close_sock(r, to, false);
}

TEST(ENG, an_armed_receive_gets_the_next_datagram) { for_each(armed, BY_THREADS, 1); }

static void odd_sizes(struct rig *r)
{
	struct eng_addr a, b;
	struct eng_sock *from = open_bound(r, &a), *to = open_bound(r, &b);
	static struct d_op out, in;

	d_init(&out, r, ENG_OP_SENDTO, 3);
	out.t.op.addr = b;
	out.len[0] = 0;
	out.len[1] = ROOM;
	d_init(&in, r, ENG_OP_RECVFROM, 3);
	in.len[1] = ROOM - 1;
	in.len[2] = 0;
	CHECK_EQ(t_do(from, &out.t), 3);
	CHECK_EQ(t_do(to, &in.t), 3);
	CHECK_EQ(in.got[0].bytes, 0);
	CHECK_EQ(in.got[0].flags, 0);
	CHECK_EQ(in.got[1].bytes, ROOM - 1);
	CHECK_EQ(in.got[1].flags, ENG_DGRAM_TRUNCATED);
	CHECK_EQ(in.data[1][ROOM - 1], 0xa5);
	CHECK_EQ(in.got[2].bytes, 0);
	CHECK_EQ(in.got[2].flags, ENG_DGRAM_TRUNCATED);
	close_sock(r, from, false);
	close_sock(r, to, false);
}

TEST(ENG, empty_and_truncated_datagrams) { for_each(odd_sizes, BY_THREADS, 1); }

/* 3 * 32 segments of one byte: the first two share a call, and one is too many for it. */
static void many_segments(struct rig *r)
{
	struct eng_addr a, b;
	struct eng_sock *from = open_bound(r, &a), *to = open_bound(r, &b);
	static struct d_op out, in;
	static unsigned char big[200], back[200];

	d_init(&out, r, ENG_OP_SENDTO, 3);
	d_init(&in, r, ENG_OP_RECVFROM, 3);
	out.t.op.addr = b;
	out.piece = in.piece = 1;
	for (size_t i = 0; i < 3; i++)
		out.len[i] = ROOM;
	fill_pattern(out.data[0], 3 * ROOM, 1);
	CHECK_EQ(t_do(from, &out.t), 3);
	CHECK_EQ(t_do(to, &in.t), 3);
	CHECK_MEM(in.data, out.data, 3 * ROOM);
	/* One datagram of more segments than a call takes. */
	d_init(&out, r, ENG_OP_SENDTO, 1);
	d_init(&in, r, ENG_OP_RECVFROM, 1);
	out.t.op.addr = b;
	out.piece = in.piece = 1;
	out.len[0] = in.len[0] = sizeof(big);
	fill_pattern(out.data[0], sizeof(big), 2);
	memcpy(big, out.data[0], sizeof(big));
	CHECK_EQ(t_do(from, &out.t), 1);
	CHECK_EQ(t_do(to, &in.t), 1);
	CHECK_EQ(in.got[0].bytes, sizeof(big));
	memcpy(back, in.data[0], sizeof(back));
	CHECK_MEM(back, big, sizeof(big));
	close_sock(r, from, false);
	close_sock(r, to, false);
}

TEST(ENG, datagrams_of_many_segments) { for_each(many_segments, BY_THREADS, 1); }

static void counted(struct rig *r)
{
	struct eng_addr a, b;
	struct eng_sock *from = open_bound(r, &a), *to = open_bound(r, &b);
	struct eng_counters before, after;
	static struct d_op d;

	eng_counters(r->e, &before);
	send_some(r, from, &b, 48);
	eng_counters(r->e, &after);
	CHECK_EQ(after.send_calls - before.send_calls, 3);
	d_init(&d, r, ENG_OP_RECVFROM, 48);
	CHECK_EQ(t_do(to, &d.t), 48);
	eng_counters(r->e, &before);
	CHECK_EQ(before.recv_calls - after.recv_calls, 3);
	close_sock(r, from, false);
	close_sock(r, to, false);
}

TEST(ENG, sixteen_datagrams_cost_one_call) { for_each(counted, BY_THREADS, 1); }

/* ---- errors ------------------------------------------------------------------ */

static size_t too_long(struct eng_op *op, size_t index, size_t offset, struct eng_seg *segs, size_t max, size_t *len)
{
	static unsigned char big[66000];

	if (index != 2)
		return segments_of(op, index, offset, segs, max, len);
	*len = sizeof(big);
	if (offset == *len || !max)
		return 0;
	segs[0].base = big + offset;
	segs[0].len = sizeof(big) - offset;
	return 1;
}

static void fails_in_the_middle(struct rig *r)
{
	struct eng_addr a, b;
	struct eng_sock *from = open_bound(r, &a), *to = open_bound(r, &b);
	static struct d_op d;

	d_init(&d, r, ENG_OP_SENDTO, 5);
	d.t.op.addr = b;
	d.t.op.datagram = too_long;
	CHECK_EQ(t_do(from, &d.t), -EMSGSIZE);
	CHECK_EQ(d.t.op.transferred, 2);
	d_init(&d, r, ENG_OP_RECVFROM, 5);
	CHECK_EQ(t_do(to, &d.t), 2);
	d_init(&d, r, ENG_OP_SENDTO, 1);
	memset(&d.t.op.addr, 0, sizeof(d.t.op.addr));
	CHECK_EQ(t_do(from, &d.t), -EAFNOSUPPORT);
	close_sock(r, from, false);
	close_sock(r, to, false);
}

TEST(ENG, a_list_of_datagrams_stops_at_the_first_failure) { for_each(fails_in_the_middle, BY_THREADS, 1); }

static void wrong_sockets(struct rig *r)
{
	static const enum eng_op_kind streams_only[] = {ENG_OP_ACCEPT, ENG_OP_SEND, ENG_OP_RECV, ENG_OP_SHUTDOWN,
							ENG_OP_PEER_END, ENG_OP_POLL};
	struct eng_addr a;
	struct eng_sock *s = open_bound(r, &a), *stream = open_stream(r, 0);
	static struct d_op d;

	for (size_t i = 0; i < sizeof(streams_only) / sizeof(streams_only[0]); i++) {
		d_init(&d, r, streams_only[i], 1);
		CHECK_EQ(t_submit(s, &d.t), -EOPNOTSUPP);
	}
	d_init(&d, r, ENG_OP_SENDTO, 1);
	CHECK_EQ(t_submit(stream, &d.t), -EOPNOTSUPP);
	d_init(&d, r, ENG_OP_RECVFROM, 1);
	CHECK_EQ(t_submit(stream, &d.t), -EOPNOTSUPP);
	close_sock(r, s, false);
	close_sock(r, stream, false);
}

TEST(ENG, datagrams_and_streams_have_their_own_operations) { for_each(wrong_sockets, BY_THREADS, 1); }

/* ---- ends --------------------------------------------------------------------- */

static void cancelled(struct rig *r)
{
	struct eng_addr a, b;
	struct eng_sock *from = open_bound(r, &a), *to = open_bound(r, &b);
	static struct d_op in, out;

	d_init(&in, r, ENG_OP_RECVFROM, 4);
	CHECK_EQ(t_submit(to, &in.t), 0);
	t_cancel(to, &in.t);
	CHECK_EQ(t_wait(&in.t), -ECANCELED);
	udp_hold_sends(1);
	d_init(&out, r, ENG_OP_SENDTO, 4);
	out.t.op.addr = b;
	CHECK_EQ(t_submit(from, &out.t), 0);
	t_cancel(from, &out.t);
	CHECK_EQ(t_wait(&out.t), -ECANCELED);
	CHECK_EQ(out.t.op.transferred, 0);
	udp_hold_sends(0);
	CHECK_EQ(in.t.dones, 1);
	CHECK_EQ(out.t.dones, 1);
	close_sock(r, from, false);
	close_sock(r, to, false);
}

TEST(ENG, datagram_operations_are_cancelled) { for_each(cancelled, BY_THREADS, 1); }

static void closed(struct rig *r)
{
	struct eng_addr a;
	struct eng_sock *s = open_bound(r, &a);
	static struct d_op in, out;
	struct t_op c;
	uint32_t live = 0;

	d_init(&in, r, ENG_OP_RECVFROM, 4);
	d_init(&out, r, ENG_OP_SENDTO, 1);
	out.t.op.addr = a;
	in.t.live = out.t.live = &live;
	CHECK_EQ(t_submit(s, &in.t), 0);
	udp_hold_sends(1);
	CHECK_EQ(t_submit(s, &out.t), 0);
	t_init(&c, r, ENG_OP_CLOSE, NULL, 0);
	c.live = &live;
	CHECK_EQ(t_submit(s, &c), 0);
	CHECK_EQ(t_wait(&c), 0);
	CHECK_EQ(t_wait(&in.t), -ECANCELED);
	CHECK_EQ(t_wait(&out.t), -ECANCELED);
	CHECK(in.t.order < c.order && out.t.order < c.order);
	udp_hold_sends(0);
}

TEST(ENG, closing_ends_datagram_operations) { for_each(closed, BY_THREADS, 1); }

/* Given sends and receives by two sockets at once, then none is lost for want of an edge. */
static void ping_pong(struct rig *r)
{
	struct eng_addr a, b;
	struct eng_sock *one = open_bound(r, &a), *two = open_bound(r, &b);
	static struct d_op in;

	for (int i = 0; i < 500; i++) {
		d_init(&in, r, ENG_OP_RECVFROM, 16);
		if (t_submit_flags(two, &in.t, ENG_NO_TRY) == 0)
			send_some(r, one, &b, 1 + (size_t)i % 3);
		CHECK(t_wait(&in.t) >= 1);
		/* What the batch may have missed. */
		while (in.told < 1 + (size_t)i % 3) {
			size_t before = in.told;

			d_init(&in, r, ENG_OP_RECVFROM, 16);
			CHECK(t_do(two, &in.t) >= 1);
			in.told += before;
		}
	}
	close_sock(r, one, false);
	close_sock(r, two, false);
}

TEST(ENG, no_datagram_waits_for_another) { for_each(ping_pong, BY_THREADS, 1); }

static void options(struct rig *r)
{
	struct eng_addr a, b;
	struct eng_sock *from = open_bound(r, &a), *to = open_bound(r, &b);
	static struct d_op d;
	int value;

	CHECK_EQ(eng_setopt(to, ENG_OPT_RECV_TOS, 1), 0);
	CHECK_EQ(eng_setopt(to, ENG_OPT_RECV_HOPS, 1), 0);
	CHECK_EQ(eng_getopt(to, ENG_OPT_RECV_TOS, &value), 0);
	CHECK_EQ(value, 1);
	d_init(&d, r, ENG_OP_SENDTO, 1);
	d.t.op.addr = b;
	d.t.op.control.have = ENG_CTL_TOS | ENG_CTL_HOPS;
	d.t.op.control.tos = 0x48;
	d.t.op.control.hops = 9;
	CHECK_EQ(t_do(from, &d.t), 1);
	d_init(&d, r, ENG_OP_RECVFROM, 1);
	CHECK_EQ(t_do(to, &d.t), 1);
	CHECK_EQ(d.got[0].control.have, ENG_CTL_PKTINFO | ENG_CTL_TOS | ENG_CTL_HOPS);
	CHECK_EQ(d.got[0].control.tos, 0x48);
	CHECK_EQ(d.got[0].control.hops, 9);
	close_sock(r, from, false);
	close_sock(r, to, false);
}

TEST(ENG, service_and_hops_travel_beside_the_data) { for_each(options, BY_THREADS, 1); }
