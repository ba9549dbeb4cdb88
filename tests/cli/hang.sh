#!/bin/sh
# SPDX-License-Identifier: MIT
# An unload that does not come to an end says what it waits for; a second Ctrl-C
# ends the process.
. "$(dirname "$0")/lib.sh"

start run "$drivers/hangs.c"
await '*ready*'
interrupt
await '*hangs: DriverUnload has not returned for * s*'
await '*(WaitForNobody+*'
await '*(HangsUnload+*'
interrupt
finish 130
expect 'ended before the drivers were unloaded'

start run "$drivers/forgets_socket.c"
await '*ready*'
interrupt
await '*forgets_socket*wait*socket*'
interrupt
finish 130
