/* What the participants of a room know of the direct paths between them: each end of a pair says what it found, and a
 * pair is proven when both ends have proven it. A lost path has a moment to recover. A pair that failed is not tried
 * again for a while (longer each time), or until the network of one of the two changes. A path through a TURN server
 * does not count as direct unless the room is pinned to a Mesh: it costs the operator what the router costs, without
 * the router's adaptation. Pure. */
#ifndef HEDDLE_SIGNALING_PATHS_H
#define HEDDLE_SIGNALING_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

#define PATH_HEAL_TIME (3 * USEC_PER_SEC)         /* lost for so long: the pair has failed */
#define PATH_RETRY_FIRST (5 * 60 * USEC_PER_SEC)  /* after a failure; doubled for each that follows... */
#define PATH_RETRY_LAST (60 * 60 * USEC_PER_SEC)  /* ...up to this */
#define PATH_CHANGE_RETRY (10 * USEC_PER_SEC)     /* the network changed: not before so long after the failure */
#define PATH_STABLE_TIME (10 * 60 * USEC_PER_SEC) /* proven for so long: former failures count no more */

enum path_state {
    PATH_PROVEN,  /* connected */
    PATH_RELAYED, /* connected, but through a TURN server */
    PATH_LOST,    /* it was connected and may heal */
    PATH_FAILED,  /* it never connected, or was given up */
};
/* "proven", "relayed", "lost", "failed". */
bool path_state_parse(enum path_state *out, const char *text);

/* A pair about which at least one end has told something; a < b. */
struct paths_pair {
    uint32_t a, b;        /* participants' numbers */
    bool proven[2];       /* as a and b say */
    bool relayed[2];      /* proven, through a TURN server */
    bool is_refused;      /* it failed only because it is relayed */
    usec_t lost_since[2]; /* USEC_NEVER: it is not */
    usec_t proven_since;  /* by both; USEC_NEVER */
    unsigned failures;
    usec_t failed_at; /* USEC_NEVER: it has not failed */
    usec_t retry_at;  /* USEC_NEVER: it need not wait, and may be tried at once */
};

struct paths {
    size_t count;
    struct paths_pair *pairs;
};

/* Zeroed: nothing is known. */
void paths_fini(struct paths *paths);
void paths_tell(struct paths *paths, uint32_t teller, uint32_t other, enum path_state state, usec_t now);
void paths_network_changed(struct paths *paths, uint32_t participant, usec_t now);
/* Whether paths through a TURN server count. Those that do not have failed; those that do now may be tried again. */
void paths_accept_relayed(struct paths *paths, bool are_accepted, usec_t now);
void paths_left(struct paths *paths, uint32_t participant);
/* All direct connections are closed: each path must be proven again. */
void paths_unprove(struct paths *paths);
/* Applies what changes by time alone. Call before counting, and when paths_next() is due. */
void paths_timeout(struct paths *paths, usec_t now);
usec_t paths_next(const struct paths *paths);
/* Pairs of which both ends proved the path (lost ones that may still heal are among them), and pairs that failed and
 * are not to be tried now. */
bool paths_are_proven(const struct paths *paths, uint32_t participant, uint32_t other); /* the path of these two */
size_t paths_proven(const struct paths *paths);
size_t paths_failed(const struct paths *paths);

#endif
