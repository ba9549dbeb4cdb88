// SPDX-License-Identifier: MIT
/* The DNS server of dnspeer.h: one thread around poll. Host world. */
#include "dnspeer.h"
#include "peer.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define RECORDS_MAX 512
#define ASKED_MAX 4096
#define NAME_SIZE 256
#define MESSAGE_MAX 4096
#define CONNECTIONS_MAX 16

enum { TYPE_A = 1, TYPE_CNAME = 5, TYPE_PTR = 12, TYPE_AAAA = 28 };
enum { OK = 0, SERVER_FAILED = 2, NO_SUCH_NAME = 3, REFUSED = 5 };

struct record {
	char name[NAME_SIZE], type[12], value[NAME_SIZE];
};

struct dnspeer {
	int udp, tcp, wake;
	int open[CONNECTIONS_MAX];
	pthread_t thread;
	pthread_mutex_t lock; /* all below */
	pthread_cond_t news;
	struct record records[RECORDS_MAX];
	unsigned int count;
	char asked[ASKED_MAX][NAME_SIZE];
	unsigned int questions, connections;
	bool released;
};

struct message {
	unsigned char bytes[MESSAGE_MAX];
	size_t length;
};

/* ---- text of names -------------------------------------------------------------- */

/* The name under which addresses are looked up backwards. */
static void reverse_name(const char *text, char *out)
{
	unsigned char ip[16];

	if (inet_pton(AF_INET, text, ip) == 1) {
		snprintf(out, NAME_SIZE, "%u.%u.%u.%u.in-addr.arpa", ip[3], ip[2], ip[1], ip[0]);
	} else if (inet_pton(AF_INET6, text, ip) == 1) {
		for (int i = 0; i < 16; i++)
			snprintf(out + i * 4, 5, "%x.%x.", ip[15 - i] & 15, ip[15 - i] >> 4);
		snprintf(out + 64, NAME_SIZE - 64, "ip6.arpa");
	} else {
		snprintf(out, NAME_SIZE, "%s", text);
	}
}

/* The question's name as text; the offset behind it, or 0. */
static size_t read_name(const struct message *m, size_t at, char *out)
{
	size_t have = 0;

	while (at < m->length && m->bytes[at]) {
		size_t part = m->bytes[at];

		if (part > 63 || at + 1 + part > m->length || have + part + 2 > NAME_SIZE)
			return 0;
		if (have)
			out[have++] = '.';
		memcpy(out + have, m->bytes + at + 1, part);
		have += part;
		at += 1 + part;
	}
	out[have] = 0;
	return at < m->length ? at + 1 : 0;
}

/* ---- answers ----------------------------------------------------------------------- */

static void put(struct message *m, const void *data, size_t length)
{
	if (m->length + length > sizeof(m->bytes))
		abort();
	memcpy(m->bytes + m->length, data, length);
	m->length += length;
}

static void put16(struct message *m, unsigned int n)
{
	unsigned char b[2] = {(unsigned char)(n >> 8), (unsigned char)n};

	put(m, b, 2);
}

static void put_name(struct message *m, const char *name)
{
	while (*name) {
		size_t part = strcspn(name, ".");
		unsigned char length = (unsigned char)part;

		put(m, &length, 1);
		put(m, name, part);
		name += part + (name[part] == '.');
	}
	put(m, "", 1);
}

static void put_record(struct message *m, const char *name, unsigned int type, const char *value)
{
	unsigned char ip[16];
	size_t at;

	put_name(m, name);
	put16(m, type);
	put16(m, 1);
	put16(m, 0);
	put16(m, 60);
	at = m->length;
	put16(m, 0);
	if (type == TYPE_A && inet_pton(AF_INET, value, ip) == 1)
		put(m, ip, 4);
	else if (type == TYPE_AAAA && inet_pton(AF_INET6, value, ip) == 1)
		put(m, ip, 16);
	else
		put_name(m, value);
	m->bytes[at] = (unsigned char)((m->length - at - 2) >> 8);
	m->bytes[at + 1] = (unsigned char)(m->length - at - 2);
	m->bytes[7]++; /* answers; fewer than 256 */
}

static const struct record *find(struct dnspeer *d, const char *name, const char *type)
{
	for (unsigned int i = 0; i < d->count; i++)
		if (!strcasecmp(d->records[i].name, name) && (!type || !strcmp(d->records[i].type, type)))
			return &d->records[i];
	return NULL;
}

static const char *type_name(unsigned int type)
{
	return type == TYPE_A ? "A" : type == TYPE_AAAA ? "AAAA" : type == TYPE_PTR ? "PTR" : "?";
}

/* Writes the answers; false: there is to be no reply at all. The lock is held. */
static bool answer(struct dnspeer *d, struct message *m, const char *name, unsigned int type, bool udp)
{
	char at[NAME_SIZE];
	const struct record *alias;

	snprintf(at, sizeof(at), "%s", name);
	if (find(d, at, "SILENT"))
		return false;
	if (find(d, at, "FAIL") || find(d, at, "REFUSE") || !find(d, at, NULL)) {
		m->bytes[3] |= find(d, at, "FAIL") ? SERVER_FAILED : find(d, at, "REFUSE") ? REFUSED : NO_SUCH_NAME;
		return true;
	}
	if (udp && find(d, at, "TRUNCATE")) {
		m->bytes[2] |= 2;
		return true;
	}
	for (int i = 0; i < 8 && (alias = find(d, at, "CNAME")); i++) {
		put_record(m, at, TYPE_CNAME, alias->value);
		snprintf(at, sizeof(at), "%s", alias->value);
	}
	for (unsigned int i = 0; i < d->count; i++)
		if (!strcasecmp(d->records[i].name, at) && !strcmp(d->records[i].type, type_name(type)))
			put_record(m, at, type, d->records[i].value);
	return true;
}

static bool reply_to(struct dnspeer *d, const struct message *q, struct message *m, bool udp)
{
	char name[NAME_SIZE];
	size_t end = q->length > 12 ? read_name(q, 12, name) : 0;
	bool reply;

	if (!end || end + 4 > q->length)
		return false;
	m->length = 0;
	put(m, q->bytes, end + 4);
	m->bytes[2] = (unsigned char)(0x84 | (q->bytes[2] & 1));
	m->bytes[3] = 0x80;
	memset(m->bytes + 6, 0, 6); /* counts of what follows the question */

	pthread_mutex_lock(&d->lock);
	if (d->questions < ASKED_MAX)
		snprintf(d->asked[d->questions++], NAME_SIZE, "%s", name);
	pthread_cond_broadcast(&d->news);
	while (find(d, name, "HOLD") && !d->released)
		pthread_cond_wait(&d->news, &d->lock);
	reply = answer(d, m, name, (unsigned int)q->bytes[end] << 8 | q->bytes[end + 1], udp);
	pthread_mutex_unlock(&d->lock);
	return reply;
}

/* ---- the thread ------------------------------------------------------------------------ */

static void serve_udp(struct dnspeer *d)
{
	struct sockaddr_storage from;
	socklen_t from_length = sizeof(from);
	struct message q, m;
	ssize_t n = recvfrom(d->udp, q.bytes, sizeof(q.bytes), 0, (struct sockaddr *)&from, &from_length);

	q.length = n > 0 ? (size_t)n : 0;
	if (reply_to(d, &q, &m, true))
		sendto(d->udp, m.bytes, m.length, 0, (struct sockaddr *)&from, from_length);
}

/* Test messages are short: each comes and goes in one piece. */
static void serve_tcp(struct dnspeer *d, int *fd)
{
	unsigned char raw[2 + MESSAGE_MAX];
	ssize_t n = recv(*fd, raw, sizeof(raw), 0);
	struct message q, m;

	if (n <= 2) {
		if (n <= 0) {
			close(*fd);
			*fd = -1;
		}
		return;
	}
	q.length = (size_t)n - 2;
	memcpy(q.bytes, raw + 2, q.length);
	if (!reply_to(d, &q, &m, false))
		return;
	raw[0] = (unsigned char)(m.length >> 8);
	raw[1] = (unsigned char)m.length;
	memcpy(raw + 2, m.bytes, m.length);
	send(*fd, raw, m.length + 2, MSG_NOSIGNAL);
}

static void accept_tcp(struct dnspeer *d)
{
	int fd = accept(d->tcp, NULL, NULL);

	for (int i = 0; i < CONNECTIONS_MAX && fd >= 0; i++) {
		if (d->open[i] < 0) {
			d->open[i] = fd;
			fd = -1;
			pthread_mutex_lock(&d->lock);
			d->connections++;
			pthread_mutex_unlock(&d->lock);
		}
	}
	if (fd >= 0)
		close(fd);
}

static void *serve(void *arg)
{
	struct dnspeer *d = arg;

	for (;;) {
		struct pollfd p[3 + CONNECTIONS_MAX] = {{.fd = d->wake, .events = POLLIN},
							{.fd = d->udp, .events = POLLIN},
							{.fd = d->tcp, .events = POLLIN}};

		for (int i = 0; i < CONNECTIONS_MAX; i++)
			p[3 + i] = (struct pollfd){.fd = d->open[i], .events = POLLIN};
		if (poll(p, 3 + CONNECTIONS_MAX, -1) < 0)
			continue;
		if (p[0].revents)
			return NULL;
		if (p[1].revents)
			serve_udp(d);
		if (p[2].revents)
			accept_tcp(d);
		for (int i = 0; i < CONNECTIONS_MAX; i++)
			if (p[3 + i].revents)
				serve_tcp(d, &d->open[i]);
	}
}

/* ---- for the test ------------------------------------------------------------------------- */

/* Both transports on one port: the UDP socket chooses it. */
static bool open_sockets(struct dnspeer *d, int family, unsigned short *port)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} sa = {0};
	socklen_t length = family == 6 ? sizeof(sa.v6) : sizeof(sa.v4);
	int one = 1, af = family == 6 ? AF_INET6 : AF_INET;

	if (family == 6) {
		sa.v6.sin6_family = AF_INET6;
		sa.v6.sin6_addr = in6addr_loopback;
	} else {
		sa.v4.sin_family = AF_INET;
		sa.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	}
	d->udp = socket(af, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	d->tcp = socket(af, SOCK_STREAM | SOCK_CLOEXEC, 0);
	d->wake = eventfd(0, EFD_CLOEXEC);
	if (d->udp < 0 || d->tcp < 0 || d->wake < 0 || bind(d->udp, &sa.any, length) ||
	    getsockname(d->udp, &sa.any, &length))
		return false;
	setsockopt(d->tcp, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(d->tcp, &sa.any, length) || listen(d->tcp, CONNECTIONS_MAX))
		return false;
	*port = ntohs(family == 6 ? sa.v6.sin6_port : sa.v4.sin_port);
	return true;
}

static void close_sockets(struct dnspeer *d)
{
	const int fds[] = {d->udp, d->tcp, d->wake};

	for (int i = 0; i < 3; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

struct dnspeer *dnspeer_open(int family, unsigned short *port)
{
	struct dnspeer *d = calloc(1, sizeof(*d));
	pthread_condattr_t monotonic;
	bool open = false;

	if (!d)
		abort();
	/* Another program may hold that port over TCP. */
	for (int i = 0; i < 8 && !open; i++) {
		open = open_sockets(d, family, port);
		if (!open)
			close_sockets(d);
	}
	if (!open) {
		perror("dnspeer");
		free(d);
		return NULL;
	}
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		d->open[i] = -1;
	pthread_mutex_init(&d->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&d->news, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (pthread_create(&d->thread, NULL, serve, d))
		abort();
	return d;
}

void dnspeer_close(struct dnspeer *d)
{
	uint64_t one = 1;

	dnspeer_release(d);
	if (write(d->wake, &one, sizeof(one)) < 0)
		abort();
	pthread_join(d->thread, NULL);
	for (int i = 0; i < CONNECTIONS_MAX; i++)
		if (d->open[i] >= 0)
			close(d->open[i]);
	close_sockets(d);
	pthread_cond_destroy(&d->news);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

void dnspeer_release(struct dnspeer *d)
{
	pthread_mutex_lock(&d->lock);
	d->released = true;
	pthread_cond_broadcast(&d->news);
	pthread_mutex_unlock(&d->lock);
}

void dnspeer_add(struct dnspeer *d, const char *name, const char *type, const char *value)
{
	struct record *r;

	pthread_mutex_lock(&d->lock);
	if (d->count == RECORDS_MAX)
		abort();
	r = &d->records[d->count++];
	snprintf(r->type, sizeof(r->type), "%s", type);
	snprintf(r->value, sizeof(r->value), "%s", value ? value : "");
	if (!strcmp(type, "PTR") || !strcmp(type, "SILENT"))
		reverse_name(name, r->name);
	else
		snprintf(r->name, sizeof(r->name), "%s", name);
	pthread_mutex_unlock(&d->lock);
}

static unsigned int asked(struct dnspeer *d, const char *name)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < d->questions; i++)
		n += !name || !strcasecmp(d->asked[i], name);
	return n;
}

int dnspeer_await(struct dnspeer *d, const char *name)
{
	char wanted[NAME_SIZE];
	struct timespec until;
	int failed = 0;

	reverse_name(name, wanted);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += PEER_SECONDS;
	pthread_mutex_lock(&d->lock);
	while (!asked(d, wanted) && !failed)
		failed = pthread_cond_timedwait(&d->news, &d->lock, &until);
	failed = !asked(d, wanted);
	pthread_mutex_unlock(&d->lock);
	if (failed)
		fprintf(stderr, "dnspeer: waited %d s for a question about %s\n", PEER_SECONDS, name);
	return !failed;
}

unsigned int dnspeer_asked(struct dnspeer *d, const char *name)
{
	char wanted[NAME_SIZE];
	unsigned int n;

	if (name)
		reverse_name(name, wanted);
	pthread_mutex_lock(&d->lock);
	n = asked(d, name ? wanted : NULL);
	pthread_mutex_unlock(&d->lock);
	return n;
}

unsigned int dnspeer_connections(struct dnspeer *d)
{
	unsigned int n;

	pthread_mutex_lock(&d->lock);
	n = d->connections;
	pthread_mutex_unlock(&d->lock);
	return n;
}

void dnspeer_write_hosts(char *path, const char *text)
{
	FILE *f;
	int fd;

	snprintf(path, 64, "/tmp/wskhost-hosts-XXXXXX");
	fd = mkstemp(path);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f || fputs(text, f) < 0 || fclose(f))
		abort();
}

void dnspeer_remove_hosts(const char *path)
{
	unlink(path);
}

int dnspeer_machine_has(int family)
{
	struct ifaddrs *list, *i;
	int found = 0;

	if (getifaddrs(&list))
		return 0;
	for (i = list; i; i = i->ifa_next)
		found |= i->ifa_addr && (i->ifa_flags & IFF_UP) && !(i->ifa_flags & IFF_LOOPBACK) &&
			 i->ifa_addr->sa_family == (family == 6 ? AF_INET6 : AF_INET);
	freeifaddrs(list);
	return found;
}
