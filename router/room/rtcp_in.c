/* Received RTCP: reports and feedback about what we send, sender reports about what we receive. */
#include "router/choose/bandwidth.h"
#include "router/choose/subscription.h"
#include "router/in/encoding.h"
#include "router/relay/relay_queue.h"
#include "router/room/room.h"
#include "router/router.h"
#include "transport/base/error.h"

#define NACKS_READ_MAX 1024 /* read from one packet; libwebrtc gives up when more than 1,000 packets are missing */

/* Statuses of packets in transport-wide feedback: five times what 100 Mbit/s need. A feedback packet of 24 bytes may
 * have 2,048 of them, so that a budget of bytes does not limit the work. */
static const struct budget_limit statuses_limit = {.per_second = 50000, .burst = 50000};

/* Smoothed over the slots; every slot of a participant shares one path. */
static void note_rtt(struct participant *participant, usec_t rtt)
{
    if (rtt <= 0)
        return;
    participant->common.rtt = participant->common.rtt == 0 ? rtt : (participant->common.rtt * 7 + rtt) / 8;
    bwe_rtt(participant->subscriber.downlink.bwe, participant->common.rtt);
    for (struct publication *p = participant->publisher.publications; p != NULL; p = p->next)
        for (size_t i = 0; i < p->encoding_count; i++)
            encoding_set_rtt(&p->encodings[i], participant->common.rtt);
}

static struct slot *slot_of(struct participant *participant, uint32_t ssrc)
{
    struct slot *slot = map_get(&participant->subscriber.slot_ssrcs, ssrc);
    return slot != NULL && slot->media.send_ssrc == ssrc ? slot : NULL;
}

static void take_reports(struct participant *participant, const struct rtcp_packet *packet, usec_t now, int64_t wall_us)
{
    struct rtcp_report_block block;
    struct report_sum sum = {0};
    for (unsigned i = 0; rtcp_read_report(packet, i, &block) == 0; i++) {
        struct slot *slot = slot_of(participant, block.ssrc);
        if (slot == NULL)
            continue;
        send_stream_report(&slot->stream, &block, wall_us);
        if (block.lsr != 0)
            note_rtt(participant, slot->stream.rtt);
        report_sum_add(&sum, &slot->stream);
        if (slot->media.kind == MEDIA_AUDIO)
            redundancy_report(&participant->subscriber.redundancy, slot->stream.fraction_lost, now);
        slot_reported(slot, now);
    }
    if (sum.packets > 0)
        bandwidth_report(&participant->subscriber, &sum, now);
}

static void take_sender_report(struct participant *participant, const struct rtcp_packet *packet, usec_t now,
                               int64_t wall_us)
{
    struct rtcp_sender_info info;
    if (rtcp_read_sr(packet, &info) != 0)
        return;
    struct encoding *encoding = map_get(&participant->publisher.encodings, info.ssrc);
    if (encoding == NULL || !encoding->stream.started || info.ntp == 0)
        return;
    receive_stream_sr(&encoding->stream, &info, now);
    publisher_clock_report(&participant->publisher.clock, info.ntp, wall_us);
    relay_report(encoding);
}

static void take_nack(struct participant *participant, const struct rtcp_packet *packet, usec_t now)
{
    uint32_t sender, media;
    uint16_t lost[NACKS_READ_MAX];
    int count = rtcp_read_nack(packet, lost, NACKS_READ_MAX);
    struct slot *slot = rtcp_read_feedback(packet, &sender, &media) == 0 ? slot_of(participant, media) : NULL;
    participant->common.stats.nacks_in++;
    if (slot == NULL)
        return;
    unsigned lost_on_link = count > 0 ? slot_nacked(slot, lost, (size_t)count, now) : 0;
    if (lost_on_link > 0)
        bandwidth_nack(&participant->subscriber, lost_on_link, now);
}

static void take_transport_feedback(struct participant *participant, const struct rtcp_packet *packet, usec_t now)
{
    struct twcc_feedback *feedback = &participant->room->router->feedback;
    if (!budget_take(&participant->statuses, &statuses_limit, twcc_announced(packet), now))
        participant->common.stats.over_budget++;
    else if (twcc_read(feedback, packet) == 0)
        bandwidth_feedback(&participant->subscriber, feedback, now);
    else
        participant->common.stats.bad_packets++;
}

static void take_keyframe_request(struct participant *participant, uint32_t ssrc, usec_t now)
{
    struct slot *slot = slot_of(participant, ssrc);
    participant->common.stats.plis_in++;
    if (slot != NULL)
        slot_keyframe_requested(slot, now);
}

/* Takes a REMB about our streams; one that lists only streams of others is ignored. */
static void take_remb(struct participant *participant, const struct rtcp_packet *packet, usec_t now)
{
    uint32_t ssrcs[REMB_SSRCS_MAX];
    uint64_t bitrate;
    size_t known = 0;
    int count = rtcp_read_remb(packet, &bitrate, ssrcs, REMB_SSRCS_MAX);
    if (count == ERR_TRUNCATED)
        participant->common.stats.bad_packets++;
    for (int i = 0; i < count; i++)
        if (map_get(&participant->subscriber.slot_ssrcs, ssrcs[i]) != NULL)
            ssrcs[known++] = ssrcs[i];
    if (count == 0 || known > 0)
        bandwidth_remb(&participant->subscriber, bitrate, ssrcs, known, now);
}

static void take_payload_feedback(struct participant *participant, const struct rtcp_packet *packet, usec_t now)
{
    uint32_t sender, media, ssrcs[16];
    if (packet->count == PSFB_PLI && rtcp_read_feedback(packet, &sender, &media) == 0) {
        take_keyframe_request(participant, media, now);
    } else if (packet->count == PSFB_FIR) {
        int count = rtcp_read_fir(packet, ssrcs, 16);
        for (int i = 0; i < count; i++)
            take_keyframe_request(participant, ssrcs[i], now);
    } else if (packet->count == PSFB_APPLICATION) {
        take_remb(participant, packet, now);
    }
}

/* The SSRC ends; its m-line may continue with another. */
static void take_bye(struct participant *participant, const struct rtcp_packet *packet, usec_t now)
{
    uint32_t ssrcs[31];
    int count = rtcp_read_bye(packet, ssrcs, 31);
    for (int i = 0; i < count; i++) {
        struct encoding *encoding = map_get(&participant->publisher.encodings, ssrcs[i]);
        if (encoding == NULL)
            continue;
        encoding_unbind(encoding);
        subscription_review_all(encoding->publication, now);
    }
}

/* Whether it is a report or feedback about our media. A sender report without blocks is not: it is only about the
 * remote peer's media. */
static bool is_answer(const struct rtcp_packet *packet)
{
    struct rtcp_report_block block;
    return packet->type == RTCP_RR || packet->type == RTCP_RTPFB || packet->type == RTCP_PSFB ||
           (packet->type == RTCP_SR && rtcp_read_report(packet, 0, &block) == 0);
}

int participant_rtcp(struct participant *participant, const uint8_t *data, size_t length, usec_t now, int64_t wall_us)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    int result;
    participant->common.core->agenda.now = now;
    participant->common.core->wall_offset = wall_us - now;
    rtcp_reader_init(&reader, data, length);
    while ((result = rtcp_next(&reader, &packet)) == 1) {
        if (is_answer(&packet) && breaker_heard(&participant->subscriber.breaker, now))
            subscriber_changed(&participant->subscriber, now);
        if (packet.type == RTCP_SR)
            take_sender_report(participant, &packet, now, wall_us);
        if (packet.type == RTCP_SR || packet.type == RTCP_RR)
            take_reports(participant, &packet, now, wall_us);
        else if (packet.type == RTCP_RTPFB && packet.count == RTPFB_NACK)
            take_nack(participant, &packet, now);
        else if (packet.type == RTCP_RTPFB && packet.count == RTPFB_TWCC)
            take_transport_feedback(participant, &packet, now);
        else if (packet.type == RTCP_PSFB)
            take_payload_feedback(participant, &packet, now);
        else if (packet.type == RTCP_BYE)
            take_bye(participant, &packet, now);
    }
    if (result < 0)
        participant->common.stats.bad_packets++;
    return result;
}
