#include "signaling/queue/queue.h"

#include <nats/nats.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/memory.h"

#define TEXT_MAX 4096     /* bytes of a message; longer ones are none of ours */
#define ARRIVALS_MAX 1024 /* that wait for the loop; the rest is dropped, as NATS itself drops */
#define RETRY_MS 1000
#define PING_MS 2000 /* a server that does not answer twice is gone: within 6 s, sooner than a machine is given up */
#define PINGS_LOST_MAX 2
#define FLUSH_MS 500

enum arrival_kind { ARRIVAL_MESSAGE, ARRIVAL_CONNECTED, ARRIVAL_LOST, ARRIVAL_CLOSED };

struct arrival {
    struct arrival *next;
    enum arrival_kind kind;
    char subject[QUEUE_SUBJECT_MAX], reply[QUEUE_SUBJECT_MAX];
    bool has_no_listener;
    size_t length;
    char text[]; /* with a zero behind it: of the message, or the reason */
};

struct queue_subscription {
    natsSubscription *nats;
};

struct queue {
    struct queue_config config;
    natsConnection *connection;
    natsInbox *inbox;
    struct queue_subscription *own;
    uv_async_t wake;
    bool is_closed;
    pthread_mutex_t lock; /* of what follows, which the library's threads fill */
    struct arrival *first, **end;
    size_t count;
};

static struct arrival *arrival_new(enum arrival_kind kind, const char *text, size_t length)
{
    struct arrival *arrival = mem_alloc(sizeof *arrival + length + 1);
    arrival->kind = kind;
    arrival->length = length;
    memcpy(arrival->text, text, length);
    return arrival;
}

/* On a thread of the library. Only messages can be too many. */
static void hand_over(struct queue *queue, struct arrival *arrival)
{
    pthread_mutex_lock(&queue->lock);
    bool has_room = arrival->kind != ARRIVAL_MESSAGE || queue->count < ARRIVALS_MAX;
    if (has_room) {
        *queue->end = arrival;
        queue->end = &arrival->next;
        queue->count++;
    }
    pthread_mutex_unlock(&queue->lock);
    if (has_room)
        uv_async_send(&queue->wake);
    else
        free(arrival);
}

static void on_nats_message(natsConnection *connection, natsSubscription *subscription, natsMsg *message, void *user)
{
    const char *subject = natsMsg_GetSubject(message), *reply = natsMsg_GetReply(message);
    size_t length = (size_t)natsMsg_GetDataLength(message);
    (void)connection;
    (void)subscription;
    if (length <= TEXT_MAX && strlen(subject) < QUEUE_SUBJECT_MAX &&
        (reply == NULL || strlen(reply) < QUEUE_SUBJECT_MAX)) {
        struct arrival *arrival = arrival_new(ARRIVAL_MESSAGE, length > 0 ? natsMsg_GetData(message) : "", length);
        snprintf(arrival->subject, sizeof arrival->subject, "%s", subject);
        snprintf(arrival->reply, sizeof arrival->reply, "%s", reply != NULL ? reply : "");
        arrival->has_no_listener = natsMsg_IsNoResponders(message);
        hand_over(user, arrival);
    }
    natsMsg_Destroy(message);
}

static void on_nats_connected(natsConnection *connection, void *user)
{
    (void)connection;
    hand_over(user, arrival_new(ARRIVAL_CONNECTED, "", 0));
}

/* Not of an attempt that was given up: the library tells of its end later. */
static void tell_reason(natsConnection *connection, struct queue *queue, enum arrival_kind kind)
{
    pthread_mutex_lock(&queue->lock);
    bool is_ours = connection == queue->connection;
    pthread_mutex_unlock(&queue->lock);
    if (!is_ours)
        return;
    const char *reason = NULL;
    natsStatus status = natsConnection_GetLastError(connection, &reason);
    if (reason == NULL || reason[0] == '\0')
        reason = status == NATS_OK ? "the connection was closed" : natsStatus_GetText(status);
    size_t length = strlen(reason);
    hand_over(queue, arrival_new(kind, reason, length < QUEUE_REASON_MAX ? length : QUEUE_REASON_MAX - 1));
}

static void on_nats_lost(natsConnection *connection, void *user)
{
    tell_reason(connection, user, ARRIVAL_LOST);
}

static void on_nats_closed(natsConnection *connection, void *user)
{
    tell_reason(connection, user, ARRIVAL_CLOSED);
}

static void deliver(const struct queue *queue, const struct arrival *arrival)
{
    const struct queue_config *config = &queue->config;
    const struct queue_message message = {.subject = arrival->subject,
                                          .reply = arrival->reply,
                                          .text = arrival->text,
                                          .length = arrival->length,
                                          .has_no_listener = arrival->has_no_listener};
    switch (arrival->kind) {
    case ARRIVAL_MESSAGE:
        config->on_message(config->user, &message);
        break;
    case ARRIVAL_CONNECTED:
        config->on_connected(config->user);
        break;
    case ARRIVAL_LOST:
        config->on_lost(config->user, arrival->text);
        break;
    case ARRIVAL_CLOSED:
        config->on_closed(config->user, arrival->text);
        break;
    }
}

static struct arrival *take_all(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    struct arrival *all = queue->first;
    queue->first = NULL;
    queue->end = &queue->first;
    queue->count = 0;
    pthread_mutex_unlock(&queue->lock);
    return all;
}

static void on_wake(uv_async_t *wake)
{
    struct queue *queue = wake->data;
    for (struct arrival *each = take_all(queue), *next; each != NULL; each = next) {
        next = each->next;
        if (!queue->is_closed)
            deliver(queue, each);
        free(each);
    }
}

static natsStatus use_environment(natsOptions *options)
{
    const char *user = getenv("NATS_USER"), *password = getenv("NATS_PASSWORD");
    const char *credentials = getenv("NATS_CREDS"), *authority = getenv("NATS_CA");
    natsStatus status = NATS_OK;
    if (user != NULL)
        status = natsOptions_SetUserInfo(options, user, password != NULL ? password : "");
    if (status == NATS_OK && credentials != NULL)
        status = natsOptions_SetUserCredentialsFromFiles(options, credentials, NULL);
    if (status == NATS_OK && authority != NULL)
        status = natsOptions_LoadCATrustedCertificates(options, authority);
    return status;
}

static natsStatus set_options(natsOptions *options, struct queue *queue)
{
    const struct queue_config *config = &queue->config;
    bool is_secure = strncmp(config->url, "tls://", 6) == 0;
    natsStatus status = natsOptions_SetURL(options, config->url);
    const natsStatus all[] = {natsOptions_SetName(options, config->name),
                              natsOptions_SetSecure(options, is_secure),
                              natsOptions_SetMaxReconnect(options, -1),
                              natsOptions_SetReconnectWait(options, RETRY_MS),
                              natsOptions_SetPingInterval(options, PING_MS),
                              natsOptions_SetMaxPingsOut(options, PINGS_LOST_MAX),
                              natsOptions_SetDisconnectedCB(options, on_nats_lost, queue),
                              natsOptions_SetReconnectedCB(options, on_nats_connected, queue),
                              natsOptions_SetClosedCB(options, on_nats_closed, queue),
                              use_environment(options)};
    for (size_t i = 0; i < sizeof all / sizeof all[0] && status == NATS_OK; i++)
        status = all[i];
    return status;
}

static natsStatus try_to_connect(struct queue *queue, natsOptions *options)
{
    natsConnection *connection = NULL;
    natsStatus status = natsConnection_Connect(&connection, options);
    pthread_mutex_lock(&queue->lock);
    queue->connection = connection;
    pthread_mutex_unlock(&queue->lock);
    return status;
}

/* A server that is not there yet is tried again; the first attempt is one by itself, since it says what is wrong. */
static natsStatus connect_to(struct queue *queue)
{
    natsOptions *options = NULL;
    natsStatus status = natsOptions_Create(&options);
    if (status == NATS_OK)
        status = set_options(options, queue);
    if (status == NATS_OK)
        status = try_to_connect(queue, options);
    if (status == NATS_OK) {
        on_nats_connected(queue->connection, queue);
    } else if (status == NATS_NO_SERVER || status == NATS_TIMEOUT || status == NATS_IO_ERROR) {
        const char *text = natsStatus_GetText(status);
        hand_over(queue, arrival_new(ARRIVAL_LOST, text, strlen(text)));
        natsOptions_SetRetryOnFailedConnect(options, true, on_nats_connected, queue);
        status = try_to_connect(queue, options);
        status = status == NATS_NOT_YET_CONNECTED ? NATS_OK : status;
    }
    natsOptions_Destroy(options);
    return status;
}

struct queue *queue_new(uv_loop_t *loop, const struct queue_config *config, char reason[QUEUE_REASON_MAX])
{
    struct queue *queue = mem_alloc(sizeof *queue);
    *queue = (struct queue){.config = *config};
    queue->end = &queue->first;
    pthread_mutex_init(&queue->lock, NULL);
    uv_async_init(loop, &queue->wake, on_wake);
    queue->wake.data = queue;
    natsStatus status = connect_to(queue);
    if (status == NATS_OK)
        status = natsInbox_Create(&queue->inbox);
    if (status == NATS_OK && (queue->own = queue_subscribe(queue, queue->inbox, NULL)) != NULL)
        return queue;
    const char *detail = nats_GetLastError(&status), *behind = detail != NULL ? strstr(detail, "): ") : NULL;
    snprintf(reason, QUEUE_REASON_MAX, "%s", behind != NULL ? behind + 3 : natsStatus_GetText(status));
    queue_close(queue);
    uv_run(loop, UV_RUN_NOWAIT);
    queue_free(queue);
    return NULL;
}

const char *queue_inbox(const struct queue *queue)
{
    return queue->inbox;
}

struct queue_subscription *queue_subscribe(struct queue *queue, const char *subject, const char *group)
{
    natsSubscription *nats = NULL;
    natsStatus status =
        group != NULL ? natsConnection_QueueSubscribe(&nats, queue->connection, subject, group, on_nats_message, queue)
                      : natsConnection_Subscribe(&nats, queue->connection, subject, on_nats_message, queue);
    if (status != NATS_OK)
        return NULL;
    struct queue_subscription *subscription = mem_alloc(sizeof *subscription);
    subscription->nats = nats;
    return subscription;
}

void queue_unsubscribe(struct queue_subscription *subscription)
{
    if (subscription == NULL)
        return;
    natsSubscription_Unsubscribe(subscription->nats);
    natsSubscription_Destroy(subscription->nats);
    free(subscription);
}

void queue_publish(struct queue *queue, const char *subject, const char *reply, const char *text, size_t length)
{
    if (reply != NULL)
        natsConnection_PublishRequest(queue->connection, subject, reply, text, (int)length);
    else
        natsConnection_Publish(queue->connection, subject, text, (int)length);
}

void queue_close(struct queue *queue)
{
    queue->is_closed = true;
    if (queue->connection != NULL)
        natsConnection_FlushTimeout(queue->connection, FLUSH_MS);
    queue_unsubscribe(queue->own);
    queue->own = NULL;
    if (queue->connection != NULL)
        natsConnection_Close(queue->connection);
    natsConnection_Destroy(queue->connection);
    queue->connection = NULL;
    nats_CloseAndWait(FLUSH_MS); /* after that no thread of the library is left to call us */
    uv_close((uv_handle_t *)&queue->wake, NULL);
}

void queue_free(struct queue *queue)
{
    for (struct arrival *each = take_all(queue), *next; each != NULL; each = next) {
        next = each->next;
        free(each);
    }
    natsInbox_Destroy(queue->inbox);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

const char *queue_shown_url(const char *url, char *out, size_t size)
{
    const char *at = strrchr(url, '@'), *host = strstr(url, "://");
    if (at == NULL || host == NULL)
        return url;
    snprintf(out, size, "%.*s://%s", (int)(host - url), url, at + 1);
    return out;
}
