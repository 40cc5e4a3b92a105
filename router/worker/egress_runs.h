/* Runs: neighbouring packets of similar size, which are padded to one size so that they can be sent as one segmented
 * message. Pure. */
#ifndef HEDDLE_ROUTER_WORKER_EGRESS_RUNS_H
#define HEDDLE_ROUTER_WORKER_EGRESS_RUNS_H

#include "router/router.h"
#include "transport/net/ice.h"

/* The kernel's limits of one segmented message (UDP_MAX_SEGMENTS, and the length of an IP datagram). */
#define EGRESS_SEGMENTS_MAX 64
#define EGRESS_SEGMENTED_BYTES_MAX 64000

/* Pads each image to the largest of its run; the last of a run stays as it is. A packet grows by at most a sixteenth:
 * that costs less than another message. The images must not be moved or copied afterwards. */
void egress_even_out(struct packet_image *images, size_t count);

/* Appends a datagram that lies right behind the message's bytes, as one more segment of it. False: it has to be a
 * message of its own, since all segments have one size and only the last may be smaller. */
bool egress_join(struct ice_message *last, const uint8_t *data, size_t length);

#endif
