#!/bin/sh
# SPDX-License-Identifier: MIT
# Under gdb: breakpoints by function and by line of a driver's source, its
# variables, and the command's exit code.
. "$(dirname "$0")/lib.sh"

run 0 cc -o hello.so "$drivers/hello.c"
PATH=$scratch run 1 run --gdb hello.so
expect 'gdb is not installed'
run 2 run --gdb=absent.gdb hello.so
expect 'absent.gdb: the file of commands cannot be read'

command -v gdb >/dev/null || { echo "gdb is missing"; exit 77; }
gdb -q -batch -ex run "$(command -v true)" 2>&1 | grep -q 'exited normally' || { echo "gdb may not trace here"; exit 77; }

sed 's/good bye/bye from gdb/' "$drivers/hello.c" >hello.c
number=$(grep -n 'bye from gdb' hello.c | cut -d: -f1)
cat >commands.gdb <<GDB
break DriverEntry
break hello.c:$number
run
echo at the entry:\n
print DriverObject->Size > 0
bt 1
continue
echo at the unload:\n
bt 1
continue
GDB
run 0 run --gdb=commands.gdb --processors 2 --for 0 hello.c
expect 'at the entry:'
expect '\$1 = 1'
expect '#0 .*DriverEntry .*hello.c:'
expect "#0 .*hello.c:$number"
expect 'hello: bye from gdb'
expect 'hello: unloaded; .*nothing leaked'

# What the command says is gdb's exit code, and a driver's error is no less clear.
printf 'run\n' >commands.gdb
run 4 run --gdb=commands.gdb --for 0 "$drivers/fails.c"
expect 'fails: DriverEntry failed with STATUS_DEVICE_CONFIGURATION_ERROR'

# Ctrl-C belongs to gdb; `unload` does what it does otherwise.
cat >commands.gdb <<'GDB'
break HelloUnload
tbreak DriverEntry
run
unload
bt 1
continue
GDB
run 0 run --gdb=commands.gdb "$drivers/hello.c"
expect 'hello: unloaded; .*nothing leaked'
