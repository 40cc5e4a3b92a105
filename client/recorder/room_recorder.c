#include "client/recorder/room_recorder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/composite/composite.h"
#include "client/record/recording.h"
#include "client/service/end_text.h"
#include "transport/base/error.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"
#include "transport/wire/codec.h"

#define PATH_SIZE 4200
#define ROOM_SIZE 65
#define LOOK_AFTER_MS 100
#define TURN_MS 20 /* of the loop, once media comes: waking up for each packet would cost more than all else */
#define BUSY_MS 4  /* of work in a turn: there is more than one turn reads */

struct room_recorder {
    struct heddle_client *client;
    struct room_recorder_config config;
    struct recording *recording; /* NULL: not yet, or no more */
    struct composite *composite; /* NULL: none is asked for, or as above */
    uv_timer_t timer;
    uv_prepare_t before_sleep;
    uv_check_t after_sleep;
    uint64_t turn_ms; /* when this turn began */
    bool is_stopping, has_ended;
    uint64_t left_out;          /* blocks that the muxer did not take */
    uint64_t pictures_left_out; /* of the composite */
    int push_state;             /* as composite_push_state() */
    bool has_told_encoder;
    char room[ROOM_SIZE];
    uint64_t unfiled; /* tracks, in files that could not be opened */
    unsigned room_files;
    char failure[300], notice[200];
};

static void fail(struct room_recorder *recorder, const char *what, int number)
{
    if (recorder->failure[0] != '\0')
        return;
    bool is_full = number == ENOSPC || number == EDQUOT || number == EFBIG;
    snprintf(recorder->failure, sizeof recorder->failure, "cannot write to %.200s: %s", what, strerror(number));
    heddle_client_report_recording(recorder->client, is_full ? "disk-full" : "cannot-write");
    heddle_client_leave(recorder->client);
}

/* Whether what is live arrives: with each change. */
static void look_at_push(struct room_recorder *recorder)
{
    char reason[300];
    int state = composite_push_state(recorder->composite, reason, sizeof reason);
    int before = recorder->push_state;
    recorder->push_state = state;
    if (state == before || state == 0)
        return;
    if (state < 0)
        log_warning(recorder->room, "the live stream does not arrive, and is tried again: %s", reason);
    else
        log_info(recorder->room, "the live stream arrives");
    if (before != 0 || state < 0)
        heddle_client_report_push(recorder->client, state > 0);
}

/* Which encoder the composite has: once. */
static void look_at_encoder(struct room_recorder *recorder)
{
    struct encoder_choice choice;
    char text[sizeof choice.reasons + 100];
    if (recorder->has_told_encoder || !composite_choice(recorder->composite, &choice))
        return;
    recorder->has_told_encoder = true;
    encoder_choice_write(&choice, text, sizeof text);
    if (encoder_choice_is_second(&choice) || choice.kind == ENCODER_AUTO)
        log_warning(recorder->room, "the composite %s", text);
    else
        log_info(recorder->room, "the composite %s", text);
}

static void look_at_composite(struct room_recorder *recorder)
{
    char what[300];
    if (recorder->composite == NULL)
        return;
    look_at_encoder(recorder);
    if (!recorder->is_stopping)
        look_at_push(recorder);
    int number = composite_failure(recorder->composite, what, sizeof what);
    recorder->pictures_left_out = composite_left_out(recorder->composite);
    if (number != 0)
        fail(recorder, what, number);
}

static void complete(struct room_recorder *recorder)
{
    if (recorder->recording != NULL) {
        recorder->room_files = recording_room_files(recorder->recording);
        recorder->unfiled = recording_unfiled(recorder->recording);
    }
    int error = recording_close(recorder->recording, clock_now());
    int number = errno;
    recorder->recording = NULL;
    if (error != 0)
        fail(recorder, recorder->config.folder, number);
    composite_finish(recorder->composite);
    look_at_composite(recorder);
    composite_free(recorder->composite);
    recorder->composite = NULL;
}

static void on_timer(uv_timer_t *timer)
{
    struct room_recorder *recorder = timer->data;
    if (recorder->recording != NULL && recording_timeout(recorder->recording, clock_now()) != 0)
        fail(recorder, recorder->config.folder, recording_errno(recorder->recording));
    look_at_composite(recorder);
}

/* Nobody waits for what is recorded: what comes meanwhile is handled together. */
static void on_before_sleep(uv_prepare_t *prepare)
{
    struct room_recorder *recorder = prepare->data;
    uv_update_time(prepare->loop);
    uint64_t spent_ms = uv_now(prepare->loop) - recorder->turn_ms;
    if (spent_ms >= BUSY_MS)
        return;
    uv_sleep((unsigned)(TURN_MS - spent_ms));
    uv_update_time(prepare->loop);
}

static void on_after_sleep(uv_check_t *check)
{
    struct room_recorder *recorder = check->data;
    recorder->turn_ms = uv_now(check->loop);
}

static void slow_down(struct room_recorder *recorder)
{
    if (uv_is_active((uv_handle_t *)&recorder->before_sleep))
        return;
    uv_prepare_start(&recorder->before_sleep, on_before_sleep);
    uv_check_start(&recorder->after_sleep, on_after_sleep);
}

static bool on_frame(void *user, const struct heddle_client_frame *frame)
{
    struct room_recorder *recorder = user;
    enum codec codec = codec_from_name(frame->codec);
    /* Redundancy is a wrapper around what is recorded. */
    const struct recording_frame taken = {.participant = frame->participant,
                                          .name = frame->name,
                                          .source = frame->source,
                                          .codec = codec == CODEC_RED ? CODEC_OPUS : codec,
                                          .stream = frame->stream,
                                          .timestamp = frame->timestamp,
                                          .clock_rate = frame->clock_rate,
                                          .keyframe = frame->is_keyframe,
                                          .is_mix = frame->is_mix,
                                          .data = frame->data,
                                          .length = frame->length,
                                          .arrival = frame->arrival_us,
                                          .report = {.is_known = frame->has_report,
                                                     .written_us = frame->report_us,
                                                     .timestamp = frame->report_timestamp,
                                                     .arrival = frame->report_arrival_us}};
    int64_t made_us;
    slow_down(recorder);
    if (recorder->recording == NULL)
        return true;
    bool is_taken = recording_take(recorder->recording, &taken, &made_us, clock_now());
    if (!is_taken || !frame->is_mix || recorder->composite == NULL)
        return is_taken;
    const struct composite_frame mixed = {
        .codec = taken.codec, .keyframe = taken.keyframe, .data = taken.data, .length = taken.length, .at_us = made_us};
    return composite_take(recorder->composite, &mixed);
}

/* ROOM-<time>-live, and ROOM for it: a player has the same address each time. */
static void begin_composite(struct room_recorder *recorder, const char *room)
{
    char title[100], mp4[PATH_SIZE], hls[PATH_SIZE], hls_link[PATH_SIZE];
    const char *folder = recording_folder(recorder->recording), *name = strrchr(folder, '/') + 1;
    const struct room_recorder_config *wanted = &recorder->config;
    snprintf(title, sizeof title, "%s, mix", room);
    snprintf(mp4, sizeof mp4, "%s/mix.mp4", folder);
    snprintf(hls, sizeof hls, "%s/%s-live", wanted->hls != NULL ? wanted->hls : "", name);
    snprintf(hls_link, sizeof hls_link, "%s/%s", wanted->hls != NULL ? wanted->hls : "", room);
    const struct composite_config config = {.title = title,
                                            .mp4 = wanted->mp4 ? mp4 : NULL,
                                            .hls = wanted->hls != NULL ? hls : NULL,
                                            .hls_link = hls_link,
                                            .rtmp = wanted->rtmp,
                                            .encoder = wanted->encoder};
    if (!composite_is_wanted(&config))
        return;
    recorder->composite = composite_new(&config);
    if (recorder->composite == NULL)
        fail(recorder, "a composite", EAGAIN);
}

static void begin(struct room_recorder *recorder, const char *room)
{
    usec_t now = clock_now();
    if (recorder->recording != NULL || recorder->is_stopping)
        return;
    if (recording_new(&recorder->recording, recorder->config.folder, room, clock_wall_us(), &recorder->left_out, now) !=
        0) {
        fail(recorder, recorder->config.folder, errno);
        return;
    }
    begin_composite(recorder, room);
    snprintf(recorder->room, sizeof recorder->room, "%s", room);
    log_info(room, "is recorded to %s", recording_folder(recorder->recording));
    heddle_client_report_recording(recorder->client, NULL);
}

/* The room has forgotten us. */
static void lose(struct room_recorder *recorder, const char *signaling)
{
    complete(recorder);
    if (recorder->failure[0] != '\0')
        return;
    snprintf(recorder->failure, sizeof recorder->failure, "signaling was lost: %s", signaling);
    heddle_client_leave(recorder->client);
}

static void end(struct room_recorder *recorder, const char *code, const char *why)
{
    bool is_unneeded = recorder->is_stopping || strcmp(code, "room-ended") == 0 || strcmp(code, "room-full") == 0;
    bool has_begun = recorder->recording != NULL;
    complete(recorder);
    recorder->has_ended = true;
    if (recorder->pictures_left_out > 0)
        snprintf(recorder->notice, sizeof recorder->notice,
                 "%llu pictures are missing in the composite: this machine is too slow for it",
                 (unsigned long long)recorder->pictures_left_out);
    else if (recorder->left_out > 0)
        snprintf(recorder->notice, sizeof recorder->notice,
                 "%llu blocks are missing in the files: the muxer does not take them",
                 (unsigned long long)recorder->left_out);
    else if (recorder->unfiled > 0)
        snprintf(recorder->notice, sizeof recorder->notice,
                 "%llu tracks have no file of their own participant, or are not in room.webm: too many files",
                 (unsigned long long)recorder->unfiled);
    else if (recorder->room_files > 1)
        snprintf(recorder->notice, sizeof recorder->notice,
                 "room.webm has no place for the tracks of all who came: those that came later are in %u more files",
                 recorder->room_files - 1);
    if (!recorder->is_stopping && !has_begun && strcmp(code, "room-full") == 0)
        snprintf(recorder->notice, sizeof recorder->notice, "nothing is recorded: %s", why);
    if (!is_unneeded && recorder->failure[0] == '\0')
        service_end_text(recorder->failure, sizeof recorder->failure, recorder->config.client.url, code, why);
    uv_close((uv_handle_t *)&recorder->timer, NULL);
    uv_close((uv_handle_t *)&recorder->before_sleep, NULL);
    uv_close((uv_handle_t *)&recorder->after_sleep, NULL);
}

static void on_event(void *user, const struct heddle_client_event *event)
{
    struct room_recorder *recorder = user;
    switch (event->type) {
    case HEDDLE_CLIENT_JOINED:
        begin(recorder, event->text);
        break;
    case HEDDLE_CLIENT_PARTICIPANT_LEFT:
        if (recorder->recording != NULL)
            recording_left(recorder->recording, event->participant, clock_now());
        break;
    case HEDDLE_CLIENT_SIGNALING:
        if (recorder->recording != NULL && strcmp(event->text, "connected") != 0)
            lose(recorder, event->text);
        break;
    case HEDDLE_CLIENT_ENDED:
        end(recorder, event->participant, event->text);
        break;
    default:
        break;
    }
}

int room_recorder_new(struct room_recorder **out, uv_loop_t *loop, const struct room_recorder_config *config,
                      const char **reason)
{
    const struct composite_config wanted = {
        .mp4 = config->mp4 ? "" : NULL, .hls = config->hls, .rtmp = config->rtmp, .encoder = config->encoder};
    if ((*reason = composite_missing(&wanted)) != NULL)
        return ERR_UNSUPPORTED;
    struct room_recorder *recorder = mem_alloc(sizeof *recorder);
    const struct heddle_client_listener listener = {.event = on_event, .frame = on_frame, .user = recorder};
    recorder->config = *config;
    int error = heddle_client_new(&recorder->client, loop, &config->client, &listener, reason);
    if (error != 0) {
        free(recorder);
        return error;
    }
    uv_timer_init(loop, &recorder->timer);
    uv_prepare_init(loop, &recorder->before_sleep);
    uv_check_init(loop, &recorder->after_sleep);
    recorder->timer.data = recorder->before_sleep.data = recorder->after_sleep.data = recorder;
    uv_timer_start(&recorder->timer, on_timer, LOOK_AFTER_MS, LOOK_AFTER_MS);
    *out = recorder;
    return 0;
}

void room_recorder_start(struct room_recorder *recorder)
{
    heddle_client_join(recorder->client);
}

void room_recorder_stop(struct room_recorder *recorder)
{
    recorder->is_stopping = true;
    complete(recorder);
    heddle_client_leave(recorder->client);
}

bool room_recorder_has_ended(const struct room_recorder *recorder)
{
    return recorder->has_ended;
}

const char *room_recorder_failure(const struct room_recorder *recorder)
{
    return recorder->failure[0] != '\0' ? recorder->failure : NULL;
}

const char *room_recorder_notice(const struct room_recorder *recorder)
{
    return recorder->notice[0] != '\0' ? recorder->notice : NULL;
}

void room_recorder_free(struct room_recorder *recorder)
{
    heddle_client_free(recorder->client);
    free(recorder);
}
