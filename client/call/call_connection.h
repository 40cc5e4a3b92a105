/* One connection of a call to one remote id, and its reconnection manager: what the pure state machine of reconnect.h
 * decides is done here, with real timers. The peer connection below may be replaced by a fresh one; the connection
 * stays. client/web/connection.js is the same. A shell, in the loop's thread. */
#ifndef HEDDLE_CLIENT_CALL_CONNECTION_H
#define HEDDLE_CLIENT_CALL_CONNECTION_H

#include "client/call/peer_connection.h"
#include "client/call/reconnect.h"

struct call_connection;

/* A loss that is over. */
struct call_connection_recovery {
    const char *cause; /* the event it began with */
    char path[24];     /* "healed", "speculative restart", "restart 2", "rebuilt", "joined anew", "by the router" */
    usec_t duration;   /* from noticing it until media came in again (or, when none does, the path worked) */
    usec_t gap;        /* between the last frame before and the first after, audio or video; -1: not known */
};

/* Called from the loop or from inside a call into the connection. */
struct call_connection_listener {
    void (*message)(void *user, json_t *message); /* complete; takes it */
    /* A fresh peer connection needs to know what to send and receive. */
    void (*configure)(void *user, struct call_connection *connection);
    /* Its manager's state or attempt. */
    void (*changed)(void *user, struct call_connection *connection);
    void (*recovered)(void *user, struct call_connection *connection, const struct call_connection_recovery *recovery);
    void (*frame)(void *user, struct call_connection *connection, const struct session_frame *frame, usec_t now);
    void (*keyframe)(void *user, struct call_connection *connection, const char *source, unsigned encoding);
    void (*data_opened)(void *user, struct call_connection *connection);
    void (*data)(void *user, struct call_connection *connection, struct span frame);
    /* Its peer connection is about to be closed: the statistics can be read for the last time. */
    void (*closing)(void *user, struct call_connection *connection);
    void *user;
};

struct call_connection_config {
    /* For each peer connection; `remote_id` is copied, the other pointers stay valid; serial, generation, offers_first
     * and keyframes are set by the connection. */
    struct peer_connection_config pc;
    unsigned *serial; /* the call's counter of peer connections */
    struct reconnect_constants constants;
};

struct call_connection *call_connection_new(const struct call_connection_config *config,
                                            const struct call_connection_listener *listener);
/* Connects; also again, after it has given up. A probe becomes a needed connection. */
void call_connection_start(struct call_connection *connection);
/* Connects as a probe, which nobody needs yet: no loss and no recovery is told, and when it fails it is given up. A
 * needed connection goes on as a probe, if its path works. */
void call_connection_probe(struct call_connection *connection);
/* Closes the peer connection; no listener call after `closing`. The memory is freed when the loop has run once more. */
void call_connection_free(struct call_connection *connection);

const char *call_connection_remote(const struct call_connection *connection);
bool call_connection_is_to_router(const struct call_connection *connection);
struct peer_connection *call_connection_pc(const struct call_connection *connection); /* NULL: it has given up */
const struct reconnect *call_connection_manager(const struct call_connection *connection);
bool call_connection_is_up(const struct call_connection *connection);
/* What the server is to be told of a direct path, once: "proven", "relayed", "lost", "failed"; NULL: nothing new.
 * "relayed" (through a TURN server) is told only when that has lasted two seconds: ICE may find a better path. Ask
 * often. */
const char *call_connection_path_news(struct call_connection *connection, usec_t now);
/* The server may have lost what it was told: all of it is told again. */
void call_connection_forget_told(struct call_connection *connection);
/* Media that it carried, or that the connection carried which it replaces, was lost and has not come back. */
bool call_connection_has_loss(const struct call_connection *connection);

/* An event from outside the connection: signaling up and down, the network changed, refused. */
void call_connection_tell(struct call_connection *connection, enum reconnect_event event);
/* A `connection-request`: the remote peer asks for a fresh peer connection, or agrees to the one that we asked for. */
void call_connection_requested(struct call_connection *connection, unsigned generation);
/* The server has let us in: from now on it takes as long as any to connect. */
void call_connection_joined(struct call_connection *connection);
/* What the server told us of its ICE servers was not known when the peer connection was made: a fresh one, of the next
 * generation, is made with them. */
void call_connection_remake(struct call_connection *connection, size_t server_count, bool relay_only);
/* The former connection ended with the former place in the room; that counts as a loss. `last_frame`: 0 for none. */
void call_connection_note_loss(struct call_connection *connection, usec_t since, usec_t last_frame);

/* `from` is closed: the media that was lost with it comes back by this connection. */
void call_connection_inherit_loss(struct call_connection *connection, const struct call_connection *from);

/* The room's topology does not need it any more, but what it carries is still shown: it is not repaired if it fails. */
void call_connection_retire(struct call_connection *connection);
void call_connection_revive(struct call_connection *connection); /* the topology changed back */
bool call_connection_is_retired(const struct call_connection *connection);
bool call_connection_is_probe(const struct call_connection *connection);
/* The room's topology asks for it: it is neither retired nor a probe. */
bool call_connection_is_current(const struct call_connection *connection);

#endif
