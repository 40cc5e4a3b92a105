#!/bin/sh
# inside.sh ROOT ARCHIVES: what run.sh does in its own mount and PID namespace. Each line
# of output is a test that passed or failed.
set -u
root=$1 archives=$2
passed=0
failed=0
log=$root/tmp/log

check() { # check NAME STATUS: says what the last command showed
    if [ "$2" -eq 0 ]; then
        echo "  ok   $1"
        passed=$((passed + 1))
    else
        echo "  FAIL $1"
        tail -n 40 "$log" | sed 's/^/       | /'
        failed=$((failed + 1))
    fi
}

finish() {
    echo "fresh: $passed passed, $failed failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}

mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/dev/shm" 2>/dev/null || { mkdir -p "$root/dev/shm" && mount -t tmpfs tmpfs "$root/dev/shm"; }
for device in full random tty zero; do
    touch "$root/dev/$device" && mount --bind "/dev/$device" "$root/dev/$device"
done
mount --bind "$archives" "$root/var/cache/apt/archives"
mkdir -p "$archives/partial"
# A package source on this machine's own disk.
sed -nE 's/^[^#]*(file|copy):\/*(\/[^ ]*).*/\2/p' "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/* 2>/dev/null | sort -u | while read -r folder; do
    mkdir -p "$root$folder" && mount --bind "$folder" "$root$folder"
done

# As somebody who has just logged in: no variable of ours but the way to the network.
proxies=$(env | grep -iE '^(https?|no|all)_proxy=' | tr '\n' ' ')
in_root() { # ends with the shell: run it in one of its own
    # shellcheck disable=SC2086 # a list of variables
    exec chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 $proxies \
        sh -c "cd /root/heddle && exec $1"
}

# The commands are tried as README.md has them: one that is no longer there is not tried silently.
in_readme() { grep -qF "$1" "$root/root/heddle/README.md"; }

in_readme '    ./dev run ' && in_readme '    ./dev test ' >"$log" 2>&1
check "README.md has the commands that are tried here" $?
[ ! -e "$root/usr/bin/cc" ] && [ ! -e "$root/usr/bin/node" ] && [ ! -e "$root/usr/bin/cmake" ]
check "the root is clean" $?

# 1. ./dev run, until it is ready. The page is fetched at the address that is printed.
(in_root './dev run') >"$log" 2>&1 &
server=$!
while ! grep -q '^ready ' "$log" && kill -0 $server 2>/dev/null; do sleep 0.2; done
grep -q '^ready http' "$log"
check "./dev run gets ready" $?
address=$(sed -n 's/^ready \(http[^ ]*\).*/\1/p' "$log")
if [ -n "$address" ]; then
    script=$(curl -fsS "$address" 2>&1 | sed -n 's/.*<script type="module" src="\([^"]*\)".*/\1/p' | head -n 1)
    [ -n "$script" ] && curl -fsS --compressed "$address$script" 2>&1 | grep -q RTCPeerConnection
    check "the page is there" $?
    # A call of two C clients, by the line that the README has.
    line=$(sed -n 's/.*`\(build\/heddle-client http[^`]*\)`.*/\1/p' "$root/root/heddle/README.md" | head -n 1)
    (in_root "build/heddle-client $address --room demo --name Warp --send test --duration 12 --json") >"$root/tmp/first" 2>&1 &
    first=$!
    (in_root "$(printf '%s' "$line" | sed 's/--duration [0-9]*/--duration 8/')") >"$root/tmp/second" 2>&1 && wait $first &&
        grep -q '"frames_decoded": *[1-9]' "$root/tmp/second"
    status=$?
    [ $status -eq 0 ] || cat "$root/tmp/second" >>"$log"
    check "the README's C client sees another one: $line" $status
    curl -fsS "${address}api/v1/rooms" >/dev/null
    check "the API answers" $?
fi
[ "$failed" -eq 0 ] || finish
kill -TERM $server
wait $server
check "the server ends on SIGTERM" $?

# 2. ./dev demo, until its three clients are there.
(in_root './dev demo') >"$log" 2>&1 &
demo=$!
while ! grep -q '^open http' "$log" && kill -0 $demo 2>/dev/null; do sleep 0.2; done
address=$(sed -n 's/^open \(http[^?]*\).*/\1/p' "$log")
waited=0
until [ "$(curl -fsS "${address}api/v1/rooms/demo" 2>/dev/null | grep -c '"name": "W\(eft\|arp\)"\|"name": "Shuttle"')" -ge 3 ] || [ $waited -ge 100 ]; do
    sleep 0.2
    waited=$((waited + 1))
done
[ $waited -lt 100 ]
check "./dev demo has three in the room" $?
kill -TERM $demo
wait $demo

# 3. ./dev test, the parts that need no browser.
(in_root './dev test unit sim') >"$log" 2>&1 && tail -n 1 "$log" | grep -qE '^[1-9][0-9]* passed, 0 failed$'
check "./dev test unit sim: $(tail -n 1 "$log")" $?
(in_root 'git --version') >/dev/null 2>&1
[ $? -ne 0 ]
check "nothing was installed that these parts do not need" $?
finish
