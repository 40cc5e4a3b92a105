#!/bin/sh
# Refuses an include against the layer arrows of ARCHITECTURE.md. Each line below is a layer, which is a folder, and the
# folders that its files may include; system headers are not looked at. It also refuses folders without a line, and
# folders that include each other in a circle.
set -eu
cd "$(dirname "$0")/../.."

layers='
transport/base    transport/base
transport/wire/codec transport/base|transport/wire/codec
transport/wire    transport/base|transport/wire(/codec)?
transport/hop     transport/base|transport/wire(/codec)?|transport/hop
transport/peer    transport/(base|wire|hop|peer)
transport/net     transport/(base|wire|hop|peer|net)
router            transport/(base|wire)|router|router/base
router/base       transport/(base|wire|hop)|router/base
router/in         transport/(base|wire|hop)|router/(base|in)
router/relay      transport/(base|wire|hop)|router|router/(base|in|relay)
router/out        transport/(base|wire|hop)|router/(base|in|out)
router/choose     transport/(base|wire|hop)|router/(base|in|relay|out|choose)
router/room       transport/(base|wire|hop)|router|router/(base|in|relay|out|choose|room)
router/worker     transport/(base|wire|hop|peer|net)|router|router/worker
signaling/proto   transport/(base|wire|wire/codec)|signaling/proto
signaling/room    transport/base|signaling/(proto|room)
signaling/config  transport/(base|peer|net)|signaling/(proto|room|config)
signaling/http    transport/(base|net)|signaling/(proto|config|http)
signaling/session transport/(base|net)|signaling/(proto|room|http|session)
signaling/process transport/(base|net)|signaling/process
signaling/services transport/(base|net)|signaling/(proto|room|config|services)
signaling/queue   transport/(base|net)|signaling/(proto|room|config|services|process|queue)
signaling/router  transport/(base|wire|hop|peer|net)|router|router/worker|signaling/(proto|room|config|router)
signaling/whip    transport/(base|net)|router|signaling/(proto|room|config|http|session|process|router|whip)
signaling         transport/(base|wire|hop|peer|net)|router|router/worker|signaling(/[a-z]+)?
client/e2ee       transport/(base|wire)|client/e2ee
client/media      transport/(base|wire)|client/media
client/mix        transport/(base|wire)|client/(media|mix)
client/composite  transport/(base|wire|net)|client/(media|composite)
client/record     transport/(base|wire)|client/(media|record)
client/include    none
client/examples   none
client/files      transport/base|client/files
client/net        transport/(base|net)|signaling/proto|client/net
client/rtp        transport/(base|wire|hop|peer|net)|signaling/proto|client/(media|rtp)
client/call       transport/(base|wire|hop|peer|net)|signaling/proto|client/(include|e2ee|media|net|rtp|call)
client/service    transport/(base|net)|client/(include|service)
client/mixer      transport/(base|net)|signaling/proto|client/(include|media|mix|service|mixer)
client/recorder   transport/(base|wire|net)|client/(include|composite|record|service|recorder)
client            transport/(base|wire|hop|peer|net)|signaling/proto|client(/(include|e2ee|files|media|net|rtp|call))?
bench/heap        none
bench             transport/(base|wire|hop|peer|net)|signaling/proto|client/(net|rtp|call)|bench
'

arrows=$(mktemp)
trap 'rm -f "$arrows"' EXIT
failed=0
checked=0
for folder in $(find transport router signaling client bench -name '*.[ch]' | sed 's|/[^/]*$||' | sort -u); do
    allowed=$(printf '%s\n' "$layers" | awk -v layer="$folder" '$1 == layer { print $2 }')
    [ -n "$allowed" ] || { echo "$folder: no line for this folder"; failed=1; continue; }
    for file in "$folder"/*.[ch]; do
        [ -e "$file" ] || continue
        checked=$((checked + 1))
        for header in $(sed -n 's/^#include "\(.*\)"$/\1/p' "$file"); do
            [ "${header%/*}" = "$folder" ] || echo "$folder ${header%/*}" >>"$arrows"
            printf '%s\n' "${header%/*}" | grep -qE "^($allowed)$" && continue
            echo "$file includes $header, which $folder may not see"
            failed=1
        done
    done
done
[ "$checked" -gt 20 ] || { echo "only $checked files found: is this the project's root?"; failed=1; }
circle=$(tsort <"$arrows" 2>&1 >/dev/null) || { echo "folders in a circle:"; printf '%s\n' "$circle"; failed=1; }
echo "$checked files checked"
exit $failed
