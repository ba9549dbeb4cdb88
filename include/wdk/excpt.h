// SPDX-License-Identifier: MIT
#pragma once
/*
 * Structured exception handling in C for gcc and clang: __try, __except,
 * __finally, __leave. A __try pushes a frame on a per-thread chain and remembers
 * its place with sigsetjmp; raising jumps to the innermost frame, whose filter
 * then decides. The runtime is src/nt/seh.c.
 *
 * Leaving the body by return, goto, break or continue works with __except; with
 * __finally it is a bugcheck, because the handler could not run.
 *
 * Two differences from Windows: a filter is evaluated after the frames inside
 * have been unwound (so an inner __finally runs before an outer filter), and a
 * local variable changed inside the body and read in the handler after an
 * exception must be volatile.
 */
#include <ntdef.h>

EXTERN_C_START

#define EXCEPTION_EXECUTE_HANDLER 1
#define EXCEPTION_CONTINUE_SEARCH 0
#define EXCEPTION_CONTINUE_EXECUTION (-1)

#define EXCEPTION_NONCONTINUABLE 0x1
#define EXCEPTION_UNWINDING 0x2
#define EXCEPTION_MAXIMUM_PARAMETERS 15

#define EXCEPTION_ACCESS_VIOLATION ((ULONG)0xC0000005)
#define EXCEPTION_DATATYPE_MISALIGNMENT ((ULONG)0x80000002)
#define EXCEPTION_BREAKPOINT ((ULONG)0x80000003)
#define EXCEPTION_SINGLE_STEP ((ULONG)0x80000004)
#define EXCEPTION_ARRAY_BOUNDS_EXCEEDED ((ULONG)0xC000008C)
#define EXCEPTION_INT_DIVIDE_BY_ZERO ((ULONG)0xC0000094)
#define EXCEPTION_INT_OVERFLOW ((ULONG)0xC0000095)
#define EXCEPTION_ILLEGAL_INSTRUCTION ((ULONG)0xC000001D)
#define EXCEPTION_IN_PAGE_ERROR ((ULONG)0xC0000006)
#define EXCEPTION_STACK_OVERFLOW ((ULONG)0xC00000FD)

typedef enum _EXCEPTION_DISPOSITION
{
    ExceptionContinueExecution,
    ExceptionContinueSearch,
    ExceptionNestedException,
    ExceptionCollidedUnwind
} EXCEPTION_DISPOSITION;

typedef struct _EXCEPTION_RECORD
{
    NTSTATUS ExceptionCode;
    ULONG ExceptionFlags;
    struct _EXCEPTION_RECORD *ExceptionRecord;
    PVOID ExceptionAddress;
    ULONG NumberParameters;
    ULONG_PTR ExceptionInformation[EXCEPTION_MAXIMUM_PARAMETERS];
} EXCEPTION_RECORD, *PEXCEPTION_RECORD;

/* ContextRecord is NULL: the processor's state is not kept. */
typedef struct _EXCEPTION_POINTERS
{
    PEXCEPTION_RECORD ExceptionRecord;
    struct _CONTEXT *ContextRecord;
} EXCEPTION_POINTERS, *PEXCEPTION_POINTERS;

/* One __try being executed. Lives on the stack of its function. */
typedef struct _NTP_SEH_FRAME
{
    struct _NTP_SEH_FRAME *Previous; /* the frame outside, on this thread */
    ULONG State;                     /* NTP_SEH_IDLE, _BODY, _RAISED */
    ULONG Kind;                      /* NTP_SEH_EXCEPT, _FINALLY */
    PVOID Caller;
    EXCEPTION_RECORD Record;
    ULONG_PTR Jump[32] DECLSPEC_ALIGN(16); /* a sigjmp_buf */
} NTP_SEH_FRAME;

#define NTP_SEH_IDLE 0   /* not pushed yet, or done with */
#define NTP_SEH_BODY 1   /* on the chain */
#define NTP_SEH_RAISED 2 /* taken out by an exception; Record holds it */
#define NTP_SEH_EXCEPT 1
#define NTP_SEH_FINALLY 2

/* A __finally being executed; its end resumes the exception, if there is one. */
typedef struct _NTP_SEH_FINALLY_BLOCK
{
    EXCEPTION_RECORD Record;
    BOOLEAN Abnormal;
    BOOLEAN Entered;
} NTP_SEH_FINALLY_BLOCK;

int NtpHdr_SehSetJump(ULONG_PTR *Jump, int SaveMask) __attribute__((returns_twice));
VOID NtpHdr_SehEnter(NTP_SEH_FRAME *Frame);
VOID NtpHdr_SehExit(NTP_SEH_FRAME *Frame);
VOID NtpHdr_SehCleanup(NTP_SEH_FRAME *Frame);
int NtpHdr_SehFiltered(NTP_SEH_FRAME *Frame, LONG Disposition);
VOID NtpHdr_SehBeginFinally(NTP_SEH_FRAME *Frame);
VOID NtpHdr_SehTakeFinally(NTP_SEH_FINALLY_BLOCK *Block);
VOID NtpHdr_SehEndFinally(NTP_SEH_FINALLY_BLOCK *Block);
NTSTATUS NtpHdr_SehExceptionCode(VOID);
PEXCEPTION_POINTERS NtpHdr_SehExceptionPointers(VOID);

FORCEINLINE NTP_SEH_FINALLY_BLOCK NtpSehTakeFinally(VOID)
{
    NTP_SEH_FINALLY_BLOCK Block;

    NtpHdr_SehTakeFinally(&Block);
    return Block;
}

#undef __try
#undef __except
#undef __finally
#undef __leave

/*
 * The kind of the frame is known only where __except or __finally stands, after
 * the body; so control first goes there and comes back (all of it folds away).
 * The body is inside a statement expression: break, continue, goto and return
 * mean what they say.
 */
#define __try                                                                             \
    if (({                                                                                \
            __label__ NtpSehLeave, NtpSehBody, NtpSehKind;                                \
            NTP_SEH_FRAME NtpSehFrame __attribute__((cleanup(NtpHdr_SehCleanup)));        \
            NtpSehFrame.State = NTP_SEH_IDLE;                                             \
            goto NtpSehKind;                                                              \
        NtpSehBody:                                                                       \
            NtpHdr_SehEnter(&NtpSehFrame);                                                \
            if (NtpHdr_SehSetJump(NtpSehFrame.Jump, 0) == 0)

#define NTP_SEH_END_BODY(KindValue)                                                       \
            if (0)                                                                        \
            {                                                                             \
            NtpSehKind:                                                                   \
                NtpSehFrame.Kind = (KindValue);                                           \
                goto NtpSehBody;                                                          \
            }                                                                             \
        NtpSehLeave:                                                                      \
            __attribute__((unused));

#define __except(...)                                                                     \
            NTP_SEH_END_BODY(NTP_SEH_EXCEPT)                                              \
            NtpSehFrame.State == NTP_SEH_RAISED                                           \
                ? !NtpHdr_SehFiltered(&NtpSehFrame, (LONG)(__VA_ARGS__))                  \
                : (NtpHdr_SehExit(&NtpSehFrame), 1);                                      \
        }))                                                                               \
    {                                                                                     \
    }                                                                                     \
    else

#define __finally                                                                         \
            NTP_SEH_END_BODY(NTP_SEH_FINALLY)                                             \
            NtpHdr_SehBeginFinally(&NtpSehFrame);                                         \
            0;                                                                            \
        }))                                                                               \
    {                                                                                     \
    }                                                                                     \
    else                                                                                  \
        for (NTP_SEH_FINALLY_BLOCK NtpSehFinally                                          \
                 __attribute__((cleanup(NtpHdr_SehEndFinally))) = NtpSehTakeFinally();    \
             !NtpSehFinally.Entered; NtpSehFinally.Entered = 1)

#define __leave goto NtpSehLeave

#define GetExceptionCode() NtpHdr_SehExceptionCode()
#define GetExceptionInformation() NtpHdr_SehExceptionPointers()
#define AbnormalTermination() (NtpSehFinally.Abnormal)
#define _exception_code() GetExceptionCode()
#define _exception_info() GetExceptionInformation()
#define _abnormal_termination() AbnormalTermination()
#define exception_code() GetExceptionCode()
#define exception_info() GetExceptionInformation()
#define abnormal_termination() AbnormalTermination()

#ifndef __cplusplus
#define try __try
#define except __except
#define finally __finally
#define leave __leave
#endif

EXTERN_C_END
