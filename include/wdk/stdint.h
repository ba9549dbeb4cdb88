// SPDX-License-Identifier: MIT
#pragma once
/*
 * Integers by width. The 64-bit ones are long long, like UINT64; the
 * pointer-sized ones are the compiler's size_t, like ULONG_PTR.
 */
typedef signed char int8_t;
typedef short int16_t;
typedef int int32_t;
typedef long long int64_t;
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;
typedef signed char int_least8_t;
typedef short int_least16_t;
typedef int int_least32_t;
typedef long long int_least64_t;
typedef unsigned char uint_least8_t;
typedef unsigned short uint_least16_t;
typedef unsigned int uint_least32_t;
typedef unsigned long long uint_least64_t;
typedef signed char int_fast8_t;
typedef int int_fast16_t;
typedef int int_fast32_t;
typedef long long int_fast64_t;
typedef unsigned char uint_fast8_t;
typedef unsigned int uint_fast16_t;
typedef unsigned int uint_fast32_t;
typedef unsigned long long uint_fast64_t;
typedef __INTPTR_TYPE__ intptr_t;
typedef __SIZE_TYPE__ uintptr_t;
typedef long long intmax_t;
typedef unsigned long long uintmax_t;

#define INT8_MIN (-128)
#define INT16_MIN (-32768)
#define INT32_MIN (-2147483647 - 1)
#define INT64_MIN (-9223372036854775807LL - 1)
#define INT8_MAX 127
#define INT16_MAX 32767
#define INT32_MAX 2147483647
#define INT64_MAX 9223372036854775807LL
#define UINT8_MAX 0xff
#define UINT16_MAX 0xffff
#define UINT32_MAX 0xffffffffU
#define UINT64_MAX 0xffffffffffffffffULL
#define INTPTR_MIN (-9223372036854775807L - 1)
#define INTPTR_MAX 9223372036854775807L
#define UINTPTR_MAX 0xffffffffffffffffUL
#define INTMAX_MIN INT64_MIN
#define INTMAX_MAX INT64_MAX
#define UINTMAX_MAX UINT64_MAX
#define PTRDIFF_MIN INTPTR_MIN
#define PTRDIFF_MAX INTPTR_MAX
#ifndef SIZE_MAX
#define SIZE_MAX 0xffffffffffffffffUL
#endif
#define WCHAR_MIN 0
#define WCHAR_MAX 0xffff

#define INT8_C(Value) (Value)
#define INT16_C(Value) (Value)
#define INT32_C(Value) (Value)
#define INT64_C(Value) (Value##LL)
#define UINT8_C(Value) (Value)
#define UINT16_C(Value) (Value)
#define UINT32_C(Value) (Value##U)
#define UINT64_C(Value) (Value##ULL)
#define INTMAX_C(Value) INT64_C(Value)
#define UINTMAX_C(Value) UINT64_C(Value)
