#include "signaling/room/paths.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/memory.h"

bool path_state_parse(enum path_state *out, const char *text)
{
    static const char *const names[] = {
        [PATH_PROVEN] = "proven", [PATH_RELAYED] = "relayed", [PATH_LOST] = "lost", [PATH_FAILED] = "failed"};
    for (int i = PATH_PROVEN; i <= PATH_FAILED; i++) {
        if (strcmp(names[i], text) == 0) {
            *out = (enum path_state)i;
            return true;
        }
    }
    return false;
}

void paths_fini(struct paths *paths)
{
    free(paths->pairs);
    *paths = (struct paths){0};
}

static struct paths_pair *find_or_add(struct paths *paths, uint32_t a, uint32_t b)
{
    for (size_t i = 0; i < paths->count; i++)
        if (paths->pairs[i].a == a && paths->pairs[i].b == b)
            return &paths->pairs[i];
    paths->pairs = mem_resize(paths->pairs, paths->count + 1, sizeof *paths->pairs);
    struct paths_pair *pair = &paths->pairs[paths->count++];
    *pair = (struct paths_pair){.a = a,
                                .b = b,
                                .lost_since = {USEC_NEVER, USEC_NEVER},
                                .proven_since = USEC_NEVER,
                                .failed_at = USEC_NEVER,
                                .retry_at = USEC_NEVER};
    return pair;
}

static bool is_proven(const struct paths_pair *pair)
{
    return pair->proven[0] && pair->proven[1];
}

static void unprove(struct paths_pair *pair)
{
    for (int i = 0; i < 2; i++) {
        pair->proven[i] = pair->relayed[i] = false;
        pair->lost_since[i] = USEC_NEVER;
    }
    pair->proven_since = USEC_NEVER;
}

static void fail(struct paths_pair *pair, usec_t now)
{
    if (pair->retry_at != USEC_NEVER)
        return; /* the remote peer says the same */
    if (pair->proven_since != USEC_NEVER && now - pair->proven_since >= PATH_STABLE_TIME)
        pair->failures = 0;
    usec_t wait = PATH_RETRY_FIRST;
    for (unsigned i = 0; i < pair->failures && wait < PATH_RETRY_LAST; i++)
        wait *= 2;
    unprove(pair);
    pair->failures++;
    pair->is_refused = false;
    pair->failed_at = now;
    pair->retry_at = now + usec_min(wait, PATH_RETRY_LAST);
}

void paths_tell(struct paths *paths, uint32_t teller, uint32_t other, enum path_state state, usec_t now)
{
    struct paths_pair *pair = teller < other ? find_or_add(paths, teller, other) : find_or_add(paths, other, teller);
    int side = teller == pair->a ? 0 : 1;
    if (pair->retry_at != USEC_NEVER)
        return; /* it is about an attempt that is over */
    switch (state) {
    case PATH_PROVEN:
    case PATH_RELAYED:
        pair->proven[side] = true;
        pair->relayed[side] = state == PATH_RELAYED;
        pair->lost_since[side] = USEC_NEVER;
        if (is_proven(pair) && pair->proven_since == USEC_NEVER)
            pair->proven_since = now;
        break;
    case PATH_LOST:
        if (pair->proven[side] && pair->lost_since[side] == USEC_NEVER)
            pair->lost_since[side] = now;
        break;
    case PATH_FAILED:
        fail(pair, now);
        break;
    }
}

void paths_accept_relayed(struct paths *paths, bool are_accepted, usec_t now)
{
    for (size_t i = 0; i < paths->count; i++) {
        struct paths_pair *pair = &paths->pairs[i];
        if (are_accepted && pair->is_refused) {
            pair->retry_at = pair->failed_at = USEC_NEVER;
            pair->is_refused = false;
        } else if (!are_accepted && (pair->relayed[0] || pair->relayed[1])) {
            fail(pair, now);
            pair->is_refused = true;
        }
    }
}

void paths_network_changed(struct paths *paths, uint32_t participant, usec_t now)
{
    for (size_t i = 0; i < paths->count; i++) {
        struct paths_pair *pair = &paths->pairs[i];
        if ((pair->a != participant && pair->b != participant) || pair->retry_at == USEC_NEVER)
            continue;
        pair->retry_at = usec_min(pair->retry_at, usec_max(now, pair->failed_at + PATH_CHANGE_RETRY));
        pair->failures = 0;
    }
}

void paths_left(struct paths *paths, uint32_t participant)
{
    size_t kept = 0;
    for (size_t i = 0; i < paths->count; i++)
        if (paths->pairs[i].a != participant && paths->pairs[i].b != participant)
            paths->pairs[kept++] = paths->pairs[i];
    paths->count = kept;
}

void paths_unprove(struct paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        unprove(&paths->pairs[i]);
}

static usec_t healing_ends(const struct paths_pair *pair)
{
    usec_t since = usec_min(pair->lost_since[0], pair->lost_since[1]);
    return since == USEC_NEVER ? USEC_NEVER : since + PATH_HEAL_TIME;
}

void paths_timeout(struct paths *paths, usec_t now)
{
    for (size_t i = 0; i < paths->count; i++) {
        struct paths_pair *pair = &paths->pairs[i];
        if (now >= healing_ends(pair))
            fail(pair, now);
        else if (now >= pair->retry_at)
            pair->retry_at = pair->failed_at = USEC_NEVER;
    }
}

usec_t paths_next(const struct paths *paths)
{
    usec_t next = USEC_NEVER;
    for (size_t i = 0; i < paths->count; i++)
        next = usec_min(next, usec_min(healing_ends(&paths->pairs[i]), paths->pairs[i].retry_at));
    return next;
}

bool paths_are_proven(const struct paths *paths, uint32_t participant, uint32_t other)
{
    for (size_t i = 0; i < paths->count; i++) {
        const struct paths_pair *pair = &paths->pairs[i];
        if ((pair->a == participant && pair->b == other) || (pair->a == other && pair->b == participant))
            return is_proven(pair);
    }
    return false;
}

size_t paths_proven(const struct paths *paths)
{
    size_t count = 0;
    for (size_t i = 0; i < paths->count; i++)
        count += is_proven(&paths->pairs[i]) ? 1 : 0;
    return count;
}

size_t paths_failed(const struct paths *paths)
{
    size_t count = 0;
    for (size_t i = 0; i < paths->count; i++)
        count += paths->pairs[i].retry_at != USEC_NEVER ? 1 : 0;
    return count;
}
