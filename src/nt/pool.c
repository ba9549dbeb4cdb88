// SPDX-License-Identifier: MIT
/*
 * Pool: the Ex allocation functions and the accounted blocks below them. Blocks
 * come from the host's heap one by one, header in front and nothing behind, so
 * that AddressSanitizer sees an overrun of a single byte.
 */
#include "nt/expp.h"
#include "nt/hostcall.h"
#include "nt/ntp.h"

#define EXP_SHARDS 64
#define EXP_COOKIE_LIVE ((ULONG_PTR)0x4C697665426C6F63)
#define EXP_COOKIE_FREE ((ULONG_PTR)0x46726565426C6F63)

/*
 * Live blocks, spread over independent locks by address.
 * Owner: this file. Lock: Lock guards Blocks and the Driver field of each block.
 */
typedef struct DECLSPEC_ALIGN(64) _EXP_SHARD
{
    HC_LOCK Lock;
    LIST_ENTRY Blocks;
} EXP_SHARD, *PEXP_SHARD;

static EXP_SHARD Shards[EXP_SHARDS];

C_ASSERT(sizeof(EXP_BLOCK) == 64);

NTSTATUS ExpInitialize(VOID)
{
    for (ULONG Index = 0; Index < EXP_SHARDS; Index++)
    {
        /* The heads survive a stop: a block may be freed after the next start. */
        if (Shards[Index].Blocks.Flink == NULL)
        {
            InitializeListHead(&Shards[Index].Blocks);
        }
    }
    return STATUS_SUCCESS;
}

VOID ExpUninitialize(VOID)
{
}

static PEXP_SHARD ExpShardOf(PEXP_BLOCK Block)
{
    ULONG_PTR Hash = (ULONG_PTR)Block * 0x9E3779B97F4A7C15ULL;
    return &Shards[Hash >> 58];
}

PVOID ExpAllocateBlock(EXP_KIND Kind, SIZE_T Size, ULONG Tag, USHORT Flags, PVOID Caller)
{
    SIZE_T Front = Size >= PAGE_SIZE ? PAGE_SIZE : sizeof(EXP_BLOCK);
    if (Size > MAXSIZE_T - Front)
    {
        return NULL;
    }
    PVOID Memory = Size >= PAGE_SIZE ? HcAllocateAligned(Front + Size, PAGE_SIZE) : HcAllocate(Front + Size);
    if (Memory == NULL)
    {
        return NULL;
    }
    PEXP_BLOCK Block = (PEXP_BLOCK)((PUCHAR)Memory + Front) - 1;
    Block->Memory = Memory;
    Block->Driver = IopFindDriver(Caller);
    Block->Cookie = (ULONG_PTR)Block ^ EXP_COOKIE_LIVE ^ (ULONG_PTR)Kind;
    Block->Caller = Caller;
    Block->Size = Size;
    Block->Tag = Tag;
    Block->Kind = (USHORT)Kind;
    Block->Flags = Flags;

    PEXP_SHARD Shard = ExpShardOf(Block);
    HcAcquireLock(&Shard->Lock);
    InsertTailList(&Shard->Blocks, &Block->Link);
    HcReleaseLock(&Shard->Lock);
    return Block + 1;
}

VOID ExpFreeBlock(PVOID Body, PVOID Caller)
{
    PEXP_BLOCK Block = (PEXP_BLOCK)Body - 1;
    PEXP_SHARD Shard = ExpShardOf(Block);
    HcAcquireLock(&Shard->Lock);
    RemoveEntryList(&Block->Link);
    HcReleaseLock(&Shard->Lock);
    Block->Cookie = (ULONG_PTR)Block ^ EXP_COOKIE_FREE ^ (ULONG_PTR)Block->Kind;
    Block->Caller = Caller;
    HcFree(Block->Memory);
}

PEXP_BLOCK ExpFindBlock(PVOID Body, EXP_KIND Kind)
{
    PEXP_BLOCK Block = (PEXP_BLOCK)Body - 1;
    if ((ULONG_PTR)Body < PAGE_SIZE || ((ULONG_PTR)Body & 15) != 0 ||
        Block->Cookie != ((ULONG_PTR)Block ^ EXP_COOKIE_LIVE ^ (ULONG_PTR)Kind))
    {
        return NULL;
    }
    return Block;
}

PEXP_BLOCK ExpFindFreedBlock(PVOID Body, EXP_KIND Kind)
{
    PEXP_BLOCK Block = (PEXP_BLOCK)Body - 1;
    if ((ULONG_PTR)Body < PAGE_SIZE || ((ULONG_PTR)Body & 15) != 0 ||
        Block->Cookie != ((ULONG_PTR)Block ^ EXP_COOKIE_FREE ^ (ULONG_PTR)Kind))
    {
        return NULL;
    }
    return Block;
}

PCSTR ExpTagName(ULONG Tag, CHAR Buffer[5])
{
    for (ULONG Index = 0; Index < 4; Index++)
    {
        CHAR Character = (CHAR)(Tag >> (8 * Index));
        Buffer[Index] = Character >= 0x20 && Character <= 0x7E ? Character : '.';
    }
    Buffer[4] = 0;
    return Buffer;
}

/* ---- the leak report --------------------------------------------------------- */

#define EXP_SITES 128

/* Blocks alike: same kind, tag and place in the driver's code. */
typedef struct _EXP_SITE
{
    USHORT Kind;
    ULONG Tag;
    PVOID Caller;
    SIZE_T Count;
    SIZE_T Bytes;
} EXP_SITE, *PEXP_SITE;

static PEXP_SITE ExpFindSite(PEXP_SITE Sites, ULONG *SiteCount, const EXP_BLOCK *Block)
{
    for (ULONG Index = 0; Index < *SiteCount; Index++)
    {
        if (Sites[Index].Kind == Block->Kind && Sites[Index].Tag == Block->Tag &&
            Sites[Index].Caller == Block->Caller)
        {
            return &Sites[Index];
        }
    }
    if (*SiteCount == EXP_SITES)
    {
        return NULL;
    }
    PEXP_SITE Site = &Sites[(*SiteCount)++];
    Site->Kind = Block->Kind;
    Site->Tag = Block->Tag;
    Site->Caller = Block->Caller;
    Site->Count = 0;
    Site->Bytes = 0;
    return Site;
}

static VOID ExpReportSite(PCSTR DriverName, const EXP_SITE *Site)
{
    CHAR Where[160];
    CHAR Tag[5];
    PCSTR Plural = Site->Count == 1 ? "" : "s";

    HcDescribeAddress(Site->Caller, Where, sizeof(Where));
    if (Site->Kind == ExpKindIrp)
    {
        HcLog(HcLogWarning, "%s: leaked %zu IRP%s allocated at %s", DriverName, Site->Count, Plural, Where);
    }
    else if (Site->Kind == ExpKindMdl)
    {
        HcLog(HcLogWarning, "%s: leaked %zu MDL%s allocated at %s", DriverName, Site->Count, Plural, Where);
    }
    else
    {
        HcLog(HcLogWarning, "%s: leaked %zu pool block%s, %zu bytes, tag '%s', allocated at %s", DriverName,
              Site->Count, Plural, Site->Bytes, ExpTagName(Site->Tag, Tag), Where);
    }
}

SIZE_T ExpReportBlocks(PIOP_DRIVER Driver)
{
    static EXP_SITE Sites[EXP_SITES]; /* under SitesLock: too large for a kernel-sized stack */
    static HC_LOCK SitesLock;
    PCSTR Name = Driver != NULL ? Driver->Name : "host";
    ULONG SiteCount = 0;
    SIZE_T Total = 0;
    SIZE_T Unlisted = 0;

    HcAcquireLock(&SitesLock);
    for (ULONG Index = 0; Index < EXP_SHARDS; Index++)
    {
        HcAcquireLock(&Shards[Index].Lock);
        PLIST_ENTRY Head = &Shards[Index].Blocks;
        for (PLIST_ENTRY Link = Head->Flink; Link != NULL && Link != Head; Link = Link->Flink)
        {
            PEXP_BLOCK Block = CONTAINING_RECORD(Link, EXP_BLOCK, Link);
            if (Block->Driver != Driver)
            {
                continue;
            }
            Total++;
            PEXP_SITE Site = ExpFindSite(Sites, &SiteCount, Block);
            if (Site == NULL)
            {
                Unlisted++;
                continue;
            }
            Site->Count++;
            Site->Bytes += Block->Size;
        }
        HcReleaseLock(&Shards[Index].Lock);
    }
    for (ULONG Index = 0; Index < SiteCount; Index++)
    {
        ExpReportSite(Name, &Sites[Index]);
    }
    HcReleaseLock(&SitesLock);
    if (Unlisted != 0)
    {
        HcLog(HcLogWarning, "%s: leaked %zu more blocks from further places", Name, Unlisted);
    }
    return Total;
}

VOID ExpOrphanBlocks(PIOP_DRIVER Driver)
{
    for (ULONG Index = 0; Index < EXP_SHARDS; Index++)
    {
        HcAcquireLock(&Shards[Index].Lock);
        PLIST_ENTRY Head = &Shards[Index].Blocks;
        for (PLIST_ENTRY Link = Head->Flink; Link != NULL && Link != Head; Link = Link->Flink)
        {
            PEXP_BLOCK Block = CONTAINING_RECORD(Link, EXP_BLOCK, Link);
            if (Block->Driver == Driver)
            {
                Block->Driver = NULL;
            }
        }
        HcReleaseLock(&Shards[Index].Lock);
    }
}

SIZE_T ExpCountBlocks(PIOP_DRIVER Driver, EXP_KIND Kind, SIZE_T *Bytes)
{
    SIZE_T Count = 0;
    SIZE_T Sum = 0;
    for (ULONG Index = 0; Index < EXP_SHARDS; Index++)
    {
        HcAcquireLock(&Shards[Index].Lock);
        PLIST_ENTRY Head = &Shards[Index].Blocks;
        for (PLIST_ENTRY Link = Head->Flink; Link != NULL && Link != Head; Link = Link->Flink)
        {
            PEXP_BLOCK Block = CONTAINING_RECORD(Link, EXP_BLOCK, Link);
            if (Block->Driver == Driver && Block->Kind == Kind)
            {
                Count++;
                Sum += Block->Size;
            }
        }
        HcReleaseLock(&Shards[Index].Lock);
    }
    if (Bytes != NULL)
    {
        *Bytes = Sum;
    }
    return Count;
}

/* ---- what drivers call ---------------------------------------------------------- */

/* Paged pool is resident, too (DIV-26); only where it may be allocated is checked. */

#define EXP_TAG_NONE 'enoN' /* what NT gives a caller that names no tag */

static PVOID ExpAllocatePool(BOOLEAN Paged, BOOLEAN Zero, BOOLEAN Raise, SIZE_T NumberOfBytes, ULONG Tag,
                             PCSTR Function, PVOID Caller)
{
    KiCheckIrqlMax(Paged ? APC_LEVEL : DISPATCH_LEVEL, Function, Caller);
    PVOID Body = ExpAllocateBlock(ExpKindPool, NumberOfBytes, Tag, Paged ? EXP_BLOCK_PAGED : 0, Caller);
    if (Body == NULL)
    {
        if (Raise)
        {
            ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
        }
        return NULL;
    }
    if (Zero)
    {
        RtlZeroMemory(Body, NumberOfBytes);
    }
    return Body;
}

/* One block of pool; contents undefined unless POOL_ZERO_ALLOCATION. The caller
 * owns it until ExFreePool(WithTag). NonPaged at IRQL <= DISPATCH_LEVEL, Paged at
 * <= APC_LEVEL. NULL when exhausted, or raises STATUS_INSUFFICIENT_RESOURCES with
 * POOL_RAISE_IF_ALLOCATION_FAILURE. Page: nf-wdm-exallocatepoolwithtag. */
PVOID NTAPI ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return ExpAllocatePool((PoolType & PagedPool) != 0, (PoolType & POOL_ZERO_ALLOCATION) != 0,
                           (PoolType & POOL_RAISE_IF_ALLOCATION_FAILURE) != 0, NumberOfBytes, Tag, __func__,
                           __builtin_return_address(0));
}

/* As ExAllocatePoolWithTag; Priority is advice and changes nothing here. Page:
 * nf-wdm-exallocatepoolwithtagpriority. */
PVOID NTAPI ExAllocatePoolWithTagPriority(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                                          EX_POOL_PRIORITY Priority)
{
    UNREFERENCED_PARAMETER(Priority);
    return ExpAllocatePool((PoolType & PagedPool) != 0, (PoolType & POOL_ZERO_ALLOCATION) != 0,
                           (PoolType & POOL_RAISE_IF_ALLOCATION_FAILURE) != 0, NumberOfBytes, Tag, __func__,
                           __builtin_return_address(0));
}

/* As ExAllocatePoolWithTag with the tag 'None'. Page: nf-wdm-exallocatepool. */
PVOID NTAPI ExAllocatePool(POOL_TYPE PoolType, SIZE_T NumberOfBytes)
{
    return ExpAllocatePool((PoolType & PagedPool) != 0, (PoolType & POOL_ZERO_ALLOCATION) != 0,
                           (PoolType & POOL_RAISE_IF_ALLOCATION_FAILURE) != 0, NumberOfBytes, EXP_TAG_NONE, __func__,
                           __builtin_return_address(0));
}

/* As ExAllocatePoolWithTag, but raises STATUS_INSUFFICIENT_RESOURCES when
 * exhausted unless POOL_QUOTA_FAIL_INSTEAD_OF_RAISE; there are no quotas to
 * exceed. Page: nf-wdm-exallocatepoolwithquotatag. */
PVOID NTAPI ExAllocatePoolWithQuotaTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return ExpAllocatePool((PoolType & PagedPool) != 0, (PoolType & POOL_ZERO_ALLOCATION) != 0,
                           (PoolType & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE) == 0, NumberOfBytes, Tag, __func__,
                           __builtin_return_address(0));
}

/* As ExAllocatePoolWithQuotaTag with the tag 'None'. */
PVOID NTAPI ExAllocatePoolWithQuota(POOL_TYPE PoolType, SIZE_T NumberOfBytes)
{
    return ExpAllocatePool((PoolType & PagedPool) != 0, (PoolType & POOL_ZERO_ALLOCATION) != 0,
                           (PoolType & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE) == 0, NumberOfBytes, EXP_TAG_NONE, __func__,
                           __builtin_return_address(0));
}

/* One block of pool, zeroed unless POOL_FLAG_UNINITIALIZED. Required flags are the
 * low 32 bits; unknown ones there, no or two memory kinds, or a zero tag fail: NULL,
 * or with POOL_FLAG_RAISE_ON_FAILURE an exception. IRQL as ExAllocatePoolWithTag.
 * Pages: nf-wdm-exallocatepool2, pool_flags. */
PVOID NTAPI ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag)
{
    const POOL_FLAGS Known = POOL_FLAG_USE_QUOTA | POOL_FLAG_UNINITIALIZED | POOL_FLAG_SESSION |
                             POOL_FLAG_CACHE_ALIGNED | POOL_FLAG_RAISE_ON_FAILURE | POOL_FLAG_NON_PAGED |
                             POOL_FLAG_NON_PAGED_EXECUTE | POOL_FLAG_PAGED;
    const POOL_FLAGS Kinds = POOL_FLAG_NON_PAGED | POOL_FLAG_NON_PAGED_EXECUTE | POOL_FLAG_PAGED;
    PVOID Caller = __builtin_return_address(0);
    POOL_FLAGS Kind = Flags & Kinds;
    BOOLEAN Raise = (Flags & POOL_FLAG_RAISE_ON_FAILURE) != 0;

    if (Tag == 0 || Kind == 0 || (Kind & (Kind - 1)) != 0 || (Flags & 0xFFFFFFFFULL & ~Known) != 0)
    {
        if (Tag == 0)
        {
            KiReportMisuse(Caller, __func__, "the tag is zero");
        }
        else
        {
            KiReportMisuse(Caller, __func__, "unknown flags, or not exactly one kind of memory");
        }
        if (Raise)
        {
            ExRaiseStatus(STATUS_INVALID_PARAMETER);
        }
        return NULL;
    }
    return ExpAllocatePool(Kind == POOL_FLAG_PAGED, (Flags & POOL_FLAG_UNINITIALIZED) == 0, Raise, NumberOfBytes,
                           Tag, __func__, Caller);
}

static DECLSPEC_NORETURN VOID ExpBadFree(PVOID P, PVOID Caller)
{
    PEXP_BLOCK Freed = ExpFindFreedBlock(P, ExpKindPool);
    CHAR Where[160];
    CHAR Tag[5];

    if (Freed != NULL)
    {
        HcDescribeAddress(Freed->Caller, Where, sizeof(Where));
        KiBugCheck(BAD_POOL_CALLER, Caller, NULL,
                   "pool block %p (tag '%s', %zu bytes) is freed a second time; it was freed before at %s", P,
                   ExpTagName(Freed->Tag, Tag), (size_t)Freed->Size, Where);
    }
    KiBugCheck(BAD_POOL_CALLER, Caller, NULL,
               "%p is freed, which is no block of pool: not the start of one, or freed before", P);
}

static VOID ExpFreePool(PVOID P, ULONG Tag, PCSTR Function, PVOID Caller)
{
    PEXP_BLOCK Block = ExpFindBlock(P, ExpKindPool);
    CHAR Given[5];
    CHAR Real[5];

    if (Block == NULL)
    {
        ExpBadFree(P, Caller);
    }
    if (Tag != 0 && Tag != Block->Tag)
    {
        KiBugCheck(BAD_POOL_CALLER, Caller, NULL,
                   "pool block %p (%zu bytes) is freed with the tag '%s' but was allocated with '%s'", P,
                   (size_t)Block->Size, ExpTagName(Tag, Given), ExpTagName(Block->Tag, Real));
    }
    KiCheckIrqlMax((Block->Flags & EXP_BLOCK_PAGED) != 0 ? APC_LEVEL : DISPATCH_LEVEL, Function, Caller);
    ExpFreeBlock(P, Caller);
}

VOID ExpFreePoolFor(PVOID P, PVOID Caller)
{
    ExpFreePool(P, 0, "ExFreePool", Caller);
}

/* Gives a block of pool back. IRQL as for its allocation. A bugcheck when P is not
 * the start of a live block. Page: nf-ntddk-exfreepool. */
VOID NTAPI ExFreePool(PVOID P)
{
    ExpFreePool(P, 0, __func__, __builtin_return_address(0));
}

/* As ExFreePool; a tag other than the block's (zero: any) is a bugcheck. Page:
 * nf-wdm-exfreepoolwithtag. */
VOID NTAPI ExFreePoolWithTag(PVOID P, ULONG Tag)
{
    ExpFreePool(P, Tag, __func__, __builtin_return_address(0));
}

/* As ExFreePoolWithTag; no extended parameter is known yet, on Windows neither.
 * Page: nf-wdm-exfreepool2. */
VOID NTAPI ExFreePool2(PVOID P, ULONG Tag, const void *ExtendedParameters, ULONG ExtendedParametersCount)
{
    UNREFERENCED_PARAMETER(ExtendedParameters);
    UNREFERENCED_PARAMETER(ExtendedParametersCount);
    ExpFreePool(P, Tag, __func__, __builtin_return_address(0));
}
