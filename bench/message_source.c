#include "bench/message_source.h"

#include <string.h>

#include "transport/base/check.h"

static const uint8_t magic[4] = {'h', 'b', 'n', 'm'}; /* then sender, number and time */

void message_source_init(struct message_source *source, uint32_t sender)
{
    *source = (struct message_source){.sender = sender};
}

void message_source_start(struct message_source *source, const struct message_source_config *config, usec_t now)
{
    CHECK(config->per_second > 0 && config->size >= MESSAGE_SOURCE_SIZE_MIN && config->size <= MESSAGE_SOURCE_SIZE_MAX);
    source->config = *config;
    source->start = now;
    source->count = 0;
}

void message_source_stop(struct message_source *source)
{
    source->config.per_second = 0;
}

usec_t message_source_next(const struct message_source *source)
{
    if (source->config.per_second == 0)
        return USEC_NEVER;
    return source->start + (usec_t)(source->count * USEC_PER_SEC / source->config.per_second);
}

size_t message_source_poll(const struct message_source *source, uint8_t *out, usec_t now)
{
    if (message_source_next(source) > now)
        return 0;
    memset(out, 0, source->config.size);
    memcpy(out, magic, sizeof magic);
    put_u32(out + 4, source->sender);
    put_u32(out + 8, source->number + 1);
    put_u64(out + 12, (uint64_t)now);
    return source->config.size;
}

void message_source_sent(struct message_source *source)
{
    source->number++;
    source->count++;
}

bool message_source_read(struct span payload, struct message_source_mark *mark)
{
    if (payload.length < MESSAGE_SOURCE_SIZE_MIN || memcmp(payload.data, magic, sizeof magic) != 0)
        return false;
    *mark = (struct message_source_mark){
        .sender = get_u32(payload.data + 4),
        .number = get_u32(payload.data + 8),
        .sent_at = (usec_t)get_u64(payload.data + 12),
    };
    return true;
}
