// SPDX-License-Identifier: MIT
/*
 * What drivers ask about processors: how many, which one is mine, and which ones
 * a thread may use. There is one group, with the virtual processors in it.
 */
#include "nt/kip.h"

static ULONG KiCount(VOID)
{
    return KiLoadRelaxed(&KiProcessorCount);
}

static KAFFINITY KiActive(VOID)
{
    ULONG Count = KiCount();

    return Count >= 64 ? ~(KAFFINITY)0 : ((KAFFINITY)1 << Count) - 1;
}

/* ---- how many --------------------------------------------------------------------- */

/* *ActiveProcessors, when asked for, gets a bit per processor. Any IRQL. Page:
 * nf-wdm-kequeryactiveprocessorcount. */
ULONG NTAPI KeQueryActiveProcessorCount(PKAFFINITY ActiveProcessors)
{
    if (ActiveProcessors != NULL)
    {
        *ActiveProcessors = KiActive();
    }
    return KiCount();
}

/* 0 for a group that does not exist. Any IRQL. Page:
 * nf-wdm-kequeryactiveprocessorcountex. */
ULONG NTAPI KeQueryActiveProcessorCountEx(USHORT GroupNumber)
{
    return GroupNumber == 0 || GroupNumber == ALL_PROCESSOR_GROUPS ? KiCount() : 0;
}

/* As KeQueryActiveProcessorCountEx: none is ever added. Page:
 * nf-ntddk-kequerymaximumprocessorcountex. */
ULONG NTAPI KeQueryMaximumProcessorCountEx(USHORT GroupNumber)
{
    return KeQueryActiveProcessorCountEx(GroupNumber);
}

/* Any IRQL. Page: nf-ntddk-kequerymaximumprocessorcount. */
ULONG NTAPI KeQueryMaximumProcessorCount(VOID)
{
    return KiCount();
}

/* A bit per processor. Any IRQL. Page: nf-ntddk-kequeryactiveprocessors. */
KAFFINITY NTAPI KeQueryActiveProcessors(VOID)
{
    return KiActive();
}

/* Any IRQL. Page: nf-wdm-kequeryactivegroupcount. */
USHORT NTAPI KeQueryActiveGroupCount(VOID)
{
    return 1;
}

/* Any IRQL. Page: nf-wdm-kequerymaximumgroupcount. */
USHORT NTAPI KeQueryMaximumGroupCount(VOID)
{
    return 1;
}

/* ---- which -------------------------------------------------------------------------- */

/* The processor this thread owns, stable from DISPATCH_LEVEL on; below, the one it
 * owned last. Any IRQL. Page: nf-wdm-kegetcurrentprocessornumberex. */
ULONG NTAPI KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER ProcNumber)
{
    ULONG Index = KiCurrentProcessor();

    if (ProcNumber != NULL)
    {
        ProcNumber->Group = 0;
        ProcNumber->Number = (UCHAR)Index;
        ProcNumber->Reserved = 0;
    }
    return Index;
}

/* As KeGetCurrentProcessorNumberEx. Page: nf-wdm-kegetcurrentprocessornumber. */
ULONG NTAPI KeGetCurrentProcessorNumber(VOID)
{
    return KiCurrentProcessor();
}

/* STATUS_INVALID_PARAMETER: no such processor. Any IRQL. Page:
 * nf-wdm-kegetprocessornumberfromindex. */
NTSTATUS NTAPI KeGetProcessorNumberFromIndex(ULONG ProcIndex, PPROCESSOR_NUMBER ProcNumber)
{
    if (ProcIndex >= KiCount())
    {
        return STATUS_INVALID_PARAMETER;
    }
    ProcNumber->Group = 0;
    ProcNumber->Number = (UCHAR)ProcIndex;
    ProcNumber->Reserved = 0;
    return STATUS_SUCCESS;
}

/* INVALID_PROCESSOR_INDEX when there is none. Any IRQL. Page:
 * nf-ntifs-kegetprocessorindexfromnumber. */
ULONG NTAPI KeGetProcessorIndexFromNumber(PPROCESSOR_NUMBER ProcNumber)
{
    if (ProcNumber->Group != 0 || ProcNumber->Reserved != 0 || ProcNumber->Number >= KiCount())
    {
        return INVALID_PROCESSOR_INDEX;
    }
    return ProcNumber->Number;
}

/* ---- affinity ------------------------------------------------------------------------- */

/* Affinity says which virtual processors the thread takes when it raises to
 * DISPATCH_LEVEL; Linux runs the thread where it likes. */

static KAFFINITY KiSetAffinity(KAFFINITY Affinity)
{
    PKTHREAD Thread = KiCurrentThread();
    KAFFINITY Previous = Thread->Affinity;

    Thread->Affinity = Affinity;
    if (Affinity != 0 && !Thread->PinnedHome && (Affinity >> Thread->LastProcessor & 1) == 0)
    {
        Thread->LastProcessor = (ULONG)__builtin_ctzll(Affinity);
    }
    return Previous;
}

/* Returns the previous system affinity, 0 when there was none; without effect when
 * Affinity names no processor, or one that does not exist. At DISPATCH_LEVEL it
 * takes effect at the next raise. IRQL <= DISPATCH_LEVEL. Page:
 * nf-wdm-kesetsystemaffinitythreadex. */
KAFFINITY NTAPI KeSetSystemAffinityThreadEx(KAFFINITY Affinity)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    if (Affinity == 0 || (Affinity & ~KiActive()) != 0)
    {
        return KiCurrentThread()->Affinity;
    }
    return KiSetAffinity(Affinity);
}

/* Restores what KeSetSystemAffinityThreadEx returned. IRQL <= DISPATCH_LEVEL.
 * Page: nf-wdm-kereverttouseraffinitythreadex. */
VOID NTAPI KeRevertToUserAffinityThreadEx(KAFFINITY Affinity)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    KiSetAffinity(Affinity & KiActive());
}

/* As KeSetSystemAffinityThreadEx; a processor that does not exist is ignored. Page:
 * nf-ntddk-kesetsystemaffinitythread. */
VOID NTAPI KeSetSystemAffinityThread(KAFFINITY Affinity)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    if ((Affinity & KiActive()) != 0)
    {
        KiSetAffinity(Affinity & KiActive());
    }
}

/* Ends KeSetSystemAffinityThread. Page: nf-ntddk-kereverttouseraffinitythread. */
VOID NTAPI KeRevertToUserAffinityThread(VOID)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    KiSetAffinity(0);
}

/* As KeSetSystemAffinityThreadEx; *PreviousAffinity, when asked for, gets a zero
 * mask when there was none. A wrong group or mask changes nothing. IRQL <=
 * DISPATCH_LEVEL. Page: nf-wdm-kesetsystemgroupaffinitythread. */
VOID NTAPI KeSetSystemGroupAffinityThread(PGROUP_AFFINITY Affinity, PGROUP_AFFINITY PreviousAffinity)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    if (PreviousAffinity != NULL)
    {
        RtlZeroMemory(PreviousAffinity, sizeof(*PreviousAffinity));
    }
    if (Affinity->Group != 0 || Affinity->Mask == 0 || (Affinity->Mask & ~KiActive()) != 0)
    {
        return;
    }
    KAFFINITY Previous = KiSetAffinity(Affinity->Mask);
    if (PreviousAffinity != NULL)
    {
        PreviousAffinity->Mask = Previous;
    }
}

/* Restores what KeSetSystemGroupAffinityThread returned. IRQL <= DISPATCH_LEVEL.
 * Page: nf-wdm-kereverttousergroupaffinitythread. */
VOID NTAPI KeRevertToUserGroupAffinityThread(PGROUP_AFFINITY PreviousAffinity)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    if (PreviousAffinity->Group == 0)
    {
        KiSetAffinity(PreviousAffinity->Mask & KiActive());
    }
}
