// SPDX-License-Identifier: MIT
#pragma once
/*
 * What Microsoft's compiler understands by itself, for gcc and clang: keywords,
 * __declspec, calling conventions, alignment, inlining, and the target's macros.
 * Every header of this folder starts from here.
 */

#ifndef _WIN64
#define _WIN64 1
#endif
#ifndef _AMD64_
#define _AMD64_ 1
#endif
#ifndef _M_AMD64
#define _M_AMD64 100
#endif
#ifndef _M_X64
#define _M_X64 100
#endif
#ifndef _KERNEL_MODE
#define _KERNEL_MODE 1
#endif

#include <sdkddkver.h>

/*
 * Calling convention. One convention per process: System V natively; Windows'
 * own where compiled driver images are run (WSKHOST_MS_ABI).
 */
#ifdef WSKHOST_MS_ABI
#define NTAPI __attribute__((ms_abi))
typedef __builtin_ms_va_list NT_VA_LIST;
#define NT_VA_START(List, Last) __builtin_ms_va_start(List, Last)
#define NT_VA_END(List) __builtin_ms_va_end(List)
#define NT_VA_COPY(To, From) __builtin_ms_va_copy(To, From)
#else
#define NTAPI
typedef __builtin_va_list NT_VA_LIST;
#define NT_VA_START(List, Last) __builtin_va_start(List, Last)
#define NT_VA_END(List) __builtin_va_end(List)
#define NT_VA_COPY(To, From) __builtin_va_copy(To, From)
#endif
#define NT_VA_ARG(List, Type) __builtin_va_arg(List, Type)

#define NTAPI_INLINE
#define WINAPI NTAPI
#define APIENTRY NTAPI
#define CALLBACK NTAPI
#define STDAPICALLTYPE NTAPI
#define FASTCALL NTAPI
#define NTKERNELAPI
#define NTSYSAPI
#define NTSYSCALLAPI
#define NTHALAPI
#define DECLSPEC_IMPORT
#define DECLSPEC_EXPORT
#define _NTHALDLL_
#ifndef __cdecl
#define __cdecl
#endif
#ifndef __stdcall
#define __stdcall
#endif
#ifndef __fastcall
#define __fastcall
#endif
#ifndef __vectorcall
#define __vectorcall
#endif
#define _cdecl
#define _stdcall
#define _fastcall

/* Keywords. clang takes these with -fms-extensions; gcc never does. */
#ifndef __clang__
#define __int8 char
#define __int16 short
#define __int32 int
#define __int64 long long
#define __forceinline inline __attribute__((always_inline))
#define __declspec(Specifier) WSKHOST_DECLSPEC_##Specifier
#define WSKHOST_DECLSPEC_align(Bytes) __attribute__((aligned(Bytes)))
#define WSKHOST_DECLSPEC_noinline __attribute__((noinline))
#define WSKHOST_DECLSPEC_noreturn __attribute__((noreturn))
#define WSKHOST_DECLSPEC_selectany __attribute__((weak))
#define WSKHOST_DECLSPEC_allocate(Section)
#define WSKHOST_DECLSPEC_code_seg(Section)
#define WSKHOST_DECLSPEC_deprecated __attribute__((deprecated))
#define WSKHOST_DECLSPEC_dllimport
#define WSKHOST_DECLSPEC_dllexport
#define WSKHOST_DECLSPEC_novtable
#define WSKHOST_DECLSPEC_nothrow
#define WSKHOST_DECLSPEC_naked __attribute__((naked))
#define WSKHOST_DECLSPEC_restrict
#define WSKHOST_DECLSPEC_noalias
#define WSKHOST_DECLSPEC_safebuffers
#define WSKHOST_DECLSPEC_guard(Kind)
#define WSKHOST_DECLSPEC_thread __thread
#define WSKHOST_DECLSPEC_uuid(Text)
#define WSKHOST_DECLSPEC_property(...)
#define __pragma(...)
#define __unaligned
#define __assume(Condition) ((Condition) ? (void)0 : __builtin_unreachable())
#define __w64
#define __ptr64
#define __ptr32
#define __noop(...) ((void)0)
#define __identifier(Name) Name
#endif
#define _inline inline
#define _forceinline __forceinline
#define __nullterminated_string
#define __annotation(...) ((void)0)
#define code_seg(...)

#if defined(__cplusplus)
#define EXTERN_C extern "C"
#define EXTERN_C_START extern "C" {
#define EXTERN_C_END }
#define NTP_STATIC_ASSERT(Condition, Text) static_assert(Condition, Text)
#else
#define EXTERN_C extern
#define EXTERN_C_START
#define EXTERN_C_END
#define NTP_STATIC_ASSERT(Condition, Text) _Static_assert(Condition, Text)
#endif

#define FORCEINLINE static inline __attribute__((always_inline, unused))
#define CFORCEINLINE FORCEINLINE
#define NTP_INLINE static inline __attribute__((unused))
#define DECLSPEC_ALIGN(Bytes) __attribute__((aligned(Bytes)))
#define DECLSPEC_CACHEALIGN DECLSPEC_ALIGN(64)
#define SYSTEM_CACHE_ALIGNMENT_SIZE 64
#define DECLSPEC_NORETURN __attribute__((noreturn))
#define DECLSPEC_NOINLINE __attribute__((noinline))
#define DECLSPEC_SELECTANY __attribute__((weak))
#define DECLSPEC_DEPRECATED
#define DECLSPEC_DEPRECATED_DDK
#define DECLSPEC_NOVTABLE
#define DECLSPEC_UUID(Text)
#define DECLSPEC_GUARD_SUPPRESS
#define DECLSPEC_NOINITALL
#define POINTER_ALIGNMENT DECLSPEC_ALIGN(8)
#define MEMORY_ALLOCATION_ALIGNMENT 16
#define TYPE_ALIGNMENT(Type) __alignof__(Type)
#define PROBE_ALIGNMENT(Type) TYPE_ALIGNMENT(Type)
#define UNALIGNED
#define RESTRICTED_POINTER __restrict
#define _ANONYMOUS_UNION
#define _ANONYMOUS_STRUCT
#define DUMMYUNIONNAME
#define DUMMYUNIONNAME2
#define DUMMYUNIONNAME3
#define DUMMYSTRUCTNAME
#define DUMMYSTRUCTNAME2
#define NOTHING
#define POINTER_32
#define POINTER_64
#define PTR32
#define PTR64
#ifndef CONST
#define CONST const
#endif
#ifndef IN
#define IN
#endif
#ifndef OUT
#define OUT
#endif
#ifndef OPTIONAL
#define OPTIONAL
#endif
#define CRITICAL
#define FAR
#define NEAR
#define far
#define near

/* Where the schedule explorer looks in: before each interlocked operation and in
 * each busy loop of inlined code. */
#ifndef WSKHOST_SCHEDULE_POINT
#define WSKHOST_SCHEDULE_POINT() ((void)0)
#endif
