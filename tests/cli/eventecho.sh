#!/bin/sh
# SPDX-License-Identifier: MIT
# The event-driven example: echoes over IPv4 and IPv6, holds up a client that does
# not read, unloads with a connection open, reports what was closed.
. "$(dirname "$0")/lib.sh"

start run -DECHO_PORT=0 "$SOURCE/examples/eventecho"
await '*listening on*'
port=$(port_of)
[ -n "$port" ] || fail "no port in: $line"
case $line in *'driver eventecho'*) ;; *) fail "no driver in: $line" ;; esac
await '*ready*'

echo 'one line' | "$TALK" 127.0.0.1 "$port" >answer || fail "IPv4 client"
[ "$(cat answer)" = 'one line' ] || fail "the echo differs: $(cat answer)"
case $line in *'[::]'*)
    echo 'six' | "$TALK" ::1 "$port" >answer || fail "IPv6 client"
    [ "$(cat answer)" = six ] || fail "the echo differs: $(cat answer)"
    ;;
esac
dd if=/dev/urandom of=big bs=65536 count=64 2>/dev/null
"$TALK" 127.0.0.1 "$port" <big >answer || fail "large transfer"
cmp big answer || fail "the large echo differs"

# A client that stays: the pipe tells that its data has come back.
mkfifo held sent
"$TALK" 127.0.0.1 "$port" --hold <sent >held &
client=$!
exec 5>sent 4<held
echo 'still here' >&5
exec 5>&-
read -r answer <&4
[ "$answer" = 'still here' ] || fail "the held client got: $answer"

interrupt
finish 0
wait "$client" || fail "the held client's connection did not end as it should"
expect 'eventecho: served [34] connections, echoed 41943[0-9]{2} bytes'
expect 'eventecho: unloaded; [45] sockets closed, nothing leaked'
