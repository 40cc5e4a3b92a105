#!/bin/sh
# The whole suite, part by part; ./dev test [PART...] runs it. Every part adds to one count, printed on the last line.
#   format      every C file is as clang-format has it, and comments of all languages are 120 columns wide at most
#   unit        release build by gcc: unit tests, vectors, random inputs for every parser, and what
#               tests/checks reads off sources and programs. Beside fresh it is left to that, which runs unit and sim in
#               its root
#   sim         deterministic simulations (release build)
#   sanitizers  ASan+UBSan, built by clang: unit tests, simulations, libFuzzer for FUZZ_SECONDS (2) on each parser;
#               TSan, built by gcc: the unit tests of what has threads
#   interop     real browsers, C clients and a real server. What changes most in the server (rooms that switch, slots,
#               workers, churn) runs with that of the asan build, under the same bounds
#   lab         namespaces and the link emulator
#   fresh       the README's commands in a clean Debian root
#   docker      the images, built in clean Debian roots and started; not by default: it downloads and takes minutes
# Of a run with interop, what only computes (fresh, sanitizers, sim) is done in the time that the tests that mostly
# wait, and those of the page, leave over, and the lab, which waits for its links, beside those.
set -u
cd "$(dirname "$0")/.."
parts=${*:-format unit sanitizers interop lab fresh}
# Interop tests that wait for a schedule, a silence or a cut network most of the time: three files at a time, since
# they need little of the machine; the longest come first, but not the two with browsers together. Then those that
# bound no time, only what is shown, sent or said: two at a time, and like the first beside what only computes. Then
# those that wait for pictures, and calls of a few: two at a time; and those that use less than 0.6 of a core each:
# three at a time. All others load both cores, and have the machine for themselves.
waiting_tests="turn signaling http page-recovery signaling-process record sdp"
timeless_tests="silence page-accessibility package heap page-devices page-hosts page page-files page-keys bench page-links page-small
  page-status headers codecs foreign encryption whip files hosts sources bridge churn small-rooms queue"
call_tests="everything network data lying-turn decoding svc recording kept-places paths tls python-client delivery mix slow-sender effects"
light_tests="quality recover router-first signaling-limits mesh hostile storms media-limits"
asan_tests="switch spread slots"
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
passed=0
failed=0
unsteady=0

begun=$(date +%s)
say() { printf '\n\033[1m== %s\033[0m (after %d s)\n' "$*" "$(($(date +%s) - begun))"; }

build() { # build PRESET [TARGET...]
    preset=$1
    shift
    say "building $preset $*"
    # The lock is that of ./dev: one builds at a time.
    if ! { flock . cmake --preset "$preset" -DHEDDLE_WERROR=ON -DHEDDLE_TESTS=ON && flock . cmake --build --preset "$preset" ${*:+--target "$@"}; } >"$logs/build" 2>&1; then
        tail -n 60 "$logs/build"
        echo "FAILED to build the preset $preset"
        failed=$((failed + 1))
        return 1
    fi
    passed=$((passed + 1)) # a build without a warning is a test of its own
}

count_ctest() { # adds the totals of a ctest log
    summary=$(sed -n 's/^[0-9]*% tests passed, \([0-9]*\) tests failed out of \([0-9]*\)$/\1 \2/p' "$1")
    if [ -z "$summary" ]; then
        echo "FAILED: ctest ran no test"
        failed=$((failed + 1))
        return
    fi
    # ctest takes a skipped test for a passed one.
    skipped=$(grep -c '\*\*\*Skipped' "$1")
    failed=$((failed + ${summary% *} + skipped))
    passed=$((passed + ${summary#* } - ${summary% *} - skipped))
}

run_ctest() { # run_ctest BUILD_DIR LABELS: twice as many at once as there are processors, since many wait
    say "ctest: $1 ($2)"
    ctest --test-dir "$1" -L "$2" -j "$((2 * $(nproc)))" --output-on-failure --timeout 300 >"$logs/ctest" 2>&1
    grep -vE '^ *Start |Passed|^$|^Internal|^Test project|^Label|sec\*proc' "$logs/ctest"
    count_ctest "$logs/ctest"
    doubt_ctest "$1"
}

tap_count() { sed -n "s/^# $1 \([0-9]*\)$/\1/p" "$logs/tap" | grep . || echo 0; } # tap_count pass|fail|cancelled|tests

node_tests() { # node_tests FILES_AT_ONCE FILE...: sets `good` and `bad`, the tests that passed and those that failed, and `missing`
    at_once=$1
    shift
    node --require "$PWD/tests/support/end_with_tests.cjs" --test --test-concurrency="$at_once" --test-reporter=spec --test-reporter-destination=stdout \
        --test-reporter=tap --test-reporter-destination="$logs/tap" "$@" 2>&1
    good=$(tap_count pass)
    bad=$(($(tap_count fail) + $(tap_count cancelled)))
    # A skipped test is a failed one: the count of tests, not of failures, is the measure.
    # No test at all is a failure, too.
    missing=$(($(tap_count tests) - good))
    [ "$good" -gt 0 ] || [ "$missing" -gt 0 ] || missing=1
}

run_node() { # run_node NAME FILES_AT_ONCE FILE...
    say "node: $1"
    shift
    node_tests "$@"
    passed=$((passed + good))
    failed=$((failed + missing))
}

# Real browsers and real time bound what people feel, and a moment in which a shared machine stands still breaks such a
# bound. What fails is run again at the very end, with the machine for itself, twice, and whole files, since their tests
# may follow from each other: what passes both times is called unsteady, not failed, and is named.
# A line of the file of doubts is a failed test: ctest BUILD_DIR TEST, or node SERVER FILE NAME, with tabs between. A
# part beside this one adds to its file.
settles=${HEDDLE_DOUBTS:+no}
doubts=${HEDDLE_DOUBTS:-$logs/doubts}
unset HEDDLE_DOUBTS # what a part starts (a clean root) knows nothing of it
DOUBTS_MOST=8       # more files than these are no moment of the machine's
tab=$(printf '\t')

doubt_ctest() { # doubt_ctest BUILD_DIR: what the log says has failed; skipping is no doubt
    sed -n 's/^\t *[0-9]* - \([^ ]*\) (\(Skipped\|Disabled\)*.*)$/\1 \2/p' "$logs/ctest" | while read -r name skipped; do
        [ -n "$skipped" ] || printf 'ctest\t%s\t%s\n' "$1" "$name" >>"$doubts"
    done
}

doubt_node() { # the failed tests of run_node
    awk -v server="${HEDDLE:-none}" '
        /^ *not ok [0-9]+ - / { name = $0; sub(/^ *not ok [0-9]+ - /, "", name) }
        /^ *location: / && name != "" {
            file = $0
            sub(/^ *location: .(file:\/\/)?/, "", file)
            if (sub(/\.mjs:[0-9:]*.$/, ".mjs", file)) printf "node\t%s\t%s\t%s\n", server, file, name
            name = ""
        }' "$logs/tap" >>"$doubts"
}

again_ctest() { # again_ctest BUILD_DIR TEST
    ctest --test-dir "$1" -R "^$2\$" --output-on-failure --timeout 300
}

again_node() ( # again_node SERVER FILE
    [ "$1" = none ] || export HEDDLE="$1"
    node_tests 1 "$2"
    [ "$missing" -eq 0 ]
)

settle_doubts() {
    [ -s "$doubts" ] || return 0
    cut -f 1-3 "$doubts" | sort -u >"$logs/again"
    [ "$(wc -l <"$logs/again")" -le "$DOUBTS_MOST" ] || return 0
    for turn in first second; do
        : >"$logs/held"
        while IFS="$tab" read -r kind where what; do
            say "again, alone, the $turn of two turns: $what"
            if "again_$kind" "$where" "$what" </dev/null; then printf '%s\t%s\t%s\n' "$kind" "$where" "$what" >>"$logs/held"; fi
        done <"$logs/again"
        mv "$logs/held" "$logs/again"
    done
    awk -F "$tab" 'NR == FNR { held[$0]; next } ($1 FS $2 FS $3) in held' "$logs/again" "$doubts" >"$logs/unsteady"
    unsteady=$(wc -l <"$logs/unsteady")
    failed=$((failed - unsteady))
    passed=$((passed + unsteady))
}

run_calls() { # run_calls NAME FILES_AT_ONCE FILE...
    run_node "$@"
    [ "$bad" -eq 0 ] || doubt_node
}

# beside PART [COMMAND...]: starts a part in a process of its own. With `chrt --idle 0` it takes what others leave, and
# with `nice -n 19` it goes before those: the clean root is one long chain, which ends last of them.
beside() {
    beside=$1
    shift
    HEDDLE_DOUBTS="$doubts" "$@" sh tests/run.sh "$beside" >"$logs/$beside" 2>&1 &
    set_beside="$set_beside $beside"
}
set_beside=

wait_for_those_beside() { # shows what they said, and adds their counts
    wait
    for other in $set_beside; do
        say "beside: $other"
        sed '$d' "$logs/$other"
        count=$(sed -n '$s/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$logs/$other")
        [ -n "$count" ] || { echo "FAILED: $other has no end"; tail -n 1 "$logs/$other"; count="0 1"; }
        passed=$((passed + ${count% *}))
        failed=$((failed + ${count#* }))
    done
    set_beside=
}

npm_install() {
    (cd tests/interop && npm ci --silent --no-audit --no-fund --prefer-offline >"$logs/npm" 2>&1) || { cat "$logs/npm"; return 1; }
}

has_part() { case " $parts " in *" $1 "*) ;; *) return 1 ;; esac; }

# The clean root needs nothing of this one.
if has_part interop && has_part fresh; then beside fresh nice -n 19; fi
for part in $parts; do
    # These wait for interop, which starts them beside itself.
    case $part in sim | sanitizers | fresh | lab) ! has_part interop || continue ;; esac
    case $part in unit | sim) ! has_part fresh || continue ;; esac
    case $part in
    format)
        say "clang-format"
        if sh tests/checks/format.sh; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
        ;;
    unit)
        build release && run_ctest build unit
        run_node "vectors and page modules" 1 tests/vectors/*.test.mjs tests/unit/web/*.test.mjs
        ;;
    sim)
        build release && run_ctest build sim
        ;;
    sanitizers)
        build asan && run_ctest build-asan 'unit|sim|fuzz'
        build tsan threads && run_ctest build-tsan threads
        ;;
    interop)
        # Some tests start programs of the asan build.
        if build release interop && build asan heddle heddle-client && npm_install; then
            ! has_part sanitizers || beside sanitizers chrt --idle 0
            ! has_part sim || has_part fresh || beside sim chrt --idle 0
            ! has_part lab || beside lab
            waiting=$(printf 'tests/interop/%s.test.mjs ' $waiting_tests)
            timeless=$(printf 'tests/interop/%s.test.mjs ' $timeless_tests)
            calls=$(printf 'tests/interop/%s.test.mjs ' $call_tests)
            light=$(printf 'tests/interop/%s.test.mjs ' $light_tests)
            asan=$(printf 'tests/interop/%s.test.mjs ' $asan_tests)
            alone=$(for file in tests/interop/*.test.mjs; do case " $waiting $timeless $calls $light $asan " in *" $file "*) ;; *) echo "$file" ;; esac; done)
            # shellcheck disable=SC2086 # lists of files
            run_calls "interop, what mostly waits" 3 $waiting
            # shellcheck disable=SC2086
            run_calls "interop, what bounds no time" 2 $timeless
            wait_for_those_beside
            # shellcheck disable=SC2086
            run_calls "interop, calls" 2 $calls
            # shellcheck disable=SC2086
            run_calls "interop, what needs little" 3 $light
            # shellcheck disable=SC2086
            run_calls "interop, what needs the machine" 1 $alone
            export HEDDLE="$PWD/build-asan/heddle"
            # shellcheck disable=SC2086
            run_calls "interop, the server under ASan" 1 $asan
            unset HEDDLE
        else
            failed=$((failed + 1))
        fi
        ;;
    lab)
        build release interop && run_ctest build lab
        ;;
    fresh)
        say "a fresh machine"
        sh tests/fresh/run.sh 2>&1 | tee "$logs/fresh"
        count=$(sed -n 's/^fresh: \([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$logs/fresh")
        count=${count:-0 1}
        passed=$((passed + ${count% *}))
        failed=$((failed + ${count#* }))
        ;;
    docker)
        if build release heddle-client; then
            run_node "images" 1 tests/docker/*.test.mjs
        else
            failed=$((failed + 1))
        fi
        ;;
    *)
        echo "unknown part '$part': format unit sim sanitizers interop lab fresh docker"
        exit 2
        ;;
    esac
done
wait_for_those_beside
[ "$settles" = no ] || settle_doubts

echo
if [ "$unsteady" -gt 0 ]; then
    echo "$unsteady unsteady (failed once, then passed twice alone):"
    sed "s/^[^$tab]*$tab[^$tab]*$tab/  /" "$logs/unsteady"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
