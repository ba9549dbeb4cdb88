// SPDX-License-Identifier: MIT
/*
 * A host program with what goes wrong: options of other versions, a driver object
 * of another version, a driver that leaves something behind.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wskhost/wskhost.h>

WSKHOST_STATIC_DRIVER(leaky);

#define CHECK(condition)                                                        \
	do {                                                                    \
		if (!(condition)) {                                             \
			fprintf(stderr, "line %d: %s\n", __LINE__, #condition); \
			exit(1);                                                \
		}                                                               \
	} while (0)

static void sink(void *context, enum wskhost_log_level level, const char *line)
{
	char *first = context;

	if (level == WSKHOST_LOG_ERROR && !*first)
		snprintf(first, 256, "%s", line);
}

int main(void)
{
	static char first[256]; /* error in the log */
	struct {
		struct wskhost_options now;
		char later[8];
	} future = {.now.size = sizeof(future)};
	struct wskhost_options options = {.size = offsetof(struct wskhost_options, time_limit_s)};
	struct wskhost_static_driver other = wskhost_driver_leaky;
	struct wskhost_unload_report report;
	struct wskhost_driver *driver;

	options.log = sink;
	options.log_context = first;
	CHECK(wskhost_start(&future.now) == -EINVAL);
	/* A shorter structure: what lies behind it is not read. */
	options.time_limit_s = 1;
	options.expired = (wskhost_expired_fn)abort;
	CHECK(wskhost_start(&options) == 0);

	other.version++;
	CHECK(wskhost_load_static(&other, &driver) == -ENOEXEC && !driver);
	CHECK(strstr(first, "leaky: was made by another version of wskhost cc"));

	CHECK(wskhost_load_static(&wskhost_driver_leaky, &driver) == 0);
	CHECK(!strcmp(wskhost_driver_name(driver), "leaky"));
	CHECK(wskhost_unload(driver, &report) == 0 && report.leaks == 1);
	first[0] = '\0';
	CHECK(wskhost_load_static(&wskhost_driver_leaky, &driver) == -EEXIST && !driver);
	CHECK(strstr(first, "unloaded with something left behind"));
	CHECK(wskhost_stop() == -EBUSY);
	return 0;
}
