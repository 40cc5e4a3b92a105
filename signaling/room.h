/* Rooms, their members, who is to be connected to whom, and what passes between members of one room. No sockets, no
 * clock: messages leave through the port, `now` comes in.
 *
 *   rooms -> room -> member
 *
 * A member is a participant as the others see it. It has a session (a WebSocket) while its signaling is there; without
 * one it is `reconnecting` for the grace period and can be resumed by its token, and what others sent it meanwhile is
 * kept (bounded). Who never had media has nothing to come back to: no place is kept for it. A room exists while it has
 * members.
 *
 *   member: active -> reconnecting   its socket broke, and it has had media
 *           reconnecting -> active   resumed
 *           active -> gone           left, or its socket broke before it had media
 *           reconnecting -> gone     grace period over, or the oldest of those when somebody new needs the place
 */
#ifndef HEDDLE_SIGNALING_ROOM_H
#define HEDDLE_SIGNALING_ROOM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "signaling/event_log.h"
#include "signaling/keep.h"
#include "signaling/paths.h"
#include "signaling/proto/message.h"
#include "signaling/shape.h"
#include "transport/base/time.h"

struct session; /* the port's: a member's way out */
struct member;

/* How rooms reach the world. No call into rooms from inside one of these. */
struct room_port {
    void (*send)(void *user, struct session *session, struct text *text); /* holds it as long as it waits */
    size_t (*backlog)(void *user, const struct session *session);         /* bytes that wait to be sent */
    void (*end)(void *user, struct session *session); /* it has no member any more; close after what was sent */
    void (*left)(void *user, struct member *member);  /* about to be freed: let go of it */
    json_t *(*ice_servers)(void *user, const char *participant);
    struct text_account *texts; /* counts what is sent; may be NULL */
    void *user;
};

struct rooms_config {
    size_t room_max, participant_max;      /* rooms, and participants of one */
    usec_t grace;                          /* how long a place is kept */
    unsigned dedicated_slots, audio_slots; /* told to clients */
    bool relay_only;                       /* ice_policy */
    usec_t ice_servers_life;               /* of their credentials: new ones are sent in time; 0: for ever */
    struct shape_config shape;
};

#define ROOM_SECRET_SIZE 32
#define ROOM_LINGER (30 * USEC_PER_SEC) /* after a change of shape: connections of the former one count no more */
#define ROOM_BACKLOG_MAX ((size_t)2 * 1024 * 1024) /* of one member: what others say to it is refused beyond */
#define ROOM_PAIRS_MAX 1000                        /* of one member, counted for the API */

/* What a member said it sends to one other end; bits are sources. */
struct member_sends {
    uint32_t target; /* member number; 0: the router */
    unsigned sources;
};

/* Signaling from a member to one other. */
struct member_pair {
    uint32_t target;
    uint64_t messages, bytes;
};

struct member {
    struct room *room;
    struct member *next;
    uint32_t number; /* "p<number>" */
    char id[16];
    char name[257];
    char secret[ROOM_SECRET_SIZE + 1];
    struct session *session; /* NULL: reconnecting */
    usec_t away_since;
    usec_t ice_servers_at; /* when its relayed connections had to use the latest credentials */
    bool may_pin;
    bool has_had_media; /* it was connected to the router, or negotiated with another member */
    struct shape_participant capabilities;
    unsigned published, muted; /* bits are sources */
    size_t sends_count, pair_count;
    struct member_sends *sends;
    struct member_pair *pairs;
    struct keep kept; /* while it is away */
    void *link;       /* router_link's */
};

struct room {
    struct rooms *rooms;
    struct room *next; /* of its bucket */
    char name[65];
    struct member *members; /* in order of joining */
    size_t member_count;
    uint32_t last_number;
    enum shape_pin pin;
    struct shape_state shape;
    uint64_t epoch;
    usec_t shape_since;
    struct paths paths;
    struct event_log events;
    struct keep_account kept;
};

/* What was refused or dropped since the start, in all rooms. */
struct rooms_counters {
    uint64_t relay_busy;      /* messages to a member that does not take what waits for it */
    uint64_t kept_refused;    /* messages that were not kept for a member that is away */
    uint64_t chat_dropped;    /* copies of chat that one of many did not get, for either reason */
    uint64_t events_refused;  /* reported events that were too long to be remembered */
    uint64_t places_given_up; /* of members that were away, for others */
};

struct rooms;
struct rooms *rooms_new(const struct rooms_config *config, const struct room_port *port);
void rooms_free(struct rooms *rooms); /* with everybody in them; sessions are not told */
/* Ends grace periods and hold times that are over. Call a few times a second. */
void rooms_timeout(struct rooms *rooms, usec_t now);
size_t rooms_count(const struct rooms *rooms);
const struct rooms_counters *rooms_get_counters(const struct rooms *rooms);
size_t rooms_kept_bytes(const struct rooms *rooms);
struct room *rooms_find(const struct rooms *rooms, const char *name);
struct room *rooms_next(const struct rooms *rooms, const struct room *room); /* NULL: the first */
struct member *room_find(const struct room *room, const char *id);

struct join {
    const char *room, *name;
    const char *resume;                /* NULL: a new participant */
    char secret[ROOM_SECRET_SIZE + 1]; /* for a new one; drawn by the caller */
    enum shape_pin shape;              /* of a room that is made now */
    bool may_pin;
    struct shape_participant capabilities;
};
/* On success NULL, and *out is the session's member; `joined` has been sent. Else an error code of PROTOCOL.md. */
const char *rooms_join(struct rooms *rooms, struct member **out, const struct join *join, struct session *session,
                       usec_t now);
void member_leave(struct member *member, const char *reason, usec_t now); /* frees it */
/* Its session is gone. It is away from now on, or freed when it has never had media. */
void member_disconnected(struct member *member, usec_t now);

/* Sends to one member; when it is away, nobody gets it, or with `keep` it gets it when it is back. */
void member_send(struct member *member, json_t *message, bool keep); /* takes message */
/* To everybody in the room but `except` (which may be NULL). */
void room_send(struct room *room, const struct member *except, json_t *message, bool keep); /* takes message */

/* What `member` sends to one end (target NULL: the router) from now on; tells the room what changed. */
void member_set_sends(struct member *member, const struct member *target, const json_t *sends);
/* The connection to the router is gone for good. */
void member_clear_sends(struct member *member, const struct member *target);
void member_mute(struct member *member, int source, bool muted);
bool member_wants_router(const struct member *member);
/* Passes `message` on with `from` instead of `target`, and counts its `bytes` for the pair. NULL, or an error code: the
 * other one does not take what waits for it already, and it is the sender who is told. */
const char *member_relay(struct member *member, struct member *target, json_t *message, size_t bytes);
void member_chat(struct member *member, const char *text);
const char *member_pin(struct member *member, enum shape_pin pin, usec_t now); /* NULL or an error code */
void room_pin(struct room *room, enum shape_pin pin, usec_t now);
/* What `member` found of its direct path to `target`. */
void member_path(struct member *member, const struct member *target, enum path_state state, usec_t now);
/* Its network changed: direct paths that failed may work now. */
void member_network_changed(struct member *member, usec_t now);
/* Events that a client measured; overload changes the shape. */
void member_report(struct member *member, const json_t *events, usec_t now);

/* room_json.c: the objects of PROTOCOL.md. Each is the caller's. */
json_t *member_json(const struct member *member);
json_t *member_publications_json(const struct member *member);
json_t *member_connect_json(const struct member *member);
json_t *member_probe_json(const struct member *member);
json_t *room_connect_message(const struct member *member);
json_t *room_joined_message(const struct member *member, bool resumed);
const struct rooms_config *rooms_get_config(const struct rooms *rooms);
const struct room_port *rooms_get_port(const struct rooms *rooms);

#endif
