#include "client/media/video_source.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "client/media/camera.h"
#include "client/media/ivf.h"
#include "client/media/pattern.h"
#include "client/media/vpx_decoder.h"
#include "client/media/y4m.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define FRAME_RATE_MAX 120

struct video_source {
    unsigned width, height, frames_per_second;
    const struct picture *(*next)(struct video_source *source, int64_t wall_us);
    struct picture *picture; /* of the pattern, a Y4M file or a camera */
    uint32_t frame, seed;
    struct ivf_reader *ivf;
    struct vpx_decoder *decoder;
    struct picture decoded;
    struct y4m_reader *y4m;
    struct camera *camera;
};

static const struct picture *next_pattern(struct video_source *source, int64_t wall_us)
{
    pattern_draw(source->picture, source->frame++, wall_us, source->seed);
    return source->picture;
}

static const struct picture *next_ivf(struct video_source *source, int64_t wall_us)
{
    (void)wall_us;
    for (int round = 0; round < 2; round++) {
        const uint8_t *data;
        size_t length;
        uint64_t time;
        while (ivf_reader_next(source->ivf, &data, &length, &time) == 1)
            if (vpx_decoder_decode(source->decoder, data, length, &source->decoded) == 1)
                return &source->decoded;
        ivf_reader_rewind(source->ivf);
    }
    return NULL;
}

static const struct picture *next_y4m(struct video_source *source, int64_t wall_us)
{
    (void)wall_us;
    for (int round = 0; round < 2; round++) {
        if (y4m_reader_next(source->y4m, source->picture) == 1)
            return source->picture;
        y4m_reader_rewind(source->y4m);
    }
    return NULL;
}

static const struct picture *next_camera(struct video_source *source, int64_t wall_us)
{
    (void)wall_us;
    return camera_take(source->camera, source->picture) ? source->picture : NULL;
}

static bool has_suffix(const char *name, const char *suffix)
{
    size_t length = strlen(name), tail = strlen(suffix);
    return length > tail && strcmp(name + length - tail, suffix) == 0;
}

static unsigned frame_rate(unsigned rate, unsigned scale)
{
    unsigned rounded = (rate + scale / 2) / scale;
    return rounded < 1 ? 1 : rounded;
}

/* A file of which no picture can be decoded is told at once: it would be a call without video, and without a word. */
static int open_ivf(struct video_source *source, const char *path, const char **reason)
{
    struct ivf_info info;
    int error = ivf_reader_open(&source->ivf, path, &info);
    if (error != 0)
        return error;
    source->decoder = vpx_decoder_new(info.codec);
    source->width = info.width;
    source->height = info.height;
    /* Some writers give time in milliseconds rather than frames: then nothing in the header tells the rate. */
    source->frames_per_second = frame_rate(info.rate, info.scale);
    if (source->frames_per_second > FRAME_RATE_MAX)
        source->frames_per_second = 30;
    source->next = next_ivf;
    if (source->decoder == NULL)
        return ERR_UNSUPPORTED;
    if (next_ivf(source, 0) == NULL) {
        *reason = "none of its pictures can be decoded (VP8, and VP9 with 8 bits and 4:2:0)";
        return ERR_UNSUPPORTED;
    }
    ivf_reader_rewind(source->ivf);
    return 0;
}

static int open_y4m(struct video_source *source, const char *path)
{
    struct y4m_info info;
    int error = y4m_reader_open(&source->y4m, path, &info);
    if (error != 0)
        return error;
    source->width = info.width;
    source->height = info.height;
    source->frames_per_second = frame_rate(info.rate, info.scale);
    source->picture = picture_new(info.width, info.height);
    source->next = next_y4m;
    return 0;
}

static int open_camera(struct video_source *source, const struct video_source_config *config, const char **reason)
{
    source->width = config->width;
    source->height = config->height;
    source->frames_per_second = config->frames_per_second;
    int error = camera_open(&source->camera, &source->width, &source->height, source->frames_per_second, reason);
    if (error != 0)
        return error;
    source->picture = picture_new(source->width, source->height);
    source->next = next_camera;
    return 0;
}

static int open_pattern(struct video_source *source, const struct video_source_config *config)
{
    source->width = config->width;
    source->height = config->height;
    source->frames_per_second = config->frames_per_second;
    source->picture = picture_new(config->width, config->height);
    source->next = next_pattern;
    return 0;
}

int video_source_open(struct video_source **out, const struct video_source_config *config, const char **reason)
{
    struct video_source *source = mem_alloc(sizeof *source);
    source->seed = config->seed;
    *reason = NULL;
    int error;
    if (strcmp(config->name, "test") == 0)
        error = open_pattern(source, config);
    else if (strcmp(config->name, "camera") == 0)
        error = open_camera(source, config, reason);
    else if (has_suffix(config->name, ".ivf"))
        error = open_ivf(source, config->name, reason);
    else if (has_suffix(config->name, ".y4m"))
        error = open_y4m(source, config->name);
    else
        error = ERR_UNSUPPORTED;
    if (error == 0 && (source->width < 2 || source->height < 2 || source->frames_per_second < 1 ||
                       source->frames_per_second > FRAME_RATE_MAX))
        error = ERR_INVALID;
    if (error != 0) {
        if (*reason == NULL)
            *reason = error == ERR_IO ? strerrordesc_np(errno) : error_text(error);
        video_source_close(source);
        return error;
    }
    *out = source;
    return 0;
}

void video_source_close(struct video_source *source)
{
    if (source == NULL)
        return;
    picture_free(source->picture);
    ivf_reader_close(source->ivf);
    vpx_decoder_free(source->decoder);
    y4m_reader_close(source->y4m);
    camera_close(source->camera);
    free(source);
}

unsigned video_source_width(const struct video_source *source)
{
    return source->width;
}

unsigned video_source_height(const struct video_source *source)
{
    return source->height;
}

unsigned video_source_frame_rate(const struct video_source *source)
{
    return source->frames_per_second;
}

const struct picture *video_source_next(struct video_source *source, int64_t wall_us)
{
    return source->next(source, wall_us);
}
