#include "router/worker/capture.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/wire/rtp.h"

#define PACKETS_MAX 20000
#define DESCRIPTOR_MAX 24 /* bytes of payload: a VP9 descriptor with its structure, not the picture */

struct capture {
    FILE *file;
    unsigned packets;
    bool has_failed;
};

/* Buffered, so that a full disk shows at some later line. Said once; what is written until then stays. */
static void check_written(struct capture *capture, bool is_written)
{
    if (is_written || capture->has_failed)
        return;
    capture->has_failed = true;
    log_error("capture", "stopped after %u packets: %s", capture->packets, strerror(errno));
}

struct capture *capture_open(const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        log_error("capture", "%s cannot be written: %s", path, strerror(errno));
        return NULL;
    }
    struct capture *capture = mem_alloc(sizeof *capture);
    capture->file = file;
    return capture;
}

void capture_close(struct capture *capture)
{
    if (capture == NULL)
        return;
    bool is_written = fclose(capture->file) == 0;
    check_written(capture, is_written);
    free(capture);
}

void capture_media(struct capture *capture, const char *participant, const struct media *media, size_t count)
{
    for (size_t i = 0; capture != NULL && !capture->has_failed && i < count; i++) {
        if (!media[i].receive)
            continue;
        fprintf(capture->file, "media %s %s %s", participant, media[i].mid, media_kind_name(media[i].kind));
        for (size_t k = 0; k < media[i].codec_count; k++) {
            const struct media_codec *codec = &media[i].codecs[k];
            fprintf(capture->file, " %u=%s", codec->payload_type, codec_name(codec->codec));
        }
        for (int k = 0; k < EXTENSION_COUNT; k++)
            if (media[i].extensions.id[k] != 0)
                fprintf(capture->file, " %d:%u", k, media[i].extensions.id[k]);
        fputc('\n', capture->file);
        check_written(capture, fflush(capture->file) == 0);
    }
}

void capture_packet(struct capture *capture, const char *participant, const uint8_t *data, size_t length, usec_t now)
{
    struct rtp_header header;
    if (capture == NULL || capture->has_failed || capture->packets == PACKETS_MAX ||
        rtp_parse(&header, data, length) != 0)
        return;
    size_t shown = header.payload_length < DESCRIPTOR_MAX ? header.payload_length : DESCRIPTOR_MAX;
    capture->packets++;
    fprintf(capture->file, "rtp %s %lld %zu ", participant, (long long)now, length);
    for (size_t i = 0; i < header.payload_offset + shown; i++)
        fprintf(capture->file, "%02x", data[i]);
    check_written(capture, fputc('\n', capture->file) != EOF && ferror(capture->file) == 0);
}
