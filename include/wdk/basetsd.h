// SPDX-License-Identifier: MIT
#pragma once
/*
 * Integer types by size. SIZE_T and the pointer-sized types are the compiler's
 * size_t (so that `size_t *` and PSIZE_T agree); other 64-bit types are long
 * long, which is also __int64.
 */
#include <wskhost/compiler.h>
#include <stddef.h>

typedef signed char INT8, *PINT8;
typedef signed short INT16, *PINT16;
typedef signed int INT32, *PINT32;
typedef signed long long INT64, *PINT64;
typedef unsigned char UINT8, *PUINT8;
typedef unsigned short UINT16, *PUINT16;
typedef unsigned int UINT32, *PUINT32;
typedef unsigned long long UINT64, *PUINT64;
typedef signed int LONG32, *PLONG32;
typedef unsigned int ULONG32, *PULONG32;
typedef unsigned int DWORD32, *PDWORD32;
typedef signed long long LONG64, *PLONG64;
typedef unsigned long long ULONG64, *PULONG64;
typedef unsigned long long DWORD64, *PDWORD64;

typedef __INTPTR_TYPE__ INT_PTR, *PINT_PTR, LONG_PTR, *PLONG_PTR;
typedef __SIZE_TYPE__ UINT_PTR, *PUINT_PTR, ULONG_PTR, *PULONG_PTR;
typedef ULONG_PTR DWORD_PTR, *PDWORD_PTR;
typedef ULONG_PTR SIZE_T, *PSIZE_T;
typedef LONG_PTR SSIZE_T, *PSSIZE_T;
typedef ULONG_PTR KAFFINITY, *PKAFFINITY;
typedef int HALF_PTR, *PHALF_PTR;
typedef unsigned int UHALF_PTR, *PUHALF_PTR;

#define MAXUINT_PTR (~((UINT_PTR)0))
#define MAXINT_PTR ((INT_PTR)(MAXUINT_PTR >> 1))
#define MAXULONG_PTR (~((ULONG_PTR)0))
#define MAXLONG_PTR ((LONG_PTR)(MAXULONG_PTR >> 1))
#define MAXSIZE_T ((SIZE_T)~((SIZE_T)0))
#define MAXSSIZE_T ((SSIZE_T)(MAXSIZE_T >> 1))
#define MAXUINT8 ((UINT8)~((UINT8)0))
#define MAXINT8 ((INT8)(MAXUINT8 >> 1))
#define MAXUINT16 ((UINT16)~((UINT16)0))
#define MAXINT16 ((INT16)(MAXUINT16 >> 1))
#define MAXUINT32 ((UINT32)~((UINT32)0))
#define MAXINT32 ((INT32)(MAXUINT32 >> 1))
#define MAXUINT64 ((UINT64)~((UINT64)0))
#define MAXINT64 ((INT64)(MAXUINT64 >> 1))
#define MAXULONG32 ((ULONG32)~((ULONG32)0))
#define MAXULONG64 ((ULONG64)~((ULONG64)0))
#define MAXLONG64 ((LONG64)(MAXULONG64 >> 1))
#define MAXDWORD32 MAXULONG32
#define MAXDWORD64 MAXULONG64

#define HandleToULong(Value) ((ULONG)(ULONG_PTR)(Value))
#define HandleToLong(Value) ((LONG)(LONG_PTR)(Value))
#define HandleToUlong(Value) HandleToULong(Value)
#define ULongToHandle(Value) ((HANDLE)(ULONG_PTR)(ULONG)(Value))
#define UlongToHandle(Value) ULongToHandle(Value)
#define LongToHandle(Value) ((HANDLE)(LONG_PTR)(LONG)(Value))
#define PtrToUlong(Value) ((ULONG)(ULONG_PTR)(Value))
#define PtrToULong(Value) PtrToUlong(Value)
#define PtrToLong(Value) ((LONG)(LONG_PTR)(Value))
#define PtrToUint(Value) ((UINT)(UINT_PTR)(Value))
#define PtrToInt(Value) ((INT)(INT_PTR)(Value))
#define PtrToUshort(Value) ((USHORT)(ULONG_PTR)(Value))
#define PtrToShort(Value) ((SHORT)(LONG_PTR)(Value))
#define LongToPtr(Value) ((PVOID)(LONG_PTR)(LONG)(Value))
#define ULongToPtr(Value) ((PVOID)(ULONG_PTR)(ULONG)(Value))
#define UlongToPtr(Value) ULongToPtr(Value)
#define IntToPtr(Value) ((PVOID)(INT_PTR)(INT)(Value))
#define UintToPtr(Value) ((PVOID)(UINT_PTR)(UINT)(Value))
