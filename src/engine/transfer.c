// SPDX-License-Identifier: MIT
/*
 * One attempt at an operation: receive, send, accept, connect. Called by an
 * engine whenever it has reason to believe that the attempt may succeed, from
 * any thread, under no lock. ENG_AGAIN means that the kernel will report an
 * edge when it is worth trying again.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "engine/engp.h"

_Static_assert(sizeof(struct eng_seg) == sizeof(struct iovec) &&
		       offsetof(struct eng_seg, base) == offsetof(struct iovec, iov_base) &&
		       offsetof(struct eng_seg, len) == offsetof(struct iovec, iov_len),
	       "segments are handed to the kernel as they are");

/* The kernel moves at most this in one call anyway. */
#define CALL_BYTES_MAX ((size_t)1 << 30)

size_t eng_next_segments(struct eng_op *op, size_t offset, struct eng_seg *segs, size_t *bytes)
{
	size_t left = op->length - offset, sum = 0, count, i;

	if (left > CALL_BYTES_MAX)
		left = CALL_BYTES_MAX;
	count = op->segments(op, offset, segs, ENG_SEGMENTS_MAX);
	for (i = 0; i < count && sum < left; i++) {
		if (segs[i].len > left - sum)
			segs[i].len = left - sum;
		sum += segs[i].len;
	}
	*bytes = sum;
	return i;
}

/* ---- receive -------------------------------------------------------------- */

static ssize_t recv_once(struct eng_sock *s, struct eng_op *op, size_t offset, size_t *wanted)
{
	struct eng_seg segs[ENG_SEGMENTS_MAX];
	struct msghdr msg = {.msg_iov = (struct iovec *)segs};
	ssize_t n;

	if (op->flags & ENG_RECV_DISCARD) {
		*wanted = op->length - offset < CALL_BYTES_MAX ? op->length - offset : CALL_BYTES_MAX;
		eng_count(s, recv_calls);
		/* TCP takes MSG_TRUNC as "throw away"; the library's recv would let a
		 * sanitizer believe that the NULL buffer was written. */
		n = syscall(SYS_recvfrom, s->fd, NULL, *wanted, MSG_DONTWAIT | MSG_TRUNC, NULL, NULL);
		return n < 0 ? -errno : n;
	}
	msg.msg_iovlen = eng_next_segments(op, offset, segs, wanted);
	if (*wanted == 0)
		return -EFAULT; /* the op describes less data than its length */
	eng_count(s, recv_calls);
	n = recvmsg(s->fd, &msg, MSG_DONTWAIT);
	return n < 0 ? -errno : n;
}

int64_t eng_recv_failed(struct eng_sock *s, int err)
{
	if (err == EPIPE) /* a reset that came after the peer's FIN */
		err = ECONNRESET;
	eng_note_error(s, err);
	return -err;
}

int64_t eng_try_recv(struct eng_sock *s, struct eng_op *op, bool *drained)
{
	size_t got = 0, wanted;

	*drained = false;
	while (got < op->length) {
		ssize_t n = recv_once(s, op, got, &wanted);

		if (n == -EINTR)
			continue;
		if (n == -EAGAIN) {
			*drained = true;
			return got ? (int64_t)got : ENG_AGAIN;
		}
		if (n <= 0) {
			/* What came before the end is told first; the end stays. */
			if (n < 0)
				eng_recv_failed(s, (int)-n);
			if (got)
				return (int64_t)got;
			return n < 0 ? eng_recv_failed(s, (int)-n) : eng_end_of_stream(s);
		}
		got += (size_t)n;
		if ((size_t)n < wanted) {
			*drained = true;
			break;
		}
	}
	return (int64_t)got;
}

/* ---- send ----------------------------------------------------------------- */

/* Nagle's algorithm is a property of the socket here, of each send there. The
 * kernel's switch is turned only when it differs; turning it on also pushes. */
void eng_set_nodelay(struct eng_sock *s, struct eng_op *op)
{
	int want = op->nodelay || ENG_LOAD(&s->nodelay_option);

	if (want == ENG_LOAD(&s->nodelay_now) || s->type != ENG_STREAM)
		return;
	ENG_STORE(&s->nodelay_now, want);
	eng_count(s, other_calls);
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &want, sizeof(want));
}

int64_t eng_send_failed(struct eng_sock *s, int err)
{
	/* EPIPE without a shutdown of ours: the error was told to someone else. */
	if (err == EPIPE && !ENG_LOAD(&s->shut)) {
		err = ENG_LOAD(&s->error);
		if (!err)
			err = ECONNRESET;
	}
	eng_note_error(s, err);
	return -err;
}

int64_t eng_try_send(struct eng_sock *s, struct eng_op *op)
{
	struct eng_seg segs[ENG_SEGMENTS_MAX];
	size_t bytes;

	eng_set_nodelay(s, op);
	while (op->transferred < op->length) {
		struct msghdr msg = {.msg_iov = (struct iovec *)segs};
		int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
		ssize_t n;

		msg.msg_iovlen = eng_next_segments(op, op->transferred, segs, &bytes);
		if (bytes == 0)
			return -EFAULT;
		if (op->transferred + bytes < op->length)
			flags |= MSG_MORE;
		eng_count(s, send_calls);
		n = sendmsg(s->fd, &msg, flags);
		/* After a short send the next call must say EAGAIN: only that
		 * promises an edge. */
		if (n >= 0)
			op->transferred += (size_t)n;
		else if (errno == EAGAIN)
			return ENG_AGAIN;
		else if (errno != EINTR)
			return eng_send_failed(s, errno);
	}
	return (int64_t)op->length;
}

/* ---- accept --------------------------------------------------------------- */

/* Linux hands out connections that the peer has reset meanwhile. */
static bool dead(struct eng_sock *s, int fd)
{
	struct pollfd p = {.fd = fd, .events = 0};

	eng_count(s, other_calls);
	return poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP));
}

int eng_try_accept(struct eng_sock *s, struct eng_addr *peer)
{
	for (;;) {
		union eng_sockaddr sa;
		socklen_t len = sizeof(sa);
		int fd;

		eng_count(s, accept_calls);
		fd = accept4(s->fd, &sa.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			if (!dead(s, fd)) {
				eng_from_sockaddr(&sa, peer);
				return fd;
			}
			eng_count(s, other_calls);
			close(fd);
			continue;
		}
		switch (errno) {
		case EAGAIN:
			return ENG_AGAIN;
		/* accept(2): these are the new connection's errors, not ours. */
		case EINTR:
		case ECONNABORTED:
		case EPROTO:
		case ENOPROTOOPT:
		case ENETDOWN:
		case ENETUNREACH:
		case EHOSTDOWN:
		case EHOSTUNREACH:
		case ENONET:
			continue;
		default:
			return -errno;
		}
	}
}

/* ---- connect -------------------------------------------------------------- */

/* The second and later calls ask how the first one went. */
int64_t eng_try_connect(struct eng_sock *s, const struct eng_addr *addr, bool first)
{
	union eng_sockaddr sa;
	socklen_t len = eng_to_sockaddr(addr, &sa);

	if (!len)
		return -EAFNOSUPPORT;
	eng_count(s, other_calls);
	if (connect(s->fd, &sa.any, len) == 0)
		return 0;
	switch (errno) {
	case EINPROGRESS:
	case EALREADY:
	case EINTR:
		return ENG_AGAIN;
	case EISCONN:
		return first ? -EISCONN : 0;
	case EAGAIN: /* no local port left; nothing would tell us of a free one */
		return -EADDRNOTAVAIL;
	default:
		return -errno;
	}
}
