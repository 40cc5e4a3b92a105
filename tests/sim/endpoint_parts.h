/* What the parts of an endpoint say to each other. */
#ifndef HEDDLE_SIM_ENDPOINT_PARTS_H
#define HEDDLE_SIM_ENDPOINT_PARTS_H

#include "tests/sim/endpoint.h"

struct shape {
    bool is_key;
    unsigned temporal, index, count;
    size_t size;
};

void endpoint_send_packet(struct endpoint *endpoint, int stream, const struct shape *shape, usec_t now);
void endpoint_send_frame(struct endpoint *endpoint, usec_t now);
void endpoint_resend(struct endpoint *endpoint, int stream, uint16_t sequence, usec_t now);
int endpoint_stream_of(const struct endpoint *endpoint, uint32_t ssrc);
struct received *endpoint_received(struct endpoint *endpoint, uint32_t ssrc);

#endif
