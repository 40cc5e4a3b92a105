/* The reconnection manager of one connection: given events and the time, it says what to do and when to call it again.
 * It is the state machine of client/web/reconnect.js; tests/vectors/reconnect/ holds for both, and its README has the
 * rules in words.
 *
 *   new -> connecting -> connected
 *   connected -> waiting          the path is disconnected; it may heal by itself
 *   waiting -> connected          it healed, or the speculative restart worked
 *   waiting -> restarting(1)      failed, or the wait is over
 *   restarting(k) -> connected | restarting(k + 1) | rebuilding
 *   rebuilding -> connected | given-up
 *   any -> closed
 *
 * A *probe* is a connection that nobody needs yet: it is given up where a needed one would be restarted.
 *
 * Pure; embedded. */
#ifndef HEDDLE_CLIENT_RECONNECT_H
#define HEDDLE_CLIENT_RECONNECT_H

#include <stdbool.h>

#include "transport/base/random.h"
#include "transport/base/time.h"

enum reconnect_state {
    RECONNECT_NEW,
    RECONNECT_CONNECTING,
    RECONNECT_CONNECTED,
    RECONNECT_WAITING,
    RECONNECT_RESTARTING,
    RECONNECT_REBUILDING,
    RECONNECT_GIVEN_UP,
    RECONNECT_CLOSED,
};
const char *reconnect_state_name(enum reconnect_state state);

enum reconnect_event {
    RECONNECT_START, /* it is needed; a probe becomes a needed connection */
    RECONNECT_PROBE, /* it is a probe: tried, or not needed any more and kept while it works */
    RECONNECT_UP,    /* the path works */
    RECONNECT_DISCONNECTED,
    RECONNECT_FAILED,
    RECONNECT_NETWORK_CHANGED,
    RECONNECT_REPLACED, /* a fresh connection was made because the remote peer asked for it */
    RECONNECT_SIGNALING_UP,
    RECONNECT_SIGNALING_DOWN,
    RECONNECT_REFUSED, /* the server does not let us in any more */
    RECONNECT_TIMEOUT, /* only time passes */
    RECONNECT_CLOSE,
};
const char *reconnect_event_name(enum reconnect_event event);

enum reconnect_action_type {
    RECONNECT_DO_NOTHING,
    RECONNECT_DO_CONNECT, /* for a connection that exists: restart it */
    RECONNECT_DO_RESTART,
    RECONNECT_DO_REBUILD,
    RECONNECT_DO_GIVE_UP,
};
struct reconnect_action {
    enum reconnect_action_type type;
    unsigned attempt; /* of a restart; 0: a speculative one, which does not count and disturbs nothing */
};

struct reconnect_constants {
    usec_t connect_timeout;   /* for a new connection, and for a rebuilt one */
    usec_t auto_wait;         /* how long a disconnected path may heal by itself */
    usec_t speculative_delay; /* then a restart that disturbs nothing goes out meanwhile */
    unsigned max_restarts;
    usec_t retry_delay; /* before each restart; jitter is added */
    unsigned retry_jitter_ms;
    usec_t restart_timeout; /* for the effect of one restart */
    usec_t change_gap;      /* one change of network is reported several times: within this time it counts once */
    usec_t sleep_limit;     /* a timeout later than this: the machine was asleep, and nothing has failed */
};
extern const struct reconnect_constants reconnect_defaults;

/* Jitter: an integer 0 <= n < below. */
typedef unsigned (*reconnect_random)(void *user, unsigned below);

struct reconnect {
    struct reconnect_constants constants;
    reconnect_random random;
    void *random_user;
    enum reconnect_state state;
    unsigned attempt; /* of restarting; 0 elsewhere */
    bool signaling, is_probe;
    usec_t act_at;     /* when the state's action goes out */
    usec_t deadline;   /* when the state is over */
    bool sent;         /* the action is out, and its answer may be on the way */
    bool deferred;     /* the action waits for signaling */
    usec_t changed_at; /* when the network last made it act */
};

void reconnect_init(struct reconnect *reconnect, const struct reconnect_constants *constants, reconnect_random random,
                    void *random_user);
struct reconnect_action reconnect_input(struct reconnect *reconnect, enum reconnect_event event, usec_t now);
/* What a direct connection in this state tells the server of its path: "proven" (if no TURN server is in it), "lost",
 * "failed"; NULL: nothing. */
const char *reconnect_path(enum reconnect_state state);
/* When RECONNECT_TIMEOUT is requested; USEC_NEVER: not at all. */
usec_t reconnect_next(const struct reconnect *reconnect);

#endif
