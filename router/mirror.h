/* Rooms on several workers. The core that has a participant's connection is its home; on every other worker that has
 * viewers of the room a mirror stands for the participant: same id, same publications, no connection. The home sends
 * each mirror what it took in, once per worker however many watch there, and the mirror forwards it as if it had come
 * from the network. What the mirror's viewers need of the publisher goes back to the home.
 *
 * Pure: messages come out of one core and go into another; crossings.h carries them. */
#ifndef HEDDLE_ROUTER_MIRROR_H
#define HEDDLE_ROUTER_MIRROR_H

#include "router/router.h"
#include "transport/wire/rtcp.h"

enum mirror_kind {
    MIRROR_MEDIA,    /* to the mirror: a packet of a layer; its bytes follow */
    MIRROR_REPORT,   /* to the mirror: a layer's sender report */
    MIRROR_KEYFRAME, /* to the home: a layer's keyframe is wanted */
    MIRROR_DEMAND,   /* to the home: which layers of a publication are watched, and by how many slots */
};

struct mirror_message {
    enum mirror_kind kind;
    char mid[MEDIA_MID_MAX + 1]; /* of the publication's m-line */
    uint8_t layer;
    uint32_t ssrc;          /* the layer's */
    bool is_retransmission; /* it came late */
    struct rtcp_sender_info report;
    int64_t report_wall_us; /* when the report came */
    unsigned watched;       /* layers as bits */
    unsigned subscribers;
};

/* A message on its way: to every worker whose bit is set in `to`. */
struct mirror_item {
    uint64_t handle; /* of the participant whose it is: the home, or the mirror */
    uint64_t to;
    struct mirror_message message;
    struct packet *packet; /* NULL: no bytes follow */
};

/* Makes a mirror of a participant whose home is the worker `home`. It is configured, muted and left like any other.
 * ERR_DUPLICATE: the id is in the room already. */
int router_mirror(struct router *router, struct participant **out, const char *room, const char *id, uint64_t handle,
                  unsigned home, usec_t now);
bool participant_is_mirror(const struct participant *participant);
/* Tells a home which workers have its mirrors, as bits. */
void participant_set_mirrors(struct participant *participant, uint64_t workers, usec_t now);

/* What is to be carried to other cores, in order; valid until router_crossed(), which must follow. */
const struct mirror_item *router_crossing(const struct router *router, size_t *count);
void router_crossed(struct router *router);
/* A message of the same participant on worker `from`. ERR_NOT_FOUND: of a publication that is gone or not here yet. */
int participant_cross(struct participant *participant, unsigned from, const struct mirror_message *message,
                      const uint8_t *data, size_t length, usec_t now);

#endif
