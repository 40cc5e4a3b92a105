/* The links of a call, one for each remote id, those of the room's former shape among them. A shell, as links are. */
#ifndef HEDDLE_CLIENT_LINKS_H
#define HEDDLE_CLIENT_LINKS_H

#include "client/link.h"

struct links {
    struct links_entry {
        struct link *link;
    } * at;
    size_t count;
};

/* NULL: there is none. */
struct link *links_find(const struct links *links, const char *remote);
void links_add(struct links *links, struct link *link);
/* Takes it out and frees it. */
void links_close(struct links *links, struct link *link);
void links_close_all(struct links *links);
void links_close_retired(struct links *links);

void links_tell(const struct links *links, enum reconnect_event event);
bool links_has_retired(const struct links *links);
/* Is there one to the router, not retired? */
bool links_has_router(const struct links *links);
bool links_has_current(const struct links *links); /* any that is not retired */

/* The worst of the connections, for people. */
enum call_state {
    CALL_CONNECTING,
    CALL_CONNECTED,
    CALL_DISCONNECTED, /* a path or signaling is away; it may heal by itself */
    CALL_RECONNECTING, /* `attempt` of `max` */
    CALL_FAILED,       /* given up */
};
struct call_status {
    enum call_state state;
    unsigned attempt, max;
};
struct call_status links_status(const struct links *links, bool has_joined, bool is_signaling_down,
                                unsigned max_restarts);

#endif
