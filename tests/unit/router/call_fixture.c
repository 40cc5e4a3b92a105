#include "tests/unit/router/call_fixture.h"

#include <stdio.h>

#include "tests/support/outgoing.h"

static const struct router_send sends[] = {{"a", "microphone", false}, {"v", "camera", false}};
static const struct router_receive receives[] = {{"a", "p/microphone"}, {"v", "p/camera"}};

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

void configure_p(struct fixture *fixture, size_t send_count)
{
    participant_configure(fixture->p, fixture->up, 2, sends, send_count, NULL, 0, fixture->now);
}

void configure_s(struct fixture *fixture, size_t lines)
{
    participant_configure(fixture->s, fixture->down, lines, NULL, 0, receives, lines, fixture->now);
}

struct fixture *set_up(size_t encodings)
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

void tear_down(struct fixture *fixture)
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
        outbox->plis += rtcp_is_pli(&packet);
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

static void take_rtp(struct outbox *outbox, const struct extension_map *ids, const uint8_t *data, size_t length)
{
    struct viewed_packet packet;
    assert_true(outbox->count < PACKETS_MAX);
    assert_int_equal(viewed_packet_read(&packet, ids, MEDIA_PAYLOAD_TYPE_NONE, data, length), 0);
    outbox->packets[outbox->count] = packet.rtp;
    outbox->has_mid[outbox->count] = packet.mid[0] != '\0';
    memcpy(outbox->payloads[outbox->count++], packet.payload, packet.payload_length < 16 ? packet.payload_length : 16);
}

void drain(struct fixture *fixture)
{
    struct outgoing outgoing = {0};
    while (outgoing_next(&outgoing, fixture->router, fixture->now)) {
        struct outbox *outbox = outgoing.participant == fixture->p ? &fixture->to_p : &fixture->to_s;
        if (outgoing.is_rtcp)
            take_rtcp(outbox, outgoing.data, outgoing.length);
        else
            take_rtp(outbox, &fixture->down[1].extensions, outgoing.data, outgoing.length);
    }
}

void pass(struct fixture *fixture, usec_t duration)
{
    usec_t end = fixture->now + duration;
    while (fixture->now < end) {
        fixture->now = usec_min(fixture->now + 10 * MS, end);
        if (router_next(fixture->router) <= fixture->now)
            router_timeout(fixture->router, fixture->now, WALL + fixture->now);
        drain(fixture);
    }
}

int send_packet(struct fixture *fixture, const struct published_packet *packet)
{
    uint8_t data[PACKET_CAPACITY];
    struct published_packet whole = *packet;
    whole.ids = (struct extension_map){{[EXTENSION_MID] = ID_MID,
                                        [EXTENSION_RID] = ID_RID,
                                        [EXTENSION_REPAIRED_RID] = ID_RRID,
                                        [EXTENSION_AUDIO_LEVEL] = packet->payload_type == UP_OPUS ? ID_LEVEL : 0}};
    whole.audio_level = 0x80 | 10; /* -10 dBov */
    int error = participant_rtp(fixture->p, data, published_packet_write(data, &whole), fixture->now);
    drain(fixture);
    return error;
}

void send_sr(struct fixture *fixture, uint32_t ssrc, uint32_t timestamp)
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

void nack_many_from_s(struct fixture *fixture, uint32_t ssrc, const uint16_t *lost, size_t count)
{
    uint8_t data[1400];
    struct rtcp_writer writer;
    rtcp_writer_init(&writer, data, sizeof data);
    assert_int_equal(rtcp_write_nack(&writer, 1, ssrc, lost, count), 0);
    assert_int_equal(participant_rtcp(fixture->s, data, writer.length, fixture->now, WALL + fixture->now), 0);
    drain(fixture);
}

void nack_from_s(struct fixture *fixture, uint32_t ssrc, uint16_t lost)
{
    nack_many_from_s(fixture, ssrc, &lost, 1);
}

const struct rtp_header *last(const struct fixture *fixture)
{
    assert_true(fixture->to_s.count > 0);
    return &fixture->to_s.packets[fixture->to_s.count - 1];
}
