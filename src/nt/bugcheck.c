// SPDX-License-Identifier: MIT
/*
 * The end on a mistake that cannot be refused: a report that names what happened,
 * the driver, the thread and the stack, then abort.
 */
#include "nt/kip.h"

#define KI_STACK_MAX 48

static ULONG Reporting; /* atomic: KTHREAD.Id of the thread that reports, or 0 */

typedef struct _KI_BUGCHECK_NAME
{
    ULONG Code;
    PCSTR Name;
} KI_BUGCHECK_NAME;

static const KI_BUGCHECK_NAME Names[] = {
    {0x00000001, "APC_INDEX_MISMATCH"},
    {0x00000004, "INVALID_DATA_ACCESS_TRAP"},
    {0x00000009, "IRQL_NOT_GREATER_OR_EQUAL"},
    {0x0000000A, "IRQL_NOT_LESS_OR_EQUAL"},
    {0x0000000C, "MAXIMUM_WAIT_OBJECTS_EXCEEDED"},
    {0x0000000F, "SPIN_LOCK_ALREADY_OWNED"},
    {0x00000010, "SPIN_LOCK_NOT_OWNED"},
    {0x00000018, "REFERENCE_BY_POINTER"},
    {0x00000019, "BAD_POOL_HEADER"},
    {0x0000001E, "KMODE_EXCEPTION_NOT_HANDLED"},
    {0x00000020, "KERNEL_APC_PENDING_DURING_EXIT"},
    {0x00000031, "PHASE0_INITIALIZATION_FAILED"},
    {0x00000035, "NO_MORE_IRP_STACK_LOCATIONS"},
    {0x0000003B, "SYSTEM_SERVICE_EXCEPTION"},
    {0x0000003E, "MULTIPROCESSOR_CONFIGURATION_NOT_SUPPORTED"},
    {0x00000044, "MULTIPLE_IRP_COMPLETE_REQUESTS"},
    {0x00000048, "CANCEL_STATE_IN_COMPLETED_IRP"},
    {0x0000004A, "IRQL_GT_ZERO_AT_SYSTEM_SERVICE"},
    {0x0000004E, "PFN_LIST_CORRUPT"},
    {0x00000050, "PAGE_FAULT_IN_NONPAGED_AREA"},
    {0x00000076, "PROCESS_HAS_LOCKED_PAGES"},
    {0x0000007E, "SYSTEM_THREAD_EXCEPTION_NOT_HANDLED"},
    {0x000000BF, "MUTEX_ALREADY_OWNED"},
    {0x000000BE, "ATTEMPTED_WRITE_TO_READONLY_MEMORY"},
    {0x000000C1, "SPECIAL_POOL_DETECTED_MEMORY_CORRUPTION"},
    {0x000000C2, "BAD_POOL_CALLER"},
    {0x000000C4, "DRIVER_VERIFIER_DETECTED_VIOLATION"},
    {0x000000C8, "IRQL_UNEXPECTED_VALUE"},
    {0x000000C9, "DRIVER_VERIFIER_IOMANAGER_VIOLATION"},
    {0x000000CE, "DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS"},
    {0x000000D1, "DRIVER_IRQL_NOT_LESS_OR_EQUAL"},
    {0x000000D9, "LOCKED_PAGES_TRACKER_CORRUPTION"},
    {0x000000E2, "MANUALLY_INITIATED_CRASH"},
    {0x000000E3, "RESOURCE_NOT_OWNED"},
    {0x000000E4, "WORKER_INVALID"},
    {0x00000101, "CLOCK_WATCHDOG_TIMEOUT"},
    {0x00000132, "RESOURCE_OWNER_POINTER_INVALID"},
    {0x00000133, "DPC_WATCHDOG_VIOLATION"},
    {0x00000139, "KERNEL_SECURITY_CHECK_FAILURE"},
    {0x4000008A, "THREAD_TERMINATE_HELD_MUTEX"},
};

static PCSTR KiBugCheckName(ULONG Code)
{
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Names); Index++)
    {
        if (Names[Index].Code == Code)
        {
            return Names[Index].Name;
        }
    }
    return "(a code of the driver's own)";
}

/* One thread reports; what fails during that ends at once, other threads wait for
 * the end. */
static VOID KiEnterReport(PKTHREAD Thread)
{
    ULONG Nobody = 0;

    if (__atomic_compare_exchange_n(&Reporting, &Nobody, Thread->Id, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
    {
        return;
    }
    if (Nobody == Thread->Id)
    {
        HcLog(HcLogError, "*** another bugcheck while reporting this one");
        HcAbort();
    }
    for (;;)
    {
        HcPark(HC_NO_DEADLINE);
    }
}

/* The innermost frame that lies in a driver, or NULL. */
static PVOID KiFindDriverFrame(PVOID const *Frames, SIZE_T Count)
{
    for (SIZE_T Index = 0; Index < Count; Index++)
    {
        if (IopFindDriver(Frames[Index]) != NULL)
        {
            return Frames[Index];
        }
    }
    return NULL;
}

static VOID KiReportWhere(PVOID Caller, PIRP Irp, PVOID const *Frames, SIZE_T Count)
{
    PKTHREAD Thread = KiCurrentThread();
    CHAR Text[320];

    if (Caller == NULL || IopFindDriver(Caller) == NULL)
    {
        PVOID Found = KiFindDriverFrame(Frames, Count);
        Caller = Found != NULL ? Found : Caller;
    }
    if (Caller != NULL)
    {
        HcDescribeAddress(Caller, Text, sizeof(Text));
        HcLog(HcLogError, "    driver: %s, at %s", IopDriverName(Caller), Text);
    }
    KiDescribeThread(Thread, Text, sizeof(Text));
    if (Thread->Processor != NULL)
    {
        HcLog(HcLogError, "    thread: %s, at %s on processor %u", Text, KiIrqlName(Thread->Irql),
              (unsigned)Thread->Processor->Index);
    }
    else
    {
        HcLog(HcLogError, "    thread: %s, at %s", Text, KiIrqlName(Thread->Irql));
    }
    if (Irp != NULL)
    {
        HcLog(HcLogError, "    IRP:    %p, stack location %d of %d, status 0x%08X", (PVOID)Irp, Irp->CurrentLocation,
              Irp->StackCount, (unsigned)Irp->IoStatus.Status);
    }
    HcLog(HcLogError, "    stack:");
    for (SIZE_T Index = 0; Index < Count; Index++)
    {
        HcDescribeAddress(Frames[Index], Text, sizeof(Text));
        HcLog(HcLogError, "      %2u  %s%s", (unsigned)Index, Text,
              IopFindDriver(Frames[Index]) != NULL ? "   <- driver" : "");
    }
}

DECLSPEC_NORETURN VOID KiBugCheck(ULONG Code, PVOID Caller, PIRP Irp, PCSTR Format, ...)
{
    PVOID Frames[KI_STACK_MAX];
    CHAR Text[1024];
    __builtin_va_list Arguments;

    KiEnterReport(KiCurrentThread());
    __builtin_va_start(Arguments, Format);
    HcVFormat(Text, sizeof(Text), Format, Arguments);
    __builtin_va_end(Arguments);
    HcLog(HcLogError, "*** BUGCHECK 0x%08X %s", (unsigned)Code, KiBugCheckName(Code));
    HcLog(HcLogError, "    %s", Text);
    SIZE_T Count = HcBacktrace(Frames, KI_STACK_MAX);
    KiReportWhere(Caller, Irp, Frames, Count);
    HcAbort();
}

/* Ends the process with a report. Any IRQL. Page: nf-wdm-kebugcheckex. */
DECLSPEC_NORETURN VOID NTAPI KeBugCheckEx(ULONG BugCheckCode, ULONG_PTR BugCheckParameter1,
                                          ULONG_PTR BugCheckParameter2, ULONG_PTR BugCheckParameter3,
                                          ULONG_PTR BugCheckParameter4)
{
    KiBugCheck(BugCheckCode, __builtin_return_address(0), NULL,
               "KeBugCheckEx was called, with 0x%llX, 0x%llX, 0x%llX, 0x%llX", (unsigned long long)BugCheckParameter1,
               (unsigned long long)BugCheckParameter2, (unsigned long long)BugCheckParameter3,
               (unsigned long long)BugCheckParameter4);
}

/* KeBugCheckEx without parameters. Page: nf-ntddk-kebugcheck. */
DECLSPEC_NORETURN VOID NTAPI KeBugCheck(ULONG BugCheckCode)
{
    KiBugCheck(BugCheckCode, __builtin_return_address(0), NULL, "KeBugCheck was called");
}
