#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

#include "signaling/room/event_log.h"
#include "signaling/room/kept_messages.h"

#define KB ((size_t)1024)

static struct text *make(struct text_account *texts, size_t length)
{
    char *bytes = malloc(length);
    memset(bytes, 'x', length);
    struct text *text = text_new(texts, bytes, length);
    free(bytes);
    return text;
}

static void what_499_wait_for_is_in_memory_once(void **state)
{
    static struct kept_messages kept[499];
    struct text_account texts = {0};
    struct kept_account server = {.max = KEPT_SERVER_MAX}, room = {.above = &server, .max = KEPT_ROOM_MAX};
    (void)state;
    for (int message = 0; message < 34; message++) { /* 272 kB of chat: each gets all that one may wait for */
        struct text *text = make(&texts, 8 * KB);
        for (size_t i = 0; i < 499; i++)
            assert_int_equal(kept_messages_add(&kept[i], &room, text), message < 32);
        text_release(text);
    }
    assert_in_range(texts.bytes, 32 * 8 * KB, 33 * 8 * KB);
    assert_in_range(room.bytes, 32 * 8 * KB, 33 * 8 * KB + (size_t)499 * 34 * sizeof(void *));
    assert_int_equal(server.bytes, room.bytes);
    for (size_t i = 0; i < 499; i++)
        kept_messages_drop(&kept[i], &room);
    assert_int_equal(texts.bytes, 0);
    assert_int_equal(room.bytes, 0);
    assert_int_equal(server.bytes, 0);
}

/* Each bound is reached by texts that share nothing. */
static void a_participant_a_room_and_the_server_have_bounds(void **state)
{
    enum { ROOMS = 40, PARTICIPANTS = 20 };
    static struct kept_messages kept[ROOMS][PARTICIPANTS];
    static struct kept_account rooms[ROOMS];
    struct text_account texts = {0};
    struct kept_account server = {.max = KEPT_SERVER_MAX};
    (void)state;
    for (int r = 0; r < ROOMS; r++) {
        rooms[r] = (struct kept_account){.above = &server, .max = KEPT_ROOM_MAX};
        for (int m = 0; m < PARTICIPANTS; m++) {
            for (int i = 0; i < 100; i++) {
                struct text *text = make(&texts, 8 * KB);
                (void)kept_messages_add(&kept[r][m], &rooms[r], text);
                text_release(text);
            }
            assert_true(kept[r][m].bytes <= KEPT_PARTICIPANT_MAX);
        }
        assert_true(rooms[r].bytes <= KEPT_ROOM_MAX);
    }
    assert_true(kept[0][0].bytes == KEPT_PARTICIPANT_MAX && rooms[0].bytes > KEPT_ROOM_MAX - 9 * KB);
    assert_in_range(server.bytes, KEPT_SERVER_MAX - 9 * KB, KEPT_SERVER_MAX);
    for (int r = 0; r < ROOMS; r++)
        for (int m = 0; m < PARTICIPANTS; m++)
            kept_messages_drop(&kept[r][m], &rooms[r]);
    assert_int_equal(server.bytes, 0);
    assert_int_equal(texts.bytes, 0);
}

static void a_log_of_events_keeps_the_last_ones_as_text(void **state)
{
    struct event_log log = {0};
    char padding[EVENT_BYTES_MAX + 1];
    (void)state;
    for (int i = 0; i < 100; i++) {
        json_t *event = json_pack("{s:s,s:i}", "kind", "recovery", "ms", i);
        assert_true(event_log_add(&log, "p7", event));
        json_decref(event);
    }
    memset(padding, 'x', sizeof padding - 1);
    padding[sizeof padding - 1] = '\0';
    json_t *large = json_pack("{s:s,s:s}", "kind", "x", "text", padding);
    assert_false(event_log_add(&log, "p7", large));
    json_decref(large);
    json_t *list = event_log_json(&log);
    assert_int_equal(json_array_size(list), EVENT_LOG_MAX);
    for (size_t i = 0; i < EVENT_LOG_MAX; i++) {
        const json_t *event = json_array_get(list, i);
        assert_int_equal(json_integer_value(json_object_get(event, "ms")), 100 - EVENT_LOG_MAX + i);
        assert_string_equal(json_string_value(json_object_get(event, "participant")), "p7");
    }
    json_decref(list);
    event_log_fini(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_499_wait_for_is_in_memory_once),
        cmocka_unit_test(a_participant_a_room_and_the_server_have_bounds),
        cmocka_unit_test(a_log_of_events_keeps_the_last_ones_as_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
