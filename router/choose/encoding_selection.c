#include "router/choose/encoding_selection.h"

static bool is_proven(const struct encoding_state *encoding, usec_t now)
{
    return encoding->is_received && now - encoding->received_since >= ENCODING_PROVEN;
}

int encoding_select(const struct encoding_state *encodings, size_t count, const struct encoding_limits *limits,
                    usec_t now)
{
    int current = limits->current;
    int lowest = ENCODING_NONE, best = ENCODING_NONE;
    bool keeps = current >= 0 && (size_t)current < count && current <= limits->max && encodings[current].is_received;
    for (int i = 0; (size_t)i < count; i++) {
        if (!encodings[i].is_received)
            continue;
        if (lowest == ENCODING_NONE)
            lowest = i;
        if (i > limits->max)
            continue;
        if (!keeps || i <= current || is_proven(&encodings[i], now))
            best = i;
    }
    /* If no encoding is low enough, the lowest that is received is better than nothing. */
    return best != ENCODING_NONE ? best : lowest;
}
