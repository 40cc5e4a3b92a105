#include "client/composite/stream_muxer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "client/composite/encoder.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define IO_BUFFER 65536

struct stream_file {
    AVFormatContext *muxer;
    int fd;                   /* -1: none */
    int failure;              /* an errno; once it is set nothing more is written */
    int64_t length, complete; /* of the file; and up to where what was asked for is in it */
};

static void set_metadata(AVFormatContext *muxer, const struct stream_format *streams)
{
    char text[40];
    struct tm date;
    time_t seconds = (time_t)(streams->began_us / 1000000);
    gmtime_r(&seconds, &date);
    size_t length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &date);
    snprintf(text + length, sizeof text - length, ".%06dZ", (int)(streams->began_us % 1000000));
    av_dict_set(&muxer->metadata, "creation_time", text, 0);
    av_dict_set(&muxer->metadata, "date", text, 0); /* MP4 has the other one in whole seconds */
    if (streams->title != NULL)
        av_dict_set(&muxer->metadata, "title", streams->title, 0);
}

AVFormatContext *stream_muxer_new(const char *format, const struct stream_format *streams)
{
    AVFormatContext *muxer = NULL;
    const AVCodecParameters *parameters[] = {streams->video, streams->audio};
    const AVRational time_bases[] = {{1, COMPOSITE_TICKS}, {1, COMPOSITE_RATE}};
    if (avformat_alloc_output_context2(&muxer, NULL, format, NULL) < 0)
        return NULL;
    muxer->avoid_negative_ts = 0;
    muxer->max_interleave_delta = MUXER_APART_MAX_US;
    muxer->flags |= AVFMT_FLAG_FLUSH_PACKETS;
    if (streams->began_us != 0)
        set_metadata(muxer, streams);
    for (int i = 0; i < 2; i++) {
        AVStream *stream = avformat_new_stream(muxer, NULL);
        CHECK(stream != NULL && avcodec_parameters_copy(stream->codecpar, parameters[i]) >= 0);
        stream->time_base = time_bases[i];
        stream->codecpar->codec_tag = 0; /* the format's own */
        if (i == 0)
            stream->avg_frame_rate = (AVRational){COMPOSITE_FPS, 1};
    }
    return muxer;
}

int stream_muxer_write(AVFormatContext *muxer, const AVPacket *packet)
{
    if (packet == NULL)
        return av_interleaved_write_frame(muxer, NULL);
    AVPacket *copy = av_packet_clone(packet); /* of the reference */
    CHECK(copy != NULL);
    av_packet_rescale_ts(copy, packet->time_base, muxer->streams[packet->stream_index]->time_base);
    int result = av_interleaved_write_frame(muxer, copy);
    av_packet_free(&copy);
    return result;
}

#if LIBAVFORMAT_VERSION_MAJOR >= 61
static int on_bytes(void *user, const uint8_t *data, int length)
#else
static int on_bytes(void *user, uint8_t *data, int length)
#endif
{
    struct stream_file *file = user;
    for (int done = 0; done < length && file->failure == 0;) {
        ssize_t written = write(file->fd, data + done, (size_t)(length - done));
        if (written > 0)
            done += (int)written;
        else if (written == 0 || errno != EINTR)
            file->failure = written < 0 ? errno : ENOSPC;
    }
    if (file->failure != 0)
        return AVERROR(file->failure);
    file->length += length;
    return length;
}

struct stream_file *stream_file_new(const char *format, const struct stream_format *streams)
{
    AVFormatContext *muxer = stream_muxer_new(format, streams);
    if (muxer == NULL)
        return NULL;
    struct stream_file *file = mem_alloc(sizeof *file);
    uint8_t *buffer = av_malloc(IO_BUFFER);
    muxer->pb = buffer != NULL ? avio_alloc_context(buffer, IO_BUFFER, 1, file, NULL, on_bytes, NULL) : NULL;
    CHECK(muxer->pb != NULL);
    muxer->pb->seekable = 0; /* what is written stays */
    file->muxer = muxer;
    file->fd = -1;
    return file;
}

static void close_file(struct stream_file *file)
{
    if (file->fd >= 0 && close(file->fd) != 0 && file->failure == 0)
        file->failure = errno;
    file->fd = -1;
}

int stream_file_open(struct stream_file *file, const char *path, unsigned mode)
{
    close_file(file);
    if (file->failure == 0)
        file->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (file->fd < 0 && file->failure == 0)
        file->failure = errno;
    file->length = file->complete = 0;
    errno = file->failure;
    return file->failure == 0 ? 0 : ERR_IO;
}

AVFormatContext *stream_file_muxer(const struct stream_file *file)
{
    return file->muxer;
}

/* What libavformat refuses is no failure of the disk, but the file would miss something. */
static int check(struct stream_file *file, int result)
{
    avio_flush(file->muxer->pb);
    if (file->failure == 0 && result < 0)
        file->failure = EINVAL;
    if (file->failure == 0)
        file->complete = file->length;
    else if (file->fd >= 0)
        (void)!ftruncate(file->fd, file->complete);
    return file->failure == 0 ? 0 : ERR_IO;
}

int stream_file_begin(struct stream_file *file, AVDictionary **options)
{
    return check(file, avformat_write_header(file->muxer, options));
}

int stream_file_write(struct stream_file *file, const AVPacket *packet)
{
    return file->failure == 0 ? check(file, stream_muxer_write(file->muxer, packet)) : ERR_IO;
}

int stream_file_end(struct stream_file *file)
{
    int error = file->failure == 0 ? check(file, av_write_trailer(file->muxer)) : ERR_IO;
    close_file(file);
    return error;
}

int stream_file_errno(const struct stream_file *file)
{
    return file->failure;
}

void stream_file_free(struct stream_file *file)
{
    if (file == NULL)
        return;
    close_file(file);
    av_freep(&file->muxer->pb->buffer);
    avio_context_free(&file->muxer->pb);
    avformat_free_context(file->muxer);
    free(file);
}
