// SPDX-License-Identifier: MIT
#pragma once
/*
 * Interlocked operations, fenced reads and writes, and what a busy loop calls.
 * All are full barriers or plain accesses of the compiler's __atomic family, so
 * that sanitizers see them; each passes WSKHOST_SCHEDULE_POINT.
 */
#include <ntdef.h>

EXTERN_C_START

#define NTP_ATOMIC_FETCH(Name, Type, Builtin)                                   \
    FORCEINLINE Type Name(Type volatile *Target, Type Value)                    \
    {                                                                           \
        WSKHOST_SCHEDULE_POINT();                                               \
        return Builtin(Target, Value, __ATOMIC_SEQ_CST);                        \
    }
#define NTP_ATOMIC_STEP(Name, Type, Builtin)                                    \
    FORCEINLINE Type Name(Type volatile *Addend)                                \
    {                                                                           \
        WSKHOST_SCHEDULE_POINT();                                               \
        return Builtin(Addend, 1, __ATOMIC_SEQ_CST);                            \
    }
#define NTP_ATOMIC_COMPARE(Name, Type)                                          \
    FORCEINLINE Type Name(Type volatile *Destination, Type Exchange, Type Comparand) \
    {                                                                           \
        WSKHOST_SCHEDULE_POINT();                                               \
        __atomic_compare_exchange_n(Destination, &Comparand, Exchange, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
        return Comparand;                                                       \
    }
#define NTP_ATOMIC_FAMILY(Suffix, Type)                                         \
    NTP_ATOMIC_STEP(InterlockedIncrement##Suffix, Type, __atomic_add_fetch)     \
    NTP_ATOMIC_STEP(InterlockedDecrement##Suffix, Type, __atomic_sub_fetch)     \
    NTP_ATOMIC_FETCH(InterlockedExchange##Suffix, Type, __atomic_exchange_n)    \
    NTP_ATOMIC_FETCH(InterlockedExchangeAdd##Suffix, Type, __atomic_fetch_add)  \
    NTP_ATOMIC_FETCH(InterlockedAdd##Suffix, Type, __atomic_add_fetch)          \
    NTP_ATOMIC_FETCH(InterlockedAnd##Suffix, Type, __atomic_fetch_and)          \
    NTP_ATOMIC_FETCH(InterlockedOr##Suffix, Type, __atomic_fetch_or)            \
    NTP_ATOMIC_FETCH(InterlockedXor##Suffix, Type, __atomic_fetch_xor)          \
    NTP_ATOMIC_COMPARE(InterlockedCompareExchange##Suffix, Type)

NTP_ATOMIC_FAMILY(8, char)
NTP_ATOMIC_FAMILY(16, SHORT)
NTP_ATOMIC_FAMILY(, LONG)
NTP_ATOMIC_FAMILY(64, LONG64)

FORCEINLINE PVOID NtpInterlockedExchangePointer(PVOID volatile *Target, PVOID Value)
{
    WSKHOST_SCHEDULE_POINT();
    return __atomic_exchange_n(Target, Value, __ATOMIC_SEQ_CST);
}

FORCEINLINE PVOID NtpInterlockedCompareExchangePointer(PVOID volatile *Target, PVOID Exchange, PVOID Comparand)
{
    WSKHOST_SCHEDULE_POINT();
    __atomic_compare_exchange_n(Target, &Comparand, Exchange, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return Comparand;
}

/* Macros, because callers pass pointers to pointers of any type. */
#define InterlockedExchangePointer(Target, Value) \
    NtpInterlockedExchangePointer((PVOID volatile *)(Target), (PVOID)(Value))
#define InterlockedCompareExchangePointer(Target, Exchange, Comparand) \
    NtpInterlockedCompareExchangePointer((PVOID volatile *)(Target), (PVOID)(Exchange), (PVOID)(Comparand))
#define InterlockedExchangePointerAcquire InterlockedExchangePointer
#define InterlockedExchangePointerRelease InterlockedExchangePointer
#define InterlockedExchangePointerNoFence InterlockedExchangePointer
#define InterlockedCompareExchangePointerAcquire InterlockedCompareExchangePointer
#define InterlockedCompareExchangePointerRelease InterlockedCompareExchangePointer
#define InterlockedCompareExchangePointerNoFence InterlockedCompareExchangePointer

FORCEINLINE BOOLEAN InterlockedBitTestAndSet(LONG volatile *Base, LONG Bit)
{
    return (BOOLEAN)(((ULONG)InterlockedOr(Base + (Bit >> 5), (LONG)(1U << (Bit & 31))) >> (Bit & 31)) & 1);
}

FORCEINLINE BOOLEAN InterlockedBitTestAndReset(LONG volatile *Base, LONG Bit)
{
    return (BOOLEAN)(((ULONG)InterlockedAnd(Base + (Bit >> 5), (LONG) ~(1U << (Bit & 31))) >> (Bit & 31)) & 1);
}

FORCEINLINE BOOLEAN InterlockedBitTestAndComplement(LONG volatile *Base, LONG Bit)
{
    return (BOOLEAN)(((ULONG)InterlockedXor(Base + (Bit >> 5), (LONG)(1U << (Bit & 31))) >> (Bit & 31)) & 1);
}

FORCEINLINE BOOLEAN InterlockedBitTestAndSet64(LONG64 volatile *Base, LONG64 Bit)
{
    return (BOOLEAN)(((ULONG64)InterlockedOr64(Base + (Bit >> 6), (LONG64)(1ULL << (Bit & 63))) >> (Bit & 63)) & 1);
}

FORCEINLINE BOOLEAN InterlockedBitTestAndReset64(LONG64 volatile *Base, LONG64 Bit)
{
    return (BOOLEAN)(((ULONG64)InterlockedAnd64(Base + (Bit >> 6), (LONG64) ~(1ULL << (Bit & 63))) >> (Bit & 63)) & 1);
}

/* The weaker orders are served by the full one. */
#define InterlockedIncrementAcquire InterlockedIncrement
#define InterlockedIncrementRelease InterlockedIncrement
#define InterlockedIncrementNoFence InterlockedIncrement
#define InterlockedDecrementAcquire InterlockedDecrement
#define InterlockedDecrementRelease InterlockedDecrement
#define InterlockedDecrementNoFence InterlockedDecrement
#define InterlockedIncrementAcquire64 InterlockedIncrement64
#define InterlockedIncrementRelease64 InterlockedIncrement64
#define InterlockedIncrementNoFence64 InterlockedIncrement64
#define InterlockedDecrementAcquire64 InterlockedDecrement64
#define InterlockedDecrementRelease64 InterlockedDecrement64
#define InterlockedDecrementNoFence64 InterlockedDecrement64
#define InterlockedIncrementNoFence16 InterlockedIncrement16
#define InterlockedDecrementNoFence16 InterlockedDecrement16
#define InterlockedExchangeAcquire InterlockedExchange
#define InterlockedExchangeRelease InterlockedExchange
#define InterlockedExchangeNoFence InterlockedExchange
#define InterlockedExchangeAcquire64 InterlockedExchange64
#define InterlockedExchangeNoFence64 InterlockedExchange64
#define InterlockedExchangeAddAcquire InterlockedExchangeAdd
#define InterlockedExchangeAddRelease InterlockedExchangeAdd
#define InterlockedExchangeAddNoFence InterlockedExchangeAdd
#define InterlockedExchangeAddAcquire64 InterlockedExchangeAdd64
#define InterlockedExchangeAddRelease64 InterlockedExchangeAdd64
#define InterlockedExchangeAddNoFence64 InterlockedExchangeAdd64
#define InterlockedAddAcquire InterlockedAdd
#define InterlockedAddRelease InterlockedAdd
#define InterlockedAddNoFence InterlockedAdd
#define InterlockedAddAcquire64 InterlockedAdd64
#define InterlockedAddRelease64 InterlockedAdd64
#define InterlockedAddNoFence64 InterlockedAdd64
#define InterlockedAndAcquire InterlockedAnd
#define InterlockedAndRelease InterlockedAnd
#define InterlockedAndNoFence InterlockedAnd
#define InterlockedAnd64NoFence InterlockedAnd64
#define InterlockedAndNoFence64 InterlockedAnd64
#define InterlockedOrAcquire InterlockedOr
#define InterlockedOrRelease InterlockedOr
#define InterlockedOrNoFence InterlockedOr
#define InterlockedOr64NoFence InterlockedOr64
#define InterlockedOrNoFence64 InterlockedOr64
#define InterlockedXorNoFence InterlockedXor
#define InterlockedCompareExchangeAcquire InterlockedCompareExchange
#define InterlockedCompareExchangeRelease InterlockedCompareExchange
#define InterlockedCompareExchangeNoFence InterlockedCompareExchange
#define InterlockedCompareExchangeAcquire64 InterlockedCompareExchange64
#define InterlockedCompareExchangeRelease64 InterlockedCompareExchange64
#define InterlockedCompareExchangeNoFence64 InterlockedCompareExchange64
#define InterlockedCompareExchangeAcquire16 InterlockedCompareExchange16
#define InterlockedCompareExchangeNoFence16 InterlockedCompareExchange16
#define InterlockedBitTestAndSetAcquire InterlockedBitTestAndSet
#define InterlockedBitTestAndSetNoFence InterlockedBitTestAndSet
#define InterlockedBitTestAndResetRelease InterlockedBitTestAndReset
#define InterlockedBitTestAndResetNoFence InterlockedBitTestAndReset
#define InterlockedExchangeAddSizeT(Target, Value) \
    ((SIZE_T)InterlockedExchangeAdd64((LONG64 volatile *)(Target), (LONG64)(Value)))
#define InterlockedIncrementSizeT(Target) ((SIZE_T)InterlockedIncrement64((LONG64 volatile *)(Target)))
#define InterlockedDecrementSizeT(Target) ((SIZE_T)InterlockedDecrement64((LONG64 volatile *)(Target)))
#define InterlockedAddULongPtr(Target, Value) \
    ((ULONG_PTR)InterlockedAdd64((LONG64 volatile *)(Target), (LONG64)(Value)))
#define InterlockedAddPtr InterlockedAddULongPtr

/* Plain and ordered reads and writes. */
#define NTP_ATOMIC_ACCESS(Suffix, Type)                                  \
    FORCEINLINE Type Read##Suffix##Acquire_(Type const volatile *Source) \
    {                                                                    \
        WSKHOST_SCHEDULE_POINT();                                        \
        return __atomic_load_n(Source, __ATOMIC_ACQUIRE);                \
    }                                                                    \
    FORCEINLINE Type Read##Suffix##NoFence_(Type const volatile *Source) \
    {                                                                    \
        WSKHOST_SCHEDULE_POINT();                                        \
        return __atomic_load_n(Source, __ATOMIC_RELAXED);                \
    }                                                                    \
    FORCEINLINE VOID Write##Suffix##Release_(Type volatile *Target, Type Value) \
    {                                                                    \
        WSKHOST_SCHEDULE_POINT();                                        \
        __atomic_store_n(Target, Value, __ATOMIC_RELEASE);               \
    }                                                                    \
    FORCEINLINE VOID Write##Suffix##NoFence_(Type volatile *Target, Type Value) \
    {                                                                    \
        WSKHOST_SCHEDULE_POINT();                                        \
        __atomic_store_n(Target, Value, __ATOMIC_RELAXED);               \
    }
NTP_ATOMIC_ACCESS(8, CHAR)
NTP_ATOMIC_ACCESS(16, SHORT)
NTP_ATOMIC_ACCESS(32, LONG)
NTP_ATOMIC_ACCESS(64, LONG64)
NTP_ATOMIC_ACCESS(U8, UCHAR)
NTP_ATOMIC_ACCESS(U16, USHORT)
NTP_ATOMIC_ACCESS(U32, ULONG)
NTP_ATOMIC_ACCESS(U64, ULONG64)
NTP_ATOMIC_ACCESS(P, PVOID)

EXTERN_C_END

#define ReadAcquire8 Read8Acquire_
#define ReadNoFence8 Read8NoFence_
#define ReadRaw8 Read8NoFence_
#define WriteRelease8 Write8Release_
#define WriteNoFence8 Write8NoFence_
#define WriteRaw8 Write8NoFence_
#define ReadAcquire16 Read16Acquire_
#define ReadNoFence16 Read16NoFence_
#define ReadRaw16 Read16NoFence_
#define WriteRelease16 Write16Release_
#define WriteNoFence16 Write16NoFence_
#define WriteRaw16 Write16NoFence_
#define ReadAcquire Read32Acquire_
#define ReadNoFence Read32NoFence_
#define ReadRaw Read32NoFence_
#define WriteRelease Write32Release_
#define WriteNoFence Write32NoFence_
#define WriteRaw Write32NoFence_
#define ReadAcquire64 Read64Acquire_
#define ReadNoFence64 Read64NoFence_
#define ReadRaw64 Read64NoFence_
#define WriteRelease64 Write64Release_
#define WriteNoFence64 Write64NoFence_
#define WriteRaw64 Write64NoFence_
#define ReadUCharAcquire ReadU8Acquire_
#define ReadUCharNoFence ReadU8NoFence_
#define ReadUCharRaw ReadU8NoFence_
#define WriteUCharRelease WriteU8Release_
#define WriteUCharNoFence WriteU8NoFence_
#define WriteUCharRaw WriteU8NoFence_
#define ReadUShortAcquire ReadU16Acquire_
#define ReadUShortNoFence ReadU16NoFence_
#define ReadUShortRaw ReadU16NoFence_
#define WriteUShortRelease WriteU16Release_
#define WriteUShortNoFence WriteU16NoFence_
#define WriteUShortRaw WriteU16NoFence_
#define ReadULongAcquire ReadU32Acquire_
#define ReadULongNoFence ReadU32NoFence_
#define ReadULongRaw ReadU32NoFence_
#define WriteULongRelease WriteU32Release_
#define WriteULongNoFence WriteU32NoFence_
#define WriteULongRaw WriteU32NoFence_
#define ReadULong64Acquire ReadU64Acquire_
#define ReadULong64NoFence ReadU64NoFence_
#define ReadULong64Raw ReadU64NoFence_
#define WriteULong64Release WriteU64Release_
#define WriteULong64NoFence WriteU64NoFence_
#define WriteULong64Raw WriteU64NoFence_
#define ReadPointerAcquire(Source) ReadPAcquire_((PVOID const volatile *)(Source))
#define ReadPointerNoFence(Source) ReadPNoFence_((PVOID const volatile *)(Source))
#define ReadPointerRaw(Source) ReadPNoFence_((PVOID const volatile *)(Source))
#define WritePointerRelease(Target, Value) WritePRelease_((PVOID volatile *)(Target), (PVOID)(Value))
#define WritePointerNoFence(Target, Value) WritePNoFence_((PVOID volatile *)(Target), (PVOID)(Value))
#define WritePointerRaw(Target, Value) WritePNoFence_((PVOID volatile *)(Target), (PVOID)(Value))

#define KeMemoryBarrier()                        \
    do                                           \
    {                                            \
        WSKHOST_SCHEDULE_POINT();                \
        __atomic_thread_fence(__ATOMIC_SEQ_CST); \
    } while (0)
#define KeMemoryBarrierWithoutFence() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define MemoryBarrier() KeMemoryBarrier()
#define FastFence() KeMemoryBarrier()
#define LoadFence() KeMemoryBarrier()
#define MemoryFence() KeMemoryBarrier()
#define StoreFence() KeMemoryBarrier()
#define YieldProcessor()          \
    do                            \
    {                             \
        WSKHOST_SCHEDULE_POINT(); \
        __builtin_ia32_pause();   \
    } while (0)
