// SPDX-License-Identifier: MIT
#pragma once
/*
 * Private to src/engine: what every engine has in common. An engine embeds
 * struct eng and struct eng_sock first in its own structures and uses the
 * attempts below, which are written once (transfer.c, ending.c).
 */
#include <sys/socket.h>
#include <netinet/in.h>

#include "engine/engine.h"
#include "host/host.h"

#define ENG_LOAD(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define ENG_STORE(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)

/* An attempt's answers besides 0, a byte count and -errno. Both lie outside the
 * range of errno values. */
#define ENG_AGAIN (-100000)  /* not now; an edge will tell */
#define ENG_UNSURE (-100001) /* ended well, unless another thread holds the error; see ending.c */

union eng_sockaddr {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/*
 * Owner: the caller, eng_open to eng_close. Immutable, apart from the counters
 * (one per loop, relaxed atomics).
 */
struct eng {
	const struct eng_ops *ops;
	struct eng_config cfg;
	struct eng_loop_counters *counters;
};

struct eng_loop_counters {
	struct eng_counters c;
} __attribute__((aligned(64)));

/*
 * The part of a socket that does not depend on the engine.
 * Owner: as struct eng_sock says. Fields up to `loop` are immutable (`fd` is set
 * before anyone else sees the socket); the rest are atomics.
 */
struct eng_sock {
	struct eng *e;
	int fd;
	enum eng_family family;
	enum eng_type type;
	unsigned int loop;
	/* The kernel tells a connection's error once, to whoever asks first; the
	 * first one is kept here for the others. Positive errno, 0 = none. */
	int error;
	bool shut;           /* our sending half was shut down */
	bool nodelay_option; /* what the caller set */
	bool nodelay_now;    /* what the kernel has, see eng_try_send */
	int rcvbuf, sndbuf;  /* as set by the caller, 0 = never */
};

#define eng_count(s, field)                                                                                  \
	__atomic_fetch_add(&(s)->e->counters[(s)->loop].c.field, 1, __ATOMIC_RELAXED)

/* common.c */
socklen_t eng_to_sockaddr(const struct eng_addr *a, union eng_sockaddr *sa);
void eng_from_sockaddr(const union eng_sockaddr *sa, struct eng_addr *a);
int eng_base_init(struct eng *e, const struct eng_ops *ops, const struct eng_config *cfg);
void eng_base_fini(struct eng *e);
void eng_sum_counters(const struct eng *e, struct eng_counters *out);
void eng_sock_base_init(struct eng_sock *s, struct eng *e, int fd, enum eng_family f, enum eng_type t,
			unsigned int loop);
/* What an accepted socket has from its listener. */
void eng_sock_inherit(struct eng_sock *s, const struct eng_sock *listener);

/* transfer.c: the parts of an attempt. The next segments of op from `offset`, cut
 * to what it still wants and one call moves; *bytes is their sum. */
size_t eng_next_segments(struct eng_op *op, size_t offset, struct eng_seg *segs, size_t *bytes);
void eng_set_nodelay(struct eng_sock *s, struct eng_op *op);
/* What an errno (positive) of a receive or a send means for op: -errno. */
int64_t eng_recv_failed(struct eng_sock *s, int err);
int64_t eng_send_failed(struct eng_sock *s, int err);

/* transfer.c: one attempt, never blocking. *drained: nothing was left behind. */
int64_t eng_try_recv(struct eng_sock *s, struct eng_op *op, bool *drained);
int64_t eng_try_send(struct eng_sock *s, struct eng_op *op);
/* datagram.c: the same for datagrams. SENDTO goes on at op->transferred. */
int64_t eng_try_sendto(struct eng_sock *s, struct eng_op *op);
int64_t eng_try_recvfrom(struct eng_sock *s, struct eng_op *op, bool *drained);
/* Has the kernel tell where each datagram went to; -errno. */
int eng_prepare_datagrams(int fd, enum eng_family f);
/* A new descriptor that is alive, or -errno, or ENG_AGAIN. */
int eng_try_accept(struct eng_sock *s, struct eng_addr *peer);
int64_t eng_try_connect(struct eng_sock *s, const struct eng_addr *addr, bool first);

/* ending.c: how a connection ends. */
int64_t eng_try_shutdown(struct eng_sock *s, bool first);
int64_t eng_try_peer_end(struct eng_sock *s);
/* After a read of 0 bytes: 0 for the peer's FIN, else -errno. */
int eng_end_of_stream(struct eng_sock *s);
/* Remembers err (positive) if it is one that ends a connection. */
void eng_note_error(struct eng_sock *s, int err);
/* Fetches the kernel's pending error into s->error; returns s->error. */
int eng_take_error(struct eng_sock *s);
/* Law 7: resets a connection, drops a listener's queue, forgets a connect. */
void eng_reset_now(struct eng_sock *s);
