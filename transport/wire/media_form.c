#include "transport/wire/media_form.h"

#include "transport/base/byte_cursor.h"

#define PAYLOAD_TYPE_MAX 127

enum { LINE_IS_VIDEO = 1, LINE_ALLOWS_MIXED = 2, LINE_HAS_REDUCED_SIZE = 4, LINE_FLAGS = 7 };
enum { CODEC_HAS_NACK = 1, CODEC_HAS_PLI = 2, CODEC_HAS_FIR = 4, CODEC_HAS_TWCC = 8, CODEC_HAS_REMB = 16 };
#define CODEC_FLAGS 31u

static void write_codec(struct byte_writer *writer, const struct media_codec *codec)
{
    unsigned flags = (codec->nack ? CODEC_HAS_NACK : 0u) | (codec->pli ? CODEC_HAS_PLI : 0u) |
                     (codec->fir ? CODEC_HAS_FIR : 0u) | (codec->transport_cc ? CODEC_HAS_TWCC : 0u) |
                     (codec->remb ? CODEC_HAS_REMB : 0u);
    write_u8(writer, (uint8_t)codec->codec);
    write_u8(writer, codec->payload_type);
    write_u8(writer, codec->rtx_payload_type);
    write_u32(writer, codec->clock_rate);
    write_u8(writer, codec->channels);
    write_u32(writer, codec->profile);
    write_u8(writer, (uint8_t)flags);
    write_u8(writer, codec->primary_payload_type);
}

void media_form_write(struct byte_writer *writer, const struct media *media)
{
    unsigned flags = (media->kind == MEDIA_VIDEO ? LINE_IS_VIDEO : 0u) |
                     (media->extmap_allow_mixed ? LINE_ALLOWS_MIXED : 0u) |
                     (media->rtcp_reduced_size ? LINE_HAS_REDUCED_SIZE : 0u);
    write_text(writer, media->mid);
    write_u8(writer, (uint8_t)flags);
    write_u8(writer, (uint8_t)media->codec_count);
    for (size_t i = 0; i < media->codec_count; i++)
        write_codec(writer, &media->codecs[i]);
    write_u8(writer, EXTENSION_COUNT);
    for (size_t i = 0; i < EXTENSION_COUNT; i++)
        write_u8(writer, media->extensions.id[i]);
    write_u8(writer, (uint8_t)media->encoding_count);
    for (size_t i = 0; i < media->encoding_count; i++) {
        write_text(writer, media->encodings[i].rid);
        write_u32(writer, media->encodings[i].ssrc);
        write_u32(writer, media->encodings[i].rtx_ssrc);
    }
}

static bool is_codec_of(enum media_kind kind, uint8_t number, uint32_t clock_rate)
{
    enum codec codec;
    const struct codec_format *format = codec_from_number(number, &codec) ? codec_format(codec) : NULL;
    return format != NULL && format->kind == kind && format->clock_rate == clock_rate;
}

static bool read_codec(struct byte_reader *reader, enum media_kind kind, struct media_codec *out)
{
    uint8_t codec = read_u8(reader);
    out->payload_type = read_u8(reader);
    out->rtx_payload_type = read_u8(reader);
    out->clock_rate = read_u32(reader);
    out->channels = read_u8(reader);
    out->profile = read_u32(reader);
    unsigned flags = read_u8(reader);
    out->primary_payload_type = read_u8(reader);
    if (!is_codec_of(kind, codec, out->clock_rate))
        return false;
    out->codec = (enum codec)codec;
    out->nack = (flags & CODEC_HAS_NACK) != 0;
    out->pli = (flags & CODEC_HAS_PLI) != 0;
    out->fir = (flags & CODEC_HAS_FIR) != 0;
    out->transport_cc = (flags & CODEC_HAS_TWCC) != 0;
    out->remb = (flags & CODEC_HAS_REMB) != 0;
    return (flags & ~CODEC_FLAGS) == 0 && out->payload_type <= PAYLOAD_TYPE_MAX &&
           (out->rtx_payload_type <= PAYLOAD_TYPE_MAX || out->rtx_payload_type == MEDIA_PAYLOAD_TYPE_NONE) &&
           out->primary_payload_type <= PAYLOAD_TYPE_MAX;
}

static bool read_extensions(struct byte_reader *reader, struct extension_map *map)
{
    bool is_valid = read_u8(reader) == EXTENSION_COUNT;
    for (size_t i = 0; is_valid && i < EXTENSION_COUNT; i++)
        map->id[i] = read_u8(reader);
    return is_valid;
}

static bool read_encodings(struct byte_reader *reader, struct media *media)
{
    bool is_valid = read_count(reader, MEDIA_ENCODINGS_MAX, &media->encoding_count);
    for (size_t i = 0; is_valid && i < media->encoding_count; i++) {
        struct media_encoding *encoding = &media->encodings[i];
        is_valid = read_text(reader, encoding->rid, sizeof encoding->rid);
        encoding->ssrc = read_u32(reader);
        encoding->rtx_ssrc = read_u32(reader);
    }
    return is_valid;
}

bool media_form_read(struct byte_reader *reader, struct media *media)
{
    bool is_valid = read_text(reader, media->mid, sizeof media->mid) && media->mid[0] != '\0';
    unsigned flags = read_u8(reader);
    media->kind = (flags & LINE_IS_VIDEO) != 0 ? MEDIA_VIDEO : MEDIA_AUDIO;
    media->extmap_allow_mixed = (flags & LINE_ALLOWS_MIXED) != 0;
    media->rtcp_reduced_size = (flags & LINE_HAS_REDUCED_SIZE) != 0;
    is_valid =
        is_valid && (flags & ~(unsigned)LINE_FLAGS) == 0 && read_count(reader, MEDIA_CODECS_MAX, &media->codec_count);
    for (size_t i = 0; is_valid && i < media->codec_count; i++)
        is_valid = read_codec(reader, media->kind, &media->codecs[i]);
    return is_valid && read_extensions(reader, &media->extensions) && read_encodings(reader, media);
}
