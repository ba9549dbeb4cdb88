// SPDX-License-Identifier: MIT
/*
 * main() of every test program: hands the registered tests to cmocka.
 * Usage: program [name-pattern]. Host world.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct test_case {
	const char *name;
	void (*function)(void **state);
} __attribute__((aligned(16)));

extern const struct test_case __start_test_cases[], __stop_test_cases[];

/* Strong definitions come from nt_system.c and wsk_system.c. */
__attribute__((weak)) int t_group_setup(void)
{
	return 0;
}
__attribute__((weak)) int t_group_teardown(void)
{
	return 0;
}

static int setup(void **state)
{
	(void)state;
	return t_group_setup();
}

/* cmocka reports that it failed, and counts that nowhere. */
static int teardown_failed;

static int teardown(void **state)
{
	(void)state;
	teardown_failed = t_group_teardown();
	return teardown_failed;
}

int t_is_child(const char *test_name)
{
	const char *child = getenv("WSKHOST_TEST_CHILD");

	return child && !strcmp(child, test_name);
}

#define CHILD_SECONDS_MAX 60

/* Reads the child's output until it ends or the time limit kills it. */
static void collect(int fd, pid_t pid, char *report, unsigned long size)
{
	unsigned long have = 0;
	char spill[4096];
	struct pollfd p = {.fd = fd, .events = POLLIN};

	for (;;) {
		int ready = poll(&p, 1, CHILD_SECONDS_MAX * 1000);
		ssize_t n;

		if (ready == 0) {
			kill(pid, SIGKILL);
			continue;
		}
		if (have + 1 < size)
			n = read(fd, report + have, size - 1 - have);
		else
			n = read(fd, spill, sizeof(spill));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (have + 1 < size)
			have += (unsigned long)n;
	}
	if (size)
		report[have] = 0;
}

int t_run_child(const char *test_name, char *report, unsigned long report_size)
{
	int fds[2], status = -1;
	pid_t pid;

	if (pipe(fds))
		return -1;
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], 1);
		dup2(fds[1], 2);
		close(fds[0]);
		close(fds[1]);
		setenv("WSKHOST_TEST_CHILD", test_name, 1);
		execl("/proc/self/exe", "child", test_name, (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	if (pid > 0) {
		collect(fds[0], pid, report, report_size);
		waitpid(pid, &status, 0);
	}
	close(fds[0]);
	return status;
}

int main(int argc, char **argv)
{
	size_t count = (size_t)(__stop_test_cases - __start_test_cases), used = 0;
	struct CMUnitTest *tests = calloc(count, sizeof(*tests));
	int failed;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < count; i++) {
		if (argc > 1 && !strstr(__start_test_cases[i].name, argv[1]))
			continue;
		tests[used].name = __start_test_cases[i].name;
		tests[used++].test_func = __start_test_cases[i].function;
	}
	if (!used) {
		fprintf(stderr, "%s: no test matches\n", argv[0]);
		return 2;
	}
	failed = _cmocka_run_group_tests(argv[0], tests, used, setup, teardown);
	free(tests);
	return failed != 0 || teardown_failed;
}
