#!/bin/sh
# SPDX-License-Identifier: MIT
# Without a build system: pkg-config and two commands.
. "$(dirname "$0")/lib.sh"
pkg-config --version >/dev/null 2>&1 || { echo "pkg-config is missing"; exit 77; }

consumer=$SOURCE/tests/install/consumer
wskhost=$(pkg-config --variable=command wskhost) || fail "pkg-config does not find wskhost"
pkg-config --exists 'wskhost >= 0.1' 'wskhost-static >= 0.1' || fail "the versions are wrong"
[ -f "$(pkg-config --variable=wdkdir wskhost)/wsk.h" ] || fail "no driver headers at wdkdir"
[ "$("$wskhost" --version)" = "wskhost $(pkg-config --modversion wskhost)" ] || fail "two versions"

run 0 "$wskhost" cc --compiler "$CC" -o visitor.so '-DGREETING="loaded"' "$consumer/greeter.c" "$consumer/plus.cpp"
run 0 "$wskhost" cc --compiler "$CC" --static -o greeter.o '-DGREETING="linked"' "$consumer/greeter.c" "$consumer/plus.cpp"
[ "$(nm -g --defined-only greeter.o | sed 's/.* //')" = wskhost_driver_greeter ] ||
    fail "not only the descriptor is visible: $(nm -g --defined-only greeter.o)"
run 3 "$wskhost" cc --compiler "$CC" --static "$consumer/broken.c"
expect 'function Misspelt is missing'
[ ! -e broken.o ] || fail "an object that cannot be loaded was left"

for kind in wskhost wskhost-static; do
    # shellcheck disable=SC2046 # the flags are words
    run 0 $CC -o host -DHOST_HAS_GREETER "$consumer/host.c" greeter.o $(pkg-config --cflags --libs $kind)
    LD_LIBRARY_PATH=$(pkg-config --variable=libdir wskhost) && export LD_LIBRARY_PATH
    run 0 ./host linked
    run 0 ./host loaded "$PWD/visitor.so"
done

# Every name of the shared library has its version, and none is the C library's.
so=$(pkg-config --variable=libdir wskhost)/libwskhost.so
nm -D --defined-only "$so" >log
expect ' wskhost_start@@WSKHOST_0.1$'
expect ' KeSetEvent@@WSKHOST_0.1$'
grep -v '@@WSKHOST_0.1$' log | grep -v ' A WSKHOST_0.1$' >unversioned && fail "without a version: $(cat unversioned)"
grep -E ' (malloc|free|connect|send|printf|wcslen|Ki[A-Z].*|Wskp[A-Z].*)@' log && fail "not for others"
# What is installed does not ask for the build folder.
grep -rlF "$BUILD" "$prefix/lib" --include='*.cmake' --include='*.pc' && fail "names the build folder"

# The installed command finds its headers.
run 0 "$wskhost" run --for 0 "$SOURCE/tests/cli/drivers/hello.c"
expect 'hello: unloaded; .*nothing leaked'
exit 0
