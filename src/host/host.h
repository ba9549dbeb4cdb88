// SPDX-License-Identifier: MIT
#pragma once
/*
 * The host: everything wskhost takes from the operating system that is not a
 * socket. Threads and parking, locks, the clock, memory, randomness, the log.
 *
 * Called by src/engine and by src/nt/hostcall.c, from any thread, unless a
 * function says otherwise. Errors are -errno. Nothing here knows of IRQL.
 * A later deterministic scheduler replaces the files behind this header, so:
 * time is only host_now_ns/host_wall_ns, threads start only here, and the one
 * place a thread blocks for something another thread does is host_park (or
 * host_word_wait, for the lock primitive).
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HOST_NO_DEADLINE UINT64_MAX

/* ---- threads ------------------------------------------------------------ */

/*
 * A thread known to the host.
 * Owner: itself while it runs; memory lives until the last reference is gone
 * (the running thread, its starter until host_thread_join, and each
 * host_thread_ref). Opaque; safe to unpark for as long as a reference is held.
 */
struct host_thread;

typedef void (*host_thread_fn)(void *arg);

/* Starts a thread with all signals blocked but those that a fault raises. *out holds a reference that
 * host_thread_join gives back. -EAGAIN, -ENOMEM. */
int host_thread_start(const char *name, host_thread_fn fn, void *arg, struct host_thread **out);
/* Waits for its function to return; gives back the starter's reference. */
void host_thread_join(struct host_thread *t);
/* The current thread; a thread the host did not start is adopted on first use
 * and forgotten when it exits. Never NULL (memory exhaustion aborts with a message). */
struct host_thread *host_thread_self(void);
struct host_thread *host_thread_ref(struct host_thread *t);
void host_thread_unref(struct host_thread *t);
/* One pointer per thread for the NT layer, and its clean-up at thread exit. */
void host_thread_set_data(void *data, void (*destroy)(void *data));
void *host_thread_data(void);
/* Kernel thread id of the current thread, for reports. */
uint32_t host_thread_id(void);
unsigned int host_cpu_count(void);
void host_cpu_relax(void);
void host_yield(void);

/* Parking: a permit per thread. host_park returns 0 and takes the permit when
 * there is one, else blocks until host_unpark or the deadline (host_now_ns
 * time): -ETIMEDOUT. May also return 0 without cause: callers re-check.
 * host_unpark never blocks; permits do not add up. Unpark happens-before the
 * return of the park that takes its permit. */
int host_park(uint64_t deadline_ns);
void host_unpark(struct host_thread *t);

/* ---- locks -------------------------------------------------------------- */

/* A mutual-exclusion word. Zeroed memory is an unlocked lock; the holder is
 * not recorded. Spins shortly, then sleeps in the kernel. */
struct host_lock {
	uint32_t word;
};
void host_lock_acquire(struct host_lock *l);
bool host_lock_try(struct host_lock *l);
void host_lock_release(struct host_lock *l);

/* What other lock words are built from: sleep while *word == expected (returns
 * at any wake, change, or deadline; callers re-check), and wake up to n. */
void host_word_wait(const uint32_t *word, uint32_t expected, uint64_t deadline_ns);
void host_word_wake(const uint32_t *word, int n);

/* ---- clock -------------------------------------------------------------- */

uint64_t host_now_ns(void);  /* monotonic */
uint64_t host_wall_ns(void); /* since 1970-01-01 UTC */
/* Local time minus UTC at that wall time, in seconds. */
int64_t host_utc_offset_s(uint64_t wall_ns);

/* ---- memory ------------------------------------------------------------- */

/* At least 16-byte aligned, NULL when exhausted. align is a power of two. */
void *host_alloc(size_t size);
void *host_alloc_zero(size_t size);
void *host_alloc_aligned(size_t size, size_t align);
void host_free(void *p);
/* True when [p, p+size) is mapped readable (and writable). Slow; for probes. */
bool host_memory_ok(const void *p, size_t size, bool writable);

void host_random(void *buf, size_t len);

/* ---- log ---------------------------------------------------------------- */

enum host_log_level { HOST_LOG_ERROR, HOST_LOG_WARNING, HOST_LOG_INFO, HOST_LOG_DEBUG, HOST_LOG_TRACE };

/* Receives one complete line without its newline; called under no lock, by the
 * logging thread. */
typedef void (*host_log_sink)(void *ctx, enum host_log_level level, const char *line);

/* Default: lines up to HOST_LOG_INFO to stderr. */
void host_log_set_sink(host_log_sink sink, void *ctx);
void host_log_set_level(enum host_log_level level);
bool host_log_wants(enum host_log_level level);
void host_log(enum host_log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void host_vlog(enum host_log_level level, const char *fmt, va_list ap);

/* ---- the end ------------------------------------------------------------ */

/* Describes a code address as "module+0xoffset (function+0xoffset)". Always
 * terminates buf; returns the length written. */
size_t host_describe_address(const void *pc, char *buf, size_t len);
/* Return addresses of the calling thread, innermost first; returns the count. */
size_t host_backtrace(void **pcs, size_t max);
/* Flushes the log and aborts the process. */
_Noreturn void host_abort(void);

#ifdef __cplusplus
}
#endif
