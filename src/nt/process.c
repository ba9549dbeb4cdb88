// SPDX-License-Identifier: MIT
/*
 * Processes: there is one, which plays the System process. Its object exists so
 * that code which asks for the current process gets something to reference.
 */
#include "nt/kip.h"

#define KI_SYSTEM_PROCESS_ID ((HANDLE)(ULONG_PTR)4)

/* Owner: init.c's table, and drivers' references. */
struct _EPROCESS
{
    DISPATCHER_HEADER Header; /* never signalled: the process does not end */
};

static OBJECT_TYPE ProcessType = {.Name = "Process", .Waitable = TRUE};
static POBJECT_TYPE ProcessTypePointer = &ProcessType;
POBJECT_TYPE *PsProcessType = &ProcessTypePointer;
PEPROCESS PsInitialSystemProcess;

NTSTATUS KiInitializeProcesses(VOID)
{
    PEPROCESS Process = ObpCreateObject(&ProcessType, sizeof(struct _EPROCESS));

    if (Process == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    KiInitializeHeader(&Process->Header, KiProcess, sizeof(struct _EPROCESS), 0);
    PsInitialSystemProcess = Process;
    return STATUS_SUCCESS;
}

VOID KiUninitializeProcesses(VOID)
{
    ObfDereferenceObject(PsInitialSystemProcess);
    PsInitialSystemProcess = NULL;
}

/* The System process, not referenced. Any IRQL. Page: nf-wdm-iogetcurrentprocess. */
PEPROCESS NTAPI IoGetCurrentProcess(VOID)
{
    return PsInitialSystemProcess;
}

/* Any IRQL. Page: nf-ntddk-psgetcurrentprocessid. */
HANDLE NTAPI PsGetCurrentProcessId(VOID)
{
    return KI_SYSTEM_PROCESS_ID;
}

/* Any IRQL. Page: nf-ntddk-psgetprocessid. */
HANDLE NTAPI PsGetProcessId(PEPROCESS Process)
{
    UNREFERENCED_PARAMETER(Process);
    return KI_SYSTEM_PROCESS_ID;
}

/* Any IRQL. Page: nf-ntddk-psgetthreadprocessid. */
HANDLE NTAPI PsGetThreadProcessId(PETHREAD Thread)
{
    UNREFERENCED_PARAMETER(Thread);
    return KI_SYSTEM_PROCESS_ID;
}

/* The System process, not referenced. Any IRQL. Page: nf-ntifs-iothreadtoprocess. */
PEPROCESS NTAPI IoThreadToProcess(PETHREAD Thread)
{
    UNREFERENCED_PARAMETER(Thread);
    return PsInitialSystemProcess;
}

/* As IoThreadToProcess. */
PEPROCESS NTAPI PsGetThreadProcess(PETHREAD Thread)
{
    UNREFERENCED_PARAMETER(Thread);
    return PsInitialSystemProcess;
}

/* KernelMode: no call comes from user mode. Any IRQL. Page:
 * nf-wdm-exgetpreviousmode. */
KPROCESSOR_MODE NTAPI ExGetPreviousMode(VOID)
{
    return KernelMode;
}
