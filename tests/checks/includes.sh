#!/bin/sh
# Refuses an include against the layer arrows of ARCHITECTURE.md. Each line below is a folder (or, in router/, the worker's
# files) and what its files may include; system headers are not looked at.
set -eu
cd "$(dirname "$0")/../.."

layers='
transport/base    transport/base
transport/wire    transport/base|transport/wire(/codec)?
transport/hop     transport/base|transport/wire|transport/hop
transport/peer    transport/(base|wire|hop|peer)
transport/net     transport/(base|wire|hop|peer|net)
router            transport/(base|wire|hop)|router
router-worker     transport/(base|wire|hop|peer|net)|router
signaling/proto   transport/(base|wire|wire/codec)|signaling/proto
signaling         transport/(base|wire|hop|peer|net)|router|signaling|signaling/proto
client            transport/(base|wire|hop|peer|net)|signaling/proto|client(/[a-z]+)?
bench             transport/(base|wire|hop|peer|net)|signaling/proto|client(/[a-z]+)?|bench(/[a-z]+)?
'
worker_files='router/(worker|connection|crossings|egress|mailbox|ring)[a-z_]*\.[ch]'

layer_of() {
    case $1 in
    router/*) printf '%s\n' "$1" | grep -qE "^$worker_files$" && echo router-worker || echo router ;;
    signaling/proto/*) echo signaling/proto ;;
    transport/*/*) printf '%s\n' "$1" | cut -d/ -f1,2 ;;
    *) printf '%s\n' "$1" | cut -d/ -f1 ;;
    esac
}

failed=0
checked=0
for file in $(find transport router signaling client bench -name '*.[ch]' | sort); do
    layer=$(layer_of "$file")
    allowed=$(printf '%s\n' "$layers" | awk -v layer="$layer" '$1 == layer { print $2 }')
    [ -n "$allowed" ] || { echo "$file: no rule for the layer $layer"; failed=1; continue; }
    checked=$((checked + 1))
    for header in $(sed -n 's/^#include "\(.*\)"$/\1/p' "$file"); do
        if ! printf '%s\n' "${header%/*}" | grep -qE "^($allowed)$"; then
            echo "$file includes $header, which $layer may not see"
            failed=1
        elif [ "$layer" = router ] && printf '%s\n' "$header" | grep -qE "^$worker_files$"; then
            echo "$file includes $header: the core does not know its worker"
            failed=1
        fi
    done
done
[ "$checked" -gt 20 ] || { echo "only $checked files found: is this the project's root?"; failed=1; }
echo "$checked files checked"
exit $failed
