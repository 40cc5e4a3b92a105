/* Which packets of a received video stream make one picture, and where a keyframe begins. A picture is what shares a
 * timestamp (RFC 3550 section 5.1): several slices, several spatial layers, parameter sets in front or between. Pure;
 * embedded.
 *
 * Packets come in any order and some never do, so that not everything is known. A picture's first packet is known when
 * the packet before it is there and belongs to another picture, or when a payload says that nothing needed stands
 * before it. Until then a lost packet may be part of it: parameter sets, or its first slice. Who waits for a keyframe
 * starts at its first packet, once that is known, and never at a later one.
 *
 * Of several spatial layers in one picture the lowest comes first and tells; a higher one that refers to nothing is no
 * place to start.
 *
 * Parameter sets with a timestamp of their own just before a keyframe belong to that keyframe: it begins with them. */
#ifndef HEDDLE_HOP_PICTURE_TRACKER_H
#define HEDDLE_HOP_PICTURE_TRACKER_H

#include "transport/wire/frame.h"

#define PICTURES_TRACKED 64 /* about a second: a lost packet may come back as late */
#define PICTURE_NOWHERE INT64_MIN

struct tracked_picture {
    bool is_used;
    bool has_only_parameters;
    /* Spatial layers: the lowest that has come, and that of the picture before. A keyframe of a higher one is none. */
    uint8_t spatial, spatial_before;
    uint32_t timestamp;
    int64_t first, last; /* lowest and highest packet that has come */
    /* The lowest packets whose payload says that a picture starts there, and that it is a keyframe; or nowhere. */
    int64_t start, key;
    int64_t begin; /* of a keyframe: where to start, once that is known; or nowhere */
};

/* All zeros is a tracker that has seen nothing. */
struct picture_tracker {
    struct tracked_picture pictures[PICTURES_TRACKED];
    unsigned next;   /* the place to use next */
    unsigned newest; /* the place of the picture with the highest packet */
};

/* A packet has come: its extended sequence number, its timestamp and its frame (NULL: padding alone). Each is told
 * once. Returns where a keyframe begins if this packet is the last that was missing to know that, which happens
 * once in each keyframe (of two at once, the earlier); else PICTURE_NOWHERE. */
int64_t picture_tracker_packet(struct picture_tracker *tracker, int64_t number, uint32_t timestamp,
                               const struct frame_info *frame);
/* Whether `number` is known to be the first packet of a picture, or one as good as the first. */
bool picture_tracker_is_first(const struct picture_tracker *tracker, int64_t number);
/* The keyframe that begins first of those at or behind `from`, as far as beginnings are known; NULL: none. */
const struct tracked_picture *picture_tracker_find_keyframe(const struct picture_tracker *tracker, int64_t from);

#endif
