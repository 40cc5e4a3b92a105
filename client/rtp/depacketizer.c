#include "client/rtp/depacketizer.h"

#include <string.h>

#include "transport/base/bytes.h"

static void append(struct depacketizer *depacketizer, const uint8_t *data, size_t length, uint8_t *out)
{
    memcpy(out + depacketizer->length, data, length);
    depacketizer->length += length;
}

/* RFC 6184. */
enum { TYPE = 0x1f, STAP_A = 24, FU_A = 28, FU_START = 0x80 };

static void begin_unit(struct depacketizer *depacketizer, uint8_t *out)
{
    static const uint8_t start_code[] = {0, 0, 0, 1};
    append(depacketizer, start_code, sizeof start_code, out);
}

static void add_aggregate(struct depacketizer *depacketizer, const uint8_t *payload, size_t length, uint8_t *out)
{
    for (size_t at = 1; at + 2 <= length;) {
        size_t size = get_u16(payload + at);
        at += 2;
        if (size > length - at)
            return;
        if (size > 0) {
            begin_unit(depacketizer, out);
            append(depacketizer, payload + at, size, out);
        }
        at += size;
    }
}

static void add_h264(struct depacketizer *depacketizer, const uint8_t *payload, size_t length, uint8_t *out)
{
    uint8_t type = payload[0] & TYPE;
    if (type == STAP_A) {
        add_aggregate(depacketizer, payload, length, out);
    } else if (type != FU_A) {
        begin_unit(depacketizer, out);
        append(depacketizer, payload, length, out);
    } else if (length >= 2) {
        const uint8_t header = (uint8_t)((payload[0] & ~TYPE) | (payload[1] & TYPE));
        if ((payload[1] & FU_START) != 0) {
            begin_unit(depacketizer, out);
            append(depacketizer, &header, 1, out);
        }
        append(depacketizer, payload + 2, length - 2, out);
    }
}

/* The AV1 RTP specification, section 4; OBUs are in the AV1 specification, section 5.3. */
enum { CONTINUES = 0x80, OBU_EXTENSION = 0x04, OBU_SIZE = 0x02 };
#define SIZE_BYTES 4 /* of the sizes that are written, whatever they are */
#define LEB128_MAX 8

static size_t take_size(const uint8_t *data, size_t length, size_t *at)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < LEB128_MAX && *at < length; i++) {
        uint8_t byte = data[(*at)++];
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if ((byte & 0x80) == 0)
            return value <= length - *at ? (size_t)value : length - *at;
    }
    return 0;
}

static void write_size(const struct depacketizer *depacketizer, uint8_t *out)
{
    size_t size = depacketizer->length - depacketizer->size_at - SIZE_BYTES;
    for (unsigned i = 0; i < SIZE_BYTES; i++)
        out[depacketizer->size_at + i] = (uint8_t)((size >> (7 * i) & 0x7f) | (i + 1 < SIZE_BYTES ? 0x80 : 0));
}

static void begin_obu(struct depacketizer *depacketizer, const uint8_t *obu, size_t length, uint8_t *out)
{
    static const uint8_t no_size[SIZE_BYTES];
    size_t at = (obu[0] & OBU_EXTENSION) != 0 ? 2 : 1;
    depacketizer->size_at = 0;
    if (length < at)
        return;
    append(depacketizer, obu, at, out);
    out[depacketizer->length - at] |= OBU_SIZE;
    depacketizer->size_at = depacketizer->length;
    append(depacketizer, no_size, sizeof no_size, out);
    if ((obu[0] & OBU_SIZE) != 0) /* a sender may leave it in */
        (void)take_size(obu, length, &at);
    append(depacketizer, obu + at, length - at, out);
    write_size(depacketizer, out);
}

static void add_av1(struct depacketizer *depacketizer, const uint8_t *payload, size_t length, uint8_t *out)
{
    unsigned count = payload[0] >> 4 & 0x03; /* of elements; 0: all of them tell their sizes */
    bool continues = (payload[0] & CONTINUES) != 0;
    size_t at = 1;
    for (unsigned i = 1; at < length && (count == 0 || i <= count); i++) {
        size_t size = i == count ? length - at : take_size(payload, length, &at);
        if (size == 0)
            return;
        if (!continues) {
            begin_obu(depacketizer, payload + at, size, out);
        } else if (depacketizer->size_at != 0) {
            append(depacketizer, payload + at, size, out);
            write_size(depacketizer, out);
        }
        continues = false;
        at += size;
    }
}

void depacketizer_add(struct depacketizer *depacketizer, const uint8_t *payload, size_t length, size_t descriptor,
                      uint8_t *out)
{
    if (length <= descriptor)
        return;
    if (depacketizer->codec == CODEC_H264)
        add_h264(depacketizer, payload, length, out);
    else if (depacketizer->codec == CODEC_AV1)
        add_av1(depacketizer, payload, length, out);
    else
        append(depacketizer, payload + descriptor, length - descriptor, out);
}
