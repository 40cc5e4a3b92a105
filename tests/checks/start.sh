#!/bin/sh
# start.sh BUILD: every option that names a file, a folder, a port or an address, with one that cannot be: an error that
# says so, before anything else, and never `ready`. And what can be is what is printed.
set -u
build=$1
work=$(mktemp -d)
pids=
trap 'for pid in $pids; do kill "$pid" 2>/dev/null; done; rm -rf "$work"' EXIT
failed=0
# Ports below those that systems choose for clients; each of the checks has its own range, since they run side by side.
port=$((30000 + $$ % 900))
echo plain >"$work/file"
mkdir "$work/empty"
echo a-secret-of-enough-bytes-for-a-key >"$work/secret"

wrong() { # wrong EXPECTED COMMAND...: the command ends by itself, with an error that has this in it
    expected=$1
    shift
    timeout 10 "$@" >"$work/out" 2>"$work/error"
    status=$?
    if [ $status -eq 0 ] || [ $status -ge 124 ] || grep -q '^ready' "$work/out" || ! grep -qE -e "$expected" "$work/error"; then
        echo "FAIL ($status) $*: expected an error with '$expected'"
        cat "$work/out" "$work/error"
        failed=1
    fi
}

begin_call() { # begin_call [PREFIX]: a client in a call; its process is in $call
    : >"$work/error"
    ${1:-} "$build/heddle-client" "$url" --room start --send none --duration 60 --json >"$work/summary" 2>"$work/error" </dev/null &
    call=$!
    pids="$call $pids" # the last is the server
    while ! grep -q '^connected$' "$work/error" && kill -0 "$call" 2>/dev/null; do sleep 0.05; done
}

lost() { # lost EXPECTED COMMAND...: what it prints has no room, which is an error, too
    expected=$1
    shift
    timeout 60 "$@" >/dev/full 2>"$work/error"
    status=$?
    if [ $status -ne 1 ] || ! grep -qE -e "$expected" "$work/error"; then
        echo "FAIL ($status) $* >/dev/full: expected an error with '$expected'"
        cat "$work/error"
        failed=1
    fi
}

start() { # start OPTION...: a server; its address is in $url; open, unless it has a --secret
    : >"$work/started"
    open=--open
    [ "$1" != --secret ] || open=
    "$build/heddle" $open --media-port "$port" --workers 1 "$@" >"$work/started" 2>"$work/started.log" &
    pids="$pids $!"
    while ! url=$(sed -n 's/^ready //p' "$work/started") || [ -z "$url" ]; do
        kill -0 "${pids##* }" 2>/dev/null || { echo "FAIL heddle $*: does not start"; cat "$work/started.log"; failed=1; return 1; }
        sleep 0.05
    done
}

stop() {
    kill "${pids##* }"
    wait "${pids##* }"
    pids=${pids% *}
}

opened() { # opened OPTION...: the address that is printed can be opened on this machine
    start "$@" || return
    host=$(printf '%s' "$url" | sed 's#^[a-z]*://##; s#:[0-9]*/$##; s#[][]##g')
    bash -c "exec 3<>/dev/tcp/$host/$(printf '%s' "$url" | sed 's#.*:\([0-9]*\)/$#\1#') && printf 'GET /healthz HTTP/1.0\r\n\r\n' >&3 && grep -q ^ok <&3" ||
        { echo "FAIL heddle $*: $url cannot be opened"; failed=1; }
    stop
}

# In its own words for each: where the page is served...
server() { # server EXPECTED OPTION...
    expected=$1
    shift
    wrong "$expected" "$build/heddle" --http 127.0.0.1:0 --media-port "$port" --workers 1 "$@"
}
server 'Cannot assign requested address' --open --http 203.0.113.9:8099
server 'Cannot assign requested address|not supported' --open --http '[2001:db8::1]:8099'
server 'expected ADDRESS:PORT' --open --http example.org:80
server 'expected ADDRESS:PORT' --open --http 127.0.0.1:70000
server 'index.html' --open --web /nosuch
server 'index.html' --open --web "$work/file"
server 'index.html' --open --web "$work/empty"
server '/nosuch' --open --tls-cert /nosuch --tls-key /nosuch
server 'certificate /nosuch cannot be used: No such file' --open --tls-cert /nosuch --tls-key "$work/file"
server 'both' --open --tls-cert "$work/file"
server 'allow-origin is for --open' --secret "$work/secret" --allow-origin '*'
server "$work/file.*holds no certificate" --open --tls-cert "$work/file" --tls-key "$work/file"
mkfifo "$work/pipe" # that nobody writes to: opening it would hang
server "$work/pipe.*no regular file" --open --tls-cert "$work/pipe" --tls-key "$work/file"
server 'secret.*no regular file' --secret "$work/pipe"
server 'turn-secret.*no regular file' --open --turn-secret "$work/pipe"
# ... who may join, and what is written...
server 'expected a readable file' --secret /nosuch
server 'expected a readable file' --secret "$work/empty"
server 'expected a readable file' --secret "$work/file"
server 'expected a readable file' --open --turn-secret /nosuch
server '/nosuch/x' --open --packet-trace /nosuch/x
server "$work/empty" --open --packet-trace "$work/empty"
server 'File exists' --open --packet-trace "$work/file"
grep -qx plain "$work/file" || { echo "FAIL --packet-trace: what was there is lost"; failed=1; }
server 'recordings.*expected a folder that can be written' --open --recordings /proc/x
server 'recordings.*expected a folder that can be written' --open --recordings "$work/file"
server 'are for recordings' --open --mp4
server 'rtmp.*expected rtmp:' --open --rtmp http://127.0.0.1/live
server 'encoder.*expected auto, software' --open --encoder gpu
server 'that of --mp4, --hls and --rtmp' --open --recordings "$work/recordings" --encoder vaapi
server 'hls.*expected a folder that can be written' --open --hls /proc/x
mkdir "$work/programs"
cp "$build/heddle-mix" "$work/programs"
server "needs heddle-record, which is not in $work/programs" --open --services "$work/programs" --recordings "$work/recordings"
# ... where media go.
server 'too high' --open --media-port 65530 --workers 64
server 'the same port' --open --http 127.0.0.1:8099 --media-port 8098 --workers 2
server 'no TURN server' --open --ice-policy relay
server 'no credentials' --open --ice-server turn:127.0.0.1
server 'expected an address that clients can reach' --open --public-ip 0.0.0.0
server 'expected an address that clients can reach' --open --public-ip ::
server 'expected IPv4 or IPv6' --open --public-ip example.org

# A port in use: of the page, of media; by an address and by all.
if start --http 127.0.0.1:0; then
    taken=$(printf '%s' "$url" | sed 's#.*:\([0-9]*\)/$#\1#')
    wrong 'Address already in use.*another port \(--http\)' "$build/heddle" --open --http "127.0.0.1:$taken" --media-port $((port + 1)) --workers 1
    wrong 'Address already in use' "$build/heddle" --open --http "0.0.0.0:$taken" --media-port $((port + 1)) --workers 1
    wrong "port $port.*another port \(--media-port\)" "$build/heddle" --open --http 127.0.0.1:0 --media-port "$port" --workers 1

    # All that is wrong is told at once.
    wrong "another port \(--http\)" "$build/heddle" --open --http "127.0.0.1:$taken" --media-port "$port" --workers 1 --tls-cert "$work/file" --tls-key "$work/file"
    for reason in "port $port.*--media-port" 'holds no certificate'; do
        grep -q -e "$reason" "$work/error" || { echo "FAIL heddle does not tell at once: $reason"; cat "$work/error"; failed=1; }
    done

    # The client and the bench.
    client() { # client EXPECTED OPTION...
        expected=$1
        shift
        wrong "$expected" "$build/heddle-client" "$url" --room start --duration 1 --quiet "$@"
    }
    client 'folder' --record "$work/file"
    client 'folder' --record /proc/nosuch/records
    client 'no connection came up: only TURN may be used, and the server names no TURN server' --ice-policy relay
    client 'No such file' --send /nosuch.ivf
    client 'No such file' --send /nosuch.y4m
    printf 'DKIF\0\0\040\0VP90\100\001\264\0\017\0\0\0\001\0\0\0\001\0\0\0\0\0\0\0\002\0\0\0\0\0\0\0\0\0\0\0\242I' >"$work/444.ivf" # VP9 in 4:4:4
    client 'none of its pictures can be decoded' --send "$work/444.ivf"
    client 'No such file' --send /nosuch.wav
    client 'No such file' --send /nosuch.ogg
    # A token that is not one of a service: nobody comes in.
    for program in 'mix mixer' 'record recorder'; do
        wrong "the access token is not one of a ${program#* } .not-allowed" env HEDDLE_TOKEN=x "$build/heddle-${program% *}" "$url" --room start \
            $([ "$program" = 'mix mixer' ] || echo --folder "$work/recordings")
    done
    # Who is told to end, also by a terminal that is closed, leaves in order; nohup keeps the terminal from it.
    for signal in INT TERM HUP; do
        begin_call
        kill -s $signal "$call"
        wait "$call" && grep -q '"duration_s"' "$work/summary" || { echo "FAIL heddle-client does not leave on SIG$signal"; cat "$work/error"; failed=1; }
    done
    begin_call nohup
    grep -q '^SigIgn:.*[13579bdf]$' "/proc/$call/status" && kill -s HUP "$call" && kill "$call" && wait "$call" || # SIGHUP is ignored
        { echo "FAIL nohup heddle-client ends on SIGHUP"; cat "$work/error"; failed=1; }
    # Who does not read what it says holds up neither its call nor its end; a signal that its parent had blocked comes.
    mkfifo "$work/unread"
    exec 3<>"$work/unread"
    timeout 0.2 yes >&3
    timeout -k 1 10 sh -c 'exec "$@" 2>&3' sh "$build/heddle-client" "$url" --room start --duration 1 --json >"$work/summary" </dev/null && grep -q '"duration_s"' "$work/summary" ||
        { echo 'FAIL heddle-client waits for who reads stderr'; failed=1; }
    exec 3<&-
    begin_call 'env --block-signal=TERM'
    kill "$call"
    timeout 5 tail --pid="$call" -f /dev/null || { echo 'FAIL heddle-client does not end: its parent had blocked SIGTERM'; kill -KILL "$call"; failed=1; }
    lost 'standard output: No space left' "$build/heddle-client" "$url" --room start --duration 1 --quiet --json
    "$build/heddle-client" "$url" --room start --duration 4 --quiet --record "$work/made/by/itself" && [ -d "$work/made/by/itself" ] ||
        { echo "FAIL heddle-client --record does not make its folder"; failed=1; }
    stop
fi
# Where files may have a block only, a packet trace ends, and no call does.
if (ulimit -f 1 && start --http 127.0.0.1:0 --mesh-max 0 --packet-trace "$work/trace" &&
    "$build/heddle-client" "$url" --room limit --duration 2 --quiet </dev/null | cat >/dev/null && kill -0 "${pids##* }" && stop); then
    [ -s "$work/trace" ] || { echo 'FAIL there is no packet trace'; failed=1; }
else
    echo 'FAIL heddle --packet-trace ends at the limit of file sizes'
    failed=1
fi
wrong 'unreachable' "$build/heddle-client" http://127.0.0.1:1 --room start --quiet
wrong 'not an address' "$build/heddle-client" ftp://127.0.0.1/ --room start --quiet
wrong '/nosuch' "$build/heddle-bench" forward --subscribers 1 --seconds 1 --quiet --server /nosuch
wrong '/nosuch/x' "$build/heddle-bench" forward --subscribers 1 --seconds 60 --quiet --html /nosuch/x
wrong "$work/empty" "$build/heddle-bench" forward --subscribers 1 --seconds 60 --quiet --markdown "$work/empty"

# Output that a full disk does not take.
for program in heddle heddle-client heddle-bench heddle-mix heddle-record heddle-service; do
    lost 'standard output: No space left' "$build/$program" --help
    lost 'standard output: No space left' "$build/$program" --version
done
bench="$build/heddle-bench forward --subscribers 1 --seconds 0.5 --repeats 1 --quiet"
lost 'standard output: No space left' $bench --csv --markdown "$work/table"
grep -q forwarded "$work/table" || { echo "FAIL heddle-bench: what can be written is lost with what cannot"; failed=1; }
lost '/dev/full: No space left' $bench --html /dev/full

opened --http 127.0.0.1:0
opened --http 0.0.0.0:0
opened --http :0
opened --http localhost:0
opened --http '[::]:0'
if start --http 0.0.0.0:0 --public-ip 192.0.2.7,192.0.2.8; then
    for_others=$(printf '%s' "$url" | sed 's/127.0.0.1/192.0.2.7/')
    while ! grep -q '^for others' "$work/started" && kill -0 "${pids##* }"; do sleep 0.05; done
    grep -qx "for others $for_others" "$work/started" || { echo "FAIL heddle does not say that others find it at $for_others"; failed=1; }
    stop
fi
# A server that asks for a token: an address that has one is enough.
if start --secret "$work/secret" --http 127.0.0.1:0; then
    encode() { openssl base64 -A | tr +/ -_ | tr -d =; }
    sign() { # sign [CLAIMS,]: a token for the room
        signed=$(printf '{"alg":"HS256","typ":"JWT"}' | encode).$(printf '{%s"room":"start","exp":%d}' "${1:-}" $(($(date +%s) + 3600)) | encode)
        printf %s "$signed.$(printf %s "$signed" | openssl dgst -sha256 -hmac "$(cat "$work/secret")" -binary | encode)"
    }
    token=$(sign)
    wrong token-missing "$build/heddle-client" "${url}?room=start" --duration 1 --quiet
    for way in '?room=start&token=' '?room=start#token='; do
        "$build/heddle-client" "$url$way$token" --duration 1 --quiet --send none 2>"$work/error" </dev/null ||
            { echo "FAIL heddle-client with an address that has a token ($way)"; cat "$work/error"; failed=1; }
    done
    # A service ends in order when its terminal does, and not by signals that mean nothing to it.
    server=$url
    url=$url#token=$token
    begin_call
    HEDDLE_TOKEN=$(sign '"service":"mixer",') "$build/heddle-mix" "$server" --room start 2>"$work/error" &
    mixer=$!
    pids="$mixer $pids"
    while ! grep -q '^SigCgt:.*[4567cdef]...$' "/proc/$mixer/status" && kill -0 "$mixer"; do sleep 0.05; done # SIGTERM has a handler
    for signal in USR1 USR2 HUP; do kill -s $signal "$mixer"; done
    wait "$mixer" || { echo "FAIL ($?) heddle-mix does not end in order on SIGHUP"; cat "$work/error"; failed=1; }
    kill "$call"
    stop
fi
for service in heddle-mix "heddle-record --folder $work/none"; do
    role=$(case $service in heddle-mix) echo mixer ;; *) echo recorder ;; esac)
    # shellcheck disable=SC2086 # a program and its options
    wrong " error start/$role: http://127.0.0.1:1/: nothing answers there \(unreachable\)" env HEDDLE_TOKEN=x "$build"/$service "http://127.0.0.1:1/?token=secret#key=k" --room start
done
wrong 'HEDDLE_TOKEN: expected an access token' env -u HEDDLE_TOKEN "$build/heddle-mix" http://127.0.0.1:1 --room start
wrong 'HEDDLE_TOKEN: expected an access token' env -u HEDDLE_TOKEN "$build/heddle-record" http://127.0.0.1:1 --room start --folder /tmp
wrong '--encoder: expected auto, software, vaapi or nvenc' "$build/heddle-record" http://127.0.0.1:1 --encoder gpu
machine="env -u HEDDLE_TOKEN $build/heddle-service"
# shellcheck disable=SC2086 # a program and its options
{
    wrong 'nats://HOST.*expected the address of a NATS server' $machine
    wrong '--ask: expected mixer or recorder' $machine nats://h --ask miner
    wrong 'an access token in HEDDLE_TOKEN' $machine nats://h --ask mixer --url http://h/ --room start
    wrong '--url: expected http://HOST' $machine nats://h --ask mixer --url file:///etc
    wrong '--rtmp: expected rtmp:' $machine nats://h --rtmp http://h/
    wrong '--encoder: expected auto, software, vaapi or nvenc' $machine nats://h --encoder gpu
    wrong '--max-mixers: expected a number' $machine nats://h --max-mixers many
    wrong '--programs: expected a folder' $machine nats://h --programs "$work"
    wrong '--nothing: no such option' $machine nats://h --nothing 1
    wrong 'give --recordings DIR, too' $machine nats://h --mp4
}

# Too little memory for all that is made at the start: an error, and no abort.
limit=50000
status=1
while [ $status -ne 124 ] && [ $limit -lt 1000000 ]; do
    (ulimit -v $limit && exec timeout 0.5 "$build/heddle" --open --http 127.0.0.1:0 --media-port "$port" --workers 2) >"$work/out" 2>"$work/error"
    status=$?
    limit=$((limit + 1000))
    case $status in 1 | 124 | 127) continue ;; esac # it ends with an error, runs until it is told to end, or has not even its libraries
    echo "FAIL ($status) heddle with $limit kB: expected an error"
    tail -n 2 "$work/error"
    failed=1
    break
done
[ $status -eq 124 ] || [ $failed -ne 0 ] || { echo "FAIL heddle does not start with 1 GB"; failed=1; }

# A port that needs a right: as somebody without it.
if [ "$(id -u)" -eq 0 ]; then
    limit=$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)
    without='setpriv --bounding-set=-net_bind_service --inh-caps=-net_bind_service --'
    [ "$limit" -le 80 ] || wrong 'Permission denied' $without "$build/heddle" --open --http 127.0.0.1:80 --media-port "$port" --workers 1
    # A machine without IPv6.
    wrong 'Cannot assign|not supported' unshare --net sh -c "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
        exec $build/heddle --open --http '[::1]:8099' --media-port $port --workers 1"
    wrong 'no IPv6' unshare --net sh -c "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
        exec $build/heddle --open --http '[::]:8099' --media-port $port --workers 1"
    # A machine without a network: who does not connect is told why.
    wrong 'no connection came up: .* no network but its own loopback' unshare --net sh -c "ip link set lo up
        nft 'add table inet start; add chain inet start out { type filter hook output priority 0; }; add rule inet start out th dport $port drop'
        $build/heddle --open --http 127.0.0.1:8099 --media-port $port --workers 1 >$work/alone &
        while ! grep -q ^ready $work/alone; do sleep 0.05; done
        $build/heddle-client http://127.0.0.1:8099 --room start --duration 5 --quiet # a busy machine needs a second to let it in
        status=\$?
        kill \$!
        exit \$status"
    # A program whose page is gone: neither beside it nor where it was built. In a root that is no mount of its
    # own nothing has to be kept from spreading.
    propagation=private
    unshare --mount true 2>/dev/null || propagation=unchanged
    wrong 'the page' unshare --mount --propagation $propagation sh -c "mount -t tmpfs none $(dirname "$0")/../../client/web &&
        exec $build/heddle --open --http 127.0.0.1:0 --media-port $port --workers 1"
fi
exit $failed
