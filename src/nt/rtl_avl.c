// SPDX-License-Identifier: MIT
/*
 * Generic tables as balanced (AVL) trees. The driver allocates each element's
 * memory, a node in front of its bytes, and locks the table. As on Windows the
 * root hangs below BalancedRoot as its right child.
 */
#include "nt/ntp.h"

static PRTL_BALANCED_LINKS RtlpAvlRoot(PRTL_AVL_TABLE Table)
{
    return Table->BalancedRoot.RightChild;
}

static PVOID RtlpAvlElement(PRTL_BALANCED_LINKS Node)
{
    return Node != NULL ? Node + 1 : NULL;
}

/* ---- balance ------------------------------------------------------------------------------ */

/* Where Node hangs. */
static PRTL_BALANCED_LINKS *RtlpAvlSlot(PRTL_BALANCED_LINKS Node)
{
    return Node->Parent->LeftChild == Node ? &Node->Parent->LeftChild : &Node->Parent->RightChild;
}

static VOID RtlpAvlHang(PRTL_BALANCED_LINKS *Slot, PRTL_BALANCED_LINKS Parent, PRTL_BALANCED_LINKS Node)
{
    *Slot = Node;
    if (Node != NULL)
    {
        Node->Parent = Parent;
    }
}

/* Node's child on that side takes its place, Node becomes the child's other one. */
static VOID RtlpAvlRotate(PRTL_BALANCED_LINKS Node, BOOLEAN Right)
{
    PRTL_BALANCED_LINKS Parent = Node->Parent;
    PRTL_BALANCED_LINKS *Slot = RtlpAvlSlot(Node);
    PRTL_BALANCED_LINKS Child = Right ? Node->RightChild : Node->LeftChild;

    if (Right)
    {
        RtlpAvlHang(&Node->RightChild, Node, Child->LeftChild);
        RtlpAvlHang(&Child->LeftChild, Child, Node);
    }
    else
    {
        RtlpAvlHang(&Node->LeftChild, Node, Child->RightChild);
        RtlpAvlHang(&Child->RightChild, Child, Node);
    }
    RtlpAvlHang(Slot, Parent, Child);
}

/* Node is two deeper on Side (-1 left, 1 right). Returns what hangs in its place. */
static PRTL_BALANCED_LINKS RtlpAvlRepair(PRTL_BALANCED_LINKS Node, CHAR Side)
{
    BOOLEAN Right = Side > 0;
    PRTL_BALANCED_LINKS Child = Right ? Node->RightChild : Node->LeftChild;

    if (Child->Balance != -Side)
    {
        RtlpAvlRotate(Node, Right);
        BOOLEAN Even = Child->Balance == 0; /* only after a deletion */
        Node->Balance = Even ? Side : 0;
        Child->Balance = Even ? (CHAR)-Side : 0;
        return Child;
    }
    PRTL_BALANCED_LINKS Inner = Right ? Child->LeftChild : Child->RightChild;
    RtlpAvlRotate(Child, !Right);
    RtlpAvlRotate(Node, Right);
    Node->Balance = Inner->Balance == Side ? (CHAR)-Side : 0;
    Child->Balance = Inner->Balance == -Side ? Side : 0;
    Inner->Balance = 0;
    return Inner;
}

/* Node was hung in as a leaf. */
static VOID RtlpAvlGrown(PRTL_AVL_TABLE Table, PRTL_BALANCED_LINKS Node)
{
    while (Node->Parent != &Table->BalancedRoot)
    {
        PRTL_BALANCED_LINKS Parent = Node->Parent;
        CHAR Side = Parent->LeftChild == Node ? -1 : 1;
        if (Parent->Balance == Side)
        {
            RtlpAvlRepair(Parent, Side);
            return;
        }
        Parent->Balance += Side;
        if (Parent->Balance == 0)
        {
            return;
        }
        Node = Parent;
    }
    Table->DepthOfTree++;
}

/* The tree below Parent has become one less deep on Side. */
static VOID RtlpAvlShrunk(PRTL_AVL_TABLE Table, PRTL_BALANCED_LINKS Parent, CHAR Side)
{
    while (Parent != &Table->BalancedRoot)
    {
        PRTL_BALANCED_LINKS Here = Parent;
        if (Parent->Balance == -Side)
        {
            Here = RtlpAvlRepair(Parent, (CHAR)-Side);
            if (Here->Balance != 0)
            {
                return;
            }
        }
        else
        {
            Parent->Balance -= Side;
            if (Parent->Balance != 0)
            {
                return;
            }
        }
        Parent = Here->Parent;
        Side = Parent->LeftChild == Here ? -1 : 1;
    }
    Table->DepthOfTree--;
}

/* ---- walking ---------------------------------------------------------------------------------- */

static PRTL_BALANCED_LINKS RtlpAvlFirst(PRTL_AVL_TABLE Table)
{
    PRTL_BALANCED_LINKS Node = RtlpAvlRoot(Table);
    while (Node != NULL && Node->LeftChild != NULL)
    {
        Node = Node->LeftChild;
    }
    return Node;
}

static PRTL_BALANCED_LINKS RtlpAvlNext(PRTL_AVL_TABLE Table, PRTL_BALANCED_LINKS Node)
{
    if (Node->RightChild != NULL)
    {
        Node = Node->RightChild;
        while (Node->LeftChild != NULL)
        {
            Node = Node->LeftChild;
        }
        return Node;
    }
    while (Node->Parent != &Table->BalancedRoot && Node->Parent->RightChild == Node)
    {
        Node = Node->Parent;
    }
    return Node->Parent != &Table->BalancedRoot ? Node->Parent : NULL;
}

/* The node of an equal element, or where one would hang. */
static PRTL_BALANCED_LINKS RtlpAvlFind(PRTL_AVL_TABLE Table, PVOID Buffer, PRTL_BALANCED_LINKS *Parent,
                                       PRTL_BALANCED_LINKS **Slot)
{
    *Parent = &Table->BalancedRoot;
    *Slot = &Table->BalancedRoot.RightChild;
    while (**Slot != NULL)
    {
        PRTL_BALANCED_LINKS Node = **Slot;
        RTL_GENERIC_COMPARE_RESULTS Order = Table->CompareRoutine(Table, Buffer, Node + 1);
        if (Order == GenericEqual)
        {
            return Node;
        }
        *Parent = Node;
        *Slot = Order == GenericLessThan ? &Node->LeftChild : &Node->RightChild;
    }
    return NULL;
}

/* ---- the functions ---------------------------------------------------------------------------------- */

/* An empty table; the routines are the driver's. IRQL <= DISPATCH_LEVEL for all of
 * these, as far as the routines allow. Page: nf-ntddk-rtlinitializegenerictableavl. */
VOID NTAPI RtlInitializeGenericTableAvl(PRTL_AVL_TABLE Table, PRTL_AVL_COMPARE_ROUTINE CompareRoutine,
                                        PRTL_AVL_ALLOCATE_ROUTINE AllocateRoutine, PRTL_AVL_FREE_ROUTINE FreeRoutine,
                                        PVOID TableContext)
{
    RtlZeroMemory(Table, sizeof(*Table));
    Table->BalancedRoot.Parent = &Table->BalancedRoot;
    Table->CompareRoutine = CompareRoutine;
    Table->AllocateRoutine = AllocateRoutine;
    Table->FreeRoutine = FreeRoutine;
    Table->TableContext = TableContext;
}

/* The element equal to Buffer, which is copied when there is none (*NewElement, may
 * be NULL, says which). NULL: the allocate routine gave nothing. Page:
 * nf-ntddk-rtlinsertelementgenerictableavl. */
PVOID NTAPI RtlInsertElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer, ULONG BufferSize, PBOOLEAN NewElement)
{
    PRTL_BALANCED_LINKS Parent;
    PRTL_BALANCED_LINKS *Slot;
    PRTL_BALANCED_LINKS Node = RtlpAvlFind(Table, Buffer, &Parent, &Slot);
    BOOLEAN New = Node == NULL;

    if (New)
    {
        Node = Table->AllocateRoutine(Table, BufferSize + (ULONG)sizeof(RTL_BALANCED_LINKS));
        New = Node != NULL;
    }
    if (New)
    {
        RtlZeroMemory(Node, sizeof(*Node));
        RtlCopyMemory(Node + 1, Buffer, BufferSize);
        RtlpAvlHang(Slot, Parent, Node);
        Table->NumberGenericTableElements++;
        Table->OrderedPointer = NULL;
        Table->WhichOrderedElement = 0;
        RtlpAvlGrown(Table, Node);
    }
    if (NewElement != NULL)
    {
        *NewElement = New;
    }
    return RtlpAvlElement(Node);
}

/* Node, which has at most one child, out of the tree. */
static VOID RtlpAvlUnhang(PRTL_AVL_TABLE Table, PRTL_BALANCED_LINKS Node)
{
    PRTL_BALANCED_LINKS Parent = Node->Parent;
    CHAR Side = Parent->LeftChild == Node ? -1 : 1;

    RtlpAvlHang(RtlpAvlSlot(Node), Parent, Node->LeftChild != NULL ? Node->LeftChild : Node->RightChild);
    RtlpAvlShrunk(Table, Parent, Side);
}

/* Removes the element equal to Buffer; FALSE: there is none. Page:
 * nf-ntddk-rtldeleteelementgenerictableavl. */
BOOLEAN NTAPI RtlDeleteElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer)
{
    PRTL_BALANCED_LINKS Parent;
    PRTL_BALANCED_LINKS *Slot;
    PRTL_BALANCED_LINKS Node = RtlpAvlFind(Table, Buffer, &Parent, &Slot);

    if (Node == NULL)
    {
        return FALSE;
    }
    if (Node == Table->RestartKey)
    {
        /* An enumeration stands here: it goes on with the one before. */
        PRTL_BALANCED_LINKS Before = NULL;
        for (PRTL_BALANCED_LINKS At = RtlpAvlFirst(Table); At != Node; At = RtlpAvlNext(Table, At))
        {
            Before = At;
        }
        Table->RestartKey = Before;
    }
    if (Node->LeftChild != NULL && Node->RightChild != NULL)
    {
        /* The next one takes its place. */
        PRTL_BALANCED_LINKS Next = RtlpAvlNext(Table, Node);
        RtlpAvlUnhang(Table, Next);
        Next->Balance = Node->Balance;
        RtlpAvlHang(RtlpAvlSlot(Node), Node->Parent, Next);
        RtlpAvlHang(&Next->LeftChild, Next, Node->LeftChild);
        RtlpAvlHang(&Next->RightChild, Next, Node->RightChild);
    }
    else
    {
        RtlpAvlUnhang(Table, Node);
    }
    Table->NumberGenericTableElements--;
    Table->DeleteCount++;
    Table->OrderedPointer = NULL;
    Table->WhichOrderedElement = 0;
    Table->FreeRoutine(Table, Node);
    return TRUE;
}

/* The element equal to Buffer, or NULL. Page: nf-ntddk-rtllookupelementgenerictableavl. */
PVOID NTAPI RtlLookupElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer)
{
    PRTL_BALANCED_LINKS Parent;
    PRTL_BALANCED_LINKS *Slot;
    return RtlpAvlElement(RtlpAvlFind(Table, Buffer, &Parent, &Slot));
}

/* The I-th element in order, or NULL. Page: nf-ntddk-rtlgetelementgenerictableavl. */
PVOID NTAPI RtlGetElementGenericTableAvl(PRTL_AVL_TABLE Table, ULONG I)
{
    PRTL_BALANCED_LINKS Node = I < Table->NumberGenericTableElements ? RtlpAvlFirst(Table) : NULL;
    while (Node != NULL && I-- != 0)
    {
        Node = RtlpAvlNext(Table, Node);
    }
    return RtlpAvlElement(Node);
}

/* The element after the one whose key is *RestartKey (NULL: the first), or NULL; the
 * tree does not change, so several may walk it. Page:
 * nf-ntddk-rtlenumerategenerictablewithoutsplayingavl. */
PVOID NTAPI RtlEnumerateGenericTableWithoutSplayingAvl(PRTL_AVL_TABLE Table, PVOID *RestartKey)
{
    PRTL_BALANCED_LINKS Node = *RestartKey != NULL ? RtlpAvlNext(Table, *RestartKey) : RtlpAvlFirst(Table);

    if (Node != NULL)
    {
        *RestartKey = Node;
    }
    return RtlpAvlElement(Node);
}

/* The first element (Restart) or the next after the last call; NULL at the end. Page:
 * nf-ntddk-rtlenumerategenerictableavl. */
PVOID NTAPI RtlEnumerateGenericTableAvl(PRTL_AVL_TABLE Table, BOOLEAN Restart)
{
    PVOID Key = Restart ? NULL : Table->RestartKey;
    PVOID Element = RtlEnumerateGenericTableWithoutSplayingAvl(Table, &Key);

    Table->RestartKey = Key;
    return Element;
}

/* Page: nf-ntddk-rtlnumbergenerictableelementsavl. */
ULONG NTAPI RtlNumberGenericTableElementsAvl(PRTL_AVL_TABLE Table)
{
    return Table->NumberGenericTableElements;
}

/* Page: nf-ntddk-rtlisgenerictableemptyavl. */
BOOLEAN NTAPI RtlIsGenericTableEmptyAvl(PRTL_AVL_TABLE Table)
{
    return Table->NumberGenericTableElements == 0;
}
