#include "router/out/downlink.h"

#define MIN_BPS 50000
#define MAX_BPS 100000000
#define CAREFUL_AFTER_DOWNGRADE (10 * USEC_PER_SEC) /* after a downgrade by congestion */
#define PACE_PERCENT 250      /* of the estimate, so that no queue grows in the pacer instead of the link */
#define PACE_FULL_PERCENT 100 /* while the link's own queue is full and would drop bursts */
#define RESEND_BYTES_MAX 30000
#define RESEND_SHARE 4        /* retransmissions get at most this part (1/4) of the estimate, */
#define RESEND_SHARE_BLIND 16 /* or 1/16 on a full link whose receiver reports only once a second */

void downlink_init(struct downlink *downlink, uint64_t start_bps, usec_t now)
{
    const struct bwe_config config = {.start_bps = start_bps, .min_bps = MIN_BPS, .max_bps = MAX_BPS};
    *downlink = (struct downlink){
        .bwe = bwe_new(&config, now),
        .next_allocation = now,
        .last_allocation = now - DOWNLINK_ALLOCATION_SPACING,
        .last_downgrade = now - CAREFUL_AFTER_DOWNGRADE,
        .resend_tokens = RESEND_BYTES_MAX,
        .short_since = USEC_NEVER,
        .tokens_at = now,
    };
}

void downlink_fini(struct downlink *downlink)
{
    bwe_free(downlink->bwe);
}

uint64_t downlink_pace(const struct downlink *downlink)
{
    if (!downlink->is_measured)
        return 0;
    unsigned percent = bwe_is_overusing(downlink->bwe) ? PACE_FULL_PERCENT : PACE_PERCENT;
    return bwe_estimate(downlink->bwe) * percent / 100;
}

void downlink_sent(struct downlink *downlink, uint16_t transport_sequence, size_t bytes, int cluster, usec_t now)
{
    bwe_sent(downlink->bwe, transport_sequence, bytes, cluster, now);
}

void downlink_count(struct downlink *downlink, size_t bytes, bool is_reported)
{
    bwe_count(downlink->bwe, bytes, is_reported);
}

bool downlink_may_resend(struct downlink *downlink, size_t bytes, usec_t now)
{
    if (!downlink->is_measured)
        return true;
    usec_t elapsed = usec_min(now - downlink->tokens_at, USEC_PER_SEC);
    bool is_blind = !bwe_has_feedback(downlink->bwe) && bwe_is_overusing(downlink->bwe);
    uint64_t bytes_per_second = bwe_estimate(downlink->bwe) / 8 / (is_blind ? RESEND_SHARE_BLIND : RESEND_SHARE);
    downlink->tokens_at = now;
    downlink->resend_tokens += (int64_t)bytes_per_second * elapsed / USEC_PER_SEC;
    if (downlink->resend_tokens > RESEND_BYTES_MAX)
        downlink->resend_tokens = RESEND_BYTES_MAX;
    if (downlink->resend_tokens < (int64_t)bytes)
        return false;
    downlink->resend_tokens -= (int64_t)bytes;
    return true;
}

bool downlink_is_cautious(const struct downlink *downlink, usec_t now)
{
    return now - downlink->last_downgrade < CAREFUL_AFTER_DOWNGRADE;
}
