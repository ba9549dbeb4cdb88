// SPDX-License-Identifier: MIT
/*
 * The NT world's door to the host: each function hands its arguments through.
 * The one file that sees both header sets; it is compiled freestanding so that
 * the compiler's own stdint.h serves without a C library header.
 */
#include "nt/hostcall.h"
#include "host/host.h"

_Static_assert(sizeof(HC_LOCK) == sizeof(struct host_lock), "a lock is the host's lock");
_Static_assert(sizeof(ULONG) == sizeof(uint32_t), "lock words are 32 bits");

static struct host_thread *HostThread(PHC_THREAD Thread)
{
    return (struct host_thread *)Thread;
}

/* ---- threads ---------------------------------------------------------------- */

NTSTATUS HcStartThread(PCSTR Name, VOID (*Routine)(PVOID), PVOID Argument, PHC_THREAD *Thread)
{
    struct host_thread *Started = NULL;

    if (host_thread_start(Name, Routine, Argument, &Started) != 0)
    {
        return (NTSTATUS)0xC000009A; /* STATUS_INSUFFICIENT_RESOURCES */
    }
    *Thread = (PHC_THREAD)Started;
    return 0;
}

VOID HcJoinThread(PHC_THREAD Thread)
{
    host_thread_join(HostThread(Thread));
}

PHC_THREAD HcCurrentThread(VOID)
{
    return (PHC_THREAD)host_thread_self();
}

PHC_THREAD HcReferenceThread(PHC_THREAD Thread)
{
    return (PHC_THREAD)host_thread_ref(HostThread(Thread));
}

VOID HcDereferenceThread(PHC_THREAD Thread)
{
    host_thread_unref(HostThread(Thread));
}

VOID HcSetThreadData(PVOID Data, VOID (*Destroy)(PVOID))
{
    host_thread_set_data(Data, Destroy);
}

PVOID HcGetThreadData(VOID)
{
    return host_thread_data();
}

ULONG HcCurrentThreadId(VOID)
{
    return host_thread_id();
}

ULONG HcCpuCount(VOID)
{
    return host_cpu_count();
}

VOID HcRelax(VOID)
{
    host_cpu_relax();
}

VOID HcYield(VOID)
{
    host_yield();
}

BOOLEAN HcPark(ULONGLONG DeadlineNs)
{
    return host_park(DeadlineNs) == 0;
}

VOID HcUnpark(PHC_THREAD Thread)
{
    host_unpark(HostThread(Thread));
}

/* ---- locks ------------------------------------------------------------------ */

VOID HcAcquireLock(PHC_LOCK Lock)
{
    host_lock_acquire((struct host_lock *)Lock);
}

BOOLEAN HcTryLock(PHC_LOCK Lock)
{
    return host_lock_try((struct host_lock *)Lock);
}

VOID HcReleaseLock(PHC_LOCK Lock)
{
    host_lock_release((struct host_lock *)Lock);
}

VOID HcWaitWord(const ULONG *Word, ULONG Expected, ULONGLONG DeadlineNs)
{
    host_word_wait((const uint32_t *)Word, Expected, DeadlineNs);
}

VOID HcWakeWord(const ULONG *Word, LONG Count)
{
    host_word_wake((const uint32_t *)Word, Count);
}

/* ---- clock, memory, randomness ------------------------------------------------ */

ULONGLONG HcNow(VOID)
{
    return host_now_ns();
}

ULONGLONG HcWallClock(VOID)
{
    return host_wall_ns();
}

LONGLONG HcUtcOffset(ULONGLONG WallNs)
{
    return host_utc_offset_s(WallNs);
}

PVOID HcAllocate(SIZE_T Size)
{
    return host_alloc(Size);
}

PVOID HcAllocateZero(SIZE_T Size)
{
    return host_alloc_zero(Size);
}

PVOID HcAllocateAligned(SIZE_T Size, SIZE_T Alignment)
{
    return host_alloc_aligned(Size, Alignment);
}

VOID HcFree(PVOID Memory)
{
    host_free(Memory);
}

BOOLEAN HcMemoryOk(const VOID *Memory, SIZE_T Size, BOOLEAN Writable)
{
    return host_memory_ok(Memory, Size, Writable != 0);
}

VOID HcRandom(PVOID Buffer, SIZE_T Length)
{
    host_random(Buffer, Length);
}

/* ---- log and the end ---------------------------------------------------------- */

BOOLEAN HcLogWants(HC_LOG_LEVEL Level)
{
    return host_log_wants((enum host_log_level)Level);
}

VOID HcSetLogSink(VOID (*Sink)(PVOID Context, HC_LOG_LEVEL Level, PCSTR Line), PVOID Context)
{
    /* The two level types have the same values, and enumerations the same size. */
    host_log_set_sink((host_log_sink)Sink, Context);
}

VOID HcSetLogLevel(HC_LOG_LEVEL Level)
{
    host_log_set_level((enum host_log_level)Level);
}

VOID HcLog(HC_LOG_LEVEL Level, PCSTR Format, ...)
{
    __builtin_va_list Arguments;

    __builtin_va_start(Arguments, Format);
    host_vlog((enum host_log_level)Level, Format, Arguments);
    __builtin_va_end(Arguments);
}

VOID HcVLog(HC_LOG_LEVEL Level, PCSTR Format, __builtin_va_list Arguments)
{
    host_vlog((enum host_log_level)Level, Format, Arguments);
}

SIZE_T HcVFormat(PSTR Buffer, SIZE_T Size, PCSTR Format, __builtin_va_list Arguments)
{
    int Length = Size != 0 ? __builtin_vsnprintf(Buffer, Size, Format, Arguments) : 0;

    if (Length < 0)
    {
        Buffer[0] = 0;
        return 0;
    }
    return (SIZE_T)Length < Size || Size == 0 ? (SIZE_T)Length : Size - 1;
}

SIZE_T HcFormat(PSTR Buffer, SIZE_T Size, PCSTR Format, ...)
{
    __builtin_va_list Arguments;
    SIZE_T Length;

    __builtin_va_start(Arguments, Format);
    Length = HcVFormat(Buffer, Size, Format, Arguments);
    __builtin_va_end(Arguments);
    return Length;
}

SIZE_T HcDescribeAddress(const VOID *Pc, PSTR Buffer, SIZE_T Length)
{
    return host_describe_address(Pc, Buffer, Length);
}

SIZE_T HcBacktrace(PVOID *Pcs, SIZE_T Maximum)
{
    return host_backtrace(Pcs, Maximum);
}

DECLSPEC_NORETURN VOID HcAbort(VOID)
{
    host_abort();
}
