// SPDX-License-Identifier: MIT
/*
 * What is asked and told of threads and processors in one call with a class number.
 */
#include "nt/iop.h"
#include "nt/kip.h"

/* ---- threads ---------------------------------------------------------------------------- */

static HC_LOCK NameLock;

SIZE_T KiThreadName(PKTHREAD Thread, PSTR Buffer, SIZE_T Size)
{
    HcAcquireLock(&NameLock);
    SIZE_T Length = HcFormat(Buffer, Size, "%s", Thread->GivenName);
    HcReleaseLock(&NameLock);
    return Length;
}

static NTSTATUS KiNameThread(PKTHREAD Thread, const THREAD_NAME_INFORMATION *Information)
{
    CHAR Text[sizeof(Thread->GivenName)];
    ULONG Length = 0;

    if ((Information->ThreadName.Length & 1) != 0)
    {
        return STATUS_INVALID_PARAMETER;
    }
    /* What does not fit is cut off, between two characters. */
    RtlUnicodeToUTF8N(Text, sizeof(Text) - 1, &Length, Information->ThreadName.Buffer, Information->ThreadName.Length);
    Text[Length] = 0;
    HcAcquireLock(&NameLock);
    RtlCopyMemory(Thread->GivenName, Text, Length + 1);
    HcReleaseLock(&NameLock);
    return STATUS_SUCCESS;
}

static NTSTATUS KiSetThreadInformation(PKTHREAD Thread, THREADINFOCLASS Class, PVOID Information, ULONG Length)
{
    ULONG Wanted = Class == ThreadNameInformation ? (ULONG)sizeof(THREAD_NAME_INFORMATION)
                   : Class == ThreadPriority || Class == ThreadBasePriority ? (ULONG)sizeof(LONG)
                                                                            : 0;
    if (Wanted == 0)
    {
        return STATUS_INVALID_INFO_CLASS;
    }
    if (Length != Wanted)
    {
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    switch (Class)
    {
    case ThreadPriority:
    {
        KPRIORITY Priority = *(const KPRIORITY *)Information;
        if (Priority < 1 || Priority > HIGH_PRIORITY)
        {
            return STATUS_INVALID_PARAMETER;
        }
        KeSetPriorityThread(Thread, Priority);
        return STATUS_SUCCESS;
    }
    case ThreadBasePriority:
        KeSetBasePriorityThread(Thread, *(const LONG *)Information);
        return STATUS_SUCCESS;
    default:
        return KiNameThread(Thread, Information);
    }
}

/* Sets ThreadPriority, ThreadBasePriority or ThreadNameInformation, which reports
 * show. PASSIVE_LEVEL. STATUS_INVALID_INFO_CLASS, STATUS_INFO_LENGTH_MISMATCH,
 * STATUS_INVALID_PARAMETER, STATUS_INVALID_HANDLE, STATUS_OBJECT_TYPE_MISMATCH. */
NTSTATUS NTAPI ZwSetInformationThread(HANDLE ThreadHandle, THREADINFOCLASS ThreadInformationClass,
                                      PVOID ThreadInformation, ULONG ThreadInformationLength)
{
    PVOID Thread;

    KI_IRQL_MAX(PASSIVE_LEVEL);
    NTSTATUS Status = ObpReferenceHandle(ThreadHandle, *PsThreadType, &Thread);
    if (NT_SUCCESS(Status))
    {
        Status = KiSetThreadInformation(Thread, ThreadInformationClass, ThreadInformation, ThreadInformationLength);
        ObfDereferenceObject(Thread);
    }
    return Status;
}

/* Gives other threads their turn. STATUS_SUCCESS. IRQL <= APC_LEVEL. */
NTSTATUS NTAPI ZwYieldExecution(VOID)
{
    KI_IRQL_MAX(APC_LEVEL);
    HcYield();
    return STATUS_SUCCESS;
}

/* ---- processors ---------------------------------------------------------------------------- */

/*
 * Where descriptions go. Owner: the caller's stack. Needed counts on past Room.
 */
typedef struct _KI_RELATIONS
{
    PUCHAR Buffer;
    ULONG Room;
    ULONG Needed;
} KI_RELATIONS, *PKI_RELATIONS;

static VOID KiAddRelation(PKI_RELATIONS Relations, const SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX *Information)
{
    if (Relations->Buffer != NULL && Relations->Room - Relations->Needed >= Information->Size &&
        Relations->Room >= Relations->Needed)
    {
        RtlCopyMemory(Relations->Buffer + Relations->Needed, Information, Information->Size);
    }
    Relations->Needed += Information->Size;
}

#define KI_RELATION_SIZE(Member) \
    (FIELD_OFFSET(SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX, Processor) + (ULONG)sizeof(Member))

static VOID KiAddProcessors(PKI_RELATIONS Relations, LOGICAL_PROCESSOR_RELATIONSHIP Kind, KAFFINITY Mask)
{
    SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX Information = {.Relationship = Kind,
                                                           .Size = KI_RELATION_SIZE(PROCESSOR_RELATIONSHIP)};
    Information.Processor.GroupCount = 1;
    Information.Processor.GroupMask[0].Mask = Mask;
    KiAddRelation(Relations, &Information);
}

/* Each processor is a core; all together are a package, a NUMA node and a group. */
static VOID KiDescribeProcessors(PKI_RELATIONS Relations, LOGICAL_PROCESSOR_RELATIONSHIP Kind, KAFFINITY Cores,
                                 KAFFINITY All)
{
    SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX Information = {0};

    for (KAFFINITY Left = Kind == RelationProcessorCore || Kind == RelationAll ? Cores : 0; Left != 0; Left &= Left - 1)
    {
        KiAddProcessors(Relations, RelationProcessorCore, Left & -Left);
    }
    if (Kind == RelationProcessorPackage || Kind == RelationAll)
    {
        KiAddProcessors(Relations, RelationProcessorPackage, All);
    }
    if (Kind == RelationNumaNode || Kind == RelationNumaNodeEx || Kind == RelationAll)
    {
        Information.Relationship = RelationNumaNode;
        Information.Size = KI_RELATION_SIZE(NUMA_NODE_RELATIONSHIP);
        Information.NumaNode.GroupCount = 1;
        Information.NumaNode.GroupMask.Mask = All;
        KiAddRelation(Relations, &Information);
    }
    if (Kind == RelationGroup || Kind == RelationAll)
    {
        Information = (SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX){.Relationship = RelationGroup,
                                                                .Size = KI_RELATION_SIZE(GROUP_RELATIONSHIP)};
        Information.Group.MaximumGroupCount = 1;
        Information.Group.ActiveGroupCount = 1;
        Information.Group.GroupInfo[0].MaximumProcessorCount = (UCHAR)KiLoadRelaxed(&KiProcessorCount);
        Information.Group.GroupInfo[0].ActiveProcessorCount = (UCHAR)KiLoadRelaxed(&KiProcessorCount);
        Information.Group.GroupInfo[0].ActiveProcessorMask = All;
        KiAddRelation(Relations, &Information);
    }
}

/* How the virtual processors lie, of one (ProcessorNumber) or all; nothing is known of
 * their caches and dies. IRQL <= APC_LEVEL here. STATUS_INFO_LENGTH_MISMATCH, with
 * *Length what is needed; STATUS_INVALID_PARAMETER: no such processor. Page:
 * nf-wdm-kequerylogicalprocessorrelationship. */
NTSTATUS NTAPI KeQueryLogicalProcessorRelationship(PPROCESSOR_NUMBER ProcessorNumber,
                                                   LOGICAL_PROCESSOR_RELATIONSHIP RelationshipType,
                                                   PSYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX Information, PULONG Length)
{
    KI_RELATIONS Relations = {(PUCHAR)Information, *Length, 0};
    KAFFINITY All = KeQueryActiveProcessors();
    KAFFINITY Cores = All;

    KI_IRQL_MAX(APC_LEVEL);
    if (ProcessorNumber != NULL)
    {
        ULONG Index = KeGetProcessorIndexFromNumber(ProcessorNumber);
        if (Index == INVALID_PROCESSOR_INDEX)
        {
            return STATUS_INVALID_PARAMETER;
        }
        Cores = (KAFFINITY)1 << Index;
    }
    KiDescribeProcessors(&Relations, RelationshipType, Cores, All);
    *Length = Relations.Needed;
    return Relations.Buffer == NULL || Relations.Room < Relations.Needed ? STATUS_INFO_LENGTH_MISMATCH : STATUS_SUCCESS;
}
