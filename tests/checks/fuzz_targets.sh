#!/bin/sh
# Refuses a parser of what others send that no fuzz target reads: tests/fuzz/README.md has the table of parsers and
# targets, and says what is taken for a parser. It also refuses rows of functions that are gone, targets that do not
# call what their rows say, and targets without a row.
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Each function that a header declares, on one line. Members and the bodies of inline functions are indented.
find transport router signaling client -name '*.h' -exec cat {} + | awk '
    /^[a-z]/ { line = ""; is_open = !/^(static|typedef)/ }
    /^$/ { is_open = 0 }
    is_open { line = line " " $0 }
    is_open && /[;{]/ { if (line ~ /\(.*;/) print line; is_open = 0 }' >"$work/declared"

# name_of: the name of the function that each line declares
name_of() { sed -E 's/^[^(]*[ *]([a-z0-9_]+)\(.*/\1/'; }

name_of <"$work/declared" | sort -u >"$work/functions"
grep -E '\(.*(const (uint8_t|char|json_t) \*|uint8_t \*data)' "$work/declared" | name_of |
    grep -E '(^|_)(parse|read|reader|decode|input|take|unprotect|judge|candidate)(_|$)' | sort -u >"$work/parsers"

# what_is_wrong TABLE
what_is_wrong() {
    sed -n 's/^| `\([a-z0-9_]*\)` | \([a-z0-9_]*\) | \([a-z0-9_]*\) *|$/\1 \2 \3/p' "$1" >"$work/rows"
    awk '{ print $1 }' "$work/rows" | sort -u >"$work/listed"
    comm -23 "$work/parsers" "$work/listed" | sed 's/$/: a parser without a fuzz target/'
    comm -13 "$work/functions" "$work/listed" | sed 's/$/: no header declares it/'
    while read -r parser target by; do
        set -- tests/fuzz/*/fuzz_"$target".c
        grep -qsE "\b${by:-$parser}\b" "$1" || echo "$parser: tests/fuzz has no target $target that calls ${by:-$parser}"
    done <"$work/rows"
    for file in tests/fuzz/*/fuzz_*.c; do
        name=${file##*/fuzz_}
        grep -q " ${name%.c}\( \|$\)" "$work/rows" || echo "$file: not in the table"
    done
}

what_is_wrong tests/fuzz/README.md >"$work/wrong"
cat "$work/wrong"
# A parser that was forgotten is found.
grep -v 'url_parse' tests/fuzz/README.md >"$work/lacking"
what_is_wrong "$work/lacking" | grep -q '^url_parse: a parser without' || { echo "a row that lacks is not missed"; exit 1; }
[ "$(wc -l <"$work/parsers")" -gt 40 ] || { echo "hardly a parser was found: is this the project's root?"; exit 1; }
echo "$(wc -l <"$work/parsers") parsers by their names, $(wc -l <"$work/listed") in the table"
[ ! -s "$work/wrong" ]
