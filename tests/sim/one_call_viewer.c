#include <stdlib.h>
#include <string.h>

#include "tests/sim/one_call_parts.h"
#include "transport/hop/nack.h"
#include "transport/hop/twcc_recorder.h"

#define PARTS_MAX 64
#define TIMEOUT (3 * USEC_PER_SEC) /* then a browser asks for a keyframe */

static usec_t since_step(const struct sim *sim)
{
    return sim->now - sim->scenario->phases[phase_of(sim)].at;
}

static void note_still(struct sim *sim)
{
    usec_t still = sim->now - sim->viewer.last_decoded;
    usec_t *longest = &sim->still_ms[phase_of(sim)];
    if (sim->viewer.encoding >= 0)
        *longest = usec_max(*longest, still / USEC_PER_MSEC);
}

static void decode(struct sim *sim, unsigned encoding, struct frame *frame)
{
    struct viewer *viewer = &sim->viewer;
    frame->is_decoded = true;
    note_still(sim);
    sim->falls += phase_of(sim) != 1 && sim->now > SETTLED && (int)encoding < viewer->encoding;
    sim_trace(sim, frame->is_key ? "decoded a keyframe of encoding" : "decoded encoding", (int)encoding);
    if (phase_of(sim) == 1 && (int)encoding < viewer->encoding && sim->down_after == 0)
        sim->down_after = since_step(sim);
    if (phase_of(sim) == 2 && encoding == ENCODINGS - 1 && sim->top_after == 0)
        sim->top_after = since_step(sim);
    viewer->last_decoded = sim->now;
    viewer->shown_timestamp = frame->timestamp;
    viewer->encoding = (int)encoding;
    sim->decoded[phase_of(sim)]++;
    sim_second(sim)->decoded[encoding]++;
    sim->decoded_top += sim->now > SETTLED && encoding == ENCODINGS - 1;
}

static bool is_decodable(const struct viewer *viewer, unsigned encoding, const struct frame *frame)
{
    const struct frame *needed = &viewer->frames[encoding][frame->needs % FRAMES];
    if (frame->is_decoded || frame->parts == 0 || frame->here != (UINT64_MAX >> (64 - frame->parts)))
        return false;
    if (viewer->encoding >= 0 && (int32_t)(frame->timestamp - viewer->shown_timestamp) <= 0)
        return false; /* too late */
    if (frame->is_key)
        return true;
    return viewer->encoding == (int)encoding && needed->is_decoded && needed->number == frame->needs;
}

static void decode_all(struct sim *sim, unsigned encoding, uint32_t from)
{
    for (uint32_t number = from; number - from < 16; number++) {
        struct frame *frame = &sim->viewer.frames[encoding][number % FRAMES];
        if (frame->is_known && frame->number == number && is_decodable(&sim->viewer, encoding, frame))
            decode(sim, encoding, frame);
    }
}

static void take_video(struct sim *sim, const uint8_t *payload, size_t length, uint32_t timestamp)
{
    struct note note;
    if (length < 16 + sizeof note)
        return;
    memcpy(&note, payload + 16, sizeof note);
    if (note.encoding >= ENCODINGS || note.parts > PARTS_MAX || note.part >= note.parts)
        abort();
    struct frame *frame = &sim->viewer.frames[note.encoding][note.frame % FRAMES];
    if (!frame->is_known || frame->number != note.frame)
        *frame = (struct frame){.is_known = true,
                                .number = note.frame,
                                .needs = note.needs,
                                .timestamp = timestamp,
                                .is_key = note.is_key != 0,
                                .parts = note.parts};
    frame->here |= UINT64_C(1) << note.part;
    decode_all(sim, note.encoding, note.frame);
}

static void meter_incoming(struct sim *sim, size_t length, usec_t sent)
{
    struct remb_receiver *remb = &sim->viewer.remb;
    rate_meter_add(&remb->incoming, length + DATAGRAM_OVERHEAD, sim->now);
    remb->transit = sim->now - sent;
    remb->least_transit = remb->least_transit == 0 ? remb->transit : usec_min(remb->least_transit, remb->transit);
}

static void take_rtp(struct sim *sim, const uint8_t *data, size_t length, usec_t sent)
{
    static const struct extension_map ids = {.id[EXTENSION_TRANSPORT_SEQUENCE] = ID_TWCC};
    struct viewer *viewer = &sim->viewer;
    struct viewed_packet packet;
    sim_second(sim)->viewer_bytes += length + DATAGRAM_OVERHEAD;
    if (viewed_packet_read(&packet, &ids, RTX, data, length) != 0)
        abort();
    if (packet.transport_sequence >= 0)
        twcc_recorder_packet(viewer->twcc, (uint16_t)packet.transport_sequence, DOWN_SSRC, sim->now);
    meter_incoming(sim, length, sent);
    if (packet.is_rtx && packet.rtp.payload_length < 2)
        return; /* padding */
    sim_second(sim)->media_bytes += length + DATAGRAM_OVERHEAD;
    bool is_audio = packet.rtp.ssrc == DOWN_AUDIO_SSRC;
    int64_t extended = receive_stream_packet(is_audio ? &viewer->audio : &viewer->stream, packet.sequence,
                                             packet.rtp.timestamp, packet.rtp.payload_length, packet.is_rtx, sim->now);
    sim_second(sim)->audio += is_audio;
    if (is_audio)
        return;
    (void)nack_packet(viewer->nack, extended, sim->now);
    take_video(sim, packet.payload, packet.payload_length, packet.rtp.timestamp);
}

static void take_rtcp(struct sim *sim, const uint8_t *data, size_t length)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    struct rtcp_sender_info info;
    rtcp_reader_init(&reader, data, length);
    while (rtcp_next(&reader, &packet) == 1)
        if (packet.type == RTCP_SR && rtcp_read_sr(&packet, &info) == 0) {
            struct receive_stream *stream = info.ssrc == DOWN_AUDIO_SSRC ? &sim->viewer.audio : &sim->viewer.stream;
            if (stream->started)
                receive_stream_sr(stream, &info, sim->now);
        }
}

void sim_take_at_viewer(struct sim *sim, const uint8_t *data, size_t length, usec_t sent)
{
    if (packet_classify(data, length) == PACKET_RTCP)
        take_rtcp(sim, data, length);
    else
        take_rtp(sim, data, length, sent);
}

/* By its delay: a queue means 85 % of what comes in; else 8 % more a second, but at most half above that. */
static void write_remb(struct sim *sim, struct rtcp_writer *writer)
{
    const struct viewer_kind *kind = &sim->scenario->viewer;
    struct remb_receiver *remb = &sim->viewer.remb;
    static const uint32_t ssrcs[] = {DOWN_SSRC, DOWN_RTX_SSRC, DOWN_AUDIO_SSRC};
    double incoming = (double)rate_meter_bps(&remb->incoming, sim->now);
    bool is_over = kind->remb_until > 0 && sim->now >= kind->remb_until;
    if (!kind->has_remb || is_over || incoming <= 0 || sim->now < remb->next)
        return;
    double seconds = remb->bps > 0 ? (double)(sim->now - remb->changed_at) / USEC_PER_SEC : 0;
    double most = 1.5 * incoming + 10000, grown = remb->bps * (1 + 0.08 * seconds);
    if (remb->bps <= 0)
        remb->bps = 300e3;
    else if (remb->transit - remb->least_transit > 60 * USEC_PER_MSEC)
        remb->bps = 0.85 * incoming;
    else if (remb->bps < most)
        remb->bps = grown < most ? grown : most;
    remb->changed_at = sim->now;
    remb->next = sim->now + USEC_PER_SEC / 2;
    uint64_t bps = kind->remb_bps > 0 ? kind->remb_bps : (uint64_t)remb->bps, audio_bps = bps / 4;
    if (kind->has_remb_each) {
        rtcp_write_remb(writer, 1, bps - audio_bps, ssrcs, 2);
        rtcp_write_remb(writer, 1, audio_bps, &ssrcs[2], 1);
    } else {
        rtcp_write_remb(writer, 1, bps, ssrcs, 2);
    }
}

static void write_reports(struct sim *sim, struct rtcp_writer *writer)
{
    struct viewer *viewer = &sim->viewer;
    usec_t interval = sim->scenario->viewer.report_interval;
    struct rtcp_report_block blocks[2];
    unsigned count = 0;
    if (interval == 0 || sim->now < viewer->next_report || (!viewer->stream.started && !viewer->audio.started))
        return;
    viewer->next_report = sim->now + interval;
    if (viewer->stream.started)
        receive_stream_report(&viewer->stream, &blocks[count++], sim->now);
    if (viewer->audio.started)
        receive_stream_report(&viewer->audio, &blocks[count++], sim->now);
    rtcp_write_rr(writer, 1, blocks, count);
}

void sim_tick_viewer(struct sim *sim)
{
    struct viewer *viewer = &sim->viewer;
    uint8_t data[PACKET_CAPACITY];
    uint16_t lost[64];
    struct rtcp_writer writer;
    rtcp_writer_init(&writer, data, sizeof data);
    size_t count = nack_due(viewer->nack, lost, 64, sim->now);
    if (count > 0)
        rtcp_write_nack(&writer, 1, DOWN_SSRC, lost, count);
    bool is_stuck = sim->now - viewer->last_decoded > TIMEOUT && sim->now % (200 * USEC_PER_MSEC) == 0;
    if (nack_take_given_up(viewer->nack) || is_stuck)
        rtcp_write_pli(&writer, 1, DOWN_SSRC);
    if (sim->scenario->viewer.has_feedback && sim->now >= twcc_recorder_next(viewer->twcc))
        while (twcc_recorder_write(viewer->twcc, &writer, 1, sim->now))
            ;
    write_reports(sim, &writer);
    write_remb(sim, &writer);
    sim_send_to_router(sim, data, writer.length);
    note_still(sim);
}
