// SPDX-License-Identifier: MIT
#pragma once
/*
 * Private side of the wskhost command: what its files offer each other. One
 * process, one command; strings and lists made here live until the process
 * ends, so nothing frees them. Host world, main thread unless stated.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit codes; `wskhost --help` documents them. */
enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1,      /* wskhost itself could not do its work */
	CLI_USAGE = 2,       /* wrong arguments */
	CLI_BUILD = 3,       /* a driver did not compile or link */
	CLI_LOAD = 4,        /* a driver could not be loaded, or its DriverEntry failed */
	CLI_LEAK = 5,        /* a driver leaked, or could not be unloaded */
	CLI_CRASH = 6,       /* a driver faulted */
	CLI_INTERRUPTED = 130, /* a second Ctrl-C while drivers were still being unloaded */
};

/* ---- lists and strings (main.c) ------------------------------------------- */

/* A growing list of strings, always NULL-terminated in v (v itself is NULL
 * while nothing was added). */
struct cli_list {
	char **v;
	size_t n, room;
};

/* Never NULL: when memory is short the process ends. */
void *cli_alloc(size_t size);

void cli_add(struct cli_list *l, const char *s); /* keeps the pointer */
void cli_addf(struct cli_list *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *cli_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The last name of a path, made absolute, so that "." has one too; without its
 * ending if asked. */
char *cli_short_name(const char *path, bool cut_ending);
bool cli_starts_with(const char *s, const char *prefix);
/* "wskhost: ..." on stderr. */
void cli_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same and a pointer to the help text; returns CLI_USAGE. */
int cli_usage(const char *command, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A private folder for this process's intermediate files, made on first use;
 * NULL when none can be made (said on stderr). Removed with all it holds by
 * cli_temp_remove, unless cli_temp_keep was called. */
const char *cli_temp(void);
void cli_temp_keep(void);
void cli_temp_remove(void);

/* ---- commands -------------------------------------------------------------- */

int cli_run(int argc, char **argv); /* run.c */
int cli_cc(int argc, char **argv);  /* cc.c */
int cli_ioctl(int argc, char **argv); /* ioctl.c */

/* ---- the control socket (control.c) ------------------------------------------- */

#define CLI_CONTROL_BYTES_MAX (1 << 20)                     /* of one request's data, either way */
#define CLI_CONTROL_LINE_MAX (2 * CLI_CONTROL_BYTES_MAX + 1024) /* its hexadecimal, and words */

/* given, or where the socket is by default; NULL: nowhere. */
const char *cli_control_path(const char *given);
/* Offers the devices of this process there. 0; -errno (said) when the path was
 * given and cannot be had; without one the command goes on. */
int cli_control_start(const char *given);
/* Cuts everybody off and waits until their devices are closed. */
void cli_control_stop(void);
/* Bytes from hexadecimal digits and spaces; false: it is none, or too long. */
bool cli_from_hex(const char *text, unsigned char *out, size_t room, size_t *count);

/* ---- making a driver image (build.c) ---------------------------------------- */

/* What the compiler is told besides what every driver needs. */
struct cli_build_options {
	const char *compiler;       /* NULL: $CC, clang, gcc, in this order */
	struct cli_list flags;      /* -I, -D, -O, -g, ... in order */
	struct cli_list includes;   /* folders of the -I among them */
	struct cli_list wpp_config; /* files with FUNC lines */
	bool verbose;               /* show each command */
	bool static_object;         /* not an image: an object to be linked into a program */
};

/* What a build needs to know of this machine. */
struct cli_toolchain {
	const char *compiler;
	bool clang;
	char *headers;          /* include/wdk */
	char *compiler_headers; /* stddef.h and the like */
};

/* False: no compiler or no headers (said). */
bool cli_find_toolchain(const struct cli_build_options *o, struct cli_toolchain *t);
/* What compiling a driver takes besides -c and the optimisation; what follows the
 * user's flags; what linking takes. */
void cli_compile_flags(struct cli_list *args, const struct cli_toolchain *t, bool cpp);
void cli_header_flags(struct cli_list *args, const struct cli_toolchain *t);
void cli_link_flags(struct cli_list *args);
/* Runs the program and returns its exit code; -1 when it cannot be run (said).
 * With `out`, its standard output's first line goes there. */
int cli_run_program(const struct cli_list *args, bool verbose, char *out, size_t out_size);
bool cli_on_path(const char *program);
/* The file of this command. */
char *cli_own_path(void);

/* Takes argv[i] when it is an option for the compiler; returns how many
 * arguments that were, 0 when it is none, -1 when its value is missing (said). */
int cli_build_option(struct cli_build_options *o, const char *command, int argc, char **argv, int i);
bool cli_is_source(const char *path);
/* The C and C++ files of a folder, sorted. False: cannot be read (said). */
bool cli_sources_of_folder(const char *path, struct cli_list *out);
/* Compiles and links sources (and objects) into the image, or static object, `output`; intermediate files go
 * below cli_temp()/name. 0 or CLI_BUILD, having said why. */
int cli_build(const struct cli_build_options *o, const char *name, const struct cli_list *sources,
	      const char *output);

/* ---- drivers as part of a program (static.c) ------------------------------------- */

/* Makes one object of a driver's, in which nothing is visible but its descriptor
 * wskhost_driver_<name>. False: did not work (said). */
bool cli_make_static(const struct cli_toolchain *t, const struct cli_build_options *o, const char *name,
		     const char *folder, const struct cli_list *objects, const char *output);

/* ---- WPP (wpp.c) -------------------------------------------------------------- */

/* Writes into folder a header for each .tmh that the source or a local header
 * of it includes. 0 or -errno (said). */
int cli_wpp_generate(const char *source, const struct cli_build_options *o, const char *folder);

/* ---- under a debugger (gdb.c) ------------------------------------------------------ */

/* CLI_OK, or an exit code (said): there is no gdb, or no such file of commands. */
int cli_gdb_ready(const char *commands);
/* wskhost run with these arguments under gdb; with commands, a file of gdb's, in
 * batch mode. Returns what the command under it, or gdb, returned. */
int cli_gdb(const struct cli_list *args, const char *commands);
/* This process is the one under gdb, which wants Ctrl-C for itself. */
bool cli_under_gdb(void);
/* A file's text, to be freed; NULL when it cannot be read or is beyond reason. */
char *cli_read_text(const char *path);

/* ---- exceptions (sehscan.c) ---------------------------------------------------- */

/* Warns of what the __try blocks of a source's text cannot do here. */
void cli_seh_scan(const char *path, const char *text);

/* ---- faults (crash.c) ----------------------------------------------------------- */

/* From now on a fault is offered to the driver's __except, else reported with
 * the driver's stack, and ends the process with CLI_CRASH. */
void cli_crash_install(void);
/* Prints the stack of another thread than the caller's, as it is now. */
void cli_thread_stack(uint32_t thread_id);
