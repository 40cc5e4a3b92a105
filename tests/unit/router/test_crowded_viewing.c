/* What a viewer asks for costs the work of its own m-lines, however many others are in the room and whatever they
 * watch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "router/router.h"

#define PEOPLE 40
#define LINES 200 /* of each, for audio of the others; one more sends its own */
#define ROUNDS 20
#define TIMES_MORE 15 /* it was 400 times as much */

static struct media lines[LINES + 1];

static int64_t cpu_ns(void)
{
    struct timespec time;
    assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time), 0);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* Sends a microphone and has all other m-lines follow the speakers. */
static void join(struct router *router, struct participant **out, unsigned number, usec_t now)
{
    static const struct router_send sends[] = {{"own", "microphone", false}};
    char id[8];
    snprintf(id, sizeof id, "p%u", number);
    for (unsigned i = 0; i <= LINES; i++) {
        struct media *line = &lines[i];
        *line = (struct media){.kind = MEDIA_AUDIO, .codec_count = 1, .send = i < LINES, .receive = i == LINES};
        line->codecs[0] = (struct media_codec){.codec = CODEC_OPUS,
                                               .payload_type = 111,
                                               .rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE,
                                               .clock_rate = 48000,
                                               .channels = 2};
        snprintf(line->mid, sizeof line->mid, "%u", i);
        line->send_ssrc = i < LINES ? 1000 + i : 0;
    }
    snprintf(lines[LINES].mid, sizeof lines[LINES].mid, "own");
    assert_int_equal(router_join(router, out, "room", id, number, now), 0);
    participant_configure(*out, lines, LINES + 1, sends, 1, NULL, 0, now);
}

static void follow_speakers(struct participant *viewer, usec_t now)
{
    static struct router_request requests[LINES];
    for (unsigned i = 0; i < LINES; i++) {
        snprintf(requests[i].mid, sizeof requests[i].mid, "%u", i);
        snprintf(requests[i].show, sizeof requests[i].show, "speaker");
    }
    participant_receive(viewer, requests, LINES, now);
}

static void forget_events(struct router *router)
{
    struct router_event event;
    while (router_poll_event(router, &event))
        ;
}

/* The CPU time of one request in a room of so many: the least of some. */
static int64_t cost_of_a_request(unsigned people)
{
    struct participant *crowd[PEOPLE];
    int64_t least = INT64_MAX;
    usec_t now = USEC_PER_SEC;
    struct router *router = router_new(&(struct router_config){0}, 3);
    for (unsigned i = 0; i < people; i++) {
        join(router, &crowd[i], i + 1, now);
        follow_speakers(crowd[i], now);
    }
    for (unsigned i = 0; i < ROUNDS; i++) {
        now += USEC_PER_SEC;
        router_timeout(router, now, now);
        forget_events(router);
        int64_t before = cpu_ns();
        follow_speakers(crowd[0], now);
        int64_t spent = cpu_ns() - before;
        least = spent < least ? spent : least;
    }
    struct slot_stats slots[LINES];
    unsigned shown = 0;
    for (size_t count = participant_slots(crowd[0], slots, LINES), i = 0; i < count; i++)
        shown += slots[i].publication[0] != '\0';
    assert_int_equal(shown, people - 1);
    for (unsigned i = 0; i < people; i++)
        router_leave(router, crowd[i], now);
    router_free(router);
    return least;
}

static void a_request_costs_the_same_in_a_crowd(void **state)
{
    (void)state;
    int64_t of_two = cost_of_a_request(2), of_a_crowd = cost_of_a_request(PEOPLE);
    print_message("a room of two: %lld ns, of %d: %lld ns\n", (long long)of_two, PEOPLE, (long long)of_a_crowd);
    assert_true(of_a_crowd < TIMES_MORE * of_two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_costs_the_same_in_a_crowd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
