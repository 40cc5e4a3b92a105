/* Who is heard: the loudest few. Each of them owns a lane, a mix without its own voice. A voice is in the mixes only
 * when its owner is known to get that lane: nobody ever hears itself. Pure: participants are numbers above 0. */
#ifndef HEDDLE_CLIENT_MIX_LANES_H
#define HEDDLE_CLIENT_MIX_LANES_H

#include <stdbool.h>
#include <stddef.h>

#include "transport/base/time.h"

#define LANES 4
#define LANES_HOLD (1 * USEC_PER_SEC)     /* a lane is taken from a participant that was silent for so long */
#define LANES_SETTLE (80 * USEC_PER_MSEC) /* from the server's word until the router has changed the stream */

struct lanes {
    struct lane {
        unsigned owner; /* 0: free */
        usec_t loud_at; /* when it was loud last */
        usec_t from;    /* when its voice may be heard; USEC_NEVER: the server has not answered yet */
    } at[LANES];
    unsigned asked, answered; /* changes that the server was told, and that it answered */
};

struct lanes_voice {
    unsigned participant;
    bool is_loud;
};

/* Everybody who is there. True: the owners have changed, and the server is to be told. */
bool lanes_follow(struct lanes *lanes, const struct lanes_voice *voices, size_t count, usec_t now);
/* The server has answered; answers come in the order of what was asked. */
void lanes_answered(struct lanes *lanes, usec_t now);
/* Whether every owner is heard. */
bool lanes_are_settled(const struct lanes *lanes, usec_t now);
/* The lane of this participant when it may be heard; -1: it is not. */
int lanes_heard(const struct lanes *lanes, unsigned participant, usec_t now);

#endif
