#include "client/record/webm_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libavformat/avformat.h>
#include <libavutil/intreadwrite.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define HEADER_ROOM 65536 /* some 300 tracks */
#define VOID_LEAST 9      /* an element for what the header leaves: its id, and a size of eight bytes */
#define IO_BUFFER 32768
#define OPUS_HEAD 19

struct waiting {
    AVPacket *packet;
    usec_t since;
};

struct webm_file {
    int fd, failure; /* an errno; once it is set nothing more is written */
    char *title;
    int64_t began_us;
    uint64_t *left_out;     /* blocks that the muxer did not take; borrowed */
    AVFormatContext *muxer; /* with the tracks so far; NULL: none */
    bool is_header;         /* what it writes now goes to `header` */
    uint8_t *header;
    size_t header_length;
    int64_t length, complete; /* of the file; and up to where it is whole */
    AVCodecParameters **tracks;
    char **names;
    int track_count;
    struct waiting *waiting; /* by time, then in the order in which they came */
    size_t waiting_count, waiting_bytes;
    usec_t cluster_since; /* when the first block that is not in the file was handed to the muxer; 0: all are */
};

static bool write_at(struct webm_file *file, const uint8_t *data, size_t length, int64_t offset)
{
    while (length > 0 && file->failure == 0) {
        ssize_t written = pwrite(file->fd, data, length, offset);
        if (written <= 0) {
            file->failure = written < 0 ? errno : ENOSPC;
            break;
        }
        data += written;
        offset += written;
        length -= (size_t)written;
    }
    return file->failure == 0;
}

#if LIBAVFORMAT_VERSION_MAJOR >= 61
static int on_bytes(void *user, const uint8_t *data, int length)
#else
static int on_bytes(void *user, uint8_t *data, int length)
#endif
{
    struct webm_file *file = user;
    size_t size = (size_t)length;
    if (file->is_header) {
        file->header = mem_resize(file->header, file->header_length + size, 1);
        memcpy(file->header + file->header_length, data, size);
        file->header_length += size;
        return length;
    }
    if (!write_at(file, data, size, file->length))
        return AVERROR(file->failure);
    file->length += length;
    return length;
}

static void free_muxer(AVFormatContext *muxer)
{
    if (muxer == NULL)
        return;
    if (muxer->pb != NULL)
        av_freep(&muxer->pb->buffer);
    avio_context_free(&muxer->pb);
    avformat_free_context(muxer);
}

static void set_date(AVFormatContext *muxer, int64_t began_us)
{
    char text[40];
    struct tm date;
    time_t seconds = (time_t)(began_us / USEC_PER_SEC);
    gmtime_r(&seconds, &date);
    size_t length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &date);
    snprintf(text + length, sizeof text - length, ".%06dZ", (int)(began_us % USEC_PER_SEC));
    av_dict_set(&muxer->metadata, "creation_time", text, 0);
}

/* A muxer of all tracks so far. Nothing of it depends on chance, so that its header is the former one and a track. */
static AVFormatContext *make_muxer(struct webm_file *file)
{
    AVFormatContext *muxer = NULL;
    if (avformat_alloc_output_context2(&muxer, NULL, "webm", NULL) < 0)
        return NULL;
    muxer->flags |= AVFMT_FLAG_BITEXACT | AVFMT_FLAG_FLUSH_PACKETS;
    muxer->flags &= ~AVFMT_FLAG_AUTO_BSF; /* it would collect VP9 frames that show nothing, and fail at the eighth */
    muxer->avoid_negative_ts = 0;
    av_dict_set(&muxer->metadata, "title", file->title, 0);
    set_date(muxer, file->began_us);
    for (int i = 0; i < file->track_count; i++) {
        AVStream *stream = avformat_new_stream(muxer, NULL);
        if (stream == NULL || avcodec_parameters_copy(stream->codecpar, file->tracks[i]) < 0) {
            avformat_free_context(muxer);
            return NULL;
        }
        stream->time_base = (AVRational){1, 1000};
        av_dict_set(&stream->metadata, "title", file->names[i], 0);
    }
    uint8_t *buffer = av_malloc(IO_BUFFER);
    muxer->pb = buffer != NULL ? avio_alloc_context(buffer, IO_BUFFER, 1, file, NULL, on_bytes, NULL) : NULL;
    CHECK(muxer->pb != NULL);
    muxer->pb->seekable = 0; /* what is written stays: clusters are complete, the segment's length is unknown */
    return muxer;
}

/* The header, and an element that says nothing up to where the clusters begin. */
static int write_header(struct webm_file *file)
{
    AVDictionary *options = NULL;
    AVFormatContext *muxer = make_muxer(file);
    if (muxer == NULL)
        return ERR_NO_MEMORY;
    file->header_length = 0;
    file->is_header = true;
    av_dict_set_int(&options, "cluster_time_limit", WEBM_CLUSTER / USEC_PER_MSEC, 0);
    int result = avformat_write_header(muxer, &options);
    avio_flush(muxer->pb);
    file->is_header = false;
    av_dict_free(&options);
    if (result < 0 || file->header_length > HEADER_ROOM - VOID_LEAST) {
        free_muxer(muxer);
        return result < 0 ? ERR_INVALID : ERR_LIMIT;
    }
    uint8_t *space = mem_alloc(HEADER_ROOM);
    memcpy(space, file->header, file->header_length);
    space[file->header_length] = 0xec;
    AV_WB64(space + file->header_length + 1,
            UINT64_C(1) << 56 | (uint64_t)(HEADER_ROOM - file->header_length - VOID_LEAST));
    bool is_first = file->length == 0;
    bool is_written = write_at(file, space, is_first ? HEADER_ROOM : file->header_length + VOID_LEAST, 0);
    free(space);
    if (is_first && is_written)
        file->length = file->complete = HEADER_ROOM;
    file->muxer = muxer;
    return is_written ? 0 : ERR_IO;
}

int webm_file_new(struct webm_file **out, const char *path, const char *title, int64_t began_us, uint64_t *left_out)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return ERR_IO;
    struct webm_file *file = mem_alloc(sizeof *file);
    file->fd = fd;
    file->title = mem_text(title);
    file->began_us = began_us;
    file->left_out = left_out;
    *out = file;
    return 0;
}

/* After a failure: the file ends with its last whole cluster. */
static void check_written(struct webm_file *file)
{
    if (file->failure == 0)
        file->complete = file->length;
    else if (file->length > file->complete && ftruncate(file->fd, file->complete) == 0)
        file->length = file->complete;
}

static void mux(struct webm_file *file, AVPacket *packet, usec_t now)
{
    int64_t before = file->length;
    if (file->muxer == NULL || file->failure != 0)
        return;
    if (av_write_frame(file->muxer, packet) < 0 && file->failure == 0)
        (*file->left_out)++; /* on_bytes() notes a failure; else it is the packet that is not taken */
    if (packet == NULL)
        file->cluster_since = 0;
    else if (file->length != before || file->cluster_since == 0)
        file->cluster_since = now;
    check_written(file);
}

static void write_block(struct webm_file *file, size_t index, usec_t now)
{
    struct waiting *block = &file->waiting[index];
    file->waiting_bytes -= (size_t)block->packet->size;
    mux(file, block->packet, now);
    av_packet_free(&block->packet);
}

static bool is_too_much(const struct webm_file *file, size_t count)
{
    return file->waiting_bytes > WEBM_WAITING_BYTES_MAX || count > WEBM_WAITING_MAX;
}

/* Writes the first blocks, up to one that came later than `before`. */
static void write_first(struct webm_file *file, usec_t before, usec_t now)
{
    size_t count = 0;
    while (count < file->waiting_count &&
           (file->waiting[count].since <= before || is_too_much(file, file->waiting_count - count)))
        write_block(file, count++, now);
    if (count == 0) /* perhaps there has never been one, and no array */
        return;
    file->waiting_count -= count;
    memmove(file->waiting, file->waiting + count, file->waiting_count * sizeof *file->waiting);
}

/* Writes all that came before, though others may come that belong before it. */
static void write_overdue(struct webm_file *file, usec_t before, usec_t now)
{
    size_t kept = 0;
    for (size_t i = 0; i < file->waiting_count; i++) {
        if (file->waiting[i].since <= before)
            write_block(file, i, now);
        else
            file->waiting[kept++] = file->waiting[i];
    }
    file->waiting_count = kept;
}

/* What is on its way is written, and the muxer is done: it holds back a block of audio until the end. */
static void end_muxer(struct webm_file *file, usec_t now)
{
    write_overdue(file, USEC_NEVER, now);
    if (file->muxer != NULL && file->failure == 0) {
        (void)av_write_trailer(file->muxer);
        check_written(file);
    }
    free_muxer(file->muxer);
    file->muxer = NULL;
    file->cluster_since = 0;
}

static AVCodecParameters *parameters_of(const struct webm_track *track)
{
    static const uint8_t opus_head[OPUS_HEAD] = "OpusHead\1\2\0\0\x80\xbb\0\0\0\0\0"; /* stereo, 48 kHz */
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    CHECK(parameters != NULL);
    if (track->codec != CODEC_OPUS) {
        parameters->codec_type = AVMEDIA_TYPE_VIDEO;
        parameters->codec_id = track->codec == CODEC_VP8 ? AV_CODEC_ID_VP8 : AV_CODEC_ID_VP9;
        parameters->width = (int)track->width;
        parameters->height = (int)track->height;
        return parameters;
    }
    parameters->codec_type = AVMEDIA_TYPE_AUDIO;
    parameters->codec_id = AV_CODEC_ID_OPUS;
    parameters->sample_rate = 48000;
    av_channel_layout_default(&parameters->ch_layout, 2);
    parameters->extradata = av_mallocz(OPUS_HEAD + AV_INPUT_BUFFER_PADDING_SIZE);
    CHECK(parameters->extradata != NULL);
    memcpy(parameters->extradata, opus_head, OPUS_HEAD);
    parameters->extradata_size = OPUS_HEAD;
    return parameters;
}

static void drop_last_track(struct webm_file *file)
{
    file->track_count--;
    avcodec_parameters_free(&file->tracks[file->track_count]);
    free(file->names[file->track_count]);
}

int webm_file_add_track(struct webm_file *file, const struct webm_track *track, usec_t now)
{
    size_t count = (size_t)file->track_count;
    end_muxer(file, now);
    file->tracks = mem_resize(file->tracks, count + 1, sizeof *file->tracks);
    file->names = mem_resize(file->names, count + 1, sizeof *file->names);
    file->tracks[count] = parameters_of(track);
    file->names[count] = mem_text(track->name);
    file->track_count++;
    int error = file->failure == 0 ? write_header(file) : ERR_IO;
    if (error == 0)
        return (int)count;
    drop_last_track(file);
    if (error == ERR_LIMIT && file->track_count > 0 && write_header(file) != 0) /* the other tracks go on */
        return ERR_IO;
    return error;
}

void webm_file_write(struct webm_file *file, int track, int64_t at_ms, bool keyframe, const uint8_t *data,
                     size_t length, usec_t now)
{
    AVPacket *packet = av_packet_alloc();
    CHECK(packet != NULL && av_new_packet(packet, (int)length) == 0);
    memcpy(packet->data, data, length);
    packet->stream_index = track;
    packet->pts = packet->dts = at_ms;
    packet->flags = keyframe ? AV_PKT_FLAG_KEY : 0;
    file->waiting = mem_resize(file->waiting, file->waiting_count + 1, sizeof *file->waiting);
    size_t place = file->waiting_count++;
    for (; place > 0 && file->waiting[place - 1].packet->pts > at_ms; place--)
        file->waiting[place] = file->waiting[place - 1];
    file->waiting[place] = (struct waiting){packet, now};
    file->waiting_bytes += length;
    write_first(file, now - WEBM_WAIT, now);
}

int webm_file_timeout(struct webm_file *file, usec_t now)
{
    write_overdue(file, now - WEBM_WAIT, now);
    if (file->cluster_since != 0 && now - file->cluster_since >= WEBM_CLUSTER)
        mux(file, NULL, now); /* everybody is silent, or nearly: what there is must not wait for more */
    return file->failure == 0 ? 0 : ERR_IO;
}

size_t webm_file_waiting(const struct webm_file *file)
{
    return file->waiting_bytes;
}

int webm_file_errno(const struct webm_file *file)
{
    return file->failure;
}

int webm_file_close(struct webm_file *file, usec_t now)
{
    if (file == NULL)
        return 0;
    end_muxer(file, now);
    while (file->track_count > 0)
        drop_last_track(file);
    if (close(file->fd) != 0 && file->failure == 0)
        file->failure = errno;
    int failure = file->failure;
    free(file->tracks);
    free(file->names);
    free(file->waiting);
    free(file->header);
    free(file->title);
    free(file);
    errno = failure;
    return failure == 0 ? 0 : ERR_IO;
}
