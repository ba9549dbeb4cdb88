// SPDX-License-Identifier: MIT
/*
 * wskhost run: compiles what is given as source, loads the drivers, waits for
 * Ctrl-C (or a time), unloads them in reverse order and tells how it went.
 *
 * Two threads: main waits for signals, so that Ctrl-C works whatever a driver
 * does; the keeper loads and unloads, since DriverEntry and DriverUnload may
 * block.
 */
#include "cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/host.h"
#include "wskhost/wskhost.h"

static const char help[] =
	"usage: wskhost run [options] DRIVER...\n"
	"\n"
	"Loads each DRIVER and hosts it until Ctrl-C (SIGINT) or SIGTERM; then unloads all in\n"
	"reverse order and reports what was closed and what leaked. A DRIVER is\n"
	"  an image (.so) made by wskhost cc,\n"
	"  a C or C++ source, compiled first: a driver of its own,\n"
	"  a folder, whose sources together are one driver, or\n"
	"  --name NAME SOURCE...  sources that together are the driver NAME (up to the next --name).\n"
	"\n"
	"  --engine NAME        the network engine: uring, epoll, or auto (default): uring where\n"
	"                       the system allows io_uring, else epoll\n"
	"  --engine-features LIST  features of uring not to be used, for trying what older kernels\n"
	"                       lack: -submit_all,-coop,-nonempty,-single_issuer,-defer_taskrun, -all\n"
	"  --processors N       virtual processors; default: one per core\n"
	"  --hosts FILE         look names up in FILE instead of /etc/hosts\n"
	"  --resolver ADDR:PORT ask this DNS server instead of the configured ones\n"
	"  --log LEVEL          error, warning, info (default), debug or trace\n"
	"  --registry FILE      a .reg file that drivers find in the registry; may be repeated\n"
	"  --control PATH       a socket through which wskhost ioctl reaches the drivers' devices;\n"
	"                       default: $XDG_RUNTIME_DIR/wskhost.sock, when that can be had\n"
	"  --for SECONDS        unload after that time; fractions are allowed\n"
	"  --gdb                start under gdb, at its prompt; breakpoints in the drivers work\n"
	"  --gdb=FILE           the same with gdb's commands from FILE, and no terminal\n"
	"  --compiler PROGRAM, --wpp-config FILE, --verbose, -I -D -U -O -g -W -f -m -std=\n"
	"                       for drivers given as source: see wskhost cc --help\n"
	"\n"
	"A second Ctrl-C ends the process without waiting for the drivers. Exit codes: see\n"
	"wskhost --help.\n";

#define DRIVERS_MAX 64

/* Owner: main until the keeper starts; the keeper then. */
struct hosted {
	const char *name;
	const char *image;       /* NULL: to be built from sources */
	struct cli_list sources;
	struct wskhost_driver *driver;
};

/* The whole run. Written by main before the keeper starts, except where noted. */
static struct {
	struct hosted drivers[DRIVERS_MAX];
	size_t count;
	struct cli_build_options build;
	const char *engine, *engine_features;
	struct wskhost_options options;
	const char *control;
	struct cli_list registry; /* .reg files */
	double seconds; /* negative: no limit */
	bool gdb;
	const char *gdb_commands;
	struct cli_list options_given; /* of this command, for the one under gdb */
	bool stop;      /* atomic; main tells the keeper to unload */
	bool loaded;    /* atomic; the keeper tells main that all are loaded... */
	bool finished;  /* atomic; ...and that all are unloaded; SIGUSR2 says: look */
	int exit_code;  /* the keeper's, read after it was joined */
	pid_t pid;
} run = {.seconds = -1};

/* ---- arguments -------------------------------------------------------------------- */

static struct hosted *new_driver(const char *name)
{
	if (run.count == DRIVERS_MAX) {
		cli_error("at most %d drivers", DRIVERS_MAX);
		return NULL;
	}
	run.drivers[run.count] = (struct hosted){.name = name};
	return &run.drivers[run.count++];
}

/* One DRIVER argument; group is the --name driver that sources belong to. */
static bool add_driver(const char *path, struct hosted *group)
{
	struct hosted *d = group;
	const char *dot = strrchr(path, '.');
	struct stat st;

	if (stat(path, &st)) {
		cli_error("there is no driver %s: %s", path, strerror(errno));
		return false;
	}
	if (S_ISDIR(st.st_mode)) {
		if (!d)
			d = new_driver(cli_short_name(path, false));
		return d && cli_sources_of_folder(path, &d->sources);
	}
	if (cli_is_source(path)) {
		if (!d)
			d = new_driver(cli_short_name(path, true));
		if (d)
			cli_add(&d->sources, path);
		return d != NULL;
	}
	if (dot && !strcasecmp(dot, ".sys")) {
		cli_error("%s is a Windows driver image; wskhost cannot load those yet: give it the driver's source",
			  path);
		return false;
	}
	if (group) {
		cli_error("%s is no source, so it cannot be part of --name %s", path, group->name);
		return false;
	}
	d = new_driver(cli_short_name(path, true));
	if (d)
		d->image = path;
	return d != NULL;
}

static bool parse_level(const char *word, enum wskhost_log_level *out)
{
	static const char *const names[] = {"error", "warning", "info", "debug", "trace"};

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(word, names[i])) {
			*out = (enum wskhost_log_level)i;
			return true;
		}
	}
	return false;
}

/* An option with a value, of this command alone. CLI_OK or CLI_USAGE (said). */
static int take_option(const char *option, const char *value, struct hosted **group)
{
	char *end = NULL;
	unsigned long n;

	if (!strcmp(option, "--engine")) {
		run.engine = value;
	} else if (!strcmp(option, "--engine-features")) {
		run.engine_features = value;
	} else if (!strcmp(option, "--processors")) {
		n = strtoul(value, &end, 10);
		if (*end || end == value || n < 1 || n > 64)
			return cli_usage("run", "--processors takes a number from 1 to 64, not %s", value);
		run.options.processors = (unsigned int)n;
	} else if (!strcmp(option, "--log")) {
		if (!parse_level(value, &run.options.log_level))
			return cli_usage("run", "--log takes error, warning, info, debug or trace, not %s", value);
		run.options.log_level_set = true;
	} else if (!strcmp(option, "--hosts")) {
		run.options.hosts = value;
	} else if (!strcmp(option, "--resolver")) {
		run.options.resolver = value;
	} else if (!strcmp(option, "--registry")) {
		cli_add(&run.registry, value);
	} else if (!strcmp(option, "--control")) {
		run.control = value;
	} else if (!strcmp(option, "--for")) {
		run.seconds = strtod(value, &end);
		if (*end || end == value || !(run.seconds >= 0) || run.seconds > 1e9)
			return cli_usage("run", "--for takes a number of seconds, not %s", value);
	} else {
		*group = new_driver(value);
		if (!*group || !*value || strchr(value, '/'))
			return cli_usage("run", "--name takes a driver's name, not %s", value);
	}
	return CLI_OK;
}

static bool is_own_option(const char *a)
{
	static const char *const own[] = {"--engine", "--engine-features", "--processors", "--hosts",
					  "--resolver", "--log", "--registry", "--control", "--for", "--name"};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (!strcmp(a, own[i]))
			return true;
	return false;
}

/* --gdb has no value of its own, but may have one attached. */
static bool take_gdb(const char *a)
{
	if (strcmp(a, "--gdb") && !cli_starts_with(a, "--gdb="))
		return false;
	run.gdb = true;
	if (a[5])
		run.gdb_commands = a + 6;
	return true;
}

/* CLI_OK, CLI_USAGE (said), or -1: help was wanted and given. */
static int parse(int argc, char **argv)
{
	struct hosted *group = NULL;

	for (int i = 1; i < argc;) {
		const char *a = argv[i];
		int taken = cli_build_option(&run.build, "run", argc, argv, i);

		if (taken < 0)
			return CLI_USAGE;
		if (!strcmp(a, "--help") || !strcmp(a, "-h")) {
			fputs(help, stdout);
			return -1;
		}
		if (is_own_option(a)) {
			if (i + 1 == argc)
				return cli_usage("run", "%s needs a value", a);
			if (take_option(a, argv[i + 1], &group))
				return CLI_USAGE;
			if (strcmp(a, "--name")) {
				cli_add(&run.options_given, a);
				cli_add(&run.options_given, argv[i + 1]);
			}
			taken = 2;
		} else if (!taken && take_gdb(a)) {
			taken = 1;
		} else if (!taken && a[0] == '-') {
			return cli_usage("run", "there is no option %s", a);
		} else if (!taken) {
			if (!add_driver(a, group))
				return CLI_USAGE;
			taken = 1;
		}
		i += taken;
	}
	for (size_t i = 0; i < run.count; i++)
		if (!run.drivers[i].image && !run.drivers[i].sources.n)
			return cli_usage("run", "--name %s is followed by no source", run.drivers[i].name);
	return run.count ? CLI_OK : cli_usage("run", "a driver is needed: a source, a folder or an image");
}

static int build_all(void)
{
	for (size_t i = 0; i < run.count; i++) {
		struct hosted *d = &run.drivers[i];

		if (d->image)
			continue;
		if (!cli_temp())
			return CLI_FAILED;
		d->image = cli_format("%s/%s.so", cli_temp(), d->name);
		if (!access(d->image, F_OK))
			return cli_usage("run", "two drivers are called %s; name them with --name", d->name);
		if (cli_build(&run.build, d->name, &d->sources, d->image))
			return CLI_BUILD;
	}
	return CLI_OK;
}

/* ---- the keeper ------------------------------------------------------------------------ */

/* A later, worse result replaces an earlier one. */
static void worsen(int code)
{
	if (run.exit_code == CLI_OK)
		run.exit_code = code;
}

static void load_all(void)
{
	for (size_t i = 0; i < run.count && !run.exit_code; i++) {
		if (__atomic_load_n(&run.stop, __ATOMIC_ACQUIRE))
			return;
		if (wskhost_load(run.drivers[i].image, &run.drivers[i].driver)) {
			cli_error("%s was not loaded", run.drivers[i].name);
			worsen(CLI_LOAD);
		} else {
			host_log(HOST_LOG_INFO, "%s: loaded", wskhost_driver_name(run.drivers[i].driver));
		}
	}
}

static void unload_all(void)
{
	int err;

	cli_control_stop();
	for (size_t i = run.count; i-- > 0;) {
		struct wskhost_unload_report report = {0};

		if (run.drivers[i].driver &&
		    (wskhost_unload(run.drivers[i].driver, &report) || report.leaks))
			worsen(CLI_LEAK);
	}
	err = wskhost_stop();
	/* With something left behind the kernel cannot stop; the process ends anyway. */
	if (err && run.exit_code != CLI_LEAK) {
		cli_error("the kernel did not stop: %s", strerror(-err));
		worsen(CLI_FAILED);
	}
}

static void keep(void *arg)
{
	(void)arg;
	load_all();
	if (!run.exit_code) {
		__atomic_store_n(&run.loaded, true, __ATOMIC_RELEASE);
		kill(run.pid, SIGUSR2);
	}
	while (!run.exit_code && !__atomic_load_n(&run.stop, __ATOMIC_ACQUIRE))
		host_park(HOST_NO_DEADLINE);
	unload_all();
	__atomic_store_n(&run.finished, true, __ATOMIC_RELEASE);
	kill(run.pid, SIGUSR2);
}

/* ---- main's side -------------------------------------------------------------------------- */

static void when_stuck(void *context, const char *driver, uint32_t thread_id, unsigned int seconds)
{
	(void)context;
	(void)driver;
	(void)seconds;
	cli_thread_stack(thread_id);
}

static uint64_t now_ns(void)
{
	return host_now_ns();
}

/* The next signal, or 0 at the deadline. */
static int next_signal(const sigset_t *set, uint64_t deadline)
{
	for (;;) {
		uint64_t now = now_ns(), left = deadline > now ? deadline - now : 0;
		struct timespec ts = {(time_t)(left / 1000000000u), (long)(left % 1000000000u)};
		int sig = deadline == HOST_NO_DEADLINE ? sigwaitinfo(set, NULL) : sigtimedwait(set, NULL, &ts);

		if (sig > 0)
			return sig;
		if (errno == EAGAIN)
			return 0;
	}
}

static void tell_keeper(struct host_thread *keeper)
{
	__atomic_store_n(&run.stop, true, __ATOMIC_RELEASE);
	host_unpark(keeper);
}

/* Waits until the keeper has finished. Signals: INT, TERM, HUP ask to stop; USR2:
 * the keeper has got further. */
static void attend(struct host_thread *keeper, const sigset_t *set)
{
	uint64_t deadline = HOST_NO_DEADLINE;
	bool stopping = false, ready = false;

	while (!__atomic_load_n(&run.finished, __ATOMIC_ACQUIRE)) {
		int sig = next_signal(set, deadline);

		if (sig == SIGUSR2) {
			if (ready || stopping || !__atomic_load_n(&run.loaded, __ATOMIC_ACQUIRE))
				continue;
			ready = true;
			if (run.seconds >= 0)
				deadline = now_ns() + (uint64_t)(run.seconds * 1e9);
			else
				host_log(HOST_LOG_INFO, "wskhost: ready; Ctrl-C unloads");
			continue;
		}
		if (stopping && sig) {
			cli_error("ended before the drivers were unloaded");
			cli_temp_remove();
			_exit(CLI_INTERRUPTED);
		}
		if (!stopping && sig && !__atomic_load_n(&run.loaded, __ATOMIC_ACQUIRE))
			cli_error("waiting for a DriverEntry to return; Ctrl-C again ends the process at once");
		stopping = true;
		deadline = HOST_NO_DEADLINE;
		tell_keeper(keeper);
	}
}

static int host_drivers(void)
{
	struct host_thread *keeper;
	sigset_t set;
	int err;

	run.pid = getpid();
	run.options.size = sizeof(run.options);
	run.options.engine = run.engine;
	if (run.engine_features)
		run.options.engine = cli_format("%s:%s", run.engine ? run.engine : "auto", run.engine_features);
	run.options.stuck = when_stuck;
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	if (!cli_under_gdb())
		sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	cli_crash_install();
	err = wskhost_start(&run.options);
	if (err)
		return err == -ENOENT || err == -EINVAL ? CLI_USAGE : CLI_FAILED;
	for (size_t i = 0; i < run.registry.n; i++) {
		if (wskhost_load_registry(run.registry.v[i])) {
			wskhost_stop();
			return CLI_USAGE;
		}
	}
	if (cli_control_start(run.control)) {
		wskhost_stop();
		return CLI_FAILED;
	}
	err = host_thread_start("drivers", keep, NULL, &keeper);
	if (err) {
		cli_error("cannot start a thread: %s", strerror(-err));
		return CLI_FAILED;
	}
	attend(keeper, &set);
	host_thread_join(keeper);
	return run.exit_code;
}

/* Drivers are made here; the command under gdb is given images only. */
static int run_under_gdb(void)
{
	struct cli_list args = {0};
	int code = cli_gdb_ready(run.gdb_commands);

	if (code)
		return code;
	cli_add(&args, "-O0");
	for (size_t i = 0; i < run.build.flags.n; i++)
		cli_add(&args, run.build.flags.v[i]);
	run.build.flags = args;
	code = build_all();
	if (code)
		return code;
	for (size_t i = 0; i < run.count; i++)
		cli_add(&run.options_given, run.drivers[i].image);
	return cli_gdb(&run.options_given, run.gdb_commands);
}

int cli_run(int argc, char **argv)
{
	int code = parse(argc, argv);

	if (code)
		return code < 0 ? CLI_OK : code;
	if (run.gdb)
		return run_under_gdb();
	code = build_all();
	if (code)
		return code;
	code = host_drivers();
	if (code == CLI_LEAK) {
		/* Threads of a driver may still run in its image; do not tear down around them. */
		cli_temp_remove();
		fflush(NULL);
		_exit(code);
	}
	return code;
}
