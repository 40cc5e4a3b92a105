#include "router/choose/bandwidth.h"

#include "router/choose/allocation.h"
#include "router/choose/size_limit.h"
#include "router/choose/subscription.h"
#include "router/choose/voices.h"
#include "router/in/encoding.h"
#include "router/in/publication.h"
#include "router/out/slot.h"

#define PAUSE_AFTER (3 * USEC_PER_SEC) /* how long video that may not fit is still sent before it is paused */
#define ALLOCATION_INTERVAL (250 * USEC_PER_MSEC)
#define DRAIN_TIME (800 * USEC_PER_MSEC) /* by then the keyframe of a lower encoding should be there */
#define PROBE_TICK (2 * USEC_PER_MSEC)
#define PADDING_TICK (10 * USEC_PER_MSEC)
#define PADDING_CLUSTER 255 /* not a probe's cluster: only makes the pacer send padding at once */

/* The bitrate of a quality; for an encoding that was never received, a guess from its place in the list. */
static uint64_t rate_of(struct publication *publication, struct quality quality)
{
    static const uint64_t guesses[] = {150000, 500000, 1500000};
    uint64_t bps = encoding_bps(publication_ranked(publication, quality.encoding), quality.spatial, quality.temporal);
    if (bps == 0)
        bps = publication->encoding_count == 1 ? guesses[1] : guesses[quality.encoding];
    return bps;
}

static void add_level(struct allocation_slot *out, const struct slot *slot, struct quality quality)
{
    struct allocation_level *level = &out->levels[out->level_count];
    if (out->level_count == ALLOCATION_LEVELS)
        return;
    *level = (struct allocation_level){quality, rate_of(slot->publication, quality)};
    if (out->level_count > 0 && level->bps < level[-1].bps)
        level->bps = level[-1].bps;
    if (quality_is_within(quality, slot->limit) && !slot->is_paused)
        out->current = (int)out->level_count;
    out->level_count++;
}

/* Temporal layers are left out of the lowest encoding only: before that, a smaller encoding with all frames is better
 * than a large one with few. */
static void add_levels(struct allocation_slot *out, const struct slot *slot)
{
    struct publication *publication = slot->publication;
    struct quality limit = size_limit_of(slot);
    for (int i = 0; i <= limit.encoding; i++) {
        const struct encoding *encoding = publication_ranked(publication, i);
        if (!encoding->state.is_received && !encoding_is_idle(encoding))
            continue;
        for (unsigned t = 0; out->level_count == 0 && t + 1 < encoding->rates.temporals; t++)
            add_level(out, slot, (struct quality){i, 0, (int)t});
        for (unsigned s = 0; s + 1 < encoding->rates.spatials && (int)s < limit.spatial; s++)
            add_level(out, slot, (struct quality){i, (int)s, LAYER_ANY});
        add_level(out, slot, (struct quality){i, limit.spatial, LAYER_ANY});
    }
}

static bool can_show(const struct slot *slot)
{
    return slot->publication != NULL && !slot->publication->muted && !slot->is_unsupported;
}

/* The viewer's voices; returns how many. */
static size_t collect_voices(const struct subscriber *subscriber, struct voice *voices, struct slot **slots, usec_t now)
{
    size_t count = 0;
    for (struct slot *slot = subscriber->slots; slot != NULL && count < VOICES_MAX; slot = slot->next) {
        if (slot->media.kind != MEDIA_AUDIO || !can_show(slot))
            continue;
        uint64_t bps = encoding_bps(&slot->publication->encodings[0], LAYER_ANY, LAYER_ANY);
        voices[count] = (struct voice){
            .bps = slot_unwraps(slot, now) ? bps / 2 : bps, /* of RED about half is the newest block */
            .loudness = slot->publication->speaker.loudness,
            .is_paused = slot->is_paused,
        };
        slots[count++] = slot;
    }
    return count;
}

static void apply_voices(const struct voice *voices, struct slot *const *slots, size_t count, usec_t now)
{
    for (size_t i = 0; i < count; i++) {
        if (voices[i].is_sent)
            subscription_set_limit(slots[i], slots[i]->limit, now);
        else
            subscription_pause(slots[i], now);
    }
}

static void collect(struct subscriber *subscriber, struct allocation_slot *out, struct slot **slots, size_t *count)
{
    for (struct slot *slot = subscriber->slots; slot != NULL && *count < ALLOCATION_SLOTS; slot = slot->next) {
        if (slot->media.kind != MEDIA_VIDEO || !can_show(slot))
            continue;
        struct allocation_slot *request = &out[*count];
        *request = (struct allocation_slot){
            .priority = slot->priority, .pixels = (unsigned)slot->width * slot->height, .current = -1};
        if (!slot->is_hidden && !subscriber->breaker.is_open)
            add_levels(request, slot);
        slots[(*count)++] = slot;
    }
}

/* Notes since when the lowest levels have not fitted: a short drop of the estimate must not pause video. */
static void note_shortage(struct downlink *downlink, const struct allocation_slot *slots, size_t count,
                          uint64_t reserved_bps, usec_t now)
{
    uint64_t least = reserved_bps;
    for (size_t i = 0; i < count; i++)
        least += slots[i].level_count > 0 ? slots[i].levels[0].bps : 0;
    if (downlink->short_since != USEC_NEVER)
        least += least / 10;
    if (bwe_is_trying(downlink->bwe))
        return; /* while the estimate is being tried out, it tells nothing new */
    if (!downlink->is_measured || bwe_estimate(downlink->bwe) >= least)
        downlink->short_since = USEC_NEVER;
    else
        downlink->short_since = usec_min(downlink->short_since, now);
}

/* Until the receiver has reported, no level is lowered, but no high level is started either. */
static void judge_link(const struct downlink *downlink, struct allocation_budget *budget, usec_t now)
{
    budget->estimate_bps = bwe_estimate(downlink->bwe);
    budget->is_full = downlink->is_measured && bwe_is_overusing(downlink->bwe);
    budget->may_pause = downlink->short_since != USEC_NEVER && now - downlink->short_since >= PAUSE_AFTER;
    budget->is_cautious = downlink_is_cautious(downlink, now);
}

static void apply(struct slot *slot, const struct allocation_slot *request, usec_t now)
{
    if (request->level >= 0)
        subscription_set_limit(slot, request->levels[request->level].quality, now);
    else if (request->level_count > 0 || slot->is_hidden || slot->subscriber->breaker.is_open)
        subscription_pause(slot, now);
    else /* no media was received yet: it must not wait for bandwidth when it comes */
        subscription_set_limit(slot, slot->limit, now);
}

/* A slot whose receiver negotiated RTX, and transport-wide sequence numbers if it sends transport-wide feedback. */
static struct slot *slot_for_padding(const struct subscriber *subscriber)
{
    bool is_numbered = bwe_has_feedback(subscriber->downlink.bwe);
    for (struct slot *slot = subscriber->slots; slot != NULL; slot = slot->next)
        if (slot_can_pad(slot) && (!is_numbered || slot->media.extensions.id[EXTENSION_TRANSPORT_SEQUENCE] != 0))
            return slot;
    return NULL;
}

/* Whether the slot gets a lower level than it has, or still waits for the keyframe of a lower encoding. */
static bool is_too_large(const struct slot *slot, const struct allocation_slot *request)
{
    return request->level < request->current ||
           (request->level >= 0 && slot_rank(slot) > request->levels[request->level].quality.encoding);
}

static void request_bandwidth(const struct subscriber *subscriber, const struct allocation_slot *slots, size_t count,
                              const struct allocation_result *result)
{
    struct bwe *bwe = subscriber->downlink.bwe;
    struct bandwidth_request report = {.next_bps = result->next_bps,
                                       .next_used_bps = result->next_used_bps,
                                       .can_pad = slot_for_padding(subscriber) != NULL};
    bool is_sending = false;
    for (size_t i = 0; i < count; i++) {
        is_sending = is_sending || slots[i].level >= 0;
        report.is_starved = report.is_starved || slots[i].level_count > 0;
    }
    report.is_starved = report.is_starved && !is_sending;
    bwe_set_target(bwe, result->target_bps + result->target_bps / 5);
    bwe_set_request(bwe, &report);
}

static void divide(struct subscriber *subscriber, usec_t now)
{
    struct downlink *downlink = &subscriber->downlink;
    struct allocation_slot requests[ALLOCATION_SLOTS];
    struct slot *slots[ALLOCATION_SLOTS];
    struct voice voices[VOICES_MAX];
    struct slot *voice_slots[VOICES_MAX];
    size_t count = 0, voice_count = collect_voices(subscriber, voices, voice_slots, now);
    struct allocation_budget budget = {0};
    for (size_t i = 0; i < voice_count; i++)
        budget.reserved_bps += voices[i].bps; /* also for one that is left out: it comes before any picture */
    collect(subscriber, requests, slots, &count);
    note_shortage(downlink, requests, count, budget.reserved_bps, now);
    judge_link(downlink, &budget, now);
    struct allocation_result result = allocate(requests, count, &budget);
    downlink->allocated_bps = voices_choose(voices, voice_count, budget.estimate_bps, budget.may_pause);
    if (downlink->allocated_bps < budget.reserved_bps)
        result.next_bps = result.next_used_bps =
            budget.reserved_bps + budget.reserved_bps / 10; /* then all are heard */
    apply_voices(voices, voice_slots, voice_count, now);
    request_bandwidth(subscriber, requests, count, &result);
    for (size_t i = 0; i < count; i++) {
        if (requests[i].level < requests[i].current)
            downlink->last_downgrade = now;
        if (budget.is_full && is_too_large(slots[i], &requests[i]))
            downlink->drain_until = now + DRAIN_TIME;
        if (requests[i].level >= 0)
            downlink->allocated_bps += requests[i].levels[requests[i].level].bps;
        apply(slots[i], &requests[i], now);
    }
    downlink->last_allocation = now;
    downlink->next_allocation = now + ALLOCATION_INTERVAL;
}

void bandwidth_divide_ahead(struct subscriber *subscriber, usec_t now)
{
    divide(subscriber, now);
    subscriber->downlink.next_allocation = now; /* when the path is there, what is received then counts */
}

/* Without transport-wide feedback: padding, for as long as a trial lasts. */
static void pad(struct subscriber *subscriber, struct slot *slot, usec_t now)
{
    size_t due = bwe_padding(subscriber->downlink.bwe, now);
    subscriber->downlink.is_probing = due > 0;
    for (size_t sent = 0; sent < due;)
        sent += slot_send_padding(slot, PADDING_CLUSTER);
}

static void probe(struct subscriber *subscriber, usec_t now)
{
    struct downlink *downlink = &subscriber->downlink;
    struct slot *slot = slot_for_padding(subscriber);
    if (slot == NULL || !downlink->is_measured || subscriber->breaker.is_open) {
        downlink->is_probing = false;
        return;
    }
    if (!bwe_has_feedback(downlink->bwe)) {
        pad(subscriber, slot, now);
        return;
    }
    if (!downlink->is_probing) {
        if (!bwe_take_probe(downlink->bwe, &downlink->probe, now))
            return;
        downlink->is_probing = true;
        downlink->probe_started = now;
        downlink->probe_sent = 0;
    }
    usec_t elapsed = now - downlink->probe_started + PROBE_TICK;
    uint64_t due = downlink->probe.rate_bps * (uint64_t)elapsed / 8 / USEC_PER_SEC;
    uint64_t media = bwe_probe_media(downlink->bwe), needed = due < downlink->probe.bytes ? due : downlink->probe.bytes;
    while (downlink->probe_sent + media < needed)
        downlink->probe_sent += slot_send_padding(slot, downlink->probe.cluster);
    downlink->is_probing = downlink->probe_sent + media < downlink->probe.bytes;
}

void bandwidth_timeout(struct subscriber *subscriber, usec_t now)
{
    struct downlink *downlink = &subscriber->downlink;
    if (!subscriber->common->agenda.is_ready)
        return;
    if (now >= downlink->next_allocation)
        divide(subscriber, now);
    bwe_timeout(downlink->bwe, now);
    probe(subscriber, now);
}

usec_t bandwidth_next(const struct subscriber *subscriber)
{
    const struct downlink *downlink = &subscriber->downlink;
    usec_t next = downlink->next_allocation;
    if (!downlink->is_measured)
        return next;
    if (downlink->is_probing)
        next = usec_min(next, subscriber->common->core->agenda.now +
                                  (bwe_has_feedback(downlink->bwe) ? PROBE_TICK : PADDING_TICK));
    return usec_min(next, usec_max(bwe_next(downlink->bwe), subscriber->common->core->agenda.now + USEC_PER_MSEC));
}

/* After an outage the lost packets are no longer in any history: keyframes are requested at once, before the decoders
 * ask for them. */
static void begin_anew(struct subscriber *subscriber, usec_t now)
{
    for (struct slot *slot = subscriber->slots; slot != NULL; slot = slot->next) {
        if (slot->media.kind != MEDIA_VIDEO)
            continue;
        subscription_restart(slot, now);
    }
}

/* Divides the bandwidth again if the new estimate calls for it. */
static void follow(struct subscriber *subscriber, bool is_first, bool was_full, usec_t now)
{
    struct downlink *downlink = &subscriber->downlink;
    bool is_full = bwe_is_overusing(downlink->bwe);
    bool is_short = is_full || bwe_estimate(downlink->bwe) < downlink->allocated_bps;
    bool is_new = is_first || (is_full && !was_full);
    if (is_new || (is_short && now - downlink->last_allocation >= DOWNLINK_ALLOCATION_SPACING))
        divide(subscriber, now);
    probe(subscriber, now);
    agenda_wake_by(&subscriber->common->agenda, bandwidth_next(subscriber));
}

void bandwidth_feedback(struct subscriber *subscriber, const struct twcc_feedback *feedback, usec_t now)
{
    struct downlink *downlink = &subscriber->downlink;
    bool is_first = !downlink->is_measured, was_full = bwe_is_overusing(downlink->bwe);
    bwe_feedback(downlink->bwe, feedback, now);
    downlink->is_measured = true;
    if (bwe_take_outage(downlink->bwe))
        begin_anew(subscriber, now);
    follow(subscriber, is_first, was_full, now);
}

void bandwidth_report(struct subscriber *subscriber, const struct report_sum *report, usec_t now)
{
    struct downlink *downlink = &subscriber->downlink;
    bool is_first = !downlink->is_measured, was_full = bwe_is_overusing(downlink->bwe);
    bwe_report(downlink->bwe, report, now);
    downlink->is_measured = true;
    if (!bwe_has_feedback(downlink->bwe))
        follow(subscriber, is_first, was_full, now);
}

void bandwidth_nack(struct subscriber *subscriber, unsigned packets, usec_t now)
{
    struct bwe *bwe = subscriber->downlink.bwe;
    bool was_trying = bwe_is_trying(bwe);
    bwe_nack(bwe, packets, now);
    if (was_trying && !bwe_is_trying(bwe))
        follow(subscriber, false, true, now);
}

void bandwidth_remb(struct subscriber *subscriber, uint64_t bitrate_bps, const uint32_t *ssrcs, size_t count,
                    usec_t now)
{
    struct downlink *downlink = &subscriber->downlink;
    bool is_first = !downlink->is_measured;
    bwe_remb(downlink->bwe, bitrate_bps, ssrcs, count, now);
    downlink->is_measured = true;
    if (!bwe_has_feedback(downlink->bwe))
        follow(subscriber, is_first, bwe_is_overusing(downlink->bwe), now);
}
