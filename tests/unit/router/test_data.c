/* Messages of data channels in a room: who gets them, what they may cost, and who is told what was wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "router/out/data_queue.h"
#include "router/relay.h"
#include "transport/base/error.h"

#define TEXT(text) ((struct span){(const uint8_t *)(text), strlen(text)})
#define NOW USEC_PER_SEC

static struct router *router;
static struct participant *ann, *bob, *eve;

static struct participant *join(struct router *core, const char *id, uint64_t connection)
{
    struct participant *participant;
    assert_int_equal(router_join(core, &participant, "room", id, connection, NOW), 0);
    participant_set_ready(participant, true, NOW);
    participant_set_data(participant, true);
    return participant;
}

static int set_up(void **state)
{
    (void)state;
    router = router_new(&(struct router_config){0}, 1);
    ann = join(router, "p1", 1);
    bob = join(router, "p2", 2);
    eve = join(router, "p3", 3);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    router_free(router);
    return 0;
}

static int say(struct participant *from, const struct envelope *envelope, usec_t now)
{
    static uint8_t frame[ENVELOPE_MAX];
    return participant_data(from, frame, envelope_write(envelope, frame), now);
}

/* What waits for a participant, as "kind policy from topic payload;". */
static const char *heard(struct participant *to)
{
    static char text[DATA_QUEUE_RELIABLE_MAX + 4096];
    struct span frame;
    enum envelope_policy policy;
    size_t length = 0;
    text[0] = '\0';
    while (participant_data_next(to, &frame, &policy)) {
        while (frame.length > 0) {
            struct envelope e;
            assert_int_equal(envelope_read(&frame, &e), 0);
            assert_int_equal(e.policy, policy);
            length += (size_t)snprintf(text + length, sizeof text - length, "%d %d%s %u %.*s %.*s %.*s;", e.kind,
                                       e.policy, e.is_private ? "!" : "", (unsigned)e.sequence, (int)e.name.length,
                                       (const char *)e.name.data, (int)e.topic.length, (const char *)e.topic.data,
                                       (int)e.payload.length, (const char *)e.payload.data);
        }
        participant_data_sent(to);
    }
    return text;
}

static void everybody_else_gets_what_is_for_all(void **state)
{
    (void)state;
    assert_int_equal(say(ann, &(struct envelope){.sequence = 7, .topic = TEXT("t"), .payload = TEXT("x")}, NOW), 0);
    assert_true(router_has_output(router));
    assert_string_equal(heard(bob), "0 0 7 p1 t x;");
    assert_string_equal(heard(eve), "0 0 7 p1 t x;");
    assert_string_equal(heard(ann), "");
}

static void one_alone_gets_what_is_for_one(void **state)
{
    const struct envelope message = {
        .policy = ENVELOPE_UNORDERED, .is_private = true, .sequence = 1, .name = TEXT("p3"), .payload = TEXT("x")};
    (void)state;
    assert_int_equal(say(ann, &message, NOW), 0);
    assert_string_equal(heard(bob), "");
    assert_string_equal(heard(eve), "0 1! 1 p1  x;");
}

static void several_of_a_policy_go_in_one_frame(void **state)
{
    struct span frame;
    enum envelope_policy policy;
    (void)state;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(say(ann, &(struct envelope){.sequence = i, .payload = TEXT("x")}, NOW), 0);
    assert_true(participant_data_next(bob, &frame, &policy));
    assert_int_equal(frame.length, 3 * (2 + 1 + 4 + 1 + 2 + 1 + 1));
}

static void who_has_no_channel_gets_nothing(void **state)
{
    struct participant_stats stats;
    (void)state;
    participant_set_data(bob, false);
    assert_int_equal(say(ann, &(struct envelope){.payload = TEXT("x")}, NOW), 0);
    participant_set_data(bob, true);
    assert_string_equal(heard(bob), "");
    participant_get_stats(ann, &stats);
    assert_int_equal(stats.data_in, 1);
    assert_int_equal(stats.data_refused, 0);
}

static void the_sender_is_told_what_is_wrong(void **state)
{
    const struct envelope to_nobody = {.is_private = true, .sequence = 5, .name = TEXT("p9"), .payload = TEXT("x")};
    const struct envelope to_itself = {.is_private = true, .name = TEXT("p1")};
    (void)state;
    assert_int_equal(say(ann, &to_nobody, NOW), 0);
    assert_string_equal(heard(ann), "4 0! 5 p9 no-such-target ;");
    assert_int_equal(say(ann, &to_itself, NOW), 0);
    assert_non_null(strstr(heard(ann), "no-such-target"));
    assert_int_equal(participant_data(ann, (const uint8_t *)"\0\7\0", 3, NOW), ERR_TRUNCATED);
    assert_non_null(strstr(heard(ann), "bad-message"));
    assert_int_equal(say(ann, &(struct envelope){.kind = ENVELOPE_REFUSED}, NOW), ERR_INVALID); /* the router's */
    assert_int_equal(say(ann, &(struct envelope){.kind = ENVELOPE_ROOM, .name = TEXT("p2")}, NOW), ERR_INVALID);
    for (enum envelope_kind kind = ENVELOPE_ACK; kind <= ENVELOPE_BEGIN; kind++)
        assert_int_equal(say(ann, &(struct envelope){.kind = kind}, NOW), ERR_INVALID); /* numbers, to everybody */
    assert_string_equal(heard(bob), "");
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(say(ann, &to_nobody, NOW), 0);
    assert_true(strlen(heard(ann)) < 20 * 30); /* not a message for each of them */
}

/* Who sends more than its budget has to wait, and by then may go on. */
static void too_much_has_to_wait(void **state)
{
    static uint8_t payload[ENVELOPE_PAYLOAD_MAX];
    unsigned sent = 0;
    (void)state;
    while (participant_data_when(ann, NOW) <= NOW && sent < 10000) {
        assert_int_equal(say(ann, &(struct envelope){.policy = ENVELOPE_LOSSY, .payload = TEXT("x")}, NOW), 0);
        sent++;
    }
    assert_in_range(sent, 1900, 2100);
    usec_t when = participant_data_when(ann, NOW);
    assert_in_range(when - NOW, 1, USEC_PER_SEC / 100);
    assert_true(participant_data_when(ann, when) <= when);
    for (sent = 0; participant_data_when(bob, NOW) <= NOW && sent < 10000; sent++)
        assert_int_equal(
            say(bob, &(struct envelope){.policy = ENVELOPE_LOSSY, .payload = {payload, sizeof payload}}, NOW), 0);
    assert_in_range(sent * sizeof payload, (2 << 20) - 2 * sizeof payload, (2 << 20) + sizeof payload);
}

/* What one reads too slowly is bounded, and does not keep others from it. */
static void a_slow_reader_loses(void **state)
{
    static uint8_t payload[ENVELOPE_PAYLOAD_MAX];
    struct participant_stats stats;
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(say(ann, &(struct envelope){.sequence = i, .payload = {payload, sizeof payload}}, NOW), 0);
        assert_true(strlen(heard(bob)) > 0);
    }
    participant_get_stats(eve, &stats);
    assert_int_equal(stats.data_out, DATA_QUEUE_RELIABLE_MAX / (sizeof payload + 20));
    assert_int_equal(stats.data_drops, 20 - stats.data_out);
}

/* `first`: the first message that was dropped of those to one. */
static void check_room(struct participant *who, const char *of, uint32_t first, uint32_t least, uint32_t most)
{
    struct span frame;
    enum envelope_policy policy;
    struct envelope e;
    assert_true(participant_data_next(who, &frame, &policy));
    assert_int_equal(envelope_read(&frame, &e), 0);
    assert_int_equal(frame.length, 0);
    assert_int_equal(e.kind, ENVELOPE_ROOM);
    assert_int_equal(e.name.length, strlen(of));
    assert_memory_equal(e.name.data, of, strlen(of));
    assert_int_equal(e.payload.length, 4 + 4 * ENVELOPE_SERIES);
    assert_in_range(get_u32(e.payload.data), least, most);
    assert_int_equal(get_u32(e.payload.data + 4 + 4 * 2), first);
    participant_data_sent(who);
}

/* Fills the queue of eve, and a little more. */
static void fill(struct participant *from)
{
    static uint8_t payload[ENVELOPE_PAYLOAD_MAX];
    struct envelope large = {.is_private = true, .name = TEXT("p3"), .payload = {payload, sizeof payload}};
    for (unsigned i = 0; i < 12; i++) {
        large.sequence = i + 1;
        assert_int_equal(say(from, &large, NOW), 0);
    }
}

/* The senders are told once, then held, so that nothing of theirs overtakes what was dropped, and told of room when
 * half of the queue is free. */
static void senders_are_told_of_room(void **state)
{
    const struct envelope small = {.sequence = 2, .payload = TEXT("x")},
                          ack = {.kind = ENVELOPE_ACK, .name = TEXT("p3"), .payload = TEXT("y")};
    struct span frame;
    enum envelope_policy policy;
    (void)state;
    fill(ann);
    check_room(ann, "p3", 9, 0, 0);
    fill(bob);
    check_room(bob, "p3", 1, 0, 0);
    assert_int_equal(say(ann, &small, NOW), 0); /* to all; there would be room for it */
    assert_int_equal(say(ann, &ack, NOW), 0);
    assert_string_equal(heard(bob), "0 0 2 p1  x;");
    assert_string_equal(heard(ann), "");
    for (unsigned i = 0; i < 8; i++) {
        assert_true(participant_data_next(eve, &frame, &policy));
        participant_data_sent(eve);
        assert_int_equal(participant_data_next(ann, &frame, &policy), i >= 3);
    }
    check_room(ann, "p3", 9, 4 << 13, 5 << 13);
    check_room(bob, "p3", 1, 4 << 13, 5 << 13);
    assert_string_equal(heard(ann), "");
    assert_string_equal(heard(eve), "1 0 0 p1  y;");
    assert_int_equal(say(ann, &small, NOW), 0);
    assert_string_equal(heard(eve), "0 0 2 p1  x;");
}

/* Its queue is dropped with its channel; whoever waited for it goes on with the next one. */
static void a_new_channel_has_room(void **state)
{
    (void)state;
    fill(ann);
    check_room(ann, "p3", 9, 0, 0);
    participant_set_data(eve, false);
    assert_string_equal(heard(ann), "");
    participant_set_data(eve, true);
    check_room(ann, "p3", 9, DATA_QUEUE_RELIABLE_MAX, DATA_QUEUE_RELIABLE_MAX);
    fill(ann);
    router_leave(router, ann, NOW);
    assert_true(strlen(heard(eve)) > 0); /* who is gone is told nothing */
}

static void carry(struct router *from, struct router *to)
{
    static uint8_t message[ENVELOPE_MAX + 64];
    struct relay_outgoing out;
    while (router_poll_relay(from, &out)) {
        memcpy(message, out.head.data, out.head.length);
        if (out.body.length > 0)
            memcpy(message + out.head.length, out.body.data, out.body.length);
        assert_int_equal(router_take_relay(to, 0, message, out.head.length + out.body.length, NOW), 0);
        router_relay_sent(from, true);
    }
}

/* A room on two cores: those there get it, too, and whoever is written to alone wherever it is. */
static void messages_cross_cores(void **state)
{
    struct router *other = router_new(&(struct router_config){0}, 2);
    struct participant *far = join(other, "p7", 7);
    const struct envelope to_far = {.is_private = true, .sequence = 2, .name = TEXT("p7"), .payload = TEXT("y")};
    (void)state;
    participant_relay_to(ann, &(struct relay_endpoints){.count = 1, .numbers = {0}}, NOW);
    carry(router, other);
    assert_int_equal(say(ann, &(struct envelope){.sequence = 1, .payload = TEXT("x")}, NOW), 0);
    assert_int_equal(say(ann, &to_far, NOW), 0);
    carry(router, other);
    assert_string_equal(heard(far), "0 0 1 p1  x;0 0! 2 p1  y;");
    assert_string_equal(heard(bob), "0 0 1 p1  x;");
    assert_string_equal(heard(ann), "");
    router_free(other);
}

static void senders_on_other_cores_are_told_of_room(void **state)
{
    struct router *other = router_new(&(struct router_config){0}, 2);
    struct participant *far = join(other, "p7", 7);
    const struct relay_endpoints one = {.count = 1, .numbers = {0}};
    static uint8_t payload[ENVELOPE_PAYLOAD_MAX];
    struct envelope large = {.is_private = true, .name = TEXT("p7"), .payload = {payload, sizeof payload}};
    (void)state;
    participant_relay_to(ann, &one, NOW);
    participant_relay_to(far, &one, NOW);
    carry(router, other);
    carry(other, router);
    for (unsigned i = 0; i < 12; i++) {
        large.sequence = i + 1;
        assert_int_equal(say(ann, &large, NOW), 0);
    }
    carry(router, other);
    carry(other, router);
    check_room(ann, "p7", 9, 0, 0);
    (void)heard(far);
    carry(other, router);
    check_room(ann, "p7", 9, DATA_QUEUE_RELIABLE_MAX / 2, DATA_QUEUE_RELIABLE_MAX);
    assert_string_equal(heard(ann), "");
    router_free(other);
}

/* What is for all costs its sender the copies on other cores, too. */
static void copies_on_other_cores_count(void **state)
{
    enum { FAR = 40 };
    static uint8_t payload[ENVELOPE_PAYLOAD_MAX];
    struct router *other = router_new(&(struct router_config){0}, 2);
    const struct relay_endpoints one = {.count = 1, .numbers = {0}};
    size_t sent = 0;
    (void)state;
    for (unsigned i = 0; i < FAR; i++) {
        char id[8];
        snprintf(id, sizeof id, "p%u", 10 + i);
        participant_relay_to(join(other, id, 10 + i), &one, NOW);
    }
    participant_relay_to(ann, &one, NOW);
    carry(other, router);
    carry(router, other);
    participant_set_data(bob, false);
    participant_set_data(eve, false);
    while (participant_data_when(ann, NOW) <= NOW && sent < (2 << 20)) {
        assert_int_equal(say(ann, &(struct envelope){.payload = {payload, sizeof payload}}, NOW), 0);
        carry(router, other);
        sent += sizeof payload;
    }
    assert_in_range(sent, (8 << 20) / FAR - sizeof payload, (8 << 20) / FAR + 2 * sizeof payload);
    router_free(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(everybody_else_gets_what_is_for_all),
        TEST(one_alone_gets_what_is_for_one),
        TEST(several_of_a_policy_go_in_one_frame),
        TEST(who_has_no_channel_gets_nothing),
        TEST(the_sender_is_told_what_is_wrong),
        TEST(too_much_has_to_wait),
        TEST(a_slow_reader_loses),
        TEST(senders_are_told_of_room),
        TEST(a_new_channel_has_room),
        TEST(messages_cross_cores),
        TEST(senders_on_other_cores_are_told_of_room),
        TEST(copies_on_other_cores_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
