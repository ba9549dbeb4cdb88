// SPDX-License-Identifier: MIT
/*
 * .reg files, as regedit writes them: "REGEDIT4" or "Windows Registry Editor
 * Version 5.00", keys in brackets, values under them. In files of the first kind
 * the strings in hex(2) and hex(7) have one byte per character.
 */
#include "nt/cmp.h"
#include "nt/hostcall.h"
#include "nt/ntp.h"

/*
 * A file being read.
 * Owner: CmpLoadText's stack; Text is its copy in UTF-16.
 */
typedef struct _CMP_READER
{
    PCSTR File;
    PWSTR Text;
    SIZE_T Length;
    SIZE_T At;
    ULONG Line;
    BOOLEAN Ansi; /* REGEDIT4 */
    PCMP_KEY Key; /* with a reference; NULL before the first and below a deleted one */
    BOOLEAN Skip; /* the last key was a deleted one: no values may follow */
    PUCHAR Data;  /* of the value being read; CMP_VALUE_BYTES_MAX */
    ULONG Count;
} CMP_READER, *PCMP_READER;

static NTSTATUS CmpBad(PCMP_READER Reader, PCSTR What)
{
    HcLog(HcLogError, "%s:%u: %s", Reader->File, (unsigned)Reader->Line, What);
    return STATUS_INVALID_PARAMETER;
}

/* ---- characters ------------------------------------------------------------------------- */

/* 0 at the end of the file. */
static WCHAR CmpPeek(PCMP_READER Reader)
{
    return Reader->At < Reader->Length ? Reader->Text[Reader->At] : 0;
}

static BOOLEAN CmpAtEnd(PCMP_READER Reader)
{
    WCHAR Character = CmpPeek(Reader);
    return Reader->At >= Reader->Length || Character == L'\n' || Character == L'\r';
}

static VOID CmpSkipSpace(PCMP_READER Reader)
{
    while (CmpPeek(Reader) == L' ' || CmpPeek(Reader) == L'\t')
    {
        Reader->At++;
    }
}

static VOID CmpNextLine(PCMP_READER Reader)
{
    while (Reader->At < Reader->Length && Reader->Text[Reader->At] != L'\n')
    {
        Reader->At++;
    }
    Reader->At += Reader->At < Reader->Length;
    Reader->Line++;
}

/* Takes Word when it is next. */
static BOOLEAN CmpTake(PCMP_READER Reader, PCSTR Word)
{
    SIZE_T At = Reader->At;

    for (; *Word != 0; Word++, At++)
    {
        if (At >= Reader->Length || RtlDowncaseUnicodeChar(Reader->Text[At]) != (WCHAR)*Word)
        {
            return FALSE;
        }
    }
    Reader->At = At;
    return TRUE;
}

static LONG CmpDigit(WCHAR Character)
{
    if (Character >= L'0' && Character <= L'9')
    {
        return Character - L'0';
    }
    Character |= 0x20;
    return Character >= L'a' && Character <= L'f' ? Character - L'a' + 10 : -1;
}

/* Hexadecimal digits, 1 to Most of them. */
static BOOLEAN CmpTakeHex(PCMP_READER Reader, ULONG Most, PULONG Value)
{
    ULONG Digits = 0;

    *Value = 0;
    for (LONG Digit; Digits < Most && (Digit = CmpDigit(CmpPeek(Reader))) >= 0; Digits++)
    {
        *Value = *Value << 4 | (ULONG)Digit;
        Reader->At++;
    }
    return Digits != 0 && CmpDigit(CmpPeek(Reader)) < 0;
}

static BOOLEAN CmpAddByte(PCMP_READER Reader, UCHAR Byte)
{
    if (Reader->Count == CMP_VALUE_BYTES_MAX)
    {
        return FALSE;
    }
    Reader->Data[Reader->Count++] = Byte;
    return TRUE;
}

/* A string in quotation marks, into Data; no zero behind it. It may go over lines. */
static BOOLEAN CmpTakeString(PCMP_READER Reader)
{
    Reader->Count = 0;
    Reader->At++;
    for (;;)
    {
        if (Reader->At >= Reader->Length)
        {
            return FALSE;
        }
        WCHAR Character = Reader->Text[Reader->At++];
        if (Character == L'"')
        {
            return TRUE;
        }
        if (Character == L'\\' && (CmpPeek(Reader) == L'\\' || CmpPeek(Reader) == L'"'))
        {
            Character = Reader->Text[Reader->At++];
        }
        Reader->Line += Character == L'\n';
        if (!CmpAddByte(Reader, (UCHAR)Character) || !CmpAddByte(Reader, (UCHAR)(Character >> 8)))
        {
            return FALSE;
        }
    }
}

/* What may stand behind a key or a value. */
static BOOLEAN CmpLineEnds(PCMP_READER Reader)
{
    CmpSkipSpace(Reader);
    return CmpAtEnd(Reader) || CmpPeek(Reader) == L';';
}

/* ---- values --------------------------------------------------------------------------------- */

/* Bytes with commas between them; a backslash at the end of a line goes on below. */
static NTSTATUS CmpReadHex(PCMP_READER Reader)
{
    ULONG Byte;

    Reader->Count = 0;
    for (;;)
    {
        CmpSkipSpace(Reader);
        if (CmpPeek(Reader) == L'\\')
        {
            Reader->At++;
            if (!CmpLineEnds(Reader))
            {
                return CmpBad(Reader, "a backslash in hexadecimal data ends its line");
            }
            CmpNextLine(Reader);
            continue;
        }
        if (CmpAtEnd(Reader) || CmpPeek(Reader) == L';')
        {
            return STATUS_SUCCESS;
        }
        if (!CmpTakeHex(Reader, 2, &Byte) || !CmpAddByte(Reader, (UCHAR)Byte))
        {
            return CmpBad(Reader, "bytes are two hexadecimal digits, with commas between them");
        }
        CmpSkipSpace(Reader);
        Reader->At += CmpPeek(Reader) == L',';
    }
}

/* REGEDIT4 writes strings as bytes of the ANSI code page, which is UTF-8 here. */
static NTSTATUS CmpWidenString(PCMP_READER Reader)
{
    ULONG Bytes = 0;

    PUCHAR Wide = HcAllocate((SIZE_T)Reader->Count * sizeof(WCHAR) + 1);
    if (Wide == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    RtlUTF8ToUnicodeN((PWSTR)Wide, Reader->Count * (ULONG)sizeof(WCHAR), &Bytes, (PCCH)Reader->Data, Reader->Count);
    NTSTATUS Status = STATUS_SUCCESS;
    if (Bytes > CMP_VALUE_BYTES_MAX)
    {
        Status = CmpBad(Reader, "a value has at most 1 MiB");
    }
    else
    {
        RtlCopyMemory(Reader->Data, Wide, Bytes);
        Reader->Count = Bytes;
    }
    HcFree(Wide);
    return Status;
}

static NTSTATUS CmpReadTypedHex(PCMP_READER Reader, PULONG Type)
{
    *Type = REG_BINARY;
    if (CmpPeek(Reader) == L'(')
    {
        Reader->At++;
        if (!CmpTakeHex(Reader, 8, Type) || CmpPeek(Reader) != L')')
        {
            return CmpBad(Reader, "hex is followed by a type in parentheses, a hexadecimal number");
        }
        Reader->At++;
    }
    if (CmpPeek(Reader) != L':')
    {
        return CmpBad(Reader, "hex and its type are followed by a colon");
    }
    Reader->At++;
    NTSTATUS Status = CmpReadHex(Reader);
    BOOLEAN String = *Type == REG_SZ || *Type == REG_EXPAND_SZ || *Type == REG_MULTI_SZ;
    return NT_SUCCESS(Status) && String && Reader->Ansi ? CmpWidenString(Reader) : Status;
}

/* What stands behind the equals sign, into Data. */
static NTSTATUS CmpReadData(PCMP_READER Reader, PULONG Type)
{
    if (CmpPeek(Reader) == L'"')
    {
        *Type = REG_SZ;
        if (!CmpTakeString(Reader) || !CmpAddByte(Reader, 0) || !CmpAddByte(Reader, 0))
        {
            return CmpBad(Reader, "a string has no end, or more than 1 MiB");
        }
        return STATUS_SUCCESS;
    }
    if (CmpTake(Reader, "dword:"))
    {
        ULONG Value;
        *Type = REG_DWORD;
        if (!CmpTakeHex(Reader, 8, &Value))
        {
            return CmpBad(Reader, "dword: is followed by one to eight hexadecimal digits");
        }
        Reader->Count = sizeof(Value);
        RtlCopyMemory(Reader->Data, &Value, sizeof(Value));
        return STATUS_SUCCESS;
    }
    if (CmpTake(Reader, "hex"))
    {
        return CmpReadTypedHex(Reader, Type);
    }
    return CmpBad(Reader, "a value is a \"string\", dword:, hex: or hex(type):");
}

/* The name of a value, as a string of its own that the caller frees (HcFree). */
static NTSTATUS CmpReadName(PCMP_READER Reader, PUNICODE_STRING Name)
{
    Reader->Count = 0;
    if (CmpPeek(Reader) == L'@')
    {
        Reader->At++;
    }
    else if (!CmpTakeString(Reader) || Reader->Count > CMP_VALUE_NAME_BYTES_MAX)
    {
        return CmpBad(Reader, "a name has no end, or more than 16383 characters");
    }
    Name->Buffer = HcAllocate(Reader->Count + 1);
    if (Name->Buffer == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Name->Length = Name->MaximumLength = (USHORT)Reader->Count;
    RtlCopyMemory(Name->Buffer, Reader->Data, Reader->Count);
    return STATUS_SUCCESS;
}

static NTSTATUS CmpApplyValue(PCMP_READER Reader, PCUNICODE_STRING Name)
{
    ULONG Type;

    CmpSkipSpace(Reader);
    if (CmpPeek(Reader) != L'=')
    {
        return CmpBad(Reader, "a name is followed by an equals sign");
    }
    Reader->At++;
    CmpSkipSpace(Reader);
    if (CmpPeek(Reader) == L'-')
    {
        Reader->At++;
        (VOID) CmpDeleteValue(Reader->Key, Name); /* it need not be there */
        return STATUS_SUCCESS;
    }
    NTSTATUS Status = CmpReadData(Reader, &Type);
    return NT_SUCCESS(Status) ? CmpSetValue(Reader->Key, Name, Type, Reader->Data, Reader->Count) : Status;
}

static NTSTATUS CmpReadValue(PCMP_READER Reader)
{
    UNICODE_STRING Name;

    if (Reader->Key == NULL)
    {
        return CmpBad(Reader, Reader->Skip ? "values under a key that is deleted" : "a value before the first [key]");
    }
    NTSTATUS Status = CmpReadName(Reader, &Name);
    if (NT_SUCCESS(Status))
    {
        Status = CmpApplyValue(Reader, &Name);
        HcFree(Name.Buffer);
    }
    return Status;
}

/* ---- keys ---------------------------------------------------------------------------------- */

typedef struct _CMP_HIVE
{
    PCSTR Name; /* in lower case */
    PCWSTR Path;
} CMP_HIVE;

static const CMP_HIVE Hives[] = {
    {"hkey_local_machine", L"\\REGISTRY\\MACHINE"}, {"hklm", L"\\REGISTRY\\MACHINE"},
    {"hkey_users", L"\\REGISTRY\\USER"},            {"hku", L"\\REGISTRY\\USER"},
    {"hkey_current_user", L"\\REGISTRY\\USER\\.DEFAULT"}, {"hkcu", L"\\REGISTRY\\USER\\.DEFAULT"},
    {"\\registry", L"\\REGISTRY"},
};

/* The path of the tree for what stands in brackets up to End; the caller frees it. */
static NTSTATUS CmpKeyPath(PCMP_READER Reader, SIZE_T End, PUNICODE_STRING Path)
{
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Hives); Index++)
    {
        UNICODE_STRING Hive;
        if (!CmpTake(Reader, Hives[Index].Name) || (Reader->At != End && CmpPeek(Reader) != L'\\'))
        {
            continue;
        }
        RtlInitUnicodeString(&Hive, Hives[Index].Path);
        SIZE_T Bytes = (End - Reader->At) * sizeof(WCHAR);
        if (Bytes + Hive.Length > MAXUSHORT)
        {
            break;
        }
        Path->Buffer = HcAllocate(Hive.Length + Bytes);
        if (Path->Buffer == NULL)
        {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        RtlCopyMemory(Path->Buffer, Hive.Buffer, Hive.Length);
        RtlCopyMemory(Path->Buffer + Hive.Length / sizeof(WCHAR), Reader->Text + Reader->At, Bytes);
        Path->Length = Path->MaximumLength = (USHORT)(Hive.Length + Bytes);
        return STATUS_SUCCESS;
    }
    return CmpBad(Reader, "a key begins with HKEY_LOCAL_MACHINE, HKEY_USERS, HKEY_CURRENT_USER or \\Registry");
}

static NTSTATUS CmpApplyKey(PCMP_READER Reader, PCUNICODE_STRING Path, BOOLEAN Delete)
{
    CMP_OPEN Open = {.Create = Delete ? CmpCreateNothing : CmpCreateAll};

    NTSTATUS Status = CmpOpenKey(Path, &Open, &Reader->Key);
    if (!Delete)
    {
        return NT_SUCCESS(Status) ? Status : CmpBad(Reader, "this key cannot be made: its path is no valid one");
    }
    Reader->Skip = TRUE;
    if (NT_SUCCESS(Status))
    {
        Status = CmpDeleteTree(Reader->Key);
        CmpDereferenceKey(Reader->Key);
        Reader->Key = NULL;
        return NT_SUCCESS(Status) ? Status : CmpBad(Reader, "this key cannot be deleted");
    }
    return STATUS_SUCCESS; /* it was not there */
}

static NTSTATUS CmpReadKey(PCMP_READER Reader)
{
    SIZE_T End = ++Reader->At;
    SIZE_T Close = 0;
    UNICODE_STRING Path;

    /* A name may hold brackets: the last one of the line ends it. */
    for (; End < Reader->Length && Reader->Text[End] != L'\n'; End++)
    {
        Close = Reader->Text[End] == L']' ? End : Close;
    }
    if (Close == 0)
    {
        return CmpBad(Reader, "a key has no closing bracket");
    }
    if (Reader->Key != NULL)
    {
        CmpDereferenceKey(Reader->Key);
        Reader->Key = NULL;
    }
    Reader->Skip = FALSE;
    BOOLEAN Delete = CmpPeek(Reader) == L'-';
    Reader->At += Delete;
    NTSTATUS Status = CmpKeyPath(Reader, Close, &Path);
    if (NT_SUCCESS(Status))
    {
        Status = CmpApplyKey(Reader, &Path, Delete);
        HcFree(Path.Buffer);
    }
    Reader->At = Close + 1;
    return Status;
}

/* ---- the file -------------------------------------------------------------------------------- */

static NTSTATUS CmpReadLine(PCMP_READER Reader)
{
    NTSTATUS Status;

    if (CmpLineEnds(Reader))
    {
        return STATUS_SUCCESS;
    }
    switch (CmpPeek(Reader))
    {
    case L'[':
        Status = CmpReadKey(Reader);
        break;
    case L'@':
    case L'"':
        Status = CmpReadValue(Reader);
        break;
    default:
        Status = CmpBad(Reader, "a line is a [key], a \"name\"=value, an @=value, or a comment after a semicolon");
        break;
    }
    if (NT_SUCCESS(Status) && !CmpLineEnds(Reader))
    {
        Status = CmpBad(Reader, "there is more on this line than its key or value");
    }
    return Status;
}

static NTSTATUS CmpReadAll(PCMP_READER Reader)
{
    NTSTATUS Status = STATUS_SUCCESS;

    Reader->Line = 1;
    while (Reader->At < Reader->Length && CmpLineEnds(Reader))
    {
        CmpNextLine(Reader); /* empty lines */
    }
    if (CmpTake(Reader, "regedit4"))
    {
        Reader->Ansi = TRUE;
    }
    else if (!CmpTake(Reader, "windows registry editor version 5.00"))
    {
        return CmpBad(Reader, "the first line is \"REGEDIT4\" or \"Windows Registry Editor Version 5.00\"");
    }
    if (!CmpLineEnds(Reader))
    {
        return CmpBad(Reader, "there is more on the first line than the version");
    }
    for (CmpNextLine(Reader); Reader->At < Reader->Length && NT_SUCCESS(Status); CmpNextLine(Reader))
    {
        Status = CmpReadLine(Reader);
    }
    return Status;
}

/* Text as UTF-16, in memory the caller frees. */
static NTSTATUS CmpDecode(PCMP_READER Reader, const UCHAR *Text, SIZE_T Size)
{
    BOOLEAN Wide = Size >= 2 && Text[0] == 0xFF && Text[1] == 0xFE;
    SIZE_T Mark = Wide ? 2 : Size >= 3 && Text[0] == 0xEF && Text[1] == 0xBB && Text[2] == 0xBF ? 3 : 0;
    ULONG Bytes = (ULONG)(Size - Mark);

    Reader->Text = HcAllocate((SIZE_T)Bytes * sizeof(WCHAR) + 1);
    if (Reader->Text == NULL)
    {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (Wide)
    {
        RtlCopyMemory(Reader->Text, Text + Mark, Bytes);
    }
    else
    {
        RtlUTF8ToUnicodeN(Reader->Text, Bytes * (ULONG)sizeof(WCHAR), &Bytes, (PCCH)Text + Mark, Bytes);
    }
    Reader->Length = Bytes / sizeof(WCHAR);
    return STATUS_SUCCESS;
}

NTSTATUS CmpLoadText(PCSTR File, const VOID *Text, SIZE_T Size)
{
    CMP_READER Reader = {.File = File};

    if (Size > 0x10000000)
    {
        Reader.Line = 1;
        return CmpBad(&Reader, "the file has more than 256 MiB");
    }
    Reader.Data = HcAllocate(CMP_VALUE_BYTES_MAX);
    NTSTATUS Status = Reader.Data != NULL ? CmpDecode(&Reader, Text, Size) : STATUS_INSUFFICIENT_RESOURCES;
    if (NT_SUCCESS(Status))
    {
        Status = CmpReadAll(&Reader);
    }
    if (Reader.Key != NULL)
    {
        CmpDereferenceKey(Reader.Key);
    }
    HcFree(Reader.Text);
    HcFree(Reader.Data);
    return Status;
}
