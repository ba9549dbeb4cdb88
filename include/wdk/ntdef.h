// SPDX-License-Identifier: MIT
#pragma once
/*
 * The base types of NT: integers, strings, lists, object attributes, and the
 * macros on them. Sizes are Windows': LONG has 32 bits, WCHAR 16.
 */
#include <wskhost/compiler.h>
#include <basetsd.h>
#include <guiddef.h>
#include <specstrings.h>
#include <stddef.h>
#include <stdarg.h>

#ifndef _NTDEF_
#define _NTDEF_
#endif

EXTERN_C_START

#ifndef NULL
#ifdef __cplusplus
#define NULL 0
#else
#define NULL ((void *)0)
#endif
#endif

#ifndef VOID
#define VOID void
#endif
typedef void *PVOID, *LPVOID, *PVOID64;
typedef const void *PCVOID, *LPCVOID;
typedef char CHAR, *PCHAR, *LPCH, *PCH, *NPSTR, *LPSTR, *PSTR, CCHAR, *PCCHAR, *PSZ;
typedef const char *LPCCH, *PCCH, *LPCSTR, *PCSTR, *PCSZ;
typedef PSTR *PZPSTR;
typedef short SHORT, *PSHORT, CSHORT, *PCSHORT;
typedef int INT, *PINT, *LPINT, LONG, *PLONG, *LPLONG;
typedef unsigned char UCHAR, *PUCHAR;
typedef const UCHAR *PCUCHAR;
typedef unsigned short USHORT, *PUSHORT;
typedef unsigned int UINT, *PUINT, ULONG, *PULONG;
typedef const ULONG *PCULONG;
typedef const USHORT *PCUSHORT;
typedef long long LONGLONG, *PLONGLONG;
typedef unsigned long long ULONGLONG, *PULONGLONG;
typedef double DOUBLE;
typedef UCHAR BOOLEAN, *PBOOLEAN;
typedef ULONG LOGICAL, *PLOGICAL;
typedef UCHAR FCHAR;
typedef USHORT FSHORT;
typedef ULONG FLONG;
typedef UCHAR KIRQL, *PKIRQL;
typedef LONG KPRIORITY, *PKPRIORITY;
typedef LONG NTSTATUS, *PNTSTATUS;
typedef LONG HRESULT;
typedef LONG SECURITY_STATUS;
typedef ULONG LCID, *PLCID;
typedef USHORT LANGID;
typedef LONGLONG USN;
typedef UCHAR SECURITY_CONTEXT_TRACKING_MODE;

#ifdef __cplusplus
typedef wchar_t WCHAR;
#else
typedef __WCHAR_TYPE__ WCHAR;
#endif
typedef WCHAR *PWCHAR, *LPWCH, *PWCH, *NWPSTR, *LPWSTR, *PWSTR;
typedef const WCHAR *LPCWCH, *PCWCH, *LPCWSTR, *PCWSTR, *PCNZWCH, *PCZZWSTR;
typedef PWSTR *PZPWSTR;
typedef const PWSTR *PCZPWSTR;
typedef WCHAR *PZZWSTR;
NTP_STATIC_ASSERT(sizeof(WCHAR) == 2, "compile drivers with -fshort-wchar: a WCHAR has 16 bits");

typedef void *HANDLE, **PHANDLE;
#define DECLARE_HANDLE(Name) \
    struct Name##__          \
    {                        \
        int unused;          \
    };                       \
    typedef struct Name##__ *Name

#ifndef FALSE
#define FALSE 0
#endif
#ifndef TRUE
#define TRUE 1
#endif

#define ANSI_NULL ((CHAR)0)
#define UNICODE_NULL ((WCHAR)0)
#define UNICODE_STRING_MAX_BYTES ((USHORT)65534)
#define UNICODE_STRING_MAX_CHARS (32767)
#define ANYSIZE_ARRAY 1
#define MINCHAR 0x80
#define MAXCHAR 0x7f
#define MINSHORT 0x8000
#define MAXSHORT 0x7fff
#define MINLONG 0x80000000
#define MAXLONG 0x7fffffff
#define MAXUCHAR 0xff
#define MAXUSHORT 0xffff
#define MAXULONG 0xffffffff
#define MAXDWORD 0xffffffff
#define MAXLONGLONG (0x7fffffffffffffffLL)
#define MINLONGLONG (-0x7fffffffffffffffLL - 1)
#define MAXULONGLONG (0xffffffffffffffffULL)
#define MAXUINT ((UINT)~((UINT)0))
#define MAXINT ((INT)(MAXUINT >> 1))
#define INVALID_HANDLE_VALUE ((HANDLE)(LONG_PTR)-1)

#define NT_SUCCESS(Status) (((NTSTATUS)(Status)) >= 0)
#define NT_INFORMATION(Status) ((((ULONG)(Status)) >> 30) == 1)
#define NT_WARNING(Status) ((((ULONG)(Status)) >> 30) == 2)
#define NT_ERROR(Status) ((((ULONG)(Status)) >> 30) == 3)
#define APPLICATION_ERROR_MASK 0x20000000
#define ERROR_SEVERITY_SUCCESS 0x00000000
#define ERROR_SEVERITY_INFORMATIONAL 0x40000000
#define ERROR_SEVERITY_WARNING 0x80000000
#define ERROR_SEVERITY_ERROR 0xC0000000

#define FIELD_OFFSET(Type, Field) ((LONG)__builtin_offsetof(Type, Field))
#define UFIELD_OFFSET(Type, Field) ((ULONG)__builtin_offsetof(Type, Field))
#define CONTAINING_RECORD(Address, Type, Field) ((Type *)((PCHAR)(Address) - __builtin_offsetof(Type, Field)))
#define RTL_FIELD_SIZE(Type, Field) (sizeof(((Type *)0)->Field))
#define RTL_SIZEOF_THROUGH_FIELD(Type, Field) (FIELD_OFFSET(Type, Field) + RTL_FIELD_SIZE(Type, Field))
#define RTL_CONTAINS_FIELD(Struct, Size, Field) \
    ((((PCHAR)(&(Struct)->Field)) + sizeof((Struct)->Field)) <= (((PCHAR)(Struct)) + (Size)))
#define RTL_NUMBER_OF(Array) (sizeof(Array) / sizeof((Array)[0]))
#define RTL_NUMBER_OF_V1(Array) RTL_NUMBER_OF(Array)
#define RTL_NUMBER_OF_V2(Array) RTL_NUMBER_OF(Array)
#define RTL_NUMBER_OF_FIELD(Type, Field) (RTL_NUMBER_OF(((Type *)0)->Field))
#define RTL_BITS_OF(Type) (sizeof(Type) * 8)
#define ARRAYSIZE(Array) RTL_NUMBER_OF(Array)
#define _ARRAYSIZE(Array) RTL_NUMBER_OF(Array)
#ifndef _countof
#define _countof(Array) RTL_NUMBER_OF(Array)
#endif
#define C_ASSERT(Condition) NTP_STATIC_ASSERT(Condition, #Condition)
#define UNREFERENCED_PARAMETER(Parameter) ((void)(Parameter))
#define DBG_UNREFERENCED_PARAMETER(Parameter) ((void)(Parameter))
#define DBG_UNREFERENCED_LOCAL_VARIABLE(Variable) ((void)(Variable))
#define DEFAULT_UNREACHABLE default: __builtin_unreachable()
#define ARGUMENT_PRESENT(Argument) ((Argument) != NULL)
#ifdef __cplusplus
#define DEFINE_ENUM_FLAG_OPERATORS(Type)                                                                      \
    extern "C++"                                                                                              \
    {                                                                                                         \
        inline constexpr Type operator|(Type a, Type b) { return Type(int(a) | int(b)); }                     \
        inline constexpr Type operator&(Type a, Type b) { return Type(int(a) & int(b)); }                     \
        inline constexpr Type operator^(Type a, Type b) { return Type(int(a) ^ int(b)); }                     \
        inline constexpr Type operator~(Type a) { return Type(~int(a)); }                                     \
        inline Type &operator|=(Type &a, Type b) { return a = a | b; }                                        \
        inline Type &operator&=(Type &a, Type b) { return a = a & b; }                                        \
        inline Type &operator^=(Type &a, Type b) { return a = a ^ b; }                                        \
    }
#else
#define DEFINE_ENUM_FLAG_OPERATORS(Type)
#ifndef NOMINMAX
#ifndef max
#define max(a, b) (((a) > (b)) ? (a) : (b))
#endif
#ifndef min
#define min(a, b) (((a) < (b)) ? (a) : (b))
#endif
#endif
#endif

#define Int32x32To64(a, b) (((LONGLONG)(LONG)(a)) * ((LONGLONG)(LONG)(b)))
#define UInt32x32To64(a, b) (((ULONGLONG)(ULONG)(a)) * ((ULONGLONG)(ULONG)(b)))
#define Int64ShllMod32(a, b) ((ULONGLONG)(a) << (b))
#define Int64ShraMod32(a, b) ((LONGLONG)(a) >> (b))
#define Int64ShrlMod32(a, b) ((ULONGLONG)(a) >> (b))

#define FlagOn(Flags, SingleFlag) ((Flags) & (SingleFlag))
#define BooleanFlagOn(Flags, SingleFlag) ((BOOLEAN)((((Flags) & (SingleFlag)) != 0)))
#define SetFlag(Flags, SingleFlag) ((Flags) |= (SingleFlag))
#define ClearFlag(Flags, SingleFlag) ((Flags) &= ~(SingleFlag))

typedef union _LARGE_INTEGER
{
    struct
    {
        ULONG LowPart;
        LONG HighPart;
    };
    struct
    {
        ULONG LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union _ULARGE_INTEGER
{
    struct
    {
        ULONG LowPart;
        ULONG HighPart;
    };
    struct
    {
        ULONG LowPart;
        ULONG HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

typedef LARGE_INTEGER PHYSICAL_ADDRESS, *PPHYSICAL_ADDRESS;

typedef struct _LUID
{
    ULONG LowPart;
    LONG HighPart;
} LUID, *PLUID;

typedef struct _STRING
{
    USHORT Length;
    USHORT MaximumLength;
    PCHAR Buffer;
} STRING, *PSTRING, ANSI_STRING, *PANSI_STRING, OEM_STRING, *POEM_STRING, UTF8_STRING, *PUTF8_STRING, CANSI_STRING,
    *PCANSI_STRING;
typedef const STRING *PCOEM_STRING, *PCANSI_STRING_CONST, *PCUTF8_STRING;

typedef struct _CSTRING
{
    USHORT Length;
    USHORT MaximumLength;
    const CHAR *Buffer;
} CSTRING, *PCSTRING;

typedef struct _UNICODE_STRING
{
    USHORT Length;
    USHORT MaximumLength;
    PWCH Buffer;
} UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;

typedef UNICODE_STRING SECURITY_STRING, *PSECURITY_STRING;

#define DECLARE_CONST_UNICODE_STRING(Name, String)   \
    const WCHAR Name##_buffer[] = String;            \
    const UNICODE_STRING Name = {sizeof(String) - sizeof(WCHAR), sizeof(String), (PWCH)Name##_buffer}
#define DECLARE_GLOBAL_CONST_UNICODE_STRING(Name, String) \
    extern const UNICODE_STRING Name;                     \
    const WCHAR Name##_buffer[] = String;                 \
    const UNICODE_STRING Name = {sizeof(String) - sizeof(WCHAR), sizeof(String), (PWCH)Name##_buffer}
#define DECLARE_UNICODE_STRING_SIZE(Name, Size) \
    WCHAR Name##_buffer[Size];                  \
    UNICODE_STRING Name = {0, (Size) * sizeof(WCHAR), Name##_buffer}
#ifdef __cplusplus
extern "C++"
{
template <typename NtpChar> constexpr NtpChar *NtpDropConst(const NtpChar *String)
{
    return const_cast<NtpChar *>(String);
}
}
#define RTL_CONSTANT_STRING(String) {sizeof(String) - sizeof((String)[0]), sizeof(String), NtpDropConst(String)}
#else
#define RTL_CONSTANT_STRING(String) {sizeof(String) - sizeof((String)[0]), sizeof(String), (PVOID)(String)}
#endif

typedef struct _LIST_ENTRY
{
    struct _LIST_ENTRY *Flink;
    struct _LIST_ENTRY *Blink;
} LIST_ENTRY, *PLIST_ENTRY;
typedef struct _LIST_ENTRY *PRLIST_ENTRY;

typedef struct _SINGLE_LIST_ENTRY
{
    struct _SINGLE_LIST_ENTRY *Next;
} SINGLE_LIST_ENTRY, *PSINGLE_LIST_ENTRY;

typedef struct _OBJECT_ATTRIBUTES
{
    ULONG Length;
    HANDLE RootDirectory;
    PUNICODE_STRING ObjectName;
    ULONG Attributes;
    PVOID SecurityDescriptor;
    PVOID SecurityQualityOfService;
} OBJECT_ATTRIBUTES, *POBJECT_ATTRIBUTES;
typedef const OBJECT_ATTRIBUTES *PCOBJECT_ATTRIBUTES;

#define OBJ_INHERIT 0x00000002L
#define OBJ_PERMANENT 0x00000010L
#define OBJ_EXCLUSIVE 0x00000020L
#define OBJ_CASE_INSENSITIVE 0x00000040L
#define OBJ_OPENIF 0x00000080L
#define OBJ_OPENLINK 0x00000100L
#define OBJ_KERNEL_HANDLE 0x00000200L
#define OBJ_FORCE_ACCESS_CHECK 0x00000400L
#define OBJ_IGNORE_IMPERSONATED_DEVICEMAP 0x00000800L
#define OBJ_DONT_REPARSE 0x00001000L
#define OBJ_VALID_ATTRIBUTES 0x00001FF2L

#define InitializeObjectAttributes(Attributes_, Name_, Flags_, Root_, Security_) \
    {                                                                            \
        (Attributes_)->Length = sizeof(OBJECT_ATTRIBUTES);                       \
        (Attributes_)->RootDirectory = (Root_);                                  \
        (Attributes_)->Attributes = (Flags_);                                    \
        (Attributes_)->ObjectName = (Name_);                                     \
        (Attributes_)->SecurityDescriptor = (Security_);                         \
        (Attributes_)->SecurityQualityOfService = NULL;                          \
    }
#define RTL_CONSTANT_OBJECT_ATTRIBUTES(Name_, Flags_) \
    {sizeof(OBJECT_ATTRIBUTES), NULL, (PUNICODE_STRING)(Name_), (Flags_), NULL, NULL}
#define RTL_INIT_OBJECT_ATTRIBUTES(Name_, Flags_) RTL_CONSTANT_OBJECT_ATTRIBUTES(Name_, Flags_)

typedef enum _EVENT_TYPE
{
    NotificationEvent,
    SynchronizationEvent
} EVENT_TYPE;

typedef enum _TIMER_TYPE
{
    NotificationTimer,
    SynchronizationTimer
} TIMER_TYPE;

typedef enum _WAIT_TYPE
{
    WaitAll,
    WaitAny,
    WaitNotification,
    WaitDequeue,
    WaitDpc
} WAIT_TYPE;

typedef struct _PROCESSOR_NUMBER
{
    USHORT Group;
    UCHAR Number;
    UCHAR Reserved;
} PROCESSOR_NUMBER, *PPROCESSOR_NUMBER;

typedef struct _GROUP_AFFINITY
{
    KAFFINITY Mask;
    USHORT Group;
    USHORT Reserved[3];
} GROUP_AFFINITY, *PGROUP_AFFINITY;
#define ALL_PROCESSOR_GROUPS 0xffff
#define MAXIMUM_PROC_PER_GROUP 64

typedef enum _NT_PRODUCT_TYPE
{
    NtProductWinNt = 1,
    NtProductLanManNt,
    NtProductServer
} NT_PRODUCT_TYPE, *PNT_PRODUCT_TYPE;

/* The format of an object pointer is private to the component that made it. */
typedef struct _OBJECT_TYPE *POBJECT_TYPE;
typedef struct _KTHREAD *PKTHREAD, *PRKTHREAD;
typedef struct _ETHREAD *PETHREAD;
typedef struct _KPROCESS *PKPROCESS, *PRKPROCESS;
typedef struct _EPROCESS *PEPROCESS;
typedef struct _ESILO *PESILO;
typedef struct _EJOB *PEJOB;

EXTERN_C_END
