// SPDX-License-Identifier: MIT
/*
 * The UDP peer of udp.h, and the sends that it holds up by standing before the C
 * library's functions. Host world.
 */
#include "udp.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct udp {
	int fd;
	int family;
	int joined;
};

union address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* ---- held sends ------------------------------------------------------------- */

static int held;

void udp_hold_sends(int on)
{
	__atomic_store_n(&held, on, __ATOMIC_SEQ_CST);
}

/* What would be called without this file: a sanitizer's own function, where there
 * is one, for the thread sanitizer takes a send as coming before its receive. */
static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
	if ((flags & MSG_DONTWAIT) && m->msg_name && __atomic_load_n(&held, __ATOMIC_SEQ_CST)) {
		errno = EAGAIN;
		return -1;
	}
	return ((ssize_t(*)(int, const struct msghdr *, int))next("sendmsg"))(fd, m, flags);
}

int sendmmsg(int fd, struct mmsghdr *m, unsigned int count, int flags)
{
	if ((flags & MSG_DONTWAIT) && __atomic_load_n(&held, __ATOMIC_SEQ_CST)) {
		errno = EAGAIN;
		return -1;
	}
	return ((int (*)(int, struct mmsghdr *, unsigned int, int))next("sendmmsg"))(fd, m, count, flags);
}

/* ---- the peer --------------------------------------------------------------- */

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

static struct udp *open_bound(int family, const union address *a, socklen_t length, unsigned short *port)
{
	struct udp *u = calloc(1, sizeof(*u));
	union address name;
	socklen_t name_length = sizeof(name);
	int one = 1;

	if (!u)
		abort();
	u->family = family;
	u->fd = socket(a->sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (u->fd < 0 || bind(u->fd, &a->sa, length) || getsockname(u->fd, &name.sa, &name_length)) {
		perror("udp peer");
		udp_close(u);
		return NULL;
	}
	setsockopt(u->fd, family == 6 ? IPPROTO_IPV6 : IPPROTO_IP, family == 6 ? IPV6_RECVTCLASS : IP_RECVTOS, &one,
		   sizeof(one));
	setsockopt(u->fd, family == 6 ? IPPROTO_IPV6 : IPPROTO_IP, family == 6 ? IPV6_RECVHOPLIMIT : IP_RECVTTL,
		   &one, sizeof(one));
	setsockopt(u->fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	*port = ntohs(family == 6 ? name.v6.sin6_port : name.v4.sin_port);
	return u;
}

struct udp *udp_open(int family, unsigned short *port)
{
	union address a;
	socklen_t length = loopback(family, 0, &a);

	return open_bound(family, &a, length, port);
}

struct udp *udp_open_at(unsigned char last, unsigned short *port)
{
	union address a;
	socklen_t length = loopback(4, *port, &a);

	a.v4.sin_addr.s_addr = htonl(0x7f000000u | last);
	return open_bound(4, &a, length, port);
}

void udp_close(struct udp *u)
{
	if (u->fd >= 0)
		close(u->fd);
	free(u);
}

void udp_mark(struct udp *u, int tos, int hops)
{
	int level = u->family == 6 ? IPPROTO_IPV6 : IPPROTO_IP;

	setsockopt(u->fd, level, u->family == 6 ? IPV6_TCLASS : IP_TOS, &tos, sizeof(tos));
	setsockopt(u->fd, level, u->family == 6 ? IPV6_UNICAST_HOPS : IP_TTL, &hops, sizeof(hops));
}

static int send_to(struct udp *u, const union address *a, socklen_t length, const void *data, unsigned long size)
{
	ssize_t n = sendto(u->fd, data, size, 0, &a->sa, length);

	if (n != (ssize_t)size) {
		perror("udp peer: sendto");
		return PEER_RESET;
	}
	return 0;
}

int udp_send(struct udp *u, unsigned short port, const void *data, unsigned long length)
{
	union address a;
	socklen_t size = loopback(u->family, port, &a);

	return send_to(u, &a, size, data, length);
}

int udp_broadcast(struct udp *u, unsigned short port, const void *data, unsigned long length)
{
	union address a;
	socklen_t size = loopback(4, port, &a);

	a.v4.sin_addr.s_addr = htonl(0x7fffffffu);
	return send_to(u, &a, size, data, length);
}

/* On Linux a member anywhere on the machine lets every socket bound to the port hear. */
static int join(struct udp *u, union address *a)
{
	unsigned int lo = if_nametoindex("lo");
	struct ip_mreqn four = {.imr_ifindex = (int)lo};
	struct ipv6_mreq six = {.ipv6mr_interface = lo};

	four.imr_multiaddr.s_addr = htonl(0xefff2a01u); /* 239.255.42.1 */
	inet_pton(AF_INET6, "ff01::2a01", &six.ipv6mr_multiaddr);
	if (u->family == 6) {
		a->v6.sin6_addr = six.ipv6mr_multiaddr;
		a->v6.sin6_scope_id = lo;
	} else {
		a->v4.sin_addr = four.imr_multiaddr;
	}
	if (u->joined)
		return 0;
	u->joined = 1;
	if (u->family == 6)
		return setsockopt(u->fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &lo, sizeof(lo)) ||
		       setsockopt(u->fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &six, sizeof(six));
	return setsockopt(u->fd, IPPROTO_IP, IP_MULTICAST_IF, &four, sizeof(four)) ||
	       setsockopt(u->fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &four, sizeof(four));
}

int udp_multicast(struct udp *u, unsigned short port, const void *data, unsigned long length)
{
	union address a;
	socklen_t size = loopback(u->family, port, &a);

	if (join(u, &a)) {
		perror("udp peer: joining a multicast group");
		return PEER_RESET;
	}
	return send_to(u, &a, size, data, length);
}

static void read_marks(struct msghdr *m, int *tos, int *hops)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		int value = 0, v4 = c->cmsg_level == IPPROTO_IP;

		memcpy(&value, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0) < sizeof(value) ? 1 : sizeof(value));
		if (tos && c->cmsg_type == (v4 ? IP_TOS : IPV6_TCLASS))
			*tos = value;
		if (hops && c->cmsg_type == (v4 ? IP_TTL : IPV6_HOPLIMIT))
			*hops = value;
	}
}

long udp_receive(struct udp *u, void *buffer, unsigned long length, unsigned short *port, int *tos, int *hops)
{
	struct pollfd p = {.fd = u->fd, .events = POLLIN};
	union address from;
	struct iovec v = {buffer, length};
	char control[256];
	struct msghdr m = {.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &v, .msg_iovlen = 1,
			   .msg_control = control, .msg_controllen = sizeof(control)};
	ssize_t n;

	if (poll(&p, 1, PEER_SECONDS * 1000) <= 0) {
		fprintf(stderr, "udp peer: waited %d s for a datagram\n", PEER_SECONDS);
		return PEER_TIMEOUT;
	}
	n = recvmsg(u->fd, &m, 0);
	if (n < 0)
		return PEER_RESET;
	if (port)
		*port = ntohs(u->family == 6 ? from.v6.sin6_port : from.v4.sin_port);
	read_marks(&m, tos, hops);
	return n;
}

int udp_is_empty(struct udp *u)
{
	struct pollfd p = {.fd = u->fd, .events = POLLIN};

	return poll(&p, 1, 0) == 0;
}
