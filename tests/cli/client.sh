#!/bin/sh
# SPDX-License-Identifier: MIT
# Both examples in one process: the client driver talks to the server driver;
# unloading goes in reverse order.
. "$(dirname "$0")/lib.sh"

start run -DECHO_PORT=0 "$SOURCE/examples/echo"
await '*listening on*'
port=$(port_of)
exec 6<&3
server=$pid
start run -DCLIENT_PORT="$port" "$SOURCE/examples/client"
await '*all 5 messages came back unchanged*'
interrupt
finish 0
expect 'client: unloaded; 1 socket closed, nothing leaked'

# The server goes away; a client without a server says so and unloads well.
pid=$server
exec 3<&6 6<&-
interrupt
finish 0
start run -DCLIENT_PORT="$port" "$SOURCE/examples/client"
await '*client: failed with status 0xC0*'
interrupt
finish 0
