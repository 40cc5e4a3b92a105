#include "router/in/rtp_in.h"

#include "router/in/encoding.h"
#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/hop/rtx.h"

static void record_arrival(struct publisher *publisher, const struct packet *packet, usec_t now)
{
    if (packet->extensions.at[EXTENSION_TRANSPORT_SEQUENCE].length < 2)
        return;
    uint16_t sequence = get_u16(packet->data + packet->extensions.at[EXTENSION_TRANSPORT_SEQUENCE].offset);
    twcc_recorder_packet(publisher->twcc, sequence, packet->rtp.ssrc, now);
    agenda_wake_by(&publisher->common->agenda, twcc_recorder_next(publisher->twcc));
}

/* Estimates the publisher's up-link, for REMB where that was negotiated, and for the budget of NACKs. */
static void measure(struct publisher *publisher, const struct route *route, const struct packet *packet, usec_t now)
{
    const struct encoding *encoding = route->encoding;
    if (encoding->publication->media.kind != MEDIA_VIDEO)
        return;
    const struct arrival arrival = arrival_of(packet, &encoding->stream, route->is_rtx);
    receive_estimate_packet(&publisher->uplink, &arrival, now);
    if (encoding_has_remb(encoding) && receive_estimate_is_due(&publisher->uplink, now))
        agenda_mark(&publisher->common->agenda);
}

/* Restores the original packet from RTX. An RTX packet that comes before any media, or without payload (a bandwidth
 * probe), is no error. */
static int unwrap_rtx(struct encoding *encoding, struct packet *packet)
{
    const struct media_codec *codec = media_find_rtx(&encoding->publication->media, packet->rtp.payload_type);
    if (codec == NULL)
        return ERR_UNSUPPORTED;
    if (encoding->ssrc == 0 || !encoding->stream.started)
        return ERR_WRONG_STATE;
    encoding->publication->publisher->common->stats.in.retransmissions++;
    if (rtx_unwrap(packet, encoding->ssrc, codec->payload_type) != 0 || packet->rtp.payload_length == 0)
        return ERR_TRUNCATED;
    encoding->codec = codec;
    return 0;
}

static int parse_extensions(struct packet *packet, const struct encoding *encoding)
{
    return extension_parse(&packet->extensions, &encoding->publication->media.extensions, packet->data, &packet->rtp);
}

/* Finds the packet's encoding, and parses the header extensions with the ids of its m-line. */
static int find_encoding(struct publisher *publisher, struct packet *packet, struct route *route, usec_t now)
{
    if (!demux_route(publisher, packet, route, now))
        return ERR_NOT_FOUND;
    int error = parse_extensions(packet, route->encoding);
    if (error != 0 || !demux_has_moved(publisher, packet, route))
        return error;
    return demux_move(publisher, packet, route, now) ? parse_extensions(packet, route->encoding) : ERR_NOT_FOUND;
}

int rtp_in_take(struct publisher *publisher, struct packet *packet, struct route *route, usec_t now)
{
    struct participant_stats *stats = &publisher->common->stats;
    int error = rtp_parse(&packet->rtp, packet->data, packet->length);
    if (error == 0)
        error = find_encoding(publisher, packet, route, now);
    if (error == ERR_NOT_FOUND)
        stats->unknown_ssrc++;
    else if (error != 0)
        stats->bad_packets++;
    if (error != 0)
        return error;
    struct encoding *encoding = route->encoding;
    record_arrival(publisher, packet, now);
    measure(publisher, route, packet, now);
    error = route->is_rtx ? unwrap_rtx(encoding, packet) : encoding_find_codec(encoding, packet->rtp.payload_type);
    if (error == ERR_UNSUPPORTED)
        stats->unknown_payload++;
    if (error != 0)
        route->encoding = NULL;
    if (error == 0 && !ingress_limit_take(&encoding->limits[route->is_rtx], encoding->publication->media.kind,
                                          packet->rtp.timestamp, now)) {
        stats->over_budget++;
        return ERR_LIMIT;
    }
    return error == ERR_UNSUPPORTED ? error : 0;
}
