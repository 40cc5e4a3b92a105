#include "client/rtp/freeze.h"

#define FREEZE_EXTRA (150 * USEC_PER_MSEC)

static usec_t limit(const struct freeze *freeze)
{
    usec_t average = freeze->sum / (usec_t)freeze->interval_count;
    return usec_max(3 * average, average + FREEZE_EXTRA);
}

void freeze_frame(struct freeze *freeze, usec_t now)
{
    if (freeze->last != 0) {
        usec_t interval = now - freeze->last;
        freeze->longest_gap = usec_max(freeze->longest_gap, interval);
        if (freeze->interval_count > 0 && interval > limit(freeze)) {
            freeze->freezes++;
            freeze->longest_freeze = usec_max(freeze->longest_freeze, interval);
        }
        if (freeze->interval_count == FREEZE_WINDOW)
            freeze->sum -= freeze->intervals[freeze->next];
        else
            freeze->interval_count++;
        freeze->intervals[freeze->next] = interval;
        freeze->sum += interval;
        freeze->next = (freeze->next + 1) % FREEZE_WINDOW;
    }
    freeze->last = now;
}

void freeze_pause(struct freeze *freeze)
{
    freeze->last = 0;
}

usec_t freeze_current(const struct freeze *freeze, usec_t now)
{
    if (freeze->last == 0 || freeze->interval_count == 0 || now - freeze->last <= limit(freeze))
        return 0;
    return now - freeze->last;
}
