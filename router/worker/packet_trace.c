#include "router/worker/packet_trace.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/wire/rtp.h"

#define PACKETS_MAX 20000
#define DESCRIPTOR_MAX 24 /* bytes of payload: a VP9 descriptor with its structure, not the picture */

struct packet_trace {
    FILE *file;
    char *path;
    unsigned packets;
    bool has_failed, has_lines;
};

/* Output is buffered, so a full disk is noticed only at a later line. It is logged once; what was written before
 * stays. */
static void check_written(struct packet_trace *trace, bool is_written)
{
    if (is_written || trace->has_failed)
        return;
    trace->has_failed = true;
    log_error("packet-trace", "stopped after %u packets: %s", trace->packets, strerror(errno));
}

struct packet_trace *packet_trace_open(const char *path)
{
    FILE *file = fopen(path, "wx"); /* what is there may be needed for a bug report */
    if (file == NULL) {
        log_error("packet-trace", "%s cannot be written: %s", path, strerror(errno));
        return NULL;
    }
    struct packet_trace *trace = mem_alloc(sizeof *trace);
    trace->file = file;
    trace->path = mem_text(path);
    return trace;
}

void packet_trace_close(struct packet_trace *trace)
{
    if (trace == NULL)
        return;
    bool is_written = fclose(trace->file) == 0;
    check_written(trace, is_written);
    if (!trace->has_lines)
        unlink(trace->path); /* so that after a failed start the name can be used again */
    free(trace->path);
    free(trace);
}

void packet_trace_media(struct packet_trace *trace, const char *participant, const struct media *media, size_t count)
{
    for (size_t i = 0; trace != NULL && !trace->has_failed && i < count; i++) {
        if (!media[i].receive)
            continue;
        trace->has_lines = true;
        fprintf(trace->file, "media %s %s %s", participant, media[i].mid, media_kind_name(media[i].kind));
        for (size_t k = 0; k < media[i].codec_count; k++) {
            const struct media_codec *codec = &media[i].codecs[k];
            fprintf(trace->file, " %u=%s", codec->payload_type, codec_name(codec->codec));
        }
        for (int k = 0; k < EXTENSION_COUNT; k++)
            if (media[i].extensions.id[k] != 0)
                fprintf(trace->file, " %d:%u", k, media[i].extensions.id[k]);
        fputc('\n', trace->file);
        check_written(trace, fflush(trace->file) == 0);
    }
}

void packet_trace_packet(struct packet_trace *trace, const char *participant, const uint8_t *data, size_t length,
                         usec_t now)
{
    struct rtp_header header;
    if (trace == NULL || trace->has_failed || trace->packets == PACKETS_MAX || rtp_parse(&header, data, length) != 0)
        return;
    size_t shown = header.payload_length < DESCRIPTOR_MAX ? header.payload_length : DESCRIPTOR_MAX;
    trace->packets++;
    trace->has_lines = true;
    fprintf(trace->file, "rtp %s %lld %zu ", participant, (long long)now, length);
    for (size_t i = 0; i < header.payload_offset + shown; i++)
        fprintf(trace->file, "%02x", data[i]);
    check_written(trace, fputc('\n', trace->file) != EOF && ferror(trace->file) == 0);
}
