/* What a router must know of a payload: keyframes, frame borders, layers. */
#ifndef HEDDLE_WIRE_CODEC_FRAME_INFO_H
#define HEDDLE_WIRE_CODEC_FRAME_INFO_H

#include <stdbool.h>
#include <stdint.h>

struct frame_info {
    /* What a single payload says. Where pictures begin is found by hop/picture_tracker.h, from all packets. */
    bool keyframe; /* part of a frame that refers to no other (VP8: its first packet; H.264: its first slice) */
    bool start;    /* a decoder needs nothing of this frame before this packet */
    bool has_only_parameters; /* parameter sets of following pictures, and no part of a picture (H.264: no slice) */
    bool end; /* last packet of a frame (or of the layer frame), if the payload says so; else by the marker bit */
    bool discardable; /* no other frame refers to this one */
    bool has_layers;  /* the ids below are known */
    uint8_t spatial_id;
    uint8_t temporal_id;
    uint8_t sync_temporal; /* switching up to this temporal layer is possible here; 0: not */
    /* The picture's number; *_bits 0: absent. It is in the payload, at an offset from its start (VP8, VP9), or in the
     * packet's dependency descriptor (AV1). */
    bool has_descriptor;
    uint8_t picture_id_bits; /* 0, 7, 15 or 16 */
    uint8_t picture_id_offset;
    uint16_t picture_id;
    /* Pictures refer to each other by these numbers, so a picture that is left out must leave a gap. */
    bool refers_by_distance;
    bool has_tl0picidx;
    uint8_t tl0picidx_offset;
    uint8_t tl0picidx;
    uint16_t descriptor_length;  /* where the codec's own data begins; of a wrapper, the newest block */
    uint16_t wrapper_length;     /* bytes of all block headers; 0: no wrapper, or not well-formed */
    uint8_t inside_payload_type; /* of a wrapper's newest block */
    uint16_t width, height;      /* of the highest spatial layer; 0 unless the packet says so */
};

#endif
