/* What the parts of the call say to each other. */
#ifndef HEDDLE_SIM_ONE_CALL_PARTS_H
#define HEDDLE_SIM_ONE_CALL_PARTS_H

#include "tests/sim/one_call.h"
#include "tests/support/video_line.h"

#define WALL_EPOCH INT64_C(1700000000000000)

enum { OPUS = 111 };
enum { ID_TWCC = 1 };
enum { UP_SSRC = 20, UP_AUDIO_SSRC = 30, DOWN_SSRC = 1000, DOWN_RTX_SSRC, DOWN_AUDIO_SSRC };

/* The first bytes of a packet behind its VP8 header. */
struct note {
    uint8_t encoding, is_key, part, parts;
    uint32_t frame, needs; /* of the same encoding */
};

/* Both ends join, with what they negotiated. */
void sim_join(struct sim *sim);
void sim_tick_publisher(struct sim *sim);
void sim_tick_viewer(struct sim *sim);
/* RTP or RTCP that came to the viewer; when it was sent. */
void sim_take_at_viewer(struct sim *sim, const uint8_t *data, size_t length, usec_t sent);
void sim_send_to_router(struct sim *sim, const uint8_t *data, size_t length);
struct second *sim_second(struct sim *sim);
void sim_trace(const struct sim *sim, const char *what, int value);

#endif
