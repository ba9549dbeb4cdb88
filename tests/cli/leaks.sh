#!/bin/sh
# SPDX-License-Identifier: MIT
# A driver that leaves something behind: the report names it, the exit code tells.
. "$(dirname "$0")/lib.sh"

run 5 run --for 0 "$drivers/leaks.c"
expect 'Leak'
expect 'LoseMemory'
expect 'leaks: unloaded; 0 sockets closed, 2 things leaked'
