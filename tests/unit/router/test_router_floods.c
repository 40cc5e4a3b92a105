#include "tests/unit/router/call_fixture.h"
#include "transport/wire/twcc.h"

/* The room need not decode more than anybody speaks or shows: the rest of a flood goes no further. */
static void test_a_flood_of_audio_or_pictures_is_cut(void **state)
{
    struct fixture *f = set_up(0);
    struct participant_stats stats;
    unsigned audio = 0, pictures = 0;
    (void)state;
    for (unsigned i = 0; i < 30000; i++) {
        uint32_t timestamp = i * 960u;
        audio += send_packet(f, AUDIO(.sequence = (uint16_t)i, .timestamp = timestamp, .ssrc = 30, .mid = "a")) == 0;
        pictures += send_packet(f, VIDEO(.sequence = (uint16_t)i, .timestamp = timestamp, .ssrc = 20, .mid = "v",
                                         .vp8.is_key = true)) == 0;
        if (i % 10 == 9)
            pass(f, MS);
        f->to_s.count = 0;
    }
    assert_in_range(audio, 1500, 1601); /* in 3 s */
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
            assert_int_equal(send_packet(f, VIDEO(.sequence = (uint16_t)(i * PACKETS_A_PICTURE + j),
                                                  .timestamp = i * 375u, .ssrc = 20, .mid = "v", .vp8.is_key = j == 0)),
                             0);
        for (unsigned j = 0; j < 2; j++)
            assert_int_equal(send_packet(f, AUDIO(.sequence = (uint16_t)(i * 2 + j), .ssrc = 30, .mid = "a")), 0);
        pass(f, USEC_PER_SEC / 240);
        f->to_s.count = 0;
    }
    tear_down(f);
}

/* One chunk of two bytes says of all of them that they did not come. */
static int send_feedback(struct fixture *f, uint16_t first, uint16_t count)
{
    static struct twcc_status lost[TWCC_MAX_PACKETS];
    struct rtcp_writer writer;
    uint8_t packet[24];
    for (uint16_t i = 0; i < count; i++)
        lost[i] = (struct twcc_status){.sequence = (uint16_t)(first + i)};
    rtcp_writer_init(&writer, packet, sizeof packet);
    assert_int_equal(twcc_write(&writer, 1, SLOT_VIDEO, 0, lost, count), count);
    return participant_rtcp(f->s, packet, writer.length, f->now, WALL + f->now);
}

static void test_feedback_on_thousands_of_packets_is_cut(void **state)
{
    struct fixture *f = set_up(0);
    struct participant_stats stats;
    (void)state;
    for (unsigned i = 0; i < 10000; i++) {
        assert_int_equal(send_feedback(f, (uint16_t)(i * 2048), 2048), 0);
        if (i % 10 == 9)
            pass(f, MS);
    }
    participant_get_stats(f->s, &stats);
    assert_in_range(stats.over_budget, 10000 - 2 * 50000 / 2048 - 1, 10000 - 2 * 50000 / 2048); /* in a second */
    assert_int_equal(stats.bad_packets, 0);
    tear_down(f);
}

static void test_the_feedback_of_a_fast_link_is_read(void **state)
{
    struct fixture *f = set_up(0);
    struct participant_stats stats;
    (void)state;
    for (unsigned i = 0; i < 60; i++) { /* 20,000 packets a second */
        assert_int_equal(send_feedback(f, (uint16_t)(i * 1000), 1000), 0);
        pass(f, 50 * MS);
    }
    participant_get_stats(f->s, &stats);
    assert_int_equal(stats.over_budget, 0);
    tear_down(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_flood_of_audio_or_pictures_is_cut),
        cmocka_unit_test(test_the_fastest_encoders_lose_nothing),
        cmocka_unit_test(test_feedback_on_thousands_of_packets_is_cut),
        cmocka_unit_test(test_the_feedback_of_a_fast_link_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
