#!/bin/sh
# few_descriptors.sh BUILD: with too few open files allowed, whatever the number, a program says so and ends by itself;
# libraries that get none at their start would end it by a signal.
set -u
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ulimit -c 0
failed=0

run() { # run NUMBER COMMAND...: with so many open files
    number=$1
    shift
    (ulimit -n "$number" && exec timeout 4 "$@") >"$work/out" 2>&1
    status=$?
    # 124: it was still running, which is fine. 127: it found no libraries, or `timeout` did not.
    if [ $status -ge 125 ] && ! grep -q 'loading shared libraries' "$work/out"; then
        echo "FAIL ($status) with $number open files: $*"
        cat "$work/out"
        failed=1
    elif [ $status -ne 0 ] && [ $status -ne 124 ] && [ $status -ne 127 ] && ! grep -qE 'open files|unreachable|refused|cannot|left before' "$work/out"; then
        echo "FAIL ($status) with $number open files: $* does not say why"
        cat "$work/out"
        failed=1
    fi
}

number=4
while [ $number -le 28 ]; do
    run $number "$build/heddle-client" http://127.0.0.1:1 --room few --quiet --duration 1
    number=$((number + 1))
done
for number in 4 8 16 32 47 48; do # 48 are enough for a worker
    run $number "$build/heddle" --open --http 127.0.0.1:0 --media-port $((30900 + $$ % 90)) --workers 1 --ice full
done
exit $failed
