#!/bin/sh
# core_dump.sh HEDDLE: the server's memory, with the keys of all calls, cannot be dumped, neither by a crash nor by another program of
# the same user. The kernel decides both by one flag of the process, and by that whether /proc/PID/mem may be opened.
set -u
heddle=$1
# Root may look into everything, unless it gives that right away; then it is like any user before its own process.
if [ "$(id -u)" -eq 0 ] && [ -z "${HEDDLE_AS_USER:-}" ]; then
    HEDDLE_AS_USER=1 exec setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace -- "$0" "$@"
fi
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT

can_be_dumped() { # can_be_dumped OPTION...: starts the server, and tries
    : >"$work/out"
    "$heddle" --open --http 127.0.0.1:0 --media-port $((31000 + $$ % 900)) --workers 1 "$@" >"$work/out" 2>&1 &
    server=$!
    while ! grep -q '^ready' "$work/out"; do
        kill -0 $server 2>/dev/null || { cat "$work/out"; echo "the server did not start"; exit 1; }
        sleep 0.05
    done
    true <"/proc/$server/mem" # by this shell: some kernels let only the parent look
    result=$?
    kill $server
    wait $server
    server=
    return $result
} 2>/dev/null

can_be_dumped --core-dumps || { echo "even with --core-dumps the memory is closed: this test shows nothing"; exit 1; }
! can_be_dumped || { echo "the server's memory can be dumped"; exit 1; }
