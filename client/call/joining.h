/* When each step from joining to the first picture was reached, for the summary. Pure; embedded. */
#ifndef HEDDLE_CLIENT_JOINING_H
#define HEDDLE_CLIENT_JOINING_H

#include "client/include/heddle_client.h"
#include "transport/base/time.h"

struct joining {
    usec_t began;
    usec_t at[HEDDLE_CLIENT_STEPS]; /* 0: not yet */
};

/* Only the first time counts. */
static inline void joining_reached(struct joining *joining, enum heddle_client_step step, usec_t now)
{
    if (joining->at[step] == 0)
        joining->at[step] = now;
}

#endif
