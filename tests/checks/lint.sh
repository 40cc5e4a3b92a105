#!/bin/sh
# Formatting, clang-tidy and the layer arrows.
set -eu
cd "$(dirname "$0")/../.."
sh tests/checks/format.sh
sh tests/checks/includes.sh
cmake --preset debug >/dev/null
find transport router signaling client bench -name '*.c' -print0 |
    xargs -0 -P "$(nproc)" -n 4 clang-tidy -p build-debug --quiet 2>/dev/null
echo "lint: clean"
