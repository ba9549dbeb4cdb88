// SPDX-License-Identifier: MIT
/*
 * Work items: routines that a pool of system worker threads runs at PASSIVE_LEVEL.
 * A worker that takes an item first makes sure that another one is left to take
 * the next, so items that wait for each other do not stop the queue.
 */
#include "nt/iop.h"
#include "nt/kip.h"

#define EXP_WORKERS_MAX 256 /* items that may block at the same time */

/* Owner: static. */
static HC_LOCK WorkLock;
static LIST_ENTRY Queues[MaximumWorkQueue]; /* WorkLock */
static KSEMAPHORE Available;                /* count: queued items, plus one per worker at the stop */
static ULONG Idle;                          /* WorkLock; workers that wait, or are on their way to */
static ULONG WorkerCount;                   /* WorkLock */
static ULONG Starting;                      /* WorkLock */
static PKTHREAD Workers[EXP_WORKERS_MAX];   /* starter's slot; read when stopping */
static BOOLEAN WorkersStop;                 /* WorkLock */

static VOID ExpWorker(PVOID Context);

/* Called by a worker or at start, at PASSIVE_LEVEL. */
static NTSTATUS ExpStartWorker(VOID)
{
    CHAR Name[16];

    HcAcquireLock(&WorkLock);
    if (WorkersStop || WorkerCount == EXP_WORKERS_MAX)
    {
        HcReleaseLock(&WorkLock);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    ULONG Slot = WorkerCount++;
    Idle++;
    Starting++;
    HcReleaseLock(&WorkLock);
    HcFormat(Name, sizeof(Name), "wsk-work%u", (unsigned)Slot);
    NTSTATUS Status = KiStartThread(Name, ExpWorker, NULL, &Workers[Slot]);
    HcAcquireLock(&WorkLock);
    Starting--;
    if (!NT_SUCCESS(Status))
    {
        Idle--; /* its slot stays empty */
    }
    HcReleaseLock(&WorkLock);
    return Status;
}

/* WorkLock held. The most urgent queue first: hyper-critical, critical, delayed. */
static PWORK_QUEUE_ITEM ExpTakeItem(VOID)
{
    static const UCHAR Order[] = {HyperCriticalWorkQueue, CriticalWorkQueue, DelayedWorkQueue};

    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Order); Index++)
    {
        if (!IsListEmpty(&Queues[Order[Index]]))
        {
            return CONTAINING_RECORD(RemoveHeadList(&Queues[Order[Index]]), WORK_QUEUE_ITEM, List);
        }
    }
    return NULL;
}

static VOID ExpRunItem(PWORK_QUEUE_ITEM Item)
{
    /* The item may be queued again, reused or freed by its routine. */
    PWORKER_THREAD_ROUTINE Routine = Item->WorkerRoutine;
    PVOID Parameter = Item->Parameter;

    PKTHREAD Thread = KiCurrentThread();

    Item->List.Flink = NULL;
    KiStoreRelaxed(&Thread->Busy, (PVOID)Routine);
    Routine(Parameter);
    KiStoreRelaxed(&Thread->Busy, NULL);
    KiAssertPassive("a work item returns", (PVOID)Routine);
    if (Thread->MutexesHeld != 0 || Thread->KernelApcDisable != 0 || Thread->SpecialApcDisable != 0)
    {
        KiBugCheck(WORKER_INVALID, (PVOID)Routine, NULL,
                   "a work item returns holding %d mutexes, inside %d critical and %d guarded regions",
                   (int)Thread->MutexesHeld, -Thread->KernelApcDisable, -Thread->SpecialApcDisable);
    }
}

static VOID ExpWorker(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    for (;;)
    {
        KeWaitForSingleObject(&Available, Executive, KernelMode, FALSE, NULL);
        HcAcquireLock(&WorkLock);
        PWORK_QUEUE_ITEM Item = ExpTakeItem();
        BOOLEAN Last = --Idle == 0;
        HcReleaseLock(&WorkLock);
        if (Item == NULL)
        {
            return; /* only the stop counts up without an item */
        }
        if (Last)
        {
            ExpStartWorker();
        }
        ExpRunItem(Item);
        HcAcquireLock(&WorkLock);
        Idle++;
        HcReleaseLock(&WorkLock);
    }
}

NTSTATUS ExpInitializeWorkers(VOID)
{
    for (ULONG Index = 0; Index < MaximumWorkQueue; Index++)
    {
        InitializeListHead(&Queues[Index]);
    }
    KeInitializeSemaphore(&Available, 0, MAXLONG);
    Idle = 0;
    WorkerCount = 0;
    Starting = 0;
    WorkersStop = FALSE;
    RtlZeroMemory(Workers, sizeof(Workers));
    return ExpStartWorker();
}

VOID ExpUninitializeWorkers(VOID)
{
    HcAcquireLock(&WorkLock);
    WorkersStop = TRUE;
    ULONG Count = WorkerCount;
    /* A worker that starts another stores its thread while we look. */
    while (Starting != 0)
    {
        HcReleaseLock(&WorkLock);
        HcYield();
        HcAcquireLock(&WorkLock);
    }
    HcReleaseLock(&WorkLock);
    KeReleaseSemaphore(&Available, IO_NO_INCREMENT, (LONG)Count, FALSE);
    for (ULONG Index = 0; Index < Count; Index++)
    {
        if (Workers[Index] != NULL)
        {
            KiJoinThread(Workers[Index]);
        }
    }
}

static VOID ExpQueue(PWORK_QUEUE_ITEM Item, WORK_QUEUE_TYPE QueueType, PVOID Caller)
{
    ULONG Queue = QueueType >= CustomPriorityWorkQueue ? DelayedWorkQueue : QueueType;

    HcAcquireLock(&WorkLock);
    if (Item->List.Flink != NULL)
    {
        HcReleaseLock(&WorkLock);
        KiBugCheck(WORKER_INVALID, Caller, NULL, "work item %p is queued while it is queued already", (PVOID)Item);
    }
    InsertTailList(&Queues[Queue], &Item->List);
    HcReleaseLock(&WorkLock);
    KeReleaseSemaphore(&Available, IO_NO_INCREMENT, 1, FALSE);
}

/* Queues Item, made by ExInitializeWorkItem, for a worker thread. The driver keeps
 * Item until its routine is entered and stays loaded until it has returned. IRQL
 * <= DISPATCH_LEVEL. Page: nf-wdm-exqueueworkitem. */
VOID NTAPI ExQueueWorkItem(PWORK_QUEUE_ITEM WorkItem, WORK_QUEUE_TYPE QueueType)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    ExpQueue(WorkItem, QueueType, __builtin_return_address(0));
}

/* ---- work items of a device or driver -------------------------------------------------- */

/*
 * Owner: the driver; queued, the queue until the routine is entered. Memory is the
 * driver's when it called IoInitializeWorkItem.
 */
struct _IO_WORKITEM
{
    WORK_QUEUE_ITEM Item;
    PVOID IoObject;               /* device or driver object; referenced while queued */
    PIO_WORKITEM_ROUTINE Routine; /* or NULL */
    PIO_WORKITEM_ROUTINE_EX RoutineEx;
    PVOID Context;
    PIOP_DRIVER Driver;           /* charged for it */
    LONG Queued;                  /* atomic */
};

static VOID NTAPI IopRunWorkItem(PVOID Parameter)
{
    PIO_WORKITEM WorkItem = Parameter;
    /* The routine may free or queue it again. */
    PVOID IoObject = WorkItem->IoObject;
    PVOID Context = WorkItem->Context;
    PIO_WORKITEM_ROUTINE Routine = WorkItem->Routine;
    PIO_WORKITEM_ROUTINE_EX RoutineEx = WorkItem->RoutineEx;

    KiStoreRelaxed(&KiCurrentThread()->Busy, Routine != NULL ? (PVOID)Routine : (PVOID)RoutineEx);
    KiStore(&WorkItem->Queued, 0);
    if (Routine != NULL)
    {
        Routine(IoObject, Context);
    }
    else
    {
        RoutineEx(IoObject, Context, WorkItem);
    }
    ObfDereferenceObject(IoObject);
}

static VOID IopSetUpWorkItem(PIO_WORKITEM WorkItem, PVOID IoObject, PVOID Caller)
{
    RtlZeroMemory(WorkItem, sizeof(*WorkItem));
    ExInitializeWorkItem(&WorkItem->Item, IopRunWorkItem, WorkItem);
    WorkItem->IoObject = IoObject;
    WorkItem->Driver = IopFindDriver(Caller);
    IopChargeDriver(WorkItem->Driver, IopChargeWorkItem, 1);
}

/* A work item for a device or driver object, the caller's until IoFreeWorkItem;
 * NULL when memory is exhausted. IRQL <= DISPATCH_LEVEL. Page:
 * nf-wdm-ioallocateworkitem. */
PIO_WORKITEM NTAPI IoAllocateWorkItem(PDEVICE_OBJECT DeviceObject)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    if (DeviceObject == NULL)
    {
        KiReportMisuse(__builtin_return_address(0), __func__, "no device or driver object is given");
        return NULL;
    }
    PIO_WORKITEM WorkItem = HcAllocate(sizeof(*WorkItem));
    if (WorkItem != NULL)
    {
        IopSetUpWorkItem(WorkItem, DeviceObject, __builtin_return_address(0));
    }
    return WorkItem;
}

/* Frees what IoAllocateWorkItem gave; it must not be queued, but its own routine
 * may do this. IRQL <= DISPATCH_LEVEL. Page: nf-wdm-iofreeworkitem. */
VOID NTAPI IoFreeWorkItem(PIO_WORKITEM IoWorkItem)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    if (KiLoad(&IoWorkItem->Queued) != 0)
    {
        KiBugCheck(WORKER_INVALID, __builtin_return_address(0), NULL, "work item %p is freed while it is queued",
                   (PVOID)IoWorkItem);
    }
    IopChargeDriver(IoWorkItem->Driver, IopChargeWorkItem, -1);
    HcFree(IoWorkItem);
}

/* Bytes that IoInitializeWorkItem needs. Any IRQL. Page: nf-wdm-iosizeofworkitem. */
ULONG NTAPI IoSizeofWorkItem(VOID)
{
    return sizeof(struct _IO_WORKITEM);
}

/* Makes a work item in the driver's own memory. IRQL <= DISPATCH_LEVEL. Page:
 * nf-wdm-ioinitializeworkitem. */
VOID NTAPI IoInitializeWorkItem(PVOID IoObject, PIO_WORKITEM IoWorkItem)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    IopSetUpWorkItem(IoWorkItem, IoObject, __builtin_return_address(0));
}

/* Ends what IoInitializeWorkItem made; not while it is queued. IRQL <=
 * DISPATCH_LEVEL. Page: nf-wdm-iouninitializeworkitem. */
VOID NTAPI IoUninitializeWorkItem(PIO_WORKITEM IoWorkItem)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    if (KiLoad(&IoWorkItem->Queued) != 0)
    {
        KiBugCheck(WORKER_INVALID, __builtin_return_address(0), NULL, "work item %p is uninitialized while it is queued",
                   (PVOID)IoWorkItem);
    }
    IopChargeDriver(IoWorkItem->Driver, IopChargeWorkItem, -1);
}

/* WorkItem is marked as queued. */
static VOID IopFillWorkItem(PIO_WORKITEM WorkItem, PIO_WORKITEM_ROUTINE Routine, PIO_WORKITEM_ROUTINE_EX RoutineEx,
                            WORK_QUEUE_TYPE QueueType, PVOID Context, PVOID Caller)
{
    WorkItem->Routine = Routine;
    WorkItem->RoutineEx = RoutineEx;
    WorkItem->Context = Context;
    ObfReferenceObject(WorkItem->IoObject);
    ExpQueue(&WorkItem->Item, QueueType, Caller);
}

static VOID IopQueueWorkItem(PIO_WORKITEM WorkItem, PIO_WORKITEM_ROUTINE Routine, PIO_WORKITEM_ROUTINE_EX RoutineEx,
                             WORK_QUEUE_TYPE QueueType, PVOID Context, PVOID Caller)
{
    if (__atomic_exchange_n(&WorkItem->Queued, 1, __ATOMIC_SEQ_CST) != 0)
    {
        KiBugCheck(WORKER_INVALID, Caller, NULL, "work item %p is queued while it is queued already", (PVOID)WorkItem);
    }
    IopFillWorkItem(WorkItem, Routine, RoutineEx, QueueType, Context, Caller);
}

/* Runs WorkerRoutine(DeviceObject, Context) on a worker thread, once; the object
 * is referenced until it has returned. The item may be queued again when the
 * routine has been entered. IRQL <= DISPATCH_LEVEL. Page: nf-wdm-ioqueueworkitem. */
VOID NTAPI IoQueueWorkItem(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE WorkerRoutine, WORK_QUEUE_TYPE QueueType,
                           PVOID Context)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    IopQueueWorkItem(IoWorkItem, WorkerRoutine, NULL, QueueType, Context, __builtin_return_address(0));
}

/* As IoQueueWorkItem; the routine is also given the item, and may free it. Page:
 * nf-wdm-ioqueueworkitemex. */
VOID NTAPI IoQueueWorkItemEx(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE_EX WorkerRoutine, WORK_QUEUE_TYPE QueueType,
                             PVOID Context)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    IopQueueWorkItem(IoWorkItem, NULL, WorkerRoutine, QueueType, Context, __builtin_return_address(0));
}

/* As IoQueueWorkItemEx; FALSE, and nothing done, when the item is queued already.
 * Page: nf-wdm-iotryqueueworkitem. */
BOOLEAN NTAPI IoTryQueueWorkItem(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE_EX WorkerRoutine,
                                 WORK_QUEUE_TYPE QueueType, PVOID Context)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    if (__atomic_exchange_n(&IoWorkItem->Queued, 1, __ATOMIC_SEQ_CST) != 0)
    {
        return FALSE;
    }
    IopFillWorkItem(IoWorkItem, NULL, WorkerRoutine, QueueType, Context, __builtin_return_address(0));
    return TRUE;
}
