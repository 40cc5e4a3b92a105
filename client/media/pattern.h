/* The moving test picture, with the frame's number and the time it was made written into it as a bar code of 80
 * blocks across the top quarter: large enough to survive compression and scaling, protected by a checksum, so that a
 * receiver can tell which frame it sees and how long it was under way. Pure. */
#ifndef HEDDLE_CLIENT_PATTERN_H
#define HEDDLE_CLIENT_PATTERN_H

#include <stdbool.h>

#include "client/media/picture.h"

#define PATTERN_FRAME_LIMIT (1U << 24) /* frame numbers wrap here */

/* `seed` chooses the colours, and nothing of luma, so that people in a room can be told apart. */
void pattern_draw(struct picture *picture, uint32_t frame, int64_t wall_us, uint32_t seed);
/* False when the picture holds no readable code. `near_wall_us` is any time within six days of the sender's. */
bool pattern_read(const struct picture *picture, int64_t near_wall_us, uint32_t *frame, int64_t *wall_us);

#endif
