#include "router/worker/capture.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/wire/rtp.h"

#define PACKETS_MAX 20000
#define DESCRIPTOR_MAX 24 /* bytes of payload: a VP9 descriptor with its structure, not the picture */

struct capture {
    FILE *file;
    char *path; /* of a file that was made for this; NULL: a device or a pipe */
    unsigned packets;
    bool has_failed, has_lines;
};

/* Buffered, so that a full disk shows at some later line. Said once; what is written until then stays. */
static void check_written(struct capture *capture, bool is_written)
{
    if (is_written || capture->has_failed)
        return;
    capture->has_failed = true;
    log_error("capture", "stopped after %u packets: %s", capture->packets, strerror(errno));
}

/* A file of its own: an earlier one may be what a bug report waits for. A pipe or a device has nothing to lose. */
static FILE *open_new(const char *path, bool *is_new)
{
    struct stat info;
    FILE *file = fopen(path, "wx");
    *is_new = file != NULL;
    if (file == NULL && errno == EEXIST) {
        bool is_file = stat(path, &info) != 0 || S_ISREG(info.st_mode);
        file = is_file ? NULL : fopen(path, "w");
        if (is_file)
            errno = EEXIST;
    }
    return file;
}

struct capture *capture_open(const char *path)
{
    bool is_new;
    FILE *file = open_new(path, &is_new);
    if (file == NULL) {
        log_error("capture", "%s cannot be written: %s", path, strerror(errno));
        return NULL;
    }
    struct capture *capture = mem_alloc(sizeof *capture);
    capture->file = file;
    if (is_new)
        capture->path = mem_text(path);
    return capture;
}

void capture_close(struct capture *capture)
{
    if (capture == NULL)
        return;
    bool is_written = fclose(capture->file) == 0;
    check_written(capture, is_written);
    if (capture->path != NULL && !capture->has_lines)
        unlink(capture->path); /* a start that failed leaves the name for the next */
    free(capture->path);
    free(capture);
}

void capture_media(struct capture *capture, const char *participant, const struct media *media, size_t count)
{
    for (size_t i = 0; capture != NULL && !capture->has_failed && i < count; i++) {
        if (!media[i].receive)
            continue;
        capture->has_lines = true;
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
    capture->has_lines = true;
    fprintf(capture->file, "rtp %s %lld %zu ", participant, (long long)now, length);
    for (size_t i = 0; i < header.payload_offset + shown; i++)
        fprintf(capture->file, "%02x", data[i]);
    check_written(capture, fputc('\n', capture->file) != EOF && ferror(capture->file) == 0);
}
