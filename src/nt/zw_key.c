// SPDX-License-Identifier: MIT
/*
 * Registry keys by handle, as drivers use them. A key that is deleted lives on, of
 * no use, until its last handle is closed.
 */
#include "nt/cmp.h"
#include "nt/hostcall.h"
#include "nt/iop.h"
#include "nt/ntp.h"

static VOID CmpDestroyKey(PVOID Body)
{
    CmpDereferenceKey(((PCMP_KEY_BODY)Body)->Key);
}

static VOID CmpQueryKeyName(PVOID Body, PWSTR Buffer, ULONG Capacity, PULONG Length)
{
    CmpQueryName(((PCMP_KEY_BODY)Body)->Key, Buffer, Capacity, Length);
}

OBJECT_TYPE CmpKeyType = {.Name = "Key", .Destroy = CmpDestroyKey, .QueryName = CmpQueryKeyName};

NTSTATUS CmpOpenHandle(PCMP_KEY Key, PHANDLE Handle, PVOID Caller)
{
    PCMP_KEY_BODY Body = ObpCreateObject(&CmpKeyType, sizeof(CMP_KEY_BODY));

    if (Body == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    CmpReferenceKey(Key);
    Body->Key = Key;
    NTSTATUS Status = ObpInsertHandleFor(Body, Handle, Caller);
    ObfDereferenceObject(Body);
    return Status;
}

NTSTATUS CmpReferenceHandle(HANDLE Handle, PCMP_KEY *Key)
{
    PVOID Body;

    *Key = NULL;
    NTSTATUS Status = ObpReferenceHandle(Handle, &CmpKeyType, &Body);
    if (NT_SUCCESS(Status))
    {
        *Key = ((PCMP_KEY_BODY)Body)->Key;
        CmpReferenceKey(*Key);
        ObfDereferenceObject(Body);
    }
    return Status;
}

/* ---- opening ------------------------------------------------------------------------------ */

static NTSTATUS CmpOpenByAttributes(PHANDLE KeyHandle, POBJECT_ATTRIBUTES ObjectAttributes, PCMP_OPEN Open, PVOID Caller)
{
    PCMP_KEY Key;
    NTSTATUS Status = STATUS_SUCCESS;

    if (ObjectAttributes == NULL || ObjectAttributes->Length != sizeof(OBJECT_ATTRIBUTES) ||
        ObjectAttributes->ObjectName == NULL)
    {
        return STATUS_INVALID_PARAMETER;
    }
    if (ObjectAttributes->RootDirectory != NULL)
    {
        Status = CmpReferenceHandle(ObjectAttributes->RootDirectory, &Open->Root);
    }
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    Status = CmpOpenKey(ObjectAttributes->ObjectName, Open, &Key);
    if (NT_SUCCESS(Status))
    {
        Status = CmpOpenHandle(Key, KeyHandle, Caller);
        CmpDereferenceKey(Key);
    }
    if (Open->Root != NULL)
    {
        CmpDereferenceKey(Open->Root);
    }
    return Status;
}

/* A handle to the key of that name, made if it is not there; its parent must be.
 * *Disposition (may be NULL) says which. REG_OPTION_VOLATILE is all CreateOptions may
 * hold: nothing here outlives the process. PASSIVE_LEVEL.
 * STATUS_OBJECT_NAME_NOT_FOUND: no parent; STATUS_OBJECT_NAME_INVALID,
 * STATUS_OBJECT_PATH_SYNTAX_BAD, STATUS_KEY_DELETED, STATUS_CHILD_MUST_BE_VOLATILE,
 * STATUS_INVALID_PARAMETER. Page: nf-wdm-zwcreatekey. */
NTSTATUS NTAPI ZwCreateKey(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
                           ULONG TitleIndex, PUNICODE_STRING Class, ULONG CreateOptions, PULONG Disposition)
{
    CMP_OPEN Open = {.Create = CmpCreateLast, .Volatile = (CreateOptions & REG_OPTION_VOLATILE) != 0, .Class = Class};

    UNREFERENCED_PARAMETER(DesiredAccess);
    UNREFERENCED_PARAMETER(TitleIndex);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    if ((CreateOptions & ~(ULONG)REG_OPTION_VOLATILE) != 0)
    {
        return STATUS_INVALID_PARAMETER;
    }
    NTSTATUS Status = CmpOpenByAttributes(KeyHandle, ObjectAttributes, &Open, __builtin_return_address(0));
    if (NT_SUCCESS(Status) && Disposition != NULL)
    {
        *Disposition = Open.Created ? REG_CREATED_NEW_KEY : REG_OPENED_EXISTING_KEY;
    }
    return Status;
}

/* A handle to the key of that name. PASSIVE_LEVEL. STATUS_OBJECT_NAME_NOT_FOUND and
 * the others of ZwCreateKey. Page: nf-wdm-zwopenkey. */
NTSTATUS NTAPI ZwOpenKey(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes)
{
    CMP_OPEN Open = {.Create = CmpCreateNothing};

    UNREFERENCED_PARAMETER(DesiredAccess);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    return CmpOpenByAttributes(KeyHandle, ObjectAttributes, &Open, __builtin_return_address(0));
}

/* As ZwOpenKey; OpenOptions are 0. Page: nf-wdm-zwopenkeyex. */
NTSTATUS NTAPI ZwOpenKeyEx(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
                           ULONG OpenOptions)
{
    CMP_OPEN Open = {.Create = CmpCreateNothing};

    UNREFERENCED_PARAMETER(DesiredAccess);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    if (OpenOptions != 0)
    {
        return STATUS_INVALID_PARAMETER;
    }
    return CmpOpenByAttributes(KeyHandle, ObjectAttributes, &Open, __builtin_return_address(0));
}

/* Deletes a key without subkeys; its handles are good for ZwClose only.
 * PASSIVE_LEVEL. STATUS_CANNOT_DELETE, STATUS_KEY_DELETED. Page: nf-wdm-zwdeletekey. */
NTSTATUS NTAPI ZwDeleteKey(HANDLE KeyHandle)
{
    PCMP_KEY Key;

    KI_IRQL_MAX(PASSIVE_LEVEL);
    NTSTATUS Status = CmpReferenceHandle(KeyHandle, &Key);
    if (NT_SUCCESS(Status))
    {
        Status = CmpDeleteKey(Key);
        CmpDereferenceKey(Key);
    }
    return Status;
}

/* The registry has no disk behind it, so what was set is as safe as it gets.
 * PASSIVE_LEVEL. Page: nf-wdm-zwflushkey. */
NTSTATUS NTAPI ZwFlushKey(HANDLE KeyHandle)
{
    PCMP_KEY Key;

    KI_IRQL_MAX(PASSIVE_LEVEL);
    NTSTATUS Status = CmpReferenceHandle(KeyHandle, &Key);
    if (NT_SUCCESS(Status))
    {
        CmpDereferenceKey(Key);
    }
    return Status;
}

/* ---- answers --------------------------------------------------------------------------------- */

/*
 * An answer that is written as far as its buffer goes.
 * Owner: the caller's stack; Buffer is the driver's.
 */
typedef struct _CMP_ANSWER
{
    PUCHAR Buffer;
    ULONG Room;
    ULONG Fixed;  /* less room than this, and nothing is written */
    ULONG Length; /* what all of it needs */
} CMP_ANSWER;

static VOID CmpPut(CMP_ANSWER *Answer, ULONG Offset, const VOID *Data, ULONG Length)
{
    if (Offset + Length > Answer->Length)
    {
        Answer->Length = Offset + Length;
    }
    if (Answer->Room >= Answer->Fixed && Offset < Answer->Room && Length != 0)
    {
        RtlCopyMemory(Answer->Buffer + Offset, Data, min(Length, Answer->Room - Offset));
    }
}

static NTSTATUS CmpAnswered(const CMP_ANSWER *Answer, PULONG ResultLength)
{
    *ResultLength = Answer->Length;
    if (Answer->Room < Answer->Fixed)
    {
        return STATUS_BUFFER_TOO_SMALL;
    }
    return Answer->Room < Answer->Length ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

/* The lock is held. */
static NTSTATUS CmpDescribeValue(PCMP_VALUE Value, KEY_VALUE_INFORMATION_CLASS Class, CMP_ANSWER *Answer)
{
    ULONG Align = Class == KeyValueFullInformationAlign64 ? 8 : 4;
    KEY_VALUE_FULL_INFORMATION Full = {.Type = Value->Type, .DataLength = Value->Length, .NameLength = Value->Name.Length};
    KEY_VALUE_BASIC_INFORMATION Basic = {.Type = Value->Type, .NameLength = Value->Name.Length};
    KEY_VALUE_PARTIAL_INFORMATION Partial = {.Type = Value->Type, .DataLength = Value->Length};
    KEY_VALUE_PARTIAL_INFORMATION_ALIGN64 Partial64 = {.Type = Value->Type, .DataLength = Value->Length};

    switch (Class)
    {
    case KeyValueBasicInformation:
        Answer->Fixed = FIELD_OFFSET(KEY_VALUE_BASIC_INFORMATION, Name);
        CmpPut(Answer, 0, &Basic, Answer->Fixed);
        CmpPut(Answer, Answer->Fixed, Value->Text, Value->Name.Length);
        return STATUS_SUCCESS;
    case KeyValueFullInformation:
    case KeyValueFullInformationAlign64:
        Answer->Fixed = FIELD_OFFSET(KEY_VALUE_FULL_INFORMATION, Name);
        Full.DataOffset = (Answer->Fixed + Value->Name.Length + Align - 1) & ~(Align - 1);
        CmpPut(Answer, 0, &Full, Answer->Fixed);
        CmpPut(Answer, Answer->Fixed, Value->Text, Value->Name.Length);
        CmpPut(Answer, Full.DataOffset, Value->Data, Value->Length);
        return STATUS_SUCCESS;
    case KeyValuePartialInformation:
        Answer->Fixed = FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data);
        CmpPut(Answer, 0, &Partial, Answer->Fixed);
        CmpPut(Answer, Answer->Fixed, Value->Data, Value->Length);
        return STATUS_SUCCESS;
    case KeyValuePartialInformationAlign64:
        Answer->Fixed = FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION_ALIGN64, Data);
        CmpPut(Answer, 0, &Partial64, Answer->Fixed);
        CmpPut(Answer, Answer->Fixed, Value->Data, Value->Length);
        return STATUS_SUCCESS;
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

/* The lock is held. */
static VOID CmpDescribeFullKey(PCMP_KEY Key, CMP_ANSWER *Answer)
{
    KEY_FULL_INFORMATION Full = {.LastWriteTime = Key->LastWriteTime,
                                 .ClassOffset = FIELD_OFFSET(KEY_FULL_INFORMATION, Class),
                                 .ClassLength = Key->Class.Length,
                                 .SubKeys = Key->SubkeyCount,
                                 .Values = Key->ValueCount};

    for (PLIST_ENTRY Link = Key->Subkeys.Flink; Link != &Key->Subkeys; Link = Link->Flink)
    {
        PCMP_KEY Subkey = CONTAINING_RECORD(Link, CMP_KEY, Link);
        Full.MaxNameLen = max(Full.MaxNameLen, (ULONG)Subkey->Name.Length);
        Full.MaxClassLen = max(Full.MaxClassLen, (ULONG)Subkey->Class.Length);
    }
    for (PLIST_ENTRY Link = Key->Values.Flink; Link != &Key->Values; Link = Link->Flink)
    {
        PCMP_VALUE Value = CONTAINING_RECORD(Link, CMP_VALUE, Link);
        Full.MaxValueNameLen = max(Full.MaxValueNameLen, (ULONG)Value->Name.Length);
        Full.MaxValueDataLen = max(Full.MaxValueDataLen, Value->Length);
    }
    Answer->Fixed = FIELD_OFFSET(KEY_FULL_INFORMATION, Class);
    CmpPut(Answer, 0, &Full, Answer->Fixed);
    CmpPut(Answer, Answer->Fixed, Key->Class.Buffer, Key->Class.Length);
}

/* The lock is held. */
static NTSTATUS CmpDescribeKey(PCMP_KEY Key, KEY_INFORMATION_CLASS Class, CMP_ANSWER *Answer)
{
    KEY_BASIC_INFORMATION Basic = {.LastWriteTime = Key->LastWriteTime, .NameLength = Key->Name.Length};
    KEY_NODE_INFORMATION Node = {
        .LastWriteTime = Key->LastWriteTime, .NameLength = Key->Name.Length, .ClassLength = Key->Class.Length};

    switch (Class)
    {
    case KeyBasicInformation:
        Answer->Fixed = FIELD_OFFSET(KEY_BASIC_INFORMATION, Name);
        CmpPut(Answer, 0, &Basic, Answer->Fixed);
        CmpPut(Answer, Answer->Fixed, Key->Text, Key->Name.Length);
        return STATUS_SUCCESS;
    case KeyNodeInformation:
        Answer->Fixed = FIELD_OFFSET(KEY_NODE_INFORMATION, Name);
        Node.ClassOffset = Key->Class.Length != 0 ? (Answer->Fixed + Key->Name.Length + 3) & ~3U : ~0U;
        CmpPut(Answer, 0, &Node, Answer->Fixed);
        CmpPut(Answer, Answer->Fixed, Key->Text, Key->Name.Length);
        if (Key->Class.Length != 0)
        {
            CmpPut(Answer, Node.ClassOffset, Key->Class.Buffer, Key->Class.Length);
        }
        return STATUS_SUCCESS;
    case KeyFullInformation:
        CmpDescribeFullKey(Key, Answer);
        return STATUS_SUCCESS;
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

/* ---- questions ---------------------------------------------------------------------------------- */

static NTSTATUS CmpQueryFullName(PCMP_KEY Key, PVOID Buffer, ULONG Length, PULONG ResultLength)
{
    KEY_NAME_INFORMATION Name;
    ULONG Fixed = FIELD_OFFSET(KEY_NAME_INFORMATION, Name);
    CMP_ANSWER Answer = {.Buffer = Buffer, .Room = Length, .Fixed = Fixed};

    CmpQueryName(Key, NULL, 0, &Name.NameLength);
    ULONG Bytes = Name.NameLength;
    PWSTR Text = HcAllocate(Bytes);
    if (Text == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    CmpQueryName(Key, Text, Bytes, &Name.NameLength);
    CmpPut(&Answer, 0, &Name, Fixed);
    CmpPut(&Answer, Fixed, Text, min(Bytes, Name.NameLength));
    HcFree(Text);
    return CmpAnswered(&Answer, ResultLength);
}

/* Facts about a key, or with KeyNameInformation its full name. PASSIVE_LEVEL.
 * STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_PARAMETER,
 * STATUS_KEY_DELETED. Page: nf-wdm-zwquerykey. */
NTSTATUS NTAPI ZwQueryKey(HANDLE KeyHandle, KEY_INFORMATION_CLASS KeyInformationClass, PVOID KeyInformation,
                          ULONG Length, PULONG ResultLength)
{
    CMP_ANSWER Answer = {.Buffer = KeyInformation, .Room = Length};
    PCMP_KEY Key;

    KI_IRQL_MAX(PASSIVE_LEVEL);
    NTSTATUS Status = CmpReferenceHandle(KeyHandle, &Key);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    CmpLock();
    Status = Key->Deleted                                     ? STATUS_KEY_DELETED
             : KeyInformationClass == KeyNameInformation ? STATUS_SUCCESS
                                                              : CmpDescribeKey(Key, KeyInformationClass, &Answer);
    CmpUnlock();
    if (NT_SUCCESS(Status))
    {
        Status = KeyInformationClass == KeyNameInformation
                     ? CmpQueryFullName(Key, KeyInformation, Length, ResultLength)
                     : CmpAnswered(&Answer, ResultLength);
    }
    CmpDereferenceKey(Key);
    return Status;
}

/* Facts about the Index-th subkey, by name. PASSIVE_LEVEL. STATUS_NO_MORE_ENTRIES and
 * those of ZwQueryKey. Page: nf-wdm-zwenumeratekey. */
NTSTATUS NTAPI ZwEnumerateKey(HANDLE KeyHandle, ULONG Index, KEY_INFORMATION_CLASS KeyInformationClass,
                              PVOID KeyInformation, ULONG Length, PULONG ResultLength)
{
    CMP_ANSWER Answer = {.Buffer = KeyInformation, .Room = Length};
    PCMP_KEY Key;

    KI_IRQL_MAX(PASSIVE_LEVEL);
    NTSTATUS Status = CmpReferenceHandle(KeyHandle, &Key);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    CmpLock();
    PCMP_KEY Subkey = CmpSubkeyAt(Key, Index);
    Status = Key->Deleted   ? STATUS_KEY_DELETED
             : Subkey == NULL ? STATUS_NO_MORE_ENTRIES
                              : CmpDescribeKey(Subkey, KeyInformationClass, &Answer);
    CmpUnlock();
    CmpDereferenceKey(Key);
    return NT_SUCCESS(Status) ? CmpAnswered(&Answer, ResultLength) : Status;
}

/* The value Find picks under the lock. */
static NTSTATUS CmpQueryValue(HANDLE KeyHandle, PCUNICODE_STRING Name, const ULONG *Index,
                              KEY_VALUE_INFORMATION_CLASS Class, CMP_ANSWER *Answer, PULONG ResultLength)
{
    PCMP_KEY Key;

    NTSTATUS Status = CmpReferenceHandle(KeyHandle, &Key);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    CmpLock();
    PCMP_VALUE Value = Index != NULL ? CmpValueAt(Key, *Index) : CmpFindValue(Key, Name);
    if (Key->Deleted)
    {
        Status = STATUS_KEY_DELETED;
    }
    else if (Value == NULL)
    {
        Status = Index != NULL ? STATUS_NO_MORE_ENTRIES : STATUS_OBJECT_NAME_NOT_FOUND;
    }
    else
    {
        Status = CmpDescribeValue(Value, Class, Answer);
    }
    CmpUnlock();
    CmpDereferenceKey(Key);
    return NT_SUCCESS(Status) ? CmpAnswered(Answer, ResultLength) : Status;
}

/* A value by name. PASSIVE_LEVEL. STATUS_OBJECT_NAME_NOT_FOUND,
 * STATUS_BUFFER_OVERFLOW (partly there), STATUS_BUFFER_TOO_SMALL (nothing there);
 * *ResultLength says what is needed. Page: nf-wdm-zwqueryvaluekey. */
NTSTATUS NTAPI ZwQueryValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName,
                               KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass, PVOID KeyValueInformation,
                               ULONG Length, PULONG ResultLength)
{
    CMP_ANSWER Answer = {.Buffer = KeyValueInformation, .Room = Length};

    KI_IRQL_MAX(PASSIVE_LEVEL);
    return CmpQueryValue(KeyHandle, ValueName, NULL, KeyValueInformationClass, &Answer, ResultLength);
}

/* The Index-th value, in the order they were made. PASSIVE_LEVEL.
 * STATUS_NO_MORE_ENTRIES and those of ZwQueryValueKey. Page:
 * nf-wdm-zwenumeratevaluekey. */
NTSTATUS NTAPI ZwEnumerateValueKey(HANDLE KeyHandle, ULONG Index,
                                   KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass, PVOID KeyValueInformation,
                                   ULONG Length, PULONG ResultLength)
{
    CMP_ANSWER Answer = {.Buffer = KeyValueInformation, .Room = Length};

    KI_IRQL_MAX(PASSIVE_LEVEL);
    return CmpQueryValue(KeyHandle, NULL, &Index, KeyValueInformationClass, &Answer, ResultLength);
}

/* Sets or makes a value; Data is copied. PASSIVE_LEVEL. STATUS_INVALID_HANDLE,
 * STATUS_KEY_DELETED, STATUS_INVALID_PARAMETER, STATUS_INSUFFICIENT_RESOURCES (also
 * above 1 MiB). Page: nf-wdm-zwsetvaluekey. */
NTSTATUS NTAPI ZwSetValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName, ULONG TitleIndex, ULONG Type, PVOID Data,
                             ULONG DataSize)
{
    PCMP_KEY Key;

    UNREFERENCED_PARAMETER(TitleIndex);
    KI_IRQL_MAX(PASSIVE_LEVEL);
    NTSTATUS Status = CmpReferenceHandle(KeyHandle, &Key);
    if (NT_SUCCESS(Status))
    {
        Status = CmpSetValue(Key, ValueName, Type, Data, DataSize);
        CmpDereferenceKey(Key);
    }
    return Status;
}

/* Takes a value away. PASSIVE_LEVEL. STATUS_OBJECT_NAME_NOT_FOUND,
 * STATUS_KEY_DELETED. Page: nf-wdm-zwdeletevaluekey. */
NTSTATUS NTAPI ZwDeleteValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName)
{
    PCMP_KEY Key;

    KI_IRQL_MAX(PASSIVE_LEVEL);
    NTSTATUS Status = CmpReferenceHandle(KeyHandle, &Key);
    if (NT_SUCCESS(Status))
    {
        Status = CmpDeleteValue(Key, ValueName);
        CmpDereferenceKey(Key);
    }
    return Status;
}
