/* Events and statistics as they are written: every field comes back, and nothing that is cut short or malformed is
 * read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "router/worker/event_message.h"
#include "router/worker/statistic_tables.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define ID UINT64_C(0xfedcba9876543210)
#define FILL(text) memset(text, 'x', sizeof(text) - 1)

static struct worker_event events[] = {
    {.type = WORKER_CONNECTED, .connection = ID, .text = "SRTP_AEAD_AES_128_GCM udp"},
    {.type = WORKER_DISCONNECTED, .connection = ID, .error = ERR_TIMEOUT, .text = "gone"},
    {.type = WORKER_CANDIDATE, .connection = ID, .text = "candidate:1 1 tcp 1 192.0.2.1 9 typ host"},
    {.type = WORKER_CANDIDATE, .connection = ID},
    {.type = WORKER_ROUTER, .router = {.type = ROUTER_EVENT_SPEAKERS, .room = "daily", .text = "p1 p2"}},
    {.type = WORKER_ROUTER,
     .connection = ID,
     .router = {.type = ROUTER_EVENT_SLOTS,
                .room = "daily",
                .connection = ID,
                .mid = "7",
                .publication = "p7/camera",
                .slot_state = SLOT_UNSUPPORTED_PROFILE,
                .codec = CODEC_AV1,
                .payload_type = 45}},
    {.type = WORKER_ROUTER,
     .connection = ID,
     .router = {.type = ROUTER_EVENT_ENCODINGS,
                .room = "daily",
                .connection = ID,
                .publication = "p7/camera",
                .asked_encodings = 5}},
    {.type = WORKER_READY, .text = "AB:CD"},
    {.type = WORKER_STATS},
};
#define EVENTS (sizeof events / sizeof events[0])
static struct worker_stats *const *const stats = &events[EVENTS - 1].stats;

/* Different numbers in all rows, that fit their places. */
static void fill(const struct statistic_table *table, void *base, unsigned seed)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct statistic *row = &table->rows[i];
        void *place = (char *)base + row->offset;
        unsigned number = seed * 1000 + (unsigned)i;
        switch (row->storage) {
        case STATISTIC_U16:
            *(uint16_t *)place = (uint16_t)(65535 - number);
            break;
        case STATISTIC_INT:
            *(int *)place = -1 - (int)number;
            break;
        case STATISTIC_UNSIGNED:
            *(unsigned *)place = UINT32_MAX - number;
            break;
        case STATISTIC_I64:
            *(int64_t *)place = INT64_MIN + number;
            break;
        case STATISTIC_U64:
            *(uint64_t *)place = UINT64_MAX - number;
            break;
        case STATISTIC_DOUBLE:
            *(double *)place = number + 0.125;
            break;
        }
    }
}

static void fill_connection(struct connection_stats *connection, unsigned seed)
{
    connection->id = ID + seed;
    connection->worker = 3;
    FILL(connection->room);
    FILL(connection->participant);
    FILL(connection->path);
    FILL(connection->profile);
    fill(&connection_statistics, connection, seed);
    fill(&direction_statistics, &connection->totals.in, seed + 1);
    fill(&direction_statistics, &connection->totals.out, seed + 2);
    for (size_t i = 0; i < connection->publication_count; i++) {
        struct publication_stats *publication = &connection->publications[i];
        FILL(publication->id);
        publication->kind = MEDIA_VIDEO;
        publication->codec = CODEC_H264;
        publication->muted = true;
        fill(&publication_statistics, publication, seed + 3);
        publication->encoding_count = MEDIA_ENCODINGS_MAX;
        for (size_t k = 0; k < MEDIA_ENCODINGS_MAX; k++)
            publication->encoding_bps[k] = UINT64_MAX - k;
        publication->asked_encodings = 5;
    }
    for (size_t i = 0; i < connection->slot_count; i++) {
        struct slot_stats *slot = &connection->slots[i];
        FILL(slot->mid);
        FILL(slot->publication);
        slot->state = SLOT_PAUSED_NO_REPORTS;
        slot->codec = CODEC_RED;
        fill(&slot_statistics, slot, seed + 4);
    }
}

/* Three connections: with everything, with nothing, with slots only. */
static int set_up(void **state)
{
    static const struct {
        size_t publications, slots;
    } having[] = {{2, 3}, {0, 0}, {0, 1}};
    struct worker_stats *made = events[EVENTS - 1].stats = worker_stats_new(3, 2, 4);
    (void)state;
    fill(&worker_statistics, made, 9);
    made->worker = 3;
    made->request = ID;
    made->connection_count = made->publication_count = made->slot_count = 0;
    for (unsigned i = 0; i < 3; i++) {
        struct connection_stats *connection = &made->connections[made->connection_count++];
        connection->publications = &made->publications[made->publication_count];
        connection->slots = &made->slots[made->slot_count];
        connection->publication_count = having[i].publications;
        connection->slot_count = having[i].slots;
        made->publication_count += having[i].publications;
        made->slot_count += having[i].slots;
        fill_connection(connection, 10 * i);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    worker_stats_free(*stats);
    return 0;
}

static uint8_t *written(const struct worker_event *event, size_t *length)
{
    size_t capacity = worker_event_size(event);
    uint8_t *bytes = mem_alloc(capacity);
    int given = worker_event_write(event, bytes, capacity);
    assert_true(given > 0);
    *length = (size_t)given;
    return mem_resize(bytes, *length, 1);
}

static void every_field_of_an_event_comes_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < EVENTS - 1; i++) {
        const struct worker_event *event = &events[i];
        struct worker_event read;
        size_t length;
        uint8_t *bytes = written(event, &length);
        assert_int_equal(worker_event_read(&read, bytes, length), 0);
        assert_int_equal(read.type, event->type);
        assert_int_equal(read.connection, event->connection);
        assert_int_equal(read.error, event->error);
        assert_string_equal(read.text, event->text);
        assert_int_equal(read.router.type, event->router.type);
        assert_string_equal(read.router.room, event->router.room);
        assert_int_equal(read.router.connection, event->router.connection);
        assert_string_equal(read.router.mid, event->router.mid);
        assert_string_equal(read.router.publication, event->router.publication);
        assert_string_equal(read.router.text, event->router.text);
        assert_int_equal(read.router.slot_state, event->router.slot_state);
        assert_int_equal(read.router.codec, event->router.codec);
        assert_int_equal(read.router.payload_type, event->router.payload_type);
        assert_int_equal(read.router.asked_encodings, event->router.asked_encodings);
        assert_null(read.stats);
        free(bytes);
    }
}

static void numbers_are_equal(const struct statistic_table *table, const void *read, const void *given)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct statistic *row = &table->rows[i];
        if (statistic_number(row, read) != statistic_number(row, given))
            fail_msg("%s: %f", row->name, statistic_number(row, read));
    }
}

static void connections_are_equal(const struct connection_stats *read, const struct connection_stats *given)
{
    assert_int_equal(read->id, given->id);
    assert_int_equal(read->worker, given->worker);
    assert_string_equal(read->room, given->room);
    assert_string_equal(read->participant, given->participant);
    assert_string_equal(read->path, given->path);
    assert_string_equal(read->profile, given->profile);
    numbers_are_equal(&connection_statistics, read, given);
    numbers_are_equal(&direction_statistics, &read->totals.in, &given->totals.in);
    numbers_are_equal(&direction_statistics, &read->totals.out, &given->totals.out);
    assert_int_equal(read->publication_count, given->publication_count);
    for (size_t i = 0; i < given->publication_count; i++) {
        const struct publication_stats *one = &read->publications[i], *other = &given->publications[i];
        assert_string_equal(one->id, other->id);
        assert_int_equal(one->kind, other->kind);
        assert_int_equal(one->codec, other->codec);
        assert_int_equal(one->muted, other->muted);
        numbers_are_equal(&publication_statistics, one, other);
        assert_int_equal(one->encoding_count, other->encoding_count);
        assert_memory_equal(one->encoding_bps, other->encoding_bps, sizeof one->encoding_bps);
        assert_int_equal(one->asked_encodings, other->asked_encodings);
    }
    assert_int_equal(read->slot_count, given->slot_count);
    for (size_t i = 0; i < given->slot_count; i++) {
        const struct slot_stats *one = &read->slots[i], *other = &given->slots[i];
        assert_string_equal(one->mid, other->mid);
        assert_string_equal(one->publication, other->publication);
        assert_int_equal(one->state, other->state);
        assert_int_equal(one->codec, other->codec);
        numbers_are_equal(&slot_statistics, one, other);
    }
}

static void all_statistics_come_back(void **state)
{
    struct worker_event read;
    size_t length;
    (void)state;
    uint8_t *bytes = written(&events[EVENTS - 1], &length);
    assert_int_equal(worker_event_read(&read, bytes, length), 0);
    assert_int_equal(read.stats->worker, (*stats)->worker);
    assert_int_equal(read.stats->request, (*stats)->request);
    numbers_are_equal(&worker_statistics, read.stats, *stats);
    assert_int_equal(read.stats->connection_count, (*stats)->connection_count);
    assert_int_equal(read.stats->publication_count, (*stats)->publication_count);
    assert_int_equal(read.stats->slot_count, (*stats)->slot_count);
    for (size_t i = 0; i < read.stats->connection_count; i++)
        connections_are_equal(&read.stats->connections[i], &(*stats)->connections[i]);
    worker_stats_free(read.stats);
    free(bytes);
}

static void what_is_cut_short_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < EVENTS; i++) {
        struct worker_event read;
        size_t length;
        uint8_t *bytes = written(&events[i], &length);
        for (size_t cut = 0; cut < length; cut++) {
            uint8_t *piece = mem_alloc(cut);
            memcpy(piece, bytes, cut);
            int error = worker_event_read(&read, piece, cut);
            /* Counts that the bytes behind them cannot hold are refused as such. */
            assert_true(error == ERR_TRUNCATED || (error == ERR_INVALID && events[i].type == WORKER_STATS));
            worker_stats_free(read.stats);
            assert_int_equal(worker_event_write(&events[i], piece, cut), ERR_NO_SPACE);
            free(piece);
        }
        bytes = mem_resize(bytes, length + 1, 1);
        bytes[length] = 0;
        assert_int_equal(worker_event_read(&read, bytes, length + 1), ERR_INVALID);
        worker_stats_free(read.stats);
        free(bytes);
    }
}

static void what_cannot_be_is_refused(void **state)
{
    static const struct {
        size_t event, at;
        uint8_t value;
        int error;
    } cases[] = {
        {0, 0, EVENT_VERSION + 1, ERR_UNSUPPORTED},
        {0, 1, WORKER_READY + 1, ERR_UNSUPPORTED},
        {0, 16, 0, ERR_INVALID}, /* a NUL in the text */
        {4, 10, ROUTER_EVENT_ENCODINGS + 1, ERR_INVALID},
        {5, 31, SLOT_UNSUPPORTED_PROFILE + 1, ERR_INVALID},
        {5, 32, CODEC_RTX, ERR_INVALID},  /* codec */
        {5, 34, 8, ERR_INVALID},          /* encodings */
        {EVENTS - 1, 20, 1, ERR_INVALID}, /* 16,777,219 connections */
        {EVENTS - 1, 27, 3, ERR_INVALID}, /* a publication that nobody has */
        {EVENTS - 1, 32, 1, ERR_INVALID}, /* numbers: of another version */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct worker_event read;
        size_t length;
        uint8_t *bytes = written(&events[cases[i].event], &length);
        bytes[cases[i].at] = cases[i].value;
        int error = worker_event_read(&read, bytes, length);
        if (error != cases[i].error)
            fail_msg("case %zu: %d", i, error);
        worker_stats_free(read.stats);
        free(bytes);
    }
}

static void a_state_that_no_slot_has_is_refused_in_statistics(void **state)
{
    struct worker_event read;
    size_t length;
    (void)state;
    uint8_t *bytes = written(&events[EVENTS - 1], &length);
    /* Of the last slot, before its codec, the count of its numbers, and those. */
    uint8_t *at = bytes + length - slot_statistics.count * sizeof(uint64_t) - 3;
    assert_int_equal(*at, SLOT_PAUSED_NO_REPORTS);
    *at = SLOT_UNSUPPORTED_PROFILE + 1;
    assert_int_equal(worker_event_read(&read, bytes, length), ERR_INVALID);
    worker_stats_free(read.stats);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_of_an_event_comes_back),
        cmocka_unit_test(all_statistics_come_back),
        cmocka_unit_test(what_is_cut_short_is_refused),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(a_state_that_no_slot_has_is_refused_in_statistics),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
