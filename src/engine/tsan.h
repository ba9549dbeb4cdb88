// SPDX-License-Identifier: MIT
#pragma once
/*
 * For the thread sanitizer. It takes what one thread did before it sent as done
 * before what another does after it received, since it sees the calls; what a
 * ring moves it does not see. Calls that move nothing tell it.
 */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ENG_TSAN 1
#endif
#elif defined(__SANITIZE_THREAD__)
#define ENG_TSAN 1
#endif

#ifdef ENG_TSAN
#include <sys/uio.h>
#include <unistd.h>

static inline void eng_tsan_received(int fd)
{
	if (read(fd, NULL, 0)) /* of no bytes, it does not even look at the socket */
		return;
}

static inline void eng_tsan_sends(int fd)
{
	if (writev(fd, NULL, 0))
		return;
}
#else
static inline void eng_tsan_received(int fd)
{
	(void)fd;
}

static inline void eng_tsan_sends(int fd)
{
	(void)fd;
}
#endif
