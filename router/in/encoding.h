/* What is done with one received encoding of a publication (publisher.h). Private to the core. */
#ifndef HEDDLE_ROUTER_IN_ENCODING_H
#define HEDDLE_ROUTER_IN_ENCODING_H

#include "router/in/publisher.h"

#define ENCODING_RESUME_TIME (5 * USEC_PER_SEC)

void encoding_init(struct encoding *encoding, struct publication *publication, unsigned index);
void encoding_fini(struct encoding *encoding);
void encoding_set_rtt(struct encoding *encoding, usec_t rtt);
/* The publisher sends this encoding with `ssrc`. False: another SSRC holds it and is alive; then `ssrc` is remembered,
 * for its later packets need not say again whose they are. */
bool encoding_bind(struct encoding *encoding, uint32_t ssrc, usec_t now);
/* The origin of this relayed publisher says so. */
void encoding_follow(struct encoding *encoding, uint32_t ssrc);
void encoding_bind_rtx(struct encoding *encoding, uint32_t ssrc);
/* SDP announces its SSRCs (0: none). Two steps, because SDP may exchange those of two encodings: first all encodings
 * are told, then each takes its own. That counts at once where it is news, and where the encoding has no SSRC any
 * more. */
void encoding_announce(struct encoding *encoding, uint32_t ssrc, uint32_t rtx_ssrc);
void encoding_bind_announced(struct encoding *encoding);
/* The SSRCs end (BYE). */
void encoding_unbind(struct encoding *encoding);
/* One of them does: it is another encoding's now. */
void encoding_release(struct encoding *encoding, uint32_t ssrc);
/* Whether it is one of those that a REMB was promised for. */
bool encoding_has_remb(const struct encoding *encoding);
/* Looks up what the payload type stands for. ERR_UNSUPPORTED: not negotiated. */
int encoding_find_codec(struct encoding *encoding, uint8_t payload_type);
/* A media packet (or one that RTX brought), parsed but for its payload: finds its number `in` and its frame, keeps it
 * and looks for gaps. ERR_DUPLICATE: it was there. */
struct ingested {
    int64_t in;
    bool starts; /* the encoding was not active before */
    /* Who waits for the encoding begins now, with this packet: `in`, or one of the history; or ENCODING_NO_ENTRY. */
    int64_t entry;
};
#define ENCODING_NO_ENTRY INT64_MIN
int encoding_ingest(struct encoding *encoding, struct packet *packet, bool is_retransmission, struct ingested *ingested,
                    usec_t now);
/* One that is beyond the encoding's budget: it came, and is neither lost nor asked for again. Returns its number. */
int64_t encoding_refuse(struct encoding *encoding, const struct packet *packet, bool is_retransmission, usec_t now);
/* Then, once everybody knows that an encoding has started: what the packet says of rates, size and keyframes. */
void encoding_note_frame(struct encoding *encoding, const struct packet *packet, const struct ingested *ingested,
                         usec_t now);
/* Asks the publisher for a keyframe, through the gate, for somebody who has not asked for it yet and may: whom it is
 * for has a budget (slot_request_keyframe()). */
void encoding_request_keyframe(struct encoding *encoding, usec_t now);
/* Packets of it are given up: nobody can decode what follows. */
void encoding_is_torn(struct encoding *encoding, usec_t now);
bool encoding_may_ask(const struct encoding *encoding); /* somebody would see the keyframe */
usec_t encoding_next(const struct encoding *encoding);
/* Bits per second up to a spatial and a temporal layer; as it was last when the encoding became idle; 0: never
 * heard. */
uint64_t encoding_bps(const struct encoding *encoding, int spatial, int temporal);
/* Brings the bitrates up to date; call several times a second. */
void encoding_measure(struct encoding *encoding, usec_t now);
/* It is silent because we asked for that. */
bool encoding_is_idle(const struct encoding *encoding);
uint64_t encoding_lost(const struct encoding *encoding);

#endif
