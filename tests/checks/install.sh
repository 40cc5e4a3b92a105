#!/bin/sh
# install.sh BUILD: installs into a prefix of its own, and uses what came there as somebody would who
# has nothing else: the server with its page, and the example of heddle_client.h, compiled by
# pkg-config, in a call with the installed client.
set -eu
build=$1
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
fail() { echo "$*"; cat "$work"/*.log 2>/dev/null; exit 1; }

# Before all is built nothing is installed.
sed 's#client/install/lib#client/nosuch/lib#' "$build/cmake_install.cmake" >"$work/unbuilt.cmake"
! cmake -DCMAKE_INSTALL_PREFIX="$work/none" -P "$work/unbuilt.cmake" >"$work/unbuilt.log" 2>&1 && grep -q 'Run ./dev build first' "$work/unbuilt.log" ||
    fail "an unfinished build is installed"
[ ! -e "$work/none" ] || fail "an unfinished build left something behind"
cmake -DCMAKE_INSTALL_PREFIX="$work/server" -DCMAKE_INSTALL_COMPONENT=server -P "$work/unbuilt.cmake" >"$work/server-only.log" ||
    fail "the server alone is not installed"

cmake --install "$build" --prefix "$work/made" >"$work/install.log"
mv "$work/made" "$work/prefix" # nothing may remember where it was put first
prefix=$work/prefix
for file in include/heddle_client.h share/heddle/web/index.html; do
    [ -e "$prefix/$file" ] || fail "$file was not installed"
done
for program in heddle heddle-client heddle-bench heddle-mix heddle-record heddle-service; do
    [ -x "$prefix/bin/$program" ] || fail "$program was not installed"
    "$prefix/bin/$program" --help | grep -qF 'Exit codes:' || fail "$program --help does not say its exit codes"
    if grep -q '^HELP2MAN:FILEPATH=/' "$build/CMakeCache.txt"; then
        man=$prefix/share/man/man1/$program.1
        { [ -s "$man" ] && grep -q 'Exit codes' "$man"; } || fail "$program has no man page"
    fi
done
pc=$(find "$prefix" -name heddle-client.pc)
[ -n "$pc" ] && [ -n "$(find "$prefix" -name heddle-client-static.pc)" ] || fail "no file for pkg-config was installed"

# A program finds a library of its own interface, which before 1.0 each minor version has.
version=$(PKG_CONFIG_PATH="${pc%/*}" pkg-config --modversion heddle-client)
grep -q "^#define HEDDLE_CLIENT_VERSION \"$version\"$" "$prefix/include/heddle_client.h" || fail "the header is not of version $version"
interface=${version%%.*}
[ "$interface" -gt 0 ] || interface=${version%.*}
[ -n "$(find "$prefix" -name "libheddle_client.so.$interface")" ] || fail "the shared library is not named after its interface, $interface"

# Only the names of the header are seen, so that the library goes with any other.
archive=$(find "$prefix" -name libheddle_client.a)
shared=$(find "$prefix" -name libheddle_client.so)
foreign=$({ nm -g --defined-only "$archive" && nm -D --defined-only "$shared"; } 2>/dev/null | awk 'NF == 3 && $3 !~ /^heddle_client_/ { print $3 }')
[ -z "$foreign" ] || fail "names that are not the header's: $foreign"

# The page comes from the prefix: a file that only it has is served.
echo "the installed page" >"$prefix/share/heddle/web/installed.txt"
"$prefix/bin/heddle" --open --http 127.0.0.1:0 --media-port $((32000 + $$ % 700)) --workers 1 >"$work/server.log" 2>&1 &
server=$!
while ! grep -q '^ready' "$work/server.log"; do
    kill -0 $server 2>/dev/null || fail "the server did not start"
    sleep 0.05
done
url=$(sed -n 's/^ready //p' "$work/server.log")
port=$(printf '%s' "$url" | sed 's/.*:\([0-9]*\).*/\1/')
bash -c "exec 3<>/dev/tcp/127.0.0.1/$port && printf 'GET /installed.txt HTTP/1.0\r\n\r\n' >&3 && cat <&3" | grep -q 'the installed page' ||
    fail "the installed server does not serve the installed page"

sed -n 's/^ \*     //p; s/^ \*$//p' "$prefix/include/heddle_client.h" | sed "s#http://127.0.0.1:8080#$url#" >"$work/example.c"
export PKG_CONFIG_PATH="${pc%/*}" LD_LIBRARY_PATH="${shared%/*}"
# shellcheck disable=SC2046 # a list of options
${CC:-cc} -Wall -Wextra -Werror -o "$work/example" "$work/example.c" $(pkg-config --cflags --libs heddle-client) 2>"$work/compiler.log" ||
    fail "the header's example does not compile"
for example in "$(dirname "$0")"/../../client/examples/*.c; do
    # shellcheck disable=SC2046 # a list of options
    ${CC:-cc} -Wall -Wextra -Werror -o "$work/other" "$example" $(pkg-config --cflags --libs heddle-client) 2>"$work/compiler.log" ||
        fail "$example does not compile"
done
sed "s#$url#http://127.0.0.1:1#" "$work/example.c" >"$work/alone.c"
# shellcheck disable=SC2046 # a list of options
${CC:-cc} -o "$work/alone" "$work/alone.c" $(pkg-config --cflags --libs heddle-client) 2>"$work/compiler.log" || fail "the example does not compile"
! timeout 30 "$work/alone" >"$work/alone.log" 2>&1 || fail "the example without a server says that all went well"
printf '#include <cstring>\n#include <heddle_client.h>\nint main() { return std::strcmp(heddle_client_version(), HEDDLE_CLIENT_VERSION); }\n' >"$work/example.cc"
# shellcheck disable=SC2046 # a list of options
${CXX:-c++} -Wall -Wextra -Werror -o "$work/example++" "$work/example.cc" $(pkg-config --cflags --libs heddle-client) 2>"$work/compiler.log" ||
    fail "a program in C++ does not go with the library"
"$work/example++" || fail "library and header are of different versions"
# The static library can be part of a shared object, like a plug-in of somebody's program,
# which shows no names but the header's.
sed 's/int main(void)/int plugin(void); int plugin(void)/' "$work/alone.c" >"$work/plugin.c"
# shellcheck disable=SC2046 # a list of options
${CC:-cc} -Wall -Wextra -Werror -fPIC -shared -Wl,-z,defs -Wl,-z,text -o "$work/plugin.so" "$work/plugin.c" $(pkg-config --cflags --libs heddle-client-static) \
    2>"$work/compiler.log" || fail "the library does not go into a shared object"
foreign=$(nm -D --defined-only "$work/plugin.so" | awk '$3 != "plugin" && $3 !~ /^heddle_client_/ { print $3 }')
[ -z "$foreign" ] || fail "the shared object shows names of the library: $foreign"
cat >"$work/host.c" <<'TEXT'
#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char **argv)
{
    void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    int (*plugin)(void) = library != NULL ? (int (*)(void))dlsym(library, "plugin") : NULL;
    if (plugin == NULL)
        puts(dlerror());
    return plugin != NULL ? plugin() : 99;
}
TEXT
${CC:-cc} -o "$work/host" "$work/host.c" -ldl 2>"$work/compiler.log" || fail "the host of the plug-in does not compile"
status=0
timeout 30 "$work/host" "$work/plugin.so" >"$work/host.log" 2>&1 || status=$?
[ $status -eq 1 ] || fail "the example as a plug-in, without a server, ends with $status"

# The same by CMake, which is told where the installation is, as it is told of any.
mkdir "$work/project"
cp "$work/example.c" "$work/project/"
cat >"$work/project/CMakeLists.txt" <<'TEXT'
cmake_minimum_required(VERSION 3.25)
project(example LANGUAGES C)
find_package(heddle-client 0.1 REQUIRED)
add_executable(example example.c)
target_link_libraries(example PRIVATE heddle::client)
TEXT
{ cmake -S "$work/project" -B "$work/project/build" -DCMAKE_PREFIX_PATH="$prefix" && cmake --build "$work/project/build"; } >"$work/project/log" 2>&1 ||
    fail "find_package(heddle-client) does not work: $(cat "$work/project/log")"

timeout 60 "$work/project/build/example" >"$work/example.log" 2>&1 &
example=$!
while ! grep -q 'p1 joined' "$work/server.log"; do
    kill -0 $example 2>/dev/null || fail "the example did not join"
    sleep 0.05
done
timeout 60 "$prefix/bin/heddle-client" "$url" --room daily --name Bob --send none --duration 4 --json >"$work/summary" 2>"$work/client.log" ||
    fail "the installed client failed"
grep -q '"frames_decoded": *[1-9]' "$work/summary" || fail "the client saw nothing of the example: $(cat "$work/summary")"
wait $example || fail "the example did not end by itself"
"$prefix/bin/heddle-bench" --version >/dev/null
