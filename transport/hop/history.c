#include "transport/hop/history.h"

#include <stdlib.h>

#include "transport/base/memory.h"

struct entry {
    int64_t sequence;
    usec_t stored;
    struct packet *packet; /* NULL: empty */
};

struct history {
    size_t size; /* a power of two */
    usec_t max_age;
    int64_t newest;
    int64_t oldest; /* nothing older is held */
    bool started;
    struct entry entries[];
};

struct history *history_new(size_t slots, usec_t max_age)
{
    size_t size = 1;
    while (size < slots)
        size *= 2;
    struct history *history = mem_alloc(sizeof *history + size * sizeof history->entries[0]);
    history->size = size;
    history->max_age = max_age;
    return history;
}

static struct entry *place(struct history *history, int64_t sequence)
{
    return &history->entries[(uint64_t)sequence & (history->size - 1)];
}

static void drop(struct entry *entry)
{
    packet_release(entry->packet);
    entry->packet = NULL;
}

void history_free(struct history *history)
{
    if (history == NULL)
        return;
    for (size_t i = 0; i < history->size; i++)
        drop(&history->entries[i]);
    free(history);
}

static void expire(struct history *history, usec_t now)
{
    while (history->oldest < history->newest) {
        struct entry *entry = place(history, history->oldest);
        if (entry->packet != NULL && entry->sequence == history->oldest && now - entry->stored <= history->max_age)
            return;
        if (entry->packet != NULL && entry->sequence <= history->oldest) /* or left over from before a jump */
            drop(entry);
        history->oldest++;
    }
}

void history_put(struct history *history, int64_t sequence, struct packet *packet, usec_t now)
{
    if (!history->started) {
        history->started = true;
        history->newest = history->oldest = sequence;
    }
    /* After a jump beyond the ring, what is left of the old numbers is let go place by place in expire(). */
    if (sequence > history->newest)
        history->newest = sequence;
    if (history->newest - history->oldest >= (int64_t)history->size)
        history->oldest = history->newest - (int64_t)history->size + 1;
    if (sequence < history->oldest && sequence <= history->newest - (int64_t)history->size)
        return;
    if (sequence < history->oldest)
        history->oldest = sequence;
    struct entry *entry = place(history, sequence);
    drop(entry);
    *entry = (struct entry){sequence, now, packet_hold(packet)};
    expire(history, now);
}

struct packet *history_get(const struct history *history, int64_t sequence)
{
    const struct entry *entry = &history->entries[(uint64_t)sequence & (history->size - 1)];
    return entry->packet != NULL && entry->sequence == sequence ? entry->packet : NULL;
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
