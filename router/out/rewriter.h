/* Makes one continuous stream of what a slot is given: sequence numbers, timestamps, picture ids and TL0PICIDX go on
 * without a break when the source changes, when packets are left out on purpose, and after a pause; real losses stay
 * gaps, and a packet that comes late takes the number that was kept free for it. Pure; embedded in a slot.
 *
 * Input sequence numbers are extended (64 bits) and belong to one source until rewriter_switch(). */
#ifndef HEDDLE_ROUTER_OUT_REWRITER_H
#define HEDDLE_ROUTER_OUT_REWRITER_H

#include "router/base/outgoing.h"
#include "router/out/sequence_map.h"
#include "transport/wire/frame.h"
#include "transport/wire/media.h"

struct rewriter {
    struct sequence_map map;
    bool started;
    uint8_t encoding; /* what is sent now, for the map's entries */
    int64_t highest_in;
    int64_t highest_out; /* its lower 16 bits are the number on the wire */
    int64_t first_out;   /* of the current source */
    uint32_t timestamp_offset;
    uint32_t last_timestamp; /* newest sent */
    usec_t last_sent;
    /* VP8, VP9, AV1; picture ids are extended beyond their bits, so that 7-bit ones mix with others. */
    bool has_picture;
    bool picture_switched; /* the next picture id fixes the offset */
    int64_t picture_in;    /* newest, extended: a publisher may let it rise without end */
    uint16_t picture_offset, last_picture;
    bool has_tl0;
    uint8_t tl0_offset, last_tl0;
};

/* `map_size` output numbers are remembered (a power of two). The first number is below 2^15, so that a receiver of
 * SRTP cannot guess a wrong rollover counter when the first packets are lost. */
void rewriter_init(struct rewriter *rewriter, size_t map_size, struct sequence_map_account *account,
                   uint16_t first_sequence, uint32_t first_timestamp);
void rewriter_fini(struct rewriter *rewriter);

/* The next packet, `in`, is the first of another stream (or of the same after a pause). `aligned` is the output
 * timestamp that stands for the same instant as the packet, NULL when nobody knows: time passed decides then. The step
 * is at least a frame, and never backwards. */
void rewriter_switch(struct rewriter *rewriter, uint8_t encoding, int64_t in, uint32_t timestamp,
                     const uint32_t *aligned, uint32_t clock_rate, usec_t now);
/* Whether `in` lies so far ahead that the numbers between cannot be kept free: switch then. */
bool rewriter_is_gap(const struct rewriter *rewriter, int64_t in);

/* The output number of a packet that shall be sent. NULL: it was sent before, was left out, or is too old. */
struct sequence_entry *rewriter_packet(struct rewriter *rewriter, int64_t in, uint32_t timestamp,
                                       const struct frame_info *frame, usec_t now);
/* A packet that shall not be sent: no gap is left in the sequence numbers, nor in the picture ids if they allow it.
 * Returns the number kept free for it when it comes late, to be filled with padding; else NULL. `frame` may be NULL
 * (padding). */
struct sequence_entry *rewriter_drop(struct rewriter *rewriter, int64_t in, const struct frame_info *frame, usec_t now);

/* Fills in sequence number, timestamp and payload patch of a packet that stands at `entry`. */
void rewriter_apply(const struct sequence_entry *entry, const struct packet *packet, struct rewrite *rewrite);
/* Fills in the payload type. RED goes out as RED, its blocks called what this receiver calls them, or as its newest
 * block alone where `codec` is what is inside. Either way one packet comes of one. */
void rewriter_set_codec(const struct media_codec *codec, const struct packet *packet, struct rewrite *rewrite);

#endif
