/* Redundant audio (RED) at the C client: the newest block of each packet is played, and what is
 * malformed is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/rtp/receive_track.h"
#include "transport/base/error.h"

enum { OPUS = 111, RED = 63 };

struct receiver {
    struct packet_pool *pool;
    struct receive_track *track;
};

static void open_receiver(struct receiver *receiver)
{
    struct media media = {.kind = MEDIA_AUDIO, .receive = true, .codec_count = 2};
    media.codecs[0] = (struct media_codec){
        .codec = CODEC_OPUS, .payload_type = OPUS, .rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE, .clock_rate = 48000};
    media.codecs[1] = media.codecs[0];
    media.codecs[1].codec = CODEC_RED;
    media.codecs[1].payload_type = RED;
    media.codecs[1].primary_payload_type = OPUS;
    receiver->pool = packet_pool_new(100);
    receiver->track = receive_track_new(&media);
}

static void close_receiver(struct receiver *receiver)
{
    receive_track_free(receiver->track);
    packet_pool_free(receiver->pool);
}

static int receive(struct receiver *receiver, uint8_t payload_type, uint16_t sequence, const void *payload,
                   size_t length)
{
    struct packet *packet = packet_copy(receiver->pool, payload, length);
    packet->rtp = (struct rtp_header){.payload_type = payload_type,
                                      .sequence = sequence,
                                      .timestamp = sequence * 960u,
                                      .ssrc = 7,
                                      .payload_length = (uint16_t)length};
    int error = receive_track_packet(receiver->track, packet, 0);
    packet_release(packet);
    return error;
}

static void expect_frame(struct receiver *receiver, uint32_t timestamp, const char *data)
{
    struct received_frame frame;
    assert_true(receive_track_frame(receiver->track, &frame, 0));
    assert_int_equal(frame.timestamp, timestamp);
    assert_int_equal(frame.length, strlen(data));
    assert_memory_equal(frame.data, data, frame.length);
}

static void the_newest_block_is_played(void **state)
{
    static const uint8_t newest[] = {OPUS, 'o', 'n', 'e'};
    static const uint8_t with_older[] = {0x80 | OPUS, 0x0f, 0, 3, OPUS, 'o', 'n', 'e', 't', 'w', 'o'};
    static const uint8_t hollow[] = {0x80 | OPUS, 0x0f, 0, 3, OPUS, 't', 'w', 'o'};
    struct received_frame frame;
    struct receiver receiver;
    (void)state;
    open_receiver(&receiver);
    assert_int_equal(receive(&receiver, RED, 1, newest, sizeof newest), 0);
    assert_int_equal(receive(&receiver, RED, 2, with_older, sizeof with_older), 0);
    assert_int_equal(receive(&receiver, RED, 3, hollow, sizeof hollow), 0);
    assert_int_equal(receive(&receiver, OPUS, 4, "plain", 5), 0);
    expect_frame(&receiver, 960, "one");
    expect_frame(&receiver, 2 * 960, "two");
    expect_frame(&receiver, 4 * 960, "plain");
    assert_false(receive_track_frame(receiver.track, &frame, 0));
    close_receiver(&receiver);
}

static void what_is_malformed_is_counted(void **state)
{
    static const uint8_t too_long[] = {0x80 | OPUS, 0x0f, 3, 0xff, OPUS, 'o'}, other[] = {96, 'x'};
    struct receive_track_stats stats;
    struct receiver receiver;
    (void)state;
    open_receiver(&receiver);
    assert_int_equal(receive(&receiver, RED, 1, too_long, sizeof too_long), ERR_INVALID);
    assert_int_equal(receive(&receiver, RED, 2, other, sizeof other), ERR_INVALID);
    receive_track_get_stats(receiver.track, &stats);
    assert_int_equal(stats.bad, 2);
    assert_int_equal(stats.packets, 0);
    close_receiver(&receiver);
}

static void lost_frames_come_out_of_the_packet_behind_them(void **state)
{
    static const uint8_t third[] = {0x80 | OPUS, 0x1e, 0,   3,   0x80 | OPUS, 0x0f, 0,   3,   OPUS,
                                    'o',         'n',  'e', 't', 'w',         'o',  't', 'r', 'i'};
    static const uint8_t foreign[] = {0x80 | 96, 0x0f, 0, 4, OPUS, 'f', 'o', 'u', 'r', 'f', 'i', 'v', 'e'};
    struct receive_track_stats stats;
    struct received_frame frame;
    struct receiver receiver;
    (void)state;
    open_receiver(&receiver);
    assert_int_equal(receive(&receiver, OPUS, 0, "zero", 4), 0);
    expect_frame(&receiver, 0, "zero");
    assert_int_equal(receive(&receiver, RED, 3, third, sizeof third), 0); /* 1 and 2 are lost */
    expect_frame(&receiver, 960, "one");
    expect_frame(&receiver, 2 * 960, "two");
    expect_frame(&receiver, 3 * 960, "tri");
    assert_int_equal(receive(&receiver, RED, 3, third, sizeof third), 0);     /* all is there already */
    assert_int_equal(receive(&receiver, RED, 5, foreign, sizeof foreign), 0); /* of another codec */
    assert_false(receive_track_frame(receiver.track, &frame, 0));
    receive_track_get_stats(receiver.track, &stats);
    assert_int_equal(stats.recovered, 2);
    close_receiver(&receiver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_block_is_played),
        cmocka_unit_test(lost_frames_come_out_of_the_packet_behind_them),
        cmocka_unit_test(what_is_malformed_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
