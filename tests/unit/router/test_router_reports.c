#include "tests/unit/router/call_fixture.h"

static void test_reports_go_both_ways(void **state)
{
    struct fixture *f = set_up(0);
    uint8_t data[100];
    struct rtcp_writer writer;
    struct participant_stats stats;
    (void)state;
    for (uint16_t i = 0; i < 50; i++) {
        if (i != 7)
            send_packet(f, AUDIO(.sequence = i, .timestamp = i * 960u, .ssrc = 30, .mid = "a"));
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
    send_packet(f, AUDIO(.sequence = 50, .timestamp = 48000, .ssrc = 30));
    assert_false(f->to_s.has_mid[f->to_s.count - 1]);
    tear_down(f);
}

/* By what the publisher says, what just came was made `late_ms` ago. */
static void send_lying_sr(struct fixture *f, uint32_t timestamp, int late_ms)
{
    send_sr(f, 30, timestamp + (uint32_t)(late_ms * 48));
}

static void test_reports_that_contradict_the_arrival_go_to_nobody(void **state)
{
    static const struct {
        int late_ms;
        bool is_sent;
    } rows[] = {{0, true},     {4900, true},     {5200, false},    {-400, true},
                {-600, false}, {3600000, false}, {-3600000, false}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture *f = set_up(0);
        struct participant_stats stats;
        for (uint16_t k = 0; k < 100; k++) {
            send_packet(f, AUDIO(.sequence = k, .timestamp = k * 960u, .ssrc = 30, .mid = "a"));
            if (k == 10)
                send_lying_sr(f, k * 960u, rows[i].late_ms);
            pass(f, 20 * MS);
        }
        participant_get_stats(f->s, &stats);
        assert_int_equal(f->to_s.has_sr, rows[i].is_sent);
        assert_int_equal(stats.reports_withheld > 0, !rows[i].is_sent);
        tear_down(f);
    }
}

static void test_a_slot_goes_on_under_its_ssrc(void **state)
{
    struct fixture *f = set_up(0);
    (void)state;
    send_packet(f, AUDIO(.sequence = 1, .ssrc = 30, .mid = "a"));
    uint16_t sequence = last(f)->sequence;
    configure_p(f, 0); /* unpublished */
    assert_int_equal(send_packet(f, AUDIO(.sequence = 2, .ssrc = 30, .mid = "a")), ERR_NOT_FOUND);
    configure_p(f, 2);
    send_packet(f, AUDIO(.sequence = 3000, .ssrc = 30, .mid = "a"));
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
    send_packet(f, VIDEO(.sequence = 1, .ssrc = 20, .mid = "v", .vp8.is_key = true));
    router_leave(f->router, f->p, f->now);
    f->p = NULL;
    for (int second = 1; second <= 3; second++) {
        unsigned before = f->to_s.rtcp_packets;
        pass(f, 1200 * MS);
        assert_true(second == 3 || f->to_s.rtcp_packets > before);
    }
    unsigned before = f->to_s.rtcp_packets;
    pass(f, 60 * USEC_PER_SEC);
    assert_in_range(f->to_s.rtcp_packets - before, 0, 1); /* then it is idle */
    tear_down(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reports_go_both_ways),
        cmocka_unit_test(test_reports_that_contradict_the_arrival_go_to_nobody),
        cmocka_unit_test(test_a_slot_goes_on_under_its_ssrc),
        cmocka_unit_test(test_reports_come_for_a_moment_after_the_media_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
