// SPDX-License-Identifier: MIT
/* Objects, references, handles. */
#include "nt/obp.h"
#include "kernel_test.h"

static ULONG Destroyed;

static VOID Destroy(PVOID Body)
{
    UNREFERENCED_PARAMETER(Body);
    Destroyed++;
}

static OBJECT_TYPE Thing = {.Name = "Thing", .Destroy = Destroy};
static OBJECT_TYPE Other = {.Name = "Other"};

/* Given references taken and given back. Then the last one deletes. */
TEST(OBJ, the_last_reference_deletes)
{
    Destroyed = 0;
    PUCHAR Body = ObpCreateObject(&Thing, 100);
    CHECK(Body != NULL);
    CHECK_EQ((ULONG_PTR)Body & 15, 0);
    for (ULONG Index = 0; Index < 100; Index++)
    {
        CHECK_EQ(Body[Index], 0);
    }
    CHECK(ObpGetObjectType(Body) == &Thing);
    CHECK_EQ(ObfReferenceObject(Body), 2);
    CHECK_STATUS(ObReferenceObjectByPointer(Body, 0, &Thing, KernelMode), STATUS_SUCCESS);
    CHECK_STATUS(ObReferenceObjectByPointer(Body, 0, &Other, KernelMode), STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(ObReferenceObjectByPointer(Body, 0, NULL, KernelMode), STATUS_SUCCESS);
    CHECK_EQ(ObDereferenceObject(Body), 3);
    CHECK_EQ(ObfDereferenceObjectWithTag(Body, 'tseT'), 2);
    ObDereferenceObjectDeferDelete(Body);
    CHECK_EQ(Destroyed, 0);
    CHECK_EQ(Thing.ObjectCount, 1);
    ObDereferenceObject(Body);
    CHECK_EQ(Destroyed, 1);
    CHECK_EQ(Thing.ObjectCount, 0);
}

/* Given handles. Then they name their object until closed, whatever is in their two
 * low bits, and only as its type. */
TEST(OBJ, a_handle_holds_a_reference)
{
    HANDLE Handle = NULL;
    HANDLE Second = NULL;
    PVOID Object = (PVOID)1;
    OBJECT_HANDLE_INFORMATION Information;

    Destroyed = 0;
    PVOID Body = ObpCreateObject(&Thing, 8);
    CHECK_STATUS(ObpInsertHandle(Body, &Handle), STATUS_SUCCESS);
    CHECK_STATUS(ObpInsertHandle(Body, &Second), STATUS_SUCCESS);
    CHECK(Handle != Second);
    CHECK((LONG_PTR)Handle < 0); /* a kernel handle */
    CHECK_EQ((ULONG_PTR)Handle & 3, 0);
    CHECK_STATUS(ObReferenceObjectByHandle(Handle, 0, &Thing, KernelMode, &Object, &Information), STATUS_SUCCESS);
    CHECK(Object == Body);
    CHECK_STATUS(ObReferenceObjectByHandle((HANDLE)((ULONG_PTR)Handle | 3), 0, NULL, KernelMode, &Object, NULL),
                 STATUS_SUCCESS);
    CHECK_STATUS(ObReferenceObjectByHandle(Handle, 0, &Other, KernelMode, &Object, NULL),
                 STATUS_OBJECT_TYPE_MISMATCH);
    CHECK(Object == NULL);
    CHECK_EQ(ObDereferenceObject(Body), 4);
    CHECK_EQ(ObDereferenceObject(Body), 3);
    CHECK_STATUS(ZwClose(Handle), STATUS_SUCCESS);
    CHECK_STATUS(ZwClose(Handle), STATUS_INVALID_HANDLE);
    CHECK_STATUS(ObReferenceObjectByHandle(Handle, 0, &Thing, KernelMode, &Object, NULL), STATUS_INVALID_HANDLE);
    ObDereferenceObject(Body);
    CHECK_EQ(Destroyed, 0);
    CHECK_STATUS(NtClose(Second), STATUS_SUCCESS);
    CHECK_EQ(Destroyed, 1);
    CHECK_STATUS(ZwClose(NULL), STATUS_INVALID_HANDLE);
    CHECK_STATUS(ZwClose((HANDLE)0x7777), STATUS_INVALID_HANDLE);
    CHECK_STATUS(ZwClose(ZwCurrentProcess()), STATUS_SUCCESS);
}

#define MANY 500

/* Given more handles than the table first holds. Then all are different and freed
 * ones are used again. */
TEST(OBJ, the_handle_table_grows)
{
    HANDLE Handles[MANY];
    PVOID Body = ObpCreateObject(&Other, 8);
    for (ULONG Index = 0; Index < MANY; Index++)
    {
        CHECK_STATUS(ObpInsertHandle(Body, &Handles[Index]), STATUS_SUCCESS);
        CHECK(Index == 0 || Handles[Index] != Handles[Index - 1]);
    }
    HANDLE Last = Handles[MANY - 1];
    for (ULONG Index = 0; Index < MANY; Index++)
    {
        CHECK_STATUS(ZwClose(Handles[Index]), STATUS_SUCCESS);
    }
    CHECK_STATUS(ObpInsertHandle(Body, &Handles[0]), STATUS_SUCCESS);
    CHECK(Handles[0] == Last);
    CHECK_STATUS(ZwClose(Handles[0]), STATUS_SUCCESS);
    ObDereferenceObject(Body);
    CHECK_EQ(Other.ObjectCount, 0);
}

TEST(OBJ, the_current_thread_has_a_pseudo_handle)
{
    PVOID Thread = NULL;
    CHECK_STATUS(ObReferenceObjectByHandle(ZwCurrentThread(), 0, *PsThreadType, KernelMode, &Thread, NULL),
                 STATUS_SUCCESS);
    CHECK(Thread == PsGetCurrentThread());
    ObDereferenceObject(Thread);
}

#define THREADS 3
#define ROUNDS 5000

static VOID NTAPI Hold(PVOID Context)
{
    for (ULONG Round = 0; Round < ROUNDS; Round++)
    {
        ObReferenceObject(Context);
        ObDereferenceObject(Context);
    }
    ObDereferenceObject(Context);
}

/* Given threads that hold one object. Then it goes once, with the last of them. */
TEST(OBJ, threads_share_an_object)
{
    PVOID Threads[THREADS];
    Destroyed = 0;
    PVOID Body = ObpCreateObject(&Thing, 8);
    for (ULONG Index = 0; Index < THREADS; Index++)
    {
        ObReferenceObject(Body);
        Threads[Index] = StartThread(Hold, Body);
    }
    ObDereferenceObject(Body);
    for (ULONG Index = 0; Index < THREADS; Index++)
    {
        JoinThread(Threads[Index]);
    }
    CHECK_EQ(Destroyed, 1);
}

TEST(OBJ, dereferencing_other_memory_is_a_bugcheck)
{
    if (t_is_child("OBJ_dereferencing_other_memory_is_a_bugcheck"))
    {
        DECLSPEC_ALIGN(16) UCHAR Memory[128] = {0};
        ObDereferenceObject(Memory + 64);
        return;
    }
    CHECK_BUGCHECK("OBJ_dereferencing_other_memory_is_a_bugcheck", "REFERENCE_BY_POINTER", "is none");
}
