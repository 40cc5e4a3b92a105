#include "transport/net/lite_paths.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "transport/base/bytes.h"
#include "transport/base/check.h"
#include "transport/base/memory.h"

#define CLAIMS_MAX 16                       /* sessions that may claim one address */
#define CONSENT_INTERVAL (5 * USEC_PER_SEC) /* RFC 7675 section 5.1, with a random factor of 0.8 to 1.2 */

/* Not drawn from `rng`: each session sees the transaction ids of its own paths, and must not be able to compute those
 * of others. */
static void next_transaction(struct lite_core *core, uint8_t out[PROOF_ID])
{
    uint8_t counter[8], digest[EVP_MAX_MD_SIZE];
    unsigned length = sizeof digest;
    put_u64(counter, ++core->transactions);
    const unsigned char *made =
        HMAC(EVP_sha256(), core->config.secret, LITE_SECRET, counter, sizeof counter, digest, &length);
    CHECK(made != NULL && length >= PROOF_ID);
    memcpy(out, digest, PROOF_ID);
}

struct lite_path *lite_path_owner(const struct lite_core *core, const struct path *address)
{
    return path_table_get(&core->paths, address);
}

struct lite_path *lite_path_find(const struct lite_session *session, const struct path *address)
{
    struct lite_path *path = lite_path_owner(session->core, address);
    while (path != NULL && path->session != session)
        path = path->next_claim;
    return path;
}

void lite_path_leave_list(struct lite_path *path)
{
    if (path->previous_asking == NULL)
        return;
    *path->previous_asking = path->next_asking;
    if (path->next_asking != NULL)
        path->next_asking->previous_asking = path->previous_asking;
    path->previous_asking = NULL;
}

void lite_path_enter_list(struct lite_path *path, struct lite_path **list)
{
    lite_path_leave_list(path);
    path->next_asking = *list;
    path->previous_asking = list;
    if (*list != NULL)
        (*list)->previous_asking = &path->next_asking;
    *list = path;
}

void lite_path_ask(struct lite_path *path, usec_t now)
{
    struct lite_core *core = path->session->core;
    uint8_t id[PROOF_ID];
    next_transaction(core, id);
    usec_t period = usec_min(CONSENT_INTERVAL, core->config.consent_timeout / 6);
    usec_t interval = period * 4 / 5 + (usec_t)rng_below(&core->rng, (uint64_t)period * 2 / 5);
    proof_begin(&path->proof, id, interval, now);
    lite_path_enter_list(path, &core->due);
}

static void add_orphan(struct lite_core *core, uint64_t stream)
{
    if (core->orphan_count == core->orphan_capacity) {
        core->orphan_capacity = core->orphan_capacity * 2 + 8;
        core->orphans = mem_resize(core->orphans, core->orphan_capacity, sizeof *core->orphans);
    }
    core->orphans[core->orphan_count++] = stream;
}

/* Takes the path out of the chain of its address. */
static void unlink_path(struct lite_path *path)
{
    struct lite_core *core = path->session->core;
    struct lite_path *head = lite_path_owner(core, &path->address);
    if (head == path) {
        path_table_remove(&core->paths, &path->address);
        if (path->next_claim != NULL)
            path_table_put(&core->paths, &path->address, path->next_claim);
    } else {
        while (head->next_claim != path)
            head = head->next_claim;
        head->next_claim = path->next_claim;
    }
    path->next_claim = NULL;
}

static bool is_better(const struct lite_path *a, const struct lite_path *b)
{
    if (a->proof.is_proven != b->proof.is_proven)
        return a->proof.is_proven;
    return a->last_heard > b->last_heard;
}

void lite_path_remove(struct lite_path *path)
{
    struct lite_session *session = path->session;
    unlink_path(path);
    lite_path_leave_list(path);
    path->session = NULL;
    if (session->selected != path)
        return;
    session->selected = NULL;
    for (size_t i = 0; i < SESSION_PATHS; i++) {
        struct lite_path *other = &session->paths[i];
        if (other->session != NULL && (session->selected == NULL || is_better(other, session->selected)))
            session->selected = other;
    }
}

/* Also closes its TCP stream, which is of no use without a path. */
void lite_path_abandon(struct lite_path *path)
{
    if (path->address.stream != 0)
        add_orphan(path->session->core, path->address.stream);
    lite_path_remove(path);
}

/* The session's entry for a new path; when all are in use, the worst path is removed. */
static struct lite_path *take_entry(struct lite_session *session)
{
    struct lite_path *place = NULL;
    for (size_t i = 0; i < SESSION_PATHS; i++) {
        struct lite_path *path = &session->paths[i];
        if (path->session == NULL)
            return path;
        if (path != session->selected && (place == NULL || is_better(place, path)))
            place = path;
    }
    CHECK(place != NULL);
    lite_path_abandon(place);
    return place;
}

/* If there are too many claims, the one heard longest ago is removed; the owner stays. */
static void limit_claims(struct lite_path *owner)
{
    struct lite_path *oldest = NULL;
    size_t count = 0;
    for (struct lite_path *path = owner->next_claim; path != NULL; path = path->next_claim, count++)
        if (oldest == NULL || path->last_heard < oldest->last_heard)
            oldest = path;
    if (count >= CLAIMS_MAX)
        lite_path_remove(oldest);
}

struct lite_path *lite_path_add(struct lite_session *session, const struct path *address)
{
    struct lite_path *path = take_entry(session);
    struct lite_path *owner = lite_path_owner(session->core, address);
    *path = (struct lite_path){.address = *address, .session = session};
    proof_init(&path->proof);
    if (owner != NULL) {
        limit_claims(owner);
        path->next_claim = owner->next_claim;
        owner->next_claim = path;
    } else {
        path_table_put(&session->core->paths, address, path);
    }
    return path;
}

void lite_path_make_owner(struct lite_path *path)
{
    struct lite_core *core = path->session->core;
    struct lite_path *owner = lite_path_owner(core, &path->address);
    if (owner == path)
        return;
    unlink_path(path);
    path->next_claim = owner;
    path_table_put(&core->paths, &path->address, path);
}

void lite_path_forget_proof(struct lite_path *path)
{
    lite_path_leave_list(path);
    proof_init(&path->proof);
}
