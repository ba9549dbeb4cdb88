// SPDX-License-Identifier: MIT
/*
 * Bringing the NT layer up and down: one table, run up and then down.
 */
#include "nt/cmp.h"
#include "nt/kip.h"

static ULONG Up;                          /* atomic */
static ULONG WantedProcessors;            /* KiStartSystem's arguments, for the table */
static const KI_PROCESSOR_LOOP *WantedLoop;

static NTSTATUS KiUpProcessors(VOID)
{
    return KiInitializeProcessors(WantedProcessors, WantedLoop);
}

typedef struct _KI_COMPONENT
{
    PCSTR Name;
    NTSTATUS (*Initialize)(VOID);
    VOID (*Uninitialize)(VOID);
} KI_COMPONENT;

static const KI_COMPONENT Components[] = {
    {"processors", KiUpProcessors, KiUninitializeProcessors},
    {"objects", ObpInitialize, ObpUninitialize},
    {"threads", KiInitializeThreads, KiUninitializeThreads},
    {"security", SepInitialize, SepUninitialize},
    {"registry", CmpInitialize, CmpUninitialize},
    {"processes", KiInitializeProcesses, KiUninitializeProcesses},
    {"pool", ExpInitialize, ExpUninitialize},
    {"timers", KiInitializeTimers, KiUninitializeTimers},
    {"I/O", IopInitialize, IopUninitialize},
    {"processor threads", KiStartProcessors, KiStopProcessors},
    {"work items", ExpInitializeWorkers, ExpUninitializeWorkers},
};

static VOID KiTakeDown(ULONG Count)
{
    while (Count != 0)
    {
        Components[--Count].Uninitialize();
    }
}

NTSTATUS KiStartSystem(ULONG ProcessorCount, const KI_PROCESSOR_LOOP *Loop)
{
    ULONG Down = 0;

    if (!__atomic_compare_exchange_n(&Up, &Down, 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
    {
        return STATUS_INVALID_DEVICE_STATE;
    }
    WantedProcessors = ProcessorCount;
    WantedLoop = Loop;
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Components); Index++)
    {
        NTSTATUS Status = Components[Index].Initialize();
        if (!NT_SUCCESS(Status))
        {
            HcLog(HcLogError, "starting %s failed: %s", Components[Index].Name, RtlpStatusName(Status));
            KiTakeDown(Index);
            KiStore(&Up, 0);
            return Status;
        }
    }
    return STATUS_SUCCESS;
}

VOID KiStopSystem(VOID)
{
    if (KiLoad(&Up) == 0)
    {
        return;
    }
    KiAssertPassive("KiStopSystem is called", __builtin_return_address(0));
    KeFlushQueuedDpcs();
    KiTakeDown(RTL_NUMBER_OF(Components));
    KiStore(&Up, 0);
}
