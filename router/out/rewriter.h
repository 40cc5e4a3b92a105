/* Makes one continuous stream of the packets that a slot forwards: sequence numbers, timestamps, picture ids and
 * TL0PICIDX continue when the stream changes, when packets are left out on purpose, and after a pause. Lost packets
 * stay gaps, and a late packet gets the number that was kept free for it. Pure; embedded in a slot.
 *
 * Input sequence numbers are extended (64 bits) and belong to one stream until rewriter_switch(). */
#ifndef HEDDLE_ROUTER_OUT_REWRITER_H
#define HEDDLE_ROUTER_OUT_REWRITER_H

#include "router/base/outgoing.h"
#include "router/out/sequence_map.h"
#include "transport/wire/frame.h"
#include "transport/wire/media.h"

struct rewriter {
    struct sequence_map map;
    bool started;
    uint8_t encoding; /* that is sent now, for the map's entries */
    int64_t highest_in;
    int64_t highest_out; /* its lower 16 bits are the number on the wire */
    int64_t first_out;   /* of the current stream */
    uint32_t timestamp_offset;
    uint32_t last_timestamp; /* of the newest packet that was sent */
    usec_t last_sent;
    /* Of codecs with picture ids, which are extended beyond their bits, so that 7-bit ones mix with others. */
    bool has_picture;
    bool picture_switched; /* the next picture id fixes the offset */
    int64_t picture_in;    /* newest, extended without a bound */
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
 * timestamp of the same instant as the packet's; NULL: unknown, the time since the last packet decides. The timestamp
 * rises by a frame at least, and never falls. */
void rewriter_switch(struct rewriter *rewriter, uint8_t encoding, int64_t in, uint32_t timestamp,
                     const uint32_t *aligned, uint32_t clock_rate, usec_t now);
/* Whether `in` is too far ahead to keep free the numbers before it: call rewriter_switch() then. */
bool rewriter_is_gap(const struct rewriter *rewriter, int64_t in);

/* The entry of a packet that is to be sent, with its output number. NULL: it was sent before, was left out, or is too
 * old. */
struct sequence_entry *rewriter_packet(struct rewriter *rewriter, int64_t in, uint32_t timestamp,
                                       const struct frame_info *frame, usec_t now);
/* A packet that is left out: no gap is left in the sequence numbers, nor in the picture ids if possible. If the packet
 * is late and a number was kept free for it, that entry is returned, to be filled with padding; else NULL. `frame` may
 * be NULL (padding). */
struct sequence_entry *rewriter_drop(struct rewriter *rewriter, int64_t in, const struct frame_info *frame, usec_t now);

/* Fills in sequence number, timestamp and payload patch of the packet of `entry`. */
void rewriter_apply(const struct rewriter *rewriter, const struct sequence_entry *entry, const struct packet *packet,
                    struct rewrite *rewrite);
/* Fills in the payload type. What is wrapped (RED) is sent wrapped, with the receiver's payload types for its blocks,
 * or, if `codec` is the codec inside, as the newest block alone: one packet in either case. */
void rewriter_set_codec(const struct media_codec *codec, const struct packet *packet, struct rewrite *rewrite);

#endif
