/* The dependency descriptor (AV1 RTP specification, appendix A): an RTP header extension that says which layers a frame
 * belongs to. A keyframe carries the structure that later descriptors refer to. */
#ifndef HEDDLE_WIRE_DEPENDENCY_H
#define HEDDLE_WIRE_DEPENDENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEPENDENCY_TEMPLATES_MAX 64
#define DEPENDENCY_TARGETS_MAX 32
#define DEPENDENCY_FRAME_NUMBER_OFFSET 1 /* of its 16 bits in the extension's value */

/* What a frame means to a decode target: two bits each, as in the descriptor. */
enum { INDICATION_ABSENT, INDICATION_DISCARDABLE, INDICATION_SWITCH, INDICATION_REQUIRED };

struct dependency_template {
    uint8_t spatial_id, temporal_id;
    uint8_t indications[DEPENDENCY_TARGETS_MAX];
};

/* The structure of the stream's frames since its last keyframe. */
struct dependency_structure {
    uint8_t first_id; /* of the templates; their ids wrap at 64 */
    uint8_t template_count, target_count, chain_count, spatial_count;
    struct dependency_template templates[DEPENDENCY_TEMPLATES_MAX];
    uint8_t target_spatial[DEPENDENCY_TARGETS_MAX], target_temporal[DEPENDENCY_TARGETS_MAX];
    uint16_t width, height; /* of the highest spatial layer; 0: not told */
};

struct dependency {
    bool start, end;    /* first and last packet of the frame (of one spatial layer) */
    bool has_structure; /* it came with this packet: a keyframe */
    uint16_t frame_number;
    uint8_t spatial_id, temporal_id;
    uint8_t sync_temporal; /* a receiver of the frame's spatial layer may switch up to this temporal layer here */
};

/* Reads a value; if it contains a structure, that replaces `structure`. 0, ERR_TRUNCATED, ERR_INVALID (then `structure`
 * is as it was), or ERR_NOT_FOUND: it refers to a structure that is not known. */
int dependency_parse(struct dependency *out, struct dependency_structure *structure, const uint8_t *value,
                     size_t length);

#endif
