#include "tests/support/publisher.h"

#include <string.h>

#include "transport/base/bytes.h"
#include "transport/base/check.h"

#define EXTENSIONS_CAPACITY 64

static size_t write_extensions(uint8_t *out, const struct published_packet *packet)
{
    const char *const texts[] = {
        [EXTENSION_MID] = packet->mid, [EXTENSION_RID] = packet->rid, [EXTENSION_REPAIRED_RID] = packet->rrid};
    const uint8_t *id = packet->ids.id;
    struct extension_writer writer;
    uint8_t value[3];
    extension_writer_init(&writer, out, EXTENSIONS_CAPACITY, false);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i] != NULL)
            CHECK(extension_write(&writer, id[i], texts[i], strlen(texts[i])) >= 0);
    CHECK(extension_write(&writer, id[EXTENSION_AUDIO_LEVEL], &packet->audio_level, 1) >= 0);
    put_u24(value, packet->send_time);
    CHECK(extension_write(&writer, id[EXTENSION_ABS_SEND_TIME], value, 3) >= 0);
    put_u16(value, packet->transport_sequence);
    CHECK(extension_write(&writer, id[EXTENSION_TRANSPORT_SEQUENCE], value, 2) >= 0);
    return extension_writer_finish(&writer);
}

static size_t write_header(uint8_t *out, const struct published_packet *packet)
{
    const struct rtp_header header = {.marker = packet->marker,
                                      .payload_type = packet->payload_type,
                                      .sequence = packet->sequence,
                                      .timestamp = packet->timestamp,
                                      .ssrc = packet->ssrc};
    size_t length = write_extensions(out + RTP_HEADER_SIZE, packet);
    rtp_write_fixed(out, &header, length > 0);
    return RTP_HEADER_SIZE + length;
}

static size_t write_payload(uint8_t *out, const struct published_packet *packet)
{
    size_t number = packet->is_rtx ? 2 : 0, length = number;
    if (packet->is_empty)
        return 0;
    if (packet->is_rtx)
        put_u16(out, packet->original);
    if (packet->is_vp8)
        length += vp8_write_part(out + length, &packet->vp8);
    if (packet->payload.length > 0)
        memcpy(out + length, packet->payload.data, packet->payload.length);
    length += packet->payload.length;
    if (length - number >= packet->payload.size)
        return length;
    memset(out + length, packet->payload.fill, number + packet->payload.size - length);
    return number + packet->payload.size;
}

size_t published_packet_write(uint8_t *out, const struct published_packet *packet)
{
    size_t length = write_header(out, packet);
    return length + write_payload(out + length, packet);
}

struct published_packet published_packet_rtx(const struct published_packet *packet, uint32_t ssrc, uint8_t payload_type,
                                             uint16_t sequence)
{
    struct published_packet repair = *packet;
    repair.is_rtx = true;
    repair.original = packet->sequence;
    repair.ssrc = ssrc;
    repair.payload_type = payload_type;
    repair.sequence = sequence;
    return repair;
}

static uint32_t timestamp_at(const struct published_stream *stream, usec_t now)
{
    return stream->timestamp_start + (uint32_t)(now * (int64_t)stream->clock_rate / USEC_PER_SEC);
}

size_t published_stream_write(struct published_stream *stream, uint8_t *out, struct published_packet *packet,
                              usec_t now)
{
    packet->ssrc = stream->ssrc;
    packet->payload_type = stream->payload_type;
    packet->sequence = stream->sequence++;
    packet->timestamp = timestamp_at(stream, now);
    size_t head = write_header(out, packet), payload = write_payload(out + head, packet);
    stream->packets++;
    stream->bytes += (uint32_t)payload;
    return head + payload;
}

void published_stream_report(const struct published_stream *stream, struct rtcp_writer *writer, usec_t now,
                             int64_t wall_us)
{
    const struct rtcp_sender_info info = {.ssrc = stream->ssrc,
                                          .ntp = ntp_from_wall_us(wall_us),
                                          .rtp_timestamp = timestamp_at(stream, now),
                                          .packets = stream->packets,
                                          .bytes = stream->bytes};
    rtcp_write_sr(writer, &info, NULL, 0);
}
