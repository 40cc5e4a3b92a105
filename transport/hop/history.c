#include "transport/hop/history.h"

#include <stdlib.h>

#include "transport/base/memory.h"

struct entry {
    int64_t sequence;
    usec_t stored;
    struct packet *packet; /* NULL: empty */
};

#define SIZE_LEAST 64

struct history {
    size_t size, most; /* places, powers of two; size 0: no memory yet */
    size_t count;
    struct history_account *account; /* NULL: none */
    usec_t max_age;
    int64_t newest;
    int64_t oldest; /* no older packet is held */
    bool started;
    struct entry *entries;
};

struct history *history_new(size_t slots, usec_t max_age, struct history_account *account)
{
    struct history *history = mem_alloc(sizeof *history);
    history->most = 1;
    while (history->most < slots)
        history->most *= 2;
    history->max_age = max_age;
    history->account = account;
    return history;
}

static struct entry *place(struct history *history, int64_t sequence)
{
    return &history->entries[(uint64_t)sequence & (history->size - 1)];
}

static void drop(struct history *history, struct entry *entry)
{
    if (entry->packet == NULL)
        return;
    if (history->account != NULL) {
        history->account->packets--;
        history->account->bytes -= entry->packet->length;
    }
    history->count--;
    packet_release(entry->packet);
    entry->packet = NULL;
}

/* In a smaller ring, a packet from before a jump of the numbers may have the same place as a newer one: the newer one
 * stays. */
static void resize(struct history *history, size_t size)
{
    struct entry *old = history->entries;
    size_t old_size = history->size;
    if (history->account != NULL)
        history->account->places += size - old_size;
    history->entries = size > 0 ? mem_array(size, sizeof *old) : NULL;
    history->size = size;
    for (size_t i = 0; i < old_size; i++) {
        struct entry *from = &old[i], *to = from->packet != NULL ? place(history, from->sequence) : NULL;
        if (to != NULL && (to->packet == NULL || to->sequence < from->sequence)) {
            struct entry other = *to;
            *to = *from;
            *from = other;
        }
        drop(history, from);
    }
    free(old);
}

static void hold(struct history *history, struct entry *entry, int64_t sequence, struct packet *packet, usec_t now)
{
    drop(history, entry);
    *entry = (struct entry){sequence, now, packet_hold(packet)};
    history->count++;
    if (history->account != NULL) {
        history->account->packets++;
        history->account->bytes += packet->length;
    }
}

void history_free(struct history *history)
{
    if (history == NULL)
        return;
    for (size_t i = 0; i < history->size; i++)
        drop(history, &history->entries[i]);
    resize(history, 0);
    free(history);
}

/* Drops the packet of the oldest number, or one that is left in its place from before a jump of the numbers. */
static void drop_oldest(struct history *history)
{
    struct entry *entry = place(history, history->oldest);
    if (entry->packet != NULL && entry->sequence <= history->oldest)
        drop(history, entry);
    history->oldest++;
}

static void expire(struct history *history, usec_t now)
{
    while (history->count > 0 && history->oldest <= history->newest) {
        const struct entry *entry = place(history, history->oldest);
        if (entry->packet != NULL && entry->sequence == history->oldest && now - entry->stored <= history->max_age)
            return;
        drop_oldest(history);
    }
}

void history_expire(struct history *history, usec_t now)
{
    expire(history, now);
    if (history->count == 0)
        resize(history, 0);
    else if (history->size > SIZE_LEAST && history->newest - history->oldest < (int64_t)history->size / 8)
        resize(history, history->size / 2);
}

void history_shrink(struct history *history)
{
    for (size_t keep = history->count / 2; history->count > keep && history->oldest <= history->newest;)
        drop_oldest(history);
}

/* The newest packet always stays: a NACK most likely asks for that one. */
static void keep_to_budget(struct history *history)
{
    const struct history_account *account = history->account;
    while (account != NULL && (account->packets > account->packets_max || account->bytes > account->bytes_max) &&
           history->oldest < history->newest)
        drop_oldest(history);
}

static bool may_grow(const struct history *history, size_t size)
{
    const struct history_account *account = history->account;
    return account == NULL || account->places - history->size + size <= account->places_max;
}

/* Grows for all numbers from `oldest` on, as far as the bounds allow. */
static void fit(struct history *history, int64_t oldest)
{
    size_t size = history->size > 0 ? history->size : history->most < SIZE_LEAST ? history->most : SIZE_LEAST;
    int64_t needed = history->newest - oldest + 1;
    while ((int64_t)size < needed && size < history->most && needed <= (int64_t)history->most &&
           may_grow(history, 2 * size))
        size *= 2;
    if (size != history->size)
        resize(history, size);
}

void history_put(struct history *history, int64_t sequence, struct packet *packet, usec_t now)
{
    if (!history->started) {
        history->started = true;
        history->newest = history->oldest = sequence;
    }
    expire(history, now);
    if (history->count == 0)
        history->newest = history->oldest = sequence;
    /* After a jump beyond the ring, packets of old numbers are dropped place by place in history_expire(). */
    if (sequence > history->newest)
        history->newest = sequence;
    fit(history, sequence < history->oldest ? sequence : history->oldest);
    if (history->newest - history->oldest >= (int64_t)history->size)
        history->oldest = history->newest - (int64_t)history->size + 1;
    if (sequence < history->oldest && sequence <= history->newest - (int64_t)history->size)
        return;
    if (sequence < history->oldest)
        history->oldest = sequence;
    hold(history, place(history, sequence), sequence, packet, now);
    keep_to_budget(history);
}

struct packet *history_get(const struct history *history, int64_t sequence)
{
    if (history->size == 0)
        return NULL;
    const struct entry *entry = &history->entries[(uint64_t)sequence & (history->size - 1)];
    return entry->packet != NULL && entry->sequence == sequence ? entry->packet : NULL;
}

size_t history_packets(const struct history *history)
{
    return history->count;
}

size_t history_memory(const struct history *history)
{
    return history->size * sizeof *history->entries;
}

size_t history_bytes(const struct history *history)
{
    size_t bytes = 0;
    for (size_t i = 0; i < history->size; i++) {
        if (history->entries[i].packet != NULL)
            bytes += history->entries[i].packet->length;
    }
    return bytes;
}
