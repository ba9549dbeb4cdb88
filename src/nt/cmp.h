// SPDX-License-Identifier: MIT
#pragma once
/*
 * The registry: a tree of keys with values, in memory, from the system's start to
 * its stop. Callers: zw_key.c and rtl_registry.c, which are what drivers call;
 * driver.c, which makes each driver its key; the loader, which fills it from a
 * file. PASSIVE_LEVEL.
 */
#include "nt/init.h"
#include "nt/obp.h"

#define CMP_KEY_NAME_BYTES_MAX (255 * sizeof(WCHAR)) /* Windows' limits */
#define CMP_VALUE_NAME_BYTES_MAX (16383 * sizeof(WCHAR))
#define CMP_VALUE_BYTES_MAX (1024 * 1024)

/* A value. Owner: its key. Lock: the tree's. */
typedef struct _CMP_VALUE
{
    LIST_ENTRY Link;
    ULONG Type;
    ULONG Length;
    PUCHAR Data; /* followed by a zero WCHAR that Length does not count */
    UNICODE_STRING Name;
    WCHAR Text[];
} CMP_VALUE, *PCMP_VALUE;

/*
 * A key.
 * Owner: its parent's list, and whoever CmpOpenKey gave it to.
 * Lock:  the tree's, for all but what is marked.
 */
typedef struct _CMP_KEY
{
    LIST_ENTRY Link;          /* Parent->Subkeys, sorted by name */
    struct _CMP_KEY *Parent;  /* NULL: the root */
    LIST_ENTRY Subkeys;
    LIST_ENTRY Values;        /* in the order they were made */
    ULONG SubkeyCount;
    ULONG ValueCount;
    LONG References;
    BOOLEAN Deleted;
    BOOLEAN Volatile;         /* immutable */
    BOOLEAN Permanent;        /* immutable; cannot be deleted */
    LARGE_INTEGER LastWriteTime;
    UNICODE_STRING Class;     /* immutable */
    UNICODE_STRING Name;      /* immutable */
    WCHAR Text[];             /* Name, then Class */
} CMP_KEY, *PCMP_KEY;

NTSTATUS CmpInitialize(VOID);
VOID CmpUninitialize(VOID);
VOID CmpLock(VOID);
VOID CmpUnlock(VOID);

/* What CmpOpenKey makes of what is missing. */
typedef enum _CMP_CREATE
{
    CmpCreateNothing,
    CmpCreateLast, /* the last name of the path */
    CmpCreateAll
} CMP_CREATE;

typedef struct _CMP_OPEN
{
    PCMP_KEY Root; /* NULL: Path is absolute */
    CMP_CREATE Create;
    BOOLEAN Volatile;
    PCUNICODE_STRING Class; /* may be NULL */
    BOOLEAN Created;        /* out */
} CMP_OPEN, *PCMP_OPEN;

/* The key at Path with a reference. STATUS_OBJECT_NAME_NOT_FOUND,
 * STATUS_OBJECT_PATH_SYNTAX_BAD, STATUS_OBJECT_NAME_INVALID, STATUS_KEY_DELETED,
 * STATUS_CHILD_MUST_BE_VOLATILE, STATUS_INSUFFICIENT_RESOURCES. */
NTSTATUS CmpOpenKey(PCUNICODE_STRING Path, PCMP_OPEN Open, PCMP_KEY *Key);
VOID CmpReferenceKey(PCMP_KEY Key);
VOID CmpDereferenceKey(PCMP_KEY Key);
/* STATUS_CANNOT_DELETE: it has subkeys, or is the system's. */
NTSTATUS CmpDeleteKey(PCMP_KEY Key);
/* With everything below it. */
NTSTATUS CmpDeleteTree(PCMP_KEY Key);

/* Name NULL or empty: the default value. */
NTSTATUS CmpSetValue(PCMP_KEY Key, PCUNICODE_STRING Name, ULONG Type, const VOID *Data, ULONG Length);
NTSTATUS CmpDeleteValue(PCMP_KEY Key, PCUNICODE_STRING Name);
/* The lock is held by the caller, for as long as it looks at what is returned. NULL:
 * there is none. */
PCMP_VALUE CmpFindValue(PCMP_KEY Key, PCUNICODE_STRING Name);
PCMP_VALUE CmpValueAt(PCMP_KEY Key, ULONG Index);
PCMP_KEY CmpSubkeyAt(PCMP_KEY Key, ULONG Index);

/* As ObpQueryName: \REGISTRY\MACHINE\... The lock is not held. */
VOID CmpQueryName(PCMP_KEY Key, PWSTR Buffer, ULONG Capacity, PULONG Length);

/* ---- keys as objects (zw_key.c) --------------------------------------------------- */

typedef struct _CMP_KEY_BODY
{
    PCMP_KEY Key; /* immutable; with a reference */
} CMP_KEY_BODY, *PCMP_KEY_BODY;
extern OBJECT_TYPE CmpKeyType;

/* A handle to Key for the driver that Caller lies in. */
NTSTATUS CmpOpenHandle(PCMP_KEY Key, PHANDLE Handle, PVOID Caller);
/* The key behind a handle, with a reference. STATUS_INVALID_HANDLE,
 * STATUS_OBJECT_TYPE_MISMATCH. */
NTSTATUS CmpReferenceHandle(HANDLE Handle, PCMP_KEY *Key);

/* ---- files (registry_file.c) --------------------------------------------------------- */

/* Adds what a .reg file says; Text is UTF-16 or UTF-8 as its first bytes show.
 * STATUS_INVALID_PARAMETER: it is none, the log says why, with File's name and the
 * line; what stood before that line is in the tree. */
NTSTATUS CmpLoadText(PCSTR File, const VOID *Text, SIZE_T Size);

/* ---- drivers' keys -------------------------------------------------------------------- */

/* Makes the service key of a driver at Path, as far as it is not there. */
NTSTATUS CmpCreateServiceKey(PCUNICODE_STRING Path);
