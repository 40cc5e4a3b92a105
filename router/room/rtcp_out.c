#include "router/room/rtcp_out.h"

#include "router/in/encoding.h"
#include "router/out/slot.h"
#include "router/room/due.h"
#include "router/router.h"
#include "transport/hop/remb.h"

#define COMPOUND_MAX 1200
#define BLOCKS_MAX 24
#define BLOCK_SIZE 24
#define NACKS_A_PACKET 64 /* written into one packet */

void rtcp_out_reports(struct participant *participant)
{
    for (struct publication *p = participant->publisher.publications; p != NULL; p = p->next)
        for (size_t i = 0; i < p->encoding_count; i++)
            p->encodings[i].report_due = p->encodings[i].ssrc != 0 && p->encodings[i].stream.started;
    for (struct slot *slot = participant->subscriber.slots; slot != NULL; slot = slot->next)
        slot->report_due = slot->publication != NULL && slot->stream.started;
    participant->reports_due = true;
}

static size_t room_left(const struct rtcp_writer *writer)
{
    return writer->capacity - writer->length;
}

/* One RR for up to BLOCKS_MAX encodings; the others follow in the next compound packet. */
static bool write_receiver_report(struct participant *participant, struct rtcp_writer *writer, usec_t now)
{
    struct rtcp_report_block blocks[BLOCKS_MAX];
    unsigned count = 0;
    bool is_complete = true;
    for (struct publication *p = participant->publisher.publications; p != NULL; p = p->next) {
        for (size_t i = 0; i < p->encoding_count; i++) {
            struct encoding *encoding = &p->encodings[i];
            if (!encoding->report_due)
                continue;
            if (count == BLOCKS_MAX || room_left(writer) < 8 + (count + 1) * BLOCK_SIZE) {
                is_complete = false;
                continue;
            }
            receive_stream_report(&encoding->stream, &blocks[count++], now);
            encoding->report_due = false;
        }
    }
    if (count > 0 || !participant->rtcp_reduced_size)
        rtcp_write_rr(writer, participant->local_ssrc, blocks, count);
    return is_complete;
}

static bool write_sender_report(struct slot *slot, struct rtcp_writer *writer, usec_t now)
{
    struct rtcp_sender_info info;
    size_t before = writer->length;
    if (!slot_sender_info(slot, &info, now, core_wall(slot->subscriber->common->core)))
        return true;
    if (rtcp_write_sr(writer, &info, NULL, 0) == 0 &&
        rtcp_write_sdes_cname(writer, info.ssrc, slot->publication->publisher->common->id) == 0)
        return true;
    writer->length = before;
    return false;
}

static void write_reports(struct participant *participant, struct rtcp_writer *writer, usec_t now)
{
    bool is_complete = write_receiver_report(participant, writer, now);
    for (struct slot *slot = participant->subscriber.slots; slot != NULL; slot = slot->next) {
        if (!slot->report_due)
            continue;
        if (write_sender_report(slot, writer, now))
            slot->report_due = false;
        else
            is_complete = false;
    }
    if (writer->length == 0) /* an empty RR when no media flows: it shows that the path works */
        rtcp_write_rr(writer, participant->local_ssrc, NULL, 0);
    participant->reports_due = !is_complete;
}

static void write_byes(struct participant *participant, struct rtcp_writer *writer)
{
    while (participant->subscriber.bye_count > 0 &&
           rtcp_write_bye(writer, participant->subscriber.byes[participant->subscriber.bye_count - 1]) == 0)
        participant->subscriber.bye_count--;
}

static void write_nacks(struct participant *participant, struct encoding *encoding, struct rtcp_writer *writer,
                        usec_t now)
{
    uint16_t lost[NACKS_A_PACKET];
    nack_set_frugal(encoding->nack, participant->publisher.uplink.is_congested);
    /* A NACK needs at most four bytes for each packet. What is taken out of the list must be written. */
    while (room_left(writer) >= 12 + 4 * NACKS_A_PACKET) {
        size_t count = nack_due(encoding->nack, lost, NACKS_A_PACKET, now);
        if (count == 0)
            return;
        rtcp_write_nack(writer, participant->local_ssrc, encoding->ssrc, lost, count);
        participant->common.stats.nacks_out++;
    }
}

/* M-lines with REMB, without those that send nothing: the bandwidth is for the others. */
static size_t list_remb(const struct publisher *publisher, struct remb_line lines[REMB_LINES_MAX], usec_t now)
{
    size_t count = 0;
    for (const struct publication *p = publisher->publications; p != NULL && count < REMB_LINES_MAX; p = p->next) {
        bool is_heard = false;
        lines[count] = (struct remb_line){0};
        for (size_t i = 0; i < p->encoding_count; i++) {
            if (!encoding_has_remb(&p->encodings[i]))
                continue;
            lines[count].ssrcs[lines[count].count++] = p->encodings[i].ssrc;
            is_heard = is_heard || now - p->encodings[i].last_media < REMB_SILENCE;
        }
        count += is_heard;
    }
    return count;
}

static void write_remb(struct participant *participant, struct rtcp_writer *writer, usec_t now)
{
    struct receive_estimate *uplink = &participant->publisher.uplink;
    struct remb_line lines[REMB_LINES_MAX];
    size_t count = receive_estimate_is_due(uplink, now) ? list_remb(&participant->publisher, lines, now) : 0;
    if (count > 0 && remb_write(writer, participant->local_ssrc, receive_estimate_bps(uplink), lines, count) == 0)
        receive_estimate_told(uplink, now);
}

static void write_feedback(struct participant *participant, struct rtcp_writer *writer, usec_t now)
{
    for (struct publication *p = participant->publisher.publications; p != NULL; p = p->next) {
        for (size_t i = 0; i < p->encoding_count; i++) {
            struct encoding *encoding = &p->encodings[i];
            if (encoding->nack != NULL && encoding->ssrc != 0) {
                write_nacks(participant, encoding, writer, now);
                if (nack_take_given_up(encoding->nack))
                    encoding_request_keyframe_after_loss(encoding, now);
            }
            if (encoding_can_use_keyframe(encoding) && room_left(writer) >= 12 &&
                keyframe_gate_due(&encoding->gate, now))
                rtcp_write_pli(writer, participant->local_ssrc, encoding->ssrc);
        }
    }
    write_remb(participant, writer, now);
    while (twcc_recorder_write(participant->publisher.twcc, writer, participant->local_ssrc, now))
        ;
}

size_t participant_poll_rtcp(struct participant *participant, uint8_t *out, size_t capacity)
{
    struct rtcp_writer writer;
    usec_t now = participant->common.core->agenda.now;
    if (!participant->common.agenda.is_ready)
        return 0;
    rtcp_writer_init(&writer, out, capacity < COMPOUND_MAX ? capacity : COMPOUND_MAX);
    if (participant->reports_due)
        write_reports(participant, &writer, now);
    else if (!participant->rtcp_reduced_size)
        rtcp_write_rr(&writer, participant->local_ssrc, NULL, 0);
    size_t before = participant->reports_due || participant->rtcp_reduced_size ? 0 : 8;
    write_byes(participant, &writer);
    write_feedback(participant, &writer, now);
    if (writer.length > before)
        return writer.length;
    due_schedule(participant);
    return 0;
}
