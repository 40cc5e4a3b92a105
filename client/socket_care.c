#include "client/socket_care.h"

#define PING_INTERVAL (5 * USEC_PER_SEC)
#define SILENCE_LIMIT (12 * USEC_PER_SEC)
#define PROBE_LIMIT (2 * USEC_PER_SEC) /* the same, when there is reason to doubt */
#define BACKOFF_FIRST (300 * USEC_PER_MSEC)
#define BACKOFF_LAST (3 * USEC_PER_SEC) /* a server that is up again is joined within 4 s */
#define DOUBLINGS_MAX 5
#define SLEEP_LIMIT (5 * USEC_PER_SEC) /* polled this late, the process itself slept: the server was not silent */

void socket_care_init(struct socket_care *care, usec_t now)
{
    *care = (struct socket_care){
        .open_at = now, .ping_at = USEC_NEVER, .heard = now, .doubted_until = USEC_NEVER, .polled = now};
}

void socket_care_opened(struct socket_care *care, usec_t now)
{
    care->state = SOCKET_OPENING;
    care->heard = now;
    care->doubted_until = USEC_NEVER;
}

void socket_care_joined(struct socket_care *care, usec_t now)
{
    care->state = SOCKET_JOINED;
    care->failures = 0;
    care->ping_at = now + PING_INTERVAL;
    socket_care_heard(care, now);
}

void socket_care_heard(struct socket_care *care, usec_t now)
{
    care->heard = now;
    care->doubted_until = USEC_NEVER;
}

void socket_care_lost(struct socket_care *care, double unit, usec_t now)
{
    unsigned doublings = care->failures < DOUBLINGS_MAX ? care->failures : DOUBLINGS_MAX;
    usec_t wait = usec_min(BACKOFF_FIRST << doublings, BACKOFF_LAST);
    care->state = SOCKET_AWAY;
    care->failures++;
    care->open_at = now + (usec_t)((double)wait * (0.75 + unit / 2));
}

void socket_care_doubt(struct socket_care *care, usec_t now)
{
    care->failures = 0;
    if (care->state == SOCKET_AWAY) {
        care->open_at = now;
        return;
    }
    care->ping_at = now;
    care->doubted_until = usec_min(care->doubted_until, now + PROBE_LIMIT);
}

enum socket_action socket_care_poll(struct socket_care *care, usec_t now)
{
    bool slept = now - care->polled > SLEEP_LIMIT;
    care->polled = now;
    if (care->state == SOCKET_AWAY)
        return now >= care->open_at ? SOCKET_OPEN : SOCKET_NOTHING;
    if (slept) {
        care->heard = now;
        socket_care_doubt(care, now);
    }
    if (now >= care->doubted_until || now - care->heard > SILENCE_LIMIT)
        return SOCKET_DROP;
    if (care->state != SOCKET_JOINED || now < care->ping_at)
        return SOCKET_NOTHING;
    care->ping_at = now + PING_INTERVAL;
    return SOCKET_PING;
}
