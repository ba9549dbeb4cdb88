// SPDX-License-Identifier: MIT
/*
 * The probe: a child makes a ring and tries every call, flag and operation that
 * the engine uses. It is a copy of this process with one thread, perhaps of many,
 * so it makes system calls only, and answers through a shared page. Nobody else
 * notices it: it ends without SIGCHLD, is invisible to other waits, and no signal
 * but its own death reaches it.
 */
#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/probe.h"
#include "host/host.h"

static const struct {
	const char *name;
	uint32_t feature;
} names[] = {
	{"submit_all", URING_SUBMIT_ALL},
	{"coop", URING_COOP},
	{"nonempty", URING_NONEMPTY},
	{"single_issuer", URING_SINGLE_ISSUER},
	{"defer_taskrun", URING_DEFER_TASKRUN},
	{"all", URING_FEATURES_ALL},
};

int uring_parse_features(const char *list, uint32_t *without)
{
	*without = 0;
	if (!*list)
		return 0;
	for (;;) {
		size_t len = strcspn(list, ","), i;

		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			if (*list == '-' && strlen(names[i].name) == len - 1 &&
			    !strncmp(list + 1, names[i].name, len - 1))
				break;
		}
		if (i == sizeof(names) / sizeof(names[0])) {
			host_log(HOST_LOG_ERROR,
				 "engine uring: no feature %.*s; these can be left out: -submit_all, -coop, "
				 "-nonempty, -single_issuer, -defer_taskrun, -all",
				 (int)len, list);
			return -EINVAL;
		}
		*without |= names[i].feature;
		if (!list[len])
			return 0;
		list += len + 1;
	}
}

uint32_t uring_setup_flags(uint32_t features)
{
	uint32_t flags = IORING_SETUP_CQSIZE;

	if (features & URING_SUBMIT_ALL)
		flags |= IORING_SETUP_SUBMIT_ALL;
	if (features & URING_COOP)
		flags |= IORING_SETUP_COOP_TASKRUN;
	/* The issuer is who enables the ring, not who makes it. */
	if (features & URING_SINGLE_ISSUER)
		flags |= IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_R_DISABLED;
	if ((features & URING_DEFER_TASKRUN) && (features & URING_SINGLE_ISSUER))
		flags |= IORING_SETUP_DEFER_TASKRUN;
	return flags;
}

/* ---- in the child ----------------------------------------------------------- */

/* All in 5.13 and later; multishot polls, which have no flag, too. */
#define NEEDED                                                                                               \
	(IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE | IORING_FEAT_FAST_POLL | IORING_FEAT_EXT_ARG |      \
	 IORING_FEAT_RSRC_TAGS)

enum stage { STAGE_START, STAGE_SETUP, STAGE_AGE, STAGE_ENTER, STAGE_OPERATIONS, STAGE_FEATURES, STAGE_DONE };

/* Lock: none; the parent reads it when the child has ended. */
struct answer {
	enum stage stage; /* what was tried last */
	int err;
	uint32_t features;
};

static int ring_with(struct io_uring *ring, uint32_t features)
{
	struct io_uring_params p;

	memset(&p, 0, sizeof(p));
	p.flags = uring_setup_flags(features);
	p.cq_entries = 32;
	return io_uring_queue_init_params(8, ring, &p);
}

/* Submits what is prepared; the result of the request whose user_data is `of`, after
 * `count` completions. A second suffices for what is done at once. */
static int outcome(struct io_uring *ring, unsigned int count, uint64_t of, unsigned int *flags)
{
	struct __kernel_timespec second = {.tv_sec = 1};
	int res = -EPROTO;

	while (count > 0) {
		struct io_uring_cqe *cqe;
		int err = io_uring_submit_and_wait_timeout(ring, &cqe, 1, &second, NULL);

		if (err < 0)
			return err;
		if (io_uring_peek_cqe(ring, &cqe))
			continue;
		if (cqe->user_data == of) {
			res = cqe->res;
			*flags = cqe->flags;
		}
		io_uring_cqe_seen(ring, cqe);
		count--;
	}
	return res;
}

/* A receive that waits and then gets what a send brings, on non-blocking sockets. */
static int try_transfers(struct io_uring *ring, const int fds[2])
{
	char out[2] = "ab", in[2] = "";
	struct iovec iov[2] = {{in, 1}, {in + 1, 1}}, oov[2] = {{out, 1}, {out + 1, 1}};
	struct msghdr imsg = {.msg_iov = iov, .msg_iovlen = 2}, omsg = {.msg_iov = oov, .msg_iovlen = 2};
	struct io_uring_sqe *sqe;
	unsigned int flags;
	int r;

	io_uring_prep_recv(sqe = io_uring_get_sqe(ring), fds[0], in, 2, 0);
	io_uring_sqe_set_data64(sqe, 1);
	io_uring_prep_send(sqe = io_uring_get_sqe(ring), fds[1], out, 2, MSG_NOSIGNAL);
	io_uring_sqe_set_data64(sqe, 2);
	r = outcome(ring, 2, 1, &flags);
	if (r != 2 || in[1] != 'b')
		return r < 0 ? r : -EPROTO;
	in[1] = 0;
	io_uring_prep_recvmsg(sqe = io_uring_get_sqe(ring), fds[0], &imsg, 0);
	io_uring_sqe_set_data64(sqe, 1);
	io_uring_prep_sendmsg(sqe = io_uring_get_sqe(ring), fds[1], &omsg, MSG_NOSIGNAL);
	io_uring_sqe_set_data64(sqe, 2);
	r = outcome(ring, 2, 1, &flags);
	return r == 2 && in[1] == 'b' ? 0 : r < 0 ? r : -EPROTO;
}

/* A poll that stays, one that does not, and a cancel. */
static int try_polls(struct io_uring *ring, const int fds[2])
{
	struct io_uring_sqe *sqe;
	unsigned int flags = 0;
	int r;

	io_uring_prep_poll_multishot(sqe = io_uring_get_sqe(ring), fds[0], POLLOUT);
	io_uring_sqe_set_data64(sqe, 1);
	r = outcome(ring, 1, 1, &flags);
	if (r < 0 || !(flags & IORING_CQE_F_MORE))
		return r < 0 ? r : -EPROTO;
	io_uring_prep_poll_add(sqe = io_uring_get_sqe(ring), fds[0], POLLIN);
	io_uring_sqe_set_data64(sqe, 2);
	io_uring_prep_cancel64(sqe = io_uring_get_sqe(ring), 2, 0);
	io_uring_sqe_set_data64(sqe, 3);
	r = outcome(ring, 2, 2, &flags);
	if (r != -ECANCELED)
		return r < 0 ? r : -EPROTO;
	io_uring_prep_cancel64(sqe = io_uring_get_sqe(ring), 1, 0);
	io_uring_sqe_set_data64(sqe, 3);
	r = outcome(ring, 2, 1, &flags);
	return r == -ECANCELED ? 0 : r < 0 ? r : -EPROTO;
}

static uint32_t find_features(void)
{
	static const uint32_t alone[] = {URING_SUBMIT_ALL, URING_COOP, URING_SINGLE_ISSUER};
	struct io_uring ring;
	uint32_t found = 0;

	for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++) {
		if (ring_with(&ring, alone[i]))
			continue;
		found |= alone[i];
		io_uring_queue_exit(&ring);
	}
	/* No flag tells of this one; both came with the same kernel. */
	if (found & URING_COOP)
		found |= URING_NONEMPTY;
	if ((found & URING_SINGLE_ISSUER) && !ring_with(&ring, found | URING_DEFER_TASKRUN)) {
		if (!io_uring_register((unsigned int)ring.ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0))
			found |= URING_DEFER_TASKRUN;
		io_uring_queue_exit(&ring);
	}
	return found;
}

static void probe_here(struct answer *a)
{
	const struct rlimit none = {0, 0};
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	unsigned int flags;
	int fds[2];

	setrlimit(RLIMIT_CORE, &none); /* a filter that kills would dump this process's copy */
	a->stage = STAGE_SETUP;
	a->err = ring_with(&ring, 0);
	if (a->err)
		return;
	a->stage = STAGE_AGE;
	a->err = (ring.features & NEEDED) == NEEDED ? 0 : -ENOSYS;
	if (a->err)
		return;
	a->stage = STAGE_ENTER;
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_nop(sqe);
	io_uring_sqe_set_data64(sqe, 1);
	a->err = outcome(&ring, 1, 1, &flags);
	if (a->err)
		return;
	a->stage = STAGE_OPERATIONS;
	a->err = socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) ? -errno : 0;
	if (!a->err)
		a->err = try_transfers(&ring, fds);
	if (!a->err)
		a->err = try_polls(&ring, fds);
	if (a->err)
		return;
	a->stage = STAGE_FEATURES;
	a->features = find_features();
	a->stage = STAGE_DONE;
}

/* ---- in the parent ------------------------------------------------------------ */

static int run_child(struct answer *a, int *status)
{
	sigset_t all, before;
	long pid;
	int err = 0;

	/* The program's handlers must not run in its copy. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	pid = syscall(SYS_clone, 0L, NULL, NULL, NULL, 0L);
	if (pid == 0) {
		probe_here(a);
		_exit(0);
	}
	if (pid < 0)
		err = -errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	while (!err && waitpid((pid_t)pid, status, __WCLONE) < 0) {
		if (errno != EINTR)
			err = -errno;
	}
	return err;
}

static void explain(const struct answer *a, int status, char *why, size_t size)
{
	static const char *const what[] = {
		[STAGE_START] = "the probe",          [STAGE_SETUP] = "io_uring_setup",
		[STAGE_AGE] = "the kernel's io_uring", [STAGE_ENTER] = "io_uring_enter",
		[STAGE_OPERATIONS] = "an operation",  [STAGE_FEATURES] = "a set-up flag",
	};
	int err = -a->err;

	if (!WIFEXITED(status))
		snprintf(why, size, "%s is killed by signal %d%s", what[a->stage], WTERMSIG(status),
			 WTERMSIG(status) == SIGSYS ? " (a seccomp filter)" : "");
	else if (a->stage == STAGE_AGE)
		snprintf(why, size, "%s is too old", what[a->stage]);
	else
		snprintf(why, size, "%s: %s%s", what[a->stage], strerror(err),
			 err == EPERM || err == EACCES ? " (a filter or kernel.io_uring_disabled forbids it)" : "");
}

/* Lock: `lock`. */
static struct {
	struct host_lock lock;
	bool asked;
	int err;
	uint32_t features;
	char why[128];
} known;

static void ask(void)
{
	struct answer *a = mmap(NULL, sizeof(*a), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = 0, err = 0;

	known.err = -ENOTSUP;
	if (a == MAP_FAILED) {
		snprintf(known.why, sizeof(known.why), "the probe: %s", strerror(errno));
		return;
	}
	memset(a, 0, sizeof(*a));
	err = run_child(a, &status);
	if (err) {
		a->stage = STAGE_START;
		a->err = err;
	}
	if (WIFEXITED(status) && a->stage == STAGE_DONE) {
		known.err = 0;
		known.features = a->features;
	} else {
		explain(a, status, known.why, sizeof(known.why));
	}
	munmap(a, sizeof(*a));
}

int uring_probe(uint32_t *features, char *why, size_t size)
{
	int err;

	host_lock_acquire(&known.lock);
	if (!known.asked)
		ask();
	known.asked = true;
	err = known.err;
	*features = known.features;
	snprintf(why, size, "%s", known.why);
	host_lock_release(&known.lock);
	return err;
}
