/* A participant's packets on their way through an outlet that records them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "router/worker/egress.h"
#include "tests/support/publisher.h"
#include "transport/base/error.h"
#include "transport/wire/rtcp.h"
#include "transport/wire/rtp.h"

#define DATAGRAMS_MAX 256
#define SENT_SSRC 77
#define RECEIVED_SSRC 1000
#define TAG 16
#define WALL INT64_C(1700000000000000)

struct fixture {
    struct egress_outlet outlet; /* first */
    struct egress_batch *batch;
    struct router *router;
    struct participant *publisher, *subscriber;
    usec_t now;
    uint16_t sequence;
    int refuse_from, refuse_count; /* packets that cannot be protected; they are counted from 0 */
    int protected;
    size_t sends, messages, rtp, rtcp;
    size_t lengths[DATAGRAMS_MAX];  /* of RTP as it was sent, without its tag */
    size_t payloads[DATAGRAMS_MAX]; /* of these, without padding */
    uint16_t sequences[DATAGRAMS_MAX];
    uint8_t firsts[DATAGRAMS_MAX]; /* first bytes of payloads */
};

static int protect_rtp(struct egress_outlet *outlet, const struct packet_image *image, uint8_t *out, size_t capacity,
                       size_t *length)
{
    struct fixture *fixture = (struct fixture *)outlet;
    int number = fixture->protected ++;
    if (number >= fixture->refuse_from && number < fixture->refuse_from + fixture->refuse_count)
        return ERR_LIMIT;
    assert_true(image->length + TAG <= capacity);
    memcpy(out, image->header, image->header_length);
    size_t at = image->header_length;
    for (size_t i = 0; i < image->part_count; i++) {
        memcpy(out + at, image->parts[i].data, image->parts[i].length);
        at += image->parts[i].length;
    }
    assert_int_equal(at, image->length);
    memset(out + at, 0xee, TAG);
    *length = at + TAG;
    return 0;
}

static int protect_rtcp(struct egress_outlet *outlet, uint8_t *data, size_t *length)
{
    (void)outlet;
    memset(data + *length, 0xee, TAG);
    *length += TAG;
    return 0;
}

static void take_datagram(struct fixture *fixture, const uint8_t *data, size_t length)
{
    struct rtp_header header;
    if (packet_classify(data, length) == PACKET_RTCP) {
        fixture->rtcp++;
        return;
    }
    assert_true(fixture->rtp < DATAGRAMS_MAX);
    assert_int_equal(data[length - 1], 0xee);
    assert_int_equal(rtp_parse(&header, data, length - TAG), 0);
    fixture->lengths[fixture->rtp] = length - TAG;
    fixture->payloads[fixture->rtp] = header.payload_length;
    fixture->sequences[fixture->rtp] = header.sequence;
    fixture->firsts[fixture->rtp++] = data[header.payload_offset];
}

static void take_messages(struct egress_outlet *outlet, const struct ice_message *messages, size_t count)
{
    struct fixture *fixture = (struct fixture *)outlet;
    fixture->sends++;
    fixture->messages += count;
    for (size_t i = 0; i < count; i++) {
        size_t step = messages[i].segment_size > 0 ? messages[i].segment_size : messages[i].length;
        for (size_t at = 0; at < messages[i].length; at += step) {
            size_t left = messages[i].length - at;
            take_datagram(fixture, messages[i].data + at, left < step ? left : step);
        }
    }
}

static const struct egress_outlet_ops ops = {protect_rtp, protect_rtcp, take_messages};

static void set_up(struct fixture *fixture)
{
    static const struct router_send sends[] = {{"a", "microphone", false}};
    static const struct router_receive receives[] = {{"a", "p/microphone"}};
    struct media media = {.mid = "a",
                          .kind = MEDIA_AUDIO,
                          .receive = true,
                          .codec_count = 1,
                          .codecs = {{.codec = CODEC_OPUS,
                                      .payload_type = 111,
                                      .rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE,
                                      .clock_rate = 48000,
                                      .channels = 2}},
                          .encoding_count = 1,
                          .encodings = {{.ssrc = RECEIVED_SSRC}}};
    *fixture = (struct fixture){.outlet = {&ops}, .batch = egress_new(NULL), .now = USEC_PER_SEC};
    fixture->router = router_new(&(struct router_config){0}, 7);
    assert_int_equal(router_join(fixture->router, &fixture->publisher, "room", "p", 1, fixture->now), 0);
    assert_int_equal(router_join(fixture->router, &fixture->subscriber, "room", "s", 2, fixture->now), 0);
    participant_configure(fixture->publisher, &media, 1, sends, 1, NULL, 0, fixture->now);
    media.receive = false;
    media.send = true;
    media.encoding_count = 0;
    media.send_ssrc = SENT_SSRC;
    participant_configure(fixture->subscriber, &media, 1, NULL, 0, receives, 1, fixture->now);
    participant_set_ready(fixture->publisher, true, fixture->now);
    participant_set_ready(fixture->subscriber, true, fixture->now);
}

static void tear_down(struct fixture *fixture)
{
    router_leave(fixture->router, fixture->publisher, fixture->now);
    router_leave(fixture->router, fixture->subscriber, fixture->now);
    router_free(fixture->router);
    egress_free(fixture->batch);
}

static size_t write_packet(uint8_t *data, uint16_t sequence, size_t length, uint8_t fill)
{
    return published_packet_write(data, &(struct published_packet){.payload_type = 111,
                                                                   .sequence = sequence,
                                                                   .timestamp = sequence * 960u,
                                                                   .ssrc = RECEIVED_SSRC,
                                                                   .payload = {.size = length, .fill = fill}});
}

/* A packet of the publisher with so much payload. */
static void publish(struct fixture *fixture, size_t length)
{
    uint8_t data[PACKET_CAPACITY];
    fixture->sequence++;
    size_t size = write_packet(data, fixture->sequence, length, (uint8_t)fixture->sequence);
    assert_int_equal(participant_rtp(fixture->publisher, data, size, fixture->now), 0);
}

static void flush(struct fixture *fixture)
{
    struct participant *participant;
    while ((participant = router_poll(fixture->router)) != NULL)
        egress_flush(fixture->batch, participant, &fixture->outlet, fixture->now);
    egress_hand_over(fixture->batch);
}

static void test_packets_of_one_size_leave_as_one_message(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture);
    for (int i = 0; i < 5; i++)
        publish(&fixture, 160);
    flush(&fixture);
    assert_int_equal(fixture.rtp, 5);
    assert_int_equal(fixture.messages, 1);
    assert_int_equal(fixture.sends, 1);
    tear_down(&fixture);
}

static void test_nearly_one_size_is_padded_and_the_payload_stays(void **state)
{
    static const size_t lengths[] = {400, 390, 395, 400, 100};
    struct fixture fixture;
    (void)state;
    set_up(&fixture);
    for (size_t i = 0; i < 5; i++)
        publish(&fixture, lengths[i]);
    flush(&fixture);
    assert_int_equal(fixture.messages, 1);
    assert_int_equal(fixture.rtp, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(fixture.payloads[i], lengths[i]);
        assert_int_equal(fixture.lengths[i], i < 4 ? fixture.lengths[0] : fixture.lengths[4]);
        assert_int_equal((uint16_t)(fixture.sequences[i] - fixture.sequences[0]), i);
        assert_int_equal(fixture.firsts[i], i + 1);
    }
    tear_down(&fixture);
}

static void test_sizes_far_apart_leave_as_messages_of_their_own(void **state)
{
    static const size_t lengths[] = {100, 400, 700, 1000};
    struct fixture fixture;
    (void)state;
    set_up(&fixture);
    for (size_t i = 0; i < 4; i++)
        publish(&fixture, lengths[i]);
    flush(&fixture);
    assert_int_equal(fixture.messages, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(fixture.payloads[i], lengths[i]);
    assert_int_equal(fixture.lengths[1] - fixture.lengths[0], 300); /* no padding */
    tear_down(&fixture);
}

static void test_more_packets_than_go_at_once(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture);
    for (int i = 0; i < EGRESS_BURST + 10; i++)
        publish(&fixture, 50);
    flush(&fixture);
    assert_int_equal(fixture.rtp, EGRESS_BURST);
    assert_int_equal(fixture.messages, 1);
    fixture.now += 2 * USEC_PER_MSEC;
    router_timeout(fixture.router, fixture.now, WALL + fixture.now);
    flush(&fixture);
    assert_int_equal(fixture.rtp, EGRESS_BURST + 10);
    assert_int_equal(fixture.messages, 2);
    for (size_t i = 0; i < EGRESS_BURST + 10; i++)
        assert_int_equal(fixture.firsts[i], i + 1);
    tear_down(&fixture);
}

static void test_what_cannot_be_protected_is_left_out(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture);
    fixture.refuse_from = 1;
    fixture.refuse_count = 2;
    for (int i = 0; i < 5; i++)
        publish(&fixture, 160);
    flush(&fixture);
    assert_int_equal(fixture.rtp, 3);
    assert_int_equal(fixture.firsts[0], 1);
    assert_int_equal(fixture.firsts[1], 4);
    assert_int_equal(fixture.firsts[2], 5);
    assert_int_equal(fixture.messages, 1); /* no hole in the arena */
    tear_down(&fixture);
}

static void test_reports_leave_with_the_media(void **state)
{
    struct fixture fixture;
    (void)state;
    set_up(&fixture);
    for (int i = 0; i < 300 && fixture.rtcp == 0; i++) {
        publish(&fixture, 160);
        fixture.now += 20 * USEC_PER_MSEC;
        if (router_next(fixture.router) <= fixture.now)
            router_timeout(fixture.router, fixture.now, WALL + fixture.now);
        flush(&fixture);
    }
    assert_true(fixture.rtcp > 0);
    tear_down(&fixture);
}

static void test_datagrams_go_to_the_outlet_together_and_as_they_are(void **state)
{
    struct fixture fixture;
    uint8_t data[RTP_HEADER_SIZE + 20 + TAG];
    (void)state;
    set_up(&fixture);
    memset(data + write_packet(data, 9, 20, 0x55), 0xee, TAG);
    egress_datagram(fixture.batch, &fixture.outlet, data, sizeof data);
    egress_datagram(fixture.batch, &fixture.outlet, data, sizeof data);
    egress_datagram(fixture.batch, &fixture.outlet, data, sizeof data - 1); /* the last may be smaller */
    assert_int_equal(fixture.sends, 0);
    egress_datagrams_end(fixture.batch, &fixture.outlet);
    assert_int_equal(fixture.sends, 1);
    assert_int_equal(fixture.messages, 1);
    assert_int_equal(fixture.rtp, 3);
    assert_int_equal(fixture.sequences[0], 9);
    assert_int_equal(fixture.firsts[0], 0x55);
    assert_int_equal(fixture.protected, 0);
    tear_down(&fixture);
}

/* The sockets have to be done with the arena before it begins again. */
static void test_more_than_the_arena_holds(void **state)
{
    struct fixture fixture;
    uint8_t data[RTP_HEADER_SIZE + 1000 + TAG];
    (void)state;
    set_up(&fixture);
    for (int i = 0; i < 10000; i++) {
        fixture.rtp = 0;
        (void)write_packet(data, (uint16_t)i, 1000 + TAG, 0xee);
        egress_datagram(fixture.batch, &fixture.outlet, data, sizeof data);
        egress_datagrams_end(fixture.batch, &fixture.outlet);
        assert_int_equal(fixture.rtp, 1);
        assert_int_equal(fixture.sequences[0], (uint16_t)i);
    }
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packets_of_one_size_leave_as_one_message),
        cmocka_unit_test(test_nearly_one_size_is_padded_and_the_payload_stays),
        cmocka_unit_test(test_sizes_far_apart_leave_as_messages_of_their_own),
        cmocka_unit_test(test_more_packets_than_go_at_once),
        cmocka_unit_test(test_what_cannot_be_protected_is_left_out),
        cmocka_unit_test(test_reports_leave_with_the_media),
        cmocka_unit_test(test_datagrams_go_to_the_outlet_together_and_as_they_are),
        cmocka_unit_test(test_more_than_the_arena_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
