#include "router/room/forward.h"

#include "router/choose/subscription.h"
#include "router/in/encoding.h"
#include "router/in/memory.h"
#include "router/in/publication.h"
#include "router/in/rtp_in.h"
#include "router/relay/relay_queue.h"
#include "router/router.h"
#include "transport/base/error.h"

static void note_audio_level(struct room *room, struct publication *publication, const struct packet *packet,
                             usec_t now)
{
    if (packet->extensions.at[EXTENSION_AUDIO_LEVEL].length == 0 || publication->muted ||
        publication_is_mix(publication))
        return;
    bool spoke = publication->speaker.is_speaking;
    speaker_level(&publication->speaker, packet->data[packet->extensions.at[EXTENSION_AUDIO_LEVEL].offset], now);
    room_heard(room, now);
    if (!spoke && publication->speaker.is_speaking)
        room_review(room, now); /* so that audio slots forward a speaker from the first packet */
}

static void show_packet(const struct publication *publication, const struct encoding *encoding, struct packet *packet,
                        const struct ingested *ingested, usec_t now)
{
    for (size_t i = 0; i < publication->slot_count; i++) {
        struct slot *slot = publication->subscriptions->slots[i];
        if (slot_forward(slot, encoding, packet, ingested, now))
            continue;
        subscription_restart(slot, now);
        (void)slot_forward(slot, encoding, packet, ingested, now);
    }
}

int forward_packet(struct participant *participant, struct encoding *encoding, struct packet *packet,
                   bool is_retransmission, usec_t now)
{
    struct publication *publication = encoding->publication;
    struct ingested ingested;
    int error = encoding_ingest(encoding, packet, is_retransmission, &ingested, now);
    if (error != 0)
        return error;
    note_audio_level(participant->room, publication, packet, now);
    if (ingested.starts)
        subscription_review_all(publication, now);
    if (packet->rtp.payload_length > 0)
        encoding_note_frame(encoding, packet, &ingested, now);
    if (publication->muted)
        return 0;
    relay_packet(encoding, packet, is_retransmission);
    show_packet(publication, encoding, packet, &ingested, now);
    return 0;
}

static void refuse_packet(struct encoding *encoding, const struct packet *packet, bool is_retransmission, usec_t now)
{
    struct publication *publication = encoding->publication;
    int64_t in = encoding_refuse(encoding, packet, is_retransmission, now);
    for (size_t i = 0; i < publication->slot_count; i++)
        slot_skip(publication->subscriptions->slots[i], encoding, packet, in, now);
}

int participant_rtp(struct participant *participant, const uint8_t *data, size_t length, usec_t now)
{
    struct router *router = participant->room->router;
    struct participant_stats *stats = &participant->common.stats;
    struct route route;
    router->core.agenda.now = now;
    router->packets_in++;
    router->bytes_in += length;
    stats->in.packets++;
    stats->in.bytes += length;
    agenda_wake(&participant->common.agenda);
    if (length > PACKET_CAPACITY) {
        stats->bad_packets++;
        return ERR_INVALID;
    }
    struct packet *packet = memory_copy_packet(&router->publishers, data, length);
    if (packet == NULL)
        return ERR_LIMIT;
    packet->arrival = now;
    int error = rtp_in_take(&participant->publisher, packet, &route, now);
    if (error == 0 && route.encoding != NULL)
        error = forward_packet(participant, route.encoding, packet, route.is_rtx, now);
    else if (error == ERR_LIMIT)
        refuse_packet(route.encoding, packet, route.is_rtx, now);
    packet_release(packet);
    return error;
}
