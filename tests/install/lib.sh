# SPDX-License-Identifier: MIT
# What the tests of the installation share: a scratch folder of their own, with an
# installation below prefix/. BUILD is the build folder, CC its compiler, SANITIZE
# what it was built with, CMAKE_GENERATOR what is there to build with; ctest sets them.
set -u
: "${BUILD:?}" "${SOURCE:?}" "${CC:?}"
scratch=$(mktemp -d) || exit 1
trap 'status=$?; rm -rf "$scratch"; exit $status' EXIT
cd "$scratch" || exit 1
: >log
[ -z "${SANITIZE:-}" ] || export HOST_SANITIZED=1

fail() {
    echo "FAILED: $*"
    echo "--- output so far:"
    tail -n 100 log
    exit 1
}

# run CODE COMMAND...: fails unless it exits with CODE.
run() {
    want=$1
    shift
    "$@" >log 2>&1 </dev/null
    code=$?
    [ "$code" = "$want" ] || fail "exit code $code instead of $want: $*"
}

expect() { grep -qE -- "$1" log || fail "no line of the output matches: $1"; }

run 0 cmake --install "$BUILD" --prefix "$scratch/first"
: >log
# Moved once, since nothing in it may name the place where it was put.
mv first prefix
prefix=$scratch/prefix
export PKG_CONFIG_PATH=
for folder in "$prefix"/lib/pkgconfig "$prefix"/lib/*/pkgconfig; do
    [ ! -d "$folder" ] || PKG_CONFIG_PATH=$folder
done
