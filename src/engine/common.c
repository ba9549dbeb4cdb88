// SPDX-License-Identifier: MIT
/*
 * What does not depend on the engine: choosing one, opening sockets, addresses,
 * the immediate calls, and the counters.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "engine/engp.h"

static const struct eng_ops *const engines[] = {&eng_epoll, &eng_uring};
#define DEFAULT_NAME "auto"

/* ---- the engine ----------------------------------------------------------- */

/* uring, or where that is not possible the one that always is. */
static int open_auto(struct eng_config *cfg, struct eng **out)
{
	int err;

	cfg->optional = true;
	err = eng_uring.create(cfg, out);
	if (!err || err == -EINVAL)
		return err;
	host_log(HOST_LOG_DEBUG, "engine: epoll instead of uring: %s", strerror(-err));
	cfg->features = "";
	return eng_epoll.create(cfg, out);
}

int eng_open(const char *name, const struct eng_config *caller, struct eng **out)
{
	struct eng_config cfg = *caller;
	size_t len;

	name = name ? name : DEFAULT_NAME;
	len = strcspn(name, ":");
	cfg.features = name[len] ? name + len + 1 : "";
	cfg.optional = false;
	if (!cfg.loops)
		return -EINVAL;
	if (len == 4 && !strncmp(name, "auto", len))
		return open_auto(&cfg, out);
	for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++) {
		if (len == strlen(engines[i]->name) && !strncmp(name, engines[i]->name, len))
			return engines[i]->create(&cfg, out);
	}
	return -ENOENT;
}

int eng_base_init(struct eng *e, const struct eng_ops *ops, const struct eng_config *cfg)
{
	size_t size = cfg->loops * sizeof(*e->counters);

	e->ops = ops;
	e->cfg = *cfg;
	e->cfg.features = NULL; /* the caller's memory */
	e->counters = host_alloc_aligned(size, _Alignof(struct eng_loop_counters));
	if (!e->counters)
		return -ENOMEM;
	memset(e->counters, 0, size);
	return 0;
}

void eng_base_fini(struct eng *e)
{
	host_free(e->counters);
}

void eng_close(struct eng *e)
{
	e->ops->destroy(e);
}

const char *eng_name(const struct eng *e)
{
	return e->ops->name;
}

uint32_t eng_caps(const struct eng *e)
{
	return e->ops->caps;
}

void eng_counters(struct eng *e, struct eng_counters *out)
{
	e->ops->counters(e, out);
}

void eng_sum_counters(const struct eng *e, struct eng_counters *out)
{
	memset(out, 0, sizeof(*out));
	for (unsigned int i = 0; i < e->cfg.loops; i++) {
		struct eng_counters *c = &e->counters[i].c;

		out->waits += __atomic_load_n(&c->waits, __ATOMIC_RELAXED);
		out->wakes += __atomic_load_n(&c->wakes, __ATOMIC_RELAXED);
		out->recv_calls += __atomic_load_n(&c->recv_calls, __ATOMIC_RELAXED);
		out->send_calls += __atomic_load_n(&c->send_calls, __ATOMIC_RELAXED);
		out->accept_calls += __atomic_load_n(&c->accept_calls, __ATOMIC_RELAXED);
		out->other_calls += __atomic_load_n(&c->other_calls, __ATOMIC_RELAXED);
		out->ring_calls += __atomic_load_n(&c->ring_calls, __ATOMIC_RELAXED);
		out->ring_ops += __atomic_load_n(&c->ring_ops, __ATOMIC_RELAXED);
	}
}

void eng_run(struct eng *e, unsigned int loop, uint64_t deadline_ns)
{
	e->ops->run(e, loop, deadline_ns);
}

void eng_wake(struct eng *e, unsigned int loop)
{
	e->ops->wake(e, loop);
}

/* Which operations a descriptor of this type has. */
static bool fits(enum eng_type type, enum eng_op_kind kind)
{
	switch (kind) {
	case ENG_OP_CLOSE:
		return true;
	case ENG_OP_POLL:
		return type == ENG_FD;
	case ENG_OP_SENDTO:
	case ENG_OP_RECVFROM:
		return type == ENG_DGRAM || type == ENG_RAW;
	case ENG_OP_CONNECT:
		return type != ENG_FD;
	default:
		return type == ENG_STREAM;
	}
}

int eng_submit(struct eng_sock *s, struct eng_op *op, uint32_t flags)
{
	if (op->kind > ENG_OP_CLOSE || !fits(s->type, op->kind))
		return -EOPNOTSUPP;
	return s->e->ops->submit(s, op, flags);
}

void eng_cancel(struct eng_sock *s, struct eng_op *op)
{
	s->e->ops->cancel(s, op);
}

void eng_abort(struct eng_sock *s)
{
	s->e->ops->abort(s);
}

/* ---- addresses ------------------------------------------------------------ */

socklen_t eng_to_sockaddr(const struct eng_addr *a, union eng_sockaddr *sa)
{
	memset(sa, 0, sizeof(*sa));
	switch (a->family) {
	case ENG_INET:
		sa->in.sin_family = AF_INET;
		sa->in.sin_port = htons(a->port);
		memcpy(&sa->in.sin_addr, a->ip, 4);
		return sizeof(sa->in);
	case ENG_INET6:
		sa->in6.sin6_family = AF_INET6;
		sa->in6.sin6_port = htons(a->port);
		sa->in6.sin6_scope_id = a->scope_id;
		sa->in6.sin6_flowinfo = a->flowinfo;
		memcpy(&sa->in6.sin6_addr, a->ip, 16);
		return sizeof(sa->in6);
	default:
		return 0;
	}
}

void eng_from_sockaddr(const union eng_sockaddr *sa, struct eng_addr *a)
{
	memset(a, 0, sizeof(*a));
	if (sa->any.sa_family == AF_INET) {
		a->family = ENG_INET;
		a->port = ntohs(sa->in.sin_port);
		memcpy(a->ip, &sa->in.sin_addr, 4);
	} else if (sa->any.sa_family == AF_INET6) {
		a->family = ENG_INET6;
		a->port = ntohs(sa->in6.sin6_port);
		a->scope_id = sa->in6.sin6_scope_id;
		a->flowinfo = sa->in6.sin6_flowinfo;
		memcpy(a->ip, &sa->in6.sin6_addr, 16);
	}
}

/* ---- sockets -------------------------------------------------------------- */

void eng_sock_base_init(struct eng_sock *s, struct eng *e, int fd, enum eng_family f, enum eng_type t,
			unsigned int loop)
{
	memset(s, 0, sizeof(*s));
	s->e = e;
	s->fd = fd;
	s->family = f;
	s->type = t;
	s->loop = loop;
}

void eng_sock_inherit(struct eng_sock *s, const struct eng_sock *listener)
{
	/* Linux gives the listener's options to the accepted socket. */
	s->nodelay_option = ENG_LOAD(&listener->nodelay_option);
	s->nodelay_now = s->nodelay_option;
	s->rcvbuf = ENG_LOAD(&listener->rcvbuf);
	s->sndbuf = ENG_LOAD(&listener->sndbuf);
}

int eng_sock_open(struct eng *e, enum eng_family f, enum eng_type t, int protocol, unsigned int loop,
		  struct eng_sock **out)
{
	static const int types[] = {[ENG_STREAM] = SOCK_STREAM, [ENG_DGRAM] = SOCK_DGRAM, [ENG_RAW] = SOCK_RAW};
	int one = 1, err = 0, fd;

	if ((f != ENG_INET && f != ENG_INET6) || t < ENG_STREAM || t > ENG_RAW || loop >= e->cfg.loops)
		return -EINVAL;
	fd = socket(f == ENG_INET6 ? AF_INET6 : AF_INET, types[t] | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	if (fd < 0)
		return -errno;
	/* Raw IPv6 sockets have nothing to share and refuse the option. */
	if (f == ENG_INET6 && t != ENG_RAW && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)))
		err = -errno;
	if (!err && t != ENG_STREAM)
		err = eng_prepare_datagrams(fd, f);
	if (!err)
		err = e->ops->sock_new(e, fd, f, t, loop, out);
	if (err)
		close(fd);
	return err;
}

int eng_fd_open(struct eng *e, int fd, unsigned int loop, struct eng_sock **out)
{
	if (loop >= e->cfg.loops)
		return -EINVAL;
	return e->ops->sock_new(e, fd, ENG_INET, ENG_FD, loop, out);
}

unsigned int eng_sock_loop(const struct eng_sock *s)
{
	return s->loop;
}

int eng_bind(struct eng_sock *s, const struct eng_addr *addr)
{
	union eng_sockaddr sa;
	socklen_t len = eng_to_sockaddr(addr, &sa);

	if (!len)
		return -EAFNOSUPPORT;
	eng_count(s, other_calls);
	return bind(s->fd, &sa.any, len) ? -errno : 0;
}

int eng_listen(struct eng_sock *s)
{
	eng_count(s, other_calls);
	return listen(s->fd, INT_MAX) ? -errno : 0; /* the kernel cuts it to its limit */
}

int eng_local_addr(struct eng_sock *s, struct eng_addr *out)
{
	union eng_sockaddr sa;
	socklen_t len = sizeof(sa);

	eng_count(s, other_calls);
	if (getsockname(s->fd, &sa.any, &len))
		return -errno;
	eng_from_sockaddr(&sa, out);
	return 0;
}

int eng_peer_addr(struct eng_sock *s, struct eng_addr *out)
{
	union eng_sockaddr sa;
	socklen_t len = sizeof(sa);

	eng_count(s, other_calls);
	if (getpeername(s->fd, &sa.any, &len))
		return -errno;
	eng_from_sockaddr(&sa, out);
	return 0;
}
