#include "router/out/unrepaired_loss.h"

#define SENT_AHEAD_MAX 64 /* retransmissions that no report covers yet */

static void note(struct unrepaired_loss *loss, int64_t missing, usec_t now)
{
    loss->missing = missing > -SENT_AHEAD_MAX ? missing : -SENT_AHEAD_MAX;
    if (loss->missing <= 0)
        loss->since = 0;
    else if (loss->since == 0)
        loss->since = now;
}

void unrepaired_loss_report(struct unrepaired_loss *loss, int64_t lost, usec_t now)
{
    /* Packets that were sent again, but that this report does not count as lost, were only late: they must not be set
     * off against later losses. */
    int64_t missing = loss->missing + lost;
    note(loss, lost == 0 && missing < 0 ? 0 : missing, now);
}

void unrepaired_loss_resent(struct unrepaired_loss *loss)
{
    note(loss, loss->missing - 1, loss->since);
}

void unrepaired_loss_given_up(struct unrepaired_loss *loss, usec_t now)
{
    note(loss, loss->missing > 0 ? loss->missing + 1 : 1, now);
}

bool unrepaired_loss_take(struct unrepaired_loss *loss, usec_t now)
{
    bool is_due = loss->since != 0 && now - loss->since >= UNREPAIRED_KEYFRAME_AFTER;
    if (is_due)
        unrepaired_loss_clear(loss);
    return is_due;
}

void unrepaired_loss_clear(struct unrepaired_loss *loss)
{
    *loss = (struct unrepaired_loss){0};
}
