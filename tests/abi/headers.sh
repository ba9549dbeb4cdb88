#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Each driver header compiles alone, without a warning: with gcc and clang, as C
# and C++, and with clang as C in the Windows calling convention. A header whose
# only line is #error is checked to say so. --self-test checks that a bad header
# is noticed. Needs CC or finds gcc and clang; a compiler that is missing is
# left out, none at all is 77.

root=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
wdk=$root/include/wdk
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT INT TERM
failed=0
compiled=0

common="-nostdinc -fms-extensions -fshort-wchar -Wall -Wextra -Werror -Wno-unknown-pragmas -Wno-multichar"

# compile COMPILER LANGUAGE FLAGS... : the source is $work/x.c
compile()
{
	compiler=$1 language=$2
	shift 2
	case $compiler in
	clang*) set -- "$@" -fms-compatibility -Wno-microsoft -Wno-ignored-attributes ;;
	esac
	own=$("$compiler" -print-file-name=include)
	"$compiler" -x "$language" $common -isystem "$own" -I "$wdk" "$@" -fsyntax-only "$work/x.c"
}

check()
{
	compiler=$1 language=$2 header=$3
	shift 3
	printf '#include <%s>\n#include <%s>\nint WskhostHeaderTest;\n' "$header" "$header" >"$work/x.c"
	compiled=$((compiled + 1))
	if ! compile "$compiler" "$language" "$@" >"$work/out" 2>&1; then
		echo "FAILED: $compiler -x $language $*: <$header>"
		sed -n 1,12p "$work/out"
		failed=1
	fi
}

check_all()
{
	header=$1
	cpp_only=$2
	for compiler in gcc clang; do
		command -v $compiler >/dev/null || continue
		if [ "$cpp_only" = no ]; then
			check $compiler c "$header" -std=gnu17
			[ $compiler = clang ] && check clang c "$header" -std=gnu17 -DWSKHOST_MS_ABI
		fi
		check $compiler c++ "$header" -std=gnu++20
	done
}

if ! command -v gcc >/dev/null && ! command -v clang >/dev/null; then
	echo "neither gcc nor clang: skipped"
	exit 77
fi

if [ "$1" = --self-test ]; then
	mkdir "$work/bad"
	echo 'static undeclared_type Variable;' >"$work/bad/bad.h"
	common="$common -I$work/bad"
	check_all bad.h no >/dev/null
	[ $failed = 1 ] && exit 0
	echo "a header that does not compile was not noticed"
	exit 1
fi

cd "$wdk" || exit 1
for header in $(find . -type f ! -name '.*' | sed 's,^\./,,' | sort); do
	if grep -q '^#error' "$header" && ! grep -q '^#if' "$header"; then
		grep -q 'out of wskhost.s scope' "$header" || { echo "FAILED: <$header> does not say why"; failed=1; }
		continue
	fi
	case $header in
	*.h) check_all "$header" no ;;
	*) check_all "$header" yes ;;
	esac
done
echo "$compiled compilations"
exit $failed
