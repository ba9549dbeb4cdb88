#!/bin/sh
# SPDX-License-Identifier: MIT
# Where names come from: a hosts file and a DNS server of the user's choice.
. "$(dirname "$0")/lib.sh"

echo '192.0.2.7 server.wskhost.test' >hosts
run 0 run --for 0 --hosts hosts "$drivers/resolves.c"
expect 'resolves: resolved to 192\.0\.2\.7, port 80'
expect 'nothing leaked'

# Not in the file: the server is asked. Nobody serves DNS on the discard port.
: >hosts
run 0 run --for 0 --hosts hosts --resolver 127.0.0.1:9 "$drivers/resolves.c"
expect 'resolves: not resolved: 0xC0000225'
expect 'nothing leaked'
