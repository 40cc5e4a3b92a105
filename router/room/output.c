/* Hands out the packets that wait for a participant. */
#include "router/out/packet_write.h"
#include "router/out/slot.h"
#include "router/room/room.h"
#include "router/router.h"

size_t participant_egress(struct participant *participant, const struct egress **items, usec_t now)
{
    struct subscriber *subscriber = &participant->subscriber;
    return egress_queue_take(&subscriber->egress, items, downlink_pace(&subscriber->downlink), now);
}

int participant_image(struct participant *participant, const struct egress *item, struct packet_image *image,
                      usec_t now)
{
    const struct slot *slot = item->slot;
    const struct extension_map *ids = &slot->media.extensions;
    struct write_context context = {
        .ids = ids,
        .allow_mixed = slot->media.extmap_allow_mixed,
        .mid = slot->mid_is_known && !item->rewrite.is_retransmission ? NULL : slot->media.mid,
        .transport_sequence = participant->subscriber.transport_sequence,
        .now = now,
    };
    int error = packet_image_init(image, item->packet, &item->rewrite, &context);
    if (error != 0) {
        participant->common.stats.egress_drops++;
        return error;
    }
    if (ids->id[EXTENSION_TRANSPORT_SEQUENCE] != 0)
        downlink_sent(&participant->subscriber.downlink, participant->subscriber.transport_sequence++, image->length,
                      item->probe_cluster, now);
    downlink_count(&participant->subscriber.downlink, image->length, item->rewrite.ssrc == slot->media.send_ssrc);
    if (slot->media.kind == MEDIA_VIDEO)
        breaker_sent(&participant->subscriber.breaker, now);
    participant->common.stats.out.packets++;
    participant->common.stats.out.bytes += image->length;
    participant->room->router->packets_out++;
    participant->room->router->bytes_out += image->length;
    return 0;
}

size_t participant_write(struct participant *participant, const struct egress *item, uint8_t *out, usec_t now)
{
    struct packet_image image;
    if (participant_image(participant, item, &image, now) != 0)
        return 0;
    return packet_image_write(&image, out);
}

void participant_sent(struct participant *participant)
{
    egress_queue_sent(&participant->subscriber.egress);
}
