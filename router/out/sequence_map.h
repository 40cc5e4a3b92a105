/* What became of each output sequence number of a slot: which packet of the publication it stands for, and what was
 * added to it. It answers NACKs, and finds the number that was kept free for a packet that comes late.
 *
 * A ring, whose oldest places are reused. While it can grow, it does so before it forgets a number younger than
 * SEQUENCE_MAP_AGE. Memory is allocated with the first number, grows with the stream's rate up to the size given to
 * init(), and shrinks with it. Of numbers that are kept free together only the last has an entry; the others are
 * counted back from it. Pure. */
#ifndef HEDDLE_ROUTER_OUT_SEQUENCE_MAP_H
#define HEDDLE_ROUTER_OUT_SEQUENCE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

#define SEQUENCE_ENCODINGS 8u /* no publication has more */

/* One for each packet that may be resent, of each stream of each viewer: kept small. */
struct sequence_entry {
    uint32_t in; /* the lower half of sequence_map_in() */
    uint32_t timestamp_offset;
    uint16_t at; /* when it was made, or resent last, in units of 2 ms */
    uint16_t picture_offset, picture_extension;
    uint8_t tl0_offset;
    uint8_t encoding : 3;  /* of the publication: its history has the packet */
    uint8_t resends : 2;   /* up to RESENDS_MAX */
    bool sent : 1;         /* false: kept free for a packet that has not come */
    bool is_filler : 1;    /* padding went out in its place */
    bool ends_picture : 1; /* the rest of the picture was left out, so this packet has the marker */
};

/* Memory of several maps of one owner. At `most` bytes none of them grows any more. */
struct sequence_map_account {
    size_t places, most;
};

struct sequence_map {
    struct sequence_map_account *account; /* NULL: none */
    struct sequence_entry *entries;       /* NULL: no memory yet */
    uint64_t *has_entry;                  /* bits, by place; in the same piece of memory */
    size_t size, most;                    /* places, powers of two */
    int64_t oldest, newest;               /* all numbers between are known */
    int64_t newest_in;
};

/* Longer than the history of encodings: older packets cannot be resent. */
#define SEQUENCE_MAP_AGE (700 * USEC_PER_MSEC)

/* `account` is borrowed, NULL for none. */
void sequence_map_init(struct sequence_map *map, size_t most, struct sequence_map_account *account);
void sequence_map_fini(struct sequence_map *map);
/* Forgets all numbers, and gives the memory back. */
void sequence_map_clear(struct sequence_map *map);
/* The place for `out`, cleared. `out` is the next number, or `skipped` more: those between are kept free for the input
 * packets just before `in`, and share the values that the caller sets in this entry. */
struct sequence_entry *sequence_map_add(struct sequence_map *map, int64_t out, int64_t in, size_t skipped, usec_t now);
/* NULL: not known (any more), or still free. */
struct sequence_entry *sequence_map_get(const struct sequence_map *map, int64_t out);
/* The entry of input packet `in` among output numbers from `oldest` on, where input numbers rise with output numbers.
 * NULL: there is none. */
struct sequence_entry *sequence_map_find(struct sequence_map *map, int64_t in, int64_t oldest);
/* The input packet of an entry of this map: extended, of the encoding. */
int64_t sequence_map_in(const struct sequence_map *map, const struct sequence_entry *entry);
/* The output number of an entry of this map, extended. */
int64_t sequence_map_out(const struct sequence_map *map, const struct sequence_entry *entry);
/* Bytes that it holds. */
size_t sequence_map_memory(const struct sequence_map *map);
/* Whether the packet may be resent now (transport/hop/resend_rule.h); notes it when so. */
bool sequence_entry_resend(struct sequence_entry *entry, usec_t spacing, usec_t now);

#endif
