#include "client/call/room_data_holding.h"

#include "client/call/room_data_out.h"

#define HOLD_REFILL 10
/* Of its own everybody has that only when it has been here for so long, and has taken something. Until then all such
 * share it, and a sixtieth of the time after: who comes again and again gets no more each time. */
#define NEWCOMER (HOLD_LIMIT * HOLD_REFILL)
#define NEWCOMERS_REFILL 60

/* The oldest message that is for all, and that not everybody has; NULL if there is none. */
static const struct entry *oldest_to_all(const struct room_data *data)
{
    size_t i = 0;
    while (i < data->count && data->log[i].to[0] != '\0')
        i++;
    return i < data->count ? &data->log[i] : NULL;
}

/* What was sent to it in the series from `first` on does not come any more. */
static void skip(struct room_data *data, struct other *other, unsigned first)
{
    uint32_t last[SERIES];
    last_of(data, other, last);
    memcpy(other->acked + first, last + first, (SERIES - first) * sizeof *last);
    (void)room_data_send_control(data, ENVELOPE_BEGIN, other->id, other->acked);
}

static bool is_newcomer(const struct other *other, usec_t now)
{
    return !other->has_taken || now - other->joined_at < NEWCOMER;
}

static void forgive(usec_t *held, usec_t *held_at, usec_t refill, usec_t now)
{
    *held -= usec_min(*held, (now - *held_at) / refill);
    *held_at = now;
}

/* Whether it has let the others wait for as long as it may. */
static bool is_held_enough(const struct room_data *data, struct other *other, usec_t now)
{
    other->held += HOLD_INTERVAL;
    return !other->has_synced || other->held > HOLD_LIMIT ||
           (is_newcomer(other, now) && data->newcomers_held > HOLD_LIMIT);
}

void room_data_look_who_holds_up(struct room_data *data, usec_t now)
{
    const struct entry *found = data->all.was_full ? oldest_to_all(data) : NULL;
    bool newcomers_hold_up = false;
    data->hold_at = data->all.was_full ? now + HOLD_INTERVAL : USEC_NEVER;
    if (found == NULL)
        return;
    const struct entry oldest = *found; /* who is told of a loss may send, so that the log grows */
    forgive(&data->newcomers_held, &data->newcomers_held_at, NEWCOMERS_REFILL, now);
    for (size_t i = 0; i < data->other_count; i++) {
        struct other *other = data->others[i];
        forgive(&other->held, &other->held_at, HOLD_REFILL, now);
        if (!is_pending(&oldest, other))
            continue;
        newcomers_hold_up = newcomers_hold_up || (other->has_synced && is_newcomer(other, now));
        if (!is_held_enough(data, other, now))
            continue;
        skip(data, other, 0);
        other->is_given_up = true;
        if (other->has_synced) /* who has not begun to listen misses nothing */
            room_data_tell_lost(data, other);
    }
    if (newcomers_hold_up && data->newcomers_held <= HOLD_LIMIT)
        data->newcomers_held += HOLD_INTERVAL;
}

void room_data_give_up_alone(struct room_data *data, struct other *other)
{
    skip(data, other, 2);
    room_data_tell_lost(data, other);
}
