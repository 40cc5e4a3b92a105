/* What is done with one received encoding of a publication (publisher.h). Private to the core. */
#ifndef HEDDLE_ROUTER_IN_LAYER_H
#define HEDDLE_ROUTER_IN_LAYER_H

#include "router/in/publisher.h"

#define LAYER_RESUME_TIME (5 * USEC_PER_SEC)

void layer_init(struct layer *layer, struct publication *publication, unsigned index);
void layer_fini(struct layer *layer);
void layer_set_rtt(struct layer *layer, usec_t rtt);
/* The publisher sends this layer with `ssrc`. False: another SSRC holds it and is alive; then `ssrc` is remembered, for
 * its later packets need not say again whose they are. */
bool layer_bind(struct layer *layer, uint32_t ssrc, usec_t now);
/* The origin of this relayed publisher says so. */
void layer_follow(struct layer *layer, uint32_t ssrc);
void layer_bind_rtx(struct layer *layer, uint32_t ssrc);
/* SDP announces its SSRCs (0: none). Two steps, because SDP may exchange those of two layers: first all layers are
 * told, then each takes its own. That counts at once where it is news, and where the layer has no SSRC any more. */
void layer_announce(struct layer *layer, uint32_t ssrc, uint32_t rtx_ssrc);
void layer_bind_announced(struct layer *layer);
/* The SSRCs end (BYE). */
void layer_unbind(struct layer *layer);
/* One of them does: it is another layer's now. */
void layer_release(struct layer *layer, uint32_t ssrc);
/* Whether it is one of those that a REMB was promised for. */
bool layer_has_remb(const struct layer *layer);
/* Looks up what the payload type stands for. ERR_UNSUPPORTED: not negotiated. */
int layer_find_codec(struct layer *layer, uint8_t payload_type);
/* A media packet (or one that RTX brought), parsed but for its payload: finds its number `in` and its frame, keeps it
 * and looks for gaps. ERR_DUPLICATE: it was there. */
struct ingested {
    int64_t in;
    bool starts; /* the layer was not active before */
    /* Who waits for the layer begins now, with this packet: `in`, or one of the history; or LAYER_NO_ENTRY. */
    int64_t entry;
};
#define LAYER_NO_ENTRY INT64_MIN
int layer_ingest(struct layer *layer, struct packet *packet, bool is_retransmission, struct ingested *ingested,
                 usec_t now);
/* One that is beyond the layer's budget: it came, and is neither lost nor asked for again. Returns its number. */
int64_t layer_refuse(struct layer *layer, const struct packet *packet, bool is_retransmission, usec_t now);
/* Then, once everybody knows that a layer has started: what the packet says of rates, size and keyframes. */
void layer_note_frame(struct layer *layer, const struct packet *packet, const struct ingested *ingested, usec_t now);
/* Asks the publisher for a keyframe, through the gate, for somebody who has not asked for it yet and may: whom it is
 * for has a budget (slot_want_keyframe()). */
void layer_want_keyframe(struct layer *layer, usec_t now);
/* Packets of it are given up: nobody can decode what follows. */
void layer_is_torn(struct layer *layer, usec_t now);
bool layer_may_ask(const struct layer *layer); /* somebody would see the keyframe */
usec_t layer_next(const struct layer *layer);
/* Bits per second up to a spatial and a temporal layer; as it was last when the layer became idle; 0: never heard. */
uint64_t layer_bps(const struct layer *layer, int spatial, int temporal);
/* Brings the bitrates up to date; call several times a second. */
void layer_measure(struct layer *layer, usec_t now);
/* It is silent because we asked for that. */
bool layer_is_idle(const struct layer *layer);
uint64_t layer_lost(const struct layer *layer);

#endif
