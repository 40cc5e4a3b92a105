/* A received RTP packet, from bytes to its layer. */
#include "router/in/demux.h"
#include "router/in/publication.h"
#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/hop/rtx.h"

static void record_arrival(struct participant *participant, const struct packet *packet, usec_t now)
{
    if (packet->extensions.at[EXTENSION_TRANSPORT_SEQUENCE].length < 2)
        return;
    uint16_t sequence = get_u16(packet->data + packet->extensions.at[EXTENSION_TRANSPORT_SEQUENCE].offset);
    twcc_recorder_packet(participant->twcc, sequence, packet->rtp.ssrc, now);
    participant_wake_by(participant, twcc_recorder_next(participant->twcc));
}

/* Brings the original back. An RTX packet before its media, or without any payload (a bandwidth probe), is not wrong.
 */
static int repair(struct layer *layer, struct packet *packet)
{
    const struct media_codec *codec = media_find_rtx(&layer->publication->media, packet->rtp.payload_type);
    if (codec == NULL)
        return ERR_UNSUPPORTED;
    if (layer->ssrc == 0 || !layer->stream.started)
        return ERR_WRONG_STATE;
    layer->publication->participant->stats.in.retransmissions++;
    if (rtx_unwrap(packet, layer->ssrc, codec->payload_type) != 0 || packet->rtp.payload_length == 0)
        return ERR_TRUNCATED;
    layer->codec = codec;
    return 0;
}

static int take_packet(struct participant *participant, struct packet *packet, usec_t now)
{
    struct participant_stats *stats = &participant->stats;
    struct route route;
    int error = rtp_parse(&packet->rtp, packet->data, packet->length);
    if (error != 0) {
        stats->bad_packets++;
        return error;
    }
    if (!demux_route(participant, packet, &route, now)) {
        stats->unknown_ssrc++;
        return ERR_NOT_FOUND;
    }
    struct layer *layer = route.layer;
    error = extension_parse(&packet->extensions, &layer->publication->media.extensions, packet->data, &packet->rtp);
    if (error != 0) {
        stats->bad_packets++;
        return error;
    }
    record_arrival(participant, packet, now);
    error = route.is_rtx ? repair(layer, packet) : layer_find_codec(layer, packet->rtp.payload_type);
    if (error == ERR_UNSUPPORTED)
        stats->unknown_payload++;
    if (error != 0)
        return error == ERR_UNSUPPORTED ? error : 0;
    return layer_packet(layer, packet, route.is_rtx, now);
}

int participant_rtp(struct participant *participant, const uint8_t *data, size_t length, usec_t now)
{
    struct router *router = participant->router;
    router->now = now;
    router->packets_in++;
    router->bytes_in += length;
    participant->stats.in.packets++;
    participant_stir(participant);
    participant->stats.in.bytes += length;
    if (length > PACKET_CAPACITY) {
        participant->stats.bad_packets++;
        return ERR_INVALID;
    }
    struct packet *packet = router_copy_packet(router, data, length);
    if (packet == NULL)
        return ERR_LIMIT;
    packet->arrival = now;
    int error = take_packet(participant, packet, now);
    packet_release(packet);
    return error;
}
