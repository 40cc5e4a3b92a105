/* What shared slots show: names, speakers, nothing; and what the viewer is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "router/router.h"
#include "tests/support/outgoing.h"
#include "tests/support/publisher.h"

#define MS USEC_PER_MSEC
#define PEOPLE 5
#define LINES 4 /* of the viewer: two for audio, two for video */
#define ID_LEVEL 4
#define LOUD 20
#define QUIET 120

struct fixture {
    struct router *router;
    struct participant *people[PEOPLE], *viewer;
    uint16_t sequence;
    usec_t now;
    char told[LINES][PUBLICATION_ID_MAX + 1]; /* by events, for each m-line */
};

static struct media line_of(enum media_kind kind, const char *mid)
{
    struct media media = {.kind = kind, .codec_count = 1};
    snprintf(media.mid, sizeof media.mid, "%s", mid);
    media.codecs[0] = (struct media_codec){
        .codec = kind == MEDIA_AUDIO ? CODEC_OPUS : CODEC_VP8,
        .payload_type = kind == MEDIA_AUDIO ? 111 : 96,
        .rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE,
        .clock_rate = kind == MEDIA_AUDIO ? 48000 : 90000,
        .channels = 1,
    };
    media.extensions.id[EXTENSION_AUDIO_LEVEL] = ID_LEVEL;
    return media;
}

static void publish(struct fixture *f, size_t who)
{
    static const struct router_send sends[] = {{"a", "microphone", false}, {"v", "camera", false}};
    struct media lines[2] = {line_of(MEDIA_AUDIO, "a"), line_of(MEDIA_VIDEO, "v")};
    for (size_t i = 0; i < 2; i++) {
        lines[i].receive = true;
        lines[i].encoding_count = 1;
        lines[i].encodings[0].ssrc = (uint32_t)(100 * (who + 1) + i);
    }
    participant_configure(f->people[who], lines, 2, sends, 2, NULL, 0, f->now);
}

/* Lines 0 and 1 are for audio, 2 and 3 for video; `named` are dedicated. */
static void offer_lines(struct fixture *f, const struct router_receive *named, size_t count)
{
    struct media lines[LINES];
    for (size_t i = 0; i < LINES; i++) {
        char mid[4];
        snprintf(mid, sizeof mid, "%zu", i);
        lines[i] = line_of(i < 2 ? MEDIA_AUDIO : MEDIA_VIDEO, mid);
        lines[i].send = true;
        lines[i].send_ssrc = (uint32_t)(9000 + i);
    }
    participant_configure(f->viewer, lines, LINES, NULL, 0, named, count, f->now);
}

static struct fixture *set_up(void)
{
    static struct fixture fixture;
    struct fixture *f = &fixture;
    *f = (struct fixture){.now = USEC_PER_SEC};
    f->router = router_new(&(struct router_config){0}, 3);
    for (size_t i = 0; i < PEOPLE; i++) {
        char id[8];
        snprintf(id, sizeof id, "p%zu", i);
        assert_int_equal(router_join(f->router, &f->people[i], "room", id, i + 1, f->now), 0);
        publish(f, i);
        participant_set_ready(f->people[i], true, f->now);
    }
    assert_int_equal(router_join(f->router, &f->viewer, "room", "viewer", 99, f->now), 0);
    offer_lines(f, NULL, 0);
    participant_set_ready(f->viewer, true, f->now);
    return f;
}

static void tear_down(struct fixture *f)
{
    struct router_stats stats;
    router_leave(f->router, f->viewer, f->now);
    for (size_t i = 0; i < PEOPLE; i++)
        if (f->people[i] != NULL)
            router_leave(f->router, f->people[i], f->now);
    router_get_stats(f->router, &stats);
    assert_int_equal(stats.rooms + stats.participants + stats.slots + stats.packets_held, 0);
    router_free(f->router);
}

static void speak(struct fixture *f, size_t who, uint8_t level)
{
    uint8_t data[PACKET_CAPACITY];
    const struct published_packet packet = {.payload_type = 111,
                                            .sequence = ++f->sequence,
                                            .timestamp = (uint32_t)(f->now * 6 / 125),
                                            .ssrc = (uint32_t)(100 * (who + 1)),
                                            .ids = {{[EXTENSION_AUDIO_LEVEL] = ID_LEVEL}},
                                            .audio_level = level,
                                            .payload = {.data = "U", .length = 1, .size = 20}};
    (void)participant_rtp(f->people[who], data, published_packet_write(data, &packet), f->now);
}

/* Time passes; those whose bit is set speak, the others send silence. */
static void pass(struct fixture *f, usec_t duration, unsigned speakers)
{
    struct outgoing outgoing = {0};
    struct router_event event;
    for (usec_t end = f->now + duration; f->now < end; f->now += 20 * MS) {
        for (size_t i = 0; i < PEOPLE; i++)
            if (f->people[i] != NULL)
                speak(f, i, (speakers & 1u << i) != 0 ? LOUD : QUIET);
        if (router_next(f->router) <= f->now)
            router_timeout(f->router, f->now, f->now);
        while (outgoing_next(&outgoing, f->router, f->now))
            ;
        while (router_poll_event(f->router, &event)) {
            if (event.type != ROUTER_EVENT_SLOTS)
                continue;
            assert_int_equal(event.connection, 99);
            snprintf(f->told[event.mid[0] - '0'], sizeof f->told[0], "%s", event.publication);
        }
    }
}

static struct router_request request(const char *mid, const char *show, uint16_t size)
{
    struct router_request wanted = {.width = size, .height = size, .priority = 100};
    snprintf(wanted.mid, sizeof wanted.mid, "%s", mid);
    snprintf(wanted.show, sizeof wanted.show, "%s", show);
    return wanted;
}

static void receive(struct fixture *f, const char *mid, const char *show, uint16_t size)
{
    struct router_request wanted = request(mid, show, size);
    participant_receive(f->viewer, &wanted, 1, f->now);
}

static bool is_told(const struct fixture *f, const char *publication)
{
    for (size_t i = 0; i < LINES; i++)
        if (strcmp(f->told[i], publication) == 0)
            return true;
    return false;
}

static void a_shared_slot_shows_what_is_named(void **state)
{
    (void)state;
    struct fixture *f = set_up();
    pass(f, 100 * MS, 0);
    assert_string_equal(f->told[2], "");
    receive(f, "2", "p3/camera", 320);
    pass(f, 100 * MS, 0);
    assert_string_equal(f->told[2], "p3/camera");
    receive(f, "2", "p1/camera", 320);
    receive(f, "3", "p1/microphone", 320); /* of another kind */
    pass(f, 100 * MS, 0);
    assert_string_equal(f->told[2], "p1/camera");
    assert_string_equal(f->told[3], "");
    receive(f, "2", "", 320);
    pass(f, 100 * MS, 0);
    assert_string_equal(f->told[2], "");
    tear_down(f);
}

/* A viewer that only says another size asks for nothing else, even when it asks twice at once. */
static void what_is_not_said_stays(void **state)
{
    (void)state;
    struct fixture *f = set_up();
    struct router_request larger = request("2", "", 640);
    larger.keeps_show = true;
    receive(f, "2", "p3/camera", 320);
    pass(f, 100 * MS, 0);
    participant_receive(f->viewer, &larger, 1, f->now);
    pass(f, 100 * MS, 0);
    assert_string_equal(f->told[2], "p3/camera");
    receive(f, "3", "p2/camera", 320); /* so that the next ones wait */
    receive(f, "2", "p1/camera", 320);
    participant_receive(f->viewer, &larger, 1, f->now);
    pass(f, 100 * MS, 0);
    assert_string_equal(f->told[2], "p1/camera");
    tear_down(f);
}

/* Who was away may have missed it. */
static void what_is_shown_is_told_again(void **state)
{
    (void)state;
    struct fixture *f = set_up();
    receive(f, "2", "p3/camera", 320);
    pass(f, 100 * MS, 0);
    snprintf(f->told[2], sizeof f->told[2], "missed");
    snprintf(f->told[3], sizeof f->told[3], "missed");
    participant_tell_again(f->viewer);
    pass(f, 20 * MS, 0);
    assert_string_equal(f->told[2], "p3/camera");
    assert_string_equal(f->told[3], "");
    tear_down(f);
}

static unsigned slot_events(struct fixture *f)
{
    struct router_event event;
    unsigned count = 0;
    while (router_poll_event(f->router, &event))
        count += event.type == ROUTER_EVENT_SLOTS;
    return count;
}

/* A message of a thousand lines costs what its m-lines cost, and a storm of them what a few a second cost. */
static void many_requests_are_looked_at_together(void **state)
{
    struct router_request requests[1000];
    (void)state;
    struct fixture *f = set_up();
    pass(f, 200 * MS, 0);
    for (size_t i = 0; i < 1000; i++)
        requests[i] = request(i % 3 == 0 ? "nosuch" : "2", i % 2 == 0 ? "p1/camera" : "p3/camera", 320);
    participant_receive(f->viewer, requests, 1000, f->now);
    assert_int_equal(slot_events(f), 1);
    for (unsigned i = 0; i < 500; i++)
        receive(f, "2", i % 2 == 0 ? "p3/camera" : "p2/camera", 320);
    assert_int_equal(slot_events(f), 0);
    assert_true(router_next(f->router) <= f->now + 50 * MS);
    pass(f, 100 * MS, 0);
    assert_string_equal(f->told[2], "p2/camera"); /* the last one counts */
    receive(f, "2", "p1/camera", 320);
    offer_lines(f, NULL, 0);
    router_leave(f->router, f->viewer, f->now); /* with a request that waits */
    assert_int_equal(router_join(f->router, &f->viewer, "room", "viewer", 99, f->now), 0);
    tear_down(f);
}

static void what_comes_later_is_shown_when_it_comes(void **state)
{
    (void)state;
    struct fixture *f = set_up();
    receive(f, "2", "late/camera", 320);
    pass(f, 100 * MS, 0);
    assert_string_equal(f->told[2], "");
    router_leave(f->router, f->people[4], f->now);
    assert_int_equal(router_join(f->router, &f->people[4], "room", "late", 77, f->now), 0);
    publish(f, 4);
    pass(f, 100 * MS, 0);
    assert_string_equal(f->told[2], "late/camera");
    tear_down(f);
}

static void start_mixer(struct fixture *f, const char *id)
{
    static const struct router_send sends[] = {{"1", "mix-1", false}, {"a", "mix", false}, {"v", "mix-video", false}};
    struct media lines[3] = {line_of(MEDIA_AUDIO, "1"), line_of(MEDIA_AUDIO, "a"), line_of(MEDIA_VIDEO, "v")};
    for (size_t i = 0; i < 3; i++) {
        lines[i].receive = true;
        lines[i].encoding_count = 1;
        lines[i].encodings[0].ssrc = (uint32_t)(7000 + i);
    }
    assert_int_equal(router_join(f->router, &f->people[4], "room", id, 77, f->now), 0);
    participant_configure(f->people[4], lines, 3, sends, 3, NULL, 0, f->now);
}

/* Whichever mixer it is, and whether it or the wish comes first. */
static void what_a_mixer_makes_is_shown_while_there_is_one(void **state)
{
    (void)state;
    struct fixture *f = set_up();
    router_leave(f->router, f->people[4], f->now);
    f->people[4] = NULL;
    receive(f, "0", "mix", 0);
    receive(f, "2", "mix", 320);
    pass(f, 100 * MS, 1u << 1);
    assert_string_equal(f->told[0], "");
    assert_string_equal(f->told[2], "");
    start_mixer(f, "m1");
    pass(f, 100 * MS, 1u << 1);
    assert_string_equal(f->told[0], "m1/mix");
    assert_string_equal(f->told[2], "m1/mix-video");
    router_leave(f->router, f->people[4], f->now);
    f->people[4] = NULL;
    pass(f, 100 * MS, 1u << 1);
    assert_string_equal(f->told[2], "");
    start_mixer(f, "m2");
    receive(f, "3", "mix", 320); /* a second line of the kind has nothing to show */
    pass(f, 100 * MS, 1u << 1);
    assert_string_equal(f->told[0], "m2/mix");
    assert_string_equal(f->told[2], "m2/mix-video");
    assert_string_equal(f->told[3], "");
    tear_down(f);
}

static void speakers_are_followed_and_stay_while_nobody_needs_the_place(void **state)
{
    (void)state;
    struct fixture *f = set_up();
    for (const char *mid = "0\0001\0002\0003\0"; *mid != '\0'; mid += 2)
        receive(f, mid, "speaker", 320);
    pass(f, 500 * MS, 1u << 4);
    assert_true(is_told(f, "p4/microphone"));
    assert_true(is_told(f, "p4/camera"));
    pass(f, 3 * USEC_PER_SEC, 1u << 1 | 1u << 2);
    assert_true(is_told(f, "p1/microphone") && is_told(f, "p2/microphone"));
    assert_true(is_told(f, "p1/camera") && is_told(f, "p2/camera"));
    pass(f, 5 * USEC_PER_SEC, 0); /* nobody speaks: nothing moves */
    assert_true(is_told(f, "p1/microphone") && is_told(f, "p2/microphone"));
    pass(f, 2 * USEC_PER_SEC, 1u << 3 | 1u << 2);
    assert_true(is_told(f, "p3/microphone") && is_told(f, "p2/microphone"));
    assert_false(is_told(f, "p1/microphone"));
    tear_down(f);
}

static void a_new_voice_is_heard_within_a_moment(void **state)
{
    (void)state;
    struct fixture *f = set_up();
    receive(f, "0", "speaker", 0);
    pass(f, 2 * USEC_PER_SEC, 0);
    pass(f, 160 * MS, 1u << 3);
    assert_string_equal(f->told[0], "p3/microphone");
    tear_down(f);
}

static void what_has_a_slot_of_its_own_does_not_come_twice(void **state)
{
    (void)state;
    static const struct router_receive named[] = {{"0", "p2/microphone"}, {"2", "p2/camera"}};
    struct fixture *f = set_up();
    receive(f, "1", "speaker", 0);
    receive(f, "3", "speaker", 320);
    pass(f, USEC_PER_SEC, 1u << 2);
    assert_string_equal(f->told[1], "p2/microphone");
    offer_lines(f, named, 2);
    pass(f, USEC_PER_SEC, 1u << 2);
    assert_string_not_equal(f->told[1], "p2/microphone");
    assert_string_not_equal(f->told[3], "p2/camera");
    tear_down(f);
}

static unsigned times_shown(struct fixture *f, const char *publication)
{
    struct slot_stats slots[LINES];
    struct publication_stats publications[2];
    size_t count = participant_slots(f->viewer, slots, LINES);
    unsigned shown = 0, subscribers = 0;
    for (size_t i = 0; i < count; i++)
        shown += strcmp(slots[i].publication, publication) == 0;
    for (size_t i = 0; i < PEOPLE; i++) {
        size_t known = participant_publications(f->people[i], publications, 2);
        for (size_t k = 0; k < known && k < 2; k++)
            if (strcmp(publications[k].id, publication) == 0)
                subscribers = publications[k].subscribers;
    }
    assert_int_equal(shown, subscribers);
    return shown;
}

static void a_publication_is_sent_on_one_line_only(void **state)
{
    (void)state;
    static const struct router_receive twice[] = {{"2", "p1/camera"}, {"3", "p1/camera"}};
    static const struct router_receive apart[] = {{"2", "p1/camera"}, {"3", "p2/camera"}};
    static const struct router_receive crossed[] = {{"2", "p2/camera"}, {"3", "p1/camera"}};
    static const struct router_receive late[] = {{"2", "late/camera"}, {"3", "late/camera"}};
    struct fixture *f = set_up();
    receive(f, "2", "p1/camera", 320);
    pass(f, 100 * MS, 0);
    snprintf(f->told[3], sizeof f->told[3], "nothing");
    receive(f, "3", "p1/camera", 320);
    pass(f, 100 * MS, 0);
    assert_string_equal(f->told[2], "p1/camera"); /* the slot that shows it keeps it */
    assert_string_equal(f->told[3], "");
    assert_int_equal(times_shown(f, "p1/camera"), 1);
    receive(f, "2", "p2/camera", 320); /* lets go */
    pass(f, 100 * MS, 0);
    assert_string_equal(f->told[3], "p1/camera");
    const struct router_request swap[] = {request("2", "p1/camera", 320), request("3", "p2/camera", 320)};
    participant_receive(f->viewer, swap, 2, f->now);
    pass(f, 100 * MS, 0);
    assert_string_equal(f->told[2], "p1/camera");
    assert_string_equal(f->told[3], "p2/camera");
    offer_lines(f, twice, 2);
    assert_int_equal(times_shown(f, "p1/camera"), 1);
    offer_lines(f, apart, 2);
    assert_int_equal(times_shown(f, "p1/camera"), 1);
    assert_int_equal(times_shown(f, "p2/camera"), 1);
    offer_lines(f, crossed, 2);
    assert_int_equal(times_shown(f, "p1/camera"), 1);
    assert_int_equal(times_shown(f, "p2/camera"), 1);
    offer_lines(f, late, 2);
    router_leave(f->router, f->people[4], f->now);
    assert_int_equal(router_join(f->router, &f->people[4], "room", "late", 77, f->now), 0);
    publish(f, 4);
    assert_int_equal(times_shown(f, "late/camera"), 1);
    tear_down(f);
}

static void who_leaves_makes_room(void **state)
{
    (void)state;
    struct fixture *f = set_up();
    receive(f, "0", "speaker", 0);
    pass(f, USEC_PER_SEC, 1u << 2);
    assert_string_equal(f->told[0], "p2/microphone");
    router_leave(f->router, f->people[2], f->now);
    f->people[2] = NULL;
    pass(f, 300 * MS, 0);
    assert_string_not_equal(f->told[0], "p2/microphone");
    assert_true(f->told[0][0] == 'p'); /* without speakers, a slot shows any participant */
    tear_down(f);
}

static enum slot_state state_of(struct fixture *f, const char *mid)
{
    static struct slot_stats slots[LINES];
    size_t count = participant_slots(f->viewer, slots, LINES);
    for (size_t i = 0; i < count; i++)
        if (strcmp(slots[i].mid, mid) == 0)
            return slots[i].state;
    fail_msg("there is no slot %s", mid);
    return SLOT_LIVE;
}

static void what_is_hidden_is_not_sent(void **state)
{
    (void)state;
    struct fixture *f = set_up();
    receive(f, "2", "p1/camera", 0);
    pass(f, 500 * MS, 0);
    assert_int_equal(state_of(f, "2"), SLOT_PAUSED_HIDDEN);
    receive(f, "2", "p1/camera", 640);
    pass(f, 500 * MS, 0);
    assert_int_equal(state_of(f, "2"), SLOT_LIVE);
    tear_down(f);
}

static void m_lines_that_are_not_there_are_passed_over(void **state)
{
    (void)state;
    struct fixture *f = set_up();
    receive(f, "7", "speaker", 320);
    receive(f, "", "p1/camera", 320);
    pass(f, 200 * MS, 1);
    for (size_t i = 0; i < LINES; i++)
        assert_string_equal(f->told[i], "");
    tear_down(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shared_slot_shows_what_is_named),
        cmocka_unit_test(what_is_not_said_stays),
        cmocka_unit_test(what_is_shown_is_told_again),
        cmocka_unit_test(many_requests_are_looked_at_together),
        cmocka_unit_test(what_comes_later_is_shown_when_it_comes),
        cmocka_unit_test(what_a_mixer_makes_is_shown_while_there_is_one),
        cmocka_unit_test(speakers_are_followed_and_stay_while_nobody_needs_the_place),
        cmocka_unit_test(a_new_voice_is_heard_within_a_moment),
        cmocka_unit_test(what_has_a_slot_of_its_own_does_not_come_twice),
        cmocka_unit_test(a_publication_is_sent_on_one_line_only),
        cmocka_unit_test(who_leaves_makes_room),
        cmocka_unit_test(what_is_hidden_is_not_sent),
        cmocka_unit_test(m_lines_that_are_not_there_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
