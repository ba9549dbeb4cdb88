// SPDX-License-Identifier: MIT
/* wskhost cc: compiles and links a driver's sources into one image. */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char help[] =
	"usage: wskhost cc [options] SOURCE|FOLDER...\n"
	"\n"
	"Compiles C and C++ sources (of a folder: all of them) into one driver image for\n"
	"wskhost run. Windows driver headers come with wskhost; the C library's are not\n"
	"visible. WPP trace headers (.tmh) are made on the way.\n"
	"\n"
	"  -o FILE              the image; default: the first source's name with .so\n"
	"  --compiler PROGRAM   default: $CC, else clang, else gcc (clang takes more of MSVC's dialect)\n"
	"  --wpp-config FILE    a WPP configuration (.ini) with FUNC lines\n"
	"  --verbose            show the compiler's commands\n"
	"  -I -D -U -O -g -W -f -m -std= -include -isystem   go to the compiler as they are\n"
	"\n"
	"Names that neither the driver nor wskhost defines are reported as errors, all of\n"
	"them at once. Exit codes: see wskhost --help.\n";

int cli_cc(int argc, char **argv)
{
	struct cli_build_options o = {0};
	struct cli_list sources = {0};
	const char *output = NULL, *first = NULL;
	struct stat st;

	for (int i = 1; i < argc;) {
		const char *a = argv[i];
		int taken = cli_build_option(&o, "cc", argc, argv, i);

		if (taken < 0)
			return CLI_USAGE;
		if (!strcmp(a, "--help") || !strcmp(a, "-h")) {
			fputs(help, stdout);
			return CLI_OK;
		}
		if (!strcmp(a, "-o")) {
			if (i + 1 == argc)
				return cli_usage("cc", "-o needs a file");
			output = argv[i + 1];
			taken = 2;
		} else if (!taken && a[0] == '-') {
			return cli_usage("cc", "there is no option %s", a);
		} else if (!taken) {
			first = first ? first : a;
			if (stat(a, &st))
				return cli_usage("cc", "there is no source %s: %s", a, strerror(errno));
			if (S_ISDIR(st.st_mode)) {
				if (!cli_sources_of_folder(a, &sources))
					return CLI_USAGE;
			} else if (cli_is_source(a)) {
				cli_add(&sources, a);
			} else {
				return cli_usage("cc", "%s is no C or C++ source (.c .cpp .cc .cxx)", a);
			}
			taken = 1;
		}
		i += taken;
	}
	if (!sources.n)
		return cli_usage("cc", "a source is needed");
	if (!output)
		output = cli_format("%s.so", cli_short_name(first, true));
	return cli_build(&o, cli_short_name(output, true), &sources, output);
}
