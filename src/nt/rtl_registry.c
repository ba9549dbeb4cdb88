// SPDX-License-Identifier: MIT
/*
 * The registry by path and value name, without handles, and drivers' own keys.
 */
#include "nt/cmp.h"
#include "nt/expp.h"
#include "nt/hostcall.h"
#include "nt/iop.h"
#include "nt/ntp.h"

#define RTLP_REGISTRY_TAG 'geRR'

/* ---- paths ------------------------------------------------------------------------------- */

static PCWSTR const RelativePaths[RTL_REGISTRY_MAXIMUM] = {
    [RTL_REGISTRY_ABSOLUTE] = L"",
    [RTL_REGISTRY_SERVICES] = L"\\REGISTRY\\MACHINE\\SYSTEM\\CurrentControlSet\\Services",
    [RTL_REGISTRY_CONTROL] = L"\\REGISTRY\\MACHINE\\SYSTEM\\CurrentControlSet\\Control",
    [RTL_REGISTRY_WINDOWS_NT] = L"\\REGISTRY\\MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion",
    [RTL_REGISTRY_DEVICEMAP] = L"\\REGISTRY\\MACHINE\\HARDWARE\\DEVICEMAP",
    [RTL_REGISTRY_USER] = L"\\REGISTRY\\USER\\.DEFAULT",
};

/* The key those two name, with a reference. */
static NTSTATUS RtlpOpenRelative(ULONG RelativeTo, PCWSTR Path, CMP_CREATE Create, PCMP_KEY *Key)
{
    CMP_OPEN Open = {.Create = Create};
    UNICODE_STRING Base;
    UNICODE_STRING Name;

    *Key = NULL;
    if ((RelativeTo & RTL_REGISTRY_HANDLE) != 0)
    {
        return CmpReferenceHandle((HANDLE)(ULONG_PTR)Path, Key);
    }
    RelativeTo &= ~(ULONG)RTL_REGISTRY_OPTIONAL;
    if (RelativeTo >= RTL_REGISTRY_MAXIMUM)
    {
        return STATUS_INVALID_PARAMETER;
    }
    RtlInitUnicodeString(&Base, RelativePaths[RelativeTo]);
    NTSTATUS Status = RtlInitUnicodeStringEx(&Name, Path);
    if (!NT_SUCCESS(Status))
    {
        return STATUS_OBJECT_NAME_INVALID;
    }
    if (Base.Length == 0)
    {
        return CmpOpenKey(&Name, &Open, Key);
    }
    CMP_OPEN OpenBase = {.Create = CmpCreateNothing};
    Status = CmpOpenKey(&Base, &OpenBase, &Open.Root);
    if (NT_SUCCESS(Status))
    {
        Status = CmpOpenKey(&Name, &Open, Key);
        CmpDereferenceKey(Open.Root);
    }
    return Status;
}

/* Sets a value of the key that RelativeTo and Path name; the last name of Path is made
 * if need be. PASSIVE_LEVEL. STATUS_OBJECT_NAME_NOT_FOUND, STATUS_INVALID_PARAMETER.
 * Page: nf-wdm-rtlwriteregistryvalue. */
NTSTATUS NTAPI RtlWriteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName, ULONG ValueType,
                                     PVOID ValueData, ULONG ValueLength)
{
    UNICODE_STRING Name;
    PCMP_KEY Key;

    KI_IRQL_MAX(PASSIVE_LEVEL);
    NTSTATUS Status = RtlpOpenRelative(RelativeTo, Path, CmpCreateLast, &Key);
    if (NT_SUCCESS(Status))
    {
        RtlInitUnicodeString(&Name, ValueName);
        Status = CmpSetValue(Key, &Name, ValueType, ValueData, ValueLength);
        CmpDereferenceKey(Key);
    }
    return Status;
}

/* Takes a value away. PASSIVE_LEVEL. STATUS_OBJECT_NAME_NOT_FOUND. Page:
 * nf-wdm-rtldeleteregistryvalue. */
NTSTATUS NTAPI RtlDeleteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName)
{
    UNICODE_STRING Name;
    PCMP_KEY Key;

    KI_IRQL_MAX(PASSIVE_LEVEL);
    NTSTATUS Status = RtlpOpenRelative(RelativeTo, Path, CmpCreateNothing, &Key);
    if (NT_SUCCESS(Status))
    {
        RtlInitUnicodeString(&Name, ValueName);
        Status = CmpDeleteValue(Key, &Name);
        CmpDereferenceKey(Key);
    }
    return Status;
}

static NTSTATUS RtlpTouchKey(ULONG RelativeTo, PCWSTR Path, CMP_CREATE Create)
{
    PCMP_KEY Key;

    NTSTATUS Status = RtlpOpenRelative(RelativeTo, Path, Create, &Key);
    if (NT_SUCCESS(Status))
    {
        CmpDereferenceKey(Key);
    }
    return Status;
}

/* Whether a key is there: STATUS_SUCCESS or STATUS_OBJECT_NAME_NOT_FOUND.
 * PASSIVE_LEVEL. Page: nf-wdm-rtlcheckregistrykey. */
NTSTATUS NTAPI RtlCheckRegistryKey(ULONG RelativeTo, PWSTR Path)
{
    KI_IRQL_MAX(PASSIVE_LEVEL);
    return RtlpTouchKey(RelativeTo, Path, CmpCreateNothing);
}

/* Makes a key whose parent is there, if it is not. PASSIVE_LEVEL.
 * STATUS_OBJECT_NAME_NOT_FOUND. Page: nf-wdm-rtlcreateregistrykey. */
NTSTATUS NTAPI RtlCreateRegistryKey(ULONG RelativeTo, PWSTR Path)
{
    KI_IRQL_MAX(PASSIVE_LEVEL);
    return RtlpTouchKey(RelativeTo, Path, CmpCreateLast);
}

/* ---- RtlQueryRegistryValues: one value ------------------------------------------------------- */

/* Who asks. Owner: RtlQueryRegistryValues' stack. */
typedef struct _RTLP_QUERY
{
    PVOID Context; /* for the routines */
    PVOID Caller;  /* charged for strings */
} RTLP_QUERY;

/*
 * A value as a query hands it on: a copy, so that no lock is held meanwhile.
 * Owner: the query. Name and Data are followed by a zero WCHAR.
 */
typedef struct _RTLP_VALUE
{
    PWSTR Name;
    ULONG Type;
    PUCHAR Data;
    ULONG Length;
    PVOID Memory; /* what HcFree gets; may be NULL */
} RTLP_VALUE;

static NTSTATUS RtlpCopyValue(PCMP_VALUE Value, RTLP_VALUE *Copy)
{
    SIZE_T DataAt = (Value->Name.Length + sizeof(WCHAR) + 7) & ~(SIZE_T)7;
    PUCHAR Memory = HcAllocateZero(DataAt + Value->Length + sizeof(WCHAR));

    if (Memory == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlCopyMemory(Memory, Value->Text, Value->Name.Length);
    RtlCopyMemory(Memory + DataAt, Value->Data, Value->Length);
    *Copy = (RTLP_VALUE){.Name = (PWSTR)Memory, .Type = Value->Type, .Data = Memory + DataAt, .Length = Value->Length,
                         .Memory = Memory};
    return STATUS_SUCCESS;
}

static BOOLEAN RtlpIsString(ULONG Type)
{
    return Type == REG_SZ || Type == REG_EXPAND_SZ || Type == REG_MULTI_SZ;
}

static NTSTATUS RtlpStoreString(const RTLP_VALUE *Value, PUNICODE_STRING String, PVOID Caller)
{
    const WCHAR *Text = (const WCHAR *)Value->Data;
    ULONG Characters = Value->Length / (ULONG)sizeof(WCHAR);
    /* Stored with its last zero, or one more when it came without. */
    BOOLEAN Terminated = Characters != 0 && Text[Characters - 1] == 0;
    ULONG Bytes = (Characters + !Terminated) * (ULONG)sizeof(WCHAR);

    if (Bytes > MAXUSHORT)
    {
        return STATUS_BUFFER_TOO_SMALL;
    }
    if (String->Buffer == NULL)
    {
        String->Buffer = ExpAllocateBlock(ExpKindPool, Bytes, RTLP_REGISTRY_TAG, EXP_BLOCK_PAGED, Caller);
        String->MaximumLength = (USHORT)Bytes;
        if (String->Buffer == NULL)
        {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
    }
    else if (String->MaximumLength < Bytes)
    {
        return STATUS_BUFFER_TOO_SMALL;
    }
    RtlCopyMemory(String->Buffer, Text, Bytes - sizeof(WCHAR));
    String->Buffer[Bytes / sizeof(WCHAR) - 1] = 0;
    String->Length = (USHORT)(Bytes - sizeof(WCHAR));
    return STATUS_SUCCESS;
}

/* RTL_QUERY_REGISTRY_DIRECT: into the driver's variable. */
static NTSTATUS RtlpStoreValue(const RTLP_VALUE *Value, PVOID Target, PVOID Caller)
{
    LONG Room;

    if (RtlpIsString(Value->Type))
    {
        return RtlpStoreString(Value, Target, Caller);
    }
    if (Value->Length <= sizeof(ULONG))
    {
        RtlCopyMemory(Target, Value->Data, Value->Length);
        return STATUS_SUCCESS;
    }
    RtlCopyMemory(&Room, Target, sizeof(Room));
    if (Room < 0)
    {
        if (0 - (LONGLONG)Room < Value->Length)
        {
            return STATUS_BUFFER_TOO_SMALL;
        }
        RtlCopyMemory(Target, Value->Data, Value->Length);
        return STATUS_SUCCESS;
    }
    if ((SIZE_T)Room < 2 * sizeof(ULONG) + (SIZE_T)Value->Length)
    {
        return STATUS_BUFFER_TOO_SMALL;
    }
    RtlCopyMemory(Target, &Value->Length, sizeof(ULONG));
    RtlCopyMemory((PULONG)Target + 1, &Value->Type, sizeof(ULONG));
    RtlCopyMemory((PULONG)Target + 2, Value->Data, Value->Length);
    return STATUS_SUCCESS;
}

/* One call per string. */
static NTSTATUS RtlpCallForStrings(const RTL_QUERY_REGISTRY_TABLE *Entry, const RTLP_VALUE *Value, const RTLP_QUERY *Query)
{
    PWSTR Text = (PWSTR)Value->Data;
    PWSTR End = Text + Value->Length / sizeof(WCHAR); /* a zero stands there */
    NTSTATUS Status = STATUS_SUCCESS;

    while (Text < End && *Text != 0 && NT_SUCCESS(Status))
    {
        ULONG Length = 0;
        while (Text + Length < End && Text[Length] != 0)
        {
            Length++;
        }
        Length++;
        Status = Entry->QueryRoutine(Value->Name, REG_SZ, Text, Length * (ULONG)sizeof(WCHAR), Query->Context,
                                     Entry->EntryContext);
        Status = Status == STATUS_BUFFER_TOO_SMALL ? STATUS_SUCCESS : Status;
        Text += Length;
    }
    return Status;
}

static NTSTATUS RtlpHandValue(const RTL_QUERY_REGISTRY_TABLE *Entry, const RTLP_VALUE *Value, const RTLP_QUERY *Query)
{
    ULONG Type = Value->Type;

    if ((Entry->Flags & RTL_QUERY_REGISTRY_DIRECT) != 0)
    {
        ULONG Wanted = Entry->DefaultType >> RTL_QUERY_REGISTRY_TYPECHECK_SHIFT;
        if ((Entry->Flags & RTL_QUERY_REGISTRY_TYPECHECK) != 0 && Wanted != Type)
        {
            return STATUS_OBJECT_TYPE_MISMATCH;
        }
        return RtlpStoreValue(Value, Entry->EntryContext, Query->Caller);
    }
    if ((Entry->Flags & RTL_QUERY_REGISTRY_NOEXPAND) == 0)
    {
        if (Type == REG_MULTI_SZ)
        {
            return RtlpCallForStrings(Entry, Value, Query);
        }
        /* DIV-46: there is no environment; its variables stay as they are written. */
        Type = Type == REG_EXPAND_SZ ? REG_SZ : Type;
    }
    NTSTATUS Status =
        Entry->QueryRoutine(Value->Name, Type, Value->Data, Value->Length, Query->Context, Entry->EntryContext);
    return Status == STATUS_BUFFER_TOO_SMALL ? STATUS_SUCCESS : Status;
}

/* ---- RtlQueryRegistryValues: one entry ----------------------------------------------------------- */

static ULONG RtlpDefaultLength(ULONG Type, const WCHAR *Text, ULONG Given)
{
    ULONG Length = 0;

    if (Given != 0 || !RtlpIsString(Type))
    {
        return Given;
    }
    do
    {
        while (Text[Length] != 0)
        {
            Length++;
        }
        Length++;
    } while (Type == REG_MULTI_SZ && Text[Length] != 0);
    Length += Type == REG_MULTI_SZ;
    return Length * (ULONG)sizeof(WCHAR);
}

static NTSTATUS RtlpUseDefault(const RTL_QUERY_REGISTRY_TABLE *Entry, const RTLP_QUERY *Query)
{
    ULONG Type = Entry->DefaultType & 0xFF;
    RTLP_VALUE Value = {.Name = Entry->Name, .Type = Type, .Data = Entry->DefaultData};
    RTL_QUERY_REGISTRY_TABLE Unchecked = *Entry;

    if ((Entry->Flags & RTL_QUERY_REGISTRY_REQUIRED) != 0)
    {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    if (Type == REG_NONE)
    {
        return STATUS_SUCCESS;
    }
    Value.Length = RtlpDefaultLength(Type, Entry->DefaultData, Entry->DefaultLength);
    Unchecked.Flags &= ~(ULONG)RTL_QUERY_REGISTRY_TYPECHECK;
    return RtlpHandValue(&Unchecked, &Value, Query);
}

static NTSTATUS RtlpQueryNamed(PCMP_KEY Key, const RTL_QUERY_REGISTRY_TABLE *Entry, const RTLP_QUERY *Query)
{
    UNICODE_STRING Name;
    RTLP_VALUE Copy = {0};
    NTSTATUS Status = STATUS_OBJECT_NAME_NOT_FOUND;

    RtlInitUnicodeString(&Name, Entry->Name);
    if (Key != NULL)
    {
        CmpLock();
        PCMP_VALUE Value = Key->Deleted ? NULL : CmpFindValue(Key, &Name);
        Status = Value != NULL ? RtlpCopyValue(Value, &Copy) : Status;
        CmpUnlock();
    }
    if (Status == STATUS_OBJECT_NAME_NOT_FOUND)
    {
        return RtlpUseDefault(Entry, Query);
    }
    if (NT_SUCCESS(Status))
    {
        Status = RtlpHandValue(Entry, &Copy, Query);
        if (NT_SUCCESS(Status) && (Entry->Flags & RTL_QUERY_REGISTRY_DELETE) != 0)
        {
            (VOID) CmpDeleteValue(Key, &Name); /* somebody else may have done so */
        }
    }
    HcFree(Copy.Memory);
    return Status;
}

static NTSTATUS RtlpQueryAll(PCMP_KEY Key, const RTL_QUERY_REGISTRY_TABLE *Entry, const RTLP_QUERY *Query)
{
    NTSTATUS Status = STATUS_SUCCESS;
    ULONG Index = 0;
    ULONG Seen = 0;

    while (Key != NULL && NT_SUCCESS(Status))
    {
        RTLP_VALUE Copy = {0};
        CmpLock();
        PCMP_VALUE Value = Key->Deleted ? NULL : CmpValueAt(Key, Index);
        Status = Value != NULL ? RtlpCopyValue(Value, &Copy) : STATUS_SUCCESS;
        CmpUnlock();
        if (Value == NULL || !NT_SUCCESS(Status))
        {
            break;
        }
        Seen++;
        Status = RtlpHandValue(Entry, &Copy, Query);
        if (NT_SUCCESS(Status) && (Entry->Flags & RTL_QUERY_REGISTRY_DELETE) != 0)
        {
            UNICODE_STRING Name;
            RtlInitUnicodeString(&Name, Copy.Name);
            (VOID) CmpDeleteValue(Key, &Name);
        }
        else
        {
            Index++;
        }
        HcFree(Copy.Memory);
    }
    if (NT_SUCCESS(Status) && Seen == 0 && (Entry->Flags & RTL_QUERY_REGISTRY_REQUIRED) != 0)
    {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    return Status;
}

/* Entry names another key: *Current becomes it, or NULL when it is not there. */
static NTSTATUS RtlpEnterSubkey(PCMP_KEY Top, const RTL_QUERY_REGISTRY_TABLE *Entry, PCMP_KEY *Current)
{
    CMP_OPEN Open = {.Root = Top, .Create = CmpCreateNothing};
    UNICODE_STRING Name;

    if (Entry->Name == NULL)
    {
        return STATUS_INVALID_PARAMETER;
    }
    RtlInitUnicodeString(&Name, Entry->Name);
    NTSTATUS Status = Top != NULL ? CmpOpenKey(&Name, &Open, Current) : STATUS_OBJECT_NAME_NOT_FOUND;
    if (Status == STATUS_OBJECT_NAME_NOT_FOUND && (Entry->Flags & RTL_QUERY_REGISTRY_REQUIRED) == 0)
    {
        return STATUS_SUCCESS;
    }
    return Status;
}

/* *Current is the key that entries are about, with a reference, or NULL. */
static NTSTATUS RtlpQueryEntry(PCMP_KEY Top, const RTL_QUERY_REGISTRY_TABLE *Entry, const RTLP_QUERY *Query, PCMP_KEY *Current)
{
    BOOLEAN Direct = (Entry->Flags & RTL_QUERY_REGISTRY_DIRECT) != 0;

    if (Direct && (Entry->Name == NULL || Entry->QueryRoutine != NULL ||
                   (Entry->Flags & RTL_QUERY_REGISTRY_SUBKEY) != 0))
    {
        return STATUS_INVALID_PARAMETER;
    }
    if ((Entry->Flags & (RTL_QUERY_REGISTRY_TOPKEY | RTL_QUERY_REGISTRY_SUBKEY)) != 0)
    {
        if (*Current != NULL)
        {
            CmpDereferenceKey(*Current);
        }
        *Current = NULL;
        if ((Entry->Flags & RTL_QUERY_REGISTRY_SUBKEY) != 0)
        {
            NTSTATUS Status = RtlpEnterSubkey(Top, Entry, Current);
            return NT_SUCCESS(Status) && Entry->QueryRoutine != NULL ? RtlpQueryAll(*Current, Entry, Query) : Status;
        }
        *Current = Top;
        if (Top != NULL)
        {
            CmpReferenceKey(Top);
        }
    }
    if (!Direct && Entry->QueryRoutine == NULL)
    {
        return (Entry->Flags & RTL_QUERY_REGISTRY_TOPKEY) != 0 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    }
    if ((Entry->Flags & RTL_QUERY_REGISTRY_NOVALUE) != 0)
    {
        return Direct ? STATUS_INVALID_PARAMETER
                      : Entry->QueryRoutine(NULL, REG_NONE, NULL, 0, Query->Context, Entry->EntryContext);
    }
    return Entry->Name != NULL ? RtlpQueryNamed(*Current, Entry, Query) : RtlpQueryAll(*Current, Entry, Query);
}

/* Looks up what QueryTable lists, in the key of RelativeTo and Path, and gives it to
 * each entry's routine or variable; strings for which it has no room come in pool
 * that the caller frees. PASSIVE_LEVEL. STATUS_OBJECT_NAME_NOT_FOUND,
 * STATUS_INVALID_PARAMETER, STATUS_BUFFER_TOO_SMALL, STATUS_OBJECT_TYPE_MISMATCH, or
 * what a routine returns. Page: nf-wdm-rtlqueryregistryvalues. */
NTSTATUS NTAPI RtlQueryRegistryValues(ULONG RelativeTo, PCWSTR Path, PRTL_QUERY_REGISTRY_TABLE QueryTable,
                                      PVOID Context, PVOID Environment)
{
    RTLP_QUERY Query = {Context, __builtin_return_address(0)};
    PCMP_KEY Top;
    PCMP_KEY Current;

    UNREFERENCED_PARAMETER(Environment);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    NTSTATUS Status = RtlpOpenRelative(RelativeTo, Path, CmpCreateNothing, &Top);
    if (Status == STATUS_OBJECT_NAME_NOT_FOUND && (RelativeTo & RTL_REGISTRY_OPTIONAL) != 0)
    {
        Status = STATUS_SUCCESS;
    }
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    Current = Top;
    if (Top != NULL)
    {
        CmpReferenceKey(Top);
    }
    for (PRTL_QUERY_REGISTRY_TABLE Entry = QueryTable;
         NT_SUCCESS(Status) && (Entry->QueryRoutine != NULL || Entry->Name != NULL); Entry++)
    {
        Status = RtlpQueryEntry(Top, Entry, &Query, &Current);
    }
    if (Current != NULL)
    {
        CmpDereferenceKey(Current);
    }
    if (Top != NULL)
    {
        CmpDereferenceKey(Top);
    }
    return Status;
}

/* ---- drivers' own keys --------------------------------------------------------------------------- */

/* A handle to a key of the driver's own, below its service key. PASSIVE_LEVEL.
 * STATUS_INVALID_PARAMETER. Page: nf-wdm-ioopendriverregistrykey. */
NTSTATUS NTAPI IoOpenDriverRegistryKey(PDRIVER_OBJECT DriverObject, DRIVER_REGKEY_TYPE RegKeyType,
                                       ACCESS_MASK DesiredAccess, ULONG Flags, PHANDLE DriverRegKey)
{
    static PCWSTR const Names[] = {L"Parameters", L"State", L"SharedState"};
    CMP_OPEN Open = {.Create = CmpCreateLast};
    UNICODE_STRING Name;
    PCMP_KEY Key;

    UNREFERENCED_PARAMETER(DesiredAccess);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    if (Flags != 0 || (ULONG)RegKeyType >= RTL_NUMBER_OF(Names))
    {
        return STATUS_INVALID_PARAMETER;
    }
    NTSTATUS Status = RtlpOpenRelative(RTL_REGISTRY_SERVICES, DriverObject->DriverExtension->ServiceKeyName.Buffer,
                                       CmpCreateNothing, &Open.Root);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    RtlInitUnicodeString(&Name, Names[RegKeyType]);
    Status = CmpOpenKey(&Name, &Open, &Key);
    if (NT_SUCCESS(Status))
    {
        Status = CmpOpenHandle(Key, DriverRegKey, __builtin_return_address(0));
        CmpDereferenceKey(Key);
    }
    CmpDereferenceKey(Open.Root);
    return Status;
}
