#include "transport/hop/keyframe_gate.h"

#define INTERVAL_MIN (200 * USEC_PER_MSEC)
#define INTERVAL_MAX (1000 * USEC_PER_MSEC)

void keyframe_gate_init(struct keyframe_gate *gate)
{
    *gate = (struct keyframe_gate){.interval = INTERVAL_MIN};
}

void keyframe_gate_set_rtt(struct keyframe_gate *gate, usec_t rtt)
{
    gate->interval = usec_min(usec_max(2 * rtt, INTERVAL_MIN), INTERVAL_MAX);
}

void keyframe_gate_want(struct keyframe_gate *gate)
{
    gate->wanted = true;
}

void keyframe_gate_arrived(struct keyframe_gate *gate)
{
    gate->wanted = false;
}

bool keyframe_gate_due(struct keyframe_gate *gate, usec_t now)
{
    if (!gate->wanted || now < gate->next)
        return false;
    gate->next = now + gate->interval;
    gate->requests++;
    return true;
}

usec_t keyframe_gate_next(const struct keyframe_gate *gate)
{
    return gate->wanted ? gate->next : USEC_NEVER;
}
