#!/bin/sh
# SPDX-License-Identifier: MIT
# The repository checks itself: include direction, banned calls with their
# replacement, dialect, file and function length, SPDX lines, test names, divergences.
# Usage: tests/tidy/tidy.sh [--self-test]; exit 1 on any finding. Needs sh, awk, grep, git.
set -u
self=$(cd "$(dirname "$0")" && pwd)/tidy.sh
cd "${TIDY_ROOT:-$(dirname "$0")/../..}" || exit 2
here=tests/tidy
out=$(mktemp) || exit 2
trap 'rm -f "$out"' EXIT

# Tracked and new files below the current folder. By find where there is no checkout (the
# self test), or git does not read it (no git; another user's checkout, as in containers).
every() {
    git_out=$([ -e .git ] && git ls-files --cached --others --exclude-standard 2>/dev/null) && printf '%s\n' "$git_out" ||
        find . -type f ! -path './.git/*' ! -path './build/*' | sed 's|^\./||'
}
files() { # patterns with * matching across folders
    every | while read -r f; do
        for p in "$@"; do case "$f" in $p) [ -f "$f" ] && echo "$f"; break ;; esac; done
    done
}

# --- include direction --------------------------------------------------------
check_includes() {
    files 'src/*.[ch]' 'include/*.h' 'examples/*.[ch]' 'tests/drivers/*.[ch]' | awk -v table="$here/includes.table" '
    BEGIN {
        while ((getline line < table) > 0) {
            if (line ~ /^#/ || line == "") continue
            n = split(line, w, /[ \t]+/); allow[w[1]] = " "
            for (i = 2; i <= n; i++) allow[w[1]] = allow[w[1]] w[i] " "
        }
    }
    function permitted(list, name, angle,   n, w, i) {
        n = split(list, w, " ")
        for (i = 1; i <= n; i++) {
            if (w[i] == "libc" && angle) return 1
            if (w[i] == "kernel" && kernel(name)) return 1
            if (w[i] ~ /\/$/ && index(name, w[i]) == 1) return 1
            if (w[i] == name) return 1
        }
        return 0
    }
    function kernel(name,   p) {
        if (name in known) return known[name]
        p = "include/wdk/" name
        known[name] = ((getline junk < p) >= 0); close(p)
        if (name ~ /^(stddef|stdarg|stdbool|stdint|stdalign|stdnoreturn|float|iso646|cpuid|x86intrin|immintrin|emmintrin)\.h$/ || name ~ /\.tmh$/) known[name] = 1
        return known[name]
    }
    {
        file = $0; dir = ""
        for (d in allow) if (index(file, d "/") == 1 && length(d) > length(dir)) dir = d
        if (dir == "") next
        extra = (file in allow) ? allow[file] : ""
        while ((getline line < file) > 0) {
            nr++
            if (line !~ /^[ \t]*#[ \t]*include(_next)?[ \t]*[<"]/) continue
            angle = line ~ /</
            name = line; sub(/^[^<"]*[<"]/, "", name); sub(/[>"].*$/, "", name)
            if (!permitted(allow[dir] extra, name, angle) && !(dir == "examples" && name !~ /\//))
                print file ": includes " name ", which " dir " may not (see " table ")"
        }
        close(file)
    }'
}

# --- banned words -------------------------------------------------------------
# Prints every code line of the files named on standard input as path:line:code,
# without comments and string contents.
code_lines() {
    tr '\n' '\0' | xargs -0 -r awk '
    FNR == 1 { inc = 0 }
    {
        s = $0; o = ""
        while (length(s)) {
            if (inc) { i = index(s, "*/"); if (!i) { s = ""; break } s = substr(s, i + 2); inc = 0; continue }
            if (match(s, /\/\*|\/\/|"([^"\\]|\\.)*"|'"'"'([^'"'"'\\]|\\.)*'"'"'/)) {
                o = o substr(s, 1, RSTART - 1); t = substr(s, RSTART, RLENGTH); s = substr(s, RSTART + RLENGTH)
                if (t == "//") { s = ""; break }
                if (t == "/*") { inc = 1; continue }
                o = o "\"\""
            } else { o = o s; s = "" }
        }
        if (o !~ /^[ \t]*$/) print FILENAME ":" FNR ":" o
    }'
}
check_banned() {
    files 'src/*.[ch]' 'tests/*.[ch]' 'examples/*.[ch]' 'include/*.h' | code_lines > "$out.code"
    tab=$(printf '\t')
    grep -v '^# ' "$here/banned.table" | while IFS="$tab" read -r word where instead; do
        [ -n "$instead" ] || continue
        # Declarations for drivers are not calls: asm labels and NTAPI prototypes.
        allowed=$(printf '%s' "$where" | sed 's/,/|/g; s/\./\\./g; s/^-$/^$/')
        grep -E ":[0-9]+:.*$word" "$out.code" | grep -vE "^($allowed)" |
            grep -vE ':[0-9]+:[A-Za-z_ *]*\<(NTAPI|asm|__asm__)\>' | sed "s|^\([^:]*:[0-9]*\):.*|\1: banned here: use $instead|"
    done
    rm -f "$out.code"
}

# --- dialect, sizes, headers ---------------------------------------------------
check_shape() {
    files 'src/*.[ch]' 'include/*.h' 'tests/*.[ch]' 'examples/*.[ch]' | tr '\n' '\0' | xargs -0 -r awk '
    function finish() {
        if (f == "") return
        if (!spdx) print f ": no SPDX line at the top"
        if (f ~ /^src\/.*\.h$/ && !once) print f ": no #pragma once"
        if (lines > 900 && f ~ /\.c$/ && f !~ /abi_x64|status_names/) # the exceptions are tables
            print f ": " lines " lines (900 at most)"
    }
    FNR == 1 {
        finish(); f = FILENAME; spdx = once = tabs = sp = tr = ll = start = exempt = 0
        nt = f ~ /^(src\/(nt|wsk|loader)|tests\/(nt|wsk|drivers)|examples|include\/wdk)\//
        host = f ~ /^src\/(host|engine|cli)\//
    }
    { lines = FNR }
    FNR <= 2 && /SPDX-License-Identifier: MIT/ { spdx = 1 }
    /^#pragma once/ { once = 1 }
    nt && /^\t+[^ \t]/ { if (!tabs++) print f ":" FNR ": NT dialect indents with spaces" }
    host && /^    [^ ]/ { if (!sp++) print f ":" FNR ": host dialect indents with tabs" }
    /[ \t]+$/ { if (!tr++) print f ":" FNR ": trailing white space" }
    f ~ /^(src|tests|examples)\// && length($0) > 130 { if (!ll++) print f ":" FNR ": line of " length($0) " columns (130 at most)" }
    /table, exempt from the length rule/ { exempt = 1 }
    /^\{/ { start = FNR }
    /^\}/ { if (start && FNR - start > 70 && !exempt && f ~ /^src\//) print f ":" start ": function or block of " FNR - start " lines (70 at most)"; start = 0; exempt = 0 }
    END { finish() }'
}

# --- tests name real requirements ------------------------------------------------
check_tests() {
    for f in $(files 'tests/wsk/*.c'); do
        grep -nE '^TEST(_[A-Z]+)?\(' "$f" | grep -vE 'TEST(_[A-Z]+)?\((REG|NMR|IRP|CLI|SOCK|CONN1|BASIC|LISTEN|DGRAM|CONN|STREAM|EVT|NAME|EXT|STRUCT|AMB|WSKP|REFUSE)(_[0-9]{2,3})?,' |
            sed "s|^\([0-9]*\):.*|$f:\1: a test of src/wsk is named after a requirement row|"
    done
    for f in $(files 'tests/nt/*.c' 'tests/wsk/*.c' 'tests/host/*.c' 'tests/engine/*.c'); do
        grep -qE '^TEST(_[A-Z]+)?\(' "$f" || echo "$f: holds no test"
    done
}

# --- each divergence has its entry and its place in the code ------------------------
check_divergences() {
    files 'src/*.[ch]' | tr '\n' '\0' | xargs -0 -r grep -ohE 'DIV-[0-9]+' | sort -u > "$out.code"
    { grep -oE '^\*\*DIV-[0-9]+' docs/divergences.md 2>/dev/null || true; } | sed 's/^..//' | sort -u > "$out.docs"
    comm -23 "$out.code" "$out.docs" | sed 's/$/: the code names it, docs\/divergences.md has no entry/'
    comm -13 "$out.code" "$out.docs" | sed 's/$/: docs\/divergences.md has it, no line of src names it/'
    rm -f "$out.code" "$out.docs"
}

# --- nothing of a workplace ------------------------------------------------------
check_text() {
    every | grep -v '^tests/tidy/' | while read -r f; do [ -f "$f" ] && echo "$f"; done | tr '\n' '\0' |
        xargs -0 -r grep -HnIE '/(work|tmp/w|root)/|/home/[a-z]+/' | sed "s|^\([^:]*:[0-9]*\):.*|\1: names a path of one machine|"
}

run_all() { [ -n "$(files 'src/*.c')" ] || echo "no source was found to check"; check_includes; check_banned; check_shape; check_tests; check_divergences; check_text; }

# Proves that each check can fail: plants one fault of each kind in a scratch tree.
self_test() {
    scratch=$(mktemp -d) || return 1
    failed=0
    mkdir -p "$scratch/src/engine" "$scratch/src/wsk" "$scratch/tests/wsk" "$scratch/tests/tidy"
    cp "$here"/*.table "$scratch/$here/"
    { printf '#include "nt/init.h"\nint f(void)\n{\n    return rand();\n}\nvoid g(void)\n{\n'
      i=0; while [ $i -lt 80 ]; do printf '\tg();\n'; i=$((i + 1)); done; printf '}\n'; } > "$scratch/src/engine/planted.c"
    printf '// SPDX-License-Identifier: MIT\nvoid f(void)\n{\n\tIoCompleteRequest(0, 0);\n}\n' > "$scratch/src/wsk/planted.c"
    mkdir "$scratch/docs" && printf '**DIV-8. x**\n' > "$scratch/docs/divergences.md"
    printf '/* DIV-7: planted */\n' >> "$scratch/src/wsk/planted.c"
    printf '// SPDX-License-Identifier: MIT\nTEST(FOO_1, x)\n{\n    p = "/home/someone/x";\n}\n' > "$scratch/tests/wsk/planted.c"
    TIDY_ROOT=$scratch "$self" > "$out"
    mkdir "$scratch/.git" # no repository, so git fails
    TIDY_ROOT=$scratch "$self" | cmp -s - "$out" || { echo "tidy: where git fails, the findings differ"; failed=1; }
    rm -rf "$scratch/src"
    TIDY_ROOT=$scratch "$self" | grep -q 'no source was found' || { echo "tidy: no source was no finding"; failed=1; }
    rm -rf "$scratch"
    for want in 'includes nt/init.h' 'use host_random' 'use WskpCompleteRequest' 'host dialect indents' 'NT dialect indents' \
        'no SPDX line' 'block of 8[0-9] lines' 'named after a requirement' 'path of one machine'; do
        grep -q "planted.*$want" "$out" || { echo "tidy: the planted fault '$want' was not found"; failed=1; }
    done
    for want in 'DIV-7: the code' 'DIV-8: docs'; do
        grep -q "$want" "$out" || { echo "tidy: the planted fault '$want' was not found"; failed=1; }
    done
    return $failed
}

if [ "${1:-}" = --self-test ]; then self_test && echo "tidy: every planted fault was found"; exit; fi
run_all > "$out"
if [ -s "$out" ]; then cat "$out"; echo "tidy: $(wc -l < "$out") findings"; exit 1; fi
echo "tidy: clean"
