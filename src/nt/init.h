// SPDX-License-Identifier: MIT
#pragma once
/*
 * Starting and stopping the NT layer, and what it offers the other NT-world
 * folders beyond the public kernel names (include/wdk). Callers: src/wsk,
 * src/loader. NT world.
 */
#include <ntddk.h>

/*
 * What the host thread of a processor does when it has no kernel work: wait for
 * events. Supplied by the WSK layer (its engine's loop) or NULL for plain
 * parking. Both functions are host-world code behind wsk/seam.c.
 */
typedef struct _KI_PROCESSOR_LOOP
{
    /* Deliver events of processor Index, waiting for them until DeadlineNs
     * (HcNow time) or Wake. PASSIVE_LEVEL, always the same thread per Index. */
    VOID (*Run)(PVOID Context, ULONG Index, ULONGLONG DeadlineNs);
    /* Make the current or next Run of Index return soon. Any thread and IRQL. */
    VOID (*Wake)(PVOID Context, ULONG Index);
    PVOID Context;
} KI_PROCESSOR_LOOP;

/* Brings up every component (table in init.c, run up and down), then the
 * processors' host threads. ProcessorCount 0 = one per core. PASSIVE_LEVEL.
 * STATUS_INSUFFICIENT_RESOURCES; STATUS_INVALID_DEVICE_STATE if already up. */
NTSTATUS KiStartSystem(ULONG ProcessorCount, const KI_PROCESSOR_LOOP *Loop);
/* Stops the host threads and takes the components down. No driver is loaded and
 * no other thread is inside the NT layer. May be followed by KiStartSystem. */
VOID KiStopSystem(VOID);

/* ---- deferred routines ---------------------------------------------------- */

/*
 * Work that must run soon at DISPATCH_LEVEL but not under whatever the caller
 * holds: completions (architecture.md section 6).
 * Owner: the caller until queued; the processor until Routine is called; then
 * the routine, which may queue or free it again.
 */
typedef struct _KI_DEFERRED
{
    struct _KI_DEFERRED *Next;
    VOID (*Routine)(struct _KI_DEFERRED *Deferred);
} KI_DEFERRED;

/* Queues on the processor the caller owns; the routines of one processor run in
 * queue order, one at a time and never nested, when that thread next lowers
 * below DISPATCH_LEVEL (at most some thousands of them, the rest on the
 * processor's host thread). IRQL = DISPATCH_LEVEL (a bugcheck otherwise). */
VOID KiQueueDeferred(KI_DEFERRED *Deferred);

/* Index of the processor this thread owns; the last one owned when it owns none. */
ULONG KiCurrentProcessor(VOID);

/* ---- contracts that run ---------------------------------------------------- */

/* First statement of each exported function with an IRQL limit. */
#define KI_IRQL_MAX(Level) KiCheckIrqlMax((Level), __func__, __builtin_return_address(0))
VOID KiCheckIrqlMax(KIRQL Maximum, PCSTR Function, PVOID Caller);

/* A bugcheck with a sentence for people: what happened, what to do. The report
 * names the driver that Caller lies in, the IRP if given, and the stack. */
DECLSPEC_NORETURN VOID KiBugCheck(ULONG Code, PVOID Caller, PIRP Irp, PCSTR Format, ...)
    __attribute__((format(printf, 4, 5)));

/* A driver's fault that was refused with a status: logged once per
 * (driver, Function, Format). */
VOID NTAPI KiReportMisuse(PVOID Caller, PCSTR Function, PCSTR Format, ...) __attribute__((format(printf, 3, 4)));

/* "STATUS_PENDING" for 0x103; "0x%08X" text (in a per-thread buffer) for unknown ones. */
PCSTR RtlpStatusName(NTSTATUS Status);

/* ---- drivers --------------------------------------------------------------- */

/*
 * A loaded driver.
 * Owner: src/loader, from IopCreateDriver to IopDeleteDriver.
 * Lock: the driver table's; counters are interlocked.
 */
typedef struct _IOP_DRIVER
{
    LIST_ENTRY Link;             /* driver table lock */
    CHAR Name[64];               /* immutable; file name without its ending */
    PVOID ImageBase;             /* immutable; address range of its code and data */
    SIZE_T ImageSize;
    PDRIVER_OBJECT DriverObject; /* immutable after creation */
    volatile LONG SocketsOpen;   /* sockets it has now (kept by src/wsk) */
    volatile LONG SocketsClosed; /* since load */
} IOP_DRIVER, *PIOP_DRIVER;

/* Builds the DRIVER_OBJECT (name \Driver\Name, RegistryPath below
 * \Registry\Machine\System\CurrentControlSet\Services) and calls Entry at
 * PASSIVE_LEVEL on this thread. On a failing status from Entry the driver is
 * deleted again and that status returned. */
NTSTATUS IopCreateDriver(PCSTR Name, PVOID ImageBase, SIZE_T ImageSize, PDRIVER_INITIALIZE Entry,
                         PIOP_DRIVER *Driver);
/* Calls DriverUnload at PASSIVE_LEVEL on this thread. STATUS_NOT_SUPPORTED when
 * the driver set none; STATUS_DEVICE_BUSY while a device of it is open. */
NTSTATUS IopUnloadDriver(PIOP_DRIVER Driver);
/* Writes a leak report (pool by tag and call site, IRPs, MDLs, threads, devices,
 * work items) to the log; returns the number of things leaked. */
SIZE_T IopReportDriverLeaks(PIOP_DRIVER Driver);
VOID IopDeleteDriver(PIOP_DRIVER Driver);
/* The driver whose image holds Address, or NULL (wskhost itself, a test). The
 * pointer stays valid while the caller runs on that driver's behalf. */
PIOP_DRIVER IopFindDriver(PVOID Address);
/* Its name for messages: "echo", or "host" when no driver holds the address. */
PCSTR IopDriverName(PVOID Address);
