#include "router/in/memory.h"

#include "router/in/publisher.h"

#define MEMORY_INTERVAL (1 * USEC_PER_SEC)

void memory_timeout(struct router *router, usec_t now)
{
    for (struct publisher *p = router->publishers; p != NULL; p = p->next)
        if (p->held.packets > 0)
            publisher_expire(p, now);
    packet_pool_trim(router->pool);
    if (packet_pool_bytes(router->pool) > 0)
        schedule_set(&router->agenda.schedule, &router->memory_timer, now + MEMORY_INTERVAL);
}

static struct publisher *holds_most(const struct router *router)
{
    struct publisher *most = NULL;
    for (struct publisher *p = router->publishers; p != NULL; p = p->next)
        if (p->held.packets > (most != NULL ? most->held.packets : 0))
            most = p;
    return most;
}

struct packet *memory_copy_packet(struct router *router, const uint8_t *data, size_t length)
{
    struct publisher *most;
    struct packet *packet = packet_copy(router->pool, data, length);
    if (packet == NULL && packet_pool_in_use(router->pool) >= router->config.packet_limit &&
        (most = holds_most(router)) != NULL) {
        publisher_shrink(most);
        router->memory_evictions++;
        packet = packet_copy(router->pool, data, length);
    }
    router->memory_drops += packet == NULL;
    schedule_by(&router->agenda.schedule, &router->memory_timer, router->agenda.now + MEMORY_INTERVAL);
    return packet;
}
