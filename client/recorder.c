#include "client/recorder.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/media/ivf.h"
#include "client/media/ogg_opus.h"
#include "client/media/opus_codec.h"
#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"

#define VIDEO_RATE 1000 /* times are in milliseconds of arrival: they go on when the stream comes another way */
#define GAP_MAX (10 * OPUS_RATE)

struct recorder {
    char path[4096]; /* without the ending */
    struct ivf_writer *ivf;
    struct ogg_writer *ogg;
    bool failed;
    usec_t first_video;
    int64_t last_video; /* ms */
    uint64_t audio_position;
    uint32_t last_audio;
    bool has_audio;
};

/* Names are chosen by others: only harmless characters get into a path. */
static void append_safe(char *out, size_t capacity, const char *name)
{
    size_t length = strlen(out);
    for (; *name != '\0' && length + 1 < capacity; name++)
        if (isalnum((unsigned char)*name) || *name == '-' || *name == '_')
            out[length++] = *name;
    out[length] = '\0';
}

int recorder_make_folder(const char *folder)
{
    char path[4096];
    size_t length = strlen(folder);
    if (length == 0 || length >= sizeof(path))
        return ERR_IO;
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
    return stat(folder, &info) == 0 && S_ISDIR(info.st_mode) && access(folder, W_OK | X_OK) == 0 ? 0 : ERR_IO;
}

struct recorder *recorder_new(const char *folder, const char *participant, const char *name)
{
    struct recorder *recorder = mem_alloc(sizeof(*recorder));
    snprintf(recorder->path, sizeof(recorder->path) - 400, "%s/%s-", folder, participant);
    append_safe(recorder->path, sizeof(recorder->path) - 8, name);
    return recorder;
}

int recorder_close(struct recorder *recorder)
{
    if (recorder == NULL)
        return 0;
    int video = ivf_writer_close(recorder->ivf);
    int audio = ogg_writer_close(recorder->ogg);
    bool failed = recorder->failed || video != 0 || audio != 0;
    free(recorder);
    return failed ? ERR_IO : 0;
}

static void fail(struct recorder *recorder, const char *what)
{
    if (!recorder->failed)
        log_error("record", "cannot write %s.%s: %m", recorder->path, what);
    recorder->failed = true;
}

static void file_name(const struct recorder *recorder, char *out, size_t capacity, const char *ending)
{
    snprintf(out, capacity, "%s.%s", recorder->path, ending);
}

void recorder_video(struct recorder *recorder, enum codec codec, const struct received_frame *frame, unsigned width,
                    unsigned height)
{
    char path[sizeof(recorder->path) + 8];
    if (recorder->failed || (recorder->ivf == NULL && !frame->keyframe))
        return;
    if (recorder->ivf == NULL) {
        struct ivf_info info = {.codec = codec, .width = width, .height = height, .rate = VIDEO_RATE, .scale = 1};
        file_name(recorder, path, sizeof(path), "ivf");
        if (ivf_writer_open(&recorder->ivf, path, &info) != 0) {
            fail(recorder, "ivf");
            return;
        }
        recorder->first_video = frame->arrival;
        recorder->last_video = -1;
    }
    int64_t time = (frame->arrival - recorder->first_video) / USEC_PER_MSEC;
    if (time <= recorder->last_video)
        time = recorder->last_video + 1;
    recorder->last_video = time;
    if (ivf_writer_frame(recorder->ivf, frame->data, frame->length, (uint64_t)time) != 0)
        fail(recorder, "ivf");
}

void recorder_audio(struct recorder *recorder, const struct received_frame *frame)
{
    char path[sizeof(recorder->path) + 8];
    unsigned samples = opus_packet_samples(frame->data, frame->length);
    if (recorder->failed || samples == 0)
        return;
    if (recorder->ogg == NULL) {
        file_name(recorder, path, sizeof(path), "ogg");
        if (ogg_writer_open(&recorder->ogg, path, OPUS_CHANNELS_MAX, frame->timestamp) != 0) {
            fail(recorder, "ogg");
            return;
        }
    }
    /* A pause stays a pause; a jump (another way, another clock) does not count. */
    int32_t step = timestamp_diff(frame->timestamp, recorder->last_audio);
    bool is_steady = recorder->has_audio && step > 0 && step < GAP_MAX;
    recorder->audio_position += is_steady ? (uint64_t)step : samples;
    recorder->last_audio = frame->timestamp;
    recorder->has_audio = true;
    if (ogg_writer_packet(recorder->ogg, frame->data, frame->length, recorder->audio_position) != 0)
        fail(recorder, "ogg");
}
