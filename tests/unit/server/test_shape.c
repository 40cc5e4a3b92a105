#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/shape.h"

#define S USEC_PER_SEC

static const struct shape_config config = {.mesh_max = 4, .hold = 10 * S, .copy_bps = 600000};
static const struct shape_config always_sfu = {.mesh_max = 0, .hold = 10 * S, .copy_bps = 600000};

/* One situation: everybody is alike but the first. */
struct situation {
    enum shape_pin pin;
    unsigned count;
    struct shape_participant first;
    unsigned failed_pairs;
    bool needs_router;
};

static void fill(struct shape_input *input, struct shape_participant *participants, const struct situation *situation)
{
    for (unsigned i = 0; i < situation->count; i++)
        participants[i] = (struct shape_participant){.can_mesh = true};
    participants[0] = situation->first;
    *input = (struct shape_input){.pin = situation->pin,
                                  .count = situation->count,
                                  .participants = participants,
                                  .failed_pairs = situation->failed_pairs,
                                  .needs_router = situation->needs_router};
}

static void a_room_starts_in_the_shape_it_needs(void **state)
{
    static const struct {
        const struct shape_config *config;
        struct situation situation;
        enum shape shape;
        enum shape_reason reason;
    } rows[] = {
        {&config, {PIN_AUTO, 1, {.can_mesh = true}, 0, false}, SHAPE_MESH, SHAPE_REASON_NONE},
        {&config, {PIN_AUTO, 4, {.can_mesh = true}, 0, false}, SHAPE_MESH, SHAPE_REASON_NONE},
        {&config, {PIN_AUTO, 5, {.can_mesh = true}, 0, false}, SHAPE_SFU, SHAPE_REASON_COUNT},
        {&config, {PIN_AUTO, 2, {.can_mesh = false}, 0, false}, SHAPE_SFU, SHAPE_REASON_CAPABILITY},
        {&config, {PIN_AUTO, 3, {.can_mesh = true, .uplink_bps = 1200000}, 0, false}, SHAPE_MESH, SHAPE_REASON_NONE},
        {&config, {PIN_AUTO, 3, {.can_mesh = true, .uplink_bps = 1199999}, 0, false}, SHAPE_SFU, SHAPE_REASON_UPLINK},
        {&config, {PIN_AUTO, 1, {.can_mesh = true, .uplink_bps = 1}, 0, false}, SHAPE_MESH, SHAPE_REASON_NONE},
        {&config, {PIN_AUTO, 3, {.can_mesh = true, .overloaded_at = 3}, 0, false}, SHAPE_SFU, SHAPE_REASON_CPU},
        {&config, {PIN_AUTO, 2, {.can_mesh = true, .overloaded_at = 3}, 0, false}, SHAPE_MESH, SHAPE_REASON_NONE},
        {&config, {PIN_AUTO, 2, {.can_mesh = true}, 1, false}, SHAPE_SFU, SHAPE_REASON_PAIR},
        {&config, {PIN_AUTO, 2, {.can_mesh = true}, 0, true}, SHAPE_SFU, SHAPE_REASON_NEEDED},
        /* A pin overrules what is only worse... */
        {&config, {PIN_MESH, 9, {.can_mesh = true, .uplink_bps = 1}, 0, true}, SHAPE_MESH, SHAPE_REASON_NONE},
        {&config, {PIN_SFU, 2, {.can_mesh = true}, 0, false}, SHAPE_SFU, SHAPE_REASON_PIN},
        /* ...and not what cannot be. */
        {&config, {PIN_MESH, 2, {.can_mesh = true}, 1, false}, SHAPE_SFU, SHAPE_REASON_PAIR},
        {&config, {PIN_MESH, 2, {.can_mesh = false}, 0, false}, SHAPE_SFU, SHAPE_REASON_CAPABILITY},
        {&always_sfu, {PIN_AUTO, 1, {.can_mesh = true}, 0, false}, SHAPE_SFU, SHAPE_REASON_SERVER},
        {&always_sfu, {PIN_MESH, 2, {.can_mesh = true}, 0, false}, SHAPE_SFU, SHAPE_REASON_SERVER},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct shape_participant participants[16];
        struct shape_input input;
        struct shape_state shape;
        fill(&input, participants, &rows[i].situation);
        shape_init(&shape, rows[i].config, &input);
        if (shape.shape != rows[i].shape || shape.reason != rows[i].reason)
            fail_msg("row %zu: %s because %s", i, shape_name(shape.shape), shape_reason_text(shape.reason));
    }
}

/* A room's life: at each time the situation, and the shape after it. */
static void moves_up_at_once_and_down_after_the_hold_time(void **state)
{
    static const struct {
        usec_t at;
        unsigned count;
        enum shape_pin pin;
        enum shape shape;
        usec_t next;
    } steps[] = {
        {0 * S, 2, PIN_AUTO, SHAPE_MESH, USEC_NEVER},  {1 * S, 5, PIN_AUTO, SHAPE_SFU, USEC_NEVER},
        {2 * S, 4, PIN_AUTO, SHAPE_SFU, 12 * S},       {11 * S, 3, PIN_AUTO, SHAPE_SFU, 12 * S},
        {11 * S, 5, PIN_AUTO, SHAPE_SFU, USEC_NEVER}, /* grown again: the hold time starts anew */
        {13 * S, 4, PIN_AUTO, SHAPE_SFU, 23 * S},      {23 * S - 1, 4, PIN_AUTO, SHAPE_SFU, 23 * S},
        {23 * S, 4, PIN_AUTO, SHAPE_MESH, USEC_NEVER}, {24 * S, 4, PIN_SFU, SHAPE_SFU, USEC_NEVER},
        {90 * S, 4, PIN_SFU, SHAPE_SFU, USEC_NEVER},   {91 * S, 4, PIN_AUTO, SHAPE_SFU, 101 * S},
        {92 * S, 4, PIN_MESH, SHAPE_MESH, USEC_NEVER}, /* a pin does not wait */
        {93 * S, 9, PIN_MESH, SHAPE_MESH, USEC_NEVER}, {94 * S, 9, PIN_AUTO, SHAPE_SFU, USEC_NEVER},
    };
    struct shape_state shape;
    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct shape_participant participants[16];
        struct shape_input input;
        struct situation situation = {.pin = steps[i].pin, .count = steps[i].count, .first = {.can_mesh = true}};
        fill(&input, participants, &situation);
        if (i == 0)
            shape_init(&shape, &config, &input);
        enum shape before = shape.shape;
        bool changed = shape_update(&shape, &config, &input, steps[i].at);
        if (shape.shape != steps[i].shape || shape_next(&shape, &config) != steps[i].next ||
            changed != (before != shape.shape))
            fail_msg("step %zu: %s, next at %lld s", i, shape_name(shape.shape),
                     (long long)(shape_next(&shape, &config) / S));
    }
}

static void pins_have_names(void **state)
{
    (void)state;
    for (int i = PIN_AUTO; i <= PIN_SFU; i++) {
        enum shape_pin pin;
        assert_true(shape_pin_parse(&pin, shape_pin_name((enum shape_pin)i)));
        assert_int_equal(pin, i);
    }
    enum shape_pin pin;
    assert_false(shape_pin_parse(&pin, "star"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_room_starts_in_the_shape_it_needs),
        cmocka_unit_test(moves_up_at_once_and_down_after_the_hold_time),
        cmocka_unit_test(pins_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
