/* What the mixer makes of what its client hears and sees, in virtual time. The client library, the clock and libuv's
 * timers below take the place of the real ones. */
#include "client/mixer/mixer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client/mix/lanes.h"
#include "client/mix/voice.h"
#include "transport/net/clock.h"

#define MS USEC_PER_MSEC
#define S USEC_PER_SEC
#define WIDTH 320U
#define HEIGHT 180U
#define OTHERS_MAX 12

static uv_loop_t loop;
static struct mixer *mixer;

/* The client */

struct heddle_client {
    struct heddle_client_listener listener;
    struct heddle_client_remote others[OTHERS_MAX];
    size_t other_count;
    char sources[8][16]; /* that were added */
    size_t source_count;
    const char *refused_source;
    bool is_joined, has_left, is_freed;
    unsigned mixes[8]; /* frames that were pushed, by source */
    unsigned pictures;
    uint8_t luma;    /* in the middle of the last picture */
    int16_t peak[8]; /* of the last frame, by source */
    char layout[8];  /* that it prefers */
    char lanes[64];  /* as they were told last: "p1 - - -" */
    char shown[160]; /* "p1 320x180 p1/screen 0x0 " */
};
static struct heddle_client client;

int heddle_client_new(struct heddle_client **out, uv_loop_t *given, const struct heddle_client_config *config,
                      const struct heddle_client_listener *listener, const char **reason)
{
    (void)config, (void)reason;
    assert_ptr_equal(given, &loop);
    client.listener = *listener;
    *out = &client;
    return 0;
}

int heddle_client_free(struct heddle_client *given)
{
    given->is_freed = true;
    return 0;
}

void heddle_client_join(struct heddle_client *given)
{
    given->is_joined = true;
}

void heddle_client_leave(struct heddle_client *given)
{
    given->has_left = true;
}

int heddle_client_add_source(struct heddle_client *given, const char *source, const struct heddle_client_media *media,
                             const char **reason)
{
    (void)media;
    if (given->refused_source != NULL && strcmp(source, given->refused_source) == 0) {
        *reason = "no such encoder";
        return -1;
    }
    snprintf(given->sources[given->source_count++], sizeof given->sources[0], "%s", source);
    return 0;
}

static size_t index_of(const char *source)
{
    size_t i = 0;
    while (i < client.source_count && strcmp(client.sources[i], source) != 0)
        i++;
    assert_in_range(i, 0, client.source_count - 1);
    return i;
}

void heddle_client_push_picture(struct heddle_client *given, const char *source,
                                const struct heddle_client_picture *picture)
{
    assert_string_equal(source, "mix-video");
    assert_int_equal(picture->width, WIDTH);
    assert_int_equal(picture->height, HEIGHT);
    given->pictures++;
    given->luma = picture->planes[0][HEIGHT / 2 * picture->strides[0] + WIDTH / 2];
}

void heddle_client_push_audio(struct heddle_client *given, const char *source, const int16_t *samples)
{
    size_t i = index_of(source);
    given->mixes[i]++;
    given->peak[i] = 0;
    for (size_t j = 0; j < (size_t)2 * VOICE_FRAME; j++)
        if (samples[j] > given->peak[i])
            given->peak[i] = samples[j];
}

void heddle_client_mix_lanes(struct heddle_client *given, const char *const *participants, size_t count)
{
    given->lanes[0] = '\0';
    for (size_t i = 0; i < count; i++)
        snprintf(given->lanes + strlen(given->lanes), sizeof given->lanes - strlen(given->lanes), "%s%s",
                 i > 0 ? " " : "", participants[i] != NULL ? participants[i] : "-");
}

void heddle_client_show_at(struct heddle_client *given, const char *participant, const char *source, unsigned width,
                           unsigned height)
{
    const char *which = strcmp(source, "camera") == 0 ? "" : "/screen";
    snprintf(given->shown + strlen(given->shown), sizeof given->shown - strlen(given->shown), "%s%s %ux%u ",
             participant, which, width, height);
}

void heddle_client_set_layout(struct heddle_client *given, const char *layout)
{
    snprintf(given->layout, sizeof given->layout, "%s", layout);
}

void heddle_client_get_stats(const struct heddle_client *given, struct heddle_client_stats *stats)
{
    *stats = (struct heddle_client_stats){.remotes = given->other_count};
}

void heddle_client_get_remote(const struct heddle_client *given, size_t index, struct heddle_client_remote *remote)
{
    *remote = given->others[index];
}

/* Time */

static usec_t now;
static struct alarm {
    uv_timer_t *timer;
    uv_timer_cb callback;
    usec_t at;
} alarms[2];
static size_t alarm_count;

usec_t clock_now(void)
{
    return now;
}

uint64_t uv_now(const uv_loop_t *given)
{
    (void)given;
    return (uint64_t)(now / MS);
}

int uv_timer_start(uv_timer_t *timer, uv_timer_cb callback, uint64_t timeout, uint64_t repeat)
{
    size_t i = 0;
    while (i < alarm_count && alarms[i].timer != timer)
        i++;
    assert_int_equal(repeat, 0);
    assert_in_range(i, 0, 1);
    alarm_count = i == alarm_count ? i + 1 : alarm_count;
    alarms[i] = (struct alarm){timer, callback, now + (usec_t)timeout * MS};
    return 0;
}

/* Fires what is due until then. */
static void run_until(usec_t until)
{
    for (;;) {
        struct alarm *first = NULL;
        for (size_t i = 0; i < alarm_count; i++)
            if (!uv_is_closing((uv_handle_t *)alarms[i].timer) && (first == NULL || alarms[i].at < first->at))
                first = &alarms[i];
        if (first == NULL || first->at > until)
            break;
        now = first->at > now ? first->at : now;
        first->callback(first->timer);
    }
    now = until;
}

/* Tests */

static void event(enum heddle_client_event_type type, const char *participant, const char *text)
{
    client.listener.event(client.listener.user, &(struct heddle_client_event){type, participant, text});
}

static void is_there(const char *id, bool is_muted)
{
    client.others[client.other_count++] = (struct heddle_client_remote){
        .participant = id, .name = id, .source = "camera", .is_here = true, .video.is_muted = is_muted};
}

static void sees_of(const char *id, const char *source, uint8_t luma)
{
    static uint8_t y[64 * 36], chroma[32 * 18];
    memset(y, luma, sizeof y);
    memset(chroma, 128, sizeof chroma);
    const struct heddle_client_picture picture = {
        .width = 64, .height = 36, .planes = {y, chroma, chroma}, .strides = {64, 32, 32}};
    client.listener.picture(client.listener.user, id, source, &picture);
}

static void sees(const char *id, uint8_t luma)
{
    sees_of(id, "camera", luma);
}

static void shares(const char *id)
{
    client.others[client.other_count++] =
        (struct heddle_client_remote){.participant = id, .name = id, .source = "screen", .is_here = true};
    event(HEDDLE_CLIENT_PUBLICATIONS, id, "");
}

/* A tone, 20 ms of it. */
static void hears(const char *id)
{
    int16_t samples[2 * VOICE_FRAME];
    for (int i = 0; i < 2 * VOICE_FRAME; i++)
        samples[i] = i / 2 % 48 < 24 ? 8000 : -8000;
    client.listener.audio(client.listener.user, id, "microphone", samples, VOICE_FRAME);
}

/* The first mix has told the server of the lanes, and it answers. */
static void gets_its_lanes(const char *lanes)
{
    run_until(now + 20 * MS);
    assert_string_equal(client.lanes, lanes);
    event(HEDDLE_CLIENT_MIX_LANES, "", "");
    run_until(now + LANES_SETTLE);
}

/* Speaks for so many frames, while time goes on. */
static void speaks(const char *id, unsigned frames)
{
    for (unsigned i = 0; i < frames; i++) {
        hears(id);
        run_until(now + 20 * MS);
    }
}

static unsigned frames_of(const char *source)
{
    return client.mixes[index_of(source)];
}

static int peak_of(const char *source)
{
    return client.peak[index_of(source)];
}

static int set_up(void **state)
{
    const struct mixer_config config = {
        .width = WIDTH, .height = HEIGHT, .frames_per_second = 25, .bitrate_bps = 500000};
    const char *reason;
    (void)state;
    client = (struct heddle_client){.other_count = 0};
    now = 1000 * S;
    alarm_count = 0;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(mixer_new(&mixer, &loop, &config, &reason), 0);
    mixer_start(mixer);
    assert_true(client.is_joined);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (!mixer_has_ended(mixer))
        event(HEDDLE_CLIENT_ENDED, "left", "");
    mixer_free(mixer);
    assert_true(client.is_freed);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    return 0;
}

static void nothing_is_sent_before_there_is_something_of_everybody(void **state)
{
    (void)state;
    is_there("p1", false);
    is_there("p2", true); /* of whom no picture will come */
    event(HEDDLE_CLIENT_JOINED, "p9", "daily");
    gets_its_lanes("p1 p2 - -");
    run_until(now + 500 * MS);
    assert_int_equal(frames_of("mix"), 0);
    assert_int_equal(client.pictures, 0);
    sees("p1", 200);
    run_until(now + 200 * MS);
    assert_in_range(frames_of("mix"), 9, 11);
    assert_in_range(client.pictures, 4, 6);
    assert_true(frames_of("mix-1") > 0);
    assert_int_equal(frames_of("mix-3"), 0); /* a lane that nobody owns */
}

static void who_sends_nothing_does_not_keep_the_others_waiting(void **state)
{
    (void)state;
    is_there("p1", false);
    event(HEDDLE_CLIENT_JOINED, "p9", "daily");
    run_until(now + 2 * S - 21 * MS);
    assert_int_equal(frames_of("mix"), 0);
    run_until(now + 41 * MS);
    assert_in_range(frames_of("mix"), 1, 3);
    is_there("p2", false); /* once it is sent it goes on, whoever comes */
    event(HEDDLE_CLIENT_PARTICIPANT_JOINED, "p2", "Ben");
    unsigned before = frames_of("mix");
    run_until(now + 100 * MS);
    assert_in_range(frames_of("mix"), before + 4, before + 6);
}

static void nobody_hears_itself(void **state)
{
    (void)state;
    is_there("p1", true);
    is_there("p2", true);
    event(HEDDLE_CLIENT_JOINED, "p9", "daily");
    speaks("p1", 110);
    assert_string_equal(client.lanes, "p1 p2 - -");
    assert_true(frames_of("mix") > 0);   /* two seconds are over */
    assert_int_equal(peak_of("mix"), 0); /* but the server has not said that p1 gets its lane */
    event(HEDDLE_CLIENT_MIX_LANES, "", "");
    speaks("p1", 20);
    assert_in_range(peak_of("mix"), 500, INT16_MAX);
    assert_int_equal(peak_of("mix-1"), 0);
    assert_in_range(peak_of("mix-2"), 500, INT16_MAX); /* the other one hears it */
    run_until(now + 200 * MS);
    speaks("p2", 20);
    assert_in_range(peak_of("mix-1"), 500, INT16_MAX);
    assert_int_equal(peak_of("mix-2"), 0);
}

static void the_mix_begins_with_those_who_speak_already(void **state)
{
    (void)state;
    is_there("p1", false);
    event(HEDDLE_CLIENT_JOINED, "p9", "daily");
    speaks("p1", 20);
    assert_string_equal(client.lanes, "p1 - - -");
    sees("p1", 200);
    speaks("p1", 5);
    assert_int_equal(frames_of("mix"), 0); /* its lane is not settled */
    event(HEDDLE_CLIENT_MIX_LANES, "", "");
    run_until(now + LANES_SETTLE + 20 * MS);
    assert_true(frames_of("mix") > 0);
}

static void a_machine_that_stood_still_goes_on_from_now(void **state)
{
    (void)state;
    event(HEDDLE_CLIENT_JOINED, "p9", "daily");
    run_until(now + 100 * MS);
    unsigned mixes = frames_of("mix"), pictures = client.pictures;
    now += 100 * MS; /* five frames are made up for, pictures never */
    run_until(now);
    assert_in_range(frames_of("mix"), mixes + 4, mixes + 6);
    assert_in_range(client.pictures, pictures + 1, pictures + 1);
    run_until(now + 100 * MS);
    mixes = frames_of("mix");
    now += 5 * S;
    run_until(now);
    assert_int_equal(frames_of("mix"), mixes + 10);
    mixes = frames_of("mix");
    run_until(now + 200 * MS);
    assert_in_range(frames_of("mix"), mixes + 9, mixes + 11);
}

static void a_camera_that_is_muted_leaves_its_tile(void **state)
{
    (void)state;
    is_there("p1", false);
    event(HEDDLE_CLIENT_JOINED, "p9", "daily");
    assert_string_equal(client.shown, "p1 320x180 ");
    sees("p1", 200);
    gets_its_lanes("p1 - - -");
    run_until(now + 100 * MS);
    assert_in_range(client.luma, 195, 205);
    client.others[0].video.is_muted = true;
    event(HEDDLE_CLIENT_PUBLICATIONS, "p1", "");
    run_until(now + 100 * MS);
    assert_in_range(client.luma, 0, 100);
    sees("p1", 200); /* that was on its way */
    run_until(now + 100 * MS);
    assert_in_range(client.luma, 0, 100);
    sees("p7", 200); /* of somebody who is not there */
    client.others[0].video.is_muted = false;
    event(HEDDLE_CLIENT_PUBLICATIONS, "p1", "");
    sees("p1", 150);
    run_until(now + 100 * MS);
    assert_in_range(client.luma, 145, 155);
}

static void those_who_come_and_go_share_the_picture(void **state)
{
    (void)state;
    is_there("p1", false);
    event(HEDDLE_CLIENT_JOINED, "p9", "daily");
    is_there("p2", false);
    client.shown[0] = '\0';
    event(HEDDLE_CLIENT_PARTICIPANT_JOINED, "p2", "Ben");
    assert_non_null(strstr(client.shown, "p1 160x90 "));
    assert_non_null(strstr(client.shown, "p2 160x90 "));
    run_until(now + S);
    client.others[0].is_here = false;
    client.shown[0] = '\0';
    event(HEDDLE_CLIENT_PARTICIPANT_LEFT, "p1", "");
    assert_string_equal(client.shown, "p2 320x180 ");
}

/* Who comes and goes all the time has the picture arranged four times a second; the last of it is seen soon. */
static void a_crowd_at_the_door_is_little_work(void **state)
{
    unsigned arranged = 0;
    (void)state;
    is_there("p1", false);
    event(HEDDLE_CLIENT_JOINED, "p9", "daily");
    run_until(now + 2 * S);
    is_there("p2", false);
    for (unsigned i = 0; i < 1000; i++) {
        client.others[1].is_here = i % 7 < 4;
        client.shown[0] = '\0';
        event(client.others[1].is_here ? HEDDLE_CLIENT_PARTICIPANT_JOINED : HEDDLE_CLIENT_PARTICIPANT_LEFT, "p2", "");
        run_until(now + MS);
        arranged += client.shown[0] != '\0';
    }
    assert_in_range(arranged, 2, 5);
    client.others[1].is_here = true;
    client.others[1].video.is_muted = true; /* known before it is in the picture */
    event(HEDDLE_CLIENT_PARTICIPANT_JOINED, "p2", "Ben");
    event(HEDDLE_CLIENT_PUBLICATIONS, "p2", "");
    run_until(now + 300 * MS);
    client.shown[0] = '\0';
    sees("p2", 200);
    sees("p1", 200);
    client.others[1].is_here = false;
    event(HEDDLE_CLIENT_PARTICIPANT_LEFT, "p2", "");
    run_until(now + 300 * MS);
    assert_string_equal(client.shown, "p1 320x180 ");
    assert_in_range(client.luma, 195, 205);
}

/* The strip has a fifth of each side. */
static void who_speaks_is_large_where_the_room_wants_that(void **state)
{
    (void)state;
    is_there("p1", false);
    is_there("p2", false);
    event(HEDDLE_CLIENT_JOINED, "p9", "daily");
    event(HEDDLE_CLIENT_SPEAKERS, "p2", "");
    run_until(now + 300 * MS);
    client.shown[0] = '\0';
    event(HEDDLE_CLIENT_LAYOUT, "", "speaker");
    assert_string_equal(client.shown, "p1 64x36 p2 256x144 ");
    run_until(now + 300 * MS);
    sees("p1", 100);
    sees("p2", 200);
    run_until(now + 2 * S);
    assert_in_range(client.luma, 195, 205);
    client.shown[0] = '\0';
    event(HEDDLE_CLIENT_SPEAKERS, "", ""); /* it stays while nobody speaks */
    run_until(now + 300 * MS);
    assert_string_equal(client.shown, "");
    event(HEDDLE_CLIENT_SPEAKERS, "p1", "");
    assert_string_equal(client.shown, "p1 256x144 p2 64x36 ");
    unsigned before = client.pictures;
    run_until(now + 400 * MS);
    assert_in_range(client.pictures, before + 9, before + 11); /* none is left out while tiles glide */
    assert_in_range(client.luma, 95, 105);
    client.shown[0] = '\0';
    event(HEDDLE_CLIENT_LAYOUT, "", "grid");
    assert_string_equal(client.shown, "p1 160x90 p2 160x90 ");
}

static void a_screen_is_in_a_speaker_view_only(void **state)
{
    (void)state;
    is_there("p1", false);
    event(HEDDLE_CLIENT_JOINED, "p9", "daily");
    run_until(now + 300 * MS);
    client.shown[0] = '\0';
    shares("p1");
    assert_string_equal(client.shown, "");
    run_until(now + 300 * MS);
    event(HEDDLE_CLIENT_LAYOUT, "", "speaker");
    assert_string_equal(client.shown, "p1 64x36 p1/screen 256x144 ");
    sees("p1", 100);
    sees_of("p1", "screen", 200);
    run_until(now + 2 * S);
    assert_in_range(client.luma, 195, 205);
    client.others[1].is_here = false;
    client.shown[0] = '\0';
    event(HEDDLE_CLIENT_PUBLICATIONS, "p1", "");
    assert_string_equal(client.shown, "p1 320x180 ");
    run_until(now + 400 * MS);
    assert_in_range(client.luma, 95, 105);
    sees_of("p1", "screen", 200); /* that was on its way */
    run_until(now + 100 * MS);
    assert_in_range(client.luma, 95, 105);
}

/* Of more than have a tile beside who speaks nothing is sent. */
static void who_has_no_tile_is_not_asked_for(void **state)
{
    static const char *const ids[] = {"p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p10", "p11", "p12", "p13"};
    (void)state;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        is_there(ids[i], false);
    event(HEDDLE_CLIENT_JOINED, "p9", "daily");
    run_until(now + 300 * MS);
    client.shown[0] = '\0';
    event(HEDDLE_CLIENT_LAYOUT, "", "speaker");
    assert_non_null(strstr(client.shown, "p1 256x144 p2 64x36 "));
    assert_non_null(strstr(client.shown, "p11 64x36 p12 0x0 p13 0x0 "));
}

static void what_it_prefers_is_told(void **state)
{
    const struct mixer_config config = {
        .width = WIDTH, .height = HEIGHT, .frames_per_second = 25, .bitrate_bps = 500000, .layout = "speaker"};
    const char *reason;
    client = (struct heddle_client){.other_count = 0};
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(mixer_new(&mixer, &loop, &config, &reason), 0);
    assert_string_equal(client.layout, "speaker");
    assert_int_equal(tear_down(state), 0);
}

static void a_mixer_whose_signaling_breaks_leaves(void **state)
{
    (void)state;
    event(HEDDLE_CLIENT_SIGNALING, "", "refused"); /* before it was in the room: the client tries again */
    assert_false(client.has_left);
    event(HEDDLE_CLIENT_JOINED, "p9", "daily");
    event(HEDDLE_CLIENT_SIGNALING, "", "connected");
    assert_false(client.has_left);
    event(HEDDLE_CLIENT_SIGNALING, "", "closed");
    assert_true(client.has_left);
    event(HEDDLE_CLIENT_ENDED, "left", "left");
    assert_true(mixer_has_ended(mixer));
    assert_string_equal(mixer_failure(mixer), "signaling was lost: closed");
}

static void why_it_ended_is_said_unless_it_was_told_to(void **state)
{
    (void)state;
    event(HEDDLE_CLIENT_JOINED, "p9", "daily");
    assert_null(mixer_failure(mixer));
    if (*(const bool *)*state)
        mixer_stop(mixer);
    assert_int_equal(client.has_left, *(const bool *)*state);
    event(HEDDLE_CLIENT_ENDED, "room-ended", "a host ended the call");
    assert_true(mixer_has_ended(mixer));
    if (*(const bool *)*state)
        assert_null(mixer_failure(mixer));
    else
        assert_string_equal(mixer_failure(mixer), "a host ended the call (room-ended)");
    unsigned before = frames_of("mix");
    run_until(now + 1 * S);
    assert_int_equal(frames_of("mix"), before);
}

static void a_source_that_is_refused_is_an_error(void **state)
{
    struct mixer *none = NULL;
    const char *reason = NULL;
    (void)state;
    client = (struct heddle_client){.refused_source = "mix-3"};
    assert_int_equal(mixer_new(&none, &loop, &(struct mixer_config){.frames_per_second = 25}, &reason), -1);
    assert_string_equal(reason, "no such encoder");
    assert_null(none);
    assert_true(client.is_freed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
    static bool is_told = true, is_not = false;
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_sent_before_there_is_something_of_everybody),
        TEST(who_sends_nothing_does_not_keep_the_others_waiting),
        TEST(nobody_hears_itself),
        TEST(the_mix_begins_with_those_who_speak_already),
        TEST(a_machine_that_stood_still_goes_on_from_now),
        TEST(a_camera_that_is_muted_leaves_its_tile),
        TEST(those_who_come_and_go_share_the_picture),
        TEST(a_crowd_at_the_door_is_little_work),
        TEST(who_speaks_is_large_where_the_room_wants_that),
        TEST(a_screen_is_in_a_speaker_view_only),
        TEST(who_has_no_tile_is_not_asked_for),
        cmocka_unit_test(what_it_prefers_is_told),
        TEST(a_mixer_whose_signaling_breaks_leaves),
        cmocka_unit_test_prestate_setup_teardown(why_it_ended_is_said_unless_it_was_told_to, set_up, tear_down,
                                                 &is_not),
        cmocka_unit_test_prestate_setup_teardown(why_it_ended_is_said_unless_it_was_told_to, set_up, tear_down,
                                                 &is_told),
        cmocka_unit_test(a_source_that_is_refused_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
