#!/bin/sh
# SPDX-License-Identifier: MIT
# wskhost cc: compiler errors, names that nobody defines, trace headers, C++,
# headers that are out of scope.
. "$(dirname "$0")/lib.sh"

echo 'this is not C' >bad.c
run 3 cc bad.c
expect 'bad.c:1'
expect 'bad.c did not compile'

cat >lacks.c <<'C'
#include <ntddk.h>
NTSTATUS Misspelt(VOID);
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    return Misspelt();
}
C
run 3 cc lacks.c
expect 'lacks: function Misspelt is missing'
[ ! -e lacks.so ] || fail "an image that cannot be loaded was left"

run 3 cc "$drivers/wants_wdf.c"
expect 'WDF.*out of .*scope'

# Options reach the compiler; the name comes from the source.
run 0 cc -DUNUSED=1 -O0 -g -I . -Wno-unused "$drivers/hello.c"
[ -s hello.so ] || fail "no image of the default name"

run 0 run --for 0 --log debug "$drivers/traced.c"
expect 'number 40007 and string forty'
expect 'status 0x00000103'
expect 'no more arguments'
expect 'unload TracedUnload'

cat >wpp.ini <<'INI'
FUNC FromConfiguration(LEVEL, MSG, ...);
INI
cat >configured.c <<'C'
#include <ntddk.h>
#include "configured.tmh"
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    FromConfiguration(TRACE_LEVEL_ERROR, "configured %u", 7u);
    return STATUS_UNSUCCESSFUL;
}
C
run 4 run --log debug --wpp-config wpp.ini configured.c
expect 'configured 7'
expect 'DriverEntry failed with STATUS_UNSUCCESSFUL'

cat >plus.cpp <<'C'
#include <ntddk.h>
struct Counter {
    int value;
    Counter() : value(41) {}
    int next() { return ++value; }
};
static Counter counter;
extern "C" DRIVER_UNLOAD Unload;
extern "C" VOID Unload(PDRIVER_OBJECT DriverObject) { UNREFERENCED_PARAMETER(DriverObject); }
extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    DbgPrint("plus: %d\n", counter.next());
    return STATUS_SUCCESS;
}
C
run 0 run --for 0 plus.cpp
expect 'plus: 42'
sed 's/extern "C" NTSTATUS DriverEntry/NTSTATUS DriverEntry2/' plus.cpp >mangled.cpp
run 3 cc mangled.cpp
expect 'mangled: no DriverEntry'

# An inline function is defined, too, as MSVC has it; also without optimisation.
cat >inlined.c <<'C'
#include <ntddk.h>
__inline NTSTATUS Answer(VOID) { return STATUS_DEVICE_NOT_READY; }
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    return Answer();
}
C
run 4 run -O0 inlined.c
expect 'DriverEntry failed with STATUS_DEVICE_NOT_READY'

# What a __try cannot do here is said when it can be seen.
cat >leaver.c <<'C'
#include <ntddk.h>
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    __try {
        __try { return STATUS_SUCCESS; /* fine: } */ } __except (EXCEPTION_EXECUTE_HANDLER) { }
    } __finally {
        DbgPrint("} return ");
    }
    __try { DbgPrint("return"); } __finally { }
    return STATUS_SUCCESS;
}
C
run 0 cc leaver.c
[ "$(grep -c 'leaver.c:7: warning: return out of a __try that has a __finally' log)" = 1 ] || fail "one warning expected"
refuse 'leaver.c:(6|8|9|1[0-9]): warning: return'
