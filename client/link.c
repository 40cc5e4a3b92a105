#include "client/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/room.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define MEDIA_WAIT (3 * USEC_PER_SEC) /* the path works and nothing comes in: nothing is sent */
#define LOSS_POLL_MS 20
#define RELAY_SETTLE (2 * USEC_PER_SEC) /* ICE may find a better path after its first one */
/* DTLS ended: mostly the remote peer leaves or makes a fresh connection, and says so in the next moment. */
#define DEAD_GRACE (300 * USEC_PER_MSEC)

struct loss {
    bool is_open;
    usec_t since, last_frame;
    const char *cause;
    char path[24];
    usec_t up_at;   /* the path works again; 0: not yet */
    bool is_feared; /* the path has not failed: it is being replaced as a precaution */
};

struct link {
    struct link_config config;
    struct link_listener listener;
    char remote[PARTICIPANT_ID_MAX + 1];
    struct reconnect manager;
    struct rng rng;
    struct connection *connection;
    unsigned generation; /* of the last connection that is closed */
    bool is_retired;
    bool awaits_request; /* we asked for a fresh connection; the remote peer has the word */
    /* A connection must not be changed from inside its own calls: what it said last waits for the timer. */
    bool has_news;
    enum connection_state news;
    usec_t news_at; /* not before */
    struct loss loss;
    usec_t last_frame;
    struct budget keyframes; /* that the participant asks for */
    const char *told_path;   /* as path_of() gave it */
    usec_t relayed_since;    /* USEC_NEVER: the path is not through a TURN server */
    uv_timer_t timer;
};

static unsigned draw(void *user, unsigned below)
{
    struct link *link = user;
    return (unsigned)rng_below(&link->rng, below);
}

static void on_timer(uv_timer_t *timer);

static void schedule(struct link *link)
{
    if (link->is_retired) {
        uv_timer_stop(&link->timer);
        return;
    }
    usec_t next = reconnect_next(&link->manager), now = clock_now();
    uint64_t wait = next > now ? (uint64_t)((next - now) / USEC_PER_MSEC + 1) : 0;
    if (link->loss.is_open && wait > LOSS_POLL_MS)
        wait = LOSS_POLL_MS;
    if (link->has_news) {
        usec_t news = usec_max(link->news_at - now, 0);
        wait = (uint64_t)((usec_min(news, usec_max(next - now, 0)) + USEC_PER_MSEC - 1) / USEC_PER_MSEC);
    }
    uv_update_time(link->timer.loop);
    if (next == USEC_NEVER && !link->loss.is_open && !link->has_news)
        uv_timer_stop(&link->timer);
    else
        uv_timer_start(&link->timer, on_timer, wait, 0);
}

/* Losses and recoveries */

static void open_loss(struct link *link, const char *cause, usec_t since)
{
    if (link->loss.is_open)
        return; /* the same one is not over yet */
    link->loss = (struct loss){.is_open = true, .since = since, .last_frame = link->last_frame, .cause = cause};
    snprintf(link->loss.path, sizeof link->loss.path, "healed");
}

static void note_action(struct link *link, struct reconnect_action action, bool is_rebuilt)
{
    char *path = link->loss.path;
    if (!link->loss.is_open || action.type == RECONNECT_DO_NOTHING || action.type == RECONNECT_DO_GIVE_UP)
        return;
    if (is_rebuilt || action.type != RECONNECT_DO_RESTART)
        snprintf(path, sizeof link->loss.path, "rebuilt");
    else if (action.attempt == 0)
        snprintf(path, sizeof link->loss.path, "speculative restart");
    else
        snprintf(path, sizeof link->loss.path, "restart %u", action.attempt);
}

static void close_loss(struct link *link, usec_t until, bool has_media)
{
    const struct loss *loss = &link->loss;
    struct link_recovery recovery = {.cause = loss->cause, .duration = until - loss->since, .gap = -1};
    memcpy(recovery.path, loss->path, sizeof recovery.path);
    if (has_media && loss->last_frame != 0)
        recovery.gap = until - loss->last_frame;
    link->loss.is_open = false;
    link->listener.recovered(link->listener.user, link, &recovery);
}

/* Has what was lost come back? The path first, then media over it. */
static void follow_loss(struct link *link, bool has_frame, usec_t now)
{
    struct loss *loss = &link->loss;
    if (!loss->is_open || link->manager.state != RECONNECT_CONNECTED || link->connection == NULL)
        return;
    if (loss->up_at == 0 && !link->manager.owed && connection_is_settled(link->connection))
        loss->up_at = now;
    if (loss->up_at == 0) {
        if (loss->is_feared && now - loss->since > link->manager.constants.restart_timeout)
            loss->is_open = false; /* the old path goes on; there was no loss */
        return;
    }
    if (has_frame)
        close_loss(link, now, true);
    else if (now - loss->up_at > MEDIA_WAIT)
        close_loss(link, loss->up_at, false);
}

static void note_event(struct link *link, enum reconnect_state before, enum reconnect_event event,
                       struct reconnect_action action, usec_t now)
{
    enum reconnect_state state = link->manager.state;
    if (link->manager.is_probe)
        return;
    bool is_lost = before == RECONNECT_CONNECTED && state != RECONNECT_CONNECTED && state != RECONNECT_CLOSED;
    bool is_speculative = before == RECONNECT_CONNECTED && (action.type == RECONNECT_DO_RESTART || link->manager.owed);
    if (is_lost || is_speculative) {
        open_loss(link, reconnect_event_name(event), now);
        link->loss.is_feared = is_speculative;
    }
    if (state != RECONNECT_CONNECTED || is_speculative)
        link->loss.up_at = 0;
}

/* Connections */

static void close_connection(struct link *link)
{
    if (link->connection == NULL)
        return;
    struct connection *connection = link->connection;
    link->listener.closing(link->listener.user, link);
    link->generation = connection_generation(connection);
    link->connection = NULL;
    link->has_news = false;
    connection_free(connection);
}

static void on_message(void *user, struct connection *connection, json_t *message)
{
    struct link *link = user;
    (void)connection;
    json_object_set_new(message, "target", json_string(link->remote));
    link->listener.message(link->listener.user, message);
}

static void on_state(void *user, struct connection *connection, enum connection_state state, usec_t now)
{
    struct link *link = user;
    link->has_news = true;
    link->news = state;
    link->news_at = state == CONNECTION_FAILED && connection_is_dead(connection) ? now + DEAD_GRACE : now;
    schedule(link);
}

static void on_frame(void *user, struct connection *connection, const struct session_frame *frame, usec_t now)
{
    struct link *link = user;
    (void)connection;
    follow_loss(link, true, now);
    link->last_frame = now;
    link->listener.frame(link->listener.user, link, frame, now);
}

static void on_keyframe(void *user, struct connection *connection, const char *source, unsigned encoding)
{
    struct link *link = user;
    (void)connection;
    link->listener.keyframe(link->listener.user, link, source, encoding);
}

static void open_connection(struct link *link, unsigned generation, bool offers_first)
{
    struct connection_config config = link->config.connection;
    struct connection_listener listener = {
        .message = on_message, .state = on_state, .frame = on_frame, .keyframe = on_keyframe, .user = link};
    close_connection(link);
    link->awaits_request = false;
    config.remote_id = link->remote;
    config.serial = ++*link->config.serial;
    config.generation = generation;
    config.offers_first = offers_first;
    config.keyframes = link_is_to_router(link) ? NULL : &link->keyframes;
    link->connection = connection_new(&config, &listener);
    if (link->connection == NULL)
        log_error(link->remote, "ICE does not start");
    else
        link->listener.configure(link->listener.user, link);
}

static unsigned generation_of(const struct link *link)
{
    return link->connection != NULL ? connection_generation(link->connection) : link->generation;
}

static void rebuild(struct link *link)
{
    unsigned generation = generation_of(link) + 1;
    open_connection(link, generation, false);
    link->awaits_request = true;
    link->listener.message(link->listener.user, json_pack("{s:s,s:s,s:i}", "type", "request-new-connection", "target",
                                                          link->remote, "generation", (int)generation));
}

static bool offers_first(const struct link *link)
{
    return link_is_to_router(link) || negotiation_is_impolite_id(link->config.connection.local_id, link->remote);
}

static void restart(struct link *link, struct reconnect_action action)
{
    bool is_of_no_use = link->connection == NULL || connection_is_dead(link->connection);
    note_action(link, action, is_of_no_use);
    if (is_of_no_use)
        rebuild(link);
    else
        connection_restart(link->connection);
}

static void act(struct link *link, struct reconnect_action action)
{
    switch (action.type) {
    case RECONNECT_DO_CONNECT:
        if (generation_of(link) == 0)
            open_connection(link, 1, offers_first(link));
        else
            restart(link, action);
        break;
    case RECONNECT_DO_RESTART:
        restart(link, action);
        break;
    case RECONNECT_DO_REBUILD:
        note_action(link, action, true);
        rebuild(link);
        break;
    case RECONNECT_DO_GIVE_UP:
        close_connection(link);
        link->awaits_request = false;
        break;
    case RECONNECT_DO_NOTHING:
        break;
    }
}

static void run(struct link *link, enum reconnect_event event)
{
    enum reconnect_state before = link->manager.state;
    unsigned attempt = link->manager.attempt;
    usec_t now = clock_now();
    struct reconnect_action action = reconnect_input(&link->manager, event, now);
    note_event(link, before, event, action, now);
    act(link, action);
    follow_loss(link, false, now);
    schedule(link);
    if (link->manager.state != before || link->manager.attempt != attempt)
        link->listener.changed(link->listener.user, link);
}

static void take_news(struct link *link)
{
    if (!link->has_news || clock_now() < link->news_at)
        return;
    link->has_news = false;
    switch (link->news) {
    case CONNECTION_CONNECTED:
        run(link, RECONNECT_UP);
        break;
    case CONNECTION_DISCONNECTED:
        run(link, RECONNECT_DISCONNECTED);
        break;
    case CONNECTION_FAILED:
        run(link, RECONNECT_FAILED);
        break;
    default:
        break;
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct link *link = timer->data;
    usec_t now = clock_now();
    take_news(link);
    if (now >= reconnect_next(&link->manager))
        run(link, RECONNECT_TIMEOUT);
    follow_loss(link, false, now);
    schedule(link);
}

struct link *link_new(const struct link_config *config, const struct link_listener *listener)
{
    struct link *link = mem_alloc(sizeof *link);
    uint64_t seed;
    link->config = *config;
    link->relayed_since = USEC_NEVER;
    link->listener = *listener;
    snprintf(link->remote, sizeof link->remote, "%s", config->connection.remote_id);
    random_secure(&seed, sizeof seed);
    rng_init(&link->rng, seed);
    reconnect_init(&link->manager, &config->constants, draw, link);
    uv_timer_init(config->connection.loop, &link->timer);
    link->timer.data = link;
    return link;
}

void link_start(struct link *link)
{
    run(link, RECONNECT_START);
}

void link_probe(struct link *link)
{
    bool is_new = link->manager.state == RECONNECT_NEW;
    link->is_retired = false;
    link->has_news = false;
    link->loss.is_open = false;
    link_forget_told(link); /* whatever the server knew may be of before */
    run(link, RECONNECT_PROBE);
    if (is_new)
        return;
    if (!link->manager.signaling) /* we heard of the topology: signaling is there, whatever was missed meanwhile */
        run(link, RECONNECT_SIGNALING_UP);
    run(link, link_is_up(link) ? RECONNECT_UP : RECONNECT_FAILED);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void link_free(struct link *link)
{
    close_connection(link);
    uv_close((uv_handle_t *)&link->timer, on_closed);
}

const char *link_remote(const struct link *link)
{
    return link->remote;
}

bool link_is_to_router(const struct link *link)
{
    return strcmp(link->remote, MESSAGE_ROUTER) == 0;
}

struct connection *link_connection(const struct link *link)
{
    return link->connection;
}

const struct reconnect *link_manager(const struct link *link)
{
    return &link->manager;
}

bool link_is_up(const struct link *link)
{
    return link->connection != NULL && connection_state(link->connection) == CONNECTION_CONNECTED;
}

static const char *path_of(struct link *link, usec_t now)
{
    bool is_connected = link->manager.state == RECONNECT_CONNECTED && link->connection != NULL;
    if (!is_connected || strncmp(connection_path(link->connection), "turn", 4) != 0) {
        link->relayed_since = USEC_NEVER;
        return reconnect_path(link->manager.state);
    }
    link->relayed_since = usec_min(link->relayed_since, now);
    return now - link->relayed_since < RELAY_SETTLE ? NULL : "relayed";
}

const char *link_path_news(struct link *link, usec_t now)
{
    if (link_is_to_router(link) || link->is_retired)
        return NULL;
    const char *path = path_of(link, now), *told = link->told_path;
    link->told_path = path;
    return path != told ? path : NULL;
}

void link_forget_told(struct link *link)
{
    link->told_path = NULL;
}

bool link_has_loss(const struct link *link)
{
    return link->loss.is_open;
}

void link_tell(struct link *link, enum reconnect_event event)
{
    bool is_unneeded = event == RECONNECT_START && link->manager.is_probe;
    if (!link->is_retired && !is_unneeded)
        run(link, event);
}

void link_requested(struct link *link, unsigned generation)
{
    if (link->is_retired)
        return;
    bool is_ours = link->awaits_request && generation <= generation_of(link);
    bool is_fresh = link->connection != NULL && !connection_is_described(link->connection);
    if (!is_ours && is_fresh && generation <= generation_of(link))
        return; /* repeated: fulfilled already */
    if (is_ours)
        link->awaits_request = false;
    else
        open_connection(link, generation > generation_of(link) ? generation : generation_of(link) + 1, false);
    run(link, RECONNECT_REPLACED);
    if (link->connection != NULL)
        connection_negotiate(link->connection);
}

void link_note_loss(struct link *link, usec_t since, usec_t last_frame)
{
    open_loss(link, reconnect_event_name(RECONNECT_SIGNALING_DOWN), since);
    snprintf(link->loss.path, sizeof link->loss.path, "joined anew");
    link->loss.last_frame = last_frame;
    schedule(link);
}

void link_inherit_loss(struct link *link, const struct link *from)
{
    if (!from->loss.is_open || link->loss.is_open)
        return;
    link->loss = from->loss;
    link->loss.up_at = 0;
    link->loss.is_feared = false;
    snprintf(link->loss.path, sizeof link->loss.path, "by the router");
    schedule(link);
}

void link_retire(struct link *link)
{
    link->is_retired = true;
    link->loss.is_open = false;
    schedule(link);
}

void link_revive(struct link *link)
{
    link->is_retired = false;
    link->has_news = false;
    if (!link->manager.signaling) /* we heard of the topology: signaling is there, whatever was missed meanwhile */
        run(link, RECONNECT_SIGNALING_UP);
    if (link_is_up(link))
        run(link, RECONNECT_UP);
    else
        run(link, link->manager.state == RECONNECT_GIVEN_UP ? RECONNECT_START : RECONNECT_FAILED);
}

bool link_is_retired(const struct link *link)
{
    return link->is_retired;
}

bool link_is_probe(const struct link *link)
{
    return link->manager.is_probe;
}

bool link_is_current(const struct link *link)
{
    return !link->is_retired && !link->manager.is_probe;
}
