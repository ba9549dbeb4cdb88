#!/bin/sh
# SPDX-License-Identifier: MIT
# Help texts and wrong arguments: what a newcomer meets first.
. "$(dirname "$0")/lib.sh"

run 0 --help
expect 'usage: wskhost run'
for code in 0 1 2 3 4 5 6 130 134; do expect "^  $code +[a-z(]"; done
run 0 run --help
for option in --engine --engine-features --processors --hosts --resolver --log --control --for --name; do expect "^ +$option "; done
run 0 cc --help
expect '^  -o FILE'
run 0 --version
expect '^wskhost [0-9]'

run 2
expect 'a command is needed'
expect 'Try: wskhost --help'
run 2 walk
expect 'there is no command walk'
run 2 run
expect 'a driver is needed'
run 2 run --wrong
expect 'there is no option --wrong'
expect 'Try: wskhost run --help'
run 2 run --log loud "$drivers/hello.c"
expect '--log takes error, warning, info, debug or trace, not loud'
run 2 run --for ever "$drivers/hello.c"
run 2 run --processors 0 "$drivers/hello.c"
run 2 run --engine
expect '--engine needs a value'
run 2 run --engine abacus "$drivers/hello.c"
expect 'no engine called abacus'
run 2 run --engine uring --engine-features -nosuch "$drivers/hello.c"
expect 'no feature -nosuch; these can be left out: -submit_all'
run 2 run --engine epoll --engine-features -coop "$drivers/hello.c"
run 2 run --hosts no/such/file "$drivers/hello.c"
expect 'the hosts file no/such/file cannot be read'
run 2 run --resolver nowhere "$drivers/hello.c"
expect 'the resolver nowhere is not address:port'
run 2 run nowhere.so
expect 'there is no driver nowhere.so: No such file'
run 2 run --name lonely
expect '--name lonely is followed by no source'
: >driver.sys
run 2 run driver.sys
expect 'driver.sys is a Windows driver image'
run 2 cc
expect 'a source is needed'
run 2 cc notes.c
expect 'there is no source notes.c: No such file'
: >notes.txt
run 2 cc notes.txt
expect 'notes.txt is no C or C\+\+ source'
run 2 cc "$drivers/hello.c" -o
expect '-o needs a file'
