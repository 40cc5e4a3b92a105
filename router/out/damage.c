#include "router/out/damage.h"

#define SENT_AHEAD_MAX 64 /* retransmissions that no report covers yet */

static void note(struct damage *damage, int64_t missing, usec_t now)
{
    damage->missing = missing > -SENT_AHEAD_MAX ? missing : -SENT_AHEAD_MAX;
    if (damage->missing <= 0)
        damage->since = 0;
    else if (damage->since == 0)
        damage->since = now;
}

void damage_report(struct damage *damage, int64_t lost, usec_t now)
{
    /* Packets that were sent again, but that this report does not count as lost, were only late: they must not be set
     * off against later losses. */
    int64_t missing = damage->missing + lost;
    note(damage, lost == 0 && missing < 0 ? 0 : missing, now);
}

void damage_resent(struct damage *damage)
{
    note(damage, damage->missing - 1, damage->since);
}

void damage_given_up(struct damage *damage, usec_t now)
{
    note(damage, damage->missing > 0 ? damage->missing + 1 : 1, now);
}

bool damage_take(struct damage *damage, usec_t now)
{
    bool is_due = damage->since != 0 && now - damage->since >= DAMAGE_KEYFRAME_AFTER;
    if (is_due)
        damage_mended(damage);
    return is_due;
}

void damage_mended(struct damage *damage)
{
    *damage = (struct damage){0};
}
