/* What a sending track writes when the remote peer has chosen unusual extension ids. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client/rtp/send_track.h"

static const struct {
    const char *name;
    uint8_t mid, level, sequence;
    bool is_two_byte;
} cases[] = {
    {"ordinary ids", 4, 1, 3, false},           {"the largest of the one-byte form", 14, 13, 12, false},
    {"an id that it reserves", 15, 1, 3, true}, {"one large id", 20, 1, 3, true},
    {"the largest ids", 253, 254, 255, true},   {"no extension at all", 0, 0, 0, false},
};

static void check_packet(const struct packet *packet, const struct media *media, bool is_two_byte)
{
    struct rtp_header header;
    struct extension_values values;
    const struct extension_map *map = &media->extensions;
    assert_int_equal(rtp_parse(&header, packet->data, packet->length), 0);
    assert_int_equal(extension_parse(&values, map, packet->data, &header), 0);
    assert_int_equal((header.extension_profile & 0xfff0) == 0x1000, is_two_byte);
    assert_int_equal(values.at[EXTENSION_MID].length, map->id[EXTENSION_MID] != 0 ? MEDIA_MID_MAX : 0);
    assert_int_equal(values.at[EXTENSION_AUDIO_LEVEL].length, map->id[EXTENSION_AUDIO_LEVEL] != 0);
    assert_int_equal(values.at[EXTENSION_TRANSPORT_SEQUENCE].length,
                     map->id[EXTENSION_TRANSPORT_SEQUENCE] != 0 ? 2 : 0);
    if (map->id[EXTENSION_MID] != 0)
        assert_memory_equal(packet->data + values.at[EXTENSION_MID].offset, media->mid, MEDIA_MID_MAX);
}

static void any_negotiated_extension_id_can_be_sent(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rng rng;
        struct packet_pool *pool = packet_pool_new(8);
        struct media media = {.kind = MEDIA_AUDIO, .send = true, .send_ssrc = 7, .codec_count = 1};
        media.codecs[0] = (struct media_codec){.codec = CODEC_OPUS,
                                               .payload_type = 111,
                                               .rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE,
                                               .clock_rate = 48000,
                                               .channels = 2};
        media.extmap_allow_mixed = true;
        media.extensions.id[EXTENSION_MID] = cases[i].mid;
        media.extensions.id[EXTENSION_AUDIO_LEVEL] = cases[i].level;
        media.extensions.id[EXTENSION_TRANSPORT_SEQUENCE] = cases[i].sequence;
        memset(media.mid, 'm', MEDIA_MID_MAX); /* the longest there is */
        rng_init(&rng, 1);
        struct send_track *track = send_track_new(&(struct send_track_config){.media = &media}, pool, &rng);
        assert_non_null(track);
        const struct coded_audio audio = {.data = (const uint8_t *)"sound", .length = 5};
        send_track_audio(track, &audio, 1000);
        struct packet *packet = send_track_poll(track);
        assert_non_null(packet);
        check_packet(packet, &media, cases[i].is_two_byte);
        packet_release(packet);
        send_track_free(track);
        packet_pool_free(pool);
    }
}

/* The round trip is not known yet. */
static void a_packet_is_sent_again_three_times_and_not_too_soon(void **state)
{
    static const struct {
        int64_t at_ms;
        bool is_sent;
    } nacks[] = {{1100, true}, {1199, false}, {1200, true}, {1250, false}, {1300, true}, {1500, false}};
    struct rng rng;
    struct packet_pool *pool = packet_pool_new(8);
    struct media media = {.kind = MEDIA_VIDEO, .send = true, .send_ssrc = 7, .codec_count = 1};
    media.codecs[0] = (struct media_codec){
        .codec = CODEC_VP8, .payload_type = 96, .rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE, .clock_rate = 90000};
    (void)state;
    rng_init(&rng, 1);
    struct send_track *track = send_track_new(&(struct send_track_config){.media = &media}, pool, &rng);
    assert_non_null(track);
    const struct coded_frame frame = {
        .data = (const uint8_t *)"picture", .length = 7, .keyframe = true, .temporal_layers = 1};
    send_track_video(track, 0, &frame, usec_from_ms(1000));
    struct packet *packet = send_track_poll(track);
    assert_non_null(packet);
    uint16_t sequence = packet->rtp.sequence;
    packet_release(packet);
    for (size_t i = 0; i < sizeof nacks / sizeof nacks[0]; i++) {
        assert_true(send_track_nack(track, 7, &sequence, 1, usec_from_ms(nacks[i].at_ms)));
        packet = send_track_poll(track);
        if ((packet != NULL) != nacks[i].is_sent)
            fail_msg("the NACK at %d ms", (int)nacks[i].at_ms);
        packet_release(packet);
    }
    send_track_free(track);
    packet_pool_free(pool);
}

/* Frames before are sent along while the receiver reports losses, and where RED was agreed. */
static void audio_is_redundant_while_packets_are_lost(void **state)
{
    static const uint8_t red[] = {0x80 | 111, 0x0f, 0, 3, 111, 'o', 'n', 'e', 't', 'w', 'o'};
    static const char *const frames[] = {"one", "two"};
    (void)state;
    for (int agreed = 0; agreed < 2; agreed++) {
        struct rng rng;
        struct packet_pool *pool = packet_pool_new(8);
        struct media media = {
            .mid = "a", .kind = MEDIA_AUDIO, .send = true, .send_ssrc = 7, .codec_count = agreed ? 2 : 1};
        media.codecs[0] = (struct media_codec){
            .codec = CODEC_OPUS, .payload_type = 111, .rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE, .clock_rate = 48000};
        media.codecs[1] = media.codecs[0];
        media.codecs[1].codec = CODEC_RED;
        media.codecs[1].payload_type = 63;
        media.codecs[1].primary_payload_type = 111;
        rng_init(&rng, 1);
        struct send_track *track = send_track_new(&(struct send_track_config){.media = &media}, pool, &rng);
        struct rtcp_report_block block = {.ssrc = 7};
        send_track_allow_redundancy(track, true);
        struct report_sum sum = {0};
        for (unsigned i = 0; i < 4; i++) {
            const struct coded_audio audio = {
                .data = (const uint8_t *)frames[i % 2], .length = 3, .timestamp = i * 960};
            send_track_audio(track, &audio, i * 20000);
            struct packet *packet = send_track_poll(track);
            struct rtp_header header;
            assert_non_null(packet);
            assert_int_equal(rtp_parse(&header, packet->data, packet->length), 0);
            bool is_red = agreed && i == 3; /* the report came behind the third */
            assert_int_equal(header.payload_type, is_red ? 63 : 111);
            assert_int_equal(header.payload_length, is_red ? sizeof red : 3);
            assert_memory_equal(packet->data + header.payload_offset, is_red ? red : (const uint8_t *)frames[i % 2],
                                header.payload_length);
            packet_release(packet);
            block.fraction_lost = i == 2 ? 20 : 0;
            block.highest_sequence = header.sequence;
            assert_true(send_track_report(track, &block, &sum, i * 20000, 0));
        }
        send_track_free(track);
        packet_pool_free(pool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(audio_is_redundant_while_packets_are_lost),
        cmocka_unit_test(any_negotiated_extension_id_can_be_sent),
        cmocka_unit_test(a_packet_is_sent_again_three_times_and_not_too_soon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
