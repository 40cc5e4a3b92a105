#include "transport/hop/keyframe_gate.h"

#define SPACING_MIN (200 * USEC_PER_MSEC)
#define SPACING_MAX (1000 * USEC_PER_MSEC)
#define REPEAT_MAX (10 * USEC_PER_SEC)

const struct budget_limit keyframe_encoding_limit = {.per_second = 2 * KEYFRAME_UNITS, .burst = 8 * KEYFRAME_UNITS};
const struct budget_limit keyframe_requester_limit = {.per_second = 1, .burst = 4 * KEYFRAME_UNITS};

void keyframe_gate_init(struct keyframe_gate *gate, struct budget_limit limit)
{
    *gate = (struct keyframe_gate){.limit = limit, .spacing = SPACING_MIN, .last = -SPACING_MAX};
}

void keyframe_gate_set_rtt(struct keyframe_gate *gate, usec_t rtt)
{
    gate->spacing = usec_min(usec_max(2 * rtt, SPACING_MIN), SPACING_MAX);
}

void keyframe_gate_request(struct keyframe_gate *gate)
{
    if (gate->is_requested)
        return;
    gate->is_requested = true;
    gate->occasions++;
    gate->wait = gate->spacing;
    gate->next = gate->last + gate->spacing;
}

void keyframe_gate_hurry(struct keyframe_gate *gate)
{
    keyframe_gate_request(gate);
    gate->next = usec_min(gate->next, gate->last + gate->spacing);
}

void keyframe_gate_arrived(struct keyframe_gate *gate)
{
    gate->is_requested = false;
}

bool keyframe_gate_due(struct keyframe_gate *gate, usec_t now)
{
    if (!gate->is_requested || now < gate->next)
        return false;
    if (!budget_take(&gate->budget, &gate->limit, KEYFRAME_UNITS, now)) {
        gate->next = budget_when(&gate->budget, &gate->limit, KEYFRAME_UNITS, now);
        return false;
    }
    gate->last = now;
    gate->next = now + gate->wait;
    gate->wait = usec_min(2 * gate->wait, REPEAT_MAX);
    gate->requests++;
    return true;
}

usec_t keyframe_gate_next(const struct keyframe_gate *gate)
{
    return gate->is_requested ? gate->next : USEC_NEVER;
}
