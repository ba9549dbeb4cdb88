// SPDX-License-Identifier: MIT
#pragma once
/*
 * Microsoft's compiler intrinsics: bit tests and scans, byte swaps, rotates,
 * underscored interlocked names, markers. intrin.h and wdm.h bring them.
 */
#include <ntdef.h>
#include <wskhost/interlocked.h>
#include <stdlib.h>

EXTERN_C_START

FORCEINLINE UCHAR NtpBitScanForward(PULONG Index, ULONG Mask)
{
    if (Mask != 0)
    {
        *Index = (ULONG)__builtin_ctz(Mask);
    }
    return Mask != 0;
}

FORCEINLINE UCHAR NtpBitScanReverse(PULONG Index, ULONG Mask)
{
    if (Mask != 0)
    {
        *Index = 31U - (ULONG)__builtin_clz(Mask);
    }
    return Mask != 0;
}

FORCEINLINE UCHAR NtpBitScanForward64(PULONG Index, ULONG64 Mask)
{
    if (Mask != 0)
    {
        *Index = (ULONG)__builtin_ctzll(Mask);
    }
    return Mask != 0;
}

FORCEINLINE UCHAR NtpBitScanReverse64(PULONG Index, ULONG64 Mask)
{
    if (Mask != 0)
    {
        *Index = 63U - (ULONG)__builtin_clzll(Mask);
    }
    return Mask != 0;
}

/* Base is any 32-bit (64-bit) word array; Bit may be beyond the first word. */
FORCEINLINE UCHAR NtpBitTest(const VOID *Base, LONG Bit)
{
    return (UCHAR)((((const ULONG *)Base)[Bit >> 5] >> (Bit & 31)) & 1);
}

FORCEINLINE UCHAR NtpBitTestAndSet(VOID *Base, LONG Bit)
{
    UCHAR Old = NtpBitTest(Base, Bit);

    ((PULONG)Base)[Bit >> 5] |= 1U << (Bit & 31);
    return Old;
}

FORCEINLINE UCHAR NtpBitTestAndReset(VOID *Base, LONG Bit)
{
    UCHAR Old = NtpBitTest(Base, Bit);

    ((PULONG)Base)[Bit >> 5] &= ~(1U << (Bit & 31));
    return Old;
}

FORCEINLINE UCHAR NtpBitTestAndComplement(VOID *Base, LONG Bit)
{
    UCHAR Old = NtpBitTest(Base, Bit);

    ((PULONG)Base)[Bit >> 5] ^= 1U << (Bit & 31);
    return Old;
}

FORCEINLINE UCHAR NtpBitTest64(const VOID *Base, LONG64 Bit)
{
    return (UCHAR)((((const ULONG64 *)Base)[Bit >> 6] >> (Bit & 63)) & 1);
}

FORCEINLINE UCHAR NtpBitTestAndSet64(VOID *Base, LONG64 Bit)
{
    UCHAR Old = NtpBitTest64(Base, Bit);

    ((PULONG64)Base)[Bit >> 6] |= 1ULL << (Bit & 63);
    return Old;
}

FORCEINLINE UCHAR NtpBitTestAndReset64(VOID *Base, LONG64 Bit)
{
    UCHAR Old = NtpBitTest64(Base, Bit);

    ((PULONG64)Base)[Bit >> 6] &= ~(1ULL << (Bit & 63));
    return Old;
}

/* Macros, not functions: clang knows some of these names as builtins. */
#define BitScanForward(Index, Mask) NtpBitScanForward((PULONG)(Index), (ULONG)(Mask))
#define BitScanReverse(Index, Mask) NtpBitScanReverse((PULONG)(Index), (ULONG)(Mask))
#define BitScanForward64(Index, Mask) NtpBitScanForward64((PULONG)(Index), (ULONG64)(Mask))
#define BitScanReverse64(Index, Mask) NtpBitScanReverse64((PULONG)(Index), (ULONG64)(Mask))
#define BitTest(Base, Bit) NtpBitTest((Base), (LONG)(Bit))
#define BitTestAndSet(Base, Bit) NtpBitTestAndSet((Base), (LONG)(Bit))
#define BitTestAndReset(Base, Bit) NtpBitTestAndReset((Base), (LONG)(Bit))
#define BitTestAndComplement(Base, Bit) NtpBitTestAndComplement((Base), (LONG)(Bit))
#define BitTest64(Base, Bit) NtpBitTest64((Base), (LONG64)(Bit))
#define BitTestAndSet64(Base, Bit) NtpBitTestAndSet64((Base), (LONG64)(Bit))
#define BitTestAndReset64(Base, Bit) NtpBitTestAndReset64((Base), (LONG64)(Bit))
#define _BitScanForward BitScanForward
#define _BitScanReverse BitScanReverse
#define _BitScanForward64 BitScanForward64
#define _BitScanReverse64 BitScanReverse64
#define _bittest BitTest
#define _bittestandset BitTestAndSet
#define _bittestandreset BitTestAndReset
#define _bittestandcomplement BitTestAndComplement
#define _bittest64 BitTest64
#define _bittestandset64 BitTestAndSet64
#define _bittestandreset64 BitTestAndReset64
#define _interlockedbittestandset InterlockedBitTestAndSet
#define _interlockedbittestandreset InterlockedBitTestAndReset
#define _interlockedbittestandset64 InterlockedBitTestAndSet64
#define _interlockedbittestandreset64 InterlockedBitTestAndReset64

#define __popcnt16(Value) ((USHORT)__builtin_popcount((USHORT)(Value)))
#define __popcnt(Value) ((ULONG)__builtin_popcount((ULONG)(Value)))
#define __popcnt64(Value) ((ULONG64)__builtin_popcountll((ULONG64)(Value)))
#define PopulationCount64(Value) __popcnt64(Value)
#define __lzcnt(Value) ((ULONG)((Value) ? __builtin_clz((ULONG)(Value)) : 32))
#define __lzcnt64(Value) ((ULONG64)((Value) ? __builtin_clzll((ULONG64)(Value)) : 64))

#define RotateLeft32(Value, Count) NtpRotateLeft32((Value), (ULONG)(Count))
#define RotateRight32(Value, Count) NtpRotateLeft32((Value), 32U - ((ULONG)(Count)&31))
#define RotateLeft64(Value, Count) NtpRotateLeft64((Value), (ULONG)(Count))
#define RotateRight64(Value, Count) NtpRotateLeft64((Value), 64U - ((ULONG)(Count)&63))
FORCEINLINE ULONG NtpRotateLeft32(ULONG Value, ULONG Count)
{
    Count &= 31;
    return (Value << Count) | (Value >> ((32 - Count) & 31));
}
FORCEINLINE ULONG64 NtpRotateLeft64(ULONG64 Value, ULONG Count)
{
    Count &= 63;
    return (Value << Count) | (Value >> ((64 - Count) & 63));
}
#define _rotl(Value, Count) RotateLeft32(Value, Count)
#define _rotr(Value, Count) RotateRight32(Value, Count)
#define _rotl64(Value, Count) RotateLeft64(Value, Count)
#define _rotr64(Value, Count) RotateRight64(Value, Count)

#define __debugbreak() __builtin_trap()
#define __fastfail(Code) (((void)(Code)), __builtin_trap())
#define RtlFailFast(Code) __fastfail(Code)
#define FAST_FAIL_CORRUPT_LIST_ENTRY 3
#define FAST_FAIL_INVALID_ARG 5
#define FAST_FAIL_FATAL_APP_EXIT 7
#define FAST_FAIL_INVALID_REFERENCE_COUNT 14
#define _ReturnAddress() __builtin_return_address(0)
#define _AddressOfReturnAddress() ((PVOID)((PULONG_PTR)__builtin_frame_address(0) + 1))
#define _ReadWriteBarrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define _ReadBarrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define _WriteBarrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define __nop() __asm__ volatile("nop")
#define __faststorefence() KeMemoryBarrier()
#define UnsignedMultiplyHigh(a, b) ((ULONG64)(((unsigned __int128)(ULONG64)(a) * (ULONG64)(b)) >> 64))
#define __umulh(a, b) UnsignedMultiplyHigh(a, b)

#define _InterlockedIncrement InterlockedIncrement
#define _InterlockedDecrement InterlockedDecrement
#define _InterlockedExchange InterlockedExchange
#define _InterlockedExchangeAdd InterlockedExchangeAdd
#define _InterlockedCompareExchange InterlockedCompareExchange
#define _InterlockedAnd InterlockedAnd
#define _InterlockedOr InterlockedOr
#define _InterlockedXor InterlockedXor
#define _InterlockedIncrement16 InterlockedIncrement16
#define _InterlockedDecrement16 InterlockedDecrement16
#define _InterlockedCompareExchange16 InterlockedCompareExchange16
#define _InterlockedIncrement64 InterlockedIncrement64
#define _InterlockedDecrement64 InterlockedDecrement64
#define _InterlockedExchange64 InterlockedExchange64
#define _InterlockedExchangeAdd64 InterlockedExchangeAdd64
#define _InterlockedCompareExchange64 InterlockedCompareExchange64
#define _InterlockedAnd64 InterlockedAnd64
#define _InterlockedOr64 InterlockedOr64
#define _InterlockedXor64 InterlockedXor64
#define _InterlockedAnd8 InterlockedAnd8
#define _InterlockedOr8 InterlockedOr8
#define _InterlockedExchange8 InterlockedExchange8
#define _InterlockedExchangePointer InterlockedExchangePointer
#define _InterlockedCompareExchangePointer InterlockedCompareExchangePointer

FORCEINLINE ULONG64 NtpReadTimeStampCounter(VOID)
{
    return __builtin_ia32_rdtsc();
}
#define ReadTimeStampCounter() NtpReadTimeStampCounter()
#define __rdtsc() NtpReadTimeStampCounter()

/* Registers: EAX, EBX, ECX, EDX. */
FORCEINLINE VOID NtpCpuId(int Registers[4], int Leaf, int Subleaf)
{
    __asm__ volatile("cpuid"
                     : "=a"(Registers[0]), "=b"(Registers[1]), "=c"(Registers[2]), "=d"(Registers[3])
                     : "0"(Leaf), "2"(Subleaf));
}
#define __cpuid(Registers, Leaf) NtpCpuId((Registers), (Leaf), 0)
#define __cpuidex(Registers, Leaf, Subleaf) NtpCpuId((Registers), (Leaf), (Subleaf))

EXTERN_C_END
