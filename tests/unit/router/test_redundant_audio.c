/* Redundant audio through the router: a receiver with RED whose link loses packets is sent RED, every other one is sent
 * the newest block of each packet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "router/router.h"
#include "tests/support/outgoing.h"
#include "tests/support/publisher.h"
#include "transport/base/error.h"

#define COUNT(array) (sizeof array / sizeof(array)[0])
#define PACKETS_MAX 64

enum { UP_OPUS = 111, UP_RED = 63, PLAIN_OPUS = 97, OTHER_OPUS = 109, OTHER_RED = 120 };
enum { PUBLISHER_SSRC = 20, SAME_SSRC = 1000, PLAIN_SSRC = 2000, OTHER_SSRC = 3000 };

struct received {
    struct rtp_header rtp;
    uint8_t payload[64];
};

struct viewer {
    struct participant *participant;
    size_t count;
    struct received packets[PACKETS_MAX];
};

/* "same" calls the codecs as the publisher does, "plain" has Opus alone, "other" has both under other numbers. */
enum { SAME, PLAIN, OTHER, VIEWERS };

struct fixture {
    struct router *router;
    struct participant *publisher;
    struct viewer viewers[VIEWERS];
    usec_t now;
};

static struct media line(uint8_t opus, uint8_t red)
{
    struct media media = {.mid = "a", .kind = MEDIA_AUDIO, .codec_count = red != 0 ? 2 : 1};
    media.codecs[0] = (struct media_codec){.codec = CODEC_OPUS,
                                           .payload_type = opus,
                                           .rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE,
                                           .clock_rate = 48000,
                                           .channels = 2};
    media.codecs[1] = media.codecs[0];
    media.codecs[1].codec = CODEC_RED;
    media.codecs[1].payload_type = red;
    media.codecs[1].primary_payload_type = opus;
    return media;
}

static void add_viewer(struct fixture *f, int index, uint8_t opus, uint8_t red, uint32_t ssrc)
{
    static const char *const ids[] = {"same", "plain", "other"};
    static const struct router_receive receives[] = {{"a", "p/microphone"}};
    struct viewer *viewer = &f->viewers[index];
    struct media media = line(opus, red);
    media.send = true;
    media.send_ssrc = ssrc;
    assert_int_equal(router_join(f->router, &viewer->participant, "room", ids[index], 2 + (uint64_t)index, f->now), 0);
    participant_configure(viewer->participant, &media, 1, NULL, 0, receives, 1, f->now);
    participant_set_ready(viewer->participant, true, f->now);
}

static struct fixture *set_up(void)
{
    static const struct router_send sends[] = {{"a", "microphone", false}};
    static struct fixture f;
    f = (struct fixture){.now = USEC_PER_SEC};
    f.router = router_new(&(struct router_config){0}, 7);
    struct media media = line(UP_OPUS, UP_RED);
    media.receive = true;
    media.encoding_count = 1;
    media.encodings[0].ssrc = PUBLISHER_SSRC;
    assert_int_equal(router_join(f.router, &f.publisher, "room", "p", 1, f.now), 0);
    participant_configure(f.publisher, &media, 1, sends, 1, NULL, 0, f.now);
    participant_set_ready(f.publisher, true, f.now);
    add_viewer(&f, SAME, UP_OPUS, UP_RED, SAME_SSRC);
    add_viewer(&f, PLAIN, PLAIN_OPUS, 0, PLAIN_SSRC);
    add_viewer(&f, OTHER, OTHER_OPUS, OTHER_RED, OTHER_SSRC);
    return &f;
}

static void tear_down(struct fixture *f)
{
    router_leave(f->router, f->publisher, f->now);
    for (int i = 0; i < VIEWERS; i++)
        router_leave(f->router, f->viewers[i].participant, f->now);
    router_free(f->router);
}

static void drain(struct fixture *f)
{
    struct outgoing outgoing = {0};
    while (outgoing_next(&outgoing, f->router, f->now)) {
        if (outgoing.is_rtcp)
            continue;
        struct viewer *viewer = &f->viewers[participant_connection(outgoing.participant) - 2];
        struct received *received = &viewer->packets[viewer->count++];
        assert_true(viewer->count <= PACKETS_MAX);
        assert_int_equal(rtp_parse(&received->rtp, outgoing.data, outgoing.length), 0);
        assert_true(received->rtp.payload_length <= sizeof received->payload);
        memcpy(received->payload, outgoing.data + received->rtp.payload_offset, received->rtp.payload_length);
    }
}

static int send(struct fixture *f, uint8_t payload_type, uint16_t sequence, const void *payload, size_t length)
{
    uint8_t data[512];
    const struct published_packet packet = {.payload_type = payload_type,
                                            .sequence = sequence,
                                            .timestamp = sequence * 960u,
                                            .ssrc = PUBLISHER_SSRC,
                                            .payload = {.data = payload, .length = length}};
    int error = participant_rtp(f->publisher, data, published_packet_write(data, &packet), f->now);
    drain(f);
    return error;
}

static void expect_last(const struct fixture *f, int index, uint8_t payload_type, const void *payload, size_t length)
{
    const struct viewer *viewer = &f->viewers[index];
    assert_true(viewer->count > 0);
    const struct received *last = &viewer->packets[viewer->count - 1];
    assert_int_equal(last->rtp.payload_type, payload_type);
    assert_int_equal(last->rtp.payload_length, length);
    assert_memory_equal(last->payload, payload, length);
}

static void report(struct fixture *f, int index, uint8_t fraction_lost)
{
    static const uint32_t ssrcs[] = {SAME_SSRC, PLAIN_SSRC, OTHER_SSRC};
    const struct viewer *viewer = &f->viewers[index];
    uint8_t data[64];
    struct rtcp_writer writer;
    struct rtcp_report_block block = {.ssrc = ssrcs[index],
                                      .fraction_lost = fraction_lost,
                                      .highest_sequence = viewer->packets[viewer->count - 1].rtp.sequence};
    rtcp_writer_init(&writer, data, sizeof data);
    rtcp_write_rr(&writer, 1, &block, 1);
    assert_int_equal(participant_rtcp(viewer->participant, data, writer.length, f->now, 0), 0);
}

/* One packet has come, and both with RED have lost some. */
static struct fixture *set_up_lossy(void)
{
    struct fixture *f = set_up();
    send(f, UP_OPUS, 0, "one", 3);
    report(f, SAME, 8);
    report(f, OTHER, 8);
    for (int i = 0; i < VIEWERS; i++)
        f->viewers[i].count = 0;
    return f;
}

static const uint8_t one_older[] = {0x80 | UP_OPUS, 0x0f, 0, 2, UP_OPUS, 'o', 'l', 'n', 'e', 'w'};

static void each_gets_what_it_can_play(void **state)
{
    static const uint8_t renamed[] = {0x80 | OTHER_OPUS, 0x0f, 0, 2, OTHER_OPUS, 'o', 'l', 'n', 'e', 'w'};
    struct fixture *f = set_up_lossy();
    (void)state;
    assert_int_equal(send(f, UP_RED, 1, one_older, sizeof one_older), 0);
    expect_last(f, SAME, UP_RED, one_older, sizeof one_older);
    expect_last(f, PLAIN, PLAIN_OPUS, "new", 3);
    expect_last(f, OTHER, OTHER_RED, renamed, sizeof renamed);
    send(f, UP_OPUS, 2, "opus", 4); /* a publisher may leave RED off at any time */
    expect_last(f, SAME, UP_OPUS, "opus", 4);
    expect_last(f, PLAIN, PLAIN_OPUS, "opus", 4);
    expect_last(f, OTHER, OTHER_OPUS, "opus", 4);
    for (int i = 0; i < VIEWERS; i++)
        assert_int_equal(f->viewers[i].packets[1].rtp.sequence, f->viewers[i].packets[0].rtp.sequence + 1);
    tear_down(f);
}

static void losses_stay_losses(void **state)
{
    struct fixture *f = set_up_lossy();
    (void)state;
    send(f, UP_RED, 1, one_older, sizeof one_older);
    send(f, UP_RED, 4, one_older, sizeof one_older);
    send(f, UP_RED, 3, one_older, sizeof one_older);
    for (int i = 0; i < VIEWERS; i++) {
        const struct received *packets = f->viewers[i].packets;
        assert_int_equal(f->viewers[i].count, 3);
        assert_int_equal(packets[1].rtp.sequence, packets[0].rtp.sequence + 3);
        assert_int_equal(packets[2].rtp.sequence, packets[0].rtp.sequence + 2);
        assert_int_equal(packets[2].rtp.timestamp, packets[0].rtp.timestamp + 2 * 960);
    }
    tear_down(f);
}

/* More blocks than fit into what is written anew for each receiver: the newest alone is as good. */
static void many_blocks_under_another_name_go_out_as_opus(void **state)
{
    struct fixture *f = set_up_lossy();
    uint8_t payload[12 * 4 + 1 + 3];
    (void)state;
    for (size_t i = 0; i < 12; i++)
        memcpy(payload + 4 * i, (const uint8_t[]){0x80 | UP_OPUS, 0x0f, 0, 0}, 4);
    payload[48] = UP_OPUS;
    memcpy(payload + 49, "new", 3);
    send(f, UP_RED, 1, payload, sizeof payload);
    expect_last(f, SAME, UP_RED, payload, sizeof payload);
    expect_last(f, PLAIN, PLAIN_OPUS, "new", 3);
    expect_last(f, OTHER, OTHER_OPUS, "new", 3);
    tear_down(f);
}

static void what_cannot_be_unwrapped_is_counted_and_goes_to_nobody(void **state)
{
    static const struct {
        uint8_t payload[8];
        size_t length;
    } bad[] = {
        {{0x80 | UP_OPUS}, 1},                      /* half a header */
        {{0x80 | UP_OPUS, 0xff, 0xff, 0xff}, 4},    /* nothing behind it */
        {{0x80 | UP_OPUS, 0, 3, 0xff, UP_OPUS}, 5}, /* longer than the packet */
        {{96, 'x'}, 2},                             /* another codec than agreed */
    };
    struct fixture *f = set_up_lossy();
    struct participant_stats stats;
    (void)state;
    send(f, UP_RED, 1, one_older, sizeof one_older);
    for (size_t i = 0; i < COUNT(bad); i++)
        send(f, UP_RED, (uint16_t)(2 + i), bad[i].payload, bad[i].length);
    participant_get_stats(f->publisher, &stats);
    assert_int_equal(stats.bad_packets, COUNT(bad));
    send(f, UP_RED, 2 + COUNT(bad), one_older, sizeof one_older);
    for (int i = 0; i < VIEWERS; i++) {
        assert_int_equal(f->viewers[i].count, 2);
        assert_int_equal(f->viewers[i].packets[1].rtp.sequence, f->viewers[i].packets[0].rtp.sequence + 1);
    }
    tear_down(f);
}

/* Only who takes RED can make something of it. */
static void a_packet_without_a_newest_block_is_for_receivers_of_red(void **state)
{
    static const uint8_t hollow[] = {0x80 | UP_OPUS, 0x0f, 0, 2, UP_OPUS, 'o', 'l'};
    struct fixture *f = set_up_lossy();
    (void)state;
    send(f, UP_RED, 1, one_older, sizeof one_older);
    send(f, UP_RED, 2, hollow, sizeof hollow);
    assert_int_equal(f->viewers[SAME].count, 2);
    assert_int_equal(f->viewers[PLAIN].count, 1);
    send(f, UP_RED, 3, one_older, sizeof one_older);
    assert_int_equal(f->viewers[PLAIN].packets[1].rtp.sequence, f->viewers[PLAIN].packets[0].rtp.sequence + 1);
    tear_down(f);
}

static void redundancy_is_for_links_that_lose_packets(void **state)
{
    struct fixture *f = set_up();
    (void)state;
    send(f, UP_RED, 0, one_older, sizeof one_older);
    send(f, UP_RED, 1, one_older, sizeof one_older);
    expect_last(f, SAME, UP_OPUS, "new", 3);
    report(f, SAME, 1); /* one packet now and then */
    send(f, UP_RED, 2, one_older, sizeof one_older);
    expect_last(f, SAME, UP_OPUS, "new", 3);
    report(f, SAME, 8);
    send(f, UP_RED, 3, one_older, sizeof one_older);
    expect_last(f, SAME, UP_RED, one_older, sizeof one_older);
    expect_last(f, PLAIN, PLAIN_OPUS, "new", 3);
    expect_last(f, OTHER, OTHER_OPUS, "new", 3);
    f->now += 31 * USEC_PER_SEC;
    send(f, UP_RED, 4, one_older, sizeof one_older);
    send(f, UP_RED, 5, one_older, sizeof one_older);
    expect_last(f, SAME, UP_OPUS, "new", 3);
    for (size_t i = 1; i < f->viewers[SAME].count; i++)
        assert_int_equal(f->viewers[SAME].packets[i].rtp.sequence, f->viewers[SAME].packets[0].rtp.sequence + i);
    tear_down(f);
}

/* What is lost on the way to the router is in the packet behind it, for viewers whose own links lose nothing, too. */
static void a_packet_behind_a_gap_keeps_its_redundancy(void **state)
{
    struct fixture *f = set_up();
    (void)state;
    send(f, UP_RED, 0, one_older, sizeof one_older);
    send(f, UP_RED, 2, one_older, sizeof one_older);
    expect_last(f, SAME, UP_RED, one_older, sizeof one_older);
    expect_last(f, PLAIN, PLAIN_OPUS, "new", 3);
    send(f, UP_RED, 3, one_older, sizeof one_older);
    expect_last(f, SAME, UP_OPUS, "new", 3);
    tear_down(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(redundancy_is_for_links_that_lose_packets),
        cmocka_unit_test(a_packet_behind_a_gap_keeps_its_redundancy),
        cmocka_unit_test(each_gets_what_it_can_play),
        cmocka_unit_test(losses_stay_losses),
        cmocka_unit_test(many_blocks_under_another_name_go_out_as_opus),
        cmocka_unit_test(what_cannot_be_unwrapped_is_counted_and_goes_to_nobody),
        cmocka_unit_test(a_packet_without_a_newest_block_is_for_receivers_of_red),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
