#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Each driver header compiles alone, without a warning: with gcc and clang, as C
# and C++, and with clang as C in the Windows calling convention. A header whose
# only line is #error is checked to say so. --self-test checks that a bad header
# is noticed. A compiler that is missing is left out, none at all is 77.

root=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
wdk=$root/include/wdk
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT INT TERM
failed=0

flags="-nostdinc -fms-extensions -fshort-wchar -Wall -Wextra -Werror -Wno-unknown-pragmas -Wno-multichar"

# source HEADER: a file that includes nothing else, and that twice. Files for C
# end up in $work/c, those that C++ alone has in $work/cpp.
source()
{
	case $1 in
	*.h) folder=$work/c ;;
	*) folder=$work/cpp ;;
	esac
	mkdir -p "$folder"
	printf '#include <%s>\n#include <%s>\nint WskhostHeaderTest;\n' "$1" "$1" \
		>"$folder/$(printf %s "$1" | tr '/.' '__').c"
}

# compile COMPILER LANGUAGE FLAGS... -- FILES...: all in one run of the compiler
compile()
{
	compiler=$1 language=$2
	shift 2
	own=$("$compiler" -print-file-name=include)
	[ "$compiler" = clang ] && flavour="-fms-compatibility -Wno-microsoft -Wno-ignored-attributes" || flavour=
	if ! "$compiler" -x "$language" $flags $flavour -isystem "$own" -I "$wdk" -fsyntax-only "$@" >"$work/out" 2>&1; then
		echo "FAILED: $compiler -x $language $1"
		sed -n 1,40p "$work/out"
		failed=1
	fi
}

compile_all()
{
	for compiler in gcc clang; do
		command -v $compiler >/dev/null || continue
		compile $compiler c -std=gnu17 "$work"/c/*.c
		[ $compiler = clang ] && compile clang c -DWSKHOST_MS_ABI -std=gnu17 "$work"/c/*.c
		compile $compiler c++ -std=gnu++20 "$work"/c/*.c $(ls "$work"/cpp/*.c 2>/dev/null)
	done
}

if ! command -v gcc >/dev/null && ! command -v clang >/dev/null; then
	echo "neither gcc nor clang: skipped"
	exit 77
fi

if [ "$1" = --self-test ]; then
	mkdir "$work/bad"
	echo 'static undeclared_type Variable;' >"$work/bad/bad.h"
	flags="$flags -I$work/bad"
	source ntdef.h
	source bad.h
	compile_all >"$work/report"
	grep -q 'bad\.h' "$work/report" && [ $failed = 1 ] && exit 0
	echo "a header that does not compile was not noticed"
	exit 1
fi

cd "$wdk" || exit 1
for header in $(find . -type f ! -name '.*' | sed 's,^\./,,' | sort); do
	if grep -q '^#error' "$header" && ! grep -q '^#if' "$header"; then
		grep -q "out of wskhost's scope" "$header" || { echo "FAILED: <$header> does not say why"; failed=1; }
	else
		source "$header"
	fi
done
compile_all
exit $failed
