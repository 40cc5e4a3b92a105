/* What is not let in again for a while after a participant was removed from a room: access tokens and resume tokens, by
 * a hash of each. Bounded: the oldest one is forgotten for a new one. Pure. */
#ifndef HEDDLE_SIGNALING_BANS_H
#define HEDDLE_SIGNALING_BANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

#define BANS_MAX 64
#define BANS_TIME (600 * USEC_PER_SEC)

struct bans { /* zeroed: none */
    size_t next;
    struct ban {
        uint64_t key;
        usec_t until;
    } * list; /* BANS_MAX of them; NULL: nobody was removed yet */
};

/* Never 0. */
uint64_t bans_key(const char *token);
void bans_add(struct bans *bans, uint64_t key, usec_t now);
bool bans_has(const struct bans *bans, uint64_t key, usec_t now);
void bans_fini(struct bans *bans);

#endif
