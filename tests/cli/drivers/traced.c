// SPDX-License-Identifier: MIT
/* Traces in the WPP way, with a function declared here and one in a header. */
#include <ntddk.h>
#include "traced.h"
#include "traced.tmh"

static VOID TracedUnload(PDRIVER_OBJECT DriverObject)
{
    TraceEvents(TRACE_LEVEL_INFORMATION, TRACE_ALL, "unload %!FUNC!");
    WPP_CLEANUP(DriverObject);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WPP_INIT_TRACING(DriverObject, RegistryPath);
    DriverObject->DriverUnload = TracedUnload;
    DoTraceMessage(TRACE_ALL, "number %d and string %s", 40007, "forty");
    TraceEvents(TRACE_LEVEL_ERROR, TRACE_ALL, "status %!STATUS!", STATUS_PENDING);
    TraceShort("no more arguments");
    return STATUS_SUCCESS;
}
