/* What a mixer would send: pictures that are dark or light, and sound that is silent or a tone. */
#ifndef HEDDLE_TEST_MADE_FRAMES_H
#define HEDDLE_TEST_MADE_FRAMES_H

#include "client/composite/composite_frame.h"

#define MADE_WALL_US (INT64_C(1700000000) * 1000000)

/* They hold until the next call. */
struct composite_frame made_picture(bool is_light, bool is_keyframe, int64_t at_us);
struct composite_frame made_sound(bool is_loud, int64_t at_us);
void made_fini(void);

#endif
