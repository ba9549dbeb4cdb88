// SPDX-License-Identifier: MIT
/*
 * Structured exceptions (excpt.h, src/nt/seh.c): which handler gets what, in
 * which order blocks run, and what leaving a __try in every way does.
 */
#include <ntddk.h>

#include "nt/sehp.h"
#include "support/test.h"

#ifndef __clang__
/* Plain locals on purpose, where no exception comes between writing and reading. */
#pragma GCC diagnostic ignored "-Wclobbered"
#endif

/* Hides a value from the optimiser. */
static int Opaque(int Value)
{
    __asm__ volatile("" : "+r"(Value));
    return Value;
}

/* What happened, as letters in order. */
static CHAR Trail[64];
static SIZE_T TrailLength;

static VOID Start(VOID)
{
    TrailLength = 0;
    RtlFillMemory(Trail, sizeof(Trail), 0);
}

static VOID Mark(CHAR Letter)
{
    Trail[TrailLength++] = Letter;
}

static VOID __attribute__((noinline)) Raise(NTSTATUS Status)
{
    if (Opaque(1))
    {
        ExRaiseStatus(Status);
    }
    Mark('!');
}

static VOID __attribute__((noinline)) RaiseDeep(NTSTATUS Status, int Depth)
{
    volatile CHAR Room[64];

    Room[0] = (CHAR)Depth;
    if (Depth == 0)
    {
        Raise(Status);
        return;
    }
    RaiseDeep(Status, Depth - 1);
    Mark(Room[0] != 0 ? '!' : '?');
}

TEST(SEH, body_without_exception_skips_handler)
{
    int Value = 0;

    Start();
    __try
    {
        Mark('b');
        Value = Opaque(7);
    }
    __except (Mark('f'), EXCEPTION_EXECUTE_HANDLER)
    {
        Mark('h');
    }
    CHECK_STR(Trail, "b");
    CHECK_EQ(Value, 7);
}

TEST(SEH, raise_reaches_handler_across_calls)
{
    volatile NTSTATUS Seen = 0x12345678;

    Start();
    __try
    {
        Mark('b');
        RaiseDeep(STATUS_DATA_ERROR, 5);
        Mark('!');
    }
    __except (EXCEPTION_EXECUTE_HANDLER)
    {
        Mark('h');
        Seen = GetExceptionCode();
    }
    Mark('e');
    CHECK_STR(Trail, "bhe");
    CHECK_STATUS(Seen, STATUS_DATA_ERROR);
}

TEST(SEH, variables_not_changed_in_the_body_survive)
{
    int A = Opaque(1), B = Opaque(2), C = Opaque(3), D = Opaque(4), E = Opaque(5), F = Opaque(6);

    __try
    {
        Raise(STATUS_UNSUCCESSFUL);
    }
    __except (EXCEPTION_EXECUTE_HANDLER)
    {
        CHECK_EQ(A * 100000 + B * 10000 + C * 1000 + D * 100 + E * 10 + F, 123456);
    }
    CHECK_EQ(A + B + C + D + E + F, 21);
}

static LONG OnlyFor(NTSTATUS Wanted, NTSTATUS Code)
{
    return Code == Wanted ? EXCEPTION_EXECUTE_HANDLER : EXCEPTION_CONTINUE_SEARCH;
}

static NTSTATUS __attribute__((noinline)) TwoFilters(NTSTATUS Status)
{
    volatile NTSTATUS Result = STATUS_SUCCESS;

    __try
    {
        __try
        {
            Raise(Status);
        }
        __except (Mark('i'), OnlyFor(STATUS_NO_MEMORY, GetExceptionCode()))
        {
            Mark('I');
            Result = 1;
        }
        Mark('n');
    }
    __except (Mark('o'), OnlyFor(STATUS_TIMEOUT, GetExceptionCode()))
    {
        Mark('O');
        Result = 2;
    }
    return Result;
}

TEST(SEH, filters_choose_the_handler)
{
    Start();
    CHECK_STATUS(TwoFilters(STATUS_NO_MEMORY), 1);
    CHECK_STR(Trail, "iIn");
    Start();
    CHECK_STATUS(TwoFilters(STATUS_TIMEOUT), 2);
    CHECK_STR(Trail, "ioO");
    Start();
    __try
    {
        TwoFilters(STATUS_CANCELLED);
        Mark('!');
    }
    __except (GetExceptionCode() == STATUS_CANCELLED)
    {
        Mark('x');
    }
    CHECK_STR(Trail, "iox");
}

TEST(SEH, finally_runs_on_normal_end)
{
    BOOLEAN Abnormal = 0x5A;

    Start();
    __try
    {
        Mark('b');
    }
    __finally
    {
        Mark('f');
        Abnormal = AbnormalTermination();
    }
    CHECK_STR(Trail, "bf");
    CHECK_EQ(Abnormal, FALSE);
}

TEST(SEH, finally_runs_on_exception_and_passes_it_on)
{
    volatile BOOLEAN Abnormal = 0x5A;
    volatile NTSTATUS Seen = 0;

    Start();
    __try
    {
        __try
        {
            RaiseDeep(STATUS_IO_TIMEOUT, 2);
        }
        __finally
        {
            Mark('f');
            Abnormal = AbnormalTermination();
        }
        Mark('!');
    }
    __except (EXCEPTION_EXECUTE_HANDLER)
    {
        Mark('h');
        Seen = GetExceptionCode();
    }
    CHECK_STR(Trail, "fh");
    CHECK(Abnormal);
    CHECK_STATUS(Seen, STATUS_IO_TIMEOUT);
}

TEST(SEH, leave_ends_the_body_from_any_depth)
{
    NTSTATUS Status = STATUS_SUCCESS; /* plain on purpose: __leave is no exception */
    int Count = 0;

    Start();
    __try
    {
        for (int Outer = 0; Outer < 3; Outer++)
        {
            switch (Opaque(Outer))
            {
            case 1:
                while (TRUE)
                {
                    Count += 10;
                    Status = STATUS_NOT_FOUND;
                    __leave;
                }
            default:
                Count++;
                break;
            }
        }
        Mark('!');
    }
    __finally
    {
        Mark('f');
        Mark(AbnormalTermination() ? '!' : 'n');
    }
    CHECK_STR(Trail, "fn");
    CHECK_EQ(Count, 11);
    CHECK_STATUS(Status, STATUS_NOT_FOUND);
}

TEST(SEH, leave_belongs_to_the_enclosing_try)
{
    Start();
    __try
    {
        __try
        {
            Mark('1');
            __leave;
        }
        __except (EXCEPTION_EXECUTE_HANDLER)
        {
            Mark('!');
        }
        Mark('2');
        __try
        {
            Raise(STATUS_UNSUCCESSFUL);
        }
        __except (EXCEPTION_EXECUTE_HANDLER)
        {
            Mark('3');
            __leave; /* the outer one: this is a handler, not a body */
        }
        Mark('!');
    }
    __finally
    {
        Mark('4');
    }
    CHECK_STR(Trail, "1234");
}

static int __attribute__((noinline)) ReturnsFromBody(int Value)
{
    __try
    {
        if (Opaque(Value) == 1)
        {
            return 10;
        }
        Raise(STATUS_UNSUCCESSFUL);
    }
    __except (EXCEPTION_EXECUTE_HANDLER)
    {
        if (Opaque(Value) == 2)
        {
            return 20;
        }
    }
    return 30;
}

TEST(SEH, return_from_body_and_handler_pops_the_frame)
{
    CHECK_EQ(ReturnsFromBody(1), 10);
    CHECK_EQ(ReturnsFromBody(2), 20);
    CHECK_EQ(ReturnsFromBody(3), 30);
    /* The chain is empty again: nobody takes a fault. */
    CHECK_EQ(KiSehDispatchFault(STATUS_ACCESS_VIOLATION, NULL, NULL), FALSE);
}

TEST(SEH, break_and_continue_mean_the_loop_around)
{
    int Turns = 0;

    Start();
    for (int Index = 0; Index < 10; Index++)
    {
        Turns++;
        __try
        {
            if (Index == 0)
            {
                continue;
            }
            if (Index == 4)
            {
                break;
            }
            Raise(STATUS_UNSUCCESSFUL);
        }
        __except (EXCEPTION_EXECUTE_HANDLER)
        {
            if (Opaque(Index) == 2)
            {
                continue;
            }
        }
        Mark((CHAR)('0' + Index));
    }
    CHECK_STR(Trail, "13");
    CHECK_EQ(Turns, 5);
    CHECK_EQ(KiSehDispatchFault(STATUS_ACCESS_VIOLATION, NULL, NULL), FALSE);
}

TEST(SEH, exception_in_handler_goes_outside)
{
    volatile NTSTATUS Seen = 0;

    Start();
    __try
    {
        __try
        {
            Raise(STATUS_UNSUCCESSFUL);
        }
        __except (EXCEPTION_EXECUTE_HANDLER)
        {
            Mark('i');
            Raise(STATUS_NO_MEMORY);
        }
    }
    __except (EXCEPTION_EXECUTE_HANDLER)
    {
        Mark('o');
        Seen = GetExceptionCode();
    }
    CHECK_STR(Trail, "io");
    CHECK_STATUS(Seen, STATUS_NO_MEMORY);
}

TEST(SEH, exception_in_finally_replaces_the_first)
{
    volatile NTSTATUS Seen = 0;

    __try
    {
        __try
        {
            Raise(STATUS_UNSUCCESSFUL);
        }
        __finally
        {
            Raise(STATUS_NO_MEMORY);
        }
    }
    __except (EXCEPTION_EXECUTE_HANDLER)
    {
        Seen = GetExceptionCode();
    }
    CHECK_STATUS(Seen, STATUS_NO_MEMORY);
}

static LONG __attribute__((noinline)) FilterWithOwnTry(NTSTATUS Code)
{
    volatile LONG Result = EXCEPTION_CONTINUE_SEARCH;

    __try
    {
        Raise(STATUS_CANCELLED);
    }
    __except (EXCEPTION_EXECUTE_HANDLER)
    {
        Result = Code == STATUS_TIMEOUT && GetExceptionCode() == STATUS_CANCELLED ? EXCEPTION_EXECUTE_HANDLER
                                                                                   : EXCEPTION_CONTINUE_SEARCH;
    }
    return Result;
}

TEST(SEH, filter_may_use_exceptions_itself)
{
    volatile NTSTATUS Seen = 0;

    __try
    {
        Raise(STATUS_TIMEOUT);
    }
    __except (FilterWithOwnTry(GetExceptionCode()))
    {
        Seen = GetExceptionCode();
    }
    CHECK_STATUS(Seen, STATUS_TIMEOUT);
}

static VOID __attribute__((noinline)) HandlesQuietly(VOID)
{
    __try
    {
        Raise(STATUS_CANCELLED);
    }
    __except (EXCEPTION_EXECUTE_HANDLER)
    {
        Mark('q');
    }
}

TEST(SEH, finally_may_use_exceptions_while_one_is_under_way)
{
    volatile NTSTATUS Seen = 0;

    Start();
    __try
    {
        __try
        {
            Raise(STATUS_TIMEOUT);
        }
        __finally
        {
            HandlesQuietly();
        }
    }
    __except (GetExceptionCode() == STATUS_TIMEOUT)
    {
        Seen = GetExceptionCode();
    }
    CHECK_STR(Trail, "q");
    CHECK_STATUS(Seen, STATUS_TIMEOUT);
}

TEST(SEH, lower_case_keywords)
{
    volatile int Path = 0;

    try
    {
        try
        {
            if (Opaque(1))
            {
                leave;
            }
            Path += 1000;
        }
        finally
        {
            Path += 1;
        }
        Raise(STATUS_UNSUCCESSFUL);
    }
    except (EXCEPTION_EXECUTE_HANDLER)
    {
        Path += 10;
    }
    CHECK_EQ(Path, 11);
}

TEST(SEH, try_is_one_statement)
{
    volatile int Path = 0;

    if (Opaque(0))
        __try
        {
            Path = 1;
        }
        __except (EXCEPTION_EXECUTE_HANDLER)
        {
            Path = 2;
        }
    else
        Path = 3;
    CHECK_EQ(Path, 3);
}

TEST(SEH, many_exceptions_leave_nothing_behind)
{
    volatile ULONG Handled = 0;

    for (volatile ULONG Index = 0; Index < 100000; Index++)
    {
        __try
        {
            RaiseDeep(STATUS_UNSUCCESSFUL, 3);
        }
        __except (EXCEPTION_EXECUTE_HANDLER)
        {
            Handled++;
        }
    }
    CHECK_EQ(Handled, 100000);
    CHECK_EQ(KiSehDispatchFault(STATUS_ACCESS_VIOLATION, NULL, NULL), FALSE);
}
