#!/bin/sh
# circles.sh BUILD: refuses files of the project that need each other in a circle, by include or by call. A unit is a .c file with its
# header. That a file includes another is read from the source; that it calls another (or uses its data) from the symbols of the
# objects in BUILD. Of a circle, all units are printed.
set -eu
build=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
folders='transport router signaling client bench'

# shellcheck disable=SC2086 # a list of folders
find $folders -name '*.[ch]' | while read -r file; do
    sed -n 's/^#include "\(.*\)\.h"$/\1/p' "$file" | sed "s|^|${file%.[ch]} |"
done >"$work/includes"

# shellcheck disable=SC2086
# A line "unit symbol" for each that it defines, and each that it needs.
(cd "$build" && find $folders -name '*.c.o') | while read -r object; do # transport/peer/CMakeFiles/heddle_peer.dir/open.c.o
    unit=$(printf '%s' "${object%.c.o}" | sed 's|CMakeFiles/[^/]*\.dir/||')
    [ -e "$unit.c" ] || continue # an object of a file that is gone
    nm -g "$build/$object" | sed "s|^|$unit |"
done >"$work/symbols"
awk '$NF != $1 && $(NF - 1) ~ /^[TDBRCVW]$/ { print $NF, $1 }' "$work/symbols" | sort -u >"$work/defined"
awk '$(NF - 1) == "U" { print $NF, $1 }' "$work/symbols" | sort -u >"$work/needed"
[ "$(wc -l <"$work/needed")" -gt 1000 ] || { echo "hardly a symbol found in $build: is it a build of the whole project?"; exit 1; }
# A name that several files define (main) tells nothing of who is meant.
awk '{ count[$1]++; unit[$1] = $2 } END { for (name in count) if (count[name] == 1) print name, unit[name] }' "$work/defined" |
    sort >"$work/definer"
join -o 1.2,2.2 "$work/needed" "$work/definer" >"$work/calls"

sort -u "$work/includes" "$work/calls" >"$work/arrows"
echo "$(wc -l <"$work/arrows") arrows between files: $(sort -u "$work/includes" | wc -l) by include, $(sort -u "$work/calls" | wc -l) by call"
tsort "$work/arrows" >/dev/null 2>"$work/loops" && exit 0
echo "circles, by include or by call (tsort's words, one loop after the other):"
cat "$work/loops"
exit 1
