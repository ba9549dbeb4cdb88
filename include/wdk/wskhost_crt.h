// SPDX-License-Identifier: MIT
#pragma once
/*
 * The C run-time as drivers know it. A name whose meaning differs from the
 * Linux library's (16-bit wide characters, 32-bit long, Microsoft's formats) is
 * bound to a function of ours by its assembler name; a name with the same
 * meaning is the C library's own. string.h, stdio.h, stdlib.h, wchar.h and
 * ctype.h all are views of this header. Implemented in src/nt/crt*.c.
 */
#include <wskhost/compiler.h>
#include <stddef.h>
#include <stdarg.h>

#ifdef __cplusplus
extern "C"
{
#endif

#define NTP_CRT(Name) __asm__("RtlpCrt_" #Name) NTAPI

typedef int errno_t;
typedef size_t rsize_t;
#ifndef __cplusplus
typedef __WCHAR_TYPE__ NTP_WCHAR;
#else
typedef wchar_t NTP_WCHAR;
#endif
typedef __WINT_TYPE__ wint_t;
typedef unsigned short wctype_t;
#define WEOF ((wint_t)0xFFFF)
#define _TRUNCATE ((size_t)-1)
#define _NLSCMPERROR 0x7fffffff

/* ---- the C library's own ------------------------------------------------------- */

void *memcpy(void *Destination, const void *Source, size_t Count);
void *memmove(void *Destination, const void *Source, size_t Count);
void *memset(void *Destination, int Value, size_t Count);
int memcmp(const void *Left, const void *Right, size_t Count);
size_t strlen(const char *String);
size_t strnlen(const char *String, size_t Maximum);
int strcmp(const char *Left, const char *Right);
int strncmp(const char *Left, const char *Right, size_t Count);
char *strcpy(char *Destination, const char *Source);
char *strncpy(char *Destination, const char *Source, size_t Count);
char *strcat(char *Destination, const char *Source);
char *strncat(char *Destination, const char *Source, size_t Count);
size_t strspn(const char *String, const char *Set);
size_t strcspn(const char *String, const char *Set);
int abs(int Value);
int toupper(int Character);
int tolower(int Character);
int isdigit(int Character);
int isxdigit(int Character);
int isspace(int Character);
int isalpha(int Character);
int isalnum(int Character);
int isupper(int Character);
int islower(int Character);
int isprint(int Character);
int ispunct(int Character);
int iscntrl(int Character);
int isgraph(int Character);
#ifdef __cplusplus
}
extern "C++"
{
const void *memchr(const void *Memory, int Value, size_t Count) __asm__("memchr");
inline void *memchr(void *Memory, int Value, size_t Count)
{
    return const_cast<void *>(memchr(static_cast<const void *>(Memory), Value, Count));
}
const char *strchr(const char *String, int Character) __asm__("strchr");
inline char *strchr(char *String, int Character)
{
    return const_cast<char *>(strchr(static_cast<const char *>(String), Character));
}
const char *strrchr(const char *String, int Character) __asm__("strrchr");
inline char *strrchr(char *String, int Character)
{
    return const_cast<char *>(strrchr(static_cast<const char *>(String), Character));
}
const char *strstr(const char *String, const char *Part) __asm__("strstr");
inline char *strstr(char *String, const char *Part)
{
    return const_cast<char *>(strstr(static_cast<const char *>(String), Part));
}
}
extern "C"
{
#else
void *memchr(const void *Memory, int Value, size_t Count);
char *strchr(const char *String, int Character);
char *strrchr(const char *String, int Character);
char *strstr(const char *String, const char *Part);
#endif

/* clang gives its builtin functions no other calling convention unless they are
 * switched off (-fno-builtin), as they are where that matters. */
#ifdef __clang__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"
#endif

/* ---- ours: 8-bit strings -------------------------------------------------------- */

int _stricmp(const char *Left, const char *Right) NTP_CRT(_stricmp);
int _strnicmp(const char *Left, const char *Right, size_t Count) NTP_CRT(_strnicmp);
char *_strupr(char *String) NTP_CRT(_strupr);
char *_strlwr(char *String) NTP_CRT(_strlwr);
char *_strrev(char *String) NTP_CRT(_strrev);
char *_strset(char *String, int Character) NTP_CRT(_strset);
size_t strnlen_s(const char *String, size_t Maximum) NTP_CRT(strnlen_s);
errno_t strcpy_s(char *Destination, rsize_t Size, const char *Source) NTP_CRT(strcpy_s);
errno_t strncpy_s(char *Destination, rsize_t Size, const char *Source, rsize_t Count) NTP_CRT(strncpy_s);
errno_t strcat_s(char *Destination, rsize_t Size, const char *Source) NTP_CRT(strcat_s);
errno_t strncat_s(char *Destination, rsize_t Size, const char *Source, rsize_t Count) NTP_CRT(strncat_s);
char *strtok_s(char *String, const char *Delimiters, char **Context) NTP_CRT(strtok_s);
errno_t memcpy_s(void *Destination, rsize_t Size, const void *Source, rsize_t Count) NTP_CRT(memcpy_s);
errno_t memmove_s(void *Destination, rsize_t Size, const void *Source, rsize_t Count) NTP_CRT(memmove_s);
#define stricmp _stricmp
#define strnicmp _strnicmp

/* ---- ours: numbers (a Windows long has 32 bits) ----------------------------------- */

/* The compiler knows these names with a 64-bit long and says so. */
#pragma GCC diagnostic push
#ifdef __clang__
#pragma GCC diagnostic ignored "-Wincompatible-library-redeclaration"
#else
#pragma GCC diagnostic ignored "-Wbuiltin-declaration-mismatch"
#endif
int strtol(const char *String, char **End, int Base) NTP_CRT(strtol);
unsigned int strtoul(const char *String, char **End, int Base) NTP_CRT(strtoul);
long long strtoll(const char *String, char **End, int Base) NTP_CRT(_strtoi64);
unsigned long long strtoull(const char *String, char **End, int Base) NTP_CRT(_strtoui64);
long long _strtoi64(const char *String, char **End, int Base) NTP_CRT(_strtoi64);
unsigned long long _strtoui64(const char *String, char **End, int Base) NTP_CRT(_strtoui64);
int atoi(const char *String) NTP_CRT(atoi);
int atol(const char *String) NTP_CRT(atol);
long long _atoi64(const char *String) NTP_CRT(_atoi64);
char *_itoa(int Value, char *Buffer, int Radix) NTP_CRT(_itoa);
char *_ltoa(int Value, char *Buffer, int Radix) NTP_CRT(_ltoa);
char *_ultoa(unsigned int Value, char *Buffer, int Radix) NTP_CRT(_ultoa);
char *_i64toa(long long Value, char *Buffer, int Radix) NTP_CRT(_i64toa);
char *_ui64toa(unsigned long long Value, char *Buffer, int Radix) NTP_CRT(_ui64toa);
errno_t _itoa_s(int Value, char *Buffer, size_t Size, int Radix) NTP_CRT(_itoa_s);
errno_t _ultoa_s(unsigned int Value, char *Buffer, size_t Size, int Radix) NTP_CRT(_ultoa_s);
int labs(int Value) NTP_CRT(labs);
int rand(void) NTP_CRT(rand);
void srand(unsigned int Seed) NTP_CRT(srand);
void qsort(void *Base, size_t Count, size_t Size, int(NTAPI *Compare)(const void *, const void *)) NTP_CRT(qsort);
void *bsearch(const void *Key, const void *Base, size_t Count, size_t Size,
              int(NTAPI *Compare)(const void *, const void *)) NTP_CRT(bsearch);

#pragma GCC diagnostic pop

/* ---- ours: formatted text ----------------------------------------------------------- */

/*
 * The printf family is renamed on the way, because under its own names the
 * compiler checks and folds formats by Linux' rules.
 */
int NtpCrt_sprintf(char *Buffer, const char *Format, ...) NTP_CRT(sprintf);
int NtpCrt_vsprintf(char *Buffer, const char *Format, NT_VA_LIST Arguments) NTP_CRT(vsprintf);
int NtpCrt_snprintf(char *Buffer, size_t Count, const char *Format, ...) NTP_CRT(snprintf);
int NtpCrt_vsnprintf(char *Buffer, size_t Count, const char *Format, NT_VA_LIST Arguments) NTP_CRT(vsnprintf);
int _snprintf(char *Buffer, size_t Count, const char *Format, ...) NTP_CRT(_snprintf);
int _vsnprintf(char *Buffer, size_t Count, const char *Format, NT_VA_LIST Arguments) NTP_CRT(_vsnprintf);
int _scprintf(const char *Format, ...) NTP_CRT(_scprintf);
int _vscprintf(const char *Format, NT_VA_LIST Arguments) NTP_CRT(_vscprintf);
int sprintf_s(char *Buffer, size_t Size, const char *Format, ...) NTP_CRT(sprintf_s);
int vsprintf_s(char *Buffer, size_t Size, const char *Format, NT_VA_LIST Arguments) NTP_CRT(vsprintf_s);
int _snprintf_s(char *Buffer, size_t Size, size_t Count, const char *Format, ...) NTP_CRT(_snprintf_s);
int _vsnprintf_s(char *Buffer, size_t Size, size_t Count, const char *Format, NT_VA_LIST Arguments)
    NTP_CRT(_vsnprintf_s);
int NtpCrt_sscanf(const char *String, const char *Format, ...) NTP_CRT(sscanf);
int sscanf_s(const char *String, const char *Format, ...) NTP_CRT(sscanf_s);

#define sprintf NtpCrt_sprintf
#define vsprintf NtpCrt_vsprintf
#define snprintf NtpCrt_snprintf
#define vsnprintf NtpCrt_vsnprintf
#define sscanf NtpCrt_sscanf

int swprintf(NTP_WCHAR *Buffer, const NTP_WCHAR *Format, ...) NTP_CRT(swprintf);
int _snwprintf(NTP_WCHAR *Buffer, size_t Count, const NTP_WCHAR *Format, ...) NTP_CRT(_snwprintf);
int _vsnwprintf(NTP_WCHAR *Buffer, size_t Count, const NTP_WCHAR *Format, NT_VA_LIST Arguments) NTP_CRT(_vsnwprintf);
int swprintf_s(NTP_WCHAR *Buffer, size_t Size, const NTP_WCHAR *Format, ...) NTP_CRT(swprintf_s);
int vswprintf_s(NTP_WCHAR *Buffer, size_t Size, const NTP_WCHAR *Format, NT_VA_LIST Arguments) NTP_CRT(vswprintf_s);
int _snwprintf_s(NTP_WCHAR *Buffer, size_t Size, size_t Count, const NTP_WCHAR *Format, ...) NTP_CRT(_snwprintf_s);
int _vsnwprintf_s(NTP_WCHAR *Buffer, size_t Size, size_t Count, const NTP_WCHAR *Format, NT_VA_LIST Arguments)
    NTP_CRT(_vsnwprintf_s);

/* ---- ours: wide strings --------------------------------------------------------------- */

size_t wcslen(const NTP_WCHAR *String) NTP_CRT(wcslen);
size_t wcsnlen(const NTP_WCHAR *String, size_t Maximum) NTP_CRT(wcsnlen);
size_t wcsnlen_s(const NTP_WCHAR *String, size_t Maximum) NTP_CRT(wcsnlen);
int wcscmp(const NTP_WCHAR *Left, const NTP_WCHAR *Right) NTP_CRT(wcscmp);
int wcsncmp(const NTP_WCHAR *Left, const NTP_WCHAR *Right, size_t Count) NTP_CRT(wcsncmp);
int _wcsicmp(const NTP_WCHAR *Left, const NTP_WCHAR *Right) NTP_CRT(_wcsicmp);
int _wcsnicmp(const NTP_WCHAR *Left, const NTP_WCHAR *Right, size_t Count) NTP_CRT(_wcsnicmp);
NTP_WCHAR *wcscpy(NTP_WCHAR *Destination, const NTP_WCHAR *Source) NTP_CRT(wcscpy);
NTP_WCHAR *wcsncpy(NTP_WCHAR *Destination, const NTP_WCHAR *Source, size_t Count) NTP_CRT(wcsncpy);
NTP_WCHAR *wcscat(NTP_WCHAR *Destination, const NTP_WCHAR *Source) NTP_CRT(wcscat);
NTP_WCHAR *wcsncat(NTP_WCHAR *Destination, const NTP_WCHAR *Source, size_t Count) NTP_CRT(wcsncat);
NTP_WCHAR *wcschr(const NTP_WCHAR *String, NTP_WCHAR Character) NTP_CRT(wcschr);
NTP_WCHAR *wcsrchr(const NTP_WCHAR *String, NTP_WCHAR Character) NTP_CRT(wcsrchr);
NTP_WCHAR *wcsstr(const NTP_WCHAR *String, const NTP_WCHAR *Part) NTP_CRT(wcsstr);
size_t wcsspn(const NTP_WCHAR *String, const NTP_WCHAR *Set) NTP_CRT(wcsspn);
size_t wcscspn(const NTP_WCHAR *String, const NTP_WCHAR *Set) NTP_CRT(wcscspn);
NTP_WCHAR *_wcsupr(NTP_WCHAR *String) NTP_CRT(_wcsupr);
NTP_WCHAR *_wcslwr(NTP_WCHAR *String) NTP_CRT(_wcslwr);
errno_t wcscpy_s(NTP_WCHAR *Destination, rsize_t Size, const NTP_WCHAR *Source) NTP_CRT(wcscpy_s);
errno_t wcsncpy_s(NTP_WCHAR *Destination, rsize_t Size, const NTP_WCHAR *Source, rsize_t Count) NTP_CRT(wcsncpy_s);
errno_t wcscat_s(NTP_WCHAR *Destination, rsize_t Size, const NTP_WCHAR *Source) NTP_CRT(wcscat_s);
int wcstol(const NTP_WCHAR *String, NTP_WCHAR **End, int Base) NTP_CRT(wcstol);
unsigned int wcstoul(const NTP_WCHAR *String, NTP_WCHAR **End, int Base) NTP_CRT(wcstoul);
unsigned long long _wcstoui64(const NTP_WCHAR *String, NTP_WCHAR **End, int Base) NTP_CRT(_wcstoui64);
int _wtoi(const NTP_WCHAR *String) NTP_CRT(_wtoi);
wint_t towupper(wint_t Character) NTP_CRT(towupper);
wint_t towlower(wint_t Character) NTP_CRT(towlower);
int iswdigit(wint_t Character) NTP_CRT(iswdigit);
int iswspace(wint_t Character) NTP_CRT(iswspace);
int iswalpha(wint_t Character) NTP_CRT(iswalpha);
int iswxdigit(wint_t Character) NTP_CRT(iswxdigit);
int iswctype(wint_t Character, wctype_t Type) NTP_CRT(iswctype);

#ifdef __clang__
#pragma GCC diagnostic pop
#endif

#ifdef __cplusplus
}
#endif
