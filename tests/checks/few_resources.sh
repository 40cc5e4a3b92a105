#!/bin/sh
# few_resources.sh BUILD: with too few open files or threads allowed, whatever the number, a program says so and ends by
# itself; libraries that get none would end it by a signal, some of them hours after the start.
set -u
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ulimit -c 0
failed=0

judge() { # judge WHAT COMMAND...: how it ended, in $status, and what it said
    what=$1
    shift
    # 124: it was still running, which is fine. 127: it found no libraries, or `timeout` did not.
    if [ $status -ge 125 ] && ! grep -q 'loading shared libraries' "$work/out"; then
        echo "FAIL ($status) with $what: $*"
        cat "$work/out"
        failed=1
    elif [ $status -ne 0 ] && [ $status -ne 124 ] && [ $status -ne 127 ] && ! grep -qE 'open files|thread|unreachable|refused|cannot|left before' "$work/out"; then
        echo "FAIL ($status) with $what: $* does not say why"
        cat "$work/out"
        failed=1
    fi
}

run() { # run NUMBER COMMAND...: with so many open files
    number=$1
    shift
    (ulimit -n "$number" && exec timeout 4 "$@") >"$work/out" 2>&1
    status=$?
    judge "$number open files" "$@"
}

# with_threads NUMBER COMMAND...: becomes the command, with so many threads, as somebody who has no other ones
with_threads() {
    number=$1
    shift
    exec setpriv --reuid 65533 --clear-groups --bounding-set=-all --inh-caps=-all prlimit --nproc="$number" "$@"
}

run_threads() {
    (with_threads "$@") >"$work/out" 2>&1
    status=$?
    judge "so many threads" "$@"
}

number=4
while [ $number -le 28 ]; do
    run $number "$build/heddle-client" http://127.0.0.1:1 --room few --quiet --duration 1
    number=$((number + 1))
done
for number in 4 8 16 32 47 48; do # 48 are enough for a worker
    run $number "$build/heddle" --open --http 127.0.0.1:0 --media-port $((30900 + $$ % 90)) --workers 1 --ice full
done
for number in 4 5 8 12 20; do
    HEDDLE_TOKEN=x run $number "$build/heddle-mix" http://127.0.0.1:1 --room few
    HEDDLE_TOKEN=x run $number "$build/heddle-record" http://127.0.0.1:1 --room few --folder "$work"
    HEDDLE_TOKEN=x run $number "$build/heddle-service" nats://127.0.0.1:1 --ask mixer --url http://127.0.0.1:1/ --room few
done
if [ "$(id -u)" -eq 0 ]; then
    # Somebody else may not look into the folder of a clone of root's.
    cp -r "$build/heddle" "$build/heddle-client" "$build/heddle-mix" "$(dirname "$0")/../../client/web" "$work"
    chmod 711 "$work"
    for number in 1 2 3 4 5 6 7; do
        run_threads $number "$work/heddle-client" http://localhost:1 --room few --quiet --duration 1
    done
    HEDDLE_TOKEN=x run_threads 1 "$work/heddle-mix" http://127.0.0.1:1 --room few
    # A server that has room for its own threads only does not start, or outlives a call.
    for number in 1 2 3 4; do
        (with_threads $number "$work/heddle" --open --web "$work/web" --http 127.0.0.1:0 --media-port $((30900 + $$ % 90)) --workers 1 --ice full) >"$work/out" 2>&1 &
        server=$!
        while ! url=$(sed -n 's/^ready //p' "$work/out") || [ -z "$url" ]; do
            kill -0 $server 2>/dev/null || break
            sleep 0.05
        done
        if [ -n "$url" ]; then
            "$build/heddle-client" "$url" --room few --quiet --send none --duration 1 </dev/null >"$work/client" 2>&1 || { echo "FAIL no call with $number threads"; failed=1; }
            kill $server
        fi
        wait $server
        status=$?
        judge "$number threads" heddle --ice full
    done
fi
exit $failed
