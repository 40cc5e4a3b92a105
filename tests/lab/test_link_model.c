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
    assert_int_equal(out.stats.delivered + out.stats.lost + out.stats.queue_drops, count);
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
        cmocka_unit_test(losses_come_as_often_and_as_long_as_asked),
        cmocka_unit_test(copies_and_overtaking_are_counted),
        cmocka_unit_test(the_same_seed_gives_the_same_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
