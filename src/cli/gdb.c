// SPDX-License-Identifier: MIT
/*
 * wskhost run under gdb: gdb is told what it needs to know of a process that
 * loads drivers and uses signals for itself, and runs this same command with the
 * drivers' images. Signals that main waits for never stop at gdb, so under it
 * Ctrl-C is left to gdb, and a gdb command stands in for what it does otherwise.
 */
#include "cli/cli.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define UNDER_GDB "WSKHOST_UNDER_GDB"

static const char preparation[] =
	"set breakpoint pending on\n"
	"set environment " UNDER_GDB " 1\n"
	"set print thread-events off\n"
	"handle SIGUSR2 SIGSYS nostop noprint pass\n"
	"define unload\n"
	"  call (int)kill((int)getpid(), 15)\n"
	"  continue\n"
	"end\n"
	"document unload\n"
	"Unload the drivers and end, as Ctrl-C does without gdb.\n"
	"end\n";

static const char welcome[] =
	"echo Set breakpoints (break DriverEntry), then: run. Ctrl-C stops here; unload ends.\\n\n";

/* With a file of commands: the exit code of the command, or 1 when it did not get
 * to its end. */
static const char ending[] =
	"if $_isvoid($_exitcode)\n"
	"  quit 1\n"
	"else\n"
	"  quit $_exitcode\n"
	"end\n";

bool cli_under_gdb(void)
{
	return getenv(UNDER_GDB) != NULL;
}

int cli_gdb_ready(const char *commands)
{
	if (commands && access(commands, R_OK))
		return cli_usage("run", "--gdb=%s: the file of commands cannot be read", commands);
	if (cli_on_path("gdb"))
		return CLI_OK;
	cli_error("gdb is not installed (Debian: apt-get install gdb)");
	return CLI_FAILED;
}

/* A file below cli_temp() that gdb reads; NULL: cannot be written (said). */
static const char *script(const char *name, const char *text)
{
	const char *temp = cli_temp();
	char *path = temp ? cli_format("%s/%s.gdb", temp, name) : NULL;
	FILE *f = path ? fopen(path, "we") : NULL;
	bool good = f && fputs(text, f) >= 0;

	if (f && !fclose(f) && good)
		return path;
	cli_error("cannot write gdb's commands to %s", path ? path : "a temporary folder");
	return NULL;
}

static void add_script(struct cli_list *args, const char *path)
{
	cli_add(args, "-x");
	cli_add(args, path);
}

/* gdb's own Ctrl-C comes here, too; a handler is not inherited, as SIG_IGN is. */
static void stay(int sig)
{
	(void)sig;
}

/* The leak checker traces the process itself, which only one can. */
static const char *without_leak_checker(void)
{
	const char *options = getenv("ASAN_OPTIONS");

	if (!strstr(WSKHOST_BUILD_SANITIZE, "address"))
		return "";
	return cli_format("set environment ASAN_OPTIONS %s:detect_leaks=0\n", options ? options : "");
}

int cli_gdb(const struct cli_list *args, const char *commands)
{
	struct cli_list line = {0};
	const char *first = script("first", cli_format("%s%s", preparation, without_leak_checker()));
	const char *last = commands ? script("last", ending) : script("last", welcome);
	int code;

	if (!first || !last)
		return CLI_FAILED;
	cli_add(&line, "gdb");
	cli_add(&line, "-q");
	if (commands)
		cli_add(&line, "-batch");
	add_script(&line, first);
	if (commands)
		add_script(&line, commands);
	add_script(&line, last);
	cli_add(&line, "--args");
	cli_add(&line, cli_own_path());
	cli_add(&line, "run");
	for (size_t i = 0; i < args->n; i++)
		cli_add(&line, args->v[i]);
	signal(SIGINT, stay);
	code = cli_run_program(&line, false, NULL, 0);
	return code < 0 ? CLI_FAILED : code;
}
