/* heddle-client: a participant without a browser, on the library's public interface. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "client/display.h"
#include "client/event_line.h"
#include "client/include/heddle_client.h"
#include "client/media/recorder.h"
#include "client/options.h"
#include "client/printable.h"
#include "client/program_files.h"
#include "client/summary.h"
#include "transport/base/error.h"
#include "transport/base/log.h"
#include "transport/base/output.h"
#include "transport/net/descriptors.h"
#include "transport/net/log_writer.h"
#include "transport/net/process_start.h"

#define PROGRESS_MS 500
#define DISPLAY_MS 16
#define EXIT_USAGE 2
#define EXIT_LOST 3
#define LAST_WORK_MS 1000 /* for the loop when the call is over: TURN allocations are released, handles close */
#define OUTPUT_WAIT (2 * USEC_PER_SEC) /* for who reads stderr, at the end */
#define LOST_AFTER_MS 3000 /* when the server ends the call, its connections may fail a moment before it says so */

struct program {
    struct options options;
    uv_loop_t loop;
    struct heddle_client *client;
    struct program_files *files;
    struct display *display;
    uv_signal_t interrupt, terminate, hang_up, mute, rejoin;
    uv_timer_t duration, progress, redraw, last;
    bool has_joined, is_leaving, has_failed, is_lost, is_muted, is_terminal, has_line;
    json_t *summary;
    uint64_t frames_before;
    uint64_t lost_since; /* loop time; 0: connected */
};

static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* What others chose is printed without control characters. */
static void say(struct program *program, const char *format, const char *a, const char *b)
{
    if (program->options.quiet)
        return;
    char line[512];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(line, sizeof line, format, a, b);
#pragma GCC diagnostic pop
    printable_clean(line);
    fprintf(stderr, "%s%s\n", program->has_line ? "\r\033[K" : "", line);
    program->has_line = false;
}

static void leave(struct program *program)
{
    if (program->is_leaving)
        return;
    program->is_lost = program->lost_since != 0 && uv_now(&program->loop) - program->lost_since > LOST_AFTER_MS;
    program->is_leaving = true;
    heddle_client_leave(program->client);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

/* A look-up of the host's name cannot be cancelled: the program ends without waiting for it. */
static void on_last(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

/* Frees the client outside of its own callback; then the loop has nothing left to do. */
static void on_finish(uv_timer_t *timer)
{
    struct program *program = timer->data;
    if (program->has_line)
        fputs("\r\033[K", stderr);
    program->summary = summary_make(program->client, cpu_seconds());
    json_object_set_new(program->summary, "files", program_files_summary(program->files));
    program_files_use(program->files, NULL);
    struct heddle_client_stats stats;
    heddle_client_get_stats(program->client, &stats);
    bool is_fine = stats.connections == 0 || stats.was_connected;
    if (!program->has_failed && (!program->has_joined || !is_fine)) {
        fprintf(stderr, "heddle-client: %s%s%s\n",
                program->has_joined ? "no connection came up" : "left before the server had answered",
                stats.obstacle[0] != '\0' ? ": " : "", stats.obstacle);
        program->has_failed = true;
    }
    if (!program->has_failed && program->is_lost)
        fputs("heddle-client: the call was not connected when it ended\n", stderr);
    if (program->has_joined)
        program_files_finish(program->files);
    if (heddle_client_free(program->client) != 0)
        program->has_failed = true;
    close_handle((uv_handle_t *)&program->interrupt);
    close_handle((uv_handle_t *)&program->terminate);
    close_handle((uv_handle_t *)&program->hang_up);
    close_handle((uv_handle_t *)&program->mute);
    close_handle((uv_handle_t *)&program->rejoin);
    close_handle((uv_handle_t *)&program->duration);
    close_handle((uv_handle_t *)&program->progress);
    close_handle((uv_handle_t *)&program->redraw);
    uv_timer_start(&program->last, on_last, LAST_WORK_MS, 0);
}

static void on_ended(struct program *program, const char *code, const char *reason)
{
    if (strcmp(code, "left") != 0) {
        const char *address = strcmp(code, "unreachable") == 0 ? program->options.client.url : "";
        char line[1536];                         /* an error's text may have 1,000 characters */
        int shown = (int)strcspn(address, "?#"); /* behind that are tokens and keys */
        snprintf(line, sizeof line, "%s: %.*s%s%s%s", code, shown, address, shown > 0 ? ": " : "", reason,
                 event_end_advice(code));
        printable_clean(line);
        fprintf(stderr, "heddle-client: %s\n", line);
        program->has_failed = true;
    }
    uv_timer_start(&program->duration, on_finish, 0, 0);
}

static void on_status(struct program *program, const char *status)
{
    if (program->is_leaving)
        return;
    say(program, "%s%s", status, "");
    if (strcmp(status, "connected") == 0)
        program->lost_since = 0;
    else if (program->lost_since == 0 && program->has_joined)
        program->lost_since = uv_now(&program->loop);
}

static void send_data(struct program *program, const char *participant)
{
    const char *text = program->options.data;
    if (text != NULL)
        (void)heddle_client_send_data(program->client, &(struct heddle_client_data){.participant = participant,
                                                                                    .topic = "text",
                                                                                    .payload = (const uint8_t *)text,
                                                                                    .length = strlen(text)});
}

static void on_data(void *user, const struct heddle_client_data *data)
{
    struct program *program = user;
    char text[256];
    if (program_files_data(program->files, data))
        return;
    snprintf(text, sizeof text, "%s: %.*s", data->topic, (int)(data->length < 160 ? data->length : 160),
             (const char *)data->payload);
    say(program, "%s sends %s", data->participant, text);
}

static void on_file_ended(void *user, const struct file_end *end)
{
    struct program *program = user;
    char line[1024];
    if (end->why == NULL) {
        say(program, end->is_ours ? "%s has %s" : "%s sent us %s", end->participant, end->file);
        return;
    }
    snprintf(line, sizeof line, "%s: %s", end->file, end->why);
    if (end->participant != NULL)
        say(program, end->is_ours ? "%s does not get %s" : "%s offered, and we do not have, %s", end->participant,
            line);
    if (!end->is_failure)
        return; /* who declines or cancels may do so */
    printable_clean(line);
    fprintf(stderr, "%sheddle-client: a file is not complete: %s\n", program->has_line ? "\r\033[K" : "", line);
    program->has_line = false;
    program->has_failed = true;
}

static bool open_files(struct program *program)
{
    const struct options *options = &program->options;
    if (options->receive_files != NULL && recorder_make_folder(options->receive_files) != 0) {
        fprintf(stderr, "heddle-client: --receive-files '%s': %s\n", options->receive_files, strerror(errno));
        return false;
    }
    program->files = program_files_new(options->receive_files, options->receive_max, on_file_ended, program);
    for (size_t i = 0; i < options->file_count; i++) {
        int result = program_files_add(program->files, options->files[i]);
        if (result == 0)
            continue;
        fprintf(stderr, "heddle-client: --send-file '%s': %s\n", options->files[i],
                result == ERR_IO ? strerror(errno) : "it is no file");
        return false;
    }
    return true;
}

static void say_event(struct program *program, const struct heddle_client_event *event)
{
    char line[512];
    if (event_line(event, line, sizeof line))
        say(program, "%s%s", line, "");
}

/* Said also to those who asked for quiet: else they would wonder why nothing comes. */
static void on_encryption(struct program *program, const char *participant, const char *state)
{
    if (strcmp(state, "encrypted") == 0) {
        say(program, "%s: %s", participant, state);
        return;
    }
    fprintf(stderr, "%sheddle-client: what %s sends cannot be decrypted: its key is another one\n",
            program->has_line ? "\r\033[K" : "", participant);
    program->has_line = false;
}

/* Screens and second cameras. */
static void hide_ended(struct program *program, const char *participant)
{
    struct heddle_client_stats stats;
    struct heddle_client_remote remote;
    if (program->display == NULL)
        return;
    heddle_client_get_stats(program->client, &stats);
    for (size_t i = 0; i < stats.remotes; i++) {
        heddle_client_get_remote(program->client, i, &remote);
        if (strcmp(remote.source, "camera") != 0 && !remote.is_here && strcmp(remote.participant, participant) == 0)
            display_left(program->display, participant, remote.source);
    }
}

static void on_event(void *user, const struct heddle_client_event *event)
{
    struct program *program = user;
    program_files_event(program->files, event);
    switch (event->type) {
    case HEDDLE_CLIENT_JOINED:
        if (program->options.hand && !program->has_joined)
            heddle_client_raise_hand(program->client, true);
        if (!program->has_joined)
            send_data(program, NULL);
        program->has_joined = true;
        say(program, "joined %s as %s", event->text, event->participant);
        break;
    case HEDDLE_CLIENT_PARTICIPANT_JOINED:
        say_event(program, event);
        send_data(program, event->participant);
        break;
    case HEDDLE_CLIENT_PARTICIPANT_LEFT:
        say_event(program, event);
        if (program->display != NULL)
            display_left(program->display, event->participant, NULL);
        break;
    case HEDDLE_CLIENT_PUBLICATIONS:
        say_event(program, event);
        hide_ended(program, event->participant);
        break;
    case HEDDLE_CLIENT_SIGNALING:
        if (strcmp(event->text, "connected") != 0 && !program->is_leaving)
            say(program, "signaling: %s%s", event->text, "");
        break;
    case HEDDLE_CLIENT_STATUS:
        on_status(program, event->text);
        break;
    case HEDDLE_CLIENT_ENCRYPTION:
        on_encryption(program, event->participant, event->text);
        break;
    case HEDDLE_CLIENT_RECORDING_FAILED:
        fprintf(stderr, "%sheddle-client: the recording is not complete: %s\n", program->has_line ? "\r\033[K" : "",
                event->text);
        program->has_line = false;
        program->has_failed = true;
        break;
    case HEDDLE_CLIENT_ENDED:
        on_ended(program, event->participant, event->text);
        break;
    default:
        say_event(program, event);
        break;
    }
}

static void on_picture(void *user, const char *participant, const char *source,
                       const struct heddle_client_picture *picture)
{
    struct program *program = user;
    if (program->display != NULL)
        display_picture(program->display, participant, source, picture);
}

static void on_audio(void *user, const char *participant, const char *source, const int16_t *samples, size_t count)
{
    struct program *program = user;
    (void)participant; /* not mixed: packets of all are played in the order in which they come */
    (void)source;
    if (program->display != NULL)
        display_audio(program->display, samples, count);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct program *program = handle->data;
    (void)number;
    if (program->is_leaving)
        exit(EXIT_FAILURE); /* the second signal does not wait for the server */
    leave(program);
}

static void on_mute(uv_signal_t *handle, int number)
{
    struct program *program = handle->data;
    (void)number;
    program->is_muted = !program->is_muted;
    heddle_client_mute(program->client, program->is_muted, program->is_muted);
    say(program, "%s%s", program->is_muted ? "muted" : "not muted any more", "");
}

static void on_rejoin(uv_signal_t *handle, int number)
{
    struct program *program = handle->data;
    (void)number;
    heddle_client_rejoin(program->client);
}

static void on_duration(uv_timer_t *timer)
{
    leave(timer->data);
}

static void on_redraw(uv_timer_t *timer)
{
    struct program *program = timer->data;
    if (!display_update(program->display))
        leave(program);
}

static void on_progress(uv_timer_t *timer)
{
    struct program *program = timer->data;
    struct heddle_client_stats stats;
    heddle_client_get_stats(program->client, &stats);
    uint64_t frames = 0;
    unsigned here = 0, freezes = 0;
    int64_t lost = 0;
    int delay = -1;
    for (size_t i = 0; i < stats.remotes; i++) {
        struct heddle_client_remote remote;
        heddle_client_get_remote(program->client, i, &remote);
        frames += remote.video.frames_decoded;
        freezes += remote.video.freezes;
        lost += remote.video.packets_lost;
        here += remote.is_here;
        delay = remote.video.delay_p95_ms > delay ? remote.video.delay_p95_ms : delay;
    }
    fprintf(stderr, "%s%.0f s  %s  %u others  sent %llu frames  received %llu (%.0f/s)  lost %lld  freezes %u",
            program->is_terminal ? "\r\033[K" : "", stats.duration_s, stats.topology, here,
            (unsigned long long)stats.sent.video_frames, (unsigned long long)frames,
            (double)(frames - program->frames_before) * 1000 / PROGRESS_MS, (long long)lost, freezes);
    if (delay >= 0)
        fprintf(stderr, "  delay %d ms", delay);
    if (!program->is_terminal)
        fputc('\n', stderr);
    fflush(stderr);
    program->frames_before = frames;
    program->has_line = program->is_terminal;
}

static void on_log(void *user, enum log_level level, const char *context, const char *text)
{
    (void)user;
    char line[1536];
    snprintf(line, sizeof line, "%s %s: %s", log_level_name(level), context != NULL ? context : "-", text);
    printable_clean(line);
    fprintf(stderr, "%s\n", line);
}

static void start_timers(struct program *program)
{
    uv_signal_init(&program->loop, &program->interrupt);
    uv_signal_init(&program->loop, &program->terminate);
    uv_signal_init(&program->loop, &program->hang_up);
    uv_signal_init(&program->loop, &program->mute);
    uv_signal_init(&program->loop, &program->rejoin);
    uv_timer_init(&program->loop, &program->duration);
    uv_timer_init(&program->loop, &program->progress);
    uv_timer_init(&program->loop, &program->redraw);
    uv_timer_init(&program->loop, &program->last);
    uv_unref((uv_handle_t *)&program->last);
    program->interrupt.data = program->terminate.data = program->hang_up.data = program->mute.data =
        program->rejoin.data = program;
    program->duration.data = program->progress.data = program->redraw.data = program;
    uv_signal_start(&program->interrupt, on_signal, SIGINT);
    uv_signal_start(&program->terminate, on_signal, SIGTERM);
    if (!process_ignores(SIGHUP)) /* the recordings are finished when the terminal is closed */
        uv_signal_start(&program->hang_up, on_signal, SIGHUP);
    uv_signal_start(&program->mute, on_mute, SIGUSR1);
    uv_signal_start(&program->rejoin, on_rejoin, SIGUSR2);
    if (program->options.duration_s > 0)
        uv_timer_start(&program->duration, on_duration, (uint64_t)(program->options.duration_s * 1000), 0);
    program->is_terminal = isatty(STDERR_FILENO) == 1;
    if (program->options.progress || (program->is_terminal && !program->options.quiet))
        uv_timer_start(&program->progress, on_progress, PROGRESS_MS, PROGRESS_MS);
    if (program->display != NULL)
        uv_timer_start(&program->redraw, on_redraw, DISPLAY_MS, DISPLAY_MS);
}

static bool publish(struct heddle_client *client, const struct options *options, const char **reason)
{
    struct heddle_client_media second = options->media;
    bool sends = options->media.video != NULL || options->media.audio != NULL;
    if (sends && heddle_client_publish(client, &options->media, reason) != 0)
        return false;
    second.video = options->second_video;
    return second.video == NULL || heddle_client_publish_source(client, "camera-2", &second, reason) == 0;
}

static int start(struct program *program)
{
    const struct options *options = &program->options;
    struct heddle_client_listener listener = {
        .event = on_event, .picture = on_picture, .audio = on_audio, .data = on_data, .user = program};
    const char *reason = NULL;
    if (!open_files(program))
        return EXIT_USAGE;
    if (heddle_client_new(&program->client, &program->loop, &options->client, &listener, &reason) != 0) {
        char line[1536];
        const char *address = options->client.url;
        snprintf(line, sizeof line, "'%.*s': %s", (int)strcspn(address, "?#"), address, reason);
        printable_clean(line);
        fprintf(stderr, "heddle-client: %s (heddle-client --help)\n", line);
        return EXIT_USAGE;
    }
    program_files_use(program->files, program->client);
    if (!publish(program->client, options, &reason)) {
        fprintf(stderr, "heddle-client: cannot send %s\n", reason);
        heddle_client_free(program->client);
        return EXIT_USAGE;
    }
    if (options->show && (program->display = display_new("Heddle", &reason)) == NULL) {
        fprintf(stderr, "heddle-client: --show: %s\n", reason);
        heddle_client_free(program->client);
        return EXIT_USAGE;
    }
    start_timers(program);
    if (program->options.mix != NULL)
        heddle_client_wish_mix(program->client, program->options.mix);
    heddle_client_join(program->client);
    return 0;
}

/* Whether all that was printed has been written: a summary that is lost is said. */
static bool finish_output(void)
{
    if (output_flush(stdout) == 0)
        return true;
    perror("heddle-client: standard output");
    return false;
}

/* The whole call. `is_held`: libuv still waits for something. */
static int run(struct program *program, bool *is_held)
{
    if (!descriptors_are_free(DESCRIPTORS_OF_LOOP) || uv_loop_init(&program->loop) != 0) {
        fprintf(stderr, "heddle-client: too few open files are allowed: raise the limit (ulimit -n)\n");
        return EXIT_USAGE;
    }
    int code = start(program);
    uv_run(&program->loop, UV_RUN_DEFAULT);
    if (code == 0) {
        close_handle((uv_handle_t *)&program->last);
        uv_run(&program->loop, UV_RUN_NOWAIT);
    }
    *is_held = uv_loop_close(&program->loop) != 0;
    display_free(program->display);
    program_files_free(program->files);
    return code;
}

int main(int argc, char **argv)
{
    static struct program program;
    bool is_held = false;
    process_start();
    int result = client_options_parse(&program.options, argc, argv);
    if (result < 0)
        return EXIT_USAGE;
    if (result > 0)
        return finish_output() ? EXIT_SUCCESS : EXIT_FAILURE;
    if (!program.options.core_dumps && !process_close_memory()) {
        fprintf(stderr, "heddle-client: the keys cannot be kept out of core dumps\n");
        return EXIT_FAILURE;
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a write beyond the limit of a file's size fails, and does not end the program */
    log_set_sink(on_log, NULL, program.options.verbose ? LEVEL_DEBUG : LEVEL_ERROR);
    struct log_writer *writer = log_writer_for_stderr();
    if (writer == NULL) {
        fprintf(stderr, "heddle-client: no thread can be started\n");
        return EXIT_FAILURE;
    }
    int code = run(&program, &is_held);
    log_writer_free(writer, OUTPUT_WAIT);
    if (program.summary != NULL && program.options.json) {
        json_dumpf(program.summary, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6) | JSON_ENSURE_ASCII);
        putchar('\n');
    }
    json_decref(program.summary);
    if (!finish_output())
        program.has_failed = true;
    if (code == 0 && program.has_failed)
        code = EXIT_FAILURE;
    if (code == 0 && program.is_lost)
        code = EXIT_LOST;
    if (is_held) /* by a look-up of a name, for which libuv would wait in exit(), too */
        _exit(code);
    return code;
}
