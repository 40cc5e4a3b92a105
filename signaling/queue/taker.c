#include "signaling/queue/taker.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "signaling/queue/work.h"
#include "signaling/services/program.h"
#include "signaling/services/service_command.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define TICK_MS 200
#define KINDS (SERVICE_RECORDER + 1)

struct job {
    struct job *next;
    struct work work;
    char server[QUEUE_SUBJECT_MAX]; /* where it hears of the job */
    struct program program;
    usec_t told_at;
};

struct taker {
    const struct taker_config *config;
    uv_loop_t *loop;
    uv_timer_t tick;
    struct queue *queue;
    struct queue_subscription *listening[KINDS];
    char machine[80];
    struct job *jobs;
    bool is_stopping, was_refused;
};

static size_t count(const struct taker *taker, enum service_kind kind)
{
    size_t found = 0;
    for (const struct job *job = taker->jobs; job != NULL; job = job->next)
        found += job->work.kind == kind;
    return found;
}

static bool has_room(const struct taker *taker, enum service_kind kind)
{
    const struct taker_config *config = taker->config;
    bool can = kind == SERVICE_MIXER || config->outputs.recordings != NULL;
    return can && !taker->is_stopping &&
           count(taker, kind) < (kind == SERVICE_MIXER ? config->mixers_max : config->recorders_max);
}

/* One that is full does not listen, so that others get the work. */
static void listen_as_it_can(struct taker *taker)
{
    for (int i = SERVICE_MIXER; i < KINDS; i++) {
        enum service_kind kind = (enum service_kind)i;
        bool listens = taker->listening[kind] != NULL;
        char subject[QUEUE_SUBJECT_MAX];
        snprintf(subject, sizeof subject, WORK_SUBJECT, service_kind_name(kind));
        if (has_room(taker, kind) && !listens) {
            taker->listening[kind] = queue_subscribe(taker->queue, subject, WORK_GROUP);
        } else if (!has_room(taker, kind) && listens) {
            queue_unsubscribe(taker->listening[kind]);
            taker->listening[kind] = NULL;
        }
    }
}

static void tell(struct taker *taker, const char *server, uint64_t job, enum work_state state, int status)
{
    char text[WORK_TEXT_MAX];
    struct work_note note = {.job = job, .state = state, .status = status};
    snprintf(note.machine, sizeof note.machine, "%s", taker->machine);
    int length = work_note_write(&note, text, sizeof text);
    if (length > 0)
        queue_publish(taker->queue, server, queue_inbox(taker->queue), text, (size_t)length);
}

static void tell_of(struct taker *taker, struct job *job, enum work_state state, usec_t now)
{
    job->told_at = now;
    tell(taker, job->server, job->work.job, state, job->program.status);
}

static struct job *find(const struct taker *taker, uint64_t number)
{
    struct job *job = taker->jobs;
    while (job != NULL && job->work.job != number)
        job = job->next;
    return job;
}

static void start(struct taker *taker, struct job *job, usec_t now)
{
    struct service_command command;
    char variable[sizeof job->work.token + 16];
    const struct service_run run = {.kind = job->work.kind,
                                    .folder = taker->config->folder,
                                    .url = job->work.url,
                                    .room = job->work.room,
                                    .outputs = &taker->config->outputs,
                                    .accept_any_certificate = taker->config->accept_any_certificate,
                                    .core_dumps = taker->config->core_dumps};
    service_command_write(&command, &run);
    snprintf(variable, sizeof variable, "HEDDLE_TOKEN=%s", job->work.token);
    program_start(&job->program, taker->loop, (char **)command.arguments, variable, now);
}

static void take_work(struct taker *taker, const struct work *work, const char *server, usec_t now)
{
    struct job *job = find(taker, work->job);
    if (job == NULL && !has_room(taker, work->kind)) {
        tell(taker, server, work->job, WORK_BUSY, 0);
        return;
    }
    if (job == NULL) {
        job = mem_alloc(sizeof *job);
        *job = (struct job){.next = taker->jobs, .work = *work};
        snprintf(job->server, sizeof job->server, "%s", server);
        job->program.room = job->work.room;
        job->program.what = service_kind_name(work->kind);
        taker->jobs = job;
        start(taker, job, now);
        listen_as_it_can(taker);
    }
    tell_of(taker, job, WORK_TAKEN, now);
}

static void on_message(void *user, const struct queue_message *message)
{
    struct taker *taker = user;
    struct work work;
    uint64_t number;
    bool is_ours = strcmp(message->subject, queue_inbox(taker->queue)) == 0;
    if (is_ours && work_end_read(&number, message->text, message->length) == 0) {
        struct job *job = find(taker, number);
        if (job != NULL)
            program_end(&job->program, SIGTERM);
    } else if (!is_ours && message->reply[0] != '\0' && work_read(&work, message->text, message->length) == 0) {
        take_work(taker, &work, message->reply, clock_now());
    } else if (!message->has_no_listener) {
        log_warning("queue", "a message on %s was not understood", message->subject);
    }
}

/* What has ended is told once, and forgotten when nothing of it is in the loop any more. */
static void look_after(struct taker *taker, usec_t now)
{
    for (struct job **at = &taker->jobs; *at != NULL;) {
        struct job *job = *at;
        if (program_is_there(&job->program)) {
            if (now - job->told_at >= TAKER_TELLS)
                tell_of(taker, job, WORK_RUNS, now);
            at = &job->next;
            continue;
        }
        tell_of(taker, job, WORK_ENDED, now);
        *at = job->next;
        free(job);
    }
}

static void close_all(struct taker *taker)
{
    for (int i = SERVICE_MIXER; i < KINDS; i++) {
        queue_unsubscribe(taker->listening[i]);
        taker->listening[i] = NULL;
    }
    queue_close(taker->queue);
    uv_close((uv_handle_t *)&taker->tick, NULL);
}

static void on_tick(uv_timer_t *timer)
{
    struct taker *taker = timer->data;
    look_after(taker, clock_now());
    if (taker->is_stopping && taker->jobs == NULL)
        close_all(taker);
    else
        listen_as_it_can(taker);
}

static void on_connected(void *user)
{
    const struct taker *taker = user;
    char shown[256];
    log_info("queue", "listens at %s: for %zu mixers, %zu recorders at once",
             queue_shown_url(taker->config->queue, shown, sizeof shown), taker->config->mixers_max,
             taker->config->outputs.recordings != NULL ? taker->config->recorders_max : 0);
}

static void on_lost(void *user, const char *reason)
{
    const struct taker *taker = user;
    char shown[256];
    log_warning("queue", "the NATS server at %s is away (%s), and is tried each second%s",
                queue_shown_url(taker->config->queue, shown, sizeof shown), reason,
                taker->jobs != NULL ? "; what runs goes on" : "");
}

static void on_closed(void *user, const char *reason)
{
    struct taker *taker = user;
    char shown[256];
    log_error("queue", "the NATS server at %s refuses: %s (see NATS_USER in --help)",
              queue_shown_url(taker->config->queue, shown, sizeof shown), reason);
    taker->was_refused = true;
    taker_stop(taker);
}

struct taker *taker_new(uv_loop_t *loop, const struct taker_config *config, char reason[QUEUE_REASON_MAX])
{
    struct taker *taker = mem_alloc(sizeof *taker);
    *taker = (struct taker){.config = config, .loop = loop};
    char host[60] = "";
    gethostname(host, sizeof host - 1);
    snprintf(taker->machine, sizeof taker->machine, "%s:%d", host, (int)getpid());
    const struct queue_config queue = {.url = config->queue,
                                       .name = "heddle-service",
                                       .on_connected = on_connected,
                                       .on_lost = on_lost,
                                       .on_closed = on_closed,
                                       .on_message = on_message,
                                       .user = taker};
    taker->queue = queue_new(loop, &queue, reason);
    if (taker->queue == NULL) {
        free(taker);
        return NULL;
    }
    uv_timer_init(loop, &taker->tick);
    taker->tick.data = taker;
    uv_timer_start(&taker->tick, on_tick, 0, TICK_MS);
    return taker;
}

void taker_stop(struct taker *taker)
{
    taker->is_stopping = true;
    for (struct job *job = taker->jobs; job != NULL; job = job->next)
        program_end(&job->program, SIGTERM);
}

bool taker_was_refused(const struct taker *taker)
{
    return taker->was_refused;
}

void taker_free(struct taker *taker)
{
    queue_free(taker->queue);
    free(taker);
}
