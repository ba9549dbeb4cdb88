// SPDX-License-Identifier: MIT
/*
 * Small things of the run-time library: comparing memory, pseudo-random
 * numbers, CRC-32, the version of the system that is played, stack traces.
 */
#include "nt/hostcall.h"
#include "nt/ntp.h"
#include "nt/rtlp.h"

/* Count of bytes that are equal before the first difference. Any IRQL. Page:
 * nf-wdm-rtlcomparememory. */
SIZE_T NTAPI RtlCompareMemory(const VOID *Source1, const VOID *Source2, SIZE_T Length)
{
    const UCHAR *A = Source1;
    const UCHAR *B = Source2;
    SIZE_T Index = 0;

    while (Index < Length && A[Index] == B[Index])
    {
        Index++;
    }
    return Index;
}

/* Count of bytes, in whole ULONGs, that repeat Pattern. Any IRQL. Page:
 * nf-ntifs-rtlcomparememoryulong. */
SIZE_T NTAPI RtlCompareMemoryUlong(PVOID Source, SIZE_T Length, ULONG Pattern)
{
    const ULONG *Words = Source;
    SIZE_T Index = 0;

    while (Index < Length / sizeof(ULONG) && Words[Index] == Pattern)
    {
        Index++;
    }
    return Index * sizeof(ULONG);
}

/* ---- pseudo-random numbers --------------------------------------------------------- */

#define RTLP_RANDOM_MODULUS 0x7FFFFFFFULL

/* Next of a linear congruential sequence, 0 .. MAXLONG - 1; *Seed becomes it. Any
 * IRQL. Page: nf-ntifs-rtluniform. */
ULONG NTAPI RtlUniform(PULONG Seed)
{
    *Seed = (ULONG)((*Seed * 0x7FFFFFEDULL + 0x7FFFFFC3ULL) % RTLP_RANDOM_MODULUS);
    return *Seed;
}

static ULONG RtlpRandom(PULONG Seed)
{
    ULONG High = RtlUniform(Seed);
    ULONG Low = RtlUniform(Seed);
    /* Two steps mixed: the low bits of one alone have short periods. */
    ULONGLONG Mixed = ((ULONGLONG)High << 31 | Low) * 0x9E3779B97F4A7C15ULL;
    return (ULONG)((Mixed >> 33) % RTLP_RANDOM_MODULUS);
}

/* A number in 0 .. MAXLONG - 1 from *Seed, which moves on; the same seeds give the
 * same numbers. Any IRQL. Page: nf-ntddk-rtlrandomex. */
ULONG NTAPI RtlRandomEx(PULONG Seed)
{
    return RtlpRandom(Seed);
}

/* As RtlRandomEx. Page: nf-ntddk-rtlrandom. */
ULONG NTAPI RtlRandom(PULONG Seed)
{
    return RtlpRandom(Seed);
}

/* CRC-32 (the one of IEEE 802.3) of Buffer, going on from InitialCrc. Any IRQL.
 * Page: nf-wdm-rtlcrc32. */
ULONG NTAPI RtlComputeCrc32(ULONG InitialCrc, const VOID *Buffer, SIZE_T Length)
{
    const UCHAR *Bytes = Buffer;
    ULONG Crc = ~InitialCrc;

    for (SIZE_T Index = 0; Index < Length; Index++)
    {
        Crc ^= Bytes[Index];
        for (ULONG Bit = 0; Bit < 8; Bit++)
        {
            Crc = Crc >> 1 ^ (0xEDB88320 & (0 - (Crc & 1)));
        }
    }
    return ~Crc;
}

/* ---- the version that is played -------------------------------------------------------- */

/* Windows Server 2022, the version whose kernel interface the headers describe. */
#define RTLP_MAJOR_VERSION 10
#define RTLP_MINOR_VERSION 0
#define RTLP_BUILD_NUMBER 20348 /* DIV-23 */

/* Fills the structure, of either size. IRQL <= DISPATCH_LEVEL.
 * STATUS_INVALID_PARAMETER: its size is neither. Page: nf-wdm-rtlgetversion. */
NTSTATUS NTAPI RtlGetVersion(PRTL_OSVERSIONINFOW lpVersionInformation)
{
    PRTL_OSVERSIONINFOEXW Extended = (PRTL_OSVERSIONINFOEXW)lpVersionInformation;
    ULONG Size = lpVersionInformation->dwOSVersionInfoSize;

    if (Size != sizeof(RTL_OSVERSIONINFOW) && Size != sizeof(RTL_OSVERSIONINFOEXW))
    {
        return STATUS_INVALID_PARAMETER;
    }
    RtlZeroMemory(lpVersionInformation, Size);
    lpVersionInformation->dwOSVersionInfoSize = Size;
    lpVersionInformation->dwMajorVersion = RTLP_MAJOR_VERSION;
    lpVersionInformation->dwMinorVersion = RTLP_MINOR_VERSION;
    lpVersionInformation->dwBuildNumber = RTLP_BUILD_NUMBER;
    lpVersionInformation->dwPlatformId = VER_PLATFORM_WIN32_NT;
    if (Size == sizeof(RTL_OSVERSIONINFOEXW))
    {
        Extended->wProductType = VER_NT_SERVER;
    }
    return STATUS_SUCCESS;
}

/* The old form of RtlGetVersion; every pointer may be NULL. FALSE: a checked build.
 * Page: nf-ntddk-psgetversion. */
BOOLEAN NTAPI PsGetVersion(PULONG MajorVersion, PULONG MinorVersion, PULONG BuildNumber, PUNICODE_STRING CSDVersion)
{
    if (MajorVersion != NULL)
    {
        *MajorVersion = RTLP_MAJOR_VERSION;
    }
    if (MinorVersion != NULL)
    {
        *MinorVersion = RTLP_MINOR_VERSION;
    }
    if (BuildNumber != NULL)
    {
        *BuildNumber = RTLP_BUILD_NUMBER;
    }
    if (CSDVersion != NULL)
    {
        CSDVersion->Length = 0;
        CSDVersion->MaximumLength = 0;
        CSDVersion->Buffer = NULL;
    }
    return FALSE;
}

/* Whether the kernel has the interface of NTDDI Version. PASSIVE_LEVEL on Windows.
 * Page: nf-wdm-rtlisntddiversionavailable. */
BOOLEAN NTAPI RtlIsNtDdiVersionAvailable(ULONG Version)
{
    return Version <= NTDDI_WIN10_FE;
}

/* ConditionMask with the comparison for one kind of version number added: three
 * bits per kind, where those of TypeMask's lowest bit are. */
ULONGLONG NTAPI VerSetConditionMask(ULONGLONG ConditionMask, ULONG TypeMask, UCHAR Condition)
{
    if (TypeMask == 0 || (Condition & 7) == 0)
    {
        return ConditionMask;
    }
    ULONG Shift = 3 * (ULONG)__builtin_ctz(TypeMask);
    return ConditionMask | (ULONGLONG)(Condition & 7) << Shift;
}

/* *Equal says whether a less important number decides. */
static BOOLEAN RtlpVersionFits(ULONG Actual, ULONG Wanted, ULONG Condition, PBOOLEAN Equal)
{
    *Equal = Actual == Wanted;
    switch (Condition)
    {
    case VER_EQUAL:
        return Actual == Wanted;
    case VER_GREATER:
        return Actual > Wanted;
    case VER_GREATER_EQUAL:
        return Actual >= Wanted;
    case VER_LESS:
        return Actual < Wanted;
    case VER_LESS_EQUAL:
        return Actual <= Wanted;
    default:
        *Equal = FALSE;
        return FALSE;
    }
}

/* Compares what TypeMask names as ConditionMask says; major, minor and service pack
 * numbers together form one version. IRQL <= DISPATCH_LEVEL.
 * STATUS_REVISION_MISMATCH, STATUS_INVALID_PARAMETER. Page: nf-wdm-rtlverifyversioninfo. */
NTSTATUS NTAPI RtlVerifyVersionInfo(PRTL_OSVERSIONINFOEXW VersionInfo, ULONG TypeMask, ULONGLONG ConditionMask)
{
    static const ULONG Hierarchy[] = {VER_MAJORVERSION, VER_MINORVERSION, VER_SERVICEPACKMAJOR, VER_SERVICEPACKMINOR};
    const ULONG Known = VER_MAJORVERSION | VER_MINORVERSION | VER_BUILDNUMBER | VER_SERVICEPACKMAJOR |
                        VER_SERVICEPACKMINOR | VER_PRODUCT_TYPE;
    ULONG Actual[] = {RTLP_MAJOR_VERSION, RTLP_MINOR_VERSION, 0, 0};
    BOOLEAN Equal;

    if (TypeMask == 0 || (TypeMask & ~Known) != 0 || ConditionMask == 0)
    {
        return STATUS_INVALID_PARAMETER;
    }
    ULONG Wanted[] = {VersionInfo->dwMajorVersion, VersionInfo->dwMinorVersion, VersionInfo->wServicePackMajor,
                      VersionInfo->wServicePackMinor};
    if ((TypeMask & VER_BUILDNUMBER) != 0 && !RtlpVersionFits(RTLP_BUILD_NUMBER, VersionInfo->dwBuildNumber,
                                                             (ULONG)(ConditionMask >> 6) & 7, &Equal))
    {
        return STATUS_REVISION_MISMATCH;
    }
    if ((TypeMask & VER_PRODUCT_TYPE) != 0 &&
        !RtlpVersionFits(VER_NT_SERVER, VersionInfo->wProductType, (ULONG)(ConditionMask >> 21) & 7, &Equal))
    {
        return STATUS_REVISION_MISMATCH;
    }
    ULONG Condition = VER_EQUAL;
    BOOLEAN Fits = TRUE;
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Hierarchy); Index++)
    {
        if ((TypeMask & Hierarchy[Index]) == 0)
        {
            continue;
        }
        ULONG Own = (ULONG)(ConditionMask >> (3 * (ULONG)__builtin_ctz(Hierarchy[Index]))) & 7;
        Condition = Condition == VER_EQUAL ? Own : Condition; /* the most important one rules */
        Fits = RtlpVersionFits(Actual[Index], Wanted[Index], Condition, &Equal);
        if (!Equal)
        {
            break;
        }
    }
    return Fits ? STATUS_SUCCESS : STATUS_REVISION_MISMATCH;
}

/* ---- stack traces ------------------------------------------------------------------------- */

#define RTLP_TRACE_MAX 128

/* Return addresses of the callers, innermost first, without the FramesToSkip first
 * ones; *BackTraceHash is their sum. Any IRQL. Page: nf-ntifs-rtlcapturestackbacktrace. */
USHORT NTAPI RtlCaptureStackBackTrace(ULONG FramesToSkip, ULONG FramesToCapture, PVOID *BackTrace, PULONG BackTraceHash)
{
    PVOID Frames[RTLP_TRACE_MAX];
    PVOID Caller = __builtin_return_address(0);
    SIZE_T Count = HcBacktrace(Frames, RTLP_TRACE_MAX);
    SIZE_T First = 0;
    ULONG Hash = 0;
    USHORT Captured = 0;

    while (First < Count && Frames[First] != Caller)
    {
        First++;
    }
    First = First == Count ? FramesToSkip : First + FramesToSkip;
    for (SIZE_T Index = First; Index < Count && Captured < FramesToCapture; Index++)
    {
        BackTrace[Captured++] = Frames[Index];
        Hash += (ULONG)(ULONG_PTR)Frames[Index];
    }
    if (BackTraceHash != NULL)
    {
        *BackTraceHash = Hash;
    }
    return Captured;
}
