#!/bin/sh
# bench_options.sh HEDDLE_BENCH: what cannot be, on the command line (exit code 2) or on this machine (1): one line of
# error that says what, where and what to do, before anything is measured.
set -u
bench=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
mkdir "$work/folder" "$work/empty"

ends() { # ends STATUS EXPECTED COMMAND...: with an error that has this in it
    wanted=$1
    expected=$2
    shift 2
    (cd "$work" && timeout 20 "$@" >"$work/out" 2>"$work/error" </dev/null)
    status=$?
    if [ $status -ne "$wanted" ] || [ -s "$work/out" ] || ! grep -qE -e "$expected" "$work/error" || [ "$(wc -l <"$work/error")" -gt 2 ]; then
        echo "FAIL ($status) $*: expected $wanted and '$expected'"
        cat "$work/out" "$work/error"
        failed=1
    fi
}

wrong() { # wrong EXPECTED ARGUMENT...
    expected=$1
    shift
    ends 2 "^heddle-bench: .*$expected" "$bench" "$@"
}
wrong 'expected a command: forward, peer, capacity, topologies or data'
wrong 'nonsense: expected a command: forward, peer' nonsense
wrong 'extra: one word too many for the command forward' forward extra
wrong 'more: one word too many for the command peer' peer janus more
wrong 'peer: expected the name of a server: janus' peer
wrong 'peer nobody: expected the name of a server: janus' peer nobody
wrong 'capacity: expected livestream' capacity
wrong 'capacity nothing: expected livestream' capacity nothing
for value in many 0 -1 +1 1x '' 50001 99999999999999999999; do wrong "--subscribers '.*': expected a whole number from 1 to 50000" forward --subscribers "$value"; done
for value in large 640x360 640x360@30 640x360@30:600kk 640x360@30:; do wrong "--video '.*': expected WIDTHxHEIGHT@FPS:RATE" forward --video "$value"; done
for value in 10x10@30:600k 640x5000@30:600k 640x360@0:600k 640x360@30:1k 640x360@30:nan 640x360@30:1000M; do
    wrong "--video '.*': expected a size of 16x16 to 4096x4096" forward --video "$value"
done
for value in 0 nan inf x '' 4000; do wrong "--seconds '.*': expected seconds, 0.5 to 3600" forward --seconds "$value"; done
for value in 0 101 10, ,10 x '' 1,2,3,4,5,6,7; do wrong "--loads '.*': expected percentages" forward --loads "$value"; done
for value in '' NONE AEAD_AES_128_GCM: :AEAD_AES_128_GCM AEAD_AES_128_GCMX; do wrong "--srtp '.*': expected AEAD_AES_128_GCM" forward --srtp "$value"; done
for value in 1 501 2,x 2, '' 2,3,4,5,6,7,8; do wrong "--rooms '.*': expected numbers from 2 to 500" data --rooms "$value"; done
for value in 19 16001 20,, ''; do wrong "--sizes '.*': expected bytes from 20 to 16000" data --sizes "$value"; done
for value in 0 501 many; do wrong "--senders '.*': expected a whole number from 1 to 500" data --senders "$value"; done
for value in 0 2001 fast; do wrong "--rate '.*': expected a whole number from 1 to 2000" data --rate "$value"; done
for value in 1 1..3 3..2 2..13 x ''; do wrong "--participants '.*': expected" topologies --participants "$value"; done
wrong 'the smaller number first' topologies --participants 6..2
wrong "'1..3': expected numbers from 2 to 12" topologies --participants 1..3
wrong '--json and --csv: give one' forward --json --csv
wrong '--publishers means nothing to the command forward' forward --publishers 3
wrong '--srtp means nothing to the command topologies' topologies --srtp AEAD_AES_128_GCM
wrong '--burst means nothing to the command topologies' topologies --burst
wrong '--loads means nothing to the command capacity' capacity idle --loads 10
wrong '--rooms means nothing to the command forward' forward --rooms 2
wrong '--lossy means nothing to the command capacity' capacity idle --lossy
wrong '--subscribers means nothing to the command data' data --subscribers 9
wrong 'extra: one word too many for the command data' data extra
wrong '--visible means nothing to the scenario livestream' capacity livestream --visible 9
wrong '--publishers means nothing to the scenario small-rooms' capacity small-rooms --publishers 9
wrong '--subscribers means nothing to the scenario meeting' capacity meeting --subscribers 9
wrong '--simulcast means nothing to the scenario audio' capacity audio --simulcast 3
wrong '--video means nothing to the scenario idle' capacity idle --video 640x360@30:600k
wrong '--steps means nothing to the scenario join-storm' --steps 2 capacity join-storm
wrong '--seconds means nothing to the scenario switch-storm' capacity switch-storm --seconds 2
wrong 'capacity nothing: expected livestream' capacity nothing --visible 9
wrong "$work/folder: Is a directory" forward --html "$work/folder"
wrong '/nosuch/x: No such file' forward --markdown /nosuch/x
ends 2 "unrecognized option '--nosuch'" "$bench" forward --nosuch
ends 2 "option '--subscribers' requires an argument" "$bench" forward --subscribers

# What the machine has not got.
cannot() { # cannot EXPECTED COMMAND...
    expected=$1
    shift
    ends 1 "^heddle-bench: .*$expected" "$@" --quiet
}
cannot '/nosuch: No such file.*--server' "$bench" forward --server /nosuch
cannot "TMPDIR" env TMPDIR=/nosuch "$bench" forward --subscribers 1
cannot "no program 'janus' here: install" env PATH="$work/empty" "$bench" peer janus
cp "$bench" "$work/alone"
cannot "$work/heddle: No such file.*./dev build" "$work/alone" forward
cannot "$work/heddle-client: No such file.*./dev build" "$work/alone" topologies
# shellcheck disable=SC2016 # for the inner shell
for number in 8 16 30 47; do cannot 'open files.*ulimit -n' sh -c 'ulimit -n $1; shift; exec "$@"' - "$number" "$bench" forward --subscribers 1; done
# shellcheck disable=SC2016
cannot '51 participants are too many.*ulimit -n' sh -c 'ulimit -n 100; exec "$@"' - "$bench" forward --subscribers 50

for word in 'Exit codes:' '  0 ' '  1 ' '  2 '; do
    "$bench" --help | grep -qF -e "$word" || { echo "FAIL --help does not say '$word'"; failed=1; }
done
exit $failed
