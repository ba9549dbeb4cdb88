// SPDX-License-Identifier: MIT
#pragma once
/*
 * Debug output, assertions, bugchecks. ASSERT and NT_ASSERT follow DBG as in the
 * WDK (its operand may exist in checked builds only); NT_FRE_ASSERT and
 * PAGED_CODE are always on.
 */
#include <ntdef.h>

EXTERN_C_START

#define DPFLTR_ERROR_LEVEL 0
#define DPFLTR_WARNING_LEVEL 1
#define DPFLTR_TRACE_LEVEL 2
#define DPFLTR_INFO_LEVEL 3
#define DPFLTR_MASK 0x80000000

typedef enum _DPFLTR_TYPE
{
    DPFLTR_SYSTEM_ID = 0,
    DPFLTR_SMSS_ID = 1,
    DPFLTR_SETUP_ID = 2,
    DPFLTR_NTFS_ID = 3,
    DPFLTR_FSTUB_ID = 4,
    DPFLTR_CRASHDUMP_ID = 5,
    DPFLTR_CDAUDIO_ID = 6,
    DPFLTR_CDROM_ID = 7,
    DPFLTR_CLASSPNP_ID = 8,
    DPFLTR_DISK_ID = 9,
    DPFLTR_REDBOOK_ID = 10,
    DPFLTR_STORPROP_ID = 11,
    DPFLTR_SCSIPORT_ID = 12,
    DPFLTR_SCSIMINIPORT_ID = 13,
    DPFLTR_CONFIG_ID = 14,
    DPFLTR_I8042PRT_ID = 15,
    DPFLTR_TCPIP6_ID = 47,
    DPFLTR_NETAPI_ID = 59,
    DPFLTR_IHVDRIVER_ID = 77,
    DPFLTR_IHVVIDEO_ID = 78,
    DPFLTR_IHVAUDIO_ID = 79,
    DPFLTR_IHVNETWORK_ID = 80,
    DPFLTR_IHVSTREAMING_ID = 81,
    DPFLTR_IHVBUS_ID = 82,
    DPFLTR_DEFAULT_ID = 101,
    DPFLTR_TCPIP_ID = 116,
    DPFLTR_ENDOFTABLE_ID = 160
} DPFLTR_TYPE;

ULONG NTAPI DbgPrint(PCSTR Format, ...);
ULONG NTAPI DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...);
ULONG NTAPI vDbgPrintEx(ULONG ComponentId, ULONG Level, PCCH Format, NT_VA_LIST arglist);
ULONG NTAPI vDbgPrintExWithPrefix(PCCH Prefix, ULONG ComponentId, ULONG Level, PCCH Format, NT_VA_LIST arglist);
NTSTATUS NTAPI DbgQueryDebugFilterState(ULONG ComponentId, ULONG Level);
NTSTATUS NTAPI DbgSetDebugFilterState(ULONG ComponentId, ULONG Level, BOOLEAN State);
VOID NTAPI DbgBreakPoint(VOID);
VOID NTAPI DbgBreakPointWithStatus(ULONG Status);

DECLSPEC_NORETURN VOID NTAPI KeBugCheck(ULONG BugCheckCode);
DECLSPEC_NORETURN VOID NTAPI KeBugCheckEx(ULONG BugCheckCode, ULONG_PTR BugCheckParameter1,
                                          ULONG_PTR BugCheckParameter2, ULONG_PTR BugCheckParameter3,
                                          ULONG_PTR BugCheckParameter4);
VOID NTAPI RtlAssert(PVOID VoidFailedAssertion, PVOID VoidFileName, ULONG LineNumber, PSTR MutableMessage);

/* A failed assertion: a bugcheck naming expression, place and driver. */
DECLSPEC_NORETURN VOID NtpHdr_AssertFailed(const char *Expression, const char *File, ULONG Line, const char *Message,
                                           const char *Function);

#define NTP_ASSERT(Condition, Message)                                                            \
    (__builtin_expect(!!(Condition), 1)                                                           \
         ? (void)0                                                                                \
         : NtpHdr_AssertFailed(#Condition, __FILE__, (ULONG)__LINE__, (Message), __func__))
#define NTP_ASSERT_VALUE(Condition) ((Condition) ? TRUE : (NtpHdr_AssertFailed(#Condition, __FILE__, (ULONG)__LINE__, NULL, __func__), FALSE))

#define NT_FRE_ASSERT(Condition) NTP_ASSERT(Condition, NULL)
#define NT_FRE_ASSERTMSG(Message, Condition) NTP_ASSERT(Condition, Message)
#define NT_FRE_VERIFY(Condition) NTP_ASSERT_VALUE(Condition)
#if DBG
#define ASSERT(Condition) NTP_ASSERT(Condition, NULL)
#define ASSERTMSG(Message, Condition) NTP_ASSERT(Condition, Message)
#define RTL_SOFT_ASSERT(Condition) NTP_ASSERT(Condition, NULL)
#define RTL_VERIFY(Condition) NTP_ASSERT_VALUE(Condition)
#define NT_ASSERT(Condition) NTP_ASSERT(Condition, NULL)
#define NT_ASSERTMSG(Message, Condition) NTP_ASSERT(Condition, Message)
#define NT_VERIFY(Condition) NTP_ASSERT_VALUE(Condition)
#define NT_VERIFYMSG(Message, Condition) NTP_ASSERT_VALUE(Condition)
#define KdPrint(Arguments) DbgPrint Arguments
#define KdPrintEx(Arguments) DbgPrintEx Arguments
#define vKdPrintEx(Arguments) vDbgPrintEx Arguments
#define KdBreakPoint() DbgBreakPoint()
#define DbgRaiseAssertionFailure() NtpHdr_AssertFailed("DbgRaiseAssertionFailure", __FILE__, (ULONG)__LINE__, NULL, __func__)
#else
#define ASSERT(Condition) ((void)0)
#define ASSERTMSG(Message, Condition) ((void)0)
#define RTL_SOFT_ASSERT(Condition) ((void)0)
#define RTL_VERIFY(Condition) ((Condition) ? TRUE : FALSE)
#define NT_ASSERT(Condition) ((void)0)
#define NT_ASSERTMSG(Message, Condition) ((void)0)
#define NT_VERIFY(Condition) ((Condition) ? TRUE : FALSE)
#define NT_VERIFYMSG(Message, Condition) ((Condition) ? TRUE : FALSE)
#define KdPrint(Arguments) ((void)0)
#define KdPrintEx(Arguments) ((void)0)
#define vKdPrintEx(Arguments) ((void)0)
#define KdBreakPoint() ((void)0)
#define DbgRaiseAssertionFailure() NtpHdr_AssertFailed("DbgRaiseAssertionFailure", __FILE__, (ULONG)__LINE__, NULL, __func__)
#endif
#define NT_ASSUME(Condition) NT_ASSERT(Condition)
#define NT_ANALYSIS_ASSUME(Condition) ((void)0)

/* Pageable code runs below DISPATCH_LEVEL. */
VOID NtpHdr_PagedCode(const char *Function, const char *File, ULONG Line);
#define PAGED_CODE() NtpHdr_PagedCode(__func__, __FILE__, (ULONG)__LINE__)
#define PAGED_CODE_LOCKED() ((void)0)

#define APC_INDEX_MISMATCH 0x01
#define IRQL_NOT_LESS_OR_EQUAL 0x0A
#define SPIN_LOCK_ALREADY_OWNED 0x0F
#define SPIN_LOCK_NOT_OWNED 0x10
#define BAD_POOL_HEADER 0x19
#define MEMORY_MANAGEMENT 0x1A
#define KMODE_EXCEPTION_NOT_HANDLED 0x1E
#define MULTIPLE_IRP_COMPLETE_REQUESTS 0x44
#define NO_MORE_IRP_STACK_LOCATIONS 0x35
#define PAGE_FAULT_IN_NONPAGED_AREA 0x50
#define THREAD_STUCK_IN_DEVICE_DRIVER 0xEA
#define MUTEX_LEVEL_NUMBER_VIOLATION 0x0D
#define MAXIMUM_WAIT_OBJECTS_EXCEEDED 0x0C
#define REFERENCE_BY_POINTER 0x18
#define INVALID_PROCESS_ATTACH_ATTEMPT 0x05
#define SYSTEM_SERVICE_EXCEPTION 0x3B
#define PROCESS_HAS_LOCKED_PAGES 0x76
#define BAD_POOL_CALLER 0xC2
#define DRIVER_VERIFIER_DETECTED_VIOLATION 0xC4
#define DRIVER_CORRUPTED_EXPOOL 0xC5
#define TIMER_OR_DPC_INVALID 0xC7
#define IRQL_UNEXPECTED_VALUE 0xC8
#define DRIVER_VERIFIER_IOMANAGER_VIOLATION 0xC9
#define DRIVER_LEFT_LOCKED_PAGES_IN_PROCESS 0xCB
#define DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS 0xCE
#define DRIVER_IRQL_NOT_LESS_OR_EQUAL 0xD1
#define WORKER_INVALID 0xE4
#define MANUALLY_INITIATED_CRASH 0xE2
#define MANUALLY_INITIATED_CRASH1 0xDEADDEAD
#define RESOURCE_NOT_OWNED 0xE3
#define DRIVER_RETURNED_STATUS_REPARSE_FOR_VOLUME_OPEN 0xDA
#define KERNEL_SECURITY_CHECK_FAILURE 0x139
#define IRQL_GT_ZERO_AT_SYSTEM_SERVICE 0x4A

EXTERN_C_END
