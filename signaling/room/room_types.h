/* A room and its participants, and what rooms need from their owner. */
#ifndef HEDDLE_SIGNALING_ROOM_TYPES_H
#define HEDDLE_SIGNALING_ROOM_TYPES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "signaling/proto/message.h"
#include "signaling/room/bans.h"
#include "signaling/room/chat_history.h"
#include "signaling/room/event_log.h"
#include "signaling/room/kept_messages.h"
#include "signaling/room/leavers.h"
#include "signaling/room/mix_layout.h"
#include "signaling/room/paths.h"
#include "signaling/room/permissions.h"
#include "signaling/room/reach.h"
#include "signaling/room/topology.h"
#include "transport/base/budget.h"
#include "transport/base/time.h"

struct room_participant;
struct router_connection;

/* What rooms need from their owner. These must not call into rooms. */
struct room_port {
    /* So many messages will be sent later because of what is done now: whoever asked for it is charged for them. */
    void (*charge)(void *user, size_t messages);
    void (*left)(void *user, struct room_participant *participant); /* it is about to be freed: forget it */
    json_t *(*ice_servers)(void *user, const char *participant);
    struct text_account *texts; /* counts what is sent; may be NULL */
    void *user;
};

struct rooms_config {
    size_t room_max, participant_max;      /* rooms, and participants of one */
    usec_t grace;                          /* how long a place is kept */
    unsigned dedicated_slots, audio_slots; /* told to clients */
    bool relay_only;                       /* ice_policy */
    bool can_record;                       /* recorders are started */
    bool is_loopback_only;                 /* the router's candidates are of the machine's loopback */
    bool chooses_host;                     /* without tokens: a room always has a host (room_host.h) */
    usec_t ice_servers_life;               /* of their credentials: new ones are sent in time; 0: for ever */
    struct topology_config topology;
};

/* Of a recording: everybody in the room is told of each change. */
enum recording_state {
    RECORDING_OFF,
    RECORDING_STARTING, /* it is asked for, and no recorder records yet, or no more */
    RECORDING_ON,
    RECORDING_FAILED, /* and nobody tries again before it is asked for anew */
};

#define ROOM_SECRET_SIZE 32
#define ROOM_PARTICIPANT_NAME_SIZE (4 * MESSAGE_NAME_CHARACTERS + 1)
#define ROOM_RESUME_SIZE (16 + 1 + ROOM_SECRET_SIZE + 1) /* of a resume token, "p3.<secret>" */
/* After a change of topology, connections of the former one count so long. */
#define ROOM_FORMER_TOPOLOGY_MAX (30 * USEC_PER_SEC)
/* Bytes that wait for one participant; beyond it, messages of others to it are refused. */
#define ROOM_BACKLOG_MAX ((size_t)2 * 1024 * 1024)
/* Participants that wait to be let in (room_waiting.h); when the socket of one breaks, its place is kept so long. */
#define ROOM_WAITING_MAX 32
#define ROOM_WAITING_GRACE (30 * USEC_PER_SEC)
#define ROOM_PAIRS_MAX 1000 /* of one participant, counted for the API */
/* Resumes of one participant: each is a snapshot of the room for its new socket, and ends the old one. */
#define ROOM_RESUMES ((struct budget_limit){.per_second = 1, .burst = 10})
/* News of a participant's publications, of the participants that wait, and pins of a room: everybody in the room is
 * told of each. Faster changes are merged into the next message, since only the latest state matters. */
#define ROOM_NEWS ((struct budget_limit){.per_second = 10, .burst = 5})

/* Changes of the pin by participants: each may have everybody make new connections, and pictures stand still until
 * those carry media. For one participant and for all of a room together; hosts need not wait for the others. */
#define ROOM_PIN_UNITS 10 /* the cost of one, since budgets count whole units a second */
#define ROOM_PINS_OF_ONE ((struct budget_limit){.per_second = 1, .burst = 4 * ROOM_PIN_UNITS})
#define ROOM_PINS ((struct budget_limit){.per_second = 1, .burst = 6 * ROOM_PIN_UNITS})

/* Offers and requests for a new connection, from one participant to another, which has to respond to each with an offer
 * or answer and a dozen candidates, and would lose its socket for sending too many messages. 8 at once, then one in two
 * seconds. */
#define ROOM_OFFER_UNITS 2 /* the cost of one of them, since budgets count whole units a second */
#define ROOM_OFFERS ((struct budget_limit){.per_second = 1, .burst = 8 * ROOM_OFFER_UNITS})
#define ROOM_OFFER_ANSWERS 16 /* messages that answer one of them: they are not counted as too many */

/* What a host does, each a message or more to others; muting all is one act. */
#define ROOM_ACTS ((struct budget_limit){.per_second = 2, .burst = 30})
/* Connections whose media the room prepares for before any of it has come: all negotiate, for what may never come. So
 * many at a time, and of those that never come up, which others replace, so many over time. */
#define ROOM_EARLY_MAX 4
#define ROOM_EARLY ((struct budget_limit){.per_second = 1, .burst = 8})
/* Everybody in the room is told of each, whoever asked for it. */
#define ROOM_RECORDING_CHANGES ((struct budget_limit){.per_second = 1, .burst = 20})

/* Hands and reactions: everybody is told of each. */
#define ROOM_REACTIONS ((struct budget_limit){.per_second = 1, .burst = 8})

/* What a participant said it sends to one remote peer; bits are sources. */
struct room_participant_sends {
    uint32_t target;                /* participant number; 0: the router */
    unsigned sources;               /* as bits */
    unsigned offered, offered_mute; /* not counted before the remote peer answers */
    unsigned offers_open;           /* several, if an offer was sent before the last one was answered */
};

/* Signaling from a participant to one other. */
struct room_participant_pair {
    uint32_t target;
    uint64_t messages, bytes;
    struct budget offers;
};

/* Only a person's client can take part in a Mesh, be host or wait to be let in. Of a service nobody in the room is
 * told, and it takes nobody's place; it is gone with its socket, and with the last of the others. */
enum room_participant_kind {
    ROOM_PARTICIPANT_PERSON,
    ROOM_PARTICIPANT_SERVICE, /* works for the room: mixes it, or records it */
    ROOM_PARTICIPANT_INGEST,  /* only sends: a stream from outside */
    ROOM_PARTICIPANT_VIEWER,  /* only watches, from outside */
};

/* What one participant would be sent. */
enum mix_wish {
    MIX_AUTO, /* the mix when it is too weak for everybody's media */
    MIX_ON,
    MIX_OFF, /* the mix only if everybody is */
};

struct room_participant {
    struct room *room;
    struct room_participant *next;
    uint32_t number; /* "p<number>" */
    char id[16];
    char name[ROOM_PARTICIPANT_NAME_SIZE];
    char secret[ROOM_SECRET_SIZE + 1];
    uint64_t address;   /* where it joined from (budget_key_of()) */
    uint64_t token_key; /* bans_key() of the access token by which it came in; 0: none */
    enum room_participant_kind kind;
    struct reach reach; /* of no kind: reconnecting */
    bool needs_router;  /* as long as it is in the room, the room cannot be a Mesh */
    usec_t away_since;
    usec_t ice_servers_at; /* when the ICE credentials in use were sent to it */
    struct permissions may;
    bool is_host;
    bool is_heir;       /* host since another one left, who may come back for the role */
    bool is_waiting;    /* to be let in: it is on the room's other list */
    bool has_had_media; /* it was connected to the router, or it and another participant proved a path */
    struct topology_participant capabilities;
    struct {
        enum mix_wish wish;
        enum topology_reason weak; /* TOPOLOGY_REASON_NONE: it is not, as far as is known */
        usec_t until;              /* it counts as that; of one that is not, what it says does not count */
        unsigned times;            /* that it was */
        uint32_t told_mixer;       /* of the mix for it alone: number of the mixer; 0: none */
        enum topology_reason told_reason;
    } mix;                     /* room_mix.h */
    unsigned published, muted; /* bits are sources */
    unsigned told_published, told_muted;
    unsigned host_muted;                /* by a host, until its owner unmutes it or publishes it no more */
    uint32_t muted_by[MESSAGE_SOURCES]; /* that host's number */
    struct budget acts;                 /* of a host */
    uint64_t hand;                      /* raised: the lower, the earlier; 0: it is not */
    struct budget reactions;
    struct budget news; /* of its publications */
    struct budget resumes;
    struct budget pins; /* ROOM_PINS_OF_ONE */
    size_t sends_count, pair_count;
    struct room_participant_sends *sends;
    struct room_participant_pair *pairs;
    struct budget other_offers; /* shared by those targets for which `pairs` has no room */
    struct kept_messages kept;  /* while it is away */
    /* Of signaling/router, opaque here. NULL: it has never offered to the router. */
    struct router_connection *router_connection;
};

static inline bool room_participant_is_active(const struct room_participant *participant)
{
    return participant->reach.kind != NULL;
}

/* Who is in the room as the others see it. */
static inline bool room_participant_is_shown(const struct room_participant *participant)
{
    return participant->kind != ROOM_PARTICIPANT_SERVICE;
}

struct room {
    struct rooms *rooms;
    struct room *next; /* of its bucket */
    char name[65];
    uint64_t address;                      /* of the participant who made it */
    bool is_local;                         /* that is this machine's, where a proxy stands for many people */
    struct room_participant *participants; /* in order of joining */
    size_t participant_count;
    struct room_participant *mixer;    /* one of them; NULL: there is none */
    usec_t mixer_idle_since;           /* nobody needs it; 0: somebody does, or a program of ours is responsible */
    struct room_participant *recorder; /* the same */
    struct {
        enum recording_state state;
        bool is_ending;  /* the recorder that is there is to go, whatever was asked for since */
        usec_t since;    /* in this state, and with somebody to record */
        char reason[33]; /* of the state, in one word; "": there is none */
        struct budget changes;
    } recording;
    bool is_mixer_refused;         /* it is to have one, and too many run */
    uint32_t lanes[MESSAGE_LANES]; /* numbers of those whose voice the mixer's "mix-1"... lacks; 0: nobody's */
    uint32_t last_number;
    enum topology_pin pin, requested_pin;     /* these differ while a pin waits for its turn */
    enum mix_layout layout, requested_layout; /* the same */
    char pin_by[ROOM_PARTICIPANT_NAME_SIZE],
        requested_pin_by[ROOM_PARTICIPANT_NAME_SIZE]; /* who chose these; "": no participant did */
    struct budget pin_news;
    struct budget pins;  /* ROOM_PINS */
    struct budget early; /* ROOM_EARLY */
    struct topology_state topology;
    uint64_t epoch;
    usec_t topology_since;
    struct paths paths;
    struct event_log events;
    struct kept_account kept;
    struct bans bans;
    struct leavers leavers;
    bool is_encrypted; /* end to end, since it was made */
    bool is_locked;    /* nobody new comes in but hosts */
    bool has_waiting_room;
    bool has_waiting_news;            /* hosts are to be told who waits */
    struct room_participant *waiting; /* in order of coming; not among the participants */
    struct budget waiting_news;
    uint64_t last_hand;
    struct chat_history chat;
};

/* Without services. */
static inline size_t room_shown_count(const struct room *room)
{
    return room->participant_count - (room->mixer != NULL ? 1 : 0) - (room->recorder != NULL ? 1 : 0);
}

/* What was refused or dropped since the start, in all rooms. */
struct rooms_counters {
    uint64_t target_busy;     /* messages to a participant that reads too slowly */
    uint64_t kept_refused;    /* messages that were not kept for a participant that is away */
    uint64_t chat_dropped;    /* copies of chat messages that were not sent, for either reason */
    uint64_t events_refused;  /* reported events that were too long to be remembered */
    uint64_t places_given_up; /* of participants that were away, taken for newcomers */
    uint64_t rooms_reserved;  /* rooms that were refused to an address that made more than half of all */
    uint64_t places_reserved; /* of a room, refused to an address that has more than half of them */
    uint64_t mixers_refused;  /* to rooms that are pinned to one */
    uint64_t recorders_refused;
    uint64_t resumes_refused; /* of participants that were resumed too often just now */
    uint64_t pins_refused;    /* participants' changes of the pin, too many just now */
};

#endif
