#include "transport/net/lite_core.h"

#include <stdlib.h>
#include <string.h>
#include <stun/stunagent.h>
#include <stun/usages/ice.h>

#include "transport/base/bytes.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/map.h"
#include "transport/base/memory.h"

#define UFRAG_MIN 4 /* RFC 8445 section 5.3 */
#define PWD_MIN 22
#define USERNAME_MAX 513 /* RFC 8489 section 14.3 */
#define STUN_HEADER 20
#define STUN_COOKIE 0x2112a442u
#define TYPE_BINDING_REQUEST 0x0001
#define TYPE_BINDING_INDICATION 0x0011
#define SESSION_PATHS 8
#define SILENT_AFTER (500 * USEC_PER_MSEC)

/* One ufrag that is answered. Chained: the map is keyed by a hash of the ufrag. */
struct ufrag {
    struct ice_credentials credentials;
    struct lite_session *session;
    struct ufrag *next;
    uint64_t key;
};

struct lite_path {
    struct path address;
    struct lite_session *session; /* NULL: the entry is free */
    usec_t last_check, last_heard;
};

struct lite_session {
    struct lite_core *core;
    struct lite_session *next, *previous;
    void *user;
    struct ufrag *current; /* NULL once consent is lost */
    struct ufrag *older;   /* before a restart, until `current` was used */
    bool current_was_used;
    bool is_nominated;
    enum ice_state state;
    usec_t last_check; /* or when the session was made */
    usec_t restart;    /* when the last credentials were set */
    struct lite_path *selected;
    struct lite_path paths[SESSION_PATHS];
};

struct lite_core {
    StunAgent agent;
    struct path_table paths;
    struct map ufrags;
    struct lite_session *first, *scan;
    bool is_scanning;
    usec_t consent_timeout;
    uint64_t seed;
};

struct lite_core *lite_core_new(usec_t consent_timeout, uint64_t seed)
{
    struct lite_core *core = mem_alloc(sizeof *core);
    core->consent_timeout = consent_timeout;
    core->seed = seed;
    path_table_init(&core->paths, seed);
    map_init(&core->ufrags);
    stun_agent_init(&core->agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    return core;
}

void lite_core_free(struct lite_core *core)
{
    if (core == NULL)
        return;
    CHECK(core->first == NULL);
    path_table_fini(&core->paths);
    map_fini(&core->ufrags);
    free(core);
}

static uint64_t hash_text(const struct lite_core *core, const uint8_t *text, size_t length)
{
    uint64_t hash = core->seed;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ text[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static struct ufrag *find_ufrag(const struct lite_core *core, const uint8_t *text, size_t length)
{
    struct ufrag *ufrag = map_get(&core->ufrags, hash_text(core, text, length));
    while (ufrag != NULL &&
           (strlen(ufrag->credentials.ufrag) != length || memcmp(ufrag->credentials.ufrag, text, length) != 0))
        ufrag = ufrag->next;
    return ufrag;
}

static int add_ufrag(struct ufrag **out, struct lite_session *session, const struct ice_credentials *credentials)
{
    struct lite_core *core = session->core;
    const uint8_t *text = (const uint8_t *)credentials->ufrag;
    size_t length = strnlen(credentials->ufrag, sizeof credentials->ufrag);
    size_t pwd_length = strnlen(credentials->pwd, sizeof credentials->pwd);
    if (length < UFRAG_MIN || length > ICE_UFRAG_MAX || pwd_length < PWD_MIN || pwd_length > ICE_PWD_MAX)
        return ERR_INVALID;
    if (find_ufrag(core, text, length) != NULL)
        return ERR_DUPLICATE;
    struct ufrag *ufrag = mem_alloc(sizeof *ufrag);
    ufrag->credentials = *credentials;
    ufrag->session = session;
    ufrag->key = hash_text(core, text, length);
    ufrag->next = map_get(&core->ufrags, ufrag->key);
    map_put(&core->ufrags, ufrag->key, ufrag);
    *out = ufrag;
    return 0;
}

static void drop_ufrag(struct lite_core *core, struct ufrag **holder)
{
    struct ufrag *ufrag = *holder;
    if (ufrag == NULL)
        return;
    struct ufrag *head = map_get(&core->ufrags, ufrag->key);
    if (head != ufrag) {
        while (head->next != ufrag)
            head = head->next;
        head->next = ufrag->next;
    } else if (ufrag->next != NULL) {
        map_put(&core->ufrags, ufrag->key, ufrag->next);
    } else {
        map_remove(&core->ufrags, ufrag->key);
    }
    free(ufrag);
    *holder = NULL;
}

int lite_session_new(struct lite_session **out, struct lite_core *core, const struct ice_credentials *local, void *user,
                     usec_t now)
{
    struct lite_session *session = mem_alloc(sizeof *session);
    session->core = core;
    session->user = user;
    session->last_check = session->restart = now;
    int error = add_ufrag(&session->current, session, local);
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

static void remove_path(struct lite_path *path)
{
    struct lite_session *session = path->session;
    path_table_remove(&session->core->paths, &path->address);
    path->session = NULL;
    if (session->selected != path)
        return;
    session->selected = NULL;
    for (size_t i = 0; i < SESSION_PATHS; i++) {
        struct lite_path *other = &session->paths[i];
        if (other->session != NULL && (session->selected == NULL || other->last_heard > session->selected->last_heard))
            session->selected = other;
    }
}

static void remove_paths(struct lite_session *session)
{
    for (size_t i = 0; i < SESSION_PATHS; i++)
        if (session->paths[i].session != NULL)
            remove_path(&session->paths[i]);
    session->is_nominated = false;
}

void lite_session_free(struct lite_session *session)
{
    if (session == NULL)
        return;
    struct lite_core *core = session->core;
    remove_paths(session);
    drop_ufrag(core, &session->current);
    drop_ufrag(core, &session->older);
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
    if (current != NULL && strcmp(current->credentials.ufrag, local->ufrag) == 0 &&
        strcmp(current->credentials.pwd, local->pwd) == 0)
        return 0;
    int error = add_ufrag(&added, session, local);
    if (error != 0)
        return error;
    /* A second restart before the first was seen replaces that one; what the peer uses stays. */
    struct ufrag **replaced = session->current_was_used ? &session->older : &session->current;
    drop_ufrag(session->core, replaced);
    if (session->current_was_used)
        session->older = session->current;
    session->current = added;
    session->current_was_used = false;
    session->restart = now;
    if (session->state == ICE_FAILED)
        session->state = ICE_NEW;
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
    return session->current_was_used;
}

const struct path *lite_session_path(const struct lite_session *session)
{
    return session->selected != NULL ? &session->selected->address : NULL;
}

size_t lite_session_streams(const struct lite_session *session, uint64_t *out, size_t capacity)
{
    size_t count = 0;
    for (size_t i = 0; i < SESSION_PATHS && count < capacity; i++)
        if (session->paths[i].session != NULL && session->paths[i].address.stream != 0)
            out[count++] = session->paths[i].address.stream;
    return count;
}

bool lite_is_stun(const uint8_t *data, size_t length)
{
    return length >= STUN_HEADER && data[0] < 4 && get_u32(data + 4) == STUN_COOKIE;
}

struct lookup {
    struct lite_core *core;
    struct ufrag *ufrag;
    bool is_unknown;
};

/* For stun_agent_validate(). True always comes with a key: without one it would skip the integrity check. */
static bool find_password(StunAgent *agent, StunMessage *message, uint8_t *username, uint16_t length,
                          uint8_t **password, size_t *password_length, void *user)
{
    struct lookup *lookup = user;
    (void)agent;
    (void)message;
    if (length > USERNAME_MAX)
        return false;
    const uint8_t *colon = memchr(username, ':', length);
    if (colon == NULL)
        return false;
    lookup->ufrag = find_ufrag(lookup->core, username, (size_t)(colon - username));
    lookup->is_unknown = lookup->ufrag == NULL;
    if (lookup->ufrag == NULL)
        return false;
    *password = (uint8_t *)lookup->ufrag->credentials.pwd;
    *password_length = strlen(lookup->ufrag->credentials.pwd);
    return true;
}

static bool set_state(struct lite_session *session, enum ice_state state)
{
    bool changed = session->state != state;
    session->state = state;
    return changed;
}

/* A place for a new path; when all are taken, that of the one heard least recently. */
static struct lite_path *add_path(struct lite_session *session, const struct path *address)
{
    struct lite_path *place = NULL;
    for (size_t i = 0; i < SESSION_PATHS; i++) {
        struct lite_path *path = &session->paths[i];
        if (path->session == NULL) {
            place = path;
            break;
        }
        if (path != session->selected && (place == NULL || path->last_heard < place->last_heard))
            place = path;
    }
    CHECK(place != NULL);
    if (place->session != NULL)
        remove_path(place);
    *place = (struct lite_path){.address = *address, .session = session};
    path_table_put(&session->core->paths, address, place);
    return place;
}

/* The selected path is as good as gone: quiet, or kept alive by datagrams without consent. */
static bool is_stale(const struct lite_session *session, const struct lite_path *path, usec_t now)
{
    return now - path->last_heard >= SILENT_AFTER || now - path->last_check >= session->core->consent_timeout / 2;
}

/* A client that nominates several pairs means the best of them (RFC 8445 section 8.1.1), and here that is any UDP
 * before any TCP, as our candidates' priorities say. */
static bool is_chosen(const struct lite_session *session, const struct lite_path *path, bool is_nominated, usec_t now)
{
    const struct lite_path *selected = session->selected;
    if (selected == NULL)
        return true;
    if (path == selected)
        return false;
    if (is_stale(session, selected, now))
        return true;
    bool is_worse = path->address.stream != 0 && selected->address.stream == 0;
    return is_nominated && !(is_worse && session->is_nominated);
}

static bool accept_check(struct ufrag *ufrag, const struct path *from, bool use_candidate, usec_t now)
{
    struct lite_session *session = ufrag->session;
    struct lite_core *core = session->core;
    struct lite_path *path = path_table_get(&core->paths, from);
    if (path != NULL && path->session != session) {
        /* The same UDP socket of a client, for a new connection of it. */
        remove_path(path);
        path = NULL;
    }
    if (path == NULL)
        path = add_path(session, from);
    if (is_chosen(session, path, use_candidate, now))
        session->selected = path;
    if (use_candidate)
        session->is_nominated = true;
    path->last_check = path->last_heard = session->last_check = now;
    if (ufrag == session->current) {
        session->current_was_used = true;
        drop_ufrag(core, &session->older);
    }
    return set_state(session, ICE_CONNECTED);
}

/* An accepted stream stays with the session of its first valid check. */
static bool is_other_session_stream(const struct lite_core *core, const struct path *from,
                                    const struct lite_session *session)
{
    const struct lite_path *path = from->stream != 0 ? path_table_get(&core->paths, from) : NULL;
    return path != NULL && path->session != session;
}

static void answer(struct lite_core *core, StunMessage *request, struct ufrag *ufrag, const struct path *from,
                   usec_t now, uint8_t *reply, struct lite_result *result)
{
    StunMessage message;
    struct sockaddr_storage source = {0};
    socklen_t source_length = path_to_plain_sockaddr(from, &source); /* a mapped address would be told back as IPv6 */
    size_t length = LITE_REPLY_MAX;
    bool is_controlling = false;
    StunUsageIceReturn code =
        stun_usage_ice_conncheck_create_reply(&core->agent, request, &message, reply, &length, &source, source_length,
                                              &is_controlling, 0, STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
    result->reply_length = length;
    if (code != STUN_USAGE_ICE_RETURN_SUCCESS)
        return;
    result->outcome = LITE_VALID;
    result->session = ufrag->session;
    result->state_changed = accept_check(ufrag, from, stun_usage_ice_conncheck_use_candidate(request), now);
}

struct lite_result lite_core_check(struct lite_core *core, const struct path *from, const uint8_t *data, size_t length,
                                   usec_t now, uint8_t reply[LITE_REPLY_MAX])
{
    struct lite_result result = {.outcome = LITE_GARBAGE};
    struct lookup lookup = {.core = core};
    StunMessage request, message;
    if (!lite_is_stun(data, length))
        return result;
    uint16_t type = get_u16(data);
    if (type != TYPE_BINDING_REQUEST) {
        result.outcome = type == TYPE_BINDING_INDICATION ? LITE_IGNORED : LITE_GARBAGE;
        return result;
    }
    switch (stun_agent_validate(&core->agent, &request, data, length, find_password, &lookup)) {
    case STUN_VALIDATION_SUCCESS:
        result.outcome = LITE_BAD_CHECK;
        if (lookup.ufrag != NULL && !is_other_session_stream(core, from, lookup.ufrag->session))
            answer(core, &request, lookup.ufrag, from, now, reply, &result);
        break;
    case STUN_VALIDATION_UNKNOWN_REQUEST_ATTRIBUTE: /* looked for only after the integrity was found good */
        result.outcome = LITE_BAD_CHECK;
        if (lookup.ufrag != NULL)
            result.reply_length =
                stun_agent_build_unknown_attributes_error(&core->agent, &message, reply, LITE_REPLY_MAX, &request);
        break;
    case STUN_VALIDATION_NOT_STUN:
    case STUN_VALIDATION_INCOMPLETE_STUN:
        break;
    default: /* no answer to strangers: it would only tell them that someone is here */
        result.outcome = lookup.is_unknown ? LITE_UNKNOWN_UFRAG : LITE_BAD_CHECK;
        break;
    }
    return result;
}

struct lite_session *lite_core_datagram(struct lite_core *core, const struct path *from, usec_t now)
{
    struct lite_path *path = path_table_get(&core->paths, from);
    if (path == NULL)
        return NULL;
    path->last_heard = now;
    if (!path->session->is_nominated)
        path->session->selected = path;
    return path->session;
}

/* Paths nobody checks any more, but for the selected one: the session's own time decides about that. */
static void prune_paths(struct lite_session *session, usec_t now)
{
    for (size_t i = 0; i < SESSION_PATHS; i++) {
        struct lite_path *path = &session->paths[i];
        if (path->session != NULL && path != session->selected &&
            now - path->last_check >= session->core->consent_timeout)
            remove_path(path);
    }
}

static bool expire_session(struct lite_session *session, usec_t now)
{
    struct lite_core *core = session->core;
    usec_t silence = now - session->last_check;
    if (session->state == ICE_FAILED)
        return false;
    if (silence >= core->consent_timeout)
        remove_paths(session);
    /* A restart has the whole time again, even if it was asked for in the last second: but nothing is sent meanwhile.
     */
    if (silence >= core->consent_timeout && now - session->restart >= core->consent_timeout) {
        drop_ufrag(core, &session->current);
        drop_ufrag(core, &session->older);
        session->current_was_used = false;
        return set_state(session, ICE_FAILED);
    }
    prune_paths(session, now);
    if (session->state == ICE_CONNECTED && silence >= core->consent_timeout / 2)
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
    struct lite_path *path = path_table_get(&core->paths, from);
    if (path == NULL)
        return NULL;
    struct lite_session *session = path->session;
    remove_path(path);
    if (session->selected != NULL || session->state != ICE_CONNECTED)
        return NULL;
    return set_state(session, ICE_DISCONNECTED) ? session : NULL;
}
