// SPDX-License-Identifier: MIT
/* Work items: where they run, their order, freeing and requeueing, waiting for each other. */
#include "kernel_test.h"

typedef struct _JOB
{
    WORK_QUEUE_ITEM Item;
    KEVENT Done;
    KEVENT *WaitsFor;
    KIRQL Irql;
    PKTHREAD Thread;
    ULONG Runs;
} JOB;

static VOID NTAPI RunJob(PVOID Parameter)
{
    JOB *Job = Parameter;

    Job->Irql = KeGetCurrentIrql();
    Job->Thread = KeGetCurrentThread();
    if (Job->WaitsFor != NULL)
    {
        KeWaitForSingleObject(Job->WaitsFor, Executive, KernelMode, FALSE, NULL);
    }
    if (++Job->Runs == 3)
    {
        KeSetEvent(&Job->Done, IO_NO_INCREMENT, FALSE);
        return;
    }
    ExQueueWorkItem(&Job->Item, DelayedWorkQueue);
}

static VOID InitializeJob(JOB *Job, KEVENT *WaitsFor, ULONG Runs)
{
    __builtin_memset(Job, 0, sizeof(*Job));
    Job->Irql = 0xEE;
    Job->WaitsFor = WaitsFor;
    Job->Runs = Runs;
    KeInitializeEvent(&Job->Done, NotificationEvent, FALSE);
    ExInitializeWorkItem(&Job->Item, RunJob, Job);
}

/* Given an item queued at DISPATCH_LEVEL that queues itself twice. Then it runs three times, at PASSIVE_LEVEL,
 * on another thread. */
TEST(KE, a_work_item_runs_at_passive_level_and_may_queue_itself)
{
    JOB Job;

    InitializeJob(&Job, NULL, 0);
    KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
    ExQueueWorkItem(&Job.Item, CriticalWorkQueue);
    KeLowerIrql(OldIrql);
    CHECK_STATUS(KeWaitForSingleObject(&Job.Done, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK_EQ(Job.Runs, 3);
    CHECK_EQ(Job.Irql, PASSIVE_LEVEL);
    CHECK(Job.Thread != NULL && Job.Thread != KeGetCurrentThread());
}

#define CHAIN 20

/* Given items that each wait for the one queued after. Then all get done. */
TEST(KE, work_items_may_wait_for_each_other)
{
    JOB Jobs[CHAIN];

    for (ULONG Index = 0; Index < CHAIN; Index++)
    {
        InitializeJob(&Jobs[Index], Index + 1 < CHAIN ? &Jobs[Index + 1].Done : NULL, 2);
    }
    for (ULONG Index = 0; Index < CHAIN; Index++)
    {
        ExQueueWorkItem(&Jobs[Index].Item, DelayedWorkQueue);
    }
    for (ULONG Index = 0; Index < CHAIN; Index++)
    {
        CHECK_STATUS(KeWaitForSingleObject(&Jobs[Index].Done, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    }
}

/* ---- those of a device --------------------------------------------------------------------- */

typedef struct _CALL
{
    PVOID Object;
    PVOID Context;
    PIO_WORKITEM Item;
    KEVENT Done;
} CALL;

static CALL Seen;

static VOID NTAPI RunDeviceWork(PDEVICE_OBJECT DeviceObject, PVOID Context)
{
    Seen.Object = DeviceObject;
    Seen.Context = Context;
    KeSetEvent(&Seen.Done, IO_NO_INCREMENT, FALSE);
}

static VOID NTAPI RunAndFree(PVOID IoObject, PVOID Context, PIO_WORKITEM WorkItem)
{
    Seen.Object = IoObject;
    Seen.Context = Context;
    Seen.Item = WorkItem;
    IoFreeWorkItem(WorkItem);
    KeSetEvent(&Seen.Done, IO_NO_INCREMENT, FALSE);
}

/* Given work items for an object. Then the routine gets object and context; the Ex kind may free the item. */
TEST(KE, io_work_items_hand_over_object_and_context)
{
    PVOID Object = KeGetCurrentThread(); /* any object will do */
    PIO_WORKITEM Item = IoAllocateWorkItem(Object);
    ULONG Context;

    CHECK(Item != NULL);
    KeInitializeEvent(&Seen.Done, SynchronizationEvent, FALSE);
    IoQueueWorkItem(Item, RunDeviceWork, DelayedWorkQueue, &Context);
    CHECK_STATUS(KeWaitForSingleObject(&Seen.Done, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK(Seen.Object == Object && Seen.Context == &Context);
    IoQueueWorkItemEx(Item, RunAndFree, DelayedWorkQueue, NULL);
    CHECK_STATUS(KeWaitForSingleObject(&Seen.Done, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK(Seen.Item == Item && Seen.Context == NULL);
}

/* Given memory of the driver's own. Then a work item can be made in it. */
TEST(KE, a_work_item_in_the_drivers_memory)
{
    PVOID Object = KeGetCurrentThread();
    PIO_WORKITEM Item = ExAllocatePoolWithTag(NonPagedPoolNx, IoSizeofWorkItem(), 'krWT');

    CHECK(Item != NULL);
    IoInitializeWorkItem(Object, Item);
    KeInitializeEvent(&Seen.Done, SynchronizationEvent, FALSE);
    IoQueueWorkItem(Item, RunDeviceWork, CriticalWorkQueue, &Seen);
    CHECK_STATUS(KeWaitForSingleObject(&Seen.Done, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK(Seen.Context == &Seen);
    IoUninitializeWorkItem(Item);
    ExFreePoolWithTag(Item, 'krWT');
}

static VOID NTAPI HoldForEver(PDEVICE_OBJECT DeviceObject, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    KeWaitForSingleObject(Context, Executive, KernelMode, FALSE, NULL);
}

TEST(KE, freeing_a_queued_work_item_is_a_bugcheck)
{
    PVOID Object = KeGetCurrentThread();

    if (t_is_child("KE_freeing_a_queued_work_item_is_a_bugcheck"))
    {
        /* Held at DISPATCH_LEVEL, where its worker cannot have reset the mark yet: two owners at most. */
        KEVENT Never;
        KeInitializeEvent(&Never, NotificationEvent, FALSE);
        for (ULONG Index = 0; Index < 300; Index++)
        {
            PIO_WORKITEM Item = IoAllocateWorkItem(Object);
            IoQueueWorkItem(Item, HoldForEver, DelayedWorkQueue, &Never);
            if (Index == 299)
            {
                IoFreeWorkItem(Item); /* no worker is left to take it */
            }
        }
        return;
    }
    CHECK_BUGCHECK("KE_freeing_a_queued_work_item_is_a_bugcheck", "WORKER_INVALID", "is freed while it is queued");
}
