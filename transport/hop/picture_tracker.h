/* Which packets of a received video stream make one picture, and where a keyframe begins. Packets of a picture share a
 * timestamp (RFC 3550 section 5.1): several slices, several spatial layers, parameter sets in front or between. Pure;
 * embedded.
 *
 * Packets come in any order, and some are lost. A picture's first packet is known when the packet before it was
 * received and belongs to another picture, or when a payload says that nothing needed comes before it. Until then a
 * lost packet may be part of it: parameter sets, or its first slice. A slot that waits for a keyframe starts at its
 * first packet, once that is known, and never at a later one.
 *
 * Of several spatial layers in one picture the lowest comes first and decides whether it is a keyframe; a higher layer
 * that refers to no other picture is no place to start.
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
    /* Spatial layers: the lowest received one, and that of the picture before. A keyframe of a higher layer does not
     * count. */
    uint8_t spatial, spatial_before;
    uint32_t timestamp;
    int64_t first, last; /* lowest and highest received packet */
    /* The lowest packets whose payload says that a picture starts there, and that it is a keyframe; or
     * PICTURE_NOWHERE. */
    int64_t start, key;
    int64_t begin; /* where a keyframe begins; or PICTURE_NOWHERE: not known */
};

/* Zeroed: nothing was received yet. */
struct picture_tracker {
    struct tracked_picture pictures[PICTURES_TRACKED];
    unsigned next;   /* the place to use next */
    unsigned newest; /* the place of the picture with the highest packet */
};

/* Takes a received packet (each only once): its extended sequence number, its timestamp and its frame (NULL: padding
 * only). If it is the packet that makes known where a keyframe begins, returns that number, once for each keyframe (if
 * two become known, the earlier); else PICTURE_NOWHERE. */
int64_t picture_tracker_packet(struct picture_tracker *tracker, int64_t number, uint32_t timestamp,
                               const struct frame_info *frame);
/* Whether `number` is known to be the first packet of a picture, or one at which decoding can start as well. */
bool picture_tracker_is_first(const struct picture_tracker *tracker, int64_t number);
/* The first keyframe that begins at or after `from`, of those whose beginning is known; NULL: none. */
const struct tracked_picture *picture_tracker_find_keyframe(const struct picture_tracker *tracker, int64_t from);

#endif
