/* What a participant sends: its publications, and their received encodings. These are the structures of the receiving
 * half of the core; its functions are in encoding.h, publication.h and demux.h. Of subscribers it
 * knows only on how many slots they show a publication, and which encodings they watch, as it is told. A pointer and a
 * mark that only folders above use are kept in a publication all the same: they say so.
 *
 *   publisher -> publication -> encoding (one received SSRC) */
#ifndef HEDDLE_ROUTER_IN_PUBLISHER_H
#define HEDDLE_ROUTER_IN_PUBLISHER_H

#include "router/base/core.h"
#include "router/in/encoding_state.h"
#include "router/in/ingress_limit.h"
#include "router/in/publisher_clock.h"
#include "router/in/rates.h"
#include "router/in/speaker.h"
#include "transport/base/map.h"
#include "transport/hop/history.h"
#include "transport/hop/keyframe_gate.h"
#include "transport/hop/nack.h"
#include "transport/hop/picture_tracker.h"
#include "transport/hop/receive_estimate.h"
#include "transport/hop/receive_stream.h"
#include "transport/hop/twcc_recorder.h"
#include "transport/wire/dependency.h"

struct relay_queue;
struct subscriptions;

/* One received encoding of a publication: its SSRC, loss recovery, history and keyframe requests.
 *
 * Its packets have extended sequence numbers, which keep rising when the publisher changes the SSRC. */
struct encoding {
    struct publication *publication;
    unsigned index;                              /* in the order of the offer */
    unsigned rank;                               /* by size; 0: the smallest */
    uint32_t id;                                 /* in this core, never used twice */
    uint32_t ssrc, rtx_ssrc;                     /* 0: not known yet */
    uint32_t announced_ssrc, announced_rtx_ssrc; /* by SDP */
    bool has_new_ssrc, has_new_rtx_ssrc;         /* the last offer announced another SSRC than the one before */
    uint32_t former_ssrc, former_rtx_ssrc;       /* the ones that ended last: they may come back */
    uint32_t claiming_ssrc;                      /* named this encoding while another SSRC was received */
    uint8_t generation;                          /* counts SSRCs */
    const struct media_codec *codec;             /* of the last media packet; in the publication's media */
    struct receive_stream stream;
    int64_t sequence_base; /* added to the stream's extended numbers */
    struct nack *nack;     /* NULL: not negotiated */
    struct history *history;
    struct picture_tracker *pictures; /* NULL: audio */
    struct keyframe_gate gate;
    struct budget own_keyframes; /* requests since its own packets were lost, not for viewers */
    struct encoding_state state;
    struct ingress_limit limits[2]; /* of media, of retransmissions */
    struct rates rates;
    /* Of the last keyframe of a codec with the dependency descriptor; NULL: none yet. */
    struct dependency_structure *structure;
    uint16_t width, height; /* of the last keyframe that had them; else 0 */
    usec_t last_media;
    bool report_due;
    int64_t keyframe_begin; /* the first packet of the last keyframe, if there was one */
    usec_t keyframe_at;
    uint64_t packets, bytes, keyframes, lost_before; /* lost: of earlier SSRCs */
};

/* What another core needs from a publication that is relayed to it. */
struct relay_request {
    uint8_t asked;  /* encodings as bits */
    uint16_t slots; /* that show it there */
};
#define RELAY_REQUEST_ALL ((struct relay_request){.asked = (1u << MEDIA_ENCODINGS_MAX) - 1})

/* Where a publisher is relayed to. */
struct relay_target {
    unsigned endpoint;
    bool is_stale; /* it has not been told the newest state of the publisher */
};

/* One thing that a participant sends, with its encodings: one, or a simulcast of up to three. */
struct publication {
    struct publication *next;     /* of the participant */
    struct publication *same_key; /* of the room */
    struct publisher *publisher;
    char id[PUBLICATION_ID_MAX + 1];
    char source[SOURCE_MAX + 1];
    struct media media;
    bool muted;
    struct encoding encodings[MEDIA_ENCODINGS_MAX];
    size_t encoding_count;
    unsigned by_rank[MEDIA_ENCODINGS_MAX]; /* the encodings' indices, the smallest first */
    /* How many slots show it, and which: router/choose/subscription.h sets both, router/room/forward.c goes through the
     * list, and nothing in this folder looks into it. */
    size_t slot_count;
    struct subscriptions *subscriptions;
    uint64_t viewing_pass; /* router/room/viewing.c alone: the last pass in which a slot of the viewer had it */
    struct speaker speaker;
    unsigned asked_encodings;       /* bits: what the publisher was asked to send, in the order of the offer */
    struct relay_request *requests; /* of the publisher's relay targets, in their order; NULL without them */
    usec_t unwatched_since[MEDIA_ENCODINGS_MAX], resumed_at[MEDIA_ENCODINGS_MAX];
};

/* All publishers of a core. */
struct publishers {
    struct core *core;
    struct publisher *first;
    struct relay_queue *relay; /* what they have to tell other cores; router/relay alone looks into it */
    size_t publication_count;  /* of those that are connected to this core */
    uint32_t encoding_count;   /* ever made: their ids */
    struct timer memory_timer; /* runs while packets are held */
    uint64_t evictions, drops; /* for lack of memory */
};

struct publisher {
    struct publishers *all;
    struct publisher *next, **at; /* of all */
    struct participant_common *common;
    bool is_relayed;                    /* it is connected to another core, its origin */
    unsigned origin;                    /* then: the endpoint that leads there */
    struct relay_target *relay_targets; /* else: where it is relayed to; NULL: nowhere */
    size_t relay_target_count;
    struct publication *publications;
    struct history_account held; /* by the histories of its encodings */
    struct map encodings;        /* received media SSRC -> struct encoding */
    struct map rtx_encodings;    /* received RTX SSRC -> struct encoding */
    struct publisher_clock clock;
    struct twcc_recorder *twcc;
    struct receive_estimate uplink; /* of the bandwidth for its video */
};

void publishers_init(struct publishers *publishers, struct core *core);
void publisher_init(struct publisher *publisher, struct publishers *all, struct participant_common *common, usec_t now);
/* Its publications must be freed before. */
void publisher_fini(struct publisher *publisher);
/* Frees packets that are older than the history age, and more if the histories hold too many. */
void publisher_expire(struct publisher *publisher, usec_t now);
void publisher_shrink(struct publisher *publisher);

#endif
