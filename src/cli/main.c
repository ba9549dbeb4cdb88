// SPDX-License-Identifier: MIT
/*
 * The wskhost command: picks the subcommand, and holds the few helpers that
 * all of them use.
 */
#include "cli/cli.h"

#include <errno.h>
#include <ftw.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
	"wskhost " WSKHOST_VERSION ": Windows kernel drivers that use Winsock Kernel (WSK), in a Linux process\n"
	"\n"
	"usage: wskhost run [options] DRIVER...      load drivers (compiling them if need be) until Ctrl-C\n"
	"       wskhost cc [options] SOURCE...       compile a driver's sources into an image\n"
	"       wskhost ioctl [options] DEVICE CODE  send a control code to a device of a hosted driver\n"
	"       wskhost COMMAND --help | --help | --version\n"
	"\n"
	"exit codes:\n"
	"  0    all went well: every driver was unloaded and left nothing behind\n"
	"  1    wskhost could not do its work (no memory, engine refused by the system, ...)\n"
	"  2    wrong arguments\n"
	"  3    a driver did not compile or link\n"
	"  4    a driver could not be loaded, or its DriverEntry failed\n"
	"  5    a driver left something behind (leak), or could not be unloaded\n"
	"  6    a driver crashed; its stack was printed\n"
	"  130  a second Ctrl-C ended the process before the drivers were unloaded\n"
	"  134  bugcheck (the process aborts after its report)\n";

/* Memory that lives until the end: every block is on this chain. */
struct block {
	struct block *next;
	_Alignas(max_align_t) char data[];
};
static struct block *blocks;

void *cli_alloc(size_t size)
{
	struct block *b = malloc(sizeof(*b) + size);

	if (!b) {
		fputs("wskhost: out of memory\n", stderr);
		exit(CLI_FAILED);
	}
	b->next = blocks;
	blocks = b;
	return b->data;
}

void cli_add(struct cli_list *l, const char *s)
{
	if (l->n + 1 >= l->room) {
		char **bigger = cli_alloc((l->room * 2 + 8) * sizeof(*bigger));

		for (size_t i = 0; i < l->n; i++)
			bigger[i] = l->v[i];
		l->v = bigger;
		l->room = l->room * 2 + 8;
	}
	l->v[l->n++] = (char *)(uintptr_t)s;
	l->v[l->n] = NULL;
}

static char *vformat(const char *fmt, va_list ap)
{
	va_list again;
	int n;
	char *s;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	s = cli_alloc(n > 0 ? (size_t)n + 1 : 1);
	s[0] = '\0';
	if (n > 0)
		vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	return s;
}

char *cli_format(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = vformat(fmt, ap);
	va_end(ap);
	return s;
}

char *cli_short_name(const char *path, bool cut_ending)
{
	char *real = realpath(path, NULL), *copy = cli_format("%s", real ? real : path), *base, *dot;

	free(real);
	base = basename(copy);
	dot = strrchr(base, '.');
	if (cut_ending && dot && dot != base)
		*dot = '\0';
	return base;
}

void cli_addf(struct cli_list *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	cli_add(l, vformat(fmt, ap));
	va_end(ap);
}

bool cli_starts_with(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

static void verror(const char *fmt, va_list ap)
{
	fprintf(stderr, "wskhost: %s\n", vformat(fmt, ap));
}

void cli_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verror(fmt, ap);
	va_end(ap);
}

int cli_usage(const char *command, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verror(fmt, ap);
	va_end(ap);
	fprintf(stderr, "Try: wskhost %s%s--help\n", command, *command ? " " : "");
	return CLI_USAGE;
}

/* ---- the intermediate files -------------------------------------------------- */

static char *temp_folder;
static bool temp_kept;

const char *cli_temp(void)
{
	const char *base = getenv("TMPDIR");
	char *path;

	if (temp_folder)
		return temp_folder;
	path = cli_format("%s/wskhost-XXXXXX", base && *base ? base : "/tmp");
	if (!mkdtemp(path)) {
		cli_error("cannot make a temporary folder %s: %s", path, strerror(errno));
		return NULL;
	}
	temp_folder = path;
	return path;
}

void cli_temp_keep(void)
{
	temp_kept = true;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void cli_temp_remove(void)
{
	if (temp_folder && !temp_kept)
		nftw(temp_folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	temp_folder = NULL;
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";
	int code;

	if (!strcmp(command, "--help") || !strcmp(command, "-h") || !strcmp(command, "help")) {
		fputs(help, stdout);
		return CLI_OK;
	}
	if (!strcmp(command, "--version")) {
		puts("wskhost " WSKHOST_VERSION);
		return CLI_OK;
	}
	if (!strcmp(command, "run"))
		code = cli_run(argc - 1, argv + 1);
	else if (!strcmp(command, "cc"))
		code = cli_cc(argc - 1, argv + 1);
	else if (!strcmp(command, "ioctl"))
		code = cli_ioctl(argc - 1, argv + 1);
	else if (!*command)
		code = cli_usage("", "a command is needed: run, cc or ioctl");
	else
		code = cli_usage("", "there is no command %s", command);
	cli_temp_remove();
	return code;
}
