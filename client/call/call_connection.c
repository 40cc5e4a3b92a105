#include "client/call/call_connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/call/client_room.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"
#include "transport/net/ticker.h"

#define MEDIA_WAIT (3 * USEC_PER_SEC) /* the path works, and when no media came for so long, none is being sent */
#define LOSS_POLL (20 * USEC_PER_MSEC)
#define TURN_SETTLE (2 * USEC_PER_SEC) /* ICE may find a better path after its first one */
/* DTLS has ended: mostly the remote peer leaves or makes a fresh peer connection, and signaling says so shortly
 * after. */
#define DEAD_GRACE (300 * USEC_PER_MSEC)

struct loss {
    bool is_open;
    usec_t since, last_frame;
    const char *cause;
    char path[24];
    usec_t up_at;       /* the path works again; 0: not yet */
    bool is_precaution; /* the path has not failed: it is only replaced as a precaution */
};

struct call_connection {
    struct call_connection_config config;
    struct call_connection_listener listener;
    char remote[PARTICIPANT_ID_MAX + 1];
    struct reconnect manager;
    struct rng rng;
    struct peer_connection *pc;
    unsigned generation; /* of the last peer connection that was closed */
    bool is_retired;
    bool awaits_request; /* we asked for a fresh peer connection and wait for the remote peer's `connection-request` */
    /* A peer connection must not be replaced from inside its own listener call: its last state waits for the timer. */
    bool has_new_state;
    enum peer_connection_state new_state;
    usec_t new_state_at; /* when to act on it */
    struct loss loss;
    usec_t last_frame;
    struct budget keyframes; /* limits those that the participant asks for */
    const char *told_path;   /* what the server was told last, by path_of() */
    usec_t turn_since;       /* USEC_NEVER: the path is not through a TURN server */
    uv_timer_t timer;
};

static unsigned draw(void *user, unsigned below)
{
    struct call_connection *connection = user;
    return (unsigned)rng_below(&connection->rng, below);
}

static void on_timer(uv_timer_t *timer);

static void schedule(struct call_connection *connection)
{
    if (connection->is_retired) {
        uv_timer_stop(&connection->timer);
        return;
    }
    usec_t next = reconnect_next(&connection->manager);
    if (connection->loss.is_open)
        next = usec_min(next, clock_now() + LOSS_POLL);
    if (connection->has_new_state)
        next = usec_min(next, connection->new_state_at);
    if (next == USEC_NEVER)
        uv_timer_stop(&connection->timer);
    else
        timer_arm(&connection->timer, on_timer, next);
}

/* Losses and recoveries */

static void open_loss(struct call_connection *connection, const char *cause, usec_t since)
{
    if (connection->loss.is_open)
        return; /* it belongs to the loss that is not over yet */
    connection->loss =
        (struct loss){.is_open = true, .since = since, .last_frame = connection->last_frame, .cause = cause};
    snprintf(connection->loss.path, sizeof connection->loss.path, "healed");
}

static void note_action(struct call_connection *connection, struct reconnect_action action, bool is_rebuilt)
{
    char *path = connection->loss.path;
    if (!connection->loss.is_open || action.type == RECONNECT_DO_NOTHING || action.type == RECONNECT_DO_GIVE_UP)
        return;
    if (is_rebuilt || action.type != RECONNECT_DO_RESTART)
        snprintf(path, sizeof connection->loss.path, "rebuilt");
    else if (action.attempt == 0)
        snprintf(path, sizeof connection->loss.path, "speculative restart");
    else
        snprintf(path, sizeof connection->loss.path, "restart %u", action.attempt);
}

static void close_loss(struct call_connection *connection, usec_t until, bool has_media)
{
    const struct loss *loss = &connection->loss;
    struct call_connection_recovery recovery = {.cause = loss->cause, .duration = until - loss->since, .gap = -1};
    memcpy(recovery.path, loss->path, sizeof recovery.path);
    if (has_media && loss->last_frame != 0)
        recovery.gap = until - loss->last_frame;
    connection->loss.is_open = false;
    connection->listener.recovered(connection->listener.user, connection, &recovery);
}

/* Closes the loss when the path works again and media has come over it. */
static void follow_loss(struct call_connection *connection, bool has_frame, usec_t now)
{
    struct loss *loss = &connection->loss;
    if (!loss->is_open || connection->manager.state != RECONNECT_CONNECTED || connection->pc == NULL)
        return;
    if (loss->up_at == 0 && !connection->manager.deferred && peer_connection_is_settled(connection->pc))
        loss->up_at = now;
    if (loss->up_at == 0) {
        if (loss->is_precaution && now - loss->since > connection->manager.constants.restart_timeout)
            loss->is_open = false; /* the old path goes on; there was no loss */
        return;
    }
    if (has_frame)
        close_loss(connection, now, true);
    else if (now - loss->up_at > MEDIA_WAIT)
        close_loss(connection, loss->up_at, false);
}

static void note_event(struct call_connection *connection, enum reconnect_state before, enum reconnect_event event,
                       struct reconnect_action action, usec_t now)
{
    enum reconnect_state state = connection->manager.state;
    if (connection->manager.is_probe)
        return;
    bool is_lost = before == RECONNECT_CONNECTED && state != RECONNECT_CONNECTED && state != RECONNECT_CLOSED;
    bool is_speculative =
        before == RECONNECT_CONNECTED && (action.type == RECONNECT_DO_RESTART || connection->manager.deferred);
    if (is_lost || is_speculative) {
        open_loss(connection, reconnect_event_name(event), now);
        connection->loss.is_precaution = is_speculative;
    }
    if (state != RECONNECT_CONNECTED || is_speculative)
        connection->loss.up_at = 0;
}

/* Peer connections */

static void close_peer_connection(struct call_connection *connection)
{
    if (connection->pc == NULL)
        return;
    struct peer_connection *pc = connection->pc;
    connection->listener.closing(connection->listener.user, connection);
    connection->generation = peer_connection_generation(pc);
    connection->pc = NULL;
    connection->has_new_state = false;
    peer_connection_free(pc);
}

static void on_message(void *user, json_t *message)
{
    struct call_connection *connection = user;
    json_object_set_new(message, "target", json_string(connection->remote));
    connection->listener.message(connection->listener.user, message);
}

static void on_state(void *user, enum peer_connection_state state, usec_t now)
{
    struct call_connection *connection = user;
    connection->has_new_state = true;
    connection->new_state = state;
    connection->new_state_at =
        state == PEER_CONNECTION_FAILED && peer_connection_is_dead(connection->pc) ? now + DEAD_GRACE : now;
    schedule(connection);
}

static void on_frame(void *user, const struct session_frame *frame, usec_t now)
{
    struct call_connection *connection = user;
    follow_loss(connection, true, now);
    connection->last_frame = now;
    connection->listener.frame(connection->listener.user, connection, frame, now);
}

static void on_keyframe(void *user, const char *source, unsigned encoding)
{
    struct call_connection *connection = user;
    connection->listener.keyframe(connection->listener.user, connection, source, encoding);
}

static void on_data_opened(void *user)
{
    struct call_connection *connection = user;
    connection->listener.data_opened(connection->listener.user, connection);
}

static void on_data(void *user, struct span frame)
{
    struct call_connection *connection = user;
    connection->listener.data(connection->listener.user, connection, frame);
}

static void open_peer_connection(struct call_connection *connection, unsigned generation, bool offers_first)
{
    struct peer_connection_config config = connection->config.pc;
    struct peer_connection_listener listener = {.message = on_message,
                                                .state = on_state,
                                                .frame = on_frame,
                                                .keyframe = on_keyframe,
                                                .data_opened = on_data_opened,
                                                .data = on_data,
                                                .user = connection};
    close_peer_connection(connection);
    connection->awaits_request = false;
    config.remote_id = connection->remote;
    config.serial = ++*connection->config.serial;
    config.generation = generation;
    config.offers_first = offers_first;
    config.keyframes = call_connection_is_to_router(connection) ? NULL : &connection->keyframes;
    connection->pc = peer_connection_new(&config, &listener);
    if (connection->pc == NULL)
        log_error(connection->remote, "ICE does not start");
    else
        connection->listener.configure(connection->listener.user, connection);
}

static unsigned generation_of(const struct call_connection *connection)
{
    return connection->pc != NULL ? peer_connection_generation(connection->pc) : connection->generation;
}

static void rebuild(struct call_connection *connection)
{
    unsigned generation = generation_of(connection) + 1;
    open_peer_connection(connection, generation, false);
    connection->awaits_request = true;
    connection->listener.message(connection->listener.user,
                                 json_pack("{s:s,s:s,s:i}", "type", "request-new-connection", "target",
                                           connection->remote, "generation", (int)generation));
}

static bool offers_first(const struct call_connection *connection)
{
    return call_connection_is_to_router(connection) ||
           negotiation_is_impolite_id(connection->config.pc.local_id, connection->remote);
}

static void restart(struct call_connection *connection, struct reconnect_action action)
{
    bool is_of_no_use = connection->pc == NULL || peer_connection_is_dead(connection->pc);
    note_action(connection, action, is_of_no_use);
    if (is_of_no_use)
        rebuild(connection);
    else
        peer_connection_restart(connection->pc);
}

static void act(struct call_connection *connection, struct reconnect_action action)
{
    switch (action.type) {
    case RECONNECT_DO_CONNECT:
        if (generation_of(connection) == 0)
            open_peer_connection(connection, 1, offers_first(connection));
        else
            restart(connection, action);
        break;
    case RECONNECT_DO_RESTART:
        restart(connection, action);
        break;
    case RECONNECT_DO_REBUILD:
        note_action(connection, action, true);
        rebuild(connection);
        break;
    case RECONNECT_DO_GIVE_UP:
        close_peer_connection(connection);
        connection->awaits_request = false;
        break;
    case RECONNECT_DO_NOTHING:
        break;
    }
}

static void run(struct call_connection *connection, enum reconnect_event event)
{
    enum reconnect_state before = connection->manager.state;
    unsigned attempt = connection->manager.attempt;
    usec_t now = clock_now();
    struct reconnect_action action = reconnect_input(&connection->manager, event, now);
    note_event(connection, before, event, action, now);
    act(connection, action);
    follow_loss(connection, false, now);
    schedule(connection);
    if (connection->manager.state != before || connection->manager.attempt != attempt)
        connection->listener.changed(connection->listener.user, connection);
}

static void take_new_state(struct call_connection *connection)
{
    if (!connection->has_new_state || clock_now() < connection->new_state_at)
        return;
    connection->has_new_state = false;
    switch (connection->new_state) {
    case PEER_CONNECTION_CONNECTED:
        run(connection, RECONNECT_UP);
        break;
    case PEER_CONNECTION_DISCONNECTED:
        run(connection, RECONNECT_DISCONNECTED);
        break;
    case PEER_CONNECTION_FAILED:
        run(connection, RECONNECT_FAILED);
        break;
    default:
        break;
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct call_connection *connection = timer->data;
    usec_t now = clock_now();
    take_new_state(connection);
    if (now >= reconnect_next(&connection->manager))
        run(connection, RECONNECT_TIMEOUT);
    follow_loss(connection, false, now);
    schedule(connection);
}

struct call_connection *call_connection_new(const struct call_connection_config *config,
                                            const struct call_connection_listener *listener)
{
    struct call_connection *connection = mem_alloc(sizeof *connection);
    uint64_t seed;
    connection->config = *config;
    connection->turn_since = USEC_NEVER;
    connection->listener = *listener;
    snprintf(connection->remote, sizeof connection->remote, "%s", config->pc.remote_id);
    random_secure(&seed, sizeof seed);
    rng_init(&connection->rng, seed);
    reconnect_init(&connection->manager, &config->constants, draw, connection);
    uv_timer_init(config->pc.loop, &connection->timer);
    connection->timer.data = connection;
    return connection;
}

void call_connection_start(struct call_connection *connection)
{
    run(connection, RECONNECT_START);
}

/* A new topology came by signaling, so signaling is up, even if we were not told so. */
static void note_signaling(struct call_connection *connection)
{
    if (!connection->manager.signaling)
        run(connection, RECONNECT_SIGNALING_UP);
}

void call_connection_probe(struct call_connection *connection)
{
    bool is_new = connection->manager.state == RECONNECT_NEW;
    connection->is_retired = false;
    connection->has_new_state = false;
    connection->loss.is_open = false;
    call_connection_forget_told(connection); /* what the server was told may be out of date */
    run(connection, RECONNECT_PROBE);
    if (is_new)
        return;
    note_signaling(connection);
    run(connection, call_connection_is_up(connection) ? RECONNECT_UP : RECONNECT_FAILED);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void call_connection_free(struct call_connection *connection)
{
    close_peer_connection(connection);
    uv_close((uv_handle_t *)&connection->timer, on_closed);
}

const char *call_connection_remote(const struct call_connection *connection)
{
    return connection->remote;
}

bool call_connection_is_to_router(const struct call_connection *connection)
{
    return strcmp(connection->remote, MESSAGE_ROUTER) == 0;
}

struct peer_connection *call_connection_pc(const struct call_connection *connection)
{
    return connection->pc;
}

const struct reconnect *call_connection_manager(const struct call_connection *connection)
{
    return &connection->manager;
}

bool call_connection_is_up(const struct call_connection *connection)
{
    return connection->pc != NULL && peer_connection_state(connection->pc) == PEER_CONNECTION_CONNECTED;
}

static const char *path_of(struct call_connection *connection, usec_t now)
{
    bool is_connected = connection->manager.state == RECONNECT_CONNECTED && connection->pc != NULL;
    if (!is_connected || strncmp(peer_connection_path(connection->pc), "turn", 4) != 0) {
        connection->turn_since = USEC_NEVER;
        return reconnect_path(connection->manager.state);
    }
    connection->turn_since = usec_min(connection->turn_since, now);
    return now - connection->turn_since < TURN_SETTLE ? NULL : "relayed";
}

const char *call_connection_path_news(struct call_connection *connection, usec_t now)
{
    if (call_connection_is_to_router(connection) || connection->is_retired)
        return NULL;
    const char *path = path_of(connection, now), *told = connection->told_path;
    connection->told_path = path;
    return path != told ? path : NULL;
}

void call_connection_forget_told(struct call_connection *connection)
{
    connection->told_path = NULL;
}

bool call_connection_has_loss(const struct call_connection *connection)
{
    return connection->loss.is_open;
}

void call_connection_tell(struct call_connection *connection, enum reconnect_event event)
{
    bool is_unneeded = event == RECONNECT_START && connection->manager.is_probe;
    if (!connection->is_retired && !is_unneeded)
        run(connection, event);
}

void call_connection_requested(struct call_connection *connection, unsigned generation)
{
    if (connection->is_retired)
        return;
    bool is_ours = connection->awaits_request && generation <= generation_of(connection);
    bool is_fresh = connection->pc != NULL && !peer_connection_is_described(connection->pc);
    if (!is_ours && is_fresh && generation <= generation_of(connection))
        return; /* the request was repeated: this is the fresh peer connection */
    if (is_ours)
        connection->awaits_request = false;
    else
        open_peer_connection(
            connection, generation > generation_of(connection) ? generation : generation_of(connection) + 1, false);
    run(connection, RECONNECT_REPLACED);
    if (connection->pc != NULL)
        peer_connection_negotiate(connection->pc);
}

void call_connection_joined(struct call_connection *connection)
{
    run(connection, RECONNECT_REPLACED);
}

void call_connection_remake(struct call_connection *connection, size_t server_count, bool relay_only)
{
    connection->config.pc.server_count = server_count;
    connection->config.pc.relay_only = relay_only;
    open_peer_connection(connection, generation_of(connection) + 1, true);
}

void call_connection_note_loss(struct call_connection *connection, usec_t since, usec_t last_frame)
{
    open_loss(connection, reconnect_event_name(RECONNECT_SIGNALING_DOWN), since);
    snprintf(connection->loss.path, sizeof connection->loss.path, "joined anew");
    connection->loss.last_frame = last_frame;
    schedule(connection);
}

void call_connection_inherit_loss(struct call_connection *connection, const struct call_connection *from)
{
    if (!from->loss.is_open || connection->loss.is_open)
        return;
    connection->loss = from->loss;
    connection->loss.up_at = 0;
    connection->loss.is_precaution = false;
    snprintf(connection->loss.path, sizeof connection->loss.path, "by the router");
    schedule(connection);
}

void call_connection_retire(struct call_connection *connection)
{
    connection->is_retired = true;
    connection->loss.is_open = false;
    schedule(connection);
}

void call_connection_revive(struct call_connection *connection)
{
    connection->is_retired = false;
    connection->has_new_state = false;
    note_signaling(connection);
    if (call_connection_is_up(connection))
        run(connection, RECONNECT_UP);
    else
        run(connection, connection->manager.state == RECONNECT_GIVEN_UP ? RECONNECT_START : RECONNECT_FAILED);
}

bool call_connection_is_retired(const struct call_connection *connection)
{
    return connection->is_retired;
}

bool call_connection_is_probe(const struct call_connection *connection)
{
    return connection->manager.is_probe;
}

bool call_connection_is_current(const struct call_connection *connection)
{
    return !connection->is_retired && !connection->manager.is_probe;
}
