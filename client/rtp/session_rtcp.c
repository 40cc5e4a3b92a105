#include "client/rtp/session_rtcp.h"

#include "transport/base/map.h"
#include "transport/hop/remb.h"
#include "transport/wire/rtcp.h"

#define REPORT_INTERVAL USEC_PER_SEC
#define REPORT_BLOCKS_MAX 31
#define LOST_MAX 128
/* Of the up-link, for RED: on a narrower one packets are lost since it is full, and sending more would lose more. */
#define REDUNDANCY_LEAST_BPS 1000000
#define IDLE_CHECK (20 * USEC_PER_MSEC) /* gaps and feedback are checked at least so often */

/* In */

static void on_report(struct rtp_session *session, const struct rtcp_packet *packet, usec_t now, int64_t wall_us)
{
    struct rtcp_report_block block;
    struct report_sum sum = {0};
    for (unsigned i = 0; rtcp_read_report(packet, i, &block) == 0; i++)
        for (size_t k = 0; k < session->out_count; k++)
            if (send_track_report(session->outs[k].track, &block, &sum, now, wall_us))
                break;
    if (sum.packets > 0)
        uplink_report(&session->uplink, &sum, now);
    for (size_t k = 0; k < session->out_count; k++)
        send_track_allow_redundancy(session->outs[k].track, uplink_estimate(&session->uplink) >= REDUNDANCY_LEAST_BPS);
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
            send_track_request_keyframes(session->outs[i].track);
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
    if (count > 0)
        uplink_nack(&session->uplink, (unsigned)count, now);
    for (size_t i = 0; count > 0 && i < session->out_count; i++)
        if (send_track_nack(session->outs[i].track, media, lost, (size_t)count, now))
            return;
}

static void request_keyframe(struct rtp_session *session, uint32_t ssrc)
{
    for (size_t i = 0; i < session->out_count; i++)
        if (send_track_request_keyframe(session->outs[i].track, ssrc))
            return;
}

static void on_psfb(struct rtp_session *session, const struct rtcp_packet *packet, usec_t now)
{
    uint32_t sender, media, ssrcs[MEDIA_ENCODINGS_MAX];
    if (packet->count == PSFB_PLI && rtcp_read_feedback(packet, &sender, &media) == 0)
        request_keyframe(session, media);
    if (packet->count == PSFB_FIR) {
        int count = rtcp_read_fir(packet, ssrcs, MEDIA_ENCODINGS_MAX);
        for (int i = 0; i < count; i++)
            request_keyframe(session, ssrcs[i]);
    }
    if (packet->count == PSFB_APPLICATION) {
        uint32_t listed[REMB_SSRCS_MAX];
        int count = rtcp_read_remb(packet, &session->stats.remb_bps, listed, REMB_SSRCS_MAX);
        if (count >= 0)
            uplink_remb(&session->uplink, session->stats.remb_bps, listed, (size_t)count, now);
    }
}

int session_take_rtcp(struct rtp_session *session, const uint8_t *data, size_t length, usec_t now, int64_t wall_us)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    int result;
    rtcp_reader_init(&reader, data, length);
    while ((result = rtcp_next(&reader, &packet)) == 1) {
        switch (packet.type) {
        case RTCP_SR:
            on_sr(session, &packet, now);
            on_report(session, &packet, now, wall_us);
            break;
        case RTCP_RR:
            on_report(session, &packet, now, wall_us);
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

/* Out */

/* RR first, as a compound packet must begin with a report (RFC 3550 section 6.1). */
static void begin_feedback(struct rtp_session *session, struct rtcp_writer *writer)
{
    if (writer->length == 0)
        rtcp_write_rr(writer, session->local_ssrc, NULL, 0);
}

static void write_remb(struct rtp_session *session, struct rtcp_writer *writer, usec_t now)
{
    struct remb_line lines[REMB_LINES_MAX];
    size_t count = 0;
    if (!receive_estimate_is_due(&session->downlink, now))
        return;
    for (size_t i = 0; i < session->in_count && count < REMB_LINES_MAX; i++) {
        const struct stream_in *in = &session->ins[i];
        bool is_heard = in->measured_at != 0 && now - in->measured_at < REMB_SILENCE;
        uint32_t ssrc = receive_track_ssrc(in->track);
        lines[count] = (struct remb_line){.ssrcs = {ssrc}, .count = 1};
        count += is_heard && ssrc != 0;
    }
    if (count == 0)
        return;
    begin_feedback(session, writer);
    if (remb_write(writer, session->local_ssrc, receive_estimate_bps(&session->downlink), lines, count) == 0)
        receive_estimate_told(&session->downlink, now);
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
    write_remb(session, writer, now);
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

size_t session_write_rtcp(struct rtp_session *session, uint8_t *out, size_t capacity, usec_t now, int64_t wall_us)
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
