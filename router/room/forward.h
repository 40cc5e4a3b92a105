/* Hands a received packet to everybody who gets it: the slots that show its publication, the other cores, and whoever
 * listens for speakers. Private to the core. */
#ifndef HEDDLE_ROUTER_ROOM_FORWARD_H
#define HEDDLE_ROUTER_ROOM_FORWARD_H

#include "router/room/room.h"

/* A packet of one of the participant's encodings, parsed but for its payload. ERR_DUPLICATE: it was there. */
int forward_packet(struct participant *participant, struct encoding *encoding, struct packet *packet,
                   bool is_retransmission, usec_t now);

#endif
