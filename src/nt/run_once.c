// SPDX-License-Identifier: MIT
/*
 * One-time initialization. RTL_RUN_ONCE.Ptr holds the context with the state in its
 * two low bits; zeroed memory is a fresh one. Threads that wait for the one that
 * initializes sleep on the pointer's low half.
 */
#include "nt/kip.h"
#include "nt/ntp.h"

enum
{
    RtlpOnceFresh = 0,
    RtlpOnceRunning = 1, /* one thread initializes, others wait */
    RtlpOnceDone = 2,
    RtlpOnceAsync = 3,   /* any number of threads try to complete */
    RtlpOnceStateMask = 3
};

C_ASSERT(RTL_RUN_ONCE_CTX_RESERVED_BITS == 2);

static ULONG_PTR RtlpOnceLoad(PRTL_RUN_ONCE RunOnce)
{
    return (ULONG_PTR)__atomic_load_n(&RunOnce->Ptr, __ATOMIC_ACQUIRE);
}

static BOOLEAN RtlpOnceSwap(PRTL_RUN_ONCE RunOnce, ULONG_PTR Old, ULONG_PTR New)
{
    PVOID Expected = (PVOID)Old;
    return __atomic_compare_exchange_n(&RunOnce->Ptr, &Expected, (PVOID)New, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static VOID RtlpOnceWake(PRTL_RUN_ONCE RunOnce)
{
    HcWakeWord((const ULONG *)&RunOnce->Ptr, MAXLONG);
}

/* Any IRQL. Page: nf-ntddk-rtlrunonceinitialize. */
VOID NTAPI RtlRunOnceInitialize(PRTL_RUN_ONCE RunOnce)
{
    __atomic_store_n(&RunOnce->Ptr, NULL, __ATOMIC_RELEASE);
}

static NTSTATUS RtlpOnceBegin(PRTL_RUN_ONCE RunOnce, ULONG Flags, PVOID *Context)
{
    ULONG_PTR Begun = (Flags & RTL_RUN_ONCE_ASYNC) != 0 ? RtlpOnceAsync : RtlpOnceRunning;

    for (;;)
    {
        ULONG_PTR Value = RtlpOnceLoad(RunOnce);
        if ((Value & RtlpOnceStateMask) == RtlpOnceDone)
        {
            if (Context != NULL)
            {
                *Context = (PVOID)(Value & ~(ULONG_PTR)RtlpOnceStateMask);
            }
            return STATUS_SUCCESS;
        }
        if ((Flags & RTL_RUN_ONCE_CHECK_ONLY) != 0)
        {
            return STATUS_UNSUCCESSFUL;
        }
        if (Value == RtlpOnceFresh)
        {
            if (RtlpOnceSwap(RunOnce, Value, Begun))
            {
                return STATUS_PENDING;
            }
        }
        else if (Value != Begun)
        {
            return STATUS_INVALID_PARAMETER; /* others began it the other way */
        }
        else if (Begun == RtlpOnceAsync)
        {
            return STATUS_PENDING;
        }
        else
        {
            PKTHREAD Thread = KiCurrentThread();
            KiNoteWait(Thread, "another thread to finish a run-once", RunOnce,
                       KiFindDriverCaller(Thread, __builtin_return_address(0)));
            HcWaitWord((const ULONG *)&RunOnce->Ptr, (ULONG)Value, HC_NO_DEADLINE);
            KiNoteWaitEnd(Thread);
        }
    }
}

/* STATUS_PENDING: the caller initializes now and calls RtlRunOnceComplete.
 * STATUS_SUCCESS: done, with its *Context. Waits for a thread that is at it, unless
 * RTL_RUN_ONCE_ASYNC or CHECK_ONLY (STATUS_UNSUCCESSFUL: not done). IRQL <=
 * APC_LEVEL. Page: nf-ntddk-rtlrunoncebegininitialize. */
NTSTATUS NTAPI RtlRunOnceBeginInitialize(PRTL_RUN_ONCE RunOnce, ULONG Flags, PVOID *Context)
{
    KI_IRQL_MAX(APC_LEVEL);
    if ((Flags & ~(RTL_RUN_ONCE_ASYNC | RTL_RUN_ONCE_CHECK_ONLY)) != 0 ||
        Flags == (RTL_RUN_ONCE_ASYNC | RTL_RUN_ONCE_CHECK_ONLY))
    {
        return STATUS_INVALID_PARAMETER;
    }
    return RtlpOnceBegin(RunOnce, Flags, Context);
}

static NTSTATUS RtlpOnceComplete(PRTL_RUN_ONCE RunOnce, ULONG Flags, PVOID Context)
{
    BOOLEAN Failed = (Flags & RTL_RUN_ONCE_INIT_FAILED) != 0;
    BOOLEAN Async = (Flags & RTL_RUN_ONCE_ASYNC) != 0;

    if (((ULONG_PTR)Context & RtlpOnceStateMask) != 0 || (Failed && (Async || Context != NULL)))
    {
        return STATUS_INVALID_PARAMETER;
    }
    ULONG_PTR New = Failed ? RtlpOnceFresh : (ULONG_PTR)Context | RtlpOnceDone;
    if (!RtlpOnceSwap(RunOnce, Async ? RtlpOnceAsync : RtlpOnceRunning, New))
    {
        /* Of several that tried asynchronously, one came first. */
        return Async ? STATUS_OBJECT_NAME_COLLISION : STATUS_UNSUCCESSFUL;
    }
    RtlpOnceWake(RunOnce);
    return STATUS_SUCCESS;
}

/* Ends what RtlRunOnceBeginInitialize began; Context has its two low bits clear.
 * With RTL_RUN_ONCE_INIT_FAILED the next thread tries. IRQL <= APC_LEVEL.
 * STATUS_UNSUCCESSFUL, STATUS_OBJECT_NAME_COLLISION (another thread was first),
 * STATUS_INVALID_PARAMETER. Page: nf-ntddk-rtlrunoncecomplete. */
NTSTATUS NTAPI RtlRunOnceComplete(PRTL_RUN_ONCE RunOnce, ULONG Flags, PVOID Context)
{
    KI_IRQL_MAX(APC_LEVEL);
    if ((Flags & ~(RTL_RUN_ONCE_ASYNC | RTL_RUN_ONCE_INIT_FAILED)) != 0)
    {
        return STATUS_INVALID_PARAMETER;
    }
    return RtlpOnceComplete(RunOnce, Flags, Context);
}

/* Calls InitFn unless it succeeded before; waits for a thread that is in it. IRQL
 * <= APC_LEVEL. STATUS_UNSUCCESSFUL: InitFn failed, the next call tries again. Page:
 * nf-ntddk-rtlrunonceexecuteonce. */
NTSTATUS NTAPI RtlRunOnceExecuteOnce(PRTL_RUN_ONCE RunOnce, PRTL_RUN_ONCE_INIT_FN InitFn, PVOID Parameter,
                                     PVOID *Context)
{
    PVOID Made = NULL;

    KI_IRQL_MAX(APC_LEVEL);
    NTSTATUS Status = RtlpOnceBegin(RunOnce, 0, Context);
    if (Status != STATUS_PENDING)
    {
        return Status;
    }
    if (!InitFn(RunOnce, Parameter, &Made))
    {
        (VOID) RtlpOnceComplete(RunOnce, RTL_RUN_ONCE_INIT_FAILED, NULL);
        return STATUS_UNSUCCESSFUL;
    }
    Status = RtlpOnceComplete(RunOnce, 0, Made);
    if (!NT_SUCCESS(Status))
    {
        KiReportMisuse(__builtin_return_address(0), __func__,
                       "the routine's context %p must have its two low bits clear", Made);
        (VOID) RtlpOnceComplete(RunOnce, RTL_RUN_ONCE_INIT_FAILED, NULL);
        return Status;
    }
    if (Context != NULL)
    {
        *Context = Made;
    }
    return STATUS_SUCCESS;
}
