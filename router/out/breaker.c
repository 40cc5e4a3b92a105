#include "router/out/breaker.h"

/* Three report intervals must be missed. Browsers report at least every 1.5 s while they get video; the interval of RFC
 * 3550, randomized, is up to 6.2 s (section 6.3.1). So the interval is taken from the longest wait for an RTCP packet
 * so far. */
#define INTERVALS 3
#define LIMIT_LEAST (5 * USEC_PER_SEC)
#define LIMIT_MOST (15 * USEC_PER_SEC)
#define STILL (1 * USEC_PER_SEC) /* after so long without video, the wait starts again with the next packet */

void breaker_reset(struct breaker *breaker)
{
    breaker->is_waiting = breaker->is_open = false;
}

void breaker_sent(struct breaker *breaker, usec_t now)
{
    if (!breaker->is_waiting || now - breaker->last_sent > STILL)
        breaker->waiting_since = now;
    breaker->is_waiting = true;
    breaker->last_sent = now;
}

bool breaker_heard(struct breaker *breaker, usec_t now)
{
    bool was_open = breaker->is_open;
    if (breaker->is_waiting && !was_open)
        breaker->longest_wait = usec_max(breaker->longest_wait, now - breaker->waiting_since);
    breaker->is_waiting = breaker->is_open = false;
    return was_open;
}

bool breaker_check(struct breaker *breaker, usec_t now)
{
    usec_t limit = usec_min(usec_max(INTERVALS * breaker->longest_wait, LIMIT_LEAST), LIMIT_MOST);
    bool is_sending = breaker->is_waiting && now - breaker->last_sent <= STILL;
    if (breaker->is_open || !is_sending || now - breaker->waiting_since < limit)
        return false;
    breaker->is_open = true;
    breaker->trips++;
    return true;
}
