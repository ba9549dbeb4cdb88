// SPDX-License-Identifier: MIT
#pragma once
/*
 * The kernel interface as file system drivers see it. WSK drivers include it
 * for a few Rtl and Se names, all of which ntddk.h has here too.
 */
#ifndef _NTIFS_
#define _NTIFS_
#endif
#include <ntddk.h>
#include <ip2string.h>

EXTERN_C_START

NTSTATUS NTAPI NtClose(HANDLE Handle);
NTSTATUS NTAPI ZwQueryObject(HANDLE Handle, ULONG ObjectInformationClass, PVOID ObjectInformation,
                             ULONG ObjectInformationLength, PULONG ReturnLength);
NTSTATUS NTAPI ZwDuplicateObject(HANDLE SourceProcessHandle, HANDLE SourceHandle, HANDLE TargetProcessHandle,
                                 PHANDLE TargetHandle, ACCESS_MASK DesiredAccess, ULONG HandleAttributes,
                                 ULONG Options);

EXTERN_C_END
