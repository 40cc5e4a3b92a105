#include "bench/member.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/member_internal.h"
#include "transport/base/bytes.h"
#include "transport/base/memory.h"
#include "transport/wire/rtcp.h"

#define REPORT_INTERVAL USEC_PER_SEC
#define FEEDBACK_INTERVAL (50 * USEC_PER_MSEC)
#define PROTECTED_MAX (MEDIA_SOURCE_PACKET_MAX + SRTP_OVERHEAD_MAX)

struct member *member_new(struct member_host *host, unsigned index, const char *room, const char *name, uint64_t seed)
{
    struct member *member = mem_alloc(sizeof *member);
    member->host = host;
    member->index = index;
    rng_init(&member->rng, seed);
    snprintf(member->room, sizeof member->room, "%s", room);
    snprintf(member->name, sizeof member->name, "%s", name);
    random_secure_text(member->ufrag, sizeof member->ufrag - 1);
    random_secure_text(member->pwd, sizeof member->pwd - 1);
    snprintf(member->session_id, sizeof member->session_id, "%u", rng_u32(&member->rng));
    member->own_ssrc = rng_u32(&member->rng) | 1;
    return member;
}

void member_free(struct member *member)
{
    if (member == NULL)
        return;
    if (member->websocket != NULL)
        websocket_free(member->websocket);
    for (size_t i = 0; i < member->track_count; i++)
        nack_free(member->tracks[i].nack);
    for (size_t i = 0; i < member->source_count; i++)
        free(member->sources[i].history);
    negotiated_fini(&member->negotiated);
    peer_free(member->peer);
    twcc_recorder_free(member->recorder);
    free(member->tracks);
    free(member->lines);
    free(member->offer);
    free(member);
}

void member_fail(struct member *member, const char *format, ...)
{
    va_list arguments;
    if (member->state == MEMBER_FAILED)
        return;
    va_start(arguments, format);
    vsnprintf(member->error, sizeof member->error, format, arguments);
    va_end(arguments);
    member->state = MEMBER_FAILED;
}

enum member_state member_get_state(const struct member *member)
{
    return member->state;
}

const char *member_id(const struct member *member)
{
    return member->id;
}

const char *member_error(const struct member *member)
{
    return member->error;
}

bool member_has_media(const struct member *member)
{
    for (size_t i = 0; i < member->track_count; i++) {
        if (!member->tracks[i].stream.started)
            return false;
    }
    return member->state == MEMBER_CONNECTED;
}

static void send_raw(struct member *member, const uint8_t *data, size_t length)
{
    (void)swarm_socket_send(member->host->socket, member->index, &member->server, data, length, 0);
}

static void flush_dtls(struct member *member)
{
    uint8_t datagram[1500];
    size_t length;
    while ((length = peer_poll(member->peer, datagram, sizeof datagram)) > 0)
        send_raw(member, datagram, length);
}

static void open_track(struct member *member, const struct media *media)
{
    struct member_track *track = &member->tracks[member->track_count++];
    track->is_video = media->kind == MEDIA_VIDEO;
    track->rtx_ssrc = media->encodings[0].rtx_ssrc;
    track->nack = nack_new();
    receive_stream_init(&track->stream, media->encodings[0].ssrc, media->codecs[0].clock_rate);
}

static void open_source(struct member *member, const struct media *media, usec_t now)
{
    struct member_source *source = NULL;
    for (size_t i = 0; i < member->source_count; i++) {
        if (member->wanted[i].is_video == (media->kind == MEDIA_VIDEO))
            source = &member->sources[i];
    }
    if (source == NULL || media->codec_count == 0)
        return;
    struct media_source_config config = member->wanted[source - member->sources];
    config.ssrc = media->send_ssrc;
    config.payload_type = media->codecs[0].payload_type;
    config.mid = media->mid;
    config.extensions = media->extensions;
    source->rtx_ssrc = media->send_rtx_ssrc;
    source->rtx_payload_type = media->codecs[0].rtx_payload_type;
    source->history = mem_array(MEMBER_HISTORY, sizeof *source->history);
    media_source_init(&source->source, &config, rng_next(&member->rng), now);
}

void member_open_path(struct member *member, usec_t now)
{
    const struct negotiated *agreed = &member->negotiated;
    struct peer_config config = {
        .identity = member->host->identity,
        .is_dtls_client = agreed->is_dtls_client,
        .srtp_profiles = member->host->srtp_profiles,
    };
    memcpy(config.remote_fingerprint_algorithm, agreed->fingerprint_algorithm,
           sizeof config.remote_fingerprint_algorithm);
    memcpy(config.remote_fingerprint, agreed->fingerprint, sizeof config.remote_fingerprint);
    member->tracks = mem_array(agreed->media_count, sizeof *member->tracks);
    for (size_t i = 0; i < agreed->media_count; i++) {
        if (agreed->media[i].receive && agreed->media[i].encoding_count > 0)
            open_track(member, &agreed->media[i]);
        if (agreed->media[i].send)
            open_source(member, &agreed->media[i], now);
    }
    member->recorder = twcc_recorder_new(FEEDBACK_INTERVAL);
    member->peer = peer_new(&config, now);
    if (member->peer == NULL) {
        member_fail(member, "DTLS cannot be set up");
        return;
    }
    stun_client_init(&member->stun, member->ufrag, agreed->remote_ufrag, agreed->remote_pwd, &member->rng, now);
    member->state = MEMBER_CONNECTING;
    member_tick(member, now);
}

static void follow_peer(struct member *member, usec_t now)
{
    flush_dtls(member);
    if (peer_state(member->peer) == PEER_FAILED)
        member_fail(member, "DTLS failed");
    if (peer_state(member->peer) == PEER_CONNECTED && member->state == MEMBER_CONNECTING) {
        member->state = MEMBER_CONNECTED;
        member->next_report = now + (usec_t)rng_below(&member->rng, (uint64_t)REPORT_INTERVAL);
        for (size_t i = 0; i < member->source_count; i++)
            member->sources[i].source.next_frame = now + (usec_t)rng_below(&member->rng, 33000);
    }
}

/* Decrypts one packet of many: it shows that the bytes are right, and holds its send time. */
static void sample(struct member *member, const uint8_t *data, size_t length, usec_t now)
{
    struct member_host *host = member->host;
    struct rtp_header header;
    uint8_t copy[1600];
    usec_t sent;
    if (length > sizeof copy)
        return;
    memcpy(copy, data, length);
    if (peer_unprotect_rtp(member->peer, copy, &length) != 0 || rtp_parse(&header, copy, length) != 0) {
        host->decrypt_errors++;
        return;
    }
    if (media_source_sent_at(copy + header.payload_offset, header.payload_length, &sent) &&
        host->delay_count < host->delay_capacity)
        host->delays_us[host->delay_count++] = (uint32_t)(now - sent);
}

static void record_transport_sequence(struct member *member, const uint8_t *data, const struct rtp_header *header,
                                      usec_t now)
{
    struct extension_values values;
    if (extension_parse(&values, &member->negotiated.media[0].extensions, data, header) == 0 &&
        values.at[EXTENSION_TRANSPORT_SEQUENCE].length == 2)
        twcc_recorder_packet(member->recorder, get_u16(data + values.at[EXTENSION_TRANSPORT_SEQUENCE].offset),
                             header->ssrc, now);
}

static void receive_rtp(struct member *member, const uint8_t *data, size_t length, usec_t now)
{
    struct member_host *host = member->host;
    struct rtp_header header;
    if (rtp_parse_protected(&header, data, length) != 0)
        return;
    host->packets_received++;
    host->bytes_received += length;
    record_transport_sequence(member, data, &header, now);
    for (size_t i = 0; i < member->track_count; i++) {
        struct member_track *track = &member->tracks[i];
        if (header.ssrc == track->rtx_ssrc) {
            host->retransmissions++;
            return;
        }
        if (header.ssrc != track->stream.ssrc)
            continue;
        int64_t sequence = receive_stream_packet(&track->stream, header.sequence, header.timestamp, length, false, now);
        if (track->is_video)
            (void)nack_packet(track->nack, sequence, now);
        if (++member->received % MEMBER_SAMPLE_EVERY == 0)
            sample(member, data, length, now);
        return;
    }
}

/* RFC 4588, from the source's own history. */
static void resend(struct member *member, struct member_source *source, uint16_t sequence)
{
    uint8_t out[PROTECTED_MAX + 2];
    struct rtp_header header;
    size_t at = sequence % MEMBER_HISTORY, length = source->history[at].length;
    const uint8_t *packet = source->history[at].data;
    if (length == 0 || rtp_parse(&header, packet, length) != 0 || header.sequence != sequence)
        return;
    memcpy(out, packet, header.payload_offset);
    put_u16(out + header.payload_offset, sequence);
    memcpy(out + header.payload_offset + 2, packet + header.payload_offset, length - header.payload_offset);
    out[1] = (uint8_t)((out[1] & 0x80) | source->rtx_payload_type);
    put_u16(out + 2, source->rtx_sequence++);
    put_u32(out + 8, source->rtx_ssrc);
    length += 2;
    if (peer_protect_rtp(member->peer, out, &length) == 0)
        send_raw(member, out, length);
}

static void handle_feedback(struct member *member, const struct rtcp_packet *packet)
{
    uint32_t sender, ssrc;
    uint16_t lost[64];
    if (rtcp_read_feedback(packet, &sender, &ssrc) != 0)
        return;
    for (size_t i = 0; i < member->source_count; i++) {
        struct member_source *source = &member->sources[i];
        if (source->source.config.ssrc != ssrc)
            continue;
        if (packet->type == RTCP_PSFB) {
            media_source_want_keyframe(&source->source);
        } else if (packet->count == RTPFB_NACK) {
            int count = rtcp_read_nack(packet, lost, sizeof lost / sizeof lost[0]);
            for (int k = 0; k < count; k++)
                resend(member, source, lost[k]);
        }
    }
}

static void receive_rtcp(struct member *member, uint8_t *data, size_t length)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    if (peer_unprotect_rtcp(member->peer, data, &length) != 0)
        return;
    rtcp_reader_init(&reader, data, length);
    while (rtcp_next(&reader, &packet) == 1) {
        if (packet.type == RTCP_PSFB || packet.type == RTCP_RTPFB)
            handle_feedback(member, &packet);
    }
}

void member_datagram(struct member *member, uint8_t *data, size_t length, usec_t now)
{
    if (member->peer == NULL)
        return;
    switch (packet_classify(data, length)) {
    case PACKET_RTP:
        receive_rtp(member, data, length, now);
        break;
    case PACKET_RTCP:
        receive_rtcp(member, data, length);
        break;
    case PACKET_DTLS:
        (void)peer_input(member->peer, data, length, now);
        follow_peer(member, now);
        break;
    case PACKET_STUN:
        if (stun_client_input(&member->stun, data, length, now)) {
            peer_start(member->peer, now);
            follow_peer(member, now);
        }
        break;
    case PACKET_UNKNOWN:
        break;
    }
}

static void send_source(struct member *member, struct member_source *source, usec_t now)
{
    uint8_t out[PROTECTED_MAX];
    size_t length;
    while ((length = media_source_poll(&source->source, out, member->transport_sequence, now)) > 0) {
        size_t at = get_u16(out + 2) % MEMBER_HISTORY;
        source->history[at].length = (uint16_t)length;
        memcpy(source->history[at].data, out, length);
        member->transport_sequence++;
        source->packets++;
        if (peer_protect_rtp(member->peer, out, &length) != 0)
            continue;
        send_raw(member, out, length);
        member->host->packets_sent++;
        member->host->bytes_sent += length;
    }
}

void member_send_media(struct member *member, usec_t now)
{
    if (member->state != MEMBER_CONNECTED)
        return;
    for (size_t i = 0; i < member->source_count; i++)
        send_source(member, &member->sources[i], now);
}

static void send_rtcp(struct member *member, struct rtcp_writer *writer)
{
    size_t length = writer->length;
    if (length > 0 && peer_protect_rtcp(member->peer, writer->out, &length) == 0)
        send_raw(member, writer->out, length);
}

/* Reports in compound packets of at most 24 blocks; lost packets are counted once, when they are reported. */
static void send_reports(struct member *member, usec_t now)
{
    uint8_t out[1400];
    struct rtcp_writer writer;
    struct rtcp_report_block blocks[24];
    unsigned count = 0;
    for (size_t i = 0; i < member->track_count; i++) {
        if (member->tracks[i].stream.started)
            receive_stream_report(&member->tracks[i].stream, &blocks[count++], now);
        if (count == 24 || (count > 0 && i + 1 == member->track_count)) {
            rtcp_writer_init(&writer, out, sizeof out - SRTP_OVERHEAD_MAX);
            rtcp_write_rr(&writer, member->own_ssrc, blocks, count);
            send_rtcp(member, &writer);
            count = 0;
        }
    }
}

static void send_feedback(struct member *member, usec_t now)
{
    uint8_t out[1400];
    uint16_t lost[64];
    struct rtcp_writer writer;
    rtcp_writer_init(&writer, out, sizeof out - SRTP_OVERHEAD_MAX);
    for (size_t i = 0; i < member->track_count; i++) {
        struct member_track *track = &member->tracks[i];
        size_t count = track->is_video ? nack_due(track->nack, lost, 64, now) : 0;
        if (count > 0)
            rtcp_write_nack(&writer, member->own_ssrc, track->stream.ssrc, lost, count);
    }
    while (twcc_recorder_write(member->recorder, &writer, member->own_ssrc, now))
        ;
    send_rtcp(member, &writer);
}

void member_tick(struct member *member, usec_t now)
{
    uint8_t out[1500];
    if (member->peer == NULL || member->state == MEMBER_FAILED)
        return;
    size_t length = stun_client_poll(&member->stun, out, sizeof out, now);
    if (length > 0)
        send_raw(member, out, length);
    if (peer_next(member->peer) <= now) {
        peer_timeout(member->peer, now);
        follow_peer(member, now);
    }
    if (member->state != MEMBER_CONNECTED)
        return;
    send_feedback(member, now);
    if (member->next_report <= now) {
        member->next_report = now + REPORT_INTERVAL;
        send_reports(member, now);
    }
}
