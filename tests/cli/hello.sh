#!/bin/sh
# SPDX-License-Identifier: MIT
# The smallest driver: compiled on the way, loaded, unloaded after a time.
. "$(dirname "$0")/lib.sh"

run 0 run --for 0 "$drivers/hello.c"
expect 'hello: at .*\\Services\\hello$'
expect 'hello: good bye'
expect 'hello: unloaded; 0 sockets closed, nothing leaked'

# As an image; and twice the same is refused.
run 0 cc -o hello.so "$drivers/hello.c"
[ -s hello.so ] || fail "no image"
run 0 run --for 0.01 --processors 1 --log debug hello.so
run 4 run --for 0 hello.so ./hello.so
expect 'hello: a driver of this name is loaded already'
cp -l hello.so twin.so 2>/dev/null || ln hello.so twin.so
run 4 run --for 0 hello.so twin.so
expect 'twin: twin.so is in memory already'

# A termination signal unloads like Ctrl-C.
start run hello.so
await '*ready; Ctrl-C unloads*'
kill -TERM "$pid"
finish 0
expect 'hello: unloaded'
