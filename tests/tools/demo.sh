#!/bin/sh
# A server and three C clients with moving patterns in the room "demo", so that one person alone sees a call at once.
# Options go to build/heddle; paths among them begin in the folder that this is called in.
set -eu
build=$(cd "$(dirname "$0")/../../build" && pwd)
output=$(mktemp)
pids=
finish() {
    trap - EXIT INT TERM HUP
    for pid in $pids; do kill -TERM "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -f "$output"
}
trap finish EXIT
trap 'exit 0' INT TERM HUP

"$build/heddle" --open "$@" >"$output" &
pids=$!
url=
while [ -z "$url" ]; do
    kill -0 "$pids" 2>/dev/null || { echo "demo: the server did not start" >&2; exit 1; }
    url=$(sed -n 's/^ready //p' "$output")
    sleep 0.1
done
# The server is the one that was just started: its certificate may be signed by nobody.
insecure=
case $url in https:*) insecure=--insecure ;; esac
for name in Weft Warp Shuttle; do
    "$build/heddle-client" "$url" --room demo --name "$name" --send test --receive none --quiet $insecure &
    pids="$pids $!"
done
echo "open ${url}?room=demo in a browser; Ctrl-C ends the demo"
wait
