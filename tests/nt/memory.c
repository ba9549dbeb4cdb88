// SPDX-License-Identifier: MIT
/* Probing memory, and one-time initialization. */
#include "kernel_test.h"

static const DECLSPEC_ALIGN(16) UCHAR ReadOnly[32] = {1};

static NTSTATUS Probe(const VOID *Address, SIZE_T Length, ULONG Alignment, BOOLEAN Write)
{
    volatile NTSTATUS Status = STATUS_SUCCESS;
    __try
    {
        if (Write)
        {
            ProbeForWrite((VOID *)(ULONG_PTR)Address, Length, Alignment);
        }
        else
        {
            ProbeForRead(Address, Length, Alignment);
        }
    }
    __except (EXCEPTION_EXECUTE_HANDLER)
    {
        Status = GetExceptionCode();
    }
    return Status;
}

/* Given memory of all kinds. Then a probe raises what is wrong with it. */
TEST(MDL, a_probe_raises_what_is_wrong)
{
    DECLSPEC_ALIGN(16) UCHAR Memory[32] = {7};
    CHECK_STATUS(Probe(Memory, 32, 16, TRUE), STATUS_SUCCESS);
    CHECK_EQ(Memory[0], 7);
    CHECK_STATUS(Probe(Memory + 1, 8, 8, FALSE), STATUS_DATATYPE_MISALIGNMENT);
    CHECK_STATUS(Probe(ReadOnly, 32, 1, FALSE), STATUS_SUCCESS);
    CHECK_STATUS(Probe(ReadOnly, 32, 1, TRUE), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(Probe(NULL, 1, 1, FALSE), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(Probe(NULL, 0, 1, FALSE), STATUS_SUCCESS); /* nothing to look at */
    CHECK_STATUS(Probe(Memory, (SIZE_T)-1, 1, FALSE), STATUS_ACCESS_VIOLATION);
}

TEST(MDL, memory_that_may_be_missing_is_copied)
{
    UCHAR Target[16];
    SIZE_T Copied = 77;
    MM_COPY_ADDRESS Source = {.VirtualAddress = (PVOID)(ULONG_PTR)ReadOnly};
    CHECK_STATUS(MmCopyMemory(Target, Source, 16, MM_COPY_MEMORY_VIRTUAL, &Copied), STATUS_SUCCESS);
    CHECK_EQ(Copied, 16);
    CHECK_MEM(Target, ReadOnly, 16);
    Source.VirtualAddress = (PVOID)0x10;
    CHECK_STATUS(MmCopyMemory(Target, Source, 16, MM_COPY_MEMORY_VIRTUAL, &Copied), STATUS_ACCESS_VIOLATION);
    CHECK_EQ(Copied, 0);
    ULONG Flags = 1;
    CHECK_STATUS(MmIsVerifierEnabled(&Flags), STATUS_SUCCESS);
    CHECK_EQ(Flags, 0);
}

/* ---- run once ------------------------------------------------------------------------ */

#define THREADS 4

static RTL_RUN_ONCE Once;
static ULONG Runs;
static ULONG Fail;
static DECLSPEC_ALIGN(16) UCHAR Made[16];

static ULONG NTAPI Make(PRTL_RUN_ONCE RunOnce, PVOID Parameter, PVOID *Context)
{
    UNREFERENCED_PARAMETER(RunOnce);
    Runs++;
    if (Fail)
    {
        return FALSE;
    }
    Made[0] = *(PUCHAR)Parameter;
    *Context = Made;
    return TRUE;
}

static VOID NTAPI Race(PVOID Context)
{
    UCHAR Value = 9;
    PVOID Got = NULL;
    NTSTATUS Status = RtlRunOnceExecuteOnce(&Once, Make, &Value, &Got);
    *(PULONG)Context = Status == STATUS_SUCCESS && Got == Made && Made[0] == 9;
}

/* Given threads at once. Then one initializes, all see what it made. */
TEST(RTL, run_once_runs_once)
{
    PVOID Threads[THREADS];
    ULONG Good[THREADS] = {0};
    UCHAR Value = 1;
    PVOID Context = NULL;

    Runs = 0;
    Fail = 1;
    RtlRunOnceInitialize(&Once);
    CHECK_STATUS(RtlRunOnceExecuteOnce(&Once, Make, &Value, &Context), STATUS_UNSUCCESSFUL);
    CHECK_STATUS(RtlRunOnceBeginInitialize(&Once, RTL_RUN_ONCE_CHECK_ONLY, &Context), STATUS_UNSUCCESSFUL);
    Fail = 0;
    for (ULONG Index = 0; Index < THREADS; Index++)
    {
        Threads[Index] = StartThread(Race, &Good[Index]);
    }
    for (ULONG Index = 0; Index < THREADS; Index++)
    {
        JoinThread(Threads[Index]);
        CHECK(Good[Index]);
    }
    CHECK_EQ(Runs, 2);
    CHECK_STATUS(RtlRunOnceBeginInitialize(&Once, RTL_RUN_ONCE_CHECK_ONLY, &Context), STATUS_SUCCESS);
    CHECK(Context == Made);
}

TEST(RTL, run_once_by_hand)
{
    PVOID Context = NULL;
    RTL_RUN_ONCE Own = RTL_RUN_ONCE_INIT;
    CHECK_STATUS(RtlRunOnceBeginInitialize(&Own, RTL_RUN_ONCE_ASYNC, &Context), STATUS_PENDING);
    CHECK_STATUS(RtlRunOnceBeginInitialize(&Own, RTL_RUN_ONCE_ASYNC, &Context), STATUS_PENDING);
    CHECK_STATUS(RtlRunOnceBeginInitialize(&Own, 0, &Context), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlRunOnceComplete(&Own, RTL_RUN_ONCE_ASYNC, Made + 1), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlRunOnceComplete(&Own, RTL_RUN_ONCE_ASYNC, Made), STATUS_SUCCESS);
    CHECK_STATUS(RtlRunOnceComplete(&Own, RTL_RUN_ONCE_ASYNC, Made), STATUS_OBJECT_NAME_COLLISION);
    CHECK_STATUS(RtlRunOnceBeginInitialize(&Own, 0, &Context), STATUS_SUCCESS);
    CHECK(Context == Made);
}
