// SPDX-License-Identifier: MIT
/*
 * Requests to the kernel and waiting for it. Only the loop's thread comes here,
 * so nothing is locked. Segments and message headers of prepared requests lie in
 * the loop until the kernel has taken the request, which copies them.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "engine/tsan.h"
#include "engine/uringp.h"

#define NS_PER_S 1000000000ull

int uring_ring_init(struct uring_loop *l, uint32_t features)
{
	struct io_uring_params p;

	memset(&p, 0, sizeof(p));
	p.flags = uring_setup_flags(features);
	p.cq_entries = URING_COMPLETIONS;
	return io_uring_queue_init_params(URING_REQUESTS, &l->ring, &p);
}

void uring_ring_fini(struct uring_loop *l)
{
	io_uring_queue_exit(&l->ring);
}

void uring_enable(struct uring_loop *l)
{
	if (!l->enabled && (l->ring.flags & IORING_SETUP_R_DISABLED))
		io_uring_register((unsigned int)l->ring.ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0);
	l->enabled = true;
}

/* ---- handing over ------------------------------------------------------------- */

/* r: what the call said. Errors that pass by themselves: the loop comes again. */
static void handed_over(struct uring_loop *l, int r)
{
	switch (r) {
	case -EINTR:
	case -ETIME:
	case -EAGAIN: /* no memory for a request */
	case -ENOMEM:
	case -EBUSY: /* completions are to be taken first */
		break;
	default:
		if (r >= 0)
			break;
		host_log(HOST_LOG_ERROR, "engine uring: io_uring_enter: %s", strerror(-r));
		host_abort(); /* operations that nobody can end would wait for ever */
	}
	if (io_uring_sq_ready(&l->ring) == 0)
		l->segs_used = l->msgs_used = 0;
}

/* Room for one more request with that many segments. */
static bool make_room(struct uring_loop *l, unsigned int segs)
{
	for (int i = 0; i < 2; i++) {
		if (io_uring_sq_space_left(&l->ring) && l->segs_used + segs <= URING_SEGMENTS)
			return true;
		uring_count(l, ring_calls);
		handed_over(l, io_uring_submit(&l->ring));
	}
	return false;
}

static void address(struct io_uring_sqe *sqe, struct uring_loop *l, struct uring_sock *s, enum eng_op_kind kind,
		    enum uring_about about)
{
	uring_count(l, ring_ops);
	io_uring_sqe_set_data64(sqe, (uintptr_t)s | (unsigned int)kind << 2 | about);
	if (s)
		s->pending++;
}

/* ---- requests ----------------------------------------------------------------- */

static void request_segments(struct uring_loop *l, struct uring_sock *s, struct eng_op *op, size_t count, int flags)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&l->ring);
	struct eng_seg *segs = &l->segs[l->segs_used];
	struct msghdr *msg;

	if (count == 1) {
		if (op->kind == ENG_OP_SEND)
			io_uring_prep_send(sqe, s->base.fd, segs->base, segs->len, flags);
		else
			io_uring_prep_recv(sqe, s->base.fd, segs->base, segs->len, flags);
	} else {
		msg = &l->msgs[l->msgs_used++];
		memset(msg, 0, sizeof(*msg));
		msg->msg_iov = (struct iovec *)segs;
		msg->msg_iovlen = count;
		l->segs_used += (unsigned int)count;
		if (op->kind == ENG_OP_SEND)
			io_uring_prep_sendmsg(sqe, s->base.fd, msg, (unsigned int)flags);
		else
			io_uring_prep_recvmsg(sqe, s->base.fd, msg, (unsigned int)flags);
	}
	address(sqe, l, s, op->kind, URING_ABOUT_OP);
}

int uring_request_data(struct uring_loop *l, struct uring_sock *s, struct eng_op *op)
{
	size_t offset = op->kind == ENG_OP_SEND ? op->transferred : 0, bytes, count;
	int flags = 0;

	if (!make_room(l, ENG_SEGMENTS_MAX))
		return -EBUSY;
	count = eng_next_segments(op, offset, &l->segs[l->segs_used], &bytes);
	if (bytes == 0)
		return -EFAULT;
	if (op->kind == ENG_OP_SEND) {
		flags = MSG_NOSIGNAL | (offset + bytes < op->length ? MSG_MORE : 0);
		eng_tsan_sends(s->base.fd);
	}
	uring_op(op)->wanted = bytes;
	request_segments(l, s, op, count, flags);
	return 0;
}

int uring_request_watch(struct uring_loop *l, struct uring_sock *s, enum eng_op_kind kind)
{
	static const short masks[ENG_OP_CLOSE] = {
		[ENG_OP_ACCEPT] = POLLIN,
		[ENG_OP_CONNECT] = POLLOUT,
		[ENG_OP_RECV] = POLLIN | POLLRDHUP,
		[ENG_OP_SHUTDOWN] = POLLOUT | POLLRDHUP, /* ready at once; what counts are its changes */
		[ENG_OP_PEER_END] = POLLRDHUP,
		[ENG_OP_SENDTO] = POLLOUT,
		[ENG_OP_RECVFROM] = POLLIN,
		[ENG_OP_POLL] = POLLIN,
	};
	struct io_uring_sqe *sqe;

	if (!make_room(l, 0))
		return -EBUSY;
	sqe = io_uring_get_sqe(&l->ring);
	if (uring_watch_stays(kind))
		io_uring_prep_poll_multishot(sqe, s->base.fd, (unsigned int)masks[kind]);
	else
		io_uring_prep_poll_add(sqe, s->base.fd, (unsigned int)masks[kind]);
	address(sqe, l, s, kind, URING_ABOUT_WATCH);
	return 0;
}

int uring_request_cancel(struct uring_loop *l, struct uring_sock *s, enum eng_op_kind kind, enum uring_about what)
{
	struct io_uring_sqe *sqe;

	if (!make_room(l, 0))
		return -EBUSY;
	sqe = io_uring_get_sqe(&l->ring);
	io_uring_prep_cancel64(sqe, (uintptr_t)s | (unsigned int)kind << 2 | what, 0);
	address(sqe, l, s, kind, URING_ABOUT_CANCEL);
	return 0;
}

/* The eventfd is never read: each write is a report. */
static void watch_wake(struct uring_loop *l)
{
	struct io_uring_sqe *sqe;

	if (l->wake_watched || !make_room(l, 0))
		return;
	sqe = io_uring_get_sqe(&l->ring);
	io_uring_prep_poll_multishot(sqe, l->eventfd, POLLIN);
	address(sqe, l, NULL, (enum eng_op_kind)0, URING_ABOUT_WAKE);
	l->wake_watched = true;
}

/* ---- waiting ------------------------------------------------------------------ */

/* The one place where an engine's thread sleeps. */
static int wait_completion(struct uring_loop *l, uint64_t deadline_ns)
{
	struct __kernel_timespec ts = {0, 0}, *timeout = NULL;
	struct io_uring_cqe *cqe;

	if (deadline_ns != HOST_NO_DEADLINE) {
		uint64_t now = host_now_ns(), left = deadline_ns > now ? deadline_ns - now : 0;

		ts.tv_sec = (long long)(left / NS_PER_S);
		ts.tv_nsec = (long long)(left % NS_PER_S);
		timeout = &ts;
	}
	return io_uring_submit_and_wait_timeout(&l->ring, &cqe, 1, timeout, NULL);
}

void uring_enter(struct uring_loop *l, uint64_t deadline_ns)
{
	int r;

	watch_wake(l);
	if (deadline_ns && l->wake_watched && !io_uring_cq_ready(&l->ring)) {
		__atomic_store_n(&l->sleeping, 1, __ATOMIC_SEQ_CST);
		/* Whoever queued before that store did not see it. */
		if (__atomic_load_n(&l->work, __ATOMIC_SEQ_CST) || __atomic_load_n(&l->woken, __ATOMIC_SEQ_CST))
			deadline_ns = 0;
	} else {
		deadline_ns = 0;
	}
	uring_count(l, waits);
	uring_count(l, ring_calls);
	if (deadline_ns)
		r = wait_completion(l, deadline_ns);
	else
		r = io_uring_submit_and_get_events(&l->ring);
	__atomic_store_n(&l->sleeping, 0, __ATOMIC_SEQ_CST);
	handed_over(l, r);
}
