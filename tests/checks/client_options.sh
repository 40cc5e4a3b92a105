#!/bin/sh
# client_options.sh HEDDLE_CLIENT: each option with what cannot be: exit code 2 and an error that names it and says what
# is expected, before anything is connected or written.
set -u
client=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
nobody=http://127.0.0.1:1
: >"$work/empty.ivf"
: >"$work/empty.wav"
echo plain >"$work/plain.ogg"
echo plain >"$work/plain.y4m"
mkdir "$work/folder.ivf"
invalid=$(printf 'a\377')
control=$(printf 'a\033[2J')
long=$(printf '%065d' 0 | tr 0 x)
korean=가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가

ends() { # ends STATUS EXPECTED ARGUMENT...: one line of error that has this in it
    wanted=$1
    expected=$2
    shift 2
    (cd "$work" && timeout 10 "$client" "$@" >"$work/out" 2>"$work/error" </dev/null)
    status=$?
    if [ $status -ne "$wanted" ] || [ -s "$work/out" ] || ! grep -qE -e "$expected" "$work/error" || [ "$(wc -l <"$work/error")" -gt 2 ]; then
        echo "FAIL ($status) heddle-client $*: expected $wanted and '$expected'"
        cat "$work/error"
        failed=1
    fi
}

option() { # option EXPECTED ARGUMENT...
    expected=$1
    shift
    ends 2 "$expected" "$nobody" --room r "$@"
}

ends 2 'the address of the page is missing'
ends 2 'one address is expected, not 2' "$nobody" --room r another
for address in '' http:// ftp://host http://host:0 http://host:65536 http://host:1x 'http://[::1' 'http://h/a b'; do
    ends 2 'this is not an address like' "$address" --room r
done
ends 2 "'ftp://host/call': this is not an address like" 'ftp://host/call?token=secret'
ends 2 'a blank in one is written %20' 'http://h/?room=r#key=two words'
ends 2 'no room is named' "$nobody"
ends 2 'no room is named' "$nobody" --room ''
ends 2 'the room is to be 1 to 64 characters' "$nobody" --room 'a b'
ends 2 'the room is to be 1 to 64 characters' "$nobody" --room "$long"
for name in '' "$long" "$control"; do option 'the name is to be a string of 1 to 64 characters' --name "$name"; done
option 'to be UTF-8' --name "$invalid"
option "--e2ee-key '': expected a passphrase" --e2ee-key ''
for token in '' "$control"; do option 'the token is to be a string of 1 to 4096 characters' --token "$token"; done
for value in 0 -1 '' x 1x 1e9 nan inf; do option "--duration '$value': expected a number of seconds" --duration "$value"; done
for value in '' 640 640x -1x5 640x360@30:600k: '640x360 ' 640x360:600kk; do option "--video '$value': expected WIDTHxHEIGHT" --video "$value"; done
for value in 0x0 15x16 4097x16 999999999x16 16x99999; do option "--video '$value': expected a size" --video "$value"; done
for value in 0 -1 121 1000000000 x ''; do option "--video '640x360@$value': expected 1 to 120 frames" --video "640x360@$value"; done
for value in 0 1 -5k 19k 1001M 99999999M 4294967296 99999999999999999999 ''; do option "'640x360:$value': expected a bitrate" --video "640x360:$value"; done
for value in 0 -1 4 '' x 1x 11; do
    option "--simulcast '$value': expected 1, 2 or 3" --simulcast "$value"
    option "--temporal '$value': expected 1, 2 or 3" --temporal "$value"
done
for value in '' x; do
    option "--ice-policy '$value': expected all or relay" --ice-policy "$value"
    option "--receive '$value': expected all or none" --receive "$value"
    option "--topology '$value': expected auto, mesh, sfu or mcu" --topology "$value"
done
for value in '' wait wait= wait=x wait=0 wait=-1 wait=86401 wait=1e99 wait=nan restarts=0 restarts=1.5 restarts=101 wait=1, wait=1,,speculative=2 other=1; do
    option "--reconnect '$value': expected KEY=NUMBER" --reconnect "$value"
done
for value in '' "$work" plain.txt; do option "--send '$value': expected test, camera, none, or a file" --send "$value"; done
option "--send 'b.ivf': expected one video and one audio at most" --send a.ivf --send b.ivf
option "--send 'b.ogg': expected one video and one audio at most" --send a.ivf --send a.wav --send b.ogg
option "--send 'test': expected one video and one audio at most" --send camera --send test
option 'cannot send nosuch.ivf: No such file or directory' --send nosuch.ivf
option 'cannot send nosuch.wav: No such file or directory' --send test --send nosuch.wav
option 'cannot send empty.ivf: it ends too early' --send empty.ivf
option 'cannot send empty.wav: it ends too early' --send empty.wav
option 'cannot send plain.ogg: it is not what its name says' --send plain.ogg
option 'cannot send plain.y4m: it is not what its name says' --send plain.y4m
option 'cannot send folder.ivf: ' --send folder.ivf
option "--record '': expected the name of a folder" --record ''
option 'cannot record to the folder /dev/null: Not a directory' --record /dev/null
option 'cannot record to the folder /proc/none/such: ' --record /proc/none/such
option "--receive-files '': expected the name of a folder" --receive-files ''
option "--receive-files '/dev/null': Not a directory" --receive-files /dev/null
option "--receive-files '/proc/none/such': " --receive-files /proc/none/such
option "--receive-files 'b': expected one folder" --receive-files a --receive-files b
for value in '' 0 -1 x 4T 4GB 1.5G; do option "--receive-max '$value': expected bytes, like" --receive-files a --receive-max "$value"; done
for value in 1G 4G; do option '--receive-max without --receive-files: nothing is saved' --receive-max $value; done
option 'nothing comes that could be recorded' --record records --receive none
option 'nothing comes that could be shown' --receive none --show
option 'nothing comes that could be compared' --receive none --ssim
option '--send none with another --send' --send test --send none
option '--no-audio with audio to --send' --no-audio --send b.wav
for value in '--simulcast 2' '--temporal 1' --fixed; do
    for send in none b.wav; do option 'are for video, and --send names none: leave them out' $value --send $send; done
done
option '--quiet with --progress: leave one of them out' --quiet --progress
ends 2 'name two rooms: give one of them' "$nobody/?room=a" --room b
ends 2 'have two access tokens: give one of them' "$nobody/#token=a" --room b --token b
ends 2 'have two keys: give one of them' "$nobody/?room=b#key=a" --e2ee-key b
(unset SDL_VIDEODRIVER DISPLAY WAYLAND_DISPLAY; option '^heddle-client: --show: ' --show; exit $failed) || failed=1
option "option '--room' requires an argument" --room
option "unrecognized option '--nosuch'" --nosuch

# What is right is not refused: it comes as far as the server, who is not there.
right() { ends 1 "unreachable: $nobody: nothing answers there" "$nobody" --room r "$@"; }
right --name "$korean" --duration 9 --video 16x16@1:20k --simulcast 1 --temporal 3 --token x --topology sfu
ends 1 "unreachable: $nobody/: nothing" "$nobody/?room=r&token=secret#key=k" # neither is printed
ends 1 unreachable "$nobody/?room=r#token=t&key=k" --room r --token t --e2ee-key k # twice the same
right --quiet --verbose --no-audio --simulcast 2
right --video 640x360:1000M --reconnect wait=0.001,restarts=100 --send none --receive none --ice-policy relay
ends 1 "cannot find the host $long: " "http://$long" --room r # no name server is asked: a label has 63 characters at most

for word in 'Exit codes:' '  0 ' '  1 ' '  2 ' '  3 '; do
    for help in --help -h; do
        "$client" $help | grep -qF -e "$word" || { echo "FAIL $help does not say '$word'"; failed=1; }
    done
done
exit $failed
