/* What a participant is sent: the slots that it receives on, its egress queue, and what its link can carry. Private to
 * the core.
 *
 *   subscriber -> slot (one sent SSRC) */
#ifndef HEDDLE_ROUTER_OUT_SUBSCRIBER_H
#define HEDDLE_ROUTER_OUT_SUBSCRIBER_H

#include "router/base/core.h"
#include "router/out/breaker.h"
#include "router/out/data_queue.h"
#include "router/out/downlink.h"
#include "router/out/egress_queue.h"
#include "router/out/sequence_map.h"
#include "transport/base/budget.h"
#include "transport/base/map.h"
#include "transport/hop/redundancy.h"

#define BYES_MAX 32

struct subscriber {
    struct participant_common *common;
    struct slot *slots;
    struct map slot_ssrcs; /* sent SSRC -> struct slot */
    struct map slot_mids;  /* key of the mid -> struct slot, of the slots that an m-line has */
    bool has_requests;     /* some slots have a request that waits */
    usec_t requests_at;    /* until when requests wait */
    struct downlink downlink;
    struct breaker breaker;
    struct redundancy redundancy; /* of audio */
    struct egress_queue egress;
    struct sequence_map_account maps; /* of its slots */
    struct budget_table keyframes;    /* keyframe requests for each encoding, by its id; made with the first one */
    struct data_queue data;
    uint16_t transport_sequence;
    uint32_t byes[BYES_MAX];
    size_t bye_count;
};

void subscriber_init(struct subscriber *subscriber, struct participant_common *common, usec_t now);
/* Its slots must be freed before. */
void subscriber_fini(struct subscriber *subscriber);
void subscriber_say_bye(struct subscriber *subscriber, uint32_t ssrc);
/* How long to wait between two resends of a packet: a NACK that comes earlier was sent before the last resend
 * arrived. The C client waits longer (client/rtp/send_track.c says why). */
usec_t subscriber_resend_spacing(const struct subscriber *subscriber);
/* Whether it may request a keyframe of the encoding with this id now; that is charged to it. */
bool subscriber_take_keyframe(struct subscriber *subscriber, uint32_t encoding_id, usec_t now);
/* Something about the slots has changed: the bandwidth is divided again soon. */
void subscriber_changed(struct subscriber *subscriber, usec_t now);

#endif
