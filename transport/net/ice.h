/* ICE behind one interface: a connection's path for datagrams, whichever backend found it. Two backends:
 *   ice_lite  the router's default: all sessions of a worker on one UDP port and one TCP port (ice_lite.h)
 *   ice_agent libnice's NiceAgent: clients, Mesh, TURN, a router behind a NAT (ice_agent.h)
 * A shell: it runs on its loop's thread and calls its listener from the loop,
 * never from inside a call into it. */
#ifndef HEDDLE_NET_ICE_H
#define HEDDLE_NET_ICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

#define ICE_UFRAG_MAX 256
#define ICE_PWD_MAX 256
#define ICE_CANDIDATE_MAX 512

struct ice_credentials {
    char ufrag[ICE_UFRAG_MAX + 1];
    char pwd[ICE_PWD_MAX + 1];
};

enum ice_state {
    ICE_NEW,          /* no valid path yet */
    ICE_CONNECTED,    /* datagrams can be sent */
    ICE_DISCONNECTED, /* the path may be lost; it may recover */
    ICE_FAILED,       /* needs a restart: consent expired (RFC 7675), or all checks failed */
};
const char *ice_state_name(enum ice_state state);

struct ice_listener {
    /* One datagram that is not STUN: DTLS, SRTP or SRTCP. It may be changed in place; it is valid during
     * the call only. */
    void (*datagram)(void *user, uint8_t *data, size_t length, usec_t now);
    void (*state)(void *user, enum ice_state state, usec_t now);
    /* A check of the remote peer came, but no path is proven yet: DTLS may be sent. The lite backend only;
     * may be NULL. */
    void (*heard)(void *user, usec_t now);
    /* A local candidate ("candidate:..." as in a=candidate without "a="); NULL: gathering is done. */
    void (*candidate)(void *user, const char *candidate);
    void *user;
};

/* One datagram of a batch. */
struct ice_message {
    const uint8_t *data;
    size_t length;
    size_t segment_size; /* 0: one datagram; else `length` bytes are datagrams of this size each (the last may be
                            shorter) */
};

struct ice; /* embedded first in each backend's session */
struct ice_ops {
    /* Sends on the selected path. The lite backend queues: the bytes must stay valid until ice_port_flush(), which
     * sends what all sessions queued with as few system calls as possible. If the socket is full, messages are dropped
     * and counted. Returns how many were taken; 0 without a path. */
    size_t (*send)(struct ice *ice, const struct ice_message *messages, size_t count);
    /* Remote credentials: first set, or changed (a restart: the old path stays in use until a new one works). */
    int (*set_remote)(struct ice *ice, const struct ice_credentials *remote);
    /* New local credentials for a restart; call before set_remote of the same restart. */
    int (*set_local)(struct ice *ice, const struct ice_credentials *local);
    /* "candidate:..." (RFC 8839); "" means end of candidates. ERR_UNSUPPORTED: a candidate type we do not use
     * (mDNS...). */
    int (*add_candidate)(struct ice *ice, const char *candidate);
    enum ice_state (*state)(const struct ice *ice);
    /* "udp", "tcp", "turn/udp"... of the selected path, for statistics; "" while there is none. */
    const char *(*path_kind)(const struct ice *ice);
    /* Whether a path works with the newest local credentials, and it is not TCP while UDP may still work. */
    bool (*is_settled)(const struct ice *ice);
    void (*free)(struct ice *ice); /* no listener call after it */
};
struct ice {
    const struct ice_ops *ops;
};

static inline size_t ice_send(struct ice *ice, const struct ice_message *messages, size_t count)
{
    return ice->ops->send(ice, messages, count);
}

static inline int ice_set_remote(struct ice *ice, const struct ice_credentials *remote)
{
    return ice->ops->set_remote(ice, remote);
}

static inline int ice_set_local(struct ice *ice, const struct ice_credentials *local)
{
    return ice->ops->set_local(ice, local);
}

static inline int ice_add_candidate(struct ice *ice, const char *candidate)
{
    return ice->ops->add_candidate(ice, candidate);
}

static inline enum ice_state ice_get_state(const struct ice *ice)
{
    return ice->ops->state(ice);
}

static inline const char *ice_path_kind(const struct ice *ice)
{
    return ice->ops->path_kind(ice);
}

static inline bool ice_is_settled(const struct ice *ice)
{
    return ice->ops->is_settled(ice);
}

static inline void ice_free(struct ice *ice)
{
    if (ice != NULL)
        ice->ops->free(ice);
}

#endif
