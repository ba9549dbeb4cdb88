// SPDX-License-Identifier: MIT
#pragma once
/*
 * Private side of the loader: drivers in and out. Callers: the files of
 * src/loader. PASSIVE_LEVEL throughout, on a thread that may block; one load or
 * unload at a time, which the lock in embed.c sees to.
 */
#include <wskhost/wskhost.h>

#include "host/module.h"
#include "nt/hostcall.h"
#include "nt/init.h"

/*
 * A driver image and the driver in it.
 * Owner: the caller of LdrpLoadDriver, until LdrpUnloadDriver gives it back.
 * Lock: the list's (load.c) for Link; the rest is immutable once loaded.
 */
typedef struct _LDRP_DRIVER
{
    LIST_ENTRY Link;
    CHAR Name[64];
    struct host_module *Module;
    struct _LDRP_STATIC *Static; /* NULL: loaded from a file */
    PIOP_DRIVER Driver;
} LDRP_DRIVER, *PLDRP_DRIVER;

/* What an unloaded driver leaves. */
typedef struct _LDRP_UNLOAD_REPORT
{
    SIZE_T SocketsClosed;
    SIZE_T SocketsOpen;
    SIZE_T Leaks;
} LDRP_UNLOAD_REPORT;

/* imports.c: reads the image's symbols and logs everything that would keep it
 * from loading. 0, or -errno as wskhost_check says. */
int LdrpCheckImage(PCSTR Path, PCSTR Name);

/* load.c */
int LdrpLoadDriver(PCSTR Path, PLDRP_DRIVER *Driver);
int LdrpLoadStatic(const struct wskhost_static_driver *Image, PLDRP_DRIVER *Driver);
int LdrpUnloadDriver(PLDRP_DRIVER Driver, LDRP_UNLOAD_REPORT *Report);
/* The file name without its folder and its last ending. */
VOID LdrpNameFromPath(PCSTR Path, PSTR Name, SIZE_T NameSize);
BOOLEAN LdrpAnyLoaded(VOID);

/* static.c: the memory of a driver that is part of the program. Prepare gives its
 * variables their first values and runs its constructors; Finish runs the
 * destructors; Abandon keeps it from ever being loaded again. */
typedef struct _LDRP_STATIC LDRP_STATIC, *PLDRP_STATIC;
int LdrpPrepareStatic(const struct wskhost_static_driver *Image, PLDRP_STATIC *Static);
VOID LdrpFinishStatic(PLDRP_STATIC Static);
VOID LdrpAbandonStatic(PLDRP_STATIC Static);

/* registry.c: adds a .reg file to the registry of the kernel that is up. 0 or -errno
 * as wskhost_load_registry says; the log says more. */
int LdrpLoadRegistry(PCSTR Path);

/* embed.c: the kernel is up. Any thread. */
BOOLEAN LdrpIsStarted(VOID);

/* watchdog.c: says what is going on when a DriverUnload does not return. */
typedef VOID (*LDRP_STUCK_ROUTINE)(PVOID Context, PCSTR Driver, ULONG ThreadId, ULONG Seconds);

typedef struct _LDRP_WATCHDOG
{
    PCSTR DriverName;
    ULONG ThreadId;        /* of the thread being watched */
    PHC_THREAD Thread;     /* the watcher */
    volatile LONG Stopped; /* interlocked */
} LDRP_WATCHDOG;

VOID LdrpSetStuckRoutine(LDRP_STUCK_ROUTINE Routine, PVOID Context);
/* Begins to watch the calling thread. Failure to start is logged, not fatal. */
VOID LdrpStartWatchdog(LDRP_WATCHDOG *Watchdog, PCSTR DriverName);
VOID LdrpStopWatchdog(LDRP_WATCHDOG *Watchdog);

/* deadline.c: the time limit, between Open (the kernel is up) and Close (it is
 * about to go down). Expired NULL: the process aborts. Set: -ENOMEM, or -EINVAL
 * when it is not open. */
typedef VOID (*LDRP_EXPIRED_ROUTINE)(PVOID Context);
VOID LdrpOpenTimeLimit(LDRP_EXPIRED_ROUTINE Expired, PVOID Context);
int LdrpSetTimeLimit(ULONG Seconds);
VOID LdrpCloseTimeLimit(VOID);
/* FALSE: not open. */
BOOLEAN LdrpLogWaits(VOID);
