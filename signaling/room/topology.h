/* Mesh, router or mixer: which topology a room shall have. Pure: counts, capabilities, measured trouble and time go in.
 *
 *   impossible in a Mesh (a participant cannot, there is only one, mesh_max is 0)  -> SFU at once, whatever is pinned
 *   pinned to the router                                                         -> SFU at once
 *   pinned to the mixer                                                          -> MCU while there is one, else SFU
 *   not pinned: too many, an up-link or a CPU too small, something needs it      -> SFU at once
 *   a pair has no direct path, or has not proven one yet                         -> SFU at once
 *   none of these, and that for `hold` (at once when pinned to a Mesh)           -> Mesh
 *
 * The router comes first: everybody is connected through it at once, and nobody waits for direct paths to be found.
 * When nothing but proof is missing, the room is *probing*: its participants try direct connections without media
 * beside the router's. A room goes to the router at once, because people wait; it leaves the router only after a hold
 * time, so that a room near a limit does not change back and forth. */
#ifndef HEDDLE_SIGNALING_TOPOLOGY_H
#define HEDDLE_SIGNALING_TOPOLOGY_H

#include <stdbool.h>
#include <stdint.h>

#include "transport/base/budget.h"
#include "transport/base/time.h"

enum topology {
    TOPOLOGY_MESH,
    TOPOLOGY_SFU,
    TOPOLOGY_MCU, /* as SFU, but everybody is sent what the room's mixer makes instead of what the others send */
};
enum topology_pin { PIN_AUTO, PIN_MESH, PIN_SFU, PIN_MCU };

const char *topology_name(enum topology topology);
const char *topology_pin_name(enum topology_pin pin);
bool topology_pin_parse(enum topology_pin *out, const char *text);
/* All of their names, for people: "auto, mesh, ..." */
void topology_pin_list(char *text, size_t size);

#define TOPOLOGY_PINNED_MAX 16 /* participants that a pin may keep in a Mesh, if mesh_max is not more */

/* Direct paths that each participant of a room has to try: one for each arrival, all of them when probing starts anew.
 * A try costs it a dozen messages, and a participant that sends too many loses its socket. A room that is
 * over this budget is not probed until it has recovered, so that somebody who comes and goes, or pins and unpins, keeps
 * it on the router. */
#define TOPOLOGY_TRIES ((struct budget_limit){.per_second = 1, .burst = 20})
#define TOPOLOGY_TRIES_LEAST 3 /* of a start of probing: one in three seconds, however few are there */

struct topology_config {
    unsigned mesh_max; /* participants; 0: always the router */
    usec_t hold;       /* how long the reasons for the router must be gone */
    int64_t copy_bps;  /* what one copy of a participant's media takes at the least */
};

/* One participant, as far as the topology depends on it. Everything unknown is assumed to be fine. */
struct topology_participant {
    bool can_mesh;
    int64_t uplink_bps;     /* 0: unknown */
    unsigned overloaded_at; /* it said that its CPU is too slow for a Mesh of so many; 0: it never did */
};

struct topology_input {
    enum topology_pin pin;
    unsigned count;
    const struct topology_participant *participants; /* `count` of them */
    unsigned proven_pairs;                           /* of participants that proved a direct path between them */
    unsigned failed_pairs;                           /* that found none, and are not to try now */
    bool needs_router;                               /* a recorder, mixer, WHIP... is in the room */
    bool has_mixer;                                  /* and it sends what it mixes */
    bool is_mixer_refused;                           /* too many run */
};

enum topology_reason {
    TOPOLOGY_REASON_NONE, /* a Mesh will do */
    TOPOLOGY_REASON_SERVER,
    TOPOLOGY_REASON_CAPABILITY,
    TOPOLOGY_REASON_ALONE,
    TOPOLOGY_REASON_PAIR,
    TOPOLOGY_REASON_UNPROVEN,
    TOPOLOGY_REASON_PIN,
    TOPOLOGY_REASON_NO_MIXER,
    TOPOLOGY_REASON_MIXERS_BUSY,
    TOPOLOGY_REASON_NEEDED,
    TOPOLOGY_REASON_COUNT,
    TOPOLOGY_REASON_UPLINK,
    TOPOLOGY_REASON_CPU,
    /* Of one participant that is sent the mix alone (room_mix.h). */
    TOPOLOGY_REASON_OWN,
    TOPOLOGY_REASON_WEAK_LINK,
    TOPOLOGY_REASON_WEAK_DEVICE,
};
const char *topology_reason_name(enum topology_reason reason); /* in messages */
const char *topology_reason_text(enum topology_reason reason); /* for people */

struct topology_state {
    enum topology topology;
    enum topology_reason reason; /* why the router is used, or was last requested */
    bool is_probing;             /* SFU, and direct connections are tried or kept beside the router's */
    usec_t mesh_possible_since;  /* since when nothing demands the router; USEC_NEVER: something does */
    usec_t probe_at;             /* when probing may start; USEC_NEVER: nothing waits for that */
    struct budget tries;         /* TOPOLOGY_TRIES */
};

/* A new room, still empty: on the router. */
void topology_init(struct topology_state *state);
/* Whether so many may be in a Mesh at all, pinned or not. For more, no pairs are kept. */
bool topology_fits_mesh(const struct topology_config *config, unsigned count);
/* Call on every change and when topology_next() is due. True: state->topology has changed. */
bool topology_update(struct topology_state *state, const struct topology_config *config,
                     const struct topology_input *input, usec_t now);
usec_t topology_next(const struct topology_state *state, const struct topology_config *config);

#endif
