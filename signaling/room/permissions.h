/* What a participant may do in its room. Pure. */
#ifndef HEDDLE_SIGNALING_PERMISSIONS_H
#define HEDDLE_SIGNALING_PERMISSIONS_H

#include <jansson.h>
#include <stdbool.h>

/* Programs that work for a room. */
enum service_kind { SERVICE_NONE, SERVICE_MIXER, SERVICE_RECORDER };

struct permissions {
    bool host;                 /* it comes in as a host (room_host.h) */
    bool chat;                 /* write to others */
    bool pin;                  /* fix the topology */
    bool record;               /* start and end recordings; hosts may, too */
    enum service_kind service; /* be the room's, and nothing else */
    unsigned publish;          /* sources, as bits by message_source_index() */
};

/* Of a token that says nothing of them: everything but `host` and `pin`. */
struct permissions permissions_default(void);
/* Of the token of a service. */
struct permissions permissions_of_service(enum service_kind service);
const char *service_kind_name(enum service_kind service); /* "mixer", "recorder" */
/* Reads the claims `host`, `chat`, `pin`, `record` (booleans) and `publish` (an array of sources); one that is absent
 * or null is as in permissions_default(). With `service`, "mixer" or "recorder", no other counts. NULL, or the name
 * of one that is something else. */
const char *permissions_read(struct permissions *out, const json_t *claims);
/* {"camera": true, ..., "chat": true, "pin": false}: what the participant is told. */
json_t *permissions_json(const struct permissions *permissions);

#endif
