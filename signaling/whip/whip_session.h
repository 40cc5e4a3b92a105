/* Sessions of WHIP and WHEP: each is an HTTP resource and, in its room, a participant that lives as long as its
 * connection to the router, whatever becomes of the requests. It goes with its participant. */
#ifndef HEDDLE_SIGNALING_WHIP_SESSION_H
#define HEDDLE_SIGNALING_WHIP_SESSION_H

#include "signaling/process/admission.h"
#include "signaling/room/reach.h"
#include "signaling/whip/whip_path.h"
#include "transport/base/budget.h"

struct room_participant;
struct whip_session;

/* Zeroed but for what whip_sessions_init() sets. */
struct whip_sessions {
    struct admission admission; /* how many there may be, in all and from one address */
    uint64_t seed;
    struct map by_id; /* to struct whip_session */
};

struct whip_session {
    struct admission_entry entry; /* of the admission */
    struct whip_sessions *all;
    char id[WHIP_SESSION_ID + 1];
    bool is_egress;
    char publication[PUBLICATION_ID_MAX + 1]; /* that is watched; "": who speaks */
    struct room_participant *participant;     /* set by its maker */
    uint64_t generation;                      /* of its ICE credentials: the resource's ETag */
    char *offer;                              /* that was accepted last */
    char ufrag[257];                          /* the client's */
    char *answer;                             /* to it, until it is sent */
    bool is_accepted;                         /* one m-line at least */
    struct budget changes;                    /* that requests make to it */
};

void whip_sessions_init(struct whip_sessions *all, const struct admission_limits *limits, uint64_t seed);
void whip_sessions_fini(struct whip_sessions *all); /* all participants have left */

/* NULL: there are too many, in all or from this address. */
struct whip_session *whip_session_new(struct whip_sessions *all, uint64_t address, const struct whip_path *path);
/* Of one that never had a participant. All others are freed with theirs. */
void whip_session_free(struct whip_session *session);
/* It has been sent. */
void whip_session_drop_answer(struct whip_session *session);
/* NULL: there is no such session, or it is of another room or kind. */
struct whip_session *whip_session_find(const struct whip_sessions *all, const struct whip_path *path);
/* The way by which its participant hears the router's answers. */
struct reach whip_session_reach(struct whip_session *session);

#endif
