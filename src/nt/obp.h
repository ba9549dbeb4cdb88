// SPDX-License-Identifier: MIT
#pragma once
/*
 * The object manager as far as drivers see it: reference-counted bodies behind
 * a hidden header, and kernel handles to them. Callers: the components of
 * src/nt and src/wsk that hand objects to drivers (threads, events, devices,
 * file objects).
 */
#include "nt/init.h"

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
    VOID (*Close)(PVOID Body);     /* immutable; the last handle is gone, the object not yet; PASSIVE_LEVEL;
                                    * may be NULL */
    BOOLEAN Waitable;              /* immutable; a DISPATCHER_HEADER lies in the body at WaitOffset */
    USHORT WaitOffset;
    /* As ObpQueryName, for types with names of their own; NULL: ObpQueryName. */
    VOID (*QueryName)(PVOID Body, PWSTR Buffer, ULONG Capacity, PULONG Length);
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

/* A reference to an object whose last one may be gone: FALSE then. The caller sees
 * to it that the memory is still there. IRQL <= DISPATCH_LEVEL. */
BOOLEAN ObpReferenceUnlessDead(PVOID Body);

/* ObReferenceObjectByHandle for a function's own purposes: KernelMode, no access. */
NTSTATUS ObpReferenceHandle(HANDLE Handle, POBJECT_TYPE Type, PVOID *Body);

/* ---- names (obname.c) --------------------------------------------------------- */

/* Makes Name a name of Body, with no reference: ObpRemoveName comes before the end
 * of Body. Driver is whose it is (NULL: nobody's). STATUS_OBJECT_NAME_COLLISION,
 * STATUS_OBJECT_NAME_INVALID, STATUS_OBJECT_PATH_SYNTAX_BAD,
 * STATUS_OBJECT_PATH_NOT_FOUND, STATUS_INSUFFICIENT_RESOURCES. */
NTSTATUS ObpInsertName(PCUNICODE_STRING Name, PVOID Body, PIOP_DRIVER Driver);
/* FALSE: it had none. */
BOOLEAN ObpRemoveName(PVOID Body);
/* The object of that name, of that type (NULL: any), with a reference. Symbolic
 * links are followed, but for one at the end when Type is theirs. A device also
 * takes names that go on below its own: *Rest (may be NULL: then none do) gets
 * what follows, in pool that the caller frees when Length is not 0.
 * STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_PATH_NOT_FOUND,
 * STATUS_OBJECT_TYPE_MISMATCH and those of ObpInsertName. */
NTSTATUS ObpReferenceName(PCUNICODE_STRING Name, POBJECT_TYPE Type, PVOID *Body, PUNICODE_STRING Rest);
/* Copies Body's name, as far as it has one and Buffer holds it; *Length becomes its
 * length in bytes, 0 for none. */
VOID ObpQueryName(PVOID Body, PWSTR Buffer, ULONG Capacity, PULONG Length);
/* The full name behind ObjectAttributes, whose RootDirectory must be NULL.
 * STATUS_INVALID_PARAMETER, STATUS_OBJECT_NAME_INVALID. */
NTSTATUS ObpCheckAttributes(POBJECT_ATTRIBUTES ObjectAttributes);
/* Calls Each for every name that is Driver's. No call back into this file. */
VOID ObpForEachName(PIOP_DRIVER Driver, VOID (*Each)(PVOID Context, PVOID Body, PCUNICODE_STRING Name), PVOID Context);
/* Takes out one name that is Driver's; NULL when there is none. The body's
 * references stay as they are. */
PVOID ObpTakeNameOf(PIOP_DRIVER Driver);

/* Body of a symbolic link (symlink.c); immutable. */
typedef struct _OBP_LINK
{
    UNICODE_STRING Target;
    PIOP_DRIVER Driver; /* charged */
    WCHAR Text[];
} OBP_LINK, *POBP_LINK;
extern OBJECT_TYPE ObpLinkType;
