/* Statistics of the core. */
#include <stdio.h>

#include "router/in/encoding.h"
#include "router/in/publication.h"
#include "router/out/slot.h"
#include "router/relay/relay_queue.h"
#include "router/room/room.h"
#include "router/router.h"

void participant_get_stats(const struct participant *participant, struct participant_stats *stats)
{
    *stats = participant->common.stats;
    stats->egress_drops += participant->subscriber.egress.drops;
    stats->rtt = participant->common.rtt;
    stats->report_timeouts = participant->subscriber.breaker.trips;
    stats->estimate_bps =
        participant->subscriber.downlink.is_measured ? bwe_estimate(participant->subscriber.downlink.bwe) : 0;
    for (const struct publication *p = participant->publisher.publications; p != NULL; p = p->next)
        for (size_t i = 0; i < p->encoding_count; i++) {
            stats->in.lost += encoding_lost(&p->encodings[i]);
            stats->plis_out += p->encodings[i].gate.requests;
            stats->nacks_held += p->encodings[i].nack != NULL ? nack_held_back(p->encodings[i].nack) : 0;
        }
    for (const struct slot *slot = participant->subscriber.slots; slot != NULL; slot = slot->next)
        stats->out.lost += slot->stream.cumulative_lost > 0 ? (uint64_t)slot->stream.cumulative_lost : 0;
}

size_t participant_publications(const struct participant *participant, struct publication_stats *stats, size_t capacity)
{
    size_t count = 0;
    for (const struct publication *p = participant->publisher.publications; p != NULL && count < capacity; p = p->next)
        publication_get_stats(p, &stats[count++]);
    return count;
}

size_t participant_slots(const struct participant *participant, struct slot_stats *stats, size_t capacity)
{
    size_t count = 0;
    for (const struct slot *slot = participant->subscriber.slots; slot != NULL && count < capacity; slot = slot->next) {
        struct slot_stats *out = &stats[count++];
        const struct media_codec *codec = slot->publication != NULL ? publication_codec(slot->publication) : NULL;
        *out = (struct slot_stats){
            .packets = slot->packets,
            .bytes = slot->bytes,
            .retransmissions = slot->retransmissions,
            .loss = slot->stream.fraction_lost / 256.0,
            .rtt = slot->stream.rtt,
            .state = slot_state(slot),
            .codec = codec != NULL ? codec->codec : CODEC_NONE,
            .encoding = slot->encoding,
            .spatial = slot->choice.spatial,
            .temporal = slot->choice.temporal,
            .width = slot->width,
            .height = slot->height,
        };
        snprintf(out->mid, sizeof out->mid, "%s", slot->media.mid);
        snprintf(out->publication, sizeof out->publication, "%s",
                 slot->publication != NULL ? slot->publication->id : "");
    }
    return count;
}

static size_t count_slots(const struct router *router)
{
    size_t count = 0;
    for (const struct room *room = router->rooms; room != NULL; room = room->next)
        for (const struct participant *p = room->participants; p != NULL; p = p->next)
            for (const struct slot *slot = p->subscriber.slots; slot != NULL; slot = slot->next)
                count++;
    return count;
}

void router_get_stats(const struct router *router, struct router_stats *stats)
{
    *stats = (struct router_stats){
        .packets_in = router->packets_in,
        .packets_out = router->packets_out,
        .bytes_in = router->bytes_in,
        .bytes_out = router->bytes_out,
        .rooms = router->room_count,
        .participants = router->participant_count,
        .relayed_publishers = router->relayed_count,
        .relayed_in = router->relay->taken,
        .relayed_out = router->relay->sent,
        .relay_bad = router->relay->bad,
        .relay_lost = router->relay->lost,
        .publications = router->publishers.publication_count,
        .slots = count_slots(router),
        .packets_held = packet_pool_in_use(router->core.pool),
        .packet_memory_bytes = packet_pool_bytes(router->core.pool),
        .memory_evictions = router->publishers.evictions,
        .memory_drops = router->publishers.drops,
    };
}
