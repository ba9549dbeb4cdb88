// SPDX-License-Identifier: MIT
/* What a report on a failure needs: addresses in words, the stack, the end. */
#include <dlfcn.h>
#include <execinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/host.h"
#include "host/module.h"

#define FRAMES_MAX 64

static size_t clamp(int n, size_t len)
{
	if (n < 0 || len == 0)
		return 0;
	return (size_t)n < len ? (size_t)n : len - 1;
}

size_t host_describe_address(const void *pc, char *buf, size_t len)
{
	Dl_info info;
	const char *module;
	uintptr_t at = (uintptr_t)pc;
	size_t n = host_module_describe(pc, buf, len);

	if (n)
		return n;
	if (!dladdr(pc, &info) || !info.dli_fname)
		return clamp(snprintf(buf, len, "0x%llx", (unsigned long long)at), len);
	module = strrchr(info.dli_fname, '/');
	module = module ? module + 1 : info.dli_fname;
	if (!info.dli_sname)
		return clamp(snprintf(buf, len, "%s+0x%llx", module,
				      (unsigned long long)(at - (uintptr_t)info.dli_fbase)),
			     len);
	return clamp(snprintf(buf, len, "%s+0x%llx (%s+0x%llx)", module,
			      (unsigned long long)(at - (uintptr_t)info.dli_fbase), info.dli_sname,
			      (unsigned long long)(at - (uintptr_t)info.dli_saddr)),
		     len);
}

__attribute__((noinline)) size_t host_backtrace(void **pcs, size_t max)
{
	void *frames[FRAMES_MAX];
	int n = backtrace(frames, FRAMES_MAX), first = 0;
	size_t count = 0;

	/* How many frames are ours is a sanitizer's secret; the caller's is not. */
	while (first < n && frames[first] != __builtin_return_address(0))
		first++;
	if (first == n)
		first = 0;
	for (int i = first; i < n && count < max; i++)
		pcs[count++] = frames[i];
	return count;
}

void host_abort(void)
{
	fflush(NULL);
	abort();
}
