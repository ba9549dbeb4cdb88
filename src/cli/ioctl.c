// SPDX-License-Identifier: MIT
/*
 * wskhost ioctl: one request to a device of a driver that `wskhost run` hosts,
 * over its control socket (control.c says what is spoken there).
 */
#include "cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char help[] =
	"usage: wskhost ioctl [options] DEVICE CODE [HEX...]\n"
	"       wskhost ioctl [options] DEVICE read SIZE\n"
	"       wskhost ioctl [options] DEVICE write HEX...\n"
	"\n"
	"Sends a control code (a number, such as 0x222004), a read or a write to a device of\n"
	"a driver that another process hosts with wskhost run, and prints the bytes that\n"
	"come back in hexadecimal. DEVICE is \\\\.\\Name or \\Device\\Name; HEX is bytes in\n"
	"hexadecimal, with or without spaces. A failing NTSTATUS goes to stderr.\n"
	"\n"
	"  --control PATH     the control socket; default: $XDG_RUNTIME_DIR/wskhost.sock\n"
	"  --out SIZE         room for the answer of a control code; default: 4096\n"
	"  --timeout SECONDS  cancel the request after that time; default: wait\n"
	"  --offset N         where a read or write begins in the device; default: 0\n"
	"\n"
	"Exit codes: 0 the request succeeded, 1 it failed or nobody hosts drivers there,\n"
	"2 wrong arguments.\n";

/* The command line. */
struct ask {
	const char *control, *device, *verb;
	struct cli_list words; /* after the verb */
	unsigned long out, offset;
	double seconds; /* negative: no limit */
};

/* A number from 0 to max; false: it is none. */
static bool number(const char *word, unsigned long max, unsigned long *out)
{
	char *end;

	errno = 0;
	*out = strtoul(word, &end, 0);
	return *word != '-' && end != word && !*end && !errno && *out <= max;
}

static int take_option(struct ask *ask, const char *option, const char *value)
{
	char *end;

	if (!strcmp(option, "--control")) {
		ask->control = value;
	} else if (!strcmp(option, "--out")) {
		if (!number(value, CLI_CONTROL_BYTES_MAX, &ask->out))
			return cli_usage("ioctl", "--out takes a number up to %d, not %s", CLI_CONTROL_BYTES_MAX, value);
	} else if (!strcmp(option, "--offset")) {
		if (!number(value, (unsigned long)INT64_MAX, &ask->offset))
			return cli_usage("ioctl", "--offset takes a number, not %s", value);
	} else if (!strcmp(option, "--timeout")) {
		ask->seconds = strtod(value, &end);
		if (*end || end == value || !(ask->seconds >= 0) || ask->seconds > 1e6)
			return cli_usage("ioctl", "--timeout takes a number of seconds, not %s", value);
	} else {
		return cli_usage("ioctl", "there is no option %s", option);
	}
	return CLI_OK;
}

/* CLI_OK, CLI_USAGE (said), or -1: help was wanted and given. */
static int parse(int argc, char **argv, struct ask *ask)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
			fputs(help, stdout);
			return -1;
		}
		if (argv[i][0] == '-') {
			if (i + 1 == argc)
				return cli_usage("ioctl", "%s needs a value", argv[i]);
			if (take_option(ask, argv[i], argv[i + 1]))
				return CLI_USAGE;
			i++;
		} else if (!ask->device) {
			ask->device = argv[i];
		} else if (!ask->verb) {
			ask->verb = argv[i];
		} else {
			cli_add(&ask->words, argv[i]);
		}
	}
	return ask->verb ? CLI_OK : cli_usage("ioctl", "a device and a control code, read or write are needed");
}

/* The bytes after the verb as one run of digits; NULL: they are none (said). */
static const char *joined_hex(const struct ask *ask)
{
	static unsigned char bytes[CLI_CONTROL_BYTES_MAX];
	char *all = cli_alloc(2 * sizeof(bytes) + 1), *at = all;
	size_t count = 0;

	for (size_t i = 0; i < ask->words.n; i++) {
		if (!cli_from_hex(ask->words.v[i], bytes, sizeof(bytes) - (size_t)(at - all) / 2, &count)) {
			cli_usage("ioctl", "%s is no bytes in hexadecimal, or too many", ask->words.v[i]);
			return NULL;
		}
		for (size_t b = 0; b < count; b++)
			at += snprintf(at, 3, "%02x", bytes[b]);
	}
	return at == all ? "-" : all;
}

/* The request as a line; NULL: wrong arguments (said). */
static char *make_line(const struct ask *ask)
{
	int ms = ask->seconds < 0 ? -1 : (int)(ask->seconds * 1000);
	unsigned long n = 0;
	const char *hex;

	if (!strcmp(ask->verb, "read")) {
		if (ask->words.n == 1 && number(ask->words.v[0], CLI_CONTROL_BYTES_MAX, &n))
			return cli_format("read %lu %lu %d\n", n, ask->offset, ms);
		cli_usage("ioctl", "read takes the number of bytes, up to %d", CLI_CONTROL_BYTES_MAX);
		return NULL;
	}
	if (strcmp(ask->verb, "write") != 0 && !number(ask->verb, UINT32_MAX, &n)) {
		cli_usage("ioctl", "%s is neither a control code nor read or write", ask->verb);
		return NULL;
	}
	hex = joined_hex(ask);
	if (!hex)
		return NULL;
	return strcmp(ask->verb, "write") ? cli_format("ioctl %lu %lu %d %s\n", n, ask->out, ms, hex)
					  : cli_format("write %lu %d %s\n", ask->offset, ms, hex);
}

/* The connection, a stream each way. False: nobody is there (said). */
struct peer {
	FILE *in, *out;
};

static bool reach(const char *path, struct peer *peer)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, err = ENAMETOOLONG;

	if (strlen(path) < sizeof(address.sun_path)) {
		memcpy(address.sun_path, path, strlen(path));
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd >= 0 && !connect(fd, (struct sockaddr *)&address, sizeof(address))) {
			peer->in = fdopen(fd, "r");
			peer->out = fdopen(dup(fd), "w");
			return peer->in && peer->out;
		}
		err = errno;
		if (fd >= 0)
			close(fd);
	}
	cli_error("nobody hosts drivers at %s: %s", path, strerror(err));
	return false;
}

/* Sends a line and shows its answer. CLI_OK or CLI_FAILED (said). */
static int exchange(const struct peer *peer, const char *line, const char *what)
{
	char *answer = cli_alloc(CLI_CONTROL_LINE_MAX), status[64], *hex;
	unsigned long count;
	int err, at = 0;

	if (fputs(line, peer->out) < 0 || fflush(peer->out) || !fgets(answer, CLI_CONTROL_LINE_MAX, peer->in)) {
		cli_error("the process that hosts the driver ended the connection");
		return CLI_FAILED;
	}
	answer[strcspn(answer, "\n")] = '\0';
	if (sscanf(answer, "%d %63s %lu %n", &err, status, &count, &at) != 3 || !at) {
		cli_error("the answer is not understood: %s", answer);
		return CLI_FAILED;
	}
	hex = answer + at;
	if (strcmp(hex, "-") != 0)
		puts(hex);
	if (err)
		cli_error("%s: %s (%s)", what, strcmp(status, "-") ? status : "refused", strerror(err));
	return err ? CLI_FAILED : CLI_OK;
}

int cli_ioctl(int argc, char **argv)
{
	struct ask ask = {.out = 4096, .seconds = -1};
	int code = parse(argc, argv, &ask);
	const char *path;
	char *line;
	struct peer peer;

	if (code)
		return code < 0 ? CLI_OK : code;
	path = cli_control_path(ask.control);
	if (!path)
		return cli_usage("ioctl", "--control is needed, since XDG_RUNTIME_DIR is not set");
	line = make_line(&ask);
	if (!line)
		return CLI_USAGE;
	signal(SIGPIPE, SIG_IGN);
	if (!reach(path, &peer))
		return CLI_FAILED;
	code = exchange(&peer, cli_format("open 3 %s\n", ask.device), ask.device);
	if (!code)
		code = exchange(&peer, line, ask.verb);
	fclose(peer.in);
	fclose(peer.out);
	return code;
}
