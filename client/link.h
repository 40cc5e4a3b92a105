/* One connection of a call and its reconnection manager: what the pure machine of reconnect.h decides is done here,
 * with real timers. The peer connection below may be replaced by a fresh one; the link stays. A shell, in the loop's
 * thread. */
#ifndef HEDDLE_CLIENT_LINK_H
#define HEDDLE_CLIENT_LINK_H

#include "client/connection.h"
#include "client/reconnect.h"

struct link;

/* A loss that is over. */
struct link_recovery {
    const char *cause; /* the event it began with */
    char path[24];     /* "healed", "speculative restart", "restart 2", "rebuilt", "joined anew", "by the router" */
    usec_t duration;   /* from noticing it until media came in again (or, when none does, the path worked) */
    usec_t gap;        /* between the last frame before and the first after, audio or video; -1: not known */
};

/* Called from the loop or from inside a call into the link. */
struct link_listener {
    void (*message)(void *user, json_t *message); /* complete; takes it */
    /* A fresh connection wants to know what to send and receive. */
    void (*configure)(void *user, struct link *link);
    /* Its manager's state or attempt. */
    void (*changed)(void *user, struct link *link);
    void (*recovered)(void *user, struct link *link, const struct link_recovery *recovery);
    void (*frame)(void *user, struct link *link, const struct session_frame *frame, usec_t now);
    void (*keyframe)(void *user, struct link *link, const char *source, unsigned encoding);
    /* Its connection is about to go: the statistics can be read for the last time. */
    void (*closing)(void *user, struct link *link);
    void *user;
};

struct link_config {
    /* Of each connection; `remote_id` is copied, the other pointers stay valid; serial, generation, offers_first and
     * keyframes are the link's. */
    struct connection_config connection;
    unsigned *serial; /* the call's counter of connections */
    struct reconnect_constants constants;
};

struct link *link_new(const struct link_config *config, const struct link_listener *listener);
/* Connects; also again, after it has given up. What was only tried is needed from now on. */
void link_start(struct link *link);
/* Connects without being needed: no loss and no recovery is told, and what fails is given up. One that was needed goes
 * on as such a probe, if its path works. */
void link_probe(struct link *link);
/* Closes the connection; no listener call after `closing`. The memory goes when the loop has run once more. */
void link_free(struct link *link);

const char *link_remote(const struct link *link);
bool link_is_to_router(const struct link *link);
struct connection *link_connection(const struct link *link); /* NULL: it has given up */
const struct reconnect *link_manager(const struct link *link);
bool link_is_up(const struct link *link);
/* What the server is to be told of a direct path, once: "proven", "relayed", "lost", "failed"; NULL: nothing new. That
 * it leads through a TURN server is told when that holds for a moment: ICE may find a better one. Ask often. */
const char *link_path_news(struct link *link, usec_t now);
/* The server may not know what it was told. */
void link_forget_told(struct link *link);
/* Media that it carried, or that one carried whose place it takes, is gone and has not come back. */
bool link_has_loss(const struct link *link);

/* What the world tells: signaling up and down, the network changed, refused. */
void link_tell(struct link *link, enum reconnect_event event);
/* A `connection-request`: the remote peer asks for a fresh connection, or grants ours. */
void link_requested(struct link *link, unsigned generation);
/* The former one is gone with the place in the room; counts as a loss. `last_frame`: 0 for none. */
void link_note_loss(struct link *link, usec_t since, usec_t last_frame);

/* What was lost with `from`, which is let go of, comes back by this link. */
void link_inherit_loss(struct link *link, const struct link *from);

/* The room's topology does not need it any more, but what it carries is still shown: nobody mends it. */
void link_retire(struct link *link);
void link_revive(struct link *link); /* the topology changed back */
bool link_is_retired(const struct link *link);
bool link_is_probe(const struct link *link);
/* The room's topology asks for it: it is neither retired nor only tried. */
bool link_is_current(const struct link *link);

#endif
