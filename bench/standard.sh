#!/bin/sh
# The standard measurements: ./dev bench. Writes docs/bench.md, and pages with charts to build/bench/.
# ./dev bench --quick takes about two minutes and writes to build/bench/ only; the figures are then rough.
set -eu
cd "$(dirname "$0")/.."

seconds=12 calls=10 people=2..8 crowd=100 wide=400 storm=500 idle=10000 steps=7 viewers='16 48' result=docs/bench.md
case ${1:-} in
'') ;;
--quick) seconds=3 calls=3 people=2..3 crowd=20 wide=60 storm=50 idle=100 steps=2 viewers=8 result=build/bench/bench.md ;;
*)
    echo "usage: ./dev bench [--quick]" >&2
    exit 2
    ;;
esac

bench=build/heddle-bench
pages=build/bench
mkdir -p "$pages"
page=$pages/new.md
: >"$page"
trap 'rm -f "$page"' EXIT

write() { printf '%s\n' "$@" >>"$page"; }

run() { # run NAME ARGUMENTS...: one table in the document, a page with charts beside
    name=$1
    shift
    printf '== heddle-bench %s\n' "$*" >&2
    write '' "    build/heddle-bench $*" ''
    # What cannot be measured here is said in the document; the rest goes on.
    "$bench" "$@" --markdown "$page" --html "$pages/$name.html" >&2 || write "This could not be measured here."
}

write '# What a call costs' '' \
    'Made by `./dev bench`; each table is of one run on one machine and may be made again anywhere. Server, clients and load' \
    'generator shared that machine, and each table says how much other programs took. [bench/README.md](../bench/README.md) says how each figure is measured.' '' \
    '## Mesh, router or mixer' '' \
    'The same call by real clients that encode and decode, each a process: percentages are of one core, up and down are' \
    'media of one client. In a Mesh the server does nothing once everybody is connected, and each client encodes once but' \
    'encrypts and sends a copy for each other; through the router it sends one copy, and the router forwards it. With the mixer each' \
    'gets one picture and one sound: the server decodes everybody and encodes once, so that a client decodes one stream however many there are.' '' \
    'The arithmetic behind it, for n people who send r each: in a Mesh a client uploads (n - 1) r, so 4 people at' \
    '2.5 Mbit/s upload 7.5 Mbit/s each; cost grows linearly for a client and quadratically for all, not exponentially.' \
    'Through the router each uploads r; the router takes in n r and sends out n (n - 1) r, so ten people at 1 Mbit/s are' \
    '10 Mbit/s in and 90 out. Where a Mesh ends depends on up-links and machines: here all clients share one machine, so its' \
    'end comes earlier than with a machine for each, and later than on a thin up-link. What signaling a pair costs the' \
    'server is in the column of messages.'
run topologies topologies --participants "$people" --seconds "$calls"

write '## One forwarded packet' '' \
    'One publisher to many subscribers. The floor is the best that the same machine can do: protecting the packet, and its share' \
    'of a segmented send of a whole frame, measured between the spans of the same run. The rows with percentages add rooms until the worker' \
    'has about that load.'
run forward forward --subscribers "$crowd" --seconds "$seconds" --loads 10,50,80

write '' 'Rooms of four subscribers: nobody waits in a long row.'
run small forward --subscribers 4 --seconds "$seconds" --loads 10,50,80

write '## Beside real browsers' '' \
    'One publisher and its viewers, all Chromium, and the same load by the bench. The viewers replace each frame by one of 16 x 16 before it' \
    'is decoded; all else of them is as it always is. Publishers differ from run to run: the bench has the bitrate that Chromium had.' '' \
    "    ./dev bench browser $viewers" ''
# shellcheck disable=SC2086 # several numbers
node tests/interop/bench-browser.mjs $viewers >>"$page" || write 'This could not be measured here.'

write '' '## One room on two workers' '' \
    'Each subscriber is on one of them, and the publisher'\''s packets cross once to the other. What that costs is the difference to the' \
    'same room on one worker.'
run one-worker forward --subscribers "$wide" --seconds "$seconds" --workers 1
run two-workers forward --subscribers "$wide" --seconds "$seconds" --workers 2

write '## Beside Janus' '' \
    'The same load, profile and feedback through the VideoRoom plugin of Janus as Debian has it.'
run peer peer janus --subscribers "$crowd" --seconds "$seconds"

write '## How much one worker carries' '' 'More and more load until something is full; the last column says what.'
for scenario in livestream meeting audio small-rooms; do
    run "$scenario" capacity "$scenario" --steps "$steps" --seconds "$calls"
done

write '## Data channels' '' \
    'One participant sends 250 messages a second to all others of its room; then twenty send a thousand each, beside a video of 2 Mbit/s.'
run data data --seconds "$calls"

write '## Idle connections'
run idle capacity idle --subscribers "$idle" --seconds "$seconds"

write '## Storms'
run join-storm capacity join-storm --subscribers "$storm"
run switch-storm capacity switch-storm --subscribers "$crowd"

mkdir -p "$(dirname "$result")"
cat -s "$page" >"$result"
echo "$result, and pages with charts in $pages" >&2
