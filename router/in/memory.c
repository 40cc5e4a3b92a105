#include "router/in/memory.h"

#define MEMORY_INTERVAL (1 * USEC_PER_SEC)

void memory_timeout(struct publishers *publishers, usec_t now)
{
    struct core *core = publishers->core;
    for (struct publisher *p = publishers->first; p != NULL; p = p->next)
        if (p->held.packets > 0)
            publisher_expire(p, now);
    packet_pool_trim(core->pool);
    if (packet_pool_bytes(core->pool) > 0)
        schedule_set(&core->agenda.schedule, &publishers->memory_timer, now + MEMORY_INTERVAL);
}

static struct publisher *holds_most(const struct publishers *publishers)
{
    struct publisher *most = NULL;
    for (struct publisher *p = publishers->first; p != NULL; p = p->next)
        if (p->held.packets > (most != NULL ? most->held.packets : 0))
            most = p;
    return most;
}

struct packet *memory_copy_packet(struct publishers *publishers, const uint8_t *data, size_t length)
{
    struct core *core = publishers->core;
    struct publisher *most;
    struct packet *packet = packet_copy(core->pool, data, length);
    if (packet == NULL && packet_pool_in_use(core->pool) >= core->config.packet_limit &&
        (most = holds_most(publishers)) != NULL) {
        publisher_shrink(most);
        publishers->evictions++;
        packet = packet_copy(core->pool, data, length);
    }
    publishers->drops += packet == NULL;
    schedule_by(&core->agenda.schedule, &publishers->memory_timer, core->agenda.now + MEMORY_INTERVAL);
    return packet;
}
