#!/bin/sh
# SPDX-License-Identifier: MIT
# A CMake project that finds the installation: drivers as images and linked in,
# with both libraries.
. "$(dirname "$0")/lib.sh"
case $CC in *clang*) cxx="clang++ g++" ;; *) cxx="g++ clang++" ;; esac
CXX=
for compiler in $cxx; do
    [ -n "$CXX" ] || CXX=$(command -v "$compiler")
done
[ -n "$CXX" ] || { echo "there is no C++ compiler"; exit 77; }
export CXX

run 0 cmake -S "$SOURCE/tests/install/consumer" -B consumer -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_C_COMPILER="$CC" -DCMAKE_BUILD_TYPE=Debug
run 0 cmake --build consumer
run 0 ctest --test-dir consumer --output-on-failure --no-tests=error
expect '100% tests passed.* out of 6'

# Missing names are errors of the build, in the words of wskhost cc.
for target in broken_object broken_image; do
    cmake --build consumer --target $target >log 2>&1 && fail "$target was built"
    expect 'function Misspelt is missing'
    expect 'puts is a function of the C library, .*use DbgPrint'
done

# A changed source changes the program.
cp -r "$SOURCE/tests/install/consumer" copy
run 0 cmake -S copy -B changed -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$CC"
run 0 cmake --build changed --target host_wskhost
run 0 changed/host_wskhost linked
sed 's/send = 3/send = 4/' copy/greeter.c >new.c && touch -d '+2 seconds' new.c && mv new.c copy/greeter.c
run 0 cmake --build changed --target host_wskhost
run 1 changed/host_wskhost linked
expect 'connect 7 send 4'
