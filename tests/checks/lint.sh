#!/bin/sh
# Formatting, clang-tidy and the layer arrows.
set -eu
cd "$(dirname "$0")/../.."
git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror
sh tests/checks/includes.sh
cmake --preset debug >/dev/null
git ls-files 'transport/*.c' 'router/*.c' 'signaling/*.c' 'client/*.c' 'bench/*.c' |
    xargs -P "$(nproc)" -n 4 clang-tidy -p build-debug --quiet 2>/dev/null
echo "lint: clean"
