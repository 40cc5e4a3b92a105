#!/bin/sh
# core_dump.sh BUILD: the memory of each program that is in calls, with their keys, cannot be dumped, neither
# by a crash nor by another program of the same user. The kernel decides both by one flag of the process, and
# by that whether /proc/PID/mem may be opened.
set -u
build=$1
# Root may look into everything, unless it gives that right away; then it is like any user before its own process.
if [ "$(id -u)" -eq 0 ] && [ -z "${HEDDLE_AS_USER:-}" ]; then
    HEDDLE_AS_USER=1 exec setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace -- "$0" "$@"
fi
work=$(mktemp -d)
pid=
server=
trap 'for one in $pid $server; do kill "$one" 2>/dev/null; done; rm -rf "$work"' EXIT

says() { grep -q "$1" "$work/out"; }
has_handlers() { grep -q '^SigCgt:.*[4567cdef]...$' "/proc/$pid/status"; } # one for SIGTERM

can_be_dumped() { # can_be_dumped UNTIL COMMAND...: starts the program, waits until it is as far, and tries
    until=$1
    shift
    : >"$work/out"
    "$@" >"$work/out" 2>&1 &
    pid=$!
    while ! $until; do
        kill -0 $pid 2>/dev/null || { cat "$work/out"; echo "$1 did not start"; exit 1; }
        sleep 0.05
    done
    true <"/proc/$pid/mem" # by this shell: some kernels let only the parent look
    result=$?
    kill $pid
    wait $pid
    pid=
    return $result
} 2>/dev/null

check() { # check UNTIL COMMAND...
    can_be_dumped "$@" --core-dumps || { echo "even with --core-dumps the memory of $2 is closed: this test shows nothing"; exit 1; }
    ! can_be_dumped "$@" || { echo "the memory of $2 can be dumped"; exit 1; }
}

port=$((31000 + $$ % 900))
check 'says ^ready' "$build/heddle" --open --http 127.0.0.1:0 --media-port $port --workers 1
"$build/heddle" --open --http 127.0.0.1:0 --media-port $port --workers 1 >"$work/server" 2>&1 &
server=$!
while ! url=$(sed -n 's/^ready //p' "$work/server") || [ -z "$url" ]; do sleep 0.05; done
check 'says connection.connected' "$build/heddle-client" "$url" --room dump --topology sfu --verbose --duration 20
# On their way into a call, with a server that accepts and says nothing.
trap 'kill -KILL $pid $server; rm -rf "$work"' EXIT
kill -STOP $server
export HEDDLE_TOKEN=x
for service in mix 'record --folder /tmp'; do
    # shellcheck disable=SC2086
    set -- $service
    name=$1
    shift
    check has_handlers "$build/heddle-$name" "$url" --room dump "$@"
done
