/* heddle-service: its options, its signals, and which of the two sides it is. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "signaling/config/config.h"
#include "signaling/process/program_folder.h"
#include "signaling/proto/names.h"
#include "signaling/queue/asker.h"
#include "signaling/queue/taker.h"
#include "transport/base/output.h"
#include "transport/net/descriptors.h"
#include "transport/net/log_lines.h"
#include "transport/net/process_start.h"

#define LOG_FLUSH_TIMEOUT (2 * USEC_PER_SEC)
#define SIGNALS 3

static const char help[] =
    "heddle-service: runs mixers and recorders for servers on other machines\n"
    "\n"
    "usage: heddle-service nats://HOST[:PORT] [options]\n"
    "\n"
    "  Servers ask for them by a NATS queue (heddle --services nats://HOST[:PORT] --services-url URL): one of\n"
    "  the machines on which this program runs takes the work. tls://HOST[:PORT] is NATS with TLS.\n"
    "\n"
    "  --recordings DIR       records, too, to folders there              [mixes only]\n"
    "  --mp4                  recordings of rooms with a mixer have its picture as mix.mp4, too  [WebM only]\n"
    "  --hls DIR              while one records, that picture is live as DIR/ROOM/live.m3u8  [not]\n"
    "  --rtmp URL             and goes to this RTMP server; {room} in it stands for the room's name  [not]\n"
    "  --encoder auto|software|vaapi|nvenc  of these: a graphics card's, or libx264  [auto: a card that works]\n"
    "  --max-mixers N         that run at once: each takes half a core    [4]\n"
    "  --max-recorders N      that run at once                            [4]\n"
    "  --programs DIR         where heddle-mix and heddle-record are      [beside this program]\n"
    "  --insecure             accept any certificate of the servers\n"
    "  --core-dumps           let a crash write a core file: it holds access tokens\n"
    "  -h, --help, --version\n"
    "\n"
    "  A server itself starts it with --ask mixer|recorder --url URL --room ROOM, and the token in HEDDLE_TOKEN.\n"
    "\n"
    "Environment: NATS_USER and NATS_PASSWORD, NATS_CREDS (a file of credentials), NATS_CA (a file of certificates),\n"
    "also for the server, which passes them on.\n"
    "\n"
    "Exit codes:\n"
    "  0  it was told to end, or what it asked for has ended as it should\n"
    "  1  it cannot begin or go on (NATS refuses it; nobody takes what it asks for); the reason is said\n"
    "  2  the command line is wrong\n";

struct program {
    struct taker_config config;
    struct work work; /* what is asked for, when its kind is set */
    bool shows_help, shows_version;
    struct taker *taker;
    struct asker *asker;
    uv_signal_t signals[SIGNALS];
};

static const char *take_most(const char *value, size_t *out)
{
    char *end;
    unsigned long number = strtoul(value, &end, 10);
    *out = number;
    return value[0] >= '0' && value[0] <= '9' && *end == '\0' && number <= 1000 ? NULL : "a number from 0 to 1000";
}

static const char *take_kind(struct program *program, const char *value)
{
    bool is_mixer = strcmp(value, service_kind_name(SERVICE_MIXER)) == 0;
    program->work.kind = is_mixer ? SERVICE_MIXER : SERVICE_RECORDER;
    return is_mixer || strcmp(value, service_kind_name(SERVICE_RECORDER)) == 0 ? NULL : "mixer or recorder";
}

static const char *take_folder(struct program *program, const char *value)
{
    program->config.folder = value;
    return config_has_program(value, "heddle-mix") ? NULL : "a folder with heddle-mix in it";
}

static const char *take_text(const char *value, char *out, size_t size, bool fits, const char *expected)
{
    snprintf(out, size, "%s", value);
    return fits && strlen(value) < size ? NULL : expected;
}

/* NULL: taken; or what was expected, "" when there is no such option. */
static const char *take_value(struct program *program, const char *option, const char *value)
{
    struct taker_config *config = &program->config;
    struct work *work = &program->work;
    if (strcmp(option, "--recordings") == 0)
        return recording_outputs_set_folder(&config->outputs, value);
    if (strcmp(option, "--hls") == 0)
        return recording_outputs_set_hls(&config->outputs, value);
    if (strcmp(option, "--rtmp") == 0)
        return recording_outputs_set_rtmp(&config->outputs, value);
    if (strcmp(option, "--encoder") == 0)
        return recording_outputs_set_encoder(&config->outputs, value);
    if (strcmp(option, "--max-mixers") == 0)
        return take_most(value, &config->mixers_max);
    if (strcmp(option, "--max-recorders") == 0)
        return take_most(value, &config->recorders_max);
    if (strcmp(option, "--programs") == 0)
        return take_folder(program, value);
    if (strcmp(option, "--ask") == 0)
        return take_kind(program, value);
    if (strcmp(option, "--url") == 0)
        return take_text(value, work->url, sizeof work->url, config_is_page_url(value), "http://HOST or https://HOST");
    if (strcmp(option, "--room") == 0)
        return take_text(value, work->room, sizeof work->room, message_is_room_name(value), "a room's name");
    return "";
}

static bool take_flag(struct program *program, const char *option)
{
    const struct {
        const char *name;
        bool *value;
    } flags[] = {{"--mp4", &program->config.outputs.mp4},
                 {"--insecure", &program->config.accept_any_certificate},
                 {"--core-dumps", &program->config.core_dumps},
                 {"-h", &program->shows_help},
                 {"--help", &program->shows_help},
                 {"--version", &program->shows_version}};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(option, flags[i].name) == 0) {
            *flags[i].value = true;
            return true;
        }
    }
    return false;
}

static int wrong(const char *option, const char *expected)
{
    if (expected[0] == '\0')
        fprintf(stderr, "heddle-service: %s: no such option; see --help\n", option);
    else
        fprintf(stderr, "heddle-service: %s: expected %s\n", option, expected);
    return 2;
}

static int check(struct program *program)
{
    static char beside[4096];
    struct taker_config *config = &program->config;
    const char *token = getenv("HEDDLE_TOKEN"), *mistake = recording_outputs_check(&config->outputs);
    if (config->queue == NULL)
        return wrong("nats://HOST[:PORT]", "the address of a NATS server");
    if (program->work.kind != SERVICE_NONE) {
        bool has_token = token != NULL && token[0] != '\0' && strlen(token) < sizeof program->work.token;
        if (!has_token || program->work.url[0] == '\0' || program->work.room[0] == '\0')
            return wrong("--ask", "--url, --room, and an access token in HEDDLE_TOKEN, too");
        snprintf(program->work.token, sizeof program->work.token, "%s", token);
        return 0;
    }
    if (program->work.url[0] != '\0' || program->work.room[0] != '\0')
        return wrong("--url and --room", "--ask, to which they belong");
    if (mistake != NULL) {
        fprintf(stderr, "heddle-service: %s\n", mistake);
        return 2;
    }
    if (config->folder == NULL && program_folder(beside, sizeof beside, "") && config_has_program(beside, "heddle-mix"))
        config->folder = beside;
    if (config->folder == NULL)
        return wrong("--programs", "a folder: heddle-mix is not beside this program");
    if (config->outputs.recordings != NULL && !config_has_program(config->folder, "heddle-record"))
        return wrong("--recordings", "heddle-record beside heddle-mix");
    return 0;
}

static int parse(struct program *program, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *option = argv[i];
        bool is_address = strncmp(option, "nats://", 7) == 0 || strncmp(option, "tls://", 6) == 0;
        if (is_address && program->config.queue == NULL) {
            program->config.queue = option;
            continue;
        }
        if (take_flag(program, option))
            continue;
        if (option[0] != '-')
            return wrong(option,
                         program->config.queue == NULL ? "nats://HOST[:PORT] or tls://HOST[:PORT]" : "one address");
        const char *expected = take_value(program, option, i + 1 < argc ? argv[i + 1] : "");
        if (expected != NULL)
            return wrong(option, expected);
        i++;
    }
    return program->shows_help || program->shows_version ? 0 : check(program);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct program *program = handle->data;
    (void)number; /* a second one changes nothing: a recorder completes its files */
    if (program->asker != NULL)
        asker_stop(program->asker);
    else
        taker_stop(program->taker);
}

static void wait_for_signals(struct program *program, uv_loop_t *loop)
{
    static const int numbers[SIGNALS] = {SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < SIGNALS; i++) {
        uv_signal_init(loop, &program->signals[i]);
        program->signals[i].data = program;
        if (numbers[i] != SIGHUP || !process_ignores(SIGHUP))
            uv_signal_start(&program->signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&program->signals[i]);
    }
}

/* The exit status. */
static int run(struct program *program)
{
    char reason[QUEUE_REASON_MAX] = "too few open files are allowed: raise the limit (ulimit -n)";
    uv_loop_t *loop = descriptors_are_free(DESCRIPTORS_OF_LOOP) ? uv_default_loop() : NULL;
    bool asks = program->work.kind != SERVICE_NONE;
    if (loop != NULL && asks)
        program->asker = asker_new(loop, program->config.queue, &program->work, reason);
    else if (loop != NULL)
        program->taker = taker_new(loop, &program->config, reason);
    if (program->asker == NULL && program->taker == NULL) {
        char shown[256];
        log_error(asks ? program->work.room : "queue", "%s: %s",
                  queue_shown_url(program->config.queue, shown, sizeof shown), reason);
        return 1;
    }
    wait_for_signals(program, loop);
    uv_run(loop, UV_RUN_DEFAULT);
    int status = asks ? asker_status(program->asker) : taker_was_refused(program->taker);
    for (size_t i = 0; i < SIGNALS; i++)
        uv_close((uv_handle_t *)&program->signals[i], NULL);
    uv_run(loop, UV_RUN_DEFAULT);
    if (asks)
        asker_free(program->asker);
    else
        taker_free(program->taker);
    return status;
}

int main(int argc, char **argv)
{
    static struct program program = {.config = {.mixers_max = 4, .recorders_max = 4}};
    process_start();
    signal(SIGPIPE, SIG_IGN);
    int status = parse(&program, argc, argv);
    if (status != 0)
        return status;
    if (program.shows_help || program.shows_version) {
        if (output_text(stdout, program.shows_help ? help : "heddle-service " HEDDLE_VERSION "\n") == 0)
            return 0;
        perror("heddle-service: standard output");
        return 1;
    }
    if (!program.config.core_dumps && !process_close_memory()) {
        fprintf(stderr, "heddle-service: the keys cannot be kept out of core dumps\n");
        return 1;
    }
    struct log_writer *writer = log_writer_new(STDERR_FILENO);
    if (writer == NULL) {
        fprintf(stderr, "heddle-service: no thread can be started\n");
        return 1;
    }
    log_lines_start(writer, LEVEL_INFO);
    status = run(&program);
    log_lines_stop(writer, LOG_FLUSH_TIMEOUT);
    return status;
}
