#!/bin/sh
# SPDX-License-Identifier: MIT
# Several drivers in one process, also of several sources; unloaded in reverse order.
. "$(dirname "$0")/lib.sh"

cat >part.c <<'C'
#include <ntddk.h>
const char *Greeting(void);
const char *Greeting(void) { return "two parts"; }
C
cat >main.c <<'C'
#include <ntddk.h>
const char *Greeting(void);
static VOID Unload(PDRIVER_OBJECT DriverObject) { UNREFERENCED_PARAMETER(DriverObject); }
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    DbgPrint("greeting: %s\n", Greeting());
    return STATUS_SUCCESS;
}
C
run 0 run --for 0 "$drivers/hello.c" --name pair main.c part.c
expect 'greeting: two parts'
expect 'hello: loaded'
expect 'pair: loaded'
order=$(grep -oE '(hello|pair): unloaded' log | tr '\n' ' ')
[ "$order" = 'pair: unloaded hello: unloaded ' ] || fail "unloaded in this order: $order"

mkdir folder
cp main.c part.c folder
run 0 run --for 0 folder
expect 'folder: unloaded'

# Two drivers of one name cannot be told apart.
mkdir other
cp "$drivers/hello.c" other/hello.c
run 2 run --for 0 "$drivers/hello.c" other/hello.c
expect 'two drivers are called hello'
