/* One received encoding of a publication: its SSRC, loss recovery, history and keyframe requests. Private to the core.
 *
 * Its packets are numbered by extended sequence numbers that rise over everything the layer ever receives, also when
 * the publisher changes the SSRC. */
#ifndef HEDDLE_ROUTER_IN_LAYER_H
#define HEDDLE_ROUTER_IN_LAYER_H

#include "router/base/core.h"
#include "router/choose/layer_selection.h"
#include "transport/hop/history.h"
#include "transport/hop/keyframe_gate.h"
#include "transport/hop/nack.h"
#include "transport/hop/receive_stream.h"
#include "transport/wire/dependency.h"

struct publication;

/* What its spatial and temporal layers cost. */
struct layer_rates {
    uint32_t bytes[SPATIALS_MAX][TEMPORALS_MAX]; /* of each, since `since` */
    uint64_t bps[SPATIALS_MAX][TEMPORALS_MAX];   /* of each and those below it together */
    unsigned spatials, temporals;                /* seen */
    uint64_t typical_bps;                        /* of all, over many windows */
    unsigned windows;                            /* so far */
    bool has_keyframe;                           /* since `since` */
    usec_t since;
};

struct layer {
    struct publication *publication;
    unsigned index;
    uint32_t ssrc, rtx_ssrc;                     /* 0: not known yet */
    uint32_t announced_ssrc, announced_rtx_ssrc; /* by SDP */
    bool is_news, is_rtx_news;                   /* the last offer announced others than the one before */
    uint32_t former_ssrc, former_rtx_ssrc;       /* the last ones that ended: they may come back */
    uint8_t generation;                          /* counts SSRCs */
    const struct media_codec *codec;             /* of the last media packet; in the publication's media */
    struct receive_stream stream;
    int64_t sequence_base; /* added to the stream's extended numbers */
    struct nack *nack;     /* NULL: not negotiated */
    struct history *history;
    struct keyframe_gate gate;
    struct layer_state state;
    struct layer_rates rates;
    struct dependency_structure *structure; /* AV1: of the last keyframe; NULL: none yet */
    uint16_t width, height;                 /* of the last keyframe that told; else 0 */
    usec_t last_media;
    bool report_due;
    uint64_t packets, bytes, keyframes, lost_before; /* lost: of earlier SSRCs */
};

void layer_init(struct layer *layer, struct publication *publication, unsigned index);
void layer_fini(struct layer *layer);
void layer_set_rtt(struct layer *layer, usec_t rtt);
/* The publisher sends this layer with `ssrc`. False: another SSRC holds it and is alive. */
bool layer_bind(struct layer *layer, uint32_t ssrc, usec_t now);
/* The home of this mirror says so. */
void layer_follow(struct layer *layer, uint32_t ssrc);
void layer_bind_rtx(struct layer *layer, uint32_t ssrc);
/* SDP announces its SSRCs (0: none). Two steps, because SDP may exchange those of two layers: first all layers are
 * told, then each takes its own. That counts at once where it is news, and where the layer has no SSRC any more. */
void layer_announce(struct layer *layer, uint32_t ssrc, uint32_t rtx_ssrc);
void layer_bind_announced(struct layer *layer);
/* The SSRCs end (BYE). */
void layer_unbind(struct layer *layer);
/* Looks up what the payload type stands for. ERR_UNSUPPORTED: not negotiated. */
int layer_find_codec(struct layer *layer, uint8_t payload_type);
/* A media packet (or one that RTX brought), parsed but for its payload: records it and forwards it to the slots. */
int layer_packet(struct layer *layer, struct packet *packet, bool retransmitted, usec_t now);
/* Asks the publisher for a keyframe, through the gate. */
void layer_want_keyframe(struct layer *layer, usec_t now);
bool layer_may_ask(const struct layer *layer); /* somebody would see the keyframe */
usec_t layer_next(const struct layer *layer);
/* Bits per second up to a spatial and a temporal layer; as it was last when the layer rests; 0: never heard. */
uint64_t layer_bps(const struct layer *layer, int spatial, int temporal);
/* Brings the bitrates up to date; call several times a second. */
void layer_measure(struct layer *layer, usec_t now);
/* It is silent because we asked for that. */
bool layer_is_resting(const struct layer *layer);
uint64_t layer_lost(const struct layer *layer);

#endif
