// SPDX-License-Identifier: MIT
/*
 * DNS queries on a loop, through c-ares. Whatever wants the loop's attention
 * (a started or cancelled query through an eventfd, the timer, a socket) makes
 * one epoll set readable, and the loop's poll of that set ends in pump(), which
 * does all the work with c-ares. Other threads only put queries on a list.
 */
#define CARES_NO_DEPRECATED /* what newer versions advise is not in 1.18 */
#include <ares.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "engine/engp.h"
#include "engine/resolver.h"

#define TRIES 3
#define EVENTS_PER_ROUND 64

unsigned int res_timeout_ms = 2000;

/*
 * Owner: the caller, res_open to res_close; freed before `closed`.
 * Lock: `lock` for `arrived`, `cancels`, `dead` and the queries' words; `active`
 * and the set belong to the loop's thread.
 */
struct res {
	struct eng *e;
	struct eng_sock *watch; /* the set, as the engine knows it */
	struct eng_op poll, close;
	int set, wakefd, timerfd; /* immutable; the set is the engine's to close */
	struct host_lock lock;
	struct res_query *arrived; /* newest first, by next */
	bool cancels;              /* an active query wants to be cancelled */
	bool dead;                 /* the poll has ended */
	struct res_query *active;
	void (*closed)(void *ctx);
	void *closed_ctx;
};

/* ---- results ------------------------------------------------------------------ */

static int to_errno(int status)
{
	switch (status) {
	case ARES_SUCCESS:
		return 0;
	case ARES_ETIMEOUT:
		return -ETIMEDOUT;
	case ARES_ENOMEM:
		return -ENOMEM;
	case ARES_ECANCELLED:
	case ARES_EDESTRUCTION:
		return -ECANCELED;
	default:
		return -ENOENT;
	}
}

static void finish(struct res_query *q, int res)
{
	q->res = res;
	q->ended = true;
}

static int take_addresses(struct res_query *q, const struct ares_addrinfo *ai)
{
	const char *canonical = ai->name ? ai->name : q->name;
	int err = 0;

	snprintf(q->answer.full, sizeof(q->answer.full), "%s", canonical);
	for (const struct ares_addrinfo_cname *c = ai->cnames; c; c = c->next)
		if (c->name)
			canonical = c->name;
	snprintf(q->answer.canonical, sizeof(q->answer.canonical), "%s", canonical);
	for (const struct ares_addrinfo_node *n = ai->nodes; n && !err; n = n->ai_next) {
		union eng_sockaddr sa = {0};
		struct eng_addr a;

		if (n->ai_addrlen > sizeof(sa))
			continue;
		memcpy(&sa, n->ai_addr, n->ai_addrlen);
		eng_from_sockaddr(&sa, &a);
		if (a.family)
			err = res_answer_add(&q->answer, &a);
	}
	return err ? err : q->answer.count ? 0 : -ENOENT;
}

static void on_addresses(void *arg, int status, int timeouts, struct ares_addrinfo *ai)
{
	struct res_query *q = arg;

	(void)timeouts;
	if (status != ARES_SUCCESS)
		host_log(HOST_LOG_DEBUG, "resolver: %s: %s", q->name, ares_strerror(status));
	finish(q, status == ARES_SUCCESS && ai ? take_addresses(q, ai) : to_errno(status));
	if (ai)
		ares_freeaddrinfo(ai);
}

static void on_name(void *arg, int status, int timeouts, struct hostent *host)
{
	struct res_query *q = arg;

	(void)timeouts;
	if (status == ARES_SUCCESS && (!host || !host->h_name || !*host->h_name))
		status = ARES_ENODATA;
	if (status == ARES_SUCCESS)
		snprintf(q->answer.canonical, sizeof(q->answer.canonical), "%s", host->h_name);
	finish(q, to_errno(status));
}

/* ---- sockets of c-ares ----------------------------------------------------------- */

static struct res_fd *slot_of(struct res_query *q, int fd)
{
	for (size_t i = 0; i < RES_FDS_MAX; i++)
		if (q->fds[i].fd == fd)
			return &q->fds[i];
	return NULL;
}

/* c-ares tells what it waits for; both 0: it is about to close the socket. */
static void on_socket(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct res_query *q = arg;
	struct res_fd *slot = slot_of(q, fd);
	struct epoll_event ev = {.events = (readable ? EPOLLIN : 0) | (writable ? EPOLLOUT : 0)};
	bool known = slot != NULL;

	if (!readable && !writable) {
		if (known) {
			epoll_ctl(q->r->set, EPOLL_CTL_DEL, fd, NULL);
			slot->fd = -1;
		}
		return;
	}
	if (!known)
		slot = slot_of(q, -1);
	if (!slot) {
		q->broken = -ENOBUFS;
		return;
	}
	ev.data.ptr = slot;
	if (epoll_ctl(q->r->set, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &ev)) {
		q->broken = -ENOBUFS;
		return;
	}
	slot->fd = fd;
}

/* ---- the loop's side ------------------------------------------------------------- */

static void begin(struct res_query *q)
{
	struct ares_addrinfo_hints hints = {.ai_flags = ARES_AI_CANONNAME};

	if (ENG_LOAD(&q->cancel)) {
		finish(q, -ECANCELED);
		return;
	}
	if (q->kind == RES_NAME) {
		ares_gethostbyaddr(q->channel, q->addr.ip, q->addr.family == ENG_INET6 ? 16 : 4,
				   q->addr.family == ENG_INET6 ? AF_INET6 : AF_INET, on_name, q);
		return;
	}
	hints.ai_family = q->families == RES_V4 ? AF_INET : q->families == RES_V6 ? AF_INET6 : AF_UNSPEC;
	ares_getaddrinfo(q->channel, q->name, NULL, &hints, on_addresses, q);
}

/* Takes what other threads have put down. */
static void take_arrivals(struct res *r)
{
	struct res_query *arrived, *q, *last = NULL;
	bool cancels;

	host_lock_acquire(&r->lock);
	arrived = r->arrived;
	r->arrived = NULL;
	cancels = r->cancels;
	r->cancels = false;
	for (q = r->active; cancels && q; q = q->next)
		if (q->cancel && !q->ended)
			q->broken = -ECANCELED;
	host_lock_release(&r->lock);

	while ((q = arrived)) {
		arrived = q->next;
		q->next = last;
		last = q;
	}
	while ((q = last)) { /* the oldest one first */
		last = q->next;
		q->prev = NULL;
		q->next = r->active;
		if (r->active)
			r->active->prev = q;
		r->active = q;
		begin(q);
	}
}

/* Ends q's use of the resolver; q may be gone afterwards. */
static void hand_back(struct res *r, struct res_query *q)
{
	if (q->prev)
		q->prev->next = q->next;
	else
		r->active = q->next;
	if (q->next)
		q->next->prev = q->prev;
	ares_destroy(q->channel);
	q->channel = NULL;
	host_lock_acquire(&r->lock);
	q->over = true;
	host_lock_release(&r->lock);
	q->done(q);
}

static void reap(struct res *r)
{
	struct res_query *q, *next;

	for (q = r->active; q; q = next) {
		next = q->next;
		if (q->broken && !q->ended) {
			int why = q->broken;

			ares_cancel(q->channel);
			finish(q, why);
		}
		if (q->ended)
			hand_back(r, q);
	}
}

static void expire(struct res *r)
{
	for (struct res_query *q = r->active; q; q = q->next)
		ares_process_fd(q->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static void arm_timer(struct res *r)
{
	struct itimerspec when = {{0, 0}, {0, 0}};
	struct timeval least = {0, 0};
	bool any = false;

	for (struct res_query *q = r->active; q; q = q->next) {
		struct timeval tv, *t = ares_timeout(q->channel, NULL, &tv);

		if (t && (!any || timercmp(t, &least, <))) {
			least = *t;
			any = true;
		}
	}
	when.it_value.tv_sec = least.tv_sec;
	when.it_value.tv_nsec = least.tv_usec * 1000 + (any ? 1 : 0); /* 0 would disarm it */
	timerfd_settime(r->timerfd, 0, &when, NULL);
}

/* One event at a time: each may take away the socket of another. */
static void serve_events(struct res *r)
{
	struct epoll_event ev;
	uint64_t count;

	for (int i = 0; i < EVENTS_PER_ROUND && epoll_wait(r->set, &ev, 1, 0) == 1; i++) {
		struct res_fd *f = ev.data.ptr;

		if (ev.data.ptr == &r->wakefd) {
			if (read(r->wakefd, &count, sizeof(count)) == sizeof(count))
				take_arrivals(r);
		} else if (ev.data.ptr == &r->timerfd) {
			if (read(r->timerfd, &count, sizeof(count)) == sizeof(count))
				expire(r);
		} else {
			bool in = ev.events & (EPOLLIN | EPOLLERR | EPOLLHUP), out = ev.events & EPOLLOUT;

			ares_process_fd(f->q->channel, in ? f->fd : ARES_SOCKET_BAD, out ? f->fd : ARES_SOCKET_BAD);
		}
		reap(r);
	}
	arm_timer(r);
}

/* Nothing comes any more: what is left is cancelled. */
static void drop_all(struct res *r)
{
	host_lock_acquire(&r->lock);
	r->dead = true;
	for (struct res_query *q = r->arrived; q; q = q->next)
		ENG_STORE(&q->cancel, true);
	host_lock_release(&r->lock);
	take_arrivals(r);
	for (struct res_query *q = r->active; q; q = q->next)
		q->broken = -ECANCELED;
	reap(r);
}

static void on_poll(struct eng_op *op)
{
	struct res *r = (struct res *)((char *)op - offsetof(struct res, poll));
	int err = (int)op->res;

	if (!err) {
		serve_events(r);
		err = eng_submit(r->watch, &r->poll, 0);
		if (!err)
			return;
	}
	if (err != -ECANCELED && err != -EBADF)
		host_log(HOST_LOG_ERROR, "resolver: the loop cannot wait for it: %s", strerror(-err));
	drop_all(r);
}

/* ---- opening and closing ----------------------------------------------------------- */

/* Once per process, and for good: the library counts, but not thread-safely. */
static int library_ready(void)
{
	static struct host_lock lock;
	static bool ready;
	int err = 0;

	host_lock_acquire(&lock);
	if (!ready)
		err = to_errno(ares_library_init(ARES_LIB_INIT_ALL));
	ready = !err;
	host_lock_release(&lock);
	return err;
}

static void on_close(struct eng_op *op)
{
	struct res *r = (struct res *)((char *)op - offsetof(struct res, close));
	void (*closed)(void *ctx) = r->closed;
	void *ctx = r->closed_ctx;

	close(r->timerfd);
	close(r->wakefd);
	host_free(r);
	if (closed)
		closed(ctx);
}

static int watch_fd(struct res *r, int *fd)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = fd};

	if (*fd < 0)
		return -errno;
	return epoll_ctl(r->set, EPOLL_CTL_ADD, *fd, &ev) ? -errno : 0;
}

static void close_all(struct res *r)
{
	const int fds[] = {r->set, r->wakefd, r->timerfd};

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	host_free(r);
}

int res_open(struct eng *e, unsigned int loop, struct res **out)
{
	struct res *r = host_alloc_zero(sizeof(*r));
	int err = library_ready();

	if (!r || err) {
		host_free(r);
		return err ? err : -ENOMEM;
	}
	r->e = e;
	r->wakefd = r->timerfd = -1;
	r->set = epoll_create1(EPOLL_CLOEXEC);
	err = r->set < 0 ? -errno : 0;
	if (!err) {
		r->wakefd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		err = watch_fd(r, &r->wakefd);
	}
	if (!err) {
		r->timerfd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
		err = watch_fd(r, &r->timerfd);
	}
	if (!err)
		err = eng_fd_open(e, r->set, loop, &r->watch);
	if (err) {
		close_all(r);
		return err;
	}
	r->poll.kind = ENG_OP_POLL;
	r->poll.done = on_poll;
	err = eng_submit(r->watch, &r->poll, 0);
	if (err)
		res_close(r, NULL, NULL);
	else
		*out = r;
	return err;
}

void res_close(struct res *r, void (*closed)(void *ctx), void *ctx)
{
	r->closed = closed;
	r->closed_ctx = ctx;
	r->close.kind = ENG_OP_CLOSE;
	r->close.done = on_close;
	eng_submit(r->watch, &r->close, 0);
}

/* ---- the callers' side -------------------------------------------------------------- */

int res_prepare(struct res *r, struct res_query *q, const char *server)
{
	static char dns_only[] = "b"; /* hosts.c has had its turn */
	struct ares_options o = {
		.flags = ARES_FLAG_NOALIASES,
		.timeout = (int)res_timeout_ms,
		.tries = TRIES,
		.lookups = dns_only,
		.sock_state_cb = on_socket,
		.sock_state_cb_data = q,
	};
	ares_channel channel;
	int status;

	for (size_t i = 0; i < RES_FDS_MAX; i++)
		q->fds[i] = (struct res_fd){q, -1};
	status = ares_init_options(&channel, &o, ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
							 ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB);
	if (status != ARES_SUCCESS)
		return status == ARES_ENOMEM ? -ENOMEM : -EIO;
	if (server && ares_set_servers_ports_csv(channel, server) != ARES_SUCCESS) {
		ares_destroy(channel);
		return -EINVAL;
	}
	q->r = r;
	q->channel = channel;
	return 0;
}

void res_drop(struct res_query *q)
{
	ares_destroy(q->channel);
	q->channel = NULL;
}

static void wake(struct res *r)
{
	static const uint64_t one = 1;

	/* It fails only when the counter is full, and then it is readable. */
	if (write(r->wakefd, &one, sizeof(one)) < 0)
		return;
}

int res_start(struct res_query *q)
{
	struct res *r = q->r;

	host_lock_acquire(&r->lock);
	if (r->dead) {
		host_lock_release(&r->lock);
		return -EIO;
	}
	q->started = true;
	q->next = r->arrived;
	r->arrived = q;
	host_lock_release(&r->lock);
	wake(r);
	return 0;
}

void res_cancel(struct res_query *q)
{
	struct res *r = q->r;
	bool tell;

	host_lock_acquire(&r->lock);
	ENG_STORE(&q->cancel, true);
	tell = q->started && !q->over;
	r->cancels |= tell;
	host_lock_release(&r->lock);
	if (tell)
		wake(r);
}
