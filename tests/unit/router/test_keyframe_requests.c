/* How many keyframes viewers can make a publisher send: as many as an honest one needs, at once; no more than a few for
 * whoever asks without end, whatever way it does that. */
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
#include "tests/support/rtcp.h"
#include "tests/support/video_line.h"
#include "tests/support/viewer.h"

#define MS USEC_PER_MSEC
#define WALL INT64_C(1700000000000000)
#define PUBLISHERS 2
#define CROWD 100 /* publishers, of which a viewer sees a page */
#define PAGE 25
#define VIEWERS 20
#define FRAME (50 * MS)
#define UPSTREAM (50 * MS) /* from a PLI to its keyframe's first packet */

enum { SLOT_SSRC = 1000, VIEWER_FIRST = 2 * CROWD };

struct publisher_end {
    struct participant *participant;
    struct published_stream stream;
    unsigned plis;
    usec_t key_at; /* USEC_NEVER: none is asked for */
    bool is_deaf;  /* never sends a keyframe */
};

struct fixture {
    struct router *router;
    struct publisher_end publishers[CROWD];
    unsigned publisher_count;
    struct participant *viewers[VIEWERS];
    unsigned keyframes[VIEWERS]; /* that reached the viewer */
    size_t viewer_count;
    usec_t now;
};

static struct media make_line(const char *mid)
{
    struct media line = video_line(mid);
    line.codecs[0].rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE;
    line.codecs[0].nack = false;
    return line;
}

static void show(struct fixture *f, size_t viewer, const char *publication, uint16_t width)
{
    struct router_request request = {.mid = "v", .width = width, .height = width, .priority = 1};
    snprintf(request.show, sizeof request.show, "%s", publication);
    participant_receive(f->viewers[viewer], &request, 1, f->now);
}

static void join_with(struct fixture *f, const struct media *lines, size_t count)
{
    size_t at = f->viewer_count++;
    char id[8];
    snprintf(id, sizeof id, "v%zu", at);
    assert_int_equal(router_join(f->router, &f->viewers[at], "room", id, VIEWER_FIRST + at, f->now), 0);
    participant_configure(f->viewers[at], lines, count, NULL, 0, NULL, 0, f->now);
    participant_set_ready(f->viewers[at], true, f->now);
}

static void join_viewer(struct fixture *f)
{
    struct media line = make_line("v");
    line.send = true;
    line.send_ssrc = SLOT_SSRC;
    join_with(f, &line, 1);
    show(f, f->viewer_count - 1, "p0/camera", 320);
}

static struct fixture *set_up_with(unsigned publishers, size_t viewers)
{
    static const struct router_send send = {"v", "camera", false};
    static struct fixture fixture;
    struct fixture *f = &fixture;
    *f = (struct fixture){.publisher_count = publishers, .now = USEC_PER_SEC};
    f->router = router_new(&(struct router_config){.start_bps = 10000000}, 5);
    for (unsigned i = 0; i < publishers; i++) {
        struct media line = make_line("v");
        char id[8];
        line.receive = true;
        line.encoding_count = 1;
        line.encodings[0].ssrc = 1 + i;
        snprintf(id, sizeof id, "p%u", i);
        f->publishers[i].key_at = USEC_NEVER;
        f->publishers[i].stream = (struct published_stream){.ssrc = 1 + i, .payload_type = VP8, .clock_rate = 90000};
        assert_int_equal(router_join(f->router, &f->publishers[i].participant, "room", id, 1 + i, f->now), 0);
        participant_configure(f->publishers[i].participant, &line, 1, &send, 1, NULL, 0, f->now);
        participant_set_ready(f->publishers[i].participant, true, f->now);
    }
    while (f->viewer_count < viewers)
        join_viewer(f);
    return f;
}

static struct fixture *set_up(size_t viewers)
{
    return set_up_with(PUBLISHERS, viewers);
}

static void tear_down(struct fixture *f)
{
    for (unsigned i = 0; i < f->publisher_count; i++)
        router_leave(f->router, f->publishers[i].participant, f->now);
    for (size_t i = 0; i < f->viewer_count; i++)
        router_leave(f->router, f->viewers[i], f->now);
    router_free(f->router);
}

static void send_frame(struct fixture *f, unsigned from)
{
    struct publisher_end *publisher = &f->publishers[from];
    uint8_t data[PACKET_CAPACITY];
    bool is_key = f->now >= publisher->key_at && !publisher->is_deaf;
    struct published_packet packet = {.marker = true, .is_vp8 = true, .vp8 = {.is_start = true, .is_key = is_key}};
    if (is_key)
        publisher->key_at = USEC_NEVER;
    size_t length = published_stream_write(&publisher->stream, data, &packet, f->now);
    assert_int_equal(participant_rtp(publisher->participant, data, length, f->now), 0);
}

static void take_rtcp(struct fixture *f, uint64_t connection, const uint8_t *data, size_t length)
{
    unsigned plis = rtcp_count_plis(data, length);
    if (connection >= VIEWER_FIRST || plis == 0)
        return;
    f->publishers[connection - 1].plis += plis;
    f->publishers[connection - 1].key_at = usec_min(f->publishers[connection - 1].key_at, f->now + UPSTREAM);
}

static void drain(struct fixture *f)
{
    struct outgoing outgoing = {0};
    struct router_event event;
    while (outgoing_next(&outgoing, f->router, f->now)) {
        uint64_t connection = participant_connection(outgoing.participant);
        if (outgoing.is_rtcp)
            take_rtcp(f, connection, outgoing.data, outgoing.length);
        else
            f->keyframes[connection - VIEWER_FIRST] += outgoing.length > 13 && (outgoing.data[13] & 1) == 0;
    }
    while (router_poll_event(f->router, &event))
        ;
}

static void send_feedback(struct fixture *f, size_t viewer, bool asks)
{
    uint8_t data[VIEWER_SIGN_MAX];
    size_t length = viewer_write_sign(data, asks ? SLOT_SSRC : 0);
    (void)participant_rtcp(f->viewers[viewer], data, length, f->now, WALL + f->now);
}

/* What each viewer does every so often. */
enum act { NOTHING, PLI, OTHER_SLOT, HIDE };
struct plan {
    enum act act;
    usec_t every;
};

static void act(struct fixture *f, const struct plan *plan, unsigned turn)
{
    for (size_t i = 0; i < f->viewer_count; i++) {
        if (plan->act == PLI || plan->act == NOTHING)
            send_feedback(f, i, plan->act == PLI);
        if (plan->act == OTHER_SLOT)
            show(f, i, turn % 2 == 0 ? "p1/camera" : "p0/camera", 320);
        if (plan->act == HIDE)
            show(f, i, "p0/camera", turn % 2 == 0 ? 0 : 320);
    }
}

/* What is due, and packets both ways, until the router has nothing left to say. */
static void play(struct fixture *f, const struct plan *plan, usec_t duration)
{
    usec_t next_act = f->now + plan->every, next_frame = f->now, next_report = f->now;
    unsigned turn = 0;
    for (usec_t end = f->now + duration; f->now < end; f->now += 10 * MS) {
        if (f->now >= next_frame) {
            next_frame += FRAME;
            for (unsigned i = 0; i < f->publisher_count; i++)
                send_frame(f, i);
        }
        for (size_t i = 0; f->now >= next_report && i < f->viewer_count; i++)
            send_feedback(f, i, false);
        if (f->now >= next_report)
            next_report += USEC_PER_SEC;
        if (f->now >= next_act) {
            next_act += plan->every;
            act(f, plan, turn++);
        }
        if (router_next(f->router) <= f->now)
            router_timeout(f->router, f->now, WALL + f->now);
        drain(f);
    }
}

static uint64_t refused(const struct fixture *f, size_t viewer)
{
    struct participant_stats stats;
    participant_get_stats(f->viewers[viewer], &stats);
    return stats.keyframes_refused;
}

/* Each publisher's keyframes in ten seconds in which viewers behave as badly as they can. */
static void test_a_viewer_costs_few_keyframes(void **state)
{
    static const struct {
        struct plan plan;
        size_t viewers;
        unsigned most;
    } cases[] = {
        {{PLI, 50 * MS}, 1, 8},         /* 4 at once, then one in 3 s */
        {{PLI, 1000 * MS}, 1, 8},       /* cannot decode anything */
        {{OTHER_SLOT, 60 * MS}, 1, 8},  /* what it shows changes all the time */
        {{OTHER_SLOT, 400 * MS}, 1, 8}, /* slowly enough for each keyframe to come */
        {{HIDE, 60 * MS}, 1, 8},
        {{HIDE, 400 * MS}, 1, 8},
        {{PLI, 50 * MS}, VIEWERS, 28}, /* all of them together: 8 at once, then two a second */
        {{OTHER_SLOT, 400 * MS}, VIEWERS, 28},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture *f = set_up(cases[i].viewers);
        play(f, &cases[i].plan, 10 * USEC_PER_SEC);
        for (unsigned p = 0; p < PUBLISHERS; p++)
            assert_in_range(f->publishers[p].plis, cases[i].plan.act == OTHER_SLOT || p == 0 ? 2 : 0, cases[i].most);
        assert_true(refused(f, 0) > 0);
        tear_down(f);
    }
}

/* One that asks without end does not make others wait: who joins, shows something else or loses something has its
 * keyframe within two frames and the publisher's own delay. */
static void test_others_get_theirs_at_once(void **state)
{
    static const struct plan flood = {PLI, 50 * MS}, quiet = {NOTHING, 300 * MS};
    struct fixture *f = set_up(1);
    (void)state;
    play(f, &flood, 10 * USEC_PER_SEC);
    join_viewer(f);
    play(f, &quiet, 400 * MS);
    assert_true(f->keyframes[1] >= 1);
    show(f, 1, "p1/camera", 320);
    unsigned before = f->keyframes[1];
    play(f, &quiet, 400 * MS);
    assert_true(f->keyframes[1] > before);
    send_feedback(f, 1, true);
    before = f->keyframes[1];
    play(f, &quiet, 400 * MS);
    assert_true(f->keyframes[1] > before);
    assert_int_equal(refused(f, 1), 0);
    tear_down(f);
}

/* The longer a publisher ignores requests, the fewer it is sent. But a new viewer's request is sent at once, since the
 * publisher may have come to its senses. */
static void test_who_ignores_requests_gets_fewer(void **state)
{
    static const struct {
        usec_t seconds;
        unsigned least, most;
    } cases[] = {{10, 5, 7}, {10, 0, 2}, {20, 1, 2}, {60, 5, 6}};
    static const struct plan flood = {PLI, 200 * MS};
    struct fixture *f = set_up(5);
    (void)state;
    f->publishers[0].is_deaf = true;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned before = f->publishers[0].plis;
        play(f, &flood, cases[i].seconds * USEC_PER_SEC);
        assert_in_range(f->publishers[0].plis - before, cases[i].least, cases[i].most);
    }
    f->publishers[0].is_deaf = false;
    join_viewer(f);
    play(f, &flood, 300 * MS);
    assert_true(f->keyframes[5] > 0);
    tear_down(f);
}

/* The longest time that one of many has to wait for its keyframe who join so often. */
static usec_t longest_wait(struct fixture *f, usec_t between)
{
    static const struct plan quiet = {NOTHING, 300 * MS};
    usec_t longest = 0;
    while (f->viewer_count < VIEWERS) {
        usec_t joined = f->now, next = joined + between;
        join_viewer(f);
        while (f->keyframes[f->viewer_count - 1] == 0 && f->now < joined + USEC_PER_SEC)
            play(f, &quiet, 10 * MS);
        longest = usec_max(longest, f->now - joined);
        if (f->now < next)
            play(f, &quiet, next - f->now);
    }
    return longest;
}

/* They are sent the last keyframe and what followed, when that is recent, and else one is requested at once: the gate
 * makes nobody wait. */
static void test_newcomers_wait_for_nobody(void **state)
{
    static const usec_t between[] = {20 * MS, 100 * MS, 250 * MS, 400 * MS, 500 * MS, 700 * MS};
    (void)state;
    for (size_t i = 0; i < sizeof between / sizeof between[0]; i++) {
        struct fixture *f = set_up(0);
        play(f, &(struct plan){NOTHING, 300 * MS}, USEC_PER_SEC);
        usec_t wait = longest_wait(f, between[i]);
        assert_in_range(wait, 0, UPSTREAM + 2 * FRAME);
        assert_in_range(f->publishers[0].plis, 1, (usec_t)VIEWERS * between[i] / (500 * MS) + 2);
        tear_down(f);
    }
}

static void join_page(struct fixture *f)
{
    struct media lines[PAGE];
    for (unsigned i = 0; i < PAGE; i++) {
        char mid[8];
        snprintf(mid, sizeof mid, "s%u", i);
        lines[i] = make_line(mid);
        lines[i].send = true;
        lines[i].send_ssrc = SLOT_SSRC + i;
    }
    join_with(f, lines, PAGE);
}

static void show_page(struct fixture *f, unsigned page)
{
    struct router_request requests[PAGE];
    for (unsigned i = 0; i < PAGE; i++) {
        requests[i] = (struct router_request){.width = 320, .height = 180, .priority = 1};
        snprintf(requests[i].mid, sizeof requests[i].mid, "s%u", i);
        snprintf(requests[i].show, sizeof requests[i].show, "p%u/camera", page * PAGE + i);
    }
    participant_receive(f->viewers[0], requests, PAGE, f->now);
}

/* Who leafs through a room of a hundred is sent each picture at once, and again on the way back. */
static void test_all_pages_of_a_large_room_come_at_once(void **state)
{
    static const unsigned pages[] = {0, 1, 2, 3, 2, 1, 0};
    static const struct plan quiet = {NOTHING, 300 * MS};
    struct fixture *f = set_up_with(CROWD, 0);
    (void)state;
    join_page(f);
    play(f, &quiet, USEC_PER_SEC);
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        unsigned before = f->keyframes[0];
        show_page(f, pages[i]);
        play(f, &quiet, 300 * MS);
        assert_in_range(f->keyframes[0] - before, PAGE, 2 * PAGE);
    }
    assert_int_equal(refused(f, 0), 0);
    tear_down(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_viewer_costs_few_keyframes),           cmocka_unit_test(test_others_get_theirs_at_once),
        cmocka_unit_test(test_who_ignores_requests_gets_fewer),        cmocka_unit_test(test_newcomers_wait_for_nobody),
        cmocka_unit_test(test_all_pages_of_a_large_room_come_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
