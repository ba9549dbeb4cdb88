// SPDX-License-Identifier: MIT
#pragma once
/*
 * wskhost inside a program of your own: start the kernel, load drivers, unload
 * them, stop. This is a host API: plain C types, errors as negative errno
 * numbers, no Windows name. One kernel per process.
 *
 * Threads: any thread may call any function; wskhost_start, _load, _unload and
 * _stop are serialised among themselves and may block for as long as the
 * driver's DriverEntry or DriverUnload runs. Driver code otherwise runs on
 * threads of wskhost's own, which have every signal but the fault signals
 * blocked. The library installs no signal handler and never writes to stdout.
 *
 * With CMake: find_package(wskhost) and link wskhost::wskhost (shared) or
 * wskhost::static; otherwise pkg-config knows wskhost and wskhost-static. A
 * program that links libwskhost.a must let drivers that it loads from files see
 * the kernel's names, -Wl,--dynamic-list=<datadir>/wskhost/exports.list; both do.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A driver from wskhost_load to wskhost_unload. Opaque. */
struct wskhost_driver;

enum wskhost_log_level {
	WSKHOST_LOG_ERROR,
	WSKHOST_LOG_WARNING,
	WSKHOST_LOG_INFO, /* what a user wants to see: who listens where, what was unloaded */
	WSKHOST_LOG_DEBUG,
	WSKHOST_LOG_TRACE,
};

/* Receives one line without its newline, on the thread that logs it, perhaps on
 * several at once. It must not call wskhost. line lives during the call. */
typedef void (*wskhost_log_fn)(void *context, enum wskhost_log_level level, const char *line);

/* A driver's unload routine has been running for `seconds` on the thread with
 * that kernel thread id. Called every few seconds until it returns, on a thread
 * of wskhost's. It may log, signal that thread, or end the process. */
typedef void (*wskhost_stuck_fn)(void *context, const char *driver, uint32_t thread_id, unsigned int seconds);

/* The time limit has passed: the log has what every thread and every WSK object
 * waits for. Called once per limit, on a thread of wskhost's. It may log, note the
 * failure, set a new limit, or end the process; it must not call any other
 * function of wskhost. */
typedef void (*wskhost_expired_fn)(void *context);

/* Zeroed memory with size set means: every default. */
struct wskhost_options {
	size_t size;             /* sizeof(struct wskhost_options); a smaller, older one is fine */
	const char *engine;      /* "uring", "epoll" or "auto" (uring where the system allows io_uring,
	                            else epoll); NULL: the default. "uring:-coop,-defer_taskrun"
	                            leaves out features that older kernels lack, "-all" all of them */
	unsigned int processors; /* virtual processors; 0: one per core */
	wskhost_log_fn log;      /* NULL: lines go to stderr */
	void *log_context;
	enum wskhost_log_level log_level; /* with log_level_set; otherwise WSKHOST_LOG_INFO */
	bool log_level_set;
	wskhost_stuck_fn stuck; /* NULL: the log alone tells */
	void *stuck_context;
	unsigned int time_limit_s; /* wskhost_set_time_limit from the start on; 0: none */
	wskhost_expired_fn expired; /* NULL: the process aborts (SIGABRT) after the log was written */
	void *expired_context;
	const char *hosts;    /* names are looked up in this file; NULL: the system's hosts file */
	const char *resolver; /* and through the DNS server at this "address:port" or
	                         "[address]:port"; NULL: the ones the system is configured for */
	const char *registry; /* a .reg file, as wskhost_load_registry takes it; NULL: none */
};

/* What became of a driver. */
struct wskhost_unload_report {
	size_t sockets_closed; /* by the driver, during its whole life */
	size_t sockets_open;   /* left open: a leak */
	size_t leaks;          /* everything left behind, sockets included; each is in the log */
};

/*
 * Brings the kernel up. options may be NULL; it is not kept (the contexts are).
 * 0; -EBUSY: already up; -ENOENT: no such engine; -EINVAL: bad options;
 * -EOPNOTSUPP: the engine asked for is not possible on this system;
 * -ENOMEM, -EIO: the system refused something, the log says what.
 */
int wskhost_start(const struct wskhost_options *options);

/*
 * Loads the driver image at path and runs its DriverEntry on the calling
 * thread. *driver is owned by the caller until wskhost_unload.
 * 0; -ENOENT and the like: no such file; -ENOEXEC: not a driver image, or no
 * DriverEntry; -ENOSYS: it calls functions that wskhost does not have (each is
 * named in the log); -EEXIST: loaded already; -EIO: DriverEntry failed, the log
 * has its status; -EINVAL: the kernel is not up.
 */
int wskhost_load(const char *path, struct wskhost_driver **driver);

/*
 * A driver that is linked into the program: `wskhost cc --static -o echo.o ...`
 * or wskhost_add_driver(echo STATIC ...) in CMake make one relocatable object
 * whose only visible name is wskhost_driver_echo. Its contents are not for use.
 */
struct wskhost_static_driver {
	uint32_t version;
	uint32_t reserved;
	const char *name;
	int (*entry)(void *, void *);
	char *text, *text_end;   /* its code, */
	char *data, *data_end;   /* its initialised variables, */
	char *bss, *bss_end;     /* the others, */
	void (**init)(void), (**init_end)(void); /* constructors of C++, */
	void (**fini)(void), (**fini_end)(void); /* and destructors */
};

/* Declares it: WSKHOST_STATIC_DRIVER(echo); */
#define WSKHOST_STATIC_DRIVER(name) extern const struct wskhost_static_driver wskhost_driver_##name
#define WSKHOST_STATIC_VERSION 1u

/*
 * As wskhost_load, for a driver that is part of the program:
 * wskhost_load_static(&wskhost_driver_echo, &driver). Its variables have their
 * first values at each load, as those of an image do.
 * -EEXIST: it is loaded, or was unloaded with something left behind;
 * -ENOEXEC: made by another version of wskhost.
 */
int wskhost_load_static(const struct wskhost_static_driver *image, struct wskhost_driver **driver);

/* The driver's short name, which the log uses. Lives as long as the driver. */
const char *wskhost_driver_name(const struct wskhost_driver *driver);

/*
 * Runs DriverUnload on the calling thread, reports what the driver left behind
 * and removes it from memory; its code stays mapped when something may still
 * call it. report may be NULL. After 0 the driver is gone.
 * 0 (also when it leaked: look at the report); -EBUSY: a device of it is open
 * (wskhost_device_open, or another driver); -EOPNOTSUPP: the driver sets no
 * DriverUnload, and stays loaded until the process ends.
 */
int wskhost_unload(struct wskhost_driver *driver, struct wskhost_unload_report *report);

/* Takes the kernel down. 0; -EBUSY: a driver is loaded, or one left sockets or
 * threads behind that still use the kernel; -EINVAL: it is not up. */
int wskhost_stop(void);

/*
 * Adds what a .reg file says ("REGEDIT4" or "Windows Registry Editor Version
 * 5.00") to the registry that drivers read and write. It is in memory: it begins
 * with what every system has, and ends with wskhost_stop. For a driver NAME its
 * settings are in
 * HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\NAME\Parameters.
 * 0; -EINVAL: the file is no such file, the log says in which line (those before it
 * count), or the kernel is not up; -ENOENT and the like; -ENOMEM.
 */
int wskhost_load_registry(const char *path);

/* ---- devices of drivers ------------------------------------------------------
 *
 * What a Windows program does with CreateFile, DeviceIoControl, ReadFile,
 * WriteFile and CloseHandle. Requests come to the driver from user mode, on the
 * calling thread. Any number of threads may use one open device at a time; each
 * call returns when its request is completed. status (may be NULL) receives the
 * NTSTATUS; the results are these numbers:
 * 0; -ENOENT: no such device; -ENODEV: its DriverEntry has not returned, or it is
 * being removed; -EACCES: refused by the driver, exclusive and open already, or
 * not opened for what the control code asks; -ENOTTY: the driver does not know the
 * request (STATUS_INVALID_DEVICE_REQUEST); -EMSGSIZE: STATUS_BUFFER_OVERFLOW, the
 * data that fitted is there; -ENOBUFS: STATUS_BUFFER_TOO_SMALL; -ECANCELED;
 * -ETIMEDOUT: not completed in time, and cancelled; -EFAULT: a buffer is not
 * there; -EINVAL, -EBUSY, -ENOMEM, -EOPNOTSUPP; -EIO: every other failure.
 */

/* An open device. Opaque. */
struct wskhost_device;

enum wskhost_device_access {
	WSKHOST_DEVICE_READ = 1,
	WSKHOST_DEVICE_WRITE = 2,
};

/* Opens "\\\\.\\Name" (as a C string), "\\Device\\Name" or what either goes on
 * with, in UTF-8; access: WSKHOST_DEVICE_*, or 0 to send control codes only. While
 * it is open its driver is not unloaded. */
int wskhost_device_open(const char *name, unsigned int access, struct wskhost_device **device, uint32_t *status);

/* Sends a control code. out is written by the driver, and read with
 * METHOD_IN_DIRECT. *returned (may be NULL): bytes the driver says it returned.
 * timeout_ms: negative waits for ever; after that time the request is cancelled,
 * and waited for all the same, since a driver may ignore that. */
int wskhost_device_ioctl(struct wskhost_device *device, uint32_t code, const void *in, size_t in_size, void *out,
			 size_t out_size, size_t *returned, int timeout_ms, uint32_t *status);
int wskhost_device_read(struct wskhost_device *device, void *buffer, size_t size, uint64_t offset, size_t *done,
			int timeout_ms, uint32_t *status);
int wskhost_device_write(struct wskhost_device *device, const void *buffer, size_t size, uint64_t offset,
			 size_t *done, int timeout_ms, uint32_t *status);

/* Cancels what other threads wait for on this device; from then on every request
 * on it gives -ECANCELED, until it is closed. */
void wskhost_device_cancel(struct wskhost_device *device);

/* Closes it: no further call names it. The driver gets its IRP_MJ_CLOSE when the
 * requests of other threads have returned. NULL is ignored. */
void wskhost_device_close(struct wskhost_device *device);

/* "STATUS_PENDING" for 0x103, "0x........" for one without a name. Lives until the
 * calling thread's next call. */
const char *wskhost_status_name(uint32_t status);

/*
 * For a test's time limit: `seconds` from now (0: never) everything that waits is
 * written to the log and wskhost_options.expired is called, or the process aborts.
 * Replaces the limit set before, so that each test of a program can have its own.
 * wskhost_stop ends it. Never blocks for long. 0; -EINVAL: the kernel is not up;
 * -ENOMEM: no thread left to watch the time.
 */
int wskhost_set_time_limit(unsigned int seconds);

/* Writes to the log, at level error, what every thread of the kernel and of its
 * drivers and every WSK client and socket waits for. Any thread, while it is up. */
void wskhost_log_waits(void);

/* Reads a driver image without running anything of it and logs what would keep
 * it from loading. Works without wskhost_start. 0 or the error wskhost_load
 * would give: -ENOENT..., -ENOEXEC, -ENOSYS. */
int wskhost_check(const char *path);

/*
 * For a program's own handler of SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGTRAP:
 * offers the fault at pc to the __try/__except of the driver code that caused
 * it. Does not return if that code takes it; returns false if nobody does. The
 * handler must be installed with SA_NODEFER and an empty mask, since it may be
 * left without a return. Async-signal-safe. code and address: si_code, si_addr.
 */
bool wskhost_offer_fault(int signal, int code, const void *pc, const void *address);

/* Writes "driver+0xoffset (function+0xoffset)" for a code address of a loaded
 * driver, private functions included, or of anything else as well as it can.
 * Always terminates buffer; returns the driver's image path, or NULL. */
const char *wskhost_describe_address(const void *pc, char *buffer, size_t size, uint64_t *offset);

/* Return addresses of the calling thread, innermost first; returns the count. */
size_t wskhost_backtrace(void **addresses, size_t max);

/* Changes what is logged from now on; see wskhost_options. Any thread. */
void wskhost_set_log(wskhost_log_fn log, void *context, enum wskhost_log_level level);

#ifdef __cplusplus
}
#endif
