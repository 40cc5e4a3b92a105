#include "router/worker/event_message.h"

#include "router/worker/stats_message.h"
#include "transport/base/message_head.h"

#define EVENT_SIZE 1024 /* of any event but statistics */

size_t worker_event_size(const struct worker_event *event)
{
    return event->type == WORKER_STATS ? EVENT_SIZE + worker_stats_size(event->stats) : EVENT_SIZE;
}

static void write_router_event(struct byte_writer *writer, const struct router_event *event)
{
    write_u8(writer, (uint8_t)event->type);
    write_text(writer, event->room);
    write_text(writer, event->mid);
    write_text(writer, event->publication);
    write_long_text(writer, event->text);
    write_u8(writer, (uint8_t)event->slot_state);
    write_u8(writer, (uint8_t)event->codec);
    write_u8(writer, event->payload_type);
    write_u8(writer, (uint8_t)event->asked_encodings);
}

int worker_event_write(const struct worker_event *event, uint8_t *out, size_t capacity)
{
    struct byte_writer writer = {.out = out, .capacity = capacity};
    write_head(&writer, EVENT_VERSION, (uint8_t)event->type, event->connection);
    switch (event->type) {
    case WORKER_CONNECTED:
    case WORKER_DISCONNECTED:
    case WORKER_CANDIDATE:
    case WORKER_READY:
        write_u32(&writer, (uint32_t)event->error);
        write_long_text(&writer, event->text);
        break;
    case WORKER_ROUTER:
        write_router_event(&writer, &event->router);
        break;
    case WORKER_STATS:
        worker_stats_write(&writer, event->stats);
        break;
    }
    return write_end(&writer);
}

/* These check values; whether the bytes were there, byte_reader tells in the end. */

static bool read_router_event(struct byte_reader *reader, struct router_event *event)
{
    uint8_t type = read_u8(reader);
    bool is_valid = type <= ROUTER_EVENT_ENCODINGS && read_text(reader, event->room, sizeof event->room) &&
                    read_text(reader, event->mid, sizeof event->mid) &&
                    read_text(reader, event->publication, sizeof event->publication) &&
                    read_long_text(reader, event->text, sizeof event->text) &&
                    slot_state_from_number(read_u8(reader), &event->slot_state);
    is_valid = codec_from_number(read_u8(reader), &event->codec) && is_valid;
    event->payload_type = read_u8(reader);
    event->asked_encodings = read_u8(reader);
    if (!is_valid || event->asked_encodings >= 1u << MEDIA_ENCODINGS_MAX)
        return false;
    event->type = (enum router_event_type)type;
    return true;
}

static int read_fields(struct byte_reader *reader, struct worker_event *event)
{
    bool is_valid;
    switch (event->type) {
    case WORKER_CONNECTED:
    case WORKER_DISCONNECTED:
    case WORKER_CANDIDATE:
    case WORKER_READY:
        event->error = (int)read_u32(reader);
        is_valid = read_long_text(reader, event->text, sizeof event->text);
        break;
    case WORKER_ROUTER:
        event->router.connection = event->connection;
        is_valid = read_router_event(reader, &event->router);
        break;
    case WORKER_STATS:
        is_valid = worker_stats_read(reader, &event->stats);
        break;
    default:
        return ERR_UNSUPPORTED;
    }
    return read_end(reader, is_valid);
}

int worker_event_read(struct worker_event *event, const uint8_t *data, size_t length)
{
    struct byte_reader reader = {.data = data, .left = length};
    uint8_t type;
    *event = (struct worker_event){0};
    int error = read_head(&reader, EVENT_VERSION, &type, &event->connection);
    event->type = (enum worker_event_type)type;
    return error != 0 ? error : read_fields(&reader, event);
}
