#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/room/topology.h"

#define S USEC_PER_SEC

static const struct topology_config config = {.mesh_max = 4, .hold = 10 * S, .copy_bps = 600000};
static const struct topology_config always_sfu = {.mesh_max = 0, .hold = 10 * S, .copy_bps = 600000};

#define ABLE                                                                                                           \
    {                                                                                                                  \
        .can_mesh = true                                                                                               \
    }
#define ALL 1000 /* pairs: as many as there are */

/* One situation: everybody is alike but the first. */
struct situation {
    enum topology_pin pin;
    unsigned count;
    struct topology_participant first;
    unsigned proven_pairs, failed_pairs;
    bool needs_router;
};

static void fill(struct topology_input *input, struct topology_participant *participants,
                 const struct situation *situation)
{
    unsigned pairs = situation->count * (situation->count - 1) / 2;
    for (unsigned i = 0; i < situation->count; i++)
        participants[i] = (struct topology_participant){.can_mesh = true};
    participants[0] = situation->first;
    *input = (struct topology_input){.pin = situation->pin,
                                     .count = situation->count,
                                     .participants = participants,
                                     .proven_pairs = situation->proven_pairs == ALL ? pairs : situation->proven_pairs,
                                     .failed_pairs = situation->failed_pairs,
                                     .needs_router = situation->needs_router};
}

/* What a room comes to when nothing changes any more, and why. */
static void a_situation_has_a_topology_and_a_reason(void **state)
{
    static const struct {
        const struct topology_config *config;
        struct situation situation;
        enum topology topology;
        enum topology_reason reason;
        bool is_probing;
    } rows[] = {
        /* The router first; direct when nothing is against it and every pair has proven its path. */
        {&config, {PIN_AUTO, 1, ABLE, 0, 0, false}, TOPOLOGY_SFU, TOPOLOGY_REASON_ALONE, false},
        {&config, {PIN_AUTO, 2, ABLE, 0, 0, false}, TOPOLOGY_SFU, TOPOLOGY_REASON_UNPROVEN, true},
        {&config, {PIN_AUTO, 2, ABLE, ALL, 0, false}, TOPOLOGY_MESH, TOPOLOGY_REASON_NONE, false},
        {&config, {PIN_AUTO, 4, ABLE, 5, 0, false}, TOPOLOGY_SFU, TOPOLOGY_REASON_UNPROVEN, true},
        {&config, {PIN_AUTO, 4, ABLE, ALL, 0, false}, TOPOLOGY_MESH, TOPOLOGY_REASON_NONE, false},
        {&config, {PIN_AUTO, 5, ABLE, ALL, 0, false}, TOPOLOGY_SFU, TOPOLOGY_REASON_COUNT, false},
        {&config, {PIN_AUTO, 2, {.can_mesh = false}, ALL, 0, false}, TOPOLOGY_SFU, TOPOLOGY_REASON_CAPABILITY, false},
        {&config, {PIN_AUTO, 3, {true, 1200000, 0}, ALL, 0, false}, TOPOLOGY_MESH, TOPOLOGY_REASON_NONE, false},
        {&config, {PIN_AUTO, 3, {true, 1199999, 0}, ALL, 0, false}, TOPOLOGY_SFU, TOPOLOGY_REASON_UPLINK, false},
        {&config, {PIN_AUTO, 3, {true, 0, 3}, ALL, 0, false}, TOPOLOGY_SFU, TOPOLOGY_REASON_CPU, false},
        {&config, {PIN_AUTO, 2, {true, 0, 3}, ALL, 0, false}, TOPOLOGY_MESH, TOPOLOGY_REASON_NONE, false},
        {&config, {PIN_AUTO, 2, ABLE, ALL, 0, true}, TOPOLOGY_SFU, TOPOLOGY_REASON_NEEDED, false},
        /* One pair without a path, and nobody tries. */
        {&config, {PIN_AUTO, 3, ABLE, 2, 1, false}, TOPOLOGY_SFU, TOPOLOGY_REASON_PAIR, false},
        /* A pin overrules what is only worse... */
        {&config, {PIN_MESH, 9, {true, 1, 0}, ALL, 0, true}, TOPOLOGY_MESH, TOPOLOGY_REASON_NONE, false},
        {&config, {PIN_MESH, 9, {true, 1, 0}, 35, 0, true}, TOPOLOGY_SFU, TOPOLOGY_REASON_UNPROVEN, true},
        {&config, {PIN_SFU, 2, ABLE, ALL, 0, false}, TOPOLOGY_SFU, TOPOLOGY_REASON_PIN, false},
        /* ...and not what cannot be. */
        {&config, {PIN_MESH, 2, ABLE, 0, 1, false}, TOPOLOGY_SFU, TOPOLOGY_REASON_PAIR, false},
        {&config, {PIN_MESH, 2, {.can_mesh = false}, ALL, 0, false}, TOPOLOGY_SFU, TOPOLOGY_REASON_CAPABILITY, false},
        {&config, {PIN_MESH, 1, ABLE, 0, 0, false}, TOPOLOGY_SFU, TOPOLOGY_REASON_ALONE, false},
        {&config, {PIN_MESH, TOPOLOGY_PINNED_MAX + 1, ABLE, ALL, 0, false}, TOPOLOGY_SFU, TOPOLOGY_REASON_COUNT, false},
        {&always_sfu, {PIN_AUTO, 2, ABLE, ALL, 0, false}, TOPOLOGY_SFU, TOPOLOGY_REASON_SERVER, false},
        {&always_sfu, {PIN_MESH, 2, ABLE, ALL, 0, false}, TOPOLOGY_SFU, TOPOLOGY_REASON_SERVER, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct topology_participant participants[32];
        struct topology_input input;
        struct topology_state topology;
        fill(&input, participants, &rows[i].situation);
        topology_init(&topology);
        assert_int_equal(topology.topology, TOPOLOGY_SFU);
        topology_update(&topology, rows[i].config, &input, 0);
        topology_update(&topology, rows[i].config, &input, 10 * S);
        if (topology.topology != rows[i].topology || topology.reason != rows[i].reason ||
            topology.is_probing != rows[i].is_probing)
            fail_msg("row %zu: %s because %s%s", i, topology_name(topology.topology),
                     topology_reason_text(topology.reason), topology.is_probing ? ", probing" : "");
    }
}

static void a_room_pinned_to_a_mixer_is_mixed_while_there_is_one(void **state)
{
    static const struct {
        const struct topology_config *config;
        struct situation situation;
        bool has_mixer;
        enum topology topology;
        enum topology_reason reason;
    } rows[] = {
        {&config, {PIN_MESH, 2, ABLE, ALL, 0, false}, true, TOPOLOGY_MESH, TOPOLOGY_REASON_NONE},
        {&config, {PIN_MCU, 9, ABLE, 0, 0, true}, true, TOPOLOGY_MCU, TOPOLOGY_REASON_PIN},
        {&config, {PIN_MCU, 2, ABLE, ALL, 0, false}, false, TOPOLOGY_SFU, TOPOLOGY_REASON_NO_MIXER},
        {&always_sfu, {PIN_MCU, 1, ABLE, 0, 0, true}, true, TOPOLOGY_MCU, TOPOLOGY_REASON_PIN},
        {&config, {PIN_AUTO, 2, ABLE, ALL, 0, true}, true, TOPOLOGY_SFU, TOPOLOGY_REASON_NEEDED},
        {&config, {PIN_MCU, 2, ABLE, ALL, 0, true}, true, TOPOLOGY_MCU, TOPOLOGY_REASON_PIN},
        {&config, {PIN_SFU, 2, ABLE, ALL, 0, true}, true, TOPOLOGY_SFU, TOPOLOGY_REASON_PIN},
        {&config, {PIN_MESH, 2, ABLE, ALL, 0, true}, true, TOPOLOGY_MESH, TOPOLOGY_REASON_NONE},
        {&config, {PIN_MCU, 2, ABLE, ALL, 0, true}, true, TOPOLOGY_MCU, TOPOLOGY_REASON_PIN},
    };
    struct topology_state topology;
    (void)state;
    topology_init(&topology);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct topology_participant participants[32];
        struct topology_input input;
        fill(&input, participants, &rows[i].situation);
        input.has_mixer = rows[i].has_mixer;
        topology_update(&topology, rows[i].config, &input, (usec_t)i * S);
        if (topology.topology != rows[i].topology || topology.reason != rows[i].reason || topology.is_probing)
            fail_msg("row %zu: %s because %s", i, topology_name(topology.topology),
                     topology_reason_text(topology.reason));
    }
}

/* A room's life: at each time the situation, and the topology after it. */
static void moves_up_at_once_and_down_after_the_hold_time(void **state)
{
    static const struct {
        usec_t at;
        unsigned count, proven, failed;
        enum topology_pin pin;
        enum topology topology;
        bool is_probing;
        usec_t next;
    } steps[] = {
        {0 * S, 1, 0, 0, PIN_AUTO, TOPOLOGY_SFU, false, USEC_NEVER},
        {1 * S, 2, 0, 0, PIN_AUTO, TOPOLOGY_SFU, true, USEC_NEVER}, /* somebody else: paths are tried */
        {2 * S, 2, ALL, 0, PIN_AUTO, TOPOLOGY_SFU, true, 12 * S},   /* and proven; the hold time begins */
        {5 * S, 3, 1, 0, PIN_AUTO, TOPOLOGY_SFU, true, USEC_NEVER}, /* a third: two more to prove */
        {6 * S, 3, ALL, 0, PIN_AUTO, TOPOLOGY_SFU, true, 16 * S},
        {16 * S - 1, 3, ALL, 0, PIN_AUTO, TOPOLOGY_SFU, true, 16 * S},
        {16 * S, 3, ALL, 0, PIN_AUTO, TOPOLOGY_MESH, false, USEC_NEVER},
        {20 * S, 4, 3, 0, PIN_AUTO, TOPOLOGY_SFU, true, USEC_NEVER}, /* a joiner never waits for direct paths */
        {21 * S, 4, ALL, 0, PIN_AUTO, TOPOLOGY_SFU, true, 31 * S},
        {31 * S, 4, ALL, 0, PIN_AUTO, TOPOLOGY_MESH, false, USEC_NEVER},
        {40 * S, 5, ALL, 0, PIN_AUTO, TOPOLOGY_SFU, false, USEC_NEVER}, /* too many */
        {41 * S, 4, 0, 0, PIN_AUTO, TOPOLOGY_SFU, true, USEC_NEVER},
        {42 * S, 4, ALL, 0, PIN_AUTO, TOPOLOGY_SFU, true, 52 * S},
        {50 * S, 5, ALL, 0, PIN_AUTO, TOPOLOGY_SFU, false, USEC_NEVER}, /* hovering: the hold time starts anew */
        {51 * S, 4, ALL, 0, PIN_AUTO, TOPOLOGY_SFU, true, 61 * S},
        {61 * S, 4, ALL, 0, PIN_AUTO, TOPOLOGY_MESH, false, USEC_NEVER},
        {70 * S, 4, 5, 1, PIN_AUTO, TOPOLOGY_SFU, false, USEC_NEVER}, /* a pair lost its path: nobody tries for now */
        {90 * S, 4, 0, 0, PIN_AUTO, TOPOLOGY_SFU, true, USEC_NEVER},
        {91 * S, 4, ALL, 0, PIN_MESH, TOPOLOGY_MESH, false, USEC_NEVER}, /* a pin does not wait */
        {92 * S, 4, ALL, 0, PIN_SFU, TOPOLOGY_SFU, false, USEC_NEVER},
        {93 * S, 4, 0, 0, PIN_MESH, TOPOLOGY_SFU, true, USEC_NEVER}, /* but for proof */
        {94 * S, 4, ALL, 0, PIN_MESH, TOPOLOGY_MESH, false, USEC_NEVER},
        {95 * S, 9, 35, 0, PIN_MESH, TOPOLOGY_SFU, true, USEC_NEVER},
        {96 * S, 1, 0, 0, PIN_MESH, TOPOLOGY_SFU, false, USEC_NEVER},
    };
    struct topology_state topology;
    (void)state;
    topology_init(&topology);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct topology_participant participants[16];
        struct topology_input input;
        struct situation situation = {.pin = steps[i].pin,
                                      .count = steps[i].count,
                                      .first = {.can_mesh = true},
                                      .proven_pairs = steps[i].proven,
                                      .failed_pairs = steps[i].failed};
        fill(&input, participants, &situation);
        enum topology before = topology.topology;
        bool changed = topology_update(&topology, &config, &input, steps[i].at);
        if (topology.topology != steps[i].topology || topology.is_probing != steps[i].is_probing ||
            topology_next(&topology, &config) != steps[i].next || changed != (before != topology.topology))
            fail_msg("step %zu: %s%s, next at %lld s", i, topology_name(topology.topology),
                     topology.is_probing ? ", probing" : "", (long long)(topology_next(&topology, &config) / S));
    }
}

/* Each start of probing makes everybody offer to everybody. */
static void probing_starts_as_often_as_clients_can_bear(void **state)
{
    static const struct {
        unsigned count, at_once, a_minute;
    } rows[] = {{2, 6, 20}, {4, 6, 20}, {9, 2, 8}, {16, 1, 4}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct topology_participant participants[32];
        struct topology_input able, unable;
        struct topology_state topology;
        unsigned starts = 0;
        usec_t now = 100 * S;
        fill(&able, participants, &(struct situation){PIN_MESH, rows[i].count, ABLE, 0, 0, false});
        unable = able;
        unable.pin = PIN_SFU;
        topology_init(&topology);
        for (unsigned round = 0; round < 100; round++) {
            topology_update(&topology, &config, &unable, now);
            assert_false(topology.is_probing);
            topology_update(&topology, &config, &able, now);
            starts += topology.is_probing;
        }
        assert_int_equal(starts, rows[i].at_once);
        usec_t end = now + 60 * S;
        while ((now = topology_next(&topology, &config)) <= end) {
            topology_update(&topology, &config, &able, now - 1);
            assert_false(topology.is_probing);
            topology_update(&topology, &config, &able, now);
            assert_true(topology.is_probing);
            topology_update(&topology, &config, &unable, now);
            topology_update(&topology, &config, &able, now);
            starts++;
        }
        assert_int_equal(starts - rows[i].at_once, rows[i].a_minute);
    }
}

static void pins_have_names(void **state)
{
    char list[64];
    (void)state;
    for (int i = PIN_AUTO; i <= PIN_MCU; i++) {
        enum topology_pin pin;
        assert_true(topology_pin_parse(&pin, topology_pin_name((enum topology_pin)i)));
        assert_int_equal(pin, i);
    }
    enum topology_pin pin;
    assert_false(topology_pin_parse(&pin, "star"));
    topology_pin_list(list, sizeof list);
    assert_string_equal(list, "auto, mesh, sfu or mcu");
    topology_pin_list(list, 8);
    assert_string_equal(list, "auto, m");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_situation_has_a_topology_and_a_reason),
        cmocka_unit_test(a_room_pinned_to_a_mixer_is_mixed_while_there_is_one),
        cmocka_unit_test(moves_up_at_once_and_down_after_the_hold_time),
        cmocka_unit_test(probing_starts_as_often_as_clients_can_bear),
        cmocka_unit_test(pins_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
