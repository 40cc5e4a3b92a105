/* One viewer on a changing link: a publisher, the router, the laboratory's link model, and a viewer that repairs,
 * decodes and reports like a browser: with transport-wide feedback, or with receiver reports and REMB only.
 * Header-only, for simulations. */
#ifndef HEDDLE_SIM_ONE_VIEWER_H
#define HEDDLE_SIM_ONE_VIEWER_H

#include "tests/sim/one_call.h"

/* The link */

static void direction_init(struct direction *direction, const struct link_config *config, uint64_t seed, usec_t now)
{
    link_model_init(&direction->link, config, seed, now);
    direction->datagrams = mem_array(IN_FLIGHT, sizeof *direction->datagrams);
}

static void direction_send(struct direction *direction, const uint8_t *data, size_t length, usec_t now)
{
    uint64_t number = direction->next;
    if (length == 0 || !link_model_push(&direction->link, number, length + DATAGRAM_OVERHEAD, now))
        return;
    struct datagram *datagram = &direction->datagrams[direction->next++ % IN_FLIGHT];
    datagram->length = (uint16_t)length;
    datagram->sent = now;
    memcpy(datagram->data, data, length);
}

static const struct datagram *direction_take(struct direction *direction, usec_t now)
{
    uint64_t number;
    usec_t at;
    enum link_event event = link_model_pop(&direction->link, now, &number, &at);
    while (event == LINK_LOST)
        event = link_model_pop(&direction->link, now, &number, &at);
    return event == LINK_NONE ? NULL : &direction->datagrams[number % IN_FLIGHT];
}

/* The viewer */

static unsigned phase_of(const struct sim *sim)
{
    unsigned phase = 0;
    while (phase + 1 < PHASES_MAX && sim->scenario->phases[phase + 1].at > 0 &&
           sim->now >= sim->scenario->phases[phase + 1].at)
        phase++;
    return phase;
}

static usec_t since_step(const struct sim *sim)
{
    return sim->now - sim->scenario->phases[phase_of(sim)].at;
}

static struct second *second_of(struct sim *sim)
{
    return &sim->seconds[sim->now / USEC_PER_SEC % SECONDS_MAX];
}

static void note_still(struct sim *sim)
{
    usec_t still = sim->now - sim->viewer.last_decoded;
    usec_t *longest = &sim->still_ms[phase_of(sim)];
    if (sim->viewer.encoding >= 0)
        *longest = usec_max(*longest, still / USEC_PER_MSEC);
}

static void trace(const struct sim *sim, const char *what, int value)
{
    if (sim->is_traced)
        printf("%7.3f s: %s %d, queue %lld ms\n", (double)sim->now / USEC_PER_SEC, what, value,
               (long long)link_model_queue_time(&sim->down.link) / USEC_PER_MSEC);
}

static void decode(struct sim *sim, unsigned encoding, struct frame *frame)
{
    struct viewer *viewer = &sim->viewer;
    frame->is_decoded = true;
    note_still(sim);
    sim->falls += phase_of(sim) != 1 && sim->now > SETTLED && (int)encoding < viewer->encoding;
    trace(sim, frame->is_key ? "decoded a keyframe of encoding" : "decoded encoding", (int)encoding);
    if (phase_of(sim) == 1 && (int)encoding < viewer->encoding && sim->down_after == 0)
        sim->down_after = since_step(sim);
    if (phase_of(sim) == 2 && encoding == ENCODINGS - 1 && sim->top_after == 0)
        sim->top_after = since_step(sim);
    viewer->last_decoded = sim->now;
    viewer->shown_timestamp = frame->timestamp;
    viewer->encoding = (int)encoding;
    sim->decoded[phase_of(sim)]++;
    second_of(sim)->decoded[encoding]++;
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
    static const struct extension_map map = {.id[EXTENSION_TRANSPORT_SEQUENCE] = ID_TWCC};
    struct viewer *viewer = &sim->viewer;
    struct rtp_header header;
    struct extension_values values;
    if (rtp_parse(&header, data, length) != 0 || extension_parse(&values, &map, data, &header) != 0)
        abort();
    if (values.at[EXTENSION_TRANSPORT_SEQUENCE].length == 2)
        twcc_recorder_packet(viewer->twcc, get_u16(data + values.at[EXTENSION_TRANSPORT_SEQUENCE].offset), DOWN_SSRC,
                             sim->now);
    meter_incoming(sim, length, sent);
    if (header.ssrc == DOWN_AUDIO_SSRC) {
        (void)receive_stream_packet(&viewer->audio, header.sequence, header.timestamp, header.payload_length, false,
                                    sim->now);
        second_of(sim)->audio++;
        return;
    }
    const uint8_t *payload = data + header.payload_offset;
    size_t left = header.payload_length;
    bool is_rtx = header.ssrc == DOWN_RTX_SSRC;
    if (is_rtx && left < 2)
        return; /* padding */
    uint16_t sequence = is_rtx ? get_u16(payload) : header.sequence;
    payload += is_rtx ? 2 : 0;
    left -= is_rtx ? 2 : 0;
    int64_t extended =
        receive_stream_packet(&viewer->stream, sequence, header.timestamp, header.payload_length, is_rtx, sim->now);
    (void)nack_packet(viewer->nack, extended, sim->now);
    take_video(sim, payload, left, header.timestamp);
}

static void take_viewer_rtcp(struct sim *sim, const uint8_t *data, size_t length)
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

static void tick_viewer(struct sim *sim)
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
    direction_send(&sim->up, data, writer.length, sim->now);
    note_still(sim);
}

/* The router */

static void take_publisher_rtcp(struct sim *sim, const uint8_t *data, size_t length)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    rtcp_reader_init(&reader, data, length);
    while (rtcp_next(&reader, &packet) == 1)
        if (packet.type == RTCP_PSFB && packet.count == PSFB_PLI)
            sim->key_at = usec_min(sim->key_at, sim->now + PLI_DELAY);
}

static void flush_router(struct sim *sim)
{
    struct participant *participant;
    struct router_event event;
    uint8_t data[PACKET_CAPACITY];
    while ((participant = router_poll(sim->router)) != NULL) {
        const struct egress *items;
        bool is_viewer = participant == sim->viewer.participant;
        size_t length, count = participant_egress(participant, &items, sim->now);
        for (size_t i = 0; i < count; i++) {
            length = participant_write(participant, &items[i], data, sim->now);
            if (is_viewer)
                direction_send(&sim->down, data, length, sim->now);
        }
        participant_sent(participant, sim->now);
        while ((length = participant_poll_rtcp(participant, data, sizeof data)) > 0) {
            if (is_viewer)
                direction_send(&sim->down, data, length, sim->now);
            else
                take_publisher_rtcp(sim, data, length);
        }
    }
    while (router_poll_event(sim->router, &event)) {
        if (event.type != ROUTER_EVENT_ENCODINGS)
            continue;
        if ((event.active_encodings & ~sim->active) != 0)
            sim->key_at = usec_min(sim->key_at, sim->now + PLI_DELAY);
        sim->active = event.active_encodings;
        trace(sim, "encodings asked for, as bits:", (int)sim->active);
    }
}

static void note_second(struct sim *sim)
{
    const struct link_stats *stats = &sim->down.link.stats, *before = &sim->stats_before;
    struct second *second = second_of(sim);
    second->offered = stats->offered - before->offered;
    second->dropped = stats->queue_drops + stats->lost - before->queue_drops - before->lost;
    second->bytes = stats->delivered_bytes - before->delivered_bytes;
    second->audio_sent = sim->audio.packets - sim->audio_sent;
    sim->audio_sent = sim->audio.packets;
    sim->stats_before = *stats;
}

static void tick(struct sim *sim)
{
    const struct datagram *datagram;
    while ((datagram = direction_take(&sim->down, sim->now)) != NULL) {
        if (packet_classify(datagram->data, datagram->length) == PACKET_RTCP)
            take_viewer_rtcp(sim, datagram->data, datagram->length);
        else
            take_rtp(sim, datagram->data, datagram->length, datagram->sent);
    }
    while ((datagram = direction_take(&sim->up, sim->now)) != NULL)
        (void)participant_rtcp(sim->viewer.participant, datagram->data, datagram->length, sim->now,
                               WALL_EPOCH + sim->now);
    tick_publisher(sim);
    tick_viewer(sim);
    if (router_next(sim->router) <= sim->now)
        router_timeout(sim->router, sim->now, WALL_EPOCH + sim->now);
    flush_router(sim);
}

static void set_rate(struct direction *direction, double rate_bps, usec_t now)
{
    struct link_config config = direction->link.config;
    config.rate_bps = rate_bps;
    link_model_set(&direction->link, &config, now);
}

static struct sim *simulate(const struct scenario *scenario, uint64_t seed, bool is_traced)
{
    const struct link_config way_back = {.delay = DELAY};
    struct sim *sim = mem_alloc(sizeof *sim);
    *sim = (struct sim){
        .seed = seed, .scenario = scenario, .is_traced = is_traced, .active = (1u << ENCODINGS) - 1, .key_at = 0};
    rng_init(&sim->rng, seed);
    sim->router = router_new(&(struct router_config){0}, seed);
    sim->viewer.encoding = -1;
    sim->viewer.nack = nack_new();
    nack_set_rtt(sim->viewer.nack, BROWSER_RTT);
    sim->viewer.twcc = twcc_recorder_new(50 * USEC_PER_MSEC);
    receive_stream_init(&sim->viewer.stream, DOWN_SSRC, 90000);
    receive_stream_init(&sim->viewer.audio, DOWN_AUDIO_SSRC, 48000);
    sim->next_frame = (usec_t)rng_below(&sim->rng, (uint64_t)FRAME);
    for (unsigned i = 0; i < ENCODINGS; i++)
        sim->encodings[i] = (struct sent){.sequence = (uint16_t)rng_u32(&sim->rng),
                                          .frame = rng_u32(&sim->rng) & 0x7fff,
                                          .timestamp_start = rng_u32(&sim->rng)};
    direction_init(&sim->down, &scenario->link, seed + 1, 0);
    direction_init(&sim->up, &way_back, seed + 2, 0);
    join(sim);
    for (sim->now = 0; sim->now < scenario->end; sim->now += TICK) {
        unsigned phase = phase_of(sim);
        if (phase > 0 && sim->now == scenario->phases[phase].at)
            set_rate(&sim->down, scenario->phases[phase].rate_bps, sim->now);
        tick(sim);
        if ((sim->now + TICK) % USEC_PER_SEC == 0)
            note_second(sim);
    }
    return sim;
}

static void sim_free(struct sim *sim)
{
    router_leave(sim->router, sim->publisher, sim->now);
    router_leave(sim->router, sim->viewer.participant, sim->now);
    router_free(sim->router);
    nack_free(sim->viewer.nack);
    twcc_recorder_free(sim->viewer.twcc);
    link_model_fini(&sim->down.link);
    link_model_fini(&sim->up.link);
    free(sim->down.datagrams);
    free(sim->up.datagrams);
    free(sim);
}

#endif
