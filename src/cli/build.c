// SPDX-License-Identifier: MIT
/*
 * Making a driver image from sources: finds the compiler and the driver
 * headers, compiles each source, links, and looks for names that nobody
 * defines. The flags are those that unmodified drivers were found to need.
 */
#include "cli/cli.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wskhost/wskhost.h"

extern char **environ;

/* ---- arguments ---------------------------------------------------------------- */

static bool has_value(const char *a)
{
	static const char *const with_value[] = {"-include", "-isystem", "-idirafter", "-iquote"};

	for (size_t i = 0; i < sizeof(with_value) / sizeof(with_value[0]); i++)
		if (!strcmp(a, with_value[i]))
			return true;
	return !strcmp(a, "-I") || !strcmp(a, "-D") || !strcmp(a, "-U");
}

static bool is_compiler_flag(const char *a)
{
	if (a[0] != '-' || !a[1] || a[1] == '-')
		return false;
	return strchr("IDUOgWfm", a[1]) || cli_starts_with(a, "-std=") || has_value(a);
}

int cli_build_option(struct cli_build_options *o, const char *command, int argc, char **argv, int i)
{
	const char *a = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
	bool long_option = !strcmp(a, "--compiler") || !strcmp(a, "--wpp-config");

	if (!strcmp(a, "--verbose") || !strcmp(a, "-v")) {
		o->verbose = true;
		return 1;
	}
	if (!long_option && !is_compiler_flag(a))
		return 0;
	if ((long_option || has_value(a)) && !value) {
		cli_usage(command, "%s needs a value", a);
		return -1;
	}
	if (!strcmp(a, "--compiler")) {
		o->compiler = value;
		return 2;
	}
	if (!strcmp(a, "--wpp-config")) {
		cli_add(&o->wpp_config, value);
		return 2;
	}
	cli_add(&o->flags, a);
	if (!has_value(a)) {
		if (cli_starts_with(a, "-I"))
			cli_add(&o->includes, a + 2);
		return 1;
	}
	cli_add(&o->flags, value);
	if (!strcmp(a, "-I"))
		cli_add(&o->includes, value);
	return 2;
}

static bool has_ending(const char *path, const char *const *endings)
{
	const char *dot = strrchr(path, '.');

	for (; dot && *endings; endings++)
		if (!strcasecmp(dot + 1, *endings))
			return true;
	return false;
}

static bool is_cpp(const char *path)
{
	static const char *const endings[] = {"cpp", "cc", "cxx", NULL};

	return has_ending(path, endings);
}

bool cli_is_source(const char *path)
{
	static const char *const endings[] = {"c", NULL};

	return has_ending(path, endings) || is_cpp(path);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

bool cli_sources_of_folder(const char *path, struct cli_list *out)
{
	size_t before = out->n;
	struct dirent *entry;
	DIR *dir = opendir(path);

	if (!dir) {
		cli_error("cannot read the folder %s: %s", path, strerror(errno));
		return false;
	}
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && cli_is_source(entry->d_name))
			cli_addf(out, "%s/%s", path, entry->d_name);
	closedir(dir);
	if (out->n == before) {
		cli_error("the folder %s holds no C or C++ source", path);
		return false;
	}
	qsort(out->v + before, out->n - before, sizeof(*out->v), compare);
	return true;
}

/* ---- running programs ------------------------------------------------------------ */

int cli_run_program(const struct cli_list *args, bool verbose, char *out, size_t out_size)
{
	posix_spawn_file_actions_t actions;
	int fds[2] = {-1, -1}, status, err;
	ssize_t n = 0;
	pid_t pid;

	for (size_t i = 0; verbose && i < args->n; i++)
		fprintf(stderr, "%s%s", args->v[i], i + 1 < args->n ? " " : "\n");
	if (out && pipe2(fds, O_CLOEXEC))
		return -1;
	posix_spawn_file_actions_init(&actions);
	if (out)
		posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
	err = posix_spawnp(&pid, args->v[0], &actions, NULL, args->v, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (out) {
		close(fds[1]);
		if (!err)
			n = read(fds[0], out, out_size - 1);
		close(fds[0]);
		out[n > 0 ? n : 0] = '\0';
		out[strcspn(out, "\n")] = '\0';
	}
	if (err) {
		cli_error("cannot run %s: %s", args->v[0], strerror(err));
		return -1;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool cli_on_path(const char *program)
{
	const char *path = getenv("PATH");
	char *copy = cli_format("%s", path ? path : "/usr/bin:/bin"), *save = NULL;
	bool found = false;

	for (char *dir = strtok_r(copy, ":", &save); dir && !found; dir = strtok_r(NULL, ":", &save))
		found = !access(cli_format("%s/%s", dir, program), X_OK);
	return found;
}

/* ---- the toolchain ------------------------------------------------------------------ */

static const char *choose_compiler(const struct cli_build_options *o)
{
	const char *cc = getenv("CC");

	if (o->compiler)
		return o->compiler;
	if (cc && *cc)
		return cc;
	/* An instrumented driver needs the run-time library of the same compiler. */
	if (*WSKHOST_BUILD_SANITIZE)
		return WSKHOST_BUILD_COMPILER;
	return cli_on_path("clang") ? "clang" : "gcc";
}

char *cli_own_path(void)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	exe[n > 0 ? n : 0] = '\0';
	return cli_format("%s", exe);
}

/* The driver headers lie beside an installed command; in the source tree otherwise. */
static char *find_headers(void)
{
	char *folder = cli_own_path(), *real, *path;

	if (strrchr(folder, '/'))
		*strrchr(folder, '/') = '\0';
	real = realpath(cli_format("%s/" WSKHOST_INSTALLED_HEADERS, folder), NULL);
	path = cli_format("%s", real ? real : "");
	free(real);
	if (!access(cli_format("%s/wsk.h", path), R_OK))
		return path;
	if (!access(WSKHOST_BUILD_HEADERS "/wsk.h", R_OK))
		return cli_format("%s", WSKHOST_BUILD_HEADERS);
	cli_error("the driver headers are not beside this command (" WSKHOST_INSTALLED_HEADERS
		  "); is the installation complete?");
	return NULL;
}

bool cli_find_toolchain(const struct cli_build_options *o, struct cli_toolchain *t)
{
	struct cli_list args = {0};
	char text[PATH_MAX];

	t->compiler = choose_compiler(o);
	cli_add(&args, t->compiler);
	cli_add(&args, "--version");
	if (cli_run_program(&args, o->verbose, text, sizeof(text))) {
		cli_error("no working C compiler: install clang (or gcc), or name one with --compiler");
		return false;
	}
	t->clang = strstr(text, "clang") != NULL;
	args.v[1] = (char *)(uintptr_t)"-print-file-name=include";
	if (cli_run_program(&args, o->verbose, text, sizeof(text)) || text[0] != '/') {
		cli_error("%s does not tell where its own headers are (-print-file-name=include)", t->compiler);
		return false;
	}
	t->compiler_headers = cli_format("%s", text);
	t->headers = find_headers();
	return t->headers != NULL;
}

/* ---- flags ---------------------------------------------------------------------------- */

static void add_all(struct cli_list *args, const char *const *flags)
{
	for (; *flags; flags++)
		cli_add(args, *flags);
}

void cli_compile_flags(struct cli_list *args, const struct cli_toolchain *t, bool cpp)
{
	static const char *const common[] = {
		"-fPIC", "-g", "-fno-omit-frame-pointer", "-fno-stack-protector", "-fshort-wchar",
		/* No tail calls: the return address of a call tells which driver made it. */
		"-fno-optimize-sibling-calls", "-fms-extensions", "-fno-strict-aliasing", "-fwrapv",
		"-fno-delete-null-pointer-checks", "-Wno-multichar", "-Wno-unknown-pragmas", "-Wno-ignored-attributes",
		"-nostdinc", NULL};
	static const char *const c_only[] = {"-std=gnu17", "-fcommon", "-Wno-incompatible-pointer-types", NULL};
	static const char *const cpp_only[] = {"-std=c++20",		"-fno-exceptions",	 "-fno-rtti",
					       "-fno-threadsafe-statics", "-fno-use-cxa-atexit", "-nostdinc++",
					       "-Wno-write-strings",	NULL};
	static const char *const clang_only[] = {"-fms-compatibility",
						 "-Wno-microsoft",
						 "-Wno-incompatible-function-pointer-types",
						 "-Wno-pragma-pack",
						 "-Wno-incompatible-library-redeclaration",
						 NULL};
	static const char *const gcc_only[] = {"-Wno-builtin-declaration-mismatch",
					       /* Such names stay visible, and keep an image mapped. */
					       "-fno-gnu-unique", NULL};

	add_all(args, common);
	add_all(args, cpp ? cpp_only : c_only);
	add_all(args, t->clang ? clang_only : gcc_only);
	if (strstr(WSKHOST_BUILD_SANITIZE, "address"))
		cli_add(args, "-fsanitize=address");
	if (strstr(WSKHOST_BUILD_SANITIZE, "thread"))
		cli_add(args, "-fsanitize=thread");
}

/* After the user's own folders. One argument each, since a build system that takes
 * them over may drop what it sees twice. */
void cli_header_flags(struct cli_list *args, const struct cli_toolchain *t)
{
	cli_addf(args, "-isystem%s", t->headers);
	cli_addf(args, "-isystem%s", t->compiler_headers);
	cli_addf(args, "-include%s/wskhost_driver.h", t->headers);
}

void cli_link_flags(struct cli_list *args)
{
	/* Bsymbolic: a driver's own connect() or send() stays its own. */
	static const char *const flags[] = {"-shared", "-nostdlib", "-fPIC", "-Wl,-Bsymbolic", "-Wl,-z,now",
					    "-Wl,-z,noexecstack", "-Wl,--build-id", NULL};

	add_all(args, flags);
}

static bool compile(const struct cli_toolchain *t, const struct cli_build_options *o, const char *source,
		    const char *object, const char *wpp, bool alone)
{
	struct cli_list args = {0};
	bool cpp = is_cpp(source);

	cli_add(&args, t->compiler);
	cli_add(&args, "-c");
	cli_add(&args, "-O2");
	cli_compile_flags(&args, t, cpp);
	/* For MSVC an inline function is also defined, once for the whole driver; C99
	 * leaves it undefined. With one source, once is easy. */
	if (alone && !cpp)
		cli_add(&args, "-fgnu89-inline");
	for (size_t i = 0; i < o->flags.n; i++)
		cli_add(&args, o->flags.v[i]);
	cli_addf(&args, "-I%s", wpp);
	cli_header_flags(&args, t);
	if (cpp) {
		cli_add(&args, "-x");
		cli_add(&args, "c++");
	}
	cli_add(&args, source);
	cli_add(&args, "-o");
	cli_add(&args, object);
	return cli_run_program(&args, o->verbose, NULL, 0) == 0;
}

static bool link_image(const struct cli_toolchain *t, const struct cli_build_options *o, const struct cli_list *objects,
		       const char *output)
{
	struct cli_list args = {0};

	cli_add(&args, t->compiler);
	cli_link_flags(&args);
	cli_add(&args, "-o");
	cli_add(&args, output);
	for (size_t i = 0; i < objects->n; i++)
		cli_add(&args, objects->v[i]);
	cli_add(&args, "-lgcc"); /* what the compiler calls for 128-bit arithmetic */
	return cli_run_program(&args, o->verbose, NULL, 0) == 0;
}

static void warn_of(const char *source)
{
	char *text = cli_read_text(source);

	if (text)
		cli_seh_scan(source, text);
	free(text);
}

/* Sources become objects below folder; objects are taken as they are. */
static bool compile_all(const struct cli_toolchain *t, const struct cli_build_options *o, const char *name,
			const struct cli_list *sources, const char *folder, struct cli_list *objects)
{
	char *wpp = cli_format("%s/tmh", folder);

	if (mkdir(wpp, 0700)) {
		cli_error("cannot make the folder %s: %s", wpp, strerror(errno));
		return false;
	}
	for (size_t i = 0; i < sources->n; i++) {
		const char *source = sources->v[i];

		if (access(source, R_OK)) {
			cli_error("cannot read %s: %s", source, strerror(errno));
			return false;
		}
		if (!cli_is_source(source)) {
			cli_add(objects, source);
			continue;
		}
		cli_addf(objects, "%s/%zu.o", folder, i);
		warn_of(source);
		if (cli_wpp_generate(source, o, wpp) ||
		    !compile(t, o, source, objects->v[i], wpp, sources->n == 1)) {
			cli_error("%s: %s did not compile", name, source);
			return false;
		}
	}
	return true;
}

int cli_build(const struct cli_build_options *o, const char *name, const struct cli_list *sources, const char *output)
{
	const char *temp = cli_temp(), *image = output;
	struct cli_list objects = {0};
	struct cli_toolchain t = {0};
	char *folder;

	if (!temp || !cli_find_toolchain(o, &t))
		return CLI_BUILD;
	folder = cli_format("%s/%s.build", temp, name);
	if (mkdir(folder, 0700)) {
		cli_error("cannot make the folder %s: %s", folder, strerror(errno));
		return CLI_BUILD;
	}
	if (!compile_all(&t, o, name, sources, folder, &objects))
		return CLI_BUILD;
	/* One that becomes part of a program is linked as an image all the same: for
	 * the check of its names, so that what is missing is said in the same words. */
	if (o->static_object)
		image = cli_format("%s/%s.so", folder, name);
	if (!link_image(&t, o, &objects, image)) {
		cli_error("%s: did not link", name);
		return CLI_BUILD;
	}
	if (wskhost_check(image)) {
		unlink(image);
		cli_error("%s: not made, because of the errors above", output);
		return CLI_BUILD;
	}
	if (o->static_object && !cli_make_static(&t, o, name, folder, &objects, output)) {
		unlink(output);
		cli_error("%s: not made", output);
		return CLI_BUILD;
	}
	return CLI_OK;
}
