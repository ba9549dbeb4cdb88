// SPDX-License-Identifier: MIT
/*
 * How a connection ends: the peer's FIN, our FIN and its acknowledgement, a
 * reset from either side. The kernel reports the error of a broken connection
 * to one call only, and then behaves as if the peer had closed in order; the
 * functions here tell the two apart.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/engp.h"

void eng_note_error(struct eng_sock *s, int err)
{
	int none = 0;

	switch (err) {
	case ECONNRESET:
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EHOSTDOWN:
	case ENETDOWN:
	case ECONNABORTED:
	case ECONNREFUSED:
	case EPROTO:
		__atomic_compare_exchange_n(&s->error, &none, err, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
		break;
	default: /* the call's own: memory, arguments, state */
		break;
	}
}

int eng_take_error(struct eng_sock *s)
{
	int err = 0;
	socklen_t len = sizeof(err);

	if (ENG_LOAD(&s->error))
		return ENG_LOAD(&s->error);
	eng_count(s, other_calls);
	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &err, &len))
		return 0;
	eng_note_error(s, err == EPIPE ? ECONNRESET : err);
	return ENG_LOAD(&s->error);
}

static int tcp_state(struct eng_sock *s)
{
	struct tcp_info info;
	socklen_t len = sizeof(info.tcpi_state);

	eng_count(s, other_calls);
	info.tcpi_state = TCP_CLOSE;
	if (getsockopt(s->fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		return -errno;
	return info.tcpi_state;
}

/* A connection that has ended, as far as receiving goes. */
static int64_t end_reason(struct eng_sock *s)
{
	int state, err;

	if (ENG_LOAD(&s->error))
		return -ENG_LOAD(&s->error);
	state = tcp_state(s);
	if (state != TCP_CLOSE)
		return 0;
	err = eng_take_error(s);
	if (err)
		return -err;
	/* Without a FIN of ours there is no orderly way to this state. */
	if (!ENG_LOAD(&s->shut))
		return -ECONNRESET;
	return ENG_UNSURE;
}

int eng_end_of_stream(struct eng_sock *s)
{
	int64_t r = end_reason(s);

	/* The only other taker of errors at this point is a send, and none is
	 * allowed after the shutdown. */
	return r == ENG_UNSURE ? 0 : (int)r;
}

int64_t eng_try_peer_end(struct eng_sock *s)
{
	struct pollfd p = {.fd = s->fd, .events = POLLRDHUP};

	eng_count(s, other_calls);
	if (poll(&p, 1, 0) <= 0 || !(p.revents & (POLLRDHUP | POLLHUP | POLLERR)))
		return ENG_AGAIN;
	return end_reason(s);
}

int64_t eng_try_shutdown(struct eng_sock *s, bool first)
{
	int err;

	if (first) {
		ENG_STORE(&s->shut, true);
		eng_count(s, other_calls);
		if (shutdown(s->fd, SHUT_WR)) {
			int refused = errno;

			err = eng_take_error(s);
			return err ? -err : -refused;
		}
	}
	switch (tcp_state(s)) {
	case TCP_FIN_WAIT2:
	case TCP_TIME_WAIT:
		return 0;
	case TCP_CLOSE:
		err = eng_take_error(s);
		return err ? -err : ENG_UNSURE;
	default:
		return ENG_AGAIN;
	}
}

void eng_reset_now(struct eng_sock *s)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	int err;
	socklen_t len = sizeof(err);

	if (s->type != ENG_STREAM)
		return;
	eng_count(s, other_calls);
	/* Not the library's connect: thread checkers take that for the making of
	 * the descriptor, which nobody may use meanwhile. This is the contrary. */
	syscall(SYS_connect, s->fd, &none, sizeof(none));
	/* What the reset leaves behind is our own doing, nobody's news. */
	eng_count(s, other_calls);
	getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &err, &len);
}
