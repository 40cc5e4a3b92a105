#!/bin/sh
# format.sh [-i]: says which C files are not as clang-format has them; with -i it makes them so. ./dev format is the way to it.
set -eu
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- --dry-run -Werror
find transport router signaling client bench tests -name node_modules -prune -o -name '*.[ch]' -exec clang-format "$@" {} +
