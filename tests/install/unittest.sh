#!/bin/sh
# SPDX-License-Identifier: MIT
# The example that unit-tests a driver: out of the tree it builds, passes, and
# fails when the driver is wrong.
. "$(dirname "$0")/lib.sh"

mkdir examples
cp -r "$SOURCE/examples/unittest" "$SOURCE/examples/echo" examples
run 0 cmake -S examples/unittest -B build -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$CC"
run 0 cmake --build build
run 0 build/echo_test
[ "$(grep -c '^ok ' log)" = "$(sed -n 's/^1\.\.//p' log)" ] || fail "not every test passed"

# Two faults of a driver's author: a wrong byte, and memory that is not given back.
sed 's/^NTSTATUS DriverEntry(.*/static PVOID Forgotten;\n&/; s/^    DriverObject->DriverUnload = .*/&\n    Forgotten = ExAllocatePool2(POOL_FLAG_NON_PAGED, 100, 0x74736554);/' \
    "$SOURCE/examples/echo/echo.c" >examples/echo/echo.c
grep -q 'Forgotten = ' examples/echo/echo.c || fail "no leak was planted"
run 0 cmake --build build
run 1 build/echo_test
expect '^not ok 1 '
expect 'report.leaks == 0'
