// SPDX-License-Identifier: MIT
/* Sequenced lists and the interlocked lists with a spin lock. */
#include "kernel_test.h"

typedef struct _ITEM
{
    SLIST_ENTRY Entry;
    ULONG Number;
} ITEM, *PITEM;

/* Given pushes and pops. Then the list is a stack that counts. */
TEST(KE, an_slist_is_a_stack)
{
    SLIST_HEADER Head;
    ITEM Items[3];

    CHECK_EQ(sizeof(SLIST_HEADER), 16);
    __builtin_memset(&Head, 0xEE, sizeof(Head));
    InitializeSListHead(&Head);
    CHECK_EQ(ExQueryDepthSList(&Head), 0);
    CHECK(InterlockedPopEntrySList(&Head) == NULL);
    CHECK(InterlockedPushEntrySList(&Head, &Items[0].Entry) == NULL);
    CHECK(InterlockedPushEntrySList(&Head, &Items[1].Entry) == &Items[0].Entry);
    CHECK(InterlockedPushEntrySList(&Head, &Items[2].Entry) == &Items[1].Entry);
    CHECK_EQ(QueryDepthSList(&Head), 3);
    CHECK(FirstEntrySList(&Head) == &Items[2].Entry);
    CHECK(InterlockedPopEntrySList(&Head) == &Items[2].Entry);
    PSLIST_ENTRY Chain = InterlockedFlushSList(&Head);
    CHECK(Chain == &Items[1].Entry);
    CHECK(Chain->Next == &Items[0].Entry);
    CHECK(Chain->Next->Next == NULL);
    CHECK_EQ(ExQueryDepthSList(&Head), 0);
    Items[2].Entry.Next = &Items[1].Entry;
    CHECK(InterlockedPushListSListEx(&Head, &Items[2].Entry, &Items[0].Entry, 3) == NULL);
    CHECK_EQ(ExQueryDepthSList(&Head), 3);
}

#define THREADS 4
#define ITEMS 64
#define ROUNDS 20000

static SLIST_HEADER Shared;

/* Pops, writes to what it owns, pushes: a race would show as two owners. */
static VOID NTAPI Rotate(PVOID Context)
{
    PULONG Sum = Context;
    for (ULONG Round = 0; Round < ROUNDS; Round++)
    {
        PSLIST_ENTRY Entry = InterlockedPopEntrySList(&Shared);
        if (Entry != NULL)
        {
            PITEM Item = CONTAINING_RECORD(Entry, ITEM, Entry);
            Item->Number++;
            *Sum += 1;
            InterlockedPushEntrySList(&Shared, Entry);
        }
    }
}

/* Given threads that pop and push. Then every item has one owner at a time and none
 * is lost. */
TEST(KE, an_slist_is_shared_by_threads)
{
    static ITEM Items[ITEMS];
    ULONG Sums[THREADS] = {0};
    PVOID Threads[THREADS];

    InitializeSListHead(&Shared);
    for (ULONG Index = 0; Index < ITEMS; Index++)
    {
        InterlockedPushEntrySList(&Shared, &Items[Index].Entry);
    }
    for (ULONG Index = 0; Index < THREADS; Index++)
    {
        Threads[Index] = StartThread(Rotate, &Sums[Index]);
    }
    ULONG Total = 0;
    for (ULONG Index = 0; Index < THREADS; Index++)
    {
        JoinThread(Threads[Index]);
        Total += Sums[Index];
    }
    CHECK_EQ(ExQueryDepthSList(&Shared), ITEMS);
    ULONG Count = 0;
    ULONG Numbers = 0;
    for (PSLIST_ENTRY Entry = InterlockedFlushSList(&Shared); Entry != NULL; Entry = Entry->Next)
    {
        Count++;
        Numbers += CONTAINING_RECORD(Entry, ITEM, Entry)->Number;
    }
    CHECK_EQ(Count, ITEMS);
    CHECK_EQ(Numbers, Total);
}

/* Given the lists with a spin lock. Then they return what was there before. */
TEST(KE, interlocked_lists_return_the_old_end)
{
    KSPIN_LOCK Lock;
    LIST_ENTRY Head;
    LIST_ENTRY Entries[3];
    SINGLE_LIST_ENTRY Single = {NULL};
    SINGLE_LIST_ENTRY One;
    KIRQL OldIrql;

    KeInitializeSpinLock(&Lock);
    InitializeListHead(&Head);
    CHECK(ExInterlockedRemoveHeadList(&Head, &Lock) == NULL);
    CHECK(ExInterlockedInsertTailList(&Head, &Entries[0], &Lock) == NULL);
    CHECK(ExInterlockedInsertTailList(&Head, &Entries[1], &Lock) == &Entries[0]);
    CHECK(ExInterlockedInsertHeadList(&Head, &Entries[2], &Lock) == &Entries[0]);
    CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KeRaiseIrql(DISPATCH_LEVEL, &OldIrql);
    PLIST_ENTRY First = ExInterlockedRemoveHeadList(&Head, &Lock);
    KIRQL Inside = KeGetCurrentIrql();
    KeLowerIrql(OldIrql);
    CHECK(First == &Entries[2]);
    CHECK_EQ(Inside, DISPATCH_LEVEL);
    CHECK(ExInterlockedRemoveHeadList(&Head, &Lock) == &Entries[0]);
    CHECK(ExInterlockedRemoveHeadList(&Head, &Lock) == &Entries[1]);
    CHECK(IsListEmpty(&Head));
    CHECK(ExInterlockedPushEntryList(&Single, &One, &Lock) == NULL);
    CHECK(ExInterlockedPopEntryList(&Single, &Lock) == &One);
    CHECK(ExInterlockedPopEntryList(&Single, &Lock) == NULL);
    ULONG Number = 5;
    CHECK_EQ(ExInterlockedAddUlong(&Number, 3, &Lock), 5);
    CHECK_EQ(Number, 8);
    LARGE_INTEGER Large = {.QuadPart = 1LL << 40};
    LARGE_INTEGER Step = {.QuadPart = -1};
    CHECK(ExInterlockedAddLargeInteger(&Large, Step, &Lock).QuadPart == 1LL << 40);
    CHECK(Large.QuadPart == (1LL << 40) - 1);
}

/* Given links that do not fit together. Then removing is a bugcheck. */
TEST(KE, a_corrupt_list_is_a_bugcheck)
{
    if (t_is_child("KE_a_corrupt_list_is_a_bugcheck"))
    {
        LIST_ENTRY Head;
        LIST_ENTRY Entry;
        InitializeListHead(&Head);
        InsertTailList(&Head, &Entry);
        RemoveEntryList(&Entry);
        RemoveEntryList(&Entry);
        return;
    }
    CHECK_BUGCHECK("KE_a_corrupt_list_is_a_bugcheck", "KERNEL_SECURITY_CHECK_FAILURE", "corrupt");
}
