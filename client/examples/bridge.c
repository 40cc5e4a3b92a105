/* Encoded frames in and out: takes the camera and the microphone of whom it finds first in one room to another, as they
 * were sent, without decoding anything.
 *
 *     cc bridge.c $(pkg-config --cflags --libs heddle-client) && ./a.out http://127.0.0.1:8080 from to
 *
 * It ends when that one leaves. */
#include <stdio.h>
#include <string.h>

#include <heddle_client.h>

static struct heddle_client *from, *to;
static char person[64];    /* whose media it takes; "": nobody's yet */
static char codecs[2][16]; /* of camera and microphone, as they are sent on; "": not yet */
static bool needs_keyframe;
static int status;

static void leave(void)
{
    heddle_client_leave(from);
    heddle_client_leave(to);
}

/* Whether the source is sent on in the codec that comes. */
static bool follow(const struct heddle_client_frame *frame, bool is_audio)
{
    /* What is in RED is Opus. */
    const char *codec = is_audio ? "opus" : frame->codec, *reason;
    const struct heddle_client_media media = {.codec = codec};
    if (strcmp(codecs[is_audio], codec) == 0)
        return true;
    heddle_client_unpublish(to, frame->source);
    snprintf(codecs[is_audio], sizeof codecs[is_audio], "%s", codec);
    if (heddle_client_add_source(to, frame->source, &media, &reason) == 0)
        return true;
    printf("%s: %s\n", frame->source, reason);
    status = 1;
    leave();
    return false;
}

static bool on_frame(void *user, const struct heddle_client_frame *frame)
{
    bool is_audio = strcmp(frame->source, "microphone") == 0;
    (void)user;
    if (person[0] == '\0')
        snprintf(person, sizeof person, "%s", frame->participant);
    if (strcmp(frame->participant, person) != 0 || (!is_audio && strcmp(frame->source, "camera") != 0))
        return true;
    if (follow(frame, is_audio))
        heddle_client_push_frame(to, frame->source, frame);
    if (is_audio)
        return true;
    needs_keyframe = needs_keyframe && !frame->is_keyframe;
    return !needs_keyframe; /* false asks who sends it for one */
}

static void on_event(void *user, const struct heddle_client_event *event)
{
    (void)user;
    if (event->type == HEDDLE_CLIENT_KEYFRAME_REQUEST)
        needs_keyframe = true;
    if (event->type == HEDDLE_CLIENT_PARTICIPANT_LEFT && strcmp(event->participant, person) == 0)
        leave();
    if (event->type == HEDDLE_CLIENT_ENDED && strcmp(event->participant, "left") != 0) {
        printf("%s: %s\n", event->participant, event->text);
        status = 1;
        leave();
    }
}

static void on_event_there(void *user, const struct heddle_client_event *event)
{
    if (event->type != HEDDLE_CLIENT_PARTICIPANT_LEFT) /* ids are a room's */
        on_event(user, event);
}

int main(int argc, char **argv)
{
    const struct heddle_client_listener here = {.event = on_event, .frame = on_frame};
    const struct heddle_client_listener there = {.event = on_event_there};
    if (argc != 4)
        return puts("usage: bridge URL FROM TO"), 2;
    const struct heddle_client_config source = {
        .url = argv[1], .room = argv[2], .name = "Bridge", .receive = true, .all_codecs = true};
    const struct heddle_client_config target = {.url = argv[1], .room = argv[3], .name = "Bridge", .all_codecs = true};
    const char *reason;
    if (heddle_client_new(&from, uv_default_loop(), &source, &here, &reason) != 0 ||
        heddle_client_new(&to, uv_default_loop(), &target, &there, &reason) != 0)
        return puts(reason), 1;
    heddle_client_join(from);
    heddle_client_join(to);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    heddle_client_free(from);
    heddle_client_free(to);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    return status;
}
