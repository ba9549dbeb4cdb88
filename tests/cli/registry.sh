#!/bin/sh
# SPDX-License-Identifier: MIT
# A driver finds its settings in the registry: without a file, with files, with bad ones.
. "$(dirname "$0")/lib.sh"

run 0 cc -o settings.so "$drivers/settings.c"
run 0 run --for 0 settings.so
expect 'settings: start 1, greeting "none", depth 1'
cat >one.reg <<'END'
Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\settings\Parameters]
"Greeting"="good day"
"Depth"=dword:00000040
"Starts"=dword:00000009
END
printf 'REGEDIT4\r\n\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\settings\\Parameters]\r\n"Greeting"="hello"\r\n' >two.reg
run 0 run --for 0 --registry one.reg settings.so
expect 'settings: start 10, greeting "good day", depth 64'
run 0 run --for 0 --registry one.reg --registry two.reg settings.so
expect 'settings: start 10, greeting "hello", depth 64'
expect 'nothing leaked'

run 2 run --for 0 --registry nowhere.reg settings.so
expect 'nowhere.reg: there is no such file'
run 2 run --for 0 --registry . settings.so
printf 'REGEDIT4\n[HKEY_LOCAL_MACHINE\\SOFTWARE]\nnonsense\n' >bad.reg
run 2 run --for 0 --registry bad.reg settings.so
expect 'bad.reg:3: a line is'
refuse 'settings: start'
run 2 run settings.so --registry
expect '--registry needs a value'
