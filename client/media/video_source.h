/* Where pictures come from: the test pattern, an IVF or Y4M file (played over and over), or a camera. A shell around
 * files and devices; the pattern itself is pure. */
#ifndef HEDDLE_CLIENT_VIDEO_SOURCE_H
#define HEDDLE_CLIENT_VIDEO_SOURCE_H

#include "client/media/picture.h"

struct video_source_config {
    /* "test", "camera", or a path ending in .ivf or .y4m */
    const char *name;
    unsigned width, height, frames_per_second; /* of the pattern; requested of a camera */
    uint32_t seed;                             /* the pattern's colours */
};

struct video_source;

/* 0, or an error with a text of what is wrong in `reason` (a static text or the path's fault). */
int video_source_open(struct video_source **out, const struct video_source_config *config, const char **reason);
void video_source_close(struct video_source *source);
/* What it really gives. */
unsigned video_source_width(const struct video_source *source);
unsigned video_source_height(const struct video_source *source);
unsigned video_source_frame_rate(const struct video_source *source);
/* The next picture, valid until the next call; NULL: none right now (a camera), or the file is damaged. */
const struct picture *video_source_next(struct video_source *source, int64_t wall_us);

#endif
