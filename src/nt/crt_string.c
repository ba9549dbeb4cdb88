// SPDX-License-Identifier: MIT
/*
 * The C run-time of drivers: strings and memory. Its functions carry the names of
 * the C library in the source and RtlpCrt_ names in the object (wskhost_crt.h).
 * Case is ASCII's in comparisons, as in NT's own C run-time. Any IRQL that the
 * memory allows.
 */
#include <wchar.h>

#include "nt/ntp.h"

/* errno values of Microsoft's C run-time. */
#define CRT_EINVAL 22
#define CRT_ERANGE 34
#define CRT_STRUNCATE 80

static ULONG CrtLower(ULONG Character)
{
    return Character >= 'A' && Character <= 'Z' ? Character + 32 : Character;
}

/* ---- 8-bit ------------------------------------------------------------------------------ */

int NTAPI _strnicmp(const char *Left, const char *Right, size_t Count)
{
    for (; Count > 0; Count--, Left++, Right++)
    {
        int Difference = (int)CrtLower((UCHAR)*Left) - (int)CrtLower((UCHAR)*Right);
        if (Difference != 0 || *Left == 0)
        {
            return Difference;
        }
    }
    return 0;
}

int NTAPI _stricmp(const char *Left, const char *Right)
{
    return _strnicmp(Left, Right, (size_t)-1);
}

char *NTAPI _strupr(char *String)
{
    for (char *At = String; *At != 0; At++)
    {
        *At = RtlUpperChar(*At);
    }
    return String;
}

char *NTAPI _strlwr(char *String)
{
    for (char *At = String; *At != 0; At++)
    {
        *At = (char)CrtLower((UCHAR)*At);
    }
    return String;
}

char *NTAPI _strrev(char *String)
{
    for (size_t Low = 0, High = strlen(String); Low + 1 < High; Low++, High--)
    {
        char Saved = String[Low];
        String[Low] = String[High - 1];
        String[High - 1] = Saved;
    }
    return String;
}

char *NTAPI _strset(char *String, int Character)
{
    memset(String, Character, strlen(String));
    return String;
}

size_t NTAPI strnlen_s(const char *String, size_t Maximum)
{
    return String == NULL ? 0 : strnlen(String, Maximum);
}

/* Appends at most Count characters of Source behind the first Used of Destination.
 * The rules all secure copies share: the result is terminated, or empty and an
 * error; _TRUNCATE cuts instead. */
static errno_t CrtSecureCopy(char *Destination, rsize_t Size, rsize_t Used, const char *Source, rsize_t Count)
{
    if (Destination == NULL || Size == 0)
    {
        return CRT_EINVAL;
    }
    if (Source == NULL && Count != 0)
    {
        Destination[0] = 0;
        return CRT_EINVAL;
    }
    if (Used >= Size)
    {
        Destination[0] = 0;
        return CRT_EINVAL; /* what is there is not terminated */
    }
    rsize_t Room = Size - Used - 1;
    rsize_t Limit = Count == _TRUNCATE || Count > Room ? Room + 1 : Count;
    /* No object is larger, says gcc -O3. */
    rsize_t Length = Count == 0 ? 0 : strnlen(Source, min(Limit, (rsize_t)MAXLONGLONG));
    if (Length > Room && Count != _TRUNCATE)
    {
        Destination[0] = 0;
        return CRT_ERANGE;
    }
    BOOLEAN Cut = Length > Room;
    Length = Cut ? Room : Length;
    memcpy(Destination + Used, Source, Length);
    Destination[Used + Length] = 0;
    return Cut ? CRT_STRUNCATE : 0;
}

errno_t NTAPI strcpy_s(char *Destination, rsize_t Size, const char *Source)
{
    return CrtSecureCopy(Destination, Size, 0, Source, (rsize_t)-2);
}

errno_t NTAPI strncpy_s(char *Destination, rsize_t Size, const char *Source, rsize_t Count)
{
    return CrtSecureCopy(Destination, Size, 0, Source, Count);
}

errno_t NTAPI strcat_s(char *Destination, rsize_t Size, const char *Source)
{
    rsize_t Used = Destination != NULL ? strnlen(Destination, Size) : 0;
    return CrtSecureCopy(Destination, Size, Used, Source, (rsize_t)-2);
}

errno_t NTAPI strncat_s(char *Destination, rsize_t Size, const char *Source, rsize_t Count)
{
    rsize_t Used = Destination != NULL ? strnlen(Destination, Size) : 0;
    return CrtSecureCopy(Destination, Size, Used, Source, Count);
}

char *NTAPI strtok_s(char *String, const char *Delimiters, char **Context)
{
    char *Start = String != NULL ? String : *Context;
    Start += strspn(Start, Delimiters);
    char *End = Start + strcspn(Start, Delimiters);
    if (Start == End)
    {
        *Context = End;
        return NULL;
    }
    *Context = *End != 0 ? End + 1 : End;
    *End = 0;
    return Start;
}

errno_t NTAPI memcpy_s(void *Destination, rsize_t Size, const void *Source, rsize_t Count)
{
    if (Count == 0)
    {
        return 0;
    }
    if (Destination == NULL)
    {
        return CRT_EINVAL;
    }
    if (Source == NULL || Size < Count)
    {
        memset(Destination, 0, Size);
        return Source == NULL ? CRT_EINVAL : CRT_ERANGE;
    }
    memcpy(Destination, Source, Count);
    return 0;
}

errno_t NTAPI memmove_s(void *Destination, rsize_t Size, const void *Source, rsize_t Count)
{
    if (Count == 0)
    {
        return 0;
    }
    if (Destination == NULL || Source == NULL)
    {
        return CRT_EINVAL;
    }
    if (Size < Count)
    {
        return CRT_ERANGE;
    }
    memmove(Destination, Source, Count);
    return 0;
}

/* ---- 16-bit ------------------------------------------------------------------------------- */

size_t NTAPI wcsnlen(const WCHAR *String, size_t Maximum)
{
    size_t Length = 0;
    while (Length < Maximum && String[Length] != 0)
    {
        Length++;
    }
    return Length;
}

size_t NTAPI wcslen(const WCHAR *String)
{
    return wcsnlen(String, (size_t)-1);
}

int NTAPI wcsncmp(const WCHAR *Left, const WCHAR *Right, size_t Count)
{
    for (; Count > 0; Count--, Left++, Right++)
    {
        if (*Left != *Right)
        {
            return *Left < *Right ? -1 : 1;
        }
        if (*Left == 0)
        {
            break;
        }
    }
    return 0;
}

int NTAPI wcscmp(const WCHAR *Left, const WCHAR *Right)
{
    return wcsncmp(Left, Right, (size_t)-1);
}

int NTAPI _wcsnicmp(const WCHAR *Left, const WCHAR *Right, size_t Count)
{
    for (; Count > 0; Count--, Left++, Right++)
    {
        int Difference = (int)CrtLower(*Left) - (int)CrtLower(*Right);
        if (Difference != 0 || *Left == 0)
        {
            return Difference;
        }
    }
    return 0;
}

int NTAPI _wcsicmp(const WCHAR *Left, const WCHAR *Right)
{
    return _wcsnicmp(Left, Right, (size_t)-1);
}

WCHAR *NTAPI wcscpy(WCHAR *Destination, const WCHAR *Source)
{
    memcpy(Destination, Source, (wcslen(Source) + 1) * sizeof(WCHAR));
    return Destination;
}

WCHAR *NTAPI wcsncpy(WCHAR *Destination, const WCHAR *Source, size_t Count)
{
    size_t Length = wcsnlen(Source, Count);
    memcpy(Destination, Source, Length * sizeof(WCHAR));
    memset(Destination + Length, 0, (Count - Length) * sizeof(WCHAR));
    return Destination;
}

WCHAR *NTAPI wcscat(WCHAR *Destination, const WCHAR *Source)
{
    wcscpy(Destination + wcslen(Destination), Source);
    return Destination;
}

WCHAR *NTAPI wcsncat(WCHAR *Destination, const WCHAR *Source, size_t Count)
{
    WCHAR *End = Destination + wcslen(Destination);
    size_t Length = wcsnlen(Source, Count);
    memcpy(End, Source, Length * sizeof(WCHAR));
    End[Length] = 0;
    return Destination;
}

WCHAR *NTAPI wcschr(const WCHAR *String, WCHAR Character)
{
    for (;; String++)
    {
        if (*String == Character)
        {
            return (WCHAR *)(ULONG_PTR)String;
        }
        if (*String == 0)
        {
            return NULL;
        }
    }
}

WCHAR *NTAPI wcsrchr(const WCHAR *String, WCHAR Character)
{
    for (size_t Index = wcslen(String) + 1; Index > 0; Index--)
    {
        if (String[Index - 1] == Character)
        {
            return (WCHAR *)(ULONG_PTR)&String[Index - 1];
        }
    }
    return NULL;
}

WCHAR *NTAPI wcsstr(const WCHAR *String, const WCHAR *Part)
{
    size_t Length = wcslen(Part);
    for (;; String++)
    {
        if (wcsncmp(String, Part, Length) == 0)
        {
            return (WCHAR *)(ULONG_PTR)String;
        }
        if (*String == 0)
        {
            return NULL;
        }
    }
}

static size_t CrtSpan(const WCHAR *String, const WCHAR *Set, BOOLEAN Inside)
{
    size_t Length = 0;
    while (String[Length] != 0 && (wcschr(Set, String[Length]) != NULL) == Inside)
    {
        Length++;
    }
    return Length;
}

size_t NTAPI wcsspn(const WCHAR *String, const WCHAR *Set)
{
    return CrtSpan(String, Set, TRUE);
}

size_t NTAPI wcscspn(const WCHAR *String, const WCHAR *Set)
{
    return CrtSpan(String, Set, FALSE);
}

WCHAR *NTAPI _wcsupr(WCHAR *String)
{
    for (WCHAR *At = String; *At != 0; At++)
    {
        *At = RtlUpcaseUnicodeChar(*At);
    }
    return String;
}

WCHAR *NTAPI _wcslwr(WCHAR *String)
{
    for (WCHAR *At = String; *At != 0; At++)
    {
        *At = RtlDowncaseUnicodeChar(*At);
    }
    return String;
}

/* As CrtSecureCopy. */
static errno_t CrtSecureCopyWide(WCHAR *Destination, rsize_t Size, rsize_t Used, const WCHAR *Source, rsize_t Count)
{
    if (Destination == NULL || Size == 0)
    {
        return CRT_EINVAL;
    }
    if ((Source == NULL && Count != 0) || Used >= Size)
    {
        Destination[0] = 0;
        return CRT_EINVAL;
    }
    rsize_t Room = Size - Used - 1;
    rsize_t Length = Count == 0 ? 0 : wcsnlen(Source, Count == _TRUNCATE || Count > Room ? Room + 1 : Count);
    if (Length > Room && Count != _TRUNCATE)
    {
        Destination[0] = 0;
        return CRT_ERANGE;
    }
    BOOLEAN Cut = Length > Room;
    Length = Cut ? Room : Length;
    memcpy(Destination + Used, Source, Length * sizeof(WCHAR));
    Destination[Used + Length] = 0;
    return Cut ? CRT_STRUNCATE : 0;
}

errno_t NTAPI wcscpy_s(WCHAR *Destination, rsize_t Size, const WCHAR *Source)
{
    return CrtSecureCopyWide(Destination, Size, 0, Source, (rsize_t)-2);
}

errno_t NTAPI wcsncpy_s(WCHAR *Destination, rsize_t Size, const WCHAR *Source, rsize_t Count)
{
    return CrtSecureCopyWide(Destination, Size, 0, Source, Count);
}

errno_t NTAPI wcscat_s(WCHAR *Destination, rsize_t Size, const WCHAR *Source)
{
    rsize_t Used = Destination != NULL ? wcsnlen(Destination, Size) : 0;
    return CrtSecureCopyWide(Destination, Size, Used, Source, (rsize_t)-2);
}

/* ---- classes of wide characters --------------------------------------------------------------- */

wint_t NTAPI towupper(wint_t Character)
{
    return RtlUpcaseUnicodeChar((WCHAR)Character);
}

wint_t NTAPI towlower(wint_t Character)
{
    return RtlDowncaseUnicodeChar((WCHAR)Character);
}

int NTAPI iswdigit(wint_t Character)
{
    return Character >= '0' && Character <= '9';
}

int NTAPI iswspace(wint_t Character)
{
    return Character == ' ' || (Character >= 9 && Character <= 13);
}

int NTAPI iswalpha(wint_t Character)
{
    return CrtLower(Character) >= 'a' ? CrtLower(Character) <= 'z' || towupper(Character) != towlower(Character) : 0;
}

int NTAPI iswxdigit(wint_t Character)
{
    return iswdigit(Character) || (CrtLower(Character) >= 'a' && CrtLower(Character) <= 'f');
}

/* Bits of wctype_t in Microsoft's C run-time. */
#define CRT_UPPER 0x01
#define CRT_LOWER 0x02
#define CRT_DIGIT 0x04
#define CRT_SPACE 0x08
#define CRT_PUNCT 0x10
#define CRT_CONTROL 0x20
#define CRT_BLANK 0x40
#define CRT_HEX 0x80
#define CRT_ALPHA 0x100

int NTAPI iswctype(wint_t Character, wctype_t Type)
{
    wctype_t Class = 0;
    BOOLEAN Letter = iswalpha(Character) != 0;

    Class |= Letter ? CRT_ALPHA : 0;
    Class |= Letter && towupper(Character) == Character ? CRT_UPPER : 0;
    Class |= Letter && towlower(Character) == Character ? CRT_LOWER : 0;
    Class |= iswdigit(Character) ? CRT_DIGIT : 0;
    Class |= iswxdigit(Character) ? CRT_HEX : 0;
    Class |= iswspace(Character) ? CRT_SPACE : 0;
    Class |= Character == ' ' || Character == '\t' ? CRT_BLANK : 0;
    Class |= Character < 0x20 || Character == 0x7F ? CRT_CONTROL : 0;
    Class |= Character > 0x20 && Character < 0x7F && !Letter && !iswdigit(Character) ? CRT_PUNCT : 0;
    return Class & Type;
}
