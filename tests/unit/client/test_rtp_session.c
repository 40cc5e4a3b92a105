#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/rtp/rtp_session.h"
#include "client/rtp/rtp_session_state.h"
#include "tests/support/sdp_lines.h"
#include "transport/base/bytes.h"
#include "transport/base/memory.h"
#include "transport/wire/vp8_writer.h"

#define MS USEC_PER_MSEC
#define WALL ((int64_t)1764000000000000)
#define FINGERPRINT "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"
#define FRAME_INTERVAL (33 * MS)
#define IN_FLIGHT_MAX 4096

/* Two sessions joined by a link with delay, loss and reordering, in virtual time. */
struct flight {
    usec_t due;
    bool is_rtcp, used;
    int to;
    size_t length;
    uint8_t data[1500];
};

struct world {
    struct packet_pool *pool;
    struct negotiation *negotiations[2];
    struct rtp_session *sessions[2];
    struct rng rng;
    double loss;
    usec_t delay, jitter;
    struct flight flights[IN_FLIGHT_MAX];
    usec_t now;
    uint32_t sent_frames, received_frames, last_frame, out_of_order;
    uint32_t sent_audio, received_audio;
    bool needs_keyframe, stuck;
    unsigned keyframes;
    struct budget keyframe_budget;
};

static const struct ice_credentials credentials = {"abcdefgh", "abcdefghijklmnopqrstuvwx"};

/* The offer lacks the lines with these words; NULL: none. */
static void agree(struct world *world, const char *const *unknown)
{
    static const char *const ids[2] = {"p1", "p2"};
    for (int i = 0; i < 2; i++) {
        struct negotiation_config config = {.local_id = ids[i],
                                            .remote_id = ids[1 - i],
                                            .offers_first = i == 0,
                                            .fingerprint = FINGERPRINT,
                                            .seed = 7 + (uint64_t)i,
                                            .session_id = 1};
        struct negotiation_source sources[2] = {{.source = "microphone", .kind = MEDIA_AUDIO},
                                                {.source = "camera", .kind = MEDIA_VIDEO}};
        world->negotiations[i] = negotiation_new(&config);
        negotiation_set_sources(world->negotiations[i], sources, i == 0 ? 2 : 0);
        world->sessions[i] = rtp_session_new(world->pool, ids[i], 99 + (uint64_t)i, 0);
    }
    json_t *offer = json_object(), *answer = json_object();
    struct refusal refusal;
    char *text = mem_alloc(SDP_SIZE_MAX), *reply = mem_alloc(SDP_SIZE_MAX);
    assert_int_equal(negotiation_offer(world->negotiations[0], &credentials, text, offer), 0);
    for (; *unknown != NULL; unknown++)
        sdp_cut_lines(text, *unknown);
    assert_int_equal(negotiation_offered(world->negotiations[1], text, json_object_get(offer, "sends"), &credentials,
                                         reply, answer, &refusal),
                     0);
    assert_int_equal(negotiation_answered(world->negotiations[0], reply, json_object_get(answer, "sends"), &refusal),
                     0);
    for (int i = 0; i < 2; i++)
        rtp_session_configure(world->sessions[i], world->negotiations[i]);
    json_decref(offer);
    json_decref(answer);
    free(text);
    free(reply);
}

static struct world *world_of(uint64_t seed, const char *const *unknown)
{
    struct world *world = mem_alloc(sizeof *world);
    world->pool = packet_pool_new(8192);
    world->delay = 20 * MS;
    world->now = USEC_PER_SEC;
    rng_init(&world->rng, seed);
    agree(world, unknown);
    return world;
}

static struct world *world_new(uint64_t seed)
{
    static const char *const none[] = {NULL};
    return world_of(seed, none);
}

static void world_free(struct world *world)
{
    for (int i = 0; i < 2; i++) {
        rtp_session_free(world->sessions[i]);
        negotiation_free(world->negotiations[i]);
    }
    packet_pool_free(world->pool);
    free(world);
}

static void launch(struct world *world, int to, const uint8_t *data, size_t length, bool is_rtcp)
{
    if (rng_unit(&world->rng) < world->loss)
        return;
    for (size_t i = 0; i < IN_FLIGHT_MAX; i++) {
        struct flight *flight = &world->flights[i];
        if (flight->used)
            continue;
        flight->used = true;
        flight->to = to;
        flight->is_rtcp = is_rtcp;
        flight->length = length;
        flight->due = world->now + world->delay + (usec_t)rng_below(&world->rng, (uint64_t)world->jitter + 1);
        memcpy(flight->data, data, length);
        return;
    }
    fail_msg("too much in flight");
}

static void drain(struct world *world, int from)
{
    uint8_t data[1500];
    size_t length;
    bool is_rtcp;
    while ((length = rtp_session_poll(world->sessions[from], data, sizeof data, &is_rtcp, world->now,
                                      WALL + world->now)) > 0)
        launch(world, 1 - from, data, length, is_rtcp);
}

static void take_frames(struct world *world)
{
    struct session_frame frame;
    while (rtp_session_frame(world->sessions[1], &frame, world->now)) {
        if (frame.kind == MEDIA_AUDIO) {
            assert_string_equal(frame.publication, "p1/microphone");
            world->received_audio++;
            continue;
        }
        assert_string_equal(frame.publication, "p1/camera");
        uint32_t number;
        memcpy(&number, frame.frame.data + 10, sizeof number);
        for (size_t i = 14; i < frame.frame.length; i++)
            assert_int_equal(frame.frame.data[i], (uint8_t)(number + i));
        if (frame.frame.keyframe)
            world->stuck = false;
        else if (number != world->last_frame + 1)
            world->stuck = true; /* a decoder would show a damaged picture */
        world->out_of_order += world->stuck;
        world->last_frame = number;
        world->received_frames++;
    }
}

static void deliver(struct world *world)
{
    for (size_t i = 0; i < IN_FLIGHT_MAX; i++) {
        struct flight *flight = &world->flights[i];
        if (!flight->used || flight->due > world->now)
            continue;
        flight->used = false;
        struct rtp_session *session = world->sessions[flight->to];
        if (flight->is_rtcp)
            rtp_session_rtcp(session, flight->data, flight->length, world->now, WALL + world->now);
        else
            rtp_session_rtp(session, flight->data, flight->length, world->now);
        take_frames(world);
    }
}

/* A frame that says its number, with VP8's first bytes so that keyframes are seen. */
static void send_frame(struct world *world)
{
    static uint8_t data[60000];
    bool keyframe = world->needs_keyframe || world->sent_frames == 0;
    size_t length = keyframe ? 20000 : 2000 + (size_t)rng_below(&world->rng, 3000);
    uint32_t number = ++world->sent_frames;
    (void)vp8_write_head(data, keyframe, 320, 180);
    memcpy(data + 10, &number, sizeof number);
    for (size_t i = 14; i < length; i++)
        data[i] = (uint8_t)(number + i);
    struct coded_frame frame = {.data = data,
                                .length = length,
                                .keyframe = keyframe,
                                .temporal_layers = 1,
                                .timestamp = (uint32_t)(world->now * 9 / 100)};
    world->needs_keyframe = false;
    world->keyframes += keyframe;
    rtp_session_video(world->sessions[0], "camera", 0, &frame, world->now);
}

static void send_audio(struct world *world)
{
    uint8_t data[80] = {0};
    struct coded_audio audio = {
        .data = data, .length = sizeof data, .timestamp = (uint32_t)(world->now * 6 / 125), .level_dbov = -20};
    world->sent_audio++;
    rtp_session_audio(world->sessions[0], "microphone", &audio, world->now);
}

static void run(struct world *world, usec_t duration)
{
    usec_t end = world->now + duration, next_frame = world->now, next_audio = world->now;
    for (; world->now < end; world->now += MS) {
        deliver(world);
        char source[SOURCE_MAX + 1];
        unsigned encoding;
        while (rtp_session_take_keyframe_request(world->sessions[0], source, &encoding, &world->keyframe_budget,
                                                 world->now)) {
            assert_string_equal(source, "camera");
            world->needs_keyframe = true;
        }
        if (world->now >= next_frame) {
            send_frame(world);
            next_frame += FRAME_INTERVAL;
        }
        if (world->now >= next_audio) {
            send_audio(world);
            next_audio += 20 * MS;
        }
        take_frames(world);
        drain(world, 0);
        drain(world, 1);
    }
}

static void a_clean_link_delivers_everything_once(void **state)
{
    (void)state;
    struct world *world = world_new(1);
    run(world, 10 * USEC_PER_SEC);
    assert_in_range(world->received_frames, world->sent_frames - 1, world->sent_frames);
    assert_in_range(world->received_audio, world->sent_audio - 2, world->sent_audio);
    assert_int_equal(world->out_of_order, 0);
    assert_true(world->keyframes <= 2);
    struct rtp_session_stats stats;
    struct send_track_stats sent;
    struct receive_track_stats received;
    rtp_session_get_stats(world->sessions[0], &stats);
    assert_in_range(stats.rtt, 39 * MS, 44 * MS);
    assert_true(stats.feedbacks > 150); /* every 50 ms */
    assert_int_equal(stats.feedback_lost, 0);
    assert_true(rtp_session_send_stats(world->sessions[0], "camera", &sent));
    assert_int_equal(sent.retransmissions, 0);
    assert_int_equal(sent.packets_lost, 0);
    assert_true(rtp_session_receive_stats(world->sessions[1], "p1/camera", &received));
    assert_int_equal(received.lost, 0);
    assert_true(rtp_session_estimate(world->sessions[0]) > 500000);
    world_free(world);
}

static void lost_packets_come_back(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct world *world = world_new(seed);
        world->loss = 0.05;
        world->jitter = 3 * MS;
        run(world, 20 * USEC_PER_SEC);
        struct send_track_stats sent;
        struct receive_track_stats received;
        assert_true(rtp_session_send_stats(world->sessions[0], "camera", &sent));
        assert_true(rtp_session_receive_stats(world->sessions[1], "p1/camera", &received));
        if (world->out_of_order != 0 || world->received_frames < world->sent_frames * 95 / 100)
            fail_msg("seed %llu: %u of %u frames, %u undecodable", (unsigned long long)seed, world->received_frames,
                     world->sent_frames, world->out_of_order);
        assert_true(received.recovered > 50);
        assert_in_range(sent.retransmissions, 1, sent.packets / 5);
        assert_in_range(world->received_audio, world->sent_audio * 99 / 100, world->sent_audio); /* RED */
        world_free(world);
    }
}

/* A shared slot shows one publication after the other: what is counted belongs to the one that was shown then. */
static void what_a_slot_brought_stays_with_what_it_showed(void **state)
{
    (void)state;
    struct world *world = world_new(6);
    struct rtp_session *viewer = world->sessions[1];
    struct receive_track_stats before, after, other;
    world->loss = 0.2;
    run(world, 5 * USEC_PER_SEC);
    assert_true(rtp_session_receive_stats(viewer, "p1/camera", &before));
    assert_true(before.packets > 300 && before.recovered > 10);
    rtp_session_set_publication(viewer, "1", "p2/camera");
    assert_true(rtp_session_receive_stats(viewer, "p1/camera", &after));
    assert_int_equal(after.packets, before.packets);
    assert_int_equal(after.lost, before.lost);
    assert_true(rtp_session_receive_stats(viewer, "p2/camera", &other));
    assert_int_equal(other.packets, 0);
    assert_int_equal(other.lost, 0);
    rtp_session_set_publication(viewer, "1", "p1/camera");
    run(world, 2 * USEC_PER_SEC);
    assert_true(rtp_session_receive_stats(viewer, "p1/camera", &after));
    assert_true(after.packets > before.packets + 100);
    /* What was taken is not told again: the owner has added it to its own sums. */
    struct ended_track ended;
    uint64_t taken = 0;
    while (rtp_session_take_ended(viewer, &ended)) {
        assert_string_equal(ended.publication, "p1/camera");
        taken += ended.stats.packets;
    }
    assert_int_equal(taken, before.packets);
    assert_true(rtp_session_receive_stats(viewer, "p1/camera", &other));
    assert_int_equal(other.packets + taken, after.packets);
    world_free(world);
}

static void an_outage_ends_with_a_keyframe(void **state)
{
    (void)state;
    struct world *world = world_new(3);
    run(world, 3 * USEC_PER_SEC);
    world->loss = 1;
    run(world, 4 * USEC_PER_SEC);
    uint32_t before = world->received_frames;
    unsigned keyframes = world->keyframes;
    world->loss = 0;
    run(world, 2 * USEC_PER_SEC);
    assert_int_equal(world->out_of_order, 0);
    assert_true(world->keyframes > keyframes && world->keyframes <= keyframes + 4);
    assert_true(world->received_frames - before > 30); /* of 60: media flows again within a second */
    world_free(world);
}

static void reordering_costs_no_keyframe(void **state)
{
    (void)state;
    struct world *world = world_new(4);
    world->jitter = 15 * MS;
    run(world, 10 * USEC_PER_SEC);
    assert_int_equal(world->out_of_order, 0);
    assert_true(world->keyframes <= 2);
    assert_in_range(world->received_frames, world->sent_frames - 2, world->sent_frames);
    world_free(world);
}

static void what_is_malformed_is_counted_and_dropped(void **state)
{
    (void)state;
    struct world *world = world_new(5);
    run(world, USEC_PER_SEC);
    uint8_t data[200];
    for (int i = 0; i < 20000; i++) {
        size_t length = (size_t)rng_below(&world->rng, sizeof data + 1);
        for (size_t k = 0; k < length; k++)
            data[k] = (uint8_t)rng_u32(&world->rng);
        if (length > 0)
            data[0] = (uint8_t)(0x80 | (data[0] & 0x3f));
        if (i % 2)
            rtp_session_rtp(world->sessions[1], data, length, world->now);
        else
            rtp_session_rtcp(world->sessions[1], data, length, world->now, WALL);
    }
    struct rtp_session_stats stats;
    rtp_session_get_stats(world->sessions[1], &stats);
    assert_true(stats.bad_packets + stats.unknown_packets > 5000);
    assert_true(stats.bad_rtcp > 0);
    uint32_t before = world->received_frames;
    run(world, USEC_PER_SEC);
    assert_true(world->received_frames - before > 25);
    world_free(world);
}

/* A REMB is sent where it was negotiated, and only there. */
static void who_knows_no_other_feedback_is_sent_rembs(void **state)
{
    static const struct {
        const char *unknown[3];
        bool has_feedback, has_remb;
    } cases[] = {
        {{NULL}, true, false},
        {{"transport-wide-cc", NULL}, false, true},
        {{"transport-wide-cc", "goog-remb", NULL}, false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world *world = world_of(7, cases[i].unknown);
        struct rtp_session_stats stats;
        run(world, 5 * USEC_PER_SEC);
        rtp_session_get_stats(world->sessions[0], &stats);
        assert_int_equal(stats.feedbacks > 0, cases[i].has_feedback);
        assert_int_equal(stats.remb_bps > 0, cases[i].has_remb);
        if (cases[i].has_remb) /* half above what comes */
            assert_in_range(stats.remb_bps, 1000000, 2500000);
        world_free(world);
    }
}

/* In a Mesh a keyframe that one participant asks for goes to all others, too. */
static void keyframes_that_a_participant_asks_for_have_a_budget(void **state)
{
    (void)state;
    struct world *world = world_new(8);
    for (int i = 0; i < 600; i++) { /* for half a minute, 20 times a second */
        run(world, 50 * MS);
        uint8_t pli[32];
        struct rtcp_writer writer;
        rtcp_writer_init(&writer, pli, sizeof pli);
        rtcp_write_pli(&writer, 1, world->sessions[0]->media[1].send_ssrc);
        rtp_session_rtcp(world->sessions[0], pli, writer.length, world->now, WALL + world->now);
    }
    assert_in_range(world->keyframes, 4 + 9, 4 + 11);
    assert_in_range(world->received_frames, world->sent_frames - 2, world->sent_frames);
    /* A request that waits for the budget is fulfilled later. */
    unsigned before = world->keyframes;
    run(world, 4 * USEC_PER_SEC);
    assert_in_range(world->keyframes, before + 1, before + 2);
    world_free(world);
}

static void ssrcs_that_change_with_each_packet_are_not_remembered(void **state)
{
    (void)state;
    struct world *world = world_new(9);
    struct rtp_session *viewer = world->sessions[1];
    uint8_t data[1500];
    size_t length;
    bool is_rtcp;
    run(world, USEC_PER_SEC);
    send_audio(world);
    do
        length = rtp_session_poll(world->sessions[0], data, sizeof data, &is_rtcp, world->now, WALL + world->now);
    while (is_rtcp);
    assert_true(length > 0);
    for (uint32_t ssrc = 1; ssrc <= 10000; ssrc++) {
        put_u32(data + 8, ssrc);
        assert_int_equal(rtp_session_rtp(viewer, data, length, world->now), 0);
        take_frames(world);
    }
    assert_in_range(viewer->by_ssrc.count, 1, 4 + LEARNED_SSRCS);
    uint32_t before = world->received_audio;
    run(world, USEC_PER_SEC);
    assert_in_range(world->received_audio, before + 40, before + 60);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_link_delivers_everything_once),
        cmocka_unit_test(lost_packets_come_back),
        cmocka_unit_test(an_outage_ends_with_a_keyframe),
        cmocka_unit_test(reordering_costs_no_keyframe),
        cmocka_unit_test(what_is_malformed_is_counted_and_dropped),
        cmocka_unit_test(what_a_slot_brought_stays_with_what_it_showed),
        cmocka_unit_test(keyframes_that_a_participant_asks_for_have_a_budget),
        cmocka_unit_test(ssrcs_that_change_with_each_packet_are_not_remembered),
        cmocka_unit_test(who_knows_no_other_feedback_is_sent_rembs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
