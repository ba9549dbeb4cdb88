// SPDX-License-Identifier: MIT
/*
 * A driver whose names are those of the C library and of its host program, whose
 * variables tell whether they were fresh at the load, and which is traced.
 */
#include <ntddk.h>

#include "greeter.h"
#include "greeter.tmh"

int send = 3;
int Shared[2]; /* the host has a variable of that name, too */
static ULONG Loads;
static ULONG One = 1;
static ULONG *Pointer = &One;

int connect(int Argument)
{
    return Argument + 1;
}

static VOID GreeterUnload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    DbgPrint("good bye\n");
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = GreeterUnload;
    Loads++;
    *Pointer += 1;
    Shared[1] += PlusConstructed();
    DbgPrint("%s: loads %u one %u shared %d connect %d send %d\n", GREETING, Loads, One, Shared[1], connect(6), send++);
    TraceGreeting(TRACE_LEVEL_ERROR, "traced %d", 40007);
    return STATUS_SUCCESS;
}
