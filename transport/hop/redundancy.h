/* Audio with the frame before in each packet (RED, RFC 2198): whether a receiver is sent that, which is while its link
 * loses packets, since else it would only cost bitrate; and how such packets are written and split. Pure; a
 * `redundancy` is embedded in its sender. */
#ifndef HEDDLE_HOP_REDUNDANCY_H
#define HEDDLE_HOP_REDUNDANCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"
#include "transport/wire/codec/frame_info.h"

struct redundancy {
    usec_t needed_until; /* 0: never yet */
};

/* A receiver report on audio; `fraction_lost` of 256 packets. */
void redundancy_report(struct redundancy *redundancy, uint8_t fraction_lost, usec_t now);
bool redundancy_is_needed(const struct redundancy *redundancy, usec_t now);

#define REDUNDANCY_HEAD_SIZE 5
#define REDUNDANCY_OLDER_LENGTH_MAX 1023
#define REDUNDANCY_OLDER_OFFSET_MAX 16383

/* The head of a packet with one older block, which comes right behind it, and is followed by the newest. `length` and
 * `timestamp_offset` of the older one, within the limits above. */
void redundancy_write_head(uint8_t head[REDUNDANCY_HEAD_SIZE], uint8_t payload_type, uint32_t timestamp_offset,
                           size_t length);

struct redundant_block {
    uint8_t payload_type;
    uint32_t timestamp_offset; /* to be subtracted from the packet's timestamp */
    const uint8_t *data;       /* in the payload */
    size_t length;
};
/* The older blocks of the payload that `frame` was parsed from, oldest first; at most `capacity` of them, the newest
 * ones. Returns how many; 0 of a payload that is no wrapper. */
size_t redundancy_split(const uint8_t *payload, const struct frame_info *frame, struct redundant_block *blocks,
                        size_t capacity);

#endif
