#include "router/in/ingress_limit.h"

/* Opus has 50 packets a second, and 400 of its shortest frames. Those of two seconds may come at once that a link has
 * held up. Not more: audio goes first, so it would take bandwidth from the viewers' video, and room in their sockets
 * from other people's audio. */
static const struct budget_limit audio_limit = {.per_second = 500, .burst = 100};
/* The fastest cameras and screens have 240 frames a second; those of a second may come at once after an outage. */
static const struct budget_limit picture_limit = {.per_second = 300, .burst = 300};

bool ingress_limit_take(struct ingress_limit *limit, enum media_kind kind, uint32_t timestamp, usec_t now)
{
    if (kind != MEDIA_VIDEO)
        return budget_take(&limit->budget, &audio_limit, 1, now);
    if (limit->has_begun && limit->timestamp == timestamp)
        return !limit->is_refused;
    limit->has_begun = true;
    limit->timestamp = timestamp;
    limit->is_refused = !budget_take(&limit->budget, &picture_limit, 1, now);
    return !limit->is_refused;
}
