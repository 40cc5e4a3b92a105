/* Puts received packets in order and yields whole frames. Video: a frame comes out as soon as it and everything before
 * it is there; where packets stay missing, the buffer goes on at the next keyframe. Audio: every packet is a frame; a
 * gap is skipped after a short wait. Pure. */
#ifndef HEDDLE_CLIENT_FRAME_BUFFER_H
#define HEDDLE_CLIENT_FRAME_BUFFER_H

#include "client/media/received_frame.h"
#include "transport/wire/codec.h"
#include "transport/wire/packet.h"

struct frame_buffer_config {
    enum media_kind kind;
    usec_t gap_wait; /* how long a gap may delay the packets behind it */
};

struct frame_buffer;
struct frame_buffer *frame_buffer_new(const struct frame_buffer_config *config);
void frame_buffer_free(struct frame_buffer *buffer);
/* Of the packets that are put from now on: how they are joined. */
void frame_buffer_set_codec(struct frame_buffer *buffer, enum codec codec);
/* Holds its own reference. `sequence` is extended. Late and repeated packets are dropped. */
void frame_buffer_put(struct frame_buffer *buffer, int64_t sequence, struct packet *packet, usec_t now);
/* Whether it would take the packet: it is neither there nor given up. */
bool frame_buffer_lacks(const struct frame_buffer *buffer, int64_t sequence);
/* The next frame; false: none yet. Call until false. */
bool frame_buffer_poll(struct frame_buffer *buffer, struct received_frame *frame, usec_t now);
/* Nothing more can come out before a keyframe. */
bool frame_buffer_needs_keyframe(const struct frame_buffer *buffer);
usec_t frame_buffer_next(const struct frame_buffer *buffer); /* when a gap is given up */
/* Drops everything: packets of another stream follow. */
void frame_buffer_reset(struct frame_buffer *buffer);

#endif
