/* A connection to a NATS server (libnats), for one loop. The library has threads of its own; what they bring is handed
 * over, so that all of this, and what it calls, is on the loop's thread. It connects again by itself for as long as it
 * is open. NATS_USER and NATS_PASSWORD, NATS_CREDS (a file) and NATS_CA (a file) of the environment are used, as the
 * tools of NATS use them. */
#ifndef HEDDLE_SIGNALING_QUEUE_H
#define HEDDLE_SIGNALING_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#define QUEUE_SUBJECT_MAX 128
#define QUEUE_REASON_MAX 200

struct queue;

struct queue_message { /* borrowed for the call */
    const char *subject;
    const char *reply; /* the subject for an answer; "": none is expected */
    const char *text;
    size_t length;
    bool has_no_listener; /* it is the answer to what was published, and says that nobody listens there */
};

struct queue_config {
    const char *url;                  /* nats://HOST[:PORT] or tls://HOST[:PORT]; borrowed for queue_new() */
    const char *name;                 /* of this program, as NATS shows it; likewise */
    void (*on_connected)(void *user); /* each time */
    void (*on_lost)(void *user, const char *reason);
    /* It is over: the server does not take this name or key any more. Close it. */
    void (*on_closed)(void *user, const char *reason);
    void (*on_message)(void *user, const struct queue_message *message);
    void *user;
};

struct queue_subscription;

/* NULL: `reason` says why; a server that is not there yet is no reason. */
struct queue *queue_new(uv_loop_t *loop, const struct queue_config *config, char reason[QUEUE_REASON_MAX]);
/* A subject of this connection alone. */
const char *queue_inbox(const struct queue *queue);
/* Messages to the subject; of those who listen to it with one `group`, one gets each. NULL: the library refuses. */
struct queue_subscription *queue_subscribe(struct queue *queue, const char *subject, const char *group);
/* What was on its way here is lost. */
void queue_unsubscribe(struct queue_subscription *subscription);
/* `reply` may be NULL. What cannot leave now waits for the connection, up to a bound; the rest is dropped. */
void queue_publish(struct queue *queue, const char *subject, const char *reply, const char *text, size_t length);
/* What was published leaves, for half a second at most; then nothing is called any more. Run the loop once more before
 * queue_free(). */
void queue_close(struct queue *queue);
void queue_free(struct queue *queue);

/* `url` without the name and password that it may have, for logs. */
const char *queue_shown_url(const char *url, char *out, size_t size);

#endif
