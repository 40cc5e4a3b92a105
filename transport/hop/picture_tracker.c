#include "transport/hop/picture_tracker.h"

#define PACKETS_MAX 4096 /* between two packets of one picture */
#define SPATIAL_NONE 0xff
#define PRELUDE_MAX 8 /* pictures with parameter sets only, before a keyframe */

static bool is_at(const struct tracked_picture *picture, int64_t number, uint32_t timestamp)
{
    return picture->is_used && picture->timestamp == timestamp && number > picture->last - PACKETS_MAX &&
           number < picture->first + PACKETS_MAX;
}

/* A packet that starts a picture belongs to another one even with the same timestamp: some senders forget to change
 * it. */
static bool is_another(const struct tracked_picture *newest, int64_t number, const struct frame_info *frame)
{
    return number == newest->last + 1 && frame != NULL && frame->start && frame->spatial_id <= newest->spatial;
}

static struct tracked_picture *find(struct picture_tracker *tracker, int64_t number, uint32_t timestamp,
                                    const struct frame_info *frame)
{
    struct tracked_picture *newest = &tracker->pictures[tracker->newest];
    if (is_at(newest, number, timestamp))
        return is_another(newest, number, frame) ? NULL : newest;
    if (!newest->is_used || number > newest->last) /* newer than all: it belongs to no older picture */
        return NULL;
    for (unsigned i = 0; i < PICTURES_TRACKED; i++)
        if (is_at(&tracker->pictures[i], number, timestamp))
            return &tracker->pictures[i];
    return NULL;
}

static struct tracked_picture *add(struct picture_tracker *tracker, int64_t number, uint32_t timestamp)
{
    const struct tracked_picture *newest = &tracker->pictures[tracker->newest];
    if (newest->is_used && tracker->next == tracker->newest) /* is not overwritten: all others came late */
        tracker->next = (tracker->next + 1) % PICTURES_TRACKED;
    if (!newest->is_used || number > newest->last)
        tracker->newest = tracker->next;
    uint8_t spatial_before = !newest->is_used                  ? SPATIAL_NONE
                             : newest->spatial != SPATIAL_NONE ? newest->spatial
                                                               : newest->spatial_before;
    struct tracked_picture *picture = &tracker->pictures[tracker->next];
    tracker->next = (tracker->next + 1) % PICTURES_TRACKED;
    *picture = (struct tracked_picture){.is_used = true,
                                        .has_only_parameters = true,
                                        .spatial = SPATIAL_NONE,
                                        .spatial_before = spatial_before,
                                        .timestamp = timestamp,
                                        .first = number,
                                        .last = number,
                                        .start = PICTURE_NOWHERE,
                                        .key = PICTURE_NOWHERE,
                                        .begin = PICTURE_NOWHERE};
    return picture;
}

static void set_lowest(int64_t *lowest, int64_t number)
{
    if (*lowest == PICTURE_NOWHERE || number < *lowest)
        *lowest = number;
}

static void note_frame(struct tracked_picture *picture, int64_t number, const struct frame_info *frame)
{
    if (frame->spatial_id < picture->spatial) {
        picture->spatial = frame->spatial_id;
        picture->start = picture->key = PICTURE_NOWHERE;
    }
    if (frame->spatial_id > picture->spatial || frame->spatial_id > picture->spatial_before)
        return;
    if (frame->start)
        set_lowest(&picture->start, number);
    if (frame->keyframe)
        set_lowest(&picture->key, number);
}

static void note(struct tracked_picture *picture, int64_t number, const struct frame_info *frame)
{
    picture->last = number > picture->last ? number : picture->last;
    picture->first = number < picture->first ? number : picture->first;
    picture->has_only_parameters = picture->has_only_parameters && frame != NULL && frame->has_only_parameters;
    if (frame != NULL)
        note_frame(picture, number, frame);
}

/* The picture whose last packet, of those received, is `number`; NULL: none. */
static const struct tracked_picture *ending_at(const struct picture_tracker *tracker, int64_t number)
{
    for (unsigned i = 0; i < PICTURES_TRACKED; i++)
        if (tracker->pictures[i].is_used && tracker->pictures[i].last == number)
            return &tracker->pictures[i];
    return NULL;
}

static struct tracked_picture *beginning_at(struct picture_tracker *tracker, int64_t number)
{
    for (unsigned i = 0; i < PICTURES_TRACKED; i++)
        if (tracker->pictures[i].is_used && tracker->pictures[i].first == number)
            return &tracker->pictures[i];
    return NULL;
}

/* Where the picture starts. Parameter sets after the first slice are no place to start. */
static int64_t start_of(const struct tracked_picture *picture)
{
    bool is_behind = picture->key != PICTURE_NOWHERE && picture->start > picture->key;
    return is_behind ? PICTURE_NOWHERE : picture->start;
}

static int64_t find_begin(const struct picture_tracker *tracker, const struct tracked_picture *keyframe)
{
    const struct tracked_picture *picture = keyframe;
    int64_t start = start_of(keyframe);
    for (unsigned i = 0; i < PRELUDE_MAX; i++) {
        const struct tracked_picture *before = ending_at(tracker, picture->first - 1);
        if (before == NULL)
            return start;
        if (!before->has_only_parameters)
            break;
        picture = before;
        start = picture->start != PICTURE_NOWHERE ? picture->start : start;
    }
    return picture->first;
}

/* Finds where a keyframe begins. True: it was not known before. */
static bool learn_begin(const struct picture_tracker *tracker, struct tracked_picture *picture)
{
    if (picture->key == PICTURE_NOWHERE || picture->begin != PICTURE_NOWHERE)
        return false;
    picture->begin = find_begin(tracker, picture);
    return picture->begin != PICTURE_NOWHERE;
}

/* A keyframe that was received already and begins behind this late packet. */
static struct tracked_picture *find_behind(struct picture_tracker *tracker, const struct tracked_picture *picture)
{
    struct tracked_picture *behind = NULL;
    for (unsigned i = 0; i < PRELUDE_MAX; i++) {
        behind = beginning_at(tracker, picture->last + 1);
        if (behind == NULL || !behind->has_only_parameters)
            break;
        picture = behind;
    }
    return behind;
}

int64_t picture_tracker_packet(struct picture_tracker *tracker, int64_t number, uint32_t timestamp,
                               const struct frame_info *frame)
{
    struct tracked_picture *picture = find(tracker, number, timestamp, frame);
    if (picture == NULL)
        picture = add(tracker, number, timestamp);
    note(picture, number, frame);
    int64_t begin = learn_begin(tracker, picture) ? picture->begin : PICTURE_NOWHERE;
    if (picture == &tracker->pictures[tracker->newest])
        return begin;
    struct tracked_picture *behind = find_behind(tracker, picture);
    bool is_news = behind != NULL && learn_begin(tracker, behind);
    return is_news && begin == PICTURE_NOWHERE ? behind->begin : begin;
}

bool picture_tracker_is_first(const struct picture_tracker *tracker, int64_t number)
{
    for (unsigned i = 0; i < PICTURES_TRACKED; i++) {
        const struct tracked_picture *picture = &tracker->pictures[i];
        if (!picture->is_used || number < picture->first || number > picture->last)
            continue;
        if (number == start_of(picture) || (number == picture->first && ending_at(tracker, number - 1) != NULL))
            return true;
    }
    return false;
}

const struct tracked_picture *picture_tracker_find_keyframe(const struct picture_tracker *tracker, int64_t from)
{
    const struct tracked_picture *found = NULL;
    for (unsigned i = 0; i < PICTURES_TRACKED; i++) {
        const struct tracked_picture *picture = &tracker->pictures[i];
        if (picture->is_used && picture->begin != PICTURE_NOWHERE && picture->begin >= from &&
            (found == NULL || picture->begin < found->begin))
            found = picture;
    }
    return found;
}
