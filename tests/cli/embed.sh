#!/bin/sh
# SPDX-License-Identifier: MIT
# A host program of somebody's own: EMBED is one, linked statically or not.
. "$(dirname "$0")/lib.sh"

run 0 cc -o hello.so "$drivers/hello.c"
"$EMBED" "$PWD/hello.so" >log 2>&1 || fail "exit code $?"
[ "$(grep -c 'hello: good bye' log)" = 2 ] || fail "the driver was not unloaded twice"
expect '^2 hello: unloaded'
