// SPDX-License-Identifier: MIT
#pragma once
/*
 * Whether this process may use io_uring and which of its newer features the
 * kernel has. Asked once, in a child process: where a seccomp filter kills who
 * tries, it is the child that dies.
 */
#include <stddef.h>
#include <stdint.h>

/* What the engine uses if it is there. Each can be masked by its name, so that
 * every path is tested on one kernel. */
enum uring_feature {
	URING_SUBMIT_ALL = 1,    /* "submit_all", Linux 5.18: one bad request does not stop the others */
	URING_COOP = 2,          /* "coop", 5.19: completions do not interrupt the loop */
	URING_NONEMPTY = 4,      /* "nonempty", 5.19: a receive says that more is there */
	URING_SINGLE_ISSUER = 8, /* "single_issuer", 6.0: no locking in the kernel */
	URING_DEFER_TASKRUN = 16, /* "defer_taskrun", 6.1: completions wait for the loop; needs single_issuer */
};
#define URING_FEATURES_ALL 31u

/* Features to leave out, from "-coop,-defer_taskrun" or "-all". 0 or -EINVAL. */
int uring_parse_features(const char *list, uint32_t *without);

/* 0 and the features; or -ENOTSUP, and a sentence that says why. Any thread. */
int uring_probe(uint32_t *features, char *why, size_t size);

/* For io_uring_setup. */
uint32_t uring_setup_flags(uint32_t features);
