// SPDX-License-Identifier: MIT
#pragma once
/*
 * The NT world's door to the host (src/host/host.h), in NT types. One of the
 * two files pairs that know both worlds; see ARCHITECTURE.md. Each function is
 * the host function of the same meaning, whose contract holds.
 */
#include <ntdef.h>

#define HC_NO_DEADLINE (~0ULL)

typedef struct _HC_THREAD HC_THREAD, *PHC_THREAD; /* struct host_thread */

NTSTATUS HcStartThread(PCSTR Name, VOID (*Routine)(PVOID), PVOID Argument, PHC_THREAD *Thread);
VOID HcJoinThread(PHC_THREAD Thread);
PHC_THREAD HcCurrentThread(VOID);
PHC_THREAD HcReferenceThread(PHC_THREAD Thread);
VOID HcDereferenceThread(PHC_THREAD Thread);
VOID HcSetThreadData(PVOID Data, VOID (*Destroy)(PVOID));
PVOID HcGetThreadData(VOID);
ULONG HcCurrentThreadId(VOID);
ULONG HcCpuCount(VOID);
VOID HcRelax(VOID);
VOID HcYield(VOID);
BOOLEAN HcPark(ULONGLONG DeadlineNs); /* FALSE: the deadline passed */
VOID HcUnpark(PHC_THREAD Thread);

typedef struct _HC_LOCK { ULONG Word; } HC_LOCK, *PHC_LOCK; /* struct host_lock */
VOID HcAcquireLock(PHC_LOCK Lock);
BOOLEAN HcTryLock(PHC_LOCK Lock);
VOID HcReleaseLock(PHC_LOCK Lock);
VOID HcWaitWord(const ULONG *Word, ULONG Expected, ULONGLONG DeadlineNs);
VOID HcWakeWord(const ULONG *Word, LONG Count);

ULONGLONG HcNow(VOID);
ULONGLONG HcWallClock(VOID);
LONGLONG HcUtcOffset(ULONGLONG WallNs);

PVOID HcAllocate(SIZE_T Size);
PVOID HcAllocateZero(SIZE_T Size);
PVOID HcAllocateAligned(SIZE_T Size, SIZE_T Alignment);
VOID HcFree(PVOID Memory);
BOOLEAN HcMemoryOk(const VOID *Memory, SIZE_T Size, BOOLEAN Writable);
VOID HcRandom(PVOID Buffer, SIZE_T Length);

typedef enum { HcLogError, HcLogWarning, HcLogInfo, HcLogDebug, HcLogTrace } HC_LOG_LEVEL;
BOOLEAN HcLogWants(HC_LOG_LEVEL Level);
/* Sink NULL: the host's own. Line lives during the call. */
VOID HcSetLogSink(VOID (*Sink)(PVOID Context, HC_LOG_LEVEL Level, PCSTR Line), PVOID Context);
VOID HcSetLogLevel(HC_LOG_LEVEL Level);
/* Format is the C library's (host) dialect: %s %d %u %zu %p %llx; not the NT one. */
VOID HcLog(HC_LOG_LEVEL Level, PCSTR Format, ...) __attribute__((format(printf, 2, 3)));
VOID HcVLog(HC_LOG_LEVEL Level, PCSTR Format, __builtin_va_list Arguments);
/* snprintf and vsnprintf in the same dialect; always terminated; returns the
 * length written. */
SIZE_T HcFormat(PSTR Buffer, SIZE_T Size, PCSTR Format, ...) __attribute__((format(printf, 3, 4)));
SIZE_T HcVFormat(PSTR Buffer, SIZE_T Size, PCSTR Format, __builtin_va_list Arguments);
SIZE_T HcDescribeAddress(const VOID *Pc, PSTR Buffer, SIZE_T Length);
SIZE_T HcBacktrace(PVOID *Pcs, SIZE_T Maximum);
DECLSPEC_NORETURN VOID HcAbort(VOID);
