// SPDX-License-Identifier: MIT
/* The registry: keys and values by handle and by path, files, drivers' keys. */
#include "nt/cmp.h"
#include "nt/iop.h"
#include "kernel_test.h"

extern CHAR __executable_start[];
extern CHAR end[];

#define SOFTWARE L"\\Registry\\Machine\\Software\\"

static OBJECT_ATTRIBUTES Attributes;
static UNICODE_STRING AttributesName;

static POBJECT_ATTRIBUTES Named(PCWSTR Text, HANDLE Root)
{
    RtlInitUnicodeString(&AttributesName, Text);
    InitializeObjectAttributes(&Attributes, &AttributesName, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, Root, NULL);
    return &Attributes;
}

static HANDLE Create(PCWSTR Text, HANDLE Root)
{
    HANDLE Handle = NULL;
    ULONG Disposition = 77;
    CHECK_STATUS(ZwCreateKey(&Handle, KEY_ALL_ACCESS, Named(Text, Root), 0, NULL, 0, &Disposition), STATUS_SUCCESS);
    CHECK_EQ(Disposition, REG_CREATED_NEW_KEY);
    return Handle;
}

static HANDLE OpenKey(PCWSTR Text)
{
    HANDLE Handle = NULL;
    CHECK_STATUS(ZwOpenKey(&Handle, KEY_READ, Named(Text, NULL)), STATUS_SUCCESS);
    return Handle;
}

static VOID Delete(HANDLE Key)
{
    CHECK_STATUS(ZwDeleteKey(Key), STATUS_SUCCESS);
    CHECK_STATUS(ZwClose(Key), STATUS_SUCCESS);
}

static PUNICODE_STRING Str(PCWSTR Text)
{
    static UNICODE_STRING Names[4];
    static ULONG Next;
    PUNICODE_STRING Name = &Names[Next++ % 4];
    RtlInitUnicodeString(Name, Text);
    return Name;
}

typedef union
{
    KEY_VALUE_PARTIAL_INFORMATION Partial;
    KEY_VALUE_FULL_INFORMATION Full;
    KEY_VALUE_BASIC_INFORMATION Basic;
    KEY_BASIC_INFORMATION Key;
    KEY_NODE_INFORMATION Node;
    KEY_FULL_INFORMATION FullKey;
    KEY_NAME_INFORMATION Name;
    UCHAR Bytes[256];
} BUFFER;

static BUFFER Buffer;

/* Given paths of every kind. Then keys are made where they can be, and found. */
TEST(REG, keys_are_made_and_opened)
{
    HANDLE Key = NULL;
    HANDLE Again = NULL;
    HANDLE Below = NULL;
    ULONG Disposition = 77;

    CHECK_STATUS(ZwOpenKey(&Key, KEY_READ, Named(SOFTWARE L"Acme", NULL)), STATUS_OBJECT_NAME_NOT_FOUND);
    Key = Create(SOFTWARE L"Acme", NULL);
    CHECK_STATUS(ZwCreateKey(&Again, KEY_READ, Named(L"\\REGISTRY\\machine\\SOFTWARE\\ACME\\", NULL), 0, NULL, 0,
                             &Disposition),
                 STATUS_SUCCESS);
    CHECK_EQ(Disposition, REG_OPENED_EXISTING_KEY);
    CHECK_STATUS(ZwClose(Again), STATUS_SUCCESS);
    CHECK_STATUS(ZwCreateKey(&Again, KEY_READ, Named(SOFTWARE L"Acme\\Two\\Three", NULL), 0, NULL, 0, NULL),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    Below = Create(L"Two", Key);
    CHECK_STATUS(ZwOpenKeyEx(&Again, KEY_READ, Named(L"Acme\\Two", NULL), 0), STATUS_OBJECT_PATH_SYNTAX_BAD);
    CHECK_STATUS(ZwOpenKeyEx(&Again, KEY_READ, Named(SOFTWARE L"acme\\two", NULL), 0), STATUS_SUCCESS);
    CHECK_STATUS(ZwClose(Again), STATUS_SUCCESS);
    CHECK_STATUS(ZwOpenKey(&Again, KEY_READ, Named(L"", Key)), STATUS_SUCCESS);
    CHECK_STATUS(ZwClose(Again), STATUS_SUCCESS);
    CHECK_STATUS(ZwOpenKey(&Again, KEY_READ, Named(L"\\Absolute", Key)), STATUS_OBJECT_PATH_SYNTAX_BAD);
    CHECK_STATUS(ZwOpenKey(&Again, KEY_READ, Named(L"\\Device\\Null", NULL)), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(ZwOpenKey(&Again, KEY_READ, Named(SOFTWARE L"\\\\Acme", NULL)), STATUS_OBJECT_NAME_INVALID);
    CHECK_STATUS(ZwCreateKey(&Again, KEY_READ, Named(L"\\Elsewhere", NULL), 0, NULL, 0, NULL),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(ZwOpenKey(&Again, KEY_READ, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(ZwFlushKey(Key), STATUS_SUCCESS);
    CHECK_STATUS(ZwDeleteKey(Key), STATUS_CANNOT_DELETE);
    Delete(Below);
    Delete(Key);
    CHECK_STATUS(ZwFlushKey(Key), STATUS_INVALID_HANDLE);
    CHECK_EQ(CmpKeyType.ObjectCount, 0);
}

TEST(REG, the_current_control_set_is_a_numbered_one)
{
    UNICODE_STRING Expected;
    UNICODE_STRING Seen;
    ULONG Length = 0;

    HANDLE Key = OpenKey(L"\\Registry\\Machine\\System\\CurrentControlSet\\Services");
    CHECK_STATUS(ZwQueryKey(Key, KeyNameInformation, &Buffer, sizeof(Buffer), &Length), STATUS_SUCCESS);
    Seen.Buffer = Buffer.Name.Name;
    Seen.Length = Seen.MaximumLength = (USHORT)Buffer.Name.NameLength;
    RtlInitUnicodeString(&Expected, L"\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Services");
    CHECK(RtlEqualUnicodeString(&Seen, &Expected, FALSE));
    CHECK_EQ(Length, 4u + Expected.Length);
    CHECK_STATUS(ZwQueryKey(Key, KeyNameInformation, &Buffer, 10, &Length), STATUS_BUFFER_OVERFLOW);
    CHECK_STATUS(ZwQueryKey(Key, KeyNameInformation, &Buffer, 3, &Length), STATUS_BUFFER_TOO_SMALL);
    CHECK_EQ(Length, 4u + Expected.Length);
    CHECK_STATUS(ZwDeleteKey(Key), STATUS_CANNOT_DELETE);
    CHECK_STATUS(ZwClose(Key), STATUS_SUCCESS);
}

/* Given volatile keys. Then what is below them is volatile too, or refused. */
TEST(REG, volatile_keys)
{
    HANDLE Key = NULL;
    HANDLE Below = NULL;

    CHECK_STATUS(ZwCreateKey(&Key, KEY_ALL_ACCESS, Named(SOFTWARE L"Mist", NULL), 0, NULL, REG_OPTION_VOLATILE, NULL),
                 STATUS_SUCCESS);
    CHECK_STATUS(ZwCreateKey(&Below, KEY_ALL_ACCESS, Named(L"Rock", Key), 0, NULL, 0, NULL), STATUS_CHILD_MUST_BE_VOLATILE);
    CHECK_STATUS(ZwCreateKey(&Below, KEY_ALL_ACCESS, Named(L"Fog", Key), 0, NULL, REG_OPTION_VOLATILE, NULL),
                 STATUS_SUCCESS);
    CHECK_STATUS(ZwCreateKey(&Below, KEY_ALL_ACCESS, Named(L"X", Key), 0, NULL, 2, NULL), STATUS_INVALID_PARAMETER);
    Delete(Below);
    Delete(Key);
}

/* Given a deleted key with two handles. Then it is of no use, but closes. */
TEST(REG, a_deleted_key)
{
    HANDLE Other = NULL;
    HANDLE Below = NULL;
    ULONG Value = 1;
    ULONG Length;

    HANDLE Key = Create(SOFTWARE L"Gone", NULL);
    Other = OpenKey(SOFTWARE L"Gone");
    Delete(Key);
    CHECK_STATUS(ZwSetValueKey(Other, Str(L"v"), 0, REG_DWORD, &Value, 4), STATUS_KEY_DELETED);
    CHECK_STATUS(ZwQueryValueKey(Other, Str(L"v"), KeyValuePartialInformation, &Buffer, sizeof(Buffer), &Length),
                 STATUS_KEY_DELETED);
    CHECK_STATUS(ZwQueryKey(Other, KeyBasicInformation, &Buffer, sizeof(Buffer), &Length), STATUS_KEY_DELETED);
    CHECK_STATUS(ZwEnumerateKey(Other, 0, KeyBasicInformation, &Buffer, sizeof(Buffer), &Length), STATUS_KEY_DELETED);
    CHECK_STATUS(ZwCreateKey(&Below, KEY_READ, Named(L"x", Other), 0, NULL, 0, NULL), STATUS_KEY_DELETED);
    CHECK_STATUS(ZwDeleteKey(Other), STATUS_KEY_DELETED);
    CHECK_STATUS(ZwDeleteValueKey(Other, Str(L"v")), STATUS_KEY_DELETED);
    CHECK_STATUS(ZwClose(Other), STATUS_SUCCESS);
}

/* Given a value. Then each form of the question gets it, as far as there is room. */
TEST(REG, values_are_set_and_queried)
{
    ULONG Value = 0x12345678;
    ULONG Length = 77;

    HANDLE Key = Create(SOFTWARE L"Values", NULL);
    CHECK_STATUS(ZwQueryValueKey(Key, Str(L"Depth"), KeyValuePartialInformation, &Buffer, sizeof(Buffer), &Length),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(ZwSetValueKey(Key, Str(L"Depth"), 0, REG_DWORD, &Value, sizeof(Value)), STATUS_SUCCESS);
    __builtin_memset(&Buffer, 0xEE, sizeof(Buffer));
    CHECK_STATUS(ZwQueryValueKey(Key, Str(L"DEPTH"), KeyValuePartialInformation, &Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK_EQ(Length, 16);
    CHECK(Buffer.Partial.Type == REG_DWORD && Buffer.Partial.DataLength == 4 && Buffer.Partial.TitleIndex == 0);
    CHECK_MEM(Buffer.Partial.Data, &Value, 4);
    CHECK_EQ(Buffer.Bytes[16], 0xEE);
    __builtin_memset(&Buffer, 0xEE, sizeof(Buffer));
    CHECK_STATUS(ZwQueryValueKey(Key, Str(L"Depth"), KeyValuePartialInformation, &Buffer, 14, &Length),
                 STATUS_BUFFER_OVERFLOW);
    CHECK_EQ(Length, 16);
    CHECK(Buffer.Bytes[12] == 0x78 && Buffer.Bytes[13] == 0x56 && Buffer.Bytes[14] == 0xEE);
    __builtin_memset(&Buffer, 0xEE, sizeof(Buffer));
    CHECK_STATUS(ZwQueryValueKey(Key, Str(L"Depth"), KeyValuePartialInformation, NULL, 0, &Length),
                 STATUS_BUFFER_TOO_SMALL);
    CHECK_EQ(Length, 16);
    CHECK_STATUS(ZwQueryValueKey(Key, Str(L"Depth"), KeyValueFullInformation, &Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK_EQ(Buffer.Full.NameLength, 10);
    CHECK_EQ(Buffer.Full.DataOffset, 32);
    CHECK_EQ(Length, 36);
    CHECK_MEM(Buffer.Full.Name, L"Depth", 10);
    CHECK_MEM(Buffer.Bytes + 32, &Value, 4);
    CHECK_STATUS(ZwQueryValueKey(Key, Str(L"Depth"), KeyValueBasicInformation, &Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK(Length == 22 && Buffer.Basic.Type == REG_DWORD && Buffer.Basic.NameLength == 10);
    CHECK_STATUS(ZwQueryValueKey(Key, Str(L"Depth"), KeyValuePartialInformationAlign64, &Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK_EQ(Length, 12);
    CHECK_STATUS(ZwQueryValueKey(Key, Str(L"Depth"), (KEY_VALUE_INFORMATION_CLASS)9, &Buffer, sizeof(Buffer), &Length),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(ZwSetValueKey(Key, Str(L""), 0, REG_BINARY, NULL, 0), STATUS_SUCCESS);
    CHECK_STATUS(ZwQueryValueKey(Key, Str(L""), KeyValuePartialInformation, &Buffer, sizeof(Buffer), &Length),
                 STATUS_SUCCESS);
    CHECK(Length == 12 && Buffer.Partial.DataLength == 0);
    CHECK_STATUS(ZwDeleteValueKey(Key, Str(L"depth")), STATUS_SUCCESS);
    CHECK_STATUS(ZwDeleteValueKey(Key, Str(L"depth")), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(ZwSetValueKey(Key, Str(L"big"), 0, REG_BINARY, &Value, 1024 * 1024 + 1), STATUS_INSUFFICIENT_RESOURCES);
    Delete(Key);
}

/* Given subkeys and values. Then they are counted, and listed: keys by name. */
TEST(REG, keys_and_values_are_enumerated)
{
    static const PCWSTR Names[] = {L"pear", L"Apple", L"fig"};
    static const PCWSTR Sorted[] = {L"Apple", L"fig", L"pear"};
    UNICODE_STRING Class;
    HANDLE Below[3];
    ULONG Length;

    HANDLE Key = Create(SOFTWARE L"Fruit", NULL);
    for (ULONG Index = 0; Index < 3; Index++)
    {
        Below[Index] = Create(Names[Index], Key);
        CHECK_STATUS(ZwSetValueKey(Key, Str(Names[Index]), 0, REG_BINARY, (PVOID)(ULONG_PTR)Names, Index), STATUS_SUCCESS);
    }
    for (ULONG Index = 0; Index < 3; Index++)
    {
        CHECK_STATUS(ZwEnumerateKey(Key, Index, KeyBasicInformation, &Buffer, sizeof(Buffer), &Length), STATUS_SUCCESS);
        CHECK_EQ(Buffer.Key.NameLength, Str(Sorted[Index])->Length);
        CHECK_MEM(Buffer.Key.Name, Sorted[Index], Buffer.Key.NameLength);
        CHECK(Buffer.Key.LastWriteTime.QuadPart != 0);
        CHECK_STATUS(ZwEnumerateValueKey(Key, Index, KeyValueFullInformation, &Buffer, sizeof(Buffer), &Length),
                     STATUS_SUCCESS);
        CHECK_EQ(Buffer.Full.DataLength, Index);
        CHECK_MEM(Buffer.Full.Name, Names[Index], Buffer.Full.NameLength);
    }
    CHECK_STATUS(ZwEnumerateKey(Key, 3, KeyBasicInformation, &Buffer, sizeof(Buffer), &Length), STATUS_NO_MORE_ENTRIES);
    CHECK_STATUS(ZwEnumerateValueKey(Key, 3, KeyValueBasicInformation, &Buffer, sizeof(Buffer), &Length),
                 STATUS_NO_MORE_ENTRIES);
    CHECK_STATUS(ZwEnumerateKey(Key, 0, KeyBasicInformation, &Buffer, 15, &Length), STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(ZwEnumerateKey(Key, 0, KeyBasicInformation, &Buffer, 18, &Length), STATUS_BUFFER_OVERFLOW);
    CHECK_STATUS(ZwQueryKey(Key, KeyFullInformation, &Buffer, sizeof(Buffer), &Length), STATUS_SUCCESS);
    CHECK(Buffer.FullKey.SubKeys == 3 && Buffer.FullKey.Values == 3 && Buffer.FullKey.MaxNameLen == 10 &&
          Buffer.FullKey.MaxValueNameLen == 10 && Buffer.FullKey.MaxValueDataLen == 2);
    for (ULONG Index = 0; Index < 3; Index++)
    {
        Delete(Below[Index]);
    }
    RtlInitUnicodeString(&Class, L"Stone");
    CHECK_STATUS(ZwCreateKey(&Below[0], KEY_ALL_ACCESS, Named(L"plum", Key), 0, &Class, 0, NULL), STATUS_SUCCESS);
    CHECK_STATUS(ZwQueryKey(Below[0], KeyNodeInformation, &Buffer, sizeof(Buffer), &Length), STATUS_SUCCESS);
    CHECK(Buffer.Node.NameLength == 8 && Buffer.Node.ClassLength == 10);
    CHECK_MEM(Buffer.Bytes + Buffer.Node.ClassOffset, L"Stone", 10);
    CHECK_STATUS(ZwQueryKey(Below[0], (KEY_INFORMATION_CLASS)99, &Buffer, sizeof(Buffer), &Length),
                 STATUS_INVALID_PARAMETER);
    Delete(Below[0]);
    Delete(Key);
}

/* ---- by path ---------------------------------------------------------------------------- */

static ULONG Calls;
static WCHAR CallNames[8][16];
static ULONG CallTypes[8];
static WCHAR CallTexts[8][16];
static ULONG CallLengths[8];

static NTSTATUS NTAPI Record(PWSTR ValueName, ULONG ValueType, PVOID ValueData, ULONG ValueLength, PVOID Context,
                             PVOID EntryContext)
{
    ULONG Call = Calls++ % 8;
    CHECK(Context == &Calls && EntryContext == CallNames);
    __builtin_memset(CallNames[Call], 0, sizeof(CallNames[Call]));
    __builtin_memset(CallTexts[Call], 0, sizeof(CallTexts[Call]));
    if (ValueName != NULL)
    {
        __builtin_memcpy(CallNames[Call], ValueName, Str(ValueName)->Length);
    }
    if (ValueData != NULL)
    {
        __builtin_memcpy(CallTexts[Call], ValueData, min(ValueLength, 30u));
    }
    CallTypes[Call] = ValueType;
    CallLengths[Call] = ValueLength;
    return STATUS_SUCCESS;
}

static BOOLEAN Saw(ULONG Call, PCWSTR Name, ULONG Type, PCWSTR Text)
{
    return RtlEqualUnicodeString(Str(CallNames[Call]), Str(Name), FALSE) && CallTypes[Call] == Type &&
           RtlEqualUnicodeString(Str(CallTexts[Call]), Str(Text), FALSE);
}

static VOID MakePathKey(VOID)
{
    ULONG Dword = 7;
    ULONGLONG Qword = 0x1122334455667788;
    CHECK_STATUS(RtlCreateRegistryKey(RTL_REGISTRY_SERVICES, (PWSTR)L"Q"), STATUS_SUCCESS);
    CHECK_STATUS(RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, L"Q", L"Dword", REG_DWORD, &Dword, 4), STATUS_SUCCESS);
    CHECK_STATUS(RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, L"Q", L"Qword", REG_QWORD, &Qword, 8), STATUS_SUCCESS);
    CHECK_STATUS(RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, L"Q", L"Text", REG_SZ, (PVOID)L"abc", 8), STATUS_SUCCESS);
    CHECK_STATUS(RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, L"Q", L"Bare", REG_SZ, (PVOID)L"abc", 6), STATUS_SUCCESS);
    CHECK_STATUS(RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, L"Q", L"Many", REG_MULTI_SZ, (PVOID)L"a\0bc\0", 12),
                 STATUS_SUCCESS);
    CHECK_STATUS(RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, L"Q", L"Env", REG_EXPAND_SZ, (PVOID)L"%x%", 8),
                 STATUS_SUCCESS);
    CHECK_STATUS(RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, L"Q\\Sub", L"In", REG_SZ, (PVOID)L"s", 4), STATUS_SUCCESS);
}

static VOID DropPathKey(VOID)
{
    Delete(OpenKey(L"\\Registry\\Machine\\System\\ControlSet001\\Services\\Q\\Sub"));
    Delete(OpenKey(L"\\Registry\\Machine\\System\\ControlSet001\\Services\\Q"));
}

TEST(REG, keys_by_path)
{
    CHECK_STATUS(RtlCheckRegistryKey(RTL_REGISTRY_SERVICES, (PWSTR)L"Q"), STATUS_OBJECT_NAME_NOT_FOUND);
    MakePathKey();
    CHECK_STATUS(RtlCheckRegistryKey(RTL_REGISTRY_SERVICES, (PWSTR)L"Q"), STATUS_SUCCESS);
    CHECK_STATUS(RtlCheckRegistryKey(RTL_REGISTRY_ABSOLUTE,
                                     (PWSTR)L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\q\\SUB"),
                 STATUS_SUCCESS);
    CHECK_STATUS(RtlCheckRegistryKey(6, (PWSTR)L"Q"), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlDeleteRegistryValue(RTL_REGISTRY_SERVICES, L"Q", L"dword"), STATUS_SUCCESS);
    CHECK_STATUS(RtlDeleteRegistryValue(RTL_REGISTRY_SERVICES, L"Q", L"dword"), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, L"None\\Deep", L"v", REG_SZ, (PVOID)L"", 2),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    DropPathKey();
}

/* Given a table of routines. Then each is called as its flags say. */
TEST(REG, a_query_calls_routines)
{
    RTL_QUERY_REGISTRY_TABLE Table[3] = {{.QueryRoutine = Record, .Name = (PWSTR)L"Text", .EntryContext = CallNames}};
    PCWSTR Path = L"Q";

    MakePathKey();
    Calls = 0;
    CHECK_STATUS(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, Path, Table, &Calls, NULL), STATUS_SUCCESS);
    CHECK(Calls == 1 && Saw(0, L"Text", REG_SZ, L"abc"));
    Calls = 0;
    Table[0].Name = (PWSTR)L"Many";
    CHECK_STATUS(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, Path, Table, &Calls, NULL), STATUS_SUCCESS);
    CHECK(Calls == 2 && Saw(0, L"Many", REG_SZ, L"a") && Saw(1, L"Many", REG_SZ, L"bc") && CallLengths[1] == 6);
    Calls = 0;
    Table[0].Flags = RTL_QUERY_REGISTRY_NOEXPAND;
    CHECK_STATUS(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, Path, Table, &Calls, NULL), STATUS_SUCCESS);
    CHECK(Calls == 1 && CallTypes[0] == REG_MULTI_SZ && CallLengths[0] == 12);
    Calls = 0;
    Table[0].Flags = 0;
    Table[0].Name = NULL; /* all, the strings of Many one by one */
    CHECK_STATUS(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, Path, Table, &Calls, NULL), STATUS_SUCCESS);
    CHECK_EQ(Calls, 7);
    CHECK(Saw(6, L"Env", REG_SZ, L"%x%"));
    Calls = 0;
    Table[0].Flags = RTL_QUERY_REGISTRY_NOVALUE;
    CHECK_STATUS(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, Path, Table, &Calls, NULL), STATUS_SUCCESS);
    CHECK(Calls == 1 && CallTypes[0] == REG_NONE && CallLengths[0] == 0);
    Calls = 0;
    Table[0] = (RTL_QUERY_REGISTRY_TABLE){.Flags = RTL_QUERY_REGISTRY_SUBKEY, .Name = (PWSTR)L"Sub"};
    Table[1] = (RTL_QUERY_REGISTRY_TABLE){.QueryRoutine = Record, .Name = (PWSTR)L"In", .EntryContext = CallNames};
    CHECK_STATUS(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, Path, Table, &Calls, NULL), STATUS_SUCCESS);
    CHECK(Calls == 1 && Saw(0, L"In", REG_SZ, L"s"));
    Table[1].Flags = RTL_QUERY_REGISTRY_TOPKEY | RTL_QUERY_REGISTRY_REQUIRED;
    CHECK_STATUS(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, Path, Table, &Calls, NULL), STATUS_OBJECT_NAME_NOT_FOUND);
    Table[0].Flags |= RTL_QUERY_REGISTRY_REQUIRED;
    Table[0].Name = (PWSTR)L"NoSub";
    CHECK_STATUS(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, Path, Table, &Calls, NULL), STATUS_OBJECT_NAME_NOT_FOUND);
    Calls = 0;
    Table[0] = (RTL_QUERY_REGISTRY_TABLE){.QueryRoutine = Record, .Flags = RTL_QUERY_REGISTRY_DELETE,
                                          .Name = (PWSTR)L"Text", .EntryContext = CallNames};
    Table[1] = (RTL_QUERY_REGISTRY_TABLE){.QueryRoutine = Record, .Name = (PWSTR)L"Text", .EntryContext = CallNames,
                                          .DefaultType = REG_SZ, .DefaultData = (PVOID)L"else"};
    CHECK_STATUS(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, Path, Table, &Calls, NULL), STATUS_SUCCESS);
    CHECK(Calls == 2 && Saw(0, L"Text", REG_SZ, L"abc") && Saw(1, L"Text", REG_SZ, L"else") && CallLengths[1] == 10);
    CHECK_STATUS(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, L"None", Table, &Calls, NULL),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES | RTL_REGISTRY_OPTIONAL, L"None", Table, &Calls, NULL),
                 STATUS_SUCCESS);
    DropPathKey();
}

static NTSTATUS Direct(PCWSTR Name, ULONG Type, PVOID Target)
{
    RTL_QUERY_REGISTRY_TABLE Table[2] = {
        {.Flags = RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_REQUIRED | RTL_QUERY_REGISTRY_NOEXPAND,
         .Name = (PWSTR)(ULONG_PTR)Name,
         .EntryContext = Target}};
    if (Type != REG_NONE)
    {
        Table[0].Flags |= RTL_QUERY_REGISTRY_TYPECHECK;
        Table[0].DefaultType = Type << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT;
    }
    return RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, L"Q", Table, NULL, NULL);
}

/* Given variables instead of routines. Then the values are stored in them. */
TEST(REG, a_query_stores_values)
{
    struct
    {
        LONG Room;
        ULONG Type;
        ULONGLONG Data;
    } Big = {.Room = 16};
    struct
    {
        LONG Room;
        ULONG More;
    } Small = {.Room = -8};
    UNICODE_STRING Text = {0, 0, NULL};
    WCHAR Room[4];
    ULONG Value = 0;
    RTL_QUERY_REGISTRY_TABLE Wrong[2] = {{.QueryRoutine = Record, .Flags = RTL_QUERY_REGISTRY_DIRECT, .Name = (PWSTR)L"x"}};

    MakePathKey();
    CHECK_STATUS(Direct(L"Dword", REG_DWORD, &Value), STATUS_SUCCESS);
    CHECK_EQ(Value, 7);
    CHECK_STATUS(Direct(L"Dword", REG_SZ, &Value), STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(Direct(L"Nothing", REG_DWORD, &Value), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(Direct(L"Text", REG_SZ, &Text), STATUS_SUCCESS);
    CHECK(Text.Length == 6 && Text.MaximumLength == 8 && Text.Buffer[3] == 0);
    CHECK_MEM(Text.Buffer, L"abc", 8);
    ExFreePool(Text.Buffer);
    RtlInitEmptyUnicodeString(&Text, Room, sizeof(Room));
    CHECK_STATUS(Direct(L"Bare", REG_SZ, &Text), STATUS_SUCCESS);
    CHECK(Text.Length == 6 && Room[2] == L'c' && Room[3] == 0);
    CHECK_STATUS(Direct(L"Many", REG_MULTI_SZ, &Text), STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(Direct(L"Qword", REG_NONE, &Big), STATUS_SUCCESS);
    CHECK(Big.Room == 8 && Big.Type == REG_QWORD && Big.Data == 0x1122334455667788);
    Big.Room = 15;
    CHECK_STATUS(Direct(L"Qword", REG_NONE, &Big), STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(Direct(L"Qword", REG_NONE, &Small), STATUS_SUCCESS);
    CHECK(Small.Room == 0x55667788 && Small.More == 0x11223344);
    Small.Room = -7;
    CHECK_STATUS(Direct(L"Qword", REG_NONE, &Small), STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, L"Q", Wrong, NULL, NULL), STATUS_INVALID_PARAMETER);
    DropPathKey();
}

/* ---- files ----------------------------------------------------------------------------------- */

static NTSTATUS LoadText(const char *Text)
{
    return CmpLoadText("test.reg", Text, __builtin_strlen(Text));
}

static BOOLEAN Holds(PCWSTR Path, PCWSTR Name, ULONG Type, const VOID *Data, ULONG Length)
{
    ULONG Needed = 0;
    HANDLE Key = OpenKey(Path);
    NTSTATUS Status = ZwQueryValueKey(Key, Str(Name), KeyValuePartialInformation, &Buffer, sizeof(Buffer), &Needed);
    CHECK_STATUS(ZwClose(Key), STATUS_SUCCESS);
    return NT_SUCCESS(Status) && Buffer.Partial.Type == Type && Buffer.Partial.DataLength == Length &&
           __builtin_memcmp(Buffer.Partial.Data, Data, Length) == 0;
}

/* Given a file with each kind of value. Then the tree holds them. */
TEST(REG, a_file_is_loaded)
{
    static const char File[] = "\xEF\xBB\xBFWindows Registry Editor Version 5.00\r\n"
                               "\r\n"
                               "; a comment\r\n"
                               "[HKEY_LOCAL_MACHINE\\SOFTWARE\\File\\Deep [er]]\r\n"
                               "@=\"default\"\r\n"
                               "\"Te\\\\xt\\\"\"=\"C:\\\\a\\\"b\" ; behind it\r\n"
                               "\"Number\"=dword:0000fFfE\r\n"
                               "\"Bytes\"=hex:01,02,\\\r\n"
                               "  ff\r\n"
                               "\"Many\"=hex(7):61,00,00,00,00,00\r\n"
                               "\"Big\"=hex(b):88,77,66,55,44,33,22,11\r\n"
                               "\"\xC3\xA9\"=\"\xE2\x82\xAC\"\r\n"
                               "\"Drop\"=\"x\"\r\n"
                               "\"Drop\"=-\r\n"
                               "\r\n"
                               "[HKLM\\SOFTWARE\\File\\Gone\\Below]\r\n"
                               "\"x\"=\"y\"\r\n"
                               "[-HKEY_LOCAL_MACHINE\\SOFTWARE\\File\\Gone]\r\n"
                               "[-HKEY_LOCAL_MACHINE\\SOFTWARE\\File\\NeverThere]\r\n"
                               "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Filed]\r\n"
                               "\"Last\"=dword:5";
    static const UCHAR Bytes[] = {1, 2, 0xFF};
    ULONG Number = 0xFFFE;
    ULONGLONG Big = 0x1122334455667788;

    PCWSTR Deep = L"\\Registry\\Machine\\Software\\File\\Deep [er]";
    CHECK_STATUS(LoadText(File), STATUS_SUCCESS);
    CHECK(Holds(Deep, L"", REG_SZ, L"default", 16));
    CHECK(Holds(Deep, L"Te\\xt\"", REG_SZ, L"C:\\a\"b", 14));
    CHECK(Holds(Deep, L"Number", REG_DWORD, &Number, 4));
    CHECK(Holds(Deep, L"Bytes", REG_BINARY, Bytes, 3));
    CHECK(Holds(Deep, L"Many", REG_MULTI_SZ, L"a\0", 6));
    CHECK(Holds(Deep, L"Big", REG_QWORD, &Big, 8));
    CHECK(Holds(Deep, L"\u00E9", REG_SZ, L"\u20AC", 4));
    CHECK(!Holds(Deep, L"Drop", REG_SZ, L"x", 4));
    CHECK_STATUS(RtlCheckRegistryKey(RTL_REGISTRY_ABSOLUTE, (PWSTR)SOFTWARE L"File\\Gone"), STATUS_OBJECT_NAME_NOT_FOUND);
    Number = 5;
    CHECK(Holds(L"\\Registry\\Machine\\System\\ControlSet001\\Services\\Filed", L"Last", REG_DWORD, &Number, 4));
    CHECK_STATUS(LoadText("REGEDIT4\n[-HKEY_LOCAL_MACHINE\\Software\\File]\n[-HKLM\\System\\ControlSet001\\Services\\Filed]\n"),
                 STATUS_SUCCESS);
    CHECK_STATUS(RtlCheckRegistryKey(RTL_REGISTRY_ABSOLUTE, (PWSTR)SOFTWARE L"File"), STATUS_OBJECT_NAME_NOT_FOUND);
}

/* Given the older form, and UTF-16. Then strings in hex have one byte a character. */
TEST(REG, both_forms_of_file)
{
    static const WCHAR Wide[] = L"\xFEFFWindows Registry Editor Version 5.00\r\n[HKEY_USERS\\.DEFAULT\\W]\r\n\"a\"=\"b\"\r\n";

    CHECK_STATUS(LoadText("REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\Software\\Old]\n\"e\"=hex(2):25,78,25,00\n\"t\"=\"\"\n"),
                 STATUS_SUCCESS);
    CHECK(Holds(SOFTWARE L"Old", L"e", REG_EXPAND_SZ, L"%x%", 8));
    CHECK(Holds(SOFTWARE L"Old", L"t", REG_SZ, L"", 2));
    CHECK_STATUS(CmpLoadText("wide.reg", Wide, sizeof(Wide) - 2), STATUS_SUCCESS);
    CHECK(Holds(L"\\Registry\\User\\.Default\\W", L"a", REG_SZ, L"b", 4));
    Delete(OpenKey(L"\\Registry\\User\\.Default\\W"));
    Delete(OpenKey(SOFTWARE L"Old"));
}

/* Given files that are none. Then each is refused, and nothing is harmed. */
TEST(REG, bad_files_are_refused)
{
    static const char *const Bad[] = {
        "",
        "REGEDIT5\n",
        "REGEDIT4 and more\n",
        "REGEDIT4\n\"a\"=\"b\"\n",
        "REGEDIT4\n[HKEY_LOCAL_MACHINE\\Software\\Bad\n",
        "REGEDIT4\n[HKEY_NOWHERE\\Software\\Bad]\n",
        "REGEDIT4\n[HKEY_LOCAL_MACHINESoftware\\Bad]\n",
        "REGEDIT4\n[HKEY_LOCAL_MACHINE\\Software\\\\Bad]\n",
        "REGEDIT4\n[\\Registry\\Elsewhere\\Bad\\\\]\n",
        "REGEDIT4\n[-HKEY_LOCAL_MACHINE\\Software]\n",
        "REGEDIT4\n[-HKEY_LOCAL_MACHINE\\Software\\Bad]\n\"a\"=\"b\"\n",
        "REGEDIT4\n[HKEY_LOCAL_MACHINE\\Software\\Bad] more\n",
        "REGEDIT4\n[HKEY_LOCAL_MACHINE\\Software\\Bad]\na=b\n",
        "REGEDIT4\n[HKEY_LOCAL_MACHINE\\Software\\Bad]\n\"a\n",
        "REGEDIT4\n[HKEY_LOCAL_MACHINE\\Software\\Bad]\n\"a\"\n",
        "REGEDIT4\n[HKEY_LOCAL_MACHINE\\Software\\Bad]\n\"a\"=\n",
        "REGEDIT4\n[HKEY_LOCAL_MACHINE\\Software\\Bad]\n\"a\"=\"b\n",
        "REGEDIT4\n[HKEY_LOCAL_MACHINE\\Software\\Bad]\n\"a\"=\"b\\",
        "REGEDIT4\n[HKEY_LOCAL_MACHINE\\Software\\Bad]\n\"a\"=\"b\"c\n",
        "REGEDIT4\n[HKEY_LOCAL_MACHINE\\Software\\Bad]\n\"a\"=word:1\n",
        "REGEDIT4\n[HKEY_LOCAL_MACHINE\\Software\\Bad]\n\"a\"=dword:\n",
        "REGEDIT4\n[HKEY_LOCAL_MACHINE\\Software\\Bad]\n\"a\"=dword:123456789\n",
        "REGEDIT4\n[HKEY_LOCAL_MACHINE\\Software\\Bad]\n\"a\"=hex(:01\n",
        "REGEDIT4\n[HKEY_LOCAL_MACHINE\\Software\\Bad]\n\"a\"=hex(2)01\n",
        "REGEDIT4\n[HKEY_LOCAL_MACHINE\\Software\\Bad]\n\"a\"=hex:1g\n",
        "REGEDIT4\n[HKEY_LOCAL_MACHINE\\Software\\Bad]\n\"a\"=hex:111\n",
        "REGEDIT4\n[HKEY_LOCAL_MACHINE\\Software\\Bad]\n\"a\"=hex:01,\\ 02\n",
        "\xFF\xFE",
        "\xFF\xFE\x41",
        "\xEF\xBB\xBF",
        "REGEDIT4\n\xFF\xFF\xFF\n",
    };

    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Bad); Index++)
    {
        CHECK_STATUS(LoadText(Bad[Index]), STATUS_INVALID_PARAMETER);
    }
    CHECK_STATUS(LoadText("\n\nREGEDIT4"), STATUS_SUCCESS);
    CHECK_STATUS(LoadText("REGEDIT4\n[-HKLM\\Software\\Bad]\n"), STATUS_SUCCESS);
}

/* ---- drivers ---------------------------------------------------------------------------------- */

static NTSTATUS EntryStatus;

static NTSTATUS NTAPI Entry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    RTL_QUERY_REGISTRY_TABLE Table[2] = {
        {.Flags = RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_REQUIRED, .Name = (PWSTR)L"Start"}};
    OBJECT_ATTRIBUTES Path;
    HANDLE Key = NULL;
    HANDLE Parameters = NULL;
    ULONG Start = 77;

    InitializeObjectAttributes(&Path, RegistryPath, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, NULL, NULL);
    EntryStatus = ZwOpenKey(&Key, KEY_READ, &Path);
    if (!NT_SUCCESS(EntryStatus))
    {
        return EntryStatus;
    }
    Table[0].EntryContext = &Start;
    EntryStatus = RtlQueryRegistryValues(RTL_REGISTRY_HANDLE, (PCWSTR)Key, Table, NULL, NULL);
    if (NT_SUCCESS(EntryStatus) && Start != 3)
    {
        EntryStatus = STATUS_UNSUCCESSFUL;
    }
    ZwClose(Key);
    if (NT_SUCCESS(EntryStatus))
    {
        EntryStatus = IoOpenDriverRegistryKey(DriverObject, DriverRegKeyParameters, KEY_READ, 0, &Parameters);
        ZwClose(Parameters);
    }
    return EntryStatus;
}

/* Given a driver. Then its RegistryPath is a key, with Parameters, before DriverEntry. */
TEST(REG, a_driver_has_its_key)
{
    PIOP_DRIVER Driver = NULL;
    HANDLE Key = NULL;

    EntryStatus = STATUS_UNSUCCESSFUL;
    CHECK_STATUS(IopCreateDriver("keyed", __executable_start, (SIZE_T)(end - __executable_start), Entry, &Driver),
                 STATUS_SUCCESS);
    CHECK_STATUS(RtlCheckRegistryKey(RTL_REGISTRY_SERVICES, (PWSTR)L"keyed\\Parameters"), STATUS_SUCCESS);
    CHECK_STATUS(IoOpenDriverRegistryKey(Driver->DriverObject, (DRIVER_REGKEY_TYPE)9, KEY_READ, 0, &Key),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(IoOpenDriverRegistryKey(Driver->DriverObject, DriverRegKeyPersistentState, KEY_READ, 0, &Key),
                 STATUS_SUCCESS);
    CHECK_EQ(IopReportDriverLeaks(Driver), 1);
    CHECK_STATUS(ZwClose(Key), STATUS_SUCCESS);
    CHECK_EQ(IopReportDriverLeaks(Driver), 0);
    IopDeleteDriver(Driver);
}

/* ---- threads ------------------------------------------------------------------------------------ */

static VOID NTAPI Worker(PVOID Context)
{
    HANDLE Key = NULL;
    OBJECT_ATTRIBUTES Path;
    UNICODE_STRING Name;
    UNICODE_STRING Value;
    KEY_VALUE_PARTIAL_INFORMATION Info;
    ULONG Length;

    RtlInitUnicodeString(&Name, SOFTWARE L"Shared");
    RtlInitUnicodeString(&Value, L"n");
    InitializeObjectAttributes(&Path, &Name, OBJ_KERNEL_HANDLE, NULL, NULL);
    for (ULONG Round = 0; Round < 500; Round++)
    {
        if (NT_SUCCESS(ZwCreateKey(&Key, KEY_ALL_ACCESS, &Path, 0, NULL, 0, NULL)))
        {
            ZwSetValueKey(Key, &Value, 0, REG_DWORD, &Round, sizeof(Round));
            ZwQueryValueKey(Key, &Value, KeyValuePartialInformation, &Info, sizeof(Info), &Length);
            if (Context != NULL)
            {
                ZwDeleteKey(Key);
            }
            ZwClose(Key);
        }
    }
}

TEST(REG, threads_share_keys)
{
    HANDLE Key = NULL;
    PVOID One = StartThread(Worker, NULL);
    PVOID Two = StartThread(Worker, (PVOID)1);
    JoinThread(One);
    JoinThread(Two);
    if (NT_SUCCESS(ZwOpenKey(&Key, KEY_READ, Named(SOFTWARE L"Shared", NULL))))
    {
        Delete(Key);
    }
    CHECK_EQ(CmpKeyType.ObjectCount, 0);
}
