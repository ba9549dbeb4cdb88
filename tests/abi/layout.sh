#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves that our headers have Windows x64's layouts: compiles tests/abi/layout.list
# with them and with a Windows cross compiler, and compares. Nothing is executed.
#   layout.sh              compare; 0 equal, 1 not, 77 no cross compiler
#   layout.sh --pin        write the result into src/nt/abi_x64*.c
#   layout.sh --self-test  a planted difference must be found
# CC names the native compiler, MINGW_CC the cross compiler.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
abi=$root/tests/abi
native=${CC:-cc}
cross=${MINGW_CC:-}
if [ -z "$cross" ]; then
    for name in x86_64-w64-mingw32-gcc x86_64-w64-mingw32-gcc-win32; do
        if command -v "$name" >/dev/null 2>&1; then cross=$name; break; fi
    done
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# section, kind, name, C expression: one probe per line.
awk '
    /^#/ { if (section != "") print section, "comment", substr($0, 3); next }
    NF == 0 { next }
    /^\[/ { section = substr($1, 2, length($1) - 2); next }
    $1 == "struct" {
        print section, "size", $2, "sizeof(" $2 ")"
        for (i = 3; i <= NF; i++) print section, "offset", $2 "." $i, "__builtin_offsetof(" $2 "," $i ")"
    }
    $1 == "value" { for (i = 2; i <= NF; i++) print section, "value", $i, "(unsigned)(" $i ")" }
' "$abi/layout.list" >"$work/probes"

# kind name=value... ; source  ->  kind name value
awk -F ';' '
    /^#/ || /^[ \t]*$/ { next }
    NF < 2 || $2 ~ /^[ \t]*$/ { print "overrides: no source: " $0 >"/dev/stderr"; bad = 1; next }
    { n = split($1, w, " "); for (i = 2; i <= n; i++) { split(w[i], p, "="); print w[1], p[1], p[2] } }
    END { exit bad }
' "$abi/overrides" >"$work/overrides"

# probe OUT SECTIONS INCLUDES SKIP COMPILER...: values as "kind name number".
# The assembler text carries the numbers; an .ascii is never a real instruction.
probe()
{
    out=$1 sections=$2 includes=$3 skip=$4
    shift 4
    {
        printf '%b' "$includes"
        echo 'void probes(void);'
        printf '%s\n' '#define P(name, e) __asm__ volatile("\n.ascii \"->" name " %c0\"" : : "i"((int)(e)))'
        echo 'void probes(void) {'
        awk -v want=" $sections " -v skip="$skip" '
            BEGIN { while (skip != "" && (getline line < skip) > 0) { split(line, p, " "); no[p[1] " " p[2]] = 1 } }
            $2 != "comment" && index(want, " " $1 " ") && !(($2 " " $3) in no) {
                e = $0; sub(/^[^ ]+ [^ ]+ [^ ]+ /, "", e)
                print "P(\"" $2 " " $3 "\", " e ");" }
        ' "$work/probes"
        echo '}'
    } >"$out.c"
    "$@" -w -S -O0 -o "$out.s" "$out.c"
    tr -d '\r' <"$out.s" | sed -n 's/.*\.ascii[[:space:]]*"->\(.*\) \$*\([-0-9]*\)".*/\1 \2/p' >>"$out"
}

ours='#include <ntifs.h>\n#include <ntddk.h>\n#include <wsk.h>\n#include <netioapi.h>\n'
own_flags="-std=gnu17 -nostdinc -ffreestanding -fshort-wchar -fms-extensions -I$root/include/wdk"
# shellcheck disable=SC2086 # a list of flags
probe "$work/native" "nt net wsk" "$ours" "" "$native" $own_flags -isystem "$("$native" -print-file-name=include)"

if [ "${1:-}" != --pin ] && [ -z "$cross" ]; then
    echo "layout: no Windows cross compiler (package gcc-mingw-w64-x86-64); the pinned layouts are still checked by the build"
    exit 77
fi

# ---- the pinned copy ---------------------------------------------------------

# pins SECTIONS KINDS: one assert per probe, in list order.
pins()
{
    awk -v want=" $1 " -v kinds=" $2 " '
        NR == FNR { value[$1 " " $2] = $3; next }
        $2 == "comment" { comment = $0; sub(/^[^ ]+ [^ ]+ /, "", comment); next }
        !index(want, " " $1 " ") || !index(kinds, " " $2 " ") { comment = ""; next }
        comment != "" { printf "\n/* %s */", comment; if ($2 == "value") print ""; comment = "" }
        {
            v = value[$2 " " $3]
            if (v < 0) v += 4294967296
            if ($2 == "size") printf "\n_Static_assert(sizeof(%s) == 0x%X, \"\");\n", $3, v
            else if ($2 == "offset") {
                type = $3; sub(/\..*/, "", type)
                field = substr($3, length(type) + 2)
                printf "_Static_assert(offsetof(%s, %s) == 0x%X, \"\");\n", type, field, v
            } else if (v > 2147483647) {
                printf "_Static_assert((ULONG)(%s) == 0x%04X%04X, \"\");\n", $3, int(v / 65536), v % 65536
            } else printf "_Static_assert((ULONG)(%s) == 0x%X, \"\");\n", $3, v
        }' "$work/native" "$work/probes"
}

# pin_file NAME WHAT INCLUDES SECTIONS KINDS
pin_file()
{
    {
        printf '// SPDX-License-Identifier: MIT\n/*\n * %b\n' "$2"
        printf ' * Written by tests/abi/layout.sh --pin from tests/abi/layout.list, where each\n'
        printf ' * row is compared with the headers of mingw-w64; not edited by hand.\n */\n%b' "$3"
        pins "$4" "$5"
    } >"$work/$1"
}

pin_file abi_x64.c 'Windows x64 layouts of the kernel structures that drivers read, write or embed.' \
    '#include <ntifs.h>\n#include <ntddk.h>\n' nt 'size offset'
pin_file abi_x64_net.c 'Windows x64 layouts of WSK (requirement rows STRUCT-01 to STRUCT-44; the list names\n * the rows) and of the Winsock types it uses.' \
    '#include <wsk.h>\n#include <netioapi.h>\n' 'wsk net' 'size offset'
pin_file abi_x64_values.c 'Windows numbers of the kernel constants and statuses that drivers use (STRUCT-61 to\n * STRUCT-64).' \
    '#include <ntifs.h>\n#include <ntddk.h>\n' nt value
pin_file abi_x64_netvalues.c 'Windows numbers of WSK (STRUCT-45 to STRUCT-55) and Winsock constants (STRUCT-35,\n * STRUCT-57 to STRUCT-60).' \
    '#include <wsk.h>\n#include <netioapi.h>\n' 'wsk net' value

if [ "${1:-}" = --pin ]; then
    for file in abi_x64.c abi_x64_net.c abi_x64_values.c abi_x64_netvalues.c; do
        cp "$work/$file" "$root/src/nt/$file"
    done
    exit 0
fi

# ---- the comparison ----------------------------------------------------------

if [ "${1:-}" = --self-test ]; then
    printf 'size KEVENT 25\n' >>"$work/overrides"
fi
win='-D_WIN32_WINNT=0x0A00 -DNTDDI_VERSION=0x0A00000C'
mingw=$(printf '#include <windows.h>\n' | "$cross" -E - | tr -d '\r' | sed -n 's/^# 1 "\(.*\)\/windows\.h".*/\1/p' | head -n 1)
# Our declarations under the Windows compiler's rules; its own stdarg.h leans on
# mingw-w64's, which come last.
# shellcheck disable=SC2086
probe "$work/windows" "nt net wsk" "$ours" "" "$cross" $own_flags \
    -isystem "$("$cross" -print-file-name=include)" -idirafter "$mingw"
# mingw-w64's own declarations.
# shellcheck disable=SC2086
probe "$work/mingw" nt '#include <ntifs.h>\n#include <ntddk.h>\n#include <bugcodes.h>\n' "$work/overrides" \
    "$cross" $win "-I$mingw/ddk"
# shellcheck disable=SC2086
probe "$work/mingw" net '#include <winsock2.h>\n#include <ws2tcpip.h>\n#include <mswsock.h>\n#include <mstcpip.h>\n#include <windows.h>\n#include <iphlpapi.h>\n#include <netioapi.h>\n' \
    "$work/overrides" "$cross" $win

status=0
awk -v native="$work/native" -v windows="$work/windows" -v mingw="$work/mingw" -v overrides="$work/overrides" '
    function load(file, into,    line, p) { while ((getline line < file) > 0) { split(line, p, " "); into[p[1] " " p[2]] = p[3] } }
    # decimal or 0x; both sides as low 32 bits
    function number(s,    i, v) {
        if (s !~ /^0[xX]/) { v = s + 0; return v < 0 ? v + 4294967296 : v }
        for (i = 3; i <= length(s); i++) v = v * 16 + index("0123456789abcdef", tolower(substr(s, i, 1))) - 1
        return v
    }
    BEGIN { load(native, n); load(windows, w); load(mingw, m); load(overrides, o) }
    $2 != "comment" {
        key = $2 " " $3
        count++
        if (!(key in n)) { print key ": not measured with our headers"; bad++; next }
        if (!(key in w) || number(w[key]) != number(n[key])) {
            print key ": " n[key] " natively, " w[key] " with the Windows compiler"; bad++ }
        if (key in o) {
            used[key] = 1; by_override++
            if (number(o[key]) != number(n[key])) { print key ": ours " n[key] ", overrides say " o[key]; bad++ }
        } else if ($1 != "wsk") {
            if (!(key in m)) { print key ": not measured with mingw-w64"; bad++ }
            else if (number(m[key]) != number(n[key])) { print key ": ours " n[key] ", mingw-w64 " m[key]; bad++ }
        } else if ($2 == "value") { print key ": a WSK number needs a source in overrides"; bad++ }
    }
    END {
        for (key in o) if (!(key in used)) { print key ": in overrides but not in the list"; bad++ }
        print "layout: " count " probes, " by_override + 0 " by overrides, " bad + 0 " differences"
        exit bad > 0
    }' "$work/probes" >"$work/report" || status=1

if [ "${1:-}" = --self-test ]; then
    if [ $status -eq 1 ] && grep -q '^size KEVENT: ours 24, overrides say 25' "$work/report"; then
        echo "layout: the planted difference was found"
        exit 0
    fi
    echo "layout: the planted difference was not found"
    exit 1
fi
cat "$work/report"
for file in abi_x64.c abi_x64_net.c abi_x64_values.c abi_x64_netvalues.c; do
    if ! cmp -s "$work/$file" "$root/src/nt/$file"; then
        echo "src/nt/$file does not match tests/abi/layout.list: run tests/abi/layout.sh --pin"
        status=1
    fi
done
exit $status
