// SPDX-License-Identifier: MIT
/*
 * Objects and handles: a count in front of each body, one table of kernel
 * handles for the whole system, and the functions drivers use on both.
 */
#include "nt/hostcall.h"
#include "nt/iop.h"
#include "nt/ntp.h"
#include "nt/obp.h"

#define OBP_COOKIE ((ULONG_PTR)0x4F626A6563744872)

/*
 * In front of each body.
 * Owner: the references; the last one frees it. Lock: PointerCount is
 * interlocked; the rest is immutable.
 */
typedef struct DECLSPEC_ALIGN(16) _OBP_HEADER
{
    LONGLONG volatile PointerCount;
    POBJECT_TYPE Type;
    ULONG_PTR Cookie; /* header address ^ OBP_COOKIE: tells an object from other memory */
    SIZE_T BodySize;
    WORK_QUEUE_ITEM DeleteItem; /* when a worker thread deletes it */
    ULONG HandleCount;          /* HandleLock */
} OBP_HEADER, *POBP_HEADER;

/* Free: Body is NULL and NextFree counts. Lock: HandleLock. */
typedef struct _OBP_HANDLE
{
    PVOID Body;
    PIOP_DRIVER Driver; /* charged for the handle */
    ULONG NextFree;
} OBP_HANDLE, *POBP_HANDLE;

#define OBP_NO_HANDLE (~0U)
#define OBP_FIRST_HANDLES 64
#define OBP_HANDLES_MAX (1U << 24) /* as many as Windows lets one table hold */
/* Kernel handles have the sign bit set, as on Windows, so that code that tests
 * for them works; the low two bits are the caller's to use. */
#define OBP_KERNEL_HANDLE ((ULONG_PTR)(LONG_PTR)(LONG)0x80000000)

static HC_LOCK HandleLock;
static POBP_HANDLE Handles;
static ULONG HandleCapacity;
static ULONG FirstFreeHandle = OBP_NO_HANDLE;

static POBP_HEADER ObpHeader(PVOID Body)
{
    return (POBP_HEADER)Body - 1;
}

static LONG_PTR ObpDereference(PVOID Body, PVOID Caller);

NTSTATUS ObpInitialize(VOID)
{
    return STATUS_SUCCESS;
}

VOID ObpUninitialize(VOID)
{
    ULONG Open = 0;
    for (ULONG Index = 0; Index < HandleCapacity; Index++)
    {
        if (Handles[Index].Body != NULL)
        {
            Open++;
            ObpDereference(Handles[Index].Body, NULL);
            IopChargeDriver(Handles[Index].Driver, IopChargeHandle, -1);
        }
    }
    if (Open != 0)
    {
        HcLog(HcLogDebug, "%u kernel handle(s) were never closed", (unsigned)Open);
    }
    HcFree(Handles);
    Handles = NULL;
    HandleCapacity = 0;
    FirstFreeHandle = OBP_NO_HANDLE;
}

PVOID ObpCreateObject(POBJECT_TYPE Type, SIZE_T BodySize)
{
    POBP_HEADER Header = HcAllocateZero(sizeof(OBP_HEADER) + BodySize);
    if (Header == NULL)
    {
        return NULL;
    }
    Header->PointerCount = 1;
    Header->Type = Type;
    Header->Cookie = (ULONG_PTR)Header ^ OBP_COOKIE;
    Header->BodySize = BodySize;
    InterlockedIncrement(&Type->ObjectCount);
    return Header + 1;
}

POBJECT_TYPE ObpGetObjectType(PVOID Body)
{
    return ObpHeader(Body)->Type;
}

static LONG_PTR ObpReference(PVOID Body, PVOID Caller)
{
    POBP_HEADER Header = ObpHeader(Body);
    if (Header->Cookie != ((ULONG_PTR)Header ^ OBP_COOKIE))
    {
        KiBugCheck(REFERENCE_BY_POINTER, Caller, NULL, "%p is referenced as an object but is none", Body);
    }
    LONGLONG Count = InterlockedIncrement64(&Header->PointerCount);
    if (Count <= 1)
    {
        KiBugCheck(REFERENCE_BY_POINTER, Caller, NULL, "%s object %p is referenced after its last reference was given back",
                   Header->Type->Name, Body);
    }
    return (LONG_PTR)Count;
}

BOOLEAN ObpReferenceUnlessDead(PVOID Body)
{
    POBP_HEADER Header = ObpHeader(Body);
    LONGLONG Count = __atomic_load_n(&Header->PointerCount, __ATOMIC_RELAXED);
    while (Count > 0)
    {
        if (__atomic_compare_exchange_n(&Header->PointerCount, &Count, Count + 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
        {
            return TRUE;
        }
    }
    return FALSE;
}

static VOID ObpDelete(POBP_HEADER Header)
{
    POBJECT_TYPE Type = Header->Type;
    if (Type->Destroy != NULL)
    {
        Type->Destroy(Header + 1);
    }
    InterlockedDecrement(&Type->ObjectCount);
    Header->Cookie = 0;
    HcFree(Header);
}

static VOID NTAPI ObpDeleteLater(PVOID Parameter)
{
    ObpDelete(Parameter);
}

static LONG_PTR ObpDereference(PVOID Body, PVOID Caller)
{
    POBP_HEADER Header = ObpHeader(Body);
    if (Header->Cookie != ((ULONG_PTR)Header ^ OBP_COOKIE))
    {
        KiBugCheck(REFERENCE_BY_POINTER, Caller, NULL,
                   "%p is dereferenced as an object but is none, or was deleted before", Body);
    }
    LONGLONG Count = InterlockedDecrement64(&Header->PointerCount);
    if (Count < 0)
    {
        KiBugCheck(REFERENCE_BY_POINTER, Caller, NULL, "%s object %p is dereferenced more often than referenced",
                   Header->Type->Name, Body);
    }
    if (Count == 0)
    {
        if (Header->Type->PassiveDestroy && KeGetCurrentIrql() > PASSIVE_LEVEL)
        {
            ExInitializeWorkItem(&Header->DeleteItem, ObpDeleteLater, Header);
            ExQueueWorkItem(&Header->DeleteItem, DelayedWorkQueue);
        }
        else
        {
            ObpDelete(Header);
        }
    }
    return (LONG_PTR)Count;
}

/* ---- handles ------------------------------------------------------------------- */

/* HandleLock held. */
static BOOLEAN ObpGrowHandles(VOID)
{
    ULONG Capacity = HandleCapacity == 0 ? OBP_FIRST_HANDLES : HandleCapacity * 2;
    if (Capacity > OBP_HANDLES_MAX)
    {
        return FALSE;
    }
    POBP_HANDLE Grown = HcAllocateZero(Capacity * sizeof(OBP_HANDLE));
    if (Grown == NULL)
    {
        return FALSE;
    }
    if (Handles != NULL)
    {
        RtlCopyMemory(Grown, Handles, HandleCapacity * sizeof(OBP_HANDLE));
        HcFree(Handles);
    }
    for (ULONG Index = HandleCapacity; Index < Capacity; Index++)
    {
        Grown[Index].NextFree = Index + 1 < Capacity ? Index + 1 : OBP_NO_HANDLE;
    }
    FirstFreeHandle = HandleCapacity;
    Handles = Grown;
    HandleCapacity = Capacity;
    return TRUE;
}

static HANDLE ObpHandleFromIndex(ULONG Index)
{
    return (HANDLE)(OBP_KERNEL_HANDLE | ((ULONG_PTR)(Index + 1) << 2));
}

/* HandleLock held. NULL when Handle is not open. */
static POBP_HANDLE ObpFindHandle(HANDLE Handle)
{
    ULONG_PTR Value = (ULONG_PTR)Handle & ~(ULONG_PTR)3;
    if ((Value & OBP_KERNEL_HANDLE) != OBP_KERNEL_HANDLE)
    {
        return NULL;
    }
    ULONG_PTR Index = ((Value & ~OBP_KERNEL_HANDLE) >> 2) - 1;
    if (Index >= HandleCapacity || Handles[Index].Body == NULL)
    {
        return NULL;
    }
    return &Handles[Index];
}

NTSTATUS ObpInsertHandleFor(PVOID Body, PHANDLE Handle, PVOID Caller)
{
    PIOP_DRIVER Driver = IopFindDriver(Caller);

    HcAcquireLock(&HandleLock);
    if (FirstFreeHandle == OBP_NO_HANDLE && !ObpGrowHandles())
    {
        HcReleaseLock(&HandleLock);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    ULONG Index = FirstFreeHandle;
    FirstFreeHandle = Handles[Index].NextFree;
    Handles[Index].Body = Body;
    Handles[Index].Driver = Driver;
    ObpReference(Body, Caller);
    ObpHeader(Body)->HandleCount++;
    HcReleaseLock(&HandleLock);

    IopChargeDriver(Driver, IopChargeHandle, 1);
    *Handle = ObpHandleFromIndex(Index);
    return STATUS_SUCCESS;
}

NTSTATUS ObpInsertHandle(PVOID Body, PHANDLE Handle)
{
    return ObpInsertHandleFor(Body, Handle, __builtin_return_address(0));
}

static NTSTATUS ObpClose(HANDLE Handle, PCSTR Function, PVOID Caller)
{
    KiCheckIrqlMax(PASSIVE_LEVEL, Function, Caller);
    if (Handle == ZwCurrentProcess() || Handle == ZwCurrentThread())
    {
        return STATUS_SUCCESS;
    }
    HcAcquireLock(&HandleLock);
    POBP_HANDLE Entry = ObpFindHandle(Handle);
    if (Entry == NULL)
    {
        HcReleaseLock(&HandleLock);
        KiReportMisuse(Caller, Function, "handle %p is not open", Handle);
        return STATUS_INVALID_HANDLE;
    }
    PVOID Body = Entry->Body;
    PIOP_DRIVER Driver = Entry->Driver;
    Entry->Body = NULL;
    Entry->Driver = NULL;
    Entry->NextFree = FirstFreeHandle;
    FirstFreeHandle = (ULONG)(Entry - Handles);
    BOOLEAN Last = --ObpHeader(Body)->HandleCount == 0;
    HcReleaseLock(&HandleLock);

    IopChargeDriver(Driver, IopChargeHandle, -1);
    if (Last && ObpGetObjectType(Body)->Close != NULL)
    {
        ObpGetObjectType(Body)->Close(Body);
    }
    ObpDereference(Body, Caller);
    return STATUS_SUCCESS;
}

/* Closes a handle and gives back its reference. PASSIVE_LEVEL.
 * STATUS_INVALID_HANDLE. Page: nf-ntifs-ntclose. */
NTSTATUS NTAPI ZwClose(HANDLE Handle)
{
    return ObpClose(Handle, __func__, __builtin_return_address(0));
}

/* As ZwClose. */
NTSTATUS NTAPI NtClose(HANDLE Handle)
{
    return ObpClose(Handle, __func__, __builtin_return_address(0));
}

static NTSTATUS ObpReferenceByHandle(HANDLE Handle, POBJECT_TYPE ObjectType, PVOID *Object,
                                     POBJECT_HANDLE_INFORMATION HandleInformation, PVOID Caller)
{
    NTSTATUS Status = STATUS_SUCCESS;
    PVOID Body = NULL;

    *Object = NULL;
    if (HandleInformation != NULL)
    {
        RtlZeroMemory(HandleInformation, sizeof(*HandleInformation));
        HandleInformation->GrantedAccess = GENERIC_ALL;
    }
    HcAcquireLock(&HandleLock);
    if (Handle == ZwCurrentThread())
    {
        Body = PsGetCurrentThread();
    }
    else
    {
        POBP_HANDLE Entry = ObpFindHandle(Handle);
        Body = Entry != NULL ? Entry->Body : NULL;
    }
    if (Body == NULL)
    {
        Status = STATUS_INVALID_HANDLE;
    }
    else if (ObjectType != NULL && ObpHeader(Body)->Type != ObjectType)
    {
        Status = STATUS_OBJECT_TYPE_MISMATCH;
    }
    else
    {
        ObpReference(Body, Caller);
        *Object = Body;
    }
    HcReleaseLock(&HandleLock);
    return Status;
}

NTSTATUS ObpReferenceHandle(HANDLE Handle, POBJECT_TYPE Type, PVOID *Body)
{
    return ObpReferenceByHandle(Handle, Type, Body, NULL, __builtin_return_address(0));
}

/* The body behind a handle, with a reference the caller owns until
 * ObDereferenceObject. A NULL ObjectType accepts any type; access rights are not
 * kept, so DesiredAccess always passes. PASSIVE_LEVEL. STATUS_INVALID_HANDLE,
 * STATUS_OBJECT_TYPE_MISMATCH. Page: nf-wdm-obreferenceobjectbyhandle. */
NTSTATUS NTAPI ObReferenceObjectByHandle(HANDLE Handle, ACCESS_MASK DesiredAccess, POBJECT_TYPE ObjectType,
                                         KPROCESSOR_MODE AccessMode, PVOID *Object,
                                         POBJECT_HANDLE_INFORMATION HandleInformation)
{
    UNREFERENCED_PARAMETER(DesiredAccess);
    UNREFERENCED_PARAMETER(AccessMode);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    return ObpReferenceByHandle(Handle, ObjectType, Object, HandleInformation, __builtin_return_address(0));
}

/* As ObReferenceObjectByHandle; tags are not recorded. Page:
 * nf-wdm-obreferenceobjectbyhandlewithtag. */
NTSTATUS NTAPI ObReferenceObjectByHandleWithTag(HANDLE Handle, ACCESS_MASK DesiredAccess, POBJECT_TYPE ObjectType,
                                                KPROCESSOR_MODE AccessMode, ULONG Tag, PVOID *Object,
                                                POBJECT_HANDLE_INFORMATION HandleInformation)
{
    UNREFERENCED_PARAMETER(DesiredAccess);
    UNREFERENCED_PARAMETER(AccessMode);
    UNREFERENCED_PARAMETER(Tag);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    return ObpReferenceByHandle(Handle, ObjectType, Object, HandleInformation, __builtin_return_address(0));
}

/* ---- references by pointer ------------------------------------------------------ */

/* Adds a reference to an object the caller already holds one on; returns the new
 * count. IRQL <= DISPATCH_LEVEL. Page: nf-wdm-obfreferenceobject. */
LONG_PTR FASTCALL ObfReferenceObject(PVOID Object)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    return ObpReference(Object, __builtin_return_address(0));
}

/* As ObfReferenceObject. Page: nf-wdm-obreferenceobjectwithtag. */
LONG_PTR FASTCALL ObfReferenceObjectWithTag(PVOID Object, ULONG Tag)
{
    UNREFERENCED_PARAMETER(Tag);
    KI_IRQL_MAX(DISPATCH_LEVEL);
    return ObpReference(Object, __builtin_return_address(0));
}

/* Gives back a reference, deleting the object with the last one; returns the new
 * count. IRQL <= DISPATCH_LEVEL. Page: nf-wdm-obfdereferenceobject. */
LONG_PTR FASTCALL ObfDereferenceObject(PVOID Object)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    return ObpDereference(Object, __builtin_return_address(0));
}

/* As ObfDereferenceObject. Page: nf-wdm-obdereferenceobjectwithtag. */
LONG_PTR FASTCALL ObfDereferenceObjectWithTag(PVOID Object, ULONG Tag)
{
    UNREFERENCED_PARAMETER(Tag);
    KI_IRQL_MAX(DISPATCH_LEVEL);
    return ObpDereference(Object, __builtin_return_address(0));
}

/* Gives back a reference. The delay Windows adds avoids taking a file system's
 * locks again in the deletion; deletion here takes no lock a caller can hold, so
 * it is done at once. IRQL <= DISPATCH_LEVEL. Page:
 * nf-wdm-obdereferenceobjectdeferdelete. */
VOID NTAPI ObDereferenceObjectDeferDelete(PVOID Object)
{
    KI_IRQL_MAX(DISPATCH_LEVEL);
    ObpDereference(Object, __builtin_return_address(0));
}

/* As ObDereferenceObjectDeferDelete. */
VOID NTAPI ObDereferenceObjectDeferDeleteWithTag(PVOID Object, ULONG Tag)
{
    UNREFERENCED_PARAMETER(Tag);
    KI_IRQL_MAX(DISPATCH_LEVEL);
    ObpDereference(Object, __builtin_return_address(0));
}

static NTSTATUS ObpReferenceByPointer(PVOID Object, POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode,
                                      PVOID Caller)
{
    /* Windows demands a type from user mode only; kernel callers may pass NULL. */
    if (ObjectType == NULL ? AccessMode != KernelMode : ObpHeader(Object)->Type != ObjectType)
    {
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    ObpReference(Object, Caller);
    return STATUS_SUCCESS;
}

/* Adds a reference after checking the type. IRQL <= DISPATCH_LEVEL.
 * STATUS_OBJECT_TYPE_MISMATCH. Page: nf-wdm-obreferenceobjectbypointer. */
NTSTATUS NTAPI ObReferenceObjectByPointer(PVOID Object, ACCESS_MASK DesiredAccess, POBJECT_TYPE ObjectType,
                                          KPROCESSOR_MODE AccessMode)
{
    UNREFERENCED_PARAMETER(DesiredAccess);
    KI_IRQL_MAX(DISPATCH_LEVEL);
    return ObpReferenceByPointer(Object, ObjectType, AccessMode, __builtin_return_address(0));
}

/* As ObReferenceObjectByPointer. */
NTSTATUS NTAPI ObReferenceObjectByPointerWithTag(PVOID Object, ACCESS_MASK DesiredAccess, POBJECT_TYPE ObjectType,
                                                 KPROCESSOR_MODE AccessMode, ULONG Tag)
{
    UNREFERENCED_PARAMETER(DesiredAccess);
    UNREFERENCED_PARAMETER(Tag);
    KI_IRQL_MAX(DISPATCH_LEVEL);
    return ObpReferenceByPointer(Object, ObjectType, AccessMode, __builtin_return_address(0));
}
