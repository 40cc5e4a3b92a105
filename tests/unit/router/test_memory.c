/* The memory that one participant takes in the router is bounded, is freed by itself, and is not taken from others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "router/router.h"
#include "tests/support/outgoing.h"
#include "tests/support/publisher.h"
#include "transport/wire/rtcp.h"

#define LIMIT 1000 /* packets of the pool: fewer than what the histories of all flooders would like to keep */
#define FLOODERS 14
#define SIZE 1100
#define SLOT_SSRC 900

struct call {
    struct router *router;
    struct participant *speaker, *viewer, *flooders[FLOODERS];
    uint16_t sequence;
    unsigned received;
    usec_t now;
};

static struct media line_of(bool receives, uint32_t ssrc)
{
    struct media media = {.kind = MEDIA_AUDIO, .mid = "a", .codec_count = 1};
    media.codecs[0] = (struct media_codec){.codec = CODEC_OPUS,
                                           .payload_type = 111,
                                           .rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE,
                                           .clock_rate = 48000,
                                           .channels = 2,
                                           .nack = true};
    media.receive = receives;
    media.send = !receives;
    if (receives) {
        media.encoding_count = 1;
        media.encodings[0].ssrc = ssrc;
    } else {
        media.send_ssrc = ssrc;
    }
    return media;
}

static struct participant *join(struct call *call, const char *room, const char *id, const struct media *line)
{
    static const struct router_send send = {"a", "microphone", false};
    static const struct router_receive receive = {"a", "speaker/microphone"};
    struct participant *participant;
    assert_int_equal(router_join(call->router, &participant, room, id, 1, call->now), 0);
    participant_configure(participant, line, 1, &send, line->receive, &receive, line->send, call->now);
    participant_set_ready(participant, true, call->now);
    return participant;
}

static int set_up(void **state)
{
    static struct call fixture;
    struct call *call = &fixture;
    const struct media up = line_of(true, 100), down = line_of(false, SLOT_SSRC);
    *call = (struct call){.now = USEC_PER_SEC};
    call->router = router_new(&(struct router_config){.packet_limit = LIMIT}, 1);
    call->speaker = join(call, "room", "speaker", &up);
    call->viewer = join(call, "room", "viewer", &down);
    for (size_t i = 0; i < FLOODERS; i++) {
        char id[8];
        snprintf(id, sizeof id, "f%zu", i);
        call->flooders[i] = join(call, i % 2 == 0 ? "room" : "other", id, &up);
    }
    *state = call;
    return 0;
}

static int tear_down(void **state)
{
    struct call *call = *state;
    router_free(call->router);
    return 0;
}

static void send(struct call *call, struct participant *from, uint16_t sequence, size_t size)
{
    uint8_t data[PACKET_CAPACITY];
    const struct published_packet packet = {.payload_type = 111,
                                            .sequence = sequence,
                                            .timestamp = sequence * 960u,
                                            .ssrc = 100,
                                            .payload.size = size - RTP_HEADER_SIZE};
    (void)participant_rtp(from, data, published_packet_write(data, &packet), call->now);
}

static void drain(struct call *call)
{
    struct outgoing outgoing = {0};
    while (outgoing_next(&outgoing, call->router, call->now))
        call->received += outgoing.participant == call->viewer && !outgoing.is_rtcp;
}

static void pass(struct call *call, usec_t duration)
{
    for (usec_t end = call->now + duration; call->now < end; call->now += 20 * USEC_PER_MSEC) {
        if (router_next(call->router) <= call->now)
            router_timeout(call->router, call->now, call->now);
        drain(call);
    }
}

static struct router_stats stats_of(const struct call *call)
{
    struct router_stats stats;
    router_get_stats(call->router, &stats);
    return stats;
}

/* A second of a call, while each flooder has sent as much as it could just before. */
static void a_flood_that_falls_silent_costs_a_call_nothing(void **state)
{
    struct call *call = *state;
    for (uint16_t n = 0; n < 5000; n++)
        for (size_t i = 0; i < FLOODERS; i++)
            send(call, call->flooders[i], n, SIZE);
    assert_true(stats_of(call).packets_held <= LIMIT);
    for (unsigned n = 0; n < 50; n++) {
        send(call, call->speaker, (uint16_t)(n + 1), 100);
        pass(call, 20 * USEC_PER_MSEC);
    }
    assert_int_equal(call->received, 50);
    assert_true(stats_of(call).memory_evictions > 0);
    assert_int_equal(stats_of(call).memory_drops, 0);
}

/* The publisher that holds most packets has to free some, whether it joined first or last. */
static void who_holds_little_keeps_it(void **state)
{
    struct call *call = *state;
    struct participant *honest[] = {call->speaker, call->flooders[FLOODERS - 1]};
    for (uint16_t n = 0; n < 20; n++)
        for (size_t i = 0; i < 2; i++)
            send(call, honest[i], n, 100);
    for (uint16_t n = 0; n < 5000; n++)
        for (size_t i = 0; i < FLOODERS - 1; i++)
            send(call, call->flooders[i], n, SIZE);
    assert_true(stats_of(call).memory_evictions > 0);
    drain(call);
    for (size_t i = 0; i < FLOODERS - 1; i++)
        router_leave(call->router, call->flooders[i], call->now);
    assert_int_equal(stats_of(call).packets_held, 40);
}

static void what_fell_silent_is_given_back(void **state)
{
    struct call *call = *state;
    for (uint16_t n = 0; n < 500; n++)
        for (size_t i = 0; i < FLOODERS; i++)
            send(call, call->flooders[i], n, SIZE);
    assert_true(stats_of(call).packets_held >= LIMIT / 2);
    pass(call, 3 * USEC_PER_SEC);
    assert_int_equal(stats_of(call).packets_held, 0);
    pass(call, 20 * USEC_PER_SEC);
    assert_int_equal(stats_of(call).packet_memory_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_flood_that_falls_silent_costs_a_call_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_holds_little_keeps_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_fell_silent_is_given_back, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
