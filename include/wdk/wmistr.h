// SPDX-License-Identifier: MIT
#pragma once
/*
 * Windows management instrumentation: the structures tracing headers mention.
 */
#include <ntdef.h>

typedef struct _WNODE_HEADER
{
    ULONG BufferSize;
    ULONG ProviderId;
    union
    {
        ULONG64 HistoricalContext;
        struct
        {
            ULONG Version;
            ULONG Linkage;
        };
    };
    union
    {
        ULONG CountLost;
        HANDLE KernelHandle;
        LARGE_INTEGER TimeStamp;
    };
    GUID Guid;
    ULONG ClientContext;
    ULONG Flags;
} WNODE_HEADER, *PWNODE_HEADER;

#define WNODE_FLAG_ALL_DATA 0x00000001
#define WNODE_FLAG_SINGLE_INSTANCE 0x00000002
#define WNODE_FLAG_SINGLE_ITEM 0x00000004
#define WNODE_FLAG_EVENT_ITEM 0x00000008
#define WNODE_FLAG_TRACED_GUID 0x00020000

typedef enum
{
    WmiGetAllData = 0,
    WmiGetSingleInstance = 1,
    WmiSetSingleInstance = 2,
    WmiSetSingleItem = 3,
    WmiEnableEvents = 4,
    WmiDisableEvents = 5,
    WmiEnableCollection = 6,
    WmiDisableCollection = 7,
    WmiRegisterInfo = 8,
    WmiExecuteMethodCall = 9
} WMIACTIONCODE;
