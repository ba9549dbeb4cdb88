// SPDX-License-Identifier: MIT
/* The epoll engine: its loops and sockets, made and destroyed. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/epollp.h"

static int loop_init(struct epoll_loop *l, struct epoll_eng *e, unsigned int index)
{
	/* Edge-triggered: each write is an event, and nobody needs to read it. */
	struct epoll_event ev = {.events = EPOLLIN | EPOLLET, .data.ptr = NULL};

	memset(l, 0, sizeof(*l));
	l->e = e;
	l->index = index;
	l->eventfd = -1;
	l->epfd = epoll_create1(EPOLL_CLOEXEC);
	if (l->epfd < 0)
		return -errno;
	l->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->eventfd < 0)
		return -errno;
	return epoll_ctl(l->epfd, EPOLL_CTL_ADD, l->eventfd, &ev) ? -errno : 0;
}

static void loop_fini(struct epoll_loop *l)
{
	if (l->eventfd >= 0)
		close(l->eventfd);
	if (l->epfd >= 0)
		close(l->epfd);
}

static int create(const struct eng_config *cfg, struct eng **out)
{
	struct epoll_eng *e;
	unsigned int made;
	int err;

	if (*cfg->features) {
		host_log(HOST_LOG_ERROR, "engine epoll: it has no features to leave out (%s)", cfg->features);
		return -EINVAL;
	}
	e = host_alloc_zero(sizeof(*e));
	if (!e)
		return -ENOMEM;
	err = eng_base_init(&e->base, &eng_epoll, cfg);
	if (err)
		goto free_engine;
	e->loops = host_alloc_aligned(cfg->loops * sizeof(*e->loops), _Alignof(struct epoll_loop));
	if (!e->loops) {
		err = -ENOMEM;
		goto fini_base;
	}
	for (made = 0; made < cfg->loops && !err; made++)
		err = loop_init(&e->loops[made], e, made);
	if (err)
		goto fini_loops;
	*out = &e->base;
	return 0;

fini_loops:
	while (made-- > 0)
		loop_fini(&e->loops[made]);
	host_free(e->loops);
fini_base:
	eng_base_fini(&e->base);
free_engine:
	host_free(e);
	return err;
}

static void destroy(struct eng *base)
{
	struct epoll_eng *e = (struct epoll_eng *)base;

	for (unsigned int i = 0; i < base->cfg.loops; i++)
		loop_fini(&e->loops[i]);
	host_free(e->loops);
	eng_base_fini(base);
	host_free(e);
}

static void counters(struct eng *base, struct eng_counters *out)
{
	eng_sum_counters(base, out);
}

int epoll_sock_new(struct eng *e, int fd, enum eng_family f, enum eng_type t, unsigned int loop,
		   struct eng_sock **out)
{
	struct epoll_sock *s = host_alloc_zero(sizeof(*s));

	if (!s)
		return -ENOMEM;
	eng_sock_base_init(&s->base, e, fd, f, t, loop);
	s->kick.what = EPOLL_WORK_KICK;
	s->left.what = EPOLL_WORK_LEFT;
	*out = &s->base;
	return 0;
}

void epoll_sock_free(struct epoll_sock *s)
{
	/* A child between fork and exec may hold the descriptor's file open, so
	 * closing alone would not end the registration. */
	if (s->registered) {
		eng_count(&s->base, other_calls);
		epoll_ctl(epoll_loop_of(s)->epfd, EPOLL_CTL_DEL, s->base.fd, NULL);
	}
	if (s->base.fd >= 0) {
		eng_count(&s->base, other_calls);
		close(s->base.fd);
	}
	host_free(s);
}

const struct eng_ops eng_epoll = {
	.name = "epoll",
	.caps = ENG_CAP_DATAGRAM,
	.create = create,
	.destroy = destroy,
	.run = epoll_run,
	.wake = epoll_wake,
	.sock_new = epoll_sock_new,
	.submit = epoll_submit,
	.cancel = epoll_cancel,
	.abort = epoll_abort,
	.counters = counters,
};
