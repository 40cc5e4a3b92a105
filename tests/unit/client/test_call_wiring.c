/* What a call tells its connections and the server, and what it makes of what connections tell it. The functions of
 * signaler.h, peer_connection.h and call_data.h below take the place of the real ones. */
#include "client/call/call_wiring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/call/call_data.h"
#include "tests/unit/client/fake_connections.h"
#include "transport/net/clock.h"

static struct call call;
static struct call_connection_listener hears; /* of the connection that was made last */
static char sent[4096];                       /* messages to the server, a line each */
static char sources[128], requested[256];     /* that a connection was told last: "camera microphone " */
static char told[256];                        /* what the call's owner was told: "status, connection router" */
static const char *path_news;

void signaler_send(struct signaler *signaler, json_t *message)
{
    char *text = json_dumps(message, JSON_COMPACT);
    (void)signaler;
    snprintf(sent + strlen(sent), sizeof sent - strlen(sent), "%s\n", text);
    free(text);
    json_decref(message);
}

void peer_connection_set_sources(struct peer_connection *pc, const struct negotiation_source *given, size_t count)
{
    (void)pc;
    sources[0] = '\0';
    for (size_t i = 0; i < count; i++)
        snprintf(sources + strlen(sources), sizeof sources - strlen(sources), "%s ", given[i].source);
}

void peer_connection_set_requested(struct peer_connection *pc, const char *const *publications,
                                   const enum media_kind *kinds, size_t count)
{
    (void)pc, (void)kinds;
    requested[0] = '\0';
    for (size_t i = 0; i < count; i++)
        snprintf(requested + strlen(requested), sizeof requested - strlen(requested), "%s ", publications[i]);
}

/* Each comes in on an m-line of its name, but screens on none. */
static bool has_screen_line;

const char *peer_connection_mid_of(const struct peer_connection *pc, const char *publication)
{
    (void)pc;
    return has_screen_line || strstr(publication, "screen") == NULL ? publication : NULL;
}

unsigned peer_connection_generation(const struct peer_connection *pc)
{
    (void)pc;
    return 1;
}

struct call_connection *call_connection_new(const struct call_connection_config *config,
                                            const struct call_connection_listener *listener)
{
    static struct call_connections apart;
    hears = *listener;
    struct call_connection *connection = fake_connection(&apart, config->pc.remote_id);
    apart.count = 0; /* who made it adds it to its own */
    free(apart.at);
    apart.at = NULL;
    return connection;
}

const char *call_connection_path_news(struct call_connection *connection, usec_t now)
{
    (void)connection, (void)now;
    const char *news = path_news;
    path_news = NULL;
    has_screen_line = false;
    return news;
}

void call_data_opened(struct call *given, const struct call_connection *connection)
{
    (void)given, (void)connection;
}

void call_data_received(struct call *given, const struct call_connection *connection, struct span frame)
{
    (void)given, (void)connection, (void)frame;
}

static void tell(const char *text)
{
    snprintf(told + strlen(told), sizeof told - strlen(told), "%s%s", told[0] != '\0' ? ", " : "", text);
}

static void on_status(void *user, const struct call_status *status)
{
    (void)user, (void)status;
    tell("status");
}

static void on_connection(void *user, const struct call_connection *connection)
{
    (void)user;
    tell(call_connection_remote(connection));
}

static void on_keyframe(void *user, const char *source, unsigned encoding)
{
    char text[64];
    (void)user;
    snprintf(text, sizeof text, "keyframe of %s %u", source, encoding);
    tell(text);
}

static void on_participants(void *user)
{
    (void)user;
    tell("participants");
}

static void expect(char *text, const char *expected)
{
    assert_string_equal(text, expected);
    text[0] = '\0';
}

/* Others: p1 with camera and screen, and the mixer p9. */
static struct client_participant *others(void)
{
    static struct client_participant list[2];
    list[0] = (struct client_participant){.id = "p1",
                                          .publication_count = 3,
                                          .publications = {{"p1/camera", "camera", MEDIA_VIDEO, false},
                                                           {"p1/microphone", "microphone", MEDIA_AUDIO, false},
                                                           {"p1/screen", "screen", MEDIA_VIDEO, false}}};
    list[1] = (struct client_participant){.id = "p9",
                                          .is_mixer = true,
                                          .publication_count = 1,
                                          .publications = {{"p9/mix-video", "mix-video", MEDIA_VIDEO, false}}};
    return list;
}

static int set_up(void **state)
{
    (void)state;
    call = (struct call){.config = {.receive = true},
                         .listener = {.status = on_status,
                                      .connection = on_connection,
                                      .keyframe = on_keyframe,
                                      .participants = on_participants},
                         .received_others = true,
                         .received_beside = true,
                         .source_count = 2,
                         .sources = {{.source = "camera", .kind = MEDIA_VIDEO, .rid_count = 3},
                                     {.source = "microphone", .kind = MEDIA_AUDIO}}};
    call.room.participants = others();
    call.room.participant_count = 2;
    sent[0] = sources[0] = requested[0] = told[0] = '\0';
    path_news = NULL;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    call_connections_close_all(&call.connections);
    call_forget_sizes(&call);
    (void)fake_connections_acts();
    return 0;
}

static void what_the_token_forbids_is_not_offered(void **state)
{
    (void)state;
    struct call_connection *other = call_make_connection(&call, "p1");
    call_configure(&call, other);
    expect(sources, "camera microphone ");
    call.room.forbidden = 1u << message_source_index("camera");
    call_configure(&call, other);
    expect(sources, "microphone ");
    other->is_probe = true; /* carries nothing */
    call_configure(&call, other);
    expect(sources, "");
    expect(requested, ""); /* a participant offers what it has */
    other->has_pc = false;
    call_configure(&call, other);
}

static void of_the_router_is_asked_what_is_shown(void **state)
{
    static const struct {
        bool receive, no_screens, has_mixer, mix_is_shown;
        const char *requested;
    } rows[] = {
        {true, false, false, false, "p1/camera p1/microphone p1/screen "},
        {true, true, false, false, "p1/camera p1/microphone "},
        {false, false, false, false, ""},
        {true, false, true, false, "p1/camera p1/microphone p1/screen p9/mix-video "}, /* until the mix has come */
        {true, false, true, true, "p1/screen p9/mix-video "},
    };
    (void)state;
    struct call_connection *router = call_make_connection(&call, MESSAGE_ROUTER);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        call.config.receive = rows[i].receive;
        call.config.no_screens = rows[i].no_screens;
        call.view = (struct mixed_view){.is_requested = rows[i].has_mixer,
                                        .is_shown = {rows[i].mix_is_shown, rows[i].mix_is_shown}};
        call_configure(&call, router);
        expect(requested, rows[i].requested);
    }
}

static void a_view_that_changes_is_asked_for_once(void **state)
{
    (void)state;
    (void)call_make_connection(&call, MESSAGE_ROUTER);
    call_follow_view(&call, 0);
    expect(requested, "");
    call.view.is_requested = true;
    call_follow_view(&call, 0);
    expect(requested, "p1/camera p1/microphone p1/screen p9/mix-video ");
    call_follow_view(&call, 0);
    expect(requested, "");
    expect(told, "");
    call.view.is_requested = false; /* and the mix was not shown: the mixer is nobody any more */
    call_follow_view(&call, 0);
    expect(told, "participants");
    assert_int_equal(call.room.participant_count, 1);
}

/* A second after the layout has changed the mix has what was beside it. The mixer needs it then, and else not. */
static void screens_are_not_asked_for_where_the_mix_has_them(void **state)
{
    (void)state;
    (void)call_make_connection(&call, MESSAGE_ROUTER);
    call.view = (struct mixed_view){.is_requested = true, .is_shown = {true, true}};
    call.layout_at = clock_now() - 2 * USEC_PER_SEC;
    call_follow_view(&call, clock_now());
    expect(requested, "p1/screen p9/mix-video ");
    snprintf(call.room.layout, sizeof call.room.layout, "speaker");
    call_follow_view(&call, call.layout_at + USEC_PER_SEC - 1);
    expect(requested, "");
    call_follow_view(&call, clock_now());
    expect(requested, "p9/mix-video ");
    call.view = (struct mixed_view){.is_requested = false};
    call_follow_view(&call, clock_now());
    expect(requested, "p1/camera p1/microphone p1/screen ");
    char mixer[] = "mixer";
    call.service = mixer;
    call_follow_view(&call, clock_now());
    expect(requested, "");
    snprintf(call.room.layout, sizeof call.room.layout, "grid");
    call_follow_view(&call, clock_now());
    expect(requested, "p1/camera p1/microphone ");
    call.service = NULL;
}

static void set_size(const char *participant, const char *source, unsigned width, unsigned height)
{
    const struct client_size size = {.is_told = true, .width = width, .height = height};
    client_room_set_size(&call.room, participant, source, &size);
}

static void tell_sizes(usec_t now)
{
    spacing_want(&call.telling_sizes);
    call_tell_sizes(&call, now);
}

static void the_router_is_told_how_large_each_video_is_shown(void **state)
{
    (void)state;
    set_size("p1", "camera", 320, 180);
    set_size("p7", "camera", 320, 180); /* nobody has these */
    set_size("p1", "hologram", 320, 180);
    tell_sizes(0); /* there is no router */
    expect(sent, "");
    (void)call_make_connection(&call, MESSAGE_ROUTER);
    set_size("p9", "mix-video", 1280, 720);
    tell_sizes(0);
    expect(sent, "{\"type\":\"receive\",\"slots\":[{\"mid\":\"p1/camera\",\"width\":320,\"height\":180,\"priority\":0},"
                 "{\"mid\":\"p9/mix-video\",\"width\":1280,\"height\":720,\"priority\":200}]}\n");
    call.room.participants[1].sizes[message_source_index("mix-video")].is_told = false;
    set_size("p1", "camera", 0, 0); /* hidden */
    set_size("p1", "screen", 1920, 1080);
    has_screen_line = true;
    tell_sizes(0);
    expect(sent, "{\"type\":\"receive\",\"slots\":[{\"mid\":\"p1/camera\",\"width\":0,\"height\":0,\"priority\":0},"
                 "{\"mid\":\"p1/screen\",\"width\":1920,\"height\":1080,\"priority\":0}]}\n");
}

static unsigned messages_sent(void)
{
    unsigned count = 0;
    for (const char *at = sent; (at = strchr(at, '\n')) != NULL; at++)
        count++;
    sent[0] = '\0';
    return count;
}

/* Each change of a size costs nothing: what is told is what it came to, at most once an interval. */
static void sizes_are_told_together_and_only_when_they_are_others(void **state)
{
    (void)state;
    call.telling_sizes.interval = 100 * USEC_PER_MSEC;
    (void)call_make_connection(&call, MESSAGE_ROUTER);
    for (usec_t now = 0; now < USEC_PER_SEC; now += USEC_PER_MSEC) { /* a window that is dragged larger */
        set_size("p1", "camera", 320 + (unsigned)(now / USEC_PER_MSEC), 180);
        tell_sizes(now);
    }
    assert_int_equal(messages_sent(), 10);
    for (usec_t now = USEC_PER_SEC; now < 2 * USEC_PER_SEC; now += USEC_PER_MSEC) { /* the same once more */
        set_size("p1", "camera", 1319, 180);
        tell_sizes(now);
    }
    assert_int_equal(messages_sent(), 1); /* what was left over */
    snprintf(call.room.participants[0].publications[0].id, PUBLICATION_ID_MAX + 1, "p2/camera"); /* on its m-line */
    tell_sizes(3 * USEC_PER_SEC);
    assert_int_equal(messages_sent(), 1);
    tell_sizes(4 * USEC_PER_SEC);
    assert_int_equal(messages_sent(), 0);
    call_forget_sizes(&call); /* the message may be lost */
    tell_sizes(5 * USEC_PER_SEC);
    assert_int_equal(messages_sent(), 1);
    call_connections_close_all(&call.connections);
    (void)call_make_connection(&call, MESSAGE_ROUTER);
    tell_sizes(6 * USEC_PER_SEC);
    assert_int_equal(messages_sent(), 1);
}

static void the_server_is_told_of_paths(void **state)
{
    (void)state;
    struct call_connection *probe = call_make_connection(&call, "p1");
    probe->is_probe = true;
    path_news = "proven";
    hears.changed(hears.user, probe);
    expect(sent, "{\"type\":\"path\",\"target\":\"p1\",\"state\":\"proven\"}\n");
    expect(told, ""); /* people are told of connections that are needed */
    probe->is_probe = false;
    hears.changed(hears.user, probe);
    expect(sent, "");
    expect(told, "p1");
}

static void before_we_are_in_nothing_is_said(void **state)
{
    (void)state;
    struct call_connection *router = call_make_connection(&call, MESSAGE_ROUTER);
    first_offer_init(&call.first);
    call.first.is_open = true;
    hears.message(hears.user, json_pack("{s:s,s:s}", "type", "offer", "target", MESSAGE_ROUTER));
    hears.changed(hears.user, router);
    expect(sent, "");
    expect(told, "");
    assert_non_null(call.first.offer);
    assert_int_equal(call.joining.at[HEDDLE_CLIENT_STEP_OFFER], 0);
    call.first.is_open = false;
    hears.message(hears.user, json_pack("{s:s}", "type", "ice-candidate"));
    assert_int_equal(call.joining.at[HEDDLE_CLIENT_STEP_OFFER], 0);
    hears.message(hears.user, json_pack("{s:s}", "type", "offer"));
    expect(sent, "{\"type\":\"ice-candidate\"}\n{\"type\":\"offer\"}\n");
    assert_int_not_equal(call.joining.at[HEDDLE_CLIENT_STEP_OFFER], 0);
    first_offer_fini(&call.first);
}

static void people_are_told_of_a_status_that_is_another(void **state)
{
    (void)state;
    call.joined = true;
    (void)call_make_connection(&call, MESSAGE_ROUTER);
    call_tell_status(&call);
    told[0] = '\0';
    call_tell_status(&call);
    expect(told, "");
    call.status.state = CALL_FAILED; /* as it was before */
    call_tell_status(&call);
    expect(told, "status");
}

static void keyframes_are_of_the_encoding_that_is_sent(void **state)
{
    (void)state;
    struct call_connection *router = call_make_connection(&call, MESSAGE_ROUTER);
    hears.keyframe(hears.user, router, "camera", 0);
    expect(told, "keyframe of camera 0");
    struct call_connection *other = call_make_connection(&call, "p1");
    hears.keyframe(hears.user, other, "camera", 0); /* it has one encoding, our best */
    expect(told, "keyframe of camera 2");
    hears.keyframe(hears.user, other, "screen", 0);
    expect(told, "keyframe of screen 0");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_the_token_forbids_is_not_offered),
        TEST(of_the_router_is_asked_what_is_shown),
        TEST(a_view_that_changes_is_asked_for_once),
        TEST(screens_are_not_asked_for_where_the_mix_has_them),
        TEST(the_router_is_told_how_large_each_video_is_shown),
        TEST(sizes_are_told_together_and_only_when_they_are_others),
        TEST(the_server_is_told_of_paths),
        TEST(before_we_are_in_nothing_is_said),
        TEST(people_are_told_of_a_status_that_is_another),
        TEST(keyframes_are_of_the_encoding_that_is_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
