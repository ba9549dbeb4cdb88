#!/bin/sh
# SPDX-License-Identifier: MIT
# The NT world parsed with Windows' calling convention at its border (NTAPI =
# ms_abi): a callback or dispatch slot whose type and function disagree about
# NTAPI is an error here, and so is, for gcc, a definition that leaves out what
# its declaration says (clang lets a definition inherit it). No code is generated.
# 0 clean, 1 not, 77 no compiler. CLANG and GCC name the compilers.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# check COMPILER FILE: like the build's NT world (CMakeLists.txt).
check()
{
    flags=
    case $2 in
    */nt/hostcall.c | */wsk/seam.c) flags=-ffreestanding ;;
    esac
    # shellcheck disable=SC2086 # at most one word
    "$1" -std=gnu17 -fsyntax-only -DWSKHOST_MS_ABI -Wall -Wextra -Werror $flags \
        -nostdinc -isystem "$("$1" -print-file-name=include)" -I "$root/src" -I "$root/include/wdk" \
        -fshort-wchar -fms-extensions -fno-builtin -fno-strict-aliasing -fwrapv -Wno-multichar -Wno-unknown-pragmas \
        -Wno-microsoft-anon-tag "$2"
}

# What must not pass, so that this check can fail.
cat >"$work/slot.c" <<'END'
#include <ntddk.h>
typedef NTSTATUS(NTAPI *SLOT)(PVOID Context);
static NTSTATUS Plain(PVOID Context) { UNREFERENCED_PARAMETER(Context); return STATUS_SUCCESS; }
SLOT Slot = Plain;
END
cat >"$work/definition.c" <<'END'
#include <ntddk.h>
NTSTATUS NTAPI Exported(PVOID Context);
NTSTATUS Exported(PVOID Context) { UNREFERENCED_PARAMETER(Context); return STATUS_SUCCESS; }
END

status=0 compilers=0
for compiler in "${CLANG:-clang}" "${GCC:-gcc}"; do
    command -v "$compiler" >/dev/null 2>&1 || continue
    compilers=$((compilers + 1))
    for file in "$root"/src/nt/*.c "$root"/src/wsk/*.c; do
        check "$compiler" "$file" || status=1
    done
    if check "$compiler" "$work/slot.c" 2>/dev/null; then
        echo "pe_flavour: $compiler did not notice a callback without NTAPI"
        status=1
    fi
    if "$compiler" --version | grep -q 'Free Software' && check "$compiler" "$work/definition.c" 2>/dev/null; then
        echo "pe_flavour: $compiler did not notice a definition without NTAPI"
        status=1
    fi
done
if [ $compilers -eq 0 ]; then
    echo "pe_flavour: neither clang nor gcc"
    exit 77
fi
exit $status
