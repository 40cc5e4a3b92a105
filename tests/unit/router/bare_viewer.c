#include "tests/unit/router/bare_viewer.h"

#include "tests/support/outgoing.h"

struct bare_call *bare_call_new(bool has_rtx, bool has_feedback)
{
    static struct bare_call call;
    const struct router_send send = {.mid = "v", .source = "camera"};
    const struct router_receive receive = {.mid = "v", .publication = "p/camera"};
    struct media up = video_line("v");
    up.codecs[0].nack = false;
    if (!has_rtx)
        up.codecs[0].rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE;
    struct media down = up;
    call = (struct bare_call){.has_rtx = has_rtx,
                              .has_feedback = has_feedback,
                              .frame_interval = 10 * MS,
                              .frame_bytes = 450,
                              .needs_keyframe = true,
                              .published = {.ssrc = UP_SSRC, .payload_type = VP8, .clock_rate = 90000},
                              .now = USEC_PER_SEC,
                              .next_report = 2 * USEC_PER_SEC};
    call.router = router_new(&(struct router_config){0}, 7);
    up.receive = down.send = true;
    up.encoding_count = 1;
    up.encodings[0].ssrc = UP_SSRC;
    down.send_ssrc = DOWN_SSRC;
    down.send_rtx_ssrc = has_rtx ? DOWN_RTX_SSRC : 0;
    down.extensions.id[EXTENSION_TRANSPORT_SEQUENCE] = has_feedback ? ID_TWCC : 0;
    receive_stream_init(&call.stream, DOWN_SSRC, 90000);
    assert_int_equal(router_join(call.router, &call.publisher, "room", "p", 1, call.now), 0);
    assert_int_equal(router_join(call.router, &call.viewer, "room", "v", 2, call.now), 0);
    participant_configure(call.publisher, &up, 1, &send, 1, NULL, 0, call.now);
    participant_configure(call.viewer, &down, 1, NULL, 0, &receive, 1, call.now);
    participant_set_ready(call.publisher, true, call.now);
    participant_set_ready(call.viewer, true, call.now);
    return &call;
}

void bare_call_free(struct bare_call *call)
{
    router_leave(call->router, call->publisher, call->now);
    router_leave(call->router, call->viewer, call->now);
    router_free(call->router);
}

/* A frame of one packet. */
static void bare_call_publish(struct bare_call *call)
{
    uint8_t data[PACKET_CAPACITY];
    struct published_packet packet = {.marker = true,
                                      .is_vp8 = true,
                                      .vp8 = {.is_start = true, .is_key = call->needs_keyframe},
                                      .payload = {.size = call->frame_bytes}};
    size_t length = published_stream_write(&call->published, data, &packet, call->now);
    call->needs_keyframe = false;
    if (call->up_loss == 0 || ++call->frames % call->up_loss != 0)
        (void)participant_rtp(call->publisher, data, length, call->now);
}

static void bare_call_take(struct bare_call *call, const uint8_t *data, size_t length)
{
    static const struct extension_map none;
    struct viewed_packet packet;
    assert_int_equal(viewed_packet_read(&packet, &none, RTX, data, length), 0);
    if (packet.is_rtx) { /* stacks that count RTX for itself: the loss stays in the reports */
        bool is_filler = packet.rtp.payload_length == 2;
        call->fillers += is_filler;
        if (is_filler)
            call->last_filled = packet.sequence;
        return;
    }
    if (call->down_loss != 0 && ++call->down_packets % call->down_loss == 0) {
        call->last_lost = packet.sequence;
        if (call->lost_count < 64)
            call->lost[call->lost_count++] = packet.sequence;
        return;
    }
    (void)receive_stream_packet(&call->stream, packet.sequence, packet.rtp.timestamp, packet.rtp.payload_length, false,
                                call->now);
}

static void bare_call_take_rtcp(struct bare_call *call, const uint8_t *data, size_t length)
{
    unsigned plis = rtcp_count_plis(data, length);
    call->plis += plis;
    call->needs_keyframe = call->needs_keyframe || plis > 0;
}

static void bare_call_flush(struct bare_call *call)
{
    struct outgoing outgoing = {0};
    if (router_next(call->router) <= call->now)
        router_timeout(call->router, call->now, WALL + call->now);
    while (outgoing_next(&outgoing, call->router, call->now))
        if (!outgoing.is_rtcp)
            bare_call_take(call, outgoing.data, outgoing.length);
        else if (outgoing.participant == call->publisher)
            bare_call_take_rtcp(call, outgoing.data, outgoing.length);
}

static void bare_call_answer(struct bare_call *call)
{
    uint8_t data[400];
    struct rtcp_writer writer;
    struct rtcp_report_block block;
    rtcp_writer_init(&writer, data, sizeof data);
    if (call->now >= call->next_report && call->stream.started) {
        call->next_report += USEC_PER_SEC;
        receive_stream_report(&call->stream, &block, call->now);
        rtcp_write_rr(&writer, 1, &block, 1);
    }
    if (call->lost_count > 0 && call->sends_nacks)
        rtcp_write_nack(&writer, 1, DOWN_SSRC, call->lost, call->lost_count);
    call->lost_count = 0;
    if (writer.length > 0)
        (void)participant_rtcp(call->viewer, data, writer.length, call->now, WALL + call->now);
}

void bare_call_run(struct bare_call *call, usec_t duration)
{
    for (usec_t end = call->now + duration; call->now < end; call->now += MS) {
        if (call->next_frame < call->now)
            call->next_frame = call->now;
        for (; call->next_frame < call->now + MS; call->next_frame += call->frame_interval)
            bare_call_publish(call);
        bare_call_flush(call);
        bare_call_answer(call);
    }
}
