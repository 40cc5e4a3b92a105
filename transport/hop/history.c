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
    size_t count;
    struct history_account *account; /* NULL: none */
    usec_t max_age;
    int64_t newest;
    int64_t oldest; /* nothing older is held */
    bool started;
    struct entry entries[];
};

struct history *history_new(size_t slots, usec_t max_age, struct history_account *account)
{
    size_t size = 1;
    while (size < slots)
        size *= 2;
    struct history *history = mem_alloc(sizeof *history + size * sizeof history->entries[0]);
    history->size = size;
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
    free(history);
}

/* Lets go of the oldest number, if anything is held there; or of what is left in its place from before a jump. */
static void drop_oldest(struct history *history)
{
    struct entry *entry = place(history, history->oldest);
    if (entry->packet != NULL && entry->sequence <= history->oldest)
        drop(history, entry);
    history->oldest++;
}

void history_expire(struct history *history, usec_t now)
{
    while (history->count > 0 && history->oldest <= history->newest) {
        const struct entry *entry = place(history, history->oldest);
        if (entry->packet != NULL && entry->sequence == history->oldest && now - entry->stored <= history->max_age)
            return;
        drop_oldest(history);
    }
}

void history_shrink(struct history *history)
{
    for (size_t keep = history->count / 2; history->count > keep && history->oldest <= history->newest;)
        drop_oldest(history);
}

/* The newest stays, whatever it weighs: it is the one that a resend is most likely to be asked of. */
static void keep_to_budget(struct history *history)
{
    const struct history_account *account = history->account;
    while (account != NULL && (account->packets > account->packets_max || account->bytes > account->bytes_max) &&
           history->oldest < history->newest)
        drop_oldest(history);
}

void history_put(struct history *history, int64_t sequence, struct packet *packet, usec_t now)
{
    if (!history->started) {
        history->started = true;
        history->newest = history->oldest = sequence;
    }
    /* After a jump beyond the ring, what is left of the old numbers is let go place by place in history_expire(). */
    if (sequence > history->newest)
        history->newest = sequence;
    if (history->newest - history->oldest >= (int64_t)history->size)
        history->oldest = history->newest - (int64_t)history->size + 1;
    if (sequence < history->oldest && sequence <= history->newest - (int64_t)history->size)
        return;
    if (sequence < history->oldest)
        history->oldest = sequence;
    hold(history, place(history, sequence), sequence, packet, now);
    history_expire(history, now);
    keep_to_budget(history);
}

struct packet *history_get(const struct history *history, int64_t sequence)
{
    const struct entry *entry = &history->entries[(uint64_t)sequence & (history->size - 1)];
    return entry->packet != NULL && entry->sequence == sequence ? entry->packet : NULL;
}

size_t history_packets(const struct history *history)
{
    return history->count;
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
