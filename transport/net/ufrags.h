/* The local ufrags that a port answers to, and what belongs to each: its password, the remote credentials of the same
 * offer and answer, and its owner. A map that remote hosts cannot fill with collisions. Pure. */
#ifndef HEDDLE_NET_UFRAGS_H
#define HEDDLE_NET_UFRAGS_H

#include "transport/base/map.h"
#include "transport/net/ice.h"

struct ufrag {
    struct ice_credentials local;
    struct ice_credentials remote; /* empty: not known yet */
    void *owner;
    struct ufrag *next; /* of the same hash */
    uint64_t key;
};

struct ufrags {
    struct map map;
    uint64_t seed;
};

void ufrags_init(struct ufrags *ufrags, uint64_t seed);
void ufrags_fini(struct ufrags *ufrags); /* all must be dropped before */
/* NULL: unknown. */
struct ufrag *ufrags_find(const struct ufrags *ufrags, const uint8_t *text, size_t length);
/* ERR_DUPLICATE: taken; ERR_INVALID: shorter or longer than RFC 8445 section 5.3 allows. */
int ufrags_add(struct ufrags *ufrags, struct ufrag **out, const struct ice_credentials *local, void *owner);
void ufrags_drop(struct ufrags *ufrags, struct ufrag **holder); /* frees it; *holder may be NULL */

#endif
