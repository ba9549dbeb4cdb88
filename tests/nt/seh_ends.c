// SPDX-License-Identifier: MIT
/*
 * Structured exceptions: what a filter is told, faults, the barrier around
 * other drivers' routines, and the cases that end the system.
 */
#include <ntddk.h>

#include "nt/sehp.h"
#include "support/test.h"

#ifndef __clang__
/* Plain locals on purpose, where no exception comes between writing and reading. */
#pragma GCC diagnostic ignored "-Wclobbered"
#endif

static int Opaque(int Value)
{
    __asm__ volatile("" : "+r"(Value));
    return Value;
}

static VOID __attribute__((noinline)) Raise(NTSTATUS Status)
{
    if (Opaque(1))
    {
        ExRaiseStatus(Status);
    }
}

static LONG Inspect(PEXCEPTION_POINTERS Pointers, EXCEPTION_RECORD *Copy)
{
    *Copy = *Pointers->ExceptionRecord;
    return EXCEPTION_EXECUTE_HANDLER;
}

TEST(SEH, information_names_code_and_address)
{
    EXCEPTION_RECORD Copy;
    volatile int Handled = 0;

    RtlFillMemory(&Copy, sizeof(Copy), 0xA5);
    __try
    {
        ExRaiseDatatypeMisalignment();
    }
    __except (Inspect(GetExceptionInformation(), &Copy))
    {
        Handled = 1;
    }
    CHECK_EQ(Handled, 1);
    CHECK_STATUS(Copy.ExceptionCode, STATUS_DATATYPE_MISALIGNMENT);
    CHECK(Copy.ExceptionAddress != NULL);
    CHECK_EQ(Copy.ExceptionFlags, EXCEPTION_NONCONTINUABLE);
}

TEST(SEH, raising_functions_bring_their_status)
{
    volatile NTSTATUS First = 0, Second = 0;

    __try
    {
        ExRaiseAccessViolation();
    }
    __except (EXCEPTION_EXECUTE_HANDLER)
    {
        First = GetExceptionCode();
    }
    __try
    {
        RtlRaiseStatus(STATUS_INVALID_PARAMETER);
    }
    __except (EXCEPTION_EXECUTE_HANDLER)
    {
        Second = GetExceptionCode();
    }
    CHECK_STATUS(First, STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(Second, STATUS_INVALID_PARAMETER);
}

TEST(SEH, fault_reaches_handler_with_its_address)
{
    EXCEPTION_RECORD Copy;
    volatile int Handled = 0;

    RtlFillMemory(&Copy, sizeof(Copy), 0xA5);
    __try
    {
        if (!KiSehDispatchFault(STATUS_ACCESS_VIOLATION, (PVOID)0x1234, (PVOID)0x18))
        {
            Handled = 99;
        }
    }
    __except (Inspect(GetExceptionInformation(), &Copy))
    {
        Handled = 1;
    }
    CHECK_EQ(Handled, 1);
    CHECK_STATUS(Copy.ExceptionCode, STATUS_ACCESS_VIOLATION);
    CHECK_EQ(Copy.ExceptionAddress, 0x1234);
    CHECK_EQ(Copy.NumberParameters, 2);
    CHECK_EQ(Copy.ExceptionInformation[1], 0x18);
}

TEST(SEH, fault_without_except_is_not_taken)
{
    CHECK_EQ(KiSehDispatchFault(STATUS_ACCESS_VIOLATION, NULL, NULL), FALSE);
    __try
    {
        /* A __finally alone handles nothing. */
        CHECK_EQ(KiSehDispatchFault(STATUS_ACCESS_VIOLATION, NULL, NULL), FALSE);
    }
    __finally
    {
        Opaque(0);
    }
}

TEST(SEH, detached_chain_is_out_of_reach)
{
    volatile BOOLEAN Taken = TRUE;

    __try
    {
        PVOID Chain = KiSehDetachChain();

        Taken = KiSehDispatchFault(STATUS_ACCESS_VIOLATION, NULL, NULL);
        KiSehAttachChain(Chain);
        Raise(STATUS_UNSUCCESSFUL);
    }
    __except (EXCEPTION_EXECUTE_HANDLER)
    {
        CHECK_EQ(Taken, FALSE);
        Taken = 2;
    }
    CHECK_EQ(Taken, 2);
}

/* ---- what ends the system --------------------------------------------------------- */

static VOID __attribute__((noinline)) ReturnsFromFinally(VOID)
{
    __try
    {
        if (Opaque(1))
        {
            return;
        }
        Opaque(1);
    }
    __finally
    {
        Opaque(2);
    }
}

static CHAR Report[8192];

static VOID CheckDies(PCSTR Test, PCSTR Text)
{
    Report[0] = 0;
    CHECK(t_run_child(Test, Report, sizeof(Report)) != 0);
    if (strstr(Report, Text) == NULL)
    {
        print_message("report: %s\n", Report);
        CHECK(strstr(Report, Text) != NULL);
    }
}

TEST(SEH, return_past_finally_is_reported)
{
    if (t_is_child("SEH_return_past_finally_is_reported"))
    {
        ReturnsFromFinally();
        return;
    }
    CheckDies("SEH_return_past_finally_is_reported", "Use __leave");
}

TEST(SEH, unhandled_raise_names_the_status)
{
    if (t_is_child("SEH_unhandled_raise_names_the_status"))
    {
        Raise(STATUS_NO_MEMORY);
        return;
    }
    CheckDies("SEH_unhandled_raise_names_the_status", "STATUS_NO_MEMORY");
}

TEST(SEH, continue_execution_is_refused)
{
    if (t_is_child("SEH_continue_execution_is_refused"))
    {
        __try
        {
            Raise(STATUS_NO_MEMORY);
        }
        __except (EXCEPTION_CONTINUE_EXECUTION)
        {
        }
        return;
    }
    CheckDies("SEH_continue_execution_is_refused", "EXCEPTION_CONTINUE_EXECUTION");
}

static KDEFERRED_ROUTINE RaisingDpc;
static VOID NTAPI RaisingDpc(PKDPC Dpc, PVOID DeferredContext, PVOID SystemArgument1, PVOID SystemArgument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(DeferredContext);
    UNREFERENCED_PARAMETER(SystemArgument1);
    UNREFERENCED_PARAMETER(SystemArgument2);
    Raise(STATUS_DATA_ERROR);
}

TEST(SEH, a_dpc_does_not_raise_into_the_code_it_interrupts)
{
    static KDPC Dpc;
    KIRQL OldIrql;

    if (t_is_child("SEH_a_dpc_does_not_raise_into_the_code_it_interrupts"))
    {
        KeInitializeDpc(&Dpc, RaisingDpc, NULL);
        __try
        {
            KeRaiseIrql(DISPATCH_LEVEL, &OldIrql);
            KeInsertQueueDpc(&Dpc, NULL, NULL);
            KeLowerIrql(OldIrql);
        }
        __except (EXCEPTION_EXECUTE_HANDLER)
        {
            DbgPrint("handled by a stranger\n");
        }
        return;
    }
    CheckDies("SEH_a_dpc_does_not_raise_into_the_code_it_interrupts", "STATUS_DATA_ERROR");
    CHECK(strstr(Report, "handled by a stranger") == NULL);
}

static KSTART_ROUTINE TerminatesInsideTry;
static VOID NTAPI TerminatesInsideTry(PVOID StartContext)
{
    UNREFERENCED_PARAMETER(StartContext);
    __try
    {
        PsTerminateSystemThread(STATUS_SUCCESS);
    }
    __except (EXCEPTION_EXECUTE_HANDLER)
    {
    }
}

TEST(SEH, a_thread_may_end_inside_try)
{
    HANDLE Handle = NULL;
    PVOID Thread = NULL;

    CHECK_STATUS(PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, TerminatesInsideTry, NULL),
                 STATUS_SUCCESS);
    CHECK_STATUS(ObReferenceObjectByHandle(Handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode, &Thread, NULL),
                 STATUS_SUCCESS);
    CHECK_STATUS(KeWaitForSingleObject(Thread, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    ObDereferenceObject(Thread);
    CHECK_STATUS(ZwClose(Handle), STATUS_SUCCESS);
}
