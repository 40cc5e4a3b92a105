/* Whether everybody's pictures are too much: for the link, when the router leaves some out although it could not send
 * them smaller, or for this machine, when it cannot decode all that comes. Either has to last. Pure;
 * client/web/weakness.js is the page's. */
#ifndef HEDDLE_CLIENT_WEAKNESS_H
#define HEDDLE_CLIENT_WEAKNESS_H

#include <stdbool.h>

#include "transport/base/time.h"

#define WEAKNESS_LASTS (5 * USEC_PER_SEC)

enum weakness_kind { WEAKNESS_LINK, WEAKNESS_DEVICE, WEAKNESS_NONE };

struct weakness {    /* zeros: no trouble */
    usec_t since[2]; /* by kind: since when there is trouble without a break; 0: there is none */
    usec_t looked_at;
};

/* Whether it is time to look again: once a second. */
bool weakness_is_due(const struct weakness *weakness, usec_t now);
/* `is_cut`: pictures are left out for want of bandwidth. `leaves_out`: they come and are not decoded. What has lasted
 * is told once, and again when it has lasted as long again. */
enum weakness_kind weakness_look(struct weakness *weakness, bool is_cut, bool leaves_out, usec_t now);

#endif
