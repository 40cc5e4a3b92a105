#include "client/mixer/mixer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/mix/audio_mix.h"
#include "client/mix/canvas.h"
#include "client/mix/scene.h"
#include "client/mixer/people.h"
#include "client/service/end_text.h"
#include "signaling/proto/names.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/base/spacing.h"
#include "transport/net/clock.h"
#include "transport/net/ticker.h"

#define AUDIO_INTERVAL (20 * USEC_PER_MSEC)
#define ARRANGE_INTERVAL (250 * USEC_PER_MSEC) /* all tiles are scaled anew, however many come and go */
#define READY_LIMIT (2 * USEC_PER_SEC)         /* who sends nothing by then does not keep the others waiting */
#define MIX_LAYERS 3                           /* a link that does not carry all of them gets fewer pictures a second */
#define LATE_AUDIO_MAX 10 /* frames that are made up for; a machine that stood still goes on from now */

_Static_assert(LANES == MESSAGE_LANES, "the lanes of the protocol");

struct mixer {
    struct heddle_client *client;
    struct mixer_config config;
    uv_timer_t audio_timer, video_timer;
    struct ticker audio, video;
    struct spacing arranging;
    struct people people;
    struct lanes lanes;
    struct audio_mix mix;
    struct canvas *canvas;
    struct scene scene;
    enum scene_layout wanted;
    usec_t joined_at;
    bool is_running, is_stopping, has_ended;
    bool is_ready; /* the mix has everybody in it: it is sent from now on */
    char failure[300];
};

static uint64_t key_of(const struct scene_view *view)
{
    return (uint64_t)view->participant * MESSAGE_TILES + view->tile;
}

static bool is_screen(unsigned tile)
{
    return tile == MESSAGE_TILE_SCREEN || tile == MESSAGE_TILE_SECOND_SCREEN;
}

/* Everything that could have a tile. The caller frees it. */
static struct scene_view *gather_views(const struct people *people, size_t *count)
{
    struct scene_view *views = mem_array(MESSAGE_TILES * people->count + 1, sizeof *views);
    *count = 0;
    for (size_t i = 0; i < people->count; i++) {
        const struct person *person = people->at[i];
        views[(*count)++] = (struct scene_view){.participant = person->number};
        for (unsigned tile = MESSAGE_TILE_PERSON + 1; tile < MESSAGE_TILES; tile++)
            if (person->shared[tile].since != 0)
                views[(*count)++] = (struct scene_view){.participant = person->number,
                                                        .tile = tile,
                                                        .screen = is_screen(tile) ? person->shared[tile].since : 0};
    }
    return views;
}

static size_t seat_of(const struct scene *scene, const struct scene_view *view)
{
    size_t seat = 0;
    while (seat < scene->count && !scene_is_same(&scene->at[seat].view, view))
        seat++;
    return seat;
}

/* What has no tile is not sent. */
static void ask_for_pictures(struct mixer *mixer, const struct scene_view *views, size_t count,
                             const struct layout *layout)
{
    for (size_t i = 0; i < count; i++) {
        size_t seat = seat_of(&mixer->scene, &views[i]);
        struct layout_tile tile = {.width = 0};
        if (seat < layout->count)
            tile = layout->tiles[seat];
        heddle_client_show_at(mixer->client, people_of_number(&mixer->people, views[i].participant)->id,
                              message_tile_video((enum message_tile)views[i].tile), tile.width, tile.height);
    }
}

/* Arranges the tiles of those who are there now. */
static void arrange(struct mixer *mixer, usec_t now)
{
    struct canvas_view shown[LAYOUT_TILES_MAX];
    size_t count;
    people_follow(&mixer->people, mixer->client);
    struct scene_view *views = gather_views(&mixer->people, &count);
    if (scene_follow(&mixer->scene, mixer->wanted, views, count)) {
        struct layout layout = scene_tiles(&mixer->scene, mixer->config.width, mixer->config.height);
        for (size_t i = 0; i < layout.count; i++) {
            const struct scene_view *view = &mixer->scene.at[i].view;
            shown[i] = (struct canvas_view){.key = key_of(view),
                                            .name = people_of_number(&mixer->people, view->participant)->name,
                                            .is_whole = view->screen != 0};
        }
        canvas_arrange(mixer->canvas, &layout, shown, now);
        ask_for_pictures(mixer, views, count, &layout);
        people_read_mutes(&mixer->people, mixer->client);
    }
    free(views);
}

/* Somebody came, left, or speaks; many may follow. */
static void arrange_when_due(struct mixer *mixer, usec_t now)
{
    if (spacing_take(&mixer->arranging, now))
        arrange(mixer, now);
}

static void arrange_soon(struct mixer *mixer)
{
    spacing_want(&mixer->arranging);
    arrange_when_due(mixer, clock_now());
}

static void clear_muted(struct mixer *mixer)
{
    for (size_t i = 0; i < mixer->people.count; i++) {
        const struct scene_view view = {.participant = mixer->people.at[i]->number};
        if (people_took_picture_away(mixer->people.at[i]))
            canvas_clear(mixer->canvas, key_of(&view));
    }
}

static void on_picture(void *user, const char *participant, const char *source,
                       const struct heddle_client_picture *picture)
{
    struct mixer *mixer = user;
    enum message_tile which = message_source_tile(source);
    size_t index = people_find(&mixer->people, participant);
    struct picture view = {.width = picture->width, .height = picture->height};
    bool is_person = which == MESSAGE_TILE_PERSON;
    if (index >= mixer->people.count || (is_person && mixer->people.at[index]->is_muted))
        return;
    for (int i = 0; i < 3; i++) {
        view.planes[i] = (uint8_t *)picture->planes[i]; /* only read */
        view.strides[i] = picture->strides[i];
    }
    struct person *person = mixer->people.at[index];
    const struct scene_view shown = {.participant = person->number, .tile = which};
    person->has_picture = person->has_picture || is_person;
    canvas_show(mixer->canvas, key_of(&shown), &view);
}

static void on_samples(void *user, const char *participant, const char *source, const int16_t *samples, size_t count)
{
    struct mixer *mixer = user;
    size_t index = people_find(&mixer->people, participant);
    if (index < mixer->people.count)
        people_put_samples(mixer->people.at[index], message_source_tile(source), samples, count);
}

static void tell_lanes(struct mixer *mixer)
{
    const char *owners[LANES];
    for (size_t i = 0; i < LANES; i++) {
        const struct person *owner = people_of_number(&mixer->people, mixer->lanes.at[i].owner);
        owners[i] = owner != NULL ? owner->id : NULL;
    }
    heddle_client_mix_lanes(mixer->client, owners, LANES);
}

/* Clients show the mix as soon as it comes: it must not begin with empty tiles and silence. */
static bool is_ready(struct mixer *mixer, usec_t now)
{
    bool is_complete = lanes_are_settled(&mixer->lanes, now);
    for (size_t i = 0; i < mixer->people.count; i++) {
        const struct person *person = mixer->people.at[i];
        const struct scene_view view = {.participant = person->number};
        bool has_tile = seat_of(&mixer->scene, &view) < mixer->scene.count;
        is_complete = is_complete && (person->has_picture || person->is_muted || !has_tile);
    }
    mixer->is_ready = mixer->is_ready || is_complete || now - mixer->joined_at >= READY_LIMIT;
    return mixer->is_ready;
}

static void mix_frame(struct mixer *mixer, usec_t now)
{
    static const char *const sources[] = {"mix-1", "mix-2", "mix-3", "mix-4", MESSAGE_MIX};
    static int16_t out[AUDIO_MIX_OUTPUTS][2 * VOICE_FRAME];
    const float *heard[LANES] = {NULL};
    struct lanes_voice *voices = mem_array(mixer->people.count, sizeof *voices);
    for (size_t i = 0; i < mixer->people.count; i++) {
        struct person *person = mixer->people.at[i];
        bool is_loud = people_take_frame(person);
        voices[i] = (struct lanes_voice){.participant = person->number, .is_loud = is_loud};
    }
    if (lanes_follow(&mixer->lanes, voices, mixer->people.count, now))
        tell_lanes(mixer);
    for (size_t i = 0; i < mixer->people.count; i++) {
        int lane = lanes_heard(&mixer->lanes, mixer->people.at[i]->number, now);
        if (lane >= 0)
            heard[lane] = mixer->people.at[i]->frame;
    }
    free(voices);
    audio_mix_frame(&mixer->mix, heard, out);
    for (size_t i = 0; i < AUDIO_MIX_OUTPUTS && is_ready(mixer, now); i++)
        if (i == AUDIO_MIX_FOR_ALL || mixer->lanes.at[i].owner != 0)
            heddle_client_push_audio(mixer->client, sources[i], out[i]);
}

static void on_audio(uv_timer_t *timer)
{
    struct mixer *mixer = timer->data;
    usec_t now = clock_now();
    uint64_t due = ticker_take(&mixer->audio, now);
    for (uint64_t i = 0; i < due && i < LATE_AUDIO_MAX; i++)
        mix_frame(mixer, now);
    timer_arm(timer, on_audio, mixer->audio.due);
}

static void on_video(uv_timer_t *timer)
{
    struct mixer *mixer = timer->data;
    usec_t now = clock_now();
    arrange_when_due(mixer, now);
    const struct picture *picture = canvas_picture(mixer->canvas, now);
    struct heddle_client_picture pushed = {.width = picture->width, .height = picture->height};
    for (int i = 0; i < 3; i++) {
        pushed.planes[i] = picture->planes[i];
        pushed.strides[i] = picture->strides[i];
    }
    if (mixer->is_ready)
        heddle_client_push_picture(mixer->client, MESSAGE_MIX_VIDEO, &pushed);
    (void)ticker_take(&mixer->video, now); /* a late picture is not made up for */
    timer_arm(timer, on_video, mixer->video.due);
}

static void run(struct mixer *mixer)
{
    if (mixer->is_running)
        return;
    mixer->is_running = true;
    mixer->joined_at = clock_now();
    mixer->audio.due = mixer->video.due = clock_now();
    timer_arm(&mixer->audio_timer, on_audio, mixer->audio.due);
    timer_arm(&mixer->video_timer, on_video, mixer->video.due);
}

static void end(struct mixer *mixer, const char *code, const char *why)
{
    mixer->has_ended = true;
    if (!mixer->is_stopping && mixer->failure[0] == '\0')
        service_end_text(mixer->failure, sizeof mixer->failure, mixer->config.client.url, code, why);
    uv_close((uv_handle_t *)&mixer->audio_timer, NULL);
    uv_close((uv_handle_t *)&mixer->video_timer, NULL);
}

static void on_event(void *user, const struct heddle_client_event *event)
{
    struct mixer *mixer = user;
    switch (event->type) {
    case HEDDLE_CLIENT_JOINED:
        arrange(mixer, clock_now());
        run(mixer);
        break;
    case HEDDLE_CLIENT_PARTICIPANT_JOINED:
    case HEDDLE_CLIENT_PARTICIPANT_LEFT:
        arrange_soon(mixer);
        break;
    case HEDDLE_CLIENT_PUBLICATIONS:
        people_read_mutes(&mixer->people, mixer->client);
        clear_muted(mixer);
        arrange_soon(mixer); /* a screen may have come or gone */
        break;
    case HEDDLE_CLIENT_SPEAKERS:
        scene_hear(&mixer->scene, people_number(event->participant));
        arrange_soon(mixer);
        break;
    case HEDDLE_CLIENT_LAYOUT:
        mixer->wanted = strcmp(event->text, "speaker") == 0 ? SCENE_SPEAKER : SCENE_GRID;
        arrange_soon(mixer);
        break;
    case HEDDLE_CLIENT_MIX_LANES:
        lanes_answered(&mixer->lanes, clock_now());
        break;
    case HEDDLE_CLIENT_SIGNALING:
        if (mixer->is_running && strcmp(event->text, "connected") != 0) { /* the room has forgotten us */
            snprintf(mixer->failure, sizeof mixer->failure, "signaling was lost: %s", event->text);
            heddle_client_leave(mixer->client);
        }
        break;
    case HEDDLE_CLIENT_ENDED:
        end(mixer, event->participant, event->text);
        break;
    default:
        break;
    }
}

static int add_sources(struct mixer *mixer, const char **reason)
{
    static const char *const mixes[] = {MESSAGE_MIX, "mix-1", "mix-2", "mix-3", "mix-4"};
    const struct mixer_config *config = &mixer->config;
    const struct heddle_client_media picture = {.width = config->width,
                                                .height = config->height,
                                                .frames_per_second = config->frames_per_second,
                                                .bitrate_bps = config->bitrate_bps,
                                                .temporal_layers = MIX_LAYERS};
    const struct heddle_client_media audio = {0};
    int error = heddle_client_add_source(mixer->client, MESSAGE_MIX_VIDEO, &picture, reason);
    for (size_t i = 0; i < sizeof mixes / sizeof mixes[0] && error == 0; i++)
        error = heddle_client_add_source(mixer->client, mixes[i], &audio, reason);
    return error;
}

int mixer_new(struct mixer **out, uv_loop_t *loop, const struct mixer_config *config, const char **reason)
{
    struct mixer *mixer = mem_alloc(sizeof *mixer);
    const struct heddle_client_listener listener = {
        .event = on_event, .picture = on_picture, .audio = on_samples, .user = mixer};
    mixer->config = *config;
    int error = heddle_client_new(&mixer->client, loop, &config->client, &listener, reason);
    if (error == 0)
        error = add_sources(mixer, reason);
    if (error != 0) {
        heddle_client_free(mixer->client);
        free(mixer);
        return error;
    }
    if (config->layout != NULL)
        heddle_client_set_layout(mixer->client, config->layout);
    mixer->canvas = canvas_new(config->width, config->height);
    mixer->arranging.interval = ARRANGE_INTERVAL;
    mixer->audio.interval = AUDIO_INTERVAL;
    mixer->video.interval = USEC_PER_SEC / config->frames_per_second;
    uv_timer_init(loop, &mixer->audio_timer);
    uv_timer_init(loop, &mixer->video_timer);
    mixer->audio_timer.data = mixer->video_timer.data = mixer;
    *out = mixer;
    return 0;
}

void mixer_start(struct mixer *mixer)
{
    heddle_client_join(mixer->client);
}

void mixer_stop(struct mixer *mixer)
{
    mixer->is_stopping = true;
    heddle_client_leave(mixer->client);
}

bool mixer_has_ended(const struct mixer *mixer)
{
    return mixer->has_ended;
}

const char *mixer_failure(const struct mixer *mixer)
{
    return mixer->failure[0] != '\0' ? mixer->failure : NULL;
}

void mixer_free(struct mixer *mixer)
{
    heddle_client_free(mixer->client);
    people_fini(&mixer->people);
    canvas_free(mixer->canvas);
    free(mixer);
}
