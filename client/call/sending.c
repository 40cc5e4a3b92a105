#include "client/call/sending.h"

#include <string.h>

#define LOOK_INTERVAL (200 * USEC_PER_MSEC)

void sending_init(struct sending *sending, struct publisher *publisher, bool is_fixed)
{
    struct encoding_plan full[MEDIA_ENCODINGS_MAX];
    *sending = (struct sending){.is_fixed = is_fixed, .target_bps = AUDIO_BPS};
    if (!publisher_has_video(publisher))
        return;
    unsigned count = publisher_encodings(publisher);
    sending->publisher = publisher;
    for (unsigned i = 0; i < count; i++) {
        full[i] = publisher_get_plan(publisher, i);
        sending->target_bps += full[i].bitrate_bps + full[i].bitrate_bps / 5;
    }
    adaptation_init(&sending->by_router, full, count);
    adaptation_init(&sending->direct, &full[count - 1], 1);
}

static void set_plan(struct publisher *publisher, unsigned encoding, const struct encoding_plan *plan)
{
    struct encoding_plan now = publisher_get_plan(publisher, encoding);
    if (now.width != plan->width || now.height != plan->height || now.bitrate_bps != plan->bitrate_bps ||
        now.frames_per_second != plan->frames_per_second)
        publisher_set_plan(publisher, encoding, plan);
}

void sending_follow(struct sending *sending, const struct call_connections *connections)
{
    bool has_router = false, has_direct = false;
    if (sending->publisher == NULL)
        return;
    for (size_t i = 0; i < connections->count; i++) {
        has_router = has_router || call_connection_is_to_router(connections->at[i]);
        has_direct = has_direct || !(call_connection_is_to_router(connections->at[i]) ||
                                     call_connection_is_probe(connections->at[i]));
    }
    unsigned count = publisher_encodings(sending->publisher);
    for (unsigned i = 0; i < count; i++) {
        bool is_direct = has_direct && i + 1 == count;
        const struct encoding_plan *plan = is_direct ? &sending->direct.plan[0] : &sending->by_router.plan[i];
        set_plan(sending->publisher, i, plan);
        publisher_set_active(sending->publisher, i,
                             is_direct || (has_router && !sending->encodings_off[i] && plan->is_active));
    }
}

void sending_set_encodings(struct sending *sending, const json_t *active, const struct call_connections *connections)
{
    memset(sending->encodings_off, 0, sizeof sending->encodings_off);
    for (size_t i = 0; i < json_array_size(active) && i < MEDIA_ENCODINGS_MAX; i++)
        sending->encodings_off[i] = !json_is_true(json_array_get(active, i));
    sending_follow(sending, connections);
}

/* The lowest estimate of all connections of this kind; 0: not known. */
static uint64_t least_estimate(const struct call_connections *connections, bool to_router)
{
    uint64_t least = 0;
    for (size_t i = 0; i < connections->count; i++) {
        const struct peer_connection *pc = call_connection_pc(connections->at[i]);
        if (pc == NULL || call_connection_is_to_router(connections->at[i]) != to_router ||
            call_connection_is_probe(connections->at[i]))
            continue;
        uint64_t estimate = rtp_session_estimate(peer_connection_session(pc));
        if (estimate != 0 && (least == 0 || estimate < least))
            least = estimate;
    }
    return least;
}

/* Of several videos each gets the part of what can be sent that it has of all targets. */
static uint64_t share_of(const struct sending *sending, uint64_t all_bps, uint64_t estimate)
{
    return all_bps == sending->target_bps
               ? estimate
               : (uint64_t)((double)estimate * (double)sending->target_bps / (double)all_bps);
}

void sending_adapt(struct sending *sending, const struct call_connections *connections, uint64_t all_bps, usec_t now)
{
    if (sending->publisher == NULL || now - sending->looked_at < LOOK_INTERVAL)
        return;
    sending->looked_at = now;
    sending_follow(sending, connections); /* connections come and go without a change of state */
    if (sending->is_fixed)
        return;
    for (size_t i = 0; i < connections->count; i++)
        if (call_connection_pc(connections->at[i]) != NULL)
            peer_connection_set_target_bps(call_connection_pc(connections->at[i]), all_bps);
    uint64_t by_router = share_of(sending, all_bps, least_estimate(connections, true));
    uint64_t direct = share_of(sending, all_bps, least_estimate(connections, false));
    bool is_changed = by_router != 0 && adaptation_estimate(&sending->by_router, by_router, now);
    is_changed = (direct != 0 && adaptation_estimate(&sending->direct, direct, now)) || is_changed;
    if (is_changed)
        sending_follow(sending, connections);
}
