/* The links of a call, one for each remote id, those of the room's former topology among them. A shell, as links
 * are. */
#ifndef HEDDLE_CLIENT_LINKS_H
#define HEDDLE_CLIENT_LINKS_H

#include "client/link.h"
#include "client/status.h"

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

void links_tell(const struct links *links, enum reconnect_event event);
bool links_has_retired(const struct links *links);
/* Of those that the room's topology asks for: is there one to the router, is there any? */
bool links_has_router(const struct links *links);
bool links_has_current(const struct links *links);

/* The status for people, of whom those know nothing that are only tried; `input` has everything but the links. */
struct call_status links_status(const struct links *links, struct status_input input);

#endif
