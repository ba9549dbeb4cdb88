// SPDX-License-Identifier: MIT
/*
 * A host program with a time limit. With a callback: the limit passes while the
 * driver (tests/cli/drivers/waits.c) waits; the log then names each wait, and the
 * program goes on. Without: it passes in an unload that does not come back, and
 * the process aborts.
 */
#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wskhost/wskhost.h>

#define CHECK(condition)                                                            \
	do {                                                                        \
		if (!(condition)) {                                                 \
			fprintf(stderr, "line %d: %s\n", __LINE__, #condition);     \
			exit(1);                                                    \
		}                                                                   \
	} while (0)

static sem_t expired;

static void on_expired(void *context)
{
	CHECK(context == &expired);
	sem_post(&expired);
}

static void go_on(const char *image)
{
	struct wskhost_options options = {.size = sizeof(options), .processors = 2, .time_limit_s = 3600,
					  .expired = on_expired, .expired_context = &expired};
	struct wskhost_unload_report report;
	struct wskhost_driver *driver;

	CHECK(wskhost_set_time_limit(1) == -EINVAL);
	wskhost_log_waits(); /* says nothing */
	CHECK(sem_init(&expired, 0, 0) == 0);
	for (int run = 0; run < 2; run++) {
		fprintf(stderr, "run %d\n", run);
		CHECK(wskhost_start(&options) == 0);
		CHECK(wskhost_load(image, &driver) == 0);
		if (run == 0) {
			CHECK(wskhost_set_time_limit(1) == 0); /* replaces the hour */
			while (sem_wait(&expired))
				;
			CHECK(wskhost_set_time_limit(3600) == 0);
		} else {
			CHECK(wskhost_set_time_limit(0) == 0);
		}
		CHECK(wskhost_unload(driver, &report) == 0 && report.leaks == 0 && report.sockets_closed == 1);
		CHECK(wskhost_stop() == 0);
		CHECK(wskhost_set_time_limit(1) == -EINVAL);
	}
	CHECK(sem_trywait(&expired) != 0);
}

static void be_stuck(const char *image)
{
	struct wskhost_options options = {.size = sizeof(options), .processors = 1};
	struct wskhost_driver *driver;

	CHECK(wskhost_start(&options) == 0);
	CHECK(wskhost_load(image, &driver) == 0);
	CHECK(wskhost_set_time_limit(1) == 0);
	wskhost_unload(driver, NULL);
	CHECK(!"the unload came back");
}

int main(int argc, char **argv)
{
	CHECK(argc == 3);
	if (!strcmp(argv[1], "stuck"))
		be_stuck(argv[2]);
	else
		go_on(argv[2]);
	return 0;
}
