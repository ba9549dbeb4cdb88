// SPDX-License-Identifier: MIT
/*
 * Choosing the engine: what the probe finds, what filters do to it, and that
 * nobody notices it. Filters stay for the life of a process, so each has its own.
 */
#include "rig.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- filters ---------------------------------------------------------------------- */

static void forbid(long call, uint32_t action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	CHECK_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	CHECK_EQ(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

static char told[512];

static void keep_line(void *ctx, enum host_log_level level, const char *line)
{
	(void)ctx;
	if (level == HOST_LOG_ERROR)
		snprintf(told, sizeof(told), "%s", line);
}

static void converse(struct rig *r)
{
	unsigned char byte = 0;
	struct peer *peer;
	struct eng_sock *s = connected(r, &peer);
	struct t_op t;

	t_init(&t, r, ENG_OP_RECV, &byte, 1);
	CHECK_EQ(t_submit(s, &t), 0);
	CHECK_EQ(peer_send_all(peer, "w", 1), 0);
	CHECK_EQ(t_wait(&t), 1);
	CHECK_EQ(byte, 'w');
	close_sock(r, s, false);
	peer_close(peer);
}

/* In a child: the default works, and who insists is told why not. */
static void without(long call, uint32_t action, const char *why)
{
	struct eng_config cfg = {.loops = 1};
	struct eng *e = NULL;
	struct rig r;

	forbid(call, action);
	host_log_set_sink(keep_line, NULL);
	rig_start(&r, "auto", ENG_INET, BY_THREADS, 2);
	CHECK_STR(eng_name(r.e), "epoll");
	converse(&r);
	rig_finish(&r);
	CHECK_STR(told, "");
	CHECK_EQ(eng_open("uring", &cfg, &e), -ENOTSUP);
	CHECK(strstr(told, "io_uring is not possible here"));
	CHECK(strstr(told, why));
}

static void in_child(const char *test, long call, uint32_t action, const char *why)
{
	static char report[8192];

	if (t_is_child(test)) {
		without(call, action, why);
		_exit(0); /* the leak checker needs what some filters forbid */
	}
	if (t_run_child(test, report, sizeof(report)) != 0) {
		print_message("%s", report);
		CHECK(!"the child failed");
	}
}

#define EPERM_ACTION (SECCOMP_RET_ERRNO | EPERM)
#define FILTERED(name, call, action, why)                                                                    \
	TEST(ENG, name) { in_child("ENG_" #name, call, action, why); }

FILTERED(setup_refused, SYS_io_uring_setup, EPERM_ACTION, "io_uring_setup: Operation not permitted")
FILTERED(setup_unknown, SYS_io_uring_setup, SECCOMP_RET_ERRNO | ENOSYS, "io_uring_setup: Function not impl")
FILTERED(setup_kills_process, SYS_io_uring_setup, SECCOMP_RET_KILL_PROCESS, "io_uring_setup is killed by signal 31")
FILTERED(setup_kills_thread, SYS_io_uring_setup, SECCOMP_RET_KILL_THREAD, "io_uring_setup is killed by signal 31")
FILTERED(enter_refused, SYS_io_uring_enter, EPERM_ACTION, "io_uring_enter: Operation not permitted")
FILTERED(enter_kills_process, SYS_io_uring_enter, SECCOMP_RET_KILL_PROCESS, "io_uring_enter is killed by signal 31")
FILTERED(enter_kills_thread, SYS_io_uring_enter, SECCOMP_RET_KILL_THREAD, "io_uring_enter is killed by signal 31")
FILTERED(register_kills, SYS_io_uring_register, SECCOMP_RET_KILL_PROCESS, "a set-up flag is killed by signal 31")
FILTERED(probe_has_no_process, SYS_clone, EPERM_ACTION, "the probe: Operation not permitted")

/* ---- nobody notices ----------------------------------------------------------------- */

static volatile sig_atomic_t signals;

static void count_signal(int sig)
{
	(void)sig;
	signals++;
}

TEST(ENG, probe_is_nobodys_child)
{
	char why[160];
	uint32_t features;
	sigset_t before = {0}, after = {0}; /* the kernel fills in a part */

	/* In a process of its own, where nobody has asked before. */
	if (!t_is_child("ENG_probe_is_nobodys_child")) {
		CHECK_EQ(t_run_child("ENG_probe_is_nobodys_child", NULL, 0), 0);
		return;
	}
	signal(SIGCHLD, count_signal);
	sigprocmask(SIG_BLOCK, NULL, &before);
	uring_probe(&features, why, sizeof(why));
	sigprocmask(SIG_BLOCK, NULL, &after);
	CHECK_EQ(signals, 0);
	CHECK_MEM(&before, &after, sizeof(before));
	CHECK_EQ(waitpid(-1, NULL, __WALL), -1);
	CHECK_EQ(errno, ECHILD);
	/* Also where children are not waited for. */
	signal(SIGCHLD, SIG_IGN);
	CHECK_EQ(uring_probe(&features, why, sizeof(why)), why[0] ? -ENOTSUP : 0);
}

struct asker {
	uint32_t *go;
	uint32_t features;
	int err;
};

static void ask(void *arg)
{
	struct asker *a = arg;
	char why[160];

	while (!GET(a->go))
		host_yield();
	a->err = uring_probe(&a->features, why, sizeof(why));
}

TEST(ENG, probe_from_many_threads)
{
	struct host_thread *threads[8];
	struct asker askers[8];
	uint32_t go = 0;

	if (!t_is_child("ENG_probe_from_many_threads")) {
		CHECK_EQ(t_run_child("ENG_probe_from_many_threads", NULL, 0), 0);
		return;
	}
	for (int i = 0; i < 8; i++) {
		askers[i] = (struct asker){.go = &go, .features = 77, .err = 77};
		CHECK_EQ(host_thread_start("asker", ask, &askers[i], &threads[i]), 0);
	}
	SET(&go, 1);
	for (int i = 0; i < 8; i++) {
		host_thread_join(threads[i]);
		CHECK_EQ(askers[i].features, askers[0].features);
		CHECK_EQ(askers[i].err, askers[0].err);
		CHECK(askers[i].err == 0 || askers[i].err == -ENOTSUP);
	}
}

/* ---- names and features --------------------------------------------------------------- */

TEST(ENG, features_are_left_out_by_name)
{
	static const char *const wrong[] = {"coop", "-", "-nosuch", "-coop,", "-coop,,-all", "-coop -all", ",-all",
					    "-coopx", "-coo"};
	struct eng_config cfg = {.loops = 1};
	struct eng *e = NULL;
	uint32_t mask = 99;

	CHECK_EQ(uring_parse_features("", &mask), 0);
	CHECK_EQ(mask, 0);
	CHECK_EQ(uring_parse_features("-coop,-defer_taskrun", &mask), 0);
	CHECK_EQ(mask, URING_COOP | URING_DEFER_TASKRUN);
	CHECK_EQ(uring_parse_features("-submit_all,-nonempty,-single_issuer,-coop,-defer_taskrun", &mask), 0);
	CHECK_EQ(mask, URING_FEATURES_ALL);
	CHECK_EQ(uring_parse_features("-all", &mask), 0);
	CHECK_EQ(mask, URING_FEATURES_ALL);
	host_log_set_sink(keep_line, NULL);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char name[64];

		told[0] = 0;
		snprintf(name, sizeof(name), "auto:%s", wrong[i]);
		CHECK_EQ(eng_open(name, &cfg, &e), -EINVAL);
		CHECK(strstr(told, "-single_issuer")); /* it says what there is */
	}
	host_log_set_sink(NULL, NULL);
}

TEST(ENG, auto_is_uring_where_possible)
{
	struct eng_config cfg = {.loops = 1};
	struct eng *e = NULL;
	char why[160];
	uint32_t features;
	bool possible = uring_probe(&features, why, sizeof(why)) == 0;

	CHECK_EQ(eng_open("auto", &cfg, &e), 0);
	CHECK_STR(eng_name(e), possible ? "uring" : "epoll");
	CHECK_EQ(eng_caps(e), ENG_CAP_DATAGRAM);
	eng_close(e);
	CHECK_EQ(eng_open(NULL, &cfg, &e), 0);
	CHECK_STR(eng_name(e), possible ? "uring" : "epoll");
	eng_close(e);
	CHECK_EQ(eng_open("auto:-all", &cfg, &e), 0);
	CHECK_STR(eng_name(e), possible ? "uring" : "epoll");
	eng_close(e);
}
