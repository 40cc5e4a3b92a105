#!/bin/sh
# The README on a fresh machine: a clean root of Debian 12, a clone in it, and the README's commands as they are
# written. Nothing is installed before, so a package that ./dev forgets is missed here. Downloaded archives are
# kept in the user's cache folder; what is installed or built never is. Needs root. All that runs in the root ends
# with this script, and nothing stays behind.
set -u
cd "$(dirname "$0")/../.."
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/heddle
mkdir -p "$cache/archives"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

fail() { printf 'FAILED: %s\n' "$*"; exit 1; }

[ -z "$(git -c safe.directory='*' status --porcelain 2>/dev/null)" ] || echo "note: what is not committed is not in the clone"
sh tests/fresh/debian_root.sh "$work/root" || fail "no clean root of Debian 12"
git -c safe.directory='*' bundle create --quiet "$work/bundle" HEAD || fail "git bundle"
git -c advice.detachedHead=false clone --quiet "$work/bundle" "$work/root/root/heddle" || fail "git clone"
rm "$work/bundle"
# One run at a time: apt in the root locks the shared archives. Mounts and processes live
# in namespaces that end with the script.
flock "$cache/lock" unshare --mount --propagation private --pid --fork --kill-child sh tests/fresh/inside.sh "$work/root" "$cache/archives"
