/* Mesh or router: which shape a room shall have. Pure: counts, capabilities, measured trouble and time go in.
 *
 *   impossible in a Mesh (somebody cannot, nobody else is there, mesh_max is 0)  -> SFU at once, whatever is pinned
 *   pinned to the router                                                         -> SFU at once
 *   not pinned: too many, an up-link or a CPU too small, something needs it      -> SFU at once
 *   a pair has no direct path, or has not proven one yet                         -> SFU at once
 *   none of these, and that for `hold` (at once when pinned to a Mesh)           -> Mesh
 *
 * The router comes first: everybody is connected through it at once, and nobody waits for direct paths to be found.
 * When nothing but proof is missing, the room is *probing*: its members try direct connections without media beside the
 * router's. Up at once, because people wait; down only after a hold time, because a room that hovers around the limit
 * must not swing back and forth. */
#ifndef HEDDLE_SIGNALING_SHAPE_H
#define HEDDLE_SIGNALING_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "transport/base/time.h"

enum shape { SHAPE_MESH, SHAPE_SFU };
enum shape_pin { PIN_AUTO, PIN_MESH, PIN_SFU };

const char *shape_name(enum shape shape);
const char *shape_pin_name(enum shape_pin pin);
bool shape_pin_parse(enum shape_pin *out, const char *text);

#define SHAPE_PINNED_MAX 16 /* participants that a pin may keep in a Mesh, if mesh_max is not more */

struct shape_config {
    unsigned mesh_max; /* participants; 0: always the router */
    usec_t hold;       /* how long the reasons for the router must be gone */
    int64_t copy_bps;  /* what one copy of a participant's media takes at the least */
};

/* One participant, as far as the shape depends on it. Everything unknown is assumed to be fine. */
struct shape_participant {
    bool can_mesh;
    int64_t uplink_bps;     /* 0: unknown */
    unsigned overloaded_at; /* its CPU could not carry a Mesh of so many; 0: never said so */
};

struct shape_input {
    enum shape_pin pin;
    unsigned count;
    const struct shape_participant *participants; /* `count` of them */
    unsigned proven_pairs;                        /* of members that proved a direct path between them */
    unsigned failed_pairs;                        /* that found none, and are not to try now */
    bool needs_router;                            /* a recorder, mixer, WHIP... is in the room */
};

enum shape_reason {
    SHAPE_REASON_NONE, /* a Mesh will do */
    SHAPE_REASON_SERVER,
    SHAPE_REASON_CAPABILITY,
    SHAPE_REASON_ALONE,
    SHAPE_REASON_PAIR,
    SHAPE_REASON_UNPROVEN,
    SHAPE_REASON_PIN,
    SHAPE_REASON_NEEDED,
    SHAPE_REASON_COUNT,
    SHAPE_REASON_UPLINK,
    SHAPE_REASON_CPU,
};
const char *shape_reason_text(enum shape_reason reason);

struct shape_state {
    enum shape shape;
    enum shape_reason reason; /* why the router is used, or was last wanted */
    bool is_probing;          /* SFU, and direct connections are tried or kept beside the router's */
    usec_t calm_since;        /* SFU without a reason since; USEC_NEVER while there is one */
};

/* A new room, still empty: on the router. */
void shape_init(struct shape_state *state);
/* Whether this many may be in a Mesh at all, pinned or not: no pairs are remembered of more. */
bool shape_fits_mesh(const struct shape_config *config, unsigned count);
/* Call on every change and when shape_next() is due. True: state->shape has changed. */
bool shape_update(struct shape_state *state, const struct shape_config *config, const struct shape_input *input,
                  usec_t now);
usec_t shape_next(const struct shape_state *state, const struct shape_config *config);

#endif
