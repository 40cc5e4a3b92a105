#!/bin/sh
# format.sh [-i]: says which C files are not as clang-format has them, and which comments, of all languages, are wider
# than its 120 columns, since it leaves comments as they are. With -i it formats; comments are for people. ./dev format
# is the way to it.
set -eu
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- --dry-run -Werror
folders="transport router signaling client bench tests"
c_files() {
    # shellcheck disable=SC2086 # a list of folders
    find $folders -name node_modules -prune -o -name '*.[ch]' -exec "$@" {} +
}
other_files() {
    # shellcheck disable=SC2086
    find dev CMakeLists.txt cmake docker $folders -name node_modules -prune -o -type f \( -name '*.js' -o -name '*.mjs' \
        -o -name '*.sh' -o -name '*.py' -o -name '*.cmake' -o -name CMakeLists.txt -o -name dev \) -exec "$@" {} +
}
c_files clang-format "$@"
# shellcheck disable=SC2016 # awk's
c_files awk 'length($0) > 120 { print FILENAME ":" FNR ": " length($0) " columns"; wide = 1 } END { exit wide }' 1>&2
# Lines that are nothing but a comment: beside code a comment is as long as its line.
# shellcheck disable=SC2016
other_files awk 'length($0) > 120 && /^ *(#|\/\/|\/\*|\* )/ { print FILENAME ":" FNR ": " length($0) " columns"; wide = 1 }
    END { exit wide }' 1>&2
