#include "transport/wire/packet.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/check.h"
#include "transport/base/memory.h"
#include "transport/base/slab.h"

/* Storage sizes: audio, a video packet of a low layer, a browser's full one (1,200 bytes and RTP header), anything. */
static const uint16_t sizes[] = {256, 768, 1240, PACKET_CAPACITY};
#define CLASS_COUNT (sizeof sizes / sizeof sizes[0])

struct packet_pool {
    size_t limit, in_use;
    struct slab slabs[CLASS_COUNT];
};

struct packet_pool *packet_pool_new(size_t limit)
{
    struct packet_pool *pool = mem_alloc(sizeof *pool);
    pool->limit = limit;
    for (size_t i = 0; i < CLASS_COUNT; i++)
        slab_init(&pool->slabs[i], sizeof(struct packet) + sizes[i]);
    return pool;
}

void packet_pool_free(struct packet_pool *pool)
{
    if (pool == NULL)
        return;
    CHECK(pool->in_use == 0);
    for (size_t i = 0; i < CLASS_COUNT; i++)
        slab_fini(&pool->slabs[i]);
    free(pool);
}

size_t packet_pool_in_use(const struct packet_pool *pool)
{
    return pool->in_use;
}

size_t packet_pool_bytes(const struct packet_pool *pool)
{
    size_t bytes = 0;
    for (size_t i = 0; i < CLASS_COUNT; i++)
        bytes += slab_bytes(&pool->slabs[i]);
    return bytes;
}

void packet_pool_trim(struct packet_pool *pool)
{
    for (size_t i = 0; i < CLASS_COUNT; i++)
        slab_trim(&pool->slabs[i]);
}

static struct packet *take(struct packet_pool *pool, size_t class)
{
    struct packet *packet = pool->in_use < pool->limit ? slab_take(&pool->slabs[class]) : NULL;
    if (packet == NULL)
        return NULL;
    pool->in_use++;
    packet->pool = pool;
    packet->size_class = (uint8_t) class;
    packet->data = packet->storage;
    packet->references = 1;
    packet->length = 0;
    return packet;
}

struct packet *packet_new(struct packet_pool *pool)
{
    return take(pool, CLASS_COUNT - 1);
}

struct packet *packet_copy(struct packet_pool *pool, const uint8_t *data, size_t length)
{
    size_t class = 0;
    while (class < CLASS_COUNT && sizes[class] < length)
        class ++;
    struct packet *packet = class < CLASS_COUNT ? take(pool, class) : NULL;
    if (packet != NULL) {
        memcpy(packet->data, data, length);
        packet->length = (uint16_t)length;
    }
    return packet;
}

struct packet *packet_copy_part(const struct packet *packet, const uint8_t *data, size_t length)
{
    return packet_copy(packet->pool, data, length);
}

struct packet *packet_hold(struct packet *packet)
{
    packet->references++;
    return packet;
}

void packet_release(struct packet *packet)
{
    if (packet == NULL)
        return;
    CHECK(packet->references > 0);
    if (--packet->references > 0)
        return;
    struct packet_pool *pool = packet->pool;
    pool->in_use--;
    slab_give(&pool->slabs[packet->size_class], packet);
}
