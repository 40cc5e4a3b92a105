#!/bin/sh
# circles.sh BUILD: refuses files of the project that need each other in a circle, by include or by call. A .c file and
# the header of its name are one unit. Which unit includes which is read from the sources; which calls
# which, or uses its data, from the symbols of the objects in BUILD. Of each circle the units and what ties
# them are printed. It also refuses a name that two units define: such units cannot be linked into one
# program, as one that uses client and server would.
set -eu
build=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

folders='transport router signaling client bench'

# Lines "unit unit why": the first needs the second.
# shellcheck disable=SC2086 # a list of folders
find $folders -name '*.[ch]' | while read -r file; do
    sed -n 's/^#include "\(.*\)\.h"$/\1/p' "$file" | awk -v unit="${file%.[ch]}" '$1 != unit { print unit, $1, "include" }'
done | sort -u >"$work/includes"

# Lines "unit object": transport/peer/CMakeFiles/heddle_peer.dir/open.c.o is
# transport/peer/open. A build folder that has
# been used for long has objects of files and of libraries that are gone: a unit's newest object is the one that counts.
# shellcheck disable=SC2086
(cd "$build" && find $folders -name '*.c.o' -printf '%T@ %p\n') | sort -n | awk '{
    unit = $2
    sub(/CMakeFiles\/[^\/]*\.dir\//, "", unit)
    sub(/\.c\.o$/, "", unit)
    object[unit] = $2
}
END { for (unit in object) print unit, object[unit] }' | sort >"$work/objects"

# Lines "symbol unit T" for what a unit defines, and "symbol unit U" for what it needs.
while read -r unit object; do
    [ -e "$unit.c" ] || continue
    echo "$unit" >>"$work/built"
    nm -g "$build/$object" | awk -v unit="$unit" 'NF > 1 && $(NF - 1) ~ /^[A-Z]$/ { print $NF, unit, $(NF - 1) == "U" ? "U" : "T" }'
done <"$work/objects" | sort -u >"$work/symbols"

# Programs have a main each.
awk '$3 == "T" && $1 != "main" { definers[$1] = definers[$1] " " $2; count[$1]++ }
    END { for (name in count) if (count[name] > 1) print name ":" definers[name] }' "$work/symbols" | sort >"$work/twice"
if [ -s "$work/twice" ]; then
    echo "names that several files define:"
    cat "$work/twice"
    touch "$work/failed"
fi

# A name that several units define (main) does not say which of them is meant.
awk '
    $3 == "T" { definer[$1] = $2; definers[$1]++ }
    $3 == "U" { needed[$2, $1] }
    END {
        for (pair in needed) {
            split(pair, part, SUBSEP)
            if (definers[part[2]] == 1 && definer[part[2]] != part[1])
                print part[1], definer[part[2]], part[2]
        }
    }' "$work/symbols" | sort -u >"$work/calls"

# What is not built cannot be looked into.
# shellcheck disable=SC2086
for file in $(find $folders -name '*.c'); do
    grep -qxF "${file%.c}" "$work/built" || { echo "$file: $build has no object of it"; touch "$work/failed"; }
done
[ "$(wc -l <"$work/includes")" -gt 500 ] || { echo "hardly an include was found: is this the project's root?"; touch "$work/failed"; }
[ "$(wc -l <"$work/calls")" -gt 500 ] || { echo "hardly a call was found in $build"; touch "$work/failed"; }

# Whatever nobody needs, or needs nobody, is in no circle: it is taken away until nothing changes. What is left are
# circles, and what lies between two of them.
cat "$work/includes" "$work/calls" | awk '
    { key = $1 " " $2; arrows[key]; why[key] = why[key] " " $3 }
    END {
        do {
            delete needs
            delete is_needed
            for (key in arrows) { split(key, unit, " "); needs[unit[1]]; is_needed[unit[2]] }
            taken = 0
            for (key in arrows) {
                split(key, unit, " ")
                if (!(unit[2] in needs) || !(unit[1] in is_needed)) { delete arrows[key]; taken++ }
            }
        } while (taken > 0)
        for (key in arrows) { split(key, unit, " "); print unit[1], "needs", unit[2] ":" why[key] }
    }' | sort >"$work/circles"
if [ -s "$work/circles" ]; then
    echo "files that need each other in a circle, by include or by the names that they use:"
    cat "$work/circles"
    touch "$work/failed"
fi
echo "$(wc -l <"$work/built") files, $(cat "$work/includes" "$work/calls" | awk '{ print $1, $2 }' | sort -u | wc -l) arrows between them"
[ ! -e "$work/failed" ]
