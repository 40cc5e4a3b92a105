#include "client/media/recorder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/media/ivf.h"
#include "client/media/ogg_opus.h"
#include "client/media/opus_codec.h"
#include "client/media/path_part.h"
#include "transport/base/budget.h"
#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

/* Times are those of arrival, in milliseconds: they continue when the stream moves to another connection. */
#define VIDEO_RATE 1000
#define GAP_MAX (10 * OPUS_RATE)
#define NAME_ROOM 128 /* what a file's name takes of a path */
#define PARTICIPANT_MAX 32
#define FILES_MAX 10000 /* of one name */
#define FILE_COST 10    /* seconds for each new size of one participant's video, after the first twenty */

static const struct budget_limit file_limit = {.per_second = 1, .burst = 20 * FILE_COST};

struct recorder {
    struct recordings *recordings;
    char name[NAME_ROOM];
    struct ivf_writer *ivf;
    struct ogg_writer *ogg;
    char video_path[4096], audio_path[4096]; /* what is being written */
    bool video_failed, audio_failed;
    enum codec codec;
    unsigned via, width, height;
    struct budget files; /* of video: each change of size begins one */
    usec_t first_video;
    int64_t last_video; /* ms */
    uint64_t audio_position;
    uint32_t last_audio;
    bool has_audio;
};

void recordings_init(struct recordings *recordings, const char *folder)
{
    *recordings = (struct recordings){.folder = mem_text(folder)};
}

void recordings_fini(struct recordings *recordings)
{
    free(recordings->folder);
}

int recorder_make_folder(const char *folder)
{
    char path[4096];
    size_t length = strlen(folder);
    if (length == 0 || length >= sizeof path - NAME_ROOM) {
        errno = length == 0 ? ENOENT : ENAMETOOLONG;
        return ERR_IO;
    }
    memcpy(path, folder, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (folder[i] != '/' && folder[i] != '\0')
            continue;
        path[i] = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            return ERR_IO;
        path[i] = folder[i];
    }
    struct stat info;
    if (stat(folder, &info) != 0)
        return ERR_IO;
    if (!S_ISDIR(info.st_mode)) {
        errno = ENOTDIR;
        return ERR_IO;
    }
    return access(folder, W_OK | X_OK) == 0 ? 0 : ERR_IO;
}

struct recorder *recorder_new(struct recordings *recordings, const char *participant, const char *name,
                              const char *suffix)
{
    struct recorder *recorder = mem_alloc(sizeof *recorder);
    recorder->recordings = recordings;
    snprintf(recorder->name, sizeof recorder->name, "%.*s-", PARTICIPANT_MAX, participant);
    path_part_append(recorder->name, name);
    strncat(recorder->name, suffix, sizeof recorder->name - strlen(recorder->name) - 1);
    return recorder;
}

/* Only the first failure is kept: it is the cause of the others. */
static void fail(struct recorder *recorder, const char *what, const char *path, const char *why)
{
    struct recordings *recordings = recorder->recordings;
    if (recordings->failure[0] == '\0')
        snprintf(recordings->failure, sizeof recordings->failure, "%s %.380s: %s", what, path, why);
}

void recorder_refuse(struct recorder *recorder, const char *why)
{
    fail(recorder, "cannot record", recorder->name, why);
}

/* Opens a file of a name that is free. `open` is one of the two writers'. */
static int open_free(const struct recorder *recorder, char path[4096], const char *ending,
                     int (*open)(void *context, const char *path), void *context)
{
    const char *folder = recorder->recordings->folder;
    int error = ERR_IO;
    errno = EEXIST;
    for (int i = 1; i <= FILES_MAX && error != 0 && errno == EEXIST; i++) {
        char number[16] = "";
        if (i > 1)
            snprintf(number, sizeof number, "-%d", i);
        snprintf(path, 4096, "%.3900s/%s%s.%s", folder, recorder->name, number, ending);
        error = open(context, path);
    }
    return error;
}

struct ivf_opening {
    struct ivf_writer **out;
    struct ivf_info info;
};

static int open_ivf(void *context, const char *path)
{
    struct ivf_opening *opening = context;
    return ivf_writer_open(opening->out, path, &opening->info);
}

static void close_video(struct recorder *recorder)
{
    if (ivf_writer_close(recorder->ivf) != 0)
        fail(recorder, "cannot complete", recorder->video_path, strerror(errno));
    recorder->ivf = NULL;
}

void recorder_close(struct recorder *recorder)
{
    if (recorder == NULL)
        return;
    close_video(recorder);
    if (ogg_writer_close(recorder->ogg) != 0)
        fail(recorder, "cannot complete", recorder->audio_path, strerror(errno));
    free(recorder);
}

static bool begin_video(struct recorder *recorder, const struct received_frame *frame)
{
    struct ivf_opening opening = {.out = &recorder->ivf,
                                  .info = {.codec = recorder->codec,
                                           .width = recorder->width,
                                           .height = recorder->height,
                                           .rate = VIDEO_RATE,
                                           .scale = 1}};
    close_video(recorder);
    if (!budget_take(&recorder->files, &file_limit, FILE_COST, frame->arrival)) {
        fail(recorder, "cannot go on after", recorder->video_path, "the size of the pictures changes too often");
        recorder->video_failed = true;
        return false;
    }
    int error = open_free(recorder, recorder->video_path, "ivf", open_ivf, &opening);
    if (error != 0) {
        fail(recorder, "cannot write", recorder->video_path, strerror(errno));
        recorder->video_failed = true;
        return false;
    }
    recorder->first_video = frame->arrival;
    recorder->last_video = -1;
    return true;
}

bool recorder_video(struct recorder *recorder, unsigned via, enum codec codec, const struct received_frame *frame,
                    unsigned width, unsigned height)
{
    bool is_resized = frame->keyframe && (width != recorder->width || height != recorder->height);
    bool is_other = recorder->ivf == NULL || codec != recorder->codec || is_resized;
    if (recorder->video_failed)
        return true;
    if (!frame->keyframe && (is_other || via != recorder->via))
        return false;
    recorder->via = via;
    recorder->codec = codec;
    recorder->width = width;
    recorder->height = height;
    if (is_other && !begin_video(recorder, frame))
        return true;
    int64_t time = (frame->arrival - recorder->first_video) / USEC_PER_MSEC;
    if (time <= recorder->last_video)
        time = recorder->last_video + 1;
    recorder->last_video = time;
    if (ivf_writer_frame(recorder->ivf, frame->data, frame->length, (uint64_t)time) == 0)
        return true;
    fail(recorder, "cannot write", recorder->video_path, strerror(errno));
    recorder->video_failed = true;
    return true;
}

struct ogg_opening {
    struct ogg_writer **out;
    uint32_t serial;
};

static int open_ogg(void *context, const char *path)
{
    struct ogg_opening *opening = context;
    return ogg_writer_open(opening->out, path, OPUS_CHANNELS_MAX, opening->serial);
}

static bool begin_audio(struct recorder *recorder, const struct received_frame *frame)
{
    struct ogg_opening opening = {.out = &recorder->ogg, .serial = frame->timestamp};
    if (open_free(recorder, recorder->audio_path, "ogg", open_ogg, &opening) == 0)
        return true;
    fail(recorder, "cannot write", recorder->audio_path, strerror(errno));
    recorder->audio_failed = true;
    return false;
}

void recorder_audio(struct recorder *recorder, const struct received_frame *frame)
{
    unsigned samples = opus_packet_samples(frame->data, frame->length);
    if (recorder->audio_failed || samples == 0 || (recorder->ogg == NULL && !begin_audio(recorder, frame)))
        return;
    /* A pause stays a pause; a jump of the timestamp (another connection, another clock) does not count. */
    int32_t step = timestamp_diff(frame->timestamp, recorder->last_audio);
    bool is_steady = recorder->has_audio && step > 0 && step < GAP_MAX;
    recorder->audio_position += is_steady ? (uint64_t)step : samples;
    recorder->last_audio = frame->timestamp;
    recorder->has_audio = true;
    if (ogg_writer_packet(recorder->ogg, frame->data, frame->length, recorder->audio_position) == 0)
        return;
    fail(recorder, "cannot write", recorder->audio_path, strerror(errno));
    recorder->audio_failed = true;
}
