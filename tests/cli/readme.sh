#!/bin/sh
# SPDX-License-Identifier: MIT
# The driver printed in README.md compiles as it stands and says what the README
# shows. Its port is taken from the echo example, which chose it.
. "$(dirname "$0")/lib.sh"

awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on' "$SOURCE/README.md" > first.c
[ -s first.c ] || fail "README.md holds no C source"

start run -DECHO_PORT=0 "$SOURCE/examples/echo"
await '*listening on*'
port=$(port_of)
"$WSKHOST" run --for 0 -DPORT="$port" first.c > first.log 2>&1 || fail "the driver of README.md: $(cat first.log)"
grep -q 'first: the server says: hello from a driver' first.log || fail "it said: $(cat first.log)"
grep -q 'first: unloaded; 1 socket closed, nothing leaked' first.log || fail "it left: $(cat first.log)"
interrupt
finish 0
