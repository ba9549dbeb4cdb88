// SPDX-License-Identifier: MIT
#pragma once
/*
 * The object manager as far as drivers see it: reference-counted bodies behind
 * a hidden header, and kernel handles to them. Callers: the components of
 * src/nt and src/wsk that hand objects to drivers (threads, events, devices,
 * file objects).
 */
#include <ntddk.h>

/*
 * What the objects of one kind have in common.
 * Owner: the component that defines it; static. Lifetime: the process's.
 */
typedef struct _OBJECT_TYPE
{
    PCSTR Name;                    /* immutable; for reports: "Thread" */
    VOID (*Destroy)(PVOID Body);   /* immutable; the last reference is gone; may be NULL. Runs on the
                                    * thread and at the IRQL of that dereference (<= DISPATCH_LEVEL). */
    volatile LONG ObjectCount;     /* interlocked */
    BOOLEAN PassiveDestroy;        /* immutable; Destroy must run at PASSIVE_LEVEL: on a worker thread
                                    * when the last dereference is made above */
} OBJECT_TYPE;

NTSTATUS ObpInitialize(VOID);
VOID ObpUninitialize(VOID);

/* A zeroed body of BodySize bytes, 16-byte aligned, with one reference that
 * belongs to the caller. NULL when memory is exhausted. IRQL <= DISPATCH_LEVEL. */
PVOID ObpCreateObject(POBJECT_TYPE Type, SIZE_T BodySize);

/* Makes a kernel handle; the handle holds a reference of its own until ZwClose.
 * IRQL <= DISPATCH_LEVEL. STATUS_INSUFFICIENT_RESOURCES. */
NTSTATUS ObpInsertHandle(PVOID Body, PHANDLE Handle);
/* The same, charging the handle to the driver that Caller lies in. */
NTSTATUS ObpInsertHandleFor(PVOID Body, PHANDLE Handle, PVOID Caller);

/* The type a body was created with. Any IRQL. */
POBJECT_TYPE ObpGetObjectType(PVOID Body);
