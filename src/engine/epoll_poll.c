// SPDX-License-Identifier: MIT
/*
 * ENG_OP_POLL: descriptors that are no sockets and only become readable. They
 * are registered, armed and cancelled as sockets are.
 */
#include <errno.h>
#include <poll.h>

#include "engine/epollp.h"

int64_t epoll_try_poll(struct epoll_sock *s)
{
	struct pollfd p = {.fd = s->base.fd, .events = POLLIN};

	eng_count(&s->base, other_calls);
	return poll(&p, 1, 0) > 0 ? 0 : ENG_AGAIN;
}

void epoll_poll_ended(struct epoll_sock *s, struct eng_op *op)
{
	host_lock_acquire(&s->lock);
	s->inflight++;
	host_lock_release(&s->lock);
	epoll_post_op(s, op);
}
