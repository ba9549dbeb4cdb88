// SPDX-License-Identifier: MIT
/*
 * Memory, the probe for what is mapped, and randomness. Allocation stays with
 * the C library so that sanitizers and leak checkers see every block.
 */
#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/host.h"

#define PAGE 4096u

void *host_alloc(size_t size)
{
	return malloc(size ? size : 1);
}

void *host_alloc_zero(size_t size)
{
	return calloc(1, size ? size : 1);
}

void *host_alloc_aligned(size_t size, size_t align)
{
	void *p;

	if (align < sizeof(void *))
		align = sizeof(void *);
	return posix_memalign(&p, align, size ? size : 1) ? NULL : p;
}

void host_free(void *p)
{
	free(p);
}

/*
 * Both probes let the kernel touch the page and report EFAULT, change nothing,
 * need no descriptor, and are calls that every system-call filter must allow.
 */
static bool page_readable(uintptr_t word)
{
	/* `how` is invalid, but the new mask is copied in before that is seen. */
	return syscall(SYS_rt_sigprocmask, ~0, word, NULL, 8) == 0 || errno != EFAULT;
}

static bool page_writable(uintptr_t word)
{
	/* Adds 0 to the word, atomically; wakes nobody on the first one. */
	uint32_t nobody = 0;
	uint32_t op = FUTEX_OP(FUTEX_OP_ADD, 0, FUTEX_OP_CMP_LT, -2048);

	return syscall(SYS_futex, &nobody, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 0, 0, word, op) >= 0 ||
	       errno != EFAULT;
}

bool host_memory_ok(const void *p, size_t size, bool writable)
{
	uintptr_t first = (uintptr_t)p, last = first + size - 1;
	int saved = errno;
	bool ok = true;

	if (size == 0)
		return true;
	if (last < first)
		return false;
	for (uintptr_t page = first & ~(uintptr_t)(PAGE - 1); ok; page += PAGE) {
		/* Any word of the page will do, but the first system call takes
		 * address 0 for "no mask". */
		ok = page_readable(page + 8) && (!writable || page_writable(page + 8));
		if (last - page < PAGE)
			break;
	}
	errno = saved;
	return ok;
}

void host_random(void *buf, size_t len)
{
	unsigned char *p = buf;

	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			host_log(HOST_LOG_ERROR, "host: getrandom failed, errno %d", errno);
			host_abort();
		}
		p += n;
		len -= (size_t)n;
	}
}
