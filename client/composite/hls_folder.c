#include "client/composite/hls_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "client/composite/encoder.h"
#include "client/composite/h264_track.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define PATH_SIZE 4200
#define LIST_SIZE (HLS_LISTED * 128 + 256)
#define TARGET_S 3 /* no segment is longer, rounded: pictures come more often than once a second */
#define LENGTH_LEAST (H264_KEYFRAME_US / 2) /* of a segment */
#define PICTURE_US 40000                    /* so long the last one before a gap is shown */

struct segment {
    double seconds;
    int64_t began_us; /* the wall clock */
    bool is_after_gap;
};

struct hls_folder {
    char *folder;
    int64_t began_us; /* the wall clock at time 0 */
    struct stream_file *file;
    unsigned number;                           /* of the segment that is written, from 1 on; 0: none yet */
    struct segment segments[HLS_LISTED], open; /* by number, modulo how many there are; and the one that is written */
    int64_t first_us, last_us;                 /* its first picture, and the last one */
    unsigned gaps;                             /* before the list */
    int failure;
};

static int fail(struct hls_folder *hls, int number)
{
    if (hls->failure == 0)
        hls->failure = number;
    return ERR_IO;
}

int hls_folder_errno(const struct hls_folder *hls)
{
    return hls->failure;
}

int hls_folder_new(struct hls_folder **out, const char *folder, const struct stream_format *streams)
{
    struct hls_folder *hls = mem_alloc(sizeof *hls);
    hls->file = stream_file_new("mpegts", streams);
    if (hls->file == NULL)
        hls->failure = ENOSYS;
    else if (mkdir(folder, 0755) != 0)
        hls->failure = errno;
    int failure = hls->failure;
    if (failure != 0) {
        hls_folder_free(hls);
        errno = failure;
        return ERR_IO;
    }
    hls->folder = mem_text(folder);
    hls->began_us = streams->began_us;
    *out = hls;
    return 0;
}

int hls_folder_link(struct hls_folder *hls, const char *link)
{
    char made[PATH_SIZE];
    struct stat status;
    const char *name = strrchr(hls->folder, '/');
    snprintf(made, sizeof made, "%s.link", hls->folder);
    if (lstat(link, &status) == 0 && !S_ISLNK(status.st_mode))
        return fail(hls, EEXIST);
    return symlink(name != NULL ? name + 1 : hls->folder, made) == 0 && rename(made, link) == 0 ? 0 : fail(hls, errno);
}

static void segment_path(const struct hls_folder *hls, unsigned number, char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%s/live-%u.ts", hls->folder, number);
}

static size_t append_segment(const struct hls_folder *hls, unsigned number, char *out, size_t size)
{
    const struct segment *segment = &hls->segments[number % HLS_LISTED];
    char date[32];
    struct tm broken_down;
    time_t seconds = (time_t)(segment->began_us / 1000000);
    gmtime_r(&seconds, &broken_down);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &broken_down);
    int length = snprintf(out, size, "%s#EXT-X-PROGRAM-DATE-TIME:%s.%03dZ\n#EXTINF:%.3f,\nlive-%u.ts\n",
                          segment->is_after_gap ? "#EXT-X-DISCONTINUITY\n" : "", date,
                          (int)(segment->began_us % 1000000 / 1000), segment->seconds, number);
    return (size_t)length;
}

static int write_text(const char *path, const char *text, size_t length)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return ERR_IO;
    ssize_t written = write(fd, text, length);
    int failure = written == (ssize_t)length ? 0 : written < 0 ? errno : ENOSPC;
    if (close(fd) != 0 && failure == 0)
        failure = errno;
    errno = failure;
    return failure == 0 ? 0 : ERR_IO;
}

/* Of whole segments, the last of which has this number; in the place of the list before it. */
static int write_list(struct hls_folder *hls, unsigned last, bool is_end)
{
    char text[LIST_SIZE], path[PATH_SIZE], list[PATH_SIZE];
    unsigned first = last > HLS_LISTED ? last - HLS_LISTED + 1 : 1;
    size_t length = (size_t)snprintf(text, sizeof text,
                                     "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:%d\n"
                                     "#EXT-X-MEDIA-SEQUENCE:%u\n#EXT-X-DISCONTINUITY-SEQUENCE:%u\n",
                                     TARGET_S, first, hls->gaps);
    for (unsigned number = first; number <= last; number++)
        length += append_segment(hls, number, text + length, sizeof text - length);
    if (is_end)
        length += (size_t)snprintf(text + length, sizeof text - length, "#EXT-X-ENDLIST\n");
    snprintf(path, sizeof path, "%s/live.m3u8.new", hls->folder);
    snprintf(list, sizeof list, "%s/live.m3u8", hls->folder);
    return write_text(path, text, length) == 0 && rename(path, list) == 0 ? 0 : fail(hls, errno);
}

/* Its place is the one of the segment that leaves the list. */
static void list_segment(struct hls_folder *hls, double seconds)
{
    struct segment *place = &hls->segments[hls->number % HLS_LISTED];
    if (hls->number > HLS_LISTED)
        hls->gaps += place->is_after_gap;
    *place = hls->open;
    place->seconds = seconds;
}

static int close_segment(struct hls_folder *hls, int64_t until_us, bool is_end)
{
    char path[PATH_SIZE];
    int error = is_end ? stream_file_end(hls->file) : stream_file_write(hls->file, NULL);
    if (error != 0)
        return fail(hls, stream_file_errno(hls->file));
    list_segment(hls, (double)(until_us - hls->first_us) / 1e6);
    if (write_list(hls, hls->number, is_end) != 0)
        return ERR_IO;
    if (hls->number > HLS_LISTED + HLS_KEPT) {
        segment_path(hls, hls->number - HLS_LISTED - HLS_KEPT, path);
        (void)unlink(path);
    }
    return 0;
}

static int open_segment(struct hls_folder *hls, int64_t at_us, bool is_after_gap)
{
    char path[PATH_SIZE];
    bool is_first = hls->number == 0;
    segment_path(hls, ++hls->number, path);
    if (stream_file_open(hls->file, path, 0644) != 0)
        return fail(hls, stream_file_errno(hls->file));
    hls->open = (struct segment){.began_us = hls->began_us + at_us, .is_after_gap = is_after_gap};
    hls->first_us = at_us;
    if (is_first && stream_file_begin(hls->file, NULL) != 0)
        return fail(hls, stream_file_errno(hls->file));
    /* Each segment begins with the tables that say what is in it. */
    av_opt_set(stream_file_muxer(hls->file)->priv_data, "mpegts_flags", "+resend_headers", 0);
    return 0;
}

/* A picture that can be the first of a segment. */
static int turn(struct hls_folder *hls, int64_t at_us)
{
    bool is_after_gap = hls->number > 0 && at_us - hls->last_us > COMPOSITE_GAP_US;
    int64_t until_us = is_after_gap ? hls->last_us + PICTURE_US : at_us;
    if (hls->number > 0 && !is_after_gap && at_us - hls->first_us < LENGTH_LEAST)
        return 0;
    if (hls->number > 0 && close_segment(hls, until_us, false) != 0)
        return ERR_IO;
    return open_segment(hls, at_us, is_after_gap);
}

int hls_folder_write(struct hls_folder *hls, const AVPacket *packet)
{
    bool is_video = packet->stream_index == COMPOSITE_VIDEO;
    int64_t at_us = av_rescale_q(packet->pts, packet->time_base, (AVRational){1, 1000000});
    if (hls->failure != 0)
        return ERR_IO;
    if (is_video && (packet->flags & AV_PKT_FLAG_KEY) != 0 && turn(hls, at_us) != 0)
        return ERR_IO;
    if (hls->number == 0)
        return 0; /* sound before the first picture */
    if (is_video)
        hls->last_us = at_us;
    return stream_file_write(hls->file, packet) == 0 ? 0 : fail(hls, stream_file_errno(hls->file));
}

int hls_folder_end(struct hls_folder *hls)
{
    if (hls->failure != 0 || hls->number == 0)
        return hls->failure != 0 ? ERR_IO : 0;
    return close_segment(hls, hls->last_us + PICTURE_US, true);
}

void hls_folder_free(struct hls_folder *hls)
{
    if (hls == NULL)
        return;
    stream_file_free(hls->file);
    free(hls->folder);
    free(hls);
}
