#include "signaling/room/leavers.h"

/* Of an address or of another one; hosts stay longer than others. */
static int rank(bool is_host, bool is_foreign)
{
    return 1 + (is_host ? 2 : 0) + (is_foreign ? 1 : 0);
}

static bool is_true_host(struct leaver_role role)
{
    return role.was_host && !role.was_heir;
}

static int rank_of(const struct leaver *leaver, uint64_t address, usec_t now)
{
    return now >= leaver->until ? 0 : rank(is_true_host(leaver->role), leaver->address != address);
}

/* Whose place a new one takes. NULL: all of them matter more. */
static struct leaver *place_for(struct leaver *list, size_t count, uint64_t address, struct leaver_role role,
                                usec_t now)
{
    struct leaver *least = list;
    for (struct leaver *each = list + 1; each < list + count; each++) {
        int difference = rank_of(each, address, now) - rank_of(least, address, now);
        if (difference < 0 || (difference == 0 && each->until < least->until))
            least = each;
    }
    return rank_of(least, address, now) <= rank(is_true_host(role), true) ? least : NULL;
}

void leavers_add(struct leavers *leavers, uint64_t key, uint64_t address, struct leaver_role role, usec_t now)
{
    bool has_role = role.was_host || role.was_heir;
    struct leaver *place = has_role ? place_for(leavers->with_role, LEAVERS_WITH_ROLE_MAX, address, role, now)
                                    : place_for(leavers->list, LEAVERS_MAX, address, role, now);
    if (place != NULL)
        *place = (struct leaver){.key = key, .address = address, .until = now + LEAVERS_TIME, .role = role};
}

static bool take(struct leaver *list, size_t count, uint64_t key, usec_t now, struct leaver_role *role)
{
    for (struct leaver *leaver = list; leaver < list + count; leaver++) {
        if (leaver->key != key || now >= leaver->until)
            continue;
        *role = leaver->role;
        *leaver = (struct leaver){0};
        return true;
    }
    return false;
}

bool leavers_take(struct leavers *leavers, uint64_t key, usec_t now, struct leaver_role *role)
{
    return take(leavers->with_role, LEAVERS_WITH_ROLE_MAX, key, now, role) ||
           take(leavers->list, LEAVERS_MAX, key, now, role);
}
