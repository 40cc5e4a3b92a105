/* Hands a received packet to the slots that show its publication, to other cores, and to the speaker detector. Private
 * to the core. */
#ifndef HEDDLE_ROUTER_ROOM_FORWARD_H
#define HEDDLE_ROUTER_ROOM_FORWARD_H

#include "router/room/room.h"

/* A packet of one of the participant's encodings, whose payload is not parsed yet. ERR_DUPLICATE: it was received
 * before. */
int forward_packet(struct participant *participant, struct encoding *encoding, struct packet *packet,
                   bool is_retransmission, usec_t now);

#endif
