/* One picture and one sound of a composite, multiplexed by libavformat into whatever `write` does with the bytes. */
#ifndef HEDDLE_CLIENT_STREAM_MUXER_H
#define HEDDLE_CLIENT_STREAM_MUXER_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdint.h>

#define MUXER_APART_MAX_US 250000 /* so long packets of one kind wait for earlier ones of the other */

struct stream_format {
    const AVCodecParameters *video, *audio; /* borrowed for the call */
    const char *title;                      /* NULL: none */
    int64_t began_us;                       /* the wall clock at time 0; 0: that does not matter */
};

/* A muxer with both streams that has no output yet. NULL: libavformat has no such format. */
AVFormatContext *stream_muxer_new(const char *format, const struct stream_format *streams);
/* 0, or AVERROR. `packet` is copied; NULL: those that wait are written. */
int stream_muxer_write(AVFormatContext *muxer, const AVPacket *packet);

struct stream_file;

/* The same, into files of our own. */
struct stream_file *stream_file_new(const char *format, const struct stream_format *streams);
/* Opens a file, which must not exist yet, and closes the one before. `mode` as open() has it. ERR_IO, and errno. */
int stream_file_open(struct stream_file *file, const char *path, unsigned mode);
AVFormatContext *stream_file_muxer(const struct stream_file *file);
int stream_file_begin(struct stream_file *file, AVDictionary **options); /* the header */
/* NULL: what waits is written. ERR_IO: the file ends with what came before. */
int stream_file_write(struct stream_file *file, const AVPacket *packet);
int stream_file_end(struct stream_file *file); /* the trailer */
int stream_file_errno(const struct stream_file *file);
void stream_file_free(struct stream_file *file); /* NULL is fine */

#endif
