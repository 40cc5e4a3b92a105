#include "client/rtp/rtp_session.h"

#include <stdlib.h>
#include <string.h>

#include "client/rtp/rtp_session_state.h"
#include "client/rtp/session_rtcp.h"
#include "client/rtp/session_tracks.h"
#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define TWCC_INTERVAL (50 * USEC_PER_MSEC)

struct rtp_session *rtp_session_new(struct packet_pool *pool, const char *cname, uint64_t seed, usec_t now)
{
    struct rtp_session *session = mem_alloc(sizeof *session);
    session->pool = pool;
    strncpy(session->cname, cname, sizeof session->cname - 1);
    rng_init(&session->rng, seed);
    session->local_ssrc = rng_u32(&session->rng);
    session->recorder = twcc_recorder_new(TWCC_INTERVAL);
    uplink_init(&session->uplink, now);
    receive_estimate_init(&session->downlink, now);
    session->feedback = mem_alloc(sizeof *session->feedback);
    map_init(&session->by_ssrc);
    return session;
}

void rtp_session_free(struct rtp_session *session)
{
    if (session == NULL)
        return;
    for (size_t i = 0; i < session->out_count; i++)
        send_track_free(session->outs[i].track);
    for (size_t i = 0; i < session->in_count; i++)
        receive_track_free(session->ins[i].track);
    twcc_recorder_free(session->recorder);
    uplink_fini(&session->uplink);
    map_fini(&session->by_ssrc);
    free(session->feedback);
    free(session->media);
    free(session);
}

void rtp_session_configure(struct rtp_session *session, const struct negotiation *negotiation)
{
    session_configure(session, negotiation);
}

void rtp_session_set_publication(struct rtp_session *session, const char *mid, const char *publication)
{
    session_set_publication(session, mid, publication);
}

static int take_packet(struct rtp_session *session, struct stream_in *in, struct packet *packet, usec_t now)
{
    struct arrival arrival;
    if (receive_track_measure(in->track, packet, &arrival)) {
        receive_estimate_packet(&session->downlink, &arrival, now);
        in->measured_at = now;
    }
    return receive_track_packet(in->track, packet, now);
}

int rtp_session_rtp(struct rtp_session *session, const uint8_t *data, size_t length, usec_t now)
{
    if (session->media_count == 0)
        return ERR_WRONG_STATE;
    struct packet *packet = packet_copy(session->pool, data, length);
    if (packet == NULL)
        return ERR_LIMIT;
    int error = rtp_parse(&packet->rtp, packet->data, packet->length);
    /* Extension ids are the same on all m-lines of a bundle. */
    if (error == 0)
        error = extension_parse(&packet->extensions, &session->media[0].extensions, packet->data, &packet->rtp);
    if (error != 0) {
        session->stats.bad_packets++;
        packet_release(packet);
        return error;
    }
    packet->arrival = now;
    if (packet->extensions.at[EXTENSION_TRANSPORT_SEQUENCE].length == 2) {
        const uint8_t *value = packet->data + packet->extensions.at[EXTENSION_TRANSPORT_SEQUENCE].offset;
        twcc_recorder_packet(session->recorder, get_u16(value), packet->rtp.ssrc, now);
    }
    struct stream_in *in = map_get(&session->by_ssrc, packet->rtp.ssrc);
    if (in == NULL)
        in = session_learn_ssrc(session, packet);
    if (in != NULL)
        error = take_packet(session, in, packet, now);
    else
        session->stats.unknown_packets++;
    session->next_check = now;
    packet_release(packet);
    return error;
}

int rtp_session_rtcp(struct rtp_session *session, const uint8_t *data, size_t length, usec_t now, int64_t wall_us)
{
    return session_take_rtcp(session, data, length, now, wall_us);
}

void rtp_session_video(struct rtp_session *session, const char *source, unsigned encoding,
                       const struct coded_frame *frame, usec_t now)
{
    const struct stream_out *out = session_find_out(session, source);
    if (out != NULL)
        send_track_video(out->track, encoding, frame, now);
}

void rtp_session_audio(struct rtp_session *session, const char *source, const struct coded_audio *audio, usec_t now)
{
    const struct stream_out *out = session_find_out(session, source);
    if (out != NULL)
        send_track_audio(out->track, audio, now);
}

bool rtp_session_take_keyframe_request(struct rtp_session *session, char source[SOURCE_MAX + 1], unsigned *encoding,
                                       struct budget *budget, usec_t now)
{
    for (size_t i = 0; i < session->out_count; i++)
        for (unsigned k = 0; k < send_track_encodings(session->outs[i].track); k++)
            if (send_track_kind(session->outs[i].track) == MEDIA_VIDEO &&
                send_track_take_keyframe_request(session->outs[i].track, k, budget, now)) {
                memcpy(source, session->outs[i].source, SOURCE_MAX + 1);
                *encoding = k;
                return true;
            }
    return false;
}

bool rtp_session_frame(struct rtp_session *session, struct session_frame *frame, usec_t now)
{
    for (size_t tried = 0; tried < session->in_count; tried++) {
        session->next_in = session->next_in < session->in_count ? session->next_in : 0;
        struct stream_in *in = &session->ins[session->next_in];
        if (receive_track_frame(in->track, &frame->frame, now)) {
            frame->mid = in->mid;
            frame->publication = in->publication;
            frame->kind = receive_track_kind(in->track);
            frame->codec = receive_track_codec(in->track);
            frame->origin = receive_track_origin(in->track);
            return true;
        }
        session->next_in++;
    }
    return false;
}

void rtp_session_request_keyframe(struct rtp_session *session, const char *mid)
{
    struct stream_in *in = session_find_in(session, mid);
    if (in != NULL)
        receive_track_request_keyframe(in->track);
}

/* Receiver reports count media packets, but neither those sent again on RTX nor padding. */
static bool is_reported(const struct rtp_session *session, const struct packet *packet)
{
    for (size_t i = 0; i < session->media_count; i++)
        if (media_find_payload_type(&session->media[i], packet->data[1] & 0x7f) != NULL)
            return true;
    return false;
}

static size_t write_packet(struct rtp_session *session, struct packet *packet, uint8_t *out, size_t capacity,
                           bool is_padding, usec_t now)
{
    size_t length = packet->length <= capacity ? packet->length : 0;
    memcpy(out, packet->data, length);
    if (length > 0)
        uplink_count(&session->uplink, length, is_reported(session, packet));
    if (length > 0 && packet->extensions.at[EXTENSION_TRANSPORT_SEQUENCE].length == 2) {
        put_u16(out + packet->extensions.at[EXTENSION_TRANSPORT_SEQUENCE].offset, session->transport_sequence);
        uplink_sent(&session->uplink, session->transport_sequence++, length, is_padding, now);
    }
    packet_release(packet);
    return length;
}

static size_t write_padding(struct rtp_session *session, uint8_t *out, size_t capacity, usec_t now)
{
    for (size_t i = 0; i < session->out_count; i++) {
        struct packet *packet = send_track_kind(session->outs[i].track) == MEDIA_VIDEO
                                    ? send_track_padding(session->outs[i].track, UPLINK_PADDING)
                                    : NULL;
        if (packet != NULL)
            return write_packet(session, packet, out, capacity, true, now);
    }
    return 0;
}

size_t rtp_session_poll(struct rtp_session *session, uint8_t *out, size_t capacity, bool *is_rtcp, usec_t now,
                        int64_t wall_us)
{
    size_t length = session_write_rtcp(session, out, capacity, now, wall_us);
    *is_rtcp = length > 0;
    if (length > 0)
        return length;
    for (int kind = MEDIA_AUDIO; kind <= MEDIA_VIDEO; kind++) /* audio goes first */
        for (size_t i = 0; i < session->out_count; i++) {
            struct send_track *track = session->outs[i].track;
            struct packet *packet = (int)send_track_kind(track) == kind ? send_track_poll(track) : NULL;
            if (packet != NULL)
                return write_packet(session, packet, out, capacity, false, now);
        }
    uplink_timeout(&session->uplink, now);
    return uplink_needs_padding(&session->uplink, now) ? write_padding(session, out, capacity, now) : 0;
}

uint64_t rtp_session_estimate(const struct rtp_session *session)
{
    return uplink_estimate(&session->uplink);
}

void rtp_session_set_target(struct rtp_session *session, uint64_t bitrate_bps)
{
    /* A single encoding grows with the estimate and so probes the link by itself. Several encodings grow by steps, and
     * need padding to find out whether the next one fits. */
    bool can_pad = false;
    for (size_t i = 0; i < session->out_count; i++)
        can_pad =
            can_pad || (send_track_encodings(session->outs[i].track) > 1 && send_track_can_pad(session->outs[i].track));
    uplink_set_target(&session->uplink, bitrate_bps, can_pad);
}

usec_t rtp_session_next(const struct rtp_session *session)
{
    return session->media_count > 0 ? session->next_check : USEC_NEVER;
}

void rtp_session_get_stats(const struct rtp_session *session, struct rtp_session_stats *stats)
{
    *stats = session->stats;
}

bool rtp_session_receive_stats(const struct rtp_session *session, const char *publication,
                               struct receive_track_stats *stats)
{
    *stats = (struct receive_track_stats){0};
    bool found = ended_tracks_sum(&session->ended, publication, stats);
    for (size_t i = 0; i < session->in_count; i++) {
        struct receive_track_stats part;
        if (strcmp(session->ins[i].publication, publication) != 0)
            continue;
        receive_track_get_stats(session->ins[i].track, &part);
        receive_track_stats_add(stats, &part);
        stats->jitter_ms = part.jitter_ms;
        found = true;
    }
    return found;
}

bool rtp_session_take_ended(struct rtp_session *session, struct ended_track *ended)
{
    return ended_tracks_take(&session->ended, ended);
}

bool rtp_session_send_stats(const struct rtp_session *session, const char *source, struct send_track_stats *stats)
{
    const struct stream_out *out = session_find_out(session, source);
    if (out != NULL)
        send_track_get_stats(out->track, stats);
    return out != NULL;
}
