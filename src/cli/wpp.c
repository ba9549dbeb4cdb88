// SPDX-License-Identifier: MIT
/*
 * WPP software tracing: every traced source includes a header <its name>.tmh
 * that Microsoft's preprocessor would write. This writes it: one macro for each
 * trace function that the driver declares in a comment block
 *
 *     // begin_wpp config
 *     // FUNC TraceEvents(LEVEL, FLAGS, MSG, ...);
 *     // end_wpp
 *
 * or in a configuration file, all leading to include/wdk/wskhost/wpp.h, which
 * also has DoTraceMessage. Sources are read as text, with the local headers
 * that they include.
 */
#include "cli/cli.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SOURCE_BYTES_MAX (16u << 20)

/* What a scan has found. */
struct scan {
	const struct cli_build_options *o;
	struct cli_list seen; /* files read, as named */
	struct cli_list tmh;  /* names of the .tmh headers wanted */
	struct cli_list func; /* "Name(ARGS)" of each FUNC line */
};

char *cli_read_text(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t n = 0, got;

	if (!f)
		return NULL;
	do {
		char *bigger = n + 65537 <= SOURCE_BYTES_MAX ? realloc(text, n + 65537) : NULL;

		if (!bigger) {
			free(text);
			fclose(f);
			return NULL;
		}
		text = bigger;
		got = fread(text + n, 1, 65536, f);
		n += got;
	} while (got);
	fclose(f);
	text[n] = '\0';
	return text;
}

static bool holds(const struct cli_list *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i], s))
			return true;
	return false;
}

static bool is_tmh(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && !strcasecmp(name + n - 4, ".tmh");
}

static char *trim(char *s)
{
	char *end = s + strlen(s);

	while (isspace((unsigned char)*s))
		s++;
	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return s;
}

/* The text after the comment signs that begin a line of a block. */
static char *uncomment(char *line)
{
	line = trim(line);
	while (*line == '/' || *line == '*')
		line++;
	return trim(line);
}

static bool begins_with_word(const char *s, const char *word)
{
	size_t n = strlen(word);

	return !strncmp(s, word, n) && !isalnum((unsigned char)s[n]) && s[n] != '_';
}

/* "FUNC Name{FLAG=X}(LEVEL, MSG, ...);" is kept as "Name(LEVEL, MSG, ...)": what
 * stands in braces are constants for the trace consumer. */
static void take_func(struct scan *s, const char *line)
{
	const char *name, *close, *args;
	size_t name_len;
	char *entry;

	if (!begins_with_word(line, "FUNC"))
		return;
	name = line + 4 + strspn(line + 4, " \t");
	for (name_len = 0; isalnum((unsigned char)name[name_len]) || name[name_len] == '_'; name_len++)
		;
	args = name + name_len + strspn(name + name_len, " \t");
	if (*args == '{') {
		args = strchr(args, '}');
		if (!args)
			return;
		args += 1 + strspn(args + 1, " \t");
	}
	close = *args == '(' ? strchr(args, ')') : NULL;
	if (!name_len || !close)
		return;
	entry = cli_format("%.*s%.*s", (int)name_len, name, (int)(close + 1 - args), args);
	if (!holds(&s->func, entry))
		cli_add(&s->func, entry);
}

static void scan_file(struct scan *s, const char *path);

/* name as written in an #include "..." of the file `from`. */
static void follow(struct scan *s, const char *from, char *name)
{
	const char *slash = strrchr(from, '/');
	char *path;

	for (char *c = name; *c; c++)
		if (*c == '\\')
			*c = '/';
	if (is_tmh(name)) {
		const char *base = strrchr(name, '/');

		base = base ? base + 1 : name;
		if (!holds(&s->tmh, base))
			cli_addf(&s->tmh, "%s", base);
		return;
	}
	path = cli_format("%.*s%s", slash ? (int)(slash + 1 - from) : 0, from, name);
	for (size_t i = 0; access(path, R_OK) && i < s->o->includes.n; i++)
		path = cli_format("%s/%s", s->o->includes.v[i], name);
	if (!access(path, R_OK))
		scan_file(s, path);
}

static void take_include(struct scan *s, const char *path, char *line)
{
	char *end;

	if (*line != '#')
		return;
	line = trim(line + 1);
	if (!begins_with_word(line, "include"))
		return;
	line = trim(line + 7);
	end = *line == '"' ? strchr(line + 1, '"') : *line == '<' ? strchr(line + 1, '>') : NULL;
	if (!end)
		return;
	*end = '\0';
	if (*line == '"' || is_tmh(line + 1))
		follow(s, path, line + 1);
}

static void scan_lines(struct scan *s, const char *path, char *text, bool is_config)
{
	bool in_block = is_config;
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *words = uncomment(line);

		if (begins_with_word(words, "begin_wpp")) {
			in_block = strstr(words, "config") != NULL;
		} else if (begins_with_word(words, "end_wpp")) {
			in_block = is_config;
		} else if (in_block) {
			take_func(s, words);
		} else {
			take_include(s, path, trim(line));
		}
	}
}

static void scan_file(struct scan *s, const char *path)
{
	char *text;

	if (holds(&s->seen, path))
		return;
	cli_addf(&s->seen, "%s", path);
	text = cli_read_text(path);
	if (!text)
		return;
	scan_lines(s, path, text, false);
	free(text);
}

/* The macro for one "Name(A, MSG, ...)". Arguments other than the message and
 * what follows it are names for the trace consumer, never evaluated. */
static void write_func(FILE *f, const char *func)
{
	const char *args = strchr(func, '(');
	int name_len = (int)(args - func);
	bool message = false, rest = strstr(args, "...") != NULL;
	char *copy = cli_format("%s", args + 1), *save = NULL;

	for (char *arg = strtok_r(copy, ",)", &save); arg; arg = strtok_r(NULL, ",)", &save))
		message = message || !strcmp(trim(arg), "MSG");
	fprintf(f, "#undef %.*s\n#define %s ", name_len, func, func);
	if (!message)
		fputs("((void)0)\n", f);
	else if (rest)
		fputs("WSKHOST_WPP_TRACE(MSG, ##__VA_ARGS__)\n", f);
	else
		fputs("WSKHOST_WPP_TRACE(MSG)\n", f);
}

static int write_tmh(const struct scan *s, const char *folder, const char *name)
{
	char *path = cli_format("%s/%s", folder, name);
	FILE *f = fopen(path, "we");
	int err = 0;

	if (f) {
		fputs("/* Made by wskhost cc. */\n#include <wskhost/wpp.h>\n", f);
		for (size_t i = 0; i < s->func.n; i++)
			write_func(f, s->func.v[i]);
		err = ferror(f);
		err = fclose(f) || err ? -EIO : 0;
	} else {
		err = -errno;
	}
	if (err)
		cli_error("cannot write %s: %s", path, strerror(-err));
	return err;
}

int cli_wpp_generate(const char *source, const struct cli_build_options *o, const char *folder)
{
	struct scan s = {.o = o};
	int err = 0;

	for (size_t i = 0; i < o->wpp_config.n; i++) {
		char *text = cli_read_text(o->wpp_config.v[i]);

		if (!text) {
			cli_error("cannot read the WPP configuration %s", o->wpp_config.v[i]);
			return -ENOENT;
		}
		scan_lines(&s, o->wpp_config.v[i], text, true);
		free(text);
	}
	scan_file(&s, source);
	for (size_t i = 0; i < s.tmh.n && !err; i++)
		err = write_tmh(&s, folder, s.tmh.v[i]);
	return err;
}
