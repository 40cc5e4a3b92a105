/* Bandwidth estimation over a simulated link: a sender that follows the estimate with video frames and answers the
 * requested probes, a receiver that reports every 50 ms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lab/link_model.h"
#include "transport/hop/bwe.h"
#include "transport/hop/remb.h"
#include "transport/wire/rtp.h"

#define LIFETIME (5 * USEC_PER_SEC) /* of a REMB */
#define TICK (1 * USEC_PER_MSEC)
#define FRAME (33 * USEC_PER_MSEC)
#define FEEDBACK (50 * USEC_PER_MSEC)
#define PACKET 1200
#define PADDING 280
#define RING 65536
#define BACK_DELAY (20 * USEC_PER_MSEC)

struct path {
    struct bwe *bwe;
    struct link_model link;
    usec_t now, start, next_frame, next_feedback;
    uint64_t application_bps; /* at most; it never sends more than the estimate */
    struct bwe_probe probe;
    bool is_probing;
    usec_t probe_started;
    size_t probe_sent;
    uint16_t sequence, reported;
    bool arrived[RING];
    usec_t arrival[RING];
    struct twcc_feedback feedback[4]; /* on their way */
    usec_t feedback_at[4];
    size_t feedback_next;
    uint64_t delivered_bytes;
    usec_t longest_queue;
    bool loses_feedback;
};

static struct path *path_new(const struct link_config *config, uint64_t application_bps)
{
    struct path *path = calloc(1, sizeof *path);
    path->now = path->start = 1000 * USEC_PER_SEC;
    path->application_bps = application_bps;
    path->sequence = path->reported = 65000; /* it wraps soon */
    path->bwe = bwe_new(&(struct bwe_config){500000, 50000, 20000000}, path->now);
    bwe_set_target(path->bwe, application_bps);
    for (size_t i = 0; i < 4; i++)
        path->feedback_at[i] = USEC_NEVER;
    link_model_init(&path->link, config, 7, path->now);
    return path;
}

static void path_free(struct path *path)
{
    bwe_free(path->bwe);
    link_model_fini(&path->link);
    free(path);
}

static void send_packet(struct path *path, size_t bytes, int cluster)
{
    uint16_t sequence = path->sequence++;
    path->arrived[sequence] = false;
    bwe_sent(path->bwe, sequence, bytes, cluster, path->now);
    link_model_push(&path->link, sequence, bytes + DATAGRAM_OVERHEAD, path->now);
}

static void send_frame(struct path *path)
{
    uint64_t rate = bwe_estimate(path->bwe);
    if (rate > path->application_bps)
        rate = path->application_bps;
    size_t bytes = (size_t)(rate * (uint64_t)FRAME / 8 / USEC_PER_SEC);
    size_t packets = (bytes + PACKET - 1) / PACKET;
    for (size_t i = 0; i < packets; i++)
        send_packet(path, bytes / packets - DATAGRAM_OVERHEAD, 0);
}

static void send_probe(struct path *path)
{
    if (!path->is_probing) {
        if (!bwe_take_probe(path->bwe, &path->probe, path->now))
            return;
        path->is_probing = true;
        path->probe_started = path->now;
        path->probe_sent = 0;
    }
    size_t due = (size_t)(path->probe.rate_bps * (uint64_t)(path->now - path->probe_started + TICK) / 8 / USEC_PER_SEC);
    size_t media = bwe_probe_media(path->bwe), needed = due < path->probe.bytes ? due : path->probe.bytes;
    while (path->probe_sent + media < needed) {
        send_packet(path, PADDING, path->probe.cluster);
        path->probe_sent += PADDING + DATAGRAM_OVERHEAD;
    }
    path->is_probing = path->probe_sent + media < path->probe.bytes;
}

static void take_arrivals(struct path *path)
{
    uint64_t number;
    usec_t at;
    enum link_event event;
    while ((event = link_model_pop(&path->link, path->now, &number, &at)) != LINK_NONE) {
        if (event == LINK_LOST)
            continue;
        path->arrived[number] = true;
        path->arrival[number] = at - path->start + 12345678;
        path->delivered_bytes += PACKET;
    }
    usec_t queue = link_model_queue_time(&path->link);
    path->longest_queue = usec_max(path->longest_queue, queue);
}

static void make_feedback(struct path *path)
{
    size_t slot = path->feedback_next++ % 4;
    struct twcc_feedback *feedback = &path->feedback[slot];
    uint16_t newest = path->reported;
    for (uint16_t s = path->reported; s != path->sequence; s++)
        if (path->arrived[s])
            newest = (uint16_t)(s + 1);
    feedback->count = 0;
    for (; path->reported != newest; path->reported++) {
        struct twcc_status *status = &feedback->status[feedback->count++];
        *status = (struct twcc_status){path->reported, path->arrived[path->reported], 0};
        if (status->received)
            status->arrival = path->arrival[path->reported] / 250 * 250;
    }
    path->feedback_at[slot] = path->loses_feedback ? USEC_NEVER : path->now + BACK_DELAY;
}

static void run(struct path *path, double seconds)
{
    usec_t end = path->now + (usec_t)(seconds * USEC_PER_SEC);
    for (; path->now < end; path->now += TICK) {
        take_arrivals(path);
        if (path->now >= path->next_feedback) {
            path->next_feedback = path->now + FEEDBACK;
            make_feedback(path);
        }
        for (size_t i = 0; i < 4; i++) {
            if (path->feedback_at[i] > path->now)
                continue;
            path->feedback_at[i] = USEC_NEVER;
            bwe_feedback(path->bwe, &path->feedback[i], path->now);
        }
        if (bwe_next(path->bwe) <= path->now)
            bwe_timeout(path->bwe, path->now);
        if (path->now >= path->next_frame) {
            path->next_frame = path->now + FRAME;
            send_frame(path);
        }
        send_probe(path);
    }
}

/* Seconds until the estimate is at least `bps`, at most `limit`. */
static double run_until(struct path *path, uint64_t bps, double limit)
{
    usec_t start = path->now;
    while (bwe_estimate(path->bwe) < bps && path->now - start < (usec_t)(limit * USEC_PER_SEC))
        run(path, 0.05);
    return (double)(path->now - start) / USEC_PER_SEC;
}

static struct link_config link_of(double rate_bps)
{
    return (struct link_config){.delay = 20 * USEC_PER_MSEC, .rate_bps = rate_bps, .queue_time = 500 * USEC_PER_MSEC};
}

static void print_result(const char *name, const struct path *path)
{
    struct bwe_stats stats;
    bwe_get_stats(path->bwe, &stats);
    printf(
        "# %s: estimate %.0f kbit/s (delay %.0f), acknowledged %.0f, loss %.3f, queue %.0f ms, longest %.0f ms, %s\n",
        name, (double)stats.estimate_bps / 1e3, (double)stats.delay_bps / 1e3, (double)stats.acknowledged_bps / 1e3,
        stats.loss, stats.queue_ms, (double)path->longest_queue / 1e3, stats.state);
}

/* What was last heard of a queue says nothing of it later: a picture that was taken away would never come back. */
static void a_queue_is_forgotten_when_nothing_is_sent(void **state)
{
    struct link_config config = link_of(2e6);
    struct path *path = path_new(&config, 1500000);
    (void)state;
    run(path, 10);
    config.rate_bps = 200e3;
    link_model_set(&path->link, &config, path->now);
    run(path, 0.4);
    assert_true(bwe_is_overusing(path->bwe));
    assert_in_range(bwe_queue_time(path->bwe), 100 * USEC_PER_MSEC, path->longest_queue);
    path->application_bps = 0;
    run(path, 4);
    config.rate_bps = 2e6;
    link_model_set(&path->link, &config, path->now);
    assert_false(bwe_is_overusing(path->bwe));
    assert_int_equal(bwe_queue_time(path->bwe), 0);
    assert_true(run_until(path, 1500000, 20) < 20);
    path_free(path);
}

static void converges_to_a_steady_link(void **state)
{
    static const double rates[] = {300e3, 1e6, 5e6};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct link_config config = link_of(rates[i]);
        struct path *path = path_new(&config, 20000000);
        run(path, 20);
        path->longest_queue = 0;
        uint64_t before = path->link.stats.delivered_bytes;
        double sum = 0;
        for (int k = 0; k < 300; k++) {
            run(path, 0.1);
            sum += (double)bwe_estimate(path->bwe);
        }
        print_result("steady", path);
        double share = (double)(path->link.stats.delivered_bytes - before) * 8 / 30 / rates[i];
        printf("#   mean estimate %.2f of the link, %.2f used\n", sum / 300 / rates[i], share);
        assert_true(sum / 300 > 0.8 * rates[i] && sum / 300 < 1.05 * rates[i]);
        assert_true(share > 0.75);
        assert_true(path->longest_queue < 350 * USEC_PER_MSEC);
        path_free(path);
    }
}

static void starts_fast(void **state)
{
    (void)state;
    struct link_config config = link_of(5e6);
    struct path *path = path_new(&config, 3000000);
    double time = run_until(path, 2700000, 10);
    printf("# start to 2.7 of 5 Mbit/s: %.2f s\n", time);
    assert_true(time < 2);
    path_free(path);
}

static void follows_a_step_and_comes_back(void **state)
{
    (void)state;
    struct link_config wide = link_of(2.5e6), narrow = link_of(500e3);
    struct path *path = path_new(&wide, 2500000);
    run(path, 30);
    print_result("2.5M", path);
    assert_true(bwe_estimate(path->bwe) > 1900000);
    link_model_set(&path->link, &narrow, path->now);
    usec_t start = path->now;
    while (bwe_estimate(path->bwe) > 600000 && path->now - start < 10 * USEC_PER_SEC)
        run(path, 0.05);
    printf("# down in %.2f s, queue %.0f ms\n", (double)(path->now - start) / USEC_PER_SEC,
           (double)path->longest_queue / 1e3);
    assert_true(path->now - start < 3 * USEC_PER_SEC);
    run(path, 10);
    path->longest_queue = 0;
    run(path, 20);
    print_result("500k", path);
    assert_in_range(bwe_estimate(path->bwe), 350000, 560000); /* it swings about the capacity */
    link_model_set(&path->link, &wide, path->now);
    double time = run_until(path, 2000000, 20);
    printf("# back at 2.0 Mbit/s after %.2f s\n", time);
    assert_true(time < 10);
    path_free(path);
}

static void random_loss_is_no_congestion(void **state)
{
    static const double losses[] = {0.02, 0.05, 0.10};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct link_config config = link_of(5e6);
        config.loss = losses[i];
        struct path *path = path_new(&config, 2500000);
        run(path, 60);
        print_result("loss", path);
        assert_true(bwe_estimate(path->bwe) > 2000000);
        path_free(path);
    }
}

static void a_short_queue_is_seen_by_its_loss(void **state)
{
    (void)state;
    struct link_config config = link_of(1e6);
    config.queue_time = 20 * USEC_PER_MSEC;
    struct path *path = path_new(&config, 5000000);
    run(path, 40);
    print_result("short queue", path);
    assert_in_range(bwe_estimate(path->bwe), 300000, 1400000);
    path_free(path);
}

static void jitter_is_no_congestion(void **state)
{
    (void)state;
    struct link_config config = link_of(5e6);
    config.delay = 100 * USEC_PER_MSEC;
    config.jitter = 30 * USEC_PER_MSEC;
    struct path *path = path_new(&config, 2000000);
    run(path, 20);
    uint64_t least = UINT64_MAX;
    for (int k = 0; k < 400; k++) {
        run(path, 0.1);
        if (bwe_estimate(path->bwe) < least)
            least = bwe_estimate(path->bwe);
    }
    print_result("jitter", path);
    printf("#   least estimate %.0f kbit/s\n", (double)least / 1e3);
    assert_true(least > 1200000);
    path_free(path);
}

static void a_quiet_application_does_not_lose_the_estimate(void **state)
{
    (void)state;
    struct link_config config = link_of(5e6);
    struct path *path = path_new(&config, 2500000);
    run(path, 20);
    path->application_bps = 50000; /* audio only */
    run(path, 60);
    print_result("quiet", path);
    assert_true(bwe_estimate(path->bwe) > 2000000);
    path_free(path);
}

static void silence_of_the_receiver_lowers_the_estimate(void **state)
{
    (void)state;
    struct link_config config = link_of(5e6);
    struct path *path = path_new(&config, 2500000);
    run(path, 10);
    uint64_t before = bwe_estimate(path->bwe);
    path->loses_feedback = true;
    run(path, 5);
    assert_true(bwe_estimate(path->bwe) < before / 2);
    path->loses_feedback = false;
    double time = run_until(path, 2000000, 20);
    printf("# back after silence in %.2f s\n", time);
    assert_true(time < 10);
    path_free(path);
}

static void an_outage_is_told_when_it_is_over(void **state)
{
    (void)state;
    struct link_config config = link_of(5e6);
    struct path *path = path_new(&config, 2500000);
    run(path, 5);
    assert_false(bwe_take_outage(path->bwe));
    path->loses_feedback = true;
    run(path, 0.6); /* what is missing can still be sent again */
    path->loses_feedback = false;
    run(path, 0.5);
    assert_false(bwe_take_outage(path->bwe));
    path->loses_feedback = true;
    run(path, 2);
    assert_false(bwe_take_outage(path->bwe));
    path->loses_feedback = false;
    run(path, 0.5);
    assert_true(bwe_take_outage(path->bwe));
    assert_false(bwe_take_outage(path->bwe)); /* once */
    path->application_bps = 0;
    run(path, 3);
    path->application_bps = 2500000;
    run(path, 1);
    assert_false(bwe_take_outage(path->bwe)); /* nothing was sent */
    path_free(path);
}

static void remb_counts_without_other_feedback(void **state)
{
    static const uint32_t ssrcs[] = {1, 2};
    (void)state;
    struct bwe *bwe = bwe_new(&(struct bwe_config){500000, 50000, 20000000}, 0);
    bwe_remb(bwe, 1200000, NULL, 0, 0);
    assert_int_equal(bwe_estimate(bwe), 1200000);
    bwe_remb(bwe, 10, NULL, 0, 0);
    assert_int_equal(bwe_estimate(bwe), 50000);
    bwe_remb(bwe, 300000, &ssrcs[0], 1, 0);
    bwe_remb(bwe, 400000, &ssrcs[1], 1, 0);
    assert_int_equal(bwe_estimate(bwe), 700000);
    bwe_remb(bwe, 100000, ssrcs, 2, 0);
    assert_int_equal(bwe_estimate(bwe), 100000);
    /* Not renewed, it counts no longer: the next step is tried. */
    bwe_set_request(bwe, &(struct bandwidth_request){.next_bps = 300000, .next_used_bps = 280000});
    assert_true(bwe_next(bwe) <= LIFETIME);
    bwe_timeout(bwe, LIFETIME - 1);
    assert_int_equal(bwe_estimate(bwe), 100000);
    bwe_timeout(bwe, LIFETIME);
    assert_true(bwe_estimate(bwe) >= 300000);
    assert_true(bwe_is_trying(bwe));
    bwe_free(bwe);
}

static void report_of(struct bwe *bwe, double loss, usec_t now)
{
    for (int i = 0; i < 50; i++)
        bwe_count(bwe, 1000, true);
    bwe_report(bwe, &(struct report_sum){.packets = 50, .bytes = 50e3, .lost_bytes = 50e3 * loss}, now);
}

/* While transport-wide feedback comes, receiver reports are not used; they are when it stops and they go on. */
static void reports_count_where_there_is_no_feedback(void **state)
{
    (void)state;
    struct link_config config = link_of(5e6);
    struct path *path = path_new(&config, 2500000);
    run(path, 10);
    uint64_t before = bwe_estimate(path->bwe);
    assert_true(bwe_has_feedback(path->bwe));
    for (int i = 0; i < 5; i++) {
        report_of(path->bwe, 0.8, path->now);
        bwe_remb(path->bwe, 60000, NULL, 0, path->now);
        run(path, 1);
    }
    assert_true(bwe_estimate(path->bwe) > before / 2);
    usec_t now = path->now + 30 * USEC_PER_SEC;
    for (int i = 0; i < 5; i++, now += USEC_PER_SEC)
        report_of(path->bwe, 0.8, now);
    assert_false(bwe_has_feedback(path->bwe));
    assert_true(bwe_estimate(path->bwe) < 300000);
    path->now = now;
    run(path, 20);
    assert_true(bwe_has_feedback(path->bwe));
    assert_true(bwe_estimate(path->bwe) > 1000000);
    path_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_queue_is_forgotten_when_nothing_is_sent),
        cmocka_unit_test(converges_to_a_steady_link),
        cmocka_unit_test(starts_fast),
        cmocka_unit_test(follows_a_step_and_comes_back),
        cmocka_unit_test(random_loss_is_no_congestion),
        cmocka_unit_test(a_short_queue_is_seen_by_its_loss),
        cmocka_unit_test(jitter_is_no_congestion),
        cmocka_unit_test(a_quiet_application_does_not_lose_the_estimate),
        cmocka_unit_test(silence_of_the_receiver_lowers_the_estimate),
        cmocka_unit_test(an_outage_is_told_when_it_is_over),
        cmocka_unit_test(remb_counts_without_other_feedback),
        cmocka_unit_test(reports_count_where_there_is_no_feedback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
