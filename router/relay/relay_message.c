#include "router/relay/relay_message.h"

#include "transport/base/message_head.h"

#define WALL_US_MAX ((int64_t)UINT32_MAX * 1000000) /* the range of NTP, so that sums with it cannot overflow */

static void write_encoding(struct byte_writer *writer, const struct relay_message *message)
{
    write_text(writer, message->mid);
    write_u8(writer, message->encoding);
    write_u32(writer, message->ssrc);
}

static void write_report(struct byte_writer *writer, const struct relay_message *message)
{
    write_encoding(writer, message);
    write_u64(writer, message->report.ntp);
    write_u32(writer, message->report.rtp_timestamp);
    write_u32(writer, message->report.packets);
    write_u32(writer, message->report.bytes);
    write_u64(writer, (uint64_t)message->report_wall_us);
}

static void write_body_length(struct byte_writer *writer, const struct relay_message *message)
{
    writer->has_failed = writer->has_failed || message->body.length > UINT16_MAX;
    write_u16(writer, (uint16_t)message->body.length);
}

int relay_message_write(const struct relay_message *message, uint8_t *out, size_t capacity)
{
    struct byte_writer writer = {.out = out, .capacity = capacity};
    write_head(&writer, RELAY_VERSION, (uint8_t)message->kind, message->publisher);
    switch (message->kind) {
    case RELAY_PUBLISHER:
    case RELAY_DATA:
        write_body_length(&writer, message);
        break;
    case RELAY_GONE:
        break;
    case RELAY_MEDIA:
        write_encoding(&writer, message);
        write_flag(&writer, message->is_retransmission);
        write_body_length(&writer, message);
        break;
    case RELAY_REPORT:
        write_report(&writer, message);
        break;
    case RELAY_KEYFRAME:
        write_encoding(&writer, message);
        break;
    case RELAY_REQUEST:
        write_text(&writer, message->mid);
        write_u8(&writer, message->asked);
        write_u16(&writer, message->slots);
        break;
    }
    return write_end(&writer);
}

/* These check values; whether the bytes were there, byte_reader tells in the end. */

static bool read_mid(struct byte_reader *reader, struct relay_message *message)
{
    return read_text(reader, message->mid, sizeof message->mid) && message->mid[0] != '\0';
}

static bool read_encoding(struct byte_reader *reader, struct relay_message *message)
{
    bool is_valid = read_mid(reader, message);
    message->encoding = read_u8(reader);
    message->ssrc = read_u32(reader);
    return is_valid && message->encoding < MEDIA_ENCODINGS_MAX && message->ssrc != 0;
}

static void read_body(struct byte_reader *reader, struct relay_message *message)
{
    message->body.length = read_u16(reader);
    message->body.data = read_bytes(reader, message->body.length);
}

static bool read_media(struct byte_reader *reader, struct relay_message *message)
{
    bool is_valid = read_encoding(reader, message);
    is_valid = read_flag(reader, &message->is_retransmission) && is_valid;
    read_body(reader, message);
    return is_valid;
}

static bool read_report(struct byte_reader *reader, struct relay_message *message)
{
    bool is_valid = read_encoding(reader, message);
    message->report.ssrc = message->ssrc;
    message->report.ntp = read_u64(reader);
    message->report.rtp_timestamp = read_u32(reader);
    message->report.packets = read_u32(reader);
    message->report.bytes = read_u32(reader);
    message->report_wall_us = (int64_t)read_u64(reader);
    return is_valid && message->report_wall_us >= 0 && message->report_wall_us <= WALL_US_MAX;
}

static bool read_request(struct byte_reader *reader, struct relay_message *message)
{
    bool is_valid = read_mid(reader, message);
    message->asked = read_u8(reader);
    message->slots = read_u16(reader);
    return is_valid && message->asked < 1u << MEDIA_ENCODINGS_MAX;
}

static int read_fields(struct byte_reader *reader, struct relay_message *message)
{
    bool is_valid = true;
    switch (message->kind) {
    case RELAY_PUBLISHER:
    case RELAY_DATA:
        read_body(reader, message);
        break;
    case RELAY_GONE:
        break;
    case RELAY_MEDIA:
        is_valid = read_media(reader, message);
        break;
    case RELAY_REPORT:
        is_valid = read_report(reader, message);
        break;
    case RELAY_KEYFRAME:
        is_valid = read_encoding(reader, message);
        break;
    case RELAY_REQUEST:
        is_valid = read_request(reader, message);
        break;
    default:
        return ERR_UNSUPPORTED;
    }
    return read_end(reader, is_valid);
}

int relay_message_read(struct relay_message *message, const uint8_t *data, size_t length)
{
    struct byte_reader reader = {.data = data, .left = length};
    uint8_t kind;
    *message = (struct relay_message){0};
    int error = read_head(&reader, RELAY_VERSION, &kind, &message->publisher);
    message->kind = (enum relay_kind)kind;
    return error != 0 ? error : read_fields(&reader, message);
}
