#include "signaling/queue/asker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/queue/taker.h"
#include "signaling/services/program.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/base/random.h"
#include "transport/net/clock.h"

#define TICK_MS 100
#define ASKS_MAX 8
#define ANSWER_WAIT (2 * USEC_PER_SEC)      /* then another one is asked */
#define BUSY_WAIT (250 * USEC_PER_MSEC)     /* the same, when one had no room */
#define CONNECT_WAIT (5 * USEC_PER_SEC)     /* for NATS */
#define STOPPED_WAIT (4500 * USEC_PER_MSEC) /* for a recorder's end; the server waits little longer for us */

enum asker_state { CONNECTING, ASKING, RUNNING, STOPPING, ENDED };

struct asker {
    const char *url;
    struct work work;
    uv_timer_t tick;
    struct queue *queue;
    enum asker_state state;
    bool is_connected;
    unsigned asks;
    usec_t due;                    /* of what is next in this state */
    char taker[QUEUE_SUBJECT_MAX]; /* "": nobody has taken it */
    int status;
};

static void end(struct asker *asker, int status)
{
    if (asker->state == ENDED)
        return;
    asker->state = ENDED;
    asker->status = status;
    queue_close(asker->queue);
    uv_close((uv_handle_t *)&asker->tick, NULL);
}

static void fail_with(struct asker *asker, int status, const char *why)
{
    char shown[256];
    log_warning(asker->work.room, "no %s by the queue at %s: %s", service_kind_name(asker->work.kind),
                queue_shown_url(asker->url, shown, sizeof shown), why);
    end(asker, status);
}

static void fail(struct asker *asker, const char *why)
{
    fail_with(asker, 1, why);
}

static void ask(struct asker *asker, usec_t now)
{
    char text[WORK_TEXT_MAX], subject[QUEUE_SUBJECT_MAX];
    if (asker->asks++ == ASKS_MAX) {
        fail(asker, "all who listen are busy, or none answers");
        return;
    }
    snprintf(subject, sizeof subject, WORK_SUBJECT, service_kind_name(asker->work.kind));
    int length = work_write(&asker->work, text, sizeof text);
    if (length < 0) {
        fail(asker, "what is asked for does not fit");
        return;
    }
    queue_publish(asker->queue, subject, queue_inbox(asker->queue), text, (size_t)length);
    asker->due = now + ANSWER_WAIT;
}

static void tell_to_end(struct asker *asker, const char *machine)
{
    char text[WORK_TEXT_MAX];
    int length = work_end_write(asker->work.job, text, sizeof text);
    if (length > 0 && machine[0] != '\0')
        queue_publish(asker->queue, machine, NULL, text, (size_t)length);
}

/* Another machine has taken the job as well: it was asked when no answer came from the first. */
static void send_away(struct asker *asker, const struct work_note *note, const char *from)
{
    if (note->state == WORK_TAKEN || note->state == WORK_RUNS)
        tell_to_end(asker, from);
}

static void on_taken(struct asker *asker, const struct work_note *note, const char *from)
{
    snprintf(asker->taker, sizeof asker->taker, "%s", from);
    log_info(asker->work.room, "its %s is run by %s", service_kind_name(asker->work.kind), note->machine);
    if (asker->state == STOPPING) /* it was asked for just before */
        tell_to_end(asker, from);
    else
        asker->state = RUNNING;
}

static void on_note(struct asker *asker, const struct work_note *note, const char *from, usec_t now)
{
    bool is_known = asker->taker[0] != '\0';
    if (is_known && strcmp(asker->taker, from) != 0) {
        send_away(asker, note, from);
        return;
    }
    switch (note->state) {
    case WORK_BUSY:
        if (asker->state == ASKING)
            asker->due = now + BUSY_WAIT;
        return;
    case WORK_TAKEN:
    case WORK_RUNS:
        if (!is_known)
            on_taken(asker, note, from);
        if (asker->state == RUNNING)
            asker->due = now + TAKER_IS_MISSED;
        return;
    case WORK_ENDED:
        if (is_known)
            end(asker, note->status == 0 ? 0 : 1);
        return;
    }
}

static void on_message(void *user, const struct queue_message *message)
{
    struct asker *asker = user;
    struct work_note note;
    if (message->has_no_listener) {
        if (asker->state == ASKING)
            fail(asker, "no machine listens there for it (heddle-service)");
        return;
    }
    if (work_note_read(&note, message->text, message->length) == 0 && note.job == asker->work.job)
        on_note(asker, &note, message->reply, clock_now());
}

static void on_connected(void *user)
{
    struct asker *asker = user;
    usec_t now = clock_now();
    asker->is_connected = true;
    if (asker->state == CONNECTING) {
        asker->state = ASKING;
        ask(asker, now);
    } else if (asker->state == RUNNING) {
        asker->due = now + TAKER_IS_MISSED; /* nothing could be heard meanwhile */
    }
}

static void on_lost(void *user, const char *reason)
{
    struct asker *asker = user;
    (void)reason;
    asker->is_connected = false;
}

static void on_closed(void *user, const char *reason)
{
    fail(user, reason);
}

static void on_tick(uv_timer_t *timer)
{
    struct asker *asker = timer->data;
    usec_t now = clock_now();
    if (now < asker->due)
        return;
    switch (asker->state) {
    case CONNECTING:
        fail(asker, "no NATS server is there");
        break;
    case ASKING:
        ask(asker, now);
        break;
    case RUNNING:
        if (asker->is_connected)
            fail_with(asker, PROGRAM_IS_LOST, "the machine that ran it is not heard any more");
        break;
    case STOPPING:
    case ENDED:
        end(asker, 0);
        break;
    }
}

struct asker *asker_new(uv_loop_t *loop, const char *url, const struct work *work, char reason[QUEUE_REASON_MAX])
{
    struct asker *asker = mem_alloc(sizeof *asker);
    *asker = (struct asker){.url = url, .work = *work, .due = clock_now() + CONNECT_WAIT};
    random_secure(&asker->work.job, sizeof asker->work.job);
    const struct queue_config queue = {.url = url,
                                       .name = "heddle",
                                       .on_connected = on_connected,
                                       .on_lost = on_lost,
                                       .on_closed = on_closed,
                                       .on_message = on_message,
                                       .user = asker};
    asker->queue = queue_new(loop, &queue, reason);
    if (asker->queue == NULL) {
        free(asker);
        return NULL;
    }
    uv_timer_init(loop, &asker->tick);
    asker->tick.data = asker;
    uv_timer_start(&asker->tick, on_tick, TICK_MS, TICK_MS);
    return asker;
}

void asker_stop(struct asker *asker)
{
    if (asker->state == STOPPING || asker->state == ENDED)
        return;
    bool runs = asker->state == RUNNING, waits = asker->state == ASKING || asker->work.kind == SERVICE_RECORDER;
    if (runs)
        tell_to_end(asker, asker->taker);
    if (asker->state == CONNECTING || !waits) {
        end(asker, 0);
        return;
    }
    asker->state = STOPPING;
    asker->due = clock_now() + (runs ? STOPPED_WAIT : ANSWER_WAIT);
}

int asker_status(const struct asker *asker)
{
    return asker->status;
}

void asker_free(struct asker *asker)
{
    queue_free(asker->queue);
    free(asker);
}
