# shellcheck shell=sh
# A laboratory of network namespaces joined by emulated links. Source it, from sh or bash:
#
#     LAB_BIN=build/lab; . tests/lab/lab.sh
#     lab_create demo server alice bob      # namespaces demo-server, demo-alice, demo-bob; removed when the shell ends
#     lab_link server alice 'both delay 50ms rate 1000kbit queue 300ms'
#     lab_link server bob 'down rate 300kbit'
#     lab_exec server heddle --public-ip "$(lab_address server)" ... &
#     lab_await server 8080
#     lab_exec alice heddle-client "http://$(lab_address server):8080" ...
#     lab_set server alice 'down loss 5%'
#
# Each namespace has one address (lab_address) that all those linked to it can reach. In a link, `up` is from the first
# name to the second. Needs root, /dev/net/tun and `ip`.

LAB_BIN=${LAB_BIN:-build/lab}

# 0 when this machine can do it at all.
lab_possible() {
  [ "$(id -u)" = 0 ] && [ -c /dev/net/tun ] && command -v ip >/dev/null && [ -x "$LAB_BIN/linkem" ]
}

# lab_create PREFIX NAME...: at most 200 names.
lab_create() {
  lab_prefix=$1
  shift
  lab_names=$*
  lab_links=0
  lab_dir=$(mktemp -d) || return 1
  trap lab_remove EXIT
  trap 'exit 130' INT TERM HUP
  lab_number=0
  for lab_name in $lab_names; do
    lab_number=$((lab_number + 1))
    ip netns del "$lab_prefix-$lab_name" 2>/dev/null || : # often not there, which must not end a shell with -e
    ip netns add "$lab_prefix-$lab_name" || return 1
    echo "$lab_number" >"$lab_dir/number-$lab_name"
    ip -n "$lab_prefix-$lab_name" link set lo up
    ip -n "$lab_prefix-$lab_name" addr add "10.78.0.$lab_number/32" dev lo
  done
}

# Ends the links' processes and removes the namespaces; safe to call twice.
lab_remove() {
  [ -n "${lab_dir:-}" ] || return 0
  for lab_file in "$lab_dir"/pid-*; do
    [ ! -f "$lab_file" ] || kill "$(cat "$lab_file")" 2>/dev/null || :
  done
  for lab_name in $lab_names; do
    # What still runs in there would keep the namespace alive.
    for lab_pid in $(ip netns pids "$lab_prefix-$lab_name" 2>/dev/null); do
      kill "$lab_pid" 2>/dev/null || :
    done
    ip netns del "$lab_prefix-$lab_name" 2>/dev/null || :
  done
  rm -rf "$lab_dir"
  lab_dir=
}

lab_netns() {
  echo "$lab_prefix-$1"
}

lab_address() {
  echo "10.78.0.$(cat "$lab_dir/number-$1")"
}

# lab_link A B [SETTINGS] [linkem options...]
lab_link() {
  lab_a=$1 lab_b=$2 lab_settings=${3:-both clear}
  shift 2
  [ $# -gt 0 ] && shift
  [ -x "$LAB_BIN/linkem" ] || { echo "lab: there is no $LAB_BIN/linkem: ./dev build makes build/lab, LAB_BIN names the folder" >&2; return 1; }
  lab_links=$((lab_links + 1))
  lab_net=10.77.$lab_links lab_device=link$lab_links
  mkfifo "$lab_dir/commands-$lab_a-$lab_b" || return 1
  rm -f "$lab_dir/out-$lab_a-$lab_b" # that of a former link with these names says "ready", too
  "$LAB_BIN/linkem" --a "$lab_prefix-$lab_a,$lab_net.1/30" --b "$lab_prefix-$lab_b,$lab_net.2/30" \
    --device "$lab_device" --set "$lab_settings" --commands "$@" \
    <>"$lab_dir/commands-$lab_a-$lab_b" >"$lab_dir/out-$lab_a-$lab_b" 2>"$lab_dir/err-$lab_a-$lab_b" &
  echo $! >"$lab_dir/pid-$lab_a-$lab_b"
  lab_tries=0
  until grep -qs ready "$lab_dir/out-$lab_a-$lab_b"; do
    lab_tries=$((lab_tries + 1))
    if [ "$lab_tries" -gt 100 ] || ! kill -0 "$(cat "$lab_dir/pid-$lab_a-$lab_b")" 2>/dev/null; then
      cat "$lab_dir/err-$lab_a-$lab_b" >&2
      rm -f "$lab_dir/commands-$lab_a-$lab_b" # so that the same link can be made once more
      return 1
    fi
    sleep 0.05
  done
  ip -n "$lab_prefix-$lab_a" route add "$(lab_address "$lab_b")" via "$lab_net.2" dev "$lab_device" &&
    ip -n "$lab_prefix-$lab_b" route add "$(lab_address "$lab_a")" via "$lab_net.1" dev "$lab_device" || return 1
  # Browsers gather from the address of the default route. It leads into the other namespace and no further.
  ip -n "$lab_prefix-$lab_b" route add default via "$lab_net.1" dev "$lab_device" 2>/dev/null || true
}

# lab_set A B SETTINGS: changes a link that was made with these names, at once.
lab_set() {
  echo "$3" >"$lab_dir/commands-$1-$2"
}

# lab_unlink A B: ends the link and prints what it counted.
lab_unlink() {
  lab_pid=$(cat "$lab_dir/pid-$1-$2") || return 1
  kill "$lab_pid"
  lab_tries=0 # not `wait`: we may be in a subshell, whose child it is not
  until grep -q '^{.*}' "$lab_dir/out-$1-$2" || [ "$lab_tries" -gt 100 ]; do
    lab_tries=$((lab_tries + 1))
    sleep 0.05
  done
  rm "$lab_dir/pid-$1-$2" "$lab_dir/commands-$1-$2"
  sed -n '/^{/p' "$lab_dir/out-$1-$2"
}

# lab_exec NAME COMMAND...
lab_exec() {
  lab_where=$1
  shift
  ip netns exec "$lab_prefix-$lab_where" "$@"
}

# lab_await NAME PORT: waits until a program in NAME listens on the TCP port.
lab_await() {
  lab_tries=0
  until lab_exec "$1" ss -Hltn "sport = :$2" | grep -q .; do
    lab_tries=$((lab_tries + 1))
    [ "$lab_tries" -le 300 ] || { echo "nothing listens on port $2 of $1" >&2; return 1; }
    sleep 0.1
  done
}
