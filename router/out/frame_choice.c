#include "router/out/frame_choice.h"

#include <string.h>

static int least(int a, int b)
{
    return a < b ? a : b;
}

void frame_choice_start(struct frame_choice *choice, struct quality limit)
{
    memset(choice, 0, sizeof *choice);
    choice->spatial = limit.spatial;
    choice->temporal = limit.temporal;
}

static void follow(struct frame_choice *choice, const struct frame_info *frame, struct quality limit)
{
    if (frame->keyframe) {
        choice->spatial = limit.spatial;
        choice->temporal = limit.temporal;
        return;
    }
    choice->spatial = least(choice->spatial, limit.spatial);
    choice->temporal = least(choice->temporal, limit.temporal);
    int sync = least(frame->sync_temporal, limit.temporal);
    if (sync > choice->temporal && frame->temporal_id <= choice->temporal + 1)
        choice->temporal = sync;
}

static const struct picture_choice *find(const struct frame_choice *choice, uint32_t timestamp)
{
    for (unsigned i = 0; i < PICTURES_REMEMBERED; i++)
        if (choice->pictures[i].is_known && choice->pictures[i].timestamp == timestamp)
            return &choice->pictures[i];
    return NULL;
}

bool frame_choice_takes(struct frame_choice *choice, const struct frame_info *frame, uint32_t timestamp, bool is_newest,
                        struct quality limit)
{
    const struct picture_choice *picture = find(choice, timestamp);
    if (picture == NULL) {
        if (is_newest)
            follow(choice, frame, limit);
        struct picture_choice *made = &choice->pictures[choice->next++ % PICTURES_REMEMBERED];
        *made = (struct picture_choice){true, timestamp, choice->spatial, choice->temporal};
        picture = made;
    }
    return frame->spatial_id <= picture->spatial && frame->temporal_id <= picture->temporal;
}
