// SPDX-License-Identifier: MIT
#pragma once
/*
 * An ordinary Linux TCP program for tests to talk to: the other end of a
 * connection, sharing no code with what is tested. Neutral types only, so that
 * both worlds can include it. Loopback and ephemeral ports only. Each wait has
 * the deadline PEER_SECONDS; a function whose deadline passes prints what it
 * waited for and reports PEER_TIMEOUT (or NULL). Callable from any thread, one
 * thread per peer and direction at a time; at PASSIVE_LEVEL, as all of it may block.
 */

/* Long enough for a sanitized build on a loaded machine; reaching it is a failure. */
#define PEER_SECONDS 20

#define PEER_END 0       /* the other side finished sending */
#define PEER_RESET (-1)  /* the connection was reset or is otherwise broken */
#define PEER_TIMEOUT (-2)

struct peer;

/* False when the machine has no loopback address of that family (4 or 6). */
int peer_has_family(int family);

/* family: 4 or 6. A listening socket on the loopback address; *port in host
 * order. NULL on failure (printed). */
struct peer *peer_listen(int family, unsigned short *port);
/* The same with a backlog of `backlog` connections, for filling it. */
struct peer *peer_listen_backlog(int family, unsigned short *port, int backlog);
/* A loopback port bound by this peer and not listening: connects are refused,
 * binds are in conflict, for as long as it is open. */
struct peer *peer_hold_port(int family, unsigned short *port);
struct peer *peer_accept(struct peer *listener);
/* Connects to the loopback address; NULL when refused or timed out. */
struct peer *peer_connect(int family, unsigned short port);
/* Starts connecting without waiting for the outcome. */
struct peer *peer_connect_start(int family, unsigned short port);
/* The outcome of peer_connect_start: 0, PEER_RESET (refused), PEER_TIMEOUT. */
int peer_connect_finish(struct peer *p);
/* Like peer_connect, with both buffers as small as the system allows. */
struct peer *peer_connect_small(int family, unsigned short port);
/* Listener whose accepted sockets have receive buffers as small as allowed. */
struct peer *peer_listen_small(int family, unsigned short *port);

unsigned short peer_port(struct peer *p);        /* own port, host order */
unsigned short peer_remote_port(struct peer *p); /* the other side's */

/* Ends the smallness of a small peer's receive buffer, before reading much. */
void peer_grow(struct peer *p);
/* 0, PEER_RESET or PEER_TIMEOUT. */
int peer_send_all(struct peer *p, const void *data, unsigned long length);
/* As much as fits now without waiting; the count, or PEER_RESET. */
long peer_send_now(struct peer *p, const void *data, unsigned long length);
/* At least one byte: the count, PEER_END, PEER_RESET or PEER_TIMEOUT. */
long peer_recv_some(struct peer *p, void *buffer, unsigned long length);
/* Exactly length bytes (then `length` is returned), or the count before the end
 * of the stream, or PEER_RESET or PEER_TIMEOUT. */
long peer_recv_all(struct peer *p, void *buffer, unsigned long length);
/* Reads and throws away until the end; how many bytes there were (may be 0), or
 * PEER_RESET or PEER_TIMEOUT. */
long peer_drain(struct peer *p);
/* Waits until length bytes can be read, without reading. 0 or PEER_*. */
int peer_wait_readable(struct peer *p, unsigned long length);
/* Finishes sending (FIN); receiving continues. */
void peer_shutdown(struct peer *p);
/* Closes with a reset on the wire. */
void peer_reset(struct peer *p);
/* Closes in the ordinary way. */
void peer_close(struct peer *p);
/* Reads until a reset arrives: 0; 2 when the stream ended in order instead, or PEER_TIMEOUT. */
int peer_expect_reset(struct peer *p);
/* 0 when the stream ends here in order, with no byte left; 1 when data came
 * instead, PEER_RESET or PEER_TIMEOUT. */
int peer_expect_end(struct peer *p);
/* True when the peer sees a reset or an end now, without waiting. */
int peer_is_ended(struct peer *p);
