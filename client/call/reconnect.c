#include "client/call/reconnect.h"

static const struct reconnect_action nothing = {RECONNECT_DO_NOTHING, 0};

const struct reconnect_constants reconnect_defaults = {
    .connect_timeout = 15 * USEC_PER_SEC,
    .auto_wait = 30 * USEC_PER_SEC,
    .speculative_delay = 3 * USEC_PER_SEC,
    .max_restarts = 3,
    .retry_delay = 2 * USEC_PER_SEC,
    .retry_jitter_ms = 500,
    .restart_timeout = 10 * USEC_PER_SEC,
    .change_gap = USEC_PER_SEC,
    .sleep_limit = 5 * USEC_PER_SEC,
};

const char *reconnect_state_name(enum reconnect_state state)
{
    static const char *const names[] = {"new",        "connecting", "connected", "waiting",
                                        "restarting", "rebuilding", "given-up",  "closed"};
    return names[state];
}

const char *reconnect_event_name(enum reconnect_event event)
{
    static const char *const names[] = {"start",          "probe",           "up",       "disconnected",
                                        "failed",         "network-changed", "replaced", "signaling-up",
                                        "signaling-down", "refused",         "timeout",  "close"};
    return names[event];
}

void reconnect_init(struct reconnect *reconnect, const struct reconnect_constants *constants, reconnect_random random,
                    void *random_user)
{
    *reconnect = (struct reconnect){.constants = *constants,
                                    .random = random,
                                    .random_user = random_user,
                                    .signaling = true,
                                    .act_at = USEC_NEVER,
                                    .deadline = USEC_NEVER,
                                    .changed_at = -USEC_NEVER};
}

usec_t reconnect_next(const struct reconnect *reconnect)
{
    return usec_min(reconnect->act_at, reconnect->deadline);
}

static void enter(struct reconnect *reconnect, enum reconnect_state state, usec_t act_at, usec_t deadline)
{
    reconnect->state = state;
    reconnect->attempt = 0;
    reconnect->act_at = act_at;
    reconnect->deadline = deadline;
    reconnect->sent = reconnect->deferred = false;
}

/* The action of the state, and how long its effect may take. */
static struct reconnect_action action_of(const struct reconnect *reconnect, usec_t *limit)
{
    *limit = USEC_NEVER; /* the deadline of the state stays */
    switch (reconnect->state) {
    case RECONNECT_CONNECTING:
        *limit = reconnect->constants.connect_timeout;
        return (struct reconnect_action){RECONNECT_DO_CONNECT, 0};
    case RECONNECT_CONNECTED:
    case RECONNECT_WAITING:
        return (struct reconnect_action){RECONNECT_DO_RESTART, 0};
    case RECONNECT_RESTARTING:
        *limit = reconnect->constants.restart_timeout;
        return (struct reconnect_action){RECONNECT_DO_RESTART, reconnect->attempt};
    case RECONNECT_REBUILDING:
        *limit = reconnect->constants.connect_timeout;
        return (struct reconnect_action){RECONNECT_DO_REBUILD, 0};
    default:
        return nothing;
    }
}

/* The state's action: now, or as soon as signaling is up. */
static struct reconnect_action act(struct reconnect *reconnect, usec_t now)
{
    usec_t limit;
    struct reconnect_action action = action_of(reconnect, &limit);
    reconnect->act_at = USEC_NEVER;
    reconnect->sent = reconnect->signaling && reconnect->state != RECONNECT_CONNECTED;
    reconnect->deferred = !reconnect->signaling;
    if (limit != USEC_NEVER)
        reconnect->deadline = reconnect->signaling ? now + limit : USEC_NEVER;
    return reconnect->signaling ? action : nothing;
}

const char *reconnect_path(enum reconnect_state state)
{
    static const char *const told[] = {
        [RECONNECT_CONNECTED] = "proven", [RECONNECT_WAITING] = "lost",    [RECONNECT_RESTARTING] = "lost",
        [RECONNECT_REBUILDING] = "lost",  [RECONNECT_GIVEN_UP] = "failed", [RECONNECT_CLOSED] = NULL,
    };
    return told[state];
}

static struct reconnect_action start(struct reconnect *reconnect, usec_t now)
{
    reconnect->is_probe = false;
    if (reconnect->state != RECONNECT_NEW && reconnect->state != RECONNECT_GIVEN_UP)
        return nothing;
    enter(reconnect, RECONNECT_CONNECTING, USEC_NEVER, USEC_NEVER);
    return act(reconnect, now);
}

static bool is_lost(const struct reconnect *reconnect)
{
    return reconnect->state == RECONNECT_CONNECTING || reconnect->state == RECONNECT_WAITING ||
           reconnect->state == RECONNECT_RESTARTING || reconnect->state == RECONNECT_REBUILDING;
}

static struct reconnect_action up(struct reconnect *reconnect)
{
    if (is_lost(reconnect))
        enter(reconnect, RECONNECT_CONNECTED, USEC_NEVER, USEC_NEVER);
    return nothing;
}

static struct reconnect_action disconnected(struct reconnect *reconnect, usec_t now)
{
    if (reconnect->state == RECONNECT_CONNECTED)
        enter(reconnect, RECONNECT_WAITING, now + reconnect->constants.speculative_delay,
              now + reconnect->constants.auto_wait);
    return nothing;
}

static struct reconnect_action give_up(struct reconnect *reconnect)
{
    enter(reconnect, RECONNECT_GIVEN_UP, USEC_NEVER, USEC_NEVER);
    return (struct reconnect_action){RECONNECT_DO_GIVE_UP, 0};
}

static struct reconnect_action probe(struct reconnect *reconnect, usec_t now)
{
    struct reconnect_action action = nothing;
    if (reconnect->state == RECONNECT_NEW)
        action = start(reconnect, now);
    else if (reconnect->state == RECONNECT_RESTARTING || reconnect->state == RECONNECT_REBUILDING)
        action = give_up(reconnect);
    reconnect->is_probe = true;
    return action;
}

/* The next attempt, and after the last one a fresh connection. A probe is given up instead. */
static struct reconnect_action retry(struct reconnect *reconnect, usec_t now)
{
    if (reconnect->is_probe)
        return give_up(reconnect);
    const struct reconnect_constants *constants = &reconnect->constants;
    unsigned attempt = reconnect->attempt + 1;
    if (attempt > constants->max_restarts) {
        enter(reconnect, RECONNECT_REBUILDING, USEC_NEVER, USEC_NEVER);
        return act(reconnect, now);
    }
    usec_t delay = constants->retry_delay;
    if (constants->retry_jitter_ms > 0)
        delay += usec_from_ms(reconnect->random(reconnect->random_user, constants->retry_jitter_ms));
    enter(reconnect, RECONNECT_RESTARTING, now + delay, USEC_NEVER);
    reconnect->attempt = attempt;
    return nothing;
}

static struct reconnect_action failed(struct reconnect *reconnect, usec_t now)
{
    switch (reconnect->state) {
    case RECONNECT_CONNECTING:
    case RECONNECT_CONNECTED:
    case RECONNECT_WAITING:
        return retry(reconnect, now);
    case RECONNECT_RESTARTING: /* a restart that was not sent yet has not failed */
        return reconnect->sent ? retry(reconnect, now) : nothing;
    case RECONNECT_REBUILDING:
        return reconnect->sent ? give_up(reconnect) : nothing;
    default:
        return nothing;
    }
}

/* The path may be lost with the old network although nothing has failed yet: act at once, and count attempts from 1. */
static struct reconnect_action network_changed(struct reconnect *reconnect, usec_t now)
{
    if (reconnect->state == RECONNECT_NEW || reconnect->state == RECONNECT_GIVEN_UP)
        return nothing;
    usec_t allowed = reconnect->changed_at + reconnect->constants.change_gap;
    if (now < allowed) {
        if (!reconnect->deferred)
            reconnect->act_at = usec_min(reconnect->act_at, allowed);
        return nothing;
    }
    reconnect->changed_at = now;
    if (reconnect->state == RECONNECT_RESTARTING)
        reconnect->attempt = 1;
    return act(reconnect, now);
}

static struct reconnect_action replaced(struct reconnect *reconnect, usec_t now)
{
    if (reconnect->state == RECONNECT_NEW)
        return nothing;
    bool is_rebuilding = reconnect->state == RECONNECT_REBUILDING;
    enter(reconnect, is_rebuilding ? RECONNECT_REBUILDING : RECONNECT_CONNECTING, USEC_NEVER,
          now + reconnect->constants.connect_timeout);
    reconnect->sent = true;
    return nothing;
}

/* The message of the action may be lost: it is due again when signaling is back, and has no deadline until then. */
static struct reconnect_action signaling_down(struct reconnect *reconnect)
{
    reconnect->signaling = false;
    if (!reconnect->sent)
        return nothing;
    reconnect->sent = false;
    reconnect->deferred = true;
    if (reconnect->state != RECONNECT_WAITING)
        reconnect->deadline = USEC_NEVER;
    return nothing;
}

static struct reconnect_action signaling_up(struct reconnect *reconnect, usec_t now)
{
    reconnect->signaling = true;
    /* The network works again: a speculative restart that was planned for later goes out now. */
    bool is_speculation_ahead = reconnect->state == RECONNECT_WAITING && reconnect->act_at != USEC_NEVER;
    return reconnect->deferred || is_speculation_ahead ? act(reconnect, now) : nothing;
}

static struct reconnect_action woken(struct reconnect *reconnect, usec_t now)
{
    if (reconnect->state == RECONNECT_WAITING)
        reconnect->deadline = now + reconnect->constants.auto_wait;
    reconnect->changed_at = now;
    return act(reconnect, now);
}

static struct reconnect_action timeout(struct reconnect *reconnect, usec_t now)
{
    usec_t due = reconnect_next(reconnect);
    if (now < due)
        return nothing;
    if (now - due > reconnect->constants.sleep_limit)
        return woken(reconnect, now);
    if (now < reconnect->deadline)
        return act(reconnect, now);
    return reconnect->state == RECONNECT_REBUILDING ? give_up(reconnect) : retry(reconnect, now);
}

struct reconnect_action reconnect_input(struct reconnect *reconnect, enum reconnect_event event, usec_t now)
{
    if (reconnect->state == RECONNECT_CLOSED)
        return nothing;
    switch (event) {
    case RECONNECT_START:
        return start(reconnect, now);
    case RECONNECT_PROBE:
        return probe(reconnect, now);
    case RECONNECT_UP:
        return up(reconnect);
    case RECONNECT_DISCONNECTED:
        return disconnected(reconnect, now);
    case RECONNECT_FAILED:
        return failed(reconnect, now);
    case RECONNECT_NETWORK_CHANGED:
        return network_changed(reconnect, now);
    case RECONNECT_REPLACED:
        return replaced(reconnect, now);
    case RECONNECT_SIGNALING_UP:
        return signaling_up(reconnect, now);
    case RECONNECT_SIGNALING_DOWN:
        return signaling_down(reconnect);
    case RECONNECT_REFUSED:
        return reconnect->state == RECONNECT_GIVEN_UP ? nothing : give_up(reconnect);
    case RECONNECT_TIMEOUT:
        return timeout(reconnect, now);
    case RECONNECT_CLOSE:
        enter(reconnect, RECONNECT_CLOSED, USEC_NEVER, USEC_NEVER);
        return nothing;
    }
    return nothing;
}
