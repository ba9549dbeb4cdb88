// SPDX-License-Identifier: MIT
/*
 * Threads as objects: those drivers create, our own, and foreign ones that call
 * in and are adopted. A thread object is signalled when its thread has ended, and
 * lives as long as somebody references it.
 */
#include "nt/iop.h"
#include "nt/kip.h"
#include "nt/sehp.h"

#define KI_DEFAULT_PRIORITY 8
#define KI_JOIN_SECONDS 3 /* how often a stop that waits says what for */

static HC_LOCK ThreadLock;
static LIST_ENTRY Running = {&Running, &Running}; /* ThreadLock; system threads of drivers */
static LIST_ENTRY Ended = {&Ended, &Ended};       /* ThreadLock; ended, to be joined */
static LIST_ENTRY Listed = {&Listed, &Listed};    /* ThreadLock; all that run, for reports */
static LONG NextThreadNumber;                     /* atomic */

static VOID KiDestroyThread(PVOID Body)
{
    PKTHREAD Thread = Body;

    if (Thread->Host != NULL)
    {
        HcDereferenceThread(Thread->Host);
    }
}

static OBJECT_TYPE ThreadType = {.Name = "Thread", .Destroy = KiDestroyThread, .Waitable = TRUE};
static POBJECT_TYPE ThreadTypePointer = &ThreadType;
POBJECT_TYPE *PsThreadType = &ThreadTypePointer;

static PKTHREAD KiCreateThreadObject(PCSTR Name)
{
    PKTHREAD Thread = ObpCreateObject(&ThreadType, sizeof(KTHREAD));

    if (Thread == NULL)
    {
        return NULL;
    }
    KiInitializeHeader(&Thread->Header, KiThread, sizeof(KTHREAD), 0);
    /* Multiples of four, above the ids of the System process's first threads. */
    Thread->UniqueThread = (HANDLE)(ULONG_PTR)(KiAdd(&NextThreadNumber, 1) * 4 + 8);
    Thread->Priority = KI_DEFAULT_PRIORITY;
    HcFormat(Thread->Name, sizeof(Thread->Name), "%s", Name);
    return Thread;
}

/* ---- the current one ----------------------------------------------------------------- */

/* From when it is complete until it ends. */
static VOID KiListThread(PKTHREAD Thread)
{
    HcAcquireLock(&ThreadLock);
    InsertTailList(&Listed, &Thread->ListLink);
    HcReleaseLock(&ThreadLock);
}

static VOID KiUnlistThread(PKTHREAD Thread)
{
    HcAcquireLock(&ThreadLock);
    RemoveEntryList(&Thread->ListLink);
    HcReleaseLock(&ThreadLock);
}

VOID KiLockThreadList(VOID)
{
    HcAcquireLock(&ThreadLock);
}

VOID KiUnlockThreadList(VOID)
{
    HcReleaseLock(&ThreadLock);
}

PKTHREAD KiNextListedThread(PKTHREAD Thread)
{
    PLIST_ENTRY Next = Thread != NULL ? Thread->ListLink.Flink : Listed.Flink;

    return Next != &Listed ? CONTAINING_RECORD(Next, KTHREAD, ListLink) : NULL;
}

BOOLEAN KiIsListedThread(PKTHREAD Wanted)
{
    PKTHREAD Thread = KiNextListedThread(NULL);

    while (Thread != NULL && Thread != Wanted)
    {
        Thread = KiNextListedThread(Thread);
    }
    return Thread != NULL;
}

/* The last thing a thread does: the host forgets it. */
static VOID KiForgetThread(PVOID Data)
{
    PKTHREAD Thread = Data;

    KiUnlistThread(Thread);
    HcSetThreadData(Thread, NULL); /* what follows may ask who it is */
    KiAssertPassive("a thread exits", NULL);
    ObfDereferenceObject(Thread);
    HcSetThreadData(NULL, NULL);
}

static PKTHREAD KiAdoptThread(VOID)
{
    PKTHREAD Thread = KiCreateThreadObject("");

    if (Thread == NULL)
    {
        HcLog(HcLogError, "out of memory for a thread");
        HcAbort();
    }
    Thread->Adopted = TRUE;
    Thread->Host = HcReferenceThread(HcCurrentThread());
    KiStoreRelaxed(&Thread->Id, HcCurrentThreadId());
    HcSetThreadData(Thread, KiForgetThread);
    KiListThread(Thread);
    return Thread;
}

PKTHREAD KiCurrentThread(VOID)
{
    PKTHREAD Thread = HcGetThreadData();

    return Thread != NULL ? Thread : KiAdoptThread();
}

VOID KiDescribeThread(PKTHREAD Thread, PSTR Buffer, SIZE_T Size)
{
    CHAR Start[128] = "";
    CHAR Name[64] = "";

    if (Thread->StartRoutine != NULL)
    {
        BOOLEAN Named = KiThreadName(Thread, Name, sizeof(Name)) != 0;
        HcDescribeAddress((PVOID)Thread->StartRoutine, Start, sizeof(Start));
        HcFormat(Buffer, Size, "system thread %u%s%s%s of %s, started at %s", (unsigned)KiLoadRelaxed(&Thread->Id),
                 Named ? " (" : "", Name, Named ? ")" : "", IopDriverName((PVOID)Thread->StartRoutine), Start);
    }
    else if (Thread->Adopted)
    {
        HcFormat(Buffer, Size, "thread %u of the host program", (unsigned)KiLoadRelaxed(&Thread->Id));
    }
    else
    {
        HcFormat(Buffer, Size, "wskhost's thread %u (%s)", (unsigned)KiLoadRelaxed(&Thread->Id), Thread->Name);
    }
}

/* ---- starting and ending ---------------------------------------------------------------- */

/* Its frame is where KiExitThread returns to. */
static __attribute__((noinline)) VOID KiCallStartRoutine(PKTHREAD Thread)
{
    if (__builtin_setjmp(Thread->ExitFrame) == 0)
    {
        if (Thread->PrivateRoutine != NULL)
        {
            Thread->PrivateRoutine(Thread->StartContext);
        }
        else
        {
            Thread->StartRoutine(Thread->StartContext);
        }
    }
    /* Not a tail call: the frame that is returned to must be there. */
    __asm__ volatile("" : : : "memory");
}

static __attribute__((noinline)) DECLSPEC_NORETURN VOID KiExitThread(PKTHREAD Thread)
{
    KiSehDetachChain(); /* the routine may be inside a __try, whose stack goes now */
    __builtin_longjmp(Thread->ExitFrame, 1);
}

static VOID KiCheckEnd(PKTHREAD Thread)
{
    PVOID Start = (PVOID)Thread->StartRoutine;

    KiAssertPassive("a system thread ends", Start);
    if (Thread->MutexesHeld != 0)
    {
        KiBugCheck(THREAD_TERMINATE_HELD_MUTEX, Start, NULL, "a system thread ends while it holds %d mutexes",
                   (int)Thread->MutexesHeld);
    }
    if (Thread->KernelApcDisable != 0 || Thread->SpecialApcDisable != 0)
    {
        KiBugCheck(KERNEL_APC_PENDING_DURING_EXIT, Start, NULL,
                   "a system thread ends inside %d critical and %d guarded regions it has not left",
                   -Thread->KernelApcDisable, -Thread->SpecialApcDisable);
    }
}

static VOID KiSignalEnd(PKTHREAD Thread)
{
    PHC_LOCK Lock = KiDispatcherLock(Thread);
    KI_WAKE Wake;

    KiBeginWake(&Wake);
    HcAcquireLock(Lock);
    Thread->Header.SignalState = 1;
    KiSignalObject(&Thread->Header, &Wake);
    HcReleaseLock(Lock);
    KiFinishWake(&Wake);
}

static VOID KiThreadMain(PVOID Context)
{
    PKTHREAD Thread = Context;

    Thread->Host = HcReferenceThread(HcCurrentThread());
    KiStoreRelaxed(&Thread->Id, HcCurrentThreadId());
    HcSetThreadData(Thread, NULL);
    KiListThread(Thread);
    KiCallStartRoutine(Thread);
    KiStore(&Thread->Exiting, TRUE);
    KiCheckEnd(Thread);
    KiUnlistThread(Thread);
    if (Thread->StartRoutine != NULL)
    {
        IopChargeDriver(Thread->Driver, IopChargeThread, -1);
        /* Its own reference goes to whoever joins it. */
        HcAcquireLock(&ThreadLock);
        RemoveEntryList(&Thread->ThreadLink);
        InsertTailList(&Ended, &Thread->ThreadLink);
        HcReleaseLock(&ThreadLock);
    }
    KiSignalEnd(Thread);
    HcSetThreadData(NULL, NULL);
}

/* Joins those that have ended; they have at most a few instructions left. */
static VOID KiReapThreads(VOID)
{
    for (;;)
    {
        HcAcquireLock(&ThreadLock);
        /* One whose starter has not stored its handle yet is left for later. */
        PLIST_ENTRY Link = Ended.Flink;
        while (Link != &Ended && CONTAINING_RECORD(Link, KTHREAD, ThreadLink)->Join == NULL)
        {
            Link = Link->Flink;
        }
        if (Link == &Ended)
        {
            HcReleaseLock(&ThreadLock);
            return;
        }
        RemoveEntryList(Link);
        HcReleaseLock(&ThreadLock);
        PKTHREAD Thread = CONTAINING_RECORD(Link, KTHREAD, ThreadLink);
        HcJoinThread(Thread->Join);
        ObfDereferenceObject(Thread);
    }
}

NTSTATUS KiStartThread(PCSTR Name, VOID (*Routine)(PVOID Context), PVOID Context, PKTHREAD *Started)
{
    PKTHREAD Thread = KiCreateThreadObject(Name);

    if (Thread == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Thread->PrivateRoutine = Routine;
    Thread->StartContext = Context;
    *Started = Thread;
    NTSTATUS Status = HcStartThread(Name, KiThreadMain, Thread, &Thread->Join);
    if (!NT_SUCCESS(Status))
    {
        *Started = NULL;
        ObfDereferenceObject(Thread);
    }
    return Status;
}

VOID KiJoinThread(PKTHREAD Thread)
{
    LARGE_INTEGER Patience = {.QuadPart = -10000000LL * KI_JOIN_SECONDS};

    while (KeWaitForSingleObject(Thread, Executive, KernelMode, FALSE, &Patience) == STATUS_TIMEOUT)
    {
        PVOID Busy = KiLoadRelaxed(&Thread->Busy);
        CHAR Text[256] = "its loop";
        if (Busy != NULL)
        {
            HcDescribeAddress(Busy, Text, sizeof(Text));
        }
        HcLog(HcLogWarning, "the system is stopping and waits for thread %s, which is in %s of %s", Thread->Name, Text,
              Busy != NULL ? IopDriverName(Busy) : "wskhost");
    }
    HcJoinThread(Thread->Join);
    ObfDereferenceObject(Thread);
}

NTSTATUS KiInitializeThreads(VOID)
{
    return STATUS_SUCCESS;
}

VOID KiUninitializeThreads(VOID)
{
    KiReapThreads();
    HcAcquireLock(&ThreadLock);
    for (PLIST_ENTRY Link = Running.Flink; Link != &Running; Link = Link->Flink)
    {
        CHAR Text[256];
        KiDescribeThread(CONTAINING_RECORD(Link, KTHREAD, ThreadLink), Text, sizeof(Text));
        HcLog(HcLogError, "still running while the system stops: %s", Text);
    }
    HcReleaseLock(&ThreadLock);
}

/* ---- the functions ------------------------------------------------------------------------ */

/* A new thread object runs StartRoutine; on failure nothing is left. */
static NTSTATUS KiStartSystemThread(PKSTART_ROUTINE StartRoutine, PVOID StartContext, PHANDLE ThreadHandle,
                                    PCLIENT_ID ClientId)
{
    PCSTR DriverName = IopDriverName((PVOID)StartRoutine);
    PKTHREAD Thread = KiCreateThreadObject(DriverName);
    PHC_THREAD Host;

    if (Thread == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Thread->StartRoutine = StartRoutine;
    Thread->StartContext = StartContext;
    Thread->Driver = IopFindDriver((PVOID)StartRoutine);
    NTSTATUS Status = ThreadHandle != NULL ? ObpInsertHandleFor(Thread, ThreadHandle, (PVOID)StartRoutine)
                                            : STATUS_SUCCESS;
    if (!NT_SUCCESS(Status))
    {
        ObfDereferenceObject(Thread);
        return Status;
    }
    if (ClientId != NULL)
    {
        ClientId->UniqueProcess = PsGetCurrentProcessId();
        ClientId->UniqueThread = Thread->UniqueThread;
    }
    IopChargeDriver(Thread->Driver, IopChargeThread, 1);
    HcAcquireLock(&ThreadLock);
    InsertTailList(&Running, &Thread->ThreadLink);
    HcReleaseLock(&ThreadLock);
    ObfReferenceObject(Thread);
    Status = HcStartThread(DriverName, KiThreadMain, Thread, &Host);
    HcAcquireLock(&ThreadLock);
    if (NT_SUCCESS(Status))
    {
        Thread->Join = Host;
    }
    else
    {
        RemoveEntryList(&Thread->ThreadLink);
    }
    HcReleaseLock(&ThreadLock);
    if (!NT_SUCCESS(Status))
    {
        IopChargeDriver(Thread->Driver, IopChargeThread, -1);
        if (ThreadHandle != NULL)
        {
            ZwClose(*ThreadHandle);
        }
        ObfDereferenceObject(Thread); /* its own */
    }
    ObfDereferenceObject(Thread);
    return Status;
}

/* Starts a thread in the System process at PASSIVE_LEVEL. *ThreadHandle, when
 * asked for, is the caller's to ZwClose; the object is signalled when the thread
 * has ended. ProcessHandle, DesiredAccess and ObjectAttributes change nothing.
 * StartContext is the driver's. PASSIVE_LEVEL. STATUS_INSUFFICIENT_RESOURCES.
 * Page: nf-wdm-pscreatesystemthread. */
NTSTATUS NTAPI PsCreateSystemThread(PHANDLE ThreadHandle, ULONG DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
                                    HANDLE ProcessHandle, PCLIENT_ID ClientId, PKSTART_ROUTINE StartRoutine,
                                    PVOID StartContext)
{
    UNREFERENCED_PARAMETER(DesiredAccess);
    UNREFERENCED_PARAMETER(ObjectAttributes);
    UNREFERENCED_PARAMETER(ProcessHandle);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    KiReapThreads();
    return KiStartSystemThread(StartRoutine, StartContext, ThreadHandle, ClientId);
}

/* Ends the calling system thread; does not return then. PASSIVE_LEVEL.
 * STATUS_INVALID_PARAMETER: not a thread of PsCreateSystemThread. Page:
 * nf-wdm-psterminatesystemthread. */
NTSTATUS NTAPI PsTerminateSystemThread(NTSTATUS ExitStatus)
{
    PKTHREAD Thread = KiCurrentThread();

    KI_IRQL_MAX(PASSIVE_LEVEL);
    if (Thread->StartRoutine == NULL)
    {
        return STATUS_INVALID_PARAMETER;
    }
    KiStore(&Thread->ExitStatus, ExitStatus);
    KiStore(&Thread->Exiting, TRUE);
    KiExitThread(Thread);
}

/* As PsCreateSystemThread; the driver that IoObject belongs to stays loaded as long
 * as its host keeps it so, with or without this. Page:
 * nf-ntddk-iocreatesystemthread. */
NTSTATUS NTAPI IoCreateSystemThread(PVOID IoObject, PHANDLE ThreadHandle, ULONG DesiredAccess,
                                    POBJECT_ATTRIBUTES ObjectAttributes, HANDLE ProcessHandle, PCLIENT_ID ClientId,
                                    PKSTART_ROUTINE StartRoutine, PVOID StartContext)
{
    UNREFERENCED_PARAMETER(IoObject);
    UNREFERENCED_PARAMETER(DesiredAccess);
    UNREFERENCED_PARAMETER(ObjectAttributes);
    UNREFERENCED_PARAMETER(ProcessHandle);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    KiReapThreads();
    return KiStartSystemThread(StartRoutine, StartContext, ThreadHandle, ClientId);
}

/* The current thread's object, not referenced; a foreign thread is adopted by
 * this. Any IRQL. Page: nf-wdm-kegetcurrentthread. */
PKTHREAD NTAPI KeGetCurrentThread(VOID)
{
    return KiCurrentThread();
}

/* Any IRQL. Page: nf-ntddk-psgetcurrentthreadid. */
HANDLE NTAPI PsGetCurrentThreadId(VOID)
{
    return KiCurrentThread()->UniqueThread;
}

/* Any IRQL. Page: nf-ntddk-psgetthreadid. */
HANDLE NTAPI PsGetThreadId(PETHREAD Thread)
{
    return ((PKTHREAD)Thread)->UniqueThread;
}

/* TRUE once the thread ends. Any IRQL. Page: nf-ntddk-psisthreadterminating. */
BOOLEAN NTAPI PsIsThreadTerminating(PETHREAD Thread)
{
    return KiLoad(&((PKTHREAD)Thread)->Exiting);
}

/* STATUS_PENDING while it runs, then what it ended with. Any IRQL. Page:
 * nf-ntddk-psgetthreadexitstatus. */
NTSTATUS NTAPI PsGetThreadExitStatus(PETHREAD Thread)
{
    PKTHREAD Body = (PKTHREAD)Thread;

    return KiLoad(&Body->Exiting) ? KiLoad(&Body->ExitStatus) : STATUS_PENDING;
}

/* TRUE: there are no user threads here. Any IRQL. Page: nf-ntifs-psissystemthread. */
BOOLEAN NTAPI PsIsSystemThread(PETHREAD Thread)
{
    UNREFERENCED_PARAMETER(Thread);
    return TRUE;
}

/* ---- priorities: kept, not acted on (DIV-22) --------------------------------------------------------- */

/* Sets the run-time priority, 1 to 31; returns the old one. Linux schedules the
 * thread all the same. PASSIVE_LEVEL. Page: nf-wdm-kesetprioritythread. */
KPRIORITY NTAPI KeSetPriorityThread(PKTHREAD Thread, KPRIORITY Priority)
{
    KI_IRQL_MAX(PASSIVE_LEVEL);
    return __atomic_exchange_n(&Thread->Priority, Priority, __ATOMIC_RELAXED);
}

/* IRQL <= DISPATCH_LEVEL. Page: nf-wdm-kequeryprioritythread. */
KPRIORITY NTAPI KeQueryPriorityThread(PKTHREAD Thread)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    return KiLoadRelaxed(&Thread->Priority);
}

/* Sets the base priority's increment; returns the old one. PASSIVE_LEVEL. Page:
 * nf-ntddk-kesetbaseprioritythread. */
LONG NTAPI KeSetBasePriorityThread(PKTHREAD Thread, LONG Increment)
{
    KI_IRQL_MAX(PASSIVE_LEVEL);
    return __atomic_exchange_n(&Thread->BasePriority, Increment, __ATOMIC_RELAXED);
}

/* ---- regions --------------------------------------------------------------------------------- */

/* No APC is ever delivered here; the counts are kept because code asks for them
 * and must not end a thread inside a region. */

/* IRQL <= APC_LEVEL. Page: nf-ntddk-keentercriticalregion. */
VOID NTAPI KeEnterCriticalRegion(VOID)
{
    KI_IRQL_MAX(APC_LEVEL);
    KiCurrentThread()->KernelApcDisable--;
}

/* IRQL <= APC_LEVEL. Page: nf-ntddk-keleavecriticalregion. */
VOID NTAPI KeLeaveCriticalRegion(VOID)
{
    PKTHREAD Thread = KiCurrentThread();

    KI_IRQL_MAX(APC_LEVEL);
    if (Thread->KernelApcDisable >= 0)
    {
        KiBugCheck(APC_INDEX_MISMATCH, __builtin_return_address(0), NULL,
                   "KeLeaveCriticalRegion without a KeEnterCriticalRegion by this thread");
    }
    Thread->KernelApcDisable++;
}

/* IRQL <= APC_LEVEL. Page: nf-wdm-keenterguardedregion. */
VOID NTAPI KeEnterGuardedRegion(VOID)
{
    KI_IRQL_MAX(APC_LEVEL);
    KiCurrentThread()->SpecialApcDisable--;
}

/* IRQL <= APC_LEVEL. Page: nf-wdm-keleaveguardedregion. */
VOID NTAPI KeLeaveGuardedRegion(VOID)
{
    PKTHREAD Thread = KiCurrentThread();

    KI_IRQL_MAX(APC_LEVEL);
    if (Thread->SpecialApcDisable >= 0)
    {
        KiBugCheck(APC_INDEX_MISMATCH, __builtin_return_address(0), NULL,
                   "KeLeaveGuardedRegion without a KeEnterGuardedRegion by this thread");
    }
    Thread->SpecialApcDisable++;
}

/* TRUE inside any critical or guarded region. Any IRQL. Page:
 * nf-ntddk-keareapcsdisabled. */
BOOLEAN NTAPI KeAreApcsDisabled(VOID)
{
    PKTHREAD Thread = KiCurrentThread();

    return Thread->KernelApcDisable != 0 || Thread->SpecialApcDisable != 0;
}

/* TRUE inside a guarded region, or at APC_LEVEL and above. Any IRQL. Page:
 * nf-wdm-keareallapcsdisabled. */
BOOLEAN NTAPI KeAreAllApcsDisabled(VOID)
{
    PKTHREAD Thread = KiCurrentThread();

    return Thread->SpecialApcDisable != 0 || Thread->Irql >= APC_LEVEL;
}
