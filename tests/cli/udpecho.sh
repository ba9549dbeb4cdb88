#!/bin/sh
# SPDX-License-Identifier: MIT
# The UDP example: answers come back over IPv4 and IPv6, from the address that was
# asked, from memory that the driver retains; nothing is left when it unloads.
. "$(dirname "$0")/lib.sh"

start run -DECHO_PORT=0 "$SOURCE/examples/udpecho"
await '*datagrams on*'
port=$(port_of)
[ -n "$port" ] || fail "no port in: $line"
where=$line
await '*ready*'

i=0
while [ $i -lt 200 ]; do
    i=$((i + 1))
    echo "datagram $i"
done >lines
"$TALK" 127.0.0.1 "$port" --udp <lines >answers || fail "IPv4 client"
cmp lines answers || fail "the echo differs"
# Another address of this machine: the answer must not come from 127.0.0.1.
echo 'from nine' | "$TALK" 127.0.0.9 "$port" --udp >answer || fail "no answer from 127.0.0.9"
[ "$(cat answer)" = 'from nine' ] || fail "the echo differs: $(cat answer)"
count=201
case $where in *'[::]'*)
    echo 'six' | "$TALK" ::1 "$port" --udp >answer || fail "IPv6 client"
    [ "$(cat answer)" = six ] || fail "the echo differs: $(cat answer)"
    count=202
    ;;
esac

interrupt
finish 0
expect "udpecho: echoed $count datagrams"
expect 'udpecho: unloaded; 1 socket closed, nothing leaked'
