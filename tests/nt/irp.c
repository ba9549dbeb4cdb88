// SPDX-License-Identifier: MIT
/* IRPs: set-up, the walk up the stack locations, and what must not be done. */
#include "kernel_test.h"

#define POISON 0xEE
#define LEVELS 4

/* What a completion routine saw; the test looks at it afterwards. */
typedef struct _SEEN
{
    ULONG Calls;
    PDEVICE_OBJECT DeviceObject;
    BOOLEAN PendingReturned;
    NTSTATUS Status;
    CHAR CurrentLocation;
    NTSTATUS Answer;
} SEEN, *PSEEN;

static NTSTATUS NTAPI Record(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    PSEEN Seen = Context;
    Seen->Calls++;
    Seen->DeviceObject = DeviceObject;
    Seen->PendingReturned = Irp->PendingReturned;
    Seen->Status = Irp->IoStatus.Status;
    Seen->CurrentLocation = Irp->CurrentLocation;
    return Seen->Answer;
}

/* As a driver below would: take the next stack location, finish later. */
static VOID Enter(PIRP Irp, PDEVICE_OBJECT DeviceObject, BOOLEAN Pending)
{
    IoSetNextIrpStackLocation(Irp);
    IoGetCurrentIrpStackLocation(Irp)->DeviceObject = DeviceObject;
    if (Pending)
    {
        IoMarkIrpPending(Irp);
    }
}

static VOID Finish(PIRP Irp, NTSTATUS Status)
{
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
}

/* Given a fresh IRP. Then its fields are those of an IRP that nobody has seen. */
TEST(IRP_46, an_allocated_irp_is_initialised)
{
    COVERS("IRP-49");
    PIRP Irp = IoAllocateIrp(3, FALSE);
    CHECK(Irp != NULL);
    CHECK_EQ(Irp->Type, 6);
    CHECK_EQ(Irp->Size, IoSizeOfIrp(3));
    CHECK_EQ(Irp->StackCount, 3);
    CHECK_EQ(Irp->CurrentLocation, 4);
    CHECK(IoGetCurrentIrpStackLocation(Irp) == (PIO_STACK_LOCATION)(Irp + 1) + 3);
    CHECK_STATUS(Irp->IoStatus.Status, 0);
    CHECK_EQ(Irp->IoStatus.Information, 0);
    CHECK(Irp->MdlAddress == NULL);
    CHECK(Irp->CancelRoutine == NULL);
    CHECK_EQ(Irp->Cancel, FALSE);
    CHECK_EQ(Irp->PendingReturned, FALSE);
    CHECK(Irp->Tail.Overlay.Thread == NULL);
    CHECK(IsListEmpty(&Irp->ThreadListEntry));
    CHECK_EQ((ULONG_PTR)Irp & 15, 0);
    IoInitializeIrp(Irp, IoSizeOfIrp(3), 3); /* tolerated */
    IoFreeIrp(Irp);
}

/* Given no room for a stack location. Then there is no IRP. */
TEST(IRP, an_irp_without_stack_locations_is_refused)
{
    CHECK(IoAllocateIrp(0, FALSE) == NULL);
    CHECK(IoAllocateIrp(-1, FALSE) == NULL);
    CHECK(IoAllocateIrp(127, FALSE) == NULL); /* its position would not fit a CHAR */
    PIRP Irp = IoAllocateIrp(126, FALSE);
    CHECK(Irp != NULL);
    CHECK_EQ(Irp->CurrentLocation, 127);
    IoFreeIrp(Irp);
}

/* Given a driver's own memory with room for exactly one location. Then nothing
 * beyond it is written, and the IRP works. */
TEST(IRP_49, an_irp_lives_in_the_drivers_own_memory)
{
    COVERS("IRP-50", "IRP-52");
    struct
    {
        UCHAR Before[16];
        DECLSPEC_ALIGN(16) UCHAR Memory[sizeof(IRP) + sizeof(IO_STACK_LOCATION)];
        UCHAR After[16];
    } Own;
    SEEN Seen = {.DeviceObject = (PVOID)1, .Answer = STATUS_MORE_PROCESSING_REQUIRED};

    __builtin_memset(&Own, POISON, sizeof(Own));
    PIRP Irp = (PIRP)Own.Memory;
    IoInitializeIrp(Irp, IoSizeOfIrp(1), 1);
    IoSetCompletionRoutine(Irp, Record, &Seen, TRUE, TRUE, TRUE);
    Enter(Irp, NULL, TRUE);
    Finish(Irp, STATUS_SUCCESS);
    CHECK_EQ(Seen.Calls, 1);
    CHECK(Seen.DeviceObject == NULL);
    CHECK(Seen.PendingReturned);
    for (ULONG Index = 0; Index < 16; Index++)
    {
        CHECK_EQ(Own.Before[Index], POISON);
        CHECK_EQ(Own.After[Index], POISON);
    }
    /* the same memory again, and on */
    IoReuseIrp(Irp, STATUS_UNSUCCESSFUL);
    CHECK_STATUS(Irp->IoStatus.Status, STATUS_UNSUCCESSFUL);
    IoSetCompletionRoutine(Irp, Record, &Seen, TRUE, TRUE, TRUE);
    Enter(Irp, NULL, FALSE);
    Finish(Irp, STATUS_SUCCESS);
    CHECK_EQ(Seen.Calls, 2);
    CHECK(!Seen.PendingReturned);
}

/* Given all invoke flags and outcomes. Then the routine runs exactly when one of its
 * flags meets the outcome. */
TEST(IRP_51, a_routine_runs_when_its_flags_say_so)
{
    COVERS("IRP-08", "IRP-50");
    for (ULONG Flags = 0; Flags < 8; Flags++)
    {
        for (ULONG Outcome = 0; Outcome < 4; Outcome++)
        {
            BOOLEAN Success = (Outcome & 1) != 0;
            BOOLEAN Cancelled = (Outcome & 2) != 0;
            SEEN Lower = {.Answer = STATUS_CONTINUE_COMPLETION};
            SEEN Upper = {.Answer = STATUS_MORE_PROCESSING_REQUIRED};
            PIRP Irp = IoAllocateIrp(2, FALSE);
            CHECK(Irp != NULL);
            IoSetCompletionRoutine(Irp, Record, &Upper, TRUE, TRUE, TRUE);
            Enter(Irp, NULL, FALSE);
            IoSetCompletionRoutine(Irp, Record, &Lower, (Flags & 1) != 0, (Flags & 2) != 0, (Flags & 4) != 0);
            Enter(Irp, NULL, FALSE);
            if (Cancelled)
            {
                CHECK_EQ(IoCancelIrp(Irp), FALSE);
            }
            Finish(Irp, Success ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL);
            BOOLEAN Expected = (Success && (Flags & 1) != 0) || (!Success && (Flags & 2) != 0) ||
                               (Cancelled && (Flags & 4) != 0);
            CHECK_EQ(Lower.Calls, Expected);
            CHECK_EQ(Upper.Calls, 1);
            IoFreeIrp(Irp);
        }
    }
}

/* Given a warning status. Then NT_SUCCESS decides: it is an error. */
TEST(IRP_51, a_warning_is_no_success)
{
    SEEN OnSuccess = {.Answer = STATUS_SUCCESS};
    SEEN Top = {.Answer = STATUS_MORE_PROCESSING_REQUIRED};
    PIRP Irp = IoAllocateIrp(2, FALSE);
    IoSetCompletionRoutine(Irp, Record, &Top, TRUE, TRUE, TRUE);
    Enter(Irp, NULL, FALSE);
    IoSetCompletionRoutine(Irp, Record, &OnSuccess, TRUE, FALSE, FALSE);
    Enter(Irp, NULL, FALSE);
    Finish(Irp, STATUS_BUFFER_OVERFLOW);
    CHECK_EQ(OnSuccess.Calls, 0);
    CHECK_STATUS(Top.Status, STATUS_BUFFER_OVERFLOW);
    IoFreeIrp(Irp);
}

/* Given four levels. Then completion calls them from the lowest up, each with the
 * device of the level it belongs to, the top one with none. */
TEST(IRP_53, completion_walks_up_the_levels)
{
    COVERS("IRP-52", "IRP-54");
    SEEN Seen[LEVELS] = {0};
    DEVICE_OBJECT Devices[LEVELS];
    PIRP Irp = IoAllocateIrp(LEVELS, FALSE);
    for (ULONG Level = 0; Level < LEVELS; Level++)
    {
        Seen[Level].Answer = Level == 0 ? STATUS_MORE_PROCESSING_REQUIRED : STATUS_UNSUCCESSFUL;
        IoSetCompletionRoutine(Irp, Record, &Seen[Level], TRUE, TRUE, TRUE);
        Enter(Irp, &Devices[Level], FALSE);
    }
    Finish(Irp, STATUS_SUCCESS);
    for (ULONG Level = 0; Level < LEVELS; Level++)
    {
        CHECK_EQ(Seen[Level].Calls, 1);
        CHECK(Seen[Level].DeviceObject == (Level == 0 ? NULL : &Devices[Level - 1]));
        CHECK_EQ(Seen[Level].CurrentLocation, LEVELS + 1 - (CHAR)Level);
    }
    IoFreeIrp(Irp);
}

/* Given a routine that stops the walk. Then a second completion goes on above it. */
TEST(IRP_55, a_second_completion_resumes_above)
{
    COVERS("IRP-06", "IRP-53");
    SEEN Top = {.Answer = STATUS_MORE_PROCESSING_REQUIRED};
    SEEN Middle = {.Answer = STATUS_MORE_PROCESSING_REQUIRED};
    SEEN Low = {.Answer = STATUS_SUCCESS};
    PIRP Irp = IoAllocateIrp(3, FALSE);
    IoSetCompletionRoutine(Irp, Record, &Top, TRUE, TRUE, TRUE);
    Enter(Irp, NULL, FALSE);
    IoSetCompletionRoutine(Irp, Record, &Middle, TRUE, TRUE, TRUE);
    Enter(Irp, NULL, FALSE);
    IoSetCompletionRoutine(Irp, Record, &Low, TRUE, TRUE, TRUE);
    Enter(Irp, NULL, FALSE);
    Finish(Irp, STATUS_SUCCESS);
    CHECK_EQ(Low.Calls, 1);
    CHECK_EQ(Middle.Calls, 1);
    CHECK_EQ(Top.Calls, 0);
    Irp->IoStatus.Status = STATUS_DEVICE_BUSY;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    CHECK_EQ(Middle.Calls, 1);
    CHECK_EQ(Top.Calls, 1);
    CHECK_STATUS(Top.Status, STATUS_DEVICE_BUSY);
    IoFreeIrp(Irp);
}

/* Given a level without a routine above one that returned STATUS_PENDING. Then the
 * pending mark goes up through it; with a routine it goes up only if that says so. */
TEST(IRP_57, the_pending_mark_goes_up)
{
    COVERS("IRP-05", "IRP-07");
    for (ULONG WithRoutine = 0; WithRoutine < 2; WithRoutine++)
    {
        SEEN Top = {.Answer = STATUS_MORE_PROCESSING_REQUIRED};
        SEEN Middle = {.Answer = STATUS_SUCCESS};
        PIRP Irp = IoAllocateIrp(2, FALSE);
        IoSetCompletionRoutine(Irp, Record, &Top, TRUE, TRUE, TRUE);
        Enter(Irp, NULL, FALSE);
        if (WithRoutine)
        {
            IoSetCompletionRoutine(Irp, Record, &Middle, TRUE, TRUE, TRUE);
        }
        Enter(Irp, NULL, TRUE);
        Finish(Irp, STATUS_SUCCESS);
        CHECK_EQ(Middle.Calls, WithRoutine);
        CHECK(!WithRoutine || Middle.PendingReturned);
        CHECK_EQ(Top.PendingReturned, !WithRoutine);
        IoFreeIrp(Irp);
    }
}

/* Given a used stack location. Then completion leaves nothing in it that a next use
 * would inherit. */
TEST(IRP, completion_clears_the_locations_it_passes)
{
    SEEN Top = {.Answer = STATUS_MORE_PROCESSING_REQUIRED};
    PIRP Irp = IoAllocateIrp(1, FALSE);
    IoSetCompletionRoutine(Irp, Record, &Top, TRUE, TRUE, TRUE);
    Enter(Irp, NULL, TRUE);
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    Stack->Flags = POISON;
    Stack->MinorFunction = POISON;
    Stack->FileObject = (PVOID)POISON;
    __builtin_memset(&Stack->Parameters, POISON, sizeof(Stack->Parameters));
    Finish(Irp, STATUS_SUCCESS);
    CHECK_EQ(Stack->Flags, 0);
    CHECK_EQ(Stack->MinorFunction, 0);
    CHECK_EQ(Stack->Control, 0);
    CHECK(Stack->FileObject == NULL);
    CHECK(Stack->Parameters.Others.Argument1 == NULL);
    CHECK(Stack->Parameters.Others.Argument4 == NULL);
    IoFreeIrp(Irp);
}

static NTSTATUS NTAPI FreeIt(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    *(PULONG)Context += 1;
    IoFreeIrp(Irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/* Given a routine that frees its IRP. Then completion does not look at it again. */
TEST(IRP_47, a_routine_may_free_its_irp)
{
    COVERS("IRP-04", "IRP-53");
    ULONG Calls = 0;
    PIRP Irp = IoAllocateIrp(1, FALSE);
    IoSetCompletionRoutine(Irp, FreeIt, &Calls, TRUE, TRUE, TRUE);
    Enter(Irp, NULL, TRUE);
    Finish(Irp, STATUS_SUCCESS);
    CHECK_EQ(Calls, 1);
}

/* Given an IRP used a second time. Then nothing of the first use is left. */
TEST(IRP_48, a_reused_irp_is_like_new)
{
    COVERS("IRP-09");
    SEEN Seen = {.Answer = STATUS_MORE_PROCESSING_REQUIRED};
    PIRP Irp = IoAllocateIrp(1, FALSE);
    for (ULONG Round = 1; Round <= 3; Round++)
    {
        IoReuseIrp(Irp, STATUS_UNSUCCESSFUL);
        CHECK_STATUS(Irp->IoStatus.Status, STATUS_UNSUCCESSFUL);
        CHECK_EQ(Irp->CurrentLocation, 2);
        CHECK_EQ(Irp->Cancel, FALSE);
        CHECK(IoGetNextIrpStackLocation(Irp)->CompletionRoutine == NULL);
        IoSetCompletionRoutine(Irp, Record, &Seen, TRUE, TRUE, TRUE);
        Enter(Irp, NULL, TRUE);
        CHECK_EQ(IoCancelIrp(Irp), FALSE);
        Finish(Irp, STATUS_CANCELLED);
        CHECK_EQ(Seen.Calls, Round);
    }
    IoFreeIrp(Irp);
}

/* ---- sending to a device ------------------------------------------------------------- */

static NTSTATUS NTAPI Swallow(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS Status = Stack->DeviceObject == DeviceObject ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
    Irp->IoStatus.Information = Stack->Parameters.DeviceIoControl.OutputBufferLength;
    if (Irp->AssociatedIrp.SystemBuffer != NULL)
    {
        *(PULONG)Irp->AssociatedIrp.SystemBuffer += 1;
    }
    Irp->IoStatus.Status = Status;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

/* Given a device-control request from the I/O manager. Then it comes back with its
 * results, status and event, and is gone. */
TEST(IRP, a_built_request_returns_its_results)
{
    DRIVER_OBJECT Driver = {0};
    DEVICE_OBJECT Device = {0};
    KEVENT Event;
    IO_STATUS_BLOCK Iosb;
    ULONG In = 41;
    ULONG Out = POISON;

    Driver.MajorFunction[IRP_MJ_DEVICE_CONTROL] = Swallow;
    Device.DriverObject = &Driver;
    Device.StackSize = 1;
    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    __builtin_memset(&Iosb, POISON, sizeof(Iosb));
    PIRP Irp = IoBuildDeviceIoControlRequest(CTL_CODE(0x22, 0x800, METHOD_BUFFERED, 0), &Device, &In, sizeof(In), &Out,
                                             sizeof(Out), FALSE, &Event, &Iosb);
    CHECK(Irp != NULL);
    CHECK_STATUS(IoCallDriver(&Device, Irp), STATUS_SUCCESS);
    CHECK_EQ(KeReadStateEvent(&Event), 1);
    CHECK_STATUS(Iosb.Status, STATUS_SUCCESS);
    CHECK_EQ(Iosb.Information, sizeof(Out));
    CHECK_EQ(Out, 42);
}

/* ---- what must not be done -------------------------------------------------------------- */

static PIRP Sent(PSEEN Seen)
{
    PIRP Irp = IoAllocateIrp(1, FALSE);
    Seen->Answer = STATUS_MORE_PROCESSING_REQUIRED;
    IoSetCompletionRoutine(Irp, Record, Seen, TRUE, TRUE, TRUE);
    Enter(Irp, NULL, TRUE);
    return Irp;
}

TEST(IRP, completing_twice_is_a_bugcheck)
{
    if (t_is_child("IRP_completing_twice_is_a_bugcheck"))
    {
        SEEN Seen = {0};
        PIRP Irp = Sent(&Seen);
        Finish(Irp, STATUS_SUCCESS);
        Finish(Irp, STATUS_SUCCESS);
        return;
    }
    CHECK_BUGCHECK("IRP_completing_twice_is_a_bugcheck", "MULTIPLE_IRP_COMPLETE_REQUESTS", "nobody holds it");
}

TEST(IRP, completing_as_pending_is_a_bugcheck)
{
    if (t_is_child("IRP_completing_as_pending_is_a_bugcheck"))
    {
        SEEN Seen = {0};
        Finish(Sent(&Seen), STATUS_PENDING);
        return;
    }
    CHECK_BUGCHECK("IRP_completing_as_pending_is_a_bugcheck", "STATUS_PENDING");
}

TEST(IRP, freeing_a_pending_irp_is_a_bugcheck)
{
    if (t_is_child("IRP_freeing_a_pending_irp_is_a_bugcheck"))
    {
        SEEN Seen = {0};
        IoFreeIrp(Sent(&Seen));
        return;
    }
    CHECK_BUGCHECK("IRP_freeing_a_pending_irp_is_a_bugcheck", "still pending", "IoFreeIrp");
}

TEST(IRP, reusing_a_pending_irp_is_a_bugcheck)
{
    if (t_is_child("IRP_reusing_a_pending_irp_is_a_bugcheck"))
    {
        SEEN Seen = {0};
        IoReuseIrp(Sent(&Seen), STATUS_SUCCESS);
        return;
    }
    CHECK_BUGCHECK("IRP_reusing_a_pending_irp_is_a_bugcheck", "still pending", "IoReuseIrp");
}

TEST(IRP, calling_without_a_location_is_a_bugcheck)
{
    if (t_is_child("IRP_calling_without_a_location_is_a_bugcheck"))
    {
        SEEN Seen = {0};
        DEVICE_OBJECT Device = {0};
        IoCallDriver(&Device, Sent(&Seen));
        return;
    }
    CHECK_BUGCHECK("IRP_calling_without_a_location_is_a_bugcheck", "NO_MORE_IRP_STACK_LOCATIONS");
}

TEST(IRP, completing_above_dispatch_is_a_bugcheck)
{
    if (t_is_child("IRP_completing_above_dispatch_is_a_bugcheck"))
    {
        SEEN Seen = {0};
        KIRQL OldIrql;
        PIRP Irp = Sent(&Seen);
        KeRaiseIrql(HIGH_LEVEL, &OldIrql);
        Finish(Irp, STATUS_SUCCESS);
        return;
    }
    CHECK_BUGCHECK("IRP_completing_above_dispatch_is_a_bugcheck", "IofCompleteRequest");
}

static NTSTATUS NTAPI FreeAndGoOn(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Context);
    IoFreeIrp(Irp);
    return STATUS_SUCCESS;
}

TEST(IRP, freeing_and_going_on_is_a_bugcheck)
{
    if (t_is_child("IRP_freeing_and_going_on_is_a_bugcheck"))
    {
        PIRP Irp = IoAllocateIrp(1, FALSE);
        IoSetCompletionRoutine(Irp, FreeAndGoOn, NULL, TRUE, TRUE, TRUE);
        Enter(Irp, NULL, TRUE);
        Finish(Irp, STATUS_SUCCESS);
        return;
    }
    CHECK_BUGCHECK("IRP_freeing_and_going_on_is_a_bugcheck", "STATUS_MORE_PROCESSING_REQUIRED", "STATUS_SUCCESS");
}

TEST(IRP_04, an_irp_of_ones_own_needs_a_routine_that_keeps_it)
{
    if (t_is_child("IRP_04_an_irp_of_ones_own_needs_a_routine_that_keeps_it"))
    {
        PIRP Irp = IoAllocateIrp(1, FALSE);
        Enter(Irp, NULL, TRUE);
        Finish(Irp, STATUS_SUCCESS);
        return;
    }
    CHECK_BUGCHECK("IRP_04_an_irp_of_ones_own_needs_a_routine_that_keeps_it", "nobody owns it now");
}

TEST(IRP, freeing_what_is_no_allocated_irp_is_a_bugcheck)
{
    if (t_is_child("IRP_freeing_what_is_no_allocated_irp_is_a_bugcheck"))
    {
        struct
        {
            UCHAR Room[64];
            DECLSPEC_ALIGN(16) UCHAR Memory[sizeof(IRP) + sizeof(IO_STACK_LOCATION)];
        } Own = {0};
        IoInitializeIrp((PIRP)Own.Memory, IoSizeOfIrp(1), 1);
        IoFreeIrp((PIRP)Own.Memory);
        return;
    }
    CHECK_BUGCHECK("IRP_freeing_what_is_no_allocated_irp_is_a_bugcheck", "did not come from IoAllocateIrp");
}
