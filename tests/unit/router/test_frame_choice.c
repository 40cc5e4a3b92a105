#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/out/frame_choice.h"

#define ALL LAYER_ANY

/* One packet: of which picture and encoding, what the link allows by then, and what is expected. */
struct step {
    uint32_t picture;
    int spatial, temporal, sync;
    enum { FIRST, LATER, LATE, KEY } what;
    struct quality limit;
    bool is_taken;
};

struct row {
    const char *name;
    struct quality start;
    struct step steps[12];
};

static void chooses(void **state)
{
    static const struct row rows[] = {
        {"everything while there is room",
         {0, ALL, ALL},
         {{1, 0, 0, 0, KEY, {0, ALL, ALL}, true},
          {1, 2, 0, 0, LATER, {0, ALL, ALL}, true},
          {2, 2, 2, 0, FIRST, {0, ALL, ALL}, true}}},
        {"down in time with the next picture",
         {0, ALL, ALL},
         {{1, 0, 2, 0, FIRST, {0, ALL, ALL}, true},
          {1, 0, 2, 0, LATER, {0, ALL, 0}, true},
          {2, 0, 1, 0, FIRST, {0, ALL, 0}, false},
          {3, 0, 0, 0, FIRST, {0, ALL, 0}, true}}},
        {"up in time one step after the other, where the encoder allows it",
         {0, ALL, 0},
         {{1, 0, 2, 2, FIRST, {0, ALL, 2}, false},
          {2, 0, 1, 0, FIRST, {0, ALL, 2}, false},
          {3, 0, 1, 1, FIRST, {0, ALL, 2}, true},
          {4, 0, 2, 0, FIRST, {0, ALL, 2}, false},
          {5, 0, 2, 2, FIRST, {0, ALL, 2}, true}}},
        {"a base frame may open all of them, up to what is allowed",
         {0, ALL, 0},
         {{1, 0, 0, 2, FIRST, {0, ALL, 1}, true},
          {2, 0, 2, 0, FIRST, {0, ALL, 1}, false},
          {3, 0, 1, 0, FIRST, {0, ALL, 1}, true}}},
        {"down in size with the next picture, up with a keyframe only",
         {0, 2, ALL},
         {{1, 0, 0, 0, KEY, {0, 2, ALL}, true},
          {1, 2, 0, 0, LATER, {0, 1, ALL}, true},
          {2, 1, 0, 0, FIRST, {0, 1, ALL}, true},
          {2, 2, 0, 0, LATER, {0, 1, ALL}, false},
          {3, 0, 0, 0, FIRST, {0, 2, ALL}, true},
          {3, 2, 0, 0, LATER, {0, 2, ALL}, false},
          {4, 0, 0, 0, KEY, {0, 2, ALL}, true},
          {4, 2, 0, 0, LATER, {0, 2, ALL}, true}}},
        {"late packets share their picture's fate",
         {0, ALL, ALL},
         {{1, 0, 1, 0, FIRST, {0, ALL, ALL}, true},
          {2, 0, 1, 0, FIRST, {0, ALL, 0}, false},
          {1, 0, 1, 0, LATE, {0, ALL, 0}, true},
          {2, 0, 1, 0, LATE, {0, ALL, ALL}, false}}},
        {"a picture whose first packet is lost falls like any other",
         {0, 2, ALL},
         {{1, 2, 0, 0, LATER, {0, 2, ALL}, true},
          {2, 1, 0, 0, LATER, {0, 0, ALL}, false},
          {2, 0, 0, 0, LATE, {0, 0, ALL}, true}}},
        {"an unknown late one changes nothing",
         {0, ALL, 0},
         {{1, 0, 0, 2, LATE, {0, ALL, ALL}, true}, {2, 0, 1, 0, FIRST, {0, ALL, ALL}, false}}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct frame_choice choice;
        frame_choice_start(&choice, rows[i].start);
        for (size_t k = 0; k < 12 && rows[i].steps[k].picture != 0; k++) {
            const struct step *step = &rows[i].steps[k];
            struct frame_info frame = {.has_layers = true,
                                       .spatial_id = (uint8_t)step->spatial,
                                       .temporal_id = (uint8_t)step->temporal,
                                       .sync_temporal = (uint8_t)step->sync,
                                       .start = step->what != LATER,
                                       .keyframe = step->what == KEY};
            bool is_taken = frame_choice_takes(&choice, &frame, step->picture * 3000, step->what != LATE, step->limit);
            if (is_taken != step->is_taken)
                fail_msg("%s: step %zu", rows[i].name, k + 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(chooses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
