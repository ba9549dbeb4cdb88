// SPDX-License-Identifier: MIT
/*
 * Options: the neutral names in this kernel's terms. Most are a row in a table;
 * the rest differ in unit or meaning and are spelled out.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include "engine/engp.h"

/* On a listener: how many connections may bring data with their SYN. */
#define FASTOPEN_QUEUE 256

struct option {
	int level, name;
	enum how {
		NO_SUCH,
		INT,
		BOOL,
		BUFFER,    /* the kernel doubles what it is given */
		SECONDS,   /* the kernel takes milliseconds; -1 = for ever */
		MTU_FLAG,  /* a yes or no for one of several modes */
		INTERFACE, /* the kernel wants network byte order */
		NODELAY,
		FASTOPEN,
		ERROR_ONCE,
	} how;
};

static const struct option options[ENG_OPT_COUNT] = {
	[ENG_OPT_REUSEADDR] = {SOL_SOCKET, SO_REUSEADDR, BOOL},
	[ENG_OPT_REUSEPORT] = {SOL_SOCKET, SO_REUSEPORT, BOOL},
	[ENG_OPT_KEEPALIVE] = {SOL_SOCKET, SO_KEEPALIVE, BOOL},
	[ENG_OPT_RCVBUF] = {SOL_SOCKET, SO_RCVBUF, BUFFER},
	[ENG_OPT_SNDBUF] = {SOL_SOCKET, SO_SNDBUF, BUFFER},
	[ENG_OPT_BROADCAST] = {SOL_SOCKET, SO_BROADCAST, BOOL},
	[ENG_OPT_V6ONLY] = {IPPROTO_IPV6, IPV6_V6ONLY, BOOL},
	[ENG_OPT_TCP_NODELAY] = {IPPROTO_TCP, TCP_NODELAY, NODELAY},
	[ENG_OPT_TCP_KEEPIDLE] = {IPPROTO_TCP, TCP_KEEPIDLE, INT},
	[ENG_OPT_TCP_KEEPINTVL] = {IPPROTO_TCP, TCP_KEEPINTVL, INT},
	[ENG_OPT_TCP_KEEPCNT] = {IPPROTO_TCP, TCP_KEEPCNT, INT},
	[ENG_OPT_TCP_MAXRT] = {IPPROTO_TCP, TCP_USER_TIMEOUT, SECONDS},
	[ENG_OPT_IP_TTL] = {IPPROTO_IP, IP_TTL, INT},
	[ENG_OPT_IP_TOS] = {IPPROTO_IP, IP_TOS, INT},
	[ENG_OPT_V6_UNICAST_HOPS] = {IPPROTO_IPV6, IPV6_UNICAST_HOPS, INT},
	[ENG_OPT_V6_TCLASS] = {IPPROTO_IPV6, IPV6_TCLASS, INT},
	[ENG_OPT_IP_DONTFRAG] = {IPPROTO_IP, IP_MTU_DISCOVER, MTU_FLAG},
	[ENG_OPT_V6_DONTFRAG] = {IPPROTO_IPV6, IPV6_DONTFRAG, BOOL},
	[ENG_OPT_IP_UNICAST_IF] = {IPPROTO_IP, IP_UNICAST_IF, INTERFACE},
	[ENG_OPT_V6_UNICAST_IF] = {IPPROTO_IPV6, IPV6_UNICAST_IF, INTERFACE},
	[ENG_OPT_TCP_FASTOPEN] = {IPPROTO_TCP, TCP_FASTOPEN, FASTOPEN},
	/* Linux has it for the whole system only (net.ipv4.tcp_timestamps). */
	[ENG_OPT_TCP_TIMESTAMPS] = {0, 0, NO_SUCH},
	[ENG_OPT_ERROR] = {SOL_SOCKET, SO_ERROR, ERROR_ONCE},
	[ENG_OPT_RECV_TOS] = {IPPROTO_IP, IP_RECVTOS, BOOL},
	[ENG_OPT_RECV_HOPS] = {IPPROTO_IP, IP_RECVTTL, BOOL},
};

/* Options with one name for both families. */
static const struct option options6[ENG_OPT_COUNT] = {
	[ENG_OPT_RECV_TOS] = {IPPROTO_IPV6, IPV6_RECVTCLASS, BOOL},
	[ENG_OPT_RECV_HOPS] = {IPPROTO_IPV6, IPV6_RECVHOPLIMIT, BOOL},
};

static const struct option *find(const struct eng_sock *s, enum eng_opt opt)
{
	return s->family == ENG_INET6 && options6[opt].how != NO_SUCH ? &options6[opt] : &options[opt];
}

static int set_int(struct eng_sock *s, const struct option *o, int value)
{
	eng_count(s, other_calls);
	return setsockopt(s->fd, o->level, o->name, &value, sizeof(value)) ? -errno : 0;
}

static int get_int(struct eng_sock *s, const struct option *o, int *value)
{
	socklen_t len = sizeof(*value);

	eng_count(s, other_calls);
	return getsockopt(s->fd, o->level, o->name, value, &len) ? -errno : 0;
}

static int *buffer_of(struct eng_sock *s, enum eng_opt opt)
{
	return opt == ENG_OPT_RCVBUF ? &s->rcvbuf : &s->sndbuf;
}

static int set_nodelay(struct eng_sock *s, const struct option *o, bool on)
{
	int err = set_int(s, o, on);

	if (!err) {
		ENG_STORE(&s->nodelay_option, on);
		ENG_STORE(&s->nodelay_now, on);
	}
	return err;
}

static int set_seconds(struct eng_sock *s, const struct option *o, int seconds)
{
	if (seconds < -1)
		return -EINVAL;
	if (seconds == -1 || seconds > INT_MAX / 1000)
		return set_int(s, o, INT_MAX);
	return set_int(s, o, seconds * 1000);
}

int eng_setopt(struct eng_sock *s, enum eng_opt opt, int value)
{
	const struct option *o;
	int err;

	if ((unsigned int)opt >= ENG_OPT_COUNT)
		return -ENOPROTOOPT;
	o = find(s, opt);
	switch (o->how) {
	case INT:
		return set_int(s, o, value);
	case BOOL:
		return set_int(s, o, value != 0);
	case BUFFER:
		if (value < 0)
			return -EINVAL;
		err = set_int(s, o, value);
		if (!err)
			ENG_STORE(buffer_of(s, opt), value);
		return err;
	case SECONDS:
		return set_seconds(s, o, value);
	case MTU_FLAG:
		return set_int(s, o, value ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT);
	case INTERFACE:
		return set_int(s, o, (int)htonl((uint32_t)value));
	case NODELAY:
		return set_nodelay(s, o, value != 0);
	case FASTOPEN:
		return set_int(s, o, value ? FASTOPEN_QUEUE : 0);
	default: /* NO_SUCH; the error is there to be read */
		return -ENOPROTOOPT;
	}
}

static int get_buffer(struct eng_sock *s, const struct option *o, enum eng_opt opt, int *value)
{
	int err, set = ENG_LOAD(buffer_of(s, opt));

	/* Windows answers what was set; Linux twice that, within its limits. */
	if (set) {
		*value = set;
		return 0;
	}
	err = get_int(s, o, value);
	*value /= 2;
	return err;
}

static int get_seconds(struct eng_sock *s, const struct option *o, int *value)
{
	int err = get_int(s, o, value);

	*value = *value == INT_MAX ? -1 : *value / 1000;
	return err;
}

int eng_getopt(struct eng_sock *s, enum eng_opt opt, int *value)
{
	const struct option *o;
	int err;

	if ((unsigned int)opt >= ENG_OPT_COUNT)
		return -ENOPROTOOPT;
	o = find(s, opt);
	*value = 0;
	switch (o->how) {
	case INT:
	case BOOL:
		return get_int(s, o, value);
	case BUFFER:
		return get_buffer(s, o, opt, value);
	case SECONDS:
		return get_seconds(s, o, value);
	case MTU_FLAG:
		err = get_int(s, o, value);
		*value = *value == IP_PMTUDISC_DO || *value == IP_PMTUDISC_PROBE;
		return err;
	case INTERFACE:
		err = get_int(s, o, value);
		*value = (int)ntohl((uint32_t)*value);
		return err;
	case NODELAY:
		*value = ENG_LOAD(&s->nodelay_option);
		return 0;
	case FASTOPEN:
		err = get_int(s, o, value);
		*value = *value != 0;
		return err;
	case ERROR_ONCE:
		*value = eng_take_error(s);
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

static int queue_bytes(struct eng_sock *s, unsigned long request, size_t *bytes)
{
	int n = 0;

	eng_count(s, other_calls);
	if (ioctl(s->fd, request, &n))
		return -errno;
	*bytes = n > 0 ? (size_t)n : 0;
	return 0;
}

int eng_recv_backlog(struct eng_sock *s, size_t *bytes)
{
	return queue_bytes(s, SIOCINQ, bytes);
}

int eng_send_backlog(struct eng_sock *s, size_t *bytes)
{
	return queue_bytes(s, SIOCOUTQ, bytes);
}
