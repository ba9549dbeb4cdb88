// SPDX-License-Identifier: MIT
/*
 * The log: formats, splits into lines and hands each to the sink, outside any
 * lock. The level is read without a lock, so a silent log costs one load.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "host/host.h"

#define LINE_ON_STACK 512

static void to_stderr(void *ctx, enum host_log_level level, const char *line);

static struct {
	struct host_lock lock;
	host_log_sink sink; /* lock */
	void *ctx;          /* lock */
	int level;          /* atomic */
} log_state = {.sink = to_stderr, .level = HOST_LOG_INFO};

static void to_stderr(void *ctx, enum host_log_level level, const char *line)
{
	const char *prefix = level == HOST_LOG_ERROR	 ? "error: "
			     : level == HOST_LOG_WARNING ? "warning: "
							 : "";
	struct iovec v[3] = {
		{(void *)(uintptr_t)prefix, strlen(prefix)},
		{(void *)(uintptr_t)line, strlen(line)},
		{(void *)(uintptr_t) "\n", 1},
	};

	(void)ctx;
	/* One call, so that the lines of several threads do not mix. */
	if (writev(STDERR_FILENO, v, 3) < 0)
		return;
}

void host_log_set_sink(host_log_sink sink, void *ctx)
{
	host_lock_acquire(&log_state.lock);
	log_state.sink = sink ? sink : to_stderr;
	log_state.ctx = ctx;
	host_lock_release(&log_state.lock);
}

void host_log_set_level(enum host_log_level level)
{
	__atomic_store_n(&log_state.level, (int)level, __ATOMIC_RELAXED);
}

bool host_log_wants(enum host_log_level level)
{
	return (int)level <= __atomic_load_n(&log_state.level, __ATOMIC_RELAXED);
}

static void emit(enum host_log_level level, char *text)
{
	host_log_sink sink;
	void *ctx;

	host_lock_acquire(&log_state.lock);
	sink = log_state.sink;
	ctx = log_state.ctx;
	host_lock_release(&log_state.lock);
	for (char *line = text;;) {
		char *end = strchr(line, '\n');

		if (end)
			*end = '\0';
		sink(ctx, level, line);
		/* A newline at the very end closes the line, it opens none. */
		if (!end || end[1] == '\0')
			return;
		line = end + 1;
	}
}

void host_vlog(enum host_log_level level, const char *fmt, va_list ap)
{
	char small[LINE_ON_STACK], *text = small;
	int saved = errno, n;
	va_list again;

	if (!host_log_wants(level))
		return;
	va_copy(again, ap);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	if (n >= (int)sizeof(small)) {
		text = host_alloc((size_t)n + 1);
		if (text)
			vsnprintf(text, (size_t)n + 1, fmt, again);
		else
			text = small; /* cut off, but not lost */
	}
	va_end(again);
	if (n >= 0)
		emit(level, text);
	if (text != small)
		host_free(text);
	errno = saved;
}

void host_log(enum host_log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	host_vlog(level, fmt, ap);
	va_end(ap);
}
