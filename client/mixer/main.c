/* heddle-mix: its options, and what its program calls. */
#include <stdio.h>
#include <string.h>

#include "client/mixer/mixer.h"
#include "client/service/service_program.h"

static const char help[] = "heddle-mix: mixes a room's video and audio for those who want one stream of each\n"
                           "\n"
                           "usage: HEDDLE_TOKEN=TOKEN heddle-mix URL --room ROOM [options]\n"
                           "\n"
                           "  The server starts it by itself (heddle --services). The access token needs the claim\n"
                           "  \"service\":\"mixer\", and somebody is to be in the room.\n"
                           "\n"
                           "  --room ROOM\n"
                           "  --video WxH@FPS:KBIT   the picture                  [1280x720@25:1500]\n"
                           "  --layout grid|speaker  where nobody in the room has chosen      [grid]\n"
                           "  --insecure             accept any certificate\n"
                           "  --core-dumps           let a crash write a core file: it holds the keys of the call\n"
                           "  -h, --help, --version\n";

struct program {
    struct mixer_config config;
    struct mixer *mixer;
};

static bool read_video(struct mixer_config *config, const char *text)
{
    unsigned kbit = 0;
    char end = '\0';
    bool fits = sscanf(text, "%5ux%5u@%3u:%6u%c", &config->width, &config->height, &config->frames_per_second, &kbit,
                       &end) == 4;
    config->bitrate_bps = kbit * 1000;
    return fits && config->width >= 160 && config->width <= 1920 && config->width % 2 == 0 && config->height >= 90 &&
           config->height <= 1080 && config->height % 2 == 0 && config->frames_per_second >= 5 &&
           config->frames_per_second <= 30 && kbit >= 100 && kbit <= 20000;
}

static const char *take_layout(struct mixer_config *config, const char *value)
{
    bool is_right = value != NULL && (strcmp(value, "grid") == 0 || strcmp(value, "speaker") == 0);
    config->layout = value;
    return is_right ? NULL : "grid or speaker";
}

static const char *option(void *user, const char *option, const char *value)
{
    struct program *program = user;
    if (strcmp(option, "--layout") == 0)
        return take_layout(&program->config, value);
    if (strcmp(option, "--video") != 0)
        return "";
    bool is_right = value != NULL && read_video(&program->config, value);
    return is_right ? NULL : "WxH@FPS:KBIT, even sides to 1920x1080, 5 to 30 frames, 100 to 20000 kbit/s";
}

static int open_mixer(void *user, uv_loop_t *loop, const char **reason)
{
    struct program *program = user;
    int error = mixer_new(&program->mixer, loop, &program->config, reason);
    if (error == 0)
        mixer_start(program->mixer);
    return error;
}

static void stop_mixer(void *user)
{
    const struct program *program = user;
    if (!mixer_has_ended(program->mixer))
        mixer_stop(program->mixer);
}

static const char *failure_of(const void *user)
{
    const struct program *program = user;
    return mixer_failure(program->mixer);
}

static void close_mixer(void *user)
{
    const struct program *program = user;
    mixer_free(program->mixer);
}

int main(int argc, char **argv)
{
    struct program program = {.config = {.client = {.name = "Mixer", .receive = true, .no_mesh = true},
                                         .width = 1280,
                                         .height = 720,
                                         .frames_per_second = 25,
                                         .bitrate_bps = 1500000}};
    const struct service_program service = {.name = "heddle-mix",
                                            .role = "mixer",
                                            .help = help,
                                            .needed = "URL and --room",
                                            .needed_count = "both",
                                            .client = &program.config.client,
                                            .option = option,
                                            .open = open_mixer,
                                            .stop = stop_mixer,
                                            .failure = failure_of,
                                            .close = close_mixer,
                                            .user = &program};
    return service_program_run(&service, argc, argv);
}
