/* What the parts of a client say to each other. */
#ifndef HEDDLE_SIM_CLIENT_PARTS_H
#define HEDDLE_SIM_CLIENT_PARTS_H

#include "tests/sim/client.h"

struct frame_packet {
    bool is_key;
    unsigned temporal, index, count;
    size_t size;
};

void sim_client_send_packet(struct sim_client *client, int stream, const struct frame_packet *packet, usec_t now);
void sim_client_send_frame(struct sim_client *client, usec_t now);
void sim_client_resend(struct sim_client *client, int stream, uint16_t sequence, usec_t now);
int sim_client_stream_of(const struct sim_client *client, uint32_t ssrc);
struct received *sim_client_received(struct sim_client *client, uint32_t ssrc);

#endif
