#!/bin/sh
# SPDX-License-Identifier: MIT
# A driver that crashes: its stack in its own words. A fault that the driver
# guards against is none.
. "$(dirname "$0")/lib.sh"

run 6 run "$drivers/crashes.c"
expect 'driver crashes crashed: SIGSEGV .*address 0x18'
expect '#0 +crashes\+0x[0-9a-f]+ \(WriteThrough\+0x'
expect '#1 +crashes\+0x[0-9a-f]+ \(CrashingDpc\+0x'
expect 'addr2line -fipe .*/crashes.so 0x'
refuse 'not reached'

run 6 run "$drivers/recurses.c"
expect 'driver recurses crashed: SIGSEGV'
expect 'recurses\+0x[0-9a-f]+ \(Deeper\+0x'

run 0 run --for 0 "$drivers/sehguard.c"
expect 'sehguard: caught 0xC0000005'
