/* Once a call runs, forwarding allocates nothing: not for packets, retransmissions, reports, feedback, nor timers. The
 * linker sends every allocation through here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "router/router.h"
#include "tests/support/outgoing.h"
#include "tests/support/publisher.h"
#include "tests/support/viewer.h"
#include "transport/wire/rtcp.h"
#include "transport/wire/twcc.h"

#define MS USEC_PER_MSEC
#define WALL INT64_C(1700000000000000)
#define VIEWERS 12
#define WARM_UP (6 * USEC_PER_SEC)
#define END (16 * USEC_PER_SEC)

enum { VP8 = 96, RTX = 97, OPUS = 111, ID_TWCC = 5, AUDIO_SSRC = 10, VIDEO_SSRC = 20, SLOT_SSRC = 1000 };

static bool is_counting;
static unsigned allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
    allocations += is_counting;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    allocations += is_counting;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    allocations += is_counting;
    return __real_realloc(old, size);
}

struct viewer {
    struct participant *participant;
    uint16_t first, newest; /* transport-wide numbers since the last feedback */
    unsigned waiting;
    uint8_t feedbacks;
    uint16_t sequence; /* of video */
    unsigned received, nacks;
};

struct call {
    struct router *router;
    struct participant *sender;
    struct viewer viewers[VIEWERS];
    struct published_stream video, audio;
    uint16_t picture;
    usec_t now;
};

static struct media make_line(const char *mid, enum media_kind kind)
{
    struct media line = {.kind = kind, .codec_count = 1, .rtcp_reduced_size = true};
    bool is_audio = kind == MEDIA_AUDIO;
    snprintf(line.mid, sizeof line.mid, "%s", mid);
    line.codecs[0] = (struct media_codec){.codec = is_audio ? CODEC_OPUS : CODEC_VP8,
                                          .payload_type = is_audio ? OPUS : VP8,
                                          .rtx_payload_type = is_audio ? MEDIA_PAYLOAD_TYPE_NONE : RTX,
                                          .clock_rate = is_audio ? 48000 : 90000,
                                          .channels = is_audio ? 2 : 1,
                                          .nack = !is_audio,
                                          .pli = !is_audio,
                                          .transport_cc = true};
    line.extensions.id[EXTENSION_TRANSPORT_SEQUENCE] = ID_TWCC;
    return line;
}

static void start(struct call *call)
{
    struct media up[2] = {make_line("a", MEDIA_AUDIO), make_line("v", MEDIA_VIDEO)}, down[2];
    const struct router_send sends[] = {{.mid = "a", .source = "microphone"}, {.mid = "v", .source = "camera"}};
    const struct router_receive receives[] = {{"a", "p0/microphone"}, {"v", "p0/camera"}};
    memset(call, 0, sizeof *call);
    call->now = USEC_PER_SEC;
    call->audio = (struct published_stream){.ssrc = AUDIO_SSRC, .payload_type = OPUS, .clock_rate = 48000};
    call->video = (struct published_stream){.ssrc = VIDEO_SSRC, .payload_type = VP8, .clock_rate = 90000};
    call->router = router_new(&(struct router_config){0}, 3);
    memcpy(down, up, sizeof down);
    for (int i = 0; i < 2; i++) {
        up[i].receive = down[i].send = true;
        up[i].encoding_count = 1;
        up[i].encodings[0].ssrc = i == 0 ? AUDIO_SSRC : VIDEO_SSRC;
        down[i].send_ssrc = (uint32_t)(SLOT_SSRC + i);
        down[i].send_rtx_ssrc = i == 1 ? SLOT_SSRC + 2 : 0;
    }
    assert_int_equal(router_join(call->router, &call->sender, "room", "p0", 1, call->now), 0);
    participant_configure(call->sender, up, 2, sends, 2, NULL, 0, call->now);
    participant_set_ready(call->sender, true, call->now);
    for (unsigned i = 0; i < VIEWERS; i++) {
        char id[8];
        snprintf(id, sizeof id, "p%u", i + 1);
        struct viewer *viewer = &call->viewers[i];
        uint64_t connection = (uint64_t)(uintptr_t)viewer;
        assert_int_equal(router_join(call->router, &viewer->participant, "room", id, connection, call->now), 0);
        participant_configure(viewer->participant, down, 2, NULL, 0, receives, 2, call->now);
        participant_set_ready(viewer->participant, true, call->now);
    }
}

static void send_audio(struct call *call)
{
    uint8_t data[PACKET_CAPACITY];
    struct published_packet packet = {.payload = {.size = 108}};
    size_t length = published_stream_write(&call->audio, data, &packet, call->now);
    (void)participant_rtp(call->sender, data, length, call->now);
}

static void send_frame(struct call *call, bool is_key)
{
    for (unsigned i = 0; i < 5; i++) {
        uint8_t data[PACKET_CAPACITY];
        struct published_packet packet = {
            .marker = i == 4,
            .is_vp8 = true,
            .vp8 = {.is_start = i == 0, .has_picture = true, .picture = call->picture, .is_key = i == 0 && is_key},
            .payload = {.size = 1088}};
        size_t length = published_stream_write(&call->video, data, &packet, call->now);
        if (call->video.sequence % 97 != 0) /* else lost on its way here: NACKs go out */
            (void)participant_rtp(call->sender, data, length, call->now);
    }
    call->picture++;
}

/* What the viewer's receiver would answer: feedback, and a NACK now and then. */
static void answer(struct call *call, struct viewer *viewer)
{
    uint8_t data[1400];
    struct rtcp_writer writer;
    struct twcc_status statuses[200];
    rtcp_writer_init(&writer, data, sizeof data);
    if (viewer->waiting > 0) {
        for (unsigned i = 0; i < viewer->waiting; i++)
            statuses[i] = (struct twcc_status){(uint16_t)(viewer->first + i), true, call->now + 20 * MS};
        twcc_write(&writer, 1, SLOT_SSRC + 1, viewer->feedbacks++, statuses, viewer->waiting);
        viewer->waiting = 0;
    }
    if (viewer->received > 60) {
        uint16_t lost = (uint16_t)(viewer->sequence - 5);
        rtcp_write_nack(&writer, 1, SLOT_SSRC + 1, &lost, 1);
        viewer->received = 0;
        viewer->nacks++;
    }
    if (writer.length > 0)
        (void)participant_rtcp(viewer->participant, data, writer.length, call->now, WALL + call->now);
}

static void take(struct viewer *viewer, const uint8_t *data, size_t length)
{
    static const struct extension_map ids = {.id = {[EXTENSION_TRANSPORT_SEQUENCE] = ID_TWCC}};
    struct viewed_packet packet;
    if (viewed_packet_read(&packet, &ids, RTX, data, length) != 0 || packet.transport_sequence < 0)
        return;
    if (viewer->waiting == 0)
        viewer->first = (uint16_t)packet.transport_sequence;
    viewer->waiting += viewer->waiting < 200;
    if (packet.rtp.ssrc == SLOT_SSRC + 1) {
        viewer->sequence = packet.sequence;
        viewer->received++;
    }
}

static void flush_router(struct call *call)
{
    struct outgoing outgoing = {0};
    struct router_event event;
    while (outgoing_next(&outgoing, call->router, call->now))
        if (!outgoing.is_rtcp)
            take((struct viewer *)(uintptr_t)participant_connection(outgoing.participant), outgoing.data,
                 outgoing.length);
    while (router_poll_event(call->router, &event))
        ;
}

static void a_running_call_allocates_nothing(void **state)
{
    struct call *call = malloc(sizeof *call);
    struct router_stats before, after;
    (void)state;
    start(call);
    for (unsigned tick = 0; call->now < END; tick++, call->now += 10 * MS) {
        if (!is_counting && call->now >= WARM_UP) {
            router_get_stats(call->router, &before);
            is_counting = true;
        }
        if (tick % 2 == 0)
            send_audio(call);
        if (tick % 3 == 0)
            send_frame(call, tick % 300 == 0);
        for (unsigned i = 0; tick % 5 == 0 && i < VIEWERS; i++)
            answer(call, &call->viewers[i]);
        if (router_next(call->router) <= call->now)
            router_timeout(call->router, call->now, WALL + call->now);
        flush_router(call);
    }
    is_counting = false;
    router_get_stats(call->router, &after);
    struct participant_stats stats;
    participant_get_stats(call->viewers[0].participant, &stats);
    print_message("%llu packets out, %llu retransmissions and %u NACKs at one viewer, %u allocations\n",
                  (unsigned long long)(after.packets_out - before.packets_out),
                  (unsigned long long)stats.out.retransmissions, call->viewers[0].nacks, allocations);
    assert_true(after.packets_out - before.packets_out > 10000);
    assert_true(stats.out.retransmissions > 0);
    assert_int_equal(allocations, 0);
    router_free(call->router);
    free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_running_call_allocates_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
