// SPDX-License-Identifier: MIT
/* Memory and its probe, the clock, randomness, the log, and reports. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/host.h"
#include "support/test.h"

/* ---- memory ------------------------------------------------------------------------ */

TEST(HOST, memory_is_aligned)
{
	unsigned char *p = host_alloc(1), *z = host_alloc_zero(1000), *none = host_alloc(0);

	CHECK(p && z && none);
	CHECK_EQ((uintptr_t)p % 16, 0);
	CHECK_EQ((uintptr_t)z % 16, 0);
	for (int i = 0; i < 1000; i++)
		CHECK_EQ(z[i], 0);
	host_free(p);
	host_free(z);
	host_free(none);
	host_free(NULL);
	for (size_t align = 1; align <= 65536; align *= 2) {
		p = host_alloc_aligned(10, align);
		CHECK(p && (uintptr_t)p % align == 0);
		host_free(p);
	}
}

TEST(HOST, the_probe_tells_what_is_mapped)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char *m = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int on_stack = 5;

	CHECK(m != MAP_FAILED);
	memset(m, 0x5a, 4 * page);
	CHECK_EQ(mprotect(m + page, page, PROT_READ), 0);
	CHECK_EQ(mprotect(m + 2 * page, page, PROT_NONE), 0);
	CHECK_EQ(munmap(m + 3 * page, page), 0);
	errno = 77;
	CHECK(host_memory_ok(m, page, true));
	CHECK(host_memory_ok(m, 2 * page, false));
	CHECK(host_memory_ok(m + 1, 2 * page - 1, false));
	CHECK(!host_memory_ok(m, page + 1, true));
	CHECK(host_memory_ok(m + page - 1, 1, true));
	CHECK(!host_memory_ok(m + page, 1, true));
	CHECK(host_memory_ok(m + 2 * page - 1, 1, false));
	CHECK(!host_memory_ok(m + 2 * page - 1, 2, false));
	CHECK(!host_memory_ok(m + 2 * page, 1, false));
	CHECK(!host_memory_ok(m + 3 * page, 1, false));
	CHECK(host_memory_ok(m + 3 * page, 0, true));
	CHECK(!host_memory_ok(NULL, 1, false));
	CHECK(!host_memory_ok((void *)-1, 1, false));
	CHECK(!host_memory_ok((void *)(uintptr_t)0xffff800000000000, 8, false));
	CHECK(!host_memory_ok(m, SIZE_MAX, false));
	CHECK(host_memory_ok(&on_stack, sizeof(on_stack), true));
	CHECK(host_memory_ok("text", 5, false));
	CHECK(!host_memory_ok((void *)(uintptr_t)"text", 5, true));
	CHECK_EQ(errno, 77);
	/* Nothing was changed by looking. */
	for (size_t i = 0; i < 2 * page; i++)
		CHECK_EQ(m[i], 0x5a);
	CHECK_EQ(on_stack, 5);
	munmap(m, 3 * page);
}

TEST(HOST, the_probe_knows_the_end_of_a_file)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	FILE *f = tmpfile();
	unsigned char *m;

	CHECK(f);
	CHECK_EQ(ftruncate(fileno(f), (off_t)page), 0);
	m = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(f), 0);
	CHECK(m != MAP_FAILED);
	CHECK(host_memory_ok(m, page, true));
	CHECK(!host_memory_ok(m + page, 1, false)); /* mapped, but a touch is SIGBUS */
	munmap(m, 2 * page);
	fclose(f);
}

struct counter {
	uint32_t word, stop;
	unsigned long added;
};

static void count_up(void *arg)
{
	struct counter *c = arg;

	while (!__atomic_load_n(&c->stop, __ATOMIC_ACQUIRE)) {
		__atomic_fetch_add(&c->word, 1, __ATOMIC_RELAXED);
		c->added++;
	}
}

/* The writable probe must not undo what another thread writes meanwhile. */
TEST(HOST, the_probe_loses_no_write)
{
	struct counter *c = host_alloc_aligned(4096, 4096);
	struct host_thread *t;

	memset(c, 0, sizeof(*c));
	CHECK_EQ(host_thread_start("count", count_up, c, &t), 0);
	for (int i = 0; i < 3000; i++)
		CHECK(host_memory_ok(c, sizeof(*c), true));
	__atomic_store_n(&c->stop, 1, __ATOMIC_RELEASE);
	host_thread_join(t);
	CHECK_EQ(c->word, (uint32_t)c->added);
	host_free(c);
}

/* ---- clock, randomness ----------------------------------------------------------------- */

TEST(HOST, the_clock_goes_on)
{
	uint64_t a = host_now_ns(), w = host_wall_ns(), b = host_now_ns();
	const uint64_t year_2020 = 1577836800ull * 1000000000ull, july = 1593561600ull * 1000000000ull;
	char *saved = getenv("TZ");

	CHECK(b >= a);
	CHECK(w > year_2020);
	saved = saved ? strdup(saved) : NULL;
	setenv("TZ", "XXX-2:30YYY-3:30,M3.5.0,M10.5.0", 1);
	CHECK_EQ(host_utc_offset_s(year_2020), 9000);
	CHECK_EQ(host_utc_offset_s(july), 12600); /* summer time */
	setenv("TZ", "UTC0", 1);
	CHECK_EQ(host_utc_offset_s(july), 0);
	if (saved)
		setenv("TZ", saved, 1);
	else
		unsetenv("TZ");
	free(saved);
}

TEST(HOST, random_bytes_differ)
{
	unsigned char a[64] = {0}, b[64] = {0};
	int zero = 0;

	host_random(a, sizeof(a));
	host_random(b, sizeof(b));
	CHECK(memcmp(a, b, sizeof(a)) != 0);
	for (size_t i = 0; i < sizeof(a); i++)
		zero += a[i] == 0;
	CHECK(zero < 16);
}

/* ---- log ---------------------------------------------------------------------------------- */

struct kept {
	struct host_lock lock;
	unsigned int lines;
	enum host_log_level level;
	char text[8][700];
};

static void keep(void *ctx, enum host_log_level level, const char *line)
{
	struct kept *k = ctx;

	host_lock_acquire(&k->lock);
	k->level = level;
	snprintf(k->text[k->lines++ % 8], sizeof(k->text[0]), "%s", line);
	host_lock_release(&k->lock);
}

TEST(HOST, the_sink_gets_whole_lines)
{
	struct kept *k = calloc(1, sizeof(*k));
	char longer[600];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = 0;
	host_log_set_sink(keep, k);
	errno = 88;
	host_log(HOST_LOG_WARNING, "one %d", 1);
	CHECK_EQ(errno, 88);
	CHECK_EQ(k->level, HOST_LOG_WARNING);
	host_log(HOST_LOG_INFO, "two\nthree\n");
	host_log(HOST_LOG_INFO, "%s", longer);
	host_log(HOST_LOG_INFO, "a\n\nb");
	CHECK(!host_log_wants(HOST_LOG_DEBUG));
	host_log(HOST_LOG_DEBUG, "not wanted");
	CHECK_EQ(k->lines, 7);
	CHECK_STR(k->text[0], "one 1");
	CHECK_STR(k->text[1], "two");
	CHECK_STR(k->text[2], "three");
	CHECK_STR(k->text[3], longer);
	CHECK_STR(k->text[4], "a");
	CHECK_STR(k->text[5], "");
	CHECK_STR(k->text[6], "b");
	host_log_set_level(HOST_LOG_ERROR);
	host_log(HOST_LOG_WARNING, "not wanted");
	CHECK_EQ(k->lines, 7);
	host_log_set_level(HOST_LOG_TRACE);
	host_log(HOST_LOG_TRACE, "fine");
	CHECK_EQ(k->lines, 8);
	host_log_set_level(HOST_LOG_INFO);
	host_log_set_sink(NULL, NULL);
	free(k);
}

static void chatter(void *arg)
{
	for (int i = 0; i < 500; i++)
		host_log(HOST_LOG_INFO, "%s", (const char *)arg);
}

TEST(HOST, threads_log_at_once)
{
	struct kept *k = calloc(1, sizeof(*k));
	struct host_thread *a, *b;

	host_log_set_sink(keep, k);
	CHECK_EQ(host_thread_start("a", chatter, (void *)(uintptr_t) "aaaa", &a), 0);
	CHECK_EQ(host_thread_start("b", chatter, (void *)(uintptr_t) "bbbb", &b), 0);
	host_thread_join(a);
	host_thread_join(b);
	CHECK_EQ(k->lines, 1000);
	for (int i = 0; i < 8; i++)
		CHECK(!strcmp(k->text[i], "aaaa") || !strcmp(k->text[i], "bbbb"));
	host_log_set_sink(NULL, NULL);
	free(k);
}

/* ---- reports -------------------------------------------------------------------------------- */

/* Visible, so that the dynamic symbol table knows it. */
__attribute__((visibility("default"), noinline)) size_t host_test_where_am_i(void **pcs, size_t max);
size_t host_test_where_am_i(void **pcs, size_t max)
{
	size_t n = host_backtrace(pcs, max);

	__asm__ volatile("" ::: "memory"); /* no tail call */
	return n;
}

TEST(HOST, addresses_and_stacks_have_names)
{
	void *pcs[16] = {0};
	char text[300], tiny[8];
	size_t n = host_test_where_am_i(pcs, 16), len;

	CHECK(n >= 2);
	len = host_describe_address(pcs[0], text, sizeof(text));
	CHECK_EQ(len, strlen(text));
	CHECK(strstr(text, "(host_test_where_am_i+0x"));
	CHECK(strstr(text, "+0x"));
	CHECK_EQ(host_test_where_am_i(pcs, 1), 1);
	memset(tiny, 'z', sizeof(tiny));
	CHECK_EQ(host_describe_address(pcs[0], tiny, sizeof(tiny)), sizeof(tiny) - 1);
	CHECK_EQ(tiny[7], 0);
	CHECK_STR((host_describe_address((void *)16, text, sizeof(text)), text), "0x10");
}

TEST(HOST, the_end_is_an_abort_with_the_log_out)
{
	char report[2000];
	int status;

	if (t_is_child("HOST_the_end_is_an_abort_with_the_log_out")) {
		signal(SIGABRT, SIG_DFL); /* the test runner catches it */
		host_log(HOST_LOG_ERROR, "first line");
		host_log(HOST_LOG_INFO, "second line");
		printf("buffered");
		host_abort();
	}
	status = t_run_child("HOST_the_end_is_an_abort_with_the_log_out", report, sizeof(report));
	CHECK(WIFSIGNALED(status));
	CHECK_EQ(WTERMSIG(status), SIGABRT);
	CHECK(strstr(report, "error: first line\nsecond line\n"));
	CHECK(strstr(report, "buffered"));
}
