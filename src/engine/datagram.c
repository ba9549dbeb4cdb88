// SPDX-License-Identifier: MIT
/*
 * One attempt at moving datagrams: up to BATCH_MAX of them in one system call,
 * each with its address and with what travels beside its data. As in transfer.c,
 * callers are the engines, from any thread, under no lock.
 */
#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "engine/engp.h"

#define BATCH_MAX 16
#define CONTROL_MAX 192           /* address, type of service and hops, in either family */
#define DATAGRAM_MAX ((size_t)65536) /* no datagram is longer */

struct batch {
	struct mmsghdr msgs[BATCH_MAX];
	union eng_sockaddr addrs[BATCH_MAX];
	union {
		struct cmsghdr align;
		char raw[CONTROL_MAX];
	} control[BATCH_MAX];
	struct eng_seg segs[ENG_SEGMENTS_MAX];
	/* One datagram whose segments are too many goes through memory of its own. */
	char *bounce;
	size_t bounce_len;
};

/* ---- data ------------------------------------------------------------------- */

static size_t bytes_in(const struct eng_seg *segs, size_t count)
{
	size_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += segs[i].len;
	return sum;
}

/* Copies between datagram `index` and b->bounce, len bytes. */
static void through_bounce(struct batch *b, struct eng_op *op, size_t index, size_t len, bool to_datagram)
{
	struct eng_seg segs[ENG_SEGMENTS_MAX]; /* b->segs[0] is the message's */
	size_t at = 0, whole;

	while (at < len) {
		size_t count = op->datagram(op, index, at, segs, ENG_SEGMENTS_MAX, &whole), before = at;

		for (size_t i = 0; i < count && at < len; i++) {
			size_t part = segs[i].len < len - at ? segs[i].len : len - at;

			if (to_datagram)
				memcpy(segs[i].base, b->bounce + at, part);
			else
				memcpy(b->bounce + at, segs[i].base, part);
			at += part;
		}
		if (at == before)
			return;
	}
}

/* Describes up to `count` datagrams from `first` on. Returns how many, or -errno. */
static int describe(struct batch *b, struct eng_op *op, size_t first, size_t count)
{
	size_t used = 0, made;

	if (count > BATCH_MAX)
		count = BATCH_MAX;
	b->bounce = NULL;
	for (made = 0; made < count && (made == 0 || used < ENG_SEGMENTS_MAX); made++) {
		struct msghdr *m = &b->msgs[made].msg_hdr;
		size_t len = 0, n = op->datagram(op, first + made, 0, b->segs + used, ENG_SEGMENTS_MAX - used, &len);

		if (bytes_in(b->segs + used, n) < len) {
			if (made)
				break;
			b->bounce_len = len < DATAGRAM_MAX ? len : DATAGRAM_MAX;
			b->bounce = host_alloc(b->bounce_len);
			if (!b->bounce)
				return -ENOMEM;
			b->segs[0].base = b->bounce;
			b->segs[0].len = b->bounce_len;
			n = count = 1;
		}
		memset(m, 0, sizeof(*m));
		m->msg_iov = (struct iovec *)(b->segs + used);
		m->msg_iovlen = n;
		used += n;
	}
	return (int)made;
}

/* ---- control data ----------------------------------------------------------- */

static void put_control(struct msghdr *m, int level, int type, const void *data, size_t len)
{
	struct cmsghdr *c = (struct cmsghdr *)((char *)m->msg_control + m->msg_controllen);

	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), data, len);
	m->msg_controllen += CMSG_SPACE(len);
}

static void write_control(struct eng_sock *s, const struct eng_control *c, struct msghdr *m, void *raw)
{
	bool v6 = s->family == ENG_INET6;

	if (!c->have)
		return;
	memset(raw, 0, CONTROL_MAX);
	m->msg_control = raw;
	if (c->have & ENG_CTL_PKTINFO) {
		struct in_pktinfo four = {.ipi_ifindex = (int)c->ifindex};
		struct in6_pktinfo six = {.ipi6_ifindex = c->ifindex};

		memcpy(&four.ipi_spec_dst, c->ip, 4);
		memcpy(&six.ipi6_addr, c->ip, 16);
		if (v6)
			put_control(m, IPPROTO_IPV6, IPV6_PKTINFO, &six, sizeof(six));
		else
			put_control(m, IPPROTO_IP, IP_PKTINFO, &four, sizeof(four));
	}
	if (c->have & ENG_CTL_TOS)
		put_control(m, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_TCLASS : IP_TOS, &c->tos, sizeof(c->tos));
	if (c->have & ENG_CTL_HOPS)
		put_control(m, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_HOPLIMIT : IP_TTL, &c->hops,
			    sizeof(c->hops));
}

/* Where it went says what kind it is: the kernel's answer to "which address would
 * you reply from" is the destination itself exactly for what is ours alone. */
static void read_destination(struct eng_datagram *d, const struct in_pktinfo *i)
{
	d->control.have |= ENG_CTL_PKTINFO;
	d->control.ifindex = (uint32_t)i->ipi_ifindex;
	memcpy(d->control.ip, &i->ipi_addr, 4);
	if (IN_MULTICAST(ntohl(i->ipi_addr.s_addr)))
		d->flags |= ENG_DGRAM_MULTICAST;
	else if (i->ipi_addr.s_addr != i->ipi_spec_dst.s_addr)
		d->flags |= ENG_DGRAM_BROADCAST;
}

static void read_destination6(struct eng_datagram *d, const struct in6_pktinfo *i)
{
	d->control.have |= ENG_CTL_PKTINFO;
	d->control.ifindex = i->ipi6_ifindex;
	memcpy(d->control.ip, &i->ipi6_addr, 16);
	if (IN6_IS_ADDR_MULTICAST(&i->ipi6_addr))
		d->flags |= ENG_DGRAM_MULTICAST;
}

/* Linux writes a type of service as one byte, the rest as int. */
static int control_number(struct cmsghdr *c)
{
	int value = 0;

	if (c->cmsg_len < CMSG_LEN(sizeof(value)))
		return *(uint8_t *)CMSG_DATA(c);
	memcpy(&value, CMSG_DATA(c), sizeof(value));
	return value;
}

static void read_control(struct msghdr *m, struct eng_datagram *d)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		bool v4 = c->cmsg_level == IPPROTO_IP, v6 = c->cmsg_level == IPPROTO_IPV6;

		if (v4 && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo i;

			memcpy(&i, CMSG_DATA(c), sizeof(i));
			read_destination(d, &i);
		} else if (v6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo i;

			memcpy(&i, CMSG_DATA(c), sizeof(i));
			read_destination6(d, &i);
		} else if ((v4 && c->cmsg_type == IP_TOS) || (v6 && c->cmsg_type == IPV6_TCLASS)) {
			d->control.have |= ENG_CTL_TOS;
			d->control.tos = control_number(c);
		} else if ((v4 && c->cmsg_type == IP_TTL) || (v6 && c->cmsg_type == IPV6_HOPLIMIT)) {
			d->control.have |= ENG_CTL_HOPS;
			d->control.hops = control_number(c);
		}
	}
}

int eng_prepare_datagrams(int fd, enum eng_family f)
{
	bool v6 = f == ENG_INET6;
	int one = 1;

	return setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_RECVPKTINFO : IP_PKTINFO, &one,
			  sizeof(one))
		       ? -errno
		       : 0;
}

/* ---- receive ---------------------------------------------------------------- */

static void tell(struct eng_op *op, struct batch *b, int i, size_t index)
{
	struct msghdr *m = &b->msgs[i].msg_hdr;
	struct eng_datagram d = {.bytes = b->msgs[i].msg_len};

	eng_from_sockaddr(&b->addrs[i], &d.from);
	if (m->msg_flags & MSG_TRUNC)
		d.flags |= ENG_DGRAM_TRUNCATED;
	read_control(m, &d);
	if (b->bounce)
		through_bounce(b, op, index, d.bytes, true);
	op->received(op, index, &d);
}

/* What ICMP or a link told about datagrams sent earlier is no receiver's business. */
static bool network_error(int err)
{
	switch (err) {
	case ECONNREFUSED:
	case ECONNRESET:
	case EHOSTUNREACH:
	case EHOSTDOWN:
	case ENETUNREACH:
	case ENETDOWN:
	case ENONET:
	case ENOPROTOOPT:
	case EPROTO:
	case EMSGSIZE:
	case EACCES:
	case ETIMEDOUT:
		return true;
	default:
		return false;
	}
}

static int receive_batch(struct eng_sock *s, struct batch *b, int count)
{
	int n;

	for (int i = 0; i < count; i++) {
		struct msghdr *m = &b->msgs[i].msg_hdr;

		memset(&b->addrs[i], 0, sizeof(b->addrs[i]));
		m->msg_name = &b->addrs[i];
		m->msg_namelen = sizeof(b->addrs[i]);
		m->msg_control = b->control[i].raw;
		m->msg_controllen = CONTROL_MAX;
	}
	eng_count(s, recv_calls);
	if (count > 1)
		return recvmmsg(s->fd, b->msgs, (unsigned int)count, MSG_DONTWAIT, NULL);
	n = (int)recvmsg(s->fd, &b->msgs[0].msg_hdr, MSG_DONTWAIT);
	if (n < 0)
		return -1;
	b->msgs[0].msg_len = (unsigned int)n;
	return 1;
}

int64_t eng_try_recvfrom(struct eng_sock *s, struct eng_op *op, bool *drained)
{
	size_t got = 0;

	*drained = false;
	while (got < op->length && !*drained) {
		struct batch b;
		int count = describe(&b, op, got, op->length - got), n, err;

		if (count < 0)
			return got ? (int64_t)got : count;
		n = receive_batch(s, &b, count);
		err = errno;
		for (int i = 0; i < n; i++)
			tell(op, &b, i, got + (size_t)i);
		host_free(b.bounce);
		if (n >= 0) {
			got += (size_t)n;
			/* It stops early at EAGAIN, or at an error that can wait. */
			*drained = n < count;
		} else if (err == EAGAIN) {
			*drained = true;
		} else if (err != EINTR && !network_error(err)) {
			return got ? (int64_t)got : -err;
		}
	}
	return got ? (int64_t)got : ENG_AGAIN;
}

/* ---- send ------------------------------------------------------------------- */

static int send_batch(struct eng_sock *s, struct batch *b, int count)
{
	eng_count(s, send_calls);
	if (count > 1)
		return sendmmsg(s->fd, b->msgs, (unsigned int)count, MSG_DONTWAIT | MSG_NOSIGNAL);
	return sendmsg(s->fd, &b->msgs[0].msg_hdr, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -1 : 1;
}

int64_t eng_try_sendto(struct eng_sock *s, struct eng_op *op)
{
	union eng_sockaddr to;
	socklen_t len = eng_to_sockaddr(&op->addr, &to);

	if (!len)
		return -EAFNOSUPPORT;
	while (op->transferred < op->length) {
		struct batch b;
		int count = describe(&b, op, op->transferred, op->length - op->transferred), n, err;

		if (count < 0)
			return count;
		if (b.bounce)
			through_bounce(&b, op, op->transferred, b.bounce_len, false);
		for (int i = 0; i < count; i++) {
			b.msgs[i].msg_hdr.msg_name = &to;
			b.msgs[i].msg_hdr.msg_namelen = len;
			write_control(s, &op->control, &b.msgs[i].msg_hdr, b.control[i].raw);
		}
		n = send_batch(s, &b, count);
		err = errno;
		host_free(b.bounce);
		/* After fewer than asked the next call tells why. */
		if (n >= 0)
			op->transferred += (size_t)n;
		else if (err == EAGAIN)
			return ENG_AGAIN;
		else if (err != EINTR)
			return -err;
	}
	return (int64_t)op->length;
}
