// SPDX-License-Identifier: MIT
/*
 * The registry's tree: keys, values, paths. CurrentControlSet is what it is on
 * Windows, another name of a numbered control set. It lives in memory (DIV-41).
 */
#include "nt/cmp.h"
#include "nt/hostcall.h"
#include "nt/ntp.h"

static HC_LOCK TreeLock; /* the whole tree's */
static PCMP_KEY Root;

VOID CmpLock(VOID)
{
    HcAcquireLock(&TreeLock);
}

VOID CmpUnlock(VOID)
{
    HcReleaseLock(&TreeLock);
}

/* ---- keys: TreeLock held ------------------------------------------------------------------ */

static PCMP_KEY CmpNewKey(PCUNICODE_STRING Name, PCUNICODE_STRING Class)
{
    USHORT ClassLength = Class != NULL ? Class->Length : 0;
    PCMP_KEY Key = HcAllocateZero(sizeof(CMP_KEY) + Name->Length + ClassLength);

    if (Key == NULL)
    {
        return NULL;
    }
    Key->References = 1;
    InitializeListHead(&Key->Subkeys);
    InitializeListHead(&Key->Values);
    KeQuerySystemTimePrecise(&Key->LastWriteTime);
    Key->Name.Buffer = Key->Text;
    Key->Name.Length = Key->Name.MaximumLength = Name->Length;
    RtlCopyMemory(Key->Text, Name->Buffer, Name->Length);
    Key->Class.Buffer = Key->Text + Name->Length / sizeof(WCHAR);
    Key->Class.Length = Key->Class.MaximumLength = ClassLength;
    if (ClassLength != 0)
    {
        RtlCopyMemory(Key->Class.Buffer, Class->Buffer, ClassLength);
    }
    return Key;
}

static VOID CmpFreeValue(PCMP_KEY Key, PCMP_VALUE Value)
{
    RemoveEntryList(&Value->Link);
    Key->ValueCount--;
    HcFree(Value->Data);
    HcFree(Value);
}

static VOID CmpRelease(PCMP_KEY Key)
{
    if (--Key->References != 0)
    {
        return;
    }
    while (!IsListEmpty(&Key->Values))
    {
        CmpFreeValue(Key, CONTAINING_RECORD(Key->Values.Flink, CMP_VALUE, Link));
    }
    HcFree(Key);
}

/* Out of its parent's list, with all below it; the tree's references go. */
static VOID CmpUnlink(PCMP_KEY Key)
{
    while (!IsListEmpty(&Key->Subkeys))
    {
        CmpUnlink(CONTAINING_RECORD(Key->Subkeys.Flink, CMP_KEY, Link));
    }
    if (Key->Parent != NULL)
    {
        RemoveEntryList(&Key->Link);
        Key->Parent->SubkeyCount--;
        KeQuerySystemTimePrecise(&Key->Parent->LastWriteTime);
        Key->Parent = NULL;
    }
    Key->Deleted = TRUE;
    CmpRelease(Key);
}

static VOID CmpLink(PCMP_KEY Parent, PCMP_KEY Key)
{
    PLIST_ENTRY Before = Parent->Subkeys.Flink;

    while (Before != &Parent->Subkeys &&
           RtlCompareUnicodeString(&CONTAINING_RECORD(Before, CMP_KEY, Link)->Name, &Key->Name, TRUE) < 0)
    {
        Before = Before->Flink;
    }
    InsertTailList(Before, &Key->Link);
    Key->Parent = Parent;
    Parent->SubkeyCount++;
    Parent->LastWriteTime = Key->LastWriteTime;
}

static PCMP_KEY CmpFindSubkey(PCMP_KEY Parent, PCUNICODE_STRING Name)
{
    static const UNICODE_STRING Current = RTL_CONSTANT_STRING(L"CurrentControlSet");
    static const UNICODE_STRING Numbered = RTL_CONSTANT_STRING(L"ControlSet001");
    static const UNICODE_STRING System = RTL_CONSTANT_STRING(L"SYSTEM");

    if (RtlEqualUnicodeString(Name, &Current, TRUE) && Parent->Permanent &&
        RtlEqualUnicodeString(&Parent->Name, &System, TRUE))
    {
        Name = &Numbered;
    }
    for (PLIST_ENTRY Link = Parent->Subkeys.Flink; Link != &Parent->Subkeys; Link = Link->Flink)
    {
        PCMP_KEY Key = CONTAINING_RECORD(Link, CMP_KEY, Link);
        if (RtlEqualUnicodeString(&Key->Name, Name, TRUE))
        {
            return Key;
        }
    }
    return NULL;
}

PCMP_KEY CmpSubkeyAt(PCMP_KEY Key, ULONG Index)
{
    PLIST_ENTRY Link = Key->Subkeys.Flink;

    while (Link != &Key->Subkeys && Index-- != 0)
    {
        Link = Link->Flink;
    }
    return Link != &Key->Subkeys ? CONTAINING_RECORD(Link, CMP_KEY, Link) : NULL;
}

/* ---- paths ------------------------------------------------------------------------------------ */

/* The next name of a path; FALSE at its end. One backslash at the end is allowed. */
static BOOLEAN CmpNextName(PUNICODE_STRING Rest, PUNICODE_STRING Name)
{
    USHORT Length = 0;

    if (Rest->Length == 0)
    {
        return FALSE;
    }
    while (Length < Rest->Length && Rest->Buffer[Length / sizeof(WCHAR)] != L'\\')
    {
        Length += sizeof(WCHAR);
    }
    Name->Buffer = Rest->Buffer;
    Name->Length = Name->MaximumLength = Length;
    USHORT Skip = Length < Rest->Length ? Length + (USHORT)sizeof(WCHAR) : Length;
    Rest->Buffer += Skip / sizeof(WCHAR);
    Rest->Length -= Skip;
    return TRUE;
}

/* TreeLock held. *Key gets no reference. */
static NTSTATUS CmpCreateSubkey(PCMP_KEY Parent, PCUNICODE_STRING Name, PCMP_OPEN Open, BOOLEAN Last, PCMP_KEY *Key)
{
    if (Open->Create == CmpCreateNothing || (Open->Create == CmpCreateLast && !Last) || Parent == Root)
    {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    if (Parent->Volatile && !Open->Volatile)
    {
        return STATUS_CHILD_MUST_BE_VOLATILE;
    }
    *Key = CmpNewKey(Name, Last ? Open->Class : NULL);
    if (*Key == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    (*Key)->Volatile = Open->Volatile;
    CmpLink(Parent, *Key);
    Open->Created = TRUE;
    return STATUS_SUCCESS;
}

/* TreeLock held. */
static NTSTATUS CmpWalk(PCMP_KEY Key, UNICODE_STRING Rest, PCMP_OPEN Open, PCMP_KEY *Result)
{
    UNICODE_STRING Name;

    while (CmpNextName(&Rest, &Name))
    {
        if (Name.Length == 0 || Name.Length > CMP_KEY_NAME_BYTES_MAX)
        {
            return STATUS_OBJECT_NAME_INVALID;
        }
        PCMP_KEY Next = CmpFindSubkey(Key, &Name);
        if (Next == NULL)
        {
            NTSTATUS Status = CmpCreateSubkey(Key, &Name, Open, Rest.Length == 0, &Next);
            if (!NT_SUCCESS(Status))
            {
                return Status;
            }
        }
        Key = Next;
    }
    *Result = Key;
    return STATUS_SUCCESS;
}

NTSTATUS CmpOpenKey(PCUNICODE_STRING Path, PCMP_OPEN Open, PCMP_KEY *Key)
{
    UNICODE_STRING Rest = *Path;
    NTSTATUS Status = STATUS_SUCCESS;
    BOOLEAN Absolute = Rest.Length >= sizeof(WCHAR) && Rest.Buffer[0] == L'\\';

    *Key = NULL;
    Open->Created = FALSE;
    if ((Rest.Length & 1) != 0)
    {
        return STATUS_OBJECT_NAME_INVALID;
    }
    if (Absolute == (Open->Root != NULL))
    {
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    }
    if (Absolute)
    {
        Rest.Buffer++;
        Rest.Length -= sizeof(WCHAR);
    }
    CmpLock();
    PCMP_KEY Start = Absolute ? Root : Open->Root;
    Status = Start->Deleted ? STATUS_KEY_DELETED : CmpWalk(Start, Rest, Open, Key);
    if (NT_SUCCESS(Status) && *Key == Root)
    {
        Status = STATUS_OBJECT_NAME_NOT_FOUND;
        *Key = NULL;
    }
    if (NT_SUCCESS(Status))
    {
        (*Key)->References++;
    }
    CmpUnlock();
    return Status;
}

VOID CmpReferenceKey(PCMP_KEY Key)
{
    CmpLock();
    Key->References++;
    CmpUnlock();
}

VOID CmpDereferenceKey(PCMP_KEY Key)
{
    CmpLock();
    CmpRelease(Key);
    CmpUnlock();
}

static NTSTATUS CmpDelete(PCMP_KEY Key, BOOLEAN Tree)
{
    NTSTATUS Status = STATUS_SUCCESS;

    CmpLock();
    if (Key->Deleted)
    {
        Status = STATUS_KEY_DELETED;
    }
    else if (Key->Permanent || (!Tree && Key->SubkeyCount != 0))
    {
        Status = STATUS_CANNOT_DELETE;
    }
    else
    {
        CmpUnlink(Key);
    }
    CmpUnlock();
    return Status;
}

NTSTATUS CmpDeleteKey(PCMP_KEY Key)
{
    return CmpDelete(Key, FALSE);
}

NTSTATUS CmpDeleteTree(PCMP_KEY Key)
{
    return CmpDelete(Key, TRUE);
}

VOID CmpQueryName(PCMP_KEY Key, PWSTR Buffer, ULONG Capacity, PULONG Length)
{
    ULONG End;

    *Length = 0;
    CmpLock();
    for (PCMP_KEY At = Key; At != NULL && At->Name.Length != 0; At = At->Parent)
    {
        *Length += (ULONG)sizeof(WCHAR) + At->Name.Length;
    }
    End = *Length;
    for (PCMP_KEY At = Key; At != NULL && At->Name.Length != 0; At = At->Parent)
    {
        ULONG Start = End - (ULONG)sizeof(WCHAR) - At->Name.Length;
        if (End <= Capacity)
        {
            Buffer[Start / sizeof(WCHAR)] = L'\\';
            RtlCopyMemory(Buffer + Start / sizeof(WCHAR) + 1, At->Name.Buffer, At->Name.Length);
        }
        End = Start;
    }
    CmpUnlock();
}

/* ---- values ---------------------------------------------------------------------------------- */

PCMP_VALUE CmpFindValue(PCMP_KEY Key, PCUNICODE_STRING Name)
{
    static const UNICODE_STRING Default = {0, 0, NULL};

    Name = Name != NULL ? Name : &Default;
    for (PLIST_ENTRY Link = Key->Values.Flink; Link != &Key->Values; Link = Link->Flink)
    {
        PCMP_VALUE Value = CONTAINING_RECORD(Link, CMP_VALUE, Link);
        if (RtlEqualUnicodeString(&Value->Name, Name, TRUE))
        {
            return Value;
        }
    }
    return NULL;
}

PCMP_VALUE CmpValueAt(PCMP_KEY Key, ULONG Index)
{
    PLIST_ENTRY Link = Key->Values.Flink;

    while (Link != &Key->Values && Index-- != 0)
    {
        Link = Link->Flink;
    }
    return Link != &Key->Values ? CONTAINING_RECORD(Link, CMP_VALUE, Link) : NULL;
}

/* TreeLock held. The value of that name, made if need be; NULL: exhausted. */
static PCMP_VALUE CmpMakeValue(PCMP_KEY Key, PCUNICODE_STRING Name)
{
    PCMP_VALUE Value = CmpFindValue(Key, Name);
    USHORT Length = Name != NULL ? Name->Length : 0;

    if (Value != NULL)
    {
        return Value;
    }
    Value = HcAllocateZero(sizeof(CMP_VALUE) + Length);
    if (Value == NULL)
    {
        return NULL;
    }
    Value->Name.Buffer = Value->Text;
    Value->Name.Length = Value->Name.MaximumLength = Length;
    if (Length != 0)
    {
        RtlCopyMemory(Value->Text, Name->Buffer, Length);
    }
    InsertTailList(&Key->Values, &Value->Link);
    Key->ValueCount++;
    return Value;
}

NTSTATUS CmpSetValue(PCMP_KEY Key, PCUNICODE_STRING Name, ULONG Type, const VOID *Data, ULONG Length)
{
    NTSTATUS Status = STATUS_SUCCESS;

    if (Name != NULL && (Name->Length > CMP_VALUE_NAME_BYTES_MAX || (Name->Length & 1) != 0))
    {
        return STATUS_INVALID_PARAMETER;
    }
    if (Length > CMP_VALUE_BYTES_MAX)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    PUCHAR Copy = HcAllocate(Length + sizeof(WCHAR));
    if (Copy == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (Length != 0)
    {
        RtlCopyMemory(Copy, Data, Length);
    }
    RtlZeroMemory(Copy + Length, sizeof(WCHAR));
    CmpLock();
    PCMP_VALUE Value = Key->Deleted ? NULL : CmpMakeValue(Key, Name);
    if (Value != NULL)
    {
        PUCHAR Old = Value->Data;
        Value->Type = Type;
        Value->Length = Length;
        Value->Data = Copy;
        Copy = Old;
        KeQuerySystemTimePrecise(&Key->LastWriteTime);
    }
    else
    {
        Status = Key->Deleted ? STATUS_KEY_DELETED : STATUS_INSUFFICIENT_RESOURCES;
    }
    CmpUnlock();
    HcFree(Copy);
    return Status;
}

NTSTATUS CmpDeleteValue(PCMP_KEY Key, PCUNICODE_STRING Name)
{
    NTSTATUS Status = STATUS_SUCCESS;

    CmpLock();
    PCMP_VALUE Value = CmpFindValue(Key, Name);
    if (Key->Deleted)
    {
        Status = STATUS_KEY_DELETED;
    }
    else if (Value == NULL)
    {
        Status = STATUS_OBJECT_NAME_NOT_FOUND;
    }
    else
    {
        CmpFreeValue(Key, Value);
        KeQuerySystemTimePrecise(&Key->LastWriteTime);
    }
    CmpUnlock();
    return Status;
}

/* ---- up and down ------------------------------------------------------------------------------- */

/* The keys every system has, parents first. */
static const WCHAR *const SystemKeys[] = {
    L"REGISTRY",
    L"REGISTRY\\MACHINE",
    L"REGISTRY\\MACHINE\\HARDWARE",
    L"REGISTRY\\MACHINE\\HARDWARE\\DESCRIPTION",
    L"REGISTRY\\MACHINE\\HARDWARE\\DESCRIPTION\\System",
    L"REGISTRY\\MACHINE\\HARDWARE\\DEVICEMAP",
    L"REGISTRY\\MACHINE\\SOFTWARE",
    L"REGISTRY\\MACHINE\\SOFTWARE\\Microsoft",
    L"REGISTRY\\MACHINE\\SOFTWARE\\Microsoft\\Windows NT",
    L"REGISTRY\\MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion",
    L"REGISTRY\\MACHINE\\SYSTEM",
    L"REGISTRY\\MACHINE\\SYSTEM\\ControlSet001",
    L"REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Control",
    L"REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Services",
    L"REGISTRY\\USER",
    L"REGISTRY\\USER\\.DEFAULT",
};

static NTSTATUS CmpMakeSystemKey(PCWSTR Path)
{
    UNICODE_STRING Rest;
    UNICODE_STRING Name;
    PCMP_KEY Key = Root;

    RtlInitUnicodeString(&Rest, Path);
    while (CmpNextName(&Rest, &Name))
    {
        PCMP_KEY Next = CmpFindSubkey(Key, &Name);
        if (Next == NULL)
        {
            Next = CmpNewKey(&Name, NULL);
            if (Next == NULL)
            {
                return STATUS_INSUFFICIENT_RESOURCES;
            }
            Next->Permanent = TRUE;
            CmpLink(Key, Next);
        }
        Key = Next;
    }
    return STATUS_SUCCESS;
}

NTSTATUS CmpInitialize(VOID)
{
    static const UNICODE_STRING Nothing = {0, 0, (PWCH)L""};

    Root = CmpNewKey(&Nothing, NULL);
    NTSTATUS Status = Root != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(SystemKeys) && NT_SUCCESS(Status); Index++)
    {
        Status = CmpMakeSystemKey(SystemKeys[Index]);
    }
    if (!NT_SUCCESS(Status))
    {
        CmpUninitialize();
    }
    return Status;
}

VOID CmpUninitialize(VOID)
{
    CmpLock();
    if (Root != NULL)
    {
        CmpUnlink(Root);
        Root = NULL;
    }
    CmpUnlock();
}

/* ---- drivers' keys ----------------------------------------------------------------------------------- */

/* What the service manager writes about a driver that is started on demand. */
NTSTATUS CmpCreateServiceKey(PCUNICODE_STRING Path)
{
    static const struct
    {
        UNICODE_STRING Name;
        ULONG Value;
    } Facts[] = {
        {RTL_CONSTANT_STRING(L"Type"), 1},         /* kernel driver */
        {RTL_CONSTANT_STRING(L"Start"), 3},        /* on demand */
        {RTL_CONSTANT_STRING(L"ErrorControl"), 1}, /* normal */
    };
    static const UNICODE_STRING Parameters = RTL_CONSTANT_STRING(L"Parameters");
    CMP_OPEN Open = {.Create = CmpCreateAll};
    PCMP_KEY Key;
    PCMP_KEY Below;

    NTSTATUS Status = CmpOpenKey(Path, &Open, &Key);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Facts) && NT_SUCCESS(Status); Index++)
    {
        CmpLock();
        BOOLEAN There = CmpFindValue(Key, &Facts[Index].Name) != NULL;
        CmpUnlock();
        if (!There)
        {
            Status = CmpSetValue(Key, &Facts[Index].Name, REG_DWORD, &Facts[Index].Value, sizeof(ULONG));
        }
    }
    if (NT_SUCCESS(Status))
    {
        Open = (CMP_OPEN){.Root = Key, .Create = CmpCreateAll};
        Status = CmpOpenKey(&Parameters, &Open, &Below);
    }
    if (NT_SUCCESS(Status))
    {
        CmpDereferenceKey(Below);
    }
    CmpDereferenceKey(Key);
    return Status;
}
