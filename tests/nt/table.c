// SPDX-License-Identifier: MIT
/* Generic tables, both kinds, against a plain array. */
#include <ntddk.h>
#include "kernel_test.h"

#define KEYS 64
#define ROUNDS 20000

typedef struct _ITEM
{
    ULONG Key;
    ULONG Value;
} ITEM;

static ULONG Allocated;
static BOOLEAN Exhausted;
static ULONG Seed;

static ULONG Random(VOID)
{
    Seed = Seed * 1664525 + 1013904223;
    return Seed >> 8;
}

static RTL_GENERIC_COMPARE_RESULTS Order(const ITEM *First, const ITEM *Second)
{
    return First->Key < Second->Key ? GenericLessThan : First->Key > Second->Key ? GenericGreaterThan : GenericEqual;
}

static PVOID Allocate(ULONG Size)
{
    PVOID Memory = Exhausted ? NULL : ExAllocatePool2(POOL_FLAG_NON_PAGED, Size, 'elbT');
    Allocated += Memory != NULL;
    return Memory;
}

static VOID Free(PVOID Buffer)
{
    Allocated--;
    ExFreePool(Buffer);
}

static RTL_GENERIC_COMPARE_RESULTS NTAPI AvlCompare(PRTL_AVL_TABLE Table, PVOID First, PVOID Second)
{
    CHECK(Table->TableContext == &Seed);
    return Order(First, Second);
}

static PVOID NTAPI AvlAllocate(PRTL_AVL_TABLE Table, ULONG ByteSize)
{
    UNREFERENCED_PARAMETER(Table);
    return Allocate(ByteSize);
}

static VOID NTAPI AvlFree(PRTL_AVL_TABLE Table, PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Table);
    Free(Buffer);
}

/* Its depth; checks order, parents and balances. */
static ULONG AvlDepth(PRTL_BALANCED_LINKS Node, PRTL_BALANCED_LINKS Parent)
{
    if (Node == NULL)
    {
        return 0;
    }
    CHECK(Node->Parent == Parent);
    ULONG Left = AvlDepth(Node->LeftChild, Node);
    ULONG Right = AvlDepth(Node->RightChild, Node);
    CHECK_EQ((LONG)Right - (LONG)Left, Node->Balance);
    CHECK(Node->Balance >= -1 && Node->Balance <= 1);
    return 1 + max(Left, Right);
}

/* Given thousands of changes. Then the tree is what an array says, and balanced. */
TEST(RTL, avl_tables)
{
    RTL_AVL_TABLE Table;
    BOOLEAN There[KEYS] = {0};
    ULONG Count = 0;

    Seed = 7;
    RtlInitializeGenericTableAvl(&Table, AvlCompare, AvlAllocate, AvlFree, &Seed);
    CHECK(RtlIsGenericTableEmptyAvl(&Table));
    CHECK(RtlEnumerateGenericTableAvl(&Table, TRUE) == NULL);
    for (ULONG Round = 0; Round < ROUNDS; Round++)
    {
        ITEM Item = {Random() % KEYS, Round};
        BOOLEAN New = 77;
        if (Random() % 2 != 0)
        {
            ITEM *Element = RtlInsertElementGenericTableAvl(&Table, &Item, sizeof(Item), &New);
            CHECK(Element != NULL && Element->Key == Item.Key);
            CHECK_EQ(New, !There[Item.Key]);
            CHECK(((ULONG_PTR)Element & 7) == 0);
            Count += New;
            There[Item.Key] = TRUE;
        }
        else
        {
            CHECK_EQ(RtlDeleteElementGenericTableAvl(&Table, &Item), There[Item.Key]);
            Count -= There[Item.Key];
            There[Item.Key] = FALSE;
        }
        CHECK_EQ(RtlNumberGenericTableElementsAvl(&Table), Count);
        if (Round % 16 == 0)
        {
            CHECK_EQ(AvlDepth(Table.BalancedRoot.RightChild, &Table.BalancedRoot), Table.DepthOfTree);
        }
    }
    ULONG Seen = 0;
    PVOID Key = NULL;
    ITEM *Element = RtlEnumerateGenericTableAvl(&Table, TRUE);
    for (ULONG Index = 0; Index < KEYS; Index++)
    {
        ITEM Item = {Index, 0};
        CHECK_EQ(RtlLookupElementGenericTableAvl(&Table, &Item) != NULL, There[Index]);
        if (There[Index])
        {
            CHECK(Element != NULL && Element->Key == Index);
            CHECK(RtlGetElementGenericTableAvl(&Table, Seen) == Element);
            CHECK(RtlEnumerateGenericTableWithoutSplayingAvl(&Table, &Key) == Element);
            Element = RtlEnumerateGenericTableAvl(&Table, FALSE);
            Seen++;
        }
    }
    CHECK(Element == NULL && Seen == Count);
    CHECK(RtlGetElementGenericTableAvl(&Table, Count) == NULL);
    CHECK(RtlEnumerateGenericTableWithoutSplayingAvl(&Table, &Key) == NULL);
    while ((Element = RtlGetElementGenericTableAvl(&Table, 0)) != NULL)
    {
        CHECK(RtlDeleteElementGenericTableAvl(&Table, Element));
    }
    CHECK(RtlIsGenericTableEmptyAvl(&Table));
    CHECK_EQ(Table.DepthOfTree, 0);
    CHECK_EQ(Allocated, 0);
}

/* Given an enumeration that deletes what it sees. Then it still sees everything. */
TEST(RTL, avl_elements_are_deleted_while_enumerated)
{
    RTL_AVL_TABLE Table;
    ULONG Seen = 0;

    Seed = 7;
    RtlInitializeGenericTableAvl(&Table, AvlCompare, AvlAllocate, AvlFree, &Seed);
    for (ULONG Index = 0; Index < 20; Index++)
    {
        ITEM Item = {Index, 0};
        RtlInsertElementGenericTableAvl(&Table, &Item, sizeof(Item), NULL);
    }
    for (ITEM *Element = RtlEnumerateGenericTableAvl(&Table, TRUE); Element != NULL;
         Element = RtlEnumerateGenericTableAvl(&Table, FALSE))
    {
        CHECK_EQ(Element->Key, Seen);
        Seen++;
        ITEM Copy = *Element;
        CHECK(RtlDeleteElementGenericTableAvl(&Table, &Copy));
    }
    CHECK_EQ(Seen, 20);
    CHECK_EQ(Allocated, 0);
}

static RTL_GENERIC_COMPARE_RESULTS NTAPI Compare(PRTL_GENERIC_TABLE Table, PVOID First, PVOID Second)
{
    CHECK(Table->TableContext == &Seed);
    return Order(First, Second);
}

static PVOID NTAPI TableAllocate(PRTL_GENERIC_TABLE Table, ULONG ByteSize)
{
    UNREFERENCED_PARAMETER(Table);
    return Allocate(ByteSize);
}

static VOID NTAPI TableFree(PRTL_GENERIC_TABLE Table, PVOID Buffer)
{
    UNREFERENCED_PARAMETER(Table);
    Free(Buffer);
}

TEST(RTL, splay_tables)
{
    RTL_GENERIC_TABLE Table;
    BOOLEAN There[KEYS] = {0};
    ULONG Count = 0;
    ULONG Seen = 0;

    Seed = 11;
    RtlInitializeGenericTable(&Table, Compare, TableAllocate, TableFree, &Seed);
    CHECK(RtlIsGenericTableEmpty(&Table));
    CHECK(RtlEnumerateGenericTable(&Table, TRUE) == NULL);
    for (ULONG Round = 0; Round < ROUNDS; Round++)
    {
        ITEM Item = {Random() % KEYS, Round};
        BOOLEAN New = 77;
        if (Random() % 2 != 0)
        {
            ITEM *Element = RtlInsertElementGenericTable(&Table, &Item, sizeof(Item), &New);
            CHECK(Element != NULL && Element->Key == Item.Key);
            CHECK_EQ(New, !There[Item.Key]);
            Count += New;
            There[Item.Key] = TRUE;
        }
        else
        {
            CHECK_EQ(RtlDeleteElementGenericTable(&Table, &Item), There[Item.Key]);
            Count -= There[Item.Key];
            There[Item.Key] = FALSE;
        }
        CHECK_EQ(RtlNumberGenericTableElements(&Table), Count);
    }
    for (ITEM *Element = RtlEnumerateGenericTable(&Table, TRUE); Element != NULL;
         Element = RtlEnumerateGenericTable(&Table, FALSE))
    {
        while (!There[Seen])
        {
            Seen++;
        }
        CHECK_EQ(Element->Key, Seen);
        Seen++;
    }
    for (ULONG Index = 0; Index < KEYS; Index++)
    {
        ITEM Item = {Index, 0};
        CHECK_EQ(RtlLookupElementGenericTable(&Table, &Item) != NULL, There[Index]);
    }
    /* By insertion: Value is the round it was inserted in. */
    ULONG Last = 0;
    for (ULONG Index = 0; Index < Count; Index++)
    {
        ITEM *Element = RtlGetElementGenericTable(&Table, Index);
        CHECK(Element != NULL && Element->Value >= Last);
        Last = Element->Value;
    }
    CHECK(((ITEM *)RtlGetElementGenericTable(&Table, 0))->Value <= ((ITEM *)RtlGetElementGenericTable(&Table, 1))->Value);
    CHECK(RtlGetElementGenericTable(&Table, Count) == NULL);
    for (ITEM *Element; (Element = RtlGetElementGenericTable(&Table, 0)) != NULL;)
    {
        CHECK(RtlDeleteElementGenericTable(&Table, Element));
    }
    CHECK_EQ(Allocated, 0);
}

/* Given no memory. Then nothing is inserted, and nothing is broken. */
TEST(RTL, tables_without_memory)
{
    RTL_GENERIC_TABLE Table;
    RTL_AVL_TABLE AvlTable;
    ITEM Item = {1, 2};
    BOOLEAN New = 77;

    RtlInitializeGenericTable(&Table, Compare, TableAllocate, TableFree, &Seed);
    RtlInitializeGenericTableAvl(&AvlTable, AvlCompare, AvlAllocate, AvlFree, &Seed);
    Exhausted = TRUE;
    CHECK(RtlInsertElementGenericTable(&Table, &Item, sizeof(Item), &New) == NULL);
    CHECK_EQ(New, FALSE);
    New = 77;
    CHECK(RtlInsertElementGenericTableAvl(&AvlTable, &Item, sizeof(Item), &New) == NULL);
    CHECK_EQ(New, FALSE);
    Exhausted = FALSE;
    CHECK(RtlIsGenericTableEmpty(&Table) && RtlIsGenericTableEmptyAvl(&AvlTable));
}
