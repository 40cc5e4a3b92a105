/* Headers that real browsers sent (heddle --packet-trace), parsed and forwarded: what a receiver gets must be
 * continuous, whatever layers are left out. With file names as arguments: those; else the ones in
 * tests/vectors/headers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/out/frame_choice.h"
#include "router/out/rewriter.h"
#include "transport/base/error.h"
#include "transport/wire/dependency.h"
#include "transport/wire/media.h"

#define STREAMS_MAX 8
#define PACKETS_MAX 4000
#define HEADER_MAX 256

struct traced_packet {
    struct rtp_header rtp;
    struct frame_info frame;
    int64_t number;
};

struct stream {
    uint32_t ssrc;
    enum codec codec;
    bool started;
    struct dependency_structure structure;
    struct traced_packet *packets; /* in order of their numbers' coming */
    size_t count;
    int64_t highest;
    unsigned keyframes, spatials, temporals;
};

struct trace_file {
    const char *name;
    struct media video;
    struct stream streams[STREAMS_MAX];
    size_t stream_count;
    unsigned failures;
};

#define FAIL(file, ...)                                                                                                \
    do {                                                                                                               \
        if ((file)->failures++ < 10) {                                                                                 \
            fprintf(stderr, "%s: ", (file)->name);                                                                     \
            fprintf(stderr, __VA_ARGS__);                                                                              \
            fputc('\n', stderr);                                                                                       \
        }                                                                                                              \
    } while (0)

/* " 96=VP8 97=rtx 0:4 9:12": payload types, and extensions by their number in enum extension. */
static void read_media(struct trace_file *file, const char *line)
{
    char kind[8], codec[16];
    unsigned a, b;
    int used;
    if (sscanf(line, "media %*s %*s %7s%n", kind, &used) != 1 || strcmp(kind, "video") != 0)
        return;
    file->video = (struct media){.kind = MEDIA_VIDEO};
    for (line += used; *line == ' '; line += used) {
        if (sscanf(line, " %u=%15s%n", &a, codec, &used) == 2)
            file->video.codecs[file->video.codec_count++] =
                (struct media_codec){.codec = codec_from_name(codec), .payload_type = (uint8_t)a};
        else if (sscanf(line, " %u:%u%n", &a, &b, &used) == 2 && a < EXTENSION_COUNT)
            file->video.extensions.id[a] = (uint8_t)b;
        else
            return;
        if (file->video.codec_count == MEDIA_CODECS_MAX)
            return;
    }
}

static struct stream *stream_of(struct trace_file *file, uint32_t ssrc, enum codec codec)
{
    for (size_t i = 0; i < file->stream_count; i++)
        if (file->streams[i].ssrc == ssrc)
            return &file->streams[i];
    if (file->stream_count == STREAMS_MAX)
        return NULL;
    struct stream *stream = &file->streams[file->stream_count++];
    stream->ssrc = ssrc;
    stream->codec = codec;
    stream->packets = calloc(PACKETS_MAX, sizeof *stream->packets);
    return stream;
}

static size_t read_hex(const char *text, uint8_t *out)
{
    size_t length = 0;
    unsigned byte;
    for (; length < HEADER_MAX && sscanf(text, "%2x", &byte) == 1; text += 2)
        out[length++] = (uint8_t)byte;
    return length;
}

static int parse_frame(const struct trace_file *file, struct stream *stream, struct traced_packet *packet,
                       const uint8_t *data, size_t length)
{
    struct extension_values values;
    struct dependency dependency;
    int error = extension_parse(&values, &file->video.extensions, data, &packet->rtp);
    if (error == 0)
        error = frame_parse(&packet->frame, stream->codec, data + packet->rtp.payload_offset,
                            length - packet->rtp.payload_offset);
    size_t size = values.at[EXTENSION_DEPENDENCY_DESCRIPTOR].length;
    if (error != 0 || stream->codec != CODEC_AV1)
        return error;
    if (size == 0)
        return ERR_NOT_FOUND;
    error = dependency_parse(&dependency, &stream->structure, data + values.at[EXTENSION_DEPENDENCY_DESCRIPTOR].offset,
                             size);
    if (error == 0)
        frame_add_dependency(&packet->frame, &dependency, &stream->structure);
    return error;
}

static void read_packet(struct trace_file *file, const char *line)
{
    uint8_t data[HEADER_MAX];
    int used = 0;
    unsigned long whole;
    struct rtp_header header;
    if (sscanf(line, "rtp %*s %*s %lu %n", &whole, &used) != 1)
        return;
    size_t length = read_hex(line + used, data);
    if (rtp_parse(&header, data, length) != 0)
        return;
    const struct media_codec *codec = media_find_payload_type(&file->video, header.payload_type);
    bool is_padding = length == header.payload_offset || whole <= header.payload_offset;
    if (codec == NULL || codec->codec == CODEC_RTX || is_padding)
        return;
    struct stream *stream = stream_of(file, header.ssrc, codec->codec);
    if (stream == NULL || stream->count == PACKETS_MAX)
        return;
    struct traced_packet *packet = &stream->packets[stream->count];
    packet->rtp = header;
    packet->number = stream->started ? seq_extend(header.sequence, stream->highest) : 70000 + header.sequence;
    int error = parse_frame(file, stream, packet, data, length);
    if (error == ERR_NOT_FOUND && stream->keyframes == 0)
        return; /* the trace began in the middle */
    if (error != 0)
        FAIL(file, "packet %u of %x: %s", header.sequence, header.ssrc, error_text(error));
    const struct frame_info *frame = &packet->frame;
    stream->keyframes += frame->keyframe && frame->start;
    stream->spatials = frame->spatial_id >= stream->spatials ? frame->spatial_id + 1u : stream->spatials;
    stream->temporals = frame->temporal_id >= stream->temporals ? frame->temporal_id + 1u : stream->temporals;
    stream->highest = !stream->started || packet->number > stream->highest ? packet->number : stream->highest;
    stream->started = true;
    stream->count++;
}

/* What stood in the picture id's place of the output. */
static unsigned picture_of(const struct sequence_entry *entry, const struct frame_info *frame)
{
    unsigned mask = frame->picture_id_bits == 16 ? 0xffff : 0x7fff;
    return ((unsigned)frame->picture_id + entry->picture_offset + entry->picture_extension) & mask;
}

/* Forwards one stream with some layers left out: numbers without a gap where nothing was lost, pictures in order. */
static void forward(struct trace_file *file, const struct stream *stream, struct quality limit)
{
    struct rewriter rewriter;
    struct frame_choice choice;
    bool is_live = false;
    int64_t last_out = -1, last_in = -1;
    unsigned last_picture = 0, sent = 0, missing = 0;
    rewriter_init(&rewriter, 512, NULL, 100, 1000);
    for (size_t i = 0; i < stream->count; i++) {
        const struct traced_packet *packet = &stream->packets[i];
        const struct frame_info *frame = &packet->frame;
        if (!is_live) {
            if (!frame->keyframe || !frame->start)
                continue;
            rewriter_switch(&rewriter, 1, packet->number, packet->rtp.timestamp, NULL, 90000, 0);
            frame_choice_start(&choice, limit);
            is_live = true;
        }
        missing += last_in >= 0 && packet->number > last_in + 1;
        bool is_newest = packet->number > rewriter.highest_in;
        last_in = packet->number > last_in ? packet->number : last_in;
        if (frame->has_layers && !frame_choice_takes(&choice, frame, packet->rtp.timestamp, is_newest, limit)) {
            (void)rewriter_drop(&rewriter, packet->number, frame, (usec_t)i);
            continue;
        }
        const struct sequence_entry *entry =
            rewriter_packet(&rewriter, packet->number, packet->rtp.timestamp, frame, (usec_t)i);
        if (entry == NULL || !is_newest)
            continue;
        int64_t out = sequence_map_out(&rewriter.map, entry);
        unsigned picture = picture_of(entry, frame);
        unsigned step = (picture - last_picture) & (frame->picture_id_bits == 16 ? 0xffff : 0x7fff);
        if (last_out >= 0 && out != last_out + 1 && missing == 0)
            FAIL(file, "%x, temporal %d: number %lld after %lld", stream->ssrc, limit.temporal, (long long)out,
                 (long long)last_out);
        if (sent > 0 && frame->picture_id_bits != 0 && step > (frame->refers_by_distance ? 64u : 1u) && missing == 0)
            FAIL(file, "%x, temporal %d: picture %u after %u", stream->ssrc, limit.temporal, picture, last_picture);
        last_out = out;
        last_picture = picture;
        sent++;
        missing = 0;
    }
    if (sent == 0)
        FAIL(file, "%x: nothing can be forwarded", stream->ssrc);
    rewriter_fini(&rewriter);
}

static void check_stream(struct trace_file *file, const struct stream *stream)
{
    printf("%s: %x %s, %zu packets, %u keyframes, %u spatial and %u temporal layers\n", file->name, stream->ssrc,
           codec_name(stream->codec), stream->count, stream->keyframes, stream->spatials, stream->temporals);
    if (stream->keyframes == 0) {
        FAIL(file, "%x has no keyframe", stream->ssrc);
        return;
    }
    const struct frame_info *first = NULL;
    for (size_t i = 0; first == NULL && i < stream->count; i++)
        if (stream->packets[i].frame.keyframe)
            first = &stream->packets[i].frame;
    if (stream->codec == CODEC_VP8 && (first == NULL || first->width == 0))
        FAIL(file, "%x: the keyframe's size is not found", stream->ssrc);
    for (int temporal = 0; temporal < (int)stream->temporals; temporal++)
        forward(file, stream, (struct quality){0, LAYER_ANY, temporal});
    for (int spatial = 0; spatial < (int)stream->spatials; spatial++)
        forward(file, stream, (struct quality){0, spatial, LAYER_ANY});
}

static int check_file(const char *path)
{
    char line[4096];
    FILE *in = fopen(path, "r");
    struct trace_file *file = calloc(1, sizeof *file);
    if (in == NULL || file == NULL) {
        fprintf(stderr, "%s cannot be read\n", path);
        return 1;
    }
    file->name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    while (fgets(line, sizeof line, in) != NULL) {
        read_media(file, line);
        read_packet(file, line);
    }
    fclose(in);
    if (file->stream_count == 0)
        FAIL(file, "no stream of video");
    for (size_t i = 0; i < file->stream_count; i++) {
        check_stream(file, &file->streams[i]);
        free(file->streams[i].packets);
    }
    int failures = (int)file->failures;
    free(file);
    return failures;
}

int main(int argc, char **argv)
{
    static const char *const stored[] = {"chromium-vp8", "chromium-vp9", "chromium-av1", "firefox-vp8"};
    int failures = 0;
    for (int i = 1; i < argc; i++)
        failures += check_file(argv[i]);
    for (size_t i = 0; argc == 1 && i < sizeof stored / sizeof stored[0]; i++) {
        char path[1000];
        snprintf(path, sizeof path, "%s/vectors/headers/%s.txt", TEST_ROOT, stored[i]);
        failures += check_file(path);
    }
    return failures == 0 ? 0 : 1;
}
