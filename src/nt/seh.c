// SPDX-License-Identifier: MIT
/*
 * The runtime of __try, __except and __finally (excpt.h), and raising.
 *
 * Each thread has a chain of frames, innermost first. A frame is pushed when its
 * body begins and popped in one of three ways: the body ends (SehExit), an
 * exception takes the frame out (KiSehRaise, which then jumps to it), or the
 * body is left by return, goto, break or continue (SehCleanup). A frame that was
 * popped is never looked at again by raising, so an exception inside a filter, a
 * handler or a __finally goes to the frames outside. What that cannot do: DIV-20.
 */
#include "nt/init.h"
#include "nt/sehp.h"

/* This thread's chain, the exception that its latest filter or handler is about,
 * and the hand-over from a body to its __finally block. */
static __thread NTP_SEH_FRAME *Innermost;
static __thread EXCEPTION_RECORD Current;
static __thread EXCEPTION_POINTERS CurrentPointers;
static __thread NTP_SEH_FINALLY_BLOCK PendingFinally;

/*
 * The C library's, so that sanitizers, which intercept them, follow the jump.
 * A tail jump: the frame that is remembered is the caller's.
 */
__asm__(".text\n"
        ".p2align 4\n"
        ".globl NtpHdr_SehSetJump\n"
        ".type NtpHdr_SehSetJump, @function\n"
        "NtpHdr_SehSetJump:\n"
        "    .cfi_startproc\n"
        "    endbr64\n"
        "    jmp __sigsetjmp@PLT\n"
        "    .cfi_endproc\n"
        ".size NtpHdr_SehSetJump, .-NtpHdr_SehSetJump\n");
DECLSPEC_NORETURN VOID SehLongJump(ULONG_PTR *Jump, int Value) __asm__("siglongjmp");

static BOOLEAN KiSehHasHandler(VOID)
{
    for (NTP_SEH_FRAME *Frame = Innermost; Frame != NULL; Frame = Frame->Previous)
    {
        if (Frame->Kind == NTP_SEH_EXCEPT)
        {
            return TRUE;
        }
    }
    return FALSE;
}

/* Gives the exception to the innermost frame. With no __except left it is
 * unhandled at once, so that the report shows the stack that raised it. */
static DECLSPEC_NORETURN VOID KiSehRaise(const EXCEPTION_RECORD *Record)
{
    NTP_SEH_FRAME *Frame = Innermost;

    if (!KiSehHasHandler())
    {
        KiBugCheck(KMODE_EXCEPTION_NOT_HANDLED, Record->ExceptionAddress, NULL,
                   "%s (0x%08X) was raised by driver %s and no __except around it took it",
                   RtlpStatusName(Record->ExceptionCode), (unsigned)Record->ExceptionCode,
                   IopDriverName(Record->ExceptionAddress));
    }
    Innermost = Frame->Previous;
    Frame->Previous = NULL;
    Frame->State = NTP_SEH_RAISED;
    Frame->Record = *Record;
    Current = *Record;
    SehLongJump(Frame->Jump, 1);
}

static DECLSPEC_NORETURN VOID KiSehRaiseStatus(NTSTATUS Status, PVOID Address)
{
    EXCEPTION_RECORD Record = {
        .ExceptionCode = Status, .ExceptionFlags = EXCEPTION_NONCONTINUABLE, .ExceptionAddress = Address};

    KiSehRaise(&Record);
}

/* ---- called by the macros of excpt.h ------------------------------------------ */

VOID NtpHdr_SehEnter(NTP_SEH_FRAME *Frame)
{
    Frame->Previous = Innermost;
    Frame->State = NTP_SEH_BODY;
    Frame->Caller = __builtin_return_address(0);
    Innermost = Frame;
}

/* The body has run to its end, or __leave did. */
VOID NtpHdr_SehExit(NTP_SEH_FRAME *Frame)
{
    if (Frame->State != NTP_SEH_BODY || Innermost != Frame)
    {
        KiBugCheck(KMODE_EXCEPTION_NOT_HANDLED, Frame->Caller, NULL,
                   "the __try blocks of this thread do not nest: the stack is corrupt, or a function that has a "
                   "__try was left by longjmp");
    }
    Innermost = Frame->Previous;
    Frame->State = NTP_SEH_IDLE;
}

/* The frame goes out of scope. */
VOID NtpHdr_SehCleanup(NTP_SEH_FRAME *Frame)
{
    if (Frame->State != NTP_SEH_BODY)
    {
        return;
    }
    if (Frame->Kind == NTP_SEH_FINALLY)
    {
        KiBugCheck(KMODE_EXCEPTION_NOT_HANDLED, Frame->Caller, NULL,
                   "driver %s left a __try block that has a __finally by return, goto, break or continue; on Linux "
                   "the __finally cannot run then. Use __leave",
                   IopDriverName(Frame->Caller));
    }
    NtpHdr_SehExit(Frame);
}

/* What the filter said. Returns 1 for the handler; passes the exception on
 * otherwise. */
int NtpHdr_SehFiltered(NTP_SEH_FRAME *Frame, LONG Disposition)
{
    Frame->State = NTP_SEH_IDLE;
    if (Disposition < 0)
    {
        KiBugCheck(KMODE_EXCEPTION_NOT_HANDLED, Frame->Caller, NULL,
                   "a filter of driver %s answered %s with EXCEPTION_CONTINUE_EXECUTION, which is not possible here",
                   IopDriverName(Frame->Caller), RtlpStatusName(Frame->Record.ExceptionCode));
    }
    if (Disposition == EXCEPTION_CONTINUE_SEARCH)
    {
        KiSehRaise(&Frame->Record);
    }
    Current = Frame->Record; /* the filter may have had exceptions of its own */
    return 1;
}

VOID NtpHdr_SehBeginFinally(NTP_SEH_FRAME *Frame)
{
    PendingFinally.Abnormal = Frame->State == NTP_SEH_RAISED;
    PendingFinally.Entered = FALSE;
    if (PendingFinally.Abnormal)
    {
        PendingFinally.Record = Frame->Record;
        Frame->State = NTP_SEH_IDLE;
    }
    else
    {
        NtpHdr_SehExit(Frame);
    }
}

VOID NtpHdr_SehTakeFinally(NTP_SEH_FINALLY_BLOCK *Block)
{
    *Block = PendingFinally;
}

/* The __finally block is over. One that was left early (return, goto) ends the
 * exception, as on Windows. */
VOID NtpHdr_SehEndFinally(NTP_SEH_FINALLY_BLOCK *Block)
{
    if (Block->Abnormal && Block->Entered)
    {
        EXCEPTION_RECORD Record = Block->Record;

        KiSehRaise(&Record);
    }
}

NTSTATUS NtpHdr_SehExceptionCode(VOID)
{
    return Current.ExceptionCode;
}

PEXCEPTION_POINTERS NtpHdr_SehExceptionPointers(VOID)
{
    CurrentPointers.ExceptionRecord = &Current;
    CurrentPointers.ContextRecord = NULL;
    return &CurrentPointers;
}

/* ---- called by the rest of wskhost ---------------------------------------------- */

PVOID KiSehDetachChain(VOID)
{
    PVOID Chain = Innermost;

    Innermost = NULL;
    return Chain;
}

VOID KiSehAttachChain(PVOID Chain)
{
    Innermost = (NTP_SEH_FRAME *)Chain;
}

BOOLEAN KiSehDispatchFault(NTSTATUS Code, PVOID FaultPc, PVOID FaultAddress)
{
    EXCEPTION_RECORD Record = {.ExceptionCode = Code, .ExceptionAddress = FaultPc, .NumberParameters = 2};

    if (!KiSehHasHandler())
    {
        return FALSE;
    }
    Record.ExceptionInformation[1] = (ULONG_PTR)FaultAddress;
    KiSehRaise(&Record);
}

/* ---- exports --------------------------------------------------------------------- */

/*
 * Raises Status as an exception: control continues in the innermost __except
 * whose filter takes it; without one the system stops. Any IRQL; the IRQL and
 * held locks stay as they are. Never returns. Page: nf-wdm-exraisestatus.
 */
DECLSPEC_NORETURN VOID NTAPI ExRaiseStatus(NTSTATUS Status)
{
    KiSehRaiseStatus(Status, __builtin_return_address(0));
}

/* ExRaiseStatus under its run-time library name. Page: nf-ntifs-rtlraisestatus. */
DECLSPEC_NORETURN VOID NTAPI RtlRaiseStatus(NTSTATUS Status)
{
    KiSehRaiseStatus(Status, __builtin_return_address(0));
}

/* Raises STATUS_ACCESS_VIOLATION. Page: nf-ntddk-exraiseaccessviolation. */
DECLSPEC_NORETURN VOID NTAPI ExRaiseAccessViolation(VOID)
{
    KiSehRaiseStatus(STATUS_ACCESS_VIOLATION, __builtin_return_address(0));
}

/* Raises STATUS_DATATYPE_MISALIGNMENT. Page: nf-ntddk-exraisedatatypemisalignment. */
DECLSPEC_NORETURN VOID NTAPI ExRaiseDatatypeMisalignment(VOID)
{
    KiSehRaiseStatus(STATUS_DATATYPE_MISALIGNMENT, __builtin_return_address(0));
}
