#include "transport/wire/extension.h"

#include <string.h>

#include "transport/base/bytes.h"
#include "transport/base/error.h"

#define ONE_BYTE_PROFILE 0xbede
#define TWO_BYTE_PROFILE 0x1000 /* the low four bits are the application's */
#define BLOCK_HEADER_SIZE 4

static const struct {
    const char *uri;
    uint8_t lengths[2]; /* of its value, where its definition fixes them; 0: any */
} known[EXTENSION_COUNT] = {
    [EXTENSION_MID] = {.uri = "urn:ietf:params:rtp-hdrext:sdes:mid"},
    [EXTENSION_RID] = {.uri = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"},
    [EXTENSION_REPAIRED_RID] = {.uri = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"},
    [EXTENSION_AUDIO_LEVEL] = {"urn:ietf:params:rtp-hdrext:ssrc-audio-level", {1}},
    [EXTENSION_ABS_SEND_TIME] = {"http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", {3}},
    [EXTENSION_TRANSPORT_SEQUENCE] = {"http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01", {2}},
    [EXTENSION_TOFFSET] = {"urn:ietf:params:rtp-hdrext:toffset", {3}},
    [EXTENSION_VIDEO_ORIENTATION] = {"urn:3gpp:video-orientation", {1}},
    [EXTENSION_PLAYOUT_DELAY] = {"http://www.webrtc.org/experiments/rtp-hdrext/playout-delay", {3}},
    [EXTENSION_DEPENDENCY_DESCRIPTOR] =
        {.uri = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"},
    [EXTENSION_VIDEO_LAYERS_ALLOCATION] =
        {.uri = "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00"},
    [EXTENSION_ABS_CAPTURE_TIME] = {"http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time", {8, 16}},
};

enum extension extension_from_uri(const char *uri)
{
    int extension = 0;
    while (extension < EXTENSION_COUNT && strcmp(uri, known[extension].uri) != 0)
        extension++;
    return (enum extension)extension;
}

const char *extension_uri(enum extension extension)
{
    return known[extension].uri;
}

/* A value of another length is some other extension's, or nonsense: it is not there. Whoever got it forwarded might
 * read over its end, or give up (aiortc ends its connection). */
static bool has_right_length(int extension, size_t length)
{
    const uint8_t *lengths = known[extension].lengths;
    return lengths[0] == 0 || length == lengths[0] || (length > 0 && length == lengths[1]);
}

static void note(struct extension_values *values, const struct extension_map *map, uint8_t id, size_t offset,
                 size_t length)
{
    for (int i = 0; i < EXTENSION_COUNT; i++) {
        if (map->id[i] == id && has_right_length(i, length)) {
            values->at[i].offset = (uint16_t)offset;
            values->at[i].length = (uint8_t)length;
        }
    }
}

static int parse_one_byte(struct extension_values *values, const struct extension_map *map, const uint8_t *packet,
                          size_t at, size_t end)
{
    while (at < end) {
        uint8_t id = packet[at] >> 4;
        size_t length = (size_t)(packet[at] & 0x0f) + 1;
        at++;
        if (id == 0) /* padding; a length beside id 0 is ignored */
            continue;
        if (id == 15) /* reserved: stop here (RFC 8285 section 4.2) */
            return 0;
        if (length > end - at)
            return ERR_INVALID;
        note(values, map, id, at, length);
        at += length;
    }
    return 0;
}

static int parse_two_byte(struct extension_values *values, const struct extension_map *map, const uint8_t *packet,
                          size_t at, size_t end)
{
    while (at < end) {
        uint8_t id = packet[at++];
        if (id == 0)
            continue;
        if (at == end)
            return ERR_INVALID;
        size_t length = packet[at++];
        if (length > end - at)
            return ERR_INVALID;
        note(values, map, id, at, length);
        at += length;
    }
    return 0;
}

int extension_parse(struct extension_values *values, const struct extension_map *map, const uint8_t *packet,
                    const struct rtp_header *header)
{
    size_t at = header->extension_offset, end = at + header->extension_length;
    *values = (struct extension_values){0};
    if (header->extension_profile == ONE_BYTE_PROFILE)
        return parse_one_byte(values, map, packet, at, end);
    if ((header->extension_profile & 0xfff0) == TWO_BYTE_PROFILE)
        return parse_two_byte(values, map, packet, at, end);
    return 0; /* none, or another profile's */
}

void extension_writer_init(struct extension_writer *writer, uint8_t *out, size_t capacity, bool two_byte)
{
    *writer = (struct extension_writer){.out = out, .capacity = capacity, .two_byte = two_byte};
}

int extension_write(struct extension_writer *writer, uint8_t id, const void *value, size_t length)
{
    if (id == 0 || length == 0)
        return 0;
    size_t at = writer->length > 0 ? writer->length : BLOCK_HEADER_SIZE;
    size_t head = writer->two_byte ? 2u : 1u;
    bool fits =
        writer->two_byte ? length <= 255 : id <= EXTENSION_ONE_BYTE_ID_MAX && length <= EXTENSION_ONE_BYTE_LENGTH_MAX;
    /* Three bytes of padding may follow. */
    if (!fits || at + head + length + 3 > writer->capacity)
        return ERR_NO_SPACE;
    if (writer->two_byte) {
        writer->out[at] = id;
        writer->out[at + 1] = (uint8_t)length;
    } else {
        writer->out[at] = (uint8_t)((size_t)id << 4 | (length - 1));
    }
    memcpy(writer->out + at + head, value, length);
    writer->length = at + head + length;
    return (int)(at + head);
}

size_t extension_writer_finish(struct extension_writer *writer)
{
    if (writer->length == 0)
        return 0;
    while (writer->length % 4 != 0)
        writer->out[writer->length++] = 0;
    put_u16(writer->out, writer->two_byte ? TWO_BYTE_PROFILE : ONE_BYTE_PROFILE);
    put_u16(writer->out + 2, (uint16_t)((writer->length - BLOCK_HEADER_SIZE) / 4));
    return writer->length;
}
