#!/bin/sh
# SPDX-License-Identifier: MIT
# A host program uses a driver's device: in its own process (DEVICE is one), and
# from another through the control socket.
. "$(dirname "$0")/lib.sh"
unset XDG_RUNTIME_DIR

run 0 cc -o store.so "$drivers/store.c"
"$DEVICE" "$PWD/store.so" >log 2>&1 || fail "exit code $?"

# ask CODE ARGS...: wskhost ioctl; its output is in log, the hosting command's in host.log.
ask() { run "$1" ioctl --control "$PWD/socket" "$2" "$3" ${4+"$4"} ${5+"$5"} ${6+"$6"} ${7+"$7"}; }

start run --log debug --control "$PWD/socket" store.so
await '*wskhost: ready*'
[ "$(stat -c %a socket)" = 600 ] || fail "the socket is open to others"
ask 0 '\\.\Store' 0x222004 00ff7e
expect '^7eff00$'
ask 0 '\Device\Store' 0x222004
refuse '.'
ask 1 '\\.\Store' 0x222004 --out 2 '00 ff 7e'
expect '^7eff$'
expect 'STATUS_BUFFER_OVERFLOW'
ask 0 '\\.\Store' write 68 65 --offset 4
ask 0 '\\.\Store' read 8
expect '^0000000068650000$'
ask 1 '\\.\Store' read 8 --offset 64
expect 'read: STATUS_END_OF_FILE'
ask 1 '\\.\Nobody' 0x222004
expect 'Nobody: STATUS_OBJECT_NAME_NOT_FOUND'
ask 1 '\\.\Store' 1
expect '1: STATUS_INVALID_DEVICE_REQUEST'
ask 1 '\\.\Store' 0x22200c --timeout 0.02
expect 'STATUS_CANCELLED'
run 1 run --control "$PWD/socket" store.so
expect 'no control socket at .*: Address already in use'

ask 2 '\\.\Store' 0x222004 0
expect '0 is no bytes in hexadecimal'
ask 2 '\\.\Store' walk
expect 'walk is neither a control code'
ask 2 '\\.\Store' read
ask 2 '\\.\Store' read -1
ask 2 '\\.\Store' 0x222004 --out 9999999999
run 2 ioctl --control socket '\\.\Store'
run 2 ioctl '\\.\Store' 1
expect '--control is needed'
run 1 ioctl --control nowhere '\\.\Store' 1
expect 'nobody hosts drivers at nowhere'
run 0 ioctl --help
expect 'usage: wskhost ioctl'

# A client that waits does not keep the driver: Ctrl-C cancels it.
"$WSKHOST" ioctl --control "$PWD/socket" '\\.\Store' 0x22200c >waiting.log 2>&1 &
waiting=$!
await '*store: waiting*'
await '*store: waiting*'
interrupt
wait "$waiting"
[ $? = 1 ] || fail "the waiting client was not told"
finish 0
grep -q 'a wait was cancelled' log || fail "the wait was not cancelled"
[ ! -e socket ] || fail "the socket is left"

# One whose process died is replaced, and the default is below XDG_RUNTIME_DIR.
XDG_RUNTIME_DIR=$PWD
export XDG_RUNTIME_DIR
start run store.so
await '*wskhost: ready*'
kill -KILL "$pid"
wait "$pid"
[ -e wskhost.sock ] || fail "no socket below XDG_RUNTIME_DIR"
start run store.so
await '*wskhost: ready*'
run 0 ioctl '\\.\Store' 0x222004 0102
expect '^0201$'
interrupt
finish 0
