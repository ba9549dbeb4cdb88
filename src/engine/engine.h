// SPDX-License-Identifier: MIT
#pragma once
/*
 * The engine: sockets as asynchronous operations, for one caller above it
 * (src/wsk/seam.c). Host world; no NT name appears here. All functions may be
 * called from any thread and never block, unless they say otherwise.
 *
 * THE SEVEN LAWS (tests/engine/laws.c runs them against every engine)
 *  1. Each op that submit accepted (returned 0) gets `done` exactly once.
 *  2. `done` never runs inside submit, cancel or abort; an operation that
 *     finished at once is told by submit's return value ENG_FINISHED instead,
 *     and then `done` is not called.
 *  3. `done` runs on the thread that runs the socket's loop, between that
 *     loop's batch_begin and batch_end.
 *  4. `op->res` is 0 or a byte count on success (see each kind), else -errno;
 *     kind-specific results are in the op's own fields.
 *  5. The `done` of ENG_OP_CLOSE comes after the `done` of every other op on
 *     that socket; after it the socket does not exist.
 *  6. Between submit and `done` the op and the data it describes belong to the
 *     engine. Segments are fetched through op->segments at each attempt and
 *     are not kept; addresses and options are copied by the call.
 *  7. eng_abort puts a reset on the wire before it returns, whatever is armed;
 *     a close with abort=true does so too. An op ended by our own abort or
 *     close reports -ECANCELED.
 * After eng_abort every op but CLOSE ends at once with -ECANCELED; after a CLOSE
 * was submitted every other op is refused with -EBADF.
 * At most one ENG_OP_RECV, one ENG_OP_SEND, and one of each other kind may be
 * in flight per socket, except ENG_OP_ACCEPT and ENG_OP_POLL, of which any
 * number may. The caller keeps that promise.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ENG_FINISHED 1
#define ENG_SEGMENTS_MAX 64

struct eng;      /* an engine with its loops */
struct eng_sock; /* one descriptor; owner: the caller from open/accept to close's done */
struct eng_op;

/* ---- neutral values ----------------------------------------------------- */

enum eng_family { ENG_INET = 1, ENG_INET6 = 2 };
/* ENG_FD: no socket, see eng_fd_open. */
enum eng_type { ENG_STREAM = 1, ENG_DGRAM = 2, ENG_RAW = 3, ENG_FD = 4 };

/* A transport address; ip in network byte order, IPv4 in the first 4 bytes. */
struct eng_addr {
	uint8_t family; /* enum eng_family, 0 = none */
	uint8_t ip[16];
	uint16_t port;     /* host byte order */
	uint32_t scope_id; /* IPv6 */
	uint32_t flowinfo; /* IPv6, network byte order */
};

struct eng_seg {
	void *base;
	size_t len;
};

/* ---- operations --------------------------------------------------------- */

enum eng_op_kind {
	ENG_OP_ACCEPT,   /* res 0; accepted, addr (peer). Served in order. Connections that are
	                    already dead are dropped. -EMFILE and the like end one op; the
	                    connection stays for whichever ACCEPT is submitted next */
	ENG_OP_CONNECT,  /* in: addr; res 0. Failed or cancelled: the socket is unconnected and
	                    may connect again */
	ENG_OP_SEND,     /* res = all bytes of the op; on error `transferred` tells how many left */
	ENG_OP_RECV,     /* res = bytes; 0 with a non-empty buffer = peer finished sending */
	ENG_OP_SHUTDOWN, /* shuts the sending half; done when the peer acknowledged our FIN */
	ENG_OP_PEER_END, /* done when the peer finished (res 0) or the connection broke (-errno),
	                    without reading */
	ENG_OP_SENDTO,   /* in: addr, control, datagram; sends `length` datagrams in order, each to
	                    addr. res = length; on error `transferred` tells how many left */
	ENG_OP_RECVFROM, /* in: datagram, received; takes what is there, `length` datagrams at most,
	                    waits while there is none. res = how many (>= 1). Never ends for an
	                    error that the network reports (ICMP) */
	ENG_OP_POLL,     /* for eng_fd_open's alone: res 0 when the descriptor is readable. Never
	                    ENG_FINISHED: one that is submitted anew by its own done, with something
	                    left to read, lets others have their turn */
	ENG_OP_CLOSE,    /* in: abort; ends every other op, closes the descriptor */
};

/* ENG_OP_RECV flags */
#define ENG_RECV_DISCARD 1u /* throw away up to `length` bytes, nothing is stored */
/* eng_submit flags */
#define ENG_NO_TRY 1u /* attempt now only what is known to be there; else arm it */

typedef void (*eng_done_fn)(struct eng_op *op);
/* Fills up to max segments of the op's data beginning `offset` bytes into it;
 * returns how many. Called in submit and on the loop's thread, never after done. */
typedef size_t (*eng_segments_fn)(struct eng_op *op, size_t offset, struct eng_seg *segs, size_t max);

/* What travels beside a datagram's data. */
#define ENG_CTL_PKTINFO 1u
#define ENG_CTL_TOS 2u
#define ENG_CTL_HOPS 4u
struct eng_control {
	uint32_t have;    /* ENG_CTL_*: which of the following are given */
	uint8_t ip[16];   /* PKTINFO: received: the destination; sent: the source, 0 = any */
	uint32_t ifindex; /* PKTINFO: the interface; sent: 0 = any */
	int tos;          /* type of service or traffic class, with the ECN bits */
	int hops;         /* time to live or hop limit */
};

#define ENG_DGRAM_TRUNCATED 1u /* it was longer than its segments; the rest is lost */
#define ENG_DGRAM_BROADCAST 2u /* sent to a broadcast address */
#define ENG_DGRAM_MULTICAST 4u
struct eng_datagram {
	struct eng_addr from;
	size_t bytes; /* stored */
	uint32_t flags;
	struct eng_control control; /* PKTINFO always; the others as ENG_OPT_RECV_* say */
};

/* Fills up to max segments of the op's datagram `index` (0 to length - 1) beginning
 * `offset` bytes into it, sets *length to all its bytes; returns how many (0 for an
 * empty one). Called when eng_segments_fn is. */
typedef size_t (*eng_datagram_fn)(struct eng_op *op, size_t index, size_t offset, struct eng_seg *segs, size_t max,
				  size_t *length);
/* Tells of datagram `index` that was stored; in order, from 0, before the end of
 * the op is told, by the thread that makes the attempt. *d is lent for the call. */
typedef void (*eng_received_fn)(struct eng_op *op, size_t index, const struct eng_datagram *d);

/*
 * Owner: the caller outside submit..done, the engine in between.
 * The caller fills the first block before each submit.
 */
struct eng_op {
	enum eng_op_kind kind;
	uint32_t flags;
	eng_done_fn done;
	eng_segments_fn segments; /* SEND, RECV */
	eng_datagram_fn datagram; /* SENDTO, RECVFROM */
	eng_received_fn received; /* RECVFROM */
	size_t length;            /* SEND: total bytes; RECV: the most to store; SENDTO, RECVFROM:
	                             datagrams, >= 1 */
	bool abort;               /* CLOSE */
	bool nodelay;             /* SEND: push this and earlier data at once */
	struct eng_addr addr;     /* CONNECT, SENDTO in; ACCEPT out */
	struct eng_control control; /* SENDTO in: for each datagram */

	/* results */
	int64_t res;
	size_t transferred;         /* SEND: bytes handed to the kernel so far; SENDTO: datagrams */
	struct eng_sock *accepted;  /* ACCEPT: the new socket, owned by the caller */
	bool more_known;            /* RECV, RECVFROM: more data or the end is probably there: try the
	                               next one; otherwise ENG_NO_TRY saves a system call */

	/* the engine's own; zero before the first use */
	void *engine_private[6];
};

/* ---- the engine --------------------------------------------------------- */

#define ENG_CAP_MULTISHOT_RECV 1u
#define ENG_CAP_DATAGRAM 2u

struct eng_config {
	unsigned int loops; /* one per virtual processor, >= 1 */
	/* Bracket each run of `done` callbacks; called on the loop's thread. */
	void (*batch_begin)(void *ctx, unsigned int loop);
	void (*batch_end)(void *ctx, unsigned int loop);
	void *ctx;
	/* Set by eng_open: what followed the engine's name, "" if nothing; and whether
	 * another engine comes next if this one is not possible. */
	const char *features;
	bool optional;
};

struct eng_counters { /* exact, summed over loops; for counting tests */
	uint64_t waits, wakes, recv_calls, send_calls, accept_calls, other_calls;
	uint64_t ring_calls, ring_ops; /* io_uring_enter, waits among them; what it was given */
};

/* One engine kind. eng_open picks by name; callers use the eng_* functions. */
struct eng_ops {
	const char *name;
	uint32_t caps;
	int (*create)(const struct eng_config *cfg, struct eng **out);
	void (*destroy)(struct eng *e); /* every socket is closed */
	void (*run)(struct eng *e, unsigned int loop, uint64_t deadline_ns);
	void (*wake)(struct eng *e, unsigned int loop);
	int (*sock_new)(struct eng *e, int fd, enum eng_family f, enum eng_type t, unsigned int loop,
			struct eng_sock **out); /* takes fd */
	int (*submit)(struct eng_sock *s, struct eng_op *op, uint32_t flags);
	void (*cancel)(struct eng_sock *s, struct eng_op *op);
	void (*abort)(struct eng_sock *s);
	void (*counters)(struct eng *e, struct eng_counters *out);
};

extern const struct eng_ops eng_epoll;
extern const struct eng_ops eng_uring;

/* name: "epoll", "uring", or "auto" for uring where the kernel and its filters
 * allow it, else epoll; NULL means that. After a colon, features of uring not
 * to be used: "uring:-defer_taskrun,-coop" (probe.h lists them; "-all").
 * -ENOENT: no such engine. -EINVAL: no loops, or no such feature. -ENOTSUP: this
 * system does not allow uring; the log says why. */
int eng_open(const char *name, const struct eng_config *cfg, struct eng **out);
/* No socket is left, nobody runs a loop. */
void eng_close(struct eng *e);
const char *eng_name(const struct eng *e);
uint32_t eng_caps(const struct eng *e);
void eng_counters(struct eng *e, struct eng_counters *out);

/* Runs one loop on the calling thread, its own for life: waits for events until
 * the deadline (host_now_ns time) or eng_wake, delivers what came, returns. One
 * batch at most, of bounded length; none when there is nothing to deliver. */
void eng_run(struct eng *e, unsigned int loop, uint64_t deadline_ns);
void eng_wake(struct eng *e, unsigned int loop);

/* A non-blocking descriptor with SIGPIPE off, at home on `loop`. IPv6 sockets
 * start IPv6-only. No option is set for listeners: the caller, who knows the
 * role, sets ENG_OPT_REUSEADDR before it binds one (without it a listener cannot
 * be bound anew while its old connections linger; on other sockets it would hide
 * conflicts). -errno of socket(2). */
int eng_sock_open(struct eng *e, enum eng_family f, enum eng_type t, int protocol, unsigned int loop,
		  struct eng_sock **out);
/* Gives a descriptor that is no socket (the resolver's epoll set, an eventfd) to
 * `loop`. It knows ENG_OP_POLL, eng_cancel and ENG_OP_CLOSE, which closes it;
 * every other op is -EOPNOTSUPP. On an error fd stays the caller's. */
int eng_fd_open(struct eng *e, int fd, unsigned int loop, struct eng_sock **out);
unsigned int eng_sock_loop(const struct eng_sock *s);

/* Immediate calls: bind, listen, names. -errno. */
int eng_bind(struct eng_sock *s, const struct eng_addr *addr);
int eng_listen(struct eng_sock *s); /* largest backlog the system allows */
int eng_local_addr(struct eng_sock *s, struct eng_addr *out);
int eng_peer_addr(struct eng_sock *s, struct eng_addr *out);
/* Resets the connection now (law 7). Ops in flight then end with -ECANCELED. */
void eng_abort(struct eng_sock *s);

/* 0: accepted, done follows. ENG_FINISHED: done already, results are in op.
 * -errno: refused, nothing happens later. */
int eng_submit(struct eng_sock *s, struct eng_op *op, uint32_t flags);
/* Asks for an early end; done then brings -ECANCELED or the real result. A
 * no-op when the op is already ending. Safe only between submit and done, which
 * the caller's own lock guarantees. */
void eng_cancel(struct eng_sock *s, struct eng_op *op);

/* ---- options (neutral names; engine/options.c maps them) ------------------ */

enum eng_opt {
	ENG_OPT_REUSEADDR, ENG_OPT_REUSEPORT, ENG_OPT_KEEPALIVE, ENG_OPT_RCVBUF, ENG_OPT_SNDBUF,
	ENG_OPT_BROADCAST, ENG_OPT_V6ONLY, ENG_OPT_TCP_NODELAY, ENG_OPT_TCP_KEEPIDLE, ENG_OPT_TCP_KEEPINTVL,
	ENG_OPT_TCP_KEEPCNT, ENG_OPT_TCP_MAXRT, ENG_OPT_IP_TTL, ENG_OPT_IP_TOS, ENG_OPT_V6_UNICAST_HOPS,
	ENG_OPT_V6_TCLASS, ENG_OPT_IP_DONTFRAG, ENG_OPT_V6_DONTFRAG, ENG_OPT_IP_UNICAST_IF,
	ENG_OPT_V6_UNICAST_IF, ENG_OPT_TCP_FASTOPEN, ENG_OPT_TCP_TIMESTAMPS, ENG_OPT_ERROR,
	ENG_OPT_RECV_TOS, ENG_OPT_RECV_HOPS, /* of the socket's family; see struct eng_datagram */
	ENG_OPT_COUNT
};
/* -ENOPROTOOPT when this engine or socket has no such option. Flags are 0 and 1.
 * RCVBUF and SNDBUF read back as set. KEEPIDLE, KEEPINTVL and MAXRT are seconds,
 * MAXRT -1 = for ever. UNICAST_IF is an interface index in host order. ERROR can
 * be read only: the errno that broke the connection, again at each call. */
int eng_setopt(struct eng_sock *s, enum eng_opt opt, int value);
int eng_getopt(struct eng_sock *s, enum eng_opt opt, int *value);
/* Bytes waiting to be read / sent but not yet acknowledged. */
int eng_recv_backlog(struct eng_sock *s, size_t *bytes);
int eng_send_backlog(struct eng_sock *s, size_t *bytes);

#ifdef __cplusplus
}
#endif
