#!/bin/sh
# run.sh TARGET CORPUS: a short exploration; FUZZ_SECONDS makes it longer. New inputs stay out of the tree.
set -eu
target=$1 corpus=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/new"
[ -d "$corpus" ] || mkdir -p "$work/seed"
[ -d "$corpus" ] || corpus=$work/seed
"$target" -max_total_time="${FUZZ_SECONDS:-2}" -max_len=4096 -rss_limit_mb=4096 \
  -artifact_prefix="${FUZZ_ARTIFACTS:-$work}/" "$work/new" "$corpus"
