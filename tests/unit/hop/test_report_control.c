#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/base/time.h"
#include "transport/hop/report_control.h"
#include "transport/wire/rtp.h"

#define TICK (10 * USEC_PER_MSEC)
#define PACKET 1000
#define WANTED 3000000
#define RTT (50 * USEC_PER_MSEC)

/* A sender of `media_bps` at most, a link that carries `link_bps` and loses `loss` on top, a report a second. */
struct path {
    struct report_control control;
    double media_bps, link_bps, loss;
    usec_t rtt, now;
    bool reports;
    double due, in_window, carried; /* bytes */
    unsigned packets;
    double padding; /* all */
};

static void init(struct path *path, uint64_t start_bps)
{
    *path = (struct path){.media_bps = 100e3, .link_bps = 50e6, .rtt = RTT, .reports = true, .now = USEC_PER_SEC};
    report_control_init(&path->control, start_bps, 50000, 100000000, path->now);
    path->control.target_bps = WANTED;
}

static void send(struct path *path, size_t bytes, bool is_reported)
{
    report_control_sent(&path->control, bytes, is_reported);
    path->in_window += (double)bytes;
    path->packets += is_reported;
}

static void report(struct path *path)
{
    double through = path->link_bps / 8 * 1.0, lost = path->loss;
    if (path->in_window > through)
        lost = 1 - (1 - lost) * through / path->in_window;
    const struct report_sum sum = {.packets = path->packets,
                                   .bytes = (double)path->packets * PACKET,
                                   .lost_bytes = (double)path->packets * PACKET * lost,
                                   .rtt = path->rtt};
    if (path->reports)
        report_control_report(&path->control, &sum, path->now);
    path->in_window = 0;
    path->packets = 0;
}

static void run(struct path *path, double seconds)
{
    usec_t end = path->now + (usec_t)(seconds * USEC_PER_SEC);
    for (; path->now < end; path->now += TICK) {
        uint64_t bps = report_control_bps(&path->control);
        double rate = (double)bps < path->media_bps ? (double)bps : path->media_bps;
        for (path->due += rate / 8 / 100; path->due >= PACKET; path->due -= PACKET)
            send(path, PACKET, true);
        size_t padding = report_control_padding(&path->control, path->now);
        path->padding += (double)padding;
        if (padding > 0)
            send(path, padding, false);
        if (path->now % USEC_PER_SEC == 0)
            report(path);
        report_control_timeout(&path->control, path->now);
    }
}

static void loss_takes_it_down_to_what_comes_through(void **state)
{
    static const double links[] = {100e3, 300e3, 1e6};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct path path;
        init(&path, 2000000);
        path.media_bps = 1e9;
        path.link_bps = links[i];
        path.control.target_bps = 0; /* no trials */
        run(&path, 5);
        assert_in_range((uint64_t)((double)path.control.bps / links[i] * 100), 75, 105);
    }
}

static void a_little_loss_holds_and_none_lets_it_grow(void **state)
{
    static const struct {
        double loss, least, most; /* of 500 kbit/s, after 5 s */
    } rows[] = {{0, 1.36, 1.5}, {0.01, 1.36, 1.5}, {0.05, 1, 1}, {0.09, 1, 1}, {0.4, 0.1, 0.9}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct path path;
        init(&path, 500000);
        path.media_bps = 1e9;
        path.loss = rows[i].loss;
        run(&path, 5.5);
        assert_in_range(path.control.bps, (uint64_t)(500000 * rows[i].least), (uint64_t)(500000 * rows[i].most));
    }
}

static void a_standing_queue_counts_as_loss_does(void **state)
{
    struct path path;
    (void)state;
    init(&path, 500000);
    path.media_bps = 1e9;
    path.control.target_bps = 500000;
    run(&path, 3);
    uint64_t before = path.control.bps;
    assert_true(before >= 500000);
    path.rtt = RTT + 400 * USEC_PER_MSEC;
    run(&path, 4);
    assert_in_range(path.control.bps, before * 6 / 10, before * 95 / 100);
    assert_true(path.control.is_congested);
}

/* It grows to half more than what was sent: beyond that nothing is known. */
static void it_never_grows_far_beyond_what_is_sent(void **state)
{
    struct path path;
    (void)state;
    init(&path, 200000);
    path.media_bps = 300e3;
    path.reports = true;
    run(&path, 60);
    assert_in_range(path.control.bps, 200000, 300000 * 3 / 2 + 20000);
}

static void loss_that_does_not_fall_is_put_up_with(void **state)
{
    struct path path;
    (void)state;
    init(&path, 1000000);
    path.media_bps = 1e9;
    path.loss = 0.15;
    path.control.target_bps = 1000000;
    run(&path, 30);
    assert_true(path.control.bps > 900000);
    assert_in_range((int)(path.control.inherent * 100), 13, 17);
    path.link_bps = 200e3; /* and congestion is still seen */
    run(&path, 10);
    assert_true(path.control.bps < 300000);
}

/* Media cannot show what the link carries: padding does, a step at a time. */
static void padding_shows_what_the_link_carries(void **state)
{
    struct path path;
    (void)state;
    init(&path, 100000);
    path.control.request.can_pad = true;
    run(&path, 15);
    assert_in_range(path.control.bps, WANTED * 9 / 10, WANTED * 5 / 4);
    double padding = path.padding;
    run(&path, 20);
    assert_true(path.padding <= padding); /* there is nothing to find out any more */
}

static void padding_that_is_too_much_comes_ever_more_rarely(void **state)
{
    struct path path;
    (void)state;
    init(&path, 150000);
    path.control.request.can_pad = true;
    path.link_bps = 160e3;
    run(&path, 10);
    double first = path.padding;
    run(&path, 60);
    assert_true(first > 0);
    assert_true((path.padding - first) / 60 < first / 10 * 0.7);
    assert_true(path.control.bps < 240000);
    path.link_bps = 50e6;
    run(&path, 60);
    assert_true(path.control.bps > WANTED * 9 / 10);
}

/* Seconds until the next step of what is sent has come through; the application sends it when it may. */
static double until_next(struct path *path, uint64_t next, double limit)
{
    double seconds = 0;
    path->control.request = (struct bandwidth_request){.next_bps = next, .next_used_bps = next, .is_starved = true};
    for (; seconds < limit && path->control.bps < next; seconds += 0.1) {
        path->media_bps = report_control_bps(&path->control) >= next ? (double)next : 30e3;
        run(path, 0.1);
    }
    return seconds;
}

static void without_padding_the_next_step_is_tried(void **state)
{
    struct path path;
    (void)state;
    init(&path, 60000);
    assert_true(until_next(&path, 200000, 60) < 5);
}

static void what_is_paused_comes_back_when_the_link_does(void **state)
{
    struct path path;
    (void)state;
    init(&path, 60000);
    path.link_bps = 70e3;
    assert_true(until_next(&path, 200000, 60) >= 60);
    assert_true(path.control.bps < 150000);
    path.link_bps = 50e6;
    assert_true(until_next(&path, 200000, 60) < 25);
}

/* Nothing is sent, so nothing is reported: that must not hold up the trial. */
static void silence_is_no_congestion(void **state)
{
    struct path path;
    (void)state;
    init(&path, 60000);
    path.link_bps = 50e3;
    path.media_bps = 500e3;
    run(&path, 3);
    assert_true(path.control.is_congested);
    path.media_bps = 0;
    path.reports = false;
    run(&path, 5);
    assert_false(path.control.is_congested);
    path.control.request = (struct bandwidth_request){.next_bps = 200000, .next_used_bps = 200000, .is_starved = true};
    run(&path, 12);
    assert_true(report_control_bps(&path.control) >= 200000);
}

/* Padding alone is in no report: then media is tried though padding could be sent. */
static void padding_is_no_use_without_media(void **state)
{
    struct path path;
    (void)state;
    init(&path, 60000);
    path.media_bps = 0;
    path.control.request =
        (struct bandwidth_request){.next_bps = 200000, .next_used_bps = 200000, .is_starved = true, .can_pad = true};
    run(&path, 5);
    assert_true(report_control_bps(&path.control) >= 200000);
    assert_true(path.padding <= 0);
}

static void packets_asked_for_again_end_a_trial(void **state)
{
    struct path path;
    (void)state;
    init(&path, 100000);
    path.control.request = (struct bandwidth_request){.next_bps = 600000, .next_used_bps = 550000};
    path.media_bps = 550e3;
    run(&path, 2.2);
    assert_true(path.control.trial.is_running);
    report_control_nack(&path.control, 5, path.now);
    assert_true(path.control.trial.is_running);
    report_control_nack(&path.control, 40, path.now);
    assert_false(path.control.trial.is_running);
    assert_true(path.control.is_congested);
    assert_true(report_control_bps(&path.control) < 200000);
}

static void remb_is_a_limit_while_it_counts(void **state)
{
    struct path path;
    (void)state;
    init(&path, 500000);
    report_control_remb(&path.control, 1200000, path.now);
    assert_int_equal(path.control.bps, 1200000);
    report_control_remb(&path.control, 60000, path.now);
    assert_int_equal(path.control.bps, 60000);
    path.control.request =
        (struct bandwidth_request){.next_bps = 200000, .next_used_bps = 200000}; /* something is shown */
    path.media_bps = 1e9;
    run(&path, 30);
    assert_int_equal(report_control_bps(&path.control), 60000);
    report_control_remb(&path.control, 0, path.now);
    run(&path, 5);
    assert_true(report_control_bps(&path.control) >= 200000);
}

static void loss_counts_beside_a_remb(void **state)
{
    struct path path;
    (void)state;
    init(&path, 500000);
    path.media_bps = 1e9;
    path.link_bps = 400e3;
    for (int i = 0; i < 6; i++) {
        report_control_remb(&path.control, 2000000, path.now);
        run(&path, 1);
    }
    assert_true(path.control.bps < 600000);
}

/* A REMB that rises with what comes in: padding lifts it, and when it does not rise nothing is sent beyond it. */
static void padding_lifts_a_remb(void **state)
{
    static const bool rises[] = {true, false};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct path path;
        init(&path, 300000);
        path.control.request = (struct bandwidth_request){.can_pad = true};
        double remb = 60000;
        for (int k = 0; k < 600; k++) {
            double sent = path.padding;
            report_control_remb(&path.control, (uint64_t)remb, path.now);
            run(&path, 0.1);
            double most = ((path.padding - sent) * 80 + 30e3) * 1.5 + 10000;
            if (rises[i] && remb * 1.008 < most)
                remb *= 1.008;
        }
        assert_true(rises[i] ? path.control.bps > 1500000 : path.control.bps == 60000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss_takes_it_down_to_what_comes_through),
        cmocka_unit_test(a_little_loss_holds_and_none_lets_it_grow),
        cmocka_unit_test(a_standing_queue_counts_as_loss_does),
        cmocka_unit_test(it_never_grows_far_beyond_what_is_sent),
        cmocka_unit_test(loss_that_does_not_fall_is_put_up_with),
        cmocka_unit_test(padding_shows_what_the_link_carries),
        cmocka_unit_test(padding_that_is_too_much_comes_ever_more_rarely),
        cmocka_unit_test(without_padding_the_next_step_is_tried),
        cmocka_unit_test(what_is_paused_comes_back_when_the_link_does),
        cmocka_unit_test(silence_is_no_congestion),
        cmocka_unit_test(padding_is_no_use_without_media),
        cmocka_unit_test(packets_asked_for_again_end_a_trial),
        cmocka_unit_test(remb_is_a_limit_while_it_counts),
        cmocka_unit_test(loss_counts_beside_a_remb),
        cmocka_unit_test(padding_lifts_a_remb),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
