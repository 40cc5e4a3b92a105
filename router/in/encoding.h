/* Functions of one received encoding of a publication (publisher.h). Private to the core. */
#ifndef HEDDLE_ROUTER_IN_ENCODING_H
#define HEDDLE_ROUTER_IN_ENCODING_H

#include "router/in/publisher.h"

#define ENCODING_RESUME_TIME (5 * USEC_PER_SEC)

void encoding_init(struct encoding *encoding, struct publication *publication, unsigned index);
void encoding_fini(struct encoding *encoding);
void encoding_set_rtt(struct encoding *encoding, usec_t rtt);
/* The publisher sends this encoding with `ssrc`. False: another SSRC has it and is received; then `ssrc` is noted,
 * since its later packets may have no mid and rid any more. */
bool encoding_bind(struct encoding *encoding, uint32_t ssrc, usec_t now);
/* The same for a relayed publisher, whose origin decides. */
void encoding_follow(struct encoding *encoding, uint32_t ssrc);
void encoding_bind_rtx(struct encoding *encoding, uint32_t ssrc);
/* SDP announces its SSRCs (0: none). Two steps, because SDP may exchange the SSRCs of two encodings: call
 * encoding_announce() for all encodings, then encoding_bind_announced(), which binds SSRCs that are new in SDP, and
 * those of encodings without an SSRC. */
void encoding_announce(struct encoding *encoding, uint32_t ssrc, uint32_t rtx_ssrc);
void encoding_bind_announced(struct encoding *encoding);
/* The SSRCs end (BYE). */
void encoding_unbind(struct encoding *encoding);
/* One of its SSRCs belongs to another encoding now. */
void encoding_release(struct encoding *encoding, uint32_t ssrc);
/* Whether REMB was negotiated for it. */
bool encoding_has_remb(const struct encoding *encoding);
/* Looks up what the payload type stands for. ERR_UNSUPPORTED: not negotiated. */
int encoding_find_codec(struct encoding *encoding, uint8_t payload_type);
/* Takes a media packet, or one recovered from RTX, whose payload is not parsed yet: finds its number `in` and its
 * frame, keeps it in the history and looks for gaps. ERR_DUPLICATE: it was received before. */
struct ingested {
    int64_t in;
    bool starts; /* the encoding was not received before */
    /* The packet with which slots that wait for the encoding begin now: `in`, or an earlier one in the history;
     * ENCODING_NO_ENTRY: they still wait. */
    int64_t entry;
};
#define ENCODING_NO_ENTRY INT64_MIN
int encoding_ingest(struct encoding *encoding, struct packet *packet, bool is_retransmission, struct ingested *ingested,
                    usec_t now);
/* Drops a packet over the encoding's budget: it counts as received, so that no NACK asks for it. Returns its number. */
int64_t encoding_refuse(struct encoding *encoding, const struct packet *packet, bool is_retransmission, usec_t now);
/* Notes rates, size and keyframes. Call it after encoding_ingest() and, if that says that the encoding has started,
 * after its slots were told of that. */
void encoding_note_frame(struct encoding *encoding, const struct packet *packet, const struct ingested *ingested,
                         usec_t now);
/* The first packet of the last keyframe, if that is so recent that a newcomer can be sent it and all that followed:
 * everything is in the history, and not much. Else ENCODING_NO_ENTRY. */
int64_t encoding_recent_keyframe(const struct encoding *encoding, usec_t now);
/* Asks the publisher for a keyframe, no more often than the gate allows. Slots have budgets for it: they use
 * slot_request_keyframe(). */
void encoding_request_keyframe(struct encoding *encoding, usec_t now);
/* Lost packets of it are given up: the frames that follow cannot be decoded. */
void encoding_request_keyframe_after_loss(struct encoding *encoding, usec_t now);
bool encoding_can_use_keyframe(const struct encoding *encoding); /* a keyframe would be of use to somebody */
usec_t encoding_next(const struct encoding *encoding);
/* Bits per second up to a spatial and a temporal layer; of an idle encoding the last ones; 0: it was never received. */
uint64_t encoding_bps(const struct encoding *encoding, int spatial, int temporal);
/* Updates the bitrates; call several times a second. */
void encoding_measure(struct encoding *encoding, usec_t now);
/* Nothing is received because the publisher was asked to stop it. */
bool encoding_is_idle(const struct encoding *encoding);
uint64_t encoding_lost(const struct encoding *encoding);

#endif
