/* The media line of a video, as an answered offer has it. */
#ifndef HEDDLE_TESTS_VIDEO_LINE_H
#define HEDDLE_TESTS_VIDEO_LINE_H

#include "transport/wire/media.h"

enum { VP8 = 96, RTX = 97 }; /* its payload types */

/* VP8 with RTX, NACK, PLI and RTCP of reduced size; neither sent nor received yet. */
struct media video_line(const char *mid);

#endif
