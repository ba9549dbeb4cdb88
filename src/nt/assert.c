// SPDX-License-Identifier: MIT
/*
 * Checks that the headers compile into drivers: assertions, PAGED_CODE, list
 * links. A failed one is a bugcheck that names expression and place.
 */
#include "nt/ntp.h"

DECLSPEC_NORETURN VOID NtpHdr_AssertFailed(const char *Expression, const char *File, ULONG Line, const char *Message,
                                           const char *Function)
{
    KiBugCheck(KERNEL_SECURITY_CHECK_FAILURE, __builtin_return_address(0), NULL,
               "assertion failed: %s%s%s, in %s at %s:%u", Expression, Message != NULL ? ": " : "",
               Message != NULL ? Message : "", Function, File, (unsigned)Line);
}

VOID NtpHdr_PagedCode(const char *Function, const char *File, ULONG Line)
{
    KIRQL Irql = KeGetCurrentIrql();
    if (Irql > APC_LEVEL)
    {
        KiBugCheck(IRQL_NOT_LESS_OR_EQUAL, __builtin_return_address(0), NULL,
                   "PAGED_CODE: %s is pageable but was entered at %s (%s:%u)", Function, KiIrqlName(Irql), File,
                   (unsigned)Line);
    }
}

DECLSPEC_NORETURN VOID NtpHdr_ListCorrupt(const LIST_ENTRY *Entry, const void *Caller)
{
    KiBugCheck(KERNEL_SECURITY_CHECK_FAILURE, (PVOID)(ULONG_PTR)Caller, NULL,
               "the list at %p is corrupt: its neighbours do not point back; an entry was inserted twice, removed twice, "
               "or freed while linked",
               (const void *)Entry);
}

/* What checked builds call for a failed assertion: a bugcheck. Any IRQL. */
VOID NTAPI RtlAssert(PVOID VoidFailedAssertion, PVOID VoidFileName, ULONG LineNumber, PSTR MutableMessage)
{
    KiBugCheck(KERNEL_SECURITY_CHECK_FAILURE, __builtin_return_address(0), NULL, "assertion failed: %s%s%s, at %s:%u",
               (PCSTR)VoidFailedAssertion, MutableMessage != NULL ? ": " : "",
               MutableMessage != NULL ? MutableMessage : "", (PCSTR)VoidFileName, (unsigned)LineNumber);
}
