/* What lite_core.c knows of its sessions and their paths: the addresses that they were heard from, whose each is, and
 * which wait to be proven. Only for
 * these two. */
#ifndef HEDDLE_NET_LITE_PATHS_H
#define HEDDLE_NET_LITE_PATHS_H

#include "transport/base/budget.h"
#include "transport/base/random.h"
#include "transport/net/ice.h"
#include "transport/net/lite_config.h"
#include "transport/net/path.h"
#include "transport/net/path_proof.h"
#include "transport/net/stun_messages.h"
#include "transport/net/ufrags.h"

#define SESSION_PATHS 8

/* One address as one session knows it. The table has the owner of an address first, claims of others behind it. */
struct lite_path {
    struct path address;
    struct lite_session *session; /* NULL: the entry is free */
    struct lite_path *next_claim;
    struct lite_path *next_asking, **previous_asking; /* core->due or core->waiting; NULL: in neither */
    struct path_proof proof;
    struct budget checks; /* once it is proven; before, session->checks */
    usec_t last_check, last_heard;
    bool is_nominated;
    bool uses_older; /* the credentials of the last check */
};

struct lite_session {
    struct lite_core *core;
    struct lite_session *next, *previous;
    void *user;
    struct ufrag *current; /* NULL once consent is lost */
    struct ufrag *older;   /* before a restart, until a path was proven with `current` */
    bool current_is_proven;
    enum ice_state state;
    usec_t last_consent; /* or when the session was made */
    usec_t last_check;
    usec_t restart; /* when the last credentials were set */
    struct budget
        checks; /* from unproven addresses: who repeats a client's checks from elsewhere takes nothing from it */
    struct budget datagrams;
    struct lite_path *selected;
    struct lite_path paths[SESSION_PATHS];
};

struct lite_core {
    struct lite_core_config config;
    struct stun_messages stun;
    struct path_table paths;
    struct ufrags ufrags;
    struct rng rng;
    uint64_t tie_breaker, transactions;
    struct lite_session *first, *scan;
    bool is_scanning;
    bool is_pressed;           /* budgets are tight: the socket's queue is long */
    struct lite_path *due;     /* to be asked now */
    struct lite_path *waiting; /* for an answer, or to be asked again */
    uint64_t *orphans;         /* streams that belong to no path any more, to be closed */
    size_t orphan_count, orphan_capacity;
};

/* Who has the address: proven, or the one that checked last. NULL: nobody. Claims of others are behind it. */
struct lite_path *lite_path_owner(const struct lite_core *core, const struct path *address);
struct lite_path *lite_path_find(const struct lite_session *session, const struct path *address);
/* As a claim, if the address has an owner. When the session has no entry left, its worst path makes room. */
struct lite_path *lite_path_add(struct lite_session *session, const struct path *address);
void lite_path_make_owner(struct lite_path *path);
void lite_path_remove(struct lite_path *path);  /* the session's best other path is selected instead */
void lite_path_abandon(struct lite_path *path); /* the same, and its stream is to be closed */
void lite_path_forget_proof(struct lite_path *path);

void lite_path_ask(struct lite_path *path, usec_t now); /* a new request, due now */
void lite_path_enter_list(struct lite_path *path, struct lite_path **list);
void lite_path_leave_list(struct lite_path *path);

#endif
