// SPDX-License-Identifier: MIT
#pragma once
/*
 * Names and addresses: the hosts and services files, the machine's own
 * addresses, and DNS. Host world, for one caller above (src/wsk/nameseam.c).
 *
 * Two halves. hosts.c answers from local files and system tables, on the
 * caller's thread: it reads files, so it is not for a loop. resolver.c asks DNS
 * servers through c-ares on a loop of an engine, and blocks nobody: all sockets
 * and the timer lie in one epoll set, which the loop polls (ENG_OP_POLL). Each
 * query has a c-ares channel of its own, so that one can be cancelled.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RES_NAME_MAX 255
#define RES_NAME_SIZE (RES_NAME_MAX + 1)
#define RES_SERVICE_SIZE 64
#define RES_FDS_MAX 32 /* sockets of one query: two per server */

/* Families, as a mask. */
#define RES_V4 1u
#define RES_V6 2u

/*
 * What was found. Zeroed memory is an empty one.
 * Owner: the caller, who gives it back with res_answer_free; of a query: the
 * query, from res_start to done.
 */
struct res_answer {
	struct eng_addr *addrs; /* in the order to try them; ports 0 */
	size_t count, room;
	char canonical[RES_NAME_SIZE]; /* what the name is an alias of, or the name itself */
	char full[RES_NAME_SIZE];      /* the name with the domain it was found in */
};
/* Appends an address unless it is there already. 0 or -ENOMEM. */
int res_answer_add(struct res_answer *a, const struct eng_addr *addr);
void res_answer_free(struct res_answer *a);

/* ---- local knowledge (hosts.c) -------------------------------------------- */

/* Names are UTF-8 and compared without case and without a last dot. path NULL:
 * the system's file. 0, -ENOENT or -ENOMEM. */
int res_hosts_find(const char *path, const char *name, unsigned int families, struct res_answer *out);
bool res_hosts_readable(const char *path);
int res_hosts_name(const char *path, const struct eng_addr *addr, char *name, size_t size);
bool res_same_name(const char *a, const char *b);
/* The loopback names of RFC 6761, which need no file: "localhost" and below. */
bool res_is_localhost(const char *name);
int res_localhost(const char *name, unsigned int families, struct res_answer *out);

/* From the services file, or a short table of well-known ones. -ENOENT. */
int res_service_port(const char *name, bool udp, uint16_t *port);
int res_service_name(uint16_t port, bool udp, char *name, size_t size);

/* The machine's own name, "" if it has none. */
void res_own_name(char *name, size_t size);
/* Addresses of interfaces that are up, loopback ones only when asked for. */
int res_own_addrs(unsigned int families, bool loopback, struct res_answer *out);

/* ---- DNS (resolver.c) ------------------------------------------------------ */

struct res;
struct res_query;
struct ares_channeldata;

/* How long the first attempt waits for a server; the second waits twice as long,
 * the third and last four times. Tests do not have fourteen seconds. */
extern unsigned int res_timeout_ms;

/* Opens a resolver on a loop of e. 0 or -errno: -EMFILE, -ENOMEM, -EOPNOTSUPP. */
int res_open(struct eng *e, unsigned int loop, struct res **out);
/* Ends every query that is left with -ECANCELED and then the resolver; `closed`
 * is called last, on the loop's thread, inside a batch. No call is under way or
 * follows. */
void res_close(struct res *r, void (*closed)(void *ctx), void *ctx);

enum res_kind {
	RES_ADDRESSES, /* in: name, families; out: answer */
	RES_NAME,      /* in: addr; out: answer.canonical */
};

/* A socket of a query in the resolver's epoll set. */
struct res_fd {
	struct res_query *q;
	int fd; /* -1: free */
};

/*
 * One question.
 * Owner: the caller before res_start and from done on; the resolver meanwhile.
 * Memory: zeroed by the caller before res_prepare.
 */
struct res_query {
	enum res_kind kind;
	char name[RES_NAME_SIZE];
	unsigned int families;
	struct eng_addr addr;
	void (*done)(struct res_query *q); /* on the loop's thread, inside a batch; may free q */

	/* 0, -ENOENT (no such name, no such record, or no server that says one),
	 * -ETIMEDOUT (no server answered), -ECANCELED, -ENOMEM, -ENOBUFS */
	int res;
	struct res_answer answer;

	/* the resolver's own */
	struct res *r;
	struct res_query *prev, *next;
	struct ares_channeldata *channel;
	bool started, over; /* the resolver's lock */
	bool cancel;        /* atomic, set under it */
	bool ended;                 /* res is set; the loop's */
	int broken;                 /* -errno; the loop's */
	struct res_fd fds[RES_FDS_MAX];
};

/* Readies a query: reads the system's resolver configuration, so it is for a
 * thread that may touch files. server: "address:port" ("[address]:port") to ask
 * instead of the configured ones, or NULL. 0; -EINVAL: no such server can be;
 * -ENOMEM, -EIO. After 0 the query is started or dropped. */
int res_prepare(struct res *r, struct res_query *q, const char *server);
void res_drop(struct res_query *q); /* never started */
/* 0: done follows. -EIO: the resolver has failed; the query is as res_prepare left it. */
int res_start(struct res_query *q);
/* Asks for an early end: done follows with -ECANCELED, or with the result that
 * was there first. Any time between res_prepare's return and the end of q's
 * memory; nothing when q is done already. */
void res_cancel(struct res_query *q);

#ifdef __cplusplus
}
#endif
