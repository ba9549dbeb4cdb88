// SPDX-License-Identifier: MIT
#pragma once
/*
 * Driver images as the host system sees them: shared objects. Reads an image's
 * symbols before it is loaded, loads it, and finds names and addresses in it.
 * Caller: src/loader, whose only header of the host world this is; so it names
 * compiler types only. Any thread; nothing here is called while an image's own
 * code runs. Errors are negative numbers of <errno.h>; those that callers tell
 * apart have a name here, because the NT world cannot include errno.h.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOST_ENOENT 2
#define HOST_EIO 5
#define HOST_ENOEXEC 8
#define HOST_ENOMEM 12
#define HOST_EACCES 13
#define HOST_EFAULT 14
#define HOST_EBUSY 16
#define HOST_EEXIST 17
#define HOST_ENODEV 19
#define HOST_EINVAL 22
#define HOST_ENOTTY 25
#define HOST_ENOSYS 38
#define HOST_EMSGSIZE 90
#define HOST_EOPNOTSUPP 95
#define HOST_ENOBUFS 105
#define HOST_ETIMEDOUT 110
#define HOST_ECANCELED 125

/* A loaded image. Owner: who opened it, until host_module_close. */
struct host_module;

enum host_symbol_kind {
	HOST_SYMBOL_DEFINED,   /* the image offers it */
	HOST_SYMBOL_UNDEFINED, /* the image needs it */
	HOST_SYMBOL_OPTIONAL,  /* weak: the image can do without */
};

/* name lives during the call only. */
typedef void (*host_symbol_fn)(void *ctx, const char *name, enum host_symbol_kind kind);

/*
 * Hands every dynamic symbol of the image at path to `each`, without running
 * any of its code. -ENOENT and the other errors of open(2); -ENOEXEC when the
 * file is not a shared object of this machine.
 */
int host_module_symbols(const char *path, host_symbol_fn each, void *ctx);

/* Loads the image and binds all its names; private to itself (RTLD_LOCAL). On
 * -ENOEXEC the system's own words are in why (always terminated). -EEXIST: the
 * file is open or abandoned already, and would come back with its old data;
 * -EBUSY: too many images. */
int host_module_open(const char *path, struct host_module **out, char *why, size_t why_size);
/* A driver that is linked into the program (or a library of it): its code lies in
 * [code, code+size). For reports only; find does not work on it. -ENOMEM, -EBUSY. */
int host_module_adopt(const char *name, const void *code, size_t size, struct host_module **out);
/* Its address of a name it defines, or NULL. */
void *host_module_find(struct host_module *m, const char *name);
void host_module_range(struct host_module *m, void **base, size_t *size);
/* The absolute path it was loaded from; lives as long as m. */
const char *host_module_path(const struct host_module *m);
/* Unloads the image; nothing of it is running or referenced. */
void host_module_close(struct host_module *m);
/* Gives m up but leaves the image mapped, and known to reports, for the life of
 * the process: for images whose code somebody may still call. */
void host_module_abandon(struct host_module *m);

/* The open image that holds a code address, its path and the offset in it; NULL
 * if none does. Takes no lock: for reports from fault handlers too. The path
 * lives as long as that image is open. */
const char *host_module_at(const void *pc, uint64_t *offset);
/* As host_describe_address (host.h), for open images only, and with the names of
 * private functions; 0 when pc is in none. */
size_t host_module_describe(const void *pc, char *buf, size_t len);

/* What a name means to every image loaded into this process, or NULL. */
void *host_process_symbol(const char *name);

/* The contents of a regular file of at most max bytes, in memory that host_free (or
 * HcFree) gives back. -ENOENT and the other errors of open(2), -EFBIG, -EINVAL: no
 * regular file. */
int host_file_read(const char *path, size_t max, void **data, size_t *size);
