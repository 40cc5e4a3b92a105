/* heddle-mix: options and wiring. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/mixer/mixer.h"
#include "transport/base/log.h"
#include "transport/base/output.h"
#include "transport/net/descriptors.h"

static const char help[] = "heddle-mix: mixes a room's video and audio for those who want one stream of each\n"
                           "\n"
                           "usage: HEDDLE_TOKEN=TOKEN heddle-mix URL --room ROOM [options]\n"
                           "\n"
                           "  The server starts it by itself (heddle --services). The access token needs the claim\n"
                           "  \"service\":\"mixer\", and somebody is to be in the room.\n"
                           "\n"
                           "  --room ROOM\n"
                           "  --video WxH@FPS:KBIT   the picture                  [1280x720@25:1500]\n"
                           "  --insecure             accept any certificate\n"
                           "  -h, --help, --version\n";

static struct mixer *mixer;

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    if (!mixer_has_ended(mixer))
        mixer_stop(mixer);
    uv_signal_stop(handle);
}

static int wrong(const char *option, const char *expected)
{
    fprintf(stderr, "heddle-mix: %s: expected %s\n", option, expected);
    return 2;
}

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

/* 0, or the program's status; -1: nothing more is to be done. */
static int parse(struct mixer_config *config, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *option = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(option, "-h") == 0 || strcmp(option, "--help") == 0 || strcmp(option, "--version") == 0) {
            printf("%s", strcmp(option, "--version") == 0 ? "heddle-mix " HEDDLE_VERSION "\n" : help);
            return -1;
        }
        if (strcmp(option, "--insecure") == 0) {
            config->client.accept_any_certificate = true;
        } else if (strcmp(option, "--room") == 0) {
            if (value == NULL)
                return wrong(option, "a room's name");
            config->client.room = argv[++i];
        } else if (strcmp(option, "--video") == 0) {
            if (value == NULL || !read_video(config, argv[++i]))
                return wrong(option, "WxH@FPS:KBIT, even sides to 1920x1080, 5 to 30 frames, 100 to 20000 kbit/s");
        } else if (option[0] != '-' && config->client.url == NULL) {
            config->client.url = option;
        } else {
            return wrong(option, "one of the options in --help");
        }
    }
    if (config->client.url == NULL || config->client.room == NULL)
        return wrong("URL and --room", "both");
    if (config->client.token == NULL || config->client.token[0] == '\0')
        return wrong("HEDDLE_TOKEN", "an access token with \"service\":\"mixer\": without it one is no mixer");
    return 0;
}

static int run(const struct mixer_config *config)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    uv_loop_t *loop = uv_default_loop();
    uv_signal_t signals[2];
    const char *reason;
    if (mixer_new(&mixer, loop, config, &reason) != 0) {
        fprintf(stderr, "heddle-mix: %s\n", reason);
        return 1;
    }
    for (size_t i = 0; i < 2; i++) {
        uv_signal_init(loop, &signals[i]);
        uv_signal_start(&signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&signals[i]);
    }
    mixer_start(mixer);
    uv_run(loop, UV_RUN_DEFAULT);
    int status = 0;
    if (mixer_failure(mixer) != NULL) {
        fprintf(stderr, "heddle-mix: %s\n", mixer_failure(mixer));
        status = 1;
    }
    for (size_t i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&signals[i], NULL);
    mixer_free(mixer);
    uv_run(loop, UV_RUN_DEFAULT);
    return status;
}

int main(int argc, char **argv)
{
    struct mixer_config config = {.client = {.name = "Mixer",
                                             .token = getenv("HEDDLE_TOKEN"),
                                             .receive = true,
                                             .no_screens = true,
                                             .no_mesh = true},
                                  .width = 1280,
                                  .height = 720,
                                  .frames_per_second = 25,
                                  .bitrate_bps = 1500000};
    descriptors_fill_standard();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    int status = parse(&config, argc, argv);
    if (status != 0)
        return status > 0 ? status : output_flush(stdout) == 0 ? 0 : 1;
    return run(&config);
}
