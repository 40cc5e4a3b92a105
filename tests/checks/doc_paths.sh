#!/bin/sh
# Every file that a page names in `backticks` is there: by its path from the root or from the page's folder; a name
# without a folder, as behind another file of its folder, is that of some file; docs/decisions.md, which people search
# by path, has no such names. What stands in parentheses behind a file, `path` (`name`), is in that file.
# A command of ./dev is one that it knows; what needs node's packages is called by such a command, which installs them.
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Not by git: a machine that only builds may not have it.
find . \( -name .git -o -name node_modules -o -path './build*' \) -prune -o -type f -print | sed 's#^\./##' >"$work/paths"
sed 's#.*/##' "$work/paths" | sort -u >"$work/names"
missing=0
count=0
for page in $(grep '\.md$' "$work/paths"); do
    for path in $(grep -o '`[A-Za-z0-9_./-]*\.\(c\|h\|js\|mjs\|sh\|md\|json\|in\|conf\)`' "$page" | tr -d '`' | sort -u); do
        count=$((count + 1))
        case $path in
        */*) [ -e "$path" ] || [ -e "$(dirname "$page")/$path" ] || { echo "$page names $path"; missing=$((missing + 1)); } ;;
        *) [ "$page" != docs/decisions.md ] && grep -qx -- "$path" "$work/names" || { echo "$page names $path"; missing=$((missing + 1)); } ;;
        esac
    done
    grep -o '`[A-Za-z0-9_./-]*\.[a-z]*` (`[A-Za-z_][A-Za-z0-9_]*`' "$page" | tr -d '`(' | sort -u >"$work/inside"
    while read -r path name; do
        [ -e "$path" ] || path=$(dirname "$page")/$path
        [ -e "$path" ] || path=$(find transport router signaling client bench -name "${path##*/}" | head -n 1)
        grep -qw -- "$name" "$path" || { echo "$page: $name is not in $path"; missing=$((missing + 1)); }
    done <"$work/inside"
    for command in $(grep -oE '\./dev (test interop/)?[a-z-]+' "$page" | sed 's/.* //' | sort -u); do
        case $command in
        interop/*) [ -e "tests/$command.test.mjs" ] ;;
        *) grep -qE "^([a-z|* -]* )?$command( [|a-z* -]*)?\)$" dev ;;
        esac || { echo "$page: ./dev has no $command"; missing=$((missing + 1)); }
    done
    ! grep -HnE '`?node (--test )?tests/(interop|lab|soak|gallery)/' "$page" || { echo "$page: needs packages that ./dev installs"; missing=$((missing + 1)); }
done
echo "$count names of files"
[ "$count" -gt 100 ] && [ "$missing" -eq 0 ]
