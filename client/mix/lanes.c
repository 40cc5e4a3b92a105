#include "client/mix/lanes.h"

static struct lane *lane_of(struct lanes *lanes, unsigned participant)
{
    for (size_t i = 0; i < LANES; i++)
        if (lanes->at[i].owner == participant)
            return &lanes->at[i];
    return NULL;
}

static bool is_there(unsigned participant, const struct lanes_voice *voices, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (voices[i].participant == participant)
            return true;
    return false;
}

/* A free lane; for somebody who speaks also the one whose owner has been silent for longest. NULL: there is none. */
static struct lane *lane_for(struct lanes *lanes, bool is_loud, usec_t now)
{
    struct lane *silent = NULL;
    for (size_t i = 0; i < LANES; i++) {
        struct lane *lane = &lanes->at[i];
        if (lane->owner == 0)
            return lane;
        if (now - lane->loud_at >= LANES_HOLD && (silent == NULL || lane->loud_at < silent->loud_at))
            silent = lane;
    }
    return is_loud ? silent : NULL;
}

bool lanes_follow(struct lanes *lanes, const struct lanes_voice *voices, size_t count, usec_t now)
{
    bool is_changed = false;
    for (size_t i = 0; i < LANES; i++) {
        if (lanes->at[i].owner == 0 || is_there(lanes->at[i].owner, voices, count))
            continue;
        lanes->at[i] = (struct lane){.owner = 0};
        is_changed = true;
    }
    for (size_t i = 0; i < count; i++) {
        struct lane *lane = lane_of(lanes, voices[i].participant);
        if (lane == NULL) {
            lane = lane_for(lanes, voices[i].is_loud, now);
            if (lane == NULL)
                continue;
            *lane = (struct lane){.owner = voices[i].participant, .loud_at = now - LANES_HOLD, .from = USEC_NEVER};
            is_changed = true;
        }
        if (voices[i].is_loud)
            lane->loud_at = now;
    }
    lanes->asked += is_changed ? 1 : 0;
    return is_changed;
}

void lanes_answered(struct lanes *lanes, usec_t now)
{
    if (++lanes->answered != lanes->asked)
        return; /* a newer one is under way */
    for (size_t i = 0; i < LANES; i++)
        if (lanes->at[i].owner != 0 && lanes->at[i].from == USEC_NEVER)
            lanes->at[i].from = now + LANES_SETTLE;
}

int lanes_heard(const struct lanes *lanes, unsigned participant, usec_t now)
{
    for (int i = 0; i < LANES; i++)
        if (lanes->at[i].owner == participant && lanes->at[i].from != USEC_NEVER && now >= lanes->at[i].from)
            return i;
    return -1;
}

bool lanes_are_settled(const struct lanes *lanes, usec_t now)
{
    for (size_t i = 0; i < LANES; i++)
        if (lanes->at[i].owner != 0 && (lanes->at[i].from == USEC_NEVER || now < lanes->at[i].from))
            return false;
    return true;
}
