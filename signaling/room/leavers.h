/* Who has left a room a moment ago. A page that is loaded again leaves and joins anew: by the resume token of the place
 * that it had it enters where newcomers wait or are kept out, and takes back the role of host. Bounded: for a new one
 * the oldest of its address is forgotten, else the oldest of all; but for whoever had no role none that had one, and
 * for an heir no host. Pure. */
#ifndef HEDDLE_SIGNALING_LEAVERS_H
#define HEDDLE_SIGNALING_LEAVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

#define LEAVERS_MAX 16
#define LEAVERS_WITH_ROLE_MAX 8
#define LEAVERS_TIME (60 * USEC_PER_SEC) /* a page loads, and a person looks at it before joining */

/* What it was in the room. */
struct leaver_role {
    bool was_host;
    bool was_heir; /* host since another one left, who may still come back for the role */
};

struct leavers { /* zeroed: none */
    struct leaver {
        uint64_t key;     /* bans_key() of the resume token; 0: nobody */
        uint64_t address; /* it came from */
        usec_t until;
        struct leaver_role role;
    } list[LEAVERS_MAX], with_role[LEAVERS_WITH_ROLE_MAX];
};

void leavers_add(struct leavers *leavers, uint64_t key, uint64_t address, struct leaver_role role, usec_t now);
/* Forgets the one with this key. False: there is none, or it left too long ago. */
bool leavers_take(struct leavers *leavers, uint64_t key, usec_t now, struct leaver_role *role);

#endif
