#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/media_source.h"
#include "transport/base/bytes.h"
#include "transport/wire/frame.h"
#include "transport/wire/rtp.h"

#define SECONDS 10

static const struct media_source_config camera = {
    .is_video = true,
    .bitrate_bps = 2000000,
    .frames_per_second = 30,
    .ssrc = 0x1234,
    .payload_type = 96,
    .mid = "0",
    .rid = "h",
    .encoding = 3,
    .width = 1280,
    .height = 720,
    .extensions = {.id = {[EXTENSION_MID] = 4, [EXTENSION_RID] = 10, [EXTENSION_TRANSPORT_SEQUENCE] = 3}},
};

struct packet_seen {
    struct rtp_header header;
    struct frame_info frame;
    size_t length;
    usec_t sent;
    uint8_t encoding;
};

static void read_packet(const uint8_t *data, size_t length, struct packet_seen *seen)
{
    seen->length = length;
    assert_int_equal(rtp_parse(&seen->header, data, length), 0);
    const uint8_t *payload = data + seen->header.payload_offset;
    assert_int_equal(frame_parse(&seen->frame, CODEC_VP8, payload, seen->header.payload_length), 0);
    assert_true(media_source_sent_at(payload, seen->header.payload_length, &seen->sent, &seen->encoding));
}

static void video_has_its_rate_and_whole_frames_of_equal_packets(void **state)
{
    (void)state;
    struct media_source source;
    struct packet_seen seen, last = {0};
    uint8_t out[MEDIA_SOURCE_PACKET_MAX];
    size_t bytes = 0, frames = 0, length;
    bool is_new = true;
    media_source_init(&source, &camera, 1, 0);
    for (usec_t now = 0; now < SECONDS * USEC_PER_SEC; now += USEC_PER_MSEC) {
        for (unsigned i = 0; (length = media_source_poll(&source, out, (uint16_t)i, now)) > 0; i++) {
            read_packet(out, length, &seen);
            assert_int_equal(seen.sent, now);
            assert_int_equal(seen.encoding, 3);
            assert_int_equal(seen.frame.start, is_new);
            if (bytes > 0)
                assert_int_equal(seen.header.sequence, (uint16_t)(last.header.sequence + 1));
            if (!is_new) { /* smaller ones first, by a byte at most */
                assert_in_range(seen.length, last.length, last.length + 1);
                assert_int_equal(seen.header.timestamp, last.header.timestamp);
            }
            frames += is_new;
            bytes += seen.header.payload_length;
            is_new = seen.header.marker;
            last = seen;
        }
    }
    assert_in_range(frames, 30 * SECONDS - 1, 30 * SECONDS + 1);
    assert_in_range(bytes * 8 / SECONDS, 1900000, 2200000);
}

static void packets_of_a_frame_follow_each_other_as_a_browser_sends_them(void **state)
{
    (void)state;
    struct media_source source;
    struct media_source_config paced = camera;
    struct packet_seen seen;
    uint8_t out[MEDIA_SOURCE_PACKET_MAX];
    usec_t start = 0, next;
    unsigned packets = 0, frames = 0;
    paced.packet_interval = 100;
    media_source_init(&source, &paced, 1, 0);
    for (; frames < 30; packets++) {
        next = media_source_next(&source);
        assert_int_equal(media_source_poll(&source, out, 0, next - 1), 0);
        size_t length = media_source_poll(&source, out, 0, next);
        assert_true(length > 0);
        read_packet(out, length, &seen);
        if (seen.frame.start) {
            start = next;
            packets = 0;
            assert_in_range(start, frames * (USEC_PER_SEC / 30), frames * (USEC_PER_SEC / 30) + 1);
            frames++;
        }
        assert_int_equal(next, start + packets * 100);
    }
}

/* Whoever could not run for a while sends what has become due since, so that the rate stays. */
static void a_late_source_catches_up(void **state)
{
    (void)state;
    struct media_source source;
    struct media_source_config paced = camera;
    uint8_t out[MEDIA_SOURCE_PACKET_MAX];
    unsigned packets = 0;
    paced.packet_interval = 100;
    media_source_init(&source, &paced, 1, 0);
    while (media_source_poll(&source, out, 0, 1000) > 0)
        packets++;
    assert_int_equal(packets, 11); /* of a keyframe of more than 30: at 0, 100, ... 1000 */
}

static void a_keyframe_comes_first_and_when_asked_for(void **state)
{
    (void)state;
    struct media_source source;
    struct packet_seen seen;
    uint8_t out[MEDIA_SOURCE_PACKET_MAX];
    size_t length, keyframes = 0;
    media_source_init(&source, &camera, 2, 0);
    for (usec_t now = 0; now < USEC_PER_SEC; now += USEC_PER_MSEC) {
        if (now == USEC_PER_SEC / 2)
            media_source_request_keyframe(&source);
        while ((length = media_source_poll(&source, out, 0, now)) > 0) {
            read_packet(out, length, &seen);
            if (seen.frame.keyframe && seen.frame.start) {
                assert_int_equal(seen.frame.width, 1280);
                assert_int_equal(seen.frame.height, 720);
                assert_true(now == 0 || now >= USEC_PER_SEC / 2);
                keyframes++;
            }
        }
    }
    assert_int_equal(keyframes, 2);
}

static void after_a_pause_the_clock_has_run_on(void **state)
{
    (void)state;
    struct media_source source;
    struct packet_seen before, after;
    uint8_t out[MEDIA_SOURCE_PACKET_MAX];
    size_t length;
    media_source_init(&source, &camera, 3, 0);
    while ((length = media_source_poll(&source, out, 0, 0)) > 0)
        read_packet(out, length, &before);
    usec_t pause = 5 * USEC_PER_SEC;
    media_source_resume(&source, pause);
    assert_in_range(media_source_next(&source), pause, pause + USEC_PER_SEC / 30 + 1);
    length = media_source_poll(&source, out, 0, media_source_next(&source));
    read_packet(out, length, &after);
    assert_true(after.frame.keyframe);
    assert_int_equal(after.header.sequence, (uint16_t)(before.header.sequence + 1));
    uint32_t passed = after.header.timestamp - before.header.timestamp;
    assert_in_range(passed, 5 * 90000, 5 * 90000 + 2 * 3000);
}

static void audio_is_a_packet_every_20_ms(void **state)
{
    (void)state;
    struct media_source_config microphone = {.bitrate_bps = 32000, .payload_type = 111, .mid = "1"};
    struct media_source source;
    struct rtp_header header;
    uint8_t out[MEDIA_SOURCE_PACKET_MAX], encoding;
    size_t length, packets = 0;
    usec_t sent;
    media_source_init(&source, &microphone, 4, 0);
    for (usec_t now = 0; now < USEC_PER_SEC; now += USEC_PER_MSEC) {
        while ((length = media_source_poll(&source, out, 0, now)) > 0) {
            assert_int_equal(rtp_parse(&header, out, length), 0);
            assert_int_equal(header.payload_length, 80);
            assert_true(media_source_sent_at(out + header.payload_offset, header.payload_length, &sent, &encoding));
            packets++;
        }
    }
    assert_int_equal(packets, 50);
}

static void a_foreign_payload_has_no_send_time(void **state)
{
    (void)state;
    uint8_t payload[40] = {0}, encoding;
    usec_t sent;
    assert_false(media_source_sent_at(payload, sizeof payload, &sent, &encoding));
    assert_false(media_source_sent_at(payload, 3, &sent, &encoding));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(video_has_its_rate_and_whole_frames_of_equal_packets),
        cmocka_unit_test(packets_of_a_frame_follow_each_other_as_a_browser_sends_them),
        cmocka_unit_test(a_late_source_catches_up),
        cmocka_unit_test(a_keyframe_comes_first_and_when_asked_for),
        cmocka_unit_test(after_a_pause_the_clock_has_run_on),
        cmocka_unit_test(audio_is_a_packet_every_20_ms),
        cmocka_unit_test(a_foreign_payload_has_no_send_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
