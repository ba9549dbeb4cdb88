// SPDX-License-Identifier: MIT
#pragma once
/*
 * Private side of the processor, wait and thread parts (Ke, Ps): what a thread
 * and a virtual processor are, who guards them, and the calls these files make
 * on each other. Callers: src/nt files of that part only; see ntp.h and init.h
 * for what others use.
 *
 * Lock order: TimerLock, dispatcher locks (ascending), a processor's DpcLock,
 * RaiserLock. No holder of one of these waits for anything but the next one,
 * whatever its IRQL.
 */
#include "nt/hostcall.h"
#include "nt/ntp.h"
#include "nt/obp.h"

#define KI_PROCESSORS_MAX 64 /* what one group holds, and what a KAFFINITY can name */
#define KI_CACHE_LINE 64

/* DISPATCHER_HEADER.Type. */
enum
{
    KiNotificationEvent = 0,
    KiSynchronizationEvent = 1,
    KiMutant = 2,
    KiProcess = 3,
    KiSemaphore = 5,
    KiThread = 6,
    KiNotificationTimer = 8,
    KiSynchronizationTimer = 9,
    KiDpc = 0x13,
    KiThreadedDpc = 0x18
};

typedef struct _KTHREAD KTHREAD;

/* Bugcheck codes that drivers have no use for and include/wdk does not name. */
#ifndef IRQL_NOT_GREATER_OR_EQUAL
#define INVALID_DATA_ACCESS_TRAP 0x04
#define IRQL_NOT_GREATER_OR_EQUAL 0x09
#define KERNEL_APC_PENDING_DURING_EXIT 0x20
#define PHASE0_INITIALIZATION_FAILED 0x31
#define MULTIPROCESSOR_CONFIGURATION_NOT_SUPPORTED 0x3E
#define THREAD_TERMINATE_HELD_MUTEX 0x4000008A
#define MUTEX_ALREADY_OWNED 0xBF
#define RESOURCE_OWNER_POINTER_INVALID 0x132
#endif
#ifndef INVALID_PROCESSOR_INDEX
#define INVALID_PROCESSOR_INDEX 0xFFFFFFFF
#endif

/* ---- atomics ------------------------------------------------------------------ */

#define KiLoad(Pointer) __atomic_load_n((Pointer), __ATOMIC_SEQ_CST)
#define KiStore(Pointer, Value) __atomic_store_n((Pointer), (Value), __ATOMIC_SEQ_CST)
#define KiLoadAcquire(Pointer) __atomic_load_n((Pointer), __ATOMIC_ACQUIRE)
#define KiStoreRelease(Pointer, Value) __atomic_store_n((Pointer), (Value), __ATOMIC_RELEASE)
#define KiLoadRelaxed(Pointer) __atomic_load_n((Pointer), __ATOMIC_RELAXED)
#define KiStoreRelaxed(Pointer, Value) __atomic_store_n((Pointer), (Value), __ATOMIC_RELAXED)
#define KiAdd(Pointer, Value) __atomic_add_fetch((Pointer), (Value), __ATOMIC_SEQ_CST)
/* TRUE when *Pointer was Old and is now New. */
#define KiSwapIf(Pointer, Old, New)                                                                       \
    ({                                                                                                    \
        __typeof__(*(Pointer)) Expected_ = (Old);                                                         \
        __atomic_compare_exchange_n((Pointer), &Expected_, (New), 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
    })

/* ---- processors ---------------------------------------------------------------- */

/*
 * A virtual processor: whoever is at or above DISPATCH_LEVEL owns one.
 * Owner: static; in use from KiStartSystem to KiStopSystem. Never freed, so that
 *        a thread that outlives the system finds it unowned instead of gone.
 */
typedef struct DECLSPEC_ALIGN(KI_CACHE_LINE) _KI_PROCESSOR
{
    PKTHREAD Owner;              /* compare-exchange: NULL to a thread by itself, or handed over by the
                                  * old owner; NULL again by the owner only */
    LONG DpcCount;               /* length of Dpcs; written under DpcLock, read without it */
    KI_DEFERRED *DeferredHead;   /* the owner's */
    KI_DEFERRED **DeferredTail;  /* the owner's */
    ULONG Index;                 /* immutable */
    HC_LOCK DpcLock;
    LIST_ENTRY Dpcs;             /* DpcLock */
    PKTHREAD HostThread;         /* starter's and stopper's; has a reference */
    PHC_THREAD Host;             /* atomic; HostThread's, once it runs; NULL before and after */
} KI_PROCESSOR, *PKI_PROCESSOR;

extern KI_PROCESSOR KiProcessors[KI_PROCESSORS_MAX];
extern ULONG KiProcessorCount; /* immutable while up, 0 when down */

/* Takes the thread from below DISPATCH_LEVEL onto a processor; parks until one
 * is free. The caller sets the IRQL. */
VOID KiTakeProcessor(PKTHREAD Thread, PVOID Caller);
/* Runs what the owned processor has queued, gives it up. The thread is at
 * DISPATCH_LEVEL during it; the caller sets the IRQL after. */
VOID KiGiveUpProcessor(PKTHREAD Thread, PVOID Caller);
NTSTATUS KiInitializeProcessors(ULONG Count, const KI_PROCESSOR_LOOP *ProcessorLoop);
VOID KiUninitializeProcessors(VOID);
/* Their host threads. */
NTSTATUS KiStartProcessors(VOID);
VOID KiStopProcessors(VOID);
/* Makes the host thread of a processor look for work soon. Any IRQL. */
VOID KiWakeProcessor(ULONG Index);

/* Queues Dpc on its target, else on the processor given; FALSE when it is queued
 * already. *WakeIndex becomes the processor to pass to KiWakeProcessor once the
 * caller has dropped its locks, or KI_PROCESSORS_MAX. Any IRQL, any lock. */
BOOLEAN KiQueueDpc(PKDPC Dpc, ULONG Processor, PVOID Argument1, PVOID Argument2, ULONG *WakeIndex);
/* Runs the oldest DPC of the owned processor; FALSE when there is none. */
BOOLEAN KiRunDpc(PKTHREAD Thread, PKI_PROCESSOR Processor);

/* ---- threads -------------------------------------------------------------------- */

/* KTHREAD.WaitState */
enum
{
    KiNotWaiting = 0,
    KiWaiting = 1,  /* whoever swaps this for KiClaimed decides the wait */
    KiClaimed = 2,  /* decided; the decider unlinks the wait blocks */
    KiReleased = 3, /* all unlinked; the waiter may go */
};

/*
 * A thread as the NT layer sees it, behind PKTHREAD and PETHREAD alike. An
 * object, so that drivers can reference it and wait for its end.
 * Owner: the running thread's own reference, handles, and drivers' references.
 * Lock:  what is not marked belongs to the thread itself.
 */
struct _KTHREAD
{
    DISPATCHER_HEADER Header;    /* dispatcher lock; signalled when the thread has ended */
    PHC_THREAD Host;             /* has a reference; immutable once it runs */
    KIRQL Irql;
    UCHAR Draining;              /* runs DPCs or deferred routines now */
    UCHAR Adopted;               /* not started by PsCreateSystemThread or by us */
    UCHAR Exiting;               /* atomic */
    PKI_PROCESSOR Processor;     /* owned now, or NULL; written by a granter while it parks */
    ULONG LastProcessor;         /* where to try first; home of a processor's host thread */
    UCHAR PinnedHome;            /* a processor's host thread: LastProcessor never changes */
    KAFFINITY Affinity;          /* processors it may take; 0 = any */
    ULONG Granted;               /* atomic: a parked raiser was given Processor */
    LIST_ENTRY RaiserLink;       /* RaiserLock */
    PVOID IrqlCaller;            /* atomic: who raised to DISPATCH_LEVEL last, for reports */

    /* The wait it is in. Written before the blocks are linked, constant until they
     * are unlinked. */
    ULONG WaitState;             /* atomic */
    LONG WaitPins;               /* atomic; the waiter leaves at 0 */
    LONG WaitStatus;             /* the claimer's until KiReleased */
    ULONG WaitCount;
    struct _KWAIT_BLOCK *WaitBlocks;
    ULONGLONG WaitLocks;         /* bit per dispatcher lock of its objects */

    SHORT KernelApcDisable;      /* critical regions and mutexes: < 0 = disabled */
    SHORT SpecialApcDisable;     /* guarded regions */
    LONG MutexesHeld;            /* the thread's; a claimer's while it waits */
    KPRIORITY Priority;          /* atomic */
    LONG BasePriority;           /* atomic */

    ULONG Id;                    /* atomic: the host's kernel thread id once it runs */
    HANDLE UniqueThread;         /* immutable: what PsGetCurrentThreadId says */
    PKSTART_ROUTINE StartRoutine;/* immutable; NULL for adopted threads */
    PVOID StartContext;
    PIOP_DRIVER Driver;          /* charged for it; immutable */
    VOID (*PrivateRoutine)(PVOID Context); /* our own threads instead of StartRoutine */
    NTSTATUS ExitStatus;         /* atomic; before Exiting is set */
    /* What it waits for, for reports (waits.c). Atomic; NoteWhat NULL: for nothing. */
    PCSTR NoteWhat;
    PVOID NoteObject;
    PVOID NoteCaller;
    ULONGLONG NoteSince;
    LIST_ENTRY ListLink;         /* ThreadLock: all threads that run; Flink NULL: not on it */
    PVOID Busy;                  /* atomic: the driver's routine one of our threads is in, for reports */
    PVOID ExitFrame[8];          /* __builtin_setjmp's, for PsTerminateSystemThread */
    LIST_ENTRY ThreadLink;       /* ThreadLock (thread.c) */
    PHC_THREAD Join;             /* ThreadLock; the starter's reference until joined */
    CHAR Name[32];               /* immutable; for reports */
    CHAR GivenName[64];          /* by its driver; zw_thread.c's lock */
};

/* The current thread, adopted when the host started it. Never NULL. */
PKTHREAD KiCurrentThread(VOID);
/* A thread of our own (workers, processors). The caller owns the reference. */
NTSTATUS KiStartThread(PCSTR Name, VOID (*Routine)(PVOID Context), PVOID Context, PKTHREAD *Thread);
/* Waits until it has ended and gives back the caller's reference. PASSIVE_LEVEL. */
VOID KiJoinThread(PKTHREAD Thread);

/* All threads that run, under their list's lock; NULL begins, and ends. */
VOID KiLockThreadList(VOID);
VOID KiUnlockThreadList(VOID);
PKTHREAD KiNextListedThread(PKTHREAD Thread);
BOOLEAN KiIsListedThread(PKTHREAD Thread);

/* Brackets of each wait that really blocks, of the current thread. What is constant
 * text; Object and Caller are told, never used. (waits.c) */
VOID KiNoteWait(PKTHREAD Thread, PCSTR What, PVOID Object, PVOID Caller);
VOID KiNoteWaitEnd(PKTHREAD Thread);
/* The driver's own call on this thread's stack, when Caller is a function of ours
 * that it called; walks the stack. */
PVOID KiFindDriverCaller(PKTHREAD Thread, PVOID Caller);
/* "an event", ... */
PCSTR KiObjectKind(const DISPATCHER_HEADER *Header);

/* ---- dispatcher ------------------------------------------------------------------- */

/*
 * Waiters that were released under a dispatcher lock and are to be woken after
 * it was dropped. Owner: the signaller's stack.
 */
typedef struct _KI_WAKE
{
    LIST_ENTRY Released;           /* wait blocks, unlinked and claimed */
    struct _KWAIT_BLOCK *Evaluate; /* pinned WaitAll blocks, linked by SparePtr */
} KI_WAKE, *PKI_WAKE;

/* The lock of the table that guards Object (any address). */
PHC_LOCK KiDispatcherLock(const VOID *Object);
/* KiSignalObject, called under the object's lock after its state changed, hands
 * the object to those who wait for it while it is signalled. KiFinishWake, after
 * the lock was dropped, wakes them; the object may be gone by then. */
VOID KiBeginWake(PKI_WAKE Wake);
VOID KiSignalObject(PDISPATCHER_HEADER Header, PKI_WAKE Wake);
VOID KiFinishWake(PKI_WAKE Wake);
VOID KiInitializeHeader(PDISPATCHER_HEADER Header, UCHAR Type, SIZE_T Size, LONG SignalState);
/* Deadline on HcNow's scale for an NT time-out; NULL = HC_NO_DEADLINE. */
ULONGLONG KiDeadline(const LARGE_INTEGER *Timeout);

/* ---- reader-writer lock words (rwword.c) -------------------------------------------- */

VOID KiLockWordShared(ULONG *Word);
VOID KiLockWordExclusive(ULONG *Word);
BOOLEAN KiTryLockWordShared(ULONG *Word);
BOOLEAN KiTryLockWordExclusive(ULONG *Word);
/* From the only shared hold to exclusive. */
BOOLEAN KiTryConvertWord(ULONG *Word);
/* FALSE, and nothing done, when the word is not held that way. */
BOOLEAN KiUnlockWordShared(ULONG *Word);
BOOLEAN KiUnlockWordExclusive(ULONG *Word);

/* ---- timers, time ------------------------------------------------------------------- */

/* Fires what is due. DISPATCH_LEVEL. */
VOID KiExpireTimers(VOID);
/* When the next one is due (HcNow time), or HC_NO_DEADLINE. */
ULONGLONG KiNextTimer(VOID);

/* ---- reports -------------------------------------------------------------------------- */

/* "system thread 4711 of echo (echo+0x120)" */
VOID KiDescribeThread(PKTHREAD Thread, PSTR Buffer, SIZE_T Size);
/* The name its driver gave it, "" when none; returns the length. */
SIZE_T KiThreadName(PKTHREAD Thread, PSTR Buffer, SIZE_T Size);
