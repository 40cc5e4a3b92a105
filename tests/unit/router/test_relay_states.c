/* What a core is told of publishers that are relayed to it: who comes, changes and goes, in any order, and over what
 * loses messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "router/relay/relay_state.h"
#include "tests/unit/router/two_cores.h"
#include "transport/base/error.h"

static void relayed_publishers_go_and_come(void **state)
{
    struct two_cores *f = two_cores_start();
    struct relay_message message = {.kind = RELAY_MEDIA, .publisher = PUBLISHER, .mid = "x", .ssrc = 1};
    (void)state;
    two_cores_relay(f);
    two_cores_play(f, 500 * MS, 3);
    assert_int_equal(two_cores_say(f, VIEWERS, ORIGIN, &message), ERR_NOT_FOUND);
    assert_int_equal(two_cores_say(f, ORIGIN, VIEWERS, &message), ERR_NOT_FOUND);
    message = (struct relay_message){.kind = RELAY_MEDIA,
                                     .publisher = PUBLISHER,
                                     .mid = "v",
                                     .encoding = ENCODINGS,
                                     .ssrc = 1,
                                     .body = {(uint8_t *)"x", 1}};
    assert_int_equal(two_cores_say(f, VIEWERS, ORIGIN, &message), ERR_NOT_FOUND);
    message.encoding = 0;
    assert_true(two_cores_say(f, VIEWERS, ORIGIN, &message) < 0);
    two_cores_send_frame(f, 0, false); /* something is on its way when it closes */
    two_cores_stop_relaying(f);
    two_cores_turn(f);
    assert_int_equal(f->gone, 1);
    assert_int_equal(two_cores_relayed_on(f, VIEWERS), 0);
    unsigned before = f->received;
    two_cores_play(f, 300 * MS, 3);
    assert_int_equal(f->received, before);
    two_cores_relay(f);
    two_cores_play(f, 1000 * MS, 3);
    assert_true(f->received > before + 20);
    assert_int_equal(f->gaps, 0);
    two_cores_end(f);
}

/* Each change sends the whole state; a repeated state changes nothing. */
static void the_state_comes_again_and_changes_nothing(void **state)
{
    struct two_cores *f = two_cores_start();
    (void)state;
    two_cores_relay(f);
    two_cores_play(f, 2000 * MS, 3);
    assert_int_equal(f->states, 1);
    unsigned before = f->received, asked = f->plis_in_all, events = f->slot_events;
    for (unsigned i = 0; i < 10; i++) {
        two_cores_publish(f, f->origin);
        two_cores_play(f, 100 * MS, 3);
    }
    assert_int_equal(f->states, 11);
    assert_in_range(f->received - before, 30, 41);
    assert_int_equal(f->gaps, 0);
    assert_int_equal(f->plis_in_all, asked);
    assert_int_equal(f->slot_events, events);
    assert_int_equal(two_cores_slot(f).encoding, 1);
    assert_int_equal(two_cores_relayed_on(f, VIEWERS), 1);
    two_cores_end(f);
}

/* What carries takes nothing for a while: media is lost and counted, what is newest of the publisher comes before any
 * media. */
static void a_full_ring_loses_media_and_no_state(void **state)
{
    struct two_cores *f = two_cores_start();
    struct router_stats stats;
    (void)state;
    f->is_full = true;
    two_cores_relay(f);
    assert_true(router_has_relay(f->routers[ORIGIN]));
    two_cores_play(f, 500 * MS, 3);
    assert_true(router_has_relay(f->routers[ORIGIN])); /* so the worker tries again soon */
    router_get_stats(f->routers[ORIGIN], &stats);
    assert_in_range(stats.relay_lost, 30, 40);
    assert_int_equal(stats.relayed_out, 0);
    assert_int_equal(two_cores_relayed_on(f, VIEWERS), 0);
    f->is_full = false; /* media before the state would be refused, and two_cores_deliver_from() accepts no refusal */
    two_cores_play(f, 1000 * MS, 3);
    assert_int_equal(f->states, 1);
    assert_false(router_has_relay(f->routers[ORIGIN]));
    assert_in_range(f->received, 20, 31);
    f->is_full = true;
    assert_int_equal(participant_mute(f->origin, "camera", true, f->now), 0);
    two_cores_turn(f);
    assert_int_equal(two_cores_slot(f).state, SLOT_LIVE);
    f->is_full = false;
    two_cores_turn(f);
    assert_int_equal(two_cores_slot(f).state, SLOT_MUTED);
    f->is_full = true;
    router_leave(f->routers[ORIGIN], f->origin, f->now);
    f->origin = NULL;
    f->is_relayed = false;
    two_cores_turn(f);
    assert_int_equal(two_cores_relayed_on(f, VIEWERS), 1);
    f->is_full = false;
    two_cores_turn(f);
    assert_int_equal(two_cores_relayed_on(f, VIEWERS), 0);
    assert_int_equal(f->gone, 1);
    two_cores_end(f);
}

/* Somebody's state, as the core FROM would say it of one who is there under the connection `publisher`. */
static int say_state(struct two_cores *f, unsigned from, uint64_t publisher, const char *id, bool muted)
{
    static struct relay_state state;
    static uint8_t bytes[RELAY_STATE_MAX];
    state = (struct relay_state){.room = "room", .publication_count = 1};
    snprintf(state.participant, sizeof state.participant, "%s", id);
    state.publications[0] = (struct relay_publication){.source = "camera", .muted = muted, .media = f->up};
    int length = relay_state_write(&state, bytes, sizeof bytes);
    assert_true(length > 0);
    return two_cores_say(
        f, VIEWERS, from,
        &(struct relay_message){.kind = RELAY_PUBLISHER, .publisher = publisher, .body = {bytes, (size_t)length}});
}

static int say_gone(struct two_cores *f, unsigned from, uint64_t publisher)
{
    return two_cores_say(f, VIEWERS, from, &(struct relay_message){.kind = RELAY_GONE, .publisher = publisher});
}

/* A new connection of p is on another core than the old one: what the two cores say comes in either order. */
static void who_comes_from_another_core_waits_for_the_place(void **state)
{
    enum { OLD = 2, NEW = 3 };
    struct two_cores *f = two_cores_start();
    (void)state;
    assert_int_equal(say_state(f, OLD, 10, "p", false), 0);
    assert_int_equal(two_cores_slot(f).state, SLOT_LIVE);
    assert_int_equal(say_state(f, NEW, 11, "p", false), 0);
    assert_int_equal(say_state(f, NEW, 11, "p", true), 0); /* the newest counts */
    assert_int_equal(two_cores_slot(f).state, SLOT_LIVE);
    assert_int_equal(say_state(f, OLD, 11, "p", true), ERR_INVALID); /* not its own */
    assert_int_equal(say_gone(f, OLD, 11), ERR_INVALID);
    assert_int_equal(say_gone(f, NEW, 10), ERR_INVALID);
    struct router_stats stats;
    router_get_stats(f->routers[VIEWERS], &stats);
    assert_int_equal(stats.relay_bad, 3);
    assert_int_equal(say_gone(f, OLD, 10), 0);
    assert_int_equal(two_cores_slot(f).state, SLOT_MUTED);
    assert_int_equal(two_cores_relayed_on(f, VIEWERS), 1);
    /* the new one first */
    assert_int_equal(say_state(f, OLD, 12, "p", false), 0);
    assert_int_equal(say_gone(f, OLD, 12), 0);
    assert_int_equal(two_cores_slot(f).state, SLOT_MUTED);
    assert_int_equal(say_gone(f, OLD, 12), ERR_NOT_FOUND);
    assert_int_equal(say_gone(f, NEW, 11), 0);
    assert_int_equal(two_cores_relayed_on(f, VIEWERS), 0);
    two_cores_end(f);
}

static void who_is_connected_here_goes_first(void **state)
{
    struct two_cores *f = two_cores_start();
    struct participant *here;
    (void)state;
    assert_int_equal(say_state(f, 2, 10, "p", true), 0);
    assert_int_equal(two_cores_slot(f).state, SLOT_MUTED);
    assert_int_equal(router_join(f->routers[VIEWERS], &here, "room", "p", 12, f->now), 0);
    assert_int_equal(two_cores_relayed_on(f, VIEWERS), 0);
    two_cores_publish(f, here);
    assert_int_equal(two_cores_slot(f).state, SLOT_LIVE);
    assert_int_equal(say_state(f, 2, 10, "p", true), 0);
    assert_int_equal(two_cores_slot(f).state, SLOT_LIVE);
    router_leave(f->routers[VIEWERS], here, f->now);
    assert_int_equal(two_cores_slot(f).state, SLOT_MUTED);
    assert_int_equal(say_gone(f, 2, 10), 0);
    assert_int_equal(two_cores_relayed_on(f, VIEWERS), 0);
    two_cores_end(f);
}

/* The connection between the two cores is lost, and comes back. */
static void a_lost_endpoint_ends_what_it_relayed_and_is_told_anew(void **state)
{
    struct two_cores *f = two_cores_start();
    (void)state;
    two_cores_relay(f);
    two_cores_play(f, 1000 * MS, 3);
    assert_int_equal(two_cores_relayed_on(f, VIEWERS), 1);
    unsigned told = f->states, before = f->received;
    router_relay_lost(f->routers[ORIGIN], VIEWERS, f->now);
    router_relay_lost(f->routers[VIEWERS], ORIGIN, f->now);
    assert_int_equal(two_cores_relayed_on(f, VIEWERS), 0);
    f->is_full = true;
    two_cores_play(f, 300 * MS, 3);
    assert_int_equal(f->received, before);
    f->is_full = false;
    two_cores_play(f, 1000 * MS, 3);
    assert_int_equal(f->states, told + 1);
    assert_int_equal(two_cores_relayed_on(f, VIEWERS), 1);
    assert_true(f->received > before + 20);
    two_cores_end(f);
}

static void a_lost_endpoint_takes_only_its_own_away(void **state)
{
    enum { LOST = 2, OTHER = 3 };
    struct two_cores *f = two_cores_start();
    (void)state;
    assert_int_equal(say_state(f, LOST, 10, "p", false), 0);
    assert_int_equal(say_state(f, LOST, 11, "q", false), 0);
    assert_int_equal(say_state(f, OTHER, 12, "r", false), 0);
    assert_int_equal(say_state(f, LOST, 13, "r", false), 0); /* they wait for the place */
    assert_int_equal(say_state(f, OTHER, 14, "p", true), 0);
    assert_int_equal(two_cores_slot(f).state, SLOT_LIVE);
    router_relay_lost(f->routers[VIEWERS], LOST, f->now);
    assert_int_equal(two_cores_relayed_on(f, VIEWERS), 2);
    assert_int_equal(two_cores_slot(f).state, SLOT_MUTED); /* the other p */
    assert_int_equal(say_gone(f, OTHER, 12), 0);
    assert_int_equal(two_cores_relayed_on(f, VIEWERS), 1); /* nobody waits for r's place any more */
    router_relay_lost(f->routers[VIEWERS], LOST, f->now);
    assert_int_equal(two_cores_relayed_on(f, VIEWERS), 1);
    assert_int_equal(say_gone(f, OTHER, 14), 0);
    two_cores_end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relayed_publishers_go_and_come),
        cmocka_unit_test(the_state_comes_again_and_changes_nothing),
        cmocka_unit_test(a_full_ring_loses_media_and_no_state),
        cmocka_unit_test(who_comes_from_another_core_waits_for_the_place),
        cmocka_unit_test(who_is_connected_here_goes_first),
        cmocka_unit_test(a_lost_endpoint_ends_what_it_relayed_and_is_told_anew),
        cmocka_unit_test(a_lost_endpoint_takes_only_its_own_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
