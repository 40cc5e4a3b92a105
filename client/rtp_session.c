#include "client/rtp_session.h"

#include <stdlib.h>
#include <string.h>

#include "client/uplink.h"
#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/base/map.h"
#include "transport/base/memory.h"
#include "transport/hop/twcc_recorder.h"

#define REPORT_INTERVAL USEC_PER_SEC
#define TWCC_INTERVAL (50 * USEC_PER_MSEC)
#define REPORT_BLOCKS_MAX 31
#define LOST_MAX 128
#define IDLE_CHECK (20 * USEC_PER_MSEC) /* how often at least gaps and feedback are looked after */

struct stream_out {
    char mid[MEDIA_MID_MAX + 1], source[SOURCE_MAX + 1];
    uint32_t ssrc; /* of its first encoding */
    struct send_track *track;
};

struct stream_in {
    char mid[MEDIA_MID_MAX + 1], publication[PUBLICATION_MAX + 1];
    struct receive_track *track;
};

struct rtp_session {
    struct packet_pool *pool;
    char cname[48];
    struct rng rng;
    uint32_t local_ssrc; /* of reports while we send nothing */
    struct media *media; /* of all m-lines, as negotiated */
    size_t media_count;
    struct stream_out outs[NEGOTIATION_SOURCES_MAX];
    size_t out_count;
    struct stream_in ins[NEGOTIATION_LINES_MAX];
    size_t in_count;
    struct ended_tracks ended;
    struct map by_ssrc; /* values: struct stream_in */
    struct twcc_recorder *recorder;
    struct uplink uplink;
    uint16_t transport_sequence;
    usec_t next_report, next_check;
    size_t next_in; /* drained in turn */
    struct twcc_feedback *feedback;
    struct rtp_session_stats stats;
};

struct rtp_session *rtp_session_new(struct packet_pool *pool, const char *cname, uint64_t seed, usec_t now)
{
    struct rtp_session *session = mem_alloc(sizeof(*session));
    session->pool = pool;
    strncpy(session->cname, cname, sizeof(session->cname) - 1);
    rng_init(&session->rng, seed);
    session->local_ssrc = rng_u32(&session->rng);
    session->recorder = twcc_recorder_new(TWCC_INTERVAL);
    uplink_init(&session->uplink, now);
    session->feedback = mem_alloc(sizeof(*session->feedback));
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

static const struct media *find_media(const struct rtp_session *session, const char *mid)
{
    for (size_t i = 0; i < session->media_count; i++)
        if (strcmp(session->media[i].mid, mid) == 0)
            return &session->media[i];
    return NULL;
}

static struct stream_in *find_in(struct rtp_session *session, const char *mid)
{
    for (size_t i = 0; i < session->in_count; i++)
        if (strcmp(session->ins[i].mid, mid) == 0)
            return &session->ins[i];
    return NULL;
}

static struct stream_out *find_out(struct rtp_session *session, const char *source)
{
    for (size_t i = 0; i < session->out_count; i++)
        if (strcmp(session->outs[i].source, source) == 0)
            return &session->outs[i];
    return NULL;
}

static void configure_out(struct rtp_session *session, const struct media *media, const struct negotiation_line *line)
{
    struct stream_out *out = find_out(session, line->source);
    if (out != NULL || session->out_count == NEGOTIATION_SOURCES_MAX)
        return;
    struct send_track_config config = {.media = media, .rid_count = line->base.send_rid_count};
    memcpy(config.rids, line->base.send_rids, sizeof(config.rids));
    struct send_track *track = send_track_new(&config, session->pool, &session->rng);
    if (track == NULL)
        return;
    out = &session->outs[session->out_count++];
    memcpy(out->mid, media->mid, sizeof(out->mid));
    memcpy(out->source, line->source, sizeof(out->source));
    out->ssrc = media->send_ssrc;
    out->track = track;
}

/* What a track has brought so far stays with the publication that it was of. */
static void keep_stats(struct rtp_session *session, const struct stream_in *in)
{
    struct receive_track_stats stats;
    receive_track_take_stats(in->track, &stats);
    ended_tracks_add(&session->ended, in->publication, &stats);
}

static void end_track(struct rtp_session *session, struct stream_in *in)
{
    keep_stats(session, in);
    receive_track_free(in->track);
    in->track = NULL;
}

static void configure_in(struct rtp_session *session, const struct media *media, const struct negotiation_line *line)
{
    struct stream_in *in = find_in(session, media->mid);
    if (in == NULL) {
        in = &session->ins[session->in_count++];
        memset(in, 0, sizeof(*in));
        memcpy(in->mid, media->mid, sizeof(in->mid));
    }
    if (in->track != NULL && strcmp(in->publication, line->publication) != 0)
        end_track(session, in);
    if (in->track == NULL)
        in->track = receive_track_new(media);
    memcpy(in->publication, line->publication, sizeof(in->publication));
}

/* Drops the tracks whose m-line no longer goes that way, or begins another stream. */
static void drop_stale(struct rtp_session *session, const struct negotiation *negotiation)
{
    for (size_t i = 0; i < session->out_count;) {
        struct stream_out *out = &session->outs[i];
        const struct media *media = find_media(session, out->mid);
        const struct negotiation_line *line = negotiation_find_line(negotiation, out->mid);
        if (media != NULL && media->send && media->send_ssrc == out->ssrc && line != NULL &&
            strcmp(line->source, out->source) == 0) {
            i++;
            continue;
        }
        send_track_free(out->track);
        *out = session->outs[--session->out_count];
    }
    for (size_t i = 0; i < session->in_count;) {
        struct stream_in *in = &session->ins[i];
        const struct media *media = find_media(session, in->mid);
        if (media != NULL && media->receive) {
            i++;
            continue;
        }
        end_track(session, in);
        *in = session->ins[--session->in_count];
    }
}

static void learn_ssrcs(struct rtp_session *session)
{
    map_fini(&session->by_ssrc);
    map_init(&session->by_ssrc);
    for (size_t i = 0; i < session->media_count; i++) {
        const struct media *media = &session->media[i];
        struct stream_in *in = media->receive ? find_in(session, media->mid) : NULL;
        for (size_t k = 0; in != NULL && k < media->encoding_count; k++) {
            if (media->encodings[k].ssrc != 0)
                map_put(&session->by_ssrc, media->encodings[k].ssrc, in);
            if (media->encodings[k].rtx_ssrc != 0)
                map_put(&session->by_ssrc, media->encodings[k].rtx_ssrc, in);
        }
    }
}

void rtp_session_configure(struct rtp_session *session, const struct negotiation *negotiation)
{
    const struct negotiated *agreed = negotiation_current(negotiation);
    if (agreed == NULL)
        return;
    session->media = mem_resize(session->media, agreed->media_count + 1, sizeof(*session->media));
    memcpy(session->media, agreed->media, agreed->media_count * sizeof(*session->media));
    session->media_count = agreed->media_count;
    drop_stale(session, negotiation);
    for (size_t i = 0; i < session->media_count; i++) {
        const struct media *media = &session->media[i];
        const struct negotiation_line *line = negotiation_find_line(negotiation, media->mid);
        if (line == NULL)
            continue;
        if (media->send && line->source[0] != '\0')
            configure_out(session, media, line);
        if (media->receive)
            configure_in(session, media, line);
    }
    learn_ssrcs(session);
}

void rtp_session_set_publication(struct rtp_session *session, const char *mid, const char *publication)
{
    struct stream_in *in = find_in(session, mid);
    if (in == NULL || strcmp(in->publication, publication) == 0)
        return;
    keep_stats(session, in);
    memset(in->publication, 0, sizeof(in->publication));
    strncpy(in->publication, publication, sizeof(in->publication) - 1);
}

/* An SSRC not seen before says in its first packets which m-line it is on. */
static struct stream_in *learn(struct rtp_session *session, const struct packet *packet)
{
    char mid[MEDIA_MID_MAX + 1] = "";
    size_t length = packet->extensions.at[EXTENSION_MID].length;
    if (length == 0 || length > MEDIA_MID_MAX)
        return NULL;
    memcpy(mid, packet->data + packet->extensions.at[EXTENSION_MID].offset, length);
    struct stream_in *in = find_in(session, mid);
    if (in != NULL)
        map_put(&session->by_ssrc, packet->rtp.ssrc, in);
    return in;
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
        in = learn(session, packet);
    if (in != NULL)
        error = receive_track_packet(in->track, packet, now);
    else
        session->stats.unknown_packets++;
    session->next_check = now;
    packet_release(packet);
    return error;
}

static void on_report(struct rtp_session *session, const struct rtcp_packet *packet, int64_t wall_us)
{
    struct rtcp_report_block block;
    for (unsigned i = 0; rtcp_read_report(packet, i, &block) == 0; i++)
        for (size_t k = 0; k < session->out_count; k++)
            if (send_track_report(session->outs[k].track, &block, wall_us))
                break;
    usec_t rtt = 0;
    for (size_t k = 0; k < session->out_count; k++) {
        struct send_track_stats stats;
        send_track_get_stats(session->outs[k].track, &stats);
        rtt = usec_max(rtt, stats.rtt);
    }
    if (rtt == 0)
        return;
    session->stats.rtt = rtt;
    bwe_rtt(session->uplink.bwe, rtt);
    for (size_t k = 0; k < session->in_count; k++)
        receive_track_set_rtt(session->ins[k].track, rtt);
}

static void on_sr(struct rtp_session *session, const struct rtcp_packet *packet, usec_t now)
{
    struct rtcp_sender_info info;
    if (rtcp_read_sr(packet, &info) != 0)
        return;
    struct stream_in *in = map_get(&session->by_ssrc, info.ssrc);
    if (in != NULL)
        receive_track_sr(in->track, &info, now);
}

static void on_feedback(struct rtp_session *session, const struct rtcp_packet *packet, usec_t now)
{
    if (twcc_read(session->feedback, packet) != 0) {
        session->stats.bad_rtcp++;
        return;
    }
    session->stats.feedbacks++;
    if (uplink_feedback(&session->uplink, session->feedback, now))
        for (size_t i = 0; i < session->out_count; i++)
            send_track_want_keyframes(session->outs[i].track);
    for (size_t i = 0; i < session->feedback->count; i++) {
        if (session->feedback->status[i].received)
            session->stats.feedback_received++;
        else
            session->stats.feedback_lost++;
    }
}

static void on_rtpfb(struct rtp_session *session, const struct rtcp_packet *packet, usec_t now)
{
    uint32_t sender, media;
    uint16_t lost[LOST_MAX];
    if (packet->count == RTPFB_TWCC) {
        on_feedback(session, packet, now);
        return;
    }
    if (packet->count != RTPFB_NACK || rtcp_read_feedback(packet, &sender, &media) != 0)
        return;
    int count = rtcp_read_nack(packet, lost, LOST_MAX);
    for (size_t i = 0; count > 0 && i < session->out_count; i++)
        if (send_track_nack(session->outs[i].track, media, lost, (size_t)count, now))
            return;
}

static void want_keyframe(struct rtp_session *session, uint32_t ssrc)
{
    for (size_t i = 0; i < session->out_count; i++)
        if (send_track_want_keyframe(session->outs[i].track, ssrc))
            return;
}

static void on_psfb(struct rtp_session *session, const struct rtcp_packet *packet, usec_t now)
{
    uint32_t sender, media, ssrcs[MEDIA_ENCODINGS_MAX];
    if (packet->count == PSFB_PLI && rtcp_read_feedback(packet, &sender, &media) == 0)
        want_keyframe(session, media);
    if (packet->count == PSFB_FIR) {
        int count = rtcp_read_fir(packet, ssrcs, MEDIA_ENCODINGS_MAX);
        for (int i = 0; i < count; i++)
            want_keyframe(session, ssrcs[i]);
    }
    if (packet->count == PSFB_APPLICATION) {
        uint32_t listed[REMB_SSRCS_MAX];
        int count = rtcp_read_remb(packet, &session->stats.remb_bps, listed, REMB_SSRCS_MAX);
        if (count >= 0)
            bwe_remb(session->uplink.bwe, session->stats.remb_bps, listed, (size_t)count, now);
    }
}

int rtp_session_rtcp(struct rtp_session *session, const uint8_t *data, size_t length, usec_t now, int64_t wall_us)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    int result;
    rtcp_reader_init(&reader, data, length);
    while ((result = rtcp_next(&reader, &packet)) == 1) {
        switch (packet.type) {
        case RTCP_SR:
            on_sr(session, &packet, now);
            on_report(session, &packet, wall_us);
            break;
        case RTCP_RR:
            on_report(session, &packet, wall_us);
            break;
        case RTCP_RTPFB:
            on_rtpfb(session, &packet, now);
            break;
        case RTCP_PSFB:
            on_psfb(session, &packet, now);
            break;
        default:
            break;
        }
    }
    if (result < 0)
        session->stats.bad_rtcp++;
    return result;
}

void rtp_session_video(struct rtp_session *session, const char *source, unsigned encoding,
                       const struct coded_frame *frame, usec_t now)
{
    struct stream_out *out = find_out(session, source);
    if (out != NULL)
        send_track_video(out->track, encoding, frame, now);
}

void rtp_session_audio(struct rtp_session *session, const char *source, const struct coded_audio *audio, usec_t now)
{
    struct stream_out *out = find_out(session, source);
    if (out != NULL)
        send_track_audio(out->track, audio, now);
}

bool rtp_session_take_keyframe_wish(struct rtp_session *session, char source[SOURCE_MAX + 1], unsigned *encoding)
{
    for (size_t i = 0; i < session->out_count; i++)
        for (unsigned k = 0; k < send_track_encodings(session->outs[i].track); k++)
            if (send_track_kind(session->outs[i].track) == MEDIA_VIDEO &&
                send_track_take_keyframe_wish(session->outs[i].track, k)) {
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
            return true;
        }
        session->next_in++;
    }
    return false;
}

void rtp_session_want_keyframe(struct rtp_session *session, const char *mid)
{
    struct stream_in *in = find_in(session, mid);
    if (in != NULL)
        receive_track_want_keyframe(in->track);
}

/* RR first, as a compound packet must begin with a report (RFC 3550 section 6.1). */
static void begin_feedback(struct rtp_session *session, struct rtcp_writer *writer)
{
    if (writer->length == 0)
        rtcp_write_rr(writer, session->local_ssrc, NULL, 0);
}

static void write_feedback(struct rtp_session *session, struct rtcp_writer *writer, usec_t now)
{
    for (size_t i = 0; i < session->in_count; i++) {
        struct receive_track *track = session->ins[i].track;
        uint16_t lost[LOST_MAX];
        size_t count = receive_track_nack(track, lost, LOST_MAX, now);
        if (count > 0) {
            begin_feedback(session, writer);
            rtcp_write_nack(writer, session->local_ssrc, receive_track_ssrc(track), lost, count);
        }
        if (receive_track_pli(track, now)) {
            begin_feedback(session, writer);
            rtcp_write_pli(writer, session->local_ssrc, receive_track_ssrc(track));
        }
    }
    if (now >= twcc_recorder_next(session->recorder)) {
        begin_feedback(session, writer);
        while (twcc_recorder_write(session->recorder, writer, session->local_ssrc, now))
            ;
    }
}

static unsigned collect_blocks(struct rtp_session *session, struct rtcp_report_block *blocks, usec_t now)
{
    unsigned count = 0;
    for (size_t i = 0; i < session->in_count && count < REPORT_BLOCKS_MAX; i++)
        count += receive_track_report(session->ins[i].track, &blocks[count], now);
    return count;
}

/* An SR for each encoding that sends, the first with the report blocks; or an RR. */
static void write_reports(struct rtp_session *session, struct rtcp_writer *writer, usec_t now, int64_t wall_us)
{
    struct rtcp_report_block blocks[REPORT_BLOCKS_MAX];
    unsigned count = collect_blocks(session, blocks, now);
    uint32_t sender = 0;
    for (size_t i = 0; i < session->out_count; i++)
        for (unsigned k = 0; k < send_track_encodings(session->outs[i].track); k++) {
            struct rtcp_sender_info info;
            if (!send_track_sr(session->outs[i].track, k, &info, now, wall_us))
                continue;
            rtcp_write_sr(writer, &info, blocks, sender == 0 ? count : 0);
            sender = sender == 0 ? info.ssrc : sender;
        }
    if (sender == 0)
        rtcp_write_rr(writer, session->local_ssrc, blocks, count);
    rtcp_write_sdes_cname(writer, sender != 0 ? sender : session->local_ssrc, session->cname);
}

static size_t poll_rtcp(struct rtp_session *session, uint8_t *out, size_t capacity, usec_t now, int64_t wall_us)
{
    if (now < session->next_check || session->media_count == 0)
        return 0;
    session->next_check = now + IDLE_CHECK;
    struct rtcp_writer writer;
    rtcp_writer_init(&writer, out, capacity);
    if (now >= session->next_report) {
        write_reports(session, &writer, now, wall_us);
        session->next_report = now + REPORT_INTERVAL;
    }
    write_feedback(session, &writer, now);
    return writer.length;
}

static size_t write_packet(struct rtp_session *session, struct packet *packet, uint8_t *out, size_t capacity,
                           bool is_padding, usec_t now)
{
    size_t length = packet->length <= capacity ? packet->length : 0;
    memcpy(out, packet->data, length);
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
    size_t length = poll_rtcp(session, out, capacity, now, wall_us);
    *is_rtcp = length > 0;
    if (length > 0)
        return length;
    for (int kind = MEDIA_AUDIO; kind <= MEDIA_VIDEO; kind++) /* sound goes first */
        for (size_t i = 0; i < session->out_count; i++) {
            struct send_track *track = session->outs[i].track;
            struct packet *packet = (int)send_track_kind(track) == kind ? send_track_poll(track) : NULL;
            if (packet != NULL)
                return write_packet(session, packet, out, capacity, false, now);
        }
    uplink_timeout(&session->uplink, now);
    return uplink_wants_padding(&session->uplink, now) ? write_padding(session, out, capacity, now) : 0;
}

uint64_t rtp_session_estimate(const struct rtp_session *session)
{
    return uplink_estimate(&session->uplink);
}

void rtp_session_set_wanted(struct rtp_session *session, uint64_t bitrate_bps)
{
    bwe_set_wanted(session->uplink.bwe, bitrate_bps);
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
    for (size_t i = 0; i < session->out_count; i++)
        if (strcmp(session->outs[i].source, source) == 0) {
            send_track_get_stats(session->outs[i].track, stats);
            return true;
        }
    return false;
}
