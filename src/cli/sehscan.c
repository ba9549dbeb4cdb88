// SPDX-License-Identifier: MIT
/*
 * A look at a source for what its __try blocks cannot do here: leave by return
 * or goto when a __finally follows. (On Windows that runs the handler; here the
 * kernel stops, see include/wdk/excpt.h.) It reads tokens, not C: macros that
 * hide braces or a return are not seen.
 */
#include "cli/cli.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define BLOCKS_MAX 256

/* An open brace; leaves is the line of the first return or goto in a __try. */
struct brace {
	bool is_try;
	unsigned int leaves;
	const char *how;
};

struct scanner {
	const char *at;
	unsigned int line;
	char word[32]; /* the token just read: an identifier, or one character */
};

static void skip_quoted(struct scanner *s)
{
	char quote = *s->at++;

	while (*s->at && *s->at != quote && *s->at != '\n')
		s->at += *s->at == '\\' && s->at[1] ? 2 : 1;
	if (*s->at == quote)
		s->at++;
}

static void skip_until(struct scanner *s, const char *end)
{
	while (*s->at && strncmp(s->at, end, strlen(end))) {
		/* A directive or a line comment may go on after a backslash. */
		if (*s->at == '\\' && s->at[1] == '\n' && *end == '\n') {
			s->at++;
			s->line++;
		} else if (*s->at == '\n') {
			s->line++;
		}
		s->at++;
	}
	if (*s->at && *end != '\n')
		s->at += strlen(end);
}

/* False at the end of the text. */
static bool next_token(struct scanner *s)
{
	size_t n = 0;

	for (;;) {
		if (*s->at == '\n')
			s->line++;
		if (isspace((unsigned char)*s->at))
			s->at++;
		else if (!strncmp(s->at, "/*", 2))
			skip_until(s, "*/");
		else if (!strncmp(s->at, "//", 2) || *s->at == '#')
			skip_until(s, "\n");
		else if (*s->at == '"' || *s->at == '\'')
			skip_quoted(s);
		else
			break;
	}
	if (!*s->at)
		return false;
	do {
		if (n + 1 < sizeof(s->word))
			s->word[n++] = *s->at;
		s->at++;
	} while ((isalnum((unsigned char)s->word[0]) || s->word[0] == '_') &&
		 (isalnum((unsigned char)*s->at) || *s->at == '_'));
	s->word[n] = '\0';
	return true;
}

void cli_seh_scan(const char *path, const char *text)
{
	struct brace open[BLOCKS_MAX], closed = {0};
	struct scanner s = {.at = text, .line = 1};
	size_t depth = 0;
	bool try_next = false;

	while (next_token(&s)) {
		if (!strcmp(s.word, "__finally") && closed.is_try && closed.leaves)
			fprintf(stderr,
				"%s:%u: warning: %s out of a __try that has a __finally: the handler would not run, so the "
				"kernel stops there; use __leave\n",
				path, closed.leaves, closed.how);
		closed = (struct brace){0};
		if (*s.word == '{' && depth < BLOCKS_MAX)
			open[depth++] = (struct brace){.is_try = try_next};
		else if (*s.word == '}' && depth)
			closed = open[--depth];
		for (size_t i = 0; i < depth; i++) {
			if (!open[i].is_try || open[i].leaves)
				continue;
			if (!strcmp(s.word, "return") || !strcmp(s.word, "goto")) {
				open[i].leaves = s.line;
				open[i].how = *s.word == 'r' ? "return" : "goto";
			}
		}
		try_next = !strcmp(s.word, "__try");
	}
}
