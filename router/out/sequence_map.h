/* What became of each output sequence number of a slot: which packet of the publication it stands for, and what was
 * added to it. It answers NACKs, and finds the number that was kept free for a packet that comes late. A ring;
 * the oldest places are used again. Its memory comes with the first number. Pure. */
#ifndef HEDDLE_ROUTER_OUT_SEQUENCE_MAP_H
#define HEDDLE_ROUTER_OUT_SEQUENCE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

struct sequence_entry {
    int64_t out;
    int64_t in; /* extended, of the layer */
    uint32_t timestamp_offset;
    uint32_t resent_ms; /* when it was last resent */
    uint16_t picture_offset;
    uint8_t tl0_offset;
    uint8_t source; /* the caller's tag of publication and layer */
    uint8_t resends : 2;
    bool sent : 1;         /* false: kept free for a packet that has not come */
    bool is_filler : 1;    /* padding went out in its place */
    bool ends_picture : 1; /* what followed in the picture was left out: the marker is here */
    bool is_used : 1;
};

struct sequence_map {
    struct sequence_entry *entries;
    size_t size; /* a power of two */
};

#define RESENDS_MAX 3

void sequence_map_init(struct sequence_map *map, size_t size);
void sequence_map_fini(struct sequence_map *map);
/* The place for `out`, cleared. */
struct sequence_entry *sequence_map_add(struct sequence_map *map, int64_t out, int64_t in);
/* NULL when it is not, or no longer, known. */
struct sequence_entry *sequence_map_get(const struct sequence_map *map, int64_t out);
/* The place of input packet `in`, looking back from `newest` down to `oldest`. */
struct sequence_entry *sequence_map_find(const struct sequence_map *map, int64_t in, int64_t newest, int64_t oldest);
/* Whether the packet may be resent now (at most RESENDS_MAX times, `spacing` apart); notes it when so. */
bool sequence_entry_resend(struct sequence_entry *entry, usec_t spacing, usec_t now);

#endif
