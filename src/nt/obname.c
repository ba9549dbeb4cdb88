// SPDX-License-Identifier: MIT
/*
 * The names of objects: one table of whole paths, compared without case. The
 * folders are Windows' own, so a name in one that does not exist is refused.
 * \??, \DosDevices and \GLOBAL??, three names of the folder of drive letters and
 * symbolic links, are kept as the last one.
 */
#include "nt/expp.h"
#include "nt/hostcall.h"
#include "nt/iop.h"
#include "nt/ntp.h"

#define OBP_NAME_TAG 'mNbO'
#define OBP_LINKS_MAX 32 /* links to links beyond are a circle */

/*
 * A name. Owner: NameList, until ObpRemoveName. Lock: NameLock.
 */
typedef struct _OBP_NAME
{
    LIST_ENTRY Link;
    PVOID Body;         /* no reference: whoever deletes it removes the name first */
    PIOP_DRIVER Driver; /* whose it is */
    UNICODE_STRING Name;
    WCHAR Text[];
} OBP_NAME, *POBP_NAME;

static HC_LOCK NameLock;
static LIST_ENTRY NameList = {&NameList, &NameList};

static const WCHAR *const Folders[] = {
    L"",         L"\\Device",   L"\\GLOBAL??",   L"\\Driver",   L"\\BaseNamedObjects", L"\\KernelObjects",
    L"\\Callback", L"\\FileSystem", L"\\ObjectTypes", L"\\Security", L"\\REGISTRY",
};

/* ---- paths -------------------------------------------------------------------------- */

/* Name begins with Prefix, at the end of a component. */
static BOOLEAN ObpBegins(PCUNICODE_STRING Name, PCUNICODE_STRING Prefix)
{
    return RtlPrefixUnicodeString(Prefix, Name, TRUE) &&
           (Name->Length == Prefix->Length || Name->Buffer[Prefix->Length / sizeof(WCHAR)] == L'\\');
}

/* What Name goes on with after its first Length bytes; shares its memory. */
static UNICODE_STRING ObpTail(PCUNICODE_STRING Name, USHORT Length)
{
    UNICODE_STRING Tail = {(USHORT)(Name->Length - Length), (USHORT)(Name->Length - Length),
                           Name->Buffer + Length / sizeof(WCHAR)};
    return Tail;
}

static NTSTATUS ObpCheckName(PCUNICODE_STRING Name)
{
    if (Name->Buffer == NULL || Name->Length < sizeof(WCHAR) || (Name->Length & 1) != 0)
    {
        return STATUS_OBJECT_NAME_INVALID;
    }
    return Name->Buffer[0] == L'\\' ? STATUS_SUCCESS : STATUS_OBJECT_PATH_SYNTAX_BAD;
}

/* First and Second in one, in memory of its own, with the folder of links spelt one
 * way. The caller frees Path->Buffer (HcFree). */
static NTSTATUS ObpMakePath(PCUNICODE_STRING First, PCUNICODE_STRING Second, PUNICODE_STRING Path)
{
    static const UNICODE_STRING Dos = RTL_CONSTANT_STRING(L"\\DosDevices");
    static const UNICODE_STRING Short = RTL_CONSTANT_STRING(L"\\??");
    static const UNICODE_STRING Real = RTL_CONSTANT_STRING(L"\\GLOBAL??");
    static const UNICODE_STRING Global = RTL_CONSTANT_STRING(L"\\Global");
    SIZE_T Capacity = (SIZE_T)Real.Length + First->Length + Second->Length;

    if (Capacity > MAXUSHORT)
    {
        return STATUS_OBJECT_NAME_INVALID;
    }
    Path->Buffer = HcAllocate(Capacity);
    if (Path->Buffer == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Path->Length = 0;
    Path->MaximumLength = (USHORT)Capacity;
    UNICODE_STRING Tail = *First;
    const UNICODE_STRING *Folder = ObpBegins(First, &Dos)     ? &Dos
                                   : ObpBegins(First, &Short) ? &Short
                                   : ObpBegins(First, &Real)  ? &Real
                                                              : NULL;
    if (Folder != NULL)
    {
        Tail = ObpTail(First, Folder->Length);
        if (ObpBegins(&Tail, &Global))
        {
            Tail = ObpTail(&Tail, Global.Length);
        }
        RtlAppendUnicodeStringToString(Path, &Real);
    }
    RtlAppendUnicodeStringToString(Path, &Tail);
    RtlAppendUnicodeStringToString(Path, Second);
    return STATUS_SUCCESS;
}

/* Whether what Path would be in exists. */
static BOOLEAN ObpFolderExists(PCUNICODE_STRING Path)
{
    UNICODE_STRING Parent = *Path;

    while (Parent.Length != 0 && Parent.Buffer[Parent.Length / sizeof(WCHAR) - 1] != L'\\')
    {
        Parent.Length -= sizeof(WCHAR);
    }
    Parent.Length -= Parent.Length != 0 ? sizeof(WCHAR) : 0;
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Folders); Index++)
    {
        UNICODE_STRING Folder;
        RtlInitUnicodeString(&Folder, Folders[Index]);
        if (RtlEqualUnicodeString(&Parent, &Folder, TRUE))
        {
            return TRUE;
        }
    }
    return FALSE;
}

/* ---- the table ------------------------------------------------------------------------ */

/* NameLock held. */
static POBP_NAME ObpFindName(PCUNICODE_STRING Path)
{
    for (PLIST_ENTRY Link = NameList.Flink; Link != &NameList; Link = Link->Flink)
    {
        POBP_NAME Entry = CONTAINING_RECORD(Link, OBP_NAME, Link);
        if (RtlEqualUnicodeString(&Entry->Name, Path, TRUE))
        {
            return Entry;
        }
    }
    return NULL;
}

/* The longest name that Path is or goes on below. NameLock held. */
static POBP_NAME ObpFindOnPath(PCUNICODE_STRING Path)
{
    POBP_NAME Longest = NULL;

    for (PLIST_ENTRY Link = NameList.Flink; Link != &NameList; Link = Link->Flink)
    {
        POBP_NAME Entry = CONTAINING_RECORD(Link, OBP_NAME, Link);
        if (ObpBegins(Path, &Entry->Name) && (Longest == NULL || Entry->Name.Length > Longest->Name.Length))
        {
            Longest = Entry;
        }
    }
    return Longest;
}

/* NameLock held. */
static POBP_NAME ObpFindNameOf(PVOID Body)
{
    for (PLIST_ENTRY Link = NameList.Flink; Link != &NameList; Link = Link->Flink)
    {
        POBP_NAME Entry = CONTAINING_RECORD(Link, OBP_NAME, Link);
        if (Entry->Body == Body)
        {
            return Entry;
        }
    }
    return NULL;
}

static NTSTATUS ObpInsertPath(PCUNICODE_STRING Path, PVOID Body, PIOP_DRIVER Driver)
{
    POBP_NAME Entry = HcAllocate(sizeof(OBP_NAME) + Path->Length);

    if (Entry == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Entry->Body = Body;
    Entry->Driver = Driver;
    Entry->Name.Buffer = Entry->Text;
    Entry->Name.Length = Path->Length;
    Entry->Name.MaximumLength = Path->Length;
    RtlCopyMemory(Entry->Text, Path->Buffer, Path->Length);
    HcAcquireLock(&NameLock);
    BOOLEAN Taken = ObpFindName(Path) != NULL;
    if (!Taken)
    {
        InsertTailList(&NameList, &Entry->Link);
    }
    HcReleaseLock(&NameLock);
    if (Taken)
    {
        HcFree(Entry);
        return STATUS_OBJECT_NAME_COLLISION;
    }
    return STATUS_SUCCESS;
}

NTSTATUS ObpInsertName(PCUNICODE_STRING Name, PVOID Body, PIOP_DRIVER Driver)
{
    static const UNICODE_STRING Nothing = {0, 0, NULL};
    UNICODE_STRING Path;

    NTSTATUS Status = ObpCheckName(Name);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    Status = ObpMakePath(Name, &Nothing, &Path);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    Status = ObpFolderExists(&Path) ? ObpInsertPath(&Path, Body, Driver) : STATUS_OBJECT_PATH_NOT_FOUND;
    HcFree(Path.Buffer);
    return Status;
}

BOOLEAN ObpRemoveName(PVOID Body)
{
    HcAcquireLock(&NameLock);
    POBP_NAME Entry = ObpFindNameOf(Body);
    if (Entry != NULL)
    {
        RemoveEntryList(&Entry->Link);
    }
    HcReleaseLock(&NameLock);
    HcFree(Entry);
    return Entry != NULL;
}

VOID ObpQueryName(PVOID Body, PWSTR Buffer, ULONG Capacity, PULONG Length)
{
    *Length = 0;
    HcAcquireLock(&NameLock);
    POBP_NAME Entry = ObpFindNameOf(Body);
    if (Entry != NULL)
    {
        *Length = Entry->Name.Length;
        RtlCopyMemory(Buffer, Entry->Text, min(Capacity, (ULONG)Entry->Name.Length));
    }
    HcReleaseLock(&NameLock);
}

VOID ObpForEachName(PIOP_DRIVER Driver, VOID (*Each)(PVOID Context, PVOID Body, PCUNICODE_STRING Name), PVOID Context)
{
    HcAcquireLock(&NameLock);
    for (PLIST_ENTRY Link = NameList.Flink; Link != &NameList; Link = Link->Flink)
    {
        POBP_NAME Entry = CONTAINING_RECORD(Link, OBP_NAME, Link);
        if (Entry->Driver == Driver)
        {
            Each(Context, Entry->Body, &Entry->Name);
        }
    }
    HcReleaseLock(&NameLock);
}

PVOID ObpTakeNameOf(PIOP_DRIVER Driver)
{
    POBP_NAME Taken = NULL;

    HcAcquireLock(&NameLock);
    for (PLIST_ENTRY Link = NameList.Flink; Link != &NameList && Taken == NULL; Link = Link->Flink)
    {
        POBP_NAME Entry = CONTAINING_RECORD(Link, OBP_NAME, Link);
        Taken = Entry->Driver == Driver ? Entry : NULL;
    }
    if (Taken != NULL)
    {
        RemoveEntryList(&Taken->Link);
    }
    HcReleaseLock(&NameLock);
    PVOID Body = Taken != NULL ? Taken->Body : NULL;
    HcFree(Taken);
    return Body;
}

/* ---- looking up ------------------------------------------------------------------------- */

/* What became of one look at the table. */
typedef struct _OBP_STEP
{
    PVOID Body; /* with a reference; a link is to be followed */
    USHORT Used; /* bytes of the path that were its name */
} OBP_STEP;

static NTSTATUS ObpTakeStep(PCUNICODE_STRING Path, OBP_STEP *Step)
{
    NTSTATUS Status = STATUS_SUCCESS;

    HcAcquireLock(&NameLock);
    POBP_NAME Entry = ObpFindOnPath(Path);
    if (Entry == NULL || !ObpReferenceUnlessDead(Entry->Body))
    {
        Status = ObpFolderExists(Path) ? STATUS_OBJECT_NAME_NOT_FOUND : STATUS_OBJECT_PATH_NOT_FOUND;
    }
    else
    {
        Step->Body = Entry->Body;
        Step->Used = Entry->Name.Length;
    }
    HcReleaseLock(&NameLock);
    return Status;
}

/* Body, with its reference, is what Path leads to. */
static NTSTATUS ObpArrive(PCUNICODE_STRING Path, const OBP_STEP *Step, POBJECT_TYPE Type, PVOID *Body,
                          PUNICODE_STRING Rest)
{
    UNICODE_STRING Tail = ObpTail(Path, Step->Used);
    NTSTATUS Status = STATUS_SUCCESS;

    if (Type != NULL && ObpGetObjectType(Step->Body) != Type)
    {
        Status = STATUS_OBJECT_TYPE_MISMATCH;
    }
    else if (Tail.Length != 0 && (Rest == NULL || ObpGetObjectType(Step->Body) != &IopDeviceObjectType))
    {
        Status = STATUS_OBJECT_PATH_NOT_FOUND;
    }
    else if (Tail.Length != 0)
    {
        Rest->Buffer = ExpAllocateBlock(ExpKindPool, Tail.Length, OBP_NAME_TAG, 0, NULL);
        Rest->MaximumLength = Tail.Length;
        Status = Rest->Buffer != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
    }
    if (!NT_SUCCESS(Status))
    {
        ObfDereferenceObject(Step->Body);
        return Status;
    }
    if (Tail.Length != 0)
    {
        RtlCopyUnicodeString(Rest, &Tail);
    }
    *Body = Step->Body;
    return STATUS_SUCCESS;
}

/* Path becomes what the link in Step makes of it; gives the link back. */
static NTSTATUS ObpFollow(PUNICODE_STRING Path, const OBP_STEP *Step)
{
    UNICODE_STRING Tail = ObpTail(Path, Step->Used);
    UNICODE_STRING Next;

    NTSTATUS Status = ObpMakePath(&((POBP_LINK)Step->Body)->Target, &Tail, &Next);
    ObfDereferenceObject(Step->Body);
    if (NT_SUCCESS(Status))
    {
        HcFree(Path->Buffer);
        *Path = Next;
    }
    return Status;
}

NTSTATUS ObpReferenceName(PCUNICODE_STRING Name, POBJECT_TYPE Type, PVOID *Body, PUNICODE_STRING Rest)
{
    static const UNICODE_STRING Nothing = {0, 0, NULL};
    UNICODE_STRING Path;
    OBP_STEP Step;

    *Body = NULL;
    if (Rest != NULL)
    {
        *Rest = Nothing;
    }
    NTSTATUS Status = ObpCheckName(Name);
    if (!NT_SUCCESS(Status))
    {
        return Status;
    }
    Status = ObpMakePath(Name, &Nothing, &Path);
    for (ULONG Links = 0; NT_SUCCESS(Status); Links++)
    {
        Status = Links <= OBP_LINKS_MAX ? ObpTakeStep(&Path, &Step) : STATUS_OBJECT_NAME_NOT_FOUND;
        if (!NT_SUCCESS(Status))
        {
            break;
        }
        BOOLEAN Link = ObpGetObjectType(Step.Body) == &ObpLinkType;
        if (!Link || (Type == &ObpLinkType && Step.Used == Path.Length))
        {
            Status = ObpArrive(&Path, &Step, Type, Body, Rest);
            break;
        }
        Status = ObpFollow(&Path, &Step);
    }
    HcFree(Path.Buffer);
    return Status;
}

NTSTATUS ObpCheckAttributes(POBJECT_ATTRIBUTES ObjectAttributes)
{
    if (ObjectAttributes == NULL || ObjectAttributes->Length != sizeof(OBJECT_ATTRIBUTES) ||
        (ObjectAttributes->Attributes & ~(ULONG)OBJ_VALID_ATTRIBUTES) != 0)
    {
        return STATUS_INVALID_PARAMETER;
    }
    return ObjectAttributes->ObjectName != NULL && ObjectAttributes->RootDirectory == NULL
               ? STATUS_SUCCESS
               : STATUS_OBJECT_NAME_INVALID;
}
