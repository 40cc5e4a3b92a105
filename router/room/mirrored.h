/* What the core's parts tell mirror.c: at home what came in, in a mirror what is wanted. Private to the core. */
#ifndef HEDDLE_ROUTER_ROOM_MIRRORED_H
#define HEDDLE_ROUTER_ROOM_MIRRORED_H

#include "router/in/publication.h"
#include "router/mirror.h"

/* At home: a layer's packet, or its newest sender report. Nothing happens without mirrors. */
void mirrored_packet(const struct layer *layer, struct packet *packet, bool is_retransmission);
void mirrored_report(const struct layer *layer);
/* At home: whether it has mirrors, and what is watched of it through them. */
bool mirrored_anywhere(const struct publication *publication);
unsigned mirrored_demand(const struct publication *publication); /* layers as bits */
unsigned mirrored_subscribers(const struct publication *publication);

/* In a mirror: tells the home. Demand changes, and is repeated now and then, should a message be lost. */
void mirror_tell_demand(const struct publication *publication);
void mirror_ask_keyframes(struct participant *participant, usec_t now);

/* The participant goes: its messages need not be carried any more. */
void mirror_forget(struct participant *participant);

#endif
