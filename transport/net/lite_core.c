#include "transport/net/lite_core.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/net/connection_limits.h"
#include "transport/net/lite_paths.h"

#define SILENT_AFTER (500 * USEC_PER_MSEC)

#define PRESSED_COST 5 /* units that a datagram costs while the socket's queue is long: 2,000 a second are left */

struct lite_core *lite_core_new(const struct lite_core_config *config)
{
    struct lite_core *core = mem_alloc(sizeof *core);
    core->config = *config;
    path_table_init(&core->paths, config->seed);
    ufrags_init(&core->ufrags, config->seed);
    rng_init(&core->rng, config->seed);
    core->tie_breaker = rng_next(&core->rng);
    stun_messages_init(&core->stun);
    return core;
}

void lite_core_free(struct lite_core *core)
{
    if (core == NULL)
        return;
    CHECK(core->first == NULL);
    path_table_fini(&core->paths);
    ufrags_fini(&core->ufrags);
    free(core->orphans);
    free(core);
}

/* Sessions */

int lite_session_new(struct lite_session **out, struct lite_core *core, const struct ice_credentials *local, void *user,
                     usec_t now)
{
    struct lite_session *session = mem_alloc(sizeof *session);
    session->core = core;
    session->user = user;
    session->last_consent = session->last_check = session->restart = now;
    int error = ufrags_add(&core->ufrags, &session->current, local, session);
    if (error != 0) {
        free(session);
        return error;
    }
    session->next = core->first;
    if (core->first != NULL)
        core->first->previous = session;
    core->first = session;
    *out = session;
    return 0;
}

void lite_session_free(struct lite_session *session)
{
    if (session == NULL)
        return;
    struct lite_core *core = session->core;
    for (size_t i = 0; i < SESSION_PATHS; i++)
        if (session->paths[i].session != NULL)
            lite_path_remove(&session->paths[i]);
    ufrags_drop(&core->ufrags, &session->current);
    ufrags_drop(&core->ufrags, &session->older);
    if (core->scan == session)
        core->scan = session->next;
    if (session->next != NULL)
        session->next->previous = session->previous;
    if (session->previous != NULL)
        session->previous->next = session->next;
    else
        core->first = session->next;
    free(session);
}

int lite_session_set_local(struct lite_session *session, const struct ice_credentials *local, usec_t now)
{
    const struct ufrag *current = session->current;
    struct ufrag *added = NULL;
    if (current != NULL && strcmp(current->local.ufrag, local->ufrag) == 0 &&
        strcmp(current->local.pwd, local->pwd) == 0)
        return 0;
    int error = ufrags_add(&session->core->ufrags, &added, local, session);
    if (error != 0)
        return error;
    /* A second restart before the first took effect replaces the first; the credentials that the peer uses stay. */
    struct ufrag **replaced = session->current_is_proven ? &session->older : &session->current;
    ufrags_drop(&session->core->ufrags, replaced);
    if (session->current_is_proven) {
        session->older = session->current;
        for (size_t i = 0; i < SESSION_PATHS; i++)
            session->paths[i].uses_older = true;
    }
    session->current = added;
    session->current_is_proven = false;
    session->restart = now;
    if (session->state == ICE_FAILED)
        session->state = ICE_NEW;
    return 0;
}

int lite_session_set_remote(struct lite_session *session, const struct ice_credentials *remote, usec_t now)
{
    if (remote->ufrag[0] == '\0' || remote->pwd[0] == '\0')
        return ERR_INVALID;
    if (session->current == NULL)
        return ERR_WRONG_STATE;
    session->current->remote = *remote;
    for (size_t i = 0; i < SESSION_PATHS; i++) {
        struct lite_path *path = &session->paths[i];
        if (path->session != NULL && !path->uses_older && !path->proof.is_proven)
            lite_path_ask(path, now);
    }
    return 0;
}

void *lite_session_user(const struct lite_session *session)
{
    return session->user;
}

enum ice_state lite_session_state(const struct lite_session *session)
{
    return session->state;
}

bool lite_session_is_confirmed(const struct lite_session *session)
{
    return session->current_is_proven && session->selected != NULL && session->selected->proof.is_proven;
}

const struct path *lite_session_path(const struct lite_session *session)
{
    return session->selected != NULL ? &session->selected->address : NULL;
}

const struct path *lite_session_route(struct lite_session *session, size_t length, bool is_handshake)
{
    struct lite_path *path = session->selected;
    if (path == NULL)
        return NULL;
    if (path->proof.is_proven)
        return &path->address;
    /* A TCP handshake also shows that an address is not faked, but not that it is the peer's. */
    bool is_allowed = is_handshake && (path->address.stream != 0 || proof_take_bytes(&path->proof, length));
    return is_allowed ? &path->address : NULL;
}

size_t lite_session_streams(const struct lite_session *session, uint64_t *out, size_t capacity)
{
    size_t count = 0;
    for (size_t i = 0; i < SESSION_PATHS && count < capacity; i++)
        if (session->paths[i].session != NULL && session->paths[i].address.stream != 0)
            out[count++] = session->paths[i].address.stream;
    return count;
}

static bool set_state(struct lite_session *session, enum ice_state state)
{
    bool changed = session->state != state;
    session->state = state;
    return changed;
}

/* Whether the selected path seems to be lost: nothing comes, or only datagrams without consent. */
static bool is_stale(const struct lite_path *path, usec_t now)
{
    usec_t proof_of_life = usec_max(path->last_check, path->proof.proven_at);
    return now - path->last_heard >= SILENT_AFTER ||
           now - proof_of_life >= path->session->core->config.consent_timeout / 2;
}

/* Whether `path` should be used instead of the selected one. If a client nominates several pairs, the best one counts
 * (RFC 8445 section 8.1.1): here UDP before TCP, as the priorities of our candidates say. */
static bool is_preferred(const struct lite_path *path, bool is_named, usec_t now)
{
    const struct lite_path *selected = path->session->selected;
    if (selected == NULL)
        return true;
    if (path == selected)
        return false;
    if (path->proof.is_proven != selected->proof.is_proven)
        return path->proof.is_proven;
    if (is_stale(selected, now))
        return true;
    bool is_worse = path->address.stream != 0 && selected->address.stream == 0;
    return is_named && !(is_worse && selected->is_nominated);
}

static void consider(struct lite_path *path, bool is_named, usec_t now)
{
    if (is_preferred(path, is_named, now))
        path->session->selected = path;
}

/* A nomination replaces an earlier one of a path that still waits for its proof. */
static void nominate(struct lite_path *path)
{
    struct lite_session *session = path->session;
    for (size_t i = 0; i < SESSION_PATHS; i++)
        if (session->paths[i].session != NULL && !session->paths[i].proof.is_proven)
            session->paths[i].is_nominated = false;
    path->is_nominated = true;
}

static void accept_check(const struct ufrag *ufrag, const struct path *from, size_t length, bool use_candidate,
                         usec_t now)
{
    struct lite_session *session = ufrag->owner;
    struct lite_path *path = lite_path_find(session, from);
    if (path == NULL)
        path = lite_path_add(session, from);
    path->uses_older = ufrag == session->older;
    path->last_check = path->last_heard = session->last_check = now;
    proof_received_bytes(&path->proof, length);
    if (!lite_path_owner(session->core, from)->proof.is_proven)
        lite_path_make_owner(path);
    if (use_candidate)
        nominate(path);
    /* After a restart a proven path is checked once more, with the new credentials, which confirms them. If consent is
     * in doubt, the check need not wait for its interval. */
    bool is_needed =
        !path->proof.is_proven || (!path->uses_older && !session->current_is_proven) || session->state != ICE_CONNECTED;
    if (is_needed && !proof_is_asking(&path->proof))
        lite_path_ask(path, now);
    consider(path, use_candidate, now);
}

struct lookup {
    struct lite_core *core;
    const struct path *from;
    usec_t now;
    struct ufrag *ufrag;
    bool is_unknown, is_over_budget;
};

/* Whether the TCP stream belongs to another session: it stays with that of its first valid check. */
static bool is_other_session_stream(const struct lite_core *core, const struct path *from,
                                    const struct lite_session *session)
{
    const struct lite_path *path = from->stream != 0 ? lite_path_owner(core, from) : NULL;
    return path != NULL && path->session != session;
}

static const char *find_password(void *user, const uint8_t *text, size_t length)
{
    struct lookup *lookup = user;
    struct ufrag *ufrag = ufrags_find(&lookup->core->ufrags, text, length);
    lookup->is_unknown = ufrag == NULL;
    if (ufrag == NULL || is_other_session_stream(lookup->core, lookup->from, ufrag->owner))
        return NULL;
    struct lite_session *session = ufrag->owner;
    struct lite_path *path = lite_path_find(session, lookup->from);
    struct budget *budget = path != NULL && path->proof.is_proven ? &path->checks : &session->checks;
    lookup->is_over_budget = !budget_take(budget, &connection_checks_limit, 1, lookup->now);
    lookup->ufrag = ufrag;
    return lookup->is_over_budget ? NULL : ufrag->local.pwd;
}

static enum lite_outcome outcome_of(enum stun_verdict verdict, const struct lookup *lookup)
{
    if (lookup->is_over_budget)
        return LITE_OVER_BUDGET;
    if (lookup->is_unknown)
        return LITE_UNKNOWN_UFRAG;
    switch (verdict) {
    case STUN_GENUINE:
        return LITE_VALID;
    case STUN_MALFORMED:
        return LITE_MALFORMED;
    case STUN_REFUSED:
    case STUN_FORGED:
        break;
    }
    return LITE_BAD_CHECK;
}

static struct lite_result take_check(struct lite_core *core, const struct path *from, const uint8_t *data,
                                     size_t length, usec_t now, uint8_t reply[STUN_REPLY_MAX])
{
    struct lite_result result = {.outcome = LITE_OVER_BUDGET};
    struct lookup lookup = {.core = core, .from = from, .now = now};
    const struct lite_path *known = lite_path_owner(core, from);
    bool use_candidate = false;
    if (known != NULL && known->proof.is_proven && budget_is_spent(&known->checks, &connection_checks_limit, now))
        return result;
    enum stun_verdict verdict = stun_judge_check(&core->stun, from, data, length, find_password, &lookup,
                                                 &use_candidate, reply, &result.reply_length);
    result.outcome = outcome_of(verdict, &lookup);
    if (result.outcome != LITE_VALID)
        return result;
    result.session = lookup.ufrag->owner;
    accept_check(lookup.ufrag, from, length, use_candidate, now);
    struct lite_path *path = lite_path_find(result.session, from);
    if (from->stream == 0 && !proof_take_bytes(&path->proof, result.reply_length))
        result.reply_length = 0;
    return result;
}

static struct ufrag *ufrag_of(const struct lite_path *path)
{
    struct lite_session *session = path->session;
    return path->uses_older && session->older != NULL ? session->older : session->current;
}

/* The peer uses the new credentials. */
static void confirm(struct lite_session *session)
{
    session->current_is_proven = true;
    ufrags_drop(&session->core->ufrags, &session->older);
    for (size_t i = 0; i < SESSION_PATHS; i++)
        session->paths[i].uses_older = false;
}

static bool accept_answer(struct lite_path *path, usec_t now)
{
    struct lite_session *session = path->session;
    struct lite_path *owner = lite_path_owner(session->core, &path->address);
    proof_answered(&path->proof, now);
    lite_path_leave_list(path);
    path->last_heard = session->last_consent = now;
    lite_path_make_owner(path);
    if (owner != path && owner->proof.is_proven) /* a client uses the same socket for a new connection */
        lite_path_abandon(owner);
    if (!path->uses_older && session->current != NULL)
        confirm(session);
    consider(path, path->is_nominated, now);
    return set_state(session, ICE_CONNECTED);
}

static struct lite_result take_answer(struct lite_core *core, const struct path *from, const uint8_t *data,
                                      size_t length, usec_t now)
{
    struct lite_result result = {.outcome = LITE_BAD_ANSWER};
    struct lite_path *path = lite_path_owner(core, from);
    while (path != NULL && !proof_expects(&path->proof, stun_transaction(data)))
        path = path->next_claim;
    const struct ufrag *ufrag = path != NULL ? ufrag_of(path) : NULL;
    if (ufrag == NULL || !stun_judge_answer(&core->stun, data, length, stun_transaction(data), ufrag->remote.pwd))
        return result;
    result.outcome = LITE_PROVEN;
    result.session = path->session;
    result.state_changed = accept_answer(path, now);
    return result;
}

bool lite_core_is_known(const struct lite_core *core, const struct path *from)
{
    return lite_path_owner(core, from) != NULL;
}

struct lite_result lite_core_stun(struct lite_core *core, const struct path *from, const uint8_t *data, size_t length,
                                  usec_t now, uint8_t reply[STUN_REPLY_MAX])
{
    switch (stun_kind_of(data, length)) {
    case STUN_KIND_CHECK:
        return take_check(core, from, data, length, now, reply);
    case STUN_KIND_ANSWER:
        return take_answer(core, from, data, length, now);
    case STUN_KIND_INDICATION:
        return (struct lite_result){.outcome = LITE_IGNORED};
    case STUN_KIND_NONE:
        break;
    }
    return (struct lite_result){.outcome = LITE_MALFORMED};
}

void lite_core_press(struct lite_core *core, bool is_pressed)
{
    core->is_pressed = is_pressed;
}

struct lite_session *lite_core_datagram(struct lite_core *core, const struct path *from, size_t length, usec_t now,
                                        bool *is_over_budget)
{
    struct lite_path *path = lite_path_owner(core, from);
    *is_over_budget = false;
    if (path == NULL)
        return NULL;
    struct lite_session *session = path->session;
    if (!budget_take(&session->datagrams, &connection_datagrams_limit, core->is_pressed ? PRESSED_COST : 1, now)) {
        *is_over_budget = true;
        return NULL;
    }
    path->last_heard = now;
    proof_received_bytes(&path->proof, length);
    if (path != session->selected)
        consider(path, session->selected != NULL && !session->selected->is_nominated, now);
    return session;
}

/* Output */

static bool ask(struct lite_path *path, usec_t now, struct lite_output *out)
{
    struct lite_core *core = path->session->core;
    const struct ufrag *ufrag = ufrag_of(path);
    bool is_ready = ufrag != NULL && ufrag->remote.ufrag[0] != '\0';
    proof_asked(&path->proof, now);
    if (proof_is_asking(&path->proof))
        lite_path_enter_list(path, &core->waiting);
    else
        lite_path_leave_list(path);
    if (!is_ready)
        return false;
    size_t length =
        stun_make_request(&core->stun, &ufrag->local, &ufrag->remote, path->proof.ids[0], core->tie_breaker, out->data);
    if (length == 0 || (path->address.stream == 0 && !proof_take_bytes(&path->proof, length)))
        return false;
    out->type = LITE_SEND;
    out->path = path->address;
    out->length = length;
    return true;
}

bool lite_core_poll(struct lite_core *core, usec_t now, struct lite_output *out)
{
    if (core->orphan_count > 0) {
        out->type = LITE_CLOSE_STREAM;
        out->path = (struct path){.stream = core->orphans[--core->orphan_count]};
        out->length = 0;
        return true;
    }
    while (core->due != NULL)
        if (ask(core->due, now, out))
            return true;
    return false;
}

bool lite_core_is_busy(const struct lite_core *core)
{
    return core->due != NULL || core->waiting != NULL || core->orphan_count > 0;
}

void lite_core_retry(struct lite_core *core, usec_t now)
{
    struct lite_path *next;
    for (struct lite_path *path = core->waiting; path != NULL; path = next) {
        next = path->next_asking;
        if (path->proof.next <= now)
            lite_path_enter_list(path, &core->due);
    }
}

/* Time */

/* A path's proof lasts as long as its consent; a path without checks is removed. */
static void expire_paths(struct lite_session *session, usec_t now)
{
    usec_t timeout = session->core->config.consent_timeout;
    for (size_t i = 0; i < SESSION_PATHS; i++) {
        struct lite_path *path = &session->paths[i];
        if (path->session == NULL)
            continue;
        bool has_expired = path->proof.is_proven && now - path->proof.proven_at >= timeout;
        if (path == session->selected ? has_expired : now - path->last_check >= timeout)
            lite_path_abandon(path);
        else if (has_expired)
            lite_path_forget_proof(path);
    }
}

static void ask_for_consent(struct lite_session *session, usec_t now)
{
    struct lite_path *path = session->selected;
    if (path != NULL && path->proof.is_proven && path->proof.consent_at <= now && !proof_is_asking(&path->proof))
        lite_path_ask(path, now);
}

static void abandon_paths(struct lite_session *session)
{
    for (size_t i = 0; i < SESSION_PATHS; i++)
        if (session->paths[i].session != NULL)
            lite_path_abandon(&session->paths[i]);
}

static bool expire_session(struct lite_session *session, usec_t now)
{
    struct lite_core *core = session->core;
    usec_t timeout = core->config.consent_timeout;
    usec_t silence = now - session->last_consent;
    if (session->state == ICE_FAILED)
        return false;
    if (silence >= timeout)
        abandon_paths(session);
    /* After a restart the whole timeout runs again, even if it came in the last second. But nothing
     * is sent meanwhile. */
    if (silence >= timeout && now - session->restart >= timeout) {
        ufrags_drop(&core->ufrags, &session->current);
        ufrags_drop(&core->ufrags, &session->older);
        session->current_is_proven = false;
        return set_state(session, ICE_FAILED);
    }
    expire_paths(session, now);
    ask_for_consent(session, now);
    if (session->state == ICE_CONNECTED && now - usec_max(session->last_consent, session->last_check) >= timeout / 2)
        return set_state(session, ICE_DISCONNECTED);
    return false;
}

struct lite_session *lite_core_expire(struct lite_core *core, usec_t now)
{
    if (!core->is_scanning)
        core->scan = core->first;
    core->is_scanning = true;
    while (core->scan != NULL) {
        struct lite_session *session = core->scan;
        core->scan = session->next;
        if (expire_session(session, now))
            return session;
    }
    core->is_scanning = false;
    return NULL;
}

struct lite_session *lite_core_forget(struct lite_core *core, const struct path *from)
{
    struct lite_path *path = lite_path_owner(core, from);
    if (path == NULL)
        return NULL;
    struct lite_session *session = path->session;
    lite_path_remove(path);
    if (session->selected != NULL || session->state != ICE_CONNECTED)
        return NULL;
    return set_state(session, ICE_DISCONNECTED) ? session : NULL;
}
