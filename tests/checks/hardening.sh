#!/bin/sh
# hardening.sh PROGRAM...: reads the programs for what cmake/heddle.cmake hardens them with.
set -u
failed=0
for program in "$@"; do
    dynamic=$(readelf -dW "$program")
    headers=$(readelf -hlW "$program")
    names=$(readelf --dyn-syms -W "$program")
    has() { # has WHAT TEXT PATTERN
        printf '%s\n' "$2" | grep -qE "$3" && return
        echo "$program: no $1"
        failed=1
    }
    case $program in
    *.so*) ;; # is so in any case
    *) has "position-independent code" "$dynamic" 'FLAGS_1.*PIE' ;;
    esac
    has "binding at the start (-z now)" "$dynamic" 'FLAGS.*(BIND_)?NOW'
    has "read-only relocations (-z relro)" "$headers" 'GNU_RELRO'
    has "stack that cannot be executed" "$headers" 'GNU_STACK +0x0+ 0x0+ 0x0+ 0x0+ 0x0+ RW +0x'
    has "stack protector" "$names" '__stack_chk_fail'
    has "checked copies (_FORTIFY_SOURCE)" "$names" '__(memcpy|snprintf|vsnprintf|fprintf|printf)_chk'
    if printf '%s\n' "$dynamic" | grep -q 'TEXTREL'; then
        echo "$program: relocations in its code"
        failed=1
    fi
done
[ $# -gt 0 ] || { echo "no program was named"; failed=1; }
exit $failed
