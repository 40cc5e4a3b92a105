#include "transport/hop/nack.h"

#include <stdlib.h>

#include "transport/base/memory.h"

#define ATTEMPTS_MAX 10
#define AGE_MAX USEC_PER_SEC
#define SPACING_MIN (20 * USEC_PER_MSEC)
#define REORDER_WAIT_MAX (25 * USEC_PER_MSEC)
#define MISSING_LEAST 16 /* places; most paths lose little */
#define RTT_START (100 * USEC_PER_MSEC)

struct missing {
    int64_t sequence;
    usec_t since, next;
    unsigned attempts;
};

struct nack {
    bool started, given_up;
    int64_t newest;
    usec_t rtt;
    usec_t reorder_wait; /* so late packets come on this path without being lost */
    size_t count, capacity;
    struct missing *missing; /* ascending */
};

struct nack *nack_new(void)
{
    struct nack *nack = mem_alloc(sizeof *nack);
    nack->rtt = RTT_START;
    return nack;
}

void nack_free(struct nack *nack)
{
    if (nack != NULL)
        free(nack->missing);
    free(nack);
}

void nack_set_rtt(struct nack *nack, usec_t rtt)
{
    nack->rtt = rtt;
}

void nack_reset(struct nack *nack)
{
    nack->count = 0;
}

static void remove_at(struct nack *nack, size_t index)
{
    nack->count--;
    for (size_t i = index; i < nack->count; i++)
        nack->missing[i] = nack->missing[i + 1];
}

/* A packet came after all. Sooner than an answer could: the path itself reordered. */
static void learn_reordering(struct nack *nack, const struct missing *missing, usec_t now)
{
    usec_t late = now - missing->since;
    if (late >= nack->rtt * 3 / 4)
        nack->reorder_wait -= nack->reorder_wait / 16;
    else if (late > nack->reorder_wait)
        nack->reorder_wait = usec_min(late + late / 4, REORDER_WAIT_MAX);
}

static void arrived(struct nack *nack, int64_t sequence, usec_t now)
{
    for (size_t i = 0; i < nack->count; i++) {
        if (nack->missing[i].sequence != sequence)
            continue;
        learn_reordering(nack, &nack->missing[i], now);
        remove_at(nack, i);
        return;
    }
}

static void reserve(struct nack *nack, size_t count)
{
    if (count <= nack->capacity)
        return;
    nack->capacity = count * 2 < MISSING_LEAST ? MISSING_LEAST : count * 2;
    nack->missing = mem_resize(nack->missing, nack->capacity, sizeof *nack->missing);
}

bool nack_packet(struct nack *nack, int64_t sequence, usec_t now)
{
    if (!nack->started) {
        nack->started = true;
        nack->newest = sequence;
        return false;
    }
    if (sequence <= nack->newest) {
        arrived(nack, sequence, now);
        return false;
    }
    int64_t gap = sequence - nack->newest - 1;
    int64_t first = nack->newest + 1;
    nack->newest = sequence;
    if (gap + (int64_t)nack->count > NACK_GAP_MAX) {
        nack_reset(nack);
        return true;
    }
    reserve(nack, nack->count + (size_t)gap);
    for (int64_t lost = first; lost < sequence; lost++)
        nack->missing[nack->count++] =
            (struct missing){.sequence = lost, .since = now, .next = now + nack->reorder_wait};
    return false;
}

static void give_up_old(struct nack *nack, usec_t now)
{
    size_t kept = 0;
    for (size_t i = 0; i < nack->count; i++) {
        const struct missing *m = &nack->missing[i];
        if (now - m->since > AGE_MAX || (m->attempts >= ATTEMPTS_MAX && m->next <= now))
            nack->given_up = true;
        else
            nack->missing[kept++] = *m;
    }
    nack->count = kept;
}

size_t nack_due(struct nack *nack, uint16_t *lost, size_t capacity, usec_t now)
{
    size_t count = 0;
    usec_t spacing = usec_max(nack->rtt, SPACING_MIN);
    give_up_old(nack, now);
    for (size_t i = 0; i < nack->count && count < capacity; i++) {
        struct missing *m = &nack->missing[i];
        if (m->next > now)
            continue;
        m->next = now + spacing;
        m->attempts++;
        lost[count++] = (uint16_t)m->sequence;
    }
    return count;
}

usec_t nack_next(const struct nack *nack)
{
    usec_t next = USEC_NEVER;
    for (size_t i = 0; i < nack->count; i++)
        next = usec_min(next, usec_min(nack->missing[i].next, nack->missing[i].since + AGE_MAX + 1));
    return next;
}

bool nack_take_given_up(struct nack *nack)
{
    bool given_up = nack->given_up;
    nack->given_up = false;
    return given_up;
}
