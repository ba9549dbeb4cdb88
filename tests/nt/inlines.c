// SPDX-License-Identifier: MIT
/*
 * What include/wdk does inline: lists, interlocked operations, bits, strings'
 * constants, stack locations, and the formats of trace messages.
 */
#include <ntddk.h>
#include <intrin.h>
#include <initguid.h>
#include <wskhost/wpp.h>

#include "support/test.h"

DEFINE_GUID(TestGuid, 0x01020304, 0x0506, 0x0708, 1, 2, 3, 4, 5, 6, 7, 8);

TEST(HDR, lists_keep_their_order)
{
    LIST_ENTRY Head, Other, Entries[4];

    InitializeListHead(&Head);
    CHECK(IsListEmpty(&Head));
    InsertTailList(&Head, &Entries[1]);
    InsertTailList(&Head, &Entries[2]);
    InsertHeadList(&Head, &Entries[0]);
    CHECK(Head.Flink == &Entries[0] && Head.Blink == &Entries[2]);
    CHECK_EQ(RemoveEntryList(&Entries[1]), FALSE);
    InitializeListHead(&Other);
    InsertTailList(&Other, &Entries[3]);
    RemoveEntryList(&Other);
    AppendTailList(&Head, &Entries[3]);
    CHECK(Entries[2].Flink == &Entries[3] && Entries[3].Blink == &Entries[2] && Head.Blink == &Entries[3]);
    CHECK(RemoveHeadList(&Head) == &Entries[0]);
    CHECK(RemoveTailList(&Head) == &Entries[3]);
    CHECK_EQ(RemoveEntryList(&Entries[2]), TRUE);
    CHECK(IsListEmpty(&Head));
}

static CHAR Report[8192];

TEST(HDR, removing_twice_is_reported)
{
    LIST_ENTRY Head, First, Second;

    if (t_is_child("HDR_removing_twice_is_reported"))
    {
        InitializeListHead(&Head);
        InsertTailList(&Head, &First);
        InsertTailList(&Head, &Second);
        RemoveEntryList(&First);
        RemoveEntryList(&First);
        return;
    }
    CHECK(t_run_child("HDR_removing_twice_is_reported", Report, sizeof(Report)) != 0);
    CHECK(strstr(Report, "corrupt") != NULL);
}

TEST(HDR, interlocked_returns_what_windows_returns)
{
    LONG Value = 5;
    LONG64 Wide = 1;
    SHORT Short = 7;
    PVOID Pointer = NULL;

    CHECK_EQ(InterlockedIncrement(&Value), 6);
    CHECK_EQ(InterlockedDecrement(&Value), 5);
    CHECK_EQ(InterlockedExchange(&Value, 9), 5);
    CHECK_EQ(InterlockedExchangeAdd(&Value, 3), 9);
    CHECK_EQ(InterlockedAdd(&Value, 3), 15);
    CHECK_EQ(InterlockedOr(&Value, 0x10), 15);
    CHECK_EQ(InterlockedAnd(&Value, 0x18), 0x1F);
    CHECK_EQ(InterlockedXor(&Value, 0x08), 0x18);
    CHECK_EQ(InterlockedCompareExchange(&Value, 1, 2), 0x10);
    CHECK_EQ(InterlockedCompareExchange(&Value, 1, 0x10), 0x10);
    CHECK_EQ(Value, 1);
    CHECK_EQ(InterlockedExchangeAdd64(&Wide, 1LL << 40), 1);
    CHECK_EQ(InterlockedCompareExchange64(&Wide, -1, (1LL << 40) + 1), (1LL << 40) + 1);
    CHECK_EQ(Wide, -1);
    CHECK_EQ(InterlockedCompareExchange16(&Short, 8, 7), 7);
    CHECK_EQ(Short, 8);
    CHECK(InterlockedExchangePointer(&Pointer, &Value) == NULL);
    CHECK(InterlockedCompareExchangePointer(&Pointer, NULL, &Value) == &Value);
    CHECK(ReadPointerAcquire(&Pointer) == NULL);
}

TEST(HDR, bit_operations)
{
    LONG Bits[2] = {0, 0};
    LONG64 Wide = 0;
    ULONG Index = 99;

    CHECK_EQ(InterlockedBitTestAndSet(Bits, 33), 0);
    CHECK_EQ(InterlockedBitTestAndSet(Bits, 33), 1);
    CHECK_EQ(Bits[1], 2);
    CHECK_EQ(InterlockedBitTestAndReset(Bits, 33), 1);
    CHECK_EQ(Bits[1], 0);
    CHECK_EQ(InterlockedBitTestAndSet64(&Wide, 63), 0);
    CHECK_EQ(InterlockedBitTestAndReset64(&Wide, 63), 1);
    CHECK_EQ(_BitScanReverse(&Index, 0x00010001), 1);
    CHECK_EQ(Index, 16);
    CHECK_EQ(_BitScanForward64(&Index, 1ULL << 40), 1);
    CHECK_EQ(Index, 40);
    CHECK_EQ(_BitScanForward(&Index, 0), 0);
    CHECK_EQ(_bittest64(&Wide, 63), 0);
    CHECK_EQ(RtlUshortByteSwap(0x1234), 0x3412);
    CHECK_EQ(RtlUlongByteSwap(0x12345678), 0x78563412);
    CHECK_EQ(RtlUlonglongByteSwap(0x0102030405060708ULL), 0x0807060504030201ULL);
    CHECK_EQ(_rotl(0x80000001, 1), 3);
    CHECK_EQ(_rotr(0x80000001, 0), 0x80000001);
}

TEST(HDR, string_constants_count_bytes)
{
    static const UNICODE_STRING Constant = RTL_CONSTANT_STRING(L"abc");
    static const ANSI_STRING Ansi = RTL_CONSTANT_STRING("abc");
    DECLARE_UNICODE_STRING_SIZE(Room, 10);

    CHECK_EQ(Constant.Length, 6);
    CHECK_EQ(Constant.MaximumLength, 8);
    CHECK_EQ(Ansi.Length, 3);
    CHECK_EQ(Room.Length, 0);
    CHECK_EQ(Room.MaximumLength, 20);
}

TEST(HDR, guids_compare_by_value)
{
    GUID Copy = TestGuid;

    CHECK(IsEqualGUID(&Copy, &TestGuid));
    Copy.Data4[7] = 9;
    CHECK(!IsEqualGUID(&Copy, &TestGuid));
}

TEST(HDR, stack_locations_move_as_windows_does)
{
    DECLSPEC_ALIGN(16) UCHAR Memory[sizeof(IRP) + 2 * sizeof(IO_STACK_LOCATION)];
    PIRP Irp = (PIRP)Memory;

    RtlFillMemory(Memory, sizeof(Memory), 0xA5);
    IoInitializeIrp(Irp, IoSizeOfIrp(2), 2);
    IoSetNextIrpStackLocation(Irp);
    PIO_STACK_LOCATION Top = IoGetCurrentIrpStackLocation(Irp);
    Top->MajorFunction = IRP_MJ_READ;
    Top->Parameters.Others.Argument4 = &Memory;
    Top->Context = &Memory;
    Top->Control = 0xFF;
    IoCopyCurrentIrpStackLocationToNext(Irp);
    PIO_STACK_LOCATION Next = IoGetNextIrpStackLocation(Irp);
    CHECK(Next == Top - 1);
    CHECK_EQ(Next->MajorFunction, IRP_MJ_READ);
    CHECK(Next->Parameters.Others.Argument4 == &Memory);
    CHECK(Next->Context == NULL);
    CHECK_EQ(Next->Control, 0);
    IoSetCompletionRoutine(Irp, NULL, NULL, TRUE, FALSE, TRUE);
    CHECK_EQ(Next->Control, SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_CANCEL);
    Top->Control = 0;
    IoMarkIrpPending(Irp);
    CHECK_EQ(Top->Control, SL_PENDING_RETURNED);
    CHAR Location = Irp->CurrentLocation;
    IoSkipCurrentIrpStackLocation(Irp);
    CHECK_EQ(Irp->CurrentLocation, Location + 1);
    CHECK(IoGetNextIrpStackLocation(Irp) == Top);
}

TEST(HDR, an_mdl_is_built_in_any_memory)
{
    DECLSPEC_ALIGN(16) UCHAR Memory[sizeof(MDL) + 4 * sizeof(PFN_NUMBER)];
    PMDL Mdl = (PMDL)Memory;

    RtlFillMemory(Memory, sizeof(Memory), 0xA5);
    MmInitializeMdl(Mdl, (PVOID)0x12345FFF, 0x1002);
    CHECK(Mdl->Next == NULL);
    CHECK_EQ(Mdl->Size, sizeof(MDL) + 3 * sizeof(PFN_NUMBER));
    CHECK_EQ(Mdl->MdlFlags, 0);
    CHECK_EQ(Mdl->StartVa, 0x12345000);
    CHECK_EQ(MmGetMdlByteOffset(Mdl), 0xFFF);
    CHECK_EQ(MmGetMdlByteCount(Mdl), 0x1002);
    CHECK_EQ(MmGetMdlVirtualAddress(Mdl), 0x12345FFF);
    Mdl->MdlFlags = MDL_SOURCE_IS_NONPAGED_POOL;
    Mdl->MappedSystemVa = &Memory;
    CHECK(MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority) == &Memory);
}

TEST(WPP, formats_become_debug_formats)
{
    CHECK_STR(NtpHdr_TraceFormat("plain", "F", "a.c", 3), "plain\n");
    CHECK_STR(NtpHdr_TraceFormat("ended\n", "F", "a.c", 3), "ended\n");
    CHECK_STR(NtpHdr_TraceFormat("", "F", "a.c", 3), "\n");
    CHECK_STR(NtpHdr_TraceFormat("%!FUNC! at %!FILE!:%!LINE! %!STATUS! %p %%!x", "Func", "a%b.c", 120),
              "Func at a%%b.c:120 0x%08x %p %%!x\n");
    CHECK_STR(NtpHdr_TraceFormat("%!LEVEL!%!unknown!%!open", "F", "a.c", 3), "%p%!open\n");
}

TEST(WPP, a_format_too_long_is_cut)
{
    static CHAR Long[4000];

    RtlFillMemory(Long, sizeof(Long) - 1, 'x');
    PCSTR Result = NtpHdr_TraceFormat(Long, "F", "a.c", 3);
    CHECK(strlen(Result) < 1024 && strlen(Result) > 1000);
    CHECK_EQ(Result[strlen(Result) - 1], '\n');
}
