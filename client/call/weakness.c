#include "client/call/weakness.h"

#define LOOK_INTERVAL (1 * USEC_PER_SEC)

bool weakness_is_due(const struct weakness *weakness, usec_t now)
{
    return now - weakness->looked_at >= LOOK_INTERVAL;
}

enum weakness_kind weakness_look(struct weakness *weakness, bool is_cut, bool leaves_out, usec_t now)
{
    const bool has_trouble[] = {[WEAKNESS_LINK] = is_cut, [WEAKNESS_DEVICE] = leaves_out};
    enum weakness_kind found = WEAKNESS_NONE;
    weakness->looked_at = now;
    for (int i = WEAKNESS_DEVICE; i >= WEAKNESS_LINK; i--) {
        if (!has_trouble[i])
            weakness->since[i] = 0;
        else if (weakness->since[i] == 0)
            weakness->since[i] = now;
        else if (now - weakness->since[i] >= WEAKNESS_LASTS)
            found = (enum weakness_kind)i;
    }
    if (found != WEAKNESS_NONE)
        weakness->since[WEAKNESS_LINK] = weakness->since[WEAKNESS_DEVICE] = 0;
    return found;
}
