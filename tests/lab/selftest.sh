#!/bin/sh
# The laboratory measured by itself: delay, rate, queue, loss, reordering, duplication, a change, and that nothing stays
# behind. 77: this machine cannot do it.
set -u
here=$(cd "$(dirname "$0")" && pwd)
LAB_BIN=${LAB_BIN:-${1:-build/lab}}
. "$here/lab.sh"
if ! lab_possible; then
  echo "skipped: needs root, /dev/net/tun, ip and $LAB_BIN/linkem"
  exit 77
fi
failed=0
prefix=heddle-lab-$$

field() {
  echo "$result" | sed -n "s/.*\"$1\":\([-0-9.]*\).*/\1/p"
}

# between NAME LOW HIGH: of the last result.
between() {
  value=$(field "$1")
  if awk -v v="$value" -v l="$2" -v h="$3" 'BEGIN { exit !(v != "" && v >= l && v <= h) }'; then
    echo "  ok   $1 = $value (wanted $2 to $3)"
  else
    echo "  FAIL $1 = $value (wanted $2 to $3)"
    failed=1
  fi
}

# measure FROM TO options...: a stream between the two.
measure() {
  from=$1 to=$2
  shift 2
  result=$("$LAB_BIN/linkprobe" --from "$(lab_netns "$from")" --to "$(lab_netns "$to")" \
    --address "$(lab_address "$to")" "$@") || failed=1
  echo "  $result"
}

lab_create "$prefix" a b || exit 1
! lab_link a b 'both dely 50ms' 2>/dev/null || { echo "  FAIL a link with wrong settings is made"; failed=1; }
lab_link a b 'both delay 50ms' --seed 7 || exit 1 # the same, corrected

echo "delay 50 ms, both ways"
measure a b --rate 200 --size 500 --duration 2
between delay_p50_ms 49.9 52
between lost 0 0
measure b a --rate 200 --size 500 --duration 2
between delay_p50_ms 49.9 52

echo "100 Mbit/s without loss"
measure a b --rate 100000 --size 1400 --duration 1
between lost 0 10

echo "rate 1000 kbit/s with 300 ms of queue, 1500 offered"
lab_set a b 'up rate 1000kbit queue 300ms'
measure a b --rate 1500 --size 1200 --duration 4
between rate_kbit 970 1030
between delay_max_ms 320 460
between lost 100 260

echo "the other direction is not touched"
measure b a --rate 1500 --size 1200 --duration 1
between lost 0 0
between delay_p50_ms 49.9 52

echo "10 % loss, 5 % reordered by 20 ms, 5 % doubled, jitter 10 ms"
lab_set a b 'up clear delay 50ms jitter 10ms loss 10% reorder 5%/20ms duplicate 5%'
measure a b --rate 2000 --size 500 --duration 4
between lost 140 260
between duplicates 50 140
between reordered 30 150
between delay_min_ms 39.9 46
between delay_p50_ms 49 63

echo "bursts: 1 % into, 25 % out of"
lab_set a b 'up clear burst 1%/25%'
measure a b --rate 2000 --size 500 --duration 4
between lost 20 200

counts=$(lab_unlink a b)
echo "counts: $counts"
case $counts in
  *'"up":{"offered":'*'"down":{'*) ;;
  *) echo "  FAIL no counts"; failed=1 ;;
esac

echo "a scenario: 3 s at 2000 kbit/s, then 500"
printf '0s up rate 2000kbit queue 200ms # start\n3s up rate 500kbit\n' >"$lab_dir/scenario"
lab_link a b 'both delay 5ms' --scenario "$lab_dir/scenario" || exit 1
sleep 0.2
measure a b --rate 3000 --size 1200 --duration 2
between rate_kbit 1930 2070
measure a b --rate 1000 --size 1200 --duration 3
between rate_kbit 480 520

lab_unlink a b >/dev/null

echo "a trace of 1200 kbit/s, and wrong ones"
seq 10 10 1000 >"$lab_dir/trace"
lab_link a b "up delay 5ms queue 15kb trace $lab_dir/trace" --log "$lab_dir/log" || exit 1
measure a b --rate 2000 --size 1000 --duration 3
between rate_kbit 1160 1240
lab_set a b 'up rate 0 police 1000kbit/6kb'
measure a b --rate 2000 --size 1000 --duration 2
between rate_kbit 970 1040
between delay_max_ms 4.9 20
counts=$(lab_unlink a b)
echo "counts: $counts"
result=$(tail -n 1 "$lab_dir/log" | awk -F, '{ print "\"log_fields\":" NF ",\"log_bytes\":" $2 }')
between log_fields 7 7
between log_bytes 600000 800000
printf '10\n20\n5\n' >"$lab_dir/trace"
lab_link a b "up trace $lab_dir/trace" 2>"$lab_dir/wrong" && { echo "  FAIL a link with a wrong trace is made"; failed=1; }
grep -q 'trace: line 3: earlier than the line before' "$lab_dir/wrong" || { echo "  FAIL the wrong line is not named"; failed=1; }

lab_remove
if ip netns list | grep -q "^$prefix-"; then
  echo "FAIL namespaces left behind"
  failed=1
fi
[ "$failed" = 0 ] && echo "the laboratory measures up"
exit "$failed"
