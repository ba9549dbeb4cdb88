// SPDX-License-Identifier: MIT
/*
 * Read-copy-update as drivers build it from the processor model alone: readers
 * raise to DISPATCH_LEVEL; a writer that has replaced the pointer runs one DPC on
 * each processor, after which no reader can still see the old version.
 */
#include "kernel_test.h"

#define READERS 6
#define WRITERS 2
#define UPDATES 150
#define RCU_TAG 'ucRT'

typedef struct _VERSION
{
    ULONG Number;
    ULONG Copy; /* always equal to Number; poisoned before it is freed */
} VERSION;

static VERSION *volatile Current;
static KSPIN_LOCK WriterLock;
static LONG Stop, Wrong;
static LONG Reading; /* readers that have read once */
static KEVENT AllRead;
static ULONG Reads[READERS];

typedef struct _GRACE
{
    LONG Left;
    KEVENT Over;
} GRACE;

static VOID NTAPI PassProcessor(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    GRACE *Grace = Context;

    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    if (InterlockedDecrement(&Grace->Left) == 0)
    {
        KeSetEvent(&Grace->Over, IO_NO_INCREMENT, FALSE);
    }
}

static VOID Synchronize(VOID)
{
    ULONG Count = KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS);
    KDPC Dpcs[2];
    GRACE Grace = {.Left = (LONG)Count};

    KeInitializeEvent(&Grace.Over, NotificationEvent, FALSE);
    for (ULONG Index = 0; Index < Count; Index++)
    {
        PROCESSOR_NUMBER Number;
        KeGetProcessorNumberFromIndex(Index, &Number);
        KeInitializeDpc(&Dpcs[Index], PassProcessor, &Grace);
        KeSetTargetProcessorDpcEx(&Dpcs[Index], &Number);
        KeSetImportanceDpc(&Dpcs[Index], HighImportance);
        KeInsertQueueDpc(&Dpcs[Index], NULL, NULL);
    }
    KeWaitForSingleObject(&Grace.Over, Executive, KernelMode, FALSE, NULL);
}

static VOID NTAPI Read(PVOID Context)
{
    ULONG *Count = Context;

    while (InterlockedCompareExchange(&Stop, 0, 0) == 0)
    {
        KIRQL OldIrql = KeRaiseIrqlToDpcLevel();
        VERSION *Version = __atomic_load_n(&Current, __ATOMIC_ACQUIRE);
        if (Version->Number != Version->Copy)
        {
            InterlockedIncrement(&Wrong);
        }
        KeLowerIrql(OldIrql);
        if ((*Count)++ == 0 && InterlockedIncrement(&Reading) == READERS)
        {
            KeSetEvent(&AllRead, IO_NO_INCREMENT, FALSE);
        }
    }
}

static VOID NTAPI Write(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    for (ULONG Update = 0; Update < UPDATES; Update++)
    {
        VERSION *New = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*New), RCU_TAG);
        KIRQL OldIrql;
        KeAcquireSpinLock(&WriterLock, &OldIrql);
        VERSION *Old = Current;
        New->Number = New->Copy = Old->Number + 1;
        __atomic_store_n(&Current, New, __ATOMIC_RELEASE);
        KeReleaseSpinLock(&WriterLock, OldIrql);
        Synchronize();
        Old->Copy = ~Old->Number; /* a plain write: TSan sees a reader that is still there */
        ExFreePoolWithTag(Old, RCU_TAG);
    }
}

/* Given 6 readers and 2 writers on 2 processors. Then nobody reads a freed or half-written version. */
TEST(KE, rcu_made_of_dispatch_level_and_dpcs_is_safe)
{
    PVOID Readers[READERS], Writers[WRITERS];

    Stop = Wrong = Reading = 0;
    KeInitializeEvent(&AllRead, NotificationEvent, FALSE);
    Current = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(VERSION), RCU_TAG);
    Current->Number = Current->Copy = 0;
    KeInitializeSpinLock(&WriterLock);
    for (ULONG Index = 0; Index < READERS; Index++)
    {
        Reads[Index] = 0;
        Readers[Index] = StartThread(Read, &Reads[Index]);
    }
    CHECK_STATUS(KeWaitForSingleObject(&AllRead, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    for (ULONG Index = 0; Index < WRITERS; Index++)
    {
        Writers[Index] = StartThread(Write, NULL);
    }
    for (ULONG Index = 0; Index < WRITERS; Index++)
    {
        JoinThread(Writers[Index]);
    }
    InterlockedExchange(&Stop, 1);
    for (ULONG Index = 0; Index < READERS; Index++)
    {
        JoinThread(Readers[Index]);
        CHECK(Reads[Index] > 0);
    }
    CHECK_EQ(Wrong, 0);
    CHECK_EQ(Current->Number, WRITERS * UPDATES);
    ExFreePoolWithTag(Current, RCU_TAG);
}
