#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lab/link_model.h"

#define MS USEC_PER_MSEC
#define PACKETS 20000

struct run {
    struct link_config config;
    usec_t interval;
    size_t bytes;
    uint64_t seed;
    size_t count;
};

struct outcome {
    struct link_stats stats;
    uint64_t order[2 * PACKETS];
    usec_t at[2 * PACKETS];
    size_t arrivals;
    size_t bursts; /* runs of lost packets */
    unsigned char lost[PACKETS], ended[PACKETS];
};

static void drain(struct link_model *model, struct outcome *out, usec_t now)
{
    uint64_t number;
    usec_t at;
    for (enum link_event event; (event = link_model_pop(model, now, &number, &at)) != LINK_NONE;) {
        assert_true(at <= now);
        if (event != LINK_COPY) {
            assert_false(out->ended[number]);
            out->ended[number] = 1;
        }
        if (event == LINK_LOST) {
            out->lost[number] = 1;
            continue;
        }
        assert_true(out->arrivals == 0 || at >= out->at[out->arrivals - 1]);
        out->order[out->arrivals] = number;
        out->at[out->arrivals++] = at;
    }
}

/* Offers `count` packets at even times, in steps of virtual time from one event of the model to the next. */
static struct outcome *run(const struct run *run)
{
    static struct outcome out;
    struct link_model model;
    memset(&out, 0, sizeof out);
    link_model_init(&model, &run->config, run->seed, 0);
    size_t count = run->count > 0 ? run->count : PACKETS;
    for (size_t i = 0; i < count; i++) {
        usec_t now = (usec_t)i * run->interval;
        for (usec_t next; (next = link_model_next(&model)) <= now;)
            drain(&model, &out, next);
        if (!link_model_push(&model, i, run->bytes, now))
            out.ended[i] = 2;
    }
    for (usec_t next; (next = link_model_next(&model)) != USEC_NEVER;)
        drain(&model, &out, next);
    for (size_t i = 0; i < count; i++) {
        assert_true(out.ended[i]);
        out.bursts += out.lost[i] && (i == 0 || !out.lost[i - 1]);
    }
    out.stats = model.stats;
    assert_int_equal(out.stats.delivered + out.stats.lost + out.stats.queue_drops + out.stats.policed, count);
    link_model_fini(&model);
    return &out;
}

static void assert_near(double value, double wanted, double share)
{
    if (value < wanted * (1 - share) || value > wanted * (1 + share))
        fail_msg("%f is not near %f", value, wanted);
}

static void a_perfect_link_changes_nothing(void **state)
{
    (void)state;
    struct outcome *out = run(&(struct run){.interval = 1000, .bytes = 1000});
    for (size_t i = 0; i < PACKETS; i++) {
        assert_int_equal(out->order[i], i);
        assert_int_equal(out->at[i], (usec_t)i * 1000);
    }
}

static void delay_is_exact_and_jitter_keeps_the_order(void **state)
{
    (void)state;
    struct outcome *out = run(&(struct run){.config = {.delay = 50 * MS}, .interval = 1000, .bytes = 1000});
    for (size_t i = 0; i < PACKETS; i++)
        assert_int_equal(out->at[i], (usec_t)i * 1000 + 50 * MS);
    out = run(&(struct run){.config = {.delay = 100 * MS, .jitter = 30 * MS}, .interval = 100 * MS, .bytes = 1000});
    double sum = 0;
    usec_t least = USEC_NEVER, most = 0;
    for (size_t i = 0; i < PACKETS; i++) {
        usec_t delay = out->at[i] - (usec_t)i * 100 * MS;
        assert_int_equal(out->order[i], i);
        sum += (double)delay;
        least = usec_min(least, delay);
        most = usec_max(most, delay);
    }
    assert_near(sum / PACKETS, 100 * MS, 0.01);
    assert_true(least >= 70 * MS && least < 71 * MS);
    assert_true(most <= 130 * MS && most > 129 * MS);
    out = run(&(struct run){.config = {.delay = 100 * MS, .jitter = 30 * MS}, .interval = 1000, .bytes = 1000});
    for (size_t i = 0; i < PACKETS; i++)
        assert_int_equal(out->order[i], i);
}

static void the_rate_holds_and_the_queue_is_bounded(void **state)
{
    static const struct {
        struct link_config config;
        usec_t longest;
    } rows[] = {
        {{.rate_bps = 1e6, .queue_time = 300 * MS}, 300 * MS},
        {{.rate_bps = 1e6, .queue_bytes = 12000}, 96 * MS},
    };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        /* 2 Mbit/s offered to 1 Mbit/s */
        struct outcome *out = run(&(struct run){.config = rows[i].config, .interval = 4800, .bytes = 1200});
        double seconds = (double)(out->at[out->arrivals - 1] - out->at[0]) / 1e6;
        assert_near((double)out->stats.delivered_bytes * 8 / seconds, 1e6, 0.01);
        assert_near((double)out->stats.queue_drops, PACKETS / 2.0, 0.05);
        assert_true(out->stats.longest_queue <= rows[i].longest);
        assert_true(out->stats.longest_queue > rows[i].longest - 20 * MS);
    }
    struct outcome *out =
        run(&(struct run){.config = {.rate_bps = 3e6, .queue_time = 50 * MS}, .interval = 4800, .bytes = 1200});
    assert_int_equal(out->stats.queue_drops, 0);
    assert_int_equal(out->at[0], 3200);
}

static void a_change_of_rate_reaches_what_is_queued(void **state)
{
    struct link_model model;
    struct link_config config = {.rate_bps = 1e6};
    uint64_t number;
    usec_t at;
    (void)state;
    link_model_init(&model, &config, 1, 0);
    for (uint64_t i = 0; i < 3; i++) /* 10 ms each */
        assert_true(link_model_push(&model, i, 1250, 0));
    config.rate_bps = 1e5;
    link_model_set(&model, &config, 15 * MS); /* half of the second is sent: 50 ms for the rest, 100 for the third */
    assert_int_equal(link_model_pop(&model, 15 * MS, &number, &at), LINK_DELIVER);
    assert_int_equal(at, 10 * MS);
    assert_int_equal(link_model_next(&model), 65 * MS);
    assert_int_equal(link_model_queue_time(&model), 150 * MS);
    assert_int_equal(link_model_pop(&model, 65 * MS - 1, &number, &at), LINK_NONE);
    assert_int_equal(link_model_pop(&model, 65 * MS, &number, &at), LINK_DELIVER);
    config.rate_bps = 0;
    link_model_set(&model, &config, 70 * MS);
    assert_int_equal(link_model_pop(&model, 70 * MS, &number, &at), LINK_DELIVER);
    assert_int_equal(number, 2);
    assert_int_equal(link_model_next(&model), USEC_NEVER);
    link_model_fini(&model);
}

/* Arrivals of packets of so many bytes that are pushed at 0, in ms. */
static void assert_arrivals(const struct link_config *config, size_t bytes, size_t count, const usec_t *expected_ms)
{
    struct link_model model;
    uint64_t number;
    usec_t at;
    link_model_init(&model, config, 1, 0);
    for (uint64_t i = 0; i < count; i++)
        assert_true(link_model_push(&model, i, bytes, 0));
    for (size_t i = 0; i < count; i++) {
        while (link_model_next(&model) < expected_ms[i] * MS)
            assert_int_equal(link_model_pop(&model, link_model_next(&model), &number, &at), LINK_NONE);
        assert_int_equal(link_model_pop(&model, expected_ms[i] * MS, &number, &at), LINK_DELIVER);
        assert_int_equal(number, i);
        assert_int_equal(at, expected_ms[i] * MS);
    }
    assert_int_equal(link_model_next(&model), USEC_NEVER);
    link_model_fini(&model);
}

static void a_trace_sends_when_it_says(void **state)
{
    uint32_t at_ms[] = {10, 10, 30, 100};
    struct link_trace trace = {at_ms, 4};
    const struct link_config config = {.trace = &trace};
    (void)state;
    assert_arrivals(&config, 1500, 6, (const usec_t[]){10, 10, 30, 100, 110, 110});
    assert_arrivals(&config, 500, 8, (const usec_t[]){10, 10, 10, 10, 10, 10, 30, 30}); /* three in one */
    assert_arrivals(&config, 1000, 4, (const usec_t[]){10, 10, 10, 30});                /* one in two */
    assert_arrivals(&config, 4500, 2, (const usec_t[]){30, 110});                       /* one in three */
}

static void what_a_trace_offers_to_nobody_is_gone(void **state)
{
    uint32_t at_ms[] = {10, 20, 50};
    struct link_trace trace = {at_ms, 3};
    const struct link_config config = {.trace = &trace, .queue_time = 25 * MS};
    struct link_model model;
    uint64_t number;
    usec_t at;
    (void)state;
    link_model_init(&model, &config, 1, 1000 * MS);
    assert_true(
        link_model_push(&model, 0, 1500, 1000000 * MS + 15 * MS)); /* many repetitions later: the next is at 20 */
    assert_int_equal(link_model_queue_time(&model), 5 * MS);
    assert_true(link_model_push(&model, 1, 1500, 1000000 * MS + 16 * MS));
    assert_int_equal(link_model_queue_time(&model), 34 * MS);
    assert_false(link_model_push(&model, 2, 1500, 1000000 * MS + 17 * MS));
    assert_int_equal(link_model_next(&model), 1000000 * MS + 20 * MS);
    assert_int_equal(link_model_pop(&model, 1000000 * MS + 50 * MS, &number, &at), LINK_DELIVER);
    assert_int_equal(link_model_pop(&model, 1000000 * MS + 50 * MS, &number, &at), LINK_DELIVER);
    assert_int_equal(at, 1000000 * MS + 50 * MS);
    struct link_config other = {.rate_bps = 12e6};
    link_model_set(&model, &other, 1000000 * MS + 51 * MS);
    assert_true(link_model_push(&model, 3, 1500, 1000000 * MS + 60 * MS));
    assert_int_equal(link_model_next(&model), 1000000 * MS + 61 * MS);
    link_model_set(&model, &config, 1000000 * MS + 60 * MS); /* it begins here */
    assert_int_equal(link_model_next(&model), 1000000 * MS + 70 * MS);
    link_model_fini(&model);
}

static void a_bucket_sends_at_once_what_was_left_over(void **state)
{
    const struct link_config config = {.rate_bps = 1e6, .bucket_bytes = 3000}; /* 8 ms for 1,000 bytes */
    struct link_model model;
    uint64_t number;
    usec_t at;
    (void)state;
    assert_arrivals(&config, 1000, 5, (const usec_t[]){0, 0, 0, 8, 16});
    link_model_init(&model, &config, 1, 0);
    for (uint64_t i = 0; i < 4; i++)
        assert_true(link_model_push(&model, i, 1000, 0));
    while (link_model_pop(&model, 8 * MS, &number, &at) != LINK_NONE)
        assert_true(at == (number < 3 ? 0 : 8 * MS));
    assert_true(link_model_push(&model, 4, 1000, 12 * MS)); /* half of it has come again */
    assert_int_equal(link_model_next(&model), 16 * MS);
    link_model_fini(&model);
}

static void a_policer_drops_what_comes_too_fast(void **state)
{
    (void)state;
    /* 2 Mbit/s offered to 1 Mbit/s: half of it goes, and nothing waits */
    struct outcome *out =
        run(&(struct run){.config = {.police_bps = 1e6, .police_bytes = 6000}, .interval = 4800, .bytes = 1200});
    assert_near((double)out->stats.policed, PACKETS / 2.0, 0.01);
    assert_int_equal(out->stats.queue_drops, 0);
    assert_int_equal(out->stats.longest_queue, 0);
    for (size_t i = 0; i < 5; i++) /* the burst */
        assert_int_equal(out->order[i], i);
    out = run(&(struct run){.config = {.police_bps = 3e6, .police_bytes = 1500}, .interval = 4800, .bytes = 1200});
    assert_int_equal(out->stats.policed, 0);
}

static void losses_come_as_often_and_as_long_as_asked(void **state)
{
    static const struct {
        struct link_config config;
        double share, burst;
    } rows[] = {
        {{.loss = 0.1}, 0.1, 1 / 0.9},
        {{.burst_enter = 0.0125, .burst_exit = 0.25}, 0.0125 / 0.2625, 4},
        {{.loss = 1}, 1, PACKETS},
    };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct outcome *out = run(&(struct run){.config = rows[i].config, .interval = 1000, .bytes = 100, .seed = 5});
        assert_near((double)out->stats.lost / PACKETS, rows[i].share, 0.15);
        assert_near((double)out->stats.lost / (double)out->bursts, rows[i].burst, 0.15);
    }
}

static void copies_and_overtaking_are_counted(void **state)
{
    (void)state;
    struct outcome *out =
        run(&(struct run){.config = {.delay = 10 * MS, .duplicate = 0.02, .reorder = 0.05, .reorder_delay = 5 * MS},
                          .interval = 1000,
                          .bytes = 100});
    size_t late = 0;
    uint64_t highest = 0;
    for (size_t i = 0; i < out->arrivals; i++) {
        late += out->order[i] < highest && (i == 0 || out->order[i] != out->order[i - 1]);
        highest = out->order[i] > highest ? out->order[i] : highest;
    }
    assert_int_equal(out->arrivals, PACKETS + out->stats.copies);
    assert_near((double)out->stats.copies, PACKETS * 0.02, 0.2);
    assert_near((double)out->stats.reordered, PACKETS * 0.05, 0.2);
    assert_near((double)late, PACKETS * 0.05, 0.3);
}

static void the_same_seed_gives_the_same_link(void **state)
{
    static const struct run rows[] = {
        {{.delay = 20 * MS,
          .jitter = 10 * MS,
          .loss = 0.05,
          .reorder = 0.01,
          .duplicate = 0.01,
          .rate_bps = 1e6,
          .queue_time = 100 * MS},
         5000,
         1000,
         99,
         5000},
    };
    static struct outcome first;
    (void)state;
    first = *run(&rows[0]);
    assert_memory_equal(run(&rows[0]), &first, sizeof first);
    struct run other = rows[0];
    other.seed = 100;
    assert_memory_not_equal(run(&other), &first, sizeof first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_perfect_link_changes_nothing),
        cmocka_unit_test(delay_is_exact_and_jitter_keeps_the_order),
        cmocka_unit_test(the_rate_holds_and_the_queue_is_bounded),
        cmocka_unit_test(a_change_of_rate_reaches_what_is_queued),
        cmocka_unit_test(a_trace_sends_when_it_says),
        cmocka_unit_test(what_a_trace_offers_to_nobody_is_gone),
        cmocka_unit_test(a_bucket_sends_at_once_what_was_left_over),
        cmocka_unit_test(a_policer_drops_what_comes_too_fast),
        cmocka_unit_test(losses_come_as_often_and_as_long_as_asked),
        cmocka_unit_test(copies_and_overtaking_are_counted),
        cmocka_unit_test(the_same_seed_gives_the_same_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
