/* Sessions and their paths, for lite_core.c: the addresses that sessions were heard from, the owner of each, and which
 * wait to be proven. Private to lite_core.c and lite_paths.c. */
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

/* One address of one session. In the table, the owner of an address comes first, then claims of other sessions. */
struct lite_path {
    struct path address;
    struct lite_session *session; /* NULL: the entry is free */
    struct lite_path *next_claim;
    struct lite_path *next_asking, **previous_asking; /* core->due or core->waiting; NULL: in neither */
    struct path_proof proof;
    struct budget checks; /* used when the path is proven; before, session->checks */
    usec_t last_check, last_heard;
    bool is_nominated;
    bool uses_older; /* the last check had the older credentials */
};

struct lite_session {
    struct lite_core *core;
    struct lite_session *next, *previous;
    void *user;
    struct ufrag *current; /* NULL once consent is lost */
    struct ufrag *older;   /* before a restart, until a path was proven with `current` */
    bool current_is_proven;
    enum ice_state state;
    usec_t last_consent; /* or when the session was made, if there was none */
    usec_t last_check;
    usec_t restart; /* when the last credentials were set */
    /* Of unproven addresses: copies of a client's checks from elsewhere do not use up its own budgets. */
    struct budget checks;
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
    struct lite_path *waiting; /* waiting for an answer, or for the next try */
    uint64_t *orphans;         /* streams that belong to no path any more, to be closed */
    size_t orphan_count, orphan_capacity;
};

/* The owner of the address: the session that proved it, else the one whose check came last. NULL: none. Claims of
 * others follow in the chain. */
struct lite_path *lite_path_owner(const struct lite_core *core, const struct path *address);
struct lite_path *lite_path_find(const struct lite_session *session, const struct path *address);
/* Adds a path, as a claim if the address has an owner. When the session has no free entry, its worst path is
 * removed. */
struct lite_path *lite_path_add(struct lite_session *session, const struct path *address);
void lite_path_make_owner(struct lite_path *path);
void lite_path_remove(struct lite_path *path);  /* the session's best other path is selected instead */
void lite_path_abandon(struct lite_path *path); /* the same, and its stream is to be closed */
void lite_path_forget_proof(struct lite_path *path);

void lite_path_ask(struct lite_path *path, usec_t now); /* a new request, due now */
void lite_path_enter_list(struct lite_path *path, struct lite_path **list);
void lite_path_leave_list(struct lite_path *path);

#endif
