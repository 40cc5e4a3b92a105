#include "client/net/socket_keepalive.h"

#define PING_INTERVAL (5 * USEC_PER_SEC)
#define SILENCE_LIMIT (12 * USEC_PER_SEC)
#define PROBE_LIMIT (2 * USEC_PER_SEC) /* the same, when there is reason to doubt */
#define BACKOFF_FIRST (300 * USEC_PER_MSEC)
#define BACKOFF_LAST (3 * USEC_PER_SEC) /* a server that is up again is joined within 4 s */
#define DOUBLINGS_MAX 5
#define SLEEP_LIMIT (5 * USEC_PER_SEC) /* polled this late, the process itself slept: the server was not silent */

void socket_keepalive_init(struct socket_keepalive *keepalive, usec_t now)
{
    *keepalive = (struct socket_keepalive){
        .open_at = now, .ping_at = USEC_NEVER, .heard = now, .doubted_until = USEC_NEVER, .polled = now};
}

void socket_keepalive_opened(struct socket_keepalive *keepalive, usec_t now)
{
    keepalive->state = SOCKET_OPENING;
    keepalive->heard = now;
    keepalive->doubted_until = USEC_NEVER;
}

void socket_keepalive_joined(struct socket_keepalive *keepalive, usec_t now)
{
    keepalive->state = SOCKET_JOINED;
    keepalive->failures = 0;
    keepalive->ping_at = now + PING_INTERVAL;
    socket_keepalive_heard(keepalive, now);
}

void socket_keepalive_heard(struct socket_keepalive *keepalive, usec_t now)
{
    keepalive->heard = now;
    keepalive->doubted_until = USEC_NEVER;
}

void socket_keepalive_lost(struct socket_keepalive *keepalive, double unit, usec_t now)
{
    unsigned doublings = keepalive->failures < DOUBLINGS_MAX ? keepalive->failures : DOUBLINGS_MAX;
    usec_t wait = usec_min(BACKOFF_FIRST << doublings, BACKOFF_LAST);
    keepalive->state = SOCKET_AWAY;
    keepalive->failures++;
    keepalive->open_at = now + (usec_t)((double)wait * (0.75 + unit / 2));
}

void socket_keepalive_doubt(struct socket_keepalive *keepalive, usec_t now)
{
    keepalive->failures = 0;
    if (keepalive->state == SOCKET_AWAY) {
        keepalive->open_at = now;
        return;
    }
    keepalive->ping_at = now;
    keepalive->doubted_until = usec_min(keepalive->doubted_until, now + PROBE_LIMIT);
}

enum socket_action socket_keepalive_poll(struct socket_keepalive *keepalive, usec_t now)
{
    bool slept = now - keepalive->polled > SLEEP_LIMIT;
    keepalive->polled = now;
    if (keepalive->state == SOCKET_AWAY)
        return now >= keepalive->open_at ? SOCKET_OPEN : SOCKET_NOTHING;
    if (slept) {
        keepalive->heard = now;
        socket_keepalive_doubt(keepalive, now);
    }
    if (now >= keepalive->doubted_until || now - keepalive->heard > SILENCE_LIMIT)
        return SOCKET_DROP;
    if (keepalive->state != SOCKET_JOINED || now < keepalive->ping_at)
        return SOCKET_NOTHING;
    keepalive->ping_at = now + PING_INTERVAL;
    return SOCKET_PING;
}
