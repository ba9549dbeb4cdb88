// SPDX-License-Identifier: MIT
/*
 * A host program of somebody's own: starts the kernel, loads the driver named on
 * the command line, unloads and stops, twice; checks what the interface
 * promises on the way. Built against libwskhost.a and libwskhost.so.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wskhost/wskhost.h>

static unsigned int lines;

static void sink(void *context, enum wskhost_log_level level, const char *line)
{
	if (context != &lines)
		abort();
	__atomic_fetch_add(&lines, 1, __ATOMIC_RELAXED);
	printf("%d %s\n", (int)level, line);
}

#define CHECK(condition)                                                            \
	do {                                                                        \
		if (!(condition)) {                                                 \
			fprintf(stderr, "line %d: %s\n", __LINE__, #condition);     \
			exit(1);                                                    \
		}                                                                   \
	} while (0)

int main(int argc, char **argv)
{
	struct wskhost_options options = {.size = sizeof(options), .processors = 2, .log = sink, .log_context = &lines};
	struct wskhost_options bad = options, unknown = options;
	struct wskhost_unload_report report;
	struct wskhost_driver *driver, *again;

	CHECK(argc == 2);
	bad.size = 1;
	unknown.engine = "abacus";
	CHECK(wskhost_load(argv[1], &driver) == -EINVAL);
	CHECK(wskhost_stop() == -EINVAL);
	CHECK(wskhost_start(&bad) == -EINVAL);
	CHECK(wskhost_start(&unknown) == -ENOENT);
	CHECK(wskhost_check(argv[1]) == 0);
	CHECK(wskhost_check("/nonexistent/driver.so") == -ENOENT);
	CHECK(wskhost_check(argv[0]) != 0);
	for (int round = 0; round < 2; round++) {
		CHECK(wskhost_start(&options) == 0);
		CHECK(wskhost_start(&options) == -EBUSY);
		CHECK(wskhost_load(argv[1], &driver) == 0);
		CHECK(!strcmp(wskhost_driver_name(driver), "hello"));
		CHECK(wskhost_load(argv[1], &again) == -EEXIST && !again);
		CHECK(wskhost_stop() == -EBUSY);
		memset(&report, 0xab, sizeof(report));
		CHECK(wskhost_unload(driver, &report) == 0);
		CHECK(report.leaks == 0 && report.sockets_open == 0 && report.sockets_closed == 0);
		CHECK(wskhost_stop() == 0);
	}
	CHECK(lines > 0);
	return 0;
}
