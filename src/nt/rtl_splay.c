// SPDX-License-Identifier: MIT
/*
 * Generic tables as splay trees: what was looked up last is at the root. Beside
 * the tree the elements are in a list, in the order they were inserted. The driver
 * allocates each element's memory and locks the table.
 */
#include "nt/ntp.h"

/* In front of an element's bytes. */
typedef struct _RTLP_SPLAY_NODE
{
    RTL_SPLAY_LINKS Links;
    LIST_ENTRY ListEntry;
} RTLP_SPLAY_NODE, *PRTLP_SPLAY_NODE;

static PVOID RtlpSplayElement(PRTL_SPLAY_LINKS Links)
{
    return Links != NULL ? (PVOID)((PRTLP_SPLAY_NODE)Links + 1) : NULL;
}

/* ---- the tree: a root's parent is NULL ---------------------------------------------------- */

static VOID RtlpSplayHang(PRTL_SPLAY_LINKS Parent, BOOLEAN Left, PRTL_SPLAY_LINKS Node)
{
    if (Left)
    {
        Parent->LeftChild = Node;
    }
    else
    {
        Parent->RightChild = Node;
    }
    if (Node != NULL)
    {
        Node->Parent = Parent;
    }
}

/* Node changes places with its parent. */
static VOID RtlpSplayUp(PRTL_SPLAY_LINKS Node)
{
    PRTL_SPLAY_LINKS Parent = Node->Parent;
    PRTL_SPLAY_LINKS Above = Parent->Parent;
    BOOLEAN Left = Parent->LeftChild == Node;
    BOOLEAN AboveLeft = Above != NULL && Above->LeftChild == Parent;

    RtlpSplayHang(Parent, Left, Left ? Node->RightChild : Node->LeftChild);
    RtlpSplayHang(Node, !Left, Parent);
    Node->Parent = Above;
    if (Above != NULL)
    {
        RtlpSplayHang(Above, AboveLeft, Node);
    }
}

static VOID RtlpSplay(PRTL_GENERIC_TABLE Table, PRTL_SPLAY_LINKS Node)
{
    while (Node->Parent != NULL)
    {
        PRTL_SPLAY_LINKS Parent = Node->Parent;
        PRTL_SPLAY_LINKS Above = Parent->Parent;
        if (Above != NULL)
        {
            BOOLEAN Straight = (Parent->LeftChild == Node) == (Above->LeftChild == Parent);
            RtlpSplayUp(Straight ? Parent : Node);
        }
        RtlpSplayUp(Node);
    }
    Table->TableRoot = Node;
}

static PRTL_SPLAY_LINKS RtlpSplayFirst(PRTL_SPLAY_LINKS Node)
{
    while (Node != NULL && Node->LeftChild != NULL)
    {
        Node = Node->LeftChild;
    }
    return Node;
}

static PRTL_SPLAY_LINKS RtlpSplayNext(PRTL_SPLAY_LINKS Node)
{
    if (Node->RightChild != NULL)
    {
        return RtlpSplayFirst(Node->RightChild);
    }
    while (Node->Parent != NULL && Node->Parent->RightChild == Node)
    {
        Node = Node->Parent;
    }
    return Node->Parent;
}

/* The node of an equal element at the root, or NULL and whose child it would be. */
static PRTL_SPLAY_LINKS RtlpSplayFind(PRTL_GENERIC_TABLE Table, PVOID Buffer, PRTL_SPLAY_LINKS *Parent, PBOOLEAN Left)
{
    PRTL_SPLAY_LINKS Node = Table->TableRoot;

    *Parent = NULL;
    *Left = FALSE;
    while (Node != NULL)
    {
        RTL_GENERIC_COMPARE_RESULTS Order = Table->CompareRoutine(Table, Buffer, RtlpSplayElement(Node));
        if (Order == GenericEqual)
        {
            RtlpSplay(Table, Node);
            return Node;
        }
        *Parent = Node;
        *Left = Order == GenericLessThan;
        Node = *Left ? Node->LeftChild : Node->RightChild;
    }
    return NULL;
}

/* ---- the functions -------------------------------------------------------------------------- */

/* An empty table; the routines are the driver's. IRQL <= DISPATCH_LEVEL for all of
 * these, as far as the routines allow. Page: nf-ntddk-rtlinitializegenerictable. */
VOID NTAPI RtlInitializeGenericTable(PRTL_GENERIC_TABLE Table, PRTL_GENERIC_COMPARE_ROUTINE CompareRoutine,
                                     PRTL_GENERIC_ALLOCATE_ROUTINE AllocateRoutine,
                                     PRTL_GENERIC_FREE_ROUTINE FreeRoutine, PVOID TableContext)
{
    RtlZeroMemory(Table, sizeof(*Table));
    InitializeListHead(&Table->InsertOrderList);
    Table->OrderedPointer = &Table->InsertOrderList;
    Table->CompareRoutine = CompareRoutine;
    Table->AllocateRoutine = AllocateRoutine;
    Table->FreeRoutine = FreeRoutine;
    Table->TableContext = TableContext;
}

/* The element equal to Buffer, which is copied when there is none (*NewElement, may
 * be NULL, says which). NULL: the allocate routine gave nothing. Page:
 * nf-ntddk-rtlinsertelementgenerictable. */
PVOID NTAPI RtlInsertElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer, ULONG BufferSize, PBOOLEAN NewElement)
{
    PRTL_SPLAY_LINKS Parent;
    BOOLEAN Left;
    PRTL_SPLAY_LINKS Node = RtlpSplayFind(Table, Buffer, &Parent, &Left);
    PRTLP_SPLAY_NODE Made = NULL;

    if (Node == NULL)
    {
        Made = Table->AllocateRoutine(Table, BufferSize + (ULONG)sizeof(RTLP_SPLAY_NODE));
    }
    if (Made != NULL)
    {
        RtlZeroMemory(Made, sizeof(*Made));
        RtlCopyMemory(Made + 1, Buffer, BufferSize);
        InsertTailList(&Table->InsertOrderList, &Made->ListEntry);
        Table->NumberGenericTableElements++;
        Node = &Made->Links;
        if (Parent != NULL)
        {
            RtlpSplayHang(Parent, Left, Node);
        }
        RtlpSplay(Table, Node);
    }
    if (NewElement != NULL)
    {
        *NewElement = Made != NULL;
    }
    return RtlpSplayElement(Node);
}

/* Removes the element equal to Buffer; FALSE: there is none. Page:
 * nf-ntddk-rtldeleteelementgenerictable. */
BOOLEAN NTAPI RtlDeleteElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer)
{
    PRTL_SPLAY_LINKS Parent;
    BOOLEAN Left;
    PRTL_SPLAY_LINKS Node = RtlpSplayFind(Table, Buffer, &Parent, &Left);

    if (Node == NULL)
    {
        return FALSE;
    }
    /* It is the root: what is greater hangs below the greatest of what is less. */
    PRTL_SPLAY_LINKS Less = Node->LeftChild;
    PRTL_SPLAY_LINKS Greater = Node->RightChild;
    Table->TableRoot = Less != NULL ? Less : Greater;
    if (Table->TableRoot != NULL)
    {
        Table->TableRoot->Parent = NULL;
    }
    if (Less != NULL && Greater != NULL)
    {
        while (Less->RightChild != NULL)
        {
            Less = Less->RightChild;
        }
        RtlpSplay(Table, Less);
        RtlpSplayHang(Less, FALSE, Greater);
    }
    RemoveEntryList(&CONTAINING_RECORD(Node, RTLP_SPLAY_NODE, Links)->ListEntry);
    Table->NumberGenericTableElements--;
    Table->OrderedPointer = &Table->InsertOrderList;
    Table->WhichOrderedElement = 0;
    Table->FreeRoutine(Table, Node);
    return TRUE;
}

/* The element equal to Buffer, or NULL. Page: nf-ntddk-rtllookupelementgenerictable. */
PVOID NTAPI RtlLookupElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer)
{
    PRTL_SPLAY_LINKS Parent;
    BOOLEAN Left;
    return RtlpSplayElement(RtlpSplayFind(Table, Buffer, &Parent, &Left));
}

/* The I-th element of those there are, in the order of their insertion, or NULL.
 * Page: nf-ntddk-rtlgetelementgenerictable. */
PVOID NTAPI RtlGetElementGenericTable(PRTL_GENERIC_TABLE Table, ULONG I)
{
    if (I >= Table->NumberGenericTableElements)
    {
        return NULL;
    }
    /* From where the last call stopped, if that is not beyond. */
    if (Table->WhichOrderedElement == 0 || Table->WhichOrderedElement > I + 1)
    {
        Table->OrderedPointer = &Table->InsertOrderList;
        Table->WhichOrderedElement = 0;
    }
    while (Table->WhichOrderedElement <= I)
    {
        Table->OrderedPointer = Table->OrderedPointer->Flink;
        Table->WhichOrderedElement++;
    }
    return CONTAINING_RECORD(Table->OrderedPointer, RTLP_SPLAY_NODE, ListEntry) + 1;
}

/* The first element in order (Restart), or the next after the last call, which is at
 * the root; NULL at the end. Page: nf-ntddk-rtlenumerategenerictable. */
PVOID NTAPI RtlEnumerateGenericTable(PRTL_GENERIC_TABLE Table, BOOLEAN Restart)
{
    PRTL_SPLAY_LINKS Node = Table->TableRoot;

    if (Node != NULL)
    {
        Node = Restart ? RtlpSplayFirst(Node) : RtlpSplayNext(Node);
    }
    if (Node != NULL)
    {
        RtlpSplay(Table, Node);
    }
    return RtlpSplayElement(Node);
}

/* Page: nf-ntddk-rtlnumbergenerictableelements. */
ULONG NTAPI RtlNumberGenericTableElements(PRTL_GENERIC_TABLE Table)
{
    return Table->NumberGenericTableElements;
}

/* Page: nf-ntddk-rtlisgenerictableempty. */
BOOLEAN NTAPI RtlIsGenericTableEmpty(PRTL_GENERIC_TABLE Table)
{
    return Table->TableRoot == NULL;
}
