#!/bin/sh
# dev.sh: what ./dev does before and around the programs that it calls, in a folder of its own with programs that only tell how they
# were called: paths among the options begin in the caller's folder, and a wrong command says what is expected and does nothing.
set -u
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
mkdir -p "$work/clone/build" "$work/clone/tests/interop" "$work/programs" "$work/elsewhere/in"
cp "$here/dev" "$work/clone/dev"
cp -r "$here/tests/tools" "$work/clone/tests/tools"
echo found >"$work/elsewhere/in/key.pem"

stub() { # stub PATH LINE...
    path=$1
    shift
    printf '%s\n' '#!/bin/sh' "$@" >"$path"
    chmod +x "$path"
}
stub "$work/programs/cmake" true
stub "$work/programs/npm" true
stub "$work/programs/dpkg-query" "echo 'install ok installed'"
stub "$work/programs/apt-get" "echo 'apt-get was called' >&2; exit 1"
stub "$work/programs/clang-format" true
stub "$work/programs/node" 'case $1 in -p) echo 18 ;; *) printf "%s " "$@"; pwd ;; esac'
# The option that the last argument is a value of is a path: it is read.
# shellcheck disable=SC2016 # for the program
stub "$work/clone/build/heddle" 'for last; do :; done; cat "$last" >&2; printf "ready http://127.0.0.1:1/\n"; sleep 1'
stub "$work/clone/build/heddle-client" true

called() { # called STATUS EXPECTED COMMAND [ARGUMENT...]: from another folder
    wanted=$1 expected=$2
    shift 2
    (cd "$work/elsewhere" && PATH=$work/programs:$PATH timeout 20 "$work/clone/dev" "$@") >"$work/out" 2>&1 </dev/null
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
if [ "$(id -u)" -eq 0 ]; then
    called 0 "^$work/clone/tests/lab/quality.mjs --write $work/elsewhere\$" lab quality --write
    called 0 "^$work/clone/tests/lab/reconnection.mjs $work/elsewhere\$" lab reconnection
fi

called 1 "unknown command 'nosuch'" nosuch
called 1 "unknown preset 'nosuch'" build nosuch
called 1 "unknown part 'nosuch'" test unit nosuch
called 1 'usage: ./dev lab quality' lab
called 1 'usage: ./dev lab quality' lab nosuch
called 1 'usage: ./dev format' format --nosuch
called 0 '^usage: ./dev COMMAND'
called 0 '^usage: ./dev COMMAND' test --help

# The scripts called directly, before anything is installed: who brings it is said.
mkdir -p "$work/clone/tests/interop/lib"
cp -r "$here/tests/lab" "$here/tests/soak" "$work/clone/tests"
cp "$here"/tests/interop/*.mjs "$work/clone/tests/interop"
cp "$here"/tests/interop/lib/*.mjs "$work/clone/tests/interop/lib"
for script in lab/quality lab/reconnection soak/soak; do
    command="./dev $(echo "$script" | sed 's|lab/|lab |; s|soak/||')"
    if node "$work/clone/tests/$script.mjs" >"$work/out" 2>&1 || ! grep -qE "^the node package '[a-z-]+' is not installed: run $command, which" "$work/out"; then
        echo "FAIL node tests/$script.mjs without packages"
        cat "$work/out"
        failed=1
    fi
done
exit $failed
