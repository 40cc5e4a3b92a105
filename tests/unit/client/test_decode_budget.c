/* A thread that decodes frames one after the other, and is late when they take longer than the time between them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/call/remote.h"
#include "client/rtp/decode_budget.h"

#define SECONDS 40
#define SETTLED (10 * USEC_PER_SEC)
#define SOURCES_MAX 3
#define COPIES_MAX 30
#define LATE_MAX (100 * USEC_PER_MSEC) /* a few frames that take long, one after the other */

/* `copies` equal streams: a frame each `interval`, which takes `cost` to decode. In the steady state between `least`
 * and `most` percent of their frames are decoded. */
struct source {
    enum media_kind kind;
    unsigned copies;
    usec_t interval, cost;
    unsigned least, most;
};

struct row {
    const char *name;
    struct source sources[SOURCES_MAX];
};

#define AUDIO                                                                                                          \
    {                                                                                                                  \
        MEDIA_AUDIO, 2, 20000, 100, 100, 100                                                                           \
    }
#define SMALL                                                                                                          \
    {                                                                                                                  \
        MEDIA_VIDEO, 1, 33333, 3000, 100, 100                                                                          \
    }

static const struct row rows[] = {
    {"all have room", {AUDIO, {MEDIA_VIDEO, 30, 33333, 660, 100, 100}}},
    {"one that would take all has half", {AUDIO, SMALL, {MEDIA_VIDEO, 1, 33333, 30000, 50, 60}}},
    {"two that are within their halves", {AUDIO, SMALL, {MEDIA_VIDEO, 2, 33333, 16000, 50, 60}}},
    {"ten that are within their halves", {AUDIO, SMALL, {MEDIA_VIDEO, 10, 33333, 15000, 10, 15}}},
    {"thirty that are too much together", {AUDIO, SMALL, {MEDIA_VIDEO, 30, 33333, 4000, 10, 20}}},
    {"few frames that take long", {AUDIO, SMALL, {MEDIA_VIDEO, 3, 100000, 48000, 35, 45}}},
    {"a flood of audio", {AUDIO, SMALL, {MEDIA_AUDIO, 1, 100, 40, 30, 35}}},
    {"floods of audio", {AUDIO, SMALL, {MEDIA_AUDIO, 5, 200, 40, 60, 70}}},
    {"so many that a small picture costs more", {AUDIO, {MEDIA_AUDIO, 20, 200, 40, 10, 25}}},
};

struct stream {
    const struct source *source;
    struct decode_cost cost;
    usec_t next;
    unsigned came, decoded;
};

struct world {
    struct decode_budget budget;
    struct stream streams[SOURCES_MAX * COPIES_MAX];
    size_t count;
    usec_t free_at, latest; /* when the thread is free; how late audio was */
};

static struct stream *first_due(struct world *world)
{
    struct stream *first = &world->streams[0];
    for (size_t i = 1; i < world->count; i++)
        first = world->streams[i].next < first->next ? &world->streams[i] : first;
    return first;
}

static void decode(struct world *world, struct stream *stream)
{
    usec_t due = stream->next, now = usec_max(world->free_at, due);
    bool is_decoded = decode_budget_allows(&world->budget, &stream->cost, now);
    if (due >= SETTLED) {
        stream->came++;
        stream->decoded += is_decoded;
        if (stream->source->kind == MEDIA_AUDIO)
            world->latest = usec_max(world->latest, now - due);
    }
    if (is_decoded) {
        world->free_at = now + stream->source->cost;
        decode_budget_charge(&stream->cost, stream->source->cost, now);
    }
    stream->next += stream->source->interval;
}

static void run(struct world *world, const struct row *row)
{
    *world = (struct world){0};
    for (size_t k = 0; k < SOURCES_MAX; k++)
        for (unsigned copy = 0; copy < row->sources[k].copies; copy++) {
            struct stream *stream = &world->streams[world->count++];
            stream->source = &row->sources[k];
            stream->next = (usec_t)copy * 997;
            decode_budget_add(&world->budget, &stream->cost, stream->source->kind);
        }
    for (struct stream *due = first_due(world); due->next < SECONDS * USEC_PER_SEC; due = first_due(world))
        decode(world, due);
}

static void check(const struct world *world, const struct row *row, const struct source *source)
{
    unsigned came = 0, decoded = 0;
    for (size_t i = 0; i < world->count; i++) {
        const struct stream *stream = &world->streams[i];
        if (stream->source != source)
            continue;
        came += stream->came;
        decoded += stream->decoded;
    }
    if (decoded < source->least * came / 100 || decoded > source->most * came / 100)
        fail_msg("%s: %u of %u frames of source %td are decoded", row->name, decoded, came, source - row->sources);
}

static void who_costs_little_is_not_disturbed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static struct world world;
        run(&world, &rows[i]);
        for (size_t k = 0; k < SOURCES_MAX; k++)
            check(&world, &rows[i], &rows[i].sources[k]);
        if (world.latest > LATE_MAX)
            fail_msg("%s: audio is %lld us late", rows[i].name, (long long)world.latest);
    }
}

static void who_leaves_is_forgotten(void **state)
{
    struct decode_budget budget = {0};
    struct decode_cost costs[3];
    (void)state;
    for (int i = 0; i < 3; i++)
        decode_budget_add(&budget, &costs[i], MEDIA_VIDEO);
    decode_budget_remove(&budget, &costs[1]);
    decode_budget_remove(&budget, &costs[2]);
    assert_ptr_equal(budget.costs, &costs[0]);
    decode_budget_remove(&budget, &costs[0]);
    assert_null(budget.costs);
}

static void audio_that_is_left_out_is_counted_and_told_once(void **state)
{
    static const uint8_t silence[] = {0xf8, 0xff, 0xfe};
    struct decode_budget budget = {0};
    struct remote *remote = remote_new(&budget, "p1", "Ann");
    struct remote_connection connection = {.via = 1, .is_current = true};
    struct session_frame frame = {
        .kind = MEDIA_AUDIO, .codec = CODEC_OPUS, .frame = {.data = silence, .length = sizeof silence}};
    struct remote_pcm pcm;
    struct remote_stats stats;
    (void)state;
    remote_audio(remote, connection, &frame, USEC_PER_SEC, &pcm);
    assert_non_null(pcm.samples);
    remote_charge(remote, MEDIA_AUDIO, USEC_PER_SEC, USEC_PER_SEC);
    for (int i = 0; i < 3; i++) {
        remote_audio(remote, connection, &frame, USEC_PER_SEC, &pcm);
        assert_null(pcm.samples);
        assert_int_equal(pcm.refused != NULL, i == 0);
    }
    remote_get_stats(remote, &stats, USEC_PER_SEC);
    assert_string_equal(stats.audio.refused, "too costly");
    assert_string_equal(stats.video.refused, "");
    assert_int_equal(stats.audio.packets, 1);
    assert_int_equal(stats.audio.packets_left_out, 3);
    remote_audio(remote, connection, &frame, 10 * USEC_PER_SEC, &pcm);
    assert_non_null(pcm.samples);
    remote_free(remote);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_costs_little_is_not_disturbed),
        cmocka_unit_test(who_leaves_is_forgotten),
        cmocka_unit_test(audio_that_is_left_out_is_counted_and_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
