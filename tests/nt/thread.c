// SPDX-License-Identifier: MIT
/* System threads: starting, ending, as objects, and the threads of the host program. */
#include "kernel_test.h"

typedef struct _SEEN
{
    PKTHREAD Thread;
    HANDLE Id;
    KIRQL Irql;
    KEVENT Go;
    ULONG AfterTermination;
} SEEN;

static __attribute__((noinline)) VOID EndDeepDown(SEEN *Seen, ULONG Depth)
{
    if (Depth != 0)
    {
        EndDeepDown(Seen, Depth - 1);
    }
    else
    {
        PsTerminateSystemThread(STATUS_TIMEOUT);
    }
    Seen->AfterTermination++;
}

static VOID NTAPI RecordAndEnd(PVOID Context)
{
    SEEN *Seen = Context;

    Seen->Thread = KeGetCurrentThread();
    Seen->Id = PsGetCurrentThreadId();
    Seen->Irql = KeGetCurrentIrql();
    KeWaitForSingleObject(&Seen->Go, Executive, KernelMode, FALSE, NULL);
    EndDeepDown(Seen, 5);
}

/* Given a thread held back. Then its object is signalled only when it has ended, from however deep. */
TEST(KE, a_thread_object_is_signalled_when_it_has_ended)
{
    SEEN Seen = {.Irql = 0xEE};
    HANDLE Handle = (HANDLE)(ULONG_PTR)0xEEEE;
    CLIENT_ID ClientId = {0};
    PVOID Thread = NULL;
    LARGE_INTEGER Short = Milliseconds(5);

    KeInitializeEvent(&Seen.Go, NotificationEvent, FALSE);
    CHECK_STATUS(PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, &ClientId, RecordAndEnd, &Seen),
                 STATUS_SUCCESS);
    CHECK_STATUS(ObReferenceObjectByHandle(Handle, SYNCHRONIZE, *PsThreadType, KernelMode, &Thread, NULL),
                 STATUS_SUCCESS);
    CHECK_STATUS(ZwClose(Handle), STATUS_SUCCESS);
    CHECK_STATUS(KeWaitForSingleObject(Thread, Executive, KernelMode, FALSE, &Short), STATUS_TIMEOUT);
    CHECK_STATUS(PsGetThreadExitStatus(Thread), STATUS_PENDING);
    CHECK(!PsIsThreadTerminating(Thread));
    KeSetEvent(&Seen.Go, IO_NO_INCREMENT, FALSE);
    CHECK_STATUS(KeWaitForSingleObject(Thread, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK_STATUS(PsGetThreadExitStatus(Thread), STATUS_TIMEOUT);
    CHECK(PsIsThreadTerminating(Thread));
    CHECK(Thread == Seen.Thread);
    CHECK(ClientId.UniqueThread == Seen.Id);
    CHECK_EQ(Seen.Irql, PASSIVE_LEVEL);
    CHECK_EQ(Seen.AfterTermination, 0);
    CHECK_STATUS(KeWaitForSingleObject(Thread, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    ObDereferenceObject(Thread);
}

/* Given a handle of another type. Then it is refused. */
TEST(KE, a_thread_handle_is_of_type_thread)
{
    SEEN Seen = {0};
    HANDLE Handle = NULL;
    PVOID Object = (PVOID)(ULONG_PTR)0xEEEE;

    KeInitializeEvent(&Seen.Go, NotificationEvent, TRUE);
    CHECK_STATUS(PsCreateSystemThread(&Handle, 0, NULL, NULL, NULL, RecordAndEnd, &Seen), STATUS_SUCCESS);
    CHECK_STATUS(ObReferenceObjectByHandle(Handle, 0, *PsProcessType, KernelMode, &Object, NULL),
                 STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(ObReferenceObjectByHandle(Handle, 0, *PsThreadType, KernelMode, &Object, NULL), STATUS_SUCCESS);
    CHECK_STATUS(KeWaitForSingleObject(Object, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    ObDereferenceObject(Object);
    CHECK_STATUS(ZwClose(Handle), STATUS_SUCCESS);
    CHECK_STATUS(ZwClose(Handle), STATUS_INVALID_HANDLE);
}

static LONG Runs;
static KEVENT AllRan;

static VOID NTAPI RunAndReturn(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    if (InterlockedIncrement(&Runs) == 200)
    {
        KeSetEvent(&AllRan, IO_NO_INCREMENT, FALSE);
    }
}

/* Given 200 threads nobody holds anything of. Then all run, and none is left (leak checkers). */
TEST(KE, threads_need_nobody_to_wait_for_them)
{
    Runs = 0;
    KeInitializeEvent(&AllRan, NotificationEvent, FALSE);
    for (ULONG Index = 0; Index < 200; Index++)
    {
        CHECK_STATUS(PsCreateSystemThread(NULL, 0, NULL, NULL, NULL, RunAndReturn, NULL), STATUS_SUCCESS);
    }
    CHECK_STATUS(KeWaitForSingleObject(&AllRan, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
}

/* Given the host program's own thread. Then it has an object, stays the same, and cannot end itself this way. */
TEST(KE, a_host_thread_is_adopted)
{
    PKTHREAD Thread = KeGetCurrentThread();

    CHECK(Thread != NULL);
    CHECK(KeGetCurrentThread() == Thread);
    CHECK(PsGetThreadId(PsGetCurrentThread()) == PsGetCurrentThreadId());
    CHECK_STATUS(PsTerminateSystemThread(STATUS_SUCCESS), STATUS_INVALID_PARAMETER);
    ObReferenceObject(Thread);
    ObDereferenceObject(Thread);
    CHECK(PsGetCurrentProcess() != NULL);
    CHECK(PsGetCurrentProcess() == PsInitialSystemProcess);
}

/* Given priorities. Then each setting tells the one before. */
TEST(KE, priorities_are_kept)
{
    PKTHREAD Thread = KeGetCurrentThread();
    KPRIORITY First = KeSetPriorityThread(Thread, LOW_REALTIME_PRIORITY);

    CHECK_EQ(KeQueryPriorityThread(Thread), LOW_REALTIME_PRIORITY);
    CHECK_EQ(KeSetPriorityThread(Thread, First), LOW_REALTIME_PRIORITY);
    CHECK_EQ(KeSetBasePriorityThread(Thread, 2), 0);
    CHECK_EQ(KeSetBasePriorityThread(Thread, 0), 2);
}

/* Given regions. Then they nest and say so. */
TEST(KE, critical_and_guarded_regions_nest)
{
    CHECK(!KeAreApcsDisabled() && !KeAreAllApcsDisabled());
    KeEnterCriticalRegion();
    KeEnterCriticalRegion();
    CHECK(KeAreApcsDisabled() && !KeAreAllApcsDisabled());
    KeEnterGuardedRegion();
    CHECK(KeAreAllApcsDisabled());
    KeLeaveGuardedRegion();
    KeLeaveCriticalRegion();
    CHECK(KeAreApcsDisabled());
    KeLeaveCriticalRegion();
    CHECK(!KeAreApcsDisabled());
    KIRQL OldIrql;
    KeRaiseIrql(APC_LEVEL, &OldIrql);
    CHECK(KeAreAllApcsDisabled());
    KeLowerIrql(OldIrql);
}

TEST(KE, leaving_a_region_never_entered_is_a_bugcheck)
{
    if (t_is_child("KE_leaving_a_region_never_entered_is_a_bugcheck"))
    {
        KeLeaveCriticalRegion();
        return;
    }
    CHECK_BUGCHECK("KE_leaving_a_region_never_entered_is_a_bugcheck", "APC_INDEX_MISMATCH", "KeLeaveCriticalRegion");
}

TEST(KE, a_bugcheck_by_the_driver_shows_its_parameters)
{
    if (t_is_child("KE_a_bugcheck_by_the_driver_shows_its_parameters"))
    {
        KeBugCheckEx(0xDEADBEEF, 0x11, 0x22, 0x33, 0x44);
    }
    CHECK_BUGCHECK("KE_a_bugcheck_by_the_driver_shows_its_parameters", "BUGCHECK 0xDEADBEEF", "0x11, 0x22, 0x33, 0x44",
                   "driver: host, at ", "thread: thread");
}
