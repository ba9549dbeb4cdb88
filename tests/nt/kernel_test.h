// SPDX-License-Identifier: MIT
#pragma once
/*
 * What the tests of threads and waiting share: system threads to start and join,
 * relative times, and looking at the report of a child that must not survive.
 */
#include <ntifs.h>
#include "support/test.h"

/* A running system thread; the caller joins it. */
static inline PVOID StartThread(PKSTART_ROUTINE Routine, PVOID Context)
{
    HANDLE Handle = NULL;
    PVOID Thread = NULL;

    CHECK_STATUS(PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, Routine, Context), STATUS_SUCCESS);
    CHECK_STATUS(ObReferenceObjectByHandle(Handle, SYNCHRONIZE, *PsThreadType, KernelMode, &Thread, NULL),
                 STATUS_SUCCESS);
    CHECK_STATUS(ZwClose(Handle), STATUS_SUCCESS);
    return Thread;
}

static inline void JoinThread(PVOID Thread)
{
    CHECK_STATUS(KeWaitForSingleObject(Thread, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    ObDereferenceObject(Thread);
}

/* From now, as the kernel wants it. */
static inline LARGE_INTEGER Milliseconds(LONG Count)
{
    LARGE_INTEGER Time;

    Time.QuadPart = -10000LL * Count;
    return Time;
}

static inline BOOLEAN Contains(const char *Text, const char *Part)
{
    for (; *Text != 0; Text++)
    {
        ULONG At = 0;
        while (Part[At] != 0 && Text[At] == Part[At])
        {
            At++;
        }
        if (Part[At] == 0)
        {
            return TRUE;
        }
    }
    return FALSE;
}

/* The child of that test died of abort() with a report that holds each part. */
#define CHECK_BUGCHECK(TestName, ...)                                              \
    do                                                                             \
    {                                                                              \
        static char Report_[16384];                                                \
        static const char *const Parts_[] = {__VA_ARGS__};                         \
        int Status_ = t_run_child((TestName), Report_, sizeof(Report_));           \
        for (ULONG Part_ = 0; Part_ < RTL_NUMBER_OF(Parts_); Part_++)              \
        {                                                                          \
            if (!Contains(Report_, Parts_[Part_]))                                 \
            {                                                                      \
                print_message("no \"%s\" in:\n%s\n", Parts_[Part_], Report_);      \
            }                                                                      \
            CHECK(Contains(Report_, Parts_[Part_]));                               \
        }                                                                          \
        CHECK_EQ(Status_ & 0x7f, 6);                                               \
    } while (0)
