#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/room/chat_history.h"

static struct chat_history history;
static size_t all;
static struct text_account account;

static void say(size_t length)
{
    static char text[CHAT_HISTORY_BYTES + 1];
    memset(text, '7', length);
    text[0] = text[length - 1] = '"'; /* JSON of any kind will do */
    struct text *message = text_new(&account, text, length);
    chat_history_add(&history, &all, message);
    text_release(message);
}

static void the_oldest_go_first(void **state)
{
    (void)state;
    assert_null(chat_history_text(&history, &account));
    for (size_t i = 2; i <= CHAT_HISTORY_MESSAGES + 3; i++)
        say(i);
    assert_int_equal(history.count, CHAT_HISTORY_MESSAGES);
    struct text *text = chat_history_text(&history, &account);
    json_t *message = json_loads(text_data(text), 0, NULL);
    const json_t *messages = json_object_get(message, "messages");
    assert_int_equal(json_array_size(messages), CHAT_HISTORY_MESSAGES);
    assert_string_equal(json_string_value(json_array_get(messages, 0)), "77"); /* the third */
    json_decref(message);
    text_release(text);
    chat_history_drop(&history, &all);
    assert_int_equal(all, 0);
    assert_int_equal(account.bytes, 0);
}

static void bytes_are_bounded_in_a_room_and_in_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < 10; i++)
        say(CHAT_HISTORY_BYTES / 4);
    assert_int_equal(history.count, 4);
    assert_int_equal(all, CHAT_HISTORY_BYTES);
    all += CHAT_HISTORY_SERVER_BYTES - CHAT_HISTORY_BYTES; /* other rooms take the rest */
    say(100);
    assert_int_equal(history.count, 4);
    all += CHAT_HISTORY_BYTES; /* and more */
    say(CHAT_HISTORY_BYTES);
    assert_int_equal(history.count, 0);
    assert_int_equal(account.bytes, 0);
    all = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oldest_go_first),
        cmocka_unit_test(bytes_are_bounded_in_a_room_and_in_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
