/* Simulcast as it was before there were rids: SDP lists an SSRC for each encoding and one that repairs it, and packets
 * say no more. Each viewer gets the encoding of its size, and what is repaired goes where it belongs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "router/router.h"
#include "tests/support/outgoing.h"
#include "tests/support/publisher.h"
#include "tests/support/rtcp.h"
#include "tests/support/video_line.h"
#include "tests/support/viewer.h"
#include "transport/base/error.h"

#define MS USEC_PER_MSEC
#define WALL INT64_C(1700000000000000)
enum { ENCODINGS = 3, SSRC = 500, RTX_SSRC = 600, SLOT_SSRC = 9000 };

struct fixture {
    struct router *router;
    struct participant *publisher, *viewer;
    struct media up, down;
    struct published_stream encodings[ENCODINGS];
    const unsigned *sizes; /* of each encoding; 0: the smallest */
    uint16_t rtx_sequence, picture;
    unsigned plis[ENCODINGS], received[ENCODINGS], gaps, packets; /* by the encoding that wrote them */
    uint16_t last_sequence;
    bool drops; /* the top encoding's next packet gets lost */
    struct published_packet lost;
    usec_t now;
};

static const struct router_send sends[] = {{"v", "camera", false}};
static const struct router_receive receives[] = {{"v", "p/camera"}};

static const unsigned orders[][ENCODINGS] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}};

static struct fixture *set_up(const unsigned sizes[ENCODINGS])
{
    static struct fixture fixture;
    struct fixture *f = &fixture;
    *f = (struct fixture){.now = USEC_PER_SEC, .up = video_line("v"), .down = video_line("v"), .sizes = sizes};
    f->up.receive = true;
    f->up.encoding_count = ENCODINGS;
    for (unsigned i = 0; i < ENCODINGS; i++) {
        f->encodings[i] = (struct published_stream){.ssrc = SSRC + i, .payload_type = VP8, .clock_rate = 90000};
        f->up.encodings[i] = (struct media_encoding){.ssrc = SSRC + i, .rtx_ssrc = RTX_SSRC + i};
    }
    f->down.send = true;
    f->down.send_ssrc = SLOT_SSRC;
    f->down.send_rtx_ssrc = SLOT_SSRC + 1;
    f->router = router_new(&(struct router_config){.start_bps = 10000000}, 1);
    assert_int_equal(router_join(f->router, &f->publisher, "room", "p", 1, f->now), 0);
    participant_configure(f->publisher, &f->up, 1, sends, 1, NULL, 0, f->now);
    participant_set_ready(f->publisher, true, f->now);
    assert_int_equal(router_join(f->router, &f->viewer, "room", "s", 2, f->now), 0);
    participant_configure(f->viewer, &f->down, 1, NULL, 0, receives, 1, f->now);
    participant_set_ready(f->viewer, true, f->now);
    return f;
}

static void tear_down(struct fixture *f)
{
    router_leave(f->router, f->viewer, f->now);
    router_leave(f->router, f->publisher, f->now);
    router_free(f->router);
}

/* A frame of one packet that ends in its encoding's number. */
static void send_frame(struct fixture *f, unsigned encoding)
{
    static const uint8_t numbers[ENCODINGS] = {0, 1, 2};
    uint8_t data[PACKET_CAPACITY];
    struct published_packet packet = {.marker = true,
                                      .is_vp8 = true,
                                      .vp8 = {.is_start = true,
                                              .has_picture = true,
                                              .picture = f->picture,
                                              .is_key = f->plis[encoding] > 0 || f->encodings[encoding].packets == 0,
                                              .width = 160u << f->sizes[encoding],
                                              .height = 90u << f->sizes[encoding]},
                                      .payload = {.data = &numbers[encoding], .length = 1}};
    size_t length = published_stream_write(&f->encodings[encoding], data, &packet, f->now);
    f->plis[encoding] = 0;
    if (!f->drops || encoding != ENCODINGS - 1) {
        assert_int_equal(participant_rtp(f->publisher, data, length, f->now), 0);
        return;
    }
    f->drops = false;
    f->lost = packet;
}

static void resend_lost(struct fixture *f)
{
    uint8_t data[PACKET_CAPACITY];
    const struct published_packet packet =
        published_packet_rtx(&f->lost, RTX_SSRC + ENCODINGS - 1, RTX, ++f->rtx_sequence);
    assert_int_equal(participant_rtp(f->publisher, data, published_packet_write(data, &packet), f->now), 0);
}

static void take_rtp(struct fixture *f, const uint8_t *data, size_t length)
{
    struct rtp_header header;
    assert_int_equal(rtp_parse(&header, data, length), 0);
    if (header.payload_type != VP8) /* probes */
        return;
    assert_int_equal(header.ssrc, SLOT_SSRC);
    if (f->packets > 0 && (int16_t)(header.sequence - f->last_sequence) > 1)
        f->gaps++;
    if (f->packets == 0 || (int16_t)(header.sequence - f->last_sequence) > 0)
        f->last_sequence = header.sequence;
    f->packets++;
    assert_true(data[length - 1] < ENCODINGS);
    f->received[data[length - 1]]++;
}

static void take_rtcp(struct fixture *f, const uint8_t *data, size_t length)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    uint32_t sender, media;
    rtcp_reader_init(&reader, data, length);
    while (rtcp_next(&reader, &packet) == 1)
        if (rtcp_is_pli(&packet) && rtcp_read_feedback(&packet, &sender, &media) == 0) {
            assert_in_range(media, SSRC, SSRC + ENCODINGS - 1);
            f->plis[media - SSRC]++;
        }
}

static void turn(struct fixture *f)
{
    struct outgoing outgoing = {0};
    struct router_event event;
    if (router_next(f->router) <= f->now)
        router_timeout(f->router, f->now, WALL + f->now);
    while (outgoing_next(&outgoing, f->router, f->now))
        if (!outgoing.is_rtcp)
            take_rtp(f, outgoing.data, outgoing.length);
        else if (outgoing.participant == f->publisher)
            take_rtcp(f, outgoing.data, outgoing.length);
    while (router_poll_event(f->router, &event)) {
    }
}

static void play(struct fixture *f, usec_t duration)
{
    memset(f->received, 0, sizeof f->received);
    for (usec_t end = f->now + duration; f->now < end; f->now += 33 * MS) {
        uint8_t data[VIEWER_SIGN_MAX];
        f->picture = (f->picture + 1) & 0x7fff;
        for (unsigned encoding = 0; encoding < ENCODINGS; encoding++)
            send_frame(f, encoding);
        assert_int_equal(participant_rtcp(f->viewer, data, viewer_write_sign(data, 0), f->now, WALL + f->now), 0);
        turn(f);
    }
}

static void ask_for(struct fixture *f, unsigned size)
{
    struct router_request request = {
        .mid = "v", .width = (uint16_t)(160u << size), .height = (uint16_t)(90u << size), .priority = 1};
    participant_receive(f->viewer, &request, 1, f->now);
}

/* Whatever order the offer lists them in. */
static void each_size_gets_its_encoding(void **state)
{
    static const unsigned wishes[] = {2, 0, 1, 2, 1, 0};
    (void)state;
    for (size_t order = 0; order < sizeof orders / sizeof orders[0]; order++) {
        struct fixture *f = set_up(orders[order]);
        struct participant_stats stats;
        struct publication_stats publication;
        unsigned smallest = 0;
        play(f, 3000 * MS);
        for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
            ask_for(f, wishes[i]);
            play(f, 2000 * MS); /* it moves there */
            play(f, 1000 * MS);
            for (unsigned encoding = 0; encoding < ENCODINGS; encoding++) {
                bool is_wanted = f->sizes[encoding] == wishes[i];
                assert_in_range(f->received[encoding], is_wanted ? 29 : 0, is_wanted ? 31 : 0);
            }
        }
        assert_int_equal(f->gaps, 0);
        while (f->sizes[smallest] != 0)
            smallest++;
        assert_int_equal(participant_publications(f->publisher, &publication, 1), 1);
        assert_int_equal(publication.asked_encodings, 1u << smallest); /* nobody watches the others */
        participant_get_stats(f->publisher, &stats);
        assert_int_equal(stats.unknown_ssrc + stats.unknown_payload + stats.bad_packets, 0);
        tear_down(f);
    }
}

static void a_repaired_packet_goes_to_its_encoding(void **state)
{
    struct fixture *f = set_up(orders[0]);
    struct participant_stats stats;
    (void)state;
    play(f, 3000 * MS);
    f->drops = true;
    play(f, 100 * MS);
    assert_int_equal(f->gaps, 1);
    unsigned before = f->received[ENCODINGS - 1];
    resend_lost(f);
    turn(f);
    assert_int_equal(f->received[ENCODINGS - 1], before + 1);
    participant_get_stats(f->publisher, &stats);
    assert_int_equal(stats.in.retransmissions, 1);
    assert_int_equal(stats.unknown_ssrc, 0);
    tear_down(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_size_gets_its_encoding),
        cmocka_unit_test(a_repaired_packet_goes_to_its_encoding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
