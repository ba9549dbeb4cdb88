// SPDX-License-Identifier: MIT
/*
 * The peer of peer.h: non-blocking Linux sockets, and poll with a deadline
 * around each attempt. Host world.
 */
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct peer {
	int fd;
	int family;
};

union address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t deadline(void)
{
	return now_ms() + PEER_SECONDS * 1000;
}

/* 0 when one of the events is there, PEER_TIMEOUT with a message otherwise. */
static int await(struct peer *p, short events, int64_t until, const char *what)
{
	struct pollfd f = {.fd = p->fd, .events = events};

	for (;;) {
		int64_t left = until - now_ms();
		int n = poll(&f, 1, left > 0 ? (int)left : 0);

		if (n > 0)
			return 0;
		if (n == 0) {
			fprintf(stderr, "peer: waited %d s for %s\n", PEER_SECONDS, what);
			return PEER_TIMEOUT;
		}
		if (errno != EINTR)
			return PEER_RESET;
	}
}

static socklen_t loopback(int family, unsigned short port, union address *a)
{
	memset(a, 0, sizeof(*a));
	if (family == 6) {
		a->v6.sin6_family = AF_INET6;
		a->v6.sin6_addr = in6addr_loopback;
		a->v6.sin6_port = htons(port);
		return sizeof(a->v6);
	}
	a->v4.sin_family = AF_INET;
	a->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a->v4.sin_port = htons(port);
	return sizeof(a->v4);
}

static unsigned short port_of(const union address *a)
{
	return ntohs(a->sa.sa_family == AF_INET6 ? a->v6.sin6_port : a->v4.sin_port);
}

static struct peer *wrap(int fd, int family)
{
	struct peer *p;

	if (fd < 0) {
		perror("peer: socket");
		return NULL;
	}
	p = malloc(sizeof(*p));
	if (!p)
		abort();
	p->fd = fd;
	p->family = family;
	return p;
}

static struct peer *open_socket(int family)
{
	return wrap(socket(family == 6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), family);
}

static void small_buffers(struct peer *p)
{
	int least = 1;

	setsockopt(p->fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least));
	setsockopt(p->fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof(least));
}

void peer_grow(struct peer *p)
{
	int size = 1 << 20;

	setsockopt(p->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static struct peer *hold(struct peer *p, unsigned short *port)
{
	union address a;
	socklen_t len;

	if (!p)
		return NULL;
	len = loopback(p->family, 0, &a);
	if (bind(p->fd, &a.sa, len)) {
		perror("peer: bind");
		peer_close(p);
		return NULL;
	}
	*port = peer_port(p);
	return p;
}

static struct peer *start_listening(struct peer *p, int backlog)
{
	if (p && listen(p->fd, backlog)) {
		perror("peer: listen");
		peer_close(p);
		return NULL;
	}
	return p;
}

struct peer *peer_listen_backlog(int family, unsigned short *port, int backlog)
{
	return start_listening(hold(open_socket(family), port), backlog);
}

struct peer *peer_listen(int family, unsigned short *port)
{
	return peer_listen_backlog(family, port, 1024);
}

struct peer *peer_listen_small(int family, unsigned short *port)
{
	struct peer *p = open_socket(family);

	if (p)
		small_buffers(p);
	return start_listening(hold(p, port), 1024);
}

int peer_has_family(int family)
{
	union address a;
	socklen_t len = loopback(family, 0, &a);
	int fd = socket(a.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int ok = fd >= 0 && bind(fd, &a.sa, len) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

struct peer *peer_hold_port(int family, unsigned short *port)
{
	return hold(open_socket(family), port);
}

struct peer *peer_accept(struct peer *listener)
{
	int64_t until = deadline();

	for (;;) {
		int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0)
			return wrap(fd, listener->family);
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
			perror("peer: accept");
			return NULL;
		}
		if (await(listener, POLLIN, until, "a connection to accept"))
			return NULL;
	}
}

static struct peer *begin_connect(struct peer *p, unsigned short port)
{
	union address a;
	socklen_t len;

	if (!p)
		return NULL;
	len = loopback(p->family, port, &a);
	if (connect(p->fd, &a.sa, len) && errno != EINPROGRESS) {
		peer_close(p);
		return NULL;
	}
	return p;
}

int peer_connect_finish(struct peer *p)
{
	int err = 0;
	socklen_t len = sizeof(err);
	int waited = await(p, POLLOUT, deadline(), "a connect to finish");

	if (waited)
		return waited;
	getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &err, &len);
	return err ? PEER_RESET : 0;
}

struct peer *peer_connect_start(int family, unsigned short port)
{
	return begin_connect(open_socket(family), port);
}

static struct peer *finish(struct peer *p)
{
	if (p && peer_connect_finish(p)) {
		peer_close(p);
		return NULL;
	}
	return p;
}

struct peer *peer_connect(int family, unsigned short port)
{
	return finish(peer_connect_start(family, port));
}

struct peer *peer_connect_small(int family, unsigned short port)
{
	struct peer *p = open_socket(family);

	if (p)
		small_buffers(p);
	return finish(begin_connect(p, port));
}

unsigned short peer_port(struct peer *p)
{
	union address a;
	socklen_t len = sizeof(a);

	return getsockname(p->fd, &a.sa, &len) ? 0 : port_of(&a);
}

unsigned short peer_remote_port(struct peer *p)
{
	union address a;
	socklen_t len = sizeof(a);

	return getpeername(p->fd, &a.sa, &len) ? 0 : port_of(&a);
}

long peer_send_now(struct peer *p, const void *data, unsigned long length)
{
	unsigned long sent = 0;

	while (sent < length) {
		ssize_t n = send(p->fd, (const char *)data + sent, length - sent, MSG_NOSIGNAL);

		if (n >= 0)
			sent += (unsigned long)n;
		else if (errno == EAGAIN)
			break;
		else if (errno != EINTR)
			return PEER_RESET;
	}
	return (long)sent;
}

int peer_send_all(struct peer *p, const void *data, unsigned long length)
{
	int64_t until = deadline();
	unsigned long sent = 0;

	for (;;) {
		long n = peer_send_now(p, (const char *)data + sent, length - sent);
		int waited;

		if (n < 0)
			return (int)n;
		sent += (unsigned long)n;
		if (sent == length)
			return 0;
		waited = await(p, POLLOUT, until, "room to send");
		if (waited)
			return waited;
	}
}

static long receive(struct peer *p, void *buffer, unsigned long length, int flags, int64_t until, const char *what)
{
	for (;;) {
		ssize_t n = recv(p->fd, buffer, length, flags);
		int waited;

		if (n >= 0)
			return n;
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return PEER_RESET;
		waited = await(p, POLLIN, until, what);
		if (waited)
			return waited;
	}
}

long peer_recv_some(struct peer *p, void *buffer, unsigned long length)
{
	return receive(p, buffer, length, 0, deadline(), "data to receive");
}

long peer_recv_all(struct peer *p, void *buffer, unsigned long length)
{
	int64_t until = deadline();
	unsigned long have = 0;

	while (have < length) {
		long n = receive(p, (char *)buffer + have, length - have, 0, until, "all of the data");

		if (n < 0)
			return n;
		if (n == 0)
			break;
		have += (unsigned long)n;
	}
	return (long)have;
}

long peer_drain(struct peer *p)
{
	int64_t until = deadline();
	static __thread char sink[65536];
	long total = 0;

	for (;;) {
		long n = receive(p, sink, sizeof(sink), 0, until, "the end of the stream");

		if (n < 0)
			return n;
		if (n == 0)
			return total;
		total += n;
	}
}

int peer_wait_readable(struct peer *p, unsigned long length)
{
	int64_t until = deadline();
	int low = (int)length, one = 1, result = 0;

	/* poll reports readable from SO_RCVLOWAT bytes on. */
	setsockopt(p->fd, SOL_SOCKET, SO_RCVLOWAT, &low, sizeof(low));
	result = await(p, POLLIN, until, "bytes to become readable");
	setsockopt(p->fd, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof(one));
	return result;
}

void peer_shutdown(struct peer *p)
{
	shutdown(p->fd, SHUT_WR);
}

void peer_reset(struct peer *p)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};

	setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	peer_close(p);
}

void peer_close(struct peer *p)
{
	if (!p)
		return;
	close(p->fd);
	free(p);
}

int peer_expect_reset(struct peer *p)
{
	int64_t until = deadline();
	static __thread char sink[65536];

	for (;;) {
		long n = receive(p, sink, sizeof(sink), 0, until, "a reset");

		if (n == PEER_RESET)
			return 0;
		if (n <= 0)
			return n == 0 ? 2 : (int)n;
	}
}

int peer_expect_end(struct peer *p)
{
	char byte;
	long n = receive(p, &byte, 1, 0, deadline(), "the end of the stream");

	return n == 0 ? 0 : n > 0 ? 1 : (int)n;
}

int peer_is_ended(struct peer *p)
{
	char byte;
	ssize_t n = recv(p->fd, &byte, 1, MSG_PEEK);

	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}
