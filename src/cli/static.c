// SPDX-License-Identifier: MIT
/*
 * A driver as part of a program: one relocatable object in which every name but
 * the driver's descriptor is private, so that neither its connect() nor its
 * DriverEntry meets the program's. Code and variables are gathered into sections
 * with known ends, for who calls the kernel is known by address, and variables
 * get their first values back at each load (src/loader/static.c). Constructors
 * are kept from the program's start-up, since they are to run at the load.
 */
#include "cli/cli.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Names of the final link's own sections, so that its default script places them. */
static const char script[] =
	"SECTIONS\n"
	"{\n"
	"  .text.wskhost : {\n"
	"    wskhost_text = .; *(.text .text.*) wskhost_text_end = .; }\n"
	"  .data.rel.ro.wskhost : ALIGN(8) {\n"
	"    *(.data.rel.ro .data.rel.ro.*)\n"
	"    . = ALIGN(8); wskhost_init = .;\n"
	"    KEEP(*(SORT_BY_INIT_PRIORITY(.init_array.*))) KEEP(*(.init_array)) wskhost_init_end = .;\n"
	"    wskhost_fini = .;\n"
	"    KEEP(*(SORT_BY_INIT_PRIORITY(.fini_array.*))) KEEP(*(.fini_array)) wskhost_fini_end = .; }\n"
	"  .data.wskhost : ALIGN(64) {\n"
	"    wskhost_data = .; *(.data .data.*) wskhost_data_end = .; }\n"
	"  .bss.wskhost : ALIGN(64) {\n"
	"    wskhost_bss = .; *(.bss .bss.* COMMON) wskhost_bss_end = .; }\n"
	"}\n";

/* Laid out as struct wskhost_static_driver of <wskhost/wskhost.h>, version 1. */
static const char descriptor[] =
	"extern char wskhost_text[], wskhost_text_end[], wskhost_data[], wskhost_data_end[], wskhost_bss[],\n"
	"	wskhost_bss_end[];\n"
	"extern void (*wskhost_init[])(void), (*wskhost_init_end[])(void), (*wskhost_fini[])(void),\n"
	"	(*wskhost_fini_end[])(void);\n"
	"int DriverEntry(void *, void *);\n"
	"const struct {\n"
	"	unsigned int version, reserved;\n"
	"	const char *name;\n"
	"	int (*entry)(void *, void *);\n"
	"	char *text, *text_end, *data, *data_end, *bss, *bss_end;\n"
	"	void (**init)(void), (**init_end)(void), (**fini)(void), (**fini_end)(void);\n"
	"} wskhost_driver_%s = {1, 0, \"%s\", DriverEntry, wskhost_text, wskhost_text_end, wskhost_data,\n"
	"	wskhost_data_end, wskhost_bss, wskhost_bss_end, wskhost_init, wskhost_init_end, wskhost_fini,\n"
	"	wskhost_fini_end};\n";

static char *identifier(const char *name)
{
	char *out = cli_format("%s", name);

	for (char *at = out; *at; at++)
		if (!isalnum((unsigned char)*at))
			*at = '_';
	return out;
}

static bool write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");
	bool good = f && fputs(text, f) >= 0;

	good = f && !fclose(f) && good;
	if (!good)
		cli_error("cannot write %s", path);
	return good;
}

static bool compile_descriptor(const struct cli_toolchain *t, const struct cli_build_options *o, const char *name,
			       const char *source, const char *object)
{
	struct cli_list args = {0};
	const char *const words[] = {t->compiler, "-c", "-fPIC", "-w", "-x", "c", source, "-o", object};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		cli_add(&args, words[i]);
	return write_text(source, cli_format(descriptor, identifier(name), name)) &&
	       !cli_run_program(&args, o->verbose, NULL, 0);
}

/* -d: a common variable gets its place here, and not with the program's of that
 * name. Groups: of two equal inline functions the final link would drop one. */
static bool combine(const struct cli_toolchain *t, const struct cli_build_options *o, const struct cli_list *objects,
		    const char *script_path, const char *extra, const char *output)
{
	static const char *const flags[] = {"-r", "-nostdlib", "-Wl,-d", "-Wl,--force-group-allocation", "-Wl,-T"};
	struct cli_list args = {0};

	cli_add(&args, t->compiler);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		cli_add(&args, flags[i]);
	cli_addf(&args, "-Wl,%s", script_path);
	cli_add(&args, "-o");
	cli_add(&args, output);
	cli_add(&args, extra);
	for (size_t i = 0; i < objects->n; i++)
		cli_add(&args, objects->v[i]);
	cli_add(&args, "-lgcc");
	return write_text(script_path, script) && !cli_run_program(&args, o->verbose, NULL, 0);
}

static bool make_private(const struct cli_build_options *o, const char *name, const char *object, const char *output)
{
	struct cli_list args = {0};

	cli_add(&args, "objcopy");
	cli_addf(&args, "--keep-global-symbol=wskhost_driver_%s", identifier(name));
	cli_add(&args, object);
	cli_add(&args, output);
	return !cli_run_program(&args, o->verbose, NULL, 0);
}

bool cli_make_static(const struct cli_toolchain *t, const struct cli_build_options *o, const char *name,
		     const char *folder, const struct cli_list *objects, const char *output)
{
	const char *source = cli_format("%s/driver.c", folder), *object = cli_format("%s/driver.o", folder);
	const char *whole = cli_format("%s/whole.o", folder);

	return compile_descriptor(t, o, name, source, object) &&
	       combine(t, o, objects, cli_format("%s/driver.ld", folder), object, whole) &&
	       make_private(o, name, whole, output);
}
