// SPDX-License-Identifier: MIT
#pragma once
/*
 * Type names of user-mode Windows that driver sources share with programs.
 */
#include <ntdef.h>
#include <specstrings.h>

typedef unsigned int DWORD, *PDWORD, *LPDWORD;
typedef int BOOL, *PBOOL, *LPBOOL;
typedef unsigned char BYTE, *PBYTE, *LPBYTE;
typedef unsigned short WORD, *PWORD, *LPWORD;
typedef float FLOAT, *PFLOAT;
typedef UINT_PTR WPARAM;
typedef LONG_PTR LPARAM;
typedef LONG_PTR LRESULT;
typedef HANDLE HLOCAL, HGLOBAL;
DECLARE_HANDLE(HINSTANCE);
typedef HINSTANCE HMODULE;
DECLARE_HANDLE(HKEY);
typedef HKEY *PHKEY;

typedef struct _FILETIME
{
    DWORD dwLowDateTime;
    DWORD dwHighDateTime;
} FILETIME, *PFILETIME, *LPFILETIME;

#define MAX_PATH 260
#define MAKEWORD(Low, High) ((WORD)(((BYTE)((DWORD_PTR)(Low)&0xff)) | ((WORD)((BYTE)((DWORD_PTR)(High)&0xff))) << 8))
#define MAKELONG(Low, High) \
    ((LONG)(((WORD)((DWORD_PTR)(Low)&0xffff)) | ((DWORD)((WORD)((DWORD_PTR)(High)&0xffff))) << 16))
#define LOWORD(Value) ((WORD)(((DWORD_PTR)(Value)) & 0xffff))
#define HIWORD(Value) ((WORD)((((DWORD_PTR)(Value)) >> 16) & 0xffff))
#define LOBYTE(Value) ((BYTE)(((DWORD_PTR)(Value)) & 0xff))
#define HIBYTE(Value) ((BYTE)((((DWORD_PTR)(Value)) >> 8) & 0xff))
