#!/bin/sh
# The example of README.md, as somebody would paste it; only the minute is shortened, and the room's
# name its own.
set -eu
cd "$(dirname "$0")/../.."
[ "$(id -u)" -eq 0 ] && [ -c /dev/net/tun ] || { echo "skipped: needs root and /dev/net/tun"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work" steps.txt' EXIT
sed -n '/^```sh$/,/^```$/p' tests/lab/README.md | grep -v '^```' |
    sed "s/--name alice --duration 60/--name alice --duration 12 --json --quiet/
        s/--name bob --duration 60/--name bob --duration 16 --json --quiet/ # ends last, whoever starts last
        s/lab_create demo/lab_create readme-$$/" >"$work/example"
grep -q lab_unlink "$work/example" || { echo "README.md has no example"; exit 1; }
timeout 60 sh -eu "$work/example" >"$work/out" 2>&1 || { cat "$work/out"; exit 1; }
# Both clients have said what they saw: each the other.
[ "$(grep -c '"frames_decoded": *[1-9]' "$work/out")" -eq 2 ] || { cat "$work/out"; exit 1; }
