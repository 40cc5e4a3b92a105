#include "client/mix/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* "1 2 3 2s1 3c": people, the first screen that was shared, of participant 2, and another camera of 3. */
static size_t read_views(const char *text, struct scene_view *views)
{
    size_t count = 0;
    while (*text != '\0') {
        int length = 0;
        struct scene_view view = {.screen = 0};
        assert_true(sscanf(text, "%u%n", &view.participant, &length) == 1);
        text += length;
        if (*text == 's') {
            assert_true(sscanf(text, "s%u%n", &view.screen, &length) == 1);
            view.tile = 1;
            text += length;
        } else if (*text == 'c') {
            view.tile = 2;
            text++;
        }
        views[count++] = view;
        text += *text == ' ' ? 1 : 0;
    }
    return count;
}

static const char *seats(const struct scene *scene)
{
    static char text[256];
    text[0] = '\0';
    for (size_t i = 0; i < scene->count; i++) {
        const struct scene_view *view = &scene->at[i].view;
        char one[32], screen[16] = "";
        if (view->tile != 0)
            snprintf(screen, sizeof screen, "%s%.0u", view->tile == 1 ? "s" : "c", view->screen);
        snprintf(one, sizeof one, "%s%u%s", i > 0 ? " " : "", view->participant, screen);
        strncat(text, one, sizeof text - strlen(text) - 1);
    }
    return text;
}

struct step {
    const char *what;
    enum scene_layout layout;
    unsigned loudest; /* 0: nobody */
    const char *present, *seats;
};

static void play(const struct step *steps, size_t count)
{
    struct scene scene = {.count = 0};
    for (size_t i = 0; i < count; i++) {
        struct scene_view views[64];
        char before[256];
        enum scene_layout layout = scene.layout;
        snprintf(before, sizeof before, "%s", seats(&scene));
        scene_hear(&scene, steps[i].loudest);
        bool is_changed = scene_follow(&scene, steps[i].layout, views, read_views(steps[i].present, views));
        if (strcmp(seats(&scene), steps[i].seats) != 0)
            fail_msg("%s: \"%s\" instead of \"%s\"", steps[i].what, seats(&scene), steps[i].seats);
        assert_int_equal(is_changed, strcmp(before, steps[i].seats) != 0 || layout != steps[i].layout);
    }
}

static void a_grid_has_people_as_they_came(void **state)
{
    static const struct step steps[] = {
        {"nobody", SCENE_GRID, 0, "", ""},
        {"three", SCENE_GRID, 0, "1 2 3", "1 2 3"},
        {"one speaks", SCENE_GRID, 3, "1 2 3", "1 2 3"},
        {"a screen is beside the mix", SCENE_GRID, 3, "1 2 3 2s1", "1 2 3"},
        {"one leaves", SCENE_GRID, 3, "2 3 2s1", "2 3"},
        {"one comes", SCENE_GRID, 0, "2 3 4", "2 3 4"},
        {"more than there are tiles", SCENE_GRID, 0,
         "2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28",
         "2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26"},
    };
    (void)state;
    play(steps, sizeof steps / sizeof steps[0]);
}

static void who_speaks_changes_places_with_who_is_large(void **state)
{
    static const struct step steps[] = {
        {"nobody has spoken", SCENE_SPEAKER, 0, "1 2 3 4", "1 2 3 4"},
        {"one speaks", SCENE_SPEAKER, 3, "1 2 3 4", "3 2 1 4"},
        {"it is silent", SCENE_SPEAKER, 0, "1 2 3 4", "3 2 1 4"},
        {"another one", SCENE_SPEAKER, 4, "1 2 3 4", "4 2 1 3"},
        {"one comes", SCENE_SPEAKER, 0, "1 2 3 4 5", "4 2 1 3 5"},
        {"one of the strip leaves", SCENE_SPEAKER, 0, "2 3 4 5", "4 2 3 5"},
        {"who spoke leaves", SCENE_SPEAKER, 0, "2 3 5", "2 3 5"},
        {"a grid", SCENE_GRID, 5, "2 3 5", "2 3 5"},
        {"and back: who spoke meanwhile", SCENE_SPEAKER, 0, "2 3 5", "5 3 2"},
    };
    (void)state;
    play(steps, sizeof steps / sizeof steps[0]);
}

static void a_screen_is_large_while_there_is_one(void **state)
{
    static const struct step steps[] = {
        {"people", SCENE_SPEAKER, 2, "1 2 3", "2 1 3"},
        {"a screen", SCENE_SPEAKER, 2, "1 2 3 1s1", "1s1 1 3 2"},
        {"somebody speaks", SCENE_SPEAKER, 3, "1 2 3 1s1", "1s1 1 3 2"},
        {"a newer one", SCENE_SPEAKER, 0, "1 2 3 1s1 3s2", "3s2 1 3 2 1s1"},
        {"which ends", SCENE_SPEAKER, 0, "1 2 3 1s1", "1s1 3 2 1"},
        {"so does the first one", SCENE_SPEAKER, 0, "1 2 3", "3 2 1"},
        {"it is shared again", SCENE_SPEAKER, 0, "1 2 3 1s3", "1s3 2 1 3"},
        {"another camera is in the strip, whoever speaks", SCENE_SPEAKER, 2, "1 2 3 1s3 2c", "1s3 2 1 3 2c"},
        {"and stays there", SCENE_SPEAKER, 2, "1 2 3 2c", "2 1 3 2c"},
        {"a grid is without them", SCENE_GRID, 0, "1 2 3 1s3 2c", "1 2 3"},
    };
    (void)state;
    play(steps, sizeof steps / sizeof steps[0]);
}

static void who_speaks_is_seen_whoever_has_a_place(void **state)
{
    static const struct step steps[] = {
        {"twelve", SCENE_SPEAKER, 0, "1 2 3 4 5 6 7 8 9 10 11 12", "1 2 3 4 5 6 7 8 9 10"},
        {"one of the strip", SCENE_SPEAKER, 10, "1 2 3 4 5 6 7 8 9 10 11 12", "10 2 3 4 5 6 7 8 9 1"},
        {"one that has no place", SCENE_SPEAKER, 12, "1 2 3 4 5 6 7 8 9 10 11 12", "12 2 3 4 5 6 7 8 9 10"},
        {"another one", SCENE_SPEAKER, 1, "1 2 3 4 5 6 7 8 9 10 11 12", "1 2 3 4 5 6 7 8 12 10"},
        {"a screen", SCENE_SPEAKER, 0, "1 2 3 4 5 6 7 8 9 10 11 12 2s1", "2s1 2 3 4 5 6 7 1 12 10"},
        {"who speaks beside it", SCENE_SPEAKER, 11, "1 2 3 4 5 6 7 8 9 10 11 12 2s1", "2s1 2 3 4 5 6 11 1 12 10"},
        {"who has a place leaves", SCENE_SPEAKER, 0, "1 2 3 4 5 6 7 8 9 11 12 2s1", "2s1 2 3 4 5 6 11 1 12 7"},
    };
    (void)state;
    play(steps, sizeof steps / sizeof steps[0]);
}

static void tiles_are_those_of_the_layout(void **state)
{
    struct scene_view views[4];
    struct scene scene = {.count = 0};
    size_t count = read_views("1 2 3 4", views);
    (void)state;
    scene_follow(&scene, SCENE_GRID, views, count);
    assert_int_equal(scene_tiles(&scene, 1280, 720).tiles[0].width, 640);
    scene_follow(&scene, SCENE_SPEAKER, views, count);
    assert_int_equal(scene_tiles(&scene, 1280, 720).tiles[0].width, 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_grid_has_people_as_they_came),
        cmocka_unit_test(who_speaks_changes_places_with_who_is_large),
        cmocka_unit_test(a_screen_is_large_while_there_is_one),
        cmocka_unit_test(who_speaks_is_seen_whoever_has_a_place),
        cmocka_unit_test(tiles_are_those_of_the_layout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
