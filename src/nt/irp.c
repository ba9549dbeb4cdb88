// SPDX-License-Identifier: MIT
/*
 * IRPs: allocation, set-up in a driver's own memory, the way down
 * (IoCallDriver) and the way up (IoCompleteRequest). Cancellation is in
 * cancel.c. What cannot be refused is a bugcheck that names driver and IRP.
 */
#include "nt/expp.h"
#include "nt/hostcall.h"
#include "nt/iop.h"
#include "nt/ntp.h"

/*
 * A completion routine that runs on this thread now, so that one that frees its
 * IRP and forgets STATUS_MORE_PROCESSING_REQUIRED is told so without reading
 * freed memory.
 * Owner: the stack frame of IofCompleteRequest. Lifetime: the routine's call.
 */
typedef struct _IOP_RUNNING
{
    struct _IOP_RUNNING *Outer;
    PIRP Irp;
    BOOLEAN Freed;
} IOP_RUNNING, *PIOP_RUNNING;

static _Thread_local PIOP_RUNNING Running;

/* CurrentLocation counts one further than StackCount, in a signed byte. */
#define IOP_STACK_SIZE_MAX 126

static VOID IopInitializeIrp(PIRP Irp, USHORT PacketSize, CCHAR StackSize)
{
    RtlZeroMemory(Irp, PacketSize);
    Irp->Type = IO_TYPE_IRP;
    Irp->Size = PacketSize;
    Irp->StackCount = StackSize;
    Irp->CurrentLocation = (CHAR)(StackSize + 1);
    InitializeListHead(&Irp->ThreadListEntry);
    Irp->Tail.Overlay.CurrentStackLocation = (PIO_STACK_LOCATION)(Irp + 1) + StackSize;
}

/* Sets up raw memory of PacketSize >= IoSizeOfIrp(StackSize) bytes as an IRP; the
 * memory stays the caller's. Not for an IRP that is in use. IRQL <=
 * DISPATCH_LEVEL. Page: nf-wdm-ioinitializeirp. */
VOID NTAPI IoInitializeIrp(PIRP Irp, USHORT PacketSize, CCHAR StackSize)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    if (StackSize < 0 || StackSize > IOP_STACK_SIZE_MAX || PacketSize < IoSizeOfIrp(StackSize))
    {
        KiBugCheck(DRIVER_VERIFIER_IOMANAGER_VIOLATION, __builtin_return_address(0), Irp,
                   "IoInitializeIrp: %u bytes cannot hold an IRP with %d stack location(s); IoSizeOfIrp says %u",
                   (unsigned)PacketSize, StackSize, (unsigned)IoSizeOfIrp(StackSize));
    }
    IopInitializeIrp(Irp, PacketSize, StackSize);
}

PIRP IopAllocateIrp(CCHAR StackSize, PCSTR Function, PVOID Caller)
{
    KiCheckIrqlMax(DISPATCH_LEVEL, Function, Caller);
    if (StackSize <= 0 || StackSize > IOP_STACK_SIZE_MAX)
    {
        KiReportMisuse(Caller, Function, "an IRP has 1 to %d stack locations, not %d", IOP_STACK_SIZE_MAX, StackSize);
        return NULL;
    }
    USHORT PacketSize = (USHORT)IoSizeOfIrp(StackSize);
    PIRP Irp = ExpAllocateBlock(ExpKindIrp, PacketSize, ' prI', 0, Caller);
    if (Irp != NULL)
    {
        IopInitializeIrp(Irp, PacketSize, StackSize);
    }
    return Irp;
}

/* An IRP that belongs to the caller until IoFreeIrp and to no thread. NULL when
 * exhausted. IRQL <= DISPATCH_LEVEL. Page: nf-wdm-ioallocateirp. */
PIRP NTAPI IoAllocateIrp(CCHAR StackSize, BOOLEAN ChargeQuota)
{
    UNREFERENCED_PARAMETER(ChargeQuota);
    return IopAllocateIrp(StackSize, __func__, __builtin_return_address(0));
}

/* As IoAllocateIrp; DeviceObject is advice for where the memory should lie. Page:
 * nf-wdm-ioallocateirpex. */
PIRP NTAPI IoAllocateIrpEx(PDEVICE_OBJECT DeviceObject, CCHAR StackSize, BOOLEAN ChargeQuota)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(ChargeQuota);
    return IopAllocateIrp(StackSize, __func__, __builtin_return_address(0));
}

VOID IopCheckIrpIdle(PIRP Irp, PCSTR What, PVOID Caller)
{
    if (Irp->Type != IO_TYPE_IRP)
    {
        KiBugCheck(MULTIPLE_IRP_COMPLETE_REQUESTS, Caller, NULL, "%s: %p is no IRP, or was freed before", What, Irp);
    }
    if (__atomic_load_n(&Irp->CancelRoutine, __ATOMIC_RELAXED) != NULL)
    {
        KiBugCheck(DRIVER_VERIFIER_IOMANAGER_VIOLATION, Caller, Irp,
                   "%s: IRP %p is still queued (it has a cancel routine); wait for its completion routine first",
                   What, Irp);
    }
    if (Irp->CurrentLocation >= 1 && Irp->CurrentLocation <= Irp->StackCount &&
        (IoGetCurrentIrpStackLocation(Irp)->Control & SL_PENDING_RETURNED) != 0)
    {
        KiBugCheck(DRIVER_VERIFIER_IOMANAGER_VIOLATION, Caller, Irp,
                   "%s: IRP %p is still pending; wait for its completion routine first", What, Irp);
    }
}

static VOID IopFreeIrp(PIRP Irp, PVOID Caller)
{
    PEXP_BLOCK Block = ExpFindBlock(Irp, ExpKindIrp);
    if (Block == NULL)
    {
        PEXP_BLOCK Freed = ExpFindFreedBlock(Irp, ExpKindIrp);
        CHAR Where[160] = "";
        if (Freed != NULL)
        {
            HcDescribeAddress(Freed->Caller, Where, sizeof(Where));
        }
        KiBugCheck(MULTIPLE_IRP_COMPLETE_REQUESTS, Caller, NULL,
                   Freed != NULL ? "IRP %p is freed a second time; it was freed before at %s"
                                 : "%p is freed as an IRP but did not come from IoAllocateIrp%s",
                   Irp, Where);
    }
    IopCheckIrpIdle(Irp, "IoFreeIrp", Caller);
    Irp->Type = 0;
    for (PIOP_RUNNING Frame = Running; Frame != NULL; Frame = Frame->Outer)
    {
        if (Frame->Irp == Irp)
        {
            Frame->Freed = TRUE;
        }
    }
    ExpFreeBlock(Irp, Caller);
}

/* Frees an IRP from IoAllocateIrp that nobody works on; its MDLs stay. May be
 * called in its completion routine, which then returns
 * STATUS_MORE_PROCESSING_REQUIRED. IRQL <= DISPATCH_LEVEL. Page: nf-wdm-iofreeirp. */
VOID NTAPI IoFreeIrp(PIRP Irp)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    IopFreeIrp(Irp, __builtin_return_address(0));
}

/* Sets an IRP the driver made up anew for another request, with Iostatus in
 * IoStatus.Status. IRQL <= DISPATCH_LEVEL. Page: nf-wdm-ioreuseirp. */
VOID NTAPI IoReuseIrp(PIRP Irp, NTSTATUS Iostatus)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    IopCheckIrpIdle(Irp, "IoReuseIrp", __builtin_return_address(0));
    UCHAR AllocationFlags = Irp->AllocationFlags;
    IopInitializeIrp(Irp, Irp->Size, Irp->StackCount);
    Irp->AllocationFlags = AllocationFlags;
    Irp->IoStatus.Status = Iostatus;
}

/* ---- down ------------------------------------------------------------------------- */

/* Hands Irp to the driver of DeviceObject: moves to the next stack location and
 * calls its dispatch routine, whose status is returned. The caller does not touch
 * Irp any more. IRQL <= DISPATCH_LEVEL. Page: nf-wdm-iofcalldriver. */
NTSTATUS FASTCALL IofCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PVOID Caller = __builtin_return_address(0);
    KI_IRQL_MAX(DISPATCH_LEVEL);
    if (Irp->Type != IO_TYPE_IRP)
    {
        KiBugCheck(MULTIPLE_IRP_COMPLETE_REQUESTS, Caller, NULL, "IoCallDriver: %p is no IRP, or was freed", Irp);
    }
    if (Irp->CurrentLocation <= 1)
    {
        KiBugCheck(NO_MORE_IRP_STACK_LOCATIONS, Caller, Irp,
                   "IoCallDriver: IRP %p has %d stack location(s), all in use; allocate it with the StackSize of the "
                   "device it is sent to",
                   Irp, Irp->StackCount);
    }
    IoSetNextIrpStackLocation(Irp);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    Stack->DeviceObject = DeviceObject;
    if (Stack->MajorFunction > IRP_MJ_MAXIMUM_FUNCTION)
    {
        KiBugCheck(DRIVER_VERIFIER_IOMANAGER_VIOLATION, Caller, Irp, "IoCallDriver: major function 0x%x is unknown",
                   Stack->MajorFunction);
    }
    return DeviceObject->DriverObject->MajorFunction[Stack->MajorFunction](DeviceObject, Irp);
}

/* ---- up ------------------------------------------------------------------------------ */

static VOID IopCheckCompletion(PIRP Irp, PVOID Caller)
{
    if (Irp->Type != IO_TYPE_IRP || Irp->CurrentLocation > Irp->StackCount || Irp->CurrentLocation < 1)
    {
        KiBugCheck(MULTIPLE_IRP_COMPLETE_REQUESTS, Caller, Irp->Type == IO_TYPE_IRP ? Irp : NULL,
                   "IRP %p is completed, but nobody holds it: completed before, freed, or never sent", Irp);
    }
    if (Irp->IoStatus.Status == STATUS_PENDING)
    {
        KiBugCheck(DRIVER_VERIFIER_IOMANAGER_VIOLATION, Caller, Irp,
                   "IRP %p is completed with STATUS_PENDING, which says it is not", Irp);
    }
    if (__atomic_load_n(&Irp->CancelRoutine, __ATOMIC_RELAXED) != NULL)
    {
        KiBugCheck(DRIVER_VERIFIER_IOMANAGER_VIOLATION, Caller, Irp,
                   "IRP %p is completed with its cancel routine still set; take it out with IoSetCancelRoutine first",
                   Irp);
    }
}

/* What the next user of a stack location must not inherit from its last one. */
static VOID IopClearStackLocation(PIO_STACK_LOCATION Stack)
{
    Stack->MinorFunction = 0;
    Stack->Flags = 0;
    Stack->Control = 0;
    RtlZeroMemory(&Stack->Parameters, sizeof(Stack->Parameters));
    Stack->FileObject = NULL;
}

static BOOLEAN IopWantsCall(PIRP Irp, UCHAR Control)
{
    if (NT_SUCCESS(Irp->IoStatus.Status) ? (Control & SL_INVOKE_ON_SUCCESS) != 0 : (Control & SL_INVOKE_ON_ERROR) != 0)
    {
        return TRUE;
    }
    return (Control & SL_INVOKE_ON_CANCEL) != 0 && IopIrpCancelled(Irp);
}

/* TRUE: the routine wants the walk to stop, and Irp is not ours any more. */
static BOOLEAN IopCallCompletionRoutine(PIRP Irp, PIO_COMPLETION_ROUTINE Routine, PVOID Context)
{
    PDEVICE_OBJECT DeviceObject = NULL;
    IOP_RUNNING Frame = {.Outer = Running, .Irp = Irp, .Freed = FALSE};

    if (Irp->CurrentLocation <= Irp->StackCount)
    {
        DeviceObject = IoGetCurrentIrpStackLocation(Irp)->DeviceObject;
    }
    Running = &Frame;
    NTSTATUS Status = Routine(DeviceObject, Irp, Context);
    Running = Frame.Outer;
    if (Status == STATUS_MORE_PROCESSING_REQUIRED)
    {
        return TRUE;
    }
    if (Frame.Freed)
    {
        KiBugCheck(MULTIPLE_IRP_COMPLETE_REQUESTS, (PVOID)(ULONG_PTR)Routine, NULL,
                   "the completion routine freed IRP %p and returned %s; only STATUS_MORE_PROCESSING_REQUIRED tells the "
                   "I/O manager to leave it alone",
                   Irp, RtlpStatusName(Status));
    }
    return FALSE;
}

/* Information bytes of the system buffer go to UserBuffer, at most its size (DIV-45). */
static VOID IopCopyBack(PIRP Irp, SIZE_T OutputLength, PVOID Caller)
{
    PEXP_BLOCK Block = ExpFindBlock(Irp->AssociatedIrp.SystemBuffer, ExpKindPool);
    SIZE_T Limit = Block != NULL ? min(Block->Size, OutputLength) : OutputLength;
    SIZE_T Length = Irp->IoStatus.Information;

    if (Length > Limit)
    {
        KiReportMisuse(Caller, "IoCompleteRequest", "the IRP is completed with Information %u, but its buffer has %u bytes",
                       (unsigned)Length, (unsigned)Limit);
        Length = Limit;
    }
    RtlCopyMemory(Irp->UserBuffer, Irp->AssociatedIrp.SystemBuffer, Length);
}

VOID IopFinishIrp(PIRP Irp, SIZE_T OutputLength, PVOID Caller)
{
    if (Irp->UserIosb != NULL)
    {
        *Irp->UserIosb = Irp->IoStatus;
    }
    if ((Irp->Flags & IRP_BUFFERED_IO) != 0 && Irp->AssociatedIrp.SystemBuffer != NULL)
    {
        if ((Irp->Flags & IRP_INPUT_OPERATION) != 0 && !NT_ERROR(Irp->IoStatus.Status) && Irp->UserBuffer != NULL)
        {
            IopCopyBack(Irp, OutputLength, Caller);
        }
        if ((Irp->Flags & IRP_DEALLOCATE_BUFFER) != 0)
        {
            ExFreePool(Irp->AssociatedIrp.SystemBuffer);
        }
    }
    for (PMDL Mdl = Irp->MdlAddress, Next; Mdl != NULL; Mdl = Next)
    {
        Next = Mdl->Next;
        if ((Mdl->MdlFlags & MDL_PAGES_LOCKED) != 0)
        {
            MmUnlockPages(Mdl);
        }
        IoFreeMdl(Mdl);
    }
    IopFreeIrp(Irp, Caller);
}

/* Completion reached the top: tell the requester, if the I/O manager made Irp. */
static VOID IopCompleteBuiltIrp(PIRP Irp, CCHAR PriorityBoost, PVOID Caller)
{
    if ((Irp->AllocationFlags & (IOP_IRP_BUILT | IOP_IRP_HELD)) == 0)
    {
        KiBugCheck(MULTIPLE_IRP_COMPLETE_REQUESTS, Caller, Irp,
                   "no completion routine of IRP %p returned STATUS_MORE_PROCESSING_REQUIRED, so nobody owns it now; "
                   "an IRP of one's own needs one that does",
                   Irp);
    }
    if ((Irp->AllocationFlags & IOP_IRP_HELD) != 0)
    {
        KeSetEvent(Irp->UserEvent, PriorityBoost, FALSE);
        return;
    }
    PKEVENT UserEvent = Irp->UserEvent;
    PFILE_OBJECT File = (Irp->AllocationFlags & IOP_IRP_FILE) != 0 ? Irp->Tail.Overlay.OriginalFileObject : NULL;
    IopFinishIrp(Irp, ~(SIZE_T)0, Caller);
    if (UserEvent != NULL || File != NULL)
    {
        KeSetEvent(UserEvent != NULL ? UserEvent : &File->Event, PriorityBoost, FALSE);
    }
    if (File != NULL)
    {
        if (UserEvent != NULL)
        {
            ObfDereferenceObject(UserEvent);
        }
        ObfDereferenceObject(File);
    }
}

/* Ends the work on Irp at this level: calls the completion routines of the levels
 * above, innermost first, until all ran or one returns
 * STATUS_MORE_PROCESSING_REQUIRED; whoever did so resumes above itself with
 * another call. Irp is not the caller's any more. No spin lock is held. IRQL <=
 * DISPATCH_LEVEL. Pages: nf-wdm-iofcompleterequest, nc-wdm-io_completion_routine. */
VOID FASTCALL IofCompleteRequest(PIRP Irp, CCHAR PriorityBoost)
{
    PVOID Caller = __builtin_return_address(0);
    KI_IRQL_MAX(DISPATCH_LEVEL);
    IopCheckCompletion(Irp, Caller);

    while (Irp->CurrentLocation <= Irp->StackCount)
    {
        PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
        PIO_COMPLETION_ROUTINE Routine = Stack->CompletionRoutine;
        PVOID Context = Stack->Context;
        UCHAR Control = Stack->Control;

        Irp->CurrentLocation++;
        Irp->Tail.Overlay.CurrentStackLocation++;
        Irp->PendingReturned = (Control & SL_PENDING_RETURNED) != 0;
        BOOLEAN Call = Routine != NULL && IopWantsCall(Irp, Control);
        IopClearStackLocation(Stack);
        if (Call)
        {
            if (IopCallCompletionRoutine(Irp, Routine, Context))
            {
                return;
            }
        }
        else if (Irp->PendingReturned && Irp->CurrentLocation <= Irp->StackCount)
        {
            /* A level without a routine passes on that those below returned
             * STATUS_PENDING; a routine does so itself. */
            IoMarkIrpPending(Irp);
        }
    }
    IopCompleteBuiltIrp(Irp, PriorityBoost, Caller);
}
