#!/bin/sh
# format.sh [-i]: says which C files are not as clang-format has them, and which comments are wider than its 120 columns,
# since it leaves comments as they are. With -i it formats; comments are for people. ./dev format is the way to it.
set -eu
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- --dry-run -Werror
files() {
    find transport router signaling client bench tests -name node_modules -prune -o -name '*.[ch]' -exec "$@" {} +
}
files clang-format "$@"
# shellcheck disable=SC2016 # awk's
files awk 'length($0) > 120 { print FILENAME ":" FNR ": " length($0) " columns"; wide = 1 } END { exit wide }' 1>&2
