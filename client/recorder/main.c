/* heddle-record: its options, and what its program calls. */
#include <libavutil/log.h>
#include <stdio.h>
#include <string.h>

#include "client/recorder/room_recorder.h"
#include "client/service/service_program.h"

static const char help[] =
    "heddle-record: writes what the participants of a room send to files, as they send it\n"
    "\n"
    "usage: HEDDLE_TOKEN=TOKEN heddle-record URL --room ROOM --folder DIR [options]\n"
    "\n"
    "  The server starts it by itself (heddle --recordings). The access token needs the claim\n"
    "  \"service\":\"recorder\", and somebody in the room is to have asked for a recording.\n"
    "  It makes the folder DIR/ROOM-<time>: a WebM file for each participant, room.webm with\n"
    "  all of them, and mix.webm with what a mixer makes of them. Nothing that is there is written over.\n"
    "\n"
    "  --room ROOM\n"
    "  --folder DIR\n"
    "  --mp4                  what a mixer makes also as mix.mp4 (H.264, AAC)\n"
    "  --hls DIR              and live to DIR/ROOM-<time>-live, for a web server; the link DIR/ROOM leads there:\n"
    "                         players open DIR/ROOM/live.m3u8. DIR has to be there\n"
    "  --rtmp URL             and live to an RTMP server: rtmp://HOST/APP/KEY, or rtmps:\n"
    "  --encoder auto|software|vaapi|nvenc  of --mp4, --hls and --rtmp: a graphics card's, if there is one\n"
    "                         that works, else libx264; by name: that one, else libx264 with a warning  [auto]\n"
    "  --insecure             accept any certificate\n"
    "  --core-dumps           let a crash write a core file: it holds the keys of the call\n"
    "  -h, --help, --version\n";

struct program {
    struct room_recorder_config config;
    struct room_recorder *recorder;
};

static const char *option(void *user, const char *option, const char *value)
{
    struct program *program = user;
    if (strcmp(option, "--encoder") == 0)
        return value != NULL && encoder_kind_from_name(&program->config.encoder, value)
                   ? NULL
                   : "auto, software, vaapi or nvenc";
    const char **text = strcmp(option, "--folder") == 0 ? &program->config.folder
                        : strcmp(option, "--hls") == 0  ? &program->config.hls
                        : strcmp(option, "--rtmp") == 0 ? &program->config.rtmp
                                                        : NULL;
    if (text == NULL)
        return "";
    *text = value;
    return value != NULL && value[0] != '\0' ? NULL : strcmp(option, "--rtmp") == 0 ? "an address" : "a folder";
}

static bool flag(void *user, const char *option)
{
    struct program *program = user;
    if (strcmp(option, "--mp4") != 0)
        return false;
    program->config.mp4 = true;
    return true;
}

static bool is_complete(const void *user)
{
    const struct program *program = user;
    return program->config.folder != NULL;
}

static int open_recorder(void *user, uv_loop_t *loop, const char **reason)
{
    struct program *program = user;
    int error = room_recorder_new(&program->recorder, loop, &program->config, reason);
    if (error == 0)
        room_recorder_start(program->recorder);
    return error;
}

static void stop_recorder(void *user)
{
    const struct program *program = user;
    if (!room_recorder_has_ended(program->recorder))
        room_recorder_stop(program->recorder);
}

static const char *failure_of(const void *user)
{
    const struct program *program = user;
    return room_recorder_failure(program->recorder);
}

static const char *notice_of(const void *user)
{
    const struct program *program = user;
    return room_recorder_notice(program->recorder);
}

static void close_recorder(void *user)
{
    const struct program *program = user;
    room_recorder_free(program->recorder);
}

int main(int argc, char **argv)
{
    struct program program = {.config = {.client = {.name = "Recorder", .receive = true, .no_mesh = true}}};
    const struct service_program service = {.name = "heddle-record",
                                            .role = "recorder",
                                            .help = help,
                                            .needed = "URL, --room and --folder",
                                            .needed_count = "all three",
                                            .flag = flag,
                                            .is_complete = is_complete,
                                            .client = &program.config.client,
                                            .option = option,
                                            .open = open_recorder,
                                            .stop = stop_recorder,
                                            .failure = failure_of,
                                            .notice = notice_of,
                                            .close = close_recorder,
                                            .user = &program};
    av_log_set_level(AV_LOG_QUIET); /* what fails is told as ours; participants choose what it would warn of */
    return service_program_run(&service, argc, argv);
}
