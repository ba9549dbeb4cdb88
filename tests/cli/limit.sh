#!/bin/sh
# SPDX-License-Identifier: MIT
# A time limit of a host program (LIMIT is one): what everything waits for is in
# the log; then the program decides, or the process aborts.
. "$(dirname "$0")/lib.sh"
: "${LIMIT:?}"

run 0 cc -o waits.so "$drivers/waits.c"
"$LIMIT" on "$PWD/waits.so" >log 2>&1 || fail "exit code $?"
[ "$(grep -c 'the time limit of 1 s has passed' log)" = 1 ] || fail "the limit did not pass once"
expect 'system thread [0-9]+ of waits.*waits for an event \(0x[0-9a-f]+\) since [0-9]+ s, called by waits at waits.*\(WaitForUnload'
expect 'system thread [0-9]+ of waits.*waits for a push lock.*called by waits at waits.*\(TakeLock'
expect 'of wskhost.s own threads have nothing to do'
expect 'waits: a WSK client; 1 captured provider NPIs, .* 1 sockets'
expect 'socket [0-9]+ \(listening\): pending WskAccept x1'
expect 'held by CLIENT x1.*REQUEST x1'
[ "$(grep -c 'waits: unloaded; 1 socket closed, nothing leaked' log)" = 2 ] || fail "the driver was not unloaded twice"

run 0 cc -o hangs.so "$drivers/hangs.c"
(ulimit -c 0; "$LIMIT" stuck "$PWD/hangs.so") >log 2>&1
code=$?
[ "$code" = 134 ] || fail "exit code $code instead of an abort"
expect 'the time limit of 1 s has passed'
expect 'thread [0-9]+ of the host program: waits for an event .* called by hangs at hangs.*\(WaitForNobody'
expect 'nobody handles the end of the time limit'
