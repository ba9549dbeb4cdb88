// SPDX-License-Identifier: MIT
#pragma once
/*
 * Bounded string functions. As in the WDK all of this is inline. Each result is
 * terminated whenever there is room for a character; a result that did not fit
 * is STATUS_BUFFER_OVERFLOW, an impossible size STATUS_INVALID_PARAMETER. The
 * Cch functions count characters, the Cb ones bytes.
 */
#include <wdm.h>
#include <wskhost_crt.h>

EXTERN_C_START

#define NTSTRSAFE_MAX_CCH 2147483647
#define NTSTRSAFE_MAX_LENGTH (NTSTRSAFE_MAX_CCH - 1)
#define NTSTRSAFE_UNICODE_STRING_MAX_CCH (0xffff / sizeof(WCHAR))
#define STRSAFE_MAX_CCH NTSTRSAFE_MAX_CCH
#define STRSAFE_MAX_LENGTH NTSTRSAFE_MAX_LENGTH
#define STRSAFE_IGNORE_NULLS 0x00000100
#define STRSAFE_FILL_BEHIND_NULL 0x00000200
#define STRSAFE_FILL_ON_FAILURE 0x00000400
#define STRSAFE_NULL_ON_FAILURE 0x00000800
#define STRSAFE_NO_TRUNCATION 0x00001000
#define STRSAFE_FILL_BEHIND 0x00000200
#define STRSAFE_ZERO_LENGTH_ON_FAILURE 0x00000800
#define STRSAFE_VALID_FLAGS \
    (0x000000FF | STRSAFE_IGNORE_NULLS | STRSAFE_FILL_BEHIND_NULL | STRSAFE_FILL_ON_FAILURE | \
     STRSAFE_NULL_ON_FAILURE | STRSAFE_NO_TRUNCATION)
#define STRSAFE_FILL_BYTE(Value) ((ULONG)(((Value)&0x000000FF) | STRSAFE_FILL_BEHIND_NULL))
#define STRSAFE_FAILURE_BYTE(Value) ((ULONG)(((Value)&0x000000FF) | STRSAFE_FILL_ON_FAILURE))

typedef char *NTSTRSAFE_PSTR;
typedef const char *NTSTRSAFE_PCSTR;
typedef WCHAR *NTSTRSAFE_PWSTR;
typedef const WCHAR *NTSTRSAFE_PCWSTR;

/*
 * One family for 8-bit and one for 16-bit strings. The workers: measure the
 * string in a buffer; put Count characters behind Used others; format behind
 * Used others; tidy up after an Ex function by its flags.
 */
#define NTP_STRSAFE_WORKERS(S, Char, VFormat)                                                              \
    NTP_INLINE NTSTATUS NtpStrLength##S(const Char *Text, size_t Maximum, size_t *Length)                  \
    {                                                                                                      \
        size_t Count = 0;                                                                                  \
                                                                                                           \
        while (Count < Maximum && Text[Count] != 0)                                                        \
        {                                                                                                  \
            Count++;                                                                                       \
        }                                                                                                  \
        *Length = Count < Maximum ? Count : 0;                                                             \
        return Count < Maximum ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;                                \
    }                                                                                                      \
    NTP_INLINE NTSTATUS NtpStrPut##S(Char *Buffer, size_t Size, size_t *Used, const Char *Text, size_t Count) \
    {                                                                                                      \
        while (Count > 0 && *Text != 0 && *Used + 1 < Size)                                                \
        {                                                                                                  \
            Buffer[(*Used)++] = *Text++;                                                                   \
            Count--;                                                                                       \
        }                                                                                                  \
        Buffer[*Used] = 0;                                                                                 \
        return Count == 0 || *Text == 0 ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;                         \
    }                                                                                                      \
    NTP_INLINE NTSTATUS NtpStrFormat##S(Char *Buffer, size_t Size, size_t *Used, const Char *Format,       \
                                        NT_VA_LIST Arguments)                                                 \
    {                                                                                                      \
        size_t Room = Size - 1;                                                                            \
        int Written = VFormat(Buffer, Room, Format, Arguments);                                            \
                                                                                                           \
        *Used = Written < 0 || (size_t)Written > Room ? Room : (size_t)Written;                            \
        Buffer[*Used] = 0;                                                                                 \
        return Written < 0 || (size_t)Written > Room ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;            \
    }                                                                                                      \
    NTP_INLINE NTSTATUS NtpStrFinish##S(NTSTATUS Status, Char *Buffer, size_t Size, size_t Bytes, size_t Used, \
                                        Char **End, size_t *Remaining, ULONG Flags)                        \
    {                                                                                                      \
        if (NT_SUCCESS(Status) && (Flags & STRSAFE_FILL_BEHIND_NULL) != 0)                                 \
        {                                                                                                  \
            memset(Buffer + Used + 1, (int)(Flags & 0xFF), Bytes - (Used + 1) * sizeof(Char));             \
        }                                                                                                  \
        if (!NT_SUCCESS(Status) && Size != 0)                                                              \
        {                                                                                                  \
            if ((Flags & STRSAFE_FILL_ON_FAILURE) != 0)                                                    \
            {                                                                                              \
                memset(Buffer, (int)(Flags & 0xFF), Bytes);                                                \
                Used = (Flags & 0xFF) == 0 ? 0 : Size - 1;                                                 \
                Buffer[Used] = 0;                                                                          \
            }                                                                                              \
            if ((Flags & (STRSAFE_NULL_ON_FAILURE | STRSAFE_NO_TRUNCATION)) != 0)                          \
            {                                                                                              \
                Used = 0;                                                                                  \
                Buffer[0] = 0;                                                                             \
            }                                                                                              \
        }                                                                                                  \
        if (NT_SUCCESS(Status) || Status == STATUS_BUFFER_OVERFLOW)                                        \
        {                                                                                                  \
            if (End != NULL)                                                                               \
            {                                                                                              \
                *End = Buffer + Used;                                                                      \
            }                                                                                              \
            if (Remaining != NULL)                                                                         \
            {                                                                                              \
                *Remaining = Size - Used;                                                                  \
            }                                                                                              \
        }                                                                                                  \
        return Status;                                                                                     \
    }

/* The public names. Unit is what sizes count: characters or bytes. */
#define NTP_STRSAFE_PUBLIC(C, S, Char, Unit)                                                               \
    NTP_INLINE NTSTATUS RtlString##C##CopyN##S(Char *Destination, size_t Size, const Char *Source, size_t Count) \
    {                                                                                                      \
        size_t Used = 0;                                                                                   \
                                                                                                           \
        Size /= (Unit);                                                                                    \
        if (Size == 0 || Size > NTSTRSAFE_MAX_CCH || Count / (Unit) > NTSTRSAFE_MAX_CCH)                   \
        {                                                                                                  \
            return STATUS_INVALID_PARAMETER;                                                               \
        }                                                                                                  \
        return NtpStrPut##S(Destination, Size, &Used, Source, Count / (Unit));                             \
    }                                                                                                      \
    NTP_INLINE NTSTATUS RtlString##C##Copy##S(Char *Destination, size_t Size, const Char *Source)          \
    {                                                                                                      \
        return RtlString##C##CopyN##S(Destination, Size, Source, NTSTRSAFE_MAX_LENGTH);                    \
    }                                                                                                      \
    NTP_INLINE NTSTATUS RtlString##C##CatN##S(Char *Destination, size_t Size, const Char *Source, size_t Count) \
    {                                                                                                      \
        size_t Used;                                                                                       \
                                                                                                           \
        Size /= (Unit);                                                                                    \
        if (Size > NTSTRSAFE_MAX_CCH || !NT_SUCCESS(NtpStrLength##S(Destination, Size, &Used)))            \
        {                                                                                                  \
            return STATUS_INVALID_PARAMETER;                                                               \
        }                                                                                                  \
        return NtpStrPut##S(Destination, Size, &Used, Source, Count / (Unit));                             \
    }                                                                                                      \
    NTP_INLINE NTSTATUS RtlString##C##Cat##S(Char *Destination, size_t Size, const Char *Source)           \
    {                                                                                                      \
        return RtlString##C##CatN##S(Destination, Size, Source, NTSTRSAFE_MAX_LENGTH);                     \
    }                                                                                                      \
    NTP_INLINE NTSTATUS RtlString##C##VPrintf##S(Char *Destination, size_t Size, const Char *Format,       \
                                                 NT_VA_LIST Arguments)                                        \
    {                                                                                                      \
        size_t Used;                                                                                       \
                                                                                                           \
        Size /= (Unit);                                                                                    \
        if (Size == 0 || Size > NTSTRSAFE_MAX_CCH)                                                         \
        {                                                                                                  \
            return STATUS_INVALID_PARAMETER;                                                               \
        }                                                                                                  \
        return NtpStrFormat##S(Destination, Size, &Used, Format, Arguments);                               \
    }                                                                                                      \
    NTP_INLINE NTSTATUS NTAPI RtlString##C##Printf##S(Char *Destination, size_t Size, const Char *Format, ...)   \
    {                                                                                                      \
        NT_VA_LIST Arguments;                                                                                 \
        NTSTATUS Status;                                                                                   \
                                                                                                           \
        NT_VA_START(Arguments, Format);                                                                       \
        Status = RtlString##C##VPrintf##S(Destination, Size, Format, Arguments);                           \
        NT_VA_END(Arguments);                                                                                 \
        return Status;                                                                                     \
    }                                                                                                      \
    NTP_INLINE NTSTATUS RtlString##C##Length##S(const Char *Text, size_t Maximum, size_t *Length)          \
    {                                                                                                      \
        size_t Count = 0;                                                                                  \
        NTSTATUS Status = STATUS_INVALID_PARAMETER;                                                        \
                                                                                                           \
        if (Text != NULL && Maximum / (Unit) <= NTSTRSAFE_MAX_CCH)                                         \
        {                                                                                                  \
            Status = NtpStrLength##S(Text, Maximum / (Unit), &Count);                                      \
        }                                                                                                  \
        if (Length != NULL)                                                                                \
        {                                                                                                  \
            *Length = Count * (Unit);                                                                      \
        }                                                                                                  \
        return Status;                                                                                     \
    }

#define NTP_STRSAFE_PUBLIC_EX(C, S, Char, Unit)                                                            \
    NTP_INLINE NTSTATUS RtlString##C##CopyEx##S(Char *Destination, size_t Size, const Char *Source, Char **End, \
                                                size_t *Remaining, ULONG Flags)                            \
    {                                                                                                      \
        size_t Used = 0;                                                                                   \
        size_t Count = Size / (Unit);                                                                      \
        NTSTATUS Status = STATUS_INVALID_PARAMETER;                                                        \
                                                                                                           \
        if (Source == NULL && (Flags & STRSAFE_IGNORE_NULLS) != 0)                                         \
        {                                                                                                  \
            Source = NtpStrEmpty##S;                                                                       \
        }                                                                                                  \
        if (Count != 0 && Count <= NTSTRSAFE_MAX_CCH && (Flags & ~STRSAFE_VALID_FLAGS) == 0)               \
        {                                                                                                  \
            Status = NtpStrPut##S(Destination, Count, &Used, Source, NTSTRSAFE_MAX_LENGTH);                \
        }                                                                                                  \
        Status = NtpStrFinish##S(Status, Destination, Count, Count * sizeof(Char), Used, End, Remaining, Flags); \
        if (Remaining != NULL && Status != STATUS_INVALID_PARAMETER)                                       \
        {                                                                                                  \
            *Remaining *= (Unit);                                                                          \
        }                                                                                                  \
        return Status;                                                                                     \
    }                                                                                                      \
    NTP_INLINE NTSTATUS RtlString##C##CatEx##S(Char *Destination, size_t Size, const Char *Source, Char **End, \
                                               size_t *Remaining, ULONG Flags)                             \
    {                                                                                                      \
        size_t Used = 0;                                                                                   \
        size_t Count = Size / (Unit);                                                                      \
        NTSTATUS Status = STATUS_INVALID_PARAMETER;                                                        \
                                                                                                           \
        if (Source == NULL && (Flags & STRSAFE_IGNORE_NULLS) != 0)                                         \
        {                                                                                                  \
            Source = NtpStrEmpty##S;                                                                       \
        }                                                                                                  \
        if (Count <= NTSTRSAFE_MAX_CCH && (Flags & ~STRSAFE_VALID_FLAGS) == 0 &&                           \
            NT_SUCCESS(NtpStrLength##S(Destination, Count, &Used)))                                        \
        {                                                                                                  \
            Status = NtpStrPut##S(Destination, Count, &Used, Source, NTSTRSAFE_MAX_LENGTH);                \
        }                                                                                                  \
        Status = NtpStrFinish##S(Status, Destination, Count, Count * sizeof(Char), Used, End, Remaining, Flags); \
        if (Remaining != NULL && Status != STATUS_INVALID_PARAMETER)                                       \
        {                                                                                                  \
            *Remaining *= (Unit);                                                                          \
        }                                                                                                  \
        return Status;                                                                                     \
    }                                                                                                      \
    NTP_INLINE NTSTATUS RtlString##C##VPrintfEx##S(Char *Destination, size_t Size, Char **End, size_t *Remaining, \
                                                   ULONG Flags, const Char *Format, NT_VA_LIST Arguments)     \
    {                                                                                                      \
        size_t Used = 0;                                                                                   \
        size_t Count = Size / (Unit);                                                                      \
        NTSTATUS Status = STATUS_INVALID_PARAMETER;                                                        \
                                                                                                           \
        if (Count != 0 && Count <= NTSTRSAFE_MAX_CCH && (Flags & ~STRSAFE_VALID_FLAGS) == 0)               \
        {                                                                                                  \
            Status = NtpStrFormat##S(Destination, Count, &Used, Format, Arguments);                        \
        }                                                                                                  \
        Status = NtpStrFinish##S(Status, Destination, Count, Count * sizeof(Char), Used, End, Remaining, Flags); \
        if (Remaining != NULL && Status != STATUS_INVALID_PARAMETER)                                       \
        {                                                                                                  \
            *Remaining *= (Unit);                                                                          \
        }                                                                                                  \
        return Status;                                                                                     \
    }                                                                                                      \
    NTP_INLINE NTSTATUS NTAPI RtlString##C##PrintfEx##S(Char *Destination, size_t Size, Char **End, size_t *Remaining, \
                                                  ULONG Flags, const Char *Format, ...)                    \
    {                                                                                                      \
        NT_VA_LIST Arguments;                                                                                 \
        NTSTATUS Status;                                                                                   \
                                                                                                           \
        NT_VA_START(Arguments, Format);                                                                       \
        Status = RtlString##C##VPrintfEx##S(Destination, Size, End, Remaining, Flags, Format, Arguments);  \
        NT_VA_END(Arguments);                                                                                 \
        return Status;                                                                                     \
    }

static const char NtpStrEmptyA[1] __attribute__((unused)) = {0};
static const WCHAR NtpStrEmptyW[1] __attribute__((unused)) = {0};

NTP_STRSAFE_WORKERS(A, char, _vsnprintf)
NTP_STRSAFE_WORKERS(W, WCHAR, _vsnwprintf)
NTP_STRSAFE_PUBLIC(Cch, A, char, 1)
NTP_STRSAFE_PUBLIC(Cb, A, char, 1)
NTP_STRSAFE_PUBLIC(Cch, W, WCHAR, 1)
NTP_STRSAFE_PUBLIC(Cb, W, WCHAR, sizeof(WCHAR))
NTP_STRSAFE_PUBLIC_EX(Cch, A, char, 1)
NTP_STRSAFE_PUBLIC_EX(Cb, A, char, 1)
NTP_STRSAFE_PUBLIC_EX(Cch, W, WCHAR, 1)
NTP_STRSAFE_PUBLIC_EX(Cb, W, WCHAR, sizeof(WCHAR))

/* ---- UNICODE_STRINGs: never terminated, bounded by MaximumLength ---------------- */

#define RtlUnicodeStringValidate(String) RtlUnicodeStringValidateEx((String), 0)
NTP_INLINE NTSTATUS RtlUnicodeStringValidateEx(PCUNICODE_STRING String, ULONG Flags)
{
    if (String == NULL)
    {
        return (Flags & STRSAFE_IGNORE_NULLS) != 0 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    }
    if (String->Length % sizeof(WCHAR) != 0 || String->MaximumLength % sizeof(WCHAR) != 0 ||
        String->Length > String->MaximumLength || (String->Buffer == NULL && String->MaximumLength != 0))
    {
        return STATUS_INVALID_PARAMETER;
    }
    return STATUS_SUCCESS;
}

NTP_INLINE NTSTATUS RtlUnicodeStringInit(PUNICODE_STRING Destination, NTSTRSAFE_PCWSTR Source)
{
    size_t Length = 0;

    Destination->Length = 0;
    Destination->MaximumLength = 0;
    Destination->Buffer = NULL;
    if (Source != NULL)
    {
        if (!NT_SUCCESS(NtpStrLengthW(Source, NTSTRSAFE_UNICODE_STRING_MAX_CCH, &Length)))
        {
            return STATUS_INVALID_PARAMETER;
        }
        Destination->Length = (USHORT)(Length * sizeof(WCHAR));
        Destination->MaximumLength = (USHORT)((Length + 1) * sizeof(WCHAR));
        Destination->Buffer = (PWSTR)Source;
    }
    return STATUS_SUCCESS;
}

/* Puts up to Count characters of Source (ending at a null) behind what Destination keeps. */
NTP_INLINE NTSTATUS NtpUnicodeStringPut(PUNICODE_STRING Destination, size_t Keep, const WCHAR *Source, size_t Count,
                                        BOOLEAN StopAtNull)
{
    size_t Room;

    if (!NT_SUCCESS(RtlUnicodeStringValidateEx(Destination, 0)))
    {
        return STATUS_INVALID_PARAMETER;
    }
    Room = Destination->MaximumLength / sizeof(WCHAR);
    while (Count > 0 && (!StopAtNull || *Source != 0) && Keep < Room)
    {
        Destination->Buffer[Keep++] = *Source++;
        Count--;
    }
    Destination->Length = (USHORT)(Keep * sizeof(WCHAR));
    return Count == 0 || (StopAtNull && *Source == 0) ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}

NTP_INLINE NTSTATUS RtlUnicodeStringCopyString(PUNICODE_STRING Destination, NTSTRSAFE_PCWSTR Source)
{
    return NtpUnicodeStringPut(Destination, 0, Source, NTSTRSAFE_MAX_LENGTH, TRUE);
}

NTP_INLINE NTSTATUS RtlUnicodeStringCopy(PUNICODE_STRING Destination, PCUNICODE_STRING Source)
{
    return NtpUnicodeStringPut(Destination, 0, Source->Buffer, Source->Length / sizeof(WCHAR), FALSE);
}

NTP_INLINE NTSTATUS RtlUnicodeStringCchCopyStringN(PUNICODE_STRING Destination, NTSTRSAFE_PCWSTR Source, size_t Count)
{
    return NtpUnicodeStringPut(Destination, 0, Source, Count, TRUE);
}

NTP_INLINE NTSTATUS RtlUnicodeStringCbCopyStringN(PUNICODE_STRING Destination, NTSTRSAFE_PCWSTR Source, size_t Bytes)
{
    return NtpUnicodeStringPut(Destination, 0, Source, Bytes / sizeof(WCHAR), TRUE);
}

NTP_INLINE NTSTATUS RtlUnicodeStringCatString(PUNICODE_STRING Destination, NTSTRSAFE_PCWSTR Source)
{
    return NtpUnicodeStringPut(Destination, Destination->Length / sizeof(WCHAR), Source, NTSTRSAFE_MAX_LENGTH, TRUE);
}

NTP_INLINE NTSTATUS RtlUnicodeStringCat(PUNICODE_STRING Destination, PCUNICODE_STRING Source)
{
    return NtpUnicodeStringPut(Destination, Destination->Length / sizeof(WCHAR), Source->Buffer,
                               Source->Length / sizeof(WCHAR), FALSE);
}

NTP_INLINE NTSTATUS RtlUnicodeStringCchCatStringN(PUNICODE_STRING Destination, NTSTRSAFE_PCWSTR Source, size_t Count)
{
    return NtpUnicodeStringPut(Destination, Destination->Length / sizeof(WCHAR), Source, Count, TRUE);
}

NTP_INLINE NTSTATUS RtlUnicodeStringCbCatStringN(PUNICODE_STRING Destination, NTSTRSAFE_PCWSTR Source, size_t Bytes)
{
    return RtlUnicodeStringCchCatStringN(Destination, Source, Bytes / sizeof(WCHAR));
}

NTP_INLINE NTSTATUS RtlUnicodeStringVPrintf(PUNICODE_STRING Destination, NTSTRSAFE_PCWSTR Format, NT_VA_LIST Arguments)
{
    size_t Room;
    int Written;

    if (!NT_SUCCESS(RtlUnicodeStringValidateEx(Destination, 0)))
    {
        return STATUS_INVALID_PARAMETER;
    }
    Room = Destination->MaximumLength / sizeof(WCHAR);
    Written = _vsnwprintf(Destination->Buffer, Room, Format, Arguments);
    if (Written < 0 || (size_t)Written > Room)
    {
        Destination->Length = (USHORT)(Room * sizeof(WCHAR));
        return STATUS_BUFFER_OVERFLOW;
    }
    Destination->Length = (USHORT)((size_t)Written * sizeof(WCHAR));
    return STATUS_SUCCESS;
}

NTP_INLINE NTSTATUS NTAPI RtlUnicodeStringPrintf(PUNICODE_STRING Destination, NTSTRSAFE_PCWSTR Format, ...)
{
    NT_VA_LIST Arguments;
    NTSTATUS Status;

    NT_VA_START(Arguments, Format);
    Status = RtlUnicodeStringVPrintf(Destination, Format, Arguments);
    NT_VA_END(Arguments);
    return Status;
}

/* A terminated copy of a counted string. */
NTP_INLINE NTSTATUS RtlStringCchCopyUnicodeString(NTSTRSAFE_PWSTR Destination, size_t Size, PCUNICODE_STRING Source)
{
    size_t Count = Source->Length / sizeof(WCHAR);

    if (Size == 0 || Size > NTSTRSAFE_MAX_CCH || !NT_SUCCESS(RtlUnicodeStringValidateEx(Source, 0)))
    {
        return STATUS_INVALID_PARAMETER;
    }
    memcpy(Destination, Source->Buffer, (Count < Size ? Count : Size - 1) * sizeof(WCHAR));
    Destination[Count < Size ? Count : Size - 1] = 0;
    return Count < Size ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}

NTP_INLINE NTSTATUS RtlStringCbCopyUnicodeString(NTSTRSAFE_PWSTR Destination, size_t Bytes, PCUNICODE_STRING Source)
{
    return RtlStringCchCopyUnicodeString(Destination, Bytes / sizeof(WCHAR), Source);
}

#ifdef UNICODE
#define RtlStringCchPrintf RtlStringCchPrintfW
#define RtlStringCbPrintf RtlStringCbPrintfW
#define RtlStringCchCopy RtlStringCchCopyW
#define RtlStringCbCopy RtlStringCbCopyW
#define RtlStringCchLength RtlStringCchLengthW
#define RtlStringCbLength RtlStringCbLengthW
#else
#define RtlStringCchPrintf RtlStringCchPrintfA
#define RtlStringCbPrintf RtlStringCbPrintfA
#define RtlStringCchCopy RtlStringCchCopyA
#define RtlStringCbCopy RtlStringCbCopyA
#define RtlStringCchLength RtlStringCchLengthA
#define RtlStringCbLength RtlStringCbLengthA
#endif

EXTERN_C_END
