#!/bin/sh
# SPDX-License-Identifier: MIT
# The NT world compiled with Windows' calling convention at its border (NTAPI =
# ms_abi): a function, callback type or dispatch slot whose declaration and
# definition disagree about NTAPI is an error here. Nothing is generated.
# 0 clean, 1 not, 77 no clang. CLANG names the compiler.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
clang=${CLANG:-clang}
if ! command -v "$clang" >/dev/null 2>&1; then
    echo "pe_flavour: no clang"
    exit 77
fi
compiler_include=$("$clang" -print-file-name=include)

# check FLAG... FILE: like the build's NT world (CMakeLists.txt).
check()
{
    "$clang" -std=gnu17 -fsyntax-only -DWSKHOST_MS_ABI -Wall -Wextra -Werror -nostdinc -isystem "$compiler_include" \
        -I "$root/src" -I "$root/include/wdk" -fshort-wchar -fms-extensions -fno-strict-aliasing -fwrapv \
        -Wno-multichar -Wno-unknown-pragmas -Wno-microsoft-anon-tag "$@"
}

status=0 count=0
for file in "$root"/src/nt/*.c "$root"/src/wsk/*.c; do
    count=$((count + 1))
    case $file in
    */nt/hostcall.c | */wsk/seam.c) check -ffreestanding "$file" || status=1 ;;
    *) check "$file" || status=1 ;;
    esac
done

# The check must be able to fail: a definition without NTAPI.
probe=$(mktemp -d)
trap 'rm -rf "$probe"' EXIT
printf '#include <ntddk.h>\nNTSTATUS NTAPI Probe(PVOID);\nNTSTATUS Probe(PVOID P) { (void)P; return 0; }\n' >"$probe/probe.c"
if check "$probe/probe.c" 2>/dev/null; then
    echo "pe_flavour: a definition without NTAPI was not noticed"
    status=1
fi
echo "pe_flavour: $count files"
exit $status
