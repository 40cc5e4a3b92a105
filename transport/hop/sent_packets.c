#include "transport/hop/sent_packets.h"

#include <stdlib.h>

#include "transport/base/memory.h"

#define LEAST 64

void sent_packets_fini(struct sent_packets *sent)
{
    free(sent->places);
}

usec_t sent_packet_time(const struct sent_packet *packet, usec_t now)
{
    return now - (uint32_t)((uint32_t)now - packet->at);
}

static struct sent_packet *place(const struct sent_packets *sent, uint16_t sequence)
{
    return &sent->places[sequence & (sent->size - 1)];
}

/* Of two packets that have the same place afterwards the one that was sent later stays. */
static void grow(struct sent_packets *sent, usec_t now)
{
    struct sent_packets old = *sent;
    sent->size = old.size > 0 ? 2 * old.size : LEAST;
    sent->places = mem_array(sent->size, sizeof *sent->places);
    for (size_t i = 0; i < old.size; i++) {
        const struct sent_packet *from = &old.places[i];
        struct sent_packet *to = place(sent, from->sequence);
        if (from->is_waiting && (!to->is_waiting || sent_packet_time(from, now) > sent_packet_time(to, now)))
            *to = *from;
    }
    free(old.places);
}

/* Whether one would be overwritten that is too young for that. */
static bool is_full(const struct sent_packets *sent, uint16_t sequence, usec_t now)
{
    if (sent->size == 0)
        return true;
    const struct sent_packet *old = place(sent, sequence);
    return old->is_waiting && old->sequence != sequence && now - sent_packet_time(old, now) < SENT_PACKETS_AGE;
}

void sent_packets_add(struct sent_packets *sent, const struct sent_packet *packet, usec_t now)
{
    while (sent->size < SENT_PACKETS_MOST && is_full(sent, packet->sequence, now))
        grow(sent, now);
    *place(sent, packet->sequence) = *packet;
}

struct sent_packet *sent_packets_find(const struct sent_packets *sent, uint16_t sequence)
{
    struct sent_packet *packet = sent->size > 0 ? place(sent, sequence) : NULL;
    return packet != NULL && packet->is_waiting && packet->sequence == sequence ? packet : NULL;
}
