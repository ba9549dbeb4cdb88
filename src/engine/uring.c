// SPDX-License-Identifier: MIT
/* The io_uring engine: its loops and sockets, made and destroyed. */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/uringp.h"

static int loop_init(struct uring_loop *l, struct uring_eng *e, unsigned int index)
{
	int err;

	memset(l, 0, sizeof(*l));
	l->e = e;
	l->index = index;
	l->eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->eventfd < 0)
		return -errno;
	err = uring_ring_init(l, e->features);
	if (err)
		close(l->eventfd);
	return err;
}

static void loop_fini(struct uring_loop *l)
{
	uring_ring_fini(l);
	close(l->eventfd);
}

/* What of io_uring to use, or why not. */
static int find_features(const struct eng_config *cfg, uint32_t *features)
{
	char why[160];
	uint32_t without;
	int err = uring_parse_features(cfg->features, &without);

	if (err)
		return err;
	err = uring_probe(features, why, sizeof(why));
	if (err) {
		host_log(cfg->optional ? HOST_LOG_DEBUG : HOST_LOG_ERROR,
			 "engine uring: io_uring is not possible here: %s", why);
		return err;
	}
	*features &= ~without;
	if (!(*features & URING_SINGLE_ISSUER))
		*features &= ~(uint32_t)URING_DEFER_TASKRUN;
	return 0;
}

static int create(const struct eng_config *cfg, struct eng **out)
{
	struct uring_eng *e;
	uint32_t features;
	unsigned int made;
	int err = find_features(cfg, &features);

	if (err)
		return err;
	e = host_alloc_zero(sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->features = features;
	err = eng_base_init(&e->base, &eng_uring, cfg);
	if (err)
		goto free_engine;
	e->loops = host_alloc_aligned(cfg->loops * sizeof(*e->loops), _Alignof(struct uring_loop));
	if (!e->loops) {
		err = -ENOMEM;
		goto fini_base;
	}
	for (made = 0; made < cfg->loops; made++) {
		err = loop_init(&e->loops[made], e, made);
		if (err)
			goto fini_loops;
	}
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
	struct uring_eng *e = (struct uring_eng *)base;

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

int uring_sock_new(struct eng *e, int fd, enum eng_family f, enum eng_type t, unsigned int loop,
		   struct eng_sock **out)
{
	struct uring_sock *s = host_alloc_aligned(sizeof(*s), _Alignof(struct uring_sock));

	if (!s)
		return -ENOMEM;
	memset(s, 0, sizeof(*s));
	eng_sock_base_init(&s->base, e, fd, f, t, loop);
	s->tend.what = URING_WORK_TEND;
	s->left.what = URING_WORK_LEFT;
	*out = &s->base;
	return 0;
}

void uring_sock_free(struct uring_sock *s)
{
	if (s->base.fd >= 0) {
		eng_count(&s->base, other_calls);
		close(s->base.fd);
	}
	host_free(s);
}

const struct eng_ops eng_uring = {
	.name = "uring",
	.caps = ENG_CAP_DATAGRAM,
	.create = create,
	.destroy = destroy,
	.run = uring_run,
	.wake = uring_wake,
	.sock_new = uring_sock_new,
	.submit = uring_submit,
	.cancel = uring_cancel,
	.abort = uring_abort,
	.counters = counters,
};
