# SPDX-License-Identifier: MIT
# What the command's tests share. A test is a POSIX sh script that sources this,
# with WSKHOST (the command), SOURCE (the repository) and TALK (talk.c) set by
# ctest. It runs in a scratch folder of its own and fails at the first wrong
# answer. Waiting is reading the command's output line by line; nothing sleeps.
set -u
: "${WSKHOST:?}" "${SOURCE:?}" "${TALK:?}"
scratch=$(mktemp -d) || exit 1
pid=
running= # every command in the background that finish has not seen the end of
trap 'status=$?; for p in $running; do kill -KILL "$p" 2>/dev/null; done; rm -rf "$scratch"; exit $status' EXIT
cd "$scratch" || exit 1
drivers=$SOURCE/tests/cli/drivers
: >log

fail() {
    echo "FAILED: $*"
    echo "--- output so far:"
    cat log
    exit 1
}

# start ARGS...: the command in the background, its output through descriptor 3.
start() {
    rm -f pipe
    mkfifo pipe || fail "mkfifo"
    "$WSKHOST" "$@" >pipe 2>&1 &
    pid=$!
    running="$running $pid"
    exec 3<pipe
}

# await PATTERN: reads output until a line matches; the line is in $line.
await() {
    while IFS= read -r line <&3; do
        printf '%s\n' "$line" >>log
        case $line in $1) return 0 ;; esac
    done
    fail "the output ended without: $1"
}

interrupt() { kill -INT "$pid" || fail "the command is gone"; }

# finish CODE: reads the rest of the output and checks the exit code.
finish() {
    cat <&3 >>log
    wait "$pid"
    code=$?
    rest=
    for p in $running; do [ "$p" = "$pid" ] || rest="$rest $p"; done
    running=$rest
    [ "$code" = "$1" ] || fail "exit code $code instead of $1"
}

# run CODE ARGS...: the command in the foreground.
run() {
    want=$1
    shift
    "$WSKHOST" "$@" >log 2>&1 </dev/null
    code=$?
    [ "$code" = "$want" ] || fail "exit code $code instead of $want: wskhost $*"
}

expect() { grep -qE -- "$1" log || fail "no line of the output matches: $1"; }
refuse() { ! grep -qE -- "$1" log || fail "a line of the output matches: $1"; }

# port_of: the port in the listening line that await has just read.
port_of() { printf '%s\n' "$line" | sed -n 's/.*:\([0-9][0-9]*\)\([^0-9:].*\)\{0,1\}$/\1/p'; }
