/* How a room's mixer arranges its picture. Pure. */
#ifndef HEDDLE_SIGNALING_ROOM_MIX_LAYOUT_H
#define HEDDLE_SIGNALING_ROOM_MIX_LAYOUT_H

#include <stdbool.h>

enum mix_layout {
    MIX_LAYOUT_NONE, /* nobody has chosen: a grid, or what the mixer prefers */
    MIX_LAYOUT_GRID, /* screens are beside it */
    MIX_LAYOUT_SPEAKER,
};

#define MIX_LAYOUTS "grid or speaker"

const char *mix_layout_name(enum mix_layout layout); /* that of a grid where nobody has chosen */
bool mix_layout_parse(enum mix_layout *out, const char *text);

#endif
