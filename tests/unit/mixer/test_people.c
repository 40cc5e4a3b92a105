/* Who is mixed: in the order in which they came, and what they share. The client is a list. */
#include "client/mixer/people.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client/media/layout.h"

#define OTHERS_MAX (LAYOUT_TILES_MAX + 4)

/* What the client says: "p1 p2" are here, "-p3" was, "*p4" has muted its camera, "+p5" is the screen of p5. */
static struct heddle_client_remote remotes[OTHERS_MAX];
static char names[OTHERS_MAX][16];
static size_t count;
static struct people people;

void heddle_client_get_stats(const struct heddle_client *client, struct heddle_client_stats *stats)
{
    (void)client;
    *stats = (struct heddle_client_stats){.remotes = count};
}

void heddle_client_get_remote(const struct heddle_client *client, size_t index, struct heddle_client_remote *remote)
{
    (void)client;
    *remote = remotes[index];
}

static void says(const char *text)
{
    count = 0;
    for (char one; *text != '\0'; text += strcspn(text, " "), text += strspn(text, " "), count++) {
        one = *text;
        if (one == '-' || one == '*' || one == '+')
            text++;
        snprintf(names[count], sizeof names[count], "%.*s", (int)strcspn(text, " "), text);
        remotes[count] = (struct heddle_client_remote){.participant = names[count],
                                                       .name = names[count],
                                                       .source = one == '+' ? "screen" : "camera",
                                                       .is_here = one != '-',
                                                       .video.is_muted = one == '*'};
    }
}

/* "p2 p1": those who are mixed, in their order. */
static void expect(const char *text)
{
    char order[256] = "";
    for (size_t i = 0; i < people.count; i++) {
        snprintf(order + strlen(order), sizeof order - strlen(order), "%s%s", i > 0 ? " " : "", people.at[i]->id);
        assert_string_equal(people.at[i]->name, people.at[i]->id);
    }
    assert_string_equal(order, text);
}

static void who_shows_no_name_is_called_something(void **state)
{
    (void)state;
    remotes[0] =
        (struct heddle_client_remote){.participant = "p1", .name = "\xe3\x85\xa4", .source = "camera", .is_here = true};
    remotes[1] = (struct heddle_client_remote){.participant = "p2",
                                               .name = "\xe2\x80\xae"
                                                       "ciV",
                                               .source = "camera",
                                               .is_here = true};
    count = 2;
    people_follow(&people, NULL);
    assert_string_equal(people.at[0]->name, "no name");
    assert_string_equal(people.at[1]->name, "ciV");
    people_fini(&people);
    people = (struct people){0};
}

static void those_who_stay_keep_their_order(void **state)
{
    static const struct {
        const char *says, *order;
    } rows[] = {
        {"", ""},
        {"p1 p2", "p1 p2"},
        {"p2 p1", "p1 p2"},
        {"p1 -p2 p3", "p1 p3"},
        {"p4 p3 -p1", "p3 p4"},
        {"p5 p4 p3", "p3 p4 p5"},
        {"-p5 p4", "p4"},
        {"-p4", ""},
    };
    (void)state;
    people = (struct people){0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        says(rows[i].says);
        people_follow(&people, NULL);
        expect(rows[i].order);
    }
    people_fini(&people);
}

static void screens_are_numbered_as_they_are_shared(void **state)
{
    (void)state;
    people = (struct people){0};
    says("p1 p2 +p2");
    people_follow(&people, NULL);
    expect("p1 p2");
    assert_int_equal(people.at[0]->shared[MESSAGE_TILE_SCREEN].since, 0);
    assert_int_equal(people.at[1]->shared[MESSAGE_TILE_SCREEN].since, 1);
    says("p1 +p1 p2 +p2");
    people_follow(&people, NULL);
    assert_int_equal(people.at[0]->shared[MESSAGE_TILE_SCREEN].since, 2);
    assert_int_equal(people.at[1]->shared[MESSAGE_TILE_SCREEN].since, 1);
    says("p1 +p1 p2");
    people_follow(&people, NULL);
    assert_int_equal(people.at[1]->shared[MESSAGE_TILE_SCREEN].since, 0);
    says("p1 +p1 p2 +p2");
    people_follow(&people, NULL);
    assert_int_equal(people.at[1]->shared[MESSAGE_TILE_SCREEN].since, 3);
    people_fini(&people);
}

/* What is heard of somebody: its voice, and that of its screen while it shares one. */
static void the_audio_of_a_screen_is_heard_with_its_owner(void **state)
{
    static int16_t samples[2 * VOICE_START];
    (void)state;
    people = (struct people){0};
    says("p1 +p1");
    people_follow(&people, NULL);
    assert_false(people_take_frame(people.at[0]));
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
        samples[i] = i / 2 % 48 < 24 ? 8000 : -8000;
    people_put_samples(people.at[0], MESSAGE_TILE_SCREEN, samples, VOICE_START);
    assert_true(people_take_frame(people.at[0]));
    assert_true(people.at[0]->frame[VOICE_FRAME] != 0);
    says("p1");
    people_follow(&people, NULL);
    assert_false(people_take_frame(people.at[0]));
    assert_true(people.at[0]->frame[VOICE_FRAME] == 0);
    people_fini(&people);
}

static void more_than_have_a_tile_are_heard(void **state)
{
    char text[OTHERS_MAX * 8] = "";
    (void)state;
    people = (struct people){0};
    for (unsigned i = 1; i <= OTHERS_MAX; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "p%u ", i);
    says(text);
    people_follow(&people, NULL);
    assert_int_equal(people.count, OTHERS_MAX);
    people_fini(&people);
}

static void they_are_found_by_id_and_by_number(void **state)
{
    (void)state;
    people = (struct people){0};
    says("p7 p12");
    people_follow(&people, NULL);
    assert_int_equal(people_find(&people, "p12"), 1);
    assert_int_equal(people_find(&people, "p1"), SIZE_MAX);
    assert_ptr_equal(people_of_number(&people, 7), people.at[0]);
    assert_null(people_of_number(&people, 1));
    people_fini(&people);
}

static void a_picture_goes_once_with_a_mute(void **state)
{
    (void)state;
    people = (struct people){0};
    says("p1 p2");
    people_follow(&people, NULL);
    people.at[0]->has_picture = true;
    says("*p1 *p2 *p9"); /* of whom the last is not mixed yet */
    people_read_mutes(&people, NULL);
    assert_true(people_took_picture_away(people.at[0]));
    assert_false(people_took_picture_away(people.at[0]));
    assert_false(people_took_picture_away(people.at[1])); /* it had none */
    says("p1 *p2");
    people_read_mutes(&people, NULL);
    people.at[0]->has_picture = true;
    assert_false(people_took_picture_away(people.at[0]));
    people_fini(&people);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_shows_no_name_is_called_something),
        cmocka_unit_test(those_who_stay_keep_their_order),
        cmocka_unit_test(screens_are_numbered_as_they_are_shared),
        cmocka_unit_test(the_audio_of_a_screen_is_heard_with_its_owner),
        cmocka_unit_test(more_than_have_a_tile_are_heard),
        cmocka_unit_test(they_are_found_by_id_and_by_number),
        cmocka_unit_test(a_picture_goes_once_with_a_mute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
