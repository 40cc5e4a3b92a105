#!/bin/sh
# dev.sh: what ./dev does before and around the programs that it calls, in a folder of its own with programs
# that only tell how they were called: paths among the options begin in the caller's folder, and a wrong
# command says what is expected and does nothing.
set -u
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
as_nobody=
mkdir -p "$work/clone/build" "$work/clone/tests/interop" "$work/programs" "$work/elsewhere/in"
cp "$here/dev" "$work/clone/dev"
cp -r "$here/tests/tools" "$here/tests/soak" "$here/tests/lab" "$here/tests/gallery" "$work/clone/tests/"
cp "$here/tests/interop/package-lock.json" "$work/clone/tests/interop/"
mkdir "$work/clone/tests/interop/lib"
cp "$here/tests/interop/lib/states.mjs" "$work/clone/tests/interop/lib/"
cp -r "$here/bench" "$work/clone/"
mkdir -p "$work/clone/signaling/config"
cp "$here/signaling/config/config.c" "$work/clone/signaling/config/"
echo found >"$work/elsewhere/in/key.pem"

stub() { # stub PATH LINE...
    path=$1
    shift
    printf '%s\n' '#!/bin/sh' "$@" >"$path"
    chmod +x "$path"
}
# Two builds at once would meet in the folder that this one makes.
stub "$work/programs/cmake" "touch '$work/worked'" "echo \"\$*\" >>'$work/built'" "mkdir '$work/busy' || echo 'two at once' >>'$work/met'" "sleep 0.3; rmdir '$work/busy'"
stub "$work/programs/npm" "mkdir -p node_modules; echo npm >>'$work/installed'"
# All is installed, unless there is a file 'bare'.
stub "$work/programs/dpkg-query" "[ -e '$work/bare' ] || echo 'install ok installed'"
stub "$work/programs/apt-get" "touch '$work/worked'"
# shellcheck disable=SC2016 # for the program
stub "$work/programs/sudo" 'exec "$@"' # who is not root installs by it
stub "$work/programs/clang-format" true
stub "$work/programs/node" 'case $1 in -p) echo 18 ;; *) printf "%s " "$@"; pwd ;; esac'
# The option that the last argument is a value of is a path: it is read.
# shellcheck disable=SC2016 # for the program
stub "$work/clone/build/heddle" 'for last; do :; done; cat "$last" >&2; printf "ready http://127.0.0.1:1/\n"; sleep 1'
stub "$work/clone/build/heddle-client" true

called() { # called STATUS EXPECTED COMMAND [ARGUMENT...]: from another folder
    wanted=$1 expected=$2
    shift 2
    # shellcheck disable=SC2086 # a command and its options, or nothing
    (cd "$work/elsewhere" && PATH=$work/programs:$PATH timeout 20 $as_nobody "$work/clone/dev" "$@") >"$work/out" 2>&1 </dev/null
    status=$?
    if [ $status -ne "$wanted" ] || ! grep -qE -e "$expected" "$work/out"; then
        echo "FAIL ($status) ./dev $*: expected $wanted and '$expected'"
        cat "$work/out"
        failed=1
    fi
}

called 0 '^found' run --tls-key in/key.pem
called 0 '^found' demo --tls-key in/key.pem
called 0 "^$work/clone/tests/soak/soak.mjs --seconds 9 $work/elsewhere\$" soak --seconds 9
called 0 "^tests/interop/bench-browser.mjs 16 48 $work/clone\$" bench browser
called 0 "^tests/interop/bench-browser.mjs 7 $work/clone\$" bench browser 7
if [ "$(id -u)" -eq 0 ]; then
    called 0 "^$work/clone/tests/lab/quality.mjs --write $work/elsewhere\$" lab quality --write
    called 0 "^$work/clone/tests/lab/links.mjs --runs 1 lte $work/elsewhere\$" lab links --runs 1 lte
    called 0 "^$work/clone/tests/lab/reconnection.mjs $work/elsewhere\$" lab reconnection
    called 0 "^$work/clone/tests/lab/first-picture.mjs $work/elsewhere\$" lab first-picture
    touch "$work/clone/tests/interop/some.test.mjs"
    called 0 "^--test tests/interop/some.test.mjs $work/clone\$" test interop/some
    ! grep -q 'preset asan' "$work/built" || { echo "FAIL a test that needs no ASan builds it"; failed=1; }
    cp "$here/tests/interop/silence.test.mjs" "$work/clone/tests/interop/"
    called 0 "^--test tests/interop/silence.test.mjs $work/clone\$" test interop/silence
    grep -q '^--build --preset asan --target heddle-client$' "$work/built" || { echo "FAIL ./dev test interop/silence does not build its client"; failed=1; }
fi

[ "$(cat "$work/installed")" = npm ] || { echo "FAIL npm installs again what is there"; failed=1; }

# What CMake misses is shown.
mv "$work/programs/cmake" "$work/cmake"
stub "$work/programs/cmake" 'echo "no package that is called nosuch"; exit 1'
called 1 'no package that is called nosuch' run
called 1 "CMake could not set up the build 'release'" run
mv "$work/cmake" "$work/programs/cmake"

rm -f "$work/worked"
touch "$work/bare"
called 1 "unknown command 'nosuch'" nosuch
called 1 "unexpected 'more'" build release more
called 1 "unexpected 'more'" format --check more
called 1 "unexpected 'more'" lint more
called 1 "unexpected 'more'" bench --quick more
called 1 "unexpected 'more'" help more
called 1 "unexpected 'more'" run more
called 1 "unexpected 'more'" demo more --workers 1
called 1 "unexpected 'more'" soak more
for options in '--seconds 9' '--seconds=9' '--seconds 9 --rooms 2'; do
    # shellcheck disable=SC2086 # options and their values
    called 1 "unexpected 'more'" soak $options more
done
called 1 'usage: ./dev bench' bench --nosuch
called 1 'VIEWERS.*numbers' bench browser --nosuch
called 1 "unknown option '--nosuch'; memory has --sites" bench memory --nosuch
called 1 'no tokens' demo --secret key
called 1 'no tokens' demo --secret=key
called 1 "unknown preset 'nosuch'" build nosuch
called 1 "unknown part 'nosuch'" test unit nosuch
called 1 "there is no tests/interop/nosuch.test.mjs" test interop/nosuch
called 1 "unexpected 'unit'" test interop/switch unit
called 1 'usage: ./dev lab quality' lab
called 1 'usage: ./dev lab quality' lab nosuch
called 1 "unknown option '--nosuch'; quality has --write" lab quality --nosuch
called 1 "unknown option '--nosuch'; heddle has --open" run --nosuch
called 1 "unknown option '--nosuch=1'; heddle has --open" demo --nosuch=1
called 1 '^dev: --http: expected a value$' run --workers 1 --http
called 1 '^dev: --workers: expected a value$' demo --workers
called 1 "unknown option '--write=1x'; soak has --seconds" soak --seconds 9 --write=1x
called 1 "unknown option '-x'; gallery has none" gallery -x
called 1 "unknown scene 'nosuch'; scenes: prejoin .*recorded" gallery prejoin nosuch
called 1 'usage: ./dev format' format --nosuch
called 0 '^usage: ./dev COMMAND'
called 0 '^usage: ./dev COMMAND' test --help
called 0 '^  --media-port N' run --help
if [ -e "$work/worked" ]; then
    echo "FAIL a wrong command installed or built something before it said so"
    failed=1
fi

# An installation that says that all went well, and did not.
called 1 '^dev: apt-get ended before these were installed: .*cmake' run
[ -e "$work/worked" ] || { echo "FAIL apt-get was not called"; failed=1; }
# Who interrupts an installation is told at once what it waits for, and nothing is left of it.
mkdir "$work/temporary"
stub "$work/programs/apt-get" "touch '$work/begun'" "while [ ! -e '$work/go' ]; do sleep 0.05; done"
TMPDIR=$work/temporary PATH=$work/programs:$PATH "$work/clone/dev" run >"$work/out" 2>&1 &
dev=$!
while [ ! -e "$work/begun" ]; do sleep 0.05; done
kill $dev
wait_for=100
while ! grep -q 'stops when what was begun has ended' "$work/out" && [ $wait_for -gt 0 ]; do sleep 0.1; wait_for=$((wait_for - 1)); done
touch "$work/go"
wait $dev
status=$?
[ $status -eq 130 ] && [ $wait_for -gt 0 ] && [ -z "$(ls "$work/temporary")" ] ||
    { echo "FAIL ($status) an interrupted installation"; cat "$work/out"; ls "$work/temporary"; failed=1; }
# Who has sudo and may not use it is told what to do, like who has none.
stub "$work/programs/apt-get" 'echo "no rights" >&2; exit 1'
as_nobody=
[ "$(id -u)" -ne 0 ] || { chmod 755 "$work"; as_nobody='setpriv --reuid 65534 --regid 65534 --clear-groups'; }
called 1 'apt-get update failed.*Install them as root, then try again: apt-get update && apt-get install' format --check
as_nobody=
# Somebody who may neither install, nor write what root built, nor be root.
if [ "$(id -u)" -eq 0 ]; then
    chmod 755 "$work"
    rm "$work/programs/sudo"
    as_nobody='setpriv --reuid 65534 --regid 65534 --clear-groups'
    if ! command -v sudo >/dev/null; then
        called 1 'as root, then try again: apt-get update && apt-get install .*cmake' run
        called 1 'apt-get install .*cmake.*janus' bench # all that is missing, at once
    fi
    called 1 "interop.*run it as root" test unit interop
    rm "$work/bare"
    called 1 "may not write $work/clone/build, which is root's: remove $work/clone/build as root" run
    called 1 "may not write $work/clone/build" test unit
    mv "$work/clone/build" "$work/clone/build-other"
    called 1 "may not write $work/clone, which is root's" run
    mv "$work/clone/build-other" "$work/clone/build"
    chown -R 65534:65534 "$work/clone/build"
    chmod a-w "$work/clone/build"
    called 1 "$work/clone/build cannot be written, though it is yours" run
    chmod u+w "$work/clone/build"
    chown -R 0:0 "$work/clone/build"
    as_nobody=
fi
rm -f "$work/bare"

# Who may join is asked of the caller: anybody, unless a secret is given.
cp "$work/clone/build/heddle" "$work/heddle"
stub "$work/clone/build/heddle" 'echo "called with $*"'
called 0 '^called with --open --workers 1$' run --workers 1
called 0 '^called with --secret in/key.pem$' run --secret in/key.pem
called 0 '^called with --secret=in/key.pem$' run --secret=in/key.pem
cp "$work/heddle" "$work/clone/build/heddle"

# Two at once: the second waits for the first to build, not for its server.
rm -f "$work/met"
stub "$work/clone/build/heddle" "touch '$work/serves'; exec sleep 20"
PATH=$work/programs:$PATH "$work/clone/dev" run >/dev/null 2>&1 &
first=$!
while [ ! -d "$work/busy" ]; do sleep 0.05; done
called 0 'waiting for it' build
wait_for=100
while [ ! -e "$work/serves" ] && [ $wait_for -gt 0 ]; do sleep 0.1; wait_for=$((wait_for - 1)); done
PATH=$work/programs:$PATH timeout 10 "$work/clone/dev" build >"$work/out" 2>&1 && [ -e "$work/serves" ] && [ ! -s "$work/out" ] ||
    { echo "FAIL a build waits for a server that runs"; cat "$work/out"; failed=1; }
kill $first
[ ! -e "$work/met" ] || { echo "FAIL two built at once"; failed=1; }

# The demo ends what it started when its terminal is closed; a server alone goes on.
# shellcheck disable=SC2016 # for the program
stub "$work/clone/build/heddle" 'trap "" HUP' "echo \$\$ >'$work/server'" 'echo "ready http://127.0.0.1:1/"' 'exec sleep 20'
sh "$work/clone/tests/tools/demo.sh" >"$work/out" 2>&1 &
demo=$!
while ! grep -q '^open http' "$work/out" && kill -0 $demo; do sleep 0.05; done
kill -s HUP $demo
wait $demo || true
sleep 0.2
! kill -0 "$(cat "$work/server")" 2>/dev/null || { echo "FAIL the demo leaves its server when its terminal is closed"; failed=1; kill "$(cat "$work/server")"; }

# The scripts called directly, before anything is installed: who brings it is said.
mkdir -p "$work/clone/tests/interop/lib" "$work/clone/client" "$work/bare-python"
cp -r "$here/client/web_package" "$work/clone/client/"
rm -rf "$work/clone/tests/interop/node_modules"
if node "$work/clone/client/web_package/pack.mjs" >"$work/out" 2>&1 || [ "$(cat "$work/out")" != "the node package 'typescript' is not installed: run \`npm ci\` in tests/interop" ]; then
    echo "FAIL pack.mjs without packages"
    cat "$work/out"
    failed=1
fi
echo 'raise ModuleNotFoundError("none", name="aiortc")' >"$work/bare-python/aiortc.py"
if command -v python3 >/dev/null; then
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$work/bare-python python3 "$here/tests/interop/foreign/aiortc_whip.py" http://127.0.0.1:1/whip/r Ann >"$work/out" 2>&1
    grep -q '^the Python module .aiortc. is not installed: .*python3-aiortc' "$work/out" && [ "$(wc -l <"$work/out")" -eq 1 ] ||
        { echo "FAIL aiortc_whip.py without aiortc"; cat "$work/out"; failed=1; }
fi
cp -r "$here/tests/lab" "$here/tests/soak" "$work/clone/tests"
cp "$here"/tests/interop/*.mjs "$work/clone/tests/interop"
cp "$here"/tests/interop/lib/*.mjs "$work/clone/tests/interop/lib"
for script in lab/quality lab/links lab/reconnection lab/first-picture soak/soak interop/bench-browser; do
    command="./dev $(echo "$script" | sed 's|lab/|lab |; s|soak/||; s|interop/bench-|bench |')"
    if node "$work/clone/tests/$script.mjs" >"$work/out" 2>&1 || ! grep -qE "^the node package '[a-z-]+' is not installed: run $command, which" "$work/out"; then
        echo "FAIL node tests/$script.mjs without packages"
        cat "$work/out"
        failed=1
    fi
done
exit $failed
