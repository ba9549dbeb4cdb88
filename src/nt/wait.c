// SPDX-License-Identifier: MIT
/*
 * The dispatcher: what all waitable objects share, and the three waits.
 *
 * An object may be gone as soon as its waiter has seen it signalled, so its state
 * and its list of waiters are guarded by a lock that lies elsewhere: a table of
 * locks, chosen by the object's address. A waiter links one wait block per object
 * and parks. Who signals an object hands it to a waiter under that lock (so a
 * reset right after still lets the waiter go), unlinks the waiter's other blocks
 * and then wakes it. For a WaitAll the signaller pins the waiter, drops the lock,
 * takes the locks of all its objects in order and looks whether all are there.
 *
 *     KiWaiting --- a signaller's or the deadline's swap ---> KiClaimed
 *     KiClaimed --- all blocks are unlinked ----------------> KiReleased
 */
#include "nt/kip.h"

/* KWAIT_BLOCK.BlockState; under the lock of its object. */
#define KI_BLOCK_LINKED 0x1
#define KI_BLOCK_EVALUATING 0x2 /* some signaller has it on its Evaluate list */

/* As many as ULONGLONG WaitLocks has bits. */
#define KI_DISPATCHER_LOCKS 64

typedef struct DECLSPEC_ALIGN(KI_CACHE_LINE) _KI_DISPATCHER_LOCK
{
    HC_LOCK Lock;
} KI_DISPATCHER_LOCK;

static KI_DISPATCHER_LOCK DispatcherLocks[KI_DISPATCHER_LOCKS];

static ULONG KiLockIndex(const VOID *Object)
{
    /* Objects are at least 8 bytes apart; stacks differ in high bits. */
    ULONGLONG Key = (ULONGLONG)(ULONG_PTR)Object >> 3;
    return (ULONG)(Key * 0x9E3779B97F4A7C15ULL >> 58);
}

PHC_LOCK KiDispatcherLock(const VOID *Object)
{
    return &DispatcherLocks[KiLockIndex(Object)].Lock;
}

static VOID KiLockSet(ULONGLONG Locks)
{
    for (; Locks != 0; Locks &= Locks - 1)
    {
        HcAcquireLock(&DispatcherLocks[__builtin_ctzll(Locks)].Lock);
    }
}

static VOID KiUnlockSet(ULONGLONG Locks)
{
    for (; Locks != 0; Locks &= Locks - 1)
    {
        HcReleaseLock(&DispatcherLocks[__builtin_ctzll(Locks)].Lock);
    }
}

VOID KiInitializeHeader(PDISPATCHER_HEADER Header, UCHAR Type, SIZE_T Size, LONG SignalState)
{
    RtlZeroMemory(Header, sizeof(*Header));
    Header->Type = Type;
    Header->Size = (UCHAR)(Size / sizeof(LONG));
    Header->SignalState = SignalState;
    InitializeListHead(&Header->WaitListHead);
}

/* ---- what being signalled means, per type; under the object's lock ------------------ */

static BOOLEAN KiIsSignaled(PDISPATCHER_HEADER Header, PKTHREAD Thread)
{
    if (Header->Type == KiMutant && ((PKMUTANT)Header)->OwnerThread == Thread)
    {
        return TRUE;
    }
    return Header->SignalState > 0;
}

/* The wait of Thread takes what it waited for. */
static VOID KiConsume(PDISPATCHER_HEADER Header, PKTHREAD Thread)
{
    switch (Header->Type)
    {
    case KiSynchronizationEvent:
    case KiSynchronizationTimer:
        Header->SignalState = 0;
        break;
    case KiSemaphore:
        Header->SignalState--;
        break;
    case KiMutant:
        if (--Header->SignalState == 0)
        {
            PKMUTANT Mutant = (PKMUTANT)Header;
            Mutant->OwnerThread = Thread;
            Thread->MutexesHeld++;
            Thread->KernelApcDisable = (SHORT)(Thread->KernelApcDisable - Mutant->ApcDisable);
        }
        break;
    default:
        break;
    }
}

/* Memory that was zeroed but never initialized passes for a notification event. */
static VOID KiCheckInitialized(PDISPATCHER_HEADER Header)
{
    if (Header->WaitListHead.Flink == NULL)
    {
        KiBugCheck(INVALID_DATA_ACCESS_TRAP, NULL, NULL, "dispatcher object %p is used but was never initialized",
                   (PVOID)Header);
    }
}

static VOID KiUnlinkBlock(PKWAIT_BLOCK Block)
{
    RemoveEntryList(&Block->WaitListEntry);
    Block->BlockState &= (UCHAR)~KI_BLOCK_LINKED;
}

/* ---- signalling ------------------------------------------------------------------------ */

VOID KiBeginWake(PKI_WAKE Wake)
{
    InitializeListHead(&Wake->Released);
    Wake->Evaluate = NULL;
}

VOID KiSignalObject(PDISPATCHER_HEADER Header, PKI_WAKE Wake)
{
    PLIST_ENTRY Next;

    KiCheckInitialized(Header);
    for (PLIST_ENTRY Link = Header->WaitListHead.Flink; Link != &Header->WaitListHead && Header->SignalState > 0;
         Link = Next)
    {
        PKWAIT_BLOCK Block = CONTAINING_RECORD(Link, KWAIT_BLOCK, WaitListEntry);
        PKTHREAD Thread = Block->Thread;

        Next = Link->Flink;
        if (Block->WaitType == WaitAll)
        {
            if ((Block->BlockState & KI_BLOCK_EVALUATING) == 0)
            {
                Block->BlockState |= KI_BLOCK_EVALUATING;
                KiAdd(&Thread->WaitPins, 1);
                Block->SparePtr = Wake->Evaluate;
                Wake->Evaluate = Block;
            }
            continue;
        }
        /* Decided by another object's signal or by the deadline: then this object
         * must not be touched for that waiter's sake any more. */
        KiUnlinkBlock(Block);
        if (KiSwapIf(&Thread->WaitState, KiWaiting, KiClaimed))
        {
            Thread->WaitStatus = STATUS_WAIT_0 + Block->WaitKey;
            KiConsume(Header, Thread);
            InsertTailList(&Wake->Released, &Block->WaitListEntry);
        }
    }
}

/* Unlinks every block of the wait, whose state the caller has claimed. */
static VOID KiUnlinkAll(PKTHREAD Thread)
{
    for (ULONG Index = 0; Index < Thread->WaitCount; Index++)
    {
        PKWAIT_BLOCK Block = &Thread->WaitBlocks[Index];
        PHC_LOCK Lock = KiDispatcherLock(Block->Object);
        HcAcquireLock(Lock);
        if (Block->BlockState & KI_BLOCK_LINKED)
        {
            KiUnlinkBlock(Block);
        }
        HcReleaseLock(Lock);
    }
}

/* Thread is pinned; nothing of its wait is touched after the pin is gone. */
static VOID KiEvaluateAll(PKWAIT_BLOCK Signalled)
{
    PKTHREAD Thread = Signalled->Thread;
    PHC_THREAD Host = HcReferenceThread(Thread->Host);
    ULONGLONG Locks = Thread->WaitLocks;
    BOOLEAN All = TRUE;

    KiLockSet(Locks);
    Signalled->BlockState &= (UCHAR)~KI_BLOCK_EVALUATING;
    if (KiLoad(&Thread->WaitState) != KiWaiting)
    {
        All = FALSE; /* and its objects may be gone */
    }
    for (ULONG Index = 0; All && Index < Thread->WaitCount; Index++)
    {
        All = KiIsSignaled(Thread->WaitBlocks[Index].Object, Thread);
    }
    if (All && KiSwapIf(&Thread->WaitState, KiWaiting, KiClaimed))
    {
        for (ULONG Index = 0; Index < Thread->WaitCount; Index++)
        {
            KiConsume(Thread->WaitBlocks[Index].Object, Thread);
            KiUnlinkBlock(&Thread->WaitBlocks[Index]);
        }
        Thread->WaitStatus = STATUS_WAIT_0;
        KiStore(&Thread->WaitState, KiReleased);
    }
    KiUnlockSet(Locks);
    KiAdd(&Thread->WaitPins, -1);
    HcUnpark(Host);
    HcDereferenceThread(Host);
}

VOID KiFinishWake(PKI_WAKE Wake)
{
    while (!IsListEmpty(&Wake->Released))
    {
        PKWAIT_BLOCK Block = CONTAINING_RECORD(RemoveHeadList(&Wake->Released), KWAIT_BLOCK, WaitListEntry);
        PKTHREAD Thread = Block->Thread;
        PHC_THREAD Host = HcReferenceThread(Thread->Host);
        if (Thread->WaitCount > 1)
        {
            KiUnlinkAll(Thread);
        }
        KiStore(&Thread->WaitState, KiReleased);
        HcUnpark(Host);
        HcDereferenceThread(Host);
    }
    while (Wake->Evaluate != NULL)
    {
        PKWAIT_BLOCK Block = Wake->Evaluate;
        Wake->Evaluate = Block->SparePtr;
        KiEvaluateAll(Block);
    }
}

/* ---- waiting ------------------------------------------------------------------------------ */

ULONGLONG KiDeadline(const LARGE_INTEGER *Timeout)
{
    if (Timeout == NULL)
    {
        return HC_NO_DEADLINE;
    }
    ULONGLONG Now = HcNow();
    ULONGLONG Ticks; /* of 100 ns, from now */
    if (Timeout->QuadPart <= 0)
    {
        Ticks = 0 - (ULONGLONG)Timeout->QuadPart;
    }
    else
    {
        LARGE_INTEGER SystemTime;
        KeQuerySystemTime(&SystemTime);
        Ticks = Timeout->QuadPart > SystemTime.QuadPart ? (ULONGLONG)(Timeout->QuadPart - SystemTime.QuadPart) : 0;
    }
    return Ticks < (HC_NO_DEADLINE - 1 - Now) / 100 ? Now + Ticks * 100 : HC_NO_DEADLINE - 1;
}

/* Parks until the wait is decided; returns its status. The blocks are linked. */
static NTSTATUS KiPark(PKTHREAD Thread, ULONGLONG Deadline)
{
    while (KiLoad(&Thread->WaitState) != KiReleased)
    {
        if (!HcPark(Deadline) && KiSwapIf(&Thread->WaitState, KiWaiting, KiClaimed))
        {
            KiUnlinkAll(Thread);
            Thread->WaitStatus = STATUS_TIMEOUT;
            KiStore(&Thread->WaitState, KiReleased);
        }
        else if (KiLoad(&Thread->WaitState) == KiClaimed)
        {
            Deadline = HC_NO_DEADLINE;
        }
    }
    while (KiLoad(&Thread->WaitPins) != 0)
    {
        HcPark(HC_NO_DEADLINE);
    }
    KiStore(&Thread->WaitState, KiNotWaiting);
    return Thread->WaitStatus;
}

static VOID KiLinkBlocks(PKTHREAD Thread, ULONG Count, PVOID Objects[], WAIT_TYPE WaitType, PKWAIT_BLOCK Blocks)
{
    for (ULONG Index = 0; Index < Count; Index++)
    {
        PKWAIT_BLOCK Block = &Blocks[Index];
        PDISPATCHER_HEADER Header = Objects[Index];
        KiCheckInitialized(Header);
        Block->Thread = Thread;
        Block->Object = Header;
        Block->SparePtr = NULL;
        Block->WaitKey = (USHORT)Index;
        Block->WaitType = (UCHAR)WaitType;
        Block->BlockState = KI_BLOCK_LINKED;
        InsertTailList(&Header->WaitListHead, &Block->WaitListEntry);
    }
}

/* Tries to satisfy the wait at once; under the locks of all objects. */
static BOOLEAN KiTrySatisfy(PKTHREAD Thread, ULONG Count, PVOID Objects[], WAIT_TYPE WaitType, NTSTATUS *Status)
{
    ULONG Signaled = 0;

    for (ULONG Index = 0; Index < Count; Index++)
    {
        if (!KiIsSignaled(Objects[Index], Thread))
        {
            continue;
        }
        Signaled++;
        if (WaitType == WaitAny)
        {
            KiConsume(Objects[Index], Thread);
            *Status = STATUS_WAIT_0 + (NTSTATUS)Index;
            return TRUE;
        }
    }
    if (WaitType == WaitAny || Signaled != Count)
    {
        return FALSE;
    }
    for (ULONG Index = 0; Index < Count; Index++)
    {
        KiConsume(Objects[Index], Thread);
    }
    *Status = STATUS_WAIT_0;
    return TRUE;
}

static NTSTATUS KiWait(ULONG Count, PVOID Objects[], WAIT_TYPE WaitType, PLARGE_INTEGER Timeout, PKWAIT_BLOCK Blocks,
                       PVOID Caller)
{
    PKTHREAD Thread = KiCurrentThread();
    ULONGLONG Locks = 0;
    NTSTATUS Status = STATUS_TIMEOUT;

    for (ULONG Index = 0; Index < Count; Index++)
    {
        Locks |= 1ULL << KiLockIndex(Objects[Index]);
    }
    BOOLEAN Poll = Timeout != NULL && Timeout->QuadPart == 0;
    ULONGLONG Deadline = Poll ? 0 : KiDeadline(Timeout);
    KiLockSet(Locks);
    if (KiTrySatisfy(Thread, Count, Objects, WaitType, &Status) || Poll)
    {
        KiUnlockSet(Locks);
        return Status;
    }
    Thread->WaitBlocks = Blocks;
    Thread->WaitCount = Count;
    Thread->WaitLocks = Locks;
    KiStore(&Thread->WaitState, KiWaiting);
    KiLinkBlocks(Thread, Count, Objects, WaitType, Blocks);
    PCSTR What = Count == 1 ? KiObjectKind(Objects[0]) : WaitType == WaitAny ? "one of several objects" : "several objects";
    KiUnlockSet(Locks);
    KiNoteWait(Thread, What, Objects[0], KiFindDriverCaller(Thread, Caller));
    Status = KiPark(Thread, Deadline);
    KiNoteWaitEnd(Thread);
    return Status;
}

/* The level at which Function may be called with this time-out. */
static VOID KiCheckWait(PLARGE_INTEGER Timeout, PCSTR Function, PVOID Caller)
{
    PKTHREAD Thread = KiCurrentThread();

    if (Thread->Irql <= APC_LEVEL)
    {
        return;
    }
    if (Thread->Irql > DISPATCH_LEVEL || Timeout == NULL || Timeout->QuadPart != 0)
    {
        CHAR Raised[256];
        HcDescribeAddress(Thread->IrqlCaller, Raised, sizeof(Raised));
        KiBugCheck(IRQL_NOT_LESS_OR_EQUAL, Caller, NULL,
                   "%s is called at %s with a time-out that is not zero: a thread may wait at APC_LEVEL or below only "
                   "(the IRQL was raised by %s; completion routines, event callbacks and DPCs run at DISPATCH_LEVEL)",
                   Function, KiIrqlName(Thread->Irql), Raised);
    }
}

static VOID KiCheckObject(PVOID Object, PCSTR Function, PVOID Caller)
{
    static const ULONG Waitable = 1U << KiNotificationEvent | 1U << KiSynchronizationEvent | 1U << KiMutant |
                                  1U << KiProcess | 1U << KiSemaphore | 1U << KiThread | 1U << KiNotificationTimer |
                                  1U << KiSynchronizationTimer;
    PDISPATCHER_HEADER Header = Object;
    UCHAR Type = Header->Type & 0x7F;

    if (Type > KiSynchronizationTimer || (Waitable >> Type & 1) == 0)
    {
        KiBugCheck(INVALID_DATA_ACCESS_TRAP, Caller, NULL,
                   "%s waits for %p, which is no initialized event, mutex, semaphore, timer or thread", Function, Object);
    }
}

/* Waits until Object is signalled and takes it (an event's signal, a semaphore's
 * count, a mutex). NULL waits for ever, zero polls, negative is relative, positive
 * absolute system time, in 100 ns. STATUS_SUCCESS, STATUS_TIMEOUT. IRQL <=
 * APC_LEVEL, or <= DISPATCH_LEVEL to poll. Object may die at once afterwards.
 * No APC is ever delivered, so WaitMode and Alertable change nothing. Page:
 * nf-wdm-kewaitforsingleobject. */
NTSTATUS NTAPI KeWaitForSingleObject(PVOID Object, KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode,
                                     BOOLEAN Alertable, PLARGE_INTEGER Timeout)
{
    KWAIT_BLOCK Block;

    UNREFERENCED_PARAMETER(WaitReason);
    UNREFERENCED_PARAMETER(WaitMode);
    UNREFERENCED_PARAMETER(Alertable);
    KiCheckWait(Timeout, __func__, __builtin_return_address(0));
    KiCheckObject(Object, __func__, __builtin_return_address(0));
    return KiWait(1, &Object, WaitAny, Timeout, &Block, __builtin_return_address(0));
}

/* Waits until one (STATUS_WAIT_0 + its index) or all (STATUS_SUCCESS) of Count
 * objects are signalled; time-outs and levels as KeWaitForSingleObject. Above
 * THREAD_WAIT_OBJECTS the caller gives WaitBlockArray with Count entries and keeps
 * it until the return. Page: nf-wdm-kewaitformultipleobjects. */
NTSTATUS NTAPI KeWaitForMultipleObjects(ULONG Count, PVOID Object[], WAIT_TYPE WaitType, KWAIT_REASON WaitReason,
                                        KPROCESSOR_MODE WaitMode, BOOLEAN Alertable, PLARGE_INTEGER Timeout,
                                        PKWAIT_BLOCK WaitBlockArray)
{
    KWAIT_BLOCK Blocks[THREAD_WAIT_OBJECTS];

    UNREFERENCED_PARAMETER(WaitReason);
    UNREFERENCED_PARAMETER(WaitMode);
    UNREFERENCED_PARAMETER(Alertable);
    KiCheckWait(Timeout, __func__, __builtin_return_address(0));
    if (Count == 0 || Count > MAXIMUM_WAIT_OBJECTS || (Count > THREAD_WAIT_OBJECTS && WaitBlockArray == NULL))
    {
        KiBugCheck(MAXIMUM_WAIT_OBJECTS_EXCEEDED, __builtin_return_address(0), NULL,
                   "KeWaitForMultipleObjects is given %u objects and %s: from 1 to %u are allowed, and a WaitBlockArray "
                   "is needed for more than %u",
                   (unsigned)Count, WaitBlockArray != NULL ? "a WaitBlockArray" : "no WaitBlockArray",
                   MAXIMUM_WAIT_OBJECTS, THREAD_WAIT_OBJECTS);
    }
    for (ULONG Index = 0; Index < Count; Index++)
    {
        KiCheckObject(Object[Index], __func__, __builtin_return_address(0));
    }
    return KiWait(Count, Object, WaitType, Timeout, WaitBlockArray != NULL ? WaitBlockArray : Blocks,
                  __builtin_return_address(0));
}

/* Sleeps for a negative, or until a positive, time in 100 ns; zero lets other
 * threads run. STATUS_SUCCESS. IRQL <= APC_LEVEL. Page:
 * nf-wdm-kedelayexecutionthread. */
NTSTATUS NTAPI KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable, PLARGE_INTEGER Interval)
{
    UNREFERENCED_PARAMETER(WaitMode);
    UNREFERENCED_PARAMETER(Alertable);
    KI_IRQL_MAX(APC_LEVEL);
    if (Interval->QuadPart == 0)
    {
        HcYield();
        return STATUS_SUCCESS;
    }
    ULONGLONG Deadline = KiDeadline(Interval);
    KiNoteWait(KiCurrentThread(), "a delay to pass", NULL, __builtin_return_address(0));
    while (HcNow() < Deadline)
    {
        HcPark(Deadline);
    }
    KiNoteWaitEnd(KiCurrentThread());
    return STATUS_SUCCESS;
}
