// SPDX-License-Identifier: MIT
/*
 * A host program: loads the driver that is linked into it, or an image, twice in
 * each of two runs of the kernel, and looks at what the driver says.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wskhost/wskhost.h>

#ifdef HOST_HAS_GREETER
WSKHOST_STATIC_DRIVER(greeter);
#endif

/* Names that the driver has, too. */
int Shared[2] = {7, 7};
int DriverEntry(void);
int DriverEntry(void)
{
	abort();
}
int PlusConstructed(void);
int PlusConstructed(void)
{
	abort();
}

#define CHECK(condition)                                                        \
	do {                                                                    \
		if (!(condition)) {                                             \
			fprintf(stderr, "line %d: %s\n", __LINE__, #condition); \
			exit(1);                                                \
		}                                                               \
	} while (0)

static unsigned int greetings, traces, farewells;
static char wanted[128];

static void sink(void *context, enum wskhost_log_level level, const char *line)
{
	(void)context;
	printf("%d %s\n", (int)level, line);
	greetings += strstr(line, wanted) != NULL;
	traces += strstr(line, "traced 40007") != NULL;
	farewells += strstr(line, "good bye") != NULL;
}

static int load(const char *image, struct wskhost_driver **driver)
{
#ifdef HOST_HAS_GREETER
	if (!image)
		return wskhost_load_static(&wskhost_driver_greeter, driver);
#endif
	return wskhost_load(image, driver);
}

/* The library installs no signal handler: all are as the program began. */
static void check_signals(void)
{
	for (int sig = 1; sig < NSIG; sig++) {
		struct sigaction now;

		if (sigaction(sig, NULL, &now) == 0)
			CHECK(now.sa_handler == SIG_DFL || now.sa_handler == SIG_IGN || getenv("HOST_SANITIZED"));
	}
}

int main(int argc, char **argv)
{
	struct wskhost_options options = {.size = sizeof(options), .processors = 2, .log = sink};
	struct wskhost_unload_report report;
	struct wskhost_driver *driver, *again;
	const char *image = argc > 2 ? argv[2] : NULL;

	CHECK(argc > 1);
	options.log_level = WSKHOST_LOG_DEBUG;
	options.log_level_set = true;
	snprintf(wanted, sizeof(wanted), "%s: loads 1 one 2 shared 42 connect 7 send 3", argv[1]);
	CHECK(load(image, &driver) != 0 && !driver);
	for (int run = 0; run < 2; run++) {
		CHECK(wskhost_start(&options) == 0);
		for (int i = 0; i < 2; i++) {
			CHECK(load(image, &driver) == 0);
			CHECK(load(image, &again) != 0 && !again);
			CHECK(wskhost_stop() != 0);
			check_signals();
			memset(&report, 0xab, sizeof(report));
			CHECK(wskhost_unload(driver, &report) == 0 && report.leaks == 0);
		}
		CHECK(wskhost_stop() == 0);
	}
	check_signals();
	CHECK(greetings == 4 && traces == 4 && farewells == 4);
	CHECK(Shared[0] == 7 && Shared[1] == 7);
	return 0;
}
