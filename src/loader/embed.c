// SPDX-License-Identifier: MIT
/*
 * The embedding interface (include/wskhost/wskhost.h) on top of the loader and
 * the provider: translation of types and statuses, and the one lock that
 * serialises starting, loading, unloading and stopping.
 */
#include <wskhost/wskhost.h>

#include "loader/ldrp.h"
#include "nt/sehp.h"
#include "wsk/wsk_init.h"

#define API __attribute__((visibility("default")))

/* Held across DriverEntry and DriverUnload: these may take any time, and nothing
 * that they call takes it. */
static HC_LOCK ApiLock;
static BOOLEAN Started;       /* ApiLock; read by LdrpIsStarted without */
static BOOLEAN LeftInUse;     /* ApiLock: a driver left something that still uses the kernel */

_Static_assert((int)WSKHOST_LOG_ERROR == (int)HcLogError && (int)WSKHOST_LOG_TRACE == (int)HcLogTrace,
               "log levels have the same numbers");

BOOLEAN LdrpIsStarted(VOID)
{
    return __atomic_load_n(&Started, __ATOMIC_ACQUIRE);
}

static int ErrFromStartStatus(NTSTATUS Status)
{
    switch (Status)
    {
    case STATUS_SUCCESS:
        return 0;
    case STATUS_NOT_FOUND:
        return -HOST_ENOENT;
    case STATUS_INSUFFICIENT_RESOURCES:
        return -HOST_ENOMEM;
    case STATUS_INVALID_DEVICE_STATE:
        return -HOST_EBUSY;
    case STATUS_INVALID_PARAMETER:
        return -HOST_EINVAL;
    case STATUS_NOT_SUPPORTED:
        return -HOST_EOPNOTSUPP;
    default:
        return -HOST_EIO;
    }
}

API void wskhost_set_log(wskhost_log_fn log, void *context, enum wskhost_log_level level)
{
    HcSetLogSink((VOID (*)(PVOID, HC_LOG_LEVEL, PCSTR))log, context);
    HcSetLogLevel((HC_LOG_LEVEL)level);
}

static VOID ApplyOptions(const struct wskhost_options *Options)
{
    if (Options->log || Options->log_level_set)
    {
        wskhost_set_log(Options->log, Options->log_context,
                        Options->log_level_set ? Options->log_level : WSKHOST_LOG_INFO);
    }
    LdrpSetStuckRoutine((LDRP_STUCK_ROUTINE)Options->stuck, Options->stuck_context);
}

/* A program built against an older header has a shorter structure. */
static BOOLEAN CopyOptions(const struct wskhost_options *From, struct wskhost_options *To)
{
    *To = (struct wskhost_options){.size = sizeof(*To)};
    if (!From)
    {
        return TRUE;
    }
    if (From->size < FIELD_OFFSET(struct wskhost_options, engine) || From->size > sizeof(*To))
    {
        return FALSE;
    }
    RtlCopyMemory(To, From, From->size);
    return To->log_level <= WSKHOST_LOG_TRACE;
}

/* 0, or -EINVAL with a line in the log. */
static int SetNameSources(const char *Hosts, const char *Resolver)
{
    switch (WskpSetNameSources(Hosts, Resolver))
    {
    case STATUS_SUCCESS:
        return 0;
    case STATUS_INVALID_PARAMETER:
        HcLog(HcLogError, "the resolver %s is not address:port or [address]:port", Resolver);
        return -HOST_EINVAL;
    default:
        HcLog(HcLogError, "the hosts file %s cannot be read", Hosts);
        return -HOST_EINVAL;
    }
}

static int StartKernel(const struct wskhost_options *Options)
{
    int Err = SetNameSources(Options->hosts, Options->resolver);
    NTSTATUS Status;

    if (Err)
    {
        return Err;
    }
    Status = WskpStartSystem(Options->engine, Options->processors);
    Err = NT_SUCCESS(Status) ? 0 : ErrFromStartStatus(Status);
    if (Err == -HOST_ENOENT)
    {
        HcLog(HcLogError, "there is no engine called %s", Options->engine ? Options->engine : "(default)");
    }
    else if (Err)
    {
        HcLog(HcLogError, "the kernel cannot start: %s", RtlpStatusName(Status));
    }
    if (Err)
    {
        return Err;
    }
    if (Options->registry && LdrpLoadRegistry(Options->registry))
    {
        WskpStopSystem();
        return -HOST_EINVAL;
    }
    LdrpOpenTimeLimit(Options->expired, Options->expired_context);
    Err = Options->time_limit_s ? LdrpSetTimeLimit(Options->time_limit_s) : 0;
    if (Err)
    {
        LdrpCloseTimeLimit();
        WskpStopSystem();
    }
    return Err;
}

API int wskhost_start(const struct wskhost_options *options)
{
    struct wskhost_options Copy;
    int Err = -HOST_EBUSY;

    if (!CopyOptions(options, &Copy))
    {
        return -HOST_EINVAL;
    }
    HcAcquireLock(&ApiLock);
    if (!Started)
    {
        ApplyOptions(&Copy);
        Err = StartKernel(&Copy);
        __atomic_store_n(&Started, Err == 0, __ATOMIC_RELEASE);
    }
    HcReleaseLock(&ApiLock);
    return Err;
}

API int wskhost_set_time_limit(unsigned int seconds)
{
    return LdrpSetTimeLimit(seconds);
}

API void wskhost_log_waits(void)
{
    LdrpLogWaits();
}

API int wskhost_load(const char *path, struct wskhost_driver **driver)
{
    PLDRP_DRIVER Loaded = NULL;
    int Err = -HOST_EINVAL;

    *driver = NULL;
    HcAcquireLock(&ApiLock);
    if (Started)
    {
        Err = LdrpLoadDriver(path, &Loaded);
    }
    HcReleaseLock(&ApiLock);
    *driver = (struct wskhost_driver *)Loaded;
    return Err;
}

API int wskhost_load_static(const struct wskhost_static_driver *image, struct wskhost_driver **driver)
{
    PLDRP_DRIVER Loaded = NULL;
    int Err = -HOST_EINVAL;

    *driver = NULL;
    HcAcquireLock(&ApiLock);
    if (Started)
    {
        Err = LdrpLoadStatic(image, &Loaded);
    }
    HcReleaseLock(&ApiLock);
    *driver = (struct wskhost_driver *)Loaded;
    return Err;
}

API const char *wskhost_driver_name(const struct wskhost_driver *driver)
{
    return ((const LDRP_DRIVER *)driver)->Name;
}

API int wskhost_unload(struct wskhost_driver *driver, struct wskhost_unload_report *report)
{
    LDRP_UNLOAD_REPORT Left = {0};
    int Err;

    HcAcquireLock(&ApiLock);
    Err = LdrpUnloadDriver((PLDRP_DRIVER)driver, &Left);
    LeftInUse = LeftInUse || Left.Leaks;
    HcReleaseLock(&ApiLock);
    if (report)
    {
        *report = (struct wskhost_unload_report){
            .sockets_closed = Left.SocketsClosed, .sockets_open = Left.SocketsOpen, .leaks = Left.Leaks};
    }
    return Err;
}

API int wskhost_stop(void)
{
    int Err = 0;

    HcAcquireLock(&ApiLock);
    if (!Started)
    {
        Err = -HOST_EINVAL;
    }
    else if (LeftInUse || LdrpAnyLoaded())
    {
        Err = -HOST_EBUSY;
    }
    else
    {
        LdrpCloseTimeLimit();
        WskpStopSystem();
        __atomic_store_n(&Started, FALSE, __ATOMIC_RELEASE);
    }
    HcReleaseLock(&ApiLock);
    return Err;
}

API int wskhost_check(const char *path)
{
    CHAR Name[64];

    LdrpNameFromPath(path, Name, sizeof(Name));
    return LdrpCheckImage(path, Name);
}

/* Linux' signal numbers; the NT world cannot include signal.h. */
static NTSTATUS StatusFromSignal(int Signal, int Code)
{
    switch (Signal)
    {
    case 4: /* SIGILL */
        return STATUS_ILLEGAL_INSTRUCTION;
    case 5: /* SIGTRAP */
        return STATUS_BREAKPOINT;
    case 7: /* SIGBUS */
        return STATUS_IN_PAGE_ERROR;
    case 8: /* SIGFPE; 1 is FPE_INTDIV */
        return Code == 1 ? STATUS_INTEGER_DIVIDE_BY_ZERO : STATUS_FLOAT_INVALID_OPERATION;
    default:
        return STATUS_ACCESS_VIOLATION;
    }
}

API bool wskhost_offer_fault(int signal, int code, const void *pc, const void *address)
{
    return KiSehDispatchFault(StatusFromSignal(signal, code), (PVOID)(ULONG_PTR)pc, (PVOID)(ULONG_PTR)address) != 0;
}

API const char *wskhost_describe_address(const void *pc, char *buffer, size_t size, uint64_t *offset)
{
    uint64_t InImage = 0;
    const char *Path = host_module_at(pc, &InImage);

    HcDescribeAddress(pc, buffer, size);
    if (Path && offset)
    {
        *offset = InImage;
    }
    return Path;
}

API size_t wskhost_backtrace(void **addresses, size_t max)
{
    return HcBacktrace(addresses, max);
}
