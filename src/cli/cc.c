// SPDX-License-Identifier: MIT
/*
 * wskhost cc: compiles and links a driver's sources into one image, or into an
 * object for a program of one's own; and does single steps of that for build
 * systems, which keep the compiling to themselves.
 */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "wskhost/wskhost.h"

static const char help[] =
	"usage: wskhost cc [options] SOURCE|OBJECT|FOLDER...\n"
	"\n"
	"Compiles C and C++ sources (of a folder: all of them) into one driver image for\n"
	"wskhost run. Windows driver headers come with wskhost; the C library's are not\n"
	"visible. WPP trace headers (.tmh) are made on the way.\n"
	"\n"
	"  -o FILE              the output; default: the first source's name with .so (or .o)\n"
	"  --static             make an object to link into a program (wskhost_load_static)\n"
	"                       in which only wskhost_driver_NAME is visible\n"
	"  --name NAME          the driver's name there; default: that of the output\n"
	"  --compiler PROGRAM   default: $CC, else clang, else gcc (clang takes more of MSVC's dialect)\n"
	"  --wpp-config FILE    a WPP configuration (.ini) with FUNC lines\n"
	"  --verbose            show the compiler's commands\n"
	"  -I -D -U -O -g -W -f -m -std= -include -isystem   go to the compiler as they are\n"
	"\n"
	"For build systems that compile themselves:\n"
	"  --print-flags c|c++|link   the flags, one per line\n"
	"  --tmh FOLDER         make only the WPP trace headers of the sources, in FOLDER\n"
	"  --check              look through images: is every name there, and DriverEntry?\n"
	"\n"
	"Names that neither the driver nor wskhost defines are reported as errors, all of\n"
	"them at once. Exit codes: see wskhost --help.\n";

/* The command line. */
struct cc {
	struct cli_build_options build;
	struct cli_list inputs;
	const char *output, *name, *flags_for, *tmh;
	const char *first; /* input as written, for the default name */
	bool check;
};

static bool has_object_ending(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && !strcmp(dot, ".o");
}

static int take_input(struct cc *cc, const char *path)
{
	struct stat st;

	cc->first = cc->first ? cc->first : path;
	if (stat(path, &st))
		return cli_usage("cc", "there is no source %s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return cli_sources_of_folder(path, &cc->inputs) ? CLI_OK : CLI_USAGE;
	if (!cli_is_source(path) && !has_object_ending(path) && !cc->check)
		return cli_usage("cc", "%s is no C or C++ source (.c .cpp .cc .cxx) and no object (.o)", path);
	cli_add(&cc->inputs, path);
	return CLI_OK;
}

static const char **option_with_value(struct cc *cc, const char *a)
{
	return !strcmp(a, "-o")		    ? &cc->output
	       : !strcmp(a, "--name")	    ? &cc->name
	       : !strcmp(a, "--print-flags") ? &cc->flags_for
	       : !strcmp(a, "--tmh")	    ? &cc->tmh
					    : NULL;
}

static bool take_switch(struct cc *cc, const char *a)
{
	if (!strcmp(a, "--static"))
		return cc->build.static_object = true;
	if (!strcmp(a, "--check"))
		return cc->check = true;
	return false;
}

/* CLI_OK, CLI_USAGE (said), or -1: help was wanted and given. */
static int parse(struct cc *cc, int argc, char **argv)
{
	for (int i = 1; i < argc;) {
		const char *a = argv[i], **value = option_with_value(cc, a);
		int taken = value ? 2 : cli_build_option(&cc->build, "cc", argc, argv, i);

		if (taken < 0)
			return CLI_USAGE;
		if (!strcmp(a, "--help") || !strcmp(a, "-h")) {
			fputs(help, stdout);
			return -1;
		}
		if (value && i + 1 == argc)
			return cli_usage("cc", "%s needs %s", a, !strcmp(a, "-o") ? "a file" : "a value");
		if (value)
			*value = argv[i + 1];
		else if (!taken && take_switch(cc, a))
			taken = 1;
		else if (!taken && a[0] == '-')
			return cli_usage("cc", "there is no option %s", a);
		else if (!taken && take_input(cc, a))
			return CLI_USAGE;
		i += taken ? taken : 1;
	}
	return CLI_OK;
}

static int print_flags(const struct cc *cc)
{
	struct cli_toolchain t = {0};
	struct cli_list flags = {0};
	bool cpp = !strcmp(cc->flags_for, "c++");

	if (!cpp && strcmp(cc->flags_for, "c") && strcmp(cc->flags_for, "link"))
		return cli_usage("cc", "--print-flags takes c, c++ or link, not %s", cc->flags_for);
	if (!strcmp(cc->flags_for, "link")) {
		cli_link_flags(&flags);
	} else {
		if (!cli_find_toolchain(&cc->build, &t))
			return CLI_BUILD;
		cli_compile_flags(&flags, &t, cpp);
		cli_header_flags(&flags, &t);
	}
	for (size_t i = 0; i < flags.n; i++)
		puts(flags.v[i]);
	return CLI_OK;
}

static int only_check(const struct cc *cc)
{
	int code = CLI_OK;

	for (size_t i = 0; i < cc->inputs.n; i++)
		if (wskhost_check(cc->inputs.v[i]))
			code = CLI_BUILD;
	return code;
}

static int only_tmh(const struct cc *cc)
{
	for (size_t i = 0; i < cc->inputs.n; i++)
		if (cli_wpp_generate(cc->inputs.v[i], &cc->build, cc->tmh))
			return CLI_BUILD;
	return CLI_OK;
}

int cli_cc(int argc, char **argv)
{
	struct cc cc = {0};
	int code = parse(&cc, argc, argv);

	if (code)
		return code < 0 ? CLI_OK : code;
	if (cc.flags_for)
		return print_flags(&cc);
	if (!cc.inputs.n)
		return cli_usage("cc", "a source is needed");
	if (cc.check)
		return only_check(&cc);
	if (cc.tmh)
		return only_tmh(&cc);
	if (cc.name && !cc.build.static_object)
		return cli_usage("cc", "--name goes with --static; an image is called as its file");
	if (!cc.output)
		cc.output = cli_format("%s.%s", cli_short_name(cc.first, true), cc.build.static_object ? "o" : "so");
	return cli_build(&cc.build, cc.name ? cc.name : cli_short_name(cc.output, true), &cc.inputs, cc.output);
}
