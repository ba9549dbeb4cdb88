#!/bin/sh
# SPDX-License-Identifier: MIT
# The manual page: it is installed, formats without a complaint, and has every
# option and exit code that the command's help has.
. "$(dirname "$0")/lib.sh"
page=$prefix/share/man/man1/wskhost.1
[ -f "$page" ] || fail "no manual page is installed"

for command in '' run cc ioctl; do
    # shellcheck disable=SC2086 # an empty command is none
    "$prefix/bin/wskhost" $command --help >help || fail "no help: $command"
    sed -n 's/^  *\(--[a-z-]*\).*/\1/p' help | while read -r option; do
        grep -q -- "^\.It Fl -${option#--}\( \|$\)" "$page" || echo "the page lacks the option $option of wskhost $command"
    done >>lacks
    sed -n 's/^  \([0-9][0-9]*\)  .*/\1/p' help | while read -r number; do
        grep -q "^\.It $number$" "$page" || echo "the page lacks the exit code $number"
    done >>lacks
    grep -oE -- '--[a-z-]+' help
done >mentioned
[ ! -s lacks ] || fail "$(cat lacks)"
# And nothing that is gone.
sed -n 's/^\.It Fl -\([a-z-]*\).*/--\1/p' "$page" | while read -r option; do
    grep -qx -- "$option" mentioned || echo "no help has the option $option of the page"
done >lacks
[ ! -s lacks ] || fail "$(cat lacks)"

command -v groff >/dev/null || { echo "groff is missing"; exit 77; }
groff -mdoc -ww -Tutf8 "$page" >formatted 2>log || fail "groff: $(cat log)"
[ ! -s log ] || fail "groff complains"
grep -q 'Winsock Kernel' formatted || fail "nothing was formatted"
