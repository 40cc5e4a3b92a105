/* heddle-record: options and wiring. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/recorder/room_recorder.h"
#include "transport/base/log.h"
#include "transport/base/output.h"
#include "transport/net/descriptors.h"

static const char help[] =
    "heddle-record: writes what the participants of a room send to files, as they send it\n"
    "\n"
    "usage: HEDDLE_TOKEN=TOKEN heddle-record URL --room ROOM --folder DIR [options]\n"
    "\n"
    "  The server starts it by itself (heddle --recordings). The access token needs the claim\n"
    "  \"service\":\"recorder\", and somebody in the room is to have asked for a recording.\n"
    "  It makes the folder DIR/ROOM-<time>: a WebM file for each participant, and room.webm with\n"
    "  all of them. Nothing that is there is written over.\n"
    "\n"
    "  --room ROOM\n"
    "  --folder DIR\n"
    "  --insecure             accept any certificate\n"
    "  -h, --help, --version\n";

static struct room_recorder *recorder;

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    if (!room_recorder_has_ended(recorder))
        room_recorder_stop(recorder);
    uv_signal_stop(handle);
}

static int wrong(const char *option, const char *expected)
{
    fprintf(stderr, "heddle-record: %s: expected %s\n", option, expected);
    return 2;
}

/* 0, or the program's status; -1: nothing more is to be done. */
static int parse(struct room_recorder_config *config, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *option = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(option, "-h") == 0 || strcmp(option, "--help") == 0 || strcmp(option, "--version") == 0) {
            printf("%s", strcmp(option, "--version") == 0 ? "heddle-record " HEDDLE_VERSION "\n" : help);
            return -1;
        }
        if (strcmp(option, "--insecure") == 0) {
            config->client.accept_any_certificate = true;
        } else if (strcmp(option, "--room") == 0) {
            if (value == NULL)
                return wrong(option, "a room's name");
            config->client.room = argv[++i];
        } else if (strcmp(option, "--folder") == 0) {
            if (value == NULL || value[0] == '\0')
                return wrong(option, "a folder");
            config->folder = argv[++i];
        } else if (option[0] != '-' && config->client.url == NULL) {
            config->client.url = option;
        } else {
            return wrong(option, "one of the options in --help");
        }
    }
    if (config->client.url == NULL || config->client.room == NULL || config->folder == NULL)
        return wrong("URL, --room and --folder", "all three");
    if (config->client.token == NULL || config->client.token[0] == '\0')
        return wrong("HEDDLE_TOKEN", "an access token with \"service\":\"recorder\": without it one is no recorder");
    return 0;
}

static int run(const struct room_recorder_config *config)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    uv_loop_t *loop = uv_default_loop();
    uv_signal_t signals[2];
    const char *reason;
    if (room_recorder_new(&recorder, loop, config, &reason) != 0) {
        fprintf(stderr, "heddle-record: %s\n", reason);
        return 1;
    }
    for (size_t i = 0; i < 2; i++) {
        uv_signal_init(loop, &signals[i]);
        uv_signal_start(&signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&signals[i]);
    }
    room_recorder_start(recorder);
    uv_run(loop, UV_RUN_DEFAULT);
    int status = 0;
    if (room_recorder_failure(recorder) != NULL) {
        fprintf(stderr, "heddle-record: %s\n", room_recorder_failure(recorder));
        status = 1;
    }
    for (size_t i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&signals[i], NULL);
    room_recorder_free(recorder);
    uv_run(loop, UV_RUN_DEFAULT);
    return status;
}

int main(int argc, char **argv)
{
    struct room_recorder_config config = {
        .client = {.name = "Recorder", .token = getenv("HEDDLE_TOKEN"), .receive = true, .no_mesh = true}};
    descriptors_fill_standard();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    int status = parse(&config, argc, argv);
    if (status != 0)
        return status > 0 ? status : output_flush(stdout) == 0 ? 0 : 1;
    return run(&config);
}
