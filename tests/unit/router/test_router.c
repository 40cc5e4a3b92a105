#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "router/router.h"
#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/wire/rtcp.h"

#define MS USEC_PER_MSEC
#define WALL INT64_C(1700000000000000)
#define PACKETS_MAX 256

enum { ID_MID = 1, ID_RID = 2, ID_RRID = 3, ID_LEVEL = 4 };
enum { UP_VP8 = 96, UP_RTX = 97, UP_OPUS = 111, DOWN_VP8 = 100, DOWN_RTX = 101, DOWN_OPUS = 109 };
enum { SLOT_AUDIO = 1000, SLOT_VIDEO = 2000, SLOT_VIDEO_RTX = 2001 };

/* One publisher "p" and one subscriber "s", and what the router sent to each. */
struct outbox {
    size_t count;
    struct rtp_header packets[PACKETS_MAX];
    uint8_t payloads[PACKETS_MAX][16];
    bool has_mid[PACKETS_MAX];
    unsigned rtcp_packets, plis, nacks, byes;
    uint16_t nacked;
    bool has_sr, has_report;
    struct rtcp_sender_info sr;
    struct rtcp_report_block report;
};

struct fixture {
    struct router *router;
    struct participant *p, *s;
    struct outbox to_p, to_s;
    struct media up[2], down[2];
    usec_t now;
};

static void describe(struct fixture *fixture, size_t encodings)
{
    static const struct media_codec opus = {.codec = CODEC_OPUS,
                                            .payload_type = UP_OPUS,
                                            .rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE,
                                            .clock_rate = 48000,
                                            .channels = 2};
    static const struct media_codec vp8 = {.codec = CODEC_VP8,
                                           .payload_type = UP_VP8,
                                           .rtx_payload_type = UP_RTX,
                                           .clock_rate = 90000,
                                           .channels = 1,
                                           .nack = true,
                                           .pli = true};
    struct media audio = {.mid = "a", .kind = MEDIA_AUDIO, .receive = true, .codec_count = 1, .codecs = {opus}};
    struct media video = {.mid = "v", .kind = MEDIA_VIDEO, .receive = true, .codec_count = 1, .codecs = {vp8}};
    audio.extensions.id[EXTENSION_MID] = video.extensions.id[EXTENSION_MID] = ID_MID;
    audio.extensions.id[EXTENSION_AUDIO_LEVEL] = ID_LEVEL;
    video.extensions.id[EXTENSION_RID] = ID_RID;
    video.extensions.id[EXTENSION_REPAIRED_RID] = ID_RRID;
    video.encoding_count = encodings;
    for (size_t i = 0; i < encodings; i++)
        snprintf(video.encodings[i].rid, sizeof video.encodings[i].rid, "%c", "qhf"[i]);
    audio.rtcp_reduced_size = video.rtcp_reduced_size = true;
    fixture->up[0] = fixture->down[0] = audio;
    fixture->up[1] = fixture->down[1] = video;
    for (int i = 0; i < 2; i++) {
        fixture->down[i].receive = false;
        fixture->down[i].send = true;
        fixture->down[i].encoding_count = 0;
    }
    fixture->down[0].codecs[0].payload_type = DOWN_OPUS;
    fixture->down[1].codecs[0].payload_type = DOWN_VP8;
    fixture->down[1].codecs[0].rtx_payload_type = DOWN_RTX;
    fixture->down[0].send_ssrc = SLOT_AUDIO;
    fixture->down[1].send_ssrc = SLOT_VIDEO;
    fixture->down[1].send_rtx_ssrc = SLOT_VIDEO_RTX;
}

static const struct router_send sends[] = {{"a", "microphone", false}, {"v", "camera", false}};
static const struct router_receive receives[] = {{"a", "p/microphone"}, {"v", "p/camera"}};

static void configure_p(struct fixture *fixture, size_t send_count)
{
    participant_configure(fixture->p, fixture->up, 2, sends, send_count, NULL, 0, fixture->now);
}

static void configure_s(struct fixture *fixture, size_t lines)
{
    participant_configure(fixture->s, fixture->down, lines, NULL, 0, receives, lines, fixture->now);
}

static struct fixture *set_up(size_t encodings)
{
    static struct fixture fixture;
    fixture = (struct fixture){.now = USEC_PER_SEC};
    fixture.router = router_new(&(struct router_config){0}, 7);
    describe(&fixture, encodings);
    assert_int_equal(router_join(fixture.router, &fixture.p, "room", "p", 1, fixture.now), 0);
    assert_int_equal(router_join(fixture.router, &fixture.s, "room", "s", 2, fixture.now), 0);
    configure_s(&fixture, 2); /* before there is anything to receive */
    configure_p(&fixture, 2);
    participant_set_ready(fixture.p, true, fixture.now);
    participant_set_ready(fixture.s, true, fixture.now);
    return &fixture;
}

static void tear_down(struct fixture *fixture)
{
    struct router_stats stats;
    if (fixture->p != NULL)
        router_leave(fixture->router, fixture->p, fixture->now);
    router_leave(fixture->router, fixture->s, fixture->now);
    router_get_stats(fixture->router, &stats);
    assert_int_equal(stats.rooms + stats.participants + stats.publications + stats.slots + stats.packets_held, 0);
    router_free(fixture->router);
}

static void take_rtcp(struct outbox *outbox, const uint8_t *data, size_t length)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    int result;
    rtcp_reader_init(&reader, data, length);
    while ((result = rtcp_next(&reader, &packet)) == 1) {
        outbox->rtcp_packets++;
        outbox->plis += packet.type == RTCP_PSFB && packet.count == PSFB_PLI;
        outbox->byes += packet.type == RTCP_BYE;
        if (packet.type == RTCP_RTPFB && packet.count == RTPFB_NACK) {
            outbox->nacks++;
            assert_true(rtcp_read_nack(&packet, &outbox->nacked, 1) >= 1);
        }
        if (packet.type == RTCP_SR)
            outbox->has_sr = rtcp_read_sr(&packet, &outbox->sr) == 0;
        if (packet.type == RTCP_RR)
            outbox->has_report = rtcp_read_report(&packet, 0, &outbox->report) == 0 || outbox->has_report;
    }
    assert_int_equal(result, 0);
}

static void drain(struct fixture *fixture)
{
    struct participant *participant;
    uint8_t data[PACKET_CAPACITY];
    size_t length;
    while ((participant = router_poll(fixture->router)) != NULL) {
        struct outbox *outbox = participant == fixture->p ? &fixture->to_p : &fixture->to_s;
        const struct egress *items;
        size_t count = participant_egress(participant, &items, fixture->now);
        for (size_t i = 0; i < count; i++) {
            assert_true(outbox->count < PACKETS_MAX);
            struct rtp_header *header = &outbox->packets[outbox->count];
            struct extension_values values;
            length = participant_write(participant, &items[i], data, fixture->now);
            assert_int_equal(rtp_parse(header, data, length), 0);
            assert_int_equal(extension_parse(&values, &fixture->down[1].extensions, data, header), 0);
            outbox->has_mid[outbox->count] = values.at[EXTENSION_MID].length > 0;
            size_t head = header->payload_length < 16 ? header->payload_length : 16;
            memcpy(outbox->payloads[outbox->count++], data + header->payload_offset, head);
        }
        participant_sent(participant, fixture->now);
        while ((length = participant_poll_rtcp(participant, data, sizeof data)) > 0)
            take_rtcp(outbox, data, length);
    }
}

/* Time passes in small steps, as timers want. */
static void pass(struct fixture *fixture, usec_t duration)
{
    usec_t end = fixture->now + duration;
    while (fixture->now < end) {
        fixture->now = usec_min(fixture->now + 10 * MS, end);
        if (router_next(fixture->router) <= fixture->now)
            router_timeout(fixture->router, fixture->now, WALL + fixture->now);
        drain(fixture);
    }
}

struct packet_shape {
    uint8_t payload_type;
    uint16_t sequence;
    uint32_t timestamp, ssrc;
    const char *mid, *rid, *rrid; /* NULL: without */
    bool is_key, is_start;
    uint16_t picture;
    int original; /* RTX: the OSN; 0: none */
    bool is_empty;
};

static size_t shape_payload(uint8_t *at, const struct packet_shape *shape)
{
    uint8_t *start = at;
    if (shape->original != 0) {
        put_u16(at, (uint16_t)shape->original);
        at += 2;
    }
    if (shape->payload_type == UP_OPUS) {
        memset(at, 0x77, 10);
        return 10;
    }
    *at++ = shape->is_start ? 0x90 : 0x80;
    *at++ = 0x80;
    put_u16(at, (uint16_t)(0x8000 | shape->picture));
    at += 2;
    static const uint8_t key[] = {0x10, 2, 0, 0x9d, 1, 0x2a, 0x40, 1, 0xf0, 0}, delta[10] = {0x11, 2, 0};
    memcpy(at, shape->is_key ? key : delta, sizeof key);
    return (size_t)(at - start) + sizeof key;
}

static int send(struct fixture *fixture, const struct packet_shape *shape)
{
    uint8_t data[200];
    struct extension_writer writer;
    struct rtp_header header = {.payload_type = shape->payload_type,
                                .sequence = shape->sequence,
                                .timestamp = shape->timestamp,
                                .ssrc = shape->ssrc};
    extension_writer_init(&writer, data + RTP_HEADER_SIZE, 100, false);
    if (shape->mid != NULL)
        extension_write(&writer, ID_MID, shape->mid, strlen(shape->mid));
    if (shape->rid != NULL)
        extension_write(&writer, ID_RID, shape->rid, strlen(shape->rid));
    if (shape->rrid != NULL)
        extension_write(&writer, ID_RRID, shape->rrid, strlen(shape->rrid));
    if (shape->payload_type == UP_OPUS)
        extension_write(&writer, ID_LEVEL, "\x8a", 1); /* -10 dBov */
    size_t length = extension_writer_finish(&writer);
    rtp_write_fixed(data, &header, length > 0);
    length += RTP_HEADER_SIZE;
    if (!shape->is_empty)
        length += shape_payload(data + length, shape);
    int error = participant_rtp(fixture->p, data, length, fixture->now);
    drain(fixture);
    return error;
}

static void send_sr(struct fixture *fixture, uint32_t ssrc, uint32_t timestamp)
{
    uint8_t data[100];
    struct rtcp_writer writer;
    struct rtcp_sender_info info = {
        .ssrc = ssrc, .ntp = ntp_from_wall_us(WALL + fixture->now), .rtp_timestamp = timestamp};
    rtcp_writer_init(&writer, data, sizeof data);
    rtcp_write_sr(&writer, &info, NULL, 0);
    assert_int_equal(participant_rtcp(fixture->p, data, writer.length, fixture->now, WALL + fixture->now), 0);
    drain(fixture);
}

static void nack_from_s(struct fixture *fixture, uint32_t ssrc, uint16_t lost)
{
    uint8_t data[100];
    struct rtcp_writer writer;
    rtcp_writer_init(&writer, data, sizeof data);
    rtcp_write_nack(&writer, 1, ssrc, &lost, 1);
    assert_int_equal(participant_rtcp(fixture->s, data, writer.length, fixture->now, WALL + fixture->now), 0);
    drain(fixture);
}

static const struct rtp_header *last(const struct fixture *fixture)
{
    assert_true(fixture->to_s.count > 0);
    return &fixture->to_s.packets[fixture->to_s.count - 1];
}

#define VIDEO(...) (&(struct packet_shape){.payload_type = UP_VP8, .is_start = true, __VA_ARGS__})
#define AUDIO(...) (&(struct packet_shape){.payload_type = UP_OPUS, __VA_ARGS__})
#define RTX(...) (&(struct packet_shape){.payload_type = UP_RTX, .is_start = true, __VA_ARGS__})

static void test_video_begins_with_a_keyframe_that_was_asked_for(void **state)
{
    struct fixture *f = set_up(0);
    (void)state;
    send(f, VIDEO(.sequence = 10, .ssrc = 20, .mid = "v"));
    assert_int_equal(f->to_s.count, 0);
    assert_int_equal(f->to_p.plis, 1);
    pass(f, 450 * MS); /* the request is repeated until a keyframe comes */
    assert_in_range(f->to_p.plis, 2, 4);
    send(f, VIDEO(.sequence = 11, .timestamp = 3000, .ssrc = 20, .is_key = true));
    assert_int_equal(f->to_s.count, 1);
    assert_int_equal(last(f)->ssrc, SLOT_VIDEO);
    assert_int_equal(last(f)->payload_type, DOWN_VP8);
    assert_true(last(f)->sequence < 0x8000);
    unsigned plis = f->to_p.plis;
    pass(f, 2000 * MS);
    assert_int_equal(f->to_p.plis, plis);
    tear_down(f);
}

static void test_ssrcs_are_learnt_from_mid_and_rid_and_kept(void **state)
{
    struct fixture *f = set_up(3);
    struct participant_stats stats;
    (void)state;
    assert_int_equal(send(f, VIDEO(.sequence = 5, .ssrc = 22)), ERR_NOT_FOUND); /* which layer? */
    assert_int_equal(send(f, VIDEO(.sequence = 6, .ssrc = 22, .mid = "v", .rid = "x")), ERR_NOT_FOUND);
    assert_int_equal(send(f, VIDEO(.sequence = 7, .ssrc = 22, .mid = "v", .rid = "f", .is_key = true)), 0);
    assert_int_equal(send(f, VIDEO(.sequence = 8, .ssrc = 22)), 0);
    assert_int_equal(send(f, AUDIO(.sequence = 8, .ssrc = 30)), 0); /* the only m-line with this payload type */
    assert_int_equal(send(f, AUDIO(.sequence = 8, .ssrc = 31, .mid = "z")), ERR_NOT_FOUND);
    assert_int_equal(f->to_s.count, 3);
    participant_get_stats(f->p, &stats);
    assert_int_equal(stats.unknown_ssrc, 3);
    tear_down(f);
}

static void test_rtx_may_come_before_its_media(void **state)
{
    struct fixture *f = set_up(3);
    (void)state;
    /* A probe, and an old packet: nothing to forward, nothing wrong. */
    assert_int_equal(send(f, RTX(.sequence = 1, .ssrc = 99, .mid = "v", .rrid = "h", .is_empty = true)), 0);
    assert_int_equal(send(f, RTX(.sequence = 2, .ssrc = 99, .original = 400)), 0);
    send(f, VIDEO(.sequence = 500, .ssrc = 21, .mid = "v", .rid = "h", .is_key = true));
    send(f, VIDEO(.sequence = 502, .ssrc = 21, .picture = 2));
    assert_int_equal(f->to_p.nacks, 1);
    assert_int_equal(f->to_p.nacked, 501);
    send(f, RTX(.sequence = 3, .ssrc = 99, .original = 501, .picture = 1));
    assert_int_equal(f->to_s.count, 3);
    assert_int_equal(f->to_s.packets[1].sequence, f->to_s.packets[0].sequence + 2);
    assert_int_equal(last(f)->sequence, f->to_s.packets[0].sequence + 1);
    assert_int_equal(last(f)->ssrc, SLOT_VIDEO); /* to the subscriber it is an ordinary packet */
    pass(f, 500 * MS);
    assert_int_equal(f->to_p.nacks, 1);
    tear_down(f);
}

static void test_announced_ssrcs_need_no_extensions(void **state)
{
    struct fixture *f = set_up(1);
    (void)state;
    f->up[1].encodings[0] = (struct media_encoding){.ssrc = 555, .rtx_ssrc = 556};
    configure_p(f, 2);
    assert_int_equal(send(f, VIDEO(.sequence = 1, .ssrc = 555, .is_key = true)), 0);
    assert_int_equal(f->to_s.count, 1);
    /* The same mid on another SSRC counts only once the first is silent. */
    assert_int_equal(send(f, VIDEO(.sequence = 1, .ssrc = 777, .mid = "v", .is_key = true)), ERR_NOT_FOUND);
    pass(f, 600 * MS);
    assert_int_equal(send(f, VIDEO(.sequence = 9000, .ssrc = 777, .mid = "v", .is_key = true)), 0);
    assert_int_equal(f->to_s.count, 2);
    assert_int_equal(last(f)->sequence, f->to_s.packets[0].sequence + 1);
    configure_p(f, 2); /* the same announcement again is no news */
    assert_int_equal(send(f, VIDEO(.sequence = 9001, .ssrc = 777)), 0);
    assert_int_equal(f->to_s.count, 3);
    tear_down(f);
}

static void test_unknown_payload_types_are_counted(void **state)
{
    struct fixture *f = set_up(0);
    struct participant_stats stats;
    (void)state;
    send(f, VIDEO(.sequence = 1, .ssrc = 20, .mid = "v", .is_key = true));
    struct packet_shape odd = *VIDEO(.sequence = 2, .ssrc = 20);
    odd.payload_type = 126;
    assert_int_equal(send(f, &odd), ERR_UNSUPPORTED);
    participant_get_stats(f->p, &stats);
    assert_int_equal(stats.unknown_payload, 1);
    assert_int_equal(f->to_s.count, 1);
    tear_down(f);
}

static void test_a_receiver_without_the_codec_gets_nothing(void **state)
{
    struct fixture *f = set_up(0);
    (void)state;
    f->down[1].codecs[0].codec = CODEC_H264;
    configure_s(f, 2);
    send(f, VIDEO(.sequence = 1, .ssrc = 20, .mid = "v", .is_key = true));
    assert_int_equal(f->to_s.count, 0);
    pass(f, 3000 * MS);
    assert_int_equal(f->to_p.plis, 0); /* no keyframe would help */
    tear_down(f);
}

/* Two layers 40 ms of video apart: SRs tell how their clocks relate. */
static void send_layers(struct fixture *f, unsigned layers, unsigned i, bool is_key)
{
    static const char *const rids[] = {"q", "h", "f"};
    for (unsigned layer = 0; layer < 3; layer++)
        if (layers & 1u << layer)
            send(f,
                 VIDEO(.sequence = (uint16_t)(1000 * layer + i), .timestamp = 100000 * layer + i * 3600,
                       .ssrc = 20 + layer, .mid = "v", .rid = rids[layer], .is_key = is_key, .picture = (uint16_t)i));
}

static void test_layers_switch_on_keyframes_with_aligned_timestamps(void **state)
{
    struct fixture *f = set_up(3);
    unsigned i = 0;
    (void)state;
    send_layers(f, 1, i, true);
    for (i = 1; i < 60; i++) { /* 2.4 s */
        pass(f, 40 * MS);
        send_layers(f, 5, i, false);
        if (i == 10) {
            send_sr(f, 20, 0 * 100000 + i * 3600);
            send_sr(f, 22, 2 * 100000 + i * 3600);
        }
    }
    assert_int_equal(f->to_s.count, 60); /* the top is proven only after 2 s, and its keyframe is still to come */
    uint32_t before = last(f)->timestamp;
    uint16_t sequence = last(f)->sequence;
    unsigned plis = f->to_p.plis;
    assert_true(plis >= 1);
    pass(f, 65 * MS); /* late: arrival is no measure */
    send_layers(f, 5, i, true);
    assert_int_equal(f->to_s.count, 62); /* the last of the one, the first of the other */
    for (unsigned n = 0; n < 2; n++)
        assert_int_equal(f->to_s.packets[60 + n].sequence, (uint16_t)(sequence + 1 + n));
    assert_int_equal(f->to_s.packets[60].timestamp - before, 3600);
    /* The same instant as the packet before: at least a frame later, never the same. */
    assert_in_range(f->to_s.packets[61].timestamp - before, 3601, 3600 + 1800);
    size_t count = f->to_s.count;
    send_layers(f, 5, i + 1, false);
    assert_int_equal(f->to_s.count, count + 1); /* only the top one now */
    tear_down(f);
}

static void test_the_slot_falls_back_when_a_layer_stops(void **state)
{
    struct fixture *f = set_up(3);
    unsigned i = 0;
    (void)state;
    send_layers(f, 4, i, true);
    for (i = 1; i < 10; i++) {
        pass(f, 40 * MS);
        send_layers(f, 7, i, false);
    }
    assert_int_equal(f->to_s.count, 10);
    uint16_t sequence = last(f)->sequence;
    unsigned plis = f->to_p.plis;
    for (; i < 45; i++) {
        pass(f, 40 * MS);
        send_layers(f, 3, i, false);
    }
    assert_int_equal(f->to_s.count, 10);
    assert_true(f->to_p.plis > plis);
    send_layers(f, 3, i, true);
    assert_int_equal(f->to_s.count, 11);
    assert_int_equal(last(f)->sequence, (uint16_t)(sequence + 1));
    assert_int_equal(f->to_s.payloads[10][3], 10); /* picture ids go on: 0..9, 10 */
    tear_down(f);
}

static void test_mute_stops_and_unmute_begins_with_a_keyframe(void **state)
{
    struct fixture *f = set_up(0);
    (void)state;
    send(f, VIDEO(.sequence = 1, .ssrc = 20, .mid = "v", .is_key = true));
    send(f, AUDIO(.sequence = 1, .ssrc = 30, .mid = "a"));
    assert_int_equal(participant_mute(f->p, "screen", true, f->now), ERR_NOT_FOUND);
    assert_int_equal(participant_mute(f->p, "camera", true, f->now), 0);
    assert_int_equal(participant_mute(f->p, "microphone", true, f->now), 0);
    pass(f, 3000 * MS);
    send(f, VIDEO(.sequence = 2, .timestamp = 90000, .ssrc = 20, .is_key = true));
    send(f, AUDIO(.sequence = 2, .timestamp = 48000, .ssrc = 30));
    assert_int_equal(f->to_s.count, 2);
    unsigned plis = f->to_p.plis;
    participant_mute(f->p, "camera", false, f->now);
    participant_mute(f->p, "microphone", false, f->now);
    drain(f);
    assert_int_equal(f->to_p.plis, plis + 1);
    send(f, AUDIO(.sequence = 3, .timestamp = 48000 * 3, .ssrc = 30));
    send(f, VIDEO(.sequence = 3, .timestamp = 90000 * 3, .ssrc = 20));
    assert_int_equal(f->to_s.count, 3);
    assert_int_equal(last(f)->timestamp - f->to_s.packets[1].timestamp, 48000 * 3);
    assert_int_equal(last(f)->sequence, (uint16_t)(f->to_s.packets[1].sequence + 1));
    send(f, VIDEO(.sequence = 4, .timestamp = 90000 * 3, .ssrc = 20, .is_key = true));
    assert_int_equal(last(f)->timestamp - f->to_s.packets[0].timestamp, 90000 * 3);
    assert_int_equal(last(f)->sequence, (uint16_t)(f->to_s.packets[0].sequence + 1));
    tear_down(f);
}

static void test_lost_packets_are_resent_within_limits(void **state)
{
    struct fixture *f = set_up(0);
    (void)state;
    send(f, VIDEO(.sequence = 1, .ssrc = 20, .mid = "v", .is_key = true));
    uint16_t sequence = last(f)->sequence;
    nack_from_s(f, SLOT_VIDEO, sequence);
    assert_int_equal(f->to_s.count, 2);
    assert_int_equal(last(f)->ssrc, SLOT_VIDEO_RTX);
    assert_int_equal(last(f)->payload_type, DOWN_RTX);
    assert_int_equal(get_u16(f->to_s.payloads[1]), sequence);
    assert_memory_equal(f->to_s.payloads[1] + 2, f->to_s.payloads[0], 14);
    for (int i = 0; i < 50; i++) {
        nack_from_s(f, SLOT_VIDEO, sequence);
        nack_from_s(f, SLOT_VIDEO, (uint16_t)(sequence + 1 + i)); /* never sent */
        pass(f, 10 * MS);
    }
    assert_int_equal(f->to_s.count, 4);
    tear_down(f);
}

static void test_without_rtx_packets_are_resent_as_they_were(void **state)
{
    struct fixture *f = set_up(0);
    (void)state;
    send(f, AUDIO(.sequence = 1, .timestamp = 960, .ssrc = 30, .mid = "a"));
    nack_from_s(f, SLOT_AUDIO, last(f)->sequence);
    assert_int_equal(f->to_s.count, 2);
    assert_int_equal(f->to_s.packets[0].sequence, f->to_s.packets[1].sequence);
    assert_int_equal(f->to_s.packets[0].timestamp, f->to_s.packets[1].timestamp);
    assert_int_equal(last(f)->ssrc, SLOT_AUDIO);
    tear_down(f);
}

static void test_padding_leaves_no_gap(void **state)
{
    struct fixture *f = set_up(0);
    (void)state;
    send(f, VIDEO(.sequence = 1, .ssrc = 20, .mid = "v", .is_key = true));
    send(f, VIDEO(.sequence = 2, .ssrc = 20, .is_empty = true));
    send(f, VIDEO(.sequence = 3, .ssrc = 20));
    assert_int_equal(f->to_s.count, 2);
    assert_int_equal(last(f)->sequence, (uint16_t)(f->to_s.packets[0].sequence + 1));
    assert_int_equal(f->to_p.nacks, 0);
    tear_down(f);
}

static void test_a_late_first_packet_of_a_keyframe_brings_the_rest(void **state)
{
    struct fixture *f = set_up(0);
    (void)state;
    send(f, VIDEO(.sequence = 1, .ssrc = 20, .mid = "v"));
    struct packet_shape rest = *VIDEO(.sequence = 3, .timestamp = 3000, .ssrc = 20);
    rest.is_start = false;
    send(f, &rest);
    rest.sequence = 4;
    send(f, &rest);
    assert_int_equal(f->to_s.count, 0);
    send(f, VIDEO(.sequence = 2, .timestamp = 3000, .ssrc = 20, .is_key = true));
    assert_int_equal(f->to_s.count, 3);
    for (unsigned i = 1; i < 3; i++)
        assert_int_equal(f->to_s.packets[i].sequence, (uint16_t)(f->to_s.packets[0].sequence + i));
    tear_down(f);
}

static void test_duplicates_are_dropped(void **state)
{
    struct fixture *f = set_up(0);
    (void)state;
    send(f, AUDIO(.sequence = 1, .ssrc = 30, .mid = "a"));
    assert_int_equal(send(f, AUDIO(.sequence = 1, .ssrc = 30)), ERR_DUPLICATE);
    assert_int_equal(f->to_s.count, 1);
    tear_down(f);
}

/* The room need not decode more than anybody speaks or shows: the rest of a flood goes no further. */
static void test_a_flood_of_audio_or_pictures_is_cut(void **state)
{
    struct fixture *f = set_up(0);
    struct participant_stats stats;
    unsigned audio = 0, pictures = 0;
    (void)state;
    for (unsigned i = 0; i < 30000; i++) {
        uint32_t timestamp = i * 960u;
        audio += send(f, AUDIO(.sequence = (uint16_t)i, .timestamp = timestamp, .ssrc = 30, .mid = "a")) == 0;
        pictures += send(f, VIDEO(.sequence = (uint16_t)i, .timestamp = timestamp, .ssrc = 20, .mid = "v",
                                  .is_key = true)) == 0;
        if (i % 10 == 9)
            pass(f, MS);
        f->to_s.count = 0;
    }
    assert_in_range(audio, 1500, 1751); /* in 3 s */
    assert_in_range(pictures, 900, 1201);
    participant_get_stats(f->p, &stats);
    assert_int_equal(stats.over_budget, 60000 - audio - pictures);
    tear_down(f);
}

static void test_the_fastest_encoders_lose_nothing(void **state)
{
    enum { PACKETS_A_PICTURE = 20 };
    struct fixture *f = set_up(0);
    (void)state;
    for (unsigned i = 0; i < 1200; i++) { /* 240 pictures a second, Opus frames of 2.5 ms */
        for (unsigned j = 0; j < PACKETS_A_PICTURE; j++)
            assert_int_equal(send(f, VIDEO(.sequence = (uint16_t)(i * PACKETS_A_PICTURE + j), .timestamp = i * 375u,
                                           .ssrc = 20, .mid = "v", .is_key = j == 0)),
                             0);
        for (unsigned j = 0; j < 2; j++)
            assert_int_equal(send(f, AUDIO(.sequence = (uint16_t)(i * 2 + j), .ssrc = 30, .mid = "a")), 0);
        pass(f, USEC_PER_SEC / 240);
        f->to_s.count = 0;
    }
    tear_down(f);
}

static void test_reports_go_both_ways(void **state)
{
    struct fixture *f = set_up(0);
    uint8_t data[100];
    struct rtcp_writer writer;
    struct participant_stats stats;
    (void)state;
    for (uint16_t i = 0; i < 50; i++) {
        if (i != 7)
            send(f, AUDIO(.sequence = i, .timestamp = i * 960u, .ssrc = 30, .mid = "a"));
        if (i == 10)
            send_sr(f, 30, i * 960u);
        pass(f, 20 * MS);
    }
    pass(f, 300 * MS);
    assert_true(f->to_p.has_report);
    assert_int_equal(f->to_p.report.ssrc, 30);
    assert_int_equal(f->to_p.report.cumulative_lost, 1);
    assert_true(f->to_p.report.lsr != 0);
    assert_true(f->to_s.has_sr);
    assert_int_equal(f->to_s.sr.ssrc, SLOT_AUDIO);
    /* The same instant in both: the last packet was sent at the timestamp the report puts there. */
    int64_t reported = wall_us_from_ntp(f->to_s.sr.ntp) - WALL;
    uint32_t expected = f->to_s.packets[0].timestamp + (uint32_t)((reported - USEC_PER_SEC) * 48000 / USEC_PER_SEC);
    assert_in_range(f->to_s.sr.rtp_timestamp - expected + 5, 0, 10);
    /* Its answer tells the path's RTT. */
    struct rtcp_report_block block = {.ssrc = SLOT_AUDIO, .lsr = ntp_middle(f->to_s.sr.ntp)};
    usec_t now = reported + 30 * MS;
    assert_true(f->to_s.has_mid[0]);
    rtcp_writer_init(&writer, data, sizeof data);
    rtcp_write_rr(&writer, 1, &block, 1);
    participant_rtcp(f->s, data, writer.length, now, WALL + now);
    participant_get_stats(f->s, &stats);
    assert_in_range(stats.rtt, 29 * MS, 31 * MS);
    send(f, AUDIO(.sequence = 50, .timestamp = 48000, .ssrc = 30));
    assert_false(f->to_s.has_mid[f->to_s.count - 1]);
    tear_down(f);
}

static void test_a_slot_goes_on_under_its_ssrc(void **state)
{
    struct fixture *f = set_up(0);
    (void)state;
    send(f, AUDIO(.sequence = 1, .ssrc = 30, .mid = "a"));
    uint16_t sequence = last(f)->sequence;
    configure_p(f, 0); /* unpublished */
    assert_int_equal(send(f, AUDIO(.sequence = 2, .ssrc = 30, .mid = "a")), ERR_NOT_FOUND);
    configure_p(f, 2);
    send(f, AUDIO(.sequence = 3000, .ssrc = 30, .mid = "a"));
    assert_int_equal(f->to_s.count, 2);
    assert_int_equal(last(f)->sequence, (uint16_t)(sequence + 1));
    assert_int_equal(f->to_s.byes, 0);
    configure_s(f, 0);
    drain(f);
    assert_int_equal(f->to_s.byes, 1);
    tear_down(f);
}

/* Else a receiver could not tell the end of a flow from the end of the path. */
static void test_reports_come_for_a_moment_after_the_media_ends(void **state)
{
    struct fixture *f = set_up(0);
    (void)state;
    send(f, VIDEO(.sequence = 1, .ssrc = 20, .mid = "v", .is_key = true));
    router_leave(f->router, f->p, f->now);
    f->p = NULL;
    for (int second = 1; second <= 3; second++) {
        unsigned before = f->to_s.rtcp_packets;
        pass(f, 1200 * MS);
        assert_true(second == 3 || f->to_s.rtcp_packets > before);
    }
    unsigned before = f->to_s.rtcp_packets;
    pass(f, 60 * USEC_PER_SEC);
    assert_in_range(f->to_s.rtcp_packets - before, 0, 1); /* then it rests */
    tear_down(f);
}

static void test_leaving_takes_everything_along(void **state)
{
    struct fixture *f = set_up(0);
    struct slot_stats slots[4];
    struct participant *twin;
    (void)state;
    send(f, VIDEO(.sequence = 1, .ssrc = 20, .mid = "v", .is_key = true));
    assert_int_equal(router_join(f->router, &twin, "room", "p", 3, f->now), ERR_DUPLICATE);
    router_leave(f->router, f->p, f->now);
    assert_int_equal(participant_slots(f->s, slots, 4), 2);
    assert_string_equal(slots[0].publication, "");
    nack_from_s(f, SLOT_VIDEO, last(f)->sequence);
    assert_int_equal(f->to_s.count, 1);
    f->p = NULL;
    tear_down(f);
}

static void test_nothing_is_queued_before_the_path_is_up(void **state)
{
    struct fixture *f = set_up(0);
    (void)state;
    participant_set_ready(f->s, false, f->now);
    send(f, VIDEO(.sequence = 1, .ssrc = 20, .mid = "v", .is_key = true));
    assert_int_equal(f->to_s.count, 0);
    unsigned plis = f->to_p.plis;
    participant_set_ready(f->s, true, f->now);
    drain(f);
    assert_int_equal(f->to_p.plis, plis + 1);
    tear_down(f);
}

static void test_speakers_are_announced(void **state)
{
    struct fixture *f = set_up(0);
    struct router_event event;
    unsigned began = 0, ended = 0;
    (void)state;
    for (uint16_t i = 0; i < 150; i++) {
        if (i < 50)
            send(f, AUDIO(.sequence = i, .timestamp = i * 960u, .ssrc = 30, .mid = "a"));
        pass(f, 20 * MS);
        while (router_poll_event(f->router, &event)) {
            assert_int_equal(event.type, ROUTER_EVENT_SPEAKERS);
            assert_string_equal(event.room, "room");
            began += strcmp(event.text, "p") == 0;
            ended += strcmp(event.text, "") == 0;
        }
    }
    assert_int_equal(began, 1);
    assert_int_equal(ended, 1);
    tear_down(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_video_begins_with_a_keyframe_that_was_asked_for),
        cmocka_unit_test(test_ssrcs_are_learnt_from_mid_and_rid_and_kept),
        cmocka_unit_test(test_rtx_may_come_before_its_media),
        cmocka_unit_test(test_announced_ssrcs_need_no_extensions),
        cmocka_unit_test(test_unknown_payload_types_are_counted),
        cmocka_unit_test(test_a_receiver_without_the_codec_gets_nothing),
        cmocka_unit_test(test_layers_switch_on_keyframes_with_aligned_timestamps),
        cmocka_unit_test(test_the_slot_falls_back_when_a_layer_stops),
        cmocka_unit_test(test_mute_stops_and_unmute_begins_with_a_keyframe),
        cmocka_unit_test(test_lost_packets_are_resent_within_limits),
        cmocka_unit_test(test_without_rtx_packets_are_resent_as_they_were),
        cmocka_unit_test(test_padding_leaves_no_gap),
        cmocka_unit_test(test_a_late_first_packet_of_a_keyframe_brings_the_rest),
        cmocka_unit_test(test_duplicates_are_dropped),
        cmocka_unit_test(test_a_flood_of_audio_or_pictures_is_cut),
        cmocka_unit_test(test_the_fastest_encoders_lose_nothing),
        cmocka_unit_test(test_reports_go_both_ways),
        cmocka_unit_test(test_a_slot_goes_on_under_its_ssrc),
        cmocka_unit_test(test_reports_come_for_a_moment_after_the_media_ends),
        cmocka_unit_test(test_leaving_takes_everything_along),
        cmocka_unit_test(test_nothing_is_queued_before_the_path_is_up),
        cmocka_unit_test(test_speakers_are_announced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
