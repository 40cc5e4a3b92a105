#include "signaling/room/mix_layout.h"

#include <string.h>

const char *mix_layout_name(enum mix_layout layout)
{
    return layout == MIX_LAYOUT_SPEAKER ? "speaker" : "grid";
}

bool mix_layout_parse(enum mix_layout *out, const char *text)
{
    for (int i = MIX_LAYOUT_GRID; i <= MIX_LAYOUT_SPEAKER; i++)
        if (strcmp(text, mix_layout_name((enum mix_layout)i)) == 0) {
            *out = (enum mix_layout)i;
            return true;
        }
    return false;
}
